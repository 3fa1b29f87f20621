/* Messages in: whose they are, and what errors mean for whom. */
#include "feed/live.h"

#include <stdio.h>

#include "base/mem.h"

static struct live_req *
req_of(struct live *l, int64_t id)
{
	static struct live_req none;
	uint64_t i = (uint64_t)id - (uint64_t)TWS_REQ_ID_FIRST;

	none = (struct live_req){ REQ_NONE, NULL, NULL };
	return id >= TWS_REQ_ID_FIRST && i < l->reqs_cap ? &l->reqs[i] : &none;
}

/* ---- the connection ---- */

/* From here on nothing is known: holes, and no request is open. */
static void
cut_off(struct live *l)
{
	l->asked_time = false;
	live_hist_cut(l);
	for (size_t i = 0; i < l->nsubs; i++) {
		struct live_sub *sub = &l->subs[i];

		for (size_t k = 0; k < sub->nstreams; k++) {
			struct live_stream *x = &sub->streams[k];

			if (x->req_id)
				l->reqs[x->req_id - TWS_REQ_ID_FIRST].kind = REQ_NONE;
			if (x->state == STREAM_ON)
				live_hole(l, x, l->now);
			if (x->state != STREAM_DEAD)
				x->state = STREAM_OFF;
			x->req_id = 0;
			x->fill_id = 0;
			x->fill_at = INT64_MAX;
		}
	}
}

int
live_state(void *arg, enum tws_state s, const char *why)
{
	struct live *l = arg;
	int rc = l->advancing ? 0 : live_advance(l, tws_session_time(l->s));

	if (rc < 0)
		return rc;
	if (s == TWS_STARTING && l->stepped && l->now < tws_session_greeted(l->s))
		l->now = tws_session_greeted(l->s);
	if (s == TWS_UP) {
		l->up = true;
		l->told_down = l->broker_lost = false;
		return live_status(l, W_sstate_connected, NULL, 0, "server version %d",
		    tws_session_server_version(l->s));
	}
	if (s != TWS_DOWN)
		return 0;
	if (l->up) {
		l->up = false;
		cut_off(l);
	}
	if (l->told_down) { /* another try failed: no news */
		stage_note(l->st, 2, "%s", why);
		return 0;
	}
	l->told_down = true;
	rc = live_status(l, W_sstate_disconnected, NULL, 0, "%s", why);
	return rc < 0 ? rc : live_check_source(l);
}

static int
on_up(struct live *l)
{
	int rc = live_session_up(l);

	return rc < 0 ? rc : live_check_source(l);
}

int
live_up(void *arg, int64_t next_valid_id, struct str accounts)
{
	(void)next_valid_id;
	(void)accounts;
	return on_up(arg);
}

void
live_note(void *arg, const char *text)
{
	struct live *l = arg;

	stage_note(l->st, 1, "%s", text);
}

/* The gateway has no broker: what comes now is not all there is. */
static void
open_holes(struct live *l)
{
	for (size_t i = 0; i < l->nsubs; i++)
		for (size_t k = 0; k < l->subs[i].nstreams; k++)
			if (l->subs[i].streams[k].state == STREAM_ON)
				live_hole(l, &l->subs[i].streams[k], l->now);
}

/* It has again, and says that the subscriptions stand. Bars are asked for anew, with those that
 * were missed; ticks are trusted, and what was missed of them is asked for. */
static int
stand_again(struct live *l)
{
	bool bars = (l->data & (LIVE_BARS5S | LIVE_FOLLOW)) != 0;

	for (size_t i = 0; i < l->nsubs; i++)
		for (size_t k = 0; k < l->subs[i].nstreams; k++) {
			if (bars)
				live_unsubscribe(l, &l->subs[i].streams[k]);
			else
				live_fill_begin(l, &l->subs[i].streams[k]);
		}
	return bars && l->phase == PHASE_LIVE ? live_subscribe_all(l) : 0;
}

/* All that is subscribed to must show within a while that it lives, or is asked for again. */
static void
verify(struct live *l)
{
	int64_t wait = l->stale > 0 && l->stale < 10 * TIM_SEC ? l->stale : 10 * TIM_SEC;

	for (size_t i = 0; i < l->nsubs; i++)
		for (size_t k = 0; k < l->subs[i].nstreams; k++) {
			struct live_stream *x = &l->subs[i].streams[k];

			if (x->state == STREAM_ON && x->any)
				x->verify_at = l->now + wait;
		}
	l->watch_at = 0;
}

