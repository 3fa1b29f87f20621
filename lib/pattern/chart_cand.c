#include <math.h>
#include <string.h>

#include "pattern/chart_in.h"
#include "pattern/polyline.h"

#define SPAN_MAX 250 /* bars of a pattern */

double
chart_lg(double x)
{
	int e;
	double m;

	if (!(x > 0x1p-40))
		return -40;
	m = frexp(x, &e);
	return e - 2 + 2 * m;
}

/* ---- definitions: loose limits on the fitted levels; what is good within them is the model's ---- */

/* Levels turned so that the first extreme e[1] is a top; in heights. */
typedef bool (*holds)(const double *e);

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

static bool
is_head_shoulders(const double *e)
{
	return e[3] - high2(e[1], e[5]) >= 0.04 && low2(e[1], e[5]) - high2(e[2], e[4]) >= 0.08 &&
	       fabs(e[1] - e[5]) <= 0.4 && fabs(e[2] - e[4]) <= 0.4;
}

static bool
is_rectangle(const double *e)
{
	double top = high2(high2(e[1], e[3]), e[5]), low = low2(low2(e[1], e[3]), e[5]);

	return top - low <= 0.35 && fabs(e[2] - e[4]) <= 0.4 && low - high2(e[2], e[4]) >= 0.2;
}

static bool
is_symmetrical(const double *e)
{
	return e[1] > e[3] && e[3] > e[5] - 0.03 && e[2] < e[4] && e[5] - e[4] < 0.8 * (e[1] - e[2]);
}

static bool
is_broadening(const double *e)
{
	return e[1] < e[3] && e[3] < e[5] && e[2] > e[4];
}

static bool
is_short_wedge(const double *e)
{
	return e[1] < e[3] && e[3] < e[5] + 0.03 && e[2] < e[4] &&
	       e[5] - e[4] < 0.8 * (e[1] - e[2]);
}

static bool
is_channel(const double *e)
{
	double a = e[1] - e[2], b = e[5] - e[4];

	return e[3] - e[1] >= 0.08 && e[5] - e[3] >= 0.08 && e[4] - e[2] >= 0.08 && a > 0.6 * b &&
	       b > 0.6 * a;
}

static bool
is_double(const double *e)
{
	return fabs(e[1] - e[3]) <= 0.3 && e[0] < low2(e[1], e[3]) - 0.3;
}

static bool
is_triangle(const double *e)
{
	double top = high2(high2(e[1], e[3]), e[5]), low = low2(low2(e[1], e[3]), e[5]);

	return top - low <= 0.35 && e[2] < e[4] + 0.03 && e[4] < e[6] + 0.03 && e[2] < e[6] - 0.1;
}

static bool
is_wedge(const double *e)
{
	return e[1] < e[3] + 0.05 && e[3] < e[5] + 0.05 && e[5] < e[7] + 0.05 && e[1] < e[7] - 0.1 &&
	       e[2] < e[4] + 0.05 && e[4] < e[6] + 0.05 && e[2] < e[6] - 0.1 &&
	       e[7] - e[6] < 0.9 * (e[1] - e[2]);
}

static bool
is_cup(const double *e)
{
	return fabs(e[1] - e[3]) <= 0.35 && e[4] - e[2] >= 0.35 && e[4] < e[3];
}

static const struct shape {
	enum chart_model_id model;
	enum chart_type top, bottom; /* first extreme a top, a bottom */
	int n;                       /* corners with start and running end */
	int with;                    /* the break goes with the first extreme (+1) or against */
	holds holds;
} shapes[] = {
	{ CHART_M_DOUBLE, CHART_DOUBLE_TOP, CHART_DOUBLE_BOTTOM, 5, -1, is_double },
	{ CHART_M_CUP, CHART_CUP, CHART_INVERTED_CUP, 6, 1, is_cup },
	{ CHART_M_HEAD_SHOULDERS, CHART_HEAD_SHOULDERS_TOP, CHART_HEAD_SHOULDERS_BOTTOM, 7, -1,
	    is_head_shoulders },
	{ CHART_M_RECTANGLE, CHART_RECTANGLE_TOP, CHART_RECTANGLE_BOTTOM, 7, -1, is_rectangle },
	{ CHART_M_SYMMETRICAL, CHART_SYMMETRICAL_TRIANGLE_TOP, CHART_SYMMETRICAL_TRIANGLE_BOTTOM, 7,
	    -1, is_symmetrical },
	{ CHART_M_BROADENING, CHART_BROADENING_TOP, CHART_BROADENING_BOTTOM, 7, -1, is_broadening },
	{ CHART_M_SHORT_WEDGE, CHART_RISING_WEDGE, CHART_FALLING_WEDGE, 7, -1, is_short_wedge },
	{ CHART_M_CHANNEL, CHART_CHANNEL_UP, CHART_CHANNEL_DOWN, 7, -1, is_channel },
	{ CHART_M_TRIANGLE, CHART_ASCENDING_TRIANGLE, CHART_DESCENDING_TRIANGLE, 8, 1, is_triangle },
	{ CHART_M_WEDGE, CHART_RISING_WEDGE, CHART_FALLING_WEDGE, 9, -1, is_wedge },
};
#define NSHAPES (sizeof shapes / sizeof *shapes)

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
	put(c, chart_lg(c->height / (w->atr[first % CHART_BARS] + 1e-300)));
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

