/* Numbers, times and texts as the two sides spell them, and what error codes mean. */
#include "base/tim.h"
#include "mkt/tz.h"
#include "t_tws.h"
#include "tws/errors.h"
#include "tws/spell.h"

static enum tws_spell
nano(const char *z, int64_t *v)
{
	return tws_read_nano(z, strlen(z), true, v);
}

static void
test_numbers(void)
{
	static const struct {
		const char *text;
		int64_t want;
	} good[] = { { "5", 5 * NUM_NANO }, { "5.0", 5 * NUM_NANO }, { "182.9400", 182940000000 },
		{ "5800.0", 5800 * NUM_NANO }, { "-1", -NUM_NANO }, { "-1.0", -NUM_NANO },
		{ "1.17425", 1174250000 }, { "5.0E-5", 50000 }, { "5e-05", 50000 },
		{ "1.2345678E7", 12345678 * NUM_NANO }, { "100.0000000000000000", 100 * NUM_NANO },
		{ "948837.22", 948837220000000 }, { "0", 0 }, { "-0.0", 0 }, { "0E-8", 0 },
		{ ".5", 500000000 }, { "5.", 5 * NUM_NANO }, { "+5", 5 * NUM_NANO },
		{ "007", 7 * NUM_NANO }, { " 7 ", 7 * NUM_NANO }, { "-.25", -250000000 },
		{ "5.E1", 50 * NUM_NANO } };
	static const char *const unset[] = { "", "1.7976931348623157E308",
		"1.7976931348623157e+308", "1.7976931348623157E+308", "-1.7976931348623157E308",
		"2147483647", "2147483647.0", "9223372036854775807", "-9223372036854775808",
		"9.223372036854775807E18", "NaN", "nan", "Infinity", "-Infinity", "Infinite",
		"inf" };
	static const char *const bad[] = { "abc", "1.2.3", ".", "-", "+", "5x", "1e", "0x10", "--1",
		"1 2", "1,5" };
	int64_t v;
	bool flag;
	double d;
	num_i128 sum;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		ok(nano(good[i].text, &v) == TWS_SPELL_OK && v == good[i].want,
		    "\"%s\" is a number", good[i].text);
	for (size_t i = 0; i < sizeof unset / sizeof *unset; i++)
		is_i64(nano(unset[i], &v), TWS_SPELL_UNSET, "\"%s\" is unset", unset[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		is_i64(nano(bad[i], &v), TWS_SPELL_BAD, "\"%s\" is none", bad[i]);
	is_i64(nano("1e20", &v), TWS_SPELL_RANGE, "1e20 does not fit");
	ok(tws_read_i64("1376327563", 10, false, &v) == TWS_SPELL_OK && v == 1376327563, "an id");
	ok(tws_read_i64("4294967301", 10, false, &v) == TWS_SPELL_OK && v == 4294967301,
	    "one beyond 32 bits");
	ok(tws_read_i64("2147483647", 10, false, &v) == TWS_SPELL_OK && v == INT32_MAX,
	    "the largest of 32 bits is one");
	is_i64(
	    tws_read_i64("2147483647", 10, true, &v), TWS_SPELL_UNSET, "but unset as a quantity");
	ok(tws_read_i64("5.0", 3, false, &v) == TWS_SPELL_OK && v == 5, "5.0 is whole");
	is_i64(tws_read_i64("5.5", 3, false, &v), TWS_SPELL_BAD, "5.5 is not");
	ok(tws_read_bool("true", 4, &flag) == TWS_SPELL_OK && flag, "true");
	ok(tws_read_bool("false", 5, &flag) == TWS_SPELL_OK && !flag, "false");
	ok(tws_read_bool("", 0, &flag) == TWS_SPELL_OK && !flag, "nothing is false");
	is_i64(tws_read_bool("maybe", 5, &flag), TWS_SPELL_BAD, "maybe is neither");
	ok(tws_read_f64("-2.0", 4, &d) == TWS_SPELL_OK && !(d < -2) && !(d > -2), "a ratio");
	is_i64(tws_read_f64("1.7976931348623157E308", 22, &d), TWS_SPELL_UNSET, "an unset one");
	ok(tws_read_nano128("44249576000.5", 13, &sum) == TWS_SPELL_OK &&
		sum == (num_i128)442495760005 * (NUM_NANO / 10),
	    "a volume beyond 64 bits of nano");
	ok(tws_micro(str_z("246447.83"), &v) && v == 246447830000, "an account value");
	ok(!tws_micro(str_z("DU1234567"), &v) && !tws_nano(str_z(""), &v), "text is none");
}

static void
test_written(void)
{
	static const struct {
		int64_t nano;
		bool point, exp;
		const char *want;
	} cases[] = { { 5 * NUM_NANO, true, true, "5.0" }, { 5 * NUM_NANO, false, true, "5" },
		{ 196520000000, true, true, "196.52" }, { 100000, true, true, "0.0001" },
		{ 99999, true, true, "9.9999e-05" }, { 50000, true, true, "5e-05" },
		{ 50000, true, false, "0.00005" }, { -15, true, true, "-1.5e-08" },
		{ 1, true, true, "1e-09" }, { 0, true, true, "0.0" }, { 0, false, true, "0" },
		{ 10000, false, true, "1e-05" }, { -NUM_NANO, false, false, "-1" } };
	char t[NUM_MAX];

	/* the forms are those of Python's repr() of the same doubles */
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		*tws_write_nano(t, cases[i].nano, cases[i].point, cases[i].exp) = '\0';
		is_str(t, cases[i].want, "%s", cases[i].want);
	}
	*tws_write_f64(t, 0) = '\0';
	is_str(t, "0.0", "a double has a point");
	*tws_write_f64(t, 1e-7) = '\0';
	is_str(t, "1e-07", "or an exponent");
}

/* ---- times ---- */

static void
is_time(struct tws_zones *z, const char *text, const char *want, enum tws_time_kind kind)
{
	char t[TIM_LEN + 1] = "";
	enum tws_time_kind k = TWS_TIME_INSTANT;
	int64_t ns;

	if (tws_time_parse(z, str_z(text), &ns, &k))
		*tim_put(t, ns) = '\0';
	is_str(t, want, "%s", text);
	is_i64(k, kind, "%s", kind == TWS_TIME_DATE ? "a date" : kind ? "guessed" : "an instant");
}

static void
test_times(void)
{
	static const char *const bad[] = { "", "abc", "20250230", "20251301 10:00:00",
		"20250919 25:00:00 UTC", "2025091 14:30:00", "20250919x14:30:00", "99999999999999",
		"20250919 14:30:00UTC", "-5" };
	struct tws_zones z = { 0 };
	enum tws_time_kind k;
	char o[TWS_TIME_LEN + 1] = "";
	int64_t ns;

	is_time(&z, "1758292200", "2025-09-19T14:30:00.000000000Z", TWS_TIME_INSTANT);
	is_time(&z, "345479400", "1980-12-12T14:30:00.000000000Z", TWS_TIME_INSTANT);
	is_time(&z, "1758292200123", "2025-09-19T14:30:00.123000000Z", TWS_TIME_INSTANT);
	is_time(&z, "20250918", "2025-09-18T00:00:00.000000000Z", TWS_TIME_DATE);
	is_time(&z, "20250919-18:30:01", "2025-09-19T18:30:01.000000000Z", TWS_TIME_INSTANT);
	is_time(
	    &z, "20250919 14:30:01 US/Eastern", "2025-09-19T18:30:01.000000000Z", TWS_TIME_INSTANT);
	is_time(&z, "20250708 02:35:00 America/New_York", "2025-07-08T06:35:00.000000000Z",
	    TWS_TIME_INSTANT);
	is_time(
	    &z, "20251219 08:30:00 US/Central", "2025-12-19T14:30:00.000000000Z", TWS_TIME_INSTANT);
	/* Java's short name of a zone is that of its standard time, in summer too */
	is_time(&z, "20250425 15:23:54 EST", "2025-04-25T19:23:54.000000000Z", TWS_TIME_INSTANT);
	is_time(&z, "20250125 15:23:54 EST", "2025-01-25T20:23:54.000000000Z", TWS_TIME_INSTANT);
	is_time(&z, "20250425 15:23:54 Greenwich Mean Time", "2025-04-25T14:23:54.000000000Z",
	    TWS_TIME_INSTANT);
	is_time(&z, "20250425 15:23:54 UTC", "2025-04-25T15:23:54.000000000Z", TWS_TIME_INSTANT);
	is_time(&z, "20250919 14:30:01 Nowhere/Land", "2025-09-19T14:30:01.000000000Z",
	    TWS_TIME_GUESSED);
	is_time(&z, "20250919 14:30:01 \xd6\xd0\xb9\xfa", "2025-09-19T14:30:01.000000000Z",
	    TWS_TIME_GUESSED);
	is_time(&z, "20250919 14:30:01 ../../etc/passwd", "2025-09-19T14:30:01.000000000Z",
	    TWS_TIME_GUESSED);
	z.dflt = tws_zone(&z, str_z("US/Eastern"));
	is_time(&z, "20230224  12:04:56", "2023-02-24T17:04:56.000000000Z", TWS_TIME_GUESSED);
	is_time(&z, "20230224 12:04:56", "2023-02-24T17:04:56.000000000Z", TWS_TIME_GUESSED);
	is_time(&z, "20230224-12:04:56", "2023-02-24T12:04:56.000000000Z", TWS_TIME_INSTANT);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(!tws_time_parse(&z, str_z(bad[i]), &ns, &k), "\"%s\" is no time", bad[i]);
	ok(tws_zone(&z, str_z("US/Eastern")) == z.dflt && z.n < 20, "a zone is read once");
	ok(tws_time_parse(&z, str_z("20250918-22:00:00"), &ns, &k), "a time to send");
	is_i64(tws_time_put(o, ns) - o, TWS_TIME_LEN, "is 17 bytes");
	is_str(o, "20250918-22:00:00", "and has the dash of UTC");
	for (int i = 0; i < 1000; i++) {
		char name[32];

		snprintf(name, sizeof name, "No%dwhere", i);
		tws_zone(&z, str_z(name));
	}
	ok(z.n <= 256, "names that nobody knows take bounded memory");
	tws_zones_free(&z);
}

/* ---- errors ---- */

static void
test_errors(void)
{
	static const struct {
		int code;
		enum tws_error_class request, order;
	} cases[] = {
		{ 2104, TWS_ERR_INFO, TWS_ERR_INFO },
		{ 2106, TWS_ERR_INFO, TWS_ERR_INFO },
		{ 2158, TWS_ERR_INFO, TWS_ERR_INFO },
		{ 2107, TWS_ERR_INFO, TWS_ERR_INFO },
		{ 2119, TWS_ERR_INFO, TWS_ERR_INFO },
		{ 2169, TWS_ERR_INFO, TWS_ERR_INFO },
		{ 2174, TWS_ERR_INFO, TWS_ERR_INFO },
		{ 0, TWS_ERR_INFO, TWS_ERR_INFO },
		{ 10167, TWS_ERR_INFO, TWS_ERR_INFO },
		{ 10089, TWS_ERR_INFO, TWS_ERR_INFO },
		{ 10349, TWS_ERR_INFO, TWS_ERR_INFO },
		{ 399, TWS_ERR_INFO, TWS_ERR_INFO },
		{ 404, TWS_ERR_INFO, TWS_ERR_INFO },
		{ 165, TWS_ERR_INFO, TWS_ERR_INFO },
		{ 1100, TWS_ERR_CONNECTIVITY, TWS_ERR_CONNECTIVITY },
		{ 1101, TWS_ERR_CONNECTIVITY, TWS_ERR_CONNECTIVITY },
		{ 1102, TWS_ERR_CONNECTIVITY, TWS_ERR_CONNECTIVITY },
		{ 1300, TWS_ERR_CONNECTIVITY, TWS_ERR_CONNECTIVITY },
		{ 2103, TWS_ERR_CONNECTIVITY, TWS_ERR_CONNECTIVITY },
		{ 2105, TWS_ERR_CONNECTIVITY, TWS_ERR_CONNECTIVITY },
		{ 2110, TWS_ERR_CONNECTIVITY, TWS_ERR_CONNECTIVITY },
		{ 2157, TWS_ERR_CONNECTIVITY, TWS_ERR_CONNECTIVITY },
		{ 502, TWS_ERR_CONNECTIVITY, TWS_ERR_CONNECTIVITY },
		{ 504, TWS_ERR_CONNECTIVITY, TWS_ERR_CONNECTIVITY },
		{ 326, TWS_ERR_CONNECTIVITY, TWS_ERR_CONNECTIVITY },
		{ 507, TWS_ERR_CONNECTIVITY, TWS_ERR_CONNECTIVITY },
		{ 508, TWS_ERR_CONNECTIVITY, TWS_ERR_CONNECTIVITY },
		{ 201, TWS_ERR_ORDER_ENDED, TWS_ERR_ORDER_ENDED },
		{ 202, TWS_ERR_ORDER_ENDED, TWS_ERR_ORDER_ENDED },
		{ 110, TWS_ERR_ORDER_ENDED, TWS_ERR_ORDER_ENDED },
		{ 200, TWS_ERR_DATA_ENDED, TWS_ERR_ORDER_ENDED },
		{ 460, TWS_ERR_DATA_ENDED, TWS_ERR_ORDER_ENDED },
		{ 203, TWS_ERR_DATA_ENDED, TWS_ERR_ORDER_ENDED },
		{ 434, TWS_ERR_ORDER_ENDED, TWS_ERR_ORDER_ENDED },
		{ 103, TWS_ERR_ORDER_REFUSED, TWS_ERR_ORDER_REFUSED },
		{ 104, TWS_ERR_ORDER_REFUSED, TWS_ERR_ORDER_REFUSED },
		{ 105, TWS_ERR_ORDER_REFUSED, TWS_ERR_ORDER_REFUSED },
		{ 10147, TWS_ERR_ORDER_REFUSED, TWS_ERR_ORDER_REFUSED },
		{ 10148, TWS_ERR_ORDER_REFUSED, TWS_ERR_ORDER_REFUSED },
		{ 161, TWS_ERR_ORDER_REFUSED, TWS_ERR_ORDER_REFUSED },
		{ 329, TWS_ERR_ORDER_REFUSED, TWS_ERR_ORDER_REFUSED },
		{ 321, TWS_ERR_DATA_ENDED, TWS_ERR_ORDER_REFUSED },
		{ 320, TWS_ERR_DATA_ENDED, TWS_ERR_ORDER_REFUSED },
		{ 162, TWS_ERR_DATA_ENDED, TWS_ERR_UNKNOWN },
		{ 300, TWS_ERR_DATA_ENDED, TWS_ERR_UNKNOWN },
		{ 354, TWS_ERR_DATA_ENDED, TWS_ERR_UNKNOWN },
		{ 10090, TWS_ERR_DATA_ENDED, TWS_ERR_UNKNOWN },
		{ 10168, TWS_ERR_DATA_ENDED, TWS_ERR_UNKNOWN },
		{ 10187, TWS_ERR_DATA_ENDED, TWS_ERR_UNKNOWN },
		{ 10189, TWS_ERR_DATA_ENDED, TWS_ERR_UNKNOWN },
		{ 10190, TWS_ERR_DATA_ENDED, TWS_ERR_UNKNOWN },
		{ 10197, TWS_ERR_DATA_ENDED, TWS_ERR_UNKNOWN },
		{ 10314, TWS_ERR_DATA_ENDED, TWS_ERR_UNKNOWN },
		{ 366, TWS_ERR_DATA_ENDED, TWS_ERR_UNKNOWN },
		{ 420, TWS_ERR_DATA_ENDED, TWS_ERR_UNKNOWN },
		{ 10186, TWS_ERR_DATA_ENDED, TWS_ERR_UNKNOWN },
		{ 100, TWS_ERR_RATE, TWS_ERR_RATE },
		{ 101, TWS_ERR_RATE, TWS_ERR_RATE },
		{ 98765, TWS_ERR_UNKNOWN, TWS_ERR_UNKNOWN },
		{ 2099, TWS_ERR_UNKNOWN, TWS_ERR_UNKNOWN },
		{ 2170, TWS_ERR_UNKNOWN, TWS_ERR_UNKNOWN },
	};
	struct str pacing = str_z("Historical Market Data Service error message:Historical data "
				  "request pacing violation");
	struct str read_only = str_z("Error validating request.-'bW' : cause - The API interface "
				     "is currently in Read-Only mode.");

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ok(tws_error_class_of(cases[i].code, TWS_REQ_ID_FIRST) == cases[i].request &&
			tws_error_class_of(cases[i].code, 101) == cases[i].order,
		    "%d: %s, of an order %s", cases[i].code, tws_error_class_name(cases[i].request),
		    tws_error_class_name(cases[i].order));
	is_i64(tws_error_class_text(162, TWS_REQ_ID_FIRST, false, pacing), TWS_ERR_RATE,
	    "162 about pacing is a matter of rate");
	is_i64(tws_error_class_text(110, 101, true, pacing), TWS_ERR_ORDER_REFUSED,
	    "110 about a change leaves the order alive");
	is_i64(tws_error_class_text(110, 101, false, pacing), TWS_ERR_ORDER_ENDED,
	    "about a new one it is the end");
	is_i64(tws_error_class_text(321, -1, false, read_only), TWS_ERR_ORDER_REFUSED,
	    "321 of a read-only gateway names no order");
	is_i64(tws_error_of(98765)->action, TWS_DO_ASK_ORDERS, "what is not known is looked into");
	is_i64(tws_error_of(1101)->action, TWS_DO_RESUBSCRIBE, "1101 asks for all data again");
	is_i64(tws_error_of(317)->action, TWS_DO_RESET_DEPTH, "317 empties the book");
	ok(tws_id_space(-1) == TWS_ID_NONE && tws_id_space(5) == TWS_ID_ORDER &&
		tws_id_space(TWS_REQ_ID_FIRST + 5) == TWS_ID_REQUEST,
	    "ids tell what they are of");
}

/* ---- what messages say ---- */

static void
is_unescaped(const char *text, const char *want)
{
	struct buf b = { 0 };

	tws_unescape(str_z(text), &b);
	is_str(buf_z(&b), want, "%s", text);
	buf_free(&b);
}

static void
test_text(void)
{
	struct tws_rt_volume v;
	bool delayed;

	ok(tws_rt_volume_parse(str_z("201.95;100.0000000000000000;1758292200123;"
				     "512345.6700000000000000;201.31;true"),
	       &v) &&
		v.price == 201950000000 && v.size == 100 * NUM_NANO &&
		v.time_ns == 1758292200123 * TIM_MS && v.total == (num_i128)512345670000000 &&
		v.vwap == 201310000000 && v.single,
	    "a trade in an RTVolume");
	ok(tws_rt_volume_parse(str_z(";0;1758292200123;512345;201.31;false"), &v) &&
		!tws_set(v.price) && !v.single,
	    "one without a price");
	ok(!tws_rt_volume_parse(str_z("1;2;3;4;5"), &v) &&
		!tws_rt_volume_parse(str_z("1;2;3;4;5;true;7"), &v) &&
		!tws_rt_volume_parse(str_z("1;2;x;4;5;true"), &v) &&
		!tws_rt_volume_parse(str_z(""), &v),
	    "and what is none");
	is_unescaped("plain", "plain");
	is_unescaped("M\\u00fcnchen \\u20ac", "M\xc3\xbcnchen \xe2\x82\xac");
	is_unescaped("\\ud83d\\ude00!", "\xf0\x9f\x98\x80!");
	is_unescaped("\\ud83d alone", "\xef\xbf\xbd alone");
	is_unescaped("\\u12 \\uzzzz \\u0000 \\", "\\u12 \\uzzzz \\u0000 \\");
	is_i64(tws_tick_live(66, &delayed), 1, "delayed bid");
	ok(delayed, "is delayed");
	is_i64(tws_tick_live(71, &delayed), 5, "delayed last size");
	is_i64(tws_tick_live(76, &delayed), 14, "delayed open");
	is_i64(tws_tick_live(88, &delayed), 45, "delayed time");
	ok(tws_tick_live(4, &delayed) == 4 && !delayed, "last is live");
	ok(tws_tick_live(65, &delayed) == 65 && !delayed, "65 is itself");
	for (int i = 1; i < TWS_NSTATUS; i++)
		is_i64(tws_status_of(str_z(tws_status_name((enum tws_status)i))), i, "%s",
		    tws_status_name((enum tws_status)i));
	is_i64(tws_status_of(str_z("filled")), TWS_STATUS_OTHER, "statuses have their case");
	ok(tws_status_final(TWS_STATUS_FILLED) && tws_status_final(TWS_STATUS_CANCELLED) &&
		tws_status_final(TWS_STATUS_API_CANCELLED) &&
		!tws_status_final(TWS_STATUS_INACTIVE) && !tws_status_final(TWS_STATUS_SUBMITTED),
	    "three are final");
	is_str(tws_request_name(TWS_Q_place_order), "place_order", "names");
	ok(tws_request_id(TWS_Q_place_order) == 3 && tws_event_id(TWS_E_open_order) == 5 &&
		tws_event_id(TWS_E_unknown) == -1,
	    "ids");
}

/* Our own gateway's answer to a recorded order is, byte for byte, the recorded answer. */
static void
test_open_order(void)
{
	struct buf a = { 0 }, b = { 0 }, bytes = { 0 }, ours = { 0 };
	struct tws_arena mem = { 0 };
	struct str orders, answers;
	struct json *j, *k;
	int same = 0, n = 0;

	t_tws_file(&a, "client_to_server.jsonl.gz");
	t_tws_file(&b, "server_to_client.jsonl.gz");
	for (answers = buf_str(&b); (k = t_json_line(&answers)); json_free(k)) {
		struct tws_event ev, made;
		struct tws_request q;
		struct err e;
		struct buf want = { 0 };
		bool found = false;
		int64_t sv, id;

		if (!memmem(t_json_str(k, "case").p, t_json_str(k, "case").n, "openOrder_", 10))
			continue;
		json_i64(json_get(k, "serverVersion"), &sv);
		t_unhex(&want, t_json_str(k, "bytes_hex"));
		tws_decode_event((int)sv, want.p + 4, want.len - 4, &ev, &mem, &e);
		for (orders = buf_str(&a); !found && (j = t_json_line(&orders)); json_free(j)) {
			int64_t v = 0;

			if (!json_i64(json_get(j, "orderId"), &id) ||
			    id != ev.open_order.order.order_id ||
			    !json_i64(json_get(j, "serverVersion"), &v) || v != sv)
				continue;
			t_unhex(&bytes, t_json_str(j, "bytes_hex"));
			found = tws_decode_request(
				    (int)sv, bytes.p + 4, bytes.len - 4, &q, &mem, &e) == 0;
			tws_event_init(&made, TWS_E_open_order);
			tws_open_order_of(&made.open_order, &q.place_order);
			made.open_order.order.perm_id = ev.open_order.order.perm_id;
			made.open_order.order.client_id = ev.open_order.order.client_id;
			made.open_order.order.shares_allocation =
			    ev.open_order.order.shares_allocation;
			made.open_order.state = ev.open_order.state;
			/* what the client did not say and the gateway filled in */
			made.open_order.contract.local_symbol = ev.open_order.contract.local_symbol;
			made.open_order.contract.trading_class =
			    ev.open_order.contract.trading_class;
			buf_clear(&ours);
			tws_encode_event((int)sv, &made, &ours);
			n++;
			if (str_eq(buf_str(&ours), buf_str(&want))) {
				same++;
			} else {
				t_note("%.*s", STR_FMT(t_json_str(k, "case")));
				t_note("ours   %s", t_fields(&bytes, ours.p, ours.len));
				t_note("theirs %s", t_fields(&bytes, want.p, want.len));
			}
		}
		buf_free(&want);
	}
	ok(n >= 6, "%d open orders whose order is recorded too", n);
	is_i64(same, n, "are made of the order as the gateway had them");
	tws_arena_free(&mem);
	buf_free(&a);
	buf_free(&b);
	buf_free(&bytes);
	buf_free(&ours);
}

int
main(void)
{
	test_numbers();
	test_written();
	test_times();
	test_errors();
	test_text();
	test_open_order();
	return done_testing();
}
