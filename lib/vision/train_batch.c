/* What a batch is made of: which images, mixed and shaken how. Each epoch and each batch has chance
 * of its own, from the seed, so that training can be taken up anywhere. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/rng.h"
#include "vision/resnet_train.h"

enum { CHANCE_ORDER = 1, CHANCE_BATCH, CHANCE_CLASSES };

static void
chance(struct rng *r, const struct train *t, uint64_t what, int64_t a, int64_t b)
{
	rng_seed(r, (uint64_t)t->o->seed);
	rng_seed(r, rng_u64(r) ^ (what << 56) ^ ((uint64_t)a << 28) ^ (uint64_t)b);
}

static void
shuffle(uint32_t *v, size_t n, struct rng *r)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = rng_below(r, i);
		uint32_t t = v[i - 1];

		v[i - 1] = v[j];
		v[j] = t;
	}
}

/* As many draws as there are images, from each class in turn; a class that runs out is shuffled
 * and begins again. */
static void
order_balanced(struct train *t, struct rng *r)
{
	size_t k = t->net->def.classes, n = t->train->n, out = 0;
	size_t *first = mem_array(k + 1, sizeof *first), *used = mem_array(k, sizeof *used);
	uint32_t *of = mem_array(n, sizeof *of);

	for (size_t i = 0; i < n; i++)
		first[t->train->v[i].label + 1]++;
	for (size_t c = 0; c < k; c++)
		first[c + 1] += first[c];
	for (size_t i = 0; i < n; i++) {
		uint32_t c = t->train->v[i].label;

		of[first[c] + used[c]++] = (uint32_t)i;
	}
	for (size_t c = 0; c < k; c++) {
		used[c] = 0;
		shuffle(of + first[c], first[c + 1] - first[c], r);
	}
	while (out < n)
		for (size_t c = 0; c < k && out < n; c++) {
			size_t have = first[c + 1] - first[c];

			if (have == 0)
				continue;
			if (used[c] == have) {
				shuffle(of + first[c], have, r);
				used[c] = 0;
			}
			t->order[out++] = of[first[c] + used[c]++];
		}
	/* or every batch would begin with the same class */
	shuffle(t->order, n, r);
	free(first);
	free(used);
	free(of);
}

static void
make_order(struct train *t)
{
	struct rng r;

	if (t->order_epoch == t->epoch)
		return;
	t->order_epoch = t->epoch;
	chance(&r, t, CHANCE_ORDER, t->epoch, 0);
	if (t->o->balance) {
		order_balanced(t, &r);
		return;
	}
	for (size_t i = 0; i < t->train->n; i++)
		t->order[i] = (uint32_t)i;
	shuffle(t->order, t->train->n, &r);
}

/* Beta(a, a) by Joehnk's method (Metrika 8, 1964), for a of at most 1. */
static double
beta(struct rng *r, double a)
{
	for (;;) {
		double u = num_exp(num_log(rng_uniform(r) + 1e-300) / a);
		double v = num_exp(num_log(rng_uniform(r) + 1e-300) / a);

		if (u + v <= 1 && u + v > 0)
			return u / (u + v);
	}
}

/* a = part a + (1 - part) b, and b the same the other way round */
static void
mix(float *a, float *b, size_t n, float part)
{
	for (size_t i = 0; i < n; i++) {
		float x = a[i], y = b[i];

		a[i] = part * x + (1 - part) * y;
		b[i] = part * y + (1 - part) * x;
	}
}

void
train_pixels(struct train *t, const struct vis_image *v, float *out)
{
	const struct nn_resnet_def *d = &t->net->def;
	size_t all = d->size * d->size, seen = d->rows * d->size;

	if (seen == all) {
		vis_pixels(t->images, v, out);
		return;
	}
	vis_pixels(t->images, v, t->image);
	for (size_t c = 0; c < d->channels; c++)
		memcpy(out + c * seen, t->image + (c + 1) * all - seen, seen * sizeof *out);
}

size_t
train_fill(struct train *t, int64_t at)
{
	size_t k = t->net->def.classes, pixels = nn_resnet_pixels(t->net);
	size_t first = (size_t)at * (size_t)t->o->batch, n = t->train->n - first;
	struct rng r;

	make_order(t);
	n = n < (size_t)t->o->batch ? n : (size_t)t->o->batch;
	chance(&r, t, CHANCE_BATCH, t->epoch, at);
	memset(t->target, 0, n * k * sizeof *t->target);
	for (size_t i = 0; i < n; i++) {
		const struct vis_image *v = &t->train->v[t->order[first + i]];

		train_pixels(t, v, t->x + i * pixels);
		t->target[i * k + v->label] = 1;
	}
	if (t->o->jitter > 0)
		for (size_t i = 0; i < n * pixels; i++)
			t->x[i] += (float)(t->o->jitter * rng_normal(&r));
	if (t->o->mixup > 0) {
		float part = (float)beta(&r, t->o->mixup);

		for (size_t i = 0; i < n / 2; i++) {
			size_t j = n - 1 - i;

			mix(t->x + i * pixels, t->x + j * pixels, pixels, part);
			mix(t->target + i * k, t->target + j * k, k, part);
		}
	}
	return n;
}
