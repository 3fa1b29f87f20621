/* The shape of the distribution: quantiles, value at risk, and how sure a Sharpe ratio is. */
#include "perf/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/math.h"
#include "perf/normal.h"

#define EULER_GAMMA 0.57721566490153286061
#define EULER_E 2.71828182845904523536

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double *
perf_sorted_dup(const double *x, size_t n)
{
	double *s = mem_array(n, sizeof *s);

	if (n > 0) {
		memcpy(s, x, n * sizeof *s);
		qsort(s, n, sizeof *s, ascending);
	}
	return s;
}

double
perf_quantile(const double *x, size_t n, double q)
{
	double at = q * (double)(n - 1);
	size_t i = (size_t)at;

	return i + 1 < n ? x[i] + (x[i + 1] - x[i]) * (at - (double)i) : x[n - 1];
}

static void
put_value_at_risk(const double *x, const struct perf_moments *m, struct perf_values *v)
{
	size_t n = m->n, k = (size_t)((double)(n - 1) * 0.05) + 1, below = 0;
	double var = perf_quantile(x, n, 0.05), p95 = perf_quantile(x, n, 0.95);
	double z = num_normal_quantile(0.05);

	while (below < n && x[below] <= var)
		below++;
	perf_put(v, PM_var95_hist_linear, var);
	perf_put(v, PM_cvar95_hist_lowest_k, perf_mean(x, k));
	perf_put_int(v, PM_cvar95_k_used, (int64_t)k);
	perf_put(v, PM_cvar95_hist_le_var, perf_mean(x, below));
	perf_put(v, PM_var95_normal, m->mean + m->sd * z);
	perf_put(v, PM_cvar95_normal, m->mean - m->sd * perf_normal_pdf(z) / 0.05);
	perf_put(v, PM_tail_ratio_95, fabs(p95 / var));
	perf_put(v, PM_worst, x[0]);
	perf_put(v, PM_best, x[n - 1]);
}

static void
put_shape(const struct perf_moments *m, struct perf_values *v)
{
	double n = (double)m->n;

	perf_put(v, PM_skew_biased_g1, m->g1);
	perf_put(v, PM_kurtosis_excess_biased_g2, m->g2);
	if (m->n > 2)
		perf_put(v, PM_skew_unbiased_G1, m->g1 * sqrt(n * (n - 1)) / (n - 2));
	if (m->n > 3)
		perf_put(v, PM_kurtosis_excess_unbiased_G2,
		    (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * m->g2 + 6));
}

/*
 * Probabilistic Sharpe ratio and minimum track record length: D. Bailey and M. Lopez de Prado,
 * "The Sharpe ratio efficient frontier", J. of Risk 15 (2012); deflated: the same, J. of
 * Portfolio Management 40 (2014). SR is per period and of excess returns.
 */
static void
put_sharpe_odds(const struct perf_params *p, const struct perf_moments *m, struct perf_values *v)
{
	double sr = (m->mean - perf_rate(p)) / m->sd;
	double spread = 1 - m->g1 * sr + (m->g2 + 2) / 4 * sr * sr; /* (raw kurtosis - 1) / 4 */
	double scale = sqrt((double)(m->n - 1)) / sqrt(spread), z95 = num_normal_quantile(0.95);
	double trials = (double)p->dsr_trials;

	if (!(m->sd > 0) || !(spread > 0))
		return;
	perf_put(v, PM_psr_sr0_0, perf_normal_cdf(sr * scale));
	perf_put(v, PM_psr_sr0_ann1, perf_normal_cdf((sr - 1 / sqrt(p->periods)) * scale));
	if (sr != 0)
		perf_put(v, PM_min_track_record_len_95_sr0_0, 1 + spread * (z95 / sr) * (z95 / sr));
	if (p->dsr_trials < 2)
		return;
	double best = (1 - EULER_GAMMA) * num_normal_quantile(1 - 1 / trials) +
		      EULER_GAMMA * num_normal_quantile(1 - 1 / (trials * EULER_E));
	double sr0 = p->dsr_stdev * best;

	perf_put(v, PM_dsr_sr0_per_period, sr0);
	perf_put(v, PM_deflated_sharpe, perf_normal_cdf((sr - sr0) * scale));
}

static double
correlation(const double *x, const double *y, size_t n)
{
	struct perf_moments a, b;
	struct perf_sum k = { 0, 0 };

	perf_moments(x, n, &a);
	perf_moments(y, n, &b);
	for (size_t i = 0; i < n; i++)
		perf_sum_add(&k, (x[i] - a.mean) * (y[i] - b.mean));
	if (!(a.sd > 0) || !(b.sd > 0))
		return NAN;
	return perf_sum_of(&k) / (double)(n - 1) / (a.sd * b.sd);
}

/* How straight the path is: R^2 of cumulative log return against the row number. */
static void
put_stability(const struct perf_series *s, struct perf_values *v)
{
	double *row = mem_array(s->n, sizeof *row), *cum = mem_array(s->n, sizeof *cum);
	struct perf_sum k = { 0, 0 };
	bool ruined = false;

	for (size_t i = 0; i < s->n && !ruined; i++) {
		ruined = s->r[i] <= -1;
		if (!ruined)
			perf_sum_add(&k, log1p(s->r[i]));
		cum[i] = perf_sum_of(&k);
		row[i] = (double)i;
	}
	if (!ruined && s->n > 1) {
		double c = correlation(row, cum, s->n);

		perf_put(v, PM_stability_r2_of_cumlog, c * c);
	}
	free(row);
	free(cum);
}

void
perf_tails(const struct perf_series *s, const struct perf_params *p, const struct perf_moments *m,
    struct perf_values *v)
{
	double *x = perf_sorted_dup(s->r, s->n);

	put_value_at_risk(x, m, v);
	put_shape(m, v);
	if (p->dsr_trials > 0) {
		perf_put_int(v, PM_dsr_trials, p->dsr_trials);
		perf_put(v, PM_dsr_trial_sr_stdev_per_period, p->dsr_stdev);
	}
	put_sharpe_odds(p, m, v);
	if (s->n > 2)
		perf_put(v, PM_autocorr_lag1_pearson, correlation(s->r, s->r + 1, s->n - 1));
	put_stability(s, v);
	free(x);
}
