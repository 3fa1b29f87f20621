/*
 * Part of conv_kernels.h: Winograd's F(4x4, 3x3) and F(2x2, 3x3), and F(4x4, 3x3) of stride 2. A
 * run of tiles goes through three steps while its numbers are in the cache: B' d B of each input
 * patch of n x n, n x n products of (tiles x input channels) by (input channels x output channels),
 * A' m A of each tile of sums, with what the convolution does to a sum besides. Matrices: Lavin &
 * Gray 2015, sections 4.1 and 4.3. Stride 2, in one dimension: even pixels see a filter of two
 * taps, done as F(4, 2) with the points 0, 1, -1, 2 and infinity, odd ones a filter of one, whose
 * products stand behind those. n, which says which it is (6, 4; 9), is a constant wherever it is
 * given.
 */
enum { PATCH_MOST = 9, TILE_MOST = 4 };

INLINE int
tile_side(const int n)
{
	return n == 4 ? 2 : 4;
}

INLINE void
input_transform(vec o[PATCH_MOST], const vec x[PATCH_MOST], const int n)
{
	if (n == 4) {
		o[0] = x[0] - x[2];
		o[1] = x[1] + x[2];
		o[2] = x[2] - x[1];
		o[3] = x[1] - x[3];
	} else if (n == 6) {
		/* as many sums as multiply-adds, which have units of their own */
		vec t1 = x[3] - 4.0f * x[1], t2 = x[4] - 4.0f * x[2];
		vec t3 = x[4] - x[2], t4 = x[3] - x[1];

		o[0] = 4.0f * (x[0] - x[2]) + t3;
		o[1] = t2 + t1;
		o[2] = t2 - t1;
		o[3] = t3 + 2.0f * t4;
		o[4] = t3 - 2.0f * t4;
		o[5] = (x[5] - x[3]) - 4.0f * t4;
	} else {
		vec t = x[6] - x[4], u = x[6] - x[2];

		o[0] = 2.0f * (x[0] - x[4]) + u;
		o[1] = t - 2.0f * x[2];
		o[2] = t - 2.0f * (x[4] - x[2]);
		o[3] = u;
		o[4] = (x[8] - x[4]) - 2.0f * u;
		UNROLL
		for (int i = 0; i < 4; i++)
			o[5 + i] = x[2 * i + 1];
	}
}

INLINE void
output_transform(vec o[TILE_MOST], const vec x[PATCH_MOST], const int n)
{
	if (n == 4) {
		o[0] = x[0] + x[1] + x[2];
		o[1] = x[1] - x[2] - x[3];
		return;
	}
	vec s = x[1] + x[2], t = x[1] - x[2];

	if (n == 6) {
		vec u = x[3] + x[4], v = x[3] - x[4];

		o[0] = x[0] + s + u;
		o[1] = t + 2.0f * v;
		o[2] = s + 4.0f * u;
		o[3] = t + x[5] + 8.0f * v;
	} else {
		o[0] = x[0] + s + (x[3] + x[5]);
		o[1] = t + x[6] + 2.0f * x[3];
		o[2] = s + x[7] + 4.0f * x[3];
		o[3] = t + (x[4] + x[8]) + 8.0f * x[3];
	}
}

/* A tile's first pixel. */
struct place {
	size_t image;
	int y, x;
};

/* Tiles from, from + 1... of all images, and where their transforms lie in scratch: point, block,
 * tile, lane. A vector lies between points, or all would fall into the same sets of the cache. */
struct run {
	int n;
	int from_group, to_group; /* of output channels, that are wanted */
	struct place at[NN_RUN];
	size_t v_point, v_block, m_point, m_block;
	float *v, *m;
};

static void
find_places(struct run *r, const struct nn_conv *c, int from)
{
	int m = c->side, across = (c->s.ow + m - 1) / m, each = nn_conv_tiles(c, m);
	int image = from / each, y = from % each / across, x = from % each % across;

	for (int i = 0; i < r->n; i++) {
		r->at[i] = (struct place){ (size_t)image, y * m, x * m };
		if (++x < across)
			continue;
		x = 0;
		if (++y * m < c->s.oh)
			continue;
		y = 0;
		image++;
	}
}

