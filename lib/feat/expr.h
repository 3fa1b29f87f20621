/*
 * The expression language of feat-calc: `name = expression` lines over the columns of a row.
 * man/feat-calc.1 has the language. All lines become one flat program, compiled once and shared
 * by all series; what an operator keeps from bar to bar lies in one block of state a series.
 *
 * A program is a list of units, to be run in order. A plain unit computes one column of one
 * row. A cross unit computes one column of all rows of an instant from another column of them.
 * Missing is NAN; a result is never infinite.
 *
 *	struct expr_prog *p = expr_new(&plan);
 *	expr_add(p, text, strlen(text), "-e", e);        // columns are added to the plan
 *	void *state = mem_alloc(expr_state_size(p));
 *	expr_start(p, state);                            // a series begins
 *	expr_run(p, row->v, refs, state);                // every bar
 */
#ifndef TP_FEAT_EXPR_H
#define TP_FEAT_EXPR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"
#include "feat/row.h"

#define EXPR_WINDOW_MAX 100000     /* longest window, in bars */
#define EXPR_STATE_MAX (64u << 20) /* most state of one series, in bytes */
#define EXPR_DEPTH_MAX 200         /* of parentheses and calls */
#define EXPR_CODE_MAX 20000        /* operations of all lines together */
#define EXPR_TEXT_MAX (1u << 20)   /* of one text, in bytes */

struct expr_prog; /* opaque */

/* Columns are looked up in and added to plan, which must outlive the program. */
struct expr_prog *
expr_new(struct feat_plan *plan);
void
expr_free(struct expr_prog *p);

/*
 * Compile lines: parted by newlines or semicolons, # begins a comment. `where` names the text in
 * messages. 0, or ERR_USAGE with line, column and what was expected; the program is then only
 * fit for expr_free.
 */
int
expr_add(struct expr_prog *p, const char *text, size_t n, const char *where, struct err *e);

/* Columns of other symbols that are read, `close@SPY`: their values are handed to expr_run. */
struct expr_ref {
	char *sym;
	size_t col;
};
size_t
expr_refs(const struct expr_prog *p, const struct expr_ref **refs);

size_t
expr_units(const struct expr_prog *p);
/* the column that a unit computes */
size_t
expr_unit_col(const struct expr_prog *p, size_t unit);
bool
expr_is_cross(const struct expr_prog *p, size_t unit);
/* Whether units must run one after the other over all rows of an instant: there are references
 * to other symbols or cross units. */
bool
expr_waits(const struct expr_prog *p);

/* Bytes of state a series; zeroed memory of that size is started with expr_start. Nothing in it
 * is to be freed. */
size_t
expr_state_size(const struct expr_prog *p);
void
expr_start(const struct expr_prog *p, void *state);

/* One plain unit on one row, and a cross unit on n of them. */
void
expr_run_unit(struct expr_prog *p, size_t unit, double *v, const double *refs, void *state);
void
expr_run_cross(struct expr_prog *p, size_t unit, double *const *v, size_t n);
/* All units, when !expr_waits. */
void
expr_run(struct expr_prog *p, double *v, const double *refs, void *state);

/* The names of all functions, ending with NULL, in order: for messages and tests. */
const char *const *
expr_function_names(void);

#endif
