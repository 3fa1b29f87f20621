/*
 * Orders in: new ones, modifications, brackets that wait for their last part, cancels. The account
 * of lib/venue matches them; what it says about them goes out in fills.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/gate.h"

#include "base/mem.h"

/* ---- the table ---- */

struct sim_order *
order_of(struct sim *s, int64_t client_id, int64_t order_id)
{
	struct sim_order *found = NULL;

	for (size_t i = s->norders; i-- > 0;) {
		struct sim_order *o = s->orders[i];

		if (o->client_id != client_id || o->order_id != order_id)
			continue;
		if (!o->forgotten)
			return o;
		if (!found && !o->done)
			found = o;
	}
	return found;
}

struct sim_order *
order_no(struct sim *s, uint32_t no)
{
	return no >= 1 && no <= s->norders ? s->orders[no - 1] : NULL;
}

void
sim_orders_free(struct sim *s)
{
	for (size_t i = 0; i < s->norders; i++) {
		buf_free(&s->orders[i]->payload);
		free(s->orders[i]);
	}
	free(s->orders);
}

bool
order_read(struct sim *s, const struct sim_order *o, struct tws_request *q)
{
	struct err e;

	return tws_decode_request(o->version, o->payload.p, o->payload.len, q, &s->omem, &e) == 0;
}

static void
set_payload(struct sim_order *o, const char *payload, size_t n, int version)
{
	buf_clear(&o->payload);
	buf_put(&o->payload, payload, n);
	o->version = version;
}

static struct sim_order *
new_order(struct sim *s, struct inst *in, int64_t client_id, const struct tws_q_place_order *q,
    const char *payload, size_t n, int version)
{
	struct sim_order *o = mem_alloc(sizeof *o);
	struct rec r;
	size_t k = q->contract.exchange.n;

	*MEM_AT(s->orders, s->orders_cap, s->norders) = o;
	s->norders++;
	o->no = (uint32_t)s->norders;
	o->order_id = q->order.order_id;
	o->client_id = client_id;
	o->perm_id = s->perm_id++;
	o->parent_id = q->order.parent_id;
	o->is_child = q->order.parent_id > 0;
	o->in = in;
	o->status = TWS_STATUS_PRE_SUBMITTED;
	if (k >= sizeof o->exchange)
		k = 0;
	if (k)
		memcpy(o->exchange, q->contract.exchange.p, k);
	else
		snprintf(o->exchange, sizeof o->exchange, "%.15s", in->exchange);
	sim_terms_record(s, in, q, &r);
	o->buy = r.order.side == W_side_buy;
	o->type = r.order.ord_type;
	o->qty = r.order.qty;
	o->limit = rec_has(&r, F_order_limit_price) ? r.order.limit_price : 0;
	set_payload(o, payload, n, version);
	return o;
}

/* ---- to the account ---- */

/* The price that stands meets the orders of its symbol. */
static void
meet_standing_price(struct sim *s, struct inst *in)
{
	struct rec r = in->last_rec;

	if (!s->fill_now || !in->has_rec || in->halted)
		return;
	r.ts = s->now;
	sim_account(s, &r);
}

/* The parent in the account; false when there can be none any more. */
static bool
put_parent(struct sim *s, const struct sim_order *o, char id[16], struct rec *r)
{
	struct sim_order *p = o->is_child ? order_of(s, o->client_id, o->parent_id) : NULL;

	if (!o->is_child || (p && p->done && p->status == TWS_STATUS_FILLED))
		return true; /* a child of what has filled is an order like others */
	if (!p || p->done || !p->given)
		return false;
	snprintf(id, 16, "S%u", p->no);
	rec_set(r, F_order_parent_id, r->order.parent_id, str_z(id));
	return true;
}

static void
refuse(struct sim *s, struct sim_order *o, const char *why)
{
	o->done = true;
	o->status = TWS_STATUS_INACTIVE;
	for (size_t i = 0; i < s->nconn; i++)
		if (conn_hears(s->conn[i], o) && !o->silent)
			conn_error(
			    s, s->conn[i], o->order_id, 201, "Order rejected - reason:%s", why);
}

