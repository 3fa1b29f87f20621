/* The live feed, played from recordings made by hand: what comes out of which messages, and when.
 */
#include "unit/t_wire.h"

static void
out_is(struct wire *w, const char *want, const char *what)
{
	is_str(wire_short(w), want, "%s", what);
}

/* One symbol, subscribed to at 20 ms with request 1. */
static void
one(struct wire *w)
{
	wire_open(w);
	wire_up(w, 0);
	wire_contract(w, 20, 0, 1);
}

/* ---- contracts ---- */

static void
contracts(void)
{
	struct wire w;

	wire_open(&w);
	wire_up(&w, 0);
	wire_contract(&w, 10, 0, 3);
	wire_run(&w, "--symbols AAPL");
	is_i64(w.rc, ERR_USAGE, "three contracts: the user must say which");
	ok(strstr(w.t.err.msg, "AAPL: 3 contracts") && strstr(w.t.err.msg, "con_id 1100") &&
		strstr(w.t.err.msg, "LSE CHF"),
	    "%s", w.t.err.msg);
	wire_done(&w);
	wire_open(&w);
	wire_up(&w, 0);
	wire_error(&w, 10, 0, 200, "No security definition has been found for the request");
	wire_run(&w, "--symbols ZZZZ");
	is_i64(w.rc, ERR_USAGE, "no contract: nor this");
	ok(strstr(w.t.err.msg, "ZZZZ: the broker knows no such contract (STK ZZZZ SMART USD)"),
	    "%s", w.t.err.msg);
	wire_done(&w);
	wire_open(&w);
	wire_up(&w, 0);
	wire_contract(&w, 10, 0, 1);
	wire_state(&w, 15, "down cut");
	wire_up(&w, 500);
	wire_contract(&w, 510, 2, 1); /* only the second is asked about again */
	wire_trade(&w, 600, 3, 600, 10, 1);
	wire_trade(&w, 700, 4, 700, 20, 1);
	wire_end(&w, 900);
	wire_run(&w, "--symbols AAPL,MSFT");
	out_is(&w,
	    "s0 connected\ns15 disconnected\ns500 connected\n"
	    "t600 AAPL 10 x1\nt700 MSFT 20 x1\ns900 eof\n",
	    "a cut while contracts are asked for: the rest is asked for again");
	wire_done(&w);
}

/* ---- times ---- */

static void
times(void)
{
	struct wire w;

	one(&w);
	wire_trade(&w, 400, 1, 400, 100.5, 10);
	wire_trade(&w, 1200, 1, 900, 100.25, 5);
	wire_trade(&w, 1200, 1, 900, 100.25, 5); /* the same read: the same time */
	wire_trade(&w, 3500, 1, 3500, 101, 1);
	wire_end(&w, 4100);
	wire_run(&w, "--symbols AAPL");
	is_i64(w.rc, 0, "runs: %s", w.t.err.msg);
	out_is(&w,
	    "s0 connected\nt400 AAPL 100.5 x10\nw1000\nt1200 AAPL 100.25 x5\n"
	    "t1200 AAPL 100.25 x5 dirty\nw2000\nw3000\nt3500 AAPL 101 x1\nw4000\ns4100 eof\n",
	    "ts is when it came; a watermark each second, also without ticks");
	ok(strstr(w.t.out.p, "\"ts_recv\":\"2023-11-14T22:13:20.400000000Z\"") != NULL, "ts_recv");
	ok(strstr(w.t.out.p, "\"exch\":\"ARCA\"") != NULL, "exchange");
	wire_done(&w);

	/* RTVolume has the venue's milliseconds */
	one(&w);
	wire_string(&w, 500, 1, TWS_TICK_RT_VOLUME, "10.5;3;1699999990000;100;10.4;true");
	wire_string(&w, 1300, 1, TWS_TICK_RT_VOLUME, "10.6;4;1700000001100;104;10.4;true");
	wire_string(&w, 1400, 1, TWS_TICK_RT_VOLUME, "10.7;1;1700000000900;105;10.4;true");
	wire_string(&w, 1500, 1, TWS_TICK_RT_VOLUME, "10.8;1;1700000009000;106;10.4;true");
	wire_string(&w, 1600, 1, TWS_TICK_RT_VOLUME, ";1;1700000001550;107;10.4;true");
	wire_end(&w, 1700);
	wire_run(&w, "--symbols AAPL --data mkt");
	out_is(&w,
	    "s0 connected\nw1000\nt1100 AAPL 10.6 x4\nt1100 AAPL 10.7 x1\nt1500 AAPL 10.8 x1\n"
	    "s1700 eof\n",
	    "the venue's ms, never back, never ahead; the first is the state; no price, no trade");
	wire_done(&w);
}

