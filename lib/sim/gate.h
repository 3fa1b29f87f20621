/*
 * The simulated gateway from inside: what the files of this room share and nobody else sees.
 *
 *	serve.c    the program: sockets, signals, the loop around everything
 *	open.c     a gateway made of its options
 *	clock.c    time: which data is due, steps, what happens at a time
 *	tape.c     where data comes from: files and made-up markets, merged by time
 *	conn.c     one client: bytes in and out, handshake, limits
 *	request.c  what a client asks for, to whom it goes
 *	inst.c     instruments and their contracts
 *	data.c     subscriptions to ticks       bars.c     bars as they grow
 *	store.c    what has been played         history.c  questions about it
 *	orders.c   orders in                    terms.c    what is refused, what they become
 *	fills.c    what the account says about them
 *	books.c    positions, account values, profit and loss
 *	script.c   the scenario file            act*.c     what its lines do
 *	wirelog.c  every frame, for assertions
 *
 * Nothing here but serve.c touches a socket or a clock: the rest is a function of the bytes that
 * came in and of the two times `now` (of the market) and `wall` (of the machine), so that tests
 * drive it from memory.
 */
#ifndef TP_SIM_GATE_H
#define TP_SIM_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/opt.h"
#include "feed/market.h"
#include "mkt/session.h"
#include "mkt/tz.h"
#include "rec/codec.h"
#include "rec/rec.h"
#include "stage/stage.h"
#include "tws/msg.h"
#include "venue/account.h"

#define SIM_CLIENTS_MAX 32             /* of one gateway */
#define SIM_OUT_MAX ((size_t)64 << 20) /* a client that reads no more is dropped */
#define SIM_OUT_FULL ((size_t)1 << 20) /* a market that need not hurry waits for it */
#define SIM_EXECS_MAX 200000           /* executions kept for reqExecutions */
#define SIM_FOREVER INT64_MAX

enum sim_clock { CLOCK_REAL, CLOCK_VIRTUAL };
enum sim_auto { SIM_AUTO, SIM_ON, SIM_OFF };
enum sim_fill { FILL_AUTO, FILL_NOW, FILL_NEXT };

struct sim_opts {
	int64_t port;
	struct opt_list ticks, symbols;
	int64_t seed; /* -1: not given */
	const char *scenario, *wire_log, *speed;
	int64_t server_version;
	int clock, fill, limits;
	int64_t start, start_set;
	const char *start_text;
	int64_t steppers, step, await_lines, exit_after;
	bool exit_at_end, read_only, dated;
	const char *accounts, *zone, *session, *calendar;
	struct account_opts account;
	int64_t next_id, rate, lines, tick_by_tick_max, sample;
	/* the made-up market */
	int64_t tick, history, price, size;
	double vol, drift, correlation, spread;
};
extern const struct opt sim_options[]; /* offsets relative to struct sim_opts */

/* ---- things to do at a time (clock.c) ---- */
struct sim;
typedef void (*sim_fn)(struct sim *s, void *arg);
struct later_task {
	int64_t at;
	uint64_t seq; /* those of one time in order */
	sim_fn fn;
	void *arg; /* from mem_alloc; freed after the call */
};
struct later { /* a heap */
	struct later_task *v;
	size_t n, cap;
	uint64_t seq;
};
void
later_put(struct later *l, int64_t at, sim_fn fn, void *arg);
/* Do what is due at t; SIM_FOREVER when nothing more waits, else its time. */
int64_t
later_run(struct sim *s, struct later *l, int64_t t);
int64_t
later_next(const struct later *l);
void
later_free(struct later *l);

/* ---- market data that was played (store.c) ---- */
struct sim_bar {
	int64_t t;   /* start; TIM_NONE: empty */
	int64_t end; /* of the data it was made from, for bars of a file */
	int64_t open, high, low, close;
	num_i128 volume, value; /* nano; value: sum of price * size / 1e9 */
	int64_t count;
};
enum sim_what { WHAT_TRADES, WHAT_MIDPOINT, WHAT_BID, WHAT_ASK, WHAT_BID_ASK, WHAT_NONE };
#define SIM_NBARS 4 /* TRADES, MIDPOINT, BID, ASK are kept */

struct bar_store {
	struct sim_bar *v;
	size_t n, cap;
};
struct sim_tick {
	int64_t t, a, b, na, nb; /* trade: price, size; quote: bid, ask, their sizes */
};
struct tick_store { /* a ring */
	struct sim_tick *v;
	size_t n, cap, at;
};

/* ---- an instrument ---- */
enum refuse_kind { DATA_OK, DATA_DELAYED, DATA_REFUSED };

struct inst {
	const struct sym *sym;
	const struct instrument *in;
	int64_t con_id;
	int64_t tick;
	/* the contract, as gateways spell it */
	char symbol[36], sec_type[8], ltd[16], right[2], multiplier[16], exchange[36];
	char primary[16], currency[8], local[48], tclass[48], venue[36];

