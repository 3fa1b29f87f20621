/* Scalers against their definitions, their file, and the span they may learn from. */
#include "base/rng.h"
#include "feat/feat_calc.h"
#include "feat/scale.h"
#include "io/out.h"
#include "t_stage.h"

#include <unistd.h>

static const char *
path(void)
{
	static char p[64];

	snprintf(p, sizeof p, "feat_scale.%d", (int)getpid());
	return p;
}

static void
write_file(const char *text)
{
	FILE *f = fopen(path(), "w");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		exit(1);
}

static void
fit(const double *x, size_t n, enum feat_scale kind, struct feat_scale_col *c)
{
	struct feat_scale_fit f;

	feat_scale_fit_init(&f, 1);
	for (size_t i = 0; i < n; i++)
		feat_scale_fit_add(&f, kind, x[i]);
	feat_scale_fit_end(&f, kind, c);
	feat_scale_fit_free(&f);
}

/* numpy: mean, std, percentile (linear) of 4 8 15 16 23 42 */
static void
test_definitions(void)
{
	const double x[] = { 16, 4, NAN, 42, 8, 23, 15 };
	struct feat_scale_col c;

	fit(x, 7, FEAT_STANDARD, &c);
	is_f64(c.center, 18, 1e-14, "mean");
	is_f64(c.scale, 12.315302134607444, 1e-13, "deviation of n: sqrt(910 / 6)");
	is_i64((int64_t)c.count, 6, "NAN does not count");
	is_f64(feat_scale_apply(FEAT_STANDARD, &c, 42), 24 / 12.315302134607444, 1e-14, "applied");
	ok(isnan(feat_scale_apply(FEAT_STANDARD, &c, NAN)), "NAN stays");
	fit(x, 7, FEAT_ROBUST, &c);
	is_f64(c.center, 15.5, 0, "median");
	is_f64(c.scale, 21.25 - 9.75, 1e-14, "quartiles at 9.75 and 21.25");
	fit(x, 7, FEAT_MINMAX, &c);
	is_f64(feat_scale_apply(FEAT_MINMAX, &c, 23), 19.0 / 38, 1e-15, "between 4 and 42");
	is_f64(feat_scale_apply(FEAT_MINMAX, &c, 61), 1.5, 1e-15, "outside the span above 1");
	fit(x, 7, FEAT_QUANTILE, &c);
	is_f64(feat_scale_apply(FEAT_QUANTILE, &c, 4), 0, 0, "the least");
	is_f64(feat_scale_apply(FEAT_QUANTILE, &c, 42), 1, 0, "the greatest");
	is_f64(feat_scale_apply(FEAT_QUANTILE, &c, 99), 1, 0, "beyond");
	is_f64(feat_scale_apply(FEAT_QUANTILE, &c, 15), 0.4, 1e-14, "the third of six: 2 / 5");
	is_f64(feat_scale_apply(FEAT_QUANTILE, &c, 15.5), 0.5, 1e-14, "the median");
	const double same[] = { 0.1, 0.1, 0.1, 0.1 };
	for (int k = 0; k < FEAT_SCALE_N; k++) {
		fit(same, 4, (enum feat_scale)k, &c);
		ok(c.scale == 1, "a column that does not move has scale 1 (%d)", k);
	}
	is_f64(feat_scale_apply(FEAT_QUANTILE, &c, 0.1), 0.5, 0, "and is in its own middle");
	const double far[] = { -1.7e308, 1.7e308, -1.7e308, 1.7e308, 1.7e308 };
	for (int k = 0; k < FEAT_SCALE_N; k++) {
		fit(far, 5, (enum feat_scale)k, &c);
		ok(fabs(c.center) <= 1.7e308 && isfinite(c.scale),
		    "differences larger than a double give numbers (%d)", k);
		for (int i = 0; k == FEAT_QUANTILE && i < FEAT_KNOTS; i++)
			if (!isfinite(c.knots[i]) || (i && c.knots[i] < c.knots[i - 1]))
				ok(false, "knot %d", i);
	}
	fit(far, 5, FEAT_STANDARD, &c);
	is_f64(c.center / 1.7e308, 0.2, 1e-12, "their mean");
}

/* A uniform sample: quantiles within a few deviations of those of all values. */
static void
test_sample(void)
{
	struct feat_sample s;
	double worst = 0;

	feat_sample_init(&s, 7);
	for (int i = 0; i < 1000000; i++) /* in order: the hard case */
		feat_sample_add(&s, i);
	is_i64((int64_t)s.n, FEAT_SAMPLE, "memory is bounded");
	feat_sample_sort(&s);
	for (int q = 1; q < 20; q++) {
		double d = fabs(feat_quantile(s.v, s.n, q / 20.0) / 1e6 - q / 20.0);
		if (d > worst)
			worst = d;
	}
	is_f64(worst, 0, 0.01, "quantiles of the sample (5 deviations: 0.0098)");
	feat_sample_free(&s);
}

