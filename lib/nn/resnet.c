/* The shape of a network, its memory, and a batch from end to end. */
#include "nn/resnet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "base/rng.h"
#include "nn/resnet_run.h"

#define SIDE_MAX 1024
#define WIDTH_MAX 4096
#define BLOCKS_MAX 200
/* The largest batch: 64 GB of floats would be no network for this program. */
#define FLOATS_MAX ((double)(1u << 30) * 16)

/* ---- what there is ---- */

int
nn_resnet_check(const struct nn_resnet_def *d, struct err *e)
{
	size_t rows = d->rows ? d->rows : d->size, least = rows < d->size ? rows : d->size;

	if (d->channels < 1 || d->channels > WIDTH_MAX || d->size < 1 || d->size > SIDE_MAX)
		return err_set(e, ERR_USAGE, "images of %zu channels, %zu pixels a side",
		    d->channels, d->size);
	if (d->rows > d->size)
		return err_set(
		    e, ERR_USAGE, "the last %zu rows of images that have %zu", d->rows, d->size);
	if (d->classes < 2 || d->classes > WIDTH_MAX)
		return err_set(
		    e, ERR_USAGE, "%zu classes: there must be 2 to %d", d->classes, WIDTH_MAX);
	if (d->nstages < 1 || d->nstages > NN_RESNET_STAGES)
		return err_set(e, ERR_USAGE, "%zu stages: there must be 1 to %d", d->nstages,
		    NN_RESNET_STAGES);
	for (size_t i = 0; i < d->nstages; i++) {
		if (d->blocks[i] < 1 || d->blocks[i] > BLOCKS_MAX)
			return err_set(e, ERR_USAGE, "%zu blocks in a stage: there must be 1 to %d",
			    d->blocks[i], BLOCKS_MAX);
		if (d->width[i] < 1 || d->width[i] > WIDTH_MAX)
			return err_set(e, ERR_USAGE, "a stage %zu wide: there must be 1 to %d",
			    d->width[i], WIDTH_MAX);
		if (d->stride[i] != 1 && d->stride[i] != 2)
			return err_set(
			    e, ERR_USAGE, "a stride of %zu: it must be 1 or 2", d->stride[i]);
		if (d->stride[i] == 2 && least < 2)
			return err_set(e, ERR_USAGE, "nothing is left of %zu %s at stage %zu", rows,
			    rows < d->size ? "rows" : "pixels", i + 1);
		least = (least + d->stride[i] - 1) / d->stride[i];
	}
	if (d->hidden > WIDTH_MAX)
		return err_set(e, ERR_USAGE, "%zu hidden units: at most %d", d->hidden, WIDTH_MAX);
	if (!(d->dropout >= 0 && d->dropout < 1))
		return err_set(
		    e, ERR_USAGE, "a dropout of %g: it must be 0 to below 1", (double)d->dropout);
	return 0;
}

static size_t
blocks_of(size_t channels)
{
	return (channels + NN_CB - 1) / NN_CB;
}

static size_t
add_conv(struct nn_resnet *n, size_t cin, size_t cout, size_t k, size_t stride, const size_t in[2])
{
	struct nn_resnet_conv *c = &n->conv[n->nconv];

	c->cin = cin;
	c->cout = cout;
	c->k = k;
	c->stride = stride;
	c->ih = in[0];
	c->iw = in[1];
	c->oh = (c->ih + stride - 1) / stride;
	c->ow = (c->iw + stride - 1) / stride;
	c->icb = blocks_of(cin);
	c->ocb = blocks_of(cout);
	c->w = n->nw;
	n->nw += c->icb * c->ocb * k * k * NN_CB * NN_CB;
	c->gamma = n->nw;
	n->nw += c->ocb * NN_CB;
	c->beta = n->nw;
	n->nw += c->ocb * NN_CB;
	c->mean = n->nstate;
	n->nstate += c->ocb * NN_CB;
	c->var = n->nstate;
	n->nstate += c->ocb * NN_CB;
	return n->nconv++;
}

static void
add_dense(struct nn_resnet *n, size_t in, size_t out)
{
	struct nn_resnet_dense *d = &n->dense[n->ndense++];

	d->in = in;
	d->out = out;
	d->w = n->nw;
	n->nw += in * nn_pad(out);
	d->b = n->nw;
	n->nw += nn_pad(out);
}

