/*
 * Fits the tables of lib/pattern/chart_table.c on made-up series:
 *
 *	build/release/bench/chart_fit [SERIES A TYPE [SEED]] >lib/pattern/chart_table.c
 *
 * 1. weights: the candidates of each model on patterns of all types and on random walks, told
 *    apart by logistic regression on piecewise linear functions (AdaGrad);
 * 2. cuts: on fresh series, raised and lowered one by one, for the mean recall of the types less
 *    a price for each emission on a random walk and beside the pattern;
 * 3. calibration: on fresh series again, how often an emission so far above its cut was a
 *    pattern that was drawn (isotonic regression: pool adjacent violators).
 * What it finds goes to stderr. The same arguments give the same table.
 */
#include "unit/t_chart.h"

static struct chart_model models[CHART_NMODELS];

/* ---- candidates kept for fitting ---- */
struct sample {
	float f[CHART_FEATS];
	float w;
	bool hit;
};
static struct samples {
	struct sample *v;
	size_t n, cap;
	int nf;
} kept[CHART_NMODELS];

/* Of the series of a type, in how many was there a hit among the candidates at all? */
static double covered[CHART_NTYPES][3], series_of[CHART_NTYPES][3];

struct watch {
	const struct series *s;
	bool hit;
	size_t bar;
	struct rng *r;
	double keep; /* part of the misses that is kept */
};

static void
keep(void *arg, struct chart_cand *c)
{
	struct watch *w = arg;
	struct samples *k = &kept[c->model];
	bool hit = set_match(&w->s->truth, (int)c->type, (size_t)c->start, w->bar);

	w->hit |= hit;
	if (!hit && rng_uniform(w->r) >= w->keep)
		return;
	if (k->n == k->cap) {
		k->cap = k->cap ? 2 * k->cap : 4096;
		k->v = mem_resize(k->v, k->cap, sizeof *k->v);
	}
	struct sample *x = &k->v[k->n++];

	memset(x, 0, sizeof *x);
	memcpy(x->f, c->f, (size_t)c->nf * sizeof *c->f);
	x->hit = hit;
	x->w = hit ? 1 : (float)(1 / w->keep);
	k->nf = c->nf;
}

static int
ignore(void *arg, const struct chart_event *ev)
{
	(void)arg;
	(void)ev;
	return 0;
}

/* Options of a series of the training mix: mostly like the usual ones, some longer or shorter. */
static void
draw_opts(struct rng *r, int type, struct pattern_gen_opts *o)
{
	*o = pattern_gen_usual;
	double u = rng_uniform(r);
	o->noise = u < 0.3 ? 0.02 : u < 0.6 ? 0.04 : u < 0.9 ? 0.08 : 0.01 + 0.08 * rng_uniform(r);
	u = rng_uniform(r);
	if (u < 0.3)
		o->stretch = num_exp(-0.8 + 1.8 * rng_uniform(r));
	/* doubles as short as the others, too */
	if ((type == CHART_DOUBLE_TOP || type == CHART_DOUBLE_BOTTOM) && rng_uniform(r) < 0.3)
		o->stretch *= 0.3 + 0.4 * rng_uniform(r);
	o->bridge = rng_uniform(r) < 0.15;
	if (rng_uniform(r) < 0.25) { /* hardly larger than what the walk does by itself */
		double k = 1 + 2.5 * rng_uniform(r);

		o->step_lo *= k;
		o->step_hi *= k;
	}
	o->volume = rng_uniform(r) < 0.5;
	o->jitter = 0.02 + 0.02 * rng_uniform(r);
}

