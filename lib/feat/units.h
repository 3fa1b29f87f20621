/*
 * How columns scale with the price.
 *
 * After a split the columns go on in the units from before it, so that nothing jumps: the bars
 * are fed with price times ratio and size through ratio. What then goes out must be in the units of
 * the bar at hand again: a mean of prices through the ratio, a return as it is, a mean of volumes
 * times the ratio. Which is which is not declared but measured: when the first split comes, all
 * columns are computed on one made-up series twice, the second time with prices times 4 and
 * sizes through 4. A power of two changes no bit of a mantissa, so a column that scales with a
 * power of the price shows exactly which one; one with the logarithm shows a constant step.
 * What shows neither (a comparison with a number) stays as it is.
 */
#ifndef TP_FEAT_UNITS_H
#define TP_FEAT_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct calc;

struct units {
	bool known;
	int8_t *half;  /* of each column: twice the power of the price that it grows with */
	double *shift; /* what is added to it when the price grows e-fold */
	size_t n;
};

/* Measure the columns of c's plan (c->units). */
void
units_measure(struct calc *c);
/* Columns of a row whose prices came multiplied by `unit`: as if they had not. */
void
units_apply(const struct units *u, double *v, double unit);
void
units_free(struct units *u);

#endif
