/* The cross-section against definitions taken literally, and breadth by hand. */
#include "base/rng.h"
#include "feat/cross.h"
#include "feat/feat_calc.h"
#include "t_stage.h"

#define N 57

static struct feat_cross_work work;

/* Average rank by counting: those below, and half of those equal. */
static double
rank_by_counting(const double *x, const uint32_t *g, size_t n, size_t i, double *total)
{
	double below = 0, equal = 0;

	*total = 0;
	for (size_t k = 0; k < n; k++) {
		if (isnan(x[k]) || (g && g[k] != g[i]))
			continue;
		++*total;
		below += x[k] < x[i];
		equal += x[k] == x[i];
	}
	return below + (equal + 1) / 2;
}

static int
by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double
median_by_sorting(double *x, size_t n)
{
	qsort(x, n, sizeof *x, by_value);
	return (x[(n - 1) / 2] + x[n / 2]) / 2;
}

static double
expected(enum feat_cross f, const double *x, const uint32_t *g, size_t n, size_t i)
{
	double y[N], total, mean = 0, var = 0, rank = rank_by_counting(x, g, n, i, &total);
	size_t m = 0;

	if (isnan(x[i]) || (g && g[i] == 0))
		return NAN;
	for (size_t k = 0; k < n; k++)
		if (!isnan(x[k]) && (!g || g[k] == g[i]))
			y[m++] = x[k];
	for (size_t k = 0; k < m; k++)
		mean += y[k] / (double)m;
	for (size_t k = 0; k < m; k++)
		var += (y[k] - mean) * (y[k] - mean) / (double)(m - 1);
	switch (f) {
	case FEAT_CROSS_RANK: return rank;
	case FEAT_CROSS_PCT: return rank / total;
	case FEAT_CROSS_ZSCORE: return m > 1 && var > 1e-20 ? (x[i] - mean) / sqrt(var) : NAN;
	case FEAT_CROSS_DEMEAN: return x[i] - mean;
	case FEAT_CROSS_RS: return (1 + x[i]) / (1 + mean) - 1;
	default: break;
	}
	double med = median_by_sorting(y, m);
	for (size_t k = 0; k < m; k++)
		y[k] = fabs(y[k] - med);
	double mad = median_by_sorting(y, m);
	return mad > 0 ? (x[i] - med) / (1.4826 * mad) : NAN;
}

static void
test_functions(void)
{
	double x[N], out[N];
	uint32_t g[N];
	struct rng r;

	rng_seed(&r, 3);
	for (int f = 0; f < FEAT_CROSS_N; f++) {
		double worst = 0, worst_in = 0;
		int gaps = 0;

		for (int run = 0; run < 50; run++) {
			size_t n = 1 + rng_below(&r, N);

			for (size_t i = 0; i < n; i++) {
				/* few values, so that there are ties; some absent */
				x[i] = (double)rng_below(&r, run % 2 ? 7 : 1000) / 8 - 0.4;
				if (rng_below(&r, 9) == 0)
					x[i] = NAN;
				g[i] = (uint32_t)rng_below(&r, 4);
			}
			feat_cross((enum feat_cross)f, x, n, out, &work);
			for (size_t i = 0; i < n; i++) {
				double want = expected((enum feat_cross)f, x, NULL, n, i);
				gaps += isnan(want) != isnan(out[i]);
				if (fabs(want - out[i]) > worst)
					worst = fabs(want - out[i]);
			}
			feat_cross_grouped((enum feat_cross)f, x, g, 3, n, out, &work);
			for (size_t i = 0; i < n; i++) {
				double want = expected((enum feat_cross)f, x, g, n, i);
				gaps += isnan(want) != isnan(out[i]);
				if (fabs(want - out[i]) > worst_in)
					worst_in = fabs(want - out[i]);
			}
		}
		is_f64(worst, 0, 1e-10, "%s is what its definition says", feat_cross_names[f]);
		is_f64(worst_in, 0, 1e-10, "and within groups");
		is_i64(gaps, 0, "with answers for the same values");
	}
}

