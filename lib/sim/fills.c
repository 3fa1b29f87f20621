/*
 * What the account says about orders, as a gateway says it. An execution is told in the order that
 * recorded gateways use: execDetails, openOrder, orderStatus, openOrder with the commission,
 * commissionReport; partial ones without openOrder. The scenario can have statuses and
 * commissions left out, doubled, late or early.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/gate.h"

#include "base/mem.h"

#define HOURS_24 TIM_DAY /* how far back reqExecutions reaches */

bool
conn_hears(const struct conn *c, const struct sim_order *o)
{
	return c->state == CONN_STARTED && !c->dead && c->client_id == o->client_id &&
	       (o->order_id != 0 || c->auto_open);
}

/* ---- one order ---- */

void
send_open_order(
    struct sim *s, struct conn *c, const struct sim_order *o, enum tws_status st, bool commission)
{
	struct tws_request q;
	struct tws_event ev;
	char shares[64], account[24], size[NUM_MAX];

	if (!order_read(s, o, &q))
		return;
	tws_event_init(&ev, TWS_E_open_order);
	tws_open_order_of(&ev.open_order, &q.place_order);
	inst_contract(o->in, o->exchange, &ev.open_order.contract);
	ev.open_order.contract.right = str_z("?");
	sim_account_name(s, account);
	*num_put_size(size, o->qty) = '\0';
	snprintf(shares, sizeof shares, "%lld.0/%s/%.20s", (long long)o->perm_id, account, size);
	ev.open_order.order.order_id = o->order_id;
	ev.open_order.order.client_id = o->client_id;
	ev.open_order.order.perm_id = o->perm_id;
	ev.open_order.order.total_quantity = o->qty;
	ev.open_order.order.account = str_z(account);
	ev.open_order.order.shares_allocation = str_z(shares);
	ev.open_order.state.status = str_z(tws_status_name(st));
	if (commission) {
		ev.open_order.state.commission = o->commission;
		ev.open_order.state.commission_currency = str_z(o->in->currency);
	}
	conn_send(s, c, &ev);
}

static const char *
why_held(const struct sim_order *o)
{
	if (o->locate)
		return "locate";
	if (o->status != TWS_STATUS_PRE_SUBMITTED)
		return "";
	if (o->is_child)
		return "child";
	return o->type == W_ord_stop || o->type == W_ord_stop_limit ||
		       o->type == W_ord_trailing_stop || o->type == W_ord_trailing_stop_limit
		   ? "trigger"
		   : "";
}

void
send_order_status(
    struct sim *s, struct conn *c, const struct sim_order *o, enum tws_status st, bool zero)
{
	struct tws_event ev;
	int64_t left = o->qty - o->cum;

	tws_event_init(&ev, TWS_E_order_status);
	ev.order_status.order_id = o->order_id;
	ev.order_status.status = str_z(tws_status_name(st));
	ev.order_status.filled = o->cum;
	ev.order_status.remaining = left > 0 ? left : 0;
	ev.order_status.avg_fill_price = zero ? 0 : o->avg;
	ev.order_status.perm_id = o->perm_id;
	ev.order_status.parent_id = o->parent_id;
	ev.order_status.last_fill_price = zero ? 0 : o->last_px;
	ev.order_status.client_id = o->client_id;
	ev.order_status.why_held = str_z(why_held(o));
	conn_send(s, c, &ev);
}

struct late_status {
	uint32_t no;
	enum tws_status st;
};

static void
send_late_status(struct sim *s, void *arg)
{
	const struct late_status *l = arg;
	struct sim_order *o = order_no(s, l->no);

	for (size_t i = 0; o && i < s->nconn; i++)
		if (conn_hears(s->conn[i], o))
			send_order_status(s, s->conn[i], o, l->st, false);
}

