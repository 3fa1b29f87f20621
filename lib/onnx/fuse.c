#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "onnx/fuse.h"

#include "base/mem.h"
#include "onnx/blocked.h"

enum { SIDE_MAX = 65535 };

/* What is known of a graph's value while a region grows: its image in the net, -1 if none. */
struct image {
	int value;
	int c, h, w; /* a vector of c * h * w where the graph's value has two dimensions */
};

struct region {
	struct onnx_graph *g;
	struct onnx_net *net;
	struct image *images; /* of every value of the graph */
	bool *taken;          /* nodes */
	int64_t batch;
	uint64_t macs;
	int convs;
	void **keep; /* weights made here, until they are packed */
	size_t nkeep, keep_cap;
};

static size_t
most_bytes(const struct onnx_graph *g)
{
	return g->opts.max_bytes ? g->opts.max_bytes : (size_t)1 << 30;
}

static float *
kept(struct region *r, size_t n)
{
	float *p = mem_array(n, sizeof *p);

	*MEM_AT(r->keep, r->keep_cap, r->nkeep) = p;
	r->nkeep++;
	return p;
}

/* ---- what nodes look at ---- */

static bool
is_f32(const struct onnx_value *v)
{
	return v && v->shaped && v->t.type == ONNX_F32;
}

/* Input i as constant floats, NULL if it is none or left out. */
static const float *
constant(const struct region *r, const struct onnx_node *n, unsigned i)
{
	const struct onnx_value *v = onnx_in(r->g, n, i);

	return is_f32(v) && v->kind == ONNX_CONST ? v->t.data : NULL;
}

static const struct image *
image_of(const struct region *r, const struct onnx_node *n, unsigned i)
{
	const struct image *m = i < n->nin && n->vin[i] >= 0 ? &r->images[n->vin[i]] : NULL;

	return m && m->value >= 0 ? m : NULL;
}

static int
set_image(struct region *r, const struct onnx_node *n, int value, int c, int h, int w)
{
	r->images[n->vout[0]] = (struct image){ value, c, h, w };
	return 1;
}

/* Nobody wants outputs other than the first. */
static bool
one_output(const struct region *r, const struct onnx_node *n)
{
	for (unsigned i = 1; i < n->nout; i++) {
		const struct onnx_value *v = onnx_out(r->g, n, i);

		if (v && (v->nuses || v->output))
			return false;
	}
	return true;
}

static bool
has_sides(const struct image *m, int64_t oh, int64_t ow)
{
	return m && oh > 0 && ow > 0 && oh <= SIDE_MAX && ow <= SIDE_MAX;
}

/* Kernel, strides and pads of a window in two dimensions, small enough for what counts in ints. */
static bool
window(const struct onnx_node *n, bool conv, struct onnx_window *w)
{
	struct err e;

	if (n->in[0]->ndims != 4 || onnx_window_of(n, conv, w, &e))
		return false;
	for (int i = 0; i < 2; i++) {
		int64_t reach = (w->kernel[i] - 1) * w->dilation[i];

		if (w->kernel[i] > SIDE_MAX || w->stride[i] > SIDE_MAX ||
		    w->dilation[i] > SIDE_MAX || w->pad[i] > SIDE_MAX || w->out[i] < 1 ||
		    (w->out[i] - 1) * w->stride[i] + reach + 1 > SIDE_MAX ||
		    w->in[i] + w->pad[i] > SIDE_MAX)
			return false;
	}
	return true;
}

/* ---- one operator each: 1 when it was added to the net, else 0 ---- */

