/*
 * Cross-sectional momentum: hold the `top` symbols whose price rose most between `lookback` and
 * `skip` bars ago (12 months less the last one, with the defaults on daily bars: Jegadeesh and
 * Titman, Journal of Finance 48, 1993), at equal weights, and choose again every `every` instants.
 */
#include "rl/policy.h"

#include <stdlib.h>

#include "base/mem.h"

struct mom_sym {
	const struct sym *sym;
	struct rl_ring close;
	uint64_t seen;    /* instant of the last bar */
	int64_t from, to; /* the prices between which it is ranked */
	int64_t held_at;  /* close at the last choice, for the order of writing */
	bool held, chosen;
};

struct mom {
	struct rl_policy base;
	int64_t lookback, skip, top, every, stale;
	double cash, least;
	struct mom_sym *s; /* by symbol id */
	size_t ns;
	uint64_t instant; /* watermarks that bars came before */
	uint64_t next;    /* instant of the next choice; 0: at once when something can be ranked */
	const struct mom_sym **rank;
	size_t nrank, caprank;
};

static const struct opt mom_params[] = {
	{ .kind = OPT_INT,
	    .name = "lookback",
	    .arg = "BARS",
	    .help = "rank by the rise since so many bars ago",
	    .dflt = "252",
	    .off = OPT_OFF(struct mom, lookback),
	    .lo = 1,
	    .hi = 100000 },
	{ .kind = OPT_INT,
	    .name = "skip",
	    .arg = "BARS",
	    .help = "up to so many bars ago",
	    .dflt = "21",
	    .off = OPT_OFF(struct mom, skip),
	    .lo = 0,
	    .hi = 100000 },
	{ .kind = OPT_INT,
	    .name = "top",
	    .arg = "N",
	    .help = "symbols to hold",
	    .dflt = "10",
	    .off = OPT_OFF(struct mom, top),
	    .lo = 1,
	    .hi = 10000 },
	{ .kind = OPT_INT,
	    .name = "every",
	    .arg = "N",
	    .help = "instants (watermarks with new bars) between two choices",
	    .dflt = "21",
	    .off = OPT_OFF(struct mom, every),
	    .lo = 1,
	    .hi = 1000000 },
	{ .kind = OPT_F64,
	    .name = "cash",
	    .arg = "PART",
	    .help = "part of equity kept as cash",
	    .dflt = "0.02",
	    .off = OPT_OFF(struct mom, cash) },
	{ .kind = OPT_F64,
	    .name = "min",
	    .arg = "RISE",
	    .help = "hold only what rose by more than this part; -1: anything",
	    .dflt = "-1",
	    .off = OPT_OFF(struct mom, least) },
	{ .kind = OPT_INT,
	    .name = "stale",
	    .arg = "N",
	    .help = "a symbol without a bar for so many instants is not held",
	    .dflt = "5",
	    .off = OPT_OFF(struct mom, stale),
	    .lo = 1,
	    .hi = 1000000 },
	{ .kind = OPT_END },
};

static int
mom_open(struct rl_policy *p, struct err *e)
{
	struct mom *m = (struct mom *)p;

	if (m->skip >= m->lookback)
		return err_set(e, ERR_USAGE, "skip (%lld) must be below lookback (%lld)",
		    (long long)m->skip, (long long)m->lookback);
	if (!(m->cash >= 0 && m->cash < 1))
		return err_set(e, ERR_USAGE, "cash must be at least 0 and below 1");
	return 0;
}

static int64_t
mom_needs(const struct rl_policy *p)
{
	return ((const struct mom *)p)->lookback + 1;
}

static void
mom_bar(struct rl_policy *p, const struct rec *r, bool revised)
{
	struct mom *m = (struct mom *)p;
	struct mom_sym *s = MEM_AT(m->s, m->ns, r->sym->id);

	s->sym = r->sym;
	s->seen = m->instant;
	if (revised)
		rl_ring_last(&s->close, r->bar.close);
	else
		rl_ring_push(&s->close, (uint32_t)m->lookback + 1, r->bar.close);
}

static void
mom_split(struct rl_policy *p, const struct sym *sym, double ratio)
{
	struct mom *m = (struct mom *)p;
	struct mom_sym *s = MEM_AT(m->s, m->ns, sym->id);

	rl_ring_split(&s->close, ratio);
	if (s->held_at)
		s->held_at = rl_split_price(s->held_at, ratio);
}

/* to/from compared exactly, highest first; equal rises in the order of the names */
static int
rise_order(const struct mom_sym *a, const struct mom_sym *b)
{
	num_i128 x = (num_i128)a->to * b->from, y = (num_i128)b->to * a->from;

	if (x != y)
		return x > y ? -1 : 1;
	return strcmp(a->sym->name, b->sym->name);
}

