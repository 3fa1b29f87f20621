#include "rl/ppo.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

#define LOG_SQRT_2PI 0.91893853320467274

static void
shape(struct ppo *p, const size_t *hidden, size_t nhidden)
{
	struct rl_trainer *t = &p->base;
	struct acnet *n = &p->net;
	enum nn_act act = t->o.act ? NN_RELU : NN_TANH;
	size_t at = 0, in = t->env->nobs;

	n->nobs = t->env->nobs;
	n->nout = t->env->act.n;
	n->act = &t->env->act;
	n->box = t->env->act.kind == RL_BOX;
	n->recurrent = t->o.net != 0;
	if (n->recurrent) {
		nn_rnn_shape(&n->rnn, 0, t->o.net == 1 ? NN_LSTM : NN_GRU, in, hidden[0]);
		at += n->rnn.nweights;
		in = hidden[0];
		n->state = n->rnn.state;
		nhidden = 0;
	}
	nn_mlp_shape(&n->pi, at, in, hidden, nhidden, n->nout, act);
	at += n->pi.nweights;
	nn_mlp_shape(&n->vf, at, in, hidden, nhidden, 1, act);
	at += n->vf.nweights;
	n->log_std = at;
	if (n->box)
		at += nn_pad(n->nout);
	n->nweights = at;
}

static void
make_rollout(struct ppo *p, size_t n)
{
	struct rl_trainer *t = &p->base;
	size_t rows = p->most * n, nobs = t->env->nobs, state = p->net.state;

	p->obs = mem_array(rows * (nobs + p->dim + 5), sizeof *p->obs);
	p->act = p->obs + rows * nobs;
	p->logp = p->act + rows * p->dim;
	p->value = p->logp + rows;
	p->reward = p->value + rows;
	p->adv = p->reward + rows;
	p->ret = p->adv + rows;
	p->begins = mem_array(2 * rows + n, 1);
	p->over = p->begins + rows;
	p->fresh = p->over + rows;
	memset(p->fresh, 1, n);
	p->memory = mem_array(n * (2 * state + 1 + p->dim), sizeof *p->memory);
	p->memory0 = p->memory + n * state;
	p->last = p->memory0 + n * state;
	p->held = p->last + n;
	p->mb_obs = mem_array(p->mb_rows * (nobs + p->dim + 3 + state), sizeof *p->mb_obs);
	p->mb_act = p->mb_obs + p->mb_rows * nobs;
	p->mb_logp = p->mb_act + p->mb_rows * p->dim;
	p->mb_adv = p->mb_logp + p->mb_rows;
	p->mb_ret = p->mb_adv + p->mb_rows;
	p->mb_memory = p->mb_ret + p->mb_rows;
	p->mb_begins = mem_array(p->mb_rows, 1);
	p->order = mem_array(rows, sizeof *p->order);
}

static int
ppo_open(struct rl_trainer *t)
{
	struct ppo *p = (struct ppo *)t;
	size_t hidden[NN_MLP_LAYERS - 1], nhidden, n = t->env->n;
	int rc = rl_hidden(t, hidden, NN_MLP_LAYERS - 1, &nhidden);

	if (rc < 0)
		return rc;
	if (t->o.net && nhidden != 1)
		return err_set(t->err, ERR_USAGE,
		    "--net lstm and gru are one layer: --hidden takes one width");
	p->dim = rl_act_dim(t->env);
	shape(p, hidden, nhidden);
	p->most = (size_t)t->o.n_steps;
	/* a recurrent minibatch is whole sequences */
	p->mb_rows = t->o.net ? (size_t)t->o.batch / p->most * p->most : (size_t)t->o.batch;
	if (t->o.net && p->mb_rows < p->most)
		p->mb_rows = p->most;
	if (t->algo == &rl_a2c || p->mb_rows > p->most * n)
		p->mb_rows = p->most * n;
	t->nw = p->net.nweights;
	t->w = mem_array(t->nw, sizeof *t->w);
	p->g = mem_array(t->nw, sizeof *p->g);
	acnet_init(&p->net, t->w, &t->rng);
	rl_adam_init(&p->adam, t->nw);
	make_rollout(p, n);
	acnet_work_init(&p->one, &p->net, 1, n);
	acnet_work_init(&p->few, &p->net, 1, 1);
	acnet_work_init(&p->batch, &p->net, t->o.net ? p->most : 1,
	    t->o.net ? p->mb_rows / p->most : p->mb_rows);
	return 0;
}

