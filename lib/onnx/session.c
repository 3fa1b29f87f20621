#include <stdlib.h>
#include <string.h>

#include "onnx/graph.h"

#include "base/tim.h"
#include "base/mem.h"
#include "onnx/fuse.h"
#include "onnx/load.h"

struct onnx_session {
	struct onnx_graph g;
	struct onnx_tensor *ins, *outs; /* what the caller is told */
	uint8_t *arena, *arena_block;
	size_t arena_bytes;
	void *work_block;
	size_t work_bytes;
	size_t later_bytes; /* of values whose shapes come with a run */
};

enum { ALIGN = 64 };

static void *
aligned(void *p)
{
	return (void *)(((uintptr_t)p + ALIGN - 1) & ~(uintptr_t)(ALIGN - 1));
}

static size_t
most_bytes(const struct onnx_graph *g)
{
	return g->opts.max_bytes ? g->opts.max_bytes : (size_t)1 << 30;
}

/* Room for n bytes of work space; nodes learn where it is. */
static int
work_room(struct onnx_session *s, const struct onnx_node *n, size_t bytes, struct err *e)
{
	void *work;

	/* there is always some, so that nobody adds to a null pointer */
	if (bytes <= s->work_bytes && s->work_block)
		return 0;
	if (bytes > most_bytes(&s->g))
		return onnx_node_err(n, e, "it needs %zu bytes of work space", bytes);
	free(s->work_block);
	s->work_block = mem_alloc(bytes + ALIGN);
	s->work_bytes = bytes;
	work = aligned(s->work_block);
	for (size_t i = 0; i < s->g.nnodes; i++)
		s->g.nodes[i].work = work;
	return 0;
}

static int
prepare(struct onnx_session *s, struct onnx_node *n, struct err *e)
{
	n->scratch = 0;
	if (n->op->prepare) {
		int rc = n->op->prepare(n, e);

		if (rc)
			return rc;
	}
	n->prepared = true;
	return work_room(s, n, n->scratch, e);
}

static int
give_memory(struct onnx_session *s, struct err *e)
{
	struct onnx_graph *g = &s->g;
	int rc = onnx_plan_memory(g, &s->arena_bytes, e);

	if (rc)
		return rc;
	s->arena_block = mem_alloc(s->arena_bytes + ALIGN);
	s->arena = aligned(s->arena_block);
	for (size_t i = 0; i < g->nvalues; i++) {
		struct onnx_value *v = &g->values[i];

		if (v->kind == ONNX_TEMP && v->producer >= 0 && !g->nodes[v->producer].later)
			v->t.data = s->arena + v->offset;
		else if (v->kind == ONNX_TEMP)
			v->room = 0;
	}
	for (size_t i = 0; i < g->nnodes && !rc; i++)
		if (!g->nodes[i].later)
			rc = prepare(s, &g->nodes[i], e);
	return rc;
}

struct onnx_session *
onnx_session_new(const struct onnx_model *m, const struct onnx_opts *o, struct err *e)
{
	struct onnx_session *s = mem_alloc(sizeof *s);
	struct onnx_graph *g = &s->g;
	int rc = onnx_graph_new(g, m, o, e);

	if (!rc)
		rc = onnx_infer(g, e);
	if (!rc && !g->opts.plain)
		rc = onnx_fuse(g, e);
	if (!rc)
		onnx_graph_bind(g);
	if (!rc)
		rc = give_memory(s, e);
	if (rc) {
		onnx_session_free(s);
		return NULL;
	}
	/* what the caller may ask for, before runs write pointers and shapes into the values */
	s->ins = mem_array(g->ninputs, sizeof *s->ins);
	s->outs = mem_array(g->noutputs, sizeof *s->outs);
	for (size_t i = 0; i < g->ninputs; i++)
		s->ins[i] = g->values[g->inputs[i]].t;
	for (size_t i = 0; i < g->noutputs; i++)
		if (g->values[g->outputs[i]].shaped) {
			s->outs[i] = g->values[g->outputs[i]].t;
			s->outs[i].data = NULL;
		}
	return s;
}

void
onnx_session_free(struct onnx_session *s)
{
	if (!s)
		return;
	onnx_graph_free(&s->g);
	free(s->ins);
	free(s->outs);
	free(s->arena_block);
	free(s->work_block);
	free(s);
}

/* ---- running ---- */

