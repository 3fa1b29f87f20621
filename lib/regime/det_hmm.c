/* The hidden Markov model, filtered online; and the volatility threshold it is measured against. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "regime/detect.h"

/* ---- hmm ---- */

struct hmm_state {
	const struct hmm_plan *plan;
	struct hmm_filter f;
	int now;
};

/* One plan for all symbols, and one for each of the model's own. */
static int
hmm_det_check(struct det *d, struct err *e)
{
	struct hmm_plan *plans = d->plan = mem_array(d->model.nsymbols + 1, sizeof *plans);
	int rc = d->model.pooled ? hmm_plan(&plans[d->model.nsymbols], &d->model.all.m, e) : 0;

	for (size_t i = 0; i < d->model.nsymbols && rc == 0; i++)
		rc = hmm_plan(&plans[i], &d->model.symbols[i].p.m, e);
	return rc;
}

static size_t
hmm_det_size(const struct det *d)
{
	(void)d;
	return sizeof(struct hmm_state);
}

static bool
hmm_det_start(const struct det *d, void *state, const char *sym)
{
	const struct regime_params *p = regime_model_for(&d->model, sym);
	const struct hmm_plan *plans = d->plan;
	struct hmm_state *s = state;

	if (!p)
		return false;
	s->now = -1;
	s->plan = &plans[d->model.nsymbols];
	for (size_t i = 0; i < d->model.nsymbols; i++)
		if (p == &d->model.symbols[i].p)
			s->plan = &plans[i];
	return true;
}

static bool
hmm_det_push(const struct det *d, void *state, const struct det_bar *b, struct det_view *v)
{
	struct hmm_state *s = state;
	const struct hmm *m = &s->plan->m;
	double stay = 0;

	if (!isnan(b->ret))
		hmm_step(s->plan, &s->f, b->ret);
	else if (s->f.any)
		hmm_miss(s->plan, &s->f);
	else
		return false;
	s->now = det_hold(s->f.p, m->k, s->now, d->enter, d->leave);
	v->state = s->now;
	v->label = d->model.label[s->now];
	v->nprobs = m->k;
	memcpy(v->probs, s->f.p, sizeof v->probs);
	for (int i = 0; i < m->k; i++)
		stay += s->f.p[i] * m->p[i][s->now];
	v->p_leave = stay < 1 ? 1 - stay : 0;
	if (m->p[s->now][s->now] < 1)
		v->expected_duration = 1 / (1 - m->p[s->now][s->now]);
	return true;
}

const struct det_kind det_hmm = {
	.name = "hmm",
	.about = "hidden Markov model of returns, filtered",
	.takes_file = true,
	.file_needed = true,
	.check = hmm_det_check,
	.size = hmm_det_size,
	.start = hmm_det_start,
	.push = hmm_det_push,
};

/* ---- ewma ---- */

enum { EWMA_LAMBDA, EWMA_CUT };

struct ewma_state {
	const struct regime_params *p; /* NULL: the parameters of the command line */
	double var;
	bool any;
};

static int
ewma_check(struct det *d, struct err *e)
{
	if (d->has_model == (d->par[EWMA_CUT] > 0))
		return err_set(e, ERR_USAGE,
		    "ewma needs its threshold: either a model file, ewma:MODEL.json, or "
		    "ewma:cut=VOL");
	if (d->has_model && d->model.pooled && d->model.all.lambda == 0)
		return err_set(e, ERR_DATA, "ewma: the model has no key ewma");
	for (size_t i = 0; i < d->model.nsymbols; i++)
		if (d->model.symbols[i].p.lambda == 0)
			return err_set(e, ERR_DATA, "ewma: the model has no key ewma for %s",
			    d->model.symbols[i].sym);
	return 0;
}

static size_t
ewma_size(const struct det *d)
{
	(void)d;
	return sizeof(struct ewma_state);
}

static bool
ewma_start(const struct det *d, void *state, const char *sym)
{
	struct ewma_state *s = state;

	s->p = d->has_model ? regime_model_for(&d->model, sym) : NULL;
	return s->p || !d->has_model;
}

static bool
ewma_push(const struct det *d, void *state, const struct det_bar *b, struct det_view *v)
{
	static const char *const two[] = { "calm", "turbulent" };
	struct ewma_state *s = state;
	double lambda = s->p ? s->p->lambda : d->par[EWMA_LAMBDA];
	const double *cut = s->p ? s->p->cut : &d->par[EWMA_CUT];
	int k = s->p ? d->model.k : 2;

	if (!isnan(b->ret)) {
		double q = b->ret * b->ret;
		s->var = s->any ? lambda * s->var + (1 - lambda) * q : q;
		s->any = true;
	}
	if (!s->any)
		return false;
	v->value = sqrt(s->var);
	v->state = 0;
	while (v->state + 1 < k && v->value > cut[v->state])
		v->state++;
	v->label = s->p ? d->model.label[v->state] : two[v->state];
	return true;
}

const struct det_kind det_ewma = {
	.name = "ewma",
	.about = "exponentially weighted volatility against thresholds",
	.params = { { "lambda", 0.94, 0.5, 0.9999, false, "weight of the past" },
	    { "cut", 0, 0, 10, false, "threshold: volatility of a bar" } },
	.takes_file = true,
	.check = ewma_check,
	.size = ewma_size,
	.start = ewma_start,
	.push = ewma_push,
};
