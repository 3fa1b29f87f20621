/* The decoder's insides, shared by its fast and slow halves. */
#ifndef TP_REC_DEC_H
#define TP_REC_DEC_H

#include "base/buf.h"
#include "rec/codec.h"
#include "rec/json.h"
#include "rec/scan.h"
#include "rec/schema.h"

enum column_role { COL_FIELD, COL_TS, COL_SYM, COL_EXTRA, COL_IGNORE };

struct column {
	enum column_role role;
	const struct field *field; /* COL_FIELD */
	char *name;                /* COL_EXTRA: key in the record */
};

struct rec_dec {
	struct symtab *syms;
	struct rec_layout layout;
	enum rec_format format;
	bool started;

	/* CSV */
	enum rec_type type;
	struct column *cols;
	size_t ncols;
	const struct sym *fixed_sym;
	bool plain_tick; /* columns are ts, sym, then two decimals: the straight-line scanner */

	/* caches and what the last record's text lives in */
	struct scan_date date;
	const struct sym *last_sym;
	struct buf extra, cells;
	struct str *cell_at;
	size_t ncell_at;
	struct json *doc;
	struct rec_num *nums;
	size_t nums_cap;
};

/* One value, from a cell's or token's text, into its field; the exact parsers. False: not of the
 * field's kind (why in e). */
int
dec_value(struct rec_dec *d, struct rec *r, const struct field *f, struct str text, struct err *e);
int
dec_ts(struct rec_dec *d, struct str text, int64_t *ns, struct err *e);
int
dec_sym(struct rec_dec *d, struct rec *r, struct str text, struct err *e);
void
dec_extra_key(struct rec_dec *d, struct str key);
/* Required keys there? Ready to hand out. Returns 1, or ERR_DATA. */
int
dec_done(struct rec_dec *d, struct rec *r, struct err *e);
bool
dec_utf8(struct str s);

/* The fast halves return 1, or 0 for "not canonical, ask the slow half" (never an error). */
int
dec_json_fast(struct rec_dec *d, const char *p, const char *end, uint32_t want, struct rec *r);
int
dec_csv_fast(struct rec_dec *d, const char *p, const char *end, struct rec *r);
/* A line of a type that is not wanted, when the type leads and a brace ends it: 1, and its inside
 * is not looked at, for it goes on as it is. Else 0. */
int
dec_json_skim(const char *p, const char *end, uint32_t want, struct rec *r);
/* The slow halves return 1 or ERR_DATA. */
int
dec_json_slow(
    struct rec_dec *d, const char *p, size_t n, uint32_t want, struct rec *r, struct err *e);
int
dec_csv_slow(struct rec_dec *d, const char *p, size_t n, struct rec *r, struct err *e);
int
dec_csv_header(struct rec_dec *d, const char *p, size_t n, struct err *e);
void
dec_csv_release(struct rec_dec *d);
/* Cells of one row by libcsv, quotes resolved, into d->cell_at[0..*ncells). */
int
dec_csv_split(struct rec_dec *d, const char *p, size_t n, size_t *ncells, struct err *e);

#endif
