/*
 * The codec: canonical lines and all others mean the same to the fast and the slow half; what is
 * written reads back and is written again the same.
 */
#include <unistd.h>

#include "base/rng.h"
#include "io/in.h"
#include "rec/codec.h"
#include "unit/t.h"

/* One line through one half of a fresh decoder; "" out when it is no record, NULL on error. */
static const char *
pass(const char *header, const char *line, bool slow, struct buf *out, struct err *e)
{
	struct symtab *syms = symtab_new();
	struct rec_dec *d = rec_dec_new(syms, NULL);
	char *copy = calloc(1, strlen(line) + 1 + REC_PAD);
	struct rec r;
	int rc = 0;

	memcpy(copy, line, strlen(line));
	copy[strlen(line)] = '\n';
	buf_clear(out);
	if (header) {
		char *h = calloc(1, strlen(header) + 1 + REC_PAD);

		memcpy(h, header, strlen(header));
		rc = rec_dec_line(d, h, strlen(header), UINT32_MAX, &r, e);
		free(h);
	}
	if (rc >= 0)
		rc = slow ? rec_dec_line_slow(d, copy, strlen(line), UINT32_MAX, &r, e)
			  : rec_dec_line(d, copy, strlen(line), UINT32_MAX, &r, e);
	if (rc == 1) {
		r.raw.p = NULL; /* from the fields, not the line */
		rec_enc_json(out, &r);
		out->len--; /* newline */
	}
	free(copy);
	rec_dec_free(d);
	symtab_free(syms);
	return rc < 0 ? NULL : buf_z(out);
}

/* want NULL: refused, with `why` in the words */
static void
both(const char *header, const char *line, const char *want, const char *why)
{
	struct buf a = { 0 }, b = { 0 };
	struct err e1 = { 0 }, e2 = { 0 };
	const char *fast = pass(header, line, false, &a, &e1),
		   *slow = pass(header, line, true, &b, &e2);

	is_str(fast, want, "%.100s", line);
	is_str(slow, want, "  and by the slow half");
	if (why && !want)
		ok(strstr(e1.msg, why) != NULL && strcmp(e1.msg, e2.msg) == 0, "  says %s", why) ||
		    (t_note("fast: %s", e1.msg), t_note("slow: %s", e2.msg), 0);
	if (want && *want) {
		/* what is written reads back and is written the same */
		struct buf c = { 0 };

		is_str(pass(NULL, want, false, &c, &e1), want, "  and again");
		buf_free(&c);
	}
	buf_free(&a);
	buf_free(&b);
}

#define TS "2024-03-08T14:30:00.000000000Z"

