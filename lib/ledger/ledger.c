/*
 * The books of one account. The sums behind equity, gross and net are kept as differences:
 * a mark of one symbol costs two multiplications, however many positions there are.
 */
#include "ledger/ledger.h"

#include <stdlib.h>

#include "base/mem.h"
#include "ledger/internal.h"

/* The largest value of one position or fill, nano * nano: what int64 micro can hold. Sums over
 * ten million positions of that size still fit 128 bits. */
static const num_i128 value_max = (num_i128)INT64_MAX * 1000000000000;

static num_i128
abs128(num_i128 v)
{
	return v < 0 ? -v : v;
}

/* 1e12 = 2^12 * 5^12: after the shift the division is by a 28-bit constant, done in 32-bit
 * digits. Several times faster than the general division of 128 bits, and it runs per bar. */
int64_t
ledger_micro(num_i128 v)
{
	const uint64_t five12 = 244140625;
	unsigned __int128 u = v < 0 ? -(unsigned __int128)v : (unsigned __int128)v;
	uint32_t low = (uint32_t)u & 4095;
	unsigned __int128 q;
	uint64_t rem;

	if (v == 0) /* flat: half of the times it is asked */
		return 0;
	u >>= 12;
	if ((uint64_t)(u >> 64) == 0) {
		q = (uint64_t)u / five12;
		rem = (uint64_t)u % five12;
	} else {
		uint64_t hi = (uint64_t)(u >> 64), mid, lo;

		q = (unsigned __int128)(hi / five12) << 64;
		mid = (hi % five12) << 32 | (uint32_t)(u >> 32);
		lo = (mid % five12) << 32 | (uint32_t)u;
		q += ((unsigned __int128)(mid / five12) << 32) + lo / five12;
		rem = lo % five12;
	}
	rem = rem << 12 | low;
	if (rem > 500000000000 || (rem == 500000000000 && ((uint64_t)q & 1)))
		q++;
	if (q > (unsigned __int128)INT64_MAX)
		q = (unsigned __int128)INT64_MAX;
	return v < 0 ? -(int64_t)q : (int64_t)q;
}

num_i128
ledger_bound(num_i128 v, int64_t mult)
{
	num_i128 most = value_max / mult;

	return (v > most ? most : v < -most ? -most : v) * mult;
}

struct ledger *
ledger_new(int64_t cash_micro)
{
	struct ledger *l = mem_alloc(sizeof *l);

	l->cash = l->peak = cash_micro;
	return l;
}

void
ledger_free(struct ledger *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->cap; i++)
		free(l->e[i].lots.v);
	free(l->e);
	free(l->held);
	free(l->changed);
	free(l);
}

static struct entry *
entry(struct ledger *l, const struct sym *sym)
{
	struct entry *e = MEM_AT(l->e, l->cap, sym->id);

	if (!e->p.sym) {
		e->p.sym = sym;
		e->p.mult = 1;
	}
	return e;
}

/* Known entry or NULL. */
static struct entry *
known(const struct ledger *l, const struct sym *sym)
{
	return sym->id < l->cap && l->e[sym->id].p.sym ? &l->e[sym->id] : NULL;
}

static void
list_held(struct ledger *l, struct entry *e)
{
	if (e->listed)
		return;
	e->listed = true;
	*MEM_AT(l->held, l->held_cap, l->nheld) = e->p.sym->id;
	l->nheld++;
}

static void
set_changed(struct ledger *l, struct entry *e)
{
	if (e->p.changed)
		return;
	e->p.changed = true;
	*MEM_AT(l->changed, l->changed_cap, l->nchanged) = e->p.sym->id;
	l->nchanged++;
}

static bool
mul3(int64_t a, int64_t b, int64_t mult, num_i128 *out)
{
	num_i128 v = (num_i128)a * b;

	if (mult != 1 && __builtin_mul_overflow(v, (num_i128)mult, &v))
		return false;
	if (abs128(v) > value_max)
		return false;
	*out = v;
	return true;
}

static void
set_value(struct ledger *l, struct entry *e, num_i128 value)
{
	l->net += value - e->value;
	l->gross += abs128(value) - abs128(e->value);
	e->value = value;
}

void
ledger_mark(struct ledger *l, const struct sym *sym, int64_t price)
{
	struct entry *e = entry(l, sym);
	num_i128 value;

	if (price == e->p.mark)
		return;
	if (e->p.qty == 0) {
		e->p.mark = price;
		return;
	}
	if (!mul3(e->p.qty, price, e->p.mult, &value))
		return; /* no such price: keep the last one */
	e->p.mark = price;
	set_value(l, e, value);
}

