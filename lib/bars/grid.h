/*
 * The grid of time bars: which interval an instant belongs to.
 *
 * Without sessions, intervals of fixed length start at multiples of it since 1970-01-01T00:00Z,
 * days, weeks and months at 00:00Z. With sessions they start at the session's open and the last
 * one ends at its close; bars of days, weeks and months run from the first open to the last
 * close of their trading dates and are labelled 00:00Z of the first date.
 */
#ifndef TP_BARS_GRID_H
#define TP_BARS_GRID_H

#include <stdbool.h>
#include <stdint.h>

#include "bars/interval.h"
#include "mkt/session.h"

struct span {
	int64_t lo, hi;     /* the interval, [lo, hi) */
	int64_t label;      /* ts of its bar */
	int64_t from, till; /* the part of it around the instant asked for when there is trading */
	bool in;            /* false: the time between two sessions */
};

struct grid {
	struct bar_interval iv;
	struct sessions *ses; /* borrowed; NULL: always open */
	/* the last group of dates, its first open and last close */
	int64_t d0, d1, first_open, last_close;
};

void
grid_init(struct grid *g, struct bar_interval iv, struct sessions *ses);
void
grid_at(struct grid *g, int64_t t, struct span *s);
/* The interval after an interval (one with `in`); time between sessions is skipped. */
void
grid_next(struct grid *g, const struct span *s, struct span *next);
/* The instant that a bar labelled with a date (00:00Z) stands for; false when closed that day. */
bool
grid_of_date(struct grid *g, int64_t date, int64_t *t);

#endif
