/* The rules of rl-act on series made by hand. */
#include "rl/act.h"
#include "t_stage.h"

static struct buf in;
static int hour;

static void
start(void)
{
	buf_clear(&in);
	hour = 0;
}

static void
put_bar(const char *sym, double o, double h, double l, double c, const char *more)
{
	buf_printf(&in,
	    "{\"type\":\"bar\",\"ts\":\"2024-01-%02dT%02d:00:00Z\",\"sym\":\"%s\",\"open\":%.3f,"
	    "\"high\":%.3f,\"low\":%.3f,\"close\":%.3f%s}\n",
	    1 + hour / 24, hour % 24, sym, o, h, l, c, more);
}

static void
put_wm(const char *more)
{
	hour++;
	buf_printf(&in, "{\"type\":\"watermark\",\"ts\":\"2024-01-%02dT%02d:00:00Z\"%s}\n",
	    1 + hour / 24, hour % 24, more);
}

static void
closes(const char *sym, size_t n, const double *c)
{
	for (size_t i = 0; i < n; i++) {
		put_bar(sym, c[i], c[i], c[i], c[i], "");
		put_wm("");
	}
}

/* Targets as "hour:sym:value " */
static const char *
targets(const char *opts)
{
	static struct buf out;
	struct t_stage t;
	int rc = t_stage_run(&t, &rl_act_kind, opts, buf_z(&in));

	buf_clear(&out);
	if (rc)
		buf_printf(&out, "%d %s", rc, t.err.msg);
	const char *p = rc ? NULL : strstr(buf_z(&t.out), "\"type\":\"target\"");
	for (; p; p = strstr(p + 1, "\"type\":\"target\"")) {
		const char *ts = strstr(p, "\"ts\":\"") + 6, *sym = strstr(p, "\"sym\":\"") + 7;
		const char *end = strchr(p, '\n'), *v = strstr(p, "\"position\":");
		v = v && v < end ? v + 11 : strstr(p, "\"weight\":") + 9;
		int day = atoi(ts + 8) - 1, h = atoi(ts + 11);
		buf_printf(&out, "%d:%.*s:%.*s ", day * 24 + h, (int)strcspn(sym, "\""), sym,
		    (int)strcspn(v, ",}"), v);
	}
	t_stage_free(&t);
	return buf_z(&out);
}

#define N(a) (sizeof(a) / sizeof *(a))

static void
test_sma_cross(void)
{
	const double up[] = { 1, 1, 2, 3, 2, 1, 1 };
	start();
	closes("A", N(up), up);
	is_str(
	    targets("-p rule:sma-cross,fast=1,slow=2"), "3:A:1 5:A:0 ", "long above, flat below");
	is_str(targets("-p rule:sma-cross,fast=1,slow=2,size=2.5,short=1"), "3:A:2.5 5:A:-2.5 ",
	    "long and short");
	is_str(targets("-p rule:sma-cross,fast=1,slow=2,weight=0.5"), "3:A:0.5 5:A:0 ", "weight");

	/* ties at the third, fifth and seventh bar */
	const double tie[] = { 0.30, 0.10, 0.20, 0.30, 0.25, 0.10, 0.175, 0.30 };
	start();
	closes("A", N(tie), tie);
	is_str(targets("-p rule:sma-cross,fast=1,slow=3"), "4:A:1 6:A:0 8:A:1 ",
	    "a tie changes nothing");
	is_str(targets("-p rule:sma-cross,fast=3,slow=2"),
	    "-2 --policy: rule:sma-cross: fast (3) must be below slow (2)", "fast below slow");
}

static void
test_at_the_watermark(void)
{
	start();
	put_bar("B", 1, 1, 1, 1, "");
	put_bar("A", 1, 1, 1, 1, "");
	is_str(targets("-p rule:buy-hold"), "", "nothing before the watermark");
	put_wm("");
	is_str(targets("-p rule:buy-hold"), "1:B:1 1:A:1 ", "both at it");
	put_bar("A", 1, 1, 1, 2, "");
	put_wm("");
	is_str(targets("-p rule:buy-hold"), "1:B:1 1:A:1 ", "once");
	start();
	const double up[] = { 1, 1, 2 };
	closes("A", N(up), up);
	put_bar("A", 1, 1, 1, 1, "");
	hour++;
	put_bar("A", 9, 9, 9, 9, "");
	put_wm("");
	is_str(targets("-p rule:sma-cross,fast=1,slow=2"), "3:A:1 ",
	    "out and in again between two watermarks is nothing");
	is_str(targets("-p rule:buy-hold --interval 1h"), "", "no bar of the interval asked for");
}

static void
test_unusable(void)
{
	start();
	put_bar("A", 1, 1, 1, 1, ",\"partial\":true");
	put_bar("B", 1, 1, 1, 1, ",\"dirty\":\"high_lt_low\"");
	put_bar("C", 1, 1, 1, 1, ",\"dirty\":\"spike\"");
	put_bar("D", 0, 0, 0, 0, "");
	put_wm("");
	is_str(targets("-p rule:buy-hold"), "1:C:1 ",
	    "partial, unusable and worthless bars are not seen; suspect ones are");
}

