#include <math.h>
#include <string.h>

#include "pattern/chart_in.h"
#include "pattern/polyline.h"

#define SPAN_MAX 250   /* bars of a pattern */
#define SPAN_LEAST 8   /* bars from the first extreme to the last */
#define BEND_LEAST 0.1 /* of the first leg, in its heights */
#define SLACK 0.1      /* of definitions on closes, before the fit */
#define LEG_LEAST 0.2  /* of the running leg, in heights */
#define MATERIAL 1.0   /* a running leg is looked at again when so much longer, in thresholds */
#define SD_MOST 0.24   /* of the residuals, in heights */

double
chart_lg(double x)
{
	int e;
	double m;

	if (!(x > 0x1p-40))
		return -40;
	if (!(x < 0x1p40))
		return 40;
	m = frexp(x, &e);
	return e - 2 + 2 * m;
}

static double
low2(double a, double b)
{
	return a < b ? a : b;
}

static double
high2(double a, double b)
{
	return a > b ? a : b;
}

/* ---- features ---- */

static void
put(struct chart_cand *c, double v)
{
	c->f[c->nf++] = (float)v;
}

/* Volume of bars i..j on average; 0 when it is not known throughout. */
static double
volume(const struct chart_window *w, uint64_t i, uint64_t j)
{
	double sum = 0;
	uint64_t n = j - i + 1;

	for (; i <= j; i++) {
		double v = (double)w->volume[i % CHART_BARS];

		if (!(v > 0))
			return 0;
		sum += v;
	}
	return sum / (double)n;
}

void
chart_quality(
    const struct chart_window *w, struct chart_cand *c, double sd, double next, double path)
{
	uint64_t first = c->v[0].bar, last = c->v[c->n - 1].bar, e1 = c->v[1].bar,
		 en = c->v[c->n - 2].bar;
	double span = (double)(en - e1), legs = 0, shortest = 1e9, longest = 0;
	double a = volume(w, e1, (e1 + en) / 2), b = volume(w, (e1 + en) / 2, en);
	double v = volume(w, en, last);

	for (int i = 1; i < c->n; i++)
		legs += fabs(c->v[i].y - c->v[i - 1].y);
	for (int i = 2; i + 1 < c->n; i++) {
		double l = (double)(c->v[i].bar - c->v[i - 1].bar);

		shortest = low2(shortest, l);
		longest = high2(longest, l);
	}
	put(c, chart_lg(sd / c->height + 0.001));
	put(c, next);
	put(c, path > 0 ? legs / path : 0);
	put(c, chart_lg(span));
	put(c, chart_lg(shortest / span));
	put(c, chart_lg(longest / span));
	put(c, chart_lg(c->height / w->atr[first % CHART_BARS]));
	put(c, a > 0 && b > 0 ? chart_lg(b / a) : 0);
	put(c, b > 0 && v > 0 ? chart_lg(v / b) : 0);
	put(c, (double)(w->n - 1 - last));
}

/* What the corners say, in heights, turned so that the first extreme is a top. */
static void
put_corners(const struct chart_window *w, struct chart_cand *c, const double *e, uint64_t before)
{
	int n = c->n;
	double tops = 1e9, bottoms = -1e9, back = w->piv.close[before % CHART_BARS];
	double span = (double)(c->v[n - 2].bar - c->v[1].bar);

	for (int i = 1; i + 3 < n; i++)
		put(c, e[i + 2] - e[i]);
	if (n >= 7)
		put(c, e[5] - e[1]);
	if (n >= 8)
		put(c, e[6] - e[2]);
	for (int i = 1; i + 1 < n; i++) {
		if (i % 2)
			tops = low2(tops, e[i]);
		else
			bottoms = high2(bottoms, e[i]);
	}
	put(c, tops - bottoms);
	put(c, e[1] - e[0]);
	put(c, (double)(c->v[1].bar - c->v[0].bar) / span);
	put(c, c->sign * (c->v[0].y - back) / c->height);
	/* the running leg: how long, and how far beyond the nearest extremes of its side */
	put(c, fabs(e[n - 1] - e[n - 2]));
	put(c, (double)(c->v[n - 1].bar - c->v[n - 2].bar) / span);
	put(c, n % 2 ? bottoms - e[n - 1] : e[n - 1] - tops);
	put(c, e[n - 1] - e[0]);
	put(c, c->sign * (w->piv.last - c->v[n - 1].y) / c->height);
}

