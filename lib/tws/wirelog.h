/*
 * The raw wire on file, with times: what `--record` writes and `--replay-wire` reads.
 *
 * A line "tws-wire 1", then entries: a line "KIND TIME LENGTH" (one byte, epoch ns, decimal),
 * so many bytes, a newline. Kinds: '<' the payload of a frame that came, '>' of one that went,
 * '!' the session's state and why, and letters that the session's user gives a meaning.
 */
#ifndef TP_TWS_WIRELOG_H
#define TP_TWS_WIRELOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct tws_wirelog; /* opaque */

struct tws_wire_entry {
	char kind;
	int64_t t;
	const char *p; /* valid until the next one is read */
	size_t n;
};

/* A file of that name must not exist yet: a recording is never written over. */
struct tws_wirelog *
tws_wirelog_create(const char *path, struct err *e);
struct tws_wirelog *
tws_wirelog_open(const char *path, struct err *e);
/* Writes out what is buffered and closes. 0, or ERR_IO. NULL is fine. */
int
tws_wirelog_close(struct tws_wirelog *w, struct err *e);
void
tws_wirelog_put(struct tws_wirelog *w, char kind, int64_t t, const void *p, size_t n);
/* Write out, before waiting. */
int
tws_wirelog_flush(struct tws_wirelog *w, struct err *e);
/* 1; 0 at the end; ERR_DATA with the offset. An entry that was cut off is the end. */
int
tws_wirelog_next(struct tws_wirelog *w, struct tws_wire_entry *x, struct err *e);

#endif
