/*
 * Amounts and times at the ends of what a number holds, through the stages that add and subtract
 * them. What is looked for is a wrap, which the sanitizers report and which turns a fortune into a
 * debt.
 */
#include <unistd.h>

#include "perf/perf_report.h"
#include "risk/gate.h"
#include "t_stage.h"
#include "venue/exec.h"

#define MOST "9223372036854.775807" /* money */
#define UNITS "9223372036.854775807"
#define FIRST "1678-01-01T00:00:00.000000000Z"
#define LAST "2261-12-31T23:59:59.999999999Z"
#define DAY1 "2024-01-02T00:00:00.000000000Z"
#define DAY2 "2024-01-03T00:00:00.000000000Z"

#define BAR(ts, px) \
	"{\"type\":\"bar\",\"ts\":\"" ts "\",\"sym\":\"A\",\"open\":" px ",\"high\":" px \
	",\"low\":" px ",\"close\":" px "}\n"
#define WM(ts) "{\"type\":\"watermark\",\"ts\":\"" ts "\"}\n"
#define ORDER(ts, id, side, qty) \
	"{\"type\":\"order\",\"ts\":\"" ts "\",\"sym\":\"A\",\"cl_ord_id\":\"" id \
	"\",\"side\":\"" side "\",\"qty\":" qty ",\"ord_type\":\"market\",\"tif\":\"gtc\"}\n"
#define FILL(id, side, qty, px, more) \
	"{\"type\":\"fill\",\"ts\":\"" DAY1 "\",\"sym\":\"A\",\"exec_id\":\"" id \
	"\",\"side\":\"" side "\",\"last_qty\":" qty ",\"last_price\":" px more "}\n"
#define FOLIO(ts, cash, equity) \
	"{\"type\":\"portfolio\",\"ts\":\"" ts "\",\"cash\":" cash ",\"equity\":" equity "}\n"
#define HELD(sym, qty, avg, realized) \
	"{\"type\":\"position\",\"ts\":\"" DAY1 "\",\"sym\":\"" sym "\",\"qty\":" qty \
	",\"avg_price\":" avg ",\"realized_pnl\":" realized "}\n"

static void
runs(const struct stage_kind *kind, const char *opts, const char *input, const char *has,
    const char *name)
{
	struct t_stage t;
	int rc = t_stage_run(&t, kind, opts, input);

	is_i64(rc, 0, "%s (%s)", name, t.err.msg);
	ok(strstr(buf_z(&t.out), has) != NULL, "%s: has %s", name, has);
	t_stage_free(&t);
}

static void
venue(void)
{
	runs(&ibkr_exec_kind, "--paper --latency 106751d",
	    BAR(DAY1, "10") WM(DAY2) ORDER(DAY2, "x", "buy", "1") BAR(DAY2, "10"),
	    "\"status\":\"new\"", "a latency beyond the end of time");
	runs(&ibkr_exec_kind, "--paper --trading-day FX",
	    BAR(FIRST, "10") WM(FIRST) ORDER(FIRST, "x", "buy", "1") BAR(LAST, "10") WM(LAST),
	    "\"type\":\"fill\"", "the first and the last instant");
	runs(&ibkr_exec_kind,
	    "--paper --capital 9e12 --commission none --margin 0 --maintenance 0 --borrow-rate 100",
	    BAR(DAY1, "1000") WM(DAY1) ORDER(DAY1, "x", "sell_short", "9e9") BAR(DAY2, "1000")
		WM(DAY2) WM("2024-01-09T00:00:00.000000000Z"),
	    "\"type\":\"portfolio\"", "fees on a short position as large as can be");
	runs(&ibkr_exec_kind, "--paper --capital 9e12 --commission none --margin 0 --maintenance 0",
	    BAR(DAY1, "100") WM(DAY1) ORDER(DAY1, "x", "buy", "9e9") BAR(
		DAY2, "100") "{\"type\":\"corporate_action\",\"ts\":\"" DAY2
			     "\",\"sym\":\"A\",\"action\":\"dividend\",\"amount\":1000}\n" WM(DAY2),
	    "\"cash\":" MOST, "a dividend beyond the most there is");
}

static void
gate(void)
{
	char path[] = "/tmp/t_extremes.XXXXXX", opts[100];
	int fd = mkstemp(path);

	ok(fd >= 0 && write(fd, "{}", 2) == 2 && close(fd) == 0, "limits");
	snprintf(opts, sizeof opts, "-l %s", path);
	runs(&risk_gate_kind, opts,
	    BAR(DAY1, "10") FILL("e", "buy", "1", "10", "") FOLIO(DAY1, MOST, MOST) WM(DAY1)
		FOLIO(DAY2, "-" MOST, "-" MOST) ORDER(DAY2, "x", "buy", "1"),
	    "\"x\"", "all the money there is, then as much debt");
	runs(&risk_gate_kind, opts,
	    BAR(DAY1, "10") FILL("e", "buy", "1", "10", ",\"commission\":-" MOST) FILL("f", "buy",
		"1", "10", ",\"commission\":-" MOST) FILL("g", "sell", "1", "-" UNITS, "")
		HELD("A", UNITS, UNITS, MOST) HELD("B", "-" UNITS, UNITS, MOST)
		    HELD("C", UNITS, UNITS, "-" MOST) HELD("A", "-" UNITS, UNITS, "-" MOST)
			FOLIO(DAY1, "0", "0") ORDER(DAY2, "x", "buy", "1"),
	    "\"x\"", "positions and gains beyond what fits");
	runs(&risk_gate_kind, opts,
	    BAR(DAY1, "10") HELD("A", "-" UNITS, "1", "0") FOLIO(
		DAY1, "1", "1") "{\"type\":\"target\",\"ts\":\"" DAY1
				"\",\"sym\":\"A\",\"strategy\":\"s\",\"position\":" UNITS "}\n",
	    "\"rule\":\"overflow\"", "a target too far away");
	char keep[160];
	snprintf(keep, sizeof keep, "%s --state %s.state", opts, path);
	runs(&risk_gate_kind, keep,
	    BAR(DAY1, "10") HELD("OIL", "5", "-37.63", "0") HELD("GAS", "-5", "-1", "0")
		FOLIO(DAY1, "1", "1"),
	    "\"OIL\"", "positions at negative prices");
	runs(&risk_gate_kind, keep, BAR(DAY2, "10"), "\"bar\"", "are read back");
	snprintf(keep, sizeof keep, "%s.state", path);
	unlink(keep);
	unlink(path);
}

static void
report(void)
{
	runs(&perf_report_kind, "-O json", FOLIO(DAY1, MOST, MOST) FOLIO(DAY2, "-" MOST, "-" MOST),
	    "\"net_profit\": -922337203", "from all the money to as much debt");
	runs(&perf_report_kind, "-O json",
	    FILL("e", "buy", "1", "10", ",\"commission\":" MOST ",\"arrival_price\":-" UNITS)
		FILL("f", "sell", "1", "10", ",\"commission\":" MOST)
		    FILL("g", "buy", "1", "10", ",\"commission\":" MOST) FILL(
			"h", "buy", "1", "12", ",\"correction_of\":\"g\",\"commission\":-" MOST),
	    "\"commission\": ", "commissions");
	runs(&perf_report_kind, "-O json",
	    FILL("e", "buy", UNITS, "1", "") FILL("f", "buy", UNITS, "1", "")
		HELD("A", "-" UNITS, "1", "0"),
	    "\"fills\": 2", "quantities");
}

int
main(void)
{
	venue();
	gate();
	report();
	return done_testing();
}
