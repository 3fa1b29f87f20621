#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "onnx/file.h"

#include "base/mem.h"
#include "base/num.h"
#include "onnx/op.h"
#include "onnx/tensor.h"
#include "rec/json.h"

enum { DEEPEST = ONNX_DIMS };

static int
bad(struct err *e, const char *what)
{
	return err_set(e, ERR_DATA,
	    "%s; expected {\"name\":..,\"type\":..,\"shape\":[..],\"data\":[..]}", what);
}

static void
take_name(const struct json *root, char name[256])
{
	struct str s = { "", 0 };

	json_text(json_get(root, "name"), &s);
	s = str_cut(s, 255);
	memcpy(name, s.p, s.n);
	name[s.n] = '\0';
}

int
onnx_text_name(const char *p, size_t n, char name[256], struct err *e)
{
	struct json *root = json_parse_text(p, n, e);

	if (!root)
		return e->code;
	take_name(root, name);
	json_free(root);
	return 0;
}

static int
take_type(
    const struct json *root, const struct onnx_tensor *like, struct onnx_tensor *t, struct err *e)
{
	struct str s;

	t->type = like && like->type ? like->type : ONNX_F32;
	if (!json_get(root, "type"))
		return 0;
	if (!json_text(json_get(root, "type"), &s))
		return bad(e, "a type that is no text");
	for (int i = 1; i < ONNX_TYPES; i++)
		if (onnx_type_size((enum onnx_type)i) &&
		    str_eqz(s, onnx_type_name((enum onnx_type)i))) {
			t->type = (enum onnx_type)i;
			return 0;
		}
	return err_set(
	    e, ERR_DATA, "values of type \"%.*s\" are not read", (int)str_cut(s, 40).n, s.p);
}

/* The shape in the line, else that of the nested arrays. */
static int
take_shape(const struct json *root, const struct json *data, struct onnx_tensor *t, struct err *e)
{
	const struct json *shape = json_get(root, "shape");

	if (shape && json_kind(shape) != JSON_IS_ARRAY)
		return bad(e, "a shape that is no array");
	if (shape) {
		if (json_len(shape) > ONNX_DIMS)
			return bad(e, "a shape of more than 8 dimensions");
		for (size_t i = 0; i < json_len(shape); i++)
			if (!json_i64(json_at(shape, i), &t->dims[t->ndims++]))
				return bad(e, "a dimension that is no integer");
		return 0;
	}
	for (; json_kind(data) == JSON_IS_ARRAY; data = json_at(data, 0)) {
		if (t->ndims == ONNX_DIMS)
			return bad(e, "arrays nested too deep");
		t->dims[t->ndims++] = (int64_t)json_len(data);
		if (!json_len(data))
			break;
	}
	return 0;
}

static bool
put_one(struct onnx_tensor *t, size_t i, const struct json *j)
{
	int64_t v;
	double d;
	bool b;

	switch (t->type) {
	case ONNX_F32:
	case ONNX_F64:
	case ONNX_F16:
	case ONNX_BF16:
		if (!json_f64(j, &d))
			return false;
		if (t->type == ONNX_F64)
			((double *)t->data)[i] = d;
		else if (t->type == ONNX_F32)
			((float *)t->data)[i] = (float)d;
		else
			((uint16_t *)t->data)[i] =
			    t->type == ONNX_F16 ? onnx_to_f16((float)d) : onnx_to_bf16((float)d);
		return t->type != ONNX_F32 || isfinite(((float *)t->data)[i]);
	case ONNX_BOOL:
		if (!json_bool(j, &b)) {
			if (!json_i64(j, &v) || v < 0 || v > 1)
				return false;
			b = v;
		}
		((uint8_t *)t->data)[i] = b;
		return true;
	default: break;
	}
	if (!json_i64(j, &v))
		return false;
	switch (t->type) {
	case ONNX_I64: ((int64_t *)t->data)[i] = v; return true;
	case ONNX_U64: ((uint64_t *)t->data)[i] = (uint64_t)v; return v >= 0;
	case ONNX_I32: ((int32_t *)t->data)[i] = (int32_t)v; return v == (int32_t)v;
	case ONNX_U32: ((uint32_t *)t->data)[i] = (uint32_t)v; return v == (uint32_t)v;
	case ONNX_I16: ((int16_t *)t->data)[i] = (int16_t)v; return v == (int16_t)v;
	case ONNX_U16: ((uint16_t *)t->data)[i] = (uint16_t)v; return v == (uint16_t)v;
	case ONNX_I8: ((int8_t *)t->data)[i] = (int8_t)v; return v == (int8_t)v;
	default: ((uint8_t *)t->data)[i] = (uint8_t)v; return v == (uint8_t)v;
	}
}

