/*
 * Chart patterns drawn into random walks, with their truth: what a detector is tuned on and
 * judged by. One series is
 *
 *	lead-in (a random walk with some trend towards the pattern), the pattern, lead-out.
 *
 * The pattern is a template: levels of its pivots as parts of an amplitude, jittered, joined by
 * straight legs of random lengths, and noise on each close. Bars open at the close before and
 * reach a little beyond open and close. Everything is drawn from the caller's generator in a
 * fixed order: the same seed gives the same bars.
 */
#ifndef TP_FEED_PATTERN_GEN_H
#define TP_FEED_PATTERN_GEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/rng.h"

#define PATTERN_GEN_TYPES 26
#define PATTERN_GEN_PIVOTS 10
#define PATTERN_GEN_BARS 1024 /* of one series at most */

struct pattern_gen_opts {
	double noise;            /* standard deviation on closes, in amplitudes */
	double jitter;           /* of levels, in amplitudes */
	double amp_lo, amp_hi;   /* amplitude as a part of the price */
	double step_lo, step_hi; /* standard deviation of the random walk's returns, of which one is
				  * drawn a series */
	double stretch;          /* spans, and the square of amplitudes, are multiplied by it */
	size_t lead_lo, lead_hi; /* bars of the lead-in */
	size_t out_lo, out_hi;   /* bars of the lead-out */
	bool bridge; /* noise as a Brownian bridge in each leg in place of white noise */
	bool volume; /* falls within the pattern, is high in the last leg */
};

/* The usual ones: jitter 0.03, amplitude 0.05 to 0.10, ... */
extern const struct pattern_gen_opts pattern_gen_usual;

struct pattern_gen_bar {
	double open, high, low, close, volume; /* volume 0 where not asked for */
};

/* Indices are bars of the series. pivots[0] is where the pattern begins, the last one where it
 * has broken out; those between are its extremes. */
struct pattern_gen_truth {
	int type; /* -1: none, a random walk */
	int direction;
	size_t npivots, pivots[PATTERN_GEN_PIVOTS];
	double level[PATTERN_GEN_PIVOTS]; /* price of the pivots, without noise */
};

/* "head_shoulders_top" ...; NULL past the end */
const char *
pattern_gen_name(int type);
/* -1 when there is no such type */
int
pattern_gen_type(const char *name, size_t n);

/*
 * One series from `price` on into bars[PATTERN_GEN_BARS]; type -1 draws a random walk of the same
 * length as a pattern would have. Returns the number of bars.
 */
size_t
pattern_gen_series(struct rng *r, int type, double price, const struct pattern_gen_opts *o,
    struct pattern_gen_bar *bars, struct pattern_gen_truth *truth);

#endif
