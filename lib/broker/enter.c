/* Orders, cancels and replaces come in; what is queued goes out, once the journal is on disk. */
#include "broker/engine.h"

#include "base/mem.h"

#define OUT_MAX 64 /* queued requests that are sent without waiting for a pause */

int
enter_refuse(struct broker *b, const struct rec *r, struct str cl, const char *rule,
    const char *text, bool status)
{
	struct bk_order none = { .cl = cl, .sym = r->sym, .st = W_ostat_rejected };
	int rc = report_reject(b, cl, r->sym, rule, str_z(text));

	if (rc || !status || !r->sym || r->type != REC_order)
		return rc;
	none.t.qty = r->order.qty;
	return report_status(b, &none, W_ostat_rejected, str_z(text));
}

int
enter_out(struct broker *b, struct bk_order *o, int what)
{
	struct out_item *i = MEM_AT(b->out, b->out_cap, b->nout);

	b->nout++;
	i->o = o;
	i->what = what;
	return b->nout >= OUT_MAX ? broker_flush(b) : 0;
}

static void
log_terms(struct broker *b, const struct bk_terms *t)
{
	ent_i64(&b->ent, "qty", t->qty);
	if (t->limit)
		ent_i64(&b->ent, "lmt", t->limit);
	if (t->stop)
		ent_i64(&b->ent, "stp", t->stop);
	if (t->trail)
		ent_i64(&b->ent, "trl", t->trail);
	if (t->expire)
		ent_i64(&b->ent, "exp", t->expire);
	if (t->tif)
		ent_str(&b->ent, "tif", str_z(rec_word(REC_WL_tif, t->tif)));
}

static void
log_order(struct broker *b, const struct bk_order *o, struct str algo)
{
	ent_begin(&b->ent, "order");
	ent_i64(&b->ent, "id", o->id);
	if (o->external) {
		ent_i64(&b->ent, "ext", 1);
		ent_i64(&b->ent, "client", o->client);
	}
	if (o->perm)
		ent_i64(&b->ent, "perm", o->perm);
	ent_str(&b->ent, "ref", o->ref);
	ent_str(&b->ent, "sym", (struct str){ o->sym->name, o->sym->len });
	ent_str(&b->ent, "side", str_z(rec_word(REC_WL_side, o->side)));
	ent_str(&b->ent, "type", str_z(rec_word(REC_WL_ord, o->type)));
	log_terms(b, &o->t);
	if (o->trail_pct > 0)
		ent_f64(&b->ent, "pct", o->trail_pct);
	if (o->outside_rth)
		ent_i64(&b->ent, "orth", 1);
	ent_str(&b->ent, "strat", o->strategy);
	ent_str(&b->ent, "oca", o->oca);
	if (o->parent)
		ent_str(&b->ent, "par", o->parent->ref);
	if (o->arrival)
		ent_i64(&b->ent, "arr", o->arrival);
	ent_i64(&b->ent, "ts", o->ts);
	if (algo.n) {
		char v[NUM_MAX];
		const struct bk_algo *a = book_algo(b->book, algo);

		ent_str(&b->ent, "algo", algo);
		ent_str(
		    &b->ent, "vol", (struct str){ v, (size_t)(num_put_size128(v, a->volume) - v) });
	}
}

int
event_adopt(struct broker *b, const struct bk_order *proto, const char *word)
{
	int rc;

	log_order(b, proto, (struct str){ NULL, 0 });
	rc = broker_log(b);
	if (rc)
		return rc;
	b->n.adopted++;
	return report_alert(b, W_sev_info, "external_order", proto->sym, NULL, NULL,
	    "%s: %.*s is an order of %s", word, STR_FMT(proto->ref),
	    proto->client == b->client ? "this client id that the journal does not know"
				       : "another client or of a person");
}

int
enter_place(struct broker *b, const struct bk_order *proto, struct str algo)
{
	struct bk_order o = *proto, *made;
	int rc;

	o.id = b->next_id;
	log_order(b, &o, algo);
	rc = broker_log(b);
	if (rc)
		return rc;
	b->next_id++;
	b->n.orders++;
	made = b->book->order[b->book->norders - 1];
	made->queued = true;
	if (!made->algo)
		rc = report_status(b, made, W_ostat_pending_new, (struct str){ NULL, 0 });
	return rc ? rc : enter_out(b, made, OUT_PLACE);
}

/* ---- orders ---- */

