/* Data at the simulated gateway: subscriptions, history, contracts, limits, and the pace of time.
 */
#include <unistd.h>

#include "t_sim.h"

#include "rec/json.h"

static struct world w;
static struct client c;

static void
begin(const char *script)
{
	c_begin(&c, &w, script);
}

static void
end(void)
{
	c_end(&c);
}

static void
steps(int n)
{
	c_steps(&c, n);
}

static struct inst *
inst(const char *name)
{
	return inst_find(&w.s, str_z(name));
}

/* ---- ticks ---- */

static void
test_ticks(void)
{
	size_t trades = 0, sizes = 0;
	const struct tws_event *e;

	begin(NULL);
	c_data(&c, 1001, "SYM01");
	e = c_next(&c, TWS_E_market_data_type);
	ok(e && e->market_data_type.type == 1, "the type of data comes first");
	e = c_next(&c, TWS_E_tick_req_params);
	ok(e && e->tick_req_params.min_tick == NUM_NANO / 100, "then the price step");
	steps(200);
	for (size_t i = 0; i + 1 < c.n; i++)
		if (c.ev[i].kind == TWS_E_tick_price &&
		    c.ev[i].tick_price.tick_type == TWS_TICK_LAST) {
			trades++;
			sizes += c.ev[i + 1].kind == TWS_E_tick_size &&
				 c.ev[i + 1].tick_size.tick_type == TWS_TICK_LAST_SIZE &&
				 c.ev[i + 1].tick_size.size == c.ev[i].tick_price.size;
		}
	is_i64((int64_t)trades, 101, "each trade is told, and the one that stood");
	is_i64((int64_t)sizes, (int64_t)trades, "price with size, and the size again");
	is_i64(inst("SYM01")->prints, 100 + 600, "none is lost (600 are history)");
	c_data(&c, 1001, "SYM02");
	is_i64((int64_t)c_errors(&c, 102), 1, "an id twice: 102");
	c_data(&c, 1002, "NOPE");
	is_i64((int64_t)c_errors(&c, 200), 1, "no such contract: 200");
	end();
}

static void
tbt(int64_t id, const char *what)
{
	struct tws_request q;

	tws_request_init(&q, TWS_Q_req_tick_by_tick);
	q.req_tick_by_tick.req_id = id;
	q.req_tick_by_tick.contract = stock("SYM01");
	q.req_tick_by_tick.what = str_z(what);
	c_send(&c, &q);
}

static void
test_tick_by_tick(void)
{
	size_t n[5] = { 0 };
	struct tws_request q;

	w_init(&w);
	w.o.tick_by_tick_max = 4;
	w_open(&w, NULL);
	c_open(&c, &w, 7, true);
	tbt(1, "Last");
	tbt(2, "AllLast");
	tbt(3, "BidAsk");
	tbt(4, "MidPoint");
	tbt(5, "Last");
	is_i64((int64_t)c_errors(&c, 10190), 1, "the fifth of four is too many: 10190");
	tbt(6, "Nonsense");
	is_i64((int64_t)c_errors(&c, 321), 1, "no such kind: 321");
	steps(40);
	for (size_t i = 0; i < c.n; i++)
		if (c.ev[i].kind == TWS_E_tick_by_tick)
			n[c.ev[i].tick_by_tick.type]++;
	ok(n[1] == 20 && n[2] == 20 && n[3] == 20 && n[4] > 0, "all four come (%zu %zu %zu %zu)",
	    n[1], n[2], n[3], n[4]);
	tws_request_init(&q, TWS_Q_cancel_tick_by_tick);
	q.cancel_tick_by_tick.req_id = 1;
	c_send(&c, &q);
	tbt(5, "Last");
	is_i64((int64_t)c_errors(&c, 10190), 1, "a cancel makes room");
	c_send(&c, &q);
	is_i64((int64_t)c_errors(&c, 300), 1, "a cancel of nothing: 300");
	end();
}

