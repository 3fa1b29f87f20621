/*
 * What a series has in common with another one: regressions of its returns y on those of a
 * benchmark x, one pair at a time. All give y = alpha + beta x + residual.
 *
 * feat_ols: the last n pairs, equally weighted, in O(1); the sums are taken anew at each turn of
 * the ring. Residual deviation: sqrt(SSE / (n - 2)).
 * feat_ewls: all pairs, weights 2^(-age / halflife); residual deviation: sqrt(SSE / sum of
 * weights). feat_kalman: alpha and beta as random walks, the filter of a linear Gaussian model
 * (Harvey, Forecasting, Structural Time Series Models and the Kalman Filter, 1989, chapter 3): the
 * residual is the surprise, y less what the state before y forecast.
 */
#ifndef TP_FEAT_FACTOR_H
#define TP_FEAT_FACTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct feat_fit {
	double beta, alpha;
	double resid; /* of the newest pair, which the fit has seen */
	double r2;    /* NAN when y does not move */
	double sd;    /* residual deviation */
};

struct feat_pair {
	double x, y;
};

struct feat_ols {
	struct feat_pair *ring;
	uint32_t n, at, have;
	double sx, sy, sxx, sxy, syy;
};
void
feat_ols_init(struct feat_ols *o, uint32_t n); /* n >= 3 */
void
feat_ols_free(struct feat_ols *o);
/* false while there are fewer than n pairs, or x does not move */
bool
feat_ols_push(struct feat_ols *o, double x, double y, struct feat_fit *fit);

struct feat_ewls {
	double decay;     /* a bar's weight to the next one's: 2^(-1 / halflife) */
	uint64_t n, warm; /* pairs so far; how many make a fit */
	double w, mx, my, sxx, sxy, syy;
};
void
feat_ewls_init(struct feat_ewls *s, double halflife, uint64_t warm);
bool
feat_ewls_push(struct feat_ewls *s, double x, double y, struct feat_fit *fit);

struct feat_kalman {
	double qa, qb; /* variance that a bar adds to alpha and beta */
	double r;      /* variance of the residual */
	double a, b;   /* the state */
	double paa, pab, pbb;
	uint64_t n;
};
/* Deviations a bar of alpha, beta and the residual; alpha starts at 0 +- a0, beta at 1 +- 1. */
void
feat_kalman_init(struct feat_kalman *k, double sd_alpha, double sd_beta, double noise, double a0);
/* resid is the surprise; sd the deviation that was expected of it; r2 is NAN */
void
feat_kalman_push(struct feat_kalman *k, double x, double y, struct feat_fit *fit);

/* A value of `lag` pushes ago. */
struct feat_lag {
	double *ring;
	uint32_t n, at, have;
};
void
feat_lag_init(struct feat_lag *l, uint32_t lag);
void
feat_lag_free(struct feat_lag *l);
/* Push x; the value pushed `back` pushes before it, back <= lag; NAN when there was none. */
void
feat_lag_push(struct feat_lag *l, double x);
double
feat_lag_at(const struct feat_lag *l, uint32_t back);

#endif
