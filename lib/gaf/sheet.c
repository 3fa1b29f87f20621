/*
 * --png: the last windows as a picture for people, one a row: the candles on the left, then each
 * channel's image, in colour, with its name. The oldest bar is on the left and at the top.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/tim.h"
#include "gaf/canvas.h"
#include "gaf/stage.h"
#include "io/out.h"

struct enc_picture {
	const struct sym *sym;
	int64_t ts;
	char label[64];
	double *col[GAF_NCOLUMNS]; /* window values each */
};

enum { INK = 0x303438, PAPER = 0xffffff, FRAME = 0xb8bcc0, UP = 0x1f8a70, DOWN = 0xc8442f };
#define TILE_MIN 112 /* pixels */
#define MARGIN 10
#define HEAD 26 /* two lines of text above a row */

/* ---- remembering ---- */

void
enc_sheet_add(struct enc *g, const struct enc_series *x)
{
	size_t rows = (size_t)g->o.sheet_rows, n = g->p.window;
	struct enc_picture *p;

	if (!g->pictures)
		g->pictures = mem_array(rows, sizeof *g->pictures);
	p = &g->pictures[g->npictures++ % rows];
	p->sym = x->sym;
	p->ts = x->known[x->len - 1];
	p->label[0] = '\0';
	for (int k = 0; k < GAF_NCOLUMNS; k++) {
		if (!x->col[k])
			continue;
		if (!p->col[k])
			p->col[k] = mem_array(n, sizeof *p->col[k]);
		memcpy(p->col[k], x->col[k] + x->len - n, n * sizeof *p->col[k]);
	}
}

void
enc_sheet_label(struct enc *g, const struct enc_series *x, int64_t ts, const char *label)
{
	size_t rows = (size_t)g->o.sheet_rows;
	size_t n = g->npictures < rows ? g->npictures : rows;

	for (size_t i = 0; i < n; i++)
		if (g->pictures[i].sym == x->sym && g->pictures[i].ts == ts)
			snprintf(g->pictures[i].label, sizeof g->pictures[i].label, "%s", label);
}

void
enc_sheet_close(struct enc *g)
{
	for (int64_t i = 0; g->pictures && i < g->o.sheet_rows; i++)
		for (int k = 0; k < GAF_NCOLUMNS; k++)
			free(g->pictures[i].col[k]);
	free(g->pictures);
}

/* ---- colours ---- */

/* Between the colours of an evenly spaced list, v in 0..1. */
static uint32_t
blend(const uint32_t *stop, int n, double v)
{
	double at = (v < 0 ? 0 : v > 1 ? 1 : v) * (n - 1);
	int i = at >= n - 1 ? n - 2 : (int)at;
	double t = at - i;
	uint32_t colour = 0;

	for (int shift = 16; shift >= 0; shift -= 8) {
		double a = stop[i] >> shift & 255, b = stop[i + 1] >> shift & 255;

		colour |= (uint32_t)(a + (b - a) * t + 0.5) << shift;
	}
	return colour;
}

/* Fields of angles go from -1 to 1 through white; the others begin at 0. */
static bool
is_signed(const struct gaf_params *p)
{
	return p->method == GAF_GASF || p->method == GAF_GADF;
}

static double
highest(const struct gaf_params *p)
{
	return p->method == GAF_RECURRENCE && p->range == GAF_M11 ? 2 : 1;
}

static uint32_t
colour_of(const struct gaf_params *p, double v)
{
	static const uint32_t both[] = { 0x1f3c88, 0x5fa0d0, 0xf7f7f7, 0xf0a070, 0x9a1b30 };
	static const uint32_t one[] = { 0xfdfbe8, 0x8fd0b4, 0x2f8fa6, 0x1b3f73, 0x120a32 };

	return is_signed(p) ? blend(both, 5, (v + 1) / 2) : blend(one, 5, v / highest(p));
}

/* ---- drawing ---- */

struct sheet {
	struct canvas c;
	long zoom, tile, candles; /* pixels a pixel; of a side; width of the candles */
};

static long
y_of(double price, double lo, double hi, long top, long height)
{
	double t = hi > lo ? (hi - price) / (hi - lo) : 0.5;

	return top + (long)(t * (double)(height - 1) + 0.5);
}

static void
draw_frame(struct canvas *c, long x, long y, long w, long h)
{
	canvas_fill(c, x - 1, y - 1, w + 2, 1, FRAME);
	canvas_fill(c, x - 1, y + h, w + 2, 1, FRAME);
	canvas_fill(c, x - 1, y - 1, 1, h + 2, FRAME);
	canvas_fill(c, x + w, y - 1, 1, h + 2, FRAME);
}

