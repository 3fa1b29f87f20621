/*
 * Kernels for training residual networks: convolution forward, backward to its input and to its
 * weights, and the passes of batch normalisation between them. Chosen once for the instruction
 * set in use; the same set gives the same bits, whoever runs them.
 *
 * Images are planes of NN_CB channels: [block][row][column][NN_CB]; channels that do not exist
 * are 0 and stay 0. What a 3x3 convolution reads has a border of one zero pixel ("padded"), all
 * else has none. Pointers are best aligned to 64 bytes, and need not be.
 *
 * Weights are [block out][block in][tap][channel in][channel out], NN_CB by NN_CB a tap. Lengths,
 * strides and offsets are in floats.
 */
#ifndef TP_NN_RESNET_KERN_H
#define TP_NN_RESNET_KERN_H

#include <stdbool.h>
#include <stddef.h>

#define NN_CB 16

/*
 * y = sum over taps of x moved by xoff times w; which way the taps go makes it the forward or the
 * backward pass, and distances between pixels other than NN_CB the strides of either.
 */
struct nn_rconv_run {
	size_t rows, cols, icb, ocb; /* of y in pixels; blocks of channels */
	size_t last;                 /* channels used in the last block of x */
	const float *x, *w;
	size_t xpix, xrow, xplane; /* from one output pixel, row, block to the next */
	size_t ntaps, xoff[9], woff[9], wblock;
	float *y;
	size_t ypix, yrow, yplane;
	bool add; /* to what is in y */
};

/*
 * The same for a 3x3 kernel at stride 1 and sides of a multiple of 4, by Winograd's F(4x4, 3x3)
 * (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015, arXiv:1509.09308): a
 * quarter of the multiplications; errors about ten times those of the direct sum.
 */
#define NN_WINO_TILES 64 /* 4x4 pixels each, at once */
struct nn_rwino_run {
	size_t rows, cols, icb, ocb, last;
	const float *x; /* padded */
	const float *u; /* weights, transformed: [36][block out][block in][in][out] */
	float *y;
	bool add;
	float *v, *m; /* scratch: 36 * NN_CB * (NN_WINO_TILES * blocks + 1) floats */
};

/* dw += sum over pixels of x' dz */
struct nn_rgrad_run {
	size_t rows, cols, icb, ocb, last; /* of dz */
	const float *x, *dz;
	size_t xpix, xrow, xplane, zrow, zplane;
	size_t k, xoff[9], wblock; /* k * k taps */
	float *dw;
};

/* A padded picture. */
struct nn_pic {
	float *p; /* the border's corner */
	size_t cb, h, w;
};

struct nn_rkern {
	const char *name;
	void (*conv)(const struct nn_rconv_run *o);
	void (*grad)(const struct nn_rgrad_run *o);
	void (*wino)(const struct nn_rwino_run *o);
	/* Transforms the 3x3 weights of n pairs of blocks; flip turns the kernel by 180 degrees. */
	void (*wino_weights)(size_t n, const float *w, bool flip, float *u);
	/* out = relu(a z + b [+ skip, or + sa skip + sb]), its border zeroed; `keep` (or NULL) gets
	 * the same without a border. */
	void (*act)(struct nn_pic out, const float *z, const float *a, const float *b,
	    const float *skip, const float *sa, const float *sb, float *keep);
	/* out = x with a border */
	void (*pad)(struct nn_pic out, const float *x);
	/* out = A g + B z + C, with a border */
	void (*bnback)(struct nn_pic out, const float *g, const float *z, const float *A,
	    const float *B, const float *C);
	/* Per channel: sum z and sum z^2. */
	void (*stats)(size_t cb, size_t npix, const float *z, float *sum, float *sq);
	/* g = 0 where y is not above 0 (y NULL: as it is); then per channel sum g, sum g (z -
	 * mean).
	 */
	void (*mask)(float *g, const struct nn_pic *y, size_t cb, size_t npix, const float *z,
	    const float *mean, float *sum, float *dot);
};

/* The kernels of this machine; borrowed. From any thread. */
const struct nn_rkern *
nn_rkern(void);

/* for nn_rkern alone, and tests; NULL where it was not built */
const struct nn_rkern *
nn_rkern_plain(void);
const struct nn_rkern *
nn_rkern_avx2(void);
const struct nn_rkern *
nn_rkern_avx512(void);

#endif
