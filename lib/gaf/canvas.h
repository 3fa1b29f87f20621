/* A picture to draw on, and its PNG file (libpng is known only here). */
#ifndef TP_GAF_CANVAS_H
#define TP_GAF_CANVAS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct canvas {
	size_t w, h;
	unsigned char *rgb; /* w * h * 3, row by row */
};

/* A colour as 0xrrggbb. */
void
canvas_new(struct canvas *c, size_t w, size_t h, uint32_t background);
void
canvas_free(struct canvas *c);
/* What lies outside is not drawn. */
void
canvas_fill(struct canvas *c, long x, long y, long w, long h, uint32_t colour);
#define CANVAS_CHAR 12 /* pixels from a character to the next; 14 high, and 4 below the line */
/* Letters, digits and -.,:/_+=, with soft edges; x and y are the top left corner. */
void
canvas_text(struct canvas *c, long x, long y, const char *text, uint32_t colour);
/* The file's bytes, appended to out. */
int
canvas_png(const struct canvas *c, struct buf *out, struct err *e);

#endif