static void
test_lines(void)
{
	struct tws_request q;

	w_init(&w);
	w.o.lines = 2;
	w.o.sample = 10 * TIM_SEC;
	w_open(&w, NULL);
	c_open(&c, &w, 7, true);
	c_data(&c, 1, "SYM01");
	c_data(&c, 2, "SYM02");
	c_data(&c, 3, "SYM01");
	is_i64((int64_t)c_errors(&c, 101), 1, "the third of two lines: 101");
	size_t before = c_count(&c, TWS_E_tick_string);
	steps(80);
	size_t n = c_count(&c, TWS_E_tick_string) - before;
	ok(n >= 6 && n <= 10, "40 s of two symbols every 10 s: %zu samples", n);
	tws_request_init(&q, TWS_Q_cancel_mkt_data);
	q.cancel_mkt_data.req_id = 1;
	c_send(&c, &q);
	tws_request_init(&q, TWS_Q_req_mkt_data);
	q.req_mkt_data.req_id = 9;
	q.req_mkt_data.contract = stock("SYM01");
	q.req_mkt_data.snapshot = true;
	c_send(&c, &q);
	ok(c.ev[c.n - 1].kind == TWS_E_tick_snapshot_end, "a snapshot ends with 57");
	is_i64((int64_t)c_conn(&c)->lines, 1, "and takes no line");
	end();
}

/* ---- bars ---- */

static void
hist(int64_t id, const char *size, const char *duration, const char *what, int format)
{
	struct tws_request q;

	tws_request_init(&q, TWS_Q_req_historical_data);
	q.req_historical_data.req_id = id;
	q.req_historical_data.contract = stock("SYM01");
	q.req_historical_data.bar_size = str_z(size);
	q.req_historical_data.duration = str_z(duration);
	q.req_historical_data.what_to_show = str_z(what);
	q.req_historical_data.format_date = format;
	c_send(&c, &q);
}

static void
test_history(void)
{
	const struct tws_event *e;
	num_i128 sum = 0;
	int64_t high = 0;

	begin(NULL);
	steps(120);
	hist(1, "1 min", "300 S", "TRADES", 1);
	e = c_next(&c, TWS_E_historical_data);
	ok(e && e->historical_data.bars.n == 5, "five minutes");
	ok(e && str_eqz(e->historical_data.bars.v[0].date, "20240102 09:26:00 America/New_York"),
	    "in the zone of the gateway");
	for (size_t i = 0; e && i < e->historical_data.bars.n; i++) {
		sum += e->historical_data.bars.v[i].volume;
		high = e->historical_data.bars.v[i].high > high ? e->historical_data.bars.v[i].high
								: high;
	}
	hist(2, "5 secs", "300 S", "TRADES", 2);
	e = c_next(&c, TWS_E_historical_data);
	ok(e && e->historical_data.bars.n == 60 &&
		str_eqz(e->historical_data.bars.v[0].date, "1704205560"),
	    "sixty of five seconds, in epoch seconds");
	for (size_t i = 0; e && i < e->historical_data.bars.n; i++) {
		sum -= e->historical_data.bars.v[i].volume;
		high -= e->historical_data.bars.v[i].high == high ? high : 0;
	}
	ok(sum == 0 && high == 0, "the same volume and the same high");
	hist(3, "1 day", "2 D", "TRADES", 2);
	e = c_next(&c, TWS_E_historical_data);
	ok(e && str_eqz(e->historical_data.bars.v[0].date, "20240102"), "days are dates");
	for (int i = 0; i < 4; i++) {
		static const char *const what[] = { "BID", "ASK", "MIDPOINT", "BID_ASK" };

		hist(4 + i, "1 min", "60 S", what[i], 2);
		e = c_next(&c, TWS_E_historical_data);
		ok(e && e->historical_data.bars.n == 1 &&
			e->historical_data.bars.v[0].count == -1 &&
			e->historical_data.bars.v[0].low > 90 * NUM_NANO,
		    "%s", what[i]);
	}
	hist(10, "7 mins", "1 D", "TRADES", 1);
	hist(11, "1 min", "1 X", "TRADES", 1);
	hist(12, "1 min", "1 D", "MAGIC", 1);
	is_i64((int64_t)c_errors(&c, 321), 3, "size, duration and kind are checked: 321");
	inst("SYM01")->hist_empty = true;
	hist(13, "1 min", "1 D", "TRADES", 1);
	is_i64((int64_t)c_errors(&c, 162), 1, "no data: 162");
	end();
}

