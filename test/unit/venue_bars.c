/* The bar rules: the sixteen cases of vectors/execution/bar_fill_semantics.json, then ours. */
#include "io/out.h"
#include "rec/json.h"
#include "t_venue.h"

static void
order_line(struct buf *b, const char *text)
{
	char side[8], kind[16], rest[32], lower[8];
	const char *s;

	sscanf(text, "%7s %15s %31s", side, kind, rest);
	s = strcmp(side, "BUY") == 0 ? "buy" : "sell";
	snprintf(lower, sizeof lower, "%s", s);
	if (strcmp(kind, "STOP") == 0) {
		buf_printf(b, "o A x %s 1 stop stop_price=%s\n", s, rest);
	} else if (strcmp(kind, "LIMIT") == 0) {
		buf_printf(b, "o A x %s 1 limit limit_price=%s\n", s, rest);
	} else if (strcmp(kind, "STOPLIMIT") == 0) {
		char *slash = strchr(rest, '/');

		*slash = '\0';
		buf_printf(
		    b, "o A x %s 1 stop_limit stop_price=%s limit_price=%s\n", s, rest, slash + 1);
	} else { /* OCO TP105 SL95 */
		const char *tp = strstr(text, "TP") + 2, *sl = strstr(text, "SL") + 2;

		buf_printf(b, "o A x %s 1 limit limit_price=%d oca_group=g\n", s, atoi(tp));
		buf_printf(b, "o A y %s 1 stop stop_price=%d oca_group=g\n", s, atoi(sl));
	}
}

static void
one_case(const struct json *j)
{
	struct buf script = { 0 }, in = { 0 };
	struct str name, order;
	char text[128];
	double o = 0, h = 0, l = 0, c = 0, px, got = 0;
	const struct json *bar = json_get(j, "bar");
	struct t_stage t;
	const char *fill, *second;

	json_text(json_get(j, "name"), &name);
	json_text(json_get(j, "order"), &order);
	snprintf(text, sizeof text, "%.*s", STR_FMT(order));
	ok(json_f64(json_get(bar, "o"), &o) && json_f64(json_get(bar, "h"), &h) &&
		json_f64(json_get(bar, "l"), &l) && json_f64(json_get(bar, "c"), &c),
	    "bar of %.*s", STR_FMT(name));
	buf_puts(&script, "w 2024-01-02\n");
	order_line(&script, text);
	buf_printf(&script, "b A 2024-01-02 2024-01-03 %g %g %g %g\n", o, h, l, c);
	tv_input(&in, buf_z(&script));
	ok(t_stage_run(&t, &ibkr_exec_kind, "--paper --commission none", buf_z(&in)) == 0,
	    "runs: %s", t.err.msg);
	fill = strstr(buf_z(&t.out), "\"last_price\":");
	if (fill)
		got = strtod(fill + 13, NULL);
	if (json_f64(json_get(j, "fill_price"), &px))
		is_f64(got, px, 0, "%.*s", STR_FMT(name));
	else
		ok(!fill, "%.*s: no fill", STR_FMT(name));
	second = fill ? strstr(fill + 1, "\"last_price\":") : NULL;
	ok(!second, "never two fills");
	buf_free(&script);
	buf_free(&in);
	t_stage_free(&t);
}

static void
vectors(void)
{
	struct buf b = { 0 };
	struct err e;
	struct json *j;

	if (!ok(io_file_read(t_data("ibkr-exec/bar_fill_semantics.json"), 1 << 20, &b, &e) == 0,
		"vectors are there"))
		return;
	j = json_parse_text(b.p, b.len, &e);
	is_i64((int64_t)json_len(j), 16, "sixteen cases");
	for (size_t i = 0; i < json_len(j); i++)
		one_case(json_at(j, i));
	json_free(j);
	buf_free(&b);
}

#define DAY2 "b A 2024-01-02 2024-01-03 100 106 94 101\n"
#define DAY3 "b A 2024-01-03 2024-01-04 102 110 90 103\n"
#define W2 "w 2024-01-02\n"
#define W3 "w 2024-01-03\n"
#define W4 "w 2024-01-04\n"

