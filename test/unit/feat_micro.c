/* The set micro: each column from its formula, VPIN by hand, models with known answers. */
#include "t_sets.h"

enum { W = 20, LEN = 1200 };

static double
ret(const struct feat_bar *b, size_t i)
{
	return log(b[i].close / b[i - 1].close);
}

/* Covariance sums of two series over the window that ends with i. */
static void
sums(double (*x)(const struct feat_bar *, size_t), double (*y)(const struct feat_bar *, size_t),
    const struct feat_bar *b, size_t i, long double *xx, long double *xy)
{
	long double mx = 0, my = 0;

	*xx = *xy = 0;
	for (size_t k = i + 1 - W; k <= i; k++) {
		mx += x(b, k) / W;
		my += y(b, k) / W;
	}
	for (size_t k = i + 1 - W; k <= i; k++) {
		*xx += (x(b, k) - mx) * (x(b, k) - mx);
		*xy += (x(b, k) - mx) * (y(b, k) - my);
	}
}

static double
net(const struct feat_bar *b, size_t i)
{
	return b[i].buy_volume - b[i].sell_volume;
}

static double
ret_before(const struct feat_bar *b, size_t i)
{
	return ret(b, i - 1);
}

/* Corwin & Schultz, equations 14 and 18, with the overnight correction */
static double
corwin_schultz(const struct feat_bar *b, size_t i)
{
	double h = b[i].high, l = b[i].low, c0 = b[i - 1].close, shift = 0;

	if (l > c0)
		shift = l - c0;
	if (h < c0)
		shift = h - c0;
	h -= shift;
	l -= shift;
	double one = log(b[i - 1].high / b[i - 1].low), two = log(h / l);
	double both = log(fmax(h, b[i - 1].high) / fmin(l, b[i - 1].low));
	double beta = one * one + two * two, gamma = both * both, k = 3 - 2 * sqrt(2);
	double alpha = (sqrt(2 * beta) - sqrt(beta)) / k - sqrt(gamma / k);

	return fmax(2 * (exp(alpha) - 1) / (1 + exp(alpha)), 0);
}

static void
scratch(const struct feat_bar *b, size_t i, double *out)
{
	long double spread = 0, buys = 0, all = 0, illiquid = 0, cs = 0, size = 0, xx, xy;

	for (size_t k = i + 1 - W; k <= i; k++) {
		spread += (b[k].ask - b[k].bid) / (0.5 * (b[k].ask + b[k].bid)) / W;
		buys += net(b, k);
		all += b[k].buy_volume + b[k].sell_volume;
		illiquid += fabs(ret(b, k)) / (b[k].close * b[k].volume) * 1e6 / W;
		cs += corwin_schultz(b, k) / W;
		size += b[k].volume / b[k].count / W;
	}
	out[0] = (b[i].ask - b[i].bid) / (0.5 * (b[i].ask + b[i].bid));
	out[1] = (double)spread;
	out[2] = net(b, i) / (b[i].buy_volume + b[i].sell_volume);
	out[3] = (double)(buys / all);
	sums(net, ret, b, i, &xx, &xy);
	out[4] = (double)(xy / xx);
	out[5] = (double)illiquid;
	sums(ret, ret_before, b, i, &xx, &xy);
	out[6] = xy > 0 ? NAN : 2 * sqrt((double)-xy / (W - 1));
	out[7] = (double)cs;
	out[8] = b[i].close / b[i].vwap - 1;
	out[9] = b[i].volume / b[i].count / (double)size;
}

