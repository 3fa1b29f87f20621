/* Training of residual networks: gradients against finite differences of a network in double,
 * hand numbers, other kernels, threads, and whether it learns. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "nn/optim.h"
#include "nn/resnet.h"
#include "unit/t.h"
#include "unit/t_resnet.h"

/* ---- hand numbers ---- */

/* Ones convolved with ones count the pixels that a 3x3 window meets. */
static void
test_counts(void)
{
	float x[4 * 5 * NN_CB] = { 0 }, w[9 * NN_CB * NN_CB] = { 0 }, y[2 * 3 * NN_CB];
	static const float want[] = { 4, 6, 4, 4, 6, 4 };
	struct nn_rconv_run o = { .rows = 2,
		.cols = 3,
		.icb = 1,
		.ocb = 1,
		.last = 2,
		.x = x,
		.w = w,
		.xpix = NN_CB,
		.xrow = 5 * NN_CB,
		.ntaps = 9,
		.wblock = sizeof w / sizeof *w,
		.y = y,
		.ypix = NN_CB,
		.yrow = 3 * NN_CB };
	float dw[9 * NN_CB * NN_CB] = { 0 };
	struct nn_rgrad_run g = { .rows = 2,
		.cols = 3,
		.icb = 1,
		.ocb = 1,
		.last = 2,
		.x = x,
		.dz = x + 6 * NN_CB,
		.xpix = NN_CB,
		.xrow = 5 * NN_CB,
		.zrow = 5 * NN_CB,
		.k = 3,
		.wblock = o.wblock,
		.dw = dw };
	bool good = true;

	for (size_t r = 0; r < 2; r++)
		for (size_t c = 0; c < 3; c++)
			x[((r + 1) * 5 + c + 1) * NN_CB] = 1;
	for (size_t t = 0; t < 9; t++) {
		o.xoff[t] = g.xoff[t] = (t / 3 * 5 + t % 3) * NN_CB;
		o.woff[t] = t * NN_CB * NN_CB;
		w[o.woff[t]] = 1;
		w[o.woff[t] + NN_CB + 3] = 5; /* of a channel that is 0 */
	}
	nn_rkern()->conv(&o);
	for (size_t p = 0; p < 6; p++)
		good &= y[p * NN_CB] == want[p] && y[p * NN_CB + 3] == 0;
	ok(good, "a 3x3 convolution of ones counts neighbours");
	nn_rkern()->grad(&g);
	/* pixels of a 2 x 3 picture that have a neighbour in each direction */
	static const float pairs[] = { 2, 3, 2, 4, 6, 4, 2, 3, 2 };

	good = true;
	for (size_t t = 0; t < 9; t++)
		good &= dw[t * NN_CB * NN_CB] == pairs[t];
	ok(good, "and its gradient counts pairs of neighbours");
}

static struct nn_resnet *
make(const struct nn_resnet_def *d, size_t batch, size_t threads)
{
	struct err e;
	struct nn_resnet *n = nn_resnet_new(d, batch, threads, &e);

	if (!n) {
		printf("# %s\n", e.msg);
		exit(1);
	}
	nn_resnet_init(n, 7);
	return n;
}

static void
test_loss(void)
{
	struct nn_resnet_def d = { .channels = 1,
		.size = 4,
		.classes = 3,
		.nstages = 1,
		.blocks = { 1 },
		.width = { 4 },
		.stride = { 1 } };
	struct nn_resnet *n = make(&d, 2, 1);
	float x[32], z[6], t[] = { 1, 0, 0, 0, 0, 1 }, w[] = { 1, 1, 3 };
	struct nn_resnet_batch b = { .n = 2, .x = x, .target = t, .weight = w };
	const float *bias = n->w + n->dense[0].b;

	for (size_t i = 0; i < 32; i++)
		x[i] = (float)(i % 5);
	memset(n->w + n->dense[0].w, 0, n->dense[0].in * 16 * sizeof(float));
	is_f64(nn_resnet_step(n, &b, z), log(3), 1e-12, "with no weights the loss is log(classes)");
	ok(bias[0] == 0 && z[0] == 0 && z[5] == 0, "all logits are 0");
	/* p = 1/3 each: (1 (1/3 - 1) + 3 (1/3)) / 4, (1/3 + 3/3) / 4, (1/3 + 3 (1/3 - 1)) / 4 */
	const float *g = n->g + n->dense[0].b;

	is_f64((double)g[0], 1.0 / 12, 1e-7, "gradient of a bias by hand");
	is_f64((double)g[1], 1.0 / 3, 1e-7, "of a class that is not there");
	is_f64((double)g[2], -5.0 / 12, 1e-7, "of a class with weight 3");
	/* shares of 1/2, 3/8, 1/8: what is answered without knowing anything */
	float prior[] = { -0.693147181f, -0.980829253f, -2.07944154f };

	b.weight = NULL;
	b.prior = prior;
	is_f64(nn_resnet_step(n, &b, z), log(4), 1e-7, "a loss of log 2 and one of log 8");
	ok(z[0] == 0 && z[5] == 0, "the logits are without it");
	is_f64((double)g[0], 0, 1e-7, "(1/2 - 1 + 1/2) / 2 of the first");
	is_f64((double)g[1], 3.0 / 8, 1e-7, "of the second");
	is_f64((double)g[2], -3.0 / 8, 1e-7, "of the third");
	nn_resnet_free(n);
}

