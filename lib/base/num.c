#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/shortest.h"

static const double pow10_f64[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

/*
 * A number in JSON's grammar taken apart: digits without leading zeros and where the point is.
 * Value = 0.d1d2d3... * 10^point, negated when neg. `digits` points at the first digit that
 * counts; dots inside are skipped by the readers.
 */
struct decimal {
	bool neg;
	const char *digits, *end; /* digits and at most one '.', after leading zeros */
	long exp;                 /* power of ten behind the written number */
	long nint;                /* digits before the point, from `digits` on; <= 0 for 0.00x */
};

static bool
is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

static bool
decimal_split(const char *p, size_t n, struct decimal *d)
{
	const char *end = p + n, *s, *point = NULL;

	*d = (struct decimal){ 0 };
	if (p < end && *p == '-') {
		d->neg = true;
		p++;
	}
	s = p;
	while (p < end && is_digit(*p))
		p++;
	if (p == s || (*s == '0' && p - s > 1))
		return false; /* empty, or 007 */
	if (p < end && *p == '.') {
		const char *f = p + 1;

		point = p;
		for (p = f; p < end && is_digit(*p); p++)
			;
		if (p == f)
			return false;
	}
	d->digits = s;
	d->end = p;
	d->nint = (point ? point : p) - s;
	if (p < end && (*p == 'e' || *p == 'E')) {
		bool eneg = false;
		long e = 0;
		const char *x;

		p++;
		if (p < end && (*p == '+' || *p == '-'))
			eneg = *p++ == '-';
		for (x = p; p < end && is_digit(*p); p++)
			e = e < 100000 ? e * 10 + (*p - '0') : e;
		if (p == x)
			return false;
		d->exp = eneg ? -e : e;
	}
	return p == end;
}

/* |value| * 10^scale rounded half-even into *out; false when above max (< 2^126). */
static bool
decimal_scaled(const struct decimal *d, int scale, num_i128 max, num_i128 *out)
{
	/* number of digits, from d->digits on, that stand before the scaled point */
	long keep = d->nint + d->exp + scale, seen = 0;
	num_i128 v = 0;
	int first = -1; /* first digit dropped */
	bool rest = false;
	const char *p;

	for (p = d->digits; p < d->end; p++) {
		if (*p == '.')
			continue;
		if (seen < keep) {
			if (v > (max - (*p - '0')) / 10)
				return false;
			v = v * 10 + (*p - '0');
		} else if (seen == keep) {
			first = *p - '0';
		} else if (*p != '0') {
			rest = true;
		}
		seen++;
	}
	if (keep < 0)
		first = -1; /* below a tenth of half a unit: zero */
	for (; v && seen < keep; seen++) {
		if (v > max / 10)
			return false;
		v *= 10;
	}
	if (first > 5 || (first == 5 && (rest || (v & 1))))
		v++;
	if (v > max)
		return false;
	*out = v;
	return true;
}

static bool
scaled_i64(const char *p, size_t n, int scale, int64_t *out)
{
	struct decimal d;
	num_i128 v;

	if (!decimal_split(p, n, &d) || !decimal_scaled(&d, scale, INT64_MAX, &v))
		return false;
	*out = d.neg ? -(int64_t)v : (int64_t)v;
	return true;
}

bool
num_nano(const char *p, size_t n, int64_t *out)
{
	return scaled_i64(p, n, 9, out);
}

bool
num_micro(const char *p, size_t n, int64_t *out)
{
	return scaled_i64(p, n, 6, out);
}

bool
num_nano128(const char *p, size_t n, num_i128 *out)
{
	struct decimal d;

	/* 1e36 nano = 1e27 units: far above any volume, and sums of two still fit */
	static const num_i128 max = (num_i128)1000000000000000000 * 1000000000000000000;

	if (!decimal_split(p, n, &d) || !decimal_scaled(&d, 9, max, out))
		return false;
	if (d.neg)
		*out = -*out;
	return true;
}

bool
num_f64(const char *p, size_t n, double *out)
{
	struct decimal d;
	uint64_t m = 0;
	int digits = 0, frac = 0;
	bool point = false;
	char tmp[512], *stop;
	double v;

	if (!decimal_split(p, n, &d))
		return false;
	/* Clinger 1990: a mantissa below 2^53 over a power of ten up to 22 is one rounding */
	for (const char *s = d.digits; s < d.end && digits < 20; s++) {
		if (*s == '.') {
			point = true;
			continue;
		}
		m = m * 10 + (uint64_t)(*s - '0');
		digits++;
		frac += point;
	}
	if (d.exp == 0 && digits < 19 && m <= (UINT64_C(1) << 53) && frac <= 22) {
		v = (double)m / pow10_f64[frac];
		*out = d.neg ? -v : v;
		return true;
	}
	if (n >= sizeof tmp)
		return false;
	memcpy(tmp, p, n);
	tmp[n] = '\0';
	v = strtod(tmp, &stop);
	if (*stop || !isfinite(v))
		return false;
	*out = v;
	return true;
}

bool
num_u64(const char *p, size_t n, uint64_t *out)
{
	uint64_t v = 0;

	if (n == 0 || n > 20 || (n > 1 && *p == '0'))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_digit(p[i]) || __builtin_mul_overflow(v, UINT64_C(10), &v) ||
		    __builtin_add_overflow(v, (uint64_t)(p[i] - '0'), &v))
			return false;
	*out = v;
	return true;
}

