#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onnx/graph.h"

#include "base/mem.h"
#include "onnx/load.h"
#include "onnx/tensor.h"

/* ---- names to values while building ---- */

struct names {
	int *slot; /* value + 1, 0 free */
	size_t mask;
};

static size_t
hash(const char *s)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */

	while (*s)
		h = (h ^ (unsigned char)*s++) * 0x100000001b3u;
	return (size_t)(h ^ h >> 29);
}

/* The slot of a name: where it is or where it would go. */
static int *
slot_of(const struct onnx_graph *g, const struct names *t, const char *name)
{
	size_t i = hash(name) & t->mask;

	while (t->slot[i] && strcmp(g->values[t->slot[i] - 1].name, name) != 0)
		i = (i + 1) & t->mask;
	return &t->slot[i];
}

int
onnx_graph_value(struct onnx_graph *g, const char *name, const struct onnx_tensor *t)
{
	struct onnx_value *v = MEM_AT(g->values, g->value_cap, g->nvalues);

	*v = (struct onnx_value){ .name = name, .producer = -1, .root = (int)g->nvalues };
	if (t) {
		v->t = *t;
		v->t.data = NULL;
		v->shaped = true;
	}
	return (int)g->nvalues++;
}

int
onnx_graph_const(struct onnx_graph *g, const char *name, const struct onnx_tensor *t)
{
	int i = onnx_graph_value(g, name, t);

	g->values[i].kind = ONNX_CONST;
	g->values[i].t.data = t->data;
	g->values[i].owned = true;
	g->const_bytes += onnx_count(t) * onnx_type_size(t->type);
	return i;
}

static int
name_value(struct onnx_graph *g, struct names *t, const char *name, struct err *e)
{
	int *slot = slot_of(g, t, name), v;

	if (*slot)
		return err_set(e, ERR_DATA, "the value \"%.80s\" is made twice", name);
	v = onnx_graph_value(g, name, NULL);
	*slot = v + 1;
	return v;
}

/* ---- nodes ---- */

int
onnx_node_err(const struct onnx_node *n, struct err *e, const char *fmt, ...)
{
	char words[800];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof words, fmt, ap);
	va_end(ap);
	return err_set(e, ERR_DATA, "node %td (%.60s%s%s): %s", n - n->g->nodes, n->name,
	    *n->name ? ", " : "", n->op ? n->op->name : "?", words);
}

static int *
copy_ints(const int *v, unsigned n)
{
	return mem_dup(n ? v : (const int[]){ 0 }, n * sizeof *v);
}

int
onnx_graph_node(struct onnx_graph *g, const struct onnx_op *op, int like, const int *vin,
    unsigned nin, const int *vout, unsigned nout)
{
	struct onnx_node *n = MEM_AT(g->nodes, g->node_cap, g->nnodes);

	*n = (struct onnx_node){ .op = op,
		.name = like < 0 ? "" : g->nodes[like].name,
		.proto = like < 0 ? NULL : g->nodes[like].proto,
		.opset = g->opset,
		.g = g,
		.nin = nin,
		.nout = nout,
		.vin = copy_ints(vin, nin),
		.vout = copy_ints(vout, nout) };
	return (int)g->nnodes++;
}

static void
unprepare(struct onnx_node *n)
{
	if (n->op && n->op->release)
		n->op->release(n);
	else
		free(n->state);
	n->state = NULL;
}

void
onnx_graph_kill(struct onnx_graph *g, int node)
{
	struct onnx_node *n = &g->nodes[node];

	unprepare(n);
	n->dead = true;
	for (unsigned i = 0; i < n->nout; i++)
		if (n->vout[i] >= 0 && g->values[n->vout[i]].producer == node)
			g->values[n->vout[i]].producer = -1;
}

void
onnx_graph_replace(struct onnx_graph *g, int from, int to)
{
	for (size_t i = 0; i < g->nnodes; i++)
		for (unsigned k = 0; k < g->nodes[i].nin && !g->nodes[i].dead; k++)
			if (g->nodes[i].vin[k] == from)
				g->nodes[i].vin[k] = to;
	for (size_t i = 0; i < g->noutputs; i++)
		if (g->outputs[i] == from) {
			g->outputs[i] = to;
			g->values[to].output = true;
		}
	g->values[from].output = false;
}