static void
test_formulas(void)
{
	static const char *const names[] = { "spread_rel", "spread_rel_20", "signed_volume_ratio",
		"ofi_20", "kyle_20", "amihud_20", "roll_20", "cs_spread_20", "vwap_dist",
		"trade_size_20" };
	struct feat_bar *b = t_walk(1, LEN, 0.01, true);
	struct t_rows r = t_set_run("micro", b, LEN);
	double worst[10] = { 0 }, want[10];
	size_t rolls = 0;

	for (size_t i = W + 1; i < LEN; i++) {
		scratch(b, i, want);
		rolls += isnan(want[6]);
		for (size_t k = 0; k < 10; k++) {
			/* the slope is small: relative to its own size here */
			double by = k == 4 ? 1e-6 : 1, got = t_at(&r, i, names[k]) / by;

			worst[k] = fmax(worst[k], t_off(got, want[k] / by));
		}
	}
	for (size_t k = 0; k < 10; k++)
		ok(worst[k] <= 1e-11, "%s: worst error %.2g", names[k], worst[k]);
	ok(rolls > LEN / 4 && rolls < 3 * LEN / 4, "no spread of a positive covariance (%zu)",
	    rolls);
	t_rows_free(&r);
	free(b);
}

static struct feat_bar
flow(double buy, double sell)
{
	struct feat_bar b = t_bar(10, 10, 10, 10, buy + sell);

	b.buy_volume = buy;
	b.sell_volume = sell;
	return b;
}

static void
test_vpin(void)
{
	/* buckets of 100, two of them: bars are split in proportion */
	const struct feat_bar b[] = {
		flow(60, 20),  /* 80 in the first */
		flow(10, 30),  /* 20 more: 65/35, off by 30; 20 in the second: 5/15 */
		flow(80, 0),   /* 85/15, off by 70: (30 + 70) / 200 */
		flow(0, 0),    /* nothing */
		flow(0, 1050), /* ten buckets, all of sellers, and 50 over */
		flow(50, 0),   /* 50/50 */
	};
	const double want[] = { NAN, NAN, 0.5, 0.5, 1, 0.5 };
	struct t_rows r = t_set_run("micro:bucket=100,buckets=2", b, 6);

	for (size_t i = 0; i < 6; i++)
		is_f64(t_at(&r, i, "vpin_2"), want[i], 1e-15, "VPIN of bar %zu", i);
	t_rows_free(&r);

	/* a huge bar is not counted bucket by bucket, and ends where it would */
	struct feat_bar huge[] = { flow(10, 0), flow(3e14, 1e14), flow(0, 90) };
	r = t_set_run("micro:bucket=100,buckets=3", huge, 3);
	is_f64(t_at(&r, 1, "vpin_3"), 0.5, 1e-12, "a huge bar");
	/* in the last bucket 10 of it (7.5/2.5), then 90 of sellers: off by 85 */
	is_f64(t_at(&r, 2, "vpin_3"), (50 + 50 + 85) / 300.0, 1e-12, "and its remainder");
	t_rows_free(&r);
}

/* The bucket is the mean volume of the bars before it: bars that are all alike fill one each. */
static void
test_vpin_adapts(void)
{
	struct feat_bar b[60];

	for (int i = 0; i < 60; i++)
		b[i] = flow(i % 2 ? 75 : 25, i % 2 ? 25 : 75);
	struct t_rows r = t_set_run("micro:buckets=4", b, 60);
	is_f64(t_at(&r, 59, "vpin_4"), 0.5, 1e-12, "equal bars, one bucket each");
	ok(isnan(t_at(&r, 22, "vpin_4")) && !isnan(t_at(&r, 23, "vpin_4")),
	    "twenty bars for the size, four for the buckets");
	t_rows_free(&r);
}

/* Prices that bounce between bid and ask around a still middle: Roll's measure is the spread. */
static void
test_bounce(void)
{
	enum { N = 4000 };
	struct feat_bar *b = mem_array(N, sizeof *b);
	struct rng rng;
	double impact = 2e-7;

	rng_seed(&rng, 5);
	for (size_t i = 0; i < N; i++) {
		double c = 100 * (rng_below(&rng, 2) ? 1.001 : 0.999);

		b[i] = t_bar(c, c, c, c, 100);
	}
	struct t_rows r = t_set_run("micro:window=3000", b, N);
	is_f64(t_at(&r, N - 1, "roll_3000"), 0.002, 0.0001, "Roll's measure of a spread of 0.2 %%");
	t_rows_free(&r);

	/* returns that signed volume makes: Kyle's lambda is the impact */
	double p = 100;
	for (size_t i = 0; i < N; i++) {
		double q = 1000 * rng_normal(&rng);

		p *= exp(impact * q + 0.0001 * rng_normal(&rng));
		b[i] = t_bar(p, p, p, p, 5000);
		b[i].buy_volume = 2500 + q / 2;
		b[i].sell_volume = 2500 - q / 2;
	}
	r = t_set_run("micro:window=3000", b, N);
	is_f64(t_at(&r, N - 1, "kyle_3000") / impact, 1, 0.03, "Kyle's lambda");
	t_rows_free(&r);
	free(b);
}

