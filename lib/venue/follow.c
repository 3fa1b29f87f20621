/* The account of a real executor, seen through its records: nothing is simulated. */
#include "venue/venue.h"

void
account_follow(struct account *a)
{
	a->follow = true;
}

int
follow_replace(struct account *a, const struct rec *r)
{
	const struct rec_replace *f = &r->replace;
	bool two_ids = rec_has(r, F_replace_orig_cl_ord_id);
	struct order *o = order_find(a, two_ids ? f->orig_cl_ord_id : f->cl_ord_id, NULL);

	if (!o)
		return 0;
	/* until the executor has confirmed it, the larger quantity may fill */
	if (rec_has(r, F_replace_qty) && f->qty > o->qty)
		o->qty = f->qty;
	if (rec_has(r, F_replace_limit_price))
		o->limit = f->limit_price;
	if (rec_has(r, F_replace_stop_price))
		o->stop = f->stop_price;
	if (two_ids && !str_eq(f->cl_ord_id, o->id))
		order_set_id(a, o, f->cl_ord_id);
	orders_added(a, venue_sym(a, o->sym));
	return 0;
}

static void
take_fill(struct account *a, const struct rec *r)
{
	const struct rec_fill *f = &r->fill;
	struct vsym *s = venue_sym(a, r->sym);
	int64_t commission = rec_has(r, F_fill_commission) ? f->commission : 0;
	bool buy = f->side == W_side_buy;
	struct order *o;
	int64_t cum;

	if (rec_has(r, F_fill_correction_of))
		return; /* the position and the portfolio that follow have it */
	/* no fill at all, or one that does not fit the books: then the order goes on working */
	if (f->last_qty <= 0 || !ledger_fill(a->ledger, r->sym, buy ? f->last_qty : -f->last_qty,
				    f->last_price, commission, s->in->multiplier, NULL))
		return;
	o = rec_has(r, F_fill_cl_ord_id) ? order_find(a, f->cl_ord_id, NULL) : NULL;
	if (o && !__builtin_add_overflow(o->cum, f->last_qty, &cum)) {
		o->cum = cum;
		o->value += (num_i128)f->last_qty * f->last_price;
		o->charged = num_add(o->charged, commission);
		o->nfills++;
		if (o->parent_no)
			o->active = num_sub(o->active, f->last_qty);
		for (struct order *c = o->nchildren ? a->first : NULL; c; c = c->next)
			if (c->parent_no == o->no && c->state != O_DONE) {
				c->active = num_add(c->active, f->last_qty);
				if (c->active > c->qty - c->cum)
					c->active = c->qty - c->cum;
				c->state = O_WORKING;
				orders_added(a, venue_sym(a, c->sym));
			}
	}
	orders_added(a, venue_sym(a, r->sym));
}

static void
take_status(struct account *a, const struct rec *r)
{
	const struct rec_order_status *f = &r->order_status;
	struct order *o = order_find(a, f->cl_ord_id, NULL);
	int64_t qty;

	if (!o)
		return;
	switch (f->status) {
	case W_ostat_filled:
	case W_ostat_canceled:
	case W_ostat_rejected:
	case W_ostat_expired: order_done(a, o); break;
	case W_ostat_new:
	case W_ostat_partially_filled:
		o->state = O_WORKING;
		if (rec_has(r, F_order_status_leaves_qty) && rec_has(r, F_order_status_cum_qty) &&
		    f->cum_qty >= 0 && f->leaves_qty >= 0 &&
		    !__builtin_add_overflow(f->cum_qty, f->leaves_qty, &qty)) {
			o->cum = f->cum_qty;
			o->qty = qty; /* reduced by a group, a split */
		}
		break;
	default: return;
	}
	orders_added(a, venue_sym(a, o->sym));
}

