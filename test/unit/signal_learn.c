/* The learning of weights against hand-made numbers, closed forms and regret bounds. */
#include "base/mem.h"
#include "base/num.h"
#include "base/rng.h"
#include "signal/learn.h"
#include "signal/track.h"
#include "t.h"

static const struct mix_learn plain = {
	.forget = 1, .scale = 0.1, .rate = 0.05, .ridge = 1, .warmup = 0
};
static const double ones[64] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
static const bool all[64] = { true, true, true, true, true, true, true, true, true, true, true,
	true, true, true, true, true };

static void
round_of(struct learner *l, const double *x, double r)
{
	learner_begin(l);
	learner_symbol(l, all, x, ones, r);
	learner_end(l);
}

/* Two experts, long and short, eta 1: after r = +scale the losses are 0 and 1, so the weights are
 * e : 1. */
static void
test_hedge(void)
{
	struct mix_learn how = plain;
	struct learner l;
	double p[2], x[2] = { 1, -1 };
	size_t best;

	how.eta = 1;
	learner_init(&l, MIX_HEDGE, &how);
	learner_grow(&l, 2, ones);
	learner_weights(&l, all, NULL, p);
	is_f64(p[0], 0.5, 0, "hedge: equal at first");
	round_of(&l, x, 0.1);
	learner_weights(&l, NULL, NULL, p);
	is_f64(p[0], exp(1) / (1 + exp(1)), 1e-15, "hedge: e to 1");
	is_f64(l.mix, 0.5, 0, "the mixture lost a half");
	is_f64(learner_regret(&l, &best), 0.5, 0, "regret");
	is_i64((int64_t)best, 0, "the best expert");
	round_of(&l, x, 0.05); /* losses 0.25 and 0.75 */
	learner_weights(&l, NULL, NULL, p);
	is_f64(p[1], 1 / (1 + exp(1.5)), 1e-15, "hedge: half a gain");
	round_of(&l, x, -7); /* clamped: losses 1 and 0 */
	is_f64(l.cum[0], 1.25, 1e-15, "a loss is at most 1");
	is_f64(l.cum[1], 1.75, 1e-15, "and at least 0");
	learner_free(&l);
}

static void
test_sleeping(void)
{
	struct mix_learn how = plain;
	struct learner l;
	const bool two[3] = { true, true, false };
	double p[3], x[3] = { 1, -1, 1 };

	how.eta = 1;
	learner_init(&l, MIX_HEDGE, &how);
	learner_grow(&l, 3, ones);
	learner_begin(&l);
	learner_symbol(&l, all, (double[]){ 0, 0, 0 }, ones, 0.1); /* all lose a half */
	learner_end(&l);
	learner_begin(&l);
	learner_symbol(&l, two, x, ones, 0.1);
	learner_end(&l);
	is_f64(l.cum[2], 1, 0, "who sleeps is charged what the mixture is");
	learner_weights(&l, NULL, NULL, p);
	double sum = 1 + exp(-1) + exp(-0.5);
	is_f64(p[0], 1 / sum, 1e-15, "the weights after it");
	is_f64(p[2], exp(-0.5) / sum, 1e-15, "also of the sleeper");
	learner_weights(&l, two, NULL, p);
	is_f64(p[2], 0, 0, "who sleeps has no weight");
	is_f64(p[0], 1 / (1 + exp(-1)), 1e-15, "and the others all of it");
	const double factor[3] = { 1, 2, 1 };
	learner_weights(&l, two, factor, p);
	is_f64(p[0], 1 / (1 + 2 * exp(-1)), 1e-15, "a factor multiplies");
	learner_grow(&l, 4, ones);
	double q[4];
	learner_weights(&l, all, NULL, q);
	is_f64(q[3], 0.25, 1e-15, "a new expert has its prior's share");
	learner_weights(&l, NULL, NULL, q);
	is_f64(q[3], 0, 0, "and does not count before it spoke");
	double was = l.mix;
	learner_begin(&l);
	learner_symbol(&l, all, (double[]){ 0, 0, 0, 0 }, ones, 0.1);
	learner_end(&l);
	is_f64(l.cum[3], was + 0.5, 1e-15, "it begins where the mixture is");
	learner_free(&l);
}

/*
 * Regret within its bound, whatever comes. Three adversaries: coin flips; one that always makes the
 * expert lose that has most weight; the alternation that ruins following the leader.
 */
static double
adversary(int kind, int t, const struct learner *l, size_t n, struct rng *r, double *x)
{
	double p[64];

	learner_weights(l, NULL, NULL, p);
	size_t top = 0;
	for (size_t i = 0; i < n; i++) {
		top = p[i] > p[top] ? i : top;
		x[i] = rng_uniform(r) < 0.5 ? -1 : 1;
	}
	if (kind == 1)
		for (size_t i = 0; i < n; i++)
			x[i] = i == top ? -1 : 1;
	if (kind == 2)
		for (size_t i = 0; i < n; i++)
			x[i] = (t + (int)i) % 2 ? 1 : -1;
	if (kind == 2 && t == 0)
		return 0.05;
	return 0.1;
}

