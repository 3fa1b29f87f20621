#include <stdlib.h>
#include <string.h>

#include "onnx/tensor.h"

#include "base/mem.h"
#include "onnx/scan.h"

static const struct {
	const char *name;
	size_t size;
} types[] = {
	[ONNX_F32] = { "float32", 4 },
	[ONNX_U8] = { "uint8", 1 },
	[ONNX_I8] = { "int8", 1 },
	[ONNX_U16] = { "uint16", 2 },
	[ONNX_I16] = { "int16", 2 },
	[ONNX_I32] = { "int32", 4 },
	[ONNX_I64] = { "int64", 8 },
	[ONNX_BOOL] = { "bool", 1 },
	[ONNX_F16] = { "float16", 2 },
	[ONNX_F64] = { "float64", 8 },
	[ONNX_U32] = { "uint32", 4 },
	[ONNX_U64] = { "uint64", 8 },
	[ONNX_BF16] = { "bfloat16", 2 },
};

size_t
onnx_type_size(enum onnx_type type)
{
	return (size_t)type < sizeof types / sizeof *types ? types[type].size : 0;
}

const char *
onnx_type_name(enum onnx_type type)
{
	return onnx_type_size(type) ? types[type].name : "no type";
}

size_t
onnx_count(const struct onnx_tensor *t)
{
	size_t n = 1;

	for (unsigned i = 0; i < t->ndims; i++)
		n *= (size_t)t->dims[i];
	return n;
}

void
onnx_put_shape(struct buf *out, const struct onnx_tensor *t)
{
	buf_putc(out, '[');
	for (unsigned i = 0; i < t->ndims; i++) {
		if (i)
			buf_putc(out, ',');
		if (t->dims[i] < 0)
			buf_putc(out, '?');
		else
			buf_printf(out, "%lld", (long long)t->dims[i]);
	}
	buf_putc(out, ']');
}

int
onnx_tensor_bytes(const struct onnx_tensor *t, size_t most, size_t *bytes, struct err *e)
{
	size_t n = onnx_type_size(t->type);
	bool none = false;

	if (!n)
		return err_set(e, ERR_DATA, "no values of type %d are read", (int)t->type);
	for (unsigned i = 0; i < t->ndims; i++) {
		if (t->dims[i] < 0)
			return err_set(
			    e, ERR_DATA, "dimension %u is %lld", i, (long long)t->dims[i]);
		none |= t->dims[i] == 0;
	}
	/* also where a dimension is 0: no product of some of them may overflow */
	for (unsigned i = 0; i < t->ndims; i++) {
		size_t d = t->dims[i] ? (size_t)t->dims[i] : 1;

		if (__builtin_mul_overflow(n, d, &n) || n > most)
			return err_set(e, ERR_DATA, "more than %zu bytes for one tensor", most);
	}
	*bytes = none ? 0 : n;
	return 0;
}

int
onnx_tensor_head(
    const Onnx__TensorProto *p, size_t most, struct onnx_tensor *t, size_t *bytes, struct err *e)
{
	*t = (struct onnx_tensor){ 0 };
	if (p->n_external_data ||
	    (p->has_data_location &&
		p->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL))
		return err_set(e, ERR_DATA, "its values are outside the file, which is not read");
	if (p->n_dims > ONNX_DIMS)
		return err_set(
		    e, ERR_DATA, "%zu dimensions, at most %d are read", p->n_dims, ONNX_DIMS);
	if (p->segment)
		return err_set(e, ERR_DATA, "a tensor in segments is not read");
	t->type = (enum onnx_type)(p->data_type < 0 ? 0 : p->data_type);
	t->ndims = (unsigned)p->n_dims;
	for (unsigned i = 0; i < t->ndims; i++)
		t->dims[i] = p->dims[i];
	return onnx_tensor_bytes(t, most, bytes, e);
}

