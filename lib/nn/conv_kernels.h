/*
 * The body of conv_base.c, conv_avx2.c and conv_avx512.c: written once over vectors of VL floats
 * and compiled for each instruction set. Included with NAME, VL and the lists of tile sizes set:
 * TILES(X) calls X(rows, cols) for each, 1 x 1 first. Everything is static, so the three do not
 * meet.
 */
#include <stdint.h>

#include "nn/conv_isa.h"

enum { LINE = 16 }; /* of the cache, floats */

#ifdef __SSE2__
#include <immintrin.h>
#endif

typedef float vec __attribute__((vector_size(VL * 4), aligned(4), may_alias));
typedef int32_t veci __attribute__((vector_size(VL * 4), aligned(4), may_alias));

/* Sums that loops go over are in registers only if no loop is left. */
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 36")
#endif
/* Where x comes from is not to be seen: else each of many addresses is worked out for itself and
 * kept, on the stack. */
#define KEEP(x) __asm__("" : "+r"(x))
#define INLINE static inline __attribute__((always_inline))

/* Not by memcpy: GCC 12 copies 32 bytes in two halves through the stack, fifteen times as slow. */
INLINE vec
load(const float *p)
{
	return *(const vec *)p;
}

INLINE void
store(float *p, vec v)
{
	*(vec *)p = v;
}

INLINE vec
splat(float x)
{
	return x - (vec){ 0 };
}

/* The larger; of equals and where a is no number, b. */
INLINE vec
larger(vec a, vec b)
{
#if VL == 16 && defined __AVX512F__
	return (vec)_mm512_max_ps((__m512)a, (__m512)b);
#elif VL == 8 && defined __AVX__
	return (vec)_mm256_max_ps((__m256)a, (__m256)b);
#elif VL == 4 && defined __SSE2__
	return (vec)_mm_max_ps((__m128)a, (__m128)b);
#else
	veci m = a > b;

	return (vec)((m & (veci)a) | (~m & (veci)b));
#endif
}

/* The smaller; of equals and where a is no number, b. */
INLINE vec
smaller(vec a, vec b)
{
#if VL == 16 && defined __AVX512F__
	return (vec)_mm512_min_ps((__m512)a, (__m512)b);
#elif VL == 8 && defined __AVX__
	return (vec)_mm256_min_ps((__m256)a, (__m256)b);
#elif VL == 4 && defined __SSE2__
	return (vec)_mm_min_ps((__m128)a, (__m128)b);
#else
	return -larger(-a, -b);
#endif
}

INLINE vec
held(vec v, float lo, float hi)
{
	/* in this order what is no number stays none, for the caller to see */
	return smaller(splat(hi), larger(splat(lo), v));
}

/* ---- register tiles ---- */

/* Distances in floats. `lanes`, `step`: of tiles that are not compiled for them. */
struct tile {
	size_t plane, row, col; /* of the input: blocks, rows of taps, columns of taps */
	size_t step, step_row;  /* from the input of one output pixel to the next, and of rows */
	size_t y_plane, y_row, r_plane, r_row; /* of the output and the residual */
	size_t ahead; /* of the weights, what is asked for before its time; 0: nothing */
	int blocks, kh, kw, lanes;
	bool clamp;
	float lo, hi;
};

typedef void
tile_fn(const struct tile *t, const float *a, const float *w, const float *bias, const float *res,
    float *y);

/*
 * rows x cols pixels of `vecs` blocks of output channels: sums in registers, for each input value
 * a broadcast and a multiply-add a vector. With lanes and step constant all inputs are at fixed
 * distances from one pointer. step 0: as t says. bare: one tap, and the sums are all that is wanted
 * (short sums are not to pay for the rest). far: weights that come from beyond the second cache are
 * asked for while those before them are at work, once for every use of the latter; left to itself
 * the processor waits for them in the first tile, and for nothing in the others.
 */
