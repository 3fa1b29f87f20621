#include <string.h>

#include "onnx/op.h"

/* The windows of convolutions and pools: attributes checked, output sizes worked out. */

/* One number a spatial dimension, all at least `least`, or all the default. */
static int
numbers(const struct onnx_node *n, const char *name, unsigned nd, int64_t dflt, int64_t least,
    int64_t *out, struct err *e)
{
	const int64_t *v;
	size_t count;
	bool have = onnx_attr_is(n, name, &v, &count);

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
sizes(const struct onnx_node *n, struct onnx_window *w, bool ceil, struct err *e)
{
	for (unsigned i = 0; i < w->nd; i++) {
		int64_t reach = (w->kernel[i] - 1) * w->dilation[i] + 1;
		int64_t room = w->in[i] + w->pad[i] + w->tail[i] - reach;

		if (room < 0)
			return onnx_node_err(n, e, "a window of %lld on %lld values",
			    (long long)reach, (long long)w->in[i]);
		w->out[i] = room / w->stride[i] + 1;
		/* rounded up, but no window may start in the padding behind */
		if (ceil && room % w->stride[i] && w->out[i] * w->stride[i] < w->in[i] + w->pad[i])
			w->out[i]++;
	}
	return 0;
}

/* SAME: as many outputs as strides begin on the input; what is odd goes to one end. */
static void
same_pads(struct onnx_window *w, bool upper)
{
	for (unsigned i = 0; i < w->nd; i++) {
		int64_t reach = (w->kernel[i] - 1) * w->dilation[i] + 1;
		int64_t out = (w->in[i] + w->stride[i] - 1) / w->stride[i];
		int64_t pad = (out - 1) * w->stride[i] + reach - w->in[i];

		if (pad < 0)
			pad = 0;
		w->pad[i] = upper ? pad / 2 : pad - pad / 2;
		w->tail[i] = pad - w->pad[i];
	}
}

static int
kernel_of(const struct onnx_node *n, bool conv, struct onnx_window *w, struct err *e)
{
	const struct onnx_tensor *wt = conv ? n->in[1] : NULL;
	int rc;

	w->group = 1;
	if (!conv) {
		if (!onnx_attr_has(n, "kernel_shape"))
			return onnx_node_err(n, e, "no kernel_shape");
		return numbers(n, "kernel_shape", w->nd, 1, 1, w->kernel, e);
	}
	if (wt->ndims != w->nd + 2)
		return onnx_node_err(n, e, "weights of %u dimensions", wt->ndims);
	for (unsigned i = 0; i < w->nd; i++)
		if (wt->dims[i + 2] < 1 || wt->dims[i + 2] > INT32_MAX)
			return onnx_node_err(n, e, "a kernel of %lld", (long long)wt->dims[i + 2]);
	if (onnx_attr_has(n, "kernel_shape")) {
		rc = numbers(n, "kernel_shape", w->nd, 1, 1, w->kernel, e);
		if (rc)
			return rc;
		if (memcmp(w->kernel, wt->dims + 2, w->nd * sizeof *w->kernel) != 0)
			return onnx_node_err(n, e, "kernel_shape is not that of the weights");
	}
	memcpy(w->kernel, wt->dims + 2, w->nd * sizeof *w->kernel);
	w->group = onnx_attr_i(n, "group", 1);
	if (w->group < 1 || w->group > w->cin || w->cin % w->group)
		return onnx_node_err(
		    n, e, "%lld groups of %lld channels", (long long)w->group, (long long)w->cin);
	return 0;
}

int
onnx_window_of(const struct onnx_node *n, bool conv, struct onnx_window *w, struct err *e)
{
	const struct onnx_tensor *in = n->in[0];
	const int64_t *given;
	size_t count;
	int rc;

	memset(w, 0, sizeof *w);
	if (in->ndims < 3)
		return onnx_node_err(n, e, "an input of %u dimensions", in->ndims);
	w->nd = in->ndims - 2;
	w->batch = in->dims[0];
	w->cin = in->dims[1];
	memcpy(w->in, in->dims + 2, w->nd * sizeof *w->in);
	rc = kernel_of(n, conv, w, e);
	if (!rc)
		rc = numbers(n, "strides", w->nd, 1, 1, w->stride, e);
	if (!rc)
		rc = numbers(n, "dilations", w->nd, 1, 1, w->dilation, e);
	if (rc)
		return rc;
	/* (kernel - 1) * dilation stays far below 2^63 */
	if (onnx_attr_is(n, "pads", &given, &count)) {
		if (count != 2 * (size_t)w->nd)
			return onnx_node_err(n, e, "%zu pads for %u dimensions", count, w->nd);
		for (unsigned i = 0; i < w->nd; i++) {
			w->pad[i] = given[i];
			w->tail[i] = given[w->nd + i];
			if (w->pad[i] < 0 || w->pad[i] > INT32_MAX || w->tail[i] < 0 ||
			    w->tail[i] > INT32_MAX)
				return onnx_node_err(n, e, "a pad below 0 or over 2^31");
		}
	}
	if (onnx_attr_eqz(n, "auto_pad", "SAME_UPPER", false))
		same_pads(w, true);
	else if (onnx_attr_eqz(n, "auto_pad", "SAME_LOWER", false))
		same_pads(w, false);
	else if (onnx_attr_eqz(n, "auto_pad", "VALID", false))
		memset(w->pad, 0, sizeof w->pad), memset(w->tail, 0, sizeof w->tail);
	else if (!onnx_attr_eqz(n, "auto_pad", "NOTSET", true))
		return onnx_node_err(n, e, "its auto_pad is not supported");
	return sizes(n, w, !conv && onnx_attr_i(n, "ceil_mode", 0), e);
}
