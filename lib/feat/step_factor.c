/* The step `factor`: --factors 'beta(60),ewma(30),kalman,mom(12,1),sector(60),size(shares)'. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "feat/call.h"
#include "feat/factor.h"
#include "feat/side.h"
#include "feat/steps.h"
#include "stage/stage.h"

#define MONTH 21 /* bars */

enum what { BETA, EWMA, KALMAN, MOM, SECTOR, SECTOR_RET, SECTORS, FUND, YIELD, SIZE, NWHAT };

/* args: how many; needs: b benchmark, s sectors, f fundamentals */
static const struct {
	const char *name;
	size_t lo, hi;
	char needs;
} calls_known[NWHAT] = {
	{ "beta", 1, 1, 'b' },
	{ "ewma", 1, 1, 'b' },
	{ "kalman", 0, 3, 'b' },
	{ "mom", 2, 2, 0 },
	{ "sector", 1, 1, 's' },
	{ "sector_ret", 0, 0, 's' },
	{ "sectors", 0, 0, 's' },
	{ "fund", 1, 1, 'f' },
	{ "yield", 1, 1, 'f' },
	{ "size", 1, 1, 'f' },
};

#define PARTS 5

/* One call and its columns. */
struct fcol {
	enum what what;
	size_t out[PARTS]; /* columns; of SECTORS the first of many in out[0] */
	size_t nout;
	uint32_t n, skip; /* bars */
	double p[3];
	size_t side; /* column of the side table */
};

union fstate {
	struct feat_ols ols;
	struct feat_ewls ewls;
	struct feat_kalman kalman;
	struct feat_lag lag;
};

struct fseries {
	const struct sym *sym;
	double prev;       /* close at the last bar that the benchmark had too; NAN */
	double prev_bench; /* the benchmark's, at that bar; NAN */
	double last;       /* close of the bar before */
	uint64_t instant;  /* of that bar, among those of the interval */
	int64_t since;     /* the fact in force, and the unit at the row that first knew it */
	double unit;
	union fstate *s; /* one a call */
};

struct fmarket {
	struct str interval;
	uint64_t instant;
};

struct factor {
	struct fcol *cols;
	size_t ncols, cap;
	struct feat_sectors *sectors;
	struct feat_fund *fund;
	const struct sym *bench;
	struct fseries *series;
	size_t series_cap;
	struct fmarket *markets;
	size_t nmarkets, markets_cap;
	/* of the instant */
	double *y; /* one-bar return of each row, NAN */
	size_t y_cap;
	double *sum; /* of the returns, by sector */
	uint32_t *count;
};

/* ---- opening ---- */

static int
add_columns(struct fcol *c, struct feat_plan *plan, const char *const *names, const char *suffix,
    struct err *e)
{
	char name[3 * FEAT_CALL_WORD];

	for (; names[c->nout]; c->nout++) {
		snprintf(name, sizeof name, "%s%s", names[c->nout], suffix);
		int rc = feat_step_column(plan, name, &c->out[c->nout], e);
		if (rc)
			return rc;
	}
	return 0;
}

static int
open_regression(struct fcol *c, const struct feat_call *k, struct feat_plan *plan, struct err *e)
{
	static const char *const names[] = { "beta", "alpha", "resid", "r2", "ivol", NULL };
	static const char *const kalman[] = { "beta", "alpha", "resid", "beta_se", NULL };
	char suffix[FEAT_CALL_WORD + 8];
	int64_t n;
	int rc;

	if (c->what == KALMAN) {
		rc = feat_call_num(k, 0, 0, 100, 0.02, &c->p[0], e);
		if (rc == 0)
			rc = feat_call_num(k, 1, 1e-9, 100, 0.015, &c->p[1], e);
		if (rc == 0)
			rc = feat_call_num(k, 2, 0, 100, 1e-5, &c->p[2], e);
		return rc ? rc : add_columns(c, plan, kalman, "_kf", e);
	}
	if (c->what == EWMA) {
		rc = feat_call_num(k, 0, 0.5, 1e6, 0, &c->p[0], e);
		snprintf(suffix, sizeof suffix, "_ew%s", k->arg[0]);
	} else {
		rc = feat_call_int(k, 0, 3, 1000000, 0, &n, e);
		c->n = (uint32_t)n;
		snprintf(suffix, sizeof suffix, "_%u", c->n);
	}
	return rc ? rc : add_columns(c, plan, names, suffix, e);
}

