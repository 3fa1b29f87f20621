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
#include "rl/market.h"
#include "rl/market_env.h"
#include "rl/search.h"
#include "rl/span.h"
#include "rl/walk.h"
#include "stage/run.h"

static double
cpu_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double
mean(const double *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	return sum / (double)n;
}

/* ---- the last evaluation ---- */

static int
report(struct rl_run *r, size_t n, const double *got, const double *best, double top)
{
	const struct rl_train *o = r->o;
	struct rl_trainer *t = r->t;
	double m = mean(got, n), se = 0;

	buf_puts(&r->line, "{\"type\":\"rl-train\"");
	rl_put_text(&r->line, "env", o->env);
	rl_put_text(&r->line, "algo", t->algo->name);
	buf_printf(&r->line, ",\"steps\":%lld,\"seed\":%lld,\"episodes\":%llu", (long long)t->steps,
	    (long long)t->o.seed, (unsigned long long)t->episodes);
	rl_put_f64(&r->line, "eval_mean", m);
	buf_printf(&r->line, ",\"eval_episodes\":%zu", n);
	rl_put_f64(&r->line, "optimum", top);
	/* of the difference, episode by episode: both met the same noise */
	for (size_t i = 0; i < n; i++)
		se += (got[i] - best[i] - m + top) * (got[i] - best[i] - m + top);
	rl_put_f64(&r->line, "regret", top - m);
	rl_put_f64(&r->line, "regret_se", n > 1 ? sqrt(se / (double)(n - 1) / (double)n) : NAN);
	if (o->out)
		rl_put_text(&r->line, "out", o->out);
	buf_puts(&r->line, "}\n");
	return io_out_flush(1, &r->line, "standard output", r->err);
}

static int
finish(struct rl_run *r, struct rl_env *eval, size_t n, const char *command)
{
	double *got = mem_array(2 * n, sizeof *got), *best = got + n, top = NAN;
	struct buf text = { 0 };
	char num[NUM_MAX];
	int rc;

	rl_run_settle(r);
	rc = rl_evaluate(r->t, eval, false, 0, n, got);
	if (rc == 0 && eval->kind->best) {
		rc = eval->kind->solve(eval, r->err);
		if (rc == 0)
			rc = rl_evaluate(r->t, eval, true, 0, n, best);
		top = mean(best, n);
	}
	if (rc == 0 && r->o->out) {
		buf_put(&text, num, (size_t)(num_put_f64(num, mean(got, n)) - num));
		const char *const more[] = { "command", command, "eval_mean", buf_z(&text), NULL };

		rc = rl_model_save(r->t, r->o->out, more, r->err);
	}
	if (rc == 0)
		rc = report(r, n, got, best, top);
	buf_free(&text);
	free(got);
	return rc;
}

/* ---- one training ---- */

int
rl_metrics_open(const struct rl_train *o, bool append, int *fd, struct err *e)
{
	*fd = -1;
	if (!o->metrics)
		return 0;
	*fd = strcmp(o->metrics, "-") == 0
		  ? 1
		  : open(o->metrics, O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : O_TRUNC),
			0666);
	return *fd < 0 ? err_sys(e, ERR_IO, "cannot make %s", o->metrics) : 0;
}

int
rl_metrics_close(const struct rl_train *o, int fd, int rc, struct err *e)
{
	if (fd > 1 && close(fd) < 0 && rc == 0)
		rc = err_sys(e, ERR_IO, "cannot write %s", o->metrics);
	return rc;
}

static void
say_speed(int64_t steps, double took, double cpu)
{
	char text[160];

	snprintf(text, sizeof text,
	    "%lld steps in %.3f s, %.3f s of CPU: %.0f steps/s (%s kernels)", (long long)steps,
	    took, cpu, (double)steps / took, nn_dense()->name);
	run_say(rl_train_kind.name, text);
}

/* The worlds of one training: r, and what the policy is evaluated in at the end. */
static int
open_worlds(struct rl_run *r, const struct rl_plan *plan, const char *what, struct rl_env **eval,
    size_t *episodes, struct err *e)
{
	const struct rl_train *o = &plan->o;
	int rc = rl_run_open(r, o, plan->train.p, plan->valid.p, what, e);

	*episodes = (size_t)o->eval_episodes;
	if (rc < 0)
		return rc;
	*eval = rl_run_env(o, plan->whole ? plan->valid.p : plan->train.p, RL_SIDE, e);
	if (!*eval)
		return e->code;
	(*eval)->err = e;
	if (plan->whole) {
		r->valid_first = 0;
		*episodes = r->nvalid = rl_market_episodes(r->valid);
	}
	return 0;
}

