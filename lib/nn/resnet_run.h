/* Inside of nn/resnet*.c: what a batch is computed in. */
#ifndef TP_NN_RESNET_RUN_H
#define TP_NN_RESNET_RUN_H

#include "nn/crew.h"
#include "nn/dense.h"
#include "nn/resnet.h"
#include "nn/resnet_kern.h"

/* Of one convolution, for the batch in hand. */
struct nn_rlayer {
	bool wino;                       /* by Winograd: u and ut are there */
	float *u, *ut;                   /* weights for it, forward and backward */
	float *z;                        /* what the convolution put out, batch images */
	float *wt;                       /* weights for the backward pass */
	float *a, *b, *mean, *inv;       /* y = a z + b; ocb * NN_CB each */
	float *grad_g, *grad_z, *grad_c; /* dz = grad_g g + grad_z z + grad_c */
	float *sum, *dot;                /* of each image, batch x ocb * NN_CB */
	size_t npix, plane, chans;       /* pixels, floats of an image, ocb * NN_CB */
};

/* Of one thread. */
struct nn_rscratch {
	float *v, *m;      /* Winograd's */
	float *x, *d, *d2; /* padded pictures */
};

struct nn_resnet_run {
	size_t batch;
	const struct nn_rkern *k;
	const struct nn_dense *dense;
	struct nn_crew *crew;
	struct nn_rlayer *layer;
	float **x;        /* x[b]: input of block b; x[nblocks]: of the head; batch images */
	float *g, *gnext; /* gradients at the output of a block, masked */
	float *h;         /* and between its convolutions */
	float *slice_g;   /* NN_RESNET_SLICES x nw */
	float *features, *mask, *hidden, *dfeatures, *dhidden, *dlogits;
	float *wt[2]; /* dense weights, transposed */
	double *loss; /* of each image */
	struct nn_rscratch *scratch;
	float *arena; /* all of the above, aligned */
	void *arena_mem;
	/* the batch in hand */
	bool training;
	bool from_behind; /* the next phase takes its parts in this order */
	size_t n, block;
	const struct nn_resnet_batch *b;
	const float *images;
	float *logits;
	double norm; /* sum of the targets' weights */
};

/* A padded picture of a convolution's output. */
static inline struct nn_pic
nn_rpic(float *p, const struct nn_resnet_conv *c)
{
	return (struct nn_pic){ p, c->ocb, c->oh, c->ow };
}

/* Images [*lo, *hi) of slice i. */
static inline void
nn_rslice(const struct nn_resnet_run *r, size_t i, size_t *lo, size_t *hi)
{
	*lo = r->n * i / NN_RESNET_SLICES;
	*hi = r->n * (i + 1) / NN_RESNET_SLICES;
}

/* fn(net, thread, part) for parts 0 to n - 1, shared among the threads. Who does which is chance: a
 * part's results may depend on its number alone. */
void
nn_rparts(
    struct nn_resnet *net, void (*fn)(struct nn_resnet *net, size_t thread, size_t part), size_t n);
/* ... for all slices. */
void
nn_rphase(struct nn_resnet *net, void (*fn)(struct nn_resnet *net, size_t thread, size_t slice));

/* ---- resnet_forward.c ---- */
/* A convolution (or, with the layer's ut, its backward pass) by Winograd. */
void
nn_rwino(const struct nn_resnet *net, size_t thread, const struct nn_rwino_run *o);
/* All up to the input of the head, which the head makes itself (nn_rinput). */
void
nn_rforward(struct nn_resnet *net);
/* The input of block b (or the head) for image i, into a padded picture; keeps it in x[b] when
 * `keep`. */
void
nn_rinput(struct nn_resnet *net, size_t b, size_t i, float *pic, bool keep);
/* An image as it is given to a padded picture. */
void
nn_rspread(const struct nn_resnet *net, const float *image, float *pic);

/* ---- resnet_head.c ---- */
void
nn_rhead(struct nn_resnet *net);

/* ---- resnet_back.c ---- */
/* Masks g by y > 0 and leaves its sums for the normalisations that it flows into: at the output of
 * block b - 1, or the stem's (b 0). */
void
nn_rmask(struct nn_resnet *net, size_t b, size_t i, float *g, const float *pic);
void
nn_rbackward(struct nn_resnet *net);

#endif