static void
give(struct sim *s, struct sim_order *o)
{
	struct tws_request q;
	struct rec r;
	char id[16], parent[16];

	o->held = o->asleep = o->locate = false;
	if (o->done || o->given || !order_read(s, o, &q))
		return;
	sim_terms_record(s, o->in, &q.place_order, &r);
	snprintf(id, sizeof id, "S%u", o->no);
	rec_set(&r, F_order_cl_ord_id, r.order.cl_ord_id, str_z(id));
	if (!put_parent(s, o, parent, &r)) {
		refuse(s, o, "The parent order does not exist");
		return;
	}
	o->given = true;
	sim_account(s, &r);
	meet_standing_price(s, o->in);
}

struct to_order {
	uint32_t no;
};

static void
wake(struct sim *s, void *arg)
{
	struct sim_order *o = order_no(s, ((struct to_order *)arg)->no);

	if (o && o->asleep && !o->done)
		give(s, o);
}

/* Outside its hours an order waits for the opening, with a warning. */
static bool
sleeps(struct sim *s, struct conn *c, struct sim_order *o, const struct tws_q_place_order *q)
{
	struct session ses;
	struct to_order *arg;
	char t[64];

	if (!s->sessions || q->order.outside_rth || sessions_at(s->sessions, s->now, &ses))
		return false;
	o->asleep = true;
	send_state(s, o);
	conn_error(s, c, o->order_id, 399,
	    "Order Message:\n%.*s %.*s\nWarning: your order will not be placed at the exchange "
	    "until %s",
	    STR_FMT(q->order.action), STR_FMT(q->contract.symbol),
	    sim_time_text(s, t, ses.open, " ", true));
	arg = mem_alloc(sizeof *arg);
	arg->no = o->no;
	later_put(&s->by_market, ses.open, wake, arg);
	return true;
}

static bool
needs_locate(struct sim *s, struct conn *c, struct sim_order *o)
{
	const struct ledger_pos *p = ledger_pos(account_ledger(s->account), o->in->sym);

	if (!o->in->locate || o->buy || (p && p->qty >= o->qty))
		return false;
	o->locate = true;
	send_state(s, o);
	conn_error(s, c, o->order_id, 404, "Order held while securities are located.");
	return true;
}

/* transmit: the order, and with a child its parent and its brothers that were kept waiting. */
static void
transmit(struct sim *s, struct conn *c, struct sim_order *o, const struct tws_q_place_order *q)
{
	if (needs_locate(s, c, o) || sleeps(s, c, o, q))
		return;
	if (!o->is_child) {
		give(s, o);
		return;
	}
	o->held = true;
	for (size_t i = 0; i < s->norders; i++) {
		struct sim_order *p = s->orders[i];

		if (p->held && !p->done && !p->forgotten && p->client_id == o->client_id &&
		    (p->order_id == o->parent_id || (p->is_child && p->parent_id == o->parent_id)))
			give(s, p);
	}
}

void
orders_located(struct sim *s, struct inst *in)
{
	for (size_t i = 0; i < s->norders; i++)
		if (s->orders[i]->locate && s->orders[i]->in == in)
			give(s, s->orders[i]);
}

/* ---- a new order, a modification ---- */

static void
answer_what_if(struct sim *s, struct conn *c, struct inst *in, const struct tws_q_place_order *q)
{
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_open_order);
	tws_open_order_of(&ev.open_order, q);
	inst_contract(in, in->exchange, &ev.open_order.contract);
	ev.open_order.contract.right = str_z("?");
	ev.open_order.order.client_id = c->client_id;
	ev.open_order.order.perm_id = s->perm_id++;
	ev.open_order.state.status = str_z(tws_status_name(TWS_STATUS_PRE_SUBMITTED));
	books_what_if(s, in, q, &ev.open_order.state);
	conn_send(s, c, &ev);
}

