#include "regime/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/tim.h"
#include "io/out.h"
#include "rec/json.h"

#define FORMAT "tradepipe-regime-1"
#define FILE_MAX (16u << 20)

static const char *const return_names[] = { "log", "simple", "given" };
static const char *const dist_names[] = { "gaussian", "t" };
static const char *const start_names[] = { "initial", "stationary" };

void
regime_model_labels(struct regime_model *m)
{
	static const char *const labels[REGIME_MAX + 1][REGIME_MAX] = { { 0 }, { 0 },
		{ "calm", "turbulent" }, { "calm", "normal", "turbulent" },
		{ "calm", "normal", "nervous", "turbulent" } };

	for (int i = 0; i < m->k; i++)
		snprintf(m->label[i], sizeof m->label[i], "%s", labels[m->k][i]);
}

static bool
is_word(struct str s, size_t max, bool slash)
{
	if (s.n == 0 || s.n > max)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			c == '.' || c == '_' || c == '-' || (slash && c == '/')))
			return false;
	}
	return true;
}

static void
set_text(char *to, struct str s)
{
	memcpy(to, s.p, s.n);
	to[s.n] = '\0';
}

bool
regime_model_named(struct regime_model *m, struct str name)
{
	if (!is_word(name, REGIME_NAME_MAX, false))
		return false;
	set_text(m->name, name);
	return true;
}

const struct regime_params *
regime_model_for(const struct regime_model *m, const char *sym)
{
	size_t lo = 0, hi = m->nsymbols;

	while (sym && lo < hi) {
		size_t mid = (lo + hi) / 2;
		int c = strcmp(sym, m->symbols[mid].sym);

		if (c == 0)
			return &m->symbols[mid].p;
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return m->pooled ? &m->all : NULL;
}

/* ---- reading ---- */

struct reader {
	struct regime_model *m;
	const char *file;
	struct err *e;
};

static int
bad(const struct reader *r, const char *where, const char *key, const char *why)
{
	return err_set(r->e, ERR_DATA, "%s: %s%s: %s", r->file, where, key, why);
}

/* index in names[0..n), or -1 */
static int
word_of(const struct json *j, const char *const *names, int n)
{
	struct str s;

	for (int i = 0; json_text(j, &s) && i < n; i++)
		if (str_eqz(s, names[i]))
			return i;
	return -1;
}

static bool
numbers(const struct json *j, int n, double *out)
{
	if (json_kind(j) != JSON_IS_ARRAY || json_len(j) != (size_t)n)
		return false;
	for (int i = 0; i < n; i++)
		if (!json_f64(json_at(j, (size_t)i), &out[i]))
			return false;
	return true;
}

static const char *const param_keys[] = { "mu", "sigma", "nu", "transition", "initial", "ewma",
	"loglik", "loglik_percent", "n", "series", "from", "until", "iterations", "start_index",
	"converged", NULL };
static const char *const model_keys[] = { "format", "name", "states", "dist", "return", "start",
	"labels", "restarts", "seed", "symbols", NULL };

static int
known_keys(const struct reader *r, const struct json *j, const char *where, bool top)
{
	for (size_t i = 0; i < json_len(j); i++) {
		struct str key = json_key_at(j, i);
		bool known = false;

		for (int k = 0; param_keys[k]; k++)
			known |= str_eqz(key, param_keys[k]);
		for (int k = 0; top && model_keys[k]; k++)
			known |= str_eqz(key, model_keys[k]);
		if (!known)
			return err_set(r->e, ERR_DATA, "%s: %s%.*s: no such key", r->file, where,
			    STR_FMT(str_cut(key, 60)));
	}
	return 0;
}

/* The notes about the fit: nobody computes with them, but they must be what they say. */
static int
read_notes(const struct reader *r, const struct json *j, const char *where, struct regime_params *p)
{
	static const struct {
		const char *key;
		size_t off;
	} counts[] = { { "n", offsetof(struct regime_params, n) },
		{ "series", offsetof(struct regime_params, series) },
		{ "iterations", offsetof(struct regime_params, iterations) },
		{ "start_index", offsetof(struct regime_params, start) } };
	static const char *const times[] = { "from", "until" };
	double percent;

	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		int64_t *at = (int64_t *)(void *)((char *)p + counts[i].off);
		const struct json *v = json_get(j, counts[i].key);
		if (v && (!json_i64(v, at) || *at < 0))
			return bad(r, where, counts[i].key, "must be a whole number from 0 on");
	}
	for (int i = 0; i < 2; i++) {
		const struct json *v = json_get(j, times[i]);
		int64_t *at = i ? &p->until : &p->from;
		struct str s;
		if (v && (!json_text(v, &s) || !tim_parse(s.p, s.n, at, NULL)))
			return bad(r, where, times[i], "must be a time");
	}
	if (json_get(j, "loglik") && !json_f64(json_get(j, "loglik"), &p->loglik))
		return bad(r, where, "loglik", "must be a number");
	if (json_get(j, "loglik_percent") && !json_f64(json_get(j, "loglik_percent"), &percent))
		return bad(r, where, "loglik_percent", "must be a number");
	if (json_get(j, "converged") && !json_bool(json_get(j, "converged"), &p->converged))
		return bad(r, where, "converged", "must be true or false");
	return 0;
}

