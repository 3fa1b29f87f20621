/*
 * A part of a graph that is run image by image in blocks of channels (nn/conv.h), from one input to
 * some outputs: convolutions with what follows them fused in, pools, sums, dense layers.
 *
 *	struct onnx_net *n = onnx_net_new(nn_kernels(), NN_AUTO);
 *	int v = onnx_net_input(n, 4, 32, 32);
 *
 *	v = onnx_net_conv(n, v, &shape, weights, bias);
 *	v = onnx_net_scale(n, v, a, b);
 *	v = onnx_net_clamp(n, v, 0, INFINITY);
 *	...
 *	onnx_net_output(n, v);
 *	if (onnx_net_finish(n, threads, most)) ...
 *	onnx_net_run(n, images, in, out);
 *
 * Values are images of c x h x w, the same for each of a batch; a vector is an image of c x 1 x 1.
 * Steps run in the order in which they were added. A batch is shared among threads by images: each
 * takes some through the whole net, in memory of its own, and meets nobody before the end; one by
 * one where they are larger than the weights, together where the weights are. One image
 * is cut up: each thread does its part of every step, and they meet once a step. The bits are the
 * same either way.
 *
 * Sizes are the caller's to check: all as nn_map_init asks, with borders, too.
 */
#ifndef TP_ONNX_BLOCKED_H
#define TP_ONNX_BLOCKED_H

#include "nn/conv.h"
#include "nn/pool.h"

struct onnx_net;

struct onnx_net *
onnx_net_new(const struct nn_kernels *k, enum nn_method method);
void
onnx_net_free(struct onnx_net *n);

/* What follows gives the number of a value. Weights are borrowed until onnx_net_finish. */
int
onnx_net_input(struct onnx_net *n, int c, int h, int w); /* once, first */
int
onnx_net_conv(struct onnx_net *n, int value, const struct nn_conv_shape *s, const float *w,
    const float *bias);
/* y = a[c] x + b[c]: a batch norm; the arrays are copied. */
int
onnx_net_scale(struct onnx_net *n, int value, const float *a, const float *b);
int
onnx_net_clamp(struct onnx_net *n, int value, float lo, float hi);
/* Both of one size. */
int
onnx_net_add(struct onnx_net *n, int a, int b);
int
onnx_net_pool(struct onnx_net *n, int value, const struct nn_pool *p, int oh, int ow);
/* The value is one of the net's outputs. */
void
onnx_net_output(struct onnx_net *n, int value);

/* Fuse, pack, lay out the memory; nothing may be added afterwards. False, and the net can only be
 * freed, where images and scratch of all threads would take more than `most` bytes. `images`: how
 * many there will mostly be in a run. */
bool
onnx_net_finish(struct onnx_net *n, int threads, int images, size_t most);
/* Images of in (c x h x w each) to out[i] of each output, in the order in which they were named. */
void
onnx_net_run(struct onnx_net *n, int images, const float *in, float *const *out);

/* ---- after onnx_net_finish ---- */
/* "conv winograd 64x32x32 +res clamp", what a step does; NULL past the last. In buf, of size n. */
const char *
onnx_net_step(const struct onnx_net *n, int step, char *buf, unsigned long size);
size_t
onnx_net_packed(const struct onnx_net *n); /* bytes of weights */
size_t
onnx_net_memory(const struct onnx_net *n); /* bytes of images and scratch, all threads */

#endif
