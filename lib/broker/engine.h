/*
 * The engine from inside: what the files of this room share and nobody else sees.
 *
 *	engine.c  life, time, the journal
 *	enter.c   orders, cancels and replaces come in; what is queued goes out
 *	terms.c   what an order must have, and how the broker spells it
 *	conn.c    connections come and go; whose event it is
 *	event.c   what the broker says about orders    error.c  and about what went wrong
 *	exec.c    executions and commissions      report.c  records out
 *	ask.c     inquiries: the broker's lists    settle.c  what follows from them
 *	algo.c    orders worked through children   algo_in.c their parameters
 */
#ifndef TP_BROKER_ENGINE_H
#define TP_BROKER_ENGINE_H

#include "broker/broker.h"
#include "tws/errors.h"

enum conn {
	CONN_DOWN,
	CONN_RECONCILING,
	CONN_READY,
	CONN_LOST, /* the socket is there, the broker behind it is not (1100) */
};

/* A position as the broker listed it. */
struct seen_pos {
	const struct sym *sym;
	int64_t qty, avg, mult;
};

/* An inquiry: all lists at once, answered in any order. */
struct ask {
	bool on, again;
	int orders; /* ends of open orders to come */
	bool summary, execs, completed, positions;
	int64_t sum_id, exec_id;
	int64_t started; /* monotonic ns */
	uint64_t gen, moves;
	struct seen_pos *pos;
	size_t npos, cap;
	int64_t cash; /* micro; TWS_UNSET: not told */
	char currency[8];
	int failed; /* in a row */
};

/* A commission whose execution has not come yet. */
struct early {
	struct str exec_id;
	int64_t amount;
};

/* A difference between ledger and broker; it counts when two inquiries in a row agree on it. */
struct diff {
	const struct sym *sym; /* NULL: cash */
	int64_t have, want;
	uint64_t gen;
};

/* A request that waits for the journal to be on disk. */
struct out_item {
	struct bk_order *o;
	enum { OUT_PLACE, OUT_CANCEL, OUT_CHANGE } what;
};

struct whatif {
	int64_t id;
	struct str cl;
	const struct sym *sym;
};

/* What the stream says about a symbol. */
struct bsym {
	int64_t px; /* last usable price, of quotes the mid; 0: none */
	bool delayed;
	bool trades; /* its trades tell the volume; bars of it are then the same again */
};

struct broker {
	struct broker_opts o;
	struct broker_link l;
	struct err *err;
	struct book *book;
	struct journal *journal;
	struct buf ent;  /* an entry that is being written */
	struct buf text; /* words and extra keys of a record that is being written */
	struct buf id;
	int64_t client;
	bool past;                   /* the feed says history */
	int64_t mono, epoch, stream; /* stream: latest time of the records; TIM_NONE */
	int64_t venue;               /* the broker's clock, --clock stream; TIM_NONE */
	enum conn conn;
	bool bad_account;
	int64_t conn_at;    /* since when it is not ready */
	char down_why[200]; /* why the last try to connect failed, as it was told */
	int64_t next_id;
	uint64_t moves; /* executions so far, to see whether an inquiry met a standing account */
	struct ask ask;
	int64_t ask_due;  /* monotonic ns of the next inquiry; INT64_MAX: none */
	int64_t scan_due; /* of the next look at what waits */
	struct diff *diff;
	size_t ndiff, diff_cap;
	struct out_item *out;
	size_t nout, out_cap;
	struct bk_exec **held; /* executions not told yet, in order */
	size_t nheld, held_cap;
	struct whatif *whatif;
	size_t nwhatif, whatif_cap;
	struct bsym *sym;
	size_t sym_cap;
	struct early *early;
	size_t nearly, early_cap;
	int64_t nocomm;    /* executions that still have no commission */
	int64_t filled_at; /* monotonic ns of the last execution */
	bool halted, finishing, flattening;
	bool in_algo, algo_again, flushing;
	struct broker_counts n;
};

