/*
 * Proximal policy optimisation (Schulman et al. 2017, arXiv:1707.06347) with generalised advantages
 * (arXiv:1506.02438), as in the 37 details of Huang et al. 2022; A2C is its case of one epoch over
 * one batch (arXiv:2205.09123). Perceptrons learn from shuffled steps, recurrent networks from
 * whole sequences, back through all steps of a rollout.
 */
#ifndef TP_RL_PPO_H
#define TP_RL_PPO_H

#include "rl/acnet.h"
#include "rl/train.h"

struct ppo {
	struct rl_trainer base;
	struct acnet net;
	struct rl_adam adam;
	float *g;
	float *memory;              /* recurrent: n x net.state, the policy's now */
	struct acnet_work one, few; /* a step of all copies; one row */
	struct acnet_work batch;
	/* the rollout, [T][n] */
	size_t T, most, dim;
	float *obs, *act, *logp, *value, *reward, *adv, *ret;
	uint8_t *begins, *over; /* the episode began before this step; ended with it */
	uint8_t *fresh;         /* n: the next step begins an episode */
	float *memory0;         /* memory at the rollout's begin */
	float *last;            /* n values after the last step */
	float *held;            /* n actions within their bounds */
	/* a minibatch */
	size_t mb_rows;
	float *mb_obs, *mb_act, *mb_logp, *mb_adv, *mb_ret, *mb_memory;
	uint8_t *mb_begins;
	uint32_t *order;
	double stat[5]; /* sums of policy loss, value loss, entropy, kl, clipped */
	double nstat;
};

/* ppo_learn.c: learn from the rollout that lies in p. */
void
ppo_learn(struct ppo *p);
/* The log of the probability of each of m actions under net output `out`, and its action drawn when
 * `rng` is given; exp is the kernels'. */
void
ppo_draw(struct ppo *p, size_t m, const float *out, float *act, float *logp);

#endif
