#include "io/in.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/mem.h"
#include "rec/codec.h"

#define FIRST_SIZE (128u << 10)

struct io_in {
	struct io_ahead ahead; /* unread bytes of buf, at..end, and the count of lines */
	int fd;
	bool own_fd;
	gzFile gz; /* files only; NULL for a plain descriptor */
	char *name;
	char *buf;
	size_t size;         /* of buf, without the padding */
	const char *scanned; /* no newline between ahead.at and here, when that is behind it */
	bool eof;
};

static struct io_in *
in_new(int fd, const char *name)
{
	struct io_in *in = mem_alloc(sizeof *in);

	in->fd = fd;
	in->name = mem_dup(name, strlen(name));
	in->size = FIRST_SIZE;
	in->buf = mem_alloc(in->size + REC_PAD + 1);
	in->ahead.at = in->ahead.end = in->scanned = in->buf;
	return in;
}

struct io_in *
io_in_fd(int fd, const char *name)
{
	return in_new(fd, name);
}

struct io_in *
io_in_open(const char *path, struct err *e)
{
	unsigned char magic[2];
	struct io_in *in;
	int fd;

	if (strcmp(path, "-") == 0)
		return in_new(0, "standard input");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err_sys(e, ERR_IO, "%s", path);
		return NULL;
	}
	in = in_new(fd, path);
	in->own_fd = true;
	if (pread(fd, magic, 2, 0) == 2 && magic[0] == 0x1f && magic[1] == 0x8b) {
		in->gz = gzdopen(fd, "rb");
		if (!in->gz) {
			err_set(e, ERR_IO, "%s: cannot read gzip", path);
			io_in_free(in);
			return NULL;
		}
		in->own_fd = false; /* gzclose closes it */
		gzbuffer(in->gz, FIRST_SIZE);
	}
	return in;
}

void
io_in_free(struct io_in *in)
{
	if (!in)
		return;
	if (in->gz)
		gzclose(in->gz);
	if (in->own_fd)
		close(in->fd);
	free(in->name);
	free(in->buf);
	free(in);
}

static int
refill(struct io_in *in, struct err *e)
{
	size_t have = (size_t)(in->ahead.end - in->ahead.at);
	char *end;
	ssize_t n;

	memmove(in->buf, in->ahead.at, have);
	if (have == in->size) {
		if (in->size >= REC_LINE_MAX)
			return err_set(e, ERR_DATA, "a line of over %u MiB", REC_LINE_MAX >> 20);
		in->size *= 2;
		in->buf = mem_resize(in->buf, in->size + REC_PAD + 1, 1);
	}
	end = in->buf + have;
	in->ahead.at = in->buf;
	in->ahead.end = in->scanned = end;
	if (in->gz) {
		n = gzread(in->gz, end, (unsigned)(in->size - have));
		if (n <= 0) {
			int code;
			const char *why = gzerror(in->gz, &code), *colon = strstr(why, ": ");

			/* zlib names the descriptor; the user knows the file */
			if (n < 0 || (code != Z_OK && code != Z_STREAM_END))
				return err_set(
				    e, ERR_IO, "%s: %s", in->name, colon ? colon + 2 : why);
		}
	} else {
		do
			n = read(in->fd, end, in->size - have);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return err_sys(e, ERR_IO, "%s", in->name);
	}
	if (n == 0)
		in->eof = true;
	end[n] = '\0';
	in->ahead.end = end + n;
	return 0;
}

/* A byte order mark is no part of the first line. */
static void
skip_mark(const char **p, size_t *n)
{
	if (*n >= 3 && memcmp(*p, "\xef\xbb\xbf", 3) == 0) {
		*p += 3;
		*n -= 3;
	}
}

int
io_in_line(struct io_in *in, bool block, const char **p, size_t *n, struct err *e)
{
	struct io_ahead *a = &in->ahead;

	for (;;) {
		const char *from = in->scanned > a->at ? in->scanned : a->at;
		const char *s = a->at, *nl = memchr(from, '\n', (size_t)(a->end - from));
		int rc;

		if (__builtin_expect(nl != NULL, 1)) {
			size_t len = (size_t)(nl - s);

			a->at = nl + 1;
			*p = s;
			*n = len - (len && nl[-1] == '\r');
			if (__builtin_expect(a->lines++ == 0, 0))
				skip_mark(p, n);
			return 1;
		}
		in->scanned = a->end;
		if (in->eof) {
			if (a->at == a->end)
				return 0;
			/* the last line has no newline: give it one, for the scanners to stop at */
			memcpy(in->buf + (a->end++ - in->buf), "\n", 2);
			in->scanned = a->at;
			continue;
		}
		if (!block)
			return 2;
		rc = refill(in, e);
		if (rc < 0)
			return rc;
	}
}

struct io_ahead *
io_in_ahead(struct io_in *in)
{
	return &in->ahead;
}

uint64_t
io_in_lineno(const struct io_in *in)
{
	return in->ahead.lines;
}

const char *
io_in_name(const struct io_in *in)
{
	return in->name;
}

int
io_in_fileno(const struct io_in *in)
{
	return in->fd;
}
