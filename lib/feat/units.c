#include "feat/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "feat/calc.h"

#include "base/mem.h"
#include "base/num.h"
#include "base/rng.h"
#include "base/tim.h"

enum { HALF_MAX = 16, BARS = 3000, SCALE = 4 };

/* What is known of a column so far. */
struct probe {
	uint64_t alive; /* bit HALF_MAX + h: it may grow with price^(h / 2) */
	double step, most;
	bool any, steps; /* a value came; all differ by `step` */
};

/* One of the two series: everything that a row needs. */
struct twin {
	void **sets;
	void *expr;
	double *v;
};

static void
twin_open(struct calc *c, struct twin *t)
{
	t->sets = calc_sets_start(c);
	t->v = mem_array(c->plan.n, sizeof *t->v);
	t->expr = NULL;
	if (c->prog) {
		t->expr = mem_alloc(expr_state_size(c->prog));
		expr_start(c->prog, t->expr);
	}
	for (size_t i = 0; i < c->plan.n; i++)
		t->v[i] = NAN;
}

static void
twin_close(struct calc *c, struct twin *t)
{
	calc_sets_stop(c, t->sets);
	free(t->expr);
	free(t->v);
}

static void
twin_push(struct calc *c, struct twin *t, const struct feat_bar *b)
{
	double *v = t->v;

	calc_fields(v, b);
	calc_sets_put(c, t->sets, b, v);
	frames_pretend(c, v);
	for (size_t u = 0; c->prog && u < expr_units(c->prog); u++) {
		if (expr_is_cross(c->prog, u))
			v[expr_unit_col(c->prog, u)] = NAN;
		else
			expr_run_unit(c->prog, u, v, c->ref_vals, t->expr);
	}
}

/* A made-up bar: a random walk with everything a bar may carry. */
static void
made_up(struct rng *r, struct feat_bar *b, double *price, int64_t k)
{
	double vol = 0.002 * (1 + rng_uniform(r)), span;

	*b = (struct feat_bar){ .ts = k * TIM_MIN, .ts_end = (k + 1) * TIM_MIN };
	b->open = *price * num_exp(0.1 * vol * rng_normal(r));
	*price = b->close = b->open * num_exp(vol * rng_normal(r));
	b->high = (b->open > b->close ? b->open : b->close) * (1 + vol * rng_uniform(r));
	b->low = (b->open < b->close ? b->open : b->close) * (1 - vol * rng_uniform(r));
	span = b->high - b->low;
	b->vwap = b->low + span * rng_uniform(r);
	b->volume = 1000 * num_exp(0.5 * rng_normal(r));
	b->buy_volume = b->volume * rng_uniform(r);
	b->sell_volume = b->volume - b->buy_volume;
	b->count = floor(10 + 90 * rng_uniform(r));
	b->spread = 0.01 * (1 + rng_uniform(r));
	b->bid = b->close - b->spread / 2;
	b->ask = b->bid + b->spread;
}

static void
scaled(struct feat_bar *o, const struct feat_bar *b)
{
	double *const prices[] = { &o->open, &o->high, &o->low, &o->close, &o->vwap, &o->bid,
		&o->ask, &o->spread };
	double *const sizes[] = { &o->volume, &o->buy_volume, &o->sell_volume };

	*o = *b;
	for (size_t i = 0; i < sizeof prices / sizeof *prices; i++)
		*prices[i] *= SCALE;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		*sizes[i] /= SCALE;
}

/* ---- drawing the conclusion ---- */

static void
compare(struct probe *p, double a, double b)
{
	double size = fabs(a) > fabs(b) ? fabs(a) : fabs(b);

	if (!isfinite(a) || !isfinite(b))
		return;
	if (!p->any) {
		p->any = p->steps = true;
		p->step = b - a;
		p->alive = (UINT64_C(1) << (2 * HALF_MAX + 1)) - 1;
	}
	p->most = size > p->most ? size : p->most;
	if (fabs(b - a - p->step) > 1e-9 * (p->most > 1 ? p->most : 1))
		p->steps = false;
	for (int h = -HALF_MAX; h <= HALF_MAX; h++) {
		double want = ldexp(a, h), far = fabs(b - want);

		if (far > 1e-9 * (fabs(b) + fabs(want)) && far > 1e-12 * p->most)
			p->alive &= ~(UINT64_C(1) << (HALF_MAX + h));
	}
}

/* The power nearest to none that still stands: a column of zeros scales with all of them. */
static void
conclude(const struct probe *p, int8_t *half, double *shift)
{
	*half = 0;
	*shift = 0;
	for (int h = 0; h <= HALF_MAX; h++) {
		for (int s = -1; s <= 1; s += 2) {
			if (p->alive >> (HALF_MAX + s * h) & 1) {
				*half = (int8_t)(s * h);
				return;
			}
		}
	}
	if (p->any && p->steps)
		*shift = p->step / num_log(SCALE);
}

void
units_measure(struct calc *c)
{
	struct probe *probe = mem_array(c->plan.n, sizeof *probe);
	struct units *u = &c->units;
	const struct expr_ref *refs;
	size_t nrefs = c->prog ? expr_refs(c->prog, &refs) : 0;
	double price = 100;
	struct feat_bar b, b4;
	struct twin one, four;
	struct rng r;

	rng_seed(&r, 1);
	twin_open(c, &one);
	twin_open(c, &four);
	for (int64_t k = 0; k < BARS; k++) {
		made_up(&r, &b, &price, k);
		scaled(&b4, &b);
		for (size_t i = 0; i < nrefs; i++) /* another symbol does not split with this */
			c->ref_vals[i] = 50 + rng_uniform(&r);
		twin_push(c, &one, &b);
		twin_push(c, &four, &b4);
		for (size_t i = 0; i < c->plan.n; i++)
			compare(&probe[i], one.v[i], four.v[i]);
	}
	twin_close(c, &one);
	twin_close(c, &four);
	u->n = c->plan.n;
	u->half = mem_array(u->n, sizeof *u->half);
	u->shift = mem_array(u->n, sizeof *u->shift);
	for (size_t i = 0; i < u->n; i++)
		conclude(&probe[i], &u->half[i], &u->shift[i]);
	u->known = true;
	free(probe);
}

void
units_apply(const struct units *u, double *v, double unit)
{
	double root = sqrt(unit), log_unit = num_log(unit), by[2 * HALF_MAX + 1];

	by[HALF_MAX] = 1;
	for (int h = 1; h <= HALF_MAX; h++) {
		double whole = h & 1 ? by[HALF_MAX + h - 1] * root : 1;

		if (!(h & 1)) {
			for (int k = 0; k < h / 2; k++)
				whole *= unit;
		}
		by[HALF_MAX + h] = whole;
		by[HALF_MAX - h] = 1 / whole;
	}
	for (size_t i = 0; i < u->n; i++) {
		if (u->half[i])
			v[i] *= by[HALF_MAX - u->half[i]];
		else if (u->shift[i] != 0)
			v[i] -= u->shift[i] * log_unit;
	}
}

void
units_free(struct units *u)
{
	free(u->half);
	free(u->shift);
	*u = (struct units){ 0 };
}
