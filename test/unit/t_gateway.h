/*
 * A gateway in memory, to drive the engine of lib/broker through: whole messages as bytes, an
 * account that is kept independently, and faults by a seeded generator. Between it and the engine
 * lie two buffers of bytes, as between two sockets; a cut may fall anywhere in them.
 *
 * It knows what it needs to: stocks, market and limit orders, fills in parts, cancels, replaces,
 * the lists, commissions that come later, ids that go back.
 */
#ifndef TP_TEST_T_GATEWAY_H
#define TP_TEST_T_GATEWAY_H

#include "base/mem.h"
#include "base/rng.h"
#include "broker/broker.h"
#include "t.h"
#include "tws/contract.h"
#include "tws/errors.h"
#include "tws/wire.h"

#define GW_VERSION 178
#define GW_SYMS 4
#define GW_EPOCH INT64_C(1700000000000000000)

static const char *const gw_names[GW_SYMS] = { "AAPL", "MSFT", "IBM", "XOM" };

struct gw_order {
	int64_t id, client, perm;
	char ref[128];
	int sym;
	bool buy, market;
	int64_t qty, limit, filled;
	num_i128 value;
	enum tws_status st;
	uint32_t places; /* how often an order of this name was placed anew */
	bool quiet;      /* no word about it unless asked */
	int64_t limbo;   /* not there before this time */
	int64_t parent;
	char oca[64];
};

struct gw_exec {
	char id[64];
	uint32_t order;
	int64_t qty, px, commission, at;
	int rev;
	bool old_day;    /* not listed any more */
	bool comm_sent;  /* its commission has been told once */
	int64_t comm_at; /* when it will be */
};

/* Chances of each fault, in 1/10000 of the occasions for it. */
struct gw_faults {
	int cut;         /* connection, on each turn */
	int drop_order;  /* an order vanishes, unanswered */
	int quiet_order; /* it lives, unanswered */
	int drop_cancel; /* a cancel is not answered, nor done */
	int drop_exec;   /* an execution is not told as it happens */
	int twice;       /* a status comes again */
	int late_comm;   /* the commission takes seconds */
	int limbo;       /* an order is taken seconds later, after it was said not to exist */
	int reject;      /* an order is refused with 201 */
	int restart;     /* with a cut: ids go back, unprocessed bytes are gone */
	int correct;     /* an execution is corrected, or taken back */
	int lost;        /* 1100, and 1102 later */
	int manual;      /* a person trades */
	int forget;      /* an inquiry stays without its end */
};

struct gw {
	struct rng rng;
	struct gw_faults f;
	struct gw_order *order;
	size_t norders, order_cap;
	struct gw_exec *exec;
	size_t nexecs, exec_cap;
	int64_t pos[GW_SYMS], px[GW_SYMS];
	int64_t cash; /* micro */
	int64_t next_valid, perm;
	int64_t now; /* ns of the model */
	bool up, lost;
	bool still; /* nothing happens by itself */
	int64_t back_at, lost_until;
	struct tws_reader in;
	struct buf out; /* bytes under way to the client */
	struct tws_arena arena;
	uint64_t placed, doubled, reused, cuts, restarts, crashes;
	uint64_t cancels_of_unknown;
};

static bool
gw_chance(struct gw *g, int in_10000)
{
	return in_10000 > 0 && rng_below(&g->rng, 10000) < (uint64_t)in_10000;
}

static void
gw_init(struct gw *g, uint64_t seed)
{
	memset(g, 0, sizeof *g);
	rng_seed(&g->rng, seed);
	g->cash = 1000000 * NUM_MICRO;
	g->next_valid = 1;
	g->perm = INT64_C(2000000000);
	for (int i = 0; i < GW_SYMS; i++)
		g->px[i] = (100 + 10 * i) * NUM_NANO;
}

T_UNUSED static void
gw_free(struct gw *g)
{
	free(g->order);
	free(g->exec);
	tws_reader_free(&g->in);
	buf_free(&g->out);
	tws_arena_free(&g->arena);
}

static void
gw_say(struct gw *g, const struct tws_event *ev)
{
	if (g->up)
		tws_encode_event(GW_VERSION, ev, &g->out);
}

