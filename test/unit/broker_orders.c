/*
 * What the engine makes of a broker that does what brokers do: each case is one of the ways in
 * which traders were hurt (orders lost in a restart, ids given out again, codes that mean nothing,
 * statuses that never come, fills that come twice, orders that live on).
 */
#include "broker/engine.h"
#include "t_broker.h"

static struct rig *r;

static void
up(uint64_t seed)
{
	r = rig_up(seed);
}

static void
down(void)
{
	rig_down(r);
}

static void
pass(int ms)
{
	rig_pass(r, ms);
}

static int
order(const char *id, const char *rest)
{
	char line[600];

	snprintf(line, sizeof line,
	    "{\"type\":\"order\",\"ts\":\"2023-11-14T22:13:20Z\",\"sym\":\"AAPL\",\"cl_ord_id\":"
	    "\"%s\",\"side\":\"buy\",%s}",
	    id, rest);
	return rig_push(r, line);
}

#define MARKET "\"qty\":10,\"ord_type\":\"market\""
#define LIMIT "\"qty\":10,\"ord_type\":\"limit\",\"limit_price\":90"

static bool
told(const char *what)
{
	return rig_told(r, what);
}

static bool
silent_about(const char *what)
{
	return !strstr(r->records.len ? buf_z(&r->records) : "", what);
}

static uint8_t
state(const char *id)
{
	const struct bk_order *o = book_by_ref(broker_book(r->b), str_z(id));

	return o ? o->st : 0;
}

static int64_t
qty(void)
{
	const struct ledger_pos *p = ledger_pos(broker_ledger(r->b), r->sym[0]);

	return p ? p->qty / NUM_NANO : 0;
}

/* ---- the life of an order ---- */

static void
test_life(void)
{
	up(1);
	order("a", MARKET);
	ok(told("\"order_id\":\"1\",\"status\":\"pending_new\""), "an order is pending_new");
	pass(50);
	ok(told("\"status\":\"new\""), "then new");
	gw_fill(&r->g, 0, 4 * NUM_NANO);
	pass(50);
	ok(told("\"status\":\"partially_filled\",\"cum_qty\":4,\"leaves_qty\":6"),
	    "part of it fills");
	gw_status(&r->g, &r->g.order[0]);
	gw_status(&r->g, &r->g.order[0]);
	gw_fill(&r->g, 0, 6 * NUM_NANO);
	pass(50);
	ok(told("\"status\":\"filled\",\"cum_qty\":10,\"leaves_qty\":0"), "then the rest");
	is_i64((int64_t)broker_counts(r->b)->fills, 2, "doubled statuses are no fills");
	ok(rig_agrees(r), "the ledger has it, commissions too");
	buf_clear(&r->records);
	gw_list(&r->g, &(struct tws_request){ .kind = TWS_Q_req_executions });
	gw_status(&r->g, &r->g.order[0]);
	pass(50);
	ok(r->records.len == 0, "executions and statuses told again change nothing");
	ok(order("a", MARKET) == 0 && told("duplicate_id"), "an id serves once");
	down();
}

static void
test_rejects(void)
{
	static const struct {
		const char *rest, *rule;
	} bad[] = { { "\"qty\":0,\"ord_type\":\"market\"", "bad_qty" },
		{ "\"qty\":1,\"ord_type\":\"limit\"", "no_limit_price" },
		{ "\"qty\":1,\"ord_type\":\"stop\"", "no_stop_price" },
		{ "\"qty\":1,\"ord_type\":\"trailing_stop\"", "no_trail" },
		{ "\"qty\":1,\"ord_type\":\"market\",\"tif\":\"gtd\"", "no_expire_time" },
		{ "\"qty\":1,\"ord_type\":\"stop\",\"stop_price\":5,\"tif\":\"opg\"", "bad_tif" },
		{ "\"qty\":1,\"ord_type\":\"market\",\"parent_id\":\"no\"", "unknown_parent" } };
	char id[16];

	up(2);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(id, sizeof id, "b%zu", i);
		buf_clear(&r->records);
		order(id, bad[i].rest);
		ok(told(bad[i].rule) && told("\"status\":\"rejected\""), "%s", bad[i].rule);
	}
	is_i64((int64_t)r->g.placed, 0, "none of them left");
	r->g.f.reject = 10000;
	order("r", MARKET);
	pass(50);
	ok(told("\"rule\":\"broker_201\"") && state("r") == W_ostat_rejected, "201 rejects");
	r->g.f.reject = 0;
	order("s", MARKET);
	gw_read(&r->g);
	buf_clear(&r->g.out);
	gw_error(&r->g, 2, 200, "No security definition has been found for the request");
	pass(50);
	is_i64(state("s"), W_ostat_rejected, "so does 200 when it names an order");
	down();
}

