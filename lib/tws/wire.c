#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tws/wire.h"

#include "base/mem.h"
#include "base/num.h"

#define TWS_HELLO_MAX 4096 /* bytes of the hello's text; real ones have about ten */

static uint32_t
be32(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

static void
put_be32(char *p, uint32_t v)
{
	p[0] = (char)(v >> 24);
	p[1] = (char)(v >> 16);
	p[2] = (char)(v >> 8);
	p[3] = (char)v;
}

/* ---- frames in ---- */

void
tws_reader_free(struct tws_reader *r)
{
	buf_free(&r->in);
	r->pos = 0;
}

void
tws_reader_reset(struct tws_reader *r)
{
	buf_clear(&r->in);
	r->pos = 0;
}

char *
tws_reader_room(struct tws_reader *r, size_t n)
{
	if (r->pos) {
		r->in.len -= r->pos;
		memmove(r->in.p, r->in.p + r->pos, r->in.len);
		r->pos = 0;
	}
	return buf_room(&r->in, n);
}

void
tws_reader_added(struct tws_reader *r, size_t n)
{
	r->in.len += n;
}

void
tws_reader_put(struct tws_reader *r, const void *p, size_t n)
{
	char *o = tws_reader_room(r, n);

	if (n)
		memcpy(o, p, n);
	tws_reader_added(r, n);
}

size_t
tws_reader_pending(const struct tws_reader *r)
{
	return r->in.len - r->pos;
}

int
tws_reader_next(struct tws_reader *r, const char **payload, size_t *n, struct err *e)
{
	size_t have = tws_reader_pending(r);
	uint32_t len;

	if (have < 4)
		return 0;
	len = be32(r->in.p + r->pos);
	if (len > TWS_FRAME_MAX)
		return err_set(e, ERR_DATA,
		    "a frame of %lu bytes is over the protocol's largest (%u): "
		    "the other side does not speak it, or bytes were lost",
		    (unsigned long)len, TWS_FRAME_MAX);
	if (have - 4 < len)
		return 0;
	*payload = r->in.p + r->pos + 4;
	*n = len;
	r->pos += 4 + (size_t)len;
	return 1;
}

bool
tws_frame_put(struct buf *out, const void *payload, size_t n)
{
	if (n > TWS_FRAME_MAX)
		return false;
	put_be32(buf_room(out, 4 + n), (uint32_t)n);
	out->len += 4;
	buf_put(out, payload, n);
	return true;
}

/* ---- handshake ---- */

void
tws_hello_put(struct buf *out, int min_version, int max_version, const char *options)
{
	bool more = options && *options;
	char text[TWS_HELLO_MAX];
	int n = snprintf(text, sizeof text, "v%d..%d%s%s", min_version, max_version,
	    more ? " " : "", more ? options : "");

	buf_put(out, "API", 4);
	tws_frame_put(out, text, n < (int)sizeof text ? (size_t)n : sizeof text - 1);
}

/* Digits at *p up to end; -1 when there are none or too many. */
static int
version_number(const char **p, const char *end)
{
	const char *s = *p;
	int v = 0;

	while (*p < end && **p >= '0' && **p <= '9' && *p - s < 6)
		v = v * 10 + (*(*p)++ - '0');
	return *p == s || *p - s == 6 ? -1 : v;
}

/* "v157..178", or "v178" for one version alone; options behind a blank */
static bool
hello_parse(struct tws_hello *h, const char *p, size_t n)
{
	const char *end = p + n;
	size_t k;

	if (p == end || *p++ != 'v' || (h->min_version = version_number(&p, end)) < 0)
		return false;
	h->max_version = h->min_version;
	if (end - p >= 2 && p[0] == '.' && p[1] == '.') {
		p += 2;
		if ((h->max_version = version_number(&p, end)) < h->min_version)
			return false;
	}
	h->options[0] = '\0';
	if (p == end)
		return true;
	if (*p++ != ' ')
		return false;
	k = (size_t)(end - p) < sizeof h->options ? (size_t)(end - p) : sizeof h->options - 1;
	memcpy(h->options, p, k);
	h->options[k] = '\0';
	return true;
}

int
tws_hello_next(struct tws_reader *r, struct tws_hello *h, struct err *e)
{
	const char *p = r->in.p + r->pos;
	size_t have = tws_reader_pending(r), len;

	if (have && memcmp(p, "API", have < 4 ? have : 4) != 0)
		return err_set(e, ERR_DATA, "the client's first bytes are not \"API\\0\"");
	if (have < 8)
		return 0;
	len = be32(p + 4);
	if (len > TWS_HELLO_MAX)
		return err_set(
		    e, ERR_DATA, "the client's hello has %zu bytes, over %d", len, TWS_HELLO_MAX);
	if (have - 8 < len)
		return 0;
	if (!hello_parse(h, p + 8, len))
		return err_set(
		    e, ERR_DATA, "the client's hello is no range of versions such as v157..178");
	r->pos += 8 + len;
	return 1;
}

int
tws_hello_choose(const struct tws_hello *h, int own_max, struct err *e)
{
	int v = h->max_version < own_max ? h->max_version : own_max;

	if (v < h->min_version)
		return err_set(e, ERR_NET,
		    "the client wants server version %d or later, the newest here is %d",
		    h->min_version, own_max);
	if (v < TWS_VERSION_MIN)
		return err_set(e, ERR_NET,
		    "the client knows server versions up to %d, the oldest here is %d", v,
		    TWS_VERSION_MIN);
	return v;
}

void
tws_greeting_put(struct buf *out, int server_version, const char *time_text)
{
	char version[16];
	int n = snprintf(version, sizeof version, "%d", server_version);
	size_t len = strlen(time_text);

	if (len > TWS_HELLO_MAX)
		len = TWS_HELLO_MAX;
	put_be32(buf_room(out, 4), (uint32_t)((size_t)n + 1 + len + 1));
	out->len += 4;
	buf_put(out, version, (size_t)n + 1);
	buf_put(out, time_text, len);
	buf_putc(out, '\0');
}

int
tws_greeting_parse(const char *payload, size_t n, struct tws_greeting *g, struct err *e)
{
	const char *nul = n ? memchr(payload, '\0', n) : NULL, *time, *end = payload + n;
	int64_t v;

	if (!nul || !num_i64(payload, (size_t)(nul - payload), &v) || v < 1 || v > 100000)
		return err_set(e, ERR_DATA,
		    "the gateway's greeting has no server version: is this the API port of TWS or "
		    "IB Gateway?");
	time = nul + 1;
	nul = time < end ? memchr(time, '\0', (size_t)(end - time)) : NULL;
	g->server_version = (int)v;
	g->time = (struct str){ time, (size_t)((nul ? nul : end) - time) };
	if (v < TWS_VERSION_MIN)
		return err_set(e, ERR_NET,
		    "the gateway speaks server version %d, this program %d to %d: "
		    "update TWS or IB Gateway",
		    (int)v, TWS_VERSION_MIN, TWS_VERSION_MAX);
	if (v > TWS_VERSION_MAX)
		return err_set(e, ERR_NET,
		    "the gateway speaks server version %d though at most %d was offered: "
		    "it no longer speaks the text protocol",
		    (int)v, TWS_VERSION_MAX);
	return 0;
}

/* ---- arena ---- */

struct tws_chunk {
	struct tws_chunk *next;
	size_t used, cap;
	/* 128-bit integers ask for 16 bytes */
	_Alignas(16) char p[];
};

#define TWS_CHUNK_MIN ((size_t)16 << 10)

void *
tws_arena_array(struct tws_arena *a, size_t n, size_t size)
{
	size_t max = a->max ? a->max : TWS_ARENA_MAX, bytes;
	struct tws_chunk *c = a->chunks;
	char *p;

	if (__builtin_mul_overflow(n, size, &bytes) || bytes > max)
		return NULL;
	bytes = (bytes + 15) & ~(size_t)15;
	if (!c || c->cap - c->used < bytes) {
		size_t cap = bytes > TWS_CHUNK_MIN ? bytes : TWS_CHUNK_MIN;

		if (a->total + bytes > max)
			return NULL;
		c = mem_alloc(sizeof *c + cap);
		c->cap = cap;
		c->next = a->chunks;
		a->chunks = c;
		a->total += cap;
	}
	p = c->p + c->used;
	c->used += bytes;
	memset(p, 0, bytes);
	return p;
}

void
tws_arena_reset(struct tws_arena *a)
{
	struct tws_chunk *keep = NULL;

	/* An outsized chunk served one big answer; keeping it would hold its memory for good. */
	while (a->chunks) {
		struct tws_chunk *c = a->chunks;

		a->chunks = c->next;
		if (!keep && c->cap <= 16 * TWS_CHUNK_MIN)
			keep = c;
		else
			free(c);
	}
	a->total = 0;
	if (keep) {
		keep->next = NULL;
		keep->used = 0;
		a->chunks = keep;
		a->total = keep->cap;
	}
}

void
tws_arena_free(struct tws_arena *a)
{
	while (a->chunks) {
		struct tws_chunk *c = a->chunks;

		a->chunks = c->next;
		free(c);
	}
	a->total = 0;
}
