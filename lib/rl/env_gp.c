/*
 * A continuous position against quadratic costs (after Garleanu and Pedersen, Dynamic Trading with
 * Predictable Returns and Transaction Costs, Journal of Finance 68, 2013): a signal f' = 0.9 f +
 * sqrt(1 - 0.81) N(0,1) foretells the return of the step; the action a in [-1,1] is the new
 * position in units of 3; reward p (f + N(0,1)) - trade (p - p before)^2 - risk p^2, 50 steps from
 * flat. The best policy is linear in f and the position held, by a backward Riccati recursion that
 * is exact but for the bounds, which it all but never meets.
 */
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "rl/env.h"

#define STEPS 50
#define UNIT 3.0
#define PHI 0.9

struct gp_copy {
	struct rng rng;
	double f, p;
	int64_t t;
};

struct gp {
	struct rl_env base;
	double trade, risk;
	double on_f[STEPS], on_p[STEPS]; /* best position = on_f f + on_p p */
};

static const struct opt gp_opts[] = {
	{ .kind = OPT_F64, .name = "trade", .dflt = "0.5", .off = OPT_OFF(struct gp, trade) },
	{ .kind = OPT_F64, .name = "risk", .dflt = "0.5", .off = OPT_OFF(struct gp, risk) },
	{ .kind = OPT_END },
};
static const char *const obs_names[] = { "signal", "position", "time" };
static const char *const act_names[] = { "position" };
static const double lo[] = { -1 }, hi[] = { 1 };

static int
gp_open(struct rl_env *v, struct err *e)
{
	struct gp *g = (struct gp *)v;

	if (!(g->trade >= 0 && g->risk > 0))
		return err_set(
		    e, ERR_USAGE, "garleanu-pedersen: risk must be above 0, trade not below");
	v->nobs = 3;
	v->obs_names = obs_names;
	v->act =
	    (struct rl_space){ .kind = RL_BOX, .n = 1, .lo = lo, .hi = hi, .names = act_names };
	v->most_steps = STEPS;
	return 0;
}

static void
observe(const struct gp_copy *c, float *obs)
{
	obs[0] = (float)c->f;
	obs[1] = (float)(c->p / UNIT);
	obs[2] = (float)(STEPS - c->t) / STEPS;
}

static int
gp_reset(struct rl_env *v, void *copy, uint64_t seed, float *obs)
{
	struct gp_copy *c = copy;

	(void)v;
	memset(c, 0, sizeof *c);
	rng_seed(&c->rng, seed);
	c->f = rng_normal(&c->rng);
	observe(c, obs);
	return 0;
}

static bool
gp_holds(const struct rl_env *v, const void *copy)
{
	const struct gp_copy *c = copy;

	(void)v;
	return isfinite(c->f) && isfinite(c->p) && c->t >= 0 && c->t <= STEPS;
}

static int
gp_step(struct rl_env *v, void *copy, const float *act, float *obs, struct rl_out *out)
{
	struct gp *g = (struct gp *)v;
	struct gp_copy *c = copy;
	double a = (double)act[0], p = UNIT * (a < -1 ? -1 : a > 1 ? 1 : a), d = p - c->p;

	out->reward = p * (c->f + rng_normal(&c->rng)) - g->trade * d * d - g->risk * p * p;
	c->p = p;
	c->f = PHI * c->f + sqrt(1 - PHI * PHI) * rng_normal(&c->rng);
	c->t++;
	out->terminated = c->t >= STEPS;
	out->truncated = false;
	observe(c, obs);
	return 0;
}

/* The value is V(f, p) = a f^2 + b f p + c p^2 + d, and 0 at the end. With it known for the next
 * step, q maximises q f - trade (q - p)^2 - risk q^2 + b phi f q + c q^2. */
static int
gp_solve(struct rl_env *v, struct err *e)
{
	struct gp *g = (struct gp *)v;
	double b = 0, c = 0;

	(void)e;
	for (int t = STEPS - 1; t >= 0; t--) {
		double k = g->trade + g->risk - c, m = 1 + b * PHI;

		/* q* = (m f + 2 trade p) / (2 k); value = (m f + 2 trade p)^2 / (4 k) - trade p^2
		 */
		g->on_f[t] = m / (2 * k);
		g->on_p[t] = g->trade / k;
		b = m * g->trade / k;
		c = g->trade * g->trade / k - g->trade;
	}
	return 0;
}

static void
gp_best(const struct rl_env *v, const void *copy, float *act)
{
	const struct gp *g = (const struct gp *)v;
	const struct gp_copy *c = copy;

	act[0] = (float)((g->on_f[c->t] * c->f + g->on_p[c->t] * c->p) / UNIT);
}

extern const struct rl_env_kind rl_env_garleanu_pedersen;
const struct rl_env_kind rl_env_garleanu_pedersen = {
	.name = "garleanu-pedersen",
	.about = "a continuous position on a decaying signal against quadratic costs",
	.opts = gp_opts,
	.size = sizeof(struct gp),
	.copy_size = sizeof(struct gp_copy),
	.open = gp_open,
	.reset = gp_reset,
	.step = gp_step,
	.holds = gp_holds,
	.solve = gp_solve,
	.best = gp_best,
};
