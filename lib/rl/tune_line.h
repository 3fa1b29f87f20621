/*
 * How a number of a space lies on the line that it is drawn from: its logarithm when asked; a whole
 * number k is everything from k - 1/2 to k + 1/2. For tune.c and tune_tpe.c.
 */
#ifndef TP_RL_TUNE_LINE_H
#define TP_RL_TUNE_LINE_H

#include <math.h>

#include "base/num.h"
#include "rl/tune.h"

static inline void
tune_line(const struct tune_dim *d, double *lo, double *hi)
{
	double half = d->kind == TUNE_WHOLE ? 0.5 : 0;

	*lo = d->log ? num_log(d->lo - half) : d->lo - half;
	*hi = d->log ? num_log(d->hi + half) : d->hi + half;
}

static inline double
tune_to_line(const struct tune_dim *d, double x)
{
	return d->log ? num_log(x) : x;
}

static inline double
tune_from_line(const struct tune_dim *d, double z)
{
	double x = d->log ? num_exp(z) : z;

	if (d->kind == TUNE_WHOLE)
		x = floor(x + 0.5);
	return x < d->lo ? d->lo : x > d->hi ? d->hi : x;
}

#endif