static int
train(const struct rl_parsed *p, const char *command, struct err *e)
{
	const struct rl_train *o = rl_parsed_of(p);
	struct rl_env *eval = NULL;
	struct rl_plan plan = { 0 };
	struct rl_spans spans;
	struct rl_fold fold;
	struct rl_run r = { 0 };
	size_t episodes = 0;
	int fd = -1, rc = rl_spans_open(&spans, o, e);

	if (rc == 0) {
		rl_plan_make(&plan, o, rl_spans_fold(&spans, 0, &fold) ? &fold : NULL);
		rc = open_worlds(&r, &plan, p->what.p, &eval, &episodes, e);
	}
	r.checkpoint = o->checkpoint;
	if (rc == 0 && o->resume)
		rc = rl_run_resume(&r);
	if (rc == 0)
		rc = rl_metrics_open(o, r.resumed, &fd, e);
	r.metrics = fd;
	r.shows = isatty(2) && !p->a.common.quiet;
	int64_t from = rc == 0 ? r.t->steps : 0;
	double began = rl_seconds(), cpu = cpu_seconds();
	if (rc == 0)
		rc = rl_run_learn(&r);
	double took = rl_seconds() - began;
	cpu = cpu_seconds() - cpu;
	if (rc == 0)
		rc = finish(&r, eval, episodes, command);
	if (rc == 0 && p->a.common.verbose)
		say_speed(r.t->steps - from, took, cpu);
	rc = rl_metrics_close(o, fd, rc, e);
	rl_run_free(&r);
	rl_plan_free(&plan);
	rl_env_free(eval);
	return rc;
}

/* ---- the program ---- */

static int
check(const struct rl_train *o, struct err *e)
{
	if (!o->env)
		return err_set(e, ERR_USAGE, "--env is missing; try --env cartpole");
	if (o->pipeline && strncmp(o->env, "market", strcspn(o->env, ",")) != 0)
		return err_set(e, ERR_USAGE, "--pipeline goes with --env market[,key=value...]");
	if (o->data.n && !o->pipeline)
		return err_set(e, ERR_USAGE, "--data needs --pipeline STAGES");
	if (o->resume && !o->checkpoint)
		return err_set(e, ERR_USAGE, "--resume needs --checkpoint FILE");
	if (o->patience && !o->eval_every)
		return err_set(e, ERR_USAGE, "--patience needs --eval-every N");
	if (!o->search && (o->space || o->best))
		return err_set(
		    e, ERR_USAGE, "--space and --best go with --search random, tpe or halving");
	if (o->ledger && !o->search && !o->walk)
		return err_set(
		    e, ERR_USAGE, "--trials-ledger goes with --search or --walk-forward");
	if (o->search && o->walk && !o->ledger)
		return err_set(e, ERR_USAGE,
		    "--search with --walk-forward needs --trials-ledger FILE: the Sharpe ratio is "
		    "deflated by what was tried");
	return 0;
}

/* Hours of learning must not end with the news that their result has no place. */
static int
check_places(const struct rl_train *o, struct err *e)
{
	const struct {
		const char *name, *path;
	} places[] = { { "out", o->out }, { "checkpoint", o->checkpoint }, { "oos", o->oos },
		{ "trials-ledger", o->ledger }, { "best", o->best } };

	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (io_file_place(places[i].path, e) < 0)
			return err_wrap(e, "--%s", places[i].name);
	return 0;
}

/* What the options ask for: a search, then a walk or a training, with the best settings if there
 * are any. */
static int
run(const struct rl_parsed *p, int argc, char **argv, const char *command, struct err *e)
{
	const struct rl_train *o = rl_parsed_of(p);
	struct rl_setting *best = NULL;
	struct rl_parsed found = { 0 };
	size_t nbest = 0;
	int rc = 0;

	if (o->search)
		rc = rl_search(p, argc, argv, &best, &nbest, e);
	if (rc == 0 && o->search && (o->walk || o->out)) {
		rc = rl_train_parse(&found, argc, argv, best, nbest, e);
		p = &found;
	}
	if (rc == 0 && o->walk)
		rc = rl_walk(p, command, e);
	else if (rc == 0 && (!o->search || o->out))
		rc = train(p, command, e);
	rl_parsed_free(&found);
	rl_settings_free(best, nbest);
	return rc;
}

/* The command, for the card. --threads changes no weight, and so it must change no byte. */
static void
put_command(struct buf *b, int argc, char **argv)
{
	static const char threads[] = "--threads";
	size_t n = sizeof threads - 1;

	buf_puts(b, rl_train_kind.name);
	for (int i = 1; i < argc; i++) {
		bool is = strncmp(argv[i], threads, n) == 0;

		if (is && argv[i][n] == '\0')
			i++;
		else if (!is || argv[i][n] != '=')
			buf_printf(b, " %s", argv[i]);
	}
	buf_z(b);
}

int
rl_train_main(int argc, char **argv)
{
	struct buf command = { 0 };
	struct err err = { 0 };
	struct rl_parsed p;
	int rc;

	run_hold_standard();
	rc = rl_train_parse(&p, argc, argv, NULL, 0, &err);
	if (rc < 0 || p.a.common.help || p.a.common.version || p.a.common.print_config ||
	    p.a.common.completion) {
		args_free(&p.a);
		p.a = (struct args){ 0 };
		rc = stage_main(&p.kind, argc, argv); /* says what there is to say */
		rl_parsed_free(&p);
		return rc;
	}
	put_command(&command, argc, argv);
	if (p.a.noperands)
		rc = err_set(&err, ERR_USAGE, "takes no operand: %s", p.a.operands[0]);
	if (rc == 0)
		rc = check(rl_parsed_of(&p), &err);
	if (rc == 0)
		rc = check_places(rl_parsed_of(&p), &err);
	if (rc == 0 && p.a.common.pin >= 0)
		rc = run_pin(p.a.common.pin, &err);
	rl_market_keep();
	if (rc == 0)
		rc = run(&p, argc, argv, command.p, &err);
	if (rc < 0 && rc != ERR_PIPE)
		run_say(rl_train_kind.name, err.msg);
	buf_free(&command);
	rl_parsed_free(&p);
	return run_status(rc);
}
