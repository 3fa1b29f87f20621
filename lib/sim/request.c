/* What a client asks for: the scenario first, then whoever answers it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/gate.h"

#include "base/mem.h"

const char *
sim_time_text(struct sim *s, char *o, int64_t ns, const char *sep, bool zone)
{
	int64_t local = tz_to_local(s->zone, ns), sec = tim_floor(local, TIM_SEC) / TIM_SEC;
	int y, m, d, day = (int)(((sec % 86400) + 86400) % 86400);
	const char *name = s->f.zone[0] ? s->f.zone : s->o->zone;

	tim_civil(tim_day(local), &y, &m, &d);
	snprintf(o, 64, "%04d%02d%02d%s%02d:%02d:%02d%s%.34s", y, m, d, sep, day / 3600,
	    day / 60 % 60, day % 60, zone ? " " : "", zone ? name : "");
	return o;
}

void
sim_answer_time(struct sim *s, struct conn *c)
{
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_current_time);
	ev.current_time.time = tim_floor(s->now, TIM_SEC) / TIM_SEC;
	conn_send(s, c, &ev);
}

static void
answer_ids(struct sim *s, struct conn *c)
{
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_next_valid_id);
	ev.next_valid_id.order_id = s->next_valid_id;
	conn_send(s, c, &ev);
}

static void
answer_accounts(struct sim *s, struct conn *c)
{
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_managed_accounts);
	ev.managed_accounts.accounts = str_z(s->o->accounts);
	conn_send(s, c, &ev);
}

/* Orders given by hand become those of client 0 that asks for it. */
static void
bind(struct sim *s, struct conn *c, bool on)
{
	if (c->client_id != 0) {
		conn_error(s, c, -1, 321,
		    "Error validating request.-'bT' : cause - Only the default client (i.e 0) can "
		    "auto bind orders");
		return;
	}
	c->auto_open = on;
	for (size_t i = 0; on && i < s->norders; i++) {
		struct sim_order *o = s->orders[i];
		struct tws_event ev;

		if (o->order_id != 0 || o->done)
			continue;
		o->order_id = -(int64_t)o->no;
		tws_event_init(&ev, TWS_E_order_bound);
		ev.order_bound.perm_id = o->perm_id;
		ev.order_bound.client_id = 0;
		ev.order_bound.order_id = o->order_id;
		conn_send(s, c, &ev);
	}
}

static void
answer_depth_exchanges(struct sim *s, struct conn *c)
{
	struct tws_depth_exchange x = { .exchange = str_z("ISLAND"),
		.sec_type = str_z("STK"),
		.listing_exchange = str_z(""),
		.service_data_type = str_z("Deep2"),
		.agg_group = TWS_UNSET };
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_mkt_depth_exchanges);
	ev.mkt_depth_exchanges.exchanges.n = 1;
	ev.mkt_depth_exchanges.exchanges.v = &x;
	conn_send(s, c, &ev);
}

static void
answer_components(struct sim *s, struct conn *c, int64_t id)
{
	struct tws_component x[] = { { 0, str_z("NYSE"), str_z("N") },
		{ 1, str_z("ISLAND"), str_z("Q") } };
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_smart_components);
	ev.smart_components.req_id = id;
	ev.smart_components.components.n = 2;
	ev.smart_components.components.v = x;
	conn_send(s, c, &ev);
}

static void
answer_end(struct sim *s, struct conn *c, enum tws_ev kind)
{
	struct tws_event ev;

	tws_event_init(&ev, kind);
	conn_send(s, c, &ev);
}

/* The id that an answer to a request would bear: of the request, or of the order. */
static int64_t
id_of(const struct tws_request *q)
{
	switch (q->kind) {
	case TWS_Q_place_order: return q->place_order.order.order_id;
	case TWS_Q_cancel_order: return q->cancel_order.order_id;
#define ID(kind) \
	case TWS_Q_##kind: return q->kind.req_id
		ID(req_mkt_data);
		ID(cancel_mkt_data);
		ID(req_executions);
		ID(req_contract_details);
		ID(req_mkt_depth);
		ID(req_historical_data);
		ID(cancel_historical_data);
		ID(req_real_time_bars);
		ID(cancel_real_time_bars);
		ID(req_account_summary);
		ID(req_head_time_stamp);
		ID(req_pnl);
		ID(req_pnl_single);
		ID(req_historical_ticks);
		ID(req_tick_by_tick);
		ID(cancel_tick_by_tick);
		ID(req_account_updates_multi);
		ID(req_positions_multi);
		ID(req_matching_symbols);
		ID(req_smart_components);
#undef ID
	default: return -1;
	}
}

