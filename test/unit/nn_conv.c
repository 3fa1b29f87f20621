/*
 * Convolution kernels against plain sums in double precision: random shapes, every instruction set
 * of this machine, both methods; and that the bits of an image depend neither on how it is cut into
 * parts nor on what lay in the memory before.
 */
#include <float.h>

#include "base/mem.h"
#include "base/rng.h"
#include "nn/conv.h"
#include "nn/pool.h"
#include "unit/t.h"

static struct rng rng;

static int
upto(int n)
{
	return 1 + (int)rng_below(&rng, (uint64_t)n);
}

static float *
random_floats(size_t n, double scale)
{
	float *x = mem_array(n, sizeof *x);

	for (size_t i = 0; i < n; i++)
		x[i] = (float)(scale * rng_normal(&rng));
	return x;
}

/* What is allocated for a run: aligned as asked, full of numbers that would show. */
static float *
dirty(size_t n, void **block)
{
	float *x;

	*block = mem_alloc(n * sizeof *x + 64);
	x = (float *)(((uintptr_t)*block + 63) & ~(uintptr_t)63);
	for (size_t i = 0; i < n; i++)
		x[i] = NAN;
	return x;
}

struct problem {
	struct nn_conv_shape s;
	struct nn_conv_opts o;
	float *x, *w, *bias, *res; /* res: NULL or of the output's shape */
	double *want, *size;       /* sums, and sums of absolute values: the scale of rounding */
};

static size_t
outputs(const struct problem *p)
{
	return (size_t)p->s.cout * (size_t)p->s.oh * (size_t)p->s.ow;
}

/* The definition, one output. */
static double
one_sum(const struct problem *p, int o, int y, int x, double *size)
{
	const struct nn_conv_shape *s = &p->s;
	int in = s->cin / s->groups, first = o / (s->cout / s->groups) * in;
	double sum = 0;

	*size = 0;
	for (int i = 0; i < in; i++)
		for (int r = 0; r < s->kh; r++)
			for (int q = 0; q < s->kw; q++) {
				int iy = y * s->sh - s->top + r * s->dh;
				int ix = x * s->sw - s->left + q * s->dw;
				double a;

				if (iy < 0 || ix < 0 || iy >= s->h || ix >= s->w)
					continue;
				a = (double)p->x[((first + i) * s->h + iy) * s->w + ix] *
				    (double)p->w[((o * in + i) * s->kh + r) * s->kw + q];
				sum += a;
				*size += fabs(a);
			}
	return sum;
}

static void
solve(struct problem *p)
{
	const struct nn_conv_shape *s = &p->s;
	size_t at = 0;

	p->want = mem_array(outputs(p), sizeof *p->want);
	p->size = mem_array(outputs(p), sizeof *p->size);
	for (int o = 0; o < s->cout; o++)
		for (int y = 0; y < s->oh; y++)
			for (int x = 0; x < s->ow; x++, at++) {
				double v = one_sum(p, o, y, x, &p->size[at]);

				double bias = p->bias ? (double)p->bias[o] : 0;
				double res = p->res ? (double)p->res[at] : 0;

				p->size[at] += fabs(bias) + fabs(res);
				v += bias + res;
				if (p->o.clamp)
					v = fmin(fmax(v, (double)p->o.lo), (double)p->o.hi);
				p->want[at] = v;
			}
}

