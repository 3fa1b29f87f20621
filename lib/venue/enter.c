/* Orders, cancels and replaces come in: what is refused, with which code, and what then works. */
#include "venue/venue.h"

#include <string.h>

/* Why an order is refused: the code is part of the contract (man/ibkr-exec.1), the words are not.
 */
struct why {
	const char *rule, *text;
};

static int64_t
after_now(const struct account *a)
{
	int64_t t = a->wm > a->seen ? a->wm : a->seen;

	return t == TIM_NONE ? t : num_add(t, a->latency_ns);
}

static bool
has_limit(unsigned type)
{
	return type == W_ord_limit || type == W_ord_stop_limit ||
	       type == W_ord_trailing_stop_limit || type == W_ord_limit_on_close ||
	       type == W_ord_limit_on_open || type == W_ord_limit_if_touched;
}

static bool
is_trailing(unsigned type)
{
	return type == W_ord_trailing_stop || type == W_ord_trailing_stop_limit;
}

static bool
has_stop(unsigned type)
{
	return type == W_ord_stop || type == W_ord_stop_limit || type == W_ord_market_if_touched ||
	       type == W_ord_limit_if_touched;
}

/* "market at the opening" has two spellings: a type of its own, or a time in force. */
static bool
fold_tif(struct order *o)
{
	if (o->tif != W_tif_opg && o->tif != W_tif_cls)
		return true;
	if (o->type == W_ord_market)
		o->type = o->tif == W_tif_opg ? W_ord_market_on_open : W_ord_market_on_close;
	else if (o->type == W_ord_limit)
		o->type = o->tif == W_tif_opg ? W_ord_limit_on_open : W_ord_limit_on_close;
	else
		return (o->tif == W_tif_opg) ==
			   (o->type == W_ord_market_on_open || o->type == W_ord_limit_on_open) &&
		       (o->tif == W_tif_cls) ==
			   (o->type == W_ord_market_on_close || o->type == W_ord_limit_on_close);
	return true;
}

static struct why
check_terms(const struct rec *r, struct order *o)
{
	const struct rec_order *f = &r->order;

	if (!r->sym)
		return (struct why){ "no_symbol", "an order needs a symbol" };
	if (f->qty <= 0)
		return (struct why){ "bad_qty", "the quantity must be above zero" };
	if (!fold_tif(o))
		return (
		    struct why){ "bad_tif", "the time in force does not go with the order type" };
	if (has_limit(o->type) && !rec_has(r, F_order_limit_price) && !is_trailing(o->type))
		return (struct why){ "no_limit_price", "the order type needs a limit_price" };
	if (has_stop(o->type) && !rec_has(r, F_order_stop_price))
		return (struct why){ "no_stop_price", "the order type needs a stop_price" };
	if (is_trailing(o->type) && rec_has(r, F_order_trail) == rec_has(r, F_order_trail_percent))
		return (
		    struct why){ "no_trail", "a trailing stop needs one of trail, trail_percent" };
	if ((rec_has(r, F_order_limit_price) && f->limit_price <= 0) ||
	    (rec_has(r, F_order_stop_price) && f->stop_price <= 0) ||
	    (rec_has(r, F_order_trail) && f->trail <= 0) ||
	    (o->has_trail_pct && !(f->trail_percent > 0 && f->trail_percent < 100)))
		return (struct why){ "bad_price", "prices and trails must be above zero" };
	if (o->type == W_ord_trailing_stop_limit && !rec_has(r, F_order_limit_price))
		return (struct why){ "no_limit_price", "the order type needs a limit_price" };
	if (o->tif == W_tif_gtd && !rec_has(r, F_order_expire_time))
		return (struct why){ "no_expire_time", "gtd needs an expire_time" };
	return (struct why){ NULL, NULL };
}

static int
refuse(struct account *a, struct order *o, const struct sym *sym, struct why w, const double *limit,
    const double *value)
{
	int rc = emit_reject(a, o->id, sym, o->ts, w.rule, w.text, limit, value);

	if (o->state == O_DONE) { /* never linked */
		o->sym = sym;
		if (!rc)
			rc = emit_status(a, o, W_ostat_rejected, o->ts, w.rule);
		order_id_put(a, o->id_a, o->id_b, NULL);
		order_pool(a, o);
		return rc;
	}
	return rc ? rc : order_end(a, o, W_ostat_rejected, o->ts, w.rule);
}

