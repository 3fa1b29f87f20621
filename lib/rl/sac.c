/*
 * Soft actor-critic (Haarnoja et al. 2018, arXiv:1812.05905): a tanh-squashed normal policy, two
 * critics and their slow targets, the temperature learned so that the entropy is that of -1 nat an
 * action.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/math.h"
#include "base/mem.h"
#include "base/num.h"
#include "rl/acnet.h"
#include "rl/replay.h"
#include "rl/train.h"

#define LOG_SQRT_2PI 0.91893853320467274
#define LOG_STD_LEAST (-10.0)
#define LOG_STD_MOST 2.0

struct sac {
	struct rl_trainer base;
	struct nn_mlp pi, q[2]; /* in one block: the actor, then both critics */
	struct rl_adam adam_pi, adam_q, adam_alpha;
	struct replay replay;
	float *target, *g; /* critics' targets in a block of the same layout */
	float log_alpha;
	int64_t rounds;
	struct nn_mlp_work one, wpi, wq[2];
	size_t dim, nobs, m;
	float *was, *x, *act, *held;
	float *mb_sa, *mb_s, *mb_next, *mb_want, *mb_eps, *mb_logp, *mb_dx[2];
	size_t *mb_index;
};

static void
make_batch(struct sac *s, size_t n)
{
	size_t m = s->m, in = s->nobs + s->dim;

	s->was = mem_array(n * (2 * s->nobs + 2 * s->dim), sizeof *s->was);
	s->x = s->was + n * s->nobs;
	s->act = s->x + n * s->nobs;
	s->held = s->act + n * s->dim;
	s->mb_sa =
	    mem_array(m * (in + 2 * s->nobs + 2 + s->dim + 2 * nn_pad(in)), sizeof *s->mb_sa);
	s->mb_s = s->mb_sa + m * in;
	s->mb_next = s->mb_s + m * s->nobs;
	s->mb_want = s->mb_next + m * s->nobs;
	s->mb_logp = s->mb_want + m;
	s->mb_eps = s->mb_logp + m;
	s->mb_dx[0] = s->mb_eps + m * s->dim;
	s->mb_dx[1] = s->mb_dx[0] + m * nn_pad(in);
	s->mb_index = mem_array(m, sizeof *s->mb_index);
}

static int
sac_open(struct rl_trainer *t)
{
	struct sac *s = (struct sac *)t;
	size_t hidden[NN_MLP_LAYERS - 1], nhidden, n = t->env->n, at = 0, in;
	enum nn_act act = t->o.act ? NN_RELU : NN_TANH;
	int rc = rl_hidden(t, hidden, NN_MLP_LAYERS - 1, &nhidden);

	if (rc < 0)
		return rc;
	s->dim = t->env->act.n;
	s->nobs = t->env->nobs;
	s->m = (size_t)t->o.batch;
	in = s->nobs + s->dim;
	nn_mlp_shape(&s->pi, 0, s->nobs, hidden, nhidden, 2 * s->dim, act);
	at = s->pi.nweights;
	for (int k = 0; k < 2; k++) {
		nn_mlp_shape(&s->q[k], at, in, hidden, nhidden, 1, act);
		at += s->q[k].nweights;
	}
	t->nw = at;
	t->w = mem_array(at, sizeof *t->w);
	s->g = mem_array(at, sizeof *s->g);
	nn_mlp_init(&s->pi, t->w, &t->rng, 1.4142135623730951, 0.01);
	for (int k = 0; k < 2; k++)
		nn_mlp_init(&s->q[k], t->w, &t->rng, 1.4142135623730951, 1);
	s->target = mem_dup(t->w, at * sizeof *t->w);
	rl_adam_init(&s->adam_pi, s->pi.nweights);
	rl_adam_init(&s->adam_q, at - s->pi.nweights);
	rl_adam_init(&s->adam_alpha, 1);
	replay_init(&s->replay, t, s->dim, 0);
	nn_mlp_work_init(&s->one, &s->pi, n);
	nn_mlp_work_init(&s->wpi, &s->pi, s->m);
	for (int k = 0; k < 2; k++)
		nn_mlp_work_init(&s->wq[k], &s->q[k], s->m);
	make_batch(s, n);
	return 0;
}

