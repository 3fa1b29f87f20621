/* Orders at the simulated gateway: what it says about them, in which order, with which codes. */
#include "t_sim.h"

static struct world w;
static struct client c;

static void
begin(const char *script)
{
	c_begin(&c, &w, script);
}

static void
end(void)
{
	c_end(&c);
}

static void
steps(int n)
{
	c_steps(&c, n);
}

/* The kinds and states of what came since `from`, without answers about time. */
static const char *
story(size_t from)
{
	static char text[2000];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = from; i < c.n && n < sizeof text - 100; i++) {
		const struct tws_event *e = &c.ev[i];
		struct str s = { NULL, 0 };

		if (e->kind == TWS_E_current_time)
			continue;
		if (e->kind == TWS_E_open_order)
			s = e->open_order.state.status;
		if (e->kind == TWS_E_order_status)
			s = e->order_status.status;
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%s%s%.*s", n ? " " : "",
		    tws_event_name(e->kind), s.n ? ":" : "", STR_FMT(s));
		if (e->kind == TWS_E_error)
			n += (size_t)snprintf(text + n, sizeof text - n, ":%d", (int)e->error.code);
	}
	return text;
}

/* The sequence that rust-ibapi recorded from a paper gateway (PROTOCOL.md, section 8). */
static void
test_fill(void)
{
	size_t from;
	int64_t px;
	const struct tws_event *e;

	begin(NULL);
	from = c.n;
	c_order(&c, 1, "BUY", 100, 0);
	steps(1);
	is_str(story(from),
	    "open_order:PreSubmitted order_status:PreSubmitted exec_details open_order:Filled "
	    "order_status:Filled open_order:Filled commission_report",
	    "an order that fills at once is told as recorded");
	e = c_next(&c, TWS_E_exec_details);
	ok(e->exec_details.perm_id > INT32_MAX, "permId is above 2^31");
	is_i64(e->exec_details.req_id, -1, "nobody asked for it");
	ok(str_eqz(e->exec_details.order_ref, "ref"), "it bears the order's reference");
	ok(str_eqz(e->exec_details.side, "BOT"), "bought");
	is_i64(e->exec_details.cum_qty, 100 * NUM_NANO, "all of it");
	px = e->exec_details.price;
	e = c_next(&c, TWS_E_order_status);
	ok(e && e->order_status.filled == 100 * NUM_NANO && e->order_status.remaining == 0 &&
		e->order_status.avg_fill_price == px && e->order_status.last_fill_price == px,
	    "the status says the same");
	e = c_next(&c, TWS_E_commission_report);
	is_i64(e->commission_report.commission, NUM_MICRO, "commission as of the schedule");
	ok(!tws_set(e->commission_report.realized_pnl), "no profit of an opening trade");
	c_order(&c, 2, "SELL", 40, 0);
	steps(2);
	e = c_next(&c, TWS_E_commission_report);
	ok(e && tws_set(e->commission_report.realized_pnl), "profit of a closing one");
	is_i64(w_position(&w, "SYM01"), 60, "and the position is right");
	end();
}

