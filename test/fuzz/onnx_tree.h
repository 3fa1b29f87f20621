/*
 * Changes to a model that keep it a model, for the fuzzer of lib/onnx.
 *
 * The bytes are unpacked to a tree of the fields of onnx.proto that matter: messages, names,
 * numbers, packed numbers, bytes. A change is made to one of them, and the tree is packed again, so
 * that all lengths are right and what is tried is the reader of the next layer: dimensions that do
 * not go together, nodes wired to themselves, attributes of another type, raw data of a wrong
 * length. The protobuf encoding: protobuf.dev/programming-guides/encoding.
 */
#ifndef TP_TEST_FUZZ_ONNX_TREE_H
#define TP_TEST_FUZZ_ONNX_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/rng.h"

enum tree_msg {
	M_MODEL,
	M_GRAPH,
	M_NODE,
	M_ATTR,
	M_TENSOR,
	M_VALUE,
	M_TYPE,
	M_TENSOR_TYPE,
	M_SHAPE,
	M_DIM,
	M_OPSET,
	M_ENTRY,
	M_NONE
};
/* TREE_INTS: packed numbers, or one for itself; its values are kept as children without names */
enum tree_shape { TREE_OTHER, TREE_INT, TREE_INTS, TREE_NAME, TREE_BYTES, TREE_MSG };

static const struct tree_field {
	uint8_t in, num, shape, msg;
} tree_fields[] = {
	{ M_MODEL, 1, TREE_INT, 0 },
	{ M_MODEL, 7, TREE_MSG, M_GRAPH },
	{ M_MODEL, 8, TREE_MSG, M_OPSET },
	{ M_MODEL, 14, TREE_MSG, M_ENTRY },
	{ M_GRAPH, 1, TREE_MSG, M_NODE },
	{ M_GRAPH, 2, TREE_NAME, 0 },
	{ M_GRAPH, 5, TREE_MSG, M_TENSOR },
	{ M_GRAPH, 11, TREE_MSG, M_VALUE },
	{ M_GRAPH, 12, TREE_MSG, M_VALUE },
	{ M_GRAPH, 13, TREE_MSG, M_VALUE },
	{ M_NODE, 1, TREE_NAME, 0 },
	{ M_NODE, 2, TREE_NAME, 0 },
	{ M_NODE, 3, TREE_NAME, 0 },
	{ M_NODE, 4, TREE_NAME, 0 },
	{ M_NODE, 5, TREE_MSG, M_ATTR },
	{ M_NODE, 7, TREE_NAME, 0 },
	{ M_ATTR, 1, TREE_NAME, 0 },
	{ M_ATTR, 2, TREE_OTHER, 0 },
	{ M_ATTR, 3, TREE_INT, 0 },
	{ M_ATTR, 4, TREE_NAME, 0 },
	{ M_ATTR, 5, TREE_MSG, M_TENSOR },
	{ M_ATTR, 6, TREE_MSG, M_GRAPH },
	{ M_ATTR, 7, TREE_BYTES, 0 },
	{ M_ATTR, 8, TREE_INTS, 0 },
	{ M_ATTR, 9, TREE_NAME, 0 },
	{ M_ATTR, 20, TREE_INT, 0 },
	{ M_TENSOR, 1, TREE_INTS, 0 },
	{ M_TENSOR, 2, TREE_INT, 0 },
	{ M_TENSOR, 4, TREE_BYTES, 0 },
	{ M_TENSOR, 5, TREE_INTS, 0 },
	{ M_TENSOR, 7, TREE_INTS, 0 },
	{ M_TENSOR, 8, TREE_NAME, 0 },
	{ M_TENSOR, 9, TREE_BYTES, 0 },
	{ M_TENSOR, 10, TREE_BYTES, 0 },
	{ M_TENSOR, 11, TREE_INTS, 0 },
	{ M_TENSOR, 14, TREE_INT, 0 },
	{ M_VALUE, 1, TREE_NAME, 0 },
	{ M_VALUE, 2, TREE_MSG, M_TYPE },
	{ M_TYPE, 1, TREE_MSG, M_TENSOR_TYPE },
	{ M_TENSOR_TYPE, 1, TREE_INT, 0 },
	{ M_TENSOR_TYPE, 2, TREE_MSG, M_SHAPE },
	{ M_SHAPE, 1, TREE_MSG, M_DIM },
	{ M_DIM, 1, TREE_INT, 0 },
	{ M_DIM, 2, TREE_NAME, 0 },
	{ M_OPSET, 1, TREE_NAME, 0 },
	{ M_OPSET, 2, TREE_INT, 0 },
	{ M_ENTRY, 1, TREE_NAME, 0 },
	{ M_ENTRY, 2, TREE_NAME, 0 },
};

