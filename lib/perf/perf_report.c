/* The stage perf-report: a sink that turns a run into a report. */
#include "perf/perf_report.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "perf/export.h"
#include "perf/file.h"
#include "perf/svg.h"
#include "perf/write.h"
#include "stage/args.h"

#define REPAINT_RECORDS 100000 /* the screen is redrawn at most this often while input pours in */

struct report {
	struct stage base;
	/* options */
	int output, session;    /* enum format; index in SESSIONS */
	struct opt_list series; /* --returns */
	const char *returns, *benchmark, *benchmark_file, *instruments;
	const char *trades_file, *equity_file, *svg;
	double periods, rf, dsr_stdev;
	int64_t dsr_trials, width, every;
	struct opt_list require;
	bool ascii, allow_ruin, list;
	/* state */
	struct perf_run run;   /* the one that is read */
	struct perf_run *runs; /* those of several files, read; NULL: run is the only one */
	size_t nruns;
	uint64_t skipped; /* bad lines of files */
	struct err first_bad;
	struct perf_params params;
	struct instruments *instr;
	struct perf_gate *gates;
	struct perf_export *trades, *equity; /* CSV files; NULL: none */
	bool utf8, live, done;
	int64_t now, painted; /* event time; when the screen was drawn */
	uint64_t records, painted_records;
};

enum format { TABLE, JSON, CSV, NDJSON };
#define SESSIONS "XNYS|XNYS-ext|XNAS|CMES|FX|24x7"
#define SESSION_24X7 5

#define O(field) OPT_OFF(struct report, field)
static const struct opt report_opts[] = {
	{ OPT_CHOICE, 'O', "output", "FORMAT", "a table for people, or json, csv or ndjson",
	    "table", "table|json|csv|ndjson", NULL, O(output), 0, 0 },
	{ OPT_LIST, 0, "returns", "FILE,...",
	    "report on CSV files of period returns instead; - is stdin", NULL, NULL, NULL,
	    O(series), 0, 0 },
	{ OPT_F64, 0, "periods", "N", "periods a year (252; 365 with --session 24x7)", NULL, NULL,
	    NULL, O(periods), 0, 0 },
	{ OPT_F64, 0, "rf", "RATE", "risk-free rate a year, as 0.02", "0", NULL, NULL, O(rf), 0,
	    0 },
	{ OPT_CHOICE, 0, "session", "NAME", "24x7: a year has 365 trading days; others 252", "XNYS",
	    SESSIONS, NULL, O(session), 0, 0 },
	{ OPT_STR, 0, "benchmark", "SYM", "compare with this symbol's prices in the stream", NULL,
	    NULL, NULL, O(benchmark), 0, 0 },
	{ OPT_STR, 0, "benchmark-file", "FILE",
	    "compare with a CSV file of date and close or return", NULL, NULL, NULL,
	    O(benchmark_file), 0, 0 },
	{ OPT_LIST, 0, "require", "GATE",
	    "exit 6 unless it holds, as 'sharpe>1.5'; several allowed", NULL, NULL, NULL,
	    O(require), 0, 0 },
	{ OPT_FLAG, 0, "list-metrics", NULL,
	    "print the names that --require takes, and read nothing", NULL, NULL, NULL, O(list), 0,
	    0 },
	{ OPT_INT, 0, "dsr-trials", "N", "trials tried, for the deflated Sharpe ratio", "0", NULL,
	    NULL, O(dsr_trials), 0, INT64_MAX },
	{ OPT_F64, 0, "dsr-stdev", "S", "deviation of the trials' Sharpe ratios, per period", "0",
	    NULL, NULL, O(dsr_stdev), 0, 0 },
	{ OPT_FLAG, 0, "allow-ruin", NULL, "take returns below -100 % as the loss of everything",
	    NULL, NULL, NULL, O(allow_ruin), 0, 0 },
	{ OPT_STR, 0, "instruments", "FILE", "contract multipliers: CSV of sym and multiplier",
	    NULL, NULL, NULL, O(instruments), 0, 0 },
	{ OPT_STR, 0, "trades", "FILE", "write the closed trades to FILE as CSV", NULL, NULL, NULL,
	    O(trades_file), 0, 0 },
	{ OPT_STR, 0, "equity", "FILE", "write every account record to FILE as CSV", NULL, NULL,
	    NULL, O(equity_file), 0, 0 },
	{ OPT_STR, 0, "svg", "FILE", "draw equity and drawdown into FILE", NULL, NULL, NULL, O(svg),
	    0, 0 },
	{ OPT_SPAN, 0, "every", "SPAN",
	    "on a terminal: redraw when SPAN of the stream's time passed", NULL, NULL, NULL,
	    O(every), 0, 0 },
	{ OPT_INT, 0, "width", "COLUMNS", "width of the table", "80", NULL, NULL, O(width), 80,
	    400 },
	{ OPT_FLAG, 0, "ascii", NULL, "draw with ASCII characters only", NULL, NULL, NULL, O(ascii),
	    0, 0 },
	{ 0 },
};

