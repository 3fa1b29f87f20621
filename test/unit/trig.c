/*
 * sin, cos and their like against the C library's long double ones, in units of the last place of
 * the right double.
 */
#include <math.h>

#include "base/math.h"
#include "base/rng.h"
#include "unit/t.h"

struct fn {
	const char *name;
	double (*f)(double);
	long double (*want)(long double);
	double lo, hi;
	bool log_scale; /* |x| from lo to hi over the powers of ten, both signs */
	double ulp;
};

static double
unit(double x)
{
	double a = fabs(x);

	return a < 0x1p-1022 ? 0x1p-1074 : nextafter(a, INFINITY) - a;
}

static double
error(double got, long double want)
{
	if (isinf((double)want) || isnan((double)want))
		return (isinf(got) && got == (double)want) || (isnan(got) && isnan((double)want))
			   ? 0
			   : INFINITY;
	return (double)(fabsl((long double)got - want) / unit((double)want));
}

static const struct fn fns[] = {
	{ "sin", num_sin, sinl, 0.01, 1000, false, 1 },
	{ "sin of large and small numbers", num_sin, sinl, 1e-300, 1e300, true, 1 },
	{ "cos", num_cos, cosl, 0, 1000, false, 1 },
	{ "cos of large and small numbers", num_cos, cosl, 1e-300, 1e300, true, 1 },
	{ "tan", num_tan, tanl, 0, 1000, false, 3 },
	{ "tan of large and small numbers", num_tan, tanl, 1e-300, 1e300, true, 3 },
	{ "atan", num_atan, atanl, -30, 30, false, 1.25 },
	{ "atan of large and small numbers", num_atan, atanl, 1e-300, 1e300, true, 1.25 },
	{ "asin", num_asin, asinl, -1, 1, false, 3 },
	{ "acos", num_acos, acosl, -1, 1, false, 3 },
	{ "sinh", num_sinh, sinhl, -50, 50, false, 3 },
	{ "sinh of small numbers", num_sinh, sinhl, 1e-300, 1, true, 3 },
	{ "sinh near overflow", num_sinh, sinhl, 700, 710, false, 3 },
	{ "cosh", num_cosh, coshl, -50, 50, false, 3 },
	{ "tanh", num_tanh, tanhl, -30, 30, false, 3 },
	{ "tanh of small numbers", num_tanh, tanhl, 1e-300, 1, true, 3 },
	{ "log10", num_log10, log10l, 1e-300, 1e300, true, 3 },
};

static void
sweep(const struct fn *f)
{
	struct rng r;
	double worst = 0, at = 0;

	rng_seed(&r, 7);
	for (int i = 0; i < 40000; i++) {
		double u = rng_uniform(&r), x = f->lo + u * (f->hi - f->lo);

		if (f->log_scale) {
			x = pow(10, log10(f->lo) + u * (log10(f->hi) - log10(f->lo)));
			if (f->f != num_log10 && i % 2)
				x = -x;
		}
		double e = error(f->f(x), f->want(x));
		if (e > worst) {
			worst = e;
			at = x;
		}
	}
	ok(worst <= f->ulp, "%s: within %g units: %.3f at %.17g", f->name, f->ulp, worst, at);
}

/* multiples of pi/2 rounded to double: the hardest to reduce */
static void
near_zeros(void)
{
	double worst = 0;

	for (int i = 1; i < 20000; i++) {
		double x = (double)(i * 1.57079632679489661923132169163975144L);
		double a = error(num_sin(x), sinl(x)), b = error(num_cos(x), cosl(x));

		worst = fmax(worst, fmax(a, b));
	}
	ok(worst <= 1, "sin and cos near multiples of pi/2: %.3f", worst);
	/* the double nearest to a multiple of pi/2 of all: Kahan's; value from 1200-bit arithmetic
	 */
	is_f64(num_cos(6381956970095103.0 * 0x1p797), -0x1.14ae72e6ba22fp-61, 1e-34,
	    "cos of 6381956970095103 * 2^797");
}

/* y / x is rounded before C's atan sees it: half a unit of the argument, at most one of the result
 */
static void
ratios(void)
{
	struct rng r;
	double worst = 0;

	rng_seed(&r, 8);
	for (int i = 0; i < 40000; i++) {
		double y = (rng_uniform(&r) - 0.5) * pow(10, 40 * rng_uniform(&r) - 20);
		double x = (rng_uniform(&r) - 0.5) * pow(10, 40 * rng_uniform(&r) - 20);

		worst = fmax(worst, error(num_atan_ratio(y, x), atanl((long double)y / x)));
	}
	ok(worst <= 2, "atan of a ratio: within 2 units: %.3f", worst);
	ok(num_atan_ratio(3, INFINITY) == 0 && num_atan_ratio(1, 0) == M_PI_2 &&
		isnan(num_atan_ratio(0, 0)) && num_atan_ratio(1e-320, -1e-320) < 0,
	    "atan of a ratio: at the ends as of the quotient");
}

static void
limits(void)
{
	ok(isnan(num_sin(INFINITY)) && isnan(num_cos(NAN)) && isnan(num_tan(-INFINITY)),
	    "sin, cos, tan of an infinity or NaN: NaN");
	ok(isnan(num_asin(1.0000001)) && isnan(num_acos(-1.1)) && isnan(num_asin(NAN)),
	    "asin and acos outside -1..1: NaN");
	is_f64(num_atan(INFINITY), M_PI_2, 0, "atan of infinity");
	is_f64(num_atan(-INFINITY), -M_PI_2, 0, "atan of -infinity");
	is_f64(num_asin(-1), -M_PI_2, 0, "asin -1");
	is_f64(num_acos(-1), M_PI, 0, "acos -1");
	is_f64(num_acos(1), 0, 0, "acos 1");
	is_f64(num_tanh(1000), 1, 0, "tanh 1000");
	ok(isinf(num_sinh(720)) && isinf(num_cosh(-INFINITY)), "sinh and cosh overflow");
	ok(signbit(num_sin(-0.0)) && signbit(num_tan(-0.0)), "sin -0 is -0");
	ok(isnan(num_log10(-1)) && isinf(num_log10(0)), "log10 of -1 and 0");
	is_f64(num_log10(1000), 3, 0, "log10 1000");
}

int
main(void)
{
	for (size_t i = 0; i < sizeof fns / sizeof *fns; i++)
		sweep(&fns[i]);
	near_zeros();
	ratios();
	limits();
	return done_testing();
}
