/* Small seeded models for the tests of lib/onnx. The files testdata/onnx-run/NAME.onnx are what
 * these make. */
#ifndef TP_TEST_T_ONNX_H
#define TP_TEST_T_ONNX_H

#include "base/mem.h"
#include "base/rng.h"
#include "onnx/model.h"
#include "onnx/write.h"

#define DIMS(...) (const int64_t[]){ __VA_ARGS__ }, sizeof((int64_t[]){ __VA_ARGS__ }) / 8

static inline void
t_weights(struct onnx_writer *w, struct rng *r, const char *name, const int64_t *dims, size_t nd,
    double scale)
{
	size_t n = 1;
	float *v;

	for (size_t i = 0; i < nd; i++)
		n *= (size_t)dims[i];
	v = mem_array(n, sizeof *v);
	for (size_t i = 0; i < n; i++)
		v[i] = (float)(scale * rng_normal(r));
	onnx_write_f32(w, name, dims, nd, v);
	free(v);
}

/* observations of `in` numbers -> hidden, hidden (tanh) -> probabilities of `out` */
static inline struct onnx_writer *
t_mlp(int64_t in, int64_t hidden, int64_t out)
{
	struct onnx_writer *w = onnx_writer_new("mlp");
	struct rng r;

	rng_seed(&r, 1);
	onnx_write_input(w, "obs", DIMS(-1, in));
	onnx_write_output(w, "p", DIMS(-1, out));
	t_weights(w, &r, "w1", DIMS(hidden, in), 0.5);
	t_weights(w, &r, "b1", DIMS(hidden), 0.1);
	t_weights(w, &r, "w2", DIMS(hidden, hidden), 0.2);
	t_weights(w, &r, "b2", DIMS(hidden), 0.1);
	t_weights(w, &r, "w3", DIMS(out, hidden), 0.2);
	t_weights(w, &r, "b3", DIMS(out), 0.1);
	onnx_write_node(w, "Gemm", "fc1", "obs w1 b1", "h1");
	onnx_write_attr_int(w, "transB", 1);
	onnx_write_node(w, "Tanh", "act1", "h1", "a1");
	onnx_write_node(w, "Gemm", "fc2", "a1 w2 b2", "h2");
	onnx_write_attr_int(w, "transB", 1);
	onnx_write_node(w, "Tanh", "act2", "h2", "a2");
	onnx_write_node(w, "Gemm", "fc3", "a2 w3 b3", "h3");
	onnx_write_attr_int(w, "transB", 1);
	onnx_write_node(w, "Softmax", "softmax", "h3", "p");
	onnx_write_attr_int(w, "axis", 1);
	onnx_write_meta(w, "tradepipe.card", "{\"inputs\":\"four numbers\"}");
	return w;
}

/* steps x 1 x in -> the last state of an LSTM (GRU) -> two numbers */
static inline struct onnx_writer *
t_recurrent(const char *op, int64_t steps, int64_t in, int64_t hidden)
{
	struct onnx_writer *w = onnx_writer_new(op);
	int64_t gates = strcmp(op, "LSTM") == 0 ? 4 : strcmp(op, "GRU") == 0 ? 3 : 1;
	struct rng r;

	rng_seed(&r, 2);
	onnx_write_input(w, "x", DIMS(steps, 1, in));
	onnx_write_output(w, "y", DIMS(1, 2));
	t_weights(w, &r, "w", DIMS(1, gates * hidden, in), 0.4);
	t_weights(w, &r, "r", DIMS(1, gates * hidden, hidden), 0.3);
	t_weights(w, &r, "b", DIMS(1, 2 * gates * hidden), 0.1);
	t_weights(w, &r, "wo", DIMS(hidden, 2), 0.4);
	t_weights(w, &r, "bo", DIMS(2), 0.1);
	onnx_write_i64(w, "axis", DIMS(1), (const int64_t[]){ 0 });
	onnx_write_node(w, op, "cell", "x w r b", "seq last");
	onnx_write_attr_int(w, "hidden_size", hidden);
	onnx_write_node(w, "Squeeze", "drop", "last axis", "h");
	onnx_write_node(w, "MatMul", "head", "h wo", "m");
	onnx_write_node(w, "Add", "bias", "m bo", "y");
	return w;
}

/* N x 2 x 8 x 8 -> conv, batch norm, ReLU, a residual block, pool -> three numbers */
static inline struct onnx_writer *
t_conv(void)
{
	struct onnx_writer *w = onnx_writer_new("conv");
	const int64_t k3[] = { 3, 3 }, p1[] = { 1, 1, 1, 1 };
	float var[8];
	struct rng r;

	rng_seed(&r, 3);
	for (int i = 0; i < 8; i++)
		var[i] = 1 + 0.1f * (float)i;
	onnx_write_input(w, "image", DIMS(-1, 2, 8, 8));
	onnx_write_output(w, "logits", DIMS(-1, 3));
	t_weights(w, &r, "w1", DIMS(8, 2, 3, 3), 0.3);
	t_weights(w, &r, "g", DIMS(8), 1);
	t_weights(w, &r, "s", DIMS(8), 0.1);
	t_weights(w, &r, "mean", DIMS(8), 0.1);
	onnx_write_f32(w, "var", DIMS(8), var);
	t_weights(w, &r, "w2", DIMS(8, 8, 3, 3), 0.2);
	t_weights(w, &r, "b2", DIMS(8), 0.1);
	t_weights(w, &r, "w3", DIMS(3, 8), 0.3);
	t_weights(w, &r, "b3", DIMS(3), 0.1);
	onnx_write_node(w, "Conv", "conv1", "image w1", "c1");
	onnx_write_attr_ints(w, "kernel_shape", k3, 2);
	onnx_write_attr_ints(w, "pads", p1, 4);
	onnx_write_node(w, "BatchNormalization", "bn1", "c1 g s mean var", "n1");
	onnx_write_node(w, "Relu", "relu1", "n1", "r1");
	onnx_write_node(w, "Conv", "conv2", "r1 w2 b2", "c2");
	onnx_write_attr_ints(w, "kernel_shape", k3, 2);
	onnx_write_attr_ints(w, "pads", p1, 4);
	onnx_write_node(w, "Add", "add", "c2 r1", "a2");
	onnx_write_node(w, "Relu", "relu2", "a2", "r2");
	onnx_write_node(w, "GlobalAveragePool", "pool", "r2", "gp");
	onnx_write_node(w, "Flatten", "flat", "gp", "f");
	onnx_write_node(w, "Gemm", "fc", "f w3 b3", "logits");
	onnx_write_attr_int(w, "transB", 1);
	return w;
}

/* The model that a writer has made, which is freed. */
static inline struct onnx_model *
t_load(struct onnx_writer *w, struct err *e)
{
	struct buf b = { 0 };
	struct onnx_model *m;

	onnx_writer_bytes(w, &b);
	onnx_writer_free(w);
	m = onnx_model_parse(b.p, b.len, e);
	buf_free(&b);
	return m;
}

#endif
