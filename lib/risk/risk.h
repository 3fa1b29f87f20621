/*
 * The risk engine: limits, an account, and what happened lately -> may this order go out?
 *
 * The checks are one table (check.c), run in order; the first that fails names the rule of the
 * reject. Breakers (breaker.c) watch the account at each watermark and latch: once tripped, only
 * an explicit re-arming lets new risk out again, restarts included (state.c). Everything fails
 * closed: what cannot be computed is refused.
 *
 * Exposure counts what working orders would do. Orders that fill at any price (market, on open,
 * on close) count as filled; all others count only where they add risk. So the sales of a
 * rebalance make room for its purchases, and a resting limit order never does.
 */
#ifndef TP_RISK_RISK_H
#define TP_RISK_RISK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "rec/rec.h"
#include "risk/limits.h"
#include "venue/account.h"

enum risk_state { RISK_ACTIVE, RISK_REDUCING, RISK_HALTED };

/* A breaker that tripped. */
#define RISK_RULE 48
struct risk_latch {
	char rule[RISK_RULE];
	enum risk_state state;
	int64_t ts;
	double value, limit;
	char text[200];
};
#define RISK_LATCHES 16

/* An order that went out lately: for the rate and for duplicates. */
struct risk_sent {
	int64_t ts;
	uint32_t sym;
	uint8_t side, ord_type;
	int64_t qty, limit_price, stop_price;
};

/* What the working orders of a symbol may do to its position (nano, all >= 0). */
struct risk_pending {
	uint64_t stamp; /* of the view it belongs to */
	int64_t market_buys, market_sells, other_buys, other_sells;
	int64_t child_buys, child_sells; /* of brackets: no exposure, but they may fill */
	/* How far the worst case, all buys and all sells are from what is held, nano, and what
	 * that is worth, micro; at the last price px. */
	struct {
		num_i128 worst, hi, lo, gross, net_hi, net_lo;
		int64_t px;
		bool bad; /* does not fit */
	} worth;
};

enum risk_warn {
	WARN_GROSS,
	WARN_NET,
	WARN_LEVERAGE,
	WARN_DAILY_LOSS,
	WARN_DRAWDOWN,
	WARN_OPEN_ORDERS,
	WARN_ORDER_RATE,
	WARN_N
};

/* Alerts and cancels that the engine makes. */
typedef int (*risk_emit_fn)(void *arg, const struct rec *r);

struct risk {
	struct limits limits;
	struct account *account;
	risk_emit_fn emit;
	void *arg;

	enum risk_state state;
	struct risk_latch latches[RISK_LATCHES];
	size_t nlatches;

	int64_t now; /* event time: the latest watermark or order */
	bool based;  /* peak and day's equity are known */
	int64_t peak, day, day_equity, last_equity;

	struct risk_sent *sent; /* ring by time, oldest at sent_from */
	size_t sent_from, sent_n, sent_cap;
	uint64_t *ids; /* set of hashes of the cl_ord_ids seen */
	size_t nids, capids;

	bool warned[WARN_N];
	bool *warned_pos; /* by symbol id */
	size_t nwarned_pos;
	bool watch_positions; /* there is a limit on positions */
	bool watch_exposure;  /* ... on gross, net or leverage */
	bool watch_losses;    /* ... on a day's loss or the drawdown */

	/* the exposure of the order under check (view.c) */
	uint64_t stamp;
	struct risk_pending *pending; /* by symbol id */
	size_t npending;
	uint32_t *touched;
	size_t ntouched, captouched;

	bool dirty;        /* the state file is behind */
	char rearmed[300]; /* words of a re-arming, to be written as an alert */
};

/* Why an order was refused. */
struct risk_fail {
	const char *code;
	bool later;     /* may pass when sales of the same instant come first */
	int64_t closes; /* nano: so much of it only closes and would not be refused for this */
	bool numbers;
	double value, limit;
	char text[200];
};

/* No words and no numbers yet; its text is not worth clearing. */
static inline void
risk_fail_init(struct risk_fail *f, const char *code)
{
	f->code = code;
	f->later = f->numbers = false;
	f->closes = 0;
	f->value = f->limit = 0;
	f->text[0] = '\0';
}

