/* The generator's published values, and the distributions made of it. */
#include "base/rng.h"
#include "t.h"

/* xoshiro256** from the state 1, 2, 3, 4: the values that rand_xoshiro tests itself with,
 * made by the authors' C code. */
static void
test_reference(void)
{
	static const uint64_t want[] = { 11520, 0, 1509978240, UINT64_C(1215971899390074240),
		UINT64_C(1216172134540287360), UINT64_C(607988272756665600),
		UINT64_C(16172922978634559625), UINT64_C(8476171486693032832),
		UINT64_C(10595114339597558777), UINT64_C(2904607092377533576) };
	struct rng r = { { 1, 2, 3, 4 } };

	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		uint64_t got = rng_u64(&r);

		ok(got == want[i], "xoshiro256** number %zu is %" PRIu64, i, got);
	}
	rng_seed(&r, 1234567);
	ok(r.s[0] == UINT64_C(6457827717110365317) && r.s[1] == UINT64_C(3203168211198807973) &&
		r.s[2] == UINT64_C(9817491932198370423) && r.s[3] == UINT64_C(4593380528125082431),
	    "the seed is spread by splitmix64");
}

static void
test_below(void)
{
	struct rng r;
	int count[7] = { 0 };
	double chi2 = 0;

	rng_seed(&r, 1);
	for (int i = 0; i < 70000; i++) {
		uint64_t v = rng_below(&r, 7);

		if (!(v < 7)) {
			ok(false, "below 7");
			return;
		}
		count[v]++;
	}
	for (int i = 0; i < 7; i++)
		chi2 += (count[i] - 10000.0) * (count[i] - 10000.0) / 10000;
	ok(chi2 < 22.5, "seven equal cells: chi-squared %.2f below its 0.1 %% point, 6 degrees",
	    chi2);
	is_i64((int64_t)rng_below(&r, 1), 0, "below 1 is 0");
}

/* Mean, variance, third and fourth moment of a sample against the law's. */
static void
test_moments(
    const char *what, double (*draw)(struct rng *), const double want[4], const double tol[4])
{
	enum { N = 200000 };
	struct rng r;
	double m[4] = { 0 };

	rng_seed(&r, 42);
	for (int i = 0; i < N; i++) {
		double v = draw(&r), p = 1;

		for (int k = 0; k < 4; k++)
			m[k] += p *= v;
	}
	for (int k = 0; k < 4; k++)
		is_f64(m[k] / N, want[k], tol[k], "%s: moment %d is %.4f", what, k + 1, m[k] / N);
}

static void
test_same_seed(void)
{
	struct rng a, b, c;
	bool same = true, other = false;

	rng_seed(&a, 7);
	rng_seed(&b, 7);
	rng_seed(&c, 8);
	for (int i = 0; i < 100; i++) {
		double x = rng_normal(&a);

		same = same && x == rng_normal(&b);
		other = other || x != rng_normal(&c);
	}
	ok(same, "the same seed gives the same numbers");
	ok(other, "another seed gives others");
}

/* Pinned bits: they hold on every machine, or a golden file somewhere breaks. */
static void
test_pinned(void)
{
	struct rng r;

	rng_seed(&r, 1);
	is_f64(rng_normal(&r), 0x1.10ce225352b8ep-1, 0, "first normal of seed 1");
	is_f64(rng_normal(&r), 0x1.a3d5daeb32d73p-5, 0, "second normal of seed 1");
	is_f64(rng_exponential(&r), 0x1.b5065a117d26ep-1, 0, "an exponential behind them");
}

int
main(void)
{
	/* four standard errors of each moment at 200,000 draws */
	static const double normal[] = { 0, 1, 0, 3 }, normal_tol[] = { .009, .013, .035, .088 };
	static const double expo[] = { 1, 2, 6, 24 }, expo_tol[] = { .009, .04, .24, 1.8 };
	static const double unif[] = { 1.0 / 2, 1.0 / 3, 1.0 / 4, 1.0 / 5 };
	static const double unif_tol[] = { .0026, .0027, .0026, .0024 };

	test_reference();
	test_below();
	test_moments("normal", rng_normal, normal, normal_tol);
	test_moments("exponential", rng_exponential, expo, expo_tol);
	test_moments("uniform", rng_uniform, unif, unif_tol);
	test_same_seed();
	test_pinned();
	return done_testing();
}
