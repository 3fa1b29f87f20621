/* --fit: what was collected, pooled or by symbol, to a model file. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/tim.h"
#include "regime/regime.h"

#define LAMBDA 0.94 /* of the baseline: RiskMetrics' for daily returns */

void
regime_collect(struct regime *g, struct regime_series *s, int64_t ts, double ret)
{
	struct regime_train *t = &s->train;

	if (isnan(ret) || (g->from != TIM_NONE && ts < g->from) ||
	    (g->until != TIM_NONE && ts >= g->until))
		return;
	if (g->rows > 0 && t->n >= (size_t)g->rows)
		return;
	if (t->n == 0)
		t->from = ts;
	t->until = ts;
	*MEM_AT(t->x, t->cap, t->n) = ret;
	t->n++;
}

struct noting {
	struct regime *g;
	const char *of;
};

static void
note_climb(void *arg, int start, double loglik, int iterations)
{
	struct noting *n = arg;

	stage_note(&n->g->base, 2, "%s: start %d: log-likelihood %.6f after %d iterations more",
	    n->of, start, loglik, iterations);
}

/* Fit one set of parameters; `of` names it in the words. */
static int
fit_one(struct regime *g, const struct fit_data *d, const char *of, struct regime_params *p)
{
	struct fit_options o = { .states = (int)g->states,
		.dist = g->dist ? REGIME_T : REGIME_GAUSSIAN,
		.nu = g->df,
		.restarts = (int)g->restarts,
		.seed = (uint64_t)g->seed,
		.guide = g->guide,
		.prior = g->prior,
		.max_iter = (int)g->max_iter,
		.tol = 1e-7 };
	struct noting noting = { g, of };
	struct fit_result r;
	int rc = fit_hmm(d, &o, &r, note_climb, &noting, g->base.env->err);

	if (rc < 0)
		return err_wrap(g->base.env->err, "%s", of);
	p->m = r.m;
	p->loglik = r.loglik;
	p->iterations = r.iterations;
	p->converged = r.converged;
	p->start = r.start;
	p->n = d->n;
	p->series = d->nseries;
	if (!r.converged)
		stage_note(&g->base, 1, "%s: not at the top after %d iterations; see --max-iter",
		    of, r.iterations);
	p->lambda = LAMBDA;
	return fit_ewma(d, LAMBDA, (int)g->states, p->cut, g->base.env->err);
}

/* All series one after the other: one set of parameters. */
static int
fit_pooled(struct regime *g, struct regime_model *m)
{
	struct fit_data d = { .n = 0 };
	size_t total = 0, ns = 0;
	double *x;
	long *first;

	for (size_t i = 0; i < g->nseries; i++)
		if (g->series[i])
			total += g->series[i]->train.n;
	x = mem_array(total, sizeof *x);
	first = mem_array(g->nseries, sizeof *first);
	m->all.from = m->all.until = TIM_NONE;
	for (size_t i = 0; i < g->nseries; i++) {
		const struct regime_train *t = g->series[i] ? &g->series[i]->train : NULL;

		if (!t || t->n == 0)
			continue;
		if (m->all.from == TIM_NONE || t->from < m->all.from)
			m->all.from = t->from;
		if (m->all.until == TIM_NONE || t->until > m->all.until)
			m->all.until = t->until;
		first[ns++] = d.n;
		memcpy(x + d.n, t->x, t->n * sizeof *x);
		d.n += (long)t->n;
	}
	d.x = x;
	d.first = first;
	d.nseries = (long)ns;
	m->pooled = true;
	int rc = fit_one(g, &d, "--fit", &m->all);
	free(x);
	free(first);
	return rc;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(
	    ((const struct regime_symbol *)a)->sym, ((const struct regime_symbol *)b)->sym);
}

/* A symbol that cannot be fitted is told and left out; none at all is an error. */
static int
fit_each(struct regime *g, struct regime_model *m)
{
	static const long zero;
	int rc = 0;

	m->symbols = mem_array(g->nseries, sizeof *m->symbols);
	for (size_t i = 1; i < g->nseries; i++) {
		struct regime_series *s = g->series[i];
		struct regime_symbol *to = &m->symbols[m->nsymbols];

		if (!s)
			continue;
		struct fit_data d = { s->train.x, (long)s->train.n, &zero, 1 };
		*to = (struct regime_symbol){ .p = { .from = s->train.from,
						  .until = s->train.until } };
		memcpy(to->sym, s->sym->name, sizeof s->sym->name);
		rc = fit_one(g, &d, to->sym, &to->p);
		if (rc == 0)
			m->nsymbols++;
		else
			stage_note(&g->base, 1, "left out: %s", g->base.env->err->msg);
	}
	if (m->nsymbols == 0)
		return stage_fail(
		    &g->base, ERR_DATA, "--fit --per-symbol: no symbol could be fitted");
	qsort(m->symbols, m->nsymbols, sizeof *m->symbols, by_name);
	return 0;
}

int
regime_fit(struct regime *g)
{
	struct regime_model m = { .k = (int)g->states,
		.dist = g->dist ? REGIME_T : REGIME_GAUSSIAN,
		.ret = g->returns ? REGIME_GIVEN : (enum regime_return)g->ret,
		.stationary = g->start == 0,
		.restarts = g->restarts,
		.seed = (uint64_t)g->seed };
	int rc;

	regime_model_labels(&m);
	regime_model_named(&m, str_z(g->name));
	rc = g->per_symbol ? fit_each(g, &m) : fit_pooled(g, &m);
	if (rc == 0)
		rc = regime_model_write(&m, g->fit_path, g->base.env->err);
	regime_model_free(&m);
	return rc;
}