static struct tws_contract
gw_contract(int sym)
{
	struct tws_contract c;

	memset(&c, 0, sizeof c);
	c.con_id = 1000 + sym;
	c.symbol = str_z(gw_names[sym]);
	c.sec_type = str_z("STK");
	c.exchange = str_z("SMART");
	c.currency = str_z("USD");
	c.local_symbol = c.symbol;
	return c;
}

static void
gw_error(struct gw *g, int64_t id, int code, const char *text)
{
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_error);
	ev.error.id = id;
	ev.error.code = code;
	ev.error.text = str_z(text);
	gw_say(g, &ev);
}

static void
gw_status(struct gw *g, const struct gw_order *o)
{
	struct tws_event ev;

	if (o->quiet)
		return;
	tws_event_init(&ev, TWS_E_order_status);
	ev.order_status.order_id = o->id;
	ev.order_status.status = str_z(tws_status_name(o->st));
	ev.order_status.filled = o->filled;
	ev.order_status.remaining = o->qty - o->filled;
	ev.order_status.avg_fill_price = bk_avg(o->value, o->filled);
	ev.order_status.perm_id = o->perm;
	ev.order_status.client_id = o->client;
	ev.order_status.last_fill_price = 0;
	ev.order_status.mkt_cap_price = 0;
	gw_say(g, &ev);
	if (gw_chance(g, g->f.twice))
		gw_say(g, &ev);
}

static void
gw_open(struct gw *g, const struct gw_order *o, bool listing)
{
	struct tws_request q;
	struct tws_event ev;

	if (o->quiet && !listing)
		return;
	tws_request_init(&q, TWS_Q_place_order);
	q.place_order.contract = gw_contract(o->sym);
	q.place_order.order.action = str_z(o->buy ? "BUY" : "SELL");
	q.place_order.order.total_quantity = o->qty;
	q.place_order.order.order_type = str_z(o->market ? "MKT" : "LMT");
	q.place_order.order.lmt_price = o->market ? TWS_UNSET : o->limit;
	q.place_order.order.account = str_z("DU1000");
	q.place_order.order.order_ref = str_z(o->ref);
	tws_event_init(&ev, TWS_E_open_order);
	tws_open_order_of(&ev.open_order, &q.place_order);
	ev.open_order.order.order_id = o->id;
	ev.open_order.order.client_id = o->client;
	ev.open_order.order.perm_id = o->perm;
	ev.open_order.state.status = str_z(tws_status_name(o->st));
	gw_say(g, &ev);
}

static void
gw_commission(struct gw *g, struct gw_exec *x)
{
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_commission_report);
	ev.commission_report.exec_id = str_z(x->id);
	ev.commission_report.commission = x->commission;
	ev.commission_report.currency = str_z("USD");
	ev.commission_report.realized_pnl = TWS_UNSET;
	ev.commission_report.yield = TWS_UNSET;
	gw_say(g, &ev);
	x->comm_sent = true;
}

static void
gw_tell_exec(struct gw *g, const struct gw_exec *x, int64_t req_id)
{
	const struct gw_order *o = &g->order[x->order];
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_exec_details);
	ev.exec_details.req_id = req_id;
	ev.exec_details.order_id = o->id;
	ev.exec_details.contract = gw_contract(o->sym);
	ev.exec_details.exec_id = str_z(x->id);
	ev.exec_details.time = str_z("20231114 22:13:20 UTC");
	ev.exec_details.account = str_z("DU1000");
	ev.exec_details.exchange = str_z("ISLAND");
	ev.exec_details.side = str_z(o->buy ? "BOT" : "SLD");
	ev.exec_details.shares = x->qty;
	ev.exec_details.price = x->px;
	ev.exec_details.perm_id = o->perm;
	ev.exec_details.client_id = o->client;
	ev.exec_details.cum_qty = o->filled;
	ev.exec_details.avg_price = bk_avg(o->value, o->filled);
	ev.exec_details.order_ref = str_z(o->ref);
	ev.exec_details.last_liquidity = 1;
	gw_say(g, &ev);
}

/* The account's own bookkeeping: the truth to compare with. */
static void
gw_book(struct gw *g, const struct gw_order *o, int64_t qty, int64_t px)
{
	int64_t money = 0;

	num_notional(px, qty, &money);
	g->pos[o->sym] += o->buy ? qty : -qty;
	g->cash -= o->buy ? money : -money;
}

