/* How an image goes out: as a record, a row, a binary frame, or one of an array. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gaf/stage.h"
#include "rec/codec.h"

#define PNG_PIXELS_MAX 100000000u /* 300 MB while it is drawn */

/* The head of a binary frame, little-endian, before its channels * size * size floats. The man
 * page has the same in words. */
struct frame {
	char magic[8];           /* "TPIMAGE1" */
	uint32_t head_bytes;     /* 128: where the floats begin */
	uint32_t float_bytes;    /* 4 or 8 */
	uint32_t channels, size; /* of the image */
	uint32_t window, bins;
	int64_t ts, start; /* when the last bar was complete, when the first began; ns since 1970 */
	char encoding[12];
	uint32_t last; /* bars that are shown; 0: all of the window */
	char scale[12], range[4], sym[32], interval[16]; /* padded with NUL, as encoding */
};
_Static_assert(sizeof(struct frame) == 128, "as the man page says");

/* Whether what this stage writes goes straight out. */
static bool
is_last(const struct stage *st)
{
	return !st->down || strcmp(st->down->kind->name, "output") == 0;
}

static int
check_output(const struct enc *g)
{
	const struct stage *st = &g->base;
	struct err *e = st->env->err;
	int out = g->o.output;

	if (out != ENC_NDJSON && !is_last(st))
		return err_set(e, ERR_USAGE, "-O other than ndjson is for the end of a pipe");
	if (out >= ENC_FRAMES && st->env->tty)
		return err_set(e, ERR_USAGE, "-O %s is binary and standard output is a terminal",
		    out == ENC_NPY ? "npy" : "frames");
	if (out >= ENC_FRAMES && g->o.labels)
		return err_set(e, ERR_USAGE, "--labels goes with records: -O ndjson or csv");
	if (g->o.png) {
		uint64_t m = g->p.size, side = m < ENC_TILE_MIN ? m + ENC_TILE_MIN - 1 : m;
		uint64_t n = (uint64_t)g->o.sheet_rows * side * side * (g->p.nchannels + 2);

		if (n > PNG_PIXELS_MAX)
			return err_set(e, ERR_USAGE,
			    "--png: a picture of some %llu million pixels; want fewer --png-rows "
			    "or --channels",
			    (unsigned long long)(n / 1000000));
	}
	if (out < ENC_FRAMES && g->o.dtype == 1)
		return err_set(e, ERR_USAGE, "--dtype f64 goes with -O frames or npy");
	return 0;
}

int
enc_out_open(struct enc *g)
{
	size_t pixels = gaf_pixels(&g->p);

	if (check_output(g) < 0)
		return ERR_USAGE;
	gaf_channels_put(&g->p, &g->channels);
	g->keep = g->o.output == ENC_NPY;
	if (g->o.output == ENC_CSV) {
		g->csv = rec_csv_new(REC_image, g->base.kind->csv_columns, g->base.env->err);
		if (!g->csv)
			return ERR_USAGE;
	}
	if (g->o.dtype == 1)
		g->f64 = mem_array(pixels, sizeof *g->f64);
	else
		g->f32 = mem_array(
		    pixels > gaf_nfactors(&g->p) ? pixels : gaf_nfactors(&g->p), sizeof *g->f32);
	return 0;
}

/* ---- records ---- */

static int
write_row(struct enc *g, const struct rec *r)
{
	buf_clear(&g->out);
	if (g->images == 0)
		rec_csv_header(g->csv, &g->out);
	rec_csv_row(g->csv, &g->out, r);
	return stage_text(&g->base, g->out.p, g->out.len);
}

int
enc_out_record(struct enc *g, const struct enc_series *x, int64_t ts, const struct buf *text,
    const char *label, int64_t label_end, bool lookahead)
{
	struct rec r;
	int rc;

	rec_init(&r, REC_image, ts, x->sym);
	if (x->interval[0])
		rec_set(&r, F_image_interval, r.image.interval, str_z(x->interval));
	gaf_params_set(&g->p, &r, buf_str(&g->channels));
	if (g->p.method == GAF_MTF)
		rec_set(&r, F_image_data, r.image.data, buf_str(text));
	else
		rec_set(&r, F_image_factors, r.image.factors, buf_str(text));
	if (label) {
		rec_set(&r, F_image_label, r.image.label, str_z(label));
		rec_set(&r, F_image_label_end, r.image.label_end, label_end);
	}
	if (lookahead)
		rec_set(&r, F_image_lookahead, r.image.lookahead, true);
	rc = g->csv ? write_row(g, &r) : stage_emit(&g->base, &r);
	g->images++;
	return rc;
}

static int
encode_text(struct enc *g, const double *const at[GAF_NCOLUMNS])
{
	bool mtf = g->p.method == GAF_MTF;
	size_t n = (mtf ? gaf_pixels(&g->p) : gaf_nfactors(&g->p)) * sizeof *g->f32;
	int rc = mtf ? gaf_image_f32(g->gaf, at, g->f32) : gaf_factors_f32(g->gaf, at, g->f32);

	if (rc < 0)
		return rc;
	buf_clear(&g->text);
	gaf_base64_put(buf_room(&g->text, GAF_BASE64_LEN(n)), g->f32, n);
	g->text.len = GAF_BASE64_LEN(n);
	return 0;
}

/* ---- floats ---- */

