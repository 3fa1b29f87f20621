/*
 * Backward. Of a block, with g the gradient at its output, masked by its ReLU:
 *
 *	second: dz2 = BN'(g); dw2 += y1' dz2; h = conv'(dz2), masked by y1 > 0
 *	first:  dz1 = BN'(h); dw1 += x' dz1; gnext = conv'(dz1) + what the shortcut gives back,
 *	        masked by x > 0; where that is g as it is, gnext takes its place
 *
 * The gradient of a normalisation needs sums over the batch, which the phase before leaves.
 */
#include <string.h>

#include "nn/resnet_run.h"

/* dz = A g + B z + C of a convolution from its sums, and the gradients of scale and shift. */
static void
settle(struct nn_resnet *net, size_t conv)
{
	struct nn_resnet_run *r = net->run;
	const struct nn_resnet_conv *c = &net->conv[conv];
	struct nn_rlayer *l = &r->layer[conv];
	double m = (double)(r->n * l->npix);

	for (size_t ch = 0; ch < l->chans; ch++) {
		double sum = 0, dot = 0, a = (double)l->a[ch], inv = (double)l->inv[ch];

		for (size_t i = 0; i < r->n; i++) {
			sum += (double)l->sum[i * l->chans + ch];
			dot += (double)l->dot[i * l->chans + ch];
		}
		double back = -a * inv * inv * dot / m;

		l->grad_g[ch] = l->a[ch];
		l->grad_z[ch] = (float)back;
		l->grad_c[ch] = (float)(-a * sum / m - back * (double)l->mean[ch]);
		/* in the first slice's place: the others have 0 there */
		r->slice_g[c->gamma + ch] = (float)(dot * inv);
		r->slice_g[c->beta + ch] = (float)sum;
	}
}

static void
weights(struct nn_resnet *net, size_t conv, size_t slice, const float *x, const float *d)
{
	const struct nn_resnet_conv *c = &net->conv[conv];
	size_t row = (c->iw + 2) * NN_CB, zrow = (c->ow + 2) * NN_CB;
	struct nn_rgrad_run o = {
		.rows = c->oh,
		.cols = c->ow,
		.icb = c->icb,
		.ocb = c->ocb,
		.last = c->cin - (c->icb - 1) * NN_CB,
		.x = c->k == 3 ? x : x + row + NN_CB,
		.dz = d + zrow + NN_CB,
		.xpix = c->stride * NN_CB,
		.xrow = c->stride * row,
		.xplane = (c->ih + 2) * row,
		.zrow = zrow,
		.zplane = (c->oh + 2) * zrow,
		.k = c->k,
		.wblock = c->k * c->k * NN_CB * NN_CB,
		.dw = net->run->slice_g + slice * net->nw + c->w,
	};

	for (size_t t = 0; t < c->k * c->k; t++)
		o.xoff[t] = t / c->k * row + t % c->k * NN_CB;
	net->run->k->grad(&o);
}

/*
 * Which rows of the kernel bring which rows of dz to the rows ph, ph + stride, ... of the input:
 * input row stride * a + ph had output row a + off[j] - 1 (off is into the padded picture) under
 * kernel row ky[j].
 */
static size_t
reach(const struct nn_resnet_conv *c, size_t ph, size_t ky[3], size_t off[3])
{
	if (c->k == 1) {
		ky[0] = 0;
		off[0] = 1;
		return ph == 0;
	}
	if (c->stride == 1) {
		for (size_t j = 0; j < 3; j++) {
			ky[j] = j;
			off[j] = 2 - j;
		}
		return 3;
	}
	ky[0] = ph ? 0 : 1;
	off[0] = ph ? 2 : 1;
	ky[1] = 2;
	off[1] = 1;
	return ph ? 2 : 1;
}

