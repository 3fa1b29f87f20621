/*
 * The parts of a walk-forward: calendar spans, where folds lie, and how sure a Sharpe ratio is.
 */
#include "base/tim.h"
#include "perf/bootstrap.h"
#include "rl/play.h"
#include "rl/span.h"
#include "unit/t.h"

static struct err err;

static int64_t
at(const char *text)
{
	int64_t t = 0;

	tim_parse(text, strlen(text), &t, NULL);
	return t;
}

static void
test_calendar(void)
{
	static const char *const wrong[] = { "", "y", "0y", "-1y", "1.5y", "0d", "2months",
		"99999y", "x" };
	struct rl_cal c;

	ok(rl_cal_parse("purge", NULL, &c, &err) == 0 && !c.months && !c.ns, "no span");
	ok(rl_cal_parse("purge", "2y", &c, &err) == 0 && c.months == 24 && !c.ns, "years");
	is_i64(rl_cal_add(at("2016-02-29"), &c, 1), at("2018-02-28"), "no 29th of February");
	is_i64(rl_cal_add(at("2016-02-29"), &c, -2), at("2012-02-29"), "back");
	ok(rl_cal_parse("purge", "1mo", &c, &err) == 0 && c.months == 1, "months");
	is_i64(rl_cal_add(at("2015-12-31T10:00:00Z"), &c, 2), at("2016-02-29T10:00:00Z"),
	    "over a year's end, the time of day kept");
	is_i64(rl_cal_add(at("2016-01-31"), &c, -1), at("2015-12-31"), "back over it");
	ok(rl_cal_parse("purge", "180d", &c, &err) == 0 && c.ns == 180 * TIM_DAY, "days");
	is_i64(rl_cal_add(at("2016-01-01"), &c, 0), at("2016-01-01"), "none of them");
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		ok(rl_cal_parse("purge", wrong[i], &c, &err) == ERR_USAGE, "'%s': %s", wrong[i],
		    err.msg);
}

/* Whatever the options, no fold's spans overlap, and the next one begins a test later. */
static void
test_folds(void)
{
	struct rl_spans s = { .from = at("2010-01-01"), .to = at("2020-01-01") };
	struct rl_fold f, g;
	size_t bad = 0, n = 0, total = 0;

	for (int i = 0; i < 64; i++) {
		s.anchored = i & 1;
		s.train.months = i & 2 ? 24 : 0;
		s.train.ns = i & 2 ? 0 : 500 * TIM_DAY;
		s.test.months = i & 4 ? 6 : 0;
		s.test.ns = i & 4 ? 0 : 77 * TIM_DAY;
		s.purge.ns = i & 8 ? 10 * TIM_DAY : 0;
		s.embargo.ns = i & 16 ? 3 * TIM_DAY : 0;
		s.valid_part = i & 32 ? 0.25 : 0;
		for (n = 0; rl_spans_fold(&s, (int64_t)n, &f); n++) {
			int64_t first = s.valid_part > 0 ? f.valid_to : f.train_to;

			bad += !(f.train_from < f.train_to && f.train_to <= f.valid_from &&
				 f.valid_from <= f.valid_to && f.test_from < f.test_to &&
				 first + s.purge.ns + s.embargo.ns == f.test_from);
			bad += s.valid_part > 0 &&
			       f.train_to + s.purge.ns + s.embargo.ns != f.valid_from;
			bad += s.valid_part == 0 && f.valid_to != f.valid_from;
			bad += s.anchored && f.train_from != s.from;
			bad += f.test_to > s.to;
			if (n > 0) /* the tests join, but for the embargo */
				bad += f.test_from != g.test_to + s.embargo.ns;
			g = f;
		}
		bad += n < 14 || s.to - g.test_to > 100 * TIM_DAY;
		total += n;
	}
	is_i64((int64_t)bad, 0, "%zu folds lie one behind another and never overlap", total);
	s.folds = 3;
	ok(rl_spans_fold(&s, 2, &f) && !rl_spans_fold(&s, 3, &f), "no more than are asked for");
	s.folds = 0;
	s.to = at("2011-01-01");
	ok(!rl_spans_fold(&s, 0, &f), "none when the data is too short");
	s.test = s.train = (struct rl_cal){ 0 };
	ok(rl_spans_fold(&s, 0, &f) && f.train_from == s.from && f.valid_to == s.to &&
		!rl_spans_fold(&s, 1, &f),
	    "one without a walk, to the end");
}