	/* the last of everything, nano; 0: none yet */
	int64_t bid, ask, bid_size, ask_size, last, last_size, open, high, low, close;
	int64_t quote_ts, trade_ts, prints;
	num_i128 volume, value; /* of the day */
	int64_t day;
	struct rec last_rec; /* the last trade, quote or bar, for fills at once */
	bool has_rec;

	struct bar_store bars[SIM_NBARS];
	struct tick_store trades, quotes;
	int64_t head[SIM_NBARS]; /* first time ever */

	/* set by the scenario */
	bool ambiguous, unknown, stale, missing, locate, hist_empty, keep_stopped;
	int halted; /* 0, 1 general, 2 volatility */
	int data;   /* enum refuse_kind */
	int64_t data_code;

	struct sub *subs; /* first of those that want its data */
	/* for the profit of a fill */
	int64_t qty_before, realized_before;
};

/* ---- subscriptions ---- */
enum sub_kind { SUB_TICKS, SUB_TBT, SUB_RTBARS, SUB_KEEP, SUB_PNL, SUB_PNL_SINGLE, SUB_SUMMARY };

struct conn;
struct sub {
	struct sub *inext, **ilink; /* of the instrument */
	struct sub *cnext, **clink; /* of the connection */
	struct conn *c;
	struct inst *in; /* NULL: about the account */
	enum sub_kind kind;
	int64_t id;
	enum sim_what what;
	int tbt; /* 1 Last, 2 AllLast, 3 BidAsk, 4 MidPoint */
	bool delayed, rt_volume, rt_trade_volume, ignore_size, rth;
	bool dead; /* said to be kept, but nothing comes */
	/* sampling: what changed since the last tick went out */
	int64_t last_sent;
	bool due;
	/* bars that grow */
	struct sim_bar bar;
	int64_t step, format; /* step 0: days */
	int64_t told;         /* when a forming bar last went out */
	bool changed;
	/* what to answer again */
	char text[512];
	int64_t sent[6]; /* the numbers that went out last */
};

/* ---- a client ---- */
enum conn_state { CONN_HELLO, CONN_GREETED, CONN_STARTED };

struct conn {
	uint64_t no; /* 1 is the first of the run */
	int fd;      /* -1: none, a test holds the other end */
	enum conn_state state;
	bool dead;     /* to be closed and freed after this round */
	bool reset;    /* with RST */
	bool finish;   /* closed once everything is written */
	bool half;     /* our half is closed */
	bool half_due; /* ... once everything is written */
	bool peer_done;
	int version;
	int64_t client_id;
	struct tws_reader in;
	struct buf out;
	size_t out_at;

	/* faults */
	int64_t dribble, dribble_gap, write_at; /* bytes a write, wall ns between, next */
	int64_t coalesce;                       /* wall ns to hold output back; 0: none */
	int64_t cut_after;                      /* bytes until the cut; -1: none */
	int64_t hung_until;                     /* wall */
	int64_t surplus;                        /* fields put behind every message; < 0: cut off */
	bool mute;                              /* nothing about orders goes out */
	int swallow;                            /* answers to the message in hand are lost */

	int64_t data_type; /* reqMarketDataType */
	struct sub *subs;
	size_t lines, tbts, keeps;
	bool positions, updates, auto_open;
	int64_t steps; /* reqCurrentTimes that wait for the market */
	char updates_account[24];

	int64_t window; /* wall time where the current second of messages began */
	int64_t sent_in_window;
	int strikes;
};

/* ---- orders ---- */
struct sim_order {
	uint32_t no; /* its id in the account is "S" and this */
	int64_t order_id, client_id, perm_id, parent_id;
	struct inst *in;
	struct buf payload; /* place_order as the client sent it */
	int version;
	char exchange[16];
	enum tws_status status;
	bool done;
	bool given;     /* to the account */
	bool held;      /* transmit was 0 */
	bool asleep;    /* until the market opens */
	bool locate;    /* waits for shares to borrow */
	bool forgotten; /* of an earlier session of the gateway: the id is free again */
	bool silent;    /* never spoken of unless asked */
	bool buy, is_child;
	uint8_t type; /* W_ord_ */
	int64_t qty, cum, avg, last_px, limit;
	int64_t commission;
	uint32_t twin; /* no of the order that a modification made of it; 0: none */
};

struct sim_exec {
	uint32_t order;  /* 0: of no order of ours */
	uint32_t serial; /* execId 0000e0d5.<serial>.01.<rev> */
	uint32_t rev;
	struct inst *in;
	int64_t ts, qty, px, cum, avg, commission, realized;
	bool buy, opening;
	bool reported; /* its commission went out */
	int64_t client_id, order_id, perm_id;
};

