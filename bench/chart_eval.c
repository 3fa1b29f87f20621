/*
 * How well the chart scan finds patterns, as a table:
 *
 *	chart_eval made [SEED [EACH]]	own made-up series: recall by type and noise, emissions on
 *					random walks and beside the pattern, delay, calibration
 *	chart_eval vectors DIR		labels.json, labelled_series.csv.gz, random_walk_4000.csv.gz
 *					and hand_confirmed/ in DIR, by the same rule
 *	chart_eval speed [BARS]		bars a second of one scan, all types, in memory
 *	chart_eval shuffle FILE...	real bars (CSV with a header) against the same bars with
 *their returns in random order: emissions of each type
 *
 * CHART_OFFSET=X in the environment moves all cuts by X (in logits): the trade between recall and
 * emissions.
 */
#include <time.h>

#include "unit/t_chart.h"

struct tally {
	double hit[CHART_NTYPES][3], of[CHART_NTYPES][3];
	size_t series, emitted, most, over3;
	double delays[1 << 16];
	size_t ndelays;
	double (*pairs)[2]; /* p, hit */
	size_t npairs, cap;
};

struct found {
	struct tally *t;
	const struct series *s;
	size_t bar, emitted, by_type[CHART_NTYPES];
	bool hit, loose;
};

static int
count(void *arg, const struct chart_event *ev)
{
	struct found *f = arg;
	bool hit;

	if (ev->state != CHART_FORMED)
		return 0;
	f->emitted++;
	f->by_type[ev->type]++;
	hit = set_match(&f->s->truth, (int)ev->type, (size_t)ev->start, f->bar);
	if (hit && !f->hit && f->t->ndelays < 1 << 16)
		f->t->delays[f->t->ndelays++] =
		    (double)f->bar - (double)f->s->truth.pivots[f->s->truth.npivots - 2];
	f->hit |= hit;
	if (f->t->npairs < f->t->cap) {
		f->t->pairs[f->t->npairs][0] = ev->p;
		f->t->pairs[f->t->npairs++][1] = hit;
	}
	return 0;
}

/* The models with their cuts moved. */
static const struct chart_model *
moved(void)
{
	static struct chart_model m[CHART_NMODELS];
	const char *by = getenv("CHART_OFFSET");

	if (!by)
		return NULL;
	if (m[0].n == 0) {
		memcpy(m, chart_models, sizeof m);
		for (int i = 0; i < CHART_NMODELS; i++)
			m[i].cut += strtof(by, NULL);
	}
	return m;
}

static void
run(struct found *f, const struct series *s)
{
	struct chart_scan *scan = chart_scan_new(NULL);

	chart_scan_fitting(scan, moved(), NULL, NULL);

	f->s = s;
	f->hit = false;
	f->emitted = 0;
	for (f->bar = 0; f->bar < s->n; f->bar++) {
		struct feat_bar b;

		series_bar(s, f->bar, &b);
		chart_scan_push(scan, &b, count, f);
	}
	chart_scan_free(scan);
}