static void
lay_out(struct nn_resnet *n)
{
	const struct nn_resnet_def *d = &n->def;
	size_t width = d->width[0], side[2] = { d->rows, d->size };

	for (size_t i = 0; i < d->nstages; i++)
		n->nblocks += d->blocks[i];
	n->block = mem_array(n->nblocks, sizeof *n->block);
	n->conv = mem_array(1 + 3 * n->nblocks, sizeof *n->conv);
	add_conv(n, d->channels, width, 3, 1, side);
	for (size_t i = 0, b = 0; i < d->nstages; i++)
		for (size_t j = 0; j < d->blocks[i]; j++, b++) {
			size_t s = j ? 1 : d->stride[i];
			struct nn_resnet_block *k = &n->block[b];

			k->first = add_conv(n, width, d->width[i], 3, s, side);
			if (s != 1 || width != d->width[i])
				k->shortcut = add_conv(n, width, d->width[i], 1, s, side);
			width = d->width[i];
			side[0] = (side[0] + s - 1) / s;
			side[1] = (side[1] + s - 1) / s;
			k->second = add_conv(n, width, width, 3, 1, side);
		}
	n->features = width;
	if (d->pool != NN_RESNET_MEAN)
		n->features *= side[0] * (d->pool == NN_RESNET_FLAT ? side[1] : 1);
	if (d->hidden)
		add_dense(n, n->features, d->hidden);
	add_dense(n, d->hidden ? d->hidden : n->features, d->classes);
}

/* ---- memory ---- */

/* Pieces of one block, each at a multiple of 64 bytes; counted first, then handed out. */
struct pieces {
	float *base; /* NULL: counting */
	size_t at;
};

static void
piece(struct pieces *p, float **to, size_t n)
{
	if (p->base)
		*to = p->base + p->at;
	p->at += (n + 15) / 16 * 16;
}

static void
conv_pieces(struct nn_resnet *n, size_t i, struct pieces *p)
{
	struct nn_resnet_run *r = n->run;
	const struct nn_resnet_conv *c = &n->conv[i];
	struct nn_rlayer *l = &r->layer[i];

	l->npix = c->oh * c->ow;
	l->chans = c->ocb * NN_CB;
	l->plane = l->npix * l->chans;
	piece(p, &l->z, r->batch * l->plane);
	piece(p, &l->wt, c->icb * c->ocb * c->k * c->k * NN_CB * NN_CB);
	/* the stem reads few channels and has no backward pass to its input */
	l->wino = i > 0 && c->k == 3 && c->stride == 1 && c->oh % 4 == 0 && c->ow % 4 == 0;
	if (l->wino) {
		piece(p, &l->u, c->icb * c->ocb * 36 * NN_CB * NN_CB);
		piece(p, &l->ut, c->icb * c->ocb * 36 * NN_CB * NN_CB);
	}
	float **each[] = { &l->a, &l->b, &l->mean, &l->inv, &l->grad_g, &l->grad_z, &l->grad_c };

	for (size_t k = 0; k < sizeof each / sizeof *each; k++)
		piece(p, each[k], l->chans);
	piece(p, &l->sum, r->batch * l->chans);
	piece(p, &l->dot, r->batch * l->chans);
}

static void
run_pieces(struct nn_resnet *n, struct pieces *p)
{
	struct nn_resnet_run *r = n->run;
	size_t plane = 0, in = 0, out = 0, blocks = 0, lf = nn_pad(n->features);

	for (size_t i = 0; i < n->nconv; i++) {
		const struct nn_resnet_conv *c = &n->conv[i];
		size_t pin = c->icb * (c->ih + 2) * (c->iw + 2) * NN_CB;
		size_t pout = c->ocb * (c->oh + 2) * (c->ow + 2) * NN_CB;

		conv_pieces(n, i, p);
		plane = r->layer[i].plane > plane ? r->layer[i].plane : plane;
		in = pin > in ? pin : in;
		out = pout > out ? pout : out;
		if (r->layer[i].wino && c->ocb > blocks)
			blocks = c->ocb;
		if (r->layer[i].wino && c->icb > blocks)
			blocks = c->icb;
	}
	/* the head's input is as large as the last convolution's output */
	in = out > in ? out : in;
	for (size_t b = 0; b <= n->nblocks; b++)
		piece(p, &r->x[b], r->batch * r->layer[b ? n->block[b - 1].second : 0].plane);
	piece(p, &r->g, r->batch * plane);
	piece(p, &r->gnext, r->batch * plane);
	piece(p, &r->h, r->batch * plane);
	piece(p, &r->slice_g, NN_RESNET_SLICES * n->nw);
	piece(p, &r->features, r->batch * lf);
	piece(p, &r->mask, r->batch * lf);
	piece(p, &r->dfeatures, r->batch * lf);
	piece(p, &r->hidden, r->batch * nn_pad(n->def.hidden));
	piece(p, &r->dhidden, r->batch * nn_pad(n->def.hidden));
	piece(p, &r->dlogits, r->batch * nn_pad(n->def.classes));
	for (size_t i = 0; i < n->ndense; i++)
		piece(p, &r->wt[i], n->dense[i].out * nn_pad(n->dense[i].in));
	for (size_t t = 0; t < (size_t)nn_crew_size(r->crew); t++) {
		piece(p, &r->scratch[t].x, in);
		piece(p, &r->scratch[t].d, out);
		piece(p, &r->scratch[t].d2, out);
		piece(p, &r->scratch[t].v, 36 * (blocks * NN_WINO_TILES + 1) * NN_CB);
		piece(p, &r->scratch[t].m, 36 * (blocks * NN_WINO_TILES + 1) * NN_CB);
	}
	piece(p, &n->w, n->nw);
	piece(p, &n->g, n->nw);
	piece(p, &n->state, n->nstate);
}

