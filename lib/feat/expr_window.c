/* Operations on the last n values. A window with a missing value in it is missing. */
#include <math.h>

#include "feat/expr_code.h"

#include "base/num.h"

#define ARGS const struct expr_ins *i, const struct expr_env *m, void *state
#define X expr_get(m, i, 0)
#define Y expr_get(m, i, 1)
#define INIT const struct expr_ins *i, void *state, struct roll_mem *m

#define STARTS(kind) \
	static void kind##_start(INIT) \
	{ \
		roll_##kind##_init(state, i->window, m); \
	}
STARTS(sum)
STARTS(var)
STARTS(fit)
STARTS(cov)
STARTS(mom)
STARTS(order)

static void
highest_start(INIT)
{
	roll_ext_init(state, i->window, 1, m);
}

static void
lowest_start(INIT)
{
	roll_ext_init(state, i->window, -1, m);
}

/* one value more than it goes back */
static void
past_start(INIT)
{
	roll_past_init(state, (size_t)i->window + 1, m);
}

/* static double op_NAME: push x into a roll_KIND called r, then value when the window is full */
#define WINDOW(name, kind, value) \
	static double op_##name(ARGS) \
	{ \
		struct roll_##kind *r = state; \
		double x = X; \
		size_t n = i->window; \
\
		(void)n; \
		if (!roll_##kind##_push(r, x)) \
			return NAN; \
		return expr_finite(value); \
	}
#define WINDOW2(name, value) \
	static double op_##name(ARGS) \
	{ \
		struct roll_cov *r = state; \
		size_t n = i->window; \
\
		(void)n; \
		if (!roll_cov_push(r, X, Y)) \
			return NAN; \
		return expr_finite(value); \
	}

/* ---- the past ---- */

static double
op_lag(ARGS)
{
	struct roll_past *r = state;

	roll_past_push(r, X);
	return roll_ago(r, i->window);
}

static double
op_diff(ARGS)
{
	double x = X;

	return expr_finite(x - op_lag(i, m, state));
}

static double
op_pct(ARGS)
{
	double x = X, before = op_lag(i, m, state);

	return before == 0 ? NAN : expr_finite(x / before - 1);
}

static double
op_logret(ARGS)
{
	double x = X, q = x / op_lag(i, m, state);

	return q > 0 && roll_bad(q) == false ? num_log(q) : NAN;
}

/* ---- moments ---- */

static double
zscore(const struct roll_var *r, double x, size_t n)
{
	return roll_flat(r->mean, r->m2, n) ? NAN : (x - r->mean) / roll_std(r->m2, n);
}

WINDOW(sum, sum, r->sum)
WINDOW(mean, sum, r->sum / (double)n)
WINDOW(var, var, r->m2 / (double)(n - 1))
WINDOW(std, var, roll_std(r->m2, n))
WINDOW(zscore, var, zscore(r, x, n))
WINDOW(skew, mom, roll_skew(r))
WINDOW(kurt, mom, roll_kurt(r))
WINDOW(slope, fit, r->ct / roll_fit_tt(n))
WINDOW2(cov, r->w.xy / (double)(n - 1))
WINDOW2(corr, roll_corr(r))
/* of x on y */
WINDOW2(beta, roll_flat(r->w.my, r->w.yy, n) ? NAN : r->w.xy / r->w.yy)

/* how many are true */
static double
op_count(ARGS)
{
	struct roll_sum *r = state;
	double x = X;

	return roll_sum_push(r, isnan(x) ? x : x != 0) ? r->sum : NAN;
}

/* Weights n for the newest to 1 for the oldest: (n + 1) / 2 mean + sum (t - mean t) x over their
 * sum. */
WINDOW(decay_linear, fit, r->mean + r->ct * 2 / ((double)n * (double)(n + 1)))

/* ---- order ---- */

WINDOW(highest, ext, r->best)
WINDOW(lowest, ext, r->best)
/* bars ago; of equal ones the oldest */
WINDOW(argmax, ext, (double)(n - r->pos))
WINDOW(argmin, ext, (double)(n - r->pos))
WINDOW(median, order, roll_quantile(r, 0.5))
WINDOW(quantile, order, roll_quantile(r, i->param))
WINDOW(rank, order, roll_rank(r))

/* clang-format off */
#define ROLL(id, kind, n, low) \
	{ .name = #id, .nargs = n, .par = PAR_WINDOW, .least = low, .size = sizeof(struct roll_##kind), \
	  .init = kind##_start, .run = op_##id }
#define EXT(id, from) \
	{ .name = #id, .nargs = 1, .par = PAR_WINDOW, .least = 1, .size = sizeof(struct roll_ext), \
	  .init = from##_start, .run = op_##id }
#define PAST(id) \
	{ .name = #id, .nargs = 1, .par = PAR_LAG, .size = sizeof(struct roll_past), \
	  .init = past_start, .run = op_##id }
const struct expr_op expr_window_ops[] = {
	PAST(lag), PAST(diff), PAST(pct), PAST(logret),
	ROLL(sum, sum, 1, 1), ROLL(mean, sum, 1, 1), ROLL(count, sum, 1, 1),
	ROLL(var, var, 1, 2), ROLL(std, var, 1, 2), ROLL(zscore, var, 1, 2),
	ROLL(skew, mom, 1, 3), ROLL(kurt, mom, 1, 4),
	ROLL(slope, fit, 1, 2), ROLL(decay_linear, fit, 1, 1),
	ROLL(corr, cov, 2, 2), ROLL(cov, cov, 2, 2), ROLL(beta, cov, 2, 2),
	ROLL(median, order, 1, 1), ROLL(rank, order, 1, 1),
	{ .name = "quantile", .nargs = 1, .par = PAR_QUANTILE, .least = 1, .size = sizeof(struct roll_order), .init = order_start, .run = op_quantile },
	EXT(highest, highest), EXT(argmax, highest), EXT(lowest, lowest), EXT(argmin, lowest),
	{ 0 },
};
/* clang-format on */
