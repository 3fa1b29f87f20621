/* A residual network in double, written as plainly as it can be: what the kernels are held against.
 * It reads weights through nn_resnet_oihw and the offsets of nn/resnet.h, from `w` and `state`. */
#ifndef TP_TEST_T_RESNET_H
#define TP_TEST_T_RESNET_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "nn/dense.h"
#include "nn/resnet.h"
#include "nn/resnet_kern.h"

struct ref_map {
	size_t n, c, h, w; /* images, channels, rows, columns */
	double *v;
};

static struct ref_map
ref_map(size_t n, size_t c, size_t h, size_t w)
{
	return (struct ref_map){ n, c, h, w, calloc(n * c * h * w, sizeof(double)) };
}

static double
ref_at(const struct ref_map *m, size_t i, size_t c, long y, long x)
{
	if (y < 0 || x < 0 || y >= (long)m->h || x >= (long)m->w)
		return 0;
	return m->v[((i * m->c + c) * m->h + (size_t)y) * m->w + (size_t)x];
}

/* Offset of weight (out, in, tap): the layout of nn/resnet_kern.h, said once more. */
static size_t
ref_place(const struct nn_resnet_conv *c, size_t o, size_t i, size_t t)
{
	size_t block = o / NN_CB * c->icb + i / NN_CB;

	return c->w + ((block * c->k * c->k + t) * NN_CB + i % NN_CB) * NN_CB + o % NN_CB;
}

static struct ref_map
ref_conv(const struct nn_resnet_conv *c, const double *w, const struct ref_map *x)
{
	struct ref_map y = ref_map(
	    x->n, c->cout, (x->h + c->stride - 1) / c->stride, (x->w + c->stride - 1) / c->stride);
	long half = (long)c->k / 2;

	for (size_t i = 0; i < y.n; i++)
		for (size_t o = 0; o < y.c; o++)
			for (size_t r = 0; r < y.h * y.w; r++) {
				double sum = 0;
				long y0 = (long)(r / y.w * c->stride) - half;
				long x0 = (long)(r % y.w * c->stride) - half;

				for (size_t in = 0; in < c->cin; in++)
					for (size_t t = 0; t < c->k * c->k; t++)
						sum += w[ref_place(c, o, in, t)] *
						       ref_at(x, i, in, y0 + (long)(t / c->k),
							   x0 + (long)(t % c->k));
				y.v[(i * y.c + o) * y.h * y.w + r] = sum;
			}
	return y;
}

/* In place; state NULL: by the statistics of the batch. */
static void
ref_bn(const struct nn_resnet_conv *c, const double *w, const float *state, struct ref_map *z)
{
	size_t np = z->h * z->w;

	for (size_t ch = 0; ch < z->c; ch++) {
		double mean = 0, var = 0, m = (double)(z->n * np);

		for (size_t i = 0; i < z->n; i++)
			for (size_t p = 0; p < np; p++)
				mean += z->v[(i * z->c + ch) * np + p] / m;
		for (size_t i = 0; i < z->n; i++)
			for (size_t p = 0; p < np; p++)
				var += pow(z->v[(i * z->c + ch) * np + p] - mean, 2) / m;
		if (state) {
			mean = (double)state[c->mean + ch];
			var = (double)state[c->var + ch];
		}
		for (size_t i = 0; i < z->n; i++)
			for (size_t p = 0; p < np; p++) {
				double *v = &z->v[(i * z->c + ch) * np + p];

				*v = (*v - mean) / sqrt(var + 1e-5) * w[c->gamma + ch] +
				     w[c->beta + ch];
			}
	}
}

static void
ref_relu(struct ref_map *z, const struct ref_map *skip)
{
	for (size_t i = 0; i < z->n * z->c * z->h * z->w; i++)
		z->v[i] = fmax(z->v[i] + (skip ? skip->v[i] : 0), 0);
}