static void
test_codes(void)
{
	static const int codes[] = { 10349, 399, 404, 2109, 12345, 507001, 162 };

	up(3);
	order("a", LIMIT);
	pass(50);
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		gw_error(&r->g, 1, codes[i], "whatever");
	pass(3000);
	is_i64(
	    state("a"), W_ostat_new, "codes that are no end, or that nobody knows, end no order");
	ok(told("broker_10349") && told("broker_12345"), "they are told");
	gw_error(&r->g, 1, 110, "The price does not conform");
	pass(3000);
	is_i64(state("a"), W_ostat_new, "110 for an order that lives neither");
	down();
}

/* ---- no answer ---- */

static void
test_lost(void)
{
	up(4);
	r->g.f.drop_order = 10000;
	order("a", MARKET);
	pass(1500);
	is_i64(state("a"), W_ostat_pending_new, "an order without an answer waits");
	pass(1500);
	ok(told("\"status\":\"unknown\"") && told("order_unknown"), "then it is unknown");
	pass(3000);
	ok(told("order_lost") && state("a") == W_ostat_canceled,
	    "the broker's word that it does not know it ends it");
	is_i64((int64_t)r->g.placed, 1, "it was sent once");
	down();

	up(5);
	r->g.f.quiet_order = 10000;
	order("a", MARKET);
	pass(4000);
	ok(told("\"status\":\"unknown\"") && state("a") == W_ostat_new,
	    "one that lives in silence is found in the lists");
	gw_fill(&r->g, 0, 10 * NUM_NANO);
	pass(25000);
	ok(state("a") == W_ostat_filled && rig_agrees(r), "and its fills too");
	down();

	up(6);
	r->g.f.limbo = 10000;
	order("a", MARKET);
	pass(3000);
	is_i64(state("a"), W_ostat_canceled, "one that is said not to exist ends");
	r->g.order[0].limbo = 0;
	pass(25000);
	ok(told("order_came_back") && r->g.order[0].st == TWS_STATUS_CANCELLED,
	    "and is cancelled when it turns up");
	is_i64(state("a"), W_ostat_canceled, "and canceled again");
	down();
}

static void
test_filled_in_silence(void)
{
	up(7);
	r->g.f.drop_exec = 10000;
	order("a", MARKET);
	pass(50);
	gw_fill(&r->g, 0, 10 * NUM_NANO);
	pass(3000);
	ok(state("a") == W_ostat_filled && told("\"type\":\"fill\""),
	    "Filled without an execution asks for the executions");
	ok(rig_agrees(r), "the ledger has them");
	down();
}

/* ---- cancels and replaces ---- */

static void
cancel(const char *id)
{
	char line[200];

	snprintf(line, sizeof line,
	    "{\"type\":\"cancel\",\"ts\":\"2023-11-14T22:13:20Z\",\"sym\":\"AAPL\",\"cl_ord_id\":"
	    "\"%s\"}",
	    id);
	rig_push(r, line);
}

static void
replace(const char *id, const char *orig, const char *rest)
{
	char line[300];

	snprintf(line, sizeof line,
	    "{\"type\":\"replace\",\"ts\":\"2023-11-14T22:13:20Z\",\"sym\":\"AAPL\",\"cl_ord_id\":"
	    "\"%s\",\"orig_cl_ord_id\":\"%s\",%s}",
	    id, orig, rest);
	rig_push(r, line);
}

static void
test_cancel(void)
{
	up(8);
	order("a", LIMIT);
	pass(50);
	cancel("a");
	ok(told("\"status\":\"pending_cancel\""), "a cancel is pending");
	pass(50);
	is_i64(state("a"), W_ostat_canceled, "then done");
	cancel("a");
	ok(told("unknown_order"), "what has ended cannot be cancelled");

	order("b", LIMIT);
	pass(50);
	cancel("b");
	gw_fill(&r->g, 1, 10 * NUM_NANO); /* first */
	pass(3000);
	ok(state("b") == W_ostat_filled && rig_agrees(r), "a fill that is faster wins");

	order("c", LIMIT);
	pass(50);
	r->g.f.drop_cancel = 10000;
	cancel("c");
	pass(1000);
	r->g.f.drop_cancel = 0;
	pass(5000);
	is_i64(state("c"), W_ostat_canceled, "a cancel that was lost is repeated");
	down();
}

