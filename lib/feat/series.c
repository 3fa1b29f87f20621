/* One symbol at one interval: what its columns keep from bar to bar. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "feat/calc.h"

#include "bars/interval.h"
#include "base/mem.h"

/* ---- the sets' states, for a series and for each of its higher timeframes ---- */

void **
calc_sets_start(const struct calc *c)
{
	void **state = mem_array(c->nsets + 1, sizeof *state);

	for (size_t i = 0; i < c->nsets; i++) {
		state[i] = mem_alloc(c->sets[i].state_size);
		if (c->sets[i].kind->start)
			c->sets[i].kind->start(&c->sets[i], state[i]);
	}
	return state;
}

void
calc_sets_stop(const struct calc *c, void **state)
{
	if (!state)
		return;
	for (size_t i = 0; i < c->nsets; i++) {
		if (c->sets[i].kind->stop)
			c->sets[i].kind->stop(&c->sets[i], state[i]);
		free(state[i]);
	}
	free(state);
}

void
calc_sets_push(struct calc *c, void **state, const struct feat_bar *b, double *out)
{
	for (size_t i = 0; i < c->nsets; i++) {
		c->sets[i].kind->push(&c->sets[i], state[i], b, out);
		out += c->sets[i].n;
	}
}

void
calc_sets_put(struct calc *c, void **state, const struct feat_bar *b, double *row)
{
	if (c->sets_apart) { /* no column was there already: they stand in a row */
		calc_sets_push(c, state, b, row + BAR_FIELDS);
		return;
	}
	calc_sets_push(c, state, b, c->scratch);
	for (size_t i = 0; i < c->set_cols; i++)
		if (c->set_at[i] != SIZE_MAX)
			row[c->set_at[i]] = c->scratch[i];
}

/* ---- series ---- */

static bool
is_time(struct str interval)
{
	struct bar_interval iv;

	return !bar_interval_parse(interval, &iv) || bar_interval_is_time(&iv);
}

/* Its state, from nothing. */
static void
begin(struct calc *c, struct calc_series *s)
{
	s->unit = 1;
	s->sets = calc_sets_start(c);
	s->frames = c->nframes ? frames_start(c) : NULL;
	if (!c->prog)
		return;
	s->expr = mem_alloc(expr_state_size(c->prog));
	expr_start(c->prog, s->expr);
	if (!expr_waits(c->prog))
		return;
	s->last = mem_array(c->plan.n, sizeof *s->last);
	for (size_t i = 0; i < c->plan.n; i++)
		s->last[i] = NAN;
}

static void
end(struct calc *c, struct calc_series *s)
{
	calc_sets_stop(c, s->sets);
	frames_stop(c, s->frames);
	free(s->expr);
	free(s->last);
}

/* Who reads whom: close@SPY is the SPY of the same interval. */
static void
link_refs(struct calc *c, struct calc_series *s)
{
	const struct expr_ref *refs;
	size_t n = c->prog ? expr_refs(c->prog, &refs) : 0;

	s->refs = mem_array(n + 1, sizeof *s->refs);
	for (size_t k = 0; k < n; k++) {
		for (size_t i = 0; i < c->nseries; i++) {
			struct calc_series *o = c->series[i];

			if (strcmp(o->interval, s->interval) != 0)
				continue;
			if (strcmp(refs[k].sym, o->sym->name) == 0)
				s->refs[k] = o->index + 1;
			if (strcmp(refs[k].sym, s->sym->name) == 0)
				o->refs[k] = s->index + 1;
		}
	}
}

static struct calc_series *
series_new(struct calc *c, const struct sym *sym, struct str interval)
{
	struct calc_series *s = mem_alloc(sizeof *s);

	s->sym = sym;
	s->interval = mem_dup(interval.n ? interval.p : "", interval.n);
	s->is_time = is_time(interval);
	s->index = (uint32_t)c->nseries;
	begin(c, s);
	*MEM_AT(c->series, c->series_cap, c->nseries) = s;
	c->nseries++;
	link_refs(c, s);
	return s;
}

