/* Pools and sums of images in the layout of nn/conv.h, cut into parts as convolutions are. */
#ifndef TP_NN_POOL_H
#define TP_NN_POOL_H

#include "nn/conv.h"

enum nn_pool_kind { NN_POOL_MAX, NN_POOL_AVG };

struct nn_pool {
	enum nn_pool_kind kind;
	int kh, kw, sh, sw, top, left;
	bool count_border; /* averages divide by kh * kw everywhere, not by the pixels met */
};

/* y = the pool of x; in->c == out->c, and every window meets the image. A global pool has a window
 * as large as the image. */
void
nn_pool_run(const struct nn_kernels *k, const struct nn_pool *p, const struct nn_map *in,
    const float *x, const struct nn_map *out, float *y, int part, int parts);

/* y = a + b (b NULL: a), held within [lo, hi] if clamp; all of one size, borders may differ.
 * y may be a or b. */
struct nn_sum {
	const struct nn_map *a_map, *b_map, *out;
	const float *a, *b;
	float *y;
	bool clamp;
	float lo, hi;
};
void
nn_sum_run(const struct nn_kernels *k, const struct nn_sum *s, int part, int parts);

#endif
