/*
 * Symbols and contracts: which contract a symbol of the pipe (man/records.5) is at the broker,
 * and back.
 *
 *	AAPL, BRK.B         stock, SMART, USD; the class stands behind a blank there ("BRK B")
 *	AAPL@NASDAQ         the same with its primary exchange; the symbol is AAPL
 *	EURUSD.IDEALPRO     currency pair
 *	BTCUSD.PAXOS        crypto currency
 *	ES-202512.CME       future of a contract month
 *
 * Whatever else there is comes from a file (`--contracts`): CSV with the columns sym, con_id,
 * sec_type, symbol, exchange, primary_exchange, currency, last_trade_date, multiplier,
 * trading_class, and besides local_symbol, strike, right; in any order, all but sym optional.
 * What a row leaves out is as the form of its symbol says.
 */
#ifndef TP_TWS_CONTRACT_H
#define TP_TWS_CONTRACT_H

#include "base/err.h"
#include "base/str.h"
#include "tws/msg.h"

#define TWS_CONTRACT_MEM 128 /* bytes that the text of a contract needs */
#define TWS_SYM_MAX 32

/* The contract of a symbol by its form. Its text lies in mem. ERR_USAGE with the reason. */
int
tws_contract_of(struct str sym, struct tws_contract *c, char mem[TWS_CONTRACT_MEM], struct err *e);
/* The symbol of a contract by its form, into out; its length, 0 when it has none. A future is
 * named by its contract month, which its local symbol tells (CLZ5 stops trading in November). */
size_t
tws_contract_sym(const struct tws_contract *c, char out[TWS_SYM_MAX + 1]);
/* "STK AAPL SMART/NASDAQ USD, con_id 265598": for people; appended. */
void
tws_contract_words(const struct tws_contract *c, struct buf *out);

/* ---- many of them ---- */
struct tws_contracts; /* opaque */

/* file: as above, or NULL. NULL with file, line and reason. */
struct tws_contracts *
tws_contracts_open(const char *file, struct err *e);
void
tws_contracts_free(struct tws_contracts *t);
/* Of the file, else by its form; kept. "AAPL@NASDAQ" is kept as AAPL. The result stays where it
 * is. NULL with the reason. */
const struct tws_contract *
tws_contracts_get(struct tws_contracts *t, struct str sym, struct err *e);
/* What the broker said about a symbol: con_id and whatever we did not know ourselves. The
 * exchange stays the one that we want to trade at. */
void
tws_contracts_learn(struct tws_contracts *t, struct str sym, const struct tws_contract *c);
/* The symbol of a contract that the broker named: by con_id, by its fields, by its form. Empty
 * when it has none. */
struct str
tws_contracts_sym(struct tws_contracts *t, const struct tws_contract *c);
/* all, in the order of the file, then of first sight */
size_t
tws_contracts_count(const struct tws_contracts *t);
struct str
tws_contracts_at(const struct tws_contracts *t, size_t i, const struct tws_contract **c);

#endif
