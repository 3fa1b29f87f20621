/* Channels to points (PAA), points to factors, factors to pixels. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gaf/kernel.h"
#include "gaf/mtf.h"
#include "gaf/prepare.h"

/* ---- making ---- */

/*
 * Bounds of the segments, as pyts.utils.segmentation has them: numpy.linspace, whose step is
 * divided first and whose last point is exact, cut to integers.
 */
static void
bounds_make(struct gaf *g)
{
	uint32_t n = gaf_shown(&g->p), m = g->p.size, w = (n + m - 1) / m;

	if (!g->p.overlap) {
		double step = (double)n / (double)m;

		for (uint32_t j = 0; j < m; j++) {
			g->start[j] = (uint32_t)((double)j * step);
			g->end[j] = j + 1 < m ? (uint32_t)((double)(j + 1) * step) : n;
		}
		return;
	}
	double step = m > 1 ? (double)(m * w - n) / (double)(m - 1) : 0;

	for (uint32_t j = 0; j < m; j++) {
		uint32_t back = j + 1 < m ? (uint32_t)((double)j * step) : m * w - n;

		g->start[j] = j * w - back;
		g->end[j] = g->start[j] + w;
	}
}

struct gaf *
gaf_new(const struct gaf_params *p, struct err *e)
{
	struct gaf *g;
	size_t n, m;

	if (gaf_params_check(p, e) < 0)
		return NULL;
	g = mem_alloc(sizeof *g);
	g->p = *p;
	n = p->window;
	m = (size_t)p->size * p->nchannels;
	g->start = mem_array(p->size, sizeof *g->start);
	g->end = mem_array(p->size, sizeof *g->end);
	g->made = mem_array(n * p->nchannels, sizeof *g->made);
	g->values = mem_array(n, sizeof *g->values);
	g->points = mem_array(m, sizeof *g->points);
	g->factors = mem_array(2 * m, sizeof *g->factors);
	g->factors32 = mem_array(2 * m, sizeof *g->factors32);
	if (p->method == GAF_MTF) {
		g->pixels = mem_array(gaf_pixels(p), sizeof *g->pixels);
		g->sorted = mem_array(n, sizeof *g->sorted);
		g->bin = mem_array(n, sizeof *g->bin);
	}
	bounds_make(g);
	return g;
}

void
gaf_free(struct gaf *g)
{
	if (!g)
		return;
	free(g->start);
	free(g->end);
	free(g->made);
	free(g->values);
	free(g->points);
	free(g->factors);
	free(g->factors32);
	free(g->pixels);
	free(g->sorted);
	free(g->bin);
	free(g);
}

const struct gaf_params *
gaf_params_of(const struct gaf *g)
{
	return &g->p;
}

/* ---- scaling ---- */

/* A segment's mean, added up in order: what pyts (numba) does. */
static void
paa(const struct gaf *g, const double *x, double *out)
{
	for (uint32_t j = 0; j < g->p.size; j++) {
		double sum = 0;

		for (uint32_t i = g->start[j]; i < g->end[j]; i++)
			sum += x[i];
		out[j] = sum / (double)(g->end[j] - g->start[j]);
	}
}

struct span {
	double lo, hi;
};

/* Where each channel's n points lie; all prices share one, but under each. */
static int
spans(const struct gaf *g, const struct gaf_kernel *k, const double *const *point, size_t n,
    struct span *sp)
{
	struct span all = { INFINITY, -INFINITY };

	for (uint32_t i = 0; i < g->p.nchannels; i++) {
		if (!k->range(point[i], n, &sp[i].lo, &sp[i].hi))
			return ERR_DATA;
		if (gaf_is_price(g->p.channels[i])) {
			all.lo = sp[i].lo < all.lo ? sp[i].lo : all.lo;
			all.hi = sp[i].hi > all.hi ? sp[i].hi : all.hi;
		}
	}
	if (g->p.scale != GAF_EACH)
		for (uint32_t i = 0; i < g->p.nchannels; i++)
			if (gaf_is_price(g->p.channels[i]))
				sp[i] = all;
	for (uint32_t i = 0; i < g->p.nchannels; i++)
		if (!isfinite(sp[i].hi - sp[i].lo))
			return ERR_DATA;
	return 0;
}

/* sklearn's MinMaxScaler, in its order of operations. */
static void
scaling(const struct gaf *g, const struct span *sp, double *scale, double *off)
{
	double lo = g->p.range == GAF_01 ? 0 : -1, width = sp->hi - sp->lo;

	if (width < 10 * 2.220446049250313e-16)
		width = 1;
	*scale = (1 - lo) / width;
	*off = lo - sp->lo * *scale;
}

