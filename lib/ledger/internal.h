/* What the files of the ledger share and nobody else sees. */
#ifndef TP_LEDGER_INTERNAL_H
#define TP_LEDGER_INTERNAL_H

#include "ledger/ledger.h"

struct lot {
	int64_t qty; /* nano, signed */
	int64_t price;
};

/* A queue: closed from the front, opened at the back. */
struct lots {
	struct lot *v;
	uint32_t head, n, cap; /* v[head .. head+n) */
};

struct entry {
	struct ledger_pos p;
	num_i128 value; /* qty * mark * mult, nano * nano */
	struct lots lots;
	bool listed; /* in ledger->held */
};

/* What the totals are made of. */
struct ledger_sums {
	num_i128 net, gross, cost;
	int64_t cash, realized, commission, peak;
};

struct ledger {
	struct entry *e; /* by sym->id */
	size_t cap;
	uint32_t *held; /* ids in order of first fill */
	size_t held_cap;
	uint32_t nheld;
	uint32_t *changed;
	size_t changed_cap;
	uint32_t nchanged;
	num_i128 net, gross, cost; /* sums over all positions, times the multiplier, nano * nano */
	int64_t cash, realized, commission, peak;
	num_i128 net_was, gross_was; /* sums that net_micro and gross_micro were made of */
	int64_t net_micro, gross_micro;
	struct ledger_sums counted; /* the sums that `totals` was made of */
	struct ledger_totals totals;
	bool any_totals;
};

/* v * mult, held inside what a position may be worth; mult > 0. */
num_i128
ledger_bound(num_i128 v, int64_t mult);

/* Close `qty` (signed like the lots, at most their sum) at `price`: the gain, nano * nano. */
num_i128
lots_close(struct lots *q, int64_t qty, int64_t price);
void
lots_open(struct lots *q, int64_t qty, int64_t price);
/* After a split: lots that sum to `qty` at the same total cost. */
void
lots_scale(struct lots *q, double ratio, int64_t qty);

#endif