/* ---- prices that are none ---- */

static void
no_prices(void)
{
	struct wire w;

	one(&w);
	wire_quote(&w, 100, 1, 10, 11);
	wire_quote(&w, 200, 1, -1, 11);
	wire_quote(&w, 300, 1, 10, -1);
	wire_quote(&w, 400, 1, 10.1, 11);
	wire_end(&w, 500);
	wire_run(&w, "--symbols AAPL --data quotes");
	out_is(&w, "s0 connected\nq100 AAPL 10/11\nq400 AAPL 10.1/11\ns500 eof\n",
	    "a side without a price: no quote");
	wire_done(&w);

	one(&w);
	wire_price(&w, 100, 1, TWS_TICK_BID, -1, 0);
	wire_price(&w, 110, 1, TWS_TICK_ASK, 11, 5);
	wire_price(&w, 120, 1, TWS_TICK_BID, 10, 5);
	wire_price(&w, 130, 1, TWS_TICK_BID, 10, 5); /* nothing new */
	wire_size(&w, 140, 1, TWS_TICK_BID_SIZE, 7);
	wire_price(&w, 150, 1, TWS_TICK_BID, 12, 5); /* crossed, until the ask has come */
	wire_price(&w, 150, 1, TWS_TICK_ASK, 13, 5);
	wire_price(&w, 160, 1, TWS_TICK_BID, 14, 5); /* crossed, and nothing else comes */
	wire_price(&w, 300, 1, TWS_TICK_BID, -1, 0); /* gone */
	wire_price(&w, 310, 1, TWS_TICK_ASK, 15, 5);
	wire_price(&w, 320, 1, TWS_TICK_LAST, 10, 5); /* the state */
	wire_price(&w, 330, 1, TWS_TICK_LAST, 10.5, 6);
	wire_size(&w, 340, 1, TWS_TICK_LAST_SIZE, 6); /* again at the same price and size */
	wire_end(&w, 500);
	wire_run(&w, "--symbols AAPL --data mkt");
	out_is(&w,
	    "s0 connected\nq120 AAPL 10/11\nq140 AAPL 10/11\nq150 AAPL 12/13\n"
	    "q160 AAPL 14/13 dirty\nt330 AAPL 10.5 x6\nt340 AAPL 10.5 x6\ns500 eof\n",
	    "sampled data: quotes when both sides are there, trades but for the first");
	wire_done(&w);
}

static void
delayed(void)
{
	struct wire w;
	struct tws_event ev;

	one(&w);
	tws_event_init(&ev, TWS_E_market_data_type);
	ev.market_data_type.req_id = TWS_REQ_ID_FIRST + 1;
	ev.market_data_type.type = 3;
	wire_say(&w, 50, &ev);
	wire_price(&w, 100, 1, TWS_TICK_DELAYED_BID, 10, 1);
	wire_price(&w, 110, 1, TWS_TICK_DELAYED_ASK, 11, 1);
	wire_price(&w, 120, 1, TWS_TICK_DELAYED_LAST, 10, 1);
	wire_price(&w, 130, 1, TWS_TICK_DELAYED_LAST, 10.5, 2);
	wire_end(&w, 500);
	wire_run(&w, "--symbols AAPL --data mkt --market-data delayed");
	out_is(&w,
	    "s0 connected\ns50 AAPL degraded\nq110 AAPL 10/11 delayed\n"
	    "t130 AAPL 10.5 x2 \"delayed\":true\ns500 eof\n",
	    "the types 66 and on are delayed data, and marked");
	wire_done(&w);
}