static void
json_lines(void)
{
#define TRADE "{\"type\":\"trade\",\"ts\":\"" TS "\",\"sym\":\"AAPL\","
	both(NULL, TRADE "\"price\":187.15,\"size\":100}", TRADE "\"price\":187.15,\"size\":100}",
	    NULL);
	both(NULL,
	    "{\"size\": 1e2, \"sym\":\"AAPL\" "
	    ",\"price\":18715e-2,\"ts\":1709908200,\"type\":\"trade\"}",
	    TRADE "\"price\":187.15,\"size\":100}", NULL);
	both(NULL,
	    "{\"type\":\"trade\",\"symbol\":\"AAPL\",\"time\":\"2024-03-08T09:30:00-05:00\",\"px\":"
	    "187.15,"
	    "\"qty\":100}",
	    TRADE "\"price\":187.15,\"size\":100}", NULL);
	both(NULL,
	    TRADE "\"price\":187.15,\"size\":100,\"side\":\"sell\",\"seq\":7,\"venue\":\"X\"}",
	    TRADE "\"price\":187.15,\"size\":100,\"side\":\"sell\",\"seq\":7,\"venue\":\"X\"}",
	    NULL);
	both(NULL, TRADE "\"price\":187.15,\"size\":100,\"a\":{\"b\":[1,\"\\u00e9]\"]},\"c\":null}",
	    TRADE "\"price\":187.15,\"size\":100,\"a\":{\"b\":[1,\"\\u00e9]\"]},\"c\":null}", NULL);
	both(NULL, TRADE "\"price\":187.15,\"size\":100,\"cond\":\"a\\\"b\\u0041\\n\"}",
	    TRADE "\"price\":187.15,\"size\":100,\"cond\":\"a\\\"bA\\n\"}", NULL);
	both(NULL, TRADE "\"price\":187.15,\"size\":100,\"side\":null}",
	    TRADE "\"price\":187.15,\"size\":100}", NULL);
	both(NULL, TRADE "\"price\":0.1234567891,\"size\":1}",
	    TRADE "\"price\":0.123456789,\"size\":1}", NULL);
	both(
	    NULL, TRADE "\"price\":-37.63,\"size\":0}", TRADE "\"price\":-37.63,\"size\":0}", NULL);
	both(NULL, TRADE "\"price\":007,\"size\":1}", NULL, "not JSON");
	both(NULL, TRADE "\"price\":187.15,\"size\":100", NULL, "not JSON");
	both(NULL, TRADE "\"price\":187.15,\"size\":100}}", NULL, "not JSON");
	both(NULL, TRADE "\"price\":NaN,\"size\":1}", NULL, "not JSON");
	both(NULL, TRADE "\"price\":\"187.15\",\"size\":1}", NULL, "price: a number expected");
	both(NULL, TRADE "\"price\":187.15}", NULL, "trade without size");
	both(NULL, TRADE "\"price\":1e10,\"size\":1}", NULL, "price: '1e10' is not");
	both(NULL, TRADE "\"price\":1,\"price\":2,\"size\":1}", NULL, "duplicate");
	both(NULL, TRADE "\"price\":1,\"px\":2,\"size\":1}", NULL, "given twice");
	both(NULL, TRADE "\"price\":1,\"size\":1,\"x\":1,\"x\":2}", NULL, "duplicate");
	both(NULL, TRADE "\"price\":1,\"size\":1,\"side\":\"long\"}", NULL, "side: 'long' is not");
	both(NULL,
	    "{\"type\":\"trade\",\"ts\":\"2024-02-30T00:00:00Z\",\"sym\":\"A\",\"price\":1,"
	    "\"size\":1}",
	    NULL, "not a time");
	both(NULL, "{\"type\":\"trade\",\"ts\":\"" TS "\",\"sym\":\"A B\",\"price\":1,\"size\":1}",
	    NULL, "not a symbol");
	both(NULL,
	    "{\"type\":\"trade\",\"ts\":\"" TS
	    "\",\"sym\":\"A\",\"price\":1,\"size\":1,\"cond\":\"\xff\"}",
	    NULL, "not JSON");
	both(NULL, "{\"type\":\"trade\",\"sym\":\"A\",\"price\":1,\"size\":1}", NULL,
	    "trade without ts");
	both(NULL, "{\"ts\":1}", NULL, "no key \"type\"");
	both(NULL, "[1]", NULL, NULL);
	both(NULL,
	    "{\"type\":\"bar\",\"ts\":\"" TS
	    "\",\"sym\":\"A\",\"Open\":1,\"HIGH\":2,\"Low\":0.5,\"Close\":1.5,"
	    "\"volume\":12345678901234567890.5}",
	    "{\"type\":\"bar\",\"ts\":\"" TS
	    "\",\"sym\":\"A\",\"open\":1.00,\"high\":2.00,\"low\":0.50,"
	    "\"close\":1.50,\"volume\":12345678901234567890.5}",
	    NULL);
	both(NULL,
	    "{\"type\":\"features\",\"ts\":\"" TS
	    "\",\"sym\":\"A\",\"interval\":\"1m\",\"ret_1\":-0.001,"
	    "\"rsi_14\":1e-7,\"note\":\"x\"}",
	    "{\"type\":\"features\",\"ts\":\"" TS
	    "\",\"sym\":\"A\",\"interval\":\"1m\",\"ret_1\":-0.001,"
	    "\"rsi_14\":1e-07,\"note\":\"x\"}",
	    NULL);
	both(NULL,
	    "{\"type\":\"features\",\"ts\":\"" TS
	    "\",\"sym\":\"A\",\"long_name_without_escape\":0.1,\"long_na\\\"me\":1,\"x\\\\\":2,"
	    "\"eight_chr\\u0001\":3,\"caf\\u00e9\":4}",
	    "{\"type\":\"features\",\"ts\":\"" TS
	    "\",\"sym\":\"A\",\"long_name_without_escape\":0.1,\"long_na\\\"me\":1,\"x\\\\\":2,"
	    "\"eight_chr\\u0001\":3,\"caf\u00e9\":4}",
	    NULL);
	both(NULL,
	    "{\"type\":\"portfolio\",\"ts\":\"" TS
	    "\",\"cash\":99998.259,\"equity\":100000,\"leverage\":0.5,"
	    "\"drawdown\":-0.000001743}",
	    "{\"type\":\"portfolio\",\"ts\":\"" TS
	    "\",\"cash\":99998.259,\"equity\":100000.00,\"leverage\":0.5,"
	    "\"drawdown\":-1.743e-06}",
	    NULL);
	both(NULL, "{\"type\":\"watermark\",\"ts\":\"" TS "\"}",
	    "{\"type\":\"watermark\",\"ts\":\"" TS "\"}", NULL);
	both(NULL,
	    "{\"type\":\"regime\",\"ts\":\"" TS
	    "\",\"sym\":\"A\",\"model\":\"hmm\",\"probs\":[0.1, 0.9]}",
	    "{\"type\":\"regime\",\"ts\":\"" TS
	    "\",\"sym\":\"A\",\"model\":\"hmm\",\"probs\":[0.1, 0.9]}",
	    NULL);
}

