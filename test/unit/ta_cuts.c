/*
 * The indicators on streams: the same bits however the series is cut into blocks, moved states,
 * prefixes; other parameters than the defaults; bad ones.
 */
#include <math.h>

#include "feat/ta.h"

#include "base/mem.h"
#include "base/rng.h"
#include "unit/t.h"

enum { BARS = 700 };

static double bars[TA_SERIES][BARS];
static const double *const in[TA_SERIES] = { bars[0], bars[1], bars[2], bars[3], bars[4] };

/* a walk on a coarse grid, so that there are ties, flat stretches and bars without a range */
static void
make_bars(void)
{
	struct rng r;
	double x = 50;

	rng_seed(&r, 11);
	for (int i = 0; i < BARS; i++) {
		double step = 0.25 * (double)((int64_t)rng_below(&r, 7) - 3);
		double o = x, c = i % 97 < 20 ? x : x + step;
		double up = 0.25 * (double)rng_below(&r, 3), down = 0.25 * (double)rng_below(&r, 3);

		if (i % 97 < 15)
			up = down = 0;
		bars[TA_OPEN][i] = o;
		bars[TA_HIGH][i] = fmax(o, c) + up;
		bars[TA_LOW][i] = fmin(o, c) - down;
		bars[TA_CLOSE][i] = c;
		bars[TA_VOLUME][i] = (double)rng_below(&r, 1000);
		x = c < 20 ? 50 : c;
	}
}

/* every indicator, with default parameters and with the given period in the first */
static struct ta_plan *
everything(size_t block, double period)
{
	struct ta_plan *p = ta_plan_new(block);
	struct err e;

	for (size_t i = 0; i < ta_ndefs; i++) {
		double q[TA_PARAMS];

		for (int k = 0; k < TA_PARAMS; k++)
			q[k] = NAN;
		if (ta_defs[i].param[0].type == TA_INT && ta_defs[i].param[0].min <= period)
			q[0] = period;
		ok(ta_plan_add(p, &ta_defs[i], period > 0 ? q : NULL, NULL, &e) >= 0, "%s",
		    ta_defs[i].name);
	}
	for (int type = 0; type < 9; type++) {
		double q[TA_PARAMS] = { 7, type, 12, (type + 4) % 9, 5, type };

		ta_plan_add(p, ta_find("macdext", 7), q, NULL, &e);
		ta_plan_add(p, ta_find("bbands", 6), (double[]){ 9, 2, 1.5, type }, NULL, &e);
		ta_plan_add(p, ta_find("stoch", 5), (double[]){ 6, 3, type, 1, 0 }, NULL, &e);
	}
	ta_plan_ready(p);
	return p;
}

static double **
outputs(const struct ta_plan *p)
{
	double **out = mem_array(ta_plan_outputs(p), sizeof *out);

	for (size_t i = 0; i < ta_plan_outputs(p); i++)
		out[i] = mem_array(BARS, sizeof **out);
	return out;
}

static void
free_outputs(const struct ta_plan *p, double **out)
{
	for (size_t i = 0; i < ta_plan_outputs(p); i++)
		free(out[i]);
	free(out);
}

/* bars [at, at + n) of the series; the state is moved about between calls */
static void
part(const struct ta_plan *p, void **state, size_t at, size_t n, double **out)
{
	const double *from[TA_SERIES];
	double **to = mem_array(ta_plan_outputs(p), sizeof *to);
	void *moved = mem_dup(*state, ta_plan_state(p));

	memset(*state, 0xa5, ta_plan_state(p));
	free(*state);
	*state = moved;
	for (int s = 0; s < TA_SERIES; s++)
		from[s] = in[s] + at;
	for (size_t i = 0; i < ta_plan_outputs(p); i++)
		to[i] = out[i] + at;
	ta_run(p, *state, from, n, to);
	free(to);
}

static size_t
same_bits(const struct ta_plan *p, double **a, double **b, size_t n)
{
	size_t bad = 0;

	for (size_t i = 0; i < ta_plan_outputs(p); i++)
		for (size_t k = 0; k < n; k++)
			if (memcmp(&a[i][k], &b[i][k], sizeof(double)) != 0 &&
			    !(isnan(a[i][k]) && isnan(b[i][k]))) {
				if (bad++ < 5)
					printf("#   output %zu, bar %zu: %.17g, %.17g\n", i, k,
					    a[i][k], b[i][k]);
			}
	return bad;
}

