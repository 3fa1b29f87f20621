/* Flags and pennants: a pole, then a narrow band against it or closing in, then the way on. */
#include <math.h>

#include "pattern/chart_in.h"
#include "pattern/polyline.h"

#define SINCE 7      /* pivots since the top of the pole at most */
#define PEAK 1       /* index of the top of the pole among the corners */
#define LATE 6       /* bars of the way on at most, where the zigzag does not tell */
#define BAND_LEAST 5 /* bars */
#define SPAN_MAX 120 /* bars */

/* The straight line through the closes of the band, and how its halves scatter. */
struct band {
	int n;
	double slope, sd;     /* a bar; of the residuals */
	double first, second; /* ranges of the residuals in the halves */
	double tops, lows;    /* how much higher the second half's highest and lowest close are */
	double range;
};

static double
scatter(const double *y, int i, int j, const struct band *b)
{
	double low = INFINITY, high = -INFINITY;

	for (; i < j; i++) {
		double e = y[i] - b->slope * i;

		low = e < low ? e : low;
		high = e > high ? e : high;
	}
	return high - low;
}

/* the highest of s * y */
static double
extreme(const double *y, int i, int j, int s)
{
	double high = s * y[i];

	for (; i < j; i++)
		high = s * y[i] > high ? s * y[i] : high;
	return high;
}

static struct band
band_of(const double *y, int n)
{
	struct band b = { .n = n };
	double half = (n - 1) / 2.0, sxx = n * ((double)n * n - 1) / 12, sxy = 0, s = 0, ss = 0;
	double low = y[0], high = y[0];

	for (int i = 0; i < n; i++) {
		double v = y[i] - y[0];

		sxy += (i - half) * v;
		s += v;
		ss += v * v;
		low = y[i] < low ? y[i] : low;
		high = y[i] > high ? y[i] : high;
	}
	b.slope = sxy / sxx;
	ss = (ss - s * s / n - b.slope * sxy) / n;
	b.sd = ss > 0 ? sqrt(ss) : 0;
	b.range = high - low;
	b.tops = extreme(y, n - n / 2, n, 1) - extreme(y, 0, n / 2, 1);
	b.lows = extreme(y, 0, n / 2, -1) - extreme(y, n - n / 2, n, -1);
	b.first = scatter(y, 0, n / 2, &b);
	b.second = scatter(y, n - n / 2, n, &b);
	return b;
}

/* Which pivot, counted from the end, is the top of the longest leg in the running direction? */
static int
longest(const struct zigzag *z)
{
	int top = 0;
	double most = 0;

	for (int k = 1; k <= SINCE && (uint64_t)k + 1 < z->n; k += 2) {
		double up = z->dir *
			    (zigzag_pivot(z, (uint64_t)k)->y - zigzag_pivot(z, (uint64_t)k + 1)->y);

		if (up > most) {
			most = up;
			top = k;
		}
	}
	return top;
}

/* All between the peak and now stays in the upper part of the pole, in its direction. */
static bool
stays(const struct zigzag *z, int top, double pole)
{
	double peak = z->dir * zigzag_pivot(z, (uint64_t)top)->y;

	for (int k = 0; k < top; k++) {
		double y = z->dir * zigzag_pivot(z, (uint64_t)k)->y;

		if (y > peak + 0.15 * pole || y < peak - 0.65 * pole)
			return false;
	}
	return true;
}

static void
put(struct chart_cand *c, double v)
{
	c->f[c->nf++] = (float)v;
}

static void
features(const struct chart_window *w, struct chart_cand *c, const double *y, const int *corner,
    const struct band *b, const struct polyline *l)
{
	double pole = c->height, bars = corner[PEAK], path = 0;
	int n = c->n;

	for (int i = 1; i <= corner[PEAK]; i++)
		path += fabs(y[i] - y[i - 1]);
	chart_quality(w, c, l->sd, l->next, l->path);
	put(c, chart_lg(bars));
	put(c, path > 0 ? pole / path : 0);
	put(c, chart_lg(b->n / bars));
	put(c, c->sign * b->slope * b->n / pole);
	put(c, chart_lg(b->sd / pole + 0.001));
	put(c, b->first > 0 ? chart_lg(b->second / b->first + 0.01) : 0);
	put(c, b->range / pole);
	put(c, c->sign * (c->v[PEAK].y - c->v[n - 2].y) / pole);
	put(c, c->sign * (c->v[n - 1].y - c->v[n - 2].y) / pole);
	put(c, c->sign * (c->v[n - 1].y - c->v[PEAK].y) / pole);
	put(c, chart_lg((double)(c->v[n - 1].bar - c->v[n - 2].bar) / b->n));
	put(c, n);
	put(c, c->sign * (c->sign > 0 ? b->tops : b->lows) / pole);
	put(c, c->sign * (c->sign > 0 ? b->lows : b->tops) / pole);
	/* the same by corners, where the zigzag saw them */
	put(c, n >= 6 ? c->sign * (c->v[n - 3].y - c->v[PEAK].y) / pole : 0);
	put(c, n >= 6 ? c->sign * (c->v[n - 2].y - c->v[PEAK + 1].y) / pole : 0);
	put(c, c->sign * (w->piv.last - c->v[n - 1].y) / pole);
}

