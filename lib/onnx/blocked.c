#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onnx/blocked.h"

#include "base/mem.h"
#include "nn/crew.h"

enum {
	ALIGN = 64,
	PARTS = 2, /* of a step, for each thread: who starts late leaves some to the others */
	STEPS_MAX = 1 << 19,
	GROUP = 4, /* images that share what is read of large weights */
};

enum kind { CONV, SCALE, CLAMP, ADD, POOL };

struct step {
	enum kind kind;
	int in, in2, out; /* values; in2: what is added, or -1 */
	bool dead;        /* fused into another */
	bool clamp;
	float lo, hi;
	struct nn_conv_shape s;
	const float *w, *bias;
	float *a, *b; /* per output channel, on the sum of products and behind it; or NULL */
	struct nn_conv *conv;
	struct nn_pool pool;
};

struct value {
	struct nn_map map;
	int uses; /* an output counts */
	int first, last;
	size_t offset; /* floats */
	size_t copies; /* images of it that are kept at once */
};

struct onnx_net {
	const struct nn_kernels *k;
	enum nn_method method;
	struct step *steps;
	size_t nsteps, step_cap;
	struct value *values;
	size_t nvalues, value_cap;
	int *outputs;
	size_t noutputs, output_cap;
	int group;             /* images that a thread takes with it ... */
	size_t split;          /* ... one by one before this step, and together from it on */
	size_t arena, scratch; /* floats, of a thread */
	int threads;
	struct nn_crew *crew;
	float **memory; /* of each thread: arena, then scratch; aligned */
	void **blocks;
	/* the run */
	const float *from;
	float *const *to;
	int images, together; /* ... and how many of them are a chunk */
};

/* ---- building ---- */

struct onnx_net *
onnx_net_new(const struct nn_kernels *k, enum nn_method method)
{
	struct onnx_net *n = mem_alloc(sizeof *n);

	n->k = k;
	n->method = method;
	return n;
}

static int
add_value(struct onnx_net *n, int c, int h, int w)
{
	struct value *v = MEM_AT(n->values, n->value_cap, n->nvalues);

	*v = (struct value){ .first = -1, .last = -1 };
	nn_map_init(&v->map, c, h, w, nn_kernels_lanes(n->k));
	return (int)n->nvalues++;
}

static struct step *
add_step(struct onnx_net *n, enum kind kind, int in, int c, int h, int w)
{
	struct step *s = MEM_AT(n->steps, n->step_cap, n->nsteps);

	*s = (struct step){ .kind = kind, .in = in, .in2 = -1 };
	s->out = add_value(n, c, h, w);
	n->values[in].uses++;
	n->nsteps++;
	return s;
}

int
onnx_net_input(struct onnx_net *n, int c, int h, int w)
{
	return add_value(n, c, h, w);
}

int
onnx_net_conv(struct onnx_net *n, int value, const struct nn_conv_shape *shape, const float *w,
    const float *bias)
{
	struct step *s = add_step(n, CONV, value, shape->cout, shape->oh, shape->ow);

	s->s = *shape;
	s->w = w;
	s->bias = bias;
	return s->out;
}

int
onnx_net_scale(struct onnx_net *n, int value, const float *a, const float *b)
{
	struct nn_map m = n->values[value].map;
	struct step *s = add_step(n, SCALE, value, m.c, m.h, m.w);

	s->a = mem_dup(a, (size_t)m.c * sizeof *a);
	s->b = mem_dup(b, (size_t)m.c * sizeof *b);
	return s->out;
}

int
onnx_net_clamp(struct onnx_net *n, int value, float lo, float hi)
{
	struct nn_map m = n->values[value].map;
	struct step *s = add_step(n, CLAMP, value, m.c, m.h, m.w);

	s->clamp = true;
	s->lo = lo;
	s->hi = hi;
	return s->out;
}

int
onnx_net_add(struct onnx_net *n, int a, int b)
{
	struct nn_map m = n->values[a].map;
	struct step *s = add_step(n, ADD, a, m.c, m.h, m.w);

	s->in2 = b;
	n->values[b].uses++;
	return s->out;
}

int
onnx_net_pool(struct onnx_net *n, int value, const struct nn_pool *p, int oh, int ow)
{
	struct step *s = add_step(n, POOL, value, n->values[value].map.c, oh, ow);

	s->pool = *p;
	return s->out;
}

