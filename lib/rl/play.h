/*
 * Playing a market from end to end without learning, and what came of it: the path of the money of
 * all its accounts together, and their trades. Every market of the environment (one, or with `each`
 * one a symbol) is played once by an account of its own that begins with the capital; their sum
 * over the capitals' is the value, 1 at the beginning. An account whose episode ends early keeps
 * what it has.
 */
#ifndef TP_RL_PLAY_H
#define TP_RL_PLAY_H

#include "rl/train.h"

/* By whom: the policy; the same weight of all symbols bought at once and held; nobody. */
enum rl_player { RL_POLICY, RL_HOLD, RL_FLAT, RL_PLAYERS };

struct rl_row {
	int64_t ts;
	double value[RL_PLAYERS];
};

/* Of the policy. Money in parts of the capital of all accounts. */
struct rl_tally {
	int64_t trades, wins; /* round trips; what is held at the end counts as one at its price */
	double won, lost;     /* their profits and losses, both >= 0 */
	double traded, commission;
	double slippage; /* against the prices of the decisions; below 0: gained */
};

struct rl_played {
	struct rl_row *rows;
	size_t n, cap;
	struct rl_tally tally;
};

struct rl_train;
/*
 * Play [from, to) of the market of `o`: by t, and when compare is true by the other two (their
 * values stay 1 else). out is cleared first; free its rows. 0 or a code.
 */
int
rl_play(const struct rl_trainer *t, const struct rl_train *o, int64_t from, int64_t to,
    bool compare, struct rl_played *out, struct err *e);

/* SHA-256 of the market's records of instants before `to`, in hex. */
void
rl_market_hash(struct rl_env *v, int64_t to, char hex[65]);

/* What is said of a path's rows: of one player, or of several folds' rows put together. */
struct rl_verdict {
	size_t n;       /* returns */
	double periods; /* returns a year, as they were */
	double total, sharpe, sharpe_low, sharpe_high, psr, deflated, drawdown, per_period;
};
/*
 * r: n returns that took `years`. trials, stdev: of the ledger, for `deflated` (NaN below two
 * trials). interval: resample for sharpe_low and _high, by the seed.
 */
void
rl_judge(const double *r, size_t n, double years, size_t trials, double stdev, bool interval,
    uint64_t seed, struct rl_verdict *out);

#endif