INLINE void
tile_to_points(const float *p, size_t row, float *to, size_t point, const int n)
{
	const float *line[PATCH_MOST];
	size_t step[PATCH_MOST];
	vec half[PATCH_MOST][PATCH_MOST], o[PATCH_MOST];

	UNROLL
	for (int i = 0; i < n; i++) {
		line[i] = p + (size_t)i * row;
		step[i] = (size_t)i * point;
		KEEP(line[i]);
		KEEP(step[i]);
	}
	UNROLL
	for (int x = 0; x < n; x++) {
		vec in[PATCH_MOST];

		UNROLL
		for (int y = 0; y < n; y++)
			in[y] = load(line[y] + x * VL);
		input_transform(o, in, n);
		UNROLL
		for (int y = 0; y < n; y++)
			half[y][x] = o[y];
	}
	UNROLL
	for (int y = 0; y < n; y++, to += step[n - 1] + point) {
		KEEP(to);
		input_transform(o, half[y], n);
		UNROLL
		for (int x = 0; x < n; x++)
			store(to + step[x], o[x]);
	}
}

INLINE void
to_points(const struct nn_conv *c, const struct nn_conv_io *io, const struct run *r, const int n)
{
	const struct nn_map *in = io->in;
	const int stride = n == 9 ? 2 : 1;

	for (int b = 0; b < in->blocks; b++) {
		const float *x = io->x + nn_map_at(in, b, -c->s.top, -c->s.left);

		for (int i = 0; i < r->n; i++) {
			const struct place *at = &r->at[i];

			tile_to_points(x + at->image * io->x_step +
					   (size_t)(at->y * stride) * in->row +
					   (size_t)(at->x * stride * VL),
			    in->row, r->v + (size_t)b * r->v_block + (size_t)(i * VL), r->v_point,
			    n);
		}
	}
}

/*
 * Tiles stand as pixels of a row here: the products are 1x1 convolutions. The transform back takes
 * a number at the point (1, 1) to every pixel of the tile, so that sums begin with the bias there.
 */
static void
multiply(const struct nn_conv *c, const struct run *r)
{
	static const float none[NN_VECS * VL] __attribute__((aligned(64)));
	struct tile t = { .ahead = nn_conv_ahead(c),
		.plane = r->v_block,
		.step = VL,
		.blocks = c->in_blocks,
		.y_plane = r->m_block };
	size_t point = (size_t)c->out_blocks * VL * (size_t)c->in_blocks * VL;

	for (int p = 0; p < nn_conv_points(c); p++)
		for (int g = r->from_group; g < r->to_group; g++) {
			int vecs = (g + 1) * NN_VECS > c->out_blocks ? 1 : 2;

			tile_row(&t, t.ahead ? BARE_FAR : BARE, vecs, c->cut[0][vecs - 1], r->n,
			    r->v + (size_t)p * r->v_point,
			    c->w + (size_t)p * point + (size_t)g * c->group_floats,
			    p == c->patch + 1 ? c->bias + (size_t)(g * NN_VECS * VL) : none, NULL,
			    r->m + (size_t)p * r->m_point + (size_t)(g * NN_VECS) * r->m_block);
		}
}

/* A row of pixels, `w` of them, and what the convolution does to them besides. */
INLINE void
put_row(const struct nn_conv *c, const vec h[PATCH_MOST], const float *res, float *to, int w,
    const int n)
{
	const int m = tile_side(n);
	vec o[TILE_MOST];

	output_transform(o, h, n);
	if (res)
		UNROLL
	for (int j = 0; j < m; j++)
		if (j < w)
			o[j] += load(res + j * VL);
	if (c->clamp)
		UNROLL
	for (int j = 0; j < m; j++)
		o[j] = held(o[j], c->lo, c->hi);
	UNROLL
	for (int j = 0; j < m; j++)
		if (j < w)
			store(to + j * VL, o[j]);
}

/*
 * A tile of sums, q, to h x w pixels. Two rows at a time, which share their sums: all 24 halves do
 * not fit into 16 registers, and to read the sums again costs less than to put halves away. The
 * compiler leaves out what is not looked at. (To points this does not pay: too much to read again.)
 */
