/*
 * Markov transition fields, as pyts has them with strategy 'quantile': the points of a series are
 * put into bins of equal counts, the matrix of transitions from point to next point is counted and
 * its rows made to sum to 1, each pair of points gets the entry of its bins, and a pixel is
 * the mean of its pairs. Agrees with pyts to the order of summing within a pixel (1e-15).
 */
#include "gaf/mtf.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BINS_MAX 64

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* numpy's percentile, method linear: between two points, from the nearer one. */
static double
quantile(const double *sorted, size_t n, double q)
{
	double at = (double)(n - 1) * q, below = floor(at), t = at - below;
	size_t i = (size_t)below, j = i + 1 < n ? i + 1 : i;
	double a = sorted[i], b = sorted[j], d = b - a;

	return t >= 0.5 ? b - d * (1 - t) : a + d * t;
}

/* Upper edges of all bins but the last. Of edges that are equal (to 1e-8) the last one counts. */
static uint32_t
edges_make(const double *sorted, size_t n, uint32_t bins, double *edge)
{
	double step = 100.0 / bins, all[BINS_MAX];
	uint32_t kept = 0;

	for (uint32_t i = 0; i + 1 < bins; i++)
		all[i] = quantile(sorted, n, (double)(i + 1) * step / 100);
	for (uint32_t i = 0; i + 1 < bins; i++)
		if (i + 2 == bins || !(fabs(all[i + 1] - all[i]) <= 1e-8))
			edge[kept++] = all[i];
	return kept;
}

static void
bins_make(struct gaf *g, const double *x)
{
	double edge[BINS_MAX];
	uint32_t n = g->p.window, nedges;

	memcpy(g->sorted, x, n * sizeof *x);
	qsort(g->sorted, n, sizeof *g->sorted, ascending);
	nedges = edges_make(g->sorted, n, g->p.bins, edge);
	for (uint32_t i = 0; i < n; i++) {
		uint8_t b = 0;

		while (b < nedges && edge[b] < x[i])
			b++;
		g->bin[i] = b;
	}
}

static void
matrix_make(const struct gaf *g, double p[BINS_MAX][BINS_MAX])
{
	uint32_t bins = g->p.bins;

	for (uint32_t i = 0; i < bins; i++)
		memset(p[i], 0, bins * sizeof p[i][0]);
	for (uint32_t i = 0; i + 1 < g->p.window; i++)
		p[g->bin[i]][g->bin[i + 1]] += 1;
	for (uint32_t i = 0; i < bins; i++) {
		double sum = 0;

		for (uint32_t j = 0; j < bins; j++)
			sum += p[i][j];
		for (uint32_t j = 0; j < bins && sum > 0; j++)
			p[i][j] /= sum;
	}
}

static double
pixel(const struct gaf *g, double p[BINS_MAX][BINS_MAX], uint32_t row, uint32_t col)
{
	double sum = 0;

	for (uint32_t i = g->start[row]; i < g->end[row]; i++)
		for (uint32_t j = g->start[col]; j < g->end[col]; j++)
			sum += p[g->bin[i]][g->bin[j]];
	return sum / ((double)(g->end[row] - g->start[row]) * (g->end[col] - g->start[col]));
}

int
gaf_mtf(struct gaf *g, const double *const x[GAF_NCOLUMNS], double *image)
{
	const double *series[GAF_CHANNELS_MAX];
	double p[BINS_MAX][BINS_MAX];

	gaf_prepare_channels(g, x, series);
	for (uint32_t k = 0; k < g->p.nchannels; k++) {
		for (uint32_t i = 0; i < g->p.window; i++)
			if (!isfinite(series[k][i]))
				return ERR_DATA;
		bins_make(g, series[k]);
		matrix_make(g, p);
		for (uint32_t i = 0; i < g->p.size; i++)
			for (uint32_t j = 0; j < g->p.size; j++)
				*image++ = pixel(g, p, i, j);
	}
	return 0;
}