static void
cuts(double period)
{
	struct ta_plan *p = everything(256, period), *one = everything(1, period);
	double **want = outputs(p), **got = outputs(p);
	void *state = mem_alloc(ta_plan_state(p));
	struct rng r;
	size_t bad = 0, warm = 0;

	ta_run(p, state, in, BARS, want);
	for (uint64_t seed = 1; seed <= 12; seed++) {
		static const uint64_t most[4] = { 3, 40, 200, 600 };

		rng_seed(&r, seed);
		memset(state, 0, ta_plan_state(p));
		for (size_t at = 0, n; at < BARS; at += n) {
			n = 1 + (size_t)rng_below(&r, most[seed % 4]);
			n = n < BARS - at ? n : BARS - at;
			part(p, &state, at, n, got);
		}
		bad += same_bits(p, want, got, BARS);
	}
	is_i64((int64_t)bad, 0, "period %g: random cuts, moved states: the same bits", period);
	free(state);
	state = mem_alloc(ta_plan_state(one));
	for (size_t at = 0; at < BARS; at++)
		part(one, &state, at, 1, got);
	is_i64((int64_t)same_bits(p, want, got, BARS), 0, "period %g: bar by bar: the same bits",
	    period);
	for (size_t i = 0; i < ta_plan_outputs(p); i++)
		for (size_t k = 0; k < BARS; k++)
			warm += k < ta_plan_lookback(p, i) && !isnan(want[i][k]);
	is_i64((int64_t)warm, 0, "period %g: nothing before the lookback", period);
	ok(ta_plan_state(one) < ta_plan_state(p), "%zu nodes, %zu bytes a series bar by bar",
	    ta_plan_nodes(one), ta_plan_state(one));
	free(state);
	free_outputs(p, want);
	free_outputs(p, got);
	ta_plan_free(p);
	ta_plan_free(one);
}

static void
bad(const char *name, double a, double b, const char *words)
{
	struct ta_plan *p = ta_plan_new(1);
	const struct ta_def *d = ta_find(name, strlen(name));
	struct err e = { 0 };
	double q[TA_PARAMS] = { a, b, NAN, NAN, NAN, NAN, NAN, NAN };

	is_i64(ta_plan_add(p, d, q, NULL, &e), ERR_USAGE, "%s(%g, %g)", name, a, b);
	ok(strstr(e.msg, words), "... says: %s", e.msg);
	ta_plan_free(p);
}

/* TA-Lib's slow way to the same: all windows anew */
static void
index_of_extremes(void)
{
	struct ta_plan *p = ta_plan_new(64);
	struct err e;
	double a[BARS], b[BARS], c[BARS], *out[3] = { a, b, c };
	size_t chosen = 0, wrong = 0;
	void *state;

	ta_plan_add(p, ta_find("MAXINDEX", 8), (double[]){ 12 }, NULL, &e);
	ta_plan_add(p, ta_find("MAX", 3), (double[]){ 12 }, NULL, &e);
	ta_plan_add(p, ta_find("MIDPOINT", 8), (double[]){ 12 }, NULL, &e);
	ta_plan_ready(p);
	state = mem_alloc(ta_plan_state(p));
	ta_run(p, state, in, BARS, out);
	for (size_t i = 11; i < BARS; i++) {
		const double *x = bars[TA_CLOSE];
		double low = x[i];

		if (i == 11 || chosen + 12 <= i) {
			chosen = i - 11;
			for (size_t k = i - 10; k <= i; k++)
				chosen = x[k] > x[chosen] ? k : chosen;
		} else if (x[i] >= x[chosen]) {
			chosen = i;
		}
		for (size_t k = i - 11; k <= i; k++)
			low = fmin(low, x[k]);
		wrong +=
		    a[i] != (double)chosen || b[i] != x[chosen] || c[i] != (x[chosen] + low) / 2;
	}
	is_i64(
	    (int64_t)wrong, 0, "MAXINDEX, MAX, MIDPOINT with ties as by looking through windows");
	free(state);
	ta_plan_free(p);
}

int
main(void)
{
	make_bars();
	is_i64((int64_t)ta_ndefs, 99, "99 indicators");
	cuts(0);
	cuts(2);
	cuts(3);
	cuts(130);
	index_of_extremes();
	bad("RSI", 1, NAN, "timePeriod is 1, not a whole number from 2 to 100000");
	bad("RSI", 100001, NAN, "timePeriod");
	bad("RSI", 2.5, NAN, "whole number");
	bad("MA", 30, 9, "MAType is 9");
	bad("T3", 5, 1.5, "VFactor is 1.5, not a number from 0 to 1");
	ok(!ta_find("RS", 2) && !ta_find("RSIX", 4) && ta_find("rsi", 3), "names are whole");
	return done_testing();
}
