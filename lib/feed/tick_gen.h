/* tick-gen's state, shared by its stage (tick_gen.c) and its options (tick_gen_opts.c). */
#ifndef TP_FEED_TICK_GEN_H
#define TP_FEED_TICK_GEN_H

#include "feed/interval.h"
#include "feed/market.h"
#include "mkt/session.h"
#include "stage/stage.h"

#define GEN_SUBSTEPS 16 /* prices inside a bar */
#define GEN_SIZES 1024  /* sizes to draw from */
#define GEN_SYMBOLS_MAX 100000

enum { GEN_TRADE, GEN_QUOTE, GEN_BAR };

/* A bar that grows: prices in tick sizes. */
struct gen_bar {
	int64_t open, high, low, close;
	num_i128 volume;
};

struct tick_gen {
	struct stage base;

	/* options */
	int model, type;
	struct opt_list symbols, regimes;
	int64_t ticks, seed, start, step, half_life, stay, wm_every;
	double drift, vol, correlation, spread;
	double reversion, vol_of_vol, leverage, jump_rate, jump_mean, jump_vol;
	int64_t tick_size, price, size;
	double size_vol;
	const char *session, *calendar;
	struct opt_list patterns, stretch;
	double noise, bridge;
	const char *truth_file;

	struct gen_patterns *pat; /* --patterns (tick_gen_patterns.c); NULL without */
	struct market market;
	struct sessions *sessions; /* NULL: 24x7 */
	struct session now;
	struct interval interval;
	const struct sym **syms;
	size_t n;
	struct gen_bar *bars;  /* by symbol */
	size_t *order;         /* of the symbols in this step */
	int64_t t;             /* where the next step begins */
	int64_t boundary;      /* the next multiple of wm_every; TIM_NONE before the first record */
	int64_t left;          /* records still to write */
	double ticks_per_unit; /* 1e9 / tick_size */
	int64_t most;          /* largest price, in tick sizes */
	double sizes[GEN_SIZES];
	double busy; /* how much is traded at this time of day; 1 on average */
	int64_t slot, slot_unit;
};

extern const struct opt tick_gen_opts[];

/* Options -> the lower half of the struct; the words are in e when it fails. */
int
tick_gen_setup(struct tick_gen *g, struct err *e);
/* When t is outside a session, or has no step left in it: the opening of the next one. */
int
tick_gen_open_hours(struct tick_gen *g, struct err *e);

/* --patterns: the next bar of a symbol, in tick sizes; false when no record can hold it. What is
 * to be told of it goes to --truth at the flush. */
int
gen_patterns_open(struct tick_gen *g, struct err *e);
bool
gen_patterns_bar(struct tick_gen *g, size_t symbol, struct gen_bar *b);
int
gen_patterns_flush(struct tick_gen *g, struct err *e);
void
gen_patterns_close(struct tick_gen *g);

#endif