static int
by_rise(const void *a, const void *b)
{
	return rise_order(*(const struct mom_sym *const *)a, *(const struct mom_sym *const *)b);
}

static int
by_name(const void *a, const void *b)
{
	const struct mom_sym *x = *(const struct mom_sym *const *)a;
	const struct mom_sym *y = *(const struct mom_sym *const *)b;

	return strcmp(x->sym->name, y->sym->name);
}

/* Names held since the last choice: those that rose most are the ones to sell some of. */
static int
by_gain(const void *a, const void *b)
{
	const struct mom_sym *x = *(const struct mom_sym *const *)a;
	const struct mom_sym *y = *(const struct mom_sym *const *)b;
	num_i128 gx = (num_i128)rl_ring_ago(&x->close, 0) * y->held_at;
	num_i128 gy = (num_i128)rl_ring_ago(&y->close, 0) * x->held_at;

	if (gx != gy)
		return gx > gy ? -1 : 1;
	return strcmp(x->sym->name, y->sym->name);
}

static void
collect(struct mom *m, struct mom_sym *s)
{
	*MEM_AT(m->rank, m->caprank, m->nrank) = s;
	m->nrank++;
}

static void
rank_all(struct mom *m)
{
	m->nrank = 0;
	for (size_t i = 0; i < m->ns; i++) {
		struct mom_sym *s = &m->s[i];

		s->chosen = false;
		if (!s->sym || s->close.n <= m->lookback)
			continue;
		if (m->instant - s->seen >= (uint64_t)m->stale)
			continue;
		s->from = rl_ring_ago(&s->close, (uint32_t)m->lookback);
		s->to = rl_ring_ago(&s->close, (uint32_t)m->skip);
		if (s->from > 0 && s->to > 0)
			collect(m, s);
	}
	if (m->nrank)
		qsort(m->rank, m->nrank, sizeof *m->rank, by_rise);
}

static void
choose(struct mom *m)
{
	for (size_t i = 0; i < m->nrank && i < (size_t)m->top; i++) {
		const struct mom_sym *s = m->rank[i];

		if ((double)s->to / (double)s->from - 1 > m->least)
			m->s[s->sym->id].chosen = true;
	}
}

enum group { DROPPED, KEPT, NEW, NGROUPS };

static enum group
group_of(const struct mom_sym *s)
{
	return !s->chosen ? DROPPED : s->held ? KEPT : NEW;
}

static int
write_group(struct mom *m, enum group g, rl_want_fn want, void *arg)
{
	static const char *const why[] = { "left the top", "still in the top",
		"rose into the top" };
	double weight = g == DROPPED ? 0 : (1 - m->cash) / (double)m->top;

	m->nrank = 0;
	for (size_t i = 0; i < m->ns; i++)
		if ((m->s[i].chosen || m->s[i].held) && group_of(&m->s[i]) == g)
			collect(m, &m->s[i]);
	if (m->nrank == 0)
		return 0;
	qsort(m->rank, m->nrank, sizeof *m->rank,
	    g == DROPPED ? by_name
	    : g == KEPT  ? by_gain
			 : by_rise);
	for (size_t i = 0; i < m->nrank; i++) {
		struct rl_target t = {
			.sym = m->rank[i]->sym,
			.is_weight = true,
			.weight = weight,
			.reason = why[g],
			.again = true,
		};
		int rc = want(arg, &t);
		if (rc)
			return rc;
	}
	return 0;
}

/* What is dropped is written first, then what is kept from the highest gain since the last
 * choice to the lowest, then what is new: so sales come before the purchases they pay for. */
static int
mom_decide(struct rl_policy *p, rl_want_fn want, void *arg)
{
	struct mom *m = (struct mom *)p;
	int rc;

	if (m->instant >= m->next) {
		rank_all(m);
		if (m->nrank || m->next) {
			choose(m);
			for (int g = DROPPED; g < NGROUPS; g++)
				if ((rc = write_group(m, (enum group)g, want, arg)) != 0)
					return rc;
			for (size_t i = 0; i < m->ns; i++) {
				struct mom_sym *s = &m->s[i];
				s->held = s->chosen;
				s->held_at = s->held ? rl_ring_ago(&s->close, 0) : 0;
			}
			m->next = m->instant + (uint64_t)m->every;
		}
	}
	m->instant++;
	return 0;
}

static void
mom_close(struct rl_policy *p)
{
	struct mom *m = (struct mom *)p;

	for (size_t i = 0; i < m->ns; i++)
		free(m->s[i].close.v);
	free(m->s);
	free(m->rank);
}

const struct rl_rule rl_momentum = {
	.name = "momentum",
	.about = "hold the symbols that rose most, at equal weights",
	.params = mom_params,
	.size = sizeof(struct mom),
	.open = mom_open,
	.bar = mom_bar,
	.split = mom_split,
	.needs = mom_needs,
	.decide = mom_decide,
	.close = mom_close,
};
