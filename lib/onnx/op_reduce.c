#include <math.h>
#include <string.h>

#include "onnx/op.h"

/*
 * Reductions over some dimensions. Every output is the reduction of a walk over its part of the
 * input; floats are summed in double.
 */
struct acc {
	double sum;   /* what is summed, or the greatest or least so far */
	double shift; /* LogSumExp: the greatest, found first */
	int64_t isum;
	uint64_t n;
};

typedef void (*reduce_fn)(struct acc *a, const void *p, int64_t n, int64_t step);
typedef double (*finish_fn)(const struct acc *a);

struct reduce {
	reduce_fn f32, f64;
	reduce_fn i32, i64;
	finish_fn finish;
	bool shifted;
	double start;
};

#define STEP(name, suffix, T, field, expr) \
	static void name##_##suffix(struct acc *a, const void *p, int64_t n, int64_t step) \
	{ \
		const T *x = p; \
		for (int64_t i = 0; i < n; i++) { \
			T v = x[i * step]; \
			a->field = (expr); \
		} \
		a->n += (uint64_t)n; \
	}
#define FLOATS(name, expr) STEP(name, f32, float, sum, expr) STEP(name, f64, double, sum, expr)
#define INTS(name, expr) STEP(name, i32, int32_t, isum, expr) STEP(name, i64, int64_t, isum, expr)

FLOATS(sum, a->sum + (double)v)
INTS(sum, (int64_t)((uint64_t)a->isum + (uint64_t)v))
FLOATS(prod, a->sum *(double)v)
INTS(prod, (int64_t)((a->n || i ? (uint64_t)a->isum : 1) * (uint64_t)v))
FLOATS(max, (double)v > a->sum || v != v ? (double)v : a->sum)
INTS(max, !a->n && !i ? v : v > a->isum ? v : a->isum)
FLOATS(min, (double)v < a->sum || v != v ? (double)v : a->sum)
INTS(min, !a->n && !i ? v : v < a->isum ? v : a->isum)
FLOATS(l1, a->sum + fabs((double)v))
INTS(l1, (int64_t)((uint64_t)a->isum + (v < 0 ? 0 - (uint64_t)v : (uint64_t)v)))
FLOATS(square, a->sum + (double)v * (double)v)
INTS(square, (int64_t)((uint64_t)a->isum + (uint64_t)v * (uint64_t)v))
FLOATS(expsum, a->sum + exp((double)v - a->shift))

static double
plain(const struct acc *a)
{
	return a->sum;
}

static double
mean(const struct acc *a)
{
	return a->n ? a->sum / (double)a->n : 0;
}

static double
root(const struct acc *a)
{
	return sqrt(a->sum);
}

static double
logarithm(const struct acc *a)
{
	return log(a->sum) + a->shift;
}

/* ---- which dimensions ---- */

static int
reduced(const struct onnx_node *n, bool *on, struct err *e)
{
	unsigned nd = n->in[0]->ndims, axis;
	int64_t axes[ONNX_DIMS];
	size_t count;
	int rc = onnx_ints_or(n, "axes", 1, axes, ONNX_DIMS, &count, e);

	if (rc)
		return rc;
	if (count == (size_t)-1 || count == 0) {
		for (unsigned i = 0; i < nd; i++)
			on[i] = !onnx_attr_i(n, "noop_with_empty_axes", 0);
		return 0;
	}
	memset(on, 0, nd * sizeof *on);
	for (size_t i = 0; i < count; i++) {
		rc = onnx_axis(n, axes[i], nd, &axis, e);
		if (rc)
			return rc;
		on[axis] = true;
	}
	return 0;
}

static void
out_shape(const struct onnx_tensor *in, const bool *on, bool keep, struct onnx_tensor *out)
{
	out->ndims = 0;
	for (unsigned i = 0; i < in->ndims; i++)
		if (!on[i] || keep)
			out->dims[out->ndims++] = on[i] ? 1 : in->dims[i];
}

static int
infer(struct onnx_node *n, struct err *e)
{
	const struct reduce *op = n->op->data;
	const struct onnx_tensor *in = n->in[0];
	struct onnx_tensor out = { 0 };
	bool on[ONNX_DIMS];
	int rc = reduced(n, on, e);

	if (rc)
		return rc;
	if (in->type != ONNX_F32 && in->type != ONNX_F64 && !(in->type == ONNX_I32 && op->i32) &&
	    !(in->type == ONNX_I64 && op->i64))
		return onnx_bad_type(n, in, e);
	out_shape(in, on, onnx_attr_i(n, "keepdims", 1), &out);
	onnx_set_shape(n, 0, in->type, out.ndims, out.dims);
	return 0;
}

/* The part of the input that is reduced to one number. */
static void
accumulate(reduce_fn f, struct acc *a, const struct onnx_walk *inner, const char *p, size_t size)
{
	struct onnx_walk w = *inner;

	for (bool more = onnx_walk_start(&w); more; more = onnx_walk_next(&w))
		f(a, p + w.at[0] * (int64_t)size, w.n, w.step[0]);
}

static void
put(const struct reduce *op, struct onnx_tensor *out, size_t i, const struct acc *a)
{
	switch (out->type) {
	case ONNX_F32: ((float *)out->data)[i] = (float)op->finish(a); break;
	case ONNX_F64: ((double *)out->data)[i] = op->finish(a); break;
	case ONNX_I32:
	case ONNX_I64: {
		int64_t v = op->finish == mean && a->n ? a->isum / (int64_t)a->n : a->isum;

		if (op->finish == root)
			v = (int64_t)sqrt((double)a->isum);
		if (out->type == ONNX_I32)
			((int32_t *)out->data)[i] = (int32_t)v;
		else
			((int64_t *)out->data)[i] = v;
		break;
	}
	default: break;
	}
}

