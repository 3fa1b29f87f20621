/*
 * Lists of calls, as options take them: `rank(ret_20),z=zscore(vol_20,sector),mom(12,1),size`.
 * A call is a name, up to FEAT_CALL_ARGS words in parentheses, and a column name before `=`.
 */
#ifndef TP_FEAT_CALL_H
#define TP_FEAT_CALL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define FEAT_CALL_ARGS 4
#define FEAT_CALL_WORD 64

struct feat_call {
	char name[FEAT_CALL_WORD]; /* [a-z0-9_] */
	char as[FEAT_CALL_WORD];   /* the column's name; "" when the user gave none */
	char arg[FEAT_CALL_ARGS][FEAT_CALL_WORD];
	size_t nargs;
};

/* All calls of text, in order; *v is the caller's to free (also after an error). 0 or ERR_USAGE
 * with the option's name, the place and what was expected. */
int
feat_calls_parse(
    const char *text, const char *option, struct feat_call **v, size_t *n, struct err *e);

/* Argument i as a whole number in lo..hi; `dflt` when it was not given (and dflt >= lo). */
int
feat_call_int(const struct feat_call *c, size_t i, int64_t lo, int64_t hi, int64_t dflt,
    int64_t *out, struct err *e);
/* Argument i as a finite number in lo..hi; `dflt` when it was not given. */
int
feat_call_num(const struct feat_call *c, size_t i, double lo, double hi, double dflt, double *out,
    struct err *e);
/* ERR_USAGE unless the number of arguments is in lo..hi. */
int
feat_call_count(const struct feat_call *c, size_t lo, size_t hi, struct err *e);

#endif
