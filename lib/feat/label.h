/*
 * Labels: what became of a bar, for training only. Made from bars that come later, so they are
 * known later; each says when (label_end), and until then nothing may be said.
 *
 *	horizon:N[,log=1][,class=X]
 *		label: close N bars later / close - 1 (its logarithm with log=1); with class=X
 *		+1 above X, -1 below -X, else 0. label_end: that bar's.
 *
 *	triple-barrier:up=U,down=D,horizon=N,vol=S[,on=close][,vertical=sign]
 *		(Lopez de Prado, Advances in Financial Machine Learning, 2018, section 3.3)
 *		Barriers at close (1 + U s) and close (1 - D s), s the exponentially weighted
 *		deviation (span S) of one-bar returns at that bar; U or D = 0: none. The first
 *		that a later bar's high or low reaches gives +1 or -1; both in one bar: -1, because
 *		the order within is not known. With on=close only closes count. None within N bars:
 *		0, or with vertical=sign the sign of the return. label_ret: the return to the
 *		barrier, or to the open where a bar opens beyond it; label_bars: how many bars on.
 *
 *	trend-scan:min=A,max=B
 *		(Lopez de Prado, Machine Learning for Asset Managers, 2020, section 5.4)
 *		The t-value of the slope of log closes over the next L bars, for each L in A..B;
 *that of the largest size is label_t, its L label_bars, its sign the label. label_end is that of
 *bar B: the choice needed all of them.
 *
 * Labels come in the order of their bars: one that is known early waits for those before it.
 */
#ifndef TP_FEAT_LABEL_H
#define TP_FEAT_LABEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum feat_label_kind { FEAT_HORIZON, FEAT_BARRIER, FEAT_TREND };

struct feat_label_spec {
	enum feat_label_kind kind;
	uint32_t horizon;  /* bars; of trend scans the longest */
	uint32_t shortest; /* of trend scans */
	bool log;          /* horizon */
	double class_at;   /* horizon: NAN, or where classes begin */
	double up, down;   /* barriers */
	uint32_t span;     /* of the deviation */
	bool on_close;
	bool sign; /* at the vertical barrier */
};

/* "triple-barrier:up=2,down=1,horizon=20,vol=50". 0 or ERR_USAGE. */
int
feat_label_parse(const char *text, struct feat_label_spec *s, struct err *e);

struct feat_label {
	bool good;    /* false: this bar has no label (no deviation yet) */
	uint64_t nth; /* of the bar, from 0 */
	int64_t end;  /* when it was known */
	double label;
	double extra;  /* label_ret or label_t */
	uint32_t bars; /* label_bars */
};

/* The labels of one series. */
struct feat_labeler;
struct feat_labeler *
feat_labeler_new(const struct feat_label_spec *s);
void
feat_labeler_free(struct feat_labeler *l);
/* A closed bar; prices comparable with those before. */
void
feat_labeler_push(
    struct feat_labeler *l, int64_t ts_end, double open, double high, double low, double close);
/* The next one that is known: true, at most one for each bar pushed. */
bool
feat_labeler_next(struct feat_labeler *l, struct feat_label *out);

#endif
