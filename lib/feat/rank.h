/*
 * What columns of features are worth: how much each says about a label, how steadily, and which
 * say the same. All of it from a table that is kept in memory; chance comes from a seed.
 *
 *	IC	Spearman's correlation of column and label over the symbols of an instant; its mean
 *		over instants, its deviation, their ratio (IR), and t by Newey and West (1987) with
 *as many lags as a label spans instants, because neighbouring labels share bars. With fewer than
 *min_names symbols an instant: over each of the periods instead. stable	the IC of each of
 *`periods` spans of equally many instants, and the share of them that have the sign of the mean MI
 *mutual information in nats of `bins` bins of equal counts (values that are equal stay together; a
 *label of at most that many values has a bin for each), with the correction of Miller (1955); mi_z:
 *how far it is from that of the label shifted in time by 20 random amounts, in deviations. A shift
 *keeps what rows have in common with their neighbours, which a shuffle would not. perm
 *out-of-sample loss when a column is shuffled, as a part of the label's variance (Breiman, 2001):
 *`folds` spans of time, each predicted from the others without the rows whose labels reach into it
 *and without the `embargo` behind it (Lopez de Prado, 2018, chapter 7), `repeats` shuffles. Two
 *models, both sums of one function a column: ridge regression, and boosted stumps on 32 bins of
 *equal counts (Friedman, 2001). like	going down by score, a column is kept unless its Spearman
 *correlation with a kept one is above `corr` in size
 */
#ifndef TP_FEAT_RANK_H
#define TP_FEAT_RANK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* ---- the table ---- */

struct feat_table {
	char **names; /* of the columns, in order of first sight */
	double **v;   /* column by column, n values each; NAN: absent */
	size_t ncols, cols_cap;
	size_t *sorted;    /* column numbers by name */
	size_t n, cap;     /* rows */
	int64_t *ts, *end; /* of the row; when its label was known (ts where that is not said) */
	uint32_t *sym;
	double *y;     /* label */
	size_t next;   /* the column that is probably asked for next */
	size_t max;    /* rows that are kept at most */
	uint32_t thin; /* of 2^thin instants one is kept */
	uint64_t seen; /* rows offered */
	/* after feat_table_end: rows are in order of time; instant k is rows at[k] .. at[k + 1] */
	size_t *at, ninstants;
};

/* A column's number, made when it is new. */
size_t
feat_table_column(struct feat_table *t, struct str name);
/* A row whose values are all NAN: its number, or -1 for an instant that is left out. */
ptrdiff_t
feat_table_row(struct feat_table *t, int64_t ts, int64_t end, uint32_t sym, double y);
/* Orders the rows by time (and symbol), finds the instants. */
void
feat_table_end(struct feat_table *t);
void
feat_table_free(struct feat_table *t);

/* ---- results ---- */

enum feat_model { FEAT_RIDGE, FEAT_STUMPS, FEAT_MODELS };
enum feat_verdict { FEAT_KEEP, FEAT_LIKE, FEAT_WEAK };

struct feat_rank_opts {
	uint64_t seed;
	size_t folds, repeats, bins, min_names, periods, rounds;
	double corr, ridge, embargo;
	bool model[FEAT_MODELS];
};

struct feat_rank_col {
	const char *name; /* the table's */
	size_t count;     /* values */
	double ic, ic_sd, ir, t;
	size_t ic_n;    /* instants (or periods) it was measured at */
	double *period; /* IC by period; NAN */
	double stable;
	double mi, mi_z;
	double perm[FEAT_MODELS], perm_t[FEAT_MODELS]; /* t over folds */
	double score; /* mean place in |ic|, mi, perm: 1 the best, 0 the last */
	enum feat_verdict verdict;
	size_t like; /* of FEAT_LIKE: which one */
	double rho;
};

struct feat_rank {
	struct feat_rank_col *cols; /* by falling score */
	size_t n;
	bool by_instant;      /* IC by instant, not by period */
	size_t lags, classes; /* classes: values of the label where they are few, else 0 */
	double y_mean, y_sd;
	double r2[FEAT_MODELS]; /* out of sample, against the training mean; NAN: not fitted */
	int64_t *period_from;   /* o->periods first instants */
	size_t nperiods;
};

void
feat_rank_run(const struct feat_table *t, const struct feat_rank_opts *o, struct feat_rank *r);
void
feat_rank_free(struct feat_rank *r);

/* ---- the parts, each in its file ---- */

/* Spearman's correlation of the pairs that are there; NAN below 3 or when one side does not move.
 * work: 2 n items, 4 n doubles. */
struct feat_item;
double
feat_spearman(const double *x, const double *y, size_t n, struct feat_item *items, double *work);
/* t of a mean with autocorrelation up to `lags`. */
double
feat_newey_west(const double *x, size_t n, size_t lags);
void
feat_rank_ic(const struct feat_table *t, const struct feat_rank_opts *o, struct feat_rank *r);
/* Bins 1.. of equal counts for x in [0, n), 0 for NAN; returns how many there are. */
size_t
feat_equal_bins(const double *x, size_t n, size_t bins, uint8_t *out, struct feat_item *items);
/* Plug-in mutual information of two series of bins, rows with a 0 left out, in nats, less
 * (bx - 1) (by - 1) / 2n. y is read from `shift` rows on, round the end. */
double
feat_mutual(const uint8_t *x, size_t bx, const uint8_t *y, size_t by, size_t n, size_t shift);
void
feat_rank_mi(const struct feat_table *t, const struct feat_rank_opts *o, struct feat_rank *r);
void
feat_rank_perm(const struct feat_table *t, const struct feat_rank_opts *o, struct feat_rank *r);
/* Scores, order, likeness, verdicts. */
void
feat_rank_choose(const struct feat_table *t, const struct feat_rank_opts *o, struct feat_rank *r);

/* Solve A x = b for a symmetric positive definite A of n x n, of which the lower half is
 * given, by Cholesky's decomposition in place; b becomes x. false: not positive definite. */
bool
feat_cholesky(double *a, size_t n, double *b);

/* ---- words ---- */
void
feat_rank_text(const struct feat_table *t, const struct feat_rank *r, const char *label, size_t top,
    struct buf *out);
void
feat_rank_json(
    const struct feat_table *t, const struct feat_rank *r, const char *label, struct buf *out);
void
feat_rank_csv(const struct feat_rank *r, struct buf *out);

#endif