/* Values of the fields that hold several types: float_data, int32_data, int64_data... */
static size_t
typed(const Onnx__TensorProto *p, enum onnx_type type, void *out, size_t n)
{
	const int32_t *v = p->int32_data;

	switch (type) {
	case ONNX_F32:
		if (p->n_float_data == n)
			memcpy(out, p->float_data, n * sizeof(float));
		return p->n_float_data;
	case ONNX_F64:
		if (p->n_double_data == n)
			memcpy(out, p->double_data, n * sizeof(double));
		return p->n_double_data;
	case ONNX_I64:
		if (p->n_int64_data == n)
			memcpy(out, p->int64_data, n * sizeof(int64_t));
		return p->n_int64_data;
	case ONNX_U64:
	case ONNX_U32:
		for (size_t i = 0; i < n && p->n_uint64_data == n; i++)
			if (type == ONNX_U64)
				((uint64_t *)out)[i] = p->uint64_data[i];
			else
				((uint32_t *)out)[i] = (uint32_t)p->uint64_data[i];
		return p->n_uint64_data;
	default: break;
	}
	for (size_t i = 0; i < n && p->n_int32_data == n; i++)
		switch (onnx_type_size(type)) {
		case 4: ((int32_t *)out)[i] = v[i]; break;
		case 2: ((uint16_t *)out)[i] = (uint16_t)v[i]; break;
		default: ((uint8_t *)out)[i] = (uint8_t)(type == ONNX_BOOL ? v[i] != 0 : v[i]);
		}
	return p->n_int32_data;
}

int
onnx_tensor_proto(const Onnx__TensorProto *p, size_t most, struct onnx_tensor *t, struct err *e)
{
	size_t bytes = 0, n, got;
	int rc = onnx_tensor_head(p, most, t, &bytes, e);

	if (rc)
		return rc;
	n = onnx_count(t);
	if (p->has_raw_data) {
		if (p->raw_data.len != bytes)
			return err_set(e, ERR_DATA, "%zu bytes of values where its shape takes %zu",
			    p->raw_data.len, bytes);
		t->data = mem_alloc(bytes);
		if (bytes)
			memcpy(t->data, p->raw_data.data, bytes);
		/* a byte that is neither 0 nor 1 is no bool for the compiler either */
		for (size_t i = 0; i < n && t->type == ONNX_BOOL; i++)
			((uint8_t *)t->data)[i] = ((uint8_t *)t->data)[i] != 0;
		return 0;
	}
	/* what is in the file bounds what is allocated */
	got = p->n_float_data + p->n_int32_data + p->n_int64_data + p->n_double_data +
	      p->n_uint64_data;
	if (got != n)
		return err_set(e, ERR_DATA, "%zu values where its shape takes %zu", got, n);
	t->data = mem_alloc(bytes);
	got = n ? typed(p, t->type, t->data, n) : 0;
	if (got == n)
		return 0;
	free(t->data);
	t->data = NULL;
	return err_set(e, ERR_DATA, "%zu values of its type where its shape takes %zu", got, n);
}

int
onnx_tensor_parse(
    const void *p, size_t n, size_t max, struct onnx_tensor *t, char name[256], struct err *e)
{
	Onnx__TensorProto *msg;
	int rc = onnx_scan(p, n, &onnx__tensor_proto__descriptor, e);

	*t = (struct onnx_tensor){ 0 };
	if (rc)
		return rc;
	msg = onnx__tensor_proto__unpack(NULL, n, p);
	if (!msg)
		return err_set(e, ERR_DATA, "not a tensor (TensorProto)");
	if (name) {
		struct str s = str_cut(str_z(msg->name ? msg->name : ""), 255);

		memcpy(name, s.p, s.n);
		name[s.n] = '\0';
	}
	rc = onnx_tensor_proto(msg, max, t, e);
	onnx__tensor_proto__free_unpacked(msg, NULL);
	return rc;
}

void
onnx_tensor_put(const struct onnx_tensor *t, const char *name, struct buf *out)
{
	Onnx__TensorProto msg = ONNX__TENSOR_PROTO__INIT;
	int64_t dims[ONNX_DIMS];
	struct buf text = { 0 };
	size_t n;

	memcpy(dims, t->dims, sizeof dims);
	msg.n_dims = t->ndims;
	msg.dims = dims;
	msg.has_data_type = 1;
	msg.data_type = (int32_t)t->type;
	buf_puts(&text, name);
	buf_putc(&text, '\0');
	msg.name = text.p;
	msg.has_raw_data = 1;
	msg.raw_data.len = onnx_count(t) * onnx_type_size(t->type);
	msg.raw_data.data = t->data;
	n = onnx__tensor_proto__get_packed_size(&msg);
	onnx__tensor_proto__pack(&msg, (uint8_t *)buf_room(out, n));
	out->len += n;
	buf_free(&text);
}
