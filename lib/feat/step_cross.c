/* The step `cross`: --cross 'rank(ret_20),zscore(vol_20,sector),above_ma(50)'. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "feat/call.h"
#include "feat/cross.h"
#include "feat/side.h"
#include "feat/steps.h"
#include "stage/stage.h"

#define RS_BENCH FEAT_CROSS_N /* one more than feat_cross knows: it needs the benchmark's value */
#define MCCLELLAN_FAST (2.0 / 20)
#define MCCLELLAN_SLOW (2.0 / 40)

/* One column to fill. */
struct xcol {
	bool breadth, sector;
	int what;       /* enum feat_cross, RS_BENCH or enum feat_breadth */
	size_t in, out; /* columns */
	uint32_t n;     /* window */
};

/* A symbol's history at one interval, for the breadth columns. */
struct xseries {
	const struct sym *sym; /* NULL: nothing yet */
	double prev;           /* close of the bar before; NAN */
	struct feat_window *w; /* one a column; only those of windowed ones are made */
};

/* What runs on from instant to instant, an interval each. */
struct xmarket {
	struct str interval;
	double line, fast, slow;
	bool any;
};

struct cross {
	struct xcol *cols;
	size_t ncols, cap;
	bool breadth; /* there is such a column */
	struct feat_sectors *sectors;
	const struct sym *bench;
	struct xseries *series;
	size_t series_cap;
	struct xmarket *markets;
	size_t nmarkets, markets_cap;
	/* of the instant */
	struct feat_row **rows;
	double *x, *y;
	uint32_t *group;
	size_t rows_cap;
	double *vote; /* ncols answers of a symbol */
	struct feat_cross_work work;
};

static int
word_of(const char *const *names, int n, const char *word)
{
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], word) == 0)
			return i;
	return -1;
}

static bool
windowed(int breadth)
{
	return breadth == FEAT_BREADTH_ABOVE_MA || breadth == FEAT_BREADTH_NEW_HIGH ||
	       breadth == FEAT_BREADTH_NEW_LOW;
}

static int
unknown(const struct feat_call *c, struct err *e)
{
	return err_set(e, ERR_USAGE,
	    "'%s' is no cross-sectional function; there are rank, pct, zscore, robust, demean, rs, "
	    "rs_bench (of a column), above_ma, new_high, new_low (of a number of bars), advance, "
	    "decline, ad_net, ad_line and mcclellan",
	    c->name);
}

static int
open_breadth(const struct feat_call *c, struct xcol *x, struct err *e)
{
	int64_t n = 0;
	int rc;

	x->breadth = true;
	x->what = word_of(feat_breadth_names, FEAT_BREADTH_N, c->name);
	if (x->what < 0)
		return unknown(c, e);
	rc = feat_call_count(c, windowed(x->what), windowed(x->what), e);
	if (rc == 0 && windowed(x->what))
		rc = feat_call_int(c, 0, 2, 1000000, 0, &n, e);
	x->n = (uint32_t)n;
	return rc;
}

static int
open_function(struct cross *m, const struct feat_call *c, struct xcol *x,
    const struct feat_plan *plan, struct err *e)
{
	int rc = feat_call_count(c, 1, x->what == RS_BENCH ? 1 : 2, e);

	if (rc)
		return rc;
	ptrdiff_t in = feat_plan_find(plan, str_z(c->arg[0]));
	if (in < 0)
		return err_set(
		    e, ERR_USAGE, "%s(%s): there is no column '%s'", c->name, c->arg[0], c->arg[0]);
	x->in = (size_t)in;
	if (c->nargs == 2) {
		if (strcmp(c->arg[1], "sector") != 0)
			return err_set(
			    e, ERR_USAGE, "%s: '%s' is not 'sector'", c->name, c->arg[1]);
		if (!m->sectors)
			return err_set(
			    e, ERR_USAGE, "%s(%s,sector) needs --sectors FILE", c->name, c->arg[0]);
		x->sector = true;
	}
	if (x->what == RS_BENCH && !m->bench)
		return err_set(e, ERR_USAGE, "rs_bench(%s) needs --benchmark SYM", c->arg[0]);
	return 0;
}

static int
open_column(struct cross *m, const struct feat_call *c, struct feat_plan *plan, struct err *e)
{
	struct xcol x = { .what = word_of(feat_cross_names, FEAT_CROSS_N, c->name) };
	char name[4 * FEAT_CALL_WORD];
	int rc;

	if (strcmp(c->name, "rs_bench") == 0)
		x.what = RS_BENCH;
	rc = x.what < 0 ? open_breadth(c, &x, e) : open_function(m, c, &x, plan, e);
	if (rc)
		return rc;
	if (c->as[0])
		snprintf(name, sizeof name, "%s", c->as);
	else if (x.breadth && x.n)
		snprintf(name, sizeof name, "%s_%u", c->name, x.n);
	else if (x.breadth)
		snprintf(name, sizeof name, "%s", c->name);
	else
		snprintf(
		    name, sizeof name, "%s_%s%s", c->arg[0], c->name, x.sector ? "_sector" : "");
	rc = feat_step_column(plan, name, &x.out, e);
	if (rc)
		return rc;
	m->breadth |= x.breadth;
	*MEM_AT(m->cols, m->cap, m->ncols) = x;
	m->ncols++;
	return 0;
}

