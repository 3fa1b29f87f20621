/* Targets, cancels, replaces, the loop, breakers and the state file. */
#include "t_risk.h"

#include <sys/stat.h>

#include "io/out.h"

#define OPTS "--commission none --margin 0"

static char state[64];

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

static void
test_targets(void)
{
	market();
	g_target("A", 10);
	g_target("A", 10);
	g_target("B", -5);
	g_bar("A", 100);
	g_wm();
	g_target("A", 4);
	g_target("B", 3);
	is_str(g_run("{}", OPTS),
	    "order s-20240101T010000-1 buy 10; order s-20240101T010000-2 sell_short 5; "
	    "order s-20240101T020000-1 sell 6; order s-20240101T020000-2 buy 8; ",
	    "the way from position and working orders to the target, ids that tell the watermark");
	market();
	g_put("{\"type\":\"target\",\"ts\":\"%T\",\"sym\":\"A\",\"strategy\":\"my strategy!\","
	      "\"weight\":0.0999}");
	is_str(g_run("{}", OPTS), "order my_strategy_-20240101T010000-1 buy 99; ",
	    "a weight is rounded down to lots; ids are plain");
	market();
	g_put("{\"type\":\"watermark\",\"ts\":\"2024-01-01T02:00:00.25Z\"}");
	g_target("A", 1);
	is_str(g_run("{}", OPTS), "order s-20240101T020000.25-1 buy 1; ", "fractions of a second");
	market();
	g_put("{\"type\":\"target\",\"ts\":\"%T\",\"sym\":\"A\",\"strategy\":\"s\"}");
	g_put("{\"type\":\"target\",\"ts\":\"%T\",\"sym\":\"A\",\"strategy\":\"s\",\"weight\":1,"
	      "\"position\":1}");
	g_put(
	    "{\"type\":\"target\",\"ts\":\"%T\",\"sym\":\"A\",\"strategy\":\"s\",\"weight\":1001}");
	is_str(g_run("{}", OPTS),
	    "reject s-20240101T010000-1 schema; reject s-20240101T010000-2 schema; "
	    "reject s-20240101T010000-3 schema; ",
	    "targets that make no sense");
	ok(!strstr(buf_z(&g_raw), "\"target\""), "targets are consumed");
}

/* A is all of the equity; B is to take its place. */
static void
test_parking(void)
{
	const char *l = "{\"margin\":1,\"warn_at_pct\":0}";

	market();
	hold("A", "h", "buy", 1000, 100);
	g_target("B", 5000);
	g_target("B", 4000);
	g_target("A", 500);
	g_target("A", 700);
	g_wm();
	is_str(g_run(l, OPTS),
	    "order h buy 1000; reject s-20240101T020000-1 buying_power; "
	    "order s-20240101T020000-3 sell 500; order s-20240101T020000-2 buy 4000; "
	    "reject s-20240101T020000-4 buying_power; ",
	    "a purchase waits for the sale behind it; a newer target replaces it");
	market();
	hold("A", "h", "buy", 1000, 100);
	g_target("B", 5000);
	g_bar("A", 100);
	g_target("A", 0);
	is_str(g_run(l, OPTS),
	    "order h buy 1000; reject s-20240101T020000-1 buying_power; "
	    "order s-20240101T020000-2 sell 1000; ",
	    "it waits for its own instant only");
	market();
	hold("A", "h", "buy", 1000, 100);
	g_target("B", 5000);
	is_str(g_run(l, OPTS), "order h buy 1000; reject s-20240101T020000-1 buying_power; ",
	    "nor longer than the input");
}

#define ID(n) "s-20240101T020000-" #n

/* Long 30 at 100; the target is 30 short. */
static const char *
flip(const char *limits)
{
	market();
	hold("A", "h", "buy", 30, 100);
	g_target("A", -30);
	return g_run(limits, OPTS);
}

