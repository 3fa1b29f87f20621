#include "rl/market_env.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

#define M(field) OPT_OFF(struct market_env, field)
static const struct opt market_opts[] = {
	{ .kind = OPT_STR,
	    .name = "pipeline",
	    .arg = "'STAGE | ...'",
	    .help = "stages between the bars and the decision: 'feat-calc --set core'",
	    .off = M(pipeline) },
	{ .kind = OPT_TEXTS,
	    .name = "data",
	    .arg = "FILE|...",
	    .help = "what ibkr-feed --replay reads, when the pipeline has no source",
	    .off = M(data) },
	{ .kind = OPT_STR,
	    .name = "limits",
	    .arg = "FILE",
	    .help = "what the risk gate allows, limits(5); without it: whole lots and ticks only",
	    .off = M(limits) },
	{ .kind = OPT_STR,
	    .name = "strategy",
	    .arg = "NAME",
	    .help = "strategy in targets and orders",
	    .dflt = "rl-env",
	    .off = M(strategy) },
	{ .kind = OPT_INT,
	    .name = "window",
	    .arg = "N",
	    .help = "instants of columns in an observation",
	    .dflt = "1",
	    .off = M(window),
	    .lo = 1,
	    .hi = 100000 },
	{ .kind = OPT_INT,
	    .name = "steps",
	    .arg = "N",
	    .help = "steps of an episode; 0: to the end of the data",
	    .dflt = "0",
	    .off = M(steps),
	    .lo = 0,
	    .hi = 1000000000 },
	{ .kind = OPT_FLAG,
	    .name = "random-start",
	    .help = "begin an episode anywhere, by its seed",
	    .off = M(random_start) },
	{ .kind = OPT_FLAG,
	    .name = "each",
	    .help = "each symbol is a market of its own; an episode's is its seed modulo their "
		    "number",
	    .off = M(each) },
	{ .kind = OPT_TIME,
	    .name = "from",
	    .arg = "TIME",
	    .help = "episodes use the instants from here on; columns are made of all before, too",
	    .off = M(from) },
	{ .kind = OPT_TIME,
	    .name = "to",
	    .arg = "TIME",
	    .help = "... and before this one",
	    .off = M(to) },
	{ .kind = OPT_F64,
	    .name = "slip-low",
	    .arg = "BP",
	    .help = "an episode's slippage is drawn from here ...",
	    .dflt = "-1",
	    .off = M(slip_lo) },
	{ .kind = OPT_F64,
	    .name = "slip-high",
	    .arg = "BP",
	    .help = "... to here, basis points; below 0: --slippage as it is",
	    .dflt = "-1",
	    .off = M(slip_hi) },
	{ .kind = OPT_F64,
	    .name = "rate-low",
	    .arg = "PART",
	    .help = "an episode's commission is drawn from here ...",
	    .dflt = "-1",
	    .off = M(rate_lo) },
	{ .kind = OPT_F64,
	    .name = "rate-high",
	    .arg = "PART",
	    .help = "... to here, part of the value; below 0: --commission as it is",
	    .dflt = "-1",
	    .off = M(rate_hi) },
	{ .kind = OPT_GROUP, .group = action_options, .off = M(action) },
	{ .kind = OPT_GROUP, .group = reward_options, .off = M(reward) },
	{ .kind = OPT_GROUP, .group = stop_options, .off = M(stop) },
	{ .kind = OPT_GROUP, .group = account_options, .off = M(account) },
	{ .kind = OPT_END },
};

static int
emit_down(void *arg, const struct rec *r)
{
	return stage_emit(arg, r);
}

/* ---- opening ---- */
int
market_gate_open(struct market_env *m, struct gate *g, struct err *e)
{
	struct stage_env env = { .syms = m->market->syms, .err = e, .note = market_hush };
	int rc;

	g->base.kind = &risk_gate_kind;
	g->base.env = &env;
	g->account_opts = m->account;
	g->limits_file = m->limits;
	if (m->limits) {
		rc = risk_gate_kind.open(&g->base);
	} else {
		g->risk.emit = emit_down;
		g->risk.arg = &g->base;
		g->wm = g->risk.now = TIM_NONE;
		rc = limits_parse(&g->risk.limits, m->market->syms, "no limits", "{}", 2, e);
		if (rc == 0) {
			g->risk.account =
			    account_new(&g->account_opts, m->market->syms, NULL, NULL, e);
			rc = g->risk.account ? 0 : e->code;
		}
	}
	g->base.env = NULL;
	return rc;
}

static int
check_ranges(const struct market_env *m, struct err *e)
{
	if ((m->slip_hi >= 0) != (m->slip_lo >= 0) || m->slip_hi < m->slip_lo)
		return err_set(
		    e, ERR_USAGE, "slip-low and slip-high: both, the first not above the second");
	if ((m->rate_hi >= 0) != (m->rate_lo >= 0) || m->rate_hi < m->rate_lo)
		return err_set(
		    e, ERR_USAGE, "rate-low and rate-high: both, the first not above the second");
	return 0;
}

/* The instants that episodes in k may use. False when they are too few. */
static bool
bound(const struct market_env *m, struct rl_market *k)
{
	size_t end = k->n;

	k->first = k->ready + (size_t)m->window - 1; /* a window of whole instants */
	while (m->from != TIM_NONE && k->first < k->n && k->at[k->first].ts < m->from)
		k->first++;
	while (m->to != TIM_NONE && end > 0 && k->at[end - 1].ts >= m->to)
		end--;
	k->last = end ? end - 1 : 0;
	return end > k->first + (m->steps > 0 ? (size_t)m->steps : 1);
}

