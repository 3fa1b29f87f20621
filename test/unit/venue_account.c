/* The account as other rooms use it: prices, what works, targets, following a real one. */
#include "t_venue.h"
#include "venue/account.h"

#define N NUM_NANO

static struct symtab *syms;
static struct rec_dec *dec;
static struct buf told;

static int
tell(void *arg, const struct rec *r)
{
	(void)arg;
	rec_enc_json(&told, r);
	return 0;
}

static struct account *
fresh(double margin)
{
	struct account_opts o = { .capital = 10000 * NUM_MICRO, .margin = margin };
	struct err e;

	return account_new(&o, syms, tell, NULL, &e);
}

static const struct sym *
sym(const char *name)
{
	return symtab_get(syms, str_z(name));
}

static void
line(struct account *a, const char *text, bool take)
{
	struct buf b = { 0 };
	struct rec r;
	struct err e = { 0 };

	buf_puts(&b, text);
	memset(buf_room(&b, REC_PAD), 0, REC_PAD);
	if (rec_dec_line(dec, b.p, b.len, UINT32_MAX, &r, &e) != 1)
		ok(false, "%s: %s", text, e.msg);
	else if (r.type == REC_watermark)
		account_watermark(a, r.ts);
	else if (take)
		account_take(a, &r);
	else
		account_push(a, &r);
	buf_free(&b);
}

static void
say(struct account *a, const char *script)
{
	struct buf in = { 0 };

	tv_input(&in, script);
	for (char *p = in.p, *nl; (nl = memchr(p, '\n', (size_t)(in.p + in.len - p))); p = nl + 1) {
		*nl = '\0';
		line(a, p, false);
		if (nl + 1 == in.p + in.len)
			break;
	}
	buf_free(&in);
}

static int64_t
delta(struct account *a, const char *name, bool weight, double v)
{
	struct rec r;
	int64_t d = -1;

	rec_init(&r, REC_target, 0, sym(name));
	if (weight)
		rec_set(&r, F_target_weight, r.target.weight, v);
	else
		rec_set(&r, F_target_position, r.target.position, (int64_t)(v * 1e9));
	return account_target_delta(a, &r, &d) ? d : INT64_MIN;
}

static void
targets(void)
{
	struct account *a = fresh(0);
	int64_t buys, sells;

	is_i64(delta(a, "A", false, 5), INT64_MIN, "no price, no target");
	is_i64(account_price(a, sym("A")), 0, "no price");
	say(a, "w 2024-01-02\nb A 2024-01-02 2024-01-03 100 100 99 99\nw 2024-01-03\n");
	is_i64(account_price(a, sym("A")), 99 * N, "the close");
	is_i64(delta(a, "A", false, 5), 5 * N, "position");
	is_i64(delta(a, "A", false, -5), -5 * N, "short");
	is_i64(delta(a, "A", true, 0.5), 50 * N, "floor(0.5 * 10000 / 99)");
	is_i64(delta(a, "A", true, -0.5), -50 * N, "toward zero on the short side too");
	is_i64(delta(a, "A", true, 0), 0, "flat");
	is_i64(delta(a, "A", true, 1e300), INT64_MIN, "a weight that does not fit");
	say(a, "w 2024-01-03\no A m buy 30 market\no A t sell 30 limit limit_price=120 parent_id=m "
	       "tif=gtc\n"
	       "o A s sell 30 stop stop_price=80 parent_id=m tif=gtc\n");
	is_i64(delta(a, "A", false, 50), 20 * N, "working orders count");
	is_i64(account_working_value(a), 30 * 99 * NUM_MICRO, "and will have to be paid");
	say(a, "b A 2024-01-03 2024-01-04 100 101 99 100\nw 2024-01-04\n");
	is_i64(delta(a, "A", false, 50), 20 * N, "a bracket's exits do not");
	is_i64(account_working(a, sym("A"), &buys, &sells), 0, "nothing is meant to fill");
	is_i64(buys, 0, "no purchase");
	is_i64(sells, 30 * N, "one of the two sales can");
	is_i64(account_working(a, sym("NONE"), &buys, &sells), 0, "nothing for a stranger");
	say(a, "w 2024-01-04\no A x sell 30 market\n");
	is_i64(account_working_value(a), 0,
	    "a sale of all and two exits: at worst as much short as was long");
	say(a, "c t\nc s\n");
	is_i64(
	    account_working_value(a), -30 * 100 * NUM_MICRO, "without them it frees what was held");
	account_free(a);
}

