/*
 * Logarithm, exponential and normal quantile from +, -, *, / and sqrt alone. IEEE 754 fixes
 * the result of each of these, so the same input gives the same bits wherever the compiler
 * leaves the operations as written (-ffp-contract=off, no -ffast-math).
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/math.h"
#include "base/num.h"

/* ln 2 in two parts: the first has 21 zero bits at its end, so k * LN2_HI is exact for |k| < 2^20.
 */
#define LN2_HI 0x1.62e42feep-1
#define LN2_LO 0x1.a39ef35793c76p-33
#define LOG2_E 0x1.71547652b82fep+0

static uint64_t
bits_of(double x)
{
	uint64_t u;

	memcpy(&u, &x, sizeof u);
	return u;
}

static double
of_bits(uint64_t u)
{
	double x;

	memcpy(&x, &u, sizeof x);
	return x;
}

/* 2^k for -1022 <= k <= 1023 */
static double
pow2(int k)
{
	return of_bits((uint64_t)(k + 1023) << 52);
}

/*
 * x = 2^k m with m in [sqrt(1/2), sqrt(2)), f = m - 1, s = f / (2 + f):
 * log m = log((1 + s) / (1 - s)) = 2s + s R, R = 2 (s^2/3 + s^4/5 + ...), and 2s = f - s f.
 * Written around f, which is exact, so that the rounding of s hardly counts; |s| < 0.1716
 * makes the first term left out of R less than 2^-60 of the result.
 */
double
num_log(double x)
{
	int k = 0;
	uint64_t u, m;

	if (!(x > 0) || isinf(x))
		return x == 0 ? -INFINITY : x < 0 ? NAN : x;
	if (x < 0x1p-1022) {
		x *= 0x1p54;
		k = -54;
	}
	u = bits_of(x);
	k += (int)(u >> 52) - 1023;
	m = u & 0xfffffffffffffu;
	if (m >= 0x6a09e667f3bcdu) { /* m >= sqrt(2): halve it */
		k++;
		m |= UINT64_C(0x3fe) << 52;
	} else {
		m |= UINT64_C(0x3ff) << 52;
	}
	double f = of_bits(m) - 1.0;
	double s = f / (2.0 + f), z = s * s, h = 0.5 * f * f;
	/* even and odd powers apart: two short chains run side by side */
	double w = z * z;
	double a = z * (2.0 / 3 + w * (2.0 / 7 + w * (2.0 / 11 + w * (2.0 / 15 + w * (2.0 / 19)))));
	double b = w * (2.0 / 5 + w * (2.0 / 9 + w * (2.0 / 13 + w * (2.0 / 17 + w * (2.0 / 21)))));
	double r = a + b;

	if (k == 0)
		return f - (h - s * (h + r));
	return k * LN2_HI - ((h - (s * (h + r) + k * LN2_LO)) - f);
}

/*
 * x = k ln 2 + r, |r| <= ln 2 / 2; e^x = 2^k e^r, e^r by its Taylor series to r^13 (the next
 * term is below 2^-57). r is carried in two parts, because x / ln 2 loses bits of a large x.
 */
double
num_exp(double x)
{
	if (isnan(x))
		return x;
	if (x > 709.782712893384)
		return INFINITY;
	if (x < -745.1332191019412)
		return 0;
	int k = (int)(x * LOG2_E + (x < 0 ? -0.5 : 0.5));
	double hi = x - k * LN2_HI, lo = k * LN2_LO, r = hi - lo;
	double c = (hi - r) - lo; /* what r misses */
	double z = r * r;
	double a =
	    1.0 / 2 +
	    z * (1.0 / 24 + z * (1.0 / 720 + z * (1.0 / 40320 +
						     z * (1.0 / 3628800 + z * (1.0 / 479001600)))));
	double b =
	    1.0 / 6 +
	    z * (1.0 / 120 +
		    z * (1.0 / 5040 +
			    z * (1.0 / 362880 + z * (1.0 / 39916800 + z * (1.0 / 6227020800)))));
	double y = 1.0 + (r + (c + (z * a + (z * r) * b)));

	if (k >= -1021 && k <= 1023)
		return y * pow2(k);
	if (k > 1023)
		return y * 2.0 * pow2(k - 1);
	return y * pow2(k + 200) * 0x1p-200;
}

/* P(z)/Q(z) of AS 241: coefficients from the constant on. */
static double
ratio8(const double *p, const double *q, double z)
{
	double a = p[7], b = q[7];

	for (int i = 6; i >= 0; i--) {
		a = a * z + p[i];
		b = b * z + q[i];
	}
	return a / b;
}

double
num_normal_quantile(double p)
{
	static const double a[8] = { 3.3871328727963666080e0, 1.3314166789178437745e2,
		1.9715909503065514427e3, 1.3731693765509461125e4, 4.5921953931549871457e4,
		6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3 };
	static const double b[8] = { 1.0, 4.2313330701600911252e1, 6.8718700749205790830e2,
		5.3941960214247511077e3, 2.1213794301586595867e4, 3.9307895800092710610e4,
		2.8729085735721942674e4, 5.2264952788528545610e3 };
	static const double c[8] = { 1.42343711074968357734e0, 4.63033784615654529590e0,
		5.76949722146069140550e0, 3.64784832476320460504e0, 1.27045825245236838258e0,
		2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4 };
	static const double d[8] = { 1.0, 2.05319162663775882187e0, 1.67638483018380384940e0,
		6.89767334985100004550e-1, 1.48103976427480074590e-1, 1.51986665636164571966e-2,
		5.47593808499534494600e-4, 1.05075007164441684324e-9 };
	static const double e[8] = { 6.65790464350110377720e0, 5.46378491116411436990e0,
		1.78482653991729133580e0, 2.96560571828504891230e-1, 2.65321895265761230930e-2,
		1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7 };
	static const double f[8] = { 1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1,
		1.48753612908506148525e-2, 7.86869131145613259100e-4, 1.84631831751005468180e-5,
		1.42151175831644588870e-7, 2.04426310338993978564e-15 };
	double q = p - 0.5, r;

	if (!(p > 0 && p < 1))
		return p == 0 ? -INFINITY : p == 1 ? INFINITY : NAN;
	if (q >= -0.425 && q <= 0.425)
		return q * ratio8(a, b, 0.180625 - q * q);
	r = sqrt(-num_log(q < 0 ? p : 1.0 - p));
	r = r <= 5.0 ? ratio8(c, d, r - 1.6) : ratio8(e, f, r - 5.0);
	return q < 0 ? -r : r;
}

double
num_psi(const double *p, const double *q, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		double a = p[i] > 1e-4 ? p[i] : 1e-4, b = q[i] > 1e-4 ? q[i] : 1e-4;

		sum += (a - b) * num_log(a / b);
	}
	return sum;
}
