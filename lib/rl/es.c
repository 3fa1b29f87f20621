/*
 * Learning without gradients. es: evolution strategies of Salimans et al. 2017 (arXiv:1703.03864),
 * mirrored candidates, centred ranks, Adam. cma-es: Hansen's covariance matrix adaptation (The CMA
 * Evolution Strategy: A Tutorial, arXiv:1604.00772) with its default parameters, in full up to
 * FULL_MOST weights, above with a diagonal matrix (Ros and Hansen 2008).
 *
 * All candidates of a generation play the same episodes (common noise). Which thread plays which
 * changes nothing: a candidate's reward depends on its weights and the seeds alone.
 */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "rl/acnet.h"
#include "rl/es.h"

static int
es_open(struct rl_trainer *t)
{
	struct es *s = (struct es *)t;
	size_t hidden[NN_MLP_LAYERS - 1], nhidden, n = 0;
	int rc = rl_hidden(t, hidden, NN_MLP_LAYERS - 1, &nhidden);

	if (rc < 0)
		return rc;
	if (t->o.norm_obs)
		return err_set(t->err, ERR_USAGE, "%s has no --norm-obs", t->algo->name);
	if (t->o.sigma <= 0)
		return err_set(t->err, ERR_USAGE, "--sigma must be above 0");
	nn_mlp_shape(
	    &s->net, 0, t->env->nobs, hidden, nhidden, t->env->act.n, t->o.act ? NN_RELU : NN_TANH);
	t->nw = s->net.nweights;
	t->w = mem_array(t->nw, sizeof *t->w);
	nn_mlp_init(&s->net, t->w, &t->rng, 1, t->algo == &rl_es ? 0.1 : 0.01);
	s->at = mem_array(t->nw, sizeof *s->at);
	for (size_t l = 0; l < s->net.nlayers; l++)
		for (size_t r = 0; r <= s->net.width[l]; r++)
			for (size_t c = 0; c < s->net.width[l + 1]; c++)
				s->at[n++] =
				    (uint32_t)((r < s->net.width[l]
						       ? s->net.w[l] +
							     r * nn_pad(s->net.width[l + 1])
						       : s->net.b[l]) +
					       c);
	s->n = n;
	s->pop = (size_t)t->o.population / 2 * 2;
	s->x = mem_array(s->pop * n, sizeof *s->x);
	s->reward = mem_array(s->pop, sizeof *s->reward);
	s->count = mem_array(s->pop, sizeof *s->count);
	s->order = mem_array(s->pop, sizeof *s->order);
	s->g = mem_array(t->nw, sizeof *s->g);
	rl_adam_init(&s->adam, t->nw);
	if (t->algo == &rl_cma_es)
		cma_open(s);
	return 0;
}

static void
act_of(const struct es *s, const float *out, float *act)
{
	const struct rl_env *v = s->base.env;

	if (v->act.kind == RL_BOX)
		rl_to_box(v, out, act);
	else
		act[0] = (float)rl_argmax(out, v->act.n);
}

/* Candidates k, k + step, ... by copy `copy` of the environment. */
struct es_part {
	struct es *s;
	size_t copy, step;
	int rc;
};

static int
play(struct es *s, size_t copy, size_t k, float *w, struct nn_mlp_work *work)
{
	struct rl_trainer *t = &s->base;
	struct rl_env *v = t->env;
	float *obs = t->obs + copy * v->nobs, act[256];
	int rc = 0;

	memset(w, 0, t->nw * sizeof *w);
	for (size_t i = 0; i < s->n; i++)
		w[s->at[i]] = (float)s->x[k * s->n + i];
	s->reward[k] = 0;
	s->count[k] = 0;
	for (int64_t e = 0; e < t->o.episodes && rc >= 0; e++) {
		struct rl_out out = { 0 };

		rc = rl_env_reset(v, copy, s->seed + (uint64_t)e, obs);
		while (rc >= 0 && !out.terminated && !out.truncated) {
			act_of(s, nn_mlp_forward(&s->net, w, 1, obs, v->nobs, work), act);
			rc = rl_env_step(v, copy, act, obs, &out);
			s->reward[k] += out.reward / (double)t->o.episodes;
			s->count[k]++;
		}
	}
	return rc;
}

static void *
play_part(void *arg)
{
	struct es_part *p = arg;
	float *w = mem_array(p->s->base.nw, sizeof *w);
	struct nn_mlp_work work;

	nn_mlp_work_init(&work, &p->s->net, 1);
	for (size_t k = p->copy; k < p->s->pop && p->rc >= 0; k += p->step)
		p->rc = play(p->s, p->copy, k, w, &work);
	nn_mlp_work_free(&work);
	free(w);
	return NULL;
}

static int
play_all(struct es *s)
{
	struct rl_trainer *t = &s->base;
	size_t n = (size_t)t->o.threads < t->env->n ? (size_t)t->o.threads : t->env->n;
	struct es_part part[16];
	pthread_t id[16];
	bool own[16] = { false };
	int rc = 0;

	s->seed = rng_u64(&t->rng);
	part[0] = (struct es_part){ s, 0, n, 0 };
	for (size_t k = 1; k < n; k++) {
		part[k] = (struct es_part){ s, k, n, 0 };
		own[k] = pthread_create(&id[k], NULL, play_part, &part[k]) == 0;
		if (!own[k])
			play_part(&part[k]);
	}
	play_part(&part[0]);
	for (size_t k = 0; k < n; k++) {
		if (own[k])
			pthread_join(id[k], NULL);
		if (part[k].rc < 0)
			rc = part[k].rc;
	}
	s->last = 0;
	for (size_t k = 0; k < s->pop; k++) {
		s->last += s->count[k];
		t->recent[t->episodes % RL_RECENT] = s->reward[k];
		t->episodes++;
	}
	t->steps += s->last;
	return rc;
}

