/*
 * A detector: one way to say in which regime a series is. Each is a row of the table in detect.c;
 * its parameters are numbers with defaults and ranges, its state is one zeroed block a series. A
 * push sees its state and one closed bar, nothing else, so the answers for a prefix of the bars
 * are a prefix of the answers.
 */
#ifndef TP_REGIME_DETECT_H
#define TP_REGIME_DETECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "regime/model.h"

#define DET_PARAMS 9 /* the last one stays empty */

/* A closed bar. Prices are NAN in a stream of returns; ret is NAN where there is none to use: at
 * the first bar, and over a gap. */
struct det_bar {
	double open, high, low, close;
	double ret;
};

/* What a detector says at a bar; NAN: nothing to say there. */
struct det_view {
	int state;
	const char *label; /* lives as long as the detector */
	int nprobs;        /* 0, or one probability a state */
	double probs[REGIME_MAX];
	double expected_duration; /* mean number of bars that a stay in the state lasts */
	double p_leave;           /* that the next bar is in another state */
	double value;             /* the number the state was decided by */
};

struct det_param {
	const char *name;
	double dflt, lo, hi;
	bool whole;
	const char *help;
};

struct det;
struct det_kind {
	const char *name, *about;
	struct det_param params[DET_PARAMS]; /* ends with a NULL name */
	bool takes_file;                     /* NAME:FILE, a model */
	bool file_needed;                    /* and cannot do without */
	bool needs_prices;
	/* How the parameters fit together; words in e. May be NULL. */
	int (*check)(struct det *d, struct err *e);
	size_t (*size)(const struct det *d); /* bytes of a series' state */
	/* A new series. false: nothing can be said about that symbol (NULL: none). */
	bool (*start)(const struct det *d, void *state, const char *sym);
	/* true when there is something to say */
	bool (*push)(const struct det *d, void *state, const struct det_bar *b, struct det_view *v);
	/* All prices before are divided by ratio (a split). NULL: it looks at returns only. */
	void (*split)(const struct det *d, void *state, double ratio);
};

extern const struct det_kind det_hmm, det_ewma, det_vol_quantile, det_cusum, det_bocpd, det_trend,
    det_phase;
extern const struct det_kind *const det_kinds[]; /* NULL-terminated */

struct det {
	const struct det_kind *kind;
	double par[DET_PARAMS];
	char name[8 + REGIME_NAME_MAX]; /* `model` in the records */
	bool has_model;
	struct regime_model model;
	double enter, leave; /* hysteresis of probabilities: see det_hold */
	void *plan;          /* worked out once by check; freed with free() */
};

/* "NAME[:FILE][:key=value]..." NULL with words in e (ERR_USAGE, or what reading the file gave). */
struct det *
det_new(const char *text, double enter, double leave, struct err *e);
void
det_free(struct det *d);

/*
 * The state after hysteresis: `now` stays until its probability is below `leave`, and is left for
 * the likeliest state only when that has at least `enter`; enter 0 and leave 1 give the likeliest
 * state. now -1: none yet, the likeliest.
 */
int
det_hold(const double *probs, int k, int now, double enter, double leave);

#endif