static void
halts(void)
{
	struct wire w;

	one(&w);
	wire_price(&w, 100, 1, TWS_TICK_LAST, 10, 1);
	wire_generic(&w, 200, 1, TWS_TICK_HALTED, -1);
	wire_generic(&w, 300, 1, TWS_TICK_HALTED, 2);
	wire_generic(&w, 100000, 1, TWS_TICK_HALTED, 0);
	wire_price(&w, 100100, 1, TWS_TICK_LAST, 9, 1);
	wire_end(&w, 100200);
	wire_run(&w, "--symbols AAPL --data mkt --watermark-interval 0 --stale 30s");
	out_is(&w,
	    "s0 connected\ns300 AAPL degraded\ns100000 AAPL alive\nt100100 AAPL 9 x1\ns100200 "
	    "eof\n",
	    "a halt is told, and nothing is expected meanwhile");
	ok(strstr(w.t.out.p, "halted for its volatility") != NULL, "with its kind");
	wire_done(&w);
}

/* ---- refusals ---- */

static void
refusals(void)
{
	struct wire w;

	one(&w);
	wire_error(&w, 100, 1, 10190, "Max number of tick-by-tick requests has been reached.");
	wire_price(&w, 200, 2, TWS_TICK_LAST, 10, 1);
	wire_price(&w, 300, 2, TWS_TICK_LAST, 11, 1);
	wire_price(&w, 310, 2, TWS_TICK_BID, 10, 1);
	wire_price(&w, 320, 2, TWS_TICK_ASK, 11, 1);
	wire_end(&w, 400);
	wire_run(&w, "--symbols AAPL --data trades");
	out_is(&w, "s0 connected\ns100 AAPL degraded\nt300 AAPL 11 x1\ns400 eof\n",
	    "no tick by tick: sampled trades");
	wire_done(&w);

	one(&w);
	wire_error(&w, 100, 1, 354, "Requested market data is not subscribed.");
	wire_run(&w, "--symbols AAPL --data mkt");
	is_i64(w.rc, ERR_NET, "refused for good, and there is no other");
	ok(strstr(w.t.err.msg, "no market data for any symbol") &&
		strstr(w.t.err.msg, "not subscribed"),
	    "%s", w.t.err.msg);
	wire_done(&w);

	one(&w);
	wire_error(&w, 100, 1, 101, "Max number of tickers has been reached");
	wire_run(&w, "--symbols AAPL --data mkt");
	is_i64(w.rc, ERR_NET, "no more lines");
	ok(strstr(w.t.err.msg, "no more market data lines"), "%s", w.t.err.msg);
	wire_done(&w);

	one(&w);
	wire_trade(&w, 50, 1, 50, 10, 1);
	wire_error(&w, 100, 1, 10197, "No market data during competing live session");
	wire_trade(&w, 30500, 2, 30500, 11, 1); /* asked again after 30 s */
	wire_ticks(&w, 31200, 3, NULL, 0);
	wire_end(&w, 31300);
	wire_run(&w, "--symbols AAPL --data trades --watermark-interval 0");
	out_is(&w,
	    "s0 connected\nt50 AAPL 10 x1\ns100 AAPL degraded\nt30500 AAPL 11 x1\n"
	    "s31200 AAPL alive\ns31300 eof\n",
	    "another session took the data: again in 30 s");
	wire_done(&w);

	one(&w);
	wire_error(&w, 100, 1, 10167, "Displaying delayed market data.");
	wire_price(&w, 200, 1, TWS_TICK_DELAYED_LAST, 10, 1);
	wire_price(&w, 300, 1, TWS_TICK_DELAYED_LAST, 11, 1);
	wire_error(&w, 310, 77, 300, "Can't find EId with tickerId:77");
	wire_error(&w, 320, -1, 2104, "Market data farm connection is OK:usfarm");
	wire_error(&w, 330, -1, 2999, "Something nobody has heard of");
	wire_end(&w, 400);
	wire_run(&w, "--symbols AAPL --data mkt");
	is_i64(w.rc, 0, "codes that are no end end nothing");
	out_is(&w, "s0 connected\ns100 AAPL degraded\nt300 AAPL 11 x1 \"delayed\":true\ns400 eof\n",
	    "delayed data in place of live is told, and data goes on");
	wire_done(&w);
}

