/* Life, time, and the journal. */
#include "broker/engine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "mkt/quality.h"

#define O(field) OPT_OFF(struct broker_opts, field)
const struct opt broker_options[] = {
	{ OPT_STR, 0, "live", "ACCOUNT", "trade real money, on this account", NULL, NULL, NULL,
	    O(live), 0, 0 },
	{ OPT_STR, 0, "account", "ACCOUNT", "which account, where the login has several", NULL,
	    NULL, NULL, O(account), 0, 0 },
	{ OPT_SPAN, 0, "ack-timeout", "SPAN", "an order without an answer for so long is unknown",
	    "5s", NULL, NULL, O(ack_ns), 0, 0 },
	{ OPT_SPAN, 0, "sync", "SPAN", "compare orders, positions and cash with the broker's",
	    "10s", NULL, NULL, O(sync_ns), 0, 0 },
	{ OPT_SPAN, 0, "commission-wait", "SPAN", "how long a fill waits for its commission",
	    "200ms", NULL, NULL, O(commission_ns), 0, 0 },
	{ OPT_FLAG, 0, "read-only", NULL, "refuse every order, watch the account", NULL, NULL, NULL,
	    O(read_only), 0, 0 },
	{ OPT_FLAG, 0, "whatif", NULL, "ask what orders would cost, send none", NULL, NULL, NULL,
	    O(whatif), 0, 0 },
	{ OPT_FLAG, 0, "allow-delayed", NULL, "take orders on delayed quotes", NULL, NULL, NULL,
	    O(allow_delayed), 0, 0 },
	{ OPT_SPAN, 0, "max-age", "SPAN",
	    "refuse orders decided longer ago, by the wall clock; 0: take them", "5m", NULL, NULL,
	    O(max_age_ns), 0, 0 },
	{ OPT_CHOICE, 0, "on-exit", "WHAT",
	    "working orders at the end, on a signal, on the kill file", "cancel", "cancel|keep",
	    NULL, O(on_exit), 0, 0 },
	{ OPT_CHOICE, 0, "clock", "WHICH",
	    "time of our records: wall, stream (simulated time), or step: move ibkr-sim's too",
	    "wall", "wall|stream|step", NULL, O(clock), 0, 0 },
	{ OPT_END, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0 },
};

#define SCAN_NS (50 * TIM_MS)

struct broker *
broker_new(const struct broker_opts *o, int64_t client_id, struct symtab *syms,
    const struct broker_link *l, struct err *e)
{
	struct broker *b = mem_alloc(sizeof *b);

	b->o = *o;
	b->l = *l;
	b->err = e;
	b->client = client_id;
	b->book = book_new(syms);
	b->stream = b->venue = TIM_NONE;
	b->ask_due = INT64_MAX;
	b->next_id = 1;
	return b;
}

void
broker_free(struct broker *b)
{
	if (!b)
		return;
	journal_free(b->journal);
	book_free(b->book);
	buf_free(&b->ent);
	buf_free(&b->text);
	buf_free(&b->id);
	free(b->ask.pos);
	free(b->diff);
	free(b->out);
	free(b->held);
	free(b->whatif);
	free(b->early);
	free(b->sym);
	free(b);
}

/* A journal that was there belongs to one account and one client id: others have other ids. */
static int
check_head(struct broker *b)
{
	struct book *k = b->book;

	b->next_id = k->last_id + 1;
	for (size_t i = 0; i < k->nexecs; i++)
		b->nocomm += !k->exec[i]->has_comm && !k->exec[i]->old;
	if (k->account.n == 0)
		return 0;
	if (k->client != b->client)
		return err_set(b->err, ERR_USAGE, "the journal is of client id %lld, not %lld",
		    (long long)k->client, (long long)b->client);
	return 0;
}

int
broker_journal_file(struct broker *b, const char *path, bool sync)
{
	size_t torn;

	b->journal = journal_open(path, sync, book_apply, b->book, &torn, b->err);
	if (!b->journal)
		return b->err->code;
	if (torn)
		broker_note(b, 1, "%s: cut off the %zu bytes of an entry that was never finished",
		    path, torn);
	return check_head(b);
}