/* The gateway's own connections, and its farms of data. */
static int
connectivity(struct live *l, const struct tws_error *k, const struct tws_e_error *x)
{
	int rc;

	switch ((int)k->action) {
	case TWS_DO_LOST:
		if (l->broker_lost)
			return 0;
		l->broker_lost = true;
		l->broker_lost_at = l->now;
		open_holes(l);
		rc = live_status(l, W_sstate_disconnected, NULL, 0, "%s (error %lld)", k->text,
		    (long long)x->code);
		return rc < 0 ? rc : live_check_source(l);
	case TWS_DO_RESUBSCRIBE:
		l->broker_lost = false;
		rc = live_status(
		    l, W_sstate_connected, NULL, 0, "%s (error %lld)", k->text, (long long)x->code);
		cut_off(l);
		return rc < 0 ? rc : on_up(l);
	case TWS_DO_VERIFY:
		l->broker_lost = false;
		verify(l);
		rc = live_status(
		    l, W_sstate_connected, NULL, 0, "%s (error %lld)", k->text, (long long)x->code);
		if (rc == 0)
			rc = stand_again(l);
		return rc < 0 ? rc : live_check_source(l);
	case TWS_DO_FARM_DOWN:
		l->farm_down = true;
		return live_status(l, W_sstate_degraded, NULL, 0, "%.*s (error %lld)",
		    STR_FMT(x->text), (long long)x->code);
	case TWS_DO_FARM_UP:
		if (!l->farm_down)
			return 0;
		l->farm_down = false;
		verify(l);
		return live_status(l, W_sstate_alive, NULL, 0, "%.*s (error %lld)",
		    STR_FMT(x->text), (long long)x->code);
	default: return 0;
	}
}

/* ---- refusals ---- */

static int
all_dead(struct live *l, const char *why)
{
	for (size_t i = 0; i < l->nsubs; i++)
		for (size_t k = 0; k < l->subs[i].nstreams; k++)
			if (l->subs[i].streams[k].state != STREAM_DEAD)
				return live_check_source(l);
	return stage_fail(l->st, ERR_NET, "no market data for any symbol: %s", why);
}

static int
stream_refused(
    struct live *l, struct live_stream *x, const struct tws_e_error *er, const struct tws_error *k)
{
	char why[400];
	size_t have = 0;
	int rc;

	snprintf(why, sizeof why, "%.*s (error %lld)", er->text.n < 300 ? (int)er->text.n : 300,
	    er->text.p, (long long)er->code);
	l->reqs[x->req_id - TWS_REQ_ID_FIRST].kind = REQ_NONE;
	x->req_id = 0;
	l->watch_at = 0;
	if ((er->code == 10189 || er->code == 10190) &&
	    (x->kind == STREAM_LAST || x->kind == STREAM_BID_ASK)) {
		live_to_mkt(x);
		rc = live_status(l, W_sstate_degraded, x->sub, 0,
		    "sampled market data in place of tick by tick: %s", why);
		if (rc < 0 || x->state == STREAM_DEAD)
			return rc;
		return live_subscribe(l, x);
	}
	for (size_t i = 0; i < l->nsubs; i++)
		for (size_t j = 0; j < l->subs[i].nstreams; j++)
			have += l->subs[i].streams[j].any;
	if (er->code == 101 && !x->any)
		return stage_fail(l->st, ERR_NET,
		    "the account has no more market data lines: of %zu symbols %zu have one; ask "
		    "for fewer, and close what else uses them: %s",
		    l->nsubs, have, why);
	if (k->cls == TWS_ERR_RATE || er->code == 162 || er->code == 10197 || er->code == 420 ||
	    er->code == 101) {
		x->state = STREAM_RETRY;
		x->retry_at = l->now + LIVE_RETRY_NS;
		live_hole(l, x, l->now);
		return live_status(l, W_sstate_degraded, x->sub, 0, "again in %lld s: %s",
		    (long long)(LIVE_RETRY_NS / TIM_SEC), why);
	}
	x->state = STREAM_DEAD;
	if (x->kind == STREAM_KEEP || x->kind == STREAM_BARS5S)
		x->sub->hist_queued = false;
	rc = live_status(l, W_sstate_degraded, x->sub, 0, "no market data: %s", why);
	return rc < 0 ? rc : all_dead(l, why);
}

