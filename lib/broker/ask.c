/*
 * An inquiry: cash, open orders (ours, then all), today's executions, completed orders, positions,
 * asked for in one go. It is how a connection begins, how the account is kept in step (--sync),
 * and how an order without an answer is looked for. What follows from the answers is in settle.c.
 */
#include "broker/engine.h"

#include <stdio.h>

#include "base/mem.h"

static bool
send_kind(struct broker *b, enum tws_req kind)
{
	struct tws_request q;

	tws_request_init(&q, kind);
	if (kind == TWS_Q_req_account_summary) {
		q.req_account_summary.req_id = b->ask.sum_id;
		q.req_account_summary.group = str_z("All");
		q.req_account_summary.tags = str_z("TotalCashValue,NetLiquidation");
	} else if (kind == TWS_Q_req_executions) {
		q.req_executions.req_id = b->ask.exec_id;
		q.req_executions.account = b->book->account;
	}
	return b->l.send(b->l.arg, &q);
}

int
ask_start(struct broker *b)
{
	static const enum tws_req kinds[] = { TWS_Q_req_account_summary, TWS_Q_req_open_orders,
		TWS_Q_req_all_open_orders, TWS_Q_req_executions, TWS_Q_req_completed_orders,
		TWS_Q_req_positions };
	struct ask *a = &b->ask;

	if (a->on) {
		a->again = true;
		b->ask_due = INT64_MAX;
		return 0;
	}
	b->ask_due = INT64_MAX;
	a->on = true;
	a->again = false;
	a->gen++;
	a->started = b->mono;
	a->moves = b->moves;
	a->orders = 2;
	a->summary = a->execs = a->completed = a->positions = false;
	a->npos = 0;
	a->cash = TWS_UNSET;
	a->sum_id = b->l.req_id(b->l.arg);
	a->exec_id = b->l.req_id(b->l.arg);
	for (struct bk_order *o = b->book->first; o; o = o->next)
		o->completed = 0;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!send_kind(b, kinds[i])) {
			a->on = false; /* the connection is going: another begins with one */
			return 0;
		}
	return 0;
}

void
ask_forget(struct broker *b)
{
	b->ask.on = b->ask.again = false;
	b->ask.failed = 0;
	b->ask_due = INT64_MAX;
}

static int
done(struct broker *b)
{
	struct ask *a = &b->ask;
	int rc;

	if (a->orders > 0 || !a->summary || !a->execs || !a->completed || !a->positions)
		return 0;
	a->on = false;
	a->failed = 0;
	b->n.syncs++;
	rc = settle(b);
	if (!rc && a->again)
		broker_ask_in(b, 0);
	return rc;
}

static int
position(struct broker *b, const struct tws_e_position *p)
{
	struct seen_pos s = { .mult = broker_mult(&p->contract) };

	if (!b->ask.on || b->ask.positions || !str_eq(p->account, b->book->account) ||
	    !tws_set(p->position))
		return 0;
	s.sym = b->l.sym_of(b->l.arg, &p->contract);
	if (!s.sym)
		return p->position == 0
			   ? 0
			   : report_alert(b, W_sev_warn, "unknown_contract", NULL, NULL, NULL,
				 "a position in a contract that has no symbol here: %.*s",
				 STR_FMT(p->contract.symbol));
	s.qty = p->position;
	/* the broker's average cost counts the multiplier in */
	s.avg = tws_set(p->avg_cost) ? (int64_t)num_div_even(p->avg_cost, s.mult) : 0;
	*MEM_AT(b->ask.pos, b->ask.cap, b->ask.npos) = s;
	b->ask.npos++;
	return 0;
}

static int
positions_end(struct broker *b)
{
	if (!b->ask.on || b->ask.positions)
		return 0;
	b->ask.positions = true;
	send_kind(b, TWS_Q_cancel_positions); /* it is a subscription otherwise */
	return done(b);
}

static int
summary(struct broker *b, const struct tws_e_account_summary *s)
{
	int64_t v;

	if (!b->ask.on || s->req_id != b->ask.sum_id || !str_eq(s->account, b->book->account) ||
	    !str_eqz(s->tag, "TotalCashValue") || !tws_micro(s->value, &v))
		return 0;
	b->ask.cash = v;
	snprintf(b->ask.currency, sizeof b->ask.currency, "%.*s", STR_FMT(s->currency));
	return 0;
}

static int
summary_end(struct broker *b, int64_t req_id)
{
	struct tws_request q;

	if (!b->ask.on || req_id != b->ask.sum_id)
		return 0;
	b->ask.summary = true;
	tws_request_init(&q, TWS_Q_cancel_account_summary);
	q.cancel_account_summary.req_id = req_id;
	b->l.send(b->l.arg, &q);
	return done(b);
}

/*
 * completedOrder (101): 11 fields of the contract, then action, quantity, type, two prices, tif,
 * group, account, open/close, origin, orderRef and permId; its state stands behind blocks that
 * come and go, as a word of its own.
 */
enum { DONE_REF = 21, DONE_PERM = 22, DONE_STATE = 40 };

static void
completed(struct broker *b, const struct tws_raw *r)
{
	struct bk_order *o = NULL;
	int64_t perm;

	if (!b->ask.on || r->id != 101 || r->n <= DONE_STATE)
		return;
	if (num_i64(r->v[DONE_PERM].p, r->v[DONE_PERM].n, &perm))
		o = book_by_perm(b->book, perm);
	if (!o && r->v[DONE_REF].n) {
		o = book_by_ref(b->book, r->v[DONE_REF]);
		if (o && (o->external || o->perm || !str_eq(o->ref, r->v[DONE_REF])))
			o = NULL;
	}
	if (!o)
		return;
	for (size_t i = DONE_STATE; i < r->n; i++)
		switch (tws_status_of(r->v[i])) {
		case TWS_STATUS_FILLED: o->completed = W_ostat_filled; break;
		case TWS_STATUS_CANCELLED:
		case TWS_STATUS_API_CANCELLED: o->completed = W_ostat_canceled; break;
		case TWS_STATUS_INACTIVE: o->completed = W_ostat_rejected; break;
		default: break;
		}
}

int
ask_event(struct broker *b, const struct tws_event *ev)
{
	struct ask *a = &b->ask;

	switch (ev->kind) {
	case TWS_E_position: return position(b, &ev->position);
	case TWS_E_position_end: return positions_end(b);
	case TWS_E_account_summary: return summary(b, &ev->account_summary);
	case TWS_E_account_summary_end: return summary_end(b, ev->account_summary_end.req_id);
	case TWS_E_unknown: completed(b, &ev->unknown); return 0;
	case TWS_E_open_order_end:
		if (!a->on || a->orders == 0)
			return 0;
		a->orders--;
		return done(b);
	case TWS_E_exec_details_end:
		if (!a->on || ev->exec_details_end.req_id != a->exec_id)
			return 0;
		a->execs = true;
		return done(b);
	case TWS_E_completed_order_end:
		if (!a->on)
			return 0;
		a->completed = true;
		return done(b);
	default: return 0;
	}
}