bool
num_i64(const char *p, size_t n, int64_t *out)
{
	bool neg = n && *p == '-';
	uint64_t v;

	if (!num_u64(p + neg, n - neg, &v) || v > (uint64_t)INT64_MAX + neg)
		return false;
	*out = neg ? (int64_t)-v : (int64_t)v;
	return true;
}

/* ---- writing ---- */

static const char digit_pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233"
    "34353637383940414243444546474849505152535455565758596061626364656667"
    "6869707172737475767778798081828384858687888990919293949596979899";

char *
num_put_u64(char *o, uint64_t v)
{
	char t[20];
	int i = 20;

	while (v >= 100) {
		i -= 2;
		memcpy(t + i, digit_pairs + v % 100 * 2, 2);
		v /= 100;
	}
	if (v >= 10) {
		i -= 2;
		memcpy(t + i, digit_pairs + v * 2, 2);
	} else {
		t[--i] = (char)('0' + v);
	}
	memcpy(o, t + i, (size_t)(20 - i));
	return o + 20 - i;
}

char *
num_put_i64(char *o, int64_t v)
{
	if (v < 0) {
		*o++ = '-';
		return num_put_u64(o, -(uint64_t)v);
	}
	return num_put_u64(o, (uint64_t)v);
}

/* the fraction of a number in `places` digits, trimmed to at least `least` of them */
static char *
put_fraction(char *o, uint32_t f, int places, int least)
{
	char t[9];
	int n = places;

	for (int i = places - 1; i >= 0; i--) {
		t[i] = (char)('0' + f % 10);
		f /= 10;
	}
	/* cppcheck-suppress uninitvar ; places >= 1 */
	while (n > least && t[n - 1] == '0')
		n--;
	if (n == 0)
		return o;
	*o++ = '.';
	memcpy(o, t, (size_t)n);
	return o + n;
}

static char *
put_scaled(char *o, int64_t v, uint32_t unit, int places, int least)
{
	uint64_t u = (uint64_t)v;
	uint32_t f;

	if (v < 0) {
		*o++ = '-';
		u = -u;
	}
	f = (uint32_t)(u % unit);
	o = num_put_u64(o, u / unit);
	if (f == 0 && least == 0)
		return o;
	return put_fraction(o, f, places, least);
}

char *
num_put_price(char *o, int64_t nano)
{
	return put_scaled(o, nano, 1000000000u, 9, 2);
}

char *
num_put_size(char *o, int64_t nano)
{
	return put_scaled(o, nano, 1000000000u, 9, 0);
}

char *
num_put_cash(char *o, int64_t micro)
{
	return put_scaled(o, micro, 1000000u, 6, 2);
}

char *
num_put_size128(char *o, num_i128 nano)
{
	unsigned __int128 u, ip;
	uint32_t f;

	if (nano >= INT64_MIN && nano <= INT64_MAX)
		return num_put_size(o, (int64_t)nano);
	u = (unsigned __int128)nano;
	if (nano < 0) {
		*o++ = '-';
		u = -u;
	}
	ip = u / 1000000000u;
	f = (uint32_t)(u % 1000000000u);
	if (ip >> 64) {
		/* above 1.8e19 units: two halves of 18 digits */
		static const uint64_t e18 = UINT64_C(1000000000000000000);
		char t[20], *s;

		o = num_put_u64(o, (uint64_t)(ip / e18));
		s = num_put_u64(t, (uint64_t)(ip % e18));
		memset(o, '0', (size_t)(18 - (s - t)));
		memcpy(o + 18 - (s - t), t, (size_t)(s - t));
		o += 18;
	} else {
		o = num_put_u64(o, (uint64_t)ip);
	}
	return f ? put_fraction(o, f, 9, 0) : o;
}

