#include "feat/roll.h"

void *
roll_take(struct roll_mem *m, size_t count, size_t size)
{
	size_t at = m->n;

	m->n += (count * size + 7) & ~(size_t)7;
	return m->p ? m->p + at : NULL;
}

static void
empty(struct roll_pos *at)
{
	at->k = 0;
	at->tail = false;
}

/* Place of the value that comes now; a block that was full is over. */
static uint32_t
next(struct roll_pos *at)
{
	if (at->k == at->d)
		at->k = 0;
	return at->k++;
}

/* ---- sums ---- */

void
roll_sum_init(struct roll_sum *r, size_t d, struct roll_mem *m)
{
	*r = (struct roll_sum){ .at.d = (uint32_t)d };
	r->x = roll_take(m, d, sizeof *r->x);
	r->suf = roll_take(m, d, sizeof *r->suf);
}

/* suf[j]: sum of the values j..d-1 of the block that ended */
static void
sum_turn(struct roll_sum *r)
{
	double s = 0;

	for (uint32_t j = r->at.d; j-- > 0;)
		r->suf[j] = s = s + r->x[j];
	r->at.tail = true;
}

bool
roll_sum_push(struct roll_sum *r, double x)
{
	if (roll_bad(x)) {
		empty(&r->at);
		return false;
	}
	uint32_t j = next(&r->at);
	r->x[j] = x;
	r->head = j ? r->head + x : x;
	if (r->at.k == r->at.d) {
		r->sum = r->head;
		sum_turn(r);
		return true;
	}
	r->sum = r->at.tail ? r->suf[r->at.k] + r->head : r->head;
	return r->at.tail;
}

/* ---- mean and variance ---- */

/* a and b of na and nb values */
static struct roll_var_part
var_join(struct roll_var_part a, double na, struct roll_var_part b, double nb)
{
	double delta = b.mean - a.mean, w = nb / (na + nb);

	return (struct roll_var_part){ a.mean + delta * w, a.m2 + b.m2 + delta * delta * (na * w) };
}

void
roll_var_init(struct roll_var *r, size_t d, struct roll_mem *m)
{
	*r = (struct roll_var){ .at.d = (uint32_t)d };
	r->x = roll_take(m, d, sizeof *r->x);
	r->suf = roll_take(m, d, sizeof *r->suf);
}

static void
var_turn(struct roll_var *r)
{
	uint32_t d = r->at.d;
	struct roll_var_part s = { 0, 0 };

	r->base = r->x[d - 1];
	r->suf[d - 1] = s;
	for (uint32_t j = d - 1; j-- > 0;) {
		struct roll_var_part one = { r->x[j] - r->base, 0 };

		r->suf[j] = s = var_join(s, d - 1 - j, one, 1);
	}
	r->at.tail = true;
}

bool
roll_var_push(struct roll_var *r, double x)
{
	if (roll_bad(x)) {
		empty(&r->at);
		return false;
	}
	bool tail = r->at.tail;
	uint32_t j = next(&r->at), d = r->at.d, k = r->at.k;
	if (!tail && j == 0)
		r->base = x;
	struct roll_var_part now = { x - r->base, 0 }, w;
	r->x[j] = x;
	w = r->head = j ? var_join(r->head, j, now, 1) : now;
	if (k == d) {
		var_turn(r);
		w = r->suf[0];
	} else if (tail) {
		w = var_join(r->suf[k], d - k, w, k);
	}
	r->mean = r->base + w.mean;
	r->m2 = w.m2;
	return tail || k == d;
}

/* ---- least squares on time ---- */

/*
 * The middles of two neighbouring stretches are (na + nb) / 2 apart, so ct grows by
 * (mean b - mean a) na nb / 2, a before b.
 */
static struct roll_fit_part
fit_join(struct roll_fit_part a, double na, struct roll_fit_part b, double nb)
{
	double delta = b.mean - a.mean, w = nb / (na + nb);

	return (struct roll_fit_part){ a.mean + delta * w, a.m2 + b.m2 + delta * delta * (na * w),
		a.ct + b.ct + delta * (na * nb * 0.5) };
}

void
roll_fit_init(struct roll_fit *r, size_t d, struct roll_mem *m)
{
	*r = (struct roll_fit){ .at.d = (uint32_t)d };
	r->y = roll_take(m, d, sizeof *r->y);
	r->suf = roll_take(m, d, sizeof *r->suf);
}

