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
	vec t1 = d - 4.0f * b, t2 = e - 4.0f * c, t3 = e - c, t4 = 2.0f * (d - b);

	o[0] = 4.0f * a - 5.0f * c + e;
	o[1] = t2 + t1;
	o[2] = t2 - t1;
	o[3] = t3 + t4;
	o[4] = t3 - t4;
	o[5] = 4.0f * b - 5.0f * d + f;
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
	o[3] = t + 8.0f * v + f;
}

/* Tiles from..to of all images, and where their transforms lie in scratch: point, block, tile,
 * lane. A vector lies between points, or all would fall into the same sets of the cache. */
struct run {
	int across, tiles, from, n; /* tiles of an image */
	size_t v_point, v_block, m_point, m_block;
	float *v, *m;
};

struct place {
	size_t image;
	int y, x;
};

INLINE struct place
place_of(const struct run *r, int i, const int m)
{
	int at = r->from + i, image = at / r->tiles, tile = at % r->tiles;

	return (struct place){ (size_t)image, tile / r->across * m, tile % r->across * m };
}

INLINE void
tile_to_points(const float *p, size_t row, float *to, size_t point, const int m)
{
	const vec none = splat(0);
	vec half[6][6];

	UNROLL
	for (int x = 0; x < m + 2; x++) {
		const float *q = p + x * VL;
		vec o[6];

		input_transform(o, load(q), load(q + row), load(q + 2 * row), load(q + 3 * row),
		    m == 4 ? load(q + 4 * row) : none, m == 4 ? load(q + 5 * row) : none, m);
		UNROLL
		for (int y = 0; y < m + 2; y++)
			half[y][x] = o[y];
	}
	UNROLL
	for (int y = 0; y < m + 2; y++) {
		const vec *h = half[y];
		vec o[6];

		input_transform(
		    o, h[0], h[1], h[2], h[3], m == 4 ? h[4] : none, m == 4 ? h[5] : none, m);
		UNROLL
		for (int x = 0; x < m + 2; x++)
			store(to + (size_t)(y * (m + 2) + x) * point, o[x]);
	}
}

INLINE void
to_points(const struct nn_conv *c, const struct nn_conv_io *io, const struct run *r, const int m)
{
	const struct nn_map *in = io->in;

	for (int i = 0; i < r->n; i++) {
		struct place at = place_of(r, i, m);
		const float *x = io->x + at.image * io->x_step;

		for (int b = 0; b < in->blocks; b++)
			tile_to_points(x + nn_map_at(in, b, at.y - c->s.top, at.x - c->s.left),
			    in->row, r->v + (size_t)b * r->v_block + (size_t)(i * VL), r->v_point,
			    m);
	}
}

/* Tiles stand as pixels of a row here: the products are 1x1 convolutions. */
static void
multiply(const struct nn_conv *c, const struct run *r)
{
	struct tile t = {
		.plane = r->v_block, .step = VL, .blocks = c->in_blocks, .y_plane = r->m_block
	};
	size_t point = (size_t)c->out_blocks * VL * (size_t)c->in_blocks * VL;

	for (int p = 0; p < nn_conv_points(c); p++)
		for (int g = 0; g < c->out_groups; g++) {
			int vecs = (g + 1) * NN_VECS > c->out_blocks ? 1 : 2;

			tile_row(&t, BARE, vecs, c->cut[0][vecs - 1], r->n,
			    r->v + (size_t)p * r->v_point,
			    c->w + (size_t)p * point + (size_t)g * c->group_floats, NULL, NULL,
			    r->m + (size_t)p * r->m_point + (size_t)(g * NN_VECS) * r->m_block);
		}
}

/* One tile of sums: what is inside the image of its pixels. */
INLINE void
put_tile(const struct nn_conv *c, const struct nn_conv_io *io, vec half[4][6], int b,
    struct place at, const int m)
{
	const struct nn_conv_shape *s = &c->s;
	int h = s->oh - at.y < m ? s->oh - at.y : m, w = s->ow - at.x < m ? s->ow - at.x : m;
	const float *x2 = io->res ? io->res + at.image * io->res_step : NULL;
	float *y = io->y + at.image * io->y_step;
	vec bias = load(c->bias + (size_t)(b * VL));

	UNROLL
	for (int i = 0; i < m; i++) {
		const vec *a = half[i];
		float *to;
		const float *res;
		vec o[4];

		if (i >= h)
			break;
		to = y + nn_map_at(io->out, b, at.y + i, at.x);
		res = x2 ? x2 + nn_map_at(io->res_map, b, at.y + i, at.x) : NULL;
		output_transform(
		    o, a[0], a[1], a[2], a[3], m == 4 ? a[4] : bias, m == 4 ? a[5] : bias, m);
		UNROLL
		for (int j = 0; j < m; j++) {
			vec v = o[j] + bias;

			if (j >= w)
				break;
			if (res)
				v += load(res + j * VL);
			if (c->clamp)
				v = held(v, c->lo, c->hi);
			store(to + j * VL, v);
		}
	}
}

INLINE void
from_points(const struct nn_conv *c, const struct nn_conv_io *io, const struct run *r, const int m)
{
	const size_t d = r->m_point, down = (size_t)(m + 2) * d;
	const vec none = splat(0);

	for (int i = 0; i < r->n; i++) {
		struct place at = place_of(r, i, m);

		for (int b = 0; b < c->out_blocks; b++) {
			const float *q = r->m + (size_t)b * r->m_block + (size_t)(i * VL);
			vec half[4][6];

			UNROLL
			for (int x = 0; x < m + 2; x++, q += d) {
				vec o[4];

				output_transform(o, load(q), load(q + down), load(q + 2 * down),
				    load(q + 3 * down), m == 4 ? load(q + 4 * down) : none,
				    m == 4 ? load(q + 5 * down) : none, m);
				UNROLL
				for (int y = 0; y < m; y++)
					half[y][x] = o[y];
			}
			put_tile(c, io, half, b, at, m);
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
	int across = (c->s.ow + c->side - 1) / c->side, each = nn_conv_tiles(c, c->side);
	int n = each * nn_images(io), points = nn_conv_points(c);
	int to = nn_part(n, part + 1, parts);

	for (int at = nn_part(n, part, parts); at < to; at += c->run_tiles) {
		struct run r = { .across = across, .tiles = each, .from = at };

		r.n = to - at < c->run_tiles ? to - at : c->run_tiles;
		r.v_block = r.m_block = (size_t)r.n * VL;
		r.v_point = r.v_block * (size_t)c->in_blocks + VL;
		r.m_point = r.m_block * (size_t)c->out_blocks + VL;
		r.v = io->scratch;
		r.m = r.v + (size_t)points * r.v_point;
		(c->side == 4 ? to_points4 : to_points2)(c, io, &r);
		multiply(c, &r);
		(c->side == 4 ? from_points4 : from_points2)(c, io, &r);
	}
}
