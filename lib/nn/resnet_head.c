/* The head: features, dropout, dense layers, loss, and all of it backward; a slice at a time. */
#include <string.h>

#include "base/num.h"
#include "base/rng.h"
#include "nn/resnet_run.h"

/* ---- features ---- */

/* Pixels, one after another, that a feature is the mean of. */
static size_t
run_of(const struct nn_resnet *net)
{
	const struct nn_resnet_conv *c = &net->conv[net->block[net->nblocks - 1].second];

	switch (net->def.pool) {
	case NN_RESNET_MEAN: return c->oh * c->ow;
	case NN_RESNET_ROWS: return c->ow;
	case NN_RESNET_FLAT: break;
	}
	return 1;
}

/* Of image i, in the order of ONNX's Flatten: channel, row, column. */
static void
gather(const struct nn_resnet *net, size_t i, float *f)
{
	const struct nn_resnet_run *r = net->run;
	const struct nn_rlayer *l = &r->layer[net->block[net->nblocks - 1].second];
	const float *x = r->x[net->nblocks] + i * l->plane;
	size_t channels = net->def.width[net->def.nstages - 1], n = l->npix, run = run_of(net);

	for (size_t c = 0; c < channels; c++) {
		const float *p = x + c / NN_CB * n * NN_CB + c % NN_CB;

		for (size_t k = 0; k < n; k += run) {
			float sum = 0;

			for (size_t j = k; j < k + run; j++)
				sum += p[j * NN_CB];
			*f++ = sum / (float)run;
		}
	}
}

/* The gradient back; g's other channels are 0. */
static void
scatter(const struct nn_resnet *net, const float *df, float *g)
{
	const struct nn_rlayer *l = &net->run->layer[net->block[net->nblocks - 1].second];
	size_t channels = net->def.width[net->def.nstages - 1], n = l->npix, run = run_of(net);

	memset(g, 0, l->plane * sizeof *g);
	for (size_t c = 0; c < channels; c++) {
		float *p = g + c / NN_CB * n * NN_CB + c % NN_CB;

		for (size_t k = 0; k < n; k += run, df++)
			for (size_t j = k; j < k + run; j++)
				p[j * NN_CB] = *df / (float)run;
	}
}

/* Chance is the image's own, whoever draws it. */
static void
drop(const struct nn_resnet *net, size_t i, float *f, float *mask)
{
	double p = (double)net->def.dropout;
	float scale = (float)(1 / (1 - p));
	struct rng rng;

	rng_seed(&rng, net->run->b->seed + (i + 1) * UINT64_C(0x9e3779b97f4a7c15));
	for (size_t k = 0; k < net->features; k++) {
		mask[k] = rng_uniform(&rng) < p ? 0 : scale;
		f[k] *= mask[k];
	}
}

/* ---- loss ---- */

static double
logit(const struct nn_resnet_batch *b, const float *z, size_t c)
{
	return b->prior ? (double)z[c] + (double)b->prior[c] : (double)z[c];
}

/* dz = d loss / d logits of image i; returns its part of the loss. */
static double
entropy(const struct nn_resnet *net, size_t i, const float *z, float *dz)
{
	const struct nn_resnet_run *r = net->run;
	const struct nn_resnet_batch *b = r->b;
	size_t k = net->def.classes;
	const float *t = b->target + i * k;
	double most = logit(b, z, 0), sum = 0, loss = 0, total = 0;

	for (size_t c = 1; c < k; c++)
		most = logit(b, z, c) > most ? logit(b, z, c) : most;
	for (size_t c = 0; c < k; c++)
		sum += num_exp(logit(b, z, c) - most);
	double log_sum = most + num_log(sum);

	for (size_t c = 0; c < k; c++) {
		double q = (1 - b->smoothing) * (double)t[c] + b->smoothing / (double)k;

		q *= b->weight ? (double)b->weight[c] : 1;
		loss += q * (log_sum - logit(b, z, c));
		total += q;
		dz[c] = (float)q;
	}
	for (size_t c = 0; c < k; c++) {
		double p = num_exp(logit(b, z, c) - most) / sum;

		dz[c] = (float)((p * total - (double)dz[c]) / r->norm);
	}
	return loss / r->norm;
}

static double
norm_of(const struct nn_resnet *net, const struct nn_resnet_batch *b)
{
	size_t k = net->def.classes;
	double sum = 0;

	for (size_t i = 0; i < b->n * k; i++)
		sum += (double)b->target[i] * (b->weight ? (double)b->weight[i % k] : 1);
	return sum > 0 ? sum : 1;
}

/* ---- the phase ---- */

