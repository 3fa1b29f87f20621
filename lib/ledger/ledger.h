/*
 * Positions, cash, profit and loss of one account: exact integers throughout.
 *
 * Average-cost accounting (FIFO lots are kept as well, for reports); a fill through zero closes
 * the old side and opens the new at the fill's price. Equity = cash + sum of qty * mark *
 * multiplier. Money in micro, prices and quantities in nano, cost basis in 128 bits.
 */
#ifndef TP_LEDGER_LEDGER_H
#define TP_LEDGER_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "rec/rec.h"

struct ledger_pos {
	const struct sym *sym; /* NULL: never traded nor marked */
	int64_t qty;           /* nano, signed */
	num_i128 cost;         /* qty * avg price, nano * nano, signed like qty */
	int64_t mark;          /* nano; 0: no price seen */
	int64_t mult;          /* multiplier */
	int64_t realized;      /* micro, gross of commission, average cost */
	int64_t fifo_realized; /* the same, first in first out */
	int64_t commission;    /* micro */
	bool changed; /* quantity, cost or name since ledger_changed_clear; marks do not count */
};

struct ledger; /* opaque */

/* nano * nano -> micro, half-even; saturates at the ends of int64. */
int64_t
ledger_micro(num_i128 nano2);

/* num_notional, several times as fast where the value is far from what fits. */
static inline bool
ledger_notional(int64_t price, int64_t qty, int64_t *micro)
{
	const num_i128 far = (num_i128)1 << 100; /* 1.3e12 of money */
	num_i128 v = (num_i128)price * qty;

	if (v >= far || v <= -far)
		return num_notional(price, qty, micro);
	*micro = ledger_micro(v);
	return true;
}

struct ledger *
ledger_new(int64_t cash_micro);
void
ledger_free(struct ledger *l);

/* A fill of signed nano quantity (buy > 0). *realized gets this fill's gross average-cost
 * profit, may be NULL. False when a sum does not fit (nothing is changed then). */
bool
ledger_fill(struct ledger *l, const struct sym *sym, int64_t qty, int64_t price, int64_t commission,
    int64_t mult, int64_t *realized);
void
ledger_mark(struct ledger *l, const struct sym *sym, int64_t price);
/* Cash that comes (+) or goes (-): dividends, fees, interest. */
void
ledger_cash(struct ledger *l, int64_t micro);
/* Split: quantity * ratio; price marks and average price / ratio. Fractions of a lot below `lot`
 * are paid out at the new mark (cash in lieu). */
bool
ledger_split(struct ledger *l, const struct sym *sym, double ratio, int64_t lot);
void
ledger_rename(struct ledger *l, const struct sym *from, const struct sym *to);

/* NULL when nothing was ever known of the symbol */
const struct ledger_pos *
ledger_pos(const struct ledger *l, const struct sym *sym);
int64_t
ledger_avg_price(const struct ledger_pos *p); /* nano, half-even; 0 when flat */
int64_t
ledger_unrealized(const struct ledger_pos *p); /* micro */

struct ledger_totals {
	int64_t cash, equity, gross, net; /* micro */
	int64_t realized, unrealized, commission;
	int64_t peak_equity; /* highest equity seen by ledger_totals_now, and the start */
	double leverage;     /* gross / equity, rounded to 1e-9; 0 when equity <= 0 */
	double drawdown;     /* equity / peak - 1, <= 0, rounded to 1e-9 */
};
/* O(1): kept up to date by marks and fills. Updates the peak. */
void
ledger_totals_now(struct ledger *l, struct ledger_totals *t);

/* positions ever held, in order of first fill; index 0..n-1 */
uint32_t
ledger_count(const struct ledger *l);
const struct ledger_pos *
ledger_at(const struct ledger *l, uint32_t i);
/* those with `changed`, in the order in which they changed; index 0..n-1 */
uint32_t
ledger_changed_count(const struct ledger *l);
const struct ledger_pos *
ledger_changed_at(const struct ledger *l, uint32_t i);
void
ledger_changed_clear(struct ledger *l);
/* Equity, gross and net of now in micro; unlike ledger_totals_now they leave the peak alone. */
int64_t
ledger_equity(struct ledger *l);
int64_t
ledger_gross(struct ledger *l);
int64_t
ledger_net(struct ledger *l);
int64_t
ledger_cash_now(const struct ledger *l);
/* All that was paid in commissions, micro. */
int64_t
ledger_commission(const struct ledger *l);
int64_t
ledger_peak(const struct ledger *l);
/* FIFO lots of a position, oldest first: signed nano quantity and nano price. False past the end.
 */
bool
ledger_lot(const struct ledger *l, const struct sym *sym, uint32_t i, int64_t *qty, int64_t *price);

/* Put back from a state file. ledger_restore makes one lot of the whole position;
 * ledger_restore_lots forgets that one, and ledger_restore_lot adds the lots as they were, oldest
 * first. */
void
ledger_restore(struct ledger *l, const struct sym *sym, int64_t qty, num_i128 cost, int64_t mark,
    int64_t mult, int64_t realized, int64_t commission);
void
ledger_restore_lots(struct ledger *l, const struct sym *sym, int64_t fifo_realized);
void
ledger_restore_lot(struct ledger *l, const struct sym *sym, int64_t qty, int64_t price);
void
ledger_restore_changed(struct ledger *l, const struct sym *sym);
void
ledger_restore_cash(struct ledger *l, int64_t cash, int64_t peak_equity);

#endif
