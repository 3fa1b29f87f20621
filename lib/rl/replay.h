/*
 * Experience replay for DQN and SAC: a ring of transitions, drawn uniformly or in proportion to
 * priority^alpha by a sum tree (Schaul et al. 2016, arXiv:1511.05952), with rewards added up over
 * n steps. A transition is (obs, action, reward, discount, next obs); discount is gamma^n, or 0
 * where the episode terminated, so a target is reward + discount * value(next).
 */
#ifndef TP_RL_REPLAY_H
#define TP_RL_REPLAY_H

#include <stddef.h>
#include <stdint.h>

#include "rl/train.h"

struct replay {
	size_t cap, n, next;
	size_t nobs, dim, stride; /* floats a transition: obs, next, act, reward, discount */
	float *row;
	double *tree; /* 2 x leaves; NULL when uniform */
	size_t leaves;
	double alpha, most; /* largest priority so far, for new ones */
	/* the last n steps of each copy, not complete yet */
	size_t n_step, envs;
	float *pending;  /* [envs][n_step] transitions */
	uint32_t *npend; /* envs */
	double gamma;
};

struct replay_row {
	const float *obs, *next, *act;
	float reward, discount;
};

void
replay_init(struct replay *r, const struct rl_trainer *t, size_t dim, double alpha);
void
replay_free(struct replay *r);
/* One step of copy i: completes what it completes. next is what came (before a reset). */
void
replay_add(struct replay *r, size_t i, const float *obs, const float *act, float reward,
    const float *next, const struct rl_out *out);
/* m indices by g; weights (m) are the importance weights under beta, 1 at most (uniform: all 1). */
void
replay_draw(struct replay *r, struct rng *g, size_t m, double beta, size_t *index, float *weight);
struct replay_row
replay_row(const struct replay *r, size_t i);
/* After learning: the size of its error becomes the transition's priority. */
void
replay_set(struct replay *r, size_t i, double error);
void
replay_io(struct replay *r, struct rl_io *io);
/* Is every action the index of one of n? */
bool
replay_acts_below(const struct replay *r, size_t n);

#endif
