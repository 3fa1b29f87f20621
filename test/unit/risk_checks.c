/* Each check of the gate refuses what it should and lets out what it should. */
#include "t_risk.h"

/* A has a price of 100, B one of 10; the account has 100,000 and pays no commission. */
#define OPTS "--commission none --margin 0"

static void
market(void)
{
	g_start();
	g_bar("B", 10);
	g_hour--;
	g_bar("A", 100);
	g_wm();
}

static const char *
one(const char *limits, const char *side, double qty, const char *more)
{
	market();
	g_order("A", "x", side, qty, more);
	return g_run(limits, OPTS);
}

/* Give the account a position: ordered now, filled by the next bar. */
static void
hold(const char *sym, const char *id, const char *side, double qty, double px)
{
	g_order(sym, id, side, qty, "");
	g_bar(sym, px);
	g_wm();
}

static void
test_schema(void)
{
	static const char *const bad[] = {
		"\"side\":\"buy\",\"qty\":0,\"ord_type\":\"market\"",
		"\"side\":\"buy\",\"qty\":-5,\"ord_type\":\"market\"",
		"\"side\":\"buy\",\"qty\":5,\"ord_type\":\"limit\"",
		"\"side\":\"buy\",\"qty\":5,\"ord_type\":\"limit\",\"limit_price\":0",
		"\"side\":\"buy\",\"qty\":5,\"ord_type\":\"limit\",\"limit_price\":-1",
		"\"side\":\"buy\",\"qty\":5,\"ord_type\":\"stop\",\"limit_price\":9",
		"\"side\":\"buy\",\"qty\":5,\"ord_type\":\"stop_limit\",\"limit_price\":9",
		"\"side\":\"buy\",\"qty\":5,\"ord_type\":\"trailing_stop\"",
		"\"side\":\"buy\",\"qty\":5,\"ord_type\":\"market\",\"limit_price\":-1",
		"\"side\":\"buy\",\"qty\":5,\"ord_type\":\"market\",\"stop_price\":0",
		"\"side\":\"buy\",\"qty\":5,\"ord_type\":\"market\",\"tif\":\"gtd\"",
		"\"side\":\"buy\",\"qty\":5,\"ord_type\":\"market\",\"parent_id\":\"nobody\"",
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char line[400];
		market();
		snprintf(line, sizeof line,
		    "{\"type\":\"order\",\"ts\":\"%%T\",\"sym\":\"A\",\"cl_ord_id\":\"x\",%s}",
		    bad[i]);
		g_put(line);
		is_str(g_run("{}", OPTS), "reject x schema; ", "%s", bad[i]);
	}
	market();
	g_order("A", "", "buy", 1, "");
	g_order("A", "a b", "buy", 1, "");
	is_str(g_run("{}", OPTS), "reject schema; reject a b schema; ", "ids");
	market();
	g_order("A", "p", "buy", 1, "");
	g_order("A", "c", "sell", 1, ",\"parent_id\":\"p\",\"limit_price\":120");
	is_str(g_run("{\"no_short\":true}", OPTS), "order p buy 1; order c sell 1; ",
	    "a bracket's child closes what its parent opens");
	market();
	g_order("A", "x", "buy", 1, "");
	g_order("B", "x", "buy", 1, "");
	is_str(g_run("{}", OPTS), "order x buy 1; reject x duplicate_id; ", "an id twice");
}

static void
test_symbols(void)
{
	is_str(
	    one("{\"restricted\":[\"A\"]}", "buy", 1, ""), "reject x restricted; ", "restricted");
	is_str(one("{\"allowed\":[\"B\"]}", "buy", 1, ""), "reject x not_allowed; ", "not allowed");
	is_str(one("{\"allowed\":[\"A\"]}", "buy", 1, ""), "order x buy 1; ", "allowed");
	market();
	g_order("C", "x", "buy", 1, "");
	g_target("D", 1);
	is_str(g_run("{}", OPTS), "reject x no_price; reject s-20240101T010000-1 no_price; ",
	    "no price yet");
	g_start();
	g_put("{\"type\":\"bar\",\"ts\":\"%T\",\"sym\":\"A\",\"open\":1,\"high\":1,\"low\":2,"
	      "\"close\":1,\"dirty\":\"high_lt_low\"}");
	g_order("A", "x", "buy", 1, "");
	is_str(g_run("{}", OPTS), "reject x no_price; ", "an unusable bar is no price");
}