/* An order as the checks see it. */
struct risk_order {
	const struct rec *r;
	const struct sym *sym;
	const struct instrument *in;
	struct str strategy;
	bool buy;
	bool fresh_id;       /* its id must be new */
	const char *fault;   /* why it is no child of a bracket, though it names a parent */
	int64_t qty;         /* what is left of it, nano */
	int64_t last, price; /* last price; price it is valued at */
	int64_t position, mult;
	num_i128 value; /* micro */
	/* worst case without and with it: signed nano position, micro sums */
	struct risk_exposure {
		num_i128 hi, lo; /* position when only buys (only sells) of the others fill */
		num_i128 gross, net_hi, net_lo, allowance;
		int64_t orders;
		bool bad; /* does not fit */
	} before, after;
	struct ledger_totals totals;
};

/* What a check is about, and so what may help an order that it refuses. */
enum risk_about {
	ABOUT_ORDER, /* itself: nothing */
	ABOUT_SIZE,  /* what it may open: its closing part may go out alone */
	ABOUT_ROOM,  /* the same, or a sale that comes first makes room */
};

struct risk_check {
	const char *code; /* stable: the rule of the reject */
	const char *about;
	bool (*fn)(struct risk *k, const struct risk_order *o, struct risk_fail *f);
	enum risk_about about_what;
};
extern const struct risk_check risk_checks[]; /* code NULL at the end */

void
risk_free(struct risk *k);

/* ---- orders ---- */
/* `old`: the working order that a replace would change, with what is left of it; or NULL. */
bool
risk_allows(struct risk *k, const struct rec *order, const struct rec *old, int64_t old_leaves,
    struct risk_fail *f);
/* The order (or the replaced order as it would be) went out. */
int
risk_note_sent(struct risk *k, const struct rec *order);
/* A working order by id; false when there is none. *order borrows the account's text. */
bool
risk_find_order(const struct risk *k, struct str id, struct rec *order, int64_t *leaves);

/* ---- bracket.c ---- */
/* Why the order is no child that can only close what its parent opens; NULL when it is one, or
 * names no parent. `old`: as in risk_allows. */
const char *
risk_child_fault(const struct risk *k, const struct rec *order, const struct rec *old);

/* ---- view.c ---- */
void
risk_view(struct risk *k, struct risk_order *o, struct str except_id);
/* All sells (buys) of the symbol that may fill, this order not counted. */
int64_t
risk_pending_side(const struct risk *k, const struct sym *sym, bool buys);
/* How much of the position the order may close, whatever else fills, the children of brackets
 * included; 0 when it does not close. */
int64_t
risk_closes(const struct risk *k, const struct risk_order *o);
/* quantity * price * multiplier in micro, rounded half-even; false when it does not fit */
bool
risk_value(num_i128 qty, int64_t price, int64_t mult, num_i128 *micro);

/* ---- sent.c ---- */
bool
risk_id_seen(const struct risk *k, struct str id);
void
risk_id_add(struct risk *k, struct str id);
/* orders sent in the `window` before now */
int64_t
risk_sent_count(const struct risk *k, int64_t now, int64_t window);
const struct risk_sent *
risk_sent_same(const struct risk *k, const struct rec *order, int64_t now, int64_t window);
void
risk_sent_add(struct risk *k, const struct rec *order, int64_t now);

/* ---- breaker.c ---- */
/* Look at the account: trip what must trip, warn at what comes near. The first look gives the peak
 * and the day's equity. `equity`: what the executor says it is; NULL: what the ledger says. */
int
risk_evaluate(struct risk *k, int64_t ts, const int64_t *equity);
/* Latch a rule; cancels what must not stay working. `tell`: write an alert as well. */
int
risk_trip(struct risk *k, const struct risk_latch *l, bool tell);
/* The strategy of the orders that close everything, and what those of them that are working would
 * add to the position of a symbol (signed nano). */
#define RISK_FLATTEN "flatten"
num_i128
risk_flattening(const struct risk *k, const struct sym *sym);
int
risk_warn_orders(struct risk *k);
int
risk_alert(struct risk *k, uint8_t severity, const char *rule, const char *text, uint8_t action,
    const double *value_limit);
const char *
risk_state_name(enum risk_state s);

/* ---- state.c ---- */
/* `follow`: the account is the real one, as the executor told of it. */
void
risk_save(const struct risk *k, bool follow, struct buf *out);
int
risk_load(struct risk *k, bool *follow, const char *json, size_t n, struct err *e);
/* "NAME: REASON" */
int
risk_rearm(struct risk *k, const char *text, struct err *e);

#endif
