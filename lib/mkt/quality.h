/*
 * Data-quality rules: the names that `dirty` keys carry. A record under an unusable rule must
 * not move a bar, a mark or a fill; under a suspect rule it is used and only marked.
 */
#ifndef TP_MKT_QUALITY_H
#define TP_MKT_QUALITY_H

#include <stdbool.h>
#include <stdint.h>

#include "rec/rec.h"

enum quality_rule {
	Q_CLEAN,
	Q_NEGATIVE_PRICE,   /* unusable: a price below zero */
	Q_ZERO_PRICE,       /* unusable */
	Q_NONPOSITIVE_SIZE, /* unusable: a trade of size <= 0; a quote's size or a volume < 0 */
	Q_HIGH_LT_LOW,      /* unusable: high < low, or open/close outside [low, high] */
	Q_CROSSED,          /* unusable: bid > ask */
	Q_TIME_BACKWARD,    /* unusable: earlier than the record before it */
	Q_LOCKED,           /* suspect: bid = ask */
	Q_SPIKE,            /* suspect: far from the recent median */
	Q_DUPLICATE,        /* suspect: same symbol, time and values as the one before */
	Q_GAP,              /* suspect: first record after a hole */
	Q_NRULES
};

const char *
quality_name(enum quality_rule q); /* "crossed"; Q_CLEAN: "clean" */
enum quality_rule
quality_of(struct str name);
bool
quality_usable(enum quality_rule q);

#define Q_BIT(q) (UINT32_C(1) << (q))

/* The rules that a trade, quote or bar breaks by itself, whatever came before it: Q_BITs of
 * negative_price ... crossed and of locked. 0 for a clean record and for every other type. */
uint32_t
quality_alone(const struct rec *r);

/* Whether a trade, quote or bar may move prices: not marked by an unusable rule. */
static inline bool
quality_ok(const struct rec *r)
{
	struct str d = { 0, 0 };

	if (r->type == REC_bar && rec_has(r, F_bar_dirty))
		d = r->bar.dirty;
	else if (r->type == REC_trade && rec_has(r, F_trade_dirty))
		d = r->trade.dirty;
	else if (r->type == REC_quote && rec_has(r, F_quote_dirty))
		d = r->quote.dirty;
	else
		return true;
	return quality_usable(quality_of(d));
}

#endif
