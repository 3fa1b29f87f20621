#include <math.h>
#include <string.h>

#include "pattern/pivot.h"

#define MEMORY (1.0 / 48) /* of the mean move, in bars */
#define LOWEST 1          /* the finest threshold is 1.26 mean moves */
#define SLACK 3           /* levels that the mean may drift before the ladder follows */

static int
start(struct zigzag *z, struct pivot at)
{
	if (at.y > z->ext.y)
		z->ext = at;
	if (at.y < z->low.y)
		z->low = at;
	if (z->ext.y - z->low.y < z->threshold)
		return PIVOT_SAME;
	/* the older extreme is the first pivot */
	struct pivot high = z->ext, low = z->low;

	z->dir = high.bar > low.bar ? 1 : -1;
	z->p[0] = z->dir > 0 ? low : high;
	z->ext = z->dir > 0 ? high : low;
	z->n = 1;
	return PIVOT_NEW;
}

static int
step(struct zigzag *z, uint64_t bar, double y)
{
	double up = z->dir * (y - z->ext.y);

	if (z->dir == 0)
		return start(z, (struct pivot){ bar, y });
	if (up > 0) {
		z->ext = (struct pivot){ bar, y };
		return PIVOT_LONGER;
	}
	if (-up < z->threshold)
		return PIVOT_SAME;
	z->p[z->n++ % PIVOT_KEPT] = z->ext;
	z->ext = (struct pivot){ bar, y };
	z->dir = -z->dir;
	return PIVOT_NEW;
}

static double
threshold(int level)
{
	static const double part[3] = { 1, 0x1.428a2f98d728bp+0, 0x1.965fea53d6e3dp+0 };
	int third = (level % 3 + 3) % 3;

	return ldexp(part[third], (level - third) / 3);
}

/* A level from nothing, over the window. */
static void
rebuild(const struct pivots *s, struct zigzag *z, int level)
{
	uint64_t i = s->n > PIVOT_WINDOW ? s->n - PIVOT_WINDOW : 0;
	struct pivot first = { i, s->close[i % PIVOT_WINDOW] };

	memset(z, 0, sizeof *z);
	z->threshold = threshold(level);
	z->ext = z->low = first;
	for (i++; i < s->n; i++)
		step(z, i, s->close[i % PIVOT_WINDOW]);
}

/* Is the ladder where the mean move wants it? */
static void
follow(struct pivots *s)
{
	int e, want, by;
	double m = frexp(s->move, &e);

	/* about 3 log2(move): 2^(e-1) <= move < 2^e */
	want = 3 * (e - 1) + (m >= 0.7937005259840998 ? 2 : m >= 0.6299605249474366 ? 1 : 0);
	want += LOWEST;
	by = want - s->base;
	if (s->on && by > -SLACK && by < SLACK)
		return;
	if (!s->on || by >= PIVOT_LEVELS || -by >= PIVOT_LEVELS) {
		for (int i = 0; i < PIVOT_LEVELS; i++)
			rebuild(s, &s->z[i], want + i);
	} else if (by > 0) {
		memmove(s->z, s->z + by, (size_t)(PIVOT_LEVELS - by) * sizeof *s->z);
		for (int i = PIVOT_LEVELS - by; i < PIVOT_LEVELS; i++)
			rebuild(s, &s->z[i], want + i);
	} else {
		memmove(s->z - by, s->z, (size_t)(PIVOT_LEVELS + by) * sizeof *s->z);
		for (int i = 0; i < -by; i++)
			rebuild(s, &s->z[i], want + i);
	}
	s->base = want;
	s->on = true;
}

void
pivots_push(struct pivots *s, double close, unsigned char changed[PIVOT_LEVELS])
{
	uint64_t bar = s->n++;

	s->close[bar % PIVOT_WINDOW] = s->close[bar % PIVOT_WINDOW + PIVOT_WINDOW] = close;
	if (bar > 0) {
		double d = fabs(close - s->last);
		double w = bar < 48 ? 1.0 / (double)bar : MEMORY;

		s->move += (d - s->move) * w;
	}
	s->last = close;
	for (int i = 0; i < PIVOT_LEVELS; i++)
		changed[i] = s->on ? (unsigned char)step(&s->z[i], bar, close) : PIVOT_SAME;
	if (bar >= 16 && s->move > 0)
		follow(s);
}

/* By a power of two everything scales exactly, the thresholds too. */
static void
scale_levels(struct pivots *s, double ratio, int power)
{
	s->base -= 3 * power;
	for (int i = 0; i < PIVOT_LEVELS; i++) {
		struct zigzag *z = &s->z[i];

		z->threshold /= ratio;
		z->ext.y /= ratio;
		z->low.y /= ratio;
		z->looked /= ratio;
		for (int k = 0; k < PIVOT_KEPT; k++)
			z->p[k].y /= ratio;
	}
}

void
pivots_scale(struct pivots *s, double ratio)
{
	int power;
	double m = frexp(ratio, &power);

	for (size_t i = 0; i < sizeof s->close / sizeof *s->close; i++)
		s->close[i] /= ratio;
	s->last /= ratio;
	s->move /= ratio;
	if (!s->on)
		return;
	if (m == 0.5) {
		scale_levels(s, ratio, power - 1);
		return;
	}
	s->on = false; /* all levels from nothing */
	if (s->move > 0)
		follow(s);
}