/* Corwin & Schultz: a high at the ask, a low at the bid, little volatility. */
static void
test_high_low_spread(void)
{
	enum { N = 3000 };
	struct feat_bar *b = mem_array(N, sizeof *b);
	struct rng rng;
	double mid = 100, half = 0.005;

	rng_seed(&rng, 6);
	for (size_t i = 0; i < N; i++) {
		double hi = mid, lo = mid;

		for (int k = 0; k < 200; k++) {
			mid *= exp(0.0003 * rng_normal(&rng));
			hi = fmax(hi, mid);
			lo = fmin(lo, mid);
		}
		b[i] = t_bar(mid, hi * (1 + half), lo * (1 - half), mid, 1);
	}
	struct t_rows r = t_set_run("micro:window=2500", b, N);
	is_f64(t_at(&r, N - 1, "cs_spread_2500"), 0.01, 0.002, "a spread of 1 %%");
	t_rows_free(&r);
	free(b);
}

static void
test_absent(void)
{
	static const char *const needs[] = { "spread_rel", "spread_rel_20", "signed_volume_ratio",
		"ofi_20", "vpin_50", "kyle_20", "vwap_dist", "trade_size_20" };
	struct feat_bar *b = t_walk(2, 300, 0.01, false);
	struct t_rows r = t_set_run("micro", b, 300);
	size_t there = 0;

	for (size_t k = 0; k < 8; k++)
		for (size_t i = 0; i < 300; i++)
			there += !isnan(t_at(&r, i, needs[k]));
	is_i64((int64_t)there, 0, "nothing of what the bars lack");
	ok(!isnan(t_at(&r, 299, "amihud_20")) && !isnan(t_at(&r, 299, "cs_spread_20")),
	    "what volume and range give is there");
	t_rows_free(&r);

	for (size_t i = 0; i < 300; i++) {
		b[i].spread = 0.02;
		b[i].volume = i % 2 ? 0 : 1000;
	}
	r = t_set_run("micro", b, 300);
	is_f64(t_at(&r, 299, "spread_rel"), 0.02 / b[299].close, 1e-15, "a mean spread will do");
	ok(!isnan(t_at(&r, 299, "amihud_20")), "bars without volume do not count");
	t_rows_free(&r);

	size_t infinite = 0;
	for (size_t i = 0; i < 300; i++) {
		b[i] = t_bar(3, 3, 3, 3, 0);
		b[i].bid = b[i].ask = b[i].count = b[i].vwap = b[i].buy_volume = b[i].sell_volume =
		    0;
	}
	r = t_set_run("micro", b, 300);
	for (size_t i = 0; i < 300 * r.n; i++)
		infinite += isinf(r.v[i]);
	is_i64((int64_t)infinite, 0, "constant and empty: nothing is infinite");
	ok(isnan(t_at(&r, 299, "amihud_20")) && isnan(t_at(&r, 299, "kyle_20")) &&
		isnan(t_at(&r, 299, "ofi_20")),
	    "nor a ratio of nothing");
	is_f64(t_at(&r, 299, "roll_20"), 0, 0, "no bounce");
	t_rows_free(&r);
	free(b);
}

int
main(void)
{
	test_formulas();
	test_vpin();
	test_vpin_adapts();
	test_bounce();
	test_high_low_spread();
	test_absent();
	return done_testing();
}
