/*
 * Bars as they grow: reqRealTimeBars, and the forming bar of a history that is kept up to date.
 *
 * A record that is a bar itself goes out whole, as one real-time bar stamped with its own start,
 * however long it is: what a client adds up of them is the file's bar again.
 */
#include <string.h>

#include "sim/gate.h"

#define KEEP_EVERY TIM_SEC /* at most so often; real ones come every few seconds */

static int64_t
wap_of(const struct sim_bar *b)
{
	return b->volume > 0 ? (int64_t)(b->value * NUM_NANO / b->volume) : b->close;
}

/* ---- bars of five seconds ---- */

void
on_real_time_bars(struct sim *s, struct conn *c, const struct tws_q_req_real_time_bars *q)
{
	enum sim_what what = what_of(q->what_to_show);
	struct inst *in;
	struct sub *u;
	bool delayed;

	if (q->bar_size != 5 && tws_set(q->bar_size) && q->bar_size != 0) {
		conn_error(s, c, q->req_id, 321,
		    "Error validating request.-'bS' : cause - Bar Size must be 5");
		return;
	}
	if (what >= WHAT_BID_ASK) {
		conn_error(s, c, q->req_id, 321,
		    "Error validating request.-'bS' : cause - What to show field is missing or "
		    "incorrect.");
		return;
	}
	if (sub_find(c, SUB_RTBARS, q->req_id)) {
		conn_error(s, c, q->req_id, 102, "Duplicate ticker ID.");
		return;
	}
	in = inst_one(s, c, q->req_id, &q->contract);
	if (!in)
		return;
	if (in->data != DATA_OK && (in->data == DATA_REFUSED || c->data_type < 3)) {
		conn_error(s, c, q->req_id, 420,
		    "Invalid Real-time Query:No market data permissions "
		    "for %s %s",
		    in->exchange, in->sec_type);
		return;
	}
	if (!data_allowed(s, c, q->req_id, in, &delayed))
		return;
	u = sub_new(s, c, in, SUB_RTBARS, q->req_id);
	u->what = what;
	u->rth = q->use_rth;
	/* the first whole bar is the first one sent */
	u->told = tim_floor(s->now, 5 * TIM_SEC) + (s->now % (5 * TIM_SEC) ? 5 * TIM_SEC : 0);
}

static void
send_rt_bar(struct sim *s, struct sub *u, const struct sim_bar *b)
{
	struct tws_event ev;
	bool trades = u->what == WHAT_TRADES;

	tws_event_init(&ev, TWS_E_real_time_bar);
	ev.real_time_bar.req_id = u->id;
	ev.real_time_bar.time = tim_floor(b->t, TIM_SEC) / TIM_SEC;
	ev.real_time_bar.open = b->open;
	ev.real_time_bar.high = b->high;
	ev.real_time_bar.low = b->low;
	ev.real_time_bar.close = b->close;
	ev.real_time_bar.volume = trades ? b->volume : -(num_i128)NUM_NANO;
	ev.real_time_bar.wap = trades ? wap_of(b) : -NUM_NANO;
	ev.real_time_bar.count = trades ? b->count : -1;
	conn_send(s, u->c, &ev);
}

static bool
closed_now(struct sim *s, const struct sub *u, int64_t t)
{
	struct session ses;

	return u->rth && s->sessions && !sessions_at(s->sessions, t, &ses);
}

static bool
is_dead(const struct sim *s, const struct sub *u)
{
	return u->dead || s->f.lost || s->f.farm_down || s->f.stale || u->in->stale ||
	       (u->kind == SUB_KEEP && u->in->keep_stopped);
}