static int
read_ewma(const struct reader *r, const struct json *j, const char *where, struct regime_params *p)
{
	if (!j)
		return 0;
	if (!json_f64(json_get(j, "lambda"), &p->lambda) || !(p->lambda > 0 && p->lambda < 1))
		return bad(r, where, "ewma.lambda", "must be a number between 0 and 1");
	if (!numbers(json_get(j, "cuts"), r->m->k - 1, p->cut))
		return bad(r, where, "ewma.cuts", "must be a list of a number less than states");
	for (int i = 0; i + 1 < r->m->k; i++)
		if (!(p->cut[i] > 0) || (i > 0 && p->cut[i] < p->cut[i - 1]))
			return bad(r, where, "ewma.cuts", "must be above 0 and rise");
	return json_len(j) == 2 ? 0 : bad(r, where, "ewma", "has the keys lambda and cuts only");
}

static int
read_params(
    const struct reader *r, const struct json *j, const char *where, struct regime_params *p)
{
	const struct json *rows = json_get(j, "transition"), *init = json_get(j, "initial");
	struct hmm *m = &p->m;
	struct err why;
	int k = r->m->k;

	*p = (struct regime_params){ .from = TIM_NONE, .until = TIM_NONE };
	m->k = k;
	m->dist = r->m->dist;
	m->stationary = r->m->stationary;
	if (!numbers(json_get(j, "mu"), k, m->mu))
		return bad(r, where, "mu", "must be a list of one number a state");
	if (!numbers(json_get(j, "sigma"), k, m->sigma))
		return bad(r, where, "sigma", "must be a list of one number a state");
	if (m->dist == REGIME_T && !numbers(json_get(j, "nu"), k, m->nu))
		return bad(r, where, "nu", "must be a list of one number a state");
	if (m->dist != REGIME_T && json_get(j, "nu"))
		return bad(r, where, "nu", "belongs to \"dist\": \"t\"");
	if (json_kind(rows) != JSON_IS_ARRAY || json_len(rows) != (size_t)k)
		return bad(r, where, "transition", "must be a list of one row a state");
	for (int i = 0; i < k; i++)
		if (!numbers(json_at(rows, (size_t)i), k, m->p[i]))
			return bad(r, where, "transition", "each row must be one number a state");
	if (!init && !m->stationary)
		return bad(r, where, "initial", "is missing, and \"start\" asks for it");
	for (int i = 0; i < k; i++)
		m->init[i] = 1.0 / k;
	if (init && !numbers(init, k, m->init))
		return bad(r, where, "initial", "must be a list of one number a state");
	struct hmm_plan pl;
	if (hmm_check(m, &why) < 0 || hmm_plan(&pl, m, &why) < 0)
		return err_set(r->e, ERR_DATA, "%s: %s%s", r->file, where, why.msg);
	int rc = read_ewma(r, json_get(j, "ewma"), where, p);
	return rc < 0 ? rc : read_notes(r, j, where, p);
}

static int
read_labels(const struct reader *r, const struct json *j)
{
	struct regime_model *m = r->m;
	struct str s;

	regime_model_labels(m);
	if (!j)
		return 0;
	if (json_kind(j) != JSON_IS_ARRAY || json_len(j) != (size_t)m->k)
		return bad(r, "", "labels", "must be a list of one word a state");
	for (int i = 0; i < m->k; i++) {
		if (!json_text(json_at(j, (size_t)i), &s) || !is_word(s, REGIME_LABEL_MAX, false))
			return bad(r, "", "labels", "must be words of letters, digits, . _ -");
		set_text(m->label[i], s);
	}
	return 0;
}

