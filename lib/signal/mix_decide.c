/* At a watermark: the view of each symbol, the gates it must pass, and whether it is news. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "signal/mix.h"

#define LN2 0.6931471805599453

/* The opinion of source i on a symbol that holds now: its own, else that on the whole market. */
static struct mix_opinion *
opinion(struct mix *m, struct mix_symbol *s, size_t i)
{
	if (i < s->nop && mix_holds(&s->op[i], m->wm))
		return &s->op[i];
	if (i < m->market.nop && mix_holds(&m->market.op[i], m->wm))
		return &m->market.op[i];
	return NULL;
}

/* ---- weights ---- */

static double
aged(const struct mix *m, const struct mix_rule *rule, const struct mix_opinion *o)
{
	int64_t half = rule->half_life >= 0 ? rule->half_life : m->cfg.half_life;

	if (half <= 0 || m->wm <= o->t0)
		return 1;
	double halves = (double)(m->wm - o->t0) / (double)half;
	return halves > 1000 ? 0 : num_exp(-LN2 * halves);
}

/* How much a regime entry holds now: 0 or 1, or the state's probability. */
static double
regime_holds(const struct mix_regime *g, const struct mix_regime_now *now)
{
	if (!now->any || !mix_glob(g->model, str_z(now->model)))
		return 0;
	if (g->soft && g->state >= 0 && (size_t)g->state < now->nprobs)
		return now->probs[g->state];
	if (g->state >= 0 && g->state != now->state)
		return 0;
	if (g->label[0] && !mix_glob(g->label, str_z(now->label)))
		return 0;
	return 1;
}

/* The symbol's own regime before the market's; the strongest that fits. */
static double
regime_part(const struct mix *m, const struct mix_symbol *s, const struct mix_regime *g)
{
	double best = 0;
	bool own = false;

	for (size_t k = 0; k < MIX_MODELS; k++) {
		double p = regime_holds(g, &s->regime[k]);

		own |= s->regime[k].any && mix_glob(g->model, str_z(s->regime[k].model));
		best = p > best ? p : best;
	}
	for (size_t k = 0; !own && k < MIX_MODELS; k++) {
		double p = regime_holds(g, &m->market.regime[k]);

		best = p > best ? p : best;
	}
	return best;
}

/* Multiplies m->factor by what the regimes do to each source; returns what they do to the view. */
static double
regimes(struct mix *m, const struct mix_symbol *s)
{
	double scale = 1;

	for (size_t k = 0; k < m->cfg.nregimes; k++) {
		const struct mix_regime *g = &m->cfg.regimes[k];
		double p = regime_part(m, s, g);

		if (p <= 0)
			continue;
		scale *= 1 + p * (g->scale - 1);
		for (size_t i = 0; i < m->nsrc; i++)
			for (size_t w = 0; w < g->nweights; w++)
				if (mix_glob(g->weights[w].match, str_z(m->src[i].name))) {
					m->factor[i] *= 1 + p * (g->weights[w].weight - 1);
					break;
				}
	}
	return scale;
}

static double
rule_weight(const struct mix *m, int arm, size_t i)
{
	const struct mix_arm *a = &m->cfg.arm[arm];

	for (size_t k = 0; k < a->nweights; k++)
		if (mix_glob(a->weights[k].match, str_z(m->src[i].name)))
			return a->weights[k].weight;
	return m->src[i].rule->weight;
}

/* ---- gates ---- */

/* k of the last n groups that spoke within the window said what the view says. */
static bool
confirmed(struct mix *m, struct mix_symbol *s, const struct mix_confirm *f, double v, int64_t *got)
{
	int64_t agree = 0, spoke = 0;

	for (size_t i = 0; i < m->nsrc; i++)
		m->flag[i] = false; /* its group has been counted */
	for (int64_t left = f->n ? f->n : INT64_MAX; left > 0; left--) {
		const struct mix_opinion *last = NULL;
		size_t who = 0;

		for (size_t i = 0; i < m->nsrc; i++) {
			const struct mix_opinion *o = opinion(m, s, i);

			if (!o || m->flag[m->src[i].group] || m->src[i].rule->veto ||
			    m->src[i].track.off || m->wm - o->t0 > f->window ||
			    !(o->x < 0 || o->x > 0))
				continue;
			bool agrees = (o->x > 0) == (v > 0);
			if (!last || o->t0 > last->t0 ||
			    (o->t0 == last->t0 && agrees && (last->x > 0) != (v > 0))) {
				last = o;
				who = i;
			}
		}
		if (!last)
			break;
		m->flag[m->src[who].group] = true;
		spoke++;
		agree += (last->x > 0) == (v > 0);
	}
	*got = agree;
	return agree >= f->k;
}

