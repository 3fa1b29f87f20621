#include "base/math.h"
#include "base/num.h"
#include "base/rng.h"

/* splitmix64 (Steele, Lea, Flood 2014): spreads one word over the whole state. */
static uint64_t
splitmix(uint64_t *x)
{
	uint64_t z = *x += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static uint64_t
rotl(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

void
rng_seed(struct rng *r, uint64_t seed)
{
	for (int i = 0; i < 4; i++)
		r->s[i] = splitmix(&seed);
}

/* xoshiro256** 1.0 (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018) */
uint64_t
rng_u64(struct rng *r)
{
	uint64_t *s = r->s, out = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return out;
}

double
rng_uniform(struct rng *r)
{
	return (double)(rng_u64(r) >> 11) * 0x1p-53;
}

/* Lemire, "Fast random integer generation in an interval", 2019: a multiplication, and a
 * division only where the draw falls into the part that would favour small results. */
uint64_t
rng_below(struct rng *r, uint64_t n)
{
	unsigned __int128 m = (unsigned __int128)rng_u64(r) * n;

	if ((uint64_t)m < n) {
		uint64_t least = -n % n;

		while ((uint64_t)m < least)
			m = (unsigned __int128)rng_u64(r) * n;
	}
	return (uint64_t)(m >> 64);
}

/* The middle of one of 2^52 equal cells of (0,1): never 0 or 1, and symmetric. The quantile is
 * one call and one draw a number, so a stream's draws can be counted. */
double
rng_normal(struct rng *r)
{
	return num_normal_quantile(((double)(rng_u64(r) >> 12) + 0.5) * 0x1p-52);
}

double
rng_exponential(struct rng *r)
{
	return -num_log(1.0 - rng_uniform(r));
}
