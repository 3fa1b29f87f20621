/* Time zones against the C library's own reading of the same files, and by hand. */
#include <time.h>

#include "base/rng.h"
#include "base/tim.h"
#include "mkt/tz.h"
#include "mkt/tz_rule.h"
#include "unit/t.h"

static int64_t
at(const char *text)
{
	int64_t t = 0;

	if (!tim_parse(text, strlen(text), &t, NULL))
		printf("# bad time in the test: %s\n", text);
	return t;
}

/* the offset that localtime_r sees at many instants, 1930 to 2190 */
static void
against_libc(const char *name)
{
	struct err e;
	struct tz *z = tz_open(name, &e);
	struct rng r;
	int bad = 0, round_trips = 0;

	if (!ok(z != NULL, "%s opens", name))
		return;
	setenv("TZ", name, 1);
	tzset();
	rng_seed(&r, 7);
	for (int i = 0; i < 50000; i++) {
		time_t s = (time_t)rng_below(&r, 8200000000) - 1260000000;
		int64_t ns = (int64_t)s * TIM_SEC;
		struct tm tm;

		localtime_r(&s, &tm);
		bad += tz_offset(z, ns) != tm.tm_gmtoff;
		/* the first of two instants with that wall clock, never a later one */
		round_trips += tz_to_utc(z, tz_to_local(z, ns)) > ns;
	}
	is_i64(bad, 0, "%s: 50,000 offsets as localtime_r", name);
	is_i64(round_trips, 0, "%s: back from local time", name);
	tz_free(z);
}

static void
new_york(void)
{
	struct err e;
	struct tz *z = tz_open("America/New_York", &e);

	if (!ok(z != NULL, "New York opens"))
		return;
	is_i64(tz_offset(z, at("2024-03-10T06:59:59Z")), -5 * 3600, "winter until 02:00");
	is_i64(tz_offset(z, at("2024-03-10T07:00:00Z")), -4 * 3600, "then summer");
	is_i64(
	    tz_offset(z, at("2100-07-01T00:00:00Z")), -4 * 3600, "summer of 2100, by the footer");
	is_i64(tz_offset(z, at("2100-01-01T00:00:00Z")), -5 * 3600, "winter of 2100");
	is_i64(tz_to_utc(z, at("2024-03-10T02:30:00Z")), at("2024-03-10T07:00:00Z"),
	    "a skipped time: the instant after the gap");
	is_i64(tz_to_utc(z, at("2024-11-03T01:30:00Z")), at("2024-11-03T05:30:00Z"),
	    "a time that comes twice: the first");
	is_i64(tz_to_utc(z, at("2024-11-03T02:00:00Z")), at("2024-11-03T07:00:00Z"), "after it");
	tz_free(z);
}

static void
odd_names(void)
{
	struct err e;
	struct tz *z = tz_open("UTC", &e);

	ok(z && tz_offset(z, 0) == 0, "UTC needs no file");
	tz_free(z);
	ok(!tz_open("Mars/Olympus", &e) && e.code == ERR_IO, "no such zone: %s", e.msg);
	ok(!tz_open("../../etc/passwd", &e), "no way out of the directory");
	ok(!tz_open("zone.tab", &e) && e.code == ERR_DATA, "not a TZif file: %s", e.msg);
}

static void
rules(void)
{
	struct tz_rule r;
	static const char *const bad[] = { "", "E5", "EST", "EST5EDT", "EST5EDT,M3.2.0",
		"EST5EDT,M13.2.0,M11.1.0", "EST5EDT,M3.6.0,M11.1.0", "EST5EDT,M3.2.0,M11.1.0x",
		"<+03-3", "EST25" };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(!tz_rule_parse(bad[i], strlen(bad[i]), &r), "\"%s\" is no rule", bad[i]);
	ok(tz_rule_parse("<+0330>-3:30", 12, &r) && r.std_off == 12600 && !r.dst, "Tehran");
	ok(tz_rule_parse("IST-2IDT,M3.4.4/26,M10.5.0", 26, &r), "Jerusalem: hour 26");
	is_i64(tz_rule_when(&r.start, 2024), tim_days(2024, 3, 29) * 86400 + 2 * 3600,
	    "26:00 of the 4th Thursday");
	ok(tz_rule_parse("AAA1BBB,J60,60/0", 16, &r), "days by number");
	is_i64(tz_rule_when(&r.start, 2024), tim_days(2024, 3, 1) * 86400 + 7200, "J60 is March 1");
	is_i64(tz_rule_when(&r.end, 2024), tim_days(2024, 3, 1) * 86400, "60 counts Feb 29");
	is_i64(tz_rule_when(&r.end, 2023), tim_days(2023, 3, 2) * 86400, "in a year without one");
}

int
main(void)
{
	against_libc("America/New_York");
	against_libc("Europe/London");
	against_libc("Europe/Dublin");
	against_libc("Australia/Lord_Howe");
	against_libc("Asia/Kolkata");
	against_libc("America/Sao_Paulo");
	new_york();
	odd_names();
	rules();
	return done_testing();
}
