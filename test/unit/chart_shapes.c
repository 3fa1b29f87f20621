/* Each chart pattern drawn by hand, its mirror image, its geometry; and input without shape. */
#include "pattern/chart.h"
#include "t.h"

#define MOST 400
#define LEAD 40
#define NEAR 0.3 /* of a height of 5 to 11: what is left of the lead-in in the fit */

struct drawn {
	enum chart_type type, mirror;
	int direction;
	int n;
	double level[10]; /* start, extremes, end */
	int leg[9];
	int npivots; /* that are to be told, from the second corner on (poles: the first) */
	double
	    line; /* the break line at the bar it is told, and the measured move; 0: not checked */
	double reach;
	double far; /* the last extreme, where the stop is near */
};

static const struct drawn shapes[] = {
	{ CHART_HEAD_SHOULDERS_TOP, CHART_HEAD_SHOULDERS_BOTTOM, -1, 7,
	    { 100, 108, 103, 111, 103, 108, 99 }, { 6, 5, 5, 5, 5, 7 }, 5, 103, 8, 108 },
	{ CHART_DOUBLE_TOP, CHART_DOUBLE_BOTTOM, -1, 5, { 98, 108, 103, 108, 97 },
	    { 14, 12, 12, 10 }, 3, 103, 5, 108 },
	{ CHART_RECTANGLE_TOP, CHART_RECTANGLE_BOTTOM, -1, 7, { 98, 108, 103, 108, 103, 108, 98 },
	    { 6, 5, 5, 5, 5, 7 }, 5, 103, 5, 108 },
	{ CHART_TRIPLE_TOP, CHART_TRIPLE_BOTTOM, -1, 7, { 98, 108, 103.5, 108, 102.5, 108, 98 },
	    { 6, 5, 5, 5, 5, 7 }, 5, 102.5, 5.5, 108 },
	{ CHART_ASCENDING_TRIANGLE, CHART_DESCENDING_TRIANGLE, 1, 8,
	    { 98, 106, 100, 106, 102, 106, 104, 110 }, { 6, 4, 4, 4, 4, 4, 5 }, 6, 106, 6, 104 },
	{ CHART_SYMMETRICAL_TRIANGLE_TOP, CHART_SYMMETRICAL_TRIANGLE_BOTTOM, -1, 7,
	    { 97, 108, 99, 106, 101, 104.2, 98 }, { 6, 5, 5, 5, 5, 5 }, 5, 0, 9, 104.2 },
	{ CHART_BROADENING_TOP, CHART_BROADENING_BOTTOM, -1, 7,
	    { 100, 103.5, 101.5, 105.5, 99.5, 108, 95 }, { 5, 4, 5, 5, 6, 7 }, 5, 0, 8.5, 108 },
	{ CHART_RISING_WEDGE, CHART_FALLING_WEDGE, -1, 9,
	    { 97, 103, 100, 105, 103, 107, 105.5, 108, 100 }, { 4, 4, 4, 4, 4, 4, 4, 5 }, 0, 0, 0,
	    108 },
	{ CHART_BULL_FLAG, CHART_BEAR_FLAG, 1, 8, { 97, 106, 104.5, 105.2, 103.7, 104.4, 103, 109 },
	    { 8, 4, 3, 4, 3, 4, 4 }, 0, 0, 9, 103 },
	{ CHART_BULL_PENNANT, CHART_BEAR_PENNANT, 1, 8,
	    { 97, 106, 103.8, 105.6, 104.1, 105.2, 104.5, 109 }, { 9, 4, 4, 4, 4, 4, 4 }, 0, 0, 9,
	    104.5 },
	{ CHART_CHANNEL_UP, CHART_CHANNEL_DOWN, -1, 7, { 98, 103, 100, 106, 103, 109, 98 },
	    { 5, 4, 6, 4, 6, 7 }, 5, 0, 9, 109 },
	{ CHART_CUP, CHART_INVERTED_CUP, 1, 10,
	    { 99, 106, 102.4, 100.3, 99.6, 100.3, 102.4, 106, 104.2, 109 },
	    { 5, 6, 6, 6, 6, 6, 6, 5, 5 }, 0, 0, 0, 104.2 },
};
#define NSHAPES (sizeof shapes / sizeof *shapes)

static double close_of[MOST];

/* lead-in, legs, lead-out; returns the bars */
static size_t
draw(const struct drawn *d, bool mirror)
{
	size_t n = 0;

	for (; n < LEAD; n++)
		close_of[n] = d->level[0] + (n % 2 ? 0.2 : -0.2) + (n % 3 ? 0.1 : -0.1);
	close_of[n - 1] = d->level[0];
	for (int k = 0; k + 1 < d->n; k++)
		for (int i = 1; i <= d->leg[k]; i++)
			close_of[n++] =
			    d->level[k] + (d->level[k + 1] - d->level[k]) * i / d->leg[k];
	for (int i = 0; i < 12; i++)
		close_of[n++] = d->level[d->n - 1] + (i % 2 ? 0.2 : -0.2);
	for (size_t i = 0; i < n && mirror; i++)
		close_of[i] = 200 - close_of[i];
	return n;
}

