/* Ticks -> trades and quotes. */
#include "feed/live.h"

/* What an event says beyond the record's own keys. */
#define MARK_DELAYED "\"delayed\":true"
#define MARK_BACKFILL "\"backfill\":true"

/* -1 with no size stands for "there is none"; spreads and oil do trade at -1. */
static bool
price_known(int64_t price, int64_t size)
{
	return tws_set(price) && !(price == -NUM_NANO && (!tws_set(size) || size <= 0));
}

static struct str
trim(struct str s)
{
	while (s.n && s.p[0] == ' ')
		s.p++, s.n--;
	while (s.n && s.p[s.n - 1] == ' ')
		s.n--;
	return s;
}

static void
set_text(struct live *l, struct rec *r, struct str exch, struct str cond)
{
	exch = trim(exch);
	cond = trim(cond);
	if (exch.n && (exch.p = live_keep_text(l, exch)))
		rec_set(r, F_trade_exch, r->trade.exch, exch);
	if (cond.n && (cond.p = live_keep_text(l, cond)))
		rec_set(r, F_trade_cond, r->trade.cond, cond);
}

static void
make_trade(struct live *l, const struct live_sub *sub, int64_t ts, int64_t price, int64_t size,
    struct rec *r)
{
	rec_init(r, REC_trade, ts, sub->sym);
	rec_set(r, F_trade_price, r->trade.price, price);
	rec_set(r, F_trade_size, r->trade.size, tws_set(size) ? size : 0);
	if (!l->stepped)
		rec_set(r, F_trade_ts_recv, r->trade.ts_recv, l->now);
}

static void
make_quote(struct live *l, const struct live_sub *sub, int64_t bid, int64_t ask, int64_t bid_size,
    int64_t ask_size, struct rec *r)
{
	rec_init(r, REC_quote, TIM_NONE, sub->sym);
	rec_set(r, F_quote_bid, r->quote.bid, bid);
	rec_set(r, F_quote_ask, r->quote.ask, ask);
	if (tws_set(bid_size))
		rec_set(r, F_quote_bid_size, r->quote.bid_size, bid_size);
	if (tws_set(ask_size))
		rec_set(r, F_quote_ask_size, r->quote.ask_size, ask_size);
	if (!l->stepped)
		rec_set(r, F_quote_ts_recv, r->quote.ts_recv, l->now);
}

/* ---- history ---- */

bool
live_trade(struct live *l, const struct live_sub *sub, const struct tws_tick_last *t, struct rec *r)
{
	if (!price_known(t->price, t->size))
		return false;
	make_trade(l, sub, t->time * TIM_SEC, t->price, t->size, r);
	set_text(l, r, t->exchange, t->conditions);
	r->extra = str_z(MARK_BACKFILL);
	return true;
}

bool
live_quote(
    struct live *l, const struct live_sub *sub, const struct tws_tick_bid_ask *t, struct rec *r)
{
	if (!price_known(t->bid, t->bid_size) || !price_known(t->ask, t->ask_size))
		return false;
	make_quote(l, sub, t->bid, t->ask, t->bid_size, t->ask_size, r);
	r->ts = t->time * TIM_SEC;
	r->extra = str_z(MARK_BACKFILL);
	return true;
}

/* ---- tick by tick ---- */

static int
tick_by_tick(struct live *l, struct live_stream *x, const struct tws_e_tick_by_tick *t)
{
	struct rec r;

	if (t->type == 1 || t->type == 2) {
		if (!price_known(t->price, t->size))
			return 0;
		make_trade(l, x->sub, TIM_NONE, t->price, t->size, &r);
		set_text(l, &r, t->exchange, t->conditions);
	} else if (t->type == 3) {
		if (!price_known(t->bid, t->bid_size) || !price_known(t->ask, t->ask_size))
			return 0; /* one side is missing: there is no quote */
		make_quote(l, x->sub, t->bid, t->ask, t->bid_size, t->ask_size, &r);
	} else {
		return 0;
	}
	if (live_is_second(t->time)) {
		live_remember(x, t->time, &r);
		if (l->stepped) /* its clock is the only one */
			r.ts = t->time * TIM_SEC;
	}
	return live_put(l, &r, x);
}

