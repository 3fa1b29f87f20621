#include "feat/label.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"

#define HORIZON_MAX 100000
/* a slope without any error has no finite t-value */
#define T_MAX 1e6

/* ---- the specification ---- */

struct key {
	const char *name;
	double lo, hi, dflt; /* dflt NAN: must be given */
	bool whole;
};

static const struct key horizon_keys[] = { { "horizon", 1, HORIZON_MAX, NAN, true },
	{ "log", 0, 1, 0, true }, { "class", 0, 1e9, -1, false }, { 0 } };
static const struct key barrier_keys[] = { { "up", 0, 1e6, 2, false }, { "down", 0, 1e6, 2, false },
	{ "horizon", 1, HORIZON_MAX, NAN, true }, { "vol", 2, 1e6, 50, true }, { 0 } };
static const struct key trend_keys[] = { { "min", 2, HORIZON_MAX, 5, true },
	{ "max", 2, HORIZON_MAX, 20, true }, { 0 } };

static const struct {
	const char *name;
	const struct key *keys;
	size_t nkeys;
} kinds[] = {
	[FEAT_HORIZON] = { "horizon", horizon_keys, 3 },
	[FEAT_BARRIER] = { "triple-barrier", barrier_keys, 4 },
	[FEAT_TREND] = { "trend-scan", trend_keys, 2 },
};

/* The settings that are words. */
static bool
words(struct feat_label_spec *s, struct str key, struct str value)
{
	if (s->kind == FEAT_BARRIER && str_eqz(key, "on") && str_eqz(value, "close"))
		s->on_close = true;
	else if (s->kind == FEAT_BARRIER && str_eqz(key, "on") && str_eqz(value, "touch"))
		s->on_close = false;
	else if (s->kind == FEAT_BARRIER && str_eqz(key, "vertical") && str_eqz(value, "sign"))
		s->sign = true;
	else if (s->kind == FEAT_BARRIER && str_eqz(key, "vertical") && str_eqz(value, "zero"))
		s->sign = false;
	else
		return false;
	return true;
}

/* One key=value, or the horizon alone. */
static int
setting(struct feat_label_spec *s, struct str part, double *v, struct err *e)
{
	const char *eq = memchr(part.p, '=', part.n);
	struct str key = { part.p, eq ? (size_t)(eq - part.p) : 0 };
	struct str value = eq ? (struct str){ eq + 1, part.n - key.n - 1 } : part;

	if (words(s, key, value))
		return 0;
	if (!eq)
		key = str_z(s->kind == FEAT_TREND ? "max" : "horizon");
	for (size_t i = 0; i < kinds[s->kind].nkeys; i++) {
		const struct key *k = &kinds[s->kind].keys[i];

		if (!str_eqz(key, k->name))
			continue;
		if (!num_f64(value.p, value.n, &v[i]) || v[i] < k->lo || v[i] > k->hi ||
		    (k->whole && v[i] != floor(v[i])))
			return err_set(e, ERR_USAGE, "%s: '%.*s' is no %snumber from %g to %g",
			    k->name, STR_FMT(value), k->whole ? "whole " : "", k->lo, k->hi);
		return 0;
	}
	return err_set(e, ERR_USAGE, "%s has no '%.*s'; it takes %s", kinds[s->kind].name,
	    STR_FMT(part),
	    s->kind == FEAT_HORIZON   ? "horizon, log, class"
	    : s->kind == FEAT_BARRIER ? "up, down, horizon, vol, on=close|touch, vertical=sign|zero"
				      : "min, max");
}

static int
settle(struct feat_label_spec *s, const double *v, struct err *e)
{
	for (size_t i = 0; i < kinds[s->kind].nkeys; i++)
		if (isnan(v[i]))
			return err_set(e, ERR_USAGE, "%s needs %s=N", kinds[s->kind].name,
			    kinds[s->kind].keys[i].name);
	switch (s->kind) {
	case FEAT_HORIZON:
		s->horizon = (uint32_t)v[0];
		s->log = v[1] > 0;
		s->class_at = v[2] >= 0 ? v[2] : NAN;
		return 0;
	case FEAT_BARRIER:
		s->up = v[0];
		s->down = v[1];
		s->horizon = (uint32_t)v[2];
		s->span = (uint32_t)v[3];
		return 0;
	default:
		s->shortest = (uint32_t)v[0];
		s->horizon = (uint32_t)v[1];
		if (s->shortest > s->horizon)
			return err_set(e, ERR_USAGE, "trend-scan: min is above max");
		return 0;
	}
}

