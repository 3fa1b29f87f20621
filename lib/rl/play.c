#include "rl/play.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "onnx/sha256.h"
#include "perf/bootstrap.h"
#include "perf/stats.h"
#include "perf/trades.h"
#include "rl/market_env.h"
#include "rl/run.h"
#include "rl/span.h"

/* Money of one account at one time. */
struct point {
	int64_t ts;
	uint32_t player, account;
	double value; /* part of its capital */
};

struct points {
	struct point *v;
	size_t n, cap;
};

static void
note(struct points *p, struct rl_env *v, uint32_t player, uint32_t account, double *capital)
{
	int64_t ts;
	double money = rl_market_equity(v, 0, &ts);

	if (*capital == 0) /* at the beginning */
		*capital = money;
	*MEM_AT(p->v, p->cap, p->n) = (struct point){ ts, player, account, money / *capital };
	p->n++;
}

/* ---- trades ---- */

struct watch {
	struct perf_trades *trades;
};

static int
watch_record(void *arg, const struct rec *r)
{
	struct watch *w = arg;

	return r->type == REC_fill && w->trades ? perf_trades_fill(w->trades, r) : 0;
}

static void
watch_instant(struct watch *w, const struct rl_market *k, size_t t)
{
	for (uint32_t i = k->at[t].from; i < k->at[t].to; i++)
		if (k->ev[i].type == REC_bar)
			perf_trades_bar(w->trades, &k->ev[i]);
	perf_trades_settle(w->trades);
}

static void
count(struct rl_tally *y, const struct perf_trade *t, double capital)
{
	double pnl = num_of_micro(t->pnl) / capital;

	y->trades++;
	y->wins += pnl > 0;
	y->won += pnl > 0 ? pnl : 0;
	y->lost += pnl < 0 ? -pnl : 0;
}

static void
add_up(struct rl_tally *y, const struct perf_trades *p, double capital)
{
	const struct perf_costs *c = perf_trades_costs(p);
	struct perf_trade open;

	for (size_t i = 0; i < perf_trades_count(p); i++)
		count(y, perf_trades_at(p, i), capital);
	for (uint32_t i = 0; i < perf_trades_symbols(p); i++)
		if (perf_trades_open(p, i, &open))
			count(y, &open, capital);
	y->traded += (double)c->value / 1e6 / capital;
	y->commission += num_of_micro(c->commission) / capital;
	y->slippage += (double)c->slippage / 1e6 / capital;
}

/* ---- an episode ---- */

struct hands {
	const struct rl_trainer *t; /* NULL: act as it is, every time */
	void *work, *state;
	size_t state_size;
	float *act, *obs;
};

static void
hands_open(struct hands *h, const struct rl_trainer *t, const struct rl_env *v)
{
	*h = (struct hands){ .t = t };
	h->act = mem_array(rl_act_dim(v), sizeof *h->act);
	h->obs = mem_array(v->nobs, sizeof *h->obs);
	if (!t)
		return;
	h->state_size = t->algo->state_size ? t->algo->state_size(t) : 0;
	h->state = mem_alloc(h->state_size);
	h->work = t->algo->work_new(t, 1);
}

static void
hands_close(struct hands *h)
{
	if (h->t)
		h->t->algo->work_free(h->work);
	free(h->state);
	free(h->act);
	free(h->obs);
}

static int
episode(struct rl_env *v, struct hands *h, uint32_t account, uint32_t player, struct points *p,
    struct watch *w, double *capital)
{
	const struct market_copy *c = rl_env_copy(v, 0);
	struct rl_out out = { 0 };
	int rc = rl_env_reset(v, 0, account, h->obs);

	if (h->state)
		memset(h->state, 0, h->state_size);
	*capital = 0;
	if (rc == 0)
		note(p, v, player, account, capital);
	while (rc == 0 && !out.terminated && !out.truncated) {
		if (h->t)
			h->t->algo->greedy(h->t, h->work, 1, h->obs, h->state, h->act);
		rc = rl_env_step(v, 0, h->act, h->obs, &out);
		if (rc == 0 && w->trades)
			watch_instant(w, c->market, c->t);
		if (rc == 0)
			note(p, v, player, account, capital);
	}
	return rc;
}

/* All accounts of one player. */
static int
play(struct rl_env *v, struct hands *h, enum rl_player player, struct points *p,
    struct rl_tally *tally, struct err *e)
{
	size_t n = rl_market_episodes(v);
	struct watch w = { 0 };
	double capital;
	int rc = tally ? rl_market_trace(v, watch_record, &w, e) : 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		struct account *a = rl_market_of(v)->gates[0].risk.account;

		w.trades = tally ? perf_trades_new(account_instruments(a)) : NULL;
		rc = episode(v, h, (uint32_t)i, player, p, &w, &capital);
		if (rc == 0 && tally)
			add_up(tally, w.trades, capital * (double)n);
		perf_trades_free(w.trades);
		w.trades = NULL;
	}
	return rc;
}

/* ---- all accounts together ---- */

static int
by_time(const void *a, const void *b)
{
	const struct point *x = a, *y = b;

	if (x->ts != y->ts)
		return x->ts < y->ts ? -1 : 1;
	if (x->player != y->player)
		return x->player < y->player ? -1 : 1;
	return (x->account > y->account) - (x->account < y->account);
}

