#include <pthread.h>

#include "onnx/op.h"

#include "nn/blas.h"

/* Below this many multiply-adds OpenBLAS is not worth its start (2 ms and 8 MB). */
enum { BLAS_FROM = 1 << 20 };

static bool have_blas;

static void
open_blas(void)
{
	struct err e;

	have_blas = nn_blas_open(&e) == 0;
}

static void
plain(bool ta, bool tb, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
    const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
	for (size_t i = 0; i < m; i++) {
		float *y = c + i * ldc;

		for (size_t j = 0; j < n; j++)
			y[j] = beta == 0 ? 0 : beta * y[j];
		for (size_t p = 0; p < k && !tb; p++) {
			float x = alpha * (ta ? a[p * lda + i] : a[i * lda + p]);

			for (size_t j = 0; j < n; j++)
				y[j] += x * b[p * ldb + j];
		}
		for (size_t j = 0; j < n && tb; j++) {
			float sum = 0;

			for (size_t p = 0; p < k; p++)
				sum += (ta ? a[p * lda + i] : a[i * lda + p]) * b[j * ldb + p];
			y[j] += alpha * sum;
		}
	}
}

void
onnx_gemm(bool ta, bool tb, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
    const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (m && n && k && (double)m * (double)n * (double)k >= BLAS_FROM) {
		pthread_once(&once, open_blas);
		if (have_blas && m < 1u << 30 && n < 1u << 30 && k < 1u << 30 && lda < 1u << 30 &&
		    ldb < 1u << 30 && ldc < 1u << 30) {
			nn_sgemm(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
			return;
		}
	}
	plain(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
