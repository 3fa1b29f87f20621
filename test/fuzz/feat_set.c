/*
 * A feature set by its text, a line, then bars as bytes: what is refused is refused with words;
 * columns have names of their own; nothing that comes out is infinite, whatever the bars
 * are; and a series does not feel what another one gets between its bars.
 */
#include <math.h>

#include "feat/set.h"
#include "fuzz.h"

#include "base/mem.h"

#define FUZZ_BAR 12 /* bytes of a bar */

/* Of the sets whose properties these are; numbers of at most three digits, for windows cost
 * memory. */
static bool
fuzz_set_fits(const char *text)
{
	static const char *const names[] = { "core", "alpha158", "micro" };
	bool known = false;
	int digits = 0;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		known = known || strncmp(text, names[i], strlen(names[i])) == 0;
	for (const char *p = text; *p; p++) {
		digits = *p >= '0' && *p <= '9' ? digits + 1 : 0;
		if (digits > 3 || (*p | 32) == 'e')
			known = known && digits <= 3 && !(p > text && p[-1] >= '0' && p[-1] <= '9');
	}
	return known;
}

static double
fuzz_price(const uint8_t *p, double unit)
{
	return (double)(int16_t)(p[0] | p[1] << 8) * unit;
}

/* Prices of any sign and size, in any order, as a stream could hold them; what bit 4 on of the
 * first byte asks for is missing. */
static struct feat_bar
fuzz_bar(const uint8_t *p, size_t i)
{
	static const double units[] = { 1e-9, 1e-4, 0.01, 1, 1e5, 2.5e5, 0.25, 0 };
	double unit = units[p[0] & 7], v = ldexp(p[1], p[9] % 90 - 10);
	struct feat_bar b = { .ts = (int64_t)i * 60000000000 * (1 + (p[10] & 3)),
		.open = fuzz_price(p + 2, unit),
		.close = fuzz_price(p + 4, unit),
		.gap = p[11] & 1 };

	b.ts_end = b.ts + 60000000000;
	b.high = p[0] & 8 ? fuzz_price(p + 6, unit) : fmax(b.open, b.close);
	b.low = p[0] & 8 ? fuzz_price(p + 7, unit) : fmin(b.open, b.close);
	b.volume = p[0] & 16 ? NAN : v;
	b.buy_volume = p[0] & 32 ? NAN : v * (p[10] / 255.0);
	b.sell_volume = v - b.buy_volume;
	b.vwap = p[0] & 64 ? NAN : fuzz_price(p + 8, unit);
	b.count = p[0] & 64 ? NAN : p[10];
	b.bid = p[0] & 128 ? NAN : fuzz_price(p + 3, unit);
	b.ask = p[0] & 128 ? NAN : fuzz_price(p + 5, unit);
	b.spread = b.ask - b.bid;
	return b;
}

static void
fuzz_names(const struct feat_set *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const char *name = s->names[i];

		FUZZ_HOLDS(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.") == strlen(name),
		    "%s", name);
		for (size_t j = 0; j < i; j++)
			FUZZ_HOLDS(strcmp(name, s->names[j]) != 0, "%s twice", name);
	}
}

static void
fuzz_bars(const struct feat_set *s, const uint8_t *data, size_t bars)
{
	double *a = mem_array(s->n, sizeof *a), *b = mem_array(s->n, sizeof *b);
	double *junk = mem_array(s->n, sizeof *junk);
	void *sa = mem_alloc(s->state_size), *sb = mem_alloc(s->state_size);
	void *other = mem_alloc(s->state_size);

	s->kind->start(s, sa);
	s->kind->start(s, sb);
	s->kind->start(s, other);
	for (size_t i = 0; i < bars; i++) {
		struct feat_bar x = fuzz_bar(data + i * FUZZ_BAR, i);
		struct feat_bar y = fuzz_bar(data + (bars - 1 - i) * FUZZ_BAR, i * 7);

		s->kind->push(s, sa, &x, a);
		s->kind->push(s, other, &y, junk);
		s->kind->push(s, sb, &x, b);
		for (size_t k = 0; k < s->n; k++) {
			FUZZ_HOLDS(!isinf(a[k]), "bar %zu: %s is %g", i, s->names[k], a[k]);
			FUZZ_HOLDS(memcmp(&a[k], &b[k], sizeof a[k]) == 0,
			    "bar %zu: %s is %a alone and %a beside another", i, s->names[k], a[k],
			    b[k]);
		}
	}
	s->kind->stop(s, sa);
	s->kind->stop(s, sb);
	s->kind->stop(s, other);
	free(sa);
	free(sb);
	free(other);
	free(a);
	free(b);
	free(junk);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nl = size ? memchr(data, '\n', size) : NULL;
	size_t n = nl ? (size_t)(nl - data) : size;
	char *text = mem_dup(data, n);
	struct feat_set s;
	struct err e = { 0 };

	if (fuzz_set_fits(text)) {
		int rc = feat_set_open(&s, text, &e);

		if (rc == 0) {
			fuzz_names(&s);
			if (nl)
				fuzz_bars(&s, nl + 1, (size - n - 1) / FUZZ_BAR);
			feat_set_close(&s);
		} else {
			FUZZ_HOLDS(rc == ERR_USAGE && e.msg[0], "%d %s: %s", rc, e.msg, text);
		}
	}
	free(text);
	return 0;
}
