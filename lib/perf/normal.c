#include "perf/normal.h"

#include <math.h>

#define INV_SQRT_2PI 0.39894228040143267794
#define SQRT_2 1.41421356237309504880

double
perf_normal_pdf(double x)
{
	return INV_SQRT_2PI * exp(-0.5 * x * x);
}

double
perf_normal_cdf(double x)
{
	return 0.5 * erfc(-x / SQRT_2);
}