static void
judge(struct found *f, const struct series *s)
{
	struct tally *t = f->t;
	int k = s->noise < 0.03 ? 0 : s->noise < 0.06 ? 1 : 2;

	run(f, s);
	t->hit[s->truth.type][k] += f->hit;
	t->of[s->truth.type][k]++;
	t->series++;
	t->emitted += f->emitted;
	t->most = f->emitted > t->most ? f->emitted : t->most;
	t->over3 += f->emitted > 3;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
print(struct tally *t)
{
	double sum[3] = { 0 };
	int n[3] = { 0 };

	printf("%-30s %6s %6s %6s  of\n", "recall at noise", "2 %", "4 %", "8 %");
	for (int i = 0; i < CHART_NTYPES; i++) {
		if (t->of[i][0] + t->of[i][1] + t->of[i][2] == 0)
			continue;
		printf("%-30s", chart_name((enum chart_type)i));
		for (int k = 0; k < 3; k++) {
			double r = t->of[i][k] > 0 ? t->hit[i][k] / t->of[i][k] : 0;

			printf(" %6.3f", r);
			if (i <= CHART_BEAR_PENNANT) {
				sum[k] += r;
				n[k]++;
			}
		}
		printf("  %g\n", t->of[i][0]);
	}
	printf("%-30s %6.3f %6.3f %6.3f\n", "mean of the first 20", sum[0] / n[0], sum[1] / n[1],
	    sum[2] / n[2]);
	qsort(t->delays, t->ndelays, sizeof *t->delays, by_value);
	if (t->ndelays)
		printf("delay after the last extreme: median %g bars, 90 %% within %g\n",
		    t->delays[t->ndelays / 2], t->delays[t->ndelays * 9 / 10]);
	printf("emitted a series: %.2f on average, %zu at most, over 3 in %zu of %zu\n",
	    (double)t->emitted / (double)t->series, t->most, t->over3, t->series);
}

static void
print_walk(const char *what, const struct found *f, size_t bars)
{
	size_t all = 0;

	for (int i = 0; i < CHART_NTYPES; i++)
		all += f->by_type[i];
	printf("%s: %.1f emissions a 1,000 of %zu bars\n", what,
	    1000.0 * (double)all / (double)bars, bars);
}

/* Expected calibration error in ten bins of p. */
static void
print_ece(const struct tally *t)
{
	double sum[10] = { 0 }, hit[10] = { 0 }, n[10] = { 0 }, ece = 0;

	for (size_t i = 0; i < t->npairs; i++) {
		int k = (int)(t->pairs[i][0] * 10);

		k = k > 9 ? 9 : k;
		sum[k] += t->pairs[i][0];
		hit[k] += t->pairs[i][1];
		n[k]++;
	}
	for (int k = 0; k < 10; k++)
		ece += fabs(sum[k] - hit[k]) / (double)t->npairs;
	printf("calibration error: %.4f over %zu emissions;", ece, t->npairs);
	for (int k = 0; k < 10; k++)
		if (n[k] > 0)
			printf(" p %.2f: %.2f (%g)", sum[k] / n[k], hit[k] / n[k], n[k]);
	putchar('\n');
}

static struct tally tally, walk_tally;

static void
made(uint64_t seed, int each)
{
	static const double noises[3] = { 0.02, 0.04, 0.08 };
	struct found f = { .t = &tally }, g = { .t = &tally };
	struct rng r;
	size_t bars = 0;

	rng_seed(&r, seed);
	tally.cap = 1 << 18;
	tally.pairs = mem_array(tally.cap, sizeof *tally.pairs);
	for (int t = 0; t < CHART_NTYPES; t++)
		for (int k = 0; k < 3 * each; k++) {
			struct pattern_gen_opts o = pattern_gen_usual;

			o.noise = noises[k % 3];
			struct series s = series_make(&r, t, &o);
			judge(&f, &s);
			free(s.bars);
		}
	for (int k = 0; k < 2 * each; k++) {
		struct pattern_gen_opts o = pattern_gen_usual;

		o.lead_lo = o.lead_hi = 900;
		struct series s = series_make(&r, -1, &o);
		run(&g, &s);
		bars += s.n;
		free(s.bars);
	}
	print(&tally);
	print_walk("random walks", &g, bars);
	print_ece(&tally);
	free(tally.pairs);
}

/* ---- the vectors ---- */
/* Windows of 28 bars after a header; what was emitted in how many of them. */
static void
windows(const char *dir, const char *name, enum chart_type want)
{
	gzFile f = series_file(dir, name);
	struct series s = { .truth = { .type = -1 } };
	size_t n = 0, hit = 0, any = 0, total = 0;
	char line[256];
	double c[4];
	static struct tally t;

	gzgets(f, line, sizeof line);
	while (gzgets(f, line, sizeof line)) {
		if (series_cells(line, c, 4) != 4)
			continue;
		series_add(&s, c[0], c[1], c[2], c[3]);
		if (s.n < 28)
			continue;
		struct found g = { .t = &t };

		run(&g, &s);
		n++;
		hit += want < CHART_NTYPES && (g.by_type[want] || g.by_type[want + 1]);
		any += g.emitted > 0;
		total += g.emitted;
		s.n = 0;
	}
	gzclose(f);
	free(s.bars);
	printf("%-40s %zu windows, the type in %zu, anything in %zu, %zu emissions\n", name, n, hit,
	    any, total);
}

static void
vectors(const char *dir)
{
	size_t n;
	struct series *v = series_read(dir, &n), walk = { .truth = { .type = -1 } };
	struct found f = { .t = &tally }, g = { .t = &walk_tally };
	gzFile file;
	char line[256];
	double c[4];

	series_labels(dir, v, n);
	for (size_t i = 0; i < n; i++)
		if (v[i].n > 0 && v[i].truth.npivots)
			judge(&f, &v[i]);
	print(&tally);
	file = series_file(dir, "random_walk_4000.csv.gz");
	gzgets(file, line, sizeof line);
	while (gzgets(file, line, sizeof line))
		if (series_cells(line, c, 4) == 4)
			series_add(&walk, c[0], c[1], c[2], c[3]);
	gzclose(file);
	run(&g, &walk);
	print_walk("the shipped walk", &g, walk.n);
	windows(dir, "hand_confirmed/head_shoulders_EURUSD.csv", CHART_HEAD_SHOULDERS_TOP);
	windows(dir, "hand_confirmed/head_shoulders_GBPUSD.csv", CHART_HEAD_SHOULDERS_TOP);
	windows(dir, "hand_confirmed/head_shoulders_USDCHF.csv", CHART_HEAD_SHOULDERS_TOP);
	windows(dir, "hand_confirmed/double_top_EURUSD.csv", CHART_DOUBLE_TOP);
	windows(dir, "hand_confirmed/double_top_GBPUSD.csv", CHART_DOUBLE_TOP);
	windows(dir, "hand_confirmed/double_top_USDCHF.csv", CHART_DOUBLE_TOP);
	windows(dir, "hand_confirmed/random_EURUSD.csv", CHART_NTYPES);
	for (size_t i = 0; i < n; i++)
		free(v[i].bars);
	free(v);
	free(walk.bars);
}

/* ---- speed ---- */
static int
ignore(void *arg, const struct chart_event *ev)
{
	size_t *n = arg;

	*n += ev->state == CHART_FORMED;
	return 0;
}

/* From a bar to its events, the clock's own cost included. */
static void
latency(const struct feat_bar *b, size_t n)
{
	struct chart_scan *scan = chart_scan_new(NULL);
	double *ns = mem_array(n, sizeof *ns);
	size_t emitted = 0;

	for (size_t i = 0; i < n; i++) {
		struct timespec t0, t1;

		clock_gettime(CLOCK_MONOTONIC, &t0);
		chart_scan_push(scan, &b[i], ignore, &emitted);
		clock_gettime(CLOCK_MONOTONIC, &t1);
		ns[i] = 1e9 * (double)(t1.tv_sec - t0.tv_sec) + (double)(t1.tv_nsec - t0.tv_nsec);
	}
	qsort(ns, n, sizeof *ns, by_value);
	printf("a bar: median %.0f ns, p99 %.0f ns, p99.9 %.0f ns\n", ns[n / 2],
	    ns[n - n / 100 - 1], ns[n - n / 1000 - 1]);
	chart_scan_free(scan);
	free(ns);
}

static void
speed(size_t n)
{
	struct feat_bar *b = mem_array(n, sizeof *b);
	struct rng r;
	double price = 100;
	size_t emitted = 0;
	struct chart_scan *scan = chart_scan_new(NULL);
	struct timespec t0, t1;

	rng_seed(&r, 7);
	for (size_t i = 0; i < n; i++) {
		double c = price * num_exp(0.0045 * rng_normal(&r));

		b[i] = (struct feat_bar){ .ts = (int64_t)i,
			.open = price,
			.close = c,
			.high = fmax(price, c) * 1.001,
			.low = fmin(price, c) * 0.999,
			.volume = NAN };
		price = c;
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t0);
	for (size_t i = 0; i < n; i++)
		chart_scan_push(scan, &b[i], ignore, &emitted);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t1);
	double s = (double)(t1.tv_sec - t0.tv_sec) + 1e-9 * (double)(t1.tv_nsec - t0.tv_nsec);
	printf("%zu bars of a random walk in %.3f s CPU: %.3f M bars/s, %zu formed\n", n, s,
	    (double)n / s / 1e6, emitted);
	chart_scan_free(scan);
	latency(b, n < 200000 ? n : 200000);
	free(b);
}

