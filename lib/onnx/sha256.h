/* SHA-256 (FIPS 180-4), in pieces. */
#ifndef TP_ONNX_SHA256_H
#define TP_ONNX_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 {
	uint32_t h[8];
	uint64_t n; /* bytes so far */
	unsigned char block[64];
};

void
sha256_init(struct sha256 *s);
void
sha256_add(struct sha256 *s, const void *p, size_t n);
/* 64 lower-case hexadecimal digits and a NUL */
void
sha256_hex(struct sha256 *s, char hex[65]);

#endif
