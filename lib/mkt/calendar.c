/*
 * Holiday rules. NYSE: the exchange's published holidays, checked against LEAN's market-hours
 * database (2000-2028) and the sessions of exchange_calendars (1990-2023). CME: the holiday
 * hours of equity index futures as LEAN has them (2009-2027). Single days that no rule gives
 * (mourning, storms) stand in a table.
 */
#include <string.h>

#include "mkt/calendar.h"

#include "base/tim.h"

#define HM(h, m) ((h)*3600 + (m)*60)

enum { SUN, MON, TUE, WED, THU, FRI, SAT };

struct ymd {
	int y, m, d, wday;
};

static struct ymd
civil(int64_t date)
{
	struct ymd c;

	tim_civil(date, &c.y, &c.m, &c.d);
	c.wday = cal_wday(date);
	return c;
}

static struct cal_day
day_open(void)
{
	return (struct cal_day){ CAL_OPEN, CAL_USUAL, CAL_USUAL, "" };
}

static struct cal_day
day_closed(const char *reason)
{
	return (struct cal_day){ CAL_CLOSED, CAL_USUAL, CAL_USUAL, reason };
}

static struct cal_day
day_half(int32_t close_s, const char *reason)
{
	return (struct cal_day){ CAL_HALF, CAL_USUAL, close_s, reason };
}

/* the nth (1..4) such weekday of the month */
static bool
is_nth(struct ymd c, int wday, int nth)
{
	return c.wday == wday && (c.d - 1) / 7 == nth - 1;
}

/* a fixed date, or the weekday nearest to it when it falls on a weekend */
static bool
is_nearest(struct ymd c, int m, int d)
{
	return c.m == m && ((c.d == d && c.wday != SAT && c.wday != SUN) ||
			       (c.d == d - 1 && c.wday == FRI) || (c.d == d + 1 && c.wday == MON));
}

/* Gregorian Easter Sunday: the "anonymous" algorithm (Meeus, Astronomical Algorithms, ch. 8). */
static int64_t
easter(int y)
{
	int a = y % 19, b = y / 100, c = y % 100;
	int d = b / 4, e = b % 4, f = (b + 8) / 25;
	int g = (b - f + 1) / 3;
	int h = (19 * a + b - d - g + 15) % 30;
	int i = c / 4, k = c % 4;
	int l = (32 + 2 * e + 2 * i - h - k) % 7;
	int m = (a + 11 * h + 22 * l) / 451;
	int x = h + l - 7 * m + 114;

	return tim_days(y, x / 31, x % 31 + 1);
}

/* The holidays that come every year, NULL when the date is none. */
static const char *
us_holiday(int64_t date, struct ymd c)
{
	/* New Year on a Saturday is not made up for: 31 December is a trading day */
	if (c.m == 1 && ((c.d == 1 && c.wday != SAT) || (c.d == 2 && c.wday == MON)))
		return "New Year";
	if (c.y >= 1998 && c.m == 1 && is_nth(c, MON, 3))
		return "Martin Luther King Day";
	if (c.m == 2 && is_nth(c, MON, 3))
		return "Presidents Day";
	if ((c.m == 3 || c.m == 4) && date == easter(c.y) - 2)
		return "Good Friday";
	if (c.m == 5 && c.wday == MON && c.d > 24)
		return "Memorial Day";
	if (c.y >= 2022 && is_nearest(c, 6, 19))
		return "Juneteenth";
	if (is_nearest(c, 7, 4))
		return "Independence Day";
	if (c.m == 9 && is_nth(c, MON, 1))
		return "Labor Day";
	if (c.m == 11 && is_nth(c, THU, 4))
		return "Thanksgiving";
	if (is_nearest(c, 12, 25))
		return "Christmas";
	return NULL;
}

