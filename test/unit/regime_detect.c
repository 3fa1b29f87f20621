/* The detectors: against numbers from elsewhere, and on series made by hand. */
#include "io/in.h"
#include "regime/detect.h"
#include "regime/measure.h"
#include "t.h"

#include "base/mem.h"
#include "base/rng.h"

#define MOST 700

static double table[MOST][12];

/* Numbers of a CSV file, its first column left out when `dated`; the rows. */
static int
read_table(const char *path, bool dated)
{
	struct io_in *in;
	struct err e;
	const char *p;
	size_t n;
	int rows = -1;

	in = io_in_open(path, &e);
	if (!in)
		return -1;
	while (rows < MOST && io_in_line(in, true, &p, &n, &e) == 1) {
		char *all = strndup(p, n), *at = all;
		if (dated)
			at += strcspn(at, ",") + 1;
		for (int c = 0; rows >= 0 && c < 12 && *at; c++) {
			table[rows][c] = *at == ',' ? NAN : strtod(at, &at);
			at += *at == ',';
		}
		free(all);
		rows++;
	}
	io_in_free(in);
	return rows;
}

static struct det *
make(const char *text)
{
	struct err e;
	struct det *d = det_new(text, 0, 1, &e);

	if (!d)
		t_note("%s: %s", text, e.msg);
	return d;
}

static void *
begin(const struct det *d)
{
	void *s = mem_alloc(d->kind->size(d));

	d->kind->start(d, s, NULL);
	return s;
}

static bool
ret(const struct det *d, void *s, double r, struct det_view *v)
{
	struct det_bar b = { NAN, NAN, NAN, NAN, r };

	*v = (struct det_view){ .value = NAN };
	return d->kind->push(d, s, &b, v);
}

static bool
price(const struct det *d, void *s, double close, struct det_view *v)
{
	struct det_bar b = { close, close * 1.001, close * .999, close, NAN };

	*v = (struct det_view){ .value = NAN };
	return d->kind->push(d, s, &b, v);
}

/* Mean bars to the first alarm when the values are shifted by so many deviations. */
static double
run_length(double shift, int runs)
{
	struct det *d = make("cusum:deviation=1");
	double total = 0;
	struct rng g;

	rng_seed(&g, 11);
	for (int i = 0; i < runs; i++) {
		void *s = begin(d);
		struct det_view v;
		do {
			ret(d, s, shift + rng_normal(&g), &v);
			total++;
		} while (v.state == 0);
		free(s);
	}
	det_free(d);
	return total / runs;
}

static void
test_cusum(void)
{
	/* Montgomery, Introduction to Statistical Quality Control, table 9.3: k 1/2, h 5. Means
	 * of geometric-like times: the standard error is a mean's over the root of the runs. */
	is_f64(run_length(0, 1600), 465, 35, "465 bars to a false alarm");
	is_f64(run_length(1, 3000), 10.4, .3, "10.4 bars to a shift of one deviation");
	is_f64(run_length(-2, 3000), 4.01, .1, "4 to one of two, downward");

	struct det *d = make("cusum:n=5:h=3:k=0.5");
	struct det_view v;
	void *s = begin(d);
	const double base[] = { 1, -1, 1, -1, 0 };
	for (int i = 0; i < 5; i++)
		ok(ret(d, s, base[i], &v) && v.state == 0, "baseline");
	ret(d, s, 2, &v); /* deviation 1: up = 1.5 */
	is_f64(v.value, 1.5, 1e-12, "z - k");
	ret(d, s, NAN, &v);
	is_f64(v.value, 1.5, 1e-12, "nothing over a gap");
	ret(d, s, 2, &v);
	is_f64(v.value, 3, 1e-12, "not above h");
	is_str(v.label, "none", "no change yet");
	ret(d, s, 1, &v);
	is_str(v.label, "up", "a change");
	ret(d, s, -100, &v);
	is_str(v.label, "up", "a new baseline begins");
	free(s);
	s = begin(d);
	for (int i = 0; i < 300; i++)
		ret(d, s, 0, &v);
	is_str(v.label, "none", "constant prices change nothing");
	free(s);
	det_free(d);
}

