/*
 * Two sanity checks of a trainer, on independent returns r ~ N(0,1) with position p in {-1,0,1} and
 * reward p r - cost |p - p before|. `leak` shows the agent the return to come: it must find it.
 * `noise` shows one that has been: nothing can be found, and the best is to stay flat, at 0. A
 * trainer that makes money on `noise` looks ahead somewhere, one that makes none on `leak` is
 * broken.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/rng.h"
#include "rl/env.h"

#define STEPS 100
#define GRID 2001
#define SPAN 8.0

struct leak_copy {
	struct rng rng;
	double seen, coming; /* shown to the agent; what the position earns next */
	int64_t t;
	int32_t p, pad;
};

struct leak {
	struct rl_env base;
	double cost;
	double value[3]; /* of being at a position, before the return is seen, less that of 0 */
};

static const struct opt leak_opts[] = {
	{ .kind = OPT_F64, .name = "cost", .dflt = "0.5", .off = OPT_OFF(struct leak, cost) },
	{ .kind = OPT_END },
};
static const char *const obs_names[] = { "return", "position" };
static const char *const act_names[] = { "short", "flat", "long" };

extern const struct rl_env_kind rl_env_leak, rl_env_noise;

static int
leak_open(struct rl_env *v, struct err *e)
{
	(void)e;
	v->nobs = 2;
	v->obs_names = obs_names;
	v->act = (struct rl_space){ .kind = RL_DISCRETE, .n = 3, .names = act_names };
	v->most_steps = STEPS;
	return 0;
}

static void
draw(const struct rl_env *v, struct leak_copy *c, float *obs)
{
	double last = c->coming;

	c->coming = rng_normal(&c->rng);
	c->seen = v->kind == &rl_env_leak ? c->coming : last;
	obs[0] = (float)c->seen;
	obs[1] = (float)c->p;
}

static int
leak_reset(struct rl_env *v, void *copy, uint64_t seed, float *obs)
{
	struct leak_copy *c = copy;

	memset(c, 0, sizeof *c);
	rng_seed(&c->rng, seed);
	draw(v, c, obs);
	return 0;
}

static bool
leak_holds(const struct rl_env *v, const void *copy)
{
	const struct leak_copy *c = copy;

	(void)v;
	return isfinite(c->coming) && isfinite(c->seen) && c->p >= -1 && c->p <= 1 && c->t >= 0 &&
	       c->t <= STEPS;
}

static int
leak_step(struct rl_env *v, void *copy, const float *act, float *obs, struct rl_out *out)
{
	struct leak_copy *c = copy;
	int p = (int)act[0] - 1;

	out->reward = p * c->coming - ((struct leak *)v)->cost * abs(p - c->p);
	c->p = p;
	c->t++;
	out->terminated = false;
	out->truncated = c->t >= STEPS;
	draw(v, c, obs);
	return 0;
}

static double
choose(const struct leak *l, double r, int p, int *to)
{
	double best = -INFINITY;

	for (int q = -1; q <= 1; q++) {
		double w = q * r - l->cost * abs(q - p) + l->value[q + 1];

		if (w > best + 1e-12) {
			best = w;
			*to = q;
		}
	}
	return best;
}

/* Relative value iteration over the position; the mean over the return by the midpoint rule, for
 * its integrand has corners. */
static int
leak_solve(struct rl_env *v, struct err *e)
{
	struct leak *l = (struct leak *)v;
	double w[GRID], sum = 0;

	(void)e;
	for (int i = 0; i < GRID; i++) {
		double z = -SPAN + 2 * SPAN * (i + 0.5) / GRID;

		w[i] = num_exp(-z * z / 2);
		sum += w[i];
	}
	memset(l->value, 0, sizeof l->value);
	for (int it = 0; it < 500; it++) {
		double next[3] = { 0 };
		int to;

		for (int p = -1; p <= 1; p++)
			for (int i = 0; i < GRID; i++)
				next[p + 1] +=
				    w[i] / sum *
				    choose(l, -SPAN + 2 * SPAN * (i + 0.5) / GRID, p, &to);
		for (int p = 0; p < 3; p++)
			l->value[p] = next[p] - next[1];
	}
	return 0;
}

static void
leak_best(const struct rl_env *v, const void *copy, float *act)
{
	const struct leak_copy *c = copy;
	int to = 0;

	choose((const struct leak *)v, c->coming, c->p, &to);
	act[0] = (float)(to + 1);
}

static int
noise_solve(struct rl_env *v, struct err *e)
{
	(void)v;
	(void)e;
	return 0;
}

static void
noise_best(const struct rl_env *v, const void *copy, float *act)
{
	(void)v;
	(void)copy;
	act[0] = 1;
}

const struct rl_env_kind rl_env_leak = {
	.name = "leak",
	.about = "trade returns that are shown before they come (sanity: it must be found)",
	.opts = leak_opts,
	.size = sizeof(struct leak),
	.copy_size = sizeof(struct leak_copy),
	.open = leak_open,
	.reset = leak_reset,
	.step = leak_step,
	.holds = leak_holds,
	.solve = leak_solve,
	.best = leak_best,
};

const struct rl_env_kind rl_env_noise = {
	.name = "noise",
	.about = "trade returns that nothing foretells (sanity: flat is best)",
	.opts = leak_opts,
	.size = sizeof(struct leak),
	.copy_size = sizeof(struct leak_copy),
	.open = leak_open,
	.reset = leak_reset,
	.step = leak_step,
	.holds = leak_holds,
	.solve = noise_solve,
	.best = noise_best,
};
