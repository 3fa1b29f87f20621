/*
 * TA-Lib's 99 indicators (all of its functions but the candlesticks and those that need a second
 * column of periods), with its names, parameters, defaults, ranges, seeds and lookbacks, on a
 * stream: state in O(1) or O(period), any number of bars at a time, the same bits however the
 * series is cut.
 *
 * A plan holds any number of indicators. Each is a small graph of nodes (a rolling sum, an
 * exponential average, ...) over columns; what two indicators have in common, such as the true
 * range of ATR and ADX, is one node and computed once. A plan is constant once it is ready and is
 * shared by all series; each series has a block of state.
 *
 * The numbers are those of TA-Lib 0.6 in its default settings (no unstable period, classic
 * compatibility). Where the rounding of sums can be seen in the result (variances, CCI in a quiet
 * market), sums are taken in TA-Lib's order, so most functions have its bits; those with sin, cos,
 * atan, exp or log differ in the last place (base/math.h). Known differences, all of them TA-Lib's
 * slips: NATR with a close of zero (0 here, unset there), the linear regressions with periods above
 * 1,290 (32-bit overflow there), BBANDS by MAMA with a period above 33 (shifted there).
 */
#ifndef TP_FEAT_TA_H
#define TP_FEAT_TA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* The series of a bar, in the order of ta_run's in[] */
enum ta_series { TA_OPEN, TA_HIGH, TA_LOW, TA_CLOSE, TA_VOLUME, TA_SERIES };

enum {
	TA_PARAMS = 8,     /* most parameters */
	TA_INPUTS = 4,     /* most inputs */
	TA_OUTPUTS = 3,    /* most outputs */
	TA_PERIOD = 100000 /* longest period */
};

enum ta_type {
	TA_INT,
	TA_REAL,
	TA_AVERAGE, /* a kind of moving average: 0 to 8, see ta_average */
};

struct ta_param {
	const char *name; /* TA-Lib's: "timePeriod" */
	enum ta_type type;
	double def, min, max;
};

struct ta_graph; /* ta_op.h */

struct ta_def {
	const char *name; /* "BBANDS" */
	/* a letter an input: o, h, l, c, v are fixed; x and y are close and open unless chosen */
	const char *in;
	struct ta_param param[TA_PARAMS]; /* name NULL behind the last */
	const char *out[TA_OUTPUTS];      /* TA-Lib's names: "upperBand"; one output: "output" */
	/* makes the nodes; in and out are columns, p the parameters, all checked */
	void (*build)(struct ta_graph *g, const int *in, const double *p, int *out);
};

/* All of them, by name; ta_ndefs of them */
extern const struct ta_def ta_defs[];
extern const size_t ta_ndefs;

/* Names of the moving averages: "sma", "ema", "wma", "dema", "tema", "trima", "kama", "mama",
 * "t3" (9 of them). */
extern const char *const ta_average[];

/* By name in any case; NULL when there is none. */
const struct ta_def *
ta_find(const char *name, size_t len);
size_t
ta_nparams(const struct ta_def *d);
size_t
ta_noutputs(const struct ta_def *d);

struct ta_plan;

/* block: most bars computed at once. 1 where bars come one by one (the state is then smallest),
 * 256 or so for long arrays. */
struct ta_plan *
ta_plan_new(size_t block);
void
ta_plan_free(struct ta_plan *p);

/*
 * One more indicator. params: ta_nparams values, a NAN or a NULL pointer for the default; series:
 * which series (enum ta_series) the inputs x and y are, NULL for close and open. Gives the index of
 * its first output, or ERR_USAGE with the words in e.
 */
int
ta_plan_add(struct ta_plan *p, const struct ta_def *d, const double *params, const int *series,
    struct err *e);

/* After the last ta_plan_add: puts the nodes in order and lays out the state. */
void
ta_plan_ready(struct ta_plan *p);

size_t
ta_plan_outputs(const struct ta_plan *p);
/* bars before the first value of output k: TA-Lib's lookback */
size_t
ta_plan_lookback(const struct ta_plan *p, size_t k);
size_t
ta_plan_nodes(const struct ta_plan *p);
/* bytes of state a series, aligned to 8; zeroed it stands before the first bar. It holds no pointer
 * that outlives a call: it may be moved or copied. */
size_t
ta_plan_state(const struct ta_plan *p);

/* n bars: in[s][0..n) for each series s, out[k][0..n) for each output k; NAN before it is ready.
 * No out[k] may overlap an in[s]. A result that TA-Lib would give as infinite or not a number is
 * that here, too. */
void
ta_run(const struct ta_plan *p, void *state, const double *const in[TA_SERIES], size_t n,
    double *const out[]);

#endif