/* The bar [t - 5 s, t) is over; one without trades repeats the last price. */
void
bars_five(struct sim *s, int64_t t)
{
	int64_t from = t - 5 * TIM_SEC;

	for (size_t i = 0; i < s->nconn; i++)
		for (struct sub *u = s->conn[i]->subs; u; u = u->cnext) {
			struct sim_bar b = u->bar;
			int64_t px;

			if (u->kind != SUB_RTBARS)
				continue;
			u->bar.t = TIM_NONE;
			if (from < u->told || is_dead(s, u) || closed_now(s, u, from))
				continue;
			if (b.t == TIM_NONE) {
				px = u->step ? 0 : inst_price(u->in, u->what);
				if (px <= 0)
					continue;
				b = (struct sim_bar){ from, 0, px, px, px, px, 0, 0, 0 };
			}
			b.t = from;
			send_rt_bar(s, u, &b);
		}
}

/* ---- the forming bar ---- */

static void
send_forming(struct sim *s, struct sub *u)
{
	const struct sim_bar *b = &u->bar;
	struct tws_event ev;
	char date[64];
	bool trades = u->what == WHAT_TRADES;

	tws_event_init(&ev, TWS_E_historical_data_update);
	ev.historical_data_update.req_id = u->id;
	ev.historical_data_update.count = trades ? b->count : -1;
	ev.historical_data_update.date = bar_date(s, date, b->t, u->step, u->format);
	ev.historical_data_update.open = b->open;
	ev.historical_data_update.close = b->close;
	ev.historical_data_update.high = b->high;
	ev.historical_data_update.low = b->low;
	ev.historical_data_update.wap = trades ? wap_of(b) : -NUM_NANO;
	ev.historical_data_update.volume = trades ? b->volume : -(num_i128)NUM_NANO;
	conn_send(s, u->c, &ev);
	u->changed = false;
	u->told = s->now;
}

static void
grow(struct sim *s, struct sub *u, const struct sim_bar *more)
{
	int64_t start = bar_start(s, u->step, more->t);

	if (u->kind == SUB_KEEP && u->bar.t != TIM_NONE && start > u->bar.t) {
		if (u->changed)
			send_forming(s, u); /* its last word */
		u->bar.t = TIM_NONE;
	}
	if (u->bar.t == TIM_NONE)
		u->bar = (struct sim_bar){ .t = start };
	bar_merge(&u->bar, more);
	u->changed = true;
	if (u->kind == SUB_KEEP && (u->told == TIM_NONE || s->now - u->told >= KEEP_EVERY))
		send_forming(s, u);
}

void
bars_publish(struct sim *s, struct sub *u, const struct rec *r)
{
	struct sim_bar more = { .t = TIM_NONE };
	const struct inst *in = u->in;

	if (is_dead(s, u))
		return;
	if (r->type == REC_bar) {
		const struct bar_store *v = &in->bars[WHAT_TRADES];

		if (u->what != WHAT_TRADES || v->n == 0)
			return;
		more = v->v[v->n - 1];
		if (u->kind == SUB_RTBARS) {
			u->step = 1; /* bars of a file: none are made of the clock */
			send_rt_bar(s, u, &more);
			return;
		}
	} else if (r->type == REC_trade && u->what == WHAT_TRADES) {
		bar_trade(&more, r->ts, in->last, in->last_size);
	} else if (r->type == REC_quote && u->what != WHAT_TRADES) {
		int64_t px = inst_price(in, u->what == WHAT_BID_ASK ? WHAT_MIDPOINT : u->what);

		if (px <= 0)
			return;
		bar_quote(&more, r->ts, px);
	} else {
		return;
	}
	if (u->kind == SUB_RTBARS) {
		if (u->bar.t == TIM_NONE)
			u->bar = (struct sim_bar){ .t = tim_floor(r->ts, 5 * TIM_SEC) };
		bar_merge(&u->bar, &more);
	} else {
		grow(s, u, &more);
	}
}

/* What was held back because it came too soon after the last. */
void
bars_flush(struct sim *s)
{
	for (size_t i = 0; i < s->nconn; i++)
		for (struct sub *u = s->conn[i]->subs; u; u = u->cnext)
			if (u->kind == SUB_KEEP && u->changed && !is_dead(s, u) &&
			    s->now - u->told >= KEEP_EVERY)
				send_forming(s, u);
}
