/*
 * Exponential smoothing as TA-Lib has it: the first value is the mean of the first n, then
 * y += alpha (x - y), with alpha = 2 / (n + 1) (an EMA) or 1 / n (Wilder's). And what is made of
 * it: RSI and ATR (J. W. Wilder, "New Concepts in Technical Trading Systems", 1978), MACD
 * (G. Appel), all with TA-Lib's starts.
 */
#ifndef TP_FEAT_SMOOTH_H
#define TP_FEAT_SMOOTH_H

#include <stdbool.h>
#include <stdint.h>

struct smooth {
	uint32_t n, k; /* k values so far, at most n */
	double alpha, y;
};

void
smooth_ema(struct smooth *s, uint32_t n);
void
smooth_wilder(struct smooth *s, uint32_t n);
/* NAN before n values; x is finite */
double
smooth_push(struct smooth *s, double x);

struct rsi {
	double prev;
	bool any;
	struct smooth up, down;
};
void
rsi_init(struct rsi *r, uint32_t n);
/* 0..100; NAN before n changes and while there was none (TA-Lib gives 0 then) */
double
rsi_push(struct rsi *r, double close);

struct atr {
	double prev;
	bool any;
	struct smooth range;
};
void
atr_init(struct atr *a, uint32_t n);
double
atr_push(struct atr *a, double high, double low, double close);

struct macd {
	uint32_t wait; /* so that fast and slow begin at the same bar */
	struct smooth fast, slow, signal;
};
/* fast < slow */
void
macd_init(struct macd *m, uint32_t fast, uint32_t slow, uint32_t signal);
/* *signal is NAN longer than *line; TA-Lib shows neither before both are there */
void
macd_push(struct macd *m, double close, double *line, double *signal);

#endif
