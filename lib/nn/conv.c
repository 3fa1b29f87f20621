#include <stdlib.h>
#include <string.h>

#include "nn/conv_isa.h"

#include "base/mem.h"

/* ---- images ---- */

static void
measure(struct nn_map *m)
{
	m->row = (size_t)m->cols * (size_t)m->lanes;
	m->plane = (size_t)m->rows * m->row;
	m->size = (size_t)m->blocks * m->plane;
}

void
nn_map_init(struct nn_map *m, int c, int h, int w, int lanes)
{
	*m = (struct nn_map){ .c = c, .h = h, .w = w, .lanes = lanes, .rows = h, .cols = w };
	m->blocks = (c + lanes - 1) / lanes;
	measure(m);
}

static int
larger(int a, int b)
{
	return a > b ? a : b;
}

void
nn_map_border(struct nn_map *m, int top, int left, int bottom, int right)
{
	int below = larger(m->rows - m->h - m->top, bottom);
	int behind = larger(m->cols - m->w - m->left, right);

	m->top = larger(m->top, top);
	m->left = larger(m->left, left);
	m->rows = m->top + m->h + below;
	m->cols = m->left + m->w + behind;
	measure(m);
}

/* Zeros between one row and the next: mostly two or four pixels, not worth a call. */
static inline void
clear_gap(float *p, size_t n)
{
	enum { SHORT = 16, LONG = 32 };

	if (n == SHORT)
		memset(p, 0, SHORT * sizeof *p);
	else if (n == LONG)
		memset(p, 0, LONG * sizeof *p);
	else
		memset(p, 0, n * sizeof *p);
}

void
nn_map_clear_border(const struct nn_map *m, float *x)
{
	size_t before = (size_t)m->left * (size_t)m->lanes, width = (size_t)m->w * (size_t)m->lanes;
	size_t behind = m->row - before - width, above = (size_t)m->top * m->row + before;

	if (m->rows == m->h && m->cols == m->w)
		return;
	for (int b = 0; b < m->blocks; b++) {
		float *p = x + (size_t)b * m->plane, *end = p + m->plane;

		memset(p, 0, above * sizeof *p);
		p += above + width;
		for (int y = 1; y < m->h; y++, p += m->row)
			clear_gap(p, behind + before);
		memset(p, 0, (size_t)(end - p) * sizeof *p);
	}
}
/* ---- instruction sets ---- */

static bool
has_avx512(void)
{
#ifdef __x86_64__
	return nn_kernels_avx512() && __builtin_cpu_supports("avx512f") &&
	       __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
	       __builtin_cpu_supports("avx512vl");
#else
	return false;
#endif
}

static bool
has_avx2(void)
{
#ifdef __x86_64__
	return nn_kernels_avx2() && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
	return false;
#endif
}

const struct nn_kernels *
nn_kernels_at(int i)
{
	const struct nn_kernels *all[3];
	int n = 0;

	if (has_avx512())
		all[n++] = nn_kernels_avx512();
	if (has_avx2())
		all[n++] = nn_kernels_avx2();
	all[n++] = &nn_kernels_base;
	return i < n ? all[i] : NULL;
}

static _Atomic(const struct nn_kernels *) asked_for;

const struct nn_kernels *
nn_kernels(void)
{
	const struct nn_kernels *k = asked_for;

	return k ? k : nn_kernels_at(0);
}

void
nn_kernels_use(const struct nn_kernels *k)
{
	asked_for = k;
}

const struct nn_kernels *
nn_kernels_named(const char *name)
{
	const struct nn_kernels *k;

	for (int i = 0; (k = nn_kernels_at(i)); i++)
		if (strcmp(k->name, name) == 0)
			return k;
	return NULL;
}

const char *
nn_kernels_name(const struct nn_kernels *k)
{
	return k->name;
}

int
nn_kernels_lanes(const struct nn_kernels *k)
{
	return k->lanes;
}

/* ---- images into blocks ---- */

void
nn_map_pack(const struct nn_kernels *k, const struct nn_map *m, const float *chw, float *x,
    int part, int parts)
{
	size_t step = (size_t)m->lanes, area = (size_t)m->h * (size_t)m->w;

	if (m->lanes == k->lanes) {
		k->pack(m, chw, x, part, parts);
		return;
	}
	/* one block of few channels */
	for (int y = nn_part(m->h, part, parts); y < nn_part(m->h, part + 1, parts); y++)
		for (int c = 0; c < m->c; c++) {
			const float *from = chw + (size_t)c * area + (size_t)y * (size_t)m->w;
			float *to = x + nn_map_at(m, 0, y, 0) + c;

			for (int i = 0; i < m->w; i++)
				to[(size_t)i * step] = from[i];
		}
}

void
nn_map_unpack(const struct nn_kernels *k, const struct nn_map *m, const float *x, float *chw,
    int part, int parts)
{
	size_t step = (size_t)m->lanes, area = (size_t)m->h * (size_t)m->w;

	if (m->lanes == k->lanes) {
		k->unpack(m, x, chw, part, parts);
		return;
	}
	for (int y = nn_part(m->h, part, parts); y < nn_part(m->h, part + 1, parts); y++)
		for (int c = 0; c < m->c; c++) {
			const float *from = x + nn_map_at(m, 0, y, 0) + c;
			float *to = chw + (size_t)c * area + (size_t)y * (size_t)m->w;

			for (int i = 0; i < m->w; i++)
				to[i] = from[(size_t)i * step];
		}
}

/* ---- running ---- */

bool
nn_conv_winograd(const struct nn_conv *c)
{
	return c->side != 0;
}

size_t
nn_conv_bytes(const struct nn_conv *c)
{
	return c->bytes;
}

void
nn_conv_border(const struct nn_conv *c, struct nn_map *in)
{
	const struct nn_conv_shape *s = &c->s;
	int bottom, right;

	if (c->side) { /* whole tiles, which see more than what they start from */
		int more = 3 - s->sh;

		bottom = (s->oh + c->side - 1) / c->side * c->side * s->sh + more - s->top - s->h;
		right = (s->ow + c->side - 1) / c->side * c->side * s->sw + more - s->left - s->w;
	} else {
		bottom = (s->oh - 1) * s->sh + (s->kh - 1) * s->dh + 1 - s->top - s->h;
		right = (s->ow - 1) * s->sw + (s->kw - 1) * s->dw + 1 - s->left - s->w;
	}
	nn_map_border(in, s->top, s->left, bottom, right);
}

size_t
nn_conv_scratch(const struct nn_conv *c)
{
	size_t lanes = (size_t)c->k->lanes, tiles = (size_t)c->run_tiles;

	if (!c->side)
		return 0;
	return (size_t)nn_conv_points(c) * lanes *
	       (tiles * (size_t)(c->in_blocks + c->out_blocks) + 2);
}

void
nn_conv_run(const struct nn_conv *c, const struct nn_conv_io *io, int part, int parts)
{
	if (c->side)
		c->k->winograd(c, io, part, parts);
	else
		c->k->direct(c, io, part, parts);
}

void
nn_pool_run(const struct nn_kernels *k, const struct nn_pool *p, const struct nn_map *in,
    const float *x, const struct nn_map *out, float *y, int part, int parts)
{
	k->pool(p, in, x, out, y, part, parts);
}

void
nn_sum_run(const struct nn_kernels *k, const struct nn_sum *s, int part, int parts)
{
	k->sum(s, part, parts);
}
