/* The account as clients see it: positions, values, summary, profit and loss. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/gate.h"

#include "base/mem.h"

#define UPDATE_EVERY (180 * TIM_SEC) /* account values, when no position changes */

const char *
sim_account_name(const struct sim *s, char *o)
{
	size_t n = strcspn(s->o->accounts, ",");

	if (n > 23)
		n = 23;
	memcpy(o, s->o->accounts, n);
	o[n] = '\0';
	return o;
}

/* ---- positions ---- */

/* The average cost per contract; of futures times the multiplier. */
static int64_t
avg_cost(const struct ledger_pos *p)
{
	return p && p->qty ? ledger_avg_price(p) * p->mult : 0;
}

static void
send_position(struct sim *s, struct conn *c, const struct inst *in, int64_t multi_id)
{
	const struct ledger_pos *p = ledger_pos(account_ledger(s->account), in->sym);
	struct tws_contract k;
	struct tws_event ev;
	char account[24];

	inst_contract(in, "", &k);
	sim_account_name(s, account);
	if (multi_id >= 0) {
		tws_event_init(&ev, TWS_E_position_multi);
		ev.position_multi.req_id = multi_id;
		ev.position_multi.account = str_z(account);
		ev.position_multi.contract = k;
		ev.position_multi.position = p ? p->qty : 0;
		ev.position_multi.avg_cost = avg_cost(p);
	} else {
		tws_event_init(&ev, TWS_E_position);
		ev.position.account = str_z(account);
		ev.position.contract = k;
		ev.position.position = p ? p->qty : 0;
		ev.position.avg_cost = avg_cost(p);
	}
	conn_send(s, c, &ev);
}

static void
all_positions(struct sim *s, struct conn *c, int64_t multi_id)
{
	struct ledger *l = account_ledger(s->account);

	for (uint32_t i = 0; i < ledger_count(l); i++) {
		const struct ledger_pos *p = ledger_at(l, i);

		if (p->sym && p->qty)
			send_position(s, c, inst_get(s, p->sym), multi_id);
	}
}

void
on_positions(struct sim *s, struct conn *c)
{
	struct tws_event ev;

	c->positions = true;
	all_positions(s, c, -1);
	tws_event_init(&ev, TWS_E_position_end);
	conn_send(s, c, &ev);
}

void
on_positions_multi(struct sim *s, struct conn *c, int64_t id)
{
	struct tws_event ev;

	all_positions(s, c, id);
	tws_event_init(&ev, TWS_E_position_multi_end);
	ev.position_multi_end.req_id = id;
	conn_send(s, c, &ev);
}

/* ---- values ---- */

struct values {
	int64_t cash, equity, gross, init, maint, realized, unrealized;
	int64_t commission;
};

static void
values_now(struct sim *s, struct values *v)
{
	struct ledger *l = account_ledger(s->account);
	struct ledger_totals t;

	ledger_totals_now(l, &t);
	*v = (struct values){ t.cash, t.equity, t.gross, 0, 0, t.realized, t.unrealized,
		t.commission };
	num_micro_of(num_of_micro(t.gross) * s->o->account.margin, &v->init);
	num_micro_of(num_of_micro(t.gross) * s->o->account.maintenance, &v->maint);
}

enum value_key {
	V_CODE,
	V_TYPE,
	V_CASH,
	V_EQUITY,
	V_GROSS,
	V_INIT,
	V_MAINT,
	V_AVAILABLE,
	V_EXCESS,
	V_POWER,
	V_REALIZED,
	V_UNREALIZED,
	V_ZERO,
	V_CUSHION,
	V_LEVERAGE
};

static const struct {
	const char *key;
	enum value_key what;
	bool summary; /* a tag of reqAccountSummary, too */
} value_keys[] = { { "AccountCode", V_CODE, false }, { "AccountType", V_TYPE, true },
	{ "AccountReady", V_CODE, false }, { "NetLiquidation", V_EQUITY, true },
	{ "TotalCashValue", V_CASH, true }, { "SettledCash", V_CASH, true },
	{ "AccruedCash", V_ZERO, true }, { "BuyingPower", V_POWER, true },
	{ "EquityWithLoanValue", V_EQUITY, true },
	{ "PreviousDayEquityWithLoanValue", V_EQUITY, true },
	{ "GrossPositionValue", V_GROSS, true }, { "InitMarginReq", V_INIT, true },
	{ "MaintMarginReq", V_MAINT, true }, { "AvailableFunds", V_AVAILABLE, true },
	{ "ExcessLiquidity", V_EXCESS, true }, { "FullInitMarginReq", V_INIT, true },
	{ "FullMaintMarginReq", V_MAINT, true }, { "FullAvailableFunds", V_AVAILABLE, true },
	{ "FullExcessLiquidity", V_EXCESS, true }, { "Cushion", V_CUSHION, true },
	{ "Leverage", V_LEVERAGE, true }, { "CashBalance", V_CASH, false },
	{ "RealizedPnL", V_REALIZED, false }, { "UnrealizedPnL", V_UNREALIZED, false } };

