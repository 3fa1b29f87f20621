#include "rl/columns.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "mkt/quality.h"

static uint32_t
column_at(struct rl_columns *c, const struct sym *sym, struct str name)
{
	struct rl_column_set *s = MEM_AT(c->of, c->nof, sym->id);

	if (s->next < s->n && str_eq(s->v[s->next].name, name))
		return s->v[s->next++].id;
	for (size_t i = 0; i < s->n; i++) {
		if (str_eq(s->v[i].name, name)) {
			s->next = i + 1;
			return s->v[i].id;
		}
	}
	struct rl_column *k = MEM_AT(s->v, s->cap, s->n);
	k->name = (struct str){ mem_dup(name.p, name.n), name.n };
	k->id = (uint32_t)c->n;
	s->next = ++s->n;
	*MEM_AT(c->owner, c->capowner, c->n) = sym->id;
	*MEM_AT(c->row, c->caprow, c->n) = NAN;
	c->n++;
	return k->id;
}

static void
put(struct rl_columns *c, const struct sym *sym, struct str name, double v)
{
	if (!sym || !isfinite(v))
		return;
	uint32_t id = column_at(c, sym, name); /* may move c->row */
	c->row[id] = (float)v;
}

static void
put_feature(struct rl_columns *c, const struct sym *sym, struct str name, double v)
{
	if (!sym || !isfinite(v))
		return;
	uint32_t id = column_at(c, sym, name);
	c->row[id] = (float)v;
	*MEM_AT(c->told, c->ntold, id) = c->instant + 1;
}

static void
put_named(struct rl_columns *c, const struct sym *sym, const char *stem, struct str name, double v)
{
	char text[128];
	int n =
	    snprintf(text, sizeof text, "%s%.*s", stem, (int)(name.n < 80 ? name.n : 80), name.p);

	put(c, sym, (struct str){ text, (size_t)n }, v);
}

static void
put_pattern(struct rl_columns *c, const struct rec *r)
{
	uint8_t state = rec_has(r, F_pattern_state) ? r->pattern.state : W_pstate_formed;
	double v = rec_has(r, F_pattern_direction) ? (double)r->pattern.direction : 0;

	if (!r->sym || (state != W_pstate_formed && state != W_pstate_confirmed))
		return;
	if (rec_has(r, F_pattern_score) && isfinite(r->pattern.score))
		v *= r->pattern.score;
	size_t before = c->n;
	uint32_t id = column_at(c, r->sym, str_z("pattern"));
	if (c->n > before) {
		*MEM_AT(c->fleeting, c->capfleeting, c->nfleeting) = id;
		c->nfleeting++;
	}
	c->row[id] = (isnan(c->row[id]) ? 0 : c->row[id]) + (float)v;
}

static void
put_signal(struct rl_columns *c, const struct rec *r)
{
	double v = rec_has(r, F_signal_direction) ? r->signal.direction : 0;

	if (rec_has(r, F_signal_shadow) && r->signal.shadow)
		return;
	if (rec_has(r, F_signal_confidence))
		v *= r->signal.confidence;
	else if (rec_has(r, F_signal_strength))
		v *= r->signal.strength;
	put_named(c, r->sym, "signal.", r->signal.source, v);
}

static void
put_bar(struct rl_columns *c, const struct rec *r)
{
	if (!r->sym || (rec_has(r, F_bar_partial) && r->bar.partial))
		return;
	struct rl_last *l = MEM_AT(c->last, c->nlast, r->sym->id);
	if (l->any && r->ts < l->ts) /* what was seen since was not before it */
		return;
	if (!l->any || r->ts != l->ts)
		l->before = l->close;
	if (r->bar.close > 0 && l->before > 0)
		put(c, r->sym, str_z("ret"), num_log((double)r->bar.close / (double)l->before));
	else
		column_at(c, r->sym, str_z("ret"));
	l->close = r->bar.close;
	l->ts = r->ts;
	l->any = true;
}

/* Closes from before a split are made comparable. */
static void
put_split(struct rl_columns *c, const struct rec *r)
{
	double ratio = r->corporate_action.ratio;

	if (!r->sym || r->corporate_action.action != W_corp_split ||
	    !rec_has(r, F_corporate_action_ratio) || !(isfinite(ratio) && ratio > 0))
		return;
	struct rl_last *l = MEM_AT(c->last, c->nlast, r->sym->id);
	int64_t *price[] = { &l->close, &l->before };
	for (size_t i = 0; i < 2; i++)
		if (!num_nano_of(num_of_nano(*price[i]) / ratio, price[i]))
			*price[i] = 0;
}

/* Whether a record says that the future is in it; types that have no such key may carry it all the
 * same. */
static bool
knows_future(const struct rec *r)
{
	static const char key[] = "\"lookahead\":true";

	switch (r->type) {
	case REC_features: return rec_has(r, F_features_lookahead) && r->features.lookahead;
	case REC_signal: return rec_has(r, F_signal_lookahead) && r->signal.lookahead;
	case REC_target: return rec_has(r, F_target_lookahead) && r->target.lookahead;
	default: return r->extra.n && memmem(r->extra.p, r->extra.n, key, sizeof key - 1);
	}
}

int
rl_columns_push(struct rl_columns *c, const struct rec *r, struct err *e)
{
	if (knows_future(r))
		return err_set(e, ERR_DATA,
		    "a %s record says \"lookahead\":true: it was made with knowledge of the future",
		    rec_type_name(r->type));
	switch (r->type) {
	case REC_bar: put_bar(c, r); return 0;
	case REC_corporate_action: put_split(c, r); return 0;
	case REC_features:
		for (size_t i = 0; i < r->nnums; i++)
			put_feature(c, r->sym, r->nums[i].name, r->nums[i].v);
		return 0;
	case REC_signal: put_signal(c, r); return 0;
	case REC_pattern: put_pattern(c, r); return 0;
	case REC_regime:
		if (rec_has(r, F_regime_state))
			put_named(c, r->sym, "regime.", r->regime.model, (double)r->regime.state);
		return 0;
	case REC_target:
		put(c, r->sym, str_z("target"),
		    rec_has(r, F_target_weight) ? r->target.weight
						: num_of_nano(r->target.position));
		return 0;
	default: return 0;
	}
}

bool
rl_columns_usable(const struct rec *r)
{
	return r->sym && quality_ok(r);
}

void
rl_columns_next(struct rl_columns *c)
{
	for (size_t i = 0; i < c->nfleeting; i++)
		c->row[c->fleeting[i]] = 0;
	c->instant++;
}

bool
rl_columns_told(const struct rl_columns *c, uint32_t id)
{
	return id < c->ntold && c->told[id] == c->instant + 1;
}

struct str
rl_columns_name(const struct rl_columns *c, uint32_t id)
{
	const struct rl_column_set *s = &c->of[c->owner[id]];

	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].id == id)
			return s->v[i].name;
	return (struct str){ NULL, 0 };
}

void
rl_columns_free(struct rl_columns *c)
{
	for (size_t s = 0; s < c->nof; s++) {
		for (size_t i = 0; i < c->of[s].n; i++)
			free((char *)(uintptr_t)c->of[s].v[i].name.p);
		free(c->of[s].v);
	}
	free(c->of);
	free(c->owner);
	free(c->fleeting);
	free(c->row);
	free(c->last);
	free(c->told);
	*c = (struct rl_columns){ 0 };
}
