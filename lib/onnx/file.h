/*
 * Tensors in files and lines.
 *
 * .npy (NumPy's format, versions 1 to 3, C order, little-endian), .pb (TensorProto) and NDJSON:
 *	{"name":"x","type":"float32","shape":[1,3],"data":[0.5,1,2]}
 * where name, type (the model's) and shape (that of nested arrays, or the model's) may be left out.
 */
#ifndef TP_ONNX_FILE_H
#define TP_ONNX_FILE_H

#include "onnx/model.h"

/* t->data is for the caller to free(). ERR_DATA for what cannot be read or is over max bytes. */
int
onnx_npy_parse(const void *p, size_t n, size_t max, struct onnx_tensor *t, struct err *e);
/* ERR_DATA for a type that NumPy does not have. */
int
onnx_npy_put(const struct onnx_tensor *t, struct buf *out, struct err *e);

/* `like` gives type and shape where the line does not (may be NULL: float32). The name is "" when
 * there is none. */
int
onnx_text_parse(const char *p, size_t n, const struct onnx_tensor *like, struct onnx_tensor *t,
    char name[256], struct err *e);
/* The name in a line, without the rest; "" when there is none. */
int
onnx_text_name(const char *p, size_t n, char name[256], struct err *e);
/* A line. ERR_DATA where a value is no finite number. */
int
onnx_text_put(const struct onnx_tensor *t, const char *name, struct buf *out, struct err *e);

#endif
