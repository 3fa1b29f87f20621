/*
 * Rules that follow: buy and hold, the cross of two moving averages, the channel breakout.
 * Prices are compared as integers, so that a tie is a tie on every machine and a sum never drifts.
 */
#include "rl/policy.h"

#include <stdlib.h>

#include "base/mem.h"

/* ---- buy-hold ---- */
struct hold {
	struct rl_sided sided;
};

static const struct opt hold_params[] = { RL_SIDED_PARAMS(struct hold), { .kind = OPT_END } };

static int
hold_open(struct rl_policy *p, struct err *e)
{
	return rl_sided_open((struct rl_sided *)p, e);
}

static void
hold_bar(struct rl_policy *p, const struct rec *r, bool revised)
{
	(void)revised;
	rl_sided_set((struct rl_sided *)p, r->sym, 1, "hold");
}

const struct rl_rule rl_buy_hold = {
	.name = "buy-hold",
	.about = "buy every symbol at its first bar and keep it",
	.params = hold_params,
	.size = sizeof(struct hold),
	.open = hold_open,
	.bar = hold_bar,
	.decide = rl_sided_decide,
	.close = rl_sided_close,
};

/* ---- sma-cross ---- */
struct cross_sym {
	struct rl_ring close;
	num_i128 fast, slow; /* sums of the last closes, nano */
};

struct cross {
	struct rl_sided sided;
	int64_t fast, slow;
	struct cross_sym *s; /* by symbol id */
	size_t ns;
};

static const struct opt cross_params[] = {
	{ .kind = OPT_INT,
	    .name = "fast",
	    .arg = "BARS",
	    .help = "bars of the fast average",
	    .dflt = "20",
	    .off = OPT_OFF(struct cross, fast),
	    .lo = 1,
	    .hi = 100000 },
	{ .kind = OPT_INT,
	    .name = "slow",
	    .arg = "BARS",
	    .help = "bars of the slow average",
	    .dflt = "50",
	    .off = OPT_OFF(struct cross, slow),
	    .lo = 2,
	    .hi = 100000 },
	RL_SIDED_PARAMS(struct cross),
	RL_SHORT_PARAM(struct cross),
	{ .kind = OPT_END },
};

static int
cross_open(struct rl_policy *p, struct err *e)
{
	struct cross *c = (struct cross *)p;

	if (c->fast >= c->slow)
		return err_set(e, ERR_USAGE, "fast (%lld) must be below slow (%lld)",
		    (long long)c->fast, (long long)c->slow);
	return rl_sided_open(&c->sided, e);
}

static int64_t
cross_needs(const struct rl_policy *p)
{
	return ((const struct cross *)p)->slow;
}

static num_i128
ring_sum(const struct rl_ring *r, int64_t n)
{
	num_i128 sum = 0;

	for (uint32_t k = 0; k < r->n && k < n; k++)
		sum += rl_ring_ago(r, k);
	return sum;
}

/*
 * Long while mean(fast) > mean(slow), out while below, unchanged on a tie: the sums are compared
 * as fast * slow-sum with slow * fast-sum, so no division and no rounding decides. It is the
 * level that counts, not the crossing: a run that warms up above the slow average is long at once.
 */
static void
cross_bar(struct rl_policy *p, const struct rec *r, bool revised)
{
	struct cross *c = (struct cross *)p;
	struct cross_sym *s = MEM_AT(c->s, c->ns, r->sym->id);
	int64_t px = r->bar.close;

	if (revised && s->close.n) {
		int64_t was = rl_ring_ago(&s->close, 0);
		rl_ring_last(&s->close, px);
		s->fast += px - (num_i128)was;
		s->slow += px - (num_i128)was;
	} else {
		if (s->close.n >= c->fast)
			s->fast -= rl_ring_ago(&s->close, (uint32_t)c->fast - 1);
		if (s->close.n >= c->slow)
			s->slow -= rl_ring_ago(&s->close, (uint32_t)c->slow - 1);
		rl_ring_push(&s->close, (uint32_t)c->slow, px);
		s->fast += px;
		s->slow += px;
	}
	if (s->close.n < c->slow)
		return;
	num_i128 f = s->fast * c->slow, w = s->slow * c->fast;
	if (f > w)
		rl_sided_set(&c->sided, r->sym, 1, "fast above slow");
	else if (f < w)
		rl_sided_set(&c->sided, r->sym, c->sided.shorts ? -1 : 0, "fast below slow");
}

static void
cross_split(struct rl_policy *p, const struct sym *sym, double ratio)
{
	struct cross *c = (struct cross *)p;
	struct cross_sym *s = MEM_AT(c->s, c->ns, sym->id);

	rl_ring_split(&s->close, ratio);
	s->fast = ring_sum(&s->close, c->fast);
	s->slow = ring_sum(&s->close, c->slow);
}

static void
cross_close(struct rl_policy *p)
{
	struct cross *c = (struct cross *)p;

	for (size_t i = 0; i < c->ns; i++)
		free(c->s[i].close.v);
	free(c->s);
	rl_sided_close(p);
}

