#include <math.h>
#include <string.h>

#include "onnx/op.h"

/* Pools over windows and over everything. */

static size_t
product(const int64_t *v, unsigned n)
{
	size_t p = 1;

	for (unsigned i = 0; i < n; i++)
		p *= (size_t)v[i];
	return p;
}

static int
pool_infer(struct onnx_node *n, struct err *e)
{
	int64_t dims[ONNX_DIMS];
	struct onnx_window w;
	int rc;

	if (n->in[0]->type != ONNX_F32)
		return onnx_bad_type(n, n->in[0], e);
	if (!n->out[0])
		return onnx_node_err(n, e, "output 0 is left out");
	rc = onnx_window_of(n, false, &w, e);
	if (rc)
		return rc;
	dims[0] = w.batch;
	dims[1] = w.cin;
	memcpy(dims + 2, w.out, w.nd * sizeof *dims);
	onnx_set_shape(n, 0, ONNX_F32, w.nd + 2, dims);
	onnx_set_shape(n, 1, ONNX_I64, w.nd + 2, dims);
	return 0;
}

/* What one window sees. */
struct view {
	float best;
	double sum;
	int64_t at;     /* of best, in the channel; -1: nothing seen */
	int64_t inside; /* values summed */
	int64_t padded; /* the same with those of the padding */
};

/* The window that starts at `from` (may be negative), tap by tap. */
static struct view
look(const struct onnx_window *w, const float *x, const int64_t *from)
{
	struct view v = { .best = -INFINITY, .at = -1 };
	int64_t tap[6] = { 0 };
	size_t taps = product(w->kernel, w->nd);

	for (size_t t = 0; t < taps; t++) {
		bool inside = true, padded = true;
		int64_t at = 0;

		for (unsigned d = 0; d < w->nd; d++) {
			int64_t i = from[d] + tap[d] * w->dilation[d];

			inside &= i >= 0 && i < w->in[d];
			padded &= i < w->in[d] + w->tail[d];
			at = inside ? at * w->in[d] + i : 0;
		}
		v.padded += padded;
		if (inside) {
			v.inside++;
			v.sum += (double)x[at];
			if (v.at < 0 || x[at] > v.best || x[at] != x[at]) {
				v.best = x[at];
				v.at = at;
			}
		}
		for (unsigned d = w->nd; d-- > 0;) {
			if (++tap[d] < w->kernel[d])
				break;
			tap[d] = 0;
		}
	}
	return v;
}

/* The two-dimensional window without dilation, which is nearly every one: its rows and columns
 * are cut to the input once. */
static struct view
look_2d(const struct onnx_window *w, const float *x, const int64_t *from)
{
	int64_t y0 = from[0] < 0 ? 0 : from[0], x0 = from[1] < 0 ? 0 : from[1];
	int64_t y1 = from[0] + w->kernel[0], x1 = from[1] + w->kernel[1];
	int64_t py = w->in[0] + w->tail[0], px = w->in[1] + w->tail[1];
	struct view v = { .best = -INFINITY, .at = -1 };

	v.padded = ((y1 < py ? y1 : py) - from[0]) * ((x1 < px ? x1 : px) - from[1]);
	y1 = y1 < w->in[0] ? y1 : w->in[0];
	x1 = x1 < w->in[1] ? x1 : w->in[1];
	for (int64_t r = y0; r < y1; r++)
		for (int64_t c = x0; c < x1; c++) {
			float f = x[r * w->in[1] + c];

			v.sum += (double)f;
			if (f > v.best || f != f || v.at < 0) {
				v.best = f;
				v.at = r * w->in[1] + c;
			}
		}
	v.inside = y1 > y0 && x1 > x0 ? (y1 - y0) * (x1 - x0) : 0;
	return v;
}

/* Index of MaxPool's second output: over the whole input, by rows or by columns. */
static int64_t
column_major(const struct onnx_window *w, int64_t at)
{
	int64_t out = 0, step = 1, index[6] = { 0 };

	for (unsigned d = w->nd; d-- > 0;) {
		index[d] = at % w->in[d];
		at /= w->in[d];
	}
	for (unsigned d = 0; d < w->nd; d++) {
		out += index[d] * step;
		step *= w->in[d];
	}
	return out;
}

