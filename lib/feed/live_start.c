/* Contracts, and what is asked for once they are known. */
#include "feed/live.h"

#include <stdio.h>

#include "base/mem.h"

#define CANDIDATES_MAX 8 /* that a message lists */

int64_t
live_request(struct live *l, enum live_req_kind kind, struct live_sub *sub, struct live_stream *x)
{
	int64_t id = tws_session_req_id(l->s);

	*MEM_AT(l->reqs, l->reqs_cap, (size_t)(id - TWS_REQ_ID_FIRST)) =
	    (struct live_req){ kind, sub, x };
	return id;
}

/* ---- contracts ---- */

static void
ask_details(struct live *l, struct live_sub *sub)
{
	struct tws_request q;
	struct buf words = { 0 };

	if (!sub->asked[0]) { /* before anything is learned about it */
		tws_contract_words(sub->contract, &words);
		snprintf(sub->asked, sizeof sub->asked, "%s", buf_z(&words));
		buf_free(&words);
	}

	sub->matches = 0;
	buf_clear(&sub->candidates);
	sub->details_id = live_request(l, REQ_DETAILS, sub, NULL);
	tws_request_init(&q, TWS_Q_req_contract_details);
	q.req_contract_details.req_id = sub->details_id;
	q.req_contract_details.contract = *sub->contract;
	tws_session_send(l->s, &q);
}

int
live_details(struct live *l, struct live_sub *sub, const struct tws_e_contract_data *d)
{
	struct str name = { sub->sym->name, sub->sym->len };

	if (sub->matches && d->contract.con_id == sub->first_con_id)
		return 0; /* the same on another exchange */
	if (sub->matches++ == 0) {
		sub->first_con_id = d->contract.con_id;
		tws_contracts_learn(l->contracts, name, &d->contract);
	}
	if (sub->matches <= CANDIDATES_MAX) {
		if (sub->candidates.len)
			buf_puts(&sub->candidates, "; ");
		tws_contract_words(&d->contract, &sub->candidates);
	}
	return 0;
}

static int
all_known(struct live *l)
{
	for (size_t i = 0; i < l->nsubs; i++)
		if (!l->subs[i].resolved)
			return 0;
	if (l->o.history)
		return live_hist_begin(l);
	return live_begin(l);
}

int
live_details_end(struct live *l, struct live_sub *sub)
{
	struct buf asked = { 0 };
	int rc;

	if (sub->resolved)
		return 0;
	if (sub->matches == 1) {
		sub->resolved = true;
		return all_known(l);
	}
	buf_puts(&asked, sub->asked);
	if (sub->matches == 0)
		rc = stage_fail(l->st, ERR_USAGE, "%s: the broker knows no such contract (%s)",
		    sub->sym->name, buf_z(&asked));
	else
		rc = stage_fail(l->st, ERR_USAGE,
		    "%s: %u contracts are meant by %s: say which in a --contracts file: %s%s",
		    sub->sym->name, sub->matches, buf_z(&asked), buf_z(&sub->candidates),
		    sub->matches > CANDIDATES_MAX ? "; ..." : "");
	buf_free(&asked);
	return rc;
}

/* ---- subscriptions ---- */

static struct str
bars_of(const struct live *l, const struct live_sub *sub)
{
	if (l->o.what)
		return str_z(l->o.what);
	return str_z(str_eqz(sub->contract->sec_type, "CASH") ? "MIDPOINT" : "TRADES");
}

static void
subscribe_ticks(struct live *l, struct live_stream *x)
{
	struct tws_request q;

	tws_request_init(&q, TWS_Q_req_tick_by_tick);
	q.req_tick_by_tick.req_id = x->req_id;
	q.req_tick_by_tick.contract = *x->sub->contract;
	q.req_tick_by_tick.what = str_z(x->kind == STREAM_LAST ? "Last" : "BidAsk");
	tws_session_send(l->s, &q);
}

