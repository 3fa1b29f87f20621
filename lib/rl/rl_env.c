#include "rl/rl_env.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/in.h"
#include "io/out.h"
#include "rec/codec.h"
#include "rl/serve.h"
#include "stage/args.h"
#include "stage/run.h"

#define OUT_ENOUGH (64u << 10)

struct tool {
	struct stage base;
	int64_t envs;
	const char *records;
};

static const struct opt tool_opts[] = {
	{ .kind = OPT_INT,
	    .letter = 'n',
	    .name = "envs",
	    .arg = "N",
	    .help = "copies, stepped together",
	    .dflt = "1",
	    .off = OPT_OFF(struct tool, envs),
	    .lo = 1,
	    .hi = 100000 },
	{ .kind = OPT_STR,
	    .name = "records",
	    .arg = "FILE",
	    .help = "write the orders, fills, positions and portfolios of a market there",
	    .off = OPT_OFF(struct tool, records) },
	{ .kind = OPT_END },
};

static int
no_stage(struct stage *st)
{
	return stage_fail(
	    st, ERR_USAGE, "rl-env is a program of its own: it cannot stand in a pipe-run");
}

static int
no_next(struct stage *st)
{
	(void)st;
	return 0;
}

const struct stage_kind rl_env_tool_kind = {
	.name = "rl-env",
	.about = "let a program in any language train in a market: reset and step by lines of JSON",
	.operands = "ENVIRONMENT [KEY=VALUE...]",
	.opts = tool_opts,
	.size = sizeof(struct tool),
	.main_type = REC_unknown,
	.source = true,
	.open = no_stage,
	.next = no_next,
};

/* A run. */
struct server {
	struct rl_server rl;
	const struct tool *o;
	struct rl_env *v;
	struct err *err;
	struct buf records;
	int records_fd;
};

/* ---- the run ---- */
static int
flush(struct server *s)
{
	int rc =
	    s->records.len ? io_out_flush(s->records_fd, &s->records, s->o->records, s->err) : 0;

	return rc ? rc : io_out_flush(1, &s->rl.out, "standard output", s->err);
}

static int
serve(struct server *s)
{
	struct io_in *in = io_in_fd(0, "standard input");
	const char *p;
	size_t n;
	int rc = 0;

	while (rc == 0 && !s->rl.closed) {
		rc = io_in_line(in, false, &p, &n, s->err);
		if (rc == 2) {
			rc = flush(s);
			if (rc == 0)
				rc = io_in_line(in, true, &p, &n, s->err);
		}
		if (rc <= 0)
			break;
		rc = n ? rl_server_answer(&s->rl, p, n) : 0;
		if (rc == ERR_DATA)
			err_wrap(s->err, "line %llu", (unsigned long long)io_in_lineno(in));
		if (rc == 0 && (s->rl.out.len >= OUT_ENOUGH || s->records.len >= OUT_ENOUGH))
			rc = flush(s);
	}
	io_in_free(in);
	int rc2 = flush(s); /* what was answered stays valid */
	return rc ? rc : rc2;
}

static int
keep_record(void *arg, const struct rec *r)
{
	struct server *s = arg;

	rec_enc_json(&s->records, r);
	return 0;
}

static int
open_records(struct server *s)
{
	if (!s->o->records)
		return 0;
	if (s->v->n != 1)
		return err_set(s->err, ERR_USAGE, "--records is of one copy: not with --envs");
	int rc = rl_market_trace(s->v, keep_record, s, s->err);
	if (rc)
		return err_wrap(s->err, "--records");
	s->records_fd = open(s->o->records, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (s->records_fd < 0)
		return err_sys(s->err, ERR_IO, "cannot make %s", s->o->records);
	return 0;
}

static int
open_env(struct server *s, const struct args *a)
{
	const struct rl_env_kind *kind;
	struct rl_param *params;

	if (a->noperands == 0)
		return err_set(s->err, ERR_USAGE,
		    "which environment? rl-env market data=FILE, or cartpole, ou, sine, ...");
	kind = rl_env_find(a->operands[0]);
	if (!kind) {
		rl_env_new(a->operands[0], 1, s->err); /* for the words */
		return ERR_USAGE;
	}
	params = mem_array(a->noperands, sizeof *params);
	char **keys = mem_array(a->noperands, sizeof *keys);
	int rc = 0;
	for (size_t i = 1; i < a->noperands && rc == 0; i++) {
		const char *eq = strchr(a->operands[i], '=');

		if (!eq) {
			rc = err_set(s->err, ERR_USAGE, "'%s' is not KEY=VALUE", a->operands[i]);
			break;
		}
		keys[i] = mem_dup(a->operands[i], (size_t)(eq - a->operands[i]));
		params[i - 1] = (struct rl_param){ keys[i], eq + 1 };
	}
	if (rc == 0) {
		s->v = rl_env_make(kind, params, a->noperands - 1, (size_t)s->o->envs, s->err);
		rc = s->v ? 0 : s->err->code;
	}
	for (size_t i = 1; i < a->noperands; i++)
		free(keys[i]);
	free(keys);
	free(params);
	return rc;
}

static int
run(struct server *s, const struct args *a)
{
	int rc = open_env(s, a);

	if (rc || !s->v)
		return rc ? rc : ERR_FAIL;
	rl_server_init(&s->rl, s->v, s->err);
	rc = open_records(s);
	if (rc == 0)
		rc = serve(s);
	if (s->records_fd >= 0 && close(s->records_fd) < 0 && rc == 0)
		rc = err_sys(s->err, ERR_IO, "cannot write %s", s->o->records);
	return rc;
}

int
rl_env_main(int argc, char **argv)
{
	struct err err = { 0 };
	struct server s = { .err = &err, .records_fd = -1 };
	struct args a;
	int rc;

	run_hold_standard();
	rc = args_parse(&a, &rl_env_tool_kind, argc, argv, &err);
	if (rc < 0 || a.common.help || a.common.version || a.common.print_config ||
	    a.common.completion) {
		args_free(&a);
		return stage_main(&rl_env_tool_kind, argc, argv); /* says what there is to say */
	}
	s.o = (struct tool *)a.st;
	if (a.common.pin >= 0)
		rc = run_pin(a.common.pin, &err);
	if (rc == 0)
		rc = run(&s, &a);
	if (rc < 0 && rc != ERR_PIPE)
		run_say(rl_env_tool_kind.name, err.msg);
	rl_server_free(&s.rl);
	rl_env_free(s.v);
	buf_free(&s.records);
	args_free(&a);
	return run_status(rc);
}