/* ---- the scenario (script.c, act.c) ---- */
enum trigger {
	ON_BEGIN,   /* before anybody comes */
	ON_TIME,    /* of the market */
	ON_WALL,    /* of the machine, since the beginning */
	ON_REQUEST, /* a message came and is not yet looked at */
	ON_DONE,    /* a message was answered */
	ON_FILL,
	ON_CONNECT,
	ON_START, /* a client has said startApi */
};
#define SCRIPT_WORDS 12
struct script_line {
	enum trigger when;
	int64_t at;         /* times; TIM_NONE unless absolute is set */
	bool absolute;      /* at is an instant, not a span */
	int request;        /* enum tws_req */
	uint64_t nth, last; /* fires from the nth such event to the last */
	int64_t client;     /* only of this client id; -1: any */
	int64_t in;         /* so long after that, of the machine's time */
	uint64_t lineno, seen;
	size_t nwords;
	struct str word[SCRIPT_WORDS]; /* the action: its name first */
	struct str tail[SCRIPT_WORDS]; /* the line from word i on */
};
struct script {
	struct buf text;
	struct script_line *v;
	size_t n, cap;
};
/* What an action is about: the message or the fill that set it off. */
struct cause {
	struct conn *c;
	const struct tws_request *q;
	const char *payload;
	size_t n;
	struct sim_order *order;
	int64_t id;   /* of the request or order; -1: none */
	bool handled; /* out: the message is not to be looked at any more */
};
int
script_load(struct script *sc, const char *path, struct err *e);
int
script_parse(struct script *sc, const char *text, size_t n, const char *name, struct err *e);
void
script_free(struct script *sc);
/* Do what stands for this event. */
void
script_fire(struct sim *s, enum trigger when, struct cause *c);
/* Look whether every action can be done, put times into the clock, do what stands for the
 * beginning. */
int
script_arm(struct sim *s, const char *name, struct err *e);
/* One action; false, with the reason, when it cannot be understood. Dry: only look at it. */
bool
act_do(struct sim *s, const struct script_line *l, struct cause *c, bool dry, struct err *e);

enum say_when { SAY_NORMAL, SAY_MISSING, SAY_DUPLICATE, SAY_LATE, SAY_EARLY, SAY_FIRST, SAY_ZERO };
enum hist_mode { HIST_NORMAL, HIST_EMPTY, HIST_PACING, HIST_SILENT };

struct faults {
	/* handshake of the connections to come */
	bool no_greeting, no_next_id, no_accounts, next_id_first, garbage;
	int64_t greeting_delay, next_id_delay; /* wall ns */
	int64_t in_use;                        /* client ids stay taken so long, wall ns */
	/* of every connection to come, 0: none */
	int64_t dribble, dribble_gap, coalesce, surplus;
	enum say_when status, commission;
	int64_t status_span, commission_span; /* market time */
	enum hist_mode history;
	bool lost; /* 1100: no data goes out */
	bool farm_down;
	bool twins;    /* modifications make a second order */
	bool stale;    /* no data at all */
	char zone[64]; /* name in texts; empty: the zone's own */
};

/* ---- everything ---- */
struct taken_id { /* a client id that is still in use though its client is gone */
	int64_t client_id, until;
};

struct past_request {        /* for the pacing of history */
	uint64_t hash, same; /* of the whole; of contract, exchange and type */
	int64_t wall;
};

struct sim {
	const struct sim_opts *o;
	struct rec_layout layout;
	struct err *err;
	int failed; /* an error code that ends the run */

	int64_t now;  /* time of the market */
	int64_t wall; /* of the machine, monotonic */
	int64_t wall_to_epoch;
	int64_t start, wall_start;
	double speed; /* 0: as fast as can be */
	bool running, ended, limits, read_only;
	int64_t next_second, next_five;
	struct later by_market, by_wall;

	struct symtab *syms;
	struct account *account;
	struct tz *zone;
	struct tws_zones zones;
	struct sessions *sessions;
	struct tape *tape;

	struct inst **inst; /* by symbol id */
	size_t ninst;

	struct conn *conn[SIM_CLIENTS_MAX + 1];
	size_t nconn;
	uint64_t conns;       /* so far */
	uint64_t subscribed;  /* so far: lines of data */
	int64_t closed_until; /* wall: no listening before */
	int64_t hung_until;   /* wall: no accepting before */
	struct taken_id taken[SIM_CLIENTS_MAX];

	struct sim_order **orders; /* by no - 1 */
	size_t norders, orders_cap;
	struct sim_exec *execs;
	size_t nexecs, execs_cap;
	uint32_t *fired; /* orders whose fills the scenario has not heard of */
	size_t nfired, fired_cap;
	int inside; /* the account */
	bool firing;
	int64_t next_valid_id, lowest_id; /* lowest_id: nextValidId when the session began */
	int64_t perm_id;
	uint32_t exec_serial;
	struct sim_exec pending; /* a fill whose order_status is still to come */
	bool has_pending;
	bool modifying;    /* what the account refuses now is a modification */
	char refusal[200]; /* why; empty: it did not */
	bool fill_now;

	struct script script;
	struct faults f;
	struct wirelog *wirelog;

	struct past_request *past; /* ring of those of the last 10 minutes */
	size_t npast;

	struct tws_arena qmem, omem; /* of the request in hand; of orders read again */
	struct buf scratch;
};

#include "sim/calls.h"

#endif