static void
test_steps(void)
{
	is_str(one("{}", "buy", 1.5, ""), "reject x lot_size; ", "half a share");
	is_str(one("{\"lot_size\":0.5}", "buy", 1.5, ""), "order x buy 1.5; ", "lot of the file");
	is_str(one("{\"lot_size\":1,\"symbols\":{\"A\":{\"lot_size\":0}}}", "buy", 1.25, ""),
	    "order x buy 1.25; ", "no lot for a symbol");
	is_str(
	    one("{}", "buy", 1, ",\"limit_price\":99.995"), "reject x tick_size; ", "half a cent");
	is_str(one("{}", "buy", 1, ",\"stop_price\":100.005"), "reject x tick_size; ", "a stop");
	is_str(one("{\"tick_size\":0}", "buy", 1, ",\"limit_price\":99.995"), "order x buy 1; ",
	    "no tick");
	is_str(one("{}", "buy", 1, ",\"limit_price\":0.0001"), "order x buy 1; ",
	    "below 1.00 a stock's tick is 0.0001");
}

static void
test_order_size(void)
{
	is_str(one("{\"max_order_qty\":10}", "buy", 11, ""), "reject x order_qty; ", "too many");
	ok(strstr(buf_z(&g_raw), "\"limit\":10,\"value\":11,\"source\":\"risk-gate\"") != NULL,
	    "with the numbers");
	is_str(one("{\"max_order_qty\":10}", "buy", 10, ""), "order x buy 10; ", "at the limit");
	is_str(one("{\"max_order_notional\":1000}", "buy", 11, ""), "reject x order_notional; ",
	    "too much money");
	is_str(one("{\"max_order_notional\":1000}", "buy", 10, ""), "order x buy 10; ", "just so");
	is_str(one("{\"max_order_notional\":1000}", "buy", 10, ",\"limit_price\":101"),
	    "reject x order_notional; ", "valued at its limit");
	is_str(one("{\"max_order_equity_pct\":1}", "sell", 11, ""), "reject x order_notional; ",
	    "percent of equity");
	is_str(one("{\"max_order_equity_pct\":1.1}", "sell", 12, ""), "reject x order_notional; ",
	    "percent that no double hits");
	ok(strstr(buf_z(&g_raw), "\"limit\":1100,\"value\":1200,") != NULL, "without noise");
	is_str(one("{\"lot_size\":0.00000002}", "buy", 1.00000001, ""), "reject x lot_size; ",
	    "a small lot");
	ok(strstr(buf_z(&g_raw), "\"limit\":2e-08,\"value\":1.00000001,") != NULL,
	    "every digit of a quantity");
	is_str(one("{\"max_order_equity_pct\":1}", "sell", 10, ""), "order x sell 10; ",
	    "percent of equity, just so");
	is_str(one("{\"lot_size\":0}", "buy", 9200000000, ""), "order x buy 9.2e+09; ",
	    "the largest quantity has a value");
	is_str(one("{\"price_collar_pct\":5}", "buy", 1, ",\"limit_price\":105"), "order x buy 1; ",
	    "at the collar");
	is_str(one("{\"price_collar_pct\":5}", "buy", 1, ",\"limit_price\":105.01"),
	    "reject x price_collar; ", "above the collar");
	is_str(one("{\"price_collar_pct\":5}", "buy", 1, ",\"limit_price\":94.99"),
	    "reject x price_collar; ", "below the collar");
	is_str(one("{\"price_collar_pct\":5}", "sell", 1, ",\"stop_price\":94.99"),
	    "reject x price_collar; ", "a stop");
	is_str(one("{\"max_order_qty\":1,\"strategies\":{\"s\":{\"max_order_qty\":5}}}", "buy", 5,
		   ",\"strategy\":\"s\""),
	    "order x buy 5; ", "a strategy's limit");
}

