/* A file as gzip(1) writes it, in one go. */
#ifndef TP_IO_GZ_H
#define TP_IO_GZ_H

#include <stddef.h>

#include "base/err.h"

/* Create or replace path with p[0..n), compressed. 0 or ERR_IO. */
int
io_gzip_write(const char *path, const void *p, size_t n, struct err *e);

#endif
