#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "onnx/load.h"

#include "base/mem.h"
#include "onnx/scan.h"
#include "onnx/sha256.h"
#include "onnx/tensor.h"

/*
 * Reading a file once: weights are most of its bytes and stay where they are. The messages around
 * them are cut out and given to protobuf-c: the model without its graph, the graph without its
 * initializers, and each initializer without its raw_data.
 */
enum { MODEL_GRAPH = 7, MODEL_TRAINING = 20, GRAPH_INIT = 5, TENSOR_RAW = 9 };
enum { OPSET_LEAST = 1, OPSET_MOST = 21 };
enum { NODES_MAX = 65536 };

static int
damaged(struct err *e)
{
	return err_set(e, ERR_DATA, "not an ONNX model");
}

/* Values that stay where they are, moved down by a few bytes where they lie askew: the header in
 * front of them, which is read by then, has the room. */
static void
settle(struct onnx_model *m, struct onnx_init *it, const struct onnx_field *raw)
{
	size_t size = onnx_type_size(it->t.type), at = (size_t)(raw->p - m->bytes);

	it->at = at;
	it->bytes = raw->n;
	it->shift = (unsigned)(at % size);
	if (raw->p - raw->start < (ptrdiff_t)it->shift || raw->n < 64) {
		it->t.data = mem_dup(raw->p, raw->n);
		it->owned = true;
		it->shift = 0;
		return;
	}
	memcpy(it->under, m->bytes + at - it->shift, it->shift);
	if (it->shift)
		memmove(m->bytes + at - it->shift, m->bytes + at, raw->n);
	it->t.data = m->bytes + at - it->shift;
}

static int
take_init(struct onnx_model *m, const struct onnx_field *whole, struct err *e)
{
	const uint8_t *p = whole->p, *end = p + whole->n;
	struct onnx_field f, raw = { 0 };
	struct buf rest = { 0 };
	struct onnx_init *it = MEM_AT(m->inits, m->init_cap, m->ninits);
	Onnx__TensorProto *msg;
	size_t bytes;
	int rc = 0;

	while (p < end) {
		if (!onnx_field_next(&p, end, &f))
			return damaged(e);
		if (f.tag == TENSOR_RAW && f.wire == 2)
			raw = f;
		else
			buf_put(&rest, f.start, (size_t)(p - f.start));
	}
	msg = onnx__tensor_proto__unpack(NULL, rest.len, (const uint8_t *)(rest.p ? rest.p : ""));
	buf_free(&rest);
	if (!msg)
		return damaged(e);
	m->ninits++;
	it->name = mem_dup(msg->name ? msg->name : "", msg->name ? strlen(msg->name) : 0);
	if (!raw.p) {
		rc = onnx_tensor_proto(msg, ONNX_FILE_MAX, &it->t, e);
		it->owned = true;
	} else {
		rc = onnx_tensor_head(msg, ONNX_FILE_MAX, &it->t, &bytes, e);
		if (!rc && bytes != raw.n)
			rc = err_set(e, ERR_DATA, "%zu bytes of values where its shape takes %zu",
			    raw.n, bytes);
		if (!rc)
			settle(m, it, &raw);
		for (size_t i = 0; !rc && it->t.type == ONNX_BOOL && i < bytes; i++)
			rc = ((uint8_t *)it->t.data)[i] > 1
				 ? err_set(e, ERR_DATA, "a bool that is neither 0 nor 1")
				 : 0;
	}
	if (rc)
		err_wrap(e, "initializer \"%.80s\"", it->name);
	else
		m->parameters += onnx_count(&it->t);
	onnx__tensor_proto__free_unpacked(msg, NULL);
	return rc;
}

static int
take_graph(struct onnx_model *m, const struct onnx_field *whole, struct err *e)
{
	const uint8_t *p = whole->p, *end = p + whole->n;
	struct onnx_field f;
	struct buf rest = { 0 };
	int rc = 0;

	while (p < end && !rc) {
		if (!onnx_field_next(&p, end, &f))
			rc = damaged(e);
		else if (f.tag == GRAPH_INIT && f.wire == 2)
			rc = take_init(m, &f, e);
		else
			buf_put(&rest, f.start, (size_t)(p - f.start));
	}
	if (!rc) {
		m->graph = onnx__graph_proto__unpack(
		    NULL, rest.len, (const uint8_t *)(rest.p ? rest.p : ""));
		if (!m->graph)
			rc = damaged(e);
	}
	buf_free(&rest);
	return rc;
}