static void
test_rest(void)
{
	struct tws_request q;
	const struct tws_event *e;
	int64_t perm;
	size_t from;

	begin(NULL);
	steps(2); /* there is a price */
	c_order(&c, 1, "BUY", 100, 5000);
	e = c_next(&c, TWS_E_open_order);
	perm = e->open_order.order.perm_id;
	is_str(c_status(&c, 1), "Submitted", "a limit order works");
	ok(e->open_order.order.client_id == 7 && e->open_order.order.lmt_price == 50 * NUM_NANO,
	    "and is told back");
	c_order(&c, 1, "BUY", 80, 5100);
	e = c_next(&c, TWS_E_open_order);
	ok(e && e->open_order.order.perm_id == perm &&
		e->open_order.order.lmt_price == 51 * NUM_NANO &&
		e->open_order.order.total_quantity == 80 * NUM_NANO,
	    "modified by the same id, it keeps its permId");
	order_init(&q, 1, "SELL", 80, "LMT");
	q.place_order.order.lmt_price = 51 * NUM_NANO;
	c_send(&c, &q);
	is_i64((int64_t)c_errors(&c, 105), 1, "its side cannot change");
	order_init(&q, 1, "BUY", 80, "LMT");
	q.place_order.order.lmt_price = 51 * NUM_NANO + 1000000;
	c_send(&c, &q);
	is_i64((int64_t)c_errors(&c, 110), 1, "off the tick: 110");
	c_order(&c, 1, "BUY", 90000000, 5100);
	is_i64((int64_t)c_errors(&c, 329), 1, "more than the account carries: 329");
	c.seen = c.n;
	c_ask(&c, TWS_Q_req_open_orders);
	e = c_next(&c, TWS_E_open_order);
	ok(e && e->open_order.order.total_quantity == 80 * NUM_NANO, "the old order lives on");
	ok(c_next(&c, TWS_E_order_status) && c_next(&c, TWS_E_open_order_end), "and the end");
	from = c.n;
	c_cancel(&c, 1);
	is_str(story(from), "order_status:Cancelled error:202", "a cancel is told as recorded");
	c_cancel(&c, 1);
	is_i64((int64_t)c_errors(&c, 10148), 1, "twice: 10148");
	c_cancel(&c, 99);
	is_i64((int64_t)c_errors(&c, 10147), 1, "never heard of: 10147");
	c_order(&c, 1, "BUY", 100, 5000);
	is_i64((int64_t)c_errors(&c, 103), 1, "an id of old: 103");
	end();
}

static void
refused(int64_t id, struct tws_request *q, int64_t code, const char *what)
{
	size_t n = c_errors(&c, code);

	c_send(&c, q);
	ok(c_errors(&c, code) == n + 1 && c.ev[c.n - 1].error.id == id, "%s: %d", what, (int)code);
}

static void
test_refused(void)
{
	struct tws_request q;

	begin(NULL);
	order_init(&q, 1, "BUY", 0, "MKT");
	refused(1, &q, 201, "no quantity");
	order_init(&q, 2, "HOLD", 1, "MKT");
	refused(2, &q, 201, "no side");
	order_init(&q, 3, "BUY", 1, "MAGIC");
	refused(3, &q, 201, "no such type");
	order_init(&q, 4, "BUY", 1, "LMT");
	refused(4, &q, 201, "no limit");
	order_init(&q, 5, "BUY", 1, "STP");
	refused(5, &q, 201, "no stop");
	order_init(&q, 6, "BUY", 1, "TRAIL");
	refused(6, &q, 201, "no trail");
	order_init(&q, 7, "BUY", 1, "MKT");
	q.place_order.order.tif = str_z("GTD");
	refused(7, &q, 201, "no date");
	order_init(&q, 8, "BUY", 1, "MKT");
	q.place_order.contract = stock("NOPE");
	refused(8, &q, 200, "no contract");
	order_init(&q, 9, "BUY", 10000000, "MKT");
	steps(2);
	refused(9, &q, 201, "no money");
	order_init(&q, 10, "BUY", 1, "MKT");
	q.place_order.order.parent_id = 77;
	refused(10, &q, 201, "no parent");
	is_i64((int64_t)c_count(&c, TWS_E_order_status), 0, "none of them has a status");
	c_ask(&c, TWS_Q_req_all_open_orders);
	is_i64((int64_t)c_count(&c, TWS_E_open_order), 0, "or lives");
	end();
	w_init(&w);
	w.o.read_only = true;
	w_open(&w, NULL);
	c_open(&c, &w, 7, true);
	order_init(&q, 1, "BUY", 1, "MKT");
	refused(1, &q, 321, "read-only");
	end();
}

