/* Bytes to a file descriptor, checked. EPIPE gives ERR_PIPE, every other failure ERR_IO. */
#ifndef TP_IO_OUT_H
#define TP_IO_OUT_H

#include "base/buf.h"
#include "base/err.h"

/* Write all of b and clear it. */
int
io_out_flush(int fd, struct buf *b, const char *name, struct err *e);
/* Replace a file as a whole: write PATH.tmp, fsync, rename. Nothing half-written is ever seen. The
 * mode stays as it was; that of a new file is what the umask leaves of 0666. */
int
io_file_replace(const char *path, const void *p, size_t n, struct err *e);
/* Whether io_file_replace could put something at path, asked before the work whose result is to go
 * there: 0 or ERR_IO. A path that is NULL is fine. */
int
io_file_place(const char *path, struct err *e);
/* A state file: a JSON object whose last key, crc32, is the checksum of all that stands before it.
 * Writing adds the key to the object in b and replaces the file. A file that lacks it, or in which
 * a byte is not as it was written, is ERR_DATA. */
int
io_state_write(const char *path, struct buf *b, struct err *e);
int
io_state_read(const char *path, size_t max, struct buf *out, struct err *e);
/* Whole file into out (plain or gzip), at most max bytes. ERR_IO when it cannot be read or is
 * longer. */
int
io_file_read(const char *path, size_t max, struct buf *out, struct err *e);

#endif