/* Against an exact program of its own (testdata/regime-detect/bocpd.py). */
static void
test_bocpd(void)
{
	static const struct {
		const char *text;
		double tol;
	} cases[] = { { "bocpd:hazard=0.01:scale=0.01:eps=0:max=1000", 1e-10 },
		{ "bocpd:hazard=0.01:scale=0.01:max=1000", 1e-4 },
		{ "bocpd:hazard=0.01:scale=0.01", 2e-3 },
		{ "bocpd:hazard=0.01:scale=0.01:max=40", 0.02 } };
	int n = read_table(t_data("regime-detect/bocpd.csv"), false), changes = 0;

	is_i64(n, 300, "300 returns");
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		struct det *d = make(cases[c].text);
		void *s = begin(d);
		double p = 0, length = 0;
		int before = 0;
		for (int i = 0; i < n; i++) {
			struct det_view v;
			if (!ret(d, s, table[i][0], &v))
				continue;
			p = fmax(p, fabs(v.probs[1] - table[i][2]));
			length = fmax(length, fabs(v.value - table[i][1]) / table[i][1]);
			changes += c == 0 && v.state && !before;
			before = v.state;
		}
		ok(p <= cases[c].tol, "%s: probabilities within %.1e", cases[c].text, p);
		ok(length <= 10 * cases[c].tol, "run lengths within a part of %.1e", length);
		free(s);
		det_free(d);
	}
	ok(changes >= 2, "both changes are found (%d)", changes);
	struct det *d = make("bocpd");
	struct det_view v;
	void *s = begin(d);
	bool any = false;
	for (int i = 0; i < 500; i++)
		any |= ret(d, s, 0, &v);
	ok(!any, "constant prices: no scale, no word");
	ret(d, s, .01, &v);
	for (int i = 0; i < 5000; i++)
		any |= ret(d, s, i % 2 ? .01 : -.01, &v);
	ok(any && isfinite(v.value) && v.state == 0, "5000 bars without a change: run %.0f",
	    v.value);
	free(s);
	det_free(d);
}

static void
test_adx(void)
{
	const char *bars = t_shared("vectors/indicators/ohlcv_600.csv");
	static double want[MOST];

	if (!bars) {
		t_skip("no vectors/indicators beside the tree");
		return;
	}
	/* ADX is the seventh column after the date */
	int n = read_table(t_shared("vectors/indicators/talib_indicators_600.csv"), true);
	for (int i = 0; i < n; i++)
		want[i] = table[i][6];
	n = read_table(t_shared("vectors/indicators/ohlcv_600.csv"), true);
	struct measure_adx a = { .bars = 0 };
	double worst = 0;
	int first = -1;
	for (int i = 0; i < n; i++) {
		struct det_bar b = { table[i][0], table[i][1], table[i][2], table[i][3], NAN };
		if (!measure_adx(&a, &b, 14))
			continue;
		first = first < 0 ? i : first;
		worst = fmax(worst, fabs(a.adx - want[i]));
	}
	is_i64(first, 27, "TA-Lib's first row");
	ok(worst < 1e-8, "TA-Lib's ADX within %.1e", worst);
}

static void
test_slope(void)
{
	/* y = 1.3, 2.1, 2.8, 4.4, 4.9 over 0..4: slope .95, residual sum .235 */
	const double y[5] = { 2.8, 4.4, 4.9, 1.3, 2.1 };
	is_f64(measure_slope_t(y, 5, 3), .95 / sqrt(.235 / 3 / 10), 1e-9, "by hand");
	const double flat[4] = { 7, 7, 7, 7 }, line[4] = { 1, 2, 3, 4 };
	is_f64(measure_slope_t(flat, 4, 1), 0, 0, "constant");
	is_f64(measure_slope_t(line, 4, 0), 1e6, 0, "a line without residuals is held");
}

static void
test_trend(void)
{
	struct det *d = make("trend:n=20:adx-n=5");
	struct det_view v;
	void *s = begin(d), *t = begin(d);
	double p = 100;
	struct rng g;

	rng_seed(&g, 2);
	for (int i = 0; i < 60; i++)
		price(d, s, p *= 1.01 + .001 * rng_normal(&g), &v);
	is_str(v.label, "up", "up (t %.1f)", v.value);
	for (int i = 0; i < 60; i++)
		price(d, s, p *= .99 + .001 * rng_normal(&g), &v);
	is_str(v.label, "down", "down");
	for (int i = 0; i < 100; i++)
		price(d, s, p, &v);
	is_str(v.label, "flat", "constant prices");
	/* a split in the middle changes nothing */
	struct det_view u;
	for (int i = 0; i < 200; i++)
		price(d, t, p *= 1 + .01 * rng_normal(&g), &v);
	memcpy(s, t, d->kind->size(d));
	d->kind->split(d, s, 4);
	double worst = 0;
	for (int i = 0; i < 50; i++) {
		p *= 1 + .01 * rng_normal(&g);
		price(d, t, p, &v);
		price(d, s, p / 4, &u);
		worst = fmax(worst, fabs(u.value - v.value));
	}
	ok(worst < 1e-7, "a split changes nothing (%.1e)", worst);
	free(s);
	free(t);
	det_free(d);
}

