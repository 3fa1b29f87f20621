/* Inside the runtime: what a model holds. */
#ifndef TP_ONNX_LOAD_H
#define TP_ONNX_LOAD_H

#include <onnx.pb-c.h>

#include "onnx/model.h"

struct onnx_init {
	char *name;
	struct onnx_tensor t;
	bool owned; /* t.data is a block of its own; else it lies in the file's bytes */
	/* Values that lay askew in the file were moved down by `shift` bytes, over the header in
	 * front of them; what was there is kept for the checksum. */
	size_t at, bytes;
	unsigned shift;
	uint8_t under[8];
};

struct onnx_model {
	uint8_t *bytes;
	size_t nbytes;
	Onnx__ModelProto *proto; /* without its graph */
	Onnx__GraphProto *graph; /* without its initializers */
	struct onnx_init *inits;
	size_t ninits, init_cap;
	struct onnx_port *ins, *outs;
	size_t nins, nouts;
	int64_t opset;
	size_t nodes, parameters;
	char *producer;
};

#endif
