/* The expression language: each operator against its definition, computed anew at every bar from
 * the whole history; the grammar; what is refused, and where. */
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

static const struct {
	const char *text;
	double (*want)(void);
	int n;
	double tol; /* relative */
} cases[] = {
	{ "sum(x,5)", w_sum, 5, 1e-13 },
	{ "mean(x,20)", w_mean, 20, 1e-13 },
	{ "mean(x,1)", w_mean, 1, 0 },
	{ "var(x,20)", w_var, 20, 1e-10 },
	{ "std(x,7)", w_std, 7, 1e-10 },
	{ "std(x,2)", w_std, 2, 1e-10 },
	{ "zscore(y,10)", w_zscore, 10, 1e-11 },
	{ "skew(y,12)", w_skew, 12, 1e-10 },
	{ "kurt(y,30)", w_kurt, 30, 1e-10 },
	{ "median(y,9)", w_median, 9, 0 },
	{ "median(y,10)", w_median, 10, 1e-15 },
	{ "quantile(y,21,0.9)", w_quantile, 21, 1e-15 },
	{ "rank(y,15)", w_rank, 15, 1e-15 },
	{ "slope(x,14)", w_slope, 14, 1e-9 },
	{ "decay_linear(x,6)", w_decay, 6, 1e-13 },
	{ "corr(x,y,25)", w_corr, 25, 1e-9 },
	{ "cov(x,y,25)", w_cov, 25, 1e-9 },
	{ "beta(x,y,40)", w_beta, 40, 1e-9 },
	{ "count(c,8)", w_count, 8, 0 },
	{ "highest(x,13)", w_highest, 13, 0 },
	{ "lowest(x,200)", w_lowest, 200, 0 },
	{ "argmax(y,6)", w_argmax, 6, 0 },
	{ "argmin(y,17)", w_argmin, 17, 0 },
	{ "lag(x)", m_lag, 1, 0 },
	{ "lag(x,0)", m_lag, 0, 0 },
	{ "lag(x,33)", m_lag, 33, 0 },
	{ "diff(x)", m_diff, 1, 0 },
	{ "diff(x,3)", m_diff, 3, 0 },
	{ "pct(x,2)", m_pct, 2, 0 },
	{ "logret(x,4)", m_logret, 4, 1e-14 },
	{ "ewm_mean(x,10)", e_mean, 0, 1e-12 },
	{ "ewm_mean(x,span=10)", e_mean, 0, 1e-12 },
	{ "ewm_var(x,com=4)", e_var, 0, 1e-9 },
	{ "ewm_std(x, halflife = 7)", e_std, 0, 1e-9 },
	{ "ema(x,9)", e_ema, 0, 1e-13 },
	{ "ema(x,alpha=0.2)", e_ema, 0, 1e-13 },
	{ "cumsum(x)", c_sum, 0, 1e-13 },
	{ "cumprod(where(valid(x), 1 + y/100, lag(x, 100000)))", c_prod, 0, 1e-12 },
	{ "cummax(x)", c_max, 0, 0 },
	{ "cummin(x)", c_min, 0, 0 },
	{ "cummean(x)", c_mean, 0, 1e-13 },
	{ "cumvar(x)", c_var, 0, 1e-11 },
	{ "cumstd(x)", c_std, 0, 1e-11 },
	{ "cumcount(c)", c_count, 0, 0 },
	{ "first(x)", c_first, 0, 0 },
	{ "fill(x)", h_fill, 0, 0 },
	{ "valuewhen(c, x)", h_when, 0, 0 },
	{ "since(c)", h_since, 0, 0 },
	{ "streak(c)", h_streak, 0, 0 },
	{ "warmup(x,7)", h_warmup, 0, 0 },
	{ "cross(y,0)", h_cross, 0, 0 },
	{ "crossover(y,0)", h_over, 0, 0 },
	{ "crossunder(y,0)", h_under, 0, 0 },
	{ "x + y * 2 - x / 4", p_arith, 0, 0 },
	{ "(x + (y * 2)) - (x / 4)", p_arith, 0, 0 },
	{ "x/y", p_div, 0, 0 },
	{ "x % y", p_mod, 0, 1e-9 },
	{ "x ^ 3", p_pow, 0, 1e-15 },
	{ "x ** 3", p_pow, 0, 1e-15 },
	{ "y ^ -2", p_pow_neg, 0, 1e-15 },
	{ "pow(x, 0.3)", p_pow_real, 0, 1e-14 },
	{ "x^0.5", p_root, 0, 0 },
	{ "-y^2", p_neg, 0, 0 },
	{ "2^3^2 + 0*y", p_right, 0, 0 },
	{ "abs(y)", p_abs, 0, 0 },
	{ "sign(y)", p_sign, 0, 0 },
	{ "sqrt(y)", p_sqrt, 0, 0 },
	{ "square(x) * x", p_pow, 0, 1e-15 },
	{ "log(y)", p_log, 0, 1e-15 },
	{ "log10(x)", p_log10, 0, 1e-15 },
	{ "exp(y)", p_exp, 0, 1e-15 },
	{ "tanh(y)", p_tanh, 0, 1e-15 },
	{ "sigmoid(y)", p_sigmoid, 0, 1e-15 },
	{ "floor(x)", p_floor, 0, 0 },
	{ "ceil(x)", p_ceil, 0, 0 },
	{ "round(x)", p_round, 0, 0 },
	{ "min(x,y,0.1)", p_min, 0, 0 },
	{ "max(x,99,y)", p_max, 0, 0 },
	{ "clamp(y, -1/2, 0.25)", p_clamp, 0, 0 },
	{ "where(c, x, y)", p_where, 0, 0 },
	{ "valid(x)", p_valid, 0, 0 },
	{ "fill(x, 7)", p_fillv, 0, 0 },
	{ "x < 100", p_less, 0, 0 },
	{ "not x >= 100", p_less, 0, 0 },
	{ "y == 0.25", p_equal, 0, 0 },
	{ "not (y != 0.25)", p_equal, 0, 0 },
	{ "y > 0 and c", p_and, 0, 0 },
	{ "c or y > 0", p_or, 0, 0 },
	{ "not c", p_not, 0, 0 },
	{ "y > 0 or y < 0 and y > -0.6", p_logic, 0, 0 },
	{ "1.5e-3 + 2 + 0 * y", p_number, 0, 0 },
};
#define NCASES (sizeof cases / sizeof *cases)