static int
put_conv(struct region *r, const struct image *m, const struct onnx_node *n,
    const struct nn_conv_shape *s, const float *w, const float *bias)
{
	double lanes = 16, taps = (double)s->kh * s->kw;
	double bytes =
	    (s->cin + lanes) * (s->cout + lanes) * (taps == 9 ? 36 : taps) * 4 / s->groups;

	if (bytes > (double)most_bytes(r->g) / 2)
		return 0;
	r->macs += (uint64_t)r->batch * (uint64_t)(s->cin / s->groups) * (uint64_t)s->cout *
		   (uint64_t)(s->kh * s->kw) * (uint64_t)s->oh * (uint64_t)s->ow;
	r->convs++;
	return set_image(r, n, onnx_net_conv(r->net, m->value, s, w, bias), s->cout, s->oh, s->ow);
}

static int
take_conv(struct region *r, const struct onnx_node *n)
{
	const struct image *m = image_of(r, n, 0);
	const float *w = constant(r, n, 1), *bias = constant(r, n, 2);
	struct onnx_window o;

	if (!m || !w || (n->nin > 2 && !bias) || !window(n, true, &o) || n->in[1]->dims[0] < 1 ||
	    n->in[1]->dims[0] > SIDE_MAX || !has_sides(m, o.out[0], o.out[1]))
		return 0;
	struct nn_conv_shape s = { m->c, (int)n->in[1]->dims[0], (int)o.group, m->h, m->w,
		(int)o.out[0], (int)o.out[1], (int)o.kernel[0], (int)o.kernel[1], (int)o.stride[0],
		(int)o.stride[1], (int)o.dilation[0], (int)o.dilation[1], (int)o.pad[0],
		(int)o.pad[1] };
	return put_conv(r, m, n, &s, w, bias);
}

/* A dense layer over an image: a convolution whose window is the image. */
static int
put_dense(struct region *r, const struct onnx_node *n, const struct image *m, int64_t out,
    const float *w, const float *bias)
{
	struct nn_conv_shape s = { m->c, (int)out, 1, m->h, m->w, 1, 1, m->h, m->w, 1, 1, 1, 1, 0,
		0 };

	return put_conv(r, m, n, &s, w, bias);
}

/* The bias of a Gemm: one number an output, or NULL with *fits false where it is not that. */
static const float *
gemm_bias(struct region *r, const struct onnx_node *n, int64_t out, bool *fits)
{
	float beta = onnx_attr_f(n, "beta", 1);
	const float *c = constant(r, n, 2);
	float *b;

	*fits = n->nin < 3 || n->vin[2] < 0 ||
		(c && n->in[2]->ndims >= 1 && (int64_t)onnx_count(n->in[2]) == out &&
		    n->in[2]->dims[n->in[2]->ndims - 1] == out);
	if (!*fits || !c)
		return NULL;
	b = kept(r, (size_t)out);
	for (int64_t i = 0; i < out; i++)
		b[i] = beta * c[i];
	return b;
}

static int
take_gemm(struct region *r, const struct onnx_node *n)
{
	const struct image *m = image_of(r, n, 0);
	const float *w = constant(r, n, 1), *bias = NULL;
	bool gemm = onnx_is(n, "Gemm"), trans = gemm && onnx_attr_i(n, "transB", 0), fits = true;
	float alpha = gemm ? onnx_attr_f(n, "alpha", 1) : 1;
	int64_t in, out;

	if (!m || !w || n->in[0]->ndims != 2 || n->in[1]->ndims != 2 ||
	    (gemm && onnx_attr_i(n, "transA", 0)))
		return 0;
	in = n->in[1]->dims[trans ? 1 : 0];
	out = n->in[1]->dims[trans ? 0 : 1];
	if (out < 1 || out > SIDE_MAX || in != (int64_t)m->c * m->h * m->w)
		return 0;
	if (gemm)
		bias = gemm_bias(r, n, out, &fits);
	if (!fits)
		return 0;
	if (!trans || alpha != 1) {
		float *t = kept(r, (size_t)in * (size_t)out);

		for (int64_t o = 0; o < out; o++)
			for (int64_t i = 0; i < in; i++)
				t[o * in + i] = alpha * (trans ? w[o * in + i] : w[i * out + o]);
		w = t;
	}
	return put_dense(r, n, m, out, w, bias);
}

