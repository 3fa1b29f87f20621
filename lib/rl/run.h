/*
 * One training: environments, trainer, validations, checkpoint, learning curve. rl-train makes one;
 * a walk-forward makes one a fold, a search one a trial.
 *
 *	struct rl_run r;
 *	rc = rl_run_open(&r, o, train, valid, what, err);
 *	if (rc == 0)
 *		rc = rl_run_learn(&r);
 *	rl_run_settle(&r);			// r.t holds the policy now
 *	rl_run_free(&r);			// in any case
 */
#ifndef TP_RL_RUN_H
#define TP_RL_RUN_H

#include "rl/rl_train.h"

struct rl_run {
	const struct rl_train *o;
	const char *what;       /* names the run: a checkpoint of another is refused; borrowed */
	const char *checkpoint; /* file, borrowed; NULL: none */
	const char *label;      /* more keys of the metrics' lines (",\"fold\":1"), borrowed */
	struct rl_trainer *t;
	struct rl_env *valid;
	uint64_t valid_first; /* seeds of the validation's episodes, and how many */
	size_t nvalid;
	int64_t until;  /* learn up to here at most; the schedules are those of o->steps */
	int metrics;    /* descriptor or -1, borrowed */
	bool resumed;   /* it goes on from a checkpoint */
	bool shows;     /* a curve on the terminal */
	bool exhausted; /* no further step will be made: patience, or too few are left */
	struct rl_progress g;
	struct rl_show *show;
	struct buf line;
	struct err *err;
};

/* Seeds of validation episodes; those of the last evaluation are 0, 1, ... */
#define RL_VALID_FIRST (UINT64_C(1) << 40)
#define RL_SIDE 64 /* episodes evaluated side by side */

/* A world: of --pipeline and --data when there are any. NULL with the words in e. */
struct rl_env *
rl_run_env(const struct rl_train *o, const char *text, size_t n, struct err *e);
/* The environments of training and validation, as --env has them. `what` is borrowed. 0 or a code;
 * rl_run_free in either case. */
int
rl_run_open(struct rl_run *r, const struct rl_train *o, const char *train, const char *valid,
    const char *what, struct err *e);
/* Go on from r->checkpoint when it is there and is of this run. */
int
rl_run_resume(struct rl_run *r);
/* To r->until, or the end. 0 or a code. */
int
rl_run_learn(struct rl_run *r);
/* The weights become those that are to be kept: the best of the validations, or the average. */
void
rl_run_settle(struct rl_run *r);
/* The mean reward of a validation episode by the weights as they are. */
int
rl_run_valid_mean(struct rl_run *r, double *mean);
void
rl_run_free(struct rl_run *r);

/* --metrics: *fd, or -1 when there is none; closing returns rc, or the code of a failed write. */
int
rl_metrics_open(const struct rl_train *o, bool append, int *fd, struct err *e);
int
rl_metrics_close(const struct rl_train *o, int fd, int rc, struct err *e);

/* ---- show.c: lines of NDJSON, and the terminal ---- */
/* ,"key":value; nothing when it is not finite */
void
rl_put_f64(struct buf *b, const char *key, double v);
void
rl_put_text(struct buf *b, const char *key, const char *z);
void
rl_put_ts(struct buf *b, const char *key, int64_t ts);
int
rl_run_metrics(struct rl_run *r);
/* The reward curve on a terminal, now and then. */
void
rl_run_show(struct rl_run *r);
void
rl_run_show_end(struct rl_run *r);
double
rl_seconds(void);

#endif
