/*
 * Candlestick patterns: the 61 CDL functions of TA-Lib (0.6), over the bars of one series, with
 * its candle settings at their defaults and its values: +100 and -100, +80 and -80 where one
 * end of two bodies coincides (engulfing, harami, harami cross), +200 and -200 for a hikkake
 * that was confirmed.
 *
 * All of them in one pass. What the definitions compare is written once (candle_cond.h); each
 * comparison gives one bit a bar, kept as a word of the last 64 bars, and a definition is a few
 * ANDs of such words, shifted by how many bars back it looks (candle_fn.c). A block of up to
 * CANDLE_BLOCK bars is compared with vectors of the widest kind the processor has; one bar alone
 * by plain C. The bits are the same.
 *
 * Values equal those of TA-Lib's batch form over the whole series, bit for bit: a rolling mean
 * has its order of additions (first the `period` bars that the function begins with, then newest
 * minus oldest, one at a time), and functions that begin at different bars have means of their
 * own. Any cut of a series into calls gives the same values; value i depends on bars <= i only.
 */
#ifndef TP_PATTERN_CANDLE_H
#define TP_PATTERN_CANDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* clang-format off */
#define CANDLE_FNS(X) \
	X(2CROWS) X(3BLACKCROWS) X(3INSIDE) X(3LINESTRIKE) X(3OUTSIDE) X(3STARSINSOUTH) \
	X(3WHITESOLDIERS) X(ABANDONEDBABY) X(ADVANCEBLOCK) X(BELTHOLD) X(BREAKAWAY) \
	X(CLOSINGMARUBOZU) X(CONCEALBABYSWALL) X(COUNTERATTACK) X(DARKCLOUDCOVER) X(DOJI) \
	X(DOJISTAR) X(DRAGONFLYDOJI) X(ENGULFING) X(EVENINGDOJISTAR) X(EVENINGSTAR) \
	X(GAPSIDESIDEWHITE) X(GRAVESTONEDOJI) X(HAMMER) X(HANGINGMAN) X(HARAMI) X(HARAMICROSS) \
	X(HIGHWAVE) X(HIKKAKE) X(HIKKAKEMOD) X(HOMINGPIGEON) X(IDENTICAL3CROWS) X(INNECK) \
	X(INVERTEDHAMMER) X(KICKING) X(KICKINGBYLENGTH) X(LADDERBOTTOM) X(LONGLEGGEDDOJI) \
	X(LONGLINE) X(MARUBOZU) X(MATCHINGLOW) X(MATHOLD) X(MORNINGDOJISTAR) X(MORNINGSTAR) \
	X(ONNECK) X(PIERCING) X(RICKSHAWMAN) X(RISEFALL3METHODS) X(SEPARATINGLINES) \
	X(SHOOTINGSTAR) X(SHORTLINE) X(SPINNINGTOP) X(STALLEDPATTERN) X(STICKSANDWICH) X(TAKURI) \
	X(TASUKIGAP) X(THRUSTING) X(TRISTAR) X(UNIQUE3RIVER) X(UPSIDEGAP2CROWS) X(XSIDEGAP3METHODS)
/* clang-format on */
enum candle_fn {
#define X(f) CDL_##f,
	CANDLE_FNS(X)
#undef X
	    CANDLE_NFNS
};
#define CANDLE_BIT(f) (UINT64_C(1) << (f))
#define CANDLE_ALL (CANDLE_BIT(CANDLE_NFNS) - 1)

struct candle_info {
	const char *name;   /* "CDLENGULFING" */
	uint8_t lookback;   /* the first bar (from 0) with a value */
	uint8_t span;       /* bars that it looks at, the last one included, averages aside */
	bool undirected;    /* the sign is the colour only, or always +: no view up or down */
	double penetration; /* default of the functions that take one, else 0 */
};
extern const struct candle_info candle_infos[CANDLE_NFNS];

/* "CDLENGULFING" or "engulfing", any case; CANDLE_NFNS when there is no such function */
enum candle_fn
candle_find(const char *name, size_t n);

struct candle_opts {
	uint64_t want; /* CANDLE_BITs; 0: all */
	/* of the seven functions that take one, >= 0; negative: its default */
	double penetration[CANDLE_NFNS];
};
/* All functions, default penetrations. */
void
candle_opts_init(struct candle_opts *o);
/* "ENGULFING,morningstar=0.25": which functions, and their penetrations; "all" is all. Adds to
 * o->want. 0, or ERR_USAGE with the words in e. */
int
candle_opts_parse(struct candle_opts *o, const char *text, size_t n, struct err *e);

#define CANDLE_BLOCK 56

struct candle_state; /* opaque, about 25 KB; begins on a cache line */

struct candle_state *
candle_new(const struct candle_opts *o); /* o is copied; NULL: all */
void
candle_free(struct candle_state *s);

/*
 * The next n bars, finite doubles. out[f], for the functions wanted, has room for n values or is
 * NULL; rows of functions that are not wanted are not touched. Bars before a function's lookback
 * get 0.
 */
void
candle_run(struct candle_state *s, const double *o, const double *h, const double *l,
    const double *c, size_t n, int16_t *const out[CANDLE_NFNS]);

struct candle_hit {
	uint8_t fn;    /* enum candle_fn */
	uint8_t span;  /* bars from the pattern's first to this one, both counted */
	int16_t value; /* not 0 */
};

/* One bar: the values that are not 0, in the order of the enum; returns how many. */
size_t
candle_push(struct candle_state *s, double o, double h, double l, double c,
    struct candle_hit hits[CANDLE_NFNS]);

/* Bars pushed so far. */
uint64_t
candle_count(const struct candle_state *s);

/* A split: the prices of the bars so far are divided by ratio (finite, > 0). By a power of two
 * the values that follow are exactly those of an adjusted series. */
void
candle_split(struct candle_state *s, double ratio);

/* Which kernel compares blocks: "avx512", "avx2", "sse2", "plain". For tests and benchmarks:
 * candle_use(NAME) takes one for all later calls of the process, false when this machine does
 * not have it; NULL goes back to the best. */
const char *
candle_kernel_name(void);
bool
candle_use(const char *name);

#endif
