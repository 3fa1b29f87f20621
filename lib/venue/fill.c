/* One execution: how much, at which price, what it costs, and whom else it concerns. */
#include "venue/venue.h"

#include <stdio.h>
#include <string.h>

static bool
takes_slippage(const struct order *o)
{
	switch (o->type) {
	case W_ord_limit:
	case W_ord_stop_limit:
	case W_ord_trailing_stop_limit:
	case W_ord_limit_on_close:
	case W_ord_limit_on_open:
	case W_ord_limit_if_touched: return false;
	default: return true;
	}
}

/*
 * The price that a market or stop order gets instead of px. volume-share is zipline's
 * VolumeShareSlippage, K * (q / V)^2 of the price; sqrt is the square-root law of impact with
 * the volatility inside K. As in both zipline and LEAN the result may lie outside the bar.
 */
static int64_t
slipped(const struct account *a, const struct vsym *s, const struct order *o, int64_t qty,
    int64_t px, const struct event *ev)
{
	int64_t vol = ev ? ev->vol[IS_BUY(o) ? 0 : 1] : 0, d = 0, out;
	double share = vol > 0 ? (double)qty / (double)vol : 0, part = 0;

	switch (a->slip) {
	case SLIP_NONE: return px;
	case SLIP_BPS: part = a->slip_k / 1e4; break;
	case SLIP_VOLUME_SHARE: part = a->slip_k * share * share; break;
	case SLIP_SQRT: part = a->slip_k * __builtin_sqrt(share); break;
	case SLIP_HALF_SPREAD:
		if (ev && ev->quote)
			return px; /* it crossed the spread already */
		d = (ev && ev->spread ? ev->spread : s->spread) / 2;
		break;
	}
	if (a->slip != SLIP_HALF_SPREAD && !num_nano_of(num_of_nano(px) * part, &d))
		return px;
	if (__builtin_add_overflow(px, IS_BUY(o) ? d : -d, &out))
		return px;
	return out > 0 ? out : 1;
}

/* Tiers of commission are by the shares of a calendar month. */
static void
note_month(struct account *a, int64_t ts)
{
	int64_t day = tim_day(ts);
	int y, m, d;

	if (day >= a->month_first && day < a->month_end)
		return;
	tim_civil(day, &y, &m, &d);
	a->month_first = day - (d - 1);
	a->month_end = m == 12 ? tim_days(y + 1, 1, 1) : tim_days(y, m + 1, 1);
	if (a->month != (int64_t)y * 12 + m) {
		a->month = (int64_t)y * 12 + m;
		a->month_shares = 0;
	}
}

static int64_t
commission_due(
    struct account *a, const struct vsym *s, struct order *o, int64_t qty, int64_t px, int64_t ts)
{
	int64_t total;

	note_month(a, ts);
	if (o->nfills == 0)
		o->month_before = a->month_shares;
	total = commission_of(
	    &a->commission, s->in, o->cum + qty, o->value + (num_i128)qty * px, o->month_before);
	return num_sub(total, o->charged);
}

static int
emit_fill(struct account *a, const struct order *o, int64_t qty, int64_t px, int64_t commission,
    int64_t ts)
{
	struct rec r;
	char id[ORDER_NO_MAX], exec[2 * ORDER_NO_MAX];
	size_t n;

	if (a->silent)
		return 0;
	rec_init(&r, REC_fill, ts, o->sym);
	n = put_order_no(id, o->no);
	memcpy(exec, id, n);
	exec[n] = '.';
	*num_put_u64(exec + n + 1, o->nfills) = '\0';
	rec_set(&r, F_fill_exec_id, r.fill.exec_id, str_z(exec));
	rec_set(&r, F_fill_cl_ord_id, r.fill.cl_ord_id, o->id);
	rec_set(&r, F_fill_order_id, r.fill.order_id, str_z(id));
	rec_set(&r, F_fill_side, r.fill.side, o->side);
	rec_set(&r, F_fill_last_qty, r.fill.last_qty, qty);
	rec_set(&r, F_fill_last_price, r.fill.last_price, px);
	rec_set(&r, F_fill_cum_qty, r.fill.cum_qty, o->cum);
	rec_set(&r, F_fill_leaves_qty, r.fill.leaves_qty, o->qty - o->cum);
	rec_set(&r, F_fill_avg_price, r.fill.avg_price, (int64_t)num_div_even(o->value, o->cum));
	rec_set(&r, F_fill_commission, r.fill.commission, commission);
	if (o->arrival > 0) {
		/* in hundredths of a basis point, exactly; a cost is positive */
		num_i128 d = (num_i128)(IS_BUY(o) ? px - o->arrival : o->arrival - px) * 1000000;

		rec_set(&r, F_fill_arrival_price, r.fill.arrival_price, o->arrival);
		rec_set(&r, F_fill_slippage_bp, r.fill.slippage_bp,
		    (double)(int64_t)num_div_even(d, o->arrival) / 100);
	}
	if (o->strategy.n)
		rec_set(&r, F_fill_strategy, r.fill.strategy, o->strategy);
	return a->out(a->arg, &r);
}