/* orderStatus to its client, as the scenario wants it. */
static void
tell_status(struct sim *s, struct sim_order *o, enum tws_status st)
{
	enum say_when how = s->f.status;

	if (how == SAY_MISSING || o->silent)
		return;
	if (how == SAY_LATE) {
		struct late_status *l = mem_alloc(sizeof *l);

		*l = (struct late_status){ o->no, st };
		later_put(&s->by_market, s->now + s->f.status_span, send_late_status, l);
		return;
	}
	for (size_t i = 0; i < s->nconn; i++) {
		if (!conn_hears(s->conn[i], o))
			continue;
		send_order_status(s, s->conn[i], o, st, false);
		if (how == SAY_DUPLICATE)
			send_order_status(s, s->conn[i], o, st, false);
		if (how == SAY_ZERO && st == TWS_STATUS_FILLED)
			send_order_status(s, s->conn[i], o, st, true);
	}
}

static void
tell_open(struct sim *s, struct sim_order *o, enum tws_status st, bool commission)
{
	for (size_t i = 0; i < s->nconn; i++)
		if (conn_hears(s->conn[i], o) && !o->silent)
			send_open_order(s, s->conn[i], o, st, commission);
}

void
send_state(struct sim *s, struct sim_order *o)
{
	tell_open(s, o, o->status, false);
	tell_status(s, o, o->status);
}

/* ---- executions ---- */

static void
exec_id(char o[40], const struct sim_exec *x)
{
	snprintf(o, 40, "0000e0d5.%08x.01.%02u", x->serial, x->rev);
}

static void
send_exec(struct sim *s, struct conn *c, int64_t req_id, const struct sim_exec *x)
{
	struct sim_order *o = order_no(s, x->order);
	const struct inst *in = x->in;
	const char *at = in->primary[0] ? "IEX" : in->exchange;
	struct tws_event ev;
	struct tws_request q;
	char id[40], when[64], account[24];

	tws_event_init(&ev, TWS_E_exec_details);
	ev.exec_details.req_id = req_id;
	ev.exec_details.order_id = o ? o->order_id : 0;
	inst_contract(in, at, &ev.exec_details.contract);
	exec_id(id, x);
	ev.exec_details.exec_id = str_z(id);
	ev.exec_details.time = str_z(sim_time_text(s, when, x->ts, " ", true));
	ev.exec_details.account = str_z(sim_account_name(s, account));
	ev.exec_details.exchange = str_z(at);
	ev.exec_details.side = str_z(x->buy ? "BOT" : "SLD");
	ev.exec_details.shares = x->qty;
	ev.exec_details.price = x->px;
	ev.exec_details.perm_id = o ? o->perm_id : 0;
	ev.exec_details.client_id = o ? o->client_id : 0;
	ev.exec_details.cum_qty = x->cum;
	ev.exec_details.avg_price = x->avg;
	if (o && order_read(s, o, &q))
		ev.exec_details.order_ref = q.place_order.order.order_ref;
	ev.exec_details.ev_multiplier = TWS_UNSET;
	ev.exec_details.last_liquidity = 2;
	conn_send(s, c, &ev);
}

static void
send_commission(struct sim *s, struct conn *c, const struct sim_exec *x)
{
	struct tws_event ev;
	char id[40];

	tws_event_init(&ev, TWS_E_commission_report);
	exec_id(id, x);
	ev.commission_report.exec_id = str_z(id);
	ev.commission_report.commission = x->commission;
	ev.commission_report.currency = str_z(x->in->currency);
	ev.commission_report.realized_pnl = x->opening ? TWS_UNSET : x->realized;
	ev.commission_report.yield = TWS_UNSET;
	conn_send(s, c, &ev);
}

struct sim_exec *
exec_nth(struct sim *s, uint64_t n)
{
	uint64_t seen = 0;

	for (size_t i = s->nexecs; n == 0 && i-- > 0;)
		if (s->execs[i].rev == 1)
			return &s->execs[i];
	for (size_t i = 0; i < s->nexecs; i++)
		if (s->execs[i].rev == 1 && ++seen == n)
			return &s->execs[i];
	return NULL;
}