static void
data(void)
{
	struct account *a = fresh(0);
	struct rec r;

	say(a, "w 2024-01-02\nq A 2024-01-02T01:00:00Z 10 11\n");
	is_i64(account_price(a, sym("A")), 10500000000, "the mid of a quote");
	say(a, "q A 2024-01-02T01:00:01Z 12 11\nq A 2024-01-02T01:00:01Z 0 11\n"
	       "t A 2024-01-02T01:00:01Z 0 1\n");
	is_i64(account_price(a, sym("A")), 10500000000, "no price from crossed or empty data");
	say(a, "b A 2024-01-02T02:00:00Z 2024-01-02T03:00:00Z 8 9 7 8\n");
	line(a,
	    "{\"type\":\"bar\",\"ts\":\"2024-01-02T02:00:00Z\",\"sym\":\"A\",\"open\":8,\"high\":9,"
	    "\"low\":7,\"close\":8.5,\"rev\":1}",
	    false);
	is_i64(account_price(a, sym("A")), 8500000000, "the newest bar revised");
	line(a,
	    "{\"type\":\"bar\",\"ts\":\"2024-01-02T01:00:00Z\",\"sym\":\"A\",\"open\":8,\"high\":9,"
	    "\"low\":7,\"close\":3,\"rev\":1}",
	    false);
	is_i64(account_price(a, sym("A")), 8500000000, "an old bar revised");
	line(a,
	    "{\"type\":\"bar\",\"ts\":\"2024-01-02T03:00:00Z\",\"sym\":\"A\",\"open\":3,\"high\":3,"
	    "\"low\":3,\"close\":3,\"gap\":true}",
	    false);
	is_i64(account_price(a, sym("A")), 8500000000, "a bar without trades");
	buf_clear(&told);
	say(a, "w 2024-01-02T04:00:00Z\no A m buy 1 market\n");
	line(a,
	    "{\"type\":\"bar\",\"ts\":\"2024-01-02T05:00:00Z\",\"sym\":\"A\",\"open\":8,\"high\":9,"
	    "\"low\":7,\"close\":8,\"gap\":true}",
	    false);
	line(a,
	    "{\"type\":\"bar\",\"ts\":\"2024-01-02T05:00:00Z\",\"sym\":\"A\",\"open\":8,\"high\":9,"
	    "\"low\":7,\"close\":8,\"rev\":1}",
	    false);
	ok(!strstr(buf_z(&told), "\"fill\""), "neither fills an order");
	rec_init(&r, REC_order, 0, NULL);
	rec_set(&r, F_order_cl_ord_id, r.order.cl_ord_id, str_z("z"));
	rec_set(&r, F_order_qty, r.order.qty, N);
	account_push(a, &r);
	ok(strstr(buf_z(&told), "no_symbol"), "an order without a symbol");
	account_free(a);
}

static void
count(void *arg, const struct rec *order, int64_t leaves)
{
	struct buf *b = arg;

	buf_printf(b, "%.*s %lld ", STR_FMT(order->order.cl_ord_id), (long long)(leaves / N));
	rec_enc_json(b, order);
}

static void
brief(void *arg, const struct account_open *o)
{
	buf_printf(arg, "%.*s %lld/%lld/%lld%s ", STR_FMT(o->id), (long long)(o->leaves / N),
	    (long long)(o->limit / N), (long long)(o->stop / N), o->child ? "c" : "");
}