/* Memory for what a node with late shapes puts out: a block a value, grown and kept. */
static int
later_room(struct onnx_session *s, struct onnx_node *n, struct err *e)
{
	for (unsigned i = 0; i < n->nout; i++) {
		struct onnx_value *v = onnx_out(&s->g, n, i);
		size_t bytes;

		if (!v)
			continue;
		if (!onnx_value_bytes(&s->g, v, &bytes) ||
		    s->later_bytes - v->room + bytes > most_bytes(&s->g))
			return onnx_node_err(n, e, "its output %u is too large", i);
		if (bytes <= v->room && v->t.data)
			continue;
		s->later_bytes += bytes - v->room;
		free(v->t.data);
		v->t.data = mem_alloc(bytes);
		v->owned = true;
		v->room = bytes;
	}
	return 0;
}

static void
forget(struct onnx_node *n)
{
	if (n->op->release)
		n->op->release(n);
	else
		free(n->state);
	n->state = NULL;
	n->prepared = false;
}

static int
run_later(struct onnx_session *s, struct onnx_node *n, struct err *e)
{
	int rc;

	if (n->prepared)
		forget(n);
	rc = onnx_infer_node(n, e);
	if (rc == ONNX_LATER)
		rc = onnx_node_err(n, e, "its shapes cannot be worked out");
	if (!rc)
		rc = later_room(s, n, e);
	if (!rc)
		rc = prepare(s, n, e);
	return rc ? rc : n->op->run(n, e);
}

static bool
same_shape(const struct onnx_tensor *a, const struct onnx_tensor *b)
{
	return a->type == b->type && a->ndims == b->ndims &&
	       memcmp(a->dims, b->dims, a->ndims * sizeof *a->dims) == 0;
}

static int
bad_input(const struct onnx_session *s, size_t i, const struct onnx_tensor *in, struct err *e)
{
	struct buf b = { 0 };

	buf_printf(&b, "input \"%.80s\" is %s", s->g.values[s->g.inputs[i]].name,
	    onnx_type_name(in->type));
	onnx_put_shape(&b, in);
	buf_printf(&b, " where the session takes %s", onnx_type_name(s->ins[i].type));
	onnx_put_shape(&b, &s->ins[i]);
	err_set(e, ERR_DATA, "%s", buf_z(&b));
	buf_free(&b);
	return ERR_DATA;
}

static int
run_node(struct onnx_session *s, struct onnx_node *n, struct err *e)
{
	uint64_t t0;
	int rc;

	if (!s->g.opts.profile)
		return n->later ? run_later(s, n, e) : n->op->run(n, e);
	t0 = (uint64_t)tim_mono();
	rc = n->later ? run_later(s, n, e) : n->op->run(n, e);
	n->ns += (uint64_t)tim_mono() - t0;
	n->runs++;
	return rc;
}

int
onnx_run(
    struct onnx_session *s, const struct onnx_tensor *in, struct onnx_tensor *out, struct err *e)
{
	struct onnx_graph *g = &s->g;
	int rc = 0;

	for (size_t i = 0; i < g->ninputs; i++) {
		if (!same_shape(&in[i], &s->ins[i]))
			return bad_input(s, i, &in[i], e);
		g->values[g->inputs[i]].t.data = in[i].data;
	}
	for (size_t i = 0; i < g->nnodes && !rc; i++)
		rc = run_node(s, &g->nodes[i], e);
	if (rc)
		return rc;
	for (size_t i = 0; i < g->noutputs; i++)
		out[i] = g->values[g->outputs[i]].t;
	return 0;
}

/* ---- what it is made of ---- */

const struct onnx_tensor *
onnx_session_input(const struct onnx_session *s, size_t i)
{
	return &s->ins[i];
}

const struct onnx_tensor *
onnx_session_output(const struct onnx_session *s, size_t i)
{
	return &s->outs[i];
}

size_t
onnx_session_nodes(const struct onnx_session *s)
{
	return s->g.nnodes;
}

struct onnx_node_info
onnx_session_node(const struct onnx_session *s, size_t i)
{
	const struct onnx_node *n = &s->g.nodes[i];
	bool known = !n->later || n->prepared;

	return (struct onnx_node_info){ .name = n->name,
		.op = n->op->name,
		.macs = n->op->macs && known ? n->op->macs(n) : 0,
		.runs = n->runs,
		.ns = n->ns,
		.out = n->nout && n->vout[0] >= 0 ? &s->g.values[n->vout[0]].t : NULL };
}

uint64_t
onnx_session_macs(const struct onnx_session *s)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < s->g.nnodes; i++)
		sum += onnx_session_node(s, i).macs;
	return sum;
}

size_t
onnx_session_arena(const struct onnx_session *s)
{
	return s->arena_bytes + s->work_bytes + s->later_bytes;
}

size_t
onnx_session_packed(const struct onnx_session *s)
{
	size_t n = s->g.const_bytes;

	for (size_t i = 0; i < s->g.nnodes; i++)
		n += s->g.nodes[i].state_bytes;
	return n;
}
