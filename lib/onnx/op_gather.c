#include <math.h>
#include <string.h>

#include "onnx/op.h"

/* Values by index, and values with more around them: Gather, GatherElements, Pad. */

static int64_t
index_at(const struct onnx_tensor *t, size_t i)
{
	return t->type == ONNX_I64 ? ((const int64_t *)t->data)[i] : ((const int32_t *)t->data)[i];
}

/* A valid index, from the end where negative. */
static int
check_index(const struct onnx_node *n, int64_t *v, int64_t dim, struct err *e)
{
	if (*v < -dim || *v >= dim)
		return onnx_node_err(n, e, "index %lld of %lld", (long long)*v, (long long)dim);
	if (*v < 0)
		*v += dim;
	return 0;
}

static int
index_axis(const struct onnx_node *n, unsigned *axis, struct err *e)
{
	if (n->in[1]->type != ONNX_I64 && n->in[1]->type != ONNX_I32)
		return onnx_bad_type(n, n->in[1], e);
	return onnx_axis(n, onnx_attr_i(n, "axis", 0), n->in[0]->ndims, axis, e);
}

static int
gather_infer(struct onnx_node *n, struct err *e)
{
	const struct onnx_tensor *in = n->in[0], *ix = n->in[1];
	int64_t dims[2 * ONNX_DIMS] = { 0 };
	unsigned axis = 0, nd = 0;
	int rc = index_axis(n, &axis, e);

	if (rc)
		return rc;
	if (in->ndims + ix->ndims - 1 > ONNX_DIMS)
		return onnx_node_err(n, e, "more than %d dimensions", ONNX_DIMS);
	for (unsigned i = 0; i < axis; i++)
		dims[nd++] = in->dims[i];
	for (unsigned i = 0; i < ix->ndims; i++)
		dims[nd++] = ix->dims[i];
	for (unsigned i = axis + 1; i < in->ndims; i++)
		dims[nd++] = in->dims[i];
	onnx_set_shape(n, 0, in->type, nd, dims);
	return 0;
}

static int
gather_run(struct onnx_node *n, struct err *e)
{
	const struct onnx_tensor *in = n->in[0];
	size_t outer, row, count = onnx_count(n->in[1]);
	char *to = n->out[0]->data;
	unsigned axis = 0;
	int rc = index_axis(n, &axis, e);

	if (rc)
		return rc;
	outer = onnx_span(in, 0, axis);
	row = onnx_span(in, axis + 1, in->ndims) * onnx_type_size(in->type);
	for (size_t i = 0; i < count; i++) {
		int64_t at = index_at(n->in[1], i);

		rc = check_index(n, &at, in->dims[axis], e);
		if (rc)
			return rc;
		for (size_t o = 0; o < outer && row; o++)
			memcpy(to + (o * count + i) * row,
			    (const char *)in->data +
				(o * (size_t)in->dims[axis] + (size_t)at) * row,
			    row);
	}
	return 0;
}

static int
elements_infer(struct onnx_node *n, struct err *e)
{
	unsigned axis = 0;
	int rc = index_axis(n, &axis, e);

	if (rc)
		return rc;
	if (n->in[0]->ndims != n->in[1]->ndims)
		return onnx_node_err(n, e, "data and indices differ in dimensions");
	for (unsigned i = 0; i < n->in[0]->ndims; i++)
		if (i != axis && n->in[1]->dims[i] > n->in[0]->dims[i])
			return onnx_node_err(n, e, "more indices than values");
	onnx_set_shape(n, 0, n->in[0]->type, n->in[1]->ndims, n->in[1]->dims);
	return 0;
}

static int
elements_run(struct onnx_node *n, struct err *e)
{
	const struct onnx_tensor *in = n->in[0], *ix = n->in[1];
	size_t size = onnx_type_size(in->type), count = onnx_count(ix);
	int64_t index[ONNX_DIMS] = { 0 };
	unsigned axis = 0;
	int rc = index_axis(n, &axis, e);

	for (size_t i = 0; i < count && !rc; i++) {
		int64_t at = index_at(ix, i);
		size_t from = 0;

		rc = check_index(n, &at, in->dims[axis], e);
		if (rc)
			return rc;
		for (unsigned d = 0; d < in->ndims; d++)
			from = from * (size_t)in->dims[d] + (size_t)(d == axis ? at : index[d]);
		memcpy(
		    (char *)n->out[0]->data + i * size, (const char *)in->data + from * size, size);
		for (unsigned d = in->ndims; d-- > 0;) {
			if (++index[d] < ix->dims[d])
				break;
			index[d] = 0;
		}
	}
	return rc;
}

/* ---- Pad: constant, edge or reflect; a negative pad cuts ---- */

