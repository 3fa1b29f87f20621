#include "nn/mlp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
nn_mlp_shape(struct nn_mlp *p, size_t at, size_t in, const size_t *hidden, size_t nhidden,
    size_t out, enum nn_act act)
{
	size_t start = at;

	memset(p, 0, sizeof *p);
	p->nlayers = nhidden + 1;
	p->act = act;
	p->width[0] = in;
	for (size_t l = 0; l < nhidden; l++)
		p->width[l + 1] = hidden[l];
	p->width[nhidden + 1] = out;
	for (size_t l = 0; l < p->nlayers; l++) {
		p->w[l] = at;
		at += p->width[l] * nn_pad(p->width[l + 1]);
		p->b[l] = at;
		at += nn_pad(p->width[l + 1]);
	}
	p->nweights = at - start;
}

/* Gram-Schmidt, twice over for the digits, on the shorter side of a normal matrix. */
void
nn_orthogonal(float *a, size_t rows, size_t cols, size_t ld, struct rng *r, double gain)
{
	size_t n = rows < cols ? rows : cols, len = rows < cols ? cols : rows;
	double *q = mem_array(n * len, sizeof *q);

	for (size_t i = 0; i < n * len; i++)
		q[i] = rng_normal(r);
	for (size_t i = 0; i < n; i++) {
		double *v = q + i * len, norm = 0;

		for (size_t j = 0; j < 2 * i; j++) {
			const double *u = q + (j % i) * len;
			double dot = 0;

			for (size_t k = 0; k < len; k++)
				dot += u[k] * v[k];
			for (size_t k = 0; k < len; k++)
				v[k] -= dot * u[k];
		}
		for (size_t k = 0; k < len; k++)
			norm += v[k] * v[k];
		norm = gain / sqrt(norm);
		for (size_t k = 0; k < len; k++)
			v[k] *= norm / gain;
	}
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < cols; j++)
			a[i * ld + j] =
			    (float)(gain * (rows < cols ? q[i * len + j] : q[j * len + i]));
	free(q);
}

void
nn_mlp_init(const struct nn_mlp *p, float *w, struct rng *r, double gain, double last)
{
	memset(w + p->w[0], 0, p->nweights * sizeof *w);
	for (size_t l = 0; l < p->nlayers; l++)
		nn_orthogonal(w + p->w[l], p->width[l], p->width[l + 1], nn_pad(p->width[l + 1]), r,
		    l + 1 == p->nlayers ? last : gain);
}

void
nn_mlp_work_init(struct nn_mlp_work *k, const struct nn_mlp *p, size_t rows)
{
	size_t each = 0, most = 0, at;

	memset(k, 0, sizeof *k);
	k->rows = rows;
	for (size_t l = 0; l < p->nlayers; l++) {
		size_t t = p->width[l + 1] * nn_pad(p->width[l]);

		each += rows * nn_pad(p->width[l + 1]);
		if (t > most)
			most = t;
	}
	k->block = mem_array(2 * each + most, sizeof *k->block);
	at = 0;
	for (size_t l = 1; l <= p->nlayers; l++) {
		k->h[l] = k->block + at;
		k->d[l] = k->block + each + at;
		at += rows * nn_pad(p->width[l]);
	}
	k->wt = k->block + 2 * each;
}

void
nn_mlp_work_free(struct nn_mlp_work *k)
{
	free(k->block);
	memset(k, 0, sizeof *k);
}

const float *
nn_mlp_forward(const struct nn_mlp *p, const float *w, size_t m, const float *x, size_t ldx,
    struct nn_mlp_work *k)
{
	const struct nn_dense *f = nn_dense();

	for (size_t l = 0; l < p->nlayers; l++) {
		size_t n = p->width[l + 1];

		f->forward(m, n, p->width[l], l ? k->h[l] : x, l ? nn_pad(p->width[l]) : ldx,
		    w + p->w[l], nn_pad(n), w + p->b[l], l + 1 < p->nlayers ? p->act : NN_LINEAR, 0,
		    k->h[l + 1], nn_pad(n));
	}
	return k->h[p->nlayers];
}

void
nn_mlp_backward(const struct nn_mlp *p, const float *w, size_t m, const float *x, size_t ldx,
    struct nn_mlp_work *k, float *g, float *dx)
{
	const struct nn_dense *f = nn_dense();

	for (size_t l = p->nlayers; l-- > 0;) {
		size_t n = p->width[l + 1], in = p->width[l];
		float *d = k->d[l + 1];

		if (g)
			f->gradient(m, n, in, l ? k->h[l] : x, l ? nn_pad(in) : ldx, d, nn_pad(n),
			    g + p->w[l], nn_pad(n), g + p->b[l]);
		if (l == 0 && !dx)
			break;
		nn_transpose(in, n, w + p->w[l], nn_pad(n), k->wt, nn_pad(in));
		f->backward(m, n, in, d, nn_pad(n), k->wt, nn_pad(in), l ? k->h[l] : NULL,
		    nn_pad(in), l ? p->act : NN_LINEAR, l ? k->d[l] : dx, nn_pad(in));
	}
}
