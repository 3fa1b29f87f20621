#include <stdlib.h>
#include <string.h>

#include "onnx/graph.h"

#include "base/mem.h"

/*
 * Values of known shape lie in one arena. A value lives from the node that makes it to the last
 * that reads it; two that never live together may overlap. Placed by size, largest first, each at
 * the lowest gap that is free while it lives (Pisarchyk & Lee 2020, arXiv:2001.03288, greedy by
 * size).
 */
enum { ALIGN = 64 };

struct span {
	int value;
	int first, last; /* nodes */
	size_t bytes, offset;
};

static int
root_of(const struct onnx_graph *g, int v)
{
	while (g->values[v].root != v)
		v = g->values[v].root;
	return v;
}

/* Values in the arena: made by a node whose shapes are known. */
static bool
planned(const struct onnx_graph *g, int v)
{
	const struct onnx_value *p = &g->values[v];

	return p->kind == ONNX_TEMP && p->producer >= 0 && !g->nodes[p->producer].later;
}

/* May output 0 of node i lie where input 0 lies? last[] of roots is right up to this node. */
static bool
shares(struct onnx_graph *g, int i, const int *last)
{
	const struct onnx_node *n = &g->nodes[i];
	const struct onnx_value *a = onnx_in(g, n, 0), *o = onnx_out(g, n, 0);
	size_t na, no;
	int root;

	if (!a || !o || n->later || (!n->op->view && !n->op->elementwise) || a->layout ||
	    o->layout || !planned(g, n->vin[0]))
		return false;
	if (!onnx_value_bytes(g, a, &na) || !onnx_value_bytes(g, o, &no) || na != no)
		return false;
	root = root_of(g, n->vin[0]);
	if (n->op->view)
		return true;
	/* somebody reads the input again, or it is to be handed out */
	return last[root] <= i && o->t.type == a->t.type;
}

static int
by_size(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return x->first - y->first;
}

/* placed[0..n) stand by offset. */
static void
place(struct span *placed, size_t n, struct span s)
{
	size_t at = 0, i;

	for (i = 0; i < n; i++) {
		const struct span *p = &placed[i];

		if (p->last < s.first || p->first > s.last)
			continue;
		if (p->offset >= at + s.bytes)
			break;
		if (p->offset + p->bytes > at)
			at = p->offset + p->bytes;
	}
	s.offset = at;
	for (i = n; i > 0 && placed[i - 1].offset > at; i--)
		placed[i] = placed[i - 1];
	placed[i] = s;
}

/* The last node that reads each root; nnodes for outputs. Views hand their uses on. */
static void
last_uses(struct onnx_graph *g, int *last)
{
	for (size_t v = 0; v < g->nvalues; v++) {
		const struct onnx_value *p = &g->values[v];

		last[v] = p->output ? (int)g->nnodes : p->producer;
		for (unsigned u = 0; u < p->nuses; u++)
			if (p->uses[u] > last[v])
				last[v] = p->uses[u];
	}
	/* a view lives in its root: backwards, so that chains add up */
	for (size_t i = g->nnodes; i-- > 0;) {
		const struct onnx_node *n = &g->nodes[i];

		if (n->op->view && n->nin && n->vin[0] >= 0 && n->vout[0] >= 0 &&
		    last[n->vout[0]] > last[n->vin[0]])
			last[n->vin[0]] = last[n->vout[0]];
	}
}

static int
too_large(struct err *e, size_t most)
{
	return err_set(e, ERR_DATA, "its values need more than %zu bytes of memory", most);
}

int
onnx_plan_memory(struct onnx_graph *g, size_t *arena, struct err *e)
{
	size_t most = g->opts.max_bytes ? g->opts.max_bytes : (size_t)1 << 30, n = 0;
	struct span *spans = mem_array(g->nvalues, sizeof *spans);
	struct span *placed = mem_array(g->nvalues + 1, sizeof *placed);
	int *last = mem_array(g->nvalues, sizeof *last);
	int rc = 0;

	last_uses(g, last);
	for (size_t i = 0; i < g->nnodes; i++) {
		const struct onnx_node *node = &g->nodes[i];

		for (unsigned k = 0; k < node->nout; k++)
			if (node->vout[k] >= 0)
				g->values[node->vout[k]].root = node->vout[k];
		if (shares(g, (int)i, last)) {
			int root = root_of(g, node->vin[0]);

			g->values[node->vout[0]].root = root;
			if (last[node->vout[0]] > last[root])
				last[root] = last[node->vout[0]];
		}
	}
	for (size_t v = 0; v < g->nvalues && !rc; v++) {
		struct onnx_value *p = &g->values[v];
		size_t bytes;

		if (!planned(g, (int)v) || p->root != (int)v)
			continue;
		if (!onnx_value_bytes(g, p, &bytes))
			rc = too_large(e, most);
		else
			spans[n++] = (struct span){ (int)v, p->producer, last[v],
				(bytes + ALIGN) / ALIGN * ALIGN, 0 };
	}
	qsort(spans, n, sizeof *spans, by_size);
	*arena = 0;
	for (size_t i = 0; i < n && !rc; i++)
		place(placed, i, spans[i]);
	for (size_t i = 0; i < n && !rc; i++) {
		g->values[placed[i].value].offset = placed[i].offset;
		g->values[placed[i].value].room = placed[i].bytes;
		if (placed[i].offset + placed[i].bytes > *arena)
			*arena = placed[i].offset + placed[i].bytes;
	}
	if (!rc && *arena > most)
		rc = too_large(e, most);
	for (size_t v = 0; v < g->nvalues && !rc; v++)
		if (planned(g, (int)v))
			g->values[v].offset = g->values[root_of(g, (int)v)].offset;
	free(spans);
	free(placed);
	free(last);
	return rc;
}