static int
pool_run(struct onnx_node *n, struct err *e)
{
	bool max = n->op->data != NULL, all = onnx_attr_i(n, "count_include_pad", 0);
	bool columns = onnx_attr_i(n, "storage_order", 0), flat;
	int64_t *index = n->nout > 1 && n->out[1] ? n->out[1]->data : NULL;
	float *y = n->out[0]->data;
	struct onnx_window w;
	size_t spatial, in_space;
	int rc = onnx_window_of(n, false, &w, e);

	if (rc)
		return rc;
	spatial = product(w.out, w.nd);
	in_space = product(w.in, w.nd);
	flat = w.nd == 2 && w.dilation[0] == 1 && w.dilation[1] == 1;
	for (size_t ch = 0; ch < (size_t)(w.batch * w.cin); ch++) {
		const float *x = (const float *)n->in[0]->data + ch * in_space;
		int64_t o[6] = { 0 }, from[6];

		for (size_t i = 0; i < spatial; i++) {
			struct view v;

			for (unsigned d = 0; d < w.nd; d++)
				from[d] = o[d] * w.stride[d] - w.pad[d];
			v = flat ? look_2d(&w, x, from) : look(&w, x, from);
			if (max)
				*y++ = v.best;
			else if (all)
				*y++ = v.padded > 0 ? (float)(v.sum / (double)v.padded) : 0;
			else
				*y++ = v.inside ? (float)(v.sum / (double)v.inside) : 0;
			if (index)
				*index++ = (int64_t)(ch * in_space) +
					   (columns && v.at >= 0 ? column_major(&w, v.at) : v.at);
			for (unsigned d = w.nd; d-- > 0;) {
				if (++o[d] < w.out[d])
					break;
				o[d] = 0;
			}
		}
	}
	return 0;
}

/* A tap of a window is an addition. */
static uint64_t
pool_macs(const struct onnx_node *n)
{
	struct onnx_window w;
	struct err e = { 0 };

	if (onnx_window_of(n, false, &w, &e))
		return 0;
	return onnx_count(n->out[0]) * product(w.kernel, w.nd);
}

/* ---- over everything ---- */

static int
global_infer(struct onnx_node *n, struct err *e)
{
	struct onnx_tensor out = *n->in[0];

	if (out.type != ONNX_F32)
		return onnx_bad_type(n, n->in[0], e);
	if (out.ndims < 3 || onnx_span(&out, 2, out.ndims) == 0)
		return onnx_node_err(n, e, "nothing to pool");
	for (unsigned i = 2; i < out.ndims; i++)
		out.dims[i] = 1;
	onnx_set_shape(n, 0, ONNX_F32, out.ndims, out.dims);
	return 0;
}

static int
global_run(struct onnx_node *n, struct err *e)
{
	const float *x = n->in[0]->data;
	size_t space = onnx_span(n->in[0], 2, n->in[0]->ndims);
	float *y = n->out[0]->data;
	bool max = n->op->data != NULL;

	(void)e;
	for (size_t i = 0, k = onnx_count(n->out[0]); i < k; i++, x += space) {
		float best = x[0];
		double sum = 0;

		for (size_t j = 0; j < space; j++) {
			sum += (double)x[j];
			best = x[j] > best || x[j] != x[j] ? x[j] : best;
		}
		y[i] = max ? best : (float)(sum / (double)space);
	}
	return 0;
}

#define POOL(op, outs, i, r, m, max) \
	{ \
		.name = op, .min_in = 1, .max_in = 1, .max_out = outs, .infer = i, .run = r, \
		.macs = m, .data = max \
	}

const struct onnx_op onnx_ops_pool[] = {
	POOL("MaxPool", 2, pool_infer, pool_run, pool_macs, "max"),
	POOL("AveragePool", 1, pool_infer, pool_run, pool_macs, NULL),
	POOL("GlobalMaxPool", 1, global_infer, global_run, NULL, "max"),
	POOL("GlobalAveragePool", 1, global_infer, global_run, NULL, NULL),
	{ 0 },
};
