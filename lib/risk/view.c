#include <stdlib.h>

#include "base/mem.h"
#include "risk/risk.h"

/* Above this the books' quick division would hold the result at its end. */
#define QUICK ((num_i128)1 << 100)

bool
risk_value(num_i128 qty, int64_t price, int64_t mult, num_i128 *micro)
{
	num_i128 v;

	*micro = 0;
	if (qty == 0)
		return true;
	if (qty == (int64_t)qty && mult == 1)
		v = (num_i128)(int64_t)qty * price;
	else if (__builtin_mul_overflow(qty, (num_i128)price, &v) ||
		 __builtin_mul_overflow(v, (num_i128)mult, &v))
		return false;
	if (v < QUICK && v > -QUICK) {
		*micro = ledger_micro(v);
		return true;
	}
	*micro = num_div_even(v, (num_i128)1000000000000);
	return *micro <= INT64_MAX && *micro >= -INT64_MAX;
}

/* Below this a price in nano is the same after a detour over doubles. */
#define EXACT (INT64_C(1) << 50)

/* Fills whatever the price. */
static bool
fills_anyhow(uint8_t type)
{
	return type == W_ord_market || type == W_ord_market_on_close ||
	       type == W_ord_market_on_open;
}

static struct risk_pending *
pending_of(struct risk *k, const struct sym *sym)
{
	struct risk_pending *p = MEM_AT(k->pending, k->npending, sym->id);

	if (p->stamp != k->stamp) {
		p->stamp = k->stamp;
		p->market_buys = p->market_sells = p->other_buys = p->other_sells = 0;
		p->child_buys = p->child_sells = 0;
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
allowance(struct risk *k, const struct account_open *o, num_i128 *micro)
{
	int64_t last = account_price(k->account, o->sym), pos = position(k, o->sym);
	bool buy = o->side == W_side_buy;
	num_i128 closes = (buy ? pos < 0 : pos > 0) ? abs128(pos) : 0;
	num_i128 opens = o->leaves > closes ? o->leaves - closes : 0;
	double buffer = 0;
	int64_t from = last, worst;

	*micro = 0;
	if (o->stop > from)
		from = o->stop;
	if (o->limit)
		worst = o->limit > last ? o->limit : last;
	else if (!limits_all_f64(&k->limits, L_price_buffer_pct, &buffer) && from == last &&
		 last < EXACT)
		worst = last;
	else if (!num_nano_of((double)from / 1e9 * (1 + buffer / 100), &worst))
		return false;
	return worst <= last || risk_value(opens, worst - last, multiplier(k, o->sym), micro);
}

struct adding {
	struct risk *k;
	struct risk_exposure *x;
	struct str except;
};

/* A bracket's child is not counted: it only closes what its parent opened. */
static void
add_order(struct adding *a, const struct account_open *o)
{
	struct risk_pending *p = pending_of(a->k, o->sym);
	bool buy = o->side == W_side_buy, any = fills_anyhow(o->type);

	a->x->orders++;
	if (o->child) {
		int64_t *sum = buy ? &p->child_buys : &p->child_sells;
		*sum = num_add(*sum, o->leaves);
		return;
	}
	int64_t *side = buy ? (any ? &p->market_buys : &p->other_buys)
			    : (any ? &p->market_sells : &p->other_sells);
	num_i128 extra;

	if (__builtin_add_overflow(*side, o->leaves, side) || !allowance(a->k, o, &extra)) {
		a->x->bad = true;
		return;
	}
	a->x->allowance += extra;
}

static void
add_working(void *arg, const struct account_open *o)
{
	struct adding *a = arg;

	if (o->sym && !(a->except.n && str_eq(o->id, a->except)))
		add_order(a, o);
}

/* Kept from one order to the next: only one of many symbols changes in between. */
static void
value_pending(struct risk *k, const struct sym *sym, num_i128 worst, num_i128 hi, num_i128 lo)
{
	struct risk_pending *p = &k->pending[sym->id];
	int64_t px = account_price(k->account, sym), mult;

	if (p->worth.px == px && p->worth.hi == hi && p->worth.lo == lo && p->worth.worst == worst)
		return;
	mult = multiplier(k, sym);
	p->worth.px = px;
	p->worth.worst = worst;
	p->worth.hi = hi;
	p->worth.lo = lo;
	p->worth.bad = !risk_value(worst, px, mult, &p->worth.gross);
	p->worth.bad |= !risk_value(hi, px, mult, &p->worth.net_hi);
	p->worth.net_lo = p->worth.net_hi;
	if (lo != hi)
		p->worth.bad |= !risk_value(lo, px, mult, &p->worth.net_lo);
}

/* What is pending in one symbol, by its last price. */
static void
add_pending(struct risk *k, const struct sym *sym, struct risk_exposure *x)
{
	const struct risk_pending *p = &k->pending[sym->id];
	num_i128 pos = position(k, sym);
	num_i128 base = pos + p->market_buys - p->market_sells;
	num_i128 hi = base + p->other_buys, lo = base - p->other_sells;
	num_i128 worst = abs128(hi) > abs128(lo) ? abs128(hi) : abs128(lo);

	x->hi = hi;
	x->lo = lo;
	if (hi == pos && lo == pos)
		return;
	value_pending(k, sym, worst - abs128(pos), hi - pos, lo - pos);
	x->bad |= p->worth.bad;
	x->gross += p->worth.gross;
	x->net_hi += p->worth.net_hi;
	x->net_lo += p->worth.net_lo;
}

/* Sums over the account and over what is pending in other symbols than the order's own. */
static void
sum_others(struct risk *k, const struct risk_order *o, struct risk_exposure *x)
{
	x->gross = o->totals.gross;
	x->net_hi = x->net_lo = o->totals.net;
	for (size_t i = 0; i < k->ntouched; i++)
		if (k->touched[i] != o->sym->id)
			add_pending(k, symtab_at(k->limits.syms, k->touched[i]), x);
}

/* Fill before and after of an order whose other fields are set. except_id: a working order that
 * is not counted, since this one takes its place. */
void
risk_view(struct risk *k, struct risk_order *o, struct str except_id)
{
	const struct rec *r = o->r;
	struct adding a = { k, &o->before, except_id };
	struct account_open own = { .sym = o->sym,
		.leaves = o->qty,
		.limit = rec_has(r, F_order_limit_price) ? r->order.limit_price : 0,
		.stop = rec_has(r, F_order_stop_price) ? r->order.stop_price : 0,
		.side = r->order.side,
		.type = r->order.ord_type,
		.child = rec_has(r, F_order_parent_id) };

	k->stamp++;
	k->ntouched = 0;
	o->before = (struct risk_exposure){ 0 };
	pending_of(k, o->sym);
	account_each_open(k->account, add_working, &a);
	sum_others(k, o, &o->before);
	o->after = o->before;
	add_pending(k, o->sym, &o->before);
	o->after.bad = o->before.bad;
	a.x = &o->after;
	struct risk_pending *p = pending_of(k, o->sym), kept = *p;
	add_order(&a, &own);
	add_pending(k, o->sym, &o->after);
	kept.worth = p->worth; /* what it will be when the order goes out */
	*p = kept;
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
