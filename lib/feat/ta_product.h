/*
 * Rolling sums of products and variances, by fused multiply-add: the product is not rounded before
 * it is added, so little is lost where a variance is small beside the square of the price. (It is
 * also what TA-Lib's code does when built for a processor that has the instruction, and the
 * correlation of two quiet series shows the difference in the seventh digit.) C's fma() is exact
 * everywhere; this file is compiled twice, with the instruction and without.
 *
 * The includer defines TA_PRODUCT(name).
 */
#include <math.h>

#include "feat/ta_op.h"

struct product {
	double v;
	int64_t seen;
};

/* ---- sum over the window of x y: add the newest, give, take the oldest away ---- */
static void
rdot_one(const struct ta_job *j, size_t n)
{
	struct product *s = j->state;
	const double *x = j->in[0], *y = j->in[1];
	double *o = j->out[0], v = s->v;
	ptrdiff_t back = (ptrdiff_t)j->node->n - 1, i = 0;

	for (; i < (ptrdiff_t)n && s->seen < back; i++, s->seen++)
		v += x[i] * y[i]; /* TA-Lib's compilers do this loop in vectors, unfused */
	for (; i < (ptrdiff_t)n; i++) {
		v = fma(x[i], y[i], v);
		o[i] = v;
		v = fma(-x[i - back], y[i - back], v);
	}
	s->v = v;
}

static bool
seeded(const struct ta_job *j)
{
	return ((const struct product *)j->state)->seen >= j->node->n - 1;
}

#define LOAD(m) \
	const double *x##m = j[m].in[0], *y##m = j[m].in[1]; \
	const double *p##m = x##m + 1 - j[m].node->n, *q##m = y##m + 1 - j[m].node->n; \
	double *o##m = j[m].out[0], v##m = ((struct product *)j[m].state)->v;
#define STEP(m) \
	v##m = fma(x##m[i], y##m[i], v##m); \
	o##m[i] = v##m; \
	v##m = fma(-p##m[i], q##m[i], v##m);
#define SAVE(m) ((struct product *)j[m].state)->v = v##m;

/* several chains of dependent additions side by side */
static void
rdot_four(const struct ta_job *j, size_t n)
{
	LOAD(0)
	LOAD(1)
	LOAD(2)
	LOAD(3)
	for (size_t i = 0; i < n; i++) {
		STEP(0) STEP(1) STEP(2) STEP(3)
	}
	SAVE(0) SAVE(1) SAVE(2) SAVE(3)
}

static void
rdot_two(const struct ta_job *j, size_t n)
{
	LOAD(0) LOAD(1) for (size_t i = 0; i < n; i++){ STEP(0) STEP(1) } SAVE(0) SAVE(1)
}

void
TA_PRODUCT(rdot)(const struct ta_job *j, size_t k, size_t n)
{
	for (; k >= 4 && seeded(j) && seeded(j + 1) && seeded(j + 2) && seeded(j + 3);
	     k -= 4, j += 4)
		rdot_four(j, n);
	for (; k >= 2 && seeded(j) && seeded(j + 1); k -= 2, j += 2)
		rdot_two(j, n);
	for (; k > 0; k--, j++)
		rdot_one(j, n);
}

/* ---- of the sums of x and of x^2: variance, and the deviation times k[0] ---- */
void
TA_PRODUCT(var)(const struct ta_job *j, size_t k, size_t n)
{
	for (; k > 0; k--, j++) {
		const double *x = j->in[0], *xx = j->in[1];
		double *restrict o = j->out[0], w = (double)j->node->n;

		for (size_t i = 0; i < n; i++)
			o[i] = fma(-(x[i] / w), x[i] / w, xx[i] / w);
	}
}

void
TA_PRODUCT(stddev)(const struct ta_job *j, size_t k, size_t n)
{
	for (; k > 0; k--, j++) {
		const double *x = j->in[0], *xx = j->in[1];
		double *restrict o = j->out[0], w = (double)j->node->n, nb = j->node->k[0];

		for (size_t i = 0; i < n; i++) {
			double v = fma(-(x[i] / w), x[i] / w, xx[i] / w);

			o[i] = v < TA_EPS ? 0.0 : sqrt(v) * nb;
		}
	}
}
