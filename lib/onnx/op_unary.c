#include <math.h>
#include <string.h>

#include "onnx/op.h"

#include "nn/dense.h"

/*
 * One value in, one out, of the same type. A kernel gets two numbers, the operator's attributes:
 * alpha and beta of the activations, the ends of Clip.
 */
typedef void (*unary_fn)(void *out, const void *in, size_t n, double a, double b);

struct unary {
	unary_fn fn[ONNX_TYPES];
	const char *attr[2];
	float dflt[2];
};

#define EACH(name, suffix, T, expr) \
	static void name##_##suffix(void *out, const void *in, size_t n, double a64, double b64) \
	{ \
		const T *x = in, a = (T)a64, b = (T)b64; \
		T *y = out; \
		(void)a, (void)b; \
		for (size_t i = 0; i < n; i++) { \
			T v = x[i]; \
			y[i] = (T)(expr); \
		} \
	}
#define FLOATS(name, expr32, expr64) EACH(name, f32, float, expr32) EACH(name, f64, double, expr64)
#define SIGNED(name, expr) \
	EACH(name, i8, int8_t, expr) \
	EACH(name, i16, int16_t, expr) EACH(name, i32, int32_t, expr) EACH(name, i64, int64_t, expr)
#define UNSIGNED(name, expr) \
	EACH(name, u8, uint8_t, expr) \
	EACH(name, u16, uint16_t, expr) \
	EACH(name, u32, uint32_t, expr) EACH(name, u64, uint64_t, expr)

#define HAS_FLOATS(name) [ONNX_F32] = name##_f32, [ONNX_F64] = name##_f64
#define HAS_SIGNED(name) \
	[ONNX_I8] = name##_i8, [ONNX_I16] = name##_i16, [ONNX_I32] = name##_i32, \
	[ONNX_I64] = name##_i64
#define HAS_UNSIGNED(name) \
	[ONNX_U8] = name##_u8, [ONNX_U16] = name##_u16, [ONNX_U32] = name##_u32, \
	[ONNX_U64] = name##_u64

/* integers wrap as unsigned ones do: the negative of the least int is itself */
FLOATS(abs, fabsf(v), fabs(v))
SIGNED(abs, v < 0 ? 0 - (uint64_t)v : (uint64_t)v)
UNSIGNED(abs, v)
FLOATS(neg, -v, -v)
SIGNED(neg, 0 - (uint64_t)v)
FLOATS(sign, (v > 0) - (v < 0), (v > 0) - (v < 0))
SIGNED(sign, (v > 0) - (v < 0))
UNSIGNED(sign, v > 0)
FLOATS(relu, v < 0 ? 0 : v, v < 0 ? 0 : v)
SIGNED(relu, v < 0 ? 0 : v)
FLOATS(ceil, ceilf(v), ceil(v))
FLOATS(floor, floorf(v), floor(v))
FLOATS(round, rintf(v), rint(v)) /* half to even, the rounding mode that we never change */
FLOATS(sqrt, sqrtf(v), sqrt(v))
FLOATS(reciprocal, 1 / v, 1 / v)
FLOATS(log, logf(v), log(v))
FLOATS(erf, erff(v), erf(v))
FLOATS(sin, sinf(v), sin(v))
FLOATS(cos, cosf(v), cos(v))
FLOATS(tan, tanf(v), tan(v))
FLOATS(asin, asinf(v), asin(v))
FLOATS(acos, acosf(v), acos(v))
FLOATS(atan, atanf(v), atan(v))
FLOATS(sinh, sinhf(v), sinh(v))
FLOATS(cosh, coshf(v), cosh(v))
FLOATS(asinh, asinhf(v), asinh(v))
FLOATS(acosh, acoshf(v), acosh(v))
FLOATS(atanh, atanhf(v), atanh(v))
FLOATS(elu, v < 0 ? a * expm1f(v) : v, v < 0 ? a * expm1(v) : v)
FLOATS(celu, v < 0 ? a * expm1f(v / a) : v, v < 0 ? a * expm1(v / a) : v)
FLOATS(selu, b *(v > 0 ? v : a * expm1f(v)), b *(v > 0 ? v : a * expm1(v)))
FLOATS(leaky, v < 0 ? a * v : v, v < 0 ? a * v : v)
FLOATS(softplus, v > 0 ? v + log1pf(expf(-v)) : log1pf(expf(v)),
    v > 0 ? v + log1p(exp(-v)) : log1p(exp(v)))
FLOATS(softsign, v / (1 + fabsf(v)), v / (1 + fabs(v)))
FLOATS(threshold, v > a ? v : 0, v > a ? v : 0)
FLOATS(hardsigmoid, fmaxf(0, fminf(1, a *v + b)), fmax(0, fmin(1, a *v + b)))
FLOATS(hardswish, v *fmaxf(0, fminf(1, v / 6 + 0.5f)), v *fmax(0, fmin(1, v / 6 + 0.5)))
FLOATS(gelu, 0.5f * v * (1 + erff(v * 0.70710678f)), 0.5 * v * (1 + erf(v * 0.70710678118654752)))
EACH(exp, f64, double, exp(v))
EACH(tanh, f64, double, tanh(v))
EACH(sigmoid, f64, double, 1 / (1 + exp(-v)))
EACH(not, bool, uint8_t, !v)

