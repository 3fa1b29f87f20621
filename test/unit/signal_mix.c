/* signal-mix on streams made by hand: methods, gates, mapping, split and shadow. */
#include <sys/mman.h>
#include <unistd.h>

#include "signal/mix.h"
#include "t_stage.h"

static struct buf in;
static int mixfile = -1;

static void
start(void)
{
	buf_clear(&in);
}

/* hour h of 2024-01-01 */
static void
put(int h, const char *type, const char *sym, const char *more)
{
	buf_printf(
	    &in, "{\"type\":\"%s\",\"ts\":\"2024-01-%02dT%02d:00:00Z\"", type, 1 + h / 24, h % 24);
	if (sym)
		buf_printf(&in, ",\"sym\":\"%s\"", sym);
	buf_printf(&in, "%s%s}\n", *more ? "," : "", more);
}

static void
sig(int h, const char *sym, const char *source, double d, double s, double c)
{
	char more[300];

	snprintf(more, sizeof more,
	    "\"source\":\"%s\",\"direction\":%g,\"strength\":%g,\"confidence\":%g", source, d, s,
	    c);
	put(h, "signal", sym, more);
}

static void
wm(int h)
{
	put(h, "watermark", NULL, "");
}

static void
bar(int h, const char *sym, double close)
{
	char more[200];

	snprintf(more, sizeof more, "\"open\":%.2f,\"high\":%.2f,\"low\":%.2f,\"close\":%.2f",
	    close, close, close, close);
	put(h, "bar", sym, more);
}

/* A number behind a key in [p, end) */
static double
number(const char *p, const char *end, const char *key)
{
	const char *v = strstr(p, key);

	return v && v < end ? atof(v + strlen(key)) : -9;
}

/* The views as "hour:sym:view/confidence ", * for a shadow */
static const char *
views(const char *opts)
{
	static struct buf out;
	struct t_stage t;
	int rc = t_stage_run(&t, &signal_mix_kind, opts, buf_z(&in));

	buf_clear(&out);
	if (rc)
		buf_printf(&out, "%d %s", rc, t.err.msg);
	for (const char *p = rc ? "" : buf_z(&t.out), *end; *p; p = end + 1) {
		end = strchr(p, '\n');
		if (strncmp(p, "{\"type\":\"signal\"", 16) != 0 ||
		    !memmem(p, (size_t)(end - p), "\"why\"", 5))
			continue;
		const char *ts = strstr(p, "\"ts\":\"") + 6, *sym = strstr(p, "\"sym\":\"") + 7;
		double v = number(p, end, "\"direction\":") * number(p, end, "\"strength\":");

		buf_printf(&out, "%d:%.*s:%g/%g%s ", (atoi(ts + 8) - 1) * 24 + atoi(ts + 11),
		    (int)strcspn(sym, "\""), sym, v, number(p, end, "\"confidence\":"),
		    memmem(p, (size_t)(end - p), "\"shadow\":true", 13) ? "*" : "");
	}
	t_stage_free(&t);
	return buf_z(&out);
}

/* The same with a mixing file. */
static const char *
views_of(const char *json)
{
	char opts[100];
	size_t n = strlen(json);

	if (mixfile >= 0)
		close(mixfile);
	mixfile = memfd_create("mix", 0);
	if (mixfile < 0 || write(mixfile, json, n) != (ssize_t)n)
		return "no file";
	snprintf(opts, sizeof opts, "-c /proc/self/fd/%d", mixfile);
	return views(opts);
}

/* a: +1 x 0.8, c 0.5; b: -1 x 0.4, c 1; c: +0.5 x 0.4, c 0.25 */
static void
three(void)
{
	start();
	sig(1, "A", "ext:a", 1, 0.8, 0.5);
	sig(1, "A", "ext:b", -1, 0.4, 1);
	sig(1, "A", "ext:c", 0.5, 0.4, 0.25);
	wm(2);
}