/* ---- the watchdog ---- */

static void
watchdog(void)
{
	struct wire w;

	one(&w);
	wire_trade(&w, 1000, 1, 1000, 10, 1);
	/* stale at 11 s, asked again as request 2; that lives */
	wire_ticks(&w, 12500, 3, NULL, 0);
	wire_trade(&w, 13000, 2, 13000, 11, 1);
	/* stale at 23 s (4), and nothing: dropped at 33 s; asked again as 6 after that */
	wire_up(&w, 34000);
	wire_trade(&w, 34500, 6, 34500, 12, 1);
	/* the same question as 5 at 24 s: not before 15 s have passed */
	wire_ticks(&w, 39500, 7, NULL, 0);
	wire_end(&w, 40000);
	wire_run(&w, "--symbols AAPL --stale 10s --watermark-interval 0");
	out_is(&w,
	    "s0 connected\nt1000 AAPL 10 x1\ns11000 AAPL stale\ns11000 degraded\n"
	    "s12500 AAPL alive\ns13000 AAPL alive\ns13000 alive\nt13000 AAPL 11 x1\n"
	    "s23000 AAPL stale\ns23000 degraded\ns33000 disconnected\ns34000 connected\n"
	    "s34500 AAPL alive\ns34500 alive\nt34500 AAPL 12 x1\ns39500 AAPL alive\n"
	    "s40000 eof\n",
	    "silence: asked again, then a new connection");
	wire_done(&w);

	one(&w);
	wire_trade(&w, 1000, 1, 1000, 10, 1);
	wire_error(&w, 2000, -1, 2103, "Market data farm connection is broken:usfarm");
	wire_error(&w, 3000, -1, 2104, "Market data farm connection is OK:usfarm");
	wire_ticks(&w, 14500, 3, NULL, 0);
	wire_trade(&w, 15000, 2, 15000, 11, 1);
	wire_end(&w, 15100);
	wire_run(&w, "--symbols AAPL --watermark-interval 0");
	out_is(&w,
	    "s0 connected\nt1000 AAPL 10 x1\ns2000 degraded\ns3000 alive\ns13000 AAPL stale\n"
	    "s13000 degraded\ns14500 AAPL alive\ns15000 AAPL alive\ns15000 alive\nt15000 AAPL 11 "
	    "x1\ns15100 eof\n",
	    "after a farm was gone, what does not live within 10 s is asked for again");
	wire_done(&w);
}

/* ---- the gateway's own connection ---- */

static void
broker_lost(void)
{
	struct wire w;

	one(&w);
	wire_trade(&w, 500, 1, 500, 10, 1);
	wire_error(&w, 600, -1, 1100, "Connectivity between IB and TWS has been lost.");
	wire_error(&w, 1700, -1, 1101, "Connectivity restored - data lost.");
	wire_trade(&w, 1800, 2, 1800, 12, 1);
	wire_ticks(
	    &w, 2800, 3, (struct wire_tick[]){ { 0, 10, 1 }, { 0, 10.5, 1 }, { 1, 11, 1 } }, 3);
	wire_end(&w, 3100);
	wire_run(&w, "--symbols AAPL");
	out_is(&w,
	    "s0 connected\nt500 AAPL 10 x1\ns600 disconnected\ns1700 connected\n"
	    "t500 AAPL 10.5 x1 \"backfill\":true\nw1000\nt1000 AAPL 11 x1 \"backfill\":true\n"
	    "t1800 AAPL 12 x1\ns2800 AAPL alive\nw2000\nw3000\ns3100 eof\n",
	    "1101: everything is asked for again, and the hole is filled");
	wire_done(&w);

	one(&w);
	wire_trade(&w, 500, 1, 500, 10, 1);
	wire_error(&w, 600, -1, 1100, "Connectivity between IB and TWS has been lost.");
	wire_error(&w, 1700, -1, 1102, "Connectivity restored - data maintained.");
	wire_trade(&w, 1800, 1, 1800, 12, 1);
	wire_ticks(
	    &w, 2800, 2, (struct wire_tick[]){ { 0, 10, 1 }, { 1, 11, 1 }, { 1, 12, 1 } }, 3);
	wire_end(&w, 3100);
	wire_run(&w, "--symbols AAPL");
	out_is(&w,
	    "s0 connected\nt500 AAPL 10 x1\ns600 disconnected\ns1700 connected\nw1000\n"
	    "t1000 AAPL 11 x1 \"backfill\":true\nt1000 AAPL 12 x1 \"backfill\":true\n"
	    "s2800 AAPL alive\nw2000\nw3000\ns3100 eof\n",
	    "1102: the subscriptions stand, and what was missed is asked for");
	wire_done(&w);
}

