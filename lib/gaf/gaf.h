/*
 * Windows of bars as square images: Gramian angular fields, Markov transition fields, recurrence
 * plots. One encoder for the pipe, a trainer and a classifier, so that all see the same floats.
 *
 * A window is `window` bars of one symbol; a channel is one column of it, made `size` points by
 * piecewise means (PAA) and then scaled to lo..hi. The factors of a channel are its cosines c
 * (the scaled series) and sines s = sqrt(1 - c^2):
 *
 *	gasf[i][j] = c[i] c[j] - s[i] s[j]	cos(a_i + a_j)
 *	gadf[i][j] = s[i] c[j] - c[i] s[j]	sin(a_i - a_j)
 *	recurrence[i][j] = |c[i] - c[j]|
 *	mtf[i][j] = P(bin of point i -> bin of point j), the mean over the points of a pixel
 *
 * Wang and Oates, "Encoding Time Series as Images for Visual Inspection and Classification Using
 * Tiled Convolutional Neural Networks", AAAI workshop, 2015. In float64 gasf and gadf give the bits
 * of pyts 0.13 (its order of roundings: scale = (hi - lo) / (max - min), c = x scale + (lo - min
 * scale)). In float32 the scaling is done in double and c and s are rounded once; images are
 * then made of the rounded factors with single multiplications and subtractions, never fused: what
 * comes from the pipe's factors and what is made directly are the same bits on any machine.
 *
 * Of a window all bars, or only the `last` ones are points: how these stand among all of it. Where
 * an end of the scale is a smallest or largest value it is then that of all the bars.
 *
 * A constant series (range below 10 eps, as sklearn's MinMaxScaler has it) is c = lo everywhere:
 * gasf is 1 (m11) or -1 (01), gadf and recurrence 0; its mtf is 1.
 */
#ifndef TP_GAF_GAF_H
#define TP_GAF_GAF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "rec/rec.h"

#define GAF_WINDOW_MAX 4096 /* bars */
#define GAF_SIZE_MAX 1024   /* pixels a side */
#define GAF_CHANNELS_MAX 16

enum gaf_method { GAF_GASF, GAF_GADF, GAF_MTF, GAF_RECURRENCE, GAF_NMETHODS };
enum gaf_range { GAF_M11, GAF_01, GAF_NRANGES };
/*
 * each: every channel by its own smallest and largest point.
 * joint: one smallest and largest point for all prices; volume, shadows and body each by itself.
 * culr-shared: channels culr, or open and culr, and range 01 only. The shadows and |body| are
 * divided by the largest of them in the window and the body mapped to .5 + .5 x, before PAA, and
 * not scaled again; the close is scaled as by `each`, open and close as by `joint`.
 * true-range: range 01, no volume. With R the mean true range of the window's bars (Wilder's, 1978;
 * high - low of the first; 1 if it is 0) and x held within +-1: shadows are x / 4 R, body and gap
 * .5 + .5 (x / 4 R), prices .5 + .5 ((x - the last close) / 8 R), ranks as they are. Of these PAA,
 * and c is the square root: the diagonal of gasf is then 2 x - 1, straight in what is shown.
 */
enum gaf_scale { GAF_EACH, GAF_JOINT, GAF_CULR_SHARED, GAF_TRUE_RANGE, GAF_NSCALES };

/* Columns of a window that images are made from, as the caller gives them ... */
enum gaf_column { GAF_OPEN, GAF_HIGH, GAF_LOW, GAF_CLOSE, GAF_VOLUME, GAF_VWAP, GAF_NCOLUMNS };
/* ... and what a channel may be: one of them, or made of them a bar: upper = high - max(open,
 * close), lower = min(open, close) - low, body = close - open, gap = open - the close before (0 of
 * the first bar); or the mean rank of upper, lower or |body| among all bars of the window, 0 to 1.
 */
enum gaf_channel {
	/* GAF_OPEN .. GAF_VWAP, */
	GAF_UPPER = GAF_NCOLUMNS,
	GAF_LOWER,
	GAF_BODY,
	GAF_GAP,
	GAF_UPPER_RANK,
	GAF_LOWER_RANK,
	GAF_BODY_RANK,
	GAF_NCHANNELS
};

/* All that an image depends on besides its bars. */
struct gaf_params {
	enum gaf_method method;
	enum gaf_range range;
	enum gaf_scale scale;
	bool overlap;          /* PAA: segments of equal length that may overlap */
	uint32_t window, size; /* bars; pixels, 2 <= size <= bars shown (or both 1) */
	uint32_t last;         /* bars that are shown; 0: all; not of mtf */
	uint32_t bins;         /* mtf only: 2 to 64 and <= window; else 0 */
	uint32_t nchannels;
	uint8_t channels[GAF_CHANNELS_MAX]; /* enum gaf_channel, each once */
};

