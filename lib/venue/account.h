/*
 * An account: ledger + working orders + (when it trades on paper) the paper venue. The three
 * tools that need one share this code and its option group:
 *   ibkr-exec --paper   owns it and writes its records;
 *   risk-gate, rl-act   keep a shadow of it when no loop brings the real one (man/records.5).
 *
 * Market data, orders, corporate actions and watermarks go in, in stream order; order_status,
 * fill, position, portfolio, reject records come out through `out`.
 */
#ifndef TP_VENUE_ACCOUNT_H
#define TP_VENUE_ACCOUNT_H

#include <stdbool.h>

#include "base/err.h"
#include "base/opt.h"
#include "ledger/ledger.h"
#include "mkt/commission.h"
#include "mkt/instrument.h"
#include "rec/rec.h"

/* One option group, shared by the three tools; see man/ibkr-exec.1. */
struct account_opts {
	int64_t capital;        /* --capital, micro */
	const char *commission; /* --commission */
	const char *slippage;   /* --slippage none|bps:N|half-spread|volume-share:K|sqrt:K */
	double participation; /* --participation: largest part of a bar's or tick's volume; 0 off */
	const char *latency;  /* --latency: span, or "Nbars"; "0" off */
	double borrow_rate;   /* --borrow-rate: yearly, of the short value */
	double margin_rate;   /* --margin-rate: yearly interest on negative cash */
	double
	    margin; /* --margin: initial margin, part of gross; 1 = cash account, 0 = not checked */
	double maintenance;      /* --maintenance: margin call below this part of gross; 0 off */
	const char *instruments; /* --instruments FILE */
	const char *trading_day; /* --trading-day: NULL or "utc", or a session of mkt/session.h */
	bool no_short;           /* --no-short */
	int optimistic;          /* --both-in-range worst|best: 0 stop first, 1 limit first */
};
extern const struct opt account_options[]; /* offsets relative to struct account_opts */

struct account; /* opaque */
struct stage;

/* fn is called for each record the account makes, in order; it returns 0 or a negative code. NULL:
 * the account keeps its books in silence. */
typedef int (*account_out_fn)(void *arg, const struct rec *r);

struct account *
account_new(const struct account_opts *o, struct symtab *syms, account_out_fn out, void *arg,
    struct err *e);
void
account_free(struct account *a);
/* A new account of the same options in the place of a: nothing of what it did or saw remains, and
 * no file is read. */
void
account_reset(struct account *a);
/* Other costs from now on: a commission, or NULL; basis points of slippage, below 0 as it was. */
void
account_costs(struct account *a, const struct commission *commission, double slip_bps);

/*
 * A record of the stream: trade, quote, bar (matched against working orders, then marked),
 * corporate_action, order, cancel, replace. Returns 0 or a negative code from `out`.
 */
int
account_push(struct account *a, const struct rec *r);
/* A watermark: time passes (day orders expire, fees accrue), then position records of what
 * changed and one portfolio record with its ts go out. */
int
account_watermark(struct account *a, int64_t ts);

/*
 * Execute at most qty (nano) of a working order at a price, whatever the market says: what a
 * simulated venue does when its script says so. Nothing happens when no such order works.
 */
int
account_force_fill(struct account *a, struct str cl_ord_id, int64_t qty, int64_t price, int64_t ts);

/*
 * Looped use: the real account's own records came in; take them instead of simulating. After
 * the first call of account_follow the paper venue is off.
 */
void
account_follow(struct account *a); /* from now on only account_take changes orders and fills */
void
account_take(struct account *a, const struct rec *r); /* fill, order_status, position, portfolio */

struct ledger *
account_ledger(struct account *a);
struct instruments *
account_instruments(struct account *a);
/* last usable price of a symbol, nano; 0: none yet. Quotes give the mid. */
int64_t
account_price(const struct account *a, const struct sym *sym);
/*
 * Nano quantities of working (not yet filled) orders. *buys and *sells: what could fill at most
 * (orders that cancel each other count once). The result is signed and counts what is meant to
 * fill: no stops, no bracket children, so that a target is not met twice.
 */
int64_t
account_working(const struct account *a, const struct sym *sym, int64_t *buys, int64_t *sells);
/* micro that working orders would add to gross at worst, at last price (or limit without one);
 * market orders that close a position count against it, so it may be negative */
int64_t
account_working_value(const struct account *a);

/* Whether an order, finished or not, ever had this cl_ord_id. */
bool
account_id_seen(struct account *a, struct str cl_ord_id);

/* A working order without its texts and terms in time: enough to sum up what it may still do. */
struct account_open {
	const struct sym *sym;
	struct str id;
	int64_t leaves, limit, stop; /* nano; 0: it has no such price */
	uint8_t side, type;          /* W_side_, W_ord_ */
	bool child;                  /* it names a parent */
};
/* Calls fn for each working order, in order of arrival. */
void
account_each_open(
    const struct account *a, void (*fn)(void *arg, const struct account_open *o), void *arg);
/* How many there are. */
int64_t
account_open_count(const struct account *a);
/* The first of them that has this id, with its unfilled quantity; its texts are borrowed from the
 * account. False, and nothing is written, when there is none. */
bool
account_find_order(const struct account *a, struct str id, struct rec *order, int64_t *leaves_qty);
/* Each as a whole record: for cancels and for state files. */
void
account_each_order(const struct account *a,
    void (*fn)(void *arg, const struct rec *order, int64_t leaves_qty), void *arg);

/* State as JSON text (whole account: cash, positions, working orders with their state, counters),
 * and back. Restoring into a fresh account continues byte for byte as if never stopped. */
void
account_save(const struct account *a, struct buf *out);
/* counts the changes that a state file must not miss (orders, fills, fees; not mere marks) */
uint64_t
account_revision(const struct account *a);
int
account_load(struct account *a, const char *json, size_t n, struct err *e);
/*
 * Whether a loaded account had this record before it was saved, so that it must not have it
 * again. For a run with a state file: to be asked for each record that the account or its owner
 * looks at, in stream order, before anything is done with it.
 */
bool
account_repeats(struct account *a, const struct rec *r);
/* A warning with the number of those that were; nothing when there were none. */
void
account_note_repeats(const struct account *a, const struct stage *st);
/* A looped watermark waits for its portfolio, even when the account had it before. */
int
account_portfolio(struct account *a, int64_t ts);

/*
 * The quantity (signed nano) that brings `sym` from its position and working orders to a
 * target record: position as given; weight as floor(|weight * equity / price| / lot) * lot.
 * False when there is no price yet; INT64_MIN when the quantity does not fit a number.
 */
bool
account_target_delta(struct account *a, const struct rec *target, int64_t *delta);

#endif
