/* The chart scan over a stream: states, prefixes, splits, one instance once. */
#include "feed/pattern_gen.h"
#include "pattern/chart.h"
#include "t.h"

#define MOST 6000

static struct feat_bar bars[MOST];
static size_t nbars;

struct log {
	struct chart_event ev[2000];
	size_t bar[2000], n, now;
	const struct feat_bar *bars;
};

static int
note(void *arg, const struct chart_event *ev)
{
	struct log *l = arg;

	if (l->n < 2000) {
		l->bar[l->n] = l->now;
		l->ev[l->n++] = *ev;
	}
	return 0;
}

static void
scan(const struct chart_opts *o, const struct feat_bar *b, size_t n, struct log *l)
{
	struct chart_scan *s = chart_scan_new(o);

	l->n = 0;
	l->bars = b;
	for (l->now = 0; l->now < n; l->now++)
		chart_scan_push(s, &b[l->now], note, l);
	chart_scan_free(s);
}

/* Patterns of all types, one after another. */
static void
make_bars(uint64_t seed, double noise)
{
	static struct pattern_gen_bar g[PATTERN_GEN_BARS];
	struct pattern_gen_opts o = pattern_gen_usual;
	struct pattern_gen_truth t;
	struct rng r;
	double price = 100;

	o.noise = noise;
	o.volume = true;
	rng_seed(&r, seed);
	nbars = 0;
	for (int type = 0; nbars + PATTERN_GEN_BARS < MOST; type = (type + 1) % PATTERN_GEN_TYPES) {
		size_t n = pattern_gen_series(&r, type, price, &o, g, &t);

		for (size_t i = 0; i < n; i++, nbars++)
			bars[nbars] = (struct feat_bar){ .ts = (int64_t)nbars,
				.ts_end = (int64_t)nbars + 1,
				.open = g[i].open,
				.high = g[i].high,
				.low = g[i].low,
				.close = g[i].close,
				.volume = g[i].volume };
		price = g[n - 1].close;
	}
}

static bool
equal(const struct chart_event *a, const struct chart_event *b)
{
	bool same = a->type == b->type && a->state == b->state && a->id == b->id &&
		    a->direction == b->direction && a->score == b->score && a->p == b->p &&
		    a->start == b->start && a->end == b->end && a->npivots == b->npivots &&
		    a->target == b->target && a->stop == b->stop;

	for (size_t i = 0; same && i < a->npivots; i++)
		same =
		    a->pivots[i].ts == b->pivots[i].ts && a->pivots[i].price == b->pivots[i].price;
	return same;
}

static void
check_prefix(void)
{
	static struct log whole, part;
	struct rng r;
	bool good = true, lawful = true;

	scan(NULL, bars, nbars, &whole);
	ok(whole.n > 40 && whole.n < 400, "%zu events in %zu bars", whole.n, nbars);
	rng_seed(&r, 5);
	for (int k = 0; k < 60; k++) {
		size_t n = (size_t)rng_below(&r, nbars);

		scan(NULL, bars, n, &part);
		for (size_t i = 0; i < part.n; i++)
			good &= equal(&part.ev[i], &whole.ev[i]) && part.bar[i] == whole.bar[i];
		good &= part.n == whole.n || whole.bar[part.n] >= n;
	}
	ok(good, "60 prefixes give prefixes, bit for bit");
	for (size_t i = 0; i < whole.n; i++) {
		const struct chart_event *e = &whole.ev[i];
		int64_t now = bars[whole.bar[i]].ts;

		lawful &= e->start < e->end && e->end <= now && e->npivots >= 1;
		lawful &= e->state != CHART_FORMED || e->end == now;
		for (size_t k = 0; k < e->npivots; k++)
			lawful &= e->pivots[k].ts >= e->start && e->pivots[k].ts < e->end &&
				  (k == 0 || e->pivots[k].ts > e->pivots[k - 1].ts);
		lawful &= e->direction * (e->target - e->stop) > 0;
	}
	ok(lawful,
	    "nothing is dated after the bar that told it, pivots rise, the stop lies behind");
}

