/* What a walk-forward came to: a line a fold, one of all, the returns as CSV, the ledger. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/tim.h"
#include "io/out.h"
#include "perf/metric.h"
#include "rl/market_env.h"
#include "rl/trials.h"
#include "rl/walk.h"

static const char *const walks[] = { "no", "rolling", "anchored" };

/* Folds from..to put together: returns of each player, within folds; years they took. */
struct joined {
	double *r[RL_PLAYERS];
	size_t n;
	double years;
	struct rl_tally tally;
	int64_t steps;
};

static void
join(const struct rl_walk *w, size_t from, size_t to, struct joined *j)
{
	size_t n = 0;

	*j = (struct joined){ .years = 0 };
	for (size_t k = from; k < to; k++)
		n += w->fold[k].played.n;
	for (size_t p = 0; p < RL_PLAYERS; p++)
		j->r[p] = mem_array(n, sizeof *j->r[p]);
	for (size_t k = from; k < to; k++) {
		const struct rl_fold_result *f = &w->fold[k];
		const struct rl_row *rows = f->played.rows;
		const struct rl_tally *t = &f->played.tally;

		for (size_t i = 1; i < f->played.n; i++, j->n++)
			for (size_t p = 0; p < RL_PLAYERS; p++)
				j->r[p][j->n] = rows[i].value[p] / rows[i - 1].value[p] - 1;
		if (f->played.n > 1)
			j->years += (double)(rows[f->played.n - 1].ts - rows[0].ts) /
				    (365.25 * (double)TIM_DAY);
		j->tally.trades += t->trades;
		j->tally.wins += t->wins;
		j->tally.won += t->won;
		j->tally.lost += t->lost;
		j->tally.traded += t->traded;
		j->tally.commission += t->commission;
		j->tally.slippage += t->slippage;
		j->steps += f->steps;
	}
}

static void
joined_free(struct joined *j)
{
	for (size_t p = 0; p < RL_PLAYERS; p++)
		free(j->r[p]);
}

/* The figures of one span, or of all. */
static void
put_figures(
    struct rl_walk *w, const struct joined *j, size_t trials, double stdev, struct rl_verdict *own)
{
	struct buf *b = &w->line;
	const struct rl_tally *t = &j->tally;
	uint64_t seed = (uint64_t)w->o->o.seed;
	struct rl_verdict hold, flat;

	rl_judge(j->r[RL_POLICY], j->n, j->years, trials, stdev, true, seed, own);
	rl_judge(j->r[RL_HOLD], j->n, j->years, 0, NAN, true, seed, &hold);
	rl_judge(j->r[RL_FLAT], j->n, j->years, 0, NAN, false, seed, &flat);
	buf_printf(b, ",\"instants\":%zu", j->n);
	rl_put_f64(b, "periods_per_year", perf_round(own->periods));
	rl_put_f64(b, "total_return", own->total);
	rl_put_f64(b, "sharpe", own->sharpe);
	rl_put_f64(b, "sharpe_low", perf_round(own->sharpe_low));
	rl_put_f64(b, "sharpe_high", perf_round(own->sharpe_high));
	rl_put_f64(b, "max_drawdown", own->drawdown);
	buf_printf(b, ",\"trades\":%lld", (long long)t->trades);
	rl_put_f64(b, "win_rate", perf_round((double)t->wins / (double)t->trades));
	rl_put_f64(b, "profit_factor", perf_round(t->won / t->lost));
	rl_put_f64(b, "turnover", perf_round(t->traded / j->years));
	rl_put_f64(b, "commission", perf_round(t->commission));
	rl_put_f64(b, "slippage", perf_round(t->slippage));
	rl_put_f64(b, "hold_return", hold.total);
	rl_put_f64(b, "hold_sharpe", hold.sharpe);
	rl_put_f64(b, "hold_sharpe_low", perf_round(hold.sharpe_low));
	rl_put_f64(b, "hold_sharpe_high", perf_round(hold.sharpe_high));
	rl_put_f64(b, "hold_max_drawdown", hold.drawdown);
	rl_put_f64(b, "flat_return", flat.total);
}

static int
say(struct rl_walk *w)
{
	return io_out_flush(1, &w->line, "standard output", w->err);
}

int
rl_walk_fold_line(struct rl_walk *w, size_t k)
{
	const struct rl_fold_result *f = &w->fold[k];
	struct buf *b = &w->line;
	struct rl_verdict v;
	struct joined j;

	join(w, k, k + 1, &j);
	buf_printf(b, "{\"type\":\"fold\",\"fold\":%zu", k + 1);
	rl_put_ts(b, "train_from", f->span.train_from);
	rl_put_ts(b, "train_to", f->span.train_to);
	if (f->span.valid_to > f->span.valid_from) {
		rl_put_ts(b, "valid_from", f->span.valid_from);
		rl_put_ts(b, "valid_to", f->span.valid_to);
	}
	rl_put_ts(b, "test_from", f->span.test_from);
	rl_put_ts(b, "test_to", f->span.test_to);
	buf_printf(b, ",\"steps\":%lld", (long long)f->steps);
	rl_put_f64(b, "valid_mean", f->valid_mean);
	put_figures(w, &j, 0, NAN, &v);
	buf_puts(b, "}\n");
	joined_free(&j);
	return say(w);
}

