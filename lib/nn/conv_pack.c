/* Convolutions made: which method, which tiles, weights in the order in which kernels read them. */
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "nn/conv_isa.h"

#include "base/mem.h"

enum {
	ALIGN = 64,
	ROWS_FIRST_BYTES = 256 << 10, /* weights that stay in the second cache beside the rows */
	WINOGRAD_BYTES = 16 << 20,    /* transformed weights beyond which the third cache is full */
};

/*
 * Time of one step of a sum for a tile, in tenths of half a cycle: two multiply-adds and two loads
 * start in a cycle, a sum can go on after four, and with few sums the processor finds less to do
 * at once. Fitted to what tiles take by themselves (Zen 5; both widths are alike).
 */
static long
tile_cost(const struct nn_tile_size *t, int vecs)
{
	enum { STEP = 10, FEW = 12, LEAST = 7, FEW_MORE = 10, MANY_MORE = 2, BEGIN = 6 };
	long pixels = (long)t->rows * t->cols;
	long fma = pixels * vecs, load = pixels + vecs, step = fma > load ? fma : load;

	if (step >= FEW)
		return STEP * step + MANY_MORE + BEGIN;
	return STEP * (step > LEAST ? step : LEAST) + FEW_MORE + BEGIN;
}

/*
 * The cheapest ways to cut up to `n` pixels into tiles of so many rows: cut[i] is the tile to take
 * first of i pixels, cost[i] what all cost, LONG_MAX if it cannot be done. Both have n + 1.
 */
static void
cut_row(const struct nn_kernels *k, int rows, int vecs, int n, unsigned char *cut, long *cost)
{
	cost[0] = 0;
	for (int i = 1; i <= n; i++) {
		cost[i] = LONG_MAX;
		for (int j = 0; j < k->tiles; j++) {
			const struct nn_tile_size *t = &k->sizes[j];

			if (t->rows != rows || t->cols > i || cost[i - t->cols] == LONG_MAX ||
			    cost[i - t->cols] + tile_cost(t, vecs) >= cost[i])
				continue;
			cost[i] = cost[i - t->cols] + tile_cost(t, vecs);
			cut[i] = (unsigned char)j;
		}
	}
}

/* The input blocks that the output blocks of each group look at: with several groups of channels
 * only some. The most that any needs goes for all, so that weights have one stride. */
static void
find_inputs(struct nn_conv *c)
{
	const struct nn_conv_shape *s = &c->s;
	int in = s->cin / s->groups, out = s->cout / s->groups, lanes = c->k->lanes;
	int all = (s->cin + c->in_lanes - 1) / c->in_lanes, most = 1;

	for (int g = 0; g < c->out_groups; g++) {
		int from = g * NN_VECS * lanes, to = from + NN_VECS * lanes - 1;
		int last;

		if (to >= s->cout)
			to = s->cout - 1;
		c->first[g] = from / out * in / c->in_lanes;
		last = ((to / out + 1) * in - 1) / c->in_lanes;
		if (last - c->first[g] + 1 > most)
			most = last - c->first[g] + 1;
	}
	c->in_blocks = most;
	for (int g = 0; g < c->out_groups; g++)
		if (c->first[g] + most > all)
			c->first[g] = all - most;
}

/* Where the weight of output channel o goes: its group's floats, then step (k), vector, lane. */
static float *
slot(const struct nn_conv *c, float *group0, int o, size_t k)
{
	int lanes = c->k->lanes, block = o / lanes, g = block / NN_VECS;
	int vecs = g == c->out_groups - 1 && c->out_blocks % NN_VECS ? 1 : NN_VECS;

	return group0 + (size_t)g * c->group_floats +
	       (k * (size_t)vecs + (size_t)(block % NN_VECS)) * (size_t)lanes + o % lanes;
}

static void
pack_direct(struct nn_conv *c, const float *w)
{
	const struct nn_conv_shape *s = &c->s;
	int in = s->cin / s->groups, out = s->cout / s->groups, taps = s->kh * s->kw;

	for (int o = 0; o < s->cout; o++)
		for (int i = 0; i < in; i++)
			for (int t = 0; t < taps; t++) {
				int ic = o / out * in + i;
				int g = o / c->k->lanes / NN_VECS;
				int b = ic / c->in_lanes - c->first[g];
				size_t k =
				    ((size_t)b * (size_t)taps + (size_t)t) * (size_t)c->in_lanes +
				    (size_t)(ic % c->in_lanes);

				*slot(c, c->w, o, k) = *w++;
			}
}