static void
test_phase(void)
{
	struct det *d = make("phase:fast=5:slow=20:slope=5");
	static const struct {
		int bars;
		double drift;
		const char *end;
	} legs[] = { { 60, .01, "markup" }, { 30, 0, "distribution" }, { 40, -.01, "markdown" },
		{ 40, 0, "accumulation" }, { 40, .01, "markup" } };
	void *s = begin(d);
	struct det_view v;
	double p = 50;

	for (size_t l = 0; l < sizeof legs / sizeof *legs; l++) {
		for (int i = 0; i < legs[l].bars; i++)
			price(d, s, p *= 1 + legs[l].drift, &v);
		is_str(v.label, legs[l].end, "after leg %zu", l);
	}
	d->kind->split(d, s, 2);
	price(d, s, p * .505, &v);
	is_str(v.label, "markup", "after a split");
	free(s);
	s = begin(d);
	bool any = false;
	for (int i = 0; i < 100; i++)
		any |= price(d, s, 20, &v);
	ok(!any, "no phase before the first trend");
	free(s);
	det_free(d);
}

static void
test_vol_quantile(void)
{
	struct det *d = make("vol-quantile:window=40");
	void *s = begin(d);
	struct det_view v = { .state = -1 };
	struct rng g;

	rng_seed(&g, 9);
	for (int i = 0; i < 39; i++)
		ok(!ret(d, s, 0, &v), "warming up");
	ret(d, s, 0, &v);
	is_f64(v.value, .5, 0, "constant prices are in the middle");
	for (int i = 0; i < 200; i++)
		ret(d, s, .01 * rng_normal(&g), &v);
	for (int i = 0; i < 8; i++)
		ret(d, s, .05 * rng_normal(&g), &v);
	is_str(v.label, "turbulent", "five times the volatility");
	for (int i = 0; i < 30; i++)
		ret(d, s, .002 * rng_normal(&g), &v);
	is_str(v.label, "calm", "a fifth of it");
	free(s);
	det_free(d);
	struct err e;
	ok(!det_new("vol-quantile:low=0.9", 0, 1, &e), "low above high");
}

static void
test_hold(void)
{
	const double even[] = { .4, .6 }, sure[] = { .1, .9 };

	is_i64(det_hold(even, 2, -1, .8, .3), 1, "the first is the likeliest");
	is_i64(det_hold(even, 2, 0, 0, 1), 1, "no hysteresis");
	is_i64(det_hold(even, 2, 0, .8, 1), 0, "too little to enter");
	is_i64(det_hold(even, 2, 0, 0, .3), 0, "too much to leave");
	is_i64(det_hold(sure, 2, 0, .8, .3), 1, "enough");
}

static void
test_words(void)
{
	static const struct {
		const char *text, *words;
	} bad[] = {
		{ "hm", "no model 'hm'; there are hmm, ewma, vol-quantile, cusum, bocpd, trend, "
			"phase" },
		{ "hmm", "hmm needs a model file: hmm:MODEL.json" },
		{ "cusum:kk=1",
		    "cusum: no parameter 'kk'; there are (with defaults) k=0.5, h=5, n=50, "
		    "vol=0, mean=0, deviation=0" },
		{ "cusum:k=-1", "cusum: k must be a number from 0 to 10, not '-1'" },
		{ "cusum:n=7.5", "cusum: n must be a whole number from 5 to 100000, not '7.5'" },
		{ "cusum:file", "cusum: 'file' is no key=value" },
		{ "cusum::k=1", "cusum: nothing between two colons" },
		{ "cusum:mean=1", "cusum: mean needs deviation" },
		{ "ewma", "ewma needs its threshold: either a model file, ewma:MODEL.json, or "
			  "ewma:cut=VOL" },
		{ "phase:fast=200", "phase: fast must be below slow" },
		{ "trend:leave=11", "trend: leave must not be above t" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err e = { .msg = "" };
		struct det *d = det_new(bad[i].text, 0, 1, &e);
		is_str(e.msg, bad[i].words, "%s", bad[i].text);
		det_free(d);
	}
}

int
main(void)
{
	test_cusum();
	test_bocpd();
	test_adx();
	test_slope();
	test_trend();
	test_phase();
	test_vol_quantile();
	test_hold();
	test_words();
	return done_testing();
}
