/*
 * Graphs whose convolutions run in blocks, beside the same graphs on plain operators; what was
 * fused; and that neither the batch nor the threads nor the cut of the work changes a bit.
 */
#include "../../bench/nets.h"

#include "onnx/blocked.h"
#include "onnx/model.h"
#include "unit/t.h"

static struct rng rng;

struct runs {
	struct onnx_model *m;
	struct onnx_tensor in;
	float *first; /* the plain operators' answer */
	size_t n, each;
};

static float *
compute(const struct runs *r, struct onnx_opts o, int64_t batch, size_t *n, size_t *nodes)
{
	struct err e = { 0 };
	struct onnx_tensor in = r->in, out;
	struct onnx_session *s;
	float *y;

	o.batch = batch;
	s = onnx_session_new(r->m, &o, &e);
	if (!s || (in.dims[0] = batch, onnx_run(s, &in, &out, &e) != 0)) {
		printf("# %s\n", e.msg);
		exit(1);
	}
	/* again: what a run leaves behind must not matter */
	onnx_run(s, &in, &out, &e);
	*n = onnx_count(&out);
	y = mem_dup(out.data, *n * sizeof *y);
	*nodes = onnx_session_nodes(s);
	onnx_session_free(s);
	return y;
}

static double
worst(const float *a, const float *b, size_t n)
{
	double d = 0, top = 0;

	for (size_t i = 0; i < n; i++) {
		d = fmax(d, fabs((double)a[i] - (double)b[i]));
		top = fmax(top, fabs((double)b[i]));
	}
	return d / top;
}

/* All ways to run a net of images; at most `nodes` nodes are left. Tolerance: 1e-5 of the largest
 * output (plain operators sum in single precision, too). */
static void
test_net(struct net *n, int c, int h, size_t nodes, bool winograd, const char *what)
{
	enum { BATCH = 5 };
	struct buf b = { 0 };
	struct err e = { 0 };
	struct runs r = { .in = { ONNX_F32, 4, { BATCH, c, h, h }, NULL } };
	size_t count, left, one, each;
	float *x = mem_array(BATCH * (size_t)c * (size_t)h * (size_t)h, sizeof *x);

	for (int i = 0; i < BATCH * c * h * h; i++)
		x[i] = (float)rng_normal(&rng);
	onnx_writer_bytes(n->w, &b);
	onnx_writer_free(n->w);
	r.m = onnx_model_parse(b.p, b.len, &e);
	ok(r.m, "%s: %s", what, e.msg);
	r.in.data = x;
	float *plain = compute(&r, (struct onnx_opts){ .plain = true }, BATCH, &count, &left);
	float *fast = compute(&r, (struct onnx_opts){ 0 }, BATCH, &count, &left);
	float *direct = compute(&r, (struct onnx_opts){ .direct = true }, BATCH, &count, &left);
	float *threads = compute(&r, (struct onnx_opts){ .threads = 3 }, BATCH, &count, &left);
	each = count / BATCH;
	ok(worst(fast, plain, count) < 1e-5, "%s: as plain operators, %.2g", what,
	    worst(fast, plain, count));
	ok(worst(direct, plain, count) < 1e-5, "%s: direct", what);
	ok((memcmp(fast, direct, count * sizeof *fast) != 0) == winograd,
	    "%s: which is another way where Winograd is used", what);
	ok(left <= nodes, "%s: %zu nodes are left", what, left);
	ok(memcmp(threads, fast, count * sizeof *fast) == 0, "%s: three threads, same bits", what);
	for (int i = 0; i < BATCH; i += 2) {
		float *a, *t;

		r.in.data = x + (size_t)i * (size_t)c * (size_t)h * (size_t)h;
		a = compute(&r, (struct onnx_opts){ 0 }, 1, &one, &left);
		t = compute(&r, (struct onnx_opts){ .threads = 3 }, 1, &one, &left);
		ok(memcmp(a, fast + (size_t)i * each, each * sizeof *a) == 0,
		    "%s: image %d alone, same bits", what, i);
		ok(memcmp(a, t, each * sizeof *a) == 0, "%s: cut in three, same bits", what);
		free(a), free(t);
	}
	free(plain), free(fast), free(direct), free(threads), free(x);
	onnx_model_free(r.m);
	buf_free(&b);
}

