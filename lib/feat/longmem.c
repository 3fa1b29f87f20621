#include "feat/longmem.h"

#include <string.h>

#include "base/num.h"

/* ---- fractional differencing ---- */

size_t
ffd_weights(double d, double threshold, double *w)
{
	double x = 1;
	size_t n = 0;

	while (n < FFD_MOST && fabs(x) >= threshold) {
		if (w)
			w[n] = x;
		n++;
		x = -x * (d - (double)n + 1) / (double)n;
	}
	return n;
}

void
ffd_init(struct ffd *f, double d, double threshold, struct roll_mem *m)
{
	*f = (struct ffd){ .n = ffd_weights(d, threshold, NULL) };
	f->w = roll_take(m, f->n, sizeof *f->w);
	f->x = roll_take(m, 2 * f->n, sizeof *f->x);
	if (!f->w)
		return;
	ffd_weights(d, threshold, f->w);
	for (size_t i = 0; i < f->n / 2; i++) {
		double t = f->w[i];

		f->w[i] = f->w[f->n - 1 - i];
		f->w[f->n - 1 - i] = t;
	}
}

/* Four sums at a time, in an order of our own: the same bits with and without vectors. */
static double
dot(const double *a, const double *b, size_t n)
{
	double s[4] = { 0 }, rest = 0;
	size_t i = 0;

	for (; i + 4 <= n; i += 4)
		for (int j = 0; j < 4; j++)
			s[j] += a[i + (size_t)j] * b[i + (size_t)j];
	for (; i < n; i++)
		rest += a[i] * b[i];
	return ((s[0] + s[1]) + (s[2] + s[3])) + rest;
}

double
ffd_push(struct ffd *f, double x)
{
	if (roll_bad(x)) {
		f->k = 0;
		return NAN;
	}
	f->x[f->at] = f->x[f->at + f->n] = x;
	f->at = f->at + 1 == f->n ? 0 : f->at + 1;
	f->k += f->k < f->n;
	return f->k == f->n ? dot(f->w, f->x + f->at, f->n) : NAN;
}

/* ---- detrended fluctuation analysis ---- */

void
dfa_init(struct dfa *a, size_t n, struct roll_mem *m)
{
	double mean = 0, xx = 0;

	memset(a, 0, sizeof *a);
	a->h = NAN;
	for (uint32_t s = DFA_SMALLEST; s <= n / 4 && a->sizes < DFA_SIZES; s *= 2) {
		struct dfa_size *z = &a->at[a->sizes];

		z->s = s;
		z->log_f2 = NAN;
		roll_sum_init(&z->rss, n / s, m);
		a->x[a->sizes] = num_log(s);
		mean += a->x[a->sizes++];
	}
	mean /= a->sizes;
	for (uint32_t i = 0; i < a->sizes; i++) {
		a->x[i] -= mean;
		xx += a->x[i] * a->x[i];
	}
	for (uint32_t i = 0; i < a->sizes; i++)
		a->x[i] /= xx;
}

/*
 * The residual sum of squares of the box that is complete. What rounding leaves of a profile
 * that is a straight line counts as 0.
 */
static double
residual(const struct dfa_size *z)
{
	double rss = z->m2 - z->ct * z->ct / roll_fit_tt(z->s);

	return rss > 1e-13 * z->m2 ? rss : 0;
}

/* One more increment of the profile; true when a box was completed. */
static bool
dfa_box(struct dfa_size *z, double r)
{
	if (z->k == 0)
		z->profile = z->mean = z->m2 = z->ct = 0;
	z->profile += r;
	double n = z->k++, delta = z->profile - z->mean;
	z->mean += delta / (n + 1);
	z->m2 += delta * (z->profile - z->mean);
	z->ct += delta * n * 0.5;
	if (z->k < z->s)
		return false;
	z->k = 0;
	z->full = roll_sum_push(&z->rss, residual(z));
	if (z->full) {
		double f2 = z->rss.sum / ((double)z->rss.at.d * z->s);

		z->log_f2 = f2 > 0 ? num_log(f2) : NAN;
	}
	return true;
}

static void
dfa_forget(struct dfa *a)
{
	for (uint32_t i = 0; i < a->sizes; i++) {
		struct dfa_size *z = &a->at[i];

		z->k = 0;
		z->full = false;
		z->log_f2 = NAN;
		roll_sum_push(&z->rss, NAN);
	}
	a->h = NAN;
}

double
dfa_push(struct dfa *a, double r)
{
	bool changed = false;
	double slope = 0;

	if (roll_bad(r)) {
		dfa_forget(a);
		return NAN;
	}
	for (uint32_t i = 0; i < a->sizes; i++)
		changed |= dfa_box(&a->at[i], r);
	if (!changed)
		return a->h;
	for (uint32_t i = 0; i < a->sizes; i++)
		slope += a->x[i] * a->at[i].log_f2;
	a->h = 0.5 * slope; /* of ln F, half of ln F^2; NAN while a size is */
	return a->h;
}