void
onnx_graph_link(struct onnx_graph *g)
{
	for (size_t i = 0; i < g->nvalues; i++) {
		g->values[i].producer = -1;
		g->values[i].nuses = 0;
	}
	for (size_t i = 0; i < g->nnodes; i++) {
		const struct onnx_node *n = &g->nodes[i];

		for (unsigned k = 0; k < n->nout && !n->dead; k++)
			if (n->vout[k] >= 0)
				g->values[n->vout[k]].producer = (int)i;
		for (unsigned k = 0; k < n->nin && !n->dead; k++)
			if (n->vin[k] >= 0)
				g->values[n->vin[k]].nuses++;
	}
	for (size_t i = 0; i < g->nvalues; i++) {
		g->values[i].uses = mem_resize(
		    g->values[i].uses, g->values[i].nuses + 1, sizeof *g->values[i].uses);
		g->values[i].nuses = 0;
	}
	for (size_t i = 0; i < g->nnodes; i++) {
		const struct onnx_node *n = &g->nodes[i];

		for (unsigned k = 0; k < n->nin && !n->dead; k++)
			if (n->vin[k] >= 0) {
				struct onnx_value *v = &g->values[n->vin[k]];

				v->uses[v->nuses++] = (int)i;
			}
	}
}

/* ---- order ---- */

static void
free_node(struct onnx_node *n)
{
	unprepare(n);
	free(n->vin);
	free(n->vout);
	free(n->in);
	free(n->out);
}

/* Mark what the outputs need, from them backwards. */
static bool *
needed_nodes(struct onnx_graph *g)
{
	bool *need = mem_array(g->nnodes, sizeof *need);
	int *todo = mem_array(g->nnodes + g->noutputs, sizeof *todo);
	size_t n = 0;

	for (size_t i = 0; i < g->noutputs; i++) {
		int p = g->values[g->outputs[i]].producer;

		if (p >= 0 && !need[p]) {
			need[p] = true;
			todo[n++] = p;
		}
	}
	while (n) {
		const struct onnx_node *node = &g->nodes[todo[--n]];

		for (unsigned k = 0; k < node->nin; k++) {
			int p = node->vin[k] < 0 ? -1 : g->values[node->vin[k]].producer;

			if (p >= 0 && !need[p]) {
				need[p] = true;
				todo[n++] = p;
			}
		}
	}
	free(todo);
	return need;
}

/* The order of the file, which was made with care for memory, where it can run. */
static bool
file_order(const struct onnx_graph *g, const bool *need, int *order, size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < g->nnodes; i++) {
		const struct onnx_node *node = &g->nodes[i];

		for (unsigned k = 0; k < node->nin && need[i]; k++)
			if (node->vin[k] >= 0 && g->values[node->vin[k]].producer >= (int)i)
				return false;
		if (need[i])
			order[(*n)++] = (int)i;
	}
	return true;
}

/* Else Kahn's algorithm, first come first served among the ready ones. How many can run. */
static size_t
order_nodes(struct onnx_graph *g, const bool *need, int *order)
{
	int *wait = mem_array(g->nnodes, sizeof *wait);
	size_t n = 0;

	for (size_t i = 0; i < g->nnodes; i++) {
		const struct onnx_node *node = &g->nodes[i];

		for (unsigned k = 0; k < node->nin && need[i]; k++)
			wait[i] += node->vin[k] >= 0 && g->values[node->vin[k]].producer >= 0;
		if (need[i] && !wait[i])
			order[n++] = (int)i;
	}
	for (size_t i = 0; i < n; i++) {
		const struct onnx_node *node = &g->nodes[order[i]];

		for (unsigned k = 0; k < node->nout; k++) {
			const struct onnx_value *v =
			    node->vout[k] < 0 ? NULL : &g->values[node->vout[k]];

			for (unsigned u = 0; v && u < v->nuses; u++)
				if (need[v->uses[u]] && --wait[v->uses[u]] == 0)
					order[n++] = v->uses[u];
		}
	}
	free(wait);
	return n;
}