/* Things that stand between: groups, a pool, two outputs, a node that no kernel can do. */
static void
odd_net(struct net *n)
{
	char in[80], a[32], b[32];

	net_images(n, "odd", 5, 13, 3);
	net_conv(n, 24, 3, 1, 1, 1);
	onnx_write_node(n->w, "Sigmoid", "s", n->at, "sig");
	snprintf(n->at, sizeof n->at, "sig");
	net_conv(n, 24, 5, 1, 2, 4);
	snprintf(a, sizeof a, "%s", n->at);
	net_relu(n);
	net_conv(n, 24, 3, 1, 1, 24);
	snprintf(b, sizeof b, "%s", n->at);
	snprintf(in, sizeof in, "%s %s", a, b);
	net_node(n, "Add", in);
	snprintf(in, sizeof in, "%s sig", n->at);
	net_node(n, "Add", in);
	snprintf(in, sizeof in, "%s", n->at);
	net_node(n, "AveragePool", in);
	net_window(n, 3, 2, 1);
	snprintf(in, sizeof in, "%s", n->at);
	net_node(n, "Flatten", in);
	net_dense(n, n->c * n->h * n->h, 17);
	net_relu(n);
	net_dense(n, 17, 3);
	onnx_write_node(n->w, "Softmax", "p", n->at, "y");
	onnx_write_output(n->w, "y", (int64_t[]){ -1, 3 }, 2);
}

static void
test_fusing(void)
{
	struct onnx_net *n = onnx_net_new(nn_kernels(), NN_AUTO);
	struct nn_conv_shape s = { 16, 16, 1, 8, 8, 8, 8, 3, 3, 1, 1, 1, 1, 1, 1 };
	float w[16 * 16 * 9] = { 0 }, one[16], zero[16] = { 0 }, x[16 * 64], y[2][16 * 64];
	char words[80];
	int a, b, c;

	for (int i = 0; i < 16; i++)
		w[(i * 16 + i) * 9 + 4] = one[i] = 1; /* y = x */
	for (int i = 0; i < 16 * 64; i++)
		x[i] = (float)(i % 7 - 3);
	a = onnx_net_input(n, 16, 8, 8);
	b = onnx_net_clamp(n, onnx_net_scale(n, onnx_net_conv(n, a, &s, w, NULL), one, zero), 0, 2);
	c = onnx_net_add(n, onnx_net_conv(n, b, &s, w, one), a);
	c = onnx_net_clamp(n, c, -1, INFINITY);
	onnx_net_output(n, b);
	onnx_net_output(n, c);
	ok(onnx_net_finish(n, 2, 1, 1 << 24), "a net that fits");
	is_str(onnx_net_step(n, 0, words, sizeof words), "conv winograd 16x8x8 clamp", "step 0");
	is_str(onnx_net_step(n, 1, words, sizeof words), "conv winograd 16x8x8 +res clamp", "1");
	ok(!onnx_net_step(n, 2, words, sizeof words), "and no more");
	onnx_net_run(n, 1, x, (float *[]){ y[0], y[1] });
	double d = 0;
	for (int i = 0; i < 16 * 64; i++) {
		double r = fmin(fmax((double)x[i], 0), 2);

		d = fmax(d, fabs((double)y[0][i] - r));
		d = fmax(d, fabs((double)y[1][i] - fmax(r + 1 + (double)x[i], -1)));
	}
	ok(d < 1e-5, "outputs of a step that others need, too: %.2g", d);
	onnx_net_free(n);
	n = onnx_net_new(nn_kernels(), NN_DIRECT);
	onnx_net_output(n, onnx_net_conv(n, onnx_net_input(n, 16, 8, 8), &s, w, NULL));
	ok(!onnx_net_finish(n, 1, 4, 1000), "a net that is too large says so");
	onnx_net_free(n);
}

int
main(void)
{
	struct net n;

	rng_seed(&rng, 5);
	test_fusing();
	net_resnet20(&n, 32);
	test_net(&n, 4, 32, 2, true, "resnet20");
	odd_net(&n);
	test_net(&n, 5, 13, 6, false, "odd");
	net_stem(&n, "stem", 40, 1);
	net_bottleneck(&n, 16, 64, 1);
	net_bottleneck(&n, 24, 96, 2);
	net_head(&n, 7);
	test_net(&n, 3, 40, 2, true, "bottlenecks");
	return done_testing();
}
