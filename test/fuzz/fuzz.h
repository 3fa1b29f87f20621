/* What the fuzz targets share. A property that does not hold prints why and aborts. */
#ifndef TP_TEST_FUZZ_H
#define TP_TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_HOLDS(cond, ...) \
	do { \
		if (!(cond)) { \
			fprintf(stderr, "property broken: %s\n  ", #cond); \
			fprintf(stderr, __VA_ARGS__); \
			fputc('\n', stderr); \
			abort(); \
		} \
	} while (0)

#endif