/* A target on the other side of zero, refused as a whole: what closes goes out alone. */
static void
test_flips(void)
{
	static const struct {
		const char *limits, *rule;
	} refused[] = {
		{ "{\"max_order_qty\":35,\"warn_at_pct\":0}", "order_qty" },
		{ "{\"max_order_notional\":4000}", "order_notional" },
		{ "{\"max_order_equity_pct\":4}", "order_notional" },
		{ "{\"symbols\":{\"A\":{\"no_short\":true}}}", "no_short" },
	};
	char want[200];

	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		snprintf(want, sizeof want,
		    "order h buy 30; order " ID(1) " sell 30; reject " ID(2) " %s; ",
		    refused[i].rule);
		is_str(flip(refused[i].limits), want, "%s", refused[i].limits);
		ok(strstr(buf_z(&g_raw), "; the part that closes the position went out alone\""),
		    "and the words say so");
	}
	market();
	hold("A", "h", "buy", 30, 100);
	g_target("A", -40);
	is_str(g_run("{\"max_position_qty\":35,\"warn_at_pct\":0}", OPTS),
	    "order h buy 30; order " ID(1) " sell 30; reject " ID(2) " position; ", "position");
	market();
	hold("A", "h", "sell", 30, 100);
	g_target("A", 40);
	is_str(g_run("{\"margin\":0.03,\"max_net\":3500,\"warn_at_pct\":0}", OPTS),
	    "order h sell 30; order " ID(1) " buy 30; reject " ID(2) " net; ",
	    "a short, and a limit on exposure");
	ok(strstr(buf_z(&g_raw), "; the part that closes the position went out alone\""),
	    "said of what waited, too");
	market();
	hold("A", "h", "buy", 500, 100);
	g_target("A", -1001);
	is_str(g_run("{\"margin\":1,\"warn_at_pct\":0}", OPTS),
	    "order h buy 500; order " ID(1) " sell 500; reject " ID(2) " buying_power; ",
	    "buying power");
	is_str(flip("{\"max_order_qty\":60}"), "order h buy 30; order " ID(1) " sell 60; ",
	    "one that is allowed goes out whole");
	is_str(flip("{\"lot_size\":3,\"symbols\":{\"A\":{\"lot_size\":0}},\"max_net\":1}"),
	    "reject h net; reject s-20240101T020000-1 net; ", "nothing to close: one order");
	/* the rest waits for room, as a purchase does */
	market();
	hold("B", "g", "buy", 5000, 10);
	hold("A", "h", "sell", 300, 100);
	g_target("A", 800);
	g_target("B", 2000);
	is_str(g_run("{\"margin\":1,\"warn_at_pct\":0}", OPTS),
	    "order g buy 5000; order h sell 300; order s-20240101T030000-1 buy 300; "
	    "order s-20240101T030000-3 sell 3000; order s-20240101T030000-2 buy 800; ",
	    "and goes out when a sale has made it");
	market();
	hold("A", "h", "buy", 30, 100);
	g_put("{\"type\":\"alert\",\"ts\":\"%T\",\"severity\":\"warn\",\"rule\":\"r\","
	      "\"action\":\"reduce\"}");
	g_target("A", -30);
	is_str(g_run("{}", OPTS),
	    "order h buy 30; alert r reduce; order " ID(1) " sell 30; reject " ID(
		2) " reduce_only; ",
	    "what reduces goes out while reducing");
	market();
	hold("A", "h", "buy", 30, 100);
	g_order("A", "x", "sell", 20, ",\"stop_price\":90");
	g_target("A", -30);
	is_str(g_run("{\"max_order_qty\":35,\"warn_at_pct\":0}", OPTS),
	    "order h buy 30; order x sell 20; order " ID(1) " sell 10; reject " ID(
		2) " order_qty; ",
	    "what is being sold already is not sold twice");
}

static void
test_summary(void)
{
	market();
	g_order("A", "a", "buy", 1, "");
	g_order("A", "b", "buy", 1.5, "");
	g_order("A", "c", "buy", 20, "");
	g_order("A", "d", "buy", 30, "");
	g_target("A", 3);
	g_put("{\"type\":\"replace\",\"ts\":\"%T\",\"sym\":\"A\",\"cl_ord_id\":\"nobody\",\"qty\":"
	      "1}");
	g_run("{\"max_order_qty\":10,\"warn_at_pct\":0}", OPTS);
	is_str(buf_z(&g_notes),
	    "1: 4 of 6 orders refused: order_qty 2, lot_size 1, unknown_order 1\n",
	    "what was refused, and why");
	ok(strstr(buf_z(&g_raw), "lot size (--instruments or lot_size say"), "a hint for lots");
	market();
	g_order("A", "a", "buy", 1, "");
	g_run("{}", OPTS);
	is_str(buf_z(&g_notes), "", "nothing was: nothing is said");
}