static void
gw_fill(struct gw *g, uint32_t no, int64_t qty)
{
	struct gw_exec *x = MEM_AT(g->exec, g->exec_cap, g->nexecs);
	struct gw_order *o = &g->order[no];

	memset(x, 0, sizeof *x);
	x->rev = 1;
	snprintf(x->id, sizeof x->id, "0000e0d5.%08zx.01.01", g->nexecs);
	x->order = no;
	x->qty = qty;
	x->px = g->px[o->sym] + (int64_t)rng_below(&g->rng, 7) * 10000000;
	x->commission = 1000000 + (int64_t)rng_below(&g->rng, 90) * 10000;
	x->at = g->now;
	x->comm_at = g->now + (gw_chance(g, g->f.late_comm) ? 3 * TIM_SEC : 0);
	g->nexecs++;
	o->filled += qty;
	o->value += (num_i128)qty * x->px;
	gw_book(g, o, qty, x->px);
	g->cash -= x->commission;
	if (o->filled >= o->qty)
		o->st = TWS_STATUS_FILLED;
	if (!o->quiet && !gw_chance(g, g->f.drop_exec))
		gw_tell_exec(g, x, -1);
	gw_open(g, o, false);
	gw_status(g, o);
	if (x->comm_at <= g->now && !o->quiet)
		gw_commission(g, x);
}

/* ---- requests ---- */

static struct gw_order *
gw_find(struct gw *g, int64_t client, int64_t id)
{
	for (size_t i = g->norders; i-- > 0;)
		if (g->order[i].client == client && g->order[i].id == id)
			return &g->order[i];
	return NULL;
}

static bool
gw_live(const struct gw_order *o)
{
	return !tws_status_final(o->st) && o->st != TWS_STATUS_INACTIVE && !o->limbo;
}

static void
gw_change(struct gw *g, struct gw_order *o, const struct tws_order *w)
{
	if (!gw_live(o) || w->total_quantity <= o->filled) {
		gw_error(g, o->id, 104, "Cannot modify a filled order");
		return;
	}
	o->qty = w->total_quantity;
	if (tws_set(w->lmt_price))
		o->limit = w->lmt_price;
	gw_open(g, o, false);
	gw_status(g, o);
}

static struct gw_order *
gw_new_order(struct gw *g, int sym, int64_t client, int64_t id, struct str ref)
{
	struct gw_order *o = MEM_AT(g->order, g->order_cap, g->norders);

	g->norders++;
	memset(o, 0, sizeof *o);
	o->id = id;
	o->client = client;
	o->perm = ++g->perm;
	o->sym = sym;
	snprintf(o->ref, sizeof o->ref, "%.*s", STR_FMT(ref));
	o->st = TWS_STATUS_SUBMITTED;
	return o;
}

static void
gw_whatif(struct gw *g, const struct tws_q_place_order *q)
{
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_open_order);
	tws_open_order_of(&ev.open_order, q);
	ev.open_order.order.client_id = 7;
	ev.open_order.state.status = str_z("PreSubmitted");
	ev.open_order.state.init_margin_change = 2500 * NUM_MICRO;
	ev.open_order.state.maint_margin_change = 2000 * NUM_MICRO;
	ev.open_order.state.commission = 1000000;
	gw_say(g, &ev);
}

