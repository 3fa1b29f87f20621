/* Orders: pool, lists, what they add up to, and the records that tell about them. */
#include "venue/venue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct vsym *
venue_sym(struct account *a, const struct sym *sym)
{
	struct vsym *s = MEM_AT(a->sym, a->sym_cap, sym->id);

	if (!s->sym) {
		s->sym = sym;
		s->in = instruments_get(a->instruments, sym);
		s->start = s->known = TIM_NONE;
	}
	return s;
}

int64_t
venue_day(const struct account *a, int64_t t)
{
	struct session s;

	if (!a->sessions)
		return tim_day(t);
	/* outside a session the answer is the next one: an order given at night is for the morning
	 */
	sessions_at(a->sessions, t, &s);
	return s.date;
}

/* ---- pool and lists ---- */

static struct str
put_text(char *block, size_t *at, struct str s)
{
	struct str out = { block + *at, s.n };

	if (s.n)
		memcpy(block + *at, s.p, s.n);
	*at += s.n;
	return s.n ? out : (struct str){ NULL, 0 };
}

struct order *
order_new(struct account *a, struct str id, struct str strategy, struct str parent, struct str oca,
    struct str approval)
{
	size_t need = id.n + strategy.n + parent.n + oca.n + approval.n, at = 0;
	struct order *o = a->pool;
	char *text = NULL;
	size_t cap = 0;

	if (o) {
		a->pool = o->next;
		text = o->text;
		cap = o->text_cap;
		memset(o, 0, offsetof(struct order, req) + offsetof(struct request, id));
		o->req.id_len = 0;
	} else {
		o = mem_alloc(sizeof *o);
	}
	if (need > cap) {
		cap = need + 64;
		text = mem_resize(text, cap, 1);
	}
	o->text = text;
	o->text_cap = cap;
	order_id_hash(a, id, &o->id_a, &o->id_b);
	o->id = put_text(o->text, &at, id);
	o->strategy = put_text(o->text, &at, strategy);
	o->parent = put_text(o->text, &at, parent);
	o->oca = put_text(o->text, &at, oca);
	o->approval = put_text(o->text, &at, approval);
	o->no = a->next_no++;
	o->day = TIM_NONE;
	return o;
}

/* The order goes on under another id; the old one stays taken. */
void
order_set_id(struct account *a, struct order *o, struct str id)
{
	size_t cap = id.n + o->strategy.n + o->parent.n + o->oca.n + o->approval.n + 64, at = 0;
	char *text = mem_alloc(cap);

	order_id_put(a, o->id_a, o->id_b, NULL);
	o->id = put_text(text, &at, id);
	o->strategy = put_text(text, &at, o->strategy);
	o->parent = put_text(text, &at, o->parent);
	o->oca = put_text(text, &at, o->oca);
	o->approval = put_text(text, &at, o->approval);
	free(o->text);
	o->text = text;
	o->text_cap = cap;
	order_id_hash(a, o->id, &o->id_a, &o->id_b);
	order_id_put(a, o->id_a, o->id_b, o);
}

void
order_pool(struct account *a, struct order *o)
{
	o->next = a->pool;
	a->pool = o;
}

static void
link_sym(struct vsym *s, struct order *o)
{
	o->snext = NULL;
	o->sprev = s->last;
	if (s->last)
		s->last->snext = o;
	else
		s->first = o;
	s->last = o;
	s->norders++;
}

void
order_link(struct account *a, struct order *o, const struct sym *sym)
{
	if (!o->sym) { /* not merely moved to another symbol */
		o->next = NULL;
		o->prev = a->last;
		if (a->last)
			a->last->next = o;
		else
			a->first = o;
		a->last = o;
		a->norders++;
		order_id_put(a, o->id_a, o->id_b, o);
	}
	o->sym = sym;
	link_sym(venue_sym(a, sym), o);
}

void
order_unlink_sym(struct account *a, struct order *o)
{
	struct vsym *s = venue_sym(a, o->sym);

	if (o->sprev)
		o->sprev->snext = o->snext;
	else
		s->first = o->snext;
	if (o->snext)
		o->snext->sprev = o->sprev;
	else
		s->last = o->sprev;
	s->norders--;
}

/* Orders end in the middle of walks over the lists; they leave them here, afterwards. */
void
orders_sweep(struct account *a)
{
	while (a->dead) {
		struct order *o = a->dead;

		a->dead = o->dead;
		order_unlink_sym(a, o);
		if (o->prev)
			o->prev->next = o->next;
		else
			a->first = o->next;
		if (o->next)
			o->next->prev = o->prev;
		else
			a->last = o->prev;
		a->norders--;
		order_id_put(a, o->id_a, o->id_b, NULL);
		order_pool(a, o);
	}
}

