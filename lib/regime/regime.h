/*
 * regime-detect: the stage. What its parts share: regime.c the options and the records,
 * regime_series.c one series, regime_fit.c --fit, regime_returns.c --returns.
 */
#ifndef TP_REGIME_REGIME_H
#define TP_REGIME_REGIME_H

#include "regime/detect.h"
#include "regime/fit.h"
#include "stage/stage.h"

extern const struct stage_kind regime_detect_kind;

/* Collected for --fit. */
struct regime_train {
	double *x;
	size_t n, cap;
	int64_t from, until; /* time of knowledge of the first and last return */
};

/* One symbol, or the stream without symbols. */
struct regime_series {
	const struct sym *sym;
	bool any;
	int64_t last_ts;
	double close;      /* of the bar before */
	char interval[24]; /* of the first bar */
	void **states;     /* one a detector; NULL: it has nothing to say about this symbol */
	int *said;         /* last state written, -1 none */
	struct regime_train train;
};

struct regime {
	struct stage base;
	/* options */
	const char *model_path, *fit_path, *interval, *name;
	struct opt_list models;
	int64_t states, restarts, seed, max_iter, rows;
	int dist, ret, start;
	double df, guide, prior, enter, leave;
	int64_t from, until;
	bool per_symbol, returns, on_change;
	/* state */
	struct det **dets;
	size_t ndets;
	struct regime_series **series; /* by symbol id + 1; [0]: no symbol */
	size_t nseries;
	struct buf probs;
	bool told_interval, told_symbol;
	bool any_bar;
	uint64_t ticks;                      /* that came instead */
	char file_name[REGIME_NAME_MAX + 1]; /* --fit without --name */
};

/* ---- regime_series.c ---- */
struct regime_series *
regime_series_of(struct regime *g, const struct sym *sym);
/* A closed bar known at ts: the detectors' records, or a return collected for --fit. */
int
regime_take(struct regime *g, struct regime_series *s, int64_t ts, const struct det_bar *b);
void
regime_series_free(struct regime *g);

/* ---- regime_fit.c ---- */
void
regime_collect(struct regime *g, struct regime_series *s, int64_t ts, double ret);
/* Fit what was collected and write the file. */
int
regime_fit(struct regime *g);

/* ---- regime_returns.c ---- */
/* Reads the operand, or standard input, to its end. */
int
regime_returns(struct regime *g);

#endif
