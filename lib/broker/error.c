/*
 * What the broker says went wrong. Nothing is dead because of a code that nobody knows; only the
 * classes of tws/errors.h that say so end an order, and where there is doubt the broker's lists
 * are asked for.
 */
#include "broker/engine.h"

#include <stdio.h>

static int
refused_rule(struct broker *b, struct str cl, const struct sym *sym, int64_t code, struct str text)
{
	char rule[32];

	snprintf(rule, sizeof rule, "broker_%lld", (long long)code);
	return report_reject(b, cl, sym, rule, text);
}

static int
told(struct broker *b, const struct tws_e_error *x, struct bk_order *o, uint8_t severity,
    struct str text)
{
	char rule[32];

	snprintf(rule, sizeof rule, "broker_%lld", (long long)x->code);
	return report_alert(b, severity, rule, o ? o->sym : NULL, NULL, NULL, "%s%.*s%s%.*s",
	    o ? "order " : "", o ? (int)o->cl.n : 0, o ? o->cl.p : "", o ? ": " : "",
	    STR_FMT(text));
}

static bool
unanswered(const struct bk_order *o)
{
	return o->st == W_ostat_pending_new || o->st == W_ostat_unknown;
}

/* Rejected: a reject record, then the end. A child's words go to its parent. */
static int
reject(struct broker *b, struct bk_order *o, int64_t code, struct str text)
{
	int rc = 0;

	if (!o->algo)
		rc = refused_rule(b, o->cl, o->sym, code, text);
	return rc ? rc : event_end(b, o, W_ostat_rejected, text);
}

static int
ended(struct broker *b, const struct tws_e_error *x, struct bk_order *o, struct str text)
{
	if (bk_final(o->st))
		return 0;
	if (x->code == 202)
		return event_end(b, o, W_ostat_canceled, text);
	if (o->chg_cl.n && o->chg_sent) {
		/* was it the replace, or the order? the lists say */
		char rule[32];

		snprintf(rule, sizeof rule, "broker_%lld", (long long)x->code);
		broker_ask_in(b, 0);
		return event_changed(b, o, false, rule, text);
	}
	if (x->code == 201 || unanswered(o))
		return reject(b, o, x->code, text);
	broker_ask_in(b, 500 * TIM_MS);
	return told(b, x, o, W_sev_warn, text);
}

/* The broker does not know the order (10147), or says it is over (10148). */
static int
cancel_refused(struct broker *b, const struct tws_e_error *x, struct bk_order *o)
{
	if (bk_final(o->st))
		return 0;
	o->cancel_late = true;
	broker_ask_in(b, 0);
	if (x->code == 10148) {
		o->gone = o->probed; /* its executions first */
		return 0;
	}
	if (!o->probed)
		return 0;
	b->n.lost++;
	int rc = report_alert(b, W_sev_warn, "order_lost", o->sym, NULL, NULL,
	    "order %.*s never reached the broker", STR_FMT(o->cl));

	return rc ? rc
		  : event_end(b, o, W_ostat_canceled, str_z("lost: the broker does not know it"));
}

static int
refused(struct broker *b, const struct tws_e_error *x, struct bk_order *o, struct str text)
{
	struct tws_request q;
	char rule[32];

	if (x->code == 10147 || x->code == 10148 || x->code == 161)
		return cancel_refused(b, x, o);
	if (bk_final(o->st))
		return 0;
	if (o->chg_cl.n && o->chg_sent) {
		snprintf(rule, sizeof rule, "broker_%lld", (long long)x->code);
		broker_ask_in(b, 0);
		return event_changed(b, o, false, rule, text);
	}
	if (x->code == 103) {
		tws_request_init(&q, TWS_Q_req_ids); /* where do its ids begin? */
		q.req_ids.count = 1;
		b->l.send(b->l.arg, &q);
	}
	if (unanswered(o) && o->sent && !o->cancel_sent)
		return reject(b, o, x->code, text);
	broker_ask_in(b, 0);
	return told(b, x, o, W_sev_warn, text);
}

