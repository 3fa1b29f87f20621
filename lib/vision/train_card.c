/* The card of a model: what it takes, what it answers, and what was seen in validation. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "vision/resnet_train.h"

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Bins with as many images each as can be; where many have the same mean some stay empty. */
static void
pixel_bins(struct vision_card *c, double *mean, size_t n)
{
	qsort(mean, n, sizeof *mean, by_value);
	for (size_t b = 0; b < VISION_BINS - 1; b++) {
		double edge = mean[(b + 1) * n / VISION_BINS];

		/* edges must rise */
		if (b && edge <= c->pixel_edges[b - 1])
			edge = c->pixel_edges[b - 1] + 1e-9;
		c->pixel_edges[b] = edge;
	}
	for (size_t i = 0; i < n; i++) {
		size_t b = 0;

		while (b < VISION_BINS - 1 && mean[i] >= c->pixel_edges[b])
			b++;
		c->pixel_share[b] += 1 / (double)n;
	}
}

static void
reference(struct vision_card *c, const struct train *t, const struct vis_set *s, const float *z)
{
	size_t k = c->nclasses;
	double *mean = mem_array(s->n, sizeof *mean);

	for (size_t i = 0; i < s->n; i++, z += k) {
		size_t best = 0;
		double sum = 0;

		for (size_t j = 1; j < k; j++)
			best = z[j] > z[best] ? j : best;
		for (size_t j = 0; j < k; j++)
			sum += num_exp(((double)z[j] - (double)z[best]) / c->temperature);
		size_t bin = (size_t)(VISION_BINS / sum);

		c->class_share[best] += 1 / (double)s->n;
		c->confidence_share[bin < VISION_BINS ? bin : VISION_BINS - 1] += 1 / (double)s->n;
		/* of all rows, whatever the network sees: who classifies has the whole image */
		vis_pixels(t->images, &s->v[i], t->image);
		mean[i] = vision_card_mean(c, t->image);
	}
	pixel_bins(c, mean, s->n);
	c->has_reference = true;
	free(mean);
}

void
train_card_fill(struct vision_card *c, const struct train *t, double temperature,
    const struct vis_set *s, const float *z)
{
	memset(c, 0, sizeof *c);
	c->image = t->images->params;
	c->nclasses = t->net->def.classes;
	c->temperature = temperature;
	for (size_t i = 0; i < c->nclasses; i++) {
		snprintf(c->classes[i], sizeof c->classes[i], "%s", t->images->names[i]);
		c->direction[i] = vision_direction(t->images->names[i]);
	}
	if (s->n)
		reference(c, t, s, z);
}
