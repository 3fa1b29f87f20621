#include "risk/risk.h"

#include <stdlib.h>
#include <string.h>

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

	o->r = r;
	o->sym = r->sym;
	o->in = instruments_get(account_instruments(k->account), r->sym);
	o->fault = rec_has(r, F_order_parent_id) ? risk_child_fault(k, r, old) : NULL;
	if (old) /* what was filled already stays filled */
		qty -= (num_i128)old->order.qty - old_leaves;
	o->qty = qty > 0 && qty <= INT64_MAX ? (int64_t)qty : 0;
	o->fresh_id = !old || !str_eq(old->order.cl_ord_id, r->order.cl_ord_id);
	o->strategy = rec_has(r, F_order_strategy) ? r->order.strategy : (struct str){ NULL, 0 };
	o->buy = r->order.side == W_side_buy;
	o->last = account_price(k->account, r->sym);
	o->price = price_of(r, o->last);
	o->position = p ? p->qty : 0;
	o->mult = o->in->multiplier;
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

	risk_fail_init(f, "schema");
	if (!order->sym) {
		strcpy(f->text, "the order has no symbol");
		return false;
	}
	look_at(k, order, old, old_leaves, &o);
	/* a check writes into f only when it refuses */
	for (const struct risk_check *c = risk_checks; c->code; c++) {
		f->code = c->code;
		if (c->fn(k, &o, f))
			continue;
		f->later = c->about_what == ABOUT_ROOM;
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

bool
risk_find_order(const struct risk *k, struct str id, struct rec *order, int64_t *leaves)
{
	return account_find_order(k->account, id, order, leaves);
}
