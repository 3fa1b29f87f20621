#include "nn/conv_isa.h"

#if defined __AVX2__ && defined __FMA__
#define NAME "avx2"
#define VL 8
/* 16 registers: up to 12 sums of two vectors */
#define TILES(X) X(1, 1) X(1, 2) X(1, 3) X(1, 4) X(1, 5) X(1, 6) X(2, 2) X(2, 3)
#include "nn/conv_kernels.h"

static const struct nn_kernels kernels = TABLE;

const struct nn_kernels *
nn_kernels_avx2(void)
{
	return &kernels;
}
#else
const struct nn_kernels *
nn_kernels_avx2(void)
{
	return NULL;
}
#endif