/* The kernels of networks work in place and hold e^x within floats; the few that are beyond are
 * the library's. */
static void
exp_f32(void *out, const void *in, size_t n, double a, double b)
{
	const float *x = in;
	float *y = out, t[256];

	(void)a, (void)b;
	for (size_t i = 0; i < n; i += 256) {
		size_t k = n - i < 256 ? n - i : 256;

		memcpy(t, x + i, k * sizeof *t);
		nn_dense()->exp(k, t);
		for (size_t j = 0; j < k; j++)
			y[i + j] = fabsf(x[i + j]) <= 87 ? t[j] : expf(x[i + j]);
	}
}

static void
tanh_f32(void *out, const void *in, size_t n, double a, double b)
{
	(void)a, (void)b;
	if (out != in)
		memcpy(out, in, n * sizeof(float));
	nn_dense()->tanh(n, out);
}

static void
sigmoid_f32(void *out, const void *in, size_t n, double a, double b)
{
	(void)a, (void)b;
	if (out != in)
		memcpy(out, in, n * sizeof(float));
	nn_dense()->sigmoid(n, out);
}

static int
infer(struct onnx_node *n, struct err *e)
{
	const struct unary *u = n->op->data;

	if ((size_t)n->in[0]->type >= ONNX_TYPES || !u->fn[n->in[0]->type])
		return onnx_bad_type(n, n->in[0], e);
	onnx_like(n, 0, 0);
	return 0;
}

static int
run(struct onnx_node *n, struct err *e)
{
	const struct unary *u = n->op->data;
	double a = 0, b = 0;

	(void)e;
	if (u->attr[0])
		a = (double)onnx_attr_f(n, u->attr[0], u->dflt[0]);
	if (u->attr[1])
		b = (double)onnx_attr_f(n, u->attr[1], u->dflt[1]);
	u->fn[n->in[0]->type](n->out[0]->data, n->in[0]->data, onnx_count(n->in[0]), a, b);
	return 0;
}

/* ---- Clip: ends by attribute (before opset 11) or by input ---- */

#define CLIP(suffix, T, least, most) \
	static void clip_##suffix(const struct onnx_node *n) \
	{ \
		const T *x = n->in[0]->data; \
		T *y = n->out[0]->data, lo = least, hi = most; \
		size_t count = onnx_count(n->in[0]); \
		if (n->nin > 1 && n->in[1]) \
			lo = *(const T *)n->in[1]->data; \
		if (n->nin > 2 && n->in[2]) \
			hi = *(const T *)n->in[2]->data; \
		for (size_t i = 0; i < count; i++) { \
			T v = x[i]; \
			v = v < lo ? lo : v; \
			y[i] = v > hi ? hi : v; \
		} \
	}
CLIP(f32, float, onnx_attr_f(n, "min", -INFINITY), onnx_attr_f(n, "max", INFINITY))
CLIP(f64, double, (double)onnx_attr_f(n, "min", -INFINITY), (double)onnx_attr_f(n, "max", INFINITY))
CLIP(i8, int8_t, INT8_MIN, INT8_MAX)
CLIP(i16, int16_t, INT16_MIN, INT16_MAX)
CLIP(i32, int32_t, INT32_MIN, INT32_MAX)
CLIP(i64, int64_t, INT64_MIN, INT64_MAX)
CLIP(u8, uint8_t, 0, UINT8_MAX)
CLIP(u16, uint16_t, 0, UINT16_MAX)
CLIP(u32, uint32_t, 0, UINT32_MAX)
CLIP(u64, uint64_t, 0, UINT64_MAX)

typedef void (*clip_fn)(const struct onnx_node *n);
static const clip_fn clips[ONNX_TYPES] = { HAS_FLOATS(clip), HAS_SIGNED(clip), HAS_UNSIGNED(clip) };

static int
clip_infer(struct onnx_node *n, struct err *e)
{
	if ((size_t)n->in[0]->type >= ONNX_TYPES || !clips[n->in[0]->type])
		return onnx_bad_type(n, n->in[0], e);
	for (unsigned i = 1; i < n->nin; i++)
		if (n->in[i] && (n->in[i]->type != n->in[0]->type || onnx_count(n->in[i]) != 1))
			return onnx_node_err(
			    n, e, "its ends are not one %s each", onnx_type_name(n->in[0]->type));
	onnx_like(n, 0, 0);
	return 0;
}

static int
clip_run(struct onnx_node *n, struct err *e)
{
	(void)e;
	clips[n->in[0]->type](n);
	return 0;
}

/* ---- float to bool ---- */

static int
test_infer(struct onnx_node *n, struct err *e)
{
	if (n->in[0]->type != ONNX_F32 && n->in[0]->type != ONNX_F64)
		return onnx_bad_type(n, n->in[0], e);
	onnx_set_shape(n, 0, ONNX_BOOL, n->in[0]->ndims, n->in[0]->dims);
	return 0;
}