/* What two spans share, as a part of both together. */
static double
shared(const struct chart_event *a, const struct chart_event *b)
{
	double i = fmin((double)a->end, (double)b->end) - fmax((double)a->start, (double)b->start);
	double u = fmax((double)a->end, (double)b->end) - fmin((double)a->start, (double)b->start);

	return i / u;
}

/* formed, then at most one other state, of the same id; none twice */
static void
check_states(void)
{
	static struct log l;
	int seen[4] = { 0 };
	bool good = true, apart = true;

	scan(NULL, bars, nbars, &l);
	for (size_t i = 0; i < l.n; i++) {
		const struct chart_event *e = &l.ev[i];
		int formed = 0, after = 0;

		seen[e->state]++;
		for (size_t k = 0; k < i; k++)
			if (l.ev[k].id == e->id) {
				formed += l.ev[k].state == CHART_FORMED;
				after += l.ev[k].state != CHART_FORMED;
			}
		good &= e->state == CHART_FORMED ? formed + after == 0 : formed == 1 && after == 0;
		good &= (e->state == CHART_FORMED) == (e->reason == NULL);
		for (size_t k = 0; k < i && e->state == CHART_FORMED; k++)
			apart &= l.ev[k].state != CHART_FORMED || l.ev[k].type != e->type ||
				 shared(&l.ev[k], e) < 0.3;
	}
	ok(good, "each is formed once and ends once at most");
	ok(apart, "no type is told twice of the same bars");
	ok(seen[CHART_CONFIRMED] > 10 && seen[1] + seen[2] + seen[3] <= seen[0],
	    "%d formed, %d confirmed, %d failed, %d expired", seen[0], seen[1], seen[2], seen[3]);
}

/* A head and shoulders that has just formed, and then what may come. */
static void
check_endings(void)
{
	static const double level[7] = { 100, 108, 103, 111, 103, 108, 105 };
	static const int leg[6] = { 6, 5, 5, 5, 5, 2 };
	static const struct {
		double to;
		enum chart_state state;
		const char *reason;
	} ends[] = { { 99, CHART_CONFIRMED, "break" }, { 114, CHART_FAILED, "opposite" },
		{ 106.5, CHART_EXPIRED, "time" } };

	for (size_t k = 0; k < 3; k++) {
		static struct log l;
		struct feat_bar b[140] = { { 0 } };
		struct chart_opts o = { .types = 1U << CHART_HEAD_SHOULDERS_TOP,
			.min_score = 0.02 };
		size_t n = 0;

		for (; n < 40; n++)
			b[n].close = 100 + (n % 2 ? 0.2 : -0.2);
		for (int i = 0; i < 6; i++)
			for (int j = 1; j <= leg[i]; j++)
				b[n++].close = level[i] + (level[i + 1] - level[i]) * j / leg[i];
		for (double y = 105; n < 140; n++) {
			y += (ends[k].to - y) / 3;
			b[n].close = y + (n % 2 ? 0.1 : -0.1);
		}
		for (size_t i = 0; i < n; i++) {
			b[i].ts = (int64_t)i;
			b[i].open = i ? b[i - 1].close : b[i].close;
			b[i].high = fmax(b[i].open, b[i].close) + 0.1;
			b[i].low = fmin(b[i].open, b[i].close) - 0.1;
			b[i].volume = NAN;
		}
		scan(&o, b, n, &l);
		if (!ok(l.n == 2 && l.ev[0].state == CHART_FORMED, "formed and one more: %zu", l.n))
			continue;
		ok(l.ev[1].state == ends[k].state && strcmp(l.ev[1].reason, ends[k].reason) == 0,
		    "then %s", chart_state_name(l.ev[1].state));
		if (ends[k].state == CHART_EXPIRED)
			is_i64((int64_t)(l.bar[1] - l.bar[0]), l.ev[0].end - l.ev[0].start,
			    "after as many bars as it had");
	}
}

