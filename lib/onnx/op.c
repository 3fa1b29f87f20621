#include <string.h>

#include "onnx/op.h"

static const struct onnx_op *const tables[] = { onnx_ops_unary, onnx_ops_binary, onnx_ops_reduce,
	onnx_ops_shape, onnx_ops_move, onnx_ops_gather, onnx_ops_conv, onnx_ops_pool, onnx_ops_norm,
	onnx_ops_gemm, onnx_ops_rnn, onnx_ops_cast, onnx_ops_make };

const struct onnx_op *
onnx_op_find(const char *name)
{
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		for (const struct onnx_op *o = tables[i]; o->name; o++)
			if (strcmp(o->name, name) == 0)
				return o;
	return NULL;
}

void
onnx_set_shape(
    struct onnx_node *n, unsigned o, enum onnx_type type, unsigned ndims, const int64_t *dims)
{
	struct onnx_tensor *t = o < n->nout ? n->out[o] : NULL;

	if (!t)
		return;
	t->type = type;
	t->ndims = ndims;
	memset(t->dims, 0, sizeof t->dims);
	if (ndims)
		memmove(t->dims, dims, ndims * sizeof *dims);
}

void
onnx_like(struct onnx_node *n, unsigned o, unsigned i)
{
	const struct onnx_tensor *in = n->in[i];

	onnx_set_shape(n, o, in->type, in->ndims, in->dims);
}

int
onnx_axis(const struct onnx_node *n, int64_t axis, unsigned rank, unsigned *out, struct err *e)
{
	if (axis < -(int64_t)rank || axis >= (int64_t)rank)
		return onnx_node_err(n, e, "axis %lld of %u dimensions", (long long)axis, rank);
	*out = (unsigned)(axis < 0 ? axis + rank : axis);
	return 0;
}

size_t
onnx_span(const struct onnx_tensor *t, unsigned from, unsigned to)
{
	size_t n = 1;

	for (unsigned i = from; i < to; i++)
		n *= (size_t)t->dims[i];
	return n;
}

int
onnx_ints(
    const struct onnx_node *n, unsigned i, int64_t *v, size_t most, size_t *count, struct err *e)
{
	const struct onnx_tensor *t = i < n->nin ? n->in[i] : NULL;

	*count = 0;
	if (!t)
		return 0;
	if (t->type != ONNX_I64 && t->type != ONNX_I32)
		return onnx_bad_type(n, t, e);
	if (t->ndims > 1)
		return onnx_node_err(n, e, "input %u has %u dimensions, not one", i, t->ndims);
	if (onnx_count(t) > most)
		return onnx_node_err(
		    n, e, "input %u has %zu values, at most %zu fit", i, onnx_count(t), most);
	if (!t->data)
		return ONNX_LATER;
	*count = onnx_count(t);
	for (size_t k = 0; k < *count; k++)
		v[k] = t->type == ONNX_I64 ? ((const int64_t *)t->data)[k]
					   : ((const int32_t *)t->data)[k];
	return 0;
}

int
onnx_ints_or(const struct onnx_node *n, const char *name, unsigned i, int64_t *v, size_t most,
    size_t *count, struct err *e)
{
	const int64_t *a;

	if (i < n->nin && n->in[i])
		return onnx_ints(n, i, v, most, count, e);
	if (!onnx_attr_is(n, name, &a, count)) {
		*count = (size_t)-1;
		return 0;
	}
	if (*count > most)
		return onnx_node_err(n, e, "%zu %s, at most %zu fit", *count, name, most);
	if (*count)
		memcpy(v, a, *count * sizeof *v);
	return 0;
}

int
onnx_bad_type(const struct onnx_node *n, const struct onnx_tensor *t, struct err *e)
{
	return onnx_node_err(n, e, "%s is not supported here", onnx_type_name(t->type));
}

bool
onnx_broadcast(const struct onnx_tensor *a, const struct onnx_tensor *b, struct onnx_tensor *out)
{
	unsigned nd = a->ndims > b->ndims ? a->ndims : b->ndims;
	struct onnx_tensor r = { .type = a->type, .ndims = nd };

	for (unsigned i = 0; i < nd; i++) {
		int64_t x = i + a->ndims < nd ? 1 : a->dims[i + a->ndims - nd];
		int64_t y = i + b->ndims < nd ? 1 : b->dims[i + b->ndims - nd];

		if (x != y && x != 1 && y != 1)
			return false;
		r.dims[i] = x == 1 ? y : x;
	}
	*out = r;
	return true;
}

/* ---- 16-bit floats ---- */

static float
bits_f32(uint32_t u)
{
	float f;

	memcpy(&f, &u, sizeof f);
	return f;
}

static uint32_t
f32_bits(float f)
{
	uint32_t u;

	memcpy(&u, &f, sizeof u);
	return u;
}

float
onnx_f16(uint16_t h)
{
	uint32_t sign = (uint32_t)(h & 0x8000) << 16, e = h >> 10 & 31, m = h & 0x3ff;

	if (e == 31)
		return bits_f32(sign | 0x7f800000 | m << 13);
	if (e)
		return bits_f32(sign | (e + 112) << 23 | m << 13);
	/* subnormal: m / 2^24, exact in a float */
	return (sign ? -1.0f : 1.0f) * (float)m / 16777216.0f;
}

uint16_t
onnx_to_f16(float f)
{
	uint32_t u = f32_bits(f), sign = u >> 16 & 0x8000, a = u & 0x7fffffff;

	if (a > 0x7f800000)
		return (uint16_t)(sign | 0x7e00);
	if (a >= 0x477ff000) /* rounds to 65536 or more */
		return (uint16_t)(sign | 0x7c00);
	if (a < 0x38800000) {
		/* adding 0.5 leaves multiples of 2^-24 in the last bits, rounded to even */
		float r = bits_f32(a) + 0.5f;

		return (uint16_t)(sign | (f32_bits(r) - 0x3f000000));
	}
	a += 0xc8000000u + 0xfff + (a >> 13 & 1);
	return (uint16_t)(sign | a >> 13);
}

float
onnx_bf16(uint16_t h)
{
	return bits_f32((uint32_t)h << 16);
}

uint16_t
onnx_to_bf16(float f)
{
	uint32_t u = f32_bits(f);

	if ((u & 0x7fffffff) > 0x7f800000)
		return (uint16_t)(u >> 16 | 0x40);
	return (uint16_t)((u + 0x7fff + (u >> 16 & 1)) >> 16);
}

double
onnx_f64_at(const struct onnx_tensor *t, size_t i)
{
	switch (t->type) {
	case ONNX_F32: return (double)((const float *)t->data)[i];
	case ONNX_F64: return ((const double *)t->data)[i];
	case ONNX_F16: return (double)onnx_f16(((const uint16_t *)t->data)[i]);
	case ONNX_BF16: return (double)onnx_bf16(((const uint16_t *)t->data)[i]);
	case ONNX_I64: return (double)((const int64_t *)t->data)[i];
	case ONNX_U64: return (double)((const uint64_t *)t->data)[i];
	case ONNX_I32: return ((const int32_t *)t->data)[i];
	case ONNX_U32: return ((const uint32_t *)t->data)[i];
	case ONNX_I16: return ((const int16_t *)t->data)[i];
	case ONNX_U16: return ((const uint16_t *)t->data)[i];
	case ONNX_I8: return ((const int8_t *)t->data)[i];
	case ONNX_U8:
	case ONNX_BOOL: return ((const uint8_t *)t->data)[i];
	default: return 0;
	}
}
