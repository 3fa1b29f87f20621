#include <string.h>

#include "onnx/op.h"

/* Operators that only say how the same values are to be seen, and those that tell of shapes. */

static int
view_run(struct onnx_node *n, struct err *e)
{
	size_t bytes = onnx_count(n->in[0]) * onnx_type_size(n->in[0]->type);

	(void)e;
	if (n->out[0] && n->out[0]->data != n->in[0]->data && bytes)
		memcpy(n->out[0]->data, n->in[0]->data, bytes);
	/* Dropout's mask: nothing was dropped */
	for (size_t i = 0, k = n->nout > 1 && n->out[1] ? onnx_count(n->out[1]) : 0; i < k; i++)
		if (n->out[1]->type == ONNX_F32)
			((float *)n->out[1]->data)[i] = 1;
		else
			((uint8_t *)n->out[1]->data)[i] = 1;
	return 0;
}

static int
identity_infer(struct onnx_node *n, struct err *e)
{
	(void)e;
	onnx_like(n, 0, 0);
	return 0;
}

static int
dropout_infer(struct onnx_node *n, struct err *e)
{
	const struct onnx_tensor *in = n->in[0];

	if (n->nin > 2 && n->in[2]) {
		if (!n->in[2]->data)
			return ONNX_LATER;
		if (n->in[2]->type != ONNX_BOOL || onnx_count(n->in[2]) != 1 ||
		    *(const uint8_t *)n->in[2]->data)
			return onnx_node_err(n, e, "training mode is not supported");
	}
	onnx_like(n, 0, 0);
	onnx_set_shape(n, 1, n->opset < 10 && in->type == ONNX_F32 ? ONNX_F32 : ONNX_BOOL,
	    in->ndims, in->dims);
	return 0;
}

static int
reshape_infer(struct onnx_node *n, struct err *e)
{
	const struct onnx_tensor *in = n->in[0];
	bool allow_zero = onnx_attr_i(n, "allowzero", 0);
	int64_t dims[ONNX_DIMS], open = -1;
	size_t nd, known = 1, count = onnx_count(in);
	int rc = onnx_ints_or(n, "shape", 1, dims, ONNX_DIMS, &nd, e);

	if (rc)
		return rc;
	if (nd == (size_t)-1)
		return onnx_node_err(n, e, "no shape");
	for (size_t i = 0; i < nd; i++) {
		if (dims[i] == 0 && !allow_zero) {
			if (i >= in->ndims)
				return onnx_node_err(n, e, "no dimension %zu to keep", i);
			dims[i] = in->dims[i];
		}
		if (dims[i] == -1 && open < 0)
			open = (int64_t)i;
		else if (dims[i] < 0)
			return onnx_node_err(n, e, "dimension %zu is %lld", i, (long long)dims[i]);
		else if (__builtin_mul_overflow(known, (size_t)dims[i], &known))
			return onnx_node_err(n, e, "the shape is too large");
	}
	if (open >= 0)
		dims[open] = known ? (int64_t)(count / known) : 0;
	if (open >= 0 ? known * (size_t)dims[open] != count : known != count)
		return onnx_node_err(n, e, "%zu values do not fill the shape", count);
	onnx_set_shape(n, 0, in->type, (unsigned)nd, dims);
	return 0;
}

static int
flatten_infer(struct onnx_node *n, struct err *e)
{
	const struct onnx_tensor *in = n->in[0];
	int64_t axis = onnx_attr_i(n, "axis", 1), nd = in->ndims, dims[2];

	if (axis < -nd || axis > nd)
		return onnx_node_err(
		    n, e, "axis %lld of %u dimensions", (long long)axis, in->ndims);
	if (axis < 0)
		axis += nd;
	dims[0] = (int64_t)onnx_span(in, 0, (unsigned)axis);
	dims[1] = (int64_t)onnx_span(in, (unsigned)axis, in->ndims);
	onnx_set_shape(n, 0, in->type, 2, dims);
	return 0;
}

