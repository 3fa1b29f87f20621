/*
 * What the broker says about orders. Its messages may be late, doubled, or missing: statuses only
 * acknowledge and end; what has filled is told by executions alone (exec.c).
 */
#include "broker/engine.h"

#include <stdio.h>

static const struct str none = { NULL, 0 };

struct bk_order *
event_match(
    const struct broker *b, int64_t client, int64_t id, int64_t perm, struct str ref, bool *twin)
{
	bool ours = client == b->client;
	struct bk_order *o = NULL;

	*twin = false;
	if (ours && ref.n) {
		o = book_by_ref(b->book, ref);
		if (o && (o->external || !str_eq(o->ref, ref)))
			o = NULL;
	}
	if (!o && ours && id > 0) {
		o = book_by_id(b->book, id);
		if (o && ref.n && !str_eq(o->ref, ref))
			o = NULL; /* the id was given out again: another order */
	}
	if (o && perm && o->perm && o->perm != perm) {
		*twin = true;
		o = NULL;
	}
	return o ? o : book_by_perm(b->book, perm);
}

static int
learn_perm(struct broker *b, const struct bk_order *o, int64_t perm)
{
	if (perm == 0 || o->perm)
		return 0;
	ent_begin(&b->ent, "st");
	ent_i64(&b->ent, "o", o->no);
	ent_i64(&b->ent, "perm", perm);
	return broker_log(b);
}

int
event_ack(struct broker *b, struct bk_order *o, int64_t perm)
{
	int rc;

	if (!o->acked_at)
		o->acked_at = b->mono;
	if (o->st != W_ostat_pending_new && o->st != W_ostat_unknown)
		return learn_perm(b, o, perm);
	ent_begin(&b->ent, "st");
	ent_i64(&b->ent, "o", o->no);
	ent_str(&b->ent, "st", str_z("new"));
	if (perm)
		ent_i64(&b->ent, "perm", perm);
	rc = broker_log(b);
	o->probed = o->gone = false;
	o->absent = 0;
	return rc ? rc : report_status(b, o, W_ostat_new, none);
}

int
event_end(struct broker *b, struct bk_order *o, uint8_t st, struct str why)
{
	bool changing = o->chg_cl.n > 0;
	struct str cl = o->chg_cl;
	int rc;

	if (bk_final(o->st))
		return 0;
	rc = exec_release(b, true);
	if (rc)
		return rc;
	why = book_keep(b->book, why);
	ent_begin(&b->ent, "st");
	ent_i64(&b->ent, "o", o->no);
	ent_str(&b->ent, "st", str_z(rec_word(REC_WL_ostat, st)));
	ent_str(&b->ent, "why", why);
	rc = broker_log(b);
	o->queued = o->cancel_sent = o->chg_sent = o->probed = false;
	if (!rc && changing)
		rc = report_reject(b, cl, o->sym, "too_late", str_z("the order ended before"));
	if (o->told_cum > o->cum)
		broker_ask_in(b, 500 * TIM_MS); /* executions are on their way, or lost */
	return rc ? rc : report_status(b, o, st, why);
}

int
event_changed(struct broker *b, struct bk_order *o, bool ok, const char *rule, struct str why)
{
	struct str was = o->cl, cl = o->chg_cl;
	struct bk_order old = *o;
	int rc;

	ent_begin(&b->ent, "chgd");
	ent_i64(&b->ent, "o", o->no);
	ent_i64(&b->ent, "ok", ok);
	rc = broker_log(b);
	o->chg_sent = o->chg_late = false;
	if (rc)
		return rc;
	if (!ok)
		return report_reject(b, cl, o->sym, rule, why);
	if (!str_eq(was, cl)) {
		old.st = W_ostat_canceled; /* the order goes on under its new name */
		old.sent_at = 0;
		rc = report_status(b, &old, W_ostat_canceled, str_z("replaced"));
	}
	return rc ? rc : report_status(b, o, o->st, str_z("replaced"));
}

/* ---- orderStatus ---- */

static int
missing_fills(struct broker *b, struct bk_order *o)
{
	if (o->told_cum > o->cum)
		broker_ask_in(b, TIM_SEC);
	return 0;
}

