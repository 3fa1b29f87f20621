/* A borrowed piece of text: pointer and length, not NUL-terminated. */
#ifndef TP_BASE_STR_H
#define TP_BASE_STR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

static inline struct str
str_z(const char *z)
{
	return (struct str){ z, z ? strlen(z) : 0 };
}

static inline bool
str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool
str_eqz(struct str a, const char *z)
{
	return str_eq(a, str_z(z));
}

/* At most max bytes of UTF-8 text, cut where a character begins. */
static inline struct str
str_cut(struct str s, size_t max)
{
	if (s.n <= max)
		return s;
	while (max > 0 && ((unsigned char)s.p[max] & 0xc0) == 0x80)
		max--;
	return (struct str){ s.p, max };
}

/* for "%.*s" */
#define STR_FMT(s) (int)(s).n, (s).p

#endif