struct seen {
	struct chart_event ev[64];
	size_t bar[64], n, now;
};

static int
see(void *arg, const struct chart_event *ev)
{
	struct seen *s = arg;

	if (s->n < 64) {
		s->bar[s->n] = s->now;
		s->ev[s->n++] = *ev;
	}
	return 0;
}

static struct feat_bar
bar_of(size_t i, double scale)
{
	double o = close_of[i ? i - 1 : 0], c = close_of[i];

	return (struct feat_bar){ .ts = (int64_t)i * 60,
		.ts_end = (int64_t)i * 60 + 60,
		.open = o * scale,
		.close = c * scale,
		.high = ((o > c ? o : c) + 0.1) * scale,
		.low = ((o < c ? o : c) - 0.1) * scale,
		.volume = NAN };
}

static void
scan(size_t n, double scale, struct seen *s)
{
	struct chart_scan *c = chart_scan_new(NULL);

	memset(s, 0, sizeof *s);
	for (s->now = 0; s->now < n; s->now++) {
		struct feat_bar b = bar_of(s->now, scale);

		chart_scan_push(c, &b, see, s);
	}
	chart_scan_free(c);
}

static const struct chart_event *
find(const struct seen *s, enum chart_type t, enum chart_state st, size_t *bar)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->ev[i].type == t && s->ev[i].state == st) {
			*bar = s->bar[i];
			return &s->ev[i];
		}
	return NULL;
}

/* Corner k of a shape: its bar */
static size_t
corner(const struct drawn *d, int k)
{
	size_t i = LEAD - 1;

	for (int j = 0; j < k; j++)
		i += (size_t)d->leg[j];
	return i;
}

static void
check_pivots(const struct drawn *d, const struct chart_event *e, bool mirror)
{
	bool good = e->npivots == (size_t)d->npivots;

	for (size_t k = 0; good && k < e->npivots; k++) {
		double want = d->level[k + 1];

		good &= e->pivots[k].ts == (int64_t)corner(d, (int)k + 1) * 60 &&
			fabs(e->pivots[k].price - (mirror ? 200 - want : want)) < NEAR;
	}
	ok(good, "%s: the corners that were drawn", e->name);
	is_i64(e->start, (int64_t)corner(d, 1) * 60, "%s: begins with its first extreme", e->name);
}

static void
check_shape(const struct drawn *d, bool mirror)
{
	enum chart_type type = mirror ? d->mirror : d->type;
	int direction = mirror ? -d->direction : d->direction;
	size_t n = draw(d, mirror), at = 0, later = 0;
	struct seen s;
	const struct chart_event *e, *broken;
	double far = mirror ? 200 - d->far : d->far, line = mirror ? 200 - d->line : d->line;

	scan(n, 1, &s);
	e = find(&s, type, CHART_FORMED, &at);
	if (!ok(e != NULL, "%s is found", chart_name(type)))
		return;
	ok(at >= corner(d, d->n - 4) && at <= corner(d, d->n - 1) + 10, "%s: in time, bar %zu",
	    e->name, at);
	is_i64(e->direction, direction, "%s: direction", e->name);
	ok(e->score > 0 && e->score < 1 && e->p >= 0 && e->p <= 1, "%s: score %.3f, p %.3f",
	    e->name, e->score, e->p);
	is_i64(e->end, (int64_t)at * 60, "%s: ends with the bar that told it", e->name);
	if (d->npivots)
		check_pivots(d, e, mirror);
	if (d->line > 0)
		is_f64(e->line[1].price, line, NEAR, "%s: break line", e->name);
	if (d->reach > 0)
		is_f64(fabs(e->target - e->line[1].price), d->reach, d->npivots ? 2 * NEAR : 1.5,
		    "%s: measured move", e->name);
	ok(direction * (e->target - e->line[1].price) > 0, "%s: the target lies ahead", e->name);
	/* the short wedge is told before the last two corners are there */
	ok(fabs(far - e->stop) < 2 &&
		(direction * (far - e->stop) > 0 || type == CHART_RISING_WEDGE ||
		    type == CHART_FALLING_WEDGE),
	    "%s: stop %.2f beyond %.2f", e->name, e->stop, far);
	broken = find(&s, type, CHART_CONFIRMED, &later);
	ok(broken && later >= at && broken->id == e->id && strcmp(broken->reason, "break") == 0,
	    "%s: the break confirms it", e->name);
}

