/* Operations that remember from bar to bar, but no window of values (expr_window.c has those). */
#include <math.h>

#include "feat/expr_code.h"

#include "base/num.h"

#define ARGS const struct expr_ins *i, const struct expr_env *m, void *state
#define X expr_get(m, i, 0)
#define Y expr_get(m, i, 1)

/* ---- since the beginning; a missing value is left out and answered by missing ---- */

struct cum {
	double n, a, b; /* count; result; sum of squared deviations */
};

#define CUM(name, first, next) \
	static double op_cum##name(ARGS) \
	{ \
		struct cum *s = state; \
		double x = X; \
\
		if (isnan(x)) \
			return NAN; \
		s->a = expr_finite(s->n++ == 0 ? (first) : (next)); \
		return s->a; \
	}
CUM(sum, x, s->a + x)
CUM(prod, x, s->a *x)
CUM(max, x, x > s->a ? x : s->a)
CUM(min, x, x < s->a ? x : s->a)
CUM(count, x != 0, s->a + (x != 0))
CUM(mean, x, s->a + (x - s->a) / s->n)
CUM(first, x, s->a)

/* Welford; sample variance */
static double
op_cumvar(ARGS)
{
	struct cum *s = state;
	double x = X, d;

	if (isnan(x))
		return NAN;
	d = x - s->a;
	s->a += d / ++s->n;
	s->b += d * (x - s->a);
	return s->n < 2 ? NAN : expr_finite(s->b / (s->n - 1));
}

static double
op_cumstd(ARGS)
{
	return sqrt(op_cumvar(i, m, state));
}

/* ---- exponentially weighted, as pandas' ewm(adjust=True, ignore_na=True) ---- */

struct ewm {
	double mean, cov, sum, sum2, old; /* of the weights, and of their squares */
	bool on;
};

/* The weighted mean of all values, the newest of weight 1, each one before it of 1 - alpha times
 * its successor's. */
static void
ewm_push(struct ewm *s, double alpha, double x)
{
	double keep = 1 - alpha, mean, d;

	if (!s->on) {
		*s = (struct ewm){ .mean = x, .sum = 1, .sum2 = 1, .old = 1, .on = true };
		return;
	}
	s->sum *= keep;
	s->sum2 *= keep * keep;
	s->old *= keep;
	mean = s->mean;
	d = x - mean;
	s->mean = x == mean ? mean : mean + d / (s->old + 1);
	s->cov = (s->old * (s->cov + (mean - s->mean) * (mean - s->mean)) +
		     (x - s->mean) * (x - s->mean)) /
		 (s->old + 1);
	s->sum += 1;
	s->sum2 += 1;
	s->old += 1;
}

static double
op_ewm_mean(ARGS)
{
	struct ewm *s = state;
	double x = X;

	if (isnan(x))
		return NAN;
	ewm_push(s, i->param, x);
	return expr_finite(s->mean);
}

/* bias=False: as if it were a sample */
static double
op_ewm_var(ARGS)
{
	struct ewm *s = state;
	double x = X, num, den;

	if (isnan(x))
		return NAN;
	ewm_push(s, i->param, x);
	num = s->sum * s->sum;
	den = num - s->sum2;
	return den > 0 ? expr_finite(num / den * s->cov) : NAN;
}

static double
op_ewm_std(ARGS)
{
	return sqrt(op_ewm_var(i, m, state));
}

/* The recursive form (adjust=False): e += alpha (x - e), from the first value on. */
static double
op_ema(ARGS)
{
	struct ewm *s = state;
	double x = X;

	if (isnan(x))
		return NAN;
	s->mean = s->on ? expr_finite(s->mean + i->param * (x - s->mean)) : x;
	s->on = !isnan(s->mean);
	return s->mean;
}

/* ---- holding and crossing ---- */

struct held {
	double v, w;
	uint64_t n;
	bool on;
};

static double
op_fill(ARGS)
{
	struct held *s = state;
	double x = X;

	if (!isnan(x)) {
		s->v = x;
		s->on = true;
	}
	return s->on ? s->v : NAN;
}

/* the value of y when x was last true */
static double
op_valuewhen(ARGS)
{
	struct held *s = state;
	double c = X;

	if (!isnan(c) && c != 0) {
		s->v = Y;
		s->on = true;
	}
	return s->on ? s->v : NAN;
}

static double
op_warmup(ARGS)
{
	struct held *s = state;

	if (s->n < i->window) {
		s->n++;
		return NAN;
	}
	return X;
}

/* +1: x went above y with this bar, -1: below, 0: neither; NAN when one side is missing now or
 * was on the bar before. */
static double
crossing(ARGS)
{
	struct held *s = state;
	double x = X, y = Y, was = s->on ? s->v - s->w : NAN, now = x - y;

	s->v = x;
	s->w = y;
	s->on = true;
	if (isnan(was) || isnan(now))
		return NAN;
	return was <= 0 && now > 0 ? 1 : was >= 0 && now < 0 ? -1 : 0;
}

static double
op_cross(ARGS)
{
	double c = crossing(i, m, state);

	return isnan(c) ? c : c != 0;
}

static double
op_crossover(ARGS)
{
	double c = crossing(i, m, state);

	return isnan(c) ? c : c > 0;
}

static double
op_crossunder(ARGS)
{
	double c = crossing(i, m, state);

	return isnan(c) ? c : c < 0;
}

/* bars since x was true; a missing x counts as a bar */
static double
op_since(ARGS)
{
	struct held *s = state;
	double x = X;

	if (!isnan(x) && x != 0) {
		s->on = true;
		s->n = 0;
		return 0;
	}
	return s->on ? (double)++s->n : NAN;
}

/* for how many bars x has been true; missing begins anew */
static double
op_streak(ARGS)
{
	struct held *s = state;
	double x = X;

	if (isnan(x)) {
		s->n = 0;
		return NAN;
	}
	s->n = x != 0 ? s->n + 1 : 0;
	return (double)s->n;
}

/* clang-format off */
#define CUM_OP(id) { .name = "cum" #id, .nargs = 1, .size = sizeof(struct cum), .run = op_cum##id }
#define EWM_OP(id) { .name = #id, .nargs = 1, .par = PAR_EWM, .size = sizeof(struct ewm), .run = op_##id }
#define HELD_OP(id, n) { .name = #id, .nargs = n, .size = sizeof(struct held), .run = op_##id }
const struct expr_op expr_memory_ops[] = {
	CUM_OP(sum), CUM_OP(prod), CUM_OP(max), CUM_OP(min), CUM_OP(count), CUM_OP(mean),
	CUM_OP(var), CUM_OP(std),
	{ .name = "first", .nargs = 1, .size = sizeof(struct cum), .run = op_cumfirst },
	EWM_OP(ewm_mean), EWM_OP(ewm_var), EWM_OP(ewm_std), EWM_OP(ema),
	HELD_OP(fill, 1), HELD_OP(valuewhen, 2), HELD_OP(cross, 2), HELD_OP(crossover, 2),
	HELD_OP(crossunder, 2), HELD_OP(since, 1), HELD_OP(streak, 1),
	{ .name = "warmup", .nargs = 1, .par = PAR_WINDOW, .least = 1, .size = sizeof(struct held), .run = op_warmup },
	{ 0 },
};
/* clang-format on */
