/*
 * Orders worked through children. The schedule is a function of the stream's time and volume and
 * of what has filled, all of which are in the journal or come again: after a restart the rest of
 * the parent is worked on, and no more than the rest. At any moment
 *	filled + working children + new child <= quantity of the parent.
 *
 *	twap	slice k of n is due at start + k/n of the duration; all that is due and not out goes
 *	vwap	the same, slices by weight
 *	pov	part of what the market traded since the start (of the stream, ours not counted)
 *	iceberg	one child of `display` at a time
 * At the end of the duration working limit children are cancelled, and the parent expires with
 * what it has.
 */
#include "broker/engine.h"

#include <stdio.h>

static const struct str none = { NULL, 0 };

/* Quantities of whole units stay whole. */
static int64_t
round_down(const struct bk_algo *a, double qty)
{
	int64_t step = a->qty % NUM_NANO == 0 ? NUM_NANO : 1, v;

	if (!(qty < (double)a->qty))
		return a->qty;
	v = (int64_t)qty;
	return v - v % step;
}

/* Slices that are due at time t. */
static int64_t
slices_due(const struct bk_algo *a, int64_t t)
{
	num_i128 gone = (num_i128)(t - a->start) * a->slices;
	int64_t k;

	if (t < a->start)
		return 0;
	if (a->duration <= 0 || t - a->start >= a->duration)
		return a->slices;
	k = (int64_t)(gone / a->duration) + 1;
	return k < a->slices ? k : a->slices;
}

/* How much should be done or out by now. */
static int64_t
target(const struct bk_algo *a, int64_t now)
{
	double sum = 0, done = 0;
	int64_t k;

	switch (a->kind) {
	case ALGO_TWAP:
		k = slices_due(a, now);
		return k == a->slices
			   ? a->qty
			   : round_down(a, (double)a->qty * (double)k / (double)a->slices);
	case ALGO_VWAP:
		k = slices_due(a, now);
		for (int64_t i = 0; i < a->slices; i++) {
			sum += a->weight[i];
			done += i < k ? a->weight[i] : 0;
		}
		return k == a->slices ? a->qty : round_down(a, (double)a->qty * (done / sum));
	case ALGO_POV: return round_down(a, (double)a->volume * a->participation);
	case ALGO_ICEBERG: break;
	}
	return a->qty;
}

static int64_t
working(const struct broker *b, const struct bk_algo *a)
{
	int64_t sum = 0;

	for (const struct bk_order *o = b->book->first; o; o = o->next)
		if (o->algo == a)
			sum += bk_leaves(o);
	return sum;
}

static bool
has_children(const struct broker *b, const struct bk_algo *a)
{
	for (const struct bk_order *o = b->book->first; o; o = o->next)
		if (o->algo == a)
			return true;
	return false;
}

static int
place_child(struct broker *b, struct bk_algo *a, int64_t qty)
{
	struct bk_order o = { .sym = a->sym,
		.side = a->side,
		.strategy = a->strategy,
		.outside_rth = a->outside_rth,
		.arrival = broker_sym(b, a->sym)->px };
	uint32_t n = a->nchildren;

	do {
		buf_clear(&b->id);
		buf_printf(&b->id, "%.*s.%u", STR_FMT(a->ref), ++n);
	} while (book_by_ref(b->book, buf_str(&b->id)));
	o.ref = buf_str(&b->id);
	o.type = a->limit ? W_ord_limit : W_ord_market;
	o.t = (struct bk_terms){ .qty = qty, .limit = a->limit, .tif = a->tif };
	if (!o.t.tif)
		o.t.tif = W_tif_day;
	o.ts = b->stream != TIM_NONE ? b->stream : b->epoch;
	return enter_place(b, &o, a->ref);
}

static int
cancel_children(struct broker *b, const struct bk_algo *a, bool market_too)
{
	for (struct bk_order *o = b->book->first, *next; o; o = next) {
		int rc = 0;

		next = o->next;
		if (o->algo == a && (market_too || o->type == W_ord_limit))
			rc = enter_cancel_order(b, o);
		if (rc)
			return rc;
	}
	return 0;
}