static void
open_plan(struct feat_plan *plan)
{
	*plan = (struct feat_plan){ 0 };
	feat_plan_add(plan, true, "x");
	feat_plan_add(plan, true, "y");
	feat_plan_add(plan, true, "c");
}

static void
operators(void)
{
	struct feat_plan plan;
	struct expr_prog *p;
	struct err e = { 0 };
	char text[200];
	double *v;
	void *state;

	open_plan(&plan);
	p = expr_new(&plan);
	for (size_t i = 0; i < NCASES; i++) {
		snprintf(text, sizeof text, "r%zu = %s", i, cases[i].text);
		if (expr_add(p, text, strlen(text), "-e", &e) < 0)
			ok(false, "%s", e.msg);
	}
	state = mem_alloc(expr_state_size(p));
	expr_start(p, state);
	v = mem_array(plan.n, sizeof *v);
	double worst[NCASES] = { 0 };
	int wrong[NCASES] = { 0 }, known[NCASES] = { 0 };
	for (at = 0; at < N; at++) {
		v[0] = x[at];
		v[1] = y[at];
		v[2] = c[at];
		expr_run(p, v, NULL, state);
		for (size_t i = 0; i < NCASES; i++) {
			double got = v[3 + i], want, far;

			n = cases[i].n;
			want = cases[i].want();
			known[i] += !isnan(want);
			if (isnan(got) != isnan(want)) {
				wrong[i]++;
				continue;
			}
			far = isnan(got) ? 0 : fabs(got - want) / fmax(1, fabs(want));
			worst[i] = far > worst[i] ? far : worst[i];
		}
	}
	for (size_t i = 0; i < NCASES; i++)
		ok(!wrong[i] && known[i] > 20 && worst[i] <= cases[i].tol,
		    "%s: %d values, off by %.1e, missing or not differs %d times", cases[i].text,
		    known[i], worst[i], wrong[i]);
	free(v);
	free(state);
	expr_free(p);
	feat_plan_free(&plan);
}

