#include "pattern/candle.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/num.h"
#include "pattern/candle_state.h"

#define FN(f, lookback, span) [CDL_##f] = { "CDL" #f, lookback, span, false, 0 }
#define FN_ANY(f, lookback, span) [CDL_##f] = { "CDL" #f, lookback, span, true, 0 }
#define FN_PEN(f, lookback, span, v) [CDL_##f] = { "CDL" #f, lookback, span, false, v }

const struct candle_info candle_infos[CANDLE_NFNS] = {
	FN(2CROWS, 12, 3),
	FN(3BLACKCROWS, 13, 4),
	FN(3INSIDE, 12, 3),
	FN(3LINESTRIKE, 8, 4),
	FN(3OUTSIDE, 3, 3),
	FN(3STARSINSOUTH, 12, 3),
	FN(3WHITESOLDIERS, 12, 3),
	FN_PEN(ABANDONEDBABY, 12, 3, 0.3),
	FN(ADVANCEBLOCK, 12, 3),
	FN(BELTHOLD, 10, 1),
	FN(BREAKAWAY, 14, 5),
	FN(CLOSINGMARUBOZU, 10, 1),
	FN(CONCEALBABYSWALL, 13, 4),
	FN(COUNTERATTACK, 11, 2),
	FN_PEN(DARKCLOUDCOVER, 11, 2, 0.5),
	FN_ANY(DOJI, 10, 1),
	FN(DOJISTAR, 11, 2),
	FN_ANY(DRAGONFLYDOJI, 10, 1),
	FN(ENGULFING, 2, 2),
	FN_PEN(EVENINGDOJISTAR, 12, 3, 0.3),
	FN_PEN(EVENINGSTAR, 12, 3, 0.3),
	FN(GAPSIDESIDEWHITE, 7, 3),
	FN_ANY(GRAVESTONEDOJI, 10, 1),
	FN(HAMMER, 11, 2),
	FN(HANGINGMAN, 11, 2),
	FN(HARAMI, 11, 2),
	FN(HARAMICROSS, 11, 2),
	FN_ANY(HIGHWAVE, 10, 1),
	FN(HIKKAKE, 5, 3),
	FN(HIKKAKEMOD, 10, 4),
	FN(HOMINGPIGEON, 11, 2),
	FN(IDENTICAL3CROWS, 12, 3),
	FN(INNECK, 11, 2),
	FN(INVERTEDHAMMER, 11, 2),
	FN(KICKING, 11, 2),
	FN(KICKINGBYLENGTH, 11, 2),
	FN(LADDERBOTTOM, 14, 5),
	FN_ANY(LONGLEGGEDDOJI, 10, 1),
	FN(LONGLINE, 10, 1),
	FN(MARUBOZU, 10, 1),
	FN(MATCHINGLOW, 6, 2),
	FN_PEN(MATHOLD, 14, 5, 0.5),
	FN_PEN(MORNINGDOJISTAR, 12, 3, 0.3),
	FN_PEN(MORNINGSTAR, 12, 3, 0.3),
	FN(ONNECK, 11, 2),
	FN(PIERCING, 11, 2),
	FN_ANY(RICKSHAWMAN, 10, 1),
	FN(RISEFALL3METHODS, 14, 5),
	FN(SEPARATINGLINES, 11, 2),
	FN(SHOOTINGSTAR, 11, 2),
	FN_ANY(SHORTLINE, 10, 1),
	FN_ANY(SPINNINGTOP, 10, 1),
	FN(STALLEDPATTERN, 12, 3),
	FN(STICKSANDWICH, 7, 3),
	FN_ANY(TAKURI, 10, 1),
	FN(TASUKIGAP, 7, 3),
	FN(THRUSTING, 11, 2),
	FN(TRISTAR, 12, 3),
	FN(UNIQUE3RIVER, 12, 3),
	FN(UPSIDEGAP2CROWS, 12, 3),
	FN(XSIDEGAP3METHODS, 2, 3),
};

/* ---- which functions ---- */

enum candle_fn
candle_find(const char *name, size_t n)
{
	if (n > 3 && strncasecmp(name, "CDL", 3) == 0)
		name += 3, n -= 3;
	for (int f = 0; f < CANDLE_NFNS; f++) {
		const char *bare = candle_infos[f].name + 3;

		if (strlen(bare) == n && strncasecmp(bare, name, n) == 0)
			return (enum candle_fn)f;
	}
	return CANDLE_NFNS;
}

