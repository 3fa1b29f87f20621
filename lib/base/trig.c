/*
 * Sine, cosine, tangent, their inverses, the hyperbolic ones and the decimal logarithm from +, -,
 * *, / and sqrt alone: IEEE 754 fixes each of these, so the same input gives the same bits on every
 * machine (-ffp-contract=off). The series are Taylor's, on ranges so small that a few terms do.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/math.h"
#include "base/num.h"

#define PIO2_HI 0x1.921fb54442d18p+0
#define PIO2_LO 0x1.1a62633145c07p-54

/* An angle less a multiple of pi/2: |hi| <= pi/4 and a little, hi + lo is good to about 2^-100. */
struct angle {
	double hi, lo;
	unsigned quadrant; /* of 4 */
};

/* The first 1280 bits of 2/pi behind the point. */
static const uint64_t two_over_pi[20] = { 0xa2f9836e4e441529, 0xfc2757d1f534ddc0,
	0xdb6295993c439041, 0xfe5163abdebbc561, 0xb7246e3a424dd2e0, 0x06492eea09d1921c,
	0xfe1deb1cb129a73e, 0xe88235f52ebb4484, 0xe99c7026b45f7e41, 0x3991d639835339f4,
	0x9c845f8bbdf9283b, 0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7,
	0x4f463f669e5fea2d, 0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08,
	0x56033046fc7b6bab, 0xf0cfbc209af4361d };

/* 64 bits of 2/pi from bit `at` behind the point on (0 is the first); what lies before is 0 */
static uint64_t
bits_at(int at)
{
	int word = at >> 6, shift = at & 63;
	uint64_t a = word >= 0 && word < 20 ? two_over_pi[word] : 0;
	uint64_t b = word >= -1 && word < 19 ? two_over_pi[word + 1] : 0;

	return shift ? a << shift | b >> (64 - shift) : a;
}

/* (v 2^-64 + w 2^-128) pi/2, negated if asked; v, w: 128 bits of a fraction below 1/2 */
static void
scaled(struct angle *a, uint64_t v, uint64_t w, bool negative)
{
	double f[4] = { (double)(v >> 32) * 0x1p-32, (double)(v & 0xffffffff) * 0x1p-64,
		(double)(w >> 32) * 0x1p-96, (double)(w & 0xffffffff) * 0x1p-128 };
	/* the leading 21 bits of pi/2: their product with 32 bits is exact */
	static const double p1 = 0x1.921fbp+0, p2 = 0x1.5110b46p-22, p3 = PIO2_LO;
	double hi = f[0] * p1 + 0, t, lo = 0, s;
	double part[4] = { f[1] * p1, f[0] * p2, f[2] * p1, f[1] * p2 };

	for (int i = 0; i < 4; i++) {
		s = hi + part[i]; /* Knuth's sum: what s misses goes to lo */
		t = s - hi;
		lo += (hi - (s - t)) + (part[i] - t);
		hi = s;
	}
	lo += f[0] * p3 + f[3] * p1 + f[2] * p2 + f[1] * p3;
	s = hi + lo;
	a->lo = (hi - s) + lo;
	a->hi = s;
	if (negative) {
		a->hi = -a->hi;
		a->lo = -a->lo;
	}
}

/*
 * Payne and Hanek: x = m 2^e with a whole m of 53 bits. Bits of 2/pi so high that m 2^e times them
 * is a multiple of 4 quadrants are left out; the next 192 are enough for any x. (ACM Signum
 * Newsletter 18, 1983, pages 19-24.)
 */
