/*
 * At a watermark, before anything is decided: what the opinions that were held since the last
 * decision were worth, now that there are new prices. The sources' track records and the
 * learners hear of nothing but such returns.
 */
#include "base/mem.h"
#include "signal/mix.h"

struct learner *
mix_learner(struct mix *m, struct mix_symbol *s, int arm)
{
	const struct mix_arm *a = &m->cfg.arm[arm];
	struct learner *l = a->learn.per_symbol ? &s->learner[arm] : &m->learner[arm];

	if (!mix_learns(a->method))
		return NULL;
	if (l->n == 0)
		learner_init(l, a->method, &a->learn);
	if (l->n < m->nsrc) {
		for (size_t i = 0; i < m->nsrc; i++)
			m->w[i] = m->src[i].rule->veto ? 0 : m->src[i].rule->weight;
		for (size_t i = 0; i < m->nsrc; i++)
			for (size_t k = 0; k < a->nweights; k++)
				if (!m->src[i].rule->veto &&
				    mix_glob(a->weights[k].match, str_z(m->src[i].name))) {
					m->w[i] = a->weights[k].weight;
					break;
				}
		learner_grow(l, m->nsrc, m->w);
	}
	return l;
}

/* What was held on a symbol, its own opinions before the market's, into x, c and flag; whether
 * there is any. */
static bool
held(struct mix *m, const struct mix_symbol *s)
{
	bool any = false;

	for (size_t i = 0; i < m->nsrc; i++) {
		const struct mix_opinion *o = NULL;

		if (i < s->nop && s->op[i].held)
			o = &s->op[i];
		m->flag[i] = o && !m->src[i].rule->veto;
		m->x[i] = o ? o->held_x : 0;
		m->c[i] = o ? o->held_c : 0;
		any |= m->flag[i];
	}
	return any;
}

static void
learn_symbol(struct mix *m, struct mix_symbol *s)
{
	double r = (num_of_nano(s->close) - num_of_nano(s->ref)) / num_of_nano(s->ref);

	if (!held(m, s))
		return;
	for (size_t i = 0; i < m->nsrc; i++) {
		struct mix_source *src = &m->src[i];

		if (!m->flag[i])
			continue;
		src->round_pnl += m->x[i] * r;
		src->round_n++;
		if ((m->x[i] < 0 || m->x[i] > 0) && (r < 0 || r > 0))
			track_trial(&src->track, &m->cfg.off, (m->x[i] > 0) == (r > 0));
	}
	for (int a = 0; a < 1 + m->cfg.has_b; a++) {
		struct learner *l = mix_learner(m, s, a);

		if (!l)
			continue;
		if (m->cfg.arm[a].learn.per_symbol)
			learner_begin(l);
		learner_symbol(l, m->flag, m->x, m->c, r);
		if (m->cfg.arm[a].learn.per_symbol)
			learner_end(l);
	}
}

static int
end_tracks(struct mix *m)
{
	for (size_t i = 0; i < m->nsrc; i++) {
		struct mix_source *src = &m->src[i];
		int rc;

		if (src->round_n == 0)
			continue;
		enum track_event ev =
		    track_round(&src->track, &m->cfg.off, src->round_pnl / (double)src->round_n);
		src->round_pnl = 0;
		src->round_n = 0;
		if (ev == TRACK_SAME)
			continue;
		if (src->rule->keep_on)
			src->track.off = false;
		else if ((rc = mix_alert(m, src, ev)) < 0)
			return rc;
	}
	return 0;
}

int
mix_learn(struct mix *m)
{
	for (int a = 0; a < 1 + m->cfg.has_b; a++) {
		struct learner *l =
		    m->cfg.arm[a].learn.per_symbol ? NULL : mix_learner(m, &m->market, a);
		if (l)
			learner_begin(l);
	}
	for (size_t i = 0; i < m->nlist; i++) {
		struct mix_symbol *s = m->sym[m->list[i]];

		if (s->fresh && s->ref > 0)
			learn_symbol(m, s);
	}
	for (int a = 0; a < 1 + m->cfg.has_b; a++) {
		struct learner *l =
		    m->cfg.arm[a].learn.per_symbol ? NULL : mix_learner(m, &m->market, a);
		if (l)
			learner_end(l);
	}
	return end_tracks(m);
}
