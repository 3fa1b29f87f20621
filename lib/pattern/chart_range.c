/* A close outside of the range of at least RANGE_LEAST bars, which had become narrow. */
#include <math.h>

#include "pattern/chart_in.h"

#define RANGE_LEAST 20
#define RANGE_MOST 55

static void
put(struct chart_cand *c, double v)
{
	c->f[c->nf++] = (float)v;
}

/* Highest high and lowest low of the k bars before the last one. */
struct range {
	double high, low;
	uint64_t bars;
};

/* The last bar closes beyond the bars before it, up to RANGE_MOST: how many? */
static struct range
range_of(const struct chart_window *w, int sign)
{
	uint64_t now = w->n - 1, k;
	double close = w->piv.last, first = 0;
	struct range r = { -INFINITY, INFINITY, 0 };

	for (k = 1; k <= RANGE_MOST && k <= now; k++) {
		double h = w->high[(now - k) % CHART_BARS], l = w->low[(now - k) % CHART_BARS];
		double high = h > r.high ? h : r.high, low = l < r.low ? l : r.low;

		if (sign > 0 ? h >= close : l <= close)
			break;
		/* more bars belong to it as long as they do not make it much wider */
		if (k == RANGE_LEAST)
			first = high - low;
		if (k > RANGE_LEAST && high - low > 1.25 * first)
			break;
		r = (struct range){ high, low, k };
	}
	return r;
}

static void
breakout(const struct chart_window *w, int sign, chart_give give, void *arg)
{
	struct chart_cand c = { .model = CHART_M_RANGE, .sign = sign, .direction = sign, .n = 3 };
	uint64_t now = w->n - 1;
	double high = w->high[now % CHART_BARS], low = w->low[now % CHART_BARS],
	       close = w->piv.last;
	double body = high > low ? sign * (close - w->open) / (high - low) : 0;
	double before = w->atr[(now - 1) % CHART_BARS], path = 0;
	struct range r;

	if (body < 0.4 || now < RANGE_LEAST + RANGE_LEAST)
		return;
	r = range_of(w, sign);
	if (r.bars < RANGE_LEAST || !(r.high > r.low) || !(w->atr50 > 0))
		return;
	c.height = r.high - r.low;
	c.type = sign > 0 ? CHART_RANGE_BREAKOUT_UP : CHART_RANGE_BREAKOUT_DOWN;
	c.start = now - r.bars;
	for (uint64_t i = c.start + 1; i < now; i++)
		path += fabs(w->piv.close[i % CHART_BARS] - w->piv.close[(i - 1) % CHART_BARS]);
	put(&c, chart_lg((double)r.bars));
	put(&c, chart_lg(w->atr5 / w->atr50));
	put(&c, body);
	put(&c, sign * (close - (sign > 0 ? r.high : r.low)) / c.height);
	put(&c, chart_lg((high - low) / before));
	put(&c, chart_lg(c.height / before));
	put(&c, path > 0 ? c.height / path : 1);
	put(&c, chart_lg(c.height / w->atr50));
	c.v[0] = (struct pivot){ c.start, sign > 0 ? r.low : r.high };
	c.v[1] = (struct pivot){ now - 1, sign > 0 ? r.high : r.low };
	c.v[2] = (struct pivot){ now, close };
	c.line_at = now;
	c.line = sign > 0 ? r.high : r.low;
	c.other = sign > 0 ? r.low : r.high;
	c.reach = c.height;
	give(arg, &c);
}

void
chart_ranges(const struct chart_window *w, chart_give give, void *arg)
{
	/* atr5 and atr50 do not have the last bar yet: its own range must not count as contraction
	 */
	breakout(w, w->piv.last > w->open ? 1 : -1, give, arg);
}
