#include "rl/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/out.h"
#include "rl/market_env.h"
#include "rl/play.h"
#include "rl/span.h"

const char *const rl_search_methods[] = { "no", "random", "tpe", "halving" };
static const char *const objectives[] = { "valid_mean", "sharpe" };

void
rl_settings_free(struct rl_setting *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free((char *)(uintptr_t)s[i].key);
		free((char *)(uintptr_t)s[i].value);
	}
	free(s);
}

/* ---- the space ---- */

/* What a search must not touch: it is about the files, or about the search itself. */
static bool
fixed(const char *key, bool halving)
{
	static const char *const keys[] = { "env", "valid-env", "out", "pipeline", "data",
		"metrics", "metrics-every", "checkpoint", "checkpoint-every", "resume", "threads",
		"eval-episodes", "valid-episodes", "walk-forward", "train-span", "test-span",
		"purge", "embargo", "folds", "from", "to", "valid-part", "oos", "refit",
		"keep-folds", "search", "trials", "space", "objective", "eta", "trials-ledger",
		"trials-time", "best", NULL };

	for (size_t i = 0; keys[i]; i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return halving && strcmp(key, "steps") == 0;
}

static int
kind_of(void *arg, const char *key, struct err *e)
{
	const struct rl_train *o = arg;
	const struct opt *found;
	size_t off;

	if (strncmp(key, "env.", 4) == 0) {
		char name[64];
		size_t n = strcspn(o->env, ",");

		if (n >= sizeof name)
			n = sizeof name - 1;
		memcpy(name, o->env, n);
		name[n] = '\0';
		const struct rl_env_kind *kind = rl_env_find(name);

		found = kind && kind->opts ? opt_find(kind->opts, key + 4, strlen(key + 4), 0, &off)
					   : NULL;
		if (!found)
			return err_set(
			    e, ERR_USAGE, "--space: %s has no parameter '%s'", name, key + 4);
	} else {
		found = opt_find(rl_train_opts, key, strlen(key), 0, &off);
		if (!found || fixed(key, o->search == RL_SEARCH_HALVING))
			return err_set(e, ERR_USAGE,
			    "--space: '%s' is no setting that can be searched; options of learning "
			    "can (lr, hidden, ...), and parameters of the environment as env.NAME",
			    key);
	}
	return found->kind == OPT_INT;
}

struct rl_setting *
rl_settings_of(const struct tune *u, const double *x)
{
	struct rl_setting *s = mem_array(u->n, sizeof *s);
	struct buf b = { 0 };

	for (size_t i = 0; i < u->n; i++) {
		buf_clear(&b);
		tune_put(&u->dim[i], x[i], &b);
		s[i].key = mem_dup(u->dim[i].key, strlen(u->dim[i].key));
		s[i].value = mem_dup(b.p, b.len);
	}
	buf_free(&b);
	return s;
}

/* Each attempt has a generator of its own, so that a search goes on where it ended. */
static void
seed_of(const struct rl_search *s, int64_t k, struct rng *g)
{
	const struct rl_train *o = rl_parsed_of(s->base);

	rng_seed(g, (uint64_t)o->o.seed * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)k);
}

/* As its text says it. */
static void
round_off(const struct tune *u, double *x)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < u->n; i++) {
		buf_clear(&b);
		tune_put(&u->dim[i], x[i], &b);
		tune_get(&u->dim[i], buf_z(&b), &x[i]);
	}
	buf_free(&b);
}

void
rl_search_random(struct rl_search *s, int64_t k, double *x)
{
	struct rng g;

	seed_of(s, k, &g);
	tune_random(&s->space, &g, x);
	round_off(&s->space, x);
}

static void
next_point(struct rl_search *s, int64_t k, double *x)
{
	struct rng g;

	seed_of(s, k, &g);
	if (rl_parsed_of(s->base)->search == RL_SEARCH_TPE)
		tune_tpe(&s->space, &g, s->points, s->loss, s->n, x);
	else
		tune_random(&s->space, &g, x);
	round_off(&s->space, x);
}

/* ---- random and TPE ---- */

static int
one_by_one(struct rl_search *s, int64_t *attempt, double *objective)
{
	const struct rl_train *o = rl_parsed_of(s->base);
	size_t d = s->space.n;
	int rc = 0;

	*objective = NAN;
	for (int64_t k = 1; k <= o->trials && rc == 0; k++) {
		struct rl_attempt a = { .attempt = k, .rung = -1, .x = s->points + s->n * d };
		const struct rl_trial *t;

		next_point(s, k, s->points + s->n * d);
		rc = rl_attempt(s, &a, &t);
		if (rc < 0)
			break;
		s->loss[s->n++] = rl_loss(t);
		s->spent += t->steps;
		s->failed += !isfinite(t->objective);
		if (isfinite(t->objective) && !(t->objective <= *objective)) {
			*objective = t->objective;
			*attempt = k;
		}
	}
	return rc;
}

/* ---- the verdict ---- */

static int
say(struct rl_search *s)
{
	return io_out_flush(1, &s->line, "standard output", s->err);
}

