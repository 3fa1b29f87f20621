#include <string.h>

#include "onnx/op.h"

void
onnx_walk_init(struct onnx_walk *w, const struct onnx_tensor *shape, unsigned operands)
{
	memset(w, 0, sizeof *w);
	w->nd = shape->ndims;
	w->k = operands;
	memcpy(w->dim, shape->dims, sizeof w->dim);
}

void
onnx_walk_operand(struct onnx_walk *w, unsigned k, const struct onnx_tensor *t, int axis)
{
	int64_t step = 1;
	int shift = axis < 0 ? (int)w->nd - (int)t->ndims : axis;

	for (unsigned i = t->ndims; i-- > 0;) {
		int at = (int)i + shift;

		if (at >= 0 && at < (int)w->nd)
			w->stride[k][at] = t->dims[i] == 1 ? 0 : step;
		step *= t->dims[i];
	}
}

/* Dimension i goes into dimension i - 1: each operand steps over both evenly. */
static bool
joins(const struct onnx_walk *w, unsigned i)
{
	for (unsigned k = 0; k < w->k; k++)
		if (w->stride[k][i - 1] != w->stride[k][i] * w->dim[i])
			return false;
	return true;
}

static void
drop(struct onnx_walk *w, unsigned i)
{
	size_t rest = w->nd - i - 1;

	memmove(w->dim + i, w->dim + i + 1, rest * sizeof *w->dim);
	for (unsigned k = 0; k < w->k; k++)
		memmove(w->stride[k] + i, w->stride[k] + i + 1, rest * sizeof *w->stride[k]);
	w->nd--;
}

bool
onnx_walk_start(struct onnx_walk *w)
{
	for (unsigned i = 0; i < w->nd; i++)
		if (w->dim[i] == 0)
			return false;
	for (unsigned i = w->nd; i-- > 0;)
		if (w->dim[i] == 1)
			drop(w, i);
	for (unsigned i = w->nd; i-- > 1;)
		if (joins(w, i)) {
			w->dim[i] *= w->dim[i - 1];
			drop(w, i - 1);
		}
	w->n = w->nd ? w->dim[w->nd - 1] : 1;
	for (unsigned k = 0; k < w->k; k++) {
		w->step[k] = w->nd ? w->stride[k][w->nd - 1] : 0;
		w->at[k] = 0;
	}
	memset(w->index, 0, sizeof w->index);
	return true;
}

bool
onnx_walk_next(struct onnx_walk *w)
{
	for (unsigned i = w->nd > 0 ? w->nd - 1 : 0; i-- > 0;) {
		for (unsigned k = 0; k < w->k; k++)
			w->at[k] += w->stride[k][i];
		if (++w->index[i] < w->dim[i])
			return true;
		for (unsigned k = 0; k < w->k; k++)
			w->at[k] -= w->stride[k][i] * w->dim[i];
		w->index[i] = 0;
	}
	return false;
}

#define COPY(T) \
	for (int64_t i = 0; i < n; i++) \
	((T *)to)[i * st] = ((const T *)from)[i * sf]

static void
copy_run(void *to, const void *from, size_t size, int64_t n, int64_t st, int64_t sf)
{
	if (st == 1 && sf == 1) {
		memcpy(to, from, (size_t)n * size);
		return;
	}
	switch (size) {
	case 1: COPY(uint8_t); break;
	case 2: COPY(uint16_t); break;
	case 4: COPY(uint32_t); break;
	default: COPY(uint64_t);
	}
}

void
onnx_walk_copy(struct onnx_walk *w, void *to, const void *from, size_t size)
{
	for (bool more = onnx_walk_start(w); more; more = onnx_walk_next(w))
		copy_run((char *)to + w->at[0] * (int64_t)size,
		    (const char *)from + w->at[1] * (int64_t)size, size, w->n, w->step[0],
		    w->step[1]);
}
