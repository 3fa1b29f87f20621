#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pattern/chart.h"

#include "base/mem.h"
#include "base/num.h"
#include "pattern/chart_in.h"

#define OPEN_MAX 24 /* instances that are remembered; the oldest makes room */
#define BREAK_ATR 0.1
#define STOP_ATR 0.25

/* One emitted pattern, until its time is over. */
struct instance {
	struct chart_event ev;         /* as last emitted */
	bool live;                     /* formed, and not yet confirmed, failed or expired */
	uint64_t start, formed, until; /* bars */
	double above;                  /* logit above the cut */
	uint64_t line_at;
	double line, line_slope, other, other_slope;
};

struct chart_scan {
	struct chart_opts o;
	const struct chart_model *models;
	struct chart_window w;
	struct chart_cand best[CHART_NTYPES]; /* of this bar, by type */
	uint32_t has;                         /* which of them there are, by bit */
	int live;                             /* instances that wait for their end */
	struct instance inst[OPEN_MAX];       /* number i at i % OPEN_MAX */
	uint64_t ninst;
	double cut; /* logit of min_score */
	chart_give tap;
	void *tap_arg;
};

struct chart_scan *
chart_scan_new(const struct chart_opts *o)
{
	struct chart_scan *s = mem_alloc(sizeof *s);

	if (o)
		s->o = *o;
	if (s->o.types == 0)
		s->o.types = UINT32_MAX;
	s->models = chart_models;
	if (s->o.min_score > 0)
		s->cut =
		    s->o.min_score < 1 ? num_log(s->o.min_score / (1 - s->o.min_score)) : INFINITY;
	return s;
}

void
chart_scan_free(struct chart_scan *s)
{
	free(s);
}

void
chart_scan_fitting(
    struct chart_scan *s, const struct chart_model *models, chart_give tap, void *arg)
{
	s->models = models ? models : chart_models;
	s->tap = tap;
	s->tap_arg = arg;
}

/* ---- the window ---- */

static void
remember(struct chart_window *w, const struct feat_bar *b, unsigned char *changed)
{
	uint64_t i = w->n % CHART_BARS;
	double range = b->high - b->low, before = w->piv.last;

	if (w->n > 0) {
		if (b->high - before > range)
			range = b->high - before;
		if (before - b->low > range)
			range = before - b->low;
	}
	w->ts[i] = b->ts;
	w->volume[i] = b->volume > 0 ? (float)b->volume : 0;
	w->high[i] = b->high;
	w->low[i] = b->low;
	w->open = b->open;
	if (w->n == 0)
		w->atr[i] = range;
	else {
		double last = w->atr[(w->n - 1) % CHART_BARS];
		double n = w->n < 13 ? (double)(w->n + 1) : 14;

		w->atr[i] = last + (range - last) / n;
	}
	w->n++;
	pivots_push(&w->piv, b->close, changed);
}

/* The short and the long mean range, after the candidates have seen those of the bar before. */
static void
mean_ranges(struct chart_window *w)
{
	double range = w->high[(w->n - 1) % CHART_BARS] - w->low[(w->n - 1) % CHART_BARS];
	double n = (double)w->n;

	w->atr5 += (range - w->atr5) / (n < 5 ? n : 5);
	w->atr50 += (range - w->atr50) / (n < 50 ? n : 50);
}

/* ---- what stands ---- */

static double
at(double level, double slope, uint64_t from, uint64_t bar)
{
	return level + slope * ((double)bar - (double)from);
}

static int
tell(struct chart_scan *s, struct instance *n, enum chart_state state, const char *reason,
    chart_emit emit, void *arg)
{
	s->live--;
	n->ev.state = state;
	n->ev.reason = reason;
	n->live = false;
	return emit(arg, &n->ev);
}

static int
follow(struct chart_scan *s, struct instance *n, chart_emit emit, void *arg)
{
	uint64_t now = s->w.n - 1;
	double close = s->w.piv.last, beyond = BREAK_ATR * s->w.atr[now % CHART_BARS];
	double line = at(n->line, n->line_slope, n->line_at, now);
	double other = at(n->other, n->other_slope, n->line_at, now);

	if (n->ev.direction * (close - line) > beyond)
		return tell(s, n, CHART_CONFIRMED, "break", emit, arg);
	if (n->ev.direction * (other - close) > beyond)
		return tell(s, n, CHART_FAILED, "opposite", emit, arg);
	if (now >= n->until)
		return tell(s, n, CHART_EXPIRED, "time", emit, arg);
	return 0;
}

static int
follow_all(struct chart_scan *s, chart_emit emit, void *arg)
{
	uint64_t first = s->ninst > OPEN_MAX ? s->ninst - OPEN_MAX : 0;

	for (uint64_t i = first; i < s->ninst && s->live; i++) {
		struct instance *n = &s->inst[i % OPEN_MAX];
		int rc = n->live ? follow(s, n, emit, arg) : 0;

		if (rc)
			return rc;
	}
	return 0;
}

