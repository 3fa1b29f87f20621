/* What the networks stand on: the door to BLAS, the optimisers, the writer of .onnx files. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "nn/blas.h"
#include "nn/optim.h"
#include "onnx/write.h"
#include "unit/t.h"

static void
test_gemm(void)
{
	struct err e = { 0 };
	struct rng r;
	float a[6 * 5], b[5 * 7], c[6 * 7], x[5], y[6];
	double worst = 0;

	if (nn_blas_open(&e) < 0) {
		ok(false, "%s", e.msg);
		return;
	}
	rng_seed(&r, 1);
	for (size_t i = 0; i < 30; i++)
		a[i] = (float)rng_normal(&r);
	for (size_t i = 0; i < 35; i++)
		b[i] = (float)rng_normal(&r);
	for (size_t i = 0; i < 5; i++)
		x[i] = b[i];
	for (int tr = 0; tr < 4; tr++) {
		bool ta = tr & 1, tb = tr & 2;

		nn_sgemm(ta, tb, 6, 7, 5, 2, a, ta ? 6 : 5, b, tb ? 5 : 7, 0, c, 7);
		for (size_t i = 0; i < 6; i++)
			for (size_t j = 0; j < 7; j++) {
				double s = 0;

				for (size_t k = 0; k < 5; k++)
					s += (double)(ta ? a[k * 6 + i] : a[i * 5 + k]) *
					     (double)(tb ? b[j * 5 + k] : b[k * 7 + j]);
				worst = fmax(worst, fabs(2 * s - (double)c[i * 7 + j]));
			}
	}
	nn_sgemv(false, 6, 5, 1, a, 5, x, 0, y);
	for (size_t i = 0; i < 6; i++) {
		double s = 0;

		for (size_t k = 0; k < 5; k++)
			s += (double)a[i * 5 + k] * (double)x[k];
		worst = fmax(worst, fabs(s - (double)y[i]));
	}
	ok(worst < 1e-5, "products of matrices, each transposed or not");
}

/* Numbers of PyTorch 1.13: w = (1, -2), g = (0.5, 0.25) twice, lr 0.1. */
static void
test_optim(void)
{
	struct nn_optim p;
	struct nn_optim_opts sgd = { .kind = NN_SGD, .momentum = 0.9f, .weight_decay = 0.01f };
	struct nn_optim_opts adamw = { .kind = NN_ADAMW,
		.beta1 = 0.9f,
		.beta2 = 0.999f,
		.eps = 1e-8f,
		.weight_decay = 0.01f };
	float w[2] = { 1, -2 }, g[2] = { 0.5f, 0.25f };

	nn_optim_init(&p, &sgd, 2);
	nn_optim_step(&p, w, g, NULL, 0.1f);
	ok(fabsf(w[0] - 0.949f) < 1e-6f && fabsf(w[1] + 2.023f) < 1e-6f, "SGD, the first step");
	nn_optim_step(&p, w, g, NULL, 0.1f);
	/* d = g + wd w, m = .9 m + d: by hand */
	ok(fabsf(w[0] - (0.949f - 0.1f * (0.9f * 0.51f + 0.5f + 0.00949f))) < 1e-6f,
	    "and momentum");
	nn_optim_free(&p);
	w[0] = 1, w[1] = -2;
	nn_optim_init(&p, &adamw, 2);
	nn_optim_step(&p, w, g, NULL, 0.1f);
	/* the first step of Adam is the sign of the gradient */
	ok(fabsf(w[0] - (0.999f - 0.1f)) < 1e-6f && fabsf(w[1] - (-1.998f - 0.1f)) < 1e-6f,
	    "AdamW, the first step");
	nn_optim_free(&p);
	ok(fabs(nn_clip_norm(g, 2, 0.1) - sqrt(0.3125)) < 1e-9 &&
		fabs(sqrt((double)(g[0] * g[0] + g[1] * g[1])) - 0.1) < 1e-7,
	    "clipping");
	ok(nn_warmup_cosine(4, 10, 110, 1, 0) == 0.5 &&
		fabs(nn_warmup_cosine(60, 10, 110, 1, 0) - 0.5) < 1e-15 &&
		fabs(nn_warmup_cosine(85, 10, 110, 1, 0) - 0.5 * (1 - sqrt(0.5))) < 1e-15 &&
		fabs(nn_warmup_cosine(10, 10, 110, 1, 0) - 1) < 1e-15,
	    "warm-up and cosine");
}

static void
test_write(void)
{
	struct buf a = { 0 }, b = { 0 };
	float v[4] = { 1, 2, 3, 4 };
	struct err e = { 0 };

	for (int i = 0; i < 2; i++) {
		struct onnx_writer *w = onnx_writer_new("g");

		onnx_write_input(w, "x", (int64_t[]){ -1, 2 }, 2);
		onnx_write_f32(w, "w", (int64_t[]){ 2, 2 }, 2, v);
		onnx_write_node(w, "Gemm", "fc", "x w", "y");
		onnx_write_attr_int(w, "transB", 1);
		onnx_write_output(w, "y", (int64_t[]){ -1, 2 }, 2);
		onnx_write_meta(w, "card", "{}");
		onnx_writer_bytes(w, i ? &b : &a);
		if (i)
			ok(onnx_writer_save(w, "/nowhere/x.onnx", &e) == ERR_IO,
			    "no such folder: %s", e.msg);
		onnx_writer_free(w);
	}
	ok(a.len > 50 && a.len == b.len && memcmp(a.p, b.p, a.len) == 0, "the same bytes twice");
	buf_free(&a);
	buf_free(&b);
}

int
main(void)
{
	test_gemm();
	test_optim();
	test_write();
	return done_testing();
}
