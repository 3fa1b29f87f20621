/*
 * The trained network as an .onnx file. Batch normalisation is folded into the convolutions (in
 * double, rounded once): the file is smaller, and every runtime runs it as fast as it can. Before
 * it is put in place the file is read back and run by lib/onnx beside the network itself.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/out.h"
#include "nn/dense.h"
#include "onnx/model.h"
#include "onnx/write.h"
#include "vision/resnet_train.h"

/* Logits may differ by this part of the largest one. */
#define AGREE 1e-4

static void
put_conv(
    struct onnx_writer *w, const struct nn_resnet *n, size_t i, const char *in, const char *out)
{
	const struct nn_resnet_conv *c = &n->conv[i];
	size_t count = c->cout * c->cin * c->k * c->k;
	float *v = mem_array(count, sizeof *v), *bias = mem_array(c->cout, sizeof *bias);
	int64_t k = (int64_t)c->k, s = (int64_t)c->stride, p = k / 2;
	char weight[32], shift[32], name[32], inputs[128];

	snprintf(weight, sizeof weight, "conv%zu.w", i);
	snprintf(shift, sizeof shift, "conv%zu.b", i);
	snprintf(name, sizeof name, "conv%zu", i);
	snprintf(inputs, sizeof inputs, "%s %s %s", in, weight, shift);
	nn_resnet_oihw(n, i, true, v, bias);
	onnx_write_f32(w, weight, (int64_t[]){ (int64_t)c->cout, (int64_t)c->cin, k, k }, 4, v);
	onnx_write_f32(w, shift, (int64_t[]){ (int64_t)c->cout }, 1, bias);
	onnx_write_node(w, "Conv", name, inputs, out);
	onnx_write_attr_ints(w, "kernel_shape", (int64_t[]){ k, k }, 2);
	onnx_write_attr_ints(w, "strides", (int64_t[]){ s, s }, 2);
	onnx_write_attr_ints(w, "pads", (int64_t[]){ p, p, p, p }, 4);
	free(v);
	free(bias);
}

static void
put_block(struct onnx_writer *w, const struct nn_resnet *n, size_t b)
{
	const struct nn_resnet_block *k = &n->block[b];
	char in[32], y1[32], r1[32], y2[32], skip[32], sum[32], out[32], both[80], name[32];

	snprintf(in, sizeof in, "x%zu", b);
	snprintf(out, sizeof out, "x%zu", b + 1);
	snprintf(y1, sizeof y1, "b%zu.y1", b);
	snprintf(r1, sizeof r1, "b%zu.r1", b);
	snprintf(y2, sizeof y2, "b%zu.y2", b);
	snprintf(skip, sizeof skip, "b%zu.skip", b);
	snprintf(sum, sizeof sum, "b%zu.sum", b);
	put_conv(w, n, k->first, in, y1);
	snprintf(name, sizeof name, "b%zu.relu1", b);
	onnx_write_node(w, "Relu", name, y1, r1);
	put_conv(w, n, k->second, r1, y2);
	if (k->shortcut)
		put_conv(w, n, k->shortcut, in, skip);
	snprintf(both, sizeof both, "%s %s", y2, k->shortcut ? skip : in);
	snprintf(name, sizeof name, "b%zu.add", b);
	onnx_write_node(w, "Add", name, both, sum);
	snprintf(name, sizeof name, "b%zu.relu2", b);
	onnx_write_node(w, "Relu", name, sum, out);
}

static void
put_dense(
    struct onnx_writer *w, const struct nn_resnet *n, size_t i, const char *in, const char *out)
{
	const struct nn_resnet_dense *d = &n->dense[i];
	float *v = mem_array(d->in * d->out, sizeof *v);
	char weight[32], shift[32], name[32], inputs[128];

	for (size_t r = 0; r < d->in; r++)
		memcpy(v + r * d->out, n->w + d->w + r * nn_pad(d->out), d->out * sizeof *v);
	snprintf(weight, sizeof weight, "dense%zu.w", i);
	snprintf(shift, sizeof shift, "dense%zu.b", i);
	snprintf(name, sizeof name, "dense%zu", i);
	snprintf(inputs, sizeof inputs, "%s %s %s", in, weight, shift);
	onnx_write_f32(w, weight, (int64_t[]){ (int64_t)d->in, (int64_t)d->out }, 2, v);
	onnx_write_f32(w, shift, (int64_t[]){ (int64_t)d->out }, 1, n->w + d->b);
	onnx_write_node(w, "Gemm", name, inputs, out);
	free(v);
}

/* The image's last rows. The input stays the whole image: a model reads what its card says,
 * whatever it looks at. */