void
candle_opts_init(struct candle_opts *o)
{
	o->want = 0;
	for (int f = 0; f < CANDLE_NFNS; f++)
		o->penetration[f] = -1;
}

static int
parse_one(struct candle_opts *o, const char *p, size_t n, struct err *e)
{
	const char *eq = memchr(p, '=', n);
	size_t len = eq ? (size_t)(eq - p) : n;
	enum candle_fn f = candle_find(p, len);
	double v;

	if (len == 3 && strncasecmp(p, "all", 3) == 0 && !eq) {
		o->want = CANDLE_ALL;
		return 0;
	}
	if (f == CANDLE_NFNS)
		return err_set(e, ERR_USAGE,
		    "there is no candle function '%.*s'; they are called as TA-Lib calls them, "
		    "such as CDLENGULFING or engulfing",
		    (int)len, p);
	o->want |= CANDLE_BIT(f);
	if (!eq)
		return 0;
	if (candle_infos[f].penetration == 0)
		return err_set(e, ERR_USAGE, "%s takes no penetration", candle_infos[f].name);
	if (!num_f64(eq + 1, n - len - 1, &v) || v < 0)
		return err_set(
		    e, ERR_USAGE, "%.*s: the penetration is not a number from 0 on", (int)n, p);
	o->penetration[f] = v;
	return 0;
}

int
candle_opts_parse(struct candle_opts *o, const char *text, size_t n, struct err *e)
{
	for (size_t at = 0; at <= n;) {
		const char *comma = memchr(text + at, ',', n - at);
		size_t len = comma ? (size_t)(comma - (text + at)) : n - at;
		int rc = parse_one(o, text + at, len, e);

		if (rc < 0)
			return rc;
		at += len + 1;
	}
	return 0;
}

/* ---- which kernel ---- */

static const struct candle_kernel *const kernels[] = {
#ifdef __x86_64__
	&candle_avx512,
	&candle_avx2,
	&candle_sse2,
#endif
	&candle_plain,
};
#define NKERNELS (sizeof kernels / sizeof *kernels)

static bool
kernel_works(const char *name)
{
#ifdef __x86_64__
	if (strcmp(name, "avx512") == 0)
		return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
		       __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
		       __builtin_cpu_supports("fma");
	if (strcmp(name, "avx2") == 0)
		return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
	(void)name;
	return true;
}

static _Atomic(const struct candle_kernel *) chosen; /* all threads choose the same */

static const struct candle_kernel *
kernel(void)
{
	const struct candle_kernel *k = atomic_load_explicit(&chosen, memory_order_relaxed);

	if (k)
		return k;
	for (size_t i = 0; !k; i++)
		if (kernel_works(kernels[i]->name))
			k = kernels[i];
	atomic_store_explicit(&chosen, k, memory_order_relaxed);
	return k;
}

const char *
candle_kernel_name(void)
{
	return kernel()->name;
}

bool
candle_use(const char *name)
{
	const struct candle_kernel *k = NULL;

	for (size_t i = 0; name && i < NKERNELS && !k; i++)
		if (strcmp(kernels[i]->name, name) == 0 && kernel_works(name))
			k = kernels[i];
	if (name && !k)
		return false;
	atomic_store_explicit(&chosen, k, memory_order_relaxed);
	return true;
}

/* ---- a series ---- */

struct candle_state *
candle_new(const struct candle_opts *o)
{
	struct candle_state *s = mem_alloc(sizeof *s);

	s->pos = CANDLE_HISTORY;
	s->want = o && o->want ? o->want : CANDLE_ALL;
	for (int f = 0; f < CANDLE_NFNS; f++)
		s->penetration[f] =
		    o && o->penetration[f] >= 0 ? o->penetration[f] : candle_infos[f].penetration;
	return s;
}

void
candle_free(struct candle_state *s)
{
	free(s);
}

uint64_t
candle_count(const struct candle_state *s)
{
	return s->count;
}

