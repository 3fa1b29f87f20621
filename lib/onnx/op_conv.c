#include <string.h>

#include "onnx/op.h"

/*
 * Convolutions of any number of dimensions by way of a matrix product: the reference, and the way
 * for those that the blocked kernels leave. The input under the windows of a few output rows is
 * laid out as a matrix (a column an output), which the weights multiply.
 */
enum { COLUMN_FLOATS = 1 << 18 }; /* of the matrix: what stays in the second cache */

struct conv {
	struct onnx_window w;
	size_t spatial;   /* outputs of one channel */
	size_t in_space;  /* inputs of one channel */
	size_t taps;      /* of one channel's kernel */
	size_t row;       /* outputs in the last dimension */
	size_t rows;      /* at a time */
	size_t cin, cout; /* of one group */
	bool pointwise;   /* the input is the matrix */
};

static size_t
product(const int64_t *v, unsigned n)
{
	size_t p = 1;

	for (unsigned i = 0; i < n; i++)
		p *= (size_t)v[i];
	return p;
}

static int
conv_of(const struct onnx_node *n, struct conv *c, struct err *e)
{
	const struct onnx_tensor *wt = n->in[1];
	int rc = onnx_window_of(n, true, &c->w, e);

	if (rc)
		return rc;
	c->cin = (size_t)(c->w.cin / c->w.group);
	if (wt->dims[1] != (int64_t)c->cin || wt->dims[0] < 1 || wt->dims[0] % c->w.group)
		return onnx_node_err(n, e,
		    "weights of %lld by %lld channels for %lld in %lld groups",
		    (long long)wt->dims[0], (long long)wt->dims[1], (long long)c->w.cin,
		    (long long)c->w.group);
	c->cout = (size_t)(wt->dims[0] / c->w.group);
	c->spatial = product(c->w.out, c->w.nd);
	c->in_space = product(c->w.in, c->w.nd);
	c->taps = product(c->w.kernel, c->w.nd);
	c->row = (size_t)c->w.out[c->w.nd - 1];
	c->pointwise = c->taps == 1 && c->spatial == c->in_space;
	for (unsigned i = 0; i < c->w.nd; i++)
		c->pointwise &= c->w.stride[i] == 1 && c->w.pad[i] == 0;
	return 0;
}

static int
check_types(const struct onnx_node *n, struct err *e)
{
	for (unsigned i = 0; i < n->nin; i++)
		if (n->in[i] && n->in[i]->type != ONNX_F32)
			return onnx_bad_type(n, n->in[i], e);
	return 0;
}

static int
check_bias(const struct onnx_node *n, int64_t cout, struct err *e)
{
	const struct onnx_tensor *b = n->nin > 2 ? n->in[2] : NULL;

	if (b && (b->ndims != 1 || b->dims[0] != cout))
		return onnx_node_err(n, e, "its bias is not one number a channel");
	return 0;
}

static int
conv_infer(struct onnx_node *n, struct err *e)
{
	int64_t dims[ONNX_DIMS];
	struct conv c = { 0 };
	int rc = check_types(n, e);

	if (!rc)
		rc = conv_of(n, &c, e);
	if (!rc)
		rc = check_bias(n, n->in[1]->dims[0], e);
	if (rc)
		return rc;
	dims[0] = c.w.batch;
	dims[1] = n->in[1]->dims[0];
	memcpy(dims + 2, c.w.out, c.w.nd * sizeof *dims);
	onnx_set_shape(n, 0, ONNX_F32, c.w.nd + 2, dims);
	return 0;
}

static int
conv_prepare(struct onnx_node *n, struct err *e)
{
	size_t depth;
	struct conv c = { 0 };
	int rc = conv_of(n, &c, e);

	if (rc)
		return rc;
	if (c.pointwise || !c.row)
		return 0;
	depth = c.cin * c.taps;
	c.rows = COLUMN_FLOATS / (depth ? depth * c.row : c.row);
	if (c.rows < 1)
		c.rows = 1;
	if (c.rows > c.spatial / c.row)
		c.rows = c.spatial / c.row;
	n->scratch = depth * c.row * c.rows * sizeof(float);
	return 0;
}

