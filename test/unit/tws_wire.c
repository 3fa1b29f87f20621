/* Frames however they are cut, the handshake, and messages that are damaged, cut short or made up.
 */
#include "base/rng.h"
#include "fuzz/tws.h"

static struct tws_arena mem;

static void
test_cuts(void)
{
	struct tws_reader r = { 0 };
	struct buf stream = { 0 };
	struct tws_event ev;
	struct err e = { 0 };
	const char *p;
	size_t n;
	int got = 0, good = 0;

	for (int i = 0; i < 1000; i++) {
		tws_event_init(&ev, TWS_E_tick_price);
		ev.tick_price.req_id = i;
		ev.tick_price.price = 187150000000 + i;
		tws_encode_event(178, &ev, &stream);
	}
	for (size_t i = 0; i < stream.len; i++) {
		tws_reader_put(&r, stream.p + i, 1);
		while (tws_reader_next(&r, &p, &n, &e) == 1)
			good += tws_decode_event(178, p, n, &ev, &mem, &e) == 0 &&
				ev.tick_price.req_id == got++;
	}
	is_i64(good, 1000, "1000 messages, one byte at a time");
	ok(r.in.cap < 1024, "in a buffer of %zu bytes", r.in.cap);
	got = good = 0;
	tws_reader_put(&r, stream.p, stream.len);
	while (tws_reader_next(&r, &p, &n, &e) == 1)
		good += tws_decode_event(178, p, n, &ev, &mem, &e) == 0 &&
			ev.tick_price.req_id == got++;
	is_i64(good, 1000, "and all at once");
	is_i64((int64_t)tws_reader_pending(&r), 0, "nothing is left");
	tws_reader_put(&r, "\0\0\0\7ab", 6);
	is_i64(tws_reader_next(&r, &p, &n, &e), 0, "half a frame is none");
	is_i64((int64_t)tws_reader_pending(&r), 6, "it waits");
	tws_reader_reset(&r);
	tws_reader_put(&r, "\1\0\0\0", 4);
	is_i64(tws_reader_next(&r, &p, &n, &e), ERR_DATA,
	    "a frame of 16 MiB is refused at its length");
	tws_reader_reset(&r);
	tws_reader_put(&r, "\0\0\0\0", 4);
	ok(tws_reader_next(&r, &p, &n, &e) == 1 && n == 0, "an empty frame is one");
	is_i64(tws_decode_event(178, p, n, &ev, &mem, &e), ERR_DATA, "and no message");
	tws_reader_free(&r);
	buf_free(&stream);
}

/* ---- handshake ---- */

static int
hello(const char *p, size_t n, struct tws_hello *h, struct err *e)
{
	struct tws_reader r = { 0 };
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		tws_reader_put(&r, p + i, 1);
		rc = tws_hello_next(&r, h, e);
	}
	if (rc == 1 && tws_reader_pending(&r))
		rc = -100;
	tws_reader_free(&r);
	return rc;
}

#define HELLO(z, h, e) hello(z, sizeof(z) - 1, h, e)

