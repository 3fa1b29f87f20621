/* base/num.h: text to exact numbers and back, against values worked out by hand and strtod. */
#include "base/num.h"
#include "base/rng.h"
#include "unit/t.h"

static void
nano_case(const char *text, bool good, int64_t want)
{
	int64_t v = 0;
	bool got = num_nano(text, strlen(text), &v);

	ok(got == good, "num_nano(\"%s\") is %s", text, good ? "taken" : "refused");
	if (got && good)
		is_i64(v, want, "its value");
}

static void
reading(void)
{
	nano_case("187.15", true, INT64_C(187150000000));
	nano_case("-0.000000001", true, -1);
	nano_case("0", true, 0);
	nano_case("1e3", true, INT64_C(1000000000000));
	nano_case("1.5E-9", true, 2); /* half to even */
	nano_case("2.5e-9", true, 2);
	nano_case("0.0000000005", true, 0);
	nano_case("0.0000000015", true, 2);
	nano_case("0.00000000050001", true, 1);
	nano_case("5.800000000000", true, INT64_C(5800000000));
	nano_case("9223372036.854775807", true, INT64_MAX);
	nano_case("9223372036.854775808", false, 0);
	nano_case("1e10", false, 0);
	nano_case("1e400", false, 0);
	nano_case("1e-400", true, 0);
	nano_case("007", false, 0);
	nano_case("", false, 0);
	nano_case("-", false, 0);
	nano_case(".5", false, 0);
	nano_case("5.", false, 0);
	nano_case("1e", false, 0);
	nano_case("1x", false, 0);
	nano_case("+1", false, 0);
	nano_case(" 1", false, 0);
	nano_case("nan", false, 0);
	nano_case("0x10", false, 0);
}

static void
whole(void)
{
	int64_t v = 0;

	ok(num_i64("-9223372036854775808", 20, &v) && v == INT64_MIN, "the smallest int64");
	ok(num_i64("9223372036854775807", 19, &v) && v == INT64_MAX, "the largest");
	ok(!num_i64("9223372036854775808", 19, &v) && !num_i64("-9223372036854775809", 20, &v),
	    "one more");
	ok(!num_i64("", 0, &v) && !num_i64("-", 1, &v) && !num_i64("1.0", 3, &v) &&
		!num_i64("01", 2, &v),
	    "what is no whole number");
}

static void
f64_case(const char *text, bool good)
{
	double v;
	bool got = num_f64(text, strlen(text), &v);

	ok(got == good, "num_f64(\"%s\") is %s", text, good ? "taken" : "refused");
	if (got && good)
		is_f64(v, strtod(text, NULL), 0, "as strtod has it");
}

static void
doubles(void)
{
	static const double odd[] = { 0, 1, -1, 0.1, 1.0 / 3, 1e-300, 5e-324,
		1.7976931348623157e308, 2.2250738585072014e-308, 123456789.123456789, 1e21, 1e22,
		1e23, 9007199254740993.0, 0.30000000000000004, 5.684341886080802e-14 };
	struct rng r;
	int bad = 0;

	f64_case("0.1", true);
	f64_case("123456789012345678901234567890", true);
	f64_case("2.2250738585072011e-308", true);
	f64_case("1e999", false);
	f64_case("inf", false);
	f64_case("NaN", false);
	f64_case("1.", false);
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		char t[NUM_MAX + 1];
		double back;

		*num_put_f64(t, odd[i]) = '\0';
		ok(num_f64(t, strlen(t), &back) && memcmp(&back, &odd[i], 8) == 0, "%s reads back",
		    t);
	}
	rng_seed(&r, 7);
	for (int i = 0; i < 200000; i++) {
		uint64_t bits = rng_u64(&r);
		double v, back;
		char t[NUM_MAX + 1];

		if (i % 2)
			v = (double)(int64_t)(bits % 100000000) / 10000; /* prices and ratios */
		else
			memcpy(&v, &bits, 8);
		if (!isfinite(v))
			continue;
		*num_put_f64(t, v) = '\0';
		bad += !num_f64(t, strlen(t), &back) || back != v || back != strtod(t, NULL);
	}
	is_i64(bad, 0, "200,000 random doubles read back, by us and by strtod");
}

