#include <math.h>
#include <string.h>

#include "onnx/op.h"

#include "nn/dense.h"

/* Normalisations and Softmax, in float32; moments in double. */

static int
all_f32(const struct onnx_node *n, struct err *e)
{
	for (unsigned i = 0; i < n->nin; i++)
		if (n->in[i] && n->in[i]->type != ONNX_F32)
			return onnx_bad_type(n, n->in[i], e);
	return 0;
}

/* Inputs from..to hold one number a channel each. */
static int
by_channel(const struct onnx_node *n, unsigned from, unsigned to, struct err *e)
{
	if (n->in[0]->ndims < 2)
		return onnx_node_err(n, e, "an input of %u dimensions", n->in[0]->ndims);
	for (unsigned i = from; i < to; i++)
		if (!n->in[i] || n->in[i]->ndims != 1 || n->in[i]->dims[0] != n->in[0]->dims[1])
			return onnx_node_err(n, e, "input %u is not one number a channel", i);
	return 0;
}

/* y = x * a + b over one channel */
static void
scale(const float *x, float *y, size_t n, float a, float b)
{
	for (size_t i = 0; i < n; i++)
		y[i] = x[i] * a + b;
}

static int
batch_infer(struct onnx_node *n, struct err *e)
{
	int rc = all_f32(n, e);

	if (!rc)
		rc = by_channel(n, 1, 5, e);
	if (rc)
		return rc;
	if (!n->out[0])
		return onnx_node_err(n, e, "output 0 is left out");
	if (!onnx_attr_i(n, "spatial", 1))
		return onnx_node_err(n, e, "one scale a value (spatial 0) is not supported");
	onnx_like(n, 0, 0);
	/* outputs that only training changes keep what they are given */
	for (unsigned i = 1; i < n->nout; i++)
		onnx_like(n, i, i < 3 ? i + 2 : i);
	return 0;
}

static void
moments(const float *x, size_t n, double *mean, double *var)
{
	double sum = 0, square = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)x[i];
	*mean = n ? sum / (double)n : 0;
	for (size_t i = 0; i < n; i++)
		square += ((double)x[i] - *mean) * ((double)x[i] - *mean);
	*var = n ? square / (double)n : 0;
}

/* Mean and variance of one channel over all images, as in training. */
static void
channel_moments(const struct onnx_tensor *in, size_t c, double *mean, double *var)
{
	size_t channels = (size_t)in->dims[1], space = onnx_span(in, 2, in->ndims);
	size_t images = (size_t)in->dims[0], n = images * space;
	const float *x = (const float *)in->data + c * space;
	double sum = 0, square = 0;

	for (size_t b = 0; b < images; b++)
		for (size_t i = 0; i < space; i++)
			sum += (double)x[b * channels * space + i];
	*mean = n ? sum / (double)n : 0;
	for (size_t b = 0; b < images; b++)
		for (size_t i = 0; i < space; i++) {
			double d = (double)x[b * channels * space + i] - *mean;

			square += d * d;
		}
	*var = n ? square / (double)n : 0;
}

static int
batch_run(struct onnx_node *n, struct err *e)
{
	const struct onnx_tensor *in = n->in[0];
	const float *g = n->in[1]->data, *b = n->in[2]->data;
	size_t channels = (size_t)in->dims[1], space = onnx_span(in, 2, in->ndims);
	double eps = (double)onnx_attr_f(n, "epsilon", 1e-5f);
	double keep = (double)onnx_attr_f(n, "momentum", 0.9f);
	bool training = onnx_attr_i(n, "training_mode", 0);

	(void)e;
	for (size_t c = 0; c < channels; c++) {
		double mean = (double)((const float *)n->in[3]->data)[c], mean_was = mean;
		double var = (double)((const float *)n->in[4]->data)[c], var_was = var, a;

		if (training)
			channel_moments(in, c, &mean, &var);
		a = (double)g[c] / sqrt(var + eps);
		for (size_t i = 0; i < (size_t)in->dims[0]; i++) {
			size_t at = (i * channels + c) * space;

			scale((const float *)in->data + at, (float *)n->out[0]->data + at, space,
			    (float)a, (float)((double)b[c] - mean * a));
		}
		/* running mean and variance; before opset 14 the saved ones, too */
		for (unsigned i = 1; i < n->nout; i++)
			if (n->out[i])
				((float *)n->out[i]->data)[c] =
				    (float)(i % 2 ? keep * mean_was + (1 - keep) * mean
						  : keep * var_was + (1 - keep) * var);
	}
	return 0;
}

static int
instance_infer(struct onnx_node *n, struct err *e)
{
	int rc = all_f32(n, e);

	if (!rc)
		rc = by_channel(n, 1, 3, e);
	if (!rc)
		onnx_like(n, 0, 0);
	return rc;
}

