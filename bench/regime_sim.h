/*
 * Simulated regimes with known truth, and how well a classifier finds them: for the benchmark and,
 * with a few seeds, for the unit tests. The parameters are those of Nystrup et al. (2020) for two
 * states of daily returns (A2), the same with t5 noise of variance 1 (A2t), three states (B3), and
 * two states that differ in drift only (D2trend).
 */
#ifndef TP_BENCH_REGIME_SIM_H
#define TP_BENCH_REGIME_SIM_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "regime/detect.h"
#include "regime/fit.h"

#define SIM_T 5000
#define SIM_TRAIN 2500
#define SIM_ENTER 0.8 /* of the hysteresis that is shown beside the likeliest state */

struct sim_config {
	const char *name;
	bool t5;               /* noise: t with 5 degrees of freedom, variance 1 */
	enum regime_dist dist; /* what is fitted */
	struct hmm truth;      /* the oracle: normal densities, as its noise has variance 1 */
};

static const struct sim_config sim_configs[] = {
	{ "A2", false, REGIME_GAUSSIAN,
	    { .k = 2,
		.stationary = true,
		.mu = { .000615, -.000785 },
		.sigma = { .007759, .021400 },
		.p = { { .9979, .0021 }, { .0120, .9880 } },
		.init = { 1 } } },
	{ "A2t", true, REGIME_T,
	    { .k = 2,
		.stationary = true,
		.mu = { .000615, -.000785 },
		.sigma = { .007759, .021400 },
		.p = { { .9979, .0021 }, { .0120, .9880 } },
		.init = { 1 } } },
	{ "B3", false, REGIME_GAUSSIAN,
	    { .k = 3,
		.stationary = true,
		.mu = { .0008, 0, -.0015 },
		.sigma = { .006, .011, .024 },
		.p = { { .990, .009, .001 }, { .010, .980, .010 }, { .002, .018, .980 } },
		.init = { 1 } } },
	{ "D2trend", false, REGIME_GAUSSIAN,
	    { .k = 2,
		.stationary = true,
		.mu = { .001, -.001 },
		.sigma = { .01, .01 },
		.p = { { .99, .01 }, { .01, .99 } },
		.init = { 1 } } },
};
#define SIM_CONFIGS (sizeof sim_configs / sizeof *sim_configs)

static inline int
sim_draw(struct rng *r, const double *p, int k)
{
	double u = rng_uniform(r);

	for (int i = 0; i + 1 < k; i++)
		if ((u -= p[i]) < 0)
			return i;
	return k - 1;
}

static inline void
sim_path(const struct sim_config *c, uint64_t seed, double *x, int *state)
{
	const struct hmm *m = &c->truth;
	double pi[REGIME_MAX];
	struct rng r;

	rng_seed(&r, seed);
	if (!hmm_stationary(m, pi))
		abort();
	for (int t = 0, s = sim_draw(&r, pi, m->k); t < SIM_T; t++) {
		double z = rng_normal(&r), chi = 0;

		for (int i = 0; c->t5 && i < 5; i++) {
			double g = rng_normal(&r);
			chi += g * g;
		}
		if (c->t5)
			z *= sqrt(3 / chi); /* t5 = z / sqrt(chi/5), its variance 5/3 */
		x[t] = m->mu[s] + m->sigma[s] * z;
		state[t] = s;
		s = sim_draw(&r, m->p[s], m->k);
	}
}

struct sim_score {
	double acc, bal;
	double switches; /* a 252 bars */
	double delay;    /* bars from a true switch to the first right answer, median */
};

static inline int
sim_by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts v. */
static inline double
sim_quantile(double *v, long n, double q)
{
	qsort(v, (size_t)n, sizeof *v, sim_by_size);
	double at = q * (double)(n - 1);
	long i = (long)at;

	return i + 1 < n ? v[i] + (at - (double)i) * (v[i + 1] - v[i]) : v[n - 1];
}

/* Of the bars after the training span. A switch not noticed before the next one counts with the
 * length of its stay. */
