/*
 * Trainers: what all algorithms share. A trainer owns its weights, its generator of chance and its
 * copies of the environment; it learns in iterations, between which it can be saved, evaluated and
 * exported. The same seed and options give the same bits on the same instruction set, whatever the
 * number of threads; a trainer saved, loaded and continued gives the bits of one never interrupted.
 */
#ifndef TP_RL_TRAIN_H
#define TP_RL_TRAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/opt.h"
#include "base/rng.h"
#include "nn/dense.h"
#include "onnx/write.h"
#include "rl/env.h"

/* What can be set about learning; rl_opts_table says what each means. */
struct rl_opts {
	int64_t steps, seed, envs, threads;
	double lr, gamma, max_norm, adam_eps, average;
	int schedule; /* 0 constant, 1 linear to 0 */
	const char *hidden;
	int act, net; /* tanh|relu, mlp|lstm|gru */
	bool norm_obs, norm_reward;
	/* PPO, A2C */
	int64_t n_steps, batch, epochs;
	double lambda, clip, entropy, entropy_end, vf_coef, target_kl;
	bool norm_adv;
	/* DQN, SAC */
	int64_t buffer, learn_after, train_every, updates, target_every, n_step;
	double tau, eps_end, eps_part, per_alpha, per_beta;
	bool no_double, dueling;
	/* ES */
	int64_t population, episodes;
	double sigma;
};
extern const struct opt rl_opts_table[];

/* A running mean and deviation of each part of an observation (Welford, by batches of one). */
struct rl_norm {
	size_t n;
	bool on;
	double count, *mean, *m2; /* mean: one block with m2 and the two below */
	float *mu, *inv;          /* (x - mu) * inv, as the model applies it; 0 and 1 when off */
};

#define RL_RECENT 100
#define RL_METRICS 10

struct rl_metric {
	const char *name;
	double value;
};

struct rl_algo;

struct rl_trainer {
	const struct rl_algo *algo;
	struct rl_opts o;
	struct rl_env *env;
	struct rng rng; /* for actions, exploration, shuffles */
	float *w;       /* weights, owned by the algorithm; what a snapshot copies */
	size_t nw;
	struct rl_norm norm;
	double *sum; /* of the weights, for o.average; nw */
	int64_t nsum;
	double ret_var_count, ret_mean, ret_m2, *ret_run; /* reward normalisation */
	float *obs;   /* n x nobs, raw: what the copies show now */
	float *ended; /* n x nobs, raw: the last observation of copies that ended in this step */
	struct rl_out *out;
	double *ret;              /* of the running episodes */
	uint64_t *started;        /* episodes begun, by copy: their seeds */
	double recent[RL_RECENT]; /* returns of the last episodes */
	uint64_t episodes;
	int64_t steps;
	struct rl_metric metric[RL_METRICS];
	size_t nmetric;
	struct err *err;
};

/* Bytes in or out, by one function an algorithm: rl_io copies from or to p. */
struct rl_io {
	bool reading, bad;
	struct buf *out;
	const char *in;
	size_t left;
};

void
rl_io(struct rl_io *io, void *p, size_t n);

struct rl_algo {
	const char *name, *about;
	bool discrete, box, recurrent; /* what it can do */
	size_t size;                   /* of its own struct, which begins with struct rl_trainer */
	int (*open)(struct rl_trainer *t); /* env and options are there; sets w, nw */
	/* Gather experience and learn from it, not beyond o.steps. 0; 1 when what is left of them
	 * is too little for more; or a code. */
	int (*iterate)(struct rl_trainer *t);
	/* The greedy actions (env->act.kind says what: one index, or n numbers each) for m raw
	 * observations. `state` is m x state_size bytes of the policy's memory, zeroed at the
	 * beginning of an episode. May be called from several threads, each with work of its own
	 * (from work_new). */
	void (*greedy)(const struct rl_trainer *t, void *work, size_t m, const float *obs,
	    void *state, float *act);
	void *(*work_new)(const struct rl_trainer *t, size_t rows);
	void (*work_free)(void *work);
	size_t (*state_size)(const struct rl_trainer *t);   /* NULL: none */
	void (*io)(struct rl_trainer *t, struct rl_io *io); /* its part of a checkpoint */
	/* Inputs (but obs), nodes and outputs of the model. `in` is the normalised observation. */
	void (*graph)(const struct rl_trainer *t, struct onnx_writer *w, const char *in);
	void (*close)(struct rl_trainer *t);
};