static int
read_head(const struct reader *r, const struct json *j)
{
	struct regime_model *m = r->m;
	int64_t k = 0, seed = 0;
	struct str s;
	int w;

	if (!json_text(json_get(j, "format"), &s) || !str_eqz(s, FORMAT))
		return bad(r, "", "format", "must be \"" FORMAT "\"");
	if (!json_text(json_get(j, "name"), &s) || !regime_model_named(m, s))
		return bad(r, "", "name", "must be a word of 1 to 64 letters, digits, . _ -");
	if (!json_i64(json_get(j, "states"), &k) || k < 2 || k > REGIME_MAX)
		return bad(r, "", "states", "must be 2, 3 or 4");
	m->k = (int)k;
	if ((w = word_of(json_get(j, "dist"), dist_names, 2)) < 0)
		return bad(r, "", "dist", "must be \"gaussian\" or \"t\"");
	m->dist = w ? REGIME_T : REGIME_GAUSSIAN;
	if ((w = word_of(json_get(j, "return"), return_names, 3)) < 0)
		return bad(r, "", "return", "must be \"log\", \"simple\" or \"given\"");
	m->ret = (enum regime_return)w;
	m->stationary = true;
	if (json_get(j, "start") && (w = word_of(json_get(j, "start"), start_names, 2)) < 0)
		return bad(r, "", "start", "must be \"stationary\" or \"initial\"");
	if (json_get(j, "start"))
		m->stationary = w == 1;
	if (json_get(j, "restarts") && (!json_i64(json_get(j, "restarts"), &m->restarts) ||
					   m->restarts < 0 || m->restarts > 1000000))
		return bad(r, "", "restarts", "must be a whole number from 0 on");
	if (json_get(j, "seed") && (!json_i64(json_get(j, "seed"), &seed) || seed < 0))
		return bad(r, "", "seed", "must be a whole number from 0 on");
	m->seed = (uint64_t)seed;
	return read_labels(r, json_get(j, "labels"));
}

static int
by_symbol(const void *a, const void *b)
{
	return strcmp(
	    ((const struct regime_symbol *)a)->sym, ((const struct regime_symbol *)b)->sym);
}

static int
read_symbols(const struct reader *r, const struct json *j)
{
	struct regime_model *m = r->m;
	size_t n = json_len(j);
	char where[64];

	if (!j)
		return 0;
	if (json_kind(j) != JSON_IS_OBJECT)
		return bad(r, "", "symbols", "must be an object");
	m->symbols = mem_array(n, sizeof *m->symbols);
	for (size_t i = 0; i < n; i++) {
		struct str key = json_key_at(j, i);
		struct regime_symbol *s = &m->symbols[i];

		if (!is_word(key, 32, true))
			return bad(r, "", "symbols", "a key is no symbol");
		set_text(s->sym, key);
		m->nsymbols++;
		snprintf(where, sizeof where, "symbols.%s.", s->sym);
		if (json_kind(json_at(j, i)) != JSON_IS_OBJECT)
			return bad(r, "symbols.", s->sym, "must be an object");
		int rc = known_keys(r, json_at(j, i), where, false);
		if (rc == 0)
			rc = read_params(r, json_at(j, i), where, &s->p);
		if (rc < 0)
			return rc;
	}
	if (n > 1)
		qsort(m->symbols, n, sizeof *m->symbols, by_symbol);
	return 0;
}

int
regime_model_parse(struct regime_model *m, const char *file, const char *p, size_t n, struct err *e)
{
	struct reader r = { m, file, e };
	struct err why;
	struct json *j;
	int rc;

	memset(m, 0, sizeof *m);
	j = json_parse_text(p, n, &why);
	if (!j)
		return err_set(e, ERR_DATA, "%s: %s", file, why.msg);
	if (json_kind(j) != JSON_IS_OBJECT)
		rc = err_set(e, ERR_DATA, "%s: must be a JSON object", file);
	else
		rc = known_keys(&r, j, "", true);
	if (rc == 0)
		rc = read_head(&r, j);
	m->pooled = rc == 0 && (json_get(j, "mu") || !json_get(j, "symbols"));
	if (m->pooled)
		rc = read_params(&r, j, "", &m->all);
	if (rc == 0)
		rc = read_symbols(&r, json_get(j, "symbols"));
	json_free(j);
	return rc;
}

int
regime_model_read(struct regime_model *m, const char *path, struct err *e)
{
	struct buf text = { 0 };
	int rc;

	memset(m, 0, sizeof *m);
	rc = io_file_read(path, FILE_MAX, &text, e);
	if (rc == 0)
		rc = regime_model_parse(m, path, text.p ? text.p : "", text.len, e);
	buf_free(&text);
	return rc;
}

void
regime_model_free(struct regime_model *m)
{
	free(m->symbols);
	m->symbols = NULL;
	m->nsymbols = 0;
}