/* What only brings a position down is not refused for its size. */
static void
test_reducing_size(void)
{
	static const char *const limits[] = {
		"{\"symbols\":{\"A\":{\"max_order_qty\":10}}}",
		"{\"symbols\":{\"A\":{\"max_order_notional\":1000}}}",
		"{\"symbols\":{\"A\":{\"max_order_equity_pct\":1}}}",
	};

	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		g_start();
		g_bar("A", 100);
		g_put("{\"type\":\"position\",\"ts\":\"%T\",\"sym\":\"A\",\"qty\":30,"
		      "\"avg_price\":50}");
		g_put("{\"type\":\"portfolio\",\"ts\":\"%T\",\"cash\":97000.00,\"equity\":100000."
		      "00}");
		g_order("A", "a", "sell", 31, "");
		g_order("A", "b", "sell", 12, ",\"limit_price\":120");
		g_order("A", "c", "sell", 19, "");
		g_order("A", "d", "sell", 18, "");
		g_order("A", "e", "buy", 11, "");
		const char *got = g_run(limits[i], OPTS);
		char want[200];
		const char *rule = i ? "order_notional" : "order_qty";
		snprintf(want, sizeof want,
		    "reject a %s; order b sell 12; reject c %s; order d sell 18; reject e %s; ",
		    rule, rule, rule);
		is_str(
		    got, want, "no more than the position less what is being sold: %s", limits[i]);
	}
	market();
	hold("A", "h", "sell", 10, 100);
	g_order("A", "x", "buy", 10, "");
	is_str(
	    g_run("{\"max_order_qty\":10,\"symbols\":{\"A\":{\"max_order_notional\":1000}}}", OPTS),
	    "order h sell 10; order x buy 10; ", "a short that is covered");
	market();
	hold("A", "h", "sell", 10, 100);
	g_bar("A", 150);
	g_wm();
	g_order("A", "x", "buy", 10, "");
	is_str(g_run("{\"max_order_notional\":1000,\"warn_at_pct\":0}", OPTS),
	    "order h sell 10; order x buy 10; ", "a loser can be closed as well");
	market();
	g_order("A", "p", "buy", 10, "");
	g_order("A", "c", "sell", 10, ",\"parent_id\":\"p\",\"stop_price\":90");
	g_bar("A", 150);
	g_wm();
	g_order("A", "x", "sell", 10, "");
	is_str(g_run("{\"max_order_notional\":1000}", OPTS),
	    "order p buy 10; order c sell 10; reject x order_notional; ",
	    "a bracket's child is one of those that may fill");
	market();
	hold("A", "h", "buy", 10, 100);
	g_bar("A", 150);
	g_wm();
	g_order("A", "x", "sell", 10, ",\"limit_price\":200");
	is_str(g_run("{\"max_order_notional\":1000,\"price_collar_pct\":10}", OPTS),
	    "order h buy 10; reject x price_collar; ", "the collar holds for all");
}

static void
test_overflow(void)
{
	market();
	g_put("{\"type\":\"bar\",\"ts\":\"%T\",\"sym\":\"A\",\"open\":9e9,\"high\":9e9,\"low\":9e9,"
	      "\"close\":9e9,\"volume\":0}");
	g_order("A", "x", "buy", 9200000000, "");
	is_str(g_run("{}", OPTS), "reject x overflow; ", "a value that fits no number");
}

static void
test_time(void)
{
	const char *l = "{\"duplicate_window\":\"2h\"}";

	market();
	g_order("A", "x", "buy", 1, "");
	g_order("A", "y", "buy", 1, "");
	g_order("A", "z", "buy", 2, "");
	g_order("B", "u", "buy", 1, "");
	g_order("A", "v", "sell", 1, "");
	g_order("A", "w", "buy", 1, ",\"limit_price\":90");
	is_str(g_run(l, OPTS),
	    "order x buy 1; reject y duplicate; order z buy 2; order u buy 1; order v sell 1; "
	    "order w buy 1; ",
	    "the same again");
	market();
	g_order("A", "x", "buy", 1, "");
	g_hour += 2;
	g_order("A", "y", "buy", 1, "");
	is_str(g_run(l, OPTS), "order x buy 1; order y buy 1; ", "not after the window");

	l = "{\"max_order_rate\":2,\"rate_window\":\"1h\",\"warn_at_pct\":0}";
	market();
	for (int i = 0; i < 3; i++) {
		char id[] = { 'a', (char)('0' + i), 0 };
		g_order("A", id, "buy", 1 + i, "");
	}
	g_hour++;
	g_order("A", "b", "buy", 1, "");
	is_str(g_run(l, OPTS),
	    "order a0 buy 1; order a1 buy 2; reject a2 order_rate; order b buy 1; ",
	    "orders in a window");
}