/* ---- --oos ---- */

static void
put_cell(struct buf *b, double v)
{
	char num[NUM_MAX];

	buf_putc(b, ',');
	buf_put(b, num, (size_t)(num_put_f64(num, perf_round(v)) - num));
}

/* A row a return, of a fold's second instant on; the equities go on from fold to fold. */
static int
write_oos(struct rl_walk *w)
{
	double base[2] = { 1, 1 }, now[2] = { 1, 1 };
	struct buf b = { 0 };
	char ts[TIM_LEN];
	int rc;

	if (!w->o->oos)
		return 0;
	buf_puts(&b, "ts,return,benchmark,equity,benchmark_equity,fold\n");
	for (size_t k = 0; k < w->n; k++) {
		const struct rl_played *f = &w->fold[k].played;

		for (size_t i = 1; i < f->n; i++) {
			const double *v = f->rows[i].value, *was = f->rows[i - 1].value;

			now[0] = base[0] * v[RL_POLICY];
			now[1] = base[1] * v[RL_HOLD];
			tim_put(ts, f->rows[i].ts);
			buf_put(&b, ts, TIM_LEN);
			put_cell(&b, v[RL_POLICY] / was[RL_POLICY] - 1);
			put_cell(&b, v[RL_HOLD] / was[RL_HOLD] - 1);
			put_cell(&b, now[0]);
			put_cell(&b, now[1]);
			buf_printf(&b, ",%zu\n", k + 1);
		}
		base[0] = now[0];
		base[1] = now[1];
	}
	rc = io_file_replace(w->o->oos, b.p, b.len, w->err);
	buf_free(&b);
	return rc;
}

/* ---- the ledger ---- */

/* A walk-forward is something that was tried, whatever came of it; the same one twice is one. */
static int
enter(struct rl_walk *w, double sharpe, size_t *trials, double *stdev)
{
	const struct rl_train *o = w->o;
	struct rl_ledger l;
	struct rl_trial t = { .attempt = 1,
		.rung = -1,
		.seed = o->o.seed,
		.objective = sharpe,
		.valid_mean = NAN,
		.sharpe = sharpe };
	struct buf what = { 0 };
	int rc = rl_ledger_open(&l, o->ledger, o->ledger_time, w->err);

	*trials = 1;
	*stdev = NAN;
	rl_market_hash(w->probe, w->spans.to, t.data);
	buf_printf(&what, "%s folds=%zu data=%s", w->parsed->what.p, w->n, t.data);
	rl_search_id(buf_z(&what), t.search);
	t.method = mem_dup("walk-forward", 12);
	t.env = mem_dup(o->env, strlen(o->env));
	t.algo = mem_dup(o->algo, strlen(o->algo));
	for (size_t k = 0; k < w->n; k++)
		t.steps += w->fold[k].steps;
	if (rc == 0 && o->ledger && !rl_ledger_find(&l, t.search, 1, -1))
		rc = rl_ledger_add(&l, &t, NULL, w->err);
	if (rc == 0 && o->ledger)
		*trials = rl_ledger_count(&l, stdev);
	rl_trial_free(&t);
	rl_ledger_close(&l);
	buf_free(&what);
	return rc;
}

/* A period's Sharpe ratio; who never trades has neither risk nor gain. */
static double
per_period(const struct joined *j)
{
	struct rl_verdict v;
	bool flat = j->n > 1;

	for (size_t i = 0; i < j->n; i++)
		flat &= j->r[RL_POLICY][i] == 0;
	rl_judge(j->r[RL_POLICY], j->n, j->years, 0, NAN, false, 0, &v);
	return flat ? 0 : v.per_period;
}

int
rl_walk_verdict(struct rl_walk *w)
{
	struct buf *b = &w->line;
	struct rl_verdict v;
	struct joined j;
	size_t trials;
	double stdev;
	int rc;

	join(w, 0, w->n, &j);
	rc = enter(w, per_period(&j), &trials, &stdev);
	if (rc == 0)
		rc = write_oos(w);
	if (rc < 0)
		goto done;
	buf_puts(b, "{\"type\":\"walk-forward\"");
	rl_put_text(b, "walk", walks[w->o->walk]);
	rl_put_text(b, "env", w->o->env);
	rl_put_text(b, "algo", w->o->algo);
	buf_printf(b, ",\"seed\":%lld,\"folds\":%zu,\"accounts\":%zu,\"steps\":%lld",
	    (long long)w->o->o.seed, w->n, rl_market_episodes(w->probe), (long long)j.steps);
	rl_put_ts(b, "test_from", w->fold[0].span.test_from);
	rl_put_ts(b, "test_to", w->fold[w->n - 1].span.test_to);
	put_figures(w, &j, trials, stdev, &v);
	rl_put_f64(b, "psr", v.psr);
	buf_printf(b, ",\"trials\":%zu", trials);
	rl_put_f64(b, "trials_stdev", perf_round(stdev));
	rl_put_f64(b, "deflated_sharpe", v.deflated);
	if (w->o->out)
		rl_put_text(b, "out", w->o->out);
	if (w->o->oos)
		rl_put_text(b, "oos", w->o->oos);
	buf_puts(b, "}\n");
	rc = say(w);
done:
	joined_free(&j);
	return rc;
}
