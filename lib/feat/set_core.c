/*
 * The set `core`: what one would want of a series by default, about fifty columns in nine groups,
 * free of the price's scale. The groups are in core_price.c and core_series.c.
 */
#include <assert.h>
#include <stdlib.h>

#include "feat/core.h"

#include "base/mem.h"
#include "base/num.h"

static const struct core_group *const groups[CORE_NGROUPS] = { &core_returns, &core_shape,
	&core_trend, &core_windows, &core_vol, &core_garch, &core_moments, &core_memory,
	&core_calendar };

#define ARG(kind, name, field, lo, hi) \
	{ \
		kind, name, offsetof(struct core_args, field), lo, hi, NULL \
	}
#define MOST 100000 /* bars of a window */

/* clang-format off */
static const struct setarg core_table[] = {
	{ SETARG_WORDS, "groups", offsetof(struct core_args, groups), 0, 0, CORE_GROUPS },
	ARG(SETARG_INTS, "lags", lags, 1, MOST),
	ARG(SETARG_INTS, "windows", windows, 2, MOST),
	ARG(SETARG_INT, "rsi", rsi, 2, MOST),
	ARG(SETARG_INT, "atr", atr, 1, MOST),
	ARG(SETARG_INTS, "macd", macd, 1, MOST),
	ARG(SETARG_INT, "vol", vol, 2, MOST),
	ARG(SETARG_F64, "lambda", lambda, 0.001, 0.9999),
	ARG(SETARG_F64, "annual", annual, 1, 1e9),
	ARG(SETARG_F64S, "garch", garch, 0, 1e9),
	ARG(SETARG_INT, "fit", fit, 50, MOST),
	ARG(SETARG_INT, "every", every, 1, MOST),
	ARG(SETARG_INT, "moments", moments, 4, MOST),
	ARG(SETARG_INT, "hurst", hurst, 64, MOST),
	ARG(SETARG_INT, "entropy", entropy, 8, MOST),
	ARG(SETARG_INT, "order", order, 3, 5),
	ARG(SETARG_F64, "d", d, 0.01, 2),
	ARG(SETARG_F64, "threshold", threshold, 1e-5, 0.5),
	{ SETARG_STR, "session", offsetof(struct core_args, session), 0, 0, NULL },
	{ SETARG_END, NULL, 0, 0, 0, NULL },
};
/* clang-format on */

static const struct core_args usual = {
	.groups = (1u << CORE_NGROUPS) - 1,
	.lags = { 3, { 1, 5, 20 } },
	.windows = { 3, { 5, 20, 60 } },
	.rsi = 14,
	.atr = 14,
	.macd = { 3, { 12, 26, 9 } },
	.vol = 20,
	.lambda = 0.94,
	.annual = 1,
	.fit = 500,
	.every = 250,
	.moments = 60,
	.hurst = 256,
	.entropy = 128,
	.order = 3,
	.d = 0.4,
	.threshold = 1e-3,
};

struct state {
	struct core *c; /* one block, from start to stop */
};

static int
check(const struct core_args *a, struct err *e)
{
	const double *g = a->garch.v;

	if (a->macd.n != 3 || a->macd.v[0] >= a->macd.v[1])
		return err_set(e, ERR_USAGE,
		    "set core: macd takes FAST;SLOW;SIGNAL with FAST below SLOW, as 12;26;9");
	if (a->garch.n && (a->garch.n != 3 || g[0] <= 0 || g[1] + g[2] >= 1))
		return err_set(e, ERR_USAGE,
		    "set core: garch takes OMEGA;ALPHA;BETA with OMEGA above 0 and ALPHA + BETA "
		    "below 1");
	return 0;
}

static void
core_close(struct feat_set *s)
{
	struct core_args *a = s->params;

	if (!a)
		return;
	sessions_free(a->hours);
	setargs_free(core_table, a);
	free(a);
}

static int
core_open(struct feat_set *s, const char *args, struct err *e)
{
	struct core_args *a = s->params = mem_alloc(sizeof *a);
	int rc;

	*a = usual;
	if ((rc = setargs_parse(core_table, a, "core", args, e)) < 0 || (rc = check(a, e)) < 0)
		return rc;
	if (a->session && !(a->hours = sessions_open(a->session, NULL, e)))
		return err_wrap(e, "set core: session=%s", a->session);
	s->state_size = sizeof(struct state);
	for (size_t i = 0; i < CORE_NGROUPS; i++)
		if (a->groups & (1u << i))
			groups[i]->names(s, a);
	return 0;
}

static int
longest(const struct setarg_ints *l, int most)
{
	for (size_t i = 0; i < l->n; i++)
		most = l->v[i] > most ? l->v[i] : most;
	return most;
}

static struct core *
lay_out(const struct core_args *a, struct roll_mem *m)
{
	struct core dry = { 0 }, *block = roll_take(m, 1, sizeof *block);
	struct core *c = block ? block : &dry;

	c->prev = c->prev_ret = NAN;
	roll_past_init(&c->closes, (size_t)longest(&a->lags, longest(&a->windows, 1)) + 1, m);
	vol_range_init(&c->vol, (size_t)a->vol, a->lambda, m);
	for (size_t i = 0; i < CORE_NGROUPS; i++)
		if (groups[i]->init && (a->groups & (1u << i)))
			groups[i]->init(c, a, m);
	return block;
}

static void
core_start(const struct feat_set *s, void *state)
{
	struct state *st = state;
	struct roll_mem m = { 0 };

	lay_out(s->params, &m);
	m = (struct roll_mem){ mem_alloc(m.n), 0 };
	st->c = lay_out(s->params, &m);
}

static void
core_stop(const struct feat_set *s, void *state)
{
	struct state *st = state;

	(void)s;
	free(st->c);
	st->c = NULL;
}

static void
core_push(const struct feat_set *s, void *state, const struct feat_bar *b, double *out)
{
	struct core *c = ((struct state *)state)->c;
	const struct core_args *a = s->params;
	double expected = c->vol.any ? sqrt(c->vol.v) : NAN, *o = out;

	roll_past_push(&c->closes, b->close);
	vol_range_push(&c->vol, b, &c->v);
	c->z = c->v.ret / expected;
	c->log_close = b->close > 0 ? num_log(b->close) : NAN;
	for (size_t i = 0; i < CORE_NGROUPS; i++)
		if (a->groups & (1u << i))
			o = groups[i]->push(c, a, b, o);
	assert(o == out + s->n);
	c->prev = b->close;
	c->prev_ret = c->v.ret;
	for (size_t i = 0; i < s->n; i++)
		if (roll_bad(out[i]))
			out[i] = NAN;
}

const struct feat_set_kind feat_set_core = {
	.name = "core",
	.about = "returns, trend, volatility, moments, memory and calendar of a series",
	.open = core_open,
	.start = core_start,
	.push = core_push,
	.stop = core_stop,
	.close = core_close,
};