static void
test_hello(void)
{
	struct tws_hello h = { 0 };
	struct err e = { 0 };
	struct buf b = { 0 };

	tws_codec_text.hello(&b, NULL);
	is_mem(b.p, b.len, "API\0\0\0\0\x09v157..178", 17, "our hello");
	is_i64(hello(b.p, b.len, &h, &e), 1, "a server reads it byte by byte");
	ok(h.min_version == 157 && h.max_version == 178 && !h.options[0], "157 to 178");
	is_i64(tws_hello_choose(&h, 178, &e), 178, "both speak 178");
	is_i64(tws_hello_choose(&h, 176, &e), 176, "a server of 176 stays there");
	is_i64(HELLO("API\0\0\0\0\x09v100..225", &h, &e), 1, "the official client's");
	is_i64(tws_hello_choose(&h, 177, &e), 177, "gets the server's own");
	is_i64(HELLO("API\0\0\0\0\x09v201..225", &h, &e), 1, "one that wants more");
	is_i64(tws_hello_choose(&h, 178, &e), ERR_NET, "is refused");
	ok(strstr(e.msg, "201") != NULL, "with words: %s", e.msg);
	is_i64(HELLO("API\0\0\0\0\x09v100..150", &h, &e), 1, "one that knows less");
	is_i64(tws_hello_choose(&h, 178, &e), ERR_NET, "is refused too");
	ok(HELLO("API\0\0\0\0\x0fv157..178 a=b c", &h, &e) == 1 && !strcmp(h.options, "a=b c"),
	    "options come behind a blank");
	ok(HELLO("API\0\0\0\0\4v177", &h, &e) == 1 && h.min_version == 177 && h.max_version == 177,
	    "one version alone");
	is_i64(HELLO("GET / HTTP/1.1", &h, &e), ERR_DATA, "a browser is none");
	is_i64(HELLO("API\0\0\0\0\4v17x", &h, &e), ERR_DATA, "nor is nonsense");
	is_i64(HELLO("API\0\0\0\0\x09v178..157", &h, &e), ERR_DATA, "nor a range backwards");
	is_i64(HELLO("API\0\x7f\0\0\0", &h, &e), ERR_DATA, "nor two gigabytes");
	buf_free(&b);
}

static int
greeting(const char *p, size_t n, struct tws_greeting *g, struct err *e)
{
	return tws_greeting_parse(p, n, g, e);
}

#define GREETING(z, g, e) greeting(z, sizeof(z) - 1, g, e)

static void
test_greeting(void)
{
	struct tws_greeting g;
	struct err e = { 0 };
	struct buf b = { 0 };

	tws_greeting_put(&b, 178, "20250425 15:23:54 EST");
	is_mem(b.p, b.len,
	    "\0\0\0\x1a"
	    "178\0"
	    "20250425 15:23:54 EST\0",
	    30, "a greeting");
	is_i64(greeting(b.p + 4, b.len - 4, &g, &e), 0, "is read");
	ok(g.server_version == 178 && str_eqz(g.time, "20250425 15:23:54 EST"), "to what it says");
	is_i64(GREETING("176\0", &g, &e), 0, "the time may be missing");
	is_i64(GREETING("177\0\xff\xfe\0", &g, &e), 0, "or no UTF-8");
	is_i64(GREETING("175\0x\0", &g, &e), ERR_NET, "175 is too old");
	ok(strstr(e.msg, "update") != NULL, "with words: %s", e.msg);
	is_i64(GREETING("201\0x\0", &g, &e), ERR_NET, "201 was not offered");
	ok(strstr(e.msg, "201") != NULL, "with words: %s", e.msg);
	is_i64(GREETING("HTTP/1.1 400\0", &g, &e), ERR_DATA, "something else is none");
	is_i64(GREETING("", &g, &e), ERR_DATA, "nor is nothing");
	ok(tws_codec_for(178, &e) == &tws_codec_text && !tws_codec_for(201, &e),
	    "the codec of a version");
	buf_free(&b);
}

/* ---- damage ---- */

#define DECODE_Q(z) tws_decode_request(178, z, sizeof(z) - 1, &q, &mem, &e)
#define DECODE_E(z) tws_decode_event(178, z, sizeof(z) - 1, &ev, &mem, &e)

