#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "onnx/op.h"

#include "base/mem.h"
#include "onnx/tensor.h"

/* Values from nothing: Constant, ConstantOfShape, Range, EyeLike. */

/* ---- Constant ---- */

static int
const_infer(struct onnx_node *n, struct err *e)
{
	const Onnx__TensorProto *p = onnx_attr_t(n, "value");
	struct onnx_tensor t;
	const int64_t *iv;
	const float *fv;
	size_t bytes, count;
	struct err why;

	if (p) {
		if (onnx_tensor_head(p, (size_t)1 << 30, &t, &bytes, &why))
			return onnx_node_err(n, e, "%.500s", why.msg);
		onnx_set_shape(n, 0, t.type, t.ndims, t.dims);
	} else if (onnx_attr_is(n, "value_ints", &iv, &count)) {
		onnx_set_shape(n, 0, ONNX_I64, 1, (int64_t[]){ (int64_t)count });
	} else if (onnx_attr_fs(n, "value_floats", &fv, &count)) {
		onnx_set_shape(n, 0, ONNX_F32, 1, (int64_t[]){ (int64_t)count });
	} else if (onnx_attr_has(n, "value_int")) {
		onnx_set_shape(n, 0, ONNX_I64, 0, NULL);
	} else if (onnx_attr_has(n, "value_float")) {
		onnx_set_shape(n, 0, ONNX_F32, 0, NULL);
	} else {
		return onnx_node_err(n, e, "no value of a kind that is supported");
	}
	return 0;
}

static int
const_run(struct onnx_node *n, struct err *e)
{
	const Onnx__TensorProto *p = onnx_attr_t(n, "value");
	struct onnx_tensor *out = n->out[0], t;
	const int64_t *iv;
	const float *fv;
	struct err why;
	size_t count;

	if (p) {
		size_t bytes = onnx_count(out) * onnx_type_size(out->type);

		if (onnx_tensor_proto(p, (size_t)1 << 30, &t, &why))
			return onnx_node_err(n, e, "%.500s", why.msg);
		if (bytes)
			memcpy(out->data, t.data, bytes);
		free(t.data);
	} else if (onnx_attr_is(n, "value_ints", &iv, &count)) {
		if (count)
			memcpy(out->data, iv, count * sizeof *iv);
	} else if (onnx_attr_fs(n, "value_floats", &fv, &count)) {
		if (count)
			memcpy(out->data, fv, count * sizeof *fv);
	} else if (out->type == ONNX_I64) {
		*(int64_t *)out->data = onnx_attr_i(n, "value_int", 0);
	} else {
		*(float *)out->data = onnx_attr_f(n, "value_float", 0);
	}
	return 0;
}

/* ---- ConstantOfShape ---- */

static int
fill_value(const struct onnx_node *n, struct onnx_tensor *t, struct err *e)
{
	const Onnx__TensorProto *p = onnx_attr_t(n, "value");
	struct err why;

	if (!p) {
		*t = (struct onnx_tensor){ .type = ONNX_F32, .data = mem_alloc(sizeof(float)) };
		return 0;
	}
	if (onnx_tensor_proto(p, 64, t, &why)) {
		onnx_node_err(n, e, "%.500s", why.msg);
		return ERR_DATA;
	}
	if (onnx_count(t) == 1)
		return 0;
	free(t->data);
	onnx_node_err(n, e, "its value is not one number");
	return ERR_DATA;
}

static int
fill_infer(struct onnx_node *n, struct err *e)
{
	int64_t dims[ONNX_DIMS];
	struct onnx_tensor t;
	size_t nd;
	int rc = onnx_ints(n, 0, dims, ONNX_DIMS, &nd, e);

	if (rc)
		return rc;
	rc = fill_value(n, &t, e);
	if (rc)
		return rc;
	free(t.data);
	onnx_set_shape(n, 0, t.type, (unsigned)nd, dims);
	return 0;
}

static int
fill_run(struct onnx_node *n, struct err *e)
{
	struct onnx_tensor t;
	size_t count = onnx_count(n->out[0]), size;
	int rc = fill_value(n, &t, e);

	if (rc)
		return rc;
	size = onnx_type_size(t.type);
	for (size_t i = 0; i < count; i++)
		memcpy((char *)n->out[0]->data + i * size, t.data, size);
	free(t.data);
	return 0;
}

