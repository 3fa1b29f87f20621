/* What moves money besides fills: fees, interest, margin calls, corporate actions. */
#include "t_venue.h"

#define DAY1 "b A 2024-01-01 2024-01-02 100 100 100 100\n"
#define DAY(from, to, px) "b A " from " " to " " px " " px " " px " " px "\nw " to "\n"

static void
fees(void)
{
	money("--capital 1000 --borrow-rate 0.36",
	    "w 2024-01-02\no A s sell_short 5 market\n" DAY("2024-01-02", "2024-01-03", "100")
		DAY("2024-01-03", "2024-01-04", "100") "w 2024-01-07\n",
	    "1000.00 1000.00\ns sell_short 5@100.00\n1499.50 999.50\n1499.00 999.00\n1497.50 "
	    "997.50\n",
	    "borrow fee: value * rate / 360 for each night");
	money("--capital 1000 --margin-rate 0.36",
	    "w 2024-01-02\no A s buy 15 market\n" DAY("2024-01-02", "2024-01-03", "100"),
	    "1000.00 1000.00\ns buy 15@100.00\n-500.50 999.50\n", "interest on negative cash");
	money("--capital 1000 --borrow-rate 0.36 --margin-rate 0.36",
	    "w 2024-01-02\no A s buy 5 market\n" DAY("2024-01-02", "2024-01-03", "100"),
	    "1000.00 1000.00\ns buy 5@100.00\n500.00 1000.00\n",
	    "neither for what is owned and paid");
	money("--capital 1000 --commission ibkr-fixed",
	    "w 2024-01-02\no A s buy 5 market\n" DAY("2024-01-02", "2024-01-03", "100"),
	    "1000.00 1000.00\ns buy 5@100.00\n499.00 999.00\n", "commission");
	money("--capital 100000 --commission ibkr-fixed --participation 0.1",
	    "w 2024-01-02\no A s buy 300 market tif=gtc\n"
	    "b A 2024-01-02 2024-01-03 10 10 10 10 1500\nw 2024-01-03\n"
	    "b A 2024-01-03 2024-01-04 10 10 10 10 1500\nw 2024-01-04\n",
	    "100000.00 100000.00\ns buy 150@10.00\ns partially_filled\n98499.00 99999.00\n"
	    "s buy 150@10.00\n96998.50 99998.50\n",
	    "one minimum an order: 1.00, then 0.50 more");
}

static void
margin(void)
{
	money("--capital 1000 --margin 0.5 --maintenance 0.25",
	    "w 2024-01-02\no A s buy 20 market\n" DAY("2024-01-02", "2024-01-03", "100")
		DAY("2024-01-03", "2024-01-04", "60") DAY("2024-01-04", "2024-01-05", "60"),
	    "1000.00 1000.00\ns buy 20@100.00\n-1000.00 1000.00\n"
	    "alert margin_call\n-1000.00 200.00\nmargin_call-2 sell 14@60.00\n-160.00 200.00\n",
	    "margin call: equity 200 carries 400 at half, so 14 of 20 go");
	money("--capital 1000",
	    "w 2024-01-02\no A s buy 20 market\n" DAY("2024-01-02", "2024-01-03",
		"100") "o A l buy 1 limit limit_price=1 tif=gtc\n" DAY("2024-01-03", "2024-01-04",
		"40") DAY("2024-01-04", "2024-01-05", "30") "o A z buy 1 market\n",
	    "1000.00 1000.00\ns buy 20@100.00\n-1000.00 1000.00\nalert bankrupt\nl canceled\n"
	    "-1000.00 -200.00\nbankrupt-3 sell 20@30.00\n-400.00 -400.00\nz !halted\nz rejected\n",
	    "equity gone: all is closed, trading ends");
	statuses("--capital 1000",
	    "w 2024-01-02\no A s buy 20 market\n" DAY("2024-01-02", "2024-01-03", "100")
		DAY("2024-01-03", "2024-01-04", "40"),
	    "s new\ns buy 20@100.00\ns filled\nalert bankrupt\nbankrupt-2 new\n",
	    "the account's own orders are told of like others");
}