const struct rl_rule rl_sma_cross = {
	.name = "sma-cross",
	.about = "long while the fast moving average is above the slow one",
	.params = cross_params,
	.size = sizeof(struct cross),
	.open = cross_open,
	.bar = cross_bar,
	.split = cross_split,
	.needs = cross_needs,
	.decide = rl_sided_decide,
	.close = cross_close,
};

/* ---- breakout ---- */
struct channel_sym {
	struct rl_ring high, low;
};

struct channel {
	struct rl_sided sided;
	int64_t entry, leave;
	struct channel_sym *s; /* by symbol id */
	size_t ns;
};

static const struct opt channel_params[] = {
	{ .kind = OPT_INT,
	    .name = "entry",
	    .arg = "BARS",
	    .help = "enter above the highest high (below the lowest low) of so many bars before",
	    .dflt = "20",
	    .off = OPT_OFF(struct channel, entry),
	    .lo = 1,
	    .hi = 100000 },
	{ .kind = OPT_INT,
	    .name = "exit",
	    .arg = "BARS",
	    .help = "leave below the lowest low (above the highest high) of so many bars before",
	    .dflt = "10",
	    .off = OPT_OFF(struct channel, leave),
	    .lo = 1,
	    .hi = 100000 },
	RL_SIDED_PARAMS(struct channel),
	RL_SHORT_PARAM(struct channel),
	{ .kind = OPT_END },
};

static int
channel_open(struct rl_policy *p, struct err *e)
{
	struct channel *c = (struct channel *)p;

	if (c->leave > c->entry)
		return err_set(e, ERR_USAGE, "exit (%lld) must not be above entry (%lld)",
		    (long long)c->leave, (long long)c->entry);
	return rl_sided_open(&c->sided, e);
}

/* the channel, and the bar that leaves it */
static int64_t
channel_needs(const struct rl_policy *p)
{
	return ((const struct channel *)p)->entry + 1;
}

/* Highest of the last n values before the newest `from` ones. */
static int64_t
ring_max(const struct rl_ring *r, uint32_t from, int64_t n)
{
	int64_t m = rl_ring_ago(r, from);

	for (uint32_t k = from + 1; k < from + n; k++) {
		int64_t v = rl_ring_ago(r, k);
		m = v > m ? v : m;
	}
	return m;
}

static int64_t
ring_min(const struct rl_ring *r, uint32_t from, int64_t n)
{
	int64_t m = rl_ring_ago(r, from);

	for (uint32_t k = from + 1; k < from + n; k++) {
		int64_t v = rl_ring_ago(r, k);
		m = v < m ? v : m;
	}
	return m;
}

/* Donchian's channel of the bars before this one; a close that only touches it is inside. */
static void
channel_bar(struct rl_policy *p, const struct rec *r, bool revised)
{
	struct channel *c = (struct channel *)p;
	struct channel_sym *s = MEM_AT(c->s, c->ns, r->sym->id);
	uint32_t cap = (uint32_t)c->entry + 1;
	int64_t px = r->bar.close;

	if (revised && s->high.n) {
		rl_ring_last(&s->high, r->bar.high);
		rl_ring_last(&s->low, r->bar.low);
	} else {
		rl_ring_push(&s->high, cap, r->bar.high);
		rl_ring_push(&s->low, cap, r->bar.low);
	}
	if (s->high.n < cap)
		return;
	int now = rl_sided_at(&c->sided, r->sym)->now;
	if (px > ring_max(&s->high, 1, c->entry))
		rl_sided_set(&c->sided, r->sym, 1, "above the channel");
	else if (px < ring_min(&s->low, 1, c->entry) && c->sided.shorts)
		rl_sided_set(&c->sided, r->sym, -1, "below the channel");
	else if (now > 0 && px < ring_min(&s->low, 1, c->leave))
		rl_sided_set(&c->sided, r->sym, 0, "below the exit channel");
	else if (now < 0 && px > ring_max(&s->high, 1, c->leave))
		rl_sided_set(&c->sided, r->sym, 0, "above the exit channel");
}

static void
channel_split(struct rl_policy *p, const struct sym *sym, double ratio)
{
	struct channel *c = (struct channel *)p;
	struct channel_sym *s = MEM_AT(c->s, c->ns, sym->id);

	rl_ring_split(&s->high, ratio);
	rl_ring_split(&s->low, ratio);
}

static void
channel_close(struct rl_policy *p)
{
	struct channel *c = (struct channel *)p;

	for (size_t i = 0; i < c->ns; i++) {
		free(c->s[i].high.v);
		free(c->s[i].low.v);
	}
	free(c->s);
	rl_sided_close(p);
}

const struct rl_rule rl_breakout = {
	.name = "breakout",
	.about =
	    "long above the highest high of the last bars, until below the lowest low of fewer",
	.params = channel_params,
	.size = sizeof(struct channel),
	.open = channel_open,
	.bar = channel_bar,
	.split = channel_split,
	.needs = channel_needs,
	.decide = rl_sided_decide,
	.close = channel_close,
};
