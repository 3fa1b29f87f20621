/*
 * The scenarios of examples/scenarios/: each of the 28 ways in which sessions with real gateways
 * are known to fail (see the comment in each), as a client meets it here.
 */
#include "t_sim.h"

#include "io/out.h"

static const char *
scenario(const char *name)
{
	static char path[1024];
	const char *root = getenv("TP_ROOT");

	snprintf(path, sizeof path, "%s/examples/scenarios/%s.scn", root ? root : ".", name);
	return path;
}

static void
begin(struct world *w, const char *name)
{
	w_init(w);
	w->o.scenario = scenario(name);
	ok(w_open(w, NULL) == 0, "%s is understood", name);
}

/* A world with the scenario and a client that has started. */
static void
meet(struct world *w, struct client *c, const char *name)
{
	begin(w, name);
	c_open(c, w, 1, true);
}

static void
part(struct world *w, struct client *c)
{
	ok(!c->broken, "every message could be read");
	c_close(c);
	w_close(w);
}

static int64_t
last_next_id(const struct client *c)
{
	int64_t id = -1;

	for (size_t i = 0; i < c->n; i++)
		if (c->ev[i].kind == TWS_E_next_valid_id)
			id = c->ev[i].next_valid_id.order_id;
	return id;
}

static void
test_01(void)
{
	struct world w;
	struct client c, d;

	meet(&w, &c, "01-restart-loses-orders");
	c_order(&c, 1, "BUY", 1, 1);
	c_order(&c, 2, "BUY", 1, 1);
	c_order(&c, 3, "BUY", 1, 1);
	ok(!c_conn(&c), "the gateway restarts while the third order is on its way");
	is_i64((int64_t)w.s.norders, 2, "and has not seen it");
	ok(w.s.closed_until > w.s.wall, "it is away for a while");
	w_wall(&w, 2 * TIM_SEC);
	c_open(&d, &w, 1, true);
	is_i64(last_next_id(&d), 3, "nextValidId is the lost order's again");
	c_ask(&d, TWS_Q_req_open_orders);
	is_i64((int64_t)c_count(&d, TWS_E_open_order), 2, "the open orders tell of two");
	c_close(&d);
	part(&w, &c);
}

static void
test_02(void)
{
	struct world w;
	struct client c, d;

	meet(&w, &c, "02-ids-not-raised");
	c_order(&c, 1, "BUY", 1, 1);
	c_order(&c, 2, "BUY", 1, 1);
	w_wall(&w, 2 * TIM_SEC);
	c_open(&d, &w, 1, true);
	c_order(&d, 3, "BUY", 1, 1);
	is_i64((int64_t)c_errors(&d, 103), 1, "an id below nextValidId is a duplicate");
	c_order(&d, last_next_id(&d), "BUY", 1, 1);
	is_str(c_status(&d, 100), "Submitted", "one from nextValidId on is not");
	c_close(&d);
	part(&w, &c);
}

static void
test_03(void)
{
	struct world w;
	struct client c;

	meet(&w, &c, "03-fills-during-1100");
	c_order(&c, 1, "BUY", 10, 1);
	is_i64((int64_t)c_errors(&c, 1100), 1, "connectivity is lost");
	w_wall(&w, 200 * TIM_MS);
	c_pump(&c);
	is_i64((int64_t)c_count(&c, TWS_E_exec_details), 1, "the fill comes all the same");
	is_i64((int64_t)c_errors(&c, 1102), 0, "before connectivity is back");
	w_wall(&w, 200 * TIM_MS);
	c_pump(&c);
	is_i64((int64_t)c_errors(&c, 1102), 1, "which it then is");
	part(&w, &c);
}

static size_t
ticks_in_steps(struct client *c, int n)
{
	size_t before = c_count(c, TWS_E_tick_price);

	for (int i = 0; i < n; i++)
		c_step(c);
	return c_count(c, TWS_E_tick_price) - before;
}

