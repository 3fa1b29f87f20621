#include "pattern/chen_tsai.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define RANKED 51    /* bars a rank is among */
#define SLOPE_BARS 7 /* closes in a slope */
#define ATR_BARS 14
#define FIT_LEAST 100

/*
 * A rank is counted twofold: r = #(less) + #(less or equal) + 1 of RANKED, the mean rank of ties;
 * its percentile is 50 r / 51. These are the least and greatest r on this side of the limits.
 */
#define LONG_RANK 67       /* >= 65 % */
#define SHORT_RANK 35      /* <= 35 % */
#define VERY_SHORT_RANK 25 /* <= 25 % */

const struct chen_tsai_params chen_tsai_default = { 0.0705 };

/* A bar as the rules see it. */
struct shape {
	double open, close, top, bottom, middle; /* of the body */
	double upper, body;
	int colour;    /* 1 white, -1 black, 0 neither */
	int body_rank; /* twofold; -1: not ready */
	int trend;     /* at its close: 1 up, -1 down, 0 neither or not ready */
};

struct chen_tsai {
	struct chen_tsai_params p;
	uint64_t count;
	double body[RANKED], upper[RANKED], lower[RANKED]; /* rings */
	double close[SLOPE_BARS];                          /* the oldest first */
	double atr, slope;                                 /* atr: the sum while it is filled */
	struct shape bar[4];                               /* the newest first */
	int upper_rank, lower_rank;                        /* of the newest */
};

const char *
chen_tsai_name(enum chen_tsai_label l)
{
	static const char *const names[CHEN_TSAI_NLABELS] = { "none", "evening_star",
		"morning_star", "bearish_engulfing", "bullish_engulfing", "shooting_star",
		"inverted_hammer", "bearish_harami", "bullish_harami" };

	return names[l];
}

int
chen_tsai_direction(enum chen_tsai_label l)
{
	if (l == CHEN_TSAI_NONE)
		return 0;
	return l % 2 ? -1 : 1;
}

int
chen_tsai_span(enum chen_tsai_label l)
{
	if (l == CHEN_TSAI_NONE)
		return 0;
	return l <= CHEN_TSAI_MORNING_STAR ? 3 : 2;
}

struct chen_tsai *
chen_tsai_new(const struct chen_tsai_params *p)
{
	struct chen_tsai *s = mem_alloc(sizeof *s);

	s->p = p ? *p : chen_tsai_default;
	s->slope = NAN;
	return s;
}

void
chen_tsai_free(struct chen_tsai *s)
{
	free(s);
}

void
chen_tsai_set(struct chen_tsai *s, const struct chen_tsai_params *p)
{
	s->p = *p;
}

static int
rank_of(const double *ring, double v)
{
	int r = 1;

	for (size_t i = 0; i < RANKED; i++)
		r += (ring[i] < v) + (ring[i] <= v);
	return r;
}

static void
push_range(struct chen_tsai *s, const struct feat_bar *b)
{
	double before = s->close[SLOPE_BARS - 1], range;

	if (s->count == 0)
		return; /* no true range without a close before */
	range = fmax(b->high, before) - fmin(b->low, before);
	if (s->count < ATR_BARS)
		s->atr += range;
	else if (s->count == ATR_BARS)
		s->atr = (s->atr + range) / ATR_BARS;
	else
		s->atr = (s->atr * (ATR_BARS - 1) + range) / ATR_BARS;
}

/* The least-squares slope over x = -3..3: sum x y / 28. */
static double
slope_of(const double *y)
{
	return (3 * (y[6] - y[0]) + 2 * (y[5] - y[1]) + (y[4] - y[2])) / 28;
}

static int
trend_of(const struct chen_tsai *s)
{
	double least = s->p.slope_atr * s->atr;

	if (!(least >= 0) || s->count < ATR_BARS + 1 || !(fabs(s->slope) >= least))
		return 0;
	return (s->slope > 0) - (s->slope < 0);
}

static void
push_shape(struct chen_tsai *s, const struct feat_bar *b)
{
	size_t at = s->count % RANKED;
	struct shape *x = &s->bar[0];
	double lower;

	memmove(s->bar + 1, s->bar, 3 * sizeof *s->bar);
	x->open = b->open;
	x->close = b->close;
	x->top = fmax(b->open, b->close);
	x->bottom = fmin(b->open, b->close);
	x->middle = (b->open + b->close) / 2;
	x->body = x->top - x->bottom;
	x->upper = b->high - x->top;
	lower = x->bottom - b->low;
	x->colour = (b->close > b->open) - (b->close < b->open);
	s->body[at] = x->body;
	s->upper[at] = x->upper;
	s->lower[at] = lower;
	if (s->count + 1 < RANKED) {
		x->body_rank = s->upper_rank = s->lower_rank = -1;
		return;
	}
	x->body_rank = rank_of(s->body, x->body);
	s->upper_rank = rank_of(s->upper, x->upper);
	s->lower_rank = rank_of(s->lower, lower);
}