static void
test_real_time_bars(void)
{
	struct tws_request q;
	const struct tws_event *e;
	num_i128 sum = 0;
	size_t n = 0;
	int64_t t = 0;

	begin(NULL);
	tws_request_init(&q, TWS_Q_req_real_time_bars);
	q.req_real_time_bars.req_id = 1;
	q.req_real_time_bars.contract = stock("SYM01");
	q.req_real_time_bars.bar_size = 5;
	q.req_real_time_bars.what_to_show = str_z("TRADES");
	c_send(&c, &q);
	steps(122); /* past the minute */
	while ((e = c_next(&c, TWS_E_real_time_bar))) {
		ok(n == 0 || e->real_time_bar.time == t + 5, "each five seconds behind the last");
		t = e->real_time_bar.time;
		sum += e->real_time_bar.volume;
		n++;
	}
	is_i64((int64_t)n, 12, "twelve in a minute");
	hist(2, "1 min", "120 S", "TRADES", 2);
	e = c_next(&c, TWS_E_historical_data);
	for (size_t i = 0; e && i < e->historical_data.bars.n; i++)
		if (str_eqz(e->historical_data.bars.v[i].date, "1704205800"))
			sum -= e->historical_data.bars.v[i].volume;
	ok(sum == 0, "together the bar of that minute");
	end();
}

static void
test_keep_up(void)
{
	struct tws_request q;
	const struct tws_event *e, *last = NULL;
	struct tws_e_historical_data_update seen;
	size_t n = 0;

	begin(NULL);
	tws_request_init(&q, TWS_Q_req_historical_data);
	q.req_historical_data.req_id = 1;
	q.req_historical_data.contract = stock("SYM01");
	q.req_historical_data.bar_size = str_z("10 secs");
	q.req_historical_data.duration = str_z("60 S");
	q.req_historical_data.what_to_show = str_z("TRADES");
	q.req_historical_data.format_date = 2;
	q.req_historical_data.keep_up_to_date = true;
	c_send(&c, &q);
	steps(60);
	while ((e = c_next(&c, TWS_E_historical_data_update))) {
		if (str_eqz(e->historical_data_update.date, "1704205810"))
			last = e;
		n++;
	}
	ok(n >= 20, "the forming bar comes again and again (%zu)", n);
	if (!last)
		exit(1);
	seen = last->historical_data_update;
	hist(2, "10 secs", "30 S", "TRADES", 2);
	c.seen = 0;
	c_next(&c, TWS_E_historical_data); /* the one that began it */
	e = c_next(&c, TWS_E_historical_data);
	n = 0;
	for (size_t i = 0; e && i < e->historical_data.bars.n; i++) {
		const struct tws_bar *b = &e->historical_data.bars.v[i];

		if (str_eqz(b->date, "1704205810"))
			n += b->open == seen.open && b->high == seen.high && b->low == seen.low &&
			     b->close == seen.close && b->volume == seen.volume;
	}
	is_i64((int64_t)n, 1, "and its last word is the bar of history");
	end();
}

