#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "onnx/op.h"

/*
 * Two values in, one out, with broadcasting. A kernel goes over one run, along which each side is
 * either a row (step 1) or one value (step 0).
 */
typedef void (*binary_fn)(
    void *out, const void *a, const void *b, size_t n, int64_t sa, int64_t sb);

struct binary {
	binary_fn fn[ONNX_TYPES];
	bool test;   /* the result is bool */
	bool divide; /* by an integer: never by 0 */
};

#define KERNEL(name, suffix, T, R, expr) \
	static void name##_##suffix( \
	    void *out, const void *a, const void *b, size_t n, int64_t sa, int64_t sb) \
	{ \
		const T *p = a, *q = b; \
		R *r = out; \
		if (sa && sb) { \
			for (size_t i = 0; i < n; i++) { \
				T x = p[i], y = q[i]; \
				r[i] = (R)(expr); \
			} \
		} else if (sa) { \
			T y = *q; \
			for (size_t i = 0; i < n; i++) { \
				T x = p[i]; \
				r[i] = (R)(expr); \
			} \
		} else { \
			T x = *p; \
			for (size_t i = 0; i < n; i++) { \
				T y = sb ? q[i] : *q; \
				r[i] = (R)(expr); \
			} \
		} \
	}
#define FLOATS(name, expr) \
	KERNEL(name, f32, float, float, expr) KERNEL(name, f64, double, double, expr)
#define SIGNED_OF(K, name, expr) \
	K(name, i8, int8_t, expr) \
	K(name, i16, int16_t, expr) K(name, i32, int32_t, expr) K(name, i64, int64_t, expr)
#define UNSIGNED_OF(K, name, expr) \
	K(name, u8, uint8_t, expr) \
	K(name, u16, uint16_t, expr) K(name, u32, uint32_t, expr) K(name, u64, uint64_t, expr)
#define INTS_OF(K, name, expr) SIGNED_OF(K, name, expr) UNSIGNED_OF(K, name, expr)
#define SAME(name, suffix, T, expr) KERNEL(name, suffix, T, T, expr)
#define TEST(name, suffix, T, expr) KERNEL(name, suffix, T, uint8_t, expr)
#define ARITH(name, expr, expr_int) FLOATS(name, expr) INTS_OF(SAME, name, expr_int)
#define COMPARE(name, expr) \
	TEST(name, f32, float, expr) TEST(name, f64, double, expr) INTS_OF(TEST, name, expr)

#define HAS_FLOATS(name) [ONNX_F32] = name##_f32, [ONNX_F64] = name##_f64
#define HAS_INTS(name) \
	[ONNX_I8] = name##_i8, [ONNX_I16] = name##_i16, [ONNX_I32] = name##_i32, \
	[ONNX_I64] = name##_i64, [ONNX_U8] = name##_u8, [ONNX_U16] = name##_u16, \
	[ONNX_U32] = name##_u32, [ONNX_U64] = name##_u64
#define HAS_ALL(name) HAS_FLOATS(name), HAS_INTS(name)

/* integers wrap, as in every other runtime; unsigned arithmetic makes that defined */
ARITH(add, x + y, (uint64_t)x + (uint64_t)y)
ARITH(sub, x - y, (uint64_t)x - (uint64_t)y)
ARITH(mul, x *y, (uint64_t)x *(uint64_t)y)
FLOATS(div, x / y)
SIGNED_OF(SAME, div, y == 0 ? 0 : y == -1 ? 0 - (uint64_t)x : (uint64_t)(x / y))
UNSIGNED_OF(SAME, div, y ? x / y : 0)
/* NaN stays one, on either side */
FLOATS(max, x > y || x != x ? x : y)
FLOATS(min, x < y || x != x ? x : y)
INTS_OF(SAME, max, x > y ? x : y)
INTS_OF(SAME, min, x < y ? x : y)
COMPARE(equal, x == y)
COMPARE(less, x < y)
COMPARE(greater, x > y)
COMPARE(less_eq, x <= y)
COMPARE(greater_eq, x >= y)
TEST(equal, bit, uint8_t, x == y)
TEST(and, bit, uint8_t, x &&y)
TEST(or, bit, uint8_t, x || y)
TEST(xor, bit, uint8_t, !x != !y)
FLOATS(prelu, x < 0 ? x * y : x)
SIGNED_OF(SAME, prelu, x < 0 ? (uint64_t)x * (uint64_t)y : (uint64_t)x)
UNSIGNED_OF(SAME, prelu, ((void)y, x))
KERNEL(pow, f32, float, float, y == 2 ? x * x : y == 0.5f ? sqrtf(x) : powf(x, y))
KERNEL(pow, f64, double, double, y == 2 ? x * x : pow(x, y))
/* the sign of the divisor, as Python's */
#define MOD(x, y) \
	(y) == 0 || (y) == -1 \
	    ? 0 \
	    : (x) % (y) + ((x) % (y) != 0 && ((x) % (y) < 0) != ((y) < 0) ? (y) : 0)