/* "gasf", "m11", "each", "open", ... */
extern const char *const gaf_method_names[GAF_NMETHODS];
extern const char *const gaf_range_names[GAF_NRANGES];
extern const char *const gaf_scale_names[GAF_NSCALES];
extern const char *const gaf_channel_names[GAF_NCHANNELS];

/* "ohlc", "ohlcv", "culr" (close, upper, lower, body), "candle" (close, body, gap, upper, lower and
 * the ranks of body, upper and lower), or names with commas between. ERR_USAGE. */
int
gaf_channels_parse(struct gaf_params *p, const char *text, struct err *e);
/* Whether an encoder can be made of them. 0, or ERR_USAGE with the reason. */
int
gaf_params_check(const struct gaf_params *p, struct err *e);
/* How many bars of a window are shown. */
uint32_t
gaf_shown(const struct gaf_params *p);
/* Which columns must be there: bit i for enum gaf_column i. */
uint32_t
gaf_columns(const struct gaf_params *p);

/* ---- parameters as keys of an image record ---- */
/* Sets encoding, size, channels, scale, window, range and, where they say anything, last, paa,
 * bins. channels is text for r->image.channels, made by gaf_channels_put, and must outlive r. */
void
gaf_params_set(const struct gaf_params *p, struct rec *r, struct str channels);
/* `["open","high"]`, appended */
void
gaf_channels_put(const struct gaf_params *p, struct buf *out);
/* From a record. Every key that gaf_params_set writes must be there but last, paa and bins (absent:
 * all, no overlap, none): nothing is guessed, ERR_DATA names what is missing or wrong. */
int
gaf_params_get(struct gaf_params *p, const struct rec *r, struct err *e);
/* 0 when images of both mean the same; else ERR_DATA, and e says which key differs and how. */
int
gaf_params_same(const struct gaf_params *want, const struct gaf_params *got, struct err *e);

/* ---- encoding ---- */
struct gaf; /* an encoder: bounds, scratch; one thread at a time */

/* NULL with ERR_USAGE in e when gaf_params_check says so. */
struct gaf *
gaf_new(const struct gaf_params *p, struct err *e);
void
gaf_free(struct gaf *g);
const struct gaf_params *
gaf_params_of(const struct gaf *g);
/* size * size * nchannels */
size_t
gaf_pixels(const struct gaf_params *p);
/* Floats of the factors: 2 * size * nchannels (all c, then all s, channel-major); recurrence has
 * c only, size * nchannels; mtf has none, 0. */
size_t
gaf_nfactors(const struct gaf_params *p);

/*
 * x[k] points to `window` values of enum gaf_column k, oldest first; NULL where gaf_columns does
 * not ask for it. Each returns 0, or ERR_DATA when a value is not finite or the range of a
 * channel is not (nothing useful is then in the result).
 */
int
gaf_factors(struct gaf *g, const double *const x[GAF_NCOLUMNS], double *factors);
int
gaf_factors_f32(struct gaf *g, const double *const x[GAF_NCOLUMNS], float *factors);
/* channel, row, column; gaf_pixels of them. Fastest into memory at a multiple of 64 bytes. */
int
gaf_image(struct gaf *g, const double *const x[GAF_NCOLUMNS], double *image);
int
gaf_image_f32(struct gaf *g, const double *const x[GAF_NCOLUMNS], float *image);

/* Factors to image, for all methods but mtf; the same bits by every kernel. */
void
gaf_expand(const struct gaf_params *p, const double *factors, double *image);
void
gaf_expand_f32(const struct gaf_params *p, const float *factors, float *image);

/* ---- an image record's pixels ---- */
/*
 * Of a record whose parameters are p (gaf_params_get): expands `factors`, or copies `data`.
 * ERR_DATA when there is neither, when it is no base64, has another length, or holds what is
 * not finite.
 */
int
gaf_record_image(const struct gaf_params *p, const struct rec *r, float *image, struct err *e);

/* Base64 (RFC 4648, with padding) of little-endian floats. */
#define GAF_BASE64_LEN(bytes) (((bytes) + 2) / 3 * 4)
void
gaf_base64_put(char *out, const void *p, size_t bytes); /* writes GAF_BASE64_LEN(bytes) */
/* Exactly `bytes` bytes, or false. */
bool
gaf_base64_get(struct str text, void *p, size_t bytes);

/* For tests: how wide the kernels may be, 0 plain, 256, 512; returns what is used from now on. */
int
gaf_kernel_limit(int bits);

#endif
