/*
 * Optimisers over one block of weights, in float32; everything about them is in the struct, so
 * that a checkpoint is a copy of `m`, `v` and `step` and a run that is resumed gives the same bits.
 *
 * SGD with momentum (Nesterov's on request; weight decay added to the gradient) and AdamW
 * (Kingma & Ba 2015, arXiv:1412.6980; decoupled decay: Loshchilov & Hutter 2019,
 * arXiv:1711.05101), in the form of PyTorch: w -= lr * wd * w; w -= lr * m^ / (sqrt(v^) + eps).
 */
#ifndef TP_NN_OPTIM_H
#define TP_NN_OPTIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum nn_optim_kind { NN_SGD, NN_ADAMW };

struct nn_optim_opts {
	enum nn_optim_kind kind;
	bool nesterov;
	float momentum;     /* SGD; 0.9 is usual */
	float beta1, beta2; /* AdamW; 0.9, 0.999 */
	float eps;          /* AdamW; 1e-8 */
	float weight_decay;
};

struct nn_optim {
	struct nn_optim_opts o;
	size_t n;        /* weights */
	float *m;        /* momentum, or first moments; n, owned */
	float *v;        /* second moments; n, owned; NULL for SGD */
	int64_t step;    /* updates so far */
	double b1t, b2t; /* beta1^step, beta2^step */
};

void
nn_optim_init(struct nn_optim *p, const struct nn_optim_opts *o, size_t n);
void
nn_optim_free(struct nn_optim *p);

/* One update of w by its gradient g, both of n values. `decay` (n bytes, or NULL for all) says
 * which weights decay: biases and the scales of normalisations usually do not. */
void
nn_optim_step(struct nn_optim *p, float *w, const float *g, const uint8_t *decay, float lr);

/* Scale g so that its Euclidean norm is at most `most`; returns the norm before. */
double
nn_clip_norm(float *g, size_t n, double most);

/* The learning rate at `step` of `total` (0-based): linear from 0 over `warmup` steps to `base`,
 * then half a cosine down to `least` (Loshchilov & Hutter 2017, arXiv:1608.03983). */
double
nn_warmup_cosine(int64_t step, int64_t warmup, int64_t total, double base, double least);

#endif