static void
csv_lines(void)
{
	const char *ticks = "ts,sym,price,size", *bars = "ts,sym,open,high,low,close,volume,note";

	both(ticks, TS ",AAPL,187.15,100", TRADE "\"price\":187.15,\"size\":100}", NULL);
	both(ticks, "2024-03-08T14:30:00Z,AAPL,187.150,100.0",
	    TRADE "\"price\":187.15,\"size\":100}", NULL);
	both(ticks, "\"2024-03-08T14:30:00Z\",\"AAPL\",\"187.15\",100",
	    TRADE "\"price\":187.15,\"size\":100}", NULL);
	both(ticks, "1709908200000, AAPL ,1.8715e2, 100", TRADE "\"price\":187.15,\"size\":100}",
	    NULL);
	both(ticks, TS ",AAPL,187.15", NULL, "3 cells in a row of 4 columns");
	both(ticks, TS ",AAPL,187.15,100,1", NULL, "5 cells in a row of 4 columns");
	both(ticks, TS ",AAPL,,100", NULL, "trade without price");
	both(ticks, TS ",AAPL,007,100", NULL, "price: '007' is not");
	both(ticks, TS ",AAPL,nan,100", NULL, "price: 'nan' is not");
	both(ticks, TS ",\"AAPL,187.15,100", NULL, "not CSV");
	both(ticks, "", "", NULL);
	both(bars, "2024-03-08,A,1,2,0.5,1.5,100,\"x, \"\"y\"\"\"",
	    "{\"type\":\"bar\",\"ts\":\"2024-03-08T00:00:00.000000000Z\",\"sym\":\"A\",\"open\":1."
	    "00,"
	    "\"high\":2.00,\"low\":0.50,\"close\":1.50,\"volume\":100,\"note\":\"x, \\\"y\\\"\"}",
	    NULL);
	both(bars, "2024-03-08,A,1,2,0.5,1.5,,7",
	    "{\"type\":\"bar\",\"ts\":\"2024-03-08T00:00:00.000000000Z\",\"sym\":\"A\",\"open\":1."
	    "00,"
	    "\"high\":2.00,\"low\":0.50,\"close\":1.50,\"note\":7}",
	    NULL);
	both("a,b,c", "1,2,3", NULL, "header");
	both("Date,Symbol,Open,High,Low,Close,Volume", "2024-03-08,A,1,2,0.5,1.5,100",
	    "{\"type\":\"bar\",\"ts\":\"2024-03-08T00:00:00.000000000Z\",\"sym\":\"A\",\"open\":1."
	    "00,"
	    "\"high\":2.00,\"low\":0.50,\"close\":1.50,\"volume\":100}",
	    NULL);
	both(",ticker,price,size", "20240308,A,1,2",
	    "{\"type\":\"trade\",\"ts\":\"2024-03-08T00:00:00.000000000Z\",\"sym\":\"A\",\"price\":"
	    "1.00,"
	    "\"size\":2}",
	    NULL);
	both("date,time,sym,price,size", "2024-03-08,14:30:00.5,A,1,2",
	    "{\"type\":\"trade\",\"ts\":\"2024-03-08T14:30:00.500000000Z\",\"sym\":\"A\",\"price\":"
	    "1.00,"
	    "\"size\":2}",
	    NULL);
	both("sym,price,size", "A,1,2", NULL, "no column for ts among 'sym,price,size'");
	both("ts,price,size", "1,1,2", NULL, "give it with --sym NAME");
}