static int
isnan_run(struct onnx_node *n, struct err *e)
{
	uint8_t *y = n->out[0]->data;

	(void)e;
	for (size_t i = 0, k = onnx_count(n->in[0]); i < k; i++)
		y[i] = isnan(onnx_f64_at(n->in[0], i)) != 0;
	return 0;
}

static int
isinf_run(struct onnx_node *n, struct err *e)
{
	bool neg = onnx_attr_i(n, "detect_negative", 1), pos = onnx_attr_i(n, "detect_positive", 1);
	uint8_t *y = n->out[0]->data;

	(void)e;
	for (size_t i = 0, k = onnx_count(n->in[0]); i < k; i++) {
		double v = onnx_f64_at(n->in[0], i);

		y[i] = isinf(v) && (v < 0 ? neg : pos);
	}
	return 0;
}

#define UNARY(op, ...) \
	{ \
		.name = op, .min_in = 1, .max_in = 1, .max_out = 1, .elementwise = true, \
		.infer = infer, .run = run, .data = &(const struct unary) \
		{ \
			{ __VA_ARGS__ }, { 0 }, \
			{ \
				0 \
			} \
		} \
	}
/* with attributes */
#define UNARY_AB(op, kernel, a, va, b, vb) \
	{ \
		.name = op, .min_in = 1, .max_in = 1, .max_out = 1, .elementwise = true, \
		.infer = infer, .run = run, .data = &(const struct unary) \
		{ \
			{ HAS_FLOATS(kernel) }, { a, b }, \
			{ \
				va, vb \
			} \
		} \
	}

const struct onnx_op onnx_ops_unary[] = {
	UNARY("Abs", HAS_FLOATS(abs), HAS_SIGNED(abs), HAS_UNSIGNED(abs)),
	UNARY("Neg", HAS_FLOATS(neg), HAS_SIGNED(neg)),
	UNARY("Sign", HAS_FLOATS(sign), HAS_SIGNED(sign), HAS_UNSIGNED(sign)),
	UNARY("Relu", HAS_FLOATS(relu), HAS_SIGNED(relu)),
	UNARY("Ceil", HAS_FLOATS(ceil)),
	UNARY("Floor", HAS_FLOATS(floor)),
	UNARY("Round", HAS_FLOATS(round)),
	UNARY("Sqrt", HAS_FLOATS(sqrt)),
	UNARY("Reciprocal", HAS_FLOATS(reciprocal)),
	UNARY("Exp", HAS_FLOATS(exp)),
	UNARY("Log", HAS_FLOATS(log)),
	UNARY("Erf", HAS_FLOATS(erf)),
	UNARY("Sin", HAS_FLOATS(sin)),
	UNARY("Cos", HAS_FLOATS(cos)),
	UNARY("Tan", HAS_FLOATS(tan)),
	UNARY("Asin", HAS_FLOATS(asin)),
	UNARY("Acos", HAS_FLOATS(acos)),
	UNARY("Atan", HAS_FLOATS(atan)),
	UNARY("Sinh", HAS_FLOATS(sinh)),
	UNARY("Cosh", HAS_FLOATS(cosh)),
	UNARY("Asinh", HAS_FLOATS(asinh)),
	UNARY("Acosh", HAS_FLOATS(acosh)),
	UNARY("Atanh", HAS_FLOATS(atanh)),
	UNARY("Tanh", HAS_FLOATS(tanh)),
	UNARY("Sigmoid", HAS_FLOATS(sigmoid)),
	UNARY("Softplus", HAS_FLOATS(softplus)),
	UNARY("Softsign", HAS_FLOATS(softsign)),
	UNARY("HardSwish", HAS_FLOATS(hardswish)),
	UNARY("Gelu", HAS_FLOATS(gelu)),
	UNARY("Not", [ONNX_BOOL] = not_bool),
	UNARY_AB("Elu", elu, "alpha", 1, NULL, 0),
	UNARY_AB("Celu", celu, "alpha", 1, NULL, 0),
	UNARY_AB("Selu", selu, "alpha", 1.67326324f, "gamma", 1.05070098f),
	UNARY_AB("LeakyRelu", leaky, "alpha", 0.01f, NULL, 0),
	UNARY_AB("ThresholdedRelu", threshold, "alpha", 1, NULL, 0),
	UNARY_AB("HardSigmoid", hardsigmoid, "alpha", 0.2f, "beta", 0.5f),
	{ .name = "Clip",
	    .min_in = 1,
	    .max_in = 3,
	    .max_out = 1,
	    .elementwise = true,
	    .infer = clip_infer,
	    .run = clip_run },
	{ .name = "IsNaN",
	    .min_in = 1,
	    .max_in = 1,
	    .max_out = 1,
	    .infer = test_infer,
	    .run = isnan_run },
	{ .name = "IsInf",
	    .min_in = 1,
	    .max_in = 1,
	    .max_out = 1,
	    .infer = test_infer,
	    .run = isinf_run },
	{ 0 },
};