INLINE void
tile(const struct tile *t, const float *a, const float *w, const float *bias, const float *res,
    float *y, const int rows, const int cols, const int vecs, const size_t step, const bool bare,
    const bool far)
{
	vec sum[14][2]; /* the most that fit in registers; those not used take none */
	const int lanes = step ? VL : t->lanes;
	const size_t dx = step ? step : t->step, dy = t->step_row;
	const int kh = bare ? 1 : t->kh, kw = bare ? 1 : t->kw;

	UNROLL
	for (int p = 0; p < rows * cols; p++)
		UNROLL
	for (int v = 0; v < vecs; v++)
		sum[p][v] = bare || bias ? load(bias + v * VL) : splat(0);
	for (int b = 0; b < t->blocks; b++)
		for (int i = 0; i < kh; i++)
			for (int j = 0; j < kw; j++) {
				const float *in = a + (size_t)b * t->plane + (size_t)i * t->row +
						  (size_t)j * t->col;

				for (int k = 0; k < lanes; k++, in++, w += vecs * VL) {
					vec w0 = load(w), w1 = load(w + (vecs - 1) * VL);

					if (far)
						__builtin_prefetch(w + t->ahead, 0, 2);
					if (far && vecs * VL > LINE)
						__builtin_prefetch(w + t->ahead + LINE, 0, 2);

					UNROLL
					for (int p = 0; p < rows * cols; p++) {
						vec x = splat(in[(size_t)(p / cols) * dy +
								 (size_t)(p % cols) * dx]);

						sum[p][0] += x * w0;
						if (vecs == 2)
							sum[p][1] += x * w1;
					}
				}
			}
	UNROLL
	for (int p = 0; p < rows * cols; p++)
		for (int v = 0; v < vecs; v++) {
			size_t at = (size_t)(p / cols) * t->y_row + (size_t)(p % cols * VL);
			size_t from = (size_t)(p / cols) * t->r_row + (size_t)(p % cols * VL);
			vec s = sum[p][v];

			if (!bare && res)
				s += load(res + from + (size_t)v * t->r_plane);
			if (!bare && t->clamp)
				s = held(s, t->lo, t->hi);
			store(y + at + (size_t)v * t->y_plane, s);
		}
}

#define TILE(rows, cols, vecs, name, step, bare, far) \
	static void tile_##rows##_##cols##_##vecs##_##name(const struct tile *t, const float *a, \
	    const float *w, const float *bias, const float *res, float *y) \
	{ \
		tile(t, a, w, bias, res, y, rows, cols, vecs, step, bare, far); \
	}
#define BOTH(rows, cols, name, step, bare, far) \
	TILE(rows, cols, 1, name, step, bare, far) \
	TILE(rows, cols, 2, name, step, bare, far)
#define ALL(rows, cols) \
	BOTH(rows, cols, any, 0, false, false) \
	BOTH(rows, cols, one, VL, false, false) \
	BOTH(rows, cols, two, 2 * VL, false, false) \
	BOTH(rows, cols, bare, VL, true, false) \
	BOTH(rows, cols, one_far, VL, false, true) \
	BOTH(rows, cols, two_far, 2 * VL, false, true) \
	BOTH(rows, cols, bare_far, VL, true, true)
TILES(ALL)

#define SIZE(rows, cols) { rows, cols },
#define KIND(rows, cols, name) { tile_##rows##_##cols##_1_##name, tile_##rows##_##cols##_2_##name },
#define ROW(rows, cols) \
	{ KIND(rows, cols, any) KIND(rows, cols, one) KIND(rows, cols, two) KIND(rows, cols, bare) \
		    KIND(rows, cols, one_far) KIND(rows, cols, two_far) \
			KIND(rows, cols, bare_far) },
static const struct nn_tile_size sizes[] = { TILES(SIZE) };
/* Any lanes and step; neighbours; every other pixel; neighbours, sums alone. */
enum { ANY, ONE, TWO, BARE, ONE_FAR, TWO_FAR, BARE_FAR, KINDS };
static tile_fn *const tiles[][KINDS][2] = { TILES(ROW) }; /* [size][kind][vectors - 1] */

