/*
 * Deep Q-learning (Mnih et al. 2015), with double (van Hasselt et al. 2016, arXiv:1509.06461),
 * dueling (Wang et al. 2016, arXiv:1511.06581), prioritised and n-step variants, Huber's loss. A
 * dueling network is one perceptron with one output more, the value: Q = V + A - mean A, which
 * shares the hidden layers as the paper's does.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rl/acnet.h"
#include "rl/replay.h"
#include "rl/train.h"

struct dqn {
	struct rl_trainer base;
	struct nn_mlp net;
	struct rl_adam adam;
	struct replay replay;
	float *target, *g;
	int64_t rounds, updates;
	struct nn_mlp_work one, batch, batch2;
	float *was, *x, *act; /* n observations before the step, normalised, actions */
	float *mb_x, *mb_next, *mb_weight, *mb_want, *mb_q;
	size_t *mb_index;
	size_t nact, batch_rows;
};

static int
dqn_open(struct rl_trainer *t)
{
	struct dqn *d = (struct dqn *)t;
	size_t hidden[NN_MLP_LAYERS - 1], nhidden, n = t->env->n, nobs = t->env->nobs, m;
	int rc = rl_hidden(t, hidden, NN_MLP_LAYERS - 1, &nhidden);

	if (rc < 0)
		return rc;
	d->nact = t->env->act.n;
	m = d->batch_rows = (size_t)t->o.batch;
	nn_mlp_shape(&d->net, 0, nobs, hidden, nhidden, d->nact + t->o.dueling,
	    t->o.act ? NN_RELU : NN_TANH);
	t->nw = d->net.nweights;
	t->w = mem_array(t->nw, sizeof *t->w);
	d->target = mem_array(t->nw, sizeof *t->w);
	d->g = mem_array(t->nw, sizeof *t->w);
	nn_mlp_init(&d->net, t->w, &t->rng, 1.4142135623730951, 0.1);
	memcpy(d->target, t->w, t->nw * sizeof *t->w);
	rl_adam_init(&d->adam, t->nw);
	replay_init(&d->replay, t, 1, t->o.per_alpha);
	nn_mlp_work_init(&d->one, &d->net, n);
	nn_mlp_work_init(&d->batch, &d->net, m);
	nn_mlp_work_init(&d->batch2, &d->net, m);
	d->was = mem_array(n * (2 * nobs + 1), sizeof *d->was);
	d->x = d->was + n * nobs;
	d->act = d->x + n * nobs;
	d->mb_x = mem_array(m * (2 * nobs + 3), sizeof *d->mb_x);
	d->mb_next = d->mb_x + m * nobs;
	d->mb_weight = d->mb_next + m * nobs;
	d->mb_want = d->mb_weight + m;
	d->mb_q = mem_array(d->nact, sizeof *d->mb_q);
	d->mb_index = mem_array(m, sizeof *d->mb_index);
	return 0;
}

/* Q of one row of the network's output. */
static void
values(const struct dqn *d, const float *out, float *q)
{
	double mean = 0, v = 0;

	if (d->base.o.dueling) {
		for (size_t j = 0; j < d->nact; j++)
			mean += (double)out[j];
		v = (double)out[d->nact] - mean / (double)d->nact;
	}
	for (size_t j = 0; j < d->nact; j++)
		q[j] = (float)(v + (double)out[j]);
}

/* Targets: reward + discount * Q'(next, a*), a* by the learning network (double) or by Q'. */
static void
targets(struct dqn *d, size_t m)
{
	const struct rl_trainer *t = &d->base;
	size_t ld = nn_pad(d->net.width[d->net.nlayers]), nobs = t->env->nobs;
	const float *chooser, *judge;

	judge = nn_mlp_forward(&d->net, d->target, m, d->mb_next, nobs, &d->batch2);
	chooser =
	    t->o.no_double ? judge : nn_mlp_forward(&d->net, t->w, m, d->mb_next, nobs, &d->batch);
	for (size_t i = 0; i < m; i++) {
		struct replay_row r = replay_row(&d->replay, d->mb_index[i]);
		size_t best = rl_argmax(chooser + i * ld, d->nact);

		values(d, judge + i * ld, d->mb_q);
		d->mb_want[i] = r.reward + r.discount * d->mb_q[best];
	}
}

