/* Ways past a limit that must stay closed. */
#include "t_risk.h"

#define OPTS "--commission none --margin 0"
#define WM1 "20240101T010000"

static void
market(void)
{
	g_start();
	g_bar("B", 10);
	g_hour--;
	g_bar("A", 100);
	g_wm();
}

static void
hold(const char *sym, const char *id, const char *side, double qty, double px)
{
	g_order(sym, id, side, qty, "");
	g_bar(sym, px);
	g_wm();
}

/* A child is not counted, so it must be one that can only close what its parent opens. */
static void
test_brackets(void)
{
	const char *l = "{\"max_position_qty\":10,\"warn_at_pct\":0}";

	market();
	g_order("A", "p", "buy", 10, "");
	g_order("A", "c", "buy", 10, ",\"parent_id\":\"p\"");
	is_str(g_run(l, OPTS), "order p buy 10; reject c schema; ", "a child on its parent's side");
	market();
	g_order("A", "p", "buy", 10, "");
	g_order("B", "c", "sell", 10, ",\"parent_id\":\"p\"");
	is_str(g_run(l, OPTS), "order p buy 10; reject c schema; ", "a child in another symbol");
	market();
	g_order("A", "p", "buy", 10, "");
	g_order("A", "c", "sell", 11, ",\"parent_id\":\"p\"");
	is_str(
	    g_run(l, OPTS), "order p buy 10; reject c schema; ", "a child larger than its parent");
	market();
	g_order("A", "p", "buy", 10, "");
	g_order(
	    "A", "c", "sell", 10, ",\"parent_id\":\"p\",\"limit_price\":120,\"oca_group\":\"g\"");
	g_order(
	    "A", "d", "sell", 10, ",\"parent_id\":\"p\",\"limit_price\":121,\"oca_group\":\"h\"");
	is_str(g_run(l, OPTS), "order p buy 10; order c sell 10; reject d schema; ",
	    "two children that do not cancel each other");
	market();
	hold("A", "p", "buy", 10, 100);
	g_order("A", "c", "sell", 10, ",\"parent_id\":\"p\"");
	is_str(g_run(l, OPTS), "order p buy 10; reject c schema; ",
	    "the child of a parent that is done");
	market();
	g_order("A", "p", "buy", 10, "");
	g_order("A", "c", "sell", 10, ",\"parent_id\":\"p\",\"limit_price\":120");
	g_put(
	    "{\"type\":\"replace\",\"ts\":\"%T\",\"sym\":\"A\",\"cl_ord_id\":\"c\",\"qty\":1000}");
	g_put("{\"type\":\"replace\",\"ts\":\"%T\",\"sym\":\"A\",\"cl_ord_id\":\"c\",\"qty\":9}");
	g_bar("A", 100);
	g_wm();
	g_put("{\"type\":\"replace\",\"ts\":\"%T\",\"sym\":\"A\",\"cl_ord_id\":\"c\",\"limit_"
	      "price\":110}");
	g_put("{\"type\":\"replace\",\"ts\":\"%T\",\"sym\":\"A\",\"cl_ord_id\":\"c\",\"qty\":10}");
	is_str(g_run(l, OPTS),
	    "order p buy 10; order c sell 10; reject c schema; replace c; replace c; reject c "
	    "schema; ",
	    "a child that is replaced by a larger one");
}

/* A sale fills at the market however low its limit is. */
static void
test_low_limit(void)
{
	market();
	g_order("A", "x", "sell", 1000, ",\"limit_price\":1");
	is_str(g_run("{\"max_order_notional\":5000}", OPTS), "reject x order_notional; ",
	    "a sale with a limit far below the market");
}

static void
test_flatten(void)
{
	static const char flatten[] = "{\"type\":\"alert\",\"ts\":\"%T\",\"severity\":\"critical\","
				      "\"rule\":\"panic\",\"action\":\"flatten\"}";
	market();
	hold("A", "h", "buy", 10, 100);
	g_put(flatten);
	g_put(flatten);
	is_str(g_run("{}", OPTS),
	    "order h buy 10; alert panic flatten; order flatten-20240101T020000-1 sell 10; alert "
	    "panic flatten; ",
	    "a position is flattened once");
	market();
	hold("A", "h", "buy", 10, 100);
	g_put("{\"type\":\"alert\",\"ts\":\"%T\",\"severity\":\"critical\",\"rule\":\"r\","
	      "\"action\":\"halt\"}");
	g_put(flatten);
	g_put("{\"type\":\"alert\",\"ts\":\"%T\",\"severity\":\"critical\",\"rule\":\"q\","
	      "\"action\":\"halt\"}");
	is_str(g_run("{}", OPTS),
	    "order h buy 10; alert r halt; alert panic flatten; order flatten-20240101T020000-1 "
	    "sell 10; alert q halt; ",
	    "a halt leaves what flattens");
}