struct tree {
	uint32_t num;
	uint8_t wire, shape, msg,
	    in;     /* wire type; what it is; of a message; of the one around it */
	uint64_t v; /* wire types 0, 1 and 5 */
	struct buf bytes;
	struct tree *sub;
	size_t n, cap;
};

static inline void
tree_free(struct tree *t)
{
	for (size_t i = 0; i < t->n; i++)
		tree_free(&t->sub[i]);
	free(t->sub);
	buf_free(&t->bytes);
	*t = (struct tree){ 0 };
}

static inline struct tree *
tree_add(struct tree *t, struct tree new, size_t at)
{
	t->sub = mem_grow(t->sub, &t->cap, t->n, sizeof *t->sub);
	memmove(t->sub + at + 1, t->sub + at, (t->n - at) * sizeof *t->sub);
	t->n++;
	t->sub[at] = new;
	return &t->sub[at];
}

static inline struct tree
tree_copy(const struct tree *t)
{
	struct tree c = *t;

	c.bytes = (struct buf){ 0 };
	buf_put(&c.bytes, t->bytes.p, t->bytes.len);
	c.sub = NULL;
	c.n = c.cap = 0;
	for (size_t i = 0; i < t->n; i++)
		tree_add(&c, tree_copy(&t->sub[i]), i);
	return c;
}

/* ---- bytes to tree and back ---- */

static inline bool
tree_varint(const uint8_t **p, const uint8_t *end, uint64_t *v)
{
	*v = 0;
	for (int shift = 0; shift < 64 && *p < end; shift += 7) {
		uint8_t b = *(*p)++;

		*v |= (uint64_t)(b & 127) << shift;
		if (b < 128)
			return true;
	}
	return false;
}

static inline bool
tree_fixed(const uint8_t **p, const uint8_t *end, int bytes, uint64_t *v)
{
	if (end - *p < bytes)
		return false;
	*v = 0;
	memcpy(v, *p, (size_t)bytes);
	*p += bytes;
	return true;
}

static inline bool
tree_parse(struct tree *t, const uint8_t *p, size_t n, int deep);

/* The content of a field that has a length. */
static inline bool
tree_content(struct tree *f, const uint8_t *p, size_t n, int deep)
{
	const uint8_t *end = p + n;

	if (f->shape == TREE_MSG)
		return tree_parse(f, p, n, deep + 1);
	if (f->shape != TREE_INTS) {
		buf_put(&f->bytes, p, n);
		return true;
	}
	while (p < end) {
		struct tree one = { .shape = TREE_INT, .in = M_NONE };

		if (!tree_varint(&p, end, &one.v))
			return false;
		tree_add(f, one, f->n);
	}
	return true;
}

/* The fields of t, a message. */
static inline bool
tree_parse(struct tree *t, const uint8_t *p, size_t n, int deep)
{
	const uint8_t *end = p + n;

	while (p < end && deep < 20) {
		struct tree f = { .in = t->msg };
		uint64_t key, len;
		bool good;

		if (!tree_varint(&p, end, &key))
			return false;
		f.num = (uint32_t)(key >> 3);
		f.wire = key & 7;
		for (size_t i = 0; i < sizeof tree_fields / sizeof *tree_fields; i++)
			if (tree_fields[i].in == t->msg && tree_fields[i].num == f.num) {
				f.shape = tree_fields[i].shape;
				f.msg = tree_fields[i].msg;
			}
		if (f.wire == 0) {
			good = tree_varint(&p, end, &f.v);
			f.shape = TREE_INT;
		} else if (f.wire == 1 || f.wire == 5) {
			good = tree_fixed(&p, end, f.wire == 1 ? 8 : 4, &f.v);
			f.shape = TREE_OTHER;
		} else {
			good = f.wire == 2 && tree_varint(&p, end, &len) &&
			       len <= (size_t)(end - p) && tree_content(&f, p, len, deep);
			p += good ? len : 0;
		}
		tree_add(t, f, t->n);
		if (!good)
			return false;
	}
	return p == end;
}

static inline void
tree_put_varint(struct buf *b, uint64_t v)
{
	for (; v > 127; v >>= 7)
		buf_putc(b, (char)(v | 128));
	buf_putc(b, (char)v);
}