static double
held_log_std(float x)
{
	double v = (double)x;

	return v < LOG_STD_LEAST ? LOG_STD_LEAST : v > LOG_STD_MOST ? LOG_STD_MOST : v;
}

/* Draw from one row of the actor's output; the noise used, and log pi of what was drawn. */
static double
draw(struct sac *s, const float *out, float *act, float *eps)
{
	double logp = 0;

	for (size_t j = 0; j < s->dim; j++) {
		double ls = held_log_std(out[s->dim + j]), z = rng_normal(&s->base.rng);
		double a = num_tanh((double)out[j] + num_exp(ls) * z);

		act[j] = (float)a;
		eps[j] = (float)z;
		logp -= z * z / 2 + ls + LOG_SQRT_2PI + num_log(1 - a * a + 1e-6);
	}
	return logp;
}

/* Rows (obs, action) for the critics. */
static void
join(struct sac *s, size_t i, const float *obs, const float *act)
{
	float *row = s->mb_sa + i * (s->nobs + s->dim);

	memcpy(row, obs, s->nobs * sizeof *row);
	memcpy(row + s->nobs, act, s->dim * sizeof *row);
}

/* y = r + discount (min Q'(s', a') - alpha log pi(a' | s')) */
static void
targets(struct sac *s)
{
	const struct rl_trainer *t = &s->base;
	size_t in = s->nobs + s->dim, ld = nn_pad(2 * s->dim);
	double alpha = num_exp((double)s->log_alpha);
	float act[256], eps[256];
	const float *out = nn_mlp_forward(&s->pi, t->w, s->m, s->mb_next, s->nobs, &s->wpi), *q[2];

	for (size_t i = 0; i < s->m; i++) {
		s->mb_logp[i] = (float)draw(s, out + i * ld, act, eps);
		join(s, i, s->mb_next + i * s->nobs, act);
	}
	for (int k = 0; k < 2; k++)
		q[k] = nn_mlp_forward(&s->q[k], s->target, s->m, s->mb_sa, in, &s->wq[k]);
	for (size_t i = 0; i < s->m; i++) {
		struct replay_row r = replay_row(&s->replay, s->mb_index[i]);
		double least = (double)fminf(q[0][i * NN_LANES], q[1][i * NN_LANES]) -
			       alpha * (double)s->mb_logp[i];

		s->mb_want[i] = (float)((double)r.reward + (double)r.discount * least);
	}
}

static void
learn_critics(struct sac *s)
{
	struct rl_trainer *t = &s->base;
	size_t in = s->nobs + s->dim;
	double loss = 0;

	for (size_t i = 0; i < s->m; i++)
		join(s, i, s->mb_s + i * s->nobs, replay_row(&s->replay, s->mb_index[i]).act);
	memset(s->g, 0, t->nw * sizeof *s->g);
	for (int k = 0; k < 2; k++) {
		const float *q = nn_mlp_forward(&s->q[k], t->w, s->m, s->mb_sa, in, &s->wq[k]);
		float *d = nn_mlp_dout(&s->q[k], &s->wq[k]);

		for (size_t i = 0; i < s->m; i++) {
			float e = q[i * NN_LANES] - s->mb_want[i];

			loss += (double)(e * e);
			d[i * NN_LANES] = e / (float)s->m;
		}
		nn_mlp_backward(&s->q[k], t->w, s->m, s->mb_sa, in, &s->wq[k], s->g, NULL);
	}
	rl_adam_step(&s->adam_q, t->w + s->pi.nweights, s->g + s->pi.nweights,
	    t->o.lr * rl_schedule(t), t->o.adam_eps, t->o.max_norm);
	rl_metric_set(t, "q_loss", loss / 2 / (double)s->m);
}

/* d min Q / d action for each row of mb_sa. */
static void
slopes(struct sac *s)
{
	const struct rl_trainer *t = &s->base;
	size_t in = s->nobs + s->dim;
	const float *q[2];

	for (int k = 0; k < 2; k++)
		q[k] = nn_mlp_forward(&s->q[k], t->w, s->m, s->mb_sa, in, &s->wq[k]);
	for (size_t i = 0; i < s->m; i++) {
		bool first = q[0][i * NN_LANES] <= q[1][i * NN_LANES];

		nn_mlp_dout(&s->q[0], &s->wq[0])[i * NN_LANES] = first;
		nn_mlp_dout(&s->q[1], &s->wq[1])[i * NN_LANES] = !first;
	}
	for (int k = 0; k < 2; k++)
		nn_mlp_backward(&s->q[k], t->w, s->m, s->mb_sa, in, &s->wq[k], NULL, s->mb_dx[k]);
}