static const struct mix_source *
vetoed(struct mix *m, struct mix_symbol *s, double v)
{
	for (size_t i = 0; i < m->nsrc; i++) {
		const struct mix_opinion *o = m->src[i].rule->veto ? opinion(m, s, i) : NULL;

		/* a flat veto is against both sides */
		if (o && !(o->x > 0 && v > 0) && !(o->x < 0 && v < 0))
			return &m->src[i];
	}
	return NULL;
}

static void
stop(struct mix_verdict *d, const char *why)
{
	d->v = 0;
	d->confidence = 0;
	snprintf(d->stopped, sizeof d->stopped, "%s", why);
}

static void
gates(struct mix *m, struct mix_symbol *s, int64_t speaking, struct mix_verdict *d)
{
	const struct mix_arm *a = &m->cfg.arm[d->arm];
	struct mix_gate *gate = &s->gate[d->arm];
	char text[96];
	int64_t got = 0;

	if (!(d->v < 0 || d->v > 0))
		return;
	const struct mix_source *veto = vetoed(m, s, d->v);
	int dir = d->v > 0 ? 1 : -1;
	if (speaking < a->min_sources) {
		snprintf(text, sizeof text, "sources %lld of %lld", (long long)speaking,
		    (long long)a->min_sources);
		stop(d, text);
	} else if (fabs(d->v) < a->threshold) {
		stop(d, "threshold");
	} else if (veto) {
		snprintf(text, sizeof text, "veto %.80s", veto->name);
		stop(d, text);
	} else if (a->confirm.k && dir != gate->dir && !confirmed(m, s, &a->confirm, d->v, &got)) {
		/* to begin with: else it would come and go with every candle that disagrees */
		snprintf(text, sizeof text, "confirmed by %lld of %lld", (long long)got,
		    (long long)a->confirm.k);
		stop(d, text);
	} else if (gate->any && dir != gate->dir && m->cfg.cooldown &&
		   m->wm - gate->since < m->cfg.cooldown) {
		stop(d, "cooldown");
	}
}

static void
remember_gate(struct mix_gate *gate, const struct mix_verdict *d, int64_t now)
{
	int dir = d->v > 0 ? 1 : d->v < 0 ? -1 : 0;

	if (dir == gate->dir)
		return;
	gate->dir = dir;
	gate->since = now;
	gate->any = true;
}

/* ---- the view ---- */

/* Fills x, c, on and factor for a symbol; how many opinions hold. */
static size_t
gather(struct mix *m, struct mix_symbol *s)
{
	size_t n = 0;

	for (size_t i = 0; i < m->nsrc; i++) {
		const struct mix_opinion *o = opinion(m, s, i);

		m->on[i] = o && !m->src[i].rule->veto && !m->src[i].track.off;
		m->x[i] = m->on[i] ? o->x : 0;
		m->c[i] = m->on[i] ? o->c : 0;
		m->factor[i] = m->on[i] ? aged(m, m->src[i].rule, o) : 0;
		n += m->on[i];
	}
	return n;
}

static void
verdict(struct mix *m, struct mix_symbol *s, int arm, double scale, struct mix_verdict *d)
{
	const struct mix_arm *a = &m->cfg.arm[arm];
	const struct learner *l = mix_learner(m, s, arm);
	struct view_in in = {
		.n = m->nsrc, .x = m->x, .c = m->c, .w = m->w, .factor = m->factor, .on = m->on
	};
	struct view_out out = { .used = m->used, .part = m->part };
	int64_t speaking = 0;

	*d = (struct mix_verdict){ .arm = arm, .expires = 0, .used = m->used, .part = m->part };
	for (size_t i = 0; i < m->nsrc; i++) {
		m->w[i] = m->factor[i] * rule_weight(m, arm, i);
		if (!m->on[i] || !(m->w[i] > 0))
			continue;
		const struct mix_opinion *o = opinion(m, s, i);
		speaking += o->x < 0 || o->x > 0;
		if (o->expires > d->expires)
			d->expires = o->expires;
		m->tainted |= o->lookahead;
	}
	view_mix(a->method, a->quorum, l, &in, &out);
	d->warm = out.warm;
	d->v = out.v * scale < -1 ? -1 : out.v * scale > 1 ? 1 : out.v * scale;
	d->raw = d->v = mix_round(d->v);
	for (size_t i = 0; i < m->nsrc; i++)
		m->part[i] *= scale;
	d->confidence = mix_round(out.confidence);
	gates(m, s, speaking, d);
	remember_gate(&s->gate[arm], d, m->wm);
}

