#include "rl/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

const struct rl_algo *const rl_algos[] = { &rl_ppo, &rl_a2c, &rl_dqn, &rl_sac, &rl_es, &rl_cma_es,
	NULL };

void
rl_io(struct rl_io *io, void *p, size_t n)
{
	if (!io->reading) {
		buf_put(io->out, p, n);
		return;
	}
	if (io->bad || io->left < n) {
		io->bad = true;
		return;
	}
	memcpy(p, io->in, n);
	io->in += n;
	io->left -= n;
}

/* The seed of a copy's k-th episode; splitmix64's finish spreads them over all 64 bits. */
static uint64_t
episode_seed(const struct rl_trainer *t, size_t i)
{
	uint64_t z = (uint64_t)t->o.seed * UINT64_C(0xd1342543de82ef95) +
		     (t->started[i] * t->env->n + i + 1) * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static int
begin(struct rl_trainer *t, size_t i)
{
	uint64_t seed = episode_seed(t, i);

	t->started[i]++;
	t->ret[i] = 0;
	return rl_env_reset(t->env, i, seed, t->obs + i * t->env->nobs);
}

static int
check(const struct rl_algo *algo, const struct rl_opts *o, const struct rl_env *env, struct err *e)
{
	if (env->act.kind == RL_BOX ? !algo->box : !algo->discrete)
		return err_set(e, ERR_USAGE, "%s cannot learn %s actions, which %s has", algo->name,
		    env->act.kind == RL_BOX ? "continuous" : "discrete", env->kind->name);
	if (env->act.n > 256 || env->nobs > 65536)
		return err_set(e, ERR_USAGE, "%s has more than 256 actions or 65536 features",
		    env->kind->name);
	if (o->net && !algo->recurrent)
		return err_set(e, ERR_USAGE, "%s has no recurrent policies", algo->name);
	if (!(o->gamma > 0 && o->gamma <= 1))
		return err_set(e, ERR_USAGE, "--gamma must be above 0 and at most 1");
	if (!(o->lr > 0 && o->lr <= 10))
		return err_set(e, ERR_USAGE, "--lr must be above 0 and at most 10");
	return 0;
}

struct rl_trainer *
rl_trainer_new(
    const struct rl_algo *algo, const struct rl_opts *o, struct rl_env *env, struct err *e)
{
	struct rl_trainer *t = mem_alloc(algo->size);
	size_t n = env->n;
	int rc;

	t->algo = algo;
	t->o = *o;
	t->env = env;
	t->err = env->err = e;
	rng_seed(&t->rng, (uint64_t)o->seed);
	rl_norm_init(&t->norm, env->nobs, o->norm_obs);
	t->obs = mem_array(n * env->nobs, sizeof *t->obs);
	t->ended = mem_array(n * env->nobs, sizeof *t->ended);
	t->out = mem_array(n, sizeof *t->out);
	t->ret = mem_array(n, sizeof *t->ret);
	t->ret_run = mem_array(n, sizeof *t->ret_run);
	t->started = mem_array(n, sizeof *t->started);
	rc = check(algo, o, env, e);
	if (rc == 0)
		rc = algo->open(t);
	t->sum = mem_array(t->nw, sizeof *t->sum);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = begin(t, i);
	if (rc == 0)
		return t;
	rl_trainer_free(t);
	return NULL;
}

void
rl_trainer_free(struct rl_trainer *t)
{
	if (!t)
		return;
	t->algo->close(t);
	rl_norm_free(&t->norm);
	rl_env_free(t->env);
	free(t->sum);
	free(t->obs);
	free(t->ended);
	free(t->out);
	free(t->ret);
	free(t->ret_run);
	free(t->started);
	free(t);
}

static void
trainer_io(struct rl_trainer *t, struct rl_io *io)
{
	size_t n = t->env->n;
	struct buf copies = { 0 };
	uint64_t len;

	rl_io(io, t->sum, t->nw * sizeof *t->sum);
	rl_io(io, &t->nsum, sizeof t->nsum);
	rl_io(io, &t->rng, sizeof t->rng);
	rl_io(io, t->norm.mean, t->norm.n * 2 * sizeof *t->norm.mean);
	rl_io(io, t->norm.mu, t->norm.n * 2 * sizeof *t->norm.mu);
	rl_io(io, &t->norm.count, sizeof t->norm.count);
	rl_io(io, &t->ret_var_count, sizeof t->ret_var_count);
	rl_io(io, &t->ret_mean, sizeof t->ret_mean);
	rl_io(io, &t->ret_m2, sizeof t->ret_m2);
	rl_io(io, t->ret_run, n * sizeof *t->ret_run);
	rl_io(io, t->obs, n * t->env->nobs * sizeof *t->obs);
	rl_io(io, t->ret, n * sizeof *t->ret);
	rl_io(io, t->started, n * sizeof *t->started);
	rl_io(io, t->recent, sizeof t->recent);
	rl_io(io, &t->episodes, sizeof t->episodes);
	rl_io(io, &t->steps, sizeof t->steps);
	if (!io->reading)
		rl_env_save(t->env, &copies);
	len = copies.len;
	rl_io(io, &len, sizeof len);
	if (io->reading) {
		if (io->bad || len > io->left || !rl_env_load(t->env, io->in, len)) {
			io->bad = true;
			return;
		}
		io->in += len;
		io->left -= len;
	} else {
		buf_put(io->out, copies.p, copies.len);
		buf_free(&copies);
	}
	t->algo->io(t, io);
}

void
rl_trainer_save(struct rl_trainer *t, struct buf *out)
{
	struct rl_io io = { .out = out };

	trainer_io(t, &io);
}

bool
rl_trainer_load(struct rl_trainer *t, const void *p, size_t n)
{
	struct rl_io io = { .reading = true, .in = p, .left = n };

	trainer_io(t, &io);
	return !io.bad && io.left == 0 && t->steps >= 0 && t->steps < INT64_MAX / 4 && t->nsum >= 0;
}

int
rl_iterate(struct rl_trainer *t)
{
	int rc = t->algo->iterate(t);

	if (rc != 0 || (double)t->steps < (1 - t->o.average) * (double)t->o.steps)
		return rc;
	for (size_t i = 0; i < t->nw; i++)
		t->sum[i] += (double)t->w[i];
	t->nsum++;
	return 0;
}

void
rl_average(struct rl_trainer *t)
{
	for (size_t i = 0; i < t->nw && t->o.average > 0 && t->nsum; i++)
		t->w[i] = (float)(t->sum[i] / (double)t->nsum);
}

double
rl_recent_mean(const struct rl_trainer *t)
{
	size_t n = t->episodes < RL_RECENT ? (size_t)t->episodes : RL_RECENT;
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += t->recent[i];
	return sum / (double)n;
}

int
rl_advance(struct rl_trainer *t, const float *act)
{
	size_t nobs = t->env->nobs, dim = rl_act_dim(t->env);

	for (size_t i = 0; i < t->env->n; i++) {
		int rc = rl_env_step(t->env, i, act + i * dim, t->obs + i * nobs, &t->out[i]);

		if (rc < 0)
			return rc;
		t->ret[i] += t->out[i].reward;
		if (!t->out[i].terminated && !t->out[i].truncated)
			continue;
		t->recent[t->episodes++ % RL_RECENT] = t->ret[i];
		memcpy(t->ended + i * nobs, t->obs + i * nobs, nobs * sizeof *t->obs);
		rc = begin(t, i);
		if (rc < 0)
			return rc;
	}
	t->steps += (int64_t)t->env->n;
	return 0;
}

float
rl_scaled(struct rl_trainer *t, size_t i)
{
	const struct rl_out *o = &t->out[i];
	double d;

	if (!t->o.norm_reward)
		return (float)o->reward;
	t->ret_run[i] = t->ret_run[i] * t->o.gamma + o->reward;
	d = t->ret_run[i] - t->ret_mean;
	t->ret_var_count += 1;
	t->ret_mean += d / t->ret_var_count;
	t->ret_m2 += d * (t->ret_run[i] - t->ret_mean);
	if (o->terminated || o->truncated)
		t->ret_run[i] = 0;
	d = o->reward / sqrt(t->ret_m2 / t->ret_var_count + 1e-8);
	return (float)(d > 10 ? 10 : d < -10 ? -10 : d);
}

void
rl_norm_init(struct rl_norm *s, size_t n, bool on)
{
	s->n = n;
	s->on = on;
	s->count = 0;
	s->mean = mem_array(2 * n, sizeof *s->mean);
	s->m2 = s->mean + n;
	s->mu = mem_array(2 * n, sizeof *s->mu);
	s->inv = s->mu + n;
	for (size_t i = 0; i < n; i++)
		s->inv[i] = 1;
}

void
rl_norm_free(struct rl_norm *s)
{
	free(s->mean);
	free(s->mu);
}

void
rl_norm_add(struct rl_norm *s, const float *x, size_t rows)
{
	if (!s->on)
		return;
	for (size_t r = 0; r < rows; r++) {
		s->count += 1;
		for (size_t i = 0; i < s->n; i++) {
			double v = (double)x[r * s->n + i], d = v - s->mean[i];

			s->mean[i] += d / s->count;
			s->m2[i] += d * (v - s->mean[i]);
		}
	}
	for (size_t i = 0; i < s->n; i++) {
		s->mu[i] = (float)s->mean[i];
		s->inv[i] = (float)(1 / sqrt(s->m2[i] / s->count + 1e-8));
	}
}

/* Held to 10 deviations, as is the model's graph. */
void
rl_norm_apply(const struct rl_norm *s, const float *x, size_t rows, float *out)
{
	if (!s->on) {
		memcpy(out, x, rows * s->n * sizeof *x);
		return;
	}
	for (size_t r = 0; r < rows; r++)
		for (size_t i = 0; i < s->n; i++) {
			float v = (x[r * s->n + i] - s->mu[i]) * s->inv[i];

			out[r * s->n + i] = v > 10 ? 10 : v < -10 ? -10 : v;
		}
}

void
rl_metric_set(struct rl_trainer *t, const char *name, double value)
{
	size_t i = 0;

	while (i < t->nmetric && strcmp(t->metric[i].name, name) != 0)
		i++;
	if (i == t->nmetric && t->nmetric < RL_METRICS)
		t->nmetric++;
	if (i < RL_METRICS)
		t->metric[i] = (struct rl_metric){ name, value };
}

double
rl_schedule(const struct rl_trainer *t)
{
	double done = (double)t->steps / (double)t->o.steps;

	return t->o.schedule == 0 ? 1 : done < 1 ? 1 - done : 0;
}

int
rl_hidden(const struct rl_trainer *t, size_t *width, size_t most, size_t *n)
{
	const char *z = t->o.hidden;

	*n = 0;
	if (strcmp(z, "none") == 0)
		return 0;
	for (;;) {
		size_t len = strcspn(z, ",");
		int64_t v;

		if (!num_i64(z, len, &v) || v < 1 || v > 4096 || *n == most)
			return err_set(t->err, ERR_USAGE,
			    "--hidden is up to %zu widths from 1 to 4096, or none; not '%s'", most,
			    t->o.hidden);
		width[(*n)++] = (size_t)v;
		if (!z[len])
			return 0;
		z += len + 1;
	}
}

void
rl_adam_init(struct rl_adam *a, size_t n)
{
	a->n = n;
	a->m = mem_array(2 * n, sizeof *a->m);
	a->v = a->m + n;
	a->step = 0;
	a->b1t = a->b2t = 1;
}

void
rl_adam_free(struct rl_adam *a)
{
	free(a->m);
}

void
rl_adam_step(struct rl_adam *a, float *w, const float *g, double lr, double eps, double max_norm)
{
	const struct nn_dense *f = nn_dense();
	struct nn_adam s = { .beta1 = 0.9f, .beta2 = 0.999f, .eps = (float)eps, .scale = 1 };

	if (max_norm > 0) {
		double norm = sqrt(f->sumsq(a->n, g));

		if (norm > max_norm)
			s.scale = (float)(max_norm / norm);
	}
	a->step++;
	a->b1t *= (double)s.beta1;
	a->b2t *= (double)s.beta2;
	s.rate = (float)(lr / (1 - a->b1t));
	s.root = (float)(1 / sqrt(1 - a->b2t));
	f->adam(&s, a->n, w, g, a->m, a->v);
}

void
rl_adam_io(struct rl_adam *a, struct rl_io *io)
{
	rl_io(io, a->m, 2 * a->n * sizeof *a->m);
	rl_io(io, &a->step, sizeof a->step);
	rl_io(io, &a->b1t, sizeof a->b1t);
	rl_io(io, &a->b2t, sizeof a->b2t);
}
