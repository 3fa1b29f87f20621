/*
 * The live feed's state, shared by its files.
 *
 * It is a machine that time and messages are put into. Every input has a time (epoch ns, never
 * going back); what is due by then is done first, each thing at its own time (live_advance). So
 * what comes out depends on the inputs alone, not on when the process happened to wake up, and a
 * recording of the wire gives the same bytes.
 *
 *	live.c        the stage: waits, reads, ends
 *	live_opts.c   options
 *	live_time.c   deadlines, watermarks, the watchdog
 *	live_out.c    records out: their times, quality, status
 *	live_start.c  contracts, and what is asked for once they are known
 *	live_event.c  messages in: whose they are; errors
 *	live_tick.c   ticks -> trades and quotes
 *	live_fill.c   holes in ticks, filled from the broker's history
 *	live_bars.c   bars: gathered by instant, then out
 *	live_hist.c   history, paced, a window at a time
 *	live_backup.c another feed when ours is silent
 */
#ifndef TP_FEED_LIVE_H
#define TP_FEED_LIVE_H

#include <signal.h>

#include "feed/interval.h"
#include "feed/replay.h"
#include "tws/contract.h"
#include "tws/pacing.h"
#include "tws/session.h"

#define LIVE_ALL_STALE (60 * TIM_SEC)  /* --stale when it is not given */
#define LIVE_DETAILS_NS (30 * TIM_SEC) /* for the answer to a question about a contract */
#define LIVE_HISTORY_NS (60 * TIM_SEC) /* for bars of history */
#define LIVE_RETRY_NS (30 * TIM_SEC)   /* between tries of a refused subscription */
#define LIVE_FILL_DELAY TIM_SEC        /* the newest ticks need a moment to become history */
#define LIVE_FILL_NS (30 * TIM_SEC)    /* for filling a hole */
#define LIVE_FILL_PAGE 1000            /* ticks in an answer */
#define LIVE_FILL_PAGES 10             /* answers for one hole */
#define LIVE_KEPT_MAX 1000000          /* records that wait for a hole to be filled */

/* --data */
#define LIVE_TRADES 1u
#define LIVE_QUOTES 2u
#define LIVE_MKT 4u
#define LIVE_BARS5S 8u
#define LIVE_FOLLOW 16u /* bars of --bar, kept up to date */

struct live_opts {
	struct tws_session_opts net;
	const char *contracts, *backup, *replay_wire, *history, *bar, *what, *resume;
	struct opt_list data;
	int market_data, clock;
	int64_t max_symbols, backfill, bar_wait;
	bool follow, dry_run, rth;
};
extern const struct opt live_options[]; /* offsets relative to struct live_opts */

enum live_market_data { LIVE_MD_LIVE, LIVE_MD_FROZEN, LIVE_MD_DELAYED, LIVE_MD_DELAYED_FROZEN };

/* A price that was seen, to tell the same again: tick-by-tick data has no numbers. */
struct live_seen {
	int64_t v[4];
	const char *exch, *cond; /* kept texts: compared as pointers */
	bool used;
};

enum live_stream_kind { STREAM_LAST, STREAM_BID_ASK, STREAM_MKT, STREAM_BARS5S, STREAM_KEEP };
enum live_stream_state {
	STREAM_OFF,   /* not asked for (no session, or not yet) */
	STREAM_ON,    /* asked for */
	STREAM_RETRY, /* refused for now; again at retry_at */
	STREAM_DEAD,  /* refused for good */
};

/* One subscription. */
struct live_stream {
	struct live_sub *sub;
	enum live_stream_kind kind;
	enum live_stream_state state;
	int64_t req_id;    /* 0: none */
	int64_t asked;     /* when */
	int64_t last;      /* when something came last, or it was asked for */
	int64_t retry_at;  /* RETRY */
	bool any, fresh;   /* something came: ever; since it was asked for */
	bool ready;        /* bars: what was missing before it has come */
	bool reopened;     /* it had given something before it was asked for again */
	int64_t verify_at; /* it must show by then that it lives; TIM_NONE */
	/* watchdog: 0 lives; then how often it was told stale since */
	unsigned stale;

