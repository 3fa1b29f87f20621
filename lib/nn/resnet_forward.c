/* Forward: each phase makes the input of a convolution from what the one before put out, image by
 * image while it is in the cache, convolves it, and leaves sums for the normalisation. */
#include <math.h>
#include <string.h>

#include "nn/resnet_run.h"

#define MOMENTUM 0.1

void
nn_rwino(const struct nn_resnet *net, size_t thread, const struct nn_rwino_run *o)
{
	struct nn_rwino_run run = *o;

	run.v = net->run->scratch[thread].v;
	run.m = net->run->scratch[thread].m;
	net->run->k->wino(&run);
}

static void
conv_forward(const struct nn_resnet *net, size_t conv, const float *pic, float *z)
{
	const struct nn_resnet_conv *c = &net->conv[conv];
	size_t row = (c->iw + 2) * NN_CB;
	struct nn_rconv_run o = {
		.rows = c->oh,
		.cols = c->ow,
		.icb = c->icb,
		.ocb = c->ocb,
		.last = c->cin - (c->icb - 1) * NN_CB,
		/* a 1x1 kernel begins inside the border */
		.x = c->k == 3 ? pic : pic + row + NN_CB,
		.w = net->w + c->w,
		.xpix = c->stride * NN_CB,
		.xrow = c->stride * row,
		.xplane = (c->ih + 2) * row,
		.ntaps = c->k * c->k,
		.wblock = c->k * c->k * NN_CB * NN_CB,
		.y = z,
		.ypix = NN_CB,
		.yrow = c->ow * NN_CB,
		.yplane = c->oh * c->ow * NN_CB,
	};

	for (size_t t = 0; t < o.ntaps; t++) {
		o.xoff[t] = t / c->k * row + t % c->k * NN_CB;
		o.woff[t] = t * NN_CB * NN_CB;
	}
	net->run->k->conv(&o);
}

static void
convolve(struct nn_resnet *net, size_t thread, size_t conv, size_t i, const float *pic)
{
	const struct nn_resnet_conv *c = &net->conv[conv];
	struct nn_resnet_run *r = net->run;
	struct nn_rlayer *l = &r->layer[conv];
	float *z = l->z + i * l->plane;

	if (l->wino)
		nn_rwino(net, thread,
		    &(struct nn_rwino_run){ .rows = c->oh,
			.cols = c->ow,
			.icb = c->icb,
			.ocb = c->ocb,
			.last = c->cin - (c->icb - 1) * NN_CB,
			.x = pic,
			.u = l->u,
			.y = z });
	else
		conv_forward(net, conv, pic, z);
	if (r->training)
		r->k->stats(c->ocb, l->npix, z, l->sum + i * l->chans, l->dot + i * l->chans);
}

/* y = a z + b of a convolution, by the batch or by the running statistics. */
static void
normalise(struct nn_resnet *net, size_t conv)
{
	struct nn_resnet_run *r = net->run;
	const struct nn_resnet_conv *c = &net->conv[conv];
	struct nn_rlayer *l = &r->layer[conv];
	double m = (double)(r->n * l->npix);

	for (size_t ch = 0; ch < l->chans; ch++) {
		double mean = (double)net->state[c->mean + ch];
		double var = (double)net->state[c->var + ch];

		if (r->training) {
			double sum = 0, sq = 0;

			for (size_t i = 0; i < r->n; i++) {
				sum += (double)l->sum[i * l->chans + ch];
				sq += (double)l->dot[i * l->chans + ch];
			}
			double now = sum / m, spread = fmax(sq / m - now * now, 0);

			mean += MOMENTUM * (now - mean);
			var += MOMENTUM * (spread * (m > 1 ? m / (m - 1) : 1) - var);
			net->state[c->mean + ch] = (float)mean;
			net->state[c->var + ch] = (float)var;
			mean = now;
			var = spread;
		}
		double inv = 1 / sqrt(var + NN_RESNET_EPS), a = (double)net->w[c->gamma + ch] * inv;

		l->mean[ch] = (float)mean;
		l->inv[ch] = (float)inv;
		l->a[ch] = (float)a;
		l->b[ch] = (float)((double)net->w[c->beta + ch] - mean * a);
	}
}

/* ---- phases ---- */

void
nn_rspread(const struct nn_resnet *net, const float *image, float *pic)
{
	size_t h = net->def.rows, w = net->def.size, c = net->def.channels;

	memset(pic, 0, net->conv[0].icb * (h + 2) * (w + 2) * NN_CB * sizeof *pic);
	for (size_t ch = 0; ch < c; ch++)
		for (size_t y = 0; y < h; y++) {
			float *o = pic + ((ch / NN_CB * (h + 2) + y + 1) * (w + 2) + 1) * NN_CB +
				   ch % NN_CB;

			for (size_t x = 0; x < w; x++)
				o[x * NN_CB] = image[(ch * h + y) * w + x];
		}
}