/* One tap of one channel under `count` output rows from `first` on. */
static void
lay_tap(
    const struct conv *c, const float *x, const int64_t *tap, size_t first, size_t count, float *to)
{
	const struct onnx_window *w = &c->w;
	unsigned last = w->nd - 1;
	int64_t s = w->stride[last], off = tap[last] * w->dilation[last] - w->pad[last];
	int64_t lo = off < 0 ? (-off + s - 1) / s : 0, hi = (int64_t)c->row;

	if (off + (hi - 1) * s >= w->in[last])
		hi = off >= w->in[last] ? 0 : (w->in[last] - 1 - off) / s + 1;
	if (lo > hi)
		lo = hi;
	for (size_t r = first; r < first + count; r++, to += c->row) {
		size_t rest = r;
		int64_t at = 0, step = w->in[last];
		bool inside = true;

		for (unsigned d = last; d-- > 0;) {
			int64_t o = (int64_t)(rest % (size_t)w->out[d]);
			int64_t i = o * w->stride[d] + tap[d] * w->dilation[d] - w->pad[d];

			rest /= (size_t)w->out[d];
			inside &= i >= 0 && i < w->in[d];
			at += i * step;
			step *= w->in[d];
		}
		if (!inside || lo >= hi) {
			memset(to, 0, c->row * sizeof *to);
			continue;
		}
		memset(to, 0, (size_t)lo * sizeof *to);
		for (int64_t o = lo; o < hi; o++)
			to[o] = x[at + off + o * s];
		memset(to + hi, 0, (c->row - (size_t)hi) * sizeof *to);
	}
}

static void
lay(const struct conv *c, const float *x, size_t first, size_t count, float *to)
{
	for (size_t ch = 0; ch < c->cin; ch++) {
		int64_t tap[6] = { 0 };

		for (size_t t = 0; t < c->taps; t++) {
			lay_tap(c, x + ch * c->in_space, tap, first, count, to);
			to += count * c->row;
			for (unsigned d = c->w.nd; d-- > 0;) {
				if (++tap[d] < c->w.kernel[d])
					break;
				tap[d] = 0;
			}
		}
	}
}

/* One group of one image. */
static void
conv_group(const struct onnx_node *n, const struct conv *c, const float *x, const float *wt,
    const float *bias, float *y)
{
	size_t depth = c->cin * c->taps, all = c->row ? c->spatial / c->row : 0;
	size_t rows = c->pointwise || !all ? all : n->scratch / (depth * c->row * sizeof(float));

	for (size_t o = 0; o < c->cout; o++)
		for (size_t i = 0; i < c->spatial; i++)
			y[o * c->spatial + i] = bias ? bias[o] : 0;
	for (size_t r = 0; r < all && depth; r += rows) {
		size_t count = all - r < rows ? all - r : rows, cols = count * c->row;

		if (!c->pointwise)
			lay(c, x, r, count, n->work);
		onnx_gemm(false, false, c->cout, cols, depth, 1, wt, depth,
		    c->pointwise ? x : n->work, c->pointwise ? c->spatial : cols, 1, y + r * c->row,
		    c->spatial);
	}
}

static int
conv_run(struct onnx_node *n, struct err *e)
{
	const float *bias = n->nin > 2 && n->in[2] ? n->in[2]->data : NULL;
	const float *x = n->in[0]->data, *wt = n->in[1]->data;
	float *y = n->out[0]->data;
	struct conv c = { 0 };
	int rc = conv_of(n, &c, e);

	if (rc)
		return rc;
	for (int64_t b = 0; b < c.w.batch; b++)
		for (size_t g = 0; g < (size_t)c.w.group; g++) {
			conv_group(n, &c, x, wt + g * c.cout * c.cin * c.taps,
			    bias ? bias + g * c.cout : NULL, y);
			x += c.cin * c.in_space;
			y += c.cout * c.spatial;
		}
	return 0;
}

static uint64_t
conv_macs(const struct onnx_node *n)
{
	const struct onnx_tensor *wt = n->in[1];

	return onnx_count(n->out[0]) * onnx_span(wt, 1, wt->ndims);
}

/* ---- ConvTranspose: every input value adds its kernel to the output ---- */

struct deconv {
	unsigned nd;
	int64_t batch, group, in[6], out[6], kernel[6], stride[6], dilation[6], pad[6];
	size_t cin, cout, in_space, spatial, taps;
};

