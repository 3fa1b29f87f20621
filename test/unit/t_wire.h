/*
 * Recordings of the wire made by hand, for the live feed to play: what came at which time, in
 * milliseconds after T0. What the feed asks for is not compared, so a test writes only what the
 * gateway says.
 *
 *	struct wire w;
 *	wire_open(&w);
 *	wire_up(&w, 0);                      session open at 0 ms
 *	wire_contract(&w, 10, 0, 1);         answer to request 0: one contract
 *	wire_trade(&w, 500, 1, 500, 100.5, 10);
 *	wire_run(&w, "--symbols AAPL");      w.t.out is what came out
 *	wire_done(&w);
 */
#ifndef TP_TEST_T_WIRE_H
#define TP_TEST_T_WIRE_H

#include <unistd.h>

#include "feed/feed.h"
#include "tws/errors.h"
#include "tws/msg.h"
#include "tws/wirelog.h"
#include "unit/t_stage.h"

#define T0_S INT64_C(1700000000) /* 2023-11-14T22:13:20Z */
#define T0 (T0_S * TIM_SEC)

struct wire {
	char path[64];
	struct tws_wirelog *log;
	struct t_stage t;
	int rc;
};

static void
wire_open(struct wire *w)
{
	struct err e = { 0 };

	memset(w, 0, sizeof *w);
	snprintf(w->path, sizeof w->path, "/tmp/t_wire.%ld", (long)getpid());
	unlink(w->path);
	w->log = tws_wirelog_create(w->path, &e);
	if (!w->log) {
		printf("Bail out! %s\n", e.msg);
		exit(1);
	}
}

static void
wire_put(struct wire *w, int64_t ms, char kind, const void *p, size_t n)
{
	tws_wirelog_put(w->log, kind, T0 + ms * TIM_MS, p, n);
}

static void
wire_say(struct wire *w, int64_t ms, const struct tws_event *ev)
{
	struct buf b = { 0 };

	tws_encode_event(178, ev, &b);
	wire_put(w, ms, '<', b.p + 4, b.len - 4);
	buf_free(&b);
}

T_UNUSED static void
wire_state(struct wire *w, int64_t ms, const char *text)
{
	wire_put(w, ms, '!', text, strlen(text));
}

T_UNUSED static void
wire_up(struct wire *w, int64_t ms)
{
	static const char greeting[] = "178\0"
				       "20231114 17:13:20 EST";
	struct tws_event ev;

	wire_state(w, ms, "connecting ");
	wire_state(w, ms, "greeting connected");
	wire_put(w, ms, '<', greeting, sizeof greeting);
	tws_event_init(&ev, TWS_E_next_valid_id);
	ev.next_valid_id.order_id = 1;
	wire_say(w, ms, &ev);
	tws_event_init(&ev, TWS_E_managed_accounts);
	ev.managed_accounts.accounts = str_z("DU1");
	wire_say(w, ms, &ev);
}

T_UNUSED static void
wire_error(struct wire *w, int64_t ms, int64_t id, int64_t code, const char *text)
{
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_error);
	ev.error.id = id < 0 ? -1 : TWS_REQ_ID_FIRST + id;
	ev.error.code = code;
	ev.error.text = str_z(text);
	wire_say(w, ms, &ev);
}

/* n contracts answer request `req` */
T_UNUSED static void
wire_contract(struct wire *w, int64_t ms, int64_t req, int n)
{
	static const char *const exchanges[] = { "NASDAQ", "EBS", "LSE" };
	struct tws_event ev;

	for (int i = 0; i < n; i++) {
		tws_event_init(&ev, TWS_E_contract_data);
		ev.contract_data.req_id = TWS_REQ_ID_FIRST + req;
		ev.contract_data.contract = (struct tws_contract){ .con_id = 100 + req + 1000 * i,
			.symbol = str_z("X"),
			.sec_type = str_z("STK"),
			.exchange = str_z("SMART"),
			.primary_exchange = str_z(exchanges[i % 3]),
			.currency = str_z(i ? "CHF" : "USD") };
		wire_say(w, ms, &ev);
	}
	tws_event_init(&ev, TWS_E_contract_data_end);
	ev.contract_data_end.req_id = TWS_REQ_ID_FIRST + req;
	wire_say(w, ms, &ev);
}

static int64_t
nano(double v)
{
	int64_t n = 0;

	num_nano_of(v, &n);
	return n;
}

/* tick by tick, of the second in which `at_ms` lies */
T_UNUSED static void
wire_trade(struct wire *w, int64_t ms, int64_t req, int64_t at_ms, double price, double size)
{
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_tick_by_tick);
	ev.tick_by_tick.req_id = TWS_REQ_ID_FIRST + req;
	ev.tick_by_tick.type = 1;
	ev.tick_by_tick.time = T0_S + at_ms / 1000;
	ev.tick_by_tick.price = nano(price);
	ev.tick_by_tick.size = nano(size);
	ev.tick_by_tick.exchange = str_z("ARCA");
	wire_say(w, ms, &ev);
}

