#include <stdlib.h>
#include <string.h>

#include "onnx/op.h"

#include "base/mem.h"
#include "nn/dense.h"

/*
 * Gemm and MatMul. A constant right side is packed once for the kernels of dense layers: rows of k,
 * columns padded; what they write is padded, too, and is cut off where the width is no multiple.
 */
struct dense {
	size_t k, n, ldw;
	float *w;    /* k x ldw, in this block behind the struct's */
	float *bias; /* ldw, or NULL */
};

static int
all_f32(const struct onnx_node *n, struct err *e)
{
	for (unsigned i = 0; i < n->nin; i++)
		if (n->in[i] && n->in[i]->type != ONNX_F32)
			return onnx_bad_type(n, n->in[i], e);
	return 0;
}

static bool
is_const(const struct onnx_node *n, unsigned i)
{
	const struct onnx_value *v = onnx_in(n->g, n, i);

	return v && v->kind == ONNX_CONST && v->t.data;
}

static struct dense *
pack(struct onnx_node *n, const float *b, size_t k, size_t cols, bool transposed, float alpha)
{
	size_t ldw = nn_pad(cols);
	struct dense *d = mem_alloc(sizeof *d);

	d->k = k;
	d->n = cols;
	d->ldw = ldw;
	d->w = mem_array(k * ldw + 1, sizeof *d->w);
	for (size_t i = 0; i < k; i++)
		for (size_t j = 0; j < cols; j++)
			d->w[i * ldw + j] = alpha * (transposed ? b[j * k + i] : b[i * cols + j]);
	n->state = d;
	n->state_bytes = (k * ldw + ldw) * sizeof(float);
	return d;
}

static void
release(struct onnx_node *n)
{
	struct dense *d = n->state;

	if (d) {
		free(d->w);
		free(d->bias);
	}
	free(d);
}

/* Rows of padded output for m rows, where they do not fit the tensor as they are. */
static size_t
pad_room(const struct dense *d, size_t m)
{
	return d->ldw == d->n ? 0 : m * d->ldw * sizeof(float);
}

static void
run_packed(const struct onnx_node *n, const float *a, size_t m, float *y)
{
	const struct dense *d = n->state;
	bool direct = d->ldw == d->n;
	float *to = direct ? y : n->work;

	nn_dense()->forward(
	    m, d->n, d->k, a, d->k, d->w, d->ldw, d->bias, NN_LINEAR, 0, to, d->ldw);
	for (size_t i = 0; i < m && !direct; i++)
		memcpy(y + i * d->n, to + i * d->ldw, d->n * sizeof *y);
}

/* ---- Gemm ---- */

struct gemm {
	bool ta, tb;
	size_t m, n, k;
};

static int
gemm_of(const struct onnx_node *n, struct gemm *g, struct err *e)
{
	const struct onnx_tensor *a = n->in[0], *b = n->in[1];
	int64_t kb;

	if (a->ndims != 2 || b->ndims != 2)
		return onnx_node_err(
		    n, e, "inputs of %u and %u dimensions, not 2", a->ndims, b->ndims);
	g->ta = onnx_attr_i(n, "transA", 0);
	g->tb = onnx_attr_i(n, "transB", 0);
	g->m = (size_t)a->dims[g->ta];
	g->k = (size_t)a->dims[!g->ta];
	g->n = (size_t)b->dims[!g->tb];
	kb = b->dims[g->tb];
	if ((int64_t)g->k != kb)
		return onnx_node_err(n, e, "%zu columns times %lld rows", g->k, (long long)kb);
	return 0;
}

static int
gemm_infer(struct onnx_node *n, struct err *e)
{
	struct onnx_tensor out = { .type = ONNX_F32, .ndims = 2 }, sum;
	struct gemm g = { 0 };
	int rc = all_f32(n, e);

	if (!rc)
		rc = gemm_of(n, &g, e);
	if (rc)
		return rc;
	out.dims[0] = (int64_t)g.m;
	out.dims[1] = (int64_t)g.n;
	if (n->nin > 2 && n->in[2] &&
	    (n->in[2]->ndims > 2 || !onnx_broadcast(&out, n->in[2], &sum) ||
		memcmp(sum.dims, out.dims, 2 * sizeof *sum.dims) != 0))
		return onnx_node_err(n, e, "what is added does not fit the product");
	onnx_set_shape(n, 0, ONNX_F32, 2, out.dims);
	return 0;
}

