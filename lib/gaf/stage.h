/*
 * The gaf-encode stage: its state, shared by the files gaf_encode.c (bars to windows), out.c (how
 * an image goes out), label.c (waiting for labels) and sheet.c (pictures for people).
 *
 * A series is a symbol at one interval. Its columns lie in plain arrays, oldest first, so that a
 * window is a pointer into each. A run is what came since the last hole; no window is longer.
 */
#ifndef TP_GAF_STAGE_H
#define TP_GAF_STAGE_H

#include "base/buf.h"
#include "gaf/gaf.h"
#include "stage/stage.h"

enum enc_output { ENC_NDJSON, ENC_CSV, ENC_FRAMES, ENC_NPY };

struct enc_opts {
	int64_t window, last, size, step, bins, sheet_rows, label_bars;
	int method, range, scale, paa, output, dtype;
	const char *channels, *interval, *png, *labels;
	struct opt_list label_names;
};

/* An image that waits for its label. */
struct enc_wait {
	int64_t ts;      /* of the image */
	int64_t first;   /* when its window began */
	int64_t since;   /* patterns known since then are its labels */
	struct buf text; /* base64 of its factors or pixels */
};

struct enc_series {
	const struct sym *sym;
	char *interval; /* "" where the bars have none */
	double *col[GAF_NCOLUMNS];
	size_t len, cap;        /* bars in each */
	int64_t *start, *known; /* when each began, when it was complete */
	uint64_t run;           /* bars since the last hole */
	int64_t last_ts, last_end;
	bool any;
	/* labels */
	struct enc_wait *wait; /* images without one, in order: [wait_at, wait_at + nwait) */
	size_t nwait, wait_cap, wait_at;
	bool listed;      /* in enc.waiting */
	char pattern[64]; /* the last pattern; "" before there is one */
	int64_t pattern_ts, pattern_start;
};

struct enc_by_sym {
	uint32_t *at; /* its series */
	size_t n, cap, last;
};

/* A window of -O npy: which series, the end of its bars. */
struct enc_window {
	uint32_t series;
	size_t end;
};

struct enc_picture; /* sheet.c */

struct enc {
	struct stage base;
	struct enc_opts o;
	struct gaf *gaf;
	struct gaf_params p;
	uint32_t columns;        /* those that are kept: bit i for enum gaf_column i */
	bool keep;               /* -O npy: nothing is forgotten */
	struct str label_column; /* --labels features:COLUMN; empty: patterns */
	struct enc_series **series;
	size_t nseries, cap;
	struct enc_by_sym *by_sym;
	size_t nby_sym;
	uint32_t *waiting; /* series that have an image waiting for a pattern, in order */
	size_t nwaiting, waiting_cap;
	struct enc_window *windows;
	size_t nwindows, windows_cap;
	float *f32;
	double *f64;
	struct buf text, channels, out;
	struct rec_csv *csv;
	struct enc_picture *pictures;
	size_t npictures; /* made so far; a ring of o.sheet_rows */
	uint64_t labels;  /* records that --labels takes */
	uint64_t images, other, revised, dirty, late, lacking, unlabelled;
};

/* ---- gaf_encode.c ---- */
/* Pointers to the columns of the window that ends before bar `end`. */
void
enc_window_at(
    const struct enc *g, const struct enc_series *x, size_t end, const double *at[GAF_NCOLUMNS]);

/* ---- out.c ---- */
int
enc_out_open(struct enc *g);
/* The window that ends at the newest bar of x: encoded, and written or kept. */
int
enc_out_window(struct enc *g, struct enc_series *x);
/* An image record goes out. label NULL: none. */
int
enc_out_record(struct enc *g, const struct enc_series *x, int64_t ts, const struct buf *text,
    const char *label, int64_t label_end, bool lookahead);
int
enc_out_flush(struct enc *g);
void
enc_out_close(struct enc *g);

/* ---- label.c ---- */
int
enc_label_open(struct enc *g);
/* The image in g->text, of the newest window of x, waits for a label. */
void
enc_label_wait(struct enc *g, struct enc_series *x);
/* A pattern or features record of that series. */
void
enc_label_pattern(struct enc *g, struct enc_series *x, const struct rec *r);
int
enc_label_features(struct enc *g, struct enc_series *x, const struct rec *r);
/* What a series has waiting for patterns goes; of all series, in order. */
int
enc_label_release(struct enc *g, struct enc_series *x);
int
enc_label_release_all(struct enc *g);
void
enc_label_free(struct enc_series *x);

/* ---- sheet.c ---- */
#define ENC_TILE_MIN 160 /* pixels of an image's side, at least: smaller ones are magnified */
/* Remember the newest window for the picture: the last ones are shown. */
void
enc_sheet_add(struct enc *g, const struct enc_series *x);
/* The label of the newest picture of that series and time. */
void
enc_sheet_label(struct enc *g, const struct enc_series *x, int64_t ts, const char *label);
int
enc_sheet_write(struct enc *g);
void
enc_sheet_close(struct enc *g);

#endif
