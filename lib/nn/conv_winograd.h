/*
 * Part of conv_kernels.h: Winograd's F(4x4, 3x3) and F(2x2, 3x3). A run of tiles goes through three
 * steps while its numbers are in the cache: B' d B of each input tile of 6 x 6 (4 x 4), 36 (16)
 * products of (tiles x input channels) by (input channels x output channels), A' m A of each tile
 * of sums, with what the convolution does to a sum besides. Matrices: Lavin & Gray 2015, sections
 * 4.1 and 4.3. `m`, the side of a tile, is a constant wherever it is given.
 */

INLINE void
input_transform(vec o[6], vec a, vec b, vec c, vec d, vec e, vec f, const int m)
{
	if (m == 2) {
		o[0] = a - c;
		o[1] = b + c;
		o[2] = c - b;
		o[3] = b - d;
		return;
	}
	/* as many sums as multiply-adds, which have units of their own */
	vec t1 = d - 4.0f * b, t2 = e - 4.0f * c, t3 = e - c, t4 = d - b;

	o[0] = 4.0f * a + (e - 5.0f * c);
	o[1] = t2 + t1;
	o[2] = t2 - t1;
	o[3] = t3 + 2.0f * t4;
	o[4] = t3 - 2.0f * t4;
	o[5] = 4.0f * b + (f - 5.0f * d);
}

