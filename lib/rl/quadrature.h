/* Means over a normal variable, for the dynamic programs of the learning tests. */
#ifndef TP_RL_QUADRATURE_H
#define TP_RL_QUADRATURE_H

#include <stddef.h>

#define QUADRATURE_MOST 64

struct quadrature {
	size_t n;
	double z[QUADRATURE_MOST], w[QUADRATURE_MOST]; /* nodes, and weights that add up to 1 */
};

/* Gauss-Hermite with n <= QUADRATURE_MOST nodes for N(0,1): sum w f(z) is E f exactly for
 * polynomials up to degree 2n - 1. Nodes by Newton's method on the orthonormal recurrence
 * (Golub and Welsch's matrix has the same eigenvalues). */
void
quadrature_normal(struct quadrature *q, size_t n);

#endif