#define NKEYS (sizeof value_keys / sizeof value_keys[0])

static int64_t
money(const struct sim *s, const struct values *v, enum value_key k)
{
	double margin = s->o->account.margin;

	switch (k) {
	case V_CASH: return v->cash;
	case V_EQUITY: return v->equity;
	case V_GROSS: return v->gross;
	case V_INIT: return v->init;
	case V_MAINT: return v->maint;
	case V_AVAILABLE: return v->equity - v->init;
	case V_EXCESS: return v->equity - v->maint;
	case V_POWER: {
		int64_t p = v->equity - v->init;

		num_micro_of(num_of_micro(p) / (margin > 0 ? margin : 1), &p);
		return p;
	}
	case V_REALIZED: return v->realized;
	case V_UNREALIZED: return v->unrealized;
	default: return 0;
	}
}

/* The value as text, and the currency it is in ("" for none). */
static const char *
value_text(const struct sim *s, const struct values *v, size_t i, char *o, const char **currency)
{
	enum value_key k = value_keys[i].what;

	*currency = "";
	if (k == V_CODE)
		return strcmp(value_keys[i].key, "AccountReady") == 0 ? strcpy(o, "true")
								      : sim_account_name(s, o);
	if (k == V_TYPE)
		return strcpy(o, "INDIVIDUAL");
	if (k == V_CUSHION || k == V_LEVERAGE) {
		double e = num_of_micro(v->equity),
		       x = k == V_LEVERAGE ? num_of_micro(v->gross) : e - num_of_micro(v->maint);

		snprintf(o, 32, "%.4f", e > 0 ? x / e : 0.0);
		return o;
	}
	*currency = "USD";
	*num_put_cash(o, money(s, v, k)) = '\0';
	return o;
}

/* ---- reqAccountUpdates ---- */

static void
send_values(struct sim *s, struct conn *c)
{
	struct values v;
	char account[24];

	values_now(s, &v);
	sim_account_name(s, account);
	for (size_t i = 0; i < NKEYS; i++) {
		struct tws_event ev;
		char text[NUM_MAX];
		const char *currency;

		tws_event_init(&ev, TWS_E_account_value);
		ev.account_value.key = str_z(value_keys[i].key);
		ev.account_value.value = str_z(value_text(s, &v, i, text, &currency));
		ev.account_value.currency = str_z(currency);
		ev.account_value.account = str_z(account);
		conn_send(s, c, &ev);
	}
}

static void
send_portfolio(struct sim *s, struct conn *c, const struct inst *in)
{
	const struct ledger_pos *p = ledger_pos(account_ledger(s->account), in->sym);
	struct tws_event ev;
	char account[24];
	int64_t value = 0;

	if (!p)
		return;
	num_notional(p->mark, p->qty * p->mult, &value);
	tws_event_init(&ev, TWS_E_portfolio_value);
	inst_contract(in, "", &ev.portfolio_value.contract);
	ev.portfolio_value.contract.right = str_z("0");
	ev.portfolio_value.position = p->qty;
	ev.portfolio_value.market_price = p->mark;
	ev.portfolio_value.market_value = value;
	ev.portfolio_value.average_cost = avg_cost(p);
	ev.portfolio_value.unrealized_pnl = ledger_unrealized(p);
	ev.portfolio_value.realized_pnl = p->realized;
	ev.portfolio_value.account = str_z(sim_account_name(s, account));
	conn_send(s, c, &ev);
}

static void
send_update_time(struct sim *s, struct conn *c)
{
	struct tws_event ev;
	int64_t min = tim_floor(tz_to_local(s->zone, s->now), TIM_MIN) / TIM_MIN;
	char t[8];

	min = (min % 1440 + 1440) % 1440;
	snprintf(t, sizeof t, "%02d:%02d", (int)(min / 60), (int)(min % 60));
	tws_event_init(&ev, TWS_E_account_update_time);
	ev.account_update_time.time = str_z(t);
	conn_send(s, c, &ev);
}

static void
send_updates(struct sim *s, struct conn *c)
{
	struct ledger *l = account_ledger(s->account);

	send_values(s, c);
	for (uint32_t i = 0; i < ledger_count(l); i++)
		if (ledger_at(l, i)->sym)
			send_portfolio(s, c, inst_get(s, ledger_at(l, i)->sym));
	send_update_time(s, c);
}

