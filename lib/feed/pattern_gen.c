#include <math.h>
#include <string.h>

#include "feed/pattern_gen.h"

#include "base/num.h"

const struct pattern_gen_opts pattern_gen_usual = {
	.noise = 0.04,
	.jitter = 0.03,
	.amp_lo = 0.05,
	.amp_hi = 0.10,
	.step_lo = 0.0035,
	.step_hi = 0.0055,
	.stretch = 1,
	.lead_lo = 40,
	.lead_hi = 60,
	.out_lo = 15,
	.out_hi = 25,
};

/*
 * The version entered from below, or that breaks upward; its mirror image turns the levels over.
 * Levels: the start, the extremes, the end; leg lengths in proportion to `leg`.
 */
struct shape {
	const char *name[2]; /* as drawn, mirrored */
	int direction;       /* of the break, as drawn */
	unsigned char n;
	unsigned char span_lo, span_hi;
	float level[PATTERN_GEN_PIVOTS];
	float leg[PATTERN_GEN_PIVOTS - 1];
};

#define EVEN \
	{ \
		1, 1, 1, 1, 1, 1, 1, 1, 1 \
	}
static const struct shape shapes[PATTERN_GEN_TYPES / 2] = {
	{ { "head_shoulders_top", "head_shoulders_bottom" }, -1, 7, 26, 36,
	    { 0.2F, 0.8F, 0.3F, 1, 0.3F, 0.8F, 0 }, EVEN },
	{ { "double_top", "double_bottom" }, -1, 5, 46, 60, { 0.08F, 1, 0.45F, 1, 0 }, EVEN },
	{ { "triple_top", "triple_bottom" }, -1, 7, 26, 36,
	    { 0.04F, 0.97F, 0.38F, 0.97F, 0.38F, 0.97F, 0.03F }, EVEN },
	{ { "rectangle_top", "rectangle_bottom" }, -1, 7, 26, 36,
	    { 0.04F, 0.97F, 0.36F, 0.97F, 0.36F, 0.97F, 0.06F }, EVEN },
	{ { "ascending_triangle", "descending_triangle" }, 1, 8, 26, 36,
	    { 0, 0.74F, 0.22F, 0.74F, 0.36F, 0.74F, 0.5F, 1 }, EVEN },
	{ { "symmetrical_triangle_top", "symmetrical_triangle_bottom" }, -1, 7, 26, 36,
	    { 0, 1, 0.1F, 0.8F, 0.28F, 0.63F, 0.1F }, EVEN },
	{ { "broadening_top", "broadening_bottom" }, -1, 7, 26, 36,
	    { 0.28F, 0.6F, 0.42F, 0.8F, 0.2F, 1, 0 }, { 1, 0.9F, 0.9F, 1, 1.1F, 1.2F } },
	{ { "rising_wedge", "falling_wedge" }, -1, 9, 26, 36,
	    { 0, 0.55F, 0.25F, 0.73F, 0.53F, 0.9F, 0.77F, 1, 0.28F }, EVEN },
	{ { "bull_flag", "bear_flag" }, 1, 8, 26, 36,
	    { 0, 0.72F, 0.6F, 0.67F, 0.56F, 0.62F, 0.5F, 1 }, { 2.3F, 1, 1, 1, 1, 1, 0.9F } },
	{ { "bull_pennant", "bear_pennant" }, 1, 8, 26, 36,
	    { 0, 0.72F, 0.54F, 0.68F, 0.56F, 0.65F, 0.59F, 1 }, { 2.3F, 1, 1, 1, 1, 1, 0.9F } },
	{ { "channel_up", "channel_down" }, -1, 7, 26, 36,
	    { 0.1F, 0.5F, 0.22F, 0.75F, 0.47F, 1, 0 }, { 1, 0.8F, 1.1F, 0.8F, 1.1F, 1.4F } },
	{ { "cup_with_handle", "inverted_cup_with_handle" }, 1, 10, 46, 60,
	    { 0.25F, 0.75F, 0.36F, 0.1F, 0, 0.1F, 0.36F, 0.75F, 0.55F, 1 },
	    { 0.8F, 1.2F, 1.2F, 1.2F, 1.2F, 1.2F, 1.2F, 0.8F, 1 } },
	{ { "range_breakout_up", "range_breakout_down" }, 1, 9, 26, 36,
	    { 0.3F, 0.1F, 0.3F, 0.12F, 0.28F, 0.15F, 0.25F, 0.2F, 1 },
	    { 1.6F, 1.4F, 1.4F, 1.2F, 1, 0.8F, 0.6F, 0.6F } },
};

static double
between(struct rng *r, double lo, double hi)
{
	return lo + (hi - lo) * rng_uniform(r);
}

static size_t
count(struct rng *r, size_t lo, size_t hi)
{
	return lo + (size_t)rng_below(r, hi - lo + 1);
}

const char *
pattern_gen_name(int type)
{
	return type < 0 || type >= PATTERN_GEN_TYPES ? NULL : shapes[type / 2].name[type % 2];
}

int
pattern_gen_type(const char *name, size_t n)
{
	for (int t = 0; t < PATTERN_GEN_TYPES; t++)
		if (strlen(pattern_gen_name(t)) == n && memcmp(pattern_gen_name(t), name, n) == 0)
			return t;
	return -1;
}

/* Levels in 0..1 with jitter; the pivots keep alternating where the template does. */
static void
draw_levels(struct rng *r, const struct shape *s, double jitter, double *level)
{
	for (int tries = 0; tries < 100; tries++) {
		bool good = true;

		for (int i = 0; i < s->n; i++)
			level[i] = (double)s->level[i] + jitter * rng_normal(r);
		for (int i = 1; i < s->n; i++)
			good &= (level[i] > level[i - 1]) == (s->level[i] > s->level[i - 1]);
		if (good)
			return;
	}
	for (int i = 0; i < s->n; i++) /* a jitter that leaves no order: the plain template */
		level[i] = (double)s->level[i];
}

