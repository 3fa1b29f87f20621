/* Epochs, steps, and which of them is kept. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "vision/resnet_train.h"

int64_t
train_batches(const struct train *t)
{
	return ((int64_t)t->train->n + t->o->batch - 1) / t->o->batch;
}

float *
train_logits(struct train *t, const struct vis_set *s, uint32_t **truth)
{
	size_t k = t->net->def.classes, pixels = nn_resnet_pixels(t->net);
	size_t batch = (size_t)t->o->batch;
	float *z = mem_array(s->n * k, sizeof *z);

	*truth = mem_array(s->n, sizeof **truth);
	for (size_t i = 0; i < s->n; i += batch) {
		size_t n = s->n - i < batch ? s->n - i : batch;

		for (size_t j = 0; j < n; j++) {
			train_pixels(t, &s->v[i + j], t->x + j * pixels);
			(*truth)[i + j] = s->v[i + j].label;
		}
		nn_resnet_eval(t->net, n, t->x, z + i * k);
	}
	return z;
}

static double
rate_at(const struct train *t, int64_t step)
{
	int64_t per = train_batches(t), total = per * t->o->epochs;
	int64_t warm = (int64_t)(t->o->warmup * (double)per);

	return nn_warmup_cosine(step, warm, total, t->o->lr, t->o->lr * t->o->final_lr);
}

/* Right answers: by the larger part of a mixed target. */
static int64_t
count_right(const struct train *t, size_t n)
{
	size_t k = t->net->def.classes;
	int64_t right = 0;

	for (size_t i = 0; i < n; i++) {
		const float *z = t->logits + i * k, *y = t->target + i * k;
		size_t said = 0, is = 0;

		for (size_t c = 1; c < k; c++) {
			said = z[c] > z[said] ? c : said;
			is = y[c] > y[is] ? c : is;
		}
		right += said == is;
	}
	return right;
}

static int
step(struct train *t)
{
	size_t n = train_fill(t, t->done);
	int64_t number = t->epoch * train_batches(t) + t->done;
	struct nn_resnet_batch b = { .n = n,
		.x = t->x,
		.target = t->target,
		.weight = t->class_weight,
		.prior = t->class_prior,
		.smoothing = t->o->smoothing,
		.seed = (uint64_t)t->o->seed * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)number };
	double loss = nn_resnet_step(t->net, &b, t->logits);
	double norm =
	    nn_clip_norm(t->net->g, t->net->nw, t->o->clip > 0 ? t->o->clip : (double)INFINITY);

	if (!isfinite(loss) || !isfinite(norm))
		return err_set(t->err, ERR_FAIL,
		    "epoch %lld: the loss is no number any more; try a smaller --lr or --clip",
		    (long long)t->epoch + 1);
	nn_optim_step(&t->optim, t->net->w, t->net->g, t->net->decay, (float)rate_at(t, number));
	t->loss += loss * (double)n;
	t->norm += norm;
	t->right += count_right(t, n);
	t->seen += (int64_t)n;
	t->done++;
	return 0;
}

/* ---- the end of an epoch ---- */

static bool
better(const struct train *t, const struct train_epoch *a, const struct train_epoch *b)
{
	if (t->o->select == TRAIN_SELECT_ACCURACY && a->valid_accuracy != b->valid_accuracy)
		return a->valid_accuracy > b->valid_accuracy;
	return a->valid_loss < b->valid_loss;
}

static void
keep(struct train *t)
{
	const struct nn_resnet *n = t->net;

	if (!t->best_w) {
		t->best_w = mem_array(n->nw, sizeof *t->best_w);
		t->best_state = mem_array(n->nstate, sizeof *t->best_state);
	}
	memcpy(t->best_w, n->w, n->nw * sizeof *n->w);
	memcpy(t->best_state, n->state, n->nstate * sizeof *n->state);
	t->best_epoch = t->epoch;
}

static int
end_epoch(struct train *t)
{
	int64_t per = train_batches(t);
	struct train_epoch e = { .lr = rate_at(t, (t->epoch + 1) * per - 1),
		.train_loss = t->loss / (double)t->seen,
		.train_accuracy = (double)t->right / (double)t->seen,
		.norm = t->norm / (double)per,
		.valid_loss = -1,
		.valid_accuracy = -1 };

	if (t->valid->n) {
		uint32_t *truth;
		float *z = train_logits(t, t->valid, &truth);

		e.valid_loss = vis_loss(z, truth, t->valid->n, t->net->def.classes, 1);
		e.valid_accuracy = vis_accuracy(z, truth, t->valid->n, t->net->def.classes);
		free(z);
		free(truth);
	}
	*MEM_AT(t->past, t->past_cap, (size_t)t->epoch) = e;
	/* with nothing held out the last epoch is the one */
	if (!t->valid->n || t->best_epoch < 0 || better(t, &e, &t->past[t->best_epoch]))
		keep(t);
	t->epoch++;
	t->done = t->right = t->seen = 0;
	t->loss = t->norm = 0;
	return t->epoch_done ? t->epoch_done(t->watch_arg, t) : 0;
}

static bool
out_of_patience(const struct train *t)
{
	return t->o->patience && t->valid->n && t->epoch - 1 - t->best_epoch >= t->o->patience;
}

static int
checkpoint(struct train *t, bool epoch)
{
	int64_t every = t->o->checkpoint_every;

	if (!t->o->checkpoint || (!epoch && !(every && t->done % every == 0)))
		return 0;
	return train_checkpoint_write(t->o->checkpoint, t);
}

int
train_run(struct train *t)
{
	int64_t per = train_batches(t);
	int rc = 0;

	while (t->epoch < t->o->epochs && !out_of_patience(t)) {
		while (t->done < per) {
			if ((rc = step(t)) < 0)
				return rc;
			if (t->watch)
				t->watch(t->watch_arg, t, per);
			if (t->done < per && (rc = checkpoint(t, false)) < 0)
				return rc;
		}
		if ((rc = end_epoch(t)) < 0 || (rc = checkpoint(t, true)) < 0)
			return rc;
	}
	return 0;
}
