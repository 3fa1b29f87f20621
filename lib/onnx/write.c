#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <onnx.pb-c.h>

#include "onnx/write.h"

#include "base/mem.h"
#include "io/out.h"

#define OPSET 17

struct onnx_writer {
	Onnx__ModelProto model;
	Onnx__GraphProto graph;
	Onnx__OperatorSetIdProto opset, *opsets[1];
	size_t node_cap, init_cap, in_cap, out_cap, meta_cap, attr_cap; /* attr: of the last node */
};

static char *
text(const char *s)
{
	return mem_dup(s, strlen(s));
}

/* Append a new message of the kind to one of protobuf-c's arrays of pointers. */
#define ADD(arr, cap, n, type, init) \
	((*MEM_AT(arr, cap, n) = mem_alloc(sizeof(type))), (init)((arr)[n]), (arr)[(n)++])

struct onnx_writer *
onnx_writer_new(const char *graph_name)
{
	struct onnx_writer *w = mem_alloc(sizeof *w);

	onnx__model_proto__init(&w->model);
	onnx__graph_proto__init(&w->graph);
	onnx__operator_set_id_proto__init(&w->opset);
	w->opset.domain = text("");
	w->opset.has_version = 1;
	w->opset.version = OPSET;
	w->opsets[0] = &w->opset;
	w->model.has_ir_version = 1;
	w->model.ir_version = 8;
	w->model.producer_name = text("tradepipe");
	w->model.producer_version = text(TP_VERSION);
	w->model.n_opset_import = 1;
	w->model.opset_import = w->opsets;
	w->model.graph = &w->graph;
	w->graph.name = text(graph_name);
	return w;
}

static void
free_value(Onnx__ValueInfoProto *v)
{
	onnx__value_info_proto__free_unpacked(v, NULL);
}

void
onnx_writer_free(struct onnx_writer *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->graph.n_node; i++)
		onnx__node_proto__free_unpacked(w->graph.node[i], NULL);
	for (size_t i = 0; i < w->graph.n_initializer; i++)
		onnx__tensor_proto__free_unpacked(w->graph.initializer[i], NULL);
	for (size_t i = 0; i < w->graph.n_input; i++)
		free_value(w->graph.input[i]);
	for (size_t i = 0; i < w->graph.n_output; i++)
		free_value(w->graph.output[i]);
	for (size_t i = 0; i < w->model.n_metadata_props; i++)
		onnx__string_string_entry_proto__free_unpacked(w->model.metadata_props[i], NULL);
	free(w->graph.node);
	free(w->graph.initializer);
	free(w->graph.input);
	free(w->graph.output);
	free(w->graph.name);
	free(w->model.metadata_props);
	free(w->model.producer_name);
	free(w->model.producer_version);
	free(w->opset.domain);
	free(w);
}

/* ---- the graph's ends ---- */

static Onnx__ValueInfoProto *
value(Onnx__ValueInfoProto *v, const char *name, const int64_t *dims, size_t ndims)
{
	Onnx__TypeProto *type = mem_alloc(sizeof *type);
	Onnx__TypeProto__Tensor *t = mem_alloc(sizeof *t);
	Onnx__TensorShapeProto *shape = mem_alloc(sizeof *shape);

	onnx__type_proto__init(type);
	onnx__type_proto__tensor__init(t);
	onnx__tensor_shape_proto__init(shape);
	v->name = text(name);
	v->type = type;
	type->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
	type->tensor_type = t;
	t->has_elem_type = 1;
	t->elem_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
	t->shape = shape;
	shape->n_dim = ndims;
	shape->dim = mem_array(ndims, sizeof *shape->dim);
	for (size_t i = 0; i < ndims; i++) {
		Onnx__TensorShapeProto__Dimension *d = mem_alloc(sizeof *d);

		onnx__tensor_shape_proto__dimension__init(d);
		if (dims[i] < 0) {
			d->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
			d->dim_param = text("N");
		} else {
			d->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
			d->dim_value = dims[i];
		}
		shape->dim[i] = d;
	}
	return v;
}

void
onnx_write_input(struct onnx_writer *w, const char *name, const int64_t *dims, size_t ndims)
{
	Onnx__GraphProto *g = &w->graph;

	value(ADD(g->input, w->in_cap, g->n_input, Onnx__ValueInfoProto,
		  onnx__value_info_proto__init),
	    name, dims, ndims);
}

void
onnx_write_output(struct onnx_writer *w, const char *name, const int64_t *dims, size_t ndims)
{
	Onnx__GraphProto *g = &w->graph;

	value(ADD(g->output, w->out_cap, g->n_output, Onnx__ValueInfoProto,
		  onnx__value_info_proto__init),
	    name, dims, ndims);
}

/* ---- initializers ---- */

