/* Part of conv_kernels.h: images into blocks of VL channels and back, VL x VL values at a time. */

/* r[i][k] and r[k][i] change places: blocks of s x s beside the diagonal, s = 1, 2, 4... */
INLINE void
transpose(vec r[VL])
{
#ifdef __clang__
	float from[VL][VL];

	for (int i = 0; i < VL; i++)
		store(from[i], r[i]);
	for (int i = 0; i < VL; i++)
		for (int k = 0; k < VL; k++)
			r[i][k] = from[k][i];
#else
	UNROLL
	for (int s = 1; s < VL; s *= 2) {
		veci low = { 0 }, high = { 0 };

		UNROLL
		for (int k = 0; k < VL; k++) {
			low[k] = k & s ? VL + k - s : k;
			high[k] = k & s ? VL + k : k + s;
		}
		UNROLL
		for (int i = 0; i < VL; i++)
			if (!(i & s)) {
				vec a = r[i], b = r[i + s];

				r[i] = __builtin_shuffle(a, b, low);
				r[i + s] = __builtin_shuffle(a, b, high);
			}
	}
#endif
}

/* `n` pixels of a block, of which `c` channels are there; `area` floats from channel to channel. */
static void
pack_row(const float *chw, size_t area, int c, int n, float *x)
{
	for (int i = 0; i < n && n >= VL; i += VL) {
		int at = i + VL <= n ? i : n - VL;
		vec r[VL];

		UNROLL
		for (int k = 0; k < VL; k++)
			r[k] = k < c ? load(chw + (size_t)k * area + at) : splat(0);
		transpose(r);
		UNROLL
		for (int k = 0; k < VL; k++)
			store(x + (at + k) * VL, r[k]);
	}
	for (int i = 0; i < n && n < VL; i++)
		for (int k = 0; k < VL; k++)
			x[i * VL + k] = k < c ? chw[(size_t)k * area + (size_t)i] : 0;
}

static void
unpack_row(const float *x, int c, int n, float *chw, size_t area)
{
	for (int i = 0; i < n && n >= VL; i += VL) {
		int at = i + VL <= n ? i : n - VL;
		vec r[VL];

		UNROLL
		for (int k = 0; k < VL; k++)
			r[k] = load(x + (at + k) * VL);
		transpose(r);
		UNROLL
		for (int k = 0; k < VL; k++)
			if (k < c)
				store(chw + (size_t)k * area + at, r[k]);
	}
	for (int k = 0; k < c && n < VL; k++)
		for (int i = 0; i < n; i++)
			chw[(size_t)k * area + (size_t)i] = x[i * VL + k];
}

/* Rows of all blocks; one long row where nothing stands between rows. */
static void
walk_rows(const struct nn_map *m, const float *from, float *to, bool unpack, int part, int parts)
{
	bool whole = m->cols == m->w;
	int rows = whole ? 1 : m->h, len = whole ? m->h * m->w : m->w, n = m->blocks * rows;
	size_t area = (size_t)m->h * (size_t)m->w;

	for (int i = nn_part(n, part, parts); i < nn_part(n, part + 1, parts); i++) {
		int b = i / rows, y = i % rows, c = m->c - b * VL < VL ? m->c - b * VL : VL;
		size_t chw = (size_t)(b * VL) * area + (size_t)y * (size_t)m->w;

		if (unpack)
			unpack_row(from + nn_map_at(m, b, y, 0), c, len, to + chw, area);
		else
			pack_row(from + chw, area, c, len, to + nn_map_at(m, b, y, 0));
	}
}

static void
pack(const struct nn_map *m, const float *chw, float *x, int part, int parts)
{
	walk_rows(m, chw, x, false, part, parts);
}

static void
unpack(const struct nn_map *m, const float *x, float *chw, int part, int parts)
{
	walk_rows(m, x, chw, true, part, parts);
}