int
broker_journal_store(struct broker *b, const struct journal_store *s, const char *text, size_t n)
{
	uint64_t lines = 0;
	size_t good;
	int rc = text ? journal_read(text, n, &good, &lines, book_apply, b->book, b->err) : 0;

	if (rc < 0)
		return rc;
	b->journal = journal_new(s, lines);
	return check_head(b);
}

int
broker_log(struct broker *b)
{
	int rc = journal_put(b->journal, buf_str(&b->ent), b->err);

	return rc ? rc : book_apply(b->book, buf_str(&b->ent), b->err);
}

void
broker_note(struct broker *b, int level, const char *fmt, ...)
{
	char text[600];
	va_list ap;

	if (!b->l.note)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	b->l.note(b->l.arg, level, text);
}

int64_t
broker_stamp(const struct broker *b)
{
	if (b->o.clock == BROKER_WALL)
		return b->epoch;
	/* simulated time: whichever of the stream and the broker is further */
	if (b->stream != TIM_NONE && (b->venue == TIM_NONE || b->stream >= b->venue))
		return b->stream;
	return b->venue != TIM_NONE ? b->venue : b->epoch;
}

struct bsym *
broker_sym(struct broker *b, const struct sym *sym)
{
	return MEM_AT(b->sym, b->sym_cap, sym->id);
}

void
broker_ask_in(struct broker *b, int64_t ns)
{
	if (b->mono + ns < b->ask_due)
		b->ask_due = b->mono + ns;
}

int64_t
broker_mult(const struct tws_contract *c)
{
	int64_t m;

	return c && tws_nano(c->multiplier, &m) && m >= NUM_NANO ? m / NUM_NANO : 1;
}

/* ---- time ---- */

/* What has waited too long for an answer makes an inquiry. */
static int
scan_order(struct broker *b, struct bk_order *o)
{
	int64_t late = b->mono - b->o.ack_ns;
	int rc = 0;

	if (o->external)
		return 0;
	if (o->st == W_ostat_pending_new && o->sent && o->sent_at <= late) {
		b->n.unknown++;
		ent_begin(&b->ent, "st");
		ent_i64(&b->ent, "o", o->no);
		ent_str(&b->ent, "st", str_z("unknown"));
		rc = broker_log(b);
		if (!rc)
			rc = report_status(
			    b, o, W_ostat_unknown, str_z("no answer: asking the broker"));
		if (!rc)
			rc = report_alert(b, W_sev_warn, "order_unknown", o->sym, NULL, NULL,
			    "no answer to order %.*s", STR_FMT(o->cl));
		broker_ask_in(b, 0);
	}
	if (o->cancel_sent && !o->cancel_late && o->cancel_at <= late) {
		o->cancel_late = true;
		broker_ask_in(b, 0);
	}
	if (o->chg_sent && !o->chg_late && o->chg_at <= late) {
		o->chg_late = true;
		broker_ask_in(b, 0);
	}
	return rc;
}

static int
scan(struct broker *b)
{
	b->scan_due = b->mono + SCAN_NS;
	for (struct bk_order *o = b->book->first, *next; o; o = next) {
		int rc;

		next = o->next;
		rc = scan_order(b, o);
		if (rc)
			return rc;
	}
	return 0;
}

/* A broker that cannot be reached from the gateway is as good as none. */
static int
check_lost(struct broker *b)
{
	if (b->conn == CONN_LOST && b->o.down_ns && b->mono - b->conn_at > b->o.down_ns)
		return err_set(b->err, ERR_NET, "the gateway has had no broker for --max-down");
	return 0;
}

