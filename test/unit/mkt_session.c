/* Sessions and calendars against lists made elsewhere (testdata/mkt/README.md). */
#include <unistd.h>

#include "base/buf.h"
#include "base/tim.h"
#include "io/out.h"
#include "mkt/calendar.h"
#include "mkt/session.h"
#include "mkt/tz.h"
#include "unit/t.h"

static struct buf file;

static bool
load(const char *path)
{
	struct err e;

	buf_clear(&file);
	return ok(io_file_read(path, 16 << 20, &file, &e) == 0, "%s can be read", path);
}

static int64_t
at(const char *p, size_t n)
{
	int64_t t = -1;

	if (!tim_parse(p, n, &t, NULL))
		printf("# bad time: %.*s\n", (int)n, p);
	return t;
}

static int64_t
z(const char *text)
{
	return at(text, strlen(text));
}

static int64_t
day(const char *text)
{
	return tim_day(z(text));
}

/* every weekday 2000-2028: exactly the 336 special days of the list */
static void
xnys_days(void)
{
	struct err e;
	struct sessions *s = sessions_open("XNYS", NULL, &e);
	struct session x;
	int64_t d = day("2000-01-01");
	int bad = 0, special = 0, row = 0;
	const char *p;

	if (!load(t_data("mkt/calendar_xnys_2000_2028.csv")) || !ok(s != NULL, "XNYS opens"))
		return;
	p = strchr(buf_z(&file), '\n') + 1;
	while (*p) {
		int64_t listed = tim_day(at(p, 10));
		bool closed = strncmp(p + 11, "closed", 6) == 0, open;

		for (; d < listed; d++)
			bad += cal_wday(d) % 6 != 0 && (!sessions_on(s, d, &x) || x.half);
		open = sessions_on(s, d, &x);
		if (open == closed ||
		    (!closed && (!x.half || x.close - x.open != 7 * TIM_HOUR / 2)))
			printf("# wrong: %.24s\n", p), bad++;
		special++;
		d++;
		row++;
		p = strchr(p, '\n') + 1;
	}
	for (; d < day("2029-01-01"); d++)
		bad += cal_wday(d) % 6 != 0 && (!sessions_on(s, d, &x) || x.half);
	is_i64(special, 336, "336 closed and half days");
	is_i64(bad, 0, "every other weekday 2000-2028 is a whole session");
	sessions_free(s);
}

static void
xnys_counts(void)
{
	static const int want[] = { 252, 250, 251, 251, 251 }; /* 2024 .. 2028 */
	struct err e;
	struct sessions *s = sessions_open("XNAS", NULL, &e);
	struct session x;

	for (int y = 2024; y <= 2028; y++) {
		int n = 0;

		for (int64_t d = tim_days(y, 1, 1); d < tim_days(y + 1, 1, 1); d++)
			n += sessions_on(s, d, &x);
		is_i64(n, want[y - 2024], "sessions in %d", y);
	}
	sessions_free(s);
}

/* opens and closes in UTC, 1990 to 2023, DST and early closes included */
static void
xnys_instants(void)
{
	const char *path = t_shared("data/meta/xnys_sessions.csv.gz");
	struct err e;
	struct sessions *s;
	struct session x = { .close = INT64_MIN };
	int rows = 0, bad = 0;
	const char *p;

	if (!path) {
		t_skip("no xnys_sessions.csv.gz beside the tree");
		return;
	}
	if (!load(path))
		return;
	s = sessions_open("XNYS", NULL, &e);
	for (p = strchr(buf_z(&file), '\n') + 1; *p; p = strchr(p, '\n') + 1) {
		int64_t date = tim_day(at(p, 10)), open = at(p + 11, 20), close = at(p + 32, 20);
		int64_t before = x.close;
		bool good;

		/* forward from the close before: the next session is this one, and no other */
		good = before == INT64_MIN || (!sessions_at(s, before, &x) && x.date == date);
		good = good && sessions_at(s, open, &x) && x.date == date && x.open == open &&
		       x.close == close;
		good = good && sessions_at(s, close - 1, &x) && x.date == date;
		if (!good)
			printf("# wrong: %.52s\n", p), bad++;
		rows++;
	}
	is_i64(rows, 8324, "8,324 sessions");
	is_i64(bad, 0, "all of them, and none between");
	sessions_free(s);
}

/* "1/19/2009": "11:30:00" -> date and seconds; NULL at the end of the object */
static const char *
lean_pair(const char *p, int64_t *date, int32_t *sec)
{
	int y, m, d, hh, mm;

	p = strpbrk(p, "\"}");
	if (*p == '}' || sscanf(p, "\"%d/%d/%d\": \"%d:%d", &m, &d, &y, &hh, &mm) != 5)
		return NULL;
	*date = tim_days(y, m, d);
	*sec = hh * 3600 + mm * 60;
	return strpbrk(p, ",}");
}