static struct order *
make_order(struct account *a, const struct rec *r)
{
	const struct rec_order *f = &r->order;
	const struct str none = { NULL, 0 };
	struct order *o =
	    order_new(a, f->cl_ord_id, rec_has(r, F_order_strategy) ? f->strategy : none,
		rec_has(r, F_order_parent_id) ? f->parent_id : none,
		rec_has(r, F_order_oca_group) ? f->oca_group : none,
		rec_has(r, F_order_approval) ? f->approval : none);

	o->state = O_DONE;
	o->ts = r->ts;
	o->side = f->side;
	o->type = f->ord_type;
	o->tif = rec_has(r, F_order_tif) ? f->tif : W_tif_day;
	o->qty = f->qty;
	o->outside_rth = rec_has(r, F_order_outside_rth) && f->outside_rth;
	if (rec_has(r, F_order_limit_price))
		o->limit = f->limit_price;
	if (rec_has(r, F_order_stop_price))
		o->stop = f->stop_price;
	if (rec_has(r, F_order_trail))
		o->trail = f->trail;
	if (rec_has(r, F_order_trail_percent)) {
		o->has_trail_pct = true;
		o->trail_pct = f->trail_percent;
	}
	if (rec_has(r, F_order_expire_time))
		o->expire = f->expire_time;
	o->after = after_now(a);
	o->skip = a->latency_skip;
	return o;
}

bool
margin_ok(const struct account *a, double *need, double *have)
{
	int64_t equity = ledger_equity(a->ledger);

	*need = (double)(ledger_gross(a->ledger) + a->added) / 1e6 * a->o.margin;
	*have = num_of_micro(equity);
	return a->o.margin <= 0 || *need <= *have;
}

/* A sale beyond what is held and not already being sold. */
static bool
goes_short(const struct account *a, const struct order *o, const struct sym *sym)
{
	const struct ledger_pos *p = ledger_pos(a->ledger, sym);
	int64_t sells;

	if (IS_BUY(o))
		return false;
	account_working(a, sym, NULL, &sells);
	return (num_i128)(p ? p->qty : 0) - sells - o->qty < 0;
}

static struct why
find_parent(struct account *a, struct order *o)
{
	struct order *parent;

	if (o->parent.n == 0)
		return (struct why){ NULL, NULL };
	parent = order_find(a, o->parent, NULL);
	if (!parent)
		return (struct why){ "unknown_parent", "no working order has the id in parent_id" };
	o->parent_no = parent->no;
	o->active = parent->cum;
	o->checked = true; /* it closes what its parent opened */
	parent->nchildren++;
	return (struct why){ NULL, NULL };
}

int
enter_order(struct account *a, const struct rec *r)
{
	struct why w = { NULL, NULL };
	struct order *o;
	struct vsym *s;
	num_i128 before = a->added;
	double need = 0, have = 0;
	bool seen;

	order_find(a, r->order.cl_ord_id, &seen);
	if (seen) /* no order_status: it would speak of the first order */
		return emit_reject(a, r->order.cl_ord_id, r->sym, r->ts, "duplicate_id",
		    "an order with this cl_ord_id came before", NULL, NULL);
	o = make_order(a, r);
	w = check_terms(r, o);
	if (!w.rule && a->halted)
		w = (struct why){ "halted", "the account has lost its capital" };
	if (!w.rule && venue_sym(a, r->sym)->delisted)
		w = (struct why){ "delisted", "the symbol is no longer traded" };
	if (!w.rule && a->o.no_short && !o->parent.n && goes_short(a, o, r->sym))
		w = (struct why){ "no_short", "the account may not sell short" };
	if (!w.rule)
		w = find_parent(a, o);
	if (w.rule)
		return refuse(a, o, r->sym, w, NULL, NULL);

	s = venue_sym(a, r->sym);
	o->state = o->parent_no && o->active == 0 ? O_HELD : O_WORKING;
	o->group = order_group(o);
	o->arrival = s->px;
	o->extreme = s->px;
	order_link(a, o, r->sym);
	orders_added(a, s);
	if (s->px && !o->checked) {
		o->checked = true;
		if (a->added > before && !margin_ok(a, &need, &have))
			return refuse(a, o, r->sym,
			    (struct why){ "margin", "initial margin exceeds equity" }, &have,
			    &need);
	}
	return emit_status(a, o, o->state == O_HELD ? W_ostat_pending_new : W_ostat_new, r->ts,
	    o->state == O_HELD ? "waits for its parent" : NULL);
}

