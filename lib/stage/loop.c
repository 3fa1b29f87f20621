#include "stage/loop.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/out.h"
#include "stage/loopback.h"

/* One name of the process: text that was written and not yet taken. */
struct stage_loop {
	struct stage_loop *next;
	char *name;
	bool reader, writer;
	struct buf text;
	size_t taken;
};

struct loop_sink {
	struct stage *st;
	struct stage_loop *queue; /* in one process */
	int fd;
	bool gone; /* the reader left */
	struct buf out;
};

struct stage_loop *
loop_get(struct stage_env *env, const char *name)
{
	struct stage_loop *l;

	for (l = env->loops; l; l = l->next)
		if (strcmp(l->name, name) == 0)
			return l;
	l = mem_alloc(sizeof *l);
	l->name = mem_dup(name, strlen(name));
	l->next = env->loops;
	return env->loops = l;
}

void
loops_free(struct stage_loop *l)
{
	while (l) {
		struct stage_loop *next = l->next;

		buf_free(&l->text);
		free(l->name);
		free(l);
		l = next;
	}
}

bool
loop_take_line(struct stage_loop *l, const char **p, size_t *n)
{
	const char *s = l->text.p + l->taken, *nl;

	if (l->taken == l->text.len) {
		buf_clear(&l->text);
		l->taken = 0;
		return false;
	}
	nl = memchr(s, '\n', l->text.len - l->taken);
	*p = s;
	*n = (size_t)(nl - s);
	l->taken += *n + 1;
	buf_room(&l->text, 0);
	return true;
}

bool
loop_has_reader(const struct stage_loop *l)
{
	return l->reader;
}

void
loop_set_reader(struct stage_loop *l)
{
	l->reader = true;
}

int
loop_sink_open(struct stage *st, const char *name, struct loop_sink **out)
{
	struct loop_sink *k = mem_alloc(sizeof *k);

	k->st = st;
	k->fd = -1;
	*out = k;
	if (st->env->fused) {
		/* loopback comes before us in the chain, so it has been opened */
		k->queue = loop_get(st->env, name);
		if (!k->queue->reader)
			return stage_fail(st, ERR_USAGE,
			    "--feedback %s: no loopback %s in this pipeline", name, name);
		return 0;
	}
	k->fd = open(name, O_WRONLY | O_CLOEXEC);
	if (k->fd < 0) {
		err_sys(st->env->err, ERR_IO, "--feedback %s", name);
		st->env->failed = st;
		return ERR_IO;
	}
	return 0;
}

static int
sink_flush(struct loop_sink *k)
{
	int rc = io_out_flush(k->fd, &k->out, "the feedback FIFO", k->st->env->err);

	if (rc == ERR_PIPE) {
		k->gone = true;
		rc = 0;
	}
	return rc;
}

int
loop_sink_put(struct loop_sink *k, const struct rec *r)
{
	if (k->queue) {
		rec_enc_json(&k->queue->text, r);
		return 0;
	}
	if (k->gone)
		return 0;
	rec_enc_json(&k->out, r);
	return r->type == REC_portfolio || k->out.len > (32u << 10) ? sink_flush(k) : 0;
}

int
loop_sink_drain(struct loop_sink *k)
{
	return k && k->fd >= 0 && !k->gone && k->out.len ? sink_flush(k) : 0;
}

int
loop_sink_close(struct loop_sink *k)
{
	int rc = 0;

	if (!k)
		return 0;
	if (k->fd >= 0) {
		if (!k->gone)
			rc = sink_flush(k);
		close(k->fd);
	}
	buf_free(&k->out);
	free(k);
	return rc;
}
