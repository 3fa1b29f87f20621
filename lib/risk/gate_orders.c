/*
 * Targets, orders, cancels and replaces as they come in.
 *
 * A target is acted on at once, so nothing waits in a live pipe. Only a purchase that fails for
 * want of room (gross, net, leverage, buying power) is parked: it is tried again after each sale
 * that follows in the same instant, and refused when a record comes that is no target. The result
 * depends on the order of the records alone.
 */
#include "risk/gate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/tim.h"

#define STRATEGY_MAX 32

static struct str
text(const char *z)
{
	return str_z(z);
}

static void
count_refusal(struct gate *g, const char *rule)
{
	size_t i = 0;

	g->asked++;
	g->refused++;
	while (i < GATE_RULES - 1 && g->refusals[i].rule && strcmp(g->refusals[i].rule, rule) != 0)
		i++;
	g->refusals[i].rule = rule;
	g->refusals[i].n++;
}

void
gate_note_refused(struct gate *g)
{
	struct buf b = { 0 };

	if (g->refused == 0)
		return;
	for (bool any = false;; any = true) { /* the most frequent first */
		size_t most = 0;

		for (size_t i = 1; i < GATE_RULES; i++)
			if (g->refusals[i].n > g->refusals[most].n)
				most = i;
		if (g->refusals[most].n == 0)
			break;
		buf_printf(&b, "%s%s %llu", any ? ", " : "", g->refusals[most].rule,
		    (unsigned long long)g->refusals[most].n);
		g->refusals[most].n = 0;
	}
	stage_note(&g->base, 1, "%llu of %llu orders refused: %s", (unsigned long long)g->refused,
	    (unsigned long long)g->asked, buf_z(&b));
	buf_free(&b);
}

static int
reject(struct gate *g, const struct rec *r, struct str id, const struct risk_fail *f)
{
	struct rec out;

	count_refusal(g, f->code);
	rec_init(&out, REC_reject, g->risk.now > r->ts ? g->risk.now : r->ts, r->sym);
	if (id.n)
		rec_set(&out, F_reject_cl_ord_id, out.reject.cl_ord_id, id);
	rec_set(&out, F_reject_rule, out.reject.rule, text(f->code));
	rec_set(&out, F_reject_text, out.reject.text, text(f->text));
	if (f->numbers && isfinite(f->limit) && isfinite(f->value)) {
		rec_set(&out, F_reject_limit, out.reject.limit, f->limit);
		rec_set(&out, F_reject_value, out.reject.value, f->value);
	}
	rec_set(&out, F_reject_source, out.reject.source, text("risk-gate"));
	return stage_emit(&g->base, &out);
}

static void
advance(struct gate *g, int64_t ts)
{
	if (ts > g->risk.now)
		g->risk.now = ts;
}

/* Out it goes, and into the account as a working order. */
static int
release(struct gate *g, const struct rec *order)
{
	int rc = stage_emit(&g->base, order);

	g->asked++;
	if (rc == 0)
		rc = account_push(g->risk.account, order);
	return rc ? rc : risk_note_sent(&g->risk, order);
}

/* 20130305T143000 and, where there is one, a fraction without zeros at its end. */
static char *
put_compact(char *o, int64_t ts)
{
	char t[TIM_LEN];
	size_t n = 19;

	tim_put(t, ts); /* 2013-03-05T14:30:00.250000000Z */
	memcpy(o, t, 4);
	memcpy(o + 4, t + 5, 2);
	memcpy(o + 6, t + 8, 5);
	memcpy(o + 11, t + 14, 2);
	memcpy(o + 13, t + 17, 2);
	if (memcmp(t + 20, "000000000", 9) == 0)
		return o + 15;
	for (size_t i = 20; i < TIM_LEN - 1; i++)
		n = t[i] != '0' ? i + 1 : n;
	memcpy(o + 15, t + 19, n - 19);
	return o + 15 + (n - 19);
}

/* strategy-20130305T143000.25-7: strategy, watermark, counter. Characters that ids do not have
 * become '_'. An id that was used, before a restart or at the same watermark, is passed over. */