void
onnx_net_output(struct onnx_net *n, int value)
{
	*MEM_AT(n->outputs, n->output_cap, n->noutputs) = value;
	n->noutputs++;
	n->values[value].uses++;
}

/* ---- fusing ---- */

/* The step that makes a value nobody else looks at, or -1. */
static int
maker(const struct onnx_net *n, int value)
{
	for (size_t i = n->nsteps; i-- > 0 && n->values[value].uses == 1;)
		if (!n->steps[i].dead && n->steps[i].out == value)
			return (int)i;
	return -1;
}

/* Step i is done by `by`, which now makes its value. */
static void
absorb(struct onnx_net *n, struct step *by, struct step *s)
{
	n->values[by->out].uses = 0;
	by->out = s->out;
	s->dead = true;
}

static void
fuse_scale(struct onnx_net *n, struct step *s)
{
	int p = maker(n, s->in);
	struct step *by = p < 0 ? NULL : &n->steps[p];

	if (!by || by->kind != CONV || by->a || by->in2 >= 0 || by->clamp)
		return;
	by->a = s->a;
	by->b = s->b;
	s->a = s->b = NULL;
	absorb(n, by, s);
}

/* The later of two convolutions takes the sum, so that the other has been done by then. */
static void
fuse_add(struct onnx_net *n, struct step *s)
{
	int p = maker(n, s->in), q = maker(n, s->in2);
	struct step *by;

	for (int i = 0; i < 2; i++) {
		int *x = i ? &q : &p;

		if (*x >= 0 &&
		    (n->steps[*x].kind != CONV || n->steps[*x].in2 >= 0 || n->steps[*x].clamp))
			*x = -1;
	}
	if (p < 0 && q < 0)
		return;
	by = &n->steps[p > q ? p : q];
	/* what is added must have been made before */
	for (size_t i = (size_t)(by - n->steps) + 1; i < (size_t)(s - n->steps); i++)
		if (!n->steps[i].dead && n->steps[i].out == (p > q ? s->in2 : s->in))
			return;
	by->in2 = p > q ? s->in2 : s->in;
	absorb(n, by, s);
}

static void
fuse_clamp(struct onnx_net *n, struct step *s)
{
	int p = maker(n, s->in);
	struct step *by = p < 0 ? NULL : &n->steps[p];

	if (!by || by->clamp || (by->kind != CONV && by->kind != ADD))
		return;
	by->clamp = true;
	by->lo = s->lo;
	by->hi = s->hi;
	absorb(n, by, s);
}

static void
fuse(struct onnx_net *n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n->nsteps; i++) {
		struct step *s = &n->steps[i];

		if (s->kind == SCALE)
			fuse_scale(n, s);
		else if (s->kind == ADD && s->in != s->in2)
			fuse_add(n, s);
		else if (s->kind == CLAMP)
			fuse_clamp(n, s);
	}
	for (size_t i = 0; i < n->nsteps; i++)
		if (!n->steps[i].dead)
			n->steps[kept++] = n->steps[i];
	n->nsteps = kept;
}

/* ---- packing ---- */

/* A batch norm that stands alone: a convolution of one tap, each channel a group. */
static void
scale_conv(const struct onnx_net *n, struct step *s)
{
	const struct nn_map *m = &n->values[s->in].map;

	s->kind = CONV;
	s->s = (struct nn_conv_shape){ .cin = m->c,
		.cout = m->c,
		.groups = m->c,
		.h = m->h,
		.w = m->w,
		.oh = m->h,
		.ow = m->w,
		.kh = 1,
		.kw = 1,
		.sh = 1,
		.sw = 1,
		.dh = 1,
		.dw = 1 };
	s->w = s->a;
	s->bias = s->b;
}

static void
pack_conv(const struct onnx_net *n, struct step *s, int images)
{
	const struct nn_conv_shape *p = &s->s;
	size_t taps = (size_t)(p->cin / p->groups) * (size_t)p->kh * (size_t)p->kw;
	struct nn_conv_opts o = { .method = n->method,
		.bias = s->bias,
		.clamp = s->clamp,
		.lo = s->lo,
		.hi = s->hi,
		.in_lanes = n->values[s->in].map.lanes,
		.images = images };
	float *w = NULL, *b = NULL;

	if (s->a && s->w != s->a) {
		w = mem_array((size_t)p->cout * taps, sizeof *w);
		b = mem_array((size_t)p->cout, sizeof *b);
		for (size_t c = 0; c < (size_t)p->cout; c++) {
			for (size_t i = 0; i < taps; i++)
				w[c * taps + i] = s->a[c] * s->w[c * taps + i];
			b[c] = s->b[c] + (s->bias ? s->a[c] * s->bias[c] : 0);
		}
		o.bias = b;
	}
	s->conv = nn_conv_new(n->k, p, &o, w ? w : s->w);
	free(w);
	free(b);
}

