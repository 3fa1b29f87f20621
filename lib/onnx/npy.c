#include <stdlib.h>
#include <string.h>

#include "onnx/file.h"

#include "base/mem.h"
#include "base/num.h"
#include "onnx/tensor.h"

/* NumPy's format: "\x93NUMPY", version, length of a header that is a Python dictionary, values.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */

static const struct {
	const char *descr;
	enum onnx_type type;
} descrs[] = {
	{ "<f4", ONNX_F32 },
	{ "<f8", ONNX_F64 },
	{ "<f2", ONNX_F16 },
	{ "<i8", ONNX_I64 },
	{ "<i4", ONNX_I32 },
	{ "<i2", ONNX_I16 },
	{ "|i1", ONNX_I8 },
	{ "<u8", ONNX_U64 },
	{ "<u4", ONNX_U32 },
	{ "<u2", ONNX_U16 },
	{ "|u1", ONNX_U8 },
	{ "|b1", ONNX_BOOL },
};

/* What stands behind 'key': in the dictionary. */
static const char *
value_of(const char *dict, const char *key)
{
	const char *p = strstr(dict, key);

	if (!p)
		return NULL;
	p += strlen(key);
	return p + strspn(p, " :");
}

static int
npy_shape(const char *p, struct onnx_tensor *t, struct err *e)
{
	if (*p++ != '(')
		return err_set(e, ERR_DATA, ".npy: its shape is none");
	for (p += strspn(p, " ,"); *p != ')'; p += strspn(p, " ,")) {
		size_t n = strspn(p, "0123456789");

		if (t->ndims == ONNX_DIMS)
			return err_set(e, ERR_DATA, ".npy: more than %d dimensions", ONNX_DIMS);
		if (!num_i64(p, n, &t->dims[t->ndims++]))
			return err_set(e, ERR_DATA, ".npy: its shape is none");
		p += n;
	}
	return 0;
}

static int
npy_head(const char *dict, struct onnx_tensor *t, struct err *e)
{
	const char *descr = value_of(dict, "'descr'"), *order = value_of(dict, "'fortran_order'");
	const char *shape = value_of(dict, "'shape'");

	if (!descr || !order || !shape || *descr != '\'')
		return err_set(e, ERR_DATA, ".npy: its header lacks a key");
	if (strncmp(order, "False", 5) != 0)
		return err_set(e, ERR_DATA, ".npy: values in Fortran's order are not read");
	for (size_t i = 0; i < sizeof descrs / sizeof *descrs; i++)
		if (strncmp(descr + 1, descrs[i].descr, 3) == 0 && descr[4] == '\'')
			t->type = descrs[i].type;
	if (!t->type)
		return err_set(e, ERR_DATA, ".npy: values of type %.12s are not read", descr);
	return npy_shape(shape, t, e);
}

int
onnx_npy_parse(const void *data, size_t n, size_t max, struct onnx_tensor *t, struct err *e)
{
	const unsigned char *p = data;
	size_t head, len, bytes;
	char *dict;
	int rc;

	*t = (struct onnx_tensor){ 0 };
	if (n < 12 || memcmp(p, "\x93NUMPY", 6) != 0 || p[6] < 1 || p[6] > 3)
		return err_set(e, ERR_DATA, ".npy: not NumPy's format");
	head = p[6] == 1 ? 10 : 12;
	len = p[8] | (size_t)p[9] << 8;
	if (p[6] > 1)
		len |= (size_t)p[10] << 16 | (size_t)p[11] << 24;
	if (len > n - head)
		return err_set(e, ERR_DATA, ".npy: cut off");
	dict = mem_dup(p + head, len);
	rc = npy_head(dict, t, e);
	free(dict);
	if (!rc)
		rc = onnx_tensor_bytes(t, max, &bytes, e);
	if (!rc && bytes != n - head - len)
		rc = err_set(e, ERR_DATA, ".npy: %zu bytes of values where its shape takes %zu",
		    n - head - len, bytes);
	if (rc)
		return rc;
	t->data = mem_dup(p + head + len, bytes);
	for (size_t i = 0; i < bytes && t->type == ONNX_BOOL; i++)
		((uint8_t *)t->data)[i] = ((uint8_t *)t->data)[i] != 0;
	return 0;
}

int
onnx_npy_put(const struct onnx_tensor *t, struct buf *out, struct err *e)
{
	struct buf dict = { 0 };
	const char *descr = NULL;
	size_t total;

	for (size_t i = 0; i < sizeof descrs / sizeof *descrs; i++)
		if (descrs[i].type == t->type)
			descr = descrs[i].descr;
	if (!descr)
		return err_set(e, ERR_DATA, "NumPy has no %s", onnx_type_name(t->type));
	buf_printf(&dict, "{'descr': '%s', 'fortran_order': False, 'shape': (", descr);
	for (unsigned i = 0; i < t->ndims; i++)
		buf_printf(&dict, "%s%lld%s", i ? " " : "", (long long)t->dims[i],
		    i + 1 < t->ndims || t->ndims == 1 ? "," : "");
	buf_puts(&dict, "), }");
	total = (10 + dict.len + 1 + 63) / 64 * 64;
	while (10 + dict.len + 1 < total)
		buf_putc(&dict, ' ');
	buf_putc(&dict, '\n');
	buf_put(out, "\x93NUMPY\x01\x00", 8);
	buf_putc(out, (char)(dict.len & 255));
	buf_putc(out, (char)(dict.len >> 8));
	buf_put(out, dict.p, dict.len);
	buf_put(out, t->data, onnx_count(t) * onnx_type_size(t->type));
	buf_free(&dict);
	return 0;
}