#define LARGE ((size_t)2 << 20) /* bytes of a large page */

/* n floats at 0, from a multiple of a page. A batch walks through a hundred megabytes: with pages
 * of 4 kB it waits for their addresses. Where the system has no larger ones to give, these do. */
static float *
arena_new(struct nn_resnet_run *r, size_t n)
{
	uintptr_t at;

	r->arena_mem = mem_array(n + LARGE / sizeof(float), sizeof(float));
	at = ((uintptr_t)r->arena_mem + LARGE - 1) / LARGE * LARGE;
	madvise((void *)at, n * sizeof(float) / LARGE * LARGE, MADV_HUGEPAGE);
	return (float *)at;
}

static int
make_run(struct nn_resnet *n, size_t batch, size_t threads, struct err *e)
{
	struct nn_resnet_run *r = n->run = mem_alloc(sizeof *r);
	struct pieces p = { 0 };

	r->batch = batch;
	r->k = nn_rkern();
	r->dense = nn_dense();
	r->layer = mem_array(n->nconv, sizeof *r->layer);
	r->x = mem_array(n->nblocks + 1, sizeof *r->x);
	r->loss = mem_array(batch, sizeof *r->loss);
	double most = 0;

	for (size_t i = 0; i < n->nconv; i++) {
		const struct nn_resnet_conv *c = &n->conv[i];

		most += (double)batch * (double)(c->ocb * NN_CB) * (double)(c->oh * c->ow);
		most += (double)(c->icb * c->ocb) * 9 * NN_CB * NN_CB * (NN_RESNET_SLICES + 11);
	}
	if (most > FLOATS_MAX)
		return err_set(e, ERR_USAGE,
		    "this network would take %.0f GB: make it or the batch "
		    "smaller",
		    most * 4 / 1e9);
	r->crew = nn_crew_new(threads < 1                  ? 1
			      : threads > NN_RESNET_SLICES ? NN_RESNET_SLICES
							   : (int)threads);
	r->scratch = mem_array((size_t)nn_crew_size(r->crew), sizeof *r->scratch);
	run_pieces(n, &p);
	p.base = arena_new(r, p.at);
	p.at = 0;
	run_pieces(n, &p);
	return 0;
}

struct nn_resnet *
nn_resnet_new(const struct nn_resnet_def *d, size_t batch, size_t threads, struct err *e)
{
	struct nn_resnet *n;

	if (nn_resnet_check(d, e) < 0)
		return NULL;
	if (batch < 1) {
		err_set(e, ERR_USAGE, "a batch must hold 1 image or more");
		return NULL;
	}
	n = mem_alloc(sizeof *n);
	n->def = *d;
	n->def.rows = d->rows ? d->rows : d->size;
	lay_out(n);
	if (make_run(n, batch, threads, e) < 0) {
		nn_resnet_free(n);
		return NULL;
	}
	n->decay = mem_array(n->nw, 1);
	for (size_t i = 0; i < n->nconv; i++)
		memset(n->decay + n->conv[i].w, 1, n->conv[i].gamma - n->conv[i].w);
	for (size_t i = 0; i < n->ndense; i++)
		memset(n->decay + n->dense[i].w, 1, n->dense[i].b - n->dense[i].w);
	return n;
}

void
nn_resnet_free(struct nn_resnet *n)
{
	if (!n)
		return;
	if (n->run) {
		nn_crew_free(n->run->crew);
		free(n->run->layer);
		free(n->run->x);
		free(n->run->loss);
		free(n->run->scratch);
		free(n->run->arena_mem);
	}
	free(n->run);
	free(n->conv);
	free(n->block);
	free(n->decay);
	free(n);
}

/* ---- weights ---- */

