/*
 * What every algorithm must keep: same seed, same bits; another seed, others; a run that was saved
 * and continued ends with the bits of one that was not; threads change nothing; what is saved is
 * whole or refused.
 */
#include "base/err.h"
#include "base/mem.h"
#include "rl/replay.h"
#include "rl/rl_train.h"
#include "unit/t.h"

static struct err err;

static const struct way {
	const char *name, *env;
	const struct rl_algo *algo;
	int net;
	bool norm;
} ways[] = {
	{ "ppo", "ou", &rl_ppo, 0, true },
	{ "ppo, continuous", "garleanu-pedersen", &rl_ppo, 0, false },
	{ "ppo, lstm", "recall", &rl_ppo, 1, false },
	{ "ppo, gru", "recall", &rl_ppo, 2, true },
	{ "a2c", "cartpole", &rl_a2c, 0, false },
	{ "dqn", "sine", &rl_dqn, 0, true },
	{ "sac", "garleanu-pedersen", &rl_sac, 0, false },
	{ "es", "cartpole", &rl_es, 0, false },
	{ "cma-es", "cartpole", &rl_cma_es, 0, false },
};

static struct rl_trainer *
make(const struct way *w, int64_t seed, int64_t threads)
{
	struct rl_opts o = { 0 };

	opt_defaults(rl_opts_table, &o, &err);
	o.steps = 6000;
	o.seed = seed;
	o.threads = threads;
	o.envs = 4;
	o.average = 0.9;
	o.net = w->net;
	o.hidden = w->net ? "16" : "16,16";
	o.norm_obs = w->norm;
	o.norm_reward = w->norm;
	o.n_steps = 50;
	o.batch = 100;
	o.epochs = 2;
	o.learn_after = 500;
	o.buffer = 2000;
	o.per_alpha = 0.6;
	o.n_step = 3;
	o.dueling = true;
	o.population = 8;
	o.episodes = 2;
	struct rl_trainer *t = rl_trainer_new(w->algo, &o, rl_env_new(w->env, 4, &err), &err);
	if (!t) {
		printf("Bail out! %s\n", err.msg);
		exit(1);
	}
	return t;
}

/* n iterations, or fewer when the steps end */
static void
run(struct rl_trainer *t, int n)
{
	for (int i = 0; i < n && t->o.steps - t->steps >= (int64_t)t->env->n; i++)
		if (rl_iterate(t) != 0)
			break;
}

static bool
same(const struct rl_trainer *a, const struct rl_trainer *b)
{
	return a->nw == b->nw && a->steps == b->steps &&
	       memcmp(a->w, b->w, a->nw * sizeof *a->w) == 0 &&
	       memcmp(a->sum, b->sum, a->nw * sizeof *a->sum) == 0 &&
	       memcmp(a->norm.mu, b->norm.mu, 2 * a->norm.n * sizeof *a->norm.mu) == 0;
}

static void
test_way(const struct way *w)
{
	struct rl_trainer *a = make(w, 1, 1), *b = make(w, 1, 3), *c = make(w, 2, 1),
			  *d = make(w, 1, 1);
	struct buf saved = { 0 };
	double ra[20], rb[20];
	struct rl_env *ea = rl_env_new(w->env, 7, &err), *eb = rl_env_new(w->env, 7, &err);

	run(a, 20);
	run(b, 20);
	run(c, 20);
	ok(same(a, b), "%s: same seed, same bits, whatever the threads", w->name);
	ok(!same(a, c), "%s: another seed, another policy", w->name);
	rl_evaluate(a, ea, false, 5, 20, ra);
	rl_evaluate(b, eb, false, 5, 20, rb);
	ok(memcmp(ra, rb, sizeof ra) == 0, "%s: threads do not change an evaluation", w->name);
	rl_trainer_free(b);
	b = make(w, 1, 1);
	run(b, 7);
	run(d, 2);
	rl_trainer_save(b, &saved);
	ok(rl_trainer_load(d, saved.p, saved.len), "%s: a checkpoint is taken", w->name);
	ok(same(b, d), "%s: and holds what was saved", w->name);
	run(d, 13);
	ok(same(a, d), "%s: saved and continued is not interrupted", w->name);
	ok(!rl_trainer_load(c, saved.p, saved.len - 1), "%s: a cut one is refused", w->name);
	buf_free(&saved);
	rl_trainer_free(a);
	rl_trainer_free(b);
	rl_trainer_free(c);
	rl_trainer_free(d);
	rl_env_free(ea);
	rl_env_free(eb);
}