static struct sim_exec *
keep_exec(struct sim *s, const struct sim_exec *x)
{
	if (s->nexecs == SIM_EXECS_MAX) {
		s->nexecs /= 2;
		memmove(s->execs, s->execs + s->nexecs, s->nexecs * sizeof *s->execs);
	}
	*MEM_AT(s->execs, s->execs_cap, s->nexecs) = *x;
	return &s->execs[s->nexecs++];
}

/* To whom an execution is told: its client. */
static void
tell_exec(struct sim *s, const struct sim_exec *x)
{
	struct sim_order *o = order_no(s, x->order);

	for (size_t i = 0; o && i < s->nconn; i++)
		if (conn_hears(s->conn[i], o) && !o->silent)
			send_exec(s, s->conn[i], -1, x);
}

static void
tell_commission_now(struct sim *s, struct sim_exec *x)
{
	struct sim_order *o = order_no(s, x->order);

	x->reported = true;
	for (size_t i = 0; o && i < s->nconn; i++)
		if (conn_hears(s->conn[i], o) && !o->silent)
			send_commission(s, s->conn[i], x);
}

struct late_commission {
	uint32_t serial;
};

static void
send_late_commission(struct sim *s, void *arg)
{
	for (size_t i = 0; i < s->nexecs; i++)
		if (s->execs[i].serial == ((struct late_commission *)arg)->serial &&
		    s->execs[i].rev == 1)
			tell_commission_now(s, &s->execs[i]);
}

static void
tell_commission(struct sim *s, struct sim_exec *x)
{
	struct late_commission *l;

	if (s->f.commission == SAY_MISSING || s->f.commission == SAY_EARLY)
		return;
	if (s->f.commission != SAY_LATE) {
		tell_commission_now(s, x);
		return;
	}
	l = mem_alloc(sizeof *l);
	l->serial = x->serial;
	later_put(&s->by_market, s->now + s->f.commission_span, send_late_commission, l);
}

static void
tell_fill(struct sim *s, struct sim_order *o, struct sim_exec *x)
{
	bool first = s->f.status == SAY_FIRST;

	if (s->f.commission == SAY_EARLY)
		tell_commission_now(s, x);
	if (first)
		tell_status(s, o, o->status);
	tell_exec(s, x);
	if (o->done)
		tell_open(s, o, o->status, false);
	if (!first)
		tell_status(s, o, o->status);
	if (o->done)
		tell_open(s, o, o->status, true);
	tell_commission(s, x);
}

/* The fill in hand and the order's new state go out together. */
void
fills_flush(struct sim *s)
{
	struct sim_order *o;
	struct sim_exec *x;

	if (!s->has_pending)
		return;
	s->has_pending = false;
	x = keep_exec(s, &s->pending);
	o = order_no(s, x->order);
	if (o)
		tell_fill(s, o, x);
	books_changed(s, x->in);
	*MEM_AT(s->fired, s->fired_cap, s->nfired) = x->order;
	s->nfired++;
}

#define FIRE_MAX 1000 /* fills that may lead to fills at one instant */

static void
fire(struct sim *s)
{
	s->firing = true;
	for (size_t i = 0; i < s->nfired && i < FIRE_MAX; i++) {
		struct sim_order *o = order_no(s, s->fired[i]);

		script_fire(s, ON_FILL, &(struct cause){ .order = o, .id = o ? o->order_id : -1 });
	}
	s->nfired = 0;
	s->firing = false;
}

void
account_enter(struct sim *s)
{
	s->inside++;
}

void
account_leave(struct sim *s, int rc)
{
	s->inside--;
	if (rc < 0)
		sim_fail(s, rc);
	fills_flush(s);
	if (s->inside == 0 && !s->firing)
		fire(s);
}

void
sim_account(struct sim *s, const struct rec *r)
{
	account_enter(s);
	account_leave(s, account_push(s->account, r));
}

/* ---- the account's records ---- */

static struct sim_order *
order_of_id(struct sim *s, struct str id)
{
	int64_t no;

	if (id.n < 2 || id.p[0] != 'S' || !num_i64(id.p + 1, id.n - 1, &no) || no < 1)
		return NULL;
	return order_no(s, (uint32_t)no);
}

