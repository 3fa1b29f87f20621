/* Fractional differencing, the Hurst exponent, entropies: against formulas, published examples and
 * series whose answer is known. */
#include "base/math.h"
#include "feat/entropy.h"
#include "feat/longmem.h"
#include "t_sets.h"

/* ---- fractional differencing ---- */

static struct ffd *
ffd_new(double d, double threshold)
{
	struct roll_mem m = { 0 };
	struct ffd *f = mem_alloc(sizeof *f);

	ffd_init(f, d, threshold, &m);
	m = (struct roll_mem){ mem_alloc(m.n), 0 };
	ffd_init(f, d, threshold, &m);
	return f;
}

static void
ffd_free(struct ffd *f)
{
	free(f->w); /* the first that was laid out: the block */
	free(f);
}

/* The binomial weights by the gamma function: gamma(k - d) / (gamma(-d) gamma(k + 1)). */
static void
test_weights(void)
{
	static const double half[] = { 1, -0.5, -0.125, -0.0625, -0.0390625, -0.02734375 };
	double w[FFD_MOST], worst = 0, d = 0.3;
	size_t n = ffd_weights(0.5, 0.025, w);

	is_i64((int64_t)n, 6, "weights of at least 0.025");
	for (size_t i = 0; i < n; i++)
		is_f64(w[i], half[i], 0, "weight %zu of d = 0.5", i);
	n = ffd_weights(d, 1e-5, w);
	for (size_t k = 1; k < n; k++) {
		double x = -exp(lgamma((double)k - d) - lgamma((double)k + 1) - lgamma(1 - d)) * d;

		worst = fmax(worst, fabs(w[k] / x - 1));
	}
	ok(n > 1000 && fabs(w[n - 1]) >= 1e-5, "%zu weights of at least 1e-5", n);
	ok(worst < 1e-10, "they are the binomial ones (%g)", worst);
	is_i64((int64_t)ffd_weights(1, 1e-5, w), 2, "d = 1: a difference");
	is_i64((int64_t)ffd_weights(0.01, 1e-9, NULL), FFD_MOST, "not more than there is room for");
}

static void
test_ffd(void)
{
	enum { LEN = 900 };
	double x[LEN], w[FFD_MOST], worst = 0;
	struct ffd *f = ffd_new(0.4, 1e-3), *one = ffd_new(1, 1e-3);
	size_t n = ffd_weights(0.4, 1e-3, w), early = 0;
	struct rng rng;

	rng_seed(&rng, 1);
	for (size_t i = 0; i < LEN; i++) {
		x[i] = (i ? x[i - 1] : 4.6) + 0.01 * rng_normal(&rng);
		double got = ffd_push(f, x[i]);
		if (i + 1 < n) {
			early += !isnan(got);
			continue;
		}
		long double want = 0;
		for (size_t k = 0; k < n; k++)
			want += (long double)w[k] * x[i - k];
		worst = fmax(worst, fabs(got - (double)want));
	}
	is_i64((int64_t)early, 0, "absent before %zu values", n);
	ok(worst < 1e-13, "the weighted sum (%g)", worst);
	ok(isnan(ffd_push(f, NAN)) && isnan(ffd_push(f, 1)), "absent behind an unknown value");
	for (size_t i = 2; i < n; i++)
		early += !isnan(ffd_push(f, 1));
	is_i64((int64_t)early, 0, "for the whole window");
	ok(!isnan(ffd_push(f, 1)), "then there again");
	ffd_push(one, 3);
	is_f64(ffd_push(one, 5.5), 2.5, 0, "d = 1 is the difference");
	ffd_free(f);
	ffd_free(one);
}

/* ---- Hurst ---- */

/* Mean squared residual of the boxes of s within r[0..end), the last n / s complete ones. */
static long double
scratch_f2(const double *r, size_t end, size_t n, size_t s)
{
	size_t boxes = n / s, last = end / s;
	long double sum = 0;

	for (size_t b = last - boxes; b < last; b++) {
		long double y = 0, t = 0, my = 0, mt = ((long double)s + 1) / 2, tt = 0, ty = 0,
			    yy = 0;
		long double prof[256];

		for (size_t i = 0; i < s; i++) {
			y += r[b * s + i];
			prof[i] = y;
			my += y / s;
		}
		for (size_t i = 0; i < s; i++) {
			t = (long double)(i + 1) - mt;
			tt += t * t;
			ty += t * (prof[i] - my);
			yy += (prof[i] - my) * (prof[i] - my);
		}
		sum += yy - ty * ty / tt;
	}
	return sum / (long double)(boxes * s);
}

