/* Inside the runtime: TensorProto to tensor. */
#ifndef TP_ONNX_TENSOR_H
#define TP_ONNX_TENSOR_H

#include <onnx.pb-c.h>

#include "onnx/model.h"

/* Rows and columns of what `dims` and `type` say, checked: number of bytes, or ERR_DATA where a
 * dimension is negative, there are too many, or the bytes overflow or are more than `most`. */
int
onnx_tensor_bytes(const struct onnx_tensor *t, size_t most, size_t *bytes, struct err *e);
/* Type and dims from a message; data stays NULL. */
int
onnx_tensor_head(
    const Onnx__TensorProto *p, size_t most, struct onnx_tensor *t, size_t *bytes, struct err *e);
/* The same with its values: t->data is for the caller to free(). */
int
onnx_tensor_proto(const Onnx__TensorProto *p, size_t most, struct onnx_tensor *t, struct err *e);

#endif
