/*
 * Market phases, by a rule after Weinstein (Secrets for Profiting in Bull and Bear Markets, 1988):
 * mark-up is a close above a rising slow average, mark-down one below a falling one, and what
 * comes between is distribution after a mark-up and accumulation after a mark-down. A
 * description, not a forecast.
 */
#include <math.h>

#include "regime/detect.h"

enum { FAST, SLOW, SLOPE, FLAT };
enum { ACCUMULATION, MARKUP, DISTRIBUTION, MARKDOWN };

struct state {
	long seen;
	int now;           /* -1 until the first mark-up or mark-down */
	double fast, slow; /* sums */
	double ring[];     /* slow closes, then slope averages */
};

static int
check(struct det *d, struct err *e)
{
	if (d->par[FAST] >= d->par[SLOW])
		return err_set(e, ERR_USAGE, "phase: fast must be below slow");
	return 0;
}

static size_t
size(const struct det *d)
{
	return sizeof(struct state) +
	       ((size_t)d->par[SLOW] + (size_t)d->par[SLOPE]) * sizeof(double);
}

static bool
start(const struct det *d, void *state, const char *sym)
{
	(void)d, (void)sym;
	((struct state *)state)->now = -1;
	return true;
}

/* The sums move by what comes and goes; once a round of the ring they are made anew, so that
 * rounding does not gather. */
static void
add(const struct det *d, struct state *s, double close)
{
	long slow = (long)d->par[SLOW], fast = (long)d->par[FAST], at = s->seen % slow;

	s->slow += close - s->ring[at];
	if (s->seen >= fast)
		s->fast -= s->ring[(s->seen - fast) % slow];
	s->fast += close;
	s->ring[at] = close;
	s->seen++;
	if (at != slow - 1)
		return;
	s->slow = s->fast = 0;
	for (long i = 0; i < slow; i++) {
		s->slow += s->ring[i];
		s->fast += i >= slow - fast ? s->ring[i] : 0;
	}
}

static bool
push(const struct det *d, void *state, const struct det_bar *b, struct det_view *v)
{
	static const char *const labels[] = { "accumulation", "markup", "distribution",
		"markdown" };
	struct state *s = state;
	long slow = (long)d->par[SLOW], back = (long)d->par[SLOPE];

	add(d, s, b->close);
	if (s->seen < slow)
		return false;
	double *averages = s->ring + slow, average = s->slow / (double)slow;
	double *then = &averages[(s->seen - slow) % back], before = *then;
	*then = average;
	if (s->seen < slow + back)
		return false;
	double slope = average / before - 1, fast = s->fast / d->par[FAST];
	if (b->close > average && fast > average && slope > d->par[FLAT])
		s->now = MARKUP;
	else if (b->close < average && fast < average && slope < -d->par[FLAT])
		s->now = MARKDOWN;
	else if (s->now == MARKUP)
		s->now = DISTRIBUTION;
	else if (s->now == MARKDOWN)
		s->now = ACCUMULATION;
	if (s->now < 0)
		return false;
	v->state = s->now;
	v->label = labels[s->now];
	v->value = slope;
	return true;
}

static void
split(const struct det *d, void *state, double ratio)
{
	struct state *s = state;
	long n = (long)d->par[SLOW] + (long)d->par[SLOPE];

	for (long i = 0; i < n; i++)
		s->ring[i] /= ratio;
	s->fast /= ratio;
	s->slow /= ratio;
}

const struct det_kind det_phase = {
	.name = "phase",
	.about = "accumulation, markup, distribution, markdown by two averages",
	.params = { { "fast", 50, 1, 100000, true, "bars of the fast average" },
	    { "slow", 200, 2, 100000, true, "bars of the slow average" },
	    { "slope", 20, 1, 100000, true, "bars over which the slow average rises or falls" },
	    { "flat", 0.002, 0, 1, false, "by less than this part it is flat" } },
	.needs_prices = true,
	.check = check,
	.size = size,
	.start = start,
	.push = push,
	.split = split,
};
