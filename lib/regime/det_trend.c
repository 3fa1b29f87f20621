/*
 * Trend, as a description of the last bars and no forecast: the t statistic of the slope of a
 * least-squares line through the last n logarithms of the close, and Wilder's ADX (New Concepts
 * in Technical Trading Systems, 1978; sums started as TA-Lib starts them). The statistic is not
 * a test: prices that wander without drift have large ones most of the time.
 */
#include "base/num.h"
#include "regime/detect.h"
#include "regime/measure.h"

enum { N, T, T_LEAVE, ADX, ADX_N };

struct state {
	struct measure_adx adx;
	long seen;
	int now;    /* 0 down, 1 flat, 2 up */
	double y[]; /* log closes, a ring of n */
};

static int
check(struct det *d, struct err *e)
{
	if (d->par[T_LEAVE] > d->par[T])
		return err_set(e, ERR_USAGE, "trend: leave must not be above t");
	return 0;
}

static size_t
size(const struct det *d)
{
	return sizeof(struct state) + (size_t)d->par[N] * sizeof(double);
}

static bool
start(const struct det *d, void *state, const char *sym)
{
	(void)d, (void)sym;
	((struct state *)state)->now = 1;
	return true;
}

static bool
push(const struct det *d, void *state, const struct det_bar *b, struct det_view *v)
{
	static const char *const labels[] = { "down", "flat", "up" };
	struct state *s = state;
	long n = (long)d->par[N];
	bool strong = measure_adx(&s->adx, b, (long)d->par[ADX_N]);

	s->y[s->seen++ % n] = num_log(b->close);
	if (s->seen < n || !strong)
		return false;
	double t = measure_slope_t(s->y, n, s->seen % n);
	strong = s->adx.adx >= d->par[ADX];
	if ((s->now == 2 && t < d->par[T_LEAVE]) || (s->now == 0 && t > -d->par[T_LEAVE]))
		s->now = 1;
	if (strong && t >= d->par[T])
		s->now = 2;
	else if (strong && t <= -d->par[T])
		s->now = 0;
	v->state = s->now;
	v->label = labels[s->now];
	v->value = t;
	return true;
}

static void
split(const struct det *d, void *state, double ratio)
{
	struct state *s = state;
	double by = num_log(ratio);

	for (long i = 0; i < (long)d->par[N]; i++)
		s->y[i] -= by;
	s->adx.high /= ratio;
	s->adx.low /= ratio;
	s->adx.close /= ratio;
	s->adx.tr /= ratio;
	s->adx.plus /= ratio;
	s->adx.minus /= ratio;
}

const struct det_kind det_trend = {
	.name = "trend",
	.about = "slope of the log close and ADX: down, flat, up",
	.params = { { "n", 60, 5, 100000, true, "bars of the line" },
	    { "t", 10, 0, 1e6, false, "a trend from this t statistic of the slope on" },
	    { "leave", 5, 0, 1e6, false, "until it is below this" },
	    { "adx", 20, 0, 100, false, "and begins only at this ADX or above" },
	    { "adx-n", 14, 2, 10000, true, "bars of the ADX" } },
	.needs_prices = true,
	.check = check,
	.size = size,
	.start = start,
	.push = push,
	.split = split,
};
