#include <stdlib.h>
#include <string.h>

#include "onnx/graph.h"

#include "base/mem.h"
#include "onnx/tensor.h"

enum { FOLD_MAX = 64 << 20 }; /* bytes: larger constants are computed anew with each run */

bool
onnx_value_bytes(const struct onnx_graph *g, const struct onnx_value *v, size_t *bytes)
{
	size_t most = g->opts.max_bytes ? g->opts.max_bytes : (size_t)1 << 30;
	struct err e;

	if (v->bytes) {
		*bytes = v->bytes;
		return v->bytes <= most;
	}
	return onnx_tensor_bytes(&v->t, most, bytes, &e) == 0;
}

int
onnx_infer_node(struct onnx_node *n, struct err *e)
{
	struct onnx_graph *g = n->g;
	int rc = n->op->infer(n, e);

	if (rc)
		return rc;
	for (unsigned i = 0; i < n->nout; i++) {
		struct onnx_value *v = onnx_out(g, n, i);
		size_t bytes;

		if (!v)
			continue;
		if (!v->t.type)
			return onnx_node_err(n, e, "it has no output %u", i);
		if (!onnx_value_bytes(g, v, &bytes)) {
			struct buf b = { 0 };

			onnx_put_shape(&b, &v->t);
			rc = onnx_node_err(n, e, "output %u of %s is too large", i, buf_z(&b));
			buf_free(&b);
			return rc;
		}
	}
	return 0;
}

/* Run a node whose inputs are constants; its outputs become some. */
static int
fold(struct onnx_graph *g, struct onnx_node *n, struct err *e)
{
	void *work = NULL;
	int rc = 0;

	for (unsigned i = 0; i < n->nout; i++) {
		struct onnx_value *v = onnx_out(g, n, i);
		size_t bytes;

		if (!v)
			continue;
		onnx_value_bytes(g, v, &bytes);
		v->t.data = mem_alloc(bytes);
		v->owned = true;
		v->kind = ONNX_CONST;
		g->const_bytes += bytes;
	}
	if (n->op->prepare)
		rc = n->op->prepare(n, e);
	if (!rc)
		n->work = work = mem_alloc(n->scratch);
	if (!rc)
		rc = n->op->run(n, e);
	free(work);
	n->work = NULL;
	return rc;
}

static bool
foldable(const struct onnx_graph *g, const struct onnx_node *n)
{
	size_t total = 0, bytes;

	for (unsigned i = 0; i < n->nin && !n->op->shape_only; i++) {
		const struct onnx_value *v = onnx_in(g, n, i);

		if (v && v->kind != ONNX_CONST)
			return false;
	}
	for (unsigned i = 0; i < n->nout; i++) {
		const struct onnx_value *v = onnx_out(g, n, i);

		if (v && onnx_value_bytes(g, v, &bytes))
			total += bytes;
	}
	return total <= FOLD_MAX &&
	       g->const_bytes + total <= (g->opts.max_bytes ? g->opts.max_bytes : (size_t)1 << 30);
}

int
onnx_infer(struct onnx_graph *g, struct err *e)
{
	onnx_graph_bind(g);
	for (size_t i = 0; i < g->nnodes; i++) {
		struct onnx_node *n = &g->nodes[i];
		bool known = true;
		int rc;

		for (unsigned k = 0; k < n->nin; k++)
			known &= n->vin[k] < 0 || g->values[n->vin[k]].shaped;
		rc = known ? onnx_infer_node(n, e) : ONNX_LATER;
		if (rc < 0)
			return rc;
		n->later = rc == ONNX_LATER;
		for (unsigned k = 0; k < n->nout; k++)
			if (n->vout[k] >= 0)
				g->values[n->vout[k]].shaped = !n->later;
		if (n->later || !foldable(g, n))
			continue;
		rc = fold(g, n, e);
		if (rc)
			return rc;
		onnx_graph_kill(g, (int)i);
	}
	return onnx_graph_sort(g, e);
}
