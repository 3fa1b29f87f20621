/*
 * The wire log: every frame of every client as a line of NDJSON, for tests to look at. It is only
 * ever appended to, and holds no time of the machine when the market's is virtual, so that two
 * runs can be compared byte for byte.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/gate.h"

#include "base/mem.h"
#include "io/out.h"

#define FLUSH_AT (64u << 10)

struct wirelog {
	int fd;
	char *path;
	bool wall;
	struct buf out;
	struct err err;
	int failed;
};

struct wirelog *
wirelog_open(const char *path, bool wall, struct err *e)
{
	struct wirelog *w = mem_alloc(sizeof *w);

	w->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	w->path = mem_dup(path, strlen(path));
	w->wall = wall;
	if (w->fd < 0) {
		err_sys(e, ERR_IO, "--wire-log %s", path);
		free(w->path);
		free(w);
		return NULL;
	}
	return w;
}

static void
begin(struct sim *s, const struct conn *c, const char *dir)
{
	struct wirelog *w = s->wirelog;
	char t[TIM_LEN];

	tim_put(t, s->now);
	buf_puts(&w->out, "{\"ts\":\"");
	buf_put(&w->out, t, TIM_LEN);
	if (w->wall) {
		tim_put(t, s->wall + s->wall_to_epoch);
		buf_puts(&w->out, "\",\"wall\":\"");
		buf_put(&w->out, t, TIM_LEN);
	}
	buf_printf(&w->out, "\",\"conn\":%llu,", c ? (unsigned long long)c->no : 0ull);
	if (c && c->state == CONN_STARTED)
		buf_printf(&w->out, "\"client\":%lld,", (long long)c->client_id);
	buf_printf(&w->out, "\"dir\":\"%s\"", dir);
}

static void
end(struct wirelog *w)
{
	buf_puts(&w->out, "}\n");
	if (w->out.len >= FLUSH_AT && !w->failed)
		w->failed = io_out_flush(w->fd, &w->out, w->path, &w->err);
	if (w->failed)
		buf_clear(&w->out);
}

/* Fields of plain text as they are; anything else in hex. */
static bool
is_plain(const char *p, size_t n)
{
	if (n == 0 || p[n - 1] != '\0')
		return false;
	for (size_t i = 0; i < n; i++)
		if (p[i] != '\0' && p[i] != '\n' &&
		    ((unsigned char)p[i] < 0x20 || (unsigned char)p[i] > 0x7e))
			return false;
	return true;
}

void
wirelog_frame(struct sim *s, const struct conn *c, const char *dir, const char *kind,
    const char *payload, size_t n)
{
	struct buf *o;

	if (!s->wirelog)
		return;
	begin(s, c, dir);
	o = &s->wirelog->out;
	buf_printf(o, ",\"kind\":\"%s\"", kind);
	if (is_plain(payload, n)) {
		const char *p = payload, *z = payload + n;

		buf_puts(o, ",\"fields\":[");
		while (p < z) {
			size_t k = strlen(p);

			if (p != payload)
				buf_putc(o, ',');
			rec_put_string(o, (struct str){ p, k });
			p += k + 1;
		}
		buf_putc(o, ']');
	} else {
		buf_puts(o, ",\"hex\":\"");
		for (size_t i = 0; i < n; i++)
			buf_printf(o, "%02x", (unsigned char)payload[i]);
		buf_putc(o, '"');
	}
	end(s->wirelog);
}

void
wirelog_note(struct sim *s, const struct conn *c, const char *dir, const char *text)
{
	if (!s->wirelog)
		return;
	begin(s, c, dir);
	if (text) {
		buf_puts(&s->wirelog->out, ",\"text\":");
		rec_put_string(&s->wirelog->out, str_z(text));
	}
	end(s->wirelog);
}

int
wirelog_flush(struct wirelog *w, struct err *e)
{
	if (!w)
		return 0;
	if (!w->failed && w->out.len)
		w->failed = io_out_flush(w->fd, &w->out, w->path, &w->err);
	if (w->failed)
		*e = w->err;
	return w->failed;
}

int
wirelog_close(struct wirelog *w, struct err *e)
{
	int rc;

	if (!w)
		return 0;
	rc = wirelog_flush(w, e);
	if (close(w->fd) < 0 && rc == 0)
		rc = err_sys(e, ERR_IO, "%s", w->path);
	buf_free(&w->out);
	free(w->path);
	free(w);
	return rc;
}
