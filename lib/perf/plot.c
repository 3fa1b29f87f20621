/*
 * Curves in the terminal. A cell of text holds a grid of dots: 2 x 4 in the braille characters
 * (Unicode 2800-28FF), 1 x 2 in ASCII (' . : for upper, lower and both).
 */
#include "perf/write.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define AXIS (PERF_LABEL_MAX + 1) /* columns left of the plot: the label and the line */

struct canvas {
	uint8_t *cell;
	int cols, rows, dx, dy; /* cells; dots a cell */
	bool utf8;
};

static void
dot(struct canvas *c, int x, int y)
{
	/* bit of a dot in a braille pattern, by column and row */
	static const uint8_t bit[2][4] = { { 0x01, 0x02, 0x04, 0x40 }, { 0x08, 0x10, 0x20, 0x80 } };

	c->cell[y / c->dy * c->cols + x / c->dx] |= bit[x % c->dx][y % c->dy];
}

static void
put_cell(const struct canvas *c, uint8_t bits, struct buf *out)
{
	if (bits == 0) {
		buf_putc(out, ' ');
	} else if (c->utf8) {
		buf_putc(out, (char)0xE2);
		buf_putc(out, (char)(0xA0 | bits >> 6));
		buf_putc(out, (char)(0x80 | (bits & 0x3F)));
	} else {
		buf_putc(out, bits == 1 ? '\'' : bits == 2 ? '.' : ':');
	}
}

/* The extremes of the points that fall on dot column x, and its last point. */
struct slice {
	double low, high, last;
};

static struct slice
slice_at(const struct perf_curve *c, int x, int dots)
{
	size_t from = (size_t)x * c->n / (size_t)dots, to = (size_t)(x + 1) * c->n / (size_t)dots;
	struct slice s;

	if (to <= from)
		to = from + 1;
	s = (struct slice){ c->y[from], c->y[from], c->y[to - 1] };
	for (size_t i = from; i < to; i++) {
		s.low = fmin(s.low, c->y[i]);
		s.high = fmax(s.high, c->y[i]);
	}
	return s;
}

static void
draw(struct canvas *cv, const struct perf_curve *c, double low, double high)
{
	int w = cv->cols * cv->dx, h = cv->rows * cv->dy;
	double scale = high > low ? (h - 1) / (high - low) : 0, before = c->y[0];

	for (int x = 0; x < w; x++) {
		struct slice s = slice_at(c, x, w);
		double top = c->area ? high : s.high, bottom = s.low;

		/* joined to the column before, one dot short of it: a jump is a line, not a gap */
		if (!c->area && scale > 0 && before > s.high)
			top = fmax(s.high, before - 1 / scale);
		else if (!c->area && scale > 0 && before < s.low)
			bottom = fmin(s.low, before + 1 / scale);
		before = s.last;
		if (c->area && s.low >= high)
			continue;
		int from = (int)lround((high - top) * scale),
		    to = (int)lround((high - bottom) * scale);

		for (int y = from < 0 ? 0 : from; y <= to && y < h; y++)
			dot(cv, x, y);
	}
}

static void
put_row(const struct canvas *cv, int row, const char *label, struct buf *out)
{
	int end = cv->cols;

	while (end > 0 && cv->cell[row * cv->cols + end - 1] == 0)
		end--;
	buf_printf(out, "%*s%s", AXIS - 1, label, cv->utf8 ? "┤" : "|");
	for (int x = 0; x < end; x++)
		put_cell(cv, cv->cell[row * cv->cols + x], out);
	buf_putc(out, '\n');
}

void
perf_plot(const struct perf_curve *c, const struct perf_look *look, int rows, struct buf *out)
{
	struct canvas cv = { NULL, look->width - AXIS, rows, look->utf8 ? 2 : 1, look->utf8 ? 4 : 2,
		look->utf8 };
	double low = c->y[0], high = c->area ? 0 : c->y[0];

	for (size_t i = 0; i < c->n; i++) {
		low = fmin(low, c->y[i]);
		high = fmax(high, c->y[i]);
	}
	cv.cell = mem_array((size_t)cv.cols * (size_t)rows, 1);
	draw(&cv, c, low, high);
	for (int r = 0; r < rows; r++) {
		char b[32] = "";

		if (r == 0)
			c->label(b, high, high - low);
		else if (r == rows - 1 && high > low)
			c->label(b, low, high - low);
		else if (r == rows / 2 && rows >= 7 && high > low)
			c->label(b, high - (high - low) * (r + 0.5) / rows, high - low);
		put_row(&cv, r, b, out);
	}
	free(cv.cell);
}
