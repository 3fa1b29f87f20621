/*
 * Volatility from the ranges of the last d bars. All are standard deviations of a bar's log
 * return: multiply by the root of the bars of a year for annual figures. With u = ln(high/open),
 * l = ln(low/open), c = ln(close/open), o = ln(open/close before), r = ln(close/close before):
 *
 *	close     sample deviation (d - 1) of r
 *	parkinson sqrt(mean (u - l)^2 / (4 ln 2))                          Parkinson 1980
 *	gk        sqrt(mean (u - l)^2 / 2 - (2 ln 2 - 1) c^2)              Garman & Klass 1980
 *	rs        sqrt(mean u (u - c) + l (l - c))                         Rogers & Satchell 1991
 *	yz        sqrt(var o + k var c + (1 - k) rs^2), var with d - 1,
 *	          k = 0.34 / (1.34 + (d + 1) / (d - 1))                    Yang & Zhang 2000
 *
 * and without a window, ewma: v = r^2 at first, then lambda v + (1 - lambda) r^2 (RiskMetrics,
 * J.P. Morgan 1996).
 */
#ifndef TP_FEAT_VOL_H
#define TP_FEAT_VOL_H

#include "feat/roll.h"
#include "feat/set.h"

struct vol_range {
	double prev_close, lambda;
	struct roll_var r, o, c;
	struct roll_sum parkinson, gk, rs;
	double v; /* ewma */
	bool any;
};

/* A bar's log return, and NAN where there is none yet. */
struct vol_out {
	double ret, close, parkinson, gk, rs, yz, ewma;
};

/* d >= 2; 0 < lambda < 1 */
void
vol_range_init(struct vol_range *v, size_t d, double lambda, struct roll_mem *m);
/* Prices of 0 or less have no logarithm: the windows then begin anew. */
void
vol_range_push(struct vol_range *v, const struct feat_bar *b, struct vol_out *out);

/* ln(a/b), NAN where it is not defined */
double
vol_log_ratio(double a, double b);

#endif
