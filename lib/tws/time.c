/* Times as the gateway writes them. Zone names are free text of the gateway's host, so a name
 * that nobody knows is no failure. */
#include <stdlib.h>
#include <string.h>

#include "tws/wire.h"

#include "base/mem.h"
#include "base/num.h"
#include "base/tim.h"
#include "mkt/tz.h"

#define ZONES_MAX 256 /* distinct names remembered; more are not looked up */

struct tws_zone {
	char name[64];
	struct tz *tz; /* NULL: nobody knows it */
};

/*
 * Names that are not tzdata's, or that tzdata gives a fixed offset where hosts mean a zone with
 * summer time. Java's short names are the standard time's all year ("20250425 15:23:54 EST"),
 * its long ones and Windows' are "X Standard Time". CST is Chicago: Shanghai hosts say
 * "China Standard Time".
 */
static const char *const aliases[][2] = {
	{ "EST", "America/New_York" },
	{ "EDT", "America/New_York" },
	{ "CST", "America/Chicago" },
	{ "CDT", "America/Chicago" },
	{ "MST", "America/Denver" },
	{ "MDT", "America/Denver" },
	{ "PST", "America/Los_Angeles" },
	{ "PDT", "America/Los_Angeles" },
	{ "Eastern Standard Time", "America/New_York" },
	{ "Eastern Daylight Time", "America/New_York" },
	{ "Central Standard Time", "America/Chicago" },
	{ "Central Daylight Time", "America/Chicago" },
	{ "Mountain Standard Time", "America/Denver" },
	{ "Mountain Daylight Time", "America/Denver" },
	{ "Pacific Standard Time", "America/Los_Angeles" },
	{ "Pacific Daylight Time", "America/Los_Angeles" },
	{ "Greenwich Mean Time", "Europe/London" },
	{ "British Summer Time", "Europe/London" },
	{ "BST", "Europe/London" },
	{ "Central European Standard Time", "Europe/Berlin" },
	{ "Central European Summer Time", "Europe/Berlin" },
	{ "Central European Time", "Europe/Berlin" },
	{ "CEST", "Europe/Berlin" },
	{ "MEZ", "Europe/Berlin" },
	{ "MESZ", "Europe/Berlin" },
	{ "Eastern European Time", "Europe/Helsinki" },
	{ "Eastern European Standard Time", "Europe/Helsinki" },
	{ "EEST", "Europe/Helsinki" },
	{ "Coordinated Universal Time", "UTC" },
	{ "GMT", "UTC" },
	{ "Z", "UTC" },
	{ "HKT", "Asia/Hong_Kong" },
	{ "Hong Kong Time", "Asia/Hong_Kong" },
	{ "Hong Kong Standard Time", "Asia/Hong_Kong" },
	{ "SGT", "Asia/Singapore" },
	{ "Singapore Standard Time", "Asia/Singapore" },
	{ "JST", "Asia/Tokyo" },
	{ "Japan Standard Time", "Asia/Tokyo" },
	{ "China Standard Time", "Asia/Shanghai" },
	{ "India Standard Time", "Asia/Kolkata" },
	{ "IST", "Asia/Kolkata" },
	{ "AEST", "Australia/Sydney" },
	{ "AEDT", "Australia/Sydney" },
	{ "Australian Eastern Standard Time", "Australia/Sydney" },
};

void
tws_zones_free(struct tws_zones *z)
{
	for (size_t i = 0; i < z->n; i++)
		tz_free(z->v[i].tz);
	free(z->v);
	*z = (struct tws_zones){ 0 };
}

/* Only names of tzdata's alphabet reach the file system. */
static bool
is_tzdata_name(const char *name)
{
	if (!((*name | 32) >= 'a' && (*name | 32) <= 'z'))
		return false;
	for (const char *p = name; *p; p++)
		if (!((*p | 32) >= 'a' && (*p | 32) <= 'z') && !(*p >= '0' && *p <= '9') &&
		    !strchr("/_+-", *p))
			return false;
	return true;
}

static struct tz *
open_zone(const char *name)
{
	struct err ignored;

	for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
		if (strcmp(aliases[i][0], name) == 0) {
			name = aliases[i][1];
			break;
		}
	return is_tzdata_name(name) ? tz_open(name, &ignored) : NULL;
}

