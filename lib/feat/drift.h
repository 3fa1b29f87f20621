/*
 * Drift: how far the last values of a column are from those of a reference span.
 *
 * The reference keeps up to FEAT_DRIFT_EDGES quantiles of the span, the largest value the last, as
 * edges of bins (equal ones once) and how many of its values lie in each bin (at or below its edge,
 *above the one before).
 *
 *	PSI	sum over bins of (a - e) ln(a / e), a and e the shares of the window and of the
 *		reference; bins of deciles (Siddiqi, Credit Risk Scorecards, 2006). A share of 0
 *		counts as half a value.
 *	KS	the largest |F_window - F_reference| at the edges: that of all values is at most
 *		1 / FEAT_DRIFT_EDGES more where the span's values differ
 *
 * The window is a ring of bin numbers, a byte a value, so a push is one search and O(1) else.
 */
#ifndef TP_FEAT_DRIFT_H
#define TP_FEAT_DRIFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define FEAT_DRIFT_EDGES 240 /* of 241 bins: a bin number is a byte, and 255 says "no value" */
#define FEAT_DRIFT_COARSE 10

struct feat_drift_col {
	char *name;
	uint64_t count; /* values of the span */
	size_t n;       /* edges; n + 1 bins, the last one above all edges */
	double edge[FEAT_DRIFT_EDGES];
	uint64_t in[FEAT_DRIFT_EDGES + 1];
	uint8_t coarse[FEAT_DRIFT_EDGES + 1]; /* which of the bins of PSI; made from the edges */
	size_t ncoarse;
};

struct feat_drift_ref {
	int64_t from, to;
	uint64_t rows;
	struct feat_drift_col *cols;
	size_t n;
};

/* Bins from values in ascending order, n > 0; count is scaled to what they stand for. */
void
feat_drift_bins(struct feat_drift_col *c, const double *sorted, size_t n);
void
feat_drift_put(const struct feat_drift_ref *r, struct buf *out);
/* 0, or ERR_IO or ERR_DATA with the path and the reason */
int
feat_drift_read(struct feat_drift_ref *r, const char *path, struct err *e);
/* The same from memory, a NUL behind it; freed by the caller also after an error. */
int
feat_drift_parse(
    struct feat_drift_ref *r, const char *name, const char *p, size_t n, struct err *e);
void
feat_drift_free(struct feat_drift_ref *r);

struct feat_drift_window {
	uint8_t *ring; /* of size */
	uint32_t size, at, have;
	uint32_t values; /* those of the ring that are no NAN */
	uint32_t in[FEAT_DRIFT_EDGES + 1];
};
void
feat_drift_window_init(struct feat_drift_window *w, uint32_t size);
void
feat_drift_window_free(struct feat_drift_window *w);
void
feat_drift_push(struct feat_drift_window *w, const struct feat_drift_col *c, double x);
/* Of a window with values > 0. */
double
feat_drift_psi(const struct feat_drift_window *w, const struct feat_drift_col *c);
double
feat_drift_ks(const struct feat_drift_window *w, const struct feat_drift_col *c);

#endif