static void
reduce_far(struct angle *a, double x)
{
	uint64_t u, m, w[3], p[3];
	unsigned __int128 c;
	int at;

	memcpy(&u, &x, sizeof u);
	at = (int)(u >> 52) - 1075 - 2;
	m = (u & 0xfffffffffffff) | UINT64_C(1) << 52;
	for (int i = 0; i < 3; i++)
		w[i] = bits_at(at + 64 * i);
	c = (unsigned __int128)w[2] * m;
	p[2] = (uint64_t)c;
	c = (unsigned __int128)w[1] * m + (uint64_t)(c >> 64);
	p[1] = (uint64_t)c;
	p[0] = w[0] * m + (uint64_t)(c >> 64);
	/* now 4 (p 2^-192) is the angle in quadrants, less a multiple of 4 */
	a->quadrant = (unsigned)(p[0] >> 62);
	p[0] = p[0] << 2 | p[1] >> 62;
	p[1] = p[1] << 2 | p[2] >> 62;
	bool over = p[0] >> 63;
	if (over) {
		a->quadrant = (a->quadrant + 1) & 3;
		p[0] = ~p[0];
		p[1] = ~p[1];
	}
	scaled(a, p[0], p[1], over);
}

/* x >= 0 and finite. Cody and Waite: pi/2 in three parts, n times the first two is exact. */
static void
reduce(struct angle *a, double x)
{
	static const double p1 = 0x1.921fb544p+0, p2 = 0x1.0b4611a6p-34, p3 = 0x1.3198a2e037073p-69;

	if (x >= 0x1p20) {
		reduce_far(a, x);
		return;
	}
	int64_t n = (int64_t)(x * 0x1.45f306dc9c883p-1 + 0.5);
	double k = (double)n, t = x - k * p1, u = k * p2;
	double r = t - u, b = r - t, lo = (t - (r - b)) - (u + b);

	lo -= k * p3;
	a->hi = r + lo;
	a->lo = (r - a->hi) + lo;
	a->quadrant = (unsigned)(n & 3);
}

static double
sin_near(double x, double low)
{
	double z = x * x;
	double p =
	    -1.0 / 6 +
	    z * (1.0 / 120 +
		    z * (-1.0 / 5040 +
			    z * (1.0 / 362880 +
				    z * (-1.0 / 39916800 +
					    z * (1.0 / 6227020800.0 +
						    z * (-1.0 / 1307674368000.0 +
							    z * (1.0 / 355687428096000.0)))))));

	return x + (x * z * p + low * (1.0 - 0.5 * z));
}

static double
cos_near(double x, double low)
{
	double z = x * x, h = 0.5 * z, w = 1.0 - h;
	double p =
	    1.0 / 24 +
	    z * (-1.0 / 720 +
		    z * (1.0 / 40320 +
			    z * (-1.0 / 3628800 + z * (1.0 / 479001600 +
							  z * (-1.0 / 87178291200.0 +
								  z * (1.0 / 20922789888000.0))))));

	return w + (((1.0 - w) - h) + (z * z * p - x * low));
}

static double
sin_in(const struct angle *a, unsigned turn)
{
	unsigned q = (a->quadrant + turn) & 3;
	double v = q & 1 ? cos_near(a->hi, a->lo) : sin_near(a->hi, a->lo);

	return q & 2 ? -v : v;
}

double
num_sin(double x)
{
	struct angle a;

	if (!isfinite(x))
		return NAN;
	if (x == 0)
		return x;
	reduce(&a, fabs(x));
	return x < 0 ? -sin_in(&a, 0) : sin_in(&a, 0);
}

double
num_cos(double x)
{
	struct angle a;

	if (!isfinite(x))
		return NAN;
	reduce(&a, fabs(x));
	return sin_in(&a, 1);
}

double
num_tan(double x)
{
	struct angle a;

	if (!isfinite(x))
		return NAN;
	if (x == 0)
		return x;
	reduce(&a, fabs(x));
	double t = sin_in(&a, 0) / sin_in(&a, 1);
	return x < 0 ? -t : t;
}

/*
 * The arc tangent of t = y / x, both at least 0, without the division by x:
 * atan t = atan c + atan((t - c) / (1 + t c)) with c the nearest of eight points (the last is
 * infinity), so that the rest is below 1/8 and nine terms are enough.
 */