const struct tz *
tws_zone(struct tws_zones *z, struct str name)
{
	struct tws_zone *new;

	if (name.n == 0 || name.n >= sizeof new->name)
		return NULL;
	for (size_t i = 0; i < z->n; i++)
		if (str_eqz(name, z->v[i].name))
			return z->v[i].tz;
	/* what holds a NUL is no name, and would be looked up again and again */
	if (z->n == ZONES_MAX || memchr(name.p, '\0', name.n))
		return NULL;
	z->v = mem_resize(z->v, z->n + 1, sizeof *z->v);
	new = &z->v[z->n++];
	memset(new, 0, sizeof *new);
	memcpy(new->name, name.p, name.n);
	new->tz = open_zone(new->name);
	return new->tz;
}

/* n digits at p, or -1 */
static int
digits(const char *p, int n)
{
	int v = 0;

	for (int i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		v = v * 10 + (p[i] - '0');
	}
	return v;
}

/* yyyymmdd at p -> midnight */
static bool
parse_date(const char *p, int64_t *ns)
{
	int y = digits(p, 4), m = digits(p + 4, 2), d = digits(p + 6, 2), y2, m2, d2;

	if (y < 1678 || y > 2261 || m < 1 || m > 12 || d < 1 || d > 31)
		return false;
	*ns = tim_days(y, m, d) * TIM_DAY;
	tim_civil(tim_days(y, m, d), &y2, &m2, &d2);
	return d2 == d; /* 31 June is no day */
}

/* hh:mm:ss with up to nine digits of fraction; how many bytes it took, 0 when it is none */
static size_t
parse_clock(const char *p, size_t n, int64_t *ns)
{
	int h, m, s;
	size_t i = 8;
	int64_t unit = TIM_SEC / 10;

	if (n < 8 || p[2] != ':' || p[5] != ':')
		return 0;
	h = digits(p, 2);
	m = digits(p + 3, 2);
	s = digits(p + 6, 2);
	if (h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 60)
		return 0;
	*ns = h * TIM_HOUR + m * TIM_MIN + s * TIM_SEC;
	if (i + 1 < n && p[i] == '.')
		for (i++; i < n && p[i] >= '0' && p[i] <= '9'; i++, unit /= 10)
			*ns += (p[i] - '0') * unit;
	return i;
}

static bool
parse_number(const char *p, size_t n, int64_t *ns, enum tws_time_kind *kind)
{
	int64_t v;

	if (n == 8) {
		*kind = TWS_TIME_DATE;
		return parse_date(p, ns);
	}
	*kind = TWS_TIME_INSTANT;
	return num_i64(p, n, &v) && v >= 0 && v < INT64_C(10000000000000) &&
	       !__builtin_mul_overflow(v, n > 11 ? TIM_MS : TIM_SEC, ns);
}

static struct str
trim(struct str s)
{
	while (s.n && *s.p == ' ') {
		s.p++;
		s.n--;
	}
	while (s.n && s.p[s.n - 1] == ' ')
		s.n--;
	return s;
}

bool
tws_time_parse(struct tws_zones *z, struct str s, int64_t *ns, enum tws_time_kind *kind)
{
	int64_t day, clock;
	const struct tz *tz;
	bool dash;
	size_t took;

	s = trim(s);
	if (s.n < 17)
		return parse_number(s.p, s.n, ns, kind);
	dash = s.p[8] == '-';
	if (!parse_date(s.p, &day) || (!dash && s.p[8] != ' '))
		return false;
	s = trim((struct str){ s.p + 9, s.n - 9 });
	if (!(took = parse_clock(s.p, s.n, &clock)))
		return false;
	s = (struct str){ s.p + took, s.n - took };
	if (s.n && *s.p != ' ')
		return false;
	s = trim(s);
	*kind = TWS_TIME_INSTANT;
	if (dash && s.n == 0) {
		*ns = day + clock;
		return true;
	}
	tz = tws_zone(z, s);
	if (!tz) {
		*kind = TWS_TIME_GUESSED;
		tz = z->dflt;
	}
	*ns = tz ? tz_to_utc(tz, day + clock) : day + clock;
	return true;
}

char *
tws_time_put(char *o, int64_t ns)
{
	char t[TIM_LEN];

	/* 2024-03-08T14:30:00.376000000Z */
	tim_put(t, ns);
	memcpy(o, t, 4);
	memcpy(o + 4, t + 5, 2);
	memcpy(o + 6, t + 8, 2);
	o[8] = '-';
	memcpy(o + 9, t + 11, 8);
	return o + TWS_TIME_LEN;
}