static void
test_small_pct(void)
{
	market();
	g_run(
	    "{\"max_drawdown_pct\":0.25,\"max_gross_pct\":1,\"max_net_pct\":0,\"max_leverage\":0.5,"
	    "\"symbols\":{\"A\":{\"max_order_equity_pct\":0.1,\"price_collar_pct\":null}},"
	    "\"strategies\":{\"s\":{\"price_collar_pct\":0.07}}}",
	    OPTS);
	const char *n = buf_z(&g_notes);
	ok(strstr(n, ": max_drawdown_pct 0.25 means 0.25 of one percent; if a part of 1 was meant, "
		     "write 25\n"),
	    "a fraction is warned of: %s", n);
	ok(strstr(n, ": symbols.A.max_order_equity_pct 0.1 means"), "in a scope of a symbol");
	ok(strstr(n, ": strategies.s.price_collar_pct 0.07 means 0.07 of one percent; if a part of "
		     "1 was meant, write 7\n"),
	    "of a strategy");
	ok(!strstr(n, "gross") && !strstr(n, "net") && !strstr(n, "leverage"),
	    "not what is no fraction, or no percentage");
}

static void
test_cancel_replace(void)
{
	const char *l = "{\"max_order_qty\":10,\"max_position_qty\":10}";

	market();
	g_order("A", "x", "buy", 8, ",\"limit_price\":90");
	g_put("{\"type\":\"replace\",\"ts\":\"%T\",\"sym\":\"A\",\"cl_ord_id\":\"y\","
	      "\"orig_cl_ord_id\":\"x\",\"qty\":10}");
	g_put("{\"type\":\"replace\",\"ts\":\"%T\",\"sym\":\"A\",\"cl_ord_id\":\"z\","
	      "\"orig_cl_ord_id\":\"y\",\"qty\":11}");
	g_put("{\"type\":\"replace\",\"ts\":\"%T\",\"sym\":\"A\",\"cl_ord_id\":\"z\","
	      "\"orig_cl_ord_id\":\"nobody\",\"qty\":1}");
	g_put("{\"type\":\"replace\",\"ts\":\"%T\",\"sym\":\"A\",\"cl_ord_id\":\"x\","
	      "\"orig_cl_ord_id\":\"y\",\"qty\":1}");
	g_put("{\"type\":\"replace\",\"ts\":\"%T\",\"sym\":\"A\",\"cl_ord_id\":\"y\",\"qty\":0}");
	g_put("{\"type\":\"replace\",\"ts\":\"%T\",\"sym\":\"A\",\"cl_ord_id\":\"y\","
	      "\"limit_price\":-1}");
	g_put("{\"type\":\"replace\",\"ts\":\"%T\",\"sym\":\"A\",\"cl_ord_id\":\"y\",\"qty\":9}");
	g_order("A", "w", "buy", 1, "");
	g_order("A", "v", "buy", 1, "");
	g_put("{\"type\":\"cancel\",\"ts\":\"%T\",\"sym\":\"A\",\"cl_ord_id\":\"y\"}");
	g_order("A", "u", "buy", 9, "");
	g_put("{\"type\":\"cancel\",\"ts\":\"%T\",\"sym\":\"A\",\"cl_ord_id\":\"nobody\"}");
	is_str(g_run(l, OPTS),
	    "order x buy 8; replace y; reject z order_qty; reject z unknown_order; "
	    "reject x duplicate_id; reject y schema; reject y schema; replace y; order w buy 1; "
	    "reject v position; cancel y; order u buy 9; cancel nobody; ",
	    "a replace is checked as the order it makes; cancels always pass");
}

