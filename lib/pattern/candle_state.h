/* The inside of a candle_state: shared by the files candle*.c, no one else. */
#ifndef TP_PATTERN_CANDLE_STATE_H
#define TP_PATTERN_CANDLE_STATE_H

#include "pattern/candle.h"
#include "pattern/candle_cond.h"

/*
 * Rolling means. TA-Lib's function with lookback l, looking at the bar k bars back, begins its
 * sum of p ranges at bar l - k - p of the series. Sums that begin at different bars may differ in
 * the last bit for ever, so there is one for each beginning s that occurs:
 */
#define CANDLE_MEANS(X) \
	/* array, range, period, begins at */ \
	X(QR0, R, 10, 0) \
	X(QR1, R, 10, 1) \
	X(QR2, R, 10, 2) \
	X(QR3, R, 10, 3) \
	X(QR4, R, 10, 4) \
	X(VS0, HL, 10, 0) \
	X(VS1, HL, 10, 1) \
	X(VS2, HL, 10, 2) \
	X(VS3, HL, 10, 3) \
	X(XS0, SH, 10, 0) \
	X(XS1, SH, 10, 1) \
	X(XS2, SH, 10, 2) \
	X(Q50, HL, 5, 0) \
	X(Q51, HL, 5, 1) \
	X(Q55, HL, 5, 5) \
	X(Q56, HL, 5, 6)

enum candle_sum {
#define X(name, range, period, s) SUM_##name,
	CANDLE_MEANS(X)
#undef X
	    CANDLE_NSUMS
};
#define CANDLE_WARM 16 /* bars after which every sum rolls */

/* A number a bar: the bar, its shape (T, B top and bottom of the body, R its length, HL high -
 * low, SH both shadows), and the means that stand for it. */
enum candle_array {
	A_O,
	A_H,
	A_L,
	A_C,
	A_T,
	A_B,
	A_R,
	A_HL,
	A_SH,
#define X(name, range, period, s) A_##name,
	CANDLE_MEANS(X)
#undef X
	    CANDLE_NARRAYS
};

enum candle_cond {
#define X(name, test) K_##name,
	CANDLE_CONDS(X)
#undef X
	    CANDLE_NCONDS
};

#define CANDLE_HISTORY 16 /* bars kept before the newest block: means look 10 back */
#define CANDLE_ROOM (CANDLE_HISTORY + CANDLE_BLOCK + 24)

/* tables of words that are worked on by the vector */
#define CANDLE_PAD(n) (((n) + 7) & ~7)

/* What the definitions say, for all bars in the words: bit 63 is the newest bar. Functions that
 * have no negative value leave their word there alone, so it stays 0; and the other way round. */
struct candle_words {
	uint64_t pos[CANDLE_PAD(CANDLE_NFNS)], neg[CANDLE_PAD(CANDLE_NFNS)];
	/* 80 in place of 100, or 200 in place of 100 */
	uint64_t engulfing_80, harami_80, cross_80;
	/* [hikkake, hikkakemod][1..3 bars after the pattern] */
	uint64_t confirm[2][3];
};

struct candle_state {
	double a[CANDLE_NARRAYS][CANDLE_ROOM];
	/* of each comparison the last 64 bars; bit 63 is the newest */
	uint64_t w[CANDLE_PAD(CANDLE_NCONDS)];
	struct candle_words x;
	double sum[CANDLE_NSUMS]; /* for the next bar */
	double penetration[CANDLE_NFNS];
	uint64_t want;
	uint64_t count; /* bars so far */
	size_t pos;     /* where in `a` the next bar goes */
};

/* Fills s->x; the newest CANDLE_BLOCK bits of each word are good. Bars before a function's lookback
 * are 0. */
void
candle_fn_words(struct candle_state *s);

/*
 * A kernel. `block`: O, H, L, C of m <= CANDLE_BLOCK bars stand at s->pos; makes everything else
 * that stands for a bar there, and shifts the comparisons of these bars into s->w. For one bar
 * alone candle_one does that, with `shift`: w[i] = w[i] >> 1 | bits[i] << 63, for all comparisons,
 * and `top`: bit f says whether function f has a value at the newest bar.
 */
struct candle_kernel {
	const char *name;
	void (*block)(struct candle_state *s, size_t m);
	void (*shift)(uint64_t *w, const uint8_t *bits);
	uint64_t (*top)(const struct candle_words *x);
};
extern const struct candle_kernel candle_plain, candle_sse2, candle_avx2, candle_avx512;

void
candle_one(struct candle_state *s, const struct candle_kernel *k);
/* The first bars of a series, while sums are not full yet: what stands for bar `at` of s->a. */
void
candle_first_sums(struct candle_state *s, size_t at);

#endif