void
on_account_updates(struct sim *s, struct conn *c, const struct tws_q_req_account_updates *q)
{
	struct tws_event ev;
	char name[24];
	struct str asked = q->account.n ? q->account : str_z(sim_account_name(s, name));

	if (!q->subscribe) {
		c->updates = false;
		return;
	}
	if (c->updates && !str_eqz(asked, c->updates_account))
		conn_error(s, c, -1, 2100,
		    "New account data requested from TWS. API client has been unsubscribed from "
		    "account data.");
	c->updates = true;
	snprintf(c->updates_account, sizeof c->updates_account, "%.*s", STR_FMT(asked));
	send_updates(s, c);
	tws_event_init(&ev, TWS_E_account_download_end);
	ev.account_download_end.account = asked;
	conn_send(s, c, &ev);
}

void
on_account_updates_multi(
    struct sim *s, struct conn *c, const struct tws_q_req_account_updates_multi *q)
{
	struct values v;
	struct tws_event ev;
	char account[24];

	values_now(s, &v);
	sim_account_name(s, account);
	for (size_t i = 0; i < NKEYS; i++) {
		char text[NUM_MAX];
		const char *currency;

		tws_event_init(&ev, TWS_E_account_update_multi);
		ev.account_update_multi.req_id = q->req_id;
		ev.account_update_multi.account = str_z(account);
		ev.account_update_multi.model_code = q->model_code;
		ev.account_update_multi.key = str_z(value_keys[i].key);
		ev.account_update_multi.value = str_z(value_text(s, &v, i, text, &currency));
		ev.account_update_multi.currency = str_z(currency);
		conn_send(s, c, &ev);
	}
	tws_event_init(&ev, TWS_E_account_update_multi_end);
	ev.account_update_multi_end.req_id = q->req_id;
	conn_send(s, c, &ev);
}

/* ---- summary ---- */

static bool
has_tag(const char *list, const char *tag)
{
	size_t n = strlen(tag);

	for (const char *p = list; *p;) {
		size_t k = strcspn(p, ",");

		if ((k == n && memcmp(p, tag, n) == 0) || (k >= 7 && memcmp(p, "$LEDGER", 7) == 0))
			return true;
		p += k + (p[k] == ',');
	}
	return *list == '\0';
}

static void
send_summary(struct sim *s, struct sub *u)
{
	struct values v;
	struct tws_event ev;
	char account[24];

	values_now(s, &v);
	sim_account_name(s, account);
	for (size_t i = 0; i < NKEYS; i++) {
		char text[NUM_MAX];
		const char *currency;

		if (!value_keys[i].summary || !has_tag(u->text, value_keys[i].key))
			continue;
		tws_event_init(&ev, TWS_E_account_summary);
		ev.account_summary.req_id = u->id;
		ev.account_summary.account = str_z(account);
		ev.account_summary.tag = str_z(value_keys[i].key);
		ev.account_summary.value = str_z(value_text(s, &v, i, text, &currency));
		ev.account_summary.currency = str_z(currency);
		conn_send(s, u->c, &ev);
	}
	u->told = s->now;
}

void
on_account_summary(struct sim *s, struct conn *c, const struct tws_q_req_account_summary *q)
{
	struct sub *u = sub_find(c, SUB_SUMMARY, q->req_id);
	struct tws_event ev;

	if (!u)
		u = sub_new(s, c, NULL, SUB_SUMMARY, q->req_id);
	snprintf(u->text, sizeof u->text, "%.*s", STR_FMT(q->tags));
	send_summary(s, u);
	tws_event_init(&ev, TWS_E_account_summary_end);
	ev.account_summary_end.req_id = q->req_id;
	conn_send(s, c, &ev);
}

/* ---- profit and loss ---- */

/* What there is now; the day's is that of the run. */
static void
send_pnl(struct sim *s, struct sub *u, bool first)
{
	struct values v;
	struct tws_event ev;
	int64_t daily;

	values_now(s, &v);
	daily = v.equity - s->o->account.capital;
	if (!first && u->sent[0] == daily && u->sent[1] == v.unrealized)
		return;
	u->sent[0] = daily;
	u->sent[1] = v.unrealized;
	tws_event_init(&ev, TWS_E_pnl);
	ev.pnl.req_id = u->id;
	ev.pnl.daily = first ? TWS_UNSET : daily;
	ev.pnl.unrealized = first ? TWS_UNSET : v.unrealized;
	ev.pnl.realized = first ? TWS_UNSET : v.realized;
	if (first)
		u->sent[0] = INT64_MIN;
	conn_send(s, u->c, &ev);
}

