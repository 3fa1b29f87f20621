/* What the lines of a scenario do. Each action looks at its words first; dry, it stops there. */

#include "sim/act.h"

bool
act_bad(struct act *a, const char *want)
{
	err_set(a->e, ERR_USAGE, "%.*s: want %s", STR_FMT(a->l->word[0]), want);
	return false;
}

bool
act_is(const struct act *a, size_t i, const char *word)
{
	return i < a->l->nwords && str_eqz(a->l->word[i], word);
}

bool
act_has(const struct act *a, size_t i)
{
	return i < a->l->nwords;
}

bool
act_span(const struct act *a, size_t i, int64_t *v)
{
	return act_has(a, i) && tim_span(a->l->word[i].p, a->l->word[i].n, v) && *v >= 0;
}

bool
act_int(const struct act *a, size_t i, int64_t *v)
{
	return act_has(a, i) && num_i64(a->l->word[i].p, a->l->word[i].n, v);
}

bool
act_nano(const struct act *a, size_t i, int64_t *v)
{
	return act_has(a, i) && num_nano(a->l->word[i].p, a->l->word[i].n, v);
}

bool
act_do(struct sim *s, const struct script_line *l, struct cause *c, bool dry, struct err *e)
{
	static const struct action *const tables[] = { act_wire, act_market };
	struct act a = { s, l, c, dry, e };

	for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
		for (const struct action *x = tables[t]; x->name; x++)
			if (str_eqz(l->word[0], x->name))
				return x->fn(&a);
	err_set(e, ERR_USAGE, "no action '%.*s'", STR_FMT(l->word[0]));
	return false;
}
