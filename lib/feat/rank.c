/* Information coefficients, likeness, the verdict. */
#include "feat/rank.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "feat/cross.h"

#define LIKE_ROWS 20000 /* rows that correlations between columns are taken from */
#define LAGS_MAX 1000
/* What counts as evidence: Harvey, Liu and Zhu, ... and the Cross-Section of Expected Returns,
 * 2016, ask for t above 3 where many are tried. */
#define STRONG 3.0

static double
pearson(const double *x, const double *y, size_t n)
{
	double mx = 0, my = 0, sxx = 0, sxy = 0, syy = 0;

	for (size_t i = 0; i < n; i++) {
		mx += x[i];
		my += y[i];
	}
	mx /= (double)n;
	my /= (double)n;
	for (size_t i = 0; i < n; i++) {
		double dx = x[i] - mx, dy = y[i] - my;

		sxx += dx * dx;
		sxy += dx * dy;
		syy += dy * dy;
	}
	return sxx > 0 && syy > 0 ? sxy / sqrt(sxx * syy) : NAN;
}

double
feat_spearman(const double *x, const double *y, size_t n, struct feat_item *items, double *work)
{
	double *px = work, *py = work + n, *rx = work + 2 * n, *ry = work + 3 * n;
	size_t m = 0;

	for (size_t i = 0; i < n; i++)
		if (!isnan(x[i]) && !isnan(y[i])) {
			px[m] = x[i];
			py[m++] = y[i];
		}
	if (m < 3)
		return NAN;
	for (size_t i = 0; i < m; i++)
		items[i] = (struct feat_item){ px[i], (uint32_t)i };
	feat_ranks(items, items + n, m, rx);
	for (size_t i = 0; i < m; i++)
		items[i] = (struct feat_item){ py[i], (uint32_t)i };
	feat_ranks(items, items + n, m, ry);
	return pearson(rx, ry, m);
}

static void
mean_sd(const double *x, size_t n, double *mean, double *sd)
{
	double m = 0, s = 0;

	for (size_t i = 0; i < n; i++)
		m += x[i];
	m /= (double)n;
	for (size_t i = 0; i < n; i++)
		s += (x[i] - m) * (x[i] - m);
	*mean = n ? m : NAN;
	*sd = n > 1 ? sqrt(s / (double)(n - 1)) : NAN;
}

double
feat_newey_west(const double *x, size_t n, size_t lags)
{
	double m, sd, v = 0;

	if (n < 3)
		return NAN;
	mean_sd(x, n, &m, &sd);
	if (lags > n - 1)
		lags = n - 1;
	for (size_t l = 0; l <= lags; l++) {
		double c = 0;

		for (size_t i = l; i < n; i++)
			c += (x[i] - m) * (x[i - l] - m);
		v += (l ? 2 * (1 - (double)l / (double)(lags + 1)) : 1) * c / (double)n;
	}
	return v > 0 ? m / sqrt(v / (double)n) : NAN;
}

/* ---- information coefficients ---- */

