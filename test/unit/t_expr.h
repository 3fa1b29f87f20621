/* For the tests of expressions: series to compute with, and the windows of the language anew at
 * each bar from the whole history, by their definitions. */
#ifndef TP_TEST_T_EXPR_H
#define TP_TEST_T_EXPR_H

#include "feat/expr.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "unit/t.h"

#define N 700

/* x: prices with holes; y: returns with equal values and zeros; c: 0, 1 or missing */
static double x[N], y[N], c[N];

static void
make_series(void)
{
	double p = 100;
	struct rng r;

	rng_seed(&r, 4);
	for (int t = 0; t < N; t++) {
		p *= 1 + 0.02 * rng_normal(&r);
		x[t] = rng_uniform(&r) < 0.01 ? NAN : p;
		y[t] = (double)((int64_t)rng_below(&r, 9) - 4) / 4;
		c[t] = rng_uniform(&r) < 0.02 ? NAN : rng_uniform(&r) < 0.4;
	}
	for (int t = 300; t < 330; t++) /* flat */
		x[t] = 50;
}

/* ---- windows, from their definitions ---- */

static int at, n; /* the bar and the window of the case at hand */

static bool
full(const double *a)
{
	if (at < n - 1)
		return false;
	for (int k = 0; k < n; k++)
		if (isnan(a[at - k]))
			return false;
	return true;
}

static long double
mean_of(const double *a)
{
	long double s = 0;

	for (int k = 0; k < n; k++)
		s += a[at - k];
	return s / n;
}

static long double
moment(const double *a, int power)
{
	long double m = mean_of(a), s = 0;

	for (int k = 0; k < n; k++) {
		long double d = a[at - k] - m, q = 1;

		for (int i = 0; i < power; i++)
			q *= d;
		s += q;
	}
	return s;
}

static bool
flat(const double *a)
{
	for (int k = 1; k < n; k++)
		if (a[at - k] != a[at])
			return false;
	return true;
}

static long double
both(void)
{
	long double mx = mean_of(x), my = mean_of(y), s = 0;

	for (int k = 0; k < n; k++)
		s += (x[at - k] - mx) * (y[at - k] - my);
	return s;
}

static int
by_value(const void *a, const void *b)
{
	double u = *(const double *)a, v = *(const double *)b;

	return (u > v) - (u < v);
}

static double
order(const double *a, double q)
{
	double s[N], i = q * (n - 1);
	int k = (int)i;

	for (int j = 0; j < n; j++)
		s[j] = a[at - j];
	qsort(s, (size_t)n, sizeof *s, by_value);
	return k + 1 >= n ? s[n - 1] : s[k] + (i - k) * (s[k + 1] - s[k]);
}

static double
best_ago(const double *a, double sign)
{
	int k = n - 1; /* the oldest of equal ones */

	for (int j = n - 1; j >= 0; j--)
		if (sign * a[at - j] > sign * a[at - k])
			k = j;
	return k;
}

#define DEFINE(name, a, value) \
	static double name(void) \
	{ \
		return full(a) ? (double)(value) : NAN; \
	}
DEFINE(w_sum, x, mean_of(x) * n)
DEFINE(w_mean, x, mean_of(x))
DEFINE(w_var, x, moment(x, 2) / (n - 1))
DEFINE(w_std, x, sqrtl(moment(x, 2) / (n - 1)))
DEFINE(
    w_zscore, y, flat(y) ? (long double)NAN : (y[at] - mean_of(y)) / sqrtl(moment(y, 2) / (n - 1)))
DEFINE(w_median, y, order(y, 0.5))
DEFINE(w_quantile, y, order(y, 0.9))
DEFINE(w_highest, x, x[at - (int)best_ago(x, 1)])
DEFINE(w_lowest, x, x[at - (int)best_ago(x, -1)])
DEFINE(w_argmax, y, best_ago(y, 1))
DEFINE(w_argmin, y, best_ago(y, -1))

/* pandas: G1 and G2 of Joanes and Gill */
static double
w_skew(void)
{
	long double m2, k = n;

	if (!full(y) || flat(y))
		return NAN;
	m2 = moment(y, 2) / n;
	return (double)(sqrtl(k * (k - 1)) / (k - 2) * (moment(y, 3) / n) / powl(m2, 1.5L));
}

static double
w_kurt(void)
{
	long double m2, k = n;

	if (!full(y) || flat(y))
		return NAN;
	m2 = moment(y, 2) / n;
	return (double)((k - 1) / ((k - 2) * (k - 3)) *
			((k + 1) * (moment(y, 4) / n) / (m2 * m2) - 3 * (k - 1)));
}

static double
w_rank(void)
{
	double below = 0, same = 0;

	if (!full(y))
		return NAN;
	for (int k = 0; k < n; k++) {
		below += y[at - k] < y[at];
		same += y[at - k] == y[at];
	}
	return (below + (same + 1) / 2) / n;
}

static double
w_slope(void)
{
	long double s = 0, tt = 0, mid = (n - 1) / 2.0L;

	if (!full(x))
		return NAN;
	for (int k = 0; k < n; k++) {
		s += (n - 1 - k - mid) * (x[at - k] - mean_of(x));
		tt += (n - 1 - k - mid) * (n - 1 - k - mid);
	}
	return (double)(s / tt);
}

static double
w_decay(void)
{
	long double s = 0;

	if (!full(x))
		return NAN;
	for (int k = 0; k < n; k++)
		s += (n - k) * (long double)x[at - k];
	return (double)(s / (n * (n + 1) / 2.0L));
}

static double
w_cov(void)
{
	return full(x) && full(y) ? (double)(both() / (n - 1)) : NAN;
}

static double
w_corr(void)
{
	if (!full(x) || !full(y) || flat(x) || flat(y))
		return NAN;
	return (double)(both() / sqrtl(moment(x, 2) * moment(y, 2)));
}

static double
w_beta(void)
{
	return !full(x) || !full(y) || flat(y) ? NAN : (double)(both() / moment(y, 2));
}

static double
w_count(void)
{
	double s = 0;

	if (!full(c))
		return NAN;
	for (int k = 0; k < n; k++)
		s += c[at - k];
	return s;
}

#endif
