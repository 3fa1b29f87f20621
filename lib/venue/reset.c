/* An account that begins anew, without reading a file or parsing an option again. */
#include "venue/account.h"

#include <stdlib.h>
#include <string.h>

#include "venue/venue.h"

/* The memory of orders and of the table of ids serves again. */
static void
keep_memory(struct account *fresh, struct account *a)
{
	fresh->pool = a->pool;
	while (a->first) {
		struct order *o = a->first;

		a->first = o->next;
		order_pool(fresh, o);
	}
	fresh->ids.v = a->ids.v;
	fresh->ids.cap = a->ids.cap;
	if (a->ids.n)
		memset(fresh->ids.v, 0, fresh->ids.cap * sizeof *fresh->ids.v);
}

void
account_reset(struct account *a)
{
	struct account fresh = {
		.o = a->o,
		.syms = a->syms,
		.out = a->out,
		.silent = a->silent,
		.arg = a->arg,
		.instruments = a->instruments,
		.sessions = a->sessions,
		.commission = a->commission,
		.slip = a->slip,
		.slip_k = a->slip_k,
		.latency_ns = a->latency_ns,
		.latency_skip = a->latency_skip,
		.next_no = 1,
	};

	fresh.wm = fresh.seen = fresh.data_start = fresh.day = fresh.overlap.upto = TIM_NONE;
	keep_memory(&fresh, a);
	free(a->sym);
	ledger_free(a->ledger);
	fresh.ledger = ledger_new(a->o.capital);
	*a = fresh;
}

void
account_costs(struct account *a, const struct commission *commission, double slip_bps)
{
	if (commission)
		a->commission = *commission;
	if (slip_bps >= 0) {
		a->slip = SLIP_BPS;
		a->slip_k = slip_bps;
	}
}
