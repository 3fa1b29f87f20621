/*
 * Signals of other systems: CSV or JSON lines of any layout, read by a mapping file
 * (man/signal-mix.1, THE MAPPING FILE).
 */
#ifndef TP_SIGNAL_FOREIGN_H
#define TP_SIGNAL_FOREIGN_H

#include "rec/rec.h"
#include "signal/config.h"

struct foreign; /* a mapping, and the signals read by it */

/* Parse the mapping; file is for the words. NULL with the reason (ERR_USAGE). syms is borrowed. */
struct foreign *
foreign_new(const char *file, const char *text, size_t n, struct symtab *syms, struct err *e);
void
foreign_free(struct foreign *f);

/* A new file begins: its first CSV line is a header again. */
void
foreign_start(struct foreign *f);
/* One line. 1 with a signal record in *r (ts is when it became known; text valid until the next
 * call), 0 for a header, an empty line or a direction that the mapping leaves out (null), or
 * ERR_DATA with the reason, without a line number. */
int
foreign_line(struct foreign *f, const char *p, size_t n, struct rec *r, struct err *e);

/* Read a whole file ("-" is none) and keep its signals. 0 or a code; the words name file and
 * line. */
int
foreign_load(struct foreign *f, const char *path, struct err *e);
/* The next kept signal with ts <= t, in order of time, then of files and lines; false: none. */
bool
foreign_next(struct foreign *f, int64_t t, struct rec *r);
/* Convert: every line of a file or of standard input ("-") goes to fn as it comes; idle is called
 * when there is nothing to read now. */
int
foreign_each(struct foreign *f, const char *path, int (*fn)(void *arg, const struct rec *r),
    int (*idle)(void *arg), void *arg, struct err *e);

#endif
