/*
 * The rolling statistics against the window added up from scratch in long double, over series
 * with ties, spikes, unknown values and levels far from 0; and after a million values.
 */
#include "feat/roll.h"
#include "t_sets.h"

struct all {
	size_t d;
	struct roll_sum sum;
	struct roll_var var;
	struct roll_fit fit;
	struct roll_cov cov;
	struct roll_mom mom;
	struct roll_ext max, min;
	struct roll_order order;
	char *mem;
};

static void
all_lay(struct all *a, size_t d, struct roll_mem *m)
{
	a->d = d;
	roll_sum_init(&a->sum, d, m);
	roll_var_init(&a->var, d, m);
	roll_fit_init(&a->fit, d, m);
	roll_cov_init(&a->cov, d, m);
	roll_mom_init(&a->mom, d, m);
	roll_ext_init(&a->max, d, 1, m);
	roll_ext_init(&a->min, d, -1, m);
	roll_order_init(&a->order, d, m);
}

static void
all_init(struct all *a, size_t d)
{
	struct roll_mem m = { 0 };

	all_lay(a, d, &m);
	a->mem = mem_alloc(m.n);
	m = (struct roll_mem){ a->mem, 0 };
	all_lay(a, d, &m);
}

/* How often each of them said it was full. */
static int
all_push(struct all *a, double x, double y)
{
	return roll_sum_push(&a->sum, x) + roll_var_push(&a->var, x) + roll_fit_push(&a->fit, x) +
	       roll_cov_push(&a->cov, x, y) + roll_mom_push(&a->mom, x) +
	       roll_ext_push(&a->max, x) + roll_ext_push(&a->min, x) +
	       roll_order_push(&a->order, x);
}

/* ---- from scratch ---- */

enum { SUM, MEAN, VAR, SLOPE, XY, SKEW, KURT, BEST, BEST_AT, LEAST, LEAST_AT, Q2, Q8, RANK, N };

static const char *const names[N] = { "sum", "mean", "variance", "slope", "covariance", "skewness",
	"kurtosis", "max", "place of max", "min", "place of min", "quantile 0.2", "quantile 0.8",
	"rank" };

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
quantile(const double *s, size_t n, double q)
{
	double at = q * (double)(n - 1);
	size_t i = (size_t)at;

	return i + 1 < n ? s[i] + (at - (double)i) * (s[i + 1] - s[i]) : s[n - 1];
}

static void
scratch_order(const double *x, size_t d, double *out)
{
	double *s = mem_dup(x, d * sizeof *s);
	size_t hi = 0, lo = 0;
	double less = 0, same = 0;

	for (size_t i = 0; i < d; i++) {
		hi = x[i] > x[hi] ? i : hi;
		lo = x[i] < x[lo] ? i : lo;
		less += x[i] < x[d - 1];
		same += x[i] == x[d - 1];
	}
	qsort(s, d, sizeof *s, by_size);
	out[BEST] = x[hi];
	out[BEST_AT] = (double)hi + 1;
	out[LEAST] = x[lo];
	out[LEAST_AT] = (double)lo + 1;
	out[Q2] = quantile(s, d, 0.2);
	out[Q8] = quantile(s, d, 0.8);
	out[RANK] = (less + (same + 1) / 2) / (double)d;
	free(s);
}

