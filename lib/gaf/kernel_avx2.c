/* Vectors of 256 bits. */
#ifdef __x86_64__
#include <immintrin.h>

#include "gaf/kernel.h"

static bool
range(const double *x, size_t n, double *lo, double *hi)
{
	double a = x[0], b = x[0], odd = 0, t[4];
	size_t i = 0;

	if (n >= 4) {
		__m256d va = _mm256_loadu_pd(x), vb = va, vo = _mm256_sub_pd(va, va);

		for (i = 4; i + 4 <= n; i += 4) {
			__m256d v = _mm256_loadu_pd(x + i);

			vo = _mm256_add_pd(vo, _mm256_sub_pd(v, v));
			va = _mm256_min_pd(v, va);
			vb = _mm256_max_pd(v, vb);
		}
		_mm256_storeu_pd(t, va);
		for (int k = 0; k < 4; k++)
			a = t[k] < a ? t[k] : a;
		_mm256_storeu_pd(t, vb);
		for (int k = 0; k < 4; k++)
			b = t[k] > b ? t[k] : b;
		_mm256_storeu_pd(t, vo);
		odd = t[0] + t[1] + t[2] + t[3];
	}
	for (; i < n; i++) {
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
	const __m256d vs = _mm256_set1_pd(scale), vo = _mm256_set1_pd(off);
	const __m256d one = _mm256_set1_pd(1), zero = _mm256_setzero_pd();
	size_t i = 0;

	for (; i + 4 <= n; i += 4) {
		__m256d v = _mm256_add_pd(_mm256_mul_pd(_mm256_loadu_pd(x + i), vs), vo);
		__m256d r = _mm256_sub_pd(one, _mm256_mul_pd(v, v));

		r = _mm256_min_pd(_mm256_max_pd(r, zero), one);
		_mm256_storeu_pd(c + i, v);
		_mm256_storeu_pd(s + i, _mm256_sqrt_pd(r));
	}
	gaf_kernel_plain.polar(x + i, n - i, scale, off, c + i, s + i);
}

enum { PANEL = 4 }; /* vectors */

/* Columns j.. of all rows, a panel of so many vectors: its b and e stay in registers. */
static inline __attribute__((always_inline)) void
panel_f64(
    const double *a, const double *b, const double *d, const double *e, size_t n, double *image)
{
	__m256d vb[PANEL], ve[PANEL];

	for (int k = 0; k < PANEL; k++) {
		vb[k] = _mm256_loadu_pd(b + k * 4);
		ve[k] = _mm256_loadu_pd(e + k * 4);
	}
	for (size_t i = 0; i < n; i++, image += n) {
		const __m256d va = _mm256_set1_pd(a[i]), vd = _mm256_set1_pd(d[i]);

		for (int k = 0; k < PANEL; k++)
			_mm256_storeu_pd(image + k * 4,
			    _mm256_sub_pd(_mm256_mul_pd(va, vb[k]), _mm256_mul_pd(vd, ve[k])));
	}
}

static void
outer(const double *a, const double *b, const double *d, const double *e, size_t n, double *image)
{
	size_t j = 0;

	for (; j + (size_t)PANEL * 4 <= n; j += (size_t)PANEL * 4)
		panel_f64(a, b + j, d, e + j, n, image + j);
	for (size_t i = 0; i < n && j < n; i++)
		for (size_t k = j; k < n; k++)
			image[i * n + k] = a[i] * b[k] - d[i] * e[k];
}

/* Columns j.. of all rows, a panel of so many vectors: its b and e stay in registers. */
static inline __attribute__((always_inline)) void
panel_f32(const float *a, const float *b, const float *d, const float *e, size_t n, float *image)
{
	__m256 vb[PANEL], ve[PANEL];

	for (int k = 0; k < PANEL; k++) {
		vb[k] = _mm256_loadu_ps(b + k * 8);
		ve[k] = _mm256_loadu_ps(e + k * 8);
	}
	for (size_t i = 0; i < n; i++, image += n) {
		const __m256 va = _mm256_set1_ps(a[i]), vd = _mm256_set1_ps(d[i]);

		for (int k = 0; k < PANEL; k++)
			_mm256_storeu_ps(image + k * 8,
			    _mm256_sub_ps(_mm256_mul_ps(va, vb[k]), _mm256_mul_ps(vd, ve[k])));
	}
}

static void
outer_f32(const float *a, const float *b, const float *d, const float *e, size_t n, float *image)
{
	size_t j = 0;

	for (; j + (size_t)PANEL * 8 <= n; j += (size_t)PANEL * 8)
		panel_f32(a, b + j, d, e + j, n, image + j);
	for (size_t i = 0; i < n && j < n; i++)
		for (size_t k = j; k < n; k++)
			image[i * n + k] = a[i] * b[k] - d[i] * e[k];
}

static void
round_f32(const double *x, size_t n, float *out)
{
	size_t i = 0;

	for (; i + 4 <= n; i += 4)
		_mm_storeu_ps(out + i, _mm256_cvtpd_ps(_mm256_loadu_pd(x + i)));
	for (; i < n; i++)
		out[i] = (float)x[i];
}

/*
 * 24 bytes to 32 characters a turn: each group of three bytes is spread over four, the four
 * numbers of 6 bits are moved to their places by two multiplications, and a number becomes its
 * letter by adding what the table has for its range. After Mula and Lemire, "Faster Base64
 * Encoding and Decoding using AVX2 Instructions", ACM Transactions on the Web 12 (3), 2018.
 */
static size_t
base64(const unsigned char *p, size_t n, char *out)
{
	const __m256i spread = _mm256_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10,
	    1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
	/* added to 0..25 'A', 26..51 'a' - 26, 52..61 '0' - 52, 62 '+' - 62, 63 '/' - 63 */
	const __m256i add = _mm256_setr_epi8('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
	    '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0,
	    0, 'a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
	    '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0);
	size_t i = 0;

	/* 28 bytes are read for 24 */
	for (; i + 28 <= n; i += 24, out += 32) {
		__m128i low = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
		__m128i high = _mm_loadu_si128((const __m128i *)(const void *)(p + i + 12));
		__m256i v = _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
		__m256i t, u, kind;

		v = _mm256_shuffle_epi8(v, spread);
		t = _mm256_mulhi_epu16(_mm256_and_si256(v, _mm256_set1_epi32(0x0fc0fc00)),
		    _mm256_set1_epi32(0x04000040));
		u = _mm256_mullo_epi16(_mm256_and_si256(v, _mm256_set1_epi32(0x003f03f0)),
		    _mm256_set1_epi32(0x01000010));
		v = _mm256_or_si256(t, u);
		kind = _mm256_subs_epu8(v, _mm256_set1_epi8(51));
		kind = _mm256_or_si256(
		    kind, _mm256_and_si256(
			      _mm256_cmpgt_epi8(_mm256_set1_epi8(26), v), _mm256_set1_epi8(13)));
		v = _mm256_add_epi8(v, _mm256_shuffle_epi8(add, kind));
		_mm256_storeu_si256((__m256i *)(void *)out, v);
	}
	return i;
}

const struct gaf_kernel gaf_kernel_avx2 = { range, polar, outer, outer_f32, round_f32, base64 };
#endif