T_UNUSED static void
wire_quote(struct wire *w, int64_t ms, int64_t req, double bid, double ask)
{
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_tick_by_tick);
	ev.tick_by_tick.req_id = TWS_REQ_ID_FIRST + req;
	ev.tick_by_tick.type = 3;
	ev.tick_by_tick.time = T0_S + ms / 1000;
	ev.tick_by_tick.bid = nano(bid);
	ev.tick_by_tick.ask = nano(ask);
	ev.tick_by_tick.bid_size = bid < 0 ? 0 : NUM_NANO;
	ev.tick_by_tick.ask_size = ask < 0 ? 0 : 2 * NUM_NANO;
	wire_say(w, ms, &ev);
}

T_UNUSED static void
wire_price(struct wire *w, int64_t ms, int64_t req, int type, double price, double size)
{
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_tick_price);
	ev.tick_price.req_id = TWS_REQ_ID_FIRST + req;
	ev.tick_price.tick_type = type;
	ev.tick_price.price = nano(price);
	ev.tick_price.size = nano(size);
	wire_say(w, ms, &ev);
	tws_event_init(&ev, TWS_E_tick_size); /* repeats it */
	ev.tick_size.req_id = TWS_REQ_ID_FIRST + req;
	ev.tick_size.tick_type = type == TWS_TICK_BID   ? TWS_TICK_BID_SIZE
				 : type == TWS_TICK_ASK ? TWS_TICK_ASK_SIZE
				 : type == TWS_TICK_LAST
				     ? TWS_TICK_LAST_SIZE
				     : type - TWS_TICK_DELAYED_BID + TWS_TICK_DELAYED_BID_SIZE;
	ev.tick_size.size = nano(size);
	wire_say(w, ms, &ev);
}

T_UNUSED static void
wire_size(struct wire *w, int64_t ms, int64_t req, int type, double size)
{
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_tick_size);
	ev.tick_size.req_id = TWS_REQ_ID_FIRST + req;
	ev.tick_size.tick_type = type;
	ev.tick_size.size = nano(size);
	wire_say(w, ms, &ev);
}

T_UNUSED static void
wire_string(struct wire *w, int64_t ms, int64_t req, int type, const char *value)
{
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_tick_string);
	ev.tick_string.req_id = TWS_REQ_ID_FIRST + req;
	ev.tick_string.tick_type = type;
	ev.tick_string.value = str_z(value);
	wire_say(w, ms, &ev);
}

T_UNUSED static void
wire_generic(struct wire *w, int64_t ms, int64_t req, int type, double value)
{
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_tick_generic);
	ev.tick_generic.req_id = TWS_REQ_ID_FIRST + req;
	ev.tick_generic.tick_type = type;
	ev.tick_generic.value = value;
	wire_say(w, ms, &ev);
}

struct wire_tick {
	int64_t s; /* second after T0 */
	double price, size;
};

/* historical trades that end the answer */
T_UNUSED static void
wire_ticks(struct wire *w, int64_t ms, int64_t req, const struct wire_tick *v, size_t n)
{
	struct tws_tick_last *t = mem_array(n + 1, sizeof *t);
	struct tws_event ev;

	for (size_t i = 0; i < n; i++)
		t[i] = (struct tws_tick_last){ .time = T0_S + v[i].s,
			.price = nano(v[i].price),
			.size = nano(v[i].size),
			.exchange = str_z("ARCA") };
	tws_event_init(&ev, TWS_E_historical_ticks_last);
	ev.historical_ticks_last.req_id = TWS_REQ_ID_FIRST + req;
	ev.historical_ticks_last.ticks.n = n;
	ev.historical_ticks_last.ticks.v = t;
	ev.historical_ticks_last.done = true;
	wire_say(w, ms, &ev);
	free(t);
}

struct wire_bar {
	int64_t s;
	double open, close;
};

static struct tws_bar
wire_make_bar(const struct wire_bar *b, char date[24])
{
	snprintf(date, 24, "%lld", (long long)(T0_S + b->s));
	return (struct tws_bar){ .date = str_z(date),
		.open = nano(b->open),
		.high = nano(b->open > b->close ? b->open : b->close),
		.low = nano(b->open < b->close ? b->open : b->close),
		.close = nano(b->close),
		.volume = 100 * (num_i128)NUM_NANO,
		.wap = nano(b->open),
		.count = 7 };
}

