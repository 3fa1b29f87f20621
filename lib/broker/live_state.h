/* What the files of the live side share: live.c (turns, the stage), live_end.c (its end). */
#ifndef TP_BROKER_LIVE_STATE_H
#define TP_BROKER_LIVE_STATE_H

#include "broker/live.h"

/* What the broker says about a symbol. */
enum resolved { ASK_NOT, ASK_SENT, ASK_KNOWN, ASK_NONE };

struct csym {
	enum resolved state;
	int64_t req_id;
	unsigned matches;
};

struct live_exec {
	struct stage *st;
	struct live_exec_opts o;
	struct tws_session *s;
	struct broker *b;
	struct tws_contracts *contracts;
	struct loop_sink *sink;
	struct csym *sym; /* by sym->id */
	size_t sym_cap;
	int64_t last;  /* monotonic ns of the last turn */
	bool muted;    /* nobody reads any more */
	bool finished; /* shut down in order already */
	bool halted;
	bool moved;     /* the account was told before the last fill */
	int64_t market; /* latest answer about the gateway's time; TIM_NONE */
	uint64_t answers;
};

/* A signal asked to end. */
bool
live_exec_stopped(const struct live_exec *l);
/* Wait for the broker; what was told meanwhile goes out. */
int
live_exec_turn(struct live_exec *l, int64_t timeout_ns);
/* The broker must know exactly one contract of the symbol before an order for it goes out. */
int
live_exec_resolve(struct live_exec *l, const struct sym *sym);

#endif
