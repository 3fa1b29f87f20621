/* Inside the runtime: what operators share. */
#ifndef TP_ONNX_OP_H
#define TP_ONNX_OP_H

#include "onnx/graph.h"

enum { ONNX_TYPES = 17 }; /* for tables by type */

/* The tables of op_*.c, each ended by an entry without a name. */
extern const struct onnx_op onnx_ops_unary[], onnx_ops_binary[], onnx_ops_reduce[],
    onnx_ops_shape[], onnx_ops_move[], onnx_ops_gather[], onnx_ops_conv[], onnx_ops_pool[],
    onnx_ops_norm[], onnx_ops_gemm[], onnx_ops_rnn[], onnx_ops_cast[], onnx_ops_make[];

/* ---- shapes ---- */

/* Output o has the type and shape of input i. */
void
onnx_like(struct onnx_node *n, unsigned o, unsigned i);
void
onnx_set_shape(
    struct onnx_node *n, unsigned o, enum onnx_type type, unsigned ndims, const int64_t *dims);
/* axis in [-rank, rank) made [0, rank) */
int
onnx_axis(const struct onnx_node *n, int64_t axis, unsigned rank, unsigned *out, struct err *e);
/* Product of dims[from..to). */
size_t
onnx_span(const struct onnx_tensor *t, unsigned from, unsigned to);
/* Input i as integers (int32 or int64, at most `most`): 0, ONNX_LATER or an error. An input that is
 * left out gives *n 0. */
int
onnx_ints(
    const struct onnx_node *n, unsigned i, int64_t *v, size_t most, size_t *count, struct err *e);
/* Integers of attribute `name`, or of input i where the node has that. *count is (size_t)-1 when
 * neither is there. */
int
onnx_ints_or(const struct onnx_node *n, const char *name, unsigned i, int64_t *v, size_t most,
    size_t *count, struct err *e);
/* ERR_DATA: an operator that does not take this type. */
int
onnx_bad_type(const struct onnx_node *n, const struct onnx_tensor *t, struct err *e);
/* *out = the shape that a and b broadcast to (multidirectional); false where they do not fit. */
bool
onnx_broadcast(const struct onnx_tensor *a, const struct onnx_tensor *b, struct onnx_tensor *out);

/* A 16-bit float as a float, and back (round to nearest even). */
float
onnx_f16(uint16_t h);
uint16_t
onnx_to_f16(float f);
float
onnx_bf16(uint16_t h);
uint16_t
onnx_to_bf16(float f);
/* Element i as a double; integers over 2^53 lose. */
double
onnx_f64_at(const struct onnx_tensor *t, size_t i);

/* ---- walking over up to four operands of one shape, each with strides of its own ----
 *
 *	onnx_walk_init(&w, out, 2);
 *	onnx_walk_rows(&w, 0, out, 0), onnx_walk_rows(&w, 1, in, 0) or strides set by hand
 *	for (bool more = onnx_walk_start(&w); more; more = onnx_walk_next(&w))
 *		w.n elements from at[k], stepping by step[k]
 *
 * Dimensions that can be walked as one are. Empty shapes give no step at all.
 */
struct onnx_walk {
	unsigned nd, k;
	int64_t dim[ONNX_DIMS], stride[4][ONNX_DIMS];
	int64_t index[ONNX_DIMS];
	/* the innermost run */
	int64_t n, step[4], at[4];
};
void
onnx_walk_init(struct onnx_walk *w, const struct onnx_tensor *shape, unsigned operands);
/* Strides of t, broadcast to the walk's shape; its first dimension lies at dimension `axis` of
 * the walk, or its last at the last when axis is negative. */
void
onnx_walk_operand(struct onnx_walk *w, unsigned k, const struct onnx_tensor *t, int axis);
bool
onnx_walk_start(struct onnx_walk *w);
bool
onnx_walk_next(struct onnx_walk *w);

/* Copy between walks' operands 0 (to) and 1 (from), elements of `size` bytes. */
void
onnx_walk_copy(struct onnx_walk *w, void *to, const void *from, size_t size);

/* ---- products (gemm.c): c (m x n) = op(a) op(b) + beta c, beta 0 or 1 ---- */
void
onnx_gemm(bool ta, bool tb, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
    const float *b, size_t ldb, float beta, float *c, size_t ldc);

#endif
