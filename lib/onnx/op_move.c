#include <string.h>

#include "onnx/op.h"

/* Operators that copy values to other places: all types, by the size of an element. */

static size_t
elem(const struct onnx_node *n)
{
	return onnx_type_size(n->out[0]->type);
}

/* Row-major steps of a tensor's dimensions. */
static void
steps_of(const struct onnx_tensor *t, int64_t *step)
{
	int64_t s = 1;

	for (unsigned i = t->ndims; i-- > 0;) {
		step[i] = s;
		s *= t->dims[i];
	}
}

/* ---- Transpose ---- */

static int
transpose_perm(const struct onnx_node *n, unsigned *perm, struct err *e)
{
	unsigned nd = n->in[0]->ndims, seen = 0;
	const int64_t *p;
	size_t count;

	if (!onnx_attr_is(n, "perm", &p, &count)) {
		for (unsigned i = 0; i < nd; i++)
			perm[i] = nd - 1 - i;
		return 0;
	}
	for (size_t i = 0; i < count && count == nd; i++) {
		if (p[i] < 0 || p[i] >= nd || (seen & 1u << p[i]))
			return onnx_node_err(n, e, "perm is no permutation");
		seen |= 1u << p[i];
		perm[i] = (unsigned)p[i];
	}
	return count == nd ? 0 : onnx_node_err(n, e, "perm of %zu for %u dimensions", count, nd);
}

static int
transpose_infer(struct onnx_node *n, struct err *e)
{
	const struct onnx_tensor *in = n->in[0];
	int64_t dims[ONNX_DIMS];
	unsigned perm[ONNX_DIMS] = { 0 };
	int rc = transpose_perm(n, perm, e);

	if (rc)
		return rc;
	for (unsigned i = 0; i < in->ndims; i++)
		dims[i] = in->dims[perm[i]];
	onnx_set_shape(n, 0, in->type, in->ndims, dims);
	return 0;
}

static int
transpose_run(struct onnx_node *n, struct err *e)
{
	unsigned perm[ONNX_DIMS] = { 0 };
	int64_t step[ONNX_DIMS] = { 0 };
	struct onnx_walk w;
	int rc = transpose_perm(n, perm, e);

	if (rc)
		return rc;
	steps_of(n->in[0], step);
	onnx_walk_init(&w, n->out[0], 2);
	onnx_walk_operand(&w, 0, n->out[0], -1);
	for (unsigned i = 0; i < w.nd; i++)
		w.stride[1][i] = step[perm[i]];
	onnx_walk_copy(&w, n->out[0]->data, n->in[0]->data, elem(n));
	return 0;
}

/* ---- Expand, Tile ---- */

static int
expand_infer(struct onnx_node *n, struct err *e)
{
	struct onnx_tensor want = { 0 }, out;
	size_t nd;
	int rc = onnx_ints(n, 1, want.dims, ONNX_DIMS, &nd, e);

	if (rc)
		return rc;
	want.ndims = (unsigned)nd;
	if (!onnx_broadcast(n->in[0], &want, &out))
		return onnx_node_err(n, e, "the shape does not fit the one it is given");
	onnx_set_shape(n, 0, n->in[0]->type, out.ndims, out.dims);
	return 0;
}

static int
expand_run(struct onnx_node *n, struct err *e)
{
	struct onnx_walk w;

	(void)e;
	onnx_walk_init(&w, n->out[0], 2);
	onnx_walk_operand(&w, 0, n->out[0], -1);
	onnx_walk_operand(&w, 1, n->in[0], -1);
	onnx_walk_copy(&w, n->out[0]->data, n->in[0]->data, elem(n));
	return 0;
}

