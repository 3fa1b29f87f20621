#include "nn/dense.h"

#define NAME "plain"
#define SQRT(x) ((vec){ sqrtf((x)[0]), sqrtf((x)[1]), sqrtf((x)[2]), sqrtf((x)[3]) })
#define VL 4
#define ROWS 3
#define WIDE 2
#include "nn/dense_kernel.h"

const struct nn_dense *
nn_dense_plain(void)
{
	return &kernels;
}

const struct nn_dense *
nn_dense(void)
{
#ifdef __x86_64__
	if (nn_dense_avx512() && __builtin_cpu_supports("avx512f") &&
	    __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
	    __builtin_cpu_supports("avx512vl"))
		return nn_dense_avx512();
	if (nn_dense_avx2() && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
		return nn_dense_avx2();
#endif
	return &kernels;
}

void
nn_transpose(size_t k, size_t n, const float *w, size_t ldw, float *wt, size_t ldwt)
{
	for (size_t j = 0; j < n; j++) {
		for (size_t i = 0; i < k; i++)
			wt[j * ldwt + i] = w[i * ldw + j];
		for (size_t i = k; i < ldwt; i++)
			wt[j * ldwt + i] = 0;
	}
}
