/*
 * The eight candlestick patterns of Chen and Tsai, "Encoding candlesticks as images for pattern
 * classification using convolutional neural networks", Financial Innovation 6:26 (2020), by
 * their own rules: a trend before the pattern, and bodies and shadows that are long or short by
 * their rank among the last 51. These are the labels that such a network learns.
 *
 * What differs from theirs, and why:
 *	- a trend is a least-squares slope of 7 closes of at least `slope_atr` average true ranges
 *	  (Wilder, 14) a bar; theirs is an absolute price difference, the 25 % quantile of one
 *	  currency pair's minutes. Fitted, it is the 25 % quantile of |slope| / ATR over the bars
 *	  given for that, and nothing behind them (chen_tsai_fit);
 *	- bars that close where they opened stay in the series; they are neither white nor black;
 *	- a rank is among the 51 bars up to its own always; theirs is among all bars, the future
 *	  included, for the first 51. Before that there is no label.
 *
 * No two of the rules hold at once: a star's middle bar is short where the others begin with a
 * long one, and those that begin alike differ in where the second bar lies. Should that change,
 * the lowest label wins.
 */
#ifndef TP_PATTERN_CHEN_TSAI_H
#define TP_PATTERN_CHEN_TSAI_H

#include <stddef.h>

#include "feat/set.h"

enum chen_tsai_label {
	CHEN_TSAI_NONE,
	CHEN_TSAI_EVENING_STAR,
	CHEN_TSAI_MORNING_STAR,
	CHEN_TSAI_BEARISH_ENGULFING,
	CHEN_TSAI_BULLISH_ENGULFING,
	CHEN_TSAI_SHOOTING_STAR,
	CHEN_TSAI_INVERTED_HAMMER,
	CHEN_TSAI_BEARISH_HARAMI,
	CHEN_TSAI_BULLISH_HARAMI,
	CHEN_TSAI_NLABELS
};

/* "evening_star"; label 0: "none" */
const char *
chen_tsai_name(enum chen_tsai_label l);
int
chen_tsai_direction(enum chen_tsai_label l); /* +1, -1; 0 for none */
int
chen_tsai_span(enum chen_tsai_label l); /* bars: 3 or 2; 0 for none */

struct chen_tsai_params {
	/* a trend's least slope, in average true ranges a bar; not a number >= 0: not known
	 * yet, no bar has a label */
	double slope_atr;
};
/* 0.0705, as fitted on 49,792 hourly bars of EUR/USD, 2007 to 2014; 65 US stocks, daily, give 0.07
 * to 0.11. */
extern const struct chen_tsai_params chen_tsai_default;

struct chen_tsai; /* opaque, about 2 KB */

struct chen_tsai *
chen_tsai_new(const struct chen_tsai_params *p); /* p is copied; NULL: the default */
void
chen_tsai_free(struct chen_tsai *s);

/* One closed bar, finite prices: the label of the pattern that it completes. */
enum chen_tsai_label
chen_tsai_push(struct chen_tsai *s, const struct feat_bar *b);

/* Every rule that the newest bar completes: bit 1 << label. */
unsigned
chen_tsai_fits(const struct chen_tsai *s);

/* |slope| / ATR at the newest bar, what a threshold is fitted on; NAN while not ready. */
double
chen_tsai_strength(const struct chen_tsai *s);

/* From the next bar on. */
void
chen_tsai_set(struct chen_tsai *s, const struct chen_tsai_params *p);

/* Fit to n strengths, which are put in another order: p is the default when n is below 100. */
void
chen_tsai_fit(struct chen_tsai_params *p, double *strength, size_t n);

/* A split: the prices so far are divided by ratio (finite, > 0). */
void
chen_tsai_split(struct chen_tsai *s, double ratio);

#endif
