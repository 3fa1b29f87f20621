/*
 * Side tables: what is known of a symbol besides its prices. CSV with a header (plain or gzip'd,
 * cells may be quoted), columns found by name in any order.
 *
 * Sectors: `sym` and `sector`; one row a symbol, the same for all time.
 *
 * Fundamentals: `sym`, `date` and any number of numeric columns. A row is known from its date on
 * and never before: a bare date (2014-05-08) counts from the end of that day, 00:00Z of the next,
 * because nobody knows at which hour it was published; a date with a time of day counts from that
 * instant. An empty cell keeps what was known before.
 */
#ifndef TP_FEAT_SIDE_H
#define TP_FEAT_SIDE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "rec/rec.h"

struct feat_sectors;
/* NULL with file, line and reason in e (ERR_IO or ERR_DATA). Symbols are interned in syms. */
struct feat_sectors *
feat_sectors_read(const char *path, struct symtab *syms, struct err *e);
void
feat_sectors_free(struct feat_sectors *s);
/* 1, 2, ... in order of first sight; 0 for a symbol that the file does not name (or s NULL) */
uint32_t
feat_sectors_of(const struct feat_sectors *s, const struct sym *sym);
uint32_t
feat_sectors_count(const struct feat_sectors *s);
const char *
feat_sectors_name(const struct feat_sectors *s, uint32_t sector);

struct feat_fund;
struct feat_fund *
feat_fund_read(const char *path, struct symtab *syms, struct err *e);
void
feat_fund_free(struct feat_fund *f);
/* index of a column, or -1 */
int
feat_fund_column(const struct feat_fund *f, const char *name);
size_t
feat_fund_columns(const struct feat_fund *f);
const char *
feat_fund_name(const struct feat_fund *f, size_t column);
/* What was known of a symbol at t (ns), NaN when nothing was. */
double
feat_fund_at(const struct feat_fund *f, const struct sym *sym, int64_t t, size_t column);
/* Since when the newest of it has been known; TIM_NONE: nothing is. */
int64_t
feat_fund_since(const struct feat_fund *f, const struct sym *sym, int64_t t);

#endif