/* Why no order is taken now, as a rule and words; NULL: one is. */
static const char *
closed(struct broker *b, const struct rec *r, const char **text)
{
	struct bsym *s = broker_sym(b, r->sym);

	if (b->halted || b->finishing)
		return *text = "no new orders: halted", "halted";
	if (b->o.read_only)
		return *text = "--read-only", "read_only";
	if (b->past)
		return *text = "the feed says history: what was decided on it is past", "history";
	if (b->o.clock == BROKER_WALL && b->o.max_age_ns > 0 && r->ts < b->epoch - b->o.max_age_ns)
		return *text = "it was decided longer ago than --max-age", "stale_order";
	if (s->delayed && !b->o.allow_delayed)
		return *text = "the quotes of the symbol are delayed (--allow-delayed)",
		       "delayed_data";
	if (!b->l.contract(b->l.arg, r->sym))
		return *text = "the broker knows no such contract, or several", "no_contract";
	if (b->next_id >= TWS_REQ_ID_FIRST)
		return *text = "the order ids are used up", "no_order_id";
	return NULL;
}

/* A bracket's child hangs on its parent; on one that has filled, on what is left of that. */
static const char *
find_parent(struct broker *b, const struct rec *r, struct bk_order *o, const char **text)
{
	struct bk_order *p;

	if (!rec_has(r, F_order_parent_id))
		return NULL;
	p = book_by_ref(b->book, r->order.parent_id);
	if (!p || p->external || (bk_final(p->st) && p->cum == 0))
		return *text = "parent_id names no working order", "unknown_parent";
	o->parent = p;
	if (bk_final(p->st)) {
		if (o->t.qty > p->cum)
			o->t.qty = p->cum;
		if (o->oca.n == 0)
			o->oca = p->ref; /* the children of one parent cancel each other */
	}
	return NULL;
}

static int
ask_whatif(struct broker *b, const struct bk_order *o)
{
	const struct tws_contract *c = b->l.contract(b->l.arg, o->sym);
	struct whatif *w = MEM_AT(b->whatif, b->whatif_cap, b->nwhatif);
	struct bk_order made = *o;
	char gtd[TWS_TIME_LEN];
	struct tws_request q;
	int rc;

	ent_begin(&b->ent, "burn");
	ent_i64(&b->ent, "id", b->next_id);
	rc = broker_log(b);
	if (!rc)
		rc = journal_sync(b->journal, b->err);
	if (rc)
		return rc;
	made.id = b->next_id++;
	terms_request(b, &made, &made.t, c, &q, gtd);
	q.place_order.order.what_if = true;
	*w = (struct whatif){ made.id, book_keep(b->book, o->ref), o->sym };
	if (b->l.send(b->l.arg, &q))
		b->nwhatif++;
	return 0;
}

static int
enter_order(struct broker *b, const struct rec *r)
{
	struct str id = r->order.cl_ord_id;
	const char *text = NULL, *rule;
	struct bk_order o;
	int rc;

	if (book_by_ref(b->book, id) || book_algo(b->book, id))
		return enter_refuse(
		    b, r, id, "duplicate_id", "the cl_ord_id was used before", false);
	rule = terms_wrong(r, &text);
	if (!rule)
		rule = closed(b, r, &text);
	if (rule)
		return enter_refuse(b, r, id, rule, text, true);
	if (algo_enter(b, r, &rc))
		return rc;
	terms_of(r, &o);
	rule = find_parent(b, r, &o, &text);
	if (rule)
		return enter_refuse(b, r, id, rule, text, true);
	o.arrival = broker_sym(b, r->sym)->px;
	return b->o.whatif ? ask_whatif(b, &o) : enter_place(b, &o, (struct str){ NULL, 0 });
}

/* ---- cancels and replaces ---- */

int
enter_cancel_order(struct broker *b, struct bk_order *o)
{
	int rc = 0;

	if (bk_final(o->st))
		return 0;
	if (!o->cancel) {
		ent_begin(&b->ent, "cxl");
		ent_i64(&b->ent, "o", o->no);
		rc = broker_log(b);
		if (!rc && !o->algo)
			rc = report_status(b, o, W_ostat_pending_cancel, (struct str){ NULL, 0 });
		b->n.cancels++;
	}
	return rc || o->cancel_sent ? rc : enter_out(b, o, OUT_CANCEL);
}

static int
enter_cancel(struct broker *b, const struct rec *r)
{
	struct str id =
	    rec_has(r, F_cancel_orig_cl_ord_id) ? r->cancel.orig_cl_ord_id : r->cancel.cl_ord_id;
	struct bk_order *o = book_by_ref(b->book, id);
	struct bk_algo *a = book_algo(b->book, id);

	if (a && !bk_final(a->st))
		return algo_cancel(b, a);
	if (!o || bk_final(o->st))
		return enter_refuse(
		    b, r, r->cancel.cl_ord_id, "unknown_order", "names no working order", false);
	if (o->external && o->client != b->client)
		return enter_refuse(b, r, r->cancel.cl_ord_id, "not_ours",
		    "only the client that sent it can cancel it", false);
	return enter_cancel_order(b, o);
}

