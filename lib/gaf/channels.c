/* Columns to channels. */
#include <math.h>

#include "base/mem.h"
#include "gaf/prepare.h"

/* In mean true ranges: where shadows, bodies and gaps end; and prices, from the last close. */
#define RANGES_SHAPE 4
#define RANGES_PRICE 8

static double
upper(const double *const x[GAF_NCOLUMNS], size_t i)
{
	double o = x[GAF_OPEN][i], k = x[GAF_CLOSE][i];

	return x[GAF_HIGH][i] - (o > k ? o : k);
}

static double
lower(const double *const x[GAF_NCOLUMNS], size_t i)
{
	double o = x[GAF_OPEN][i], k = x[GAF_CLOSE][i];

	return (o < k ? o : k) - x[GAF_LOW][i];
}

static double
body(const double *const x[GAF_NCOLUMNS], size_t i)
{
	return x[GAF_CLOSE][i] - x[GAF_OPEN][i];
}

static double
size_of(const double *const x[GAF_NCOLUMNS], size_t i)
{
	return fabs(body(x, i));
}

/* The first bar of a window has no close before it. */
static double
gap(const double *const x[GAF_NCOLUMNS], size_t i)
{
	return i ? x[GAF_OPEN][i] - x[GAF_CLOSE][i - 1] : 0;
}

static double (*const of_bar[GAF_NCHANNELS])(const double *const *, size_t) = {
	[GAF_UPPER] = upper,
	[GAF_LOWER] = lower,
	[GAF_BODY] = body,
	[GAF_GAP] = gap,
	[GAF_UPPER_RANK] = upper,
	[GAF_LOWER_RANK] = lower,
	[GAF_BODY_RANK] = size_of,
};

/*
 * Mean ranks of v[from..n) among v[0..n), from 0 to 1; of equal ones the middle. What is no number
 * stays one, for whoever scales it to find.
 */
static void
ranks(const double *v, size_t n, size_t from, double *out)
{
	for (size_t i = from; i < n; i++) {
		size_t twice = 0;

		for (size_t j = 0; j < n; j++)
			twice += (size_t)(v[j] < v[i]) + (size_t)(v[j] <= v[i]);
		out[i] = n > 1 ? (double)(twice - 1) / (double)(2 * n - 2) : 0.5;
		out[i] += v[i] - v[i];
	}
}

static void
make_channel(struct gaf *g, enum gaf_channel c, const double *const x[GAF_NCOLUMNS], double *out)
{
	size_t n = g->p.window;
	bool ranked = gaf_is_rank(c);
	double *v = ranked ? g->values : out;

	for (size_t i = 0; i < n; i++)
		v[i] = of_bar[c](x, i);
	/* a scale that needs no ends needs no ranks of bars that are not shown */
	if (ranked)
		ranks(v, n, g->p.scale == GAF_TRUE_RANGE ? n - gaf_shown(&g->p) : 0, out);
}

/* Shadows and body of a window in parts of the largest of them: the three behind the close. */
static void
share_culr(double *made, size_t n)
{
	double *u = made + n, *l = u + n, *b = l + n, most = 0;

	for (size_t i = 0; i < n; i++) {
		most = u[i] > most ? u[i] : most;
		most = l[i] > most ? l[i] : most;
		most = fabs(b[i]) > most ? fabs(b[i]) : most;
	}
	if (most == 0)
		most = 1; /* a window of dashes: no shadows, no body */
	for (size_t i = 0; i < n; i++) {
		u[i] /= most;
		l[i] /= most;
		b[i] = .5 + .5 * (b[i] / most);
	}
}

/* ---- in parts of the mean true range ---- */

/* The mean over the window; of the first bar high - low, as the close before it is not there. */
static double
mean_true_range(const double *const x[GAF_NCOLUMNS], size_t n)
{
	const double *h = x[GAF_HIGH], *l = x[GAF_LOW], *c = x[GAF_CLOSE];
	double sum = h[0] - l[0];

	for (size_t i = 1; i < n; i++) {
		double top = h[i] > c[i - 1] ? h[i] : c[i - 1];
		double bottom = l[i] < c[i - 1] ? l[i] : c[i - 1];

		sum += top - bottom;
	}
	return sum / (double)n;
}

static double
held(double v, double lo, double hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

/* The bars that are shown, as numbers from 0 to 1. */
static void
in_ranges(const struct gaf *g, enum gaf_channel c, double range, double last, double *v)
{
	size_t n = g->p.window;

	for (size_t i = n - gaf_shown(&g->p); i < n; i++)
		if (gaf_is_price(c))
			v[i] = .5 + .5 * held((v[i] - last) / (RANGES_PRICE * range), -1, 1);
		else if (c == GAF_BODY || c == GAF_GAP)
			v[i] = .5 + .5 * held(v[i] / (RANGES_SHAPE * range), -1, 1);
		else if (!gaf_is_rank(c))
			v[i] = held(v[i] / (RANGES_SHAPE * range), 0, 1);
}

static void
share_range(struct gaf *g, const double *const x[GAF_NCOLUMNS])
{
	size_t n = g->p.window;
	double range = mean_true_range(x, n);

	if (range == 0)
		range = 1; /* a window in which no price moved */
	for (uint32_t k = 0; k < g->p.nchannels; k++)
		in_ranges(g, (enum gaf_channel)g->p.channels[k], range, x[GAF_CLOSE][n - 1],
		    g->made + k * n);
}

void
gaf_prepare_channels(
    struct gaf *g, const double *const x[GAF_NCOLUMNS], const double *series[GAF_CHANNELS_MAX])
{
	size_t n = g->p.window;

	for (uint32_t k = 0; k < g->p.nchannels; k++) {
		enum gaf_channel c = (enum gaf_channel)g->p.channels[k];
		double *made = g->made + k * n;

		series[k] = made;
		if (c >= GAF_UPPER)
			make_channel(g, c, x, made);
		else if (g->p.scale == GAF_TRUE_RANGE)
			for (size_t i = 0; i < n; i++)
				made[i] = x[c][i];
		else
			series[k] = x[c];
	}
	if (g->p.scale == GAF_CULR_SHARED)
		share_culr(g->made + (g->p.nchannels - 4) * n, n);
	else if (g->p.scale == GAF_TRUE_RANGE)
		share_range(g, x);
}
