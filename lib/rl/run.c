#include "rl/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/out.h"

/* ---- worlds ---- */

/* --pipeline and --data are two parameters of the market, more stand behind the name in --env. */
static struct rl_env *
market_new(const struct rl_train *o, const char *text, size_t n, struct err *e)
{
	const struct rl_env_kind *kind = rl_env_find("market");
	struct buf files = { 0 };
	char *more = mem_dup(text, strlen(text)), *at = strchr(more, ',');
	struct rl_param *params = mem_array(strlen(text) + 2, sizeof *params);
	struct rl_env *v = NULL;
	size_t np = 0;

	for (size_t i = 0; i < o->data.n; i++)
		buf_printf(&files, "%s%s", i ? "|" : "", o->data.v[i]);
	params[np++] = (struct rl_param){ "pipeline", o->pipeline };
	if (files.len)
		params[np++] = (struct rl_param){ "data", buf_z(&files) };
	while (at) {
		char *key = at + 1, *value;

		*at = '\0';
		at = strchr(key, ',');
		if (at)
			*at = '\0';
		value = strchr(key, '=');
		if (!value) {
			err_set(e, ERR_USAGE, "--env: '%s' is not key=value", key);
			goto done;
		}
		*value++ = '\0';
		params[np++] = (struct rl_param){ key, value };
		if (at)
			*at = ',';
	}
	if (!kind)
		err_set(e, ERR_USAGE, "--pipeline: this build has no market environment");
	else
		v = rl_env_make(kind, params, np, n, e);
done:
	buf_free(&files);
	free(params);
	free(more);
	return v;
}

struct rl_env *
rl_run_env(const struct rl_train *o, const char *text, size_t n, struct err *e)
{
	return o->pipeline ? market_new(o, text, n, e) : rl_env_new(text, n, e);
}