/* What comes for one symbol while another one's hole is open must wait for it: a watermark that
 * comes behind it may not be older. */
static void
hole_of_one(void)
{
	struct wire w;

	wire_open(&w);
	wire_up(&w, 0);
	wire_contract(&w, 10, 0, 1);
	wire_contract(&w, 20, 1, 1);
	wire_trade(&w, 500, 2, 500, 10, 1);
	wire_trade(&w, 600, 3, 600, 20, 1);
	wire_error(&w, 700, 2, 10197, "No market data during competing live session");
	wire_trade(&w, 1800, 3, 1800, 21, 1);
	wire_trade(&w, 30900, 4, 30900, 12, 1); /* asked again after 30 s */
	wire_ticks(
	    &w, 31700, 5, (struct wire_tick[]){ { 0, 10, 1 }, { 1, 11, 1 }, { 30, 12, 1 } }, 3);
	wire_end(&w, 31800);
	wire_run(&w, "--symbols AAPL,MSFT --watermark-interval 15s");
	out_is(&w,
	    "s0 connected\nt500 AAPL 10 x1\nt600 MSFT 20 x1\ns700 AAPL degraded\n"
	    "t1000 AAPL 11 x1 \"backfill\":true\nt1800 MSFT 21 x1\nw10000\nw25000\n"
	    "t30000 AAPL 12 x1 \"backfill\":true\ns31700 AAPL alive\ns31800 eof\n",
	    "another symbol waits for the hole of one");
	wire_done(&w);
}

/* ---- holes ---- */