/* The attribute's numbers, or all `dflt`. */
static int
numbers(const struct onnx_node *n, const char *name, unsigned nd, int64_t dflt, int64_t least,
    int64_t *out, struct err *e)
{
	const int64_t *v;
	size_t count;
	bool have = onnx_attr_is(n, name, &v, &count);

	/* output_shape may be given with batch and channels */
	if (have && count == (size_t)nd + 2 && strcmp(name, "output_shape") == 0) {
		v += 2;
		count -= 2;
	}
	if (have && count != nd)
		return onnx_node_err(n, e, "%zu %s for %u dimensions", count, name, nd);
	for (unsigned i = 0; i < nd; i++) {
		out[i] = have ? v[i] : dflt;
		if (out[i] < least || out[i] > INT32_MAX)
			return onnx_node_err(n, e, "%s of %lld", name, (long long)out[i]);
	}
	return 0;
}

static int
deconv_out(const struct onnx_node *n, struct deconv *c, struct err *e)
{
	int64_t pads[12] = { 0 }, extra[6] = { 0 }, want[6] = { 0 };
	bool upper = onnx_attr_eqz(n, "auto_pad", "SAME_UPPER", false);
	bool same = upper || onnx_attr_eqz(n, "auto_pad", "SAME_LOWER", false);
	bool given = onnx_attr_has(n, "output_shape");
	int rc = numbers(n, "pads", 2 * c->nd, 0, 0, pads, e);

	if (!rc)
		rc = numbers(n, "output_padding", c->nd, 0, 0, extra, e);
	if (!rc)
		rc = numbers(n, "output_shape", c->nd, 0, given, want, e);
	for (unsigned i = 0; i < c->nd && !rc; i++) {
		int64_t full = c->stride[i] * (c->in[i] - 1) + extra[i] +
			       (c->kernel[i] - 1) * c->dilation[i] + 1;
		int64_t total;

		if (same && !given)
			want[i] = c->in[i] * c->stride[i];
		total = same || given ? full - want[i] : pads[i] + pads[c->nd + i];
		if (same || given)
			c->pad[i] = total < 0 ? 0 : upper ? total / 2 : total - total / 2;
		else
			c->pad[i] = pads[i];
		c->out[i] = same || given ? want[i] : full - total;
		if (c->out[i] < 1)
			rc = onnx_node_err(n, e, "an output of %lld values", (long long)c->out[i]);
	}
	return rc;
}

static int
deconv_of(const struct onnx_node *n, struct deconv *c, struct err *e)
{
	const struct onnx_tensor *in = n->in[0], *wt = n->in[1];
	int rc;

	memset(c, 0, sizeof *c);
	if (in->ndims < 3 || wt->ndims != in->ndims)
		return onnx_node_err(
		    n, e, "an input of %u dimensions, weights of %u", in->ndims, wt->ndims);
	c->nd = in->ndims - 2;
	c->batch = in->dims[0];
	c->group = onnx_attr_i(n, "group", 1);
	if (c->group < 1 || in->dims[1] < 1 || wt->dims[0] != in->dims[1] ||
	    in->dims[1] % c->group || wt->dims[1] < 1 || wt->dims[1] > INT32_MAX ||
	    c->group > INT32_MAX)
		return onnx_node_err(n, e, "%lld channels, weights for %lld, %lld groups",
		    (long long)in->dims[1], (long long)wt->dims[0], (long long)c->group);
	memcpy(c->in, in->dims + 2, c->nd * sizeof *c->in);
	memcpy(c->kernel, wt->dims + 2, c->nd * sizeof *c->kernel);
	for (unsigned i = 0; i < c->nd; i++)
		if (c->kernel[i] < 1 || c->kernel[i] > INT32_MAX || c->in[i] < 1 ||
		    c->in[i] > INT32_MAX)
			return onnx_node_err(n, e, "an empty input or kernel");
	rc = numbers(n, "strides", c->nd, 1, 1, c->stride, e);
	if (!rc)
		rc = numbers(n, "dilations", c->nd, 1, 1, c->dilation, e);
	if (!rc)
		rc = deconv_out(n, c, e);
	c->cin = (size_t)(in->dims[1] / c->group);
	c->cout = (size_t)wt->dims[1];
	c->in_space = product(c->in, c->nd);
	c->spatial = product(c->out, c->nd);
	c->taps = product(c->kernel, c->nd);
	return rc;
}

