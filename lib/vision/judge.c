#include "vision/judge.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/rng.h"

#define BINS 15
/* Examples without a mistake would ask for a temperature of 0. */
#define TEMPERATURE_MIN 0.5
#define TEMPERATURE_MAX 20.0

static size_t
answer(const float *z, size_t classes)
{
	size_t best = 0;

	for (size_t c = 1; c < classes; c++)
		if (z[c] > z[best])
			best = c;
	return best;
}

/* log of the sum of e^(z / t) */
static double
log_sum(const float *z, size_t classes, double t)
{
	double most = (double)z[answer(z, classes)] / t, sum = 0;

	for (size_t c = 0; c < classes; c++)
		sum += num_exp((double)z[c] / t - most);
	return most + num_log(sum);
}

double
vis_loss(const float *z, const uint32_t *truth, size_t n, size_t classes, double t)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++, z += classes)
		sum += log_sum(z, classes, t) - (double)z[truth[i]] / t;
	return n ? sum / (double)n : 0;
}

double
vis_accuracy(const float *z, const uint32_t *truth, size_t n, size_t classes)
{
	size_t right = 0;

	for (size_t i = 0; i < n; i++)
		right += answer(z + i * classes, classes) == truth[i];
	return n ? (double)right / (double)n : 0;
}

/* In 1 / T the loss is convex: a golden section search cannot be led astray. */
double
vis_temperature(const float *z, const uint32_t *truth, size_t n, size_t classes)
{
	const double gold = 0.6180339887498949;
	double lo = 1 / TEMPERATURE_MAX, hi = 1 / TEMPERATURE_MIN;
	double a = hi - gold * (hi - lo), b = lo + gold * (hi - lo);
	double fa = vis_loss(z, truth, n, classes, 1 / a),
	       fb = vis_loss(z, truth, n, classes, 1 / b);

	if (n == 0)
		return 1;
	for (int i = 0; i < 40; i++)
		if (fa < fb) {
			hi = b;
			b = a;
			fb = fa;
			a = hi - gold * (hi - lo);
			fa = vis_loss(z, truth, n, classes, 1 / a);
		} else {
			lo = a;
			a = b;
			fa = fb;
			b = lo + gold * (hi - lo);
			fb = vis_loss(z, truth, n, classes, 1 / b);
		}
	return 2 / (lo + hi);
}

static double
calibration(const float *z, const uint32_t *truth, size_t n, size_t classes, double t)
{
	double said[BINS] = { 0 }, right[BINS] = { 0 }, sum = 0;

	for (size_t i = 0; i < n; i++, z += classes) {
		size_t a = answer(z, classes);
		double p = num_exp((double)z[a] / t - log_sum(z, classes, t));
		size_t bin = p >= 1 ? BINS - 1 : (size_t)(p * BINS);

		said[bin] += p;
		right[bin] += a == truth[i];
	}
	for (size_t b = 0; b < BINS; b++)
		sum += said[b] > right[b] ? said[b] - right[b] : right[b] - said[b];
	return n ? sum / (double)n : 0;
}

/* ---- rates ---- */

/* accuracy, macro F1, then precision, recall and F1 of each class; -1 where there is none */
static void
rates(const size_t *confusion, size_t k, double *out)
{
	double right = 0, all = 0, f1 = 0, with = 0;

	for (size_t c = 0; c < k; c++) {
		double hit = (double)confusion[c * k + c], said = 0, there = 0;

		for (size_t o = 0; o < k; o++) {
			said += (double)confusion[o * k + c];
			there += (double)confusion[c * k + o];
		}
		out[2 + 3 * c] = said > 0 ? hit / said : -1;
		out[3 + 3 * c] = there > 0 ? hit / there : -1;
		out[4 + 3 * c] = said + there > 0 ? 2 * hit / (said + there) : -1;
		f1 += there > 0 ? out[4 + 3 * c] : 0;
		with += there > 0;
		right += hit;
		all += there;
	}
	out[0] = all > 0 ? right / all : -1;
	out[1] = with > 0 ? f1 / with : -1;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* The 2.5th and 97.5th percentile of what there is. */
static void
interval(struct vis_rate *r, double *v, size_t n)
{
	size_t none = 0;

	qsort(v, n, sizeof *v, by_value);
	while (none < n && v[none] < 0)
		none++;
	v += none;
	n -= none;
	if (n == 0 || r->v < 0) {
		r->lo = r->hi = r->v;
		return;
	}
	r->lo = v[(size_t)(0.025 * (double)(n - 1) + 0.5)];
	r->hi = v[(size_t)(0.975 * (double)(n - 1) + 0.5)];
}

static struct vis_rate *
rate_at(struct vis_judged *j, size_t i)
{
	struct vis_class *c = &j->of[i < 2 ? 0 : (i - 2) / 3];

	if (i < 2)
		return i == 0 ? &j->accuracy : &j->macro_f1;
	return (i - 2) % 3 == 0 ? &c->precision : (i - 2) % 3 == 1 ? &c->recall : &c->f1;
}

static void
bootstrap(struct vis_judged *j, const uint32_t *pair, size_t resamples, uint64_t seed)
{
	size_t k = j->classes, nr = 2 + 3 * k;
	size_t *conf = mem_array(k * k, sizeof *conf);
	double *v = mem_array(nr, sizeof *v), *all = mem_array(nr * (resamples + 1), sizeof *all);
	struct rng rng;

	rates(j->confusion, k, v);
	for (size_t i = 0; i < nr; i++)
		rate_at(j, i)->v = rate_at(j, i)->lo = rate_at(j, i)->hi = v[i];
	rng_seed(&rng, seed);
	for (size_t s = 0; s < resamples && j->n; s++) {
		memset(conf, 0, k * k * sizeof *conf);
		for (size_t i = 0; i < j->n; i++)
			conf[pair[rng_below(&rng, j->n)]]++;
		rates(conf, k, v);
		for (size_t i = 0; i < nr; i++)
			all[i * resamples + s] = v[i];
	}
	for (size_t i = 0; i < nr && resamples && j->n; i++)
		interval(rate_at(j, i), all + i * resamples, resamples);
	free(conf);
	free(v);
	free(all);
}

void
vis_judge(struct vis_judged *j, const float *z, const uint32_t *truth, size_t n, size_t classes,
    double temperature, size_t resamples, uint64_t seed)
{
	uint32_t *pair = mem_array(n, sizeof *pair);

	memset(j, 0, sizeof *j);
	j->n = n;
	j->classes = classes;
	j->confusion = mem_array(classes * classes, sizeof *j->confusion);
	j->of = mem_array(classes, sizeof *j->of);
	for (size_t i = 0; i < n; i++) {
		pair[i] = (uint32_t)(truth[i] * classes + answer(z + i * classes, classes));
		j->confusion[pair[i]]++;
		j->of[truth[i]].n++;
	}
	bootstrap(j, pair, resamples, seed);
	j->loss = vis_loss(z, truth, n, classes, 1);
	j->loss_t = vis_loss(z, truth, n, classes, temperature);
	j->ece = calibration(z, truth, n, classes, 1);
	j->ece_t = calibration(z, truth, n, classes, temperature);
	free(pair);
}

void
vis_judged_free(struct vis_judged *j)
{
	free(j->confusion);
	free(j->of);
	memset(j, 0, sizeof *j);
}