/* Any shape, or with a stride a convolution of 3x3 with that. */
static void
make(struct problem *p, int stride)
{
	struct nn_conv_shape *s = &p->s;
	int below, behind;

	*p = (struct problem){ .s = { .cin = upto(40), .cout = upto(70), .groups = 1 } };
	*s = (struct nn_conv_shape){ .cin = upto(40),
		.cout = upto(70),
		.groups = 1,
		.h = upto(19),
		.w = upto(40),
		.kh = 3,
		.kw = 3,
		.sh = stride,
		.sw = stride,
		.dh = 1,
		.dw = 1,
		.top = (int)rng_below(&rng, 3),
		.left = (int)rng_below(&rng, 3) };
	if (!stride) {
		s->kh = upto(5), s->kw = upto(5);
		s->sh = upto(3), s->sw = upto(3);
		s->dh = upto(2), s->dw = upto(2);
		if (rng_below(&rng, 3) == 0) {
			s->groups = upto(12);
			s->cin = s->groups * upto(5), s->cout = s->groups * upto(7);
		}
	}
	below = (int)rng_below(&rng, 3), behind = (int)rng_below(&rng, 3);
	while (s->top + s->h + below < (s->kh - 1) * s->dh + 1)
		s->h++;
	while (s->left + s->w + behind < (s->kw - 1) * s->dw + 1)
		s->w++;
	s->oh = (s->top + s->h + below - (s->kh - 1) * s->dh - 1) / s->sh + 1;
	s->ow = (s->left + s->w + behind - (s->kw - 1) * s->dw - 1) / s->sw + 1;
	p->x = random_floats((size_t)s->cin * (size_t)s->h * (size_t)s->w, 1);
	p->w = random_floats(
	    (size_t)s->cout * (size_t)(s->cin / s->groups) * (size_t)(s->kh * s->kw), 0.3);
	p->bias = rng_below(&rng, 4) ? random_floats((size_t)s->cout, 1) : NULL;
	p->res = rng_below(&rng, 2) ? random_floats(outputs(p), 1) : NULL;
	p->o.clamp = rng_below(&rng, 2);
	p->o.hi = rng_below(&rng, 2) ? 2.5f : INFINITY;
	p->o.bias = p->bias;
	solve(p);
}

static void
drop(struct problem *p)
{
	free(p->x), free(p->w), free(p->bias), free(p->res), free(p->want), free(p->size);
}

static void
put_image(const struct nn_kernels *k, const struct nn_map *m, const float *chw, float *x)
{
	nn_map_clear_border(m, x);
	for (int part = 0; part < 2; part++)
		nn_map_pack(k, m, chw, x, part, 2);
}

/* y: what the kernels make of it as the last of some images, in `parts` parts, written last to
 * first. */
static bool
compute(
    const struct nn_kernels *k, struct problem *p, int in_lanes, int images, int parts, float *y)
{
	const struct nn_conv_shape *s = &p->s;
	int lanes = nn_kernels_lanes(k);
	struct nn_map in, out, res;
	struct nn_conv *c;
	void *block[4];
	bool winograd;

	size_t last = (size_t)images - 1, n = (size_t)images;

	p->o.in_lanes = in_lanes;
	p->o.images = images;
	c = nn_conv_new(k, s, &p->o, p->w);
	winograd = nn_conv_winograd(c);
	nn_map_init(&in, s->cin, s->h, s->w, in_lanes ? in_lanes : lanes);
	nn_map_init(&out, s->cout, s->oh, s->ow, lanes);
	nn_map_init(&res, s->cout, s->oh, s->ow, lanes);
	nn_map_border(&in, (int)rng_below(&rng, 2), 0, 0, (int)rng_below(&rng, 3));
	nn_map_border(&out, (int)rng_below(&rng, 2), (int)rng_below(&rng, 3), 1, 0);
	nn_map_border(&res, 0, 0, (int)rng_below(&rng, 2), 1);
	nn_conv_border(c, &in);
	float *x = dirty(n * in.size, &block[0]), *z = dirty(n * out.size, &block[1]);
	float *r = dirty(n * res.size, &block[2]), *work = dirty(nn_conv_scratch(c), &block[3]);
	put_image(k, &in, p->x, x + last * in.size);
	if (p->res)
		put_image(k, &res, p->res, r + last * res.size);
	struct nn_conv_io io = { &in, &res, &out, x, p->res ? r : NULL, z, work, images, in.size,
		res.size, out.size };
	for (int i = parts; i-- > 0;)
		nn_conv_run(c, &io, i, parts);
	nn_map_unpack(k, &out, z + last * out.size, y, 0, 1);
	for (int i = 0; i < 4; i++)
		free(block[i]);
	nn_conv_free(c);
	return winograd;
}

