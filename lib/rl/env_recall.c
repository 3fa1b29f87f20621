/*
 * A task that needs memory: a cue, up or down, is shown at the first step only; after `wait` steps
 * of noise in its place a flag says "now", and the action of that step earns 1 when it is the cue's
 * and -1 when not. Whoever remembers makes 1 an episode, whoever does not makes 0.
 */
#include <string.h>

#include "base/rng.h"
#include "rl/env.h"

struct recall_copy {
	struct rng rng;
	int64_t t;
	int32_t cue, pad;
};

struct recall {
	struct rl_env base;
	int64_t wait;
};

static const struct opt recall_opts[] = {
	{ .kind = OPT_INT,
	    .name = "wait",
	    .dflt = "10",
	    .off = OPT_OFF(struct recall, wait),
	    .lo = 1,
	    .hi = 10000 },
	{ .kind = OPT_END },
};
static const char *const obs_names[] = { "cue", "noise", "now" };
static const char *const act_names[] = { "down", "up" };

static int
recall_open(struct rl_env *v, struct err *e)
{
	(void)e;
	v->nobs = 3;
	v->obs_names = obs_names;
	v->act = (struct rl_space){ .kind = RL_DISCRETE, .n = 2, .names = act_names };
	v->most_steps = ((struct recall *)v)->wait + 1;
	return 0;
}

static void
observe(struct recall *v, struct recall_copy *c, float *obs)
{
	obs[0] = c->t == 0 ? (c->cue ? 1.0f : -1.0f) : 0.0f;
	obs[1] = (float)rng_normal(&c->rng);
	obs[2] = c->t == v->wait;
}

static int
recall_reset(struct rl_env *v, void *copy, uint64_t seed, float *obs)
{
	struct recall_copy *c = copy;

	memset(c, 0, sizeof *c);
	rng_seed(&c->rng, seed);
	c->cue = (int32_t)rng_below(&c->rng, 2);
	observe((struct recall *)v, c, obs);
	return 0;
}

static bool
recall_holds(const struct rl_env *v, const void *copy)
{
	const struct recall_copy *c = copy;

	return c->t >= 0 && c->t <= ((const struct recall *)v)->wait + 1 && (c->cue & ~1) == 0;
}

static int
recall_step(struct rl_env *v, void *copy, const float *act, float *obs, struct rl_out *out)
{
	struct recall *r = (struct recall *)v;
	struct recall_copy *c = copy;
	bool now = c->t == r->wait;

	out->reward = !now ? 0 : (act[0] >= 0.5f) == (c->cue != 0) ? 1 : -1;
	c->t++;
	out->terminated = now;
	out->truncated = false;
	observe(r, c, obs);
	return 0;
}

static int
recall_solve(struct rl_env *v, struct err *e)
{
	(void)v;
	(void)e;
	return 0;
}

static void
recall_best(const struct rl_env *v, const void *copy, float *act)
{
	(void)v;
	act[0] = (float)((const struct recall_copy *)copy)->cue;
}

extern const struct rl_env_kind rl_env_recall;
const struct rl_env_kind rl_env_recall = {
	.name = "recall",
	.about = "remember a cue through noise (needs a recurrent policy)",
	.opts = recall_opts,
	.size = sizeof(struct recall),
	.copy_size = sizeof(struct recall_copy),
	.open = recall_open,
	.reset = recall_reset,
	.step = recall_step,
	.holds = recall_holds,
	.solve = recall_solve,
	.best = recall_best,
};