static void
test_daily_loss(void)
{
	const char *l = "{\"max_daily_loss\":1000}";

	market();
	hold("A", "h", "buy", 100, 100);
	g_order("A", "w", "buy", 1, ",\"limit_price\":50");
	g_bar("A", 91.9); /* -810 */
	g_wm();
	g_bar("A", 90); /* -1000 */
	g_wm();
	g_order("A", "x", "sell", 100, "");
	g_put("{\"type\":\"cancel\",\"ts\":\"%T\",\"sym\":\"A\",\"cl_ord_id\":\"w\"}");
	g_target("B", 1);
	g_hour += 24;
	g_bar("A", 100);
	g_wm();
	g_order("A", "y", "buy", 1, "");
	is_str(g_run(l, OPTS),
	    "order h buy 100; order w buy 1; alert daily_loss warn; alert daily_loss halt; cancel "
	    "w; "
	    "reject x halted; cancel w; reject s-20240101T040000-1 halted; reject y halted; ",
	    "a warning, the halt, cancels; then nothing, not even another day");
	ok(strstr(buf_z(&g_raw),
	       "\"severity\":\"critical\",\"rule\":\"daily_loss\",\"text\":\"the "
	       "day's loss has reached its limit\",\"value\":1000,\"limit\":1000"),
	    "the numbers of the halt");

	/* the day's loss begins anew at midnight; the bar that ends at midnight belongs to the old
	 */
	g_start();
	g_bar("A", 100);
	g_wm();
	hold("A", "h", "buy", 100, 100);
	g_hour = 23;
	g_bar("A", 94);
	g_wm();
	g_bar("A", 88);
	g_wm();
	is_str(g_run(l, OPTS), "order h buy 100; ", "600 on each of two days");
	is_str(g_run("{\"max_daily_loss_pct\":1,\"day_start\":\"12:00\"}", OPTS),
	    "order h buy 100; alert daily_loss halt; ", "in one, when it begins at noon");
}

static void
test_reducing(void)
{
	market();
	hold("A", "h", "buy", 100, 100);
	g_order("B", "w", "buy", 1, ",\"limit_price\":5");
	g_order("A", "tp", "sell", 40, ",\"limit_price\":150");
	g_bar("A", 80);
	g_wm();
	g_order("A", "x", "buy", 1, "");
	g_order("A", "y", "sell", 60, "");
	g_order("A", "z", "sell", 1, "");
	is_str(g_run("{\"max_drawdown_pct\":2,\"drawdown_action\":\"reduce\",\"warn_at_pct\":0}",
		   OPTS),
	    "order h buy 100; order w buy 1; order tp sell 40; alert drawdown reduce; cancel w; "
	    "reject x reduce_only; order y sell 60; reject z reduce_only; ",
	    "only what reduces goes out or stays");
}

static void
test_alerts(void)
{
	market();
	hold("A", "h", "buy", 10, 100);
	g_order("A", "w", "buy", 1, ",\"limit_price\":50");
	g_put("{\"type\":\"alert\",\"ts\":\"%T\",\"severity\":\"info\",\"rule\":\"news\"}");
	g_put("{\"type\":\"alert\",\"ts\":\"%T\",\"severity\":\"warn\",\"rule\":\"vix\",\"action\":"
	      "\"warn\"}");
	g_order("A", "x", "buy", 1, "");
	g_put("{\"type\":\"alert\",\"ts\":\"%T\",\"severity\":\"critical\",\"rule\":\"kill_file\","
	      "\"action\":\"halt\"}");
	g_order("A", "y", "buy", 1, "");
	g_put("{\"type\":\"alert\",\"ts\":\"%T\",\"severity\":\"warn\",\"rule\":\"vix\",\"action\":"
	      "\"reduce\"}");
	g_order("A", "z", "sell", 1, "");
	is_str(g_run("{}", OPTS),
	    "order h buy 10; order w buy 1; alert news; alert vix warn; order x buy 1; "
	    "alert kill_file halt; cancel w; cancel x; reject y halted; alert vix reduce; "
	    "reject z halted; ",
	    "a halt from outside; reducing does not undo it");
	market();
	hold("A", "h", "buy", 10, 100);
	hold("B", "i", "sell", 20, 10);
	g_put("{\"type\":\"alert\",\"ts\":\"%T\",\"severity\":\"critical\",\"rule\":\"panic\","
	      "\"action\":\"flatten\"}");
	is_str(g_run("{}", OPTS),
	    "order h buy 10; order i sell 20; alert panic flatten; "
	    "order flatten-20240101T030000-1 sell 10; order flatten-20240101T030000-2 buy 20; ",
	    "flatten closes every position");
}

