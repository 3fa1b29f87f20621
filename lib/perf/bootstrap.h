/*
 * How sure a Sharpe ratio is when returns follow each other: the stationary bootstrap of D. N.
 * Politis and J. P. Romano (J. of the American Statistical Association 89, 1994, pages 1303-1313).
 * A resampled series is made of blocks that begin anywhere, wrap around the end and are of
 * geometric length with the mean n^(1/3).
 */
#ifndef TP_PERF_BOOTSTRAP_H
#define TP_PERF_BOOTSTRAP_H

#include <stddef.h>
#include <stdint.h>

#define PERF_RESAMPLES 2000

/*
 * The 2.5 % and 97.5 % points of the Sharpe ratio (mean / sample deviation * sqrt(periods), no
 * risk-free rate) over PERF_RESAMPLES resampled series; by the seed alone. NaN for fewer than 5
 * returns, or when they are all equal.
 */
void
perf_sharpe_interval(
    const double *r, size_t n, double periods, uint64_t seed, double *lo, double *hi);

#endif