	/* ticks of the last whole second, and the hole behind it */
	int64_t second;
	struct live_seen *seen;
	size_t nseen, seen_cap;
	int64_t hole; /* since when nothing is known; TIM_NONE: there is none */
	int64_t hole_second;
	int64_t fill_id, fill_at;   /* the open request; when the next one is due */
	int64_t fill_from, fill_to; /* seconds: what it asks from, when we had ticks again */
	int64_t fill_last;          /* the last second that came, */
	size_t nlast, skip_last;    /* how much of it, and how much of it the page before had */
	size_t fill_got;            /* ticks of this answer so far */
	int fill_pages;
	uint64_t filled;
};

struct live_bar {
	int64_t ts, open, high, low, close, wap, count;
	num_i128 volume;
	int64_t ts_recv; /* TIM_NONE: history */
	bool backfill;
};

struct live_sub {
	const struct sym *sym;
	const struct tws_contract *contract;
	size_t index;
	bool resolved;
	int64_t details_id;
	unsigned matches;
	int64_t first_con_id;
	char asked[200]; /* the contract as we asked for it, in words */
	struct buf candidates;

	struct live_stream streams[3];
	size_t nstreams;
	bool mkt_trades, mkt_quotes; /* what a STREAM_MKT is asked for */

	/* STREAM_MKT: the state that its ticks change */
	int64_t bid, ask, bid_size, ask_size, last, last_size;
	bool last_repeats; /* the next size repeats the one that came with the price */
	bool has_last, rt_volume, delayed, halted;
	bool quote_waits; /* crossed by half of a change: until the other half or other news */

	/* bars */
	struct live_bar *bars; /* waiting, by ts */
	size_t nbars, bars_cap;
	struct live_bar forming; /* STREAM_KEEP */
	bool has_forming;
	int64_t out_ts;      /* of the last bar that went out; TIM_NONE */
	struct live_bar out; /* it, to see whether it changes */
	int64_t rev;
	int64_t hist_id, hist_sent; /* request of history that is open; 0: none */
	bool hist_done;             /* of this window */
	bool hist_queued;           /* waits for the pacing */
	int hist_tries;
	int64_t hist_due;
	int64_t resume; /* --resume: bars up to here are known; TIM_NONE */
};

/* What a request id stands for. */
enum live_req_kind { REQ_NONE, REQ_DETAILS, REQ_STREAM, REQ_FILL, REQ_HISTORY };
struct live_req {
	enum live_req_kind kind;
	struct live_sub *sub;
	struct live_stream *stream;
};

/* A record that waits until a hole is filled. */
struct live_kept {
	struct rec r;
	int64_t key; /* of history: its second */
	struct live_stream *stream;
	bool history, used, dropped, remembered;
};

enum live_phase { PHASE_CONTRACTS, PHASE_HISTORY, PHASE_LIVE, PHASE_END };
enum live_source { SOURCE_NONE, SOURCE_PRIMARY, SOURCE_BACKUP };

struct backup;

struct live {
	struct stage *st;
	struct replay *m; /* options and checks that both modes have */
	struct live_opts o;
	unsigned data; /* LIVE_... bits */
	int64_t stale; /* span; 0: no watchdog */
	struct tws_session *s;
	struct tws_contracts *contracts;
	struct live_sub *subs;
	size_t nsubs;
	struct live_req *reqs; /* by id - TWS_REQ_ID_FIRST */
	size_t reqs_cap;
	enum live_phase phase;
	bool playing; /* --replay-wire */
	bool stepped; /* --clock gateway: `now` is what the gateway says */
	bool asked_time;
	int same_time; /* answers with the same time, one after the other */