static void
test_warnings(void)
{
	market();
	hold("A", "h", "buy", 85, 100);
	g_bar("A", 101);
	g_wm();
	g_bar("A", 50);
	g_wm();
	g_bar("A", 100);
	g_wm();
	is_str(g_run("{\"max_gross\":10000}", OPTS),
	    "order h buy 85; alert gross warn; alert gross warn; ", "once for each crossing");
	is_str(g_run("{\"max_gross\":10000,\"warn_at_pct\":90}", OPTS), "order h buy 85; ",
	    "at another level");
	is_str(
	    g_run("{\"max_position_notional\":10000,\"max_net\":10000,\"max_leverage\":0.1}", OPTS),
	    "order h buy 85; alert net warn; alert leverage warn; alert position warn; "
	    "alert net warn; alert leverage warn; alert position warn; ",
	    "net, leverage, position");
	market();
	g_order("A", "x", "buy", 1, "");
	g_order("A", "y", "buy", 2, "");
	is_str(g_run("{\"max_order_rate\":2,\"rate_window\":\"1h\"}", OPTS),
	    "order x buy 1; order y buy 2; alert order_rate warn; ", "rate");
	is_str(g_run("{\"max_open_orders\":2}", OPTS),
	    "order x buy 1; order y buy 2; alert open_orders warn; ", "open orders");
	market();
	hold("A", "h", "buy", 100, 100);
	g_bar("A", 89);
	g_wm();
	is_str(g_run("{\"max_drawdown_pct\":1.1}", OPTS), "order h buy 100; alert drawdown halt; ",
	    "drawdown");
	ok(strstr(buf_z(&g_raw), "\"value\":1.1,\"limit\":1.1,") != NULL, "in plain numbers");
}

static void
test_loop(void)
{
	const char *portfolio =
	    "{\"type\":\"portfolio\",\"ts\":\"%T\",\"cash\":5000.00,\"equity\":5000.00}";

	market();
	g_bar("A", 100);
	g_loop_wm();
	g_order("A", "x", "buy", 60, "");
	g_order("A", "y", "buy", 40, "");
	g_put("{\"type\":\"cancel\",\"ts\":\"%T\",\"sym\":\"A\",\"cl_ord_id\":\"other\"}");
	g_put("{\"type\":\"cancel\",\"ts\":\"%T\",\"sym\":\"A\",\"cl_ord_id\":\"y\"}");
	g_put(portfolio);
	g_target("A", 2);
	is_str(g_run("{\"margin\":1}", OPTS),
	    "cancel other; reject x buying_power; order y buy 40; cancel y; "
	    "order s-20240101T020000-1 sell_short 38; ",
	    "on a looped watermark the real portfolio is waited for, and decides");
	ok(strstr(buf_z(&g_raw), "\"type\":\"portfolio\"") < strstr(buf_z(&g_raw), "\"reject\""),
	    "after it in the stream, too");
	g_bar("A", 100);
	g_loop_wm();
	g_bar("A", 100);
	g_loop_wm();
	ok(strstr(g_run("{}", OPTS), "-3 a looped watermark came before the portfolio"),
	    "a broken ring");
	market();
	g_put("{\"type\":\"portfolio\",\"ts\":\"%T\",\"cash\":5.00,\"equity\":5.00,\"assumed\":"
	      "true}");
	g_order("A", "x", "buy", 60, "");
	is_str(g_run("{\"margin\":1}", OPTS), "order x buy 60; ",
	    "a shadow's portfolio is not believed");
	market();
	g_put("{\"type\":\"position\",\"ts\":\"%T\",\"sym\":\"A\",\"qty\":7,\"avg_price\":100.00}");
	g_put(portfolio);
	g_target("A", 10);
	is_str(g_run("{\"margin\":1}", OPTS), "order s-20240101T010000-1 buy 3; ",
	    "a real account's is, live as well");
}

static void
test_show_account(void)
{
	market();
	hold("A", "h", "buy", 10, 100);
	g_run("{}", OPTS);
	ok(!strstr(buf_z(&g_raw), "portfolio"), "the shadow account is silent");
	g_run("{}", OPTS " --show-account");
	ok(strstr(buf_z(&g_raw), "\"type\":\"position\"") &&
		strstr(strstr(buf_z(&g_raw), "\"type\":\"position\""), "\"assumed\":true"),
	    "or shows its positions, as assumed");
	ok(strstr(buf_z(&g_raw), "\"type\":\"portfolio\"") &&
		!strstr(buf_z(&g_raw), "\"type\":\"fill\""),
	    "and its portfolio, no fills");
}

static const char *
with_state(const char *limits, const char *more)
{
	char opts[300];

	snprintf(opts, sizeof opts, OPTS " --state %s %s", state, more);
	return g_run(limits, opts);
}

