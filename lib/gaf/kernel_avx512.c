/* Vectors of 512 bits; what is left of a row goes by a mask. */
#ifdef __x86_64__
#include <immintrin.h>

#include "gaf/kernel.h"

static inline __mmask8
rest8(size_t n)
{
	return n >= 8 ? 0xff : (__mmask8)((1u << n) - 1);
}

static inline __mmask16
rest16(size_t n)
{
	return n >= 16 ? 0xffff : (__mmask16)((1u << n) - 1);
}

static bool
range(const double *x, size_t n, double *lo, double *hi)
{
	__m512d a = _mm512_set1_pd(x[0]), b = a, odd = _mm512_setzero_pd();

	for (size_t i = 0; i < n; i += 8) {
		__mmask8 m = rest8(n - i);
		__m512d v = _mm512_maskz_loadu_pd(m, x + i);

		odd = _mm512_add_pd(odd, _mm512_sub_pd(v, v));
		a = _mm512_mask_min_pd(a, m, v, a);
		b = _mm512_mask_max_pd(b, m, v, b);
	}
	*lo = _mm512_reduce_min_pd(a);
	*hi = _mm512_reduce_max_pd(b);
	return _mm512_reduce_add_pd(odd) == 0;
}

static void
polar(const double *x, size_t n, double scale, double off, double *c, double *s)
{
	const __m512d vs = _mm512_set1_pd(scale), vo = _mm512_set1_pd(off);
	const __m512d one = _mm512_set1_pd(1), zero = _mm512_setzero_pd();

	for (size_t i = 0; i < n; i += 8) {
		__mmask8 m = rest8(n - i);
		__m512d v = _mm512_add_pd(_mm512_mul_pd(_mm512_maskz_loadu_pd(m, x + i), vs), vo);
		__m512d r = _mm512_sub_pd(one, _mm512_mul_pd(v, v));

		r = _mm512_min_pd(_mm512_max_pd(r, zero), one);
		_mm512_mask_storeu_pd(c + i, m, v);
		_mm512_mask_storeu_pd(s + i, m, _mm512_sqrt_pd(r));
	}
}

enum { PANEL = 64, PANEL_8 = PANEL / 8, PANEL_16 = PANEL / 16 };

/* Columns j.. of all rows, a panel of so many vectors: its b and e stay in registers. */
static inline __attribute__((always_inline)) void
panel_f64(
    const double *a, const double *b, const double *d, const double *e, size_t n, double *image)
{
	__m512d vb[PANEL_8], ve[PANEL_8];

	for (int k = 0; k < PANEL_8; k++) {
		vb[k] = _mm512_loadu_pd(b + k * 8);
		ve[k] = _mm512_loadu_pd(e + k * 8);
	}
	for (size_t i = 0; i < n; i++, image += n) {
		const __m512d va = _mm512_set1_pd(a[i]), vd = _mm512_set1_pd(d[i]);

		for (int k = 0; k < PANEL_8; k++)
			_mm512_storeu_pd(image + k * 8,
			    _mm512_sub_pd(_mm512_mul_pd(va, vb[k]), _mm512_mul_pd(vd, ve[k])));
	}
}

static void
outer(const double *a, const double *b, const double *d, const double *e, size_t n, double *image)
{
	size_t j = 0;

	for (; j + PANEL <= n; j += PANEL)
		panel_f64(a, b + j, d, e + j, n, image + j);
	for (; j < n; j += 8) {
		const __mmask8 m = rest8(n - j);
		const __m512d vb = _mm512_maskz_loadu_pd(m, b + j);
		const __m512d ve = _mm512_maskz_loadu_pd(m, e + j);

		for (size_t i = 0; i < n; i++)
			_mm512_mask_storeu_pd(image + i * n + j, m,
			    _mm512_sub_pd(_mm512_mul_pd(_mm512_set1_pd(a[i]), vb),
				_mm512_mul_pd(_mm512_set1_pd(d[i]), ve)));
	}
}

/* Columns j.. of all rows, a panel of so many vectors: its b and e stay in registers. */
static inline __attribute__((always_inline)) void
panel_f32(const float *a, const float *b, const float *d, const float *e, size_t n, float *image)
{
	__m512 vb[PANEL_16], ve[PANEL_16];

	for (int k = 0; k < PANEL_16; k++) {
		vb[k] = _mm512_loadu_ps(b + k * 16);
		ve[k] = _mm512_loadu_ps(e + k * 16);
	}
	for (size_t i = 0; i < n; i++, image += n) {
		const __m512 va = _mm512_set1_ps(a[i]), vd = _mm512_set1_ps(d[i]);

		for (int k = 0; k < PANEL_16; k++)
			_mm512_storeu_ps(image + k * 16,
			    _mm512_sub_ps(_mm512_mul_ps(va, vb[k]), _mm512_mul_ps(vd, ve[k])));
	}
}

static void
outer_f32(const float *a, const float *b, const float *d, const float *e, size_t n, float *image)
{
	size_t j = 0;

	for (; j + PANEL <= n; j += PANEL)
		panel_f32(a, b + j, d, e + j, n, image + j);
	for (; j < n; j += 16) {
		const __mmask16 m = rest16(n - j);
		const __m512 vb = _mm512_maskz_loadu_ps(m, b + j);
		const __m512 ve = _mm512_maskz_loadu_ps(m, e + j);

		for (size_t i = 0; i < n; i++)
			_mm512_mask_storeu_ps(image + i * n + j, m,
			    _mm512_sub_ps(_mm512_mul_ps(_mm512_set1_ps(a[i]), vb),
				_mm512_mul_ps(_mm512_set1_ps(d[i]), ve)));
	}
}

static void
round_f32(const double *x, size_t n, float *out)
{
	for (size_t i = 0; i < n; i += 8) {
		__mmask8 m = rest8(n - i);

		_mm256_mask_storeu_ps(out + i, m, _mm512_cvtpd_ps(_mm512_maskz_loadu_pd(m, x + i)));
	}
}

static size_t
base64(const unsigned char *p, size_t n, char *out)
{
	return gaf_kernel_avx2.base64(p, n, out);
}

const struct gaf_kernel gaf_kernel_avx512 = { range, polar, outer, outer_f32, round_f32, base64 };
#endif