static int
instance_run(struct onnx_node *n, struct err *e)
{
	const struct onnx_tensor *in = n->in[0];
	const float *g = n->in[1]->data, *b = n->in[2]->data;
	size_t channels = (size_t)in->dims[1], space = onnx_span(in, 2, in->ndims);
	double eps = (double)onnx_attr_f(n, "epsilon", 1e-5f);

	(void)e;
	for (size_t i = 0; i < (size_t)in->dims[0] * channels; i++) {
		const float *x = (const float *)in->data + i * space;
		double mean, var, a;

		moments(x, space, &mean, &var);
		a = (double)g[i % channels] / sqrt(var + eps);
		scale(x, (float *)n->out[0]->data + i * space, space, (float)a,
		    (float)((double)b[i % channels] - mean * a));
	}
	return 0;
}

/* ---- LayerNormalization ---- */

static int
layer_infer(struct onnx_node *n, struct err *e)
{
	const struct onnx_tensor *in = n->in[0];
	struct onnx_tensor one = *in, out;
	unsigned axis;
	int rc = all_f32(n, e);

	if (!rc)
		rc = onnx_axis(n, onnx_attr_i(n, "axis", -1), in->ndims, &axis, e);
	if (rc)
		return rc;
	if (!n->out[0])
		return onnx_node_err(n, e, "output 0 is left out");
	for (unsigned i = 1; i < n->nin; i++) {
		const struct onnx_tensor *t = n->in[i];

		if (t && (!onnx_broadcast(in, t, &out) || out.ndims != in->ndims ||
			     onnx_count(&out) != onnx_count(in) || t->ndims > in->ndims - axis))
			return onnx_node_err(n, e, "input %u does not fit the shape", i);
	}
	onnx_like(n, 0, 0);
	for (unsigned i = axis; i < in->ndims; i++)
		one.dims[i] = 1;
	onnx_set_shape(n, 1, ONNX_F32, one.ndims, one.dims);
	onnx_set_shape(n, 2, ONNX_F32, one.ndims, one.dims);
	return 0;
}

/* y = y * g (or + g), g broadcast over the rows. */
static void
affine(struct onnx_tensor *y, const struct onnx_tensor *g, bool add)
{
	struct onnx_walk w;
	float *out = y->data;

	onnx_walk_init(&w, y, 2);
	onnx_walk_operand(&w, 0, y, -1);
	onnx_walk_operand(&w, 1, g, -1);
	for (bool more = onnx_walk_start(&w); more; more = onnx_walk_next(&w)) {
		const float *v = (const float *)g->data + w.at[1];

		for (int64_t i = 0; i < w.n; i++)
			if (add)
				out[w.at[0] + i] += v[i * w.step[1]];
			else
				out[w.at[0] + i] *= v[i * w.step[1]];
	}
}

static int
layer_run(struct onnx_node *n, struct err *e)
{
	const struct onnx_tensor *in = n->in[0];
	double eps = (double)onnx_attr_f(n, "epsilon", 1e-5f);
	size_t rows, len;
	unsigned axis;
	int rc = onnx_axis(n, onnx_attr_i(n, "axis", -1), in->ndims, &axis, e);

	if (rc)
		return rc;
	rows = onnx_span(in, 0, axis);
	len = onnx_span(in, axis, in->ndims);
	for (size_t r = 0; r < rows; r++) {
		const float *x = (const float *)in->data + r * len;
		double mean, var, inv;

		moments(x, len, &mean, &var);
		inv = 1 / sqrt(var + eps);
		scale(x, (float *)n->out[0]->data + r * len, len, (float)inv, (float)(-mean * inv));
		if (n->nout > 1 && n->out[1])
			((float *)n->out[1]->data)[r] = (float)mean;
		if (n->nout > 2 && n->out[2])
			((float *)n->out[2]->data)[r] = (float)inv;
	}
	affine(n->out[0], n->in[1], false);
	if (n->nin > 2 && n->in[2])
		affine(n->out[0], n->in[2], true);
	return 0;
}

/* ---- LRN: by the squares of neighbouring channels ---- */

static int
lrn_infer(struct onnx_node *n, struct err *e)
{
	int64_t size = onnx_attr_i(n, "size", 0);

	if (n->in[0]->type != ONNX_F32)
		return onnx_bad_type(n, n->in[0], e);
	if (n->in[0]->ndims < 2 || size < 1 || size > INT32_MAX)
		return onnx_node_err(n, e, "a size of %lld", (long long)size);
	onnx_like(n, 0, 0);
	return 0;
}