/* ---- gradients ---- */

/* Central differences of the loss in double for parameter j. */
static double
difference(const struct nn_resnet *n, const struct nn_resnet_batch *b, double *w, size_t j,
    const double *mask, double *z)
{
	/* small: of thousands of pixels some are so near to their ReLU's bend that 1e-5 leaps over
	 * it
	 */
	double h = 1e-6, keep = w[j], up, down;

	w[j] = keep + h;
	ref_logits(n, w, NULL, b->n, b->x, mask, z);
	up = ref_loss(n, b, z);
	w[j] = keep - h;
	ref_logits(n, w, NULL, b->n, b->x, mask, z);
	down = ref_loss(n, b, z);
	w[j] = keep;
	return (up - down) / (2 * h);
}

/* Of an image as the network has it. */
static size_t
pixels_of(const struct nn_resnet_def *d)
{
	return d->channels * (d->rows ? d->rows : d->size) * d->size;
}

static void
random_batch(const struct nn_resnet_def *d, size_t n, float *x, float *t, uint64_t seed, bool mixed)
{
	struct rng r;

	rng_seed(&r, seed);
	for (size_t i = 0; i < n * pixels_of(d); i++)
		x[i] = (float)rng_normal(&r);
	memset(t, 0, n * d->classes * sizeof *t);
	for (size_t i = 0; i < n; i++) {
		float part = mixed ? 0.25f : 0;

		t[i * d->classes + rng_below(&r, d->classes)] += 1 - part;
		t[i * d->classes + rng_below(&r, d->classes)] += part;
	}
}

/* One of each kind of parameter of each layer, and `more` at random. */
static size_t
choose(const struct nn_resnet *n, size_t *at, size_t more)
{
	size_t k = 0;
	struct rng r;

	rng_seed(&r, 3);
	for (size_t i = 0; i < n->nconv; i++) {
		const struct nn_resnet_conv *c = &n->conv[i];

		for (size_t j = 0; j < more; j++)
			at[k++] = ref_place(c, rng_below(&r, c->cout), rng_below(&r, c->cin),
			    rng_below(&r, c->k * c->k));
		at[k++] = ref_place(c, c->cout - 1, c->cin - 1, c->k * c->k - 1);
		at[k++] = c->gamma + rng_below(&r, c->cout);
		at[k++] = c->beta + rng_below(&r, c->cout);
	}
	for (size_t i = 0; i < n->ndense; i++) {
		const struct nn_resnet_dense *d = &n->dense[i];

		for (size_t j = 0; j < more; j++)
			at[k++] =
			    d->w + rng_below(&r, d->in) * nn_pad(d->out) + rng_below(&r, d->out);
		at[k++] = d->b + rng_below(&r, d->out);
	}
	return k;
}