/* How round: R^2 of a parabola over the closes from corner 1 to corner 3, and its depth */
static double
roundness(const double *y, const int *corner)
{
	int i0 = corner[1], n = corner[3] - i0 + 1;
	double s[5] = { 0 }, t[3] = { 0 }, yy = 0, half = (n - 1) / 2.0;

	if (n < 5)
		return 0;
	for (int i = 0; i < n; i++) {
		double x = (i - half) / half, v = y[i0 + i] - y[i0];

		s[2] += x * x;
		s[4] += x * x * x * x;
		t[0] += v;
		t[1] += v * x;
		t[2] += v * x * x;
		yy += v * v;
	}
	double total = yy - t[0] * t[0] / n, det = n * s[4] - s[2] * s[2];
	double b = t[1] / s[2], q = (n * t[2] - s[2] * t[0]) / det;
	double left = (t[2] - s[2] * t[0] / n) * q + b * t[1];

	return total > 0 ? left / total : 0;
}

/* ---- lines ---- */

/* the straight line through corners i and j, as level at line_at and slope */
static void
through(const struct chart_cand *c, int i, int j, double *level, double *slope)
{
	double dt = (double)(c->v[j].bar - c->v[i].bar);

	*slope = (c->v[j].y - c->v[i].y) / dt;
	*level = c->v[i].y + *slope * ((double)c->line_at - (double)c->v[i].bar);
}

static void
set_lines(struct chart_cand *c)
{
	int n = c->n;
	int e = n - 2; /* the last extreme */

	c->line_at = c->v[e].bar;
	switch (c->model) {
	case CHART_M_DOUBLE:
		c->line = c->v[2].y;
		c->line_slope = 0;
		break;
	case CHART_M_CUP:
		c->line = c->v[3].y;
		c->line_slope = 0;
		c->other = c->v[2].y;
		c->other_slope = 0;
		break;
	case CHART_M_RECTANGLE:
		c->line = c->sign * low2(c->sign * c->v[2].y, c->sign * c->v[4].y);
		c->line_slope = 0;
		break;
	default: through(c, e - 3, e - 1, &c->line, &c->line_slope); break;
	}
	if (c->model == CHART_M_DOUBLE || c->model == CHART_M_HEAD_SHOULDERS ||
	    c->model == CHART_M_RECTANGLE) {
		double m = c->sign * c->v[1].y; /* past every extreme of the far side */

		for (int i = 3; i < n - 1; i += 2)
			m = high2(m, c->sign * c->v[i].y);
		c->other = c->sign * m;
		c->other_slope = 0;
	} else if (c->model != CHART_M_CUP) {
		through(c, e - 2, e, &c->other, &c->other_slope);
	}
	c->reach = c->height;
	if (c->model == CHART_M_HEAD_SHOULDERS)
		c->reach = fabs(c->v[3].y - (c->v[2].y + c->v[4].y) / 2);
}

/* ---- from a zigzag to candidates ---- */

#define CORNERS 9 /* of the longest shape */

/* The last corners of a zigzag, its running extreme the last one: v[CORNERS - n] and on. */
struct tail {
	struct pivot v[CORNERS];
	int n;
	int seen; /* so many of the last ones are those of the next finer zigzag: seen there */
};

static void
take_tail(const struct zigzag *z, struct tail *t)
{
	uint64_t n = z->n < CORNERS - 1 ? z->n : CORNERS - 1;

	t->n = (int)n + 1;
	t->v[CORNERS - 1] = z->ext;
	for (uint64_t k = 0; k < n; k++)
		t->v[CORNERS - 2 - k] = *zigzag_pivot(z, k);
}

static int
in_common(const struct tail *a, const struct tail *b)
{
	int n = 0;

	while (n < a->n && n < b->n && a->v[CORNERS - 1 - n].bar == b->v[CORNERS - 1 - n].bar)
		n++;
	return n;
}

/* Levels in heights; false when they do not alternate. Sets the height. */
static bool
normal(struct chart_cand *c, double *e)
{
	double high = -INFINITY, low = INFINITY;

	for (int i = 0; i < c->n; i++) {
		e[i] = c->sign * c->v[i].y;
		if (i > 0 && i < c->n - 1) {
			high = high2(high, e[i]);
			low = low2(low, e[i]);
		}
	}
	c->height = high - low;
	if (!(c->height > 0))
		return false;
	for (int i = 0; i < c->n; i++)
		e[i] = (e[i] - low) / c->height;
	for (int i = 1; i < c->n; i++)
		if ((e[i] > e[i - 1]) != (i % 2 == 1))
			return false;
	return true;
}

/*
 * The first leg came from anywhere: no more of it is taken than the pattern's own legs are long.
 * False when the window does not hold the pattern.
 */
static bool
trim(struct pivot *v, int n, uint64_t now, uint64_t *before)
{
	uint64_t span = v[n - 2].bar - v[1].bar, most = span * 3 / (2 * (uint64_t)(n - 3)) + 2;

	if (v[1].bar - v[0].bar > most)
		v[0].bar = v[1].bar - most;
	if (v[0].bar + SPAN_MAX < now)
		return false;
	/* where the trend before it came from: half as long again, if the window holds it */
	*before = v[0].bar > span / 2 ? v[0].bar - span / 2 : 0;
	if (*before + CHART_BARS - 1 <= now)
		*before = v[0].bar;
	return true;
}

