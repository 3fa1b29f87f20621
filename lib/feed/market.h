/*
 * Made-up markets: the logarithms of the prices of N symbols, moved on in equal steps.
 * Everything is drawn from one seeded generator in a fixed order, and computed with +, -, *,
 * /, sqrt, num_log and num_exp: the same seed gives the same market on every machine.
 *
 * With dt the step in years, drift mu, volatility sigma, and Z_i = sqrt(rho) M + sqrt(1 - rho) E_i
 * (M, E_i independent standard normal; two symbols then have correlation rho):
 *
 *   gbm     x += (mu - sigma^2/2) dt + sigma sqrt(dt) Z
 *   ou      x = theta + (x - theta) a + sigma sqrt((1 - a^2) / (2 kappa)) Z, a = exp(-kappa dt),
 *           theta = log(start price), kappa = ln 2 / half-life: the exact law of
 *           Ornstein and Uhlenbeck, whatever the step
 *   heston  x += (mu - v+/2) dt + sqrt(v+ dt) Z, v += kappa (sigma^2 - v+) dt + xi sqrt(v+ dt) W,
 *           v+ = max(v, 0), W = leverage Z + sqrt(1 - leverage^2) E': Heston (1993) by the
 *           full-truncation Euler scheme of Lord, Koekkoek and van Dijk (2010)
 *   merton  gbm with mu lowered by lambda (exp(m + s^2/2) - 1), and at the times of a Poisson
 *           process of rate lambda x += m + s E': Merton (1976)
 *   regime  gbm whose mu and sigma are those of the state of a Markov chain, one for the whole
 *           market: each step a state is left with probability 1 - exp(-dt / stay), for one
 *           of the others, all equally likely. In the long run a state holds for
 *           stay_i / (sum of stay_j) of the time.
 */
#ifndef TP_FEED_MARKET_H
#define TP_FEED_MARKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/opt.h"
#include "base/rng.h"

enum market_model { MARKET_GBM, MARKET_OU, MARKET_HESTON, MARKET_MERTON, MARKET_REGIME };
#define MARKET_CHOICES "gbm|ou|heston|merton|regime"

#define MARKET_REGIMES_MAX 16

struct market_regime {
	char label[32];
	double drift, vol; /* a year */
	int64_t stay;      /* mean, ns */
	double leave;      /* probability of leaving in a step; set by market_init */
};

struct market_opts {
	enum market_model model;
	double drift, vol;   /* a year */
	double correlation;  /* 0..1 */
	double year_ns;      /* how long a year is */
	int64_t step;        /* of market_step, ns */
	int64_t switch_step; /* regime: of market_switch, ns */
	double start_price;
	int64_t half_life; /* ou, ns */
	double reversion, vol_of_vol,
	    leverage; /* heston: kappa a year, xi, correlation of price and variance */
	double jump_rate, jump_mean, jump_vol; /* merton: a year; of the logarithm */
	struct market_regime regimes[MARKET_REGIMES_MAX];
	size_t nregimes;
};

struct market {
	struct market_opts o;
	struct rng rng;
	size_t n;
	double *x;     /* logarithm of the price, by symbol */
	double *v;     /* heston: variance, by symbol */
	double *jump;  /* merton: years until the next jump, by symbol */
	size_t regime; /* the state now */

	/* worked out once */
	double dt, root_dt, trend, shock; /* of one step */
	double common, own;               /* weights of M and E_i */
	double theta, pull;               /* ou: pull is a */
};

/* "LABEL:DRIFT:VOL[:STAY]" ... into o->regimes */
int
market_parse_regimes(
    struct market_opts *o, const struct opt_list *list, int64_t stay, struct err *e);
void
market_init(struct market *m, const struct market_opts *o, size_t nsymbols, uint64_t seed);
void
market_free(struct market *m);
/* May the state change now? True when it did. Call before the step that it holds for. */
bool
market_switch(struct market *m);
void
market_step(struct market *m);
double
market_price(const struct market *m, size_t symbol);

#endif
