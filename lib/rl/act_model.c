/* rl-act -m: what a learned policy sees, says and is asked. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rl/act_int.h"
#include "rl/train.h"

/* ---- the nets ---- */
float *
act_net_memory(struct act_net *n, size_t view)
{
	size_t each = rl_net_memory(n->net);

	if (each == 0)
		return NULL;
	if (view >= n->nviews) {
		n->memory = mem_resize(n->memory, (view + 1) * each, sizeof *n->memory);
		memset(n->memory + n->nviews * each, 0,
		    (view + 1 - n->nviews) * each * sizeof *n->memory);
		n->nviews = view + 1;
	}
	return n->memory + view * each;
}

static int
run_net(struct act *a, struct act_net *n, struct rl_view *v, bool remember, struct err *e)
{
	float *m = act_net_memory(n, v->index), value;
	size_t bytes = rl_net_memory(n->net) * sizeof *m;

	if (m && !remember) {
		a->remembered = mem_resize(a->remembered, bytes, 1);
		memcpy(a->remembered, m, bytes);
		m = a->remembered;
	}
	int rc = rl_net_run(n->net, a->obs, m, a->out, &value, e);
	if (rc == 0 && !isnan(value))
		a->value = isnan(a->value) ? (double)value : a->value + (double)value;
	return rc;
}

