/*
 * Two-sided CUSUM (Page, Biometrika 41, 1954): the standardised value z adds to
 *
 *	up = max(0, up + z - k)		down = max(0, down - z - k)
 *
 * and a sum above h is a change. z is measured by mean and deviation of the first `n` values
 * after the start and after each change; with deviation > 0 given they are fixed instead. For
 * normal values, k = .5 and h = 5 the mean run to a false alarm is 465 bars, to a shift by one
 * deviation 10.4 (Montgomery, Statistical Quality Control).
 */
#include <math.h>
#include <string.h>

#include "regime/detect.h"

enum { K, H, N, ON_VOL, MEAN, DEVIATION };

struct state {
	long seen;       /* values of the baseline so far */
	double mean, m2; /* Welford's sums */
	double up, down;
	int now; /* 0 none yet, 1 up, 2 down */
	bool any;
};

static int
check(struct det *d, struct err *e)
{
	if (d->par[MEAN] != 0 && d->par[DEVIATION] == 0)
		return err_set(e, ERR_USAGE, "cusum: mean needs deviation");
	return 0;
}

static size_t
size(const struct det *d)
{
	(void)d;
	return sizeof(struct state);
}

static bool
start(const struct det *d, void *state, const char *sym)
{
	(void)d, (void)state, (void)sym;
	return true;
}

/* true while the baseline is still being measured, or is without any deviation */
static bool
measure(const struct det *d, struct state *s, double x, double *z)
{
	if (d->par[DEVIATION] > 0) {
		*z = (x - d->par[MEAN]) / d->par[DEVIATION];
		return false;
	}
	if (s->seen >= (long)d->par[N] && s->m2 > 0) {
		*z = (x - s->mean) / sqrt(s->m2 / (double)(s->seen - 1));
		return false;
	}
	s->seen++;
	double off = x - s->mean;
	s->mean += off / (double)s->seen;
	s->m2 += off * (x - s->mean);
	return true;
}

static bool
push(const struct det *d, void *state, const struct det_bar *b, struct det_view *v)
{
	static const char *const labels[] = { "none", "up", "down" };
	struct state *s = state;
	double z;

	if (!isnan(b->ret)) {
		double x = d->par[ON_VOL] > 0 ? fabs(b->ret) : b->ret;
		s->any = true;
		if (!measure(d, s, x, &z)) {
			s->up = fmax(0, s->up + z - d->par[K]);
			s->down = fmax(0, s->down - z - d->par[K]);
		}
	}
	if (!s->any)
		return false;
	v->value = s->up >= s->down ? s->up : -s->down;
	if (fabs(v->value) > d->par[H]) {
		int now = v->value > 0 ? 1 : 2;
		*s = (struct state){ .now = now, .any = true };
	}
	v->state = s->now;
	v->label = labels[s->now];
	return true;
}

const struct det_kind det_cusum = {
	.name = "cusum",
	.about = "two-sided CUSUM of standardised returns: direction of the last change",
	.params = { { "k", 0.5, 0, 10, false, "drift, in deviations" },
	    { "h", 5, 0.1, 1000, false, "threshold, in deviations" },
	    { "n", 50, 5, 100000, true, "bars that the baseline is measured on" },
	    { "vol", 0, 0, 1, true, "1: of the absolute returns, so of volatility" },
	    { "mean", 0, -10, 10, false, "fixed baseline; needs deviation" },
	    { "deviation", 0, 0, 10, false, "fixed baseline" } },
	.check = check,
	.size = size,
	.start = start,
	.push = push,
};