static void
collect(struct rng *r, int type, double part)
{
	struct pattern_gen_opts o;
	struct watch w = { .r = r, .keep = part };
	struct chart_scan *scan = chart_scan_new(NULL);
	struct series s;

	draw_opts(r, type, &o);
	s = series_make(r, type, &o);
	w.s = &s;
	chart_scan_fitting(scan, models, keep, &w);
	for (w.bar = 0; w.bar < s.n; w.bar++) {
		struct feat_bar b;

		series_bar(&s, w.bar, &b);
		chart_scan_push(scan, &b, ignore, NULL);
	}
	chart_scan_free(scan);
	free(s.bars);
	if (type >= 0) {
		int k = o.noise < 0.03 ? 0 : o.noise < 0.06 ? 1 : 2;

		covered[type][k] += w.hit;
		series_of[type][k]++;
	}
}

/* ---- weights ---- */
static int
by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

/* Knots at quantiles of hits and misses in equal parts; all different. */
static void
set_knots(const struct samples *k, int j, struct chart_curve *c)
{
	float *v = mem_array(k->n + 1, sizeof *v);
	size_t n[2] = { 0, 0 };

	for (int hit = 0; hit < 2; hit++) {
		float *at = v + (hit ? n[0] : 0);

		for (size_t i = 0; i < k->n; i++)
			if (k->v[i].hit == hit)
				at[n[hit]++] = k->v[i].f[j];
		qsort(at, n[hit], sizeof *at, by_value);
	}
	const int half = CHART_KNOTS / 2;
	float q[2 * CHART_KNOTS] = { 0 };
	size_t nq = 0;
	for (int hit = 0; hit < 2; hit++)
		for (int i = 0; i < half; i++) {
			double part = 0.02 + 0.96 * i / (half - 1);

			if (n[hit])
				q[nq++] =
				    v[(hit ? n[0] : 0) + (size_t)(part * (double)(n[hit] - 1))];
		}
	qsort(q, nq, sizeof *q, by_value);
	for (int i = 0; i < CHART_KNOTS; i++) {
		c->x[i] = (size_t)i < nq ? q[i] : nq > 0 ? q[nq - 1] : 0;
		if (i > 0 && c->x[i] <= c->x[i - 1] + 1e-4F * (1 + fabsf(c->x[i - 1])))
			c->x[i] = c->x[i - 1] + 1e-4F * (1 + fabsf(c->x[i - 1]));
		c->v[i] = 0;
	}
	free(v);
}

struct active {
	int k[2];
	double u[2];
};

static struct active
locate(const struct chart_curve *c, float x)
{
	int k = 1;

	if (x <= c->x[0])
		return (struct active){ { 0, 0 }, { 1, 0 } };
	if (x >= c->x[CHART_KNOTS - 1])
		return (struct active){ { CHART_KNOTS - 1, 0 }, { 1, 0 } };
	while (x > c->x[k])
		k++;
	double u = (double)(x - c->x[k - 1]) / (double)(c->x[k] - c->x[k - 1]);

	return (struct active){ { k - 1, k }, { 1 - u, u } };
}

#define RATE 0.15
#define DECAY 1e-6

static double
learn(struct chart_model *m, const struct samples *s, struct rng *r, int epochs)
{
	double g2[CHART_FEATS][CHART_KNOTS] = { { 0 } }, gb = 1e-8, loss = 0, all = 0;
	double v[CHART_FEATS][CHART_KNOTS] = { { 0 } }, bias = -3;

	for (int e = 0; e < epochs; e++) {
		double rate = RATE * (1 - 0.9 * e / epochs);

		loss = all = 0;
		for (size_t t = 0; t < s->n; t++) {
			const struct sample *x = &s->v[rng_below(r, s->n)];
			struct active a[CHART_FEATS];
			double z = bias, p, g;

			for (int j = 0; j < m->n; j++) {
				a[j] = locate(&m->f[j], x->f[j]);
				z += a[j].u[0] * v[j][a[j].k[0]] + a[j].u[1] * v[j][a[j].k[1]];
			}
			p = 1 / (1 + num_exp(-z));
			loss -= (double)x->w * num_log((x->hit ? p : 1 - p) + 1e-12);
			all += (double)x->w;
			g = (p - x->hit) * (double)x->w;
			gb += g * g;
			bias -= rate * g / sqrt(gb);
			for (int j = 0; j < m->n; j++)
				for (int i = 0; i < 2; i++) {
					double *w = &v[j][a[j].k[i]], *q = &g2[j][a[j].k[i]];
					double d = g * a[j].u[i] + DECAY * *w;

					if (a[j].u[i] == 0)
						continue;
					*q += d * d;
					*w -= rate * d / sqrt(*q + 1e-8);
				}
		}
	}
	m->bias = (float)bias;
	for (int j = 0; j < m->n; j++)
		for (int i = 0; i < CHART_KNOTS; i++)
			m->f[j].v[i] = (float)v[j][i];
	return loss / all;
}

