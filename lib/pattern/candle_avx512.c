#include "pattern/candle_state.h"
#ifdef __AVX512DQ__
#include <immintrin.h>

#define KERNEL candle_kernel_avx512
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
#endif
