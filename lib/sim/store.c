/* What has been played: bars of a second, and the last ticks, of every instrument. */
#include <string.h>

#include "sim/gate.h"

#include "base/mem.h"
#include "mkt/quality.h"

#define BARS_MAX (1u << 18)  /* of a kind; then the older half goes */
#define TICKS_MAX (1u << 14) /* of a kind */

void
bar_quote(struct sim_bar *b, int64_t t, int64_t px)
{
	if (b->t == TIM_NONE) {
		*b = (struct sim_bar){ t, 0, px, px, px, px, 0, 0, 0 };
		return;
	}
	b->high = px > b->high ? px : b->high;
	b->low = px < b->low ? px : b->low;
	b->close = px;
}

void
bar_trade(struct sim_bar *b, int64_t t, int64_t px, int64_t size)
{
	bar_quote(b, t, px);
	b->volume += size;
	b->value += (num_i128)px * size / NUM_NANO;
	b->count++;
}

void
bar_merge(struct sim_bar *b, const struct sim_bar *more)
{
	int64_t t = b->t;

	if (t == TIM_NONE || b->open == 0) {
		*b = *more;
		if (t != TIM_NONE)
			b->t = t;
		return;
	}
	b->high = more->high > b->high ? more->high : b->high;
	b->low = more->low < b->low ? more->low : b->low;
	b->close = more->close;
	b->volume += more->volume;
	b->value += more->value;
	b->count += more->count;
}

size_t
bars_from(const struct bar_store *s, int64_t t)
{
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->v[mid].t < t)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The bar that begins at t; NULL when that is before the last one. */
static struct sim_bar *
bar_at(struct bar_store *s, int64_t t)
{
	if (s->n && s->v[s->n - 1].t == t)
		return &s->v[s->n - 1];
	if (s->n && s->v[s->n - 1].t > t)
		return NULL;
	if (s->n == BARS_MAX) {
		s->n /= 2;
		memmove(s->v, s->v + s->n, s->n * sizeof *s->v);
	}
	struct sim_bar *b = MEM_AT(s->v, s->cap, s->n);

	s->n++;
	*b = (struct sim_bar){ .t = TIM_NONE };
	return b;
}

static void
keep_tick(struct tick_store *s, struct sim_tick k)
{
	if (s->n < TICKS_MAX) {
		*MEM_AT(s->v, s->cap, s->n) = k;
		s->n++;
		return;
	}
	s->v[s->at] = k;
	s->at = (s->at + 1) % TICKS_MAX;
}

const struct sim_tick *
tick_at(const struct tick_store *s, size_t i)
{
	return &s->v[(s->at + i) % s->n];
}

static void
note_head(struct inst *in, enum sim_what what, int64_t t)
{
	if (in->head[what] == TIM_NONE)
		in->head[what] = t;
}

static void
keep_quote_bar(struct inst *in, enum sim_what what, int64_t t, int64_t px)
{
	struct sim_bar *b;

	if (px <= 0)
		return;
	note_head(in, what, t);
	b = bar_at(&in->bars[what], t);
	if (b)
		bar_quote(b, t, px);
}

static void
on_trade(struct inst *in, int64_t ts, int64_t px, int64_t size)
{
	struct sim_bar *b = bar_at(&in->bars[WHAT_TRADES], tim_floor(ts, TIM_SEC));

	note_head(in, WHAT_TRADES, ts);
	if (b)
		bar_trade(b, tim_floor(ts, TIM_SEC), px, size);
	keep_tick(&in->trades, (struct sim_tick){ ts, px, size, 0, 0 });
	in->last = px;
	in->last_size = size;
	in->trade_ts = ts;
	in->prints++;
}

static void
on_quote(struct inst *in, int64_t ts, const struct rec *r)
{
	const struct rec_quote *q = &r->quote;
	int64_t t = tim_floor(ts, TIM_SEC);

	in->bid = q->bid;
	in->ask = q->ask;
	in->bid_size = rec_has(r, F_quote_bid_size) ? q->bid_size : 0;
	in->ask_size = rec_has(r, F_quote_ask_size) ? q->ask_size : 0;
	in->quote_ts = ts;
	keep_tick(&in->quotes, (struct sim_tick){ ts, q->bid, q->ask, in->bid_size, in->ask_size });
	if (q->bid <= 0 || q->ask < q->bid)
		return; /* told to clients, but no bar is made of it */
	keep_quote_bar(in, WHAT_BID, t, q->bid);
	keep_quote_bar(in, WHAT_ASK, t, q->ask);
	keep_quote_bar(in, WHAT_MIDPOINT, t, q->bid + (q->ask - q->bid) / 2);
}