static void
gw_place(struct gw *g, const struct tws_q_place_order *q)
{
	const struct tws_order *w = &q->order;
	struct gw_order *o = gw_find(g, 7, w->order_id);
	int sym = -1;

	for (int i = 0; i < GW_SYMS; i++)
		if (str_eqz(q->contract.symbol, gw_names[i]))
			sym = i;
	if (o && str_eqz(w->order_ref, o->ref)) {
		gw_change(g, o, w);
		return;
	}
	g->placed++;
	if (o) {
		g->reused++;
		gw_error(g, w->order_id, 103, "Duplicate order id");
		return;
	}
	for (size_t i = 0; i < g->norders; i++)
		if (str_eqz(w->order_ref, g->order[i].ref))
			g->doubled++;
	if (w->order_id >= g->next_valid)
		g->next_valid = w->order_id + 1;
	if (gw_chance(g, g->f.drop_order))
		return;
	if (sym < 0 || gw_chance(g, g->f.reject)) {
		gw_error(g, w->order_id, 201, "Order rejected - reason: no");
		return;
	}
	if (w->what_if) {
		gw_whatif(g, q);
		return;
	}
	o = gw_new_order(g, sym, 7, w->order_id, w->order_ref);
	o->parent = w->parent_id;
	snprintf(o->oca, sizeof o->oca, "%.*s", STR_FMT(w->oca_group));
	o->buy = str_eqz(w->action, "BUY");
	o->market = str_eqz(w->order_type, "MKT");
	o->qty = w->total_quantity;
	o->limit = tws_set(w->lmt_price) ? w->lmt_price : 0;
	o->quiet = gw_chance(g, g->f.quiet_order);
	if (gw_chance(g, g->f.limbo)) {
		o->limbo = g->now + 100 * TIM_MS + (int64_t)rng_below(&g->rng, 8000) * TIM_MS;
		return;
	}
	gw_open(g, o, false);
	gw_status(g, o);
}

static void
gw_cancel(struct gw *g, int64_t id)
{
	struct gw_order *o = gw_find(g, 7, id);

	if (gw_chance(g, g->f.drop_cancel))
		return;
	if (!o || o->limbo) {
		g->cancels_of_unknown++;
		gw_error(g, id, 10147, "OrderId that needs to be cancelled is not found.");
		return;
	}
	if (!gw_live(o)) {
		gw_error(g, id, 10148, "OrderId that needs to be cancelled can not be cancelled");
		return;
	}
	o->st = TWS_STATUS_CANCELLED;
	o->quiet = false;
	gw_status(g, o);
	gw_error(g, id, 202, "Order Canceled - reason:");
}

static void
gw_end(struct gw *g, enum tws_ev kind, int64_t req_id)
{
	struct tws_event ev;

	if (gw_chance(g, g->f.forget))
		return;
	tws_event_init(&ev, kind);
	if (kind == TWS_E_exec_details_end)
		ev.exec_details_end.req_id = req_id;
	if (kind == TWS_E_account_summary_end)
		ev.account_summary_end.req_id = req_id;
	gw_say(g, &ev);
}

static void
gw_list(struct gw *g, const struct tws_request *q)
{
	struct tws_event ev;
	char v[NUM_MAX + 1];

	switch (q->kind) {
	case TWS_Q_req_open_orders:
	case TWS_Q_req_all_open_orders:
		for (size_t i = 0; i < g->norders; i++)
			if (gw_live(&g->order[i]) &&
			    (q->kind == TWS_Q_req_all_open_orders || g->order[i].client == 7))
				gw_open(g, &g->order[i], true);
		gw_end(g, TWS_E_open_order_end, 0);
		break;
	case TWS_Q_req_executions:
		for (size_t i = 0; i < g->nexecs; i++)
			if (!g->exec[i].old_day) {
				gw_tell_exec(g, &g->exec[i], q->req_executions.req_id);
				if (g->exec[i].comm_at <= g->now)
					gw_commission(g, &g->exec[i]);
			}
		gw_end(g, TWS_E_exec_details_end, q->req_executions.req_id);
		break;
	case TWS_Q_req_completed_orders: gw_end(g, TWS_E_completed_order_end, 0); break;
	case TWS_Q_req_positions:
		for (int i = 0; i < GW_SYMS; i++) {
			tws_event_init(&ev, TWS_E_position);
			ev.position.account = str_z("DU1000");
			ev.position.contract = gw_contract(i);
			ev.position.position = g->pos[i];
			ev.position.avg_cost = g->px[i];
			gw_say(g, &ev);
		}
		gw_end(g, TWS_E_position_end, 0);
		break;
	case TWS_Q_req_account_summary:
		tws_event_init(&ev, TWS_E_account_summary);
		ev.account_summary.req_id = q->req_account_summary.req_id;
		ev.account_summary.account = str_z("DU1000");
		ev.account_summary.tag = str_z("TotalCashValue");
		*num_put_cash(v, g->cash) = '\0';
		ev.account_summary.value = str_z(v);
		ev.account_summary.currency = str_z("USD");
		gw_say(g, &ev);
		gw_end(g, TWS_E_account_summary_end, q->req_account_summary.req_id);
		break;
	default: break;
	}
}