static int
lrn_run(struct onnx_node *n, struct err *e)
{
	const struct onnx_tensor *in = n->in[0];
	int64_t size = onnx_attr_i(n, "size", 1), channels = in->dims[1];
	double alpha = (double)onnx_attr_f(n, "alpha", 1e-4f) / (double)size;
	double beta = (double)onnx_attr_f(n, "beta", 0.75f),
	       bias = (double)onnx_attr_f(n, "bias", 1);
	size_t space = onnx_span(in, 2, in->ndims);

	(void)e;
	for (int64_t b = 0; b < in->dims[0]; b++)
		for (int64_t c = 0; c < channels; c++)
			for (size_t i = 0; i < space; i++) {
				const float *x =
				    (const float *)in->data + (size_t)(b * channels) * space + i;
				int64_t lo = c - (size - 1) / 2, hi = c + size / 2;
				double sum = 0;

				for (int64_t k = lo < 0 ? 0 : lo; k <= hi && k < channels; k++)
					sum += (double)x[(size_t)k * space] *
					       (double)x[(size_t)k * space];
				((float *)n->out[0]->data)[(size_t)(b * channels + c) * space + i] =
				    (float)((double)x[(size_t)c * space] *
					    pow(bias + alpha * sum, -beta));
			}
	return 0;
}

/* ---- Softmax, LogSoftmax: along one axis, before opset 13 along all from it on ---- */

static int
softmax_axis(const struct onnx_node *n, unsigned *axis, struct err *e)
{
	int64_t a = onnx_attr_i(n, "axis", n->opset < 13 ? 1 : -1);

	/* a vector of an old file: from its end on, which is one value a row */
	if (n->opset < 13 && a == (int64_t)n->in[0]->ndims) {
		*axis = n->in[0]->ndims;
		return 0;
	}
	return onnx_axis(n, a, n->in[0]->ndims, axis, e);
}

static int
softmax_infer(struct onnx_node *n, struct err *e)
{
	unsigned axis;
	int rc;

	if (n->in[0]->type != ONNX_F32)
		return onnx_bad_type(n, n->in[0], e);
	rc = softmax_axis(n, &axis, e);
	if (!rc)
		onnx_like(n, 0, 0);
	return rc;
}

/* One row of len values, `step` apart. */
static void
softmax_row(const float *x, float *y, size_t len, size_t step, bool logarithm)
{
	float top = -INFINITY;
	double sum = 0;

	for (size_t i = 0; i < len; i++)
		top = x[i * step] > top ? x[i * step] : top;
	if (step == 1 && !logarithm) {
		float total = 0;

		/* far below the top is 0 either way */
		for (size_t i = 0; i < len; i++)
			y[i] = x[i] - top;
		nn_dense()->exp(len, y);
		for (size_t i = 0; i < len; i++)
			total += y[i];
		for (size_t i = 0; i < len; i++)
			y[i] /= total;
		return;
	}
	for (size_t i = 0; i < len; i++)
		sum += exp((double)(x[i * step] - top));
	for (size_t i = 0; i < len; i++) {
		double d = (double)(x[i * step] - top);

		y[i * step] = (float)(logarithm ? d - log(sum) : exp(d) / sum);
	}
}

static int
softmax_run(struct onnx_node *n, struct err *e)
{
	const struct onnx_tensor *in = n->in[0];
	bool logarithm = n->op->data != NULL;
	size_t outer, len, inner;
	unsigned axis;
	int rc = softmax_axis(n, &axis, e);

	if (rc)
		return rc;
	outer = onnx_span(in, 0, axis);
	len = n->opset < 13 ? onnx_span(in, axis, in->ndims) : (size_t)in->dims[axis];
	inner = n->opset < 13 ? 1 : onnx_span(in, axis + 1, in->ndims);
	for (size_t o = 0; o < outer; o++)
		for (size_t i = 0; i < inner; i++)
			softmax_row((const float *)in->data + o * len * inner + i,
			    (float *)n->out[0]->data + o * len * inner + i, len, inner, logarithm);
	return 0;
}

#define NORM(op, least, most, outs, i, r) \
	{ \
		.name = op, .min_in = least, .max_in = most, .max_out = outs, .infer = i, .run = r \
	}

const struct onnx_op onnx_ops_norm[] = {
	NORM("BatchNormalization", 5, 5, 5, batch_infer, batch_run),
	NORM("InstanceNormalization", 3, 3, 1, instance_infer, instance_run),
	NORM("LayerNormalization", 2, 3, 3, layer_infer, layer_run),
	NORM("LRN", 1, 1, 1, lrn_infer, lrn_run),
	NORM("Softmax", 1, 1, 1, softmax_infer, softmax_run),
	{ .name = "LogSoftmax",
	    .min_in = 1,
	    .max_in = 1,
	    .max_out = 1,
	    .infer = softmax_infer,
	    .run = softmax_run,
	    .data = "log" },
	{ 0 },
};
