/*
 * Selling 20 lots within 20 periods (after Almgren and Chriss 2000): 0 to 5 lots a period, each
 * period costing 0.05 k^2 (impact) and 0.005 q^2 (risk of the q lots left), and what is left at the
 * end 0.05 q^2. Nothing is random, so the dynamic program over (time, lots) is exact: -5.48.
 */
#include <math.h>

#include "rl/env.h"

#define LOTS 20
#define PERIODS 20
#define MOST 5

struct ac_copy {
	int32_t q, t;
};

struct ac {
	struct rl_env base;
	double impact, risk, last;
	int best[PERIODS][LOTS + 1];
};

static const struct opt ac_opts[] = {
	{ .kind = OPT_F64, .name = "impact", .dflt = "0.05", .off = OPT_OFF(struct ac, impact) },
	{ .kind = OPT_F64, .name = "risk", .dflt = "0.005", .off = OPT_OFF(struct ac, risk) },
	{ .kind = OPT_F64, .name = "last", .dflt = "0.05", .off = OPT_OFF(struct ac, last) },
	{ .kind = OPT_END },
};
static const char *const obs_names[] = { "left", "time" };
static const char *const act_names[] = { "0", "1", "2", "3", "4", "5" };

static int
ac_open(struct rl_env *v, struct err *e)
{
	(void)e;
	v->nobs = 2;
	v->obs_names = obs_names;
	v->act = (struct rl_space){ .kind = RL_DISCRETE, .n = MOST + 1, .names = act_names };
	v->most_steps = PERIODS;
	return 0;
}

/* both from 1 to 0 */
static void
observe(const struct ac_copy *c, float *obs)
{
	obs[0] = (float)c->q / LOTS;
	obs[1] = (float)(PERIODS - c->t) / PERIODS;
}

static int
ac_reset(struct rl_env *v, void *copy, uint64_t seed, float *obs)
{
	struct ac_copy *c = copy;

	(void)v;
	(void)seed;
	c->q = LOTS;
	c->t = 0;
	observe(c, obs);
	return 0;
}

static int
sold(int k, int q)
{
	return k < q ? k : q;
}

static double
cost(const struct ac *a, int k, int q, int t)
{
	double c = a->impact * k * k + a->risk * (q - k) * (q - k);

	return t + 1 < PERIODS ? c : c + a->last * (q - k) * (q - k);
}

static bool
ac_holds(const struct rl_env *v, const void *copy)
{
	const struct ac_copy *c = copy;

	(void)v;
	return c->q >= 0 && c->q <= LOTS && c->t >= 0 && c->t <= PERIODS;
}

static int
ac_step(struct rl_env *v, void *copy, const float *act, float *obs, struct rl_out *out)
{
	struct ac_copy *c = copy;
	int k = sold((int)act[0], c->q);

	out->reward = -cost((struct ac *)v, k, c->q, c->t);
	c->q -= k;
	c->t++;
	out->terminated = c->t >= PERIODS;
	out->truncated = false;
	observe(c, obs);
	return 0;
}

static int
ac_solve(struct rl_env *v, struct err *e)
{
	struct ac *a = (struct ac *)v;
	double value[LOTS + 1] = { 0 };

	(void)e;
	for (int t = PERIODS - 1; t >= 0; t--) {
		double now[LOTS + 1];

		for (int q = 0; q <= LOTS; q++) {
			now[q] = INFINITY;
			for (int k = 0; k <= MOST && k <= q; k++) {
				double c = cost(a, k, q, t) + value[q - k];

				if (c < now[q]) {
					now[q] = c;
					a->best[t][q] = k;
				}
			}
		}
		for (int q = 0; q <= LOTS; q++)
			value[q] = now[q];
	}
	return 0;
}

static void
ac_best(const struct rl_env *v, const void *copy, float *act)
{
	const struct ac_copy *c = copy;

	act[0] = (float)((const struct ac *)v)->best[c->t][c->q];
}

extern const struct rl_env_kind rl_env_almgren_chriss;
const struct rl_env_kind rl_env_almgren_chriss = {
	.name = "almgren-chriss",
	.about = "sell 20 lots in 20 periods at the least impact and risk",
	.opts = ac_opts,
	.size = sizeof(struct ac),
	.copy_size = sizeof(struct ac_copy),
	.open = ac_open,
	.reset = ac_reset,
	.step = ac_step,
	.holds = ac_holds,
	.solve = ac_solve,
	.best = ac_best,
};
