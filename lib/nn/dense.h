/*
 * Kernels of small dense layers, for networks that BLAS is too big for (64 wide, batches of 1 to a
 * few hundred): hand-blocked products with the bias, the activation and their gradients fused in,
 * and the optimiser in one pass. Chosen once for the instruction set in use (AVX-512, AVX2 with
 * FMA, plain); the same set gives the same bits, whatever the batch was cut into.
 *
 * Matrices are row-major with a leading dimension padded to NN_LANES floats; what is in the padding
 * of weights is 0 and stays 0. Pointers need no alignment.
 */
#ifndef TP_NN_DENSE_H
#define TP_NN_DENSE_H

#include <stddef.h>
#include <stdint.h>

#define NN_LANES 16

enum nn_act { NN_LINEAR, NN_TANH, NN_RELU };

static inline size_t
nn_pad(size_t n)
{
	return (n + NN_LANES - 1) / NN_LANES * NN_LANES;
}

struct nn_adam {
	float beta1, beta2, eps;
	float rate;   /* lr / (1 - beta1^t) */
	float root;   /* 1 / sqrt(1 - beta2^t) */
	float scale;  /* the gradient is multiplied by this first (clipping) */
	float shrink; /* lr * weight decay: w -= shrink * w first (AdamW) */
};

struct nn_dense {
	const char *name;
	/*
	 * y (m x n) = act(x (m x k) w (k x n) + b), for n padded columns: ldw and ldy are multiples
	 * of NN_LANES. b may be NULL (0); with `add`, what is in y is added too.
	 */
	void (*forward)(size_t m, size_t n, size_t k, const float *x, size_t ldx, const float *w,
	    size_t ldw, const float *b, enum nn_act act, int add, float *y, size_t ldy);
	/* dw (k x n) += x' (k x m) dy (m x n), db (n) += column sums of dy; n padded columns. */
	void (*gradient)(size_t m, size_t n, size_t k, const float *x, size_t ldx, const float *dy,
	    size_t lddy, float *dw, size_t lddw, float *db);
	/* dx (m x k) = (dy (m x n) w') * act'(x), where x is what the layer below put out after its
	 * activation `act`; wt is w transposed, n x k padded (nn_transpose). */
	void (*backward)(size_t m, size_t n, size_t k, const float *dy, size_t lddy,
	    const float *wt, size_t ldwt, const float *x, size_t ldx, enum nn_act act, float *dx,
	    size_t lddx);
	/* e^x - nothing else - of n floats in place, n any; within 2e-7 relative, x in [-87, 88] */
	void (*exp)(size_t n, float *x);
	/* tanh and 1 / (1 + e^-x) in place; absolute error below 3e-7 */
	void (*tanh)(size_t n, float *x);
	void (*sigmoid)(size_t n, float *x);
	/* Adam over n weights; m and v its moments. As nn_optim_step, but for the scale. */
	void (*adam)(
	    const struct nn_adam *a, size_t n, float *w, const float *g, float *m, float *v);
	/* the sum of squares, in double, in a fixed order */
	double (*sumsq)(size_t n, const float *x);
};

/* The kernels of this machine; borrowed. From any thread. */
const struct nn_dense *
nn_dense(void);

/* wt (n x k, leading dimension ldwt) = w' of w (k x n); the padding of wt is set to 0. */
void
nn_transpose(size_t k, size_t n, const float *w, size_t ldw, float *wt, size_t ldwt);

/* for nn_dense alone, and tests */
const struct nn_dense *
nn_dense_plain(void);
const struct nn_dense *
nn_dense_avx2(void); /* NULL where it was not built */
const struct nn_dense *
nn_dense_avx512(void);

#endif