static void
subscribe_mkt(struct live *l, struct live_stream *x)
{
	struct live_sub *sub = x->sub;
	struct tws_request q;

	tws_request_init(&q, TWS_Q_req_mkt_data);
	q.req_mkt_data.req_id = x->req_id;
	q.req_mkt_data.contract = *sub->contract;
	if (!str_eqz(sub->contract->sec_type, "CASH"))
		q.req_mkt_data.generic_ticks = str_z("233"); /* RTVolume: trades with their time */
	tws_session_send(l->s, &q);
	/* what was known of the market is history */
	sub->bid = sub->ask = sub->bid_size = sub->ask_size = TWS_UNSET;
	sub->has_last = sub->rt_volume = sub->quote_waits = sub->halted = false;
}

static void
subscribe_bars5s(struct live *l, struct live_stream *x)
{
	struct tws_request q;

	tws_request_init(&q, TWS_Q_req_real_time_bars);
	q.req_real_time_bars.req_id = x->req_id;
	q.req_real_time_bars.contract = *x->sub->contract;
	q.req_real_time_bars.bar_size = 5;
	q.req_real_time_bars.what_to_show = bars_of(l, x->sub);
	q.req_real_time_bars.use_rth = l->o.rth;
	tws_session_send(l->s, &q);
}

/* Real-time bars: 60 new ones in 10 minutes, the rule for requests of small bars. When this one
 * may be asked for. */
static int64_t
bars5s_when(struct live *l)
{
	uint64_t id = (uint64_t)l->asked_bars5s;
	struct tws_pace pace = { .same = id, .series = id, .weight = 1, .small = true };
	int64_t when = l->stepped ? l->now : tws_pacing_when(&l->bars5s, &pace, l->now);

	if (when <= l->now) {
		l->asked_bars5s++;
		tws_pacing_sent(&l->bars5s, &pace, l->now);
	}
	return when;
}

int
live_subscribe(struct live *l, struct live_stream *x)
{
	int64_t when = x->kind == STREAM_BARS5S ? bars5s_when(l) : l->now;

	if (when > l->now) {
		x->state = STREAM_RETRY;
		x->retry_at = when;
		l->watch_at = 0;
		return live_status(l, W_sstate_degraded, x->sub, 0,
		    "again in %lld s: the broker allows 60 new five-second bars in 10 minutes",
		    (long long)((when - l->now + TIM_SEC - 1) / TIM_SEC));
	}
	x->state = STREAM_ON;
	x->asked = l->now;
	x->reopened = x->any;
	x->fresh = false;
	if (x->last == TIM_NONE)
		x->last = l->now;
	x->verify_at = TIM_NONE;
	l->watch_at = 0;
	if (x->kind == STREAM_KEEP) { /* a request of history: paced as such */
		x->req_id = 0;
		live_hist_ask(l, x->sub);
		return 0;
	}
	x->req_id = live_request(l, REQ_STREAM, x->sub, x);
	if (x->kind == STREAM_MKT)
		subscribe_mkt(l, x);
	else if (x->kind == STREAM_BARS5S)
		subscribe_bars5s(l, x);
	else
		subscribe_ticks(l, x);
	live_fill_begin(l, x);
	return 0;
}

void
live_unsubscribe(struct live *l, struct live_stream *x)
{
	struct tws_request q;

	if (x->req_id == 0 || !l->up)
		return;
	switch (x->kind) {
	case STREAM_LAST:
	case STREAM_BID_ASK:
		tws_request_init(&q, TWS_Q_cancel_tick_by_tick);
		q.cancel_tick_by_tick.req_id = x->req_id;
		break;
	case STREAM_MKT:
		tws_request_init(&q, TWS_Q_cancel_mkt_data);
		q.cancel_mkt_data.req_id = x->req_id;
		break;
	case STREAM_BARS5S:
		tws_request_init(&q, TWS_Q_cancel_real_time_bars);
		q.cancel_real_time_bars.req_id = x->req_id;
		break;
	case STREAM_KEEP:
		tws_request_init(&q, TWS_Q_cancel_historical_data);
		q.cancel_historical_data.req_id = x->req_id;
		break;
	}
	tws_session_send(l->s, &q);
	l->reqs[x->req_id - TWS_REQ_ID_FIRST].kind = REQ_NONE;
	x->req_id = 0;
	x->state = STREAM_OFF;
}

