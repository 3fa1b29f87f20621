/*
 * A file of rows decoded ahead, by a thread of its own: where one process runs a whole pipeline,
 * reading the file is a seventh of the work and needs nothing of the rest.
 *
 * The thread has the file, a decoder and a symbol table to itself. It hands over blocks: rows of
 * the layouts that rec_dec_row knows, and every other line as the text that it is, so that what is
 * a record, what is an error, and in which line, is decided where it was before. Symbols are
 * entered into the table of the chain when their first row is taken, in the order of the file.
 * Nobody spins: a full ring stops the thread, an empty one its reader.
 */
#ifndef TP_FEED_ROWS_H
#define TP_FEED_ROWS_H

#include "io/in.h"
#include "rec/codec.h"

struct rows;

/* Start. `in` is the thread's until rows_stop; dec is asked for its layout only. NULL where there
 * is no use: a layout without such rows, a short file, no regular file, one processor. */
struct rows *
rows_start(struct io_in *in, const struct rec_dec *dec, struct symtab *syms);
/* Ends the thread. NULL does nothing. */
void
rows_stop(struct rows *w);
/* The next line, if it is a row that is here already: true with *r filled. It has no raw text. */
bool
rows_row(struct rows *w, struct rec *r);
/*
 * The next line, if it is none: 1 with its text, valid until the next call and fit for
 * rec_dec_line. 0 at the end, ERR_IO or ERR_DATA; 2 when not `block` and the next block must be
 * waited for; ROWS_HERE when it is here and begins with a row.
 */
#define ROWS_HERE 3
int
rows_line(struct rows *w, bool block, const char **p, size_t *n, struct err *e);

#endif
