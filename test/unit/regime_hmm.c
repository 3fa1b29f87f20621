/* The hidden Markov model: its filter against vectors and against the sum over all state paths,
 * its fit against what statsmodels reached on the same returns. */
#include "io/in.h"
#include "io/out.h"
#include "rec/json.h"
#include "regime/fit.h"
#include "regime/special.h"
#include "t.h"

#include "base/mem.h"
#include "base/rng.h"

#define ROWS 5000
#define COLS 6

static double table[ROWS][COLS];

/* Numbers of a CSV file with a header line; the rows read. */
static int
read_table(const char *path)
{
	struct io_in *in;
	struct err e;
	const char *p;
	size_t n;
	int rows = -1;

	in = io_in_open(path, &e);
	if (!in)
		return -1;
	while (rows < ROWS && io_in_line(in, true, &p, &n, &e) == 1) {
		char *at = strndup(p, n), *save = at;
		for (int c = 0; rows >= 0 && c < COLS && *at; c++) {
			table[rows][c] = strtod(at, &at);
			at += *at == ',';
		}
		free(save);
		rows++;
	}
	io_in_free(in);
	return rows;
}

static void
test_special(void)
{
	/* Abramowitz & Stegun, tables 6.1 to 6.4, and closed forms */
	is_f64(regime_lgamma(1), 0, 1e-14, "lgamma(1)");
	is_f64(regime_lgamma(0.5), 0.57236494292470008707, 1e-14, "lgamma(1/2) = log(pi)/2");
	is_f64(regime_lgamma(10), 12.801827480081469611, 1e-13, "lgamma(10) = log 9!");
	is_f64(regime_lgamma(101), 363.73937555556349014, 1e-11, "lgamma(101) = log 100!");
	is_f64(regime_digamma(1), -0.57721566490153286061, 1e-14, "digamma(1) = -Euler's");
	is_f64(regime_digamma(0.5), -1.9635100260214234794, 1e-14, "digamma(1/2)");
	is_f64(regime_digamma(10), 2.2517525890667211077, 1e-14, "digamma(10)");
	double worst = 0;
	for (double x = 0.3; x < 60; x += 0.37) {
		double d = fabs(regime_lgamma(x) - lgamma(x));
		worst = fmax(worst, d / fmax(1, fabs(lgamma(x))));
	}
	ok(worst < 1e-13, "lgamma as in the C library (%.1e)", worst);
}

static const struct hmm model_a = {
	.k = 2,
	.mu = { .0008, -.0006 },
	.sigma = { .007, .014 },
	.p = { { .97, .03 }, { .06, .94 } },
	.init = { 2. / 3, 1. / 3 },
};
static const struct hmm model_a2 = {
	.k = 2,
	.stationary = true,
	.mu = { .000615, -.000785 },
	.sigma = { .007759, .021400 },
	.p = { { .9979, .0021 }, { .0120, .9880 } },
	.init = { 1 },
};
static const struct hmm model_b3 = {
	.k = 3,
	.stationary = true,
	.mu = { .0008, 0, -.0015 },
	.sigma = { .006, .011, .024 },
	.p = { { .990, .009, .001 }, { .010, .980, .010 }, { .002, .018, .980 } },
	.init = { 1 },
};

/* Filter column `ret`; the largest difference from the k columns at `probs` (one: state 1's). */
static double
worst_of(const struct hmm *m, int rows, int ret, int probs, bool only1)
{
	struct hmm_plan pl;
	struct hmm_filter f = { .any = false };
	struct err e;
	double worst = 0;

	if (hmm_plan(&pl, m, &e) < 0)
		return INFINITY;
	for (int i = 0; i < rows; i++) {
		hmm_step(&pl, &f, table[i][ret]);
		for (int j = 0; j < m->k; j++)
			if (!only1 || j == 1)
				worst =
				    fmax(worst, fabs(f.p[j] - table[i][probs + (only1 ? 0 : j)]));
	}
	return worst;
}