static void
test_methods(void)
{
	three();
	/* (0.8 - 0.4 + 0.2) / 3; those who agree: (0.5 + 0.25) / 3 */
	is_str(views(""), "2:A:0.2/0.25 ", "weighted, all alike");
	/* (2 x 0.8 - 0.4 + 0.2) / 4; (2 x 0.5 + 0.25) / 4 */
	is_str(views("-w ext:a=2 -w ext:*=1"), "2:A:0.35/0.3125 ", "weighted");
	is_str(
	    views("-w ext:a=3 -w ext:b=1"), "2:A:0.5/0.375 ", "what matches nothing is not mixed");
	/* (0.4 - 0.4 + 0.05) / 1.75 */
	is_str(views("-m confidence --threshold 0.01"), "2:A:0.028571/0.178571 ", "by confidence");
	is_str(views("-m confidence"), "", "a view below the threshold is none");
	is_str(views("-m vote"), "2:A:0.333333/0.25 ", "two votes to one");
	is_str(views("-m weighted-vote -w ext:b=3 -w ext:*=1"), "2:A:-0.2/0.6 ", "weighted votes");
	is_str(views("-m unanimous"), "", "not unanimous");
	is_str(views("-m unanimous -w ext:a -w ext:c"), "2:A:0.5/0.375 ", "unanimous");
	is_str(views_of("{\"method\":\"vote\",\"quorum\":0.7}"), "",
	    "two thirds are no quorum of 0.7");
	is_str(views_of("{\"sources\":[{\"match\":\"ext:b\",\"invert\":true},{\"match\":\"*\"}]}"),
	    "2:A:0.466667/0.583333 ", "believe the opposite");
	is_str(views("-m hedge"), "2:A:0.2/0.25 ", "hedge begins with the mean");
	/* 2P-1 with equal weights: (0.4 - 0.4 + 0.05) / 3; P = 0.508333 */
	is_str(views("-m bayes --threshold 0.01"), "2:A:0.016667/0.508333 ", "bayes begins so");
	is_str(views("-m ridge --threshold 0.01"), "2:A:0.028571/0.178571 ",
	    "stacking begins by confidence");
	is_str(views("-m sum"),
	    "-2 on the command line: method: must be one of weighted, confidence, vote, "
	    "weighted-vote, unanimous, hedge, eg, bayes, logistic, ridge",
	    "a method that is not there");
}

static void
test_time(void)
{
	start();
	sig(1, "A", "ext:a", 1, 1, 1);
	wm(1);
	wm(5);
	wm(9);
	is_str(views("--ttl 4h"), "1:A:1/1 5:A:0/0 ", "a view ends with its opinions");
	is_str(views("--every 4h"), "1:A:1/1 5:A:1/1 9:A:1/1 ", "written again");
	sig(9, "A", "ext:b", -1, 1, 1);
	wm(9);
	/* weights 1/4 and 1 */
	is_str(views("--half-life 4h"), "1:A:1/1 9:A:-0.6/0.8 ", "the older counts less");
	start();
	put(1, "signal", "A",
	    "\"source\":\"x\",\"direction\":1,\"expires\":\"2024-01-01T03:00:00Z\"");
	put(1, "signal", "B", "\"source\":\"x\",\"direction\":-1,\"horizon\":\"3h\"");
	wm(2);
	wm(3);
	wm(4);
	is_str(views(""), "2:A:1/1 2:B:-1/1 3:A:0/0 4:B:0/0 ", "expires and horizon");
}

