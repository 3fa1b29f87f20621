/*
 * jansson checks the text and decodes the strings; it would also turn 187.15 into a double. So
 * the numbers' own text is found by walking the (by then known to be valid) text beside it.
 */
#include "rec/json.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/mem.h"
#include "rec/json_walk.h"

struct json {
	enum json_kind kind;
	bool truth;
	struct str key;  /* when a member of an object */
	struct str text; /* of a string: decoded; of a number: as written */
	struct json *kids;
	size_t nkids;
	/* root only */
	char *source;
	json_t *doc;
};

static const char *
build(struct json *j, const json_t *v, const char *p);

static const char *
build_object(struct json *j, const json_t *v, const char *p)
{
	size_t i = 0;

	j->kind = JSON_IS_OBJECT;
	j->kids = mem_array(json_object_size(v), sizeof *j->kids);
	p = walk_space(p + 1);
	/* jansson keeps insertion order, so text and document can be walked side by side */
	for (void *it = json_object_iter((json_t *)(uintptr_t)v); it;
	     it = json_object_iter_next((json_t *)(uintptr_t)v, it)) {
		struct json *kid = &j->kids[i++];

		p = walk_space(walk_value(p)); /* key */
		p = walk_space(p + 1);         /* : */
		p = build(kid, json_object_iter_value(it), p);
		kid->key = str_z(json_object_iter_key(it));
		p = walk_space(p);
		p = walk_space(p + 1); /* , or } */
	}
	if (i == 0)
		p++;
	j->nkids = i;
	return p;
}

static const char *
build_array(struct json *j, const json_t *v, const char *p)
{
	size_t n = json_array_size(v);

	j->kind = JSON_IS_ARRAY;
	j->kids = mem_array(n, sizeof *j->kids);
	j->nkids = n;
	p = walk_space(p + 1);
	for (size_t i = 0; i < n; i++) {
		p = build(&j->kids[i], json_array_get(v, i), p);
		p = walk_space(p);
		p = walk_space(p + 1);
	}
	return n ? p : p + 1;
}

static const char *
build(struct json *j, const json_t *v, const char *p)
{
	const char *end;

	*j = (struct json){ 0 };
	switch (json_typeof(v)) {
	case JSON_OBJECT: return build_object(j, v, p);
	case JSON_ARRAY: return build_array(j, v, p);
	case JSON_STRING:
		j->kind = JSON_IS_TEXT;
		j->text = (struct str){ json_string_value(v), json_string_length(v) };
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		j->kind = JSON_IS_BOOL;
		j->truth = json_is_true(v);
		break;
	case JSON_NULL: j->kind = JSON_IS_NULL; break;
	case JSON_INTEGER:
	case JSON_REAL:
		j->kind = JSON_IS_NUMBER;
		end = walk_value(p);
		j->text = (struct str){ p, (size_t)(end - p) };
		return end;
	}
	return walk_value(p);
}

struct json *
json_parse_text(const char *p, size_t n, struct err *e)
{
	struct json *root;
	json_error_t je;
	json_t *doc = json_loadb(
	    p, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, &je);
	char *source;

	/* jansson takes a NUL for the end of a token and goes on; JSON has none */
	if (doc && memchr(p, '\0', n)) {
		json_decref(doc);
		err_set(e, ERR_DATA, "line 1: a NUL byte");
		return NULL;
	}
	if (!doc) {
		err_set(e, ERR_DATA, "line %d: %s", je.line, je.text);
		return NULL;
	}
	source = mem_dup(p, n);
	root = mem_alloc(sizeof *root);
	build(root, doc, walk_space(source));
	root->source = source;
	root->doc = doc;
	return root;
}

static void
free_kids(struct json *j)
{
	for (size_t i = 0; i < j->nkids; i++)
		free_kids(&j->kids[i]);
	free(j->kids);
}

void
json_free(struct json *root)
{
	if (!root)
		return;
	free_kids(root);
	json_decref(root->doc);
	free(root->source);
	free(root);
}

enum json_kind
json_kind(const struct json *j)
{
	return j ? j->kind : JSON_IS_NULL;
}

const struct json *
json_get(const struct json *j, const char *key)
{
	if (j && j->kind == JSON_IS_OBJECT)
		for (size_t i = 0; i < j->nkids; i++)
			if (str_eqz(j->kids[i].key, key))
				return &j->kids[i];
	return NULL;
}

size_t
json_len(const struct json *j)
{
	return j ? j->nkids : 0;
}

const struct json *
json_at(const struct json *j, size_t i)
{
	return &j->kids[i];
}

struct str
json_key_at(const struct json *j, size_t i)
{
	return j->kids[i].key;
}

bool
json_text(const struct json *j, struct str *out)
{
	if (!j || j->kind != JSON_IS_TEXT)
		return false;
	*out = j->text;
	return true;
}

bool
json_bool(const struct json *j, bool *out)
{
	if (!j || j->kind != JSON_IS_BOOL)
		return false;
	*out = j->truth;
	return true;
}

bool
json_nano(const struct json *j, int64_t *out)
{
	return j && j->kind == JSON_IS_NUMBER && num_nano(j->text.p, j->text.n, out);
}

bool
json_nano128(const struct json *j, num_i128 *out)
{
	return j && j->kind == JSON_IS_NUMBER && num_nano128(j->text.p, j->text.n, out);
}

bool
json_micro(const struct json *j, int64_t *out)
{
	return j && j->kind == JSON_IS_NUMBER && num_micro(j->text.p, j->text.n, out);
}

bool
json_i64(const struct json *j, int64_t *out)
{
	return j && j->kind == JSON_IS_NUMBER && num_i64(j->text.p, j->text.n, out);
}

bool
json_f64(const struct json *j, double *out)
{
	return j && j->kind == JSON_IS_NUMBER && num_f64(j->text.p, j->text.n, out);
}

static bool
numbers(const struct json *j, double *v, size_t n)
{
	if (json_kind(j) != JSON_IS_ARRAY || json_len(j) != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!json_f64(json_at(j, i), &v[i]))
			return false;
	return true;
}

bool
json_edges(const struct json *j, double *v, size_t n)
{
	if (!numbers(j, v, n))
		return false;
	for (size_t i = 1; i < n; i++)
		if (v[i] < v[i - 1])
			return false;
	return true;
}

bool
json_shares(const struct json *j, double *v, size_t n)
{
	double sum = 0;

	if (!numbers(j, v, n))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (v[i] < 0)
			return false;
		sum += v[i];
	}
	return sum > 0.999 && sum < 1.001;
}

struct str
json_number_text(const struct json *j)
{
	return j && j->kind == JSON_IS_NUMBER ? j->text : (struct str){ "", 0 };
}
