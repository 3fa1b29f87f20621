/*
 * Subscriptions to ticks. reqMktData gets every change as the two messages that gateways send for
 * it, price with size and then the size again (--sample thins them out as real ones do); tick by
 * tick gets trades and quotes as they are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/gate.h"

#include "base/mem.h"

enum { SENT_BID, SENT_ASK, SENT_BID_SIZE, SENT_ASK_SIZE, SENT_PRINTS, SENT_QUOTE };

/* ---- the lists ---- */

struct sub *
sub_new(struct sim *s, struct conn *c, struct inst *in, enum sub_kind kind, int64_t id)
{
	struct sub *u = mem_alloc(sizeof *u);

	u->c = c;
	u->in = in;
	u->kind = kind;
	u->id = id;
	u->bar.t = TIM_NONE;
	u->told = u->last_sent = TIM_NONE;
	if (in) { /* at the end: who came first hears first */
		struct sub **at = &in->subs;

		while (*at)
			at = &(*at)->inext;
		*at = u;
		u->ilink = at;
	}
	u->clink = &c->subs;
	while (*u->clink)
		u->clink = &(*u->clink)->cnext;
	*u->clink = u;
	c->lines += kind == SUB_TICKS;
	c->tbts += kind == SUB_TBT;
	c->keeps += kind == SUB_KEEP;
	s->subscribed += in != NULL;
	return u;
}

void
sub_free(struct sub *u)
{
	if (u->in) {
		*u->ilink = u->inext;
		if (u->inext)
			u->inext->ilink = u->ilink;
	}
	*u->clink = u->cnext;
	if (u->cnext)
		u->cnext->clink = u->clink;
	u->c->lines -= u->kind == SUB_TICKS;
	u->c->tbts -= u->kind == SUB_TBT;
	u->c->keeps -= u->kind == SUB_KEEP;
	free(u);
}

struct sub *
sub_find(struct conn *c, enum sub_kind kind, int64_t id)
{
	for (struct sub *u = c->subs; u; u = u->cnext)
		if (u->kind == kind && u->id == id)
			return u;
	return NULL;
}

void
cancel_sub(struct sim *s, struct conn *c, enum sub_kind kind, int64_t id)
{
	struct sub *u = sub_find(c, kind, id);

	if (u)
		sub_free(u);
	else if (kind == SUB_TICKS || kind == SUB_TBT || kind == SUB_RTBARS)
		conn_error(s, c, id, 300, "Can't find EId with tickerId:%lld", (long long)id);
	else if (kind == SUB_KEEP)
		conn_error(s, c, id, 366, "No historical data query found for ticker id:%lld",
		    (long long)id);
}

/* ---- what is allowed ---- */

static const char *
refusal(int64_t code)
{
	switch (code) {
	case 10197: return "No market data during competing live session";
	case 10168:
		return "Requested market data is not subscribed. Delayed market data is not "
		       "enabled.";
	case 10089:
		return "Requested market data requires additional subscription for API. See link "
		       "in 'Market Data Connections' dialog for more details. Delayed market data "
		       "is available.";
	default:
		return "Requested market data is not subscribed. Check API status by selecting "
		       "the Account menu then under Management choose Market Data Subscription "
		       "Manager and/or availability of delayed data.";
	}
}

bool
data_allowed(struct sim *s, struct conn *c, int64_t id, struct inst *in, bool *delayed)
{
	*delayed = c->data_type >= 3;
	if (in->data == DATA_REFUSED || (in->data == DATA_DELAYED && !*delayed)) {
		int64_t code = in->data_code ? in->data_code : 354;

		conn_error(s, c, id, code, "%s", refusal(code));
		return false;
	}
	if (in->data == DATA_DELAYED)
		conn_error(s, c, id, 10167,
		    "Requested market data is not subscribed. Displaying delayed market data.");
	return true;
}

/* ---- single ticks ---- */

/* The delayed twin of a tick type. */
static int64_t
tick_type(const struct sub *u, int64_t live)
{
	static const struct {
		int live, delayed;
	} twins[] = { { TWS_TICK_BID, TWS_TICK_DELAYED_BID },
		{ TWS_TICK_ASK, TWS_TICK_DELAYED_ASK }, { TWS_TICK_LAST, TWS_TICK_DELAYED_LAST },
		{ TWS_TICK_BID_SIZE, TWS_TICK_DELAYED_BID_SIZE },
		{ TWS_TICK_ASK_SIZE, TWS_TICK_DELAYED_ASK_SIZE },
		{ TWS_TICK_LAST_SIZE, TWS_TICK_DELAYED_LAST_SIZE },
		{ TWS_TICK_HIGH, TWS_TICK_DELAYED_HIGH }, { TWS_TICK_LOW, TWS_TICK_DELAYED_LOW },
		{ TWS_TICK_VOLUME, TWS_TICK_DELAYED_VOLUME },
		{ TWS_TICK_CLOSE, TWS_TICK_DELAYED_CLOSE },
		{ TWS_TICK_OPEN, TWS_TICK_DELAYED_OPEN },
		{ TWS_TICK_LAST_TIMESTAMP, TWS_TICK_DELAYED_LAST_TIMESTAMP },
		{ TWS_TICK_HALTED, TWS_TICK_DELAYED_HALTED } };

	for (size_t i = 0; u->delayed && i < sizeof twins / sizeof twins[0]; i++)
		if (twins[i].live == live)
			return twins[i].delayed;
	return live;
}