void
nn_rinput(struct nn_resnet *net, size_t b, size_t i, float *pic, bool keep)
{
	struct nn_resnet_run *r = net->run;
	size_t conv = b ? net->block[b - 1].second : 0;
	const struct nn_resnet_conv *c = &net->conv[conv];
	const struct nn_rlayer *l = &r->layer[conv];
	const float *skip = NULL, *sa = NULL, *sb = NULL;

	if (b && net->block[b - 1].shortcut) {
		const struct nn_rlayer *s = &r->layer[net->block[b - 1].shortcut];

		skip = s->z + i * s->plane;
		sa = s->a;
		sb = s->b;
	} else if (b) {
		skip = r->x[b - 1] + i * l->plane;
	}
	r->k->act(nn_rpic(pic, c), l->z + i * l->plane, l->a, l->b, skip, sa, sb,
	    keep ? r->x[b] + i * l->plane : NULL);
}

static void
stem_phase(struct nn_resnet *net, size_t thread, size_t slice)
{
	struct nn_resnet_run *r = net->run;
	size_t i, hi, pixels = nn_resnet_pixels(net);

	for (nn_rslice(r, slice, &i, &hi); i < hi; i++) {
		nn_rspread(net, r->images + i * pixels, r->scratch[thread].x);
		convolve(net, thread, 0, i, r->scratch[thread].x);
	}
}

static void
first_phase(struct nn_resnet *net, size_t thread, size_t slice)
{
	struct nn_resnet_run *r = net->run;
	const struct nn_resnet_block *b = &net->block[r->block];
	size_t i, hi;

	for (nn_rslice(r, slice, &i, &hi); i < hi; i++) {
		nn_rinput(net, r->block, i, r->scratch[thread].x, true);
		convolve(net, thread, b->first, i, r->scratch[thread].x);
		if (b->shortcut)
			convolve(net, thread, b->shortcut, i, r->scratch[thread].x);
	}
}

static void
second_phase(struct nn_resnet *net, size_t thread, size_t slice)
{
	struct nn_resnet_run *r = net->run;
	const struct nn_resnet_block *b = &net->block[r->block];
	const struct nn_rlayer *l = &r->layer[b->first];
	struct nn_pic x = nn_rpic(r->scratch[thread].x, &net->conv[b->first]);
	size_t i, hi;

	for (nn_rslice(r, slice, &i, &hi); i < hi; i++) {
		r->k->act(x, l->z + i * l->plane, l->a, l->b, NULL, NULL, NULL, NULL);
		convolve(net, thread, b->second, i, x.p);
	}
}

struct job {
	struct nn_resnet *net;
	void (*fn)(struct nn_resnet *net, size_t thread, size_t part);
	size_t n;
	bool from_behind;
};

static void
do_part(void *arg, int step, int part, int self)
{
	const struct job *j = arg;

	(void)step;
	j->fn(j->net, (size_t)self, j->from_behind ? j->n - 1 - (size_t)part : (size_t)part);
}

void
nn_rparts(
    struct nn_resnet *net, void (*fn)(struct nn_resnet *net, size_t thread, size_t part), size_t n)
{
	struct job j = { net, fn, n, net->run->from_behind };

	/* what the last part has left in the cache is what the next phase begins with */
	net->run->from_behind = !net->run->from_behind;
	nn_crew_run(net->run->crew, 1, (int)n, do_part, &j);
}

void
nn_rphase(struct nn_resnet *net, void (*fn)(struct nn_resnet *net, size_t thread, size_t slice))
{
	nn_rparts(net, fn, NN_RESNET_SLICES);
}

static void
weights_phase(struct nn_resnet *net, size_t thread, size_t conv)
{
	const struct nn_resnet_conv *c = &net->conv[conv];
	struct nn_rlayer *l = &net->run->layer[conv];

	(void)thread;
	if (l->wino)
		net->run->k->wino_weights(c->icb * c->ocb, net->w + c->w, false, l->u);
}

void
nn_rforward(struct nn_resnet *net)
{
	struct nn_resnet_run *r = net->run;

	nn_rparts(net, weights_phase, net->nconv);
	nn_rphase(net, stem_phase);
	normalise(net, 0);
	for (size_t b = 0; b < net->nblocks; b++) {
		r->block = b;
		nn_rphase(net, first_phase);
		normalise(net, net->block[b].first);
		if (net->block[b].shortcut)
			normalise(net, net->block[b].shortcut);
		nn_rphase(net, second_phase);
		normalise(net, net->block[b].second);
	}
}
