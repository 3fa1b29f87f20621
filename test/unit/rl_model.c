/*
 * The written model is the policy: every algorithm's ONNX file, run by lib/onnx on random
 * observations and with its memory carried on, decides as the trainer does.
 */
#include <unistd.h>

#include "base/err.h"
#include "onnx/model.h"
#include "rl/rl_train.h"
#include "unit/t.h"

static struct err err;

static struct rl_trainer *
make(const struct rl_algo *algo, const char *env, int net, bool dueling)
{
	struct rl_opts o = { 0 };

	opt_defaults(rl_opts_table, &o, &err);
	o.steps = 3000;
	o.envs = 4;
	o.net = net;
	o.hidden = net ? "20" : "24,17";
	o.norm_obs = algo != &rl_es && algo != &rl_cma_es;
	o.n_steps = 50;
	o.dueling = dueling;
	struct rl_trainer *t = rl_trainer_new(algo, &o, rl_env_new(env, 4, &err), &err);
	while (t && t->steps < 2000 && rl_iterate(t) == 0)
		;
	return t;
}

/* How far the model's answer to one observation is from the trainer's; memory goes on in state. */
static double
apart(const struct rl_trainer *t, struct onnx_session *s, void *work, const float *obs, void *state,
    float memory[2][32])
{
	size_t n = t->env->act.n;
	struct onnx_tensor in[3] = { *onnx_session_input(s, 0) }, out[3];
	size_t parts = t->o.net == 1 ? 2 : t->o.net == 2 ? 1 : 0;
	float act[8] = { 0 }, x[64], worst = 0;

	memcpy(x, obs, t->env->nobs * sizeof *x);
	in[0].data = x;
	for (size_t k = 0; k < parts; k++) {
		in[k + 1] = *onnx_session_input(s, k + 1);
		in[k + 1].data = memory[k];
	}
	if (onnx_run(s, in, out, &err) < 0)
		return 9;
	t->algo->greedy(t, work, 1, obs, state, act);
	const float *y = out[0].data;
	if (t->env->act.kind == RL_DISCRETE)
		worst = y[rl_argmax(y, n)] - y[(size_t)act[0]];
	else
		for (size_t i = 0; i < n; i++)
			worst = fmaxf(worst, fabsf(y[i] - act[i]));
	for (size_t k = 0; k < parts; k++)
		memcpy(memory[k], out[k + 1].data, 20 * sizeof(float));
	return (double)worst;
}

static void
test_model(const char *name, const struct rl_algo *algo, const char *env, int net, bool dueling)
{
	struct rl_trainer *t = make(algo, env, net, dueling);
	char path[] = "/tmp/rl_model.XXXXXX", state[4096] = { 0 };
	float memory[2][32] = { { 0 } }, obs[64];
	double worst = 0;
	struct rng r;
	int fd = mkstemp(path);

	if (!ok(t && fd >= 0 && rl_model_save(t, path, NULL, &err) == 0, "%s: written", name))
		return;
	close(fd);
	struct onnx_model *m = onnx_model_open(path, &err);
	struct onnx_opts o = { .batch = 1 };
	struct onnx_session *s = m ? onnx_session_new(m, &o, &err) : NULL;
	if (ok(s != NULL, "%s: read back %s", name, s ? "" : err.msg)) {
		void *work = t->algo->work_new(t, 1);

		rng_seed(&r, 1);
		for (int k = 0; k < 200; k++) {
			for (size_t i = 0; i < t->env->nobs; i++)
				obs[i] = (float)rng_normal(&r);
			worst = fmax(worst, apart(t, s, work, obs, state, memory));
		}
		ok(worst < 2e-6, "%s: decides as the trainer does, %.2g apart", name, worst);
		is_str(onnx_model_meta(m, "env"), env, "%s: the card names the environment", name);
		t->algo->work_free(work);
	}
	onnx_session_free(s);
	onnx_model_free(m);
	remove(path);
	rl_trainer_free(t);
}

int
main(void)
{
	test_model("ppo", &rl_ppo, "ou", 0, false);
	test_model("ppo, continuous", &rl_ppo, "garleanu-pedersen", 0, false);
	test_model("ppo, lstm", &rl_ppo, "recall", 1, false);
	test_model("ppo, gru", &rl_ppo, "recall", 2, false);
	test_model("dqn", &rl_dqn, "sine", 0, false);
	test_model("dqn, dueling", &rl_dqn, "almgren-chriss", 0, true);
	test_model("sac", &rl_sac, "garleanu-pedersen", 0, false);
	test_model("cma-es", &rl_cma_es, "cartpole", 0, false);
	return done_testing();
}
