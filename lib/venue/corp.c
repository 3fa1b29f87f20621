/* Corporate actions: dividends, splits, new names, the end of trading. They take effect where
 * they stand in the stream, which is before the first bar of their day. */
#include "venue/venue.h"

static int
dividend(struct account *a, const struct rec *r)
{
	const struct ledger_pos *p = ledger_pos(a->ledger, r->sym);
	int64_t money;

	if (!p || p->qty == 0 || !rec_has(r, F_corporate_action_amount) ||
	    !num_notional(r->corporate_action.amount, p->qty, &money) ||
	    __builtin_mul_overflow(money, p->mult, &money)) /* what is short pays */
		return 0;
	ledger_cash(a->ledger, money);
	a->dividends = num_add(a->dividends, money);
	a->rev++;
	return 0;
}

static int64_t
scale(int64_t v, double by, int64_t step)
{
	int64_t out;

	if (!num_nano_of(num_of_nano(v) * by, &out))
		return v;
	if (step > 1)
		out = out < 0 ? -(int64_t)num_div_even(-(num_i128)out, step) * step
			      : (int64_t)num_div_even(out, step) * step;
	return out;
}

/* Quantity times ratio, down to whole lots; prices divided, to whole ticks. */
static int
split_order(struct account *a, const struct vsym *s, struct order *o, double ratio, int64_t ts)
{
	int64_t lot = s->in->lot > 0 ? s->in->lot : 1, tick = s->in->tick > 0 ? s->in->tick : 1;

	o->cum = scale(o->cum, ratio, 1);
	o->qty = scale(o->qty, ratio, 1);
	o->qty -= (o->qty - o->cum) % lot;
	o->active = scale(o->active, ratio, 1);
	o->active -= o->active % lot;
	o->limit = scale(o->limit, 1 / ratio, tick);
	o->stop = scale(o->stop, 1 / ratio, tick);
	o->trail = scale(o->trail, 1 / ratio, tick);
	o->offset = scale(o->offset, 1 / ratio, tick);
	o->extreme = scale(o->extreme, 1 / ratio, 1);
	o->arrival = scale(o->arrival, 1 / ratio, 1);
	if (o->qty <= o->cum)
		return order_end(a, o, W_ostat_canceled, ts, "split: less than a lot is left");
	return emit_open(a, o, ts, "split");
}

static int
split(struct account *a, struct vsym *s, const struct rec *r)
{
	double ratio = rec_has(r, F_corporate_action_ratio) ? r->corporate_action.ratio : 0;
	int rc = 0;

	if (!(ratio > 0) || !ledger_split(a->ledger, r->sym, ratio, s->in->lot))
		return 0;
	a->rev++;
	s->px = scale(s->px, 1 / ratio, 1);
	s->bid = scale(s->bid, 1 / ratio, 1);
	s->ask = scale(s->ask, 1 / ratio, 1);
	s->spread = scale(s->spread, 1 / ratio, 1);
	for (struct order *o = s->first; o && !rc; o = o->snext)
		rc = split_order(a, s, o, ratio, r->ts);
	orders_added(a, s);
	return rc;
}

static int
rename_symbol(struct account *a, const struct rec *r)
{
	const struct sym *to = NULL;
	struct vsym *s, *t;

	if (rec_has(r, F_corporate_action_new_sym))
		to = symtab_get(a->syms, r->corporate_action.new_sym);
	if (!to || to == r->sym)
		return 0;
	venue_sym(a, to); /* may move the table */
	s = venue_sym(a, r->sym);
	t = venue_sym(a, to);
	ledger_rename(a->ledger, r->sym, to);
	a->rev++;
	if (t->start == TIM_NONE) {
		t->px = s->px;
		t->bid = s->bid;
		t->ask = s->ask;
		t->spread = s->spread;
		t->start = s->start;
		t->known = s->known;
		ledger_mark(a->ledger, to, t->px);
	}
	while (s->first) {
		struct order *o = s->first;

		order_unlink_sym(a, o);
		order_link(a, o, to);
	}
	orders_added(a, s);
	orders_added(a, t);
	return 0;
}

/* Trading ends: orders go, the position is paid out at `amount`, or at its last price. */
static int
delist(struct account *a, struct vsym *s, const struct rec *r)
{
	int64_t px = rec_has(r, F_corporate_action_amount) ? r->corporate_action.amount : s->px;
	int rc = 0;

	a->rev++;
	for (struct order *o = s->first; o && !rc; o = o->snext)
		rc = order_end(a, o, W_ostat_canceled, r->ts, "delisted");
	s->delisted = true;
	return rc ? rc : fill_settle(a, s, px, r->ts);
}

int
corp_action(struct account *a, const struct rec *r)
{
	struct vsym *s = venue_sym(a, r->sym);

	switch (r->corporate_action.action) {
	case W_corp_dividend: return dividend(a, r);
	case W_corp_split: return split(a, s, r);
	case W_corp_symbol_change: return rename_symbol(a, r);
	case W_corp_delist: return delist(a, s, r);
	default: return 0;
	}
}