extern const struct rl_algo *const rl_algos[]; /* NULL-terminated */
extern const struct rl_algo rl_ppo, rl_a2c, rl_dqn, rl_sac, rl_es, rl_cma_es;

/* A trainer over env, which it takes over (also when it fails). Texts in o are borrowed. NULL with
 * the words in e. */
struct rl_trainer *
rl_trainer_new(
    const struct rl_algo *algo, const struct rl_opts *o, struct rl_env *env, struct err *e);
void
rl_trainer_free(struct rl_trainer *t);
/* All of it that a later run needs, and back; load is false when the bytes are of another shape. */
void
rl_trainer_save(struct rl_trainer *t, struct buf *out);
bool
rl_trainer_load(struct rl_trainer *t, const void *p, size_t n);

/* One iteration of the algorithm, and what all of them share around it. */
int
rl_iterate(struct rl_trainer *t);
/* At the end: the weights become their mean over the last part o.average of the run (Polyak and
 * Juditsky 1992): iterates of a constant rate wander about a point that their mean is nearer to. */
void
rl_average(struct rl_trainer *t);

/* The mean of the last episodes' rewards; NaN before the first has ended. */
double
rl_recent_mean(const struct rl_trainer *t);

/* Greedy episodes with seeds first, first + 1, ... on `env` (its copies are used side by side; must
 * not be the trainer's own). `best`: by the environment's best policy instead. rewards: n of them.
 */
int
rl_evaluate(const struct rl_trainer *t, struct rl_env *env, bool best, uint64_t first, size_t n,
    double *rewards);

/* ---- for algorithms ---- */

/* Every copy one step on with act (act_dim floats each): t->out and t->obs are what came; copies
 * that ended were begun anew, their last observation is in t->ended. */
int
rl_advance(struct rl_trainer *t, const float *act);
static inline size_t
rl_act_dim(const struct rl_env *v)
{
	return v->act.kind == RL_DISCRETE ? 1 : v->act.n;
}
/* Actions as networks put them out, -1 and 1 being the bounds, as the environment takes them. */
static inline void
rl_to_box(const struct rl_env *v, const float *a, float *act)
{
	for (size_t i = 0; i < v->act.n; i++) {
		double lo = v->act.lo[i], hi = v->act.hi[i];
		double x = a[i] < -1 ? -1 : a[i] > 1 ? 1 : (double)a[i];

		act[i] = (float)((lo + hi) / 2 + x * (hi - lo) / 2);
	}
}
/* The first largest of n */
static inline size_t
rl_argmax(const float *x, size_t n)
{
	size_t best = 0;

	for (size_t i = 1; i < n; i++)
		if (x[i] > x[best])
			best = i;
	return best;
}
/* The reward as it is learned from: scaled by the deviation of the discounted return when asked. */
float
rl_scaled(struct rl_trainer *t, size_t i);
void
rl_norm_init(struct rl_norm *s, size_t n, bool on);
void
rl_norm_free(struct rl_norm *s);
void
rl_norm_add(struct rl_norm *s, const float *x, size_t rows); /* and refresh mu, inv */
void
rl_norm_apply(const struct rl_norm *s, const float *x, size_t rows, float *out);
void
rl_metric_set(struct rl_trainer *t, const char *name, double value);
/* What is left of 1 at this step under the schedule. */
double
rl_schedule(const struct rl_trainer *t);
int
rl_hidden(const struct rl_trainer *t, size_t *width, size_t most, size_t *n);

/* Adam over the trainer's weights, the norm of the gradient held to max_norm (0: not held). */
struct rl_adam {
	size_t n;
	float *m, *v; /* one block */
	int64_t step;
	double b1t, b2t;
};

void
rl_adam_init(struct rl_adam *a, size_t n);
void
rl_adam_free(struct rl_adam *a);
void
rl_adam_step(struct rl_adam *a, float *w, const float *g, double lr, double eps, double max_norm);
void
rl_adam_io(struct rl_adam *a, struct rl_io *io);

#endif