void
sim_handle(
    struct sim *s, struct conn *c, const struct tws_request *q, const char *payload, size_t n)
{
	tws_arena_reset(&s->omem);
	switch (q->kind) {
	case TWS_Q_req_mkt_data: on_mkt_data(s, c, &q->req_mkt_data); break;
	case TWS_Q_cancel_mkt_data: cancel_sub(s, c, SUB_TICKS, q->cancel_mkt_data.req_id); break;
	case TWS_Q_place_order: on_place_order(s, c, &q->place_order, payload, n); break;
	case TWS_Q_cancel_order: on_cancel_order(s, c, q->cancel_order.order_id); break;
	case TWS_Q_req_global_cancel: on_global_cancel(s, c); break;
	case TWS_Q_req_open_orders: on_open_orders(s, c, false); break;
	case TWS_Q_req_all_open_orders: on_open_orders(s, c, true); break;
	case TWS_Q_req_auto_open_orders: bind(s, c, q->req_auto_open_orders.bind); break;
	case TWS_Q_req_account_updates: on_account_updates(s, c, &q->req_account_updates); break;
	case TWS_Q_req_account_updates_multi:
		on_account_updates_multi(s, c, &q->req_account_updates_multi);
		break;
	case TWS_Q_req_executions: on_executions(s, c, &q->req_executions); break;
	case TWS_Q_req_ids: answer_ids(s, c); break;
	case TWS_Q_req_contract_details: on_contract_details(s, c, &q->req_contract_details); break;
	case TWS_Q_req_mkt_depth: on_mkt_depth(s, c, &q->req_mkt_depth); break;
	case TWS_Q_req_managed_accts: answer_accounts(s, c); break;
	case TWS_Q_req_historical_data:
		on_historical_data(s, c, &q->req_historical_data, payload, n);
		break;
	case TWS_Q_cancel_historical_data:
		cancel_sub(s, c, SUB_KEEP, q->cancel_historical_data.req_id);
		break;
	case TWS_Q_req_current_time:
		if (s->o->steppers && s->o->clock == CLOCK_VIRTUAL)
			c->steps++;
		else
			sim_answer_time(s, c);
		break;
	case TWS_Q_req_real_time_bars: on_real_time_bars(s, c, &q->req_real_time_bars); break;
	case TWS_Q_cancel_real_time_bars:
		cancel_sub(s, c, SUB_RTBARS, q->cancel_real_time_bars.req_id);
		break;
	case TWS_Q_req_market_data_type:
		if (q->req_market_data_type.type >= 1 && q->req_market_data_type.type <= 4)
			c->data_type = q->req_market_data_type.type;
		break;
	case TWS_Q_req_positions: on_positions(s, c); break;
	case TWS_Q_cancel_positions: c->positions = false; break;
	case TWS_Q_req_positions_multi:
		on_positions_multi(s, c, q->req_positions_multi.req_id);
		break;
	case TWS_Q_req_account_summary: on_account_summary(s, c, &q->req_account_summary); break;
	case TWS_Q_cancel_account_summary:
		cancel_sub(s, c, SUB_SUMMARY, q->cancel_account_summary.req_id);
		break;
	case TWS_Q_req_matching_symbols: on_matching_symbols(s, c, &q->req_matching_symbols); break;
	case TWS_Q_req_mkt_depth_exchanges: answer_depth_exchanges(s, c); break;
	case TWS_Q_req_smart_components:
		answer_components(s, c, q->req_smart_components.req_id);
		break;
	case TWS_Q_req_head_time_stamp: on_head_time_stamp(s, c, &q->req_head_time_stamp); break;
	case TWS_Q_req_market_rule: on_market_rule(s, c, &q->req_market_rule); break;
	case TWS_Q_req_pnl: on_pnl(s, c, q->req_pnl.req_id); break;
	case TWS_Q_cancel_pnl: cancel_sub(s, c, SUB_PNL, q->cancel_pnl.req_id); break;
	case TWS_Q_req_pnl_single:
		on_pnl_single(s, c, q->req_pnl_single.req_id, q->req_pnl_single.con_id);
		break;
	case TWS_Q_cancel_pnl_single:
		cancel_sub(s, c, SUB_PNL_SINGLE, q->cancel_pnl_single.req_id);
		break;
	case TWS_Q_req_historical_ticks: on_historical_ticks(s, c, &q->req_historical_ticks); break;
	case TWS_Q_req_tick_by_tick: on_tick_by_tick(s, c, &q->req_tick_by_tick); break;
	case TWS_Q_cancel_tick_by_tick:
		cancel_sub(s, c, SUB_TBT, q->cancel_tick_by_tick.req_id);
		break;
	case TWS_Q_req_completed_orders: answer_end(s, c, TWS_E_completed_order_end); break;
	default: break; /* news, log levels, more cancels: heard, and nothing to say */
	}
	fills_flush(s);
}

void
sim_request(struct sim *s, struct conn *c, const char *payload, size_t n)
{
	struct tws_request q;
	struct err e;
	struct cause why = { .c = c, .q = &q, .payload = payload, .n = n, .id = -1 };

	tws_arena_reset(&s->qmem);
	if (tws_decode_request(c->version, payload, n, &q, &s->qmem, &e) < 0) {
		wirelog_frame(s, c, "in", "unreadable", payload, n);
		conn_error(
		    s, c, -1, 320, "Error reading request. Unable to parse field: %s", e.msg);
		return;
	}
	wirelog_frame(s, c, "in", tws_request_name(q.kind), payload, n);
	if (q.kind == TWS_Q_unknown || q.kind == TWS_Q_start_api)
		return;
	why.id = id_of(&q);
	if (q.kind == TWS_Q_place_order || q.kind == TWS_Q_cancel_order)
		why.order = order_of(s, c->client_id, why.id);
	script_fire(s, ON_REQUEST, &why);
	if (!why.handled && !c->dead)
		sim_handle(s, c, &q, payload, n);
	c->swallow = 0;
	if (why.handled)
		return;
	if (q.kind == TWS_Q_place_order || q.kind == TWS_Q_cancel_order)
		why.order = order_of(s, c->client_id, why.id);
	script_fire(s, ON_DONE, &why);
}
