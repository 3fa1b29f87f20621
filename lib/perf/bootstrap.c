#include "perf/bootstrap.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"
#include "perf/stats.h"

static double
resampled(const double *r, size_t n, double p, struct rng *g)
{
	double mean = 0, ss = 0; /* West's updates: one pass */
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		if (i == 0 || rng_uniform(g) < p)
			at = (size_t)rng_below(g, n);
		else
			at = at + 1 < n ? at + 1 : 0;
		double d = r[at] - mean;

		mean += d / (double)(i + 1);
		ss += d * (r[at] - mean);
	}
	return mean / sqrt(ss / (double)(n - 1));
}

void
perf_sharpe_interval(
    const double *r, size_t n, double periods, uint64_t seed, double *lo, double *hi)
{
	double *s = mem_array(PERF_RESAMPLES, sizeof *s), length = 1;
	struct rng g;
	size_t k = 0;

	*lo = *hi = NAN;
	rng_seed(&g, seed);
	/* n^(1/3) without the C library's cbrt: the same bits everywhere */
	while ((length + 0.25) * (length + 0.25) * (length + 0.25) <= (double)n)
		length += 0.25;
	for (size_t i = 0; n >= 5 && i < PERF_RESAMPLES; i++) {
		double v = resampled(r, n, 1 / length, &g);

		if (isfinite(v)) /* a block of equal returns has no ratio */
			s[k++] = v;
	}
	if (k > PERF_RESAMPLES / 2) {
		double *sorted = perf_sorted_dup(s, k);

		*lo = perf_quantile(sorted, k, 0.025) * sqrt(periods);
		*hi = perf_quantile(sorted, k, 0.975) * sqrt(periods);
		free(sorted);
	}
	free(s);
}