static int
tile_infer(struct onnx_node *n, struct err *e)
{
	const struct onnx_tensor *in = n->in[0];
	int64_t times[ONNX_DIMS], dims[ONNX_DIMS];
	size_t nd;
	int rc = onnx_ints(n, 1, times, ONNX_DIMS, &nd, e);

	if (rc)
		return rc;
	if (nd != in->ndims)
		return onnx_node_err(n, e, "%zu repeats for %u dimensions", nd, in->ndims);
	for (size_t i = 0; i < nd; i++)
		if (times[i] < 0 || __builtin_mul_overflow(in->dims[i], times[i], &dims[i]))
			return onnx_node_err(n, e, "repeat %lld", (long long)times[i]);
	onnx_set_shape(n, 0, in->type, in->ndims, dims);
	return 0;
}

/* From the last dimension to the first: what is there is repeated behind itself. */
static int
tile_run(struct onnx_node *n, struct err *e)
{
	const struct onnx_tensor *in = n->in[0], *out = n->out[0];
	int64_t from[ONNX_DIMS], to[ONNX_DIMS], index[ONNX_DIMS] = { 0 };
	size_t size = elem(n), count = onnx_count(out);

	(void)e;
	steps_of(in, from);
	steps_of(out, to);
	for (size_t i = 0; i < count; i++) {
		int64_t at = 0;

		for (unsigned d = 0; d < in->ndims; d++)
			at += index[d] % in->dims[d] * from[d];
		memcpy(
		    (char *)out->data + i * size, (const char *)in->data + (size_t)at * size, size);
		for (unsigned d = in->ndims; d-- > 0;) {
			if (++index[d] < out->dims[d])
				break;
			index[d] = 0;
		}
	}
	return 0;
}

/* ---- Concat, Split ---- */

static int
concat_axis(const struct onnx_node *n, unsigned *axis, struct err *e)
{
	return onnx_axis(n, onnx_attr_i(n, "axis", 1), n->in[0]->ndims, axis, e);
}

static int
concat_infer(struct onnx_node *n, struct err *e)
{
	struct onnx_tensor out = *n->in[0];
	unsigned axis;
	int rc = concat_axis(n, &axis, e);

	if (rc)
		return rc;
	for (unsigned i = 1; i < n->nin; i++) {
		const struct onnx_tensor *t = n->in[i];
		bool fits = t && t->type == out.type && t->ndims == out.ndims;

		for (unsigned d = 0; fits && d < out.ndims; d++)
			fits = d == axis || t->dims[d] == out.dims[d];
		if (!fits)
			return onnx_node_err(n, e, "input %u does not go with those before it", i);
		out.dims[axis] += t->dims[axis];
	}
	onnx_set_shape(n, 0, out.type, out.ndims, out.dims);
	return 0;
}

static int
concat_run(struct onnx_node *n, struct err *e)
{
	const struct onnx_tensor *out = n->out[0];
	size_t outer, row, at = 0;
	unsigned axis;
	int rc = concat_axis(n, &axis, e);

	if (rc)
		return rc;
	outer = onnx_span(out, 0, axis);
	row = onnx_span(out, axis, out->ndims) * elem(n);
	for (unsigned i = 0; i < n->nin; i++) {
		const struct onnx_tensor *t = n->in[i];
		size_t part = onnx_span(t, axis, t->ndims) * elem(n);

		for (size_t o = 0; o < outer && part; o++)
			memcpy((char *)out->data + o * row + at, (const char *)t->data + o * part,
			    part);
		at += part;
	}
	return 0;
}

/* Lengths of the parts: given, or as even as can be. */
static int
split_infer(struct onnx_node *n, struct err *e)
{
	const struct onnx_tensor *in = n->in[0];
	struct onnx_tensor part = *in;
	const int64_t *given = NULL;
	int64_t left, even, many = n->nout;
	size_t count = 0;
	unsigned axis;
	int rc = onnx_axis(n, onnx_attr_i(n, "axis", 0), in->ndims, &axis, e);

	if (rc)
		return rc;
	if (n->nin > 1 && n->in[1]) {
		if (n->in[1]->type != ONNX_I64)
			return onnx_bad_type(n, n->in[1], e);
		if (!n->in[1]->data)
			return ONNX_LATER;
		given = n->in[1]->data;
		count = onnx_count(n->in[1]);
	} else {
		onnx_attr_is(n, "split", &given, &count);
	}
	if (given && count != n->nout)
		return onnx_node_err(n, e, "%zu lengths for %u outputs", count, n->nout);
	left = in->dims[axis];
	even = (left + many - 1) / many;
	for (unsigned i = 0; i < n->nout; i++) {
		part.dims[axis] = given ? given[i] : even < left ? even : left;
		if (part.dims[axis] < 0 || part.dims[axis] > left)
			return onnx_node_err(n, e, "the lengths do not add up");
		left -= part.dims[axis];
		onnx_set_shape(n, i, in->type, part.ndims, part.dims);
	}
	return left ? onnx_node_err(n, e, "the lengths do not add up") : 0;
}