/* Whether the locale of the environment writes UTF-8. */
static bool
locale_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *z = getenv(names[i]);

		if (z && *z)
			return strcasestr(z, "utf-8") || strcasestr(z, "utf8");
	}
	return false;
}

static int
open_params(struct report *m)
{
	struct stage *st = &m->base;
	struct perf_params *p = &m->params;

	*p = (struct perf_params){ 252, m->rf, m->dsr_trials, m->dsr_stdev };
	if (m->session == SESSION_24X7)
		p->periods = 365;
	if (m->periods != 0)
		p->periods = m->periods;
	if (p->periods <= 0)
		return stage_fail(st, ERR_USAGE, "--periods must be above 0");
	if (m->rf <= -1)
		return stage_fail(
		    st, ERR_USAGE, "--rf must be above -1 (it is a part: 0.02 is 2 %%)");
	if (m->dsr_stdev < 0)
		return stage_fail(st, ERR_USAGE, "--dsr-stdev must not be below 0");
	if (m->dsr_trials == 1)
		return stage_fail(
		    st, ERR_USAGE, "--dsr-trials: one trial deflates nothing; want 2 or more");
	if (m->benchmark && m->benchmark_file)
		return stage_fail(st, ERR_USAGE, "--benchmark and --benchmark-file: one of them");
	if (m->returns && (m->trades_file || m->equity_file || m->benchmark))
		return stage_fail(st, ERR_USAGE,
		    "--returns knows no fills: not with --trades, --equity or --benchmark");
	if (m->returns && st->nargs > 0)
		return stage_fail(st, ERR_USAGE,
		    "--returns %s and %s: a series of returns or files of runs", m->returns,
		    st->args[0]);
	if (st->nargs > 1 && (m->trades_file || m->equity_file))
		return stage_fail(
		    st, ERR_USAGE, "--trades and --equity are of one run, not of several files");
	return 0;
}

static int
read_returns(struct report *m, const char *path)
{
	struct stage *st = &m->base;
	struct perf_read how = { m->allow_ruin, false };
	int rc = perf_series_read(path, &how, &m->run.series, st->env->err);

	if (rc < 0)
		return stage_fail(st, rc, "%s", strdupa(st->env->err->msg));
	if (how.looks_like_prices)
		stage_note(st, 1,
		    "%s: the returns look like prices (none below 0, one above 1); "
		    "they are taken as returns",
		    path);
	perf_run_join(&m->run);
	return 0;
}

static int
trade_ended(void *arg, const struct perf_trade *tr)
{
	struct report *m = arg;

	return m->trades ? perf_export_trade(m->trades, tr, m->base.env->err) : 0;
}

