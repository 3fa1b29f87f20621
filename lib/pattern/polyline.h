/*
 * The continuous polyline with given corners that is nearest to a run of closes, by least
 * squares: the values at the corners solve a tridiagonal system (hat functions; de Boor, "A
 * Practical Guide to Splines", the case of order 2). A corner's level is then what both of its
 * legs say, which under noise is far nearer the truth than the extreme close.
 */
#ifndef TP_PATTERN_POLYLINE_H
#define TP_PATTERN_POLYLINE_H

#include <stddef.h>

#define POLYLINE_MAX 10

struct polyline {
	double level[POLYLINE_MAX]; /* at the corners */
	double sd;                  /* of the residuals: sqrt(sum / n) */
	double next;                /* their lag-1 autocorrelation; 0 where there are none */
	double path;                /* sum |change| of y */
};

/* y[0..corner[n-1]], corners ascending, corner[0] = 0, 2 <= n <= POLYLINE_MAX. Sets the levels. */
void
polyline_fit(const double *y, const int *corner, size_t n, struct polyline *out);
/* Of the same y and corners: the rest. */
void
polyline_rest(const double *y, const int *corner, size_t n, struct polyline *p);

#endif
