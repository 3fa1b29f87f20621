/* Search of settings: what is tried, how it does, which is best. */
#ifndef TP_RL_SEARCH_H
#define TP_RL_SEARCH_H

#include "rl/run.h"
#include "rl/trials.h"
#include "rl/tune.h"

struct rl_search {
	const struct rl_parsed *base;
	int argc; /* the command, without settings */
	char **argv;
	struct tune space;
	char id[17];
	struct rl_ledger ledger;
	int64_t spent; /* steps, those of ledger lines that were there already included */
	int metrics;   /* descriptor or -1 */
	size_t failed;
	double *points, *loss; /* of the attempts so far, space.n numbers each */
	size_t n;
	struct buf line;
	struct err *err;
};

/*
 * Search as base says. best: the settings, owned by the caller (rl_settings_free). Every trial's
 * line goes to standard output and the ledger, the verdict to standard output. 0 or a code.
 */
int
rl_search(const struct rl_parsed *base, int argc, char **argv, struct rl_setting **best,
    size_t *nbest, struct err *e);
void
rl_settings_free(struct rl_setting *s, size_t n);

/* ---- for halving.c and attempt.c ---- */

extern const char *const rl_search_methods[]; /* by enum rl_search_kind */
/* A point's settings, u->n of them, owned by the caller. */
struct rl_setting *
rl_settings_of(const struct tune *u, const double *x);

/* One attempt's training up to a number of steps. */
struct rl_attempt {
	int64_t attempt, rung, until; /* until 0: all steps */
	const double *x;
	const struct buf *from; /* a checkpoint to go on from, or NULL */
	struct buf *to;         /* a checkpoint of where it ended, or NULL */
};
/* The attempt's line: from the ledger when it is there, else by training, which is then added. The
 * line lives until the next. *t NULL after an error. */
int
rl_attempt(struct rl_search *s, const struct rl_attempt *a, const struct rl_trial **t);
/* The loss: smaller is better, infinite when it failed. */
double
rl_loss(const struct rl_trial *t);
/* Successive halving: the attempt that won and its objective. */
int
rl_halving(struct rl_search *s, int64_t *attempt, double *objective);
/* The point of the k-th attempt (from 1) by chance alone. */
void
rl_search_random(struct rl_search *s, int64_t k, double *x);

#endif
