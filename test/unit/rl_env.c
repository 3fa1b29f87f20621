/*
 * The environments of the learning tests: what they come to under their best policies, against
 * values worked out elsewhere (relative value iteration in another program, closed forms).
 */
#include "base/err.h"
#include "base/mem.h"
#include "rl/env.h"
#include "rl/quadrature.h"
#include "unit/t.h"

static struct err err;

static void
best(struct rl_env *v, float *act)
{
	v->kind->best(v, v->copies, act);
}

/* The mean reward of an episode over seeds 0..n-1, under the best policy or a fixed action. */
static double
mean_reward(struct rl_env *v, size_t n, const float *fixed)
{
	float obs[64], act[4];
	double sum = 0;

	for (size_t e = 0; e < n; e++) {
		struct rl_out out = { 0 };

		rl_env_reset(v, 0, e, obs);
		while (!out.terminated && !out.truncated) {
			if (fixed)
				memcpy(act, fixed, sizeof *act);
			else
				best(v, act);
			rl_env_step(v, 0, act, obs, &out);
			sum += out.reward;
		}
	}
	return sum / (double)n;
}

static struct rl_env *
solved(const char *text)
{
	struct rl_env *v = rl_env_new(text, 1, &err);

	if (!v || v->kind->solve(v, &err) < 0) {
		printf("Bail out! %s\n", err.msg);
		exit(1);
	}
	return v;
}

static void
test_known(void)
{
	struct rl_env *v = solved("almgren-chriss");
	float four = 1, most = 5;

	is_f64(
	    mean_reward(v, 2, NULL), -5.48, 1e-12, "Almgren-Chriss: the dynamic program's -5.48");
	is_f64(mean_reward(v, 1, &four), -13.35, 1e-12, "one lot a period costs 13.35");
	is_f64(mean_reward(v, 1, &most), -6.75, 1e-12, "as fast as may be costs 6.75");
	rl_env_free(v);
	v = solved("sine");
	is_f64(mean_reward(v, 40, NULL), 47.929, 5e-4, "sine: 47.929 over the 40 phases");
	rl_env_free(v);
	v = solved("ou");
	is_f64(mean_reward(v, 4000, NULL), 24.45, 0.45, "OU: 24.45 in 200 steps (0.122255 a step)");
	rl_env_free(v);
	v = solved("cartpole");
	is_f64(mean_reward(v, 400, NULL), 500, 0, "CartPole: the regulator stands 500 steps");
	rl_env_free(v);
	v = solved("recall");
	is_f64(mean_reward(v, 100, NULL), 1, 0, "recall: who remembers makes 1");
	is_f64(mean_reward(v, 4000, &(float){ 1 }), 0, 0.06, "recall: who does not makes 0");
	rl_env_free(v);
	v = solved("noise");
	is_f64(mean_reward(v, 10, NULL), 0, 0, "noise: flat makes 0");
	rl_env_free(v);
}

/* Where the best policy turns from short to long, in standard deviations. */
static void
test_threshold(void)
{
	struct rl_env *v = solved("ou");
	float obs[2], act[1];
	double least = 9, most = 0;

	for (uint64_t seed = 0; seed < 4000; seed++) {
		rl_env_reset(v, 0, seed, obs);
		best(v, act);
		if (act[0] == 0 && obs[0] < (float)least)
			least = (double)obs[0];
		if (act[0] != 0 && obs[0] > (float)most)
			most = (double)obs[0];
	}
	ok(least > 0.2 && most < 0.9 && most <= least, "OU: flat goes short above %.3f sd", least);
	rl_env_free(v);
}

/* A one-off deviation from the best policy does not pay (to second order): the Riccati recursion
 * against the environment itself, on the same noise. */
static double
gp_with(struct rl_env *v, double scale, double lag)
{
	float obs[3], act[1];
	double sum = 0;

	for (uint64_t e = 0; e < 2000; e++) {
		struct rl_out out = { 0 };

		rl_env_reset(v, 0, e, obs);
		while (!out.terminated) {
			best(v, act);
			act[0] = (float)((double)act[0] * scale + lag * (double)obs[1]);
			rl_env_step(v, 0, act, obs, &out);
			sum += out.reward;
		}
	}
	return sum / 2000;
}