static void
test_file(void)
{
	struct feat_scaler s, back;
	struct buf a = { 0 }, b = { 0 };
	struct rng r;
	struct err e;

	rng_seed(&r, 4);
	for (int k = 0; k < FEAT_SCALE_N; k++) {
		s = (struct feat_scaler){ (enum feat_scale)k, 0, TIM_DAY, 2 * TIM_DAY,
			mem_dup("1d", 2), 99, mem_array(2, sizeof *s.cols), 2 };
		for (size_t i = 0; i < 2; i++) {
			double x[50];

			for (int j = 0; j < 50; j++)
				x[j] = rng_normal(&r) / 3;
			s.cols[i].name = mem_dup(i ? "b" : "a.x", i ? 1 : 3);
			fit(x, 50, (enum feat_scale)k, &s.cols[i]);
		}
		buf_clear(&a);
		buf_clear(&b);
		feat_scaler_put(&s, &a);
		write_file(buf_z(&a));
		int rc = feat_scaler_read(&back, path(), &e);
		is_i64(rc, 0, "reads what was written: %s", rc ? e.msg : "");
		feat_scaler_put(&back, &b);
		is_mem(b.p, b.len, a.p, a.len, "and writes the same");
		feat_scaler_free(&s);
		feat_scaler_free(&back);
	}
	struct {
		const char *text, *words;
	} bad[] = { { "", "" }, { "{}", "no \"scaler\"" },
		{ "{\"scaler\":\"x\"}", "no \"scaler\"" },
		{ "{\"scaler\":\"standard\"}", "columns" },
		{ "{\"scaler\":\"standard\",\"columns\":{\"a\":{\"center\":1}}}",
		    "column a: no number \"scale\"" },
		{ "{\"scaler\":\"standard\",\"columns\":{\"a\":{\"center\":1,\"scale\":0}}}",
		    "above 0" },
		{ "{\"scaler\":\"standard\",\"columns\":{\"a\":{\"scale\":1}}}", "\"center\"" },
		{ "{\"scaler\":\"quantile\",\"columns\":{\"a\":{\"knots\":[1,2]}}}", "101" },
		{ "{\"scaler\":\"standard\",\"columns\":{\"a\":{},\"a\":{}}}", "" } };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		write_file(bad[i].text);
		int rc = feat_scaler_read(&back, path(), &e);
		ok(rc == ERR_DATA && strstr(e.msg, path()) && strstr(e.msg, bad[i].words),
		    "refused: %s", e.msg);
		feat_scaler_free(&back);
	}
	buf_free(&a);
	buf_free(&b);
}

/* ---- in feat-calc ---- */

static struct buf in;

static void
bars(int from, int to, double (*price)(int day))
{
	buf_clear(&in);
	for (int d = from; d < to; d++) {
		int y, m, day;

		tim_civil(tim_days(2024, 1, 1) + d, &y, &m, &day);
		buf_printf(&in,
		    "{\"type\":\"bar\",\"ts\":\"%04d-%02d-%02dT00:00:00Z\",\"sym\":\"A\",\"open\":%"
		    "g,"
		    "\"high\":%g,\"low\":%g,\"close\":%g}\n",
		    y, m, day, price(d), price(d), price(d), price(d));
	}
}

static double
steady(int day)
{
	return 100 + day % 5;
}

static double
wild(int day)
{
	return day < 50 ? 100 + day % 5 : 1000 + day;
}

static void
test_span(void)
{
	struct t_stage t;
	struct buf first = { 0 }, second = { 0 };
	char opts[200];
	double (*const price[])(int) = { steady, wild };
	struct err e;

	/* what comes after the span changes nothing */
	snprintf(opts, sizeof opts,
	    "-e c=close -e v=close*2 --fit-scaler %s --fit-until 2024-02-19", path());
	for (int k = 0; k < 2; k++) {
		bars(0, 100, price[k]);
		int rc = t_stage_run(&t, &feat_calc_kind, opts, buf_z(&in));
		is_i64(rc, 0, "fits: %s", t.err.msg);
		ok(strstr(buf_z(&t.out), "\"c\":100,"), "rows go on as they are");
		t_stage_free(&t);
		struct buf *b = k ? &second : &first;
		if (io_file_read(path(), 1 << 20, b, &e))
			exit(1);
	}
	is_mem(
	    first.p, first.len, second.p, second.len, "the same scaler whatever follows the span");
	ok(strstr(buf_z(&first), "\"rows\": 50") != NULL, "of the 50 rows of the span");
	snprintf(opts, sizeof opts, "-e c=close -e v=close*2 --scaler %s", path());
	bars(0, 1, steady);
	t_stage_run(&t, &feat_calc_kind, opts, buf_z(&in));
	const char *c = strstr(buf_z(&t.out), "\"c\":");
	/* of 100 to 104: mean 102, variance 2 */
	is_f64(c ? atof(c + 4) : NAN, -2 / sqrt(2), 1e-12, "applied");
	t_stage_free(&t);
	struct {
		const char *opts, *words;
	} bad[] = { { "-e c=close --scaler %s", "has a column 'v' that is not computed" },
		{ "-e c=close -e v=close -e w=close --scaler %s", "does not know the column 'w'" },
		{ "-e c=close --scaler %s --fit-scaler x", "one to learn" } };
	for (size_t i = 0; i < 3; i++) {
		snprintf(opts, sizeof opts, bad[i].opts, path());
		int rc = t_stage_run(&t, &feat_calc_kind, opts, "");
		ok(rc == ERR_USAGE && strstr(t.err.msg, bad[i].words), "refused: %s", t.err.msg);
		t_stage_free(&t);
	}
	snprintf(
	    opts, sizeof opts, "-e c=close -e w=close --scaler %s --scaler-unknown pass", path());
	t_stage_run(&t, &feat_calc_kind, opts, buf_z(&in));
	ok(strstr(buf_z(&t.out), "\"w\":100}"), "told so, an unknown column passes");
	t_stage_free(&t);
	snprintf(
	    opts, sizeof opts, "-e c=close -e w=close --scaler %s --scaler-unknown drop", path());
	t_stage_run(&t, &feat_calc_kind, opts, buf_z(&in));
	ok(strstr(buf_z(&t.out), "\"c\":") && !strstr(buf_z(&t.out), "\"w\":"), "or is dropped");
	t_stage_free(&t);
	buf_free(&first);
	buf_free(&second);
}

int
main(void)
{
	test_definitions();
	test_sample();
	test_file();
	test_span();
	remove(path());
	buf_free(&in);
	return done_testing();
}
