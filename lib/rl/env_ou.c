/*
 * Trading a mean-reverting price against a proportional cost: x' = 0.9 x + N(0,1), position p in
 * {-1,0,1}, reward p (x' - x) - cost |p - p before|, 200 steps from the stationary law. The agent
 * sees x in standard deviations and its position. The best policy holds against a price that is far
 * enough from its mean (0.67 deviations at cost 0.5) and else stays where it is; it is found by
 * relative value iteration on a grid.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"
#include "rl/env.h"
#include "rl/quadrature.h"

#define GRID 801
#define NODES 31

struct ou_copy {
	struct rng rng;
	double x;
	int64_t t;
	int32_t p, pad;
};

struct ou {
	struct rl_env base;
	double phi, cost, sd;
	int64_t steps;
	double span;  /* of the grid to either side */
	double *hold; /* [3][GRID]: what holding short, flat, long from x on is worth */
};

static const struct opt ou_opts[] = {
	{ .kind = OPT_F64, .name = "phi", .dflt = "0.9", .off = OPT_OFF(struct ou, phi) },
	{ .kind = OPT_F64, .name = "cost", .dflt = "0.5", .off = OPT_OFF(struct ou, cost) },
	{ .kind = OPT_INT,
	    .name = "steps",
	    .dflt = "200",
	    .off = OPT_OFF(struct ou, steps),
	    .lo = 1,
	    .hi = 1000000 },
	{ .kind = OPT_END },
};
static const char *const obs_names[] = { "x", "position" };
static const char *const act_names[] = { "short", "flat", "long" };

static int
ou_open(struct rl_env *v, struct err *e)
{
	struct ou *o = (struct ou *)v;

	if (!(o->phi > -1 && o->phi < 1))
		return err_set(e, ERR_USAGE, "ou: phi must be between -1 and 1");
	if (o->cost < 0)
		return err_set(e, ERR_USAGE, "ou: cost must not be below 0");
	o->sd = 1 / sqrt(1 - o->phi * o->phi);
	v->nobs = 2;
	v->obs_names = obs_names;
	v->act = (struct rl_space){ .kind = RL_DISCRETE, .n = 3, .names = act_names };
	v->most_steps = o->steps;
	return 0;
}

static void
observe(const struct ou *o, const struct ou_copy *c, float *obs)
{
	obs[0] = (float)(c->x / o->sd);
	obs[1] = (float)c->p;
}

static int
ou_reset(struct rl_env *v, void *copy, uint64_t seed, float *obs)
{
	struct ou *o = (struct ou *)v;
	struct ou_copy *c = copy;

	rng_seed(&c->rng, seed);
	c->x = o->sd * rng_normal(&c->rng);
	c->t = 0;
	c->p = c->pad = 0;
	observe(o, c, obs);
	return 0;
}

static bool
ou_holds(const struct rl_env *v, const void *copy)
{
	const struct ou_copy *c = copy;

	return isfinite(c->x) && c->p >= -1 && c->p <= 1 && c->t >= 0 &&
	       c->t <= ((const struct ou *)v)->steps;
}

static int
ou_step(struct rl_env *v, void *copy, const float *act, float *obs, struct rl_out *out)
{
	struct ou *o = (struct ou *)v;
	struct ou_copy *c = copy;
	int p = (int)act[0] - 1;
	double x = o->phi * c->x + rng_normal(&c->rng);

	out->reward = p * (x - c->x) - o->cost * abs(p - c->p);
	c->x = x;
	c->p = p;
	c->t++;
	out->terminated = false;
	out->truncated = c->t >= o->steps;
	observe(o, c, obs);
	return 0;
}

static double
at(const struct ou *o, const double *value, double x)
{
	double k = (x + o->span) / (2 * o->span) * (GRID - 1);
	size_t i;

	if (k <= 0)
		return value[0];
	if (k >= GRID - 1)
		return value[GRID - 1];
	i = (size_t)k;
	return value[i] + (k - (double)i) * (value[i + 1] - value[i]);
}

/* What holding p from x on is worth, its cost not counted: drift now, values after. */
static double
worth(const struct ou *o, const struct quadrature *q, const double *value, double x, int p)
{
	double sum = p * (o->phi - 1) * x;

	for (size_t k = 0; k < NODES; k++)
		sum += q->w[k] * at(o, value + (p + 1) * GRID, o->phi * x + q->z[k]);
	return sum;
}

/* Relative value iteration: h(p, x) = max_q { q (phi - 1) x - cost |q - p| + E h(q, x') }, less its
 * value in the middle, until it stands still. */
static int
ou_solve(struct rl_env *v, struct err *e)
{
	struct ou *o = (struct ou *)v;
	struct quadrature q;
	double *next = mem_array((size_t)3 * GRID, sizeof *next), off = 1;
	double *value = mem_array((size_t)3 * GRID, sizeof *value), *w;

	(void)e;
	quadrature_normal(&q, NODES);
	free(o->hold);
	w = o->hold = mem_array((size_t)3 * GRID, sizeof *o->hold);
	o->span = 5 * o->sd;
	for (int it = 0; it < 2000 && off > 1e-10; it++) {
		off = 0;
		for (size_t i = 0; i < GRID; i++) {
			double x = -o->span + 2 * o->span * (double)i / (GRID - 1);

			for (int p = -1; p <= 1; p++)
				w[(p + 1) * GRID + (int)i] = worth(o, &q, value, x, p);
			for (int p = -1; p <= 1; p++) {
				double best = -INFINITY;

				for (int to = -1; to <= 1; to++)
					best = fmax(best,
					    w[(to + 1) * GRID + (int)i] - o->cost * abs(to - p));
				next[(p + 1) * GRID + (int)i] = best;
			}
		}
		double mid = next[GRID + GRID / 2];
		for (size_t i = 0; i < (size_t)3 * GRID; i++) {
			next[i] -= mid;
			off = fmax(off, fabs(next[i] - value[i]));
			value[i] = next[i];
		}
	}
	free(next);
	free(value);
	return 0;
}

static void
ou_best(const struct rl_env *v, const void *copy, float *act)
{
	const struct ou *o = (const struct ou *)v;
	const struct ou_copy *c = copy;
	double best = -INFINITY;

	for (int to = -1; to <= 1; to++) {
		double w = at(o, o->hold + (to + 1) * GRID, c->x) - o->cost * abs(to - c->p);

		if (w > best + 1e-9) {
			best = w;
			act[0] = (float)(to + 1);
		}
	}
}

static void
ou_close(struct rl_env *v)
{
	free(((struct ou *)v)->hold);
}

extern const struct rl_env_kind rl_env_ou;
const struct rl_env_kind rl_env_ou = {
	.name = "ou",
	.about = "trade a mean-reverting price against a cost a unit",
	.opts = ou_opts,
	.size = sizeof(struct ou),
	.copy_size = sizeof(struct ou_copy),
	.open = ou_open,
	.reset = ou_reset,
	.step = ou_step,
	.holds = ou_holds,
	.solve = ou_solve,
	.best = ou_best,
	.close = ou_close,
};