/* Random records of the tick types: every byte of a mutated line is treated alike by both halves.
 */
static void
mutations(void)
{
	static const char seed[] =
	    TRADE "\"price\":187.15,\"size\":100,\"side\":\"buy\",\"exch\":\"Q\",\"seq\":12}";
	static const char bytes[] = "\",:{}[]0123456789.-+eE \\\tatrue\x01\x80";
	struct rng r;
	int differ = 0;

	rng_seed(&r, 11);
	for (int i = 0; i < 40000; i++) {
		char line[sizeof seed];
		struct buf a = { 0 }, b = { 0 };
		struct err e1 = { 0 }, e2 = { 0 };
		const char *fast, *slow;

		memcpy(line, seed, sizeof seed);
		for (int k = 0; k < 1 + i % 3; k++)
			line[rng_below(&r, sizeof seed - 1)] =
			    bytes[rng_below(&r, sizeof bytes - 1)];
		if (strncmp(line, "{\"type\":\"trade\"", 15) != 0)
			continue; /* unknown types pass unread on purpose */
		fast = pass(NULL, line, false, &a, &e1);
		slow = pass(NULL, line, true, &b, &e2);
		if (!fast != !slow || (fast && strcmp(fast, slow) != 0)) {
			differ++;
			t_note("%s", line);
		}
		buf_free(&a);
		buf_free(&b);
	}
	is_i64(differ, 0, "40,000 damaged lines: both halves agree");
}

/* ---- rows in a buffer, their ends not known ---- */

static const struct layout {
	const char *header;
	size_t numbers;
} layout_of[] = { { "ts,sym,price,size", 2 }, { "ts,sym,open,high,low,close,volume", 5 } };

static void
random_number(struct rng *g, struct buf *b)
{
	size_t whole = 1 + rng_below(g, rng_below(g, 4) ? 4 : 9), part = rng_below(g, 10);

	if (rng_below(g, 8) == 0)
		buf_putc(b, '-');
	for (size_t i = 0; i < whole; i++)
		buf_putc(b,
		    (char)('0' + (i == 0 && whole > 1 ? 1 + rng_below(g, 9) : rng_below(g, 10))));
	if (part && rng_below(g, 4))
		buf_putc(b, '.');
	else
		part = 0;
	for (size_t i = 0; i < part; i++)
		buf_putc(b, (char)('0' + rng_below(g, 10)));
}

static void
random_row(struct rng *g, size_t numbers, struct buf *b)
{
	static const char *const fraction[] = { "", ".000000000", ".5", ".376000001", ".00000000" };
	static const char *const syms[] = { "A", "SYM0001", "SYM00002", "EURUSD.OANDA", "B", "C" };

	buf_clear(b);
	buf_printf(b, "2024-03-%02dT%02d:%02d:%02d%sZ,%s", (int)(1 + rng_below(g, 2)),
	    (int)rng_below(g, 24), (int)rng_below(g, 60), (int)rng_below(g, 60),
	    fraction[rng_below(g, 5)], syms[rng_below(g, 6)]);
	for (size_t i = 0; i < numbers; i++) {
		buf_putc(b, ',');
		random_number(g, b);
	}
}

