/* The standard normal distribution. */
#ifndef TP_PERF_NORMAL_H
#define TP_PERF_NORMAL_H

double
perf_normal_pdf(double x);
double
perf_normal_cdf(double x); /* erfc(-x / sqrt 2) / 2: no cancellation in the lower tail */
double
perf_normal_inv(double p); /* NaN outside (0, 1) */

#endif