/* A new run, nothing read yet. */
static int
begin(struct report *m)
{
	struct stage *st = &m->base;

	m->run = (struct perf_run){ .mode = m->returns ? PERF_RETURNS : PERF_PIPELINE,
		.params = m->params,
		.source = m->returns,
		.bench_name = m->benchmark ? m->benchmark : m->benchmark_file };
	if (m->benchmark_file &&
	    perf_closes_read(m->benchmark_file, &m->run.closes, st->env->err) < 0)
		return st->env->err->code;
	if (m->returns)
		return 0;
	m->run.trades = perf_trades_new(m->instr);
	perf_trades_on_end(m->run.trades, trade_ended, m);
	if (m->benchmark) {
		m->run.bench = symtab_get(st->env->syms, str_z(m->benchmark));
		if (!m->run.bench)
			return stage_fail(st, ERR_USAGE, "--benchmark %s: no symbol", m->benchmark);
	}
	return 0;
}

static int
open_stream(struct report *m)
{
	struct err *e = m->base.env->err;

	m->instr = instruments_open(m->instruments, e);
	if (!m->instr)
		return e->code;
	if (m->trades_file && !(m->trades = perf_export_trades_open(m->trades_file, e)))
		return e->code;
	if (m->equity_file && !(m->equity = perf_export_equity_open(m->equity_file, e)))
		return e->code;
	return 0;
}

static void
take_watermark(struct report *m, const struct rec *wm)
{
	perf_trades_settle(m->run.trades);
	m->now = wm->ts;
}

static int
take_rare(struct report *m, const struct rec *r)
{
	struct stage *st = &m->base;
	int rc = perf_run_push(&m->run, r, st->env->syms);

	if (rc != ERR_DATA)
		return rc;
	return stage_fail(st, rc,
	    r->type == REC_fill ? "a fill of %s is too large to count"
				: "a corporate action of %s does not fit its position",
	    r->sym->name);
}

/* One other record of the stream or of a file. */
static int
take(struct report *m, const struct rec *r)
{
	m->records++;
	if (r->type == REC_bar) {
		perf_run_bar(&m->run, r);
		return 0;
	}
	if (r->type != REC_portfolio)
		return take_rare(m, r);
	m->now = r->ts;
	perf_run_portfolio(&m->run, r);
	return m->equity ? perf_export_equity(m->equity, r, m->base.env->err) : 0;
}

static int
take_from_file(void *arg, const struct rec *r)
{
	if (r->type != REC_watermark)
		return take(arg, r);
	take_watermark(arg, r);
	return 0;
}

static int
read_file(struct report *m, const char *path)
{
	struct stage *st = &m->base;
	const struct common_opts *c = st->common;
	struct perf_file f = { .layout = { .columns = c->columns,
				   .sym = c->sym,
				   .type = c->type,
				   .no_header = c->no_header },
		.syms = st->env->syms,
		.want = st->kind->takes,
		.skip_bad = c->skip_bad };
	int rc = perf_file_each(path, &f, take_from_file, m, st->env->err);

	if (f.skipped > 0 && m->skipped == 0)
		m->first_bad = f.first_bad;
	m->skipped += f.skipped;
	return rc < 0 ? stage_fail(st, rc, "%s", strdupa(st->env->err->msg)) : 0;
}

/* Files of runs, or of returns: one is the report's, several are put side by side. */
static int
read_files(struct report *m, const char *const *files, size_t n)
{
	int (*read)(struct report *, const char *) = m->returns ? read_returns : read_file;
	int rc = 0;

	m->base.no_input = true;
	if (n == 1)
		return read(m, files[0]);
	m->runs = mem_array(n, sizeof *m->runs);
	for (size_t i = 0; i < n && rc == 0; i++) {
		if (m->returns)
			m->returns = files[i];
		if (i > 0)
			rc = begin(m);
		if (rc == 0)
			rc = read(m, files[i]);
		if (rc == 0)
			perf_run_values(&m->run);
		m->runs[i] = m->run;
		m->runs[i].file = files[i];
		m->runs[i].base = i > 0 ? m->runs : NULL;
		m->run = (struct perf_run){ .mode = m->runs[0].mode };
		m->nruns++;
	}
	return rc;
}

