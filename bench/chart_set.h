/*
 * Made-up series with known patterns for chart_fit.c and chart_eval.c, and the rule by which an
 * emission counts as found: the type (a rectangle may be called a triple), emitted from the last
 * extreme but one to ten bars after the end, the span shared to 40 per cent at least, whether a
 * span is told from start to end or from the first extreme to the last.
 */
#ifndef TP_BENCH_CHART_SET_H
#define TP_BENCH_CHART_SET_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "feed/pattern_gen.h"
#include "pattern/chart_in.h"

struct series {
	struct pattern_gen_bar *bars;
	size_t n;
	struct pattern_gen_truth truth; /* its type is an enum chart_type, or -1 */
	double noise;
};

static inline struct series
series_make(struct rng *r, int type, struct pattern_gen_opts *o)
{
	static struct pattern_gen_bar bars[PATTERN_GEN_BARS];
	struct series s = { .noise = o->noise };
	int t = type < 0 ? -1 : pattern_gen_type(chart_name((enum chart_type)type),
				    strlen(chart_name((enum chart_type)type)));

	s.n = pattern_gen_series(r, t, 100, o, bars, &s.truth);
	s.truth.type = type;
	s.bars = malloc(s.n * sizeof *bars);
	if (!s.bars)
		abort();
	memcpy(s.bars, bars, s.n * sizeof *bars);
	return s;
}

static inline void
series_bar(const struct series *s, size_t i, struct feat_bar *b)
{
	const struct pattern_gen_bar *g = &s->bars[i];

	*b = (struct feat_bar){ .ts = (int64_t)i, .ts_end = (int64_t)i + 1, .open = g->open,
		.high = g->high, .low = g->low, .close = g->close,
		.volume = g->volume > 0 ? g->volume : NAN };
}

static inline int
set_family(int t)
{
	return t == CHART_TRIPLE_TOP	? CHART_RECTANGLE_TOP
	       : t == CHART_TRIPLE_BOTTOM ? CHART_RECTANGLE_BOTTOM
					  : t;
}

static inline double
set_iou(double a0, double a1, double b0, double b1)
{
	double i = fmin(a1, b1) - fmax(a0, b0), u = fmax(a1, b1) - fmin(a0, b0);

	return i > 0 && u > 0 ? i / u : 0;
}

/* An emission of `type` at bar `at` that says it began at bar `start` */
static inline bool
set_match(const struct pattern_gen_truth *t, int type, size_t start, size_t at)
{
	size_t n = t->npivots;

	if (t->type < 0 || set_family(type) != set_family(t->type))
		return false;
	if (at < t->pivots[n - 3] || at > t->pivots[n - 1] + 10)
		return false;
	return set_iou((double)start, (double)at, (double)t->pivots[0], (double)t->pivots[n - 1]) >=
		   0.4 &&
	       set_iou((double)start, (double)at, (double)t->pivots[1], (double)t->pivots[n - 2]) >=
		   0.4;
}

#endif
