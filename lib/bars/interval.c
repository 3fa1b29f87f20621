#include "bars/interval.h"

#include "base/num.h"
#include "base/tim.h"

#define SPAN_MAX (366 * TIM_DAY)

static const struct {
	const char *suffix;
	enum interval_kind kind;
	int64_t unit;
	int64_t max; /* of the number */
} units[] = {
	{ "ms", IV_FIXED, TIM_MS, SPAN_MAX / TIM_MS },
	{ "mo", IV_MONTHS, 1, 1200 },
	{ "s", IV_FIXED, TIM_SEC, SPAN_MAX / TIM_SEC },
	{ "m", IV_FIXED, TIM_MIN, SPAN_MAX / TIM_MIN },
	{ "h", IV_FIXED, TIM_HOUR, SPAN_MAX / TIM_HOUR },
	{ "d", IV_DAYS, 1, 36600 },
	{ "w", IV_WEEKS, 1, 5200 },
	{ "t", IV_TICKS, 1, INT64_MAX },
};

/* 1000t, 1e3t, 5e4v, 1e6d */
static bool
parse_amount(const char *p, size_t n, char unit, struct bar_interval *iv)
{
	if (!num_nano(p, n, &iv->n) || iv->n <= 0)
		return false;
	if (unit == 't') {
		if (iv->n % NUM_NANO)
			return false;
		iv->n /= NUM_NANO;
	}
	iv->kind = unit == 't' ? IV_TICKS : unit == 'v' ? IV_VOLUME : IV_VALUE;
	return true;
}

bool
bar_interval_parse(struct str s, struct bar_interval *iv)
{
	size_t n = 0;
	int64_t v;

	while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	if (n == 0 || n == s.n)
		return false;
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (!str_eqz((struct str){ s.p + n, s.n - n }, units[i].suffix))
			continue;
		if (!num_i64(s.p, n, &v) || v < 1 || v > units[i].max)
			return false;
		iv->kind = units[i].kind;
		iv->n = v * units[i].unit;
		return true;
	}
	n = s.n - 1;
	if (s.p[n] == 'v' || s.p[n] == 't' || s.p[n] == 'd')
		return parse_amount(s.p, n, s.p[n], iv);
	return false;
}
