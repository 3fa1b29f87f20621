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

/* ---- series ---- */

static bool
is_time(struct str interval)
{
	struct bar_interval iv;

	return !bar_interval_parse(interval, &iv) || bar_interval_is_time(&iv);
}

static struct calc_series *
series_new(struct calc *c, const struct sym *sym, struct str interval)
{
	struct calc_series *s = mem_alloc(sizeof *s);

	s->sym = sym;
	s->interval = mem_dup(interval.n ? interval.p : "", interval.n);
	s->is_time = is_time(interval);
	s->index = (uint32_t)c->nseries;
	s->unit = 1;
	s->sets = calc_sets_start(c);
	*MEM_AT(c->series, c->series_cap, c->nseries) = s;
	c->nseries++;
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
	calc_sets_stop(c, s->sets);
	s->sets = calc_sets_start(c);
	s->unit = 1;
}

void
calc_series_free(struct calc *c, struct calc_series *s)
{
	calc_sets_stop(c, s->sets);
	feat_row_free(s->final);
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

static void
put_fields(double *v, const struct feat_bar *b)
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

int
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
	put_fields(r->v, &b);
	calc_sets_push(c, s->sets, &b, c->scratch);
	for (size_t i = 0; i < c->set_cols; i++)
		if (c->set_at[i] != SIZE_MAX)
			r->v[c->set_at[i]] = c->scratch[i];
	for (size_t i = BAR_FIELDS + c->set_cols; i < r->n; i++)
		r->v[i] = NAN;
	return 0;
}
