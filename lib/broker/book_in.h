/* What the files of the book share. */
#ifndef TP_BROKER_BOOK_IN_H
#define TP_BROKER_BOOK_IN_H

#include "broker/book.h"

/* The symbol of an entry, NULL when it has none. */
const struct sym *
book_ent_sym(struct book *b, const struct ent *n);
/* A word of an entry; 0 when it has none, or one that is not of the list. */
unsigned
book_ent_word(const struct ent *n, const char *key, enum rec_wordlist l);

int
book_apply_algo(struct book *b, const struct ent *n, struct err *e);
int
book_apply_algost(struct book *b, const struct ent *n, struct err *e);

#endif
