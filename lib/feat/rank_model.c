/*
 * Permutation importance. Each span of time is predicted by models that learned from the others;
 * both models are sums of one function a column, so shuffling a column changes a prediction by the
 * difference of that function alone, and no prediction is made anew.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "feat/cross.h"
#include "feat/rank.h"

#define FIT_ROWS 40000 /* rows that a ridge learns from at most, evenly spread */
#define STUMP_ROWS 20000
#define EDGE_ROWS 5000 /* rows that bins are made from */
#define BLOCK 128
#define STUMP_BINS 32
#define RATE 0.1

/* What a model says about one column: w (x - mean) / sd, or a number a bin. */
struct part {
	double mean, scale; /* ridge: 0 where the value is absent */
	double edge[STUMP_BINS];
	size_t nedges;
	double f[STUMP_BINS + 1]; /* by bin; 0: absent */
	bool used;
};

struct fold {
	const struct feat_table *t;
	const struct feat_rank_opts *o;
	size_t *train, ntrain; /* rows */
	size_t from, to;       /* rows to predict */
	double mean;           /* of the label, in training */
	struct part *part;     /* a column each */
};

bool
feat_cholesky(double *a, size_t n, double *b)
{
	for (size_t j = 0; j < n; j++) {
		for (size_t i = j; i < n; i++) {
			double s = a[i * n + j];

			for (size_t k = 0; k < j; k++)
				s -= a[i * n + k] * a[j * n + k];
			if (i == j && !(s > 0))
				return false;
			a[i * n + j] = i == j ? sqrt(s) : s / a[j * n + j];
		}
	}
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < i; k++)
			b[i] -= a[i * n + k] * b[k];
		b[i] /= a[i * n + i];
	}
	for (size_t i = n; i-- > 0;) {
		for (size_t k = i + 1; k < n; k++)
			b[i] -= a[k * n + i] * b[k];
		b[i] /= a[i * n + i];
	}
	return true;
}

/* ---- which rows learn ---- */

static void
choose_rows(struct fold *f, size_t k)
{
	const struct feat_table *t = f->t;
	size_t folds = f->o->folds, first = t->ninstants * k / folds,
	       last = t->ninstants * (k + 1) / folds;
	size_t after = last + (size_t)(f->o->embargo * (double)t->ninstants);
	int64_t begin, end = INT64_MIN;

	f->from = t->at[first];
	f->to = t->at[last];
	f->ntrain = 0;
	if (f->from == f->to)
		return;
	begin = t->ts[f->from];
	for (size_t i = f->from; i < f->to; i++)
		if (t->end[i] > end)
			end = t->end[i];
	for (size_t i = 0; i < f->from; i++)
		if (t->end[i] <= begin)
			f->train[f->ntrain++] = i;
	for (size_t i = after < t->ninstants ? t->at[after] : t->n; i < t->n; i++)
		if (t->ts[i] >= end)
			f->train[f->ntrain++] = i;
}

/* Every step-th training row, so that at most `max` are used. */
static size_t
step_of(const struct fold *f, size_t max)
{
	return f->ntrain / max + 1;
}

/* ---- ridge ---- */

static void
standardise(struct fold *f, size_t step)
{
	for (size_t k = 0; k < f->t->ncols; k++) {
		const double *x = f->t->v[k];
		double n = 0, mean = 0, m2 = 0;

		for (size_t i = 0; i < f->ntrain; i += step) {
			double v = x[f->train[i]];

			if (isnan(v))
				continue;
			double d = v - mean;
			mean += d / ++n;
			m2 += d * (v - mean);
		}
		double sd = n > 1 ? sqrt(m2 / n) : 0;
		f->part[k].mean = mean;
		/* one that does not move in training says nothing */
		f->part[k].scale = sd > 1e-12 * fabs(mean) && sd > 0 ? 1 / sd : 0;
	}
}

static double
standard(const struct part *p, double x)
{
	return isnan(x) ? 0 : (x - p->mean) * p->scale;
}

/* The lower half of Z'Z, and Z'y, a block of rows at a time. */
static void
moments(const struct fold *f, size_t step, double *a, double *b)
{
	size_t c = f->t->ncols;
	double *z = mem_array(c * BLOCK, sizeof *z), y[BLOCK];

	for (size_t at = 0; at < f->ntrain;) {
		size_t rows[BLOCK], n = 0;

		for (; n < BLOCK && at < f->ntrain; at += step)
			rows[n++] = f->train[at];
		memset(y, 0, sizeof y);
		for (size_t i = 0; i < n; i++)
			y[i] = f->t->y[rows[i]] - f->mean;
		for (size_t k = 0; k < c; k++)
			for (size_t i = 0; i < BLOCK; i++)
				z[k * BLOCK + i] =
				    i < n ? standard(&f->part[k], f->t->v[k][rows[i]]) : 0;
		for (size_t j = 0; j < c; j++) {
			const double *zj = z + j * BLOCK;

			for (size_t k = 0; k <= j; k++) {
				const double *zk = z + k * BLOCK;
				double s[4] = { 0 };

				for (size_t i = 0; i < BLOCK; i += 4)
					for (size_t q = 0; q < 4; q++)
						s[q] += zj[i + q] * zk[i + q];
				a[j * c + k] += (s[0] + s[1]) + (s[2] + s[3]);
			}
			for (size_t i = 0; i < BLOCK; i++)
				b[j] += zj[i] * y[i];
		}
	}
	free(z);
}