int
event_order_status(struct broker *b, const struct tws_e_order_status *s)
{
	bool twin;
	struct bk_order *o = event_match(b, s->client_id, s->order_id, s->perm_id, none, &twin);
	int rc;

	if (!o) {
		if (!tws_status_final(tws_status_of(s->status)))
			broker_ask_in(b, TIM_SEC); /* its openOrder tells what it is */
		return 0;
	}
	if (tws_set(s->filled) && s->filled > o->told_cum)
		o->told_cum = s->filled;
	switch (tws_status_of(s->status)) {
	case TWS_STATUS_PRE_SUBMITTED:
	case TWS_STATUS_SUBMITTED:
		rc = bk_final(o->st) ? 0 : event_ack(b, o, s->perm_id);
		return rc ? rc : missing_fills(b, o);
	case TWS_STATUS_CANCELLED:
	case TWS_STATUS_API_CANCELLED: return event_end(b, o, W_ostat_canceled, none);
	case TWS_STATUS_FILLED:
		rc = bk_final(o->st) ? 0 : event_ack(b, o, s->perm_id);
		return rc ? rc : missing_fills(b, o);
	case TWS_STATUS_INACTIVE:
		/* refused or held: which of the two, the error or the lists say */
		broker_ask_in(b, TIM_SEC);
		if (!o->acked_at)
			o->acked_at = b->mono;
		return learn_perm(b, o, s->perm_id);
	default: return learn_perm(b, o, s->perm_id);
	}
}

/* ---- openOrder ---- */

static int
money(char *o, size_t n, int64_t v)
{
	char t[NUM_MAX];

	if (!tws_set(v))
		return snprintf(o, n, "?");
	return snprintf(o, n, "%.*s", (int)(num_put_cash(t, v) - t), t);
}

static bool
whatif_answer(struct broker *b, const struct tws_e_open_order *w, int *rc)
{
	for (size_t i = 0; i < b->nwhatif; i++) {
		struct whatif a = b->whatif[i];
		char init[NUM_MAX], maint[NUM_MAX], comm[NUM_MAX];
		double value = 0;

		if (a.id != w->order.order_id || w->order.client_id != b->client)
			continue;
		b->whatif[i] = b->whatif[--b->nwhatif];
		money(init, sizeof init, w->state.init_margin_change);
		money(maint, sizeof maint, w->state.maint_margin_change);
		money(comm, sizeof comm,
		    tws_set(w->state.commission) ? w->state.commission : w->state.max_commission);
		if (tws_set(w->state.init_margin_change))
			value = num_of_micro(w->state.init_margin_change);
		*rc = report_alert(b, W_sev_info, "whatif", a.sym, &value, NULL,
		    "%.*s: initial margin %s, maintenance margin %s, commission %s%s%.*s",
		    STR_FMT(a.cl), init, maint, comm, w->state.warning_text.n ? "; " : "",
		    STR_FMT(w->state.warning_text));
		return true;
	}
	return false;
}

static int
adopt(struct broker *b, const struct tws_e_open_order *w, bool twin)
{
	const struct tws_order *s = &w->order;
	struct bk_order p = { .external = true,
		.id = s->order_id,
		.client = s->client_id,
		.perm = s->perm_id,
		.strategy = str_z("external") };
	int rc;

	p.sym = b->l.sym_of(b->l.arg, &w->contract);
	if (!p.sym)
		return report_alert(b, W_sev_warn, "unknown_contract", NULL, NULL, NULL,
		    "an open order in a contract that has no symbol here: %.*s",
		    STR_FMT(w->contract.symbol));
	buf_clear(&b->id);
	buf_printf(&b->id, "ext-%lld", (long long)s->perm_id);
	if (book_by_ref(b->book, buf_str(&b->id)))
		return 0;
	p.ref = buf_str(&b->id);
	p.side = str_eqz(s->action, "BUY") ? W_side_buy : W_side_sell;
	p.type = (uint8_t)terms_type(s);
	p.t.qty = tws_set(s->total_quantity) ? s->total_quantity : 0;
	p.t.limit = tws_set(s->lmt_price) ? s->lmt_price : 0;
	p.ts = broker_stamp(b);
	rc = event_adopt(b, &p, "an open order");
	if (rc)
		return rc;
	b->book->order[b->book->norders - 1]->seen = b->ask.gen;
	if (twin)
		rc = report_alert(b, W_sev_critical, "twin_order", p.sym, NULL, NULL,
		    "two live orders bear the name %.*s: cancel one of them by hand",
		    STR_FMT(s->order_ref));
	return rc ? rc : report_status(b, b->book->order[b->book->norders - 1], W_ostat_new, none);
}