static inline struct sim_score
sim_score(const int *truth, const int *said, int k)
{
	long hit[REGIME_MAX] = { 0 }, all[REGIME_MAX] = { 0 }, right = 0, switches = 0, nd = 0;
	double delays[SIM_T], bal = 0, states = 0;

	for (int t = SIM_TRAIN; t < SIM_T; t++) {
		all[truth[t]]++;
		hit[truth[t]] += truth[t] == said[t];
		right += truth[t] == said[t];
		switches += t > SIM_TRAIN && said[t] != said[t - 1];
		if (t == SIM_TRAIN || truth[t] == truth[t - 1])
			continue;
		int late = 0;
		while (
		    t + late < SIM_T && truth[t + late] == truth[t] && said[t + late] != truth[t])
			late++;
		delays[nd++] = late;
	}
	for (int j = 0; j < k; j++)
		if (all[j]) {
			bal += (double)hit[j] / (double)all[j];
			states++;
		}
	double n = SIM_T - SIM_TRAIN;
	return (struct sim_score){ (double)right / n, bal / states, (double)switches * 252 / n,
		nd ? sim_quantile(delays, nd, 0.5) : 0 };
}

/* The most probable state after each return, from the first return on; entered only at `enter`. */
static inline void
sim_filter(const struct hmm *m, const double *x, double enter, int *said)
{
	struct hmm_plan pl;
	struct hmm_filter f = { .any = false };
	struct err e;

	if (hmm_plan(&pl, m, &e) < 0)
		abort();
	for (int t = 0; t < SIM_T; t++) {
		hmm_step(&pl, &f, x[t]);
		said[t] = det_hold(f.p, m->k, t ? said[t - 1] : -1, enter, 1);
	}
}

static inline void
sim_ewma(const double *cut, int k, double lambda, const double *x, int *said)
{
	double var = 0;

	for (int t = 0; t < SIM_T; t++) {
		var = t ? lambda * var + (1 - lambda) * x[t] * x[t] : x[t] * x[t];
		for (said[t] = 0; said[t] + 1 < k && sqrt(var) > cut[said[t]];)
			said[t]++;
	}
}

/* The commonest state of the training span, always. */
static inline void
sim_majority(const int *truth, int k, int *said)
{
	int n[REGIME_MAX] = { 0 }, best = 0;

	for (int t = 0; t < SIM_TRAIN; t++)
		n[truth[t]]++;
	for (int j = 1; j < k; j++)
		best = n[j] > n[best] ? j : best;
	for (int t = 0; t < SIM_T; t++)
		said[t] = best;
}

enum sim_who { SIM_MAJORITY, SIM_ORACLE, SIM_OURS, SIM_HELD, SIM_EWMA, SIM_TRUTH, SIM_WHO };

/* All contenders on one path. States of D2trend are told apart by their means. */
static inline int
sim_contest(const struct sim_config *c, uint64_t seed, struct sim_score *out, struct err *e)
{
	static double x[SIM_T];
	static int truth[SIM_T], said[SIM_T];
	long first = 0;
	struct fit_data d = { x, SIM_TRAIN, &first, 1 };
	struct fit_options o = FIT_DEFAULTS;
	struct fit_result r = { .start = 0 };
	double cut[REGIME_MAX];
	int k = c->truth.k, rc;

	o.states = k;
	o.dist = c->dist;
	sim_path(c, seed, x, truth);
	sim_majority(truth, k, said);
	out[SIM_MAJORITY] = sim_score(truth, said, k);
	sim_filter(&c->truth, x, 0, said);
	out[SIM_ORACLE] = sim_score(truth, said, k);
	rc = fit_hmm(&d, &o, &r, NULL, NULL, e);
	if (rc < 0)
		return rc;
	bool swapped = c->truth.sigma[0] == c->truth.sigma[1] && r.m.mu[0] < r.m.mu[1];
	for (int who = SIM_OURS; who <= SIM_HELD; who++) {
		sim_filter(&r.m, x, who == SIM_HELD ? SIM_ENTER : 0, said);
		for (int t = 0; swapped && t < SIM_T; t++)
			said[t] = 1 - said[t];
		out[who] = sim_score(truth, said, k);
	}
	rc = fit_ewma(&d, 0.94, k, cut, e);
	if (rc < 0)
		return rc;
	sim_ewma(cut, k, 0.94, x, said);
	out[SIM_EWMA] = sim_score(truth, said, k);
	out[SIM_TRUTH] = sim_score(truth, truth, k);
	return 0;
}

#endif
