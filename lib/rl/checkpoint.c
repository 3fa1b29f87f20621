#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/out.h"
#include "rl/rl_train.h"

/*
 * A checkpoint: 8 bytes of magic, the length and text of what run it is of, the trainer's and the
 * loop's bytes, and FNV-1a over all of it. It is written whole or not at all, and read back by the
 * same program on the same kind of machine only: it is no exchange format.
 */
#define MAGIC "tprlck1\n"
#define MOST ((size_t)1 << 32)

uint64_t
rl_fnv(const void *p, size_t n)
{
	const unsigned char *c = p;
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < n; i++)
		h = (h ^ c[i]) * UINT64_C(0x100000001b3);
	return h;
}

static void
progress_io(struct rl_progress *g, const struct rl_trainer *t, struct rl_io *io)
{
	uint8_t any = g->best_w != NULL;

	rl_io(io, &g->next_eval, sizeof g->next_eval);
	rl_io(io, &g->next_metrics, sizeof g->next_metrics);
	rl_io(io, &g->worse, sizeof g->worse);
	rl_io(io, &g->best, sizeof g->best);
	rl_io(io, &any, 1);
	if (!any || io->bad)
		return;
	if (!g->best_w) {
		g->best_w = mem_array(t->nw, sizeof *g->best_w);
		g->best_norm = mem_array(2 * t->env->nobs, sizeof *g->best_norm);
	}
	rl_io(io, g->best_w, t->nw * sizeof *g->best_w);
	rl_io(io, g->best_norm, 2 * t->env->nobs * sizeof *g->best_norm);
}

void
rl_box_pack(struct buf *out, const char *magic, const char *what, const void *body, size_t size)
{
	uint64_t n = strlen(what), sum;

	buf_clear(out);
	buf_put(out, magic, 8);
	buf_put(out, &n, sizeof n);
	buf_put(out, what, n);
	buf_put(out, body, size);
	sum = rl_fnv(out->p, out->len);
	buf_put(out, &sum, sizeof sum);
}

int
rl_box_unpack(const struct buf *b, const char *magic, const char *name, const char *what,
    const char **body, size_t *size, struct err *e)
{
	uint64_t n = 0, sum = 0;

	if (b->len >= 24)
		memcpy(&sum, b->p + b->len - 8, 8);
	if (b->len < 24 || memcmp(b->p, magic, 8) != 0 || rl_fnv(b->p, b->len - 8) != sum)
		return err_set(e, ERR_DATA, "%s is no checkpoint, or not as it was written", name);
	memcpy(&n, b->p + 8, 8);
	if (n > b->len - 24 || n != strlen(what) || memcmp(b->p + 16, what, n) != 0)
		return err_set(e, ERR_USAGE,
		    "%s is of a run with other options: %.*s; this one is %s", name,
		    n > b->len - 24 ? 0 : (int)(n < 300 ? n : 300), b->p + 16, what);
	*body = b->p + 16 + n;
	*size = b->len - 24 - n;
	return 0;
}

void
rl_checkpoint_pack(struct buf *out, const char *what, struct rl_trainer *t, struct rl_progress *g)
{
	struct buf body = { 0 };
	struct rl_io io = { .out = &body };

	progress_io(g, t, &io);
	rl_trainer_save(t, &body);
	rl_box_pack(out, MAGIC, what, body.p, body.len);
	buf_free(&body);
}

int
rl_checkpoint_unpack(const struct buf *in, const char *name, const char *what, struct rl_trainer *t,
    struct rl_progress *g, struct err *e)
{
	struct rl_io io = { .reading = true };
	int rc = rl_box_unpack(in, MAGIC, name, what, &io.in, &io.left, e);

	if (rc < 0)
		return rc;
	progress_io(g, t, &io);
	if (io.bad || !rl_trainer_load(t, io.in, io.left))
		return err_set(e, ERR_DATA, "%s does not fit this run's networks", name);
	return 0;
}

int
rl_checkpoint_write(
    const char *path, const char *what, struct rl_trainer *t, struct rl_progress *g, struct err *e)
{
	struct buf b = { 0 };
	int rc;

	rl_checkpoint_pack(&b, what, t, g);
	rc = io_file_replace(path, b.p, b.len, e);
	buf_free(&b);
	return rc;
}

int
rl_checkpoint_read(
    const char *path, const char *what, struct rl_trainer *t, struct rl_progress *g, struct err *e)
{
	struct buf b = { 0 };
	int rc = io_file_read(path, MOST, &b, e);

	if (rc == 0)
		rc = rl_checkpoint_unpack(&b, path, what, t, g, e);
	buf_free(&b);
	return rc;
}
