/* Cut anywhere and continued from its state file, a run is the same run; and an account that
 * follows another's records holds the same. */
#include <unistd.h>

#include "base/rng.h"
#include "io/out.h"
#include "t_venue.h"
#include "venue/account.h"

static const char *const types[] = { "market", "limit", "stop", "stop_limit", "trailing_stop",
	"trailing_stop_limit", "market_on_close", "limit_on_close", "market_on_open",
	"limit_on_open", "market_if_touched", "limit_if_touched" };
static const char *const tifs[] = { "day", "gtc", "ioc", "fok", "gtd" };

/* One order with everything at random, some of it nonsense. */
static void
random_order(struct buf *b, struct rng *r, int day, int n)
{
	unsigned type = (unsigned)rng_below(r, 12);
	/* one draw a line: arguments are evaluated in any order */
	int px = 80 + (int)rng_below(r, 41);
	int sym = 'A' + (int)rng_below(r, 3);
	bool buy = rng_below(r, 2) != 0;
	int qty = 1 + (int)rng_below(r, 40);

	buf_printf(b, "o %c o%d %s %d %s", sym, n, buy ? "buy" : "sell", qty, types[type]);
	buf_printf(b, " tif=%s expire_time=2024-02-%02d",
	    tifs[rng_below(r, 2) ? 1 : rng_below(r, 5)], day % 27 + 1);
	if (rng_below(r, 10))
		buf_printf(b, " limit_price=%d", px + (int)rng_below(r, 5));
	if (type != 4 && type != 5 && rng_below(r, 10))
		buf_printf(b, " stop_price=%d", px);
	if (type == 4 || type == 5)
		buf_printf(b, rng_below(r, 2) ? " trail=3" : " trail_percent=2.5");
	if (n > 3 && rng_below(r, 4) == 0)
		buf_printf(b, " parent_id=o%d", n - 1);
	if (rng_below(r, 5) == 0)
		buf_printf(b, " oca_group=g%d", n / 4);
	buf_puts(b, "\n");
}

/* An order that may still be there. */
static int
recent(struct rng *r, int n)
{
	int back = (int)rng_below(r, 8);

	return n > back ? n - back : 1;
}

static void
random_replace(struct buf *b, struct rng *r, int day, int n, unsigned k)
{
	if (rng_below(r, 2))
		buf_printf(b, "r n%d-%u-%d orig_cl_ord_id=o%d", n, k, day, recent(r, n));
	else
		buf_printf(b, "r o%d", recent(r, n));
	if (rng_below(r, 2))
		buf_printf(b, " qty=%d", 1 + (int)rng_below(r, 50));
	if (rng_below(r, 2))
		buf_printf(b, " limit_price=%d", 90 + (int)rng_below(r, 21));
	if (rng_below(r, 4) == 0)
		buf_printf(b, " stop_price=%d", 90 + (int)rng_below(r, 21));
	if (rng_below(r, 4) == 0)
		buf_printf(b, " trail=%d", 1 + (int)rng_below(r, 9));
	if (rng_below(r, 4) == 0)
		buf_printf(b, " tif=gtd expire_time=2024-01-%02d", day % 27 + 3);
	buf_puts(b, "\n");
}

static void
random_day(struct buf *b, struct rng *r, int day, int *n)
{
	for (int c = 'A'; c <= 'C'; c++) {
		int o = 90 + (int)rng_below(r, 21), h = o + (int)rng_below(r, 6),
		    l = o - (int)rng_below(r, 6);

		if (rng_below(r, 8) == 0)
			continue;
		if (rng_below(r, 6) == 0) /* between the records of an instant */
			random_order(b, r, day, ++*n);
		if (rng_below(r, 3) == 0) {
			buf_printf(b, "t %c 2024-01-%02dT05:00:00Z %d %d\n", c, day, o, 20);
			buf_printf(
			    b, "q %c 2024-01-%02dT06:00:00Z %d %d 10 10\n", c, day, o, o + 1);
		} else {
			buf_printf(b, "b %c 2024-01-%02d 2024-01-%02d %d %d %d %d 300\n", c, day,
			    day + 1, o, h, l, l + (h - l) / 2);
		}
	}
	if (rng_below(r, 10) == 0)
		buf_printf(
		    b, "x A 2024-01-%02d split ratio=%s\n", day, rng_below(r, 2) ? "2" : "0.5");
	if (rng_below(r, 10) == 0)
		buf_printf(b, "x B 2024-01-%02d dividend amount=0.37\n", day);
	if (rng_below(r, 12) == 0)
		buf_printf(b, "x C 2024-01-%02d delist\n", day);
	buf_printf(b, "w 2024-01-%02d\n", day + 1);
	for (unsigned k = (unsigned)rng_below(r, 6); k > 0; k--)
		random_order(b, r, day, ++*n);
	if (*n && rng_below(r, 2))
		buf_printf(b, "c o%d\n", recent(r, *n));
	for (unsigned k = (unsigned)rng_below(r, 3); *n && k > 0; k--)
		random_replace(b, r, day, *n, k);
}