static void
test_04(void)
{
	struct world w;
	struct client c, d;

	meet(&w, &c, "04-nothing-resubscribed");
	c_data(&c, 1001, "SYM01");
	ok(ticks_in_steps(&c, 10) > 0, "data comes");
	while (c_conn(&c))
		c_step(&c);
	w_wall(&w, 2 * TIM_SEC);
	c_open(&d, &w, 1, true);
	is_i64((int64_t)ticks_in_steps(&d, 6), 0, "on the new connection it does not");
	c_data(&d, 1002, "SYM01");
	ok(ticks_in_steps(&d, 3) > 0, "until it is asked for");
	while (c_errors(&d, 1101) == 0)
		c_step(&d);
	is_i64((int64_t)ticks_in_steps(&d, 30), 0, "and after 1101 it must be asked for again");
	c_close(&d);
	part(&w, &c);
}

static void
test_05(void)
{
	struct world w;
	struct client c;

	meet(&w, &c, "05-farm-blip-kills-streams");
	c_data(&c, 1001, "SYM01");
	while (c_errors(&c, 2104) < 2)
		c_step(&c);
	is_i64((int64_t)c_errors(&c, 2103), 1, "the farm breaks and is OK again");
	is_i64((int64_t)ticks_in_steps(&c, 100), 0, "yet the stream is dead");
	c_ask(&c, TWS_Q_req_positions);
	is_i64((int64_t)c_count(&c, TWS_E_position_end), 1, "while the account answers");
	part(&w, &c);
}

static void
test_06(void)
{
	struct world w;
	struct client c;
	struct tws_request q;

	meet(&w, &c, "06-kept-but-fills-missing");
	c_order(&c, 1, "BUY", 10, 1);
	w_wall(&w, TIM_SEC);
	c_pump(&c);
	is_i64((int64_t)c_errors(&c, 1102), 1, "1102: nothing lost, it says");
	is_i64((int64_t)c_count(&c, TWS_E_exec_details), 0, "the fill was");
	tws_request_init(&q, TWS_Q_req_executions);
	q.req_executions.req_id = 1001;
	c_send(&c, &q);
	is_i64((int64_t)c_count(&c, TWS_E_exec_details), 1, "reqExecutions has it");
	part(&w, &c);
}

static void
test_07(void)
{
	struct world w;
	struct client c;
	struct tws_request q;
	size_t n;

	meet(&w, &c, "07-keep-up-stops");
	tws_request_init(&q, TWS_Q_req_historical_data);
	q.req_historical_data.req_id = 1001;
	q.req_historical_data.contract = stock("SYM01");
	q.req_historical_data.bar_size = str_z("10 secs");
	q.req_historical_data.duration = str_z("60 S");
	q.req_historical_data.what_to_show = str_z("TRADES");
	q.req_historical_data.format_date = 2;
	q.req_historical_data.keep_up_to_date = true;
	c_send(&c, &q);
	is_i64((int64_t)c_count(&c, TWS_E_historical_data), 1, "the past comes");
	for (int i = 0; i < 120; i++)
		c_step(&c);
	n = c_count(&c, TWS_E_historical_data_update);
	ok(n >= 4, "and the present (%zu)", n);
	for (int i = 0; i < 120; i++)
		c_step(&c);
	is_i64((int64_t)c_count(&c, TWS_E_historical_data_update), (int64_t)n, "then no more");
	part(&w, &c);
}

static void
test_08(void)
{
	struct world w;
	struct client c;

	meet(&w, &c, "08-never-back");
	for (int i = 0; i < 400; i++)
		c_step(&c);
	is_i64((int64_t)c_errors(&c, 1100), 4, "1100 comes again and again");
	is_i64((int64_t)c_errors(&c, 1101) + (int64_t)c_errors(&c, 1102), 0, "and nothing else");
	part(&w, &c);
}

