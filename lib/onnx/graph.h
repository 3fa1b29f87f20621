/*
 * Inside the runtime: a session's graph. Built from the model by onnx_graph_new (graph.c), given
 * shapes and folded by onnx_infer (infer.c), rewritten by passes (fuse.c), then given memory
 * (memory.c) and run (session.c).
 *
 * Values and nodes are arrays; they name each other by index, so arrays may grow while a pass is at
 * work. Between passes this holds:
 *   - nodes stand in an order in which they can run (nodes before their users);
 *   - every value has at most one producer; dead nodes produce and use nothing;
 *   - uses[] and producer are right (onnx_graph_link makes them so again after a pass).
 * Pointers to values and nodes are good until one is added.
 */
#ifndef TP_ONNX_GRAPH_H
#define TP_ONNX_GRAPH_H

#include <string.h>

#include <onnx.pb-c.h>

#include "onnx/model.h"

struct onnx_node;
struct onnx_graph;

/* What infer returns where a shape depends on values that only a run will know. */
#define ONNX_LATER 1

/*
 * An operator: how shapes follow, and how values do. Tables of these stand in op_*.c; a pass may
 * have ops of its own. n->in[] and n->out[] are tensors, NULL where the node leaves one out.
 *
 * infer	sets type, ndims and dims of n->out[]; all of n->in[] have types and shapes, and
 *data where it is known (constants; everything at run time). 0, ONNX_LATER or an error. prepare
 *once shapes are known and before any run: packs constant weights, allocates n->state, says in
 *n->scratch how many bytes of work space a run needs. May be NULL. run		computes; n->work is
 *the scratch. Allocates nothing. release	frees n->state. May be NULL: then free() does it.
 * macs		multiply-adds of a run. May be NULL.
 */
struct onnx_op {
	const char *name;
	uint8_t min_in, max_in, max_out; /* 255: any number */
	bool view;                       /* output 0 is input 0 under another shape */
	bool elementwise;                /* output 0 may lie where input 0 lies, if equal in size */
	bool shape_only;                 /* needs the shapes of its inputs, not their values */
	int (*infer)(struct onnx_node *n, struct err *e);
	int (*prepare)(struct onnx_node *n, struct err *e);
	int (*run)(struct onnx_node *n, struct err *e);
	void (*release)(struct onnx_node *n);
	uint64_t (*macs)(const struct onnx_node *n);
	const void *data; /* the operator's own: a table of kernels */
};

struct onnx_node {
	const struct onnx_op *op;
	const char *name;             /* from the file, or ""; borrowed */
	const Onnx__NodeProto *proto; /* attributes; NULL for a node that a pass has made */
	int64_t opset;
	bool dead;
	bool later; /* shapes known at run time only */
	bool prepared;
	unsigned nin, nout;
	int *vin, *vout; /* values, -1 where left out */
	/* set by onnx_graph_bind, once no pass will move values any more */
	struct onnx_tensor **in, **out;
	void *state;        /* the operator's own */
	size_t state_bytes; /* for the books */
	size_t scratch;
	void *work; /* scratch bytes, aligned to 64; shared by all nodes */
	struct onnx_graph *g;
	uint64_t runs, ns;
};

enum onnx_kind {
	ONNX_TEMP,  /* made by a node */
	ONNX_INPUT, /* given with each run */
	ONNX_CONST, /* initializers and what was folded: t.data is set */
};

struct onnx_value {
	const char *name; /* borrowed from the model, or "" */
	enum onnx_kind kind;
	bool output; /* the model's own output: must survive, plain layout */
	bool shaped; /* t has type and dims */
	bool owned;  /* t.data is freed with the graph */
	struct onnx_tensor t;
	int producer; /* node, or -1 */
	int *uses;    /* nodes, once per use */
	unsigned nuses;
	/* Bytes to plan for. 0: as many as t's shape says; a pass that lays a value out in its own
	 * way (blocked by channels, with borders) says how many it needs. */
	size_t bytes;
	int layout; /* 0 plain row-major; other numbers are the passes' own */
	/* memory plan */
	size_t offset,
	    room; /* in the arena; room: bytes taken, of a `later` value its heap block */
	int root; /* value whose memory this one shares, itself if none */
};

struct onnx_graph {
	const struct onnx_model *model;
	int64_t opset;
	struct onnx_opts opts;
	struct onnx_value *values;
	size_t nvalues, value_cap;
	struct onnx_node *nodes;
	size_t nnodes, node_cap;
	int *inputs, *outputs; /* values; as many as the model has */
	size_t ninputs, noutputs;
	size_t const_bytes; /* in owned constants */
};

/* ---- building (graph.c) ---- */
int
onnx_graph_new(
    struct onnx_graph *g, const struct onnx_model *m, const struct onnx_opts *o, struct err *e);
