/*
 * Features of the time of a bar, from its start (for a daily bar, the midnight that begins its
 * date): UTC time of day, weekday and month as a point on a circle, day of the month, turn of the
 * month, and where the bar stands in the trading session.
 */
#ifndef TP_FEAT_CALENDAR_H
#define TP_FEAT_CALENDAR_H

#include <stdint.h>

#include "mkt/session.h"

/* sin and cos of 2 pi t for 0 <= t < 1, to 2 units in the last place and with the same bits on
 * every machine */
void
calendar_circle(double t, double *s, double *c);

struct calendar_out {
	double hour_sin, hour_cos;   /* part of the day */
	double wday_sin, wday_cos;   /* Monday 0/7 .. Sunday 6/7 */
	double month_sin, month_cos; /* January 0/12 .. December 11/12 */
	double day;                  /* (day of the month - 1) / (days of it - 1): 0..1 */
	/* 1 on the last and the first three trading days of a month (Lakonishok & Smidt 1988),
	 * else 0; trading days are the session's, without one Monday to Friday */
	double turn;
	/* minutes from the open to the bar's end and from there to the close; NAN outside */
	double since_open, to_close;
};

/* What was last worked out: zero it. */
struct calendar_day {
	int64_t date;
	bool any;
	struct calendar_out out;
};

/* s: NULL when there is no session */
void
calendar_at(struct calendar_day *c, struct sessions *s, int64_t ts, int64_t ts_end,
    struct calendar_out *out);

#endif