static void
cmes(void)
{
	struct err e;
	struct sessions *s = sessions_open("CMES", NULL, &e);
	struct tz *ny = tz_open("America/New_York", &e);
	struct session x;
	const char *p;
	int64_t date;
	int32_t sec;
	int n = 0, bad = 0;

	if (!load(t_data("mkt/calendar_es_lean.json")))
		return;
	p = strstr(buf_z(&file), "\"earlyCloses\"");
	for (p = strchr(p, '{'); (p = lean_pair(p, &date, &sec)); n++) {
		/* 17:00 "early" is the usual close */
		if (sec == 17 * 3600 && !sessions_on(s, date, &x))
			continue; /* Christmas Day: closed until 18:00 */
		if (!sessions_on(s, date, &x) ||
		    tz_to_local(ny, x.close) != date * TIM_DAY + sec * TIM_SEC)
			printf("# close of day %" PRId64 " is not %d\n", date, sec), bad++;
	}
	is_i64(n, 160, "160 early closes");
	is_i64(bad, 0, "at LEAN's times");
	n = bad = 0;
	p = strstr(file.p, "\"lateOpens\"");
	for (p = strchr(p, '{'); (p = lean_pair(p, &date, &sec)); n++) {
		/* opens again at 18:00: the session of the next trading day */
		if (!sessions_on(s, date + 1, &x) ||
		    tz_to_local(ny, x.open) != date * TIM_DAY + sec * TIM_SEC)
			printf("# no session opens on day %" PRId64 " at %d\n", date, sec), bad++;
	}
	is_i64(n, 113, "113 late opens");
	is_i64(bad, 0, "at LEAN's times");
	ok(!sessions_at(s, z("2024-03-07T22:30:00Z"), &x), "17:30 is a break");
	is_i64(x.open, z("2024-03-07T23:00:00Z"), "until 18:00");
	is_i64(x.date, day("2024-03-08"), "and the session is named by the day it ends");
	ok(!sessions_on(s, day("2024-03-29"), &x), "Good Friday in March: closed");
	tz_free(ny);
	sessions_free(s);
}

static void
others(void)
{
	struct err e;
	struct sessions *s = sessions_open("FX", NULL, &e);
	struct session x;

	ok(sessions_at(s, z("2024-03-10T21:00:00Z"), &x), "FX opens Sunday 17:00 in summer");
	is_i64(x.close - x.open, TIM_DAY, "for a day");
	is_i64(x.date, day("2024-03-11"), "which is Monday");
	ok(!sessions_at(s, z("2024-03-08T22:00:00Z"), &x), "and is over Friday 17:00 in winter");
	ok(!sessions_on(s, day("2024-12-25"), &x), "no FX on 25 December");
	sessions_free(s);
	s = sessions_open("24x7", NULL, &e);
	ok(sessions_at(s, z("2024-03-10T23:59:59.999999999Z"), &x) && x.date == day("2024-03-10"),
	    "24x7 are UTC days");
	sessions_free(s);
	s = sessions_open("XNYS-ext", NULL, &e);
	ok(sessions_on(s, day("2024-07-03"), &x), "extended hours on a half day");
	is_i64(x.open, z("2024-07-03T08:00:00Z"), "from 04:00");
	is_i64(x.close, z("2024-07-03T21:00:00Z"), "to 17:00");
	sessions_free(s);
	ok(!sessions_open("XLON", NULL, &e) && e.code == ERR_USAGE, "unknown: %s", e.msg);
}

static void
calendar_file(void)
{
	static const char text[] = "# ours\n"
				   "2024-12-24 closed  staff party # why not\n"
				   "2024-07-03\topen\r\n"
				   "2024-03-08 half 13:00\n"
				   "2024-03-08 half 10:15-12:30  the later line wins\n"
				   "2024-03-09 open a Saturday";
	static const char *const bad[] = { "2024-13-01 closed", "2024-01-01 shut",
		"2024-01-01 half", "2024-01-01 half 25:00", "2024-01-01 half 12:00-11:00", "x",
		"20240101 closed" };
	char path[] = "/tmp/mkt_session_XXXXXX";
	int fd = mkstemp(path);
	struct err e;
	struct sessions *s;
	struct session x;

	ok(fd >= 0 && write(fd, text, sizeof text - 1) == sizeof text - 1, "a calendar file");
	close(fd);
	s = sessions_open("XNYS", path, &e);
	unlink(path);
	if (!ok(s != NULL, "is read"))
		return;
	ok(!sessions_on(s, day("2024-12-24"), &x), "a half day closed");
	ok(sessions_on(s, day("2024-07-03"), &x) && !x.half && x.close == z("2024-07-03T20:00:00Z"),
	    "a half day made whole");
	ok(sessions_on(s, day("2024-03-08"), &x) && x.half && x.open == z("2024-03-08T15:15:00Z") &&
		x.close == z("2024-03-08T17:30:00Z"),
	    "a late open and an early close");
	ok(sessions_on(s, day("2024-03-09"), &x), "a Saturday opened");
	ok(!sessions_on(s, day("2024-12-25"), &x), "the rules still hold");
	sessions_free(s);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(!cal_file_parse(bad[i], strlen(bad[i]), "f", &e) && strstr(e.msg, "line 1"),
		    "%s", e.msg);
	ok(!sessions_open("XNYS", "/nowhere/at/all", &e) && e.code == ERR_IO, "%s", e.msg);
}

int
main(void)
{
	xnys_days();
	xnys_counts();
	xnys_instants();
	cmes();
	others();
	calendar_file();
	buf_free(&file);
	return done_testing();
}