/* Orders that one fill cancels: gone when o is done, smaller by what filled when not. */
static int
reduce_group(struct account *a, const struct order *o, int64_t qty, int64_t ts)
{
	if (o->group == 0)
		return 0;
	for (struct order *p = a->first; p; p = p->next) {
		int rc;

		if (p == o || p->group != o->group || p->state == O_DONE)
			continue;
		p->qty -= qty;
		if (p->parent_no)
			p->active = p->active > qty ? p->active - qty : 0;
		if (o->state == O_DONE || p->qty <= p->cum) {
			rc = order_end(a, p, W_ostat_canceled, ts, "one cancels the other");
		} else {
			orders_added(a, venue_sym(a, p->sym));
			rc = emit_open(a, p, ts, "reduced by its group");
		}
		if (rc)
			return rc;
	}
	return 0;
}

/* The bracket's children live for as much as their parent has filled. */
static int
wake_children(struct account *a, const struct order *parent, int64_t qty, int64_t px, int64_t ts)
{
	if (parent->nchildren == 0)
		return 0;
	for (struct order *c = a->first; c; c = c->next) {
		struct vsym *s;
		int rc;

		if (c->parent_no != parent->no || c->state == O_DONE)
			continue;
		s = venue_sym(a, c->sym);
		c->active += qty;
		if (c->active > c->qty - c->cum)
			c->active = c->qty - c->cum;
		if (c->state == O_HELD) {
			c->state = O_WORKING;
			if (c->type == W_ord_trailing_stop ||
			    c->type == W_ord_trailing_stop_limit) {
				c->extreme = px;
				match_trail_start(s, c, px);
			}
			if (a->inside) {
				c->born = a->event;
				a->children = true;
			}
			rc = emit_status(a, c, W_ostat_new, ts, NULL);
			if (rc)
				return rc;
		}
		orders_added(a, s);
	}
	return 0;
}

static int
after_fill(struct account *a, struct vsym *s, struct order *o, int64_t qty, int64_t px, int64_t ts)
{
	bool done = o->cum >= o->qty;
	int rc;

	if (done)
		order_done(a, o);
	orders_added(a, s);
	rc = emit_status(a, o, done ? W_ostat_filled : W_ostat_partially_filled, ts, NULL);
	if (!rc)
		rc = wake_children(a, o, qty, px, ts);
	if (!rc && done)
		rc = order_end_children(a, o, ts);
	return rc ? rc : reduce_group(a, o, qty, ts);
}

/* Orders that met no price when they came are checked against margin with their first one. */
static bool
carries(const struct account *a, const struct vsym *s, const struct order *o, int64_t qty,
    int64_t px, double *need, double *have)
{
	const struct ledger_pos *p;
	num_i128 pos, after, more;
	int64_t value;

	if (o->checked || a->o.margin <= 0)
		return true;
	p = ledger_pos(a->ledger, s->sym);
	pos = p ? p->qty : 0;
	after = pos + (IS_BUY(o) ? qty : -qty);
	more = (after < 0 ? -after : after) - (pos < 0 ? -pos : pos);
	if (more <= 0)
		return true;
	if (more * s->in->multiplier > INT64_MAX ||
	    !ledger_notional(px, (int64_t)(more * s->in->multiplier), &value))
		return false;
	*need = (double)((num_i128)ledger_gross(a->ledger) + value) / 1e6 * a->o.margin;
	*have = num_of_micro(ledger_equity(a->ledger));
	return *need <= *have;
}