static void
test_09(void)
{
	struct world w;
	struct client c, d, e;

	meet(&w, &c, "09-client-id-in-use");
	w_wall(&w, TIM_SEC);
	w_bury(&w);
	ok(!c_conn(&c), "the connection is reset");
	c_open(&d, &w, 1, true);
	is_i64((int64_t)c_errors(&d, 326), 1, "its id is still in use");
	ok(!c_conn(&d), "which ends the connection");
	w_wall(&w, 4 * TIM_SEC);
	c_open(&e, &w, 1, true);
	is_i64(last_next_id(&e), 1, "later it is free");
	c_close(&e);
	c_close(&d);
	part(&w, &c);
}

static void
test_10(void)
{
	struct world w;
	struct client c[5];

	begin(&w, "10-handshake-half-done");
	for (int i = 0; i < 5; i++)
		c_open(&c[i], &w, i + 1, true);
	ok(!c[0].greeted, "no greeting");
	ok(c_count(&c[1], TWS_E_managed_accounts) == 1 && c_count(&c[1], TWS_E_next_valid_id) == 0,
	    "no nextValidId");
	ok(c_count(&c[2], TWS_E_managed_accounts) == 0 && c_count(&c[2], TWS_E_next_valid_id) == 1,
	    "no accounts");
	ok(!c[3].greeted && c[3].raw.len > 0, "rubbish");
	ok(c_count(&c[4], TWS_E_managed_accounts) == 1 && c_count(&c[4], TWS_E_next_valid_id) == 1,
	    "and the fifth has all");
	for (int i = 0; i < 5; i++)
		c_close(&c[i]);
	w_close(&w);
}

static void
data_type(struct client *c, int64_t type)
{
	struct tws_request q;

	tws_request_init(&q, TWS_Q_req_market_data_type);
	q.req_market_data_type.type = type;
	c_send(c, &q);
}

static void
test_11(void)
{
	struct world w;
	struct client c, d;

	meet(&w, &c, "11-data-type-forgotten");
	data_type(&c, 3);
	c_data(&c, 1001, "SYM01");
	is_i64((int64_t)c_errors(&c, 10167), 1, "delayed data is shown");
	while (c_conn(&c))
		c_step(&c);
	w_wall(&w, 2 * TIM_SEC);
	c_open(&d, &w, 1, true);
	c_data(&d, 1002, "SYM01");
	is_i64((int64_t)c_errors(&d, 354), 1, "the type was forgotten with the connection");
	c_close(&d);
	part(&w, &c);
}

static void
test_12(void)
{
	struct world w;
	struct client c;

	meet(&w, &c, "12-never-filled");
	c_order(&c, 1, "BUY", 10, 0);
	c_step(&c);
	c_step(&c);
	is_i64((int64_t)c_count(&c, TWS_E_exec_details), 1, "execDetails tells of the fill");
	is_i64((int64_t)c_count(&c, TWS_E_order_status), 0, "orderStatus of nothing");
	part(&w, &c);
}

static void
test_13(void)
{
	static const int64_t codes[] = { 10349, 399, 404 };
	struct world w;
	struct client c;

	meet(&w, &c, "13-codes-that-are-no-end");
	for (int i = 0; i < 3; i++) {
		c_order(&c, i + 1, "BUY", 10, 1);
		is_i64((int64_t)c_errors(&c, codes[i]), 1, "%d comes", (int)codes[i]);
	}
	c_ask(&c, TWS_Q_req_open_orders);
	is_i64((int64_t)c_count(&c, TWS_E_open_order), 6, "and all three orders live");
	part(&w, &c);
}

static void
test_14(void)
{
	struct world w;
	struct client c;

	meet(&w, &c, "14-no-answer");
	c_order(&c, 1, "BUY", 10, 1);
	c_order(&c, 2, "BUY", 10, 1);
	is_i64((int64_t)c_count(&c, TWS_E_open_order), 0, "not a word");
	c_ask(&c, TWS_Q_req_open_orders);
	is_i64((int64_t)c_count(&c, TWS_E_open_order), 1, "one of them lives");
	is_i64(c_next(&c, TWS_E_open_order)->open_order.order.order_id, 1, "the first");
	part(&w, &c);
}

