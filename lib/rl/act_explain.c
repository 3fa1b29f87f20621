/*
 * Why: by occlusion. Each feature in turn is put to what it was on average in training (a column,
 * at all instants of the window), or to that of an account that does nothing, and the policy is
 * asked again: the probability of what was chosen, or the weight, that is lost is the feature's
 * effect. One run of the model a feature; the features' effects need not add up (Zeiler and
 * Fergus, "Visualizing and understanding convolutional networks", ECCV 2014, section 2.1).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rec/codec.h"
#include "rl/act_int.h"

#define TOP 5

struct effect {
	size_t feature;
	double size;
};

static void
keep(struct act *a, struct rl_view *v, bool put_back)
{
	size_t at = 0;

	for (size_t i = 0; i < a->nnets; i++) {
		size_t each = rl_net_memory(a->net[i].net);
		float *m = act_net_memory(&a->net[i], v->index);

		if (!m)
			continue;
		if (!put_back)
			a->before = mem_resize(a->before, at + each, sizeof *a->before);
		for (size_t k = 0; k < each; k++) {
			float was = put_back ? a->before[at + k] : 0;

			a->before[at + k] = m[k];
			if (put_back)
				m[k] = was;
		}
		at += each;
	}
}

void
act_explain_keep(struct act *a, struct rl_view *v)
{
	keep(a, v, false);
}

/* What a feature of the account is when nothing is held: see observe.c. */
static float
neutral(const char *name)
{
	if (strcmp(name, "cash") == 0 || strcmp(name, "episode_left") == 0)
		return 1;
	return strcmp(name, "day_left") == 0 ? 0.5F : 0;
}

/* Hide feature f of the observation; saved: a window of it. */
static void
hide(struct act *a, size_t f, float *saved, bool back)
{
	const struct rl_card *card = &a->net[0].card;
	const struct market_env *m = &a->live->world;
	size_t n = card->ncolumns, w = (size_t)m->window;

	if (f >= n) {
		size_t i = w * n + f - n;
		float was = a->obs[i];

		a->obs[i] = back ? saved[0] : neutral(m->base.obs_names[i]);
		saved[0] = was;
		return;
	}
	for (size_t k = 0; k < w; k++) {
		float *x = &a->obs[k * n + f], was = *x;

		*x = back ? saved[k] : (float)card->columns[f].mean;
		saved[k] = was;
	}
}

/* Keep the largest, in order; of equal ones the first. */
static void
rank(struct effect *top, size_t *ntop, struct effect e)
{
	size_t i = *ntop;

	if (e.size == 0)
		return;
	for (; i > 0 && fabs(e.size) > fabs(top[i - 1].size); i--)
		if (i < TOP)
			top[i] = top[i - 1];
	if (i < TOP)
		top[i] = e;
	*ntop += *ntop < TOP;
}

static void
put_top(const struct act *a, const struct effect *top, size_t ntop, struct buf *out)
{
	const struct rl_card *card = &a->net[0].card;
	size_t n = card->ncolumns, newest = ((size_t)a->live->world.window - 1) * n;

	buf_puts(out, "\"explain\":{\"method\":\"occlusion\",\"top\":[");
	for (size_t i = 0; i < ntop; i++) {
		size_t f = top[i].feature;

		buf_printf(out, "%s{\"feature\":", i ? "," : "");
		rec_put_string(out, str_z(a->live->world.base.obs_names[newest + f]));
		act_put_number(out, "value", (double)a->obs[newest + f]);
		if (f < n && card->columns[f].dev > 0)
			act_put_number(out, "z",
			    ((double)a->obs[newest + f] - card->columns[f].mean) /
				card->columns[f].dev);
		act_put_number(out, "effect", top[i].size);
		buf_putc(out, '}');
	}
	buf_puts(out, "]}");
}

int
act_explain(struct act *a, struct rl_view *v, size_t place, struct buf *out)
{
	const struct market_env *m = &a->live->world;
	size_t acts = m->base.act.n, features = a->net[0].card.ncolumns + m->nown;
	size_t asked = m->base.act.kind == RL_DISCRETE ? a->chosen : place, ntop = 0;
	float *saved = mem_array((size_t)m->window, sizeof *saved);
	float *probs = mem_dup(a->probs, acts * sizeof *probs);
	struct act_net *one = a->one;
	struct effect top[TOP] = { 0 };
	double value = a->value;
	struct err e;

	keep(a, v, true);
	for (size_t f = 0; f < features; f++) {
		hide(a, f, saved, false);
		if (act_model_run(a, v, false, &e) == 0)
			rank(top, &ntop,
			    (struct effect){ f, (double)probs[asked] - (double)a->probs[asked] });
		hide(a, f, saved, true);
	}
	keep(a, v, true);
	memcpy(a->probs, probs, acts * sizeof *probs);
	a->one = one;
	a->value = value;
	put_top(a, top, ntop, out);
	free(probs);
	free(saved);
	return 0;
}