static int
take_norm(struct region *r, const struct onnx_node *n)
{
	const struct image *m = image_of(r, n, 0);
	const float *p[4];
	float eps = onnx_attr_f(n, "epsilon", 1e-5f), *a, *b;
	int v;

	for (unsigned i = 0; i < 4; i++)
		p[i] = constant(r, n, i + 1);
	if (!m || !p[0] || !p[1] || !p[2] || !p[3] || !one_output(r, n) ||
	    onnx_attr_i(n, "training_mode", 0) || !onnx_attr_i(n, "spatial", 1) ||
	    (n->in[0]->ndims == 2 && m->h * m->w != 1))
		return 0;
	a = kept(r, (size_t)m->c);
	b = kept(r, (size_t)m->c);
	for (int i = 0; i < m->c; i++) {
		double scale = (double)p[0][i] / sqrt((double)p[3][i] + (double)eps);

		if (!isfinite(scale))
			return 0;
		a[i] = (float)scale;
		b[i] = (float)((double)p[1][i] - scale * (double)p[2][i]);
	}
	v = onnx_net_scale(r->net, m->value, a, b);
	return set_image(r, n, v, m->c, m->h, m->w);
}

static int
take_clamp(struct region *r, const struct onnx_node *n)
{
	const struct image *m = image_of(r, n, 0);
	float lo = 0, hi = INFINITY;

	if (!m)
		return 0;
	if (onnx_is(n, "Clip")) {
		const float *p[2] = { constant(r, n, 1), constant(r, n, 2) };

		for (unsigned i = 1; i < n->nin && i <= 2; i++)
			if (n->vin[i] >= 0 && !p[i - 1])
				return 0;
		lo = p[0] ? *p[0] : onnx_attr_f(n, "min", -INFINITY);
		hi = p[1] ? *p[1] : onnx_attr_f(n, "max", INFINITY);
	}
	return set_image(r, n, onnx_net_clamp(r->net, m->value, lo, hi), m->c, m->h, m->w);
}

static int
take_add(struct region *r, const struct onnx_node *n)
{
	const struct image *a = image_of(r, n, 0), *b = image_of(r, n, 1);

	if (n->nin != 2 || !a || !b || a->c != b->c || a->h != b->h || a->w != b->w ||
	    n->in[0]->ndims != n->in[1]->ndims)
		return 0;
	return set_image(r, n, onnx_net_add(r->net, a->value, b->value), a->c, a->h, a->w);
}

static int
take_pool(struct region *r, const struct onnx_node *n)
{
	const struct image *m = image_of(r, n, 0);
	struct nn_pool p = { .kind = onnx_is(n, "MaxPool") ? NN_POOL_MAX : NN_POOL_AVG };
	struct onnx_window o;
	int v;

	p.count_border = onnx_attr_i(n, "count_include_pad", 0);
	if (!m || !one_output(r, n) || !window(n, false, &o) || !has_sides(m, o.out[0], o.out[1]) ||
	    (p.count_border && onnx_attr_i(n, "ceil_mode", 0)))
		return 0;
	for (int i = 0; i < 2; i++)
		if (o.dilation[i] != 1 || o.pad[i] >= o.kernel[i] ||
		    (o.out[i] - 1) * o.stride[i] - o.pad[i] >= o.in[i])
			return 0;
	p.kh = (int)o.kernel[0], p.kw = (int)o.kernel[1];
	p.sh = (int)o.stride[0], p.sw = (int)o.stride[1];
	p.top = (int)o.pad[0], p.left = (int)o.pad[1];
	v = onnx_net_pool(r->net, m->value, &p, (int)o.out[0], (int)o.out[1]);
	return set_image(r, n, v, m->c, (int)o.out[0], (int)o.out[1]);
}