static void
test_15(void)
{
	struct world w;
	struct client c;

	meet(&w, &c, "15-rejected-by-data-codes");
	c_order(&c, 1, "BUY", 10, 1);
	c_order(&c, 2, "BUY", 10, 1);
	ok(c_errors(&c, 200) == 1 && c_errors(&c, 460) == 1, "200 and 460 about orders");
	is_i64((int64_t)w.s.norders, 0, "which do not live");
	part(&w, &c);
}

static void
test_16(void)
{
	struct world w;
	struct client c;
	const struct tws_event *a, *b;
	int64_t first;

	meet(&w, &c, "16-two-orders-of-one");
	c_order(&c, 1, "BUY", 10, 1);
	c_order(&c, 1, "BUY", 10, 2);
	c_ask(&c, TWS_Q_req_open_orders);
	c.seen = c.n;
	c_ask(&c, TWS_Q_req_open_orders);
	a = c_next(&c, TWS_E_open_order);
	first = a ? a->open_order.order.perm_id : 0;
	b = c_next(&c, TWS_E_open_order);
	ok(a && b && b->open_order.order.order_id == 1 && b->open_order.order.perm_id != first,
	    "one order id, two permIds");
	part(&w, &c);
}

static void
test_17(void)
{
	struct world w;
	struct client c;

	meet(&w, &c, "17-cancel-race");
	c_order(&c, 1, "BUY", 10, 1);
	c_cancel(&c, 1);
	is_i64((int64_t)c_count(&c, TWS_E_exec_details), 1, "the fill was first");
	is_i64((int64_t)c_errors(&c, 10148), 1, "the cancel too late");
	is_str(c_status(&c, 1), "Filled", "the order is filled");
	part(&w, &c);
}

static void
test_18(void)
{
	struct world w;
	struct client c, d;
	const struct tws_event *e;

	meet(&w, &c, "18-partial-then-restart");
	c_order(&c, 1, "BUY", 100, 1);
	is_i64(w_position(&w, "SYM01"), 40, "a part fills");
	w_wall(&w, 200 * TIM_MS);
	w_wall(&w, 2 * TIM_SEC);
	c_open(&d, &w, 1, true);
	c_ask(&d, TWS_Q_req_positions);
	e = c_next(&d, TWS_E_position);
	ok(e && e->position.position == 40 * NUM_NANO, "the position is the truth");
	c_ask(&d, TWS_Q_req_open_orders);
	e = c_next(&d, TWS_E_order_status);
	ok(e && e->order_status.filled == 40 * NUM_NANO &&
		e->order_status.remaining == 60 * NUM_NANO,
	    "the open order has the same part filled");
	c_close(&d);
	part(&w, &c);
}

static void
test_19(void)
{
	struct world w;
	struct client c;
	const struct tws_event *e, *f;

	meet(&w, &c, "19-corrections-and-commissions");
	c_order(&c, 1, "BUY", 10, 0);
	c_step(&c);
	c_step(&c);
	e = c_next(&c, TWS_E_exec_details);
	ok(e != NULL, "a fill");
	is_i64((int64_t)c_count(&c, TWS_E_commission_report), 0, "without its commission");
	w_wall(&w, TIM_SEC);
	c_pump(&c);
	f = c_next(&c, TWS_E_exec_details);
	ok(e && f && e->exec_details.exec_id.n == f->exec_details.exec_id.n &&
		memcmp(e->exec_details.exec_id.p, f->exec_details.exec_id.p,
		    f->exec_details.exec_id.n - 2) == 0 &&
		f->exec_details.price == 99500000000,
	    "a correction has the same execId but for its end");
	while (c_count(&c, TWS_E_commission_report) == 0 && c.n < 2000)
		c_step(&c);
	is_i64((int64_t)c_count(&c, TWS_E_commission_report), 1, "the commission comes late");
	c_order(&c, 2, "BUY", 10, 0);
	for (int i = 0; i < 40; i++)
		c_step(&c);
	is_i64((int64_t)c_count(&c, TWS_E_commission_report), 1, "and of the second never");
	is_i64(w_position(&w, "SYM01"), 20, "both filled");
	c_order(&c, 3, "BUY", 10, 0);
	c.seen = c.n;
	c_step(&c);
	c_step(&c);
	e = c_next(&c, TWS_E_commission_report);
	f = c_next(&c, TWS_E_exec_details);
	ok(e && f, "of the third before execDetails");
	w_wall(&w, TIM_SEC);
	is_i64(w_position(&w, "SYM01"), 20, "which is then busted");
	part(&w, &c);
}

