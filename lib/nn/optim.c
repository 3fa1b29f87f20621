#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/optim.h"

#include "base/mem.h"

void
nn_optim_init(struct nn_optim *p, const struct nn_optim_opts *o, size_t n)
{
	memset(p, 0, sizeof *p);
	p->o = *o;
	p->n = n;
	p->m = mem_array(n, sizeof *p->m);
	p->v = o->kind == NN_ADAMW ? mem_array(n, sizeof *p->v) : NULL;
	p->b1t = p->b2t = 1;
}

void
nn_optim_free(struct nn_optim *p)
{
	free(p->m);
	free(p->v);
	memset(p, 0, sizeof *p);
}

static void
sgd(struct nn_optim *p, float *restrict w, const float *restrict g, const uint8_t *decay, float lr)
{
	float mu = p->o.momentum, wd = p->o.weight_decay;
	float *restrict m = p->m;

	for (size_t i = 0; i < p->n; i++) {
		float d = g[i] + (!decay || decay[i] ? wd * w[i] : 0);

		m[i] = p->step == 1 ? d : mu * m[i] + d;
		w[i] -= lr * (p->o.nesterov ? d + mu * m[i] : m[i]);
	}
}

static void
adamw(
    struct nn_optim *p, float *restrict w, const float *restrict g, const uint8_t *decay, float lr)
{
	float b1 = p->o.beta1, b2 = p->o.beta2, eps = p->o.eps, shrink = lr * p->o.weight_decay;
	float rate = (float)((double)lr / (1 - p->b1t));
	float root = (float)(1 / sqrt(1 - p->b2t));
	float *restrict m = p->m, *restrict v = p->v;

	if (shrink != 0)
		for (size_t i = 0; i < p->n; i++)
			if (!decay || decay[i])
				w[i] -= shrink * w[i];
	for (size_t i = 0; i < p->n; i++) {
		m[i] = b1 * m[i] + (1 - b1) * g[i];
		v[i] = b2 * v[i] + (1 - b2) * g[i] * g[i];
		w[i] -= rate * m[i] / (sqrtf(v[i]) * root + eps);
	}
}

void
nn_optim_step(struct nn_optim *p, float *w, const float *g, const uint8_t *decay, float lr)
{
	p->step++;
	p->b1t *= (double)p->o.beta1;
	p->b2t *= (double)p->o.beta2;
	if (p->o.kind == NN_SGD)
		sgd(p, w, g, decay, lr);
	else
		adamw(p, w, g, decay, lr);
}

double
nn_clip_norm(float *g, size_t n, double most)
{
	double sum = 0, norm;

	for (size_t i = 0; i < n; i++)
		sum += (double)g[i] * (double)g[i];
	norm = sqrt(sum);
	if (norm > most) {
		float k = (float)(most / norm);

		for (size_t i = 0; i < n; i++)
			g[i] *= k;
	}
	return norm;
}

/* cos(pi x) for 0 <= x <= 1: the Taylor series about the middle, exact to the last bits. */
static double
cos_pi(double x)
{
	double t = 3.14159265358979323846 * (0.5 - x), term = t, sum = t;

	for (int k = 1; k < 14; k++) {
		term *= -t * t / (double)(2 * k * (2 * k + 1));
		sum += term;
	}
	return sum;
}

double
nn_warmup_cosine(int64_t step, int64_t warmup, int64_t total, double base, double least)
{
	double x;

	if (step < warmup)
		return base * (double)(step + 1) / (double)warmup;
	if (step >= total || total <= warmup)
		return least;
	x = (double)(step - warmup) / (double)(total - warmup);
	return least + (base - least) * 0.5 * (1 + cos_pi(x));
}
