#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rl/train.h"

/* A block of episodes side by side, one a copy, until the last has ended. */
struct side {
	const struct rl_trainer *t;
	struct rl_env *env;
	bool best;
	size_t at, n; /* the copies of this thread */
	uint64_t first;
	size_t episodes; /* of the whole evaluation */
	double *rewards;
	int rc;
};

static int
finish(struct side *s, size_t begin, size_t m, float *obs, float *act, void *state, void *work)
{
	struct rl_env *v = s->env;
	size_t nobs = v->nobs, dim = rl_act_dim(v), open = m;
	bool *over = mem_array(m, sizeof *over);
	int rc = 0;

	for (size_t i = 0; i < m && rc >= 0; i++) {
		s->rewards[begin + i] = 0;
		rc = rl_env_reset(v, s->at + i, s->first + begin + i, obs + i * nobs);
	}
	while (open && rc >= 0) {
		if (s->best)
			for (size_t i = 0; i < m; i++)
				v->kind->best(v, rl_env_copy(v, s->at + i), act + i * dim);
		else
			s->t->algo->greedy(s->t, work, m, obs, state, act);
		for (size_t i = 0; i < m && rc >= 0; i++) {
			struct rl_out out;

			if (over[i])
				continue;
			rc = rl_env_step(v, s->at + i, act + i * dim, obs + i * nobs, &out);
			s->rewards[begin + i] += rc < 0 ? 0 : out.reward;
			over[i] = out.terminated || out.truncated;
			open -= over[i];
		}
	}
	free(over);
	return rc;
}

/* Blocks at, at + copies, ... of the episodes: which thread has which changes nothing. The best
 * policy must not be asked about an episode that has ended, so its blocks are of one. */
static void *
run(void *arg)
{
	struct side *s = arg;
	const struct rl_algo *algo = s->t->algo;
	size_t state_size = algo->state_size ? algo->state_size(s->t) : 0;
	size_t width = s->best ? 1 : s->n;
	float *obs = mem_array(s->n * s->env->nobs, sizeof *obs);
	float *act = mem_array(s->n * rl_act_dim(s->env), sizeof *act);
	char *state = mem_array(s->n, state_size);
	void *work = algo->work_new(s->t, s->n);

	for (size_t b = s->at; b < s->episodes && s->rc >= 0; b += s->env->n)
		for (size_t i = b; i < b + s->n && i < s->episodes && s->rc >= 0; i += width) {
			size_t m = s->episodes - i < width ? s->episodes - i : width;

			memset(state, 0, s->n * state_size);
			s->rc = finish(s, i, m, obs, act, state, work);
		}
	algo->work_free(work);
	free(obs);
	free(act);
	free(state);
	return NULL;
}

int
rl_evaluate(const struct rl_trainer *t, struct rl_env *env, bool best, uint64_t first, size_t n,
    double *rewards)
{
	size_t threads = (size_t)(t->o.threads > 0 ? t->o.threads : 1);
	struct side s[16];
	pthread_t id[16];
	int rc = 0;

	if (threads > 16)
		threads = 16;
	if (threads > env->n)
		threads = env->n > 0 ? env->n : 1;
	s[0] = (struct side){ t, env, best, 0, env->n / threads, first, n, rewards, 0 };
	for (size_t k = 1; k < threads; k++) {
		size_t at = env->n * k / threads, end = env->n * (k + 1) / threads;

		s[k] = (struct side){ t, env, best, at, end - at, first, n, rewards, 0 };
		if (pthread_create(&id[k], NULL, run, &s[k]) != 0) {
			id[k] = pthread_self();
			run(&s[k]);
		}
	}
	run(&s[0]);
	for (size_t k = 0; k < threads; k++) {
		if (k && !pthread_equal(id[k], pthread_self()))
			pthread_join(id[k], NULL);
		if (s[k].rc < 0)
			rc = s[k].rc;
	}
	return rc;
}
