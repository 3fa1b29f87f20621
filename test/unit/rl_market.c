/*
 * The market environment against the tools that trade: the same decisions through risk-gate and
 * ibkr-exec --paper, two accounts of their own, give the same fills and the same equity.
 */
#include "rl/market_env.h"
#include "stage/args.h"
#include "t.h"

#include <pthread.h>
#include <unistd.h>

#include "base/mem.h"

/* A day's bar of one or two symbols, made by a small generator: gaps, ranges, volumes. */
static char *
make_data(const char *name, size_t nsym, size_t days)
{
	static char path[200];
	const char *tmp = getenv("TMPDIR");
	struct rng g;
	double px[2] = { 50, 120 };

	snprintf(
	    path, sizeof path, "%s/rl_market.%ld.%s.csv", tmp ? tmp : "/tmp", (long)getpid(), name);
	FILE *f = fopen(path, "w");
	if (!f)
		return NULL;
	rng_seed(&g, 42);
	fprintf(f, "ts,sym,open,high,low,close,volume\n");
	for (size_t d = 0; d < days; d++) {
		int y, m, day;

		tim_civil(17000 + (int64_t)d, &y, &m, &day);
		for (size_t s = 0; s < nsym; s++) {
			double o = px[s] * (1 + 0.004 * rng_normal(&g));
			double c = o * (1 + 0.012 * rng_normal(&g));
			double h = fmax(o, c) * (1 + 0.004 * rng_uniform(&g));
			double l = fmin(o, c) * (1 - 0.004 * rng_uniform(&g));

			fprintf(f, "%04d-%02d-%02dT00:00:00Z,%s,%.2f,%.2f,%.2f,%.2f,%d\n", y, m,
			    day, s ? "BBB" : "AAA", o, h + 0.01, l - 0.01, c,
			    (int)(1e5 * (1 + rng_uniform(&g))));
			px[s] = c;
		}
	}
	fclose(f);
	return path;
}

/* ---- the tools: risk-gate and ibkr-exec, a stage each ---- */
struct told {
	struct buf fills;
	int64_t equity, ts;
	size_t nfills;
};

static void
tell(struct told *t, const struct rec *r)
{
	if (r->type == REC_fill) {
		rec_enc_json(&t->fills, r);
		t->nfills++;
	} else if (r->type == REC_portfolio) {
		t->equity = r->portfolio.equity;
		t->ts = r->ts;
	}
}

static int
traced(void *arg, const struct rec *r)
{
	tell(arg, r);
	return 0;
}

struct tools {
	struct args gate, exec;
	char *argv[2][8];
	struct stage_env env;
	struct {
		struct stage base;
		struct told *told;
	} tail;
	struct err err;
};

static int
tail_push(struct stage *st, const struct rec *r)
{
	struct told *const *t = (struct told *const *)(const void *)(st + 1);

	tell(*t, r);
	return 0;
}
static const struct stage_kind tail_kind = {
	.name = "tail", .takes = UINT32_MAX, .push = tail_push, .watermark = tail_push
};

static void
no_note(void *arg, const struct stage *st, int level, const char *text)
{
	(void)arg, (void)st, (void)level, (void)text;
}

static char **
words(char **to, const char *const *from, int n)
{
	for (int i = 0; i < n; i++)
		to[i] = mem_dup(from[i], strlen(from[i]));
	return to;
}

static bool
tools_open(struct tools *t, struct symtab *syms, const char *const *gate, int ngate,
    const char *const *exec, int nexec, struct told *told)
{
	memset(t, 0, sizeof *t);
	t->env = (struct stage_env){ .syms = syms, .err = &t->err, .note = no_note };
	if (args_parse(&t->gate, &risk_gate_kind, ngate, words(t->argv[0], gate, ngate), &t->err) ||
	    args_parse(&t->exec, stage_kind_find("ibkr-exec"), nexec,
		words(t->argv[1], exec, nexec), &t->err))
		return false;
	t->tail.base = (struct stage){ .kind = &tail_kind, .env = &t->env };
	t->tail.told = told;
	t->gate.st->env = t->exec.st->env = &t->env;
	t->gate.st->common = &t->gate.common;
	t->exec.st->common = &t->exec.common;
	t->gate.st->down = t->exec.st;
	t->exec.st->down = &t->tail.base;
	return t->gate.kind->open(t->gate.st) == 0 && t->exec.kind->open(t->exec.st) == 0;
}

