#include <string.h>

#include "base/tim.h"
#include "risk/gate.h"

static void
risk_reset(struct risk *k)
{
	k->state = RISK_ACTIVE;
	k->nlatches = 0;
	k->now = TIM_NONE;
	k->based = false;
	k->peak = k->day = k->day_equity = k->last_equity = 0;
	k->sent_from = k->sent_n = 0;
	if (k->nids)
		memset(k->ids, 0, k->capids * sizeof *k->ids);
	k->nids = 0;
	memset(k->warned, 0, sizeof k->warned);
	if (k->nwarned_pos)
		memset(k->warned_pos, 0, k->nwarned_pos * sizeof *k->warned_pos);
	k->dirty = false;
	k->rearmed[0] = '\0';
}

void
gate_reset(struct gate *g)
{
	account_reset(g->risk.account);
	risk_reset(&g->risk);
	g->wm = TIM_NONE;
	g->counter = 0;
	g->waiting = g->follow = g->greeted = false;
	g->saved_now = 0;
	keep_clear(&g->held);
	keep_clear(&g->parked);
	g->asked = g->refused = 0;
	memset(g->refusals, 0, sizeof g->refusals);
}
