/*
 * Networks with random weights, written as .onnx by our own writer: for bench/infer.c and
 * test/unit/onnx_blocked.c. Each input and output has an open batch dimension; convolutions are
 * followed by batch norms as a training program leaves them.
 */
#ifndef TP_BENCH_NETS_H
#define TP_BENCH_NETS_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"
#include "onnx/write.h"

struct net {
	struct onnx_writer *w;
	struct rng rng;
	int names;
	int c, h; /* of the value named last: channels, rows and columns */
	char at[32];
};

static inline void
net_floats(struct net *n, const char *name, const int64_t *dims, size_t nd, double mean, double dev)
{
	size_t count = 1;
	float *v;

	for (size_t i = 0; i < nd; i++)
		count *= (size_t)dims[i];
	v = mem_array(count, sizeof *v);
	for (size_t i = 0; i < count; i++)
		v[i] = (float)(mean + dev * rng_normal(&n->rng));
	onnx_write_f32(n->w, name, dims, nd, v);
	free(v);
}

/* A node from `inputs` to a new value, which becomes the net's place. */
static inline void
net_node(struct net *n, const char *op, const char *inputs)
{
	char name[48];

	snprintf(n->at, sizeof n->at, "v%d", ++n->names);
	snprintf(name, sizeof name, "%s%d", op, n->names);
	onnx_write_node(n->w, op, name, inputs, n->at);
}

static inline void
net_window(struct net *n, int k, int stride, int pad)
{
	onnx_write_attr_ints(n->w, "kernel_shape", (int64_t[]){ k, k }, 2);
	onnx_write_attr_ints(n->w, "strides", (int64_t[]){ stride, stride }, 2);
	onnx_write_attr_ints(n->w, "pads", (int64_t[]){ pad, pad, pad, pad }, 4);
	n->h = (n->h + 2 * pad - k) / stride + 1;
}

/* Convolution and batch norm, from the net's place. */
static inline void
net_conv(struct net *n, int cout, int k, int stride, int pad, int groups)
{
	char in[200], w[40], p[4][40];
	int64_t c = cout;

	snprintf(w, sizeof w, "w%d", n->names);
	net_floats(n, w, (int64_t[]){ cout, n->c / groups, k, k }, 4, 0,
	    sqrt(2. / (n->c / groups * k * k)));
	snprintf(in, sizeof in, "%s %s", n->at, w);
	net_node(n, "Conv", in);
	onnx_write_attr_int(n->w, "group", groups);
	net_window(n, k, stride, pad);
	n->c = cout;
	for (int i = 0; i < 4; i++)
		snprintf(p[i], sizeof p[i], "bn%d_%d", n->names, i);
	net_floats(n, p[0], &c, 1, 1, 0.05);
	net_floats(n, p[1], &c, 1, 0, 0.1);
	net_floats(n, p[2], &c, 1, 0, 0.1);
	net_floats(n, p[3], &c, 1, 1, 0.05);
	snprintf(in, sizeof in, "%s %s %s %s %s", n->at, p[0], p[1], p[2], p[3]);
	net_node(n, "BatchNormalization", in);
}

static inline void
net_relu(struct net *n)
{
	char in[32];

	snprintf(in, sizeof in, "%s", n->at);
	net_node(n, "Relu", in);
}

static inline void
net_dense(struct net *n, int in, int out)
{
	char w[40], b[40], names[120];
	int64_t o = out;

	snprintf(w, sizeof w, "w%d", n->names);
	snprintf(b, sizeof b, "b%d", n->names);
	net_floats(n, w, (int64_t[]){ out, in }, 2, 0, sqrt(1. / in));
	net_floats(n, b, &o, 1, 0, 0.1);
	snprintf(names, sizeof names, "%s %s %s", n->at, w, b);
	net_node(n, "Gemm", names);
	onnx_write_attr_int(n->w, "transB", 1);
}

/* What the block adds: its input, through a convolution where sizes differ. */
static inline void
net_join(struct net *n, const char *from, int c, int h, int stride)
{
	char main[32], in[100];
	int mc = n->c, mh = n->h;

	snprintf(main, sizeof main, "%s", n->at);
	snprintf(n->at, sizeof n->at, "%s", from);
	n->c = c;
	n->h = h;
	if (c != mc || h != mh)
		net_conv(n, mc, 1, stride, 0, 1);
	snprintf(in, sizeof in, "%s %s", main, n->at);
	net_node(n, "Add", in);
	net_relu(n);
}

static inline void
net_basic(struct net *n, int cout, int stride)
{
	char from[32];
	int c = n->c, h = n->h;

	snprintf(from, sizeof from, "%s", n->at);
	net_conv(n, cout, 3, stride, 1, 1);
	net_relu(n);
	net_conv(n, cout, 3, 1, 1, 1);
	net_join(n, from, c, h, stride);
}

static inline void
net_bottleneck(struct net *n, int mid, int cout, int stride)
{
	char from[32];
	int c = n->c, h = n->h;

	snprintf(from, sizeof from, "%s", n->at);
	net_conv(n, mid, 1, 1, 0, 1);
	net_relu(n);
	net_conv(n, mid, 3, stride, 1, 1);
	net_relu(n);
	net_conv(n, cout, 1, 1, 0, 1);
	net_join(n, from, c, h, stride);
}

