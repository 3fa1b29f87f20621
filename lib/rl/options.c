/* The command line of rl-train: its table, the defaults that suit, the settings of a search. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rl/rl_train.h"

#define T(field) OPT_OFF(struct rl_train, field)

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
	{ OPT_STR, 0, "from", "TIME", "a market's episodes are of instants from here ...", NULL,
	    NULL, NULL, T(from), 0, 0 },
	{ OPT_STR, 0, "to", "TIME", "... to before here (default: all the data)", NULL, NULL, NULL,
	    T(to), 0, 0 },
	{ OPT_F64, 0, "valid-part", "PART",
	    "validate on this last part of a market's training span; -1: 0.2 with "
	    "--walk-forward, else 0",
	    "-1", NULL, NULL, T(valid_part), 0, 0 },
	{ OPT_CHOICE, 0, "walk-forward", "KIND",
	    "train, then trade the span behind, and so on through a market", "no",
	    "no|rolling|anchored", NULL, T(walk), 0, 0 },
	{ OPT_STR, 0, "train-span", "SPAN", "length of a training span: 2y, 6mo, 180d", NULL, NULL,
	    NULL, T(train_span), 0, 0 },
	{ OPT_STR, 0, "test-span", "SPAN", "length of a test span, and of a step", NULL, NULL, NULL,
	    T(test_span), 0, 0 },
	{ OPT_STR, 0, "purge", "SPAN", "end so long before a validation or test span", NULL, NULL,
	    NULL, T(purge), 0, 0 },
	{ OPT_STR, 0, "embargo", "SPAN", "begin so long behind a training or validation span", NULL,
	    NULL, NULL, T(embargo), 0, 0 },
	{ OPT_INT, 0, "folds", "N", "at most so many folds; 0: as many as there are", "0", NULL,
	    NULL, T(folds), 0, 1000000 },
	{ OPT_STR, 0, "oos", "FILE", "returns out of sample as CSV, for perf-report --returns",
	    NULL, NULL, NULL, T(oos), 0, 0 },
	{ OPT_FLAG, 0, "refit", NULL, "--out is trained on everything in the end", NULL, NULL, NULL,
	    T(refit), 0, 0 },
	{ OPT_FLAG, 0, "keep-folds", NULL, "write each fold's model: MODEL.fold-K.onnx", NULL, NULL,
	    NULL, T(keep_folds), 0, 0 },
	{ OPT_CHOICE, 0, "search", "METHOD", "try settings before learning", "no",
	    "no|random|tpe|halving", NULL, T(search), 0, 0 },
	{ OPT_INT, 0, "trials", "N", "settings to try", "30", NULL, NULL, T(trials), 1, 1000000 },
	{ OPT_STR, 0, "space", "LIST",
	    "what to try: lr=1e-4..1e-2:log,hidden=32|64+64,env.cost=0..1", NULL, NULL, NULL,
	    T(space), 0, 0 },
	{ OPT_CHOICE, 0, "objective", "WHAT", "what is to be large", "valid_mean",
	    "valid_mean|sharpe", NULL, T(objective), 0, 0 },
	{ OPT_INT, 0, "eta", "N", "halving: one of so many goes on, for so many times the steps",
	    "3", NULL, NULL, T(eta), 2, 100 },
	{ OPT_STR, 0, "trials-ledger", "FILE", "append every trial here, and count those there",
	    NULL, NULL, NULL, T(ledger), 0, 0 },
	{ OPT_FLAG, 0, "trials-time", NULL, "lines of the ledger say when they were written", NULL,
	    NULL, NULL, T(ledger_time), 0, 0 },
	{ OPT_STR, 0, "best", "FILE", "write the best settings there, for --config", NULL, NULL,
	    NULL, T(best), 0, 0 },
	{ .kind = OPT_GROUP, .group = rl_opts_table, .off = T(o) },
	{ .kind = OPT_END },
};

_Static_assert(sizeof rl_train_opts / sizeof *rl_train_opts <= RL_TRAIN_OPTS_MAX, "room for own");

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

/* What makes the run what it is: every option that its numbers depend on. */
static void
describe_one(const struct opt *o, size_t off, void *arg)
{
	static const char *const files[] = { "out", "metrics", "metrics-every", "checkpoint",
		"checkpoint-every", "resume", "threads", "eval-episodes", "folds", "oos", "refit",
		"keep-folds", "trials", "trials-ledger", "trials-time", "best", NULL };
	struct rl_parsed *p = arg;
	struct buf value = { 0 };

	for (size_t i = 0; files[i]; i++)
		if (strcmp(o->name, files[i]) == 0)
			return;
	if (opt_get(o, p->a.st, off, &value))
		buf_printf(&p->what, "%s%s=%s", p->what.len ? " " : "", o->name, buf_z(&value));
	buf_free(&value);
}