static void
tools_close(struct tools *t)
{
	t->gate.kind->close(t->gate.st);
	t->exec.kind->close(t->exec.st);
	args_free(&t->gate);
	args_free(&t->exec);
	for (int i = 0; i < 8; i++) {
		free(t->argv[0][i]);
		free(t->argv[1][i]);
	}
}

static int
tools_instant(struct tools *t, const struct rl_market *k, size_t at)
{
	struct rec wm;
	int rc = 0;

	for (uint32_t i = k->at[at].from; i < k->at[at].to && rc == 0; i++)
		rc = k->ev[i].type == REC_watermark ? t->gate.kind->watermark(t->gate.st, &k->ev[i])
						    : t->gate.kind->push(t->gate.st, &k->ev[i]);
	rec_init(&wm, REC_watermark, k->at[at].ts, NULL);
	return rc ? rc : t->gate.kind->watermark(t->gate.st, &wm);
}

static int
tools_target(struct tools *t, const struct sym *sym, int64_t ts, bool is_weight, double v)
{
	struct rec r;

	rec_init(&r, REC_target, ts, sym);
	rec_set(&r, F_target_strategy, r.target.strategy, str_z("rl-env"));
	if (is_weight)
		rec_set(&r, F_target_weight, r.target.weight, v);
	else
		rec_set(&r, F_target_position, r.target.position, (int64_t)llround(v * 1e9));
	return t->gate.kind->push(t->gate.st, &r);
}

static char limits_path[200];

static void
make_limits(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(limits_path, sizeof limits_path, "%s/rl_market.%ld.limits.json",
	    tmp ? tmp : "/tmp", (long)getpid());
	FILE *f = fopen(limits_path, "w");
	if (!f)
		return;
	/* so tight that some orders are refused and the drawdown halts in the end */
	fprintf(f, "{\"max_position_equity_pct\":60,\"max_order_equity_pct\":110,"
		   "\"max_drawdown_pct\":12,\"drawdown_action\":\"reduce\"}\n");
	fclose(f);
}

static void
test_trade_units(const char *data)
{
	struct rl_param p[] = { { "data", data }, { "action", "position" }, { "size", "1100" },
		{ "slippage", "bps:3" }, { "limits", limits_path } };
	const char *gate[] = { "risk-gate", "-l", limits_path, "--slippage", "bps:3" };
	const char *exec[] = { "ibkr-exec", "--paper", "--slippage", "bps:3" };
	struct told env_told = { .equity = 0 }, tool_told = { .equity = 0 };
	struct err e = { 0 };
	struct rl_env *v = rl_env_make(&rl_env_market, p, 5, 1, &e);
	struct tools t;
	struct rng g;
	size_t same = 0, steps = 0, rejects;
	int side = 0;

	if (!ok(v != NULL, "a market with limits opens: %s", e.msg) || !v)
		return;
	struct market_env *m = rl_market_of(v);
	is_i64(rl_market_trace(v, traced, &env_told, &e), 0, "traced");
	ok(tools_open(&t, m->market->syms, gate, 5, exec, 4, &tool_told), "tools: %s", t.err.msg);
	float *obs = mem_array(v->nobs, sizeof *obs);
	struct rl_out out = { 0 };
	is_i64(rl_env_reset(v, 0, 7, obs), 0, "reset");
	for (size_t i = 0; i <= m->market->first; i++)
		tools_instant(&t, m->market, i);
	rng_seed(&g, 5);
	while (!out.truncated && !out.terminated) {
		struct market_copy *c = rl_env_copy(v, 0);
		int next = rng_uniform(&g) < 0.3 ? (int)rng_below(&g, 3) - 1 : side;
		float act = (float)(next + 1);

		if (next != side)
			tools_target(
			    &t, m->market->sym[0], m->market->at[c->t].ts, false, 1100.0 * next);
		side = next;
		if (rl_env_step(v, 0, &act, obs, &out))
			break;
		tools_instant(&t, m->market, c->t);
		steps++;
		same += tool_told.equity == c->equity && tool_told.ts == m->market->at[c->t].ts;
	}
	rejects = ((struct market_copy *)rl_env_copy(v, 0))->nrejects;
	is_i64(
	    (int64_t)same, (int64_t)steps, "equity to the micro at each of %zu watermarks", steps);
	ok(steps > 300, "the whole span");
	ok(env_told.nfills > 50, "%zu fills", env_told.nfills);
	ok(rejects > 0, "%zu orders refused", rejects);
	is_str(buf_z(&env_told.fills), buf_z(&tool_told.fills), "the same fills, byte for byte");
	tools_close(&t);
	free(obs);
	rl_env_free(v);
	buf_free(&env_told.fills);
	buf_free(&tool_told.fills);
}

