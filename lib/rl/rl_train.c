#include "rl/rl_train.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"
#include "io/out.h"
#include "stage/args.h"
#include "stage/run.h"

#define T(field) OPT_OFF(struct rl_train, field)

/* Seeds of validation episodes; those of the last evaluation are 0, 1, ... */
#define VALID_FIRST (UINT64_C(1) << 40)
#define SIDE 64 /* episodes evaluated side by side */

const struct opt rl_train_opts[] = {
	{ OPT_STR, 'e', "env", "ENV",
	    "environment[,key=value...]: cartpole, ou, almgren-chriss, sine, leak, noise, recall, "
	    "garleanu-pedersen",
	    NULL, NULL, NULL, T(env), 0, 0 },
	{ OPT_STR, 'a', "algo", "ALGO", "ppo, a2c, dqn, sac, es or cma-es", "ppo", NULL, NULL,
	    T(algo), 0, 0 },
	{ OPT_STR, 'o', "out", "FILE", "the model (ONNX)", NULL, NULL, NULL, T(out), 0, 0 },
	{ OPT_STR, 0, "pipeline", "STAGES", "learn in a market behind these stages", NULL, NULL,
	    NULL, T(pipeline), 0, 0 },
	{ OPT_LIST, 0, "data", "FILE", "the market's data, with --pipeline", NULL, NULL, NULL,
	    T(data), 0, 0 },
	{ OPT_STR, 'm', "metrics", "FILE", "write learning curves as NDJSON (- is stdout)", NULL,
	    NULL, NULL, T(metrics), 0, 0 },
	{ OPT_INT, 0, "metrics-every", "N", "steps between two lines of it; 0: a hundredth of them",
	    "0", NULL, NULL, T(metrics_every), 0, INT64_MAX },
	{ OPT_STR, 'c', "checkpoint", "FILE", "save the run here as it goes", NULL, NULL, NULL,
	    T(checkpoint), 0, 0 },
	{ OPT_INT, 0, "checkpoint-every", "N", "steps between two checkpoints; 0: a tenth of them",
	    "0", NULL, NULL, T(checkpoint_every), 0, INT64_MAX },
	{ OPT_FLAG, 0, "resume", NULL, "go on from the checkpoint when there is one", NULL, NULL,
	    NULL, T(resume), 0, 0 },
	{ OPT_INT, 0, "eval-episodes", "N", "episodes of the last evaluation", "400", NULL, NULL,
	    T(eval_episodes), 1, 10000000 },
	{ OPT_INT, 0, "eval-every", "N",
	    "steps between validations; the model is the best one; 0: none", "0", NULL, NULL,
	    T(eval_every), 0, INT64_MAX },
	{ OPT_STR, 0, "valid-env", "ENV", "environment of the validations (default: --env)", NULL,
	    NULL, NULL, T(valid_env), 0, 0 },
	{ OPT_INT, 0, "valid-episodes", "N", "episodes of a validation", "100", NULL, NULL,
	    T(valid_episodes), 1, 10000000 },
	{ OPT_INT, 0, "patience", "N",
	    "end after so many validations without a better one; 0: never", "0", NULL, NULL,
	    T(patience), 0, 1000000 },
	{ .kind = OPT_GROUP, .group = rl_opts_table, .off = T(o) },
	{ .kind = OPT_END },
};

static int
no_stage(struct stage *st)
{
	return stage_fail(st, ERR_USAGE,
	    "rl-train is a program of its own: it cannot stand in a "
	    "pipe-run");
}

static int
no_next(struct stage *st)
{
	(void)st;
	return 0;
}

const struct stage_kind rl_train_kind = {
	.name = "rl-train",
	.about = "learn a policy by reinforcement and write it as an ONNX model",
	.opts = rl_train_opts,
	.size = sizeof(struct rl_train),
	.main_type = REC_unknown,
	.source = true,
	.open = no_stage,
	.next = no_next,
};

/* A run of the tool. */
struct job {
	struct rl_train *o;
	struct rl_trainer *t;
	struct rl_env *eval, *valid;
	struct rl_progress g;
	struct buf what; /* names the run: command without file names */
	const char *command;
	int metrics; /* descriptor or -1 */
	int64_t next_checkpoint;
	struct buf line;
	const struct common_opts *common;
	/* progress on a terminal */
	bool shows, shown;
	double began, last_shown;
	float curve[32];
	size_t ncurve;
	double curve_at;
	struct err *err;
};