static int
take_model(struct onnx_model *m, struct err *e)
{
	const uint8_t *p = m->bytes, *end = p + m->nbytes;
	struct onnx_field f, graph = { 0 };
	struct buf rest = { 0 };
	int rc = 0;

	while (p < end && !rc) {
		if (!onnx_field_next(&p, end, &f))
			rc = damaged(e);
		else if (f.tag == MODEL_GRAPH && f.wire == 2 && graph.p)
			rc = err_set(e, ERR_DATA, "two graphs in one model");
		else if (f.tag == MODEL_GRAPH && f.wire == 2)
			graph = f;
		else if (f.tag != MODEL_TRAINING)
			buf_put(&rest, f.start, (size_t)(p - f.start));
	}
	if (!rc && !graph.p)
		rc = err_set(e, ERR_DATA, "not an ONNX model: no graph");
	if (!rc) {
		m->proto = onnx__model_proto__unpack(
		    NULL, rest.len, (const uint8_t *)(rest.p ? rest.p : ""));
		if (!m->proto)
			rc = damaged(e);
	}
	buf_free(&rest);
	return rc ? rc : take_graph(m, &graph, e);
}

/* ---- what is read off once ---- */

static int
port(struct onnx_port *o, const Onnx__ValueInfoProto *v, struct err *e)
{
	const Onnx__TypeProto *type = v->type;
	const Onnx__TensorShapeProto *shape;

	*o = (struct onnx_port){ .name = v->name ? v->name : "" };
	if (!type || type->value_case == ONNX__TYPE_PROTO__VALUE__NOT_SET)
		return 0;
	if (type->value_case != ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE || !type->tensor_type)
		return err_set(
		    e, ERR_DATA, "\"%.80s\" is no tensor, which is not supported", o->name);
	if (type->tensor_type->elem_type > 0)
		o->t.type = (enum onnx_type)type->tensor_type->elem_type;
	if (o->t.type && !onnx_type_size(o->t.type))
		return err_set(e, ERR_DATA, "\"%.80s\": values of type %d are not supported",
		    o->name, (int)o->t.type);
	shape = type->tensor_type->shape;
	if (!shape)
		return 0;
	if (shape->n_dim > ONNX_DIMS)
		return err_set(e, ERR_DATA, "\"%.80s\": %zu dimensions, at most %d are supported",
		    o->name, shape->n_dim, ONNX_DIMS);
	o->shaped = true;
	o->t.ndims = (unsigned)shape->n_dim;
	for (unsigned i = 0; i < o->t.ndims; i++) {
		const Onnx__TensorShapeProto__Dimension *d = shape->dim[i];

		o->t.dims[i] = -1;
		if (d->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM)
			o->symbol[i] = d->dim_param;
		else if (d->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE &&
			 d->dim_value >= 0)
			o->t.dims[i] = d->dim_value;
	}
	return 0;
}

/* Initializers may be listed among the inputs; they are none that a caller gives. */
struct name_set {
	const char **v;
	size_t n;
};

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
take_ports(struct onnx_model *m, struct err *e)
{
	const Onnx__GraphProto *g = m->graph;
	struct name_set have = { mem_array(m->ninits, sizeof *have.v), m->ninits };
	int rc = 0;

	for (size_t i = 0; i < m->ninits; i++)
		have.v[i] = m->inits[i].name;
	qsort(have.v, have.n, sizeof *have.v, by_name);
	m->ins = mem_array(g->n_input, sizeof *m->ins);
	m->outs = mem_array(g->n_output, sizeof *m->outs);
	for (size_t i = 0; i < g->n_input && !rc; i++) {
		const char *name = g->input[i]->name ? g->input[i]->name : "";

		if (!bsearch(&name, have.v, have.n, sizeof *have.v, by_name)) {
			rc = port(&m->ins[m->nins++], g->input[i], e);
			if (rc)
				err_wrap(e, "input");
		}
	}
	for (size_t i = 0; i < g->n_output && !rc; i++) {
		rc = port(&m->outs[m->nouts++], g->output[i], e);
		if (rc)
			err_wrap(e, "output");
	}
	free(have.v);
	return rc;
}

