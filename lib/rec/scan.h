/*
 * Scanners for canonical values, one pass over the bytes, no allocation. Each returns where it
 * stopped, or NULL for what is not canonical: the caller then asks the exact parsers of base/
 * about the whole cell. They may read up to REC_PAD bytes behind the line.
 */
#ifndef TP_REC_SCAN_H
#define TP_REC_SCAN_H

#include <stdint.h>
#include <string.h>

#include "base/num.h"
#include "base/tim.h"

static inline uint64_t
scan_load8(const char *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
	return v;
}

/* The last date and the last hour seen: nearly every record has those of the one before it. */
struct scan_date {
	uint64_t head; /* "YYYY-MM-" */
	uint16_t tail; /* "DD" */
	int64_t day_ns;
	uint64_t hour_head, hour_tail; /* "YYYY-MM-", "DDTHH:" */
	int64_t hour_ns;
};

#define SCAN_NO_HOUR UINT64_MAX /* as hour_tail: none yet; no six bytes are that */

static inline unsigned
scan_digit(char c)
{
	return (unsigned)(unsigned char)c - '0';
}

/* eight ASCII digits at once (D. Lemire, "Quickly parsing eight digits") */
static inline int
scan_is8(uint64_t v)
{
	return (((v + UINT64_C(0x4646464646464646)) | (v - UINT64_C(0x3030303030303030))) &
		   UINT64_C(0x8080808080808080)) == 0;
}

static inline uint32_t
scan_8(uint64_t v)
{
	v -= UINT64_C(0x3030303030303030);
	v = v * 10 + (v >> 8);
	return (uint32_t)(((v & UINT64_C(0x000000FF000000FF)) * UINT64_C(0x000F424000000064) +
			      ((v >> 16) & UINT64_C(0x000000FF000000FF)) *
				  UINT64_C(0x0000271000000001)) >>
			  32);
}

/* YYYY-MM-DDTHH: into the memory of date; false when it is not that. */
static __attribute__((noinline, unused)) int
scan_hour(const char *p, struct scan_date *date)
{
	uint64_t head = scan_load8(p);
	unsigned h = scan_digit(p[11]) * 10 + scan_digit(p[12]);
	uint16_t tail;

	memcpy(&tail, p + 8, 2);
	if (head != date->head || tail != date->tail) {
		int64_t day;

		/* ten digits would be an epoch; the cache must stay as it was then */
		if (p[4] != '-' || !tim_parse(p, 10, &day, NULL))
			return 0;
		date->day_ns = day;
		date->head = head;
		date->tail = tail;
	}
	if (p[10] != 'T' || scan_digit(p[11]) > 9 || scan_digit(p[12]) > 9 || h > 23 ||
	    p[13] != ':')
		return 0;
	date->hour_ns = date->day_ns + (int64_t)h * TIM_HOUR;
	date->hour_head = head;
	date->hour_tail = scan_load8(p + 8) << 16 >> 16;
	return 1;
}

/* YYYY-MM-DDTHH:MM:SS[.f{1,9}]Z */
static inline const char *
scan_ts(const char *p, struct scan_date *date, int64_t *out)
{
	uint64_t t, ms;
	int64_t ns;

	if (__builtin_expect(scan_load8(p) != date->hour_head ||
				 scan_load8(p + 8) << 16 >> 16 != date->hour_tail,
		0) &&
	    !scan_hour(p, date))
		return NULL;
	/* MM:SS as five small numbers; each must stay below its limit: 6, 10, 1 (':'), 6, 10 */
	t = scan_load8(p + 14) ^ UINT64_C(0x30302e30303a3030); /* "00:00.00" */
	ms = t & UINT64_C(0x000000FFFFFFFFFF);
	if (__builtin_expect(((ms + UINT64_C(0x767A7F767A)) | ms) & UINT64_C(0x8080808080), 0))
		return NULL;
	ms = ms * 10 + (ms >> 8);
	ns = date->hour_ns + (int64_t)((ms & 0xff) * 60 + (ms >> 24 & 0xff)) * TIM_SEC;
	if (t >> 40 == 0 && scan_load8(p + 22) == UINT64_C(0x5A30303030303030)) {
		*out = ns; /* .000000000Z */
		return p + 30;
	}
	p += 19;
	if (*p == '.') {
		uint64_t f = scan_load8(++p);

		if (scan_is8(f) && scan_digit(p[8]) < 10 && p[9] == 'Z') {
			ns += (int64_t)scan_8(f) * 10 + scan_digit(p[8]);
			p += 9;
		} else {
			int64_t unit = TIM_SEC / 10;
			const char *start = p;

			for (; scan_digit(*p) < 10 && unit; p++, unit /= 10)
				ns += scan_digit(*p) * unit;
			if (p == start)
				return NULL;
		}
	}
	if (*p != 'Z')
		return NULL;
	*out = ns;
	return p + 1;
}

static const int64_t scan_pow10[10] = { 1, 10, 100, 1000, 10000, 100000, 1000000, 10000000,
	100000000, 1000000000 };

/* The value of eight digits, each a byte of 0 to 9, the first one lowest. */
static inline uint64_t
scan_value(uint64_t t)
{
	t = t * 10 + (t >> 8);
	t = (t & UINT64_C(0x00FF00FF00FF00FF)) * (1 + (UINT64_C(100) << 16)) >> 16;
	return (t & UINT64_C(0x0000FFFF0000FFFF)) * (1 + (UINT64_C(10000) << 32)) >> 32;
}