static int
split_run(struct onnx_node *n, struct err *e)
{
	const struct onnx_tensor *in = n->in[0];
	size_t size = onnx_type_size(in->type), outer, row, at = 0;
	unsigned axis;
	int rc = onnx_axis(n, onnx_attr_i(n, "axis", 0), in->ndims, &axis, e);

	if (rc)
		return rc;
	outer = onnx_span(in, 0, axis);
	row = onnx_span(in, axis, in->ndims) * size;
	for (unsigned i = 0; i < n->nout; i++) {
		const struct onnx_tensor *t = n->out[i];
		size_t part;

		if (!t)
			return onnx_node_err(n, e, "output %u is left out", i);
		part = onnx_span(t, axis, t->ndims) * size;
		for (size_t o = 0; o < outer && part; o++)
			memcpy((char *)t->data + o * part, (const char *)in->data + o * row + at,
			    part);
		at += part;
	}
	return 0;
}

/* ---- Slice: by attribute before opset 10, then by input ---- */

struct slice {
	int64_t start[ONNX_DIMS], step[ONNX_DIMS], len[ONNX_DIMS];
};

static int64_t
held(int64_t v, int64_t least, int64_t most)
{
	return v < least ? least : v > most ? most : v;
}

static void
slice_one(struct slice *s, unsigned d, int64_t dim, int64_t start, int64_t end, int64_t step)
{
	if (start < 0)
		start = start < -dim ? -1 : start + dim;
	if (end < 0)
		end = end < -dim ? -1 : end + dim;
	if (step > 0) {
		start = held(start, 0, dim);
		end = held(end, 0, dim);
		s->len[d] = end > start ? (end - start - 1) / step + 1 : 0;
	} else {
		start = held(start, step < 0 && dim == 0 ? -1 : 0, dim - 1);
		end = held(end, -1, dim - 1);
		/* the least int64 has no opposite; one step is as good */
		s->len[d] = start > end
				? (start - end - 1) / (step == INT64_MIN ? INT64_MAX : -step) + 1
				: 0;
	}
	s->start[d] = start;
	s->step[d] = s->len[d] > 1 ? step : 1;
}

static int
slice_of(const struct onnx_node *n, struct slice *s, struct err *e)
{
	const struct onnx_tensor *in = n->in[0];
	int64_t start[ONNX_DIMS], end[ONNX_DIMS], axes[ONNX_DIMS], step[ONNX_DIMS];
	size_t ns, ne, na, nt = 0;
	unsigned seen = 0, d;
	int rc = onnx_ints_or(n, "starts", 1, start, ONNX_DIMS, &ns, e);

	if (!rc)
		rc = onnx_ints_or(n, "ends", 2, end, ONNX_DIMS, &ne, e);
	if (!rc)
		rc = onnx_ints_or(n, "axes", 3, axes, ONNX_DIMS, &na, e);
	if (!rc && n->nin > 4)
		rc = onnx_ints(n, 4, step, ONNX_DIMS, &nt, e);
	if (rc)
		return rc;
	if (ns == (size_t)-1 || ns != ne || (na != (size_t)-1 && na != ns) || (nt && nt != ns))
		return onnx_node_err(n, e, "starts, ends, axes and steps are not of one length");
	for (unsigned i = 0; i < in->ndims; i++) {
		s->start[i] = 0;
		s->step[i] = 1;
		s->len[i] = in->dims[i];
	}
	for (size_t i = 0; i < ns; i++) {
		rc = onnx_axis(n, na == (size_t)-1 ? (int64_t)i : axes[i], in->ndims, &d, e);
		if (rc)
			return rc;
		if (seen & 1u << d || (nt && step[i] == 0))
			return onnx_node_err(n, e, "an axis twice, or a step of 0");
		seen |= 1u << d;
		slice_one(s, d, in->dims[d], start[i], end[i], nt ? step[i] : 1);
	}
	return 0;
}

