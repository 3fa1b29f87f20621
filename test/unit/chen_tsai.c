/* Chen and Tsai's eight patterns: against a slow second writing of the rules, and by hand. */
#include "pattern/chen_tsai.h"
#include "base/rng.h"
#include "t.h"

#define N 20000

static struct feat_bar bar[N];

static void
random_walk(uint64_t seed, size_t n, double tick, double doji)
{
	struct rng r;
	double p = 100;

	rng_seed(&r, seed);
	for (size_t i = 0; i < n; i++) {
		struct feat_bar *b = &bar[i];
		double jump = rng_uniform(&r) < 0.3 ? rng_normal(&r) * 0.3 : 0;

		b->open = nearbyint((p + jump) / tick) * tick;
		b->close = rng_uniform(&r) < doji
			       ? b->open
			       : nearbyint((b->open + rng_normal(&r)) / tick) * tick;
		b->high =
		    fmax(b->open, b->close) + nearbyint(fabs(rng_normal(&r)) / tick) * tick / 2;
		b->low =
		    fmin(b->open, b->close) - nearbyint(fabs(rng_normal(&r)) / tick) * tick / 2;
		p = b->close;
	}
}

/* ---- the rules once more, over arrays and by percentiles, as their authors wrote them ---- */

static double
value(size_t i, int what)
{
	const struct feat_bar *b = &bar[i];

	switch (what) {
	case 0: return fabs(b->close - b->open);
	case 1: return b->high - (b->close > b->open ? b->close : b->open);
	default: return (b->close > b->open ? b->open : b->close) - b->low;
	}
}

/* scipy's percentileofscore(..., 'rank') over the 51 values up to i; -1 while there are fewer */
static double
percentile(size_t i, int what)
{
	double left = 0, right = 0, v = value(i, what);

	if (i < 50)
		return -1;
	for (size_t j = i - 50; j <= i; j++) {
		left += value(j, what) < v;
		right += value(j, what) <= v;
	}
	return (left + right + (left < right ? 1 : 0)) * 50.0 / 51;
}

static int
trend(size_t i, double least)
{
	double atr = 0, sx = 0, sy = 0, sxy = 0, sxx = 0, slope;

	if (i < 14)
		return 0;
	for (size_t j = 1; j <= i; j++) {
		double range =
		    fmax(bar[j].high, bar[j - 1].close) - fmin(bar[j].low, bar[j - 1].close);

		atr = j <= 14 ? atr + range / 14 : atr * 13 / 14 + range / 14;
	}
	for (size_t k = 0; k < 7; k++) {
		double y = bar[i - 6 + k].close, x = (double)k + 1;

		sx += x, sy += y, sxy += x * y, sxx += x * x;
	}
	slope = (7 * sxy - sx * sy) / (7 * sxx - sx * sx);
	return slope >= least * atr ? 1 : slope <= -least * atr ? -1 : 0;
}

static int
colour(size_t i)
{
	return (bar[i].close > bar[i].open) - (bar[i].close < bar[i].open);
}

static double
middle(size_t i)
{
	return (bar[i].open + bar[i].close) / 2;
}

/* of the bar k; p: first of the two or three bars */
static unsigned
slow_fits(size_t k, double least)
{
	unsigned fits = 0;
	size_t p = k - 2;
	int up = trend(p - 1, least);

	if (up && colour(p) == up && percentile(p, 0) >= 65 && percentile(p + 1, 0) >= 0 &&
	    percentile(p + 1, 0) <= 35 && colour(k) == -up &&
	    up * (middle(p + 1) - bar[p].close) >= 0 && up * (middle(p + 1) - bar[k].open) >= 0 &&
	    up * (middle(p) - bar[k].close) >= 0)
		fits |= up > 0 ? 1u << 1 : 1u << 2;
	p = k - 1;
	up = trend(p - 1, least);
	if (!up || colour(p) != up || percentile(p, 0) < 65)
		return fits;
	if (colour(k) == -up && up * (bar[k].open - bar[p].close) > 0 &&
	    up * (bar[p].open - bar[k].close) > 0)
		fits |= up > 0 ? 1u << 3 : 1u << 4;
	if (value(k, 1) > 2 * value(k, 0) && percentile(k, 1) >= 65) {
		if (up > 0 && fmin(bar[k].open, bar[k].close) > middle(p) && percentile(k, 2) <= 25)
			fits |= 1u << 5;
		if (up < 0 && fmax(bar[k].open, bar[k].close) < middle(p) && percentile(k, 2) <= 35)
			fits |= 1u << 6;
	}
	if (colour(k) == -up && percentile(k, 0) >= 65 && up * (bar[p].close - bar[k].open) > 0 &&
	    up * (bar[k].open - middle(p)) >= 0 && up * (middle(p) - bar[k].close) >= 0 &&
	    up * (bar[k].close - bar[p].open) > 0)
		fits |= up > 0 ? 1u << 7 : 1u << 8;
	return fits;
}