static const char *const options[] = { "",
	"--capital 300 --margin 0 --maintenance 0.5 --slippage half-spread",
	"--latency 30h --margin 0 --margin-rate 0.5 --capital 2000", "--participation 0.05",
	"--latency 1bars --borrow-rate 0.1 --margin-rate 0.1", "--latency 6h --both-in-range best",
	"--capital 5000 --slippage sqrt:0.1 --commission ibkr-tiered --participation 0.1",
	"--no-short --margin 1 --trading-day FX" };

static void
run_part(struct buf *out, const char *opts, const char *input)
{
	struct t_stage t;

	if (t_stage_run(&t, &ibkr_exec_kind, opts, input) != 0)
		ok(false, "runs: %s", t.err.msg);
	buf_put(out, t.out.p, t.out.len);
	t_stage_free(&t);
}

static void
cut(uint64_t seed)
{
	struct rng r;
	struct buf script = { 0 }, in = { 0 }, whole = { 0 }, parts = { 0 }, s1 = { 0 }, s2 = { 0 };
	char a[64], b[64], opts[300], *mid;
	const char *more = options[seed % (sizeof options / sizeof options[0])];
	struct err e;
	int n = 0;

	rng_seed(&r, seed);
	for (int day = 1; day < 30; day++)
		random_day(&script, &r, day, &n);
	tv_input(&in, buf_z(&script));
	snprintf(a, sizeof a, "/tmp/t-venue-%d-a", (int)getpid());
	snprintf(b, sizeof b, "/tmp/t-venue-%d-b", (int)getpid());
	snprintf(opts, sizeof opts, "--paper --state %s %s", a, more);
	run_part(&whole, opts, buf_z(&in));

	mid = mem_dup(in.p, in.len);
	size_t at = (size_t)rng_below(&r, in.len);
	while (at < in.len && mid[at] != '\n')
		at++;
	mid[at + 1 < in.len ? at + 1 : in.len] = '\0';
	snprintf(opts, sizeof opts, "--paper --state %s %s", b, more);
	run_part(&parts, opts, mid);
	run_part(&parts, opts, buf_z(&in) + strlen(mid));
	is_mem(parts.p, parts.len, whole.p, whole.len,
	    "seed %d, cut at byte %zu: %d orders, %zu bytes", (int)seed, strlen(mid), n, whole.len);
	ok(io_file_read(a, 1 << 24, &s1, &e) == 0 && io_file_read(b, 1 << 24, &s2, &e) == 0,
	    "states");
	/* ids hang in a hash table; the rest must be equal to the byte */
	char *i1 = strstr(buf_z(&s1), "\"ids\""), *i2 = strstr(buf_z(&s2), "\"ids\"");
	ok(i1 && i2 && i1 - s1.p == i2 - s2.p && memcmp(s1.p, s2.p, (size_t)(i1 - s1.p)) == 0,
	    "the same state at the end");
	is_i64((int64_t)s1.len, (int64_t)s2.len, "as many ids");
	unlink(a);
	unlink(b);
	free(mid);
	buf_free(&script);
	buf_free(&in);
	buf_free(&whole);
	buf_free(&parts);
	buf_free(&s1);
	buf_free(&s2);
}

/* The lines of s that ibkr-exec does not consume. */
static void
put_passing(struct buf *b, const char *s, const char *end)
{
	while (s < end) {
		size_t n = strcspn(s, "\n") + 1;

		if (!memmem(s, n, "\"cl_ord_id\"", 11))
			buf_put(b, s, n);
		s += n;
	}
}