/* Two symbols, weights that change all the time, no limits but the account's own. */
static void
test_trade_weights(const char *data)
{
	struct rl_param p[] = { { "data", data }, { "action", "weights" },
		{ "commission", "rate:0.001" } };
	const char *gate[] = { "risk-gate", "-l", limits_path, "--commission", "rate:0.001" };
	const char *exec[] = { "ibkr-exec", "--paper", "--commission", "rate:0.001" };
	struct told env_told = { .equity = 0 }, tool_told = { .equity = 0 };
	struct err e = { 0 };
	struct rl_env *v = rl_env_make(&rl_env_market, p, 3, 2, &e);
	struct tools t;
	struct rng g;
	size_t same = 0, steps = 0;
	FILE *f = fopen(limits_path, "w");

	if (f) {
		fprintf(f, "{}\n");
		fclose(f);
	}
	if (!ok(v != NULL, "two symbols: %s", e.msg) || !v)
		return;
	struct market_env *m = rl_market_of(v);
	rl_market_trace(v, traced, &env_told, &e);
	ok(tools_open(&t, m->market->syms, gate, 5, exec, 4, &tool_told), "tools: %s", t.err.msg);
	float *obs = mem_array(v->nobs, sizeof *obs);
	struct rl_out out = { 0 };
	rl_env_reset(v, 1, 7, obs);
	for (size_t i = 0; i <= m->market->first; i++)
		tools_instant(&t, m->market, i);
	rng_seed(&g, 6);
	while (!out.truncated && !out.terminated) {
		struct market_copy *c = rl_env_copy(v, 1);
		float act[2];

		for (int i = 0; i < 2; i++) /* their sizes never add up to more than 1 */
			act[i] = (float)(rng_uniform(&g) - 0.5);
		for (int i = 0; i < 2; i++)
			tools_target(&t, m->market->sym[i], m->market->at[c->t].ts, true, act[i]);
		if (rl_env_step(v, 1, act, obs, &out))
			break;
		tools_instant(&t, m->market, c->t);
		steps++;
		same += tool_told.equity == c->equity;
	}
	is_i64((int64_t)same, (int64_t)steps, "weights: equity at each of %zu watermarks", steps);
	ok(env_told.nfills > 300, "%zu fills", env_told.nfills);
	is_str(buf_z(&env_told.fills), buf_z(&tool_told.fills), "weights: the same fills");
	tools_close(&t);
	free(obs);
	rl_env_free(v);
	buf_free(&env_told.fills);
	buf_free(&tool_told.fills);
}

