/*
 * The door to OpenBLAS. It is loaded when the first network asks for it, not when a program
 * starts: its start-up costs memory, time and a pool of threads that a filter must not pay.
 * One thread (callers share the work themselves, by examples, which keeps the bits), and the
 * kernels of the instruction set in use.
 */
#ifndef TP_NN_BLAS_H
#define TP_NN_BLAS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Once before the first call below, from one thread; later calls do nothing. ERR_FAIL with the
 * package to install when the library is not there. */
int
nn_blas_open(struct err *e);

/*
 * C (m x n) = alpha op(A) (m x k) op(B) (k x n) + beta C, all row-major, leading dimensions in
 * floats; op transposes where ta or tb is set. With beta 0, C need not be set.
 */
void
nn_sgemm(bool ta, bool tb, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
    const float *b, size_t ldb, float beta, float *c, size_t ldc);

/* y (m) = alpha op(A) x + beta y, A being m x n before op, row-major */
void
nn_sgemv(bool ta, size_t m, size_t n, float alpha, const float *a, size_t lda, const float *x,
    float beta, float *y);

#endif