/* Cut anywhere and then given the whole input again, a run does what it would have done. */
static void
overlap(uint64_t seed)
{
	struct rng r;
	struct buf script = { 0 }, in = { 0 }, whole = { 0 }, first = { 0 }, again = { 0 },
		   want = { 0 };
	char path[64], opts[300], *mid;
	const char *more = options[seed % (sizeof options / sizeof options[0])];
	int n = 0;

	rng_seed(&r, seed);
	buf_puts(&script, "b A 2023-12-30 2023-12-31 99 99 99 99 300\nw 2023-12-31\n");
	for (int day = 1; day < 30; day++)
		random_day(&script, &r, day, &n);
	tv_input(&in, buf_z(&script));
	snprintf(opts, sizeof opts, "--paper %s", more);
	run_part(&whole, opts, buf_z(&in));

	mid = mem_dup(in.p, in.len);
	size_t at = 300 + (size_t)rng_below(&r, in.len - 300);
	mid[at + strcspn(mid + at, "\n") + 1] = '\0';
	snprintf(path, sizeof path, "/tmp/t-venue-%d-o", (int)getpid());
	snprintf(opts, sizeof opts, "--paper --state %s %s", path, more);
	run_part(&first, opts, mid);
	run_part(&again, opts, buf_z(&in));
	put_passing(&want, mid, mid + strlen(mid));
	buf_put(&want, whole.p + first.len, whole.len - first.len);
	is_mem(again.p, again.len, want.p, want.len, "seed %d, overlap of %zu bytes", (int)seed,
	    strlen(mid));
	unlink(path);
	free(mid);
	buf_free(&script);
	buf_free(&in);
	buf_free(&whole);
	buf_free(&first);
	buf_free(&again);
	buf_free(&want);
}

/* Feed a script to an account; `fill` is what the memory of a record held before. */
static void
feed(struct account *a, struct symtab *syms, const char *script, int fill)
{
	struct rec_dec *dec = rec_dec_new(syms, NULL);
	struct buf in = { 0 }, line = { 0 };
	struct err e;

	tv_input(&in, script);
	for (const char *p = buf_z(&in); *p; p += strcspn(p, "\n") + 1) {
		struct rec r;

		memset(&r, fill, sizeof r);
		buf_clear(&line);
		buf_put(&line, p, strcspn(p, "\n"));
		memset(buf_room(&line, REC_PAD), 0, REC_PAD);
		ok(rec_dec_line(dec, line.p, line.len, UINT32_MAX, &r, &e) == 1, "%s", line.p);
		if (r.type == REC_watermark)
			account_watermark(a, r.ts);
		else
			account_push(a, &r);
	}
	rec_dec_free(dec);
	buf_free(&in);
	buf_free(&line);
}

static int
ignore(void *arg, const struct rec *r)
{
	(void)arg;
	(void)r;
	return 0;
}

/* What a record does not have is not in the state either. */
static void
absent(void)
{
	static const char script[] =
	    "w 2024-01-02\no A a buy 5 limit limit_price=90 tif=gtc\nr a qty=6\n"
	    "o A b sell 5 market\nr b limit_price=91\n";
	struct account_opts o = { .capital = NUM_MICRO, .latency = "30h" };
	struct buf text[2] = { { 0 }, { 0 } };

	for (int i = 0; i < 2; i++) {
		struct symtab *syms = symtab_new();
		struct err e;
		struct account *a = account_new(&o, syms, ignore, NULL, &e);

		feed(a, syms, script, i ? 0x5a : 0);
		account_save(a, &text[i]);
		account_free(a);
		symtab_free(syms);
	}
	is_str(buf_z(&text[1]), buf_z(&text[0]), "nothing of what is not there is kept");
	buf_free(&text[0]);
	buf_free(&text[1]);
}

/* ---- following ---- */

struct shadow {
	struct account *real, *copy;
};

static int
forward(void *arg, const struct rec *r)
{
	account_take(((struct shadow *)arg)->copy, r);
	return 0;
}

static void
count(void *arg, const struct rec *order, int64_t leaves)
{
	struct buf *b = arg;

	buf_printf(b, "%.*s %lld %u\n", STR_FMT(order->order.cl_ord_id), (long long)leaves,
	    order->order.side);
}

static void
compare(struct shadow *s, struct symtab *syms, int seed)
{
	struct buf a = { 0 }, b = { 0 };
	struct ledger *l = account_ledger(s->real), *m = account_ledger(s->copy);

	account_each_order(s->real, count, &a);
	account_each_order(s->copy, count, &b);
	is_str(buf_z(&b), buf_z(&a), "seed %d: the same orders work", seed);
	is_i64(ledger_equity(m), ledger_equity(l), "the same equity");
	is_i64(ledger_cash_now(m), ledger_cash_now(l), "the same cash");
	for (uint32_t i = 0; i < symtab_count(syms); i++) {
		const struct ledger_pos *p = ledger_pos(l, symtab_at(syms, i)),
					*q = ledger_pos(m, symtab_at(syms, i));
		is_i64(q ? q->qty : 0, p ? p->qty : 0, "the same position");
	}
	buf_free(&a);
	buf_free(&b);
}