static int
deconv_infer(struct onnx_node *n, struct err *e)
{
	int64_t dims[ONNX_DIMS];
	struct deconv c = { 0 };
	int rc = check_types(n, e);

	if (!rc)
		rc = deconv_of(n, &c, e);
	if (!rc)
		rc = check_bias(n, (int64_t)c.cout * c.group, e);
	if (rc)
		return rc;
	dims[0] = c.batch;
	dims[1] = (int64_t)c.cout * c.group;
	memcpy(dims + 2, c.out, c.nd * sizeof *dims);
	onnx_set_shape(n, 0, ONNX_F32, c.nd + 2, dims);
	return 0;
}

static int
deconv_prepare(struct onnx_node *n, struct err *e)
{
	struct deconv c = { 0 };
	int rc = deconv_of(n, &c, e);

	/* each factor is that of a tensor within the limits, so the product fits 128 bits only */
	if (!rc && (double)c.cout * (double)c.taps * (double)c.in_space > 1e12)
		rc = onnx_node_err(n, e, "too large");
	if (!rc)
		n->scratch = c.cout * c.taps * c.in_space * sizeof(float);
	return rc;
}

/* One channel's tap: its products with all inputs, added where they belong. */
static void
scatter(const struct deconv *c, const int64_t *tap, const float *v, float *y)
{
	int64_t in[6] = { 0 };

	for (size_t i = 0; i < c->in_space; i++) {
		int64_t at = 0;
		bool inside = true;

		for (unsigned d = 0; d < c->nd; d++) {
			int64_t o = in[d] * c->stride[d] + tap[d] * c->dilation[d] - c->pad[d];

			inside &= o >= 0 && o < c->out[d];
			at = inside ? at * c->out[d] + o : 0;
		}
		if (inside)
			y[at] += v[i];
		for (unsigned d = c->nd; d-- > 0;) {
			if (++in[d] < c->in[d])
				break;
			in[d] = 0;
		}
	}
}

static void
deconv_group(const struct deconv *c, const float *x, const float *wt, const float *bias, float *col,
    float *y)
{
	onnx_gemm(true, false, c->cout * c->taps, c->in_space, c->cin, 1, wt, c->cout * c->taps, x,
	    c->in_space, 0, col, c->in_space);
	for (size_t o = 0; o < c->cout; o++) {
		int64_t tap[6] = { 0 };

		for (size_t i = 0; i < c->spatial; i++)
			y[o * c->spatial + i] = bias ? bias[o] : 0;
		for (size_t t = 0; t < c->taps; t++, col += c->in_space) {
			scatter(c, tap, col, y + o * c->spatial);
			for (unsigned d = c->nd; d-- > 0;) {
				if (++tap[d] < c->kernel[d])
					break;
				tap[d] = 0;
			}
		}
	}
}

static int
deconv_run(struct onnx_node *n, struct err *e)
{
	const float *bias = n->nin > 2 && n->in[2] ? n->in[2]->data : NULL;
	const float *x = n->in[0]->data, *wt = n->in[1]->data;
	float *y = n->out[0]->data;
	struct deconv c = { 0 };
	int rc = deconv_of(n, &c, e);

	for (int64_t b = 0; b < c.batch && !rc; b++)
		for (size_t g = 0; g < (size_t)c.group; g++) {
			deconv_group(&c, x, wt + g * c.cin * c.cout * c.taps,
			    bias ? bias + g * c.cout : NULL, n->work, y);
			x += c.cin * c.in_space;
			y += c.cout * c.spatial;
		}
	return rc;
}

static uint64_t
deconv_macs(const struct onnx_node *n)
{
	const struct onnx_tensor *wt = n->in[1];

	return onnx_count(n->in[0]) * onnx_span(wt, 1, wt->ndims);
}

const struct onnx_op onnx_ops_conv[] = {
	{ .name = "Conv",
	    .min_in = 2,
	    .max_in = 3,
	    .max_out = 1,
	    .infer = conv_infer,
	    .prepare = conv_prepare,
	    .run = conv_run,
	    .macs = conv_macs },
	{ .name = "ConvTranspose",
	    .min_in = 2,
	    .max_in = 3,
	    .max_out = 1,
	    .infer = deconv_infer,
	    .prepare = deconv_prepare,
	    .run = deconv_run,
	    .macs = deconv_macs },
	{ 0 },
};