/* outer: the dimensions that stay; inner: those that go. */
static void
split_walk(
    const struct onnx_tensor *in, const bool *on, struct onnx_walk *outer, struct onnx_walk *inner)
{
	struct onnx_tensor a = *in, b = *in;
	int64_t step = 1;

	for (unsigned i = 0; i < in->ndims; i++)
		if (on[i])
			a.dims[i] = 1;
		else
			b.dims[i] = 1;
	onnx_walk_init(outer, &a, 1);
	onnx_walk_init(inner, &b, 1);
	for (unsigned i = in->ndims; i-- > 0;) {
		outer->stride[0][i] = inner->stride[0][i] = step;
		step *= in->dims[i];
	}
}

static int
run(struct onnx_node *n, struct err *e)
{
	const struct reduce *op = n->op->data;
	const struct onnx_tensor *in = n->in[0];
	size_t size = onnx_type_size(in->type), k = 0;
	struct onnx_walk outer, inner;
	bool on[ONNX_DIMS];
	reduce_fn f = in->type == ONNX_F32   ? op->f32
		      : in->type == ONNX_F64 ? op->f64
		      : in->type == ONNX_I32 ? op->i32
					     : op->i64;
	int rc = reduced(n, on, e);

	if (rc)
		return rc;
	split_walk(in, on, &outer, &inner);
	for (bool more = onnx_walk_start(&outer); more; more = onnx_walk_next(&outer))
		for (int64_t i = 0; i < outer.n; i++) {
			const char *p = (const char *)in->data +
					(outer.at[0] + i * outer.step[0]) * (int64_t)size;
			struct acc a = { .sum = op->start };

			if (op->shifted) {
				struct acc top = { .sum = -INFINITY };

				accumulate(in->type == ONNX_F32 ? max_f32 : max_f64, &top, &inner,
				    p, size);
				a.shift = isfinite(top.sum) ? top.sum : 0;
			}
			accumulate(f, &a, &inner, p, size);
			put(op, n->out[0], k++, &a);
		}
	return 0;
}

/* ---- ArgMax, ArgMin ---- */

static int
arg_infer(struct onnx_node *n, struct err *e)
{
	const struct onnx_tensor *in = n->in[0];
	struct onnx_tensor out = { 0 };
	bool on[ONNX_DIMS] = { 0 };
	unsigned axis;
	int rc = onnx_axis(n, onnx_attr_i(n, "axis", 0), in->ndims, &axis, e);

	if (rc)
		return rc;
	if (in->dims[axis] == 0)
		return onnx_node_err(n, e, "nothing to choose from");
	on[axis] = true;
	out_shape(in, on, onnx_attr_i(n, "keepdims", 1), &out);
	onnx_set_shape(n, 0, ONNX_I64, out.ndims, out.dims);
	return 0;
}

static int
arg_run(struct onnx_node *n, struct err *e)
{
	const struct onnx_tensor *in = n->in[0];
	bool most = n->op->data != NULL, last = onnx_attr_i(n, "select_last_index", 0);
	int64_t *out = n->out[0]->data;
	unsigned axis;
	size_t outer, inner, len;
	int rc = onnx_axis(n, onnx_attr_i(n, "axis", 0), in->ndims, &axis, e);

	if (rc)
		return rc;
	outer = onnx_span(in, 0, axis);
	inner = onnx_span(in, axis + 1, in->ndims);
	len = (size_t)in->dims[axis];
	for (size_t o = 0; o < outer; o++)
		for (size_t i = 0; i < inner; i++) {
			double best = onnx_f64_at(in, o * len * inner + i);
			size_t at = 0;

			for (size_t k = 1; k < len; k++) {
				double v = onnx_f64_at(in, (o * len + k) * inner + i);

				if ((most ? v > best : v < best) || (last && v == best)) {
					best = v;
					at = k;
				}
			}
			out[o * inner + i] = (int64_t)at;
		}
	return 0;
}

#define REDUCE(op, f, g, finish, start) \
	{ \
		.name = op, .min_in = 1, .max_in = 2, .max_out = 1, .infer = infer, .run = run, \
		.data = &(const struct reduce) \
		{ \
			f##_f32, f##_f64, g##_i32, g##_i64, finish, false, start \
		} \
	}
#define REDUCE_F(op, f, finish, shifted) \
	{ \
		.name = op, .min_in = 1, .max_in = 2, .max_out = 1, .infer = infer, .run = run, \
		.data = &(const struct reduce) \
		{ \
			f##_f32, f##_f64, NULL, NULL, finish, shifted, 0 \
		} \
	}
#define ARG(op, most) \
	{ \
		.name = op, .min_in = 1, .max_in = 1, .max_out = 1, .infer = arg_infer, \
		.run = arg_run, .data = most \
	}

const struct onnx_op onnx_ops_reduce[] = {
	REDUCE("ReduceSum", sum, sum, plain, 0),
	REDUCE("ReduceMean", sum, sum, mean, 0),
	REDUCE("ReduceProd", prod, prod, plain, 1),
	REDUCE("ReduceMax", max, max, plain, -INFINITY),
	REDUCE("ReduceMin", min, min, plain, INFINITY),
	REDUCE("ReduceL1", l1, l1, plain, 0),
	REDUCE("ReduceL2", square, square, root, 0),
	REDUCE("ReduceSumSquare", square, square, plain, 0),
	REDUCE_F("ReduceLogSum", sum, logarithm, false),
	REDUCE_F("ReduceLogSumExp", expsum, logarithm, true),
	ARG("ArgMax", "most"),
	ARG("ArgMin", NULL),
	{ 0 },
};