static void
test_replace(void)
{
	up(9);
	order("a", LIMIT);
	pass(50);
	replace("a2", "a", "\"limit_price\":91,\"qty\":12");
	pass(50);
	is_i64(r->g.order[0].limit / NUM_NANO, 91, "a replace reaches the order");
	ok(told("\"cl_ord_id\":\"a\",\"order_id\":\"1\",\"status\":\"canceled\"") &&
		told("\"cl_ord_id\":\"a2\",\"order_id\":\"1\",\"status\":\"new\",\"cum_qty\":0,"
		     "\"leaves_qty\":12"),
	    "it goes on under the new name");
	replace("a2", "a", "\"qty\":13");
	pass(50);
	ok(told("\"leaves_qty\":13"), "any name of an order finds it");
	gw_fill(&r->g, 0, 13 * NUM_NANO);
	replace("a3", "a2", "\"qty\":14");
	pass(3000);
	ok(told("\"cl_ord_id\":\"a3\",\"rule\":\"too_late\""), "one that comes too late is told");
	is_i64(state("a"), W_ostat_filled, "and changes nothing");

	order("b", LIMIT);
	pass(50);
	replace("b2", "b", "\"qty\":20");
	rig_cut(r); /* who knows whether it got there */
	r->g.order[1].qty = 10 * NUM_NANO;
	pass(4000);
	ok(broker_ready(r->b) && told("not_replaced"), "lost in a cut, it is told");
	replace("b3", "b", "\"qty\":21");
	pass(50);
	ok(told("\"cl_ord_id\":\"b3\""), "and can be made again");
	r->g.order[1].qty = 15 * NUM_NANO;
	gw_open(&r->g, &r->g.order[1], true);
	pass(50);
	ok(told("changed at the broker") && told("\"leaves_qty\":15"),
	    "an order that a group or a person made smaller is smaller");
	down();
}

/* ---- connections ---- */

static void
test_restart(void)
{
	up(10);
	order("a", LIMIT);
	order("b", LIMIT);
	pass(50);
	r->g.f.restart = 10000;
	order("c", LIMIT); /* in the second in which the gateway goes */
	rig_cut(r);
	r->g.next_valid = 1;
	ok(order("d", LIMIT) == 0, "another one before we know");
	pass(100);
	ok(!broker_ready(r->b), "does not matter");
	pass(10000);
	ok(broker_ready(r->b), "it comes back");
	ok(state("c") == W_ostat_canceled, "what the gateway lost has ended");
	ok(state("a") == W_ostat_new && state("b") == W_ostat_new, "what it has lives");
	order("e", LIMIT);
	pass(50);
	const struct bk_order *e = book_by_ref(broker_book(r->b), str_z("e"));
	ok(e && e->id > 4, "ids go on although the gateway's went back");
	is_i64(state("e"), W_ostat_new, "and are taken");
	down();
}

static void
test_1100(void)
{
	up(11);
	order("a", MARKET);
	pass(50);
	gw_error(&r->g, -1, 1100, "Connectivity between IBKR and TWS has been lost.");
	pass(20);
	ok(!broker_ready(r->b) && told("\"state\":\"disconnected\""), "1100: nothing is taken");
	r->g.f.drop_exec = 10000;
	gw_fill(&r->g, 0, 10 * NUM_NANO); /* while nobody looks */
	buf_clear(&r->g.out);
	gw_error(&r->g, -1, 1102, "Connectivity has been restored - data maintained.");
	pass(200);
	ok(broker_ready(r->b), "1102: ready, when all is known");
	ok(state("a") == W_ostat_filled && rig_agrees(r), "with the fill of meanwhile");
	gw_error(&r->g, -1, 2110, "Connectivity between TWS and server is broken.");
	pass(20);
	ok(!broker_ready(r->b), "2110 likewise");
	gw_error(&r->g, -1, 2104, "Market data farm connection is OK:usfarm");
	pass(200);
	ok(broker_ready(r->b), "a farm that is back ends it");
	down();

	up(12);
	r->g.f.forget = 10000;
	gw_error(&r->g, -1, 1101, "restored");
	pass(8000);
	ok(!broker_ready(r->b), "lists without an end: not ready");
	r->g.f.forget = 0;
	pass(4000);
	ok(broker_ready(r->b), "the connection is dropped, and the next one answers");
	down();
}