/*
 * Where the first leg began: the close that is farthest from the chord of what was kept of it,
 * if it bends at all, so that a flat lead-in does not pull the first extreme.
 */
static void
bend(const struct chart_window *w, struct pivot *v, int sign)
{
	const double *y = pivots_closes(&w->piv, v[0].bar);
	int n = (int)(v[1].bar - v[0].bar), at = 0;
	double slope = (y[n] - y[0]) / n, most = BEND_LEAST * fabs(y[n] - y[0]), x = 0;

	for (int i = 0; i < n; i++) {
		double under = sign * (y[0] + slope * x - y[i]);

		if (under > most) {
			most = under;
			at = i;
		}
		x += 1;
	}
	v[0].bar += (uint64_t)at;
}

/* The corners look like one of the shapes: fit them, and give what still does. */
static void
look(const struct chart_window *w, const struct pivot *v, int n, chart_give give, void *arg)
{
	struct chart_cand c = { .n = n, .sign = v[1].y > v[2].y ? 1 : -1 };
	struct polyline l;
	double e[CHART_PIVOTS_MAX] = { 0 };
	const double *y;
	int corner[CHART_PIVOTS_MAX] = { 0 }, nf;
	uint64_t before;
	unsigned set;

	memcpy(c.v, v, (size_t)n * sizeof *v);
	if (!trim(c.v, n, w->n - 1, &before))
		return;
	bend(w, c.v, c.sign);
	y = pivots_closes(&w->piv, c.v[0].bar);
	for (int i = 0; i < n; i++)
		corner[i] = (int)(c.v[i].bar - c.v[0].bar);
	polyline_fit(y, corner, (size_t)n, &l);
	for (int i = 0; i < n; i++)
		c.v[i].y = l.level[i];
	if (!normal(&c, e) || !(set = chart_shapes_of(e, n, 0)))
		return;
	polyline_rest(y, corner, (size_t)n, &l);
	if (l.sd > SD_MOST * c.height)
		return;
	c.start = c.v[1].bar;
	chart_quality(w, &c, l.sd, l.next, l.path);
	put_corners(w, &c, e, before);
	nf = c.nf;
	for (; set; set &= set - 1) {
		const struct chart_shape *s = &chart_shapes[__builtin_ctz(set)];

		c.model = s->model;
		c.type = c.sign > 0 ? s->top : s->bottom;
		c.direction = c.sign * s->with;
		c.nf = nf;
		if (s->model == CHART_M_CUP)
			put(&c, roundness(y, corner));
		set_lines(&c);
		give(arg, &c);
	}
}

/* Most corners are nothing: told by the closes alone. */
static void
sift(const struct chart_window *w, const struct tail *t, chart_give give, void *arg)
{
	const struct pivot *v = t->v;
	double leg, low, high, e[CORNERS];

	if (t->n < 5)
		return;
	leg = fabs(v[CORNERS - 1].y - v[CORNERS - 2].y);
	low = low2(v[CORNERS - 2].y, v[CORNERS - 3].y);
	high = high2(v[CORNERS - 2].y, v[CORNERS - 3].y);
	for (int n = 5; n <= t->n; n++) {
		int from = CORNERS - n;
		double a = v[from + 1].y, scale, base;

		low = low2(low, a);
		high = high2(high, a);
		if (leg < LEG_LEAST * (high - low))
			return; /* more corners make it only higher */
		if (n <= t->seen || v[CORNERS - 2].bar - v[from + 1].bar < SPAN_LEAST)
			continue;
		scale = (a > v[from + 2].y ? 1 : -1) / (high - low);
		base = scale > 0 ? low : high;
		for (int i = 0; i < n; i++)
			e[i] = scale * (v[from + i].y - base);
		if (chart_shapes_of(e, n, SLACK))
			look(w, v + from, n, give, arg);
	}
}

void
chart_candidates(
    struct chart_window *w, const unsigned char changed[PIVOT_LEVELS], chart_give give, void *arg)
{
	struct tail tails[2]; /* of this zigzag and of the next finer one */
	bool have = false;

	for (int i = 0; i < PIVOT_LEVELS; i++) {
		struct zigzag *z = &w->piv.z[i];
		struct tail *t = &tails[i % 2];

		if (changed[i] == PIVOT_SAME ||
		    (changed[i] == PIVOT_LONGER &&
			fabs(z->ext.y - z->looked) < MATERIAL * z->threshold)) {
			have = false;
			continue;
		}
		z->looked = z->ext.y;
		take_tail(z, t);
		t->seen = have ? in_common(t, &tails[(i + 1) % 2]) : 0;
		have = true;
		sift(w, t, give, arg);
		if (t->seen < CORNERS)
			chart_poles(w, z, give, arg);
	}
	chart_ranges(w, give, arg);
}
