/* Made-up markets against what their formulas say: fixed seeds, tolerances of about four
 * standard errors. */
#include "base/mem.h"
#include "base/num.h"
#include "base/tim.h"
#include "feed/market.h"
#include "t.h"

#define YEAR (365.0 * (double)TIM_DAY)

static struct market_opts
options(enum market_model model)
{
	return (struct market_opts){ .model = model,
		.drift = 0.1,
		.vol = 0.4,
		.year_ns = YEAR,
		.step = TIM_HOUR,
		.switch_step = TIM_HOUR,
		.start_price = 100,
		.half_life = 12 * TIM_HOUR,
		.reversion = 30,
		.vol_of_vol = 2,
		.leverage = -0.7 };
}

/* Moments of what is added one at a time. */
struct sums {
	double n, s1, s2, s3, s4;
};

static void
add(struct sums *s, double v)
{
	s->n++;
	s->s1 += v;
	s->s2 += v * v;
	s->s3 += v * v * v;
	s->s4 += v * v * v * v;
}

static double
mean(const struct sums *s)
{
	return s->s1 / s->n;
}

static double
variance(const struct sums *s)
{
	return s->s2 / s->n - mean(s) * mean(s);
}

/* raw fourth moment over variance squared; means are near 0 here */
static double
kurtosis(const struct sums *s)
{
	return s->s4 / s->n / (variance(s) * variance(s));
}

/* Log returns of symbol 0, n steps. */
static struct sums
returns(struct market_opts o, uint64_t seed, int n)
{
	struct market m;
	struct sums s = { 0 };

	market_init(&m, &o, 1, seed);
	for (int i = 0; i < n; i++) {
		double x = m.x[0];

		market_step(&m);
		add(&s, m.x[0] - x);
	}
	market_free(&m);
	return s;
}

static void
test_gbm(void)
{
	enum { N = 400000 };
	struct market_opts o = options(MARKET_GBM);
	double dt = (double)o.step / YEAR, var = o.vol * o.vol * dt;
	struct sums s = returns(o, 1, N);

	/* standard errors: of the mean sqrt(var/n), of the variance var sqrt(2/n), of the kurtosis
	 * sqrt(24/n) */
	is_f64(mean(&s), (o.drift - o.vol * o.vol / 2) * dt, 4 * sqrt(var / N), "gbm: mean");
	is_f64(variance(&s) / var, 1, 4 * sqrt(2.0 / N), "gbm: variance");
	is_f64(kurtosis(&s), 3, 4 * sqrt(24.0 / N), "gbm: kurtosis");

	o.drift = 50; /* large, so that the mean can be told from its error */
	s = returns(o, 2, N);
	is_f64(mean(&s) / ((o.drift - o.vol * o.vol / 2) * dt), 1, 0.02, "gbm: a steep drift");
}

static void
test_correlation(void)
{
	enum { N = 100000, K = 4 };
	struct market_opts o = options(MARKET_GBM);
	struct market m;
	double cross[K][K] = { { 0 } }, before[K];

	o.correlation = 0.6;
	market_init(&m, &o, K, 3);
	for (int i = 0; i < N; i++) {
		memcpy(before, m.x, sizeof before);
		market_step(&m);
		for (int a = 0; a < K; a++)
			for (int b = 0; b < K; b++)
				cross[a][b] += (m.x[a] - before[a]) * (m.x[b] - before[b]);
	}
	for (int a = 0; a < K; a++)
		for (int b = 0; b < a; b++) /* standard error (1 - rho^2) / sqrt(n) */
			is_f64(cross[a][b] / sqrt(cross[a][a] * cross[b][b]), 0.6,
			    4 * 0.64 / sqrt(N), "correlation of %d and %d", a, b);
	market_free(&m);

	o.correlation = 1;
	market_init(&m, &o, 2, 4);
	for (int i = 0; i < 100; i++)
		market_step(&m);
	is_f64(m.x[0], m.x[1], 0, "correlation 1: one path");
	market_free(&m);
}

static void
test_ou(void)
{
	enum { N = 400000 };
	struct market_opts o = options(MARKET_OU);
	struct market m;
	double kappa = log(2) / ((double)o.half_life / YEAR), theta = log(100), prev;
	double a = pow(0.5, 1.0 / 12), sxx = 0, sxy = 0, fitted;
	struct sums s = { 0 };

	market_init(&m, &o, 1, 5);
	prev = m.x[0] - theta;
	for (int i = 0; i < N; i++) {
		double d;

		market_step(&m);
		d = m.x[0] - theta;
		add(&s, d);
		sxx += prev * prev;
		sxy += prev * d;
		prev = d;
	}
	fitted = sxy / sxx;
	is_f64(fitted, a, 4 * sqrt((1 - a * a) / N), "ou: lag-one correlation");
	is_f64(
	    -log(2) / log(fitted), 12, 1.0, "ou: half-life of %.2f steps", -log(2) / log(fitted));
	/* samples hang together: 1/n becomes (1 + a^2) / (1 - a^2) / n */
	is_f64(variance(&s) / (o.vol * o.vol / (2 * kappa)), 1,
	    4 * sqrt(2.0 / N * (1 + a * a) / (1 - a * a)), "ou: stationary variance");
	is_f64(mean(&s), 0, 4 * sqrt(variance(&s) / N * (1 + a) / (1 - a)), "ou: mean");
	market_free(&m);
}