/* The loss is mean of alpha log pi(a) - min Q(s, a), a = tanh(mean + std * eps). */
static void
learn_actor(struct sac *s)
{
	struct rl_trainer *t = &s->base;
	size_t in = s->nobs + s->dim, ld = nn_pad(2 * s->dim), wide = nn_pad(in);
	double alpha = num_exp((double)s->log_alpha), sum = 0;
	float act[256], *d = nn_mlp_dout(&s->pi, &s->wpi), grad;
	const float *out = nn_mlp_forward(&s->pi, t->w, s->m, s->mb_s, s->nobs, &s->wpi);

	for (size_t i = 0; i < s->m; i++) {
		sum += draw(s, out + i * ld, act, s->mb_eps + i * s->dim);
		join(s, i, s->mb_s + i * s->nobs, act);
	}
	slopes(s);
	memset(s->g, 0, s->pi.nweights * sizeof *s->g);
	for (size_t i = 0; i < s->m; i++)
		for (size_t j = 0; j < s->dim; j++) {
			double a = (double)s->mb_sa[i * in + s->nobs + j];
			double eps = (double)s->mb_eps[i * s->dim + j];
			double raw = (double)out[i * ld + s->dim + j],
			       ls = held_log_std((float)raw);
			double dq = (double)(s->mb_dx[0][i * wide + s->nobs + j] +
					     s->mb_dx[1][i * wide + s->nobs + j]);
			double du =
			    alpha * 2 * a * (1 - a * a) / (1 - a * a + 1e-6) - dq * (1 - a * a);

			d[i * ld + j] = (float)(du / (double)s->m);
			d[i * ld + s->dim + j] =
			    ls != raw ? 0
				      : (float)((du * num_exp(ls) * eps - alpha) / (double)s->m);
		}
	nn_mlp_backward(&s->pi, t->w, s->m, s->mb_s, s->nobs, &s->wpi, s->g, NULL);
	rl_adam_step(
	    &s->adam_pi, t->w, s->g, t->o.lr * rl_schedule(t), t->o.adam_eps, t->o.max_norm);
	grad = (float)-(sum / (double)s->m - (double)s->dim);
	rl_adam_step(
	    &s->adam_alpha, &s->log_alpha, &grad, t->o.lr * rl_schedule(t), t->o.adam_eps, 0);
	rl_metric_set(t, "alpha", alpha);
	rl_metric_set(t, "entropy", -sum / (double)s->m);
}

static void
learn(struct sac *s)
{
	struct rl_trainer *t = &s->base;
	float tau = (float)t->o.tau;

	/* uniform draws: their weights are all 1 and not asked for again */
	replay_draw(&s->replay, &t->rng, s->m, 0, s->mb_index, s->mb_want);
	for (size_t i = 0; i < s->m; i++) {
		struct replay_row r = replay_row(&s->replay, s->mb_index[i]);

		rl_norm_apply(&t->norm, r.obs, 1, s->mb_s + i * s->nobs);
		rl_norm_apply(&t->norm, r.next, 1, s->mb_next + i * s->nobs);
	}
	targets(s);
	learn_critics(s);
	learn_actor(s);
	for (size_t i = s->pi.nweights; i < t->nw; i++)
		s->target[i] += tau * (t->w[i] - s->target[i]);
}