struct calc_series *
calc_series_get(struct calc *c, const struct rec *bar)
{
	struct calc_by_sym *y = MEM_AT(c->by_sym, c->nby_sym, bar->sym->id);
	struct str interval = { 0 };
	struct calc_series *s;

	if (rec_has(bar, F_bar_interval))
		interval = bar->bar.interval;
	for (size_t i = 0; i < y->n; i++) {
		s = c->series[y->at[i]];
		if (str_eqz(interval, s->interval))
			return s;
	}
	s = series_new(c, bar->sym, interval);
	*MEM_AT(y->at, y->cap, y->n) = s->index;
	y->n++;
	return s;
}

void
calc_series_reset(struct calc *c, struct calc_series *s)
{
	end(c, s);
	begin(c, s);
}

void
calc_series_free(struct calc *c, struct calc_series *s)
{
	end(c, s);
	feat_row_free(s->final);
	free(s->refs);
	free(s->interval);
	free(s);
}

/* ---- a bar ---- */

/* Prices and sizes in the units of the series' first bar: a split changes nothing. */
static void
in_old_units(struct feat_bar *b, double unit)
{
	double *const prices[] = { &b->open, &b->high, &b->low, &b->close, &b->vwap, &b->bid,
		&b->ask, &b->spread };
	double *const sizes[] = { &b->volume, &b->buy_volume, &b->sell_volume };

	for (size_t i = 0; i < sizeof prices / sizeof *prices; i++)
		*prices[i] *= unit;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		*sizes[i] /= unit;
}

void
calc_fields(double *v, const struct feat_bar *b)
{
	v[FIELD_OPEN] = b->open;
	v[FIELD_HIGH] = b->high;
	v[FIELD_LOW] = b->low;
	v[FIELD_CLOSE] = b->close;
	v[FIELD_VOLUME] = b->volume;
	v[FIELD_VWAP] = b->vwap;
	v[FIELD_COUNT] = b->count;
	v[FIELD_BID] = b->bid;
	v[FIELD_ASK] = b->ask;
	v[FIELD_SPREAD] = b->spread;
	v[FIELD_BUY] = b->buy_volume;
	v[FIELD_SELL] = b->sell_volume;
	v[FIELD_GAP] = b->gap;
}

void
calc_series_push(struct calc *c, struct calc_series *s, const struct rec *bar, struct feat_row *r)
{
	struct feat_bar b;

	feat_bar_of(&b, bar);
	s->nth++;
	s->last_ts = b.ts;
	s->last_end = b.ts_end;
	r->bar = b;
	r->ts = b.ts;
	r->ts_end = b.ts_end;
	r->sym = s->sym;
	r->interval = str_z(s->interval);
	r->series = s->index;
	r->nth = s->nth;
	r->unit = s->unit;
	r->lookahead = false;
	r->label_end = TIM_NONE;
	if (s->unit != 1)
		in_old_units(&b, s->unit);
	calc_fields(r->v, &b);
	calc_sets_put(c, s->sets, &b, r->v);
	if (c->nframes)
		frames_push(c, s, bar, r->v);
	for (size_t i = c->first_late; i < r->n; i++)
		r->v[i] = NAN;
	if (c->prog && !expr_waits(c->prog))
		expr_run(c->prog, r->v, NULL, s->expr);
}

/* ---- expressions that need the other symbols of the instant ---- */

static void
unit_row(struct calc *c, size_t unit, struct feat_row *r)
{
	struct calc_series *s = c->series[r->series];
	const struct expr_ref *refs;
	size_t n = expr_refs(c->prog, &refs), col = expr_unit_col(c->prog, unit);

	for (size_t k = 0; k < n; k++)
		c->ref_vals[k] = s->refs[k] ? c->series[s->refs[k] - 1]->last[refs[k].col] : NAN;
	expr_run_unit(c->prog, unit, r->v, c->ref_vals, s->expr);
	s->last[col] = r->v[col];
}

void
calc_series_unit(struct calc *c, size_t unit, struct feat_row *const *rows, size_t n)
{
	size_t col = expr_unit_col(c->prog, unit);

	if (!expr_is_cross(c->prog, unit)) {
		for (size_t i = 0; i < n; i++)
			unit_row(c, unit, rows[i]);
		return;
	}
	for (size_t i = 0; i < n; i++)
		*MEM_AT(c->cross, c->cross_cap, i) = rows[i]->v;
	expr_run_cross(c->prog, unit, c->cross, n);
	for (size_t i = 0; i < n; i++)
		c->series[rows[i]->series]->last[col] = rows[i]->v[col];
}