static void
test_old_ticks(void)
{
	struct tws_request q;
	const struct tws_event *e;

	begin(NULL);
	steps(40);
	tws_request_init(&q, TWS_Q_req_historical_ticks);
	q.req_historical_ticks.req_id = 1;
	q.req_historical_ticks.contract = stock("SYM01");
	q.req_historical_ticks.start = str_z("20240102-14:30:05");
	q.req_historical_ticks.count = 10;
	q.req_historical_ticks.what_to_show = str_z("TRADES");
	c_send(&c, &q);
	e = c_next(&c, TWS_E_historical_ticks_last);
	ok(e && e->historical_ticks_last.ticks.n == 10 &&
		e->historical_ticks_last.ticks.v[0].time == 1704205805 &&
		e->historical_ticks_last.ticks.v[9].time == 1704205814,
	    "ten from a time on");
	q.req_historical_ticks.end = q.req_historical_ticks.start;
	q.req_historical_ticks.start = str_z("");
	q.req_historical_ticks.what_to_show = str_z("BID_ASK");
	c_send(&c, &q);
	e = c_next(&c, TWS_E_historical_ticks_bid_ask);
	ok(e && e->historical_ticks_bid_ask.ticks.n == 10 &&
		e->historical_ticks_bid_ask.ticks.v[9].time == 1704205804,
	    "ten before it");
	q.req_historical_ticks.start = q.req_historical_ticks.end;
	c_send(&c, &q);
	is_i64((int64_t)c_errors(&c, 10187), 1, "both ends: 10187");
	tws_request_init(&q, TWS_Q_req_head_time_stamp);
	q.req_head_time_stamp.req_id = 2;
	q.req_head_time_stamp.contract = stock("SYM01");
	q.req_head_time_stamp.what_to_show = str_z("TRADES");
	q.req_head_time_stamp.format_date = 1;
	c_send(&c, &q);
	e = c_next(&c, TWS_E_head_timestamp);
	ok(e && str_eqz(e->head_timestamp.text, "20240102-14:20:00"), "the first time ever");
	end();
}

/* ---- contracts ---- */

static size_t
details(struct tws_contract k)
{
	struct tws_request q;
	size_t n = c_count(&c, TWS_E_contract_data);

	tws_request_init(&q, TWS_Q_req_contract_details);
	q.req_contract_details.req_id = 1;
	q.req_contract_details.contract = k;
	c_send(&c, &q);
	return c_count(&c, TWS_E_contract_data) - n;
}

static void
name_symbols(const char *list)
{
	size_t off = 0;
	const struct opt *o = opt_find(sim_options, "symbols", 7, 0, &off);

	opt_release(sim_options, &w.o);
	opt_set(o, &w.o, off, list, &w.e);
}

static void
test_contracts(void)
{
	struct tws_contract k = { .sec_type = str_z("CASH"),
		.symbol = str_z("EUR"),
		.currency = str_z("USD"),
		.exchange = str_z("IDEALPRO") };
	const struct tws_event *e;

	w_init(&w);
	name_symbols("AAPL,BRK.B,EURUSD.OANDA,BTCUSD.PAXOS,ES-202412.CME,ES-202503.CME");
	w_open(&w, NULL);
	c_open(&c, &w, 7, true);
	is_i64((int64_t)details(stock("AAPL")), 1, "a stock");
	e = c_next(&c, TWS_E_contract_data);
	is_i64(
	    (int64_t)details((struct tws_contract){ .con_id = e->contract_data.contract.con_id }),
	    1, "by contract id");
	is_i64((int64_t)details(stock("BRK B")), 1, "a share class");
	is_i64((int64_t)details(k), 1, "a pair");
	k.exchange = str_z("OANDA");
	is_i64((int64_t)details(k), 1, "on the exchange it is named for");
	k.exchange = str_z("NOWHERE");
	is_i64((int64_t)details(k), 0, "and on no other");
	k = (struct tws_contract){ .sec_type = str_z("CRYPTO"),
		.symbol = str_z("BTC"),
		.currency = str_z("USD"),
		.exchange = str_z("PAXOS") };
	is_i64((int64_t)details(k), 1, "a coin");
	k = (struct tws_contract){ .sec_type = str_z("FUT"),
		.symbol = str_z("ES"),
		.exchange = str_z("CME"),
		.last_trade_date = str_z("202412") };
	c.seen = c.n;
	is_i64((int64_t)details(k), 1, "a future by its month");
	e = c_next(&c, TWS_E_contract_data);
	ok(e && str_eqz(e->contract_data.contract.last_trade_date, "20241220") &&
		str_eqz(e->contract_data.contract.multiplier, "50") &&
		str_eqz(e->contract_data.contract.local_symbol, "ESZ4") &&
		e->contract_data.min_tick == NUM_NANO / 4,
	    "with its day, multiplier, name and tick");
	k.last_trade_date = str_z("");
	is_i64((int64_t)details(k), 2, "two without it");
	is_i64((int64_t)c_errors(&c, 200), 1, "one was not found");
	end();
}