	int64_t now;       /* of the input; TIM_NONE before the first */
	bool advancing;    /* what is done is due at `now`, not caused by an input */
	int64_t next_mark; /* next multiple of the watermark interval; TIM_NONE: none yet */
	int64_t watermark; /* the last one written */
	int64_t clock;     /* the latest ts that went out */
	int64_t watch_at;  /* when the watchdog looks next, at the earliest */
	int64_t source_at; /* when live_check_source looks again; INT64_MAX: not by itself */
	int64_t details_by;
	uint64_t records;

	/* the session */
	bool up, broker_lost; /* broker_lost: the gateway has no server (1100) */
	bool farm_down;
	int64_t broker_lost_at;
	bool told_down;
	enum live_source source;
	int64_t silent_since; /* no stream gives anything; TIM_NONE: some does */
	int64_t backup_at;    /* the backup's last record; TIM_NONE */
	bool degraded;        /* last known values only: told */
	bool quotes_wait;     /* some sub's quote does */

	/* holes in ticks */
	size_t nholes;
	int64_t hold_until; /* watermarks wait for the holes, until then */
	bool filling;       /* records are kept */
	struct live_kept *kept;
	size_t nkept, kept_cap;

	/* bars */
	struct interval interval;
	char ib_bar[16];      /* "1 min" */
	int64_t bar_end;      /* end of the next interval to release; TIM_NONE */
	bool bars_filling;    /* history of a hole is on its way */
	int64_t bars_fill_at; /* give up waiting for it then */

	/* history */
	int64_t hist_from, hist_to, win_from, win_to;
	struct tws_pacing pacing, bars5s; /* of history, of subscriptions to bars */
	int64_t asked_bars5s;
	int64_t hist_next; /* when the next request may go; INT64_MAX: an answer must come first */
	uint64_t hist_bars;
	int64_t hist_started;

	struct backup *backup;
	struct rec_dec *backup_dec;
	struct buf text, extra, word; /* scratch */
	struct str *words;            /* kept texts: exchanges, conditions */
	size_t nwords, words_cap;
	bool ended;
	sigset_t sigmask;         /* while waiting */
	struct tws_wirelog *wire; /* --replay-wire */
};

/* A time of the wire, in seconds, that is one: 2000 to 2200. */
static inline bool
live_is_second(int64_t s)
{
	return s >= INT64_C(946684800) && s < INT64_C(7258118400);
}

/* live.c */
int
live_open(struct stage *st, struct replay *m, const struct live_opts *o, struct live **out);
int
live_next(struct live *l);
void
live_close(struct live *l);

/* live_opts.c */
int
live_setup(struct live *l);
/* "1m" -> "1 min", and how long one request of such bars may be (ns). False: none has them. */
bool
live_bar_size(const struct interval *iv, char out[16], int64_t *step);
/* "2 D" -> ns */
bool
live_duration(const char *text, int64_t *ns);

/* live_time.c */
int
live_advance(struct live *l, int64_t t);
/* when live_advance has something to do next */
int64_t
live_due(const struct live *l);
/* The watermarks up to ts, when there are any. */
int
live_marks_before(struct live *l, int64_t ts);
/* Something came for the stream. */
int
live_alive(struct live *l, struct live_stream *x);

/* live_step.c: --clock gateway */
/* Everything of this time was done: the gateway may go on. */
int
live_step_ask(struct live *l);
/* It says what time it is. */
int
live_step_answer(struct live *l, int64_t t);

/* live_out.c */
const char *
live_keep_text(struct live *l, struct str s);
/* A trade or quote: kept while a hole is filled, else out. ts is the venue's time or TIM_NONE. */
int
live_put(struct live *l, struct rec *r, struct live_stream *x);
int
live_put_now(struct live *l, struct rec *r);
int
live_status(struct live *l, int state, const struct live_sub *sub, int64_t lag, const char *fmt,
    ...) __attribute__((format(printf, 5, 6)));