int
follow_order(struct account *a, const struct rec *r)
{
	struct order *o;
	bool seen;

	order_find(a, r->order.cl_ord_id, &seen);
	if (seen || !r->sym)
		return 0;
	o = make_order(a, r);
	fold_tif(o);
	find_parent(a, o);
	o->state = o->parent_no && o->active == 0 ? O_HELD : O_WORKING;
	o->group = order_group(o);
	order_link(a, o, r->sym);
	orders_added(a, venue_sym(a, r->sym));
	return 0;
}

/* ---- cancel and replace ---- */

static bool
delayed(const struct account *a)
{
	return a->latency_ns > 0 || a->latency_skip > 0;
}

int
enter_cancel(struct account *a, const struct rec *r)
{
	const struct rec_cancel *f = &r->cancel;
	struct str id = rec_has(r, F_cancel_orig_cl_ord_id) ? f->orig_cl_ord_id : f->cl_ord_id;
	struct order *o = order_find(a, id, NULL);

	if (!o)
		return emit_reject(a, f->cl_ord_id, r->sym, r->ts, "unknown_order",
		    "no working order has this id", NULL, NULL);
	if (!delayed(a))
		return order_end(a, o, W_ostat_canceled, r->ts, NULL);
	if (o->req.cancel)
		return 0;
	memset(&o->req, 0, sizeof o->req);
	o->req.cancel = true;
	o->req.after = after_now(a);
	o->req.skip = a->latency_skip;
	return emit_status(a, o, W_ostat_pending_cancel, r->ts, NULL);
}

static int
set_terms(struct account *a, struct order *o, int64_t ts)
{
	const struct request *q = &o->req;
	int64_t qty = o->qty, limit = o->limit;
	num_i128 before = a->added;
	struct vsym *s = venue_sym(a, o->sym);
	double need, have;

	if (q->has >> F_replace_qty & 1)
		o->qty = q->qty;
	if (q->has >> F_replace_limit_price & 1)
		o->limit = q->limit;
	orders_added(a, s);
	if (s->px && !o->parent_no && a->added > before && !margin_ok(a, &need, &have)) {
		o->qty = qty;
		o->limit = limit;
		orders_added(a, s);
		return emit_reject(a, q->id_len ? (struct str){ q->id, q->id_len } : o->id, o->sym,
		    ts, "margin", "initial margin exceeds equity", &have, &need);
	}
	if (q->has >> F_replace_stop_price & 1) {
		o->stop = q->stop;
		o->triggered = false;
	}
	if (q->has >> F_replace_trail & 1) {
		o->trail = q->trail;
		o->has_trail_pct = false;
		o->stop = 0;
	}
	if (q->has >> F_replace_tif & 1)
		o->tif = q->tif;
	if (q->has >> F_replace_expire_time & 1)
		o->expire = q->expire;
	return 1;
}

static int
apply_replace(struct account *a, struct order *o, int64_t ts)
{
	struct request q = o->req;
	int rc;

	if ((q.has >> F_replace_qty & 1) && q.qty <= o->cum) {
		memset(&o->req, 0, sizeof o->req);
		return order_end(a, o, W_ostat_canceled, ts, "replaced by no more than has filled");
	}
	rc = set_terms(a, o, ts);
	memset(&o->req, 0, sizeof o->req);
	if (rc <= 0)
		return rc;
	o->after = q.after; /* new terms meet only new data */
	o->skip = 0;
	o->day = TIM_NONE;
	if (q.id_len) {
		enum ostate was = o->state;

		o->state = O_DONE; /* the old id leaves nothing open */
		rc = emit_status(a, o, W_ostat_canceled, ts, "replaced");
		o->state = was;
		if (rc)
			return rc;
		order_set_id(a, o, (struct str){ q.id, q.id_len });
	}
	return emit_open(a, o, ts, "replaced");
}

