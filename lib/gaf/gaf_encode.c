/* The stage: options, bars to windows. */
#include "gaf/gaf_encode.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "feat/set.h"
#include "gaf/stage.h"
#include "io/out.h"
#include "mkt/quality.h"

#define OFF(field) OPT_OFF(struct enc, o.field)

static const struct opt enc_options[] = {
	{ OPT_INT, 'n', "window", "BARS", "bars of a window", "64", NULL, NULL, OFF(window), 1,
	    GAF_WINDOW_MAX },
	{ OPT_INT, 'l', "last", "BARS", "the bars of a window that are shown; 0: all", "0", NULL,
	    NULL, OFF(last), 0, GAF_WINDOW_MAX },
	{ OPT_INT, 'm', "size", "PIXELS", "pixels a side; 0: as many as bars", "0", NULL, NULL,
	    OFF(size), 0, GAF_SIZE_MAX },
	{ OPT_CHOICE, 0, "method", "NAME", "gasf, gadf, mtf or recurrence", "gasf",
	    "gasf|gadf|mtf|recurrence", NULL, OFF(method), 0, 0 },
	{ OPT_STR, 'c', "channels", "LIST",
	    "ohlc, ohlcv, culr, candle, or a list of "
	    "open,high,low,close,volume,vwap,upper,lower,body,gap,"
	    "upper-rank,lower-rank,body-rank",
	    "ohlc", NULL, NULL, OFF(channels), 0, 0 },
	{ OPT_CHOICE, 0, "range", "NAME", "scale a channel to -1..1 (m11) or 0..1 (01)", "m11",
	    "m11|01", NULL, OFF(range), 0, 0 },
	{ OPT_CHOICE, 0, "scale", "NAME",
	    "each channel by itself, all prices on one scale, shadows and body on one, or all in "
	    "parts "
	    "of the mean true range",
	    "each", "each|joint|culr-shared|true-range", NULL, OFF(scale), 0, 0 },
	{ OPT_CHOICE, 0, "paa", "NAME", "segments of bars that make a pixel: side by side, or",
	    "split", "split|overlap", NULL, OFF(paa), 0, 0 },
	{ OPT_INT, 0, "bins", "N", "mtf: bins of equal counts", "8", NULL, NULL, OFF(bins), 2, 64 },
	{ OPT_INT, 's', "step", "BARS", "from one window to the next", "1", NULL, NULL, OFF(step),
	    1, 1000000 },
	{ OPT_CHOICE, 'O', "output", "FORMAT", "ndjson, csv, frames (binary) or npy (NumPy)",
	    "ndjson", "ndjson|csv|frames|npy", NULL, OFF(output), 0, 0 },
	{ OPT_CHOICE, 0, "dtype", "NAME", "floats of frames and npy: f32 or f64", "f32", "f32|f64",
	    NULL, OFF(dtype), 0, 0 },
	{ OPT_STR, 0, "labels", "SOURCE",
	    "label the images: patterns, or features:COLUMN (waits until it is known)", NULL, NULL,
	    NULL, OFF(labels), 0, 0 },
	{ OPT_LIST, 0, "label-names", "LIST", "patterns that are labels; others are none", NULL,
	    NULL, NULL, OFF(label_names), 0, 0 },
	{ OPT_INT, 0, "label-bars", "BARS", "a pattern labels the images of so many bars", "1",
	    NULL, NULL, OFF(label_bars), 1, GAF_WINDOW_MAX },
	{ OPT_STR, 0, "png", "FILE", "draw the last windows: candles and images side by side", NULL,
	    NULL, NULL, OFF(png), 0, 0 },
	{ OPT_INT, 0, "png-rows", "N", "windows in the picture", "8", NULL, NULL, OFF(sheet_rows),
	    1, 64 },
	{ OPT_STR, 'i', "interval", "INTERVAL", "use only bars of this interval, such as 1m", NULL,
	    NULL, NULL, OFF(interval), 0, 0 },
	{ 0 },
};