/* The row in front of other rows, by both: 1 taken, 0 not, -1 otherwise than the slow half. */
static int
row_agrees(struct rec_dec *row, struct rec_dec *slow, const struct buf *line, const char *newline)
{
	struct buf text = { 0 }, a = { 0 }, b = { 0 };
	size_t n = line->len + strlen(newline), took;
	struct rec r;
	struct err e;
	int rc;

	buf_put(&text, line->p, line->len);
	buf_puts(&text, newline);
	buf_put(&text, line->p, line->len); /* what follows may end with the buffer */
	memset(buf_room(&text, 2 * REC_PAD), '7', 2 * REC_PAD);
	text.p[text.len] = '\0';
	took = rec_dec_row(row, text.p, text.p + text.len, &r);
	rc = took == 0 ? 0 : took == n && r.raw.p == text.p && r.raw.n == line->len ? 1 : -1;
	if (rc == 1) {
		r.raw.p = NULL;
		rec_enc_json(&a, &r);
		if (rec_dec_line_slow(slow, text.p, line->len, UINT32_MAX, &r, &e) != 1) {
			rc = -1;
		} else {
			r.raw.p = NULL;
			rec_enc_json(&b, &r);
			rc = str_eq(buf_str(&a), buf_str(&b)) ? 1 : -1;
		}
	}
	for (size_t cut = n; rc == 1 && cut-- > 0; cut -= cut > n / 2 ? 0 : cut / 4) {
		text.p[cut] = '\0';
		if (rec_dec_row(row, text.p, text.p + cut, &r))
			rc = -1; /* not all there */
	}
	buf_free(&text);
	buf_free(&a);
	buf_free(&b);
	return rc;
}

static void
rows(const struct layout *l)
{
	static const char bytes[] = ",.-+e0123456789 \"T:Z\r\x01\x80\0";
	struct symtab *syms = symtab_new();
	struct rec_dec *row = rec_dec_new(syms, NULL), *slow = rec_dec_new(syms, NULL);
	struct buf line = { 0 };
	int64_t refused = 0, taken = 0, wrong = 0;
	char head[64 + REC_PAD] = { 0 };
	struct rng g;
	struct rec r;
	struct err e;

	strcpy(head, l->header);
	is_i64(rec_dec_row(row, head, head + strlen(head), &r) != 0, 0, "no row before the header");
	rec_dec_line(row, head, strlen(head), UINT32_MAX, &r, &e);
	rec_dec_line(slow, head, strlen(head), UINT32_MAX, &r, &e);
	rng_seed(&g, 5);
	for (int i = 0; i < 40000; i++) {
		int rc;

		random_row(&g, l->numbers, &line);
		refused += row_agrees(row, slow, &line, i % 2 ? "\n" : "\r\n") != 1;
		for (int k = 0; k <= i % 2; k++)
			line.p[rng_below(&g, line.len)] = bytes[rng_below(&g, sizeof bytes - 1)];
		if (line.p[line.len - 1] == '\r')
			continue; /* part of the newline */
		rc = row_agrees(row, slow, &line, "\n");
		taken += rc == 1;
		wrong += rc < 0;
	}
	is_i64(refused, 0, "%s: 40,000 rows, taken with the slow half's values", l->header);
	is_i64(wrong, 0, "as many damaged ones: none otherwise than there");
	ok(taken > 1000, "%lld of them are rows still", (long long)taken);
	buf_free(&line);
	rec_dec_free(row);
	rec_dec_free(slow);
	symtab_free(syms);
}

