#include "feat/calendar.h"

#include <math.h>

#include "base/tim.h"

/* Taylor, for |x| <= pi/4: what is left out is below 5e-17. */
static double
sin_near_0(double x)
{
	double z = x * x;

	return x + x * z *
		       (-1.0 / 6 +
			   z * (1.0 / 120 +
				   z * (-1.0 / 5040 +
					   z * (1.0 / 362880 +
						   z * (-1.0 / 39916800 +
							   z * (1.0 / 6227020800 +
								   z * (-1.0 / 1307674368000)))))));
}

static double
cos_near_0(double x)
{
	double z = x * x;

	return 1 +
	       z * (-0.5 +
		       z * (1.0 / 24 +
			       z * (-1.0 / 720 +
				       z * (1.0 / 40320 +
					       z * (-1.0 / 3628800 +
						       z * (1.0 / 479001600 +
							       z * (-1.0 / 87178291200 +
								       z * (1.0 /
									       20922789888000))))))));
}

void
calendar_circle(double t, double *s, double *c)
{
	int quarter = (int)(t * 4 + 0.5);
	double x = (t - quarter * 0.25) * 6.283185307179586477;
	double a = sin_near_0(x), b = cos_near_0(x);

	switch (quarter & 3) {
	case 0: *s = a, *c = b; break;
	case 1: *s = b, *c = -a; break;
	case 2: *s = -a, *c = -b; break;
	default: *s = -b, *c = a; break;
	}
}

/* 0 Monday .. 6 Sunday; day 0 was a Thursday */
static int
weekday(int64_t date)
{
	return (int)(((date + 3) % 7 + 7) % 7);
}

static bool
trades(struct sessions *s, int64_t date)
{
	struct session x;

	if (s)
		return sessions_on(s, date, &x);
	return weekday(date) < 5;
}

/* first: of the month; after: the first of the next. The calendar of holidays is known ahead. */
static bool
turn_of_month(struct sessions *s, int64_t first, int64_t date, int64_t after)
{
	int nth = 0, later = 0;

	if (!trades(s, date))
		return false;
	for (int64_t d = first; d <= date && nth <= 3; d++)
		nth += trades(s, d);
	if (nth <= 3)
		return true;
	for (int64_t d = date + 1; d < after && !later; d++)
		later += trades(s, d);
	return !later;
}

static void
of_date(struct calendar_day *c, struct sessions *s, int64_t date)
{
	int y, m, d;
	int64_t first, after;
	struct calendar_out *o = &c->out;

	tim_civil(date, &y, &m, &d);
	first = date - d + 1;
	after = m == 12 ? tim_days(y + 1, 1, 1) : tim_days(y, m + 1, 1);
	calendar_circle(weekday(date) / 7.0, &o->wday_sin, &o->wday_cos);
	calendar_circle((m - 1) / 12.0, &o->month_sin, &o->month_cos);
	o->day = (double)(d - 1) / (double)(after - first - 1);
	o->turn = turn_of_month(s, first, date, after);
	c->date = date;
	c->any = true;
}

void
calendar_at(struct calendar_day *c, struct sessions *s, int64_t ts, int64_t ts_end,
    struct calendar_out *out)
{
	struct session now;
	int64_t date = tim_day(ts), local = date;
	bool open = s && sessions_at(s, ts, &now);

	if (open)
		local = now.date; /* of the evening before, for futures and currencies */
	if (!c->any || c->date != local)
		of_date(c, s, local);
	*out = c->out;
	calendar_circle(
	    (double)(ts - date * TIM_DAY) / (double)TIM_DAY, &out->hour_sin, &out->hour_cos);
	out->since_open = out->to_close = NAN;
	if (!open || ts_end < ts || ts_end > now.close)
		return;
	out->since_open = (double)(ts_end - now.open) / (double)TIM_MIN;
	out->to_close = (double)(now.close - ts_end) / (double)TIM_MIN;
}
