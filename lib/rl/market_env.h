/*
 * The market environment, for the files that make it (market_env.c, market_copy.c, action.c,
 * reward.c, observe.c, stop.c) and for rl-env.
 *
 * One copy is one risk gate with its account: the stage that trades (risk/gate.h), fed by direct
 * calls with the records of the market. At watermark t the action becomes targets or orders; the
 * gate checks them; they fill on the records of instant t+1; the reward is made of the account at
 * watermark t+1. The gate's account is the paper account of ibkr-exec with the same options, so
 * fills, costs and equity are those of `risk-gate | ibkr-exec --paper`.
 */
#ifndef TP_RL_MARKET_ENV_H
#define TP_RL_MARKET_ENV_H

#include "base/rng.h"
#include "risk/gate.h"
#include "rl/action.h"
#include "rl/env.h"
#include "rl/market.h"
#include "rl/reward.h"
#include "rl/stop.h"

extern const struct rl_env_kind rl_env_market;

/* Called with each record that an account or a gate makes, in order. */
typedef int (*rl_trace_fn)(void *arg, const struct rec *r);

struct market_copy {
	struct gate *gate;
	struct stage tail; /* behind the gate */
	struct stage_env env;
	struct market_env *world;
	uint64_t seed;
	struct rng rng;
	const struct rl_market *market;
	size_t t, start, end; /* instant now, of the reset, last one of the episode */
	int64_t equity, peak; /* micro */
	double *want;         /* by place: what was last asked for; part of equity or units */
	int64_t *qty;         /* by place: nano held at the last watermark */
	uint64_t norders, nrejects, ids;
	bool held; /* the action just taken asked for nothing new */
	struct reward reward;
	float *acts; /* since the reset: a copy is saved as what was done to it */
	size_t nacts, capacts;
};

struct market_env {
	struct rl_env base;
	/* parameters */
	const char *pipeline, *limits, *strategy;
	struct opt_list data;
	struct account_opts account;
	struct action_opts action;
	struct reward_opts reward;
	struct stop_opts stop;
	int64_t window, steps, from, to;
	bool random_start, each;
	double slip_lo, slip_hi, rate_lo, rate_hi;
	/* made by open */
	struct rl_market *market; /* one; with `each`, one a symbol */
	size_t nmarkets;
	struct rl_market whole; /* with `each`: what they are parts of */
	const struct action_kind *action_kind;
	const struct reward_kind *reward_kind;
	size_t nown; /* floats an observation about the account */
	char **names;
	size_t nnames;
	struct gate *gates; /* one a copy */
	rl_trace_fn trace;
	void *trace_arg;
	/* Where targets and orders go; NULL: to the copy's gate. */
	int (*send)(struct market_copy *c, struct rec *r);
};

/* The market environment that v is; NULL when it is of another kind. */
struct market_env *
rl_market_of(struct rl_env *v);
/* Also tell fn of all that gates and accounts write; before the first reset. */
int
rl_market_trace(struct rl_env *v, rl_trace_fn fn, void *arg, struct err *e);

/* How many markets the episodes are of; that of seed s is the one number s modulo this. */
size_t
rl_market_episodes(struct rl_env *v);
/* Of copy i, money and time at the instant it is at. */
double
rl_market_equity(struct rl_env *v, size_t i, int64_t *ts);
/* The times of the first and the last instant of episodes; how many they are. */
int64_t
rl_market_span(struct rl_env *v, int64_t *from, int64_t *to);

/* A gate as risk-gate opens it, by the world's account options and limits; without a limits file
 * one that checks what needs none. It has no environment yet. */
int
market_gate_open(struct market_env *m, struct gate *g, struct err *e);

/* ---- market_copy.c: what the table of the environment kind calls ---- */
int
market_copy_reset(struct rl_env *v, void *copy, uint64_t seed, float *obs);
int
market_copy_step(struct rl_env *v, void *copy, const float *act, float *obs, struct rl_out *out);
/* A copy is its seed and what was done since. */
void
market_copy_save(const struct rl_env *v, const void *copy, struct buf *out);
bool
market_copy_load(struct rl_env *v, void *copy, const void *p, size_t n);
void
market_copy_close(struct rl_env *v, void *copy);
/* The note of a stage_env that says nothing. */
void
market_hush(void *arg, const struct stage *st, int level, const char *text);

/* ---- observe.c ---- */
int
market_observe_open(struct market_env *m, struct err *e);
void
market_observe(const struct market_env *m, const struct market_copy *c, float *obs);

/* ---- the hands of action.c ---- */
/* Want a part of equity (weight) or units of a symbol; nothing when it is wanted already. */
int
market_want(struct market_copy *c, size_t place, bool is_weight, double v);
/* Send an order; its cl_ord_id, time and symbol are filled in. *id, when asked for, lives in the
 * copy's id buffer until the next order. */
int
market_order(struct market_copy *c, size_t place, struct rec *order);

#endif
