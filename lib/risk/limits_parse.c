/*
 * Reading a limits file. Nothing is guessed: an unknown key, a value of the wrong kind or out of
 * range, a key in a scope where it would have no effect are each an error that names the file, the
 * path of the key and the reason.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/tim.h"
#include "rec/json.h"
#include "risk/limits.h"

/* A warned limit may warn again once use has fallen to this part of the warning level. */
#define WARN_AGAIN 0.9

struct reader {
	struct limits *l;
	struct symtab *syms;
	const char *file;
	struct err *e;
};

/* keys that are no plain limits */
static const char *const lists[] = { "restricted", "allowed", "symbols", "strategies" };

/* Levenshtein's distance, for words up to 31 letters; more counts as far away. */
static size_t
distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t row[32];

	if (na > 31 || nb > 31)
		return 99;
	for (size_t j = 0; j <= nb; j++)
		row[j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t diag = row[0];
		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			size_t up = row[j], best = diag + (a[i - 1] != b[j - 1]);
			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diag = up;
			row[j] = best;
		}
	}
	return row[nb];
}

/* The key that was probably meant, in whatever scope; NULL when none is near. */
static const char *
nearest(struct str key)
{
	const char *best = NULL;
	size_t least = key.n / 2 + 1;

	for (size_t i = 0; i < L_N + sizeof lists / sizeof *lists; i++) {
		const char *name = i < L_N ? limit_descs[i].name : lists[i - L_N];
		size_t d = distance(key.p, key.n, name, strlen(name));
		if (d < least) {
			least = d;
			best = name;
		}
	}
	return best;
}