static void
holes(void)
{
	struct wire w;

	one(&w);
	wire_trade(&w, 500, 1, 500, 10, 1);
	wire_trade(&w, 2100, 1, 2100, 11, 1);
	wire_trade(&w, 2200, 1, 2200, 11, 1); /* the same values, another trade */
	wire_state(&w, 2500, "down cut");
	wire_up(&w, 4200);
	wire_trade(&w, 4700, 2, 4700, 14, 1);
	wire_trade(&w, 5100, 2, 5100, 15, 1);
	wire_ticks(&w, 5300, 3,
	    (struct wire_tick[]){ { 2, 11, 1 }, { 2, 11, 1 }, { 2, 11, 1 }, { 2, 11.5, 1 },
		{ 3, 12, 1 }, { 4, 13, 1 }, { 4, 14, 1 }, { 4, 14, 1 } },
	    8);
	wire_trade(&w, 5400, 2, 5400, 16, 1);
	wire_end(&w, 6100);
	wire_run(&w, "--symbols AAPL");
	out_is(&w,
	    "s0 connected\nt500 AAPL 10 x1\nw1000\nw2000\nt2100 AAPL 11 x1\nt2200 AAPL 11 x1\n"
	    "s2500 disconnected\ns4200 connected\n"
	    "t2200 AAPL 11 x1 \"backfill\":true\nt2200 AAPL 11.5 x1 \"backfill\":true\n"
	    "w3000\nt3000 AAPL 12 x1 \"backfill\":true\n"
	    "w4000\nt4000 AAPL 13 x1 \"backfill\":true\nt4000 AAPL 14 x1 \"backfill\":true\n"
	    "t4000 AAPL 14 x1 \"backfill\":true dirty\n"
	    "w5000\nt5100 AAPL 15 x1\ns5300 AAPL alive\nt5400 AAPL 16 x1\nw6000\ns6100 eof\n",
	    "the hole is filled, watermarks wait, what was seen in part is not written twice");
	wire_done(&w);

	one(&w);
	wire_trade(&w, 500, 1, 500, 10, 1);
	wire_state(&w, 700, "down cut");
	wire_up(&w, 20000);
	wire_trade(&w, 20100, 2, 20100, 11, 1);
	wire_end(&w, 20200);
	wire_run(&w, "--symbols AAPL --backfill 5s --watermark-interval 5s");
	out_is(&w,
	    "s0 connected\nt500 AAPL 10 x1\ns700 disconnected\ns5700 AAPL degraded\nw5000\nw10000\n"
	    "w15000\nw20000\ns20000 connected\nt20100 AAPL 11 x1\ns20200 eof\n",
	    "a hole that is too long is told, and time goes on");
	wire_done(&w);

	one(&w);
	wire_trade(&w, 500, 1, 500, 10, 1);
	wire_state(&w, 700, "down cut");
	wire_up(&w, 1500);
	wire_trade(&w, 2000, 2, 2000, 11, 1);
	wire_error(&w, 2600, 3, 162, "Historical Market Data Service error message: no permission");
	wire_end(&w, 3100);
	wire_run(&w, "--symbols AAPL");
	out_is(&w,
	    "s0 connected\nt500 AAPL 10 x1\ns700 disconnected\ns1500 connected\n"
	    "s2600 AAPL degraded\nw1000\nw2000\nt2000 AAPL 11 x1\nw3000\ns3100 eof\n",
	    "a history that is refused: what came live goes out");
	wire_done(&w);
}

/* ---- bars ---- */

static void
bars5s(void)
{
	struct wire w;

	wire_open(&w);
	wire_up(&w, 0);
	wire_contract(&w, 10, 0, 1);
	wire_contract(&w, 20, 1, 1); /* streams: 2 and 3 */
	wire_bar5(&w, 5300, 2, 0, 10, 11);
	wire_bar5(&w, 5600, 3, 0, 20, 21);
	wire_bar5(&w, 10300, 2, 5, 11, 12);
	wire_bar5(&w, 12500, 3, 5, 21, 22); /* later than --bar-wait */
	wire_end(&w, 13000);
	wire_run(&w, "--symbols AAPL,MSFT --data bars5s");
	out_is(&w,
	    "s0 connected\nw1000\nw2000\nw3000\nw4000\nb0 AAPL 10-11\nb0 MSFT 20-21\nw5000\n"
	    "w6000\nw7000\nw8000\nw9000\nb5000 AAPL 11-12\nw10000\nw11000\nw12000\n"
	    "b5000 MSFT 21-22 dirty\nw13000\ns13000 eof\n",
	    "bars of an instant together, then its watermark; a late one is marked");
	ok(strstr(w.t.out.p, "\"interval\":\"5s\"") != NULL, "interval");
	wire_done(&w);

	one(&w);
	wire_bar5(&w, 5300, 1, 0, 10, 11);
	wire_state(&w, 6000, "down cut");
	wire_up(&w, 17000);
	wire_bars(
	    &w, 17500, 2, (struct wire_bar[]){ { 0, 10, 11 }, { 5, 11, 12 }, { 10, 12, 13 } }, 3);
	wire_bar5(&w, 20300, 2, 15, 13, 14);
	wire_end(&w, 21000);
	wire_run(&w, "--symbols AAPL --data bars5s --watermark-interval 5s");
	out_is(&w,
	    "s0 connected\nb0 AAPL 10-11\nw5000\ns6000 disconnected\ns17000 connected\n"
	    "b5000 AAPL 11-12 \"backfill\":true\nw10000\nb10000 AAPL 12-13 \"backfill\":true\n"
	    "w15000\nb15000 AAPL 13-14\nw20000\ns21000 eof\n",
	    "bars that were missed come from history");
	wire_done(&w);
}