/* By the symbol (FNV-1a) and the seed: the same symbol goes to the same model, run after run. */
static size_t
choose_net(const struct act *a, const struct rl_view *v)
{
	uint64_t h = UINT64_C(14695981039346656037);
	struct rng r;

	for (const char *s = v->k.sym[0]->name; *s; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(1099511628211);
	rng_seed(&r, h ^ (uint64_t)a->ab_seed);
	return rng_below(&r, a->nnets);
}

int
act_model_run(struct act *a, struct rl_view *v, bool remember, struct err *e)
{
	size_t acts = rl_net_acts(a->net[0].net), from = 0, to = a->nnets;

	a->one = NULL;
	a->value = NAN;
	if (a->ab_seed >= 0) {
		from = choose_net(a, v);
		to = from + 1;
		a->one = &a->net[from];
	}
	memset(a->probs, 0, acts * sizeof *a->probs);
	for (size_t i = from; i < to; i++) {
		int rc = run_net(a, &a->net[i], v, remember, e);

		if (rc)
			return rc;
		for (size_t k = 0; k < acts; k++)
			a->probs[k] += a->out[k];
	}
	if (to - from > 1)
		for (size_t k = 0; k < acts; k++)
			a->probs[k] /= (float)(to - from);
	a->value /= (double)(to - from);
	return 0;
}

/* The action that the probabilities, or the numbers, mean. *one is room for an index. */
static const float *
choose(struct act *a, const float *probs, bool sample, float *one)
{
	size_t n = rl_net_acts(a->net[0].net);

	a->confidence = NAN;
	if (!rl_net_discrete(a->net[0].net))
		return probs;
	a->chosen = rl_argmax(probs, n);
	if (sample) {
		double u = rng_uniform(&a->rng);

		for (a->chosen = 0; a->chosen + 1 < n; a->chosen++) {
			u -= (double)probs[a->chosen];
			if (u < 0)
				break;
		}
	}
	a->confidence = act_round((double)probs[a->chosen]);
	*one = (float)a->chosen;
	return one;
}

/* ---- what goes out ---- */
int
act_model_out(void *arg, struct rl_view *v, struct rec *r)
{
	struct act *a = arg;
	const struct rl_space *s = &a->live->world.base.act;
	size_t place = 0;

	if (r->type != REC_target)
		return stage_emit(&a->base, r);
	rl_live_view(a->live, r->sym, &place);
	if (!isnan(a->confidence))
		rec_set(r, F_target_confidence, r->target.confidence, a->confidence);
	rec_set(r, F_target_policy, r->target.policy,
	    a->one ? buf_str(&a->one->policy) : a->policy_name);
	rec_set(r, F_target_reason, r->target.reason,
	    str_z(s->kind == RL_DISCRETE ? s->names[a->chosen] : "weight"));
	if (!isnan(a->value))
		rec_set(r, F_target_value, r->target.value, act_round(a->value));
	buf_clear(&a->extra);
	if (a->explain) {
		int rc = act_explain(a, v, place, &a->extra);

		if (rc)
			return rc;
		r->extra = buf_str(&a->extra);
	}
	return act_emit_target(a, r);
}

static double
most(const struct act *a)
{
	const struct action_opts *o = &a->live->world.action;

	return strcmp(o->scheme, "position") == 0 && o->size ? num_of_nano(o->size) : o->weight;
}

/* The view of what an action means, as signals: one a symbol. */
static int
put_signals(
    struct act *a, struct rl_view *v, const struct act_net *n, const float *act, bool shadow)
{
	const struct rl_space *s = &a->live->world.base.act;
	int rc = rl_view_would(v, act, a->wants);

	buf_clear(&a->text);
	buf_printf(&a->text, "%srl:%s", shadow ? "shadow:" : "", rl_net_name(n->net));
	for (size_t i = 0; i < v->k.nsym && rc == 0; i++) {
		double w = a->wants[i] / most(a);
		struct rec r;

		if (isnan(w))
			continue;
		rec_init(&r, REC_signal, a->wm, v->k.sym[i]);
		rec_set(&r, F_signal_source, r.signal.source, buf_str(&a->text));
		if (s->kind == RL_DISCRETE)
			rec_set(&r, F_signal_label, r.signal.label, str_z(s->names[a->chosen]));
		rec_set(&r, F_signal_direction, r.signal.direction, (double)((w > 0) - (w < 0)));
		rec_set(&r, F_signal_strength, r.signal.strength, act_round(fabs(w)));
		if (!isnan(a->confidence))
			rec_set(&r, F_signal_confidence, r.signal.confidence, a->confidence);
		rec_set(&r, F_signal_model_hash, r.signal.model_hash, str_z(rl_net_hash(n->net)));
		if (shadow)
			rec_set(&r, F_signal_shadow, r.signal.shadow, true);
		rc = stage_emit(&a->base, &r);
	}
	return rc;
}

/* What the shadow would do about what the policy sees. */
static int
put_shadow(struct act *a, struct rl_view *v)
{
	struct err e;
	float one;

	if (!a->shadow.net || run_net(a, &a->shadow, v, true, &e))
		return 0; /* nobody follows it: that it cannot say is no harm */
	return put_signals(a, v, &a->shadow, choose(a, a->out, false, &one), true);
}

static int
carry_out(struct act *a, struct rl_view *v)
{
	float one = 0;
	const float *act = choose(a, a->probs, a->sample, &one);
	int rc = 0;

	if (a->signal_text)
		rc = put_signals(a, v, a->one ? a->one : &a->net[0], act, false);
	if (rc == 0 && !(a->signal_text && strcmp(a->signal_text, "only") == 0))
		rc = rl_view_apply(v, act);
	return rc;
}

static int
decide_view(struct act *a, struct rl_view *v)
{
	bool clocked = a->deadline > 0 || a->timing;
	enum act_ill ill = act_health_view(a, v);
	struct err e = { 0 };
	int rc;

	if (!a->live->instant) /* time passed, that is all */
		return ill == ACT_STALE ? act_health_settle(a, v, ill) : 0;
	if (!rl_view_ready(v) && ill == ACT_WELL)
		return 0; /* columns are still to come */
	if (rl_view_ready(v)) {
		int64_t began = clocked ? tim_mono() : 0;

		rl_view_observe(v, a->obs);
		if (a->explain)
			act_explain_keep(a, v);
		if (act_model_run(a, v, true, &e) && ill == ACT_WELL)
			ill = ACT_BROKEN;
		if (clocked && act_health_took(a, tim_mono() - began))
			ill = ill ? ill : ACT_LATE;
	}
	if (a->past) /* a memory remembers it, and that is all */
		return 0;
	rc = act_health_settle(a, v, ill);
	if (rc == 0 && ill == ACT_WELL && a->ill == ACT_WELL) {
		a->decided = true;
		a->decisions++;
		rc = carry_out(a, v);
	}
	if (rc == 0 && rl_view_ready(v))
		rc = put_shadow(a, v);
	return rc;
}

/* A stream of more symbols than it learned from may ask for more than there is. */
static void
note_shares(struct act *a)
{
	double share = a->live->o.share, all = share * (double)a->live->nviews;

	if (a->told_shares || !a->live->world.each || all < 1.000001)
		return;
	a->told_shares = true;
	stage_note(&a->base, 1,
	    "%zu symbols with a share of %.4g each may want %.4g times the equity together; see "
	    "--share and --symbols",
	    a->live->nviews, share, all);
}

int
act_model_decide(struct act *a)
{
	int rc = a->past ? 0 : act_health_instant(a);

	if (!a->live || !a->live->any)
		return rc;
	note_shares(a);
	for (size_t i = 0; i < a->live->nviews && rc == 0; i++) {
		MEM_AT(a->view, a->nview, i);
		rc = decide_view(a, a->live->view[i]);
	}
	return rc ? rc : act_health_status(a, false);
}

/* ---- the stream ---- */
int
act_model_push(struct act *a, const struct rec *r)
{
	int rc = a->live ? rl_live_push(a->live, r) : 0;

	return rc > 0 ? 0 : rc; /* the stage knows itself which portfolio it waits for */
}

int
act_model_watermark(struct act *a, const struct rec *wm)
{
	int rc = a->live ? rl_live_watermark(a->live, wm) : 0;

	return rc > 0 ? 0 : rc;
}

static void
note_silence(struct act *a)
{
	for (size_t i = 0; i < a->live->nviews; i++) {
		const struct rl_view *v = a->live->view[i];

		if (v->instants && v->missing < v->k.ncols) {
			stage_note(&a->base, 1,
			    "%s decided nothing: its column %s never came; it was trained behind "
			    "'%s'",
			    rl_net_name(a->net[0].net), a->live->form.names[v->missing],
			    a->net[0].card.pipeline);
			return;
		}
	}
}

/* Bars came, and none of what it trades: of --symbols, or of those it learned. */
static void
note_strangers(struct act *a)
{
	struct buf b = { 0 };

	if (a->symbols.n) {
		for (size_t i = 0; i < a->symbols.n && i < 10; i++)
			buf_printf(&b, "%s%s", i ? "," : "", a->symbols.v[i]);
	} else {
		const struct rl_card *card = &a->net[0].card;

		for (size_t i = 0; i < card->nsymbols && i < 10; i++)
			buf_printf(&b, "%s%s", i ? "," : "", card->symbols[i]);
	}
	stage_note(&a->base, 1, "%s decided nothing: bars came, but none of what it trades (%s)",
	    rl_net_name(a->net[0].net), buf_z(&b));
	buf_free(&b);
}

int
act_model_flush(struct act *a)
{
	if (a->show_card) {
		const char *text = rl_net_meta(a->net[0].net, RL_CARD_KEY);
		int rc = stage_text(&a->base, text, strlen(text));

		return rc ? rc : stage_text(&a->base, "\n", 1);
	}
	if (a->live && !a->decided && !a->fallbacks)
		note_silence(a);
	if (a->live && !a->live->any && a->live->bars)
		note_strangers(a);
	else if (a->live && !a->live->any && a->ticks)
		stage_note(&a->base, 1,
		    "%llu trades and quotes came but no bars of what it trades, so nothing was "
		    "decided; give it bars: bar-agg",
		    (unsigned long long)a->ticks);
	return act_health_status(a, true);
}
