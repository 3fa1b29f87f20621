/*
 * No look-ahead, for every filter of the catalogue: what a stage has written after n records does
 * not depend on the records behind them, wherever the cut is, and carries no time that was not
 * known yet. (The feed, a source, is cut by its files in test/ibkr-feed.bats; a report writes
 * only at the end.)
 */
#include "base/rng.h"
#include "io/in.h"
#include "rec/codec.h"
#include "stage/args.h"
#include "unit/t.h"

#define CUTS 12

struct capture {
	struct stage base; /* the end of the chain */
	struct buf out;
	int64_t now; /* latest time of knowledge of the input so far */
	int future;  /* records that were stamped later than that */
};

static int
capture_push(struct stage *st, const struct rec *r)
{
	struct capture *c = (struct capture *)st;

	/* targets, orders, fills, bars ...: nothing of tomorrow */
	if (r->type != REC_unknown && rec_known(r) > c->now && !r->raw.p)
		c->future++;
	rec_enc_json(&c->out, r);
	return 0;
}

static const struct stage_kind capture_kind = {
	.name = "capture", .takes = UINT32_MAX, .push = capture_push
};

static void
no_note(void *arg, const struct stage *st, int level, const char *text)
{
	(void)arg, (void)st, (void)level, (void)text;
}

static int
no_text(void *arg, const char *p, size_t n)
{
	(void)arg, (void)p, (void)n;
	return 0;
}

static int
no_drain(void *arg)
{
	(void)arg;
	return 0;
}

/* The input, read once. */
static char *lines;
static size_t *line_at, nlines;

static void
read_lines(const char *path)
{
	size_t cap = 0, acap = 0, len = 0;
	struct io_in *in;
	struct err e;
	const char *p;
	size_t n;

	nlines = 0;
	in = io_in_open(path, &e);
	if (!in) {
		t_note("%s", e.msg);
		exit(1);
	}
	while (io_in_line(in, true, &p, &n, &e) == 1) {
		if (len + n + 1 + REC_PAD > cap)
			lines = realloc(lines, cap = (len + n + REC_PAD) * 2 + 4096);
		if (nlines + 2 > acap)
			line_at = realloc(line_at, (acap = acap * 2 + 1024) * sizeof *line_at);
		line_at[nlines++] = len;
		memcpy(lines + len, p, n);
		lines[len + n] = '\n';
		len += n + 1;
		line_at[nlines] = len;
	}
	memset(lines + len, 0, REC_PAD);
	io_in_free(in);
}

/* What the stage writes for the first n lines, its input still open. */
static int
run_prefix(const char *command, size_t n, struct buf *out)
{
	char copy[512], *argv[32], *save = NULL;
	struct capture cap = { .base.kind = &capture_kind };
	struct stage_env env = { .note = no_note, .text = no_text, .drain = no_drain };
	struct stage head = { .kind = &capture_kind, .env = &env };
	struct err e = { 0 };
	struct rec_dec *d;
	struct args a;
	int argc = 0, rc;

	snprintf(copy, sizeof copy, "%s", command);
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	argv[argc] = NULL;
	rc = args_parse(&a, stage_kind_find(argv[0]), argc, argv, &e);
	env.syms = symtab_new();
	env.err = &e;
	d = rec_dec_new(env.syms, NULL);
	cap.base.env = &env;
	if (rc == 0) {
		a.st->env = &env;
		a.st->down = &cap.base;
		head.down = a.st;
		rc = a.kind->open(a.st);
	}
	for (size_t i = 0; i < n && rc >= 0; i++) {
		struct rec r;

		rc = rec_dec_line(
		    d, lines + line_at[i], line_at[i + 1] - line_at[i] - 1, UINT32_MAX, &r, &e);
		if (rc != 1)
			continue;
		if (rec_known(&r) > cap.now)
			cap.now = rec_known(&r);
		rc = stage_emit(&head, &r);
	}
	if (rc < 0)
		t_note("%s: %s", command, e.msg);
	if (a.st->env && a.kind->close)
		a.kind->close(a.st);
	args_free(&a);
	rec_dec_free(d);
	symtab_free(env.syms);
	*out = cap.out;
	return rc < 0 ? rc : cap.future;
}