static void
fit_weights(struct rng *r, int series)
{
	for (int i = 0; i < CHART_NMODELS; i++)
		models[i].cut = 1e9F;
	for (int k = 0; k < series; k++) {
		for (int t = 0; t < CHART_NTYPES; t++)
			collect(r, t, 0.5);
		for (int t = 0; t < 26; t++)
			collect(r, -1, 0.5);
	}
	for (int t = 0; t < CHART_NTYPES; t++)
		fprintf(stderr, "%-30s has a candidate in %.3f %.3f %.3f\n",
		    chart_name((enum chart_type)t), covered[t][0] / series_of[t][0],
		    covered[t][1] / series_of[t][1], covered[t][2] / series_of[t][2]);
	for (int i = 0; i < CHART_NMODELS; i++) {
		struct chart_model *m = &models[i];
		size_t hits = 0;

		for (size_t k = 0; k < kept[i].n; k++)
			hits += kept[i].v[k].hit;
		m->n = kept[i].nf;
		for (int j = 0; j < m->n; j++)
			set_knots(&kept[i], j, &m->f[j]);
		double loss = learn(m, &kept[i], r, 12);
		fprintf(stderr, "model %2d: %zu candidates, %zu hits, %d features, loss %.4f\n", i,
		    kept[i].n, hits, m->n, loss);
	}
}

/* ---- cuts ---- */
struct result {
	double recall[CHART_NTYPES][3];
	double walk, beside; /* emissions per 1,000 bars of a walk; a series */
};

struct found {
	const struct series *s;
	size_t bar, emitted;
	bool hit;
	double (*pairs)[2]; /* logit, hit; NULL: not wanted */
	size_t npairs, cap;
};

static int
count(void *arg, const struct chart_event *ev)
{
	struct found *f = arg;
	bool hit;

	if (ev->state != CHART_FORMED)
		return 0;
	f->emitted++;
	hit = set_match(&f->s->truth, (int)ev->type, (size_t)ev->start, f->bar);
	f->hit |= hit;
	if (f->npairs < f->cap) {
		f->pairs[f->npairs][0] = num_log(ev->score / (1 - fmin(ev->score, 1 - 1e-9)));
		f->pairs[f->npairs++][1] = hit;
	}
	return 0;
}

static void
run(struct found *f, const struct series *s)
{
	struct chart_scan *scan = chart_scan_new(NULL);

	f->s = s;
	f->hit = false;
	f->emitted = 0;
	chart_scan_fitting(scan, models, NULL, NULL);
	for (f->bar = 0; f->bar < s->n; f->bar++) {
		struct feat_bar b;

		series_bar(s, f->bar, &b);
		chart_scan_push(scan, &b, count, f);
	}
	chart_scan_free(scan);
}

/* Fresh series: `each` of every type at each noise, then walks, one after another. */
struct trial {
	struct series *v;
	size_t n;
	size_t bars; /* of the walks */
};

static const double noises[3] = { 0.02, 0.04, 0.08 };

