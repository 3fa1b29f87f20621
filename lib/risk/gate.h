/* risk-gate: targets and orders -> orders that the limits allow, rejects, alerts. */
#ifndef TP_RISK_GATE_H
#define TP_RISK_GATE_H

#include "risk/keep.h"
#include "risk/risk.h"
#include "stage/stage.h"

extern const struct stage_kind risk_gate_kind;

#define GATE_RULES 32

/* The stage's struct, for the two files that make it (gate.c, gate_orders.c). */
struct gate {
	struct stage base;
	const char *limits_file, *state_file, *rearm;
	bool show_account;
	struct account_opts account_opts;

	struct risk risk;
	int64_t wm;         /* last watermark, TIM_NONE before the first */
	uint64_t counter;   /* of the orders made after it */
	bool waiting;       /* it was looped and its portfolio has not come */
	bool follow;        /* the real account's records come in: no shadow */
	bool greeted;       /* what a restart has to say was said */
	int64_t saved_now;  /* event time of the last write of the state file */
	struct keep held;   /* came while waiting, in order */
	struct keep parked; /* orders from targets that need the sales of their instant first */
	struct buf id;
	uint64_t asked, refused; /* orders and replaces that were decided on */
	struct {
		const char *rule;
		uint64_t n;
	} refusals[GATE_RULES];
};

/* An open gate that has let nothing through yet: limits and options stay, account, latches and ids
 * begin anew. No file is read or written. */
void
gate_reset(struct gate *g);

/* ---- gate_orders.c: each consumes its record ---- */
int
gate_target(struct gate *g, const struct rec *r);
int
gate_order(struct gate *g, const struct rec *r);
int
gate_cancel(struct gate *g, const struct rec *r);
int
gate_replace(struct gate *g, const struct rec *r);
/* The instant's targets have all come: what is still parked is refused. */
int
gate_end_batch(struct gate *g);
/* The words at the end, when something was refused. */
void
gate_note_refused(struct gate *g);
/* Close every position. */
int
gate_flatten(struct gate *g);

#endif
