/*
 * block() of a kernel, included once a kind of vector by the files candle_plain.c, _sse2.c,
 * _avx2.c and _avx512.c, which say what a vector is:
 *
 *	LANES       doubles in a vector
 *	VEC         its type; + - * / work on it and with doubles
 *	LOAD STORE  from and to any address
 *	MAX MIN     of two vectors
 *	LT LE       comparison of two vectors: one bit a lane
 *	PUT(word, k, bits)  the bits of bars k, k + 1, ... of the block into a word that was 0
 *
 * Every lane does the same IEEE operations in the same order, so all kinds give the same bits.
 */
#include "pattern/candle_state.h"

static void
rolling_sums(struct candle_state *s, size_t from, size_t to)
{
	const double *r = s->a[A_R], *hl = s->a[A_HL], *sh = s->a[A_SH];
	double sum[CANDLE_NSUMS];

	for (size_t k = 0; k < CANDLE_NSUMS; k++)
		sum[k] = s->sum[k];
	for (size_t at = from; at < to; at++) {
		double r10 = r[at] - r[at - 10], hl10 = hl[at] - hl[at - 10];
		double sh10 = sh[at] - sh[at - 10], hl5 = hl[at] - hl[at - 5];

#define STEP_R10 r10
#define STEP_HL10 hl10
#define STEP_SH10 sh10
#define STEP_HL5 hl5
#define X(name, range, period, begin) \
	s->a[A_##name][at] = sum[SUM_##name]; \
	sum[SUM_##name] += STEP_##range##period;
		CANDLE_MEANS(X)
#undef X
	}
	for (size_t k = 0; k < CANDLE_NSUMS; k++)
		s->sum[k] = sum[k];
}

static inline void
shapes(struct candle_state *s, size_t at)
{
	VEC o = LOAD(&s->a[A_O][at]), c = LOAD(&s->a[A_C][at]);
	VEC h = LOAD(&s->a[A_H][at]), l = LOAD(&s->a[A_L][at]);
	VEC t = MAX(o, c), b = MIN(o, c);

	STORE(&s->a[A_T][at], t);
	STORE(&s->a[A_B][at], b);
	STORE(&s->a[A_R][at], t - b);
	STORE(&s->a[A_HL][at], h - l);
	STORE(&s->a[A_SH][at], (h - t) + (b - l));
}

static inline void
means(struct candle_state *s, size_t at)
{
	for (size_t k = A_QR0; k <= A_QR4; k++)
		STORE(&s->a[k][at], LOAD(&s->a[k][at]) / 10.0);
	for (size_t k = A_VS0; k <= A_VS3; k++)
		STORE(&s->a[k][at], 0.1 * (LOAD(&s->a[k][at]) / 10.0));
	for (size_t k = A_XS0; k <= A_XS2; k++)
		STORE(&s->a[k][at], LOAD(&s->a[k][at]) / 10.0 / 2.0);
	for (size_t k = A_Q50; k <= A_Q56; k++)
		STORE(&s->a[k][at], LOAD(&s->a[k][at]) / 5.0);
}

#include "pattern/candle_terms.h"

static void
block(struct candle_state *s, size_t m)
{
	uint64_t bits[CANDLE_NCONDS] = { 0 };
	size_t pos = s->pos, first = 0;

	for (size_t k = 0; k < m; k += LANES)
		shapes(s, pos + k);
	for (; first < m && s->count + first < CANDLE_WARM; first++)
		candle_first_sums(s, pos + first);
	rolling_sums(s, pos + first, pos + m);
	for (size_t k = 0; k < m; k += LANES)
		means(s, pos + k);
	for (size_t k = 0; k < m; k += LANES) {
		const size_t at = pos + k;

#define X(name, test) PUT(bits[K_##name], k, test);
		CANDLE_CONDS(X)
#undef X
	}
	/* a vector may reach beyond the block: what it says of no bar is shifted out */
	for (size_t i = 0; i < CANDLE_NCONDS; i++)
		s->w[i] = s->w[i] >> m | bits[i] << (64 - m);
}