static void
on_fill(struct sim *s, const struct rec *r)
{
	struct sim_order *o =
	    rec_has(r, F_fill_cl_ord_id) ? order_of_id(s, r->fill.cl_ord_id) : NULL;
	struct inst *in = inst_get(s, r->sym);
	const struct ledger_pos *p = ledger_pos(account_ledger(s->account), r->sym);
	struct sim_exec x = { .in = in, .ts = r->ts, .rev = 1 };
	bool buy = r->fill.side == W_side_buy;

	fills_flush(s);
	x.order = o ? o->no : 0;
	x.serial = ++s->exec_serial;
	x.qty = r->fill.last_qty;
	x.px = r->fill.last_price;
	x.buy = buy;
	x.cum = rec_has(r, F_fill_cum_qty) ? r->fill.cum_qty : x.qty;
	x.avg = rec_has(r, F_fill_avg_price) ? r->fill.avg_price : x.px;
	x.commission = rec_has(r, F_fill_commission) ? r->fill.commission : 0;
	/* it closes nothing when the position was on its side */
	x.opening = buy ? in->qty_before >= 0 : in->qty_before <= 0;
	x.realized = (p ? p->realized : 0) - in->realized_before - x.commission;
	in->qty_before = p ? p->qty : 0;
	in->realized_before = p ? p->realized : 0;
	if (o) {
		o->cum = x.cum;
		o->avg = x.avg;
		o->last_px = x.px;
		o->commission += x.commission;
	}
	s->pending = x;
	s->has_pending = true;
}

static void
end_with(struct sim *s, struct sim_order *o, enum tws_status st)
{
	o->done = true;
	o->status = st;
	tell_status(s, o, st);
	for (size_t i = 0; i < s->nconn; i++)
		if (conn_hears(s->conn[i], o) && !o->silent)
			conn_error(s, s->conn[i], o->order_id, 202, "Order Canceled - reason:");
}

/* What a working order is called: those that wait for a price or a parent are PreSubmitted. */
static enum tws_status
working(const struct sim_order *o)
{
	return o->type == W_ord_limit ? TWS_STATUS_SUBMITTED : TWS_STATUS_PRE_SUBMITTED;
}

static void
on_status(struct sim *s, const struct rec *r)
{
	struct sim_order *o = order_of_id(s, r->order_status.cl_ord_id);

	if (!o)
		return;
	switch (r->order_status.status) {
	case W_ostat_filled:
		o->status = TWS_STATUS_FILLED;
		o->done = true;
		fills_flush(s);
		break;
	case W_ostat_partially_filled:
		o->status = TWS_STATUS_SUBMITTED;
		if (s->has_pending)
			fills_flush(s);
		else
			send_state(s, o); /* new terms */
		break;
	case W_ostat_new:
		fills_flush(s);
		o->status = working(o);
		if (rec_has(r, F_order_status_leaves_qty))
			o->qty = o->cum + r->order_status.leaves_qty;
		send_state(s, o);
		break;
	case W_ostat_pending_new:
		fills_flush(s);
		o->status = TWS_STATUS_PRE_SUBMITTED;
		send_state(s, o);
		break;
	case W_ostat_pending_cancel: tell_status(s, o, TWS_STATUS_PENDING_CANCEL); break;
	case W_ostat_canceled:
	case W_ostat_expired:
		fills_flush(s);
		end_with(s, o, TWS_STATUS_CANCELLED);
		break;
	case W_ostat_rejected: /* the reject record said it */
		fills_flush(s);
		o->done = true;
		o->status = TWS_STATUS_INACTIVE;
		break;
	default: break;
	}
}

static void
on_reject(struct sim *s, const struct rec *r)
{
	struct sim_order *o =
	    rec_has(r, F_reject_cl_ord_id) ? order_of_id(s, r->reject.cl_ord_id) : NULL;
	struct str why = rec_has(r, F_reject_text) ? r->reject.text : r->reject.rule;

	if (s->modifying) {
		snprintf(s->refusal, sizeof s->refusal, "%.*s", STR_FMT(why));
		return;
	}
	for (size_t i = 0; o && i < s->nconn; i++)
		if (conn_hears(s->conn[i], o) && !o->silent)
			conn_error(s, s->conn[i], o->order_id, 201, "Order rejected - reason:%.*s",
			    STR_FMT(why));
}