/* A constant that is the same for all rows is a bias. */
static bool
row_bias(const struct onnx_node *n)
{
	const struct onnx_tensor *c = n->nin > 2 ? n->in[2] : NULL;

	return c && is_const(n, 2) && (c->ndims < 2 || c->dims[0] == 1);
}

static int
gemm_prepare(struct onnx_node *n, struct err *e)
{
	float beta = onnx_attr_f(n, "beta", 1);
	struct gemm g = { 0 };
	struct dense *d;
	int rc = gemm_of(n, &g, e);

	if (rc)
		return rc;
	if (g.ta || !is_const(n, 1) || n->later)
		return 0;
	d = pack(n, n->in[1]->data, g.k, g.n, g.tb, onnx_attr_f(n, "alpha", 1));
	n->scratch = pad_room(d, g.m);
	if (row_bias(n)) {
		const float *c = n->in[2]->data;
		size_t count = onnx_count(n->in[2]);

		d->bias = mem_array(d->ldw + 1, sizeof *d->bias);
		for (size_t i = 0; i < g.n; i++)
			d->bias[i] = beta * c[count == 1 ? 0 : i];
	}
	return 0;
}

/* y = beta * C, broadcast, or 0 */
static void
lay_sum(const struct onnx_node *n, float *y, size_t count)
{
	const struct onnx_tensor *c = n->nin > 2 ? n->in[2] : NULL;
	float beta = onnx_attr_f(n, "beta", 1);
	struct onnx_walk w;

	if (!c) {
		memset(y, 0, count * sizeof *y);
		return;
	}
	onnx_walk_init(&w, n->out[0], 2);
	onnx_walk_operand(&w, 0, n->out[0], -1);
	onnx_walk_operand(&w, 1, c, -1);
	onnx_walk_copy(&w, y, c->data, sizeof *y);
	for (size_t i = 0; i < count && beta != 1; i++)
		y[i] *= beta;
}

static int
gemm_run(struct onnx_node *n, struct err *e)
{
	const struct dense *d = n->state;
	const float *a = n->in[0]->data;
	float *y = n->out[0]->data;
	struct gemm g = { 0 };
	int rc;

	if (d && (d->bias || n->nin < 3)) {
		run_packed(n, a, (size_t)n->in[0]->dims[0], y);
		return 0;
	}
	rc = gemm_of(n, &g, e);
	if (rc)
		return rc;
	lay_sum(n, y, g.m * g.n);
	onnx_gemm(g.ta, g.tb, g.m, g.n, g.k, onnx_attr_f(n, "alpha", 1), a,
	    (size_t)n->in[0]->dims[1], n->in[1]->data, (size_t)n->in[1]->dims[1], 1, y, g.n);
	return 0;
}

static uint64_t
gemm_macs(const struct onnx_node *n)
{
	struct gemm g = { 0 };
	struct err e;

	return gemm_of(n, &g, &e) ? 0 : (uint64_t)g.m * g.n * g.k;
}

/* ---- MatMul, as numpy's: leading dimensions broadcast, vectors made matrices ---- */

struct matmul {
	size_t m, n, k;
	struct onnx_tensor a, b, batch; /* leading dimensions of each, and together */
};

