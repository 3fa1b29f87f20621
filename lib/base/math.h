/* Functions of doubles from +, -, *, / and sqrt alone: the same bits on every machine. */
#ifndef TP_BASE_MATH_H
#define TP_BASE_MATH_H

#include <stddef.h>

/*
 * The normal quantile: z with P(N(0,1) <= z) = p, for 0 < p < 1 (else an infinity or NaN).
 * Relative error about 1e-15: algorithm AS 241, routine PPND16 (Wichura, Applied Statistics
 * 37, 1988, pages 477-484).
 */
double
num_normal_quantile(double p);

/*
 * The functions of libm whose last bit differs from library to library; radians. Error of sin and
 * cos below one unit in the last place, of atan below 1.25, of the others below three
 * (test/unit/trig.c). Outside their domain, and of an infinity where there is no limit: NaN. sin,
 * cos and tan take any finite number.
 */
double
num_sin(double x);
double
num_cos(double x);
double
num_tan(double x);
double
num_asin(double x);
double
num_acos(double x);
double
num_atan(double x);
double
num_atan_ratio(double y, double x); /* atan(y / x), sooner; not atan2 */
double
num_sinh(double x);
double
num_cosh(double x);
double
num_tanh(double x);
double
num_log10(double x);

/* The population stability index of n shares against a reference: sum of (p - q) ln(p / q), each
 * share at least 1e-4. Below .1 nothing has moved, above .25 much has (Siddiqi 2006). */
double
num_psi(const double *p, const double *q, size_t n);

#endif
