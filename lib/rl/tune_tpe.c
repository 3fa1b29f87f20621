/* The tree-structured Parzen estimator, one dimension at a time. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/math.h"
#include "base/mem.h"
#include "base/num.h"
#include "rl/tune_line.h"

#define ROOT_2_PI 2.5066282746310005024

/* Normals on [lo, hi], cut off there, one a point and one wide one for what is not known. */
struct parzen {
	size_t n;
	double lo, hi, *mu, *sd, *mass; /* one block; mass within the bounds */
};

/* The normal distribution by Abramowitz and Stegun 7.1.26, error below 1e-7: a draw's place among
 * others does not ask for more, and the bits are the same everywhere. */
static double
normal_cdf(double z)
{
	double x = fabs(z) * 0.70710678118654752440, t = 1 / (1 + 0.3275911 * x);
	double tail =
	    t *
	    (0.254829592 +
		t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) *
	    num_exp(-x * x) / 2;

	return z < 0 ? tail : 1 - tail;
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Each width is the larger gap to a neighbour (the bounds are neighbours, too), within limits. */
static void
parzen_init(struct parzen *p, double lo, double hi, const double *z, size_t n)
{
	double span = hi - lo, least = span / (double)(n + 2 < 100 ? n + 2 : 100);

	p->n = n + 1;
	p->lo = lo;
	p->hi = hi;
	p->mu = mem_array(3 * p->n, sizeof *p->mu);
	p->sd = p->mu + p->n;
	p->mass = p->sd + p->n;
	memcpy(p->mu, z, n * sizeof *z);
	p->mu[n] = lo + span / 2;
	qsort(p->mu, p->n, sizeof *p->mu, ascending);
	bool wide = false;
	for (size_t i = 0; i < p->n; i++) {
		double left = p->mu[i] - (i ? p->mu[i - 1] : lo);
		double right = (i + 1 < p->n ? p->mu[i + 1] : hi) - p->mu[i];
		double sd = left > right ? left : right;

		sd = sd < least ? least : sd > span ? span : sd;
		if (!wide && p->mu[i] == lo + span / 2) {
			sd = span;
			wide = true;
		}
		p->sd[i] = sd;
		p->mass[i] = normal_cdf((hi - p->mu[i]) / sd) - normal_cdf((lo - p->mu[i]) / sd);
	}
}

static double
parzen_density(const struct parzen *p, double z)
{
	double sum = 0;

	for (size_t i = 0; i < p->n; i++) {
		double u = (z - p->mu[i]) / p->sd[i];

		sum += num_exp(-u * u / 2) / (p->sd[i] * p->mass[i]);
	}
	return sum / (ROOT_2_PI * (double)p->n);
}

static double
parzen_draw(const struct parzen *p, struct rng *g)
{
	size_t i = (size_t)rng_below(g, p->n);
	double from = normal_cdf((p->lo - p->mu[i]) / p->sd[i]);
	double u = from + rng_uniform(g) * p->mass[i];
	double z = p->mu[i] + p->sd[i] * num_normal_quantile(u);

	return !(z > p->lo) ? p->lo : z > p->hi ? p->hi : z;
}

/* Of a whole number, what its stretch of the line weighs is what counts. */
static double
ratio(const struct tune_dim *d, const struct parzen *l, const struct parzen *g, double x)
{
	double z = tune_to_line(d, x);

	return parzen_density(l, z) / parzen_density(g, z);
}

static double
draw_number(const struct tune_dim *d, struct rng *g, const double *z, size_t nbest, size_t n)
{
	struct parzen good, rest;
	double lo, hi, top = -1, x = d->lo;

	tune_line(d, &lo, &hi);
	parzen_init(&good, lo, hi, z, nbest);
	parzen_init(&rest, lo, hi, z + nbest, n - nbest);
	for (size_t k = 0; k < TUNE_DRAWS; k++) {
		double v = tune_from_line(d, parzen_draw(&good, g));
		double r = ratio(d, &good, &rest, v);

		if (r > top) {
			top = r;
			x = v;
		}
	}
	free(good.mu);
	free(rest.mu);
	return x;
}

/* Counts, each choice having been seen once. */
static double
draw_choice(const struct tune_dim *d, struct rng *g, const double *x, size_t nbest, size_t n)
{
	double *good = mem_array(2 * d->nchoice, sizeof *good), *rest = good + d->nchoice;
	double total = (double)(nbest + d->nchoice), top = -1;
	size_t best = 0;

	for (size_t k = 0; k < d->nchoice; k++)
		good[k] = rest[k] = 1;
	for (size_t i = 0; i < n; i++)
		(i < nbest ? good : rest)[(size_t)x[i]]++;
	for (size_t draw = 0; draw < TUNE_DRAWS; draw++) {
		double u = rng_uniform(g) * total;
		size_t k = 0;

		while (k + 1 < d->nchoice && u >= good[k])
			u -= good[k++];
		if (good[k] / rest[k] > top) {
			top = good[k] / rest[k];
			best = k;
		}
	}
	free(good);
	return (double)best;
}

struct ranked {
	double loss;
	size_t row;
};

static int
by_loss(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->loss != y->loss)
		return x->loss < y->loss ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

void
tune_tpe(const struct tune *u, struct rng *g, const double *points, const double *loss, size_t rows,
    double *x)
{
	struct ranked *r;
	size_t nbest = (size_t)ceil(TUNE_BEST * (double)rows);
	double *z;

	if (rows < TUNE_STARTUP) {
		tune_random(u, g, x);
		return;
	}
	if (nbest > TUNE_BEST_MOST)
		nbest = TUNE_BEST_MOST;
	r = mem_array(rows, sizeof *r);
	z = mem_array(rows, sizeof *z);
	for (size_t i = 0; i < rows; i++)
		r[i] = (struct ranked){ isfinite(loss[i]) ? loss[i] : INFINITY, i };
	qsort(r, rows, sizeof *r, by_loss);
	for (size_t k = 0; k < u->n; k++) {
		const struct tune_dim *d = &u->dim[k];

		for (size_t i = 0; i < rows; i++) {
			double v = points[r[i].row * u->n + k];

			z[i] = d->kind == TUNE_CHOICE ? v : tune_to_line(d, v);
		}
		x[k] = d->kind == TUNE_CHOICE ? draw_choice(d, g, z, nbest, rows)
					      : draw_number(d, g, z, nbest, rows);
	}
	free(r);
	free(z);
}
