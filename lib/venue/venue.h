/*
 * The paper venue from inside: what the files of this room share and nobody else sees.
 *
 *	enter.c   orders, cancels and replaces come in
 *	match.c   market data against working orders
 *	fill.c    one execution: slippage, commission, brackets, OCA
 *	orders.c  the lists of orders, the records that tell about them
 *	ids.c     who has which id
 *	upkeep.c  what time does: expiry, closing auctions, fees, margin
 *	corp.c    corporate actions
 *	state.c   save and load
 *	follow.c  the account of a real executor, from its records
 *	overlap.c records that come a second time after a restart
 */
#ifndef TP_VENUE_VENUE_H
#define TP_VENUE_VENUE_H

#include "mkt/session.h"
#include "venue/account.h"

enum ostate {
	O_HELD, /* a bracket's child whose parent has not filled */
	O_WORKING,
	O_DONE, /* unlinked by orders_sweep */
};

enum slip_kind { SLIP_NONE, SLIP_BPS, SLIP_HALF_SPREAD, SLIP_VOLUME_SHARE, SLIP_SQRT };

/* A cancel or replace under way (it takes the latency of an order). */
struct request {
	bool cancel, replace;
	int64_t after, skip; /* as in struct order */
	uint32_t has;        /* F_replace_ bits */
	int64_t qty, limit, stop, trail, expire;
	uint8_t tif;
	char id[128]; /* new cl_ord_id; empty: the old one stays */
	uint8_t id_len;
};

struct order {
	struct order *next, *prev;   /* all orders, by arrival; next also chains the pool */
	struct order *snext, *sprev; /* those of the symbol */
	struct order *dead;          /* next that ended since the last sweep */
	const struct sym *sym;
	char *text; /* holds the strings below; kept with the order in the pool */
	size_t text_cap;
	struct str id, strategy, parent, oca, approval;
	uint64_t id_a, id_b; /* hash of id */
	uint64_t no;         /* order_id is "P" and this */
	uint64_t parent_no;  /* 0: no parent */
	uint32_t nchildren;  /* orders that named it their parent */
	uint64_t group;      /* one fill cancels the others; 0: none */
	int64_t ts;
	enum ostate state;
	uint8_t side, type, tif;
	bool outside_rth, has_trail_pct;
	bool triggered; /* stop elected, or price touched */
	bool tried;     /* met its first market data (ioc, fok, opening) */
	bool checked;   /* margin was checked */
	bool forced;    /* a liquidation: no checks */
	int64_t qty, cum;
	int64_t active; /* children: nano of the parent's fills that it may still close */
	num_i128 value; /* sum of quantity * price, nano * nano */
	int64_t limit, stop, trail, expire;
	int64_t offset;  /* trailing_stop_limit: distance of limit from stop */
	int64_t extreme; /* trailing: best price seen; 0: none */
	double trail_pct;
	int64_t after;   /* data that starts earlier cannot fill it */
	int64_t skip;    /* latency in records: so many still to pass */
	uint64_t met;    /* event that `skip` last counted */
	int64_t day;     /* trading day it lives on; TIM_NONE: not known yet */
	int64_t arrival; /* price when it arrived; 0: none */
	int64_t charged; /* commission so far, micro */
	int64_t month_before;
	uint64_t born; /* event in which its parent filled inside the bar; 0: no such */
	uint32_t nfills;
	struct request req; /* last: its text is not cleared for a new order */
};

/* What is known of a symbol. */
struct vsym {
	const struct sym *sym;
	const struct instrument *in;
	struct order *first, *last;
	uint32_t norders;
	bool delisted;
	int64_t px;           /* last usable price, the mid of quotes; 0: none */
	int64_t bid, ask;     /* last price at which a sell, a buy would fill */
	int64_t spread;       /* of the last quote; 0: unknown */
	int64_t start, known; /* of the last market record; TIM_NONE: none */
	int64_t added;        /* micro that its working orders would add to gross */
};

/* id -> order; finished orders keep their id, for duplicates. 128-bit hashes stand for ids. */
struct idslot {
	uint64_t a, b;       /* both 0: empty */
	struct order *order; /* NULL: finished */
};
struct idtab {
	struct idslot *v;
	size_t cap, n;
	/* The id that was hashed last, and its hash up to each byte. */
	uint8_t last_n; /* 0: none */
	char last[64];
	unsigned __int128 state[64];
};

/* Market data as the matcher sees it. Quotes differ by side, bars and trades do not. */
struct px4 {
	int64_t o, h, l, c;
};
struct event {
	struct px4 buy, sell;
	int64_t vol[2];   /* nano, for buys and sells; 0: unknown */
	int64_t avail[2]; /* nano left for us; INT64_MAX: no limit */
	int64_t start, known, spread;
	bool quote;       /* an ask at the limit fills a buy; a trade there does not */
	bool whole_day;   /* a bar of a day or longer */
	bool new_session; /* first of its trading day */
};

/* What the state that a run continues from knows already; overlap.c. */
struct overlap {
	int64_t upto;                 /* its last watermark; TIM_NONE: nothing can come again */
	int64_t from;                 /* the same, for the words at the end */
	int64_t seen;                 /* a->seen of the state */
	int64_t data, requests, told; /* came after that watermark; those still to pass by */
	bool behind;                  /* the stream began before the state's end */
	bool reached;                 /* the watermark has come again */
	uint64_t ignored, ignored_requests;
};