static int
step(struct broker *b, struct bk_algo *a)
{
	int64_t now = b->stream, out, due, least = 1;

	if (a->cum >= a->qty)
		return algo_end(b, a, W_ostat_filled, NULL);
	if (a->cancel)
		return has_children(b, a) ? 0 : algo_end(b, a, W_ostat_canceled, NULL);
	if (a->duration && now != TIM_NONE && now - a->start > a->duration) {
		if (!has_children(b, a))
			return algo_end(b, a, W_ostat_expired, "the duration has ended");
		return cancel_children(b, a, false);
	}
	if (now == TIM_NONE || b->halted || b->finishing || !b->l.contract(b->l.arg, a->sym))
		return 0;
	out = working(b, a);
	if (a->kind == ALGO_ICEBERG)
		due = out ? 0 : a->display;
	else
		due = target(a, now) - a->cum - out;
	if (due > a->qty - a->cum - out)
		due = a->qty - a->cum - out;
	if (a->kind == ALGO_POV && a->display)
		least = a->display < a->qty - a->cum ? a->display : a->qty - a->cum;
	return due >= least ? place_child(b, a, due) : 0;
}

int
algo_step(struct broker *b)
{
	int rc = 0;

	if (b->conn != CONN_READY)
		return 0;
	if (b->in_algo) {
		b->algo_again = true;
		return 0;
	}
	b->in_algo = true;
	do {
		b->algo_again = false;
		for (struct bk_algo *a = b->book->algos; a && !rc; a = a->next)
			if (!bk_final(a->st))
				rc = step(b, a);
	} while (b->algo_again && !rc && b->conn == CONN_READY);
	b->in_algo = false;
	return rc;
}

void
algo_market(struct broker *b, const struct rec *r)
{
	num_i128 v = 0;

	if (r->type == REC_trade)
		v = r->trade.size;
	else if (rec_has(r, F_bar_volume) && !rec_has(r, F_bar_rev) &&
		 !broker_sym(b, r->sym)->trades)
		v = r->bar.volume;
	if (v <= 0)
		return;
	for (struct bk_algo *a = b->book->algos; a; a = a->next)
		if (a->sym == r->sym && a->kind == ALGO_POV && !bk_final(a->st) &&
		    rec_known(r) > a->start)
			a->volume += v;
}

int
algo_cancel(struct broker *b, struct bk_algo *a)
{
	int rc;

	if (bk_final(a->st))
		return 0;
	if (!a->cancel) {
		ent_begin(&b->ent, "cxl");
		ent_str(&b->ent, "algo", a->ref);
		rc = broker_log(b);
		if (!rc)
			rc = report_algo(b, a, W_ostat_pending_cancel, none);
		if (rc)
			return rc;
	}
	rc = cancel_children(b, a, true);
	if (!rc && !has_children(b, a))
		rc = algo_end(b, a, W_ostat_canceled, NULL);
	return rc;
}

int
algo_end(struct broker *b, struct bk_algo *a, uint8_t st, const char *why)
{
	struct str text = book_keep(b->book, str_z(why ? why : ""));
	int rc;

	if (bk_final(a->st))
		return 0;
	ent_begin(&b->ent, "algost");
	ent_str(&b->ent, "ref", a->ref);
	ent_str(&b->ent, "st", str_z(rec_word(REC_WL_ostat, st)));
	ent_str(&b->ent, "why", text);
	rc = broker_log(b);
	if (!rc)
		rc = exec_release(b, true);
	return rc ? rc : report_algo(b, a, st, text);
}

static bool
begins(struct str s, const char *z)
{
	return s.n >= strlen(z) && memcmp(s.p, z, strlen(z)) == 0;
}

/* Whether the end of a child says that going on would be wrong: it was refused, or somebody else
 * cancelled it. What merely got lost on the way is tried again, under a new name. */
static bool
fatal(const struct bk_order *o)
{
	if (o->st == W_ostat_rejected)
		return true;
	return o->st == W_ostat_canceled && !o->cancel && !begins(o->why, "not sent") &&
	       !begins(o->why, "lost");
}

int
algo_child(struct broker *b, struct bk_order *o)
{
	struct bk_algo *a = o->algo;
	int rc = 0;

	if (bk_final(a->st))
		return 0;
	if (fatal(o)) {
		char why[300];

		snprintf(why, sizeof why, "child %.*s was %s: %.*s", STR_FMT(o->ref),
		    rec_word(REC_WL_ostat, o->st), STR_FMT(o->why));
		if (o->st == W_ostat_rejected)
			rc = report_reject(b, a->ref, a->sym, "child_rejected", str_z(why));
		if (!rc)
			rc = cancel_children(b, a, true);
		return rc ? rc : algo_end(b, a, W_ostat_canceled, why);
	}
	if (a->cum >= a->qty)
		return algo_end(b, a, W_ostat_filled, NULL);
	if (a->cum > a->told_cum) {
		a->told_cum = a->cum;
		rc = report_algo(b, a, W_ostat_new, none);
	}
	if (!rc && !b->flushing && (a->kind == ALGO_ICEBERG || a->cancel) && bk_final(o->st))
		rc = algo_step(b);
	return rc;
}