/* ---- Range ---- */

static int
range_infer(struct onnx_node *n, struct err *e)
{
	enum onnx_type type = n->in[0]->type;
	double start, limit, delta, count;

	if (type != ONNX_F32 && type != ONNX_F64 && type != ONNX_I32 && type != ONNX_I64)
		return onnx_bad_type(n, n->in[0], e);
	for (unsigned i = 0; i < 3; i++) {
		if (onnx_count(n->in[i]) != 1 || n->in[i]->type != type)
			return onnx_node_err(n, e, "input %u is not one number like the others", i);
		if (!n->in[i]->data)
			return ONNX_LATER;
	}
	start = onnx_f64_at(n->in[0], 0);
	limit = onnx_f64_at(n->in[1], 0);
	delta = onnx_f64_at(n->in[2], 0);
	count = ceil((limit - start) / delta);
	if (!isfinite(count) || count > 1e9)
		return onnx_node_err(n, e, "no end in sight");
	onnx_set_shape(n, 0, type, 1, (int64_t[]){ count > 0 ? (int64_t)count : 0 });
	return 0;
}

static int
range_run(struct onnx_node *n, struct err *e)
{
	void *out = n->out[0]->data;
	size_t count = onnx_count(n->out[0]);

	(void)e;
	for (size_t i = 0; i < count; i++)
		switch (n->out[0]->type) {
		case ONNX_F32:
			((float *)out)[i] =
			    *(float *)n->in[0]->data + (float)i * *(float *)n->in[2]->data;
			break;
		case ONNX_F64:
			((double *)out)[i] =
			    *(double *)n->in[0]->data + (double)i * *(double *)n->in[2]->data;
			break;
		case ONNX_I32:
			((uint32_t *)out)[i] =
			    *(uint32_t *)n->in[0]->data + (uint32_t)i * *(uint32_t *)n->in[2]->data;
			break;
		default:
			((uint64_t *)out)[i] =
			    *(uint64_t *)n->in[0]->data + (uint64_t)i * *(uint64_t *)n->in[2]->data;
		}
	return 0;
}

/* ---- EyeLike ---- */

static int
eye_infer(struct onnx_node *n, struct err *e)
{
	int64_t type = onnx_attr_i(n, "dtype", (int64_t)n->in[0]->type);

	if (n->in[0]->ndims != 2)
		return onnx_node_err(n, e, "%u dimensions, not 2", n->in[0]->ndims);
	if (type != ONNX_F32 && type != ONNX_F64 && type != ONNX_I32 && type != ONNX_I64)
		return onnx_node_err(n, e, "type %lld is not supported", (long long)type);
	onnx_set_shape(n, 0, (enum onnx_type)type, 2, n->in[0]->dims);
	return 0;
}

static int
eye_run(struct onnx_node *n, struct err *e)
{
	int64_t k = onnx_attr_i(n, "k", 0);
	struct onnx_tensor *t = n->out[0];
	size_t size = onnx_type_size(t->type);

	(void)e;
	memset(t->data, 0, onnx_count(t) * size);
	for (int64_t i = 0; i < t->dims[0]; i++) {
		size_t at;

		if (k < -t->dims[0] || k > t->dims[1] || i + k < 0 || i + k >= t->dims[1])
			continue;
		at = (size_t)(i * t->dims[1] + i + k);
		switch (t->type) {
		case ONNX_F32: ((float *)t->data)[at] = 1; break;
		case ONNX_F64: ((double *)t->data)[at] = 1; break;
		case ONNX_I32: ((int32_t *)t->data)[at] = 1; break;
		default: ((int64_t *)t->data)[at] = 1;
		}
	}
	return 0;
}

#define MAKE(op, inputs, shape, i, r) \
	{ \
		.name = op, .min_in = inputs, .max_in = inputs, .max_out = 1, .shape_only = shape, \
		.infer = i, .run = r \
	}

const struct onnx_op onnx_ops_make[] = {
	MAKE("Constant", 0, false, const_infer, const_run),
	MAKE("ConstantOfShape", 1, false, fill_infer, fill_run),
	MAKE("Range", 3, false, range_infer, range_run),
	MAKE("EyeLike", 1, true, eye_infer, eye_run),
	{ 0 },
};
