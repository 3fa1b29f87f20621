/*
 * Inside the runtime: a look at a message's bytes before protobuf-c unpacks them. protobuf-c
 * recurses as deep as the bytes nest and makes a struct of a hundred bytes of an empty message of
 * two, so that a small file could take the stack or all memory.
 */
#ifndef TP_ONNX_SCAN_H
#define TP_ONNX_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include "base/err.h"

/* One field of a message's bytes. */
struct onnx_field {
	unsigned tag;
	unsigned wire;        /* 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes */
	const uint8_t *start; /* of the field with its tag */
	const uint8_t *p;     /* of the bytes (wire 2) or the value */
	size_t n;
	uint64_t v; /* of a varint */
};

/* The field at *p, which moves behind it. False where the bytes are no field. */
bool
onnx_field_next(const uint8_t **p, const uint8_t *end, struct onnx_field *f);

/* ERR_DATA where the bytes do not nest properly, nest deeper than 32 messages or would take more
 * memory than 64 MiB and eight times the bytes. */
int
onnx_scan(const void *p, size_t n, const ProtobufCMessageDescriptor *d, struct err *e);

#endif