/* What fills do not explain: splits, new names, what was held before. */
static void
take_position(struct account *a, const struct rec *r)
{
	const struct rec_position *f = &r->position;
	const struct ledger_pos *p = ledger_pos(a->ledger, r->sym);
	struct vsym *s = venue_sym(a, r->sym);
	int64_t avg = rec_has(r, F_position_avg_price) ? f->avg_price : 0;
	int64_t mark = p && p->mark ? p->mark : rec_has(r, F_position_mark) ? f->mark : avg;

	if (p ? p->qty == f->qty && (f->qty == 0 || ledger_avg_price(p) == avg) : f->qty == 0)
		return;
	ledger_restore(a->ledger, r->sym, f->qty, (num_i128)f->qty * avg, mark, s->in->multiplier,
	    rec_has(r, F_position_realized_pnl) ? f->realized_pnl
	    : p                                 ? p->realized
						: 0,
	    p ? p->commission : 0);
	orders_added(a, s);
}

void
account_take(struct account *a, const struct rec *r)
{
	if (r->type != REC_portfolio && !r->sym)
		return;
	switch (r->type) {
	case REC_fill: take_fill(a, r); break;
	case REC_order_status: take_status(a, r); break;
	case REC_position: take_position(a, r); break;
	case REC_portfolio:
		ledger_restore_cash(a->ledger, r->portfolio.cash,
		    rec_has(r, F_portfolio_peak_equity) ? r->portfolio.peak_equity
							: ledger_peak(a->ledger));
		break;
	default: return;
	}
	orders_sweep(a);
}

static int64_t
order_leaves(const struct order *o)
{
	return o->qty > o->cum ? o->qty - o->cum : 0;
}

static void
order_record(const struct order *o, struct rec *r)
{
	rec_init(r, REC_order, o->ts, o->sym);
	rec_set(r, F_order_cl_ord_id, r->order.cl_ord_id, o->id);
	rec_set(r, F_order_side, r->order.side, o->side);
	rec_set(r, F_order_qty, r->order.qty, o->qty);
	rec_set(r, F_order_ord_type, r->order.ord_type, o->type);
	if (o->limit)
		rec_set(r, F_order_limit_price, r->order.limit_price, o->limit);
	if (o->stop)
		rec_set(r, F_order_stop_price, r->order.stop_price, o->stop);
	if (o->trail)
		rec_set(r, F_order_trail, r->order.trail, o->trail);
	if (o->has_trail_pct)
		rec_set(r, F_order_trail_percent, r->order.trail_percent, o->trail_pct);
	rec_set(r, F_order_tif, r->order.tif, o->tif);
	if (o->expire)
		rec_set(r, F_order_expire_time, r->order.expire_time, o->expire);
	if (o->strategy.n)
		rec_set(r, F_order_strategy, r->order.strategy, o->strategy);
	if (o->parent.n)
		rec_set(r, F_order_parent_id, r->order.parent_id, o->parent);
	if (o->oca.n)
		rec_set(r, F_order_oca_group, r->order.oca_group, o->oca);
	if (o->outside_rth)
		rec_set(r, F_order_outside_rth, r->order.outside_rth, true);
	if (o->approval.n)
		rec_set(r, F_order_approval, r->order.approval, o->approval);
}

bool
account_find_order(const struct account *a, struct str id, struct rec *order, int64_t *leaves_qty)
{
	for (const struct order *o = a->first; o; o = o->next) {
		if (o->state == O_DONE || !str_eq(o->id, id))
			continue;
		order_record(o, order);
		*leaves_qty = order_leaves(o);
		return true;
	}
	return false;
}

int64_t
account_open_count(const struct account *a)
{
	int64_t n = 0;

	for (const struct order *o = a->first; o; o = o->next)
		n += o->state != O_DONE;
	return n;
}

void
account_each_open(
    const struct account *a, void (*fn)(void *arg, const struct account_open *o), void *arg)
{
	for (const struct order *o = a->first; o; o = o->next) {
		struct account_open w = { o->sym, o->id, order_leaves(o), o->limit, o->stop,
			o->side, o->type, o->parent.n > 0 };

		if (o->state != O_DONE)
			fn(arg, &w);
	}
}

void
account_each_order(const struct account *a,
    void (*fn)(void *arg, const struct rec *order, int64_t leaves_qty), void *arg)
{
	for (const struct order *o = a->first; o; o = o->next) {
		struct rec r;

		if (o->state == O_DONE)
			continue;
		order_record(o, &r);
		fn(arg, &r, order_leaves(o));
	}
}