INLINE void
output_transform(vec o[4], vec a, vec b, vec c, vec d, vec e, vec f, const int m)
{
	if (m == 2) {
		o[0] = a + b + c;
		o[1] = b - c - d;
		return;
	}
	vec s = b + c, t = b - c, u = d + e, v = d - e;

	o[0] = a + s + u;
	o[1] = t + 2.0f * v;
	o[2] = s + 4.0f * u;
	o[3] = t + f + 8.0f * v;
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
tile_to_points(const float *p, size_t row, float *to, size_t point, const int m)
{
	const vec none = splat(0);
	const float *line[6];
	size_t step[6];
	vec half[6][6], o[6];

	UNROLL
	for (int i = 0; i < m + 2; i++) {
		line[i] = p + (size_t)i * row;
		step[i] = (size_t)i * point;
		KEEP(line[i]);
		KEEP(step[i]);
	}
	UNROLL
	for (int x = 0; x < m + 2; x++) {
		const int at = x * VL;

		input_transform(o, load(line[0] + at), load(line[1] + at), load(line[2] + at),
		    load(line[3] + at), m == 4 ? load(line[4] + at) : none,
		    m == 4 ? load(line[5] + at) : none, m);
		UNROLL
		for (int y = 0; y < m + 2; y++)
			half[y][x] = o[y];
	}
	UNROLL
	for (int y = 0; y < m + 2; y++, to += step[m + 1] + point) {
		const vec *h = half[y];

		KEEP(to);
		input_transform(
		    o, h[0], h[1], h[2], h[3], m == 4 ? h[4] : none, m == 4 ? h[5] : none, m);
		UNROLL
		for (int x = 0; x < m + 2; x++)
			store(to + step[x], o[x]);
	}
}

INLINE void
to_points(const struct nn_conv *c, const struct nn_conv_io *io, const struct run *r, const int m)
{
	const struct nn_map *in = io->in;

	for (int b = 0; b < in->blocks; b++) {
		const float *x = io->x + nn_map_at(in, b, -c->s.top, -c->s.left);

		for (int i = 0; i < r->n; i++) {
			const struct place *at = &r->at[i];

			tile_to_points(x + at->image * io->x_step + (size_t)at->y * in->row +
					   (size_t)(at->x * VL),
			    in->row, r->v + (size_t)b * r->v_block + (size_t)(i * VL), r->v_point,
			    m);
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
		for (int g = 0; g < c->out_groups; g++) {
			int vecs = (g + 1) * NN_VECS > c->out_blocks ? 1 : 2;

			tile_row(&t, t.ahead ? BARE_FAR : BARE, vecs, c->cut[0][vecs - 1], r->n,
			    r->v + (size_t)p * r->v_point,
			    c->w + (size_t)p * point + (size_t)g * c->group_floats,
			    p == c->side + 3 ? c->bias + (size_t)(g * NN_VECS * VL) : none, NULL,
			    r->m + (size_t)p * r->m_point + (size_t)(g * NN_VECS) * r->m_block);
		}
}

/* A row of pixels, `w` of them, and what the convolution does to them besides. */
INLINE void
put_row(const struct nn_conv *c, const vec h[6], const float *res, float *to, int w, const int m)
{
	vec o[4];

	output_transform(o, h[0], h[1], h[2], h[3], m == 4 ? h[4] : h[0], m == 4 ? h[5] : h[0], m);
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
    size_t res_row, float *to, size_t row, int h, int w, const int m)
{
	const vec none = splat(0);
	const float *line[6];

	UNROLL
	for (int i = 0; i < m + 2; i++) {
		line[i] = q + (size_t)(i * (m + 2)) * point;
		KEEP(line[i]);
	}
	UNROLL
	for (int pair = 0; pair < m / 2; pair++) {
		const int below = pair + m / 2;
		vec half[2][6], o[4];
		size_t at = 0;

		UNROLL
		for (int x = 0; x < m + 2; x++, at += point) {
			KEEP(at);
			output_transform(o, load(line[0] + at), load(line[1] + at),
			    load(line[2] + at), load(line[3] + at),
			    m == 4 ? load(line[4] + at) : none, m == 4 ? load(line[5] + at) : none,
			    m);
			half[0][x] = o[pair];
			half[1][x] = o[below];
		}
		if (pair < h)
			put_row(c, half[0], res ? res + (size_t)pair * res_row : NULL,
			    to + (size_t)pair * row, w, m);
		if (below < h)
			put_row(c, half[1], res ? res + (size_t)below * res_row : NULL,
			    to + (size_t)below * row, w, m);
	}
}

INLINE void
from_points(const struct nn_conv *c, const struct nn_conv_io *io, const struct run *r, const int m)
{
	const struct nn_conv_shape *s = &c->s;
	size_t row = io->out->row, res_row = io->res ? io->res_map->row : 0;

	for (int b = 0; b < c->out_blocks; b++) {
		const float *q = r->m + (size_t)b * r->m_block;
		float *y = io->y + nn_map_at(io->out, b, 0, 0);
		const float *x2 = io->res ? io->res + nn_map_at(io->res_map, b, 0, 0) : NULL;

		for (int i = 0; i < r->n; i++, q += VL) {
			const struct place *at = &r->at[i];
			int h = s->oh - at->y < m ? s->oh - at->y : m;
			int w = s->ow - at->x < m ? s->ow - at->x : m;
			size_t x = (size_t)(at->x * VL);
			float *to = y + at->image * io->y_step + (size_t)at->y * row + x;
			const float *res =
			    x2 ? x2 + at->image * io->res_step + (size_t)at->y * res_row + x : NULL;

			if (h == m && w == m)
				tile_from_points(c, q, r->m_point, res, res_row, to, row, m, m, m);
			else
				tile_from_points(c, q, r->m_point, res, res_row, to, row, h, w, m);
		}
	}
}

static void
to_points4(const struct nn_conv *c, const struct nn_conv_io *io, const struct run *r)
{
	to_points(c, io, r, 4);
}

static void
to_points2(const struct nn_conv *c, const struct nn_conv_io *io, const struct run *r)
{
	to_points(c, io, r, 2);
}

static void
from_points4(const struct nn_conv *c, const struct nn_conv_io *io, const struct run *r)
{
	from_points(c, io, r, 4);
}

static void
from_points2(const struct nn_conv *c, const struct nn_conv_io *io, const struct run *r)
{
	from_points(c, io, r, 2);
}

static void
winograd(const struct nn_conv *c, const struct nn_conv_io *io, int part, int parts)
{
	int n = nn_conv_tiles(c, c->side) * nn_images(io), points = nn_conv_points(c);
	int to = nn_part(n, part + 1, parts);

	for (int at = nn_part(n, part, parts); at < to; at += c->run_tiles) {
		struct run r;

		r.n = to - at < c->run_tiles ? to - at : c->run_tiles;
		r.v_block = r.m_block = (size_t)r.n * VL;
		r.v_point = r.v_block * (size_t)c->in_blocks + VL;
		r.m_point = r.m_block * (size_t)c->out_blocks + VL;
		r.v = io->scratch;
		r.m = r.v + (size_t)points * r.v_point;
		find_places(&r, c, at);
		(c->side == 4 ? to_points4 : to_points2)(c, io, &r);
		multiply(c, &r);
		(c->side == 4 ? from_points4 : from_points2)(c, io, &r);
	}
}
