#include "risk/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BIT(k) (UINT64_C(1) << (k))
_Static_assert(L_N <= 64, "presence bits of the limits do not fit");

const struct limit_desc limit_descs[L_N] = {
#define K(name, kind, scopes, lo, hi, about) { #name, LIMIT_##kind, scopes, lo, hi, about },
	LIMIT_KEYS(K)
#undef K
};

static const struct limit_scope *
strategy_scope(const struct limits *l, struct str name)
{
	for (size_t i = 0; i < l->nstrategies; i++)
		if (str_eqz(name, l->strategies[i].name))
			return &l->strategies[i].scope;
	return NULL;
}

static bool
is_float(enum limit_key k)
{
	return limit_descs[k].kind == LIMIT_PCT || limit_descs[k].kind == LIMIT_RATIO;
}

/* Whether a is the tighter of two values; a flag is tighter when it is set. */
static bool
tighter(enum limit_key k, const union limit_value *a, const union limit_value *b)
{
	if (limit_descs[k].kind == LIMIT_BOOL)
		return a->i > b->i;
	return is_float(k) ? a->f < b->f : a->i < b->i;
}

const union limit_value *
limits_resolve(const struct limits *l, enum limit_key k, const struct sym *sym, struct str strategy)
{
	const struct limit_scope *s = sym && sym->id < l->nsym ? l->sym[sym->id] : NULL;
	const struct limit_scope *t = l->nstrategies ? strategy_scope(l, strategy) : NULL;
	const struct limit_scope *g = &l->all;

	if (s && !(s->has & BIT(k)))
		s = NULL;
	if (t && !(t->has & BIT(k)))
		t = NULL;
	if (s && t) { /* null in one leaves the other's */
		if (s->lifted & BIT(k))
			g = t;
		else if (t->lifted & BIT(k) || tighter(k, &s->v[k], &t->v[k]))
			g = s;
		else
			g = t;
	} else if (s || t) {
		g = s ? s : t;
	}
	if (!(g->has & BIT(k)) || g->lifted & BIT(k))
		return NULL;
	return &g->v[k];
}

bool
limits_any(const struct limits *l, enum limit_key k)
{
	bool any = (l->all.has & ~l->all.lifted & BIT(k)) != 0;

	for (size_t i = 0; i < l->nsym; i++)
		any |= l->sym[i] && (l->sym[i]->has & ~l->sym[i]->lifted & BIT(k)) != 0;
	for (size_t i = 0; i < l->nstrategies; i++)
		any |= (l->strategies[i].scope.has & ~l->strategies[i].scope.lifted & BIT(k)) != 0;
	return any;
}

bool
limits_restricted(const struct limits *l, const struct sym *sym)
{
	return sym->id < l->nrestricted && l->restricted[sym->id];
}

bool
limits_allowed(const struct limits *l, const struct sym *sym)
{
	return !l->only_allowed || (sym->id < l->nallowed && l->allowed[sym->id]);
}

struct small_pcts {
	void (*fn)(void *arg, const char *scope, const char *key, double pct);
	void *arg;
};

static void
small_pcts(const struct limit_scope *s, const char *of, const char *name, struct small_pcts *t)
{
	char scope[128] = "";

	if (*of)
		snprintf(scope, sizeof scope, "%s.%.80s.", of, name);
	for (enum limit_key k = 0; k < L_N; k++)
		if (limit_descs[k].kind == LIMIT_PCT && (s->has & ~s->lifted & BIT(k)) &&
		    s->v[k].f > 0 && s->v[k].f < 1)
			t->fn(t->arg, scope, limit_descs[k].name, s->v[k].f);
}

void
limits_small_pcts(const struct limits *l,
    void (*fn)(void *arg, const char *scope, const char *key, double pct), void *arg)
{
	struct small_pcts t = { fn, arg };

	small_pcts(&l->all, "", "", &t);
	for (size_t i = 0; i < l->nsym; i++)
		if (l->sym[i])
			small_pcts(l->sym[i], "symbols", symtab_at(l->syms, (uint32_t)i)->name, &t);
	for (size_t i = 0; i < l->nstrategies; i++)
		small_pcts(&l->strategies[i].scope, "strategies", l->strategies[i].name, &t);
}

void
limits_free(struct limits *l)
{
	for (size_t i = 0; i < l->nsym; i++)
		free(l->sym[i]);
	for (size_t i = 0; i < l->nstrategies; i++)
		free(l->strategies[i].name);
	free(l->sym);
	free(l->strategies);
	free(l->restricted);
	free(l->allowed);
	memset(l, 0, sizeof *l);
}
