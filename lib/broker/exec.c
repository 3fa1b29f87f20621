/*
 * Executions and commissions. An execution is written down, then booked, then told. Telling waits
 * a moment for the commission, which comes in a message of its own; in order, so that the fills
 * of an order keep their sequence. A commission that comes later, and a correction, tell the fill
 * again with correction_of and all its values as they should have been (quantity 0: taken back).
 */
#include "broker/engine.h"

#include "base/mem.h"

#define EARLY_MAX 256 /* commissions that wait for their executions */

static int
log_exec(struct broker *b, const struct tws_e_exec_details *x, const struct bk_order *o, bool old)
{
	int64_t ts = b->l.time_of(b->l.arg, x->time);

	ent_begin(&b->ent, "exec");
	ent_str(&b->ent, "x", x->exec_id);
	ent_i64(&b->ent, "o", o->no);
	ent_str(&b->ent, "side", str_z(str_eqz(x->side, "BOT") ? "buy" : "sell"));
	ent_i64(&b->ent, "qty", tws_set(x->shares) ? x->shares : 0);
	ent_i64(&b->ent, "px", tws_set(x->price) ? x->price : 0);
	ent_i64(&b->ent, "ts", ts == TIM_NONE ? broker_stamp(b) : ts);
	ent_i64(&b->ent, "mult", broker_mult(&x->contract));
	if (old)
		ent_i64(&b->ent, "old", 1);
	return broker_log(b);
}

/* An execution of an order that nobody told us of: somebody else's, or from before our time. */
static int
adopt(struct broker *b, const struct tws_e_exec_details *x, struct bk_order **o)
{
	struct bk_order p = { .external = true,
		.id = x->order_id,
		.client = x->client_id,
		.perm = x->perm_id,
		.type = W_ord_market,
		.strategy = str_z("external") };
	int rc;

	p.sym = b->l.sym_of(b->l.arg, &x->contract);
	if (!p.sym)
		return report_alert(b, W_sev_critical, "unknown_contract", NULL, NULL, NULL,
		    "an execution %.*s in a contract that has no symbol here: %.*s",
		    STR_FMT(x->exec_id), STR_FMT(x->contract.symbol));
	buf_clear(&b->id);
	buf_printf(&b->id, "ext-%lld", (long long)x->perm_id);
	if (book_by_ref(b->book, buf_str(&b->id))) /* that one is of another symbol or side */
		buf_printf(&b->id, "-%.*s", STR_FMT(x->exec_id));
	p.ref = buf_str(&b->id);
	p.side = str_eqz(x->side, "BOT") ? W_side_buy : W_side_sell;
	p.t.qty = x->cum_qty > x->shares ? x->cum_qty : x->shares;
	p.ts = broker_stamp(b);
	rc = event_adopt(b, &p, "an execution");
	*o = rc ? NULL : b->book->order[b->book->norders - 1];
	return rc;
}

static void
hold(struct broker *b, struct bk_exec *x, const struct tws_e_exec_details *d)
{
	struct bk_order *o = x->order;

	x->held = true;
	x->until = b->mono + b->o.commission_ns;
	x->exch = book_keep(b->book, d->exchange);
	if (d->last_liquidity > 0 && d->last_liquidity <= 3)
		x->liquidity = str_z(d->last_liquidity == 1   ? "added"
				     : d->last_liquidity == 2 ? "removed"
							      : "routed");
	o->last_at = b->mono;
	if (!o->first_at)
		o->first_at = b->mono;
	if (o->algo) {
		o->algo->last_at = b->mono;
		if (!o->algo->first_at)
			o->algo->first_at = b->mono;
	}
	*MEM_AT(b->held, b->held_cap, b->nheld) = x;
	b->nheld++;
	b->n.fills++;
	b->nocomm++;
	b->filled_at = b->mono;
}

/* The order is dead here, and alive there. */
static int
not_dead(struct broker *b, struct bk_order *o, uint8_t was)
{
	if (!bk_final(was) || was == W_ostat_filled || o->external)
		return 0;
	return report_alert(b, W_sev_warn, "late_fill", o->sym, NULL, NULL,
	    "order %.*s was %s, and has filled all the same", STR_FMT(o->cl),
	    rec_word(REC_WL_ostat, was));
}

static int
correct(struct broker *b, struct bk_exec *x, const struct tws_e_exec_details *d)
{
	struct str was = x->id;
	bool told = !x->held && !x->old;
	int rc = log_exec(b, d, x->order, x->old);

	if (rc)
		return rc;
	b->n.corrections++;
	b->moves++;
	rc = report_alert(b, W_sev_warn, "correction", x->order->sym, NULL, NULL,
	    "execution %.*s is now %.*s", STR_FMT(was), STR_FMT(x->id));
	return rc || !told ? rc : report_fill(b, x, was);
}

