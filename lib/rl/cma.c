#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "rl/es.h"

#define FULL_MOST 256

static void
weights(struct es *s)
{
	double sum = 0, sq = 0, n = (double)s->n;

	for (size_t i = 0; i < s->mu; i++) {
		s->weight[i] = num_log((double)s->pop / 2 + 0.5) - num_log((double)i + 1);
		sum += s->weight[i];
	}
	for (size_t i = 0; i < s->mu; i++) {
		s->weight[i] /= sum;
		sq += s->weight[i] * s->weight[i];
	}
	s->mueff = 1 / sq;
	s->cs = (s->mueff + 2) / (n + s->mueff + 5);
	s->ds = 1 + 2 * fmax(0, sqrt((s->mueff - 1) / (n + 1)) - 1) + s->cs;
	s->cc = (4 + s->mueff / n) / (n + 4 + 2 * s->mueff / n);
	s->c1 = 2 / ((n + 1.3) * (n + 1.3) + s->mueff);
	s->cmu =
	    fmin(1 - s->c1, 2 * (s->mueff - 2 + 1 / s->mueff) / ((n + 2) * (n + 2) + s->mueff));
	if (!s->full) {
		/* a diagonal is learned from n numbers, not n^2 */
		s->c1 *= (n + 2) / 3;
		s->cmu = fmin(1 - s->c1, s->cmu * (n + 2) / 3);
	}
	s->chi = sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n));
}

void
cma_open(struct es *s)
{
	size_t n = s->n, square;

	s->full = n <= FULL_MOST;
	square = s->full ? n * n : n;
	s->mu = s->pop / 2;
	s->nblock = 3 * n + n + 2 * square;
	s->mean = mem_array(s->nblock + s->mu + n, sizeof *s->mean);
	s->ps = s->mean + n;
	s->pc = s->ps + n;
	s->d = s->pc + n;
	s->c = s->d + n;
	s->b = s->c + square;
	s->weight = s->b + square;
	s->step = s->weight + s->mu;
	s->sigma = s->base.o.sigma;
	for (size_t i = 0; i < n; i++) {
		s->mean[i] = (double)s->base.w[s->at[i]];
		s->d[i] = 1;
		s->c[s->full ? i * n + i : i] = 1;
		s->b[s->full ? i * n + i : i] = 1;
	}
	weights(s);
}

void
cma_close(struct es *s)
{
	free(s->mean);
}

void
cma_io(struct es *s, struct rl_io *io)
{
	rl_io(io, s->mean, s->nblock * sizeof *s->mean);
	rl_io(io, &s->sigma, sizeof s->sigma);
	rl_io(io, &s->generation, sizeof s->generation);
	rl_io(io, &s->decomposed, sizeof s->decomposed);
}

/* C = B diag(d^2) B' by Jacobi's rotations, cyclic, until the rest is nothing. */
static void
decompose(struct es *s)
{
	size_t n = s->n;
	double *a = mem_dup(s->c, n * n * sizeof *a), *b = s->b;

	memset(b, 0, n * n * sizeof *b);
	for (size_t i = 0; i < n; i++)
		b[i * n + i] = 1;
	for (int sweep = 0; sweep < 30; sweep++) {
		double off = 0, on = 0;

		for (size_t i = 0; i < n; i++) {
			on += a[i * n + i] * a[i * n + i];
			for (size_t j = 0; j < i; j++)
				off += a[i * n + j] * a[i * n + j];
		}
		if (off <= 1e-24 * on)
			break;
		for (size_t p = 0; p < n; p++)
			for (size_t q = p + 1; q < n; q++) {
				double x = a[p * n + q], th, t, c, r;

				if (x == 0)
					continue;
				th = (a[q * n + q] - a[p * n + p]) / (2 * x);
				t = (th < 0 ? -1 : 1) / (fabs(th) + sqrt(th * th + 1));
				c = 1 / sqrt(t * t + 1);
				r = t * c;
				for (size_t k = 0; k < n; k++) {
					double u = a[k * n + p], v = a[k * n + q];

					a[k * n + p] = c * u - r * v;
					a[k * n + q] = r * u + c * v;
				}
				for (size_t k = 0; k < n; k++) {
					double u = a[p * n + k], v = a[q * n + k];

					a[p * n + k] = c * u - r * v;
					a[q * n + k] = r * u + c * v;
					u = b[k * n + p];
					v = b[k * n + q];
					b[k * n + p] = c * u - r * v;
					b[k * n + q] = r * u + c * v;
				}
			}
	}
	for (size_t i = 0; i < n; i++)
		s->d[i] = sqrt(fmax(a[i * n + i], 1e-20));
	free(a);
}