static inline void
tree_pack(const struct tree *t, struct buf *b)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct tree *f = &t->sub[i];
		struct buf in = { 0 };

		if (t->shape == TREE_INTS) {
			tree_put_varint(b, f->v);
			continue;
		}
		tree_put_varint(b, (uint64_t)f->num << 3 | f->wire);
		if (f->wire == 0)
			tree_put_varint(b, f->v);
		else if (f->wire != 2)
			buf_put(b, &f->v, f->wire == 1 ? 8 : 4);
		else {
			tree_pack(f, &in);
			tree_put_varint(b, in.len + f->bytes.len);
			buf_put(b, in.p, in.len);
			buf_put(b, f->bytes.p, f->bytes.len);
		}
		buf_free(&in);
	}
}

/* ---- places ---- */

/* Fields below t, of this shape (TREE_OTHER: of any), in messages `in` (M_NONE: any); *at is set to
 * number `want` of them and *up to what is around it. */
static inline size_t
tree_find(
    struct tree *t, enum tree_shape shape, int in, size_t want, struct tree **at, struct tree **up)
{
	size_t count = 0;

	for (size_t i = 0; i < t->n; i++) {
		struct tree *f = &t->sub[i];

		if ((shape == TREE_OTHER || f->shape == shape) && (in == M_NONE || f->in == in)) {
			if (count++ == want) {
				*at = f;
				*up = t;
			}
		}
		if (f->n) {
			size_t below = tree_find(f, shape, in, want - count, at, up);

			count += below;
		}
	}
	return count;
}

/* One of them by chance, or NULL. */
static inline struct tree *
tree_any(struct tree *t, enum tree_shape shape, int in, struct rng *r, struct tree **up)
{
	struct tree *at = NULL;
	size_t n = tree_find(t, shape, in, SIZE_MAX / 2, &at, up);

	if (n)
		tree_find(t, shape, in, rng_below(r, n), &at, up);
	return at;
}

/* ---- changes ---- */

static inline uint64_t
tree_number(struct tree *root, uint64_t old, struct rng *r)
{
	static const int64_t odd[] = { 0, 1, 2, 3, 4, 5, 7, 8, 9, 11, 13, 16, 17, 63, 64, 127, 128,
		255, 256, 1000, 4096, 65535, 65536, INT32_MAX, (int64_t)INT32_MAX + 1, UINT32_MAX,
		(int64_t)UINT32_MAX + 1, INT64_MAX / 8, INT64_MAX / 4 + 1, INT64_MAX - 1, INT64_MAX,
		INT64_MIN, INT64_MIN + 1, INT32_MIN, -65536, -4, -3, -2, -1 };
	struct tree *other, *up;

	switch (rng_below(r, 5)) {
	case 0: return old + 1;
	case 1: return old - 1;
	case 2: other = tree_any(root, TREE_INT, M_NONE, r, &up); return other ? other->v : 0;
	case 3: return rng_below(r, 12);
	default: return (uint64_t)odd[rng_below(r, sizeof odd / sizeof *odd)];
	}
}

static const char *const tree_ops[] = { "Abs", "Add", "ArgMax", "AveragePool", "BatchNormalization",
	"Cast", "Ceil", "Clip", "Compress", "Concat", "Constant", "ConstantOfShape", "Conv",
	"ConvTranspose", "CumSum", "DepthToSpace", "Div", "Dropout", "Einsum", "Equal", "Erf",
	"Expand", "EyeLike", "Flatten", "GRU", "Gather", "GatherElements", "GatherND", "Gemm",
	"GlobalAveragePool", "GlobalMaxPool", "Greater", "HardSigmoid", "Identity", "If",
	"InstanceNormalization", "LRN", "LSTM", "LayerNormalization", "LeakyRelu", "Less",
	"LogSoftmax", "Loop", "LpNormalization", "MatMul", "Max", "MaxPool", "Mean", "Min", "Mod",
	"Mul", "Neg", "NonZero", "Not", "OneHot", "PRelu", "Pad", "Pow", "RNN", "Range", "ReduceL2",
	"ReduceMax", "ReduceMean", "ReduceProd", "ReduceSum", "Relu", "Reshape", "Resize",
	"ReverseSequence", "ScatterElements", "ScatterND", "Shape", "Sigmoid", "Sign", "Size",
	"Slice", "Softmax", "SpaceToDepth", "Split", "Sqrt", "Squeeze", "Sub", "Sum", "Tanh",
	"Tile", "TopK", "Transpose", "Trilu", "Unsqueeze", "Upsample", "Where", "Xor" };

/* A name becomes another of the model (what a node reads, an attribute's), an operator another
 * operator, or nothing. */