/* The part of `cost` that belongs to `part` of `qty`: cost * part / qty without leaving 128 bits.
 */
static num_i128
cost_part(num_i128 cost, int64_t qty, int64_t part)
{
	if (part == qty)
		return cost;
	num_i128 q = qty < 0 ? -(num_i128)qty : qty, p = qty < 0 ? -(num_i128)part : part;
	num_i128 avg = cost / q, rem = cost % q;

	return avg * p + num_div_even(rem * p, q);
}

bool
ledger_fill(struct ledger *l, const struct sym *sym, int64_t qty, int64_t price, int64_t commission,
    int64_t mult, int64_t *realized)
{
	struct entry *e = entry(l, sym);
	struct ledger_pos *p = &e->p;
	int64_t old = p->qty, now, cash, closed = 0, gain = 0, m = old ? p->mult : mult;
	num_i128 notional, value, cost = p->cost;

	if (__builtin_add_overflow(old, qty, &now) || now == INT64_MIN || qty == INT64_MIN ||
	    !mul3(qty, price, m, &notional) || !mul3(now, p->mark ? p->mark : price, m, &value) ||
	    __builtin_sub_overflow(l->cash, ledger_micro(notional), &cash) ||
	    __builtin_sub_overflow(cash, commission, &cash))
		return false;
	if ((old > 0 && qty < 0) || (old < 0 && qty > 0)) {
		closed = llabs(qty) < llabs(old) ? -qty : old;
		num_i128 part = cost_part(cost, old, closed);

		gain = ledger_micro(((num_i128)closed * price - part) * m);
		cost -= part;
		p->fifo_realized = num_add(
		    p->fifo_realized, ledger_micro(lots_close(&e->lots, closed, price) * m));
	}
	lots_open(&e->lots, qty + closed, price);
	cost += (num_i128)(qty + closed) * price;
	l->cost += (cost - p->cost) * m;
	l->cash = cash;
	l->realized = num_add(l->realized, gain);
	l->commission = num_add(l->commission, commission);
	p->cost = cost;
	p->qty = now;
	p->mult = m;
	p->realized = num_add(p->realized, gain);
	p->commission = num_add(p->commission, commission);
	if (p->mark == 0)
		p->mark = price;
	set_value(l, e, value);
	list_held(l, e);
	set_changed(l, e);
	if (realized)
		*realized = gain;
	return true;
}

void
ledger_cash(struct ledger *l, int64_t micro)
{
	l->cash = num_add(l->cash, micro);
}

bool
ledger_split(struct ledger *l, const struct sym *sym, double ratio, int64_t lot)
{
	struct entry *e = entry(l, sym);
	struct ledger_pos *p = &e->p;
	int64_t qty, mark, rest;
	num_i128 value;

	if (!(ratio > 0) || !num_nano_of(num_of_nano(p->qty) * ratio, &qty) ||
	    !num_nano_of(num_of_nano(p->mark) / ratio, &mark) || !mul3(qty, mark, p->mult, &value))
		return false;
	if (mark == 0 && p->mark != 0)
		return false;
	p->mark = mark;
	if (p->qty == 0)
		return true;
	if (qty == 0) /* less than a billionth is left of it: nothing to pay out */
		return false;
	lots_scale(&e->lots, ratio, qty);
	p->qty = qty;
	set_value(l, e, value);
	set_changed(l, e);
	rest = lot > 0 ? qty % lot : 0;
	return rest == 0 || ledger_fill(l, sym, -rest, mark, 0, p->mult, NULL);
}