/* Largest error, in units of FLT_EPSILON times the sum of absolute products (never below 1). */
static double
error_of(const struct problem *p, const float *y, bool whole)
{
	double worst = 0, most = 1;

	for (size_t i = 0; i < outputs(p); i++)
		most = fmax(most, p->size[i]);
	for (size_t i = 0; i < outputs(p); i++) {
		double scale = whole ? most : fmax(p->size[i], 1);
		double d = fabs((double)y[i] - p->want[i]) / scale / (double)FLT_EPSILON;

		worst = isnan((double)y[i]) ? INFINITY : fmax(worst, d);
	}
	return worst;
}

/*
 * Tolerance: a sum of n products in order is within n/2 roundings of the sum of absolute values,
 * in practice about sqrt(n) / 4; 8 is asked of direct sums. A Winograd tile mixes 36 pixels with
 * factors up to 5 x 5, so its error is to be compared with the largest sum around, and 40 is
 * asked (Lavin & Gray found about 10 times that of direct sums); tiles of 2 x 2 only add and
 * halve, and those of stride 2 have small factors: 12.
 */
static void
test_shapes(const struct nn_kernels *k, int stride, enum nn_method method)
{
	double worst = 0;
	bool same = true, company = true, fewer = true;
	int winograds = 0;
	double limit = method == NN_WINOGRAD && stride == 1 ? 40
		       : stride && method != NN_DIRECT      ? 12
							    : 8;

	for (int round = 0; round < 60; round++) {
		struct problem p;
		size_t n;
		bool w;

		make(&p, stride);
		p.o.method = method;
		n = outputs(&p);
		float *y = mem_array(n, sizeof *y), *z = mem_array(n, sizeof *z);
		w = compute(k, &p, 0, 1, 1, y);
		winograds += w;
		worst = fmax(worst, error_of(&p, y, w));
		compute(k, &p, 0, 1, 1 + upto(4), z);
		same &= memcmp(y, z, n * sizeof *y) == 0;
		compute(k, &p, 0, 1 + upto(3), upto(3), z);
		company &= memcmp(y, z, n * sizeof *y) == 0;
		if (p.s.groups == 1 && p.s.cin < nn_kernels_lanes(k)) {
			compute(k, &p, p.s.cin, 1, 2, z);
			fewer &= error_of(&p, z, false) < 8;
		}
		free(y), free(z);
		drop(&p);
	}
	ok(worst < limit, "%s: %s %d, worst %.3g roundings", nn_kernels_name(k),
	    stride ? "3x3, stride" : "any shape", stride, worst);
	ok(same, "%s: parts do not change the bits", nn_kernels_name(k));
	ok(company, "%s: nor do other images", nn_kernels_name(k));
	ok(fewer, "%s: inputs of few channels", nn_kernels_name(k));
	if (stride)
		is_i64(
		    winograds, method == NN_DIRECT ? 0 : 60, "and the method is the one asked for");
}

/* Weights that the second cache does not hold are asked for ahead, and few tiles are cut by
 * channels: neither is to be seen. */
