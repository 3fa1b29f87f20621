/*
 * Zigzags of many thresholds over the closes of one series. A zigzag has a running leg; when the
 * close comes back from the leg's extreme by the threshold, the extreme is a pivot and the leg
 * turns. A pivot is known only at the bar that confirms it: nothing here looks ahead.
 *
 * The thresholds are powers of the cube root of 2, in price, so a level means the same for ever;
 * the PIVOT_LEVELS that are kept follow how far closes move in a bar on average. A level that
 * comes into reach is run over the closes of the window.
 */
#ifndef TP_PATTERN_PIVOT_H
#define TP_PATTERN_PIVOT_H

#include <stdbool.h>
#include <stdint.h>

#define PIVOT_LEVELS 13
#define PIVOT_KEPT 16    /* pivots of a level; a power of 2 */
#define PIVOT_WINDOW 256 /* bars that are remembered; a power of 2 */

struct pivot {
	uint64_t bar; /* number of the bar, from 0 */
	double y;     /* its close */
};

enum { PIVOT_SAME, PIVOT_LONGER, PIVOT_NEW };

struct zigzag {
	double threshold;
	int dir;                    /* of the running leg: +1, -1; 0: no move yet */
	struct pivot ext;           /* where the leg has come to */
	struct pivot low;           /* dir 0: the other extreme */
	double looked;              /* the caller's: price of ext when it was last looked at */
	uint64_t n;                 /* pivots found so far */
	struct pivot p[PIVOT_KEPT]; /* number i at i % PIVOT_KEPT */
};

struct pivots {
	struct zigzag z[PIVOT_LEVELS]; /* rising thresholds */
	int base;                      /* z[0] has threshold 2^(base / 3) */
	bool on;                       /* the closes have moved */
	double move;                   /* mean |change| of a close */
	double last;
	uint64_t n; /* bars so far */
	/* bar i at i % PIVOT_WINDOW and again PIVOT_WINDOW further on, so that any run of bars
	 * in the window stands in one piece */
	double close[2 * PIVOT_WINDOW];
};

/* One close, finite. changed[i]: what it did to z[i]. */
void
pivots_push(struct pivots *s, double close, unsigned char changed[PIVOT_LEVELS]);

/* All closes so far are divided by ratio. If it is no power of two, the zigzags are run anew over
 * the window. */
void
pivots_scale(struct pivots *s, double ratio);

/* The k-th pivot from the end, 0 the latest; k < n and < PIVOT_KEPT */
static inline const struct pivot *
zigzag_pivot(const struct zigzag *z, uint64_t k)
{
	return &z->p[(z->n - 1 - k) % PIVOT_KEPT];
}

/* The closes from bar i on; i within the window */
static inline const double *
pivots_closes(const struct pivots *s, uint64_t i)
{
	return &s->close[i % PIVOT_WINDOW];
}

#endif