/* order: candidates from the best to the worst; equal ones by number, so that nothing hangs on how
 * a library sorts. */
static void
rank(struct es *s)
{
	for (size_t i = 0; i < s->pop; i++) {
		size_t k = i;

		for (; k > 0 && s->reward[s->order[k - 1]] < s->reward[i]; k--)
			s->order[k] = s->order[k - 1];
		s->order[k] = i;
	}
}

static int
es_generation(struct es *s)
{
	struct rl_trainer *t = &s->base;
	size_t half = s->pop / 2;
	int rc;

	for (size_t k = 0; k < half; k++)
		for (size_t i = 0; i < s->n; i++) {
			double e = rng_normal(&t->rng) * t->o.sigma, w = (double)t->w[s->at[i]];

			s->x[2 * k * s->n + i] = w + e;
			s->x[(2 * k + 1) * s->n + i] = w - e;
		}
	rc = play_all(s);
	if (rc < 0)
		return rc;
	rank(s);
	memset(s->g, 0, t->nw * sizeof *s->g);
	for (size_t r = 0; r < s->pop; r++) {
		const double *x = s->x + s->order[r] * s->n;
		double u = 0.5 - (double)r / (double)(s->pop - 1);

		for (size_t i = 0; i < s->n; i++)
			s->g[s->at[i]] -= (float)(u * (x[i] - (double)t->w[s->at[i]]) /
						  (t->o.sigma * (double)s->pop));
	}
	rl_adam_step(&s->adam, t->w, s->g, t->o.lr * rl_schedule(t), 1e-8, 0);
	return 0;
}

/* 1: another generation as long as the last one would go beyond the steps. */
static int
es_iterate(struct rl_trainer *t)
{
	struct es *s = (struct es *)t;
	double sum = 0;
	int rc;

	if (s->last && t->steps + s->last > t->o.steps)
		return 1;
	rc = t->algo == &rl_es ? es_generation(s) : cma_generation(s, play_all, rank);
	for (size_t k = 0; k < s->pop; k++)
		sum += s->reward[k];
	rl_metric_set(t, "population_mean", sum / (double)s->pop);
	rl_metric_set(t, "population_best", s->reward[s->order[0]]);
	return rc;
}

static void
es_greedy(
    const struct rl_trainer *t, void *work, size_t m, const float *obs, void *state, float *act)
{
	const struct es *s = (const struct es *)t;
	size_t ld = nn_pad(t->env->act.n);
	const float *out = nn_mlp_forward(&s->net, t->w, m, obs, t->env->nobs, work);

	(void)state;
	for (size_t i = 0; i < m; i++)
		act_of(s, out + i * ld, act + i * rl_act_dim(t->env));
}

static void *
es_work_new(const struct rl_trainer *t, size_t rows)
{
	struct nn_mlp_work *k = mem_alloc(sizeof *k);

	nn_mlp_work_init(k, &((const struct es *)t)->net, rows);
	return k;
}

static void
es_work_free(void *work)
{
	nn_mlp_work_free(work);
	free(work);
}

static void
es_io(struct rl_trainer *t, struct rl_io *io)
{
	struct es *s = (struct es *)t;

	rl_io(io, t->w, t->nw * sizeof *t->w);
	rl_io(io, &s->last, sizeof s->last);
	rl_adam_io(&s->adam, io);
	if (t->algo == &rl_cma_es)
		cma_io(s, io);
}

static void
es_graph(const struct rl_trainer *t, struct onnx_writer *w, const char *in)
{
	const struct es *s = (const struct es *)t;
	int64_t dims[] = { -1, (int64_t)t->env->act.n };
	bool box = t->env->act.kind == RL_BOX;

	acnet_graph_mlp(&s->net, t->w, w, "pi", in, box ? "mean" : "logits", t->env->act.n);
	if (box) {
		acnet_graph_box(w, &t->env->act, "mean");
		return;
	}
	onnx_write_node(w, "Softmax", "softmax", "logits", "action_probs");
	onnx_write_attr_int(w, "axis", -1);
	onnx_write_output(w, "action_probs", dims, 2);
}

static void
es_close(struct rl_trainer *t)
{
	struct es *s = (struct es *)t;

	cma_close(s);
	rl_adam_free(&s->adam);
	free(t->w);
	free(s->at);
	free(s->x);
	free(s->reward);
	free(s->count);
	free(s->order);
	free(s->g);
}

const struct rl_algo rl_es = {
	.name = "es",
	.about = "evolution strategies",
	.discrete = true,
	.box = true,
	.size = sizeof(struct es),
	.open = es_open,
	.iterate = es_iterate,
	.greedy = es_greedy,
	.work_new = es_work_new,
	.work_free = es_work_free,
	.io = es_io,
	.graph = es_graph,
	.close = es_close,
};

const struct rl_algo rl_cma_es = {
	.name = "cma-es",
	.about = "covariance matrix adaptation",
	.discrete = true,
	.box = true,
	.size = sizeof(struct es),
	.open = es_open,
	.iterate = es_iterate,
	.greedy = es_greedy,
	.work_new = es_work_new,
	.work_free = es_work_free,
	.io = es_io,
	.graph = es_graph,
	.close = es_close,
};