static void
test_damage(void)
{
	struct tws_request q;
	struct tws_event ev;
	struct err e = { 0 };
	struct buf b = { 0 };
	struct tws_arena small = { .max = 4096 };

	ok(DECODE_E("9\0"
		    "1\0"
		    "101\0"
		    "more\0"
		    "and more\0") == 0 &&
		ev.next_valid_id.order_id == 101,
	    "surplus fields are ignored");
	ok(DECODE_E("3\0"
		    "101\0Filled\0"
		    "100\0") == 0 &&
		ev.order_status.filled == 100 * NUM_NANO && !tws_set(ev.order_status.remaining) &&
		!tws_set(ev.order_status.perm_id),
	    "missing ones are unset");
	ok(DECODE_E("9\0"
		    "1\0"
		    "101") == 0 &&
		ev.next_valid_id.order_id == 101,
	    "the last NUL may be missing");
	is_i64(DECODE_E("1\0"
			"6\0"
			"7\0"
			"1\0abc\033\0"),
	    ERR_DATA, "a price that is none is an error");
	is_str(e.msg, "tick_price: field 4 (price): \"abc?\" is not what belongs there",
	    "which says where and what");
	is_i64(DECODE_E("1\0"
			"6\0"
			"7\0"
			"1\0"
			"1e30\0"),
	    ERR_DATA, "so is one that does not fit");
	is_i64(DECODE_E("x\0"
			"6\0"),
	    ERR_DATA, "and an id that is none");
	ok(DECODE_E("999\0a\0\0b\0") == 0 && ev.kind == TWS_E_unknown && ev.unknown.id == 999 &&
		ev.unknown.n == 3 && str_eqz(ev.unknown.v[2], "b"),
	    "an unknown id keeps its fields");
	ok(tws_encode_event(178, &ev, &b) == 0 && b.len == 13 && !memcmp(b.p + 4, "999\0a\0\0b", 9),
	    "and writes them again");
	ok(DECODE_E("17\0"
		    "1\0\0\0"
		    "2000000000\0"
		    "1758288600\0"
		    "1\0") == 0 &&
		ev.historical_data.bars.n == 1 && !tws_set(ev.historical_data.bars.v[0].high),
	    "a count beyond the message takes what is there");
	is_i64(DECODE_E("17\0"
			"1\0\0\0"
			"-1\0"),
	    ERR_DATA, "a negative count is an error");
	buf_clear(&b);
	buf_puts(&b, "17");
	buf_put(&b,
	    "\0001\0\0\0"
	    "999999",
	    12);
	for (int i = 0; i < 3000; i++)
		buf_putc(&b, '\0');
	is_i64(tws_decode_event(178, b.p, b.len, &ev, &small, &e), ERR_DATA,
	    "memory is bounded: %s", e.msg);
	for (int i = 0; i < 20; i++)
		tws_arena_array(&small, 1, 1000);
	ok(small.total <= 16384, "all of it together");
	tws_request_init(&q, TWS_Q_place_order);
	q.place_order.order.conditions = 1;
	buf_clear(&b);
	ok(tws_encode_request(178, &q, &b) == ERR_DATA && b.len == 0, "conditions are not sent");
	tws_request_init(&q, TWS_Q_start_api);
	q.start_api.capabilities = (struct str){ "a\0b", 3 };
	ok(tws_encode_request(178, &q, &b) == ERR_DATA && b.len == 0, "nor text with a NUL");
	tws_arena_free(&small);
	buf_free(&b);
	(void)DECODE_Q("1\0");
}

static int
count_fields(const char *p, size_t n)
{
	int k = 0;

	for (size_t i = 0; i < n; i++)
		k += p[i] == '\0';
	return k;
}

