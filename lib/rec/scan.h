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

/* The last date seen: nearly every record has the date of the one before it. */
struct scan_date {
	uint64_t head; /* "YYYY-MM-" */
	uint16_t tail; /* "DD" */
	int64_t day_ns;
};

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

/* YYYY-MM-DDTHH:MM:SS[.f{1,9}]Z */
static inline const char *
scan_ts(const char *p, struct scan_date *date, int64_t *out)
{
	uint64_t head = scan_load8(p), t;
	uint16_t tail;
	unsigned h, m, s;
	int64_t ns;

	memcpy(&tail, p + 8, 2);
	if (__builtin_expect(head != date->head || tail != date->tail, 0)) {
		int64_t day;

		/* ten digits would be an epoch; the cache must stay as it was then */
		if (p[4] != '-' || !tim_parse(p, 10, &day, NULL))
			return NULL;
		date->day_ns = day;
		date->head = head;
		date->tail = tail;
	}
	t = scan_load8(p + 11); /* HH:MM:SS */
	if (p[10] != 'T' || (t & UINT64_C(0x0000FF0000FF0000)) != UINT64_C(0x00003A00003A0000) ||
	    !scan_is8((t & UINT64_C(0xFFFF00FFFF00FFFF)) | UINT64_C(0x0000300000300000)))
		return NULL;
	h = scan_digit(p[11]) * 10 + scan_digit(p[12]);
	m = scan_digit(p[14]) * 10 + scan_digit(p[15]);
	s = scan_digit(p[17]) * 10 + scan_digit(p[18]);
	if (h > 23 || m > 59 || s > 59)
		return NULL;
	ns = date->day_ns + (int64_t)(h * 3600 + m * 60 + s) * TIM_SEC;
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

/*
 * The digits at the start of eight bytes, all at once: how many (8 when all are), and their value.
 * A byte is no digit when adding 0x76 to what is above '0' carries into its high bit; the bytes
 * before the first such are digits and carry nothing into it.
 */
static inline unsigned
scan_digits(uint64_t w, uint64_t *value)
{
	uint64_t t = w ^ UINT64_C(0x3030303030303030);
	uint64_t odd = ((t + UINT64_C(0x7676767676767676)) | t) & UINT64_C(0x8080808080808080);
	unsigned n = odd ? (unsigned)__builtin_ctzll(odd) >> 3 : 8;

	t = n ? t << (64 - 8 * n) : 0; /* leading zeros in front */
	t = t * 10 + (t >> 8);
	*value = ((t & UINT64_C(0x000000FF000000FF)) * UINT64_C(0x000F424000000064) +
		     ((t >> 16) & UINT64_C(0x000000FF000000FF)) * UINT64_C(0x0000271000000001)) >>
		 32;
	*value &= UINT32_MAX;
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

/* The same; most prices and sizes have up to seven digits on either side of the point. */
static inline __attribute__((always_inline)) const char *
scan_nano(const char *p, int64_t *out)
{
	uint64_t whole, part = 0;
	unsigned n = scan_digits(scan_load8(p), &whole), places;

	if (__builtin_expect(n == 0 || n == 8 || (*p == '0' && n > 1), 0))
		return scan_nano_long(p, out);
	if (p[n] != '.') {
		*out = (int64_t)whole * NUM_NANO;
		return p + n;
	}
	places = scan_digits(scan_load8(p + n + 1), &part);
	if (__builtin_expect(places == 0 || places == 8, 0))
		return scan_nano_long(p, out);
	*out = (int64_t)whole * NUM_NANO + (int64_t)part * scan_pow10[9 - places];
	return p + n + 1 + places;
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
