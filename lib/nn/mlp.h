/*
 * Small multi-layer perceptrons on the kernels of nn/dense.h: dense layers with one activation
 * between them and a linear end. The struct is the shape only; weights live in a block of the
 * caller (one block for several networks, so that one optimiser step and one copy do for all):
 * layer by layer w (in x padded out, row-major), then b (padded out).
 */
#ifndef TP_NN_MLP_H
#define TP_NN_MLP_H

#include <stddef.h>

#include "base/rng.h"
#include "nn/dense.h"

#define NN_MLP_LAYERS 5

struct nn_mlp {
	size_t nlayers;                            /* matrices */
	size_t width[NN_MLP_LAYERS + 1];           /* width[0] in, width[nlayers] out */
	size_t w[NN_MLP_LAYERS], b[NN_MLP_LAYERS]; /* offsets in the block */
	size_t nweights;
	enum nn_act act;
};

/* What one pass leaves for the way back; owned. */
struct nn_mlp_work {
	size_t rows;                 /* most rows */
	float *h[NN_MLP_LAYERS + 1]; /* h[l]: output of layer l, 1 <= l <= nlayers, padded rows */
	float *d[NN_MLP_LAYERS + 1]; /* gradients of the same */
	float *wt;                   /* one matrix transposed */
	float *block;
};

/* Hidden layers `hidden` (nhidden < NN_MLP_LAYERS of them), weights from offset `at` on. */
void
nn_mlp_shape(struct nn_mlp *p, size_t at, size_t in, const size_t *hidden, size_t nhidden,
    size_t out, enum nn_act act);
/* Rows orthogonal up to `gain`, as of Saxe et al. 2014 (arXiv:1312.6120); the last layer's gain is
 * `last`. Biases 0. w is the block's begin. */
void
nn_mlp_init(const struct nn_mlp *p, float *w, struct rng *r, double gain, double last);
void
nn_mlp_work_init(struct nn_mlp_work *k, const struct nn_mlp *p, size_t rows);
void
nn_mlp_work_free(struct nn_mlp_work *k);

/* The output (m rows of nn_pad(out) floats, borrowed from k) of m <= k->rows inputs of width[0]. */
const float *
nn_mlp_forward(const struct nn_mlp *p, const float *w, size_t m, const float *x, size_t ldx,
    struct nn_mlp_work *k);
/* After forward on the same x, with the output's gradient put into k->d[nlayers] (padding 0): adds
 * the gradients of the weights to g (NULL: they are not wanted). dx (m rows of nn_pad(in), or NULL)
 * takes the inputs' gradient. */
void
nn_mlp_backward(const struct nn_mlp *p, const float *w, size_t m, const float *x, size_t ldx,
    struct nn_mlp_work *k, float *g, float *dx);
/* Where the caller puts the output's gradient. */
static inline float *
nn_mlp_dout(const struct nn_mlp *p, struct nn_mlp_work *k)
{
	return k->d[p->nlayers];
}

/* A (rows x cols, leading dimension ld) with orthonormal rows or columns, whichever are fewer,
 * times gain. */
void
nn_orthogonal(float *a, size_t rows, size_t cols, size_t ld, struct rng *r, double gain);

#endif