/* scale[k]: what the error of out[k] is to be measured by */
static void
scratch(const double *x, const double *y, size_t d, double *out, double *scale)
{
	long double sum = 0, abs = 0, my = 0, m2 = 0, m3 = 0, m4 = 0, xy = 0, yy = 0, tx = 0, n = d;
	long double mx, sd;

	for (size_t i = 0; i < d; i++) {
		sum += x[i];
		abs += fabsl((long double)x[i]);
		my += y[i];
	}
	mx = sum / n;
	my /= n;
	for (size_t i = 0; i < d; i++) {
		long double e = x[i] - mx, f = y[i] - my;

		m2 += e * e;
		m3 += e * e * e;
		m4 += e * e * e * e;
		xy += e * f;
		yy += f * f;
		tx += (i - (n - 1) / 2) * e;
	}
	sd = sqrtl(m2 / n);
	for (int k = 0; k < N; k++)
		scale[k] = 0;
	out[SUM] = (double)sum;
	scale[SUM] = (double)abs;
	out[MEAN] = (double)mx;
	scale[MEAN] = (double)(abs / n);
	out[VAR] = scale[VAR] = (double)(m2 / (n - 1));
	out[SLOPE] = (double)(tx / (n * (n * n - 1) / 12));
	scale[SLOPE] = (double)(sd / n);
	out[XY] = (double)xy;
	scale[XY] = (double)sqrtl(m2 * yy);
	out[SKEW] = (double)(sqrtl(n * (n - 1)) / (n - 2) * (m3 / n) / powl(sd, 3));
	out[KURT] =
	    (double)((n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (m4 / n / powl(sd, 4) - 3) + 6));
	scale[SKEW] = scale[KURT] = 1 + fabs(out[KURT]);
	scratch_order(x, d, out);
	scale[Q2] = scale[Q8] = fabs(out[BEST]) + fabs(out[LEAST]);
	scale[RANK] = 1;
}

static void
told(const struct all *a, double *out)
{
	out[SUM] = a->sum.sum;
	out[MEAN] = a->var.mean;
	out[VAR] = a->var.m2 / (double)(a->d - 1);
	out[SLOPE] = a->fit.ct / roll_fit_tt(a->d);
	out[XY] = a->cov.w.xy;
	out[SKEW] = roll_skew(&a->mom);
	out[KURT] = roll_kurt(&a->mom);
	out[BEST] = a->max.best;
	out[BEST_AT] = a->max.pos;
	out[LEAST] = a->min.best;
	out[LEAST_AT] = a->min.pos;
	out[Q2] = roll_quantile(&a->order, 0.2);
	out[Q8] = roll_quantile(&a->order, 0.8);
	out[RANK] = roll_rank(&a->order);
}

/* Largest error, by scale, of each statistic at the window ending with value i. */
static void
compare(const struct all *a, const double *x, const double *y, size_t i, double *worst)
{
	double got[N], want[N], scale[N];

	scratch(x + i + 1 - a->d, y + i + 1 - a->d, a->d, want, scale);
	told(a, got);
	for (int k = 0; k < N; k++) {
		double off = fabs(got[k] - want[k]);

		off = off == 0 ? 0 : scale[k] > 0 ? off / scale[k] : INFINITY;
		if (!(off <= worst[k]))
			worst[k] = off;
	}
}

static void
judge(const double *worst, double tolerance, const char *what)
{
	double most = 0;

	for (int k = 0; k < N; k++) {
		if (!(worst[k] <= tolerance))
			t_note("%s: %s is off by %g", what, names[k], worst[k]);
		most = worst[k] > most || isnan(worst[k]) ? worst[k] : most;
	}
	ok(most <= tolerance, "%s: worst relative error %.2g", what, most);
}

/* A walk on a grid (many ties) around a level. */
static void
fill(double *x, double *y, size_t n, double level, double grid, uint64_t seed)
{
	struct rng rng;
	double p = 0;

	rng_seed(&rng, seed);
	for (size_t i = 0; i < n; i++) {
		p += rng_normal(&rng);
		x[i] = level + grid * floor(p * 4);
		y[i] = rng_normal(&rng) + 0.3 * p;
	}
}

static void
test_windows(void)
{
	static const size_t sizes[] = { 4, 5, 8, 20, 61, 200 };
	enum { LEN = 1500 };
	double *x = mem_array(LEN, sizeof *x), *y = mem_array(LEN, sizeof *y);

	for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
		struct all a;
		double worst[N] = { 0 };
		int wrong = 0;
		char what[64];

		all_init(&a, sizes[s]);
		fill(x, y, LEN, 100, 0.25, sizes[s]);
		for (size_t i = 0; i < LEN; i++) {
			int full = all_push(&a, x[i], y[i]);

			wrong += full != (i + 1 >= sizes[s] ? 8 : 0);
			bool flat = true;
			for (size_t k = 1; i + 1 >= sizes[s] && k < sizes[s]; k++)
				flat = flat && x[i - k] == x[i];
			if (!flat && i + 1 >= sizes[s])
				compare(&a, x, y, i, worst);
		}
		snprintf(what, sizeof what, "window of %zu", sizes[s]);
		is_i64(wrong, 0, "%s: full from its last value on", what);
		judge(worst, 1e-10, what);
		free(a.mem);
	}
	free(x);
	free(y);
}

