/*
 * Statistics of a series of period returns. Every rule is in perf-report(1), "FORMULAS"; sums
 * are compensated (Neumaier), deviations are taken from the mean in a second pass.
 */
#ifndef TP_PERF_STATS_H
#define TP_PERF_STATS_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "perf/metric.h"

#define PERF_NO_DAY INT32_MIN

struct perf_series {
	size_t n, cap;
	double *r;        /* returns */
	double *b;        /* benchmark returns; NaN: missing in that row */
	int32_t *day;     /* days since 1970-01-01; PERF_NO_DAY: the series has no dates */
	double *eq;       /* equity behind each row, when it is known better than by compounding */
	double eq_start;  /* equity before row 0, with eq */
	int32_t base_day; /* day of the equity before row 0, or PERF_NO_DAY */
	bool has_bench;
	int64_t missing;       /* rows skipped: no return */
	int64_t bench_missing; /* rows without a benchmark return */
};

struct perf_params {
	double periods;     /* a year */
	double rf;          /* annual */
	int64_t dsr_trials; /* 0: no deflated Sharpe ratio */
	double dsr_stdev;   /* of the trials' Sharpe ratios, per period */
};

void
perf_series_add(struct perf_series *s, int32_t day, double r, double b);
void
perf_series_free(struct perf_series *s);

/* Sets every metric of the series; win_rate and profit_factor only in PERF_RETURNS. */
void
perf_stats(const struct perf_series *s, const struct perf_params *p, struct perf_values *v);

/* ---- the pieces, each in its file ---- */
struct perf_moments {
	size_t n;
	double mean, sd; /* sample deviation (n - 1); NaN for n < 2; exactly 0 for equal values */
	double g1, g2;   /* biased skewness and excess kurtosis; NaN when sd is 0 */
};
void
perf_moments(const double *x, size_t n, struct perf_moments *m);
void
perf_drawdowns(const struct perf_series *s, const struct perf_params *p, struct perf_values *v);
void
perf_tails(const struct perf_series *s, const struct perf_params *p, const struct perf_moments *m,
    struct perf_values *v);
void
perf_versus(const struct perf_series *s, const struct perf_params *p, struct perf_values *v);

/* compensated sum: A. Neumaier, ZAMM 54 (1974) 39-51 */
struct perf_sum {
	double s, c;
};
static inline void
perf_sum_add(struct perf_sum *k, double x)
{
	double t = k->s + x;

	if (fabs(k->s) >= fabs(x))
		k->c += (k->s - t) + x;
	else
		k->c += (x - t) + k->s;
	k->s = t;
}
static inline double
perf_sum_of(const struct perf_sum *k)
{
	return k->s + k->c;
}
double
perf_mean(const double *x, size_t n);

/* product(1 + r) - 1 over all rows; -1 from the first row that loses everything */
double
perf_compound(const double *r, size_t n);
/* (1 + total)^(periods / n) - 1 */
double
perf_annual(double total, double periods, size_t n);
/* per-period rate of an annual one: (1 + rf)^(1/P) - 1 */
double
perf_rate(const struct perf_params *p);
/* linear interpolation between order statistics at q * (n - 1); x sorted, n > 0 */
double
perf_quantile(const double *x, size_t n, double q);
/* the values in ascending order, to be freed by the caller */
double *
perf_sorted_dup(const double *x, size_t n);

#endif
