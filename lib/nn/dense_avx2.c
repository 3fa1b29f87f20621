#include "nn/dense.h"

#ifdef __AVX2__
#include <immintrin.h>

#define NAME "avx2"
#define SQRT(x) ((vec)_mm256_sqrt_ps((__m256)(x)))
#define VL 8
#define ROWS 6
#define WIDE 2
#include "nn/dense_kernel.h"

const struct nn_dense *
nn_dense_avx2(void)
{
	return &kernels;
}
#else
const struct nn_dense *
nn_dense_avx2(void)
{
	return (const struct nn_dense *)0;
}
#endif
