/*
 * The book: our orders and executions, and the ledger that follows from them. It is a function
 * of the journal: nothing changes it but an entry, first written, then applied by the same code
 * that applies it after a restart. What a restart may forget (times of sending, what a gateway
 * listed) the engine keeps beside it in the same structs, marked so.
 *
 * Entries:
 *	head   v account client            whose journal it is
 *	hold   sym qty avg mult            what the account held when it was taken over
 *	base   cash                        its cash then; from here on executions count
 *	burn   id                          an order id that is used up
 *	order  id ref sym side qty type .. an order, before it is sent; ext=1: not ours, adopted
 *	st     o st perm why               its state (words of FIX)
 *	cxl    o                           a cancel, before it is sent
 *	chg    o cl qty lmt stp trl ..     a replace, before it is sent
 *	chgd   o ok                        what became of it
 *	exec   x o sym side qty px ..      an execution; the same id with a higher last segment
 *	                                   corrects it, qty 0 takes it back; old=1: before `base`
 *	comm   x amt                       its commission
 *	adj    sym qty px cash why         an adjustment of the ledger to the broker's account
 *	algo   ref sym side qty kind ..    an order that works through children
 *	algost ref st why                  its end
 * o is the number of an order in this file, from 0. Prices and quantities are nano, money micro.
 */
#ifndef TP_BROKER_BOOK_H
#define TP_BROKER_BOOK_H

#include "broker/journal.h"
#include "broker/map.h"
#include "ledger/ledger.h"
#include "rec/rec.h"

struct bk_algo;

/* Terms that a replace may change. */
struct bk_terms {
	int64_t qty, limit, stop, trail, expire; /* nano, ns; 0: none */
	uint8_t tif;
};

struct bk_order {
	struct bk_order *next, *prev; /* of those that are not final */
	bool listed;
	uint32_t no;    /* its number in the journal */
	int64_t id;     /* at the broker; of external orders: of the client that sent it */
	int64_t client; /* who sent it */
	int64_t perm;   /* 0: not told yet */
	bool external;
	const struct sym *sym;
	struct str ref; /* our name for it for ever: the first cl_ord_id, and its orderRef */
	struct str cl;  /* cl_ord_id now */
	struct str strategy, oca, why;
	struct bk_order *parent; /* of a bracket */
	struct bk_algo *algo;    /* whose child it is */
	uint8_t side, type, st;  /* W_side_, W_ord_, W_ostat_ words; st is never partially_filled */
	bool outside_rth;
	double trail_pct;
	struct bk_terms t;
	struct bk_terms chg; /* a replace that is not settled, when chg_cl is there */
	struct str chg_cl;
	bool cancel; /* a cancel was asked for */
	int64_t cum;
	num_i128 value;  /* sum of quantity * price of its executions */
	int64_t arrival; /* price when it came; 0: none */
	int64_t ts;

	/* beside the journal */
	bool queued; /* waits to be sent by this process */
	bool sent;   /* this process gave it to this connection or an earlier one */
	bool cancel_sent, chg_sent;
	bool cancel_late, chg_late; /* unanswered for too long, or over a new connection */
	bool probed;                /* a cancel was sent to learn whether it exists, */
	bool gone;                  /* and it does not */
	int64_t sent_at, acked_at, first_at, last_at; /* monotonic ns; 0: not yet */
	int64_t cancel_at, chg_at, probed_at;
	uint64_t sent_gen; /* inquiries begun when it was sent */
	uint64_t seen;     /* inquiry that listed it last */
	uint64_t settled;  /* inquiry that was settled for it last */
	uint32_t absent;   /* inquiries in a row that did not */
	uint8_t completed; /* state in the list of completed orders; 0: not listed */
	uint8_t told;      /* status that was emitted last */
	int64_t told_cum;  /* orderStatus's filled: executions may be missing */
};