int
live_watermark(struct live *l, int64_t t);

/* live_start.c */
int
live_session_up(struct live *l);
int
live_details(struct live *l, struct live_sub *sub, const struct tws_e_contract_data *d);
int
live_details_end(struct live *l, struct live_sub *sub);
int
live_begin(struct live *l);
int
live_subscribe_all(struct live *l);
/* The stream becomes one of sampled data: tick by tick cannot be had. */
void
live_to_mkt(struct live_stream *x);
int
live_subscribe(struct live *l, struct live_stream *x);
void
live_unsubscribe(struct live *l, struct live_stream *x);
int64_t
live_request(struct live *l, enum live_req_kind kind, struct live_sub *sub, struct live_stream *x);

/* live_event.c */
int
live_event(void *arg, const struct tws_event *ev, int64_t t_recv);
int
live_state(void *arg, enum tws_state s, const char *why);
int
live_up(void *arg, int64_t next_valid_id, struct str accounts);
void
live_note(void *arg, const char *text);

/* A check of what the feed gives at all: takes the backup, tells that values are old. */
int
live_check_source(struct live *l);

/* live_tick.c */
int
live_tick_event(struct live *l, struct live_stream *x, const struct tws_event *ev);
/* A quote that waits for the other half of a change goes out as it is. */
int
live_flush_quotes(struct live *l);
/* A trade or quote of the broker's history, as a record; false when it has no price. */
bool
live_trade(
    struct live *l, const struct live_sub *sub, const struct tws_tick_last *t, struct rec *r);
bool
live_quote(
    struct live *l, const struct live_sub *sub, const struct tws_tick_bid_ask *t, struct rec *r);

/* live_fill.c */
/* Nothing is known of the stream since its last tick. */
void
live_hole(struct live *l, struct live_stream *x, int64_t since);
/* Subscribed again: the hole is to be filled. */
void
live_fill_begin(struct live *l, struct live_stream *x);
int
live_fill_answer(struct live *l, struct live_stream *x, const struct tws_event *ev);
int
live_fill_refused(struct live *l, struct live_stream *x, const char *why);
int64_t
live_fill_due(const struct live *l);
int
live_fill_step(struct live *l);
/* A live tick of that second: kept, as long as the second is the last one, to know it again. */
void
live_remember(struct live_stream *x, int64_t second, const struct rec *r);
int
live_fill_give_up(struct live *l, const char *why);

/* live_bars.c */
int
live_bars_event(struct live *l, struct live_stream *x, const struct tws_event *ev);
/* A bar of the wire; false when it is none. */
bool
live_bar_of(struct live *l, const struct tws_bar *b, bool live, struct live_bar *out);
/* A complete bar: waits for its instant, or is a revision of the one that went out. */
int
live_bar_add(struct live *l, struct live_sub *sub, const struct live_bar *b);
/* The history of a sub's hole is there. */
int
live_bars_filled(struct live *l, struct live_sub *sub);
/* All bars that ended by t go out, with their watermarks. */
int
live_bars_release(struct live *l, int64_t t);
int64_t
live_bars_due(const struct live *l);
int
live_bars_step(struct live *l);
void
live_bars_fill_begin(struct live *l);

/* live_hist.c */
int
live_hist_begin(struct live *l);
int
live_hist_answer(struct live *l, struct live_sub *sub, const struct tws_e_historical_data *d);
/* 162 and its like; `rate`: for its pacing */
int
live_hist_refused(struct live *l, struct live_sub *sub, bool none, bool rate, const char *why);
/* The session is gone, and with it what was asked. */
void
live_hist_cut(struct live *l);
int64_t
live_hist_due(const struct live *l);
int
live_hist_step(struct live *l);
/* --dry-run */
int
live_hist_plan(struct live *l);
/* Asks for the bars of a sub from `from` to now (keep: and what follows) when pacing allows. */
void
live_hist_ask(struct live *l, struct live_sub *sub);

#endif