/* ---- limits ---- */

static void
test_pacing(void)
{
	w_init(&w);
	w.o.limits = SIM_ON;
	w_open(&w, NULL);
	c_open(&c, &w, 7, true);
	hist(1, "5 secs", "60 S", "TRADES", 2);
	hist(2, "5 secs", "60 S", "TRADES", 2);
	is_i64((int64_t)c_errors(&c, 162), 1, "the same again at once: pacing violation");
	w_wall(&w, 16 * TIM_SEC);
	hist(3, "5 secs", "60 S", "TRADES", 2);
	is_i64((int64_t)c_errors(&c, 162), 1, "not after 16 s");
	w_wall(&w, 16 * TIM_SEC);
	for (int i = 0; i < 6; i++) {
		static const char *const d[] = { "61 S", "62 S", "63 S", "64 S", "65 S", "66 S" };

		hist(10 + i, "5 secs", d[i], "TRADES", 2);
	}
	is_i64((int64_t)c_errors(&c, 162), 2, "the sixth in two seconds is one too many");
	w_wall(&w, 16 * TIM_SEC);
	for (int i = 0; i < 10; i++)
		hist(20 + i, "1 min", "1 D", "TRADES", 2);
	is_i64((int64_t)c_errors(&c, 162), 2, "longer bars are free");
	for (int i = 0; i < 60; i++)
		c_ask(&c, TWS_Q_req_ids);
	is_i64((int64_t)c_errors(&c, 100), 1, "too many messages: 100");
	ok(c_conn(&c) != NULL, "once is no end");
	for (int k = 0; k < 2; k++) {
		w_wall(&w, 2 * TIM_SEC);
		for (int i = 0; i < 60; i++)
			c_ask(&c, TWS_Q_req_ids);
	}
	ok(!c_conn(&c), "the third time is");
	end();
}

/* ---- bars of a file ---- */

