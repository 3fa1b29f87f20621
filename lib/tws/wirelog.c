#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tws/wirelog.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"
#include "io/out.h"
#include "tws/wire.h"

#define MAGIC "tws-wire 1\n"
#define OUT_ENOUGH (256u << 10)

struct tws_wirelog {
	char *path;
	int fd;
	struct buf b; /* to be written, or read and not yet handed out */
	size_t at;
	uint64_t offset; /* of b.p in the file, when reading */
	bool eof, writing;
};

static struct tws_wirelog *
log_new(const char *path, int flags, struct err *e)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);
	struct tws_wirelog *w;

	if (fd < 0) {
		err_sys(e, ERR_IO, "%s", path);
		return NULL;
	}
	w = mem_alloc(sizeof *w);
	w->fd = fd;
	w->path = mem_dup(path, strlen(path));
	return w;
}

struct tws_wirelog *
tws_wirelog_create(const char *path, struct err *e)
{
	struct tws_wirelog *w = log_new(path, O_WRONLY | O_CREAT | O_EXCL, e);

	if (!w)
		return NULL;
	w->writing = true;
	buf_puts(&w->b, MAGIC);
	return w;
}

int
tws_wirelog_close(struct tws_wirelog *w, struct err *e)
{
	int rc;

	if (!w)
		return 0;
	rc = tws_wirelog_flush(w, e);
	if (close(w->fd) < 0 && rc == 0)
		rc = err_sys(e, ERR_IO, "closing %s", w->path);
	buf_free(&w->b);
	free(w->path);
	free(w);
	return rc;
}

void
tws_wirelog_put(struct tws_wirelog *w, char kind, int64_t t, const void *p, size_t n)
{
	char *o = buf_room(&w->b, 64 + n), *at = o;

	*at++ = kind;
	*at++ = ' ';
	at = num_put_i64(at, t);
	*at++ = ' ';
	at = num_put_u64(at, n);
	*at++ = '\n';
	if (n)
		memcpy(at, p, n);
	at += n;
	*at++ = '\n';
	w->b.len += (size_t)(at - o);
}

int
tws_wirelog_flush(struct tws_wirelog *w, struct err *e)
{
	if (!w->writing)
		return 0;
	return io_out_flush(w->fd, &w->b, w->path, e);
}

/* ---- reading ---- */

/* At least n bytes behind `at`; false at the end of the file. */
static bool
fill(struct tws_wirelog *w, size_t n)
{
	while (w->b.len - w->at < n && !w->eof) {
		ssize_t k;

		if (w->at) {
			w->b.len -= w->at;
			memmove(w->b.p, w->b.p + w->at, w->b.len);
			w->offset += w->at;
			w->at = 0;
		}
		k = read(w->fd, buf_room(&w->b, OUT_ENOUGH), OUT_ENOUGH);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			w->eof = true;
		else
			w->b.len += (size_t)k;
	}
	return w->b.len - w->at >= n;
}

struct tws_wirelog *
tws_wirelog_open(const char *path, struct err *e)
{
	struct tws_wirelog *w = log_new(path, O_RDONLY, e);

	if (!w)
		return NULL;
	if (!fill(w, sizeof MAGIC - 1) || memcmp(w->b.p, MAGIC, sizeof MAGIC - 1) != 0) {
		err_set(e, ERR_DATA, "%s: not a recording of the wire", path);
		tws_wirelog_close(w, e);
		return NULL;
	}
	w->at = sizeof MAGIC - 1;
	return w;
}

/* "KIND TIME LENGTH" */
static bool
parse_head(const char *p, size_t n, struct tws_wire_entry *x)
{
	const char *blank = n > 2 ? memchr(p + 2, ' ', n - 2) : NULL;
	uint64_t len;

	if (!blank || p[1] != ' ' || !num_i64(p + 2, (size_t)(blank - p) - 2, &x->t) ||
	    !num_u64(blank + 1, n - (size_t)(blank + 1 - p), &len) || len > TWS_FRAME_MAX)
		return false;
	x->kind = p[0];
	x->n = (size_t)len;
	return true;
}

int
tws_wirelog_next(struct tws_wirelog *w, struct tws_wire_entry *x, struct err *e)
{
	const char *nl;
	size_t head;

	fill(w, 64);
	if (w->b.len == w->at)
		return 0;
	nl = memchr(w->b.p + w->at, '\n', w->b.len - w->at < 64 ? w->b.len - w->at : 64);
	if (!nl && w->eof)
		return 0;
	head = nl ? (size_t)(nl - (w->b.p + w->at)) : 0;
	if (!nl || !parse_head(w->b.p + w->at, head, x))
		return err_set(
		    e, ERR_DATA, "%s: no entry at byte %zu", w->path, (size_t)w->offset + w->at);
	if (!fill(w, head + 1 + x->n + 1))
		return 0; /* the writer was cut off here */
	x->p = w->b.p + w->at + head + 1;
	w->at += head + 1 + x->n + 1;
	return 1;
}
