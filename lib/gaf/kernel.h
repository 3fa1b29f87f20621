/*
 * The inner loops, once plain and once for each wider instruction set. All do the same operations
 * on each number, unfused, so all give the same bits.
 */
#ifndef TP_GAF_KERNEL_H
#define TP_GAF_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gaf_kernel {
	/* smallest and largest of x[0..n), n > 0; false when not all are finite */
	bool (*range)(const double *x, size_t n, double *lo, double *hi);
	/* c = x * scale + off (two roundings), s = sqrt of 1 - c^2 held in 0..1 */
	void (*polar)(const double *x, size_t n, double scale, double off, double *c, double *s);
	/* one channel: image[i][j] = a[i] b[j] - d[i] e[j] */
	void (*outer)(const double *a, const double *b, const double *d, const double *e, size_t n,
	    double *image);
	void (*outer_f32)(
	    const float *a, const float *b, const float *d, const float *e, size_t n, float *image);
	void (*round)(const double *x, size_t n, float *out);
	/* whole groups of 3 bytes to 4 characters, as many as it likes; returns the bytes eaten */
	size_t (*base64)(const unsigned char *p, size_t n, char *out);
};

extern const struct gaf_kernel gaf_kernel_plain;
#ifdef __x86_64__
extern const struct gaf_kernel gaf_kernel_avx2, gaf_kernel_avx512;
#endif

/* The one for this machine. */
const struct gaf_kernel *
gaf_kernel(void);

#endif