/* Features to logits; mask (or NULL): the dropout. */
static void
ref_head(const struct nn_resnet *net, const double *w, const struct ref_map *x, const double *mask,
    double *logits)
{
	size_t np = net->def.pool == NN_RESNET_FLAT   ? 1
		    : net->def.pool == NN_RESNET_ROWS ? x->w
						      : x->h * x->w;
	size_t nf = x->c * x->h * x->w / np;
	double *f = calloc(nf, sizeof *f), *h = calloc(net->def.hidden + 1, sizeof *h);

	for (size_t i = 0; i < x->n; i++) {
		const double *in = f;

		for (size_t k = 0; k < nf; k++) {
			f[k] = 0;
			for (size_t p = 0; p < np; p++)
				f[k] += x->v[(i * nf + k) * np + p] / (double)np;
			f[k] *= mask ? mask[i * nf + k] : 1;
		}
		for (size_t l = 0; l < net->ndense; l++) {
			const struct nn_resnet_dense *d = &net->dense[l];
			double *out = l + 1 < net->ndense ? h : logits + i * net->def.classes;

			for (size_t o = 0; o < d->out; o++) {
				out[o] = w[d->b + o];
				for (size_t k = 0; k < d->in; k++)
					out[o] += in[k] * w[d->w + k * nn_pad(d->out) + o];
				if (l + 1 < net->ndense)
					out[o] = fmax(out[o], 0);
			}
			in = out;
		}
	}
	free(f);
	free(h);
}

static void
ref_logits(const struct nn_resnet *net, const double *w, const float *state, size_t n,
    const float *images, const double *mask, double *logits)
{
	struct ref_map in = ref_map(n, net->def.channels, net->def.rows, net->def.size), x;

	for (size_t i = 0; i < n * in.c * in.h * in.w; i++)
		in.v[i] = (double)images[i];
	x = ref_conv(&net->conv[0], w, &in);
	free(in.v);
	ref_bn(&net->conv[0], w, state, &x);
	ref_relu(&x, NULL);
	for (size_t b = 0; b < net->nblocks; b++) {
		const struct nn_resnet_block *k = &net->block[b];
		struct ref_map y = ref_conv(&net->conv[k->first], w, &x), z, skip = x;

		ref_bn(&net->conv[k->first], w, state, &y);
		ref_relu(&y, NULL);
		z = ref_conv(&net->conv[k->second], w, &y);
		ref_bn(&net->conv[k->second], w, state, &z);
		if (k->shortcut) {
			skip = ref_conv(&net->conv[k->shortcut], w, &x);
			ref_bn(&net->conv[k->shortcut], w, state, &skip);
			free(x.v);
		}
		ref_relu(&z, &skip);
		free(skip.v);
		free(y.v);
		x = z;
	}
	ref_head(net, w, &x, mask, logits);
	free(x.v);
}

static double
ref_loss(const struct nn_resnet *net, const struct nn_resnet_batch *b, const double *z)
{
	size_t k = net->def.classes;
	double loss = 0, norm = 0;

	for (size_t i = 0; i < b->n; i++) {
		double sum = 0;

		for (size_t c = 0; c < k; c++)
			sum += exp(z[i * k + c] + (b->prior ? (double)b->prior[c] : 0));
		for (size_t c = 0; c < k; c++) {
			double w = b->weight ? (double)b->weight[c] : 1;
			double t = (double)b->target[i * k + c];

			loss -= w * ((1 - b->smoothing) * t + b->smoothing / (double)k) *
				(z[i * k + c] + (b->prior ? (double)b->prior[c] : 0) - log(sum));
			norm += w * t;
		}
	}
	return loss / norm;
}

/* The mask that the network draws for a batch: the stream is part of a model's reproducibility. */
static double *
ref_mask(const struct nn_resnet *net, const struct nn_resnet_batch *b)
{
	double p = (double)net->def.dropout, *m = calloc(b->n * net->features, sizeof *m);

	for (size_t i = 0; i < b->n; i++) {
		struct rng r;

		rng_seed(&r, b->seed + (i + 1) * UINT64_C(0x9e3779b97f4a7c15));
		for (size_t k = 0; k < net->features; k++)
			m[i * net->features + k] = rng_uniform(&r) < p ? 0 : 1 / (1 - p);
	}
	return m;
}

#endif
