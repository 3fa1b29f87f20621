/*
 * GARCH(1,1) (Bollerslev 1986): the variance of the next return, given those before, is
 *
 *	h(t+1) = omega + alpha r(t)^2 + beta h(t)
 *
 * with a mean return of 0. Parameters are given, or estimated from the last `fit` returns every
 * `every` returns by Gaussian maximum likelihood with variance targeting (Engle & Mezrich 1996):
 * omega = (1 - alpha - beta) s2, s2 = mean r^2. That leaves two numbers, the persistence
 * p = alpha + beta in (0, 0.9995) and alpha's share of it, which a simplex search (Nelder & Mead
 * 1965) finds from always the same start in at most GARCH_EVALS evaluations: the same returns give
 * the same parameters, bit for bit.
 */
#ifndef TP_FEAT_GARCH_H
#define TP_FEAT_GARCH_H

#include "feat/roll.h"

#define GARCH_EVALS 120

struct garch_par {
	double omega, alpha, beta;
};

/* omega / (1 - alpha - beta); alpha + beta < 1 */
double
garch_long_run(const struct garch_par *p);
/* Variance k >= 1 returns ahead when that of the next one is h. */
double
garch_ahead(const struct garch_par *p, double h, unsigned k);
/*
 * Gaussian log-likelihood of r[0..n-1] without the constant n ln(2 pi)/2, filtered from the
 * variance h0 on; *h_next (or NULL) is the variance of the return after the last.
 */
double
garch_loglik(const struct garch_par *p, const double *r, size_t n, double h0, double *h_next);
/* Estimate; false (and *p as it was) where the returns are fewer than 20 or all 0. */
bool
garch_fit(struct garch_par *p, const double *r, size_t n);

/* The filter, and its estimation in a stream. */
struct garch {
	struct roll_past past;  /* of `fit` returns; d = 0: parameters are given */
	double *line;           /* those returns in order, for the estimation */
	uint32_t every, waited; /* returns since the last estimation */
	struct garch_par par;
	double h;   /* variance of the next return */
	bool ready; /* there are parameters and h */
};

/* Given parameters; the first variance is the long-run one. */
void
garch_given(struct garch *g, const struct garch_par *p);
/* Estimated; not ready before `fit` returns. At an estimation the filter runs anew over the
 * returns that it used. fit >= 20, every >= 1 */
void
garch_fitted(struct garch *g, size_t fit, size_t every, struct roll_mem *m);
/* A return; one that is not finite changes nothing. True when g->h is ready. */
bool
garch_push(struct garch *g, double r);

#endif