void
ledger_rename(struct ledger *l, const struct sym *from, const struct sym *to)
{
	struct entry *t = entry(l, to), *f = known(l, from);

	if (!f || f == t)
		return;
	f = &l->e[from->id];
	if (f->p.qty != 0) {
		int64_t cash = l->cash, qty = f->p.qty, avg = ledger_avg_price(&f->p);

		if (t->p.mark == 0)
			t->p.mark = f->p.mark;
		/* both legs at the average price: no gain is made, and no money moves */
		if (!ledger_fill(l, to, qty, avg, 0, f->p.mult, NULL))
			return;
		if (t->p.qty == qty) { /* nothing was there before: exactly the old cost and lots */
			l->cost += (f->p.cost - t->p.cost) * t->p.mult;
			t->p.cost = f->p.cost;
			free(t->lots.v);
			t->lots = f->lots;
			f->lots = (struct lots){ 0 };
		}
		l->cash = cash;
		l->cost -= f->p.cost * f->p.mult;
		set_value(l, f, 0);
		f->p.qty = 0;
		f->p.cost = 0;
		f->lots.n = f->lots.head = 0;
		set_changed(l, f);
	}
	t->p.realized = num_add(t->p.realized, f->p.realized);
	t->p.fifo_realized = num_add(t->p.fifo_realized, f->p.fifo_realized);
	t->p.commission = num_add(t->p.commission, f->p.commission);
	f->p.realized = f->p.fifo_realized = f->p.commission = 0;
	f->p.mark = 0;
}

const struct ledger_pos *
ledger_pos(const struct ledger *l, const struct sym *sym)
{
	struct entry *e = known(l, sym);

	return e ? &e->p : NULL;
}

int64_t
ledger_avg_price(const struct ledger_pos *p)
{
	if (p->qty == 0)
		return 0;
	return (int64_t)(p->qty > 0 ? num_div_even(p->cost, p->qty)
				    : num_div_even(-p->cost, -(num_i128)p->qty));
}

int64_t
ledger_unrealized(const struct ledger_pos *p)
{
	return ledger_micro(((num_i128)p->qty * p->mark - p->cost) * p->mult);
}

int64_t
ledger_net(struct ledger *l)
{
	if (l->net_was != l->net) { /* asked by several at every watermark */
		l->net_micro = ledger_micro(l->net);
		l->net_was = l->net;
	}
	return l->net_micro;
}

int64_t
ledger_equity(struct ledger *l)
{
	return num_add(l->cash, ledger_net(l));
}

int64_t
ledger_gross(struct ledger *l)
{
	if (l->gross == l->net) /* nothing is short; or else nothing is long */
		return ledger_net(l);
	if (l->gross == -l->net)
		return -ledger_net(l);
	if (l->gross_was != l->gross) {
		l->gross_micro = ledger_micro(l->gross);
		l->gross_was = l->gross;
	}
	return l->gross_micro;
}

int64_t
ledger_cash_now(const struct ledger *l)
{
	return l->cash;
}

int64_t
ledger_commission(const struct ledger *l)
{
	return l->commission;
}

int64_t
ledger_peak(const struct ledger *l)
{
	return l->peak;
}

/* A ratio to nine decimals, half-even. Adding 1.5 * 2^52 leaves no bits below one. */
static double
round9(double v)
{
	const double magic = 6755399441055744.0;
	double s = v * 1e9;

	return s > -1e15 && s < 1e15 ? (s + magic - magic) / 1e9 : v;
}

static void
totals_make(struct ledger *l)
{
	struct ledger_totals *t = &l->totals;

	t->cash = l->cash;
	t->realized = l->realized;
	t->commission = l->commission;
	t->net = t->gross = t->unrealized = 0;
	t->leverage = t->drawdown = 0;
	if (l->gross != 0 || l->cost != 0) {
		t->net = ledger_net(l);
		t->gross = ledger_gross(l);
		t->unrealized = ledger_micro(l->net - l->cost);
	}
	t->equity = num_add(l->cash, t->net);
	if (t->equity > l->peak)
		l->peak = t->equity;
	t->peak_equity = l->peak;
	if (t->equity > 0 && t->gross != 0)
		t->leverage = round9((double)t->gross / (double)t->equity);
	if (t->equity < l->peak && l->peak > 0)
		t->drawdown = round9((double)num_sub(t->equity, l->peak) / (double)l->peak);
	if (t->drawdown == 0)
		t->drawdown = 0; /* a tiny loss rounds to -0 */
}

void
ledger_totals_now(struct ledger *l, struct ledger_totals *t)
{
	const struct ledger_sums *c = &l->counted;

	/* Asked at every watermark, by more than one; a flat account does not move in between. */
	if (c->net != l->net || c->gross != l->gross || c->cost != l->cost || c->cash != l->cash ||
	    c->realized != l->realized || c->commission != l->commission || c->peak != l->peak ||
	    !l->any_totals) {
		totals_make(l);
		l->counted = (struct ledger_sums){ l->net, l->gross, l->cost, l->cash, l->realized,
			l->commission, l->peak };
		l->any_totals = true;
	}
	*t = l->totals;
}
