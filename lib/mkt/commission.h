/*
 * Commission schedules, by the text a user types:
 *   none | ibkr-fixed | ibkr-tiered | rate:R (part of the value) | per-share:USD[:MIN]
 * IBKR US stocks: Fixed 0.005/share, min 1.00, max 1 % of value (the cap wins over the minimum);
 * Tiered broker part by monthly volume 0.0035 (to 300 k) / 0.0020 (to 3 M) / 0.0015 (to 20 M) /
 * 0.0010 (to 100 M) / 0.0005, min 0.35, max 1 %. For instruments that are no stocks the IBKR
 * schedules charge 0.2 bp of the value, min 2.00 (IBKR forex, first tier).
 */
#ifndef TP_MKT_COMMISSION_H
#define TP_MKT_COMMISSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "mkt/instrument.h"

enum commission_kind { COMM_NONE, COMM_IBKR_FIXED, COMM_IBKR_TIERED, COMM_RATE, COMM_PER_SHARE };

struct commission {
	enum commission_kind kind;
	double rate;           /* COMM_RATE: part of the value */
	int64_t per_unit, min; /* COMM_PER_SHARE, micro */
};

int
commission_parse(const char *text, struct commission *c, struct err *e);
/*
 * Commission in micro, exact, rounded half-even once, of one order's execution so far: pass the
 * order's cumulative quantity and value, subtract what was charged before (minimum and cap are
 * per order). The value is the sum of price x quantity, in 1e-18, without the multiplier: that
 * comes from `in`. month_shares: nano shares traded this month before this order (tiers).
 */
int64_t
commission_of(const struct commission *c, const struct instrument *in, int64_t cum_qty,
    num_i128 cum_value_nano2, int64_t month_shares);

#endif