static struct trial
make_trial(struct rng *r, int each, int walks)
{
	struct trial t = { .v = mem_array(
			       (size_t)each * 3 * CHART_NTYPES + (size_t)walks, sizeof *t.v) };

	for (int type = 0; type < CHART_NTYPES; type++)
		for (int k = 0; k < 3 * each; k++) {
			struct pattern_gen_opts o = pattern_gen_usual;

			o.noise = noises[k % 3];
			t.v[t.n++] = series_make(r, type, &o);
		}
	for (int k = 0; k < walks; k++) {
		struct pattern_gen_opts o = pattern_gen_usual;

		o.lead_lo = o.lead_hi = 900;
		t.v[t.n] = series_make(r, -1, &o);
		t.bars += t.v[t.n++].n;
	}
	return t;
}

static struct result
try(const struct trial *t)
{
	struct result o = { 0 };
	struct found f = { 0 };
	size_t walk = 0, beside = 0, patterns = 0;
	double of[CHART_NTYPES][3] = { { 0 } };

	for (size_t i = 0; i < t->n; i++) {
		const struct series *s = &t->v[i];
		int type = s->truth.type, k = s->noise < 0.03 ? 0 : s->noise < 0.06 ? 1 : 2;

		run(&f, s);
		if (type < 0) {
			walk += f.emitted;
			continue;
		}
		beside += f.emitted;
		patterns++;
		o.recall[type][k] += f.hit;
		of[type][k]++;
	}
	for (int type = 0; type < CHART_NTYPES; type++)
		for (int k = 0; k < 3; k++)
			o.recall[type][k] /= of[type][k];
	o.walk = 1000.0 * (double)walk / (double)t->bars;
	o.beside = (double)beside / (double)patterns;
	return o;
}

/* What the cuts are to reach: recall by noise, most of the emissions; the types past
 * CHART_BEAR_PENNANT weigh a quarter. */
static double
worth(const struct result *o, double most_walk, double most_beside)
{
	double sum = 0, weight = 0;

	for (int t = 0; t < CHART_NTYPES; t++) {
		double w = t <= CHART_BEAR_PENNANT ? 1 : 0.25;

		for (int k = 0; k < 3; k++)
			sum += w * o->recall[t][k] / 3;
		weight += w;
	}
	return sum / weight - 0.0012 * o->walk - 0.02 * o->beside -
	       0.05 * fmax(0, o->walk - most_walk) - 2 * fmax(0, o->beside - most_beside);
}

static void
tell(const char *what, const struct result *o)
{
	double m[3] = { 0 }, extra[3] = { 0 };

	for (int t = 0; t < CHART_NTYPES; t++)
		for (int k = 0; k < 3; k++)
			*(t <= CHART_BEAR_PENNANT ? &m[k] : &extra[k]) +=
			    o->recall[t][k] / (t <= CHART_BEAR_PENNANT ? 20 : 6);
	fprintf(stderr,
	    "%s: recall %.3f %.3f %.3f, of the six others %.2f %.2f %.2f, %.1f a 1,000 bars of a "
	    "walk, %.2f a series\n",
	    what, m[0], m[1], m[2], extra[0], extra[1], extra[2], o->walk, o->beside);
}

static void
fit_cuts(struct rng *r, int each, double most_walk, double most_beside)
{
	struct trial t = make_trial(r, each, each * 3);
	struct result now;
	double best;

	for (int i = 0; i < CHART_NMODELS; i++)
		models[i].cut = -1.5F;
	now = try(&t);
	best = worth(&now, most_walk, most_beside);
	tell("cuts -1.5", &now);
	static const float steps[3] = { 0.8F, 0.4F, 0.2F };

	for (int round = 0; round < 3; round++)
		for (int i = 0; i < CHART_NMODELS; i++)
			for (int dir = -1; dir <= 1; dir += 2) {
				float was = models[i].cut;

				for (int more = 0; more < 3; more++) {
					models[i].cut += (float)dir * steps[round];
					struct result o = try(&t);
					double w = worth(&o, most_walk, most_beside);

					if (w <= best) {
						models[i].cut = was;
						break;
					}
					best = w;
					now = o;
					was = models[i].cut;
				}
			}
	tell("cuts", &now);
	for (int i = 0; i < CHART_NMODELS; i++)
		fprintf(stderr, " %.2f", (double)models[i].cut);
	fputc('\n', stderr);
	for (size_t i = 0; i < t.n; i++)
		free(t.v[i].bars);
	free(t.v);
}