/* ---- what is formed ---- */

/* A triple is a rectangle with one side less straight. */
static enum chart_type
family(enum chart_type t)
{
	return t == CHART_TRIPLE_TOP      ? CHART_RECTANGLE_TOP
	       : t == CHART_TRIPLE_BOTTOM ? CHART_RECTANGLE_BOTTOM
					  : t;
}

static double
cut_of(const struct chart_scan *s, const struct chart_cand *c)
{
	return s->o.min_score > 0 ? s->cut : (double)s->models[c->model].cut;
}

static void
consider(void *arg, struct chart_cand *c)
{
	struct chart_scan *s = arg;
	struct chart_cand *best;
	double d;

	c->logit = chart_logit(&s->models[c->model], c->f);
	if (s->tap)
		s->tap(s->tap_arg, c);
	if (c->logit < cut_of(s, c))
		return;
	if (c->model == CHART_M_RECTANGLE) {
		d = fabs(c->v[2].y - c->v[4].y);
		if (d > 0.08 * c->height)
			c->type = c->sign > 0 ? CHART_TRIPLE_TOP : CHART_TRIPLE_BOTTOM;
	}
	if (!(s->o.types >> c->type & 1))
		return;
	best = &s->best[family(c->type)];
	if ((s->has >> family(c->type) & 1) && best->logit >= c->logit)
		return;
	s->has |= UINT32_C(1) << family(c->type);
	*best = *c;
}

/* What the spans share, as a part of both together. */
static double
overlap(uint64_t a0, uint64_t a1, uint64_t b0, uint64_t b1)
{
	uint64_t i0 = a0 > b0 ? a0 : b0, i1 = a1 < b1 ? a1 : b1;
	uint64_t u0 = a0 < b0 ? a0 : b0, u1 = a1 > b1 ? a1 : b1;

	return i1 > i0 ? (double)(i1 - i0) / (double)(u1 - u0) : 0;
}

#define SAME_TYPE 0.3 /* overlap from which one type is one instance */
/* So many are formed in so many bars at most, at the types' own cuts: what comes closer is mostly
 * the same chart read anew. */
#define CROWD 3
#define CROWD_BARS 100
#define RIVAL 0.5 /* overlap from which two types read the same piece of the chart */

/* Was this told already, or something that reads the same bars better? */
static bool
is_known(const struct chart_scan *s, const struct chart_cand *c, double above)
{
	uint64_t first = s->ninst > OPEN_MAX ? s->ninst - OPEN_MAX : 0;

	if (s->o.min_score == 0 && s->ninst >= CROWD &&
	    s->inst[(s->ninst - CROWD) % OPEN_MAX].formed + CROWD_BARS >= s->w.n)
		return true;
	for (uint64_t i = first; i < s->ninst; i++) {
		const struct instance *n = &s->inst[i % OPEN_MAX];
		double o = overlap(n->start, n->formed, c->start, s->w.n - 1);

		if (family(n->ev.type) == family(c->type) ? o >= SAME_TYPE
							  : o >= RIVAL && n->above >= above)
			return true;
	}
	return false;
}

static void
fill(const struct chart_scan *s, const struct chart_cand *c, struct instance *n)
{
	uint64_t now = s->w.n - 1;
	double atr = s->w.atr[now % CHART_BARS], stop;
	double above = c->logit - cut_of(s, c);

	*n = (struct instance){ .live = true,
		.start = c->start,
		.formed = now,
		.above = above,
		.line_at = c->line_at,
		.line = c->line,
		.line_slope = c->line_slope,
		.other = c->other,
		.other_slope = c->other_slope };
	n->until = now + (now - c->start);
	n->ev = (struct chart_event){ .type = c->type,
		.name = chart_name(c->type),
		.state = CHART_FORMED,
		.id = s->ninst,
		.direction = c->direction };
	n->ev.score = 1 / (1 + num_exp(-c->logit));
	n->ev.p = chart_p(c->logit);
	n->ev.start = s->w.ts[c->start % CHART_BARS];
	n->ev.end = s->w.ts[now % CHART_BARS];
	for (int i = 0; i + 1 < c->n; i++) {
		const struct pivot *v = &c->v[i];

		if (v->bar >= c->start) /* the leg that leads in is no part of it */
			n->ev.pivots[n->ev.npivots++] =
			    (struct chart_pivot){ s->w.ts[v->bar % CHART_BARS], v->y };
	}
	n->ev.line[0] =
	    (struct chart_pivot){ n->ev.start, at(c->line, c->line_slope, c->line_at, c->start) };
	n->ev.line[1] =
	    (struct chart_pivot){ n->ev.end, at(c->line, c->line_slope, c->line_at, now) };
	n->ev.other[0] =
	    (struct chart_pivot){ n->ev.start, at(c->other, c->other_slope, c->line_at, c->start) };
	n->ev.other[1] =
	    (struct chart_pivot){ n->ev.end, at(c->other, c->other_slope, c->line_at, now) };
	n->ev.target = n->ev.line[1].price + c->direction * c->reach;
	/* beyond the last extreme as fitted and as it was */
	stop = c->model == CHART_M_RANGE ? c->other : c->v[c->n - 2].y;
	if (c->model != CHART_M_RANGE) {
		uint64_t i = c->v[c->n - 2].bar % CHART_BARS;

		if (c->direction > 0 && s->w.low[i] < stop)
			stop = s->w.low[i];
		if (c->direction < 0 && s->w.high[i] > stop)
			stop = s->w.high[i];
	}
	n->ev.stop = stop - c->direction * STOP_ATR * atr;
}