static void
test_regret_bound(void)
{
	const size_t sizes[] = { 2, 10, 16 };
	const double etas[] = { 0, 0.05, 0.5 };

	for (int kind = 0; kind < 3; kind++)
		for (size_t s = 0; s < 3; s++)
			for (size_t k = 0; k < 3; k++) {
				struct mix_learn how = plain;
				struct learner l;
				struct rng r;
				double worst = -INFINITY, x[64];
				size_t best;

				how.eta = etas[k];
				learner_init(&l, MIX_HEDGE, &how);
				learner_grow(&l, sizes[s], ones);
				rng_seed(&r, 7);
				for (int t = 0; t < 3000; t++) {
					double ret = adversary(kind, t, &l, sizes[s], &r, x);

					round_of(&l, x, ret);
					double over = learner_regret(&l, &best) - learner_bound(&l);
					worst = over > worst ? over : worst;
				}
				ok(worst <= 0,
				    "hedge, adversary %d, %zu experts, eta %g: regret %.2f of %.2f",
				    kind, sizes[s], etas[k], learner_regret(&l, &best),
				    learner_bound(&l));
				learner_free(&l);
			}
}

/* After a change of the best expert, shared weights are there sooner. */
static void
test_share(void)
{
	double w[2];

	for (int share = 0; share < 2; share++) {
		struct mix_learn how = plain;
		struct learner l;
		double p[2], x[2] = { 1, -1 };

		how.eta = 0.5;
		how.share = share ? 0.02 : 0;
		learner_init(&l, MIX_HEDGE, &how);
		learner_grow(&l, 2, ones);
		for (int t = 0; t < 200; t++)
			round_of(&l, x, 0.1);
		for (int t = 0; t < 20; t++)
			round_of(&l, x, -0.1);
		learner_weights(&l, NULL, NULL, p);
		w[share] = p[1];
		learner_free(&l);
	}
	ok(w[0] < 1e-9 && w[1] > 0.9, "fixed share follows a change: %.3g, else %.3g", w[1], w[0]);
}

/* Two experts, x = 1 and 0, r = 0.1: g = 1.1 and 1, w.g = 1.05. */
static void
test_eg(void)
{
	struct mix_learn how = plain;
	struct learner l;
	double p[2], x[2] = { 1, 0 };
	size_t best;

	how.eta = 0.5;
	learner_init(&l, MIX_EG, &how);
	learner_grow(&l, 2, ones);
	round_of(&l, x, 0.1);
	learner_weights(&l, NULL, NULL, p);
	double a = exp(0.5 * 1.1 / 1.05), b = exp(0.5 / 1.05);
	is_f64(p[0], a / (a + b), 1e-15, "eg: one step");
	is_f64(l.mix, -log(1.05), 1e-15, "log wealth of the mixture");
	is_f64(learner_regret(&l, &best), log(1.1 / 1.05), 1e-15, "regret in log wealth");
	learner_free(&l);
}

/* An expert that says up with 90 %, one that says down with 60 %: after an up-move their weights
 * are 0.9 : 0.4 by Bayes' rule, after a down-move too they are 0.09 : 0.24. */
static void
test_bayes(void)
{
	struct learner l;
	double p[2];
	const double x[2] = { 0.8, -0.2 };
	size_t best;
	struct rng r;

	learner_init(&l, MIX_BAYES, &plain);
	learner_grow(&l, 2, ones);
	round_of(&l, x, 0.01);
	learner_weights(&l, NULL, NULL, p);
	is_f64(p[0], 0.9 / 1.3, 1e-15, "bayes: after up");
	round_of(&l, x, -0.01);
	learner_weights(&l, NULL, NULL, p);
	is_f64(p[0], 0.09 / (0.09 + 0.24), 1e-15, "bayes: after down");
	round_of(&l, x, 0);
	is_i64(l.rounds, 2, "no move teaches nothing");
	rng_seed(&r, 3);
	double worst = -INFINITY;
	for (int t = 0; t < 2000; t++) {
		double y[2] = { 2 * rng_uniform(&r) - 1, 2 * rng_uniform(&r) - 1 };

		round_of(&l, y, rng_uniform(&r) - 0.5);
		double over = learner_regret(&l, &best) - log(2);
		worst = over > worst ? over : worst;
	}
	ok(worst <= 1e-9, "bayes: regret never above ln 2 (%.3g below)", -worst);
	learner_free(&l);
}