FLOATS(mod, fmod((double)x, (double)y))
SIGNED_OF(SAME, mod, MOD(x, y))
UNSIGNED_OF(SAME, mod, y ? x % y : 0)

static const struct binary add_op = { { HAS_ALL(add) }, 0, 0 }, sub_op = { { HAS_ALL(sub) }, 0, 0 },
			   mul_op = { { HAS_ALL(mul) }, 0, 0 }, div_op = { { HAS_ALL(div) }, 0, 1 },
			   max_op = { { HAS_ALL(max) }, 0, 0 }, min_op = { { HAS_ALL(min) }, 0, 0 },
			   prelu_op = { { HAS_ALL(prelu) }, 0, 0 },
			   mod_op = { { HAS_ALL(mod) }, 0, 1 },
			   equal_op = { { HAS_ALL(equal), [ONNX_BOOL] = equal_bit }, 1, 0 },
			   less_op = { { HAS_ALL(less) }, 1, 0 },
			   greater_op = { { HAS_ALL(greater) }, 1, 0 },
			   less_eq_op = { { HAS_ALL(less_eq) }, 1, 0 },
			   greater_eq_op = { { HAS_ALL(greater_eq) }, 1, 0 },
			   and_op = { { [ONNX_BOOL] = and_bit }, 1, 0 },
			   or_op = { { [ONNX_BOOL] = or_bit }, 1, 0 },
			   xor_op = { { [ONNX_BOOL] = xor_bit }, 1, 0 };

/* ---- two inputs ---- */

/* Before opset 7 the second input is broadcast only, from attribute `axis` on or to the end. */
static int
old_axis(const struct onnx_node *n)
{
	if (n->opset >= 7 || !onnx_attr_i(n, "broadcast", 0) || !onnx_attr_has(n, "axis"))
		return -1;
	return (int)onnx_attr_i(n, "axis", 0);
}

/* The second input lined up with the first: dimensions of 1 added behind it, or for PRelu's slope,
 * which goes by channel where it is a row and would not fit. */
static int
second(const struct onnx_node *n, struct onnx_tensor *t, struct err *e)
{
	const struct onnx_tensor *a = n->in[0], *b = n->in[1];
	int axis = old_axis(n);

	*t = *b;
	if (n->op->data == &prelu_op && n->opset < 9 && b->ndims == 1 && a->ndims > 1 &&
	    b->dims[0] == a->dims[1])
		axis = 1;
	if (axis < 0)
		return 0;
	if ((unsigned)axis + b->ndims > a->ndims)
		return onnx_node_err(n, e, "axis %d of %u dimensions", axis, a->ndims);
	for (; (unsigned)axis + t->ndims < a->ndims; t->ndims++)
		t->dims[t->ndims] = 1;
	return 0;
}

