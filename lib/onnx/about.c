#include <string.h>

#include "onnx/load.h"

#include "onnx/sha256.h"

/* What a model says of itself. */

size_t
onnx_model_inputs(const struct onnx_model *m)
{
	return m->nins;
}

size_t
onnx_model_outputs(const struct onnx_model *m)
{
	return m->nouts;
}

const struct onnx_port *
onnx_model_input(const struct onnx_model *m, size_t i)
{
	return &m->ins[i];
}

const struct onnx_port *
onnx_model_output(const struct onnx_model *m, size_t i)
{
	return &m->outs[i];
}

bool
onnx_model_meta_at(const struct onnx_model *m, size_t i, const char **key, const char **value)
{
	const Onnx__StringStringEntryProto *p;

	if (i >= m->proto->n_metadata_props)
		return false;
	p = m->proto->metadata_props[i];
	*key = p->key ? p->key : "";
	*value = p->value ? p->value : "";
	return true;
}

const char *
onnx_model_meta(const struct onnx_model *m, const char *key)
{
	const char *k, *v;

	for (size_t i = 0; onnx_model_meta_at(m, i, &k, &v); i++)
		if (strcmp(k, key) == 0)
			return v;
	return NULL;
}

int64_t
onnx_model_opset(const struct onnx_model *m)
{
	return m->opset;
}

int64_t
onnx_model_ir(const struct onnx_model *m)
{
	return m->proto->ir_version;
}

const char *
onnx_model_producer(const struct onnx_model *m)
{
	return m->producer;
}

size_t
onnx_model_nodes(const struct onnx_model *m)
{
	return m->nodes;
}

size_t
onnx_model_parameters(const struct onnx_model *m)
{
	return m->parameters;
}

/* Of the bytes as they were in the file: before values moved over the ends of their headers. */
void
onnx_model_sha256(const struct onnx_model *m, char hex[65])
{
	struct sha256 s;
	size_t at = 0;

	sha256_init(&s);
	for (size_t i = 0; i < m->ninits; i++) {
		const struct onnx_init *it = &m->inits[i];
		size_t start = it->at - it->shift;

		if (!it->shift)
			continue;
		sha256_add(&s, m->bytes + at, start - at);
		sha256_add(&s, it->under, it->shift);
		sha256_add(&s, m->bytes + start, it->bytes);
		at = it->at + it->bytes;
	}
	sha256_add(&s, m->bytes + at, m->nbytes - at);
	sha256_hex(&s, hex);
}