static inline void
net_start(struct net *n, const char *name, uint64_t seed)
{
	*n = (struct net){ .w = onnx_writer_new(name) };
	rng_seed(&n->rng, seed);
	snprintf(n->at, sizeof n->at, "x");
}

static inline void
net_images(struct net *n, const char *name, int c, int h, uint64_t seed)
{
	net_start(n, name, seed);
	n->c = c;
	n->h = h;
	onnx_write_input(n->w, "x", (int64_t[]){ -1, c, h, h }, 4);
}

/* Mean over the image, a dense layer, and what there is under the name y. */
static inline void
net_head(struct net *n, int out)
{
	char in[32];

	snprintf(in, sizeof in, "%s", n->at);
	net_node(n, "GlobalAveragePool", in);
	snprintf(in, sizeof in, "%s", n->at);
	net_node(n, "Flatten", in);
	net_dense(n, n->c, out);
	onnx_write_node(n->w, "Identity", "out", n->at, "y");
	onnx_write_output(n->w, "y", (int64_t[]){ -1, out }, 2);
}

/* ResNet-20 of He et al. 2015 for small images, 16/32/64 channels. */
static inline void
net_resnet20(struct net *n, int side)
{
	net_images(n, "resnet20", 4, side, 20);
	net_conv(n, 16, 3, 1, 1, 1);
	net_relu(n);
	for (int i = 0; i < 9; i++)
		net_basic(n, 16 << i / 3, i == 3 || i == 6 ? 2 : 1);
	net_head(n, 10);
}

static inline void
net_stem(struct net *n, const char *name, int side, uint64_t seed)
{
	char in[32];

	net_images(n, name, 3, side, seed);
	net_conv(n, 64, 7, 2, 3, 1);
	net_relu(n);
	snprintf(in, sizeof in, "%s", n->at);
	net_node(n, "MaxPool", in);
	net_window(n, 3, 2, 1);
}

static inline void
net_resnet18(struct net *n, int side)
{
	net_stem(n, "resnet18", side, 18);
	for (int i = 0; i < 8; i++)
		net_basic(n, 64 << i / 2, i > 0 && i % 2 == 0 ? 2 : 1);
	net_head(n, 1000);
}

/* The first blocks of every stage of ResNet-50. */
static inline void
net_bottlenecks(struct net *n, int side)
{
	net_stem(n, "bottlenecks", side, 50);
	for (int i = 0; i < 8; i++)
		net_bottleneck(n, 64 << i / 2, 256 << i / 2, i > 0 && i % 2 == 0 ? 2 : 1);
	net_head(n, 1000);
}

/* What ResNet-50 is made of and ResNet-18 has little of, one kind each; 64 channels at 56 x 56. */
static inline void
net_layer(struct net *n, const char *name, int c, int h, int cout, int k, int stride)
{
	net_images(n, name, c, h, 7);
	net_conv(n, cout, k, stride, k / 2, 1);
	net_relu(n);
	onnx_write_node(n->w, "Identity", "out", n->at, "y");
	onnx_write_output(n->w, "y", (int64_t[]){ -1, n->c, n->h, n->h }, 4);
}

/* A policy of two hidden layers of 64 over 21 features. */
static inline void
net_mlp(struct net *n)
{
	char in[32];

	net_start(n, "mlp", 64);
	onnx_write_input(n->w, "x", (int64_t[]){ -1, 21 }, 2);
	for (int i = 0; i < 2; i++) {
		net_dense(n, i ? 64 : 21, 64);
		snprintf(in, sizeof in, "%s", n->at);
		net_node(n, "Tanh", in);
	}
	net_dense(n, 64, 3);
	onnx_write_node(n->w, "Identity", "out", n->at, "y");
	onnx_write_output(n->w, "y", (int64_t[]){ -1, 3 }, 2);
}

/* A recurrent policy: one step of an LSTM of 64 cells, state in and out as inputs would be. */
static inline void
net_lstm(struct net *n)
{
	net_start(n, "lstm", 65);
	onnx_write_input(n->w, "x", (int64_t[]){ 1, 1, 21 }, 3);
	net_floats(n, "W", (int64_t[]){ 1, 256, 21 }, 3, 0, 0.2);
	net_floats(n, "R", (int64_t[]){ 1, 256, 64 }, 3, 0, 0.1);
	net_floats(n, "B", (int64_t[]){ 1, 512 }, 2, 0, 0.1);
	net_floats(n, "H", (int64_t[]){ 1, 1, 64 }, 3, 0, 0.5);
	net_floats(n, "C", (int64_t[]){ 1, 1, 64 }, 3, 0, 0.5);
	onnx_write_node(n->w, "LSTM", "cells", "x W R B - H C", "all last");
	onnx_write_attr_int(n->w, "hidden_size", 64);
	onnx_write_i64(n->w, "flat", &(int64_t){ 2 }, 1, (int64_t[]){ 1, 64 });
	onnx_write_node(n->w, "Reshape", "vector", "last flat", "h");
	snprintf(n->at, sizeof n->at, "h");
	net_dense(n, 64, 3);
	onnx_write_node(n->w, "Identity", "out", n->at, "y");
	onnx_write_output(n->w, "y", (int64_t[]){ 1, 3 }, 2);
}

#endif