static int
infer(struct onnx_node *n, struct err *e)
{
	const struct binary *op = n->op->data;
	const struct onnx_tensor *a = n->in[0];
	struct onnx_tensor b, out;
	int rc = second(n, &b, e);

	if (rc)
		return rc;
	if ((size_t)a->type >= ONNX_TYPES || !op->fn[a->type])
		return onnx_bad_type(n, a, e);
	if (op == &mod_op &&
	    (onnx_attr_i(n, "fmod", 0) != 0) != (a->type == ONNX_F32 || a->type == ONNX_F64))
		return onnx_node_err(n, e, "fmod is for floats, and needed for them");
	if (a->type != b.type)
		return onnx_node_err(n, e, "%s and %s do not go together", onnx_type_name(a->type),
		    onnx_type_name(b.type));
	if (!onnx_broadcast(a, &b, &out)) {
		struct buf s = { 0 };

		onnx_put_shape(&s, a);
		buf_puts(&s, " and ");
		onnx_put_shape(&s, n->in[1]);
		rc = onnx_node_err(n, e, "shapes %s do not go together", buf_z(&s));
		buf_free(&s);
		return rc;
	}
	onnx_set_shape(n, 0, op->test ? ONNX_BOOL : a->type, out.ndims, out.dims);
	return 0;
}

/* out = a op b, both broadcast to out's shape. */
static void
apply(const struct binary *op, const struct onnx_tensor *out, const struct onnx_tensor *a,
    const struct onnx_tensor *b)
{
	int64_t so = (int64_t)onnx_type_size(out->type), s = (int64_t)onnx_type_size(a->type);
	struct onnx_walk w;

	onnx_walk_init(&w, out, 3);
	onnx_walk_operand(&w, 0, out, -1);
	onnx_walk_operand(&w, 1, a, -1);
	onnx_walk_operand(&w, 2, b, -1);
	for (bool more = onnx_walk_start(&w); more; more = onnx_walk_next(&w))
		op->fn[a->type]((char *)out->data + w.at[0] * so,
		    (const char *)a->data + w.at[1] * s, (const char *)b->data + w.at[2] * s,
		    (size_t)w.n, w.step[1], w.step[2]);
}

static int
run(struct onnx_node *n, struct err *e)
{
	const struct binary *op = n->op->data;
	struct onnx_tensor b;
	int rc = second(n, &b, e);

	if (rc)
		return rc;
	if (op->divide && b.type != ONNX_F32 && b.type != ONNX_F64)
		for (size_t i = 0, k = onnx_count(&b); i < k; i++)
			if (onnx_f64_at(&b, i) == 0)
				return onnx_node_err(n, e, "a division by 0");
	apply(op, n->out[0], n->in[0], &b);
	return 0;
}

/* ---- any number of inputs: Max, Min, Sum, Mean ---- */

static int
many_infer(struct onnx_node *n, struct err *e)
{
	const struct binary *op = n->op->data;
	struct onnx_tensor out = *n->in[0];

	if ((size_t)out.type >= ONNX_TYPES || !op->fn[out.type])
		return onnx_bad_type(n, &out, e);
	for (unsigned i = 1; i < n->nin; i++) {
		if (!n->in[i] || n->in[i]->type != out.type)
			return onnx_node_err(n, e, "its inputs are not of one type");
		if (!onnx_broadcast(&out, n->in[i], &out))
			return onnx_node_err(n, e, "the shapes of its inputs do not go together");
	}
	onnx_set_shape(n, 0, out.type, out.ndims, out.dims);
	return 0;
}

static int
many_run(struct onnx_node *n, struct err *e)
{
	const struct binary *op = n->op->data;
	struct onnx_tensor *out = n->out[0];
	struct onnx_walk w;

	(void)e;
	onnx_walk_init(&w, out, 2);
	onnx_walk_operand(&w, 0, out, -1);
	onnx_walk_operand(&w, 1, n->in[0], -1);
	onnx_walk_copy(&w, out->data, n->in[0]->data, onnx_type_size(out->type));
	for (unsigned i = 1; i < n->nin; i++)
		apply(op, out, out, n->in[i]);
	return 0;
}

static int
mean_run(struct onnx_node *n, struct err *e)
{
	struct onnx_tensor *out = n->out[0];
	size_t count = onnx_count(out);

	many_run(n, e);
	for (size_t i = 0; i < count; i++)
		if (out->type == ONNX_F32)
			((float *)out->data)[i] /= (float)n->nin;
		else
			((double *)out->data)[i] /= n->nin;
	return 0;
}

static int
mean_infer(struct onnx_node *n, struct err *e)
{
	if (n->in[0]->type != ONNX_F32 && n->in[0]->type != ONNX_F64)
		return onnx_bad_type(n, n->in[0], e);
	return many_infer(n, e);
}

/* ---- Pow: the exponent may be of another type ---- */