static void
test_gradient(const char *what, const struct nn_resnet_def *d, size_t images, double smoothing,
    bool weighted, const char *kernels)
{
	struct nn_resnet *n = make(d, images, 2);
	size_t pixels = pixels_of(d), count, *at = calloc(4000, sizeof *at);
	float *x = calloc(images * pixels, sizeof *x), *t = calloc(images * d->classes, sizeof *t);
	float *z = calloc(images * d->classes, sizeof *z), cw[8] = { 1, 2, 0.5f, 1, 1, 1, 1, 1 };
	double *w = calloc(n->nw, sizeof *w), *zd = calloc(images * d->classes, sizeof *zd);
	float prior[8] = { -1, -2.5f, -0.5f, -3, -1, -1, -2, -4 };
	struct nn_resnet_batch b = { images, x, t, weighted ? cw : NULL, weighted ? prior : NULL,
		smoothing, 11 };
	double worst = 0, apart = 0, largest = 0, *mask, loss;
	struct rng r;

	random_batch(d, images, x, t, 5, weighted);
	if (kernels && !nn_resnet_kernels(n, kernels)) {
		t_skip("no such kernels here");
		goto done;
	}
	/* scales and shifts away from where they begin, so that a wrong one shows */
	rng_seed(&r, 9);
	for (size_t i = 0; i < n->nconv; i++)
		for (size_t c = 0; c < n->conv[i].cout; c++) {
			n->w[n->conv[i].gamma + c] = (float)(0.5 + rng_uniform(&r));
			n->w[n->conv[i].beta + c] = (float)(0.4 * rng_normal(&r));
		}
	for (size_t i = 0; i < n->nw; i++)
		w[i] = (double)n->w[i];
	mask = ref_mask(n, &b);
	loss = nn_resnet_step(n, &b, z);
	ref_logits(n, w, NULL, images, x, mask, zd);
	for (size_t i = 0; i < images * d->classes; i++)
		apart = fmax(apart, fabs(zd[i] - (double)z[i]));
	ok(apart < 2e-5, "%s: logits as in double, within %.1e", what, apart);
	is_f64(loss, ref_loss(n, &b, zd), 1e-5, "%s: the loss", what);
	count = choose(n, at, 3);
	for (size_t i = 0; i < count; i++)
		largest = fmax(largest, fabs((double)n->g[at[i]]));
	for (size_t i = 0; i < count; i++) {
		double want = difference(n, &b, w, at[i], mask, zd), got = (double)n->g[at[i]];

		worst = fmax(worst, fabs(got - want) / (fabs(want) + 0.01 * largest));
	}
	ok(worst < 1e-3, "%s: %zu gradients against finite differences: %.1e relative", what, count,
	    worst);
	free(mask);
done:
	free(x);
	free(t);
	free(z);
	free(w);
	free(zd);
	free(at);
	nn_resnet_free(n);
}

static const char *const names[] = { "plain", "avx2", "avx512" };

static void
test_gradients(void)
{
	struct nn_resnet_def a = { .channels = 2,
		.size = 7,
		.classes = 3,
		.nstages = 2,
		.blocks = { 1, 1 },
		.width = { 5, 18 },
		.stride = { 1, 2 } };
	struct nn_resnet_def b = { .channels = 17,
		.size = 6,
		.classes = 4,
		.nstages = 2,
		.blocks = { 1, 1 },
		.width = { 17, 33 },
		.stride = { 2, 1 },
		.pool = NN_RESNET_FLAT,
		.hidden = 7,
		.dropout = 0.3f };
	/* sides that Winograd takes: two blocks of channels; more tiles than it takes at once */
	struct nn_resnet_def c = { .channels = 3,
		.size = 8,
		.classes = 3,
		.nstages = 1,
		.blocks = { 2 },
		.width = { 18 },
		.stride = { 1 } };
	struct nn_resnet_def w = { .channels = 2,
		.size = 36,
		.classes = 3,
		.nstages = 1,
		.blocks = { 1 },
		.width = { 3 },
		.stride = { 1 } };

	for (size_t i = 0; i < 3; i++) {
		char what[64];

		snprintf(what, sizeof what, "%s, stride 2, odd side, mean", names[i]);
		test_gradient(what, &a, 3, 0, false, names[i]);
		snprintf(
		    what, sizeof what, "%s, flat, hidden, dropout, weights, smoothing", names[i]);
		test_gradient(what, &b, 2, 0.1, true, names[i]);
		snprintf(what, sizeof what, "%s, winograd", names[i]);
		test_gradient(what, &c, 2, 0, false, names[i]);
		snprintf(what, sizeof what, "%s, winograd, many tiles", names[i]);
		test_gradient(what, &w, 1, 0, false, names[i]);
	}
}