static void
test_what_if(void)
{
	struct tws_request q;
	const struct tws_event *e;

	begin(NULL);
	steps(2);
	order_init(&q, 1, "BUY", 100, "LMT");
	q.place_order.order.lmt_price = 100 * NUM_NANO;
	q.place_order.order.what_if = true;
	c_send(&c, &q);
	e = c_next(&c, TWS_E_open_order);
	ok(e && e->open_order.order.what_if &&
		e->open_order.state.init_margin_change == 5000 * NUM_MICRO &&
		e->open_order.state.commission == NUM_MICRO,
	    "half of 10,000 is the margin, a dollar the commission");
	is_i64((int64_t)w.s.norders, 0, "and no order was made");
	is_i64((int64_t)c_count(&c, TWS_E_order_status), 0, "nor a status");
	end();
}

static void
bracket(int64_t id, int64_t parent_cents)
{
	struct tws_request q;

	order_init(&q, id, "BUY", 10, parent_cents ? "LMT" : "MKT");
	if (parent_cents)
		q.place_order.order.lmt_price = parent_cents * (NUM_NANO / 100);
	q.place_order.order.transmit = false;
	c_send(&c, &q);
	order_init(&q, id + 1, "SELL", 10, "LMT");
	q.place_order.order.lmt_price = 200 * NUM_NANO;
	q.place_order.order.parent_id = id;
	q.place_order.order.transmit = false;
	c_send(&c, &q);
	order_init(&q, id + 2, "SELL", 10, "STP");
	q.place_order.order.aux_price = 50 * NUM_NANO;
	q.place_order.order.parent_id = id;
	is_i64((int64_t)c_count(&c, TWS_E_open_order), 0, "kept back until the last is sent");
	c_send(&c, &q);
}

static void
test_bracket(void)
{
	begin(NULL);
	bracket(1, 0);
	is_i64((int64_t)c_count(&c, TWS_E_open_order), 3, "then all are told");
	is_str(c_status(&c, 2), "PreSubmitted", "the children wait");
	ok(str_eqz(c.ev[c.n - 1].order_status.why_held, "child"), "for their parent");
	steps(2);
	is_str(c_status(&c, 1), "Filled", "it fills");
	is_str(c_status(&c, 2), "Submitted", "the target works");
	is_str(c_status(&c, 3), "PreSubmitted", "the stop waits for its price");
	w.s.conn[0]->steps = 0;
	order_force(&w.s, order_of(&w.s, 7, 2), 0, 0);
	c_pump(&c);
	is_str(c_status(&c, 2), "Filled", "one child fills");
	is_str(c_status(&c, 3), "Cancelled", "the other goes");
	is_i64(w_position(&w, "SYM01"), 0, "and nothing is left");
	end();
	begin(NULL);
	bracket(1, 5000);
	c_cancel(&c, 1);
	is_i64((int64_t)c_errors(&c, 202), 3, "a parent that is cancelled takes its children");
	end();
}

static void
test_oca(void)
{
	struct tws_request q;

	begin(NULL);
	for (int i = 1; i <= 3; i++) {
		order_init(&q, i, "BUY", 10, "LMT");
		q.place_order.order.lmt_price = i * NUM_NANO;
		q.place_order.order.oca_group = str_z("g");
		q.place_order.order.oca_type = 1;
		c_send(&c, &q);
	}
	order_force(&w.s, order_of(&w.s, 7, 2), 0, 0);
	c_pump(&c);
	is_str(c_status(&c, 1), "Cancelled", "one fills, the first goes");
	is_str(c_status(&c, 3), "Cancelled", "and the third");
	end();
}