static struct str
make_id(struct gate *g, struct str strategy, int64_t ts)
{
	char *o, *counter;

	buf_clear(&g->id);
	o = buf_room(&g->id, STRATEGY_MAX + TIM_LEN + NUM_MAX + 2);
	for (size_t i = 0; i < strategy.n && i < STRATEGY_MAX; i++) {
		char c = strategy.p[i];
		bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			    (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
		*o++ = good ? c : '_';
	}
	*o++ = '-';
	counter = put_compact(o, g->wm == TIM_NONE ? ts : g->wm);
	*counter++ = '-';
	do {
		g->id.len = (size_t)(num_put_u64(counter, ++g->counter) - g->id.p);
	} while (risk_id_seen(&g->risk, buf_str(&g->id)));
	return buf_str(&g->id);
}

static void
make_order(struct gate *g, struct rec *o, const struct sym *sym, int64_t delta, struct str strategy)
{
	const struct ledger_pos *p = ledger_pos(account_ledger(g->risk.account), sym);
	bool is_long = p && p->qty > 0;
	struct str id = make_id(g, strategy, g->risk.now);

	rec_init(o, REC_order, g->risk.now, sym);
	rec_set(o, F_order_cl_ord_id, o->order.cl_ord_id, id);
	rec_set(o, F_order_side, o->order.side,
	    delta > 0 ? W_side_buy
	    : is_long ? W_side_sell
		      : W_side_sell_short);
	rec_set(o, F_order_qty, o->order.qty, delta > 0 ? delta : -delta);
	rec_set(o, F_order_ord_type, o->order.ord_type, W_ord_market);
	rec_set(o, F_order_tif, o->order.tif, W_tif_day);
	if (strategy.n)
		rec_set(o, F_order_strategy, o->order.strategy, strategy);
}

/* A sale may have made room. */
static int
retry_parked(struct gate *g)
{
	for (size_t i = 0; i < g->parked.n;) {
		struct rec r = g->parked.v[i].r;
		struct risk_fail f;

		if (!risk_allows(&g->risk, &r, NULL, 0, &f)) {
			i++;
			continue;
		}
		int rc = release(g, &r);
		keep_drop(&g->parked, i);
		if (rc)
			return rc;
		i = 0; /* what went out changed the room of all */
	}
	return 0;
}

static int
reject_rest(struct gate *g, const struct rec *o, struct risk_fail *f)
{
	size_t n = strlen(f->text);

	snprintf(
	    f->text + n, sizeof f->text - n, "; the part that closes the position went out alone");
	return reject(g, o, o->order.cl_ord_id, f);
}

/* An order that would take a position through zero and may not: its closing part goes out by
 * itself, for the target is at least not where the position is; the rest is refused, or waits for
 * room as any order does. False when the closing part may not go out either. */
static bool
submit_closing(struct gate *g, const struct rec *o, struct risk_fail *f, int *rc)
{
	struct rec part = *o;
	struct risk_fail other;

	part.order.qty = f->closes;
	if (!risk_allows(&g->risk, &part, NULL, 0, &other))
		return false;
	*rc = release(g, &part);
	part.order.qty = o->order.qty - f->closes; /* from here on it is the rest */
	if (o->order.side == W_side_sell)
		part.order.side = W_side_sell_short;
	part.order.cl_ord_id =
	    make_id(g, rec_has(o, F_order_strategy) ? o->order.strategy : text("target"), o->ts);
	if (*rc == 0 && f->later)
		keep_add(&g->parked, &part)->rest = true;
	else if (*rc == 0)
		*rc = reject_rest(g, &part, f);
	return true;
}

static int
submit_made(struct gate *g, const struct rec *o)
{
	struct risk_fail f;
	int rc = 0;

	if (risk_allows(&g->risk, o, NULL, 0, &f)) {
		rc = release(g, o);
	} else if (f.closes == 0 || f.closes == o->order.qty || !submit_closing(g, o, &f, &rc)) {
		if (!f.later)
			return reject(g, o, o->order.cl_ord_id, &f);
		keep_add(&g->parked, o);
		return 0;
	}
	return rc || g->parked.n == 0 ? rc : retry_parked(g);
}

/* The parked order i is refused for good, for what stands against it now. */
static int
refuse_parked(struct gate *g, size_t i)
{
	struct rec r = g->parked.v[i].r;
	struct risk_fail f;
	int rc;

	if (risk_allows(&g->risk, &r, NULL, 0, &f))
		rc = release(g, &r);
	else if (g->parked.v[i].rest)
		rc = reject_rest(g, &r, &f);
	else
		rc = reject(g, &r, r.order.cl_ord_id, &f);
	keep_drop(&g->parked, i);
	return rc;
}

int
gate_end_batch(struct gate *g)
{
	while (g->parked.n) {
		int rc = refuse_parked(g, 0);
		if (rc)
			return rc;
	}
	return 0;
}

/* NULL, or what is wrong with a target. */
static const char *
target_fault(const struct rec *r)
{
	bool pos = rec_has(r, F_target_position), weight = rec_has(r, F_target_weight);

	if (!r->sym)
		return "a target needs a symbol";
	if (pos == weight)
		return "a target needs either a position or a weight";
	if (weight && !(isfinite(r->target.weight) && fabs(r->target.weight) <= 1000))
		return "the weight must be a number between -1000 and 1000";
	return NULL;
}

static int
refuse_target(
    struct gate *g, const struct rec *r, struct str strategy, const char *code, const char *why)
{
	struct risk_fail f;

	risk_fail_init(&f, code);
	snprintf(f.text, sizeof f.text, "%s", why);
	return reject(g, r, make_id(g, strategy, r->ts), &f);
}

int
gate_target(struct gate *g, const struct rec *r)
{
	struct str strategy = rec_has(r, F_target_strategy) ? r->target.strategy : text("target");
	const char *why = target_fault(r);
	struct rec o;
	int64_t delta;

	advance(g, r->ts);
	if (why)
		return refuse_target(g, r, strategy, "schema", why);
	for (size_t i = 0; i < g->parked.n; i++) { /* a newer target replaces the order */
		if (g->parked.v[i].r.sym != r->sym)
			continue;
		int rc = refuse_parked(g, i);
		if (rc)
			return rc;
		break;
	}
	if (!account_target_delta(g->risk.account, r, &delta)) {
		char words[80];

		snprintf(words, sizeof words, "no price of %s was seen yet", r->sym->name);
		return refuse_target(g, r, strategy, "no_price", words);
	}
	if (delta == 0)
		return 0;
	if (delta == INT64_MIN)
		return refuse_target(
		    g, r, strategy, "overflow", "the quantity does not fit a number");
	make_order(g, &o, r->sym, delta, strategy);
	return submit_made(g, &o);
}

int
gate_order(struct gate *g, const struct rec *r)
{
	struct risk_fail f;

	advance(g, r->ts);
	if (!risk_allows(&g->risk, r, NULL, 0, &f))
		return reject(g, r, r->order.cl_ord_id, &f);
	return release(g, r);
}

/* Always passes, known or not: the executor knows best what is working. */
int
gate_cancel(struct gate *g, const struct rec *r)
{
	int rc = stage_emit(&g->base, r);

	advance(g, r->ts);
	g->risk.dirty = true;
	return rc ? rc : account_push(g->risk.account, r);
}

/* The order as it would be after the replace. */
static struct rec
replaced(const struct rec *old, const struct rec *r)
{
	struct rec o;

	rec_edit(&o, old);
	o.ts = r->ts;
	o.order.cl_ord_id = r->replace.cl_ord_id;
	if (rec_has(r, F_replace_qty))
		rec_set(&o, F_order_qty, o.order.qty, r->replace.qty);
	if (rec_has(r, F_replace_limit_price))
		rec_set(&o, F_order_limit_price, o.order.limit_price, r->replace.limit_price);
	if (rec_has(r, F_replace_stop_price))
		rec_set(&o, F_order_stop_price, o.order.stop_price, r->replace.stop_price);
	if (rec_has(r, F_replace_trail))
		rec_set(&o, F_order_trail, o.order.trail, r->replace.trail);
	if (rec_has(r, F_replace_tif))
		rec_set(&o, F_order_tif, o.order.tif, r->replace.tif);
	if (rec_has(r, F_replace_expire_time))
		rec_set(&o, F_order_expire_time, o.order.expire_time, r->replace.expire_time);
	return o;
}

int
gate_replace(struct gate *g, const struct rec *r)
{
	struct str id =
	    rec_has(r, F_replace_orig_cl_ord_id) ? r->replace.orig_cl_ord_id : r->replace.cl_ord_id;
	struct risk_fail f;
	struct rec old, new;
	int64_t leaves = 0;

	advance(g, r->ts);
	if (!risk_find_order(&g->risk, id, &old, &leaves)) {
		risk_fail_init(&f, "unknown_order");
		snprintf(f.text, sizeof f.text, "no working order has the id '%.*s'",
		    (int)(id.n < 80 ? id.n : 80), id.p);
		return reject(g, r, r->replace.cl_ord_id, &f);
	}
	new = replaced(&old, r);
	if (!risk_allows(&g->risk, &new, &old, leaves, &f))
		return reject(g, r, r->replace.cl_ord_id, &f);
	/* `new` borrows the account's text, which the account may change: note it first. */
	g->asked++;
	int rc = risk_note_sent(&g->risk, &new);
	if (rc == 0)
		rc = stage_emit(&g->base, r);
	return rc ? rc : account_push(g->risk.account, r);
}

int
gate_flatten(struct gate *g)
{
	struct ledger *l = account_ledger(g->risk.account);

	for (uint32_t i = 0; i < ledger_count(l); i++) {
		const struct ledger_pos *p = ledger_at(l, i);
		/* an earlier order to flatten may be working still */
		num_i128 left = (num_i128)p->qty + risk_flattening(&g->risk, p->sym);
		struct rec o;

		if (left == 0 || (left > 0) != (p->qty > 0) || left < -INT64_MAX)
			continue;
		make_order(g, &o, p->sym, (int64_t)-left, text(RISK_FLATTEN));
		int rc = release(g, &o);
		if (rc)
			return rc;
	}
	return 0;
}