/*
 * The last n corners of a zigzag, its running extreme the last one. The first leg came from
 * anywhere: no more of it is taken than the pattern's own legs are long. False when there are
 * not so many, or they are out of the window.
 */
static bool
take(const struct zigzag *z, int n, uint64_t now, struct pivot *v, uint64_t *before)
{
	uint64_t most, start;

	if (z->n < (uint64_t)n - 1)
		return false;
	v[n - 1] = z->ext;
	for (int i = 0; i < n - 1; i++)
		v[i] = *zigzag_pivot(z, (uint64_t)(n - 2 - i));
	*before = v[0].bar;
	most = (v[n - 2].bar - v[1].bar) * 3 / (2 * (uint64_t)(n - 3)) + 2;
	start = v[1].bar - v[0].bar > most ? v[1].bar - most : v[0].bar;
	if (start + SPAN_MAX < now || v[n - 2].bar - v[1].bar < 4)
		return false;
	v[0].bar = start;
	/* where the trend before it came from: as long again, if the window holds it */
	*before = start > (v[n - 2].bar - v[1].bar) / 2 ? start - (v[n - 2].bar - v[1].bar) / 2 : 0;
	if (*before + CHART_BARS - 1 <= now)
		*before = start;
	return true;
}

struct fit {
	double y[CHART_BARS];
	int corner[CHART_PIVOTS_MAX];
	struct polyline line;
};

static void
fit(const struct chart_window *w, const struct pivot *v, int n, struct fit *f)
{
	uint64_t from = v[0].bar;
	int len = (int)(v[n - 1].bar - from) + 1;

	for (int i = 0; i < len; i++)
		f->y[i] = w->piv.close[(from + (uint64_t)i) % CHART_BARS];
	for (int i = 0; i < n; i++)
		f->corner[i] = (int)(v[i].bar - from);
	polyline_fit(f->y, f->corner, (size_t)n, &f->line);
}

/* Levels in heights; false when the fit no longer alternates. */
static bool
normal(struct chart_cand *c, const struct fit *f, double *e)
{
	double high = -INFINITY, low = INFINITY;

	for (int i = 0; i < c->n; i++) {
		c->v[i].y = f->line.level[i];
		e[i] = c->sign * f->line.level[i];
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

static void
corners(const struct chart_window *w, const struct zigzag *z, int n, chart_give give, void *arg)
{
	struct chart_cand c = { .n = n };
	struct fit f;
	double e[CHART_PIVOTS_MAX];
	uint64_t before;
	bool have = false;
	int nf = 0;

	if (!take(z, n, w->n - 1, c.v, &before))
		return;
	c.sign = c.v[1].y > c.v[2].y ? 1 : -1;
	fit(w, c.v, n, &f);
	if (!normal(&c, &f, e))
		return;
	c.start = c.v[1].bar;
	for (size_t k = 0; k < NSHAPES; k++) {
		const struct shape *s = &shapes[k];

		if (s->n != n || !s->holds(e))
			continue;
		c.model = s->model;
		c.type = c.sign > 0 ? s->top : s->bottom;
		c.direction = c.sign * s->with;
		if (!have) {
			chart_quality(w, &c, f.line.sd, f.line.next, f.line.path);
			put_corners(w, &c, e, before);
			have = true;
			nf = c.nf;
		}
		c.nf = nf;
		if (s->model == CHART_M_CUP)
			put(&c, roundness(f.y, f.corner));
		set_lines(&c);
		give(arg, &c);
	}
}

/* Are the last n corners those of the next finer zigzag? Then they were seen there. */
static bool
same(const struct zigzag *a, const struct zigzag *b, int n)
{
	if (a->n < (uint64_t)n - 1 || b->n < (uint64_t)n - 1 || a->ext.bar != b->ext.bar)
		return false;
	for (uint64_t k = 0; k + 1 < (uint64_t)n; k++)
		if (zigzag_pivot(a, k)->bar != zigzag_pivot(b, k)->bar)
			return false;
	return true;
}

void
chart_candidates(const struct chart_window *w, const unsigned char changed[PIVOT_LEVELS],
    chart_give give, void *arg)
{
	for (int i = 0; i < PIVOT_LEVELS; i++) {
		const struct zigzag *z = &w->piv.z[i];

		if (changed[i] == PIVOT_SAME)
			continue;
		for (int n = 5; n <= 9; n++)
			if (i == 0 || !same(z, z - 1, n))
				corners(w, z, n, give, arg);
		if (i == 0 || !same(z, z - 1, 9))
			chart_poles(w, z, give, arg);
	}
	chart_ranges(w, give, arg);
}