void
onnx_graph_free(struct onnx_graph *g);

/* A new value; returns its index. t may be NULL (no shape yet). */
int
onnx_graph_value(struct onnx_graph *g, const char *name, const struct onnx_tensor *t);
/* A new constant with a copy-free block of its own: data is free()d with the graph. */
int
onnx_graph_const(struct onnx_graph *g, const char *name, const struct onnx_tensor *t);
/* A new node at the end of the list (onnx_graph_sort puts it in its place); returns its index.
 * vin and vout are copied. `like`: node whose name and attributes it takes, or -1. */
int
onnx_graph_node(struct onnx_graph *g, const struct onnx_op *op, int like, const int *vin,
    unsigned nin, const int *vout, unsigned nout);
/* The node is gone; its outputs have no producer. */
void
onnx_graph_kill(struct onnx_graph *g, int node);
/* Every use of value `from` (and its being an output) becomes one of `to`. */
void
onnx_graph_replace(struct onnx_graph *g, int from, int to);
/* Recompute producer and uses. */
void
onnx_graph_link(struct onnx_graph *g);
/* Nodes in an order that can run, dead ones and those nobody needs dropped; links. ERR_DATA for a
 * cycle. */
int
onnx_graph_sort(struct onnx_graph *g, struct err *e);
/* n->in and n->out of all nodes. */
void
onnx_graph_bind(struct onnx_graph *g);

static inline struct onnx_value *
onnx_in(const struct onnx_graph *g, const struct onnx_node *n, unsigned i)
{
	return i < n->nin && n->vin[i] >= 0 ? &g->values[n->vin[i]] : NULL;
}

static inline struct onnx_value *
onnx_out(const struct onnx_graph *g, const struct onnx_node *n, unsigned i)
{
	return i < n->nout && n->vout[i] >= 0 ? &g->values[n->vout[i]] : NULL;
}

static inline bool
onnx_is(const struct onnx_node *n, const char *op)
{
	return !n->dead && strcmp(n->op->name, op) == 0;
}

/* ---- shapes and folding (infer.c): shapes of all values where they can be known; nodes all of
 * whose inputs are constant are run and become constants ---- */
int
onnx_infer(struct onnx_graph *g, struct err *e);
/* Shapes of one node's outputs, held within opts.max_bytes: 0, ONNX_LATER or an error. */
int
onnx_infer_node(struct onnx_node *n, struct err *e);

/* ---- memory (memory.c): lifetimes and offsets; views and, where nobody looks at the input
 * again, elementwise operators share the memory of their input ---- */
int
onnx_plan_memory(struct onnx_graph *g, size_t *arena, struct err *e);

/* Bytes that a value takes; false where that overflows or is over opts.max_bytes. */
bool
onnx_value_bytes(const struct onnx_graph *g, const struct onnx_value *v, size_t *bytes);

/* ---- attributes (attr.c): by name, with the default of the operator's description. NULL proto
 * and attributes of another type count as absent. ---- */
int64_t
onnx_attr_i(const struct onnx_node *n, const char *name, int64_t dflt);
float
onnx_attr_f(const struct onnx_node *n, const char *name, float dflt);
/* *p borrowed; false when absent */
bool
onnx_attr_is(const struct onnx_node *n, const char *name, const int64_t **p, size_t *count);
bool
onnx_attr_fs(const struct onnx_node *n, const char *name, const float **p, size_t *count);
bool
onnx_attr_s(const struct onnx_node *n, const char *name, struct str *s);
/* NULL when absent */
const Onnx__TensorProto *
onnx_attr_t(const struct onnx_node *n, const char *name);
/* The i-th of a list of texts. */
bool
onnx_attr_strs(const struct onnx_node *n, const char *name, size_t i, struct str *s);
bool
onnx_attr_has(const struct onnx_node *n, const char *name);
/* Attribute text equal to z; `dflt` when absent. */
bool
onnx_attr_eqz(const struct onnx_node *n, const char *name, const char *z, bool dflt);

/* ---- geometry of convolutions and pools (window.c) ---- */
struct onnx_window {
	unsigned nd; /* spatial dimensions, 1 to 6 */
	int64_t batch, cin;
	int64_t in[6], out[6], kernel[6], stride[6], dilation[6];
	int64_t pad[6], tail[6]; /* in front and behind */
	int64_t group;           /* convolutions */
};
/* From n->in[0] (N x C x ...), the attributes and, for convolutions (conv true), the weights'
 * shape in n->in[1]. */
int
onnx_window_of(const struct onnx_node *n, bool conv, struct onnx_window *w, struct err *e);

/* ---- operators ---- */
/* NULL when the operator is not known. */
const struct onnx_op *
onnx_op_find(const char *name);

/* ERR_DATA: "node 3 (conv1, Conv): WORDS" */
int
onnx_node_err(const struct onnx_node *n, struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
