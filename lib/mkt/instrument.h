/*
 * What a symbol is: price increment, lot, multiplier, currency, class. Defaults by the form of
 * the symbol (bare ticker: US stock, 0.01, lot 1; PAIR.VENUE: forex/crypto, 0.00001, lot 1 for
 * FX and 0.00000001 otherwise; ROOT-YYYYMM.EXCH: future), overruled by a CSV file
 * `sym,class,quote_currency,multiplier,min_tick,lot_size`.
 */
#ifndef TP_MKT_INSTRUMENT_H
#define TP_MKT_INSTRUMENT_H

#include <stdint.h>

#include "base/err.h"
#include "rec/rec.h"

enum instr_class { INSTR_EQUITY, INSTR_FOREX, INSTR_FUTURE, INSTR_CRYPTO, INSTR_CFD, INSTR_OTHER };

struct instrument {
	enum instr_class cls;
	int64_t tick;       /* nano; 0: any */
	int64_t lot;        /* nano; smallest quantity step; 0: any */
	int64_t multiplier; /* units of the underlying per contract; 1 for stocks */
	char currency[8];
};

struct instruments; /* opaque */

struct instruments *
instruments_open(const char *file, struct err *e); /* file NULL: defaults only */
void
instruments_free(struct instruments *m);
/* Never NULL; cached by sym->id. */
const struct instrument *
instruments_get(struct instruments *m, const struct sym *sym);

#endif