static int
enc_open(struct stage *st)
{
	struct enc *g = (struct enc *)st;
	struct err *e = st->env->err;

	g->p = (struct gaf_params){ .method = (enum gaf_method)g->o.method,
		.range = (enum gaf_range)g->o.range,
		.scale = (enum gaf_scale)g->o.scale,
		.overlap = g->o.paa == 1,
		.window = (uint32_t)g->o.window,
		.last = (uint32_t)g->o.last,
		.bins = g->o.method == GAF_MTF ? (uint32_t)g->o.bins : 0 };
	g->p.size = g->o.size ? (uint32_t)g->o.size : gaf_shown(&g->p);
	if (gaf_channels_parse(&g->p, g->o.channels, e) < 0)
		return err_wrap(e, "--channels");
	g->gaf = gaf_new(&g->p, e);
	if (!g->gaf)
		return e->code;
	g->columns = gaf_columns(&g->p);
	if (g->o.png)
		g->columns |= 1u << GAF_OPEN | 1u << GAF_HIGH | 1u << GAF_LOW | 1u << GAF_CLOSE;
	if (enc_label_open(g) < 0 || io_file_place(g->o.png, e) < 0)
		return e->code;
	return enc_out_open(g);
}

/* ---- series ---- */

/* The series of a symbol and interval; NULL when there is none and it is not to be made. */
static struct enc_series *
series_get(struct enc *g, const struct sym *sym, struct str interval, bool make)
{
	struct enc_by_sym *y = MEM_AT(g->by_sym, g->nby_sym, sym->id);

	/* mostly the one of last time */
	for (size_t k = 0; k < y->n; k++) {
		size_t i = y->last + k < y->n ? y->last + k : y->last + k - y->n;

		if (str_eqz(interval, g->series[y->at[i]]->interval)) {
			y->last = i;
			return g->series[y->at[i]];
		}
	}
	if (!make)
		return NULL;
	struct enc_series *x = mem_alloc(sizeof *x);

	x->sym = sym;
	x->interval = mem_dup(interval.n ? interval.p : "", interval.n);
	*MEM_AT(g->series, g->cap, g->nseries) = x;
	*MEM_AT(y->at, y->cap, y->n) = (uint32_t)g->nseries++;
	y->last = y->n++;
	return x;
}

/* The arrays are made longer. */
static void
series_grow(const struct enc *g, struct enc_series *x, size_t cap)
{
	x->cap = cap;
	for (int k = 0; k < GAF_NCOLUMNS; k++)
		if (g->columns >> k & 1)
			x->col[k] = mem_resize(x->col[k], cap, sizeof *x->col[k]);
	x->start = mem_resize(x->start, cap, sizeof *x->start);
	x->known = mem_resize(x->known, cap, sizeof *x->known);
}

/* Room for one more bar: what no window can want any more is forgotten, or the arrays grow. */
static void
series_room(const struct enc *g, struct enc_series *x)
{
	size_t need = g->p.window - 1, from = x->len - need;

	if (x->len < x->cap)
		return;
	if (g->keep || x->cap == 0) {
		/* four windows: moving a window's bars is then rare */
		series_grow(g, x, x->cap ? 2 * x->cap : 4 * (need + 1) + 64);
		return;
	}
	for (int k = 0; k < GAF_NCOLUMNS; k++)
		if (x->col[k])
			memmove(x->col[k], x->col[k] + from, need * sizeof *x->col[k]);
	memmove(x->start, x->start + from, need * sizeof *x->start);
	memmove(x->known, x->known + from, need * sizeof *x->known);
	x->len = need;
}

static double
price_or_nan(const struct rec *r, unsigned bit, int64_t v)
{
	return rec_has(r, bit) ? num_of_nano(v) : NAN;
}

static void
series_put(const struct enc *g, struct enc_series *x, const struct rec *r)
{
	const struct rec_bar *b = &r->bar;
	size_t i;

	series_room(g, x);
	i = x->len++;
	x->start[i] = r->ts;
	x->known[i] = rec_known(r);
	if (x->col[GAF_OPEN])
		x->col[GAF_OPEN][i] = num_of_nano(b->open);
	if (x->col[GAF_HIGH])
		x->col[GAF_HIGH][i] = num_of_nano(b->high);
	if (x->col[GAF_LOW])
		x->col[GAF_LOW][i] = num_of_nano(b->low);
	if (x->col[GAF_CLOSE])
		x->col[GAF_CLOSE][i] = num_of_nano(b->close);
	if (x->col[GAF_VOLUME])
		x->col[GAF_VOLUME][i] = rec_has(r, F_bar_volume) ? (double)b->volume / 1e9 : NAN;
	if (x->col[GAF_VWAP])
		x->col[GAF_VWAP][i] = price_or_nan(r, F_bar_vwap, b->vwap);
}

void
enc_window_at(
    const struct enc *g, const struct enc_series *x, size_t end, const double *at[GAF_NCOLUMNS])
{
	for (int k = 0; k < GAF_NCOLUMNS; k++)
		at[k] = x->col[k] ? x->col[k] + end - g->p.window : NULL;
}