static void
test_against_slow(void)
{
	const size_t n = 3000;
	size_t bad = 0, seen[CHEN_TSAI_NLABELS] = { 0 }, least = n;

	for (uint64_t seed = 1; seed <= 6; seed++) {
		const struct chen_tsai_params p = { .slope_atr = 0.05 * (double)(seed % 3) };
		struct chen_tsai *s = chen_tsai_new(&p);

		random_walk(seed, n, seed % 2 ? 0.01 : 0.1, 0.05);
		for (size_t i = 0; i < n; i++) {
			enum chen_tsai_label l = chen_tsai_push(s, &bar[i]);
			/* at the limit of a trend the two ways to a slope may round apart */
			unsigned fits = i < 51 ? 0 : slow_fits(i, p.slope_atr);

			seen[l]++;
			if (chen_tsai_fits(s) != fits ||
			    (int)l != (fits ? __builtin_ctz(fits) : 0)) {
				if (bad++ < 3)
					t_note("seed %d, bar %zu: %x, not %x", (int)seed, i,
					    chen_tsai_fits(s), fits);
			}
		}
		chen_tsai_free(s);
	}
	is_i64((int64_t)bad, 0, "%zu bars: the labels of the slow rules", 6 * n);
	for (int l = 1; l < CHEN_TSAI_NLABELS; l++)
		least = seen[l] < least ? seen[l] : least;
	ok(least >= 5, "each label at least %zu times", least);
}

static void
test_exclusive(void)
{
	size_t two = 0, one = 0;

	for (uint64_t seed = 100; seed < 110; seed++) {
		struct chen_tsai *s = chen_tsai_new(&(struct chen_tsai_params){ 0 });

		random_walk(seed, N, seed % 2 ? 0.5 : 0.05, 0.1);
		for (size_t i = 0; i < N; i++) {
			chen_tsai_push(s, &bar[i]);
			int n = __builtin_popcount(chen_tsai_fits(s));

			one += n > 0;
			two += n > 1;
		}
		chen_tsai_free(s);
	}
	is_i64((int64_t)two, 0, "no two rules hold for one of %d bars", 10 * N);
	ok(one > 3000, "%zu bars have a label", one);
}

static void
test_fit(void)
{
	struct chen_tsai_params p;
	double v[401];

	for (int i = 0; i <= 400; i++)
		v[i] = (i * 7) % 401; /* 0..400 in some order */
	chen_tsai_fit(&p, v, 401);
	is_f64(p.slope_atr, 100, 0, "the 25 %% quantile of 0..400");
	for (int i = 0; i < 102; i++)
		v[i] = (i * 5) % 102;
	chen_tsai_fit(&p, v, 102);
	is_f64(p.slope_atr, 25.25, 0, "between two values");
	chen_tsai_fit(&p, v, 99);
	is_f64(p.slope_atr, chen_tsai_default.slope_atr, 0, "too few to fit on: the default");
}

static void
test_unfitted(void)
{
	struct chen_tsai *s = chen_tsai_new(&(struct chen_tsai_params){ .slope_atr = NAN });
	size_t labels = 0, ready = 0;

	random_walk(4, 5000, 0.01, 0);
	for (size_t i = 0; i < 5000; i++) {
		labels += chen_tsai_push(s, &bar[i]) != CHEN_TSAI_NONE;
		ready += !isnan(chen_tsai_strength(s));
	}
	is_i64((int64_t)labels, 0, "no threshold, no label");
	is_i64((int64_t)ready, 5000 - 14, "a strength from the 15th bar on");
	chen_tsai_free(s);
}

static void
test_flat(void)
{
	struct chen_tsai *s = chen_tsai_new(NULL);
	const struct feat_bar b = { .open = 5, .high = 5, .low = 5, .close = 5 };
	size_t labels = 0;

	for (int i = 0; i < 200; i++)
		labels += chen_tsai_push(s, &b) != CHEN_TSAI_NONE;
	is_i64((int64_t)labels, 0, "bars without range have no label");
	ok(isnan(chen_tsai_strength(s)), "and no strength");
	chen_tsai_free(s);
}

static void
test_split(void)
{
	struct chen_tsai *s = chen_tsai_new(NULL), *t = chen_tsai_new(NULL);
	size_t bad = 0, labels = 0;

	random_walk(8, 6000, 0.01, 0.02);
	for (size_t i = 0; i < 6000; i++) {
		struct feat_bar b = bar[i];
		enum chen_tsai_label l = chen_tsai_push(t, &b);

		if (i == 3000)
			chen_tsai_split(s, 2);
		if (i >= 3000)
			b.open /= 2, b.high /= 2, b.low /= 2, b.close /= 2;
		bad += chen_tsai_push(s, &b) != l;
		labels += l != CHEN_TSAI_NONE;
	}
	is_i64((int64_t)bad, 0, "a split of 2:1 changes none of %zu labels", labels);
	chen_tsai_free(s);
	chen_tsai_free(t);
}

int
main(void)
{
	test_against_slow();
	test_exclusive();
	test_fit();
	test_unfitted();
	test_flat();
	test_split();
	return done_testing();
}