static int
too_short(const struct market_env *m, const struct rl_market *k, struct err *e)
{
	if (k->ready + 1 >= k->n)
		return err_set(e, ERR_DATA, "the column %s is never ready", k->names[k->late]);
	if (m->from != TIM_NONE && m->to != TIM_NONE && m->from >= m->to)
		return err_set(e, ERR_DATA, "`from` is not before `to`: are they swapped?");
	return err_set(e, ERR_DATA,
	    "the data has %zu instants%s; %zu pass before all columns and the window are "
	    "there, and the episode wants %zu more",
	    k->last + 1, m->to != TIM_NONE ? " before `to`" : "", k->first,
	    m->steps > 0 ? (size_t)m->steps + 1 : (size_t)2);
}

static int
load(struct market_env *m, struct err *e)
{
	int rc = rl_market_load(&m->whole, m->pipeline, m->data.v, m->data.n, e);

	if (rc == 0 && m->each)
		rc = rl_market_split(&m->whole, &m->market, e);
	m->nmarkets = rc ? 0 : m->each ? m->whole.nsym : 1;
	if (rc == 0 && !m->each) {
		m->market = mem_array(1, sizeof *m->market);
		m->market[0] = m->whole;
		m->whole = (struct rl_market){ 0 };
	}
	return rc;
}

/* Leave those that have too few instants: a symbol that came late, or went. */
static int
keep_long(struct market_env *m, struct err *e)
{
	size_t n = 0;
	int64_t *most = &m->base.most_steps;

	for (size_t i = 0; i < m->nmarkets; i++)
		n += bound(m, &m->market[i]);
	if (n == 0)
		return too_short(m, m->market, e);
	n = 0;
	for (size_t i = 0; i < m->nmarkets; i++) {
		struct rl_market k = m->market[i];

		if (!bound(m, &k)) {
			rl_market_free(&k);
			continue;
		}
		if (*most < (int64_t)(k.last - k.first))
			*most = (int64_t)(k.last - k.first);
		m->market[n++] = k;
	}
	m->nmarkets = n;
	return 0;
}

static int
market_open(struct rl_env *v, struct err *e)
{
	struct market_env *m = (struct market_env *)v;
	int rc = check_ranges(m, e);

	m->reward_kind = rc == 0 ? reward_find(&m->reward, e) : NULL;
	if (!m->reward_kind)
		return e->code;
	rc = load(m, e);
	if (rc == 0)
		rc = keep_long(m, e);
	if (rc == 0)
		rc = action_open(m, e);
	if (rc == 0)
		rc = market_observe_open(m, e);
	if (rc)
		return rc;
	if (m->steps)
		v->most_steps = m->steps;
	v->data_hash = m->market->hash;
	m->gates = mem_array(v->n, sizeof *m->gates);
	for (size_t i = 0; i < v->n && rc == 0; i++)
		rc = market_gate_open(m, &m->gates[i], e);
	return rc;
}

static void
market_close(struct rl_env *v)
{
	struct market_env *m = (struct market_env *)v;

	for (size_t i = 0; i < v->n && m->gates; i++)
		risk_gate_kind.close(&m->gates[i].base);
	free(m->gates);
	for (size_t i = 0; i < m->nnames; i++)
		free(m->names[i]);
	free(m->names);
	action_close(&m->action);
	for (size_t i = 0; i < m->nmarkets; i++)
		rl_market_free(&m->market[i]);
	free(m->market);
	rl_market_free(&m->whole);
}

/* ---- for rl-env and tests ---- */
struct market_env *
rl_market_of(struct rl_env *v)
{
	return v->kind == &rl_env_market ? (struct market_env *)v : NULL;
}

size_t
rl_market_episodes(struct rl_env *v)
{
	return rl_market_of(v)->nmarkets;
}

double
rl_market_equity(struct rl_env *v, size_t i, int64_t *ts)
{
	const struct market_copy *c = rl_env_copy(v, i);

	*ts = c->market->at[c->t].ts;
	return num_of_micro(c->equity);
}

int64_t
rl_market_span(struct rl_env *v, int64_t *from, int64_t *to)
{
	const struct market_env *m = rl_market_of(v);
	size_t first = m->market->first, last = m->market->last;

	for (size_t i = 1; i < m->nmarkets; i++) {
		first = m->market[i].first < first ? m->market[i].first : first;
		last = m->market[i].last > last ? m->market[i].last : last;
	}
	*from = m->market->at[first].ts;
	*to = m->market->at[last].ts;
	return (int64_t)(last - first + 1);
}

static int
trace_out(void *arg, const struct rec *r)
{
	struct market_env *m = arg;

	return m->trace(m->trace_arg, r);
}

int
rl_market_trace(struct rl_env *v, rl_trace_fn fn, void *arg, struct err *e)
{
	struct market_env *m = rl_market_of(v);

	if (!m)
		return err_set(e, ERR_USAGE, "only the market environment makes records");
	m->trace = fn;
	m->trace_arg = arg;
	for (size_t i = 0; i < v->n; i++) {
		struct risk *k = &m->gates[i].risk;

		account_free(k->account);
		k->account = account_new(&m->account, m->market->syms, trace_out, m, e);
		if (!k->account)
			return e->code;
	}
	return 0;
}

const struct rl_env_kind rl_env_market = {
	.name = "market",
	.about = "trade recorded or made-up bars through the risk gate and the paper account",
	.opts = market_opts,
	.size = sizeof(struct market_env),
	.copy_size = sizeof(struct market_copy),
	.open = market_open,
	.reset = market_copy_reset,
	.step = market_copy_step,
	.save = market_copy_save,
	.load = market_copy_load,
	.close = market_close,
	.close_copy = market_copy_close,
};