/* ---- is it news ---- */

static bool
news(const struct mix *m, const struct mix_said *said, const struct mix_verdict *d)
{
	int dir = d->v > 0 ? 1 : d->v < 0 ? -1 : 0;

	if (!said->any)
		return dir != 0;
	if (dir != said->dir)
		return true;
	if (dir == 0)
		return false;
	if (fabs(fabs(d->v) - said->strength) >= m->cfg.change ||
	    fabs(d->confidence - said->confidence) >= m->cfg.change)
		return true;
	/* what was promised to end goes on */
	if (said->expires != MIX_NEVER && d->expires > said->expires && m->wm >= said->expires)
		return true;
	return m->cfg.every && m->wm - said->ts >= m->cfg.every;
}

static int
say_if_news(struct mix *m, struct mix_symbol *s, const struct mix_verdict *d, bool shadow)
{
	struct mix_said *said = &s->said[shadow];

	if (!news(m, said, d))
		return 0;
	*said = (struct mix_said){ .any = true,
		.dir = d->v > 0   ? 1
		       : d->v < 0 ? -1
				  : 0,
		.strength = fabs(d->v),
		.confidence = d->confidence,
		.ts = m->wm,
		.expires = d->expires };
	m->views++;
	return mix_say(m, s, d, shadow);
}

/* The same symbol, span of time and seed always fall to the same arm. */
static int
split_arm(const struct mix *m, const struct mix_symbol *s)
{
	const struct mix_config *c = &m->cfg;
	uint64_t h = (uint64_t)c->b_seed * UINT64_C(0x9E3779B97F4A7C15) + 1;

	if (!c->has_b || c->b_share <= 0)
		return 0;
	for (size_t i = 0; c->b_by != MIX_BY_TIME && i < s->sym->len; i++)
		h = (h ^ (unsigned char)s->sym->name[i]) * UINT64_C(0x100000001b3);
	if (c->b_by != MIX_BY_SYMBOL)
		h ^= (uint64_t)(tim_floor(m->wm, c->b_bucket) / c->b_bucket) *
		     UINT64_C(0xD6E8FEB86659FD93);
	/* splitmix64's finish */
	h = (h ^ (h >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	h = (h ^ (h >> 27)) * UINT64_C(0x94D049BB133111EB);
	h ^= h >> 31;
	return (double)(h >> 11) / 9007199254740992.0 < c->b_share;
}

static int
decide_symbol(struct mix *m, struct mix_symbol *s)
{
	struct mix_verdict d;
	size_t n = gather(m, s);
	int live, rc;

	if (n == 0 && !s->said[0].dir && !s->said[1].dir && !s->gate[0].dir && !s->gate[1].dir)
		return 0;
	double scale = regimes(m, s);
	live = split_arm(m, s);
	m->tainted = false;
	verdict(m, s, live, scale, &d);
	rc = say_if_news(m, s, &d, m->cfg.shadow);
	if (rc < 0 || !m->cfg.has_b)
		return rc;
	/* the other arm is worked out in any case: its gates must not depend on who looks */
	m->tainted = false;
	verdict(m, s, !live, scale, &d);
	return m->cfg.b_shadow && !m->cfg.shadow ? say_if_news(m, s, &d, true) : 0;
}

/* What is held from here to the next prices: all that hold, those that are switched off too. */
static void
hold(struct mix *m, struct mix_symbol *s)
{
	for (size_t i = 0; i < m->nsrc; i++) {
		const struct mix_opinion *o = opinion(m, s, i);

		if (!o && i >= s->nop)
			continue;
		struct mix_opinion *own = mix_opinion_of(m, s, &m->src[i]);
		own->held = o != NULL;
		own->held_x = o ? o->x : 0;
		own->held_c = o ? o->c : 0;
	}
	s->ref = s->close;
	s->fresh = false;
}

int
mix_decide(struct mix *m)
{
	for (size_t i = 0; i < m->nlist; i++) {
		struct mix_symbol *s = m->sym[m->list[i]];
		int rc = decide_symbol(m, s);

		if (rc < 0)
			return rc;
		hold(m, s);
	}
	return 0;
}
