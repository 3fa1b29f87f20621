#include "bars/grid.h"

#include "base/num.h"
#include "base/tim.h"

#define PREV_DAYS 30 /* how far to look for the session before */

void
grid_init(struct grid *g, struct bar_interval iv, struct sessions *ses)
{
	*g = (struct grid){ .iv = iv, .ses = ses, .d0 = 1, .d1 = 0 };
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return tim_floor(a, b) / b;
}

/* Dates reach further than instants do. */
static int64_t
saturate(num_i128 t)
{
	return t > INT64_MAX ? INT64_MAX : t < INT64_MIN ? INT64_MIN : (int64_t)t;
}

/* The dates [d0, d1) that share a bar with `date`. */
static void
dates_of(const struct bar_interval *iv, int64_t date, int64_t *d0, int64_t *d1)
{
	int64_t k;
	int y, m, d;

	switch (iv->kind) {
	case IV_WEEKS: /* 1970-01-05 was a Monday */
		k = floor_div(date - 4, 7 * iv->n);
		*d0 = k * 7 * iv->n + 4;
		*d1 = *d0 + 7 * iv->n;
		return;
	case IV_MONTHS:
		tim_civil(date, &y, &m, &d);
		k = floor_div((int64_t)y * 12 + m - 1, iv->n) * iv->n;
		*d0 = tim_days((int)floor_div(k, 12), (int)(k - floor_div(k, 12) * 12) + 1, 1);
		k += iv->n;
		*d1 = tim_days((int)floor_div(k, 12), (int)(k - floor_div(k, 12) * 12) + 1, 1);
		return;
	default: *d0 = tim_floor(date, iv->n); *d1 = *d0 + iv->n;
	}
}

/* Put the group of trading dates around `date`, a day with a session, into the cache. */
static void
load_group(struct grid *g, int64_t date)
{
	struct session s;

	if (date >= g->d0 && date < g->d1)
		return;
	dates_of(&g->iv, date, &g->d0, &g->d1);
	for (int64_t d = g->d0; d < g->d1; d++) {
		if (sessions_on(g->ses, d, &s)) {
			g->first_open = s.open;
			break;
		}
	}
	for (int64_t d = g->d1 - 1; d >= g->d0; d--) {
		if (sessions_on(g->ses, d, &s)) {
			g->last_close = s.close;
			break;
		}
	}
}

static void
fixed_in(const struct grid *g, const struct session *ses, int64_t t, struct span *s)
{
	int64_t left;

	s->lo = ses->open + (t - ses->open) / g->iv.n * g->iv.n;
	left = ses->close - s->lo;
	s->hi = left < g->iv.n ? ses->close : s->lo + g->iv.n;
	s->label = s->from = s->lo;
	s->till = s->hi;
	s->in = true;
}

static void
group_in(struct grid *g, const struct session *ses, struct span *s)
{
	load_group(g, ses->date);
	s->lo = g->first_open;
	s->hi = g->last_close;
	s->label = g->d0 * TIM_DAY;
	s->from = ses->open;
	s->till = ses->close;
	s->in = true;
}

/* Between two sessions; next is the later one. */
static void
between(struct grid *g, const struct session *next, int64_t t, struct span *s)
{
	struct session prev;

	if (g->iv.kind != IV_FIXED && next->open != INT64_MAX) {
		load_group(g, next->date);
		if (t >= g->first_open) { /* the middle of a week: the bar goes on */
			group_in(g, next, s);
			s->from = s->till = next->open;
			return;
		}
	}
	s->lo = t;
	for (int i = 1; i <= PREV_DAYS; i++) {
		if (sessions_on(g->ses, next->date - i, &prev) && prev.close <= t) {
			s->lo = prev.close;
			break;
		}
	}
	s->hi = s->from = s->till = next->open;
	s->label = s->lo;
	s->in = false;
}

void
grid_at(struct grid *g, int64_t t, struct span *s)
{
	struct session ses;

	if (g->ses) {
		if (!sessions_at(g->ses, t, &ses))
			between(g, &ses, t, s);
		else if (g->iv.kind == IV_FIXED)
			fixed_in(g, &ses, t, s);
		else
			group_in(g, &ses, s);
		return;
	}
	if (g->iv.kind == IV_FIXED) {
		int64_t left = t % g->iv.n;
		num_i128 lo = (num_i128)t - (left < 0 ? left + g->iv.n : left);

		s->lo = saturate(lo);
		s->hi = saturate(lo + g->iv.n);
	} else {
		const int64_t day = TIM_DAY;

		dates_of(&g->iv, tim_day(t), &s->lo, &s->hi);
		s->lo = saturate((num_i128)s->lo * day);
		s->hi = saturate((num_i128)s->hi * day);
	}
	s->label = s->from = s->lo;
	s->till = s->hi;
	s->in = true;
}

void
grid_next(struct grid *g, const struct span *s, struct span *next)
{
	grid_at(g, s->hi, next);
	if (!next->in && next->hi != INT64_MAX)
		grid_at(g, next->hi, next);
}

bool
grid_of_date(struct grid *g, int64_t date, int64_t *t)
{
	struct session ses;

	*t = date * TIM_DAY;
	if (!g->ses)
		return true;
	if (!sessions_on(g->ses, date, &ses))
		return false;
	*t = ses.open;
	return true;
}
