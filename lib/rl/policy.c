#include "rl/policy.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

const struct rl_rule *const rl_rules[] = {
	&rl_buy_hold,
	&rl_sma_cross,
	&rl_momentum,
	&rl_mean_revert,
	&rl_breakout,
	&rl_signal,
	NULL,
};

static void
put_rules(struct buf *b)
{
	for (size_t i = 0; rl_rules[i]; i++)
		buf_printf(b, "%srule:%s", i ? ", " : "", rl_rules[i]->name);
}

static void
put_params(struct buf *b, const struct rl_rule *rule)
{
	for (const struct opt *o = rule->params; o->kind != OPT_END; o++)
		buf_printf(b, "%s%s=%s", o == rule->params ? "" : ", ", o->name, o->dflt);
}

static int
fail_unknown_rule(struct err *e, const char *text)
{
	struct buf b = { 0 };

	put_rules(&b);
	err_set(e, ERR_USAGE, "policy '%s' is not known; there are %s", text, buf_z(&b));
	buf_free(&b);
	return ERR_USAGE;
}

static int
fail_unknown_key(struct err *e, const struct rl_rule *rule, const char *key, size_t n)
{
	struct buf b = { 0 };

	put_params(&b, rule);
	err_set(e, ERR_USAGE, "rule:%s has no parameter '%.*s'; it has (with defaults) %s",
	    rule->name, (int)n, key, buf_z(&b));
	buf_free(&b);
	return ERR_USAGE;
}

static const struct rl_rule *
find_rule(const char *name, size_t n)
{
	for (size_t i = 0; rl_rules[i]; i++)
		if (strlen(rl_rules[i]->name) == n && memcmp(rl_rules[i]->name, name, n) == 0)
			return rl_rules[i];
	return NULL;
}

/* One "key=value" into the policy; given has a bit for each parameter that came. */
static int
set_param(struct rl_policy *p, char *item, uint32_t *given, struct err *e)
{
	const struct rl_rule *rule = p->rule;
	size_t n = strcspn(item, "="), off = 0;
	const struct opt *o = opt_find(rule->params, item, n, 0, &off);

	if (!o)
		return fail_unknown_key(e, rule, item, n);
	if (!item[n])
		return err_set(e, ERR_USAGE, "rule:%s: %s needs a value: %s=%s", rule->name,
		    o->name, o->name, o->dflt);
	uint32_t bit = UINT32_C(1) << (o - rule->params);
	if (*given & bit)
		return err_set(e, ERR_USAGE, "rule:%s: %s is given twice", rule->name, o->name);
	*given |= bit;
	if (opt_set(o, p, off, item + n + 1, e) == 0)
		return 0;
	/* The words were made for the command line: "--fast: ..." */
	size_t dashes = strspn(e->msg, "-");
	memmove(e->msg, e->msg + dashes, strlen(e->msg + dashes) + 1);
	return err_wrap(e, "rule:%s", rule->name);
}

static bool
both_sizes(const struct rl_rule *rule, uint32_t given)
{
	unsigned n = 0;

	for (const struct opt *o = rule->params; o->kind != OPT_END; o++)
		if (given & (UINT32_C(1) << (o - rule->params)))
			n += !strcmp(o->name, "size") || !strcmp(o->name, "weight");
	return n > 1;
}

static int
set_params(struct rl_policy *p, char *text, struct err *e)
{
	uint32_t given = 0;

	while (text) {
		char *comma = strchr(text, ',');
		if (comma)
			*comma++ = '\0';
		int rc = set_param(p, text, &given, e);
		if (rc)
			return rc;
		text = comma;
	}
	if (both_sizes(p->rule, given))
		return err_set(
		    e, ERR_USAGE, "rule:%s takes size or weight, not both", p->rule->name);
	return 0;
}

struct rl_policy *
rl_policy_new(const char *text, struct err *e)
{
	const char *name = strncmp(text, "rule:", 5) == 0 ? text + 5 : "";
	size_t n = strcspn(name, ",");
	const struct rl_rule *rule = find_rule(name, n);

	if (!rule) {
		fail_unknown_rule(e, text);
		return NULL;
	}
	struct rl_policy *p = mem_alloc(rule->size);
	char *rest = mem_dup(name + n, strlen(name + n));
	p->rule = rule;
	p->params = rest;
	int rc = opt_defaults(rule->params, p, e);
	if (rc == 0 && rest[0])
		rc = set_params(p, rest + 1, e);
	if (rc == 0) {
		rc = rule->open(p, e);
		if (rc)
			err_wrap(e, "rule:%s", rule->name);
	}
	if (rc) {
		rl_policy_free(p);
		return NULL;
	}
	return p;
}

void
rl_policy_free(struct rl_policy *p)
{
	if (!p)
		return;
	p->rule->close(p);
	free(p->params);
	free(p);
}