/* The last rows only: more columns than rows. */
static void
test_rectangles(void)
{
	static const struct {
		const char *what;
		size_t images, features;
		struct nn_resnet_def d;
	} nets[] = {
		{ "7x9 to 4x5, row means", 3, 18 * 4,
		    { 2, 9, 3, 7, 2, { 1, 1 }, { 5, 18 }, { 1, 2 }, NN_RESNET_ROWS, 0, 0 } },
		{ "5x6 to 3x3, stride 2 first, row means, hidden, dropout", 3, 33 * 3,
		    { 17, 6, 4, 5, 2, { 1, 1 }, { 17, 33 }, { 2, 1 }, NN_RESNET_ROWS, 7, 0.3f } },
		{ "12x16 to 3x4, winograd and not, all pixels", 2, 5 * 3 * 4,
		    { 2, 16, 3, 12, 3, { 1, 1, 1 }, { 3, 4, 5 }, { 1, 2, 2 }, NN_RESNET_FLAT, 0,
			0 } },
		{ "28x40, winograd, many tiles, mean", 1, 3,
		    { 2, 40, 3, 28, 1, { 1 }, { 3 }, { 1 }, NN_RESNET_MEAN, 0, 0 } },
		{ "4x8, winograd, two blocks of channels, row means", 2, 18 * 4,
		    { 3, 8, 3, 4, 1, { 2 }, { 18 }, { 1 }, NN_RESNET_ROWS, 0, 0 } },
		{ "1x5, one row, row means", 3, 4,
		    { 2, 5, 3, 1, 1, { 1 }, { 4 }, { 1 }, NN_RESNET_ROWS, 0, 0 } },
		{ "5x5, square, row means", 3, 6 * 3,
		    { 2, 5, 3, 0, 2, { 1, 1 }, { 4, 6 }, { 1, 2 }, NN_RESNET_ROWS, 0, 0 } },
	};

	for (size_t k = 0; k < sizeof nets / sizeof *nets; k++) {
		struct nn_resnet *n = make(&nets[k].d, 1, 1);

		is_i64((int64_t)n->features, (int64_t)nets[k].features, "%s: the features",
		    nets[k].what);
		nn_resnet_free(n);
		for (size_t i = 0; i < 3; i++) {
			char what[96];

			snprintf(what, sizeof what, "%s, %s", names[i], nets[k].what);
			test_gradient(what, &nets[k].d, nets[k].images, 0.1, true, names[i]);
		}
	}
}

/* ---- threads, running statistics, learning ---- */

enum { N = 13 };

static void
test_threads(const struct nn_resnet_def *shape)
{
	struct nn_resnet_def d = *shape;
	struct nn_resnet *n[3];
	float *x = calloc((size_t)N * pixels_of(&d), sizeof *x), t[N * 5], z[3][N * 5];
	struct nn_resnet_batch b = { N, x, t, NULL, NULL, 0.05, 3 };
	double loss[3];

	random_batch(&d, N, x, t, 8, false);
	for (size_t i = 0; i < 3; i++) {
		n[i] = make(&d, i == 2 ? 20 : N, i == 0 ? 1 : i == 1 ? 2 : 5);
		loss[i] = nn_resnet_step(n[i], &b, z[i]);
		loss[i] = nn_resnet_step(n[i], &b, z[i]);
	}
	for (size_t i = 1; i < 3; i++)
		ok(loss[i] == loss[0] && memcmp(z[i], z[0], sizeof z[0]) == 0 &&
			memcmp(n[i]->g, n[0]->g, n[0]->nw * sizeof(float)) == 0 &&
			memcmp(n[i]->state, n[0]->state, n[0]->nstate * sizeof(float)) == 0,
		    "%d threads: the bits of one", i == 1 ? 2 : 5);
	/* evaluation: the running statistics, in any batch */
	struct nn_resnet *one = make(&d, 4, 1);
	double *w = calloc(n[0]->nw, sizeof *w), zd[N * 5], worst = 0;

	memcpy(one->state, n[0]->state, one->nstate * sizeof(float));
	nn_resnet_eval(n[0], N, x, z[0]);
	nn_resnet_eval(one, N, x, z[1]);
	ok(memcmp(z[0], z[1], sizeof z[0]) == 0, "evaluation does not depend on the batch");
	for (size_t i = 0; i < one->nw; i++)
		w[i] = (double)one->w[i];
	ref_logits(one, w, one->state, N, x, NULL, zd);
	for (size_t i = 0; i < (size_t)N * 5; i++)
		worst = fmax(worst, fabs(zd[i] - (double)z[0][i]));
	ok(worst < 1e-4, "and is that of the network in double, within %.1e", worst);
	free(w);
	nn_resnet_free(one);
	for (size_t i = 0; i < 3; i++)
		nn_resnet_free(n[i]);
	free(x);
}