static int
matmul_of(const struct onnx_node *n, struct matmul *p, struct err *e)
{
	const struct onnx_tensor *a = n->in[0], *b = n->in[1];
	size_t kb;

	if (!a->ndims || !b->ndims)
		return onnx_node_err(n, e, "a single number is no matrix");
	p->m = a->ndims > 1 ? (size_t)a->dims[a->ndims - 2] : 1;
	p->k = (size_t)a->dims[a->ndims - 1];
	kb = (size_t)b->dims[b->ndims > 1 ? b->ndims - 2 : 0];
	p->n = b->ndims > 1 ? (size_t)b->dims[b->ndims - 1] : 1;
	if (p->k != kb)
		return onnx_node_err(n, e, "%zu columns times %zu rows", p->k, kb);
	p->a = *a;
	p->b = *b;
	p->a.ndims = a->ndims > 2 ? a->ndims - 2 : 0;
	p->b.ndims = b->ndims > 2 ? b->ndims - 2 : 0;
	if (!onnx_broadcast(&p->a, &p->b, &p->batch))
		return onnx_node_err(n, e, "the leading dimensions do not go together");
	return 0;
}

static int
matmul_infer(struct onnx_node *n, struct err *e)
{
	int64_t dims[ONNX_DIMS];
	struct matmul p = { 0 };
	unsigned nd;
	int rc = all_f32(n, e);

	if (!rc)
		rc = matmul_of(n, &p, e);
	if (rc)
		return rc;
	nd = p.batch.ndims;
	memcpy(dims, p.batch.dims, sizeof dims);
	if (n->in[0]->ndims > 1)
		dims[nd++] = (int64_t)p.m;
	if (n->in[1]->ndims > 1)
		dims[nd++] = (int64_t)p.n;
	onnx_set_shape(n, 0, ONNX_F32, nd, dims);
	return 0;
}

static int
matmul_prepare(struct onnx_node *n, struct err *e)
{
	struct matmul p = { 0 };
	int rc = matmul_of(n, &p, e);

	if (rc || !is_const(n, 1) || n->in[1]->ndims != 2 || n->later)
		return rc;
	n->scratch = pad_room(
	    pack(n, n->in[1]->data, p.k, p.n, false, 1), p.k ? onnx_count(n->in[0]) / p.k : 0);
	return 0;
}

static int
matmul_run(struct onnx_node *n, struct err *e)
{
	const float *a = n->in[0]->data, *b = n->in[1]->data;
	float *y = n->out[0]->data;
	struct onnx_walk w;
	struct matmul p = { 0 };
	int rc = matmul_of(n, &p, e);

	if (rc)
		return rc;
	if (n->state && p.k) {
		run_packed(n, a, onnx_count(n->in[0]) / p.k, y);
		return 0;
	}
	onnx_walk_init(&w, &p.batch, 3);
	onnx_walk_operand(&w, 0, &p.batch, -1);
	onnx_walk_operand(&w, 1, &p.a, -1);
	onnx_walk_operand(&w, 2, &p.b, -1);
	for (bool more = onnx_walk_start(&w); more; more = onnx_walk_next(&w))
		for (int64_t i = 0; i < w.n; i++)
			onnx_gemm(false, false, p.m, p.n, p.k, 1,
			    a + (size_t)(w.at[1] + i * w.step[1]) * p.m * p.k, p.k,
			    b + (size_t)(w.at[2] + i * w.step[2]) * p.k * p.n, p.n, 0,
			    y + (size_t)(w.at[0] + i) * p.m * p.n, p.n);
	return 0;
}

static uint64_t
matmul_macs(const struct onnx_node *n)
{
	const struct onnx_tensor *a = n->in[0];

	return a->ndims ? onnx_count(n->out[0]) * (uint64_t)a->dims[a->ndims - 1] : 0;
}

const struct onnx_op onnx_ops_gemm[] = {
	{ .name = "Gemm",
	    .min_in = 2,
	    .max_in = 3,
	    .max_out = 1,
	    .infer = gemm_infer,
	    .prepare = gemm_prepare,
	    .run = gemm_run,
	    .release = release,
	    .macs = gemm_macs },
	{ .name = "MatMul",
	    .min_in = 2,
	    .max_in = 2,
	    .max_out = 1,
	    .infer = matmul_infer,
	    .prepare = matmul_prepare,
	    .run = matmul_run,
	    .release = release,
	    .macs = matmul_macs },
	{ 0 },
};
