/*
 * What follows from an inquiry. Orders that the broker does not list have ended, or never began;
 * positions and cash that differ are put right, told and written down. Nothing is concluded from
 * one look: two inquiries in a row must agree, with no execution in between.
 */
#include "broker/engine.h"

#include "base/mem.h"

/* ---- orders ---- */

/*
 * An order that was never answered and is not listed. A cancel for it is harmless, and its answer
 * is proof: 10147 says that the broker does not know it.
 */
static int
probe(struct broker *b, struct bk_order *o)
{
	struct tws_request q;
	int rc = 0;

	if (o->st == W_ostat_pending_new) {
		b->n.unknown++;
		ent_begin(&b->ent, "st");
		ent_i64(&b->ent, "o", o->no);
		ent_str(&b->ent, "st", str_z("unknown"));
		rc = broker_log(b);
		if (!rc)
			rc = report_status(
			    b, o, W_ostat_unknown, str_z("not among the broker's orders"));
	}
	if (rc || (o->probed && b->mono - o->probed_at < b->o.ack_ns))
		return rc;
	tws_request_init(&q, TWS_Q_cancel_order);
	q.cancel_order.order_id = o->id;
	if (b->l.send(b->l.arg, &q)) {
		o->probed = true;
		o->probed_at = b->mono;
	}
	return 0;
}

/* Not listed. True in *open when that is not settled yet. */
static int
absent(struct broker *b, struct bk_order *o, bool *open)
{
	bool acked = o->st == W_ostat_new || o->acked_at || o->external;

	o->absent++;
	if (o->absent < 2 && (acked || o->completed)) {
		*open = true; /* its last execution may be on its way */
		return 0;
	}
	if (o->completed)
		return event_end(b, o, o->completed, str_z("completed, says the broker"));
	if (acked || o->gone)
		return event_end(b, o, W_ostat_canceled, str_z("no longer at the broker"));
	*open = true;
	return probe(b, o);
}

static int
settle_order(struct broker *b, struct bk_order *o, bool *open)
{
	if (o->queued || o->settled == b->ask.gen)
		return 0;
	o->settled = b->ask.gen;
	if (o->seen == b->ask.gen) {
		o->absent = 0;
		if (o->cancel && o->cancel_late) {
			o->cancel_sent = o->cancel_late = false; /* a cancel may be repeated */
			return b->conn == CONN_READY ? enter_out(b, o, OUT_CANCEL) : 0;
		}
		return 0;
	}
	if (o->sent && o->sent_gen >= b->ask.gen)
		return 0; /* sent after the question */
	if (o->st == W_ostat_pending_new && o->sent && b->conn == CONN_READY &&
	    b->mono - o->sent_at < b->o.ack_ns)
		return 0; /* it may be in the making */
	return absent(b, o, open);
}

static int
settle_orders(struct broker *b, bool *open)
{
	for (struct bk_order *o = b->book->first, *next; o; o = next) {
		int rc;

		next = o->next;
		rc = settle_order(b, o, open);
		if (rc)
			return rc;
		if (next && !next->listed)
			next = b->book->first; /* it ended meanwhile: begin again */
	}
	return 0;
}

/* ---- the account ---- */

static bool
money_is_ours(struct broker *b)
{
	struct ledger *l = b->book->ledger;

	for (uint32_t i = 0; i < ledger_count(l); i++) {
		const struct ledger_pos *p = ledger_at(l, i);
		const struct tws_contract *c = p->qty ? b->l.contract(b->l.arg, p->sym) : NULL;

		/* currencies lie in cash; others are converted at rates we do not see */
		if (c &&
		    (str_eqz(c->sec_type, "CASH") || (c->currency.n && b->ask.currency[0] &&
							 !str_eqz(c->currency, b->ask.currency))))
			return false;
	}
	return true;
}

/* The first look at an account: what is there is where we begin. */
static int
take_over(struct broker *b)
{
	int rc = 0;

	for (size_t i = 0; i < b->ask.npos && !rc; i++) {
		const struct seen_pos *p = &b->ask.pos[i];

		if (p->qty == 0)
			continue;
		ent_begin(&b->ent, "hold");
		ent_str(&b->ent, "sym", (struct str){ p->sym->name, p->sym->len });
		ent_i64(&b->ent, "qty", p->qty);
		ent_i64(&b->ent, "avg", p->avg);
		ent_i64(&b->ent, "mult", p->mult);
		rc = broker_log(b);
	}
	if (rc)
		return rc;
	ent_begin(&b->ent, "base");
	ent_i64(&b->ent, "cash", tws_set(b->ask.cash) ? b->ask.cash : 0);
	rc = broker_log(b);
	return rc ? rc : journal_sync(b->journal, b->err);
}

/* True when the inquiry before this one saw the same difference. Notes it otherwise. */
static bool
confirmed(struct broker *b, const struct sym *sym, int64_t have, int64_t want)
{
	struct diff *d = NULL;

	for (size_t i = 0; i < b->ndiff; i++)
		if (b->diff[i].sym == sym)
			d = &b->diff[i];
	if (d && d->have == have && d->want == want && d->gen + 1 == b->ask.gen) {
		*d = b->diff[--b->ndiff];
		return true;
	}
	if (!d) {
		d = MEM_AT(b->diff, b->diff_cap, b->ndiff);
		b->ndiff++;
	}
	*d = (struct diff){ sym, have, want, b->ask.gen };
	return false;
}

