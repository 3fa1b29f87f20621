/*
 * Rows and the steps that work on them.
 *
 * A row is what feat-calc knows at the close of one bar of one series: a double for each
 * column of the plan, NAN where it is not ready. The columns are, in this order, the bar's own
 * fields (not written), those of the sets, of the higher timeframes, of the expressions, and
 * those that steps add.
 *
 * A step works on rows after all of that: on each row at once (`row`), or on all rows of an
 * instant together (`instant`: same ts_end, same interval, in stream order). From the first
 * step with `instant` on, rows wait for the watermark that completes their instant; without
 * one they go out directly behind their bar. Steps run in the order of feat_step_kinds.
 *
 *	static int
 *	rank_open(struct feat_step *s, struct feat_plan *plan, struct err *e)
 *	{
 *		const struct feat_step_opts *o = s->opts;
 *		if (!o->rank.n)
 *			return 0;                    // not asked for
 *		... feat_plan_find(plan, str_z("ret_1")), feat_plan_add(plan, false, "rank_%s", ...)
 *		return 1;                            // in use
 *	}
 *
 * A step is a function of the rows before: it reads no clock, file (after open) or environment.
 */
#ifndef TP_FEAT_ROW_H
#define TP_FEAT_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "feat/set.h"
#include "rec/rec.h"

struct feat_col {
	char *name;
	bool hidden; /* computed, not written */
};

struct feat_plan {
	struct feat_col *cols;
	size_t n, cap;
};

/* The next column; returns its index. Names are those of records: [a-z0-9_.], 1..100 bytes. */
size_t
feat_plan_add(struct feat_plan *p, bool hidden, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Index of a column by its name, hidden ones and bar fields ("close") included; -1: none. */
ptrdiff_t
feat_plan_find(const struct feat_plan *p, struct str name);
/* Whether records have a key or an alias of this name: then no column can. */
bool
feat_is_key(struct str name);
/* Whether a column's name matches a pattern with * and ?. */
bool
feat_plan_glob(const char *pattern, const char *name);
void
feat_plan_free(struct feat_plan *p);

struct feat_row {
	/* The bar, in its own prices and sizes. */
	struct feat_bar bar;
	int64_t ts, ts_end; /* of the bar; ts_end is when the row became known */
	const struct sym *sym;
	struct str interval; /* as the bar has it; empty: it has none. Lives as long as the stage */
	uint32_t series;     /* 0, 1, 2, ...: which (symbol, interval) */
	uint64_t nth;        /* this is the nth bar of its series, from 1 */
	/* Product of the split ratios of the series so far (1 without --splits adjust): a step that
	 * keeps prices from bar to bar multiplies them by it to have them comparable. */
	double unit;
	bool lookahead;    /* set by a step that used the future: the record says so */
	int64_t label_end; /* when that future was over; TIM_NONE */
	double *v;         /* n columns of the plan */
	size_t n;
};

struct feat_step_opts; /* feat/steps.h */
struct stage;

struct feat_step {
	const struct feat_step_kind *kind;
	const struct feat_step_opts *opts;
	const struct feat_plan *plan; /* complete after all steps are open */
	struct stage *st;             /* for stage_note and stage_fail */
	void *state;                  /* the step's own; freed by its close */
	size_t index;                 /* among the steps in use */
	void *calc;                   /* feat-calc's own */
};

enum feat_taken { FEAT_PASS, FEAT_TAKEN };

struct feat_step_kind {
	const char *name;
	/* 1: in use, 0: not asked for, or ERR_USAGE (ERR_IO, ERR_DATA for a file) with the words.
	 * May read files. Adds its columns to plan. */
	int (*open)(struct feat_step *s, struct feat_plan *plan, struct err *e);
	/* One row. FEAT_PASS: goes on to the next step. FEAT_TAKEN: the step has made a copy
	 * (feat_row_copy) and hands it on later with feat_step_pass. < 0: error. */
	int (*row)(struct feat_step *s, struct feat_row *r);
	/* All rows of one instant and interval, in stream order: 0 or a code. */
	int (*instant)(struct feat_step *s, struct feat_row *const *rows, size_t n);
	/* A split of a symbol, ratio > 0 new units for one old; may be NULL. With --splits reset
	 * ratio is NAN: what was kept of the symbol is void. */
	void (*split)(struct feat_step *s, const struct sym *sym, double ratio);
	/* End of input: rows held back go out now. */
	int (*flush)(struct feat_step *s);
	/* Also after a failed open or one that gave 0. */
	void (*close)(struct feat_step *s);
};

/* Hand a row to the steps behind s and, at the end, write it; a row whose steps have an
 * `instant` cannot be handed on from before that. The row stays the caller's. */
int
feat_step_pass(struct feat_step *s, struct feat_row *r);
/* A copy with values of its own; freed by feat_row_free. */
struct feat_row *
feat_row_copy(const struct feat_row *r);
void
feat_row_free(struct feat_row *r);

/* NULL-terminated, in the order in which they run: steps.c */
extern const struct feat_step_kind *const feat_step_kinds[];

#endif