static const struct rl_algo *
find_algo(const char *name, struct err *e)
{
	struct buf b = { 0 };

	for (size_t i = 0; rl_algos[i]; i++)
		if (strcmp(rl_algos[i]->name, name) == 0)
			return rl_algos[i];
	for (size_t i = 0; rl_algos[i]; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", rl_algos[i]->name);
	err_set(e, ERR_USAGE, "--algo: '%s' is not known; there are %s", name, buf_z(&b));
	buf_free(&b);
	return NULL;
}

static int64_t
every(int64_t asked, int64_t steps, int64_t parts)
{
	int64_t n = asked ? asked : steps / parts;

	return n ? n : 1;
}

int
rl_run_open(struct rl_run *r, const struct rl_train *o, const char *train, const char *valid,
    const char *what, struct err *e)
{
	const struct rl_algo *algo = find_algo(o->algo, e);
	struct rl_env *env;

	*r = (struct rl_run){ .o = o, .what = what, .err = e, .metrics = -1 };
	r->until = o->o.steps;
	r->valid_first = RL_VALID_FIRST;
	r->nvalid = (size_t)o->valid_episodes;
	r->g.best = -INFINITY;
	r->g.next_eval = o->eval_every;
	r->g.next_metrics = every(o->metrics_every, o->o.steps, 100);
	env = algo ? rl_run_env(o, train, (size_t)o->o.envs, e) : NULL;
	if (!env)
		return e->code;
	r->t = rl_trainer_new(algo, &o->o, env, e);
	if (!r->t)
		return e->code;
	r->valid = rl_run_env(o, valid, RL_SIDE, e);
	if (!r->valid)
		return e->code;
	r->valid->err = e;
	if (r->valid->nobs != env->nobs || r->valid->act.n != env->act.n ||
	    r->valid->act.kind != env->act.kind)
		return err_set(
		    e, ERR_USAGE, "--valid-env has other observations or actions than --env");
	return 0;
}

int
rl_run_resume(struct rl_run *r)
{
	int rc;

	if (!r->checkpoint || access(r->checkpoint, F_OK) != 0)
		return 0;
	rc = rl_checkpoint_read(r->checkpoint, r->what, r->t, &r->g, r->err);
	r->resumed = rc == 0;
	return rc;
}

/* ---- validation ---- */

int
rl_run_valid_mean(struct rl_run *r, double *mean)
{
	double *reward = mem_array(r->nvalid, sizeof *reward), sum = 0;
	int rc = rl_evaluate(r->t, r->valid, false, r->valid_first, r->nvalid, reward);

	for (size_t i = 0; i < r->nvalid; i++)
		sum += reward[i];
	*mean = sum / (double)r->nvalid;
	free(reward);
	return rc;
}

static void
snapshot(struct rl_run *r)
{
	struct rl_progress *g = &r->g;
	const struct rl_trainer *t = r->t;

	if (!g->best_w) {
		g->best_w = mem_array(t->nw, sizeof *g->best_w);
		g->best_norm = mem_array(2 * t->env->nobs, sizeof *g->best_norm);
	}
	memcpy(g->best_w, t->w, t->nw * sizeof *t->w);
	memcpy(g->best_norm, t->norm.mu, 2 * t->env->nobs * sizeof *t->norm.mu);
}

static int
validate(struct rl_run *r)
{
	double m;
	int rc = rl_run_valid_mean(r, &m);

	if (rc < 0)
		return rc;
	if (m > r->g.best) {
		r->g.best = m;
		r->g.worse = 0;
		snapshot(r);
	} else {
		r->g.worse++;
	}
	if (r->metrics < 0)
		return 0;
	buf_printf(&r->line, "{\"type\":\"valid\"%s,\"steps\":%lld", r->label ? r->label : "",
	    (long long)r->t->steps);
	rl_put_f64(&r->line, "reward_mean", m);
	rl_put_f64(&r->line, "best", r->g.best);
	buf_puts(&r->line, "}\n");
	return io_out_flush(r->metrics, &r->line, r->o->metrics, r->err);
}

/* ---- the loop ---- */

/* What is due after an iteration: 0, 1 when patience is at its end, or a code. */
static int
tend(struct rl_run *r)
{
	const struct rl_train *o = r->o;
	struct rl_trainer *t = r->t;
	int64_t metrics = every(o->metrics_every, t->o.steps, 100);
	int rc;

	rl_run_show(r);
	if (t->steps >= r->g.next_metrics) {
		r->g.next_metrics = t->steps / metrics * metrics + metrics;
		if ((rc = rl_run_metrics(r)) < 0)
			return rc;
	}
	if (!o->eval_every || t->steps < r->g.next_eval)
		return 0;
	r->g.next_eval = t->steps / o->eval_every * o->eval_every + o->eval_every;
	if ((rc = validate(r)) < 0)
		return rc;
	return o->patience && r->g.worse >= o->patience;
}

int
rl_run_learn(struct rl_run *r)
{
	struct rl_trainer *t = r->t;
	int64_t checkpoint = every(r->o->checkpoint_every, t->o.steps, 10);
	int64_t next = t->steps / checkpoint * checkpoint + checkpoint;
	int rc = 0;

	if (r->o->patience && r->g.worse >= r->o->patience)
		r->exhausted = true; /* it was so when it was saved */
	while (!r->exhausted && t->steps < r->until) {
		if (t->o.steps - t->steps < (int64_t)t->env->n) {
			r->exhausted = true;
			break;
		}
		rc = rl_iterate(t);
		if (rc == 0)
			rc = tend(r);
		if (rc < 0)
			break;
		r->exhausted = rc > 0;
		if (r->exhausted || !r->checkpoint || t->steps < next)
			continue;
		next = t->steps / checkpoint * checkpoint + checkpoint;
		rc = rl_checkpoint_write(r->checkpoint, r->what, t, &r->g, r->err);
		if (rc < 0)
			break;
	}
	rl_run_show_end(r);
	return rc < 0 ? rc : 0;
}

void
rl_run_settle(struct rl_run *r)
{
	struct rl_trainer *t = r->t;

	if (!r->g.best_w) {
		rl_average(t);
		return;
	}
	memcpy(t->w, r->g.best_w, t->nw * sizeof *t->w);
	memcpy(t->norm.mu, r->g.best_norm, 2 * t->env->nobs * sizeof *t->norm.mu);
}

void
rl_run_free(struct rl_run *r)
{
	rl_run_show_end(r);
	rl_trainer_free(r->t);
	rl_env_free(r->valid);
	free(r->g.best_w);
	free(r->g.best_norm);
	buf_free(&r->line);
	r->t = NULL;
	r->valid = NULL;
}
