#include "risk/risk.h"

#include <stdlib.h>

void
risk_free(struct risk *k)
{
	limits_free(&k->limits);
	free(k->sent);
	free(k->ids);
	free(k->warned_pos);
	free(k->pending);
	free(k->touched);
}

/* The price an order is valued at: what a buyer may have to pay, the last price otherwise. A sale
 * gets the market's price, however far below it its limit is. */
static int64_t
price_of(const struct rec *r, int64_t last)
{
	if (rec_has(r, F_order_limit_price))
		return r->order.side == W_side_buy || r->order.limit_price > last
			   ? r->order.limit_price
			   : last;
	if (rec_has(r, F_order_stop_price) && r->order.stop_price > last)
		return r->order.stop_price;
	return last;
}

static void
look_at(struct risk *k, const struct rec *r, const struct rec *old, int64_t old_leaves,
    struct risk_order *o)
{
	const struct ledger_pos *p = ledger_pos(account_ledger(k->account), r->sym);
	num_i128 qty = r->order.qty;

	*o = (struct risk_order){ .r = r, .sym = r->sym };
	o->fault = risk_child_fault(k, r, old);
	if (old) /* what was filled already stays filled */
		qty -= (num_i128)old->order.qty - old_leaves;
	o->qty = qty > 0 && qty <= INT64_MAX ? (int64_t)qty : 0;
	o->fresh_id = !old || !str_eq(old->order.cl_ord_id, r->order.cl_ord_id);
	if (rec_has(r, F_order_strategy))
		o->strategy = r->order.strategy;
	o->buy = r->order.side == W_side_buy;
	o->last = account_price(k->account, r->sym);
	o->price = price_of(r, o->last);
	o->position = p ? p->qty : 0;
	o->mult = instruments_get(account_instruments(k->account), r->sym)->multiplier;
	ledger_totals_now(account_ledger(k->account), &o->totals);
	risk_view(k, o, old ? old->order.cl_ord_id : (struct str){ NULL, 0 });
	if (!risk_value(o->qty, o->price, o->mult, &o->value))
		o->after.bad = true;
}

bool
risk_allows(struct risk *k, const struct rec *order, const struct rec *old, int64_t old_leaves,
    struct risk_fail *f)
{
	struct risk_order o;

	*f = (struct risk_fail){ .code = "schema", .text = "the order has no symbol" };
	if (!order->sym)
		return false;
	look_at(k, order, old, old_leaves, &o);
	for (const struct risk_check *c = risk_checks; c->code; c++) {
		*f = (struct risk_fail){ .code = c->code, .later = c->about_what == ABOUT_ROOM };
		if (c->fn(k, &o, f))
			continue;
		f->closes = c->about_what == ABOUT_ORDER ? 0 : risk_closes(k, &o);
		return false;
	}
	return true;
}

int
risk_note_sent(struct risk *k, const struct rec *order)
{
	risk_id_add(k, order->order.cl_ord_id);
	risk_sent_add(k, order, k->now);
	k->dirty = true;
	return risk_warn_orders(k);
}

struct finding {
	struct str id;
	struct rec *order;
	int64_t *leaves;
	bool found;
};

static void
find_order(void *arg, const struct rec *order, int64_t leaves)
{
	struct finding *f = arg;

	if (f->found || !str_eq(order->order.cl_ord_id, f->id))
		return;
	*f->order = *order;
	*f->leaves = leaves;
	f->found = true;
}

bool
risk_find_order(const struct risk *k, struct str id, struct rec *order, int64_t *leaves)
{
	struct finding f = { id, order, leaves, false };

	account_each_order(k->account, find_order, &f);
	return f.found;
}