static void
test_gates(void)
{
	three();
	is_str(views("--confirm 2:3h"), "2:A:0.2/0.25 ", "two say so");
	is_str(views("--confirm 3:3h"), "", "three do not");
	start();
	sig(1, "A", "ext:a", 1, 1, 1);
	wm(1);
	sig(4, "A", "ext:b", 1, 1, 1);
	wm(4);
	is_str(views("--confirm 2:2h"), "", "not within two hours");
	is_str(views("--confirm 2:3h"), "4:A:1/1 ", "within three");
	is_str(views_of("{\"confirm\":{\"k\":2,\"window\":\"3h\"},\"sources\":["
			"{\"match\":\"*\",\"group\":\"same\"}]}"),
	    "", "a group counts once");
	start();
	sig(1, "A", "ext:a", 1, 1, 1);
	put(1, "signal", "A",
	    "\"source\":\"ext:b\",\"direction\":1,\"expires\":\"2024-01-01T03:00:00Z\"");
	wm(1);
	wm(9);
	is_str(views("--confirm 2:3h"), "1:A:1/1 ", "confirmed, it stands without the other");
	is_str(views("--confirm 2:3h -w ext:a -w ext:b=0"), "1:A:1/1 ",
	    "a source of weight 0 confirms");
	is_str(views("-w ext:a=0 -w ext:b=0 -w x"), "", "and has no say");
	start();
	sig(1, "A", "ext:a", 1, 1, 1);
	sig(2, "A", "ext:b", 1, 1, 1);
	sig(3, "A", "ext:c", -1, 0.1, 1);
	wm(3);
	is_str(views("--confirm 2:9h"), "3:A:0.633333/0.666667 ", "2 of all");
	is_str(views("--confirm 2/2:9h"), "", "not of the last two");
	is_str(views("--confirm 2/3:9h"), "3:A:0.633333/0.666667 ", "2 of the last three");
	is_str(views("--confirm 3/2:9h"), "-2 on the command line: confirm: k must not be above n",
	    "more than there are");
	start();
	sig(1, "A", "ext:a", 1, 1, 1);
	wm(1);
	sig(2, "A", "ext:a", -1, 1, 1);
	wm(2);
	wm(4);
	is_str(views(""), "1:A:1/1 2:A:-1/1 ", "no cool-down");
	is_str(views("--cooldown 3h"), "1:A:1/1 2:A:0/0 ", "out, and not in again for 3 hours");
	wm(5);
	is_str(views("--cooldown 3h"), "1:A:1/1 2:A:0/0 5:A:-1/1 ", "but then");
	start();
	sig(1, "A", "ext:a", 1, 1, 1);
	sig(1, "A", "risk:x", -1, 1, 1);
	sig(1, "B", "ext:a", 1, 1, 1);
	wm(1);
	is_str(views_of("{\"sources\":[{\"match\":\"risk:*\",\"veto\":true},{\"match\":\"*\"}]}"),
	    "1:B:1/1 ", "a veto");
	is_str(views_of("{\"min_sources\":2,\"sources\":[{\"match\":\"*\"}]}"), "",
	    "-0 of two is nothing, and B has one");
}

static void
test_dedupe(void)
{
	start();
	sig(1, "A", "ext:a", 1, 1, 1);
	wm(1);
	sig(3, "A", "ext:a", 1, 1, 1);
	wm(3);
	wm(6);
	wm(8);
	is_str(views("--ttl 5h"), "1:A:1/1 6:A:1/1 8:A:0/0 ", "said again, it holds anew");
	is_str(views_of("{\"ttl\":\"5h\",\"dedupe\":\"2h\"}"), "1:A:1/1 6:A:0/0 ",
	    "within the span it is the same opinion");
}