static void
market(void)
{
	fills("", W2 "o A m buy 10 market\n" DAY2, "m buy 10@100.00\n", "market: the next open");
	fills("", W2 DAY2 "o A m buy 10 market\n" W3 DAY3, "m buy 10@102.00\n",
	    "an order behind a bar does not get that bar");
	fills("", W2 DAY2 W3 "o A m buy 10 market\n" DAY2 DAY3, "m buy 10@102.00\n",
	    "a bar that began before the watermark comes too late");
	fills("", W2 "o B m buy 10 market\n" DAY2, "", "another symbol's bar fills nothing");
	fills("",
	    W2 "b A 2024-01-02T10:00:00Z 2024-01-02T11:00:00Z 1 1 1 1\n"
	       "o B m buy 1 market\n"
	       "b B 2024-01-02T10:00:00Z 2024-01-02T11:00:00Z 5 5 5 5\n"
	       "b B 2024-01-02T11:00:00Z 2024-01-02T12:00:00Z 6 6 6 6\n",
	    "m buy 1@6.00\n", "knowing one symbol's close, not the other's open before it");
	fills("",
	    W2 "o A m buy 10 market\nb A 2024-01-02 2024-01-03 100 106 94 101 0 dirty=spike\n" DAY3,
	    "m buy 10@100.00\n", "a suspect bar fills");
	fills("",
	    W2 "o A m buy 10 market tif=gtc\n"
	       "b A 2024-01-02 2024-01-03 100 106 94 101 0 dirty=high_lt_low\n" DAY3,
	    "m buy 10@102.00\n", "an unusable bar does not");
	fills("",
	    W2
	    "o A m buy 10 market tif=gtc\nb A 2024-01-02 2024-01-03 1 1 1 1 0 partial=true\n" DAY3,
	    "m buy 10@102.00\n", "nor a half-built one");
}

static void
touches(void)
{
	fills("", W2 "o A s sell 1 stop stop_price=94\n" DAY2, "s sell 1@94.00\n",
	    "a touch elects a stop");
	fills("", W2 "o A s buy 1 stop stop_price=106\n" DAY2, "s buy 1@106.00\n",
	    "of a purchase too");
	fills(
	    "", W2 "o A s buy 1 stop stop_price=100\n" DAY2, "s buy 1@100.00\n", "and at the open");
	fills("", W2 "o A m buy 1 market_if_touched stop_price=94\n" DAY2, "m buy 1@94.00\n",
	    "MIT, a touch");
}

static void
both_in_range(void)
{
	fills("--both-in-range best",
	    W2 "o A tp sell 1 limit limit_price=105 oca_group=g\no A sl sell 1 stop stop_price=95 "
	       "oca_group=g\n" DAY2,
	    "tp sell 1@105.00\nsl canceled\n", "best takes the limit");
	fills("",
	    W2 "o A e buy 1 market\no A tp sell 1 limit limit_price=105 parent_id=e\n"
	       "o A sl sell 1 stop stop_price=95 parent_id=e\n" DAY2,
	    "tp pending_new\nsl pending_new\ne buy 1@100.00\nsl sell 1@95.00\ntp canceled\n",
	    "children of an entry at the open live in the same bar, stop first");
	fills("",
	    W2 "o A e buy 1 limit limit_price=97\no A tp sell 1 limit limit_price=105 "
	       "parent_id=e\n" DAY2 W3 DAY3,
	    "tp pending_new\ne buy 1@97.00\ntp expired\n",
	    "entry inside the bar: the target was perhaps before it");
	fills("",
	    W2
	    "o A e buy 1 limit limit_price=97\no A sl sell 1 stop stop_price=95 parent_id=e\n" DAY2,
	    "sl pending_new\ne buy 1@97.00\nsl sell 1@95.00\n",
	    "but the stop is taken as after it");
	fills("--both-in-range best",
	    W2 "o A e buy 1 limit limit_price=97\no A tp sell 1 limit limit_price=105 "
	       "parent_id=e\n" DAY2,
	    "tp pending_new\ne buy 1@97.00\ntp sell 1@105.00\n", "with best the other way round");
}