static void
prefix_case(const char *command)
{
	struct buf whole = { 0 };
	struct rng r;
	int differ = 0, future = run_prefix(command, nlines, &whole);

	is_i64(future, 0, "%s: nothing is stamped with a time not known yet", command);
	ok(whole.len > 0, "it writes something (%zu bytes)", whole.len);
	rng_seed(&r, 5);
	for (int k = 0; k < CUTS; k++) {
		size_t n = rng_below(&r, nlines);
		struct buf part = { 0 };

		if (run_prefix(command, n, &part) < 0 || part.len > whole.len ||
		    memcmp(part.p ? part.p : "", whole.p, part.len) != 0) {
			t_note("cut after %zu lines", n);
			differ++;
		}
		buf_free(&part);
	}
	is_i64(differ, 0, "%d random cuts: a prefix of the whole", CUTS);
	buf_free(&whole);
}

int
main(void)
{
	read_lines(t_data("prefix/ticks.ndjson.gz"));
	prefix_case("bar-agg -i 1m");
	prefix_case("bar-agg -i 7m --session XNYS --empty flat");
	prefix_case("bar-agg -i 1m --lateness 5s");
	prefix_case("bar-agg -i 100t");
	prefix_case("bar-agg --runs tick --threshold ewma");
	prefix_case("bar-agg --imbalance volume --threshold ewma");
	prefix_case("bar-agg -i 1m --style renko --brick 0.02");
	read_lines(t_data("prefix/bars.ndjson.gz"));
	prefix_case("rl-act --policy rule:buy-hold");
	prefix_case("rl-act --policy rule:sma-cross,fast=3,slow=9,size=1,short=1");
	prefix_case("rl-act --policy rule:momentum,lookback=20,skip=2,top=2,every=5");
	prefix_case("rl-act --policy rule:mean-revert");
	prefix_case("rl-act --policy rule:breakout");
	prefix_case("feat-calc -e r=pct(close) --benchmark KO --cross "
		    "rank(r),zscore(r),rs(r),rs_bench(r),advance,ad_line,mcclellan,above_ma(9)");
	prefix_case("feat-calc -e r=pct(close) --benchmark KO --factors "
		    "beta(20),ewma(9),kalman,mom(2,1) --cross rank(beta_20),robust(mom_2_1)");
	prefix_case("pattern-scan --candles --rules chen-tsai --chart --features");
	prefix_case("gaf-encode -n 12 -m 5 -c culr --range 01 --scale culr-shared");
	prefix_case("gaf-encode -n 12 -l 5 -c close,gap,body-rank --range 01 --scale true-range");
	prefix_case("gaf-encode -n 9 -c close --method mtf --bins 3 --labels patterns");
	prefix_case("regime-detect -M vol-quantile:window=40,cusum:n=20,bocpd,trend:n=20");
	prefix_case("regime-detect -M phase:fast=5:slow=20,ewma:cut=0.001 --on-change");
	prefix_case("feat-calc --set core --set alpha158 --timeframes 2d,1w");
	prefix_case("feat-calc --expr r=cs_zscore(logret(close,3))+ema(pct(close),9)");
	read_lines(t_data("prefix/targets.ndjson.gz"));
	char gate[256];
	const char *root = getenv("TP_ROOT");

	snprintf(gate, sizeof gate, "risk-gate -l %s/examples/limits.json", root ? root : ".");
	prefix_case(gate);
	prefix_case("signal-mix --targets --confirm 1:10d");
	prefix_case("signal-mix --targets -m hedge --every 5d");
	read_lines(t_data("prefix/orders.ndjson.gz"));
	prefix_case("ibkr-exec --paper");
	prefix_case("ibkr-exec --paper --participation 0.1 --slippage bps:2 --latency 1bars");
	free(lines);
	free(line_at);
	return done_testing();
}