static void
fit_turn(struct roll_fit *r)
{
	uint32_t d = r->at.d;
	struct roll_fit_part s = { 0, 0, 0 };

	r->base = r->y[d - 1];
	r->suf[d - 1] = s;
	for (uint32_t j = d - 1; j-- > 0;) {
		struct roll_fit_part one = { r->y[j] - r->base, 0, 0 };

		r->suf[j] = s = fit_join(one, 1, s, d - 1 - j);
	}
	r->at.tail = true;
}

bool
roll_fit_push(struct roll_fit *r, double y)
{
	if (roll_bad(y)) {
		empty(&r->at);
		return false;
	}
	bool tail = r->at.tail;
	uint32_t j = next(&r->at), d = r->at.d, k = r->at.k;
	if (!tail && j == 0)
		r->base = y;
	struct roll_fit_part now = { y - r->base, 0, 0 }, w;
	r->y[j] = y;
	w = r->head = j ? fit_join(r->head, j, now, 1) : now;
	if (k == d) {
		fit_turn(r);
		w = r->suf[0];
	} else if (tail) {
		w = fit_join(r->suf[k], d - k, w, k);
	}
	r->mean = r->base + w.mean;
	r->m2 = w.m2;
	r->ct = w.ct;
	return tail || k == d;
}

/* ---- covariance ---- */

static struct roll_cov_part
cov_join(struct roll_cov_part a, double na, struct roll_cov_part b, double nb)
{
	double w = nb / (na + nb), f = na * w, dx = b.mx - a.mx, dy = b.my - a.my;

	return (struct roll_cov_part){ a.mx + dx * w, a.my + dy * w, a.xx + b.xx + dx * dx * f,
		a.yy + b.yy + dy * dy * f, a.xy + b.xy + dx * dy * f };
}

void
roll_cov_init(struct roll_cov *r, size_t d, struct roll_mem *m)
{
	*r = (struct roll_cov){ .at.d = (uint32_t)d };
	r->x = roll_take(m, d, sizeof *r->x);
	r->y = roll_take(m, d, sizeof *r->y);
	r->suf = roll_take(m, d, sizeof *r->suf);
}

static void
cov_turn(struct roll_cov *r)
{
	uint32_t d = r->at.d;
	struct roll_cov_part s = { 0 };

	r->bx = r->x[d - 1];
	r->by = r->y[d - 1];
	r->suf[d - 1] = s;
	for (uint32_t j = d - 1; j-- > 0;) {
		struct roll_cov_part one = { .mx = r->x[j] - r->bx, .my = r->y[j] - r->by };

		r->suf[j] = s = cov_join(s, d - 1 - j, one, 1);
	}
	r->at.tail = true;
}

bool
roll_cov_push(struct roll_cov *r, double x, double y)
{
	if (roll_bad(x) || roll_bad(y)) {
		empty(&r->at);
		return false;
	}
	bool tail = r->at.tail;
	uint32_t j = next(&r->at), d = r->at.d, k = r->at.k;
	if (!tail && j == 0) {
		r->bx = x;
		r->by = y;
	}
	struct roll_cov_part now = { .mx = x - r->bx, .my = y - r->by };
	r->x[j] = x;
	r->y[j] = y;
	r->w = r->head = j ? cov_join(r->head, j, now, 1) : now;
	if (k == d) {
		cov_turn(r);
		r->w = r->suf[0];
	} else if (tail) {
		r->w = cov_join(r->suf[k], d - k, r->w, k);
	}
	r->w.mx += r->bx;
	r->w.my += r->by;
	return tail || k == d;
}

double
roll_corr(const struct roll_cov *r)
{
	const struct roll_cov_part *w = &r->w;
	double c;

	if (roll_flat(w->mx, w->xx, r->at.d) || roll_flat(w->my, w->yy, r->at.d))
		return NAN;
	c = w->xy / (sqrt(w->xx) * sqrt(w->yy));
	return c > 1 ? 1 : c < -1 ? -1 : c;
}

/* ---- the last values ---- */

void
roll_past_init(struct roll_past *r, size_t d, struct roll_mem *m)
{
	*r = (struct roll_past){ .d = (uint32_t)d };
	r->x = roll_take(m, d, sizeof *r->x);
}