static void
draw_box(struct ppo *p, const float *mean, float *act, float *logp)
{
	const float *log_std = p->base.w + p->net.log_std;
	double sum = 0;

	for (size_t j = 0; j < p->net.nout; j++) {
		double z = rng_normal(&p->base.rng);

		act[j] = (float)((double)mean[j] + z * num_exp((double)log_std[j]));
		sum -= z * z / 2 + (double)log_std[j] + LOG_SQRT_2PI;
	}
	*logp = (float)sum;
}

void
ppo_draw(struct ppo *p, size_t m, const float *out, float *act, float *logp)
{
	const struct nn_dense *f = nn_dense();
	size_t n = p->net.nout, ld = nn_pad(n);

	for (size_t i = 0; i < m; i++) {
		const float *o = out + i * ld;
		float e[256], most, sum = 0, u, run = 0;
		size_t a = 0;

		if (p->net.box) {
			draw_box(p, o, act + i * n, logp + i);
			continue;
		}
		most = o[rl_argmax(o, n)];
		for (size_t j = 0; j < n; j++)
			e[j] = o[j] - most;
		f->exp(n, e);
		for (size_t j = 0; j < n; j++)
			sum += e[j];
		u = (float)rng_uniform(&p->base.rng) * sum;
		while (a + 1 < n && (run += e[a]) <= u)
			a++;
		act[i] = (float)a;
		logp[i] = (float)((double)(o[a] - most) - num_log((double)sum));
	}
}

/* The value of the observation that an episode was cut off at, for one copy. The memory is the one
 * after the step, which is what the critic would have gone on from. */
static float
value_after(struct ppo *p, size_t i)
{
	struct rl_trainer *t = &p->base;
	size_t nobs = t->env->nobs, state = p->net.state;
	float *x = p->mb_obs, *memory = p->mb_memory;
	uint8_t no = 0;

	rl_norm_apply(&t->norm, t->ended + i * nobs, 1, x);
	if (state)
		memcpy(memory, p->memory + i * state, state * sizeof *memory);
	acnet_forward(&p->net, t->w, 1, 1, x, &no, memory, true, &p->few);
	return p->few.value[0];
}

static int
step(struct ppo *p, size_t k)
{
	struct rl_trainer *t = &p->base;
	size_t n = t->env->n, nobs = t->env->nobs, at = k * n;
	float *x = p->obs + at * nobs, *act = p->act + at * p->dim;
	int rc;

	rl_norm_add(&t->norm, t->obs, n);
	rl_norm_apply(&t->norm, t->obs, n, x);
	memcpy(p->begins + at, p->fresh, n);
	acnet_forward(&p->net, t->w, 1, n, x, p->fresh, p->memory, true, &p->one);
	ppo_draw(p, n, p->one.out, act, p->logp + at);
	for (size_t i = 0; i < n; i++)
		p->value[at + i] = p->one.value[i * NN_LANES];
	if (p->net.box) {
		float *held = p->held;

		/* what is learned from is the action as drawn, what is done is held to the bounds
		 */
		for (size_t i = 0; i < n; i++)
			rl_to_box(t->env, act + i * p->dim, held + i * p->dim);
		rc = rl_advance(t, held);
	} else {
		rc = rl_advance(t, act);
	}
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++) {
		bool over = t->out[i].terminated || t->out[i].truncated;

		p->reward[at + i] = rl_scaled(t, i);
		if (over && !t->out[i].terminated)
			p->reward[at + i] += (float)t->o.gamma * value_after(p, i);
		p->over[at + i] = p->fresh[i] = over;
	}
	return 0;
}

/* Generalised advantages, backward: delta = r + gamma v' - v; a = delta + gamma lambda a'. */
static void
advantages(struct ppo *p)
{
	size_t n = p->base.env->n;
	float gamma = (float)p->base.o.gamma, lambda = (float)p->base.o.lambda;

	for (size_t i = 0; i < n; i++) {
		float a = 0, v = p->last[i];

		for (size_t k = p->T; k-- > 0;) {
			size_t at = k * n + i;

			if (p->over[at])
				a = v = 0;
			a = p->reward[at] + gamma * v - p->value[at] + gamma * lambda * a;
			v = p->value[at];
			p->adv[at] = a;
			p->ret[at] = a + v;
		}
	}
}

