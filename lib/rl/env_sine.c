/*
 * A price without chance: 100 + 5 sin(2 pi (t + phase) / 40), 200 steps, long or flat, 0.2 a
 * change. The agent sees the last `seen` differences (8) and its position. The phase is the seed
 * modulo 40, so that seeds 0, 1, 2, ... go evenly round. The optimum is a backward pass over each
 * path.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/math.h"
#include "rl/env.h"

#define PERIOD 40
#define STEPS 200
#define SEEN_MOST 64

struct sine_copy {
	int32_t phase, t, p, pad;
};

struct sine {
	struct rl_env base;
	double cost;
	int64_t seen;
	char name[SEEN_MOST][12];
	const char *names[SEEN_MOST + 1];
	double price[PERIOD];
	unsigned char best[PERIOD][STEPS][2]; /* phase, t, position: what to hold */
};

static const struct opt sine_opts[] = {
	{ .kind = OPT_F64, .name = "cost", .dflt = "0.2", .off = OPT_OFF(struct sine, cost) },
	{ .kind = OPT_INT,
	    .name = "seen",
	    .dflt = "8",
	    .off = OPT_OFF(struct sine, seen),
	    .lo = 1,
	    .hi = SEEN_MOST },
	{ .kind = OPT_END },
};
static const char *const act_names[] = { "flat", "long" };

static int
sine_open(struct rl_env *v, struct err *e)
{
	struct sine *s = (struct sine *)v;

	(void)e;
	for (int i = 0; i < PERIOD; i++)
		s->price[i] = 100 + 5 * num_sin(2 * 3.14159265358979323846 * i / PERIOD);
	for (int64_t i = 0; i < s->seen; i++) {
		snprintf(s->name[i], sizeof s->name[i], "diff_%d", (int)(s->seen - i));
		s->names[i] = s->name[i];
	}
	s->names[s->seen] = "position";
	v->nobs = (size_t)s->seen + 1;
	v->obs_names = s->names;
	v->act = (struct rl_space){ .kind = RL_DISCRETE, .n = 2, .names = act_names };
	v->most_steps = STEPS;
	return 0;
}

static double
price(const struct sine *s, int phase, int t)
{
	return s->price[(t + phase + 10 * PERIOD) % PERIOD];
}

static void
observe(const struct sine *s, const struct sine_copy *c, float *obs)
{
	int seen = (int)s->seen;

	for (int i = 0; i < seen; i++) {
		int t = c->t - seen + 1 + i;

		obs[i] = (float)(price(s, c->phase, t) - price(s, c->phase, t - 1));
	}
	obs[seen] = (float)c->p;
}

static int
sine_reset(struct rl_env *v, void *copy, uint64_t seed, float *obs)
{
	struct sine_copy *c = copy;

	c->phase = (int32_t)(seed % PERIOD);
	c->t = c->p = c->pad = 0;
	observe((struct sine *)v, c, obs);
	return 0;
}

static bool
sine_holds(const struct rl_env *v, const void *copy)
{
	const struct sine_copy *c = copy;

	(void)v;
	return c->phase >= 0 && c->phase < PERIOD && c->t >= 0 && c->t <= STEPS && (c->p & ~1) == 0;
}

static int
sine_step(struct rl_env *v, void *copy, const float *act, float *obs, struct rl_out *out)
{
	struct sine *s = (struct sine *)v;
	struct sine_copy *c = copy;
	int p = act[0] >= 0.5f;

	out->reward =
	    p * (price(s, c->phase, c->t + 1) - price(s, c->phase, c->t)) - s->cost * abs(p - c->p);
	c->p = p;
	c->t++;
	out->terminated = false;
	out->truncated = c->t >= STEPS;
	observe(s, c, obs);
	return 0;
}

static int
sine_solve(struct rl_env *v, struct err *e)
{
	struct sine *s = (struct sine *)v;

	(void)e;
	for (int phase = 0; phase < PERIOD; phase++) {
		double value[2] = { 0, 0 };

		for (int t = STEPS - 1; t >= 0; t--) {
			double gain = price(s, phase, t + 1) - price(s, phase, t);
			double hold[2] = { value[0], gain + value[1] };

			for (int p = 0; p < 2; p++) {
				int to = hold[!p] - s->cost > hold[p] ? !p : p;

				s->best[phase][t][p] = (unsigned char)to;
				value[p] = hold[to] - (to != p ? s->cost : 0);
			}
		}
	}
	return 0;
}

static void
sine_best(const struct rl_env *v, const void *copy, float *act)
{
	const struct sine_copy *c = copy;

	act[0] = ((const struct sine *)v)->best[c->phase][c->t][c->p];
}

extern const struct rl_env_kind rl_env_sine;
const struct rl_env_kind rl_env_sine = {
	.name = "sine",
	.about = "trade a sine long or flat against a cost a change",
	.opts = sine_opts,
	.size = sizeof(struct sine),
	.copy_size = sizeof(struct sine_copy),
	.open = sine_open,
	.reset = sine_reset,
	.step = sine_step,
	.holds = sine_holds,
	.solve = sine_solve,
	.best = sine_best,
};
