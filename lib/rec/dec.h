/* The decoder's insides, shared by its fast and slow halves. */
#ifndef TP_REC_DEC_H
#define TP_REC_DEC_H

#include "base/buf.h"
#include "rec/codec.h"
#include "rec/json.h"
#include "rec/scan.h"
#include "rec/schema.h"

/* COL_TIME: the time of day that belongs to the date in COL_TS */
enum column_role { COL_FIELD, COL_TS, COL_TIME, COL_SYM, COL_EXTRA, COL_IGNORE };

struct column {
	enum column_role role;
	const struct field *field; /* COL_FIELD */
	char *name;                /* COL_EXTRA: key in the record */
};

/* Symbols seen lately, by the bytes of their names: a stream has few, and asking the symbol
 * table for each line would cost as much as reading a price. */
#define SYM_SLOTS 256

struct rec_dec {
	struct symtab *syms;
	struct rec_layout layout;
	enum rec_format format;
	bool started;

	/* CSV */
	enum rec_type type;
	struct column *cols;
	size_t ncols;
	uint64_t mapped;    /* pairs of layout.columns that fit, one bit each */
	struct buf fitting; /* those pairs, with a lenient layout */
	const struct sym *fixed_sym;
	/* straight-line scanner of the commonest layouts, up to what ends the row's last number;
	 * NULL for another row. No scanner: cell by cell. */
	const char *(*plain)(struct rec_dec *d, const char *p, const char *end, struct rec *r);

	/* caches and what the last record's text lives in */
	struct scan_date date;
	struct sym_slot {
		uint64_t word[2]; /* the name, zero-padded */
		const struct sym *sym;
		uint64_t cell, mask;   /* a short name and the comma behind it, and which bytes */
		struct sym_slot *next; /* what came after it the last time */
	} sym_slots[SYM_SLOTS], *sym_last; /* of the last record; never NULL */
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
/* ---- --columns (columns.c) ---- */
/* our name for the second half of "ts=Date+Time" */
#define DEC_TIME_OF_DAY "ts+"
/* What the user maps a column to, by its name or number; false when not mapped. */
bool
dec_columns_name(const char *columns, struct str header, size_t number, struct str *ours);
/* Is our `name` mapped from another column? Then a column that merely has that name is an extra. */
bool
dec_columns_taken(const char *columns, struct str name);
/* The mapping for this file: all of --columns, which must fit, or of a lenient one what does. */
int
dec_columns_fit(struct rec_dec *d, bool lenient, const char **mapping, const struct str *header,
    size_t n, struct err *e);
/* Cells of one row by libcsv, quotes resolved, into d->cell_at[0..*ncells). */
int
dec_csv_split(struct rec_dec *d, const char *p, size_t n, size_t *ncells, struct err *e);

/* The symbol of a name as it stands in a line (REC_PAD bytes behind it are readable); NULL when it
 * is none. */
static inline const struct sym *
dec_sym_at(struct rec_dec *d, const char *p, size_t n)
{
	uint64_t a, b;
	struct sym_slot *s;

	if (__builtin_expect(n > 16 || n == 0, 0))
		return symtab_get(d->syms, (struct str){ p, n });
	a = scan_load8(p);
	b = 0;
	if (n < 8)
		a &= (UINT64_C(1) << 8 * n) - 1;
	else if (n > 8)
		b = scan_load8(p + 8) << 8 * (16 - n) >> 8 * (16 - n);
	s = &d->sym_slots[((a ^ b * 31) * UINT64_C(0x9E3779B97F4A7C15)) >> 56];
	/* the length as well: NUL bytes behind a name look like its padding */
	if (__builtin_expect(
		s->word[0] != a || s->word[1] != b || !s->sym || s->sym->len != n, 0)) {
		const struct sym *y = symtab_get(d->syms, (struct str){ p, n });

		if (!y)
			return NULL;
		s->word[0] = a;
		s->word[1] = b;
		s->sym = y;
		s->mask = n < 8 ? UINT64_MAX >> (56 - 8 * n) : 0;
		s->cell = n < 8 ? a | (uint64_t)',' << 8 * n : 1; /* 1: no text of no bytes */
		s->next = s->next ? s->next : s;
	}
	d->sym_last = d->sym_last->next = s;
	return s->sym;
}

/* The symbol in the cell at p, which a comma ends; behind that, or NULL for the slow half. Files
 * hold one symbol, or several in the same order again and again: the guess is what came after the
 * last one before. */
static inline const char *
dec_sym_cell(struct rec_dec *d, const char *p, const char *end, const struct sym **sym)
{
	struct sym_slot *s = d->sym_last->next;
	size_t n;

	if (__builtin_expect((scan_load8(p) & s->mask) == s->cell, 1)) {
		d->sym_last = s;
		*sym = s->sym;
		return p + s->sym->len + 1;
	}
	n = scan_find(p, ',');
	if (p + n >= end)
		return NULL;
	*sym = dec_sym_at(d, p, n); /* none for what is no symbol, such as a name of 40 bytes */
	return *sym ? p + n + 1 : NULL;
}

#endif
