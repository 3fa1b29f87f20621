/* The standard normal distribution; its quantile is num_normal_quantile of base/math.h. */
#ifndef TP_PERF_NORMAL_H
#define TP_PERF_NORMAL_H

double
perf_normal_pdf(double x);
double
perf_normal_cdf(double x); /* erfc(-x / sqrt 2) / 2: no cancellation in the lower tail */

#endif