static void
test_tif(void)
{
	struct tws_request q;

	begin(NULL);
	order_init(&q, 1, "BUY", 10, "LMT");
	q.place_order.order.lmt_price = NUM_NANO;
	q.place_order.order.tif = str_z("IOC");
	c_send(&c, &q);
	order_init(&q, 2, "BUY", 10, "LMT");
	q.place_order.order.lmt_price = NUM_NANO;
	q.place_order.order.tif = str_z("GTD");
	q.place_order.order.good_till_date = str_z("20240102-14:30:20");
	c_send(&c, &q);
	steps(3);
	is_str(c_status(&c, 1), "Cancelled", "IOC that meets no price ends");
	is_str(c_status(&c, 2), "Submitted", "GTD lives");
	steps(60);
	is_str(c_status(&c, 2), "Cancelled", "until its time");
	order_init(&q, 3, "BUY", 10, "TRAIL");
	q.place_order.order.aux_price = NUM_NANO / 100;
	c_send(&c, &q);
	order_init(&q, 4, "BUY", 10, "MIT");
	q.place_order.order.aux_price = 150 * NUM_NANO;
	c_send(&c, &q);
	order_init(&q, 5, "BUY", 10, "STP LMT");
	q.place_order.order.aux_price = 50 * NUM_NANO;
	q.place_order.order.lmt_price = 150 * NUM_NANO;
	c_send(&c, &q);
	steps(40);
	is_str(c_status(&c, 3), "Filled", "a close trailing stop is hit");
	is_str(c_status(&c, 4), "Filled", "a price is touched");
	is_str(c_status(&c, 5), "Filled", "a stop limit is elected and fills");
	end();
}

static void
test_script(void)
{
	begin("on place_order 1: locate SYM01\n"
	      "on place_order 2: halt SYM01\n"
	      "after place_order 3: manual buy 5 SYM02\n"
	      "begin: status duplicate\n");
	c_order(&c, 1, "SELL", 10, 0);
	is_i64((int64_t)c_errors(&c, 404), 1, "a short sale is held");
	steps(4);
	is_i64(w_position(&w, "SYM01"), 0, "while shares are looked for");
	ok(act_do(&w.s,
	       &(struct script_line){ .nwords = 2, .word = { str_z("located"), str_z("SYM01") } },
	       &(struct cause){ .id = -1 }, false, &w.e),
	    "they are found");
	steps(4);
	is_i64(w_position(&w, "SYM01"), -10, "and it fills");
	is_i64((int64_t)c_count(&c, TWS_E_order_status) % 2, 0, "each status came twice");
	c_order(&c, 2, "BUY", 10, 0);
	steps(10);
	is_i64(w_position(&w, "SYM01"), -10, "in a halt nothing fills");
	ok(act_do(&w.s,
	       &(struct script_line){ .nwords = 2, .word = { str_z("resume"), str_z("SYM01") } },
	       &(struct cause){ .id = -1 }, false, &w.e),
	    "it is over");
	steps(4);
	is_i64(w_position(&w, "SYM01"), 0, "and it does");
	c_order(&c, 3, "BUY", 1, 100);
	steps(4);
	is_i64(w_position(&w, "SYM02"), 5, "an order by hand moved the account");
	for (size_t i = 0; i < c.n; i++)
		if (c.ev[i].kind == TWS_E_exec_details &&
		    str_eqz(c.ev[i].exec_details.contract.symbol, "SYM02"))
			ok(false, "and is not told to strangers");
	end();
}

static void
test_two_clients(void)
{
	struct client d, zero;
	struct tws_request q;

	begin("after start 3: manual buy 5 SYM02 1\n");
	c_open(&d, &w, 8, true);
	c_order(&c, 1, "BUY", 10, 100);
	c_order(&d, 1, "BUY", 20, 100);
	is_i64((int64_t)w.s.norders, 2, "ids are per client");
	is_i64((int64_t)c_count(&d, TWS_E_open_order), 1, "and so is what is told");
	c_cancel(&d, 1);
	is_str(c_status(&c, 1), "Submitted", "a cancel is for one's own");
	c_ask(&d, TWS_Q_req_all_open_orders);
	is_i64((int64_t)c_count(&d, TWS_E_open_order), 2, "asked for all, all are told");
	c_open(&zero, &w, 0, true);
	tws_request_init(&q, TWS_Q_req_auto_open_orders);
	q.req_auto_open_orders.bind = true;
	c_send(&zero, &q);
	is_i64(
	    (int64_t)c_count(&zero, TWS_E_order_bound), 1, "client 0 binds what was given by hand");
	c_send(&d, &q);
	is_i64((int64_t)c_errors(&d, 321), 1, "others may not");
	c_ask(&d, TWS_Q_req_global_cancel);
	c_pump(&c);
	is_str(c_status(&c, 1), "Cancelled", "a global cancel ends everybody's");
	c_close(&zero);
	c_close(&d);
	end();
}