static int
round_of(struct sac *s)
{
	struct rl_trainer *t = &s->base;
	size_t n = t->env->n, ld = nn_pad(2 * s->dim);
	float eps[256];
	int rc;

	memcpy(s->was, t->obs, n * s->nobs * sizeof *s->was);
	rl_norm_add(&t->norm, t->obs, n);
	rl_norm_apply(&t->norm, t->obs, n, s->x);
	const float *out = nn_mlp_forward(&s->pi, t->w, n, s->x, s->nobs, &s->one);
	for (size_t i = 0; i < n; i++) {
		float *a = s->act + i * s->dim;

		if (t->steps < t->o.learn_after)
			for (size_t j = 0; j < s->dim; j++)
				a[j] = (float)(2 * rng_uniform(&t->rng) - 1);
		else
			draw(s, out + i * ld, a, eps);
		rl_to_box(t->env, a, s->held + i * s->dim);
	}
	rc = rl_advance(t, s->held);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++) {
		bool over = t->out[i].terminated || t->out[i].truncated;

		replay_add(&s->replay, i, s->was + i * s->nobs, s->act + i * s->dim,
		    rl_scaled(t, i), (over ? t->ended : t->obs) + i * s->nobs, &t->out[i]);
	}
	s->rounds++;
	if (t->steps < t->o.learn_after || s->rounds % t->o.train_every != 0 || !s->replay.n)
		return 0;
	for (int64_t k = 0; k < t->o.updates; k++)
		learn(s);
	return 0;
}

static int
sac_iterate(struct rl_trainer *t)
{
	int rc = 0;

	for (int k = 0; k < 64 && t->steps + (int64_t)t->env->n <= t->o.steps && rc == 0; k++)
		rc = round_of((struct sac *)t);
	return rc;
}

static void
sac_greedy(
    const struct rl_trainer *t, void *work, size_t m, const float *obs, void *state, float *act)
{
	const struct sac *s = (const struct sac *)t;
	size_t ld = nn_pad(2 * s->dim);
	float *x = mem_array(m * s->nobs, sizeof *x), mean[256];
	const float *out;

	(void)state;
	rl_norm_apply(&t->norm, obs, m, x);
	out = nn_mlp_forward(&s->pi, t->w, m, x, s->nobs, work);
	for (size_t i = 0; i < m; i++) {
		memcpy(mean, out + i * ld, s->dim * sizeof *mean);
		nn_dense()->tanh(s->dim, mean);
		rl_to_box(t->env, mean, act + i * s->dim);
	}
	free(x);
}

static void *
sac_work_new(const struct rl_trainer *t, size_t rows)
{
	struct nn_mlp_work *k = mem_alloc(sizeof *k);

	nn_mlp_work_init(k, &((const struct sac *)t)->pi, rows);
	return k;
}

static void
sac_work_free(void *work)
{
	nn_mlp_work_free(work);
	free(work);
}

static void
sac_io(struct rl_trainer *t, struct rl_io *io)
{
	struct sac *s = (struct sac *)t;

	rl_io(io, t->w, t->nw * sizeof *t->w);
	rl_io(io, s->target, t->nw * sizeof *t->w);
	rl_io(io, &s->log_alpha, sizeof s->log_alpha);
	rl_adam_io(&s->adam_pi, io);
	rl_adam_io(&s->adam_q, io);
	rl_adam_io(&s->adam_alpha, io);
	replay_io(&s->replay, io);
	rl_io(io, &s->rounds, sizeof s->rounds);
}

static void
sac_graph(const struct rl_trainer *t, struct onnx_writer *w, const char *in)
{
	const struct sac *s = (const struct sac *)t;

	acnet_graph_mlp(&s->pi, t->w, w, "pi", in, "mean", s->dim);
	onnx_write_node(w, "Tanh", "squash", "mean", "squashed");
	acnet_graph_box(w, &t->env->act, "squashed");
}

static void
sac_close(struct rl_trainer *t)
{
	struct sac *s = (struct sac *)t;

	replay_free(&s->replay);
	rl_adam_free(&s->adam_pi);
	rl_adam_free(&s->adam_q);
	rl_adam_free(&s->adam_alpha);
	nn_mlp_work_free(&s->one);
	nn_mlp_work_free(&s->wpi);
	nn_mlp_work_free(&s->wq[0]);
	nn_mlp_work_free(&s->wq[1]);
	free(t->w);
	free(s->target);
	free(s->g);
	free(s->was);
	free(s->mb_sa);
	free(s->mb_index);
}

const struct rl_algo rl_sac = {
	.name = "sac",
	.about = "soft actor-critic",
	.box = true,
	.size = sizeof(struct sac),
	.open = sac_open,
	.iterate = sac_iterate,
	.greedy = sac_greedy,
	.work_new = sac_work_new,
	.work_free = sac_work_free,
	.io = sac_io,
	.graph = sac_graph,
	.close = sac_close,
};
