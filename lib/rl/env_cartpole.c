/*
 * CartPole-v1: a pole on a cart, balanced by pushing left or right with 10 N. Dynamics, limits and
 * start as in Gymnasium 1.0 (gymnasium/envs/classic_control/cartpole.py, explicit Euler, 0.02 s),
 * after Barto, Sutton and Anderson 1983. One reward a step, 500 steps at most, which is the
 * optimum.
 */
#include <math.h>
#include <string.h>

#include "base/math.h"
#include "base/rng.h"
#include "rl/env.h"

#define GRAVITY 9.8
#define MASS_POLE 0.1
#define MASS_ALL (1.0 + MASS_POLE)
#define HALF_LENGTH 0.5
#define POLE_MOMENT (MASS_POLE * HALF_LENGTH)
#define FORCE 10.0
#define DT 0.02
#define MOST_ANGLE (12 * 2 * 3.14159265358979323846 / 360)
#define MOST_X 2.4
#define MOST_STEPS 500

struct pole {
	double s[4]; /* position, its speed, angle, its speed */
	int64_t t;
};

struct cartpole {
	struct rl_env base;
	double gain[4]; /* push = sign of gain . state */
};

static const char *const obs_names[] = { "position", "velocity", "angle", "angular_velocity" };
static const char *const act_names[] = { "left", "right" };

static int
pole_open(struct rl_env *v, struct err *e)
{
	(void)e;
	v->nobs = 4;
	v->obs_names = obs_names;
	v->act = (struct rl_space){ .kind = RL_DISCRETE, .n = 2, .names = act_names };
	v->most_steps = MOST_STEPS;
	return 0;
}

static void
observe(const struct pole *c, float *obs)
{
	for (int i = 0; i < 4; i++)
		obs[i] = (float)c->s[i];
}

static int
pole_reset(struct rl_env *v, void *copy, uint64_t seed, float *obs)
{
	struct pole *c = copy;
	struct rng r;

	(void)v;
	rng_seed(&r, seed);
	for (int i = 0; i < 4; i++)
		c->s[i] = rng_uniform(&r) * 0.1 - 0.05;
	c->t = 0;
	observe(c, obs);
	return 0;
}

/* The accelerations of cart and pole under a force. */
static void
pole_forces(const double *s, double force, double *ax, double *aangle)
{
	double c = num_cos(s[2]), d = num_sin(s[2]);
	double temp = (force + POLE_MOMENT * s[3] * s[3] * d) / MASS_ALL;

	*aangle =
	    (GRAVITY * d - c * temp) / (HALF_LENGTH * (4.0 / 3.0 - MASS_POLE * c * c / MASS_ALL));
	*ax = temp - POLE_MOMENT * *aangle * c / MASS_ALL;
}

static bool
pole_holds(const struct rl_env *v, const void *copy)
{
	const struct pole *c = copy;

	(void)v;
	for (int i = 0; i < 4; i++)
		if (!isfinite(c->s[i]))
			return false;
	return c->t >= 0 && c->t <= MOST_STEPS;
}

static int
pole_step(struct rl_env *v, void *copy, const float *act, float *obs, struct rl_out *out)
{
	struct pole *c = copy;
	double ax, aa;

	(void)v;
	pole_forces(c->s, act[0] >= 0.5f ? FORCE : -FORCE, &ax, &aa);
	c->s[0] += DT * c->s[1];
	c->s[1] += DT * ax;
	c->s[2] += DT * c->s[3];
	c->s[3] += DT * aa;
	c->t++;
	out->reward = 1;
	out->terminated =
	    c->s[0] < -MOST_X || c->s[0] > MOST_X || c->s[2] < -MOST_ANGLE || c->s[2] > MOST_ANGLE;
	out->truncated = c->t >= MOST_STEPS;
	observe(c, obs);
	return 0;
}

/*
 * The linear-quadratic regulator of the dynamics at the upright pole, by the Riccati recursion
 * P = Q + A'PA - A'PB (R + B'PB)^-1 B'PA to its fixed point; the push is the sign of its force. It
 * stands 500 steps from every start, and more cannot be had.
 */
static int
pole_solve(struct rl_env *v, struct err *e)
{
	struct cartpole *p = (struct cartpole *)v;
	double a[4][4] = { { 0 } }, b[4] = { 0 }, q[4] = { 1, 1, 10, 1 }, m[4][4] = { { 0 } };
	double den = HALF_LENGTH * (4.0 / 3.0 - MASS_POLE / MASS_ALL);

	(void)e;
	for (int i = 0; i < 4; i++)
		a[i][i] = 1, m[i][i] = q[i];
	a[0][1] = a[2][3] = DT;
	a[3][2] = DT * GRAVITY / den;
	a[1][2] = -POLE_MOMENT / MASS_ALL * a[3][2];
	b[3] = -DT / MASS_ALL / den;
	b[1] = DT / MASS_ALL - POLE_MOMENT / MASS_ALL * b[3];
	for (int it = 0; it < 5000; it++) {
		double pa[4][4], pb[4], bpa[4], bpb = 0.01, next[4][4];

		for (int i = 0; i < 4; i++) {
			pb[i] = 0;
			for (int j = 0; j < 4; j++) {
				pa[i][j] = 0;
				pb[i] += m[i][j] * b[j];
				for (int k = 0; k < 4; k++)
					pa[i][j] += m[i][k] * a[k][j];
			}
			bpb += b[i] * pb[i];
		}
		for (int j = 0; j < 4; j++) {
			bpa[j] = 0;
			for (int k = 0; k < 4; k++)
				bpa[j] += b[k] * pa[k][j];
			p->gain[j] = -bpa[j] / bpb;
		}
		for (int i = 0; i < 4; i++)
			for (int j = 0; j < 4; j++) {
				next[i][j] = (i == j ? q[i] : 0) - bpa[i] * bpa[j] / bpb;
				for (int k = 0; k < 4; k++)
					next[i][j] += a[k][i] * pa[k][j];
			}
		memcpy(m, next, sizeof m);
	}
	return 0;
}

static void
pole_best(const struct rl_env *v, const void *copy, float *act)
{
	const struct cartpole *p = (const struct cartpole *)v;
	const struct pole *c = copy;
	double f = 0;

	for (int i = 0; i < 4; i++)
		f += p->gain[i] * c->s[i];
	act[0] = f > 0;
}

extern const struct rl_env_kind rl_env_cartpole;
const struct rl_env_kind rl_env_cartpole = {
	.name = "cartpole",
	.about = "balance a pole on a cart (CartPole-v1)",
	.size = sizeof(struct cartpole),
	.copy_size = sizeof(struct pole),
	.open = pole_open,
	.reset = pole_reset,
	.step = pole_step,
	.holds = pole_holds,
	.solve = pole_solve,
	.best = pole_best,
};
