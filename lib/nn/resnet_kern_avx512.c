#include "nn/resnet_kern.h"

#ifdef __AVX512F__
#define NAME "avx512"
#define VL 16
#define CP1 16
#define CP2 8
#define GC1 8
#define GC2 4
#include "nn/resnet_kernel.h"

const struct nn_rkern *
nn_rkern_avx512(void)
{
	return &kernels;
}
#else
const struct nn_rkern *
nn_rkern_avx512(void)
{
	return (const struct nn_rkern *)0;
}
#endif