/* A pool over the whole image; ReduceMean is one where it goes over rows and columns. */
static int
take_global(struct region *r, const struct onnx_node *n)
{
	const struct image *m = image_of(r, n, 0);
	const int64_t *axes;
	size_t count;

	if (!m || n->in[0]->ndims != 4)
		return 0;
	if (onnx_is(n, "ReduceMean") && (!onnx_attr_is(n, "axes", &axes, &count) || count != 2 ||
					    (axes[0] & 3) + (axes[1] & 3) != 5 || n->nin != 1))
		return 0;
	struct nn_pool p = { onnx_is(n, "GlobalMaxPool") ? NN_POOL_MAX : NN_POOL_AVG, m->h, m->w, 1,
		1, 0, 0, false };
	return set_image(r, n, onnx_net_pool(r->net, m->value, &p, 1, 1), m->c, 1, 1);
}

/* The same numbers under the same shape or as a vector. */
static int
take_view(struct region *r, const struct onnx_node *n)
{
	const struct image *m = image_of(r, n, 0);
	const struct onnx_tensor *a = n->in[0], *b = n->out[0];
	bool same =
	    a->ndims == b->ndims && memcmp(a->dims, b->dims, a->ndims * sizeof *a->dims) == 0;

	if (!m || !one_output(r, n) || (!same && b->ndims != 2) ||
	    (onnx_is(n, "Dropout") && n->nin > 2))
		return 0;
	return set_image(r, n, m->value, m->c, m->h, m->w);
}

static const struct {
	const char *op;
	int (*take)(struct region *r, const struct onnx_node *n);
} takes[] = {
	{ "Conv", take_conv },
	{ "Gemm", take_gemm },
	{ "MatMul", take_gemm },
	{ "BatchNormalization", take_norm },
	{ "Relu", take_clamp },
	{ "Clip", take_clamp },
	{ "Add", take_add },
	{ "Sum", take_add },
	{ "MaxPool", take_pool },
	{ "AveragePool", take_pool },
	{ "GlobalAveragePool", take_global },
	{ "GlobalMaxPool", take_global },
	{ "ReduceMean", take_global },
	{ "Flatten", take_view },
	{ "Reshape", take_view },
	{ "Squeeze", take_view },
	{ "Identity", take_view },
	{ "Dropout", take_view },
};

static int
take(struct region *r, const struct onnx_node *n)
{
	const struct onnx_value *out = onnx_out(r->g, n, 0);

	if (n->dead || n->later || !is_f32(out) || !out->t.ndims || out->t.dims[0] != r->batch ||
	    (out->t.ndims != 2 && out->t.ndims != 4) || !image_of(r, n, 0))
		return 0;
	for (size_t i = 0; i < sizeof takes / sizeof *takes; i++)
		if (onnx_is(n, takes[i].op))
			return takes[i].take(r, n);
	return 0;
}

/* ---- the node that takes a region's place ---- */

struct fused {
	struct onnx_net *net;
	uint64_t macs;
	float **to; /* of each output */
};

static int
fused_infer(struct onnx_node *n, struct err *e)
{
	(void)n, (void)e; /* the shapes are those that the region's nodes gave */
	return 0;
}

static int
fused_run(struct onnx_node *n, struct err *e)
{
	struct fused *f = n->state;

	(void)e;
	for (unsigned i = 0; i < n->nout; i++)
		f->to[i] = n->out[i]->data;
	onnx_net_run(f->net, (int)n->in[0]->dims[0], n->in[0]->data, f->to);
	return 0;
}

static void
fused_release(struct onnx_node *n)
{
	struct fused *f = n->state;

	if (!f)
		return;
	onnx_net_free(f->net);
	free(f->to);
	free(f);
}

static uint64_t
fused_macs(const struct onnx_node *n)
{
	const struct fused *f = n->state;

	return f->macs;
}

static const struct onnx_op fused_op = {
	.name = "Blocked",
	.min_in = 1,
	.max_in = 1,
	.max_out = 255,
	.infer = fused_infer,
	.run = fused_run,
	.release = fused_release,
	.macs = fused_macs,
};