int
onnx_graph_sort(struct onnx_graph *g, struct err *e)
{
	int *order = mem_array(g->nnodes, sizeof *order);
	struct onnx_node *sorted;
	size_t n, want = 0;
	bool *need;

	onnx_graph_link(g);
	need = needed_nodes(g);
	for (size_t i = 0; i < g->nnodes; i++)
		want += need[i];
	if (!file_order(g, need, order, &n))
		n = order_nodes(g, need, order);
	if (n == want) {
		sorted = mem_array(n, sizeof *sorted);
		for (size_t i = 0; i < n; i++)
			sorted[i] = g->nodes[order[i]];
		for (size_t i = 0; i < g->nnodes; i++)
			if (!need[i])
				free_node(&g->nodes[i]);
		free(g->nodes);
		g->nodes = sorted;
		g->nnodes = g->node_cap = n;
		onnx_graph_link(g);
	}
	free(order);
	free(need);
	return n == want ? 0 : err_set(e, ERR_DATA, "the nodes run in a circle");
}

void
onnx_graph_bind(struct onnx_graph *g)
{
	for (size_t i = 0; i < g->nnodes; i++) {
		struct onnx_node *n = &g->nodes[i];

		n->in = mem_resize(n->in, n->nin + 1, sizeof *n->in);
		n->out = mem_resize(n->out, n->nout + 1, sizeof *n->out);
		for (unsigned k = 0; k < n->nin; k++)
			n->in[k] = n->vin[k] < 0 ? NULL : &g->values[n->vin[k]].t;
		for (unsigned k = 0; k < n->nout; k++)
			n->out[k] = n->vout[k] < 0 ? NULL : &g->values[n->vout[k]].t;
	}
}

/* ---- from the model ---- */

/* The shape that a run will give: the file's, its open dimensions filled in. */
static int
input_shape(const struct onnx_opts *o, const struct onnx_port *p, size_t i, struct onnx_tensor *t,
    struct err *e)
{
	*t = p->t;
	if (!t->type)
		return err_set(e, ERR_DATA, "input \"%.80s\" has no type", p->name);
	if (o->shapes) {
		const struct onnx_tensor *s = &o->shapes[i];
		bool fits = s->ndims <= ONNX_DIMS && (!p->shaped || s->ndims == t->ndims);

		for (unsigned k = 0; fits && p->shaped && k < t->ndims; k++)
			fits = t->dims[k] < 0 || t->dims[k] == s->dims[k];
		if (!fits) {
			struct buf b = { 0 };

			onnx_put_shape(&b, s);
			buf_puts(&b, " where the model takes ");
			onnx_put_shape(&b, &p->t);
			err_set(e, ERR_DATA, "input \"%.80s\" is %s", p->name, buf_z(&b));
			buf_free(&b);
			return e->code;
		}
		t->ndims = s->ndims;
		memcpy(t->dims, s->dims, sizeof t->dims);
		return 0;
	}
	if (!p->shaped)
		return err_set(
		    e, ERR_DATA, "the model does not say what shape input \"%.80s\" has", p->name);
	for (unsigned k = 0; k < t->ndims; k++)
		if (t->dims[k] < 0)
			t->dims[k] = k == 0 && o->batch > 0 ? o->batch : 1;
	return 0;
}

static int
take_ends(struct onnx_graph *g, struct names *t, struct err *e)
{
	const struct onnx_model *m = g->model;

	g->ninputs = m->nins;
	g->inputs = mem_array(m->nins, sizeof *g->inputs);
	for (size_t i = 0; i < m->nins; i++) {
		struct onnx_tensor shape;
		size_t bytes;
		int v = name_value(g, t, m->ins[i].name, e), rc;

		if (v < 0)
			return v;
		rc = input_shape(&g->opts, &m->ins[i], i, &shape, e);
		if (rc)
			return rc;
		g->inputs[i] = v;
		g->values[v].kind = ONNX_INPUT;
		g->values[v].t = shape;
		g->values[v].t.data = NULL;
		g->values[v].shaped = true;
		rc = onnx_tensor_bytes(
		    &shape, g->opts.max_bytes ? g->opts.max_bytes : (size_t)1 << 30, &bytes, e);
		if (rc)
			return err_wrap(e, "input \"%.80s\"", m->ins[i].name);
	}
	for (size_t i = 0; i < m->ninits; i++) {
		int v = name_value(g, t, m->inits[i].name, e);

		if (v < 0)
			return v;
		g->values[v].kind = ONNX_CONST;
		g->values[v].t = m->inits[i].t;
		g->values[v].shaped = true;
	}
	return 0;
}

