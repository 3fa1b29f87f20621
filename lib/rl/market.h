/*
 * A market as an environment replays it: what a pipeline said, run once and kept.
 *
 * The pipeline is written as in the shell, without the stages that know an account (risk-gate,
 * ibkr-exec, loopback); it begins with a source (ibkr-feed --replay, tick-gen) or is put behind
 * `ibkr-feed --replay FILE...`. What it writes between two watermarks becomes known at the second:
 * an instant. A watermark that nothing new came before (a session's opening) is none: it is kept as
 * an event, for the account's clock. Market records are kept as they were, for the account; numbers
 * become columns:
 *
 *	ret		log return of the close since the instant before
 *	NAME		of a features record
 *	signal.SOURCE	direction * confidence (or strength; 1 without either)
 *	pattern		sum of direction * score of what was formed or confirmed at this instant
 *	regime.MODEL	the state's number
 *	target		weight, else units, of a policy in the pipeline
 *
 * with "SYM." in front when there is more than one symbol. A column holds its value until it is
 * told anew (pattern: one instant); before its first value the instant is not ready.
 */
#ifndef TP_RL_MARKET_H
#define TP_RL_MARKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "rec/rec.h"

struct rl_instant {
	int64_t ts;        /* of the watermark */
	uint32_t from, to; /* ev[from..to) became known at it */
};

struct rl_market {
	struct symtab *syms;
	const struct sym **sym; /* those with bars, in order of first sight */
	size_t nsym, capsym;
	int32_t *place; /* by sym->id: index in sym, -1 */
	size_t nplace;
	struct rec *ev; /* trade, quote, bar, corporate_action, watermark; no text */
	size_t nev, capev;
	struct rl_instant *at;
	size_t n, capat;
	int64_t *open, *close; /* [n][nsym] nano: first open and last close; 0 before the first */
	char **names;          /* of the columns */
	size_t ncols;
	uint32_t *owner;    /* of each column, the id of its symbol */
	float *cols;        /* [n][ncols]; NaN before the first value */
	size_t ready;       /* first instant at which all columns have a value; n: never */
	size_t late;        /* the column that it waits for */
	char hash[65];      /* SHA-256 of the market records, hex: what the data was */
	bool part;          /* of another market, or a copy of it, which owns syms */
	size_t first, last; /* instants that episodes may use; set by who makes episodes */
};

/* 0, or a code with the words in e; rl_market_free in either case. */
int
rl_market_run(struct rl_market *m, const char *pipeline, const char *const *files, size_t nfiles,
    struct err *e);
/* The same, or a copy of what it said before: see rl_market_keep. */
int
rl_market_load(struct rl_market *m, const char *pipeline, const char *const *files, size_t nfiles,
    struct err *e);
void
rl_market_free(struct rl_market *m);

/*
 * From now on a pipeline over files is run once a process: who loads it again gets a copy. For a
 * program that opens the same market many times over, such as rl-train, trial by trial and fold
 * by fold; what is kept stays until the process ends.
 */
void
rl_market_keep(void);

/* Find ready and late. */
void
rl_market_ready(struct rl_market *m);

/* Each symbol of m as a market of its own, over the same instants: its records, and its columns
 * without "SYM." in front, the same ones in the same order for all. *parts: m->nsym of them, owned
 * by the caller, each to be freed before m. 0 or a code: a symbol that lacks a column. */
int
rl_market_split(const struct rl_market *m, struct rl_market **parts, struct err *e);

#endif
