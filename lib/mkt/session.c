/*
 * Sessions: a venue's hours in its own time zone on the days its calendar has, as instants.
 * A session is named by its trading date; one that opens the evening before (CME, FX) by the
 * day it ends.
 */
#include <stdlib.h>
#include <string.h>

#include "mkt/session.h"

#include "base/mem.h"
#include "base/tim.h"
#include "mkt/calendar.h"
#include "mkt/tz.h"

#define HM(h, m) ((h)*3600 + (m)*60)
#define SEARCH_DAYS 400 /* a venue closed for longer than this is closed for good */

struct venue {
	const char *name, *zone;
	int32_t open_s, close_s; /* local seconds relative to midnight of the trading date */
	int32_t after_s;         /* how long trading goes on after the calendar's close */
	bool own_open;           /* a late open in the calendar is this session's open */
	cal_rule rule;
};

static const struct venue venues[] = {
	{ "XNYS", "America/New_York", HM(9, 30), HM(16, 0), 0, true, cal_nyse },
	{ "XNYS-ext", "America/New_York", HM(4, 0), HM(20, 0), HM(4, 0), false, cal_nyse },
	{ "XNAS", "America/New_York", HM(9, 30), HM(16, 0), 0, true, cal_nyse },
	{ "CMES", "America/New_York", -HM(6, 0), HM(17, 0), 0, true, cal_cme },
	{ "FX", "America/New_York", -HM(7, 0), HM(17, 0), 0, true, cal_fx },
	{ "24x7", "UTC", 0, HM(24, 0), 0, true, cal_always },
};

struct sessions {
	const struct venue *v;
	struct tz *zone;
	struct cal_file *file;
	/* the last answer: inside next it is true; in [quiet_lo, next.open) false */
	struct session next;
	int64_t quiet_lo;
};

struct sessions *
sessions_open(const char *name, const char *file, struct err *e)
{
	struct sessions *s = mem_alloc(sizeof *s);

	for (size_t i = 0; i < sizeof venues / sizeof venues[0]; i++)
		if (strcmp(venues[i].name, name) == 0)
			s->v = &venues[i];
	if (!s->v) {
		err_set(e, ERR_USAGE,
		    "no session \"%s\" (there are XNYS, XNYS-ext, XNAS, CMES, FX and 24x7)", name);
		goto fail;
	}
	if (!(s->zone = tz_open(s->v->zone, e)))
		goto fail;
	if (file && !(s->file = cal_file_open(file, e)))
		goto fail;
	s->next = (struct session){ INT64_MAX, INT64_MAX, 0, false };
	s->quiet_lo = INT64_MAX;
	return s;
fail:
	sessions_free(s);
	return NULL;
}

void
sessions_free(struct sessions *s)
{
	if (!s)
		return;
	tz_free(s->zone);
	cal_file_free(s->file);
	free(s);
}

bool
sessions_on(struct sessions *s, int64_t date, struct session *out)
{
	struct cal_day d;
	int32_t open_s = s->v->open_s, close_s = s->v->close_s;

	if (!s->file || !cal_file_get(s->file, date, &d))
		d = s->v->rule(date);
	if (d.kind == CAL_CLOSED)
		return false;
	if (d.open_s != CAL_USUAL && s->v->own_open)
		open_s = d.open_s;
	if (d.close_s != CAL_USUAL)
		close_s = d.close_s + s->v->after_s;
	out->open = tz_to_utc(s->zone, date * TIM_DAY + open_s * TIM_SEC);
	out->close = tz_to_utc(s->zone, date * TIM_DAY + close_s * TIM_SEC);
	out->date = date;
	out->half = d.kind == CAL_HALF;
	return out->open < out->close;
}

bool
sessions_at(struct sessions *s, int64_t t, struct session *out)
{
	int64_t date;

	if (t >= s->next.open && t < s->next.close) {
		*out = s->next;
		return true;
	}
	if (t >= s->quiet_lo && t < s->next.open) {
		*out = s->next;
		return false;
	}
	/* no session lasts longer than a day: one with an earlier date is over */
	date = tim_day(tz_to_local(s->zone, t)) - 1;
	for (int i = 0; i < SEARCH_DAYS; i++, date++) {
		if (!sessions_on(s, date, &s->next) || s->next.close <= t)
			continue;
		s->quiet_lo = t;
		*out = s->next;
		return t >= s->next.open;
	}
	s->next = (struct session){ INT64_MAX, INT64_MAX, date, false };
	s->quiet_lo = t;
	*out = s->next;
	return false;
}