/* A network input of few channels keeps those, if only convolutions look at it. */
static void
narrow_input(struct onnx_net *n)
{
	struct nn_map *m = &n->values[0].map;
	bool only = m->c < m->lanes;

	for (size_t i = 0; i < n->nsteps && only; i++)
		only = (n->steps[i].in != 0 || n->steps[i].kind == CONV) && n->steps[i].in2 != 0;
	for (size_t i = 0; i < n->noutputs && only; i++)
		only = n->outputs[i] != 0;
	if (only)
		nn_map_init(m, m->c, m->h, m->w, m->c);
}

/* Where images go on together: from where on weights are more than what images leave the cache
 * for, summed to the end. */
static void
find_split(struct onnx_net *n)
{
	double gain = 0, most = 0;

	n->split = n->nsteps;
	for (size_t i = n->nsteps; i-- > 0 && n->group > 1;) {
		const struct step *s = &n->steps[i];
		const struct nn_conv_shape *p = &s->s;

		gain -= (double)n->values[s->out].map.size;
		if (s->kind == CONV) {
			double taps = p->kh * p->kw == 9 && p->sh == 1 ? 36 : p->kh * p->kw;

			gain += (double)p->cin / p->groups * p->cout * taps;
		}
		if (gain > most) {
			most = gain;
			n->split = i;
		}
	}
	if (n->split == n->nsteps)
		n->group = 1;
}

static void
pack(struct onnx_net *n)
{
	narrow_input(n);
	for (size_t i = 0; i < n->nsteps; i++) {
		struct step *s = &n->steps[i];

		if (s->kind == SCALE)
			scale_conv(n, s);
		if (s->kind != CONV)
			continue;
		pack_conv(n, s, i < n->split ? 1 : n->group);
		nn_conv_border(s->conv, &n->values[s->in].map);
		if (nn_conv_scratch(s->conv) > n->scratch)
			n->scratch = nn_conv_scratch(s->conv);
	}
}

/* ---- memory ---- */

/* First and last step at which each value is needed. */
static void
live(struct onnx_net *n)
{
	for (size_t i = 0; i < n->nvalues; i++)
		n->values[i].copies = 1;
	n->values[0].first = 0;
	for (size_t i = 0; i < n->nsteps; i++) {
		const struct step *s = &n->steps[i];

		n->values[s->in].last = (int)i;
		if (s->in2 >= 0)
			n->values[s->in2].last = (int)i;
		n->values[s->out].first = n->values[s->out].last = (int)i;
	}
	for (size_t i = 0; i < n->noutputs; i++)
		n->values[n->outputs[i]].last = (int)n->nsteps;
	for (size_t i = 0; i < n->nvalues; i++) {
		struct value *v = &n->values[i];

		if (v->first < 0 || v->last < (int)n->split)
			continue;
		v->copies = (size_t)n->group;
		/* while the next image goes as far, this one waits */
		if (v->first < (int)n->split)
			v->first = 0;
	}
}

static size_t
room(const struct value *v)
{
	return v->copies * v->map.size;
}

/* The lowest place for value v that is free while it lives, among those placed. */
static size_t
place(const struct onnx_net *n, const bool *placed, size_t v)
{
	const struct value *a = &n->values[v];
	size_t at = 0;

	for (bool moved = true; moved;) {
		moved = false;
		for (size_t i = 0; i < n->nvalues; i++) {
			const struct value *b = &n->values[i];

			if (placed[i] && b->first <= a->last && a->first <= b->last &&
			    at < b->offset + room(b) && b->offset < at + room(a)) {
				at = (b->offset + room(b) + ALIGN - 1) / ALIGN * ALIGN;
				moved = true;
			}
		}
	}
	return at;
}

