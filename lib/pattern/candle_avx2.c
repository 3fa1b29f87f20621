#include "pattern/candle_state.h"
#ifdef __AVX2__
#include <immintrin.h>

#define KERNEL candle_kernel_avx2
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
#endif
