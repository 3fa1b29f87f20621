/*
 * The live executor without its socket: orders, cancels and replaces go in as records, the
 * broker's messages as events, and out come requests and records. It keeps a journal and a book
 * (broker/book.h), reconciles them with the broker after every connect, works orders through
 * algorithms, and reads no clock: broker_now says what time it is.
 *
 * A run:
 *	broker_new, broker_journal_file
 *	broker_up when the session is up; requests go out, answers come in by broker_event
 *	once broker_ready: broker_push and broker_watermark with the records of the pipe
 *	broker_flush when the input pauses: what was entered is made durable and sent
 *	broker_down when the connection is gone: nothing is taken any more until it is ready again
 * Every function that returns int gives 0, or a negative code with the words in the err that
 * broker_new was given; after one nothing more is sent.
 */
#ifndef TP_BROKER_BROKER_H
#define TP_BROKER_BROKER_H

#include "base/opt.h"
#include "broker/book.h"
#include "tws/msg.h"

enum broker_clock { BROKER_WALL, BROKER_STREAM, BROKER_STEP };

struct broker_opts {
	const char *live;      /* --live ACCOUNT: real money */
	const char *account;   /* --account: which one, when the login has several */
	int64_t ack_ns;        /* --ack-timeout */
	int64_t sync_ns;       /* --sync */
	int64_t commission_ns; /* --commission-wait */
	int64_t down_ns;       /* not an option of its own: --max-down */
	bool read_only;        /* --read-only */
	bool whatif;           /* --whatif */
	bool allow_delayed;    /* --allow-delayed */
	int64_t max_age_ns;    /* --max-age */
	int on_exit;           /* --on-exit cancel|keep */
	int clock;             /* --clock */
};
extern const struct opt broker_options[]; /* offsets relative to struct broker_opts */

/* What the engine needs of the world. */
struct broker_link {
	/* false: there is no connection; the request is then as if never made */
	bool (*send)(void *arg, const struct tws_request *q);
	int64_t (*req_id)(void *arg); /* a fresh one, from TWS_REQ_ID_FIRST up */
	int (*out)(void *arg, const struct rec *r);
	/* give up the connection and come back: the broker does not answer */
	void (*drop)(void *arg, const char *why);
	/* the contract of a symbol, resolved before; NULL when the broker has none */
	const struct tws_contract *(*contract)(void *arg, const struct sym *sym);
	/* the symbol of a contract, NULL when it has none */
	const struct sym *(*sym_of)(void *arg, const struct tws_contract *c);
	/* instant of a time as executions have it; TIM_NONE */
	int64_t (*time_of)(void *arg, struct str text);
	/* words for people; level as in struct stage_env; may be NULL */
	void (*note)(void *arg, int level, const char *text);
	void *arg;
};

struct broker; /* opaque */

struct broker *
broker_new(const struct broker_opts *o, int64_t client_id, struct symtab *syms,
    const struct broker_link *l, struct err *e);
void
broker_free(struct broker *b);
/* The journal: a file; or a store with the text that it holds so far (tests, none at all: NULL). */
int
broker_journal_file(struct broker *b, const char *path, bool sync);
int
broker_journal_store(struct broker *b, const struct journal_store *s, const char *text, size_t n);

/* The time, before any other call of a turn; does what is due. Monotonic and epoch ns. */
int
broker_now(struct broker *b, int64_t mono, int64_t epoch);
/* ns until broker_now has something to do, at most a second. */
int64_t
broker_wait(const struct broker *b);

int
broker_up(struct broker *b, int64_t next_valid_id, struct str accounts);
int
broker_down(struct broker *b, const char *why);
int
broker_event(struct broker *b, const struct tws_event *ev);
/* Journal, open orders, executions and positions agree: records may come. */
bool
broker_ready(const struct broker *b);

/* order, cancel, replace: consumed; market data: read. Nothing is passed on here. */
int
broker_push(struct broker *b, const struct rec *r);
/* What a watermark brings: algorithms go on; fills, positions that changed, one portfolio. */
int
broker_watermark(struct broker *b, int64_t ts);
/* Make durable and send what was entered. */
int
broker_flush(struct broker *b);

/* Kill file, signals: no new risk from now on; working orders end by --on-exit. */
int
broker_halt(struct broker *b, const char *why);
/* The working orders as --on-exit says: at the end of a run. */
int
broker_finish(struct broker *b);
/* Cancel every order of the account, whoever sent it; then (flatten) close every position. */
int
broker_cancel_all(struct broker *b);
int
broker_flatten(struct broker *b);
/* Nothing of ours works or waits for an answer. */
bool
broker_idle(const struct broker *b);
/* No cancel, replace or new order waits for an answer. */
bool
broker_settled(const struct broker *b);
/* No order at all works, whoever sent it; no position is open. */
bool
broker_no_orders(const struct broker *b);
bool
broker_flat(const struct broker *b);
/* Fills, positions and portfolio of now, without a watermark. */
int
broker_report(struct broker *b);

const struct book *
broker_book(const struct broker *b);
struct ledger *
broker_ledger(struct broker *b);

/* What happened, for tests and for -v. */
struct broker_counts {
	uint64_t orders, placed, cancels, replaces, fills, corrections, commissions;
	uint64_t duplicates; /* executions that came again */
	uint64_t unknown, lost, came_back, adopted, adjusted, syncs, reconciled;
};
const struct broker_counts *
broker_counts(const struct broker *b);

#endif
