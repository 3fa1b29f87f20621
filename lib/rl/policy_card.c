#include "rl/policy_card.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "rec/json.h"

#define FORMAT "tradepipe-policy-1"
#define MOST 100000 /* columns, symbols, parameters */

static int
bad(struct err *e, const char *what)
{
	return err_set(e, ERR_DATA, "the policy's card: %s", what);
}

static char *
dup_text(const struct json *j)
{
	struct str s;

	return json_text(j, &s) ? mem_dup(s.p, s.n) : NULL;
}

static int
get_params(struct rl_card *c, const struct json *j, struct err *e)
{
	size_t n = json_len(j);

	if (json_kind(j) == JSON_IS_NULL)
		return 0;
	if (json_kind(j) != JSON_IS_OBJECT || n > MOST)
		return bad(e, "params must be an object of texts: {\"weight\":\"0.3\"}");
	c->params = mem_array(n, sizeof *c->params);
	for (size_t i = 0; i < n; i++) {
		struct str key = json_key_at(j, i);

		c->params[i].value = dup_text(json_at(j, i));
		if (!c->params[i].value)
			return bad(e, "params must be an object of texts: {\"weight\":\"0.3\"}");
		c->params[i].key = mem_dup(key.p, key.n);
		c->nparams++;
	}
	return 0;
}

static int
get_symbols(struct rl_card *c, const struct json *j, struct err *e)
{
	size_t n = json_len(j);

	if (json_kind(j) != JSON_IS_ARRAY || n < 1 || n > MOST)
		return bad(e, "symbols must be a list of names");
	c->symbols = mem_array(n, sizeof *c->symbols);
	for (; c->nsymbols < n; c->nsymbols++) {
		c->symbols[c->nsymbols] = dup_text(json_at(j, c->nsymbols));
		if (!c->symbols[c->nsymbols])
			return bad(e, "symbols must be a list of names");
	}
	return 0;
}

static int
get_columns(struct rl_card *c, const struct json *j, struct err *e)
{
	size_t n = json_len(j);

	if (json_kind(j) != JSON_IS_ARRAY || n < 1 || n > MOST)
		return bad(e, "columns must be a list");
	c->columns = mem_array(n, sizeof *c->columns);
	for (; c->ncolumns < n; c->ncolumns++) {
		struct rl_card_column *k = &c->columns[c->ncolumns];
		const struct json *o = json_at(j, c->ncolumns);

		k->sym = dup_text(json_get(o, "sym"));
		k->name = dup_text(json_get(o, "name"));
		k->measured = json_get(o, "mean") || json_get(o, "dev") || json_get(o, "edges") ||
			      json_get(o, "shares");
		if (k->name && !k->measured)
			continue;
		if (!k->name || !json_f64(json_get(o, "mean"), &k->mean) ||
		    !json_f64(json_get(o, "dev"), &k->dev) || k->dev < 0 ||
		    !json_edges(json_get(o, "edges"), k->edges, RL_CARD_BINS - 1) ||
		    !json_shares(json_get(o, "shares"), k->shares, RL_CARD_BINS)) {
			c->ncolumns++; /* its texts are there to be freed */
			return bad(e,
			    "a column is {\"name\":..}, or that with mean, dev, 9 edges and 10 "
			    "shares");
		}
		for (size_t i = 0; i < RL_CARD_BINS - 1; i++)
			k->edges[i] = (double)(float)k->edges[i]; /* as columns are */
	}
	return 0;
}

int
rl_card_get(struct rl_card *c, struct str text, struct err *e)
{
	struct json *root = json_parse_text(text.p, text.n, e);
	struct str format = { "", 0 };
	int rc = 0;

	*c = (struct rl_card){ 0 };
	if (!root)
		return err_wrap(e, "the policy's card");
	json_text(json_get(root, "format"), &format);
	c->env = dup_text(json_get(root, "env"));
	c->pipeline = dup_text(json_get(root, "pipeline"));
	if (!c->pipeline)
		c->pipeline = mem_dup("", 0);
	if (!str_eqz(format, FORMAT) || !c->env)
		rc = bad(e, "it is not of the format " FORMAT);
	if (rc == 0)
		rc = get_params(c, json_get(root, "params"), e);
	if (rc == 0 && strcmp(c->env, "market") == 0) {
		rc = get_symbols(c, json_get(root, "symbols"), e);
		if (rc == 0)
			rc = get_columns(c, json_get(root, "columns"), e);
	}
	json_free(root);
	return rc;
}

void
rl_card_free(struct rl_card *c)
{
	for (size_t i = 0; i < c->nparams; i++) {
		free((char *)(uintptr_t)c->params[i].key);
		free((char *)(uintptr_t)c->params[i].value);
	}
	for (size_t i = 0; i < c->nsymbols; i++)
		free(c->symbols[i]);
	for (size_t i = 0; i < c->ncolumns; i++) {
		free(c->columns[i].sym);
		free(c->columns[i].name);
	}
	free(c->params);
	free(c->symbols);
	free(c->columns);
	free(c->env);
	free(c->pipeline);
	*c = (struct rl_card){ 0 };
}

const char *
rl_card_param(const struct rl_card *c, const char *key)
{
	for (size_t i = 0; i < c->nparams; i++)
		if (strcmp(c->params[i].key, key) == 0)
			return c->params[i].value;
	return NULL;
}

static bool
same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool
rl_card_same_inputs(const struct rl_card *a, const struct rl_card *b)
{
	static const char *const keys[] = { "window", "each", "steps", "action", "weight", "size",
		"shorts", "levels", "parts", "deadband" };

	if (a->ncolumns != b->ncolumns)
		return false;
	for (size_t i = 0; i < a->ncolumns; i++)
		if (!same_text(a->columns[i].name, b->columns[i].name) ||
		    !same_text(a->columns[i].sym, b->columns[i].sym))
			return false;
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (!same_text(rl_card_param(a, keys[i]), rl_card_param(b, keys[i])))
			return false;
	if (same_text(rl_card_param(a, "each"), "true"))
		return true;
	if (a->nsymbols != b->nsymbols)
		return false;
	for (size_t i = 0; i < a->nsymbols; i++)
		if (strcmp(a->symbols[i], b->symbols[i]) != 0)
			return false;
	return true;
}
