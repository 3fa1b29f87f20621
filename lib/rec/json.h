/* JSON documents (limits, state, model cards): a thin door to jansson, which only this room knows.
 * Numbers keep their text, so that decimals are exact. */
#ifndef TP_REC_JSON_H
#define TP_REC_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/num.h"
#include "base/str.h"

struct json; /* a node; owned by the document */

enum json_kind {
	JSON_IS_NULL,
	JSON_IS_BOOL,
	JSON_IS_NUMBER,
	JSON_IS_TEXT,
	JSON_IS_ARRAY,
	JSON_IS_OBJECT
};

/* The document's root, or NULL with line and reason in e. Duplicate keys are an error. */
struct json *
json_parse_text(const char *p, size_t n, struct err *e);
void
json_free(struct json *root); /* the root only */
enum json_kind
json_kind(const struct json *j); /* NULL counts as JSON_IS_NULL */

/* member of an object; NULL when it is not there or j is no object (or NULL) */
const struct json *
json_get(const struct json *j, const char *key);
size_t
json_len(const struct json *j); /* members of an object or array */
const struct json *
json_at(const struct json *j, size_t i); /* i-th member, in the file's order */
struct str
json_key_at(const struct json *j, size_t i); /* its key, for objects */

/* The value, or false when j is NULL or of another kind (or does not fit). */
bool
json_text(const struct json *j, struct str *out);
bool
json_nano(const struct json *j, int64_t *out);
bool
json_nano128(const struct json *j, num_i128 *out);
bool
json_micro(const struct json *j, int64_t *out);
bool
json_i64(const struct json *j, int64_t *out);
bool
json_f64(const struct json *j, double *out);
bool
json_bool(const struct json *j, bool *out);
/* A list of exactly n numbers that form a histogram: its edges, which do not fall, or its shares,
 * none negative and 1 together. false when it is none; v may then be half filled. */
bool
json_edges(const struct json *j, double *v, size_t n);
bool
json_shares(const struct json *j, double *v, size_t n);
/* a number as it is written; empty for every other kind */
struct str
json_number_text(const struct json *j);

#endif
