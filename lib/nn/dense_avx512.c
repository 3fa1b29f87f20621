#include "nn/dense.h"

#ifdef __AVX512F__
#include <immintrin.h>

#define NAME "avx512"
#define SQRT(x) ((vec)_mm512_sqrt_ps((__m512)(x)))
#define VL 16
#define ROWS 6
#define WIDE 4
#include "nn/dense_kernel.h"

const struct nn_dense *
nn_dense_avx512(void)
{
	return &kernels;
}
#else
const struct nn_dense *
nn_dense_avx512(void)
{
	return (const struct nn_dense *)0;
}
#endif