/* Three-step transitions by hand; draws in proportion to what was set. */
static void
test_replay(void)
{
	struct rl_trainer *t = make(&ways[5], 1, 1);
	struct replay r;
	struct rl_out out = { 0 };
	struct rng g;
	float obs[9] = { 0 }, act = 1, weight[10];
	size_t index[10];
	double hits = 0;

	t->o.gamma = 0.5;
	replay_init(&r, t, 1, 1.0);
	for (int k = 0; k < 5; k++) {
		float next[9] = { (float)(k + 1) };

		obs[0] = (float)k;
		out.terminated = k == 4;
		replay_add(&r, 2, obs, &act, (float)(1 << k), next, &out);
	}
	is_i64((int64_t)r.n, 5, "five steps to the end make five transitions");
	struct replay_row a = replay_row(&r, 0), c = replay_row(&r, 2), e = replay_row(&r, 4);
	is_f64((double)a.reward, 1 + 0.5 * 2 + 0.25 * 4, 0, "three rewards, discounted");
	ok(a.discount == 0.125f && a.next[0] == 3 && a.obs[0] == 0, "and what follows the third");
	is_f64((double)c.reward, 4 + 0.5 * 8 + 0.25 * 16, 0, "up to the end");
	ok(c.discount == 0 && e.discount == 0 && e.reward == 16, "after which there is nothing");
	for (size_t k = 0; k < 5; k++)
		replay_set(&r, k, k == 3 ? 8 : 1);
	rng_seed(&g, 3);
	for (int k = 0; k < 1000; k++) {
		replay_draw(&r, &g, 10, 1, index, weight);
		for (int j = 0; j < 10; j++)
			hits += index[j] == 3;
	}
	is_f64(hits / 10000, 8.0 / 12, 0.02, "drawn in proportion to its error");
	replay_free(&r);
	rl_trainer_free(t);
}

/* Another run's, a damaged and an empty one are told apart. */
static void
test_checkpoint_file(void)
{
	struct rl_trainer *t = make(&ways[0], 1, 1);
	struct rl_progress g = { .best = 3 }, h = { 0 };
	char path[] = "/tmp/rl_train.XXXXXX";
	int fd = mkstemp(path);

	run(t, 2);
	ok(fd >= 0 && rl_checkpoint_write(path, "a run", t, &g, &err) == 0,
	    "a checkpoint is written");
	ok(rl_checkpoint_read(path, "a run", t, &h, &err) == 0 && h.best == 3, "and read");
	is_i64(rl_checkpoint_read(path, "another", t, &h, &err), ERR_USAGE, "of another run: %s",
	    err.msg);
	FILE *f = fopen(path, "r+b");
	fseek(f, 200, SEEK_SET);
	int byte = fgetc(f);
	fseek(f, 200, SEEK_SET);
	fputc(byte ^ 1, f);
	fclose(f);
	is_i64(rl_checkpoint_read(path, "a run", t, &h, &err), ERR_DATA, "damaged: %s", err.msg);
	f = fopen(path, "wb");
	fclose(f);
	is_i64(rl_checkpoint_read(path, "a run", t, &h, &err), ERR_DATA, "empty: %s", err.msg);
	remove(path);
	rl_trainer_free(t);
}

static void
test_refused(void)
{
	struct rl_opts o = { 0 };

	opt_defaults(rl_opts_table, &o, &err);
	ok(!rl_trainer_new(&rl_dqn, &o, rl_env_new("garleanu-pedersen", 2, &err), &err),
	    "dqn, continuous: %s", err.msg);
	ok(!rl_trainer_new(&rl_sac, &o, rl_env_new("ou", 2, &err), &err), "sac, discrete: %s",
	    err.msg);
	o.hidden = "64,x";
	ok(!rl_trainer_new(&rl_ppo, &o, rl_env_new("ou", 2, &err), &err), "widths: %s", err.msg);
	o.hidden = "64,64";
	o.net = 1;
	ok(!rl_trainer_new(&rl_ppo, &o, rl_env_new("ou", 2, &err), &err), "two layers of LSTM: %s",
	    err.msg);
	ok(!rl_trainer_new(&rl_es, &o, rl_env_new("ou", 2, &err), &err), "es with LSTM: %s",
	    err.msg);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		test_way(&ways[i]);
	test_replay();
	test_checkpoint_file();
	test_refused();
	return done_testing();
}
