/* What remembers all that was, and what needs the bar alone: the functions and operators of the
 * expression language that are no windows, by their definitions. */
#ifndef TP_TEST_T_EXPR_MEMORY_H
#define TP_TEST_T_EXPR_MEMORY_H

#include "unit/t_expr.h"

/* ---- memory, from its definitions ---- */

static double
m_lag(void)
{
	return at < n ? NAN : x[at - n];
}

static double
m_diff(void)
{
	return at < n ? NAN : x[at] - x[at - n];
}

static double
m_pct(void)
{
	return at < n ? NAN : x[at] / x[at - n] - 1;
}

static double
m_logret(void)
{
	return at < n ? NAN : log(x[at] / x[at - n]);
}

/* sum of weights keep^k, k counting the values that are there */
static double
ewm(double keep, int what)
{
	long double w = 1, sum = 0, sum2 = 0, s = 0, m, v = 0;

	if (isnan(x[at]))
		return NAN;
	for (int t = at; t >= 0; t--) {
		if (isnan(x[t]))
			continue;
		sum += w;
		sum2 += w * w;
		s += w * x[t];
		w *= keep;
	}
	m = s / sum;
	if (what == 0)
		return (double)m;
	w = 1;
	for (int t = at; t >= 0; t--) {
		if (isnan(x[t]))
			continue;
		v += w * (x[t] - m) * (x[t] - m);
		w *= keep;
	}
	if (sum * sum <= sum2)
		return NAN;
	v = v / sum * (sum * sum / (sum * sum - sum2));
	return (double)(what == 1 ? v : sqrtl(v));
}

static double
e_mean(void)
{
	return ewm(1 - 2.0 / 11, 0);
}

static double
e_var(void)
{
	return ewm(1 - 1.0 / 5, 1);
}

static double
e_std(void)
{
	return ewm(pow(0.5, 1 / 7.0), 2);
}

static double
e_ema(void)
{
	double e = NAN;

	for (int t = 0; t <= at; t++)
		if (!isnan(x[t]))
			e = isnan(e) ? x[t] : e + 0.2 * (x[t] - e);
	return isnan(x[at]) ? NAN : e;
}

/* over all that came: 0 sum, 1 product of 1 + y / 100, 2 max, 3 min, 4 mean, 5 var */
static double
cum(int what)
{
	long double s = 0, p = 1, hi = -1e300L, lo = 1e300L, k = 0, m, v = 0;

	for (int t = 0; t <= at; t++) {
		if (isnan(x[t]))
			continue;
		k++;
		s += x[t];
		p *= 1 + y[t] / 100;
		hi = x[t] > hi ? x[t] : hi;
		lo = x[t] < lo ? x[t] : lo;
	}
	m = s / k;
	for (int t = 0; t <= at; t++)
		if (!isnan(x[t]))
			v += (x[t] - m) * (x[t] - m);
	if (isnan(x[at]))
		return NAN;
	return (double)(what == 0   ? s
			: what == 1 ? p
			: what == 2 ? hi
			: what == 3 ? lo
			: what == 4 ? m
			: k < 2     ? (long double)NAN
				    : v / (k - 1));
}

static double
c_sum(void)
{
	return cum(0);
}
static double
c_prod(void)
{
	return cum(1);
}
static double
c_max(void)
{
	return cum(2);
}
static double
c_min(void)
{
	return cum(3);
}
static double
c_mean(void)
{
	return cum(4);
}
static double
c_var(void)
{
	return cum(5);
}
static double
c_std(void)
{
	return sqrt(cum(5));
}

static double
c_count(void)
{
	double k = 0;

	for (int t = 0; t <= at; t++)
		k += c[t] == 1;
	return isnan(c[at]) ? NAN : k;
}

static double
c_first(void)
{
	for (int t = 0; t <= at; t++)
		if (!isnan(x[t]))
			return isnan(x[at]) ? NAN : x[t];
	return NAN;
}

static double
h_fill(void)
{
	int t = at;

	while (t >= 0 && isnan(x[t]))
		t--;
	return t < 0 ? NAN : x[t];
}

static double
h_when(void)
{
	int t = at;

	while (t >= 0 && c[t] != 1)
		t--;
	return t < 0 ? NAN : x[t];
}

static double
h_since(void)
{
	int t = at;

	while (t >= 0 && c[t] != 1)
		t--;
	return t < 0 ? NAN : at - t;
}

static double
h_streak(void)
{
	int t = at;

	if (isnan(c[at]))
		return NAN;
	while (t >= 0 && c[t] == 1)
		t--;
	return at - t;
}

static double
h_warmup(void)
{
	return at < 7 ? NAN : x[at];
}

static double
h_crossing(void)
{
	double before = at ? y[at - 1] : NAN;

	if (isnan(before))
		return NAN;
	return before <= 0 && y[at] > 0 ? 1 : before >= 0 && y[at] < 0 ? -1 : 0;
}

static double
h_cross(void)
{
	return isnan(h_crossing()) ? NAN : h_crossing() != 0;
}

static double
h_over(void)
{
	return isnan(h_crossing()) ? NAN : h_crossing() > 0;
}

static double
h_under(void)
{
	return isnan(h_crossing()) ? NAN : h_crossing() < 0;
}

/* ---- without memory ---- */

#define PLAIN(name, value) \
	static double name(void) \
	{ \
		double a = x[at], b = y[at], k = c[at]; \
\
		(void)a, (void)b, (void)k; \
		return (value); \
	}
PLAIN(p_arith, a + b * 2 - a / 4)
PLAIN(p_div, b == 0 ? NAN : a / b)
PLAIN(p_mod, isnan(a) || b == 0 ? NAN : a - b * floor(a / b))
PLAIN(p_pow, a *a *a)
PLAIN(p_pow_neg, b == 0 ? NAN : 1 / (b * b))
PLAIN(p_pow_real, pow(a, 0.3))
PLAIN(p_root, sqrt(a))
PLAIN(p_neg, -pow(b, 2))
PLAIN(p_right, pow(2, 9))
PLAIN(p_abs, fabs(b))
PLAIN(p_sign, (b > 0) - (b < 0))
PLAIN(p_sqrt, b < 0 ? NAN : sqrt(b))
PLAIN(p_log, b > 0 ? log(b) : NAN)
PLAIN(p_log10, log10(a))
PLAIN(p_exp, exp(b))
PLAIN(p_tanh, tanh(b))
PLAIN(p_sigmoid, 1 / (1 + exp(-b)))
PLAIN(p_floor, floor(a))
PLAIN(p_ceil, ceil(a))
PLAIN(p_round, round(a))
PLAIN(p_min, isnan(a) ? NAN : fmin(fmin(a, b), 0.1))
PLAIN(p_max, isnan(a) ? NAN : fmax(fmax(a, 99), b))
PLAIN(p_clamp, b<-0.5 ? -0.5 : b> 0.25 ? 0.25 : b)
PLAIN(p_where, isnan(k) ? NAN : k != 0 ? a : b)
PLAIN(p_valid, !isnan(a))
PLAIN(p_fillv, isnan(a) ? 7 : a)
PLAIN(p_less, isnan(a) ? NAN : a < 100)
PLAIN(p_equal, b == 0.25)
PLAIN(p_and, b <= 0 ? 0 : k)
PLAIN(p_or, b > 0 ? 1 : k)
PLAIN(p_not, isnan(k) ? NAN : !(k != 0))
PLAIN(p_logic, b > 0 || (b < 0 && b > -0.6))
PLAIN(p_number, 1.5e-3 + 2)

#endif