static int
unknown_key(const struct reader *r, const char *path, struct str key)
{
	const char *near = nearest(key);

	return err_set(r->e, ERR_USAGE, "%s: %s%.*s: no such key%s%s%s", r->file, path,
	    STR_FMT(key), near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

static int
bad_value(const struct reader *r, const char *path, const struct limit_desc *d, const char *why)
{
	return err_set(r->e, ERR_USAGE, "%s: %s%s: %s", r->file, path, d->name, why);
}

static bool
read_span(const struct json *j, int64_t *ns)
{
	struct str s;

	if (json_text(j, &s))
		return tim_span(s.p, s.n, ns);
	return json_kind(j) == JSON_IS_NUMBER && json_nano(j, ns); /* seconds */
}

static bool
read_action(const struct json *j, int64_t *out)
{
	struct str s;

	if (!json_text(j, &s) || !(str_eqz(s, "halt") || str_eqz(s, "reduce")))
		return false;
	*out = str_eqz(s, "halt") ? W_act_halt : W_act_reduce;
	return true;
}

static bool
read_clock(const struct json *j, int64_t *out)
{
	struct str s;

	if (!json_text(j, &s) || s.n != 5 || s.p[2] != ':')
		return false;
	for (size_t i = 0; i < 5; i++)
		if (i != 2 && (s.p[i] < '0' || s.p[i] > '9'))
			return false;
	int h = (s.p[0] - '0') * 10 + s.p[1] - '0', m = (s.p[3] - '0') * 10 + s.p[4] - '0';
	*out = h * TIM_HOUR + m * TIM_MIN;
	return h < 24 && m < 60;
}

/* The value of a key by its kind; the words of what it should be when it is not. */
static const char *
read_value(const struct json *j, const struct limit_desc *d, union limit_value *v)
{
	bool b = false, number = json_kind(j) == JSON_IS_NUMBER;

	switch (d->kind) {
	case LIMIT_SIZE: return number && json_nano(j, &v->i) ? NULL : "must be a number";
	case LIMIT_CASH:
		return number && json_micro(j, &v->i) ? NULL
						      : "must be a number (an amount of money)";
	case LIMIT_PCT: return number && json_f64(j, &v->f) ? NULL : "must be a number (percent)";
	case LIMIT_RATIO: return number && json_f64(j, &v->f) ? NULL : "must be a number";
	case LIMIT_COUNT: return number && json_i64(j, &v->i) ? NULL : "must be a whole number";
	case LIMIT_SPAN:
		return read_span(j, &v->i) ? NULL
					   : "must be a span of time such as \"2s\" or \"5m\"";
	case LIMIT_BOOL:
		if (!json_bool(j, &b))
			return "must be true or false";
		v->i = b;
		return NULL;
	case LIMIT_ACTION: return read_action(j, &v->i) ? NULL : "must be \"halt\" or \"reduce\"";
	case LIMIT_CLOCK:
		return read_clock(j, &v->i) ? NULL : "must be a time of day such as \"22:00\"";
	}
	return "cannot be read";
}

static bool
in_range(const struct limit_desc *d, const union limit_value *v)
{
	double x = v->f;

	switch (d->kind) {
	case LIMIT_SIZE:
	case LIMIT_SPAN: x = num_of_nano(v->i); break;
	case LIMIT_CASH: x = num_of_micro(v->i); break;
	case LIMIT_COUNT: x = (double)v->i; break;
	case LIMIT_PCT:
	case LIMIT_RATIO: break;
	case LIMIT_BOOL:
	case LIMIT_ACTION:
	case LIMIT_CLOCK: return true;
	}
	return x >= d->lo && x <= d->hi;
}

static int
read_limit(const struct reader *r, const char *path, unsigned scope, struct limit_scope *s,
    struct str key, const struct json *j)
{
	enum limit_key k = 0;

	while (k < L_N && !str_eqz(key, limit_descs[k].name))
		k++;
	if (k == L_N)
		return unknown_key(r, path, key);
	const struct limit_desc *d = &limit_descs[k];
	if (!(d->scopes & scope))
		return bad_value(r, path, d,
		    d->scopes & LIMIT_S ? "holds for positions; it cannot stand under strategies"
					: "holds for the whole account; it cannot stand here");
	s->has |= UINT64_C(1) << k;
	if (json_kind(j) == JSON_IS_NULL) {
		s->lifted |= UINT64_C(1) << k;
		return 0;
	}
	const char *why = read_value(j, d, &s->v[k]);
	if (why)
		return bad_value(r, path, d, why);
	if (!in_range(d, &s->v[k])) {
		char t[96];
		snprintf(t, sizeof t, "must be between %g and %g", d->lo, d->hi);
		return bad_value(r, path, d, t);
	}
	return 0;
}

static const struct sym *
read_symbol(const struct reader *r, const char *path, struct str name)
{
	const struct sym *sym = symtab_get(r->syms, name);

	if (!sym)
		err_set(
		    r->e, ERR_USAGE, "%s: %s: '%.*s' is no symbol", r->file, path, STR_FMT(name));
	return sym;
}

static int
read_list(const struct reader *r, const char *key, const struct json *j, bool **set, size_t *cap)
{
	if (json_kind(j) != JSON_IS_ARRAY)
		return err_set(r->e, ERR_USAGE, "%s: %s: must be a list of symbols", r->file, key);
	for (size_t i = 0; i < json_len(j); i++) {
		struct str name;
		if (!json_text(json_at(j, i), &name))
			return err_set(
			    r->e, ERR_USAGE, "%s: %s: must be a list of symbols", r->file, key);
		const struct sym *sym = read_symbol(r, key, name);
		if (!sym)
			return ERR_USAGE;
		*MEM_AT(*set, *cap, sym->id) = true;
	}
	return 0;
}

static int
read_scope(const struct reader *r, const char *of, struct str name, unsigned scope,
    struct limit_scope *s, const struct json *j)
{
	char path[128];

	snprintf(path, sizeof path, "%s.%.*s.", of, (int)(name.n < 80 ? name.n : 80), name.p);
	if (json_kind(j) != JSON_IS_OBJECT)
		return err_set(r->e, ERR_USAGE, "%s: %s.%.*s: must be an object of limits", r->file,
		    of, STR_FMT(name));
	for (size_t i = 0; i < json_len(j); i++) {
		int rc = read_limit(r, path, scope, s, json_key_at(j, i), json_at(j, i));
		if (rc)
			return rc;
	}
	return 0;
}

static int
read_symbols(const struct reader *r, const struct json *j)
{
	if (json_kind(j) != JSON_IS_OBJECT)
		return err_set(
		    r->e, ERR_USAGE, "%s: symbols: must be an object of symbols", r->file);
	for (size_t i = 0; i < json_len(j); i++) {
		struct str name = json_key_at(j, i);
		const struct sym *sym = read_symbol(r, "symbols", name);
		if (!sym)
			return ERR_USAGE;
		struct limit_scope **s = MEM_AT(r->l->sym, r->l->nsym, sym->id);
		*s = mem_alloc(sizeof **s);
		int rc = read_scope(r, "symbols", name, LIMIT_S, *s, json_at(j, i));
		if (rc)
			return rc;
	}
	return 0;
}

static int
read_strategies(const struct reader *r, const struct json *j)
{
	struct limits *l = r->l;

	if (json_kind(j) != JSON_IS_OBJECT)
		return err_set(
		    r->e, ERR_USAGE, "%s: strategies: must be an object of strategies", r->file);
	l->strategies = mem_array(json_len(j), sizeof *l->strategies);
	for (size_t i = 0; i < json_len(j); i++) {
		struct str name = json_key_at(j, i);
		struct limit_strategy *t = &l->strategies[l->nstrategies++];
		t->name = mem_dup(name.p, name.n);
		int rc = read_scope(r, "strategies", name, LIMIT_T, &t->scope, json_at(j, i));
		if (rc)
			return rc;
	}
	return 0;
}

static int
read_top(const struct reader *r, struct str key, const struct json *j)
{
	struct limits *l = r->l;

	if (str_eqz(key, "symbols"))
		return read_symbols(r, j);
	if (str_eqz(key, "strategies"))
		return read_strategies(r, j);
	if (str_eqz(key, "restricted"))
		return read_list(r, "restricted", j, &l->restricted, &l->nrestricted);
	if (str_eqz(key, "allowed")) {
		l->only_allowed = true;
		return read_list(r, "allowed", j, &l->allowed, &l->nallowed);
	}
	return read_limit(r, "", LIMIT_G, &l->all, key, j);
}

/* What only makes sense together. */
static int
check_pairs(const struct reader *r)
{
	static const enum limit_key pairs[][2] = { { L_max_order_rate, L_rate_window },
		{ L_price_buffer_pct, L_margin } };
	uint64_t has = r->l->all.has & ~r->l->all.lifted;

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (has & (UINT64_C(1) << pairs[i][0]) && !(has & (UINT64_C(1) << pairs[i][1])))
			return err_set(r->e, ERR_USAGE, "%s: %s: needs %s beside it", r->file,
			    limit_descs[pairs[i][0]].name, limit_descs[pairs[i][1]].name);
	return 0;
}

int
limits_parse(struct limits *l, struct symtab *syms, const char *file, const char *text, size_t n,
    struct err *e)
{
	struct reader r = { l, syms, file, e };

	memset(l, 0, sizeof *l);
	l->syms = syms;
	struct json *root = json_parse_text(text, n, e);
	if (!root) {
		err_wrap(e, "%s", file);
		return e->code = ERR_USAGE;
	}
	int rc = json_kind(root) == JSON_IS_OBJECT
		     ? 0
		     : err_set(e, ERR_USAGE, "%s: must be one JSON object of limits", file);
	for (size_t i = 0; rc == 0 && i < json_len(root); i++)
		rc = read_top(&r, json_key_at(root, i), json_at(root, i));
	if (rc == 0)
		rc = check_pairs(&r);
	double at = 80;
	limits_all_f64(l, L_warn_at_pct, &at);
	l->warn_at = at / 100;
	l->warn_again = at / 100 * WARN_AGAIN;
	for (size_t i = 0; i < l->nsym; i++)
		l->narrow |= l->sym[i] ? l->sym[i]->has : 0;
	for (size_t i = 0; i < l->nstrategies; i++)
		l->narrow |= l->strategies[i].scope.has;
	json_free(root);
	if (rc)
		limits_free(l);
	return rc;
}