/* ---- negative control ---- */
static void
shuffled(const struct series *s, struct rng *r, struct series *out)
{
	double price = s->bars[0].close;
	size_t *at = mem_array(s->n, sizeof *at);

	for (size_t i = 0; i < s->n; i++)
		at[i] = i;
	for (size_t i = s->n - 1; i > 1; i--) { /* bar 0 stays */
		size_t k = 1 + (size_t)rng_below(r, i), t = at[i];

		at[i] = at[k];
		at[k] = t;
	}
	out->n = 0;
	series_add(out, s->bars[0].open, s->bars[0].high, s->bars[0].low, price);
	for (size_t i = 1; i < s->n; i++) {
		const struct pattern_gen_bar *b = &s->bars[at[i]];
		double k = price / s->bars[at[i] - 1].close;

		price = b->close * k;
		series_add(out, b->open * k, b->high * k, b->low * k, price);
	}
	free(at);
}

static int
column(const char *head, const char *name)
{
	int k = 0;
	size_t n = strlen(name);

	for (const char *p = head; p; p = strchr(p, ','), p += p != NULL, k++)
		if (strncasecmp(p, name, n) == 0 && strchr(",\r\n", p[n]))
			return k;
	return -1;
}

static bool
read_csv(const char *path, struct series *s)
{
	gzFile f = gzopen(path, "rb");
	static const char *const names[4] = { "open", "high", "low", "close" };
	char line[1024];
	int at[4];

	s->n = 0;
	if (!f || !gzgets(f, line, sizeof line))
		return false;
	for (int i = 0; i < 4; i++)
		if ((at[i] = column(line, names[i])) < 0)
			return gzclose(f), false;
	while (gzgets(f, line, sizeof line)) {
		double v[4] = { 0 };
		int k = 0;

		for (const char *p = line; p; p = strchr(p, ','), p += p != NULL, k++)
			for (int i = 0; i < 4; i++)
				if (k == at[i])
					v[i] = strtod(p, NULL);
		if (v[0] > 0 && v[1] > 0 && v[2] > 0 && v[3] > 0)
			series_add(s, v[0], v[1], v[2], v[3]);
	}
	gzclose(f);
	return s->n > 2;
}