int
feat_label_parse(const char *text, struct feat_label_spec *s, struct err *e)
{
	size_t n = strcspn(text, ":"), k = 0;
	double v[4] = { 0 };
	int rc = 0;

	*s = (struct feat_label_spec){ .class_at = NAN };
	while (k < 3 && !str_eqz((struct str){ text, n }, kinds[k].name))
		k++;
	if (k == 3)
		return err_set(e, ERR_USAGE,
		    "'%.*s' is no kind of label; there are horizon:N, triple-barrier:... and "
		    "trend-scan:...",
		    (int)n, text);
	s->kind = (enum feat_label_kind)k;
	for (size_t i = 0; i < kinds[k].nkeys; i++)
		v[i] = kinds[k].keys[i].dflt;
	for (const char *p = text + n + (text[n] == ':'); *p && rc == 0;) {
		struct str part = { p, strcspn(p, ",") };

		rc = setting(s, part, v, e);
		p += part.n + (p[part.n] == ',');
	}
	return rc ? rc : settle(s, v, e);
}

/* ---- one series ---- */

struct bar {
	int64_t end;
	double open, high, low, close;
	double dev; /* of the returns up to here; NAN */
	struct feat_label label;
	bool known;
};

struct feat_labeler {
	struct feat_label_spec s;
	struct bar *ring; /* the last horizon + 1 bars */
	size_t cap;
	uint64_t n;    /* bars pushed */
	uint64_t next; /* the first whose label was not handed out */
	/* exponentially weighted moments of the returns */
	double w, mean, m2;
	double *x; /* trend: log closes of the ring, in order */
};

struct feat_labeler *
feat_labeler_new(const struct feat_label_spec *s)
{
	struct feat_labeler *l = mem_alloc(sizeof *l);

	l->s = *s;
	l->cap = (size_t)s->horizon + 2;
	l->ring = mem_array(l->cap, sizeof *l->ring);
	l->x = mem_array(l->cap, sizeof *l->x);
	return l;
}

void
feat_labeler_free(struct feat_labeler *l)
{
	if (!l)
		return;
	free(l->ring);
	free(l->x);
	free(l);
}

static struct bar *
at(struct feat_labeler *l, uint64_t nth)
{
	return &l->ring[nth % l->cap];
}

/* pandas' ewm(span=S).std(bias=True) of the returns, once there are S of them */
static double
deviation(struct feat_labeler *l, double ret)
{
	double decay = 1 - 2 / ((double)l->s.span + 1), d = ret - l->mean;

	l->w = decay * l->w + 1;
	l->mean += d / l->w;
	l->m2 = decay * l->m2 + d * (ret - l->mean);
	return l->n >= l->s.span && l->m2 > 0 ? sqrt(l->m2 / l->w) : NAN;
}

static void
decide(struct feat_labeler *l, struct bar *b, double label, double extra, uint32_t bars)
{
	b->known = true;
	b->label.good = isfinite(label) && isfinite(extra);
	b->label.label = label;
	b->label.extra = extra;
	b->label.bars = bars;
	b->label.end = at(l, l->n - 1)->end;
}

static double
sign_of(double x)
{
	return (x > 0) - (x < 0);
}

static void
horizon(struct feat_labeler *l, struct bar *b, const struct bar *now)
{
	double ret = now->close / b->close - 1;
	double v = l->s.log ? num_log(now->close / b->close) : ret;

	if (!isnan(l->s.class_at) && isfinite(v))
		v = v > l->s.class_at ? 1 : v < -l->s.class_at ? -1 : 0;
	decide(l, b, v, 0, l->s.horizon);
}