/* The fewest digits of %.15g, %.16g and %.17g that read back; a power of two may need one less,
 * as the doubles below it lie closer than those above. */
static void
shortest(void)
{
	struct rng r;
	int longer = 0, other = 0;

	rng_seed(&r, 8);
	for (int i = 0; i < 60000; i++) {
		uint64_t bits = rng_u64(&r);
		double v = ldexp(rng_uniform(&r), (int)(bits % 90) - 40);
		char got[NUM_MAX + 1], want[40];

		if (i % 3 == 0)
			memcpy(&v, &bits, 8);
		else if (i % 3 == 1)
			v = ldexp(1, (int)(bits % 2000) - 1000);
		if (!isfinite(v) || v == 0)
			continue;
		for (int prec = 15; prec <= 17; prec++) {
			snprintf(want, sizeof want, "%.*g", prec, v);
			if (strtod(want, NULL) == v)
				break;
		}
		*num_put_f64(got, v) = '\0';
		longer += strlen(got) > strlen(want);
		other += i % 3 != 1 && fabs(v) > 1e-300 && strcmp(got, want) != 0;
	}
	is_i64(longer, 0, "no longer than what printf and strtod find");
	is_i64(other, 0, "and the same, powers of two excepted");
}

static void
put(const char *what, char *(*fn)(char *, int64_t), int64_t v, const char *want)
{
	char t[NUM_MAX + 1];

	*fn(t, v) = '\0';
	is_str(t, want, "%s", what);
}

static void
writing(void)
{
	char t[NUM_MAX + 1];
	num_i128 big = (num_i128)INT64_MAX * 1000000007, back;

	put("price", num_put_price, INT64_C(187150000000), "187.15");
	put("price, two decimals at least", num_put_price, INT64_C(5000000000), "5.00");
	put("price, nine at most", num_put_price, 1, "0.000000001");
	put("price below zero", num_put_price, INT64_C(-37630000000), "-37.63");
	put("largest", num_put_price, INT64_MAX, "9223372036.854775807");
	put("smallest", num_put_price, INT64_MIN, "-9223372036.854775808");
	put("size", num_put_size, INT64_C(100000000000), "100");
	put("size with a fraction", num_put_size, INT64_C(250000000), "0.25");
	put("no size", num_put_size, 0, "0");
	put("cash", num_put_cash, INT64_C(99998259000), "99998.259");
	put("cash, two decimals at least", num_put_cash, 1000000, "1.00");
	*num_put_size128(t, big) = '\0';
	is_str(t, "9223372101418380064.983430649", "128 bits"); /* (2^63-1) * 1000000007 nano */
	ok(num_nano128(t, strlen(t), &back) && back == big, "and reads back");
	*num_put_size128(t, big * 1000000) = '\0';
	ok(num_nano128(t, strlen(t), &back) && back == big * 1000000, "%s reads back", t);
	*num_put_size128(t, -big) = '\0';
	ok(num_nano128(t, strlen(t), &back) && back == -big, "%s reads back", t);
}

static void
arithmetic(void)
{
	int64_t v;

	ok(num_notional(INT64_C(187150000000), INT64_C(100000000000), &v) &&
		v == INT64_C(18715000000),
	    "187.15 x 100");
	ok(num_notional(1, 1, &v) && v == 0, "1e-9 x 1e-9 is no money");
	ok(num_notional(500000, 1000000000, &v) && v == 0 * v + 500, "0.0005 x 1 = 500 micro");
	ok(num_notional(1500, 1000000000, &v) && v == 2, "half to even, up");
	ok(num_notional(2500, 1000000000, &v) && v == 2, "half to even, down");
	ok(num_notional(-1500, 1000000000, &v) && v == -2, "and below zero");
	ok(!num_notional(INT64_MAX, INT64_MAX, &v), "what does not fit is said");
	is_i64((int64_t)num_div_even(7, 2), 4, "7/2");
	is_i64((int64_t)num_div_even(5, 2), 2, "5/2");
	is_i64((int64_t)num_div_even(-5, 2), -2, "-5/2");
	is_i64((int64_t)num_div_even(-7, 2), -4, "-7/2");
}

int
main(void)
{
	reading();
	whole();
	doubles();
	shortest();
	writing();
	arithmetic();
	return done_testing();
}
