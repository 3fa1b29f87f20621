/*
 * The cells of a foreign line, as they stand in it: the fields of a CSV row, or the members of the
 * outermost JSON object. For tools that read or change files whose columns are not ours.
 */
#ifndef TP_REC_CELLS_H
#define TP_REC_CELLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"

struct cell {
	struct str key;  /* JSON: the key without its quotes, escapes as written; CSV: empty */
	struct str text; /* the value: CSV fields and JSON strings without quotes */
	size_t at, len;  /* where the value stands in the line, quotes included */
	bool quoted;
};

struct cells {
	struct cell *v;
	size_t n, cap;
	struct buf text; /* of fields with doubled quotes */
};

void
cells_free(struct cells *c);
/* One CSV row (RFC 4180, any one-byte delimiter); false when a quote is not closed. */
bool
cells_csv(struct cells *c, const char *p, size_t n, char delimiter);
/* One line of JSON; false when it is no object. What stands inside nested values is not looked
 * at beyond finding their end. */
bool
cells_json(struct cells *c, const char *p, size_t n);
/* The cell of a JSON key; NULL when it is not there. */
const struct cell *
cells_get(const struct cells *c, const char *key);

#endif