/* Bars of each leg, two at least; their sum is about `span`. */
static void
draw_legs(struct rng *r, const struct shape *s, double span, size_t *legs)
{
	double w[PATTERN_GEN_PIVOTS], sum = 0;

	for (int i = 0; i + 1 < s->n; i++) {
		w[i] = (double)s->leg[i] * between(r, 0.6, 1.4);
		sum += w[i];
	}
	for (int i = 0; i + 1 < s->n; i++) {
		double k = w[i] * span / sum + 0.5;

		legs[i] = k < 2 ? 2 : (size_t)k;
	}
}

/* Closes of the legs from bar `at` on; noise is in price. */
static void
draw_pattern(struct rng *r, const struct pattern_gen_truth *t, double noise, bool bridge,
    struct pattern_gen_bar *b)
{
	for (size_t k = 0; k + 1 < t->npivots; k++) {
		size_t i0 = t->pivots[k], i1 = t->pivots[k + 1];
		double y0 = t->level[k], y1 = t->level[k + 1], off = 0;

		for (size_t i = i0; i <= i1; i++) {
			double left = (double)(i1 - i);
			double e = noise * rng_normal(r);

			if (bridge && i > i0) /* one step of a walk that is 0 at i1 */
				off = left == 0 ? 0 : off * left / (left + 1) + e;
			else
				off = bridge ? 0 : e;
			if (i == i0 && k > 0)
				continue;
			b[i].close = y0 + (y1 - y0) * (double)(i - i0) / (double)(i1 - i0) + off;
		}
	}
}

/* Opens, highs, lows and volumes around the closes. */
static void
draw_bars(struct rng *r, double price, double step, bool volume, const struct pattern_gen_truth *t,
    size_t n, struct pattern_gen_bar *b)
{
	for (size_t i = 0; i < n; i++) {
		double o = i ? b[i - 1].close : price, c = b[i].close;
		double up = rng_normal(r), down = rng_normal(r), v = rng_normal(r);

		b[i].open = o;
		b[i].high = (o > c ? o : c) * (1 + 0.5 * step * (up < 0 ? -up : up));
		b[i].low = (o < c ? o : c) * (1 - 0.5 * step * (down < 0 ? -down : down));
		b[i].volume = 0;
		if (!volume)
			continue;
		b[i].volume = 1000 * num_exp(0.35 * v);
		if (t->type >= 0 && i >= t->pivots[0] && i <= t->pivots[t->npivots - 1]) {
			size_t last = t->pivots[t->npivots - 2];
			double part = (double)(i - t->pivots[0]) / (double)(last - t->pivots[0]);

			b[i].volume *= i > last ? 1.8 : 1.3 - 0.6 * part;
		}
	}
}

/* Bars i to j of a random walk whose returns are `drift` in the mean. */
static double
walk(struct rng *r, double price, double step, double drift, size_t i, size_t j,
    struct pattern_gen_bar *b)
{
	for (; i < j; i++) {
		price *= num_exp(step * rng_normal(r) + drift);
		b[i].close = price;
	}
	return price;
}

size_t
pattern_gen_series(struct rng *r, int type, double price, const struct pattern_gen_opts *o,
    struct pattern_gen_bar *bars, struct pattern_gen_truth *truth)
{
	const struct shape *s = &shapes[type < 0 ? (int)rng_below(r, 13) : type / 2];
	bool mirror = type >= 0 && type % 2;
	double level[PATTERN_GEN_PIVOTS] = { 0 }, amp, step, p = price, base;
	size_t legs[PATTERN_GEN_PIVOTS] = { 0 }, lead, out, n;

	draw_levels(r, s, o->jitter, level);
	draw_legs(r, s, between(r, s->span_lo, s->span_hi) * o->stretch, legs);
	amp = between(r, o->amp_lo, o->amp_hi) * sqrt(o->stretch);
	step = between(r, o->step_lo, o->step_hi);
	lead = count(r, o->lead_lo, o->lead_hi);
	out = count(r, o->out_lo, o->out_hi);
	*truth = (struct pattern_gen_truth){ .type = type, .npivots = s->n };
	truth->direction = type < 0 ? 0 : mirror ? -s->direction : s->direction;
	truth->pivots[0] = lead;
	for (int i = 0; i + 1 < s->n; i++)
		truth->pivots[i + 1] = truth->pivots[i] + legs[i];
	n = truth->pivots[s->n - 1] + 1 + out;
	if (n > PATTERN_GEN_BARS) /* a stretch that no caller should ask for */
		return 0;
	if (type < 0) {
		truth->npivots = 0;
		walk(r, price, step, 0, 0, n, bars);
		draw_bars(r, price, step, o->volume, truth, n, bars);
		return n;
	}
	size_t trend = lead < 15 ? lead : 15;
	double drift = between(r, -0.1, 0.5) * amp / 15;

	p = walk(r, p, step, 0, 0, lead - trend, bars);
	p = walk(r, p, step, mirror ? -drift : drift, lead - trend, lead, bars);
	base = p;
	for (int i = 0; i < s->n; i++) {
		double up = level[i] - level[0];

		truth->level[i] = base * (1 + amp * (mirror ? -up : up));
	}
	draw_pattern(r, truth, o->noise * amp * base, o->bridge, bars);
	walk(r, bars[n - out - 1].close, step, 0, n - out, n, bars);
	draw_bars(r, price, step, o->volume, truth, n, bars);
	return n;
}
