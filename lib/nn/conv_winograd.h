/*
 * Part of conv_kernels.h: Winograd's F(4x4, 3x3). A run of tiles goes through three steps while its
 * numbers are in the cache: B' d B of each 6 x 6 input tile, 36 products of (tiles x input
 * channels) by (input channels x output channels), A' m A of each tile of sums, with what the
 * convolution does to a sum besides. Matrices: Lavin & Gray 2015, section 4.3.
 */

INLINE void
input_transform(vec o[6], vec a, vec b, vec c, vec d, vec e, vec f)
{
	vec t1 = d - 4.0f * b, t2 = e - 4.0f * c, t3 = e - c, t4 = 2.0f * (d - b);

	o[0] = 4.0f * a - 5.0f * c + e;
	o[1] = t2 + t1;
	o[2] = t2 - t1;
	o[3] = t3 + t4;
	o[4] = t3 - t4;
	o[5] = 4.0f * b - 5.0f * d + f;
}

INLINE void
output_transform(vec o[4], vec a, vec b, vec c, vec d, vec e, vec f)
{
	vec s = b + c, t = b - c, u = d + e, v = d - e;

	o[0] = a + s + u;
	o[1] = t + 2.0f * v;
	o[2] = s + 4.0f * u;
	o[3] = t + 8.0f * v + f;
}

/* Tiles from..to of an image, and where their transforms lie in scratch: point, block, tile, lane.
 * A vector lies between points, or all would fall into the same sets of the cache. */
struct run {
	int across, from, n;
	size_t v_point, v_block, m_point, m_block;
	float *v, *m;
};

static void
to_points(const struct nn_conv *c, const struct nn_conv_io *io, const struct run *r)
{
	const struct nn_map *in = io->in;

	for (int i = 0; i < r->n; i++) {
		int ty = (r->from + i) / r->across, tx = (r->from + i) % r->across;

		for (int b = 0; b < in->blocks; b++) {
			const float *p =
			    io->x + nn_map_at(in, b, ty * 4 - c->s.top, tx * 4 - c->s.left);
			float *to = r->v + (size_t)b * r->v_block + (size_t)(i * VL);
			size_t row = in->row;
			vec half[6][6];

			UNROLL
			for (int x = 0; x < 6; x++) {
				const float *q = p + x * VL;
				vec o[6];

				input_transform(o, load(q), load(q + row), load(q + 2 * row),
				    load(q + 3 * row), load(q + 4 * row), load(q + 5 * row));
				UNROLL
				for (int y = 0; y < 6; y++)
					half[y][x] = o[y];
			}
			UNROLL
			for (int y = 0; y < 6; y++) {
				const vec *h = half[y];
				vec o[6];

				input_transform(o, h[0], h[1], h[2], h[3], h[4], h[5]);
				UNROLL
				for (int x = 0; x < 6; x++)
					store(to + (size_t)(y * 6 + x) * r->v_point, o[x]);
			}
		}
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

	for (int p = 0; p < 36; p++)
		for (int g = 0; g < c->out_groups; g++) {
			int vecs = (g + 1) * NN_VECS > c->out_blocks ? 1 : 2;

			tile_row(&t, BARE, vecs, c->cut[0][vecs - 1], r->n,
			    r->v + (size_t)p * r->v_point,
			    c->w + (size_t)p * point + (size_t)g * c->group_floats, NULL, NULL,
			    r->m + (size_t)p * r->m_point + (size_t)(g * NN_VECS) * r->m_block);
		}
}

/* One tile of sums: what is inside the image of its 4 x 4 pixels. */
INLINE void
put_tile(const struct nn_conv *c, const struct nn_conv_io *io, vec half[4][6], int b, int y, int x)
{
	const struct nn_conv_shape *s = &c->s;
	int h = s->oh - y < 4 ? s->oh - y : 4, w = s->ow - x < 4 ? s->ow - x : 4;
	vec bias = load(c->bias + (size_t)(b * VL));

	UNROLL
	for (int i = 0; i < 4; i++) {
		const vec *a = half[i];
		float *to;
		const float *res;
		vec o[4];

		if (i >= h)
			break;
		to = io->y + nn_map_at(io->out, b, y + i, x);
		res = io->res ? io->res + nn_map_at(io->res_map, b, y + i, x) : NULL;
		output_transform(o, a[0], a[1], a[2], a[3], a[4], a[5]);
		UNROLL
		for (int j = 0; j < 4; j++) {
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

static void
from_points(const struct nn_conv *c, const struct nn_conv_io *io, const struct run *r)
{
	for (int i = 0; i < r->n; i++) {
		int ty = (r->from + i) / r->across, tx = (r->from + i) % r->across;

		for (int b = 0; b < c->out_blocks; b++) {
			const float *m = r->m + (size_t)b * r->m_block + (size_t)(i * VL);
			size_t d = r->m_point;
			vec half[4][6];

			UNROLL
			for (int x = 0; x < 6; x++) {
				const float *q = m + (size_t)x * d;
				vec o[4];

				output_transform(o, load(q), load(q + 6 * d), load(q + 12 * d),
				    load(q + 18 * d), load(q + 24 * d), load(q + 30 * d));
				UNROLL
				for (int y = 0; y < 4; y++)
					half[y][x] = o[y];
			}
			put_tile(c, io, half, b, ty * 4, tx * 4);
		}
	}
}

static void
winograd(const struct nn_conv *c, const struct nn_conv_io *io, int part, int parts)
{
	int across = (c->s.ow + 3) / 4, n = (c->s.oh + 3) / 4 * across;
	int from = nn_part(n, part, parts), to = nn_part(n, part + 1, parts);
	int runs = (to - from + c->most_tiles - 1) / c->most_tiles;

	for (int i = 0; i < runs; i++) {
		struct run r = { .across = across, .from = from + nn_part(to - from, i, runs) };

		r.n = from + nn_part(to - from, i + 1, runs) - r.from;
		r.v_block = r.m_block = (size_t)r.n * VL;
		r.v_point = r.v_block * (size_t)c->in_blocks + VL;
		r.m_point = r.m_block * (size_t)c->out_blocks + VL;
		r.v = io->scratch;
		r.m = r.v + 36 * r.v_point;
		to_points(c, io, &r);
		multiply(c, &r);
		from_points(c, io, &r);
	}
}