/* Largest first, each as low as it goes (Pisarchyk & Lee 2020, arXiv:2001.03288). */
static void
lay_out(struct onnx_net *n)
{
	bool *placed = mem_array(n->nvalues, sizeof *placed);

	n->arena = 0;
	live(n);
	for (;;) {
		size_t most = n->nvalues;

		for (size_t i = 0; i < n->nvalues; i++)
			if (!placed[i] && n->values[i].first >= 0 &&
			    (most == n->nvalues || room(&n->values[i]) > room(&n->values[most])))
				most = i;
		if (most == n->nvalues)
			break;
		n->values[most].offset = place(n, placed, most);
		placed[most] = true;
		if (n->values[most].offset + room(&n->values[most]) > n->arena)
			n->arena = n->values[most].offset + room(&n->values[most]);
	}
	n->arena = (n->arena + ALIGN - 1) / ALIGN * ALIGN;
	free(placed);
}

bool
onnx_net_finish(struct onnx_net *n, int threads, int images, size_t most)
{
	int share;

	threads = threads < 1 ? 1 : threads;
	share = (images + threads - 1) / threads;
	n->group = share < GROUP ? (share < 1 ? 1 : share) : GROUP;
	fuse(n);
	find_split(n);
	pack(n);
	lay_out(n);
	most /= sizeof(float) * (size_t)threads;
	if (n->group > 1 && n->arena + n->scratch > most) {
		n->group = 1;
		lay_out(n);
	}
	if (n->arena + n->scratch > most)
		return false;
	n->crew = nn_crew_new(threads);
	n->threads = nn_crew_size(n->crew);
	n->memory = mem_array((size_t)n->threads, sizeof *n->memory);
	n->blocks = mem_array((size_t)n->threads, sizeof *n->blocks);
	for (int i = 0; i < n->threads; i++) {
		n->blocks[i] = mem_alloc((n->arena + n->scratch) * sizeof(float) + ALIGN);
		n->memory[i] =
		    (float *)(((uintptr_t)n->blocks[i] + ALIGN - 1) & ~(uintptr_t)(ALIGN - 1));
	}
	return true;
}

void
onnx_net_free(struct onnx_net *n)
{
	if (!n)
		return;
	nn_crew_free(n->crew);
	for (size_t i = 0; i < n->nsteps; i++) {
		nn_conv_free(n->steps[i].conv);
		free(n->steps[i].a);
		free(n->steps[i].b);
	}
	for (int i = 0; i < n->threads; i++)
		free(n->blocks[i]);
	free(n->blocks);
	free(n->memory);
	free(n->steps);
	free(n->values);
	free(n->outputs);
	free(n);
}

/* ---- running ---- */

static float *
image_at(const struct value *v, float *at, int image)
{
	return at + v->offset + (v->copies > 1 ? (size_t)image * v->map.size : 0);
}

static size_t
image_step(const struct value *v)
{
	return v->copies > 1 ? v->map.size : 0;
}

/* One image's part of a pool or a sum. */
static void
run_plain(const struct onnx_net *n, const struct step *s, float *at, int image, int part, int parts)
{
	const struct value *in = &n->values[s->in], *out = &n->values[s->out];
	const struct value *in2 = s->in2 < 0 ? in : &n->values[s->in2];
	float *x = image_at(in, at, image), *y = image_at(out, at, image);
	float *x2 = s->in2 < 0 ? NULL : image_at(in2, at, image);

	if (s->kind == POOL) {
		nn_pool_run(n->k, &s->pool, &in->map, x, &out->map, y, part, parts);
	} else {
		struct nn_sum sum = { &in->map, &in2->map, &out->map, x, x2, y, s->clamp, s->lo,
			s->hi };

		nn_sum_run(n->k, &sum, part, parts);
	}
}

/* Images first to first + images - 1 of those in memory. */
static void
run_step(const struct onnx_net *n, const struct step *s, float *at, float *scratch, int first,
    int images, int part, int parts)
{
	const struct value *in = &n->values[s->in], *out = &n->values[s->out];
	const struct value *in2 = s->in2 < 0 ? in : &n->values[s->in2];

	for (int i = first; i < first + images; i++) {
		if (part == 0)
			nn_map_clear_border(&out->map, image_at(out, at, i));
		if (s->kind != CONV)
			run_plain(n, s, at, i, part, parts);
	}
	if (s->kind == CONV) {
		struct nn_conv_io io = { .in = &in->map,
			.res_map = &in2->map,
			.out = &out->map,
			.x = image_at(in, at, first),
			.res = s->in2 < 0 ? NULL : image_at(in2, at, first),
			.y = image_at(out, at, first),
			.scratch = scratch,
			.images = images,
			.x_step = image_step(in),
			.res_step = image_step(in2),
			.y_step = image_step(out) };

		nn_conv_run(s->conv, &io, part, parts);
	}
}