static void
test_loop(void)
{
	start();
	put_bar("A", 1, 1, 1, 1, "");
	put_wm(",\"loop\":true");
	is_str(targets("-p rule:buy-hold"), "", "a looped watermark alone decides nothing");
	size_t n = in.len;
	buf_puts(&in,
	    "{\"type\":\"portfolio\",\"ts\":\"2024-01-01T00:30:00Z\",\"cash\":1,\"equity\":1}\n"
	    "{\"type\":\"portfolio\",\"ts\":\"2024-01-01T01:00:00Z\",\"cash\":1,\"equity\":1,"
	    "\"assumed\":true}\n");
	is_str(targets("-p rule:buy-hold"), "", "nor an older portfolio, nor an assumed one");
	buf_puts(&in,
	    "{\"type\":\"portfolio\",\"ts\":\"2024-01-01T01:00:00Z\",\"cash\":1,\"equity\":1}\n");
	is_str(targets("-p rule:buy-hold"), "1:A:1 ", "its own portfolio does");
	in.len = n;
	put_wm(",\"loop\":true");
	is_str(targets("-p rule:buy-hold"),
	    "-3 a looped watermark came before the portfolio of the one before it",
	    "a broken ring");
}

static void
test_revision(void)
{
	start();
	put_bar("A", 1, 1, 1, 1, "");
	put_wm("");
	hour--;
	put_bar("A", 5, 5, 5, 5, ",\"rev\":1");
	hour++;
	put_bar("A", 3, 3, 3, 3, "");
	put_wm("");
	is_str(targets("-p rule:sma-cross,fast=1,slow=2,short=1"), "2:A:-1 ",
	    "a revised bar takes the place of the first version");
	hour -= 2;
	put_bar("A", 1, 1, 1, 1, ",\"rev\":2");
	hour += 2;
	put_wm("");
	is_str(targets("-p rule:sma-cross,fast=1,slow=2,short=1"), "2:A:-1 ",
	    "one of an older bar changes nothing");
}

static void
test_split(void)
{
	const double before[] = { 10, 10, 20, 20 };
	start();
	closes("A", N(before), before);
	put_bar("A", 10, 10, 10, 10, "");
	put_wm("");
	is_str(
	    targets("-p rule:sma-cross,fast=1,slow=2"), "3:A:1 5:A:0 ", "half the price is a fall");
	start();
	closes("A", N(before), before);
	buf_puts(&in,
	    "{\"type\":\"corporate_action\",\"ts\":\"2024-01-01T04:00:00Z\",\"sym\":\"A\","
	    "\"action\":\"split\",\"ratio\":2}\n");
	put_bar("A", 10, 10, 10, 10, "");
	put_wm("");
	is_str(targets("-p rule:sma-cross,fast=1,slow=2"), "3:A:1 ", "unless it was split");
}

static void
test_breakout(void)
{
	start();
	for (int i = 0; i < 3; i++) {
		put_bar("A", 10, 12, 8, 10, "");
		put_wm("");
	}
	put_bar("A", 10, 12, 8, 12, ""); /* touches */
	put_wm("");
	put_bar("A", 12, 13, 11, 12.01, "");
	put_wm("");
	put_bar("A", 12, 12, 7, 8, ""); /* not below the low of the 3 before; below that of 1 */
	put_wm("");
	is_str(targets("-p rule:breakout,entry=3,exit=3"), "5:A:1 ", "above, not at, the channel");
	is_str(
	    targets("-p rule:breakout,entry=3,exit=1"), "5:A:1 6:A:0 ", "the shorter exit channel");
	is_str(targets("-p rule:breakout,entry=3,exit=4"),
	    "-2 --policy: rule:breakout: exit (4) must not be above entry (3)",
	    "exit within entry");
}

static void
test_mean_revert(void)
{
	const double c[] = { 10, 10, 10, 10, 10, 10, 10, 10, 10, 9, 10, 10, 11 };
	start();
	closes("A", N(c), c);
	/* 9 of 10 equal and one off by 1: z = -3 exactly */
	is_str(targets("-p rule:mean-revert,window=10,entry=2.9"), "10:A:1 11:A:0 ", "in and out");
	is_str(targets("-p rule:mean-revert,window=10,entry=3"), "", "z must be beyond the entry");
	const double wide[] = { 10, 10, 10, 9000000000, 10, 10, 9 };
	start();
	closes("A", N(wide), wide);
	is_str(targets("-p rule:mean-revert,window=3,entry=1.3"), "7:A:1 ",
	    "no z over a window that is too wide to square; and z again after it");
}

static void
test_momentum(void)
{
	const double a[] = { 10, 11, 12, 13, 14, 15 }, b[] = { 10, 12, 14, 13, 12, 11 };
	start();
	for (size_t i = 0; i < N(a); i++) {
		put_bar("A", a[i], a[i], a[i], a[i], "");
		put_bar("B", b[i], b[i], b[i], b[i], "");
		put_wm("");
		put_wm(""); /* a watermark without bars does not count */
	}
	is_str(targets("-p rule:momentum,lookback=2,skip=0,top=1,every=2,cash=0"),
	    "5:B:1 9:B:0 9:A:1 ", "the best of two, chosen again every second bar");
	is_str(targets("-p rule:momentum,lookback=2,skip=0,top=2,every=3,cash=0.1,min=0"),
	    "5:B:0.45 5:A:0.45 11:B:0 11:A:0.45 ", "only what rose, sales first");
	is_str(targets("-p rule:momentum,skip=252"),
	    "-2 --policy: rule:momentum: skip (252) must be below lookback (252)",
	    "skip in lookback");
}

int
main(void)
{
	test_sma_cross();
	test_at_the_watermark();
	test_unusable();
	test_loop();
	test_revision();
	test_split();
	test_breakout();
	test_mean_revert();
	test_momentum();
	buf_free(&in);
	return done_testing();
}