static void
learn(struct dqn *d)
{
	struct rl_trainer *t = &d->base;
	size_t m = d->batch_rows, nobs = t->env->nobs, ld = nn_pad(d->net.width[d->net.nlayers]);
	double done = (double)t->steps / (double)t->o.steps, loss = 0, sum_q = 0;
	double beta = t->o.per_beta + (1 - t->o.per_beta) * (done < 1 ? done : 1);
	float *dout = nn_mlp_dout(&d->net, &d->batch);
	const float *out;

	replay_draw(&d->replay, &t->rng, m, beta, d->mb_index, d->mb_weight);
	for (size_t i = 0; i < m; i++) {
		struct replay_row r = replay_row(&d->replay, d->mb_index[i]);

		rl_norm_apply(&t->norm, r.obs, 1, d->mb_x + i * nobs);
		rl_norm_apply(&t->norm, r.next, 1, d->mb_next + i * nobs);
	}
	targets(d, m);
	out = nn_mlp_forward(&d->net, t->w, m, d->mb_x, nobs, &d->batch);
	memset(d->g, 0, t->nw * sizeof *d->g);
	for (size_t i = 0; i < m; i++) {
		size_t a = (size_t)replay_row(&d->replay, d->mb_index[i]).act[0];
		float *row = dout + i * ld, e, grad;

		values(d, out + i * ld, d->mb_q);
		e = d->mb_q[a] - d->mb_want[i];
		grad = (e > 1 ? 1 : e < -1 ? -1 : e) * d->mb_weight[i] / (float)m;
		loss += (double)(grad * e);
		sum_q += (double)d->mb_q[a];
		for (size_t j = 0; j < d->nact; j++)
			row[j] = (j == a ? grad : 0) - (t->o.dueling ? grad / (float)d->nact : 0);
		if (t->o.dueling)
			row[d->nact] = grad;
		replay_set(&d->replay, d->mb_index[i], (double)e);
	}
	nn_mlp_backward(&d->net, t->w, m, d->mb_x, nobs, &d->batch, d->g, NULL);
	rl_adam_step(&d->adam, t->w, d->g, t->o.lr * rl_schedule(t), t->o.adam_eps, t->o.max_norm);
	if (++d->updates % t->o.target_every == 0)
		memcpy(d->target, t->w, t->nw * sizeof *t->w);
	rl_metric_set(t, "loss", loss);
	rl_metric_set(t, "q_mean", sum_q / (double)m);
}

static double
epsilon(const struct rl_trainer *t)
{
	double part = t->o.eps_part * (double)t->o.steps;
	double done = part > 0 ? (double)t->steps / part : 1;

	return done >= 1 ? t->o.eps_end : 1 + (t->o.eps_end - 1) * done;
}

/* A round: every copy one step, and when it is time, updates. */
static int
round_of(struct dqn *d)
{
	struct rl_trainer *t = &d->base;
	size_t n = t->env->n, nobs = t->env->nobs, ld = nn_pad(d->net.width[d->net.nlayers]);
	double eps = epsilon(t);
	const float *out;
	int rc;

	memcpy(d->was, t->obs, n * nobs * sizeof *d->was);
	rl_norm_add(&t->norm, t->obs, n);
	rl_norm_apply(&t->norm, t->obs, n, d->x);
	out = nn_mlp_forward(&d->net, t->w, n, d->x, nobs, &d->one);
	for (size_t i = 0; i < n; i++)
		d->act[i] = rng_uniform(&t->rng) < eps ? (float)rng_below(&t->rng, d->nact)
						       : (float)rl_argmax(out + i * ld, d->nact);
	rc = rl_advance(t, d->act);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++) {
		bool over = t->out[i].terminated || t->out[i].truncated;

		replay_add(&d->replay, i, d->was + i * nobs, d->act + i, rl_scaled(t, i),
		    (over ? t->ended : t->obs) + i * nobs, &t->out[i]);
	}
	d->rounds++;
	if (t->steps < t->o.learn_after || d->rounds % t->o.train_every != 0 || !d->replay.n)
		return 0;
	for (int64_t k = 0; k < t->o.updates; k++)
		learn(d);
	rl_metric_set(t, "epsilon", eps);
	return 0;
}