static inline void
tree_change_name(struct tree *root, struct tree *f, struct rng *r)
{
	struct tree *other, *up;
	unsigned how = (unsigned)rng_below(r, 10);

	if (f->in == M_NODE && f->num == 4 && how < 8) {
		buf_clear(&f->bytes);
		buf_puts(&f->bytes, tree_ops[rng_below(r, sizeof tree_ops / sizeof *tree_ops)]);
		return;
	}
	other = tree_any(root, TREE_NAME, how < 5 ? f->in : how < 9 ? M_NODE : M_NONE, r, &up);
	if (how == 0 || !other) {
		buf_clear(&f->bytes);
	} else if (other != f) {
		buf_clear(&f->bytes);
		buf_put(&f->bytes, other->bytes.p, other->bytes.len);
	}
}

static inline void
tree_change_bytes(struct tree *f, struct rng *r)
{
	static const uint64_t odd[] = { 0, 0x7ff0000000000000, 0x7ff8000000000000, UINT64_MAX,
		0x7f8000007fc00000, 0x7f7fffffff7fffff, 1, INT64_MAX, (uint64_t)INT64_MIN };
	size_t n = f->bytes.len;
	unsigned width = 1u << rng_below(r, 4);
	uint64_t v = odd[rng_below(r, sizeof odd / sizeof *odd)];

	switch (n ? rng_below(r, 5) : 0) {
	case 0: buf_put(&f->bytes, &v, width); break;
	case 1: f->bytes.len -= 1 + rng_below(r, n < 16 ? n : 16); break;
	case 2: f->bytes.p[rng_below(r, n)] = (char)rng_u64(r); break;
	default:
		width = width < n ? width : (unsigned)n;
		memcpy(f->bytes.p + rng_below(r, n - width + 1) / width * width, &v, width);
	}
}

/* Something goes, comes twice, moves, or comes from elsewhere. */
static inline void
tree_change_list(struct tree *root, struct rng *r)
{
	struct tree *f, *up = NULL, *other, *around = NULL;
	size_t at;

	f = tree_any(root, TREE_OTHER, M_NONE, r, &up);
	if (!f)
		return;
	at = (size_t)(f - up->sub);
	switch (rng_below(r, 4)) {
	case 0:
		tree_free(f);
		memmove(f, f + 1, (--up->n - at) * sizeof *f);
		break;
	case 1: tree_add(up, tree_copy(f), rng_below(r, up->n + 1)); break;
	case 2: {
		size_t to = rng_below(r, up->n);
		struct tree swap = up->sub[to];

		up->sub[to] = *f;
		*f = swap;
		break;
	}
	default:
		/* of the same message elsewhere: another node's attribute, another tensor's dims */
		other = tree_any(root, TREE_OTHER, f->in, r, &around);
		if (other && up->shape != TREE_INTS && around->shape != TREE_INTS)
			tree_add(up, tree_copy(other), at);
	}
}

static inline void
tree_change(struct tree *root, struct rng *r)
{
	struct tree *f, *up;

	switch (rng_below(r, 8)) {
	case 0:
	case 1:
	case 2:
		f = tree_any(root, TREE_INT, M_NONE, r, &up);
		if (f)
			f->v = tree_number(root, f->v, r);
		break;
	case 3:
	case 4:
		f = tree_any(root, TREE_NAME, rng_below(r, 3) ? M_NODE : M_NONE, r, &up);
		if (f)
			tree_change_name(root, f, r);
		break;
	case 5:
		f = tree_any(root, TREE_BYTES, M_NONE, r, &up);
		if (f)
			tree_change_bytes(f, r);
		break;
	case 6:
		/* a field under another number: a dimension becomes a type, an input an output */
		f = rng_below(r, 4) ? NULL : tree_any(root, TREE_OTHER, M_NONE, r, &up);
		if (f)
			f->num = 1 + (uint32_t)rng_below(r, 15);
		break;
	default: tree_change_list(root, r);
	}
}

/* A message of `from` comes into `to`, beside one of its kind. */
static inline void
tree_cross(struct tree *to, struct tree *from, struct rng *r)
{
	struct tree *a, *b, *up = NULL, *around = NULL;

	for (int tries = 0; tries < 8; tries++) {
		a = tree_any(to, TREE_OTHER, M_NONE, r, &up);
		b = a ? tree_any(from, TREE_OTHER, a->in, r, &around) : NULL;
		if (!b || up->shape == TREE_INTS || around->shape == TREE_INTS)
			continue;
		struct tree copy = tree_copy(b);

		if (a->num == b->num && rng_below(r, 2)) {
			tree_free(a);
			*a = copy;
		} else {
			tree_add(up, copy, (size_t)(a - up->sub));
		}
		return;
	}
}

#endif
