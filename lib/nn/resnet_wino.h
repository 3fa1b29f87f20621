/*
 * Winograd's F(4x4, 3x3), for resnet_kernel.h: y = A' [(G g G') . (B' d B)] A of 6x6 pixels at a
 * time, the products summed over channels by 36 matrix products, which `conv` does as convolutions
 * of 1x1. The matrices are those of Lavin and Gray (points 0, 1, -1, 2, -2).
 */

/* B' applied to six vectors `step` floats or vectors apart */
INLINE void
wino_in(const vec d[6], vec o[6])
{
	vec a = d[4] - 4.0f * d[2], b = d[3] - 4.0f * d[1];
	vec c = d[4] - d[2], e = 2.0f * (d[3] - d[1]);

	o[0] = 4.0f * d[0] - 5.0f * d[2] + d[4];
	o[1] = a + b;
	o[2] = a - b;
	o[3] = c + e;
	o[4] = c - e;
	o[5] = 4.0f * d[1] - 5.0f * d[3] + d[5];
}

/* A' */
INLINE void
wino_out(const vec d[6], vec o[4])
{
	vec a = d[1] + d[2], b = d[1] - d[2], c = d[3] + d[4], e = d[3] - d[4];

	o[0] = d[0] + a + c;
	o[1] = b + 2.0f * e;
	o[2] = a + 4.0f * c;
	o[3] = b + 8.0f * e + d[5];
}

/* G */
INLINE void
wino_g(const vec g[3], vec o[6])
{
	vec a = (g[0] + g[2]) * (-1.0f / 6), b = g[1] * (-1.0f / 6);
	vec c = g[0] * (1.0f / 24) + g[2] * (1.0f / 6), e = g[1] * (1.0f / 12);

	o[0] = g[0] * 0.25f;
	o[1] = a + b;
	o[2] = a - b;
	o[3] = c + e;
	o[4] = c - e;
	o[5] = g[2];
}

static void
wino_weights(size_t n, const float *w, bool flip, float *u)
{
	const size_t nn = (size_t)NN_CB * NN_CB;

	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < nn; i += VL) {
			vec half[6][3];

			UNROLL
			for (size_t x = 0; x < 3; x++) {
				vec g[3], o[6];

				UNROLL
				for (size_t y = 0; y < 3; y++) {
					size_t t = y * 3 + x;

					g[y] = load(w + (k * 9 + (flip ? 8 - t : t)) * nn + i);
				}
				wino_g(g, o);
				UNROLL
				for (size_t y = 0; y < 6; y++)
					half[y][x] = o[y];
			}
			for (size_t y = 0; y < 6; y++) {
				vec o[6];

				wino_g(half[y], o);
				UNROLL
				for (size_t x = 0; x < 6; x++)
					store(u + ((y * 6 + x) * n + k) * nn + i, o[x]);
			}
		}
}

/* 6x6 pixels at d to v[36], `step` floats apart */
INLINE void
wino_tile_in(const float *d, size_t row, float *v, size_t step)
{
	vec half[6][6];

	UNROLL
	for (size_t x = 0; x < 6; x++) {
		vec c[6], o[6];

		UNROLL
		for (size_t y = 0; y < 6; y++)
			c[y] = load(d + y * row + x * NN_CB);
		wino_in(c, o);
		UNROLL
		for (size_t y = 0; y < 6; y++)
			half[y][x] = o[y];
	}
	UNROLL
	for (size_t y = 0; y < 6; y++) {
		vec o[6];

		wino_in(half[y], o);
		UNROLL
		for (size_t x = 0; x < 6; x++)
			store(v + (y * 6 + x) * step, o[x]);
	}
}

INLINE void
wino_tile_out(const float *m, size_t step, float *y, size_t row, bool add)
{
	vec half[4][6];

	UNROLL
	for (size_t x = 0; x < 6; x++) {
		vec c[6], o[4];

		UNROLL
		for (size_t r = 0; r < 6; r++)
			c[r] = load(m + (r * 6 + x) * step);
		wino_out(c, o);
		UNROLL
		for (size_t r = 0; r < 4; r++)
			half[r][x] = o[r];
	}
	UNROLL
	for (size_t r = 0; r < 4; r++) {
		vec o[4];

		wino_out(half[r], o);
		UNROLL
		for (size_t x = 0; x < 4; x++) {
			float *to = y + r * row + x * NN_CB;

			if (add)
				o[x] += load(to);
			store(to, o[x]);
		}
	}
}

static void
wino(const struct nn_rwino_run *o)
{
	size_t across = o->cols / 4, all = across * (o->rows / 4), row = (o->cols + 2) * NN_CB;
	size_t plane = o->rows * o->cols * NN_CB, yrow = o->cols * NN_CB;

	for (size_t first = 0; first < all; first += NN_WINO_TILES) {
		size_t n = all - first < NN_WINO_TILES ? all - first : NN_WINO_TILES;
		/* not a power of two: the 36 would meet in the same few sets of the cache */
		size_t vstep = o->icb * n * NN_CB + NN_CB, mstep = o->ocb * n * NN_CB + NN_CB;

		for (size_t b = 0; b < o->icb; b++)
			for (size_t t = 0; t < n; t++) {
				size_t ty = (first + t) / across, tx = (first + t) % across;
				const float *d =
				    o->x + b * (o->rows + 2) * row + ty * 4 * row + tx * 4 * NN_CB;

				for (size_t v = 0; v < NN_CB; v += VL)
					wino_tile_in(
					    d + v, row, o->v + (b * n + t) * NN_CB + v, vstep);
			}
		for (size_t k = 0; k < 36; k++) {
			struct nn_rconv_run c = { .rows = 1,
				.cols = n,
				.icb = o->icb,
				.ocb = o->ocb,
				.last = o->last,
				.x = o->v + k * vstep,
				.w = o->u + k * o->icb * o->ocb * NN_CB * NN_CB,
				.xpix = NN_CB,
				.xplane = n * NN_CB,
				.ntaps = 1,
				.wblock = (size_t)NN_CB * NN_CB,
				.y = o->m + k * mstep,
				.ypix = NN_CB,
				.yplane = n * NN_CB };

			conv(&c);
		}
		for (size_t b = 0; b < o->ocb; b++)
			for (size_t t = 0; t < n; t++) {
				size_t ty = (first + t) / across, tx = (first + t) % across;
				float *y = o->y + b * plane + ty * 4 * yrow + tx * 4 * NN_CB;

				for (size_t v = 0; v < NN_CB; v += VL)
					wino_tile_out(o->m + (b * n + t) * NN_CB + v, mstep, y + v,
					    yrow, o->add);
			}
	}
}