static void
put_config(struct buf *b, const struct rl_parsed *p, const struct rl_setting *s, size_t n)
{
	const struct rl_train *o = rl_parsed_of(p);
	bool env = false;

	for (size_t i = 0; i < n; i++) {
		if (strncmp(s[i].key, "env.", 4) != 0)
			buf_printf(b, "%s = %s\n", s[i].key, s[i].value);
		else
			env = true;
	}
	if (!env)
		return;
	buf_printf(b, "env = \"%s", o->env);
	for (size_t i = 0; i < n; i++)
		if (strncmp(s[i].key, "env.", 4) == 0)
			buf_printf(b, ",%s=%s", s[i].key + 4, s[i].value);
	buf_puts(b, "\"\n");
}

static int
verdict(struct rl_search *s, int64_t attempt, double objective, const struct rl_setting *best)
{
	const struct rl_train *o = rl_parsed_of(s->base);
	struct buf config = { 0 }, *b = &s->line;
	double stdev;
	size_t n = rl_ledger_count(&s->ledger, &stdev);
	int rc = 0;

	put_config(&config, s->base, best, s->space.n);
	if (o->best)
		rc = io_file_replace(o->best, config.p, config.len, s->err);
	buf_printf(b, "{\"type\":\"search\",\"method\":\"%s\",\"search\":\"%s\"",
	    rl_search_methods[o->search], s->id);
	rl_put_text(b, "env", o->env);
	rl_put_text(b, "algo", o->algo);
	buf_printf(b, ",\"seed\":%lld,\"tries\":%lld,\"failed\":%zu,\"steps\":%lld",
	    (long long)o->o.seed, (long long)o->trials, s->failed, (long long)s->spent);
	rl_put_text(b, "objective", objectives[o->objective]);
	buf_printf(b, ",\"best_try\":%lld", (long long)attempt);
	rl_put_f64(b, "best_objective", objective);
	buf_printf(b, ",\"trials\":%zu", n);
	rl_put_f64(b, "trials_stdev", stdev);
	rl_put_text(b, "config", buf_z(&config));
	buf_puts(b, "}\n");
	if (rc == 0)
		rc = say(s);
	buf_free(&config);
	return rc;
}

/* What the attempts learn from: with other data under the same name it is another search. A span
 * behind them is none of its business. */
static int
put_data(struct rl_search *s, struct buf *what)
{
	const struct rl_train *o = rl_parsed_of(s->base);
	struct rl_env *v = rl_run_env(o, o->env, 1, s->err);
	struct rl_spans spans;
	struct rl_fold f;
	char hash[65];
	int rc = v ? 0 : s->err->code;

	if (v && rl_market_of(v)) {
		rc = rl_spans_open(&spans, o, s->err);
		if (rc == 0) {
			rl_market_hash(
			    v, rl_spans_fold(&spans, 0, &f) ? f.valid_to : INT64_MAX, hash);
			buf_printf(what, " data=%s", hash);
		}
	}
	rl_env_free(v);
	return rc;
}

static int
open_search(struct rl_search *s)
{
	const struct rl_train *o = rl_parsed_of(s->base);
	struct buf what = { 0 };
	int rc;

	if (!o->space)
		return err_set(s->err, ERR_USAGE,
		    "--search needs --space 'lr=1e-4..1e-2:log,hidden=32|64,...'");
	rc = tune_parse(&s->space, o->space, kind_of, (void *)(uintptr_t)o, s->err);
	if (rc < 0)
		return rc;
	/* more tries of the same search go on where it ended; halving's rungs depend on them */
	buf_printf(&what, "%s", s->base->what.p);
	if (o->search == RL_SEARCH_HALVING)
		buf_printf(&what, " trials=%lld", (long long)o->trials);
	rc = put_data(s, &what);
	rl_search_id(buf_z(&what), s->id);
	buf_free(&what);
	if (rc < 0)
		return rc;
	s->points = mem_array((size_t)o->trials * s->space.n, sizeof *s->points);
	s->loss = mem_array((size_t)o->trials, sizeof *s->loss);
	rc = rl_ledger_open(&s->ledger, o->ledger, o->ledger_time, s->err);
	return rc == 0 ? rl_metrics_open(o, false, &s->metrics, s->err) : rc;
}

int
rl_search(const struct rl_parsed *base, int argc, char **argv, struct rl_setting **best,
    size_t *nbest, struct err *e)
{
	const struct rl_train *o = rl_parsed_of(base);
	struct rl_search s = { .base = base, .argc = argc, .argv = argv, .metrics = -1, .err = e };
	double objective = NAN;
	int64_t attempt = 0;
	int rc = open_search(&s);

	*best = NULL;
	*nbest = 0;
	if (rc == 0)
		rc = o->search == RL_SEARCH_HALVING ? rl_halving(&s, &attempt, &objective)
						    : one_by_one(&s, &attempt, &objective);
	if (rc == 0 && attempt == 0)
		rc = err_set(
		    e, ERR_FAIL, "none of %lld tries came to an objective", (long long)o->trials);
	if (rc == 0) {
		*best = rl_settings_of(&s.space, s.points + (size_t)(attempt - 1) * s.space.n);
		*nbest = s.space.n;
		rc = verdict(&s, attempt, objective, *best);
	}
	rc = rl_metrics_close(o, s.metrics, rc, e);
	tune_free(&s.space);
	rl_ledger_close(&s.ledger);
	free(s.points);
	free(s.loss);
	buf_free(&s.line);
	return rc;
}