/* is_str looks at its argument twice; a run with a state file is to happen once. */
static void
state_is(const char *limits, const char *more, const char *want, const char *name)
{
	const char *got = with_state(limits, more);

	is_str(got, want, "%s", name);
}

static void
test_state(void)
{
	const char *l = "{\"max_drawdown_pct\":1,\"warn_at_pct\":0}";

	unlink(state);
	market();
	hold("A", "h", "buy", 100, 100);
	g_bar("A", 89);
	g_wm();
	state_is(l, "", "order h buy 100; alert drawdown halt; ", "the halt");
	g_start();
	g_hour = 10;
	g_bar("A", 89);
	g_order("A", "x", "buy", 1, "");
	state_is(
	    l, "", "alert drawdown halt; reject x halted; ", "survives a restart, and is told");
	state_is(l, "--rearm=daily_loss:no",
	    "-2 --rearm: 'daily_loss' is not tripped; tripped: drawdown", "what did not trip");
	state_is(l, "--rearm=drawdown:", "-2 --rearm wants 'NAME: REASON', both not empty",
	    "a reason is wanted");
	state_is(l, "--rearm=drawdown", "-2 --rearm wants 'NAME: REASON', both not empty",
	    "a reason is wanted, really");
	g_wm();
	g_target("A", 99);
	state_is(l, "--rearm=drawdown:checked",
	    "alert rearm; order x buy 1; order s-20240101T110000-1 sell 2; ",
	    "re-armed; the position is remembered, the peak begins anew");
	ok(strstr(buf_z(&g_raw), "drawdown re-armed: checked"), "the reason is logged");
	g_start();
	g_hour = 12;
	g_bar("A", 89);
	g_wm();
	g_target("A", 99);
	state_is(l, "", "", "orders that worked were remembered and filled");
	is_str(g_run(l, "--rearm=x:y"), "-2 --rearm needs --state", "re-arming nothing");
}

static void
write_state(const char *text)
{
	struct buf b = { 0 };
	struct err e;

	buf_puts(&b, text);
	ok(io_state_write(state, &b, &e) == 0, "written");
	buf_free(&b);
}

static void
test_bad_state(void)
{
	static const char *const bad[] = { "", "{", "[]", "{\"version\":2,\"latches\":[]}",
		"{\"version\":1}", "{\"version\":1,\"latches\":[{}]}",
		"{\"version\":1,\"latches\":[],\"peak_equity\":1}",
		"{\"version\":1,\"latches\":[],\"account\":{}}" };

	market();
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		write_state(bad[i]);
		ok(strstr(with_state("{}", ""), "-3 state file ") != NULL, "refused: %s", bad[i]);
	}
	unlink(state);
	with_state("{}", ""); /* a whole one */
	FILE *f = fopen(state, "r");
	char text[4096], *at;
	text[fread(text, 1, sizeof text - 1, f)] = '\0';
	fclose(f);
	if ((at = strstr(text, "\"latches\":[")) != NULL) {
		struct buf b = { 0 };
		at += strlen("\"latches\":[");
		buf_put(&b, text, (size_t)(at - text));
		buf_puts(
		    &b, "{\"rule\":\"r\",\"state\":\"who knows\",\"ts\":\"2024-01-01T00:00:00Z\"}");
		buf_put(&b, at, (size_t)(strstr(at, ",\"crc32\"") - at));
		buf_putc(&b, '}');
		write_state(buf_z(&b));
		buf_free(&b);
	}
	g_order("A", "x", "buy", 1, "");
	state_is("{}", "", "alert r halt; reject x halted; ", "an unknown state is a halt");
	unlink(state);
	snprintf(state, sizeof state, "/nowhere/state");
	ok(strstr(with_state("{}", ""), "-4 ") != NULL, "a state that cannot be written, at once");
}

int
main(void)
{
	snprintf(state, sizeof state, "/tmp/t_risk_state.%ld", (long)getpid());
	test_targets();
	test_parking();
	test_flips();
	test_summary();
	test_small_pct();
	test_cancel_replace();
	test_daily_loss();
	test_reducing();
	test_alerts();
	test_warnings();
	test_loop();
	test_show_account();
	test_state();
	test_bad_state();
	buf_free(&g_in);
	buf_free(&g_raw);
	buf_free(&g_notes);
	return done_testing();
}