static double
clock_of(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double
now(void)
{
	return clock_of(CLOCK_MONOTONIC);
}

/* ---- lines ---- */

static void
put_f64(struct buf *b, const char *key, double v)
{
	char num[NUM_MAX];

	if (!isfinite(v))
		return;
	buf_printf(b, ",\"%s\":", key);
	buf_put(b, num, (size_t)(num_put_f64(num, v) - num));
}

static void
put_text(struct buf *b, const char *key, const char *z)
{
	buf_printf(b, ",\"%s\":\"", key);
	for (; *z; z++) {
		unsigned char c = (unsigned char)*z;

		if (c == '"' || c == '\\')
			buf_putc(b, '\\');
		if (c < 0x20)
			buf_printf(b, "\\u%04x", c);
		else
			buf_putc(b, (char)c);
	}
	buf_putc(b, '"');
}

static int
metrics_line(struct job *j)
{
	struct rl_trainer *t = j->t;

	if (j->metrics < 0)
		return 0;
	buf_puts(&j->line, "{\"type\":\"train\"");
	buf_printf(&j->line, ",\"steps\":%lld,\"episodes\":%llu", (long long)t->steps,
	    (unsigned long long)t->episodes);
	put_f64(&j->line, "reward_mean", rl_recent_mean(t));
	for (size_t i = 0; i < t->nmetric; i++)
		put_f64(&j->line, t->metric[i].name, t->metric[i].value);
	buf_puts(&j->line, "}\n");
	return io_out_flush(j->metrics, &j->line, j->o->metrics, j->err);
}

/* ---- the reward curve on a terminal ---- */

static void
curve_add(struct job *j)
{
	double r = rl_recent_mean(j->t);
	size_t most = sizeof j->curve / sizeof *j->curve;

	if (!isfinite(r))
		return;
	if (j->ncurve == most) {
		memmove(j->curve, j->curve + 1, (most - 1) * sizeof *j->curve);
		j->ncurve--;
	}
	j->curve[j->ncurve++] = (float)r;
}

static void
show(struct job *j)
{
	static const char *const bars[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	double t = now(), r = rl_recent_mean(j->t);
	float lo = INFINITY, hi = -INFINITY;
	struct buf *b = &j->line;

	if (!j->shows || t - j->began < 2 || t - j->last_shown < 0.2)
		return;
	if (tcgetpgrp(2) != getpgrp())
		return;
	j->last_shown = t;
	j->shown = true;
	curve_add(j);
	for (size_t i = 0; i < j->ncurve; i++) {
		lo = fminf(lo, j->curve[i]);
		hi = fmaxf(hi, j->curve[i]);
	}
	buf_printf(b, "\r\033[Krl-train: %3.0f %%  %.3g steps/s  ",
	    100 * (double)j->t->steps / (double)j->t->o.steps,
	    (double)j->t->steps / (t - j->began));
	if (isfinite(r))
		buf_printf(b, "reward %.4g  ", r);
	for (size_t i = 0; i < j->ncurve; i++)
		buf_puts(b, bars[hi > lo ? (int)(7.999f * (j->curve[i] - lo) / (hi - lo)) : 0]);
	io_out_flush(2, b, "standard error", j->err);
}

/* ---- validation ---- */

static double
mean(const double *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	return sum / (double)n;
}

static void
snapshot(struct job *j)
{
	struct rl_progress *g = &j->g;
	const struct rl_trainer *t = j->t;

	if (!g->best_w) {
		g->best_w = mem_array(t->nw, sizeof *g->best_w);
		g->best_norm = mem_array(2 * t->env->nobs, sizeof *g->best_norm);
	}
	memcpy(g->best_w, t->w, t->nw * sizeof *t->w);
	memcpy(g->best_norm, t->norm.mu, 2 * t->env->nobs * sizeof *t->norm.mu);
}

static int
validate(struct job *j)
{
	size_t n = (size_t)j->o->valid_episodes;
	double *r = mem_array(n, sizeof *r), m;
	int rc = rl_evaluate(j->t, j->valid, false, VALID_FIRST, n, r);

	if (rc < 0)
		goto done;
	m = mean(r, n);
	if (m > j->g.best) {
		j->g.best = m;
		j->g.worse = 0;
		snapshot(j);
	} else {
		j->g.worse++;
	}
	if (j->metrics >= 0) {
		buf_printf(&j->line, "{\"type\":\"valid\",\"steps\":%lld", (long long)j->t->steps);
		put_f64(&j->line, "reward_mean", m);
		put_f64(&j->line, "best", j->g.best);
		buf_puts(&j->line, "}\n");
		rc = io_out_flush(j->metrics, &j->line, j->o->metrics, j->err);
	}
done:
	free(r);
	return rc;
}

/* ---- the loop ---- */

static int64_t
every(int64_t asked, int64_t steps, int64_t parts)
{
	int64_t n = asked ? asked : steps / parts;

	return n ? n : 1;
}

static int
learn(struct job *j)
{
	struct rl_trainer *t = j->t;
	int64_t left = t->o.steps - t->steps, metrics, checkpoint;
	int rc = 0;

	metrics = every(j->o->metrics_every, t->o.steps, 100);
	checkpoint = every(j->o->checkpoint_every, t->o.steps, 10);
	j->next_checkpoint = t->steps / checkpoint * checkpoint + checkpoint;
	while (left >= (int64_t)t->env->n) {
		rc = rl_iterate(t);
		if (rc < 0)
			return rc;
		if (rc > 0)
			break;
		left = t->o.steps - t->steps;
		show(j);
		if (t->steps >= j->g.next_metrics) {
			j->g.next_metrics = t->steps / metrics * metrics + metrics;
			if ((rc = metrics_line(j)) < 0)
				return rc;
		}
		if (j->o->eval_every && t->steps >= j->g.next_eval) {
			j->g.next_eval =
			    t->steps / j->o->eval_every * j->o->eval_every + j->o->eval_every;
			if ((rc = validate(j)) < 0)
				return rc;
			if (j->o->patience && j->g.worse >= j->o->patience)
				break;
		}
		if (j->o->checkpoint && t->steps >= j->next_checkpoint) {
			j->next_checkpoint = t->steps / checkpoint * checkpoint + checkpoint;
			rc = rl_checkpoint_write(
			    j->o->checkpoint, buf_z(&j->what), t, &j->g, j->err);
			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

/* ---- the end ---- */

static int
finish(struct job *j)
{
	struct rl_trainer *t = j->t;
	size_t n = (size_t)j->o->eval_episodes;
	double *r = mem_array(2 * n, sizeof *r), *best = r + n, m, top = NAN, se = 0;
	struct buf mean_text = { 0 };
	char num[NUM_MAX];
	int rc;

	if (!j->g.best_w)
		rl_average(t);
	else {
		memcpy(t->w, j->g.best_w, t->nw * sizeof *t->w);
		memcpy(t->norm.mu, j->g.best_norm, 2 * t->env->nobs * sizeof *t->norm.mu);
	}
	rc = rl_evaluate(t, j->eval, false, 0, n, r);
	if (rc == 0 && j->eval->kind->best) {
		rc = j->eval->kind->solve(j->eval, j->err);
		if (rc == 0)
			rc = rl_evaluate(t, j->eval, true, 0, n, best);
		top = mean(best, n);
	}
	if (rc < 0)
		goto done;
	m = mean(r, n);
	buf_put(&mean_text, num, (size_t)(num_put_f64(num, m) - num));
	const char *const more[] = { "command", j->command, "eval_mean", buf_z(&mean_text), NULL };
	rc = j->o->out ? rl_model_save(t, j->o->out, more, j->err) : 0;
	if (rc < 0)
		goto done;
	buf_puts(&j->line, "{\"type\":\"rl-train\"");
	put_text(&j->line, "env", j->o->env);
	put_text(&j->line, "algo", t->algo->name);
	buf_printf(&j->line, ",\"steps\":%lld,\"seed\":%lld,\"episodes\":%llu", (long long)t->steps,
	    (long long)t->o.seed, (unsigned long long)t->episodes);
	put_f64(&j->line, "eval_mean", m);
	buf_printf(&j->line, ",\"eval_episodes\":%zu", n);
	put_f64(&j->line, "optimum", top);
	/* of the difference, episode by episode: both met the same noise */
	for (size_t i = 0; i < n; i++)
		se += (r[i] - best[i] - m + top) * (r[i] - best[i] - m + top);
	put_f64(&j->line, "regret", top - m);
	put_f64(&j->line, "regret_se", n > 1 ? sqrt(se / (double)(n - 1) / (double)n) : NAN);
	if (j->o->out)
		put_text(&j->line, "out", j->o->out);
	buf_puts(&j->line, "}\n");
	rc = io_out_flush(1, &j->line, "standard output", j->err);
done:
	buf_free(&mean_text);
	free(r);
	return rc;
}

/* The market: --pipeline and --data are two of its parameters, more stand behind the name in --env.
 */
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

static struct rl_env *
env_new(const struct rl_train *o, const char *text, size_t n, struct err *e)
{
	return o->pipeline ? market_new(o, text, n, e) : rl_env_new(text, n, e);
}

static const struct rl_algo *
find_algo(const char *name, struct err *e)
{
	struct buf b = { 0 };

	for (size_t i = 0; rl_algos[i]; i++) {
		if (strcmp(rl_algos[i]->name, name) == 0)
			return rl_algos[i];
		buf_printf(&b, "%s%s", i ? ", " : "", rl_algos[i]->name);
	}
	err_set(e, ERR_USAGE, "--algo: '%s' is not known; there are %s", name, buf_z(&b));
	buf_free(&b);
	return NULL;
}

static int
set_up(struct job *j)
{
	struct rl_train *o = j->o;
	const struct rl_algo *algo = find_algo(o->algo, j->err);
	struct rl_env *env;

	if (!algo)
		return ERR_USAGE;
	if (!o->env && o->pipeline)
		o->env = "market";
	if (!o->env)
		return err_set(j->err, ERR_USAGE, "--env is missing; try --env cartpole");
	if (o->pipeline && strncmp(o->env, "market", strcspn(o->env, ",")) != 0)
		return err_set(
		    j->err, ERR_USAGE, "--pipeline goes with --env market[,key=value...]");
	if (o->data.n && !o->pipeline)
		return err_set(j->err, ERR_USAGE, "--data needs --pipeline STAGES");
	if (o->resume && !o->checkpoint)
		return err_set(j->err, ERR_USAGE, "--resume needs --checkpoint FILE");
	if (o->patience && !o->eval_every)
		return err_set(j->err, ERR_USAGE, "--patience needs --eval-every N");
	env = env_new(o, o->env, (size_t)o->o.envs, j->err);
	if (!env)
		return j->err->code;
	j->t = rl_trainer_new(algo, &o->o, env, j->err);
	if (!j->t)
		return j->err->code;
	j->eval = env_new(o, o->env, SIDE, j->err);
	j->valid = j->eval ? env_new(o, o->valid_env ? o->valid_env : o->env, SIDE, j->err) : NULL;
	if (!j->valid)
		return j->err->code;
	j->eval->err = j->valid->err = j->err;
	if (j->valid->nobs != env->nobs || j->valid->act.n != env->act.n ||
	    j->valid->act.kind != env->act.kind)
		return err_set(
		    j->err, ERR_USAGE, "--valid-env has other observations or actions than --env");
	return 0;
}

static int
open_files(struct job *j)
{
	struct rl_train *o = j->o;
	bool resumed = false;

	j->g.best = -INFINITY;
	j->g.next_eval = o->eval_every;
	j->g.next_metrics = every(o->metrics_every, o->o.steps, 100);
	if (o->resume && access(o->checkpoint, F_OK) == 0) {
		int rc = rl_checkpoint_read(o->checkpoint, buf_z(&j->what), j->t, &j->g, j->err);

		if (rc < 0)
			return rc;
		resumed = true;
	}
	if (!o->metrics)
		return 0;
	if (strcmp(o->metrics, "-") == 0)
		j->metrics = 1;
	else
		j->metrics = open(o->metrics,
		    O_WRONLY | O_CREAT | O_CLOEXEC | (resumed ? O_APPEND : O_TRUNC), 0666);
	if (j->metrics < 0)
		return err_sys(j->err, ERR_IO, "cannot make %s", o->metrics);
	return 0;
}

static int
job(struct job *j)
{
	int rc = set_up(j);

	if (rc == 0)
		rc = open_files(j);
	j->began = now();
	j->shows = isatty(2) && !j->common->quiet;
	int64_t from = rc == 0 ? j->t->steps : 0;
	double cpu_began = clock_of(CLOCK_PROCESS_CPUTIME_ID);
	if (rc == 0)
		rc = learn(j);
	double took = now() - j->began, cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID) - cpu_began;
	if (j->shown) {
		buf_puts(&j->line, "\r\033[K");
		io_out_flush(2, &j->line, "standard error", j->err);
	}
	if (rc == 0)
		rc = finish(j);
	if (rc == 0 && j->common->verbose) {
		char text[160];

		snprintf(text, sizeof text,
		    "%lld steps in %.3f s, %.3f s of CPU: %.0f steps/s (%s kernels)",
		    (long long)(j->t->steps - from), took, cpu, (double)(j->t->steps - from) / took,
		    nn_dense()->name);
		run_say(rl_train_kind.name, text);
	}
	if (j->metrics > 1 && close(j->metrics) < 0 && rc == 0)
		rc = err_sys(j->err, ERR_IO, "cannot write %s", j->o->metrics);
	rl_trainer_free(j->t);
	rl_env_free(j->eval);
	rl_env_free(j->valid);
	free(j->g.best_w);
	free(j->g.best_norm);
	buf_free(&j->line);
	return rc;
}

/* What makes the run what it is: every option that its numbers depend on. */
static void
describe_one(const struct opt *o, size_t off, void *arg)
{
	struct job *j = arg;
	static const char *const files[] = { "out", "metrics", "metrics-every", "checkpoint",
		"checkpoint-every", "resume", "threads", "eval-episodes", NULL };
	struct buf value = { 0 };

	for (size_t i = 0; files[i]; i++)
		if (strcmp(o->name, files[i]) == 0)
			return;
	if (opt_get(o, j->o, off, &value))
		buf_printf(&j->what, "%s%s=%s", j->what.len ? " " : "", o->name, buf_z(&value));
	buf_free(&value);
}

/* The options once more, with the defaults that suit the environment and the algorithm. */
static int
parse(struct args *a, struct stage_kind *kind, struct opt *own, struct opt *table,
    struct buf *texts, int argc, char **argv, struct err *e)
{
	int rc = args_parse(a, &rl_train_kind, argc, argv, e);
	const struct rl_train *o = (const struct rl_train *)a->st;
	size_t n = 0;

	if (rc < 0 || (!o->env && !o->pipeline))
		return rc;
	rl_preset_table(rl_preset(o->env ? o->env : "market", o->algo), table, texts);
	do {
		own[n] = rl_train_opts[n];
		if (own[n].kind == OPT_GROUP)
			own[n].group = table;
	} while (rl_train_opts[n++].kind != OPT_END);
	*kind = rl_train_kind;
	kind->opts = own;
	args_free(a);
	return args_parse(a, kind, argc, argv, e);
}

int
rl_train_main(int argc, char **argv)
{
	struct opt own[sizeof rl_train_opts / sizeof *rl_train_opts], table[RL_OPTS_MAX];
	struct stage_kind kind = rl_train_kind;
	struct buf texts = { 0 }, command = { 0 };
	struct job j = { .metrics = -1 };
	struct err err = { 0 };
	struct args a;
	int rc;

	run_hold_standard();
	rc = parse(&a, &kind, own, table, &texts, argc, argv, &err);
	if (rc < 0 || a.common.help || a.common.version || a.common.print_config ||
	    a.common.completion) {
		args_free(&a);
		rc = stage_main(&kind, argc, argv); /* says what there is to say */
		buf_free(&texts);
		return rc;
	}
	for (int i = 0; i < argc; i++)
		buf_printf(&command, "%s%s", i ? " " : "", i ? argv[i] : rl_train_kind.name);
	j.o = (struct rl_train *)a.st;
	j.err = &err;
	j.common = &a.common;
	j.command = buf_z(&command);
	opt_each(rl_train_opts, 0, describe_one, &j);
	if (a.noperands)
		rc = err_set(&err, ERR_USAGE, "takes no operand: %s", a.operands[0]);
	if (rc == 0 && a.common.pin >= 0)
		rc = run_pin(a.common.pin, &err);
	if (rc == 0)
		rc = job(&j);
	if (rc < 0 && rc != ERR_PIPE)
		run_say(rl_train_kind.name, err.msg);
	buf_free(&j.what);
	buf_free(&texts);
	buf_free(&command);
	args_free(&a);
	return run_status(rc);
}