static void
corporate(void)
{
	const char *hold =
	    "w 2024-01-02\no A s buy 5 market\n" DAY("2024-01-02", "2024-01-03", "100");
	const char *owe =
	    "w 2024-01-02\no A s sell 5 market\n" DAY("2024-01-02", "2024-01-03", "100");
	char script[2000];

#define THEN(start, rest) (snprintf(script, sizeof script, "%s%s", start, rest), script)
#define HELD "1000.00 1000.00\ns buy 5@100.00\n500.00 1000.00\n"
#define OWED "1000.00 1000.00\ns sell 5@100.00\n1500.00 1000.00\n"
	money("--capital 1000", THEN(hold, "x A 2024-01-03 dividend amount=2\nw 2024-01-04\n"),
	    HELD "510.00 1010.00\n", "dividend");
	money("--capital 1000", THEN(owe, "x A 2024-01-03 dividend amount=2\nw 2024-01-04\n"),
	    OWED "1490.00 990.00\n", "what is short pays it");
	money("--capital 1000",
	    THEN(hold, "x A 2024-01-03 split ratio=2\nw 2024-01-04\no A z sell 10 market\n" DAY(
			   "2024-01-04", "2024-01-05", "51")),
	    HELD "500.00 1000.00\nz sell 10@51.00\n1010.00 1010.00\n", "split 2:1");
	money("--capital 1000",
	    THEN(hold, "x A 2024-01-03 split ratio=0.5\nw 2024-01-04\no A z sell 2 "
		       "market\n" DAY("2024-01-04", "2024-01-05", "190")),
	    HELD "600.00 1000.00\nz sell 2@190.00\n980.00 980.00\n",
	    "reverse split: the half share is paid out at 200");
	money("--capital 1000",
	    THEN(hold,
		"o A z sell 5 limit limit_price=110 tif=gtc\nx A 2024-01-03 split ratio=2\n" DAY(
		    "2024-01-04", "2024-01-05", "56")),
	    HELD "z sell 10@56.00\n1060.00 1060.00\n", "working orders split too");
	money("--capital 1000",
	    THEN(hold,
		"o A z sell 5 stop stop_price=90 tif=gtc\nx A 2024-01-03 symbol_change new_sym=B\n"
		"w 2024-01-04\nb B 2024-01-04 2024-01-05 80 80 80 80\nw 2024-01-05\n"),
	    HELD "500.00 1000.00\nz sell 5@80.00\n900.00 900.00\n",
	    "a new name takes position and orders");
	money("--capital 1000",
	    THEN(hold, "o A z sell 5 stop stop_price=90 tif=gtc\nx A 2024-01-03 delist\n"
		       "o A y buy 1 market\nw 2024-01-04\n"),
	    HELD "z canceled\n- sell 5@100.00\ny !delisted\ny rejected\n1000.00 1000.00\n",
	    "delisting pays out the last price");
	money("--capital 1000", THEN(hold, "x A 2024-01-03 delist amount=0\nw 2024-01-04\n"),
	    HELD "- sell 5@0.00\n500.00 500.00\n", "or what it is worth");
}

static void
sums(void)
{
	struct t_stage t;
	struct buf in = { 0 };

	tv_input(&in, DAY1 "w 2024-01-02\no A s buy 5 market strategy=st\n"
			   "b A 2024-01-02 2024-01-03 101 101 101 101\nw 2024-01-03\n");
	t_stage_run(&t, &ibkr_exec_kind, "--paper --commission none", buf_z(&in));
	ok(strstr(
	       buf_z(&t.out), "\"arrival_price\":100.00,\"slippage_bp\":100,\"strategy\":\"st\""),
	    "arrival price, slippage against it, strategy");
	t_stage_free(&t);
	buf_free(&in);
	is_i64(t_stage_run(&t, &ibkr_exec_kind, "--paper",
		   "{\"type\":\"signal\",\"ts\":\"2024-01-02\",\"sym\":\"A\",\"source\":\"s\","
		   "\"lookahead\":true}\n"),
	    ERR_DATA, "a stream that knows the future is refused");
	ok(strstr(t.err.msg, "lookahead"), "and told so: %s", t.err.msg);
	t_stage_free(&t);
}

static void
usage(void)
{
	static const char *const bad[] = { "", "--paper --capital 0", "--paper --slippage x",
		"--paper --slippage bps:x", "--paper --latency x", "--paper --latency -1bars",
		"--paper --participation 2", "--paper --margin -1", "--paper --commission x",
		"--paper --trading-day x", "--paper --instruments /no/such/file",
		"--paper --feedback /no/such/fifo", "--paper --state /" };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct t_stage t;

		ok(t_stage_run(&t, &ibkr_exec_kind, bad[i], "") < 0, "%s: %s", bad[i], t.err.msg);
		ok(t.err.msg[0], "with words");
		t_stage_free(&t);
	}
}

int
main(void)
{
	fees();
	margin();
	corporate();
	sums();
	usage();
	return done_testing();
}
