/*
 * What records say, as numbers side by side: one column a symbol and name, holding its value
 * until it is told anew. The environment that a policy learns in (market.c) and the stage that
 * trades it (live.c) both see the stream through this, so that what trades is what was trained.
 *
 *	ret		log return of the close since the bar before; a revision of a bar replaces
 *			its own, a bar older than the newest makes none, and a split between the
 *			two is no return
 *	NAME		of a features record
 *	signal.SOURCE	direction * confidence (or strength; 1 without either)
 *	pattern		sum of direction * score of what was formed or confirmed; one instant
 *	regime.MODEL	the state's number
 *	target		weight, else units, of a policy in the pipeline
 */
#ifndef TP_RL_COLUMNS_H
#define TP_RL_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "rec/rec.h"

struct rl_column {
	struct str name; /* without its symbol; owned */
	uint32_t id;
};

/* Those of one symbol. */
struct rl_column_set {
	struct rl_column *v;
	size_t n, cap;
	size_t next; /* where the next name is expected */
};

/* The newest bar of a symbol; prices are nano, 0: there is none. */
struct rl_last {
	int64_t close, before; /* before: of the bar before it */
	int64_t ts;
	bool any;
};

/* Zeroed at first. */
struct rl_columns {
	float *row; /* values now, by id; NaN before the first */
	size_t n, caprow;
	struct rl_column_set *of; /* by sym->id */
	size_t nof;
	uint32_t *owner; /* by id: sym->id */
	size_t capowner;
	uint32_t *fleeting; /* ids of columns that last one instant */
	size_t nfleeting, capfleeting;
	struct rl_last *last; /* by sym->id */
	size_t nlast;
	uint64_t instant; /* calls of rl_columns_next */
	uint64_t *told;   /* by id: 1 + the instant that a features record last told it in */
	size_t ntold;
};

#define RL_COLUMN_TYPES \
	(REC_BIT(bar) | REC_BIT(features) | REC_BIT(signal) | REC_BIT(pattern) | REC_BIT(regime) | \
	    REC_BIT(target) | REC_BIT(corporate_action))

/* One record; types that make no column are left alone. Bars must be closed and usable (see
 * rl_columns_usable). ERR_DATA for a record that was made with knowledge of the future. */
int
rl_columns_push(struct rl_columns *c, const struct rec *r, struct err *e);
/* Whether a market record may be seen: of a symbol, and clean. A bar that is partial is seen by
 * accounts and not here. */
bool
rl_columns_usable(const struct rec *r);
/* The instant is over: what lasts one goes back to 0. */
void
rl_columns_next(struct rl_columns *c);
/* Whether a features record told the column since the last rl_columns_next. */
bool
rl_columns_told(const struct rl_columns *c, uint32_t id);
/* The name of a column, borrowed. */
struct str
rl_columns_name(const struct rl_columns *c, uint32_t id);
void
rl_columns_free(struct rl_columns *c);

#endif
