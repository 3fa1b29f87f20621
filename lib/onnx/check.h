/*
 * Cases of the ONNX test data: a folder with model.onnx and test_data_set_*, each of input_N.pb and
 * output_N.pb (TensorProto). A case passes when every output of every set agrees with what is
 * expected: |got - want| <= abs + rel * |want|, NaN with NaN, an infinity with itself, integers
 * and bools exactly, types and shapes the same.
 */
#ifndef TP_ONNX_CHECK_H
#define TP_ONNX_CHECK_H

#include "onnx/model.h"

struct onnx_check {
	double rel, abs;       /* tolerance; 0, 0 means 1e-3, 1e-5 */
	bool perturb;          /* change one expected value first: the case must then fail */
	struct onnx_opts opts; /* shapes are those of the inputs */
	/* results */
	size_t sets, values; /* compared */
	double worst;        /* largest |got - want| / (abs + rel * |want|) */
};

/* The data of `dir` with its own model.onnx, or with `model` where that is given.
 * 0: agrees. ERR_GATE: it does not, with where and how much. Other codes: it could not be run
 * (ERR_IO for what cannot be read, ERR_DATA for what is not supported). */
int
onnx_check_case(
    struct onnx_check *c, const struct onnx_model *model, const char *dir, struct err *e);

/* The same as onnx_check_case's comparison, for one tensor. */
int
onnx_check_tensor(struct onnx_check *c, const char *name, const struct onnx_tensor *got,
    const struct onnx_tensor *want, struct err *e);

#endif
