/*
 * The ledger of trials: a file of NDJSON, a line for each thing that was tried, so that later
 * statistics know how many they were (the deflated Sharpe ratio) and a search that was killed goes
 * on where it was. A line is appended whole, under a lock, and is on the disk before anything else
 * is done; what is torn at the end, a crash having met the write, is dropped by the next.
 *
 *	{"type":"trial","trial":3,"search":"91c2...","try":3,"method":"tpe","env":"ou","algo":"ppo",
 *	 "seed":1,"steps":20000,"settings":{"lr":"0.0012"},"objective":12.5,"valid_mean":12.5}
 *
 * `trial` counts in the file, `try` in the search. Halving writes a line a rung, the trial's number
 * staying the same.
 */
#ifndef TP_RL_TRIALS_H
#define TP_RL_TRIALS_H

#include "rl/rl_train.h"

struct rl_trial {
	int64_t trial;         /* set by rl_ledger_add when 0 */
	int64_t attempt, rung; /* in the search, from 1; -1: no rungs */
	int64_t seed, steps;
	char search[17], data[65]; /* what was searched; SHA-256 of the data or empty */
	char *method, *env, *algo; /* owned, as are the settings */
	struct rl_setting *setting;
	size_t nsettings;
	double objective, valid_mean, sharpe; /* NaN: none; sharpe a period, not annual */
};

struct rl_ledger {
	const char *path; /* NULL: in memory only */
	bool times;       /* lines say when they were written */
	struct rl_trial *v;
	size_t n, cap;
	size_t good;  /* bytes of whole lines */
	bool unended; /* the last of them lacks its newline */
};

/* What the file has; a file that is not there is empty. path is borrowed. 0 or a code; close in
 * either case. */
int
rl_ledger_open(struct rl_ledger *l, const char *path, bool times, struct err *e);
/* Append t, which is taken over. 0 or a code; what others appended meanwhile is read. The line is
 * put into `line` besides when that is not NULL. */
int
rl_ledger_add(struct rl_ledger *l, struct rl_trial *t, struct buf *line, struct err *e);
void
rl_ledger_close(struct rl_ledger *l);

/* The line of a search's attempt and rung; NULL. */
const struct rl_trial *
rl_ledger_find(const struct rl_ledger *l, const char *search, int64_t attempt, int64_t rung);
/* How many trials there are, and the sample deviation of their Sharpe ratios a period (of the last
 * line of each that has one); NaN below two. */
size_t
rl_ledger_count(const struct rl_ledger *l, double *stdev);

void
rl_trial_put(const struct rl_trial *t, bool time, struct buf *out);
void
rl_trial_free(struct rl_trial *t);
/* 16 hexadecimal digits that name a search */
void
rl_search_id(const char *what, char id[17]);

#endif