static struct why
check_replace(struct account *a, const struct rec *r, const struct order *o)
{
	const struct rec_replace *f = &r->replace;
	bool taken = false;

	if (!o)
		return (struct why){ "unknown_order", "no working order has this id" };
	if (rec_has(r, F_replace_orig_cl_ord_id) && !str_eq(f->cl_ord_id, o->id))
		order_find(a, f->cl_ord_id, &taken);
	if (taken)
		return (struct why){ "duplicate_id", "an order with this cl_ord_id came before" };
	if (f->cl_ord_id.n >= sizeof o->req.id)
		return (struct why){ "bad_id", "the cl_ord_id is longer than 127 bytes" };
	if (rec_has(r, F_replace_qty) && f->qty <= 0)
		return (struct why){ "bad_qty", "the quantity must be above zero" };
	if ((rec_has(r, F_replace_limit_price) && f->limit_price <= 0) ||
	    (rec_has(r, F_replace_stop_price) && f->stop_price <= 0) ||
	    (rec_has(r, F_replace_trail) && f->trail <= 0))
		return (struct why){ "bad_price", "prices and trails must be above zero" };
	if (rec_has(r, F_replace_tif) && (f->tif == W_tif_opg || f->tif == W_tif_cls))
		return (struct why){ "bad_tif", "an order cannot become one for the auction" };
	if (rec_has(r, F_replace_tif) && f->tif == W_tif_gtd &&
	    !rec_has(r, F_replace_expire_time) && o->expire == 0)
		return (struct why){ "no_expire_time", "gtd needs an expire_time" };
	return (struct why){ NULL, NULL };
}

/* What the record does not have stays 0: its memory holds anything, and a request is saved. */
static void
set_request(struct request *q, const struct rec *r)
{
	const struct rec_replace *f = &r->replace;

	memset(q, 0, sizeof *q);
	q->replace = true;
	q->has = r->has;
	if (rec_has(r, F_replace_qty))
		q->qty = f->qty;
	if (rec_has(r, F_replace_limit_price))
		q->limit = f->limit_price;
	if (rec_has(r, F_replace_stop_price))
		q->stop = f->stop_price;
	if (rec_has(r, F_replace_trail))
		q->trail = f->trail;
	if (rec_has(r, F_replace_tif))
		q->tif = f->tif;
	if (rec_has(r, F_replace_expire_time))
		q->expire = f->expire_time;
}

int
enter_replace(struct account *a, const struct rec *r)
{
	const struct rec_replace *f = &r->replace;
	bool two_ids = rec_has(r, F_replace_orig_cl_ord_id);
	struct order *o = order_find(a, two_ids ? f->orig_cl_ord_id : f->cl_ord_id, NULL);
	struct why w = check_replace(a, r, o);
	struct request *q;

	if (w.rule)
		return emit_reject(a, f->cl_ord_id, r->sym, r->ts, w.rule, w.text, NULL, NULL);
	q = &o->req;
	set_request(q, r);
	q->after = after_now(a);
	q->skip = a->latency_skip;
	if (two_ids && !str_eq(f->cl_ord_id, o->id)) {
		memcpy(q->id, f->cl_ord_id.p, f->cl_ord_id.n);
		q->id_len = (uint8_t)f->cl_ord_id.n;
		order_id_set(a, f->cl_ord_id, NULL); /* taken from now on */
	}
	a->rev++;
	return delayed(a) ? 0 : apply_replace(a, o, r->ts);
}

int
enter_due(struct account *a, struct order *o, int64_t t)
{
	if ((!o->req.cancel && !o->req.replace) || o->state == O_DONE || t < o->req.after ||
	    o->req.skip > 0)
		return 0;
	if (o->req.cancel)
		return order_end(a, o, W_ostat_canceled, t, NULL);
	return apply_replace(a, o, t);
}