static void
send_size(struct sim *s, struct sub *u, int64_t live, int64_t size)
{
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_tick_size);
	ev.tick_size.req_id = u->id;
	ev.tick_size.tick_type = tick_type(u, live);
	ev.tick_size.size = size;
	conn_send(s, u->c, &ev);
}

/* price and size in one message, then the size again; -1 when there is none */
static void
send_price(struct sim *s, struct sub *u, int64_t live, int64_t px, int64_t live_size, int64_t size)
{
	bool none = u->in->missing || px <= 0;
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_tick_price);
	ev.tick_price.req_id = u->id;
	ev.tick_price.tick_type = tick_type(u, live);
	ev.tick_price.price = none ? -NUM_NANO : px;
	ev.tick_price.size = none ? 0 : size;
	ev.tick_price.mask = !none && (live == TWS_TICK_BID || live == TWS_TICK_ASK);
	conn_send(s, u->c, &ev);
	if (live_size >= 0)
		send_size(s, u, live_size, none ? 0 : size);
}

static void
send_text(struct sim *s, struct sub *u, int64_t live, struct str text)
{
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_tick_string);
	ev.tick_string.req_id = u->id;
	ev.tick_string.tick_type = tick_type(u, live);
	ev.tick_string.value = text;
	conn_send(s, u->c, &ev);
}

static void
send_halted(struct sim *s, struct sub *u, double v)
{
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_tick_generic);
	ev.tick_generic.req_id = u->id;
	ev.tick_generic.tick_type = tick_type(u, TWS_TICK_HALTED);
	ev.tick_generic.value = v;
	conn_send(s, u->c, &ev);
}

static void
send_rt_volume(struct sim *s, struct sub *u, int64_t type)
{
	const struct inst *in = u->in;
	char t[6 * NUM_MAX], *o = t;

	o = num_put_price(o, in->last);
	*o++ = ';';
	o = num_put_size(o, in->last_size);
	*o++ = ';';
	o = num_put_i64(o, in->trade_ts / TIM_MS);
	*o++ = ';';
	o = num_put_size128(o, in->volume);
	*o++ = ';';
	o = num_put_price(
	    o, in->volume > 0 ? (int64_t)(in->value * NUM_NANO / in->volume) : in->last);
	memcpy(o, ";true", 5);
	send_text(s, u, type, (struct str){ t, (size_t)(o + 5 - t) });
}

/* ---- a quote, a trade ---- */

static void
quote_ticks(struct sim *s, struct sub *u)
{
	const struct inst *in = u->in;

	if (u->sent[SENT_BID] != in->bid || u->sent[SENT_BID_SIZE] != in->bid_size)
		send_price(s, u, TWS_TICK_BID, in->bid, TWS_TICK_BID_SIZE, in->bid_size);
	if (u->sent[SENT_ASK] != in->ask || u->sent[SENT_ASK_SIZE] != in->ask_size)
		send_price(s, u, TWS_TICK_ASK, in->ask, TWS_TICK_ASK_SIZE, in->ask_size);
	u->sent[SENT_BID] = in->bid;
	u->sent[SENT_ASK] = in->ask;
	u->sent[SENT_BID_SIZE] = in->bid_size;
	u->sent[SENT_ASK_SIZE] = in->ask_size;
	u->sent[SENT_QUOTE] = in->quote_ts;
}

static void
trade_ticks(struct sim *s, struct sub *u)
{
	const struct inst *in = u->in;
	char t[NUM_MAX];

	if (u->rt_volume)
		send_rt_volume(s, u, TWS_TICK_RT_VOLUME);
	if (u->rt_trade_volume)
		send_rt_volume(s, u, TWS_TICK_RT_TRADE_VOLUME);
	send_text(s, u, TWS_TICK_LAST_TIMESTAMP,
	    (struct str){ t, (size_t)(num_put_i64(t, in->trade_ts / TIM_SEC) - t) });
	send_price(s, u, TWS_TICK_LAST, in->last, TWS_TICK_LAST_SIZE, in->last_size);
	send_size(s, u, TWS_TICK_VOLUME, in->volume > INT64_MAX ? INT64_MAX : (int64_t)in->volume);
	if (in->last == in->high || in->last == in->low)
		send_price(
		    s, u, in->last == in->high ? TWS_TICK_HIGH : TWS_TICK_LOW, in->last, -1, 0);
	u->sent[SENT_PRINTS] = in->prints;
}