/* pandas: Series([3, 1, 4, 1, 5]).rank() and .rank(pct=True); (x - mean) / std() */
static void
test_known(void)
{
	const double x[] = { 3, 1, 4, 1, 5 }, rank[] = { 3, 1.5, 4, 1.5, 5 };
	const double z[] = { 0.11180339887498948, -1.0062305898749053, 0.6708203932499369,
		-1.0062305898749053, 1.2298373876248843 };
	double out[5], bad = 0;

	feat_cross(FEAT_CROSS_RANK, x, 5, out, &work);
	for (int i = 0; i < 5; i++)
		bad += fabs(out[i] - rank[i]);
	is_f64(bad, 0, 0, "average ranks of 3 1 4 1 5");
	feat_cross(FEAT_CROSS_ZSCORE, x, 5, out, &work);
	for (int i = 0; i < 5; i++)
		bad += fabs(out[i] - z[i]);
	is_f64(bad, 0, 1e-14, "its z-scores");
	const double same[] = { 0.1, 0.1, 0.1 };
	feat_cross(FEAT_CROSS_ZSCORE, same, 3, out, &work);
	ok(isnan(out[0]) && isnan(out[2]), "equal values have no z-score");
}

static void
test_windows(void)
{
	struct feat_window mean, high;
	double x[400], worst = 0;
	int wrong = 0;
	struct rng r;

	rng_seed(&r, 8);
	for (uint32_t n = 2; n < 40; n += 3) {
		feat_window_init(&mean, n);
		feat_window_init(&high, n);
		for (size_t i = 0; i < 400; i++) {
			x[i] = (double)rng_below(&r, 50) - 20;
			double m = feat_window_mean(&mean, x[i]),
			       h = feat_window_highest(&high, x[i]);
			double s = 0, top = -INFINITY;

			for (size_t k = 0; k < n && k <= i; k++) {
				s += x[i - k];
				if (k > 0 && x[i - k] > top)
					top = x[i - k];
			}
			if (i + 1 >= n && fabs(m - s / n) > worst)
				worst = fabs(m - s / n);
			wrong += (i + 1 < n) != isnan(m);
			wrong += i + 1 < n ? !isnan(h) : h != (x[i] > top);
		}
		feat_window_free(&mean);
		feat_window_free(&high);
	}
	is_f64(worst, 0, 1e-12, "rolling means");
	is_i64(wrong, 0, "rolling highs, and when both begin");
}

/* ---- in feat-calc ---- */

static struct buf in;

static void
bar(int day, const char *sym, double high, double low, double close)
{
	buf_printf(&in,
	    "{\"type\":\"bar\",\"ts\":\"2024-01-%02dT00:00:00Z\",\"sym\":\"%s\",\"ts_end\":"
	    "\"2024-01-%02dT00:00:00Z\",\"interval\":\"1d\",\"open\":%.2f,\"high\":%.2f,"
	    "\"low\":%.2f,\"close\":%.2f,\"volume\":1}\n",
	    day, sym, day + 1, close, high, low, close);
}

static void
watermark(int day)
{
	buf_printf(&in, "{\"type\":\"watermark\",\"ts\":\"2024-01-%02dT00:00:00Z\"}\n", day + 1);
}

/* The number behind a key in the n-th (from 0) features record of a symbol; NAN: none. */
static double
value(const char *out, const char *sym, int nth, const char *key)
{
	char want[64], name[80];

	snprintf(want, sizeof want, "\"sym\":\"%s\"", sym);
	snprintf(name, sizeof name, "\"%s\":", key);
	for (const char *p = strstr(out, "\"type\":\"features\""); p;
	     p = strstr(p + 1, "\"type\":\"features\"")) {
		size_t n = strcspn(p, "\n");
		const char *s = strstr(p, want), *k = strstr(p, name);

		if (!s || s > p + n || nth-- > 0)
			continue;
		return k && k < p + n ? atof(k + strlen(name)) : NAN;
	}
	return NAN;
}