/* The blocks that hang on a field's value, and the fields that hang on the version. */
static void
test_blocks(void)
{
	static struct tws_tag tag[2];
	static struct tws_leg leg[2];
	static const struct {
		int sv, order, exec;
	} versions[] = { { 176, 115, 31 }, { 177, 114, 31 }, { 178, 114, 32 } };
	struct tws_request q;
	struct tws_event ev;
	struct err e = { 0 };
	struct buf b = { 0 };

	for (size_t i = 0; i < 3; i++) {
		int sv = versions[i].sv;

		tws_request_init(&q, TWS_Q_place_order);
		tws_event_init(&ev, TWS_E_exec_details);
		buf_clear(&b);
		tws_encode_request(sv, &q, &b);
		is_i64(count_fields(b.p + 4, b.len - 4), versions[i].order, "an order at %d", sv);
		buf_clear(&b);
		tws_encode_event(sv, &ev, &b);
		is_i64(
		    count_fields(b.p + 4, b.len - 4), versions[i].exec, "an execution at %d", sv);
	}
#define BLOCK(more, what, ...) \
	do { \
		struct tws_order *o = &q.place_order.order; \
\
		tws_request_init(&q, TWS_Q_place_order); \
		__VA_ARGS__; \
		buf_clear(&b); \
		ok(o &&tws_encode_request(178, &q, &b) == 0 && \
			count_fields(b.p + 4, b.len - 4) == 114 + (more), \
		    "%s: %d fields more", (what), (more)); \
	} while (0)
	BLOCK(3, "a BAG of nothing", q.place_order.contract.sec_type = str_z("BAG"));
	BLOCK(3 + 2 * 8 + 2 * 2, "a BAG", q.place_order.contract.sec_type = str_z("BAG");
	      o->legs = (struct tws_legs){ 2, leg }; o->smart_params = (struct tws_tags){ 2, tag });
	BLOCK(8, "delta neutral", o->dn_order_type = str_z("MKT"));
	BLOCK(7, "scale", o->scale_price_increment = NUM_NANO);
	BLOCK(0, "scale by nothing", o->scale_price_increment = 0);
	BLOCK(1, "hedge", o->hedge_type = str_z("D"));
	BLOCK(3, "delta neutral contract", o->dnc_present = true);
	BLOCK(1, "algorithm", o->algo_strategy = str_z("Twap"));
	BLOCK(1 + 4, "with parameters", o->algo_strategy = str_z("Twap");
	      o->algo_params = (struct tws_tags){ 2, tag });
	BLOCK(5, "PEG BENCH", o->order_type = str_z("PEG BENCH"));
	BLOCK(1, "IBKRATS", q.place_order.contract.exchange = str_z("IBKRATS"));
	BLOCK(2, "PEG BEST", o->order_type = str_z("PEG BEST"));
	BLOCK(2, "PEG MID", o->order_type = str_z("PEG MID"));
	BLOCK(4, "PEG BEST up to the middle", o->order_type = str_z("PEG BEST");
	      o->compete_against_best_offset = TWS_UP_TO_MID);
#undef BLOCK
	ok(memmem(b.p, b.len, "\0Infinite\0", 10) != NULL, "which is spelled Infinite");
	ok(tws_decode_request(178, b.p + 4, b.len - 4, &q, &mem, &e) == 0 &&
		q.place_order.order.compete_against_best_offset == TWS_UP_TO_MID,
	    "and read so");
	buf_free(&b);
}

/* The first byte of the k-th field of a payload. */
static char *
field_at(char *p, int k)
{
	while (k-- > 0)
		p += strlen(p) + 1;
	return p;
}

static void
test_conditions(void)
{
	struct tws_request q;
	struct tws_event ev;
	struct err e = { 0 };
	struct buf b = { 0 };
	struct tws_q_place_order *p = &q.place_order;

	tws_request_init(&q, TWS_Q_place_order);
	tws_encode_request(178, &q, &b);
	*field_at(b.p + 4, 89) = '1';
	is_i64(tws_decode_request(178, b.p + 4, b.len - 4, &q, &mem, &e), ERR_DATA,
	    "an order with conditions is refused: %s", e.msg);
	tws_request_init(&q, TWS_Q_place_order);
	tws_event_init(&ev, TWS_E_open_order);
	tws_open_order_of(&ev.open_order, p);
	ev.open_order.state.warning_text = str_z("a warning");
	ev.open_order.order.trigger_price = NUM_NANO;
	buf_clear(&b);
	tws_encode_event(178, &ev, &b);
	*field_at(b.p + 4, 110) = '2';
	ok(tws_decode_event(178, b.p + 4, b.len - 4, &ev, &mem, &e) == 0 &&
		ev.open_order.order.conditions == 2 &&
		str_eqz(ev.open_order.state.warning_text, "a warning") &&
		!tws_set(ev.open_order.order.trigger_price),
	    "an open order that has some is read up to there");
	buf_clear(&b);
	ok(tws_encode_event(178, &ev, &b) == ERR_DATA && b.len == 0, "and not written");
	buf_free(&b);
}