static int
report_open(struct stage *st)
{
	struct report *m = (struct report *)st;
	struct err *e = st->env->err;
	int rc;

	m->returns = m->series.n ? m->series.v[0] : NULL;
	rc = open_params(m);

	enum perf_mode mode = m->returns ? PERF_RETURNS : PERF_PIPELINE;

	if (rc < 0)
		return rc;
	m->run.mode = mode;
	if (m->list) {
		st->no_input = true;
		return 0;
	}
	rc = perf_gates_parse(&m->require, mode, &m->gates, e);
	if (rc == 0 && !m->returns)
		rc = open_stream(m);
	if (rc == 0)
		rc = begin(m);
	if (rc < 0)
		return rc;
	m->utf8 = !m->ascii && locale_utf8();
	m->live = m->every > 0 && st->env->tty && m->output == TABLE && st->nargs == 0;
	m->now = m->painted = TIM_NONE;
	if (m->returns)
		return read_files(m, m->series.v, m->series.n);
	return st->nargs > 0 ? read_files(m, st->args, st->nargs) : 0;
}

static int
write_list(struct report *m)
{
	struct buf out = { 0 };
	int rc;

	perf_metrics_list(m->run.mode, &out);
	rc = stage_text(&m->base, out.p, out.len);
	buf_free(&out);
	return rc;
}

static void
write_runs(struct report *m, const struct perf_look *look, struct buf *out)
{
	switch ((enum format)m->output) {
	case TABLE: perf_compare_table(m->runs, m->nruns, look, out); break;
	case JSON: perf_compare_json(m->runs, m->nruns, out); break;
	case CSV: perf_compare_csv(m->runs, m->nruns, out); break;
	case NDJSON:
		for (size_t i = 0; i < m->nruns; i++)
			perf_write_ndjson(&m->runs[i], out);
		break;
	}
}

static int
write_report(struct report *m, const char *before)
{
	struct buf out = { 0 };
	struct perf_look look = { (int)m->width, m->utf8 };
	int rc;

	buf_puts(&out, before);
	if (m->runs) {
		write_runs(m, &look, &out);
	} else {
		perf_run_values(&m->run);
		switch ((enum format)m->output) {
		case TABLE: perf_write_table(&m->run, &look, &out); break;
		case JSON: perf_write_json(&m->run, &out); break;
		case CSV: perf_write_csv(&m->run, &out); break;
		case NDJSON: perf_write_ndjson(&m->run, &out); break;
		}
	}
	rc = stage_text(&m->base, out.p, out.len);
	buf_free(&out);
	return rc;
}

static int
repaint(struct report *m)
{
	m->painted = m->now;
	m->painted_records = m->records;
	int rc = write_report(m, "\033[H\033[2J"); /* home, clear */

	return rc < 0 ? rc : stage_drain(&m->base);
}

/* Time is the stream's: a stage reads no clock. */
static bool
is_due(const struct report *m)
{
	return m->live && !m->done && m->now != TIM_NONE &&
	       (m->painted == TIM_NONE || m->now - m->painted >= m->every);
}

static int
report_push(struct stage *st, const struct rec *r)
{
	struct report *m = (struct report *)st;

	if (__builtin_expect(!st->no_input, 1))
		return take(m, r);
	if (m->list) /* at the end of a pipe-run */
		return 0;
	return stage_fail(st, ERR_USAGE, "reads %s: nothing can come before it in a pipe",
	    m->returns ? m->returns : st->args[0]);
}

static int
report_watermark(struct stage *st, const struct rec *wm)
{
	struct report *m = (struct report *)st;

	if (st->no_input)
		return m->list ? 0 : report_push(st, wm);
	take_watermark(m, wm);
	if (is_due(m) && m->records - m->painted_records >= REPAINT_RECORDS)
		return repaint(m);
	return 0;
}