/* dx (+)= the convolution's gradient at its input. */
static void
data(struct nn_resnet *net, size_t thread, size_t conv, const float *d, float *dx, bool add)
{
	const struct nn_resnet_conv *c = &net->conv[conv];
	const struct nn_rlayer *l = &net->run->layer[conv];
	size_t zrow = (c->ow + 2) * NN_CB, s = c->stride;

	if (l->wino) {
		nn_rwino(net, thread,
		    &(struct nn_rwino_run){ .rows = c->ih,
			.cols = c->iw,
			.icb = c->ocb,
			.ocb = c->icb,
			.last = c->cout - (c->ocb - 1) * NN_CB,
			.x = d,
			.u = l->ut,
			.y = dx,
			.add = add });
		return;
	}

	for (size_t ph = 0; ph < s * s; ph++) {
		size_t py = ph / s, px = ph % s, ky[3], oy[3], kx[3], ox[3];
		size_t ny = reach(c, py, ky, oy), nx = reach(c, px, kx, ox);
		struct nn_rconv_run o = {
			.rows = (c->ih - py + s - 1) / s,
			.cols = (c->iw - px + s - 1) / s,
			.icb = c->ocb,
			.ocb = c->icb,
			.last = c->cout - (c->ocb - 1) * NN_CB,
			.x = d,
			.w = net->run->layer[conv].wt,
			.xpix = NN_CB,
			.xrow = zrow,
			.xplane = (c->oh + 2) * zrow,
			.ntaps = ny * nx,
			.wblock = c->k * c->k * NN_CB * NN_CB,
			.y = dx + (py * c->iw + px) * NN_CB,
			.ypix = s * NN_CB,
			.yrow = s * c->iw * NN_CB,
			.yplane = c->ih * c->iw * NN_CB,
			.add = add,
		};

		for (size_t t = 0; t < o.ntaps; t++) {
			o.xoff[t] = oy[t / nx] * zrow + ox[t % nx] * NN_CB;
			o.woff[t] = (ky[t / nx] * c->k + kx[t % nx]) * NN_CB * NN_CB;
		}
		if (o.ntaps || !add)
			net->run->k->conv(&o);
	}
}

static void
bnback(struct nn_resnet *net, size_t conv, size_t i, const float *g, float *d)
{
	const struct nn_resnet_conv *c = &net->conv[conv];
	const struct nn_rlayer *l = &net->run->layer[conv];

	net->run->k->bnback(nn_rpic(d, c), g, l->z + i * l->plane, l->grad_g, l->grad_z, l->grad_c);
}

static void
mask(struct nn_resnet *net, size_t conv, size_t i, float *g, const float *pic)
{
	const struct nn_resnet_conv *c = &net->conv[conv];
	struct nn_rlayer *l = &net->run->layer[conv];
	union {
		const float *in;
		float *pic; /* only read */
	} y = { pic };
	struct nn_pic p = nn_rpic(y.pic, c);

	net->run->k->mask(g, pic ? &p : NULL, c->ocb, l->npix, l->z + i * l->plane, l->mean,
	    l->sum + i * l->chans, l->dot + i * l->chans);
}

void
nn_rmask(struct nn_resnet *net, size_t b, size_t i, float *g, const float *pic)
{
	mask(net, b ? net->block[b - 1].second : 0, i, g, pic);
	if (b && net->block[b - 1].shortcut)
		mask(net, net->block[b - 1].shortcut, i, g, NULL);
}

/* ---- phases ---- */

static void
second_phase(struct nn_resnet *net, size_t thread, size_t slice)
{
	struct nn_resnet_run *r = net->run;
	const struct nn_resnet_block *b = &net->block[r->block];
	const struct nn_rscratch *s = &r->scratch[thread];
	const struct nn_rlayer *l1 = &r->layer[b->first], *l2 = &r->layer[b->second];
	const struct nn_resnet_conv *c1 = &net->conv[b->first];
	size_t i, hi;

	for (nn_rslice(r, slice, &i, &hi); i < hi; i++) {
		float *h = r->h + i * l1->plane;

		bnback(net, b->second, i, r->g + i * l2->plane, s->d);
		r->k->act(
		    nn_rpic(s->x, c1), l1->z + i * l1->plane, l1->a, l1->b, NULL, NULL, NULL, NULL);
		weights(net, b->second, slice, s->x, s->d);
		data(net, thread, b->second, s->d, h, false);
		mask(net, b->first, i, h, s->x);
	}
}

