#include "pattern/candle_state.h"
#ifdef __SSE2__
#include <emmintrin.h>

#define KERNEL candle_kernel_sse2
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
#endif