/* How much of the order this record can fill: its volume, and what is held when short is out. */
static int64_t
fillable(
    const struct account *a, const struct vsym *s, const struct order *o, const struct event *ev)
{
	int64_t live = order_live_qty(o), q = live;

	if (ev && ev->avail[IS_BUY(o) ? 0 : 1] < q) {
		q = ev->avail[IS_BUY(o) ? 0 : 1];
		if (s->in->lot > 0)
			q -= q % s->in->lot;
	}
	if (a->o.no_short && !IS_BUY(o) && !o->forced) {
		const struct ledger_pos *p = ledger_pos(a->ledger, s->sym);
		int64_t held = p && p->qty > 0 ? p->qty : 0;

		q = held < q ? held : q;
	}
	return o->tif == W_tif_fok && q < live ? 0 : q;
}

static bool
nothing_held(const struct account *a, const struct vsym *s, const struct order *o)
{
	const struct ledger_pos *p = ledger_pos(a->ledger, s->sym);

	return a->o.no_short && !IS_BUY(o) && !o->forced && (!p || p->qty <= 0);
}

static void
use_volume(struct event *ev, const struct order *o, int64_t qty)
{
	int side = IS_BUY(o) ? 0 : 1;

	if (!ev || ev->avail[side] == INT64_MAX)
		return;
	ev->avail[side] -= qty;
	if (!ev->quote) /* one volume for both sides */
		ev->avail[1 - side] = ev->avail[side];
}

int
fill_order(
    struct account *a, struct vsym *s, struct order *o, int64_t px, int64_t ts, struct event *ev)
{
	int64_t qty = fillable(a, s, o, ev), commission;
	double need = 0, have = 0;
	int rc;

	if (qty <= 0)
		return nothing_held(a, s, o) ? order_end(a, o, W_ostat_canceled, ts, "no_short")
					     : 0;
	if (!carries(a, s, o, qty, px, &need, &have)) {
		rc = emit_reject(
		    a, o->id, o->sym, ts, "margin", "initial margin exceeds equity", &have, &need);
		return rc ? rc : order_end(a, o, W_ostat_rejected, ts, "margin");
	}
	o->checked = true;
	if (takes_slippage(o))
		px = slipped(a, s, o, qty, px, ev);
	commission = commission_due(a, s, o, qty, px, ts);
	if (!ledger_fill(
		a->ledger, o->sym, IS_BUY(o) ? qty : -qty, px, commission, s->in->multiplier, NULL))
		return order_end(a, o, W_ostat_canceled, ts, "the amount does not fit the books");
	use_volume(ev, o, qty);
	o->cum += qty;
	o->value += (num_i128)qty * px;
	o->charged = num_add(o->charged, commission);
	o->nfills++;
	if (o->parent_no)
		o->active -= qty;
	if (s->in->cls == INSTR_EQUITY)
		a->month_shares = num_add(a->month_shares, qty);
	rc = emit_fill(a, o, qty, px, commission, ts);
	return rc ? rc : after_fill(a, s, o, qty, px, ts);
}

int
fill_settle(struct account *a, struct vsym *s, int64_t px, int64_t ts)
{
	const struct ledger_pos *p = ledger_pos(a->ledger, s->sym);
	struct rec r;
	char exec[32];
	int64_t qty;

	if (!p || p->qty == 0)
		return 0;
	qty = p->qty;
	if (!ledger_fill(a->ledger, s->sym, -qty, px, 0, p->mult, NULL))
		return 0;
	rec_init(&r, REC_fill, ts, s->sym);
	snprintf(exec, sizeof exec, "C%llu", (unsigned long long)a->next_no++);
	rec_set(&r, F_fill_exec_id, r.fill.exec_id, str_z(exec));
	rec_set(&r, F_fill_side, r.fill.side, qty > 0 ? W_side_sell : W_side_buy);
	rec_set(&r, F_fill_last_qty, r.fill.last_qty, qty > 0 ? qty : -qty);
	rec_set(&r, F_fill_last_price, r.fill.last_price, px);
	rec_set(&r, F_fill_commission, r.fill.commission, 0);
	return a->out(a->arg, &r);
}