/* Room for `room` more bars; the last CANDLE_HISTORY go to the front. */
static void
make_room(struct candle_state *s, size_t room)
{
	if (s->pos + room <= CANDLE_ROOM)
		return;
	for (size_t k = 0; k < CANDLE_NARRAYS; k++)
		memmove(
		    s->a[k], s->a[k] + s->pos - CANDLE_HISTORY, CANDLE_HISTORY * sizeof *s->a[k]);
	s->pos = CANDLE_HISTORY;
}

static int16_t
value_at(const struct candle_words *x, int f, uint64_t bit)
{
	int v = 100;

	if (f == CDL_ENGULFING)
		v = x->engulfing_80 & bit ? 80 : 100;
	else if (f == CDL_HARAMI)
		v = x->harami_80 & bit ? 80 : 100;
	else if (f == CDL_HARAMICROSS)
		v = x->cross_80 & bit ? 80 : 100;
	else if (f == CDL_HIKKAKE || f == CDL_HIKKAKEMOD) {
		const uint64_t *c = x->confirm[f == CDL_HIKKAKEMOD];

		v = (c[0] | c[1] | c[2]) & bit ? 200 : 100;
	}
	return (int16_t)(x->pos[f] & bit ? v : -v);
}

static void
write_rows(const struct candle_state *s, size_t m, size_t at, int16_t *const out[CANDLE_NFNS])
{
	const struct candle_words *x = &s->x;

	for (uint64_t want = s->want; want; want &= want - 1) {
		int f = __builtin_ctzll(want);

		if (!out[f])
			continue;
		memset(out[f] + at, 0, m * sizeof *out[f]);
		for (uint64_t hits = (x->pos[f] | x->neg[f]) >> (64 - m); hits; hits &= hits - 1) {
			size_t i = (size_t)__builtin_ctzll(hits);

			out[f][at + i] = value_at(x, f, UINT64_C(1) << (64 - m + i));
		}
	}
}

void
candle_run(struct candle_state *s, const double *o, const double *h, const double *l,
    const double *c, size_t n, int16_t *const out[CANDLE_NFNS])
{
	for (size_t at = 0; at < n;) {
		size_t m = n - at < CANDLE_BLOCK ? n - at : CANDLE_BLOCK;

		make_room(s, CANDLE_BLOCK);
		memcpy(s->a[A_O] + s->pos, o + at, m * sizeof *o);
		memcpy(s->a[A_H] + s->pos, h + at, m * sizeof *h);
		memcpy(s->a[A_L] + s->pos, l + at, m * sizeof *l);
		memcpy(s->a[A_C] + s->pos, c + at, m * sizeof *c);
		kernel()->block(s, m);
		s->count += m;
		s->pos += m;
		candle_fn_words(s);
		write_rows(s, m, at, out);
		at += m;
	}
}

static uint8_t
span_at(const struct candle_words *x, int f)
{
	unsigned span = candle_infos[f].span;

	if (f == CDL_HIKKAKE || f == CDL_HIKKAKEMOD)
		for (unsigned d = 0; d < 3; d++)
			if (x->confirm[f == CDL_HIKKAKEMOD][d] >> 63)
				span += d + 1;
	return (uint8_t)span;
}

size_t
candle_push(struct candle_state *s, double o, double h, double l, double c,
    struct candle_hit hits[CANDLE_NFNS])
{
	const struct candle_kernel *k = kernel();
	size_t n = 0;

	make_room(s, 1);
	s->a[A_O][s->pos] = o;
	s->a[A_H][s->pos] = h;
	s->a[A_L][s->pos] = l;
	s->a[A_C][s->pos] = c;
	candle_one(s, k);
	s->count++;
	s->pos++;
	candle_fn_words(s);
	for (uint64_t any = k->top(&s->x) & s->want; any; any &= any - 1) {
		int f = __builtin_ctzll(any);

		hits[n++] = (struct candle_hit){ (uint8_t)f, span_at(&s->x, f),
			value_at(&s->x, f, UINT64_C(1) << 63) };
	}
	return n;
}

void
candle_split(struct candle_state *s, double ratio)
{
	/* Everything that is kept is a price or a sum of prices, and what was compared stays. */
	for (size_t k = 0; k < CANDLE_NARRAYS; k++)
		for (size_t i = 0; i < s->pos; i++)
			s->a[k][i] /= ratio;
	for (size_t k = 0; k < CANDLE_NSUMS; k++)
		s->sum[k] /= ratio;
}