INLINE void
tile_from_points(const struct nn_conv *c, const float *q, size_t point, const float *res,
    size_t res_row, float *to, size_t row, int h, int w, const int n)
{
	const int m = tile_side(n);
	const float *line[PATCH_MOST];

	UNROLL
	for (int i = 0; i < n; i++) {
		line[i] = q + (size_t)(i * n) * point;
		KEEP(line[i]);
	}
	UNROLL
	for (int pair = 0; pair < m / 2; pair++) {
		const int below = pair + m / 2;
		vec half[2][PATCH_MOST], in[PATCH_MOST], o[TILE_MOST];
		size_t at = 0;

		UNROLL
		for (int x = 0; x < n; x++, at += point) {
			KEEP(at);
			UNROLL
			for (int y = 0; y < n; y++)
				in[y] = load(line[y] + at);
			output_transform(o, in, n);
			half[0][x] = o[pair];
			half[1][x] = o[below];
		}
		if (pair < h)
			put_row(c, half[0], res ? res + (size_t)pair * res_row : NULL,
			    to + (size_t)pair * row, w, n);
		if (below < h)
			put_row(c, half[1], res ? res + (size_t)below * res_row : NULL,
			    to + (size_t)below * row, w, n);
	}
}

INLINE void
from_points(const struct nn_conv *c, const struct nn_conv_io *io, const struct run *r, const int n)
{
	const struct nn_conv_shape *s = &c->s;
	const int m = tile_side(n);
	size_t row = io->out->row, res_row = io->res ? io->res_map->row : 0;
	int to_block =
	    r->to_group * NN_VECS < c->out_blocks ? r->to_group * NN_VECS : c->out_blocks;

	for (int b = r->from_group * NN_VECS; b < to_block; b++) {
		const float *q = r->m + (size_t)b * r->m_block;
		float *y = io->y + nn_map_at(io->out, b, 0, 0);
		const float *x2 = io->res ? io->res + nn_map_at(io->res_map, b, 0, 0) : NULL;

		for (int i = 0; i < r->n; i++, q += VL) {
			const struct place *at = &r->at[i];
			int h = s->oh - at->y < m ? s->oh - at->y : m;
			int w = s->ow - at->x < m ? s->ow - at->x : m;
			size_t x = (size_t)at->x * VL;
			float *to = y + at->image * io->y_step + (size_t)at->y * row + x;
			const float *res =
			    x2 ? x2 + at->image * io->res_step + (size_t)at->y * res_row + x : NULL;

			if (h == m && w == m)
				tile_from_points(c, q, r->m_point, res, res_row, to, row, m, m, n);
			else
				tile_from_points(c, q, r->m_point, res, res_row, to, row, h, w, n);
		}
	}
}

#define POINTS(n) \
	static void to_points##n( \
	    const struct nn_conv *c, const struct nn_conv_io *io, const struct run *r) \
	{ \
		to_points(c, io, r, n); \
	} \
	static void from_points##n( \
	    const struct nn_conv *c, const struct nn_conv_io *io, const struct run *r) \
	{ \
		from_points(c, io, r, n); \
	}
POINTS(4)
POINTS(6)
POINTS(9)

/* Few tiles and large weights: better that each part transforms all tiles than that each reads all
 * weights. */
static bool
cut_by_groups(const struct nn_conv *c, int n, int parts)
{
	enum { FEW = 8 };

	return parts > 1 && nn_conv_ahead(c) && n < FEW * parts && c->out_groups >= parts;
}

static void
winograd(const struct nn_conv *c, const struct nn_conv_io *io, int part, int parts)
{
	int n = nn_conv_tiles(c, c->side) * nn_images(io), points = nn_conv_points(c);
	bool groups = cut_by_groups(c, n, parts);
	int from = groups ? 0 : nn_part(n, part, parts);
	int to = groups ? n : nn_part(n, part + 1, parts);

	for (int at = from; at < to; at += c->run_tiles) {
		struct run r;

		r.n = to - at < c->run_tiles ? to - at : c->run_tiles;
		r.from_group = groups ? nn_part(c->out_groups, part, parts) : 0;
		r.to_group = groups ? nn_part(c->out_groups, part + 1, parts) : c->out_groups;
		r.v_block = r.m_block = (size_t)r.n * VL;
		r.v_point = r.v_block * (size_t)c->in_blocks + VL;
		r.m_point = r.m_block * (size_t)c->out_blocks + VL;
		r.v = io->scratch;
		r.m = r.v + (size_t)points * r.v_point;
		find_places(&r, c, at);
		(c->patch == 6 ? to_points6 : c->patch == 4 ? to_points4 : to_points9)(c, io, &r);
		multiply(c, &r);
		(c->patch == 6      ? from_points6
		    : c->patch == 4 ? from_points4
				    : from_points9)(c, io, &r);
	}
}