/*
 * What was before a split is made comparable, so that the split itself is no picture. Windows that
 * were kept stay as they were seen: the bars that the next window can want are put in anew.
 */
static void
series_split(const struct enc *g, struct enc_series *x, double ratio)
{
	size_t n = g->p.window - 1, from, to;

	n = n < x->run ? n : (size_t)x->run;
	from = to = x->len - n;
	if (g->keep) {
		to = x->len;
		if (to + n > x->cap)
			series_grow(g, x, 2 * (to + n));
		x->len += n;
	}
	for (size_t i = 0; i < n; i++) {
		for (int k = 0; k < GAF_NCOLUMNS; k++)
			if (x->col[k])
				x->col[k][to + i] = k == GAF_VOLUME ? x->col[k][from + i] * ratio
								    : x->col[k][from + i] / ratio;
		x->start[to + i] = x->start[from + i];
		x->known[to + i] = x->known[from + i];
	}
}

/* ---- records ---- */

/* Whether an image may show a bar: closed, clean, of the interval asked for. */
static bool
usable(struct enc *g, const struct rec *r, bool *dirty)
{
	static const uint32_t bad = Q_BIT(Q_NEGATIVE_PRICE) | Q_BIT(Q_ZERO_PRICE) |
				    Q_BIT(Q_NONPOSITIVE_SIZE) | Q_BIT(Q_HIGH_LT_LOW);

	if (!r->sym || (rec_has(r, F_bar_partial) && r->bar.partial))
		return false;
	if (g->o.interval &&
	    !(rec_has(r, F_bar_interval) && str_eqz(r->bar.interval, g->o.interval)))
		return false;
	if (rec_has(r, F_bar_rev) && r->bar.rev > 0) {
		g->revised++;
		return false;
	}
	*dirty = !quality_ok(r) || (quality_alone(r) & bad);
	g->dirty += *dirty;
	return true;
}

/* Made to fill an interval in which nothing was traded. */
static bool
is_filled(const struct rec *r)
{
	const struct rec_bar *b = &r->bar;

	return rec_has(r, F_bar_gap) && b->gap && b->open == b->high && b->high == b->low &&
	       b->low == b->close && (!rec_has(r, F_bar_volume) || b->volume == 0);
}

static struct str
interval_of(const struct rec *r)
{
	if (r->type == REC_bar && rec_has(r, F_bar_interval))
		return r->bar.interval;
	if (r->type == REC_pattern && rec_has(r, F_pattern_interval))
		return r->pattern.interval;
	if (r->type == REC_features && rec_has(r, F_features_interval))
		return r->features.interval;
	return (struct str){ NULL, 0 };
}

static int
push_bar(struct enc *g, const struct rec *r)
{
	struct enc_series *x;
	bool dirty;

	if (!usable(g, r, &dirty))
		return 0;
	x = series_get(g, r->sym, interval_of(r), true);
	if (x->any && (r->ts < x->last_ts || rec_known(r) < x->last_end ||
			  (r->ts == x->last_ts && rec_known(r) == x->last_end))) {
		g->late++;
		return 0;
	}
	x->any = true;
	x->last_ts = r->ts;
	x->last_end = rec_known(r);
	/* a bar that cannot be shown is a hole, too */
	if (dirty || is_filled(r)) {
		x->run = 0;
		return 0;
	}
	x->run = rec_has(r, F_bar_gap) && r->bar.gap ? 1 : x->run + 1;
	series_put(g, x, r);
	if (x->run < g->p.window || (x->run - g->p.window) % (uint64_t)g->o.step != 0)
		return 0;
	return enc_out_window(g, x);
}

static void
push_split(struct enc *g, const struct rec *r)
{
	double ratio = rec_split(r);

	if (ratio <= 0)
		return;
	struct enc_by_sym *y = MEM_AT(g->by_sym, g->nby_sym, r->sym->id);
	for (size_t i = 0; i < y->n; i++)
		series_split(g, g->series[y->at[i]], ratio);
}

static int
push_label(struct enc *g, const struct rec *r)
{
	struct enc_series *x;

	if (!g->o.labels || !r->sym || (r->type == REC_features) != (g->label_column.n > 0))
		return 0;
	x = series_get(g, r->sym, interval_of(r), false);
	if (!x)
		return 0;
	if (r->type == REC_features)
		return enc_label_features(g, x, r);
	enc_label_pattern(g, x, r);
	return 0;
}