/* Leaves in their order; false where one is no number of the type or there are too many. */
static bool
flatten(struct onnx_tensor *t, size_t count, size_t *at, const struct json *j, int depth)
{
	if (depth > DEEPEST)
		return false;
	if (json_kind(j) != JSON_IS_ARRAY)
		return *at < count && put_one(t, (*at)++, j);
	for (size_t i = 0, n = json_len(j); i < n; i++)
		if (!flatten(t, count, at, json_at(j, i), depth + 1))
			return false;
	return true;
}

static int
take_data(const struct json *root, const struct onnx_tensor *like, size_t line,
    struct onnx_tensor *t, struct err *e)
{
	const struct json *data = json_get(root, "data");
	size_t bytes, count, at = 0;
	int rc;

	if (!data)
		return bad(e, "no data");
	rc = take_shape(root, data, t, e);
	/* every value takes a byte of the line at least: the line bounds the memory */
	if (!rc)
		rc = onnx_tensor_bytes(t, 8 * line, &bytes, e);
	if (rc)
		return rc;
	count = onnx_count(t);
	/* a flat array for a model that says how it is to be seen */
	if (!json_get(root, "shape") && like && t->ndims <= 1 && count == onnx_count(like)) {
		t->ndims = like->ndims;
		memcpy(t->dims, like->dims, sizeof t->dims);
	}
	t->data = mem_alloc(bytes);
	if (flatten(t, count, &at, data, 0) && at == count)
		return 0;
	free(t->data);
	t->data = NULL;
	return err_set(
	    e, ERR_DATA, "its data is not %zu values of type %s", count, onnx_type_name(t->type));
}

int
onnx_text_parse(const char *p, size_t n, const struct onnx_tensor *like, struct onnx_tensor *t,
    char name[256], struct err *e)
{
	struct json *root = json_parse_text(p, n, e);
	int rc;

	*t = (struct onnx_tensor){ 0 };
	if (!root)
		return e->code;
	take_name(root, name);
	rc = take_type(root, like, t, e);
	if (!rc)
		rc = take_data(root, like, n, t, e);
	json_free(root);
	return rc;
}

static void
put_text(struct buf *out, const char *z)
{
	buf_putc(out, '"');
	for (; *z; z++)
		if ((unsigned char)*z < ' ' || *z == '"' || *z == '\\')
			buf_printf(out, "\\u%04x", (unsigned char)*z);
		else
			buf_putc(out, *z);
	buf_putc(out, '"');
}

int
onnx_text_put(const struct onnx_tensor *t, const char *name, struct buf *out, struct err *e)
{
	size_t count = onnx_count(t), start = out->len;

	buf_puts(out, "{\"name\":");
	put_text(out, name);
	buf_printf(out, ",\"type\":\"%s\",\"shape\":", onnx_type_name(t->type));
	onnx_put_shape(out, t);
	buf_puts(out, ",\"data\":[");
	for (size_t i = 0; i < count; i++) {
		char *p = buf_room(out, NUM_MAX + 1), *o = p;
		double v;

		if (i)
			*o++ = ',';
		switch (t->type) {
		case ONNX_I64: o = num_put_i64(o, ((const int64_t *)t->data)[i]); break;
		case ONNX_U64: o = num_put_u64(o, ((const uint64_t *)t->data)[i]); break;
		default:
			v = onnx_f64_at(t, i);
			if (!isfinite(v)) {
				out->len = start;
				return err_set(e, ERR_DATA,
				    "value %zu of \"%.80s\" is not finite, which no line can hold",
				    i, name);
			}
			o = num_put_f64(o, v);
		}
		out->len += (size_t)(o - p);
	}
	buf_puts(out, "]}\n");
	return 0;
}
