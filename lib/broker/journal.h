/*
 * The order journal: what must survive the process, written before it is done.
 *
 * One line an entry, appended and never changed:
 *
 *	CRC32 NUMBER KIND key=value key=value ...
 *
 * CRC32 (of IEEE 802.3, 8 hex digits) covers everything behind it; NUMBER counts from 1. A last
 * line that is not whole or does not sum up is what a crash leaves: it was never acted on, and is
 * cut off. Anything else that is wrong is damage, and refused. Values have blanks, control bytes,
 * "=" and "%" as %XX.
 */
#ifndef TP_BROKER_JOURNAL_H
#define TP_BROKER_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* ---- entries ---- */
#define ENT_FIELDS 40

struct ent {
	struct str kind;
	size_t n;
	struct {
		struct str key, value;
	} f[ENT_FIELDS];
};

/* Writing: ent_begin, then fields; absent ones (empty text) are left out. */
void
ent_begin(struct buf *b, const char *kind);
void
ent_i64(struct buf *b, const char *key, int64_t v);
void
ent_f64(struct buf *b, const char *key, double v);
void
ent_str(struct buf *b, const char *key, struct str s);
/* Reading: values are unescaped in place, inside text. False when it is no entry. */
bool
ent_parse(struct ent *e, char *text, size_t n);
bool
ent_is(const struct ent *e, const char *kind);
struct str
ent_get(const struct ent *e, const char *key); /* p NULL: not there */
int64_t
ent_get_i64(const struct ent *e, const char *key, int64_t dflt);
double
ent_get_f64(const struct ent *e, const char *key, double dflt);

/* ---- the file ---- */
/* Where lines go. The journal's own file, or the memory of a test that likes to crash. */
struct journal_store {
	int (*write)(void *arg, const char *p, size_t n, struct err *e);
	int (*sync)(void *arg, struct err *e);
	void (*close)(void *arg); /* may be NULL */
	void *arg;
};

struct journal; /* opaque */

/* Called for each entry that is read; returns 0 or a negative code with the words in e. */
typedef int (*journal_fn)(void *arg, struct str entry, struct err *e);

/*
 * Read the file and open it for more; it is made when it is not there, and locked: a second
 * process is refused (ERR_IO). `sync` false leaves out fsync. *torn gets the bytes that were cut
 * off. NULL with the reason in e: ERR_DATA with the line for a damaged file.
 */
struct journal *
journal_open(const char *path, bool sync, journal_fn fn, void *arg, size_t *torn, struct err *e);
/* On any store, after `lines` entries; the store is closed with the journal. */
struct journal *
journal_new(const struct journal_store *s, uint64_t lines);
void
journal_free(struct journal *j);
/* Entries of a text. *good: length of what is whole; *lines: how many. */
int
journal_read(const char *p, size_t n, size_t *good, uint64_t *lines, journal_fn fn, void *arg,
    struct err *e);
/* Append an entry: handed to the system, not yet safe from a power cut. A journal that failed
 * once fails for ever. */
int
journal_put(struct journal *j, struct str entry, struct err *e);
/* On disk, whatever happens. Does nothing when nothing was put since. */
int
journal_sync(struct journal *j, struct err *e);

#endif
