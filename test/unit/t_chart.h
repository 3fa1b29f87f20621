/*
 * Made-up series with known patterns for bench/chart_*.c and chart_recall.c, and the rule by which
 * an emission counts as found: the type (a rectangle may be called a triple), emitted from the last
 * extreme but one to ten bars after the end, the span shared to 40 per cent at least, whether a
 * span is told from start to end or from the first extreme to the last.
 */
#ifndef TP_TEST_T_CHART_H
#define TP_TEST_T_CHART_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <jansson.h>

#include "base/mem.h"
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
	int t = type < 0 ? -1
			 : pattern_gen_type(chart_name((enum chart_type)type),
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

	*b = (struct feat_bar){ .ts = (int64_t)i,
		.ts_end = (int64_t)i + 1,
		.open = g->open,
		.high = g->high,
		.low = g->low,
		.close = g->close,
		.volume = g->volume > 0 ? g->volume : NAN };
}

static inline int
set_family(int t)
{
	return t == CHART_TRIPLE_TOP      ? CHART_RECTANGLE_TOP
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

/* ---- the labelled series of vectors/chart ---- */
static inline gzFile
series_file(const char *dir, const char *name)
{
	char path[2000];
	gzFile f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = gzopen(path, "rb");
	if (!f) {
		fprintf(stderr, "cannot open %s\n", path);
		exit(4);
	}
	return f;
}

static inline void
series_add(struct series *s, double o, double h, double l, double c)
{
	if (s->n % 256 == 0)
		s->bars = mem_resize(s->bars, s->n + 256, sizeof *s->bars);
	s->bars[s->n++] = (struct pattern_gen_bar){ o, h, l, c, 0 };
}

/* Numbers with commas between; how many there were, `most` at most. */
static inline int
series_cells(const char *line, double *v, int most)
{
	int n = 0;

	for (char *end; n < most; line = end + 1) {
		v[n] = strtod(line, &end);
		if (end == line)
			break;
		n++;
		if (*end != ',')
			break;
	}
	return n;
}

static inline struct series *
series_read(const char *dir, size_t *n)
{
	gzFile f = series_file(dir, "labelled_series.csv.gz");
	struct series *v = NULL;
	size_t cap = 0;
	char line[256];
	double c[6];

	*n = 0;
	gzgets(f, line, sizeof line);
	while (gzgets(f, line, sizeof line))
		if (series_cells(line, c, 6) == 6 && c[0] >= 0 && c[0] < 1e6) {
			size_t at = (size_t)c[0];

			series_add(MEM_AT(v, cap, at), c[2], c[3], c[4], c[5]);
			*n = at + 1 > *n ? at + 1 : *n;
		}
	gzclose(f);
	return v;
}

static inline void
series_labels(const char *dir, struct series *v, size_t n)
{
	char path[2000];
	json_t *all, *x;
	size_t i, k;

	snprintf(path, sizeof path, "%s/labels.json", dir);
	all = json_load_file(path, 0, NULL);
	json_array_foreach(all, i, x)
	{
		const char *name = json_string_value(json_object_get(x, "type"));
		size_t at = (size_t)json_integer_value(json_object_get(x, "series"));
		json_t *p = json_object_get(x, "pivots"), *q;

		if (at >= n || !name)
			continue;
		v[at].truth.type = (int)chart_type_of(name, strlen(name));
		v[at].noise = json_number_value(json_object_get(x, "noise"));
		v[at].truth.npivots = json_array_size(p);
		json_array_foreach(p, k, q) v[at].truth.pivots[k] = (size_t)json_integer_value(q);
	}
	json_decref(all);
}

#endif