static void
check_scale(void)
{
	static struct seen a, b;
	size_t n = draw(&shapes[0], false);
	bool same;

	scan(n, 1, &a);
	for (double scale = 1.0 / 512; scale < 1e6; scale *= 64) {
		scan(n, scale, &b);
		same = a.n == b.n;
		for (size_t i = 0; same && i < a.n; i++)
			same &= a.ev[i].type == b.ev[i].type && a.bar[i] == b.bar[i] &&
				a.ev[i].score == b.ev[i].score &&
				a.ev[i].target * scale == b.ev[i].target;
		ok(same && a.n > 0, "prices times %g: the same %zu events, bit for bit", scale,
		    a.n);
	}
}

/* What has no shape gives nothing, and nothing that is not a number. */
static void
check_degenerate(void)
{
	struct seen s = { .n = 0 };
	struct chart_scan *c = chart_scan_new(NULL);
	double out[CHART_NFEATURES];
	bool finite = true;

	for (s.now = 0; s.now < 6000; s.now++) {
		struct feat_bar b = { .ts = (int64_t)s.now,
			.open = 5,
			.high = 5,
			.low = 5,
			.close = 5,
			.volume = s.now % 2 ? NAN : 0 };

		chart_scan_push(c, &b, see, &s);
	}
	is_i64((int64_t)s.n, 0, "constant prices: nothing");
	/* and after them a pattern is found as ever */
	size_t n = draw(&shapes[0], false), at;
	for (size_t i = 0; i < n; i++, s.now++) {
		struct feat_bar b = bar_of(i, 0.05);

		b.ts = (int64_t)s.now;
		chart_scan_push(c, &b, see, &s);
	}
	ok(find(&s, CHART_HEAD_SHOULDERS_TOP, CHART_FORMED, &at) != NULL,
	    "after 6,000 bars that stood still");
	/* jumps by a million, up and down, and back to nothing */
	for (int i = 0; i < 3000; i++, s.now++) {
		double p = i % 700 < 20 ? 1e9 : i % 300 < 3 ? 1e-9 : i % 2 ? 100 : 101;
		struct feat_bar b = { .ts = (int64_t)s.now,
			.open = p,
			.high = p,
			.low = p,
			.close = p,
			.volume = 9e18 };

		s.n = 0;
		chart_scan_push(c, &b, see, &s);
		for (size_t k = 0; k < s.n; k++)
			finite &= isfinite(s.ev[k].score) && isfinite(s.ev[k].p) &&
				  isfinite(s.ev[k].target) && isfinite(s.ev[k].stop);
		chart_scan_features(c, out);
		for (size_t k = 0; k < CHART_NFEATURES; k++)
			finite &= isfinite(out[k]);
	}
	ok(finite, "jumps: all numbers finite");
	chart_scan_free(c);
	chart_scan_free(NULL);
}

/* Twenty bars of a tight range after sixty of a wide one, then a bar that leaves it. */
static void
check_range(bool down)
{
	size_t n = 0, at = 0;
	struct seen s;

	for (; n < 60; n++)
		close_of[n] = 100 + (n % 4 < 2 ? 1.5 : -1.5) + (n % 3) * 0.3;
	for (; n < 100; n++)
		close_of[n] = 100 + (n % 4 < 2 ? 0.25 : -0.25) + (n % 3) * 0.05;
	close_of[n++] = 102.5;
	close_of[n++] = 103.5;
	for (size_t i = 0; i < n && down; i++)
		close_of[i] = 200 - close_of[i];
	scan(n, 1, &s);
	const struct chart_event *e =
	    find(&s, down ? CHART_RANGE_BREAKOUT_DOWN : CHART_RANGE_BREAKOUT_UP, CHART_FORMED, &at);
	if (!ok(e != NULL, "a breakout of a range, %s", down ? "down" : "up"))
		return;
	ok(at == 100 || at == 101, "at the bar that leaves it: %zu", at);
	is_i64(e->direction, down ? -1 : 1, "its direction");
	ok(e->start >= 45 * 60 && e->start <= 80 * 60, "the range is what was tight, from bar %d",
	    (int)(e->start / 60));
}

static void
check_names(void)
{
	bool good = true;

	for (int t = 0; t < CHART_NTYPES; t++) {
		const char *name = chart_name((enum chart_type)t);
		char column[64];

		snprintf(column, sizeof column, "chart.%s", name);
		good &= chart_type_of(name, strlen(name)) == (enum chart_type)t &&
			strcmp(chart_feature_name((size_t)t), column) == 0;
	}
	ok(good, "26 names, there and back");
	ok(chart_type_of("double", 6) == CHART_NTYPES, "an unknown one");
	ok(chart_feature_name(CHART_NFEATURES) == NULL && chart_feature_name(CHART_NFEATURES - 1),
	    "as many columns as said");
}

int
main(void)
{
	for (size_t i = 0; i < NSHAPES; i++) {
		check_shape(&shapes[i], false);
		check_shape(&shapes[i], true);
	}
	check_range(false);
	check_range(true);
	check_scale();
	check_degenerate();
	check_names();
	return done_testing();
}