/* Series become the points of the image: the bars shown, behind PAA where they are more. */
static void
points(struct gaf *g, const double **series)
{
	uint32_t shown = gaf_shown(&g->p), m = g->p.size;

	for (uint32_t i = 0; i < g->p.nchannels; i++) {
		double *out = g->points + (size_t)i * m;

		series[i] += g->p.window - shown;
		if (m == shown && g->p.scale != GAF_TRUE_RANGE)
			continue;
		paa(g, series[i], out);
		series[i] = out;
		/* so that gasf's diagonal, 2 c^2 - 1, is straight in what it shows */
		for (uint32_t j = 0; g->p.scale == GAF_TRUE_RANGE && j < m; j++)
			out[j] = sqrt(out[j]);
	}
}

static bool
is_scaled(const struct gaf *g, uint32_t k)
{
	return g->p.scale != GAF_TRUE_RANGE &&
	       (g->p.scale != GAF_CULR_SHARED || gaf_is_price(g->p.channels[k]));
}

/* c of all channels, then s of all channels. */
static int
polar(struct gaf *g, const double *const x[GAF_NCOLUMNS], double *c, double *s)
{
	const struct gaf_kernel *k = gaf_kernel();
	const double *series[GAF_CHANNELS_MAX];
	struct span sp[GAF_CHANNELS_MAX] = { { 0 } };
	size_t m = g->p.size, n = g->p.window;
	/* ends are those of the points, or of all bars where only the last of them are points */
	bool whole = gaf_shown(&g->p) < n && g->p.scale != GAF_TRUE_RANGE;

	gaf_prepare_channels(g, x, series);
	if (whole && spans(g, k, series, n, sp) < 0)
		return ERR_DATA;
	points(g, series);
	if (!whole && spans(g, k, series, m, sp) < 0)
		return ERR_DATA;
	for (uint32_t i = 0; i < g->p.nchannels; i++) {
		double scale = 1, off = 0;

		if (is_scaled(g, i))
			scaling(g, &sp[i], &scale, &off);
		k->polar(series[i], m, scale, off, c + i * m, s + i * m);
	}
	return 0;
}

int
gaf_factors(struct gaf *g, const double *const x[GAF_NCOLUMNS], double *factors)
{
	size_t n = (size_t)g->p.size * g->p.nchannels;

	if (g->p.method == GAF_MTF)
		return 0;
	return polar(g, x, factors, g->p.method == GAF_RECURRENCE ? g->factors + n : factors + n);
}

int
gaf_factors_f32(struct gaf *g, const double *const x[GAF_NCOLUMNS], float *factors)
{
	int rc = gaf_factors(g, x, g->factors);

	if (rc == 0)
		gaf_kernel()->round(g->factors, gaf_nfactors(&g->p), factors);
	return rc;
}

/* ---- pixels ---- */

#define EXPAND(NAME, REAL, KERNEL, ABS) \
	void NAME(const struct gaf_params *p, const REAL *factors, REAL *image) \
	{ \
		const struct gaf_kernel *k = gaf_kernel(); \
		size_t m = p->size, n = m * p->nchannels; \
\
		for (uint32_t i = 0; i < p->nchannels; i++, image += m * m) { \
			const REAL *c = factors + i * m, *s = c + n; \
\
			if (p->method == GAF_GASF) \
				k->KERNEL(c, c, s, s, m, image); \
			else if (p->method == GAF_GADF) \
				k->KERNEL(s, c, c, s, m, image); \
			else if (p->method == GAF_RECURRENCE) \
				for (size_t a = 0; a < m; a++) \
					for (size_t b = 0; b < m; b++) \
						image[a * m + b] = ABS(c[a] - c[b]); \
		} \
	}

EXPAND(gaf_expand, double, outer, fabs)
EXPAND(gaf_expand_f32, float, outer_f32, fabsf)

int
gaf_image(struct gaf *g, const double *const x[GAF_NCOLUMNS], double *image)
{
	if (g->p.method == GAF_MTF)
		return gaf_mtf(g, x, image);
	if (gaf_factors(g, x, g->factors) < 0)
		return ERR_DATA;
	gaf_expand(&g->p, g->factors, image);
	return 0;
}

int
gaf_image_f32(struct gaf *g, const double *const x[GAF_NCOLUMNS], float *image)
{
	if (g->p.method == GAF_MTF) {
		if (gaf_mtf(g, x, g->pixels) < 0)
			return ERR_DATA;
		gaf_kernel()->round(g->pixels, gaf_pixels(&g->p), image);
		return 0;
	}
	if (gaf_factors_f32(g, x, g->factors32) < 0)
		return ERR_DATA;
	gaf_expand_f32(&g->p, g->factors32, image);
	return 0;
}