/* every function has a case */
static void
complete(void)
{
	for (const char *const *f = expr_function_names(); *f; f++) {
		bool found = strncmp(*f, "cs_", 3) == 0;
		size_t k = strlen(*f);

		for (size_t i = 0; i < NCASES && !found; i++) {
			const char *p = strstr(cases[i].text, *f);

			found = p && p[k] == '(';
		}
		ok(found, "%s is tested", *f);
	}
}

/* ---- what is refused ---- */

static void
refused(const char *text, const char *words)
{
	struct feat_plan plan;
	struct expr_prog *p;
	struct err e = { 0 };
	int rc;

	open_plan(&plan);
	p = expr_new(&plan);
	rc = expr_add(p, text, strlen(text), "-e", &e);
	is_i64(rc, ERR_USAGE, "refused: %.60s", text);
	if (!ok(strstr(e.msg, words) != NULL, "it says: %s", words))
		t_note("%s", e.msg);
	expr_free(p);
	feat_plan_free(&plan);
}

static void
repeated(const char *head, const char *part, int times, const char *tail, const char *words)
{
	size_t k = strlen(part);
	char *text = mem_alloc(strlen(head) + k * (size_t)times + strlen(tail) + 1), *o;

	o = stpcpy(text, head);
	for (int i = 0; i < times; i++)
		o = stpcpy(o, part);
	strcpy(o, tail);
	refused(text, words);
	free(text);
}

static void
grammar(void)
{
	refused("r", "column 2: expected '=', not the end of the line");
	refused("= 3", "column 1: expected NAME = EXPRESSION, not '='");
	refused("r = ", "column 5: expected a number, a column, a function or (");
	refused("r = x +", "column 8: expected a number");
	refused("r = (x", "column 7: expected ')'");
	refused("r = x y", "column 7: expected an operator or the end of the line, not 'y'");
	refused("r = x )", "column 7: expected an operator or the end of the line, not ')'");
	refused("r == x", "column 3: expected '='");
	refused("mean(x, 3)", "column 1: a column needs a name: NAME = mean(...)");
	refused("x = 1", "column 1: there is a column 'x' already");
	refused("a = 1; a = 2", "column 8: there is a column 'a' already");
	refused("Ret = 1", "'Ret' is no name for a column");
	refused("ts = 1", "'ts' is a key of every record");
	refused("and = 1", "expected NAME = EXPRESSION");
	refused("r = z", "column 5: there is no column 'z'");
	refused("r = z@SPY", "there is no column 'z'");
	refused("r = r", "there is no column 'r'");
	refused("r = meen(x, 3)", "there is no function 'meen'; did you mean mean?");
	refused("r = mean", "mean is a function: '(' expected behind it");
	refused("r = mean(x)", "column 11: expected ',' and the number of bars, not ')'");
	refused("r = mean(x, y)", "the number of bars must be a constant");
	refused("r = mean(x, 0)", "the number of bars must be between 1 and 100000");
	refused("r = std(x, 1)", "must be between 2 and 100000");
	refused("r = mean(x, 1e9)", "must be between 1 and 100000");
	refused("r = mean(x, 2.5)", "the number of bars must be whole");
	refused("r = mean(x, 3, 4)", "expected ')'");
	refused("r = lag(x, -1)", "must be between 0 and 100000");
	refused("r = quantile(x, 5)", "expected ',' and the quantile");
	refused("r = quantile(x, 5, 2)", "the quantile must be between 0 and 1");
	refused("r = ema(x, alpha=2)", "alpha must be between 1e-12 and 1");
	refused("r = ema(x, window=2)", "there is no column 'window'");
	refused("r = 1 < x < 3", "comparisons do not chain");
	refused("r = x@", "a symbol of 1 to 32 characters");
	refused("r = x@'EUR/USD", "the ' that closes the symbol");
	refused("r = 007", "'007' is not a number");
	refused("r = 1e999", "'1e999' is not a number");
	refused("r = 3x", "'3x' is not a number");
	refused("a = 1\n\n  b = a +\nc2 = 3", "line 3, column 10: expected a number");
	refused("# fine\nr = $", "line 2, column 5: expected a number, a column, a function or (, "
				 "not '$'");
	repeated("r = ", "(", 100000, "x", "nested more than 200 deep");
	repeated("r = ", "-", 100000, "x", "nested more than 200 deep");
	repeated("r = ", "not ", 100000, "x", "nested more than 200 deep");
	repeated("r = ", "abs(", 100000, "x", "nested more than 200 deep");
	repeated("r = x", " + x", 30000, "", "more than 20000 operations");
	repeated("r = x", " + kurt(x,100000)", 30, "", "need more than 64 MiB a symbol");
	repeated("r = ", "xxxxxxxxxx", 200000, "", "longer than");
}