/* The newest bar against the barriers of one of `age` bars ago. */
static void
barrier(struct feat_labeler *l, struct bar *b, const struct bar *now, uint32_t age)
{
	double up = l->s.up > 0 ? b->close * (1 + l->s.up * b->dev) : INFINITY;
	double down = l->s.down > 0 ? b->close * (1 - l->s.down * b->dev) : -INFINITY;
	double high = l->s.on_close ? now->close : now->high;
	double low = l->s.on_close ? now->close : now->low;
	double ret = now->close / b->close - 1;

	if (isnan(b->dev)) {
		decide(l, b, NAN, 0, 0);
	} else if (low <= down) {
		double px = l->s.on_close ? now->close : fmin(now->open, down);
		decide(l, b, -1, px / b->close - 1, age);
	} else if (high >= up) {
		double px = l->s.on_close ? now->close : fmax(now->open, up);
		decide(l, b, 1, px / b->close - 1, age);
	} else if (age == l->s.horizon) {
		decide(l, b, l->s.sign ? sign_of(ret) : 0, ret, age);
	}
}

/*
 * t of the slope of x[0..L] on 0..L, for growing L. With k = L + 1 points: the sums of t and t^2
 * are closed forms; those of x are taken from x[0], so that nothing large cancels.
 */
static void
trend(struct feat_labeler *l, struct bar *b)
{
	double sx = 0, sxx = 0, stx = 0, best = 0;
	uint32_t bars = l->s.shortest;

	for (uint32_t i = 1; i <= l->s.horizon; i++) {
		double x = l->x[i] - l->x[0], k = i + 1.0;

		sx += x;
		sxx += x * x;
		stx += i * x;
		if (i < l->s.shortest)
			continue;
		double mt = i / 2.0, ctt = k * (k * k - 1) / 12;
		double ctx = stx - mt * sx, cxx = sxx - sx * sx / k;
		double slope = ctx / ctt, sse = cxx - slope * ctx;
		double t = 0;

		if (cxx > 1e-13 * sxx)
			t = sse > 1e-13 * cxx ? slope / sqrt(sse / (k - 2) / ctt)
					      : T_MAX * sign_of(slope);
		if (fabs(t) > T_MAX)
			t = T_MAX * sign_of(t);
		if (fabs(t) > fabs(best)) {
			best = t;
			bars = i;
		}
	}
	if (!isfinite(sxx)) /* a price at or below zero */
		best = NAN;
	decide(l, b, isnan(best) ? NAN : sign_of(best), best, bars);
}

void
feat_labeler_push(
    struct feat_labeler *l, int64_t ts_end, double open, double high, double low, double close)
{
	struct bar *now = at(l, l->n);
	double before = l->n ? at(l, l->n - 1)->close : NAN;

	*now = (struct bar){ ts_end, open, high, low, close, NAN, { .nth = l->n }, false };
	if (l->s.kind == FEAT_BARRIER && l->n > 0)
		now->dev = deviation(l, close / before - 1);
	l->n++;
	uint64_t h = l->s.horizon, first = l->n - 1 > h ? l->n - 1 - h : 0;
	if (l->s.kind == FEAT_BARRIER) {
		for (uint64_t k = l->next > first ? l->next : first; k + 1 < l->n; k++)
			if (!at(l, k)->known)
				barrier(l, at(l, k), now, (uint32_t)(l->n - 1 - k));
		return;
	}
	if (l->n <= h)
		return;
	struct bar *b = at(l, l->n - 1 - h);
	if (l->s.kind == FEAT_HORIZON) {
		horizon(l, b, now);
		return;
	}
	for (uint64_t i = 0; i <= h; i++)
		l->x[i] = num_log(at(l, l->n - 1 - h + i)->close);
	trend(l, b);
}

bool
feat_labeler_next(struct feat_labeler *l, struct feat_label *out)
{
	if (l->next >= l->n || !at(l, l->next)->known)
		return false;
	*out = at(l, l->next++)->label;
	return true;
}