static int
of_order(struct broker *b, const struct tws_e_error *x, struct bk_order *o, struct str text)
{
	bool modify = o->chg_cl.n && o->chg_sent;

	switch (tws_error_class_text(x->code, x->id, modify, text)) {
	case TWS_ERR_ORDER_ENDED: return ended(b, x, o, text);
	case TWS_ERR_ORDER_REFUSED: return refused(b, x, o, text);
	case TWS_ERR_INFO: return told(b, x, o, W_sev_info, text);
	case TWS_ERR_RATE: broker_ask_in(b, 2 * TIM_SEC); return told(b, x, o, W_sev_warn, text);
	default: broker_ask_in(b, 500 * TIM_MS); return told(b, x, o, W_sev_warn, text);
	}
}

static int
connectivity(struct broker *b, const struct tws_e_error *x, struct str text)
{
	char why[200];

	snprintf(why, sizeof why, "%lld: %.*s", (long long)x->code, STR_FMT(text));
	switch (tws_error_of(x->code)->action) {
	case TWS_DO_LOST: return conn_lost(b, why);
	case TWS_DO_RESUBSCRIBE:
	case TWS_DO_VERIFY: return conn_back(b);
	case TWS_DO_FARM_UP:
		/* 2110 has no code of its own for the way back */
		return b->conn == CONN_LOST ? conn_back(b) : 0;
	default: return 0;
	}
}

static bool
whatif_refused(struct broker *b, const struct tws_e_error *x, struct str text, int *rc)
{
	for (size_t i = 0; i < b->nwhatif; i++) {
		struct whatif w = b->whatif[i];

		if (w.id != x->id)
			continue;
		if (tws_error_class_of(x->code, x->id) == TWS_ERR_INFO)
			return true;
		b->whatif[i] = b->whatif[--b->nwhatif];
		*rc = refused_rule(b, w.cl, w.sym, x->code, text);
		return true;
	}
	return false;
}

int
event_error(struct broker *b, const struct tws_e_error *x)
{
	enum tws_id_space space = tws_id_space(x->id);
	struct buf words = { 0 };
	struct bk_order *o;
	struct str text;
	int rc = 0;

	tws_unescape(x->text, &words);
	text = book_keep(b->book, buf_str(&words));
	buf_free(&words);
	if (tws_error_of(x->code)->action >= TWS_DO_LOST &&
	    tws_error_of(x->code)->action <= TWS_DO_FARM_UP && space != TWS_ID_ORDER)
		return connectivity(b, x, text);
	if (space == TWS_ID_ORDER && whatif_refused(b, x, text, &rc))
		return rc;
	o = space == TWS_ID_ORDER ? book_by_id(b->book, x->id) : NULL;
	if (o)
		return of_order(b, x, o, text);
	if (space == TWS_ID_REQUEST) {
		if (b->ask.on && (x->id == b->ask.sum_id || x->id == b->ask.exec_id) &&
		    tws_error_class_of(x->code, x->id) != TWS_ERR_INFO) {
			b->ask.on = false; /* again, soon; meanwhile nothing is concluded */
			broker_ask_in(b, 2 * TIM_SEC);
			return told(b, x, NULL, W_sev_warn, text);
		}
		return 0;
	}
	switch (tws_error_class_text(x->code, x->id, false, text)) {
	case TWS_ERR_INFO:
		broker_note(b, 2, "%lld: %.*s", (long long)x->code, STR_FMT(text));
		break;
	case TWS_ERR_ORDER_REFUSED: /* 321 of a read-only gateway names no order */
		broker_ask_in(b, 0);
		rc = told(b, x, NULL, W_sev_critical, text);
		break;
	default: broker_ask_in(b, TIM_SEC); rc = told(b, x, NULL, W_sev_warn, text);
	}
	return rc;
}
