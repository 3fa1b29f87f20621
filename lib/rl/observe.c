/*
 * What an agent sees: the columns of the last `window` instants, oldest first, then the account:
 * the value of each position as a part of equity, cash, unrealised gain, drawdown, the risk state
 * (0 active, 0.5 only reducing, 1 halted), how much of the episode (of `steps`; else 1) and of the
 * UTC day is left.
 * All of it is known at the watermark of the decision.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/tim.h"
#include "rl/market_env.h"

static void
add_name(struct market_env *m, const char *text, const char *more)
{
	struct buf b = { 0 };

	buf_printf(&b, "%s%s", text, more);
	m->names[m->nnames++] = mem_dup(b.p, b.len);
	buf_free(&b);
}

int
market_observe_open(struct market_env *m, struct err *e)
{
	static const char *const own[] = { "cash", "unrealized", "drawdown", "risk_state",
		"episode_left", "day_left" };
	size_t nown = sizeof own / sizeof own[0], w = (size_t)m->window;
	char at[24];

	const struct rl_market *k = m->market;

	m->nown = k->nsym + nown;
	m->base.nobs = w * k->ncols + m->nown;
	if (m->base.nobs > 10000000)
		return err_set(
		    e, ERR_USAGE, "an observation of %zu numbers is too long", m->base.nobs);
	m->names = mem_array(m->base.nobs, sizeof *m->names);
	for (size_t ago = w; ago-- > 0;)
		for (size_t i = 0; i < k->ncols; i++) {
			snprintf(at, sizeof at, "[-%zu]", ago);
			add_name(m, k->names[i], ago ? at : "");
		}
	for (size_t i = 0; i < k->nsym; i++)
		add_name(m, m->each ? "position" : "position.", m->each ? "" : k->sym[i]->name);
	for (size_t i = 0; i < nown; i++)
		add_name(m, own[i], "");
	m->base.obs_names = (const char *const *)m->names;
	return 0;
}

/* A watermark at midnight ends the day before it. */
static double
day_left(int64_t ts)
{
	return (double)(tim_floor(ts - 1, TIM_DAY) + TIM_DAY - ts) / (double)TIM_DAY;
}

void
market_observe(const struct market_env *m, const struct market_copy *c, float *obs)
{
	const struct rl_market *k = c->market;
	size_t w = (size_t)m->window, n = w * k->ncols;
	struct ledger *l = account_ledger(c->gate->risk.account);
	double equity = num_of_micro(c->equity > 0 ? c->equity : 1);
	double gain = 0;

	memcpy(obs, k->cols + (c->t + 1 - w) * k->ncols, n * sizeof *obs);
	float *o = obs + n;
	for (size_t i = 0; i < k->nsym; i++) {
		const struct ledger_pos *p = ledger_pos(l, k->sym[i]);
		double value = 0;

		if (p && p->qty != 0) {
			value = num_of_nano(p->qty) * num_of_nano(p->mark) * (double)p->mult;
			gain += num_of_micro(ledger_unrealized(p));
		}
		*o++ = (float)(value / equity);
	}
	*o++ = (float)(num_of_micro(ledger_cash_now(l)) / equity);
	*o++ = (float)(gain / equity);
	*o++ = (float)(1 - num_of_micro(c->equity) / num_of_micro(c->peak));
	*o++ = (float)c->gate->risk.state / 2;
	/* Where the data end is nothing that one who trades can know. */
	*o++ = m->steps ? (float)(c->end - c->t) / (float)(c->end - c->start) : 1;
	*o++ = (float)day_left(k->at[c->t].ts);
}