static double
atan_of(double y, double x)
{
	static const struct {
		double a, b; /* c = b / a */
		double hi, lo;
	} point[8] = {
		{ 1, 0, 0, 0 },
		{ 1, 0.25, 0x1.f5b75f92c80ddp-3, 0x1.8ab6e3cf7afbdp-57 },
		{ 1, 0.53125, 0x1.f40dd0b541418p-2, -0x1.a3992dc382a23p-57 },
		{ 1, 0.90625, 0x1.78f6bbd5d315ep-1, 0x1.406a089803740p-55 },
		{ 1, 1.5, 0x1.f730bd281f69bp-1, 0x1.007887af0cbbdp-56 },
		{ 1, 2.8125, 0x1.3aab98641f26bp+0, -0x1.dc349cc175bc7p-55 },
		{ 1, 10, 0x1.789bd2c160054p+0, -0x1.f45503ccad255p-54 },
		{ 0, 1, PIO2_HI, PIO2_LO },
	};
	int i = (y > 0.123 * x) + (y > 0.384 * x) + (y > 0.702 * x) + (y > 1.16 * x) +
		(y > 1.994 * x) + (y > 4.55 * x) + (y > 20.1 * x);
	double r = (y * point[i].a - x * point[i].b) / (x * point[i].a + y * point[i].b);
	double z = r * r, w = z * z;
	/* even and odd powers apart: two short chains run side by side */
	double p = -1.0 / 3 + w * (-1.0 / 7 + w * (-1.0 / 11 + w * (-1.0 / 15)));
	double q = 1.0 / 5 + w * (1.0 / 9 + w * (1.0 / 13 + w * (1.0 / 17)));

	return point[i].hi + (r + (r * (z * p + w * q) + point[i].lo));
}

double
num_atan(double x)
{
	double t = fabs(x), y;

	if (isnan(x))
		return x;
	/* beyond, also of infinity, for which t * 0 would not do, it is pi/2 */
	y = t < 0x1p60 ? atan_of(t, 1) : PIO2_HI;
	return x < 0 ? -y : y;
}

double
num_atan_ratio(double y, double x)
{
	double a = fabs(y), b = fabs(x), r;

	/* products of these neither overflow nor lose bits */
	if (!(a < 0x1p400 && b < 0x1p400 && b > 0x1p-400))
		return num_atan(y / x);
	r = atan_of(a, b);
	return (y < 0) != (x < 0) ? -r : r;
}

double
num_asin(double x)
{
	if (!(x >= -1 && x <= 1))
		return NAN;
	if (fabs(x) == 1)
		return x * PIO2_HI;
	return num_atan(x / sqrt((1.0 - x) * (1.0 + x)));
}

double
num_acos(double x)
{
	if (!(x >= -1 && x <= 1))
		return NAN;
	if (x == -1)
		return 2 * PIO2_HI;
	return 2.0 * num_atan(sqrt((1.0 - x) / (1.0 + x)));
}

/* e^x / 2, also where e^x alone would be infinite */
static double
half_exp(double x)
{
	double h = x > 700 ? num_exp(0.5 * x) : 0;

	return x > 700 ? 0.5 * h * h : 0.5 * num_exp(x);
}

double
num_sinh(double x)
{
	double t = fabs(x), z = x * x, y;

	if (t < 0.5) /* the difference of two like numbers would lose bits */
		return x +
		       x * z *
			   (1.0 / 6 + z * (1.0 / 120 +
					      z * (1.0 / 5040 +
						      z * (1.0 / 362880 +
							      z * (1.0 / 39916800 +
								      z * (1.0 / 6227020800.0))))));
	y = half_exp(t);
	y = y - 0.25 / y;
	return x < 0 ? -y : y;
}

double
num_cosh(double x)
{
	double y = half_exp(fabs(x));

	return y + 0.25 / y;
}

double
num_tanh(double x)
{
	double t = fabs(x), y;

	if (isnan(x))
		return x;
	if (t < 0.5)
		return num_sinh(x) / num_cosh(x);
	y = 1.0 - 2.0 / (num_exp(t > 20 ? 40 : 2.0 * t) + 1.0);
	return x < 0 ? -y : y;
}

double
num_log10(double x)
{
	double l = num_log(x);

	return l * 0x1.bcb7b1526e50ep-2 + l * 0x1.95355baaafad3p-57;
}