static int
form(struct chart_scan *s, const struct chart_cand *c, chart_emit emit, void *arg)
{
	struct instance n;
	int rc;

	fill(s, c, &n);
	if (n.ev.p < s->o.min_p)
		return 0;
	s->live += 1 - s->inst[s->ninst % OPEN_MAX].live; /* the oldest makes room */
	s->inst[s->ninst++ % OPEN_MAX] = n;
	rc = emit(arg, &n.ev);
	return rc ? rc : follow(s, &s->inst[(s->ninst - 1) % OPEN_MAX], emit, arg);
}

/* The best of this bar first. */
static int
form_all(struct chart_scan *s, chart_emit emit, void *arg)
{
	while (s->has) {
		int pick = -1, rc;
		double most = 0;

		for (int t = 0; t < CHART_NTYPES; t++) {
			double above;

			if (!(s->has >> t & 1))
				continue;
			above = s->best[t].logit - cut_of(s, &s->best[t]);
			if (pick < 0 || above > most) {
				pick = t;
				most = above;
			}
		}
		s->has &= ~(UINT32_C(1) << pick);
		if (is_known(s, &s->best[pick], most))
			continue;
		rc = form(s, &s->best[pick], emit, arg);
		if (rc)
			return rc;
	}
	return 0;
}

int
chart_scan_push(struct chart_scan *s, const struct feat_bar *b, chart_emit emit, void *arg)
{
	unsigned char changed[PIVOT_LEVELS];
	int rc;

	remember(&s->w, b, changed);
	rc = follow_all(s, emit, arg);
	if (rc)
		return rc;
	chart_candidates(&s->w, changed, consider, s);
	mean_ranges(&s->w);
	return form_all(s, emit, arg);
}

/* ---- splits ---- */

void
chart_event_split(struct chart_event *ev, double ratio)
{
	for (size_t i = 0; i < ev->npivots; i++)
		ev->pivots[i].price /= ratio;
	for (int i = 0; i < 2; i++) {
		ev->line[i].price /= ratio;
		ev->other[i].price /= ratio;
	}
	ev->target /= ratio;
	ev->stop /= ratio;
}

void
chart_scan_split(struct chart_scan *s, double ratio)
{
	struct chart_window *w = &s->w;

	pivots_scale(&w->piv, ratio);
	for (size_t i = 0; i < CHART_BARS; i++) {
		w->high[i] /= ratio;
		w->low[i] /= ratio;
		w->atr[i] /= ratio;
		w->volume[i] = (float)(w->volume[i] * ratio);
	}
	w->atr5 /= ratio;
	w->atr50 /= ratio;
	w->open /= ratio;
	for (size_t i = 0; i < OPEN_MAX; i++) {
		struct instance *n = &s->inst[i];

		n->line /= ratio;
		n->line_slope /= ratio;
		n->other /= ratio;
		n->other_slope /= ratio;
		chart_event_split(&n->ev, ratio);
	}
}

/* ---- numbers ---- */

void
chart_scan_features(const struct chart_scan *s, double out[CHART_NFEATURES])
{
	uint64_t first = s->ninst > OPEN_MAX ? s->ninst - OPEN_MAX : 0, now = s->w.n - 1;
	double atr = s->w.n > 0 ? s->w.atr[now % CHART_BARS] : 0;

	memset(out, 0, CHART_NFEATURES * sizeof *out);
	for (uint64_t i = first; i < s->ninst; i++) {
		const struct instance *n = &s->inst[i % OPEN_MAX];
		double *sum = out + CHART_NTYPES;

		if (now >= n->until || !(n->live || n->ev.state == CHART_CONFIRMED))
			continue;
		if (n->ev.p > out[n->ev.type])
			out[n->ev.type] = n->ev.p;
		sum[0] += n->ev.direction * n->ev.p;
		sum[1] += 1;
		sum[2] = (double)(now - n->formed);
		sum[3] = atr > 0 ? (n->ev.target - s->w.piv.last) / atr : 0;
		sum[4] = atr > 0 ? (n->ev.stop - s->w.piv.last) / atr : 0;
	}
}
