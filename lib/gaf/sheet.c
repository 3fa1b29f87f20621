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
	const char *interval;
	int64_t start, ts; /* of the first bar; when the last was complete */
	char label[64];
	double *col[GAF_NCOLUMNS]; /* window values each */
};

enum { INK = 0x24292e, SOFT = 0x6a737d, PAPER = 0xffffff, FRAME = 0xb8bcc0, UP = 0x1f8a70 };
enum { DOWN = 0xc8442f, ACCENT = 0x9a1b30 };
#define MARGIN 12
#define LINE 22         /* of text */
#define HEAD (2 * LINE) /* above a row */
#define TITLE_MAX 200
#define SCALE_WIDTH 160 /* of the colours in the legend */

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
	p->interval = x->interval;
	p->start = x->start[x->len - n];
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
	char text[64];

	for (long i = 1; i < n; i++) {
		lo = p->col[GAF_LOW][i] < lo ? p->col[GAF_LOW][i] : lo;
		hi = p->col[GAF_HIGH][i] > hi ? p->col[GAF_HIGH][i] : hi;
	}
	snprintf(text, sizeof text, "%.6g - %.6g", lo, hi);
	if ((long)strlen(text) * CANVAS_CHAR <= s->candles)
		canvas_text(&s->c, x0, y0 - LINE, text, SOFT);
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

/* Symbol, interval, from when to when: to the second, or the days alone. */
static void
put_title(const struct enc_picture *p, char *title, size_t n)
{
	int64_t at[2] = { p->start, p->ts };
	bool days = at[0] % TIM_DAY == 0 && at[1] % TIM_DAY == 0;
	char text[2][TIM_LEN + 1];

	for (int i = 0; i < 2; i++) {
		*tim_put(text[i], at[i]) = '\0';
		text[i][days ? 10 : 19] = '\0';
		if (!days)
			text[i][10] = ' '; /* for the T */
	}
	snprintf(title, n, "%s%s%s  %s to %s", p->sym->name, *p->interval ? " " : "", p->interval,
	    text[0], text[1]);
}

static long
width_of(const char *text)
{
	return (long)strlen(text) * CANVAS_CHAR;
}

static void
draw_row(struct enc *g, struct sheet *s, const struct enc_picture *p, double *image, long y)
{
	char title[TITLE_MAX];
	long x = MARGIN;

	put_title(p, title, sizeof title);
	canvas_text(&s->c, x, y, title, INK);
	canvas_text(&s->c, x + width_of(title) + 2 * CANVAS_CHAR, y, p->label, ACCENT);
	y += HEAD;
	draw_candles(s, p, g->p.window, x, y);
	x += s->candles + MARGIN;
	if (gaf_image(g->gaf, (const double *const *)p->col, image) < 0)
		return;
	for (uint32_t k = 0; k < g->p.nchannels; k++, x += s->tile + MARGIN) {
		canvas_text(&s->c, x, y - LINE, gaf_channel_names[g->p.channels[k]], SOFT);
		draw_tile(s, &g->p, image + (size_t)k * g->p.size * g->p.size, x, y);
	}
}

/* What the colours mean: the ends of the scale, and what was drawn. */
static void
put_legend(const struct gaf_params *p, char *low, char *high, size_t n)
{
	snprintf(low, n, "%d", is_signed(p) ? -1 : 0);
	snprintf(high, n, "%g   %s, %u bars, %u x %u, range %s, scale %s", highest(p),
	    gaf_method_names[p->method], p->window, p->size, p->size, gaf_range_names[p->range],
	    gaf_scale_names[p->scale]);
}

static void
draw_legend(const struct enc *g, struct sheet *s, long y)
{
	double lo = is_signed(&g->p) ? -1 : 0, hi = highest(&g->p);
	char low[TITLE_MAX], high[TITLE_MAX];
	long x = MARGIN;

	put_legend(&g->p, low, high, sizeof low);
	canvas_text(&s->c, x, y, low, SOFT);
	x += width_of(low) + CANVAS_CHAR / 2;
	draw_frame(&s->c, x, y + 1, SCALE_WIDTH, 12);
	for (int i = 0; i < SCALE_WIDTH; i++)
		canvas_fill(&s->c, x + i, y + 1, 1, 12,
		    colour_of(&g->p, lo + (hi - lo) * i / (SCALE_WIDTH - 1)));
	canvas_text(&s->c, x + SCALE_WIDTH + CANVAS_CHAR, y, high, SOFT);
}

/* Picture i of those that are shown, oldest first. */
static const struct enc_picture *
picture_at(const struct enc *g, size_t i)
{
	size_t rows = (size_t)g->o.sheet_rows;
	size_t first = g->npictures < rows ? 0 : g->npictures - rows;

	return &g->pictures[(first + i) % rows];
}

/* Wide enough for the images, each title and the legend. */
static long
sheet_width(const struct enc *g, const struct sheet *s, size_t n)
{
	long most = s->candles + (long)g->p.nchannels * (s->tile + MARGIN), w;
	char a[TITLE_MAX], b[TITLE_MAX];

	put_legend(&g->p, a, b, sizeof a);
	w = width_of(a) + SCALE_WIDTH + 2 * CANVAS_CHAR + width_of(b);
	most = w > most ? w : most;
	for (size_t i = 0; i < n; i++) {
		const struct enc_picture *p = picture_at(g, i);

		put_title(p, a, sizeof a);
		w = width_of(a) + (p->label[0] ? 2 * CANVAS_CHAR + width_of(p->label) : 0);
		most = w > most ? w : most;
	}
	return 2 * MARGIN + most;
}

int
enc_sheet_write(struct enc *g)
{
	size_t rows = (size_t)g->o.sheet_rows;
	size_t n = g->npictures < rows ? g->npictures : rows;
	long m = g->p.size, row;
	struct buf png = { 0 };
	double *image;
	struct sheet s;
	int rc;

	if (n == 0) {
		stage_note(&g->base, 1, "%s is not written: there was no window to draw", g->o.png);
		return 0;
	}
	s.zoom = (ENC_TILE_MIN + m - 1) / m;
	s.tile = s.zoom * m;
	s.candles = g->p.window > 24 ? 2 * s.tile : s.tile + s.tile / 4;
	row = HEAD + s.tile + MARGIN + LINE / 2;
	canvas_new(&s.c, (size_t)sheet_width(g, &s, n),
	    (size_t)(MARGIN + (long)n * row + LINE + MARGIN / 2), PAPER);
	image = mem_array(gaf_pixels(&g->p), sizeof *image);
	for (size_t i = 0; i < n; i++)
		draw_row(g, &s, picture_at(g, i), image, MARGIN + (long)i * row);
	draw_legend(g, &s, MARGIN + (long)n * row);
	rc = canvas_png(&s.c, &png, g->base.env->err);
	if (rc == 0)
		rc = io_file_replace(g->o.png, png.p, png.len, g->base.env->err);
	free(image);
	buf_free(&png);
	canvas_free(&s.c);
	return rc;
}