/* ---- others, and differences ---- */

static void
test_others(void)
{
	struct gw_order *o;

	up(13);
	gw_manual(&r->g);
	pass(500);
	ok(told("external_order") && told("\"strategy\":\"external\""),
	    "a person's trade is adopted");
	ok(rig_agrees(r), "and counted");
	o = gw_new_order(&r->g, 0, 3, 55, str_z("somebody's"));
	o->qty = 5 * NUM_NANO;
	o->buy = true;
	pass(11000);
	ok(told("\"cl_ord_id\":\"ext-"), "an order of another client is found by --sync");
	cancel("nothing");
	order("a", LIMIT);
	pass(50);
	o = gw_new_order(&r->g, 0, 7, 1, str_z("a")); /* the same name, alive twice */
	o->qty = 10 * NUM_NANO;
	pass(11000);
	ok(told("twin_order"), "two live orders of one name are told");
	down();
}

static void
test_differences(void)
{
	up(14);
	pass(1000);
	r->g.cash += 123450000; /* a dividend */
	pass(25000);
	ok(told("cash_mismatch") && rig_agrees(r), "cash that comes is taken over, and told");
	is_i64((int64_t)broker_counts(r->b)->adjusted, 1, "once");
	r->g.pos[0] = 7 * NUM_NANO; /* out of nothing */
	pass(25000);
	ok(told("position_mismatch"), "so is a position");
	is_i64(qty(), 7, "the broker's is the truth");
	pass(40000);
	ok(rig_agrees(r), "and the cash stays the broker's");
	rig_kill(r);
	rig_start(r);
	rig_until(r, broker_ready(r->b), 500);
	is_i64(qty(), 7, "it is in the journal");
	ok(rig_agrees(r), "all of it");
	down();
}

static void
g_commission_again(struct gw_exec *x, int64_t more)
{
	x->commission += more;
	r->g.cash -= more;
	gw_commission(&r->g, x);
	pass(20);
	x->id[strlen(x->id) - 1] = '1'; /* what is older does not count */
	x->commission -= more;
	gw_commission(&r->g, x);
	pass(20);
}

static void
test_corrections(void)
{
	struct gw_exec *x;

	up(15);
	r->g.f.late_comm = 10000;
	order("a", MARKET);
	pass(50);
	gw_fill(&r->g, 0, 10 * NUM_NANO);
	pass(100);
	ok(silent_about("\"type\":\"fill\""), "a fill waits for its commission");
	pass(300);
	ok(told("\"type\":\"fill\"") && silent_about("commission"), "not for ever");
	pass(4000);
	ok(told("\"commission\":") && told("\"correction_of\":\"0000e0d5.00000000.01.01\""),
	    "it is told again with it");
	x = &r->g.exec[0];
	gw_book(&r->g, &r->g.order[0], -x->qty, x->px);
	x->px += NUM_NANO;
	gw_book(&r->g, &r->g.order[0], x->qty, x->px);
	snprintf(x->id, sizeof x->id, "0000e0d5.00000000.01.02");
	gw_tell_exec(&r->g, x, -1);
	pass(100);
	ok(told("\"exec_id\":\"0000e0d5.00000000.01.02\"") && rig_agrees(r),
	    "a corrected price is taken over");
	gw_tell_exec(&r->g, x, -1);
	gw_book(&r->g, &r->g.order[0], -x->qty, x->px);
	x->qty = 0;
	snprintf(x->id, sizeof x->id, "0000e0d5.00000000.01.03");
	gw_tell_exec(&r->g, x, -1);
	pass(100);
	ok(told("\"last_qty\":0") && qty() == 0 && rig_agrees(r), "a bust is taken back");
	down();

	up(16);
	order("a", MARKET);
	gw_read(&r->g);
	buf_clear(&r->g.out);
	gw_fill(&r->g, 0, 10 * NUM_NANO);
	buf_clear(&r->g.out);
	gw_commission(&r->g, &r->g.exec[0]); /* before what it is for */
	gw_tell_exec(&r->g, &r->g.exec[0], -1);
	pass(20);
	ok(told("\"commission\":") && rig_agrees(r), "a commission may come first");
	ok(state("a") == W_ostat_filled, "an order may fill before it is acknowledged");
	down();

	up(22);
	order("a", MARKET);
	gw_read(&r->g);
	r->g.f.late_comm = 10000;
	gw_fill(&r->g, 0, 10 * NUM_NANO);
	pass(400);
	x = &r->g.exec[0];
	x->comm_at = INT64_MAX;
	x->id[strlen(x->id) - 1] = '2';
	gw_tell_exec(&r->g, x, -1);
	pass(20);
	x->id[strlen(x->id) - 1] = '1';
	gw_commission(&r->g, x); /* late, and for what was corrected since */
	pass(20);
	ok(rig_agrees(r), "a commission may come for an earlier revision");
	x->id[strlen(x->id) - 1] = '2';
	g_commission_again(x, 500000);
	ok(rig_agrees(r), "and again for the later one, with another amount");
	down();
}

