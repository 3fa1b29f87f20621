/*
 * A feature set: named columns, computed for one series (a symbol at one interval) from its
 * closed bars alone, in one pass and with bounded state. feat-calc holds any number of sets a
 * series; what needs more than one series (ranks, factors, expressions over columns) works on
 * the rows that the sets gave.
 *
 * A kind is one `const struct feat_set_kind` in the table of set.c. `open` reads the set's
 * arguments (what follows the colon in `--set NAME:ARGS`, or NULL), names the columns with
 * feat_set_add and says how much state a series needs; it runs once. Then each series has one
 * block of state, zeroed, and gets its bars in order:
 *
 *	out[i] is the value of column i at the close of bar b, NAN while it is not ready.
 *
 * A push reads nothing but its state and its bar, so a set is a function of the bars before:
 * any prefix of the bars gives a prefix of the rows, bit for bit.
 */
#ifndef TP_FEAT_SET_H
#define TP_FEAT_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "rec/rec.h"

/* A closed bar in doubles (price = nano / 1e9, correctly rounded); NAN where the stream did not
 * say. Times in ns since 1970 UTC. */
struct feat_bar {
	int64_t ts, ts_end; /* start of the interval; when it was complete */
	double open, high, low, close, volume;
	double vwap, count, bid, ask, spread, buy_volume, sell_volume;
	bool gap; /* something is missing before this bar */
};

/* r is a bar */
void
feat_bar_of(struct feat_bar *b, const struct rec *r);

struct feat_set {
	const struct feat_set_kind *kind;
	void *params;      /* of the kind; shared by all series; freed by its close */
	size_t state_size; /* bytes of state a series */
	char **names;      /* of the columns, n of them; owned */
	size_t n, cap;
};

struct feat_set_kind {
	const char *name; /* "talib" */
	const char *about;
	/* 0, or ERR_USAGE with the words in e */
	int (*open)(struct feat_set *s, const char *args, struct err *e);
	/* a series begins: `state` is zeroed; may be NULL */
	void (*start)(const struct feat_set *s, void *state);
	/* one closed bar; writes s->n doubles */
	void (*push)(const struct feat_set *s, void *state, const struct feat_bar *b, double *out);
	/* frees what start or push hung into the state; may be NULL */
	void (*stop)(const struct feat_set *s, void *state);
	void (*close)(struct feat_set *s); /* frees params; may be NULL */
};

/* Name the next column: lower case, [a-z0-9_.]; returns its index. Formatted as by printf. */
size_t
feat_set_add(struct feat_set *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* "NAME" or "NAME:ARGS". 0, or ERR_USAGE with the valid names in e. */
int
feat_set_open(struct feat_set *s, const char *text, struct err *e);
void
feat_set_close(struct feat_set *s);

/* NULL-terminated: every set there is */
extern const struct feat_set_kind *const feat_set_kinds[];
extern const struct feat_set_kind feat_set_core, feat_set_talib, feat_set_alpha158, feat_set_micro;

#endif
