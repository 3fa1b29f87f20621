/* Connections come and go. Nothing is taken from the pipe unless one is up and reconciled. */
#include "broker/engine.h"

#include <stdio.h>
#include <string.h>

/* ---- the account ---- */

static bool
in_list(struct str list, struct str name)
{
	for (size_t at = 0; at < list.n;) {
		const char *comma = memchr(list.p + at, ',', list.n - at);
		size_t n = comma ? (size_t)(comma - list.p) - at : list.n - at;

		if (str_eq((struct str){ list.p + at, n }, name))
			return true;
		at += n + 1;
	}
	return false;
}

static bool
is_paper(struct str account)
{
	return account.n > 2 && account.p[0] == 'D' && (account.p[1] == 'U' || account.p[1] == 'F');
}

/* Which account we trade; the login may have several, and one may be of real money. */
static int
choose(struct broker *b, struct str list, struct str *account)
{
	const char *comma = list.n ? memchr(list.p, ',', list.n) : NULL;
	const char *want = b->o.live ? b->o.live : b->o.account;

	while (list.n && list.p[list.n - 1] == ',')
		list.n--;
	*account = want ? str_z(want) : list;
	if (b->o.live && b->o.account && strcmp(b->o.live, b->o.account) != 0)
		return err_set(b->err, ERR_USAGE, "--live %s and --account %s differ", b->o.live,
		    b->o.account);
	if (want && !in_list(list, *account))
		return err_set(b->err, ERR_USAGE, "account %s is not of this login, which has %.*s",
		    want, STR_FMT(list));
	if (!want && comma && (size_t)(comma - list.p) < list.n)
		return err_set(b->err, ERR_USAGE,
		    "the login has several accounts (%.*s): choose one with --account",
		    STR_FMT(list));
	if (!b->o.live && !is_paper(*account))
		return err_set(b->err, ERR_USAGE,
		    "%.*s is no paper account (DU..., DF...): real money needs --live %.*s",
		    STR_FMT(*account), STR_FMT(*account));
	return 0;
}

static int
set_account(struct broker *b, struct str accounts)
{
	struct str account;
	int rc = choose(b, accounts, &account);

	if (rc)
		return rc;
	if (b->book->account.n == 0) {
		ent_begin(&b->ent, "head");
		ent_i64(&b->ent, "v", 1);
		ent_str(&b->ent, "account", account);
		ent_i64(&b->ent, "client", b->client);
		return broker_log(b);
	}
	if (!str_eq(b->book->account, account))
		return err_set(b->err, ERR_USAGE, "the journal is of account %.*s, not %.*s",
		    STR_FMT(b->book->account), STR_FMT(account));
	return 0;
}

/* ---- up and down ---- */

/* What was under way may have got there, or not. */
static void
forget_requests(struct broker *b)
{
	for (struct bk_order *o = b->book->first; o; o = o->next) {
		o->cancel_sent = o->cancel_late = false;
		o->probed = false;
		o->chg_late = o->chg_cl.n > 0;
		o->absent = 0;
	}
	b->nwhatif = 0;
	b->ndiff = 0;
	ask_forget(b);
}

int
broker_up(struct broker *b, int64_t next_valid_id, struct str accounts)
{
	struct tws_request q;
	int rc = set_account(b, accounts);

	if (rc)
		return rc;
	/* a gateway that was restarted may offer ids again that it gave out before */
	if (next_valid_id > b->next_id && next_valid_id < TWS_REQ_ID_FIRST)
		b->next_id = next_valid_id;
	if (b->book->last_id >= b->next_id)
		b->next_id = b->book->last_id + 1;
	forget_requests(b);
	b->down_why[0] = '\0';
	b->conn = CONN_RECONCILING;
	b->conn_at = b->filled_at = b->mono;
	if (b->o.clock != BROKER_WALL) {
		tws_request_init(&q, TWS_Q_req_current_time);
		b->l.send(b->l.arg, &q);
	}
	return ask_start(b);
}

