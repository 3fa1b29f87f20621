/*
 * The body of resnet_kern.c, resnet_kern_avx2.c and resnet_kern_avx512.c, over vectors of VL
 * floats. Included with VL, NAME, and the tiles: CP1 pixels of one block of output channels, CP2 of
 * two (0: never two); GC1 and GC2 input channels of a gradient tile the same way.
 *
 * A convolution holds CP pixels times one or two blocks of channels in registers and walks
 * blocks, taps and channels of the input: a load of weights, and for each pixel a broadcast and
 * fused multiply-adds. A gradient holds three taps times GC channels of weights and walks pixels.
 */
#include <string.h>

typedef float vec __attribute__((vector_size(VL * 4), aligned(4), may_alias));
typedef int vmask __attribute__((vector_size(VL * 4), aligned(4), may_alias));

#define NV (NN_CB / VL) /* vectors a block */
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif
#define INLINE static inline __attribute__((always_inline))

INLINE vec
splat(float x)
{
	return x - (vec){ 0 };
}

INLINE vec
load(const float *p)
{
	/* not memcpy: for AVX2 gcc makes two copies through the stack of it */
	return *(const vec *)p;
}

INLINE void
store(float *p, vec v)
{
	*(vec *)p = v;
}

INLINE vec
where(vmask m, vec a)
{
	return (vec)(m & (vmask)a);
}

/* ---- convolution ---- */

/* np pixels of a row, nb blocks of output channels from `x`, `w`, `y`. */
INLINE void
conv_tile(const struct nn_rconv_run *o, const float *x, const float *w, float *y, size_t xpix,
    size_t ypix, const int np, const int nb)
{
	vec acc[16][2 * NV];
	const size_t wout = o->icb * o->wblock;

	UNROLL
	for (int p = 0; p < np; p++)
		UNROLL
	for (int v = 0; v < nb * NV; v++)
		acc[p][v] = o->add ? load(y + (size_t)p * ypix + (size_t)(v / NV) * o->yplane +
					  (size_t)(v % NV * VL))
				   : splat(0);
	for (size_t ib = 0; ib < o->icb; ib++) {
		size_t nc = ib + 1 == o->icb ? o->last : NN_CB;

		for (size_t t = 0; t < o->ntaps; t++) {
			const float *xt = x + ib * o->xplane + o->xoff[t];
			const float *wt = w + ib * o->wblock + o->woff[t];

			for (size_t c = 0; c < nc; c++) {
				vec wv[2 * NV];

				UNROLL
				for (int v = 0; v < nb * NV; v++)
					wv[v] = load(wt + (size_t)(v / NV) * wout + c * NN_CB +
						     (size_t)(v % NV * VL));
				UNROLL
				for (int p = 0; p < np; p++) {
					vec s = splat(xt[(size_t)p * xpix + c]);

					UNROLL
					for (int v = 0; v < nb * NV; v++)
						acc[p][v] += s * wv[v];
				}
			}
		}
	}
	UNROLL
	for (int p = 0; p < np; p++)
		UNROLL
	for (int v = 0; v < nb * NV; v++)
		store(y + (size_t)p * ypix + (size_t)(v / NV) * o->yplane + (size_t)(v % NV * VL),
		    acc[p][v]);
}

#define STEP(np, nb) \
	for (; c + (np) <= o->cols; c += (np)) \
		conv_tile(o, x + c * xpix, w, y + c * ypix, xpix, ypix, np, nb);

INLINE void
conv_row1(const struct nn_rconv_run *o, const float *x, const float *w, float *y, size_t xpix,
    size_t ypix)
{
	size_t c = 0;

	STEP(CP1, 1)
#if CP1 > 8
	STEP(8, 1)
#endif
	STEP(4, 1)
	STEP(2, 1)
	STEP(1, 1)
}

#if CP2
INLINE void
conv_row2(const struct nn_rconv_run *o, const float *x, const float *w, float *y, size_t xpix,
    size_t ypix)
{
	size_t c = 0;

	STEP(CP2, 2)
	STEP(4, 2)
	STEP(2, 2)
	STEP(1, 2)
}
#endif
#undef STEP

INLINE void
conv_rows(const struct nn_rconv_run *o, size_t xpix, size_t ypix)
{
	size_t b = 0, wout = o->icb * o->wblock;

#if CP2
	for (; b + 2 <= o->ocb; b += 2)
		for (size_t r = 0; r < o->rows; r++)
			conv_row2(o, o->x + r * o->xrow, o->w + b * wout,
			    o->y + b * o->yplane + r * o->yrow, xpix, ypix);
#endif
	for (; b < o->ocb; b++)
		for (size_t r = 0; r < o->rows; r++)
			conv_row1(o, o->x + r * o->xrow, o->w + b * wout,
			    o->y + b * o->yplane + r * o->yrow, xpix, ypix);
}