static void
follow(uint64_t seed)
{
	struct account_opts o = {
		.capital = 100000 * NUM_MICRO, .commission = "ibkr-fixed", .participation = 0.05
	};
	struct symtab *syms = symtab_new();
	struct rec_dec *dec = rec_dec_new(syms, NULL);
	struct buf script = { 0 }, in = { 0 }, line = { 0 };
	struct shadow s;
	struct rng g;
	struct err e;
	int n = 0;

	rng_seed(&g, seed);
	for (int day = 1; day < 30; day++)
		random_day(&script, &g, day, &n);
	tv_input(&in, buf_z(&script));
	s.copy = account_new(&o, syms, ignore, NULL, &e);
	s.real = account_new(&o, syms, forward, &s, &e);
	account_follow(s.copy);
	for (const char *p = buf_z(&in); *p; p += strcspn(p, "\n") + 1) {
		struct rec r;

		buf_clear(&line);
		buf_put(&line, p, strcspn(p, "\n"));
		memset(buf_room(&line, REC_PAD), 0, REC_PAD);
		if (rec_dec_line(dec, line.p, line.len, UINT32_MAX, &r, &e) != 1)
			continue;
		if (r.type == REC_watermark) {
			account_watermark(s.copy, r.ts);
			account_watermark(s.real, r.ts);
			continue;
		}
		/* a corporate action moves prices at once and positions with the next records */
		if (r.type == REC_corporate_action)
			continue;
		if (r.type != REC_replace)
			account_push(s.copy, &r);
		if (r.type != REC_replace)
			account_push(s.real, &r);
	}
	compare(&s, syms, (int)seed);
	account_free(s.real);
	account_free(s.copy);
	rec_dec_free(dec);
	symtab_free(syms);
	buf_free(&script);
	buf_free(&in);
	buf_free(&line);
}

static void
broken(void)
{
	static const char *const bad[] = { "", "{", "[]", "{\"account\":2}", "{\"account\":1}",
		"{\"account\":1,\"cash\":1,\"peak\":1}" };
	struct account_opts o = { .capital = NUM_MICRO };
	struct symtab *syms = symtab_new();

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct err e = { 0 };
		struct account *a = account_new(&o, syms, ignore, NULL, &e);

		ok(account_load(a, bad[i], strlen(bad[i]), &e) < 0 && e.msg[0], "no state: %s (%s)",
		    bad[i], e.msg);
		account_free(a);
	}
	symtab_free(syms);
}

static void
list(void *arg, const struct rec *order, int64_t leaves)
{
	buf_printf(arg, "%lld ", (long long)leaves);
	rec_enc_json(arg, order);
}

/* Every field of a real state, spoilt one at a time: an error, never a crash. */
static void
spoilt(void)
{
	struct account_opts o = { .capital = 10000 * NUM_MICRO };
	struct symtab *syms = symtab_new();
	struct buf text = { 0 }, before = { 0 }, after = { 0 };
	struct err e;
	struct account *a = account_new(&o, syms, ignore, NULL, &e);
	int refused = 0, tried = 0;

	feed(a, syms,
	    "w 2024-01-02\no A a buy 5 market\nb A 2024-01-02 2024-01-03 9 9 9 9\n"
	    "o A b sell 5 limit limit_price=20 tif=gtc outside_rth=true strategy=s "
	    "oca_group=g approval=me\nr b qty=3\n",
	    0);
	account_save(a, &text);
	account_each_order(a, list, &before);
	account_free(a);
	for (char *p = text.p; (p = memchr(p, ':', (size_t)(text.p + text.len - p))); p++) {
		char was = p[1];

		a = account_new(&o, syms, ignore, NULL, &e);
		p[1] = was == '[' ? '{' : 'x';
		tried++;
		refused += account_load(a, text.p, text.len, &e) < 0;
		p[1] = was;
		account_free(a);
	}
	is_i64(refused, tried, "a spoilt field is an error");
	a = account_new(&o, syms, ignore, NULL, &e);
	ok(account_load(a, text.p, text.len, &e) == 0, "and the whole is none: %s", e.msg);
	account_each_order(a, list, &after);
	is_str(buf_z(&after), buf_z(&before), "the orders are what they were");
	account_free(a);
	symtab_free(syms);
	buf_free(&text);
	buf_free(&before);
	buf_free(&after);
}

int
main(void)
{
	for (uint64_t seed = 1; seed <= 240; seed++)
		cut(seed);
	for (uint64_t seed = 1; seed <= 80; seed++)
		overlap(seed);
	absent();
	for (uint64_t seed = 1; seed <= 20; seed++)
		follow(seed);
	broken();
	spoilt();
	return done_testing();
}