/* comments, several lines, names used further down, hidden ones, other symbols */
static void
lines(void)
{
	static const char text[] = "# returns\r\n"
				   "_half = x / 2 # not written\n"
				   "\n"
				   " a.b_1=_half+1;b=a.b_1*2 ;\n"
				   "rel = b - x@'BRK/B-1' + x@SPY + x@SPY\n";
	struct feat_plan plan;
	struct expr_prog *p;
	struct err e = { 0 };
	const struct expr_ref *refs;
	double v[7] = { 10, 0, 0 }, ref[] = { 1, 100 };

	open_plan(&plan);
	p = expr_new(&plan);
	is_i64(expr_add(p, text, sizeof text - 1, "f", &e), 0, "a file: %s", e.msg);
	is_i64((int64_t)plan.n, 7, "four columns");
	ok(plan.cols[3].hidden && !plan.cols[4].hidden, "a name that begins with _ is hidden");
	is_i64((int64_t)expr_refs(p, &refs), 2, "two columns of other symbols, one used twice");
	is_str(refs[0].sym, "BRK/B-1", "in quotes");
	is_str(refs[1].sym, "SPY", "and without");
	ok(expr_waits(p), "such a program needs the whole instant");
	expr_run(p, v, ref, NULL);
	is_f64(v[4], 6, 0, "a.b_1");
	is_f64(v[6], 12 - 1 + 200, 0, "rel");
	expr_free(p);
	feat_plan_free(&plan);
}

/* A cross-sectional call inside an expression: one column for what goes in, one for what comes. */
static void
cross(void)
{
	static const char text[] = "r = 2 * cs_demean(x + 1) + cs_rank(x)";
	double rows[3][8] = { { 1 }, { 3 }, { 8 } }, *v[] = { rows[0], rows[1], rows[2] };
	struct feat_plan plan;
	struct expr_prog *p;
	struct err e = { 0 };
	size_t col;

	open_plan(&plan);
	p = expr_new(&plan);
	is_i64(expr_add(p, text, sizeof text - 1, "-e", &e), 0, "cs_: %s", e.msg);
	ok(expr_waits(p) && plan.n <= 8, "needs the whole instant");
	for (size_t u = 0; u < expr_units(p); u++) {
		if (expr_is_cross(p, u))
			expr_run_cross(p, u, v, 3);
		for (int i = 0; i < 3 && !expr_is_cross(p, u); i++)
			expr_run_unit(p, u, v[i], NULL, NULL);
	}
	col = expr_unit_col(p, expr_units(p) - 1);
	is_f64(rows[0][col], 2 * (1 - 4) + 1, 1e-12, "lowest");
	is_f64(rows[1][col], 2 * (3 - 4) + 2, 1e-12, "middle");
	is_f64(rows[2][col], 2 * (8 - 4) + 3, 1e-12, "highest");
	expr_free(p);
	feat_plan_free(&plan);
}

int
main(void)
{
	make_series();
	operators();
	complete();
	grammar();
	lines();
	cross();
	return done_testing();
}