static void
test_gp(void)
{
	struct rl_env *v = solved("garleanu-pedersen");
	double top = gp_with(v, 1, 0);

	t_note("Garleanu-Pedersen: %.4f an episode", top);
	ok(top > gp_with(v, 0.85, 0) && top > gp_with(v, 1.15, 0), "the best scale is best");
	ok(top > gp_with(v, 1, 0.15) && top > gp_with(v, 1, -0.15), "the best inertia is best");
	rl_env_free(v);
	v = solved("leak");
	is_f64(mean_reward(v, 400, NULL) / 100, 0.4, 0.3, "leak: what can be made of it");
	rl_env_free(v);
}

static void
test_quadrature(void)
{
	struct quadrature q;
	double sum = 0, second = 0, fourth = 0, tenth = 0;

	quadrature_normal(&q, 31);
	for (size_t i = 0; i < q.n; i++) {
		double z2 = q.z[i] * q.z[i];

		sum += q.w[i];
		second += q.w[i] * z2;
		fourth += q.w[i] * z2 * z2;
		tenth += q.w[i] * z2 * z2 * z2 * z2 * z2;
	}
	is_f64(sum, 1, 1e-13, "weights add up to 1");
	is_f64(second, 1, 1e-12, "E z^2 = 1");
	is_f64(fourth, 3, 1e-11, "E z^4 = 3");
	is_f64(tenth, 945, 1e-8, "E z^10 = 945");
}

/* Same seed and actions, same bits, whichever copy and whatever the others do; the noise does not
 * depend on the actions; a saved state goes on as if nothing had been. */
static void
test_copies(const char *name)
{
	struct rl_env *v = rl_env_new(name, 3, &err);
	float a[64], b[64], x[4] = { 1 }, y[4] = { 0 };
	struct rl_out p = { 0 }, q = { 0 };
	struct buf saved = { 0 };
	bool same = true;

	rl_env_reset(v, 0, 7, a);
	rl_env_reset(v, 1, 8, b);
	rl_env_reset(v, 2, 7, b);
	for (int i = 0; i < 8; i++) {
		same &= memcmp(a, b, v->nobs * sizeof *a) == 0 && p.reward == q.reward;
		rl_env_step(v, 0, x, a, &p);
		if (i < 5)
			rl_env_step(v, 1, y, b, &q);
		rl_env_step(v, 2, x, b, &q);
	}
	ok(same, "%s: copies of one seed agree", name);
	rl_env_save(v, &saved);
	rl_env_step(v, 0, y, a, &p);
	struct rl_env *w = rl_env_new(name, 3, &err);
	ok(rl_env_load(w, saved.p, saved.len), "%s: a saved state is taken", name);
	ok(!rl_env_load(w, saved.p, saved.len - 1), "%s: a cut one is not", name);
	rl_env_step(w, 0, y, b, &q);
	ok(memcmp(a, b, v->nobs * sizeof *a) == 0 && p.reward == q.reward,
	    "%s: and goes on with the same bits", name);
	buf_free(&saved);
	rl_env_free(v);
	rl_env_free(w);
}

static void
test_wrong(void)
{
	ok(!rl_env_new("chess", 1, &err) && strstr(err.msg, "cartpole"), "an unknown name: %s",
	    err.msg);
	ok(!rl_env_new("ou,price=3", 1, &err) && strstr(err.msg, "phi=0.9"), "an unknown key: %s",
	    err.msg);
	ok(!rl_env_new("ou,cost", 1, &err), "a key alone: %s", err.msg);
	ok(!rl_env_new("ou,phi=1.5", 1, &err), "out of range: %s", err.msg);
}

int
main(void)
{
	test_quadrature();
	test_known();
	test_threshold();
	test_gp();
	for (size_t i = 0; rl_env_kinds[i]; i++)
		if (strcmp(rl_env_kinds[i]->name, "market") != 0) /* it needs data: rl_market.c */
			test_copies(rl_env_kinds[i]->name);
	test_wrong();
	return done_testing();
}