static void
conv(const struct nn_rconv_run *o)
{
	/* distances that the compiler knows: else it keeps sixteen addresses on the stack */
	if (o->xpix == NN_CB && o->ypix == NN_CB)
		conv_rows(o, NN_CB, NN_CB);
	else
		conv_rows(o, o->xpix, o->ypix);
}

/* ---- the same by Winograd ---- */

#include "nn/resnet_wino.h"

/* ---- gradients of the weights ---- */

/* nt taps from t0, nc channels of one block in, nb blocks out, over `rows` rows. */
INLINE void
grad_tile(const struct nn_rgrad_run *o, const float *x, const float *dz, float *dw, size_t t0,
    size_t rows, const int nt, const int nc, const int nb)
{
	vec acc[3][8][2 * NV];
	const size_t wout = o->icb * o->wblock;

#define AT(t, c, v) \
	(dw + (size_t)((v) / NV) * wout + (t0 + (size_t)(t)) * (NN_CB * NN_CB) + \
	    (size_t)(c)*NN_CB + (size_t)((v) % NV * VL))
	UNROLL
	for (int t = 0; t < nt; t++)
		UNROLL
	for (int c = 0; c < nc; c++)
		UNROLL
	for (int v = 0; v < nb * NV; v++)
		acc[t][c][v] = load(AT(t, c, v));
	for (size_t r = 0; r < rows; r++) {
		const float *xr = x + r * o->xrow, *zr = dz + r * o->zrow;

		for (size_t p = 0; p < o->cols; p++, xr += o->xpix, zr += NN_CB) {
			vec d[2 * NV];

			UNROLL
			for (int v = 0; v < nb * NV; v++)
				d[v] =
				    load(zr + (size_t)(v / NV) * o->zplane + (size_t)(v % NV * VL));
			UNROLL
			for (int t = 0; t < nt; t++)
				UNROLL
			for (int c = 0; c < nc; c++) {
				vec s = splat(xr[o->xoff[t0 + (size_t)t] + (size_t)c]);

				UNROLL
				for (int v = 0; v < nb * NV; v++)
					acc[t][c][v] += s * d[v];
			}
		}
	}
	UNROLL
	for (int t = 0; t < nt; t++)
		UNROLL
	for (int c = 0; c < nc; c++)
		UNROLL
	for (int v = 0; v < nb * NV; v++)
		store(AT(t, c, v), acc[t][c][v]);
#undef AT
}

/* All taps and channels of one block in and nb out. */
#define GRAD_BLOCK(nb, gc) \
	static void grad_block##nb(const struct nn_rgrad_run *o, const float *x, const float *dz, \
	    float *dw, size_t rows, size_t last) \
	{ \
		for (size_t t = 0; t < o->k * o->k; t += o->k) \
			for (size_t c = 0; c < last; c += (gc)) \
				if (o->k == 3) \
					grad_tile( \
					    o, x + c, dz, dw + c * NN_CB, t, rows, 3, gc, nb); \
				else \
					grad_tile( \
					    o, x + c, dz, dw + c * NN_CB, t, rows, 1, gc, nb); \
	}
GRAD_BLOCK(1, GC1)
#if CP2
GRAD_BLOCK(2, GC2)
#endif

static void
grad(const struct nn_rgrad_run *o)
{
	/* enough pixels a visit that loading the sums costs little, few enough to stay in L1 */
	size_t step = o->cols >= 64 ? 1 : (63 + o->cols) / o->cols;

	for (size_t r = 0; r < o->rows; r += step) {
		size_t n = o->rows - r < step ? o->rows - r : step;
		const float *x = o->x + r * o->xrow, *z = o->dz + r * o->zrow;

		for (size_t ib = 0; ib < o->icb; ib++) {
			size_t last = ib + 1 == o->icb ? o->last : NN_CB, ob = 0;
			float *dw = o->dw + ib * o->wblock;

#if CP2
			for (; ob + 2 <= o->ocb; ob += 2)
				grad_block2(o, x + ib * o->xplane, z + ob * o->zplane,
				    dw + ob * o->icb * o->wblock, n, last);
#endif
			for (; ob < o->ocb; ob++)
				grad_block1(o, x + ib * o->xplane, z + ob * o->zplane,
				    dw + ob * o->icb * o->wblock, n, last);
		}
	}
}

/* ---- between convolutions ---- */

static void
border(const struct nn_pic *o, size_t b)
{
	size_t row = (o->w + 2) * NN_CB;
	float *p = o->p + b * (o->h + 2) * row;

	memset(p, 0, row * sizeof *p);
	for (size_t r = 1; r <= o->h; r++) {
		memset(p + r * row, 0, NN_CB * sizeof *p);
		memset(p + (r + 1) * row - NN_CB, 0, NN_CB * sizeof *p);
	}
	memset(p + (o->h + 1) * row, 0, row * sizeof *p);
}