static int
cross_open(struct feat_step *s, struct feat_plan *plan, struct err *e)
{
	const struct feat_step_opts *o = s->opts;
	struct symtab *syms = s->st->env->syms;
	struct feat_call *calls;
	size_t n;
	int rc;

	if (!o->cross)
		return 0;
	struct cross *m = s->state = mem_alloc(sizeof *m);
	if (o->sectors && !(m->sectors = feat_sectors_read(o->sectors, syms, e)))
		return e->code;
	if (o->benchmark && !(m->bench = symtab_get(syms, str_z(o->benchmark))))
		return err_set(e, ERR_USAGE, "--benchmark %s: no symbol", o->benchmark);
	rc = feat_calls_parse(o->cross, "cross", &calls, &n, e);
	for (size_t i = 0; i < n && rc == 0; i++)
		if ((rc = open_column(m, &calls[i], plan, e)))
			err_wrap(e, "--cross");
	free(calls);
	m->vote = mem_array(m->ncols + 1, sizeof *m->vote);
	return rc ? rc : 1;
}

/* ---- breadth ---- */

static struct xmarket *
market_of(struct cross *m, struct str interval)
{
	for (size_t i = 0; i < m->nmarkets; i++)
		if (str_eq(m->markets[i].interval, interval))
			return &m->markets[i];
	struct xmarket *k = MEM_AT(m->markets, m->markets_cap, m->nmarkets);
	m->nmarkets++;
	k->interval = interval;
	return k;
}

static struct xseries *
series_of(struct cross *m, const struct feat_row *r)
{
	struct xseries *x = MEM_AT(m->series, m->series_cap, r->series);

	if (x->sym)
		return x;
	x->sym = r->sym;
	x->prev = NAN;
	x->w = mem_array(m->ncols, sizeof *x->w);
	for (size_t k = 0; k < m->ncols; k++)
		if (m->cols[k].n)
			feat_window_init(&x->w[k], m->cols[k].n);
	return x;
}

static void
series_free(struct xseries *x, size_t ncols)
{
	for (size_t k = 0; x->w && k < ncols; k++)
		feat_window_free(&x->w[k]);
	free(x->w);
	*x = (struct xseries){ 0 };
}

/* Yes (1), no (0) or no answer (NAN) of one symbol to each question. */
static void
vote(struct cross *m, const struct feat_row *r)
{
	struct xseries *s = series_of(m, r);
	double close = r->bar.close * r->unit;

	for (size_t k = 0; k < m->ncols; k++) {
		const struct xcol *c = &m->cols[k];
		double mean;

		if (!c->breadth)
			continue;
		switch ((enum feat_breadth)c->what) {
		case FEAT_BREADTH_ABOVE_MA:
			mean = feat_window_mean(&s->w[k], close);
			m->vote[k] = isnan(mean) ? NAN : close > mean;
			break;
		case FEAT_BREADTH_NEW_HIGH:
			m->vote[k] = feat_window_highest(&s->w[k], r->bar.high * r->unit);
			break;
		case FEAT_BREADTH_NEW_LOW:
			m->vote[k] = feat_window_highest(&s->w[k], -r->bar.low * r->unit);
			break;
		case FEAT_BREADTH_ADVANCE:
			m->vote[k] = isnan(s->prev) ? NAN : close > s->prev;
			break;
		case FEAT_BREADTH_DECLINE:
			m->vote[k] = isnan(s->prev) ? NAN : close < s->prev;
			break;
		default: m->vote[k] = isnan(s->prev) ? NAN : (close > s->prev) - (close < s->prev);
		}
	}
	s->prev = close;
}

static void
advance_market(struct xmarket *k, double net)
{
	if (isnan(net))
		return;
	k->line += net;
	k->fast = k->any ? k->fast + MCCLELLAN_FAST * (1000 * net - k->fast) : 1000 * net;
	k->slow = k->any ? k->slow + MCCLELLAN_SLOW * (1000 * net - k->slow) : 1000 * net;
	k->any = true;
}

static bool
is_net(int what)
{
	return what >= FEAT_BREADTH_AD_NET && what <= FEAT_BREADTH_MCCLELLAN;
}

static double
answer(const struct xcol *c, const struct xmarket *market, double share)
{
	if (isnan(share) || c->what == FEAT_BREADTH_AD_NET)
		return share;
	if (c->what == FEAT_BREADTH_AD_LINE)
		return market->line;
	return c->what == FEAT_BREADTH_MCCLELLAN ? market->fast - market->slow : share;
}