static void
free_chain(struct order *o)
{
	while (o) {
		struct order *next = o->next;

		free(o->text);
		free(o);
		o = next;
	}
}

void
orders_free(struct account *a)
{
	free_chain(a->first);
	free_chain(a->pool);
	free(a->ids.v);
}

/* ---- what orders add up to ---- */

/* Orders that cancel each other: those of one oca_group, else the children of one parent. */
uint64_t
order_group(const struct order *o)
{
	uint64_t ha, hb;

	if (o->oca.n) {
		order_hash(o->oca, &ha, &hb);
		return hb;
	}
	return o->parent_no ? o->parent_no << 1 : 0; /* even: no hash is */
}

int64_t
order_live_qty(const struct order *o)
{
	int64_t left = o->qty - o->cum;

	if (o->state == O_DONE || left <= 0)
		return 0;
	return o->parent_no && o->active < left ? o->active : left;
}

/* What o and the orders that cancel each other with it can fill; 0 when an earlier one of them
 * in the list has told it already. */
static int64_t
group_qty(const struct order *o)
{
	int64_t most = order_live_qty(o);

	if (o->group == 0)
		return most;
	for (const struct order *p = o->sprev; p; p = p->sprev)
		if (p->group == o->group && p->side == o->side && p->state == O_WORKING)
			return 0;
	for (const struct order *p = o->snext; p; p = p->snext)
		if (p->group == o->group && p->side == o->side && p->state == O_WORKING) {
			int64_t q = order_live_qty(p);

			most = q > most ? q : most;
		}
	return most;
}

static bool
sure_to_fill(const struct order *o)
{
	return o->type == W_ord_market || o->type == W_ord_market_on_open ||
	       o->type == W_ord_market_on_close;
}

static bool
meant_to_fill(const struct order *o)
{
	return !o->parent_no &&
	       (sure_to_fill(o) || o->type == W_ord_limit || o->type == W_ord_limit_on_open ||
		   o->type == W_ord_limit_on_close || o->triggered);
}

struct sums {
	int64_t buys, sells, sure_buys, sure_sells, net, px;
};

static int64_t
add_capped(int64_t a, int64_t b)
{
	int64_t v;

	return __builtin_add_overflow(a, b, &v) ? INT64_MAX / 4 : v;
}

static struct sums
sum_orders(const struct vsym *s)
{
	struct sums t = { 0, 0, 0, 0, 0, s->px };

	for (const struct order *o = s->first; o; o = o->snext) {
		int64_t q, live;

		if (o->state != O_WORKING)
			continue;
		q = group_qty(o);
		live = order_live_qty(o);
		if (IS_BUY(o)) {
			t.buys = add_capped(t.buys, q);
			t.sure_buys = add_capped(t.sure_buys, sure_to_fill(o) ? q : 0);
		} else {
			t.sells = add_capped(t.sells, q);
			t.sure_sells = add_capped(t.sure_sells, sure_to_fill(o) ? q : 0);
		}
		if (meant_to_fill(o))
			t.net = add_capped(t.net, IS_BUY(o) ? live : -live);
		if (t.px == 0)
			t.px = o->limit ? o->limit : o->stop;
	}
	return t;
}

int64_t
account_working(const struct account *a, const struct sym *sym, int64_t *buys, int64_t *sells)
{
	struct sums t = { 0 };

	if (sym->id < a->sym_cap && a->sym[sym->id].norders)
		t = sum_orders(&a->sym[sym->id]);
	if (buys)
		*buys = t.buys;
	if (sells)
		*sells = t.sells;
	return t.net;
}

/* Market orders fill for certain, the others perhaps: the position then lies between lo and hi,
 * and the farther end of it is what must be paid for. */
void
orders_added(struct account *a, struct vsym *s)
{
	const struct ledger_pos *p = ledger_pos(a->ledger, s->sym);
	struct sums t = { 0 };
	num_i128 pos = p ? p->qty : 0, lo, hi, worst;
	int64_t added = 0;

	if (s->norders)
		t = sum_orders(s);
	if (t.buys || t.sells) {
		lo = pos - t.sells + t.sure_buys;
		hi = pos + t.buys - t.sure_sells;
		lo = lo < 0 ? -lo : lo;
		hi = hi < 0 ? -hi : hi;
		worst = (hi > lo ? hi : lo) - (pos < 0 ? -pos : pos);
		worst *= s->in->multiplier;
		if (worst > INT64_MAX)
			worst = INT64_MAX;
		if (worst < -INT64_MAX)
			worst = -INT64_MAX;
		if (!ledger_notional(t.px, (int64_t)worst, &added))
			added = INT64_MAX / 1024;
	}
	a->added += (num_i128)added - s->added;
	s->added = added;
}