static double
scratch_h(const double *r, size_t end, size_t n)
{
	double mx = 0, my = 0, xx = 0, xy = 0, x[16], y[16];
	int k = 0;

	for (size_t s = 8; s <= n / 4; s *= 2, k++) {
		x[k] = log((double)s);
		y[k] = 0.5 * (double)logl(scratch_f2(r, end, n, s));
		mx += x[k];
		my += y[k];
	}
	for (int i = 0; i < k; i++) {
		xx += (x[i] - mx / k) * (x[i] - mx / k);
		xy += (x[i] - mx / k) * (y[i] - my / k);
	}
	return xy / xx;
}

static struct dfa *
dfa_new(size_t n, char **mem)
{
	struct roll_mem m = { 0 };
	struct dfa *a = mem_alloc(sizeof *a);

	dfa_init(a, n, &m);
	*mem = mem_alloc(m.n);
	m = (struct roll_mem){ *mem, 0 };
	dfa_init(a, n, &m);
	return a;
}

static void
test_dfa(void)
{
	static const size_t windows[] = { 64, 100, 256 };
	enum { LEN = 1200 };
	double r[LEN];
	struct rng rng;

	rng_seed(&rng, 2);
	for (size_t i = 0; i < LEN; i++)
		r[i] = 0.01 * rng_normal(&rng) + 0.003;
	for (size_t w = 0; w < 3; w++) {
		size_t n = windows[w], first = 0;
		char *mem;
		struct dfa *a = dfa_new(n, &mem);
		double worst = 0;

		for (size_t i = 0; i < LEN; i++) {
			double h = dfa_push(a, r[i]);

			if (isnan(h))
				continue;
			first = first ? first : i + 1;
			worst = fmax(worst, fabs(h - scratch_h(r, i + 1, n)));
		}
		ok(first && first <= n && first > n / 2, "window %zu: ready after %zu", n, first);
		ok(worst < 1e-11, "window %zu: worst error %g", n, worst);
		ok(isnan(dfa_push(a, NAN)) && isnan(dfa_push(a, 0.1)), "nothing behind an unknown");
		double h = NAN;
		for (size_t i = 0; i < 3 * n; i++)
			h = dfa_push(a, 0.125);
		ok(isnan(h), "nor of returns that are all alike");
		free(mem);
		free(a);
	}
}

/* Fractional Gaussian noise by the method of Durbin and Levinson (Hosking 1984): exact. */
static void
noise(double *x, size_t n, double hurst, uint64_t seed)
{
	double *phi = mem_array(n, sizeof *phi), *old = mem_array(n, sizeof *old);
	double *g = mem_array(n, sizeof *g), v = 1;
	struct rng rng;

	rng_seed(&rng, seed);
	for (size_t k = 0; k < n; k++)
		g[k] = 0.5 * (pow((double)k + 1, 2 * hurst) - 2 * pow((double)k, 2 * hurst) +
				 pow(fabs((double)k - 1), 2 * hurst));
	x[0] = rng_normal(&rng);
	for (size_t t = 1; t < n; t++) {
		double a = g[t], mean = 0;

		for (size_t j = 1; j < t; j++)
			a -= old[j] * g[t - j];
		phi[t] = a / v;
		for (size_t j = 1; j < t; j++)
			phi[j] = old[j] - phi[t] * old[t - j];
		v *= 1 - phi[t] * phi[t];
		for (size_t j = 1; j <= t; j++)
			mean += phi[j] * x[t - j];
		x[t] = mean + sqrt(v) * rng_normal(&rng);
		memcpy(old, phi, (t + 1) * sizeof *old);
	}
	free(phi);
	free(old);
	free(g);
}

static void
test_known_hurst(void)
{
	static const double truth[] = { 0.3, 0.5, 0.7, 0.9 };
	enum { LEN = 1024, PATHS = 16 };
	double x[LEN], sum[4] = { 0 };

	for (int k = 0; k < 4; k++) {
		for (uint64_t seed = 1; seed <= PATHS; seed++) {
			char *mem;
			struct dfa *a = dfa_new(LEN, &mem);
			double h = NAN;

			noise(x, LEN, truth[k], seed);
			for (size_t i = 0; i < LEN; i++)
				h = dfa_push(a, x[i]);
			sum[k] += h / PATHS;
			free(mem);
			free(a);
		}
		/* the standard error of a path is near 0.06, of 16 0.015 */
		ok(fabs(sum[k] - truth[k]) < 0.045, "fractional noise of H = %.1f: %.3f", truth[k],
		    sum[k]);
	}
}