/* The short form of the list tells what the records tell. */
static void
listing(void)
{
	struct account *a = fresh(0.5);
	struct buf b = { 0 };
	struct rec r;
	int64_t leaves = -1;

	say(a, "b A 2024-01-02 2024-01-03 5 5 5 5\nw 2024-01-03\n"
	       "o A p buy 30 limit limit_price=4\no A q sell 30 stop stop_price=3 parent_id=p\n"
	       "o A z buy 7 market\n");
	is_i64(account_open_count(a), 3, "three orders work");
	account_each_open(a, brief, &b);
	is_str(buf_z(&b), "p 30/4/0 q 30/0/3c z 7/0/0 ", "with prices, the child marked");
	ok(account_find_order(a, str_z("q"), &r, &leaves) && leaves == 30 * N &&
		r.order.stop_price == 3 * N && str_eqz(r.order.parent_id, "p"),
	    "one of them by its id");
	say(a, "b A 2024-01-03 2024-01-04 5 5 5 5\n");
	leaves = -1;
	ok(account_open_count(a) == 2 && !account_find_order(a, str_z("z"), &r, &leaves) &&
		leaves == -1,
	    "what has filled works no more");
	buf_free(&b);
	account_free(a);
}

/* Finished ids are saved as 128-bit FNV-1a, whatever ids came before them. */
static void
hashing(void)
{
	static const char *const ids[] = { "s-20240102-10", "s-20240102-1", "s-20240102-12", "s",
		"t-20240102-12", "t-20240102-123456789-123456789-123456789-123456789-123456789-123",
		"t-20240102-123456789-123456789-123456789-123456789-123456789-1234",
		"t-20240102-123456789" };
	struct account *a = fresh(0.5);
	struct buf text = { 0 }, saved = { 0 };
	size_t found = 0;

	say(a, "b A 2024-01-02 2024-01-03 5 5 5 5\nw 2024-01-03\n");
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		buf_clear(&text);
		buf_printf(&text, "o A %s buy 1 market\n", ids[i]);
		say(a, buf_z(&text));
	}
	say(a, "b A 2024-01-03 2024-01-04 5 5 5 5\n");
	account_save(a, &saved);
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		unsigned __int128 h = (unsigned __int128)UINT64_C(0x6c62272e07bb0142) << 64 |
				      UINT64_C(0x62b821756295c58d);
		const unsigned __int128 prime = ((unsigned __int128)1 << 88) + 0x13b;

		for (const char *p = ids[i]; *p; p++)
			h = (h ^ (unsigned char)*p) * prime;
		buf_clear(&text);
		buf_printf(&text, "\"%016llx%016llx\"", (unsigned long long)(h >> 64),
		    (unsigned long long)h | 1);
		found += strstr(buf_z(&saved), buf_z(&text)) != NULL;
		found += account_id_seen(a, str_z(ids[i]));
	}
	is_i64((int64_t)found, 2 * (int64_t)(sizeof ids / sizeof *ids), "ids of all sorts");
	ok(!account_id_seen(a, str_z("s-20240102-11")), "and none that was not there");
	buf_free(&text);
	buf_free(&saved);
	account_free(a);
}

