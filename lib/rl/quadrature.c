#include "rl/quadrature.h"

#include <math.h>

/* The orthonormal polynomial of degree n at x, and the one below it. */
static double
hermite(size_t n, double x, double *below)
{
	double p = 1, before = 0;

	for (size_t k = 0; k < n; k++) {
		double next = (x * p - sqrt((double)k) * before) / sqrt((double)k + 1);

		before = p;
		p = next;
	}
	*below = before;
	return p;
}

void
quadrature_normal(struct quadrature *q, size_t n)
{
	double at = 2 * sqrt((double)n) + 1, step = 1e-3, below, last;
	size_t found = 0;

	q->n = n;
	last = hermite(n, at, &below);
	/* From the right, sign change by sign change; the roots are at least 0.2 apart. */
	while (found < n && at > -2 * sqrt((double)n) - 1) {
		double lo = at - step, now = hermite(n, lo, &below);

		if ((now < 0) != (last < 0)) {
			double x = lo + step / 2;

			for (int i = 0; i < 50; i++) {
				double p = hermite(n, x, &below);

				x -= p / (sqrt((double)n) * below);
			}
			hermite(n, x, &below);
			q->z[found] = x;
			q->w[found++] = 1 / ((double)n * below * below);
		}
		at = lo;
		last = now;
	}
}