static void
test_large_weights(const struct nn_kernels *k, int stride, enum nn_method method)
{
	enum { CIN = 128, COUT = 256 };
	int side = stride == 1 ? 6 : 9, o = (side - 1) / stride + 1;
	struct problem p = { .s = { CIN, COUT, 1, side, side, o, o, 3, 3, stride, stride, 1, 1, 1,
				 1 },
		.o = { .method = method, .clamp = true, .hi = INFINITY } };
	size_t n = outputs(&p);
	float *y = mem_array(n, sizeof *y), *z = mem_array(n, sizeof *z);
	bool w;

	p.x = random_floats((size_t)CIN * (size_t)(side * side), 1);
	p.w = random_floats((size_t)COUT * CIN * 9, 0.05);
	p.bias = random_floats(COUT, 1);
	p.res = random_floats(n, 1);
	p.o.bias = p.bias;
	solve(&p);
	w = compute(k, &p, 0, 1, 1, y);
	ok(w == (method != NN_DIRECT) && error_of(&p, y, w) < (w ? 40 : 8),
	    "%s: large weights, stride %d", nn_kernels_name(k), stride);
	compute(k, &p, 0, 1, 5, z);
	ok(memcmp(y, z, n * sizeof *y) == 0, "%s: the same in parts", nn_kernels_name(k));
	compute(k, &p, 0, 2, 3, z);
	ok(memcmp(y, z, n * sizeof *y) == 0, "%s: and in company", nn_kernels_name(k));
	free(y), free(z);
	drop(&p);
}

/*
 * Weights as trained ones are (He's scale, heavy tails, a few channels that are large) under
 * activations up to 1e4: how much worse Winograd's sums are, and that they are within 1e-4 of the
 * largest output all the same.
 */
static void
test_large_activations(const struct nn_kernels *k)
{
	struct problem p = { .s = { .cin = 64,
				 .cout = 64,
				 .groups = 1,
				 .h = 16,
				 .w = 16,
				 .oh = 16,
				 .ow = 16,
				 .kh = 3,
				 .kw = 3,
				 .sh = 1,
				 .sw = 1,
				 .dh = 1,
				 .dw = 1,
				 .top = 1,
				 .left = 1 } };
	size_t n = outputs(&p);
	float *y = mem_array(n, sizeof *y);
	double worst[2], top = 0;

	p.x = random_floats(64 * 16 * 16, 1);
	p.w = random_floats((size_t)64 * 64 * 9, sqrt(2. / (64 * 9)));
	for (size_t i = 0; i < (size_t)64 * 256; i++) {
		float scale = i / 256 % 16 == 3 ? 3000 : 10; /* after ReLU, some channels large */

		p.x[i] = p.x[i] > 0 ? p.x[i] * scale : 0;
	}
	for (size_t i = 0; i < (size_t)64 * 64 * 9; i += 37)
		p.w[i] *= 8;
	solve(&p);
	for (int m = 0; m < 2; m++) {
		p.o.method = m ? NN_WINOGRAD : NN_DIRECT;
		compute(k, &p, 0, 1, 1, y);
		worst[m] = 0;
		for (size_t i = 0; i < n; i++) {
			worst[m] = fmax(worst[m], fabs((double)y[i] - p.want[i]));
			top = fmax(top, fabs(p.want[i]));
		}
	}
	t_note("%s: largest output %.3g, error direct %.2g, Winograd %.2g of it",
	    nn_kernels_name(k), top, worst[0] / top, worst[1] / top);
	ok(worst[0] < 1e-6 * top, "%s: direct under large activations", nn_kernels_name(k));
	ok(worst[1] < 1e-5 * top, "%s: Winograd under large activations", nn_kernels_name(k));
	free(y);
	drop(&p);
}

static double
pool_one(const struct nn_pool *p, const struct nn_map *m, const float *x, int y0, int x0)
{
	double max = -INFINITY, sum = 0;
	int met = 0;

	for (int y = y0; y < y0 + p->kh; y++)
		for (int i = x0; i < x0 + p->kw; i++) {
			if (y < 0 || i < 0 || y >= m->h || i >= m->w)
				continue;
			max = fmax(max, (double)x[y * m->w + i]);
			sum += (double)x[y * m->w + i];
			met++;
		}
	if (p->kind == NN_POOL_MAX)
		return max;
	return sum / (p->count_border ? p->kh * p->kw : met);
}

