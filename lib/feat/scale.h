/*
 * Scalers: what was learned from a training span, kept in a JSON file, applied ever after.
 *
 *	standard   (x - mean) / deviation, of n (scikit-learn's StandardScaler)
 *	robust     (x - median) / (q75 - q25) (RobustScaler)
 *	minmax     (x - min) / (max - min), outside the span below 0 or above 1 (MinMaxScaler)
 *	quantile   the share of the span below x, 0 to 1, linear between 101 knots
 *		   (QuantileTransformer with n_quantiles=101)
 *
 * Quantiles are those of linear interpolation at q (n - 1). A column that does not move in the
 * span has scale 1. Medians and quantiles are exact up to FEAT_SAMPLE values of a column;
 * beyond, of a seeded random sample of that many (Vitter's algorithm R), so that memory does not
 * grow with the span.
 */
#ifndef TP_FEAT_SCALE_H
#define TP_FEAT_SCALE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/rng.h"
#include "base/str.h"

#define FEAT_SAMPLE 65536
#define FEAT_KNOTS 101

/* ---- a sample of a column ---- */

struct feat_sample {
	double *v; /* min(seen, FEAT_SAMPLE) values */
	size_t n, cap;
	uint64_t seen;
	struct rng rng;
};
void
feat_sample_init(struct feat_sample *s, uint64_t seed);
void
feat_sample_add(struct feat_sample *s, double x);
void
feat_sample_free(struct feat_sample *s);
/* Ascending, in place. No more values may be added then. */
void
feat_sample_sort(struct feat_sample *s);
/* The q-quantile of sorted values, linear at q (n - 1); n > 0. */
double
feat_quantile(const double *sorted, size_t n, double q);

/* ---- scalers ---- */

enum feat_scale { FEAT_STANDARD, FEAT_ROBUST, FEAT_MINMAX, FEAT_QUANTILE, FEAT_SCALE_N };
#define FEAT_SCALES "standard|robust|minmax|quantile"

struct feat_scale_col {
	char *name;
	uint64_t count;           /* values in the span */
	double center, scale;     /* (x - center) / scale */
	double knots[FEAT_KNOTS]; /* quantile */
};

struct feat_scaler {
	enum feat_scale kind;
	int64_t from, to, until; /* first and last row of the span; its end; TIM_NONE: no row */
	char *interval;          /* of the bars; "" when they had none */
	uint64_t rows;
	struct feat_scale_col *cols;
	size_t n;
};

/* x scaled; NAN stays NAN */
double
feat_scale_apply(enum feat_scale kind, const struct feat_scale_col *c, double x);
/* The file's text. */
void
feat_scaler_put(const struct feat_scaler *s, struct buf *out);
/* Read and checked: every number finite, scales above 0, knots in order, no column twice.
 * 0, or ERR_IO or ERR_DATA with the path and the reason. */
int
feat_scaler_read(struct feat_scaler *s, const char *path, struct err *e);
/* The same from memory, a NUL behind it; freed by the caller also after an error. */
int
feat_scaler_parse(struct feat_scaler *s, const char *name, const char *p, size_t n, struct err *e);
void
feat_scaler_free(struct feat_scaler *s);
/* NULL when it has none of that name */
const struct feat_scale_col *
feat_scaler_find(const struct feat_scaler *s, const char *name);

/* ---- fitting ---- */

struct feat_scale_fit {
	uint64_t n;
	double mean, m2, min, max;
	struct feat_sample sample; /* robust, quantile */
};
void
feat_scale_fit_init(struct feat_scale_fit *f, uint64_t seed);
void
feat_scale_fit_add(struct feat_scale_fit *f, enum feat_scale kind, double x);
/* Fills all but the name. A column without a value gets center 0, scale 1. Sorts the sample. */
void
feat_scale_fit_end(struct feat_scale_fit *f, enum feat_scale kind, struct feat_scale_col *c);
void
feat_scale_fit_free(struct feat_scale_fit *f);

#endif