static int
take_node(struct onnx_graph *g, struct names *t, const Onnx__NodeProto *p, struct err *e)
{
	const char *type = p->op_type ? p->op_type : "";
	const struct onnx_op *op = onnx_op_find(type);
	struct onnx_node *n;
	int rc;

	if (p->domain && *p->domain && strcmp(p->domain, "ai.onnx") != 0)
		return err_set(e, ERR_DATA,
		    "node %zu (%.60s): operator %.60s of %.60s is not supported", g->nnodes,
		    p->name ? p->name : "", type, p->domain);
	if (!op)
		return err_set(e, ERR_DATA, "node %zu (%.60s): operator %.60s is not supported",
		    g->nnodes, p->name ? p->name : "", type);
	rc = onnx_graph_node(g, op, -1, NULL, 0, NULL, 0);
	n = &g->nodes[rc];
	n->name = p->name ? p->name : "";
	n->proto = p;
	if (p->n_input < op->min_in || p->n_input > (op->max_in == 255 ? 4096u : op->max_in))
		return onnx_node_err(n, e, "%zu inputs", p->n_input);
	if (p->n_output < 1 || p->n_output > (op->max_out == 255 ? 4096u : op->max_out))
		return onnx_node_err(n, e, "%zu outputs", p->n_output);
	free(n->vin);
	free(n->vout);
	n->vin = mem_array(p->n_input, sizeof *n->vin);
	n->vout = mem_array(p->n_output, sizeof *n->vout);
	n->nout = (unsigned)p->n_output;
	for (size_t i = 0; i < p->n_output; i++) {
		n->vout[i] = *p->output[i] ? name_value(g, t, p->output[i], e) : -1;
		if (n->vout[i] < -1) {
			rc = n->vout[i];
			n->vout[i] = -1;
			return rc;
		}
	}
	return 0;
}

static int
take_inputs(struct onnx_graph *g, const struct names *t, struct onnx_node *n, struct err *e)
{
	const Onnx__NodeProto *p = n->proto;

	n->nin = (unsigned)p->n_input;
	for (unsigned i = 0; i < n->nin; i++) {
		n->vin[i] = *p->input[i] ? *slot_of(g, t, p->input[i]) - 1 : -1;
		if (*p->input[i] && n->vin[i] < 0)
			return onnx_node_err(
			    n, e, "nothing makes its input \"%.80s\"", p->input[i]);
		if (i < n->op->min_in && n->vin[i] < 0)
			return onnx_node_err(n, e, "input %u is left out", i);
	}
	/* what is left out at the end is as if never written */
	while (n->nin && n->vin[n->nin - 1] < 0)
		n->nin--;
	return 0;
}

static int
build(struct onnx_graph *g, struct names *t, struct err *e)
{
	const struct onnx_model *m = g->model;
	int rc = take_ends(g, t, e);

	for (size_t i = 0; !rc && i < m->graph->n_node; i++)
		rc = take_node(g, t, m->graph->node[i], e);
	for (size_t i = 0; !rc && i < g->nnodes; i++)
		rc = take_inputs(g, t, &g->nodes[i], e);
	g->outputs = mem_array(m->nouts, sizeof *g->outputs);
	for (size_t i = 0; !rc && i < m->nouts; i++) {
		int v = *slot_of(g, t, m->outs[i].name) - 1;

		if (v < 0)
			return err_set(
			    e, ERR_DATA, "nothing makes the output \"%.80s\"", m->outs[i].name);
		g->outputs[g->noutputs++] = v;
		g->values[v].output = true;
	}
	return rc ? rc : onnx_graph_sort(g, e);
}

int
onnx_graph_new(
    struct onnx_graph *g, const struct onnx_model *m, const struct onnx_opts *o, struct err *e)
{
	struct names t = { .mask = 63 };
	size_t names = m->nins + m->ninits;
	int rc;

	*g = (struct onnx_graph){ .model = m, .opset = m->opset, .opts = *o };
	for (size_t i = 0; i < m->graph->n_node; i++)
		names += m->graph->node[i]->n_output;
	while (t.mask < 2 * names)
		t.mask = 2 * t.mask + 1;
	t.slot = mem_array(t.mask + 1, sizeof *t.slot);
	rc = build(g, &t, e);
	free(t.slot);
	return rc;
}

void
onnx_graph_free(struct onnx_graph *g)
{
	for (size_t i = 0; i < g->nnodes; i++)
		free_node(&g->nodes[i]);
	for (size_t i = 0; i < g->nvalues; i++) {
		if (g->values[i].owned)
			free(g->values[i].t.data);
		free(g->values[i].uses);
	}
	free(g->nodes);
	free(g->values);
	free(g->inputs);
	free(g->outputs);
}