static int
pads_of(const struct onnx_node *n, int64_t *pads, struct err *e)
{
	int64_t v[2 * ONNX_DIMS], axes[ONNX_DIMS];
	unsigned nd = n->in[0]->ndims, axis;
	size_t count, many = nd;
	int rc = onnx_ints_or(
	    n, onnx_attr_has(n, "paddings") ? "paddings" : "pads", 1, v, 2 * ONNX_DIMS, &count, e);

	if (!rc && n->nin > 3 && n->in[3])
		rc = onnx_ints(n, 3, axes, ONNX_DIMS, &many, e);
	else
		for (unsigned i = 0; i < nd; i++)
			axes[i] = i;
	if (rc)
		return rc;
	if (count == (size_t)-1 || count != 2 * many)
		return onnx_node_err(n, e, "its pads are not two a dimension");
	memset(pads, 0, 2 * nd * sizeof *pads);
	for (size_t i = 0; i < many; i++) {
		rc = onnx_axis(n, axes[i], nd, &axis, e);
		if (rc)
			return rc;
		pads[axis] = v[i];
		pads[nd + axis] = v[many + i];
	}
	return 0;
}

enum pad_mode { PAD_CONSTANT, PAD_EDGE, PAD_REFLECT, PAD_UNKNOWN };

static enum pad_mode
pad_mode(const struct onnx_node *n)
{
	return onnx_attr_eqz(n, "mode", "constant", true)   ? PAD_CONSTANT
	       : onnx_attr_eqz(n, "mode", "edge", false)    ? PAD_EDGE
	       : onnx_attr_eqz(n, "mode", "reflect", false) ? PAD_REFLECT
							    : PAD_UNKNOWN;
}

static int
pad_infer(struct onnx_node *n, struct err *e)
{
	const struct onnx_tensor *in = n->in[0];
	int64_t pads[2 * ONNX_DIMS] = { 0 }, dims[ONNX_DIMS];
	enum pad_mode mode = pad_mode(n);
	int rc = pads_of(n, pads, e);

	if (rc)
		return rc;
	if (mode == PAD_UNKNOWN)
		return onnx_node_err(n, e, "its mode is not supported");
	if (n->nin > 2 && n->in[2] && (n->in[2]->type != in->type || onnx_count(n->in[2]) != 1))
		return onnx_node_err(
		    n, e, "what it pads with is not one %s", onnx_type_name(in->type));
	for (unsigned i = 0; i < in->ndims; i++) {
		int64_t a = pads[i], b = pads[in->ndims + i];

		if (a < -INT32_MAX || a > INT32_MAX || b < -INT32_MAX || b > INT32_MAX)
			return onnx_node_err(
			    n, e, "pads of %lld and %lld", (long long)a, (long long)b);
		dims[i] = in->dims[i] + a + b;
		if (dims[i] < 0 || (mode != PAD_CONSTANT && dims[i] && in->dims[i] < 1))
			return onnx_node_err(
			    n, e, "dimension %u becomes %lld", i, (long long)dims[i]);
	}
	onnx_set_shape(n, 0, in->type, in->ndims, dims);
	return 0;
}

/* Where the value at `at` (before the padding) comes from; -1: from nowhere. */
static int64_t
pad_source(int64_t at, int64_t dim, enum pad_mode mode)
{
	int64_t period;

	if (at >= 0 && at < dim)
		return at;
	if (mode == PAD_CONSTANT)
		return -1;
	if (mode == PAD_EDGE || dim == 1)
		return at < 0 ? 0 : dim - 1;
	period = 2 * (dim - 1);
	at %= period;
	if (at < 0)
		at += period;
	return at < dim ? at : period - at;
}

/* What constant padding is made of. */
static void
pad_value(const struct onnx_node *n, void *v)
{
	float f = onnx_attr_f(n, "value", 0);

	memset(v, 0, 8);
	if (n->nin > 2 && n->in[2])
		memcpy(v, n->in[2]->data, onnx_type_size(n->in[2]->type));
	else if (n->in[0]->type == ONNX_F32)
		memcpy(v, &f, sizeof f);
	else if (n->in[0]->type == ONNX_F64)
		*(double *)v = (double)f;
}

static int
pad_run(struct onnx_node *n, struct err *e)
{
	const struct onnx_tensor *in = n->in[0], *out = n->out[0];
	size_t size = onnx_type_size(in->type), count = onnx_count(out);
	int64_t pads[2 * ONNX_DIMS] = { 0 }, index[ONNX_DIMS] = { 0 };
	enum pad_mode mode = pad_mode(n);
	double value[1];
	int rc = pads_of(n, pads, e);

	if (rc)
		return rc;
	pad_value(n, value);
	for (size_t i = 0; i < count; i++) {
		bool inside = true;
		int64_t from = 0;

		for (unsigned d = 0; d < in->ndims; d++) {
			int64_t s = pad_source(index[d] - pads[d], in->dims[d], mode);

			inside &= s >= 0;
			from = from * in->dims[d] + s;
		}
		memcpy((char *)out->data + i * size,
		    inside ? (const char *)in->data + from * (int64_t)size : (const char *)value,
		    size);
		for (unsigned d = in->ndims; d-- > 0;) {
			if (++index[d] < out->dims[d])
				break;
			index[d] = 0;
		}
	}
	return 0;
}

#define OP(op, least, most, i, r) \
	{ \
		.name = op, .min_in = least, .max_in = most, .max_out = 1, .infer = i, .run = r \
	}

const struct onnx_op onnx_ops_gather[] = {
	OP("Gather", 2, 2, gather_infer, gather_run),
	OP("GatherElements", 2, 2, elements_infer, elements_run),
	OP("Pad", 1, 4, pad_infer, pad_run),
	{ 0 },
};