/* The law of a day does not depend on the step: 24 of an hour, or one of a day. */
static void
test_ou_exact(void)
{
	enum { N = 20000 };
	struct market_opts o = options(MARKET_OU);
	struct sums fine = { 0 }, coarse = { 0 };
	struct market m;

	market_init(&m, &o, N, 6);
	for (int i = 0; i < 24; i++)
		market_step(&m);
	for (int i = 0; i < N; i++)
		add(&fine, m.x[i] - log(100));
	market_free(&m);
	o.step = TIM_DAY;
	market_init(&m, &o, N, 7);
	market_step(&m);
	for (int i = 0; i < N; i++)
		add(&coarse, m.x[i] - log(100));
	market_free(&m);
	is_f64(variance(&fine) / variance(&coarse), 1, 4 * sqrt(4.0 / N), "ou: exact at any step");
}

static void
test_heston(void)
{
	enum { N = 400000 };
	struct market_opts o = options(MARKET_HESTON);
	struct market m;
	double theta = o.vol * o.vol, cross = 0, rr = 0, vv = 0;
	struct sums v = { 0 }, r = { 0 };

	market_init(&m, &o, 1, 8);
	for (int i = 0; i < N; i++) {
		double x = m.x[0], v0 = m.v[0];

		market_step(&m);
		add(&v, m.v[0]);
		add(&r, m.x[0] - x);
		cross += (m.x[0] - x) * (m.v[0] - v0);
		rr += (m.x[0] - x) * (m.x[0] - x);
		vv += (m.v[0] - v0) * (m.v[0] - v0);
	}
	/* v is the square-root process of Cox, Ingersoll and Ross: mean theta, variance
	 * theta xi^2 / (2 kappa); the tolerances allow for N kappa dt = 1370 relaxation times and
	 * for the bias of the scheme where v touches 0 */
	is_f64(mean(&v) / theta, 1, 0.1, "heston: mean variance");
	is_f64(variance(&v) / (theta * o.vol_of_vol * o.vol_of_vol / (2 * o.reversion)), 1, 0.25,
	    "heston: variance of the variance");
	is_f64(cross / sqrt(rr * vv), o.leverage, 0.02, "heston: leverage");
	is_f64(
	    variance(&r) / (theta * (double)o.step / YEAR), 1, 0.1, "heston: variance of returns");
	ok(kurtosis(&r) > 3.5, "heston: fat tails, kurtosis %.2f", kurtosis(&r));
	market_free(&m);
}

static void
test_merton(void)
{
	enum { N = 400000 };
	struct market_opts o = options(MARKET_MERTON);
	struct sums s;
	double dt = (double)o.step / YEAR, lambda = 2000, m = -0.005, d = 0.02, var, fourth;

	o.jump_rate = lambda;
	o.jump_mean = m;
	o.jump_vol = d;
	s = returns(o, 9, N);
	var = (o.vol * o.vol + lambda * (m * m + d * d)) * dt;
	/* fourth cumulant of a compound Poisson process: lambda dt E J^4 */
	fourth = lambda * dt * (m * m * m * m + 6 * m * m * d * d + 3 * d * d * d * d);
	is_f64(variance(&s) / var, 1, 0.02, "merton: variance of diffusion and jumps");
	is_f64(kurtosis(&s), 3 + fourth / (var * var), 0.6, "merton: kurtosis");
	is_f64(mean(&s),
	    (o.drift - lambda * (exp(m + d * d / 2) - 1) - o.vol * o.vol / 2 + lambda * m) * dt,
	    4 * sqrt(var / N), "merton: mean");
}

static void
test_regimes(void)
{
	enum { N = 1000000 };
	const char *texts[] = { "a:0:0.1:10h", "b:0:0.3:30h", "c:0:0.5:60h" };
	struct opt_list list = { texts, 3 };
	struct market_opts o = options(MARKET_REGIME);
	struct market m;
	struct err e;
	double in[3] = { 0 }, visits[3] = { 0 };
	struct sums s[3];

	is_i64(market_parse_regimes(&o, &list, TIM_HOUR, &e), 0, "three states are read");
	memset(s, 0, sizeof s);
	market_init(&m, &o, 1, 10);
	visits[0] = 1;
	for (int i = 0; i < N; i++) {
		double x;

		if (market_switch(&m))
			visits[m.regime]++;
		in[m.regime]++;
		x = m.x[0];
		market_step(&m);
		add(&s[m.regime], m.x[0] - x);
	}
	/* a stay is geometric with mean 1 / (1 - exp(-1/k)) steps; occupancy in their ratio */
	double sum = 0, stay[3], hours[] = { 10, 30, 60 };
	for (int i = 0; i < 3; i++)
		sum += stay[i] = 1 / (1 - exp(-1 / hours[i]));
	for (int i = 0; i < 3; i++) {
		double vol = sqrt(variance(&s[i]) / ((double)o.step / YEAR));

		is_f64(in[i] / N, stay[i] / sum, 0.01, "regime %d: occupancy %.4f", i, in[i] / N);
		is_f64(in[i] / visits[i] / stay[i], 1, 0.04, "regime %d: mean stay", i);
		is_f64(vol / o.regimes[i].vol, 1, 0.02, "regime %d: volatility", i);
	}
	market_free(&m);
}

static void
test_regime_texts(void)
{
	static const char *const bad[] = { "", "a", "a:1", "a:x:1", "a:1:-1", "a:1:1:0s",
		"a:1:1:1h:2", ":1:1", "a:1:1:soon" };
	struct market_opts o = { 0 };
	struct err e;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const char *text[] = { bad[i] };
		struct opt_list l = { text, 1 };

		is_i64(market_parse_regimes(&o, &l, TIM_HOUR, &e), ERR_USAGE, "'%s' is refused",
		    bad[i]);
	}
}

int
main(void)
{
	test_gbm();
	test_correlation();
	test_ou();
	test_ou_exact();
	test_heston();
	test_merton();
	test_regimes();
	test_regime_texts();
	return done_testing();
}