struct bk_exec {
	struct str base; /* exec_id up to its last dot */
	struct str id;
	int64_t rev;
	struct bk_order *order;
	uint8_t side;
	bool old; /* before the account was taken over */
	bool has_comm;
	int64_t qty, px, ts, mult;
	int64_t commission;
	int64_t comm_rev; /* revision that the commission was told for */
	int64_t cum;      /* of its order then, */
	num_i128 value;   /* likewise */
	/* beside the journal */
	bool held;      /* waits for its commission before it is told */
	bool told_comm; /* it was told with a commission */
	int64_t until;  /* monotonic ns: told by then */
	struct str liquidity, exch;
};

enum algo_kind { ALGO_TWAP = 1, ALGO_VWAP, ALGO_POV, ALGO_ICEBERG };

#define ALGO_SLICES 100

struct bk_algo {
	struct bk_algo *next; /* all, by arrival */
	struct str ref, strategy, why;
	const struct sym *sym;
	enum algo_kind kind;
	uint8_t side, st, tif;
	bool outside_rth, cancel;
	int64_t qty, limit, display;
	int64_t start, duration;
	int64_t slices;
	double participation;
	double weight[ALGO_SLICES]; /* VWAP: share of each slice, summing to 1 */
	int64_t arrival;
	num_i128 volume; /* nano: what the market traded since the start */
	uint32_t nchildren;
	int64_t cum;
	num_i128 value;
	/* beside the journal */
	uint8_t told;
	int64_t told_cum;
	int64_t got_at, first_at, last_at;
};

/* What the ledger was made of, in order; a corrected execution makes it anew. */
struct bk_op {
	enum { BK_HOLD, BK_BASE, BK_EXEC, BK_COMM, BK_ADJ } what;
	const struct sym *sym;
	struct bk_exec *exec;
	int64_t qty, px, mult, cash;
};

struct book {
	struct symtab *syms;
	struct ledger *ledger;
	struct bk_op *ops;
	size_t nops, ops_cap;
	bool based;
	int64_t base_cash;

	struct str account;
	int64_t client;
	int64_t last_id; /* highest order id that was used */
	struct bk_order **order;
	size_t norders, orders_cap;
	struct bk_order *first, *last; /* not final */
	size_t nlive;
	struct bk_algo *algos, **algos_end;
	struct map by_ref;  /* every cl_ord_id that was ever used -> order, */
	struct map by_algo; /* or algo */
	struct map by_id;   /* of our own orders */
	struct map by_perm;
	struct map execs; /* by base */
	struct bk_exec **exec;
	size_t nexecs, execs_cap;
	struct bk_text *text;
	struct buf scratch;
};

struct book *
book_new(struct symtab *syms);
void
book_free(struct book *b);
/* Apply an entry. ERR_DATA with the reason when it makes no sense. A journal_fn with arg = book. */
int
book_apply(void *book, struct str entry, struct err *e);

struct bk_order *
book_by_id(const struct book *b, int64_t id);
struct bk_order *
book_by_perm(const struct book *b, int64_t perm);
/* by any cl_ord_id it ever had */
struct bk_order *
book_by_ref(const struct book *b, struct str ref);
struct bk_algo *
book_algo(const struct book *b, struct str ref);
/* The execution an id speaks of, in whatever revision; *rev gets that of the id. */
struct bk_exec *
book_exec(const struct book *b, struct str exec_id, int64_t *rev);

static inline bool
bk_final(uint8_t st)
{
	return st == W_ostat_filled || st == W_ostat_canceled || st == W_ostat_rejected ||
	       st == W_ostat_expired;
}
/* What is left of an order: 0 when it is final. */
static inline int64_t
bk_leaves(const struct bk_order *o)
{
	return bk_final(o->st) || o->cum >= o->t.qty ? 0 : o->t.qty - o->cum;
}
/* value / quantity, half-even; 0 when nothing was done */
static inline int64_t
bk_avg(num_i128 value, int64_t qty)
{
	return qty > 0 ? (int64_t)num_div_even(value, qty) : 0;
}
/* Copy of a text that lives as long as the book. */
struct str
book_keep(struct book *b, struct str s);

#endif
