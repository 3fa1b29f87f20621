/*
 * Parity with backtesting.py, vectorbt and backtrader: the cross of 20 and 50 bars on seven years
 * of hourly EURUSD, one unit, long or flat, filled at the next open, 0.1 % commission, cash
 * 1,000,000. All of them end with 999998.2590 after 570 trades and a drawdown of 0.000174 %. The
 * fills are worked out here in exact integers, so that this says something about the policy alone.
 */
#include <fcntl.h>
#include <unistd.h>

#include "io/in.h"
#include "rl/act.h"
#include "t_stage.h"

struct sim {
	struct stage base;
	int64_t want, pos;   /* units */
	num_i128 cash, peak; /* nano */
	num_i128 equity;
	double drawdown;
	int64_t entries, exits;
};

static int
sim_push(struct stage *st, const struct rec *r)
{
	struct sim *s = (struct sim *)st;

	if (r->type == REC_target) {
		s->want = r->target.position / NUM_NANO;
		return 0;
	}
	int64_t d = s->want - s->pos, px = r->bar.open;
	if (d != 0) {
		s->cash -= d * (num_i128)px;
		s->cash -= num_div_even(px, 1000000) * 1000; /* 0.1 %, to the micro */
		s->entries += d > 0;
		s->exits += d < 0;
		s->pos = s->want;
	}
	s->equity = s->cash + s->pos * (num_i128)r->bar.close;
	if (s->equity > s->peak)
		s->peak = s->equity;
	double dd = 1 - (double)s->equity / (double)s->peak;
	if (dd > s->drawdown)
		s->drawdown = dd;
	return 0;
}

static int
sim_watermark(struct stage *st, const struct rec *wm)
{
	(void)st;
	(void)wm;
	return 0;
}

static const struct stage_kind sim_kind = {
	.name = "sim",
	.takes = REC_BIT(bar) | REC_BIT(target),
	.push = sim_push,
	.watermark = sim_watermark,
};

/* Each bar of the file, then the watermark of its end: an hour later. */
static int
feed(struct stage *head, struct stage_env *env, const char *path)
{
	struct rec_dec *dec = rec_dec_new(env->syms, NULL);
	struct io_in *in = io_in_open(path, env->err);
	const char *p;
	size_t n;
	int rc = in ? 0 : -1;

	while (in && (rc = io_in_line(in, true, &p, &n, env->err)) == 1) {
		struct rec r, wm;
		rc = rec_dec_line(dec, p, n, REC_BIT(bar), &r, env->err);
		if (rc == 1)
			rc = stage_emit(head, &r);
		rec_init(&wm, REC_watermark, r.ts + TIM_HOUR, NULL);
		if (rc == 0 && r.type == REC_bar)
			rc = stage_emit(head, &wm);
		if (rc < 0)
			break;
	}
	io_in_free(in);
	rec_dec_free(dec);
	return rc;
}

int
main(void)
{
	static const struct stage_kind head_kind = { .name = "head" };
	struct err err = { 0 };
	struct stage_env env = { .syms = symtab_new(), .err = &err };
	struct sim sim = { .base = { .kind = &sim_kind, .env = &env } };
	struct stage *act = mem_alloc(rl_act_kind.size);
	struct stage head = { .kind = &head_kind, .down = act, .env = &env };
	size_t off;

	*act = (struct stage){ .kind = &rl_act_kind, .down = &sim.base, .env = &env };
	sim.cash = sim.peak = (num_i128)1000000 * NUM_NANO;
	const struct opt *o = opt_find(rl_act_kind.opts, "policy", 6, 0, &off);
	opt_set(o, act, off, "rule:sma-cross,fast=20,slow=50,size=1", &err);
	is_i64(rl_act_kind.open(act), 0, "opens: %s", err.msg);
	is_i64(feed(&head, &env, "testdata/fx/hour_EURUSD.OANDA.csv.gz"), 0, "runs: %s", err.msg);
	rl_act_kind.flush(act);
	rl_act_kind.close(act);
	is_i64(sim.entries, 570, "570 entries");
	is_i64(sim.exits, 570, "570 exits");
	double equity = (double)sim.equity / 1e9;
	ok(fabs(equity - 999998.2590) <= 0.0006, "final equity %.6f", equity);
	ok(fabs(sim.drawdown * 100 - 0.000174) < 0.0000006, "drawdown %.7f %%", sim.drawdown * 100);
	free(act);
	symtab_free(env.syms);
	return done_testing();
}
