#include <time.h>
#include <string.h>

#include "base/num.h"
#include "base/tim.h"

/* Days from civil and back: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms". */
int64_t
tim_days(int y, int m, int d)
{
	int era;
	unsigned yoe, doy, doe;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = (unsigned)(y - era * 400);
	doy = (unsigned)((153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1);
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return (int64_t)era * 146097 + (int64_t)doe - 719468;
}

void
tim_civil(int64_t days, int *y, int *m, int *d)
{
	int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
	unsigned doe = (unsigned)(z - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;

	*d = (int)(doy - (153 * mp + 2) / 5 + 1);
	*m = (int)(mp < 10 ? mp + 3 : mp - 9);
	*y = (int)((int64_t)yoe + era * 400) + (*m <= 2);
}

/* n digits at p -> value, or -1 */
static int
digits(const char *p, int n)
{
	int v = 0;

	for (int i = 0; i < n; i++) {
		unsigned d = (unsigned)(p[i] - '0');

		if (d > 9)
			return -1;
		v = v * 10 + (int)d;
	}
	return v;
}

/* Years 1678 to 2261, however it is written. */
static bool
in_range(int64_t ns)
{
	return ns >= INT64_C(-106650) * TIM_DAY && ns < INT64_C(106651) * TIM_DAY;
}

static bool
parse_epoch(const char *p, size_t n, int64_t *ns)
{
	int64_t v, unit;
	uint64_t a;

	if (!num_i64(p, n, &v))
		return false;
	if (n == 8 && v >= 19000101 && v <= 20991231) {
		/* as seconds these would be days of 1970: a compact date is meant */
		char date[10] = { p[0], p[1], p[2], p[3], '-', p[4], p[5], '-', p[6], p[7] };

		return tim_parse(date, sizeof date, ns, NULL);
	}
	a = v < 0 ? -(uint64_t)v : (uint64_t)v;
	unit = a < UINT64_C(100000000000)         ? TIM_SEC
	       : a < UINT64_C(100000000000000)    ? TIM_MS
	       : a < UINT64_C(100000000000000000) ? TIM_US
						  : 1;
	return !__builtin_mul_overflow(v, unit, ns) && in_range(*ns);
}

static const int month_days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

bool
tim_parse(const char *p, size_t n, int64_t *ns, bool *zoneless)
{
	const char *end = p + n;
	int y, mo, d, h, mi, s, most;
	int64_t t, frac = 0;

	if (zoneless)
		*zoneless = false;
	if (n < 10 || p[4] != '-' || p[7] != '-')
		return parse_epoch(p, n, ns);
	y = digits(p, 4);
	mo = digits(p + 5, 2);
	d = digits(p + 8, 2);
	if (y < 1678 || y > 2261 || mo < 1 || mo > 12 || d < 1)
		return false;
	most = month_days[mo - 1] + (mo == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0));
	if (d > most)
		return false;
	t = tim_days(y, mo, d) * TIM_DAY;
	p += 10;
	if (p == end) {
		*ns = t;
		return true;
	}
	if (end - p < 6 || (*p != 'T' && *p != 't' && *p != ' ') || p[3] != ':')
		return false;
	h = digits(p + 1, 2);
	mi = digits(p + 4, 2);
	p += 6;
	s = 0;
	if (p < end && *p == ':') {
		if (end - p < 3)
			return false;
		s = digits(p + 1, 2);
		p += 3;
	}
	/* a leap second (60) is read as the first instant of the next minute */
	if (h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 || s > 60)
		return false;
	if (p < end && *p == '.') {
		int64_t unit = TIM_SEC / 10;
		const char *f = ++p;

		for (; p < end && (unsigned)(*p - '0') < 10; p++, unit /= 10)
			frac += (*p - '0') * unit;
		if (p == f || p - f > 9)
			return false;
	}
	t += h * TIM_HOUR + mi * TIM_MIN + s * TIM_SEC + frac;
	if (p == end) {
		if (zoneless)
			*zoneless = true;
	} else if (end - p == 1 && (*p == 'Z' || *p == 'z')) {
		;
	} else if (*p == '+' || *p == '-') {
		/* +hh:mm, +hhmm or +hh */
		size_t len = (size_t)(end - p);
		int oh, om = 0;

		if (len != 6 && len != 5 && len != 3)
			return false;
		if (len == 6 && p[3] != ':')
			return false;
		oh = digits(p + 1, 2);
		if (len > 3)
			om = digits(end - 2, 2);
		if (oh < 0 || oh > 23 || om < 0 || om > 59)
			return false;
		t -= (*p == '-' ? -1 : 1) * (oh * TIM_HOUR + om * TIM_MIN);
	} else {
		return false;
	}
	*ns = t;
	return in_range(t);
}

static char *
put2(char *o, unsigned v)
{
	o[0] = (char)('0' + v / 10);
	o[1] = (char)('0' + v % 10);
	return o + 2;
}

char *
tim_put(char *o, int64_t ns)
{
	/* Records come by the thousand a day: the date's text is kept from the last call. */
	static _Thread_local int64_t last_day = INT64_MIN;
	static _Thread_local char date[11];
	int64_t day = tim_day(ns), in_day = ns - day * TIM_DAY;
	unsigned sec, frac;

	if (day != last_day) {
		int y, m, d;
		char *q = date;

		tim_civil(day, &y, &m, &d);
		q = put2(q, (unsigned)(y / 100) % 100);
		q = put2(q, (unsigned)(y % 100));
		*q++ = '-';
		q = put2(q, (unsigned)m);
		*q++ = '-';
		q = put2(q, (unsigned)d);
		*q = 'T';
		last_day = day;
	}
	memcpy(o, date, 11);
	sec = (unsigned)(in_day / TIM_SEC);
	frac = (unsigned)(in_day % TIM_SEC);
	o = put2(o + 11, sec / 3600);
	*o++ = ':';
	o = put2(o, sec / 60 % 60);
	*o++ = ':';
	o = put2(o, sec % 60);
	*o++ = '.';
	o = put2(o, frac / 10000000);
	o = put2(o, frac / 100000 % 100);
	o = put2(o, frac / 1000 % 100);
	o = put2(o, frac / 10 % 100);
	*o++ = (char)('0' + frac % 10);
	*o++ = 'Z';
	return o;
}

bool
tim_span(const char *p, size_t n, int64_t *ns)
{
	static const struct {
		const char *suffix;
		int64_t unit;
	} units[] = { { "ns", 1 }, { "us", TIM_US }, { "ms", TIM_MS }, { "s", TIM_SEC },
		{ "m", TIM_MIN }, { "h", TIM_HOUR }, { "d", TIM_DAY }, { "w", 7 * TIM_DAY },
		{ "", TIM_SEC } };
	size_t k = 0;
	int64_t v;

	while (k < n && ((unsigned)(p[k] - '0') < 10 || p[k] == '.'))
		k++;
	if (!num_nano(p, k, &v))
		return false;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		num_i128 t;

		if (strlen(units[i].suffix) != n - k || memcmp(units[i].suffix, p + k, n - k) != 0)
			continue;
		t = (num_i128)v * units[i].unit;
		if (t % NUM_NANO != 0 || t / NUM_NANO > INT64_MAX)
			return false;
		*ns = (int64_t)(t / NUM_NANO);
		return true;
	}
	return false;
}

int64_t
tim_mono(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * TIM_SEC + t.tv_nsec;
}