struct account {
	struct account_opts o;
	struct symtab *syms;
	account_out_fn out;
	bool silent; /* nobody listens: nothing need be reported at watermarks */
	void *arg;
	struct ledger *ledger;
	struct instruments *instruments;
	struct sessions *sessions; /* NULL: UTC days */
	struct commission commission;
	enum slip_kind slip;
	double slip_k;
	int64_t latency_ns, latency_skip;

	struct vsym *sym; /* by sym->id */
	size_t sym_cap;
	struct order *first, *last, *pool, *dead;
	uint32_t norders; /* linked */
	struct idtab ids;
	uint64_t next_no, event;
	int64_t wm;                              /* last watermark */
	int64_t seen;                            /* latest time of knowledge of any market record */
	int64_t data_start;                      /* latest start of any */
	int64_t day;                             /* trading day of wm */
	num_i128 added;                          /* sum of vsym.added */
	int64_t borrow_fee, dividends, interest; /* micro, so far */
	int64_t month, month_shares;
	int64_t month_first, month_end; /* days of `month`; both 0: not looked up yet */
	uint32_t nforced;
	bool halted, follow;
	bool inside;   /* the fill being made happened inside a bar */
	bool children; /* it brought children to life */
	uint64_t rev;  /* counts changes that a state file must know */
	/* records since the last watermark, of a run with state */
	int64_t past_data, past_requests, past_told;
	struct overlap overlap;
};

#define IS_BUY(o) ((o)->side == W_side_buy)

/* ---- ids.c ---- */
struct order *
order_find(struct account *a, struct str id, bool *seen_before);
void
order_id_set(struct account *a, struct str id, struct order *o);
/* The same by the id's hash, of an order or of a state file. */
void
order_id_put(struct account *a, uint64_t ha, uint64_t hb, struct order *o);
void
order_id_hash(struct account *a, struct str id, uint64_t *ha, uint64_t *hb);
/* The same hash of any text, with no account at hand. */
void
order_hash(struct str text, uint64_t *ha, uint64_t *hb);

/* ---- orders.c ---- */
struct vsym *
venue_sym(struct account *a, const struct sym *sym);
int64_t
venue_day(const struct account *a, int64_t t);
struct order *
order_new(struct account *a, struct str id, struct str strategy, struct str parent, struct str oca,
    struct str approval);
void
order_set_id(struct account *a, struct order *o, struct str id);
void
order_pool(struct account *a, struct order *o);
void
order_link(struct account *a, struct order *o, const struct sym *sym);
void
order_unlink_sym(struct account *a, struct order *o);
void
orders_sweep(struct account *a);
void
orders_free(struct account *a);
uint64_t
order_group(const struct order *o);
int64_t
order_live_qty(const struct order *o);
/* Recalculate what the working orders of s would add to gross. */
void
orders_added(struct account *a, struct vsym *s);
/* order_id of the n-th order, "P17", with a NUL behind; returns its length */
#define ORDER_NO_MAX 40
size_t
put_order_no(char *o, uint64_t no);
int
emit_status(
    struct account *a, const struct order *o, unsigned status, int64_t ts, const char *text);
/* An open order's status anew: its terms or its quantity changed. */
int
emit_open(struct account *a, const struct order *o, int64_t ts, const char *text);
int
emit_reject(struct account *a, struct str id, const struct sym *sym, int64_t ts, const char *rule,
    const char *text, const double *limit, const double *value);
int
emit_alert(struct account *a, int64_t ts, const char *rule, const char *text, unsigned action,
    double value, double limit);
/* Off the books; the sweep takes it away. */
void
order_done(struct account *a, struct order *o);
/* The children of an order that ended: those without a filled part go, the rest keep just it. */
int
order_end_children(struct account *a, const struct order *parent, int64_t ts);
/* The order's end without a fill: status out, children and lists told. */
int
order_end(struct account *a, struct order *o, unsigned status, int64_t ts, const char *text);

/* ---- enter.c ---- */
int
enter_order(struct account *a, const struct rec *r);
/* As enter_order for a followed account: listed, and no more. */
int
follow_order(struct account *a, const struct rec *r);
int
enter_cancel(struct account *a, const struct rec *r);
int
enter_replace(struct account *a, const struct rec *r);
/* Requests whose latency has passed at time t. */
int
enter_due(struct account *a, struct order *o, int64_t t);
/* Whether the account can carry what works now; *need and *have for the reject. */
bool
margin_ok(const struct account *a, double *need, double *have);

/* ---- match.c ---- */
int
match_event(struct account *a, struct vsym *s, struct event *ev);

void
match_trail_start(const struct vsym *s, struct order *o, int64_t px);

/* ---- fill.c ---- */
/* Execute at most the live quantity of o at px. */
int
fill_order(
    struct account *a, struct vsym *s, struct order *o, int64_t px, int64_t ts, struct event *ev);
/* The account's own sale or purchase of everything, outside any order: delisting. */
int
fill_settle(struct account *a, struct vsym *s, int64_t px, int64_t ts);

/* ---- upkeep.c ---- */
/* Trading day `day` has begun at time t: what lived on an earlier one fills at its close, or ends.
 */
int
upkeep_close_session(struct account *a, struct vsym *s, struct order *o, int64_t day, int64_t t);
int
upkeep_orders(struct account *a, int64_t ts);
void
upkeep_fees(struct account *a, int64_t days);
int
upkeep_margin(struct account *a, int64_t ts, int64_t equity_micro, int64_t gross_micro);

/* ---- corp.c ---- */
int
corp_action(struct account *a, const struct rec *r);

/* ---- overlap.c ---- */
/* The account was loaded: what it knows may come again. */
void
account_overlap_from_state(struct account *a);

/* ---- follow.c ---- */
int
follow_replace(struct account *a, const struct rec *r);

#endif
