/* Sources, symbols, and what the one last said of the other. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mkt/quality.h"
#include "rec/json.h"
#include "signal/mix.h"

static uint64_t
name_hash(struct str s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
	return h;
}

/* Sources are few (max_sources) and their hashes stand side by side: a search is a short loop. */
static struct mix_source *
find_source(struct mix *m, struct str name, uint64_t hash)
{
	for (size_t i = 0; i < m->nsrc; i++)
		if (m->src[i].hash == hash && str_eqz(name, m->src[i].name))
			return &m->src[i];
	return NULL;
}

static size_t
group_of(const struct mix *m, const struct mix_rule *rule, size_t self)
{
	for (size_t i = 0; rule->group[0] && i < m->nsrc; i++)
		if (strcmp(m->src[i].rule->group, rule->group) == 0)
			return m->src[i].group;
	return self;
}

struct mix_source *
mix_source_of(struct mix *m, struct str name)
{
	uint64_t hash = name_hash(name);
	struct mix_source *s = find_source(m, name, hash);

	if (s)
		return s;
	const struct mix_rule *rule = mix_rule_for(&m->cfg, name);
	if (!rule)
		return NULL;
	if ((int64_t)m->nsrc >= m->cfg.max_sources) {
		m->too_many++;
		if (!m->told_many)
			stage_note(&m->base, 1,
			    "more than %lld sources; '%.*s' and all that come new are left alone "
			    "(max_sources)",
			    (long long)m->cfg.max_sources, STR_FMT(str_cut(name, 80)));
		m->told_many = true;
		return NULL;
	}
	size_t at = m->nsrc, group = group_of(m, rule, at);
	s = MEM_AT(m->src, m->capsrc, at);
	m->nsrc++;
	*s = (struct mix_source){
		.name = mem_dup(name.p, name.n), .hash = hash, .rule = rule, .group = group
	};
	return s;
}

struct mix_symbol *
mix_symbol_of(struct mix *m, const struct sym *sym)
{
	if (!sym)
		return &m->market;
	struct mix_symbol **p = MEM_AT(m->sym, m->nsym, sym->id);
	if (!*p) {
		*p = mem_alloc(sizeof **p);
		(*p)->sym = sym;
		*MEM_AT(m->list, m->caplist, m->nlist) = sym->id;
		m->nlist++;
	}
	return *p;
}

struct mix_opinion *
mix_opinion_of(struct mix *m, struct mix_symbol *s, const struct mix_source *src)
{
	size_t i = (size_t)(src - m->src), old = s->nop;

	if (i >= old) {
		(void)MEM_AT(s->op, s->nop, i);
		for (size_t k = old; k < s->nop; k++)
			s->op[k].t0 = s->op[k].said_t = MIX_NEVER;
	}
	return &s->op[i];
}

/* ---- opinions ---- */

struct message {
	double d, s, c; /* direction, strength, confidence as said */
	int64_t expires, target, stop;
	int64_t hold; /* where no ttl is given; 0: until the next one */
	bool lookahead;
};

/* The same words again, within the span of `dedupe` or at the same instant, are no new opinion. */
static bool
said_before(const struct mix *m, const struct mix_opinion *o, const struct message *g, int64_t ts)
{
	if (o->said_t == MIX_NEVER || ts < o->said_t)
		return false;
	bool same = !(o->said_d < g->d || o->said_d > g->d) &&
		    !(o->said_s < g->s || o->said_s > g->s) &&
		    !(o->said_c < g->c || o->said_c > g->c);
	return same && ts - o->said_t <= m->cfg.dedupe;
}

static int64_t
expiry(const struct mix *m, const struct mix_rule *rule, int64_t ts, const struct message *g)
{
	int64_t ttl = rule->ttl >= 0 ? rule->ttl : m->cfg.ttl >= 0 ? m->cfg.ttl : g->hold;

	if (g->expires != MIX_NEVER)
		return g->expires;
	return ttl > 0 ? num_add(ts, ttl) : MIX_NEVER;
}

static void
take(struct mix *m, const struct mix_source *src, struct mix_symbol *s, int64_t ts,
    const struct message *g)
{
	struct mix_opinion *o = mix_opinion_of(m, s, src);

	m->taken++;
	if (said_before(m, o, g, ts)) {
		m->duplicates++;
		return;
	}
	o->said_d = g->d;
	o->said_s = g->s;
	o->said_c = g->c;
	o->said_t = ts;
	o->x = g->d * g->s;
	if (src->rule->invert)
		o->x = -o->x;
	o->c = g->c;
	o->t0 = ts;
	o->expires = expiry(m, src->rule, ts, g);
	o->target = g->target;
	o->stop = g->stop;
	o->lookahead = g->lookahead;
}

static double
unit(double v)
{
	return v < 0 ? 0 : v > 1 ? 1 : v;
}