/* ---- entropy ---- */

static double
permutation_of(const double *x, size_t len, size_t n, uint32_t order)
{
	struct roll_mem m = { 0 };
	struct permutation p;
	double h = NAN;

	permutation_init(&p, n, order, &m);
	m = (struct roll_mem){ mem_alloc(m.n), 0 };
	permutation_init(&p, n, order, &m);
	for (size_t i = 0; i < len; i++)
		h = permutation_push(&p, x[i]);
	free(m.p);
	return h;
}

static void
test_permutation(void)
{
	/* the example of Bandt & Pompe: 1.522 bits of log2 6 */
	static const double paper[] = { 4, 7, 9, 10, 6, 11, 3 };
	double want = -(2 * 0.4 * log(0.4) + 0.2 * log(0.2)) / log(6), x[2000], h;
	struct rng rng;

	is_f64(want * log(6) / log(2), 1.5219, 1e-4, "the paper's figure");
	is_f64(permutation_of(paper, 7, 5, 3), want, 1e-14, "the paper's example");
	ok(isnan(permutation_of(paper, 6, 5, 3)), "absent before the window is full");
	for (int i = 0; i < 100; i++)
		x[i] = floor(i / 3.0);
	is_f64(permutation_of(x, 100, 50, 4), 0, 0, "no falls, no entropy");
	rng_seed(&rng, 3);
	for (int i = 0; i < 2000; i++)
		x[i] = rng_uniform(&rng);
	h = permutation_of(x, 2000, 1990, 3);
	ok(h > 0.998 && h <= 1, "noise: %.5f", h);
	h = permutation_of(x, 2000, 1990, 5);
	ok(h > 0.98 && h <= 1, "noise of order 5: %.5f", h);
	/* only the last n count */
	for (int i = 0; i < 1000; i++)
		x[i] = i;
	is_f64(permutation_of(x, 2000, 500, 3), permutation_of(x + 1000, 1000, 500, 3), 1e-14,
	    "what has left the window is forgotten");
	x[1990] = NAN;
	ok(isnan(permutation_of(x, 2000, 8, 3)) && !isnan(permutation_of(x, 2000, 7, 3)),
	    "an unknown value empties it");
}

static void
test_shannon(void)
{
	struct roll_mem m = { 0 };
	struct entropy e;
	double h = NAN;
	int wrong = 0;

	entropy_init(&e, 16, 8, &m);
	m = (struct roll_mem){ mem_alloc(m.n), 0 };
	entropy_init(&e, 16, 8, &m);
	for (int i = 0; i < 100; i++)
		h = entropy_push(&e, i % 8);
	is_f64(h, 1, 1e-15, "all kinds alike");
	for (int i = 0; i < 16; i++)
		h = entropy_push(&e, i % 2);
	is_f64(h, 1.0 / 3, 1e-15, "two of eight kinds");
	for (int i = 0; i < 16; i++)
		h = entropy_push(&e, 5);
	is_f64(h, 0, 0, "one kind");
	for (int i = 0; i < 4; i++)
		h = entropy_push(&e, 1);
	is_f64(h, -(0.25 * log(0.25) + 0.75 * log(0.75)) / log(8), 1e-15, "a quarter of another");
	ok(isnan(entropy_push(&e, -1)) && isnan(entropy_push(&e, 1)), "unknown");
	for (int k = 1; k < 8; k++) {
		double z = num_normal_quantile(k / 8.0);

		wrong += entropy_octile(z - 1e-9) != k - 1 || entropy_octile(z + 1e-9) != k;
	}
	is_i64(wrong, 0, "eighths of the normal distribution");
	ok(entropy_octile(NAN) == -1 && entropy_octile(INFINITY) == -1, "no eighth");
	free(m.p);
}

int
main(void)
{
	test_weights();
	test_ffd();
	test_dfa();
	test_known_hurst();
	test_permutation();
	test_shannon();
	return done_testing();
}
