#include <stdlib.h>

#include "base/mem.h"
#include "risk/risk.h"

bool
risk_value(num_i128 qty, int64_t price, int64_t mult, num_i128 *micro)
{
	num_i128 v;

	*micro = 0;
	if (__builtin_mul_overflow(qty, (num_i128)price, &v) ||
	    __builtin_mul_overflow(v, (num_i128)mult, &v))
		return false;
	*micro = num_div_even(v, (num_i128)1000000000000);
	return *micro <= INT64_MAX && *micro >= -INT64_MAX;
}

/* Fills whatever the price. */
static bool
fills_anyhow(const struct rec *order)
{
	uint8_t t = order->order.ord_type;

	return t == W_ord_market || t == W_ord_market_on_close || t == W_ord_market_on_open;
}

static struct risk_pending *
pending_of(struct risk *k, const struct sym *sym)
{
	struct risk_pending *p = MEM_AT(k->pending, k->npending, sym->id);

	if (p->stamp != k->stamp) {
		*p = (struct risk_pending){ .stamp = k->stamp };
		*MEM_AT(k->touched, k->captouched, k->ntouched) = sym->id;
		k->ntouched++;
	}
	return p;
}

static int64_t
multiplier(struct risk *k, const struct sym *sym)
{
	return instruments_get(account_instruments(k->account), sym)->multiplier;
}

static int64_t
position(struct risk *k, const struct sym *sym)
{
	const struct ledger_pos *p = ledger_pos(account_ledger(k->account), sym);

	return p ? p->qty : 0;
}

static num_i128
abs128(num_i128 v)
{
	return v < 0 ? -v : v;
}

/*
 * What an order may cost beyond its value at the last price: a limit buy may pay up to its limit,
 * an order without a price may slip by price_buffer_pct. Only the part that opens counts.
 */
static bool
allowance(struct risk *k, const struct rec *r, int64_t qty, num_i128 *micro)
{
	int64_t last = account_price(k->account, r->sym), pos = position(k, r->sym);
	bool buy = r->order.side == W_side_buy;
	num_i128 closes = (buy ? pos < 0 : pos > 0) ? abs128(pos) : 0;
	num_i128 opens = qty > closes ? qty - closes : 0;
	double buffer = 0;
	int64_t from = last, worst;

	*micro = 0;
	limits_all_f64(&k->limits, L_price_buffer_pct, &buffer);
	if (rec_has(r, F_order_stop_price) && r->order.stop_price > from)
		from = r->order.stop_price;
	if (rec_has(r, F_order_limit_price))
		worst = r->order.limit_price > last ? r->order.limit_price : last;
	else if (!num_nano_of((double)from / 1e9 * (1 + buffer / 100), &worst))
		return false;
	return worst <= last || risk_value(opens, worst - last, multiplier(k, r->sym), micro);
}

struct adding {
	struct risk *k;
	struct risk_exposure *x;
	struct str except;
};

/* A bracket's child is not counted: it only closes what its parent opened. */
static void
add_order(struct adding *a, const struct rec *r, int64_t qty)
{
	struct risk_pending *p = pending_of(a->k, r->sym);
	bool buy = r->order.side == W_side_buy, any = fills_anyhow(r);

	a->x->orders++;
	if (rec_has(r, F_order_parent_id)) {
		int64_t *sum = buy ? &p->child_buys : &p->child_sells;
		*sum = num_add(*sum, qty);
		return;
	}
	int64_t *side = buy ? (any ? &p->market_buys : &p->other_buys)
			    : (any ? &p->market_sells : &p->other_sells);
	num_i128 extra;

	if (__builtin_add_overflow(*side, qty, side) || !allowance(a->k, r, qty, &extra)) {
		a->x->bad = true;
		return;
	}
	a->x->allowance += extra;
}

static void
add_working(void *arg, const struct rec *order, int64_t leaves)
{
	struct adding *a = arg;

	if (order->sym && !(a->except.n && str_eq(order->order.cl_ord_id, a->except)))
		add_order(a, order, leaves);
}

/* Sums over the account and over what is pending, by the last prices. */
static void
sum_up(struct risk *k, const struct risk_order *o, struct risk_exposure *x)
{
	x->gross = o->totals.gross;
	x->net_hi = x->net_lo = o->totals.net;
	for (size_t i = 0; i < k->ntouched; i++) {
		const struct risk_pending *p = &k->pending[k->touched[i]];
		const struct sym *sym =
		    o->sym->id == k->touched[i] ? o->sym : symtab_at(k->limits.syms, k->touched[i]);
		num_i128 pos = position(k, sym), v;
		num_i128 base = pos + p->market_buys - p->market_sells;
		num_i128 hi = base + p->other_buys, lo = base - p->other_sells;
		num_i128 worst = abs128(hi) > abs128(lo) ? abs128(hi) : abs128(lo);
		int64_t px = account_price(k->account, sym), mult = multiplier(k, sym);

		x->bad |= !risk_value(worst - abs128(pos), px, mult, &v);
		x->gross += v;
		x->bad |= !risk_value(hi - pos, px, mult, &v);
		x->net_hi += v;
		x->bad |= !risk_value(lo - pos, px, mult, &v);
		x->net_lo += v;
		if (sym == o->sym) {
			x->hi = hi;
			x->lo = lo;
		}
	}
}

/* Fill before and after of an order whose other fields are set. except_id: a working order that
 * is not counted, since this one takes its place. */
void
risk_view(struct risk *k, struct risk_order *o, struct str except_id)
{
	struct adding a = { k, &o->before, except_id };

	k->stamp++;
	k->ntouched = 0;
	o->before = o->after = (struct risk_exposure){ 0 };
	pending_of(k, o->sym);
	account_each_order(k->account, add_working, &a);
	sum_up(k, o, &o->before);
	a.x = &o->after;
	o->after.allowance = o->before.allowance;
	o->after.orders = o->before.orders;
	o->after.bad = o->before.bad;
	struct risk_pending kept = *pending_of(k, o->sym);
	add_order(&a, o->r, o->qty);
	sum_up(k, o, &o->after);
	k->pending[o->sym->id] = kept;
}

int64_t
risk_pending_side(const struct risk *k, const struct sym *sym, bool buys)
{
	const struct risk_pending *p = &k->pending[sym->id];
	int64_t sum;

	if (__builtin_add_overflow(buys ? p->market_buys : p->market_sells,
		buys ? p->other_buys : p->other_sells, &sum))
		return INT64_MAX;
	return sum;
}

int64_t
risk_closes(const struct risk *k, const struct risk_order *o)
{
	const struct risk_pending *p = &k->pending[o->sym->id];
	num_i128 room = o->buy ? -(num_i128)o->position : o->position;

	room -= risk_pending_side(k, o->sym, o->buy);
	room -= o->buy ? p->child_buys : p->child_sells;
	return room > 0 ? (int64_t)(room < o->qty ? room : o->qty) : 0;
}