int
fills_out(void *arg, const struct rec *r)
{
	struct sim *s = arg;

	switch (r->type) {
	case REC_fill: on_fill(s, r); break;
	case REC_order_status: on_status(s, r); break;
	case REC_reject: on_reject(s, r); break;
	default: break; /* positions and the like are asked for, or told by books.c */
	}
	return 0;
}

/* ---- corrections ---- */

bool
exec_correct(struct sim *s, uint64_t nth, int64_t px, int64_t qty, bool bust)
{
	struct sim_exec *old = exec_nth(s, nth), x;
	const struct sim_exec *now;
	struct sim_order *o;
	struct ledger *l = account_ledger(s->account);
	const struct ledger_pos *p;

	if (!old)
		return false;
	now = old;
	for (size_t i = 0; i < s->nexecs; i++)
		if (s->execs[i].serial == old->serial && s->execs[i].rev > now->rev)
			now = &s->execs[i];
	x = *now;
	x.rev++;
	x.ts = s->now;
	x.px = px > 0 ? px : now->px;
	x.qty = bust ? 0 : qty > 0 ? qty : now->qty;
	/* out with the old, in with the new, at the account's own prices */
	ledger_fill(
	    l, x.in->sym, now->buy ? -now->qty : now->qty, now->px, 0, x.in->in->multiplier, NULL);
	if (x.qty)
		ledger_fill(
		    l, x.in->sym, x.buy ? x.qty : -x.qty, x.px, 0, x.in->in->multiplier, NULL);
	p = ledger_pos(l, x.in->sym);
	x.in->qty_before = p ? p->qty : 0;
	x.in->realized_before = p ? p->realized : 0;
	o = order_no(s, x.order);
	x.cum += x.qty - now->qty;
	if (x.cum > 0)
		x.avg =
		    (int64_t)num_div_even((num_i128)now->avg * now->cum -
					      (num_i128)now->px * now->qty + (num_i128)x.px * x.qty,
			x.cum);
	if (o) {
		o->cum += x.qty - now->qty;
		o->avg = x.avg;
	}
	now = keep_exec(s, &x);
	tell_exec(s, now);
	books_changed(s, x.in);
	return true;
}

/* ---- reqExecutions ---- */

static bool
asked_for(struct sim *s, const struct tws_q_req_executions *q, const struct sim_exec *x)
{
	struct sim_order *o = order_no(s, x->order);
	int64_t from = s->now - HOURS_24;
	enum tws_time_kind kind;
	char account[24];

	if (q->time.n)
		tws_time_parse(&s->zones, q->time, &from, &kind);
	sim_account_name(s, account);
	return x->ts >= from && (q->client_id == 0 || (o && o->client_id == q->client_id)) &&
	       (q->account.n == 0 || str_eqz(q->account, account)) &&
	       (q->symbol.n == 0 || str_eqz(q->symbol, x->in->symbol)) &&
	       (q->sec_type.n == 0 || str_eqz(q->sec_type, x->in->sec_type)) &&
	       (q->side.n == 0 || (q->side.p[0] == 'B') == x->buy);
}

void
on_executions(struct sim *s, struct conn *c, const struct tws_q_req_executions *q)
{
	struct tws_event ev;

	for (size_t i = 0; i < s->nexecs; i++) {
		struct sim_exec *x = &s->execs[i];

		if (!asked_for(s, q, x))
			continue;
		send_exec(s, c, q->req_id, x);
		if (x->rev == 1 && s->f.commission != SAY_MISSING)
			send_commission(s, c, x);
	}
	tws_event_init(&ev, TWS_E_exec_details_end);
	ev.exec_details_end.req_id = q->req_id;
	conn_send(s, c, &ev);
}