static void
give_as(struct chart_cand *c, enum chart_model_id m, enum chart_type up, enum chart_type down,
    chart_give give, void *arg)
{
	c->model = m;
	c->type = c->sign > 0 ? up : down;
	give(arg, c);
}

/* The break line leads through the band's closes, moved to its outermost one. */
static void
set_lines(struct chart_cand *c, const double *band, const struct band *b)
{
	double above = -INFINITY, below = INFINITY;

	for (int i = 0; i < b->n; i++) {
		double e = c->sign * (band[i] - b->slope * (i - (b->n - 1)));

		above = e > above ? e : above;
		below = e < below ? e : below;
	}
	c->line_at = c->v[c->n - 2].bar;
	c->line = c->sign * above;
	c->other = c->sign * below;
	c->line_slope = c->other_slope = b->slope;
	c->reach = c->height;
}

/*
 * A threshold above the swings of the band sees its first low only: the way on then begins at
 * the lowest of the last closes, a corner more.
 */
static void
late_start(const struct chart_window *w, struct chart_cand *c)
{
	struct pivot *last = &c->v[c->n - 1], low = { 0 };
	uint64_t from = last->bar > LATE ? last->bar - LATE : 0;

	if (from <= c->v[c->n - 2].bar + 1)
		return;
	for (uint64_t i = from; i < last->bar; i++) {
		double y = w->piv.close[i % CHART_BARS];

		if (i == from || c->sign * y <= c->sign * low.y)
			low = (struct pivot){ i, y };
	}
	last[1] = last[0];
	last[0] = low;
	c->n++;
}

void
chart_poles(const struct chart_window *w, const struct zigzag *z, chart_give give, void *arg)
{
	struct chart_cand c = { .sign = z->dir, .direction = z->dir };
	const double *y;
	int corner[CHART_PIVOTS_MAX] = { 0 }, top;
	struct polyline l;
	double pole;

	if (z->dir == 0 || (top = longest(z)) == 0)
		return;
	c.n = top + 3;
	for (int i = 0; i < c.n - 1; i++)
		c.v[i] = *zigzag_pivot(z, (uint64_t)(top + 1 - i));
	c.v[c.n - 1] = z->ext;
	pole = z->dir * (c.v[PEAK].y - c.v[0].y);
	if (top <= 3)
		late_start(w, &c);
	if (c.v[0].bar + SPAN_MAX < w->n || c.v[c.n - 2].bar - c.v[PEAK].bar < BAND_LEAST)
		return;
	if (!stays(z, top, pole) || z->dir * (z->ext.y - c.v[PEAK].y) < -0.3 * pole)
		return;
	y = pivots_closes(&w->piv, c.v[0].bar);
	for (int i = 0; i < c.n; i++)
		corner[i] = (int)(c.v[i].bar - c.v[0].bar);
	struct band b = band_of(y + corner[PEAK] + 1, corner[c.n - 2] - corner[PEAK]);

	if (b.range > 0.7 * pole)
		return;
	polyline_fit(y, corner, (size_t)c.n, &l);
	for (int i = 0; i < c.n; i++)
		c.v[i].y = l.level[i];
	c.height = z->dir * (c.v[PEAK].y - c.v[0].y);
	if (!(c.height > 0.5 * pole))
		return;
	polyline_rest(y, corner, (size_t)c.n, &l);
	c.start = c.v[0].bar;
	features(w, &c, y, corner, &b, &l);
	set_lines(&c, y + corner[PEAK] + 1, &b);
	if (z->dir * b.slope < 0)
		give_as(&c, CHART_M_FLAG, CHART_BULL_FLAG, CHART_BEAR_FLAG, give, arg);
	if (b.second < 1.3 * b.first)
		give_as(&c, CHART_M_PENNANT, CHART_BULL_PENNANT, CHART_BEAR_PENNANT, give, arg);
}
