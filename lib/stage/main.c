#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/out.h"
#include "stage/run.h"
#include "stage/stage.h"

#ifndef TP_VERSION
#define TP_VERSION "unknown"
#endif

/* -h, -V, --print-config, --completion: words on stdout, success. -1 when none was asked for. */
static int
answer(const struct args *a)
{
	struct buf out = { 0 };
	struct err e;
	int rc;

	if (a->common.help)
		args_help(a->kind, &out);
	else if (a->common.version)
		buf_printf(&out, "%s (tradepipe) %s\n", a->kind->name, TP_VERSION);
	else if (a->common.print_config)
		args_print_config(a, &out);
	else if (a->common.completion && strcmp(a->common.completion, "bash") == 0)
		args_completion(a->kind, &out);
	else if (a->common.completion) {
		fprintf(stderr, "%s: --completion: only bash is known\n", a->kind->name);
		return 2;
	} else
		return -1;
	rc = io_out_flush(1, &out, "standard output", &e);
	buf_free(&out);
	if (rc < 0 && rc != ERR_PIPE)
		run_say(a->kind->name, e.msg);
	return rc < 0 ? run_status(rc) : 0;
}

void
run_hold_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_PATH | O_CLOEXEC);
	while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

int
stage_main(const struct stage_kind *kind, int argc, char **argv)
{
	struct args a;
	struct err e;
	struct run *r;
	int rc;

	run_hold_standard();
	rc = args_parse(&a, kind, argc, argv, &e);

	if (rc < 0) {
		run_say(kind->name, e.msg);
		args_free(&a);
		return -rc;
	}
	rc = answer(&a);
	if (rc >= 0) {
		args_free(&a);
		return rc;
	}
	r = run_new(kind->name);
	run_add(r, &a);
	rc = run_all(r);
	run_free(r);
	return run_status(rc);
}