/* ---- calibration ---- */
static int
by_logit(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static float calibration[CHART_CALIBRATION][2];

/* As many emissions in each of the steps, then neighbours that fall are put together. */
static void
fit_calibration(struct rng *r, int each)
{
	struct trial t = make_trial(r, each, 2 * each);
	struct found f = { .cap = 1 << 20 };
	double x[CHART_CALIBRATION], p[CHART_CALIBRATION], last = -1e9;

	f.pairs = mem_array(f.cap, sizeof *f.pairs);
	for (size_t i = 0; i < t.n; i++)
		run(&f, &t.v[i]);
	qsort(f.pairs, f.npairs, sizeof *f.pairs, by_logit);
	for (int k = 0; k < CHART_CALIBRATION; k++) {
		size_t i = f.npairs * (size_t)k / CHART_CALIBRATION,
		       j = f.npairs * (size_t)(k + 1) / CHART_CALIBRATION;
		double n = (double)(j - i);

		x[k] = p[k] = 0;
		for (; i < j; i++) {
			x[k] += f.pairs[i][0] / n;
			p[k] += f.pairs[i][1] / n;
		}
	}
	for (bool again = true; again;) {
		again = false;
		for (int k = 1; k < CHART_CALIBRATION; k++)
			if (p[k] < p[k - 1] - 1e-12) {
				p[k] = p[k - 1] = (p[k] + p[k - 1]) / 2;
				again = true;
			}
	}
	for (int k = 0; k < CHART_CALIBRATION; k++) {
		last = fmax(x[k], last + 1e-3);
		calibration[k][0] = (float)last;
		calibration[k][1] = (float)p[k];
	}
	fprintf(stderr, "calibration: %zu emissions\n", f.npairs);
	for (size_t i = 0; i < t.n; i++)
		free(t.v[i].bars);
	free(t.v);
	free(f.pairs);
}

/* ---- the file ---- */
static void
write_table(int argc, char **argv)
{
	printf("/* Generated: chart_fit");
	for (int i = 1; i < argc; i++)
		printf(" %s", argv[i]);
	printf(" (bench/chart_fit.c). Not to be edited. */\n"
	       "#include \"pattern/chart_in.h\"\n\n/* clang-format off */\n"
	       "const struct chart_model chart_models[CHART_NMODELS] = {\n");
	for (int i = 0; i < CHART_NMODELS; i++) {
		const struct chart_model *m = &models[i];

		printf("\t{ %d, %.5g, %.5g, {\n", m->n, (double)m->bias, (double)m->cut);
		for (int j = 0; j < m->n; j++) {
			printf("\t\t{ {");
			for (int k = 0; k < CHART_KNOTS; k++)
				printf(" %.7g,", (double)m->f[j].x[k]);
			printf(" }, {");
			for (int k = 0; k < CHART_KNOTS; k++)
				printf(" %.4g,", (double)m->f[j].v[k]);
			printf(" } },\n");
		}
		printf("\t} },\n");
	}
	printf("};\n\nconst float chart_calibration[CHART_CALIBRATION][2] = {\n");
	for (int k = 0; k < CHART_CALIBRATION; k++)
		printf("\t{ %.6g, %.5g },\n", (double)calibration[k][0], (double)calibration[k][1]);
	printf("};\n");
}

int
main(int argc, char **argv)
{
	int series = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 300,
	    each = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 30;
	uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
	struct rng r;

	rng_seed(&r, seed);
	fit_weights(&r, series);
	fit_cuts(&r, each, 20, 2.3);
	fit_calibration(&r, 2 * each);
	write_table(argc, argv);
	return 0;
}