static int
by_size(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* How many instants a label spans: the median over instants, from the first row of each. */
static size_t
span_of_labels(const struct feat_table *t)
{
	size_t *span = mem_array(t->ninstants + 1, sizeof *span), to = 0, result;

	for (size_t k = 0; k < t->ninstants; k++) {
		int64_t end = t->end[t->at[k]];

		if (to < k)
			to = k;
		while (to + 1 < t->ninstants && t->ts[t->at[to + 1]] <= end)
			to++;
		while (to > k && t->ts[t->at[to]] > end)
			to--;
		span[k] = to - k;
	}
	qsort(span, t->ninstants, sizeof *span, by_size);
	result = t->ninstants ? span[t->ninstants / 2] : 0;
	free(span);
	return result;
}

static size_t
usual_names(const struct feat_table *t)
{
	size_t *n = mem_array(t->ninstants + 1, sizeof *n), result;

	for (size_t k = 0; k < t->ninstants; k++)
		n[k] = t->at[k + 1] - t->at[k];
	qsort(n, t->ninstants, sizeof *n, by_size);
	result = t->ninstants ? n[t->ninstants / 2] : 0;
	free(n);
	return result;
}

/* First instant of period p. */
static size_t
period_at(const struct feat_table *t, size_t periods, size_t p)
{
	return t->ninstants * p / periods;
}

struct work {
	struct feat_item *items;
	double *d, *ic; /* ic: one an instant, those that are there */
};

static void
one_ic(const struct feat_table *t, const struct feat_rank_opts *o, const struct feat_rank *r,
    const double *x, struct feat_rank_col *c, const struct work *w)
{
	size_t n = 0;

	for (size_t p = 0; p < r->nperiods; p++) {
		size_t from = period_at(t, r->nperiods, p), to = period_at(t, r->nperiods, p + 1);
		size_t first = n, a = t->at[from], b = t->at[to];

		c->period[p] = NAN;
		if (!r->by_instant) {
			double ic = feat_spearman(x + a, t->y + a, b - a, w->items, w->d);
			c->period[p] = ic;
			if (!isnan(ic))
				w->ic[n++] = ic;
			continue;
		}
		double sum = 0;
		for (size_t k = from; k < to; k++) {
			a = t->at[k];
			size_t there = 0, m = t->at[k + 1] - a;

			for (size_t i = a; i < a + m; i++)
				there += !isnan(x[i]) && !isnan(t->y[i]);
			double ic = there < o->min_names
					? NAN
					: feat_spearman(x + a, t->y + a, m, w->items, w->d);
			if (isnan(ic))
				continue;
			w->ic[n++] = ic;
			sum += ic;
		}
		if (n > first)
			c->period[p] = sum / (double)(n - first);
	}
	c->ic_n = n;
	mean_sd(w->ic, n, &c->ic, &c->ic_sd);
	c->ir = c->ic_sd > 0 ? c->ic / c->ic_sd : NAN;
	c->t = feat_newey_west(w->ic, n, r->by_instant ? r->lags : 0);
}

static void
stability(const struct feat_rank *r, struct feat_rank_col *c)
{
	size_t same = 0, n = 0;

	for (size_t p = 0; p < r->nperiods; p++) {
		if (isnan(c->period[p]))
			continue;
		n++;
		same += c->period[p] * c->ic > 0;
	}
	c->stable = n ? (double)same / (double)n : NAN;
}

void
feat_rank_ic(const struct feat_table *t, const struct feat_rank_opts *o, struct feat_rank *r)
{
	struct work w = { mem_array(2 * t->n + 1, sizeof *w.items),
		mem_array(4 * t->n + 1, sizeof *w.d),
		mem_array(t->ninstants + o->periods + 1, sizeof *w.ic) };

	r->lags = span_of_labels(t);
	if (r->lags > LAGS_MAX)
		r->lags = LAGS_MAX;
	r->by_instant = usual_names(t) >= o->min_names;
	r->nperiods = o->periods < t->ninstants ? o->periods : t->ninstants;
	r->period_from = mem_array(r->nperiods + 1, sizeof *r->period_from);
	for (size_t p = 0; p < r->nperiods; p++)
		r->period_from[p] = t->ts[t->at[period_at(t, r->nperiods, p)]];
	for (size_t k = 0; k < r->n; k++) {
		struct feat_rank_col *c = &r->cols[k];

		c->period = mem_array(r->nperiods + 1, sizeof *c->period);
		one_ic(t, o, r, t->v[k], c, &w);
		stability(r, c);
	}
	free(w.items);
	free(w.d);
	free(w.ic);
}

/* ---- likeness ---- */

/* Ranks of every column over the same rows; absent values get the middle. Centred, of length 1. */
static double *
unit_ranks(const struct feat_table *t, size_t step, size_t m)
{
	double *u = mem_array(t->ncols * m + 1, sizeof *u);
	struct feat_item *items = mem_array(2 * m + 1, sizeof *items);

	for (size_t k = 0; k < t->ncols; k++) {
		double *x = u + k * m, len = 0, mean = 0;
		size_t n = 0;

		for (size_t i = 0; i < m; i++)
			if (!isnan(t->v[k][i * step]))
				items[n++] = (struct feat_item){ t->v[k][i * step], (uint32_t)i };
		mean = (double)(n + 1) / 2;
		for (size_t i = 0; i < m; i++)
			x[i] = mean;
		feat_ranks(items, items + m, n, x);
		for (size_t i = 0; i < m; i++) {
			x[i] -= mean;
			len += x[i] * x[i];
		}
		for (size_t i = 0; i < m && len > 0; i++)
			x[i] /= sqrt(len);
	}
	free(items);
	return u;
}

static double
dot(const double *x, const double *y, size_t n)
{
	double s[4] = { 0 };

	for (size_t i = 0; i + 4 <= n; i += 4)
		for (int k = 0; k < 4; k++)
			s[k] += x[i + (size_t)k] * y[i + (size_t)k];
	for (size_t i = n - n % 4; i < n; i++)
		s[0] += x[i] * y[i];
	return (s[0] + s[1]) + (s[2] + s[3]);
}

static size_t
number_of(const struct feat_table *t, const struct feat_rank_col *c)
{
	size_t k = 0;

	while (t->names[k] != c->name)
		k++;
	return k;
}

/* Leaders: from the best down, each joins the kept one it is most like. */
static void
prune(const struct feat_table *t, const struct feat_rank_opts *o, struct feat_rank *r)
{
	size_t step = t->n / LIKE_ROWS + 1, m = (t->n + step - 1) / step;
	double *u = unit_ranks(t, step, m);
	size_t *num = mem_array(r->n + 1, sizeof *num);

	for (size_t i = 0; i < r->n; i++) {
		struct feat_rank_col *c = &r->cols[i];

		num[i] = number_of(t, c);
		c->rho = 0;
		c->like = i;
		for (size_t j = 0; j < i; j++) {
			if (r->cols[j].verdict == FEAT_LIKE)
				continue;
			double rho = dot(u + num[i] * m, u + num[j] * m, m);
			if (fabs(rho) > fabs(c->rho)) {
				c->rho = rho;
				c->like = j;
			}
		}
		c->verdict = fabs(c->rho) > o->corr ? FEAT_LIKE : FEAT_KEEP;
	}
	free(u);
	free(num);
}

/* ---- the verdict ---- */

/* Mutual information is no evidence: a column that knows how wide the label spreads has it too.
 * Nor is the loss of a model that knows nothing. */
static bool
evidence(const struct feat_rank *r, const struct feat_rank_col *c)
{
	if (fabs(c->t) >= STRONG)
		return true;
	for (int k = 0; k < FEAT_MODELS; k++)
		if (r->r2[k] > 0 && c->perm[k] > 0 && c->perm_t[k] >= STRONG)
			return true;
	return false;
}

/* Adds to each column its place in one measure, 1 the best to 0 the last; NAN is last. */
static void
add_places(struct feat_rank *r, const double *measure)
{
	struct feat_item *items = mem_array(2 * r->n + 1, sizeof *items);
	double *rank = mem_array(r->n + 1, sizeof *rank);

	for (size_t i = 0; i < r->n; i++)
		items[i] =
		    (struct feat_item){ isnan(measure[i]) ? -INFINITY : measure[i], (uint32_t)i };
	feat_ranks(items, items + r->n, r->n, rank);
	for (size_t i = 0; i < r->n; i++)
		r->cols[i].score += r->n > 1 ? (rank[i] - 1) / (double)(r->n - 1) : 1;
	free(items);
	free(rank);
}

static int
by_score(const void *a, const void *b)
{
	const struct feat_rank_col *x = a, *y = b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return strcmp(x->name, y->name);
}

void
feat_rank_choose(const struct feat_table *t, const struct feat_rank_opts *o, struct feat_rank *r)
{
	double *m = mem_array(r->n + 1, sizeof *m);
	size_t measures = 2;

	for (size_t i = 0; i < r->n; i++)
		m[i] = fabs(r->cols[i].ic);
	add_places(r, m);
	for (size_t i = 0; i < r->n; i++)
		m[i] = r->cols[i].mi;
	add_places(r, m);
	for (int k = 0; k < FEAT_MODELS; k++) {
		if (!o->model[k])
			continue;
		for (size_t i = 0; i < r->n; i++)
			m[i] = r->cols[i].perm[k];
		add_places(r, m);
		measures++;
	}
	free(m);
	for (size_t i = 0; i < r->n; i++)
		r->cols[i].score /= (double)measures;
	if (r->n)
		qsort(r->cols, r->n, sizeof *r->cols, by_score);
	prune(t, o, r);
	for (size_t i = 0; i < r->n; i++)
		if (r->cols[i].verdict == FEAT_KEEP && !evidence(r, &r->cols[i]))
			r->cols[i].verdict = FEAT_WEAK;
}

void
feat_rank_run(const struct feat_table *t, const struct feat_rank_opts *o, struct feat_rank *r)
{
	*r = (struct feat_rank){ .n = t->ncols, .cols = mem_array(t->ncols + 1, sizeof *r->cols) };
	for (size_t k = 0; k < r->n; k++) {
		r->cols[k].name = t->names[k];
		for (size_t i = 0; i < t->n; i++)
			r->cols[k].count += !isnan(t->v[k][i]);
	}
	mean_sd(t->y, t->n, &r->y_mean, &r->y_sd);
	feat_rank_ic(t, o, r);
	feat_rank_mi(t, o, r);
	feat_rank_perm(t, o, r);
	feat_rank_choose(t, o, r);
}

void
feat_rank_free(struct feat_rank *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->cols[i].period);
	free(r->cols);
	free(r->period_from);
	*r = (struct feat_rank){ 0 };
}