static void
place_new(struct sim *s, struct conn *c, struct inst *in, const struct tws_q_place_order *q,
    const char *payload, size_t n)
{
	struct sim_order *o = new_order(s, in, c->client_id, q, payload, n, c->version);

	o->silent = c->swallow == 2;
	if (q->order.transmit)
		transmit(s, c, o, q);
	else
		o->held = true;
}

/* The account takes the new terms, or the order stays what it was. */
static void
replace(struct sim *s, struct conn *c, struct sim_order *o, const struct tws_q_place_order *q,
    const char *payload, size_t n)
{
	struct buf old = { 0 };
	struct tws_request was;
	struct rec r;
	char id[16];
	int64_t qty = o->qty, limit = o->limit;

	if (!order_read(s, o, &was))
		return;
	sim_terms_replace(s, o->in, &was.place_order, q, &r);
	snprintf(id, sizeof id, "S%u", o->no);
	rec_set(&r, F_replace_cl_ord_id, r.replace.cl_ord_id, str_z(id));
	buf_put(&old, o->payload.p, o->payload.len);
	set_payload(o, payload, n, c->version);
	o->qty = sim_terms_qty(o->in, &q->order);
	o->limit = rec_has(&r, F_replace_limit_price) ? r.replace.limit_price : limit;
	s->modifying = true;
	s->refusal[0] = '\0';
	sim_account(s, &r);
	s->modifying = false;
	if (s->refusal[0]) {
		set_payload(o, old.p, old.len, o->version);
		o->qty = qty;
		o->limit = limit;
		conn_error(s, c, o->order_id, 329, "Order modify failed: %s", s->refusal);
	} else {
		meet_standing_price(s, o->in);
	}
	buf_free(&old);
}

static void
modify(struct sim *s, struct conn *c, struct sim_order *o, struct inst *in,
    const struct tws_q_place_order *q, const char *payload, size_t n)
{
	struct rec r;

	sim_terms_record(s, in, q, &r);
	if (in != o->in || r.order.ord_type != o->type || (r.order.side == W_side_buy) != o->buy) {
		conn_error(
		    s, c, o->order_id, 105, "Order being modified does not match original order");
		return;
	}
	if (s->f.twins) { /* the gateway lost track, and two orders live */
		o->twin = (uint32_t)s->norders + 1;
		place_new(s, c, in, q, payload, n);
		return;
	}
	if (o->given) {
		replace(s, c, o, q, payload, n);
		return;
	}
	set_payload(o, payload, n, c->version);
	o->qty = r.order.qty;
	if (o->held && q->order.transmit)
		transmit(s, c, o, q);
	else
		send_state(s, o);
}

void
on_place_order(
    struct sim *s, struct conn *c, const struct tws_q_place_order *q, const char *payload, size_t n)
{
	int64_t id = q->order.order_id, code;
	struct sim_order *old = order_of(s, c->client_id, id);
	struct inst *in;
	const char *wrong;

	if (s->read_only) {
		conn_error(s, c, id, 321,
		    "Error validating request.-'bS' : cause - The API interface is currently in "
		    "Read-Only mode.");
		return;
	}
	if (old && old->forgotten)
		old = NULL;
	if ((old && old->done) || (!old && id < s->lowest_id)) {
		bool filled = old && old->status == TWS_STATUS_FILLED;

		conn_error(s, c, id, filled ? 104 : 103,
		    filled ? "Cannot modify a filled order" : "Duplicate order id");
		return;
	}
	in = inst_one(s, c, id, &q->contract);
	if (!in)
		return;
	wrong = sim_terms_wrong(s, in, q, &code);
	if (wrong) {
		conn_error(s, c, id, code, "%s", wrong);
		return;
	}
	if (q->order.what_if) {
		answer_what_if(s, c, in, q);
		return;
	}
	if (id >= s->next_valid_id)
		s->next_valid_id = id + 1;
	if (old)
		modify(s, c, old, in, q, payload, n);
	else
		place_new(s, c, in, q, payload, n);
}

/* ---- cancels ---- */

