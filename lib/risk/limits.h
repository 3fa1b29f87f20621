/*
 * The limits file: what risk-gate allows (man/limits.5). One JSON object; every key is in the
 * table below, with the values it takes and the scopes it may stand in. A key that is not there
 * has no limit; null lifts the one of a wider scope.
 */
#ifndef TP_RISK_LIMITS_H
#define TP_RISK_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "rec/rec.h"

enum limit_kind {
	LIMIT_SIZE,  /* nano */
	LIMIT_CASH,  /* micro */
	LIMIT_PCT,   /* double, percent */
	LIMIT_RATIO, /* double */
	LIMIT_COUNT, /* int64 */
	LIMIT_SPAN,  /* ns */
	LIMIT_BOOL,
	LIMIT_ACTION, /* W_act_halt or W_act_reduce */
	LIMIT_CLOCK,  /* ns after midnight */
};

/* scopes a key may stand in: the file itself, "symbols", "strategies" */
#define LIMIT_G 1u
#define LIMIT_S 2u
#define LIMIT_T 4u

/* name, kind, scopes, lowest, highest (in the unit of the file), what it does */
/* clang-format off */
#define LIMIT_KEYS(K) \
	K(max_order_qty, SIZE, 7, 0, 9e9, "largest quantity of one order") \
	K(max_order_notional, CASH, 7, 0, 9e12, "largest value of one order") \
	K(max_order_equity_pct, PCT, 7, 0, 1e6, "largest value of one order, percent of equity") \
	K(price_collar_pct, PCT, 7, 0, 1e6, "farthest limit or stop price from the last price, percent") \
	K(no_short, BOOL, 7, 0, 1, "refuse orders that could make a position negative") \
	K(max_position_qty, SIZE, 3, 0, 9e9, "largest position in units, long or short") \
	K(max_position_notional, CASH, 3, 0, 9e12, "largest value of a position") \
	K(max_position_equity_pct, PCT, 3, 0, 1e6, "largest value of a position, percent of equity") \
	K(lot_size, SIZE, 3, 0, 9e9, "quantities are multiples of this (0: any), instead of the instrument's") \
	K(tick_size, SIZE, 3, 0, 9e9, "prices are multiples of this (0: any), instead of the instrument's") \
	K(max_gross, CASH, 1, 0, 9e12, "largest sum of the values of all positions") \
	K(max_gross_pct, PCT, 1, 0, 1e6, "the same, percent of equity") \
	K(max_net, CASH, 1, 0, 9e12, "largest long value less short value, either way") \
	K(max_net_pct, PCT, 1, 0, 1e6, "the same, percent of equity") \
	K(max_leverage, RATIO, 1, 0, 1000, "largest gross value over equity") \
	K(margin, RATIO, 1, 0, 10, "equity needed for each unit of gross value: 1 cash account, 0.5 Reg T") \
	K(price_buffer_pct, PCT, 1, 0, 100, "margin of safety on orders without a price, percent, for margin") \
	K(max_open_orders, COUNT, 1, 0, 1e9, "most working orders at a time") \
	K(max_order_rate, COUNT, 1, 0, 1e9, "most orders and replaces in rate_window") \
	K(rate_window, SPAN, 1, 1e-9, 86400, "window of max_order_rate, event time") \
	K(duplicate_window, SPAN, 1, 0, 86400, "refuse the same symbol, side, quantity and prices again within this") \
	K(max_daily_loss, CASH, 1, 0, 9e12, "loss since the start of the day that stops trading") \
	K(max_daily_loss_pct, PCT, 1, 0, 100, "the same, percent of the equity the day began with") \
	K(daily_loss_action, ACTION, 1, 0, 0, "halt (default) or reduce") \
	K(day_start, CLOCK, 1, 0, 0, "when the trading day begins, UTC, HH:MM") \
	K(max_drawdown_pct, PCT, 1, 0, 100, "fall from the highest equity that stops trading, percent") \
	K(drawdown_action, ACTION, 1, 0, 0, "halt (default) or reduce") \
	K(warn_at_pct, PCT, 1, 0, 100, "warn when so much of a limit is used, percent; 0 never")