static void
test_20(void)
{
	struct world w;
	struct client c;
	size_t filled = 0, zero = 0;

	meet(&w, &c, "20-final-status-twice");
	c_order(&c, 1, "BUY", 10, 0);
	c_step(&c);
	c_step(&c);
	for (size_t i = 0; i < c.n; i++)
		if (c.ev[i].kind == TWS_E_order_status &&
		    str_eqz(c.ev[i].order_status.status, "Filled")) {
			filled++;
			zero += c.ev[i].order_status.avg_fill_price == 0;
		}
	ok(filled == 2 && zero == 1, "Filled comes twice, once at 0");
	part(&w, &c);
}

static void
test_21(void)
{
	struct world w;
	struct client c;
	size_t live = 0, delayed = 0;

	meet(&w, &c, "21-delayed-ticks");
	c_data(&c, 1001, "SYM01");
	is_i64((int64_t)c_errors(&c, 354), 1, "no live data");
	data_type(&c, 3);
	c_data(&c, 1002, "SYM01");
	ticks_in_steps(&c, 10);
	for (size_t i = 0; i < c.n; i++)
		if (c.ev[i].kind == TWS_E_tick_price) {
			live += c.ev[i].tick_price.tick_type < 66;
			delayed += c.ev[i].tick_price.tick_type >= 66 &&
				   c.ev[i].tick_price.tick_type <= 76;
		}
	ok(live == 0 && delayed > 5, "delayed ticks have types of their own (%zu, %zu)", live,
	    delayed);
	part(&w, &c);
}

static void
test_22(void)
{
	struct world w;
	struct client c;
	size_t none = 0, real = 0;

	meet(&w, &c, "22-no-prices");
	c_data(&c, 1001, "SYM01");
	is_i64((int64_t)c_count(&c, TWS_E_tick_price), 0, "nothing at first");
	for (int i = 0; i < 80; i++)
		c_step(&c);
	for (size_t i = 0; i < c.n; i++)
		if (c.ev[i].kind == TWS_E_tick_price) {
			none +=
			    c.ev[i].tick_price.price == -NUM_NANO && c.ev[i].tick_price.size == 0;
			real += c.ev[i].tick_price.price > 0;
		}
	ok(none > 2 && real > 2, "then prices of -1, then real ones (%zu, %zu)", none, real);
	part(&w, &c);
}

static void
test_23(void)
{
	struct world w;
	struct client c;

	meet(&w, &c, "23-competing-session");
	c_data(&c, 1001, "SYM01");
	while (c_errors(&c, 10197) == 0)
		c_step(&c);
	is_i64((int64_t)ticks_in_steps(&c, 2), 0, "another session has the data");
	c_data(&c, 1002, "SYM01");
	is_i64((int64_t)c_errors(&c, 10197), 2, "asking again does not help");
	for (int i = 0; i < 40; i++)
		c_step(&c);
	c_data(&c, 1003, "SYM01");
	ok(ticks_in_steps(&c, 5) > 0, "until it is over");
	part(&w, &c);
}