static int
open_mom(struct fcol *c, const struct feat_call *k, struct feat_plan *plan, struct err *e)
{
	static const char *const names[] = { "mom", NULL };
	char suffix[64];
	int64_t n, skip;
	int rc = feat_call_int(k, 0, 1, 1200, 0, &n, e);

	if (rc == 0)
		rc = feat_call_int(k, 1, 0, n - 1, 0, &skip, e);
	if (rc)
		return rc;
	c->n = (uint32_t)n * MONTH;
	c->skip = (uint32_t)skip * MONTH;
	snprintf(suffix, sizeof suffix, "_%lld_%lld", (long long)n, (long long)skip);
	return add_columns(c, plan, names, suffix, e);
}

/* "Health Care" -> in_health_care */
static int
open_sectors(const struct factor *m, struct fcol *c, struct feat_plan *plan, struct err *e)
{
	for (uint32_t s = 1; s <= feat_sectors_count(m->sectors); s++) {
		char name[96] = "in_";
		size_t at, n = 3;

		for (const char *p = feat_sectors_name(m->sectors, s); *p && n < 90; p++) {
			char ch = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
			bool plain = (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9');

			if (plain || name[n - 1] != '_')
				name[n++] = plain ? ch : '_';
		}
		name[n] = '\0';
		int rc = feat_step_column(plan, name, &at, e);
		if (rc)
			return rc;
		if (s == 1)
			c->out[0] = at;
	}
	return 0;
}

static int
open_side(struct factor *m, struct fcol *c, const struct feat_call *k, struct feat_plan *plan,
    struct err *e)
{
	int at = feat_fund_column(m->fund, k->arg[0]);
	const char *names[] = { k->arg[0], NULL };

	if (at < 0)
		return err_set(e, ERR_USAGE, "%s(%s): the --fundamentals file has no column '%s'",
		    k->name, k->arg[0], k->arg[0]);
	c->side = (size_t)at;
	if (c->what == SIZE)
		names[0] = "size";
	return add_columns(c, plan, names, c->what == YIELD ? "_yield" : "", e);
}

static int
open_call(struct factor *m, const struct feat_call *k, struct feat_plan *plan, struct err *e)
{
	static const char *const sector[] = { "sector_beta", "sector_alpha", "sector_resid",
		"sector_r2", "sector_ivol", NULL };
	static const char *const sector_ret[] = { "sector_ret", NULL };
	struct fcol c = { 0 };
	char suffix[64];
	int64_t n;
	int rc;

	while (c.what < NWHAT && strcmp(calls_known[c.what].name, k->name) != 0)
		c.what++;
	if (c.what == NWHAT)
		return err_set(e, ERR_USAGE,
		    "'%s' is no factor; there are beta(N), ewma(HALFLIFE), kalman, mom(N,SKIP), "
		    "sector(N), sector_ret, sectors, fund(COLUMN), yield(COLUMN), size(COLUMN)",
		    k->name);
	if (k->as[0])
		return err_set(
		    e, ERR_USAGE, "%s=%s: a factor names its columns itself", k->as, k->name);
	rc = feat_call_count(k, calls_known[c.what].lo, calls_known[c.what].hi, e);
	if (rc)
		return rc;
	char needs = calls_known[c.what].needs;
	if ((needs == 'b' && !m->bench) || (needs == 's' && !m->sectors) ||
	    (needs == 'f' && !m->fund))
		return err_set(e, ERR_USAGE, "%s needs %s", k->name,
		    needs == 'b'   ? "--benchmark SYM"
		    : needs == 's' ? "--sectors FILE"
				   : "--fundamentals FILE");
	switch (c.what) {
	case MOM: rc = open_mom(&c, k, plan, e); break;
	case SECTOR:
		rc = feat_call_int(k, 0, 3, 1000000, 0, &n, e);
		c.n = (uint32_t)n;
		snprintf(suffix, sizeof suffix, "_%u", c.n);
		if (rc == 0)
			rc = add_columns(&c, plan, sector, suffix, e);
		break;
	case SECTOR_RET: rc = add_columns(&c, plan, sector_ret, "", e); break;
	case SECTORS: rc = open_sectors(m, &c, plan, e); break;
	case FUND:
	case YIELD:
	case SIZE: rc = open_side(m, &c, k, plan, e); break;
	default: rc = open_regression(&c, k, plan, e);
	}
	*MEM_AT(m->cols, m->cap, m->ncols) = c;
	m->ncols++;
	return rc;
}

static int
factor_open(struct feat_step *s, struct feat_plan *plan, struct err *e)
{
	const struct feat_step_opts *o = s->opts;
	struct symtab *syms = s->st->env->syms;
	struct feat_call *calls;
	size_t n;
	int rc;

	if (!o->factors)
		return 0;
	struct factor *m = s->state = mem_alloc(sizeof *m);
	if (o->sectors && !(m->sectors = feat_sectors_read(o->sectors, syms, e)))
		return e->code;
	if (o->fundamentals && !(m->fund = feat_fund_read(o->fundamentals, syms, e)))
		return e->code;
	if (o->benchmark && !(m->bench = symtab_get(syms, str_z(o->benchmark))))
		return err_set(e, ERR_USAGE, "--benchmark %s: no symbol", o->benchmark);
	m->sum = mem_array(feat_sectors_count(m->sectors) + 1, sizeof *m->sum);
	m->count = mem_array(feat_sectors_count(m->sectors) + 1, sizeof *m->count);
	rc = feat_calls_parse(o->factors, "factors", &calls, &n, e);
	for (size_t i = 0; i < n && rc == 0; i++)
		if ((rc = open_call(m, &calls[i], plan, e)))
			err_wrap(e, "--factors");
	free(calls);
	return rc ? rc : 1;
}

/* ---- series ---- */

static void
series_free(struct factor *m, struct fseries *x)
{
	for (size_t k = 0; x->s && k < m->ncols; k++) {
		if (m->cols[k].what == BETA || m->cols[k].what == SECTOR)
			feat_ols_free(&x->s[k].ols);
		else if (m->cols[k].what == MOM)
			feat_lag_free(&x->s[k].lag);
	}
	free(x->s);
	*x = (struct fseries){ 0 };
}

static struct fseries *
series_of(struct factor *m, const struct feat_row *r)
{
	struct fseries *x = MEM_AT(m->series, m->series_cap, r->series);

	if (x->sym)
		return x;
	*x = (struct fseries){ .sym = r->sym,
		.prev = NAN,
		.prev_bench = NAN,
		.since = TIM_NONE,
		.unit = 1,
		.s = mem_array(m->ncols, sizeof *x->s) };
	for (size_t k = 0; k < m->ncols; k++) {
		const struct fcol *c = &m->cols[k];

		switch (c->what) {
		case BETA:
		case SECTOR: feat_ols_init(&x->s[k].ols, c->n); break;
		case EWMA:
			feat_ewls_init(&x->s[k].ewls, c->p[0], (uint64_t)ceil(2 * c->p[0]) + 2);
			break;
		case KALMAN: feat_kalman_init(&x->s[k].kalman, c->p[2], c->p[0], c->p[1], 0); break;
		case MOM: feat_lag_init(&x->s[k].lag, c->n); break;
		default: break;
		}
	}
	return x;
}

static struct fmarket *
market_of(struct factor *m, struct str interval)
{
	for (size_t i = 0; i < m->nmarkets; i++)
		if (str_eq(m->markets[i].interval, interval))
			return &m->markets[i];
	struct fmarket *k = MEM_AT(m->markets, m->markets_cap, m->nmarkets);
	m->nmarkets++;
	k->interval = interval;
	return k;
}

static void
put(struct feat_row *r, size_t col, double v)
{
	r->v[col] = isfinite(v) ? v : NAN;
}

/* ---- one call, one row ---- */

static void
regress(const struct fcol *c, union fstate *s, double x, double y, struct feat_row *r)
{
	struct feat_fit f;
	bool good = !isnan(x) && !isnan(y);

	if (good && c->what == EWMA)
		good = feat_ewls_push(&s->ewls, x, y, &f);
	else if (good && c->what == KALMAN)
		feat_kalman_push(&s->kalman, x, y, &f);
	else if (good)
		good = feat_ols_push(&s->ols, x, y, &f);
	if (good && c->what == KALMAN && s->kalman.n < 20)
		good = false; /* what it started from still shows */
	for (size_t i = 0; i < c->nout; i++)
		r->v[c->out[i]] = NAN;
	if (!good)
		return;
	put(r, c->out[0], f.beta);
	put(r, c->out[1], f.alpha);
	put(r, c->out[2], f.resid);
	if (c->what == KALMAN) {
		put(r, c->out[3], sqrt(s->kalman.pbb));
		return;
	}
	put(r, c->out[3], f.r2);
	put(r, c->out[4], f.sd);
}

/* The other members' mean return, or NAN. */
static double
others(const struct factor *m, uint32_t sector, double own)
{
	uint32_t n = m->count[sector];

	if (sector == 0 || n < 2 || isnan(own))
		return NAN;
	return (m->sum[sector] - own) / (n - 1);
}

/* Per-share values and share counts are of the day they were published: brought to today's
 * shares by the splits since. A price of now is in today's shares already. */
static double
side_value(
    const struct factor *m, const struct fcol *c, struct fseries *x, const struct feat_row *r)
{
	double v = feat_fund_at(m->fund, r->sym, r->ts_end, c->side);
	int64_t since = feat_fund_since(m->fund, r->sym, r->ts_end);

	if (since != x->since) {
		x->since = since;
		x->unit = r->unit;
	}
	double split = r->unit / x->unit;
	if (c->what == YIELD)
		return v / split / r->bar.close;
	if (c->what == SIZE) {
		double value = v * split * r->bar.close;
		return value > 0 && isfinite(value) ? num_log(value) : NAN;
	}
	return v;
}

struct moment {
	uint64_t instant;
	double bench; /* the benchmark's close, NAN when it has no bar */
};

static void
fill(struct factor *m, struct feat_row *r, double y, const struct moment *t)
{
	struct fseries *x = series_of(m, r);
	double close = r->bar.close * r->unit;
	uint32_t sector = feat_sectors_of(m->sectors, r->sym);
	double x_bench = t->bench / x->prev_bench - 1, y_bench = close / x->prev - 1;

	for (size_t k = 0; k < m->ncols; k++) {
		const struct fcol *c = &m->cols[k];

		switch (c->what) {
		case BETA:
		case EWMA:
		case KALMAN:
			regress(c, &x->s[k], r->sym == m->bench ? NAN : x_bench, y_bench, r);
			break;
		case SECTOR: regress(c, &x->s[k], others(m, sector, y), y, r); break;
		case SECTOR_RET:
			put(r, c->out[0],
			    sector && m->count[sector] ? m->sum[sector] / m->count[sector] : NAN);
			break;
		case SECTORS:
			for (uint32_t i = 1; i <= feat_sectors_count(m->sectors); i++)
				r->v[c->out[0] + i - 1] = sector ? sector == i : NAN;
			break;
		case MOM:
			feat_lag_push(&x->s[k].lag, close);
			put(r, c->out[0],
			    feat_lag_at(&x->s[k].lag, c->skip) / feat_lag_at(&x->s[k].lag, c->n) -
				1);
			break;
		default: put(r, c->out[0], side_value(m, c, x, r));
		}
	}
	/* without the benchmark its pair would span other bars than the symbol's: both wait */
	if (!m->bench || !isnan(t->bench)) {
		x->prev = close;
		x->prev_bench = t->bench;
	}
}

/* Returns since the instant before, of the symbols that had a bar then too. */
static void
returns(struct factor *m, struct feat_row *const *rows, size_t n, const struct moment *t)
{
	if (n > m->y_cap)
		m->y = mem_resize(m->y, m->y_cap = n * 2, sizeof *m->y);
	memset(m->sum, 0, (feat_sectors_count(m->sectors) + 1) * sizeof *m->sum);
	memset(m->count, 0, (feat_sectors_count(m->sectors) + 1) * sizeof *m->count);
	for (size_t i = 0; i < n; i++) {
		struct fseries *x = series_of(m, rows[i]);
		uint32_t sector = feat_sectors_of(m->sectors, rows[i]->sym);
		double close = rows[i]->bar.close * rows[i]->unit;
		bool next = x->instant + 1 == t->instant && x->instant > 0;

		m->y[i] = next && rows[i]->sym != m->bench ? close / x->last - 1 : NAN;
		if (!isfinite(m->y[i]))
			m->y[i] = NAN;
		x->instant = t->instant;
		x->last = close;
		if (isnan(m->y[i]))
			continue;
		m->sum[sector] += m->y[i];
		m->count[sector]++;
	}
}

static int
factor_instant(struct feat_step *s, struct feat_row *const *rows, size_t n)
{
	struct factor *m = s->state;
	struct moment t = { ++market_of(m, rows[0]->interval)->instant, NAN };

	for (size_t i = 0; i < n; i++)
		if (rows[i]->sym == m->bench)
			t.bench = rows[i]->bar.close * rows[i]->unit;
	returns(m, rows, n, &t);
	for (size_t i = 0; i < n; i++)
		fill(m, rows[i], m->y[i], &t);
	return 0;
}

static void
factor_split(struct feat_step *s, const struct sym *sym, double ratio)
{
	struct factor *m = s->state;

	for (size_t i = 0; isnan(ratio) && i < m->series_cap; i++)
		if (m->series[i].sym == sym)
			series_free(m, &m->series[i]);
}

static void
factor_close(struct feat_step *s)
{
	struct factor *m = s->state;

	if (!m)
		return;
	for (size_t i = 0; i < m->series_cap; i++)
		series_free(m, &m->series[i]);
	feat_sectors_free(m->sectors);
	feat_fund_free(m->fund);
	free(m->cols);
	free(m->series);
	free(m->markets);
	free(m->y);
	free(m->sum);
	free(m->count);
	free(m);
}

const struct feat_step_kind feat_step_factor = {
	.name = "factor",
	.open = factor_open,
	.instant = factor_instant,
	.split = factor_split,
	.close = factor_close,
};
