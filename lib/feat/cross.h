/*
 * The cross-section: one number for each symbol of an instant, compared with each other.
 *
 * x[i] is the value of the i-th symbol, NAN for one that has none (it does not count); out[i] is
 * NAN there, and wherever a function has no answer (a deviation of fewer than two values, of
 * equal values). A group is a sector number: each function is then taken within the group, and a
 * symbol of group 0 (no sector known) has no answer.
 *
 *	rank	1 for the smallest to n, ties averaged
 *	pct	rank / n (pandas' rank(pct=True), qlib's CSRankNorm before its scaling)
 *	zscore	(x - mean) / deviation, of n - 1
 *	robust	(x - median) / (1.4826 median |x - median|), qlib's RobustZScoreNorm without clip
 *	demean	x - mean
 *	rs	(1 + x) / (1 + mean) - 1: a return relative to that of the equally weighted universe
 */
#ifndef TP_FEAT_CROSS_H
#define TP_FEAT_CROSS_H

#include <stddef.h>
#include <stdint.h>

enum feat_cross {
	FEAT_CROSS_RANK,
	FEAT_CROSS_PCT,
	FEAT_CROSS_ZSCORE,
	FEAT_CROSS_ROBUST,
	FEAT_CROSS_DEMEAN,
	FEAT_CROSS_RS,
	FEAT_CROSS_N
};
extern const char *const feat_cross_names[FEAT_CROSS_N];

/* A value and where it came from. */
struct feat_item {
	double v;
	uint32_t i;
};

/* Ascending by value, then by index; tmp has room for n. No NAN. */
void
feat_sort(struct feat_item *a, struct feat_item *tmp, size_t n);

/* Memory that is kept from call to call. Zeroed at first. */
struct feat_cross_work {
	struct feat_item *a, *tmp;
	double *x, *y;
	uint32_t *at;
	size_t cap;
};
void
feat_cross_work_free(struct feat_cross_work *w);

void
feat_cross(enum feat_cross f, const double *x, size_t n, double *out, struct feat_cross_work *w);
/* group[i] in 0..ngroups */
void
feat_cross_grouped(enum feat_cross f, const double *x, const uint32_t *group, uint32_t ngroups,
    size_t n, double *out, struct feat_cross_work *w);

/* Average ranks of a[0..n), 1 and up, into out by a[].i; a gets sorted. */
void
feat_ranks(struct feat_item *a, struct feat_item *tmp, size_t n, double *out);
/* Median of x[0..n), n > 0; x gets sorted. */
double
feat_median(double *x, size_t n, struct feat_cross_work *w);

/* ---- breadth: how many symbols of the universe do something ----
 *
 * A symbol's history is that of its own bars. `advance`, `decline`: share of the symbols of this
 * instant whose close is above (below) that of their bar before; `ad_net` their difference;
 * `ad_line` its running sum; `mcclellan` the 19-bar less the 39-bar exponential mean of 1000
 * ad_net (ratio-adjusted), both starting at the first value; `above_ma(n)` share with a close
 * above its n-bar mean (this bar included); `new_high(n)`, `new_low(n)` share with a high (low)
 * beyond all of the n - 1 bars before. Shares are of the symbols that can answer; NAN when none
 * can.
 */
enum feat_breadth {
	FEAT_BREADTH_ADVANCE,
	FEAT_BREADTH_DECLINE,
	FEAT_BREADTH_AD_NET,
	FEAT_BREADTH_AD_LINE,
	FEAT_BREADTH_MCCLELLAN,
	FEAT_BREADTH_ABOVE_MA,
	FEAT_BREADTH_NEW_HIGH,
	FEAT_BREADTH_NEW_LOW,
	FEAT_BREADTH_N
};
extern const char *const feat_breadth_names[FEAT_BREADTH_N];

/* One of the windowed ones, of one symbol. */
struct feat_window {
	double *ring; /* of n */
	uint32_t n, at, have;
	double sum;
	double best;      /* extreme of the ring */
	uint32_t best_at; /* where it is */
};
void
feat_window_init(struct feat_window *w, uint32_t n);
void
feat_window_free(struct feat_window *w);
/* The mean of the last n values, x included; NAN before there are n. The sum is taken anew at
 * each turn of the ring, so that rounding does not pile up. */
double
feat_window_mean(struct feat_window *w, double x);
/* 1 when x is above all of the n - 1 values before it, 0 when not, NAN before there are n - 1. */
double
feat_window_highest(struct feat_window *w, double x);

#endif