/* Of independent normal returns the ratio has the standard error sqrt((1 + SR^2 / 2) / n) (Lo
 * 2002); of returns that follow each other it is larger, which blocks see. */
static void
test_interval(void)
{
	enum { N = 1000 };
	double r[N], lo, hi, width = 0, wide = 0, covered = 0, x = 0;
	const int runs = 40;
	struct rng g;

	rng_seed(&g, 11);
	for (int k = 0; k < runs; k++) {
		for (int i = 0; i < N; i++)
			r[i] = 0.05 + rng_normal(&g);
		perf_sharpe_interval(r, N, 1, (uint64_t)k, &lo, &hi);
		width += (hi - lo) / runs;
		covered += lo <= 0.05 && 0.05 <= hi;
	}
	is_f64(width / (2 * 1.96 * sqrt((1 + 0.05 * 0.05 / 2) / N)), 1, 0.06,
	    "as wide as theory says");
	ok(covered >= 34, "the true ratio is within %g of %d intervals", covered, runs);
	for (int k = 0; k < 10; k++) {
		for (int i = 0; i < N; i++)
			r[i] = 0.05 + (x = 0.6 * x + 0.8 * rng_normal(&g));
		perf_sharpe_interval(r, N, 1, 3, &lo, &hi);
		wide += (hi - lo) / 10;
	}
	ok(wide > 1.5 * width, "wider (%.2f times) when returns follow each other", wide / width);
	perf_sharpe_interval(r, N, 4, 3, &hi, &x);
	is_f64(hi, 2 * lo, 1e-12, "by the root of the periods");
	perf_sharpe_interval(r, N, 1, 4, &hi, &x);
	ok(hi != lo, "by the seed");
	perf_sharpe_interval(r, 4, 1, 3, &lo, &hi);
	ok(isnan(lo) && isnan(hi), "of four returns nothing is said");
	for (int i = 0; i < N; i++)
		r[i] = 0.5;
	perf_sharpe_interval(r, N, 1, 3, &lo, &hi);
	ok(isnan(lo) && isnan(hi), "nor of equal ones");
}

static void
test_judge(void)
{
	double r[] = { 0.01, -0.02, 0.03, 0.01, -0.01, 0.02 };
	struct rl_verdict v;

	rl_judge(r, 6, 6 / 252.0, 0, NAN, false, 1, &v);
	is_f64(v.periods, 252, 1e-9, "returns a year");
	is_f64(v.total, 1.01 * 0.98 * 1.03 * 1.01 * 0.99 * 1.02 - 1, 1e-11, "they compound");
	is_f64(v.drawdown, -0.02, 1e-11, "the fall");
	is_f64(v.per_period, (0.04 / 6) / 0.018618986725025255, 1e-10, "the ratio a period");
	is_f64(v.sharpe, v.per_period * sqrt(252), 1e-9, "and a year");
	ok(isnan(v.deflated), "one trial deflates nothing");
	rl_judge(r, 6, 6 / 252.0, 10, 0.1, false, 1, &v);
	ok(v.deflated > 0 && v.deflated < v.psr, "ten do");
	rl_judge(r, 0, 0, 0, NAN, true, 1, &v);
	ok(v.n == 0 && isnan(v.sharpe) && isnan(v.total), "nothing of nothing");
}

int
main(void)
{
	test_calendar();
	test_folds();
	test_interval();
	test_judge();
	return done_testing();
}