/* Prices in other money from bar 3000 on, with the split told: the same patterns. */
static void
check_split(void)
{
	static struct feat_bar b[MOST];
	static struct log l, m;
	struct chart_scan *s = chart_scan_new(NULL);
	bool same;

	scan(NULL, bars, nbars, &m);
	memcpy(b, bars, sizeof b);
	l.n = 0;
	for (l.now = 0; l.now < nbars; l.now++) {
		if (l.now == 3000)
			chart_scan_split(s, 8);
		if (l.now >= 3000) {
			b[l.now].open /= 8;
			b[l.now].high /= 8;
			b[l.now].low /= 8;
			b[l.now].close /= 8;
			b[l.now].volume *= 8;
		}
		chart_scan_push(s, &b[l.now], note, &l);
	}
	chart_scan_free(s);
	same = l.n == m.n;
	for (size_t i = 0; same && i < l.n; i++)
		same = l.ev[i].type == m.ev[i].type && l.bar[i] == m.bar[i] &&
		       l.ev[i].score == m.ev[i].score &&
		       l.ev[i].target == m.ev[i].target / (l.bar[i] >= 3000 ? 8 : 1);
	ok(same, "a split changes no pattern: %zu and %zu events", m.n, l.n);
}

static void
check_opts(void)
{
	static struct log all, some;
	struct chart_opts o = { .types = 1U << CHART_DOUBLE_TOP };
	size_t n = 0;
	bool only = true;

	scan(NULL, bars, nbars, &all);
	scan(&o, bars, nbars, &some);
	for (size_t i = 0; i < some.n; i++)
		only &= some.ev[i].type == CHART_DOUBLE_TOP;
	ok(only && some.n > 0, "one type alone: %zu events", some.n);
	o = (struct chart_opts){ .min_score = 0.9 };
	scan(&o, bars, nbars, &some);
	for (size_t i = 0; i < some.n; i++)
		n += some.ev[i].score < 0.9;
	ok(n == 0 && some.n > 0 && some.n < all.n, "--min-score 0.9: %zu events of %zu", some.n,
	    all.n);
	o = (struct chart_opts){ .min_score = 0.005 };
	scan(&o, bars, nbars, &some);
	ok(some.n > all.n, "--min-score 0.005 lets more through: %zu", some.n);
}

/* An event is among the features while it is open, and gone after as many bars as it had. */
static void
check_features(void)
{
	static struct log l;
	struct chart_scan *s = chart_scan_new(NULL);
	double f[CHART_NFEATURES];
	bool good = true;
	size_t on = 0;

	l.n = 0;
	for (l.now = 0; l.now < nbars; l.now++) {
		double sum = 0;

		chart_scan_push(s, &bars[l.now], note, &l);
		chart_scan_features(s, f);
		for (int t = 0; t < CHART_NTYPES; t++)
			sum += f[t] > 0;
		good &= (sum > 0) == (f[CHART_NTYPES + 1] > 0) || f[CHART_NTYPES] == 0;
		on += sum > 0;
		for (size_t i = 0; i < l.n; i++)
			if (l.ev[i].state == CHART_FORMED && l.bar[i] == l.now &&
			    !(i + 1 < l.n && l.ev[i + 1].id == l.ev[i].id))
				good &= f[l.ev[i].type] >= l.ev[i].p;
	}
	ok(good && on > nbars / 20 && on < nbars, "features: something open at %zu of %zu bars", on,
	    nbars);
	chart_scan_free(s);
}

int
main(void)
{
	make_bars(11, 0.03);
	check_prefix();
	check_states();
	check_split();
	check_opts();
	check_features();
	make_bars(12, 0.08);
	check_prefix();
	check_states();
	check_endings();
	return done_testing();
}
