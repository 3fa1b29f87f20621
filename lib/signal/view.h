/*
 * The mixing itself: opinions and weights in, one view out. Pure functions of their arguments.
 */
#ifndef TP_SIGNAL_VIEW_H
#define TP_SIGNAL_VIEW_H

#include "signal/learn.h"

/* n sources; what is not `on` has no opinion now (or must not have one). */
struct view_in {
	size_t n;
	const double *x; /* direction times strength, -1..1 */
	const double *c; /* confidence, 0..1 */
	const double *w; /* weight >= 0: the rule's, times age, regime and what else there is */
	const double *factor; /* the same without the rule's own: on top of what was learned */
	const bool *on;
};

struct view_out {
	double v;          /* -1..1 */
	double confidence; /* 0..1 */
	double *used;      /* [n] weight that each had, sums to 1 (stacking: coefficients) */
	double *part;      /* [n] what each contributed, sums to v */
	bool warm;         /* stacking: not yet; confidence weighting stood in */
};

/* learner NULL for the methods that do not learn. */
void
view_mix(int64_t method, double quorum, const struct learner *l, const struct view_in *in,
    struct view_out *out);

#endif
