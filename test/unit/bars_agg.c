/* bar-agg's rules, one small stream each. Prices are telling, times are short for 2024-03-08. */
#include "bars/bar_agg.h"
#include "unit/t_stage.h"

/* A stream in short form, one record a word group:
 *   "T A 14:30:01 10 100 [s7] [b|s]"  trade of A at that time, price 10, size 100, seq 7, side
 *   "Q A 14:30:01 9 11"               quote          "W 14:31:00"  watermark
 * A date may lead a time: 2024-03-11/14:30:00. Other lines are taken as they are. */
static void
put_time(struct buf *b, const char *t)
{
	if (!t)
		return;
	if (strchr(t, '/'))
		buf_printf(b, "\"ts\":\"%.10sT%sZ\"", t, t + 11);
	else
		buf_printf(b, "\"ts\":\"2024-03-08T%sZ\"", t);
}

static void
put_line(struct buf *b, char *line)
{
	char *w[8] = { 0 }, *save = NULL;
	int n = 0;

	if (*line == '{') {
		buf_printf(b, "%s\n", line);
		return;
	}
	for (char *p = strtok_r(line, " ", &save); p && n < 8; p = strtok_r(NULL, " ", &save))
		w[n++] = p;
	if (n < 2)
		return;
	buf_printf(b, "{\"type\":\"%s\",",
	    *w[0] == 'T'   ? "trade"
	    : *w[0] == 'Q' ? "quote"
			   : "watermark");
	put_time(b, *w[0] == 'W' ? w[1] : w[2]);
	if (*w[0] == 'Q')
		buf_printf(b, ",\"sym\":\"%s\",\"bid\":%s,\"ask\":%s", w[1], w[3], w[4]);
	if (*w[0] == 'T') {
		buf_printf(b, ",\"sym\":\"%s\",\"price\":%s,\"size\":%s", w[1], w[3], w[4]);
		for (int i = 5; i < n; i++)
			if (strcmp(w[i], "b") == 0 || strcmp(w[i], "s") == 0)
				buf_printf(b, ",\"side\":\"%s\"", *w[i] == 'b' ? "buy" : "sell");
		for (int i = 5; i < n; i++)
			if (*w[i] == 's' && w[i][1])
				buf_printf(b, ",\"seq\":%s", w[i] + 1);
	}
	buf_puts(b, "}\n");
}

/* Bars in short form: "A 14:30:00-14:31:00 open high low close volume count flags", watermarks
 * as "W 14:31:00"; others as they are. A date that is not 2024-03-08 leads its time. */
static void
short_time(struct buf *b, int64_t t)
{
	char z[TIM_LEN + 1];

	*tim_put(z, t) = 0;
	if (strncmp(z, "2024-03-08", 10) != 0)
		buf_printf(b, "%.10s/", z);
	buf_printf(b, "%.8s", z + 11);
}

static void
short_bar(struct buf *b, const struct rec *r)
{
	char z[NUM_MAX];
	const int64_t px[] = { r->bar.open, r->bar.high, r->bar.low, r->bar.close };

	buf_printf(b, "%s ", r->sym->name);
	short_time(b, r->ts);
	buf_putc(b, '-');
	short_time(b, r->bar.ts_end);
	for (int i = 0; i < 4; i++)
		buf_printf(b, " %.*s", (int)(num_put_size(z, px[i]) - z), z);
	if (rec_has(r, F_bar_volume))
		buf_printf(b, " %.*s", (int)(num_put_size128(z, r->bar.volume) - z), z);
	else
		buf_puts(b, " -");
	if (rec_has(r, F_bar_count))
		buf_printf(b, " %" PRId64, r->bar.count);
	if (rec_has(r, F_bar_buy_volume)) {
		buf_printf(b, " b%.*s", (int)(num_put_size128(z, r->bar.buy_volume) - z), z);
		buf_printf(b, " s%.*s", (int)(num_put_size128(z, r->bar.sell_volume) - z), z);
	}
	if (rec_has(r, F_bar_bid))
		buf_printf(b, " q%.*s", (int)(num_put_size(z, r->bar.spread) - z), z);
	if (rec_has(r, F_bar_gap))
		buf_puts(b, " gap");
	if (rec_has(r, F_bar_partial))
		buf_puts(b, " partial");
	if (rec_has(r, F_bar_rev))
		buf_printf(b, " rev%" PRId64, r->bar.rev);
	buf_putc(b, '\n');
}

