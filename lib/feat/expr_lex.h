/* Reading the text of expressions: for expr_parse.c and expr_lex.c only. */
#ifndef TP_FEAT_EXPR_LEX_H
#define TP_FEAT_EXPR_LEX_H

#include <stdio.h>

#include "base/num.h"
#include "feat/expr_code.h"

struct expr_parser {
	struct expr_prog *p;
	const char *text, *where;
	size_t n;
	size_t at, end; /* in the line at hand; end is behind it */
	size_t next;    /* where the next line begins */
	int depth;
	struct err *e;
	struct expr_ins *late; /* operations that no unit has yet */
	size_t nlate, late_cap;
	uint32_t ndst;
};

/* The next line with something in it; false at the end. */
bool
expr_next_line(struct expr_parser *s);
void
expr_space_skip(struct expr_parser *s);
bool
expr_at_end(struct expr_parser *s);

/* Each skips white space, and what it recognised. */
bool
expr_next_is(struct expr_parser *s, const char *sign);
bool
expr_next_word(struct expr_parser *s, const char *word);
bool
expr_name(struct expr_parser *s, struct str *name);
/* *rc < 0 when it begins as a number and is none */
bool
expr_number(struct expr_parser *s, double *v, int *rc);
int
expr_symbol(struct expr_parser *s, struct str *sym);
/* Which of four words stands before "="; skips both. 0, skipping nothing, when none does. */
size_t
expr_keyword(struct expr_parser *s, const char *a, const char *b, const char *c, const char *d);
/* One level further in. */
int
expr_deeper(struct expr_parser *s);

/* sign, or an error that says what should follow it (NULL: just the sign) */
int
expr_expect(struct expr_parser *s, const char *sign, const char *what);
/* ERR_USAGE: "-e: line 2, column 7: expected ..., not 'xyz'" */
int
expr_expected(struct expr_parser *s, const char *what);
int
expr_wrong(struct expr_parser *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int
expr_wrong_at(struct expr_parser *s, size_t at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Whether a new column may have that name. */
int
expr_name_free(struct expr_parser *s, struct str name, size_t at);
const struct expr_op *
expr_op_named(struct str name);
/* enum feat_cross, or -1 */
int
expr_cross_named(struct str name);
int
expr_no_column(struct expr_parser *s, struct str name, size_t at);
int
expr_no_function(struct expr_parser *s, struct str name, size_t at);
/* ---- expr_parse.c ---- */
/* A whole expression; its value's place in out. */
int
expr_parse(struct expr_parser *s, struct expr_arg *out);

/* ---- expr_call.c ---- */
struct expr_arg
expr_constant(struct expr_prog *p, double v);
/* One more operation, or its value when that is known now. */
int
expr_emit(struct expr_parser *s, struct expr_ins i, struct expr_arg *out);
int
expr_emit_op(struct expr_parser *s, const struct expr_op *op, struct expr_arg a, struct expr_arg b,
    struct expr_arg *out);
/* The operations from `from` on become a unit that computes a column. */
void
expr_close_unit(struct expr_parser *s, size_t from, struct expr_arg result, size_t col);
/* Behind NAME and "("; `at` is where the name stands. */
int
expr_call(struct expr_parser *s, struct str name, size_t at, struct expr_arg *out);

/* ---- expr_ta.c: indicators ---- */
struct ta_def;
const struct ta_def *
expr_ta_named(struct str name, size_t *output);
/* Begin an operation that computes it; `at` is where its name stands. */
int
expr_ta_open(
    struct expr_parser *s, const struct ta_def *d, size_t output, size_t at, struct expr_ins *i);
/* How many arguments it takes, before its parameters. */
size_t
expr_ta_args(const struct expr_ins *i);
/* Parameters, NAN for those that the text leaves out. */
int
expr_ta_ready(struct expr_parser *s, const struct ta_def *d, size_t at, const double *params,
    const struct expr_ins *i);

#endif
