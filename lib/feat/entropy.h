/*
 * Entropy of the last n values, as a part of the most there can be (0: always the same, 1:
 * all kinds as frequent). O(1) a value: a histogram and a table of c ln c.
 *
 * Permutation entropy (Bandt & Pompe, Physical Review Letters 88, 2002): the kind of a value
 * is the order of it and the m - 1 before; equal values count as rising. Over ln m!.
 *
 * Shannon entropy of a series of symbols 0 .. kinds - 1, over ln kinds.
 */
#ifndef TP_FEAT_ENTROPY_H
#define TP_FEAT_ENTROPY_H

#include "feat/roll.h"

#define ENTROPY_KINDS 120 /* 5! */

struct entropy {
	uint32_t n, kinds, held, at;
	uint32_t count[ENTROPY_KINDS];
	uint8_t *symbol; /* the last n, round */
	double *clogc;   /* c ln c for 0..n */
	double most;     /* ln kinds */
};
/* n >= 1, 2 <= kinds <= ENTROPY_KINDS */
void
entropy_init(struct entropy *h, size_t n, uint32_t kinds, struct roll_mem *m);
/* A symbol, or -1: unknown, which empties the window. NAN before n symbols. */
double
entropy_push(struct entropy *h, int symbol);

struct permutation {
	uint32_t m, held;
	double x[5]; /* the last m, oldest first */
	struct entropy h;
};
/* m: 3..5 */
void
permutation_init(struct permutation *p, size_t n, uint32_t m, struct roll_mem *mem);
double
permutation_push(struct permutation *p, double x);

/* The eighth of the standard normal distribution that z is in, 0 lowest; -1 when it is not
 * finite. Symbols for returns in units of their deviation. */
int
entropy_octile(double z);

#endif
