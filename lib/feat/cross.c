#include "feat/cross.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

const char *const feat_cross_names[FEAT_CROSS_N] = { "rank", "pct", "zscore", "robust", "demean",
	"rs" };
const char *const feat_breadth_names[FEAT_BREADTH_N] = { "advance", "decline", "ad_net", "ad_line",
	"mcclellan", "above_ma", "new_high", "new_low" };

/* Runs of this length are sorted by insertion. */
#define RUN 12

static void
insertion(struct feat_item *a, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct feat_item x = a[i];
		size_t j = i;

		for (; j > 0 && a[j - 1].v > x.v; j--)
			a[j] = a[j - 1];
		a[j] = x;
	}
}

/* a[0..m) and a[m..n), each sorted, into out; the left one first where they are equal */
static void
merge(const struct feat_item *a, size_t m, size_t n, struct feat_item *out)
{
	size_t i = 0, j = m, k = 0;

	while (i < m && j < n) {
		bool right = a[j].v < a[i].v;

		out[k++] = right ? a[j] : a[i];
		j += right;
		i += !right;
	}
	memcpy(out + k, a + i, (m - i) * sizeof *a);
	memcpy(out + k + (m - i), a + j, (n - j) * sizeof *a);
}

/* Stable, so equal values keep the order in which they came: that of their index. */
void
feat_sort(struct feat_item *a, struct feat_item *tmp, size_t n)
{
	struct feat_item *from = a, *to = tmp, *swap;

	for (size_t i = 0; i < n; i += RUN)
		insertion(a + i, n - i < RUN ? n - i : RUN);
	for (size_t width = RUN; width < n; width *= 2) {
		for (size_t i = 0; i < n; i += 2 * width) {
			size_t left = n - i, m = left < width ? left : width;

			merge(from + i, m, left < 2 * width ? left : 2 * width, to + i);
		}
		swap = from;
		from = to;
		to = swap;
	}
	if (from != a)
		memcpy(a, from, n * sizeof *a);
}

static void
work_room(struct feat_cross_work *w, size_t n)
{
	if (n <= w->cap)
		return;
	w->cap = n + n / 2 + 16;
	w->a = mem_resize(w->a, w->cap, sizeof *w->a);
	w->tmp = mem_resize(w->tmp, w->cap, sizeof *w->tmp);
	w->x = mem_resize(w->x, w->cap, sizeof *w->x);
	w->y = mem_resize(w->y, w->cap, sizeof *w->y);
	w->at = mem_resize(w->at, w->cap, sizeof *w->at);
}

void
feat_cross_work_free(struct feat_cross_work *w)
{
	free(w->a);
	free(w->tmp);
	free(w->x);
	free(w->y);
	free(w->at);
	*w = (struct feat_cross_work){ 0 };
}

void
feat_ranks(struct feat_item *a, struct feat_item *tmp, size_t n, double *out)
{
	feat_sort(a, tmp, n);
	for (size_t i = 0, j; i < n; i = j) {
		for (j = i + 1; j < n && a[j].v == a[i].v; j++)
			;
		/* places i + 1 .. j share their mean */
		for (size_t k = i; k < j; k++)
			out[a[k].i] = (double)(i + 1 + j) / 2;
	}
}