static int
squeeze_infer(struct onnx_node *n, struct err *e)
{
	const struct onnx_tensor *in = n->in[0];
	int64_t axes[ONNX_DIMS], dims[ONNX_DIMS];
	bool on[ONNX_DIMS] = { 0 };
	unsigned nd = 0, axis;
	size_t count;
	int rc = onnx_ints_or(n, "axes", 1, axes, ONNX_DIMS, &count, e);

	if (rc)
		return rc;
	for (unsigned i = 0; i < in->ndims && count == (size_t)-1; i++)
		on[i] = in->dims[i] == 1;
	for (size_t i = 0; i < count && count != (size_t)-1; i++) {
		rc = onnx_axis(n, axes[i], in->ndims, &axis, e);
		if (rc)
			return rc;
		if (in->dims[axis] != 1)
			return onnx_node_err(
			    n, e, "dimension %u is %lld, not 1", axis, (long long)in->dims[axis]);
		on[axis] = true;
	}
	for (unsigned i = 0; i < in->ndims; i++)
		if (!on[i])
			dims[nd++] = in->dims[i];
	onnx_set_shape(n, 0, in->type, nd, dims);
	return 0;
}

static int
unsqueeze_infer(struct onnx_node *n, struct err *e)
{
	const struct onnx_tensor *in = n->in[0];
	int64_t axes[ONNX_DIMS], dims[ONNX_DIMS];
	bool on[ONNX_DIMS] = { 0 };
	unsigned nd, axis;
	size_t count;
	int rc = onnx_ints_or(n, "axes", 1, axes, ONNX_DIMS, &count, e);

	if (rc)
		return rc;
	if (count == (size_t)-1 || in->ndims + count > ONNX_DIMS)
		return onnx_node_err(n, e, "no axes, or too many");
	nd = in->ndims + (unsigned)count;
	for (size_t i = 0; i < count; i++) {
		rc = onnx_axis(n, axes[i], nd, &axis, e);
		if (rc)
			return rc;
		if (on[axis])
			return onnx_node_err(n, e, "axis %u twice", axis);
		on[axis] = true;
	}
	for (unsigned i = 0, k = 0; i < nd; i++)
		dims[i] = on[i] ? 1 : in->dims[k++];
	onnx_set_shape(n, 0, in->type, nd, dims);
	return 0;
}

/* ---- Shape, Size ---- */

static void
shape_range(const struct onnx_node *n, int64_t *start, int64_t *end)
{
	int64_t nd = n->in[0]->ndims;

	*start = onnx_attr_i(n, "start", 0);
	*end = onnx_attr_i(n, "end", nd);
	*start = *start < -nd ? 0 : *start < 0 ? *start + nd : *start > nd ? nd : *start;
	*end = *end < -nd ? 0 : *end < 0 ? *end + nd : *end > nd ? nd : *end;
	if (*end < *start)
		*end = *start;
}

static int
shape_infer(struct onnx_node *n, struct err *e)
{
	int64_t start, end;

	(void)e;
	shape_range(n, &start, &end);
	onnx_set_shape(n, 0, ONNX_I64, 1, (int64_t[]){ end - start });
	return 0;
}

static int
shape_run(struct onnx_node *n, struct err *e)
{
	int64_t start, end;

	(void)e;
	shape_range(n, &start, &end);
	for (int64_t i = start; i < end; i++)
		((int64_t *)n->out[0]->data)[i - start] = n->in[0]->dims[i];
	return 0;
}

static int
size_infer(struct onnx_node *n, struct err *e)
{
	(void)e;
	onnx_set_shape(n, 0, ONNX_I64, 0, NULL);
	return 0;
}

static int
size_run(struct onnx_node *n, struct err *e)
{
	(void)e;
	*(int64_t *)n->out[0]->data = (int64_t)onnx_count(n->in[0]);
	return 0;
}

#define VIEW(op, in, outs, f) \
	{ \
		.name = op, .min_in = 1, .max_in = in, .max_out = outs, .view = true, .infer = f, \
		.run = view_run \
	}
#define TELL(op, f, r) \
	{ \
		.name = op, .min_in = 1, .max_in = 1, .max_out = 1, .shape_only = true, \
		.infer = f, .run = r \
	}

const struct onnx_op onnx_ops_shape[] = {
	VIEW("Identity", 1, 1, identity_infer),
	VIEW("Dropout", 3, 2, dropout_infer),
	VIEW("Reshape", 2, 1, reshape_infer),
	VIEW("Flatten", 1, 1, flatten_infer),
	VIEW("Squeeze", 2, 1, squeeze_infer),
	VIEW("Unsqueeze", 2, 1, unsqueeze_infer),
	TELL("Shape", shape_infer, shape_run),
	TELL("Size", size_infer, size_run),
	{ 0 },
};