/* The filter's transform, G g G': Lavin & Gray's for the points 0, 1, -1, 2, -2 and infinity. */
static const double G6[][3] = {
	{ 1. / 4, 0, 0 },
	{ -1. / 6, -1. / 6, -1. / 6 },
	{ -1. / 6, 1. / 6, -1. / 6 },
	{ 1. / 24, 1. / 12, 1. / 6 },
	{ 1. / 24, -1. / 12, 1. / 6 },
	{ 0, 0, 1 },
};
/* ... for 0, 1, -1 and infinity */
static const double G4[][3] = { { 1, 0, 0 }, { .5, .5, .5 }, { .5, -.5, .5 }, { 0, 0, 1 } };
/* Stride 2: the outer taps for 0, 1, -1, 2 and infinity, the middle one as it is. */
static const double G9[][3] = {
	{ 1. / 2, 0, 0 },
	{ -1. / 2, 0, -1. / 2 },
	{ -1. / 6, 0, 1. / 6 },
	{ 1. / 6, 0, 1. / 3 },
	{ 0, 0, 1 },
	{ 0, 1, 0 },
	{ 0, 1, 0 },
	{ 0, 1, 0 },
	{ 0, 1, 0 },
};

enum { LANES_MOST = 16, PATCH_MOST = 9 };

/* The filters from input channel i to a block of output channels, side by side. */
static void
pack_filters(struct nn_conv *c, const double (*g)[3], const float *w, int block, int i)
{
	const struct nn_conv_shape *s = &c->s;
	int n = c->patch, lanes = c->k->lanes, first = block * lanes;
	int there = s->cout - first < lanes ? s->cout - first : lanes;
	size_t point =
	    (size_t)c->out_blocks * (size_t)lanes * (size_t)c->in_blocks * (size_t)c->in_lanes;
	double f[9][LANES_MOST] = { { 0 } }, half[PATCH_MOST][3][LANES_MOST];
	float *to = slot(c, c->w, first, (size_t)i);

	for (int l = 0; l < there; l++)
		for (int t = 0; t < 9; t++)
			f[t][l] = (double)
			    w[((size_t)(first + l) * (size_t)s->cin + (size_t)i) * 9 + (size_t)t];
	for (int y = 0; y < n; y++)
		for (int x = 0; x < 3; x++)
			for (int l = 0; l < LANES_MOST; l++)
				half[y][x][l] = g[y][0] * f[x][l] + g[y][1] * f[3 + x][l] +
						g[y][2] * f[6 + x][l];
	for (int p = 0; p < n * n; p++, to += point) {
		double(*h)[LANES_MOST] = half[p / n];
		const double *v = g[p % n];
		float out[LANES_MOST];

		for (int l = 0; l < LANES_MOST; l++)
			out[l] = (float)(h[0][l] * v[0] + h[1][l] * v[1] + h[2][l] * v[2]);
		memcpy(to, out, (size_t)lanes * sizeof *to);
	}
}

static void
pack_winograd(struct nn_conv *c, const float *w)
{
	const double(*g)[3] = c->patch == 6 ? G6 : c->patch == 4 ? G4 : G9;

	for (int b = 0; b < c->out_blocks; b++)
		for (int i = 0; i < c->s.cin; i++)
			pack_filters(c, g, w, b, i);
}

/*
 * What a Winograd tile looks at, 0 for none. One tile alone leaves the multipliers waiting for each
 * other. Few tiles do not pay for reading four times the weights from memory, as F(4x4) does, the
 * less the wider the multipliers; F(2x2) reads half as many (512 channels at 7 x 7, 4 tiles, one
 * image: AVX-512 direct .93 ms, F(2x2) .81, F(4x4) 1.31; AVX2 1.9, 1.5 and 1.4). With stride 2 it
 * is nine times the weights for 81 products instead of 144. It depends on nothing but the layer: an
 * image has the same bits in any company.
 */
static int
winograd_patch(const struct nn_conv *c, enum nn_method method)
{
	const struct nn_conv_shape *s = &c->s;
	double floats = (double)s->cin * s->cout, bytes = floats * (s->sh == 2 ? 81 : 36) * 4;
	int tiles = nn_conv_tiles(c, 4);

	if (method == NN_DIRECT || s->kh != 3 || s->kw != 3 || s->sh > 2 || s->sw != s->sh ||
	    s->dh != 1 || s->dw != 1 || s->groups != 1 || c->in_lanes != c->k->lanes)
		return 0;
	if (s->sh == 2)
		return method == NN_WINOGRAD ||
			       (method == NN_AUTO && tiles > 1 && bytes <= WINOGRAD_BYTES)
			   ? 9
			   : 0;
	if (method != NN_AUTO)
		return method == NN_WINOGRAD ? 6 : 4;
	if (tiles > 1 && (bytes <= WINOGRAD_BYTES || tiles * 2 >= c->k->lanes))
		return 6;
	return nn_conv_tiles(c, 2) > 1 ? 4 : 0;
}

/* Tiles that go through the steps together, at most: their transforms stay in the second cache. */
static int
longest_run(const struct nn_conv *c)
{
	enum { BYTES = 1 << 20, LEAST = 16, MOST = 28 };
	int k = c->in_blocks * c->in_lanes, fit;

	if (c->patch == 9) {
		fit = BYTES /
		      (nn_conv_points(c) * (k + c->out_blocks * c->k->lanes) * (int)sizeof(float));
		return fit < LEAST ? LEAST : fit < MOST ? fit : MOST;
	}
	return k <= 64 ? MOST : k <= 128 ? 42 : NN_RUN;
}

