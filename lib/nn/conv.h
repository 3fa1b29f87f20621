/*
 * Convolution for inference, one image at a time, in single precision.
 *
 * Images lie blocked by channels: a block holds `lanes` channels (16 with AVX-512, 8 with AVX2, 4
 * else) of every pixel side by side, so that a vector register is one pixel of a block, and stands
 * in a border of zeros, so that no kernel asks where the image ends. Network inputs of few channels
 * keep exactly those (lanes = c). Channels that only fill up a block are zero.
 *
 * A 3x3 convolution of stride 1 is done as Winograd's F(4x4, 3x3) (Lavin & Gray 2015,
 * arXiv:1509.09308): 36 products of small matrices for 144 multiplications of a tile, a quarter;
 * where tiles are few, as F(2x2, 3x3), whose weights are less than half: 16 for 36. One of stride 2
 * is, by even and odd pixels apart, 81 products for 144. Everything else is direct, register tiles
 * of up to 14 pixels by two vectors of output channels.
 *
 * The bits of a pixel depend on the instruction set and the method, not on how an image is cut into
 * parts or which images go with it: each sum runs over input channels and taps in one order.
 */
#ifndef TP_NN_CONV_H
#define TP_NN_CONV_H

#include <stdbool.h>
#include <stddef.h>

/* ---- images ---- */

struct nn_map {
	int c, h, w;    /* of one image */
	int lanes;      /* channels of a block */
	int blocks;     /* that c channels need */
	int top, left;  /* border before the first row and column, pixels */
	int rows, cols; /* of a block, borders included */
	size_t row;     /* floats from one row to the next */
	size_t plane;   /* ... from one block to the next */
	size_t size;    /* ... of an image */
};

/* Without borders; lanes as the kernels', or c. All sizes 1 to 65535. */
void
nn_map_init(struct nn_map *m, int c, int h, int w, int lanes);
/* At least these many zeros around the image; what there is already stays. */
void
nn_map_border(struct nn_map *m, int top, int left, int bottom, int right);
/* The first channel of block b at row y, column x, as an offset. */
static inline size_t
nn_map_at(const struct nn_map *m, int b, int y, int x)
{
	return (size_t)b * m->plane + (size_t)(y + m->top) * m->row +
	       (size_t)(x + m->left) * (size_t)m->lanes;
}
/* Zeros around the image; what is in it stays. */
void
nn_map_clear_border(const struct nn_map *m, float *x);
/* ---- instruction sets ---- */

struct nn_kernels;

/* The widest that this machine has; borrowed. */
const struct nn_kernels *
nn_kernels(void);
/* For measuring and tests: nn_kernels gives these from now on; NULL: the widest again. */
void
nn_kernels_use(const struct nn_kernels *k);
/* All that this machine has, widest first; NULL past the last. */
const struct nn_kernels *
nn_kernels_at(int i);
/* "avx512", "avx2", "base"; NULL when this machine has none of that name. */
const struct nn_kernels *
nn_kernels_named(const char *name);
const char *
nn_kernels_name(const struct nn_kernels *k);
int
nn_kernels_lanes(const struct nn_kernels *k);

/* An image of c x h x w floats into its blocks (borders are left alone), and back; `part` of
 * `parts`, as with nn_conv_run. */
void
nn_map_pack(const struct nn_kernels *k, const struct nn_map *m, const float *chw, float *x,
    int part, int parts);
void
nn_map_unpack(const struct nn_kernels *k, const struct nn_map *m, const float *x, float *chw,
    int part, int parts);

/* ---- convolution ---- */

enum nn_method {
	NN_AUTO,       /* Winograd where it can be and pays */
	NN_DIRECT,     /* never */
	NN_WINOGRAD,   /* wherever it can be: 3x3, stride 1 or 2, no dilation, one group */
	NN_WINOGRAD_2, /* ... of stride 1, with tiles of 2x2 pixels */
};

struct nn_conv_shape {
	int cin, cout, groups;
	int h, w;   /* of the input */
	int oh, ow; /* of the output */
	int kh, kw, sh, sw, dh, dw;
	int top,
	    left; /* zeros before the first row and column; behind: as many as oh, ow ask for */
};

/* What happens to a sum, in this order: + bias, + residual, held within [lo, hi]. */
struct nn_conv_opts {
	enum nn_method method;
	const float *bias; /* cout, or NULL */
	bool clamp;
	float lo, hi; /* ReLU: 0, INFINITY */
	int in_lanes; /* of the input; 0: the kernels' */
	int images;   /* most of a call of nn_conv_run; 0: 1 */
};

struct nn_conv;

/*
 * Weights w are cout x (cin / groups) x kh x kw; they and the bias are packed, not kept. The sizes
 * must be positive, within nn_map_init's, channels multiples of groups: the caller has checked.
 */
struct nn_conv *
nn_conv_new(const struct nn_kernels *k, const struct nn_conv_shape *s, const struct nn_conv_opts *o,
    const float *w);
void
nn_conv_free(struct nn_conv *c);
bool
nn_conv_winograd(const struct nn_conv *c);
/* Give the map of its input the border that it needs (before the image is allocated). */
void
nn_conv_border(const struct nn_conv *c, struct nn_map *in);
/* Floats of scratch that a call of nn_conv_run needs, and bytes held by the packed weights. */
size_t
nn_conv_scratch(const struct nn_conv *c);
size_t
nn_conv_bytes(const struct nn_conv *c);

/*
 * Images: x with a border of zeros, res NULL or of the output's size, y written inside its border.
 * x, res and y are blocked; y overlaps neither of the others. Several images share what is read of
 * the weights, and have the bits that each has alone.
 */
struct nn_conv_io {
	const struct nn_map *in, *res_map, *out;
	const float *x, *res;
	float *y;
	float *scratch; /* nn_conv_scratch floats, one's own in every part; aligned to 64 bytes */
	int images;     /* 0: 1 */
	size_t x_step, res_step, y_step; /* floats from one image to the next */
};

/* Part `part` of `parts`, which together write all of y, none what another writes. */
void
nn_conv_run(const struct nn_conv *c, const struct nn_conv_io *io, int part, int parts);

#endif
