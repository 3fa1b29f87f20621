#include "rl/replay.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

#define LEAST_PRIORITY 1e-3

void
replay_init(struct replay *r, const struct rl_trainer *t, size_t dim, double alpha)
{
	size_t envs = t->env->n, most = (size_t)t->o.steps + envs;

	memset(r, 0, sizeof *r);
	r->cap = (size_t)t->o.buffer < most ? (size_t)t->o.buffer : most;
	r->nobs = t->env->nobs;
	r->dim = dim;
	r->stride = 2 * r->nobs + dim + 2;
	r->row = mem_array(r->cap * r->stride, sizeof *r->row);
	r->alpha = alpha;
	r->most = 1;
	r->n_step = (size_t)t->o.n_step;
	r->envs = envs;
	r->gamma = t->o.gamma;
	r->pending = mem_array(envs * r->n_step * r->stride, sizeof *r->pending);
	r->npend = mem_array(envs, sizeof *r->npend);
	if (alpha <= 0)
		return;
	for (r->leaves = 1; r->leaves < r->cap;)
		r->leaves *= 2;
	r->tree = mem_array(2 * r->leaves, sizeof *r->tree);
}

void
replay_free(struct replay *r)
{
	free(r->row);
	free(r->tree);
	free(r->pending);
	free(r->npend);
}

/* Sums are made from both children anew, so no error builds up. */
static void
tree_set(struct replay *r, size_t i, double p)
{
	size_t k = r->leaves + i;

	r->tree[k] = p;
	for (k /= 2; k; k /= 2)
		r->tree[k] = r->tree[2 * k] + r->tree[2 * k + 1];
}

/* Put a transition that is complete into the ring. */
static void
keep(struct replay *r, const float *t)
{
	memcpy(r->row + r->next * r->stride, t, r->stride * sizeof *t);
	if (r->tree)
		tree_set(r, r->next, r->most);
	r->next = (r->next + 1) % r->cap;
	if (r->n < r->cap)
		r->n++;
}

void
replay_add(struct replay *r, size_t i, const float *obs, const float *act, float reward,
    const float *next, const struct rl_out *out)
{
	float *p = r->pending + i * r->n_step * r->stride, *t;
	size_t n = r->npend[i], at_reward = 2 * r->nobs + r->dim;
	bool over = out->terminated || out->truncated;

	/* what waits takes the reward at its distance; all of it now ends in `next` */
	for (size_t k = 0; k < n; k++) {
		t = p + k * r->stride;
		t[at_reward] += t[at_reward + 1] * reward;
		t[at_reward + 1] *= (float)r->gamma;
	}
	t = p + n * r->stride;
	memcpy(t, obs, r->nobs * sizeof *t);
	memcpy(t + 2 * r->nobs, act, r->dim * sizeof *t);
	t[at_reward] = reward;
	t[at_reward + 1] = (float)r->gamma;
	n++;
	for (size_t k = 0; k < n && (over || (n == r->n_step && k == 0)); k++) {
		t = p + k * r->stride;
		memcpy(t + r->nobs, next, r->nobs * sizeof *t);
		if (out->terminated)
			t[at_reward + 1] = 0;
		keep(r, t);
	}
	if (over) {
		n = 0;
	} else if (n == r->n_step) {
		n--;
		memmove(p, p + r->stride, n * r->stride * sizeof *p);
	}
	r->npend[i] = (uint32_t)n;
}

static size_t
tree_find(const struct replay *r, double u)
{
	size_t k = 1;

	while (k < r->leaves) {
		k *= 2;
		if (u >= r->tree[k] && r->tree[k + 1] > 0) {
			u -= r->tree[k];
			k++;
		}
	}
	return k - r->leaves;
}

void
replay_draw(struct replay *r, struct rng *g, size_t m, double beta, size_t *index, float *weight)
{
	double most = 0;

	for (size_t k = 0; k < m; k++) {
		weight[k] = 1;
		if (!r->tree) {
			index[k] = rng_below(g, r->n);
			continue;
		}
		/* one draw from each of m equal parts of the sum */
		double u = ((double)k + rng_uniform(g)) / (double)m * r->tree[1];
		index[k] = tree_find(r, u);
		if (index[k] >= r->n)
			index[k] = r->n - 1;
		double p = r->tree[r->leaves + index[k]] / r->tree[1];
		weight[k] = (float)num_exp(-beta * num_log((double)r->n * p));
		if ((double)weight[k] > most)
			most = (double)weight[k];
	}
	for (size_t k = 0; k < m && r->tree; k++)
		weight[k] = (float)((double)weight[k] / most);
}

struct replay_row
replay_row(const struct replay *r, size_t i)
{
	const float *t = r->row + i * r->stride;

	return (struct replay_row){ t, t + r->nobs, t + 2 * r->nobs, t[2 * r->nobs + r->dim],
		t[2 * r->nobs + r->dim + 1] };
}

void
replay_set(struct replay *r, size_t i, double error)
{
	if (!r->tree)
		return;
	double p = num_exp(r->alpha * num_log(fabs(error) + LEAST_PRIORITY));
	if (p > r->most)
		r->most = p;
	tree_set(r, i, p);
}

void
replay_io(struct replay *r, struct rl_io *io)
{
	rl_io(io, &r->n, sizeof r->n);
	rl_io(io, &r->next, sizeof r->next);
	if (io->bad || r->n > r->cap || r->next >= r->cap) {
		io->bad = true;
		return;
	}
	rl_io(io, r->row, r->n * r->stride * sizeof *r->row);
	if (r->tree)
		rl_io(io, r->tree, 2 * r->leaves * sizeof *r->tree);
	rl_io(io, &r->most, sizeof r->most);
	rl_io(io, r->pending, r->envs * r->n_step * r->stride * sizeof *r->pending);
	rl_io(io, r->npend, r->envs * sizeof *r->npend);
	for (size_t i = 0; i < r->envs; i++)
		if (r->npend[i] >= r->n_step)
			io->bad = true;
}

bool
replay_acts_below(const struct replay *r, size_t n)
{
	size_t act = 2 * r->nobs;
	bool good = true;

	for (size_t i = 0; i < r->n; i++)
		good &= r->row[i * r->stride + act] >= 0 && r->row[i * r->stride + act] < (float)n;
	for (size_t i = 0; i < r->envs; i++)
		for (size_t k = 0; k < r->npend[i]; k++) {
			float a = r->pending[(i * r->n_step + k) * r->stride + act];

			good &= a >= 0 && a < (float)n;
		}
	return good;
}
