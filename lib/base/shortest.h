/* The shortest decimal of a double. For base/num.c. */
#ifndef TP_BASE_SHORTEST_H
#define TP_BASE_SHORTEST_H

#include <stdint.h>

/*
 * For a finite v > 0 the decimal digits * 10^exp with the fewest digits that reads back as v,
 * of those the one nearest to v; digits has no trailing zero and at most 17 places.
 *
 * Raffaello Giulietti, The Schubfach way to render doubles, 2020.
 */
void
num_shortest(double v, uint64_t *digits, int *exp);

#endif