/* A million values at a level of 1e6, with spikes of 1e12 now and then: 1e-9 still. */
static void
test_no_drift(void)
{
	enum { LEN = 1000000, D = 60 };
	double *x = mem_array(LEN, sizeof *x), *y = mem_array(LEN, sizeof *y);
	double early[N] = { 0 }, late[N] = { 0 };
	struct all a;

	fill(x, y, LEN, 1e6, 0.01, 9);
	for (size_t i = 777; i < LEN; i += 50021)
		x[i] = 1e12;
	all_init(&a, D);
	for (size_t i = 0; i < LEN; i++) {
		all_push(&a, x[i], y[i]);
		if (i >= 900 && i < 1400)
			compare(&a, x, y, i, early);
		if (i >= LEN - 500)
			compare(&a, x, y, i, late);
	}
	judge(early, 1e-9, "at the start");
	judge(late, 1e-9, "after a million values");
	free(a.mem);
	free(x);
	free(y);
}

static void
test_nothing_stays(void)
{
	enum { D = 7 };
	struct all a, fresh;
	double got[N], want[N];

	/* what was before an unknown value leaves no trace */
	all_init(&a, D);
	all_init(&fresh, D);
	for (int i = 0; i < 23; i++)
		all_push(&a, 1e15 * i, -i);
	is_i64(all_push(&a, NAN, 1), 0, "an unknown value empties the window");
	is_i64(all_push(&a, INFINITY, 1), 0, "so does an infinite one");
	for (int i = 0; i < D; i++) {
		int full = all_push(&a, i * i, i);

		if (i < D - 1)
			is_i64(full, 0, "not full after %d", i + 1);
		all_push(&fresh, i * i, i);
	}
	told(&a, got);
	told(&fresh, want);
	ok(memcmp(got, want, sizeof got) == 0, "the same bits as without it");

	/* equal values, at any level and behind anything, vary by exactly nothing */
	for (int i = 0; i < D; i++)
		all_push(&a, 0.1, 0.1);
	ok(a.var.m2 == 0 && a.fit.m2 == 0 && a.fit.ct == 0 && a.cov.w.xx == 0 && a.mom.w.m2 == 0,
	    "no variance of equal values");
	ok(isnan(roll_skew(&a.mom)) && isnan(roll_kurt(&a.mom)) && isnan(roll_corr(&a.cov)),
	    "and no ratio with it");
	is_f64(roll_rank(&a.order), (D + 1) / 2.0 / D, 1e-15, "all share the middle rank");
	is_i64(a.max.pos, 1, "the oldest is the largest");
	is_i64(a.min.pos, 1, "and the smallest");
	ok(roll_flat(100, 7 * 1e-28, 7) && !roll_flat(100, 7 * 1e-24, 7), "flat by rounding only");
	free(a.mem);
	free(fresh.mem);
}

static void
test_past(void)
{
	struct roll_past p;
	struct roll_mem m = { 0 };

	roll_past_init(&p, 3, &m);
	is_i64((int64_t)m.n, 24, "memory is counted before it is given");
	m = (struct roll_mem){ mem_alloc(m.n), 0 };
	roll_past_init(&p, 3, &m);
	roll_past_push(&p, 1);
	ok(roll_ago(&p, 0) == 1 && isnan(roll_ago(&p, 1)), "one value");
	for (int i = 2; i <= 5; i++)
		roll_past_push(&p, i);
	ok(roll_ago(&p, 0) == 5 && roll_ago(&p, 2) == 3 && isnan(roll_ago(&p, 3)),
	    "the last three");
	free(m.p);
}

int
main(void)
{
	test_windows();
	test_no_drift();
	test_nothing_stays();
	test_past();
	return done_testing();
}