/* One answer of a day's ticks does not hold its memory for good. */
static void
test_memory(void)
{
	struct tws_arena a = { 0 };

	tws_arena_array(&a, 1, 100);
	tws_arena_array(&a, 1 << 20, 16);
	ok(a.total > 16u << 20, "a big answer");
	tws_arena_reset(&a);
	ok(a.total && a.total < 1 << 20, "is given back");
	ok(!tws_arena_array(&a, SIZE_MAX / 4, 16) && !tws_arena_array(&a, 1 << 30, 16),
	    "too much is refused");
	tws_arena_free(&a);
	is_i64((int64_t)a.total, 0, "nothing is left");
}

/* Every recorded request and event, cut after every byte and with every byte changed. */
static void
test_recorded(bool request, const char *file)
{
	struct buf text = { 0 }, bytes = { 0 };
	struct rng rng;
	struct str rest;
	struct json *j;
	int n = 0;

	rng_seed(&rng, 7);
	t_tws_file(&text, file);
	for (rest = buf_str(&text); (j = t_json_line(&rest)); json_free(j)) {
		t_unhex(&bytes, t_json_str(j, "bytes_hex"));
		if (bytes.len < 8 || !json_get(j, "fields") == !json_get(j, "messages"))
			continue;
		/* where the length was goes what the property wants in front */
		bytes.p[2] = (char)(n % 3);
		bytes.p[3] = 0;
		for (size_t cut = 2; cut <= bytes.len - 2; cut += 1 + rng_below(&rng, 40), n++)
			fuzz_tws(request, (const uint8_t *)bytes.p + 2, cut);
		for (int k = 0; k < 20; k++, n++) {
			size_t at = 4 + rng_below(&rng, bytes.len - 4);
			char was = bytes.p[at];

			bytes.p[at] = (char)rng_u64(&rng);
			fuzz_tws(request, (const uint8_t *)bytes.p + 2, bytes.len - 2);
			bytes.p[at] = was;
		}
	}
	ok(n > 3000, "%s: %d cut and changed messages hold the property", file, n);
	buf_free(&text);
	buf_free(&bytes);
}

/* Messages made of random fields: what is written reads back, all blocks included. */
static void
test_made(bool request, int kinds, int longest)
{
	uint8_t data[2048];
	struct rng rng;
	int n = 0;

	rng_seed(&rng, 11);
	for (int round = 0; round < 6000; round++) {
		for (size_t i = 0; i < sizeof data; i++)
			data[i] = (uint8_t)rng_u64(&rng);
		data[1] = 1;
		/* every other one the longest message, which has most of the blocks */
		data[2] = (uint8_t)(round & 1 ? round / 2 % kinds : longest);
		fuzz_tws(request, data, sizeof data);
		n++;
	}
	is_i64(n, 6000, "%d made %s read back", n, request ? "requests" : "events");
}

int
main(void)
{
	test_cuts();
	test_hello();
	test_greeting();
	test_damage();
	test_blocks();
	test_conditions();
	test_memory();
	test_recorded(true, "client_to_server.jsonl.gz");
	test_recorded(false, "server_to_client.jsonl.gz");
	test_made(true, TWS_Q_unknown, TWS_Q_place_order);
	test_made(false, TWS_E_unknown, TWS_E_open_order);
	tws_arena_free(&mem);
	return done_testing();
}