static void
put_rows(struct onnx_writer *w, const struct nn_resnet *n)
{
	int64_t size = (int64_t)n->def.size, one = 1;

	onnx_write_i64(w, "rows.from", &one, 1, (int64_t[]){ size - (int64_t)n->def.rows });
	onnx_write_i64(w, "rows.to", &one, 1, (int64_t[]){ size });
	onnx_write_i64(w, "rows.axis", &one, 1, (int64_t[]){ 2 });
	onnx_write_node(w, "Slice", "rows", "image rows.from rows.to rows.axis", "seen");
}

/* Value `last` as features. */
static void
put_pool(struct onnx_writer *w, const struct nn_resnet *n, const char *last)
{
	const struct nn_resnet_conv *c = &n->conv[n->block[n->nblocks - 1].second];

	if (n->def.pool == NN_RESNET_MEAN) {
		onnx_write_node(w, "GlobalAveragePool", "pool", last, "pooled");
	} else if (n->def.pool == NN_RESNET_ROWS) {
		onnx_write_node(w, "AveragePool", "pool", last, "pooled");
		onnx_write_attr_ints(w, "kernel_shape", (int64_t[]){ 1, (int64_t)c->ow }, 2);
	}
	onnx_write_node(
	    w, "Flatten", "flat", n->def.pool == NN_RESNET_FLAT ? last : "pooled", "features");
}

static void
put_graph(struct onnx_writer *w, const struct nn_resnet *n)
{
	int64_t s = (int64_t)n->def.size;
	bool part = n->def.rows < n->def.size;
	char last[32];

	onnx_write_input(w, "image", (int64_t[]){ -1, (int64_t)n->def.channels, s, s }, 4);
	onnx_write_output(w, "logits", (int64_t[]){ -1, (int64_t)n->def.classes }, 2);
	if (part)
		put_rows(w, n);
	put_conv(w, n, 0, part ? "seen" : "image", "stem");
	onnx_write_node(w, "Relu", "stem.relu", "stem", "x0");
	for (size_t b = 0; b < n->nblocks; b++)
		put_block(w, n, b);
	snprintf(last, sizeof last, "x%zu", n->nblocks);
	put_pool(w, n, last);
	if (n->ndense == 2) {
		put_dense(w, n, 0, "features", "hidden");
		onnx_write_node(w, "Relu", "hidden.relu", "hidden", "hidden.y");
	}
	put_dense(w, n, n->ndense - 1, n->ndense == 2 ? "hidden.y" : "features", "logits");
}

/* ---- is it the same network? ---- */

static int
compare(const struct buf *file, const struct train *t, const float *x, const float *z, size_t n)
{
	struct onnx_model *m = onnx_model_parse(file->p, file->len, t->err);
	struct onnx_session *s = NULL;
	struct onnx_tensor in, out;
	double apart = 0, largest = 1;
	union {
		const float *in;
		void *data; /* only read */
	} image = { x };
	int rc;

	if (m)
		s = onnx_session_new(m, &(struct onnx_opts){ .batch = (int64_t)n }, t->err);
	if (!s) {
		rc = t->err->code;
		goto done;
	}
	in = *onnx_session_input(s, 0);
	in.data = image.data;
	rc = onnx_run(s, &in, &out, t->err);
	if (rc < 0)
		goto done;
	for (size_t i = 0; i < n * t->net->def.classes; i++) {
		double got = (double)((const float *)out.data)[i], want = (double)z[i];

		largest = fmax(largest, fabs(want));
		apart = fmax(apart, isfinite(got) ? fabs(got - want) : (double)INFINITY);
	}
	if (apart > AGREE * largest)
		rc = err_set(t->err, ERR_FAIL,
		    "the model file gives other outputs than the network: %g apart", apart);
done:
	if (rc < 0)
		err_wrap(t->err, "checking the model");
	onnx_session_free(s);
	onnx_model_free(m);
	return rc;
}

int
train_model_write(const char *path, const struct train *t, const struct vision_card *card,
    const char *more, const float *x, const float *z, size_t n)
{
	struct onnx_writer *w;
	struct buf name = { 0 }, text = { 0 }, file = { 0 };
	int rc;

	if (t->o->name)
		buf_puts(&name, t->o->name);
	else
		buf_printf(&name, "resnet%zu", 2 * t->net->nblocks + 1 + t->net->ndense);
	w = onnx_writer_new(buf_z(&name));
	put_graph(w, t->net);
	vision_card_put(card, more, &text);
	onnx_write_meta(w, VISION_CARD_KEY, buf_z(&text));
	onnx_writer_bytes(w, &file);
	rc = n ? compare(&file, t, x, z, n) : 0;
	if (rc == 0)
		rc = io_file_replace(path, file.p, file.len, t->err);
	onnx_writer_free(w);
	buf_free(&name);
	buf_free(&text);
	buf_free(&file);
	return rc;
}