/* A copy is a function of its seed and its actions; a saved one goes on as if never stopped. */
static void
test_copies(const char *data)
{
	struct rl_param p[] = { { "data", data }, { "pipeline", "feat-calc --only ret_1,rsi_14" },
		{ "window", "5" }, { "steps", "60" }, { "random-start", "true" },
		{ "slip-low", "0" }, { "slip-high", "20" }, { "reward", "diff-sharpe" } };
	struct err e = { 0 };
	struct rl_env *v = rl_env_make(&rl_env_market, p, 8, 3, &e);
	struct rl_env *w = v ? rl_env_make(&rl_env_market, p, 8, 3, &e) : NULL;
	struct rng g;
	struct rl_out a, b;
	size_t same = 0, starts = 0;

	if (!ok(w != NULL, "features: %s", e.msg) || !v || !w)
		return;
	struct market_env *m = rl_market_of(v);
	float *o1 = mem_array(v->nobs, sizeof *o1), *o2 = mem_array(v->nobs, sizeof *o2);
	is_i64((int64_t)v->nobs, 5 * 3 + 1 + 6, "window of ret, ret_1 and rsi, then the account");
	is_str(v->obs_names[0], "ret[-4]", "oldest first");
	is_str(v->obs_names[15], "position.AAA", "then the position");
	rl_env_reset(v, 0, 11, o1);
	rl_env_reset(v, 1, 12, o2);
	starts = ((struct market_copy *)rl_env_copy(v, 0))->start !=
		 ((struct market_copy *)rl_env_copy(v, 1))->start;
	ok(starts, "seeds begin at different instants");
	rl_env_reset(v, 2, 11, o2);
	is_mem((char *)o1, v->nobs * sizeof *o1, (char *)o2, v->nobs * sizeof *o2,
	    "the same seed begins alike in every copy");
	rng_seed(&g, 1);
	struct buf saved = { 0 };
	for (int i = 0; i < 60; i++) {
		float act = (float)rng_below(&g, 3);

		if (i == 30) {
			rl_env_save(v, &saved);
			ok(rl_env_load(w, saved.p, saved.len), "a saved world is read back");
		}
		rl_env_step(v, 0, &act, o1, &a);
		rl_env_step(i < 30 ? v : w, 2, &act, o2, &b);
		same += a.reward == b.reward && memcmp(o1, o2, v->nobs * sizeof *o1) == 0;
	}
	is_i64((int64_t)same, 60, "copies agree, and the restored one goes on alike");
	ok(a.truncated && !a.terminated, "cut off after 60 steps");
	ok(!rl_env_load(w, saved.p, saved.len - 1), "a short state is refused");
	(void)m;
	buf_free(&saved);
	free(o1);
	free(o2);
	rl_env_free(v);
	rl_env_free(w);
}

/* What is seen and earned until instant t does not change when the data goes on differently. */
static void
test_prefix(const char *data)
{
	char shorter[220], line[256];
	size_t lines = 0, same = 0;
	struct err e = { 0 };

	snprintf(shorter, sizeof shorter, "%s.short", data);
	FILE *in = fopen(data, "r"), *out = fopen(shorter, "w");
	if (!in || !out) {
		ok(false, "files");
		return;
	}
	while (lines < 150 && fgets(line, sizeof line, in)) {
		fputs(line, out);
		lines++;
	}
	fclose(in);
	fclose(out);
	struct rl_param p[] = { { "data", data }, { "pipeline", "feat-calc --only rsi_14" } };
	struct rl_param q[] = { { "data", shorter }, { "pipeline", "feat-calc --only rsi_14" } };
	struct rl_env *v = rl_env_make(&rl_env_market, p, 2, 1, &e);
	struct rl_env *w = rl_env_make(&rl_env_market, q, 2, 1, &e);
	if (!ok(v && w, "two lengths of one market: %s", e.msg) || !v || !w)
		return;
	/* episode_left and the bars to come differ, nothing else may */
	size_t nobs = v->nobs - 2, steps = 0;
	float o1[64], o2[64];
	struct rl_out a = { 0 }, b = { 0 };
	rl_env_reset(v, 0, 1, o1);
	rl_env_reset(w, 0, 1, o2);
	while (!b.truncated) {
		float act = (float)(steps * 7 % 3);

		rl_env_step(v, 0, &act, o1, &a);
		rl_env_step(w, 0, &act, o2, &b);
		steps++;
		same += a.reward == b.reward && memcmp(o1, o2, nobs * sizeof *o1) == 0;
	}
	ok(steps > 100, "%zu steps", steps);
	is_i64((int64_t)same, (int64_t)steps, "the future changes nothing before it");
	rl_env_free(v);
	rl_env_free(w);
	remove(shorter);
}