static void
test_patterns(void)
{
	start();
	put(1, "pattern", "A", "\"name\":\"CDLENGULFING\",\"state\":\"formed\",\"value\":-100");
	wm(1);
	is_str(views(""), "1:A:-0.5/1 ", "a candle: 100 is half of 200");
	start();
	put(2, "pattern", "A",
	    "\"name\":\"CDLENGULFING\",\"state\":\"formed\",\"value\":100,"
	    "\"start\":\"2024-01-01T00:00:00Z\",\"end\":\"2024-01-01T01:00:00Z\"");
	for (int h = 2; h < 9; h++)
		wm(h);
	is_str(views(""), "2:A:0.5/1 7:A:0/0 ", "that holds for five of its bars");
	is_str(views("--ttl 2h"), "2:A:0.5/1 4:A:0/0 ", "or for its ttl");
	is_str(views_of("{\"ttl\":0}"), "2:A:0.5/1 ", "or, if so wanted, until the next");
	is_str(views_of("{\"patterns\":{\"candle_bars\":1}}"), "2:A:0.5/1 3:A:0/0 ",
	    "or for as many as the file says");
	start();
	put(1, "pattern", "A",
	    "\"name\":\"double_top\",\"state\":\"formed\",\"direction\":-1,\"score\":0.8,\"p\":0.6,"
	    "\"target\":90,\"stop\":110");
	wm(1);
	size_t n = in.len;
	is_str(views(""), "1:A:-0.8/0.3 ", "a chart pattern that formed");
	put(2, "pattern", "A",
	    "\"name\":\"double_top\",\"state\":\"confirmed\",\"direction\":-1,\"score\":0.8,"
	    "\"p\":0.6");
	wm(2);
	put(3, "pattern", "A", "\"name\":\"double_top\",\"state\":\"failed\",\"direction\":-1");
	wm(3);
	is_str(views(""), "1:A:-0.8/0.3 2:A:-0.8/0.6 3:A:0/0 ", "confirmed, then failed");
	in.len = n;
	bar(2, "A", 95);
	wm(2);
	bar(3, "A", 90);
	wm(3);
	is_str(views(""), "1:A:-0.8/0.3 3:A:0/0 ", "over at its target");
	in.len = n;
	bar(2, "A", 110.01);
	wm(2);
	is_str(views(""), "1:A:-0.8/0.3 2:A:0/0 ", "and beyond its stop");
}

static void
test_regimes(void)
{
	static const char mix[] =
	    "{\"regimes\":[{\"model\":\"hmm*\",\"label\":\"high*\",\"scale\":0.5,"
	    "\"weights\":{\"ext:a\":0}}]}";
	start();
	put(1, "regime", NULL, "\"model\":\"hmm2\",\"state\":0,\"label\":\"low_vol\"");
	sig(1, "A", "ext:a", 1, 1, 1);
	sig(1, "A", "ext:b", -1, 0.5, 1);
	wm(1);
	size_t n = in.len;
	is_str(views_of(mix), "1:A:0.25/0.5 ", "another regime");
	put(2, "regime", NULL, "\"model\":\"hmm2\",\"state\":1,\"label\":\"high_vol\"");
	wm(2);
	is_str(views_of(mix), "1:A:0.25/0.5 2:A:-0.25/1 ", "the regime's weights and scale");
	in.len = n;
	put(2, "regime", "A",
	    "\"model\":\"hmm2\",\"state\":1,\"label\":\"x\",\"probs\":[0.25,0.75]");
	wm(2);
	/* b alone is weighted 1 - 0.75 = 0.25: (1 - 0.5 x 0.25) / 1.25 */
	is_str(views_of("{\"regimes\":[{\"state\":1,\"soft\":true,\"weights\":{\"ext:b\":0}}]}"),
	    "1:A:0.25/0.5 2:A:0.7/0.8 ", "in proportion to the probability");
}

static void
test_targets_and_market(void)
{
	start();
	put(1, "target", "A", "\"strategy\":\"sma\",\"position\":-300");
	put(1, "target", "B", "\"strategy\":\"sma\",\"weight\":0.1");
	wm(1);
	is_str(views(""), "", "targets are not looked at");
	is_str(views("--targets"), "1:A:-1/1 1:B:1/1 ", "unless asked for: the side counts");
	start();
	bar(1, "A", 10);
	bar(1, "B", 10);
	buf_puts(&in, "{\"type\":\"signal\",\"ts\":\"2024-01-01T01:00:00Z\",\"source\":\"ext:m\","
		      "\"direction\":-1,\"strength\":0.5}\n");
	sig(1, "B", "ext:m", 1, 1, 1);
	wm(1);
	is_str(views(""), "1:A:-0.5/1 1:B:1/1 ", "the market's, where the symbol has none");
}

/* One source right, one wrong, 40 bars: the learned view turns to the right one. */
static void
test_learning(void)
{
	const char *methods[] = { "hedge", "eg", "bayes", "logistic", "ridge" };

	for (size_t k = 0; k < 5; k++) {
		char opts[64];
		double last = 0;

		start();
		sig(0, "A", "good", 1, 0.9, 0.9);
		sig(0, "A", "bad", -1, 0.9, 0.9);
		for (int h = 0; h < 120; h++) {
			bar(h, "A", 100 + h);
			wm(h);
		}
		snprintf(opts, sizeof opts, "-m %s --change 0.01", methods[k]);
		const char *v = views(opts), *p = v;
		for (; (p = strstr(p, ":A:")); p++)
			last = atof(p + 3);
		ok(last > 0.3 && last <= 1, "%s finds the good one: %g", methods[k], last);
		ok(strtol(v, NULL, 10) > 0, "%s: nothing at first, they cancel", methods[k]);
	}
}