static void
send_pnl_single(struct sim *s, struct sub *u, bool first)
{
	const struct ledger_pos *p = ledger_pos(account_ledger(s->account), u->in->sym);
	struct tws_event ev;
	int64_t value = 0, un = p ? ledger_unrealized(p) : 0, re = p ? p->realized : 0;

	if (p)
		num_notional(p->mark, p->qty * p->mult, &value);
	if (!first && u->sent[0] == value && u->sent[1] == re)
		return;
	u->sent[0] = first ? INT64_MIN : value;
	u->sent[1] = re;
	tws_event_init(&ev, TWS_E_pnl_single);
	ev.pnl_single.req_id = u->id;
	ev.pnl_single.position = p ? p->qty : 0;
	ev.pnl_single.daily = first ? TWS_UNSET : un + re;
	ev.pnl_single.unrealized = first ? TWS_UNSET : un;
	ev.pnl_single.realized = first ? TWS_UNSET : re;
	ev.pnl_single.value = first ? TWS_UNSET : value;
	conn_send(s, u->c, &ev);
}

void
on_pnl(struct sim *s, struct conn *c, int64_t id)
{
	if (sub_find(c, SUB_PNL, id))
		conn_error(s, c, id, 102, "Duplicate ticker ID.");
	else
		send_pnl(s, sub_new(s, c, NULL, SUB_PNL, id), true);
}

void
on_pnl_single(struct sim *s, struct conn *c, int64_t id, int64_t con_id)
{
	struct inst *in = NULL;

	for (size_t i = 0; i < s->ninst; i++)
		if (s->inst[i] && s->inst[i]->con_id == con_id)
			in = s->inst[i];
	if (!in)
		conn_error(s, c, id, 200, "No security definition has been found for the request");
	else if (sub_find(c, SUB_PNL_SINGLE, id))
		conn_error(s, c, id, 102, "Duplicate ticker ID.");
	else
		send_pnl_single(s, sub_new(s, c, in, SUB_PNL_SINGLE, id), true);
}

/* ---- when something changes ---- */

void
books_changed(struct sim *s, struct inst *in)
{
	for (size_t i = 0; i < s->nconn; i++) {
		struct conn *c = s->conn[i];

		if (c->state != CONN_STARTED || c->dead || c->mute)
			continue;
		if (c->positions)
			send_position(s, c, in, -1);
		if (c->updates) {
			send_portfolio(s, c, in);
			send_values(s, c);
		}
	}
}

void
books_second(struct sim *s)
{
	bool minutes = s->now % UPDATE_EVERY < TIM_SEC;

	for (size_t i = 0; i < s->nconn; i++) {
		struct conn *c = s->conn[i];

		if (c->state != CONN_STARTED || c->dead)
			continue;
		if (minutes && c->updates)
			send_updates(s, c);
		for (struct sub *u = c->subs; u; u = u->cnext) {
			if (u->kind == SUB_PNL)
				send_pnl(s, u, false);
			else if (u->kind == SUB_PNL_SINGLE)
				send_pnl_single(s, u, false);
			else if (u->kind == SUB_SUMMARY && minutes && s->now - u->told > TIM_MIN)
				send_summary(s, u);
		}
	}
}

void
books_what_if(struct sim *s, const struct inst *in, const struct tws_q_place_order *q,
    struct tws_order_state *st)
{
	const struct ledger_pos *p = ledger_pos(account_ledger(s->account), in->sym);
	int64_t px = q->order.lmt_price, qty = sim_terms_qty(in, &q->order), more = 0, held = 0,
		comm = 0;
	struct commission sched;
	struct values v;
	struct err e;
	bool buy = str_eqz(q->order.action, "BUY");
	num_i128 after;

	values_now(s, &v);
	if (!tws_set(px) || px <= 0)
		px = buy && in->ask > 0 ? in->ask : in->bid > 0 ? in->bid : in->last;
	after = (num_i128)(p ? p->qty : 0) + (buy ? qty : -qty);
	after = after < 0 ? -after : after;
	if (px > 0 && after * in->in->multiplier < INT64_MAX / 4) {
		num_notional(px, (int64_t)after * in->in->multiplier, &more);
		num_notional(
		    px, (p ? (p->qty < 0 ? -p->qty : p->qty) : 0) * in->in->multiplier, &held);
	}
	if (commission_parse(s->o->account.commission, &sched, &e) == 0 && px > 0)
		comm = commission_of(&sched, in->in, qty, (num_i128)qty * px, 0);
	st->init_margin_before = v.init;
	st->maint_margin_before = v.maint;
	st->equity_with_loan_before = v.equity;
	num_micro_of(num_of_micro(more - held) * s->o->account.margin, &st->init_margin_change);
	num_micro_of(
	    num_of_micro(more - held) * s->o->account.maintenance, &st->maint_margin_change);
	st->equity_with_loan_change = -comm;
	st->init_margin_after = v.init + st->init_margin_change;
	st->maint_margin_after = v.maint + st->maint_margin_change;
	st->equity_with_loan_after = v.equity - comm;
	st->commission = comm;
	st->commission_currency = str_z(in->currency);
}