int64_t
account_working_value(const struct account *a)
{
	return a->added > INT64_MAX   ? INT64_MAX
	       : a->added < INT64_MIN ? INT64_MIN
				      : (int64_t)a->added;
}

/* ---- records ---- */

size_t
put_order_no(char *o, uint64_t no)
{
	char *end;

	o[0] = 'P';
	end = num_put_u64(o + 1, no);
	*end = '\0';
	return (size_t)(end - o);
}

int
emit_status(struct account *a, const struct order *o, unsigned status, int64_t ts, const char *text)
{
	struct rec r;
	char id[ORDER_NO_MAX];
	int64_t leaves = o->qty - o->cum;
	bool open = o->state != O_DONE;

	a->rev++;
	if (a->silent)
		return 0;
	rec_init(&r, REC_order_status, ts, o->sym);
	rec_set(&r, F_order_status_cl_ord_id, r.order_status.cl_ord_id, o->id);
	put_order_no(id, o->no);
	rec_set(&r, F_order_status_order_id, r.order_status.order_id, str_z(id));
	rec_set(&r, F_order_status_status, r.order_status.status, (uint8_t)status);
	rec_set(&r, F_order_status_cum_qty, r.order_status.cum_qty, o->cum);
	rec_set(&r, F_order_status_leaves_qty, r.order_status.leaves_qty,
	    open && leaves > 0 ? leaves : 0);
	if (o->cum > 0)
		rec_set(&r, F_order_status_avg_price, r.order_status.avg_price,
		    (int64_t)num_div_even(o->value, o->cum));
	if (text)
		rec_set(&r, F_order_status_text, r.order_status.text, str_z(text));
	return a->out(a->arg, &r);
}

int
emit_open(struct account *a, const struct order *o, int64_t ts, const char *text)
{
	return emit_status(a, o,
	    o->state == O_HELD ? W_ostat_pending_new
	    : o->cum > 0       ? W_ostat_partially_filled
			       : W_ostat_new,
	    ts, text);
}

int
emit_reject(struct account *a, struct str id, const struct sym *sym, int64_t ts, const char *rule,
    const char *text, const double *limit, const double *value)
{
	struct rec r;

	if (a->silent)
		return 0;
	rec_init(&r, REC_reject, ts, sym);
	rec_set(&r, F_reject_cl_ord_id, r.reject.cl_ord_id, id);
	rec_set(&r, F_reject_rule, r.reject.rule, str_z(rule));
	rec_set(&r, F_reject_text, r.reject.text, str_z(text));
	if (limit)
		rec_set(&r, F_reject_limit, r.reject.limit, num_shown(*limit));
	if (value)
		rec_set(&r, F_reject_value, r.reject.value, num_shown(*value));
	rec_set(&r, F_reject_source, r.reject.source, str_z("paper"));
	return a->out(a->arg, &r);
}

int
emit_alert(struct account *a, int64_t ts, const char *rule, const char *text, unsigned action,
    double value, double limit)
{
	struct rec r;

	rec_init(&r, REC_alert, ts, NULL);
	rec_set(&r, F_alert_severity, r.alert.severity, W_sev_critical);
	rec_set(&r, F_alert_rule, r.alert.rule, str_z(rule));
	rec_set(&r, F_alert_text, r.alert.text, str_z(text));
	rec_set(&r, F_alert_value, r.alert.value, num_shown(value));
	rec_set(&r, F_alert_limit, r.alert.limit, num_shown(limit));
	rec_set(&r, F_alert_action, r.alert.action, (uint8_t)action);
	return a->out(a->arg, &r);
}

int
order_end_children(struct account *a, const struct order *parent, int64_t ts)
{
	if (parent->nchildren == 0)
		return 0;
	for (struct order *c = a->first; c; c = c->next) {
		int rc;

		if (c->parent_no != parent->no || c->state == O_DONE)
			continue;
		if (c->active > 0) {
			if (c->cum + c->active == c->qty)
				continue;
			c->qty = c->cum + c->active;
			rc = emit_open(a, c, ts, "parent ended");
			if (rc)
				return rc;
			continue;
		}
		rc = order_end(a, c, W_ostat_canceled, ts, "parent ended");
		if (rc)
			return rc;
	}
	return 0;
}

void
order_done(struct account *a, struct order *o)
{
	o->state = O_DONE;
	o->dead = a->dead;
	a->dead = o;
	if (o->forced)
		a->nforced--;
}

int
order_end(struct account *a, struct order *o, unsigned status, int64_t ts, const char *text)
{
	int rc;

	if (o->state == O_DONE)
		return 0;
	order_done(a, o);
	orders_added(a, venue_sym(a, o->sym));
	rc = emit_status(a, o, status, ts, text);
	return rc ? rc : order_end_children(a, o, ts);
}