static int
enc_push(struct stage *st, const struct rec *r)
{
	struct enc *g = (struct enc *)st;
	int rc = 0;

	/* what the bar before has waiting had its chance of a pattern */
	if (r->type == REC_bar && g->nwaiting && r->sym) {
		struct enc_series *x = series_get(g, r->sym, interval_of(r), false);

		if (x)
			rc = enc_label_release(g, x);
	}
	if (rc == 0 && g->o.output == ENC_NDJSON)
		rc = stage_emit(st, r);
	if (rc < 0)
		return rc;
	switch (r->type) {
	case REC_bar: return push_bar(g, r);
	case REC_corporate_action: push_split(g, r); return 0;
	case REC_pattern:
	case REC_features: return push_label(g, r);
	default: g->other++; return 0;
	}
}

static int
enc_watermark(struct stage *st, const struct rec *wm)
{
	struct enc *g = (struct enc *)st;
	int rc = enc_label_release_all(g);

	return rc < 0 || g->o.output != ENC_NDJSON ? rc : stage_emit(st, wm);
}

/* ---- the end ---- */

static void
tell(const struct enc *g)
{
	const struct stage *st = &g->base;

	if (g->other && g->nseries == 0)
		stage_note(st, 1,
		    "%llu trades and quotes came but no bars, so there are no images; give it "
		    "bars: bar-agg",
		    (unsigned long long)g->other);
	if (g->revised)
		stage_note(st, 1, "%llu revised bars came; the images are those of the first ones",
		    (unsigned long long)g->revised);
	if (g->dirty)
		stage_note(st, 1,
		    "%llu bars were not used: their prices cannot be right; no window crosses them",
		    (unsigned long long)g->dirty);
	if (g->late)
		stage_note(st, 1, "%llu bars were not newer than the one before and not used",
		    (unsigned long long)g->late);
	if (g->lacking)
		stage_note(st, 1, "%llu windows without an image: bars lack the volume or vwap",
		    (unsigned long long)g->lacking);
	/* without labels all images would be "none", or missing, and nothing would say why */
	if (g->o.labels && g->labels == 0 && g->nseries && g->label_column.n == 0)
		stage_note(st, 1,
		    "no pattern came, so every label is none; pattern-scan before this makes "
		    "patterns");
	else if (g->o.labels && g->labels == 0 && g->nseries)
		stage_note(st, 1,
		    "no features with a column %.*s came, so no image has a label and none was "
		    "written; feat-calc before this makes them",
		    STR_FMT(g->label_column));
	if (g->unlabelled)
		stage_note(st, 2, "%llu images without a label were left out",
		    (unsigned long long)g->unlabelled);
}

static int
enc_flush(struct stage *st)
{
	struct enc *g = (struct enc *)st;
	int rc = enc_label_release_all(g);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < g->nseries; i++)
		g->unlabelled += g->series[i]->nwait;
	tell(g);
	rc = enc_out_flush(g);
	return rc < 0 || !g->o.png ? rc : enc_sheet_write(g);
}

static void
enc_close(struct stage *st)
{
	struct enc *g = (struct enc *)st;

	for (size_t i = 0; i < g->nseries; i++) {
		struct enc_series *x = g->series[i];

		for (int k = 0; k < GAF_NCOLUMNS; k++)
			free(x->col[k]);
		enc_label_free(x);
		free(x->start);
		free(x->known);
		free(x->interval);
		free(x);
	}
	for (size_t i = 0; i < g->nby_sym; i++)
		free(g->by_sym[i].at);
	free(g->by_sym);
	free(g->series);
	free(g->waiting);
	enc_sheet_close(g);
	enc_out_close(g);
	gaf_free(g->gaf);
}

const struct stage_kind gaf_encode_kind = {
	.name = "gaf-encode",
	.about = "show windows of bars as images",
	.opts = enc_options,
	.size = sizeof(struct enc),
	.takes = REC_MARKET | REC_BIT(corporate_action) | REC_BIT(pattern) | REC_BIT(features),
	.gives = REC_BIT(image),
	.main_type = REC_image,
	.csv_columns = "ts,sym,interval,encoding,size,channels,scale,window,last,range,paa,bins,"
		       "factors,data,label,label_end,lookahead",
	.open = enc_open,
	.push = enc_push,
	.watermark = enc_watermark,
	.flush = enc_flush,
	.close = enc_close,
};
