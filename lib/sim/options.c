/* The options of ibkr-sim, and its kind, which has no stage to run: it is a program of its own. */
#include "sim/gate.h"
#include "sim/sim.h"

struct sim_stage {
	struct stage base;
	struct sim_opts o;
};

#define S(f) OPT_OFF(struct sim_opts, f)

const struct opt sim_options[] = {
	{ OPT_INT, 'p', "port", "N", "listen on 127.0.0.1:N; 0: any free port", "4002", NULL, NULL,
	    S(port), 0, 65535 },
	{ OPT_LIST, 't', "ticks", "FILE", "play these records (trades, quotes, bars)", NULL, NULL,
	    NULL, S(ticks), 0, 0 },
	{ OPT_INT, 0, "seed", "S", "make up a market for the symbols that no file has", "-1", NULL,
	    NULL, S(seed), -1, INT64_MAX },
	{ OPT_LIST, 0, "symbols", "N|LIST",
	    "symbols that exist (default with --seed: SYM01..SYM10)", NULL, NULL, NULL, S(symbols),
	    0, 0 },
	{ OPT_STR, 0, "scenario", "FILE", "what goes wrong, and when", NULL, NULL, NULL,
	    S(scenario), 0, 0 },
	{ OPT_INT, 0, "server-version", "V", "newest version to speak: 176, 177 or 178", "178",
	    NULL, NULL, S(server_version), TWS_VERSION_MIN, TWS_VERSION_MAX },
	{ OPT_STR, 'w', "wire-log", "FILE", "append every frame to FILE (NDJSON)", NULL, NULL, NULL,
	    S(wire_log), 0, 0 },
	{ OPT_CHOICE, 0, "clock", "CLOCK", "time is the machine's, or that of the data", "real",
	    "real|virtual", NULL, S(clock), 0, 0 },
	{ OPT_STR, 0, "speed", "X|max", "so many times as fast as the data (real: 1, virtual: max)",
	    NULL, NULL, NULL, S(speed), 0, 0 },
	{ OPT_INT, 0, "steppers", "N",
	    "virtual: go on when N clients have asked for the time (reqCurrentTime)", "0", NULL,
	    NULL, S(steppers), 0, SIM_CLIENTS_MAX },
	{ OPT_SPAN, 0, "step", "SPAN", "virtual: how far one step goes; 0: to the next data", "0",
	    NULL, NULL, S(step), 0, 0 },
	{ OPT_INT, 0, "await-lines", "N",
	    "time begins with the Nth subscription (default virtual: 1, else 0)", "-1", NULL, NULL,
	    S(await_lines), -1, 1000000 },
	{ OPT_STR, 0, "start", "TIME",
	    "begin there; what the files have before is history (default: their beginning)", NULL,
	    NULL, NULL, S(start_text), 0, 0 },
	{ OPT_FLAG, 0, "dated", NULL,
	    "real clock: leave the data's dates (else it happens today, now)", NULL, NULL, NULL,
	    S(dated), 0, 0 },
	{ OPT_SPAN, 0, "exit-after", "SPAN", "leave after so long", "0", NULL, NULL, S(exit_after),
	    0, 0 },
	{ OPT_FLAG, 0, "exit-at-end", NULL, "leave when the data has ended", NULL, NULL, NULL,
	    S(exit_at_end), 0, 0 },
	{ OPT_STR, 0, "account", "LIST", "account names, the first one trades", "DU1234567", NULL,
	    NULL, S(accounts), 0, 0 },
	{ OPT_FLAG, 0, "read-only", NULL, "refuse orders, as a Read-Only API does", NULL, NULL,
	    NULL, S(read_only), 0, 0 },
	{ OPT_CHOICE, 0, "fill", "WHEN",
	    "an order meets the price that stands, or the next one (auto: real now, virtual next)",
	    "auto", "auto|now|next", NULL, S(fill), 0, 0 },
	{ OPT_INT, 0, "next-id", "N", "the first nextValidId", "1", NULL, NULL, S(next_id), 0,
	    INT32_MAX },
	{ OPT_CHOICE, 0, "limits", "WHEN",
	    "pacing of messages and of history (auto: real clock only)", "auto", "auto|on|off",
	    NULL, S(limits), 0, 0 },
	{ OPT_INT, 0, "rate", "N", "messages a second before error 100", "50", NULL, NULL, S(rate),
	    1, 1000000 },
	{ OPT_INT, 0, "lines", "N", "market data lines of a client", "100", NULL, NULL, S(lines), 1,
	    100000 },
	{ OPT_INT, 0, "tick-by-tick-max", "N", "tick-by-tick subscriptions of a client", "100",
	    NULL, NULL, S(tick_by_tick_max), 1, 100000 },
	{ OPT_SPAN, 0, "sample", "SPAN", "reqMktData: at most one change each SPAN; 0: all of them",
	    "0", NULL, NULL, S(sample), 0, 0 },
	{ OPT_STR, 0, "zone", "NAME", "time zone of the gateway's host", "America/New_York", NULL,
	    NULL, S(zone), 0, 0 },
	{ OPT_STR, 0, "session", "NAME", "hours when the market is open (XNYS, ...)", "24x7", NULL,
	    NULL, S(session), 0, 0 },
	{ OPT_STR, 0, "calendar", "FILE", "holidays and half days that overrule the session's own",
	    NULL, NULL, NULL, S(calendar), 0, 0 },
	{ OPT_SPAN, 0, "tick", "SPAN", "made-up market: a quote and a trade a symbol each SPAN",
	    "1s", NULL, NULL, S(tick), 0, 0 },
	{ OPT_SPAN, 0, "history", "SPAN", "made-up market: so much of it lies before the start",
	    "2h", NULL, NULL, S(history), 0, 0 },
	{ OPT_SIZE, 0, "price", "PRICE", "made-up market: first price", "100", NULL, NULL, S(price),
	    0, 0 },
	{ OPT_SIZE, 0, "size", "SIZE", "made-up market: largest size of a trade or quote", "500",
	    NULL, NULL, S(size), 0, 0 },
	{ OPT_F64, 0, "vol", "SIGMA", "made-up market: volatility a year", "0.2", NULL, NULL,
	    S(vol), 0, 0 },
	{ OPT_F64, 0, "drift", "MU", "made-up market: expected return a year", "0", NULL, NULL,
	    S(drift), 0, 0 },
	{ OPT_F64, 0, "correlation", "RHO", "made-up market: of any two symbols", "0", NULL, NULL,
	    S(correlation), 0, 0 },
	{ OPT_F64, 0, "spread", "BP", "made-up market: ask minus bid, in 1/10,000", "2", NULL, NULL,
	    S(spread), 0, 0 },
	{ OPT_GROUP, 0, NULL, NULL, NULL, NULL, NULL, account_options, S(account), 0, 0 },
	{ OPT_END, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0 },
};

static const struct opt stage_options[] = {
	{ OPT_GROUP, 0, NULL, NULL, NULL, NULL, NULL, sim_options, OPT_OFF(struct sim_stage, o), 0,
	    0 },
	{ OPT_END, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0 },
};

static int
no_stage(struct stage *st)
{
	return stage_fail(st, ERR_USAGE, "serves a port: run it as a program of its own");
}

static int
no_next(struct stage *st)
{
	(void)st;
	return 0;
}

const struct stage_kind ibkr_sim_kind = {
	.name = "ibkr-sim",
	.about = "An IB Gateway to test against: the same wire, a market of its own, scripted "
		 "faults. Listens on 127.0.0.1 only.",
	.opts = stage_options,
	.size = sizeof(struct sim_stage),
	.gives = REC_BIT(status),
	.main_type = REC_status,
	.csv_columns = "ts,source,state,port,text",
	.source = true,
	.open = no_stage,
	.next = no_next,
};

const struct sim_opts *
sim_stage_opts(const struct stage *st)
{
	return &((const struct sim_stage *)(const void *)st)->o;
}