/* v below 10^17, in two halves that do not wait for each other */
static int
put_digits(char *t, uint64_t v)
{
	uint32_t low, a, b;
	char *o;

	if (v < 100000000)
		return (int)(num_put_u64(t, v) - t);
	low = (uint32_t)(v % 100000000);
	o = num_put_u64(t, v / 100000000);
	a = low / 10000;
	b = low % 10000;
	memcpy(o, digit_pairs + a / 100 * 2, 2);
	memcpy(o + 2, digit_pairs + a % 100 * 2, 2);
	memcpy(o + 4, digit_pairs + b / 100 * 2, 2);
	memcpy(o + 6, digit_pairs + b % 100 * 2, 2);
	return (int)(o + 8 - t);
}

/* digits * 10^exp as %.15g would show it, or with as many more digits as there are. Copies are of
 * a fixed length, which costs nothing: NUM_MAX bytes are free. */
static char *
put_decimal(char *o, uint64_t digits, int exp)
{
	enum { COPY = 20 };
	char t[2 * COPY] = { 0 };
	int n = put_digits(t, digits), x = n - 1 + exp;

	if (x >= -4 && x < 0) { /* 0.000123 */
		memcpy(o, "0.0000", 6);
		memcpy(o + 1 - x, t, COPY);
		return o + 1 - x + n;
	}
	if (x >= 0 && x < (n > 15 ? n : 15)) {
		memcpy(o, t, COPY);
		if (exp >= 0) {
			memset(o + n, '0', (size_t)exp);
			return o + n + exp;
		}
		o[x + 1] = '.';
		memcpy(o + x + 2, t + x + 1, COPY);
		return o + n + 1;
	}
	*o++ = t[0];
	if (n > 1) {
		*o++ = '.';
		memcpy(o, t + 1, COPY);
		o += n - 1;
	}
	*o++ = 'e';
	*o++ = x < 0 ? '-' : '+';
	x = x < 0 ? -x : x;
	if (x < 10)
		*o++ = '0';
	return num_put_u64(o, (uint64_t)x);
}

char *
num_put_f64(char *o, double v)
{
	double a = fabs(v);
	uint64_t digits;
	int exp;

	/* Many values in records have two decimals at most. */
	if (a < 9e6 && (a == 0 || a >= 1e-4)) {
		for (int64_t unit = 1; unit <= 100; unit *= 100) {
			int64_t m = (int64_t)(a * (double)unit + 0.5);

			if ((double)m / (double)unit == a) {
				if (signbit(v) && a != 0)
					*o++ = '-';
				return put_scaled(o, m * (1000000000 / unit), 1000000000u, 9, 0);
			}
		}
	}
	if (signbit(v))
		*o++ = '-';
	num_shortest(a, &digits, &exp);
	return put_decimal(o, digits, exp);
}

/* ---- arithmetic ---- */

num_i128
num_div_even(num_i128 a, num_i128 b)
{
	num_i128 q = a / b, r = a % b;
	unsigned __int128 twice;

	if (r == 0)
		return q;
	twice = 2 * (unsigned __int128)(r < 0 ? -r : r);
	if (twice > (unsigned __int128)b || (twice == (unsigned __int128)b && (q & 1)))
		q += a < 0 ? -1 : 1;
	return q;
}

bool
num_notional(int64_t price, int64_t size, int64_t *micro)
{
	num_i128 v = num_div_even((num_i128)price * size, (num_i128)1000000 * 1000000);

	/* 1e-9 * 1e-9 -> 1e-6 */
	if (v > INT64_MAX || v < -INT64_MAX)
		return false;
	*micro = (int64_t)v;
	return true;
}

static bool
scaled_of(double v, double unit, int64_t *out)
{
	double x = v * unit;

	if (!(fabs(x) < 9.2e18))
		return false;
	*out = (int64_t)nearbyint(x);
	return true;
}

bool
num_nano_of(double v, int64_t *out)
{
	return scaled_of(v, 1e9, out);
}

bool
num_micro_of(double v, int64_t *out)
{
	return scaled_of(v, 1e6, out);
}