static int
slice_infer(struct onnx_node *n, struct err *e)
{
	struct slice s = { 0 };
	int rc = slice_of(n, &s, e);

	if (rc)
		return rc;
	onnx_set_shape(n, 0, n->in[0]->type, n->in[0]->ndims, s.len);
	return 0;
}

static int
slice_run(struct onnx_node *n, struct err *e)
{
	int64_t step[ONNX_DIMS] = { 0 }, at = 0;
	struct onnx_walk w;
	struct slice s = { 0 };
	int rc = slice_of(n, &s, e);

	if (rc)
		return rc;
	if (onnx_count(n->out[0]) == 0)
		return 0;
	steps_of(n->in[0], step);
	onnx_walk_init(&w, n->out[0], 2);
	onnx_walk_operand(&w, 0, n->out[0], -1);
	for (unsigned i = 0; i < w.nd; i++) {
		w.stride[1][i] = step[i] * s.step[i];
		at += step[i] * s.start[i];
	}
	onnx_walk_copy(
	    &w, n->out[0]->data, (const char *)n->in[0]->data + at * (int64_t)elem(n), elem(n));
	return 0;
}

/* ---- Where ---- */

static int
where_infer(struct onnx_node *n, struct err *e)
{
	struct onnx_tensor out;

	if (n->in[0]->type != ONNX_BOOL || n->in[1]->type != n->in[2]->type)
		return onnx_node_err(n, e, "no condition, or two types to choose from");
	if (!onnx_broadcast(n->in[1], n->in[2], &out) || !onnx_broadcast(&out, n->in[0], &out))
		return onnx_node_err(n, e, "the shapes of its inputs do not go together");
	onnx_set_shape(n, 0, n->in[1]->type, out.ndims, out.dims);
	return 0;
}

static int
where_run(struct onnx_node *n, struct err *e)
{
	size_t size = elem(n);
	struct onnx_walk w;

	(void)e;
	onnx_walk_init(&w, n->out[0], 4);
	onnx_walk_operand(&w, 0, n->out[0], -1);
	for (unsigned k = 0; k < 3; k++)
		onnx_walk_operand(&w, k + 1, n->in[k], -1);
	for (bool more = onnx_walk_start(&w); more; more = onnx_walk_next(&w))
		for (int64_t i = 0; i < w.n; i++) {
			bool c = ((const uint8_t *)n->in[0]->data)[w.at[1] + i * w.step[1]];
			unsigned k = c ? 2 : 3;

			memcpy((char *)n->out[0]->data + (size_t)(w.at[0] + i) * size,
			    (const char *)n->in[k - 1]->data +
				(size_t)(w.at[k] + i * w.step[k]) * size,
			    size);
		}
	return 0;
}

#define MOVE(op, least, most, outs, i, r) \
	{ \
		.name = op, .min_in = least, .max_in = most, .max_out = outs, .infer = i, .run = r \
	}

const struct onnx_op onnx_ops_move[] = {
	MOVE("Transpose", 1, 1, 1, transpose_infer, transpose_run),
	MOVE("Expand", 2, 2, 1, expand_infer, expand_run),
	MOVE("Tile", 2, 2, 1, tile_infer, tile_run),
	MOVE("Concat", 1, 255, 1, concat_infer, concat_run),
	MOVE("Split", 1, 2, 255, split_infer, split_run),
	MOVE("Slice", 1, 5, 1, slice_infer, slice_run),
	MOVE("Where", 3, 3, 1, where_infer, where_run),
	{ 0 },
};