/* The early closes that come every year, NULL when the date is none. */
static const char *
us_half_day(struct ymd c)
{
	if (c.y >= 1992 && c.m == 11 && c.wday == FRI && c.d >= 23 && c.d <= 29)
		return "day after Thanksgiving";
	if (c.m == 12 && c.d == 24 && c.wday >= MON && c.wday <= THU)
		return "Christmas Eve";
	if (c.y < 1995)
		return NULL;
	if (c.m == 7 && c.d == 3 &&
	    (c.wday == MON || c.wday == TUE || c.wday == THU || (c.wday == WED && c.y >= 2013)))
		return "day before Independence Day";
	if (c.m == 7 && c.d == 5 && c.wday == FRI && c.y < 2013)
		return "day after Independence Day";
	return NULL;
}

struct single {
	int date;        /* yyyymmdd */
	int32_t close_s; /* 0: closed */
	const char *reason;
};

static const struct single nyse_singles[] = {
	{ 19940427, 0, "funeral of President Nixon" },
	{ 19971226, HM(13, 0), "day after Christmas" },
	{ 19991231, HM(13, 0), "New Year's Eve 1999" },
	{ 20010911, 0, "September 11 attacks" },
	{ 20010912, 0, "September 11 attacks" },
	{ 20010913, 0, "September 11 attacks" },
	{ 20010914, 0, "September 11 attacks" },
	{ 20031226, HM(13, 0), "day after Christmas" },
	{ 20040611, 0, "mourning for President Reagan" },
	{ 20070102, 0, "mourning for President Ford" },
	{ 20121029, 0, "Hurricane Sandy" },
	{ 20121030, 0, "Hurricane Sandy" },
	{ 20181205, 0, "mourning for President Bush" },
	{ 20250109, 0, "mourning for President Carter" },
};

struct cal_day
cal_nyse(int64_t date)
{
	struct ymd c = civil(date);
	int key = c.y * 10000 + c.m * 100 + c.d;
	const char *why;

	if (c.wday == SAT || c.wday == SUN)
		return day_closed("weekend");
	for (size_t i = 0; i < sizeof nyse_singles / sizeof nyse_singles[0]; i++) {
		const struct single *s = &nyse_singles[i];

		if (s->date == key)
			return s->close_s ? day_half(s->close_s, s->reason) : day_closed(s->reason);
	}
	if ((why = us_holiday(date, c)))
		return day_closed(why);
	if ((why = us_half_day(c)))
		return day_half(c.y < 1993 ? HM(14, 0) : HM(13, 0), why);
	return day_open();
}

/*
 * CME equity index futures trade on most US holidays until noon Chicago time (10:30 before
 * May 2014), close at 12:15 on NYSE's half days, stay closed on Christmas, New Year and Good
 * Friday. A Good Friday that is the first Friday of April is the day of the employment report:
 * then they trade until 08:15. Times here are New York's.
 */
struct cal_day
cal_cme(int64_t date)
{
	struct ymd c = civil(date);
	const char *why;

	if (c.wday == SAT || c.wday == SUN)
		return day_closed("weekend");
	if ((why = us_holiday(date, c))) {
		bool good_friday = strcmp(why, "Good Friday") == 0;

		if (good_friday && c.m == 4 && c.d <= 7)
			return day_half(HM(9, 15), why);
		if (good_friday || strcmp(why, "Christmas") == 0 || strcmp(why, "New Year") == 0)
			return day_closed(why);
		return day_half(date < tim_days(2014, 5, 1) ? HM(11, 30) : HM(13, 0), why);
	}
	if ((why = us_half_day(c)))
		return day_half(HM(13, 15), why);
	return day_open();
}

struct cal_day
cal_fx(int64_t date)
{
	struct ymd c = civil(date);

	if (c.wday == SAT || c.wday == SUN)
		return day_closed("weekend");
	if (c.m == 12 && c.d == 25)
		return day_closed("Christmas");
	if (c.m == 1 && c.d == 1)
		return day_closed("New Year");
	return day_open();
}

struct cal_day
cal_always(int64_t date)
{
	(void)date;
	return day_open();
}
