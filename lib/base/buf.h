/* Bytes that grow. Clear and reuse; the hot path then does not allocate. */
#ifndef TP_BASE_BUF_H
#define TP_BASE_BUF_H

#include <stddef.h>

#include "base/str.h"

struct buf {
	char *p; /* NULL until first use */
	size_t len, cap;
};

/* Room for n more bytes; returns where they go. Add to b->len what was written. */
char *
buf_room(struct buf *b, size_t n);
void
buf_put(struct buf *b, const void *p, size_t n);
void
buf_puts(struct buf *b, const char *z);
void
buf_putc(struct buf *b, char c);
void
buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *
buf_z(struct buf *b); /* the bytes with a NUL behind them, valid until the next change */
void
buf_free(struct buf *b);

static inline void
buf_clear(struct buf *b)
{
	b->len = 0;
}

static inline struct str
buf_str(const struct buf *b)
{
	return (struct str){ b->p, b->len };
}

#endif