int
broker_down(struct broker *b, const char *why)
{
	int rc = 0;

	/* tries that fail one after the other are told when the reason is another one */
	if (b->conn != CONN_DOWN || strncmp(why, b->down_why, sizeof b->down_why - 1) != 0) {
		snprintf(b->down_why, sizeof b->down_why, "%s", why);
		rc = report_conn(b, W_sstate_disconnected, why);
		if (b->conn == CONN_DOWN)
			broker_note(b, 1, "not connected: %s", why);
	}
	b->conn = CONN_DOWN;
	b->conn_at = b->mono;
	if (!rc)
		rc = broker_flush(b); /* ends what was entered and never left */
	forget_requests(b);
	return rc;
}

int
conn_lost(struct broker *b, const char *why)
{
	if (b->conn == CONN_LOST || b->conn == CONN_DOWN)
		return 0;
	b->conn = CONN_LOST;
	b->conn_at = b->mono;
	forget_requests(b);
	return report_conn(b, W_sstate_disconnected, why);
}

int
conn_back(struct broker *b)
{
	if (b->conn == CONN_DOWN)
		return 0;
	if (b->conn != CONN_RECONCILING) {
		forget_requests(b);
		b->conn = CONN_RECONCILING;
		b->conn_at = b->mono;
	}
	return ask_start(b);
}

/* After a reconnect the pipe is told what is there: statuses of all that works, the account. */
int
conn_ready(struct broker *b)
{
	char text[100];
	int rc;

	b->conn = CONN_READY;
	b->n.reconciled++;
	snprintf(text, sizeof text, "reconciled in %lld ms: %zu working orders",
	    (long long)((b->mono - b->conn_at) / TIM_MS), b->book->nlive);
	rc = exec_release(b, true);
	if (!rc)
		rc = report_conn(b, W_sstate_connected, text);
	for (struct bk_order *o = b->book->first; o && !rc; o = o->next)
		if (!o->algo)
			rc = report_status(b, o, o->st, (struct str){ NULL, 0 });
	for (struct bk_algo *a = b->book->algos; a && !rc; a = a->next)
		if (!bk_final(a->st))
			rc = report_algo(b, a, a->st, (struct str){ NULL, 0 });
	if (!rc)
		rc = report_account(b, broker_stamp(b), true);
	for (struct bk_order *o = b->book->first, *next; o && !rc; o = next) {
		next = o->next;
		if (o->cancel && !o->cancel_sent)
			rc = enter_out(b, o, OUT_CANCEL);
	}
	if (!rc)
		rc = algo_step(b);
	return rc ? rc : broker_flush(b);
}

/* ---- events ---- */

static void
keep_time(struct broker *b, int64_t t)
{
	if (t != TIM_NONE && t > b->venue)
		b->venue = t;
}

int
broker_event(struct broker *b, const struct tws_event *ev)
{
	if (b->conn == CONN_DOWN)
		return 0;
	switch (ev->kind) {
	case TWS_E_order_status: return event_order_status(b, &ev->order_status);
	case TWS_E_open_order: return event_open_order(b, &ev->open_order);
	case TWS_E_exec_details:
		keep_time(b, b->l.time_of(b->l.arg, ev->exec_details.time));
		return exec_details(b, &ev->exec_details);
	case TWS_E_commission_report: return exec_commission(b, &ev->commission_report);
	case TWS_E_error: return event_error(b, &ev->error);
	case TWS_E_next_valid_id:
		if (ev->next_valid_id.order_id > b->next_id &&
		    ev->next_valid_id.order_id < TWS_REQ_ID_FIRST)
			b->next_id = ev->next_valid_id.order_id;
		return 0;
	case TWS_E_current_time:
		if (b->o.clock != BROKER_WALL)
			keep_time(b, ev->current_time.time * TIM_SEC);
		return 0;
	default: return ask_event(b, ev);
	}
}