static void
tensor(struct onnx_writer *w, const char *name, int type, const int64_t *dims, size_t ndims,
    const void *v, size_t size)
{
	Onnx__GraphProto *g = &w->graph;
	Onnx__TensorProto *t = ADD(g->initializer, w->init_cap, g->n_initializer, Onnx__TensorProto,
	    onnx__tensor_proto__init);
	size_t n = 1;

	t->name = text(name);
	t->has_data_type = 1;
	t->data_type = type;
	t->n_dims = ndims;
	t->dims = mem_array(ndims, sizeof *t->dims);
	for (size_t i = 0; i < ndims; i++) {
		t->dims[i] = dims[i];
		n *= (size_t)dims[i];
	}
	/* raw_data is little-endian, as every machine this runs on */
	t->has_raw_data = 1;
	t->raw_data.len = n * size;
	t->raw_data.data = mem_dup(v, n * size);
}

void
onnx_write_f32(
    struct onnx_writer *w, const char *name, const int64_t *dims, size_t ndims, const float *v)
{
	tensor(w, name, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, dims, ndims, v, sizeof *v);
}

void
onnx_write_i64(
    struct onnx_writer *w, const char *name, const int64_t *dims, size_t ndims, const int64_t *v)
{
	tensor(w, name, ONNX__TENSOR_PROTO__DATA_TYPE__INT64, dims, ndims, v, sizeof *v);
}

/* ---- nodes ---- */

static char **
split(const char *list, size_t *n)
{
	char **v = NULL;
	size_t cap = 0;

	for (*n = 0; *list; list += *list == ' ') {
		size_t len = strcspn(list, " ");

		*MEM_AT(v, cap, *n) = len == 1 && *list == '-' ? text("") : mem_dup(list, len);
		++*n;
		list += len;
	}
	return v;
}

void
onnx_write_node(struct onnx_writer *w, const char *op, const char *name, const char *inputs,
    const char *outputs)
{
	Onnx__GraphProto *g = &w->graph;
	Onnx__NodeProto *node =
	    ADD(g->node, w->node_cap, g->n_node, Onnx__NodeProto, onnx__node_proto__init);

	node->op_type = text(op);
	node->name = text(name);
	node->input = split(inputs, &node->n_input);
	node->output = split(outputs, &node->n_output);
	w->attr_cap = 0;
}

static Onnx__AttributeProto *
attr(struct onnx_writer *w, const char *name, Onnx__AttributeProto__AttributeType type)
{
	Onnx__NodeProto *node = w->graph.node[w->graph.n_node - 1];
	Onnx__AttributeProto *a = ADD(node->attribute, w->attr_cap, node->n_attribute,
	    Onnx__AttributeProto, onnx__attribute_proto__init);

	a->name = text(name);
	a->has_type = 1;
	a->type = type;
	return a;
}

void
onnx_write_attr_int(struct onnx_writer *w, const char *name, int64_t v)
{
	Onnx__AttributeProto *a = attr(w, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT);

	a->has_i = 1;
	a->i = v;
}

void
onnx_write_attr_ints(struct onnx_writer *w, const char *name, const int64_t *v, size_t n)
{
	Onnx__AttributeProto *a = attr(w, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS);

	a->n_ints = n;
	a->ints = mem_dup(v, n * sizeof *v);
}

void
onnx_write_attr_f32(struct onnx_writer *w, const char *name, float v)
{
	Onnx__AttributeProto *a = attr(w, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT);

	a->has_f = 1;
	a->f = v;
}

void
onnx_write_attr_str(struct onnx_writer *w, const char *name, const char *v)
{
	Onnx__AttributeProto *a = attr(w, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING);

	a->has_s = 1;
	a->s.len = strlen(v);
	a->s.data = (uint8_t *)text(v);
}

void
onnx_write_meta(struct onnx_writer *w, const char *key, const char *value_text)
{
	Onnx__StringStringEntryProto *m =
	    ADD(w->model.metadata_props, w->meta_cap, w->model.n_metadata_props,
		Onnx__StringStringEntryProto, onnx__string_string_entry_proto__init);

	m->key = text(key);
	m->value = text(value_text);
}

/* ---- the file ---- */

void
onnx_writer_bytes(const struct onnx_writer *w, struct buf *out)
{
	size_t n = onnx__model_proto__get_packed_size(&w->model);

	onnx__model_proto__pack(&w->model, (uint8_t *)buf_room(out, n));
	out->len += n;
}

int
onnx_writer_save(const struct onnx_writer *w, const char *path, struct err *e)
{
	struct buf bytes = { 0 };
	int rc;

	onnx_writer_bytes(w, &bytes);
	rc = io_file_replace(path, bytes.p, bytes.len, e);
	buf_free(&bytes);
	return rc;
}
