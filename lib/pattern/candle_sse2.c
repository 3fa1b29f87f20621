#include "pattern/candle_state.h"
#ifdef __SSE2__
#include <emmintrin.h>

#define LANES 2
#define VEC __m128d
#define LOAD(p) _mm_loadu_pd(p)
#define STORE(p, v) _mm_storeu_pd(p, v)
#define MAX(a, b) _mm_max_pd(a, b)
#define MIN(a, b) _mm_min_pd(a, b)
#define LT(a, b) _mm_movemask_pd(_mm_cmplt_pd(a, b))
#define LE(a, b) _mm_movemask_pd(_mm_cmple_pd(a, b))
#define PUT(word, k, bits) ((word) |= (uint64_t)(bits) << (k))
#include "pattern/candle_kernel.h"

static void
shift(uint64_t *w, const uint8_t *bits)
{
	for (size_t i = 0; i < CANDLE_NCONDS; i++)
		w[i] = w[i] >> 1 | (uint64_t)bits[i] << 63;
}

static uint64_t
top(const struct candle_words *x)
{
	uint64_t is = 0;

	for (int f = 0; f < CANDLE_PAD(CANDLE_NFNS); f += 2) {
		__m128d p = _mm_loadu_pd((const double *)(const void *)(x->pos + f));
		__m128d n = _mm_loadu_pd((const double *)(const void *)(x->neg + f));

		is |= (uint64_t)_mm_movemask_pd(_mm_or_pd(p, n)) << f;
	}
	return is;
}

const struct candle_kernel candle_sse2 = { "sse2", block, shift, top };
#endif
