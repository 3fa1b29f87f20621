/* tee FILE... inside pipe-run: the text of every record as it passes. In the shell it is tee(1). */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/out.h"
#include "rec/codec.h"
#include "stage/stage.h"

struct tee {
	struct stage base;
	bool append;
	int *fds;
	struct buf text;
};

static const struct opt tee_opts[] = {
	{ OPT_FLAG, 'a', "append", NULL, "append to the files", NULL, NULL, NULL,
	    OPT_OFF(struct tee, append), 0, 0 },
	{ 0 },
};

static int
tee_open(struct stage *st)
{
	struct tee *t = (struct tee *)st;

	t->fds = mem_array(st->nargs, sizeof *t->fds);
	for (size_t i = 0; i < st->nargs; i++)
		t->fds[i] = -1;
	for (size_t i = 0; i < st->nargs; i++) {
		t->fds[i] = open(st->args[i],
		    O_WRONLY | O_CREAT | O_CLOEXEC | (t->append ? O_APPEND : O_TRUNC), 0666);
		if (t->fds[i] < 0) {
			err_sys(st->env->err, ERR_IO, "%s", st->args[i]);
			st->env->failed = st;
			return ERR_IO;
		}
	}
	return 0;
}

static int
tee_drain(struct stage *st)
{
	struct tee *t = (struct tee *)st;
	size_t len = t->text.len;

	for (size_t i = 0; i < st->nargs; i++) {
		int rc;

		t->text.len = len; /* io_out_flush clears it */
		rc = io_out_flush(t->fds[i], &t->text, st->args[i], st->env->err);
		if (rc < 0) {
			st->env->failed = st;
			return ERR_IO;
		}
	}
	buf_clear(&t->text);
	return 0;
}

static int
tee_push(struct stage *st, const struct rec *r)
{
	struct tee *t = (struct tee *)st;
	int rc = 0;

	rec_enc_json(&t->text, r);
	if (t->text.len > 64u << 10)
		rc = tee_drain(st);
	return rc < 0 ? rc : stage_emit(st, r);
}

static void
tee_close(struct stage *st)
{
	struct tee *t = (struct tee *)st;

	for (size_t i = 0; t->fds && i < st->nargs; i++)
		if (t->fds[i] >= 0)
			close(t->fds[i]);
	free(t->fds);
	buf_free(&t->text);
}

const struct stage_kind tee_kind = {
	.name = "tee",
	.about = "inside pipe-run: copy the stream's text to files as it passes",
	.operands = "FILE...",
	.opts = tee_opts,
	.size = sizeof(struct tee),
	.takes = UINT32_MAX,
	.open = tee_open,
	.push = tee_push,
	.flush = tee_drain,
	.idle = tee_drain,
	.close = tee_close,
};
