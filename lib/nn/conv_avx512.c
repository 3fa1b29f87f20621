#include "nn/conv_isa.h"

#ifdef __AVX512F__
#define NAME "avx512"
#define VL 16
/* 32 registers: up to 28 sums of two vectors */
#define SHORT(X) X(1, 1) X(1, 2) X(1, 3) X(1, 4) X(1, 5) X(1, 6) X(1, 7)
#define LONG(X) X(1, 8) X(1, 9) X(1, 10) X(1, 11) X(1, 12) X(1, 13) X(1, 14)
#define PAIRS(X) X(2, 2) X(2, 3) X(2, 4) X(2, 5) X(2, 6) X(2, 7)
#define TILES(X) SHORT(X) LONG(X) PAIRS(X)
#include "nn/conv_kernels.h"

static const struct nn_kernels kernels = TABLE;

const struct nn_kernels *
nn_kernels_avx512(void)
{
	return &kernels;
}
#else
const struct nn_kernels *
nn_kernels_avx512(void)
{
	return NULL;
}
#endif