/* ---- sampled market data ---- */

static int
put_trade(
    struct live *l, struct live_stream *x, int64_t ts, int64_t price, int64_t size, bool delayed)
{
	struct rec r;

	make_trade(l, x->sub, ts, price, size, &r);
	if (delayed || x->sub->delayed)
		r.extra = str_z(MARK_DELAYED);
	x->second = (ts == TIM_NONE ? l->now : ts) / TIM_SEC;
	return live_put(l, &r, x);
}

static int
put_quote(struct live *l, struct live_stream *x)
{
	struct live_sub *sub = x->sub;
	struct rec r;

	sub->quote_waits = false;
	if (!tws_set(sub->bid) || !tws_set(sub->ask))
		return 0;
	make_quote(l, sub, sub->bid, sub->ask, sub->bid_size, sub->ask_size, &r);
	if (sub->delayed)
		rec_set(&r, F_quote_delayed, r.quote.delayed, true);
	x->second = l->now / TIM_SEC;
	return live_put(l, &r, x);
}

/* The two sides of a quote change one after the other: what is crossed or locked between the
 * two waits for the second, as long as nothing else comes. */
static int
quote_changed(struct live *l, struct live_stream *x)
{
	struct live_sub *sub = x->sub;

	if (!sub->mkt_quotes)
		return 0;
	if (!sub->quote_waits && tws_set(sub->bid) && tws_set(sub->ask) && sub->bid >= sub->ask) {
		sub->quote_waits = true;
		l->quotes_wait = true;
		return 0;
	}
	return put_quote(l, x);
}

int
live_flush_quotes(struct live *l)
{
	int rc = 0;

	if (!l->quotes_wait)
		return 0;
	l->quotes_wait = false;
	for (size_t i = 0; i < l->nsubs && rc == 0; i++)
		if (l->subs[i].quote_waits)
			rc = put_quote(l, &l->subs[i].streams[0]);
	return rc;
}

/* The first last price after asking is what the last trade was, not a trade. */
static int
last_price(struct live *l, struct live_stream *x, int64_t price, int64_t size, bool delayed)
{
	struct live_sub *sub = x->sub;
	bool first = !sub->has_last;

	sub->has_last = true;
	sub->last = price;
	sub->last_size = size;
	sub->last_repeats = true;
	if (first || sub->rt_volume || !sub->mkt_trades)
		return 0;
	return put_trade(l, x, TIM_NONE, price, size, delayed);
}

static int
tick_price(struct live *l, struct live_stream *x, const struct tws_e_tick_price *t)
{
	struct live_sub *sub = x->sub;
	bool delayed, known = price_known(t->price, t->size);
	int type = tws_tick_live(t->tick_type, &delayed);
	int64_t *price, *size;

	if (type == TWS_TICK_LAST)
		return known ? last_price(l, x, t->price, t->size, delayed) : 0;
	if (type != TWS_TICK_BID && type != TWS_TICK_ASK)
		return 0;
	sub->delayed |= delayed;
	price = type == TWS_TICK_BID ? &sub->bid : &sub->ask;
	size = type == TWS_TICK_BID ? &sub->bid_size : &sub->ask_size;
	if (!known) {
		*price = *size = TWS_UNSET;
		return 0;
	}
	if (*price == t->price && (!tws_set(t->size) || *size == t->size) && !sub->quote_waits)
		return 0;
	*price = t->price;
	if (tws_set(t->size))
		*size = t->size;
	return quote_changed(l, x);
}

