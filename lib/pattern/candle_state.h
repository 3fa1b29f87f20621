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

struct candle_state {
	double a[CANDLE_NARRAYS][CANDLE_ROOM];
	/* of each comparison the last 64 bars; bit 63 is the newest */
	uint64_t w[CANDLE_NCONDS];
	double sum[CANDLE_NSUMS]; /* for the next bar */
	double penetration[CANDLE_NFNS];
	uint64_t want;
	uint64_t count; /* bars so far */
	size_t pos;     /* where in `a` the next bar goes */
};

/* What the definitions say, for all bars in the words: bit 63 is the newest bar. */
struct candle_words {
	uint64_t pos[CANDLE_NFNS], neg[CANDLE_NFNS];
	/* 80 in place of 100, or 200 in place of 100 */
	uint64_t engulfing_80, harami_80, cross_80;
	/* [hikkake, hikkakemod][1..3 bars after the pattern] */
	uint64_t confirm[2][3];
};

/* Fills the functions of all; the newest CANDLE_BLOCK bits of each word are good. Bars before a
 * function's lookback are 0. */
void
candle_fn_words(const struct candle_state *s, struct candle_words *x);

/* A kernel: O, H, L, C of m <= CANDLE_BLOCK bars stand at s->pos; makes everything else that
 * stands for a bar there, and shifts the comparisons of these bars into s->w. */
typedef void (*candle_kernel)(struct candle_state *s, size_t m);
void
candle_kernel_plain(struct candle_state *s, size_t m);
void
candle_kernel_sse2(struct candle_state *s, size_t m);
void
candle_kernel_avx2(struct candle_state *s, size_t m);
void
candle_kernel_avx512(struct candle_state *s, size_t m);

#endif