static int
report_idle(struct stage *st)
{
	struct report *m = (struct report *)st;

	return is_due(m) ? repaint(m) : 0;
}

static void
missing_benchmark(struct report *m)
{
	for (size_t i = 0; i < m->nruns || i == 0; i++) {
		const struct perf_run *run = m->runs ? &m->runs[i] : &m->run;

		if (run->bench && run->bench_px == 0 && run->account.records > 0)
			stage_note(&m->base, 1, "%s%s--benchmark %s: no price of it came by",
			    run->file ? run->file : "", run->file ? ": " : "", m->benchmark);
	}
}

/* Every run must meet every gate; what is not met is told of all of them. */
static int
check_gates(struct report *m)
{
	struct err *e = m->base.env->err;
	struct buf words = { 0 };

	if (!m->runs)
		return perf_gates_check(m->gates, m->require.n, &m->run.values, e);
	for (size_t i = 0; i < m->nruns; i++)
		if (perf_gates_check(m->gates, m->require.n, &m->runs[i].values, e) < 0)
			buf_printf(
			    &words, "%s%s: %s", words.len ? "; " : "", m->runs[i].file, e->msg);
	if (words.len == 0)
		return 0;
	err_set(e, ERR_GATE, "%s", buf_z(&words));
	buf_free(&words);
	return ERR_GATE;
}

static int
report_flush(struct stage *st)
{
	struct report *m = (struct report *)st;
	struct err *e = st->env->err;
	int rc = 0;

	m->done = true;
	if (m->list)
		return write_list(m);
	if (m->trades)
		rc = perf_export_close(&m->trades, e);
	if (m->equity && rc == 0)
		rc = perf_export_close(&m->equity, e);
	if (rc < 0)
		return rc;
	missing_benchmark(m);
	rc = write_report(m, m->live ? "\033[H\033[2J" : "");
	if (rc == 0 && m->svg)
		rc = perf_svg_write(m->svg, m->runs ? m->runs : &m->run, m->runs ? m->nruns : 1, e);
	if (rc == 0 && (m->require.n > 0 || m->skipped > 0))
		rc = stage_drain(st); /* the report first, then the verdict */
	if (rc == 0 && m->require.n > 0)
		rc = check_gates(m);
	if (m->skipped == 0 || (rc < 0 && rc != ERR_GATE))
		return rc;
	if (rc == 0)
		return stage_fail(st, ERR_DATA, "%llu bad lines skipped, the first: %s",
		    (unsigned long long)m->skipped, m->first_bad.msg);
	stage_note(st, 0, "%llu bad lines skipped, the first: %s", (unsigned long long)m->skipped,
	    m->first_bad.msg);
	return rc;
}

static void
report_close(struct stage *st)
{
	struct report *m = (struct report *)st;
	struct err e;

	perf_export_close(&m->trades, &e);
	perf_export_close(&m->equity, &e);
	perf_run_free(&m->run);
	for (size_t i = 0; i < m->nruns; i++)
		perf_run_free(&m->runs[i]);
	free(m->runs);
	instruments_free(m->instr);
	free(m->gates);
}

const struct stage_kind perf_report_kind = {
	.name = "perf-report",
	.about = "turns a run into statistics, a table with plots, or JSON; checks gates",
	.operands = "[FILE ...]",
	.opts = report_opts,
	.size = sizeof(struct report),
	.takes = REC_MARKET | REC_BIT(portfolio) | REC_BIT(position) | REC_BIT(fill) |
		 REC_BIT(order_status) | REC_BIT(reject) | REC_BIT(alert) |
		 REC_BIT(corporate_action),
	.main_type = REC_portfolio,
	.sink = true,
	.open = report_open,
	.push = report_push,
	.watermark = report_watermark,
	.flush = report_flush,
	.idle = report_idle,
	.close = report_close,
};
