#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "nn/blas.h"

/* CBLAS's values */
enum { ROW_MAJOR = 101, NO_TRANS = 111, TRANS = 112 };

typedef void (*sgemm_fn)(int order, int ta, int tb, int m, int n, int k, float alpha,
    const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc);
typedef void (*sgemv_fn)(int order, int ta, int m, int n, float alpha, const float *a, int lda,
    const float *x, int incx, float beta, float *y, int incy);

static sgemm_fn sgemm;
static sgemv_fn sgemv;

int
nn_blas_open(struct err *e)
{
	void *lib, *f, *g;

	if (sgemm)
		return 0;
	/* read when the library is loaded: later is too late to keep it from making threads */
	setenv("OPENBLAS_NUM_THREADS", "1", 1);
	lib = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
	if (!lib)
		return err_set(e, ERR_FAIL,
		    "OpenBLAS is needed, and cannot be loaded (Debian's package libopenblas0): %s",
		    dlerror());
	f = dlsym(lib, "cblas_sgemm");
	g = dlsym(lib, "cblas_sgemv");
	if (!f || !g)
		return err_set(e, ERR_FAIL, "libopenblas.so.0 has no cblas_sgemm: %s", dlerror());
	memcpy(&sgemv, &g, sizeof g);
	memcpy(&sgemm, &f, sizeof f);
	return 0;
}

void
nn_sgemm(bool ta, bool tb, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
    const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
	sgemm(ROW_MAJOR, ta ? TRANS : NO_TRANS, tb ? TRANS : NO_TRANS, (int)m, (int)n, (int)k,
	    alpha, a, (int)lda, b, (int)ldb, beta, c, (int)ldc);
}

void
nn_sgemv(bool ta, size_t m, size_t n, float alpha, const float *a, size_t lda, const float *x,
    float beta, float *y)
{
	sgemv(
	    ROW_MAJOR, ta ? TRANS : NO_TRANS, (int)m, (int)n, alpha, a, (int)lda, x, 1, beta, y, 1);
}
