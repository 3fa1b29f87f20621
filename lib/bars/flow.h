/*
 * When an imbalance or a runs bar is complete: M. Lopez de Prado, "Advances in Financial Machine
 * Learning" (Wiley 2018), chapter 2.3.2.
 *
 * b = +1 for a buyer's trade, -1 for a seller's; v = 1, size, or price x size.
 *
 * Fixed threshold H: an imbalance bar ends when |sum b v| >= H; a runs bar when trades of one
 * side in unbroken sequence reach sum v >= H (a trade of the other side starts a new run).
 *
 * Adaptive (ewma): an imbalance bar ends when |sum b v| >= E[T] |E[b v]|, a runs bar when
 * max(sum over buys of v, sum over sells of v) >= E[T] max(P E[v|buy], (1-P) E[v|sell]), the
 * book's definition, in which the other side does not break a run. The expectations are
 * exponentially weighted means over the bars before, with alpha = 2 / (span + 1). Ours, against
 * the well-known collapse and explosion of these thresholds: the first bar has `ticks` ticks,
 * E[T] stays within ticks/10 .. 10 ticks, and no bar has fewer than ticks/10.
 */
#ifndef TP_BARS_FLOW_H
#define TP_BARS_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/num.h"

enum flow_unit { FLOW_TICK, FLOW_VOLUME, FLOW_VALUE };

struct flow_conf {
	bool runs, adaptive;
	enum flow_unit unit;
	num_i128 threshold; /* fixed: ticks, nano size or 1e-18 money */
	int64_t span, ticks;
};

/* One symbol's. */
struct flow_state {
	int64_t n;            /* ticks of the bar so far */
	int side;             /* fixed runs: side of the run */
	num_i128 sum;         /* of b v, or of the run */
	num_i128 buys, sells; /* adaptive runs */
	int64_t nbuys, nsells;
	/* expectations; valid when bars > 0 */
	int64_t bars;
	double e_n, e_bv, e_p, e_buy, e_sell;
};

/* threshold: "6", "ewma", "ewma:SPAN" or "ewma:SPAN:TICKS" */
int
flow_conf_parse(const char *threshold, struct flow_conf *c, struct err *e);
/* One trade: true when the bar ends with it; the state is then ready for the next bar. */
bool
flow_add(const struct flow_conf *c, struct flow_state *s, int sign, int64_t size, num_i128 value);
/* Forget the bar that was begun (the session is over), keep what was learnt. */
void
flow_drop(struct flow_state *s);

#endif