int
broker_now(struct broker *b, int64_t mono, int64_t epoch)
{
	int rc;

	b->mono = mono;
	b->epoch = epoch;
	rc = exec_release(b, false);
	if (rc || b->conn == CONN_DOWN)
		return rc;
	if (b->conn == CONN_LOST)
		return check_lost(b);
	if (b->conn == CONN_READY && b->scan_due <= mono)
		rc = scan(b);
	if (!rc && b->ask.on && mono - b->ask.started > 2 * b->o.ack_ns + 5 * TIM_SEC) {
		b->ask.on = false;
		if (b->conn == CONN_RECONCILING || ++b->ask.failed >= 3) {
			b->l.drop(b->l.arg, "no answer to an inquiry");
			return 0;
		}
		rc = report_alert(b, W_sev_warn, "no_answer", NULL, NULL, NULL,
		    "the broker did not answer an inquiry");
		broker_ask_in(b, 0);
	}
	if (!rc && b->ask_due <= mono)
		rc = ask_start(b);
	if (!rc)
		rc = broker_flush(b);
	return rc;
}

int64_t
broker_wait(const struct broker *b)
{
	int64_t t = b->mono + TIM_SEC;

	if (b->conn == CONN_READY && b->book->first && b->scan_due < t)
		t = b->scan_due;
	if (b->ask_due < t && b->conn != CONN_DOWN && !b->ask.on)
		t = b->ask_due;
	if (b->nheld && b->held[0]->until < t)
		t = b->held[0]->until;
	return t > b->mono ? t - b->mono : 0;
}

bool
broker_ready(const struct broker *b)
{
	return b->conn == CONN_READY;
}

/* ---- the stream ---- */

static int64_t
usable_price(const struct rec *r)
{
	if (!quality_ok(r))
		return 0;
	switch (r->type) {
	case REC_trade: return r->trade.price;
	case REC_bar: return rec_has(r, F_bar_gap) || rec_has(r, F_bar_partial) ? 0 : r->bar.close;
	case REC_quote:
		if (r->quote.bid <= 0 || r->quote.ask <= 0)
			return 0;
		return (int64_t)num_div_even((num_i128)r->quote.bid + r->quote.ask, 2);
	default: return 0;
	}
}

static void
market(struct broker *b, const struct rec *r)
{
	struct bsym *s = broker_sym(b, r->sym);
	int64_t px = usable_price(r), known = rec_known(r);

	if (known > b->stream)
		b->stream = known;
	if (r->type == REC_quote)
		s->delayed = rec_has(r, F_quote_delayed) && r->quote.delayed;
	if (px > 0) {
		s->px = px;
		ledger_mark(b->book->ledger, r->sym, px);
	}
	s->trades |= r->type == REC_trade;
	if (r->type != REC_quote)
		algo_market(b, r);
}

int
broker_push(struct broker *b, const struct rec *r)
{
	switch (r->type) {
	case REC_trade:
	case REC_quote:
	case REC_bar: market(b, r); return 0;
	case REC_status:
		if (rec_has(r, F_status_state))
			b->past = r->status.state == W_sstate_history ||
				  (b->past && r->status.state != W_sstate_live);
		return 0;
	case REC_order:
	case REC_cancel:
	case REC_replace:
		if (r->ts > b->stream)
			b->stream = r->ts;
		return enter_record(b, r);
	default: return 0;
	}
}

int
broker_watermark(struct broker *b, int64_t ts)
{
	int rc;

	if (ts > b->stream)
		b->stream = ts;
	rc = algo_step(b);
	if (!rc)
		rc = exec_release(b, true);
	if (!rc)
		rc = broker_flush(b);
	return rc ? rc : report_account(b, ts, false);
}

const struct book *
broker_book(const struct broker *b)
{
	return b->book;
}

struct ledger *
broker_ledger(struct broker *b)
{
	return b->book->ledger;
}

const struct broker_counts *
broker_counts(const struct broker *b)
{
	return &b->n;
}

bool
broker_settled(const struct broker *b)
{
	if (b->nout || b->nheld || b->nwhatif)
		return false;
	for (const struct bk_order *o = b->book->first; o; o = o->next)
		if (!o->external && (o->st != W_ostat_new || o->cancel || o->chg_cl.n))
			return false;
	return true;
}

bool
broker_idle(const struct broker *b)
{
	if (b->nout || b->nheld || b->nwhatif)
		return false;
	for (const struct bk_order *o = b->book->first; o; o = o->next)
		if (!o->external)
			return false;
	for (const struct bk_algo *a = b->book->algos; a; a = a->next)
		if (!bk_final(a->st))
			return false;
	return true;
}
