/*
 * Fitting a hidden Markov model: expectation-maximisation (Baum, Petrie, Soules and Weiss, 1970),
 * for the t densities with the scale-mixture weights of Peel and McLachlan (Statistics and
 * Computing 10, 2000) and their conditional step for the degrees of freedom, which all states
 * share. The distribution of the first state is free.
 *
 * EM climbs to the nearest top only, so it is started often: from quantile groups of the local
 * volatility, the first start in equal groups, the others with window, cuts and persistence drawn
 * from the seed. A start climbs with a prior on persistence (`guide` imagined transitions of each
 * state to itself), which keeps it from tops with a state that is left at once, an outlier
 * collector and no regime; the best few then go on without it to the top of the likelihood.
 */
#ifndef TP_REGIME_FIT_H
#define TP_REGIME_FIT_H

#include <stdint.h>

#include "regime/hmm.h"

/* Returns of one or several series, one after the other. */
struct fit_data {
	const double *x;
	long n;
	const long *first; /* where each series begins; first[0] = 0 */
	long nseries;
};

struct fit_options {
	int states;
	enum regime_dist dist;
	double nu;     /* t: fixed degrees of freedom; 0: estimated in 2.1..200 */
	int restarts;  /* starts, at least 1 */
	uint64_t seed; /* of the starts after the first */
	double guide;  /* pseudo-transitions while a start climbs; 0: none */
	double prior;  /* pseudo-transitions to the end: maximum a posteriori */
	int max_iter;  /* of the last climb */
	double tol;    /* stop when an iteration gains less log-likelihood than this */
};
#define FIT_DEFAULTS \
	{ \
		.states = 2, .restarts = 12, .seed = 1, .guide = 20, .max_iter = 2000, .tol = 1e-7 \
	}

struct fit_result {
	struct hmm m;   /* states by rising sigma, then falling mu */
	double loglik;  /* of the returns as given, natural logarithm */
	int iterations; /* of the climb that won */
	bool converged;
	int start; /* which start it was, from 0 */
};

/* ERR_DATA when there are too few returns (20 a state), or when they do not vary. note, when
 * given, hears of each finished climb. */
int
fit_hmm(const struct fit_data *d, const struct fit_options *o, struct fit_result *r,
    void (*note)(void *arg, int start, double loglik, int iterations), void *arg, struct err *e);

/* Log-likelihood of the data under m, from m->init at the beginning of each series. */
double
fit_loglik(const struct fit_data *d, const struct hmm *m);

/*
 * The baseline: volatility as the root of an exponentially weighted mean square (lambda, seeded
 * with the first squared return), cut into k groups by one-dimensional k-means on its logarithm;
 * cut[0..k-2] rise.
 */
int
fit_ewma(const struct fit_data *d, double lambda, int k, double *cut, struct err *e);

/* ---- the insides, for em.c ---- */
struct em; /* work space */
struct em *
em_new(const struct fit_data *d, int k);
void
em_free(struct em *w);
/* Climb from *m; returns the log-likelihood there. prior as in fit_options. */
double
em_climb(struct em *w, struct hmm *m, const struct fit_options *o, double prior, int max_iter,
    int *iterations, bool *converged);

#endif
