#include <stdbool.h>
#include <stdint.h>

#include "onnx/scan.h"

enum { DEEPEST = 32 };

static bool
varint(const uint8_t **p, const uint8_t *end, uint64_t *v)
{
	*v = 0;
	for (unsigned shift = 0; shift < 70; shift += 7) {
		uint8_t c;

		if (*p == end)
			return false;
		c = *(*p)++;
		if (shift < 64)
			*v |= (uint64_t)(c & 0x7f) << shift;
		if (!(c & 0x80))
			return true;
	}
	return false;
}

bool
onnx_field_next(const uint8_t **p, const uint8_t *end, struct onnx_field *f)
{
	uint64_t key;

	f->start = *p;
	f->v = 0;
	f->n = 0;
	if (!varint(p, end, &key) || key >> 3 == 0 || key >> 3 >= 1u << 29)
		return false;
	f->tag = (unsigned)(key >> 3);
	f->wire = key & 7;
	f->p = *p;
	switch (f->wire) {
	case 0: return varint(p, end, &f->v);
	case 1: f->n = 8; break;
	case 5: f->n = 4; break;
	case 2:
		if (!varint(p, end, &f->v) || f->v > (uint64_t)(end - *p))
			return false;
		f->p = *p;
		f->n = (size_t)f->v;
		break;
	default: return false;
	}
	if (f->n > (size_t)(end - *p))
		return false;
	*p += f->n;
	return true;
}

struct scan {
	size_t left; /* bytes of memory */
	const char *why;
};

static bool
take(struct scan *s, size_t n)
{
	if (n > s->left) {
		s->why = "it would take far more memory than the file has bytes";
		return false;
	}
	s->left -= n;
	return true;
}

static bool
walk(struct scan *s, const uint8_t *p, const uint8_t *end, const ProtobufCMessageDescriptor *d,
    int depth)
{
	struct onnx_field f;

	if (depth > DEEPEST) {
		s->why = "messages nest too deep";
		return false;
	}
	if (!take(s, d->sizeof_message))
		return false;
	while (p < end) {
		const ProtobufCFieldDescriptor *fd;

		if (!onnx_field_next(&p, end, &f)) {
			s->why = "it is cut off or damaged";
			return false;
		}
		/* protobuf-c keeps 32 bytes a field while unpacking, and a pointer or value */
		if (!take(s, 32))
			return false;
		fd = protobuf_c_message_descriptor_get_field(d, f.tag);
		if (!fd || f.wire != 2)
			continue;
		if (fd->type == PROTOBUF_C_TYPE_MESSAGE) {
			if (!walk(s, f.p, f.p + f.n, fd->descriptor, depth + 1))
				return false;
		} else if (!take(s, fd->type == PROTOBUF_C_TYPE_BYTES ? f.n : 8 * f.n)) {
			return false;
		}
	}
	return true;
}

int
onnx_scan(const void *p, size_t n, const ProtobufCMessageDescriptor *d, struct err *e)
{
	struct scan s = { .left = ((size_t)64 << 20) + 8 * n, .why = "" };
	const uint8_t *b = p;

	if (!n)
		return err_set(e, ERR_DATA, "empty");
	if (!walk(&s, b, b + n, d, 0))
		return err_set(e, ERR_DATA, "not read: %s", s.why);
	return 0;
}