static void
fit_ridge(struct fold *f)
{
	size_t c = f->t->ncols, step = step_of(f, FIT_ROWS);
	double *a = mem_array(c * c + 1, sizeof *a), *b = mem_array(c + 1, sizeof *b);
	size_t n = (f->ntrain + step - 1) / step;

	standardise(f, step);
	moments(f, step, a, b);
	for (size_t k = 0; k < c; k++)
		a[k * c + k] += (double)n * f->o->ridge;
	if (!feat_cholesky(a, c, b))
		memset(b, 0, c * sizeof *b);
	for (size_t k = 0; k < c; k++) {
		f->part[k].scale *= b[k]; /* now the weight as well */
		f->part[k].used = f->part[k].scale != 0;
	}
	free(a);
	free(b);
}

/* ---- boosted stumps ---- */

static void
make_edges(struct fold *f, struct part *p, const double *x, struct feat_item *items)
{
	size_t step = step_of(f, EDGE_ROWS), n = 0;

	p->nedges = 0;
	for (size_t i = 0; i < f->ntrain; i += step)
		if (!isnan(x[f->train[i]]))
			items[n++] = (struct feat_item){ x[f->train[i]], 0 };
	feat_sort(items, items + n, n);
	for (size_t q = 1; q < STUMP_BINS && n > 0; q++) {
		double e = items[q * n / STUMP_BINS].v;

		if (e > items[0].v && (p->nedges == 0 || e > p->edge[p->nedges - 1]))
			p->edge[p->nedges++] = e;
	}
}

static uint8_t
bin_of(const struct part *p, double x)
{
	size_t lo = 0, hi = p->nedges;

	if (isnan(x))
		return 0;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (x >= p->edge[mid])
			lo = mid + 1;
		else
			hi = mid;
	}
	return (uint8_t)(lo + 1);
}

struct stump {
	size_t col, split; /* bins 1 .. split, and those behind */
	double low, high, gain;
};

/* The best split of one column for what is left to explain. */
static void
try_column(size_t col, const uint8_t *bin, const double *left, size_t n, const double *count,
    double least, struct stump *best)
{
	double sum[2][STUMP_BINS + 1] = { { 0 } }, all = 0, have = 0, s = 0, m = 0;
	size_t i = 0;

	for (; i + 2 <= n; i += 2) {
		sum[0][bin[i]] += left[i];
		sum[1][bin[i + 1]] += left[i + 1];
	}
	for (; i < n; i++)
		sum[0][bin[i]] += left[i];
	for (size_t b = 1; b <= STUMP_BINS; b++) {
		all += sum[0][b] + sum[1][b];
		have += count[b];
	}
	for (size_t b = 1; b < STUMP_BINS; b++) {
		s += sum[0][b] + sum[1][b];
		m += count[b];
		if (m < least || have - m < least)
			continue;
		double gain = s * s / m + (all - s) * (all - s) / (have - m);
		if (gain > best->gain)
			*best = (struct stump){ col, b, s / m, (all - s) / (have - m), gain };
	}
}

static void
fit_stumps(struct fold *f)
{
	size_t c = f->t->ncols, step = step_of(f, STUMP_ROWS), n = (f->ntrain + step - 1) / step;
	uint8_t *bin = mem_array(c * n + 1, 1);
	double *left = mem_array(n + 1, sizeof *left);
	double *count = mem_array(c * (STUMP_BINS + 1) + 1, sizeof *count);
	struct feat_item *items = mem_array(2 * f->ntrain + 1, sizeof *items);
	double least = (double)n / 500 < 10 ? 10 : (double)n / 500;

	for (size_t k = 0; k < c; k++) {
		make_edges(f, &f->part[k], f->t->v[k], items);
		for (size_t i = 0; i < n; i++) {
			uint8_t b = bin_of(&f->part[k], f->t->v[k][f->train[i * step]]);

			bin[k * n + i] = b;
			count[k * (STUMP_BINS + 1) + b]++;
		}
	}
	for (size_t i = 0; i < n; i++)
		left[i] = f->t->y[f->train[i * step]] - f->mean;
	for (size_t round = 0; round < f->o->rounds; round++) {
		struct stump s = { 0 };

		for (size_t k = 0; k < c; k++)
			try_column(
			    k, bin + k * n, left, n, count + k * (STUMP_BINS + 1), least, &s);
		if (!(s.gain > 0))
			break;
		struct part *p = &f->part[s.col];
		double add[STUMP_BINS + 1] = { 0 };
		for (size_t b = 1; b <= STUMP_BINS; b++) {
			add[b] = RATE * (b <= s.split ? s.low : s.high);
			p->f[b] += add[b];
		}
		p->used = true;
		for (size_t i = 0; i < n; i++)
			left[i] -= add[bin[s.col * n + i]];
	}
	free(bin);
	free(left);
	free(count);
	free(items);
}