static int
adjust_position(struct broker *b, const struct sym *sym, const struct seen_pos *p)
{
	const struct ledger_pos *l = ledger_pos(b->book->ledger, sym);
	int64_t have = l ? l->qty : 0, want = p ? p->qty : 0;
	int64_t px = p && p->avg ? p->avg : l && l->mark ? l->mark : 0;
	double value = num_of_nano(have), limit = num_of_nano(want);
	char t[2][NUM_MAX];
	int rc;

	ent_begin(&b->ent, "adj");
	ent_str(&b->ent, "sym", (struct str){ sym->name, sym->len });
	ent_i64(&b->ent, "qty", want - have);
	ent_i64(&b->ent, "px", px);
	ent_i64(&b->ent, "mult", p ? p->mult : l ? l->mult : 1);
	ent_str(&b->ent, "why", str_z("position"));
	rc = broker_log(b);
	b->n.adjusted++;
	return rc ? rc
		  : report_alert(b, W_sev_critical, "position_mismatch", sym, &value, &limit,
			"the ledger had %.*s, the broker has %.*s: adjusted",
			(int)(num_put_size(t[0], have) - t[0]), t[0],
			(int)(num_put_size(t[1], want) - t[1]), t[1]);
}

static const struct seen_pos *
find_seen(const struct broker *b, const struct sym *sym)
{
	for (size_t i = b->ask.npos; i-- > 0;)
		if (b->ask.pos[i].sym == sym)
			return &b->ask.pos[i];
	return NULL;
}

static int
compare_position(struct broker *b, const struct sym *sym, bool *open)
{
	const struct ledger_pos *l = ledger_pos(b->book->ledger, sym);
	const struct seen_pos *p = find_seen(b, sym);
	const struct tws_contract *c;
	int64_t have = l ? l->qty : 0, want = p ? p->qty : 0;

	if (have == want)
		return 0;
	c = p ? NULL : b->l.contract(b->l.arg, sym);
	if (c && str_eqz(c->sec_type, "CASH"))
		return 0; /* currencies are cash there, no position */
	if (confirmed(b, sym, have, want))
		return adjust_position(b, sym, p);
	*open = true;
	return 0;
}

static int
compare_cash(struct broker *b, bool *open)
{
	int64_t have = ledger_cash_now(b->book->ledger), want = b->ask.cash, d;
	double value, limit;
	int rc;

	if (!tws_set(want) || !money_is_ours(b))
		return 0;
	if (b->nocomm > 0 && b->mono - b->filled_at < 60 * TIM_SEC)
		return 0; /* their commissions will explain it */
	d = want - have;
	if (d > -10000 && d < 10000)
		return 0; /* the broker tells whole cents */
	if (b->conn != CONN_READY || !confirmed(b, NULL, have, want)) {
		*open |= b->conn == CONN_READY;
		return 0;
	}
	value = num_of_micro(have);
	limit = num_of_micro(want);
	ent_begin(&b->ent, "adj");
	ent_i64(&b->ent, "cash", d);
	ent_str(&b->ent, "why", str_z("cash"));
	rc = broker_log(b);
	b->n.adjusted++;
	return rc ? rc
		  : report_alert(b, W_sev_warn, "cash_mismatch", NULL, &value, &limit,
			"the ledger had %.2f, the broker has %.2f: adjusted", value, limit);
}

static int
compare(struct broker *b, bool *open)
{
	struct ledger *l = b->book->ledger;
	int rc = 0;

	for (uint32_t i = 0; i < ledger_count(l) && !rc; i++)
		if (!find_seen(b, ledger_at(l, i)->sym))
			rc = compare_position(b, ledger_at(l, i)->sym, open);
	for (size_t i = 0; i < b->ask.npos && !rc; i++)
		rc = compare_position(b, b->ask.pos[i].sym, open);
	return rc ? rc : compare_cash(b, open);
}

int
settle(struct broker *b)
{
	bool open = false, moved = b->moves != b->ask.moves;
	int rc = settle_orders(b, &open);

	if (rc)
		return rc;
	if (moved)
		open = true; /* the lists are of different moments */
	else if (!b->book->based)
		rc = take_over(b);
	else
		rc = compare(b, &open);
	if (rc)
		return rc;
	if (b->conn == CONN_RECONCILING) {
		/* an order that stays unknown must not keep the others out for ever */
		if (!open || (b->book->based && b->mono - b->conn_at > b->o.ack_ns)) {
			broker_ask_in(b, b->o.sync_ns);
			return conn_ready(b);
		}
		broker_ask_in(b, b->ask.gen > 2 ? 20 * TIM_MS : 0);
		return broker_flush(b);
	}
	broker_ask_in(b, open ? b->o.sync_ns / 10 : b->o.sync_ns);
	return broker_flush(b);
}