static void
all_ticks(struct sim *s, struct sub *u)
{
	const struct inst *in = u->in;

	if (in->quote_ts)
		quote_ticks(s, u);
	if (in->trade_ts) {
		trade_ticks(s, u);
		send_price(s, u, TWS_TICK_HIGH, in->high, -1, 0);
		send_price(s, u, TWS_TICK_LOW, in->low, -1, 0);
		send_price(s, u, TWS_TICK_OPEN, in->open, -1, 0);
		if (in->close > 0)
			send_price(s, u, TWS_TICK_CLOSE, in->close, -1, 0);
	}
	send_halted(s, u, in->halted);
}

/* ---- reqMktData ---- */

static bool
wants(struct str list, const char *id)
{
	size_t n = strlen(id);

	for (size_t i = 0; i + n <= list.n; i++)
		if (memcmp(list.p + i, id, n) == 0 && (i == 0 || list.p[i - 1] == ',') &&
		    (i + n == list.n || list.p[i + n] == ',' || list.p[i + n] == ':'))
			return true;
	return false;
}

static void
send_terms(struct sim *s, struct sub *u)
{
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_market_data_type);
	ev.market_data_type.req_id = u->id;
	ev.market_data_type.type = u->delayed ? (u->c->data_type == 4 ? 4 : 3) : 1;
	conn_send(s, u->c, &ev);
	tws_event_init(&ev, TWS_E_tick_req_params);
	ev.tick_req_params.req_id = u->id;
	ev.tick_req_params.min_tick = u->in->tick;
	ev.tick_req_params.bbo_exchange = str_z("9c0001");
	ev.tick_req_params.snapshot_permissions = 3;
	conn_send(s, u->c, &ev);
}

static bool
is_silent(const struct sim *s, const struct inst *in)
{
	return s->f.lost || s->f.farm_down || s->f.stale || in->stale;
}

void
on_mkt_data(struct sim *s, struct conn *c, const struct tws_q_req_mkt_data *q)
{
	struct tws_event ev;
	struct inst *in;
	struct sub *u;
	bool delayed;

	if (sub_find(c, SUB_TICKS, q->req_id)) {
		conn_error(s, c, q->req_id, 102, "Duplicate ticker ID.");
		return;
	}
	if (c->lines >= (size_t)s->o->lines) {
		conn_error(s, c, q->req_id, 101, "Max number of tickers has been reached");
		return;
	}
	in = inst_one(s, c, q->req_id, &q->contract);
	if (!in || !data_allowed(s, c, q->req_id, in, &delayed))
		return;
	u = sub_new(s, c, in, SUB_TICKS, q->req_id);
	u->delayed = delayed;
	u->rt_volume = wants(q->generic_ticks, "233");
	u->rt_trade_volume = wants(q->generic_ticks, "375");
	send_terms(s, u);
	if (!is_silent(s, in))
		all_ticks(s, u);
	if (!q->snapshot)
		return;
	tws_event_init(&ev, TWS_E_tick_snapshot_end);
	ev.tick_snapshot_end.req_id = q->req_id;
	conn_send(s, c, &ev);
	sub_free(u);
}

void
on_mkt_depth(struct sim *s, struct conn *c, const struct tws_q_req_mkt_depth *q)
{
	if (inst_one(s, c, q->req_id, &q->contract))
		conn_error(s, c, q->req_id, 10092,
		    "Deep market data is not supported for this combination of security "
		    "type/exchange");
}

/* ---- tick by tick ---- */

void
on_tick_by_tick(struct sim *s, struct conn *c, const struct tws_q_req_tick_by_tick *q)
{
	static const char *const names[] = { "Last", "AllLast", "BidAsk", "MidPoint" };
	struct inst *in;
	struct sub *u;
	bool delayed;
	int kind = 0;

	for (int i = 0; i < 4; i++)
		if (str_eqz(q->what, names[i]))
			kind = i + 1;
	if (kind == 0) {
		conn_error(s, c, q->req_id, 321,
		    "Error validating request.-'bU' : cause - Incorrect tick-by-tick type");
		return;
	}
	if (sub_find(c, SUB_TBT, q->req_id)) {
		conn_error(s, c, q->req_id, 102, "Duplicate ticker ID.");
		return;
	}
	if (c->tbts >= (size_t)s->o->tick_by_tick_max) {
		conn_error(
		    s, c, q->req_id, 10190, "Max number of tick-by-tick requests has been reached");
		return;
	}
	in = inst_one(s, c, q->req_id, &q->contract);
	if (!in)
		return;
	if (in->data != DATA_OK) { /* never delayed */
		conn_error(s, c, q->req_id, 10189,
		    "Failed to request tick-by-tick data:No market data permissions for %s %s",
		    in->exchange, in->sec_type);
		return;
	}
	if (!data_allowed(s, c, q->req_id, in, &delayed))
		return;
	u = sub_new(s, c, in, SUB_TBT, q->req_id);
	u->tbt = kind;
	u->ignore_size = q->ignore_size;
}

