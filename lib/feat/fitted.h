/*
 * Files that fitting writes and a live run reads (scalers, references of drift): JSON of some
 * columns and of the span they were learned from.
 */
#ifndef TP_FEAT_FITTED_H
#define TP_FEAT_FITTED_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "rec/json.h"

/* Fills `into`, zeroed, from the document's root. 0 or ERR_DATA without the file's name; what it
 * has made by then the caller frees. */
typedef int
feat_fitted_fill(void *into, const struct json *root, struct err *e);

/* The document p, a NUL behind it, through `fill`. `name` stands before errors. */
int
feat_fitted_parse(
    feat_fitted_fill *fill, void *into, const char *name, const char *p, size_t n, struct err *e);
/* The same of a file of at most 64 MiB, plain or gzip'd. ERR_IO when it cannot be read. */
int
feat_fitted_read(feat_fitted_fill *fill, void *into, const char *path, struct err *e);

/* `  "key": "TIME",` and a newline; nothing for TIM_NONE. */
void
feat_fitted_put_time(struct buf *out, const char *key, int64_t t);
/* A time as feat_fitted_put_time writes it; TIM_NONE where there is none. */
int64_t
feat_fitted_time(const struct json *j);
/* v, shortest */
void
feat_fitted_put_num(struct buf *out, double v);

#endif