/* Where weight (out, in, tap) of a convolution is. */
static size_t
place(const struct nn_resnet_conv *c, size_t o, size_t i, size_t tap)
{
	size_t block = o / NN_CB * c->icb + i / NN_CB;

	return c->w + ((block * c->k * c->k + tap) * NN_CB + i % NN_CB) * NN_CB + o % NN_CB;
}

void
nn_resnet_init(struct nn_resnet *n, uint64_t seed)
{
	struct rng rng;

	rng_seed(&rng, seed);
	memset(n->w, 0, n->nw * sizeof *n->w);
	memset(n->state, 0, n->nstate * sizeof *n->state);
	for (size_t k = 0; k < n->nconv; k++) {
		const struct nn_resnet_conv *c = &n->conv[k];
		double sd = sqrt(2.0 / (double)(c->cout * c->k * c->k));

		for (size_t o = 0; o < c->cout; o++) {
			for (size_t i = 0; i < c->cin; i++)
				for (size_t t = 0; t < c->k * c->k; t++)
					n->w[place(c, o, i, t)] = (float)(sd * rng_normal(&rng));
			n->w[c->gamma + o] = 1;
			n->state[c->var + o] = 1;
		}
	}
	for (size_t k = 0; k < n->ndense; k++) {
		const struct nn_resnet_dense *d = &n->dense[k];
		double sd = sqrt((k + 1 < n->ndense ? 2.0 : 1.0) / (double)d->in);

		for (size_t i = 0; i < d->in; i++)
			for (size_t o = 0; o < d->out; o++)
				n->w[d->w + i * nn_pad(d->out) + o] =
				    (float)(sd * rng_normal(&rng));
	}
}

size_t
nn_resnet_pixels(const struct nn_resnet *n)
{
	return n->def.channels * n->def.rows * n->def.size;
}

size_t
nn_resnet_parameters(const struct nn_resnet *n)
{
	size_t sum = 0;

	for (size_t k = 0; k < n->nconv; k++)
		sum += n->conv[k].cout * (n->conv[k].cin * n->conv[k].k * n->conv[k].k + 2);
	for (size_t k = 0; k < n->ndense; k++)
		sum += n->dense[k].out * (n->dense[k].in + 1);
	return sum;
}

void
nn_resnet_oihw(const struct nn_resnet *net, size_t conv, bool fold, float *w, float *bias)
{
	const struct nn_resnet_conv *c = &net->conv[conv];

	for (size_t o = 0; o < c->cout; o++) {
		double a = 1;

		if (fold) {
			a = (double)net->w[c->gamma + o] /
			    sqrt((double)net->state[c->var + o] + NN_RESNET_EPS);
			bias[o] = (float)((double)net->w[c->beta + o] -
					  (double)net->state[c->mean + o] * a);
		}
		for (size_t i = 0; i < c->cin; i++)
			for (size_t t = 0; t < c->k * c->k; t++)
				*w++ = (float)(a * (double)net->w[place(c, o, i, t)]);
	}
}

/* 0 plain, 1, 2: the widest that this machine has */
static int
widest(void)
{
	const struct nn_rkern *k = nn_rkern();

	return k == nn_rkern_avx512() ? 2 : k == nn_rkern_avx2() ? 1 : 0;
}

bool
nn_resnet_kernels(struct nn_resnet *net, const char *name)
{
	const struct nn_rkern *all[] = { nn_rkern_plain(), nn_rkern_avx2(), nn_rkern_avx512() };

	for (int i = 0; i <= widest(); i++)
		if (all[i] && strcmp(all[i]->name, name) == 0) {
			net->run->k = all[i];
			return true;
		}
	return false;
}

/* ---- a batch ---- */

double
nn_resnet_step(struct nn_resnet *net, const struct nn_resnet_batch *b, float *logits)
{
	struct nn_resnet_run *r = net->run;
	double loss = 0;

	r->training = true;
	r->n = b->n;
	r->b = b;
	r->images = b->x;
	r->logits = logits;
	nn_rforward(net);
	nn_rhead(net);
	nn_rbackward(net);
	for (size_t i = 0; i < b->n; i++)
		loss += r->loss[i];
	return loss;
}

void
nn_resnet_eval(struct nn_resnet *net, size_t n, const float *x, float *logits)
{
	struct nn_resnet_run *r = net->run;
	size_t pixels = nn_resnet_pixels(net);

	r->training = false;
	for (size_t i = 0; i < n; i += r->n) {
		r->n = n - i < r->batch ? n - i : r->batch;
		r->images = x + i * pixels;
		r->logits = logits + i * net->def.classes;
		nn_rforward(net);
		nn_rhead(net);
	}
}