static void
test_filter_vectors(void)
{
	struct hmm m = model_a;
	int n = read_table(t_data("regime-detect/hmm2_returns_A.csv"));

	is_i64(n, 504, "504 returns");
	/* printed with 12 decimals */
	double w = worst_of(&m, n, 1, 2, true);
	ok(w <= 1e-12, "returns A, given start: within %.1e", w);
	m.stationary = true;
	m.init[0] = 1;
	m.init[1] = 0;
	w = worst_of(&m, n, 1, 2, true);
	ok(w <= 1e-12, "returns A, stationary start: within %.1e", w);
	n = read_table(t_data("regime-detect/B3_filter_1000.csv.gz"));
	is_i64(n, 1000, "1000 returns of three states");
	w = worst_of(&model_b3, n, 0, 2, false);
	ok(w <= 1e-12, "three states: within %.1e", w);
	struct hmm wrong = model_b3;
	wrong.sigma[1] *= 1 + 1e-9;
	w = worst_of(&wrong, n, 0, 2, false);
	ok(w > 1e-12, "and a sigma off by 1e-9 would show (%.1e)", w);
}

static void
test_filter_shared(void)
{
	static const struct {
		const char *file;
		const struct hmm *m;
	} cases[] = {
		{ "vectors/regime/A2_path0_oracle_filter.csv.gz", &model_a2 },
		{ "vectors/regime/A2t_path0_oracle_filter.csv.gz", &model_a2 },
		{ "vectors/regime/B3_path0_oracle_filter.csv.gz", &model_b3 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *path = t_shared(cases[i].file);
		if (!path) {
			t_skip("no vectors/regime beside the tree");
			continue;
		}
		int n = read_table(path);
		double w = worst_of(cases[i].m, n, 1, 3, false);
		ok(n == 5000 && w <= 1e-12, "%s: within %.1e", cases[i].file, w);
	}
}

/* The textbook's sum over all k^n paths, without a recursion. */
static double
brute_force(const struct hmm *m, const double *x, int n, double *last)
{
	int path[12] = { 0 };
	double total = 0;

	memset(last, 0, sizeof *last * REGIME_MAX);
	for (;;) {
		double p = 1;
		for (int t = 0; t < n; t++) {
			int s = path[t];
			double z = (x[t] - m->mu[s]) / m->sigma[s], nu = m->nu[s];
			p *= t ? m->p[path[t - 1]][s] : m->init[s];
			if (m->dist == REGIME_T)
				p *= tgamma((nu + 1) / 2) / tgamma(nu / 2) / sqrt(nu * M_PI) /
				     m->sigma[s] * pow(1 + z * z / nu, -(nu + 1) / 2);
			else
				p *= exp(-z * z / 2) / m->sigma[s] / sqrt(2 * M_PI);
		}
		total += p;
		last[path[n - 1]] += p;
		int t = 0;
		while (t < n && ++path[t] == m->k)
			path[t++] = 0;
		if (t == n)
			return total;
	}
}

static void
test_brute_force(void)
{
	struct hmm m = model_b3;
	double x[8] = { .004, -.02, .011, .03, -.041, .002, .0005, -.006 }, last[REGIME_MAX];
	const long zero = 0;
	struct fit_data d = { x, 8, &zero, 1 };
	struct hmm_plan pl;
	struct err e;

	m.stationary = false;
	m.init[0] = .2;
	m.init[1] = .5;
	m.init[2] = .3;
	for (int t = 0; t < 2; t++) {
		struct hmm_filter f = { .any = false };
		double density = 1;

		m.dist = t ? REGIME_T : REGIME_GAUSSIAN;
		m.nu[0] = 3;
		m.nu[1] = 5.5;
		m.nu[2] = 30;
		double total = brute_force(&m, x, 8, last);
		is_i64(hmm_plan(&pl, &m, &e), 0, "plan");
		for (int i = 0; i < 8; i++)
			density *= hmm_step(&pl, &f, x[i]) / (t ? 1 : sqrt(2 * M_PI));
		is_f64(density / total, 1, 1e-12, "%s: density of all", t ? "t" : "normal");
		for (int j = 0; j < 3; j++)
			is_f64(f.p[j], last[j] / total, 1e-13, "state %d", j);
		is_f64(fit_loglik(&d, &m), log(total), 1e-11, "log-likelihood");
	}
}

static void
test_edges(void)
{
	struct hmm m = model_b3;
	struct hmm_plan pl;
	struct hmm_filter f = { .any = false };
	struct err e;
	double pi[REGIME_MAX];

	ok(hmm_stationary(&m, pi), "a stationary distribution");
	for (int j = 0; j < 3; j++) {
		double s = 0;
		for (int i = 0; i < 3; i++)
			s += pi[i] * m.p[i][j];
		is_f64(s, pi[j], 1e-15, "it stays");
	}
	is_i64(hmm_plan(&pl, &m, &e), 0, "plan");
	hmm_step(&pl, &f, 1e6);
	ok(f.p[0] >= 0 && fabs(f.p[0] + f.p[1] + f.p[2] - 1) < 1e-12, "a return far out");
	hmm_step(&pl, &f, 0);
	ok(isfinite(f.p[0]), "and one after it");
	hmm_miss(&pl, &f);
	ok(fabs(f.p[0] + f.p[1] + f.p[2] - 1) < 1e-12, "a bar without a return");
	for (int i = 0; i < 2000; i++)
		hmm_miss(&pl, &f);
	is_f64(f.p[2], pi[2], 1e-12, "without returns the filter forgets");
	m.p[2][0] = m.p[2][1] = 0;
	m.p[2][2] = 1;
	ok(!hmm_stationary(&m, pi), "a state that is never left has no stationary start");
	is_i64(hmm_plan(&pl, &m, &e), ERR_DATA, "and is told");
	m = model_b3;
	m.p[1][0] = .02;
	is_i64(hmm_check(&m, &e), ERR_DATA, "a row that sums to 1.01");
	m = model_b3;
	m.sigma[0] = .02;
	is_i64(hmm_check(&m, &e), ERR_DATA, "sigma not in order");
	m = model_b3;
	m.sigma[0] = 0;
	is_i64(hmm_check(&m, &e), ERR_DATA, "sigma 0");
	m.sigma[0] = NAN;
	is_i64(hmm_check(&m, &e), ERR_DATA, "sigma NaN");
}

static double
statsmodels_llf(const char *name)
{
	char path[128];
	struct buf text = { 0 };
	struct err e;
	double v = NAN;

	snprintf(path, sizeof path, "vectors/regime/%s_path0_statsmodels_fit.json", name);
	const char *at = t_shared(path);
	if (at && io_file_read(at, 1 << 20, &text, &e) == 0) {
		struct json *j = json_parse_text(text.p, text.len, &e);
		json_f64(json_get(j, "train_llf_x100"), &v);
		json_free(j);
	}
	buf_free(&text);
	return v;
}

static void
test_fit_shared(void)
{
	static const char *const names[] = { "A2", "A2t", "B3" };
	static double x[2500];
	const long zero = 0;

	for (int i = 0; i < 3; i++) {
		double theirs = statsmodels_llf(names[i]);
		char path[128];
		snprintf(path, sizeof path, "vectors/regime/%s_path0.csv.gz", names[i]);
		if (isnan(theirs) || !t_shared(path)) {
			t_skip("no vectors/regime beside the tree");
			continue;
		}
		read_table(t_shared(path));
		for (int t = 0; t < 2500; t++)
			x[t] = 100 * table[t][1];
		struct fit_data d = { x, 2500, &zero, 1 };
		struct fit_options o = FIT_DEFAULTS;
		struct fit_result r = { .start = 0 };
		struct err e;
		o.states = i == 2 ? 3 : 2;
		is_i64(fit_hmm(&d, &o, &r, NULL, NULL, &e), 0, "%s: fitted", names[i]);
		ok(r.loglik >= theirs - .01, "%s: log-likelihood %.4f, statsmodels %.4f", names[i],
		    r.loglik, theirs);
		ok(r.converged, "%s: at the top", names[i]);
		is_f64(fit_loglik(&d, &r.m), r.loglik, 1e-6, "%s: and it is that of its parameters",
		    names[i]);
	}
}

/* On shipped data: better than the parameters that made them, and at a top. */
static void
test_fit(void)
{
	static double x[1000], y[1000];
	const long zero = 0;
	struct fit_options o = FIT_DEFAULTS;
	struct fit_data d = { x, 1000, &zero, 1 }, d2 = { y, 1000, &zero, 1 };
	struct fit_result r = { .start = 0 }, r2 = { .start = 0 };
	struct err e;

	read_table(t_data("regime-detect/B3_filter_1000.csv.gz"));
	for (int t = 0; t < 1000; t++) {
		x[t] = table[t][0];
		y[t] = 100 * x[t];
	}
	o.states = 3;
	is_i64(fit_hmm(&d, &o, &r, NULL, NULL, &e), 0, "fitted");
	ok(r.loglik > fit_loglik(&d, &model_b3), "above the truth: %.3f", r.loglik);
	ok(r.m.sigma[0] < r.m.sigma[1] && r.m.sigma[1] < r.m.sigma[2], "by rising sigma");
	struct hmm near = r.m;
	near.stationary = false;
	for (int j = 0; j < 3; j++)
		for (int s = -1; s <= 1; s += 2) {
			near.mu[j] += s * 1e-4;
			ok(fit_loglik(&d, &near) < r.loglik, "another mean is worse");
			near.mu[j] = r.m.mu[j];
			near.sigma[j] *= 1 + s * .02;
			ok(fit_loglik(&d, &near) < r.loglik, "another sigma is worse");
			near.sigma[j] = r.m.sigma[j];
		}
	is_i64(fit_hmm(&d2, &o, &r2, NULL, NULL, &e), 0, "in per cent");
	is_f64(r2.loglik, r.loglik - 1000 * log(100), 1e-5, "the same in per cent");
	o.dist = REGIME_T;
	is_i64(fit_hmm(&d, &o, &r2, NULL, NULL, &e), 0, "with t");
	ok(r2.loglik > r.loglik - 1.5, "t with many degrees of freedom comes near: %.3f",
	    r2.loglik);
	/* two series: the second begins anew */
	const long two[] = { 0, 400 };
	d.first = two;
	d.nseries = 2;
	o.dist = REGIME_GAUSSIAN;
	is_i64(fit_hmm(&d, &o, &r, NULL, NULL, &e), 0, "two series");
	const long split2 = 0;
	struct fit_data a = { x, 400, &split2, 1 }, b = { x + 400, 600, &split2, 1 };
	is_f64(fit_loglik(&d, &r.m), fit_loglik(&a, &r.m) + fit_loglik(&b, &r.m), 1e-8,
	    "their log-likelihoods add up");
}

static void
test_fit_refuses(void)
{
	double x[200] = { 0 };
	const long zero = 0;
	struct fit_data d = { x, 30, &zero, 1 };
	struct fit_options o = FIT_DEFAULTS;
	struct fit_result r = { .start = 0 };
	struct err e;

	is_i64(fit_hmm(&d, &o, &r, NULL, NULL, &e), ERR_DATA, "too few");
	is_str(e.msg, "30 returns are too few for 2 states: 40 at least", "words");
	d.n = 200;
	is_i64(fit_hmm(&d, &o, &r, NULL, NULL, &e), ERR_DATA, "constant prices");
	is_str(e.msg, "the returns do not vary, so there is nothing to fit", "words");
	double cut[3];
	is_i64(fit_ewma(&d, .94, 2, cut, &e), ERR_DATA, "nor for the baseline");
	/* mostly zeros: an illiquid stock */
	struct rng g;
	rng_seed(&g, 3);
	for (int t = 0; t < 200; t += 3)
		x[t] = .01 * rng_normal(&g);
	is_i64(fit_hmm(&d, &o, &r, NULL, NULL, &e), 0, "two thirds zeros");
	ok(isfinite(r.loglik) && r.m.sigma[0] > 0, "sigma has a floor: %g", r.m.sigma[0]);
}

int
main(void)
{
	test_special();
	test_filter_vectors();
	test_filter_shared();
	test_brute_force();
	test_edges();
	test_fit_shared();
	test_fit();
	test_fit_refuses();
	return done_testing();
}
