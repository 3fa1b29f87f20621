#include "pattern/candle_state.h"
#ifdef __AVX2__
#include <immintrin.h>

#define LANES 4
#define VEC __m256d
#define LOAD(p) _mm256_loadu_pd(p)
#define STORE(p, v) _mm256_storeu_pd(p, v)
#define MAX(a, b) _mm256_max_pd(a, b)
#define MIN(a, b) _mm256_min_pd(a, b)
#define LT(a, b) _mm256_movemask_pd(_mm256_cmp_pd(a, b, _CMP_LT_OQ))
#define LE(a, b) _mm256_movemask_pd(_mm256_cmp_pd(a, b, _CMP_LE_OQ))
#define PUT(word, k, bits) ((word) |= (uint64_t)(bits) << (k))
#include "pattern/candle_kernel.h"

static void
shift(uint64_t *w, const uint8_t *bits)
{
	for (size_t i = 0; i < CANDLE_NCONDS; i += 4) {
		__m256i *at = (__m256i *)(void *)(w + i);
		__m256i b = _mm256_cvtepu8_epi64(_mm_loadu_si32(bits + i));

		_mm256_storeu_si256(
		    at, _mm256_or_si256(_mm256_srli_epi64(_mm256_loadu_si256(at), 1),
			    _mm256_slli_epi64(b, 63)));
	}
}

static uint64_t
top(const struct candle_words *x)
{
	uint64_t is = 0;

	for (int f = 0; f < CANDLE_PAD(CANDLE_NFNS); f += 4) {
		__m256d p = _mm256_loadu_pd((const double *)(const void *)(x->pos + f));
		__m256d n = _mm256_loadu_pd((const double *)(const void *)(x->neg + f));

		is |= (uint64_t)_mm256_movemask_pd(_mm256_or_pd(p, n)) << f;
	}
	return is;
}

const struct candle_kernel candle_avx2 = { "avx2", block, shift, top };
#endif