static int
tick_size(struct live *l, struct live_stream *x, const struct tws_e_tick_size *t)
{
	struct live_sub *sub = x->sub;
	bool delayed, repeats;
	int type = tws_tick_live(t->tick_type, &delayed);
	int64_t *size = type == TWS_TICK_BID_SIZE ? &sub->bid_size : &sub->ask_size;

	if (!tws_set(t->size))
		return 0;
	if (type == TWS_TICK_LAST_SIZE) {
		/* the size that came with the price, once more; or a trade at the same price */
		repeats = sub->last_repeats && t->size == sub->last_size;
		sub->last_repeats = false;
		sub->last_size = t->size;
		if (repeats || !sub->has_last || sub->rt_volume || !sub->mkt_trades)
			return 0;
		return put_trade(l, x, TIM_NONE, sub->last, t->size, delayed);
	}
	if ((type != TWS_TICK_BID_SIZE && type != TWS_TICK_ASK_SIZE) || *size == t->size)
		return 0;
	*size = t->size;
	return quote_changed(l, x);
}

/* Trades with the venue's time in ms. */
static int
rt_volume(struct live *l, struct live_stream *x, struct str value)
{
	struct live_sub *sub = x->sub;
	struct tws_rt_volume v;
	bool first = !sub->rt_volume;

	if (!tws_rt_volume_parse(value, &v) || !tws_set(v.price) ||
	    !live_is_second(v.time_ns / TIM_SEC))
		return 0;
	sub->rt_volume = true;
	if (!sub->mkt_trades || (first && v.time_ns < x->asked))
		return 0; /* the last trade before we asked */
	return put_trade(l, x, v.time_ns, v.price, v.size, false);
}

static int
tick_generic(struct live *l, struct live_stream *x, const struct tws_e_tick_generic *t)
{
	struct live_sub *sub = x->sub;
	bool halted;

	if ((t->tick_type != TWS_TICK_HALTED && t->tick_type != TWS_TICK_DELAYED_HALTED) ||
	    !(t->value >= 0 && t->value < 10))
		return 0;
	halted = t->value > 0;
	if (halted == sub->halted)
		return 0;
	sub->halted = halted;
	for (size_t i = 0; i < sub->nstreams && !halted; i++)
		sub->streams[i].last = l->now; /* silence begins to count */
	l->watch_at = 0;
	return halted ? live_status(l, W_sstate_degraded, sub, 0, "trading halted%s",
			    t->value == 2 ? " for its volatility" : "")
		      : live_status(l, W_sstate_alive, sub, 0, "trading resumed");
}

static int
data_type(struct live *l, struct live_stream *x, int64_t type)
{
	static const char *const names[] = { "", "live", "frozen", "delayed",
		"delayed and frozen" };
	struct live_sub *sub = x->sub;
	bool delayed = type == 3 || type == 4;

	if (delayed == sub->delayed || type < 1 || type > 4)
		return 0;
	sub->delayed = delayed;
	return live_status(l, delayed ? W_sstate_degraded : W_sstate_alive, sub, 0,
	    "the market data is %s", names[type]);
}

int
live_tick_event(struct live *l, struct live_stream *x, const struct tws_event *ev)
{
	int rc = 0;

	if (ev->kind == TWS_E_market_data_type)
		return data_type(l, x, ev->market_data_type.type);
	if (ev->kind == TWS_E_tick_generic) /* a halt is no sign that data comes */
		return tick_generic(l, x, &ev->tick_generic);
	rc = live_alive(l, x);
	if (rc < 0)
		return rc;
	switch ((int)ev->kind) {
	case TWS_E_tick_by_tick: return tick_by_tick(l, x, &ev->tick_by_tick);
	case TWS_E_tick_price: return tick_price(l, x, &ev->tick_price);
	case TWS_E_tick_size: return tick_size(l, x, &ev->tick_size);
	case TWS_E_tick_string:
		if (ev->tick_string.tick_type == TWS_TICK_RT_VOLUME)
			return rt_volume(l, x, ev->tick_string.value);
		return 0;
	default: return 0;
	}
}