/* An error about a request. */
static int
request_error(struct live *l, const struct tws_e_error *x, const struct tws_error *k)
{
	struct live_req *q = req_of(l, x->id);
	enum tws_error_class cls = tws_error_class_text(x->code, x->id, false, x->text);
	bool ended = cls == TWS_ERR_DATA_ENDED || cls == TWS_ERR_RATE;
	char why[300];

	snprintf(why, sizeof why, "error %lld: %.*s", (long long)x->code,
	    x->text.n < 250 ? (int)x->text.n : 250, x->text.p);
	if (q->kind == REQ_NONE) {
		stage_note(l->st, 2, "%s", why);
		return 0;
	}
	if (k->action == TWS_DO_DELAYED && q->kind == REQ_STREAM) {
		q->sub->delayed = true;
		return live_status(l, W_sstate_degraded, q->sub, 0, "%s", why);
	}
	if (!ended) {
		stage_note(l->st, cls == TWS_ERR_INFO ? 2 : 1, "%s: %s", q->sub->sym->name, why);
		return 0;
	}
	switch (q->kind) {
	case REQ_DETAILS:
		if (x->code != 200)
			stage_note(l->st, 1, "%s: %s", q->sub->sym->name, why);
		return live_details_end(l, q->sub);
	case REQ_STREAM:
		if (q->stream->kind == STREAM_KEEP)
			tws_pacing_answered(&l->pacing);
		return stream_refused(l, q->stream, x, k);
	case REQ_FILL:
		q->kind = REQ_NONE;
		tws_pacing_answered(&l->pacing);
		return q->stream->hole == TIM_NONE || q->stream->fill_id != x->id
			   ? 0
			   : live_fill_refused(l, q->stream, why);
	case REQ_HISTORY:
		q->kind = REQ_NONE;
		return live_hist_refused(l, q->sub, x->code == 162, cls == TWS_ERR_RATE, why);
	case REQ_NONE: break;
	}
	return 0;
}

static int
on_error(struct live *l, const struct tws_e_error *x)
{
	const struct tws_error *k = tws_error_of(x->code);

	if (tws_id_space(x->id) == TWS_ID_REQUEST)
		return request_error(l, x, k);
	if (k->cls == TWS_ERR_CONNECTIVITY || k->action == TWS_DO_FARM_UP)
		return connectivity(l, k, x);
	stage_note(l->st, k->cls == TWS_ERR_INFO ? 2 : 1, "error %lld: %.*s", (long long)x->code,
	    STR_FMT(x->text));
	return 0;
}

/* ---- all messages ---- */

static int
to_stream(struct live *l, int64_t id, const struct tws_event *ev)
{
	struct live_req *q = req_of(l, id);

	if (q->kind != REQ_STREAM)
		return 0; /* a tick that was under way when we cancelled */
	if (q->stream->kind == STREAM_KEEP || q->stream->kind == STREAM_BARS5S)
		return live_bars_event(l, q->stream, ev);
	return live_tick_event(l, q->stream, ev);
}

static int
to_fill(struct live *l, int64_t id, const struct tws_event *ev)
{
	struct live_req *q = req_of(l, id);

	if (q->kind != REQ_FILL || q->stream->hole == TIM_NONE || q->stream->fill_id != id)
		return 0;
	return live_fill_answer(l, q->stream, ev);
}

static int
history(struct live *l, const struct tws_event *ev)
{
	struct live_req *q = req_of(l, ev->historical_data.req_id);

	if (q->kind == REQ_STREAM)
		return live_bars_event(l, q->stream, ev);
	if (q->kind != REQ_HISTORY)
		return 0;
	q->kind = REQ_NONE;
	return live_hist_answer(l, q->sub, &ev->historical_data);
}

int
live_event(void *arg, const struct tws_event *ev, int64_t t_recv)
{
	struct live *l = arg;
	int rc = live_advance(l, t_recv);
	struct live_req *q;

	if (rc < 0)
		return rc;
	switch ((int)ev->kind) {
	case TWS_E_tick_by_tick: return to_stream(l, ev->tick_by_tick.req_id, ev);
	case TWS_E_tick_price: return to_stream(l, ev->tick_price.req_id, ev);
	case TWS_E_tick_size: return to_stream(l, ev->tick_size.req_id, ev);
	case TWS_E_tick_string: return to_stream(l, ev->tick_string.req_id, ev);
	case TWS_E_tick_generic: return to_stream(l, ev->tick_generic.req_id, ev);
	case TWS_E_market_data_type: return to_stream(l, ev->market_data_type.req_id, ev);
	case TWS_E_real_time_bar: return to_stream(l, ev->real_time_bar.req_id, ev);
	case TWS_E_historical_data_update:
		return to_stream(l, ev->historical_data_update.req_id, ev);
	case TWS_E_historical_data: return history(l, ev);
	case TWS_E_historical_ticks_last: return to_fill(l, ev->historical_ticks_last.req_id, ev);
	case TWS_E_historical_ticks_bid_ask:
		return to_fill(l, ev->historical_ticks_bid_ask.req_id, ev);
	case TWS_E_contract_data:
		q = req_of(l, ev->contract_data.req_id);
		return q->kind == REQ_DETAILS ? live_details(l, q->sub, &ev->contract_data) : 0;
	case TWS_E_contract_data_end:
		q = req_of(l, ev->contract_data_end.req_id);
		return q->kind == REQ_DETAILS ? live_details_end(l, q->sub) : 0;
	case TWS_E_error: return on_error(l, &ev->error);
	case TWS_E_current_time:
		return l->stepped && live_is_second(ev->current_time.time)
			   ? live_step_answer(l, ev->current_time.time * TIM_SEC)
			   : 0;
	default: return 0;
	}
}
