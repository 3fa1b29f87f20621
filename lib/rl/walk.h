/* Walk-forward: train, trade what follows, step on; and what all that trading came to. */
#ifndef TP_RL_WALK_H
#define TP_RL_WALK_H

#include "rl/play.h"
#include "rl/run.h"
#include "rl/span.h"

/* What a fold came to. */
struct rl_fold_result {
	struct rl_fold span;
	int64_t steps;
	double valid_mean; /* NaN: no validation */
	struct rl_played played;
};

struct rl_walk {
	const struct rl_train *o;
	const struct rl_parsed *parsed;
	const char *command;
	struct rl_spans spans;
	struct rl_env *probe; /* one copy of the whole market, for hashes */
	struct rl_fold_result *fold;
	size_t n, cap;
	int metrics;
	struct buf line;
	struct err *err;
};

/* Walk, say what came of it on standard output, write what was asked for. 0 or a code. */
int
rl_walk(const struct rl_parsed *p, const char *command, struct err *e);

/* ---- verdict.c ---- */
/* The line of fold k. */
int
rl_walk_fold_line(struct rl_walk *w, size_t k);
/* The ledger's entry, --oos, and the last line. */
int
rl_walk_verdict(struct rl_walk *w);

#endif
