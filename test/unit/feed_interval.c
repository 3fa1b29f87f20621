/* How long bars last: read, written, found. */
#include "base/str.h"
#include "feed/interval.h"
#include "t.h"

static int64_t
at(const char *text)
{
	int64_t t = 0;

	if (!tim_parse(text, strlen(text), &t, NULL))
		ok(false, "time %s", text);
	return t;
}

/* The interval found from bars of symbol 0, or of the symbols given. */
static const char *
found(const char *const *times, size_t n, const uint32_t *syms)
{
	static struct interval iv;
	struct interval_probe p;

	interval_probe_init(&p);
	for (size_t i = 0; i < n; i++)
		interval_probe_add(&p, syms ? syms[i] : 0, at(times[i]));
	return interval_probe_done(&p, &iv) ? iv.text : NULL;
}

#define FOUND(...) \
	found((const char *const[]){ __VA_ARGS__ }, \
	    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *), NULL)

static void
test_found(void)
{
	static const uint32_t two[] = { 0, 1, 0, 1 };
	static const char *const side_by_side[] = { "2024-01-02T00:00:00Z", "2024-01-02T00:00:30Z",
		"2024-01-02T00:05:00Z", "2024-01-02T00:05:30Z" };

	is_str(FOUND("2024-01-02T00:00:00Z", "2024-01-02T00:03:00Z", "2024-01-02T00:04:00Z"), "1m",
	    "the smallest step");
	is_str(FOUND("2024-01-02T00:04:00Z", "2024-01-02T00:03:00Z"), "1m", "newest first");
	is_str(FOUND("2024-01-02T00:00:00Z", "2024-01-02T00:07:00Z"), "7m", "seven minutes");
	is_str(FOUND("2024-01-02T05:00:00Z", "2024-01-03T05:00:00Z"), "1d", "a day");
	is_str(FOUND("2024-01-05", "2024-01-08", "2024-01-12"), "1d", "midnights apart: daily");
	is_str(FOUND("2024-01-05", "2024-01-12", "2024-01-26"), "1w", "weeks");
	is_str(FOUND("2024-01-01", "2024-02-01", "2024-03-01"), "1mo", "months");
	is_str(found(side_by_side, 4, two), "5m", "each symbol by itself");
	ok(FOUND("2024-01-02") == NULL, "one bar tells nothing");
	ok(FOUND("2024-01-02", "2024-01-02") == NULL, "nor does the same time twice");
}

static void
test_ends(void)
{
	struct interval iv;

	ok(interval_parse(str_z("1d"), &iv), "1d");
	is_i64(interval_end(&iv, at("2024-03-08T05:00:00Z")), at("2024-03-09"),
	    "a day's bar ends at midnight");
	ok(interval_parse(str_z("7m"), &iv), "7m");
	is_i64(
	    interval_end(&iv, at("2024-03-08T05:00:00Z")), at("2024-03-08T05:07:00Z"), "7m later");
	ok(interval_parse(str_z("1mo"), &iv), "1mo");
	is_i64(
	    interval_end(&iv, at("2023-12-01")), at("2024-01-01"), "December ends with the year");
	is_i64(interval_end(&iv, at("2024-02-01")), at("2024-03-01"), "February in a leap year");
	ok(interval_parse(str_z("3mo"), &iv), "3mo");
	is_i64(interval_end(&iv, at("2024-10-01")), at("2025-01-01"), "a quarter");
	ok(interval_parse(str_z("1w"), &iv), "1w");
	is_i64(interval_end(&iv, INT64_MAX - 5), INT64_MAX, "the end of time is not passed");
}

static void
test_texts(void)
{
	static const char *const bad[] = { "", "0m", "-1m", "60", "1000t", "5e4v", "1", "m", "0mo",
		"1.5mo", "123456789012345678901234567890m" };
	static const struct {
		int64_t ns;
		const char *text;
	} good[] = { { TIM_SEC, "1s" }, { 60 * TIM_SEC, "1m" }, { 90 * TIM_SEC, "90s" },
		{ 4 * TIM_HOUR, "4h" }, { TIM_DAY, "1d" }, { 14 * TIM_DAY, "2w" },
		{ 250 * TIM_MS, "250ms" }, { 1, "1ns" } };
	struct interval iv;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(!interval_parse(str_z(bad[i]), &iv) && iv.ns == 0, "'%s' is no interval",
		    bad[i]);
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		interval_of(good[i].ns, &iv);
		is_str(iv.text, good[i].text, "text %zu", i);
		ok(interval_parse(str_z(good[i].text), &iv) && iv.ns == good[i].ns, "and back");
	}
}

int
main(void)
{
	test_found();
	test_ends();
	test_texts();
	return done_testing();
}