/* Rows [lo, hi) of the batch through the dense layers. */
static void
dense_forward(struct nn_resnet *net, size_t lo, size_t hi, float *z)
{
	struct nn_resnet_run *r = net->run;
	size_t lf = nn_pad(net->features), lh = nn_pad(net->def.hidden), m = hi - lo;
	size_t lz = nn_pad(net->def.classes);
	const float *x = r->features + lo * lf;
	const struct nn_resnet_dense *d = &net->dense[0];

	if (net->ndense == 2) {
		float *h = r->hidden + lo * lh;

		r->dense->forward(
		    m, d->out, d->in, x, lf, net->w + d->w, lh, net->w + d->b, NN_RELU, 0, h, lh);
		d++;
		x = h;
		lf = lh;
	}
	r->dense->forward(
	    m, d->out, d->in, x, lf, net->w + d->w, lz, net->w + d->b, NN_LINEAR, 0, z, lz);
}

static void
dense_backward(struct nn_resnet *net, size_t lo, size_t hi, size_t slice, const float *dz)
{
	struct nn_resnet_run *r = net->run;
	size_t lf = nn_pad(net->features), lh = nn_pad(net->def.hidden), m = hi - lo;
	size_t lz = nn_pad(net->def.classes);
	const struct nn_resnet_dense *d = &net->dense[net->ndense - 1];
	float *g = r->slice_g + slice * net->nw, *df = r->dfeatures + lo * lf;
	const float *f = r->features + lo * lf;

	if (net->ndense == 2) {
		const float *h = r->hidden + lo * lh;
		float *dh = r->dhidden + lo * lh;

		r->dense->gradient(m, d->out, d->in, h, lh, dz, lz, g + d->w, lz, g + d->b);
		r->dense->backward(
		    m, d->out, d->in, dz, lz, r->wt[1], nn_pad(d->in), h, lh, NN_RELU, dh, lh);
		d--;
		dz = dh;
		lz = lh;
	}
	r->dense->gradient(m, d->out, d->in, f, lf, dz, lz, g + d->w, lz, g + d->b);
	r->dense->backward(m, d->out, d->in, dz, lz, r->wt[0], lf, f, lf, NN_LINEAR, df, lf);
}

static void
head_phase(struct nn_resnet *net, size_t thread, size_t slice)
{
	struct nn_resnet_run *r = net->run;
	size_t lo, hi, lf = nn_pad(net->features), lz = nn_pad(net->def.classes);
	size_t k = net->def.classes, plane = r->layer[net->block[net->nblocks - 1].second].plane;
	const struct nn_resnet_conv *c = &net->conv[net->block[net->nblocks - 1].second];
	struct nn_pic pic = nn_rpic(r->scratch[thread].x, c);
	bool drops = r->training && net->def.dropout > 0;

	nn_rslice(r, slice, &lo, &hi);
	for (size_t i = lo; i < hi; i++) {
		nn_rinput(net, net->nblocks, i, pic.p, true);
		gather(net, i, r->features + i * lf);
		if (drops)
			drop(net, i, r->features + i * lf, r->mask + i * lf);
	}
	float *dz = r->dlogits + lo * lz;

	dense_forward(net, lo, hi, dz);
	for (size_t i = lo; i < hi; i++)
		memcpy(r->logits + i * k, r->dlogits + i * lz, k * sizeof *r->logits);
	if (!r->training)
		return;
	for (size_t i = lo; i < hi; i++)
		r->loss[i] = entropy(net, i, r->logits + i * k, r->dlogits + i * lz);
	memset(r->slice_g + slice * net->nw, 0, net->nw * sizeof *r->slice_g);
	dense_backward(net, lo, hi, slice, dz);
	for (size_t i = lo; i < hi; i++) {
		float *df = r->dfeatures + i * lf;

		for (size_t f = 0; drops && f < net->features; f++)
			df[f] *= r->mask[i * lf + f];
		scatter(net, df, r->g + i * plane);
		r->k->pad(pic, r->x[net->nblocks] + i * plane);
		nn_rmask(net, net->nblocks, i, r->g + i * plane, pic.p);
	}
}

void
nn_rhead(struct nn_resnet *net)
{
	struct nn_resnet_run *r = net->run;

	if (r->training) {
		r->norm = norm_of(net, r->b);
		for (size_t i = 0; i < net->ndense; i++) {
			const struct nn_resnet_dense *d = &net->dense[i];

			nn_transpose(
			    d->in, d->out, net->w + d->w, nn_pad(d->out), r->wt[i], nn_pad(d->in));
		}
	}
	nn_rphase(net, head_phase);
}
