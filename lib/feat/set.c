#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feat/set.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"

const struct feat_set_kind *const feat_set_kinds[] = {
	&feat_set_core,
	&feat_set_talib,
	&feat_set_alpha158,
	&feat_set_micro,
	NULL,
};

static double
price(const struct rec *r, unsigned bit, int64_t nano)
{
	return rec_has(r, bit) ? (double)nano / 1e9 : NAN;
}

/* A sum may be wider than 53 bits: the nearest double of it, then one division. */
static double
sum(const struct rec *r, unsigned bit, num_i128 nano)
{
	return rec_has(r, bit) ? (double)nano / 1e9 : NAN;
}

void
feat_bar_of(struct feat_bar *b, const struct rec *r)
{
	const struct rec_bar *x = &r->bar;

	b->ts = r->ts;
	b->ts_end = rec_known(r);
	b->open = (double)x->open / 1e9;
	b->high = (double)x->high / 1e9;
	b->low = (double)x->low / 1e9;
	b->close = (double)x->close / 1e9;
	b->volume = sum(r, F_bar_volume, x->volume);
	b->vwap = price(r, F_bar_vwap, x->vwap);
	b->count = rec_has(r, F_bar_count) ? (double)x->count : NAN;
	b->bid = price(r, F_bar_bid, x->bid);
	b->ask = price(r, F_bar_ask, x->ask);
	b->spread = price(r, F_bar_spread, x->spread);
	b->buy_volume = sum(r, F_bar_buy_volume, x->buy_volume);
	b->sell_volume = sum(r, F_bar_sell_volume, x->sell_volume);
	b->gap = rec_has(r, F_bar_gap) && x->gap;
}

size_t
feat_set_add(struct feat_set *s, const char *fmt, ...)
{
	va_list ap;
	char name[128];

	va_start(ap, fmt);
	vsnprintf(name, sizeof name, fmt, ap);
	va_end(ap);
	*MEM_AT(s->names, s->cap, s->n) = mem_dup(name, strlen(name));
	return s->n++;
}

int
feat_set_open(struct feat_set *s, const char *text, struct err *e)
{
	size_t n = strcspn(text, ":");
	struct buf valid = { 0 };
	int rc;

	memset(s, 0, sizeof *s);
	for (const struct feat_set_kind *const *k = feat_set_kinds; *k; k++) {
		if (strlen((*k)->name) == n && memcmp((*k)->name, text, n) == 0) {
			buf_free(&valid);
			s->kind = *k;
			rc = s->kind->open(s, text[n] ? text + n + 1 : NULL, e);
			if (rc < 0)
				feat_set_close(s);
			return rc;
		}
		buf_printf(&valid, "%s%s", valid.len ? ", " : "", (*k)->name);
	}
	rc = err_set(e, ERR_USAGE, "there is no feature set %.*s; there are %s", (int)n, text,
	    buf_z(&valid));
	buf_free(&valid);
	return rc;
}

void
feat_set_close(struct feat_set *s)
{
	if (s->kind && s->kind->close)
		s->kind->close(s);
	for (size_t i = 0; i < s->n; i++)
		free(s->names[i]);
	free(s->names);
	memset(s, 0, sizeof *s);
}