/* Copies in two threads, and one after the other: the same. */
struct half {
	struct rl_env *v;
	size_t from, to;
	double sum[8];
};

static void *
play(void *arg)
{
	struct half *h = arg;
	float obs[64];
	struct rl_out out;

	for (size_t i = h->from; i < h->to; i++) {
		rl_env_reset(h->v, i, 100 + i, obs);
		h->sum[i] = 0;
		for (size_t k = 0; k < 100; k++) {
			float act = (float)((k * (i + 3)) % 3);

			if (rl_env_step(h->v, i, &act, obs, &out) || out.terminated ||
			    out.truncated)
				break;
			h->sum[i] += out.reward + obs[0] + obs[3];
		}
	}
	return NULL;
}

static void
test_threads(const char *data)
{
	struct rl_param p[] = { { "data", data }, { "random-start", "true" }, { "steps", "120" },
		{ "weight", "0.5" } };
	struct err e = { 0 };
	struct rl_env *v = rl_env_make(&rl_env_market, p, 4, 8, &e);
	struct half both[2] = { { v, 0, 4, { 0 } }, { v, 4, 8, { 0 } } }, all = { v, 0, 8, { 0 } };
	pthread_t thread;
	size_t same = 0;

	if (!ok(v != NULL, "eight copies: %s", e.msg) || !v)
		return;
	if (!ok(pthread_create(&thread, NULL, play, &both[0]) == 0, "a thread"))
		return;
	play(&both[1]);
	pthread_join(thread, NULL);
	play(&all);
	for (size_t i = 0; i < 8; i++)
		same += all.sum[i] == both[i / 4].sum[i] && all.sum[i] != 0;
	is_i64((int64_t)same, 8, "threads change nothing");
	rl_env_free(v);
}

static long
column(const struct rl_env *v, const char *name)
{
	for (size_t i = 0; i < v->nobs; i++)
		if (strcmp(v->obs_names[i], name) == 0)
			return (long)i;
	return -1;
}

/* Patterns, regimes, other policies and other timeframes in the observation; a source of its own.
 */
static void
test_columns(const char *data)
{
	struct rl_param p[] = { { "data", data },
		{ "pipeline", "pattern-scan --candles | regime-detect | "
			      "rl-act -p rule:sma-cross,fast=3,slow=9,weight=0.25" },
		{ "reward", "shaped" } };
	struct rl_param q[] = { { "pipeline", "tick-gen --ticks 20000 --seed 5 | bar-agg -i 1m | "
					      "feat-calc -t 5m --only ret_1,ret_1_5m" } };
	struct err e = { 0 };
	struct rl_env *v = rl_env_make(&rl_env_market, p, 3, 1, &e);
	struct rl_env *w;
	size_t patterns = 0, regimes = 0, steps = 0, targets = 0;
	struct rl_out out = { 0 };

	if (!ok(v != NULL, "patterns, regimes, a policy: %s", e.msg) || !v)
		return;
	float *obs = mem_array(v->nobs, sizeof *obs);
	long pattern = column(v, "pattern"), target = column(v, "target");
	ok(pattern >= 0 && target >= 0, "columns of both");
	for (size_t i = 0; i < v->nobs; i++)
		regimes += strncmp(v->obs_names[i], "regime.", 7) == 0;
	ok(regimes > 0, "%zu regime models", regimes);
	rl_env_reset(v, 0, 1, obs);
	while (!out.truncated && !out.terminated && pattern >= 0 && target >= 0) {
		float act = obs[target] > 0 ? 2 : 1;

		targets += obs[target] == 0.25f;
		if (rl_env_step(v, 0, &act, obs, &out))
			break;
		steps++;
		patterns += obs[pattern] != 0;
	}
	ok(patterns > 10 && patterns < steps, "%zu of %zu instants have a pattern", patterns,
	    steps);
	ok(targets > 10, "%zu follow the policy", targets);
	free(obs);
	rl_env_free(v);
	w = rl_env_make(&rl_env_market, q, 1, 1, &e);
	if (ok(w != NULL, "made-up bars, two timeframes: %s", e.msg) && w)
		ok(column(w, "ret_1") >= 0 && column(w, "ret_1_5m") >= 0, "both are seen");
	rl_env_free(w);
}

