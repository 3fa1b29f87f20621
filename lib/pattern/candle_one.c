/* One bar alone, in plain C: what a stream needs. */
#include "pattern/candle_state.h"

static void
shape(struct candle_state *s, size_t at)
{
	double o = s->a[A_O][at], h = s->a[A_H][at], l = s->a[A_L][at], c = s->a[A_C][at];
	double t = o > c ? o : c, b = o < c ? o : c;

	s->a[A_T][at] = t;
	s->a[A_B][at] = b;
	s->a[A_R][at] = t - b;
	s->a[A_HL][at] = h - l;
	s->a[A_SH][at] = (h - t) + (b - l);
}

/* A sum is of the bars before this one; the bar then goes into it. Until the sum is full it
 * takes in the bars from its first on; then newest minus oldest in one addition, as in TA-Lib. */
void
candle_first_sums(struct candle_state *s, size_t at)
{
	uint64_t t = s->count + (at - s->pos);

#define X(name, range, period, begin) \
	s->a[A_##name][at] = s->sum[SUM_##name]; \
	if (t >= (begin) + (period)) \
		s->sum[SUM_##name] += s->a[A_##range][at] - s->a[A_##range][at - (period)]; \
	else if (t + 1 > (begin)) \
		s->sum[SUM_##name] += s->a[A_##range][at];
	CANDLE_MEANS(X)
#undef X
}

static void
next_sums(struct candle_state *s, size_t at)
{
	const double *r = s->a[A_R], *hl = s->a[A_HL], *sh = s->a[A_SH];
	const double r10 = r[at] - r[at - 10], hl10 = hl[at] - hl[at - 10];
	const double sh10 = sh[at] - sh[at - 10], hl5 = hl[at] - hl[at - 5];

#define STEP_R10 r10
#define STEP_HL10 hl10
#define STEP_SH10 sh10
#define STEP_HL5 hl5
#define X(name, range, period, begin) s->sum[SUM_##name] += STEP_##range##period;
	CANDLE_MEANS(X)
#undef X
}

/* A mean is (sum / period) x factor: all at once. */
static void
means(struct candle_state *s, size_t at, const double *sum)
{
	static const double period[CANDLE_NSUMS] = {
#define X(name, range, period, begin) period,
		CANDLE_MEANS(X)
#undef X
	};
	static const double factor[CANDLE_NSUMS] = {
		[SUM_QR0] = 1,
		1,
		1,
		1,
		1,
		[SUM_VS0] = 0.1,
		0.1,
		0.1,
		0.1,
		[SUM_XS0] = 0.5,
		0.5,
		0.5,
		[SUM_Q50] = 1,
		1,
		1,
		1,
	};
	double mean[CANDLE_NSUMS];

	for (size_t k = 0; k < CANDLE_NSUMS; k++)
		mean[k] = sum[k] / period[k] * factor[k];
	for (size_t k = 0; k < CANDLE_NSUMS; k++)
		s->a[A_QR0 + k][at] = mean[k];
}

#define LOAD(p) (*(p))
#define LT(a, b) ((a) < (b))
#define LE(a, b) ((a) <= (b))
#include "pattern/candle_terms.h"

void
candle_one(struct candle_state *s, const struct candle_kernel *k)
{
	uint8_t bits[CANDLE_PAD(CANDLE_NCONDS)];
	const size_t at = s->pos;
	double sum[CANDLE_NSUMS];

	shape(s, at);
	for (size_t i = 0; i < CANDLE_NSUMS; i++)
		sum[i] = s->sum[i];
	if (s->count < CANDLE_WARM)
		candle_first_sums(s, at);
	else
		next_sums(s, at);
	means(s, at, sum);
#define X(name, test) bits[K_##name] = test;
	CANDLE_CONDS(X)
#undef X
	for (size_t i = CANDLE_NCONDS; i < CANDLE_PAD(CANDLE_NCONDS); i++)
		bits[i] = 0;
	k->shift(s->w, bits);
}