static bool
is_long(const struct shape *x)
{
	return x->body_rank >= LONG_RANK;
}

static bool
is_short(const struct shape *x)
{
	return x->body_rank >= 0 && x->body_rank <= SHORT_RANK;
}

/* a, b, c: the three bars; up: the evening star, else the morning star */
static bool
star(const struct shape *a, const struct shape *b, const struct shape *c, bool up)
{
	if (!is_long(a) || !is_short(b))
		return false;
	return up ? b->middle >= a->close && c->open <= b->middle && c->close <= a->middle
		  : b->middle <= a->close && c->open >= b->middle && c->close >= a->middle;
}

/* The rules of two bars, the first long and along the trend. */
static unsigned
pairs(const struct chen_tsai *s, const struct shape *a, const struct shape *b, bool up)
{
	unsigned fits = 0;
	bool against = b->colour == (up ? -1 : 1);
	bool tail = b->upper > 2 * b->body && s->upper_rank >= LONG_RANK;

	if (against && (up ? b->open > a->close && b->close < a->open
			   : b->open < a->close && b->close > a->open))
		fits |= 1u << (up ? CHEN_TSAI_BEARISH_ENGULFING : CHEN_TSAI_BULLISH_ENGULFING);
	if (up && tail && b->bottom > a->middle && s->lower_rank <= VERY_SHORT_RANK)
		fits |= 1u << CHEN_TSAI_SHOOTING_STAR;
	if (!up && tail && b->top < a->middle && s->lower_rank <= SHORT_RANK)
		fits |= 1u << CHEN_TSAI_INVERTED_HAMMER;
	if (against && is_long(b) &&
	    (up ? b->open < a->close && b->open >= a->middle && b->close <= a->middle &&
			b->close > a->open
		: b->open > a->close && b->open <= a->middle && b->close >= a->middle &&
			b->close < a->open))
		fits |= 1u << (up ? CHEN_TSAI_BEARISH_HARAMI : CHEN_TSAI_BULLISH_HARAMI);
	return fits;
}

unsigned
chen_tsai_fits(const struct chen_tsai *s)
{
	const struct shape *x = s->bar;
	unsigned fits = 0;

	/* the trend is the one at the close before the pattern's first bar */
	if (x[3].trend && x[2].colour == x[3].trend && x[0].colour == -x[3].trend &&
	    star(&x[2], &x[1], &x[0], x[3].trend > 0))
		fits |= 1u << (x[3].trend > 0 ? CHEN_TSAI_EVENING_STAR : CHEN_TSAI_MORNING_STAR);
	if (x[2].trend && x[1].colour == x[2].trend && is_long(&x[1]))
		fits |= pairs(s, &x[1], &x[0], x[2].trend > 0);
	return fits;
}

enum chen_tsai_label
chen_tsai_push(struct chen_tsai *s, const struct feat_bar *b)
{
	unsigned fits;

	push_range(s, b);
	push_shape(s, b);
	memmove(s->close, s->close + 1, (SLOPE_BARS - 1) * sizeof *s->close);
	s->close[SLOPE_BARS - 1] = b->close;
	s->count++;
	if (s->count >= SLOPE_BARS)
		s->slope = slope_of(s->close);
	s->bar[0].trend = trend_of(s);
	fits = chen_tsai_fits(s);
	return fits ? (enum chen_tsai_label)__builtin_ctz(fits) : CHEN_TSAI_NONE;
}

double
chen_tsai_strength(const struct chen_tsai *s)
{
	if (s->count < ATR_BARS + 1 || !(s->atr > 0))
		return NAN;
	return fabs(s->slope) / s->atr;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void
chen_tsai_fit(struct chen_tsai_params *p, double *strength, size_t n)
{
	double at, below;

	*p = chen_tsai_default;
	if (n < FIT_LEAST)
		return;
	qsort(strength, n, sizeof *strength, by_value);
	/* linear between the two neighbours, as numpy and R (type 7) have it */
	at = 0.25 * (double)(n - 1);
	below = strength[(size_t)at];
	p->slope_atr = below + (at - floor(at)) * (strength[(size_t)at + 1] - below);
}

void
chen_tsai_split(struct chen_tsai *s, double ratio)
{
	for (size_t i = 0; i < RANKED; i++) {
		s->body[i] /= ratio;
		s->upper[i] /= ratio;
		s->lower[i] /= ratio;
	}
	for (size_t i = 0; i < SLOPE_BARS; i++)
		s->close[i] /= ratio;
	s->atr /= ratio;
	s->slope /= ratio;
	for (size_t i = 0; i < 4; i++) {
		struct shape *x = &s->bar[i];

		x->open /= ratio;
		x->close /= ratio;
		x->top /= ratio;
		x->bottom /= ratio;
		x->middle /= ratio;
		x->upper /= ratio;
		x->body /= ratio;
	}
}