static void
test_position(void)
{
	const char *l = "{\"max_position_qty\":10}";

	market();
	g_order("A", "x", "buy", 6, "");
	g_order("A", "y", "buy", 5, "");
	g_order("A", "z", "sell", 10, "");
	is_str(g_run(l, OPTS), "order x buy 6; reject y position; order z sell 10; ",
	    "working orders count");
	market();
	g_order("A", "x", "buy", 6, ",\"limit_price\":90");
	g_order("A", "y", "sell", 10, "");
	g_order("A", "z", "sell", 1, "");
	is_str(g_run(l, OPTS), "order x buy 6; order y sell 10; reject z position; ",
	    "a resting limit order makes no room");
	market();
	hold("A", "h", "buy", 10, 100);
	g_order("A", "x", "sell", 10, ",\"limit_price\":110");
	g_order("A", "y", "buy", 1, "");
	is_str(g_run("{\"max_position_qty\":10,\"warn_at_pct\":0}", OPTS),
	    "order h buy 10; order x sell 10; reject y position; ", "nor a resting sale");
	market();
	g_order("A", "p", "buy", 10, "");
	g_order("A", "c", "sell", 10, ",\"parent_id\":\"p\",\"limit_price\":120");
	g_bar("A", 100);
	g_wm();
	g_order("A", "x", "sell", 10, "");
	is_str(g_run("{\"no_short\":true}", OPTS),
	    "order p buy 10; order c sell 10; order x sell 10; ",
	    "a bracket's child is not counted");
	market();
	hold("A", "h", "buy", 30, 100);
	g_order("A", "x", "sell", 10, "");
	g_order("A", "y", "buy", 1, "");
	g_order("A", "z", "sell", 35, "");
	is_str(
	    g_run("{\"symbols\":{\"A\":{\"max_position_notional\":3000}},\"warn_at_pct\":0}", OPTS),
	    "order h buy 30; order x sell 10; order y buy 1; order z sell 35; ", "less is fine");
	is_str(
	    one("{\"max_position_notional\":999}", "buy", 10, ""), "reject x position; ", "value");
	is_str(one("{\"max_position_equity_pct\":1}", "sell", 11, ""), "reject x position; ",
	    "percent of equity");
	market();
	hold("A", "h", "buy", 20, 60);
	g_order("A", "x", "sell", 5, "");
	g_order("A", "y", "sell", 30, "");
	is_str(g_run("{\"symbols\":{\"A\":{\"max_position_qty\":20,\"max_order_qty\":100}},"
		     "\"max_position_equity_pct\":1}",
		   OPTS),
	    "reject h position; order x sell 5; reject y position; ", "each limit by itself");
	market();
	hold("A", "h", "buy", 10, 100);
	g_order("A", "x", "sell", 10, "");
	g_order("A", "y", "sell", 1, "");
	is_str(g_run("{\"no_short\":true,\"warn_at_pct\":0}", OPTS),
	    "order h buy 10; order x sell 10; reject y no_short; ", "no short");
	is_str(
	    one("{\"no_short\":true}", "sell_short", 1, ""), "reject x no_short; ", "sell_short");
}