static size_t
image_size(const struct nn_map *m)
{
	return (size_t)m->c * (size_t)m->h * (size_t)m->w;
}

static void
take_image(const struct onnx_net *n, float *at, int i, int slot, int part, int parts)
{
	const struct value *v = &n->values[0];
	const float *from = n->from + (size_t)i * image_size(&v->map);

	if (part == 0)
		nn_map_clear_border(&v->map, image_at(v, at, slot));
	nn_map_pack(n->k, &v->map, from, image_at(v, at, slot), part, parts);
}

static void
give_image(const struct onnx_net *n, float *at, int i, int slot, int part, int parts)
{
	for (size_t k = 0; k < n->noutputs; k++) {
		const struct value *v = &n->values[n->outputs[k]];
		float *to = n->to[k] + (size_t)i * image_size(&v->map);

		nn_map_unpack(n->k, &v->map, image_at(v, at, slot), to, part, parts);
	}
}

/* A batch: a chunk is a group of images on their way through the whole net. */
static void
work_group(void *arg, int step, int chunk, int self)
{
	struct onnx_net *n = arg;
	float *at = n->memory[self], *scratch = at + n->arena;
	int first = chunk * n->together;
	int count = n->images - first < n->together ? n->images - first : n->together;

	(void)step;
	for (int i = 0; i < count; i++) {
		take_image(n, at, first + i, i, 0, 1);
		for (size_t s = 0; s < n->split; s++)
			run_step(n, &n->steps[s], at, scratch, i, 1, 0, 1);
	}
	for (size_t s = n->split; s < n->nsteps; s++)
		run_step(n, &n->steps[s], at, scratch, 0, count, 0, 1);
	for (int i = 0; i < count; i++)
		give_image(n, at, first + i, i, 0, 1);
}

/* One image: a chunk is a part of a step, with scratch of the thread's own. */
static void
work_part(void *arg, int step, int part, int self)
{
	struct onnx_net *n = arg;
	float *at = n->memory[0], *scratch = n->memory[self] + n->arena;
	int parts = PARTS * n->threads;

	if (step == 0)
		take_image(n, at, 0, 0, part, parts);
	else if ((size_t)step <= n->nsteps)
		run_step(n, &n->steps[step - 1], at, scratch, 0, 1, part, parts);
	else
		give_image(n, at, 0, 0, part, parts);
}

void
onnx_net_run(struct onnx_net *n, int images, const float *in, float *const *out)
{
	int share = (images + n->threads - 1) / n->threads, groups;

	n->from = in;
	n->to = out;
	n->images = images;
	n->together = share < n->group ? share : n->group;
	if (n->together < 1)
		return;
	groups = (images + n->together - 1) / n->together;
	if (n->threads == 1)
		for (int i = 0; i < groups; i++)
			work_group(n, 0, i, 0);
	else if (images > 1 || n->nsteps > STEPS_MAX)
		nn_crew_run(n->crew, 1, groups, work_group, n);
	else
		nn_crew_run(n->crew, (int)n->nsteps + 2, PARTS * n->threads, work_part, n);
}

/* ---- telling ---- */

const char *
onnx_net_step(const struct onnx_net *n, int step, char *buf, unsigned long size)
{
	static const char *const names[] = { "conv", "scale", "clamp", "add", "pool" };
	const struct step *s = &n->steps[step];
	const struct nn_map *m;

	if ((size_t)step >= n->nsteps)
		return NULL;
	m = &n->values[s->out].map;
	snprintf(buf, size, "%s%s %dx%dx%d%s%s", names[s->kind],
	    s->conv && nn_conv_winograd(s->conv) ? " winograd" : "", m->c, m->h, m->w,
	    s->kind == CONV && s->in2 >= 0 ? " +res" : "", s->clamp ? " clamp" : "");
	return buf;
}

size_t
onnx_net_packed(const struct onnx_net *n)
{
	size_t sum = 0;

	for (size_t i = 0; i < n->nsteps; i++)
		if (n->steps[i].conv)
			sum += nn_conv_bytes(n->steps[i].conv);
	return sum;
}

size_t
onnx_net_memory(const struct onnx_net *n)
{
	return (size_t)n->threads * (n->arena + n->scratch) * sizeof(float);
}