static int
dqn_iterate(struct rl_trainer *t)
{
	int rc = 0;

	for (int k = 0; k < 64 && t->steps + (int64_t)t->env->n <= t->o.steps && rc == 0; k++)
		rc = round_of((struct dqn *)t);
	return rc;
}

static void
dqn_greedy(
    const struct rl_trainer *t, void *work, size_t m, const float *obs, void *state, float *act)
{
	const struct dqn *d = (const struct dqn *)t;
	size_t ld = nn_pad(d->net.width[d->net.nlayers]);
	float *x = mem_array(m * t->env->nobs, sizeof *x);
	const float *out;

	(void)state;
	rl_norm_apply(&t->norm, obs, m, x);
	out = nn_mlp_forward(&d->net, t->w, m, x, t->env->nobs, work);
	for (size_t i = 0; i < m; i++)
		act[i] = (float)rl_argmax(out + i * ld, d->nact);
	free(x);
}

static void *
dqn_work_new(const struct rl_trainer *t, size_t rows)
{
	struct nn_mlp_work *k = mem_alloc(sizeof *k);

	nn_mlp_work_init(k, &((const struct dqn *)t)->net, rows);
	return k;
}

static void
dqn_work_free(void *work)
{
	nn_mlp_work_free(work);
	free(work);
}

static void
dqn_io(struct rl_trainer *t, struct rl_io *io)
{
	struct dqn *d = (struct dqn *)t;

	rl_io(io, t->w, t->nw * sizeof *t->w);
	rl_io(io, d->target, t->nw * sizeof *t->w);
	rl_adam_io(&d->adam, io);
	replay_io(&d->replay, io);
	rl_io(io, &d->rounds, sizeof d->rounds);
	rl_io(io, &d->updates, sizeof d->updates);
	if (io->reading && !io->bad && !replay_acts_below(&d->replay, d->nact))
		io->bad = true;
}

/* The output is softmax(Q), whose largest is the greedy action. Of a dueling network the advantages
 * do: the value and the mean shift all alike. */
static void
dqn_graph(const struct rl_trainer *t, struct onnx_writer *w, const char *in)
{
	const struct dqn *d = (const struct dqn *)t;
	int64_t dims[] = { -1, (int64_t)d->nact };

	acnet_graph_mlp(&d->net, t->w, w, "q", in, "advantages", d->nact);
	onnx_write_node(w, "Softmax", "softmax", "advantages", "action_probs");
	onnx_write_attr_int(w, "axis", -1);
	onnx_write_output(w, "action_probs", dims, 2);
}

static void
dqn_close(struct rl_trainer *t)
{
	struct dqn *d = (struct dqn *)t;

	replay_free(&d->replay);
	rl_adam_free(&d->adam);
	nn_mlp_work_free(&d->one);
	nn_mlp_work_free(&d->batch);
	nn_mlp_work_free(&d->batch2);
	free(t->w);
	free(d->target);
	free(d->g);
	free(d->was);
	free(d->mb_x);
	free(d->mb_q);
	free(d->mb_index);
}

const struct rl_algo rl_dqn = {
	.name = "dqn",
	.about = "deep Q-learning",
	.discrete = true,
	.size = sizeof(struct dqn),
	.open = dqn_open,
	.iterate = dqn_iterate,
	.greedy = dqn_greedy,
	.work_new = dqn_work_new,
	.work_free = dqn_work_free,
	.io = dqn_io,
	.graph = dqn_graph,
	.close = dqn_close,
};