static void
tbt_trade(struct sim *s, struct sub *u, const struct rec *r)
{
	const struct inst *in = u->in;
	struct tws_event ev;
	bool is_trade = r->type == REC_trade;

	tws_event_init(&ev, TWS_E_tick_by_tick);
	ev.tick_by_tick.req_id = u->id;
	ev.tick_by_tick.type = u->tbt;
	ev.tick_by_tick.time = in->trade_ts / TIM_SEC;
	ev.tick_by_tick.price = in->last;
	ev.tick_by_tick.size = in->last_size;
	ev.tick_by_tick.exchange =
	    is_trade && rec_has(r, F_trade_exch) ? r->trade.exch : str_z(in->primary);
	if (is_trade && rec_has(r, F_trade_cond))
		ev.tick_by_tick.conditions = r->trade.cond;
	conn_send(s, u->c, &ev);
}

static void
tbt_quote(struct sim *s, struct sub *u)
{
	const struct inst *in = u->in;
	int64_t mid = inst_price(in, WHAT_MIDPOINT);
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_tick_by_tick);
	ev.tick_by_tick.req_id = u->id;
	ev.tick_by_tick.type = u->tbt;
	ev.tick_by_tick.time = in->quote_ts / TIM_SEC;
	if (u->tbt == 4) {
		if (mid == 0 || mid == u->sent[SENT_BID])
			return;
		u->sent[SENT_BID] = mid;
		ev.tick_by_tick.mid = mid;
	} else {
		if (u->ignore_size && u->sent[SENT_BID] == in->bid && u->sent[SENT_ASK] == in->ask)
			return;
		u->sent[SENT_BID] = in->bid;
		u->sent[SENT_ASK] = in->ask;
		ev.tick_by_tick.bid = in->missing ? -NUM_NANO : in->bid;
		ev.tick_by_tick.ask = in->missing ? -NUM_NANO : in->ask;
		ev.tick_by_tick.bid_size = in->missing ? 0 : in->bid_size;
		ev.tick_by_tick.ask_size = in->missing ? 0 : in->ask_size;
	}
	conn_send(s, u->c, &ev);
}

/* ---- a record to everybody ---- */

static void
mkt_data_tick(struct sim *s, struct sub *u, const struct rec *r)
{
	if (s->o->sample > 0) {
		u->due = true;
		return;
	}
	if (r->type == REC_quote)
		quote_ticks(s, u);
	else
		trade_ticks(s, u);
}

void
data_publish(struct sim *s, struct inst *in, const struct rec *r)
{
	if (is_silent(s, in))
		return;
	for (struct sub *u = in->subs; u; u = u->inext) {
		if (u->dead)
			continue;
		switch (u->kind) {
		case SUB_TICKS: mkt_data_tick(s, u, r); break;
		case SUB_TBT:
			if (r->type == REC_quote && u->tbt >= 3)
				tbt_quote(s, u);
			else if (r->type != REC_quote && u->tbt <= 2)
				tbt_trade(s, u, r);
			break;
		case SUB_RTBARS:
		case SUB_KEEP: bars_publish(s, u, r); break;
		default: break;
		}
	}
}

void
data_halt(struct sim *s, struct inst *in)
{
	for (struct sub *u = in->subs; u; u = u->inext)
		if (u->kind == SUB_TICKS && !u->dead)
			send_halted(s, u, in->halted);
}

void
data_flush(struct sim *s)
{
	if (s->o->sample == 0)
		return;
	for (size_t i = 0; i < s->nconn; i++)
		for (struct sub *u = s->conn[i]->subs; u; u = u->cnext) {
			if (!u->due ||
			    (u->last_sent != TIM_NONE && s->now - u->last_sent < s->o->sample))
				continue;
			u->due = false;
			u->last_sent = s->now;
			if (u->sent[SENT_QUOTE] != u->in->quote_ts)
				quote_ticks(s, u);
			if (u->sent[SENT_PRINTS] != u->in->prints)
				trade_ticks(s, u);
		}
}