static void
test_file_bars(void)
{
	static const char csv[] = "ts,sym,open,high,low,close,volume\n"
				  "2024-01-02T14:30:00Z,AAPL,100,102,99,101,500\n"
				  "2024-01-02T14:31:00Z,AAPL,101,103,100,102,600\n"
				  "2024-01-02T14:32:00Z,AAPL,102,104,101,103,700\n"
				  "2024-01-02T14:33:00Z,AAPL,103,105,102,104,800\n";
	char path[] = "/tmp/t_sim.XXXXXX";
	int fd = mkstemp(path);
	size_t off = 0;
	const struct opt *ticks = opt_find(sim_options, "ticks", 5, 0, &off);
	struct tws_request q;
	const struct tws_event *e;

	if (fd < 0 || write(fd, csv, sizeof csv - 1) != (ssize_t)sizeof csv - 1)
		exit(1);
	w_init(&w);
	opt_release(sim_options, &w.o);
	opt_set(ticks, &w.o, off, path, &w.e);
	w.o.seed = -1;
	w_open(&w, NULL);
	unlink(path);
	close(fd);
	c_open(&c, &w, 7, true);
	tws_request_init(&q, TWS_Q_req_real_time_bars);
	q.req_real_time_bars.req_id = 1;
	q.req_real_time_bars.contract = stock("AAPL");
	q.req_real_time_bars.bar_size = 5;
	q.req_real_time_bars.what_to_show = str_z("TRADES");
	c_send(&c, &q);
	steps(2);
	is_i64(
	    (int64_t)c_count(&c, TWS_E_real_time_bar), 2, "a bar of the file is one real-time bar");
	e = c_next(&c, TWS_E_real_time_bar);
	ok(e && e->real_time_bar.time == 1704205800 && e->real_time_bar.open == 100 * NUM_NANO &&
		e->real_time_bar.high == 102 * NUM_NANO && e->real_time_bar.low == 99 * NUM_NANO &&
		e->real_time_bar.close == 101 * NUM_NANO &&
		e->real_time_bar.volume == 500 * (num_i128)NUM_NANO,
	    "with its own start, prices and volume");
	steps(2);
	tws_request_init(&q, TWS_Q_req_historical_data);
	q.req_historical_data.req_id = 2;
	q.req_historical_data.contract = stock("AAPL");
	q.req_historical_data.bar_size = str_z("1 min");
	q.req_historical_data.duration = str_z("3600 S");
	q.req_historical_data.what_to_show = str_z("TRADES");
	q.req_historical_data.format_date = 2;
	q.req_historical_data.end_date_time = str_z("20240102-14:32:30");
	c_send(&c, &q);
	e = c_next(&c, TWS_E_historical_data);
	is_i64(e ? (int64_t)e->historical_data.bars.n : -1, 2,
	    "history up to the middle of a bar has none of it");
	q.req_historical_data.end_date_time = str_z("");
	q.req_historical_data.bar_size = str_z("2 mins");
	c_send(&c, &q);
	e = c_next(&c, TWS_E_historical_data);
	ok(e && e->historical_data.bars.n == 2 &&
		e->historical_data.bars.v[1].volume == 1500 * (num_i128)NUM_NANO &&
		e->historical_data.bars.v[1].high == 105 * NUM_NANO,
	    "and adds them up");
	end();
}

/* ---- what clients by others send ---- */

static void
test_vectors(const char *name)
{
	const char *path = t_shared(name);
	char *line = NULL;
	size_t cap = 0, sent = 0, unread = 0;
	FILE *f;

	if (!path) {
		t_skip("no vectors beside the tree");
		return;
	}
	begin(NULL);
	f = fopen(path, "r");
	while (f && getline(&line, &cap, f) > 0) {
		struct err e;
		struct json *j = json_parse_text(line, strlen(line), &e);
		struct str hex, kind;
		int64_t version = 0;
		struct buf raw = { 0 };

		json_i64(json_get(j, "serverVersion"), &version);
		if (!json_text(json_get(j, "bytes_hex"), &hex) || version > 178 ||
		    (json_text(json_get(j, "case"), &kind) &&
			(str_eqz(kind, "hello") || str_eqz(kind, "startApi")))) {
			json_free(j);
			continue;
		}
		for (size_t i = 0; i + 1 < hex.n; i += 2) {
			const char pair[] = { hex.p[i], hex.p[i + 1], '\0' };

			buf_putc(&raw, (char)strtoul(pair, NULL, 16));
		}
		if (raw.len > 8 && memcmp(raw.p, "API", 4) != 0) {
			struct conn *k = c_conn(&c);
			size_t n = c_errors(&c, 320);

			if (!k) {
				c_close(&c);
				c_open(&c, &w, 7, true);
				k = c_conn(&c);
			}
			k->version = (int)version;
			conn_input(&w.s, k, raw.p, raw.len);
			k->version = 178;
			c_pump(&c);
			sent++;
			unread += c_errors(&c, 320) - n;
		}
		buf_free(&raw);
		json_free(j);
	}
	if (f)
		fclose(f);
	free(line);
	ok(sent > 50, "%s: %zu requests", name, sent);
	is_i64((int64_t)unread, 0, "each can be read");
	end();
}

int
main(void)
{
	test_ticks();
	test_tick_by_tick();
	test_lines();
	test_history();
	test_real_time_bars();
	test_keep_up();
	test_old_ticks();
	test_contracts();
	test_pacing();
	test_file_bars();
	test_vectors("ibkr/vectors/client_to_server.jsonl");
	test_vectors("ibkr/vectors/client_to_server_official.jsonl");
	return done_testing();
}