/* "5m": so long after ts; other words (bars, sessions) are not known here. */
static int64_t
horizon_end(const struct rec *r)
{
	int64_t span;

	if (rec_has(r, F_signal_expires))
		return r->signal.expires;
	if (rec_has(r, F_signal_horizon) &&
	    tim_span(r->signal.horizon.p, r->signal.horizon.n, &span) && span > 0)
		return num_add(r->ts, span);
	return MIX_NEVER;
}

bool
mix_take_signal(struct mix *m, const struct rec *r)
{
	if (rec_has(r, F_signal_shadow) && r->signal.shadow)
		return false;
	if (!rec_has(r, F_signal_direction))
		return false;
	const struct mix_source *src = mix_source_of(m, r->signal.source);
	if (!src)
		return false;
	struct message g = { .d = r->signal.direction, .s = 1, .c = src->rule->confidence };
	g.d = g.d < -1 ? -1 : g.d > 1 ? 1 : g.d;
	if (rec_has(r, F_signal_strength))
		g.s = unit(r->signal.strength);
	if (rec_has(r, F_signal_confidence))
		g.c = unit(r->signal.confidence);
	g.expires = horizon_end(r);
	g.lookahead = rec_has(r, F_signal_lookahead) && r->signal.lookahead;
	take(m, src, mix_symbol_of(m, r->sym), r->ts, &g);
	return true;
}

/* A wanted position is an opinion about its symbol: the side, not the size, which is the account's
 * business. */
bool
mix_take_target(struct mix *m, const struct rec *r)
{
	buf_clear(&m->name_buf);
	buf_puts(&m->name_buf, "rl:");
	buf_put(&m->name_buf, r->target.strategy.p, r->target.strategy.n);
	const struct mix_source *src = mix_source_of(m, buf_str(&m->name_buf));
	if (!src)
		return false;
	double side = rec_has(r, F_target_position) ? (double)r->target.position
		      : rec_has(r, F_target_weight) ? r->target.weight
						    : 0;
	struct message g = { .d = side > 0   ? 1
				  : side < 0 ? -1
					     : 0,
		.s = 1,
		.c = src->rule->confidence,
		.expires = MIX_NEVER };
	if (rec_has(r, F_target_confidence))
		g.c = unit(r->target.confidence);
	g.lookahead = rec_has(r, F_target_lookahead) && r->target.lookahead;
	take(m, src, mix_symbol_of(m, r->sym), r->ts, &g);
	return true;
}

/*
 * A pattern as an opinion (man/signal-mix.1, PATTERNS): a candle has TA-Lib's value, 100 for one
 * that is there, 200 for one that was confirmed; a chart pattern a score, a calibrated p, and a
 * state that weighs on its confidence.
 */
static void
pattern_message(
    const struct mix *m, const struct mix_rule *rule, const struct rec *r, struct message *g)
{
	const struct rec_pattern *p = &r->pattern;
	bool candle = rec_has(r, F_pattern_value);

	*g = (struct message){ .s = 1, .c = rule->confidence, .expires = MIX_NEVER };
	if (rec_has(r, F_pattern_direction))
		g->d = p->direction > 0 ? 1 : p->direction < 0 ? -1 : 0;
	else if (candle)
		g->d = p->value > 0 ? 1 : p->value < 0 ? -1 : 0;
	if (rec_has(r, F_pattern_score))
		g->s = unit(p->score);
	else if (candle)
		g->s = unit(fabs(p->value) / 200);
	if (rec_has(r, F_pattern_p))
		g->c = unit(p->p);
	if (!candle && rec_has(r, F_pattern_state))
		g->c *= p->state == W_pstate_confirmed ? m->cfg.confirmed : m->cfg.formed;
	/* Nothing ends a candle: without a ttl those of last year would still be heard. Its end is
	 * the start of the bar that completed it, its ts when that was complete. */
	int64_t bar = rec_has(r, F_pattern_end) ? num_sub(r->ts, p->end) : 0;
	if (candle && bar > 0 && m->cfg.candle_bars <= INT64_MAX / bar)
		g->hold = bar * m->cfg.candle_bars;
	if (rec_has(r, F_pattern_target))
		g->target = p->target;
	if (rec_has(r, F_pattern_stop))
		g->stop = p->stop;
}

void
mix_take_pattern(struct mix *m, const struct rec *r)
{
	const struct rec_pattern *p = &r->pattern;

	buf_clear(&m->name_buf);
	buf_puts(&m->name_buf, "pattern:");
	buf_put(&m->name_buf, p->name.p, p->name.n);
	const struct mix_source *src = mix_source_of(m, buf_str(&m->name_buf));
	if (!src)
		return;
	struct mix_symbol *s = mix_symbol_of(m, r->sym);
	if (rec_has(r, F_pattern_state) &&
	    (p->state == W_pstate_failed || p->state == W_pstate_expired)) {
		struct mix_opinion *o = mix_opinion_of(m, s, src);

		o->t0 = o->said_t = MIX_NEVER;
		return;
	}
	struct message g;
	pattern_message(m, src->rule, r, &g);
	if (g.d < 0 || g.d > 0)
		take(m, src, s, r->ts, &g);
}

