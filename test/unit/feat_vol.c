/* Volatility: the range estimators against pandas; GARCH against closed forms and simulation. */
#include "feat/garch.h"
#include "feat/vol.h"
#include "t_sets.h"

static void
test_vectors(void)
{
	static const char *const names[] = { "rv_close", "ewma094", "parkinson", "garman_klass",
		"rogers_satchell", "yang_zhang" };
	struct feat_bar *b = t_ohlcv_600();
	struct roll_mem m = { 0 };
	struct vol_range v;
	struct vol_out o;
	struct t_csv c;
	double worst[6] = { 0 }, year = sqrt(252);
	size_t early = 0;

	if (!ok(t_csv_read(&c, t_data("feat-sets/range_vol_w20.csv")) && c.rows == 580, "vectors"))
		return;
	vol_range_init(&v, 20, 0.94, &m);
	m = (struct roll_mem){ mem_alloc(m.n), 0 };
	vol_range_init(&v, 20, 0.94, &m);
	for (size_t i = 0; i < 600; i++) {
		vol_range_push(&v, &b[i], &o);
		double got[] = { o.close, o.ewma, o.parkinson, o.gk, o.rs, o.yz };
		early += i < 19 && !(isnan(o.close) && isnan(o.rs) && isnan(o.yz));
		for (size_t k = 0; i >= 20 && k < 6; k++) {
			double off = t_off(got[k] * year, c.v[(i - 20) * c.cols + k]);

			worst[k] = off > worst[k] ? off : worst[k];
		}
	}
	for (size_t k = 0; k < 6; k++)
		ok(worst[k] <= 1e-10, "%s: worst difference %.2g", names[k], worst[k]);
	is_i64((int64_t)early, 0, "nothing before the window is full");
	free(m.p);
	free(b);
	t_csv_free(&c);
}

/* n returns of a GARCH(1,1) */
static double *
simulate(const struct garch_par *p, uint64_t seed, size_t n)
{
	double *r = mem_array(n, sizeof *r), h = garch_long_run(p);
	struct rng rng;

	rng_seed(&rng, seed);
	for (size_t i = 0; i < n; i++) {
		r[i] = sqrt(h) * rng_normal(&rng);
		h = p->omega + p->alpha * r[i] * r[i] + p->beta * h;
	}
	return r;
}

static void
test_closed_forms(void)
{
	const struct garch_par p = { 2e-6, 0.08, 0.9 }, arch = { 1e-4, 0, 0 };
	struct garch g;
	double h, sum = 0, want = 0;

	is_f64(garch_long_run(&p), 1e-4, 1e-18, "long-run variance");
	garch_given(&g, &p);
	ok(garch_push(&g, 0.03), "given parameters are ready with the first return");
	is_f64(g.h, 2e-6 + 0.08 * 9e-4 + 0.9 * 1e-4, 1e-18, "one step");
	h = g.h;
	ok(garch_push(&g, NAN) && g.h == h, "an unknown return changes nothing");
	is_f64(garch_ahead(&p, h, 1), h, 1e-18, "one ahead");
	is_f64(garch_ahead(&p, h, 3), p.omega + 0.98 * (p.omega + 0.98 * h), 1e-18, "three ahead");
	is_f64(garch_ahead(&p, h, 5000), 1e-4, 1e-15, "far ahead: the long-run variance");

	/* the impulse of one return dies out as beta^k */
	struct garch a, b;
	garch_given(&a, &p);
	garch_given(&b, &p);
	garch_push(&a, 0.05);
	garch_push(&b, 0);
	for (int k = 1; k <= 20; k++) {
		garch_push(&a, 0.01);
		garch_push(&b, 0.01);
	}
	is_f64(a.h - b.h, 0.08 * 0.0025 * pow(0.9, 20), 1e-16, "impulse after 20 steps");

	/* without dynamics the likelihood is that of independent normals */
	double *r = simulate(&arch, 3, 1000), next;
	for (int i = 0; i < 1000; i++) {
		sum += r[i] * r[i];
		want += -0.5 * (log(1e-4) + r[i] * r[i] / 1e-4);
	}
	is_f64(garch_loglik(&arch, r, 1000, 1e-4, &next), want, 1e-8, "likelihood of white noise");
	is_f64(next, 1e-4, 1e-18, "and its next variance");
	free(r);
	ok(sum > 0, "returns");
}

