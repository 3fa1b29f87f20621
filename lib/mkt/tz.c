/*
 * Time zones from TZif files (RFC 8536, also tzfile(5)). The 64-bit block gives the transitions
 * of the past; the POSIX TZ string in the footer gives those to come, and is unrolled into the
 * same table up to the last year an int64 of nanoseconds can hold. After that a lookup is one
 * binary search, and nothing depends on the C library's idea of the process's own zone.
 */
#include <stdlib.h>
#include <string.h>

#include "mkt/tz.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/tim.h"
#include "io/out.h"
#include "mkt/tz_rule.h"

#define TZ_FILE_MAX (1u << 20)
#define TZ_LAST_YEAR 2261
#define TZIF_HEADER 44

struct tz {
	int32_t first; /* offset before the first transition, seconds east */
	size_t n;
	int64_t *at;  /* UTC ns of each transition, ascending */
	int32_t *off; /* seconds east from then on */
};

struct tzif_counts {
	uint32_t isut, isstd, leap, time, type, chars;
};

static uint32_t
be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t
be64(const unsigned char *p)
{
	return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

static void
tz_add(struct tz *z, int64_t at_ns, int32_t off)
{
	if (z->n > 0 && z->at[z->n - 1] >= at_ns)
		return;
	if ((z->n & (z->n - 1)) == 0) {
		size_t cap = z->n ? 2 * z->n : 1;

		z->at = mem_resize(z->at, cap, sizeof *z->at);
		z->off = mem_resize(z->off, cap, sizeof *z->off);
	}
	z->at[z->n] = at_ns;
	z->off[z->n] = off;
	z->n++;
}

static bool
read_counts(const unsigned char *p, size_t n, struct tzif_counts *c)
{
	if (n < TZIF_HEADER || memcmp(p, "TZif", 4) != 0)
		return false;
	c->isut = be32(p + 20);
	c->isstd = be32(p + 24);
	c->leap = be32(p + 28);
	c->time = be32(p + 32);
	c->type = be32(p + 36);
	c->chars = be32(p + 40);
	/* bounds that keep the sums below from overflowing; no zone comes near them */
	return c->isut <= 256 && c->isstd <= 256 && c->leap <= 4096 && c->time <= 65536 &&
	       c->type >= 1 && c->type <= 256 && c->chars <= 65536;
}

static size_t
block_size(const struct tzif_counts *c, size_t time_size)
{
	return c->time * time_size + c->time + c->type * (size_t)6 + c->chars +
	       c->leap * (time_size + 4) + c->isstd + c->isut;
}

static bool
read_transitions(struct tz *z, const unsigned char *p, const struct tzif_counts *c)
{
	const unsigned char *idx = p + (size_t)8 * c->time;
	const unsigned char *types = idx + c->time;

	z->first = (int32_t)be32(types);
	for (uint32_t i = 0; i < c->time; i++) {
		int64_t s = be64(p + (size_t)8 * i);

		if (idx[i] >= c->type)
			return false;
		if (s > INT64_MAX / TIM_SEC)
			break;
		/* zic may begin with the Big Bang, -2^59: it only says what was before all else */
		if (s < INT64_MIN / TIM_SEC)
			z->first = (int32_t)be32(types + (size_t)6 * idx[i]);
		else
			tz_add(z, s * TIM_SEC, (int32_t)be32(types + (size_t)6 * idx[i]));
	}
	return true;
}

/* The years after the table, by the rule in the footer. */
static void
unroll(struct tz *z, const struct tz_rule *r)
{
	int64_t last = z->n ? z->at[z->n - 1] : INT64_MIN;
	int y0 = 1970, m, d;

	if (!r->dst) {
		if (z->n == 0)
			z->first = r->std_off;
		return;
	}
	if (z->n)
		tim_civil(tim_day(last), &y0, &m, &d);
	for (int y = y0; y <= TZ_LAST_YEAR; y++) {
		int64_t on = tz_rule_when(&r->start, y) - r->std_off;
		int64_t back = tz_rule_when(&r->end, y) - r->dst_off;

		if (on < back) {
			tz_add(z, on * TIM_SEC, r->dst_off);
			tz_add(z, back * TIM_SEC, r->std_off);
		} else {
			tz_add(z, back * TIM_SEC, r->std_off);
			tz_add(z, on * TIM_SEC, r->dst_off);
		}
	}
}

static bool
tz_parse(struct tz *z, const unsigned char *p, size_t n)
{
	struct tzif_counts c;
	size_t skip;

	if (!read_counts(p, n, &c) || p[4] < '2')
		return false;
	skip = TZIF_HEADER + block_size(&c, 4);
	if (skip > n || !read_counts(p + skip, n - skip, &c))
		return false;
	p += skip + TZIF_HEADER;
	n -= skip + TZIF_HEADER;
	if (block_size(&c, 8) > n || !read_transitions(z, p, &c))
		return false;
	p += block_size(&c, 8);
	n -= block_size(&c, 8);
	/* footer: newline, POSIX TZ string (may be empty), newline */
	if (n >= 3 && p[0] == '\n') {
		const unsigned char *e = memchr(p + 1, '\n', n - 1);
		struct tz_rule r;

		if (!e)
			return false;
		if (e > p + 1) {
			if (!tz_rule_parse((const char *)p + 1, (size_t)(e - p - 1), &r))
				return false;
			unroll(z, &r);
		}
	}
	return true;
}

struct tz *
tz_open(const char *name, struct err *e)
{
	const char *dir = getenv("TZDIR");
	struct tz *z = mem_alloc(sizeof *z);
	struct buf path = { 0 }, file = { 0 };

	if (strcmp(name, "UTC") == 0)
		return z; /* needs no tzdata */
	if (name[0] == '/' || strstr(name, "..")) {
		err_set(e, ERR_USAGE, "\"%s\" is no time zone name", name);
		goto fail;
	}
	buf_printf(&path, "%s/%s", dir && *dir ? dir : "/usr/share/zoneinfo", name);
	if (io_file_read(buf_z(&path), TZ_FILE_MAX, &file, e) < 0) {
		err_wrap(e, "time zone %s (is the package tzdata installed?)", name);
		goto fail;
	}
	if (!tz_parse(z, (const unsigned char *)file.p, file.len)) {
		err_set(e, ERR_DATA, "time zone %s: %s is no TZif file of version 2 or later", name,
		    buf_z(&path));
		goto fail;
	}
	buf_free(&path);
	buf_free(&file);
	return z;
fail:
	buf_free(&path);
	buf_free(&file);
	tz_free(z);
	return NULL;
}

void
tz_free(struct tz *z)
{
	if (!z)
		return;
	free(z->at);
	free(z->off);
	free(z);
}

/* How many transitions are at or before t. */
static size_t
count_before(const struct tz *z, int64_t t)
{
	size_t lo = 0, hi = z->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (z->at[mid] <= t)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int32_t
offset_of(const struct tz *z, size_t k)
{
	return k ? z->off[k - 1] : z->first;
}

int32_t
tz_offset(const struct tz *z, int64_t utc_ns)
{
	return offset_of(z, count_before(z, utc_ns));
}

/*
 * Offsets stay within a day of UTC, so the answer lies in one of the stretches that touch
 * local - 1 day .. local + 1 day. The first stretch whose clock shows `local` wins; when none
 * does, the clock jumped over it, and the jump itself is the answer.
 */
int64_t
tz_to_utc(const struct tz *z, int64_t local_ns)
{
	size_t k = count_before(z, local_ns - TIM_DAY);
	size_t last = count_before(z, local_ns + TIM_DAY);

	for (; k < last; k++) {
		int64_t u = local_ns - offset_of(z, k) * TIM_SEC;

		if (u < z->at[k])
			return u;
		if (local_ns < z->at[k] + offset_of(z, k + 1) * TIM_SEC)
			return z->at[k];
	}
	return local_ns - offset_of(z, k) * TIM_SEC;
}