static void
shuffle(int n, char **files)
{
	struct found real = { .t = &tally }, mixed = { .t = &walk_tally };
	struct series s = { .truth = { .type = -1 } }, m = s;
	struct rng r;
	size_t bars = 0;

	rng_seed(&r, 1);
	for (int i = 0; i < n; i++) {
		if (!read_csv(files[i], &s)) {
			fprintf(stderr, "chart_eval: no bars in %s\n", files[i]);
			continue;
		}
		run(&real, &s);
		shuffled(&s, &r, &m);
		run(&mixed, &m);
		bars += s.n;
	}
	free(s.bars);
	free(m.bars);
	printf("formed a 1,000 of %zu bars       real shuffled\n", bars);
	for (int t = 0; t < CHART_NTYPES && bars; t++)
		printf("%-30s %6.2f %6.2f\n", chart_name((enum chart_type)t),
		    1000.0 * (double)real.by_type[t] / (double)bars,
		    1000.0 * (double)mixed.by_type[t] / (double)bars);
	if (bars) {
		print_walk("real", &real, bars);
		print_walk("shuffled", &mixed, bars);
	}
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "made";

	if (strcmp(what, "made") == 0)
		made(argc > 2 ? strtoull(argv[2], NULL, 10) : 1001,
		    argc > 3 ? (int)strtol(argv[3], NULL, 10) : 40);
	else if (strcmp(what, "vectors") == 0 && argc == 3)
		vectors(argv[2]);
	else if (strcmp(what, "speed") == 0)
		speed(argc > 2 ? strtoul(argv[2], NULL, 10) : 1000000);
	else if (strcmp(what, "shuffle") == 0 && argc > 2)
		shuffle(argc - 2, argv + 2);
	else
		return fprintf(stderr, "usage: chart_eval made|vectors|speed|shuffle ...\n"), 2;
	return fflush(stdout) != 0;
}
