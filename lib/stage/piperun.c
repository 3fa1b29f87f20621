#include "stage/piperun.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/out.h"
#include "stage/pipeline.h"
#include "stage/run.h"

/* pipe-run itself, for its options, -h, -V and the completion; never part of a chain. */
struct pipe_run {
	struct stage base;
	const char *file;
};

static const struct opt pipe_run_opts[] = {
	{ OPT_STR, 'f', "file", "FILE", "read the pipeline from FILE", NULL, NULL, NULL,
	    OPT_OFF(struct pipe_run, file), 0, 0 },
	{ 0 },
};

const struct stage_kind pipe_run_kind = {
	.name = "pipe-run",
	.about =
	    "run a whole pipeline, written as in the shell, inside one process; same bytes out",
	.operands = "PIPELINE",
	.opts = pipe_run_opts,
	.size = sizeof(struct pipe_run),
};

static int
add_stage(struct run *r, const struct pipeline_cmd *c, struct err *e)
{
	const struct stage_kind *k = stage_kind_find(c->argv[0]);
	struct args a;
	int rc;

	if (!k || k == &pipe_run_kind) {
		struct buf names = { 0 };

		for (size_t i = 0; stage_kinds[i]; i++)
			if (stage_kinds[i] != &pipe_run_kind)
				buf_printf(&names, " %s", stage_kinds[i]->name);
		err_set(e, ERR_USAGE,
		    "'%s' is none of the tools that run in one process:%s (other programs "
		    "go into a pipe of the shell)",
		    c->argv[0], buf_z(&names));
		buf_free(&names);
		return ERR_USAGE;
	}
	rc = args_parse(&a, k, c->argc, c->argv, e);
	if (rc == 0 &&
	    (a.common.help || a.common.version || a.common.print_config || a.common.completion))
		rc = err_set(e, ERR_USAGE, "asks for words, not records: run it alone");
	if (rc < 0) {
		args_free(&a);
		return err_wrap(e, "%s", k->name);
	}
	run_add(r, &a);
	return 0;
}

static int
run_text(const char *text, size_t n, const struct common_opts *common)
{
	struct pipeline p;
	struct err e;
	struct run *r = run_new("pipe-run");
	int rc = pipeline_parse(text, n, &p, &e);

	for (size_t i = 0; i < p.n && rc == 0; i++)
		rc = add_stage(r, &p.cmds[i], &e);
	if (rc < 0) {
		run_say("pipe-run", e.msg);
	} else {
		run_common(r, common);
		if (p.input)
			run_input(r, p.input);
		rc = run_all(r);
	}
	run_free(r);
	pipeline_free(&p);
	return run_status(rc);
}

int
pipe_run_main(int argc, char **argv)
{
	struct buf text = { 0 };
	struct pipe_run *self;
	struct args a;
	struct err e;
	int rc;

	run_hold_standard();
	rc = args_parse(&a, &pipe_run_kind, argc, argv, &e);

	if (rc == 0 &&
	    (a.common.help || a.common.version || a.common.print_config || a.common.completion)) {
		args_free(&a);
		return stage_main(&pipe_run_kind, argc, argv);
	}
	self = (struct pipe_run *)a.st;
	if (rc == 0 && self->file)
		rc = a.noperands ? err_set(&e, ERR_USAGE, "a pipeline and --file: one of them")
				 : io_file_read(self->file, 1u << 20, &text, &e);
	else if (rc == 0 && a.noperands != 1)
		rc = err_set(
		    &e, ERR_USAGE, "takes one operand, the pipeline in quotes (see pipe-run -h)");
	else if (rc == 0)
		buf_puts(&text, a.operands[0]);
	if (rc < 0) {
		run_say("pipe-run", e.msg);
		rc = -rc;
	} else {
		rc = run_text(text.p ? text.p : "", text.len, &a.common);
	}
	buf_free(&text);
	args_free(&a);
	return rc;
}
