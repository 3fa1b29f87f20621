/* Lines from a file descriptor or a (possibly gzip'd) file. CRLF and a BOM are taken off; a
 * last line without a newline counts. A line over REC_LINE_MAX is an error. */
#ifndef TP_IO_IN_H
#define TP_IO_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct io_in; /* opaque */

struct io_in *
io_in_fd(int fd, const char *name); /* fd is borrowed */
/* "-" is standard input. NULL with the reason in e. gzip is told by its magic bytes. */
struct io_in *
io_in_open(const char *path, struct err *e);
void
io_in_free(struct io_in *in);

/*
 * Next line: 1 with *p, *n (REC_PAD bytes behind it are readable; valid until the next call),
 * 0 at the end, ERR_IO or ERR_DATA. With `block` false: returns 2 when no whole line is
 * buffered and a read would be needed (the caller flushes its output, then calls with true).
 */
int
io_in_line(struct io_in *in, bool block, const char **p, size_t *n, struct err *e);
/*
 * What is read and not yet taken, for a reader that finds the ends of its lines itself: whole
 * lines with their newlines may be taken off the front, the first line of the input excepted.
 * *end is NUL, and REC_PAD bytes behind it are readable and mean nothing. Lives as long as in.
 */
struct io_ahead {
	const char *at, *end;
	uint64_t lines; /* taken so far */
};
struct io_ahead *
io_in_ahead(struct io_in *in);
uint64_t
io_in_lineno(const struct io_in *in); /* 1-based number of the line last returned */
const char *
io_in_name(const struct io_in *in);
int
io_in_fileno(const struct io_in *in);

#endif
