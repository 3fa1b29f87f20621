/* One attempt of a search: the ledger's line of it, or a training that makes one. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/out.h"
#include "rl/market_env.h"
#include "rl/play.h"
#include "rl/search.h"
#include "rl/span.h"

/* The point of a ledger's line; false when it is of another space. */
static bool
point_of(const struct tune *u, const struct rl_trial *t, double *x)
{
	for (size_t i = 0; i < u->n; i++)
		if (i >= t->nsettings || strcmp(t->setting[i].key, u->dim[i].key) != 0 ||
		    !tune_get(&u->dim[i], t->setting[i].value, &x[i]))
			return false;
	return t->nsettings == u->n;
}

double
rl_loss(const struct rl_trial *t)
{
	return isfinite(t->objective) ? -t->objective : INFINITY;
}

static bool
finite_weights(const struct rl_trainer *t)
{
	for (size_t i = 0; i < t->nw; i++)
		if (!isfinite(t->w[i]))
			return false;
	return true;
}

/* The validation span once, by the policy. */
static int
valid_sharpe(struct rl_run *r, const struct rl_fold *f, const struct rl_train *o, double *sharpe)
{
	struct rl_played p = { 0 };
	struct rl_verdict v;
	int rc = rl_play(r->t, o, f->valid_from, f->valid_to, false, &p, r->err);

	if (rc == 0) {
		double *ret = mem_array(p.n, sizeof *ret);
		bool flat = p.n > 2;

		for (size_t i = 1; i < p.n; i++) {
			ret[i - 1] = p.rows[i].value[0] / p.rows[i - 1].value[0] - 1;
			flat &= ret[i - 1] == 0;
		}
		rl_judge(ret, p.n ? p.n - 1 : 0, 1, 0, NAN, false, 0, &v);
		*sharpe = flat ? 0 : v.per_period; /* who never trades has no risk, and no gain */
		free(ret);
	}
	free(p.rows);
	return rc;
}

static int
score(struct rl_run *r, const struct rl_plan *plan, const struct rl_fold *f, struct rl_trial *t)
{
	int rc;

	rl_run_settle(r);
	if (!finite_weights(r->t))
		return 0; /* it diverged: no objective */
	rc = rl_run_valid_mean(r, &t->valid_mean);
	if (rc == 0 && f && plan->whole)
		rc = valid_sharpe(r, f, &plan->o, &t->sharpe);
	t->objective = plan->o.objective == RL_OBJECTIVE_SHARPE ? t->sharpe : t->valid_mean;
	return rc;
}

static int
learn(struct rl_search *s, const struct rl_attempt *a, const struct rl_parsed *p,
    const struct rl_plan *plan, const struct rl_fold *f, struct rl_trial *t)
{
	struct rl_run r;
	char label[64];
	int rc = rl_run_open(&r, &plan->o, plan->train.p, plan->valid.p, p->what.p, s->err);

	snprintf(label, sizeof label, ",\"try\":%lld", (long long)a->attempt);
	r.label = label;
	r.metrics = s->metrics;
	if (rc == 0 && plan->whole) {
		r.valid_first = 0;
		r.nvalid = rl_market_episodes(r.valid);
	}
	if (rc == 0 && f) {
		rl_market_hash(r.t->env, f->valid_to, t->data);
	} else if (rc == 0 && r.t->env->data_hash) {
		snprintf(t->data, sizeof t->data, "%s", r.t->env->data_hash);
	}
	if (rc == 0 && a->from && a->from->len)
		rc = rl_checkpoint_unpack(a->from, "the last rung", p->what.p, r.t, &r.g, s->err);
	if (rc == 0 && a->until)
		r.until = a->until;
	if (rc == 0)
		rc = rl_run_learn(&r);
	if (rc == 0 && a->to)
		rl_checkpoint_pack(a->to, p->what.p, r.t, &r.g);
	if (rc == 0) {
		t->steps = r.t->steps;
		rc = score(&r, plan, f, t);
	}
	rl_run_free(&r);
	return rc;
}

static int
train_attempt(struct rl_search *s, const struct rl_attempt *a, struct rl_trial *t)
{
	struct rl_parsed p;
	struct rl_spans spans;
	struct rl_plan plan = { 0 };
	struct rl_fold fold, *f = NULL;
	int rc = rl_train_parse(&p, s->argc, s->argv, t->setting, t->nsettings, s->err);
	const struct rl_train *o = rl_parsed_of(&p);

	if (rc == 0)
		rc = rl_spans_open(&spans, o, s->err);
	if (rc == 0) {
		f = rl_spans_fold(&spans, 0, &fold) ? &fold : NULL;
		rl_plan_make(&plan, o, f);
		t->env = mem_dup(o->env, strlen(o->env));
		t->algo = mem_dup(o->algo, strlen(o->algo));
		t->seed = o->o.seed;
		if (o->objective == RL_OBJECTIVE_SHARPE && !plan.whole)
			rc = err_set(s->err, ERR_USAGE,
			    "--objective sharpe needs a market and a span that validates: "
			    "--valid-part, or --walk-forward");
	}
	if (rc == 0)
		rc = learn(s, a, &p, &plan, f, t);
	rl_plan_free(&plan);
	rl_parsed_free(&p);
	return rc;
}

int
rl_attempt(struct rl_search *s, const struct rl_attempt *a, const struct rl_trial **out)
{
	const struct rl_train *o = rl_parsed_of(s->base);
	const struct rl_trial *t = rl_ledger_find(&s->ledger, s->id, a->attempt, a->rung);
	int rc = 0;

	*out = NULL;
	if (t) {
		double x[TUNE_MOST];

		if (!point_of(&s->space, t, x) || memcmp(x, a->x, s->space.n * sizeof *x) != 0)
			return err_set(s->err, ERR_DATA,
			    "%s: trial %lld is not what this search tries %lld-th", o->ledger,
			    (long long)t->trial, (long long)a->attempt);
		rl_trial_put(t, false, &s->line);
	} else {
		struct rl_trial now = { .attempt = a->attempt,
			.rung = a->rung,
			.setting = rl_settings_of(&s->space, a->x),
			.nsettings = s->space.n,
			.objective = NAN,
			.valid_mean = NAN,
			.sharpe = NAN };

		memcpy(now.search, s->id, sizeof now.search);
		now.method =
		    mem_dup(rl_search_methods[o->search], strlen(rl_search_methods[o->search]));
		rc = train_attempt(s, a, &now);
		if (rc == 0)
			rc = rl_ledger_add(&s->ledger, &now, &s->line, s->err);
		else if (rc != ERR_PIPE)
			err_wrap(s->err, "try %lld", (long long)a->attempt);
		rl_trial_free(&now);
		t = rc == 0 ? &s->ledger.v[s->ledger.n - 1] : NULL;
	}
	if (rc == 0)
		rc = io_out_flush(1, &s->line, "standard output", s->err);
	*out = t;
	return rc;
}