static void
following(void)
{
	struct account *a = fresh(0.5);
	struct buf b = { 0 };

	account_follow(a);
	say(a, "w 2024-01-02\no A m buy 30 limit limit_price=9 tif=gtd expire_time=2024-02-01 "
	       "strategy=s "
	       "oca_group=g approval=me outside_rth=true\n"
	       "o A m buy 30 market\no A k sell 5 trailing_stop trail_percent=2 parent_id=m\n"
	       "o A l sell 5 trailing_stop trail=2\n"
	       "b A 2024-01-02 2024-01-03 5 5 5 5\n");
	account_each_order(a, count, &b);
	ok(strstr(buf_z(&b), "m 30 ") && strstr(buf_z(&b), "k 5 ") && strstr(buf_z(&b), "l 5 "),
	    "orders are listed, data fill nothing");
	ok(strstr(
	       buf_z(&b), "\"limit_price\":9.00,\"tif\":\"gtd\",\"expire_time\":\"2024-02-01T") &&
		strstr(buf_z(&b), "\"oca_group\":\"g\",\"outside_rth\":true,\"approval\":\"me\"") &&
		strstr(buf_z(&b), "\"trail_percent\":2") && strstr(buf_z(&b), "\"trail\":2"),
	    "with their terms");
	say(a, "r n orig_cl_ord_id=m qty=40 limit_price=8 stop_price=3\nr nobody qty=3\nc n\n");
	line(a,
	    "{\"type\":\"fill\",\"ts\":\"2024-01-03\",\"sym\":\"A\",\"exec_id\":\"e\",\"cl_ord_"
	    "id\":"
	    "\"n\",\"side\":\"buy\",\"last_qty\":10,\"last_price\":5,\"commission\":1}",
	    true);
	buf_clear(&b);
	account_each_order(a, count, &b);
	ok(strstr(buf_z(&b), "n 30 "), "replaced, partly filled, not yet cancelled");
	is_i64(ledger_cash_now(account_ledger(a)), 9949 * NUM_MICRO, "paid");
	line(a,
	    "{\"type\":\"order_status\",\"ts\":\"2024-01-03\",\"sym\":\"A\",\"cl_ord_id\":\"n\","
	    "\"status\":\"pending_cancel\"}",
	    true);
	line(a,
	    "{\"type\":\"order_status\",\"ts\":\"2024-01-03\",\"sym\":\"A\",\"cl_ord_id\":\"n\","
	    "\"status\":\"canceled\"}",
	    true);
	line(a,
	    "{\"type\":\"order_status\",\"ts\":\"2024-01-03\",\"sym\":\"A\",\"cl_ord_id\":\"who\","
	    "\"status\":\"canceled\"}",
	    true);
	buf_clear(&b);
	account_each_order(a, count, &b);
	ok(!strstr(buf_z(&b), "n 30 "), "cancelled");
	line(a,
	    "{\"type\":\"position\",\"ts\":\"2024-01-03\",\"sym\":\"A\",\"qty\":20,\"avg_price\":2."
	    "5,"
	    "\"mark\":5,\"unrealized_pnl\":50,\"realized_pnl\":7}",
	    true);
	is_i64(
	    ledger_pos(account_ledger(a), sym("A"))->qty, 20 * N, "a split shows in the position");
	is_i64(
	    ledger_avg_price(ledger_pos(account_ledger(a), sym("A"))), 2500000000, "at its price");
	line(a,
	    "{\"type\":\"position\",\"ts\":\"2024-01-03\",\"sym\":\"B\",\"qty\":3,\"avg_price\":2,"
	    "\"mark\":4,\"unrealized_pnl\":6,\"realized_pnl\":0}",
	    true);
	line(a,
	    "{\"type\":\"portfolio\",\"ts\":\"2024-01-03\",\"cash\":123.45,\"equity\":235.45,"
	    "\"peak_equity\":20000}",
	    true);
	is_i64(ledger_equity(account_ledger(a)), 235450000, "equity as told");
	is_i64(ledger_peak(account_ledger(a)), 20000 * NUM_MICRO, "peak as told");
	line(a,
	    "{\"type\":\"alert\",\"ts\":\"2024-01-03\",\"sym\":\"A\",\"severity\":\"info\","
	    "\"rule\":\"x\"}",
	    true);
	buf_clear(&told);
	say(a, "w 2024-01-04\n");
	is_i64((int64_t)told.len, 0, "a followed account says nothing");
	ok(account_instruments(a) != NULL, "instruments");
	account_free(a);
	buf_free(&b);
}

int
main(void)
{
	syms = symtab_new();
	dec = rec_dec_new(syms, NULL);
	targets();
	data();
	listing();
	hashing();
	following();
	rec_dec_free(dec);
	symtab_free(syms);
	buf_free(&told);
	return done_testing();
}