/* 60 new subscriptions to bars in ten minutes: the others wait. */
static void
many_bars(void)
{
	struct buf opts = { 0 };
	struct wire w;

	wire_open(&w);
	wire_up(&w, 0);
	buf_puts(&opts, "--data bars5s --watermark-interval 0 --stale 0 --symbols ");
	for (int i = 0; i < 62; i++) {
		buf_printf(&opts, "%sS%02d", i ? "," : "", i);
		wire_contract(&w, 10 + i, i, 1);
	}
	wire_bar5(&w, 602000, 122, 595, 1, 2); /* 62 contracts, 60 streams, then S60 */
	wire_end(&w, 602100);
	wire_run(&w, buf_z(&opts));
	out_is(&w,
	    "s0 connected\ns71 S60 degraded\ns71 S61 degraded\nb595000 S60 1-2\nw600000\ns602100 "
	    "eof\n",
	    "the 61st real-time bars are asked for after ten minutes");
	wire_done(&w);
	buf_free(&opts);
}

static void
follow(void)
{
	struct wire w;

	/* T0 is 20 s after a minute */
	one(&w);
	wire_bars(
	    &w, 100, 1, (struct wire_bar[]){ { -200, 1, 1 }, { -140, 9, 10 }, { -80, 10, 11 } }, 3);
	wire_bars(&w, 300, 2, (struct wire_bar[]){ { -80, 10, 11 }, { -20, 11, 12 } }, 2);
	wire_update(&w, 20000, 2, -20, 11, 13);
	wire_update(&w, 40200, 2, -20, 11, 14); /* its last news, after its end */
	wire_update(&w, 45000, 2, 40, 14, 15);
	wire_update(&w, 50000, 2, -20, 11, 14.5); /* the broker changes its mind */
	wire_state(&w, 60000, "down cut");
	wire_up(&w, 170000);
	wire_bars(&w, 170500, 3,
	    (struct wire_bar[]){
		{ -20, 11, 14.5 }, { 40, 14, 16 }, { 100, 16, 17 }, { 160, 17, 18 } },
	    4);
	wire_update(&w, 225000, 3, 220, 18, 19);
	wire_end(&w, 226000);
	wire_run(&w, "--symbols AAPL --history 120S --bar 1m --follow --watermark-interval 1h");
	out_is(&w,
	    "s0 connected\ns20 history\nb-140000 AAPL 9-10\nw-80000\nb-80000 AAPL 10-11\nw-20000\n"
	    "s100 live\nb-20000 AAPL 11-14\nw40000\nb-20000 AAPL 11-14.5 rev\ns60000 disconnected\n"
	    "s120000 degraded\ns170000 connected\ns170500 alive\nb40000 AAPL 14-16 "
	    "\"backfill\":true\nw100000\n"
	    "b100000 AAPL 16-17 \"backfill\":true\nw160000\nb160000 AAPL 17-18\nw220000\n"
	    "s226000 eof\n",
	    "history, the bars live behind it, and what a cut took: each once");
	wire_done(&w);
}

/* ---- the backup ---- */

static void
backup_says(struct wire *w, int64_t ms, const char *line)
{
	wire_put(w, ms, 'B', line, strlen(line));
}