/* Padding must never learn: it is not in the model that is written. */
static bool
padding_is_zero(const struct nn_resnet *n)
{
	for (size_t k = 0; k < n->nconv; k++) {
		const struct nn_resnet_conv *c = &n->conv[k];

		for (size_t o = 0; o < c->ocb * NN_CB; o++)
			for (size_t i = 0; i < c->icb * NN_CB; i++)
				for (size_t t = 0; t < c->k * c->k; t++)
					if ((o >= c->cout || i >= c->cin) &&
					    n->w[ref_place(c, o, i, t)] != 0)
						return false;
		for (size_t o = c->cout; o < c->ocb * NN_CB; o++)
			if (n->w[c->gamma + o] != 0 || n->w[c->beta + o] != 0)
				return false;
	}
	return true;
}

static void
test_learns(void)
{
	struct nn_resnet_def d = { .channels = 3,
		.size = 8,
		.classes = 2,
		.nstages = 2,
		.blocks = { 1, 1 },
		.width = { 6, 10 },
		.stride = { 1, 2 },
		.hidden = 5 };
	struct nn_resnet *n = make(&d, 16, 1);
	float x[16 * 192], t[32], z[32];
	struct nn_resnet_batch b = { 16, x, t, NULL, NULL, 0, 0 };
	struct nn_optim o;
	double first = 0, last = 0;

	random_batch(&d, 16, x, t, 2, false);
	nn_optim_init(&o,
	    &(struct nn_optim_opts){ .kind = NN_ADAMW,
		.beta1 = 0.9f,
		.beta2 = 0.999f,
		.eps = 1e-8f,
		.weight_decay = 0.01f },
	    n->nw);
	for (int i = 0; i < 150; i++) {
		last = nn_resnet_step(n, &b, z);
		first = i ? first : last;
		nn_optim_step(&o, n->w, n->g, n->decay, 0.01f);
	}
	ok(last < 0.1 * first, "it learns 16 images of noise by heart: loss %.3f to %.1e", first,
	    last);
	ok(padding_is_zero(n), "what pads the weights stays 0");
	is_i64((int64_t)nn_resnet_parameters(n),
	    3 * 6 * 9 + 12 + 2 * (6 * 6 * 9 + 12) + 6 * 10 * 9 + 20 + 60 + 20 + 10 * 10 * 9 + 20 +
		10 * 5 + 5 + 5 * 2 + 2,
	    "the number of parameters");
	nn_optim_free(&o);
	nn_resnet_free(n);
}

static void
test_refuses(void)
{
	struct err e;
	struct nn_resnet_def d = { .channels = 3,
		.size = 8,
		.classes = 1,
		.nstages = 1,
		.blocks = { 1 },
		.width = { 6 },
		.stride = { 1 } };

	ok(!nn_resnet_new(&d, 1, 1, &e) && strstr(e.msg, "classes"), "refused: %s", e.msg);
	d.classes = 2;
	d.stride[0] = 3;
	ok(!nn_resnet_new(&d, 1, 1, &e) && strstr(e.msg, "stride"), "refused: %s", e.msg);
	d.stride[0] = 1;
	d.width[0] = 4096;
	d.size = 1024;
	ok(!nn_resnet_new(&d, 4096, 1, &e) && strstr(e.msg, "GB"), "refused: %s", e.msg);
	d.width[0] = 6;
	d.size = 8;
	d.rows = 9;
	ok(!nn_resnet_new(&d, 1, 1, &e) && strstr(e.msg, "rows"), "refused: %s", e.msg);
	d.rows = 1;
	d.stride[0] = 2;
	ok(!nn_resnet_new(&d, 1, 1, &e) && strstr(e.msg, "nothing is left of 1 rows"),
	    "refused: %s", e.msg);
}

int
main(void)
{
	struct nn_resnet_def square = { .channels = 4,
		.size = 12,
		.classes = 5,
		.nstages = 2,
		.blocks = { 2, 1 },
		.width = { 16, 32 },
		.stride = { 1, 2 },
		.dropout = 0.2f };
	struct nn_resnet_def wide = square;

	wide.rows = 8;
	wide.pool = NN_RESNET_ROWS;
	test_counts();
	test_loss();
	test_gradients();
	test_rectangles();
	test_threads(&square);
	test_threads(&wide);
	test_learns();
	test_refuses();
	return done_testing();
}