static void
test_ids(void)
{
	market();
	g_target("A", 1);
	g_wm();
	g_target("A", 2);
	is_str(g_run("{}", OPTS), "order s-" WM1 "-1 buy 1; order s-" WM1 "-2 buy 1; ",
	    "a watermark twice gives no id twice");
}

static void
test_equity(void)
{
	g_start();
	g_bar("A", 100);
	g_put("{\"type\":\"portfolio\",\"ts\":\"%T\",\"cash\":-5000.00,\"equity\":-5000.00}");
	g_put("{\"type\":\"target\",\"ts\":\"%T\",\"sym\":\"A\",\"strategy\":\"s\",\"weight\":1}");
	is_str(g_run("{}", OPTS), "", "weight of a debt");
}
static void
test_price(void)
{
	g_start();
	g_bar("A", 100);
	g_put("{\"type\":\"bar\",\"ts\":\"%T\",\"sym\":\"A\",\"open\":100,\"high\":100,\"low\":100,"
	      "\"close\":0.01}");
	g_order("A", "x", "buy", 1000, "");
	is_str(g_run("{\"max_order_notional\":5000}", OPTS), "reject x order_notional; ",
	    "a bar that contradicts itself is no price");
}
static void
test_follow_replace(void)
{
	const char *l = "{\"max_position_qty\":10,\"warn_at_pct\":0}";
	g_start();
	g_bar("A", 100);
	g_put("{\"type\":\"portfolio\",\"ts\":\"%T\",\"cash\":50000.00,\"equity\":50000.00}");
	g_order("A", "x", "buy", 10, ",\"limit_price\":90");
	g_put("{\"type\":\"replace\",\"ts\":\"%T\",\"sym\":\"A\",\"cl_ord_id\":\"x\",\"qty\":1,"
	      "\"tif\":\"opg\"}");
	g_order("A", "y", "buy", 9, "");
	is_str(g_run(l, OPTS), "order x buy 10; replace x; reject y position; ",
	    "a replace that nobody has confirmed makes no room");
}
static void
test_status(void)
{
	const char *l = "{\"max_position_qty\":10,\"warn_at_pct\":0}";
	g_start();
	g_bar("A", 100);
	g_put("{\"type\":\"portfolio\",\"ts\":\"%T\",\"cash\":50000.00,\"equity\":50000.00}");
	g_order("A", "x", "buy", 10, ",\"limit_price\":90");
	g_put("{\"type\":\"order_status\",\"ts\":\"%T\",\"sym\":\"A\",\"cl_ord_id\":\"x\","
	      "\"status\":\"new\",\"cum_qty\":0,\"leaves_qty\":-1000}");
	g_order("A", "y", "buy", 9, "");
	is_str(
	    g_run(l, OPTS), "order x buy 10; reject y position; ", "nonsense status makes no room");
	g_start();
	g_bar("A", 100);
	g_put("{\"type\":\"portfolio\",\"ts\":\"%T\",\"cash\":50000.00,\"equity\":50000.00}");
	g_order("A", "x", "buy", 10, ",\"limit_price\":90");
	g_put("{\"type\":\"fill\",\"ts\":\"%T\",\"sym\":\"A\",\"exec_id\":\"e\",\"cl_ord_id\":"
	      "\"x\",\"side\":\"buy\",\"last_qty\":-5,\"last_price\":90}");
	g_order("A", "y", "buy", 9, "");
	is_str(
	    g_run(l, OPTS), "order x buy 10; reject y position; ", "nonsense fill makes no room");
}
static void
test_delta(void)
{
	market();
	g_put("{\"type\":\"position\",\"ts\":\"%T\",\"sym\":\"A\",\"qty\":-9e9,\"avg_price\":1}");
	g_put("{\"type\":\"target\",\"ts\":\"%T\",\"sym\":\"A\",\"strategy\":\"s\",\"position\":"
	      "9e9}");
	is_str(
	    g_run("{}", OPTS), "reject s-" WM1 "-1 overflow; ", "a difference that does not fit");
}

