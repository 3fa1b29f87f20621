#include "base/shortest.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

typedef unsigned __int128 u128;

/*
 * Powers of ten as 128 bits: g(k) = ceil(10^k * 2^(127 - floor(log2 10^k))), for the k that a
 * double's exponent can ask for. They are made when the first double is printed, in a few tens
 * of microseconds, by exact arithmetic on words.
 */
enum { K_MIN = -292, K_MAX = 324, WORDS = 36 };

static struct {
	uint64_t hi, lo;
} power[K_MAX - K_MIN + 1];
static pthread_once_t made = PTHREAD_ONCE_INIT;

/* The 128 bits of a number of little-endian words from its highest bit on; whether more follow. */
static u128
top_bits(const uint32_t *w, int n, bool *more)
{
	int top = n - 1, bit = 0;
	u128 v = 0;

	while (w[top] == 0)
		top--;
	bit = 31 - __builtin_clz(w[top]);
	*more = false;
	for (int got = 0, at = top * 32 + bit; at >= 0; at--, got++) {
		unsigned b = w[at / 32] >> (at % 32) & 1;

		if (got < 128)
			v = v << 1 | b;
		else if (b) {
			*more = true;
			break;
		}
	}
	for (int got = top * 32 + bit + 1; got < 128; got++)
		v <<= 1;
	return v;
}

static void
put_power(int k, u128 v)
{
	power[k - K_MIN].hi = (uint64_t)(v >> 64);
	power[k - K_MIN].lo = (uint64_t)v;
}

static void
make_powers(void)
{
	uint32_t up[WORDS] = { 1 }, down[WORDS] = { 0 };
	bool more;

	for (int k = 0; k <= K_MAX; k++) {
		u128 v = top_bits(up, WORDS, &more);
		uint64_t carry = 0;

		put_power(k, v + more);
		for (int i = 0; i < WORDS; i++, carry >>= 32) {
			carry += (uint64_t)up[i] * 10;
			up[i] = (uint32_t)carry;
		}
	}
	/* 10^k for k < 0, scaled by 2^1151: floor of a floor is the floor of the whole, and none of
	 * these is exact, so its ceiling is one more. */
	down[WORDS - 1] = UINT32_C(1) << 31;
	for (int k = -1; k >= K_MIN; k--) {
		uint64_t rest = 0;

		for (int i = WORDS - 1; i >= 0; i--) {
			rest = rest << 32 | down[i];
			down[i] = (uint32_t)(rest / 10);
			rest %= 10;
		}
		put_power(k, top_bits(down, WORDS, &more) + 1);
	}
}

/* floor(e * log10(2)), floor(log10(3/4 * 2^e)) and floor(e * log2(10)) for exponents of doubles */
static int
log10_pow2(int e)
{
	return (e * 1262611) >> 22;
}

static int
log10_three_quarters_pow2(int e)
{
	return (e * 1262611 - 524031) >> 22;
}

static int
log2_pow10(int e)
{
	return (e * 1741647) >> 19;
}

/* g * cp / 2^128, the lowest bit set when something was cut off */
static uint64_t
round_to_odd(int k, uint64_t cp)
{
	u128 x = (u128)power[k - K_MIN].lo * cp, y = (u128)power[k - K_MIN].hi * cp;

	y += (uint64_t)(x >> 64);
	return (uint64_t)(y >> 64) | ((uint64_t)y > 1);
}

static void
trim(uint64_t *digits, int *exp)
{
	while (*digits % 10 == 0) {
		*digits /= 10;
		++*exp;
	}
}

void
num_shortest(double v, uint64_t *digits, int *exp)
{
	uint64_t bits, frac, c, lower, upper, vb, s, sp;
	bool closer, odd, low_in, high_in;
	int e, q, k, h;

	pthread_once(&made, make_powers);
	memcpy(&bits, &v, sizeof bits);
	frac = bits & ((UINT64_C(1) << 52) - 1);
	e = (int)(bits >> 52 & 0x7ff);
	c = e ? frac | UINT64_C(1) << 52 : frac;
	q = (e ? e : 1) - 1075;
	closer = frac == 0 && e > 1; /* the double below is only half as far */
	odd = c & 1;
	k = closer ? log10_three_quarters_pow2(q) : log10_pow2(q);
	h = q + log2_pow10(-k) + 1;
	lower = round_to_odd(-k, (4 * c - 2 + closer) << h) + odd;
	vb = round_to_odd(-k, (4 * c) << h);
	upper = round_to_odd(-k, (4 * c + 2) << h) - odd;
	s = vb / 4;
	sp = s / 10;
	if (s >= 10) { /* one digit less? */
		low_in = lower <= 40 * sp;
		high_in = 40 * sp + 40 <= upper;
		if (low_in != high_in) {
			*digits = sp + high_in;
			*exp = k + 1;
			trim(digits, exp);
			return;
		}
	}
	low_in = lower <= 4 * s;
	high_in = 4 * s + 4 <= upper;
	if (low_in != high_in)
		s += high_in;
	else
		s += vb > 4 * s + 2 || (vb == 4 * s + 2 && (s & 1));
	*digits = s;
	*exp = k;
	trim(digits, exp);
}
