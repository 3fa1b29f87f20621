/*
 * The arguments of a feature set: KEY=VALUE pairs, parted by a comma or a colon; the parts of a
 * list are parted by semicolons (a comma would end the argument on a command line of sets):
 *
 *	core:windows=5;20;60:d=0.3
 *
 * One table says what there is; it feeds the parser and its messages.
 */
#ifndef TP_FEAT_SETARGS_H
#define TP_FEAT_SETARGS_H

#include <stddef.h>

#include "base/err.h"

#define SETARG_LIST 16

enum setarg_kind {
	SETARG_END = 0,
	SETARG_INT,   /* int */
	SETARG_F64,   /* double */
	SETARG_INTS,  /* struct setarg_ints: a list without doubles */
	SETARG_F64S,  /* struct setarg_f64s */
	SETARG_STR,   /* char *, owned: setargs_free */
	SETARG_WORDS, /* unsigned: bit i for the i-th word of `words` */
};

struct setarg_ints {
	size_t n;
	int v[SETARG_LIST];
};

struct setarg_f64s {
	size_t n;
	double v[SETARG_LIST];
};

struct setarg {
	enum setarg_kind kind;
	const char *name;
	size_t off;        /* of the value in the caller's struct */
	double lo, hi;     /* of each number */
	const char *words; /* "returns|shape|trend" */
};

/* Set what `args` (NULL: nothing) names; the rest of *base stays: put the defaults there first.
 * 0, or ERR_USAGE with the words in e: which set, which key, what was expected. */
int
setargs_parse(
    const struct setarg *tab, void *base, const char *set, const char *args, struct err *e);
/* Frees the strings. */
void
setargs_free(const struct setarg *tab, void *base);

#endif