static void
together(struct points *p, size_t accounts, struct rl_played *out)
{
	double *last = mem_array(RL_PLAYERS * accounts, sizeof *last);

	for (size_t i = 0; i < RL_PLAYERS * accounts; i++)
		last[i] = 1;
	if (p->n)
		qsort(p->v, p->n, sizeof *p->v, by_time);
	for (size_t i = 0; i < p->n;) {
		int64_t ts = p->v[i].ts;

		for (; i < p->n && p->v[i].ts == ts; i++)
			last[p->v[i].player * accounts + p->v[i].account] = p->v[i].value;
		struct rl_row *row = MEM_AT(out->rows, out->cap, out->n);
		out->n++;
		row->ts = ts;
		for (size_t k = 0; k < RL_PLAYERS; k++) {
			double sum = 0;

			for (size_t a = 0; a < accounts; a++)
				sum += last[k * accounts + a];
			row->value[k] = sum / (double)accounts;
		}
	}
	free(last);
}

static int
play_policy(const struct rl_trainer *t, const struct rl_train *o, const char *text,
    struct points *p, struct rl_played *out, size_t *accounts, struct err *e)
{
	struct rl_env *v = rl_run_env(o, text, 1, e);
	struct hands h;
	int rc;

	if (!v)
		return e->code;
	v->err = e;
	*accounts = rl_market_episodes(v);
	hands_open(&h, t, v);
	rc = play(v, &h, RL_POLICY, p, &out->tally, e);
	hands_close(&h);
	rl_env_free(v);
	return rc;
}

/* The same accounts and costs; what is held is a part of equity. */
static int
play_others(const struct rl_train *o, struct buf *text, struct points *p, struct err *e)
{
	struct rl_env *v;
	struct hands h;
	int rc;

	buf_puts(text, ",action=weights,weight=1,shorts=false,deadband=0");
	v = rl_run_env(o, buf_z(text), 1, e);
	if (!v)
		return e->code;
	v->err = e;
	hands_open(&h, NULL, v);
	rc = play(v, &h, RL_FLAT, p, NULL, e);
	for (size_t i = 0; i < v->act.n; i++)
		h.act[i] = 1 / (float)v->act.n;
	if (rc == 0)
		rc = play(v, &h, RL_HOLD, p, NULL, e);
	hands_close(&h);
	rl_env_free(v);
	return rc;
}

int
rl_play(const struct rl_trainer *t, const struct rl_train *o, int64_t from, int64_t to,
    bool compare, struct rl_played *out, struct err *e)
{
	struct points p = { 0 };
	struct buf text = { 0 };
	size_t accounts = 0;
	int rc;

	out->n = 0;
	out->tally = (struct rl_tally){ 0 };
	rl_span_env(&text, o->env, from, to);
	rc = play_policy(t, o, buf_z(&text), &p, out, &accounts, e);
	if (rc == 0 && compare)
		rc = play_others(o, &text, &p, e);
	if (rc == 0)
		together(&p, accounts, out);
	free(p.v);
	buf_free(&text);
	return rc;
}

void
rl_market_hash(struct rl_env *v, int64_t to, char hex[65])
{
	struct market_env *m = rl_market_of(v);
	struct buf b = { 0 };
	struct sha256 s;

	sha256_init(&s);
	for (size_t i = 0; i < m->nmarkets; i++) {
		const struct rl_market *k = &m->market[i];

		for (size_t t = 0; t < k->n && k->at[t].ts < to; t++)
			for (uint32_t j = k->at[t].from; j < k->at[t].to; j++) {
				buf_clear(&b);
				rec_enc_json(&b, &k->ev[j]);
				sha256_add(&s, b.p, b.len);
			}
	}
	sha256_hex(&s, hex);
	buf_free(&b);
}

/* ---- judging ---- */

static double
got(const struct perf_values *v, enum perf_metric m)
{
	return v->v[m].set ? v->v[m].f : NAN;
}

void
rl_judge(const double *r, size_t n, double years, size_t trials, double stdev, bool interval,
    uint64_t seed, struct rl_verdict *out)
{
	struct perf_params p = { .periods = years > 0 ? (double)n / years : 252 };
	struct perf_values *v = mem_alloc(sizeof *v);
	struct perf_series s = { .base_day = PERF_NO_DAY };

	if (trials >= 2 && isfinite(stdev)) {
		p.dsr_trials = (int64_t)trials;
		p.dsr_stdev = stdev;
	}
	for (size_t i = 0; i < n; i++)
		perf_series_add(&s, PERF_NO_DAY, r[i], NAN);
	v->mode = PERF_RETURNS;
	if (n)
		perf_stats(&s, &p, v);
	*out = (struct rl_verdict){ .n = n,
		.periods = p.periods,
		.total = got(v, PM_total_return),
		.sharpe = perf_round(got(v, PM_sharpe)),
		.psr = perf_round(got(v, PM_psr_sr0_0)),
		.deflated = perf_round(got(v, PM_deflated_sharpe)),
		.drawdown = got(v, PM_max_drawdown),
		.sharpe_low = NAN,
		.sharpe_high = NAN };
	out->total = perf_round(out->total);
	out->drawdown = perf_round(out->drawdown);
	out->per_period = perf_round(got(v, PM_sharpe) / sqrt(p.periods));
	if (interval)
		perf_sharpe_interval(r, n, p.periods, seed, &out->sharpe_low, &out->sharpe_high);
	perf_series_free(&s);
	free(v);
}