/* Everything whole that the client sent. */
T_UNUSED static void
gw_read(struct gw *g)
{
	struct tws_request q;
	struct err e;
	const char *p;
	size_t n;

	while (tws_reader_next(&g->in, &p, &n, &e) == 1) {
		tws_arena_reset(&g->arena);
		if (tws_decode_request(GW_VERSION, p, n, &q, &g->arena, &e) < 0) {
			gw_error(g, -1, 320, e.msg);
			continue;
		}
		if (q.kind == TWS_Q_place_order)
			gw_place(g, &q.place_order);
		else if (q.kind == TWS_Q_cancel_order)
			gw_cancel(g, q.cancel_order.order_id);
		else if (q.kind == TWS_Q_req_global_cancel)
			for (size_t i = 0; i < g->norders; i++) {
				if (!gw_live(&g->order[i]))
					continue;
				g->order[i].st = TWS_STATUS_CANCELLED;
				gw_status(g, &g->order[i]);
			}
		else
			gw_list(g, &q);
	}
}

/* ---- life of its own ---- */

static void
gw_manual(struct gw *g)
{
	int sym = (int)rng_below(&g->rng, GW_SYMS);
	struct gw_order *o = gw_new_order(g, sym, 0, 0, str_z(""));

	o->buy = rng_below(&g->rng, 2);
	o->market = true;
	o->qty = (1 + (int64_t)rng_below(&g->rng, 5)) * NUM_NANO;
	gw_open(g, o, false);
	gw_fill(g, (uint32_t)(g->norders - 1), o->qty);
}

static void
gw_correct(struct gw *g)
{
	struct gw_exec *x = &g->exec[rng_below(&g->rng, g->nexecs)];
	struct gw_order *o = &g->order[x->order];
	int64_t qty = x->qty;

	if (qty == 0 || x->rev > 5)
		return;
	gw_book(g, o, -qty, x->px);
	o->value -= (num_i128)qty * x->px;
	x->rev++;
	x->id[strlen(x->id) - 1] = (char)('0' + x->rev);
	if (rng_below(&g->rng, 4) == 0) {
		o->filled -= qty; /* taken back */
		x->qty = 0;
	} else {
		x->px += 10000000;
		o->value += (num_i128)qty * x->px;
		gw_book(g, o, qty, x->px);
	}
	gw_tell_exec(g, x, -1);
}

static void
gw_live_on(struct gw *g)
{
	for (size_t i = 0; i < g->norders && !g->still; i++) {
		struct gw_order *o = &g->order[i];
		int64_t left = o->qty - o->filled;

		if (o->limbo && o->limbo <= g->now && !g->lost) {
			o->limbo = 0;
			gw_open(g, o, false);
			gw_status(g, o);
		}
		if (!gw_live(o) || left <= 0 || rng_below(&g->rng, o->market ? 2 : 12) != 0)
			continue;
		if (left > NUM_NANO && rng_below(&g->rng, 3) == 0)
			left = (1 + (int64_t)rng_below(&g->rng, (uint64_t)(left / NUM_NANO))) *
			       NUM_NANO;
		gw_fill(g, (uint32_t)i, left);
	}
	for (size_t i = 0; i < g->nexecs; i++)
		if (!g->exec[i].comm_sent && g->exec[i].comm_at <= g->now && g->up)
			gw_commission(g, &g->exec[i]);
	if (g->nexecs && gw_chance(g, g->f.correct))
		gw_correct(g);
	if (gw_chance(g, g->f.manual))
		gw_manual(g);
	if (g->up && !g->lost && gw_chance(g, g->f.lost)) {
		g->lost = true;
		g->lost_until = g->now + (1 + (int64_t)rng_below(&g->rng, 20)) * 100 * TIM_MS;
		gw_error(g, -1, 1100, "Connectivity between IBKR and TWS has been lost.");
	}
	if (g->lost && g->now >= g->lost_until) {
		g->lost = false;
		gw_error(g, -1, rng_below(&g->rng, 2) ? 1102 : 1101, "Connectivity restored");
	}
}

#endif
