/* The tables made from rec/types.h; for the codecs only. */
#ifndef TP_REC_SCHEMA_H
#define TP_REC_SCHEMA_H

#include <stddef.h>

#include "rec/rec.h"

enum field_kind {
	K_PRICE,
	K_SIZE,
	K_SUM,
	K_CASH,
	K_F64,
	K_I64,
	K_BOOL,
	K_TIME,
	K_STR,
	K_WORD,
	K_JSON
};

struct field {
	const char *name;
	uint8_t len;
	uint8_t kind;
	uint8_t words; /* enum rec_wordlist of a K_WORD */
	bool required;
	uint16_t off; /* in struct rec */
	uint8_t bit;
};

struct schema {
	const char *name; /* "trade" */
	uint8_t len;
	uint8_t nfields;
	uint32_t required; /* presence bits that must be set */
	const struct field *fields;
};

extern const struct schema rec_schemas[REC_unknown];

/* Field of a type by its name or one of the aliases of man/records.5; NULL when there is none. */
const struct field *
schema_field(enum rec_type t, struct str name);
/* "ts", "sym" and their aliases */
bool
schema_is_ts(struct str name);
bool
schema_is_sym(struct str name);
/* the same for the headers of CSV files, in any case, "Datetime" too */
bool
schema_is_ts_header(struct str name);
bool
schema_is_sym_header(struct str name);
/* Does a record of the type need a symbol? */
bool
schema_needs_sym(enum rec_type t);

/* Why r is no valid record of its type, or NULL: required fields, sym where the type needs one. */
const char *
schema_lacks(const struct rec *r);

#endif
