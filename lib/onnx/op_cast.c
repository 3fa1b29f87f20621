#include <math.h>

#include "onnx/op.h"

/* Cast, CastLike: by way of double or, between integers, of int64. What does not fit an integer
 * wraps as its low bits do; a float that is beyond int64 is held at its ends, NaN becomes 0. */

static bool
is_float(enum onnx_type t)
{
	return t == ONNX_F32 || t == ONNX_F64 || t == ONNX_F16 || t == ONNX_BF16;
}

static int64_t
int_at(const struct onnx_tensor *t, size_t i)
{
	double v;

	switch (t->type) {
	case ONNX_I64:
	case ONNX_U64: return ((const int64_t *)t->data)[i];
	case ONNX_I32: return ((const int32_t *)t->data)[i];
	case ONNX_U32: return ((const uint32_t *)t->data)[i];
	default: break;
	}
	v = onnx_f64_at(t, i);
	if (isnan(v))
		return 0;
	return v >= 9223372036854775808.0   ? INT64_MAX
	       : v < -9223372036854775808.0 ? INT64_MIN
					    : (int64_t)v;
}

static void
put_float(struct onnx_tensor *t, size_t i, double v)
{
	switch (t->type) {
	case ONNX_F32: ((float *)t->data)[i] = (float)v; break;
	case ONNX_F64: ((double *)t->data)[i] = v; break;
	case ONNX_F16: ((uint16_t *)t->data)[i] = onnx_to_f16((float)v); break;
	default: ((uint16_t *)t->data)[i] = onnx_to_bf16((float)v);
	}
}

static void
put_int(struct onnx_tensor *t, size_t i, int64_t v)
{
	switch (onnx_type_size(t->type)) {
	case 8: ((int64_t *)t->data)[i] = v; break;
	case 4: ((uint32_t *)t->data)[i] = (uint32_t)v; break;
	case 2: ((uint16_t *)t->data)[i] = (uint16_t)v; break;
	default: ((uint8_t *)t->data)[i] = (uint8_t)v;
	}
}

static int
infer(struct onnx_node *n, struct err *e)
{
	int64_t to = n->nin > 1 ? (int64_t)n->in[1]->type : onnx_attr_i(n, "to", 0);

	if (to < 0 || to >= ONNX_TYPES || !onnx_type_size((enum onnx_type)to))
		return onnx_node_err(n, e, "values of type %lld are not supported", (long long)to);
	onnx_set_shape(n, 0, (enum onnx_type)to, n->in[0]->ndims, n->in[0]->dims);
	return 0;
}

static int
run(struct onnx_node *n, struct err *e)
{
	const struct onnx_tensor *in = n->in[0];
	struct onnx_tensor *out = n->out[0];
	size_t count = onnx_count(in);

	(void)e;
	for (size_t i = 0; i < count; i++)
		if (out->type == ONNX_BOOL)
			((uint8_t *)out->data)[i] = onnx_f64_at(in, i) != 0;
		else if (is_float(out->type))
			put_float(out, i, onnx_f64_at(in, i));
		else
			put_int(out, i, int_at(in, i));
	return 0;
}

#define CAST(op, inputs) \
	{ \
		.name = op, .min_in = inputs, .max_in = inputs, .max_out = 1, .infer = infer, \
		.run = run \
	}

const struct onnx_op onnx_ops_cast[] = {
	CAST("Cast", 1),
	CAST("CastLike", 2),
	{ 0 },
};