static void
layouts(void)
{
	struct symtab *syms = symtab_new();
	struct rec_layout map = { .columns = "ts=id,side=type,size=amount", .sym = "BTCUSD.MTGOX" };
	struct rec_dec *d = rec_dec_new(syms, &map);
	char head[64 + REC_PAD] = "id,price,amount,type",
		       row[64 + REC_PAD] = "1356998659486096,13.51001,36.87,ask";
	struct buf out = { 0 };
	struct rec r;
	struct err e;

	is_i64(rec_dec_line(d, head, strlen(head), UINT32_MAX, &r, &e), 0, "a mapped header");
	is_i64(rec_dec_line(d, row, strlen(row), UINT32_MAX, &r, &e), 1, "a row of it");
	rec_enc_json(&out, &r);
	is_str(buf_z(&out),
	    "{\"type\":\"trade\",\"ts\":\"2013-01-01T00:04:19.486096000Z\",\"sym\":\"BTCUSD."
	    "MTGOX\","
	    "\"price\":13.51001,\"size\":36.87,\"side\":\"sell\"}\n",
	    "columns mapped, symbol given");
	rec_dec_free(d);
	map =
	    (struct rec_layout){ .columns = "ts=1,price=2,size=3", .sym = "X", .no_header = true };
	d = rec_dec_new(syms, &map);
	strcpy(row, "1315922016,5.800000000000,1.000000000000");
	is_i64(rec_dec_line(d, row, strlen(row), UINT32_MAX, &r, &e), 1,
	    "no header: the first row counts");
	buf_clear(&out);
	rec_enc_json(&out, &r);
	is_str(buf_z(&out),
	    "{\"type\":\"trade\",\"ts\":\"2011-09-13T13:53:36.000000000Z\",\"sym\":\"X\",\"price\":"
	    "5.80,"
	    "\"size\":1}\n",
	    "positions mapped");
	rec_dec_free(d);
	map = (struct rec_layout){ .columns = "ts=Day+Clock", .sym = "X" };
	d = rec_dec_new(syms, &map);
	strcpy(head, "Day,Clock,price,size");
	strcpy(row, "2013-01-01,00:04:19,1,2");
	is_i64(
	    rec_dec_line(d, head, strlen(head), UINT32_MAX, &r, &e), 0, "a date and a time column");
	is_i64(rec_dec_line(d, row, strlen(row), UINT32_MAX, &r, &e), 1, "a row of it");
	is_i64(r.ts, INT64_C(1356998659) * TIM_SEC, "make one time");
	rec_dec_free(d);
	strcpy(head, "id,price,amount,type");
	map = (struct rec_layout){ .columns = "ts=Datum" };
	d = rec_dec_new(syms, &map);
	is_i64(
	    rec_dec_line(d, head, 20, UINT32_MAX, &r, &e), ERR_DATA, "a column that is not there");
	ok(strstr(e.msg, "no column 'Datum'") != NULL, "is named: %s", e.msg);
	rec_dec_free(d);
	buf_free(&out);
	symtab_free(syms);
}

static void
reader(void)
{
	char path[] = "/tmp/tp-codec-XXXXXX";
	int fd = mkstemp(path);
	static const char text[] = "\xef\xbb\xbfone\r\ntwo\n\nlast";
	const char *want[] = { "one", "two", "", "last" }, *p;
	struct io_in *in;
	struct err e;
	size_t n;

	ok(write(fd, text, sizeof text - 1) == sizeof text - 1, "a small file");
	close(fd);
	in = io_in_open(path, &e);
	for (int i = 0; i < 4; i++)
		ok(io_in_line(in, true, &p, &n, &e) == 1 && n == strlen(want[i]) &&
			!memcmp(p, want[i], n),
		    "line %d: BOM, CR and a missing last newline", i + 1);
	is_i64((int64_t)io_in_lineno(in), 4, "lines are counted");
	is_i64(io_in_line(in, true, &p, &n, &e), 0, "the end");
	io_in_free(in);
	unlink(path);
	ok(!io_in_open("/nonexistent/file", &e) && e.code == ERR_IO, "%s", e.msg);
}

int
main(void)
{
	json_lines();
	csv_lines();
	mutations();
	for (size_t i = 0; i < sizeof layout_of / sizeof *layout_of; i++)
		rows(&layout_of[i]);
	layouts();
	reader();
	return done_testing();
}
