/*
 * Styles: what a finished bar looks like when it goes out.
 *
 * Heikin-Ashi (D. Valcu, Stocks & Commodities 22:2, 2004): close = (o + h + l + c) / 4, open =
 * the middle of the body before (first: of its own), high and low include both. Rounded
 * half-even to 1e-9.
 *
 * Renko: bricks of one size. Up from the last brick's top by one size, down from its bottom by
 * one; so a turn needs two sizes. The first level is the first price rounded down to a
 * multiple of the size. The first brick of a move carries the volume since the brick before.
 */
#include "bars/agg.h"

#define BRICKS_MAX 1000000 /* in one move: more is a brick too small for the price */

static int
out(struct agg *m, const struct rec *bar)
{
	m->emitted = true;
	return stage_emit(&m->base, bar);
}

static int64_t
mean(num_i128 sum, int n)
{
	return (int64_t)num_div_even(sum, n);
}

static int
heikin_ashi(struct agg *m, struct agg_sym *y, struct rec *o)
{
	struct rec_bar *b = &o->bar;
	int64_t close = mean((num_i128)b->open + b->high + b->low + b->close, 4);
	int64_t open = y->ha_on ? mean((num_i128)y->ha_open + y->ha_close, 2)
				: mean((num_i128)b->open + b->close, 2);

	b->open = open;
	b->close = close;
	if (open > b->high)
		b->high = open;
	if (open < b->low)
		b->low = open;
	y->ha_on = true;
	y->ha_open = open;
	y->ha_close = close;
	return out(m, o);
}

static int
brick(struct agg *m, struct agg_sym *y, const struct rec *bar, bool up)
{
	char extra[RUN_EXTRA];
	struct rec o;
	struct bar_run *b = &y->pile;

	b->open = up ? y->brick_hi : y->brick_lo;
	b->close = up ? b->open + m->o.brick : b->open - m->o.brick;
	b->high = up ? b->close : b->open;
	b->low = up ? b->open : b->close;
	y->brick_lo = b->low;
	y->brick_hi = b->high;
	rec_init(&o, REC_bar, b->first_ts, y->sym);
	rec_set(&o, F_bar_ts_end, o.bar.ts_end, bar->bar.ts_end);
	rec_set(&o, F_bar_interval, o.bar.interval, str_z(m->name));
	run_to_bar(b, &o, extra);
	b->first_ts = bar->bar.ts_end;
	b->volume = b->value = b->buy = b->sell = 0;
	b->count = 0;
	return out(m, &o);
}

static int64_t
first_level(int64_t price, int64_t size)
{
	int64_t left = price % size, level;

	return __builtin_sub_overflow(price, left < 0 ? left + size : left, &level) ? price : level;
}

static int
renko(struct agg *m, struct agg_sym *y, const struct rec *bar, const struct bar_run *b)
{
	int64_t size = m->o.brick, price = bar->bar.close;
	struct bar_piece p = { .ts = bar->ts,
		.open = b->open,
		.high = b->high,
		.low = b->low,
		.close = b->close,
		.count = b->count,
		.volume = b->volume,
		.value = b->value,
		.buy = b->buy,
		.sell = b->sell,
		.has = b->has & ~(unsigned)RUN_PARTIAL };
	num_i128 up, down;
	int rc = 0;

	if (!y->renko_on) {
		y->renko_on = true;
		y->brick_lo = y->brick_hi = first_level(price, size);
		run_start(&y->pile, 1, &p);
	} else if (y->pile.count == 0 && y->pile.volume == 0) {
		run_start(&y->pile, 1, &p);
	} else if (!run_add(&y->pile, &p)) {
		return stage_fail(&m->base, ERR_DATA,
		    "%s: the value traded in one bar does not fit", y->sym->name);
	}
	up = ((num_i128)price - y->brick_hi) / size;
	down = ((num_i128)y->brick_lo - price) / size;
	if (up > BRICKS_MAX || down > BRICKS_MAX)
		return stage_fail(&m->base, ERR_DATA, "%s: the price moved by more than %d bricks",
		    y->sym->name, BRICKS_MAX);
	for (; rc >= 0 && up > 0; up--)
		rc = brick(m, y, bar, true);
	for (; rc >= 0 && down > 0; down--)
		rc = brick(m, y, bar, false);
	return rc;
}

int
agg_style_emit(struct agg *m, struct rec *bar, const struct bar_run *b)
{
	struct agg_sym *y = &m->syms[bar->sym->id];

	switch ((enum agg_style)m->o.style) {
	case STYLE_HEIKIN_ASHI: return heikin_ashi(m, y, bar);
	case STYLE_RENKO:
		/* a bar that is not complete makes no brick; the trades of quotes-only bars neither
		 */
		return (b->has & RUN_PARTIAL) ? 0 : renko(m, y, bar, b);
	case STYLE_PLAIN: break;
	}
	return out(m, bar);
}