/* ---- regimes ---- */

static struct mix_regime_now *
regime_slot(struct mix_symbol *s, struct str model)
{
	for (size_t i = 0; i < MIX_MODELS; i++) {
		struct mix_regime_now *g = &s->regime[i];

		if (!g->any || str_eqz(model, g->model))
			return g;
	}
	return NULL;
}

static void
copy_name(char *out, struct str s)
{
	s = str_cut(s, MIX_NAME - 1);
	memset(out, 0, MIX_NAME);
	if (s.n)
		memcpy(out, s.p, s.n);
}

static void
regime_probs(struct mix_regime_now *g, const struct rec *r)
{
	struct err e;
	struct json *j = json_parse_text(r->regime.probs.p, r->regime.probs.n, &e);

	for (size_t i = 0; json_kind(j) == JSON_IS_ARRAY && i < json_len(j) && i < MIX_STATES; i++)
		if (json_f64(json_at(j, i), &g->probs[i]))
			g->nprobs = i + 1;
	json_free(j);
}

void
mix_take_regime(struct mix *m, const struct rec *r)
{
	struct mix_regime_now *g;

	if (m->cfg.nregimes == 0)
		return;
	g = regime_slot(mix_symbol_of(m, r->sym), str_cut(r->regime.model, MIX_NAME - 1));
	if (!g)
		return;
	*g = (struct mix_regime_now){ .any = true, .state = -1 };
	copy_name(g->model, r->regime.model);
	if (rec_has(r, F_regime_label))
		copy_name(g->label, r->regime.label);
	if (rec_has(r, F_regime_state))
		g->state = r->regime.state;
	if (rec_has(r, F_regime_probs))
		regime_probs(g, r);
}

/* ---- prices ---- */

static bool
usable(const struct mix *m, const struct rec *r)
{
	if (!r->sym || r->bar.close <= 0 || !quality_ok(r) ||
	    (rec_has(r, F_bar_partial) && r->bar.partial))
		return false;
	return !m->interval ||
	       (rec_has(r, F_bar_interval) && str_eqz(r->bar.interval, m->interval));
}

/* A pattern that has reached its target or its stop has nothing more to say. */
static void
close_patterns(struct mix_symbol *s)
{
	for (size_t i = 0; i < s->nop; i++) {
		struct mix_opinion *o = &s->op[i];
		bool up = o->said_d > 0;

		if (o->t0 == MIX_NEVER || (!o->target && !o->stop))
			continue;
		if ((o->target && (up ? s->close >= o->target : s->close <= o->target)) ||
		    (o->stop && (up ? s->close <= o->stop : s->close >= o->stop)))
			o->t0 = MIX_NEVER;
	}
}

void
mix_take_bar(struct mix *m, const struct rec *r)
{
	if (!usable(m, r))
		return;
	struct mix_symbol *s = mix_symbol_of(m, r->sym);
	if (s->any && (r->ts < s->bar_ts || (rec_has(r, F_bar_rev) && r->ts != s->bar_ts)))
		return;
	s->any = s->fresh = true;
	s->bar_ts = r->ts;
	s->close = r->bar.close;
	close_patterns(s);
}

/* Prices from before the split are made comparable. */
void
mix_take_split(struct mix *m, const struct rec *r)
{
	double ratio = rec_split(r);

	if (ratio <= 0)
		return;
	struct mix_symbol *s = mix_symbol_of(m, r->sym);
	int64_t *prices[] = { &s->ref, &s->close };
	for (size_t i = 0; i < 2; i++) {
		int64_t px;

		if (*prices[i] > 0 && num_nano_of(num_of_nano(*prices[i]) / ratio, &px) && px > 0)
			*prices[i] = px;
	}
	for (size_t i = 0; i < s->nop; i++)
		s->op[i].target = s->op[i].stop = 0;
}

static void
symbol_free(struct mix_symbol *s)
{
	free(s->op);
	for (int a = 0; a < 2; a++)
		learner_free(&s->learner[a]);
}

void
mix_sources_free(struct mix *m)
{
	for (size_t i = 0; i < m->nsrc; i++) {
		free(m->src[i].name);
		track_free(&m->src[i].track);
	}
	free(m->src);
	for (size_t i = 0; i < m->nsym; i++)
		if (m->sym[i]) {
			symbol_free(m->sym[i]);
			free(m->sym[i]);
		}
	symbol_free(&m->market);
	free(m->sym);
	free(m->list);
}