INLINE float *
inside(const struct nn_pic *o, size_t b, size_t r)
{
	return o->p + ((b * (o->h + 2) + r + 1) * (o->w + 2) + 1) * NN_CB;
}

static void
act(struct nn_pic out, const float *z, const float *a, const float *b, const float *skip,
    const float *sa, const float *sb, float *keep)
{
	for (size_t k = 0; k < out.cb; k++) {
		border(&out, k);
		for (size_t r = 0; r < out.h; r++) {
			size_t at = (k * out.h + r) * out.w * NN_CB;
			float *o = inside(&out, k, r);

			for (size_t i = 0; i < out.w * NN_CB; i += NN_CB)
				UNROLL
			for (size_t v = 0; v < NN_CB; v += VL) {
				size_t c = k * NN_CB + v, j = at + i + v;
				vec y = load(z + j) * load(a + c) + load(b + c);

				if (skip && sa)
					y += load(skip + j) * load(sa + c) + load(sb + c);
				else if (skip)
					y += load(skip + j);
				y = where(y > 0.0f, y);
				store(o + i + v, y);
				if (keep)
					store(keep + j, y);
			}
		}
	}
}

static void
pad(struct nn_pic out, const float *x)
{
	for (size_t k = 0; k < out.cb; k++) {
		border(&out, k);
		for (size_t r = 0; r < out.h; r++)
			memcpy(inside(&out, k, r), x + (k * out.h + r) * out.w * NN_CB,
			    out.w * NN_CB * sizeof *x);
	}
}

static void
bnback(struct nn_pic out, const float *g, const float *z, const float *A, const float *B,
    const float *C)
{
	for (size_t k = 0; k < out.cb; k++) {
		border(&out, k);
		for (size_t r = 0; r < out.h; r++) {
			size_t at = (k * out.h + r) * out.w * NN_CB;
			float *o = inside(&out, k, r);

			for (size_t i = 0; i < out.w * NN_CB; i += NN_CB)
				UNROLL
			for (size_t v = 0; v < NN_CB; v += VL) {
				size_t c = k * NN_CB + v, j = at + i + v;

				store(o + i + v, load(g + j) * load(A + c) +
						     (load(z + j) * load(B + c) + load(C + c)));
			}
		}
	}
}

/* Sums in float of 64 pixels at a time, and of those: the error of a long sum stays small. */
static void
stats(size_t cb, size_t npix, const float *z, float *sum, float *sq)
{
	for (size_t k = 0; k < cb; k++)
		for (size_t v = 0; v < NN_CB; v += VL) {
			const float *p = z + k * npix * NN_CB + v;
			vec s = splat(0), q = splat(0);

			for (size_t i = 0; i < npix;) {
				size_t end = npix - i < 64 ? npix : i + 64;
				vec s1 = splat(0), q1 = splat(0);

				for (; i < end; i++) {
					vec x = load(p + i * NN_CB);

					s1 += x;
					q1 += x * x;
				}
				s += s1;
				q += q1;
			}
			store(sum + k * NN_CB + v, s);
			store(sq + k * NN_CB + v, q);
		}
}

static void
mask(float *g, const struct nn_pic *y, size_t cb, size_t npix, const float *z, const float *mean,
    float *sum, float *dot)
{
	size_t w = y ? y->w : npix, h = y ? y->h : 1;

	for (size_t k = 0; k < cb; k++)
		for (size_t v = 0; v < NN_CB; v += VL) {
			vec s = splat(0), q = splat(0), m = load(mean + k * NN_CB + v);

			for (size_t r = 0; r < h; r++) {
				const float *yr = y ? inside(y, k, r) + v : NULL;
				size_t at = (k * npix + r * w) * NN_CB + v;
				vec s1 = splat(0), q1 = splat(0);

				for (size_t i = 0; i < w * NN_CB; i += NN_CB) {
					vec d = load(g + at + i);

					if (yr) {
						d = where(load(yr + i) > 0.0f, d);
						store(g + at + i, d);
					}
					s1 += d;
					q1 += d * (load(z + at + i) - m);
				}
				s += s1;
				q += q1;
			}
			store(sum + k * NN_CB + v, s);
			store(dot + k * NN_CB + v, q);
		}
}

static const struct nn_rkern kernels = {
	.name = NAME,
	.conv = conv,
	.grad = grad,
	.wino = wino,
	.wino_weights = wino_weights,
	.act = act,
	.pad = pad,
	.bnback = bnback,
	.stats = stats,
	.mask = mask,
};
