#include <float.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "tws/spell.h"

#define SPELL_MAX 400 /* no number on the wire is longer */

static bool
same_word(const char *p, size_t n, const char *word)
{
	return strlen(word) == n && strncasecmp(p, word, n) == 0;
}

bool
tws_is_infinite(const char *p, size_t n)
{
	if (n && *p == '+') {
		p++;
		n--;
	}
	return same_word(p, n, "Infinity") || same_word(p, n, "Infinite") || same_word(p, n, "inf");
}

static bool
is_no_number(const char *p, size_t n)
{
	return same_word(p, n, "NaN") ||
	       (n && *p == '-' ? tws_is_infinite(p + 1, n - 1) : tws_is_infinite(p, n));
}

/*
 * The strict grammar of base/num.h from looser text: no plus sign, leading zeros or blanks
 * around, a digit on both sides of the point. False when it is too long.
 */
static bool
tidy(const char *p, size_t n, char *o, size_t *len)
{
	char *s = o;

	while (n && *p == ' ') {
		p++;
		n--;
	}
	while (n && p[n - 1] == ' ')
		n--;
	if (n > SPELL_MAX - 4)
		return false;
	if (n && (*p == '+' || *p == '-')) {
		if (*p == '-')
			*o++ = '-';
		p++;
		n--;
	}
	while (n > 1 && *p == '0' && p[1] >= '0' && p[1] <= '9') {
		p++;
		n--;
	}
	if (n && *p == '.') {
		if (n == 1 || p[1] < '0' || p[1] > '9')
			return false;
		*o++ = '0';
	}
	for (bool point = false; n; p++, n--) {
		*o++ = *p;
		if (*p == '.' && !point && (n == 1 || p[1] == 'e' || p[1] == 'E')) {
			*o++ = '0';
			point = true; /* one at most: o has room for no more */
		}
	}
	*len = (size_t)(o - s);
	return true;
}

/* What a text that no exact reader took is: unset, out of range, or no number. */
static enum tws_spell
why_not(const char *p, size_t n)
{
	double v;

	if (is_no_number(p, n))
		return TWS_SPELL_UNSET;
	if (!num_f64(p, n, &v))
		return TWS_SPELL_BAD;
	/* DBL_MAX in any number of digits; the ends of int64, which as doubles are 2^63 */
	if (fabs(v) > 1.797e308 || fabs(v) == 0x1p63)
		return TWS_SPELL_UNSET;
	return TWS_SPELL_RANGE;
}

enum tws_spell
tws_read_i64(const char *p, size_t n, bool sentinel32, int64_t *out)
{
	int64_t nano;
	char t[SPELL_MAX];

	if (n == 0)
		return TWS_SPELL_UNSET;
	if (!num_i64(p, n, out)) {
		enum tws_spell s;

		if (!tidy(p, n, t, &n))
			return TWS_SPELL_BAD;
		/* a whole number that was spelled as a double */
		if (num_i64(t, n, out)) {
			;
		} else if (num_nano(t, n, &nano)) {
			if (nano % NUM_NANO != 0)
				return TWS_SPELL_BAD;
			*out = nano / NUM_NANO;
		} else {
			s = why_not(t, n);
			return s;
		}
	}
	if (*out == INT64_MAX || (sentinel32 && *out == INT32_MAX))
		return TWS_SPELL_UNSET;
	return TWS_SPELL_OK;
}

enum tws_spell
tws_read_nano(const char *p, size_t n, bool sentinel32, int64_t *out)
{
	char t[SPELL_MAX];

	if (n == 0)
		return TWS_SPELL_UNSET;
	if (!num_nano(p, n, out) && (!tidy(p, n, t, &n) || (p = t, n == 0) || !num_nano(p, n, out)))
		return why_not(p, n);
	if (sentinel32 && *out == INT32_MAX * NUM_NANO)
		return TWS_SPELL_UNSET;
	return TWS_SPELL_OK;
}

enum tws_spell
tws_read_micro(const char *p, size_t n, int64_t *out)
{
	char t[SPELL_MAX];

	if (n == 0)
		return TWS_SPELL_UNSET;
	if (!num_micro(p, n, out) &&
	    (!tidy(p, n, t, &n) || (p = t, n == 0) || !num_micro(p, n, out)))
		return why_not(p, n);
	return TWS_SPELL_OK;
}

enum tws_spell
tws_read_nano128(const char *p, size_t n, num_i128 *out)
{
	char t[SPELL_MAX];

	if (n == 0)
		return TWS_SPELL_UNSET;
	if (!num_nano128(p, n, out) &&
	    (!tidy(p, n, t, &n) || (p = t, n == 0) || !num_nano128(p, n, out)))
		return why_not(p, n);
	if (*out == (num_i128)INT64_MAX * NUM_NANO || *out == (num_i128)INT64_MIN * NUM_NANO ||
	    *out == (num_i128)INT32_MAX * NUM_NANO)
		return TWS_SPELL_UNSET;
	return TWS_SPELL_OK;
}

enum tws_spell
tws_read_f64(const char *p, size_t n, double *out)
{
	char t[SPELL_MAX];

	if (n == 0)
		return TWS_SPELL_UNSET;
	if (!num_f64(p, n, out) && (!tidy(p, n, t, &n) || (p = t, n == 0) || !num_f64(p, n, out)))
		return is_no_number(p, n) ? TWS_SPELL_UNSET : TWS_SPELL_BAD;
	if (fabs(*out) > 1.797e308)
		return TWS_SPELL_UNSET;
	return TWS_SPELL_OK;
}

enum tws_spell
tws_read_bool(const char *p, size_t n, bool *out)
{
	int64_t v;
	enum tws_spell s;

	*out = n == 1 && *p == '1';
	if (n <= 1 && (n == 0 || *p == '0' || *p == '1'))
		return TWS_SPELL_OK;
	if (same_word(p, n, "true") || same_word(p, n, "false")) {
		*out = *p == 't' || *p == 'T';
		return TWS_SPELL_OK;
	}
	s = tws_read_i64(p, n, true, &v);
	*out = s == TWS_SPELL_OK && v != 0;
	return s == TWS_SPELL_UNSET ? TWS_SPELL_OK : s;
}

/* ---- writing ---- */

/* |nano| below 1e-4 as repr() of Python spells doubles: one digit, a point if more, e-05..e-09 */
static char *
write_small(char *o, int64_t nano)
{
	char t[NUM_MAX];
	size_t n;

	if (nano < 0) {
		*o++ = '-';
		nano = -nano;
	}
	n = (size_t)(num_put_i64(t, nano) - t);
	*o++ = t[0];
	for (size_t last = n; last > 1; last--)
		if (t[last - 1] != '0') {
			*o++ = '.';
			memcpy(o, t + 1, last - 1);
			o += last - 1;
			break;
		}
	memcpy(o, "e-0", 3);
	o[3] = (char)('0' + 10 - n);
	return o + 4;
}

char *
tws_write_nano(char *o, num_i128 nano, bool point, bool small_exp)
{
	char *s = o;

	if (small_exp && nano != 0 && nano > -100000 && nano < 100000)
		return write_small(o, (int64_t)nano);
	o = num_put_size128(o, nano);
	if (point && !memchr(s, '.', (size_t)(o - s))) {
		*o++ = '.';
		*o++ = '0';
	}
	return o;
}

char *
tws_write_f64(char *o, double v)
{
	char *s = o;

	o = num_put_f64(o, v);
	for (; s < o; s++)
		if (*s == '.' || *s == 'e')
			return o;
	*o++ = '.';
	*o++ = '0';
	return o;
}
