#include "nn/resnet_kern.h"

#define NAME "plain"
#define VL 4
#define CP1 2
#define CP2 0
#define GC1 1
#include "nn/resnet_kernel.h"

const struct nn_rkern *
nn_rkern_plain(void)
{
	return &kernels;
}

const struct nn_rkern *
nn_rkern(void)
{
#ifdef __x86_64__
	if (nn_rkern_avx512() && __builtin_cpu_supports("avx512f") &&
	    __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
	    __builtin_cpu_supports("avx512vl"))
		return nn_rkern_avx512();
	if (nn_rkern_avx2() && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
		return nn_rkern_avx2();
#endif
	return &kernels;
}
