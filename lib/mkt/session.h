/*
 * Trading sessions of a venue: when it is open, with half days, holidays and DST.
 *
 * Names: XNYS (09:30-16:00 New York), XNYS-ext (04:00-20:00), XNAS (as XNYS), CMES (18:00-17:00,
 * the session is named by the day it ends), FX (Sunday 17:00 - Friday 17:00 New York, day roll
 * 17:00), 24x7 (UTC days). Holidays and early closes come from a calendar: rules that generate
 * it for every year, plus an editable text file (see man/calendar.5) that overrules them.
 */
#ifndef TP_MKT_SESSION_H
#define TP_MKT_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct session {
	int64_t open, close; /* instants [open, close) */
	int64_t date;        /* trading date, days since 1970-01-01 */
	bool half;           /* closes early */
};

struct sessions; /* opaque */

/* file: calendar file that overrules the built-in rules, or NULL */
struct sessions *
sessions_open(const char *name, const char *file, struct err *e);
void
sessions_free(struct sessions *s);
/* The session that contains t: true; else false and *out is the next one after t. Cached: O(1)
 * for times that go forward. */
bool
sessions_at(struct sessions *s, int64_t t, struct session *out);
/* The session of a trading date; false when closed that day. */
bool
sessions_on(struct sessions *s, int64_t date, struct session *out);

#endif
