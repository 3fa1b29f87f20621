/*
 * Weights learned online from realised returns. A learner has n experts (the sources); a round
 * is one watermark with new prices. Its life, in this order and never another:
 *
 *	p = learner_weights()       what is believed now, from rounds that are over
 *	(opinions are held until the next prices)
 *	learner_begin(); learner_symbol() for each symbol whose price is new; learner_end()
 *
 * so whatever a weight knows, it knows from returns realised before it was used. An expert that
 * had no opinion on a symbol sleeps there: it is charged what the mixture is charged (the
 * specialists of Freund, Schapire, Singer, Warmuth 1997), and its weight does not move. An expert
 * is born when it first speaks, with its prior's share of the weight and the mixture's loss; what
 * was never heard counts for nothing, so a symbol learns the same alone and among others.
 *
 *	HEDGE	loss l = (1 - clamp(x r / scale)) / 2 in [0, 1]; p ~ prior exp(-eta L). eta fixed:
 *regret
 *		<= ln(1/prior) / eta + eta T / 8. eta by itself, sqrt(8 ln N / t): regret <=
 *		2 sqrt(T ln N / 2) + sqrt(ln N / 8) with equal priors (Cesa-Bianchi, Lugosi,
 *		Prediction, Learning, and Games, 2006, theorems 2.2 and 2.3).
 *	EG	w <- w exp(eta g / (w . g)), g = 1 + x r the wealth factors (Helmbold, Schapire,
 *Singer, Warmuth 1998); cumulated is ln g, the regret is in log wealth. BAYES	p ~ prior prod lik,
 *lik = the probability an expert gave to what happened (up or down), from P(up) = (1 + x c) / 2;
 *regret <= ln(1/prior), in nats. LOGISTIC P(up) = sigma(w . x c), one gradient step a round; RIDGE:
 *recursive least squares of clamp(r / scale) on x c, the batch ridge solution when forget is 1.
 */
#ifndef TP_SIGNAL_LEARN_H
#define TP_SIGNAL_LEARN_H

#include "signal/config.h"

struct learner {
	int64_t method;
	struct mix_learn how;
	size_t n, nborn;
	bool *born; /* [n] has spoken */
	double
	    *cum; /* [n] cumulated loss, -log wealth or -log likelihood: what regret is told from */
	double
	    *score; /* [n] the same as forgetting and sharing left it: what weights are made of */
	double *prior; /* [n], any positive scale */
	double *w;     /* [n] eg: weights; logistic, ridge: coefficients */
	double *cov;   /* [n][n] ridge */
	double mix;    /* the same cumulated for the mixture */
	int64_t rounds;
	/* the round at hand */
	double *loss, *grad, *p; /* [n] */
	double mix_loss;
	int64_t symbols;
	size_t cap;
};

void
learner_init(struct learner *l, int64_t method, const struct mix_learn *how);
void
learner_free(struct learner *l);
/* Make it n experts; priors of the new ones. */
void
learner_grow(struct learner *l, size_t n, const double *prior);

/* Belief in each expert, for those that are awake (NULL: all): sums to 1, 0 for the others; all 0
 * when none is awake. factor[i] multiplies the prior (a regime's doing) or NULL. */
void
learner_weights(const struct learner *l, const bool *awake, const double *factor, double *p);
/* LOGISTIC, RIDGE: the view from what the experts say, x[i] c[i] (0 when asleep), in -1..1. */
double
learner_predict(const struct learner *l, const double *z);

void
learner_begin(struct learner *l);
/* One symbol's return r since the opinions x (with confidence c) were held. */
void
learner_symbol(struct learner *l, const bool *awake, const double *x, const double *c, double r);
void
learner_end(struct learner *l);

/* Cumulated loss of the mixture less that of the best expert, and which it is. 0 before any
 * round. LOGISTIC and RIDGE have none. */
double
learner_regret(const struct learner *l, size_t *best);
/* What the regret cannot exceed with equal priors and n experts from the start, or NAN where no
 * bound is known (share, forget, stacking, eg). */
double
learner_bound(const struct learner *l);

#endif