static int
book_commission(struct broker *b, struct bk_exec *x, struct str exec_id, int64_t amount)
{
	bool first = !x->has_comm;
	int rc;

	ent_begin(&b->ent, "comm");
	ent_str(&b->ent, "x", exec_id);
	ent_i64(&b->ent, "amt", amount);
	rc = broker_log(b);
	if (rc)
		return rc;
	b->n.commissions++;
	b->moves++;
	if (first && !x->old)
		b->nocomm--;
	if (x->held)
		return exec_release(b, false);
	return x->old ? 0 : report_fill(b, x, x->id);
}

/* Of an execution that comes next; or of another account's, which never does. */
static void
keep_early(struct broker *b, const struct tws_e_commission_report *c)
{
	for (size_t i = 0; i < b->nearly; i++)
		if (str_eq(b->early[i].exec_id, c->exec_id)) {
			b->early[i].amount = c->commission;
			return;
		}
	if (b->nearly == EARLY_MAX)
		memmove(b->early, b->early + 1, --b->nearly * sizeof *b->early);
	*MEM_AT(b->early, b->early_cap, b->nearly) =
	    (struct early){ book_keep(b->book, c->exec_id), c->commission };
	b->nearly++;
}

int
exec_commission(struct broker *b, const struct tws_e_commission_report *c)
{
	int64_t rev;
	struct bk_exec *x = book_exec(b->book, c->exec_id, &rev);

	if (!tws_set(c->commission) || (x && x->has_comm && rev < x->comm_rev))
		return 0;
	if (!x) {
		keep_early(b, c);
		return 0;
	}
	if (x->has_comm && x->commission == c->commission)
		return 0;
	return book_commission(b, x, c->exec_id, c->commission);
}

/* A commission that came before its execution. */
static int
take_early(struct broker *b, struct bk_exec *x)
{
	for (size_t i = 0; i < b->nearly; i++) {
		struct early y = b->early[i];

		if (!str_eq(y.exec_id, x->id))
			continue;
		b->early[i] = b->early[--b->nearly];
		return book_commission(b, x, y.exec_id, y.amount);
	}
	return 0;
}

int
exec_details(struct broker *b, const struct tws_e_exec_details *d)
{
	bool twin, old = !b->book->based;
	struct bk_order *o;
	struct bk_exec *x;
	int64_t rev;
	uint8_t was;
	int rc;

	if (d->account.n && b->book->account.n && !str_eq(d->account, b->book->account))
		return 0;
	x = book_exec(b->book, d->exec_id, &rev);
	if (x && rev <= x->rev) {
		b->n.duplicates++;
		return 0;
	}
	if (x)
		return correct(b, x, d);
	o = event_match(b, d->client_id, d->order_id, d->perm_id, d->order_ref, &twin);
	if (!o) {
		rc = adopt(b, d, &o);
		if (rc || !o)
			return rc;
	}
	was = o->st;
	rc = log_exec(b, d, o, old);
	if (rc)
		return rc;
	b->moves++;
	x = b->book->exec[b->book->nexecs - 1];
	if (old)
		return 0;
	if (!o->acked_at)
		o->acked_at = b->mono;
	hold(b, x, d);
	rc = not_dead(b, o, was);
	return rc ? rc : take_early(b, x);
}

int
exec_release(struct broker *b, bool all)
{
	int rc = 0;

	while (b->nheld && !rc) {
		struct bk_exec *x = b->held[0];
		struct bk_order *o = x->order;
		uint8_t st = o->st == W_ostat_filled ? W_ostat_filled : W_ostat_partially_filled;

		if (!all && !x->has_comm && x->until > b->mono)
			break;
		/* off the list first: what it leads to may release more */
		memmove(b->held, b->held + 1, --b->nheld * sizeof *b->held);
		x->held = false;
		if (x->qty == 0)
			continue;
		rc = report_fill(b, x, (struct str){ NULL, 0 });
		/* one status for the last of several; none when the order's end was told */
		if (!rc && o->cum == x->cum && (st == W_ostat_filled || !bk_final(o->st)))
			rc = report_status(b, o, st, (struct str){ NULL, 0 });
		if (!rc && o->st == W_ostat_filled && o->chg_cl.n)
			rc = event_changed(
			    b, o, false, "too_late", str_z("the order filled before"));
	}
	return rc;
}