/* ... and of such numbers the one that is cut best. */
static int
best_run(const struct nn_conv *c, int images)
{
	int tiles = nn_conv_tiles(c, c->side) * images, most = longest_run(c);
	int vecs = c->out_blocks < NN_VECS ? 1 : NN_VECS;
	int best = 1;
	long *cost, least = LONG_MAX;
	unsigned char *cut;

	most = tiles < most ? tiles : most;
	cost = mem_array((size_t)most + 1, sizeof *cost);
	cut = mem_array((size_t)most + 1, 1);
	cut_row(c->k, 1, vecs, most, cut, cost);
	for (int n = most; n > 0 && n >= most / 2; n--) {
		long all = tiles / n * cost[n] + cost[tiles % n];

		if (all < least) {
			least = all;
			best = n;
		}
	}
	free(cost);
	free(cut);
	return best;
}

static void
choose_tiles(struct nn_conv *c)
{
	const struct nn_conv_shape *s = &c->s;
	int n = c->side ? c->run_tiles : s->ow, full = c->out_blocks < NN_VECS ? 0 : 1;
	long cost[NN_TILE_ROWS] = { 0 }, *costs = mem_array((size_t)n + 1, sizeof *costs);

	for (int r = 0; r < NN_TILE_ROWS; r++)
		for (int v = 0; v < NN_VECS; v++) {
			c->cut[r][v] = mem_array((size_t)n + 1, sizeof *c->cut[r][v]);
			cut_row(c->k, r + 1, v + 1, n, c->cut[r][v], costs);
			if (v == full)
				cost[r] = costs[n];
		}
	c->tile_rows = 1;
	if (!c->side && s->oh > 1 && cost[1] != LONG_MAX &&
	    s->oh / 2 * cost[1] + s->oh % 2 * cost[0] < s->oh * cost[0])
		c->tile_rows = 2;
	free(costs);
	c->rows_first = c->bytes <= ROWS_FIRST_BYTES;
}

/* Large pages for what is read from end to end each time: with small ones the processor looks up
 * each, and fetches nothing ahead across their ends. A wish; it may fail. */
static void
want_large_pages(void *block, size_t bytes)
{
#ifdef MADV_HUGEPAGE
	const uintptr_t page = 4096, large = (uintptr_t)2 << 20;
	uintptr_t from = ((uintptr_t)block + page - 1) & ~(page - 1);
	uintptr_t to = ((uintptr_t)block + bytes) & ~(page - 1);

	if (to > from && to - from >= large)
		(void)madvise((void *)from, to - from, MADV_HUGEPAGE);
#else
	(void)block, (void)bytes;
#endif
}

struct nn_conv *
nn_conv_new(const struct nn_kernels *k, const struct nn_conv_shape *s, const struct nn_conv_opts *o,
    const float *w)
{
	struct nn_conv *c = mem_alloc(sizeof *c);
	size_t lanes = (size_t)k->lanes, steps, floats, out;

	*c = (struct nn_conv){ .k = k, .s = *s, .clamp = o->clamp, .lo = o->lo, .hi = o->hi };
	c->in_lanes = o->in_lanes ? o->in_lanes : k->lanes;
	c->patch = winograd_patch(c, o->method);
	c->side = c->patch == 0 ? 0 : c->patch == 4 ? 2 : 4;
	c->out_blocks = (s->cout + k->lanes - 1) / k->lanes;
	c->out_groups = (c->out_blocks + NN_VECS - 1) / NN_VECS;
	c->first = mem_array((size_t)c->out_groups, sizeof *c->first);
	find_inputs(c);
	steps = (size_t)c->in_blocks * (size_t)c->in_lanes *
		(c->side ? 1 : (size_t)s->kh * (size_t)s->kw);
	out = (size_t)c->out_blocks * lanes;
	c->group_floats = steps * NN_VECS * lanes;
	floats = steps * out * (c->side ? (size_t)nn_conv_points(c) : 1);
	c->bytes = (floats + out) * sizeof *c->w;
	c->block = mem_alloc(c->bytes + ALIGN);
	want_large_pages(c->block, c->bytes + ALIGN);
	c->w = (float *)(((uintptr_t)c->block + ALIGN - 1) & ~(uintptr_t)(ALIGN - 1));
	c->bias = c->w + floats;
	for (int i = 0; i < s->cout && o->bias; i++)
		c->bias[i] = o->bias[i];
	if (c->side) {
		pack_winograd(c, w);
		c->run_tiles = best_run(c, o->images ? o->images : 1);
	} else {
		pack_direct(c, w);
	}
	choose_tiles(c);
	return c;
}

void
nn_conv_free(struct nn_conv *c)
{
	if (!c)
		return;
	free(c->first);
	for (int r = 0; r < NN_TILE_ROWS; r++)
		for (int v = 0; v < NN_VECS; v++)
			free(c->cut[r][v]);
	free(c->block);
	free(c);
}