static void
test_options(void)
{
	up(17);
	rig_push(r,
	    "{\"type\":\"quote\",\"ts\":\"2023-11-14T22:13:20Z\",\"sym\":\"AAPL\",\"bid\":1,"
	    "\"ask\":2,\"delayed\":true}");
	order("a", MARKET);
	ok(told("delayed_data"), "no order on delayed quotes");
	rig_push(r,
	    "{\"type\":\"quote\",\"ts\":\"2023-11-14T22:13:20Z\",\"sym\":\"AAPL\",\"bid\":99,"
	    "\"ask\":101}");
	order("b", LIMIT);
	pass(50);
	is_i64(state("b"), W_ostat_new, "live ones are fine");
	broker_halt(r->b, "kill file");
	pass(50);
	is_i64(state("b"), W_ostat_canceled, "a halt cancels");
	order("c", LIMIT);
	ok(told("\"rule\":\"halted\""), "and nothing is taken any more");
	down();

	up(18);
	r->b->o.whatif = true;
	order("a", MARKET);
	pass(50);
	ok(told("initial margin 2500.00, maintenance margin 2000.00, commission 1.00"),
	    "--whatif tells margins and commission");
	is_i64((int64_t)r->g.norders, 0, "and sends no order");
	r->b->o.whatif = false;
	r->b->o.read_only = true;
	order("b", MARKET);
	ok(told("read_only"), "--read-only refuses");
	r->b->o.read_only = false;
	order("c", MARKET);
	pass(50);
	is_i64(r->g.order[0].id, 2, "the id of a question is not used again");
	down();
}

static void
test_brackets(void)
{
	up(19);
	order("p", LIMIT);
	order("t", "\"qty\":10,\"ord_type\":\"limit\",\"limit_price\":120,\"parent_id\":\"p\"");
	pass(50);
	is_i64(r->g.order[1].parent, 1, "a child hangs on its parent");
	gw_fill(&r->g, 0, 10 * NUM_NANO);
	pass(50);
	order("s", "\"qty\":20,\"ord_type\":\"stop\",\"stop_price\":80,\"parent_id\":\"p\"");
	pass(50);
	ok(r->g.order[2].parent == 0 && r->g.order[2].qty == 10 * NUM_NANO &&
		strcmp(r->g.order[2].oca, "p") == 0,
	    "one of a filled parent is sent for what that filled, in a group");
	down();
}

/* What was held before us is where we begin. */
static void
test_take_over(void)
{
	r = mem_alloc(sizeof *r);
	rig_init(r, 21);
	r->g.still = true;
	r->keep_records = true;
	r->g.pos[1] = -5 * NUM_NANO;
	gw_new_order(&r->g, 0, 0, 0, str_z(""))->qty = 10 * NUM_NANO;
	r->g.order[0].buy = true;
	gw_fill(&r->g, 0, 10 * NUM_NANO); /* today, before us */
	rig_start(r);
	rig_until(r, broker_ready(r->b), 500);
	ok(rig_agrees(r), "positions, cash and today's trades of others are taken over");
	ok(told("\"sym\":\"MSFT\",\"qty\":-5") && told("\"sym\":\"AAPL\",\"qty\":10"), "and told");
	ok(silent_about("\"type\":\"fill\""), "without fills");
	rig_kill(r);
	rig_start(r);
	rig_until(r, broker_ready(r->b), 500);
	ok(rig_agrees(r) && broker_counts(r->b)->adjusted == 0, "and again out of the journal");
	down();
}

int
main(void)
{
	test_life();
	test_rejects();
	test_codes();
	test_lost();
	test_filled_in_silence();
	test_cancel();
	test_replace();
	test_restart();
	test_1100();
	test_others();
	test_differences();
	test_corrections();
	test_options();
	test_brackets();
	test_take_over();
	return done_testing();
}