static void
test_faults(const char *data)
{
	static const struct {
		struct rl_param p[3];
		size_t n;
		const char *words;
	} cases[] = {
		{ { { "action", "weights" } }, 1, "where do the bars come from" },
		{ { { "data", "DATA" }, { "pipeline", "risk-gate -l x" } }, 2, "has an account" },
		{ { { "data", "DATA" }, { "pipeline", "perf-report" } }, 2, "nothing comes out" },
		{ { { "data", "DATA" }, { "pipeline", "no-such" } }, 2, "no tool is named" },
		{ { { "data", "DATA" }, { "action", "none" } }, 2, "there are position" },
		{ { { "data", "DATA" }, { "reward", "none" } }, 2, "there are log-return" },
		{ { { "data", "DATA" }, { "steps", "5000" } }, 2, "the episode wants" },
		{ { { "data", "DATA" }, { "slip-low", "3" } }, 2, "slip-high" },
		{ { { "data", "DATA" }, { "pipeline", "feat-calc --only no_such" } }, 2, "" },
		{ { { "data", "no/such/file" } }, 1, "no/such/file" },
		{ { { "data", "DATA" }, { "limits", "no/such/limits" } }, 2, "no/such/limits" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct rl_param p[3];
		struct err e = { 0 };

		memcpy(p, cases[i].p, sizeof p);
		if (strcmp(p[0].value, "DATA") == 0)
			p[0].value = data;
		struct rl_env *v = rl_env_make(&rl_env_market, p, cases[i].n, 1, &e);
		if (cases[i].words[0])
			ok(!v && strstr(e.msg, cases[i].words), "refused: %s", e.msg);
		rl_env_free(v);
	}
}

/* ---- each symbol a market of its own; spans ---- */
/* Is copy 0 of both, step by step under the same actions, the same? */
static bool
same_run(struct rl_env *a, struct rl_env *b, uint64_t seed_a, uint64_t seed_b)
{
	float *x = mem_array(a->nobs, sizeof *x), *y = mem_array(b->nobs, sizeof *y), act;
	struct rl_out p = { 0 }, q = { 0 };
	bool same = a->nobs == b->nobs && rl_env_reset(a, 0, seed_a, x) == 0 &&
		    rl_env_reset(b, 0, seed_b, y) == 0;

	for (int i = 0; same && !p.truncated && !p.terminated; i++) {
		same = memcmp(x, y, a->nobs * sizeof *x) == 0;
		act = (float)(i * 7 % 3);
		same = same && rl_env_step(a, 0, &act, x, &p) == 0 &&
		       rl_env_step(b, 0, &act, y, &q) == 0 && p.reward == q.reward &&
		       p.truncated == q.truncated && p.terminated == q.terminated;
	}
	free(x);
	free(y);
	return same;
}

static void
test_each(const char *two)
{
	char text[900];
	struct err e = { 0 };
	static const char *const syms[] = { "AAA", "BBB" };
	const char *more = "window=3,slippage=bps:5,reward=log-return";

	snprintf(text, sizeof text, "market,each=true,data=%s,%s", two, more);
	struct rl_env *v = rl_env_new(text, 2, &e);
	ok(v && rl_market_episodes(v) == 2 && v->act.n == 3, "each: two markets: %s", e.msg);
	for (size_t i = 0; i < 2 && v; i++) {
		snprintf(text, sizeof text,
		    "market,pipeline=ibkr-feed -q --replay %s --symbols %s,%s", two, syms[i], more);
		struct rl_env *w = rl_env_new(text, 1, &e);
		ok(w && same_run(v, w, 10 + i, 3), "each: %s is as if it were alone: %s", syms[i],
		    e.msg);
		rl_env_free(w);
	}
	rl_env_free(v);
}

/* A watermark that only says that a session opened is no instant to decide at. */
static void
test_openings(const char *one)
{
	char text[600];
	struct err e = { 0 };
	size_t days = 0, clocks = 0;

	snprintf(text, sizeof text, "market,data=%s,pipeline=bar-agg -i 1d --session XNYS", one);
	struct rl_env *v = rl_env_new(text, 1, &e);
	ok(v != NULL, "bars of sessions: %s", e.msg);
	if (!v)
		return;
	const struct rl_market *k = rl_market_of(v)->market;
	for (size_t t = 0; t < k->n; t++) {
		bool bar = false;

		for (uint32_t i = k->at[t].from; i < k->at[t].to; i++) {
			bar |= k->ev[i].type == REC_bar;
			clocks += k->ev[i].type == REC_watermark;
		}
		days += bar;
	}
	ok(days == k->n && days > 200, "every instant has a bar: %zu of %zu", days, k->n);
	ok(clocks > 200, "the %zu openings are events", clocks);
	/* time goes on in a market of one symbol as it does in all of them */
	struct rl_market *part;
	if (ok(rl_market_split(k, &part, &e) == 0, "split: %s", e.msg)) {
		for (uint32_t i = 0; i < part->nev; i++)
			clocks -= part->ev[i].type == REC_watermark;
		is_i64((int64_t)clocks, 0, "and are so in a part");
		rl_market_free(part);
		free(part);
	}
	rl_env_free(v);
}

static void
test_span(const char *one)
{
	char text[600];
	struct err e = { 0 };
	struct rl_out out = { 0 };
	float *x, *y, act = 1;
	int64_t from, to, ts, day = 17100 * TIM_DAY;

	snprintf(text, sizeof text, "market,data=%s,window=2", one);
	struct rl_env *all = rl_env_new(text, 1, &e);
	snprintf(text, sizeof text,
	    "market,data=%s,window=2,from=2016-10-26T00:00:00Z,to=2016-12-05T00:00:00Z", one);
	struct rl_env *v = rl_env_new(text, 1, &e);
	ok(v && all && tim_day(day) == 17100, "a span: %s", e.msg);
	if (!v || !all)
		return;
	ok(rl_market_span(v, &from, &to) == 40 && from == day && to == day + 39 * TIM_DAY,
	    "it has 40 instants, its end is not in it");
	x = mem_array(v->nobs, sizeof *x);
	y = mem_array(v->nobs, sizeof *y);
	rl_env_reset(v, 0, 1, x);
	rl_env_reset(all, 0, 1, y);
	while (rl_market_equity(all, 0, &ts) > 0 && ts < day &&
	       rl_env_step(all, 0, &act, y, &out) == 0)
		continue;
	ok(ts == day && memcmp(x, y, 4 * sizeof *x) == 0, "and begins with what was before");
	int n = 0;
	for (out = (struct rl_out){ 0 }; !out.truncated && n < 100; n++)
		if (rl_env_step(v, 0, &act, x, &out))
			break;
	ok(n == 39 && rl_market_equity(v, 0, &ts) > 0 && ts == to, "it ends there: %d steps", n);
	free(x);
	free(y);
	rl_env_free(v);
	rl_env_free(all);
	snprintf(text, sizeof text, "market,data=%s,from=2030-01-01T00:00:00Z", one);
	v = rl_env_new(text, 1, &e);
	ok(!v && strstr(e.msg, "instants"), "a span without data: %s", e.msg);
}

int
main(void)
{
	char one[200], two[200], *p;

	make_limits();
	p = make_data("one", 1, 400);
	snprintf(one, sizeof one, "%s", p);
	p = make_data("two", 2, 300);
	snprintf(two, sizeof two, "%s", p);
	test_trade_units(one);
	test_trade_weights(two);
	test_copies(one);
	test_prefix(one);
	test_threads(one);
	test_columns(one);
	test_each(two);
	test_openings(one);
	test_span(one);
	test_faults(one);
	remove(one);
	remove(two);
	remove(limits_path);
	return done_testing();
}