static int
write_pixels(struct enc *g, const double *const at[GAF_NCOLUMNS])
{
	size_t n = gaf_pixels(&g->p);
	int rc = g->f64 ? gaf_image(g->gaf, at, g->f64) : gaf_image_f32(g->gaf, at, g->f32);

	if (rc < 0)
		return stage_fail(&g->base, ERR_FAIL, "a window that was whole is not any more");
	return g->f64 ? stage_text(&g->base, (const char *)g->f64, n * sizeof *g->f64)
		      : stage_text(&g->base, (const char *)g->f32, n * sizeof *g->f32);
}

/* A name of at most n bytes, the rest is 0. */
static void
put_name(char *o, size_t n, const char *z)
{
	size_t len = strlen(z);

	memset(o, 0, n);
	memcpy(o, z, len < n ? len : n);
}

static int
write_frame(struct enc *g, const struct enc_series *x, const double *const at[GAF_NCOLUMNS])
{
	const struct gaf_params *p = &g->p;
	struct frame f = { .magic = "TPIMAGE1",
		.head_bytes = sizeof f,
		.float_bytes = g->f64 ? 8 : 4,
		.channels = p->nchannels,
		.size = p->size,
		.window = p->window,
		.bins = p->bins,
		.last = gaf_shown(p) != p->window ? p->last : 0,
		.ts = x->known[x->len - 1],
		.start = x->start[x->len - p->window] };
	int rc;

	put_name(f.encoding, sizeof f.encoding, gaf_method_names[p->method]);
	put_name(f.scale, sizeof f.scale, gaf_scale_names[p->scale]);
	put_name(f.range, sizeof f.range, gaf_range_names[p->range]);
	put_name(f.sym, sizeof f.sym, x->sym->name);
	put_name(f.interval, sizeof f.interval, x->interval);
	rc = stage_text(&g->base, (const char *)&f, sizeof f);
	return rc < 0 ? rc : write_pixels(g, at);
}

/* One array of all windows. How many there are stands at its beginning, so it is written at the
 * end, from the bars. */
static int
write_npy(struct enc *g)
{
	char head[256];
	int n = snprintf(head + 10, sizeof head - 10,
	    "{'descr': '<f%d', 'fortran_order': False, 'shape': (%zu, %u, %u, %u), }",
	    g->f64 ? 8 : 4, g->nwindows, g->p.nchannels, g->p.size, g->p.size);
	/* the floats begin at a multiple of 64, behind a newline */
	int total = (10 + n + 1 + 63) / 64 * 64, rc;

	memset(head + 10 + n, ' ', (size_t)(total - 10 - n));
	head[total - 1] = '\n';
	memcpy(head, "\x93NUMPY\x01\x00", 8);
	head[8] = (char)((total - 10) & 255);
	head[9] = (char)((total - 10) >> 8);
	rc = stage_text(&g->base, head, (size_t)total);
	for (size_t i = 0; i < g->nwindows && rc == 0; i++) {
		const double *at[GAF_NCOLUMNS];

		enc_window_at(g, g->series[g->windows[i].series], g->windows[i].end, at);
		rc = write_pixels(g, at);
	}
	return rc;
}

/* ---- windows ---- */

/* Whether every bar has what the image shows: volume and vwap may lack. */
static bool
is_whole(const struct enc *g, const double *const at[GAF_NCOLUMNS])
{
	for (int k = GAF_VOLUME; k <= GAF_VWAP; k++)
		for (uint32_t i = 0; at[k] && i < g->p.window; i++)
			if (isnan(at[k][i]))
				return false;
	return true;
}

/* The index of a series, for -O npy. */
static uint32_t
series_index(const struct enc *g, const struct enc_series *x)
{
	const struct enc_by_sym *y = &g->by_sym[x->sym->id];

	/* the one that was found last: the caller has just looked it up */
	return y->at[y->last];
}

int
enc_out_window(struct enc *g, struct enc_series *x)
{
	const double *at[GAF_NCOLUMNS];

	enc_window_at(g, x, x->len, at);
	if (!is_whole(g, at)) {
		g->lacking++;
		return 0;
	}
	if (g->o.png)
		enc_sheet_add(g, x);
	if (g->o.output == ENC_NPY) {
		*MEM_AT(g->windows, g->windows_cap, g->nwindows) =
		    (struct enc_window){ series_index(g, x), x->len };
		g->nwindows++;
		return 0;
	}
	if (g->o.output == ENC_FRAMES)
		return write_frame(g, x, at);
	if (encode_text(g, at) < 0)
		return stage_fail(
		    &g->base, ERR_DATA, "a window of %s cannot be scaled", x->sym->name);
	if (g->o.labels) {
		enc_label_wait(g, x);
		return 0;
	}
	return enc_out_record(g, x, x->known[x->len - 1], &g->text, NULL, 0, false);
}

int
enc_out_flush(struct enc *g)
{
	if (g->o.output == ENC_NPY)
		return write_npy(g);
	if (g->csv && g->images == 0) {
		buf_clear(&g->out);
		rec_csv_header(g->csv, &g->out);
		return stage_text(&g->base, g->out.p, g->out.len);
	}
	return 0;
}

void
enc_out_close(struct enc *g)
{
	rec_csv_free(g->csv);
	free(g->windows);
	free(g->f32);
	free(g->f64);
	buf_free(&g->text);
	buf_free(&g->channels);
	buf_free(&g->out);
}
