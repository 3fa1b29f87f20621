/*
 * Volatility by its own recent past: the quantile of the exponentially weighted volatility among
 * its last `window` values, with hysteresis. Needs no fit, and knows only what is usual lately.
 */
#include <math.h>

#include "regime/detect.h"

enum { LAMBDA, WINDOW, HIGH, HIGH_LEAVE, LOW, LOW_LEAVE };

struct state {
	double var;
	long seen; /* returns */
	int now;   /* -1: none yet */
	double vol[];
};

static int
check(struct det *d, struct err *e)
{
	const double *p = d->par;

	if (!(p[LOW] <= p[LOW_LEAVE] && p[LOW_LEAVE] <= p[HIGH_LEAVE] && p[HIGH_LEAVE] <= p[HIGH]))
		return err_set(
		    e, ERR_USAGE, "vol-quantile: low <= low-leave <= high-leave <= high must hold");
	return 0;
}

static size_t
size(const struct det *d)
{
	return sizeof(struct state) + (size_t)d->par[WINDOW] * sizeof(double);
}

static bool
start(const struct det *d, void *state, const char *sym)
{
	(void)d, (void)sym;
	((struct state *)state)->now = -1;
	return true;
}

/* 0 low, 1 normal, 2 high */
static int
decide(const double *p, int now, double q)
{
	if (q >= p[HIGH] || (now == 2 && q >= p[HIGH_LEAVE]))
		return 2;
	if (q <= p[LOW] || (now == 0 && q <= p[LOW_LEAVE]))
		return 0;
	return 1;
}

static bool
push(const struct det *d, void *state, const struct det_bar *b, struct det_view *v)
{
	static const char *const labels[] = { "calm", "normal", "turbulent" };
	struct state *s = state;
	long window = (long)d->par[WINDOW], below = 0, same = 0;

	if (!isnan(b->ret)) {
		double q = b->ret * b->ret, l = d->par[LAMBDA];
		s->var = s->seen ? l * s->var + (1 - l) * q : q;
		s->vol[s->seen++ % window] = s->var;
	}
	if (s->seen < window)
		return false;
	for (long i = 0; i < window; i++) {
		below += s->vol[i] < s->var;
		same += s->vol[i] == s->var;
	}
	/* ties count half: a constant price has a quantile of 1/2, not of 0 or 1 */
	v->value = ((double)below + 0.5 * (double)same) / (double)window;
	v->state = s->now = decide(d->par, s->now, v->value);
	v->label = labels[s->now];
	return true;
}

const struct det_kind det_vol_quantile = {
	.name = "vol-quantile",
	.about = "volatility by its quantile among its own last values, with hysteresis",
	.params = { { "lambda", 0.94, 0.5, 0.9999, false, "weight of the past" },
	    { "window", 252, 20, 100000, true, "values to compare with" },
	    { "high", 0.8, 0, 1, false, "turbulent from here on" },
	    { "high-leave", 0.6, 0, 1, false, "until below this" },
	    { "low", 0.2, 0, 1, false, "calm down from here" },
	    { "low-leave", 0.4, 0, 1, false, "until above this" } },
	.check = check,
	.size = size,
	.start = start,
	.push = push,
};