static void
replaced_terms(const struct rec *r, struct bk_terms *t)
{
	const struct rec_replace *f = &r->replace;

	if (rec_has(r, F_replace_qty))
		t->qty = f->qty;
	if (rec_has(r, F_replace_limit_price))
		t->limit = f->limit_price;
	if (rec_has(r, F_replace_stop_price))
		t->stop = f->stop_price;
	if (rec_has(r, F_replace_trail))
		t->trail = f->trail;
	if (rec_has(r, F_replace_expire_time))
		t->expire = f->expire_time;
	if (rec_has(r, F_replace_tif))
		t->tif = f->tif;
}

static int
enter_replace(struct broker *b, const struct rec *r)
{
	bool two = rec_has(r, F_replace_orig_cl_ord_id);
	struct str cl = r->replace.cl_ord_id, was = two ? r->replace.orig_cl_ord_id : cl;
	struct bk_order *o = book_by_ref(b->book, was), *other;
	struct bk_terms t;
	const char *rule = NULL, *text = NULL;
	int rc;

	if (book_algo(b->book, was))
		rule = "algo", text = "an algorithm's order can be cancelled, not replaced";
	else if (!o || bk_final(o->st))
		rule = "unknown_order", text = "names no working order";
	else if (o->external || o->algo)
		rule = "not_ours", text = "only orders of this journal can be replaced";
	else if ((other = book_by_ref(b->book, cl)) && other != o)
		rule = "duplicate_id", text = "the cl_ord_id was used before";
	else if (o->chg_cl.n || o->cancel || o->st == W_ostat_unknown)
		rule = "busy", text = "an earlier request for the order has no answer yet";
	else if (b->halted || b->o.read_only)
		rule = b->halted ? "halted" : "read_only", text = "no replace is taken now";
	if (!rule && o) {
		t = o->t;
		replaced_terms(r, &t);
		if (t.qty <= o->cum)
			rule = "bad_qty", text = "the new quantity is not above what has filled";
	}
	if (rule)
		return enter_refuse(b, r, cl, rule, text, false);
	ent_begin(&b->ent, "chg");
	ent_i64(&b->ent, "o", o->no);
	ent_str(&b->ent, "cl", cl);
	log_terms(b, &t);
	rc = broker_log(b);
	b->n.replaces++;
	return rc ? rc : enter_out(b, o, OUT_CHANGE);
}

int
enter_record(struct broker *b, const struct rec *r)
{
	switch (r->type) {
	case REC_order: return enter_order(b, r);
	case REC_cancel: return enter_cancel(b, r);
	default: return enter_replace(b, r);
	}
}

/* ---- out ---- */

static int
send_order(struct broker *b, struct bk_order *o, const struct bk_terms *t, bool change)
{
	const struct tws_contract *c = b->l.contract(b->l.arg, o->sym);
	struct tws_request q;
	char gtd[TWS_TIME_LEN];

	if (c && b->conn == CONN_READY)
		terms_request(b, o, t, c, &q, gtd);
	if (!c || b->conn != CONN_READY || !b->l.send(b->l.arg, &q)) {
		/* it never left: that is certain, so it is no unknown */
		if (change)
			return event_changed(
			    b, o, false, "not_sent", str_z("not sent: the connection is gone"));
		return event_end(b, o, W_ostat_canceled, str_z("not sent: the connection is gone"));
	}
	if (change) {
		o->chg_sent = true;
		o->chg_late = false;
		o->chg_at = b->mono;
	} else {
		o->sent = true;
		o->sent_at = b->mono;
		b->n.placed++;
	}
	o->sent_gen = b->ask.gen;
	return 0;
}

static void
send_cancel(struct broker *b, struct bk_order *o)
{
	struct tws_request q;

	if (b->conn != CONN_READY)
		return; /* again when it is */
	tws_request_init(&q, TWS_Q_cancel_order);
	q.cancel_order.order_id = o->id;
	if (b->l.send(b->l.arg, &q)) {
		o->cancel_sent = true;
		o->cancel_late = false;
		o->cancel_at = b->mono;
	}
}

static int
send_item(struct broker *b, const struct out_item *i)
{
	struct bk_order *o = i->o;

	switch (i->what) {
	case OUT_PLACE:
		if (!o->queued)
			return 0;
		o->queued = false;
		return send_order(b, o, &o->t, false);
	case OUT_CHANGE:
		return o->chg_cl.n && !o->chg_sent && !bk_final(o->st)
			   ? send_order(b, o, &o->chg, true)
			   : 0;
	case OUT_CANCEL:
		if (!bk_final(o->st) && !o->cancel_sent)
			send_cancel(b, o);
		return 0;
	}
	return 0;
}

int
broker_flush(struct broker *b)
{
	size_t done = 0;
	int rc = 0;

	if (b->nout == 0 || b->flushing)
		return 0;
	b->flushing = true;
	while (!rc && done < b->nout) {
		size_t n = b->nout; /* sending may queue more: those need a sync of their own */

		rc = journal_sync(b->journal, b->err);
		for (; !rc && done < n; done++) {
			struct out_item i = b->out[done];

			rc = send_item(b, &i);
		}
	}
	b->nout = 0;
	b->flushing = false;
	return rc;
}