/* clang-format on */

enum limit_key {
#define K(name, kind, scopes, lo, hi, about) L_##name,
	LIMIT_KEYS(K)
#undef K
	    L_N
};

struct limit_desc {
	const char *name;
	enum limit_kind kind;
	unsigned scopes;
	double lo, hi;
	const char *about;
};
extern const struct limit_desc limit_descs[L_N];

union limit_value {
	int64_t i;
	double f;
};

struct limit_scope {
	uint64_t has;    /* bit of each key that was given */
	uint64_t lifted; /* given as null */
	union limit_value v[L_N];
};

struct limit_strategy {
	char *name;
	struct limit_scope scope;
};

struct limits {
	struct symtab *syms;
	struct limit_scope all;
	struct limit_scope **sym; /* by symbol id; NULL: no entry */
	size_t nsym;
	struct limit_strategy *strategies;
	size_t nstrategies;
	double warn_at, warn_again; /* warn_at_pct as a part; a warning ends below the second */
	uint64_t narrow; /* bit of each key that a symbol or a strategy has an entry for */
	bool *restricted, *allowed; /* by symbol id */
	size_t nrestricted, nallowed;
	bool only_allowed; /* "allowed" was given */
};

/* Read and check; file is for the messages. 0 or ERR_USAGE with key and reason. */
int
limits_parse(struct limits *l, struct symtab *syms, const char *file, const char *text, size_t n,
    struct err *e);
void
limits_free(struct limits *l);

/* Calls fn for each percentage between 0 and 1, exclusive, in the order of scopes and keys: most
 * likely a fraction by mistake. scope: "" or "symbols.AAPL.". */
void
limits_small_pcts(const struct limits *l,
    void (*fn)(void *arg, const char *scope, const char *key, double pct), void *arg);

/* of the whole file; asked several times a watermark */
static inline bool
limits_all_i64(const struct limits *l, enum limit_key k, int64_t *out)
{
	if (!((l->all.has & ~l->all.lifted) >> k & 1))
		return false;
	*out = l->all.v[k].i;
	return true;
}

static inline bool
limits_all_f64(const struct limits *l, enum limit_key k, double *out)
{
	if (!((l->all.has & ~l->all.lifted) >> k & 1))
		return false;
	*out = l->all.v[k].f;
	return true;
}

/* As limits_i64, where some symbol or strategy has a limit of its own. NULL: none. */
const union limit_value *
limits_resolve(
    const struct limits *l, enum limit_key k, const struct sym *sym, struct str strategy);

/* The limit that holds for a symbol and a strategy (either may be absent): the entry of the
 * symbol or of the strategy where there is one, the tighter of the two where both have one,
 * else that of the whole file. False: none. */
static inline bool
limits_i64(const struct limits *l, enum limit_key k, const struct sym *sym, struct str strategy,
    int64_t *out)
{
	if (!(l->narrow >> k & 1))
		return limits_all_i64(l, k, out);
	const union limit_value *v = limits_resolve(l, k, sym, strategy);

	if (v)
		*out = v->i;
	return v != NULL;
}

static inline bool
limits_f64(const struct limits *l, enum limit_key k, const struct sym *sym, struct str strategy,
    double *out)
{
	if (!(l->narrow >> k & 1))
		return limits_all_f64(l, k, out);
	const union limit_value *v = limits_resolve(l, k, sym, strategy);

	if (v)
		*out = v->f;
	return v != NULL;
}

/* given anywhere in the file */
bool
limits_any(const struct limits *l, enum limit_key k);

bool
limits_restricted(const struct limits *l, const struct sym *sym);
bool
limits_allowed(const struct limits *l, const struct sym *sym);

#endif
