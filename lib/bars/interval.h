/*
 * Interval names, as users type them and bars carry them:
 *	time	250ms 90s 7m 1h 1d 1w 1mo
 *	ticks	1000t 1e3t
 *	volume	50000v 5e4v 2.5v
 *	value	1e6d 2.5e5d 1000.0d (a number with a point or an exponent: a bare one counts days)
 */
#ifndef TP_BARS_INTERVAL_H
#define TP_BARS_INTERVAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum interval_kind {
	IV_FIXED, /* n nanoseconds */
	IV_DAYS,  /* n days, weeks (from Monday) or months, whole dates */
	IV_WEEKS,
	IV_MONTHS,
	IV_TICKS,  /* n ticks */
	IV_VOLUME, /* n nano units */
	IV_VALUE,  /* n nano of money */
	IV_FLOW,   /* imbalance and runs: see flow.h */
};

struct bar_interval {
	enum interval_kind kind;
	int64_t n;
};

/* false when it is no such name */
bool
bar_interval_parse(struct str s, struct bar_interval *iv);

static inline bool
bar_interval_is_time(const struct bar_interval *iv)
{
	return iv->kind <= IV_MONTHS;
}

#endif
