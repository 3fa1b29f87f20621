/*
 * Writing .onnx files: a graph is built node by node and saved as a whole. IR version 8,
 * opset 17 of the default domain; the same calls give the same bytes.
 *
 *	struct onnx_writer *w = onnx_writer_new("policy");
 *	onnx_write_input(w, "obs", (int64_t[]){ -1, 21 }, 2);
 *	onnx_write_f32(w, "w1", (int64_t[]){ 64, 21 }, 2, weights);
 *	onnx_write_node(w, "Gemm", "fc1", "obs w1 b1", "h1");
 *	onnx_write_attr_int(w, "transB", 1);
 *	...
 *	rc = onnx_writer_save(w, path, err);
 *	onnx_writer_free(w);
 *
 * Everything given is copied. Names must not hold spaces: lists of them are separated by one.
 */
#ifndef TP_ONNX_WRITE_H
#define TP_ONNX_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct onnx_writer;

struct onnx_writer *
onnx_writer_new(const char *graph_name);
void
onnx_writer_free(struct onnx_writer *w);

/* float32 tensors at the graph's ends; a negative dimension is symbolic ("N") */
void
onnx_write_input(struct onnx_writer *w, const char *name, const int64_t *dims, size_t ndims);
void
onnx_write_output(struct onnx_writer *w, const char *name, const int64_t *dims, size_t ndims);

/* Initializers: row-major, as many values as the dimensions multiply to. */
void
onnx_write_f32(
    struct onnx_writer *w, const char *name, const int64_t *dims, size_t ndims, const float *v);
void
onnx_write_i64(
    struct onnx_writer *w, const char *name, const int64_t *dims, size_t ndims, const int64_t *v);

/* A node behind those before it. `inputs` and `outputs` are names separated by one space; an
 * input left out in the middle is "-". */
void
onnx_write_node(struct onnx_writer *w, const char *op, const char *name, const char *inputs,
    const char *outputs);
/* Attributes of the node written last. */
void
onnx_write_attr_int(struct onnx_writer *w, const char *name, int64_t v);
void
onnx_write_attr_ints(struct onnx_writer *w, const char *name, const int64_t *v, size_t n);
void
onnx_write_attr_f32(struct onnx_writer *w, const char *name, float v);
void
onnx_write_attr_str(struct onnx_writer *w, const char *name, const char *v);

/* metadata_props: what a model card needs in the file itself */
void
onnx_write_meta(struct onnx_writer *w, const char *key, const char *value);

/* The file's bytes, appended to out. */
void
onnx_writer_bytes(const struct onnx_writer *w, struct buf *out);
/* To a new file that replaces `path` whole, once it is on disk. 0 or ERR_IO. */
int
onnx_writer_save(const struct onnx_writer *w, const char *path, struct err *e);

#endif
