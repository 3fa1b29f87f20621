#include "gaf/kernel.h"

#include <math.h>
#include <stdbool.h>

#include "gaf/gaf.h"

static bool
range(const double *x, size_t n, double *lo, double *hi)
{
	double a = x[0], b = x[0], odd = 0;

	for (size_t i = 0; i < n; i++) {
		odd += x[i] - x[i];
		a = x[i] < a ? x[i] : a;
		b = x[i] > b ? x[i] : b;
	}
	*lo = a;
	*hi = b;
	return odd == 0;
}

static void
polar(const double *x, size_t n, double scale, double off, double *c, double *s)
{
	for (size_t i = 0; i < n; i++) {
		double p = x[i] * scale, v = p + off, r = v * v;

		r = 1 - r;
		r = r < 0 ? 0 : r > 1 ? 1 : r;
		c[i] = v;
		s[i] = sqrt(r);
	}
}

static void
outer(const double *a, const double *b, const double *d, const double *e, size_t n, double *image)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			image[i * n + j] = a[i] * b[j] - d[i] * e[j];
}

static void
outer_f32(const float *a, const float *b, const float *d, const float *e, size_t n, float *image)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			image[i * n + j] = a[i] * b[j] - d[i] * e[j];
}

static void
round_f32(const double *x, size_t n, float *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (float)x[i];
}

static size_t
no_base64(const unsigned char *p, size_t n, char *out)
{
	(void)p, (void)n, (void)out;
	return 0;
}

const struct gaf_kernel gaf_kernel_plain = { range, polar, outer, outer_f32, round_f32, no_base64 };

/* Written by tests only, before any encoding. */
static int limit = 512;

const struct gaf_kernel *
gaf_kernel(void)
{
#ifdef __x86_64__
	if (limit >= 512 && __builtin_cpu_supports("avx512f") &&
	    __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
	    __builtin_cpu_supports("avx512vl"))
		return &gaf_kernel_avx512;
	if (limit >= 256 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
		return &gaf_kernel_avx2;
#endif
	return &gaf_kernel_plain;
}

int
gaf_kernel_limit(int bits)
{
	limit = bits;
	if (gaf_kernel() == &gaf_kernel_plain)
		return 0;
#ifdef __x86_64__
	if (gaf_kernel() == &gaf_kernel_avx2)
		return 256;
#endif
	return 512;
}
