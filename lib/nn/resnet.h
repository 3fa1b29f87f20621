/*
 * Residual networks for small images, and their training, on the CPU in float32.
 *
 *	image -> 3x3 convolution, BN, ReLU (the stem)
 *	      -> stages of blocks: 3x3, BN, ReLU, 3x3, BN, + shortcut, ReLU
 *	      -> mean over the pixels, over each row, or all of them -> dropout
 *	      -> [dense, ReLU] -> dense -> logits
 *
 * He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", 2015 (arXiv:1512.03385):
 * 3 stages of n blocks, 16, 32 and 64 wide, are their networks of depth 6n + 2. A block that
 * changes width or size has a 1x1 convolution with BN as its shortcut (their option B). Batch
 * normalisation as PyTorch has it: eps 1e-5, momentum .1, running variance unbiased.
 *
 * A batch is cut into NN_RESNET_SLICES slices, whatever the number of threads, and sums over
 * images are made in their order: the bits depend on the batch and the instruction set alone.
 */
#ifndef TP_NN_RESNET_H
#define TP_NN_RESNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define NN_RESNET_SLICES 8 /* more threads than this have nothing to do */
#define NN_RESNET_STAGES 8
#define NN_RESNET_EPS 1e-5 /* of batch normalisation */

/* What the head has of each channel: the mean of all pixels, all pixels, the mean of each row. */
enum nn_resnet_pool { NN_RESNET_MEAN, NN_RESNET_FLAT, NN_RESNET_ROWS };

struct nn_resnet_def {
	size_t channels, size, classes; /* of the images, size x size; 2 classes or more */
	/* The network sees the last `rows` rows of an image, rows x size pixels: how the newest
	 * points of a window compare with all of it. 0: all; nn_resnet_new writes which. */
	size_t rows;
	size_t nstages;
	size_t blocks[NN_RESNET_STAGES], width[NN_RESNET_STAGES];
	size_t stride[NN_RESNET_STAGES]; /* of a stage's first block: 1 or 2 */
	enum nn_resnet_pool pool;
	size_t hidden; /* width of the dense layer before the last, 0: there is none */
	float dropout; /* part of the features set to 0 in training, below 1 */
};

/* A convolution with its normalisation; w, gamma, beta are offsets into the parameters (weights
 * as nn/resnet_kern.h has them), mean and var into the state. */
struct nn_resnet_conv {
	size_t cin, cout, k, stride; /* channels; kernel, k x k */
	size_t ih, iw, oh, ow;       /* rows and columns of pixels, in and out */
	size_t icb, ocb;             /* blocks of channels */
	size_t w, gamma, beta, mean, var;
};

struct nn_resnet_block {
	size_t first, second, shortcut; /* convolutions; shortcut 0: the block's input as it is */
};

/* y = x w + b; w is `in` rows of nn_pad(out) floats (nn/dense.h). */
struct nn_resnet_dense {
	size_t in, out, w, b;
};

struct nn_resnet_run; /* buffers, threads */

struct nn_resnet {
	struct nn_resnet_def def;
	struct nn_resnet_conv *conv; /* 0 is the stem */
	size_t nconv;
	struct nn_resnet_block *block;
	size_t nblocks;
	struct nn_resnet_dense dense[2];
	size_t ndense, features;
	/* the network: parameters, and the running means and variances */
	float *w, *state;
	size_t nw, nstate;
	float *g;       /* gradients of the last batch, nw */
	uint8_t *decay; /* nw: 1 where weight decay applies */
	struct nn_resnet_run *run;
};

/* Whether there is such a network. 0, or ERR_USAGE with the reason. */
int
nn_resnet_check(const struct nn_resnet_def *d, struct err *e);
/* For batches of up to `batch` images, all weights 0; NULL with ERR_USAGE in e. */
struct nn_resnet *
nn_resnet_new(const struct nn_resnet_def *d, size_t batch, size_t threads, struct err *e);
void
nn_resnet_free(struct nn_resnet *n);
/* He's normal weights (by the outputs of a convolution, the inputs of a dense layer), BN 1 and 0.
 */
void
nn_resnet_init(struct nn_resnet *n, uint64_t seed);
/* Floats of an image as it is given to the network: channels x rows x size. */
size_t
nn_resnet_pixels(const struct nn_resnet *n);
/* Weights that are there: without what pads them. */
size_t
nn_resnet_parameters(const struct nn_resnet *n);

struct nn_resnet_batch {
	size_t n;
	const float *x;      /* n images, the rows that are seen: channel, row, column */
	const float *target; /* n x classes, each row summing to 1 (one-hot, or mixed up) */
	const float *weight; /* of each class, or NULL: 1 */
	const float *prior;  /* added to the logits in the loss, of each class, or NULL: 0 */
	double smoothing;    /* label smoothing, 0 to below 1 */
	uint64_t seed;       /* of the dropout */
};

/* Forward and backward: gradients to net->g, running statistics updated, logits (n x classes)
 * filled. Returns the loss: cross entropy, the mean weighted by the weights of the targets'
 * classes, as PyTorch's for targets that are one-hot. Where prior is the logarithm of each class's
 * share the logits are those of classes that are equally frequent (Menon et al., "Long-tail
 * learning via logit adjustment", ICLR 2021). */
double
nn_resnet_step(struct nn_resnet *net, const struct nn_resnet_batch *b, float *logits);
/* Forward with the running statistics; any n. */
void
nn_resnet_eval(struct nn_resnet *net, size_t n, const float *x, float *logits);

/* The weights of a convolution in the order of ONNX (out, in, row, column):
 * cout * cin * k * k floats. With `fold`, batch normalisation with the running statistics is
 * folded in, and bias (cout) gets what is left of it. */
void
nn_resnet_oihw(const struct nn_resnet *net, size_t conv, bool fold, float *w, float *bias);

/* For tests: the kernels in use from now on, "plain", "avx2", "avx512"; false: not here. */
bool
nn_resnet_kernels(struct nn_resnet *net, const char *name);

#endif
