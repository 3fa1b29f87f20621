/*
 * Policies: what turns the records known by a watermark into wanted positions.
 *
 * A rule policy is one `struct rl_rule` in the table of policy.c: a name, a table of parameters
 * (an option table, so the parser, the defaults and the messages are those of the command line)
 * and four functions. Its state begins with `struct rl_policy`, then the parameters. A policy
 * sees bars in stream order, decides at a watermark, and says what it wants through rl_want;
 * the stage (act.c) knows what it said before and writes targets only for changes.
 */
#ifndef TP_RL_POLICY_H
#define TP_RL_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/opt.h"
#include "rec/rec.h"

struct rl_policy;

/* What a policy wants of one symbol. */
struct rl_target {
	const struct sym *sym;
	bool is_weight;
	int64_t position;   /* nano, signed; when !is_weight */
	double weight;      /* part of equity; when is_weight */
	const char *reason; /* a few words */
	bool again;         /* write it even when nothing changed (a rebalance) */
};

typedef int (*rl_want_fn)(void *arg, const struct rl_target *t);

struct rl_rule {
	const char *name;
	const char *about;
	const struct opt *params; /* offsets relative to the policy's own struct */
	size_t size;              /* of that struct */
	/* Parameters are filled in. 0 or ERR_USAGE with the words in e. */
	int (*open)(struct rl_policy *p, struct err *e);
	/* One closed, usable bar. `revised`: it replaces the last one of its symbol. */
	void (*bar)(struct rl_policy *p, const struct rec *r, bool revised);
	/* A signal that is not a shadow. True: it may change what is wanted. NULL: none are read.
	 */
	bool (*signal)(struct rl_policy *p, const struct rec *r);
	/* A watermark at t, before decide. True: the time alone may change what is wanted. */
	bool (*clock)(struct rl_policy *p, int64_t t);
	/* All prices of the symbol before now are to be divided by `ratio`. */
	void (*split)(struct rl_policy *p, const struct sym *sym, double ratio);
	/* Bars of a symbol that it takes to decide on it. NULL: one. */
	int64_t (*needs)(const struct rl_policy *p);
	/* A watermark that a bar, a signal or a clock has said something new before. 0 or what want
	 * returned. */
	int (*decide)(struct rl_policy *p, rl_want_fn want, void *arg);
	void (*close)(struct rl_policy *p);
};

struct rl_policy {
	const struct rl_rule *rule;
	char *params; /* their words, which parameters that are texts point into */
};

/* NULL-terminated */
extern const struct rl_rule *const rl_rules[];
extern const struct rl_rule rl_buy_hold, rl_sma_cross, rl_momentum, rl_mean_revert, rl_breakout,
    rl_signal;

/* Make a policy from "rule:NAME[,key=value...]". NULL with the reason and the valid names. */
struct rl_policy *
rl_policy_new(const char *text, struct err *e);
void
rl_policy_free(struct rl_policy *p);

/* ---- the last values of a series ---- */
struct rl_ring {
	int64_t *v;
	uint32_t cap, next, n; /* n <= cap values; next is where the coming one goes */
};

/* The k-th value before the newest (0: the newest); k < n. */
static inline int64_t
rl_ring_ago(const struct rl_ring *r, uint32_t k)
{
	return r->v[r->next > k ? r->next - 1 - k : r->next + r->cap - 1 - k];
}

void
rl_ring_push(struct rl_ring *r, uint32_t cap, int64_t x); /* makes the ring on first use */
void
rl_ring_last(struct rl_ring *r, int64_t x); /* replaces the newest */
/* Divide everything by ratio, rounded to the nearest. */
void
rl_ring_split(struct rl_ring *r, double ratio);
int64_t
rl_split_price(int64_t price, double ratio);

/* ---- policies that hold each symbol long, flat or short by itself ---- */
struct rl_side {
	const struct sym *sym;
	int8_t now;   /* -1 short, 0 flat, 1 long */
	bool touched; /* changed since the last decision */
	const char *reason;
};

/* The first member of their struct; its parameters come by RL_SIDED_PARAMS. */
struct rl_sided {
	struct rl_policy base;
	int64_t size;  /* units */
	double weight; /* of equity; 0: use size */
	int64_t shorts;
	struct rl_side *side; /* by symbol id */
	size_t nside;
	uint32_t *list; /* ids touched, in order */
	size_t nlist, caplist;
};

#define RL_SIDED_PARAMS(type) \
	{ .kind = OPT_SIZE, \
		.name = "size", \
		.arg = "UNITS", \
		.help = "units held when long", \
		.dflt = "1", \
		.off = OPT_OFF(type, sided.size) }, \
	{ \
		.kind = OPT_F64, .name = "weight", .arg = "PART", \
		.help = "part of equity held when long, instead of size", .dflt = "0", \
		.off = OPT_OFF(type, sided.weight) \
	}
#define RL_SHORT_PARAM(type) \
	{ \
		.kind = OPT_INT, .name = "short", .arg = "0|1", \
		.help = "1: go short where it would be flat", .dflt = "0", \
		.off = OPT_OFF(type, sided.shorts), .lo = 0, .hi = 1 \
	}

int
rl_sided_open(struct rl_sided *s, struct err *e);
/* The side that the symbol is on; made on first use. */
struct rl_side *
rl_sided_at(struct rl_sided *s, const struct sym *sym);
void
rl_sided_set(struct rl_sided *s, const struct sym *sym, int side, const char *reason);
int
rl_sided_decide(struct rl_policy *p, rl_want_fn want, void *arg);
void
rl_sided_close(struct rl_policy *p);

#endif