static void
first_phase(struct nn_resnet *net, size_t thread, size_t slice)
{
	struct nn_resnet_run *r = net->run;
	const struct nn_resnet_block *b = &net->block[r->block];
	const struct nn_rscratch *s = &r->scratch[thread];
	const struct nn_resnet_conv *c = &net->conv[b->first];
	size_t i, hi, plane = c->icb * c->ih * c->iw * NN_CB;
	size_t gplane = r->layer[b->second].plane;

	for (nn_rslice(r, slice, &i, &hi); i < hi; i++) {
		float *g = r->g + i * gplane, *dx = b->shortcut ? r->gnext + i * plane : g;

		r->k->pad(
		    (struct nn_pic){ s->x, c->icb, c->ih, c->iw }, r->x[r->block] + i * plane);
		bnback(net, b->first, i, r->h + i * r->layer[b->first].plane, s->d);
		weights(net, b->first, slice, s->x, s->d);
		if (b->shortcut) {
			data(net, thread, b->first, s->d, dx, false);
			bnback(net, b->shortcut, i, g, s->d2);
			weights(net, b->shortcut, slice, s->x, s->d2);
			data(net, thread, b->shortcut, s->d2, dx, true);
		} else {
			data(net, thread, b->first, s->d, dx, true);
		}
		nn_rmask(net, r->block, i, dx, s->x);
	}
}

static void
stem_phase(struct nn_resnet *net, size_t thread, size_t slice)
{
	struct nn_resnet_run *r = net->run;
	const struct nn_rscratch *s = &r->scratch[thread];
	size_t i, hi, pixels = nn_resnet_pixels(net);

	for (nn_rslice(r, slice, &i, &hi); i < hi; i++) {
		nn_rspread(net, r->images + i * pixels, s->x);
		bnback(net, 0, i, r->g + i * r->layer[0].plane, s->d);
		weights(net, 0, slice, s->x, s->d);
	}
}

/* [out][in][tap][in][out] to [in][out][tap][out][in] */
static void
turn_phase(struct nn_resnet *net, size_t thread, size_t conv)
{
	const struct nn_resnet_conv *c = &net->conv[conv];
	size_t taps = c->k * c->k, nn = (size_t)NN_CB * NN_CB;

	(void)thread;
	if (conv == 0)
		return;
	for (size_t ob = 0; ob < c->ocb; ob++)
		for (size_t ib = 0; ib < c->icb; ib++)
			for (size_t t = 0; t < taps; t++) {
				const float *w =
				    net->w + c->w + ((ob * c->icb + ib) * taps + t) * nn;
				float *wt =
				    net->run->layer[conv].wt + ((ib * c->ocb + ob) * taps + t) * nn;

				for (size_t i = 0; i < NN_CB; i++)
					for (size_t o = 0; o < NN_CB; o++)
						wt[o * NN_CB + i] = w[i * NN_CB + o];
			}
	if (net->run->layer[conv].wino)
		net->run->k->wino_weights(
		    c->icb * c->ocb, net->run->layer[conv].wt, true, net->run->layer[conv].ut);
}

#define REDUCE_PARTS 64

static void
reduce_phase(struct nn_resnet *net, size_t thread, size_t part)
{
	size_t lo = net->nw * part / REDUCE_PARTS, hi = net->nw * (part + 1) / REDUCE_PARTS;

	(void)thread;
	memcpy(net->g + lo, net->run->slice_g + lo, (hi - lo) * sizeof *net->g);
	for (size_t s = 1; s < NN_RESNET_SLICES; s++) {
		const float *from = net->run->slice_g + s * net->nw;

		for (size_t i = lo; i < hi; i++)
			net->g[i] += from[i];
	}
}

void
nn_rbackward(struct nn_resnet *net)
{
	struct nn_resnet_run *r = net->run;

	nn_rparts(net, turn_phase, net->nconv);
	for (size_t b = net->nblocks; b-- > 0;) {
		r->block = b;
		settle(net, net->block[b].second);
		if (net->block[b].shortcut)
			settle(net, net->block[b].shortcut);
		nn_rphase(net, second_phase);
		settle(net, net->block[b].first);
		nn_rphase(net, first_phase);
		if (net->block[b].shortcut) {
			float *t = r->g;

			r->g = r->gnext;
			r->gnext = t;
		}
	}
	settle(net, 0);
	nn_rphase(net, stem_phase);
	nn_rparts(net, reduce_phase, REDUCE_PARTS);
}
