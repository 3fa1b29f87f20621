/*
 * Hidden Markov model of returns: K states in order of rising sigma, each with a normal or a
 * Student-t density, and a transition matrix. The filter is Hamilton's (Econometrica 57, 1989) in
 * linear arithmetic: each step is the prediction p P, times the densities, divided by its sum.
 */
#ifndef TP_REGIME_HMM_H
#define TP_REGIME_HMM_H

#include <stdbool.h>

#include "base/err.h"

#define REGIME_MAX 4 /* states */

enum regime_dist { REGIME_GAUSSIAN, REGIME_T };

/* Plain parameters; hmm_check says whether they make sense. */
struct hmm {
	int k; /* 2..REGIME_MAX */
	enum regime_dist dist;
	bool stationary;          /* start from the stationary distribution, not from init */
	double mu[REGIME_MAX];    /* mean return of a bar */
	double sigma[REGIME_MAX]; /* normal: standard deviation; t: scale, sd = s sqrt(nu/(nu-2)) */
	double nu[REGIME_MAX];    /* t: degrees of freedom */
	double p[REGIME_MAX][REGIME_MAX]; /* p[i][j] = P(next j | now i); rows sum to 1 */
	double init[REGIME_MAX];          /* P(state at the first return) */
};

/* What a step needs, worked out once; read-only afterwards. */
struct hmm_plan {
	struct hmm m;
	double start[REGIME_MAX];
	double inv[REGIME_MAX];   /* 1 / sigma */
	double scale[REGIME_MAX]; /* factor of the density */
	double power[REGIME_MAX]; /* t: (nu + 1) / 2 */
	double invnu[REGIME_MAX];
};

/* One series' filter: all zero at first. */
struct hmm_filter {
	double p[REGIME_MAX]; /* P(state now | returns so far) */
	bool any;             /* a return came */
};

/* Shapes, ranges, rows that sum to 1 within 1e-6 (then made to sum to 1 exactly when they are off
 * by more than 1e-12), sigma ascending. ERR_DATA with words that name the parameter. */
int
hmm_check(struct hmm *m, struct err *e);

/* The stationary distribution of p by the algorithm of Grassmann, Taksar and Heyman (Operations
 * Research 33, 1985), which subtracts nothing; false when there is no single one. */
bool
hmm_stationary(const struct hmm *m, double pi[REGIME_MAX]);

/* ERR_DATA when the model asks for a stationary start that does not exist. */
int
hmm_plan(struct hmm_plan *pl, const struct hmm *m, struct err *e);

/*
 * Take in one return. Densities have a floor of 1e-300, so that no return, however far out, makes
 * the probabilities undefined. Returns the density of x given the returns before (normal: without
 * the factor 1/sqrt(2 pi)).
 */
double
hmm_step(const struct hmm_plan *pl, struct hmm_filter *f, double x);
/* A bar without a usable return: prediction only. */
void
hmm_miss(const struct hmm_plan *pl, struct hmm_filter *f);
/* hmm_step over n returns; probs[n][k] may be NULL */
void
hmm_run(const struct hmm_plan *pl, struct hmm_filter *f, const double *x, long n, double *probs);

#endif