/* Recursive least squares equals the ridge solution (Z'Z + I)^-1 Z'y, by Cramer's rule. */
static void
test_ridge(void)
{
	struct learner l;
	struct rng r;
	double a = 1, b = 0, d = 1, u = 0, v = 0;

	learner_init(&l, MIX_RIDGE, &plain);
	learner_grow(&l, 2, ones);
	rng_seed(&r, 11);
	for (int t = 0; t < 300; t++) {
		double z[2] = { 2 * rng_uniform(&r) - 1, 2 * rng_uniform(&r) - 1 };
		double y = 0.5 * z[0] - 0.2 * z[1] + 0.3 * (rng_uniform(&r) - 0.5);

		round_of(&l, z, y * plain.scale);
		y = y > 1 ? 1 : y < -1 ? -1 : y;
		a += z[0] * z[0];
		b += z[0] * z[1];
		d += z[1] * z[1];
		u += z[0] * y;
		v += z[1] * y;
	}
	double det = a * d - b * b;
	is_f64(l.w[0], (d * u - b * v) / det, 1e-12, "ridge: the batch solution, first");
	is_f64(l.w[1], (a * v - b * u) / det, 1e-12, "and second coefficient");
	const double z[2] = { 0.4, 0.1 };
	is_f64(learner_predict(&l, z), 0.4 * l.w[0] + 0.1 * l.w[1], 1e-15, "its view");
	const double big[2] = { 4, -4 };
	is_f64(learner_predict(&l, big), 1, 0, "held at 1");
	learner_free(&l);
}

static void
test_logistic(void)
{
	struct learner l;
	struct rng r;
	const double x[2] = { 1, 0 };
	const double z[2] = { 1, 0 };

	learner_init(&l, MIX_LOGISTIC, &plain);
	learner_grow(&l, 2, ones);
	is_f64(learner_predict(&l, z), 0, 0, "logistic: no view at first");
	round_of(&l, x, 0.01); /* p = 1/2, gradient -1/2 */
	is_f64(l.w[0], 0.025, 1e-15, "logistic: one step of 0.05 x 0.5");
	is_f64(l.w[1], 0, 0, "the other did not speak");
	is_f64(learner_predict(&l, z), 2 / (1 + exp(-0.025)) - 1, 1e-14, "its view");
	rng_seed(&r, 5);
	for (int t = 0; t < 20000; t++) { /* up with probability 1/(1+e^-(2 z0)) */
		double y[2] = { 2 * rng_uniform(&r) - 1, 2 * rng_uniform(&r) - 1 };
		double up = 1 / (1 + exp(-2 * y[0]));

		round_of(&l, y, rng_uniform(&r) < up ? 0.01 : -0.01);
	}
	is_f64(l.w[0], 2, 0.3, "logistic: finds the coefficient (%.3f)", l.w[0]);
	is_f64(l.w[1], 0, 0.3, "and that of noise (%.3f)", l.w[1]);
	learner_free(&l);
}

static void
test_many_symbols(void)
{
	struct mix_learn how = plain;
	struct learner l;
	const double x[2] = { 1, -1 };

	how.eta = 1;
	learner_init(&l, MIX_HEDGE, &how);
	learner_grow(&l, 2, ones);
	learner_begin(&l);
	learner_symbol(&l, all, x, ones, 0.1);
	learner_symbol(&l, all, x, ones, -0.1);
	learner_symbol(&l, all, x, ones, 0.1);
	learner_end(&l);
	is_f64(l.cum[0], 1.0 / 3, 1e-15, "a round is the mean over its symbols");
	is_i64(l.rounds, 1, "and one round");
	learner_begin(&l);
	learner_end(&l);
	is_i64(l.rounds, 1, "no symbol, no round");
	learner_free(&l);
}

static void
test_track(void)
{
	const struct mix_off off = { .window = 4,
		.min_trials = 4,
		.probation = 3,
		.min_hit = 0.5,
		.max_drawdown = 0.3,
		.back_hit = 0.6 };
	struct track t = { 0 };
	enum track_event ev = TRACK_SAME;
	const bool hits[] = { true, false, false };

	for (int i = 0; i < 3; i++) {
		track_trial(&t, &off, hits[i]);
		ev = track_round(&t, &off, 0);
	}
	ok(ev == TRACK_SAME && !t.off, "not before min_trials");
	is_f64(track_rate(&t, 4), 1.0 / 3, 1e-15, "its rate so far");
	track_trial(&t, &off, false);
	ok(track_round(&t, &off, 0) == TRACK_OFF_HITS && t.off, "1 of 4: off");
	track_trial(&t, &off, true);
	track_round(&t, &off, 0);
	track_trial(&t, &off, true);
	ok(track_round(&t, &off, 0) == TRACK_SAME, "2 of 2, but the probation is 3");
	track_trial(&t, &off, false);
	ok(track_round(&t, &off, 0) == TRACK_BACK && !t.off, "2 of the last 3: back");
	for (int i = 0; i < 4; i++) {
		track_trial(&t, &off, true);
		ev = track_round(&t, &off, i == 3 ? -0.31 : 0.1);
	}
	ok(ev == TRACK_OFF_DRAWDOWN, "0.31 below its top: off though it hits");
	track_free(&t);
}

int
main(void)
{
	test_hedge();
	test_sleeping();
	test_regret_bound();
	test_share();
	test_eg();
	test_bayes();
	test_ridge();
	test_logistic();
	test_many_symbols();
	test_track();
	return done_testing();
}