static int
ppo_iterate(struct rl_trainer *t)
{
	struct ppo *p = (struct ppo *)t;
	size_t n = t->env->n, left = (size_t)(t->o.steps - t->steps) / n;
	float *memory, *x;
	int rc = 0;

	p->T = left < p->most ? left : p->most;
	memcpy(p->memory0, p->memory, n * p->net.state * sizeof *p->memory);
	for (size_t k = 0; k < p->T && rc == 0; k++)
		rc = step(p, k);
	if (rc < 0)
		return rc;
	/* the values of what comes next, without moving the memory on */
	x = mem_array(n * (t->env->nobs + p->net.state), sizeof *x);
	memory = x + n * t->env->nobs;
	memcpy(memory, p->memory, n * p->net.state * sizeof *memory);
	rl_norm_apply(&t->norm, t->obs, n, x);
	acnet_forward(&p->net, t->w, 1, n, x, p->fresh, memory, true, &p->one);
	for (size_t i = 0; i < n; i++)
		p->last[i] = p->one.value[i * NN_LANES];
	free(x);
	advantages(p);
	ppo_learn(p);
	return 0;
}

static void
ppo_greedy(
    const struct rl_trainer *t, void *work, size_t m, const float *obs, void *state, float *act)
{
	const struct ppo *p = (const struct ppo *)t;
	struct acnet_work *k = work;
	size_t n = p->net.nout, ld = nn_pad(n);
	float *x = mem_array(m * t->env->nobs, sizeof *x);
	uint8_t *no = mem_array(m, 1);

	rl_norm_apply(&t->norm, obs, m, x);
	acnet_forward(&p->net, t->w, 1, m, x, no, state, false, k);
	for (size_t i = 0; i < m; i++)
		if (p->net.box)
			rl_to_box(t->env, k->out + i * ld, act + i * n);
		else
			act[i] = (float)rl_argmax(k->out + i * ld, n);
	free(x);
	free(no);
}

static void *
ppo_work_new(const struct rl_trainer *t, size_t rows)
{
	struct acnet_work *k = mem_alloc(sizeof *k);

	acnet_work_init(k, &((const struct ppo *)t)->net, 1, rows);
	return k;
}

static void
ppo_work_free(void *work)
{
	acnet_work_free(work);
	free(work);
}

static size_t
ppo_state_size(const struct rl_trainer *t)
{
	return ((const struct ppo *)t)->net.state * sizeof(float);
}

static void
ppo_io(struct rl_trainer *t, struct rl_io *io)
{
	struct ppo *p = (struct ppo *)t;

	rl_io(io, t->w, t->nw * sizeof *t->w);
	rl_adam_io(&p->adam, io);
	rl_io(io, p->memory, t->env->n * p->net.state * sizeof *p->memory);
	rl_io(io, p->fresh, t->env->n);
}

static void
ppo_graph(const struct rl_trainer *t, struct onnx_writer *w, const char *in)
{
	acnet_graph(&((const struct ppo *)t)->net, t->w, w, in);
}

static void
ppo_close(struct rl_trainer *t)
{
	struct ppo *p = (struct ppo *)t;

	acnet_work_free(&p->one);
	acnet_work_free(&p->few);
	acnet_work_free(&p->batch);
	rl_adam_free(&p->adam);
	free(t->w);
	free(p->g);
	free(p->obs);
	free(p->begins);
	free(p->memory);
	free(p->mb_obs);
	free(p->mb_begins);
	free(p->order);
}

const struct rl_algo rl_ppo = {
	.name = "ppo",
	.about = "proximal policy optimisation",
	.discrete = true,
	.box = true,
	.recurrent = true,
	.size = sizeof(struct ppo),
	.open = ppo_open,
	.iterate = ppo_iterate,
	.greedy = ppo_greedy,
	.work_new = ppo_work_new,
	.work_free = ppo_work_free,
	.state_size = ppo_state_size,
	.io = ppo_io,
	.graph = ppo_graph,
	.close = ppo_close,
};

const struct rl_algo rl_a2c = {
	.name = "a2c",
	.about = "advantage actor-critic",
	.discrete = true,
	.box = true,
	.recurrent = true,
	.size = sizeof(struct ppo),
	.open = ppo_open,
	.iterate = ppo_iterate,
	.greedy = ppo_greedy,
	.work_new = ppo_work_new,
	.work_free = ppo_work_free,
	.state_size = ppo_state_size,
	.io = ppo_io,
	.graph = ppo_graph,
	.close = ppo_close,
};
