#include "pattern/candle_state.h"
#ifdef __AVX512DQ__
#include <immintrin.h>

#define LANES 8
#define VEC __m512d
#define LOAD(p) _mm512_loadu_pd(p)
#define STORE(p, v) _mm512_storeu_pd(p, v)
#define MAX(a, b) _mm512_max_pd(a, b)
#define MIN(a, b) _mm512_min_pd(a, b)
#define LT(a, b) _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ)
#define LE(a, b) _mm512_cmp_pd_mask(a, b, _CMP_LE_OQ)
/* eight bars are one byte of the word */
#define PUT(word, k, bits) (((unsigned char *)&(word))[(k) / 8] = (unsigned char)(bits))
#include "pattern/candle_kernel.h"

static void
shift(uint64_t *w, const uint8_t *bits)
{
	for (size_t i = 0; i < CANDLE_NCONDS; i += 8) {
		__m512i b = _mm512_cvtepu8_epi64(_mm_loadu_si64(bits + i));

		_mm512_storeu_si512(
		    w + i, _mm512_or_si512(_mm512_srli_epi64(_mm512_loadu_si512(w + i), 1),
			       _mm512_slli_epi64(b, 63)));
	}
}

static uint64_t
top(const struct candle_words *x)
{
	uint64_t is = 0;

	for (int f = 0; f < CANDLE_PAD(CANDLE_NFNS); f += 8) {
		__m512i v =
		    _mm512_or_si512(_mm512_loadu_si512(x->pos + f), _mm512_loadu_si512(x->neg + f));

		is |= (uint64_t)_mm512_movepi64_mask(v) << f;
	}
	return is;
}

const struct candle_kernel candle_avx512 = { "avx512", block, shift, top };
#endif
