/*
 * A checkpoint from outside: the first byte picks what kind of training it is of, the second how
 * far it went, the others change bytes of it under a checksum that fits. It is refused with words,
 * or it is taken and the training goes on: nothing that bytes can say breaks it.
 */
#include "base/mem.h"
#include "fuzz.h"
#include "rl/rl_train.h"

static const struct checkpoint_way {
	const char *env;
	const struct rl_algo *algo;
	int net;
} checkpoint_ways[] = {
	{ "ou", &rl_ppo, 0 },
	{ "recall", &rl_ppo, 1 },
	{ "almgren-chriss", &rl_a2c, 0 },
	{ "sine", &rl_dqn, 0 },
	{ "garleanu-pedersen", &rl_sac, 0 },
	{ "cartpole", &rl_es, 0 },
	{ "leak", &rl_cma_es, 0 },
};
#define CHECKPOINT_WAYS (sizeof checkpoint_ways / sizeof *checkpoint_ways)

static struct rl_trainer *
checkpoint_trainer(const struct checkpoint_way *w, struct err *e)
{
	struct rl_opts o = { 0 };

	opt_defaults(rl_opts_table, &o, e);
	o.steps = 400;
	o.envs = 2;
	o.average = 0.5;
	o.net = w->net;
	o.hidden = w->algo == &rl_cma_es ? "none" : "4";
	o.norm_obs = w->algo != &rl_es && w->algo != &rl_cma_es;
	o.n_steps = 8;
	o.batch = 8;
	o.epochs = 1;
	o.learn_after = 16;
	o.buffer = 64;
	o.per_alpha = 0.6;
	o.population = 4;
	o.episodes = 1;
	return rl_trainer_new(w->algo, &o, rl_env_new(w->env, 2, e), e);
}

/* The body of a checkpoint of t, with edits: each two bytes of place and eight to put there. An odd
 * last byte cuts so many bytes off. */
static void
hostile(struct rl_trainer *t, const uint8_t *edit, size_t n, struct buf *box)
{
	struct rl_progress g = { .best = -1 };
	const size_t head = 8 + 8 + 5; /* magic, length of "a run", the text */
	struct buf whole = { 0 };
	size_t len;

	rl_checkpoint_pack(&whole, "a run", t, &g);
	len = whole.len - head - 8;
	for (; n >= 10; edit += 10, n -= 10) {
		size_t at = (size_t)(edit[0] | edit[1] << 8) % (len - 8);

		memcpy(whole.p + head + at, edit + 2, 8);
	}
	if (n)
		len -= edit[0] < len ? edit[0] : len;
	rl_box_pack(box, "tprlck1\n", "a run", whole.p + head, len);
	buf_free(&whole);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct checkpoint_way *w = &checkpoint_ways[size ? data[0] % CHECKPOINT_WAYS : 0];
	struct err e = { .msg = "" };
	struct rl_trainer *t = checkpoint_trainer(w, &e), *back = checkpoint_trainer(w, &e);
	struct rl_progress g = { 0 };
	struct buf box = { 0 }, again = { 0 };
	int rc;

	FUZZ_HOLDS(t && back, "%s", e.msg);
	for (int k = 0; size > 1 && k < data[1] % 3; k++)
		rl_iterate(t);
	hostile(t, data + 2, size > 2 ? size - 2 : 0, &box);
	rc = rl_checkpoint_unpack(&box, "a file", "a run", back, &g, &e);
	if (rc < 0) {
		FUZZ_HOLDS(e.msg[0], "no words");
	} else {
		rl_checkpoint_pack(&again, "a run", back, &g);
		FUZZ_HOLDS(again.len == box.len, "%zu bytes came back as %zu", box.len, again.len);
		if (back->o.steps - back->steps >= (int64_t)back->env->n) /* as rl-train asks */
			rl_iterate(back);
	}
	free(g.best_w);
	free(g.best_norm);
	buf_free(&box);
	buf_free(&again);
	rl_trainer_free(t);
	rl_trainer_free(back);
	return 0;
}