static void
cancel(struct sim *s, struct sim_order *o)
{
	struct rec r;
	char id[16];

	if (o->given) {
		rec_init(&r, REC_cancel, s->now, o->in->sym);
		snprintf(id, sizeof id, "S%u", o->no);
		rec_set(&r, F_cancel_cl_ord_id, r.cancel.cl_ord_id, str_z(id));
		sim_account(s, &r);
		return;
	}
	o->done = true;
	o->status = TWS_STATUS_CANCELLED;
	for (size_t i = 0; i < s->nconn; i++)
		if (conn_hears(s->conn[i], o)) {
			send_order_status(s, s->conn[i], o, o->status, false);
			conn_error(s, s->conn[i], o->order_id, 202, "Order Canceled - reason:");
		}
	for (size_t i = 0; i < s->norders; i++) {
		struct sim_order *k = s->orders[i];

		if (k->is_child && !k->done && !k->given && k->client_id == o->client_id &&
		    k->parent_id == o->order_id)
			cancel(s, k);
	}
}

void
on_cancel_order(struct sim *s, struct conn *c, int64_t id)
{
	struct sim_order *o = order_of(s, c->client_id, id);

	if (s->read_only) {
		conn_error(s, c, id, 321,
		    "Error validating request.-'bS' : cause - The API interface is currently in "
		    "Read-Only mode.");
		return;
	}
	if (!o) {
		conn_error(s, c, id, 10147, "OrderId %lld that needs to be cancelled is not found.",
		    (long long)id);
	} else if (o->done) {
		conn_error(s, c, id, 10148,
		    "OrderId %lld that needs to be cancelled cannot be cancelled, state: %s.",
		    (long long)id, tws_status_name(o->status));
	} else {
		cancel(s, o);
	}
}

void
on_global_cancel(struct sim *s, struct conn *c)
{
	(void)c;
	for (size_t i = 0; i < s->norders && !s->read_only; i++)
		if (!s->orders[i]->done)
			cancel(s, s->orders[i]);
}

void
on_open_orders(struct sim *s, struct conn *c, bool all)
{
	struct tws_event ev;

	for (size_t i = 0; i < s->norders; i++) {
		struct sim_order *o = s->orders[i];

		if (o->done || o->held || (!all && o->client_id != c->client_id))
			continue;
		send_open_order(s, c, o, o->status, false);
		send_order_status(s, c, o, o->status, false);
	}
	tws_event_init(&ev, TWS_E_open_order_end);
	conn_send(s, c, &ev);
}

/* ---- what a scenario does ---- */

bool
order_manual(struct sim *s, struct inst *in, bool buy, int64_t qty, int64_t limit)
{
	struct tws_request q;
	struct buf frame = { 0 };
	struct tws_q_place_order *p = &q.place_order;
	struct sim_order *o;

	tws_request_init(&q, TWS_Q_place_order);
	inst_contract(in, in->exchange, &p->contract);
	p->order.action = str_z(buy ? "BUY" : "SELL");
	p->order.total_quantity = qty;
	p->order.order_type = str_z(limit ? "LMT" : "MKT");
	p->order.tif = str_z("DAY");
	if (limit)
		p->order.lmt_price = limit;
	if (tws_encode_request(TWS_VERSION_MAX, &q, &frame) < 0)
		return false;
	o = new_order(s, in, 0, p, frame.p + 4, frame.len - 4, TWS_VERSION_MAX);
	buf_free(&frame);
	give(s, o);
	return true;
}

void
order_cancel(struct sim *s, struct sim_order *o)
{
	if (!o->done)
		cancel(s, o);
}

void
order_force(struct sim *s, struct sim_order *o, int64_t qty, int64_t px)
{
	char id[16];

	if (o->done || !o->given)
		return;
	if (px <= 0)
		px = o->limit > 0                ? o->limit
		     : o->buy && o->in->ask > 0  ? o->in->ask
		     : !o->buy && o->in->bid > 0 ? o->in->bid
						 : o->in->last;
	if (px <= 0)
		return;
	snprintf(id, sizeof id, "S%u", o->no);
	account_enter(s);
	account_leave(s,
	    account_force_fill(s->account, str_z(id), qty > 0 ? qty : o->qty - o->cum, px, s->now));
}