/* ---- what it is worth ---- */

static void
say(const struct fold *f, enum feat_model m, size_t col, double *out)
{
	const struct part *p = &f->part[col];
	const double *x = f->t->v[col] + f->from;

	for (size_t i = 0; i < f->to - f->from; i++)
		out[i] = m == FEAT_RIDGE ? standard(p, x[i]) : p->f[bin_of(p, x[i])];
}

static double
squares(const double *x, size_t n)
{
	double s = 0;

	for (size_t i = 0; i < n; i++)
		s += x[i] * x[i];
	return s;
}

struct score {
	double sse, sst; /* of the fold */
	double *loss;    /* a column each, part of sst */
};

static void
judge(const struct fold *f, enum feat_model m, struct rng *rng, struct score *s)
{
	size_t n = f->to - f->from, c = f->t->ncols;
	double *err = mem_array(n + 1, sizeof *err), *g = mem_array(n + 1, sizeof *g);
	uint32_t *perm = mem_array(n * f->o->repeats + 1, sizeof *perm);

	for (size_t i = 0; i < n; i++)
		err[i] = f->t->y[f->from + i] - f->mean;
	s->sst = squares(err, n);
	for (size_t k = 0; k < c; k++) {
		if (!f->part[k].used)
			continue;
		say(f, m, k, g);
		for (size_t i = 0; i < n; i++)
			err[i] -= g[i];
	}
	s->sse = squares(err, n);
	for (size_t q = 0; q < f->o->repeats; q++) {
		uint32_t *p = perm + q * n;

		for (size_t i = 0; i < n; i++)
			p[i] = (uint32_t)i;
		for (size_t i = n; i-- > 1;) {
			size_t j = rng_below(rng, i + 1);
			uint32_t x = p[i];

			p[i] = p[j];
			p[j] = x;
		}
	}
	for (size_t k = 0; k < c; k++) {
		s->loss[k] = 0;
		if (!f->part[k].used || !(s->sst > 0))
			continue;
		say(f, m, k, g);
		for (size_t q = 0; q < f->o->repeats; q++) {
			double sse = 0;

			for (size_t i = 0; i < n; i++) {
				double d = err[i] + g[i] - g[perm[q * n + i]];

				sse += d * d;
			}
			s->loss[k] += (sse - s->sse) / s->sst / (double)f->o->repeats;
		}
	}
	free(err);
	free(g);
	free(perm);
}

/* Mean and t over folds. */
static void
sum_up(struct feat_rank *r, enum feat_model m, const double *loss, size_t folds)
{
	for (size_t k = 0; k < r->n; k++) {
		double mean = 0, s = 0;

		for (size_t q = 0; q < folds; q++)
			mean += loss[q * r->n + k] / (double)folds;
		for (size_t q = 0; q < folds; q++)
			s += (loss[q * r->n + k] - mean) * (loss[q * r->n + k] - mean);
		r->cols[k].perm[m] = folds ? mean : NAN;
		r->cols[k].perm_t[m] =
		    s > 0 ? mean / sqrt(s / (double)(folds - 1) / (double)folds) : NAN;
	}
}

static void
one_model(struct fold *f, enum feat_model m, struct feat_rank *r)
{
	const struct feat_rank_opts *o = f->o;
	double *loss = mem_array(o->folds * r->n + 1, sizeof *loss), sse = 0, sst = 0;
	struct rng rng;
	size_t done = 0;

	rng_seed(&rng, o->seed + 1);
	for (size_t k = 0; k < o->folds; k++) {
		struct score s = { 0, 0, loss + done * r->n };

		choose_rows(f, k);
		if (f->from == f->to || f->ntrain < 20)
			continue;
		memset(f->part, 0, f->t->ncols * sizeof *f->part);
		f->mean = 0;
		for (size_t i = 0; i < f->ntrain; i++)
			f->mean += f->t->y[f->train[i]];
		f->mean /= (double)f->ntrain;
		if (m == FEAT_RIDGE)
			fit_ridge(f);
		else
			fit_stumps(f);
		judge(f, m, &rng, &s);
		sse += s.sse;
		sst += s.sst;
		done++;
	}
	r->r2[m] = sst > 0 ? 1 - sse / sst : NAN;
	sum_up(r, m, loss, done);
	free(loss);
}

void
feat_rank_perm(const struct feat_table *t, const struct feat_rank_opts *o, struct feat_rank *r)
{
	struct fold f = { .t = t,
		.o = o,
		.train = mem_array(t->n + 1, sizeof(size_t)),
		.part = mem_array(t->ncols + 1, sizeof(struct part)) };

	for (int m = 0; m < FEAT_MODELS; m++) {
		r->r2[m] = NAN;
		for (size_t k = 0; k < r->n; k++)
			r->cols[k].perm[m] = r->cols[k].perm_t[m] = NAN;
		if (o->model[m] && t->ncols > 0)
			one_model(&f, (enum feat_model)m, r);
	}
	free(f.train);
	free(f.part);
}
