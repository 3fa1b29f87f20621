#include <stdlib.h>
#include <string.h>

#include "onnx/tool.h"

#include "base/mem.h"
#include "onnx/check.h"
#include "onnx/load.h"

static void
put_port(struct buf *out, const char *what, const struct onnx_port *p)
{
	buf_printf(out, "%s %s %s", what, p->name, onnx_type_name(p->t.type));
	if (!p->shaped) {
		buf_puts(out, ", any shape\n");
		return;
	}
	buf_putc(out, '[');
	for (unsigned i = 0; i < p->t.ndims; i++) {
		if (i)
			buf_putc(out, ',');
		if (p->t.dims[i] >= 0)
			buf_printf(out, "%lld", (long long)p->t.dims[i]);
		else
			buf_puts(out, p->symbol[i] && *p->symbol[i] ? p->symbol[i] : "?");
	}
	buf_puts(out, "]\n");
}

struct tally {
	const char *op;
	size_t n;
};

static int
by_op(const void *a, const void *b)
{
	return strcmp(((const struct tally *)a)->op, ((const struct tally *)b)->op);
}

/* "Conv 19, Relu 17, ..." */
static void
put_ops(struct buf *out, const struct onnx_model *m)
{
	const Onnx__GraphProto *g = m->graph;
	struct tally *t = mem_array(g->n_node, sizeof *t);
	bool first = true;

	for (size_t i = 0; i < g->n_node; i++)
		t[i] = (struct tally){ g->node[i]->op_type ? g->node[i]->op_type : "?", 1 };
	qsort(t, g->n_node, sizeof *t, by_op);
	for (size_t i = 0, k; i < g->n_node; i = k) {
		for (k = i; k < g->n_node && strcmp(t[k].op, t[i].op) == 0; k++)
			;
		buf_printf(out, "%s%s %zu", first ? " (" : ", ", t[i].op, k - i);
		first = false;
	}
	buf_puts(out, first ? "\n" : ")\n");
	free(t);
}

static void
put_session(struct onnx_tool *t, struct buf *out)
{
	struct onnx_opts o = onnx_tool_opts(t);
	struct onnx_session *s;
	struct err e;

	s = onnx_session_new(t->model, &o, &e);
	if (!s) {
		buf_printf(out, "cannot run: %s\n", e.msg);
		return;
	}
	buf_printf(out, "batch %lld: %zu nodes to run, %llu multiply-adds\n",
	    (long long)(t->batch > 0 ? t->batch : 1), onnx_session_nodes(s),
	    (unsigned long long)onnx_session_macs(s));
	buf_printf(out, "memory: %zu bytes for values, %zu for packed weights and constants\n",
	    onnx_session_arena(s), onnx_session_packed(s));
	onnx_session_free(s);
}

int
onnx_tool_info(struct onnx_tool *t, const char *path, struct buf *out)
{
	const struct onnx_model *m = t->model;
	const char *key, *value;
	char hex[65];

	onnx_model_sha256(m, hex);
	buf_printf(out, "model %s\nsha256 %s\n", path, hex);
	buf_printf(out, "IR version %lld, operator set %lld", (long long)onnx_model_ir(m),
	    (long long)onnx_model_opset(m));
	if (*onnx_model_producer(m))
		buf_printf(out, ", written by %s", onnx_model_producer(m));
	buf_putc(out, '\n');
	for (size_t i = 0; i < onnx_model_inputs(m); i++)
		put_port(out, "input", onnx_model_input(m, i));
	for (size_t i = 0; i < onnx_model_outputs(m); i++)
		put_port(out, "output", onnx_model_output(m, i));
	buf_printf(out, "%zu parameters\n%zu nodes", onnx_model_parameters(m), onnx_model_nodes(m));
	put_ops(out, m);
	put_session(t, out);
	for (size_t i = 0; onnx_model_meta_at(m, i, &key, &value); i++)
		buf_printf(out, "metadata %s = %s\n", key, value);
	return 0;
}

void
onnx_tool_profile(const struct onnx_session *s, struct buf *out)
{
	uint64_t total = 0;

	for (size_t i = 0; i < onnx_session_nodes(s); i++)
		total += onnx_session_node(s, i).ns;
	buf_printf(out, "%10s %6s %9s  %-20s %-20s %s\n", "us a run", "share", "GMAC/s", "operator",
	    "node", "output");
	for (size_t i = 0; i < onnx_session_nodes(s); i++) {
		struct onnx_node_info n = onnx_session_node(s, i);
		double us = n.runs ? (double)n.ns / (double)n.runs / 1e3 : 0;

		buf_printf(
		    out, "%10.2f %5.1f%% ", us, total ? 100 * (double)n.ns / (double)total : 0.0);
		if (n.macs && us > 0)
			buf_printf(out, "%9.2f", (double)n.macs / us / 1e3);
		else
			buf_printf(out, "%9s", "-");
		buf_printf(out, "  %-20.40s %-20.60s ", n.op, n.name);
		if (n.out)
			onnx_put_shape(out, n.out);
		buf_putc(out, '\n');
	}
}

int
onnx_tool_check(struct onnx_tool *t, const char *const *dirs, size_t n, struct buf *out)
{
	size_t agree = 0, differ = 0;

	for (size_t i = 0; i < n; i++) {
		struct onnx_check c = { .rel = t->rel,
			.abs = t->abs,
			.perturb = t->perturb,
			.opts = onnx_tool_opts(t) };
		struct err e = { 0 };
		int rc;

		rc = onnx_check_case(&c, t->model, dirs[i], &e);
		if (rc == 0)
			agree++;
		differ += rc == ERR_GATE;
		if (rc != 0 && !t->quiet)
			buf_printf(
			    out, "%s: %s%s\n", dirs[i], rc == ERR_GATE ? "" : "not run: ", e.msg);
	}
	buf_printf(out, "%zu of %zu cases agree", agree, n);
	if (differ)
		buf_printf(out, ", %zu differ", differ);
	if (agree + differ < n)
		buf_printf(out, ", %zu cannot be run", n - agree - differ);
	buf_putc(out, '\n');
	return agree == n ? 0 : err_set(t->e, ERR_GATE, "not all cases agree");
}
