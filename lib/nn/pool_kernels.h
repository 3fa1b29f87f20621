/* Part of conv_kernels.h: pools and sums. A piece of work is a row of a block. */

static void
pool_row(const struct nn_pool *p, const struct nn_map *in, const float *x, const struct nn_map *out,
    float *y, int b, int oy)
{
	int y0 = oy * p->sh - p->top, from = y0 < 0 ? 0 : y0;
	int to = y0 + p->kh < in->h ? y0 + p->kh : in->h;

	for (int ox = 0; ox < out->w; ox++, y += VL) {
		int x0 = ox * p->sw - p->left, left = x0 < 0 ? 0 : x0;
		int right = x0 + p->kw < in->w ? x0 + p->kw : in->w;
		float met = (float)((to - from) * (right - left));
		vec v = p->kind == NN_POOL_MAX ? load(x + nn_map_at(in, b, from, left)) : splat(0);

		for (int i = from; i < to; i++)
			for (int j = left; j < right; j++) {
				vec a = load(x + nn_map_at(in, b, i, j));

				if (p->kind == NN_POOL_MAX)
					v = larger(a, v);
				else
					v += a;
			}
		if (p->kind == NN_POOL_AVG)
			v /= splat(p->count_border ? (float)(p->kh * p->kw) : met);
		store(y, v);
	}
}

static void
pool(const struct nn_pool *p, const struct nn_map *in, const float *x, const struct nn_map *out,
    float *y, int part, int parts)
{
	int n = out->blocks * out->h;

	for (int i = nn_part(n, part, parts); i < nn_part(n, part + 1, parts); i++) {
		int b = i / out->h, oy = i % out->h;

		pool_row(p, in, x, out, y + nn_map_at(out, b, oy, 0), b, oy);
	}
}

static void
sum(const struct nn_sum *s, int part, int parts)
{
	int n = s->out->blocks * s->out->h;

	for (int i = nn_part(n, part, parts); i < nn_part(n, part + 1, parts); i++) {
		int b = i / s->out->h, oy = i % s->out->h;
		const float *a = s->a + nn_map_at(s->a_map, b, oy, 0);
		const float *c = s->b ? s->b + nn_map_at(s->b_map, b, oy, 0) : NULL;
		float *y = s->y + nn_map_at(s->out, b, oy, 0);

		for (int x = 0; x < s->out->w * VL; x += VL) {
			vec v = load(a + x);

			if (c)
				v += load(c + x);
			store(y + x, s->clamp ? held(v, s->lo, s->hi) : v);
		}
	}
}
