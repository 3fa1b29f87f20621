/* base/tim.h: instants, against timegm. */
#include <time.h>

#include "base/rng.h"
#include "base/tim.h"
#include "unit/t.h"

static void
parse_case(const char *text, bool good, int64_t want)
{
	int64_t ns = 0;
	bool got = tim_parse(text, strlen(text), &ns, NULL);

	ok(got == good, "\"%s\" is %s", text, good ? "taken" : "refused");
	if (got && good)
		is_i64(ns, want, "its value");
}

#define T INT64_C(1709908200) /* 2024-03-08T14:30:00Z */

static void
parsing(void)
{
	parse_case("2024-03-08T14:30:00Z", true, T * TIM_SEC);
	parse_case("2024-03-08T14:30Z", true, T * TIM_SEC);
	parse_case("2024-03-08 14:30:00.376Z", true, T * TIM_SEC + 376 * TIM_MS);
	parse_case("2024-03-08T14:30:00.376123456z", true, T * TIM_SEC + 376123456);
	parse_case("2024-03-08T09:30:00-05:00", true, T * TIM_SEC);
	parse_case("2024-03-08T15:30:00+0100", true, T * TIM_SEC);
	parse_case("2024-03-08T15:30:00+01", true, T * TIM_SEC);
	parse_case("2024-03-08", true, (T - 52200) * TIM_SEC);
	parse_case("20240308", true, (T - 52200) * TIM_SEC);
	parse_case("20240230", false, 0);
	parse_case("31536000", true, 31536000 * TIM_SEC);
	parse_case("1709908200", true, T * TIM_SEC);
	parse_case("1709908200376", true, T * TIM_SEC + 376 * TIM_MS);
	parse_case("1709908200376123", true, T * TIM_SEC + 376123 * TIM_US);
	parse_case("1709908200376123456", true, T * TIM_SEC + 376123456);
	parse_case("1356998659486096", true, INT64_C(1356998659486096) * TIM_US);
	parse_case("2024-02-29", true, INT64_C(1709164800) * TIM_SEC);
	parse_case("2023-02-29", false, 0);
	parse_case("2024-13-01", false, 0);
	parse_case("2024-00-01", false, 0);
	parse_case("2024-03-08T24:00:00Z", false, 0);
	parse_case("2024-03-08T14:60:00Z", false, 0);
	parse_case("2024-03-08T14:30:00.Z", false, 0);
	parse_case("2024-03-08T14:30:00.1234567891Z", false, 0);
	parse_case("2024-03-08T14:30:00Zx", false, 0);
	parse_case("2024-3-8", false, 0);
	parse_case("1500-01-01", false, 0);
	parse_case("", false, 0);
	parse_case("99999999999999999999", false, 0);
	parse_case("9223372036854775807", false, 0);
	parse_case("-9223372036854775808", false, 0);
	parse_case("1678-01-01T00:00:00Z", true, INT64_C(-9214560000) * TIM_SEC);
	parse_case("-9214560000000000000", true, INT64_C(-9214560000) * TIM_SEC);
	parse_case("-9214560000000000001", false, 0);
	parse_case("1678-01-01T00:00:00+01:00", false, 0);
	parse_case("9214646399999999999", true, INT64_C(9214646399999999999));
	parse_case("9214646400000000000", false, 0);
}

static void
printing(void)
{
	struct rng r;
	int bad = 0;
	char t[TIM_LEN + 1];

	*tim_put(t, T * TIM_SEC + 376000000) = '\0';
	is_str(t, "2024-03-08T14:30:00.376000000Z", "printed in 30 characters");
	*tim_put(t, -1) = '\0';
	is_str(t, "1969-12-31T23:59:59.999999999Z", "before 1970");
	rng_seed(&r, 3);
	for (int i = 0; i < 100000; i++) {
		int64_t ns = (int64_t)(rng_u64(&r) >> 2) * (i % 2 ? 1 : -1) / 2, back;
		time_t s = (time_t)(tim_floor(ns, TIM_SEC) / TIM_SEC);
		struct tm tm;
		char want[32];

		gmtime_r(&s, &tm);
		strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%S", &tm);
		*tim_put(t, ns) = '\0';
		bad +=
		    strncmp(t, want, 19) != 0 || !tim_parse(t, TIM_LEN, &back, NULL) || back != ns;
	}
	is_i64(bad, 0, "100,000 random instants: as gmtime says, and read back");
}

static void
spans(void)
{
	static const struct {
		const char *text;
		int64_t ns;
	} c[] = { { "250ms", 250 * TIM_MS }, { "90s", 90 * TIM_SEC }, { "7m", 7 * TIM_MIN },
		{ "1.5h", 90 * TIM_MIN }, { "2d", 2 * TIM_DAY }, { "1w", 7 * TIM_DAY },
		{ "3", 3 * TIM_SEC }, { "1us", 1000 }, { "x", -1 }, { "", -1 }, { "5y", -1 },
		{ "0.1ns", -1 }, { "-1s", -1 } };

	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		int64_t ns = 0;
		bool got = tim_span(c[i].text, strlen(c[i].text), &ns);

		ok(got == (c[i].ns >= 0) && (!got || ns == c[i].ns), "span \"%s\"", c[i].text);
	}
}

int
main(void)
{
	parsing();
	printing();
	spans();
	return done_testing();
}