/* y = B D z, or of a diagonal D z */
static void
shape(const struct es *s, const double *z, double *y)
{
	size_t n = s->n;

	for (size_t i = 0; i < n; i++) {
		if (!s->full) {
			y[i] = s->d[i] * z[i];
			continue;
		}
		y[i] = 0;
		for (size_t j = 0; j < n; j++)
			y[i] += s->b[i * n + j] * s->d[j] * z[j];
	}
}

/* The paths, the step size, the matrix, from the ranked candidates' y = (x - mean) / sigma. */
static void
adapt(struct es *s, const double *y, const double *zmean)
{
	size_t n = s->n;
	double norm = 0, keep, gone;
	bool rising;

	for (size_t i = 0; i < n; i++) {
		double step = zmean[i];

		if (s->full) {
			step = 0;
			for (size_t j = 0; j < n; j++)
				step += s->b[i * n + j] * zmean[j];
		}
		s->ps[i] = (1 - s->cs) * s->ps[i] + sqrt(s->cs * (2 - s->cs) * s->mueff) * step;
		norm += s->ps[i] * s->ps[i];
	}
	norm = sqrt(norm);
	gone = 1 - num_exp(2 * (double)(s->generation + 1) * num_log(1 - s->cs));
	rising = norm / sqrt(gone) / s->chi < 1.4 + 2 / ((double)n + 1);
	for (size_t i = 0; i < n; i++) {
		s->pc[i] *= 1 - s->cc;
		if (rising)
			s->pc[i] += sqrt(s->cc * (2 - s->cc) * s->mueff) * s->step[i];
	}
	keep = 1 - s->c1 - s->cmu + (rising ? 0 : s->c1 * s->cc * (2 - s->cc));
	for (size_t i = 0; i < n; i++)
		for (size_t j = s->full ? 0 : i; j <= i; j++) {
			double *c = &s->c[s->full ? i * n + j : i], rank_mu = 0;

			for (size_t k = 0; k < s->mu; k++) {
				const double *v = y + s->order[k] * n;

				rank_mu += s->weight[k] * v[i] * v[j];
			}
			*c = keep * *c + s->c1 * s->pc[i] * s->pc[j] + s->cmu * rank_mu;
			if (s->full)
				s->c[j * n + i] = *c;
		}
	s->sigma *= num_exp(fmin(1, s->cs / s->ds * (norm / s->chi - 1)));
}

int
cma_generation(struct es *s, int (*play)(struct es *s), void (*rank)(struct es *s))
{
	size_t n = s->n;
	double *y = mem_array((s->pop + 2) * n, sizeof *y), *zmean = y + s->pop * n;
	double *z = mem_array(s->pop * n, sizeof *z);
	int rc;

	for (size_t k = 0; k < s->pop; k++) {
		for (size_t i = 0; i < n; i++)
			z[k * n + i] = rng_normal(&s->base.rng);
		shape(s, z + k * n, y + k * n);
		for (size_t i = 0; i < n; i++)
			s->x[k * n + i] = s->mean[i] + s->sigma * y[k * n + i];
	}
	rc = play(s);
	if (rc < 0)
		goto done;
	rank(s);
	memset(s->step, 0, n * sizeof *s->step);
	for (size_t k = 0; k < s->mu; k++)
		for (size_t i = 0; i < n; i++) {
			zmean[i] += s->weight[k] * z[s->order[k] * n + i];
			s->step[i] += s->weight[k] * y[s->order[k] * n + i];
		}
	for (size_t i = 0; i < n; i++) {
		s->mean[i] += s->sigma * s->step[i];
		s->base.w[s->at[i]] = (float)s->mean[i];
	}
	adapt(s, y, zmean);
	s->generation++;
	if (!s->full) {
		for (size_t i = 0; i < n; i++)
			s->d[i] = sqrt(s->c[i]);
	} else if ((double)(s->generation - s->decomposed) >
		   1 / ((s->c1 + s->cmu) * (double)n * 10)) {
		s->decomposed = s->generation;
		decompose(s);
	}
	rl_metric_set(&s->base, "sigma", s->sigma);
done:
	free(y);
	free(z);
	return rc;
}
