/* What the trend is told by, each exact to the last bits of its textbook form. */
#ifndef TP_REGIME_MEASURE_H
#define TP_REGIME_MEASURE_H

#include <stdbool.h>

#include "regime/detect.h"

/* Wilder's average directional index over n bars, started as TA-Lib's ADX; all zero at first. */
struct measure_adx {
	long bars;
	double high, low, close; /* of the bar before */
	double tr, plus, minus;  /* Wilder's sums */
	double dx_sum, adx;
};

/* One bar more; true when a->adx is there (from bar 2 n on, counted from 1). */
bool
measure_adx(struct measure_adx *a, const struct det_bar *b, long n);

/* The t statistic of the slope of the least-squares line through the n values of a ring, the
 * oldest at y[first]. Held within a million where all but no residual is left; 0 when the values
 * are all equal. */
double
measure_slope_t(const double *y, long n, long first);

#endif
