#include <string.h>

#include "onnx/graph.h"

static const Onnx__AttributeProto *
find(const struct onnx_node *n, const char *name, Onnx__AttributeProto__AttributeType type)
{
	if (!n->proto)
		return NULL;
	for (size_t i = 0; i < n->proto->n_attribute; i++) {
		const Onnx__AttributeProto *a = n->proto->attribute[i];

		/* old files leave the type out */
		if (a->name && strcmp(a->name, name) == 0)
			return !a->has_type || a->type == type ||
				       type == ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__UNDEFINED
				   ? a
				   : NULL;
	}
	return NULL;
}

#define FIND(n, name, kind) find(n, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__##kind)

int64_t
onnx_attr_i(const struct onnx_node *n, const char *name, int64_t dflt)
{
	const Onnx__AttributeProto *a = FIND(n, name, INT);

	return a && a->has_i ? a->i : dflt;
}

float
onnx_attr_f(const struct onnx_node *n, const char *name, float dflt)
{
	const Onnx__AttributeProto *a = FIND(n, name, FLOAT);

	return a && a->has_f ? a->f : dflt;
}

bool
onnx_attr_is(const struct onnx_node *n, const char *name, const int64_t **p, size_t *count)
{
	const Onnx__AttributeProto *a = FIND(n, name, INTS);

	*p = a ? a->ints : NULL;
	*count = a ? a->n_ints : 0;
	return a != NULL;
}

bool
onnx_attr_fs(const struct onnx_node *n, const char *name, const float **p, size_t *count)
{
	const Onnx__AttributeProto *a = FIND(n, name, FLOATS);

	*p = a ? a->floats : NULL;
	*count = a ? a->n_floats : 0;
	return a != NULL;
}

bool
onnx_attr_s(const struct onnx_node *n, const char *name, struct str *s)
{
	const Onnx__AttributeProto *a = FIND(n, name, STRING);

	if (!a || !a->has_s)
		return false;
	*s = (struct str){ a->s.data ? (const char *)a->s.data : "", a->s.len };
	return true;
}

const Onnx__TensorProto *
onnx_attr_t(const struct onnx_node *n, const char *name)
{
	const Onnx__AttributeProto *a = FIND(n, name, TENSOR);

	return a ? a->t : NULL;
}

bool
onnx_attr_strs(const struct onnx_node *n, const char *name, size_t i, struct str *s)
{
	const Onnx__AttributeProto *a = FIND(n, name, STRINGS);

	if (!a || i >= a->n_strings)
		return false;
	*s = (struct str){ a->strings[i].data ? (const char *)a->strings[i].data : "",
		a->strings[i].len };
	return true;
}

bool
onnx_attr_has(const struct onnx_node *n, const char *name)
{
	return FIND(n, name, UNDEFINED) != NULL;
}

bool
onnx_attr_eqz(const struct onnx_node *n, const char *name, const char *z, bool dflt)
{
	struct str s;

	return onnx_attr_s(n, name, &s) ? str_eqz(s, z) : dflt;
}