/* ---- direct convolution ---- */

/* One row of tiles of an output group: `cut` says which is next, by what is left of w pixels. */
INLINE void
tile_row(const struct tile *t, int kind, int vecs, const unsigned char *cut, int w, const float *a,
    const float *wt, const float *bias, const float *res, float *y)
{
	int cols;

	for (int x = 0; x < w; x += cols) {
		int size = cut[w - x];
		size_t from = (size_t)x * t->step, to = (size_t)x * VL;

		cols = sizes[size].cols;
		tiles[size][kind][vecs - 1](t, a + from, wt, bias, res ? res + to : NULL, y + to);
	}
}

static void
direct_row(const struct nn_conv *c, const struct nn_conv_io *io, const struct tile *t, int image,
    int g, int y)
{
	const struct nn_conv_shape *s = &c->s;
	const struct nn_map *in = io->in, *r = io->res_map;
	int rows = y + c->tile_rows > s->oh ? 1 : c->tile_rows;
	int vecs = (g + 1) * NN_VECS > c->out_blocks ? 1 : 2;
	int kind = t->lanes != VL              ? ANY
		   : t->step == VL             ? (t->ahead ? ONE_FAR : ONE)
		   : t->step == (size_t)2 * VL ? (t->ahead ? TWO_FAR : TWO)
					       : ANY;
	const float *w = c->w + (size_t)g * c->group_floats;
	const float *bias = c->bias + (size_t)(g * NN_VECS * VL);

	size_t i = (size_t)image;

	tile_row(t, kind, vecs, c->cut[rows - 1][vecs - 1], s->ow,
	    io->x + i * io->x_step + nn_map_at(in, c->first[g], y * s->sh - s->top, -s->left), w,
	    bias, io->res ? io->res + i * io->res_step + nn_map_at(r, g * NN_VECS, y, 0) : NULL,
	    io->y + i * io->y_step + nn_map_at(io->out, g * NN_VECS, y, 0));
}

static void
direct(const struct nn_conv *c, const struct nn_conv_io *io, int part, int parts)
{
	const struct nn_conv_shape *s = &c->s;
	const struct nn_map *in = io->in;
	int step = c->tile_rows, all = (s->oh + step - 1) / step, rows = all * nn_images(io);
	int n = rows * c->out_groups;
	struct tile t = { .plane = in->plane,
		.ahead = nn_conv_ahead(c),
		.row = in->row * (size_t)s->dh,
		.col = (size_t)(in->lanes * s->dw),
		.step = (size_t)(in->lanes * s->sw),
		.step_row = in->row * (size_t)s->sh,
		.y_plane = io->out->plane,
		.y_row = io->out->row,
		.r_plane = io->res ? io->res_map->plane : 0,
		.r_row = io->res ? io->res_map->row : 0,
		.blocks = c->in_blocks,
		.kh = s->kh,
		.kw = s->kw,
		.lanes = in->lanes,
		.clamp = c->clamp,
		.lo = c->lo,
		.hi = c->hi };

	for (int i = nn_part(n, part, parts); i < nn_part(n, part + 1, parts); i++) {
		int g = c->rows_first ? i % c->out_groups : i / rows;
		int y = c->rows_first ? i / c->out_groups : i % rows;

		direct_row(c, io, &t, y / all, g, y % all * step);
	}
}

#include "nn/conv_winograd.h"
#include "nn/pool_kernels.h"
#include "nn/map_kernels.h"

#define TABLE \
	{ \
		.name = NAME, .lanes = VL, .tiles = (int)(sizeof sizes / sizeof *sizes), \
		.sizes = sizes, .direct = direct, .winograd = winograd, .pool = pool, .sum = sum, \
		.pack = pack, .unpack = unpack \
	}