/* Its terms are not ours any more: a group made it smaller, or a person changed it. */
static int
changed_there(struct broker *b, struct bk_order *o, const struct tws_order *s)
{
	int rc;

	if (!tws_set(s->total_quantity) || s->total_quantity == o->t.qty ||
	    s->total_quantity < o->cum || s->total_quantity <= 0)
		return 0;
	ent_begin(&b->ent, "chg");
	ent_i64(&b->ent, "o", o->no);
	ent_str(&b->ent, "cl", o->cl);
	ent_i64(&b->ent, "qty", s->total_quantity);
	rc = broker_log(b);
	if (!rc) {
		ent_begin(&b->ent, "chgd");
		ent_i64(&b->ent, "o", o->no);
		ent_i64(&b->ent, "ok", 1);
		rc = broker_log(b);
	}
	return rc ? rc : report_status(b, o, o->st, str_z("changed at the broker"));
}

static int
open_terms(struct broker *b, struct bk_order *o, const struct tws_order *s, bool listing)
{
	if (o->external || bk_final(o->st))
		return 0;
	if (o->chg_cl.n == 0)
		return changed_there(b, o, s);
	if (!o->chg_sent && !o->chg_late)
		return 0; /* it is still on its way out */
	if (terms_shown(o, &o->chg, s))
		return event_changed(b, o, true, NULL, none);
	if (listing && o->chg_late)
		return event_changed(
		    b, o, false, "not_replaced", str_z("the broker still has the order as it was"));
	return 0;
}

/* We told that it was dead. It is not; to those before us it must become so. */
static int
came_back(struct broker *b, struct bk_order *o)
{
	int rc;

	if (o->cum >= o->t.qty)
		return 0;
	b->n.came_back++;
	ent_begin(&b->ent, "st");
	ent_i64(&b->ent, "o", o->no);
	ent_str(&b->ent, "st", str_z("new"));
	ent_str(&b->ent, "why", str_z("listed by the broker again"));
	rc = broker_log(b);
	o->cancel_sent = o->probed = o->gone = false;
	o->acked_at = b->mono;
	if (!rc)
		rc = report_alert(b, W_sev_warn, "order_came_back", o->sym, NULL, NULL,
		    "order %.*s was told dead, and is alive: cancelling it", STR_FMT(o->cl));
	if (!rc)
		rc = report_status(b, o, W_ostat_new, str_z("listed by the broker again"));
	return rc ? rc : enter_cancel_order(b, o);
}

int
event_open_order(struct broker *b, const struct tws_e_open_order *w)
{
	const struct tws_order *s = &w->order;
	enum tws_status st = tws_status_of(w->state.status);
	bool twin, listing = b->ask.on && b->ask.orders > 0;
	struct bk_order *o;
	int rc = 0;

	if (whatif_answer(b, w, &rc) || s->what_if)
		return rc;
	if (s->account.n && !str_eq(s->account, b->book->account))
		return 0;
	if (s->client_id == b->client && s->order_id >= b->next_id &&
	    s->order_id < TWS_REQ_ID_FIRST)
		b->next_id = s->order_id + 1;
	o = event_match(b, s->client_id, s->order_id, s->perm_id, s->order_ref, &twin);
	if (!o)
		return tws_status_final(st) ? 0 : adopt(b, w, twin);
	if (st == TWS_STATUS_CANCELLED || st == TWS_STATUS_API_CANCELLED)
		return event_end(b, o, W_ostat_canceled, none);
	if (st == TWS_STATUS_FILLED)
		return bk_final(o->st) ? 0 : event_ack(b, o, s->perm_id);
	if (listing)
		o->seen = b->ask.gen;
	if (bk_final(o->st))
		return listing ? came_back(b, o) : 0;
	if (st == TWS_STATUS_SUBMITTED || st == TWS_STATUS_PRE_SUBMITTED || listing)
		rc = event_ack(b, o, s->perm_id);
	return rc ? rc : open_terms(b, o, s, listing);
}