/* No better parameters on a grid around the whole square: the search has found the maximum. */
static void
test_fit_is_the_maximum(void)
{
	double short_of = 0;

	for (uint64_t seed = 1; seed <= 12; seed++) {
		const struct garch_par truth = { 1e-6, 0.03 + 0.01 * (double)seed, 0.85 };
		double *r = simulate(&truth, seed, 1000), s2 = 0, best = -INFINITY;
		struct garch_par p;

		for (int i = 0; i < 1000; i++)
			s2 += r[i] * r[i] / 1000;
		if (!garch_fit(&p, r, 1000))
			best = INFINITY;
		for (int i = 1; i < 60; i++)
			for (int j = 0; j < 60; j++) {
				double persist = 0.9994 * i / 59, alpha = persist * j / 59;
				struct garch_par q = { (1 - persist) * s2, alpha, persist - alpha };

				best = fmax(best, garch_loglik(&q, r, 1000, s2, NULL));
			}
		short_of = fmax(short_of, best - garch_loglik(&p, r, 1000, s2, NULL));
		free(r);
	}
	ok(short_of < 1e-4, "likelihood at the estimate is at least that of any grid point (%g)",
	    short_of);
}

static void
test_fit_finds_the_truth(void)
{
	const struct garch_par truth = { 2e-6, 0.10, 0.85 };
	double alpha = 0, beta = 0, off = 0;
	struct garch_par p = { 0 };
	enum { N = 4000, PATHS = 24 };

	for (uint64_t seed = 0; seed < PATHS; seed++) {
		double *r = simulate(&truth, 100 + seed, N);

		if (!garch_fit(&p, r, N))
			off = INFINITY;
		alpha += p.alpha / PATHS;
		beta += p.beta / PATHS;
		off = fmax(off, fabs(p.alpha - 0.10));
		free(r);
	}
	/* the standard error of one estimate at n = 4000 is near 0.014 and 0.022 */
	ok(fabs(alpha - 0.10) < 0.012, "mean alpha %.4f of %d paths, truth 0.10", alpha, PATHS);
	ok(fabs(beta - 0.85) < 0.02, "mean beta %.4f, truth 0.85", beta);
	ok(off < 0.06, "no path is far off (%.3f)", off);
	p = (struct garch_par){ 1, 2, 3 };
	double zero[50] = { 0 };
	ok(!garch_fit(&p, zero, 50) && p.alpha == 2, "returns of 0 give no estimate");
}

/* In a stream: nothing before `fit` returns, then the estimate of exactly those. */
static void
test_stream(void)
{
	const struct garch_par truth = { 2e-6, 0.10, 0.85 };
	enum { FIT = 300, EVERY = 50, N = 460 };
	double *r = simulate(&truth, 7, N), h, s2 = 0, want = NAN;
	struct roll_mem m = { 0 };
	struct garch_par p = { 0 };
	struct garch g;
	int early = 0, wrong = 0, at = 0;

	garch_fitted(&g, FIT, EVERY, &m);
	m = (struct roll_mem){ mem_alloc(m.n), 0 };
	garch_fitted(&g, FIT, EVERY, &m);
	for (int i = 0; i < N; i++) {
		bool ready = garch_push(&g, r[i]);

		if (i + 1 < FIT) {
			early += ready;
			continue;
		}
		if ((i + 1 - FIT) % EVERY == 0) {
			s2 = 0;
			for (int k = i + 1 - FIT; k <= i; k++)
				s2 += r[k] * r[k];
			garch_fit(&p, r + i + 1 - FIT, FIT);
			garch_loglik(&p, r + i + 1 - FIT, FIT, s2 / FIT, &h);
			want = h;
			at++;
		} else {
			want = p.omega + p.alpha * r[i] * r[i] + p.beta * want;
		}
		wrong += !ready || fabs(g.h - want) > 1e-9 * want;
	}
	is_i64(early, 0, "not ready before %d returns", FIT);
	is_i64(wrong, 0, "then the filter of the latest of %d estimates", at);
	free(m.p);
	free(r);
}

int
main(void)
{
	test_vectors();
	test_closed_forms();
	test_fit_is_the_maximum();
	test_fit_finds_the_truth();
	test_stream();
	return done_testing();
}
