/* The limits file: what is refused and with which words, and which limit holds for whom. */
#include "risk/limits.h"
#include "t.h"

static struct limits l;
static struct symtab *syms;

static const char *
parse(const char *text)
{
	static struct err e;

	limits_free(&l);
	memset(&e, 0, sizeof e);
	int rc = limits_parse(&l, syms, "L", text, strlen(text), &e);
	if (rc == 0)
		return "fine";
	return rc == ERR_USAGE ? e.msg : "another code";
}

static double
f64(enum limit_key k, const char *sym, const char *strategy)
{
	double v = -1;

	return limits_f64(&l, k, sym ? symtab_get(syms, str_z(sym)) : NULL, str_z(strategy), &v)
		   ? v
		   : -1;
}

static int64_t
i64(enum limit_key k, const char *sym, const char *strategy)
{
	int64_t v = -1;

	return limits_i64(&l, k, sym ? symtab_get(syms, str_z(sym)) : NULL, str_z(strategy), &v)
		   ? v
		   : -1;
}

static void
test_refused(void)
{
	static const char *const bad[][2] = {
		{ "{\"max_ordr_qty\":1}",
		    "L: max_ordr_qty: no such key; did you mean max_order_qty?" },
		{ "{\"simbols\":{}}", "L: simbols: no such key; did you mean symbols?" },
		{ "{\"symbols\":{\"AAPL\":{\"max_gros\":1}}}",
		    "L: symbols.AAPL.max_gros: no such key; did you mean max_gross?" },
		{ "{\"x\":1}", "L: x: no such key" },
		{ "{\"max_order_qty\":\"5\"}", "L: max_order_qty: must be a number" },
		{ "{\"max_order_qty\":-1}", "L: max_order_qty: must be between 0 and 9e+09" },
		{ "{\"max_order_notional\":true}",
		    "L: max_order_notional: must be a number (an amount of money)" },
		{ "{\"max_open_orders\":1.5}", "L: max_open_orders: must be a whole number" },
		{ "{\"max_drawdown_pct\":101}", "L: max_drawdown_pct: must be between 0 and 100" },
		{ "{\"no_short\":1}", "L: no_short: must be true or false" },
		{ "{\"duplicate_window\":\"soon\"}",
		    "L: duplicate_window: must be a span of time such as \"2s\" or \"5m\"" },
		{ "{\"drawdown_action\":\"stop\"}",
		    "L: drawdown_action: must be \"halt\" or \"reduce\"" },
		{ "{\"day_start\":\"24:00\"}",
		    "L: day_start: must be a time of day such as \"22:00\"" },
		{ "{\"day_start\":\"9:00\"}",
		    "L: day_start: must be a time of day such as \"22:00\"" },
		{ "{\"restricted\":\"AAPL\"}", "L: restricted: must be a list of symbols" },
		{ "{\"restricted\":[1]}", "L: restricted: must be a list of symbols" },
		{ "{\"allowed\":[\"A B\"]}", "L: allowed: 'A B' is no symbol" },
		{ "{\"symbols\":[]}", "L: symbols: must be an object of symbols" },
		{ "{\"symbols\":{\"A\":1}}", "L: symbols.A: must be an object of limits" },
		{ "{\"strategies\":1}", "L: strategies: must be an object of strategies" },
		{ "{\"symbols\":{\"A\":{\"max_gross\":1}}}",
		    "L: symbols.A.max_gross: holds for the whole account; it cannot stand here" },
		{ "{\"strategies\":{\"s\":{\"max_position_qty\":1}}}",
		    "L: strategies.s.max_position_qty: holds for positions; it cannot stand under "
		    "strategies" },
		{ "{\"max_order_rate\":5}", "L: max_order_rate: needs rate_window beside it" },
		{ "{\"price_buffer_pct\":5}", "L: price_buffer_pct: needs margin beside it" },
		{ "[]", "L: must be one JSON object of limits" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		is_str(parse(bad[i][0]), bad[i][1], "%s", bad[i][0]);
	ok(strncmp(parse("{"), "L: ", 3) == 0, "no JSON at all");
	ok(strncmp(parse(""), "L: ", 3) == 0, "an empty file");
	ok(strncmp(parse("{\"max_gross\":1,\"max_gross\":2}"), "L: ", 3) == 0, "a key twice");
	ok(strncmp(parse("{\"max_gross_pct\":NaN}"), "L: ", 3) == 0, "NaN");
	ok(strncmp(parse("{\"max_gross_pct\":1e999}"), "L: ", 3) == 0, "1e999");
}

static void
test_values(void)
{
	is_str(
	    parse("{\"max_order_qty\":0.5,\"max_order_notional\":100.25,\"rate_window\":\"5m\","
		  "\"duplicate_window\":2,\"day_start\":\"22:30\",\"daily_loss_action\":\"reduce\","
		  "\"warn_at_pct\":75.5,\"max_open_orders\":3,\"no_short\":true}"),
	    "fine", "one of each kind");
	is_i64(i64(L_max_order_qty, NULL, NULL), 500000000, "size in nano");
	is_i64(i64(L_max_order_notional, NULL, NULL), 100250000, "money in micro");
	is_i64(i64(L_rate_window, NULL, NULL), 5 * TIM_MIN, "span");
	is_i64(i64(L_duplicate_window, NULL, NULL), 2 * TIM_SEC, "a bare number is seconds");
	is_i64(i64(L_day_start, NULL, NULL), 22 * TIM_HOUR + 30 * TIM_MIN, "time of day");
	is_i64(i64(L_daily_loss_action, NULL, NULL), W_act_reduce, "action");
	is_i64(i64(L_max_open_orders, NULL, NULL), 3, "count");
	is_i64(i64(L_no_short, NULL, NULL), 1, "flag");
	ok(f64(L_warn_at_pct, NULL, NULL) == 75.5, "percent");
	is_i64(i64(L_max_gross, NULL, NULL), -1, "no limit where none is given");
}

static void
test_scopes(void)
{
	is_str(parse("{\"max_order_qty\":10,\"price_collar_pct\":5,\"no_short\":false,"
		     "\"symbols\":{\"A\":{\"max_order_qty\":20,\"no_short\":true},"
		     "\"B\":{\"max_order_qty\":null,\"price_collar_pct\":9}},"
		     "\"strategies\":{\"s\":{\"max_order_qty\":15,\"price_collar_pct\":null},"
		     "\"t\":{\"max_order_qty\":30,\"no_short\":true}},"
		     "\"restricted\":[\"R\"],\"allowed\":[\"A\",\"B\",\"R\"]}"),
	    "fine", "scopes");
	is_i64(i64(L_max_order_qty, "C", NULL), 10 * NUM_NANO, "the file's for any symbol");
	is_i64(i64(L_max_order_qty, "A", NULL), 20 * NUM_NANO, "the symbol's own, looser");
	is_i64(i64(L_max_order_qty, "B", NULL), -1, "lifted by null");
	is_i64(i64(L_max_order_qty, "C", "s"), 15 * NUM_NANO, "the strategy's own");
	is_i64(i64(L_max_order_qty, "A", "s"), 15 * NUM_NANO, "the tighter of both");
	is_i64(i64(L_max_order_qty, "A", "t"), 20 * NUM_NANO, "the tighter of both, the other way");
	is_i64(i64(L_max_order_qty, "B", "s"), 15 * NUM_NANO, "null leaves the other's");
	ok(f64(L_price_collar_pct, "C", "s") == -1, "lifted for a strategy");
	ok(f64(L_price_collar_pct, "B", "s") == 9, "null leaves the other's, the other way");
	is_i64(i64(L_no_short, "A", NULL), 1, "flag of a symbol");
	is_i64(i64(L_no_short, "A", "t"), 1, "a set flag is the tighter one");
	is_i64(i64(L_no_short, "C", "u"), 0, "an unknown strategy has the file's");
	const struct sym *r = symtab_get(syms, str_z("R")), *c = symtab_get(syms, str_z("C"));
	ok(limits_restricted(&l, r) && !limits_restricted(&l, c), "restricted");
	ok(limits_allowed(&l, r) && !limits_allowed(&l, c), "allowed");
	ok(limits_any(&l, L_max_order_qty) && !limits_any(&l, L_max_gross), "given anywhere");
	is_str(parse("{}"), "fine", "nothing");
	ok(limits_allowed(&l, c), "everything is allowed without a list");
}

static void
test_keys(void)
{
	for (int k = 0; k < L_N; k++)
		ok(limit_descs[k].about[0] && limit_descs[k].scopes, "%s says what it is",
		    limit_descs[k].name);
}

int
main(void)
{
	syms = symtab_new();
	test_refused();
	test_values();
	test_scopes();
	test_keys();
	limits_free(&l);
	symtab_free(syms);
	return done_testing();
}