double
feat_median(double *x, size_t n, struct feat_cross_work *w)
{
	work_room(w, n);
	for (size_t i = 0; i < n; i++)
		w->a[i] = (struct feat_item){ x[i], 0 };
	feat_sort(w->a, w->tmp, n);
	for (size_t i = 0; i < n; i++)
		x[i] = w->a[i].v;
	return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

/* ---- the functions, on values that are all there ---- */

static double
mean_of(const double *x, size_t n)
{
	double s = 0;

	for (size_t i = 0; i < n; i++)
		s += x[i];
	return s / (double)n;
}

static bool
all_equal(const double *x, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (x[i] != x[0])
			return false;
	return true;
}

/* x - middle over a deviation; no answer where that is 0 */
static void
over(const double *x, size_t n, double middle, double dev, double *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = dev > 0 ? (x[i] - middle) / dev : NAN;
}

static void
zscore(const double *x, size_t n, double *out)
{
	double m = mean_of(x, n), s = 0;

	for (size_t i = 0; i < n; i++)
		s += (x[i] - m) * (x[i] - m);
	/* the mean of equal values may be a bit off them */
	over(x, n, m, all_equal(x, n) ? 0 : sqrt(s / (double)(n - 1)), out);
}

static void
robust(const double *x, size_t n, double *out, struct feat_cross_work *w)
{
	memcpy(out, x, n * sizeof *x);
	double middle = feat_median(out, n, w);

	for (size_t i = 0; i < n; i++)
		out[i] = fabs(x[i] - middle);
	over(x, n, middle, 1.4826 * feat_median(out, n, w), out);
}

static void
dense(enum feat_cross f, const double *x, size_t n, double *out, struct feat_cross_work *w)
{
	switch (f) {
	case FEAT_CROSS_RANK:
	case FEAT_CROSS_PCT:
		for (size_t i = 0; i < n; i++)
			w->a[i] = (struct feat_item){ x[i], (uint32_t)i };
		feat_ranks(w->a, w->tmp, n, out);
		for (size_t i = 0; i < n && f == FEAT_CROSS_PCT; i++)
			out[i] /= (double)n;
		break;
	case FEAT_CROSS_ZSCORE: zscore(x, n, out); break;
	case FEAT_CROSS_ROBUST: robust(x, n, out, w); break;
	default: {
		double m = mean_of(x, n);

		for (size_t i = 0; i < n; i++)
			out[i] = f == FEAT_CROSS_DEMEAN ? x[i] - m : (1 + x[i]) / (1 + m) - 1;
	}
	}
}

/* The values w->at names, taken together and put back. */
static void
gathered(enum feat_cross f, const double *x, size_t n, double *out, struct feat_cross_work *w)
{
	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		w->x[i] = x[w->at[i]];
	dense(f, w->x, n, w->y, w);
	for (size_t i = 0; i < n; i++)
		out[w->at[i]] = isfinite(w->y[i]) ? w->y[i] : NAN;
}

void
feat_cross(enum feat_cross f, const double *x, size_t n, double *out, struct feat_cross_work *w)
{
	size_t m = 0;

	work_room(w, n);
	for (size_t i = 0; i < n; i++) {
		out[i] = NAN;
		if (!isnan(x[i]))
			w->at[m++] = (uint32_t)i;
	}
	gathered(f, x, m, out, w);
}

void
feat_cross_grouped(enum feat_cross f, const double *x, const uint32_t *group, uint32_t ngroups,
    size_t n, double *out, struct feat_cross_work *w)
{
	work_room(w, n);
	for (size_t i = 0; i < n; i++)
		out[i] = NAN;
	for (uint32_t g = 1; g <= ngroups; g++) {
		size_t m = 0;

		for (size_t i = 0; i < n; i++)
			if (group[i] == g && !isnan(x[i]))
				w->at[m++] = (uint32_t)i;
		gathered(f, x, m, out, w);
	}
}

/* ---- windows of one symbol ---- */

void
feat_window_init(struct feat_window *w, uint32_t n)
{
	*w = (struct feat_window){ .ring = mem_array(n, sizeof *w->ring), .n = n };
}

void
feat_window_free(struct feat_window *w)
{
	free(w->ring);
	*w = (struct feat_window){ 0 };
}

double
feat_window_mean(struct feat_window *w, double x)
{
	if (w->have == w->n)
		w->sum -= w->ring[w->at];
	else
		w->have++;
	w->ring[w->at] = x;
	w->sum += x;
	if (++w->at == w->n) {
		w->at = 0;
		w->sum = 0;
		for (uint32_t i = 0; i < w->n; i++)
			w->sum += w->ring[i];
	}
	return w->have == w->n ? w->sum / w->n : NAN;
}

/* The extreme is looked for anew only when it falls out: rarely, so O(1) in the mean. */
double
feat_window_highest(struct feat_window *w, double x)
{
	bool known = w->have + 1 >= w->n, above = !w->have || x > w->best;

	if (w->have < w->n)
		w->have++;
	w->ring[w->at] = x;
	/* the ring's slot of now falls out next: the best of the n - 1 others is what counts then
	 */
	uint32_t out = w->at + 1 == w->n ? 0 : w->at + 1;
	if (above || x == w->best) {
		w->best = x;
		w->best_at = w->at;
	} else if (w->have == w->n && w->best_at == out) {
		w->best = -INFINITY;
		for (uint32_t k = 1; k < w->n; k++) {
			uint32_t i = (out + k) % w->n;

			if (w->ring[i] >= w->best) {
				w->best = w->ring[i];
				w->best_at = i;
			}
		}
	}
	w->at = out;
	return known ? above : NAN;
}