static void
test_breadth(void)
{
	struct t_stage t;
	/* A rises, B falls, C rises then stands; D comes on the third day only */
	const double close[4][4] = { { 10, 20, 30, 0 }, { 11, 19, 31, 0 }, { 12, 18, 31, 5 },
		{ 13, 17, 31, 6 } };
	const char *const names[] = { "A", "B", "C", "D" };

	buf_clear(&in);
	for (int d = 0; d < 4; d++) {
		for (int s = 0; s < 4; s++)
			if (close[d][s] > 0)
				bar(d + 1, names[s], close[d][s] + 1, close[d][s] - 1, close[d][s]);
		bar(d + 1, "IDX", 100 + d, 100 + d, 100 + d);
		watermark(d + 1);
	}
	int rc = t_stage_run(&t, &feat_calc_kind,
	    "-e ret=close/lag(close,1)-1 --benchmark IDX --cross "
	    "rank(close),rs(ret),rs_bench(ret),advance,decline,ad_net,ad_line,mcclellan,"
	    "above_ma(2),new_high(3),new_low(3)",
	    buf_z(&in));
	is_i64(rc, 0, "runs: %s", t.err.msg);
	const char *o = buf_z(&t.out);
	is_f64(value(o, "A", 0, "close_rank"), 1, 0, "A is the lowest close of three");
	is_f64(value(o, "D", 0, "close_rank"), 1, 0, "then D of four");
	is_f64(value(o, "C", 2, "close_rank"), 4, 0, "C the highest");
	ok(isnan(value(o, "IDX", 2, "close_rank")), "the benchmark has no rank");
	ok(isnan(value(o, "A", 0, "advance")), "no breadth on the first day");
	is_f64(value(o, "A", 1, "advance"), 2.0 / 3, 1e-15, "two of three advance");
	is_f64(value(o, "B", 2, "advance"), 1.0 / 3, 1e-15, "one of three; D is new, C stands");
	is_f64(value(o, "B", 2, "decline"), 1.0 / 3, 1e-15, "one declines");
	is_f64(value(o, "D", 1, "ad_net"), 0.25, 1e-15, "A and D up, B down, of four");
	is_f64(value(o, "D", 1, "ad_line"), 1.0 / 3 + 0 + 0.25, 1e-15, "the line adds up");
	double net[] = { 1000.0 / 3, 0, 250 }, fast = net[0], slow = net[0];
	for (int i = 1; i < 3; i++) {
		fast += 0.1 * (net[i] - fast);
		slow += 0.05 * (net[i] - slow);
	}
	is_f64(value(o, "A", 3, "mcclellan"), fast - slow, 1e-9, "McClellan's oscillator");
	is_f64(value(o, "A", 2, "above_ma_2"), 1.0 / 3, 1e-15,
	    "only A is above its mean: C is on it, D has none");
	is_f64(value(o, "A", 2, "new_high_3"), 1.0 / 3, 1e-15, "A has a new high");
	is_f64(value(o, "A", 3, "new_low_3"), 1.0 / 3, 1e-15, "B has a new low; D cannot say");
	double mean = (12.0 / 11 + 18.0 / 19 + 1) / 3;
	is_f64(value(o, "A", 2, "ret_rs"), 12.0 / 11 / mean - 1, 1e-14, "relative to the universe");
	is_f64(value(o, "A", 2, "ret_rs_bench"), 12.0 / 11 / (102.0 / 101) - 1, 1e-14,
	    "relative to the benchmark");
	t_stage_free(&t);
}

static void
refused(const char *opts, const char *words)
{
	struct t_stage t;
	int rc = t_stage_run(&t, &feat_calc_kind, opts, "");

	ok((rc == ERR_USAGE || rc == ERR_IO) && strstr(t.err.msg, words), "%s: %s", opts,
	    t.err.msg);
	t_stage_free(&t);
}

static void
test_refusals(void)
{
	refused("-e r=close --cross rnk(r)", "no cross-sectional function");
	refused("-e r=close --cross rank(q)", "no column 'q'");
	refused("-e r=close --cross rank(r", "',' or ')'");
	refused("-e r=close --cross rank(r),rank(r)", "a column 'r_rank' already");
	refused("-e r=close --cross rank(r,sector)", "needs --sectors");
	refused("-e r=close --cross rs_bench(r)", "needs --benchmark");
	refused("-e r=close --cross above_ma(0)", "whole number from 2");
	refused("-e r=close --cross above_ma", "takes 1 argument");
	refused("-e r=close --factors beta(60)", "needs --benchmark");
	refused("-e r=close --factors gamma(60)", "no factor");
	refused("-e r=close --factors mom(1,1)", "whole number from 0 to 0");
	refused("-e r=close --labels tomorrow:3", "no kind of label");
	refused("-e r=close --labels horizon", "needs horizon=N");
	refused("-e r=close --labels horizon:0", "from 1");
	refused("-e r=close --labels triple-barrier:horizon=5,upp=1", "has no 'upp=1'");
	refused("-e r=close --labels trend-scan:min=9,max=3", "min is above max");
	refused("-e r=close --fit-scaler x", "needs --fit-until");
	refused("-e r=close --sectors /nowhere --cross rank(r)", "/nowhere");
}

int
main(void)
{
	test_functions();
	test_known();
	test_windows();
	test_breadth();
	test_refusals();
	feat_cross_work_free(&work);
	buf_free(&in);
	return done_testing();
}
