/* Mutual information of columns and label, by bins of equal counts. */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/rng.h"
#include "feat/cross.h"
#include "feat/rank.h"

#define SHIFTS 20
#define BINS_MAX 64

size_t
feat_equal_bins(const double *x, size_t n, size_t bins, uint8_t *out, struct feat_item *items)
{
	size_t m = 0, bin = 0, distinct = 0;

	for (size_t i = 0; i < n; i++) {
		out[i] = 0;
		if (!isnan(x[i]))
			items[m++] = (struct feat_item){ x[i], (uint32_t)i };
	}
	feat_sort(items, items + n, m);
	for (size_t i = 0; i < m && distinct <= bins; i++)
		distinct += i == 0 || items[i].v != items[i - 1].v;
	for (size_t i = 0, j; i < m; i = j) {
		for (j = i + 1; j < m && items[j].v == items[i].v; j++)
			;
		/* equal values go where their middle would; few values have a bin each */
		size_t want = distinct <= bins ? bin + 1 : (i + j) / 2 * bins / m + 1;

		bin += want > bin;
		for (size_t k = i; k < j; k++)
			out[items[k].i] = (uint8_t)bin;
	}
	return bin;
}

double
feat_mutual(const uint8_t *x, size_t bx, const uint8_t *y, size_t by, size_t n, size_t shift)
{
	double count[BINS_MAX + 1][BINS_MAX + 1] = { 0 }, cx[BINS_MAX + 1] = { 0 },
					      cy[BINS_MAX + 1] = { 0 }, total = 0, mi = 0;

	for (size_t i = 0, j = shift; i < n; i++, j++) {
		if (j >= n)
			j -= n;
		count[x[i]][y[j]]++;
	}
	for (size_t a = 1; a <= bx; a++)
		for (size_t b = 1; b <= by; b++) {
			cx[a] += count[a][b];
			cy[b] += count[a][b];
			total += count[a][b];
		}
	if (total == 0)
		return NAN;
	double nx = 0, ny = 0;
	for (size_t a = 1; a <= bx; a++)
		nx += cx[a] > 0;
	for (size_t b = 1; b <= by; b++)
		ny += cy[b] > 0;
	for (size_t a = 1; a <= bx; a++)
		for (size_t b = 1; b <= by; b++)
			if (count[a][b] > 0)
				mi += count[a][b] / total *
				      num_log(count[a][b] * total / (cx[a] * cy[b]));
	return mi - (nx - 1) * (ny - 1) / (2 * total);
}

void
feat_rank_mi(const struct feat_table *t, const struct feat_rank_opts *o, struct feat_rank *r)
{
	size_t bins = o->bins < BINS_MAX ? o->bins : BINS_MAX;
	struct feat_item *items = mem_array(2 * t->n + 1, sizeof *items);
	uint8_t *x = mem_array(t->n + 1, 1), *y = mem_array(t->n + 1, 1);
	size_t by = feat_equal_bins(t->y, t->n, bins, y, items), shift[SHIFTS] = { 0 };
	struct rng rng;

	r->classes = by < bins ? by : 0;
	rng_seed(&rng, o->seed);
	/* at least a tenth away, so that labels do not reach across */
	for (int s = 0; s < SHIFTS && t->n >= 10; s++)
		shift[s] = t->n / 10 + rng_below(&rng, t->n - 2 * (t->n / 10));
	for (size_t k = 0; k < r->n; k++) {
		struct feat_rank_col *c = &r->cols[k];
		size_t bx = feat_equal_bins(t->v[k], t->n, bins, x, items);
		double mean = 0, m2 = 0;

		c->mi = feat_mutual(x, bx, y, by, t->n, 0);
		for (int s = 0; s < SHIFTS; s++) {
			double v = feat_mutual(x, bx, y, by, t->n, shift[s]), d = v - mean;

			mean += d / (s + 1);
			m2 += d * (v - mean);
		}
		c->mi_z = m2 > 0 ? (c->mi - mean) / sqrt(m2 / (SHIFTS - 1)) : NAN;
		if (c->mi < 0)
			c->mi = 0;
	}
	free(items);
	free(x);
	free(y);
}
