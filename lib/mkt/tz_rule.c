/* POSIX TZ strings (POSIX.1-2017, Base Definitions, 8.3 "TZ"; RFC 8536 section 3.3.1). */
#include "mkt/tz_rule.h"

#include "base/tim.h"

struct cursor {
	const char *p, *e;
};

static bool
eat(struct cursor *c, char ch)
{
	if (c->p == c->e || *c->p != ch)
		return false;
	c->p++;
	return true;
}

static bool
number(struct cursor *c, int max, int *out)
{
	const char *s = c->p;
	int v = 0;

	while (c->p < c->e && *c->p >= '0' && *c->p <= '9' && c->p - s < 4)
		v = v * 10 + (*c->p++ - '0');
	*out = v;
	return c->p > s && v <= max;
}

/* "EST" or "<+0330>": the name itself does not matter here */
static bool
zone_name(struct cursor *c)
{
	const char *s = c->p;

	if (eat(c, '<')) {
		while (c->p < c->e && *c->p != '>')
			c->p++;
		return eat(c, '>');
	}
	while (c->p < c->e && ((*c->p | 32) >= 'a' && (*c->p | 32) <= 'z'))
		c->p++;
	return c->p - s >= 3;
}

/* [+-]hh[:mm[:ss]] */
static bool
clock_time(struct cursor *c, int max_hours, int32_t *out)
{
	bool neg = eat(c, '-');
	int h, m = 0, s = 0;

	if (!neg)
		eat(c, '+');
	if (!number(c, max_hours, &h))
		return false;
	if (eat(c, ':')) {
		if (!number(c, 59, &m))
			return false;
		if (eat(c, ':') && !number(c, 59, &s))
			return false;
	}
	*out = h * 3600 + m * 60 + s;
	if (neg)
		*out = -*out;
	return true;
}

static bool
change(struct cursor *c, struct tz_change *out)
{
	*out = (struct tz_change){ .form = '0', .sec = 2 * 3600 };
	if (!eat(c, ','))
		return false;
	if (eat(c, 'M')) {
		out->form = 'M';
		if (!number(c, 12, &out->m) || out->m < 1 || !eat(c, '.') ||
		    !number(c, 5, &out->w) || out->w < 1 || !eat(c, '.') || !number(c, 6, &out->d))
			return false;
	} else if (eat(c, 'J')) {
		out->form = 'J';
		if (!number(c, 365, &out->d) || out->d < 1)
			return false;
	} else if (!number(c, 365, &out->d)) {
		return false;
	}
	return !eat(c, '/') || clock_time(c, 167, &out->sec);
}

bool
tz_rule_parse(const char *p, size_t n, struct tz_rule *r)
{
	struct cursor c = { p, p + n };

	*r = (struct tz_rule){ 0 };
	if (!zone_name(&c) || !clock_time(&c, 24, &r->std_off))
		return false;
	r->std_off = -r->std_off; /* POSIX counts west of Greenwich */
	if (c.p == c.e)
		return true;
	r->dst = true;
	r->dst_off = r->std_off + 3600;
	if (!zone_name(&c))
		return false;
	if (c.p < c.e && *c.p != ',') {
		if (!clock_time(&c, 24, &r->dst_off))
			return false;
		r->dst_off = -r->dst_off;
	}
	return change(&c, &r->start) && change(&c, &r->end) && c.p == c.e;
}

static bool
is_leap(int y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

int64_t
tz_rule_when(const struct tz_change *c, int y)
{
	int64_t day;

	if (c->form == 'M') {
		int64_t first = tim_days(y, c->m, 1);
		int64_t next = c->m == 12 ? tim_days(y + 1, 1, 1) : tim_days(y, c->m + 1, 1);
		int wday = (int)(((first + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */

		day = first + (c->d - wday + 7) % 7 + INT64_C(7) * (c->w - 1);
		if (day >= next)
			day -= 7; /* week 5 means the last one */
	} else if (c->form == 'J') {
		day = tim_days(y, 1, 1) + c->d - 1 + (is_leap(y) && c->d >= 60);
	} else {
		day = tim_days(y, 1, 1) + c->d;
	}
	return day * 86400 + c->sec;
}
