/*
 * Statistics over the last d values, one value in at a time, O(1) or O(log d) each.
 *
 * Sums and moments never subtract what has left the window. Time is cut into blocks of d values;
 * a window is the tail of the block before and the head of this one. When a block ends its tails
 * are aggregated from the back (d steps, so one a value), the head grows as values come, and
 * the window is the two put together (the "two stacks" of sliding-window aggregation; van Herk
 * 1992 for maxima). Moments are put together by the formulas of Chan, Golub & LeVeque
 * (1979) and Pebay (Sandia SAND2008-6212, 2008). So a result depends on the d values in the
 * window and on how many came before them, never on what they were: there is no drift, a spike
 * that has left leaves nothing behind, and equal values have a variance of exactly 0. Moments are
 * taken of differences from the last value of the block before, which is always in the window
 * (or of the newest): a level far above the variation costs no digits.
 *
 * A value that is not finite empties the window: what is unknown is unknown for d values.
 *
 * Memory is one block a series: lay everything out once with a roll_mem whose p is NULL, which
 * counts, then again with p pointing at n * 8 zeroed bytes. Nothing here is freed.
 */
#ifndef TP_FEAT_ROLL_H
#define TP_FEAT_ROLL_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct roll_mem {
	char *p;  /* NULL: only count */
	size_t n; /* bytes given out so far */
};

/* count * size zeroed bytes, aligned to 8; NULL while counting */
void *
roll_take(struct roll_mem *m, size_t count, size_t size);

/* Not a number, or infinite. */
static inline bool
roll_bad(double x)
{
	return !(x - x == 0);
}

/* A variance that is nothing but the rounding of values that are equal: standard deviation below
 * 16 units in the last place of the mean. A ratio with it would be noise. m2 = sum (x - mean)^2. */
static inline bool
roll_flat(double mean, double m2, size_t n)
{
	double tiny = 16 * 0x1p-53 * mean;

	return !(m2 > (double)n * (tiny * tiny));
}

/* Where the two stacks stand: the same for all of them. */
struct roll_pos {
	uint32_t d; /* window, >= 1 */
	uint32_t k; /* values of this block, 0..d after a push */
	bool tail;  /* there is a block before */
};

/* Every push returns whether the window is full; the results are valid then. */

struct roll_sum {
	struct roll_pos at;
	double *x, *suf, head;
	double sum;
};
void
roll_sum_init(struct roll_sum *r, size_t d, struct roll_mem *m);
bool
roll_sum_push(struct roll_sum *r, double x);

struct roll_var_part {
	double mean, m2;
};
struct roll_var {
	struct roll_pos at;
	double *x;
	struct roll_var_part *suf, head;
	double base;
	double mean, m2; /* m2 = sum (x - mean)^2 */
};
void
roll_var_init(struct roll_var *r, size_t d, struct roll_mem *m);
bool
roll_var_push(struct roll_var *r, double x);
/* sample standard deviation (d - 1), d >= 2 */
static inline double
roll_std(double m2, size_t d)
{
	return sqrt(m2 / (double)(d - 1));
}

/* Least squares of y on 1..d. ct = sum (t - mean t)(y - mean y). */
struct roll_fit_part {
	double mean, m2, ct;
};
struct roll_fit {
	struct roll_pos at;
	double *y;
	struct roll_fit_part *suf, head;
	double base;
	double mean, m2, ct;
};
void
roll_fit_init(struct roll_fit *r, size_t d, struct roll_mem *m);
bool
roll_fit_push(struct roll_fit *r, double y);
/* sum (t - mean t)^2 over t = 1..d */
static inline double
roll_fit_tt(size_t d)
{
	double n = (double)d;

	return n * (n * n - 1) / 12;
}

struct roll_cov_part {
	double mx, my, xx, yy, xy;
};
struct roll_cov {
	struct roll_pos at;
	double *x, *y;
	struct roll_cov_part *suf, head;
	double bx, by;
	struct roll_cov_part w; /* means and sums of products of deviations */
};
void
roll_cov_init(struct roll_cov *r, size_t d, struct roll_mem *m);
bool
roll_cov_push(struct roll_cov *r, double x, double y);
/* Pearson's correlation; NAN when x or y does not vary */
double
roll_corr(const struct roll_cov *r);

/* Sums of the second to fourth powers of deviations from the mean. */
struct roll_mom_part {
	double mean, m2, m3, m4;
};
struct roll_mom {
	struct roll_pos at;
	double *x;
	struct roll_mom_part *suf, head;
	double base;
	struct roll_mom_part w;
};
void
roll_mom_init(struct roll_mom *r, size_t d, struct roll_mem *m);
bool
roll_mom_push(struct roll_mom *r, double x);
/* Bias-corrected skewness G1 (d >= 3) and excess kurtosis G2 (d >= 4), as pandas has them
 * (Joanes & Gill 1998); NAN when x does not vary. */
double
roll_skew(const struct roll_mom *r);
double
roll_kurt(const struct roll_mom *r);

/* The largest (sign 1) or smallest (sign -1) value, by a queue of those that can still become
 * it. Of equal ones the oldest. */
struct roll_ext_item {
	double v;
	uint64_t i;
};
struct roll_ext {
	uint32_t d, from, len; /* queue: len items from `from` on, round */
	double sign;
	uint64_t t; /* values so far */
	struct roll_ext_item *q;
	double best;
	uint32_t pos; /* of best in the window, 1 = the oldest */
};
void
roll_ext_init(struct roll_ext *r, size_t d, double sign, struct roll_mem *m);
bool
roll_ext_push(struct roll_ext *r, double x);

/*
 * The window in order. A binary search finds where the new value goes and where the old one
 * is; what lies between moves by one. O(log d) comparisons; the move is what a large window
 * costs: with a rank and a quantile a value takes 60 ns at d = 60, 130 ns at 1000, 250 ns at 5000,
 * 3 us at 100000 (measured on one core).
 */
struct roll_order {
	uint32_t d, n, k; /* window, values held, place of the oldest in x */
	double *x, *s;    /* by time, by size */
	uint32_t less;    /* of the newest: how many are smaller */
};
void
roll_order_init(struct roll_order *r, size_t d, struct roll_mem *m);
bool
roll_order_push(struct roll_order *r, double x);
/* q in 0..1, linear between order statistics at q (d - 1), as numpy and pandas */
double
roll_quantile(const struct roll_order *r, double q);
/* percentile rank of the newest value in (0, 1]; equal values share their mean rank */
double
roll_rank(const struct roll_order *r);

/* The last d values: ago(0) is the newest. */
struct roll_past {
	uint32_t d, k;
	uint64_t n; /* values so far */
	double *x;
};
void
roll_past_init(struct roll_past *r, size_t d, struct roll_mem *m);
static inline void
roll_past_push(struct roll_past *r, double x)
{
	r->x[r->k] = x;
	r->k = r->k + 1 == r->d ? 0 : r->k + 1;
	r->n++;
}
/* NAN when there was none */
static inline double
roll_ago(const struct roll_past *r, uint32_t ago)
{
	uint32_t back = ago + 1;

	if (back > r->n || back > r->d)
		return NAN;
	return r->x[r->k >= back ? r->k - back : r->k + r->d - back];
}

#endif