static void
trailing(void)
{
	fills("",
	    W2 "b A 2024-01-01 2024-01-02 100 100 100 100\n" W2
	       "o A t sell 1 trailing_stop trail=5 tif=gtc\n"
	       "b A 2024-01-02 2024-01-03 101 110 96 109\n" /* stop 95: 96 holds; then 105 */
	       "b A 2024-01-03 2024-01-04 109 109 104 104\n",
	    "t sell 1@105.00\n", "trailing: checked before the bar's own high counts");
	fills("",
	    W2 "b A 2024-01-01 2024-01-02 100 100 100 100\n" W2
	       "o A t buy 1 trailing_stop trail_percent=5 tif=gtc\n"
	       "b A 2024-01-02 2024-01-03 99 104 80 81\n" /* stop 105, then 84 */
	       "b A 2024-01-03 2024-01-04 81 85 81 85\n",
	    "t buy 1@84.00\n", "trailing by percent, a purchase");
	fills("",
	    W2 "b A 2024-01-01 2024-01-02 100 100 100 100\n" W2
	       "o A t sell 1 trailing_stop_limit trail=5 limit_price=94 tif=gtc\n"
	       "b A 2024-01-02 2024-01-03 101 110 96 109\n"    /* stop 105, limit 104 */
	       "b A 2024-01-03 2024-01-04 103 103.5 100 103\n" /* elected at the open, under the
								  limit */
	       "b A 2024-01-04 2024-01-05 103 106 102 105\n",
	    "t sell 1@104.00\n", "trailing stop-limit: the limit follows the stop");
	fills("",
	    W2
	    "o A t sell 1 trailing_stop trail=5 tif=gtc\nb A 2024-01-02 2024-01-03 100 101 94 96\n",
	    "t sell 1@95.00\n", "without a price before: from the first open");
}

static void
touched(void)
{
	fills(
	    "", W2 "o A m buy 1 market_if_touched stop_price=96\n" DAY2, "m buy 1@96.00\n", "MIT");
	fills("", W2 "o A m buy 1 market_if_touched stop_price=102\n" DAY2, "m buy 1@100.00\n",
	    "MIT beyond the open");
	fills("", W2 "o A m sell 1 limit_if_touched stop_price=104 limit_price=100.5\n" DAY2,
	    "m sell 1@100.50\n", "LIT: touched, and the close is beyond the limit");
	fills("",
	    W2 "o A m sell 1 limit_if_touched stop_price=104 limit_price=103 tif=gtc\n" DAY2 DAY3,
	    "m sell 1@103.00\n", "LIT: touched, then a limit order");
}

static void
auctions(void)
{
	fills("", W2 "o A m buy 1 market_on_close\n" DAY2, "m buy 1@101.00\n",
	    "MOC, daily: the close");
	fills("", W2 "o A m buy 1 market tif=cls\n" DAY2, "m buy 1@101.00\n", "the same as a tif");
	fills(
	    "", W2 "o A m buy 1 limit_on_close limit_price=102\n" DAY2, "m buy 1@101.00\n", "LOC");
	fills("", W2 "o A m buy 1 limit_on_close limit_price=100\n" DAY2 W3 DAY3, "m expired\n",
	    "LOC beyond its limit expires");
	fills("", W2 "o A m sell 1 market_on_open\n" DAY2, "m sell 1@100.00\n", "MOO");
	fills("", W2 "o A m sell 1 limit_on_open limit_price=101\n" DAY2 DAY3, "m expired\n",
	    "LOO under its limit expires");
#define H(from, to, px) "b A 2024-01-02T" from ":00:00Z 2024-01-02T" to ":00:00Z " px "\n"
	fills("",
	    H("10", "11", "10 10 10 10") "w 2024-01-02T11:00:00Z\no A m buy 1 market_on_close\n" H(
		"11", "12", "11 11 11 11") "w 2024-01-02T12:00:00Z\n" H("12", "13",
		"12 12.5 12 12.5") "w 2024-01-02T13:00:00Z\nw 2024-01-03\n",
	    "m buy 1@12.50\n", "MOC, intraday: the day's last price when the day has ended");
	fills("",
	    H("10", "11", "10 10 10 10") "w 2024-01-02T11:00:00Z\no A m buy 1 market_on_open\n" H(
		"11", "12",
		"11 11 11 11") "b A 2024-01-03T10:00:00Z 2024-01-03T11:00:00Z 13 13 13 13\n",
	    "m buy 1@13.00\n", "MOO, intraday: the next day's first price");
}

int
main(void)
{
	vectors();
	market();
	touches();
	both_in_range();
	trailing();
	touched();
	auctions();
	return done_testing();
}