static void
test_reduce(void)
{
	market();
	hold("A", "h", "buy", 10, 100);
	g_order("A", "x", "sell", 10, ",\"limit_price\":120");
	g_order("A", "y", "sell", 10, ",\"limit_price\":130");
	g_put("{\"type\":\"alert\",\"ts\":\"%T\",\"severity\":\"warn\",\"rule\":\"r\",\"action\":"
	      "\"reduce\"}");
	is_str(g_run("{}", OPTS),
	    "order h buy 10; order x sell 10; order y sell 10; alert r reduce; cancel y; ",
	    "two sales that together would turn the position");
}

static char state[64];

static const char *
with_state(const char *more)
{
	char opts[300];

	snprintf(opts, sizeof opts, OPTS " --state %s %s", state, more);
	return g_run("{}", opts);
}

static void
alert(const char *rule, const char *action)
{
	buf_printf(&g_in,
	    "{\"type\":\"alert\",\"ts\":\"%s\",\"severity\":\"critical\",\"rule\":\"%s\","
	    "\"text\":\"%s%s%s%s\",\"action\":\"%s\"}\n",
	    g_time(), rule, rule, rule, rule, rule, action);
}

/* What is let go at a restart must not be more than before it. */
static void
test_restart(void)
{
	char rule[80] = "a";
	const char *got;

	/* more rules than there is room for, and the halt among the last */
	unlink(state);
	market();
	for (int i = 0; i < 15; i++) {
		snprintf(rule, sizeof rule, "r%d", i);
		alert(rule, "reduce");
	}
	alert("stop", "halt");
	alert("one more", "reduce");
	with_state("");
	market();
	g_order("A", "x", "buy", 1, "");
	got = with_state("");
	ok(strstr(got, "reject x halted; ") != NULL, "a halt stays one: %s", got);

	/* letters that take two bytes, cut in the middle */
	unlink(state);
	market();
	for (int i = 0; i < 30; i++)
		strcat(rule, "\u00e9");
	alert(rule, "halt");
	with_state("");
	market();
	g_order("A", "x", "buy", 1, "");
	got = with_state("");
	ok(strstr(got, "reject x halted; ") != NULL, "a long rule's name reads back: %s", got);

	/* names that have a colon */
	unlink(state);
	market();
	alert("model:a", "halt");
	with_state("");
	market();
	g_order("A", "x", "buy", 1, "");
	got = with_state("--rearm=model:a:checked");
	is_str(got, "alert rearm; order x buy 1; ", "a rule with a colon is let go by its name");

	/* a loop's account */
	unlink(state);
	market();
	g_put("{\"type\":\"portfolio\",\"ts\":\"%T\",\"cash\":50000.00,\"equity\":50000.00}");
	g_order("A", "x", "buy", 10, "");
	g_put(
	    "{\"type\":\"fill\",\"ts\":\"%T\",\"sym\":\"A\",\"exec_id\":\"e\",\"cl_ord_id\":\"x\","
	    "\"side\":\"buy\",\"last_qty\":10,\"last_price\":100}");
	with_state("");
	g_order("A", "x", "buy", 10, "");
	g_target("A", 20);
	got = with_state("");
	is_str(got, "reject x duplicate_id; reject x duplicate_id; order s-" WM1 "-1 buy 10; ",
	    "what it had before does not count again");
	g_start();
	g_hour = 2;
	g_bar("A", 100);
	g_order("A", "x", "buy", 10, "");
	g_target("A", 20);
	got = with_state("");
	is_str(got, "reject x duplicate_id; ", "a followed account's position and ids are kept");
	unlink(state);
}

int
main(void)
{
	snprintf(state, sizeof state, "/tmp/t_risk_evade.%ld", (long)getpid());
	test_restart();
	test_brackets();
	test_low_limit();
	test_flatten();
	test_ids();
	test_equity();
	test_price();
	test_follow_replace();
	test_status();
	test_delta();
	test_reduce();
	buf_free(&g_in);
	buf_free(&g_raw);
	buf_free(&g_notes);
	return done_testing();
}
