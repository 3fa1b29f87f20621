/* Inside the runtime: parts of a graph that become one node of blocked kernels (blocked.h). */
#ifndef TP_ONNX_FUSE_H
#define TP_ONNX_FUSE_H

#include "onnx/graph.h"

/*
 * After onnx_infer: from each convolution on, all nodes that the blocked kernels can do and that
 * need nothing but what they have made (and constants) are replaced by one node. What they cannot
 * do stays as it is. Leaves the graph sorted, not bound.
 */
int
onnx_fuse(struct onnx_graph *g, struct err *e);

#endif
