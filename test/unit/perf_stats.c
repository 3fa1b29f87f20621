/* The canonical metrics of two series, and the series where a metric is not defined. */
#include "base/math.h"
#include "perf/normal.h"
#include "perf/series.h"
#include "t.h"

static struct perf_values v;

static void
stats(const struct perf_series *s, double periods, double rf)
{
	struct perf_params p = { periods, rf, 20, 0.03 };

	memset(&v, 0, sizeof v);
	v.mode = PERF_RETURNS;
	perf_stats(s, &p, &v);
}

static void
of(const double *r, size_t n)
{
	struct perf_series s = { .base_day = PERF_NO_DAY };

	for (size_t i = 0; i < n; i++)
		perf_series_add(&s, PERF_NO_DAY, r[i], NAN);
	stats(&s, 252, 0);
	perf_series_free(&s);
}

#define OF(...) \
	of((const double[]){ __VA_ARGS__ }, sizeof((double[]){ __VA_ARGS__ }) / sizeof(double))
#define is_null(m) ok(!v.v[PM_##m].set, #m " is null")
#define is_value(m, want) \
	(ok(v.v[PM_##m].set, #m " is set"), \
	    is_f64(perf_round(v.v[PM_##m].f), (want), 0, #m " is %s", #want))

/* One line of expected_canonical.csv: series,rf_annual,metric,value */
static void
check_line(char *line)
{
	char *rf = strchr(line, ','), *name, *want;
	enum perf_metric m;

	*rf++ = '\0';
	name = strchr(rf, ',');
	*name++ = '\0';
	want = strchr(name, ',');
	*want++ = '\0';
	want[strcspn(want, "\r\n")] = '\0';
	m = perf_metric_find(PERF_RETURNS, name, strlen(name));
	if (!ok(m != PM_N, "%s %s %s is known", line, rf, name))
		return;
	const struct perf_value *x = &v.v[m];

	switch (perf_metric_kind(m)) {
	case PERF_TEXT: is_str(x->set ? x->text : "", want, "%s rf %s %s", line, rf, name); break;
	case PERF_INT:
		is_i64(x->set ? x->i : -1, atoll(want), "%s rf %s %s", line, rf, name);
		break;
	default: {
		double w = strtod(want, NULL);

		is_f64(x->set ? perf_round(x->f) : NAN, w, 1e-9 * fabs(w), "%s rf %s %s", line, rf,
		    name);
	}
	}
}

static void
check_canonical(void)
{
	FILE *f = fopen(t_data("perf-report/expected_canonical.csv"), "r");
	char line[256], now[16] = "", file[64];
	struct err e;

	if (!ok(f && fgets(line, sizeof line, f), "expected_canonical.csv"))
		return;
	while (fgets(line, sizeof line, f)) {
		char key[16];

		snprintf(key, sizeof key, "%.*s", (int)strcspn(line + 2, ",") + 2, line);
		if (strcmp(key, now) != 0) {
			struct perf_series s = { 0 };
			struct perf_read how = { false, false };

			snprintf(now, sizeof now, "%s", key);
			snprintf(file, sizeof file, "perf-report/returns_%c.csv", line[0]);
			is_i64(perf_series_read(t_data(file), &how, &s, &e), 0, "%s", file);
			stats(&s, 252, atof(key + 2));
			perf_series_free(&s);
		}
		check_line(line);
	}
	fclose(f);
}

static void
check_edges(void)
{
	OF(0.01);
	is_value(total_return, 0.01);
	is_value(max_drawdown, 0);
	is_null(volatility_ann), is_null(sharpe), is_null(sortino), is_null(calmar);

	OF(0, 0, 0, 0, 0);
	is_value(total_return, 0);
	is_value(volatility_ann, 0);
	is_value(max_drawdown, 0);
	is_null(sharpe), is_null(sortino), is_null(calmar), is_null(omega_0),
	    is_null(profit_factor);
	is_null(win_rate_nonzero), is_null(kelly_binary);

	OF(0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01);
	is_value(volatility_ann, 0);
	is_value(win_rate_nonzero, 1);
	is_null(sharpe), is_null(sortino), is_null(omega_0), is_null(profit_factor);

	OF(-0.01);
	is_null(sharpe), is_null(sortino);

	OF(0.003, 0.003, 0.003); /* whose mean is not 0.003 in doubles */
	is_value(volatility_ann, 0);
	is_null(sharpe);

	OF(-0.01, -0.02, -0.005);
	is_value(win_rate_nonzero, 0);
	is_value(profit_factor, 0);
	is_value(omega_0, 0);
	is_null(payoff_ratio), is_null(kelly_binary);

	OF(0.1, -1.0, 0.5);
	is_value(total_return, -1);
	is_value(max_drawdown, -1);
	is_value(cagr, -1);
	is_i64(v.v[PM_ruin].i, 1, "ruin is flagged");
	is_i64(v.v[PM_ruin_row].i, 2, "ruin at row 2");

	OF(0.01, -0.02);
	is_i64(v.v[PM_ruin].i, 0, "no ruin");
	is_null(ruin_row), is_null(beta), is_null(up_capture);

	of(NULL, 0);
	is_null(n), is_null(total_return), is_null(max_drawdown), is_null(worst), is_null(sharpe);
}

/* A row whose benchmark stood still is in neither capture; one without it is in no pair. */
static void
check_versus(void)
{
	struct perf_series s = { .base_day = PERF_NO_DAY };

	perf_series_add(&s, PERF_NO_DAY, 0.02, 0.01);
	perf_series_add(&s, PERF_NO_DAY, 0.50, 0);
	perf_series_add(&s, PERF_NO_DAY, 0.70, NAN);
	perf_series_add(&s, PERF_NO_DAY, -0.02, -0.01);
	stats(&s, 1, 0);
	perf_series_free(&s);
	is_value(up_capture, 2);
	is_value(down_capture, 2);
	is_value(benchmark_total_return, -0.0001);
	is_i64(v.v[PM_benchmark_missing].i, 1, "one row without a benchmark");
}

/* z values: A&S table 26.2 and R's qnorm, in 16 digits */
static void
check_normal(void)
{
	static const double p[] = { 0.05, 0.95, 0.5, 1e-10, 0.975, 1 - 1 / 20.0 };
	static const double z[] = { -1.6448536269514729, 1.6448536269514722, 0, -6.361340902404056,
		1.959963984540054, 1.6448536269514722 };

	for (size_t i = 0; i < sizeof p / sizeof *p; i++) {
		is_f64(num_normal_quantile(p[i]), z[i], 4e-15, "z(%g)", p[i]);
		is_f64(perf_normal_cdf(z[i]) / p[i], 1, 4e-14, "Phi(z(%g))", p[i]);
	}
	ok(isinf(num_normal_quantile(0)) && isinf(num_normal_quantile(1)), "no z for 0 and 1");
	for (double x = -8; x <= 8; x += 0.37)
		is_f64(num_normal_quantile(perf_normal_cdf(x)), x, 1e-9 + (x > 5 ? 1 : 0),
		    "there and back: %g", x);
}

int
main(void)
{
	double q[] = { 1, 2, 4, 8 };

	check_canonical();
	check_edges();
	check_versus();
	check_normal();
	is_f64(perf_quantile(q, 4, 0.5), 3, 0, "median between two");
	is_f64(perf_quantile(q, 4, 1), 8, 0, "the last");
	is_f64(perf_round(1.0 / 3), 0.333333333333, 0, "twelve digits");
	is_f64(perf_compound((double[]){ 1e-9, 1e-9 }, 2) / (2e-9 + 1e-18), 1, 1e-15,
	    "small returns keep their digits");
	return done_testing();
}