static void
shorten(struct t_stage *t, struct buf *out)
{
	struct rec_dec *dec = rec_dec_new(t->env.syms, NULL);
	struct buf line = { 0 };
	const char *p = buf_z(&t->out);

	while (*p) {
		size_t n = strcspn(p, "\n");
		struct rec r;
		struct err e;

		buf_clear(&line);
		buf_put(&line, p, n);
		memset(buf_room(&line, REC_PAD), 0, REC_PAD);
		if (rec_dec_line(dec, line.p, n, REC_BIT(bar) | REC_BIT(watermark), &r, &e) == 1 &&
		    r.type == REC_bar) {
			short_bar(out, &r);
		} else if (r.type == REC_watermark) {
			buf_puts(out, "W ");
			short_time(out, r.ts);
			buf_puts(out, rec_has(&r, F_watermark_loop) ? " loop" : "");
			buf_puts(out, rec_has(&r, F_watermark_source) ? " end\n" : "\n");
		} else {
			buf_put(out, p, n + 1);
		}
		p += n + 1;
	}
	buf_free(&line);
	rec_dec_free(dec);
}

/* Run and compare; want NULL: an error whose words hold `notes`. */
static void
check(const char *what, const char *opts, const char *in, const char *want, const char *notes)
{
	struct t_stage t;
	struct buf text = { 0 }, got = { 0 };
	char *copy = mem_dup(in, strlen(in)), *save = NULL;
	int rc;

	for (char *l = strtok_r(copy, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		put_line(&text, l);
	rc = t_stage_run(&t, &bar_agg_kind, opts, buf_z(&text));
	if (!want) {
		ok(rc < 0 && strstr(t.err.msg, notes), "%s: %s", what,
		    rc < 0 ? t.err.msg : "no error");
	} else {
		shorten(&t, &got);
		is_str(buf_z(&got), want, "%s", what);
		if (rc < 0)
			ok(false, "%s: %s", what, t.err.msg);
		if (notes)
			ok(strstr(buf_z(&t.notes), notes) != NULL, "%s: %s", what, notes);
	}
	t_stage_free(&t);
	buf_free(&text);
	buf_free(&got);
	free(copy);
}

static void
time_bars(void)
{
	check("two symbols, sorted, one watermark", "-i 1m",
	    "T B 14:30:01 20 5\nT A 14:30:02 10 100\nT A 14:30:03 12 100\nT A 14:30:03 11 1\nW "
	    "14:31:00",
	    "A 14:30:00-14:31:00 10 12 10 11 201 3\nB 14:30:00-14:31:00 20 20 20 20 5 1\nW "
	    "14:31:00\n",
	    NULL);
	check("a record closes as well", "-i 1m", "T A 14:30:01 10 1\nT B 14:31:00 20 1",
	    "A 14:30:00-14:31:00 10 10 10 10 1 1\nW 14:31:00\n"
	    "B 14:31:00-14:32:00 20 20 20 20 1 1 partial\nW 14:32:00 end\n",
	    NULL);
	check("a watermark inside does not", "-i 1m",
	    "T A 14:30:01 10 1\nW 14:30:59.999999998\nT A 14:30:59.999999999 11 1",
	    "A 14:30:00-14:31:00 10 11 10 11 2 2 partial\nW 14:31:00 end\n", NULL);
	check("quiet time: one watermark a boundary, the last one crossed", "-i 1m",
	    "T A 14:30:01 10 1\nW 14:31:00\nW 14:31:30\nW 14:32:00\nW 14:35:10",
	    "A 14:30:00-14:31:00 10 10 10 10 1 1\nW 14:31:00\nW 14:32:00\nW 14:35:00\n", NULL);
	check("a hole: gap", "-i 1m", "T A 14:30:01 10 1\nT A 14:32:01 11 1\nT A 14:33:00 12 1",
	    "A 14:30:00-14:31:00 10 10 10 10 1 1\nW 14:31:00\nW 14:32:00\n"
	    "A 14:32:00-14:33:00 11 11 11 11 1 1 gap\nW 14:33:00\n"
	    "A 14:33:00-14:34:00 12 12 12 12 1 1 partial\nW 14:34:00 end\n",
	    NULL);
	check("the end completes nothing further down", "-i 1m",
	    "T A 14:30:01 10 1\n"
	    "{\"type\":\"watermark\",\"ts\":\"2024-03-08T14:31:00Z\",\"source\":\"end\"}",
	    "A 14:30:00-14:31:00 10 10 10 10 1 1 partial\nW 14:31:00 end\n", NULL);
	check("no partial bars", "-i 1m --no-partial", "T A 14:30:01 10 1", "", NULL);
	check("open of the earliest, close of the latest, ties in order", "-i 1m",
	    "T A 14:30:05 10 1\nT A 14:30:04 9 1\nT A 14:30:05 11 1\nW 14:31:00",
	    "A 14:30:00-14:31:00 9 11 9 11 3 3\nW 14:31:00\n", NULL);
	check("too late", "-i 1m",
	    "T A 14:30:01 10 1\nT A 14:31:00 11 1\nT A 14:30:59 50 1\nW 14:32:00",
	    "A 14:30:00-14:31:00 10 10 10 10 1 1\nW 14:31:00\nA 14:31:00-14:32:00 11 11 11 11 1 "
	    "1\nW 14:32:00\n",
	    "1: 1 late");
	check("days, weeks from Monday, months", "-i 1w --no-partial",
	    "T A 2024-03-04/00:00:00 1 1\nT A 2024-03-10/23:59:59 2 1\nT A 2024-03-11/00:00:00 3 1",
	    "A 2024-03-04/00:00:00-2024-03-11/00:00:00 1 2 1 2 2 2\nW 2024-03-11/00:00:00\n", NULL);
	check("a quarter", "-i 3mo", "T A 2024-02-29/00:00:00 1 1\nW 2024-04-01/00:00:00",
	    "A 2024-01-01/00:00:00-2024-04-01/00:00:00 1 1 1 1 1 1\nW 2024-04-01/00:00:00\n", NULL);
	check("dirty ones are not used", "-i 1m",
	    "{\"type\":\"trade\",\"ts\":\"2024-03-08T14:30:01Z\",\"sym\":\"A\",\"price\":-1,"
	    "\"size\":1,\"dirty\":\"negative_price\"}\n"
	    "T A 14:30:02 10 1\nT A 14:30:03 10 -5\n"
	    "{\"type\":\"trade\",\"ts\":\"2024-03-08T14:30:04Z\",\"sym\":\"A\",\"price\":0,"
	    "\"size\":1,"
	    "\"dirty\":\"zero_price\"}\nW 14:31:00",
	    "A 14:30:00-14:31:00 10 10 10 10 1 1\nW 14:31:00\n", "1: 3 records not used");
}

static void
flat_bars(void)
{
	check("flat bars, gap on the first real one", "-i 1m --empty flat",
	    "T A 14:30:01 10 1\nT B 14:30:01 20 1\nT A 14:32:01 12 1\nW 14:33:00",
	    "A 14:30:00-14:31:00 10 10 10 10 1 1\nB 14:30:00-14:31:00 20 20 20 20 1 1\nW 14:31:00\n"
	    "A 14:31:00-14:32:00 10 10 10 10 0 0\nB 14:31:00-14:32:00 20 20 20 20 0 0\nW 14:32:00\n"
	    "A 14:32:00-14:33:00 12 12 12 12 1 1 gap\nB 14:32:00-14:33:00 20 20 20 20 0 0\nW "
	    "14:33:00\n",
	    NULL);
	check("only inside sessions", "-i 1h --empty flat --session XNYS",
	    "T A 19:30:01 10 1\nT A 2024-03-11/13:30:00 11 1\nW 2024-03-11/15:30:00",
	    "A 19:30:00-20:30:00 10 10 10 10 1 1\nW 20:30:00\n"
	    "A 20:30:00-21:00:00 10 10 10 10 0 0\nW 21:00:00\nW 2024-03-11/13:30:00\n"
	    "A 2024-03-11/13:30:00-2024-03-11/14:30:00 11 11 11 11 1 1 gap\nW 2024-03-11/14:30:00\n"
	    "A 2024-03-11/14:30:00-2024-03-11/15:30:00 11 11 11 11 0 0\nW 2024-03-11/15:30:00\n",
	    NULL);
}

static void
sessions(void)
{
	check("anchored at the open, the last one ends at the close, DST", "-i 7m --session XNYS",
	    "T A 14:29:59 1 1\nT A 14:36:59 2 1\nT A 14:37:00 3 1\nT A 20:59:59 4 1\nT A 21:00:00 "
	    "5 1\n"
	    "T A 2024-03-11/13:30:00 6 1\nW 2024-03-11/13:37:00",
	    "A 14:30:00-14:37:00 2 2 2 2 1 1\nW 14:37:00\nA 14:37:00-14:44:00 3 3 3 3 1 1\nW "
	    "14:44:00\n"
	    "W 20:55:00\nA 20:55:00-21:00:00 4 4 4 4 1 1 gap\nW 21:00:00\nW 2024-03-11/13:30:00\n"
	    "A 2024-03-11/13:30:00-2024-03-11/13:37:00 6 6 6 6 1 1\nW 2024-03-11/13:37:00\n",
	    "2: 2 records outside");
	check("a half day", "-i 1h --session XNYS",
	    "T A 2024-11-29/17:45:00 1 1\nT A 2024-11-29/18:00:00 2 1",
	    "A 2024-11-29/17:30:00-2024-11-29/18:00:00 1 1 1 1 1 1\nW 2024-11-29/18:00:00\n", NULL);
	check("daily bars are labelled by the trading date", "-i 1d --session XNYS",
	    "T A 14:30:00 1 1\nT A 20:00:00 2 1\nT A 2024-03-11/13:30:00 3 1\nW "
	    "2024-03-11/20:00:00",
	    "A 00:00:00-21:00:00 1 2 1 2 2 2\nW 21:00:00\nW 2024-03-11/13:30:00\n"
	    "A 2024-03-11/00:00:00-2024-03-11/20:00:00 3 3 3 3 1 1\nW 2024-03-11/20:00:00\n",
	    NULL);
	check("a session that opens the evening before", "-i 1d --session CMES",
	    "T A 2024-03-07/22:30:00 1 1\nT A 2024-03-07/23:00:00 2 1\nT A 21:59:59 3 1\nW "
	    "22:00:00",
	    "A 00:00:00-22:00:00 2 3 2 3 2 2\nW 22:00:00\n", "2: 1 records outside");
	check("silence before the first bar", "-i 1m --session XNYS",
	    "W 14:00:00\nT A 14:01:00 9 1\nW 14:35:00\nW 14:36:00\nT A 14:36:01 1 1\nW 14:37:00",
	    "A 14:36:00-14:37:00 1 1 1 1 1 1\nW 14:37:00\n", NULL);
	check("a week of sessions", "-i 1w --session XNYS",
	    "T A 2024-03-04/14:30:00 1 1\nT A 2024-03-04/23:00:00 9 1\nT A 2024-03-06/15:00:00 2 "
	    "1\nW 21:00:00",
	    "A 2024-03-04/00:00:00-21:00:00 1 2 1 2 2 2\nW 21:00:00\n", "2: 1 records outside");
	check("no tick bar across a break", "-i 2t --session XNYS",
	    "T A 20:59:00 1 1\nT A 2024-03-11/13:30:00 2 1\nT A 2024-03-11/13:31:00 3 1\nT A "
	    "2024-03-11/13:32:00 4 1",
	    "A 2024-03-11/13:30:00-2024-03-11/13:31:00 2 3 2 3 2 2\nW 2024-03-11/13:31:00\n", NULL);
}

#define LATE_IN "T A 14:30:10 10 1 s1\nT B 14:30:11 20 1 s2\nT A 14:31:00 11 1 s3\n"
#define LATE_OUT \
	"A 14:30:00-14:31:00 10 10 10 10 1 1\nB 14:30:00-14:31:00 20 20 20 20 1 1\nW 14:31:00\n"

static void
late(void)
{
	check("revisions, and too late for one", "-i 1m --lateness 40s",
	    LATE_IN "T A 14:30:50 9 2 s4\nT A 14:30:40 12 3 s5\nT A 14:30:19 50 1 s6\nW 14:32:00",
	    LATE_OUT
	    "A 14:30:00-14:31:00 10 10 9 9 3 2 rev1\nA 14:30:00-14:31:00 10 12 9 9 6 3 rev2\n"
	    "A 14:31:00-14:32:00 11 11 11 11 1 1\nW 14:32:00\n",
	    "1: 1 late");
	check("a revised bar of long ago is no last close", "-i 1m --lateness 5m --empty flat",
	    "T A 14:30:05 10 1\nT A 14:31:05 11 1\nW 14:32:00\nT A 14:30:55 50 1\nW 14:33:00",
	    "A 14:30:00-14:31:00 10 10 10 10 1 1\nW 14:31:00\n"
	    "A 14:31:00-14:32:00 11 11 11 11 1 1\nW 14:32:00\n"
	    "A 14:30:00-14:31:00 10 50 10 50 2 2 rev1\n"
	    "A 14:32:00-14:33:00 11 11 11 11 0 0\nW 14:33:00\n",
	    NULL);
	check("an interval is kept while its end can still be reached", "-i 1m --lateness 40s",
	    "T A 14:30:05 10 1\nW 14:31:00\nT A 14:30:55 11 1",
	    "A 14:30:00-14:31:00 10 10 10 10 1 1\nW 14:31:00\n"
	    "A 14:30:00-14:31:00 10 11 10 11 2 2 rev1\n",
	    NULL);
	check("a bar that never was", "-i 1m --lateness 2m",
	    "T A 14:30:10 10 1\nT A 14:32:00 11 1\nT A 14:31:30 12 1\nW 14:33:00",
	    "A 14:30:00-14:31:00 10 10 10 10 1 1\nW 14:31:00\nW 14:32:00\n"
	    "A 14:31:00-14:32:00 12 12 12 12 1 1 rev1\nA 14:32:00-14:33:00 11 11 11 11 1 1 gap\nW "
	    "14:33:00\n",
	    NULL);
	check("corrections of closed and open bars", "-i 1m --lateness 1m",
	    LATE_IN "{\"type\":\"correction\",\"ts\":\"2024-03-08T14:31:02Z\",\"sym\":\"B\",\"ref_"
		    "seq\":2,\"action\":\"replace\",\"price\":21.00,\"size\":7}\n"
		    "{\"type\":\"correction\",\"ts\":\"2024-03-08T14:31:02Z\",\"sym\":\"A\",\"ref_"
		    "seq\":1,\"action\":\"cancel\"}\n"
		    "{\"type\":\"correction\",\"ts\":\"2024-03-08T14:31:02Z\",\"sym\":\"A\",\"ref_"
		    "seq\":3,\"action\":\"replace\",\"price\":15.00}\n"
		    "{\"type\":\"correction\",\"ts\":\"2024-03-08T14:31:02Z\",\"sym\":\"A\",\"ref_"
		    "seq\":99,\"action\":\"cancel\"}\n"
		    "W 14:32:00",
	    LATE_OUT "B 14:30:00-14:31:00 21 21 21 21 7 1 rev1\n"
		     "{\"type\":\"correction\",\"ts\":\"2024-03-08T14:31:02Z\",\"sym\":\"B\",\"ref_"
		     "seq\":2,\"action\":\"replace\",\"price\":21.00,\"size\":7}\n"
		     "A 14:30:00-14:31:00 10 10 10 10 0 0 rev1\n"
		     "{\"type\":\"correction\",\"ts\":\"2024-03-08T14:31:02Z\",\"sym\":\"A\",\"ref_"
		     "seq\":1,\"action\":\"cancel\"}\n"
		     "{\"type\":\"correction\",\"ts\":\"2024-03-08T14:31:02Z\",\"sym\":\"A\",\"ref_"
		     "seq\":3,\"action\":\"replace\",\"price\":15.00}\n"
		     "{\"type\":\"correction\",\"ts\":\"2024-03-08T14:31:02Z\",\"sym\":\"A\",\"ref_"
		     "seq\":99,\"action\":\"cancel\"}\n"
		     "A 14:31:00-14:32:00 15 15 15 15 1 1\nW 14:32:00\n",
	    "1: 1 corrections came too late");
	check("corrections without lateness", "-i 1m",
	    "{\"type\":\"correction\",\"ts\":\"2024-03-08T14:31:02Z\",\"sym\":\"A\",\"ref_seq\":1,"
	    "\"action\":\"cancel\"}",
	    "{\"type\":\"correction\",\"ts\":\"2024-03-08T14:31:02Z\",\"sym\":\"A\",\"ref_seq\":1,"
	    "\"action\":\"cancel\"}\n",
	    "1: 1 corrections not applied");
}

static void
quotes(void)
{
	check("mids of quotes alone", "-i 1m",
	    "Q A 14:30:01 9 11\nQ A 14:30:02 10 11\nQ A 14:30:03 0 11\nW 14:31:00",
	    "A 14:30:00-14:31:00 10 10.5 10 10.5 - 2 q11\nW 14:31:00\n", NULL);
	check("trades take over and quotes give the spread", "-i 1m",
	    "Q A 14:30:01 99 101\nT A 14:30:02 10 1\nQ A 14:30:03 9 11\nQ B 14:30:04 1 3\nW "
	    "14:31:00\nQ A 14:31:01 9 12\nW 14:32:00",
	    "A 14:30:00-14:31:00 10 10 10 10 1 1 q2\nB 14:30:00-14:31:00 2 2 2 2 - 1 q2\nW "
	    "14:31:00\nW 14:32:00\n",
	    NULL);
	check("bids by name", "-i 1m --price bid",
	    "T A 14:30:00 50 1\nQ A 14:30:01 9 11\nW 14:31:00",
	    "A 14:30:00-14:31:00 9 9 9 9 - 1 q2\nW 14:31:00\n", NULL);
	check("trades by name", "-i 1m --price trade", "Q A 14:30:01 9 11\nW 14:31:00", "", NULL);
	check("tick bars of quotes", "-i 2t",
	    "Q A 14:30:01 9 11\nQ A 14:30:02 10 12\nQ A 14:30:03 10 13",
	    "A 14:30:01-14:30:02 10 11 10 11 - 2 q2\nW 14:30:02\n", NULL);
}

#define BAR(ts, end, iv, o, h, l, c, v, more) \
	"{\"type\":\"bar\",\"ts\":\"" ts "Z\",\"sym\":\"A\",\"ts_end\":\"" end \
	"Z\",\"interval\":\"" iv "\",\"open\":" o ",\"high\":" h ",\"low\":" l ",\"close\":" c \
	",\"volume\":" v more "}\n"

static void
bars_of_bars(void)
{
	check("joined", "-i 5m",
	    BAR("2024-03-08T14:30:00", "2024-03-08T14:31:00", "1m", "5", "9", "4", "6", "10",
		",\"count\":2") BAR("2024-03-08T14:31:00", "2024-03-08T14:32:00", "1m", "6", "7",
		"3", "7", "20", ",\"count\":3") "W 14:35:00",
	    "A 14:30:00-14:35:00 5 9 3 7 30 5\nW 14:35:00\n", NULL);
	check("partial ones make partial ones", "-i 5m",
	    BAR("2024-03-08T14:30:00", "2024-03-08T14:31:00", "1m", "5", "9", "4", "6", "10",
		",\"partial\":true") "W 14:35:00",
	    "A 14:30:00-14:35:00 5 9 4 6 10 partial\nW 14:35:00\n", NULL);
	check("one length is taken, others pass", "-i 1h --no-partial",
	    BAR("2024-03-08T14:30:00", "2024-03-08T14:31:00", "1m", "5", "9", "4", "6", "10", "")
		BAR("2024-03-08T14:30:00", "2024-03-08T14:35:00", "5m", "5", "9", "4", "6", "10",
		    ""),
	    "A 14:30:00-14:35:00 5 9 4 6 10\n", NULL);
	check("too large", "-i 5m",
	    BAR("2024-03-08T14:30:00", "2024-03-08T15:30:00", "1h", "5", "9", "4", "6", "10", ""),
	    NULL, "does not fit into one of 5m");
	check("daily bars to weeks", "-i 1w --session XNYS",
	    BAR("2024-03-04T00:00:00", "2024-03-05T00:00:00", "1d", "5", "9", "4", "6", "10", "")
		BAR("2024-03-08T00:00:00", "2024-03-09T00:00:00", "1d", "6", "7", "3", "7", "20",
		    "") BAR("2024-03-09T00:00:00", "2024-03-10T00:00:00", "1d", "0", "0", "0", "0",
		    "0", "") BAR("2024-03-11T00:00:00", "2024-03-12T00:00:00", "1d", "8", "8", "8",
		    "8", "20", ""),
	    "A 2024-03-04/00:00:00-21:00:00 5 9 3 7 30\nW 21:00:00\nW 2024-03-11/13:30:00\n"
	    "A 2024-03-11/00:00:00-2024-03-15/20:00:00 8 8 8 8 20 partial\nW 2024-03-15/20:00:00 "
	    "end\n",
	    "2: 1 records outside");
	check("a revised bar replaces", "-i 5m --lateness 1h",
	    BAR("2024-03-08T14:30:00", "2024-03-08T14:31:00", "1m", "5", "9", "4", "6", "10",
		",\"count\":1") BAR("2024-03-08T14:31:00", "2024-03-08T14:32:00", "1m", "6", "7",
		"3", "7", "20", ",\"count\":1") "W 14:35:00\n" BAR("2024-03-08T14:30:00",
		"2024-03-08T14:31:00", "1m", "5", "8", "4", "6", "11", ",\"count\":2,\"rev\":1"),
	    "A 14:30:00-14:35:00 5 9 3 7 30 2\nW 14:35:00\nA 14:30:00-14:35:00 5 8 3 7 31 3 rev1\n",
	    NULL);
	check("but not without lateness", "-i 5m",
	    BAR("2024-03-08T14:30:00", "2024-03-08T14:31:00", "1m", "5", "9", "4", "6", "10",
		",\"rev\":1"),
	    "", "1: 1 late");
	check("trades win over bars", "-i 5m --no-partial",
	    BAR("2024-03-08T14:30:00", "2024-03-08T14:31:00", "1m", "5", "9", "4", "6", "10",
		"") "T A 14:31:30 7 1\n" BAR("2024-03-08T14:32:00", "2024-03-08T14:33:00", "1m",
		"5", "9", "4", "6", "10", "") "W 14:35:00",
	    "A 14:32:00-14:33:00 5 9 4 6 10\nA 14:30:00-14:35:00 7 7 7 7 1 1\nW 14:35:00\n", NULL);
	check("values that do not fit are told", "-i 5m",
	    "T A 14:30:01 9e9 9e9\nT A 14:30:02 9e9 9e9\nT A 14:30:02 9e9 9e9", NULL,
	    "does not fit");
}

/* "value" is believed when vwap agrees with it, and then to the last digit. */
static void
exact_values(void)
{
	static const struct {
		const char *value, *want;
	} cases[] = {
		{ "30.000000000000000003", "\"vwap\":10.00,\"value\":30.000000000000000003}" },
		{ "30", "\"vwap\":10.00}" },
		{ "999", "\"vwap\":10.00}" },
		{ "-30", "\"vwap\":10.00}" },
		{ "3e1", "\"vwap\":10.00}" },
		{ "99999999999999999999999999999999999999999", "\"vwap\":10.00}" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf in = { 0 };
		struct t_stage t;

		buf_printf(&in,
		    "{\"type\":\"bar\",\"ts\":\"2024-03-08T14:30:00Z\",\"sym\":\"A\",\"open\":10,"
		    "\"high\":10,\"low\":10,\"close\":10,\"volume\":3,\"vwap\":10,\"value\":%s}\n"
		    "{\"type\":\"watermark\",\"ts\":\"2024-03-08T15:00:00Z\"}\n",
		    cases[i].value);
		t_stage_run(&t, &bar_agg_kind, "-i 30m", buf_z(&in));
		ok(strstr(buf_z(&t.out), cases[i].want) != NULL, "value %s gives %s",
		    cases[i].value, cases[i].want);
		t_stage_free(&t);
		buf_free(&in);
	}
}

static void
information_bars(void)
{
	check("value bars split", "-i 1e3d", "T A 14:30:01 10 150\nT A 14:30:02 20 10",
	    "A 14:30:01-14:30:01 10 10 10 10 100 1\nW 14:30:01\n", NULL);
	check("value bars that no size fills exactly", "-i 1e2d",
	    "T A 14:30:01 3 50\nT A 14:30:02 3 50",
	    "A 14:30:01-14:30:01 3 3 3 3 33.333333334 1\nW 14:30:01\n"
	    "A 14:30:01-14:30:02 3 3 3 3 33.333333334 2\nW 14:30:02\n",
	    NULL);
	check("value bars whole", "-i 1e3d --whole", "T A 14:30:01 10 150\nT A 14:30:02 20 10",
	    "A 14:30:01-14:30:01 10 10 10 10 150 1\nW 14:30:01\n", NULL);
	check("a trade of several volume bars; one watermark for the instant", "-i 100v",
	    "T A 14:30:01 10 250 b\nT A 14:30:01 11 50 s\nT A 14:30:02 11 1 s",
	    "A 14:30:01-14:30:01 10 10 10 10 100 1 b100 s0\nA 14:30:01-14:30:01 10 10 10 10 100 1 "
	    "b100 s0\n"
	    "A 14:30:01-14:30:01 10 11 10 11 100 2 b50 s50\nW 14:30:01\n",
	    NULL);
	check("no tick before a watermark that is out", "-i 2t",
	    "T A 14:30:01 10 1\nT A 14:30:05 11 1\nT A 14:30:06 12 1\nT A 14:30:05 13 1\nT A "
	    "14:30:04 14 1",
	    "A 14:30:01-14:30:05 10 11 10 11 2 2\nW 14:30:05\n"
	    "A 14:30:05-14:30:06 13 13 12 12 2 2\nW 14:30:06\n",
	    "1: 1 late");
	check("time passes by the minute", "-i 5t",
	    "W 14:30:01\nW 14:30:31\nW 14:31:01\nW 14:31:02", "W 14:31:00\n", NULL);
	check("the tick rule", "-i 4t --classify tick-rule",
	    "T A 14:30:01 10 1\nT A 14:30:02 11 2\nT A 14:30:03 11 4\nT A 14:30:04 10 8\nW "
	    "14:30:05",
	    "A 14:30:01-14:30:04 10 11 10 10 15 4 b6 s8\nW 14:30:04\n", NULL);
	check("volume imbalance", "--imbalance volume --threshold 10",
	    "T A 14:30:01 10 8 b\nT A 14:30:02 11 4 s\nT A 14:30:03 11 6 b\nT A 14:30:04 9 10 s\nW "
	    "14:30:05",
	    "A 14:30:01-14:30:03 10 11 10 11 18 3 b14 s4\nW 14:30:03\nA 14:30:04-14:30:04 9 9 9 9 "
	    "10 1 b0 "
	    "s10\nW 14:30:04\n",
	    NULL);
	check("value runs", "--runs value --threshold 100",
	    "T A 14:30:01 10 8 b\nT A 14:30:02 10 4 s\nT A 14:30:03 10 6 s\nT A 14:30:04 10 2 b",
	    "A 14:30:01-14:30:03 10 10 10 10 18 3 b8 s10\nW 14:30:03\n", NULL);
}

static void
styles(void)
{
	check("Heikin-Ashi", "-i 1m --style heikin-ashi",
	    "T A 14:30:01 10 1\nT A 14:30:02 14 1\nT A 14:31:02 15 1\nT A 14:31:03 13 1\nW "
	    "14:32:00",
	    "A 14:30:00-14:31:00 12 14 10 12 2 2\nW 14:31:00\n"
	    "A 14:31:00-14:32:00 12 15 12 14 2 2\nW 14:32:00\n",
	    NULL);
	check("renko: up, a turn takes two bricks", "--style renko --brick 2",
	    "T A 14:30:01 11 1\nT A 14:30:02 14.5 2\nT A 14:30:03 12 4\nT A 14:30:04 11 8\nT A "
	    "14:30:05 10 16",
	    "A 14:30:01-14:30:02 10 12 10 12 3 2\nA 14:30:02-14:30:02 12 14 12 14 0 0\nW 14:30:02\n"
	    "A 14:30:03-14:30:05 12 12 10 10 28 3\nW 14:30:05\n",
	    NULL);
	check("renko of minutes", "-i 1m --style renko --brick 1",
	    "T A 14:30:01 10 1\nT A 14:30:02 19 1\nT A 14:30:03 11.5 1\nW 14:31:00\nT A 14:31:01 "
	    "13 1\nW 14:32:00",
	    "W 14:31:00\nA 14:30:00-14:32:00 11 12 11 12 4 4\nA 14:32:00-14:32:00 12 13 12 13 0 "
	    "0\nW 14:32:00\n",
	    NULL);
	check("a brick too small", "--style renko --brick 0.000001",
	    "T A 14:30:01 1 1\nT A 14:30:01 100 1", NULL, "more than 1000000 bricks");
}

static void
passing(void)
{
	check("--keep passes what went in", "-i 1m --keep",
	    "T A 14:30:01 10 1\nW 14:30:30\nW 14:31:00\nW 14:31:30",
	    "{\"type\":\"trade\",\"ts\":\"2024-03-08T14:30:01Z\",\"sym\":\"A\",\"price\":10,"
	    "\"size\":1}\nW 14:30:30\n"
	    "A 14:30:00-14:31:00 10 10 10 10 1 1\nW 14:31:00\nW 14:31:30\n",
	    NULL);
	check("a looped watermark goes on itself", "-i 1m",
	    "T A 14:30:01 10 "
	    "1\n{\"type\":\"watermark\",\"ts\":\"2024-03-08T14:31:00Z\",\"loop\":true}",
	    "A 14:30:00-14:31:00 10 10 10 10 1 1\nW 14:31:00 loop\n", NULL);
	check("a trade without sym", "-i 1m",
	    "{\"type\":\"trade\",\"ts\":\"2024-03-08T14:30:01Z\",\"price\":10,\"size\":1}", NULL,
	    "sym");
}

int
main(void)
{
	time_bars();
	flat_bars();
	sessions();
	late();
	quotes();
	bars_of_bars();
	exact_values();
	information_bars();
	styles();
	passing();
	return done_testing();
}