static void
breadth(struct cross *m, struct feat_row *const *rows, size_t n)
{
	struct xmarket *market = market_of(m, rows[0]->interval);
	double *yes = m->x, net = NAN; /* m->x has room for ncols */
	uint32_t *count = m->group;

	for (size_t k = 0; k < m->ncols; k++)
		yes[k] = count[k] = 0;
	for (size_t i = 0; i < n; i++) {
		vote(m, rows[i]);
		for (size_t k = 0; k < m->ncols; k++)
			if (m->cols[k].breadth && !isnan(m->vote[k])) {
				yes[k] += m->vote[k];
				count[k]++;
			}
	}
	for (size_t k = 0; k < m->ncols; k++)
		if (m->cols[k].breadth && is_net(m->cols[k].what) && count[k])
			net = yes[k] / count[k];
	advance_market(market, net);
	for (size_t k = 0; k < m->ncols; k++) {
		const struct xcol *c = &m->cols[k];

		for (size_t i = 0; i < n && c->breadth; i++)
			rows[i]->v[c->out] = answer(c, market, count[k] ? yes[k] / count[k] : NAN);
	}
}

/* ---- the instant ---- */

static void
room(struct cross *m, size_t n)
{
	if (n < m->ncols)
		n = m->ncols;
	if (n <= m->rows_cap)
		return;
	m->rows_cap = n * 2;
	m->rows = mem_resize(m->rows, m->rows_cap, sizeof(struct feat_row *));
	m->x = mem_resize(m->x, m->rows_cap, sizeof *m->x);
	m->y = mem_resize(m->y, m->rows_cap, sizeof *m->y);
	m->group = mem_resize(m->group, m->rows_cap, sizeof *m->group);
}

static void
compare(struct cross *m, const struct xcol *c, size_t n, const struct feat_row *bench)
{
	for (size_t i = 0; i < n; i++)
		m->x[i] = m->rows[i]->v[c->in];
	if (c->what == RS_BENCH) {
		for (size_t i = 0; i < n; i++)
			m->y[i] = bench ? (1 + m->x[i]) / (1 + bench->v[c->in]) - 1 : NAN;
	} else if (c->sector) {
		for (size_t i = 0; i < n; i++)
			m->group[i] = feat_sectors_of(m->sectors, m->rows[i]->sym);
		feat_cross_grouped((enum feat_cross)c->what, m->x, m->group,
		    feat_sectors_count(m->sectors), n, m->y, &m->work);
	} else {
		feat_cross((enum feat_cross)c->what, m->x, n, m->y, &m->work);
	}
	for (size_t i = 0; i < n; i++)
		m->rows[i]->v[c->out] = isfinite(m->y[i]) ? m->y[i] : NAN;
}

/* The benchmark is no member of the universe: it has none of these columns. */
static int
cross_instant(struct feat_step *s, struct feat_row *const *rows, size_t n)
{
	struct cross *m = s->state;
	const struct feat_row *bench = NULL;
	size_t members = 0;

	room(m, n);
	for (size_t i = 0; i < n; i++) {
		if (rows[i]->sym != m->bench) {
			m->rows[members++] = rows[i];
			continue;
		}
		bench = rows[i];
		for (size_t k = 0; k < m->ncols; k++)
			rows[i]->v[m->cols[k].out] = NAN;
	}
	if (members == 0)
		return 0;
	/* first: an ordinary column may be one of breadth, but not the other way round */
	if (m->breadth)
		breadth(m, m->rows, members);
	for (size_t k = 0; k < m->ncols; k++)
		if (!m->cols[k].breadth)
			compare(m, &m->cols[k], members, bench);
	return 0;
}

/* Prices are kept in comparable units, so only a reset is of interest. */
static void
cross_split(struct feat_step *s, const struct sym *sym, double ratio)
{
	struct cross *m = s->state;

	for (size_t i = 0; isnan(ratio) && i < m->series_cap; i++)
		if (m->series[i].sym == sym)
			series_free(&m->series[i], m->ncols);
}

static void
cross_close(struct feat_step *s)
{
	struct cross *m = s->state;

	if (!m)
		return;
	for (size_t i = 0; i < m->series_cap; i++)
		series_free(&m->series[i], m->ncols);
	feat_sectors_free(m->sectors);
	feat_cross_work_free(&m->work);
	free(m->cols);
	free(m->series);
	free(m->markets);
	free(m->rows);
	free(m->x);
	free(m->y);
	free(m->group);
	free(m->vote);
	free(m);
}

const struct feat_step_kind feat_step_cross = {
	.name = "cross",
	.open = cross_open,
	.instant = cross_instant,
	.split = cross_split,
	.close = cross_close,
};