static void
test_off(void)
{
	static const char mix[] = "{\"deactivate\":{\"window\":4,\"min_trials\":4,\"min_hit\":0.5,"
				  "\"probation\":3,\"back_hit\":0.6}}";
	start();
	sig(0, "A", "bad", -1, 1, 1);
	for (int h = 0; h < 6; h++) {
		bar(h, "A", 100 + h);
		wm(h);
	}
	is_str(views_of(mix), "0:A:-1/1 4:A:0/0 ", "switched off after four misses");
	for (int h = 6; h < 9; h++) {
		bar(h, "A", 105 - h);
		wm(h);
	}
	is_str(
	    views_of(mix), "0:A:-1/1 4:A:0/0 7:A:-1/1 ", "back after two hits of the last three");
	struct t_stage t;
	char opts[100];
	snprintf(opts, sizeof opts, "-c /proc/self/fd/%d", mixfile);
	t_stage_run(&t, &signal_mix_kind, opts, buf_z(&in));
	ok(strstr(buf_z(&t.out), "\"severity\":\"warn\",\"rule\":\"source_off\"") != NULL,
	    "an alert");
	ok(strstr(buf_z(&t.out), "\"rule\":\"source_back\"") != NULL, "and one when it is back");
	t_stage_free(&t);
}

static void
test_split(void)
{
	static const char mix[] =
	    "{\"b\":{\"share\":0.5,\"by\":\"time\",\"bucket\":\"1h\",\"seed\":3,"
	    "\"weights\":{\"ext:b\":0}}}";
	start();
	for (int h = 0; h < 200; h++) {
		if (h == 0) {
			sig(0, "A", "ext:a", 1, 1, 1);
			sig(0, "A", "ext:b", 1, 0.2, 1);
		}
		wm(h);
	}
	const char *v = views_of(mix);
	int a = 0, b = 0;
	for (const char *p = v; (p = strstr(p, ":A:")); p++) {
		a += strncmp(p, ":A:0.6/", 7) == 0;
		b += strncmp(p, ":A:1/", 5) == 0;
	}
	ok(abs(a - b) <= 1 && a > 30 && b > 30, "the arms take turns: %d, %d changes", a, b);
	start();
	sig(0, "A", "ext:a", 1, 1, 1);
	sig(0, "A", "ext:b", 1, 0.2, 1);
	wm(0);
	is_str(views_of("{\"b\":{\"shadow\":true,\"weights\":{\"ext:b\":0}}}"),
	    "0:A:0.6/1 0:A:1/1* ", "arm b as a shadow");
	is_str(views("--shadow"), "0:A:0.6/1* ", "all of it as a shadow");
	start();
	put(0, "signal", "A", "\"source\":\"shadow:x\",\"direction\":1,\"shadow\":true");
	wm(0);
	is_str(views(""), "", "a shadow is not mixed");
}

static void
test_taint(void)
{
	struct t_stage t;

	start();
	put(0, "signal", "A", "\"source\":\"l\",\"direction\":1,\"lookahead\":true");
	wm(0);
	t_stage_run(&t, &signal_mix_kind, "", buf_z(&in));
	ok(strstr(buf_z(&t.out), "\"lookahead\":true,\"why\"") != NULL,
	    "a view made of what looks ahead says so");
	t_stage_free(&t);
}

int
main(void)
{
	test_methods();
	test_time();
	test_gates();
	test_dedupe();
	test_patterns();
	test_regimes();
	test_targets_and_market();
	test_learning();
	test_off();
	test_split();
	test_taint();
	close(mixfile);
	buf_free(&in);
	return done_testing();
}
