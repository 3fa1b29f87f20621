/*
 * Memory of a series: fractional differencing and the Hurst exponent.
 *
 * Fractional differencing, fixed-width window (FFD; M. Lopez de Prado, "Advances in Financial
 * Machine Learning", Wiley 2018, chapter 5.5): (1 - B)^d x with the binomial weights w(0) = 1,
 * w(k) = -w(k-1) (d - k + 1) / k, cut before the first |w(k)| below the threshold.
 *
 * Hurst exponent by detrended fluctuation analysis of order 1 (Peng et al., Physical Review E
 * 49, 1994): the profile, the running sum of the increments, is cut into boxes of s values; F(s)
 * is the root of the mean squared residual of a straight line in each box; H is the slope of
 * ln F on ln s over s = 8, 16, 32, ... up to n / 4. 0.5: no memory; above: trends go on; below:
 * they turn. (Fractional Gaussian noise of H = 0.3, 0.5, 0.7, 0.9 gives 0.31, 0.50, 0.70, 0.89 in
 * the mean of 16 paths of 1024 values.) Boxes stand where the count of values is a multiple of s,
 * so each is fitted once, when it is complete, and F(s) is the mean over the last n / s boxes:
 * amortized O(1) a value. The mean of the increments needs no removal: a line takes it up.
 */
#ifndef TP_FEAT_LONGMEM_H
#define TP_FEAT_LONGMEM_H

#include "feat/roll.h"

#define FFD_MOST 10000 /* weights */
#define DFA_SMALLEST 8
#define DFA_SIZES 12

/* How many weights there are; with w not NULL they are written (FFD_MOST of room or that many). */
size_t
ffd_weights(double d, double threshold, double *w);

struct ffd {
	size_t n;     /* weights, and values of a window */
	double *w;    /* oldest first: w[n-1] = 1 */
	double *x;    /* the last values, twice: a window is always in one piece */
	size_t at, k; /* place of the next one; values held */
};
void
ffd_init(struct ffd *f, double d, double threshold, struct roll_mem *m);
/* NAN before n values, and for n values after one that is not finite */
double
ffd_push(struct ffd *f, double x);

struct dfa_size {
	uint32_t s, k; /* box size, values in this box */
	double profile, mean, m2, ct;
	struct roll_sum rss; /* of the last n / s boxes */
	bool full;
	double log_f2; /* ln F(s)^2; NAN when it is 0 */
};
struct dfa {
	uint32_t sizes;
	struct dfa_size at[DFA_SIZES];
	double x[DFA_SIZES]; /* ln s less its mean, over the sum of its squares */
	double h;
};
/* n: window of increments, at least 4 * 2 * DFA_SMALLEST = 64 */
void
dfa_init(struct dfa *a, size_t n, struct roll_mem *m);
/* An increment (a return). H, or NAN before n of them or when they are all alike. */
double
dfa_push(struct dfa *a, double r);

#endif