/* The table with the defaults that suit the environment and the algorithm. */
static void
suit(struct rl_parsed *p, const char *env, const char *algo)
{
	size_t n = 0;

	rl_preset_table(rl_preset(env, algo), p->table, &p->texts);
	do {
		p->own[n] = rl_train_opts[n];
		if (p->own[n].kind == OPT_GROUP)
			p->own[n].group = p->table;
	} while (rl_train_opts[n++].kind != OPT_END);
	p->kind.opts = p->own;
}

/* Twice: the first pass tells environment and algorithm, and so the defaults of the second. */
static int
parse(struct rl_parsed *p, struct err *e)
{
	int rc = args_parse(&p->a, &rl_train_kind, p->argc, p->argv, e);
	struct rl_train *o = (struct rl_train *)p->a.st;

	if (rc < 0 || (!o->env && !o->pipeline))
		return rc;
	suit(p, o->env ? o->env : "market", o->algo);
	args_free(&p->a);
	rc = args_parse(&p->a, &p->kind, p->argc, p->argv, e);
	o = (struct rl_train *)p->a.st;
	if (!o->env)
		o->env = "market";
	return rc;
}

static void
add(struct rl_parsed *p, struct buf *text)
{
	p->argv[p->argc++] = mem_dup(text->p, text->len);
	p->nadded++;
	buf_clear(text);
}

/* "--lr=0.001", "--no-norm-obs"; parameters go behind --env and --valid-env. */
static void
add_settings(struct rl_parsed *p, const struct rl_setting *s, size_t n)
{
	const struct rl_train *o = rl_parsed_of(p);
	struct buf b = { 0 }, env = { 0 };

	for (size_t i = 0; i < n; i++) {
		size_t off;
		const struct opt *k = opt_find(rl_train_opts, s[i].key, strlen(s[i].key), 0, &off);

		if (strncmp(s[i].key, "env.", 4) == 0) {
			buf_printf(&env, ",%s=%s", s[i].key + 4, s[i].value);
			continue;
		}
		if (k && k->kind == OPT_FLAG)
			buf_printf(&b, "--%s%s", s[i].value[0] == 't' ? "" : "no-", s[i].key);
		else
			buf_printf(&b, "--%s=%s", s[i].key, s[i].value);
		add(p, &b);
	}
	if (env.len) {
		buf_printf(&b, "--env=%s%s", o->env, buf_z(&env));
		add(p, &b);
	}
	if (env.len && o->valid_env) {
		buf_printf(&b, "--valid-env=%s%s", o->valid_env, buf_z(&env));
		add(p, &b);
	}
	buf_free(&b);
	buf_free(&env);
}

int
rl_train_parse(
    struct rl_parsed *p, int argc, char **argv, const struct rl_setting *s, size_t n, struct err *e)
{
	int rc;

	memset(p, 0, sizeof *p);
	p->kind = rl_train_kind;
	p->argv = mem_array((size_t)argc + n + 3, sizeof *p->argv);
	memcpy(p->argv, argv, (size_t)argc * sizeof *argv);
	p->argc = argc;
	rc = parse(p, e);
	if (rc == 0 && n) {
		add_settings(p, s, n);
		args_free(&p->a);
		rc = parse(p, e);
	}
	if (rc == 0)
		opt_each(rl_train_opts, 0, describe_one, p);
	buf_z(&p->what);
	return rc;
}

void
rl_parsed_free(struct rl_parsed *p)
{
	if (p->a.st)
		args_free(&p->a);
	for (int i = 0; i < p->nadded; i++)
		free(p->argv[p->argc - 1 - i]);
	free(p->argv);
	buf_free(&p->texts);
	buf_free(&p->what);
}