/* A bar of a file is history as it is, however long. */
static void
on_bar(struct inst *in, const struct rec *r)
{
	const struct rec_bar *f = &r->bar;
	struct sim_bar b = { r->ts, rec_known(r), f->open, f->high, f->low, f->close, 0, 0, 1 };
	struct sim_bar *at = bar_at(&in->bars[WHAT_TRADES], r->ts);
	int64_t px;

	if (rec_has(r, F_bar_volume))
		b.volume = f->volume;
	if (rec_has(r, F_bar_count))
		b.count = f->count;
	px = rec_has(r, F_bar_vwap) ? f->vwap
				    : (int64_t)(((num_i128)f->high + f->low + f->close) / 3);
	if (b.volume < (num_i128)1 << 60)
		b.value = b.volume * px / NUM_NANO;
	note_head(in, WHAT_TRADES, r->ts);
	if (at)
		*at = b;
	in->last = f->close;
	in->last_size = b.volume < INT64_MAX ? (int64_t)b.volume : 0;
	in->trade_ts = rec_known(r);
	in->prints += b.count;
}

/* High, low, open and volume of the day; yesterday's close. */
static void
on_day(struct inst *in, int64_t ts, int64_t high, int64_t low, int64_t open, int64_t px,
    num_i128 volume)
{
	int64_t day = tim_day(ts);

	if (day != in->day) {
		in->close = in->last;
		in->open = open;
		in->high = high;
		in->low = low;
		in->volume = in->value = 0;
		in->day = day;
	}
	in->high = high > in->high ? high : in->high;
	in->low = low < in->low ? low : in->low;
	in->volume += volume;
	in->value += volume < (num_i128)1 << 62 ? volume * px / NUM_NANO : 0;
}

void
store_record(struct inst *in, const struct rec *r)
{
	if (!quality_ok(r))
		return;
	switch (r->type) {
	case REC_trade:
		if (r->trade.price <= 0 || r->trade.size < 0)
			return;
		on_day(in, r->ts, r->trade.price, r->trade.price, r->trade.price, r->trade.price,
		    r->trade.size);
		on_trade(in, r->ts, r->trade.price, r->trade.size);
		break;
	case REC_quote: on_quote(in, r->ts, r); break;
	case REC_bar:
		if (r->bar.low <= 0 || (rec_has(r, F_bar_partial) && r->bar.partial))
			return;
		on_day(in, r->ts, r->bar.high, r->bar.low, r->bar.open, r->bar.close,
		    rec_has(r, F_bar_volume) ? r->bar.volume : 0);
		on_bar(in, r);
		break;
	default: return;
	}
	if (r->type == REC_trade && in->quote_ts)
		return; /* an order at once meets the quote */
	rec_init(&in->last_rec, r->type == REC_quote ? REC_quote : REC_trade, r->ts, r->sym);
	if (r->type == REC_quote) {
		rec_set(&in->last_rec, F_quote_bid, in->last_rec.quote.bid, in->bid);
		rec_set(&in->last_rec, F_quote_ask, in->last_rec.quote.ask, in->ask);
		rec_set(&in->last_rec, F_quote_bid_size, in->last_rec.quote.bid_size, in->bid_size);
		rec_set(&in->last_rec, F_quote_ask_size, in->last_rec.quote.ask_size, in->ask_size);
	} else {
		rec_set(&in->last_rec, F_trade_price, in->last_rec.trade.price, in->last);
		rec_set(&in->last_rec, F_trade_size, in->last_rec.trade.size, in->last_size);
	}
	in->has_rec = true;
}

int64_t
inst_price(const struct inst *in, enum sim_what what)
{
	switch (what) {
	case WHAT_TRADES: return in->last;
	case WHAT_BID: return in->bid > 0 ? in->bid : 0;
	case WHAT_ASK: return in->ask > 0 ? in->ask : 0;
	case WHAT_MIDPOINT:
		return in->bid > 0 && in->ask >= in->bid ? in->bid + (in->ask - in->bid) / 2 : 0;
	default: return 0;
	}
}