static void
test_24(void)
{
	struct world w;
	struct client c;
	struct tws_request q;

	meet(&w, &c, "24-pacing");
	tws_request_init(&q, TWS_Q_req_historical_data);
	q.req_historical_data.contract = stock("SYM01");
	q.req_historical_data.bar_size = str_z("1 min");
	q.req_historical_data.duration = str_z("300 S");
	q.req_historical_data.what_to_show = str_z("TRADES");
	q.req_historical_data.format_date = 1;
	for (int i = 0; i < 3; i++) {
		q.req_historical_data.req_id = 1001 + i;
		c_send(&c, &q);
	}
	is_i64((int64_t)c_errors(&c, 162), 2, "two requests break the pace");
	is_i64((int64_t)c_count(&c, TWS_E_historical_data), 1, "the third does not");
	part(&w, &c);
}

static void
test_25(void)
{
	struct world w;
	struct client c;
	const struct tws_event *e;

	meet(&w, &c, "25-time-zones");
	ok(memmem(c.raw.p, c.raw.len, "Eastern Standard Time", 21) != NULL,
	    "the greeting names a zone in Windows' words");
	c_order(&c, 1, "BUY", 1, 0);
	c_step(&c);
	c_step(&c);
	e = c_next(&c, TWS_E_exec_details);
	ok(e && e->exec_details.time.n == 17 + 22 &&
		memcmp(e->exec_details.time.p + 17, " Eastern Standard Time", 22) == 0,
	    "executions, too");
	part(&w, &c);
}

static void
test_26(void)
{
	struct world w;
	struct client c;
	struct tws_request q;
	const struct tws_event *e;

	meet(&w, &c, "26-ambiguous-contract");
	tws_request_init(&q, TWS_Q_req_contract_details);
	q.req_contract_details.req_id = 1001;
	q.req_contract_details.contract = stock("SYM01");
	c_send(&c, &q);
	is_i64((int64_t)c_count(&c, TWS_E_contract_data), 2, "two contracts");
	c_order(&c, 1, "BUY", 1, 1);
	is_i64((int64_t)c_errors(&c, 200), 1, "an order for either is refused");
	e = c_next(&c, TWS_E_contract_data);
	order_init(&q, 2, "BUY", 1, "MKT");
	q.place_order.contract.con_id = e->contract_data.contract.con_id;
	c_send(&c, &q);
	is_i64((int64_t)c_count(&c, TWS_E_open_order), 1, "one by contract id is not");
	part(&w, &c);
}

static void
test_27(void)
{
	struct world w;
	struct client c;

	meet(&w, &c, "27-other-fields");
	c_order(&c, 1, "BUY", 1, 0);
	c_step(&c);
	c_step(&c);
	is_str(c_status(&c, 1), "Filled", "more fields than known do no harm");
	part(&w, &c);
}

static void
test_28(void)
{
	struct world w;
	struct client c;
	struct conn *k;

	meet(&w, &c, "28-misread-field");
	c_order(&c, 1, "BUY", 1, 0);
	is_i64((int64_t)c_errors(&c, 320), 1, "320 about an order");
	k = c_conn(&c);
	/* and of itself, when a field really is no number */
	conn_input(&w.s, k,
	    "\0\0\0\x08"
	    "2\0"
	    "2\0abc\0",
	    12);
	c_pump(&c);
	is_i64((int64_t)c_errors(&c, 320), 2, "320 about what cannot be read");
	c_ask(&c, TWS_Q_req_ids);
	is_i64(last_next_id(&c), 1, "and the session goes on");
	part(&w, &c);
}

int
main(void)
{
	void (*const tests[])(void) = { test_01, test_02, test_03, test_04, test_05, test_06,
		test_07, test_08, test_09, test_10, test_11, test_12, test_13, test_14, test_15,
		test_16, test_17, test_18, test_19, test_20, test_21, test_22, test_23, test_24,
		test_25, test_26, test_27, test_28 };

	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
		tests[i]();
	return done_testing();
}