static void
test_pools(const struct nn_kernels *k)
{
	double worst = 0;

	for (int round = 0; round < 60; round++) {
		struct nn_pool p = { round % 2, upto(4), upto(4), upto(3), upto(3), 0, 0,
			rng_below(&rng, 2) };
		struct nn_map in, out;
		int c = upto(40), h = p.kh + upto(12), w = p.kw + upto(12);
		void *block[2];

		p.top = (int)rng_below(&rng, (uint64_t)p.kh);
		p.left = (int)rng_below(&rng, (uint64_t)p.kw);
		nn_map_init(&in, c, h, w, nn_kernels_lanes(k));
		nn_map_init(&out, c, (h + p.top - 1) / p.sh + 1, (w + p.left - 1) / p.sw + 1,
		    nn_kernels_lanes(k));
		nn_map_border(&in, 1, 1, 1, 1);
		nn_map_border(&out, 0, 1, 2, 0);
		float *x = dirty(in.size, &block[0]), *y = dirty(out.size, &block[1]);
		size_t n = (size_t)c * (size_t)(out.h * out.w);
		float *a = random_floats((size_t)c * (size_t)(h * w), 1);
		float *b = mem_array(n, sizeof *b);
		put_image(k, &in, a, x);
		for (int part = 0; part < 3; part++)
			nn_pool_run(k, &p, &in, x, &out, y, part, 3);
		nn_map_unpack(k, &out, y, b, 0, 1);
		for (int i = 0; i < (int)n; i++) {
			const float *image = a + i / (out.h * out.w) * h * w;
			int oy = i / out.w % out.h, ox = i % out.w;
			double want =
			    pool_one(&p, &in, image, oy * p.sh - p.top, ox * p.sw - p.left);

			worst = fmax(worst, fabs(want - (double)b[i]));
		}
		free(a), free(b), free(block[0]), free(block[1]);
	}
	ok(worst < 1e-6, "%s: pools, worst %.2g", nn_kernels_name(k), worst);
}

static void
test_sums(const struct nn_kernels *k)
{
	struct nn_map a, b;
	void *block[2];
	float chw[3][37 * 35];
	bool good = true;

	nn_map_init(&a, 37, 5, 7, nn_kernels_lanes(k));
	b = a;
	nn_map_border(&a, 1, 1, 1, 1);
	float *x = dirty(a.size, &block[0]), *y = dirty(b.size, &block[1]);
	for (size_t i = 0; i < 37 * 35; i++)
		chw[0][i] = (float)rng_normal(&rng), chw[1][i] = (float)rng_normal(&rng);
	put_image(k, &a, chw[0], x);
	put_image(k, &b, chw[1], y);
	struct nn_sum s = { &a, &b, &b, x, y, y, true, 0, 1 };
	for (int part = 0; part < 2; part++)
		nn_sum_run(k, &s, part, 2);
	nn_map_unpack(k, &b, y, chw[2], 0, 1);
	for (size_t i = 0; i < 37 * 35; i++)
		good &= chw[2][i] == fminf(fmaxf(chw[0][i] + chw[1][i], 0), 1);
	ok(good, "%s: sums held within bounds", nn_kernels_name(k));
	free(block[0]), free(block[1]);
}

int
main(void)
{
	const struct nn_kernels *k;

	ok(nn_kernels_named("base") && !nn_kernels_named("none"), "kernels by name");
	for (int i = 0; (k = nn_kernels_at(i)); i++) {
		rng_seed(&rng, 11);
		test_shapes(k, 0, NN_AUTO);
		test_shapes(k, 1, NN_DIRECT);
		test_shapes(k, 1, NN_WINOGRAD);
		test_shapes(k, 1, NN_WINOGRAD_2);
		test_shapes(k, 2, NN_WINOGRAD);
		for (int stride = 1; stride <= 2; stride++) {
			test_large_weights(k, stride, NN_DIRECT);
			test_large_weights(k, stride, NN_WINOGRAD);
		}
		test_large_activations(k);
		test_pools(k);
		test_sums(k);
	}
	return done_testing();
}
