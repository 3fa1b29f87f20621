/*
 * What the chart scan finds on made-up series, with seeds that its tables were not fitted on:
 * floors a little below what was measured, so that a loss shows. And the labelled series, where
 * they are.
 */
#include "t.h"
#include "t_chart.h"

#define EACH 9

struct tally {
	double hit[3], of[3];
	size_t emitted, most, series, bars;
	double p[8000];
	bool was[8000];
	size_t n;
};

struct look {
	struct tally *t;
	const struct series *s;
	size_t bar, emitted;
	bool hit;
};

static int
count(void *arg, const struct chart_event *ev)
{
	struct look *l = arg;
	bool hit;

	if (ev->state != CHART_FORMED)
		return 0;
	hit = set_match(&l->s->truth, (int)ev->type, (size_t)ev->start, l->bar);
	l->hit |= hit;
	l->emitted++;
	if (l->t->n < 8000) {
		l->t->p[l->t->n] = ev->p;
		l->t->was[l->t->n++] = hit;
	}
	return 0;
}

static void
judge(struct tally *t, const struct series *s)
{
	struct chart_scan *scan = chart_scan_new(NULL);
	struct look l = { .t = t, .s = s };
	int k = s->noise < 0.03 ? 0 : s->noise < 0.06 ? 1 : 2;

	for (l.bar = 0; l.bar < s->n; l.bar++) {
		struct feat_bar b;

		series_bar(s, l.bar, &b);
		chart_scan_push(scan, &b, count, &l);
	}
	chart_scan_free(scan);
	t->hit[k] += l.hit;
	t->of[k]++;
	t->emitted += l.emitted;
	t->most = l.emitted > t->most ? l.emitted : t->most;
	t->series++;
	t->bars += s->n;
}

/* |mean p - part of hits| over ten bins, weighted by their numbers */
static double
calibration_error(const struct tally *t)
{
	double sum[10] = { 0 }, ece = 0;

	for (size_t i = 0; i < t->n; i++)
		sum[(int)(t->p[i] * 9.999)] += t->p[i] - t->was[i];
	for (int k = 0; k < 10; k++)
		ece += fabs(sum[k]) / (double)t->n;
	return ece;
}

static void
check_floors(const char *what, const struct tally *t, const double floor[3])
{
	static const char *const noise[3] = { "2 %", "4 %", "8 %" };

	for (int k = 0; k < 3; k++)
		ok(t->hit[k] / t->of[k] >= floor[k],
		    "%s, noise %s: recall %.3f of %g, at least %.2f", what, noise[k],
		    t->hit[k] / t->of[k], t->of[k], floor[k]);
	ok((double)t->emitted / (double)t->series <= 2, "%s: %.2f emitted a series, %zu at most",
	    what, (double)t->emitted / (double)t->series, t->most);
}

static void
check_made(void)
{
	static const double noises[3] = { 0.02, 0.04, 0.08 }, floor[3] = { 0.85, 0.82, 0.64 };
	static struct tally t, walk;
	struct rng r;

	rng_seed(&r, 2026);
	for (int type = 0; type <= CHART_BEAR_PENNANT; type++)
		for (int k = 0; k < 3 * EACH; k++) {
			struct pattern_gen_opts o = pattern_gen_usual;

			o.noise = noises[k % 3];
			struct series s = series_make(&r, type, &o);
			judge(&t, &s);
			free(s.bars);
		}
	check_floors("made-up", &t, floor);
	for (int k = 0; k < 30; k++) {
		struct pattern_gen_opts o = pattern_gen_usual;

		o.lead_lo = o.lead_hi = 900;
		struct series s = series_make(&r, -1, &o);
		judge(&walk, &s);
		free(s.bars);
	}
	ok(walk.emitted * 1000 <= walk.bars * 10,
	    "random walks: %.1f emissions a 1,000 bars, at most 10",
	    1000.0 * (double)walk.emitted / (double)walk.bars);
	for (size_t i = 0; i < walk.n && t.n < 8000; i++) {
		t.p[t.n] = walk.p[i];
		t.was[t.n++] = false;
	}
	ok(calibration_error(&t) <= 0.06, "calibration error %.3f over %zu emissions",
	    calibration_error(&t), t.n);
}

static void
check_vectors(void)
{
	static const double floor[3] = { 0.75, 0.6, 0.4 };
	static struct tally t;
	const char *path = t_shared("vectors/chart/labels.json");
	char dir[1024];
	struct series *v;
	size_t n;

	if (!path) {
		t_skip("no vectors/chart beside the tree");
		return;
	}
	snprintf(dir, sizeof dir, "%s", path);
	*strrchr(dir, '/') = '\0';
	v = series_read(dir, &n);
	series_labels(dir, v, n);
	for (size_t i = 0; i < n; i++) {
		if (v[i].n > 0 && v[i].truth.npivots)
			judge(&t, &v[i]);
		free(v[i].bars);
	}
	free(v);
	check_floors("labelled", &t, floor);
}

int
main(void)
{
	check_made();
	check_vectors();
	return done_testing();
}
