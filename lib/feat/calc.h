/*
 * The feat-calc stage: its state, shared by the files that hold series, rows and their way out.
 *
 * A bar passes first. Then its series (one for each symbol and interval) moves on: the sets see
 * the bar, the higher timeframes take it in, the expressions are computed, and the row goes
 * through the steps to the record. Where something needs the other symbols of the instant, rows
 * wait for the watermark that completes it.
 */
#ifndef TP_FEAT_CALC_H
#define TP_FEAT_CALC_H

#include "feat/expr.h"
#include "feat/frames.h"
#include "feat/row.h"
#include "feat/set.h"
#include "feat/steps.h"
#include "feat/units.h"
#include "mkt/session.h"
#include "stage/stage.h"

enum calc_splits { SPLITS_ADJUST, SPLITS_RESET, SPLITS_IGNORE };

/* The bar's own fields: the first columns of every row, in this order. */
enum {
	FIELD_OPEN,
	FIELD_HIGH,
	FIELD_LOW,
	FIELD_CLOSE,
	FIELD_VOLUME,
	FIELD_VWAP,
	FIELD_COUNT,
	FIELD_BID,
	FIELD_ASK,
	FIELD_SPREAD,
	FIELD_BUY,
	FIELD_SELL,
	FIELD_GAP,
	BAR_FIELDS
};

struct calc_opts {
	struct opt_list sets, exprs;
	struct opt_list only;
	const char *prefix, *interval;
	int splits;
	int64_t every;
	bool last;
	struct frames_opts frames;
	struct feat_step_opts steps;
};

/* One symbol at one interval. */
struct calc_series {
	const struct sym *sym;
	char *interval; /* "" where the bars have none */
	bool is_time;   /* bars of a fixed length: their ts rises */
	uint32_t index;
	uint64_t nth;
	int64_t last_ts, last_end;
	double unit; /* product of the split ratios so far */
	void **sets; /* state of each set */
	struct frame_state *frames;
	void *expr;             /* state of the expressions */
	uint32_t *refs;         /* for each column of another symbol: its series + 1 */
	double *last;           /* its latest row, in old units; kept when expressions wait */
	struct feat_row *final; /* --last */
};

struct calc {
	struct stage base;
	struct calc_opts o;

	struct feat_plan plan;
	struct feat_set *sets;
	size_t nsets;
	size_t set_cols;      /* columns of the sets together */
	size_t *set_at;       /* plan column of each of them */
	bool sets_apart;      /* no two sets share a column: set_at counts up */
	struct frame *frames; /* higher timeframes */
	size_t nframes;
	struct sessions *sessions;
	struct expr_prog *prog;
	double *ref_vals;
	size_t first_late; /* plan column: the first that is not a field's, set's or frame's */
	double **cross;    /* rows of a cross unit */
	size_t cross_cap;
	struct units units;
	struct feat_step *steps;
	size_t nsteps;
	bool waits; /* rows wait for the watermark */

	struct calc_series **series;
	size_t nseries, series_cap;
	struct calc_by_sym {
		uint32_t *at; /* indices of its series */
		size_t n, cap;
	} * by_sym; /* by symbol id */
	size_t nby_sym;

	double *scratch;     /* set_cols doubles */
	struct feat_row row; /* when nothing waits */
	struct feat_row **queue;
	size_t nqueue, queue_cap;
	uint64_t seq;  /* rows that came into the queue */
	bool disorder; /* a row in it was known before the one in front of it */
	bool told_waiting;
	struct feat_row **spare;
	size_t nspare, spare_cap;
	struct feat_row **batch; /* of feat_step kinds' instant */
	size_t batch_cap;

	size_t *out; /* columns that are written */
	size_t nout;
	struct str *names;    /* theirs */
	struct rec_num *nums; /* room for one record */
	char **owned;         /* names with a prefix */
	char *csv;

	uint64_t revised, late, partial, dirty, misfit;
	bool any; /* a closed bar came */
	uint64_t ticks, other_interval;
};

/* ---- plan.c ---- */
/* Opens sets, timeframes, expressions and steps, names the columns. */
int
calc_plan_open(struct calc *c, struct err *e);
void
calc_plan_close(struct calc *c);

/* ---- series.c ---- */
/* the bar's own fields, BAR_FIELDS of them */
void
calc_fields(double *v, const struct feat_bar *b);
struct calc_series *
calc_series_get(struct calc *c, const struct rec *bar);
/* Its state is as at the beginning. */
void
calc_series_reset(struct calc *c, struct calc_series *s);
/* Takes in a closed bar and fills the row: all of it, in old units, or but for the expressions
 * when those need other symbols. */
void
calc_series_push(struct calc *c, struct calc_series *s, const struct rec *bar, struct feat_row *r);
/* An expression unit on all rows of an instant. */
void
calc_series_unit(struct calc *c, size_t unit, struct feat_row *const *rows, size_t n);
/* The sets on one bar. */
void
calc_sets_push(struct calc *c, void **state, const struct feat_bar *b, double *out);
/* The same into their columns of a row. */
void
calc_sets_put(struct calc *c, void **state, const struct feat_bar *b, double *row);
void **
calc_sets_start(const struct calc *c);
void
calc_sets_stop(const struct calc *c, void **state);
void
calc_series_free(struct calc *c, struct calc_series *s);

/* ---- rows.c ---- */
/* A row on its way: to the steps and out at once, or into the queue. */
struct feat_row *
calc_row_new(struct calc *c);
int
calc_row_put(struct calc *c, struct feat_row *r);
/* The rows that were known at ts go on. */
int
calc_rows_until(struct calc *c, int64_t ts);
int
calc_rows_flush(struct calc *c);
void
calc_rows_close(struct calc *c);

#endif
