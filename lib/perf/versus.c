/* Against a benchmark, over the rows that have one. */
#include "perf/stats.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

/* annualised geometric mean of x over the rows where b > 0 (up) or b < 0 */
static double
geometric(const double *x, const double *b, size_t n, bool up, double periods)
{
	double *part = mem_array(n, sizeof *part);
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (up ? b[i] > 0 : b[i] < 0)
			part[k++] = x[i];
	double g = perf_annual(perf_compound(part, k), periods, k);

	free(part);
	return g;
}

static void
put_regression(
    const double *r, const double *b, size_t n, const struct perf_params *p, struct perf_values *v)
{
	struct perf_moments mr, mb;
	struct perf_sum k = { 0, 0 };
	double rf = perf_rate(p);

	perf_moments(r, n, &mr);
	perf_moments(b, n, &mb);
	for (size_t i = 0; i < n; i++)
		perf_sum_add(&k, (r[i] - mr.mean) * (b[i] - mb.mean));
	if (n < 2 || !(mb.sd > 0))
		return;
	double cov = perf_sum_of(&k) / (double)(n - 1), beta = cov / (mb.sd * mb.sd);
	double alpha = (mr.mean - rf) - beta * (mb.mean - rf), corr = cov / (mr.sd * mb.sd);

	perf_put(v, PM_beta, beta);
	perf_put(v, PM_alpha_per_period, alpha);
	perf_put(v, PM_alpha_ann_simple, alpha * p->periods);
	perf_put(v, PM_alpha_ann_compound, expm1(log1p(alpha) * p->periods));
	perf_put(v, PM_correlation, corr);
	perf_put(v, PM_r_squared, corr * corr);
	perf_put(v, PM_treynor_ann_excess_over_beta, (mr.mean - rf) * p->periods / beta);
}

static double
worst_drawdown(const double *r, size_t n)
{
	double eq = 1, top = 1, worst = 0;

	for (size_t i = 0; i < n; i++) {
		eq *= 1 + fmax(r[i], -1);
		top = fmax(top, eq);
		worst = fmin(worst, (eq - top) / top);
	}
	return worst;
}

static void
put_relative(const double *r, const double *b, double *diff, size_t n, const struct perf_params *p,
    struct perf_values *v)
{
	struct perf_moments d;
	double year = sqrt(p->periods), total = perf_compound(b, n);

	for (size_t i = 0; i < n; i++)
		diff[i] = r[i] - b[i];
	perf_moments(diff, n, &d);
	perf_put(v, PM_tracking_error_ann, d.sd * year);
	if (d.sd > 0) {
		perf_put(v, PM_information_ratio_per_period, d.mean / d.sd);
		perf_put(v, PM_information_ratio_ann, d.mean / d.sd * year);
	}
	perf_put(v, PM_benchmark_total_return, total);
	perf_put(v, PM_benchmark_cagr, perf_annual(total, p->periods, n));
	perf_put(v, PM_benchmark_max_drawdown, worst_drawdown(b, n));
	perf_put(v, PM_excess_return, perf_compound(r, n) - total);
	perf_put(v, PM_up_capture,
	    geometric(r, b, n, true, p->periods) / geometric(b, b, n, true, p->periods));
	perf_put(v, PM_down_capture,
	    geometric(r, b, n, false, p->periods) / geometric(b, b, n, false, p->periods));
}

void
perf_versus(const struct perf_series *s, const struct perf_params *p, struct perf_values *v)
{
	double *r = mem_array(s->n, sizeof *r), *b = mem_array(s->n, sizeof *b);
	double *diff = mem_array(s->n, sizeof *diff);
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (isnan(s->b[i]))
			continue;
		r[n] = s->r[i];
		b[n++] = s->b[i];
	}
	put_regression(r, b, n, p, v);
	put_relative(r, b, diff, n, p, v);
	perf_put_int(v, PM_benchmark_missing, s->bench_missing);
	free(r);
	free(b);
	free(diff);
}