/* Does anybody outside the region look at value v? */
static bool
seen_outside(const struct region *r, int v)
{
	const struct onnx_value *p = &r->g->values[v];

	if (p->output)
		return true;
	for (unsigned i = 0; i < p->nuses; i++)
		if (!r->taken[p->uses[i]])
			return true;
	return false;
}

static void
replace(struct region *r, int anchor, int input)
{
	struct onnx_graph *g = r->g;
	struct fused *f = mem_alloc(sizeof *f);
	int *outs = mem_array(g->nvalues, sizeof *outs), node;
	unsigned n = 0;

	for (size_t i = 0; i < g->nnodes; i++)
		if (r->taken[i] && seen_outside(r, g->nodes[i].vout[0])) {
			outs[n++] = g->nodes[i].vout[0];
			onnx_net_output(r->net, r->images[outs[n - 1]].value);
		}
	f->net = r->net;
	f->macs = r->macs;
	f->to = mem_array(n, sizeof *f->to);
	if (!onnx_net_finish(
		r->net, g->opts.threads, (int)g->values[input].t.dims[0], most_bytes(g))) {
		onnx_net_free(r->net);
		free(f->to);
		free(f);
		free(outs);
		return;
	}
	for (size_t i = 0; i < g->nnodes; i++)
		if (r->taken[i])
			onnx_graph_kill(g, (int)i);
	node = onnx_graph_node(g, &fused_op, anchor, &input, 1, outs, n);
	g->nodes[node].state = f;
	g->nodes[node].state_bytes = onnx_net_packed(r->net) + onnx_net_memory(r->net);
	free(outs);
}

/* The region that starts at a node: from its input, all that can follow. */
static void
grow(struct onnx_graph *g, size_t anchor, size_t nodes)
{
	int input = g->nodes[anchor].vin[0];
	const struct onnx_tensor *t = &g->values[input].t;
	struct region r = { .g = g, .batch = t->dims[0] };

	if (t->type != ONNX_F32 || t->ndims != 4 || g->values[input].kind == ONNX_CONST ||
	    !g->values[input].shaped || t->dims[0] < 1 || t->dims[0] > INT32_MAX)
		return;
	for (int i = 1; i < 4; i++)
		if (t->dims[i] < 1 || t->dims[i] > SIDE_MAX)
			return;
	r.net = onnx_net_new(nn_kernels(), g->opts.direct ? NN_DIRECT : NN_AUTO);
	r.images = mem_array(g->nvalues, sizeof *r.images);
	r.taken = mem_array(g->nnodes, sizeof *r.taken);
	for (size_t i = 0; i < g->nvalues; i++)
		r.images[i].value = -1;
	r.images[input] =
	    (struct image){ .c = (int)t->dims[1], .h = (int)t->dims[2], .w = (int)t->dims[3] };
	r.images[input].value =
	    onnx_net_input(r.net, r.images[input].c, r.images[input].h, r.images[input].w);
	for (size_t i = anchor; i < nodes; i++)
		r.taken[i] = take(&r, &g->nodes[i]);
	if (r.convs)
		replace(&r, (int)anchor, input);
	else
		onnx_net_free(r.net);
	for (size_t i = 0; i < r.nkeep; i++)
		free(r.keep[i]);
	free(r.keep);
	free(r.images);
	free(r.taken);
}

int
onnx_fuse(struct onnx_graph *g, struct err *e)
{
	size_t nodes = g->nnodes;

	onnx_graph_link(g);
	onnx_graph_bind(g);
	for (size_t i = 0; i < nodes; i++)
		if (onnx_is(&g->nodes[i], "Conv") && !g->nodes[i].later) {
			grow(g, i, nodes);
			onnx_graph_link(g);
			onnx_graph_bind(g); /* nodes may have moved, which in[] does not mind */
		}
	return onnx_graph_sort(g, e);
}