static void
test_account(void)
{
	struct tws_request q;
	const struct tws_event *e;
	bool liquidation = false;

	begin(NULL);
	c_order(&c, 1, "BUY", 100, 0);
	steps(2);
	c_ask(&c, TWS_Q_req_positions);
	e = c_next(&c, TWS_E_position);
	ok(e && e->position.position == 100 * NUM_NANO && e->position.avg_cost > 90 * NUM_NANO,
	    "a position");
	ok(c_next(&c, TWS_E_position_end) != NULL, "and their end");
	c_order(&c, 2, "SELL", 100, 0);
	steps(2);
	e = c_next(&c, TWS_E_position);
	ok(e && e->position.position == 0, "its end is told to who subscribed");
	tws_request_init(&q, TWS_Q_req_account_updates);
	q.req_account_updates.subscribe = true;
	c_send(&c, &q);
	for (size_t i = 0; i < c.n; i++)
		if (c.ev[i].kind == TWS_E_account_value &&
		    str_eqz(c.ev[i].account_value.key, "NetLiquidation")) {
			int64_t v;

			liquidation = tws_micro(c.ev[i].account_value.value, &v) &&
				      v == ledger_equity(account_ledger(w.s.account));
		}
	ok(liquidation, "NetLiquidation is the ledger's equity");
	ok(c_next(&c, TWS_E_portfolio_value) && c_next(&c, TWS_E_account_update_time) &&
		c_next(&c, TWS_E_account_download_end),
	    "6, 7, 8, 54");
	q.req_account_updates.account = str_z("DU7654321");
	c_send(&c, &q);
	is_i64((int64_t)c_errors(&c, 2100), 1, "another account takes its place: 2100");
	tws_request_init(&q, TWS_Q_req_account_summary);
	q.req_account_summary.req_id = 1001;
	q.req_account_summary.group = str_z("All");
	q.req_account_summary.tags = str_z("NetLiquidation,BuyingPower");
	c_send(&c, &q);
	is_i64((int64_t)c_count(&c, TWS_E_account_summary), 2, "a summary of two tags");
	tws_request_init(&q, TWS_Q_req_pnl);
	q.req_pnl.req_id = 1002;
	c_send(&c, &q);
	e = c_next(&c, TWS_E_pnl);
	ok(e && !tws_set(e->pnl.daily), "profit is unknown at first");
	steps(3);
	e = c_next(&c, TWS_E_pnl);
	ok(e && tws_set(e->pnl.daily), "then known");
	tws_request_init(&q, TWS_Q_req_executions);
	q.req_executions.req_id = 1003;
	q.req_executions.side = str_z("SELL");
	c.seen = c.n;
	c_send(&c, &q);
	e = c_next(&c, TWS_E_exec_details);
	ok(e && e->exec_details.req_id == 1003 && str_eqz(e->exec_details.side, "SLD"),
	    "executions by side");
	ok(c_next(&c, TWS_E_commission_report) && c_next(&c, TWS_E_exec_details_end) &&
		!c_next(&c, TWS_E_exec_details),
	    "with commissions, and their end");
	end();
}

int
main(void)
{
	test_fill();
	test_rest();
	test_refused();
	test_what_if();
	test_bracket();
	test_oca();
	test_tif();
	test_script();
	test_two_clients();
	test_account();
	return done_testing();
}