int
live_subscribe_all(struct live *l)
{
	struct tws_request q;
	int rc = 0;

	if (l->o.market_data != LIVE_MD_LIVE) { /* does not survive a connection */
		tws_request_init(&q, TWS_Q_req_market_data_type);
		q.req_market_data_type.type = l->o.market_data + 1;
		tws_session_send(l->s, &q);
	}
	live_bars_fill_begin(l);
	for (size_t i = 0; i < l->nsubs && rc == 0; i++)
		for (size_t k = 0; k < l->subs[i].nstreams && rc == 0; k++)
			if (l->subs[i].streams[k].state != STREAM_DEAD)
				rc = live_subscribe(l, &l->subs[i].streams[k]);
	return rc;
}

static struct live_stream *
add_stream(struct live_sub *sub, enum live_stream_kind kind)
{
	struct live_stream *x = &sub->streams[sub->nstreams++];

	*x = (struct live_stream){ .sub = sub, .kind = kind, .last = TIM_NONE };
	x->asked = x->hole = x->verify_at = TIM_NONE;
	return x;
}

/* Tick by tick, or where that cannot be had the sampled data: what was wanted of it. */
void
live_to_mkt(struct live_stream *x)
{
	struct live_sub *sub = x->sub;

	sub->mkt_trades |= x->kind == STREAM_LAST;
	sub->mkt_quotes |= x->kind == STREAM_BID_ASK;
	for (size_t k = 0; k < sub->nstreams; k++)
		if (sub->streams[k].kind == STREAM_MKT) {
			x->state = STREAM_DEAD; /* that one does it, too */
			return;
		}
	x->kind = STREAM_MKT;
	x->nseen = 0;
}

static void
make_streams(struct live *l, struct live_sub *sub)
{
	bool sampled = (l->data & LIVE_MKT) || l->o.market_data != LIVE_MD_LIVE;

	sub->nstreams = 0;
	if (l->data & LIVE_FOLLOW) {
		add_stream(sub, STREAM_KEEP);
	} else if (l->data & LIVE_BARS5S) {
		add_stream(sub, STREAM_BARS5S);
	} else if (sampled) {
		sub->mkt_trades = (l->data & (LIVE_TRADES | LIVE_MKT)) &&
				  !str_eqz(sub->contract->sec_type, "CASH");
		sub->mkt_quotes = (l->data & (LIVE_QUOTES | LIVE_MKT)) != 0;
		add_stream(sub, STREAM_MKT);
	} else {
		if (l->data & LIVE_TRADES)
			add_stream(sub, STREAM_LAST);
		if (l->data & LIVE_QUOTES)
			add_stream(sub, STREAM_BID_ASK);
	}
}

/* From here on it is live: behind the history, when there was one. */
int
live_begin(struct live *l)
{
	int64_t every = l->m->wm_every;
	bool behind = l->o.history != NULL;

	l->phase = PHASE_LIVE;
	l->source = SOURCE_PRIMARY;
	for (size_t i = 0; i < l->nsubs; i++) {
		struct live_sub *sub = &l->subs[i];

		make_streams(l, sub);
		for (size_t k = 0; k < sub->nstreams && behind; k++) {
			/* ticks since the last bar ended are missing */
			sub->streams[k].any = true;
			sub->streams[k].second =
			    l->hist_to / TIM_SEC - (sub->streams[k].kind == STREAM_MKT);
			live_hole(l, &sub->streams[k], l->hist_to);
		}
	}
	if (every > 0)
		l->next_mark = tim_floor(behind ? l->hist_to : l->now, every) + every;
	l->bar_end = tim_floor(behind ? l->hist_to : l->now, l->interval.ns) + l->interval.ns;
	if (behind) {
		int rc = live_status(l, W_sstate_live, NULL, 0, "the history ends here");

		if (rc)
			return rc;
	}
	return live_subscribe_all(l);
}

/* ---- the session opened ---- */

int
live_session_up(struct live *l)
{
	for (size_t i = 0; i < l->nsubs && l->phase == PHASE_CONTRACTS; i++) {
		struct live_sub *sub = &l->subs[i];

		if (!sub->resolved)
			ask_details(l, sub);
	}
	if (l->phase == PHASE_CONTRACTS)
		l->details_by = l->now + LIVE_DETAILS_NS;
	return l->phase == PHASE_LIVE ? live_subscribe_all(l) : 0;
}
