/*
 * A running bar: what has come of one symbol in one interval. Adding a trade is the hot loop
 * of the product: additions and compares on one struct, no division, no allocation.
 *
 * Open is the price of the earliest record, close of the latest; of equal times open is the
 * first and close the last in input order.
 */
#ifndef TP_BARS_RUN_H
#define TP_BARS_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "rec/rec.h"

enum bar_src { SRC_NONE, SRC_QUOTE, SRC_BAR, SRC_TRADE }; /* the higher one wins */

enum {
	RUN_VOLUME = 1,   /* volume is known */
	RUN_NO_VALUE = 2, /* a part with volume came without its value: no vwap */
	RUN_COUNT = 4,
	RUN_NO_COUNT = 8, /* a part came without its count */
	RUN_SIDED = 16,   /* some volume had a side */
	RUN_PARTIAL = 32, /* a part was partial */
};

/* One record's contribution. */
struct bar_piece {
	int64_t ts, open, high, low, close, count;
	num_i128 volume, value; /* nano, 1e-18 */
	num_i128 buy, sell;     /* nano */
	unsigned has;           /* RUN_ */
};

struct bar_run {
	uint64_t key; /* 4 * epoch + enum bar_src: whose interval, from what */
	int64_t open, high, low, close, first_ts, last_ts, count;
	num_i128 volume, value, buy, sell;
	unsigned has;
	/* the last quote of the interval */
	uint64_t quote_epoch;
	int64_t bid, ask;
	int64_t rev;
	bool gap;
};

static inline void
run_start(struct bar_run *b, uint64_t key, const struct bar_piece *p)
{
	b->key = key;
	b->open = p->open;
	b->high = p->high;
	b->low = p->low;
	b->close = p->close;
	b->first_ts = b->last_ts = p->ts;
	b->count = p->count;
	b->volume = p->volume;
	b->value = p->value;
	b->buy = p->buy;
	b->sell = p->sell;
	b->has = p->has;
}

/* false when a sum does not fit */
static inline bool
run_add(struct bar_run *b, const struct bar_piece *p)
{
	if (p->ts >= b->last_ts) {
		b->last_ts = p->ts;
		b->close = p->close;
	} else if (p->ts < b->first_ts) {
		b->first_ts = p->ts;
		b->open = p->open;
	}
	b->high = p->high > b->high ? p->high : b->high;
	b->low = p->low < b->low ? p->low : b->low;
	b->has |= p->has;
	return !__builtin_add_overflow(b->count, p->count, &b->count) &&
	       !__builtin_add_overflow(b->volume, p->volume, &b->volume) &&
	       !__builtin_add_overflow(b->value, p->value, &b->value) &&
	       !__builtin_add_overflow(b->buy, p->buy, &b->buy) &&
	       !__builtin_add_overflow(b->sell, p->sell, &b->sell);
}

/* The same for a trade without a side, straight from the record. */
static inline bool
run_add_trade(struct bar_run *b, int64_t ts, int64_t price, int64_t size)
{
	if (__builtin_expect(ts >= b->last_ts, 1)) {
		b->last_ts = ts;
		b->close = price;
	} else if (ts < b->first_ts) {
		b->first_ts = ts;
		b->open = price;
	}
	b->high = price > b->high ? price : b->high;
	b->low = price < b->low ? price : b->low;
	b->count++;
	b->volume += size;
	return !__builtin_add_overflow(b->value, (num_i128)price * size, &b->value);
}

static inline void
piece_of_price(struct bar_piece *p, int64_t ts, int64_t price)
{
	*p = (struct bar_piece){ .ts = ts,
		.open = price,
		.high = price,
		.low = price,
		.close = price,
		.count = 1,
		.has = RUN_COUNT };
}

static inline void
piece_of_trade(struct bar_piece *p, int64_t ts, int64_t price, int64_t size, int sign)
{
	piece_of_price(p, ts, price);
	p->volume = size;
	p->value = (num_i128)price * size;
	p->has = RUN_COUNT | RUN_VOLUME;
	if (sign) {
		*(sign > 0 ? &p->buy : &p->sell) = size;
		p->has |= RUN_SIDED;
	}
}

/* Whether a bar stands for whole dates: its ts is a label, 00:00Z. */
bool
bar_is_daily(const struct rec *r);
void
piece_of_bar(struct bar_piece *p, const struct rec *r);

/* Room for the text that a bar's extra key needs. */
#define RUN_EXTRA 80
/*
 * The run as a bar record (ts, ts_end and interval are the caller's). When vwap is rounded, the
 * exact value goes along in the extra key "value", so that bars of bars equal bars of trades.
 */
void
run_to_bar(const struct bar_run *b, struct rec *o, char extra[RUN_EXTRA]);
/* bid, ask and spread of the interval's last quote */
void
run_put_quote(const struct bar_run *b, struct rec *o);

#endif