static void
backup(void)
{
	static const char
	    b1[] = "{\"type\":\"trade\",\"ts\":\"2023-11-14T22:13:32Z\",\"sym\":\"AAPL\","
		   "\"price\":50,\"size\":1,\"venue_key\":7}",
	    b2[] = "{\"type\":\"trade\",\"ts\":\"2023-11-14T22:13:33Z\",\"sym\":\"AAPL\","
		   "\"price\":51,\"size\":1}",
	    other[] = "{\"type\":\"trade\",\"ts\":\"2023-11-14T22:13:33Z\",\"sym\":\"IBM\","
		      "\"price\":51,\"size\":1}",
	    mark[] = "{\"type\":\"watermark\",\"ts\":\"2023-11-14T22:13:33Z\"}";
	struct wire w;

	one(&w);
	wire_trade(&w, 500, 1, 500, 10, 1);
	backup_says(&w, 600, b1); /* not needed yet */
	wire_state(&w, 1000, "down cut");
	backup_says(&w, 12100, b1); /* nothing for 10 s since 1 s: ours is stale at 11 s */
	backup_says(&w, 12200, other);
	backup_says(&w, 12300, mark);
	backup_says(&w, 13500, b2);
	wire_up(&w, 14000);
	wire_trade(&w, 14200, 2, 14200, 11, 1);
	backup_says(&w, 14300, b2);
	wire_end(&w, 14500);
	wire_run(&w, "--symbols AAPL --stale 10s --watermark-interval 5s");
	out_is(&w,
	    "s0 connected\nt500 AAPL 10 x1\ns1000 disconnected\ns11000 degraded\n"
	    "s12100 AAPL degraded\ns12100 degraded\nw5000\nw10000\n"
	    "t12000 AAPL 50 x1 \"venue_key\":7,\"source\":\"backup\"\n"
	    "t13000 AAPL 51 x1 \"source\":\"backup\"\n"
	    "s14000 connected\ns14200 alive\nt14200 AAPL 11 x1\ns14500 eof\n",
	    "the backup is taken when ours is stale, and given back");
	wire_done(&w);
}

/* ---- options ---- */

static void
usage(const char *opts, const char *words)
{
	struct t_stage t;
	int rc = t_stage_run(&t, &ibkr_feed_kind, opts, "");

	ok(rc == ERR_USAGE && strstr(t.err.msg, words), "%s: %s", opts, t.err.msg);
	t_stage_free(&t);
}

static void
options(void)
{
	struct t_stage t;
	int lines = 0;

	usage("", "what is to be fed");
	usage("x.csv", "files need --replay");
	usage("--replay --data trades x.csv", "--replay is of files");
	usage("--symbols A,B,C --max-symbols 2", "3 symbols need 3 market data lines");
	usage("--symbols A,B,C --data trades,quotes --max-symbols 5", "6 market data lines");
	usage("--symbols A*", "'A*' is not a symbol");
	usage("--symbols EURUSD.IDEALPRO", "currency pairs have no trades");
	usage("--symbols A --data bars", "none of trades, quotes, bars5s, mkt");
	usage("--symbols A --data trades,mkt", "stand alone");
	usage("--symbols A --history 2x", "not like");
	usage("--symbols A --history 2D --bar 7m", "none of 1s");
	usage("--symbols A --history 2D --data trades", "--follow");
	usage("--symbols A --follow", "need --history");
	usage("--symbols A --history 2D --follow --to 2024-01-01", "no --to");
	usage("--symbols A --host 192.0.2.1", "--allow-remote");
	usage("--symbols A --from 2024-01-01", "--from is of --replay");
	usage("--symbols A --replay-wire x --record y", "of a live session");
	usage("--symbols A --stale soon", "--stale");
	t_stage_run(&t, &ibkr_feed_kind,
	    "--symbols A,B --history 2D --bar 1s --to 2024-03-08 --dry-run", "");
	buf_z(&t.out);
	for (const char *p = t.out.p; *p; p++)
		lines += *p == '\n';
	is_i64(lines, 2 * 96, "two days of seconds in half hours, of two symbols");
	ok(strncmp(t.out.p, "+0.000 s: A, 1800 S until 20240306-00:30:00, 1 secs, TRADES\n", 60) ==
		0,
	    "the first of them: %.60s", t.out.p);
	ok(strstr(t.out.p, "\n+1800.") != NULL && !strstr(t.out.p, "\n+2400."),
	    "60 in ten minutes: half an hour for 192");
	t_stage_free(&t);
}

int
main(void)
{
	contracts();
	times();
	no_prices();
	delayed();
	halts();
	refusals();
	watchdog();
	broker_lost();
	hole_of_one();
	holes();
	bars5s();
	many_bars();
	follow();
	backup();
	options();
	return done_testing();
}