static void
draw_candles(struct sheet *s, const struct enc_picture *p, long n, long x0, long y0)
{
	double lo = p->col[GAF_LOW][0], hi = p->col[GAF_HIGH][0];
	long h = s->tile - 6, top = y0 + 3;

	for (long i = 1; i < n; i++) {
		lo = p->col[GAF_LOW][i] < lo ? p->col[GAF_LOW][i] : lo;
		hi = p->col[GAF_HIGH][i] > hi ? p->col[GAF_HIGH][i] : hi;
	}
	draw_frame(&s->c, x0, y0, s->candles, s->tile);
	for (long i = 0; i < n; i++) {
		double o = p->col[GAF_OPEN][i], k = p->col[GAF_CLOSE][i];
		long left = x0 + 2 + i * (s->candles - 4) / n;
		long w = (s->candles - 4) / n * 7 / 10;
		uint32_t colour = k >= o ? UP : DOWN;
		long a = y_of(k > o ? k : o, lo, hi, top, h);
		long b = y_of(k > o ? o : k, lo, hi, top, h);
		long wick = y_of(p->col[GAF_HIGH][i], lo, hi, top, h);

		w = w < 1 ? 1 : w | 1; /* odd: the wick is in the middle */
		canvas_fill(&s->c, left + w / 2, wick, 1,
		    y_of(p->col[GAF_LOW][i], lo, hi, top, h) - wick + 1, colour);
		canvas_fill(&s->c, left, a, w, b - a + 1, colour);
	}
}

static void
draw_tile(struct sheet *s, const struct gaf_params *p, const double *image, long x0, long y0)
{
	long m = p->size;

	draw_frame(&s->c, x0, y0, s->tile, s->tile);
	for (long i = 0; i < m; i++)
		for (long j = 0; j < m; j++)
			canvas_fill(&s->c, x0 + j * s->zoom, y0 + i * s->zoom, s->zoom, s->zoom,
			    colour_of(p, image[i * m + j]));
}

static void
draw_row(struct enc *g, struct sheet *s, const struct enc_picture *p, double *image, long y)
{
	char title[160], ts[TIM_LEN + 1];
	long x = MARGIN;

	*tim_put(ts, p->ts) = '\0';
	ts[19] = '\0'; /* to the second */
	snprintf(title, sizeof title, "%s  %.10s %s%s%s", p->sym->name, ts, ts + 11,
	    p->label[0] ? "  " : "", p->label);
	canvas_text(&s->c, x, y, title, INK);
	y += HEAD;
	draw_candles(s, p, g->p.window, x, y);
	x += s->candles + MARGIN;
	if (gaf_image(g->gaf, (const double *const *)p->col, image) < 0)
		return;
	for (uint32_t k = 0; k < g->p.nchannels; k++, x += s->tile + MARGIN) {
		canvas_text(&s->c, x, y - 11, gaf_channel_names[g->p.channels[k]], INK);
		draw_tile(s, &g->p, image + (size_t)k * g->p.size * g->p.size, x, y);
	}
}

/* What the colours mean. */
static void
draw_legend(const struct enc *g, struct sheet *s, long y)
{
	const struct gaf_params *p = &g->p;
	double lo = is_signed(p) ? -1 : 0, hi = highest(p);
	char text[200];
	long x = MARGIN + 3 * CANVAS_CHAR;

	snprintf(text, sizeof text, "%g", lo);
	canvas_text(&s->c, MARGIN, y, text, INK);
	for (int i = 0; i < 120; i++)
		canvas_fill(&s->c, x + i, y, 1, 7, colour_of(p, lo + (hi - lo) * i / 119));
	snprintf(text, sizeof text, "%g   %s, %u bars, %u x %u, range %s, scale %s", hi,
	    gaf_method_names[p->method], p->window, p->size, p->size, gaf_range_names[p->range],
	    gaf_scale_names[p->scale]);
	canvas_text(&s->c, x + 126, y, text, INK);
}

int
enc_sheet_write(struct enc *g)
{
	size_t rows = (size_t)g->o.sheet_rows;
	size_t n = g->npictures < rows ? g->npictures : rows;
	long m = g->p.size, nchannels = g->p.nchannels, row;
	struct buf png = { 0 };
	double *image;
	struct sheet s;
	int rc;

	if (n == 0) {
		stage_note(&g->base, 1, "%s is not written: there was no window to draw", g->o.png);
		return 0;
	}
	s.zoom = (TILE_MIN + m - 1) / m;
	s.tile = s.zoom * m;
	s.candles = g->p.window > 24 ? 2 * s.tile : s.tile + s.tile / 4;
	row = HEAD + s.tile + MARGIN;
	canvas_new(&s.c, (size_t)(2 * MARGIN + s.candles + nchannels * (s.tile + MARGIN)),
	    (size_t)(MARGIN + (long)n * row + 7 + MARGIN), PAPER);
	image = mem_array(gaf_pixels(&g->p), sizeof *image);
	for (size_t i = 0; i < n; i++)
		draw_row(g, &s, &g->pictures[(g->npictures - n + i) % rows], image,
		    MARGIN + (long)i * row);
	draw_legend(g, &s, MARGIN + (long)n * row);
	rc = canvas_png(&s.c, &png, g->base.env->err);
	if (rc == 0)
		rc = io_file_replace(g->o.png, png.p, png.len, g->base.env->err);
	free(image);
	buf_free(&png);
	canvas_free(&s.c);
	return rc;
}