static void
test_exposure(void)
{
	market();
	g_order("A", "x", "buy", 10, "");
	g_order("B", "y", "sell", 10, "");
	g_order("B", "z", "buy", 1, "");
	is_str(g_run("{\"max_gross\":1090}", OPTS),
	    "order x buy 10; reject y gross; order z buy 1; ", "gross, money");
	is_str(g_run("{\"max_gross_pct\":1.09}", OPTS),
	    "order x buy 10; reject y gross; order z buy 1; ", "gross, percent");
	is_str(g_run("{\"max_net\":1000}", OPTS),
	    "order x buy 10; order y sell 10; order z buy 1; ", "net: a sale makes room");
	is_str(g_run("{\"max_net_pct\":0.5}", OPTS),
	    "reject x net; order y sell 10; order z buy 1; ", "net, percent");
	is_str(g_run("{\"max_leverage\":0.01}", OPTS),
	    "order x buy 10; reject y leverage; reject z leverage; ", "leverage");
	is_str(g_run("{\"max_open_orders\":2}", OPTS),
	    "order x buy 10; order y sell 10; alert open_orders warn; reject z open_orders; ",
	    "open orders");
	market();
	g_order("A", "x", "buy", 5, ",\"limit_price\":90");
	g_order("A", "y", "sell", 10, ",\"limit_price\":110");
	g_order("A", "z", "sell", 5, "");
	is_str(g_run("{\"max_gross\":1000}", OPTS),
	    "order x buy 5; order y sell 10; reject z gross; ", "resting orders at their worst");
}

static void
test_buying_power(void)
{
	is_str(one("{\"margin\":1}", "buy", 1000, ""), "order x buy 1000; ", "all of the cash");
	is_str(one("{\"margin\":1}", "buy", 1001, ""), "reject x buying_power; ", "more");
	is_str(one("{\"margin\":0.5}", "buy", 2000, ""), "order x buy 2000; ", "Reg T");
	is_str(
	    one("{\"margin\":0.5}", "sell", 2001, ""), "reject x buying_power; ", "shorts as well");
	is_str(one("{\"margin\":1,\"price_buffer_pct\":1}", "buy", 1000, ""),
	    "reject x buying_power; ", "a market order may slip");
	is_str(one("{\"margin\":1,\"price_buffer_pct\":1}", "buy", 990, ""), "order x buy 990; ",
	    "with room for it");
	is_str(one("{\"margin\":1,\"price_buffer_pct\":1}", "buy", 1000, ",\"limit_price\":100"),
	    "order x buy 1000; ", "a limit order does not");
	is_str(one("{\"margin\":1}", "buy", 1000, ",\"limit_price\":101"),
	    "reject x buying_power; ", "a limit above the market may cost it");
	market();
	g_order("A", "x", "buy", 600, ",\"limit_price\":90");
	g_order("A", "y", "buy", 500, "");
	is_str(g_run("{\"margin\":1}", OPTS), "order x buy 600; reject y buying_power; ",
	    "working orders count");
	market();
	hold("A", "h", "buy", 1000, 100);
	g_order("A", "x", "sell", 500, "");
	g_order("B", "y", "buy", 5000, "");
	g_order("B", "z", "buy", 1, "");
	is_str(g_run("{\"margin\":1,\"warn_at_pct\":0}", OPTS),
	    "order h buy 1000; order x sell 500; order y buy 5000; reject z buying_power; ",
	    "a sale at the market pays for a purchase");
}

static void
test_lookahead(void)
{
	market();
	g_put("{\"type\":\"signal\",\"ts\":\"%T\",\"sym\":\"A\",\"source\":\"s\",\"lookahead\":"
	      "true}");
	is_str(g_run("{}", OPTS),
	    "-3 a signal record carries \"lookahead\":true, labels from the future; refused",
	    "signal");
	market();
	g_order("A", "x", "buy", 1, ",\"lookahead\":true");
	ok(strncmp(g_run("{}", OPTS), "-3 a order record", 17) == 0, "order");
	market();
	g_put("{\"type\":\"features\",\"ts\":\"%T\",\"sym\":\"A\",\"ret_1\":1,\"lookahead\":true}");
	ok(strncmp(g_run("{}", OPTS), "-3 a features", 13) == 0, "features");
	market();
	g_put("{\"type\":\"signal\",\"ts\":\"%T\",\"sym\":\"A\",\"source\":\"s\",\"lookahead\":"
	      "false}");
	is_str(g_run("{}", OPTS), "", "false is none");
}

int
main(void)
{
	test_schema();
	test_symbols();
	test_steps();
	test_order_size();
	test_reducing_size();
	test_overflow();
	test_time();
	test_position();
	test_exposure();
	test_buying_power();
	test_lookahead();
	buf_free(&g_in);
	buf_free(&g_raw);
	buf_free(&g_notes);
	return done_testing();
}