static int
pow_infer(struct onnx_node *n, struct err *e)
{
	struct onnx_tensor b, out;
	int rc = second(n, &b, e);

	if (rc)
		return rc;
	switch (n->in[0]->type) {
	case ONNX_F32:
	case ONNX_F64:
	case ONNX_I32:
	case ONNX_I64: break;
	default: return onnx_bad_type(n, n->in[0], e);
	}
	if (!onnx_broadcast(n->in[0], &b, &out))
		return onnx_node_err(n, e, "the shapes of base and exponent do not go together");
	onnx_set_shape(n, 0, n->in[0]->type, out.ndims, out.dims);
	return 0;
}

/* Of a double that may be beyond an integer: held at its ends. */
static int64_t
hold(double v, int64_t least, int64_t most)
{
	return v != v ? 0 : v >= (double)most ? most : v <= (double)least ? least : (int64_t)v;
}

static void
pow_mixed(struct onnx_tensor *out, const struct onnx_tensor *a, const struct onnx_tensor *b,
    struct onnx_walk *w)
{
	for (bool more = onnx_walk_start(w); more; more = onnx_walk_next(w))
		for (int64_t i = 0; i < w->n; i++) {
			size_t at = (size_t)(w->at[0] + i);
			double v = pow(onnx_f64_at(a, (size_t)(w->at[1] + i * w->step[1])),
			    onnx_f64_at(b, (size_t)(w->at[2] + i * w->step[2])));

			switch (out->type) {
			case ONNX_F32: ((float *)out->data)[at] = (float)v; break;
			case ONNX_F64: ((double *)out->data)[at] = v; break;
			case ONNX_I32:
				((int32_t *)out->data)[at] = (int32_t)hold(v, INT32_MIN, INT32_MAX);
				break;
			default: ((int64_t *)out->data)[at] = hold(v, INT64_MIN, INT64_MAX);
			}
		}
}

static int
pow_run(struct onnx_node *n, struct err *e)
{
	static const struct binary pow_op = { { HAS_FLOATS(pow) }, 0, 0 };
	struct onnx_tensor b;
	struct onnx_walk w;
	int rc = second(n, &b, e);

	if (rc)
		return rc;
	if (b.type == n->in[0]->type && pow_op.fn[b.type]) {
		apply(&pow_op, n->out[0], n->in[0], &b);
		return 0;
	}
	onnx_walk_init(&w, n->out[0], 3);
	onnx_walk_operand(&w, 0, n->out[0], -1);
	onnx_walk_operand(&w, 1, n->in[0], -1);
	onnx_walk_operand(&w, 2, &b, -1);
	pow_mixed(n->out[0], n->in[0], &b, &w);
	return 0;
}

#define BINARY(op, table) \
	{ \
		.name = op, .min_in = 2, .max_in = 2, .max_out = 1, .elementwise = true, \
		.infer = infer, .run = run, .data = &table \
	}
#define MANY(op, table, i, r) \
	{ \
		.name = op, .min_in = 1, .max_in = 255, .max_out = 1, .infer = i, .run = r, \
		.data = &table \
	}

const struct onnx_op onnx_ops_binary[] = {
	BINARY("Add", add_op),
	BINARY("Sub", sub_op),
	BINARY("Mul", mul_op),
	BINARY("Div", div_op),
	BINARY("Mod", mod_op),
	BINARY("PRelu", prelu_op),
	BINARY("Equal", equal_op),
	BINARY("Less", less_op),
	BINARY("Greater", greater_op),
	BINARY("LessOrEqual", less_eq_op),
	BINARY("GreaterOrEqual", greater_eq_op),
	BINARY("And", and_op),
	BINARY("Or", or_op),
	BINARY("Xor", xor_op),
	MANY("Max", max_op, many_infer, many_run),
	MANY("Min", min_op, many_infer, many_run),
	MANY("Sum", add_op, many_infer, many_run),
	MANY("Mean", add_op, mean_infer, mean_run),
	{ .name = "Pow",
	    .min_in = 2,
	    .max_in = 2,
	    .max_out = 1,
	    .elementwise = true,
	    .infer = pow_infer,
	    .run = pow_run },
	{ 0 },
};