T_UNUSED static void
wire_bars(struct wire *w, int64_t ms, int64_t req, const struct wire_bar *v, size_t n)
{
	struct tws_bar *b = mem_array(n + 1, sizeof *b);
	char(*dates)[24] = mem_array(n + 1, sizeof *dates);
	struct tws_event ev;

	for (size_t i = 0; i < n; i++)
		b[i] = wire_make_bar(&v[i], dates[i]);
	tws_event_init(&ev, TWS_E_historical_data);
	ev.historical_data.req_id = TWS_REQ_ID_FIRST + req;
	ev.historical_data.bars.n = n;
	ev.historical_data.bars.v = b;
	wire_say(w, ms, &ev);
	free(b);
	free(dates);
}

T_UNUSED static void
wire_update(struct wire *w, int64_t ms, int64_t req, int64_t s, double open, double close)
{
	struct wire_bar v = { s, open, close };
	char date[24];
	struct tws_bar b = wire_make_bar(&v, date);
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_historical_data_update);
	ev.historical_data_update.req_id = TWS_REQ_ID_FIRST + req;
	ev.historical_data_update.date = b.date;
	ev.historical_data_update.open = b.open;
	ev.historical_data_update.high = b.high;
	ev.historical_data_update.low = b.low;
	ev.historical_data_update.close = b.close;
	ev.historical_data_update.volume = b.volume;
	ev.historical_data_update.wap = b.wap;
	ev.historical_data_update.count = b.count;
	wire_say(w, ms, &ev);
}

T_UNUSED static void
wire_bar5(struct wire *w, int64_t ms, int64_t req, int64_t s, double open, double close)
{
	struct wire_bar v = { s, open, close };
	char date[24];
	struct tws_bar b = wire_make_bar(&v, date);
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_real_time_bar);
	ev.real_time_bar.req_id = TWS_REQ_ID_FIRST + req;
	ev.real_time_bar.time = T0_S + s;
	ev.real_time_bar.open = b.open;
	ev.real_time_bar.high = b.high;
	ev.real_time_bar.low = b.low;
	ev.real_time_bar.close = b.close;
	ev.real_time_bar.volume = b.volume;
	ev.real_time_bar.wap = b.wap;
	ev.real_time_bar.count = b.count;
	wire_say(w, ms, &ev);
}

/* Nothing more comes, and the clock goes on until then. */
T_UNUSED static void
wire_end(struct wire *w, int64_t ms)
{
	wire_put(w, ms, 'E', "the test ends", 13);
}

static void
wire_run(struct wire *w, const char *opts)
{
	char all[2000];
	struct err e;

	tws_wirelog_close(w->log, &e);
	snprintf(all, sizeof all, "--replay-wire %s --spike 0 %s", w->path, opts);
	w->rc = t_stage_run(&w->t, &ibkr_feed_kind, all, "");
	buf_z(&w->t.out);
	buf_z(&w->t.notes);
}

T_UNUSED static void
wire_done(struct wire *w)
{
	t_stage_free(&w->t);
	unlink(w->path);
}

/* What came out, short: a word a record, its time in ms after T0, the symbol, what counts. */
T_UNUSED static const char *
wire_short(struct wire *w)
{
	static struct buf o;
	struct rec_dec *dec = rec_dec_new(w->t.env.syms, NULL);
	struct err e;
	struct rec r;

	buf_clear(&o);
	for (const char *p = w->t.out.p; p && *p;) {
		size_t n = strcspn(p, "\n");
		char line[4096];

		memset(line, 0, sizeof line);
		memcpy(line, p, n);
		line[n] = '\n';
		p += n + 1;
		if (rec_dec_line(dec, line, n, UINT32_MAX, &r, &e) != 1)
			continue;
		buf_printf(
		    &o, "%c%lld", rec_type_name(r.type)[0], (long long)((r.ts - T0) / TIM_MS));
		if (r.sym)
			buf_printf(&o, " %s", r.sym->name);
		if (r.type == REC_trade)
			buf_printf(
			    &o, " %g x%g", num_of_nano(r.trade.price), num_of_nano(r.trade.size));
		else if (r.type == REC_quote)
			buf_printf(&o, " %g/%g%s", num_of_nano(r.quote.bid),
			    num_of_nano(r.quote.ask),
			    rec_has(&r, F_quote_delayed) ? " delayed" : "");
		else if (r.type == REC_bar)
			buf_printf(&o, " %g-%g%s", num_of_nano(r.bar.open),
			    num_of_nano(r.bar.close), rec_has(&r, F_bar_rev) ? " rev" : "");
		else if (r.type == REC_status)
			buf_printf(&o, " %s", rec_word(REC_WL_sstate, r.status.state));
		if (r.extra.n)
			buf_printf(&o, " %.*s", STR_FMT(r.extra));
		if (strstr(line, "\"dirty\""))
			buf_puts(&o, " dirty");
		buf_putc(&o, '\n');
	}
	rec_dec_free(dec);
	return buf_z(&o);
}

#endif
