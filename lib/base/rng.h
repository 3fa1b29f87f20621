/* Seeded random numbers: xoshiro256** (Blackman & Vigna), seeded by splitmix64. Same seed,
 * same numbers, on every machine. */
#ifndef TP_BASE_RNG_H
#define TP_BASE_RNG_H

#include <stdint.h>

struct rng {
	uint64_t s[4];
};

void
rng_seed(struct rng *r, uint64_t seed);
uint64_t
rng_u64(struct rng *r);
double
rng_uniform(struct rng *r); /* [0,1), 53 bits */
uint64_t
rng_below(struct rng *r, uint64_t n); /* 0..n-1, unbiased; n > 0 */
/* N(0,1), by the inverse (AS 241) on num_log only: same bits everywhere */
double
rng_normal(struct rng *r);
double
rng_exponential(struct rng *r); /* mean 1 */

#endif