/* ---- engine.c ---- */
/* Write b->ent to the journal and apply it. */
int
broker_log(struct broker *b);
/* ts of a record made now */
int64_t
broker_stamp(const struct broker *b);
void
broker_note(struct broker *b, int level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
struct bsym *
broker_sym(struct broker *b, const struct sym *sym);
/* An inquiry within `ns` from now. */
void
broker_ask_in(struct broker *b, int64_t ns);
/* multiplier of a contract: 1 unless it says more */
int64_t
broker_mult(const struct tws_contract *c);

/* ---- enter.c ---- */
/* An order, cancel or replace of the stream. */
int
enter_record(struct broker *b, const struct rec *r);
/* Write an order down and queue it. t and the rest as in a struct bk_order that is filled in. */
int
enter_place(struct broker *b, const struct bk_order *proto, struct str algo);
/* Ask for the end of an order; fine when it is final or asked already. */
int
enter_cancel_order(struct broker *b, struct bk_order *o);
int
enter_out(struct broker *b, struct bk_order *o, int what);
/* A reject, then (when the id is not somebody else's) the status rejected. */
int
enter_refuse(struct broker *b, const struct rec *r, struct str cl, const char *rule,
    const char *text, bool status);

/* ---- terms.c ---- */
/* Why an order record cannot be one, as a rule and words; NULL: it can. */
const char *
terms_wrong(const struct rec *r, const char **text);
void
terms_of(const struct rec *r, struct bk_order *o);
/* The request for an order with terms t. */
void
terms_request(const struct broker *b, const struct bk_order *o, const struct bk_terms *t,
    const struct tws_contract *c, struct tws_request *q, char gtd[TWS_TIME_LEN]);
/* Whether an open order shows terms t. */
bool
terms_shown(const struct bk_order *o, const struct bk_terms *t, const struct tws_order *shown);
unsigned
terms_type(const struct tws_order *o); /* W_ord_ of an order of others; market when unknown */

/* ---- conn.c ---- */
/* Everything is reconciled: records may come. */
int
conn_ready(struct broker *b);
/* The gateway lost its broker; it has it back. */
int
conn_lost(struct broker *b, const char *why);
int
conn_back(struct broker *b);

/* ---- event.c ---- */
int
event_order_status(struct broker *b, const struct tws_e_order_status *s);
int
event_open_order(struct broker *b, const struct tws_e_open_order *o);
int
event_error(struct broker *b, const struct tws_e_error *x); /* error.c */
/* The end of an order, whoever said so. */
int
event_end(struct broker *b, struct bk_order *o, uint8_t st, struct str why);
/* A replace is settled. */
int
event_changed(struct broker *b, struct bk_order *o, bool ok, const char *rule, struct str why);
int
event_ack(struct broker *b, struct bk_order *o, int64_t perm);
/* The order that ids speak of, or NULL. *twin: our name, but another order at the broker. */
struct bk_order *
event_match(
    const struct broker *b, int64_t client, int64_t id, int64_t perm, struct str ref, bool *twin);
int
event_adopt(struct broker *b, const struct bk_order *proto, const char *word);

/* ---- exec.c ---- */
int
exec_details(struct broker *b, const struct tws_e_exec_details *x);
int
exec_commission(struct broker *b, const struct tws_e_commission_report *c);
/* Tell what was held: those that are due, or all. */
int
exec_release(struct broker *b, bool all);

/* ---- report.c ---- */
int
report_status(struct broker *b, struct bk_order *o, uint8_t st, struct str text);
int
report_algo(struct broker *b, struct bk_algo *a, uint8_t st, struct str text);
int
report_fill(struct broker *b, const struct bk_exec *x, struct str correction_of);
int
report_reject(
    struct broker *b, struct str cl, const struct sym *sym, const char *rule, struct str text);
int
report_alert(struct broker *b, uint8_t severity, const char *rule, const struct sym *sym,
    const double *value, const double *limit, const char *fmt, ...)
    __attribute__((format(printf, 7, 8)));
int
report_conn(struct broker *b, uint8_t state, const char *text);
/* Positions that changed (all: every one that is not flat too), then the portfolio. */
int
report_account(struct broker *b, int64_t ts, bool all);

/* ---- ask.c ---- */
int
ask_start(struct broker *b);
/* True when the event was an answer to it, and nothing else. */
int
ask_event(struct broker *b, const struct tws_event *ev);
void
ask_forget(struct broker *b); /* the connection is gone */

/* ---- settle.c ---- */
/* An inquiry has come to its end. */
int
settle(struct broker *b);

/* ---- algo.c, algo_in.c ---- */
/* Whether an order record asks for an algorithm; then *rc is what became of it. */
bool
algo_enter(struct broker *b, const struct rec *r, int *rc);
/* Let all go on to the stream's time. */
int
algo_step(struct broker *b);
/* Trades and bars tell what the market traded. */
void
algo_market(struct broker *b, const struct rec *r);
int
algo_cancel(struct broker *b, struct bk_algo *a);
int
algo_end(struct broker *b, struct bk_algo *a, uint8_t st, const char *why);
/* An execution or an end of a child: its parent's status. */
int
algo_child(struct broker *b, struct bk_order *o);

#endif
