/*
 * Round trips out of fills: a trade starts when a symbol's position leaves zero and ends when it
 * is back at zero. Adding and partial exits stay inside the trade; a fill through zero ends one
 * trade and starts the next, its commission split by quantity. Money is exact.
 *
 * While a trade is open its worst and best profit (MAE, MFE) follow the market data. A bar that
 * held the entry counts from there on; of the bar that held the exit only what is certain counts,
 * its open and the fill's price.
 */
#ifndef TP_PERF_TRADES_H
#define TP_PERF_TRADES_H

#include "mkt/instrument.h"
#include "rec/rec.h"

struct perf_trade {
	const struct sym *sym;
	int64_t t_in, t_out;   /* of the first and the last fill */
	int64_t qty;           /* nano: largest position held, signed */
	int64_t px_in, px_out; /* nano: average prices of entries and exits */
	int64_t pnl;           /* micro, after commission */
	int64_t commission;    /* micro */
	int64_t mae, mfe;      /* micro, before commission: <= 0 and >= 0 */
	int64_t entry_value;   /* micro: value of all entries */
	uint32_t fills;
};

/* What one symbol made, closed and open trades together. */
struct perf_symbol {
	const struct sym *sym; /* NULL: no fill */
	int64_t trades, wins, losses;
	int64_t fills;
	int64_t pnl, commission; /* micro; closed trades */
	num_i128 value;          /* micro: sum of |fill value| */
};

struct perf_trades; /* opaque */

struct perf_trades *
perf_trades_new(struct instruments *instr);
void
perf_trades_free(struct perf_trades *t);

/* fn sees each trade when it ends */
void
perf_trades_on_end(
    struct perf_trades *t, int (*fn)(void *arg, const struct perf_trade *tr), void *arg);

/* 0, or what fn returned; ERR_DATA (no words) when a sum does not fit */
int
perf_trades_fill(struct perf_trades *t, const struct rec *fill);
/* Usable market data. False for the revision of a bar that later data has passed: nothing moves. */
bool
perf_trades_bar(struct perf_trades *t, const struct rec *bar);
void
perf_trades_tick(struct perf_trades *t, const struct rec *tick, int64_t price);
/* A position record: opens what was held before the stream began, corrects what differs. */
int
perf_trades_position(struct perf_trades *t, const struct rec *pos);
int
perf_trades_corporate(struct perf_trades *t, const struct rec *ca, struct symtab *syms);
/* A watermark or portfolio: bars seen until now hold no later fill. */
void
perf_trades_settle(struct perf_trades *t);

size_t
perf_trades_count(const struct perf_trades *t);
const struct perf_trade *
perf_trades_at(const struct perf_trades *t, size_t i);
/* The open trade of the i-th symbol as if it ended now at the last price; false: none. */
bool
perf_trades_open(const struct perf_trades *t, uint32_t sym_id, struct perf_trade *out);
uint32_t
perf_trades_symbols(const struct perf_trades *t); /* ids run below this */
const struct perf_symbol *
perf_trades_symbol(const struct perf_trades *t, uint32_t sym_id); /* NULL: no fill */

struct perf_costs {
	int64_t fills, slipped; /* slipped: fills that had an arrival price */
	int64_t corrections;    /* fills that correct an earlier one */
	int64_t adjustments;    /* positions that differed from the fills */
	num_i128 value;         /* micro */
	int64_t commission;     /* micro */
	num_i128 slippage;      /* micro: paid against the arrival price; below zero: gained */
	num_i128 arrival_value; /* micro */
};
const struct perf_costs *
perf_trades_costs(const struct perf_trades *t);

#endif