static int
take_about(struct onnx_model *m, struct err *e)
{
	const Onnx__ModelProto *p = m->proto;
	struct buf b = { 0 };

	m->opset = 1; /* of files that say nothing: IR versions 1 and 2 */
	for (size_t i = 0; i < p->n_opset_import; i++) {
		const char *domain = p->opset_import[i]->domain;

		if (!domain || !*domain || strcmp(domain, "ai.onnx") == 0)
			m->opset = p->opset_import[i]->version;
	}
	if (m->opset < OPSET_LEAST || m->opset > OPSET_MOST)
		return err_set(e, ERR_DATA, "operator set %lld is not supported (%d to %d are)",
		    (long long)m->opset, OPSET_LEAST, OPSET_MOST);
	if (m->graph->n_node > NODES_MAX)
		return err_set(
		    e, ERR_DATA, "%zu nodes, at most %d are read", m->graph->n_node, NODES_MAX);
	if (m->graph->n_sparse_initializer)
		return err_set(e, ERR_DATA, "sparse initializers are not supported");
	m->nodes = m->graph->n_node;
	buf_puts(&b, p->producer_name ? p->producer_name : "");
	if (p->producer_version && *p->producer_version)
		buf_printf(&b, "%s%s", b.len ? " " : "", p->producer_version);
	m->producer = mem_dup(b.p ? b.p : "", b.len);
	buf_free(&b);
	return take_ports(m, e);
}

/* bytes are the model's from here on */
static struct onnx_model *
load(uint8_t *bytes, size_t n, struct err *e)
{
	struct onnx_model *m = mem_alloc(sizeof *m);
	int rc = onnx_scan(bytes, n, &onnx__model_proto__descriptor, e);

	m->bytes = bytes;
	m->nbytes = n;
	if (!rc)
		rc = take_model(m, e);
	if (!rc)
		rc = take_about(m, e);
	if (rc) {
		onnx_model_free(m);
		return NULL;
	}
	return m;
}

struct onnx_model *
onnx_model_parse(const void *p, size_t n, struct err *e)
{
	if (n > ONNX_FILE_MAX) {
		err_set(
		    e, ERR_DATA, "a model of %zu bytes, at most %zu are read", n, ONNX_FILE_MAX);
		return NULL;
	}
	return load(mem_dup(n ? p : "", n), n, e);
}

static int
slurp(int fd, const char *path, uint8_t **bytes, size_t *n, struct err *e)
{
	struct stat st;
	size_t cap;
	ssize_t k;

	*bytes = NULL;
	*n = 0;
	if (fstat(fd, &st) < 0)
		return err_sys(e, ERR_IO, "cannot read %s", path);
	if (S_ISDIR(st.st_mode))
		return err_set(e, ERR_IO, "cannot read %s: it is a directory", path);
	cap = st.st_size > 0 && (size_t)st.st_size < ONNX_FILE_MAX ? (size_t)st.st_size + 1 : 65536;
	*bytes = mem_resize(NULL, cap, 1);
	for (;;) {
		if (*n == cap)
			*bytes = mem_resize(*bytes, cap *= 2, 1);
		k = read(fd, *bytes + *n, cap - *n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return err_sys(e, ERR_IO, "cannot read %s", path);
		if (k == 0)
			return 0;
		*n += (size_t)k;
		if (*n > ONNX_FILE_MAX)
			return err_set(e, ERR_DATA, "%s: over %zu bytes", path, ONNX_FILE_MAX);
	}
}

struct onnx_model *
onnx_model_open(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;
	struct onnx_model *m = NULL;
	uint8_t *bytes;
	size_t n;

	if (fd < 0) {
		err_sys(e, ERR_IO, "cannot open %s", path);
		return NULL;
	}
	rc = slurp(fd, path, &bytes, &n, e);
	close(fd);
	if (rc) {
		free(bytes);
		return NULL;
	}
	m = load(bytes, n, e);
	if (!m)
		err_wrap(e, "%s", path);
	return m;
}

void
onnx_model_free(struct onnx_model *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->ninits; i++) {
		free(m->inits[i].name);
		if (m->inits[i].owned)
			free(m->inits[i].t.data);
	}
	free(m->inits);
	free(m->ins);
	free(m->outs);
	free(m->producer);
	if (m->graph)
		onnx__graph_proto__free_unpacked(m->graph, NULL);
	if (m->proto)
		onnx__model_proto__free_unpacked(m->proto, NULL);
	free(m->bytes);
	free(m);
}
