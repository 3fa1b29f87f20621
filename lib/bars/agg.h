/*
 * The bar-agg stage: its state, shared by the files that do the time bars, the late ones, the
 * information bars and the styles.
 */
#ifndef TP_BARS_AGG_H
#define TP_BARS_AGG_H

#include "bars/flow.h"
#include "bars/grid.h"
#include "bars/interval.h"
#include "bars/run.h"
#include "mkt/session.h"
#include "stage/stage.h"

enum agg_price { PRICE_AUTO, PRICE_TRADE, PRICE_MID, PRICE_BID, PRICE_ASK, PRICE_BAR };
enum agg_style { STYLE_PLAIN, STYLE_HEIKIN_ASHI, STYLE_RENKO };

struct agg_opts {
	const char *interval, *session, *calendar, *threshold;
	int price, empty, imbalance, runs, classify, style;
	int64_t lateness, brick;
	bool partial, whole, keep;
};

/* What outlives a symbol's bars. */
struct agg_sym {
	const struct sym *sym;
	enum bar_src src;
	char bar_iv[24]; /* bars in: the interval taken, others pass; bar_iv_on: it is set */
	bool bar_iv_on;
	uint64_t last_seq;  /* interval of its last real bar, 0: none yet */
	int64_t last_label; /* its ts */
	int64_t last_close; /* valid when last_seq */
	int64_t tick_price; /* the tick rule: last price and the sign of the last change */
	int tick_sign;
	/* Heikin-Ashi: the bar before; renko: the last brick and what came since */
	bool ha_on, renko_on;
	int64_t ha_open, ha_close;
	int64_t brick_lo, brick_hi;
	struct bar_run pile;
	struct flow_state flow;
	uint64_t flow_epoch;
};

/* A record kept while it may still be corrected or joined by late ones. */
struct agg_item {
	uint32_t id;
	bool dead;
	enum bar_src src;
	int64_t seq; /* -1: none */
	struct bar_piece p;
};

/* One interval of all symbols. */
struct agg_slot {
	struct span span;
	uint64_t epoch;       /* never the same for two intervals */
	uint64_t seq;         /* counts intervals with trading; 0: made for a late record */
	struct bar_run *runs; /* by symbol id */
	size_t runs_cap;
	uint32_t *ids; /* those that have a bar here */
	size_t nids, ids_cap;
	struct agg_item *items; /* --lateness only */
	size_t nitems, items_cap;
};

struct agg {
	struct stage base;
	struct agg_opts o;
	struct bar_interval iv;
	struct sessions *ses;
	struct grid grid;

	/* the hot path: a trade in [from, from + width) of a symbol whose run has this key */
	bool fast;
	int64_t from;
	uint64_t width; /* 0: ask */
	uint64_t key;
	struct bar_run *runs;
	size_t nruns;

	struct agg_slot *at; /* the current interval */
	bool started, live;  /* live: a record went into a bar, watermarks are written */
	uint64_t epoch, seq;
	struct span last_in; /* the last interval with trading that was current */
	int64_t last_wm;     /* last watermark written; TIM_NONE: none */
	int64_t clock;       /* the latest that was seen, ticks and watermarks */
	int64_t pending_wm;  /* information bars: written when their instant is over */
	int64_t passing_wm;  /* the input's own is passed on at that time, ours is not needed */
	bool emitted;        /* a bar went out since this was cleared */

	struct agg_slot **closed; /* --lateness: intervals that may be revised, oldest first */
	size_t nclosed, closed_cap;
	struct agg_slot **spare;
	size_t nspare, spare_cap;

	struct agg_sym *syms; /* by symbol id */
	size_t nsyms;
	struct flow_conf flow; /* imbalance and runs bars */

	char name[40]; /* the bars' "interval" */
	uint64_t late, unusable, outside, lost_corrections;
};

/* ---- options.c ---- */
extern const struct opt agg_options[];
int
agg_open(struct stage *st);

/* ---- bar_agg.c ---- */
struct agg_sym *
agg_sym(struct agg *m, const struct sym *sym);
/* Whether this kind of record makes this symbol's bars. A better kind than before takes over. */
bool
agg_takes(struct agg *m, struct agg_sym *y, enum bar_src src);
int
agg_watermark(struct agg *m, int64_t ts);
/* The one after partial bars: it says "end", so that it completes no bar further down. */
int
agg_watermark_end(struct agg *m, int64_t ts);
/* +1 buyer, -1 seller, 0 not known */
int
agg_sign(struct agg *m, struct agg_sym *y, const struct rec *trade, bool guess);

/* ---- time.c ---- */
/* Bring time to ts. 1: an interval is open for a record of that time, 0: the record is of no
 * use (counted), or late and left to late.c (*late set); < 0: error. */
int
agg_time_to(struct agg *m, int64_t ts, bool *late);
int
agg_time_piece(
    struct agg *m, struct agg_sym *y, enum bar_src src, const struct bar_piece *p, int64_t seq);
int
agg_time_watermark(struct agg *m, int64_t ts);
int
agg_time_flush(struct agg *m);
struct agg_slot *
agg_slot_new(struct agg *m);
/* Put a piece into a slot's run. */
int
agg_slot_add(struct agg *m, struct agg_slot *s, struct agg_sym *y, enum bar_src src,
    const struct bar_piece *p);
int
agg_slot_emit(struct agg *m, struct agg_slot *s, uint32_t id, bool partial);
struct bar_run *
agg_slot_run(struct agg *m, struct agg_slot *s, uint32_t id);
void
agg_slot_free(struct agg_slot *s);

/* ---- late.c ---- */
void
agg_late_close(struct agg *m); /* the current slot goes to the closed ones */
void
agg_late_keep(struct agg_slot *s, const struct agg_sym *y, enum bar_src src,
    const struct bar_piece *p, int64_t seq);
int
agg_late_piece(
    struct agg *m, struct agg_sym *y, enum bar_src src, const struct bar_piece *p, int64_t seq);
/* A revised input bar: takes the place of the one with its ts. 1 done, 0 not found. */
int
agg_late_revise(struct agg *m, struct agg_sym *y, const struct bar_piece *p);
int
agg_late_correct(struct agg *m, const struct rec *r);

/* ---- event.c ---- */
int
agg_event_trade(struct agg *m, struct agg_sym *y, const struct rec *r);
int
agg_event_piece(struct agg *m, struct agg_sym *y, enum bar_src src, const struct bar_piece *p);
int
agg_event_watermark(struct agg *m, int64_t ts);
/* Time passes to ts: a watermark for the bars of the instant before. */
int
agg_event_time(struct agg *m, int64_t ts);
int
agg_event_flush(struct agg *m);
int
agg_event_emit(struct agg *m, struct agg_sym *y, struct bar_run *b);

/* ---- style.c ---- */
/* Hand a finished bar on, in the style asked for. */
int
agg_style_emit(struct agg *m, struct rec *bar, const struct bar_run *b);

#endif
