#include "nn/resnet_kern.h"

#ifdef __AVX2__
#define NAME "avx2"
#define VL 8
#define CP1 6
#define CP2 0
#define GC1 2
#define GC2 0
#include "nn/resnet_kernel.h"

const struct nn_rkern *
nn_rkern_avx2(void)
{
	return &kernels;
}
#else
const struct nn_rkern *
nn_rkern_avx2(void)
{
	return (const struct nn_rkern *)0;
}
#endif