/*
 * The bytes that are no digits, by their high bits. A byte (its difference to '0') is none when
 * adding 0x76 carries into its high bit; digits, '.' and ',' carry nothing into the next byte, so
 * that the mark of the first other byte is right, and behind a '.' that of the second.
 */
static inline uint64_t
scan_odd(uint64_t t)
{
	return ((t + UINT64_C(0x7676767676767676)) | t) & UINT64_C(0x8080808080808080);
}

/* The digits at the start of eight bytes, all at once: how many (8 when all are), and their value.
 */
static inline unsigned
scan_digits(uint64_t w, uint64_t *value)
{
	uint64_t t = w ^ UINT64_C(0x3030303030303030), odd = scan_odd(t);
	unsigned n = odd ? (unsigned)__builtin_ctzll(odd) >> 3 : 8;

	*value = n ? scan_value(t << (64 - 8 * n)) : 0; /* leading zeros in front */
	return n;
}

/* -?(0|[1-9]d{0,8})(.d{1,9})? -> nano; stops at the first other byte. This one digit by digit. */
static __attribute__((noinline, unused)) const char *
scan_nano_long(const char *p, int64_t *out)
{
	int neg = *p == '-';
	const char *s = p += neg;
	uint64_t v = 0;
	unsigned d;
	long places = 0;

	while ((d = scan_digit(*p)) < 10) {
		v = v * 10 + d;
		p++;
	}
	if (__builtin_expect(p == s || p - s > 9 || (*s == '0' && p - s > 1), 0))
		return NULL;
	if (*p == '.') {
		const char *f = ++p;

		while ((d = scan_digit(*p)) < 10) {
			v = v * 10 + d;
			p++;
		}
		places = p - f;
		if (__builtin_expect(places == 0 || places > 9, 0))
			return NULL;
	}
	*out = (int64_t)v * scan_pow10[9 - places];
	if (neg)
		*out = -*out;
	return p;
}

/* The same with up to seven digits on either side of the point. */
static __attribute__((noinline, unused)) const char *
scan_nano_wide(const char *p, int64_t *out)
{
	uint64_t whole, part = 0;
	unsigned n = scan_digits(scan_load8(p), &whole), places;

	if (n == 0 || n == 8 || (*p == '0' && n > 1))
		return scan_nano_long(p, out);
	if (p[n] != '.') {
		*out = (int64_t)whole * NUM_NANO;
		return p + n;
	}
	places = scan_digits(scan_load8(p + n + 1), &part);
	if (places == 0 || places == 8)
		return scan_nano_long(p, out);
	*out = (int64_t)whole * NUM_NANO + (int64_t)part * scan_pow10[9 - places];
	return p + n + 1 + places;
}

/*
 * The same. Most prices and sizes end within eight bytes, what follows them included: the digits
 * behind the point move up to those before it and are read as one number.
 */
static inline __attribute__((always_inline)) const char *
scan_nano(const char *p, int64_t *out)
{
	uint64_t t = scan_load8(p) ^ UINT64_C(0x3030303030303030), odd = scan_odd(t);
	uint64_t more = odd & (odd - 1), before = (odd ^ (odd - 1)) >> 8;
	unsigned at = 8, end; /* 8 * the place of the first and second such byte, and 7 */

	if (__builtin_expect(odd == 0 || (at = (unsigned)__builtin_ctzll(odd)) == 7 ||
				 ((t & 0xff) == 0 && at != 15),
		0))
		return scan_nano_wide(p, out);
	if ((t >> (at - 7) & 0xff) != ('.' ^ '0')) {
		*out = (int64_t)scan_value(t << (71 - at)) * NUM_NANO;
		return p + (at >> 3);
	}
	if (__builtin_expect(more == 0 || (end = (unsigned)__builtin_ctzll(more)) == at + 8, 0))
		return scan_nano_wide(p, out);
	t = (t & before) | (t >> 8 & ~before);
	*out = (int64_t)scan_value(t << (79 - end)) * scan_pow10[10 - ((end - at) >> 3)];
	return p + (end >> 3);
}

static inline const char *
scan_i64(const char *p, int64_t *out)
{
	int neg = *p == '-';
	const char *s = p += neg;
	int64_t v = 0;
	unsigned d;

	while ((d = scan_digit(*p)) < 10) {
		v = v * 10 + d;
		p++;
		if (p - s > 18)
			return NULL;
	}
	if (p == s || (*s == '0' && p - s > 1))
		return NULL;
	*out = neg ? -v : v;
	return p;
}

/* Behind the bytes a JSON number can be made of. */
static inline const char *
scan_number_end(const char *p)
{
	while (scan_digit(*p) < 10 || *p == '-' || *p == '+' || *p == '.' || *p == 'e' || *p == 'E')
		p++;
	return p;
}

/* Behind plain ASCII text without quote, backslash or control bytes; stops at the first such. */
static inline const char *
scan_plain(const char *p)
{
	while ((unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f && *p != '"' && *p != '\\')
		p++;
	return p;
}

/* How many bytes stand before the next `c`, up to 40; more when it is not that near. */
static inline size_t
scan_find(const char *p, char c)
{
	for (size_t i = 0; i < 40; i += 8) {
		uint64_t x = scan_load8(p + i) ^ UINT64_C(0x0101010101010101) * (unsigned char)c;
		uint64_t hit =
		    (x - UINT64_C(0x0101010101010101)) & ~x & UINT64_C(0x8080808080808080);

		if (hit)
			return i + ((size_t)__builtin_ctzll(hit) >> 3);
	}
	return 40;
}

#endif
