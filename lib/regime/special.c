#include "regime/special.h"

#include "base/num.h"

/* Stirling's series is asymptotic: beyond 12 its eight terms are good to the last bits, below it
 * the recurrence leads there (Abramowitz & Stegun 6.1.41, 6.3.18). */
#define FAR 12

double
regime_lgamma(double x)
{
	double product = 1;

	while (x < FAR)
		product *= x++;
	double r = 1 / x, r2 = r * r;
	double tail = 1.0 / 156;

	tail = 691.0 / 360360 - r2 * tail;
	tail = 1.0 / 1188 - r2 * tail;
	tail = 1.0 / 1680 - r2 * tail;
	tail = 1.0 / 1260 - r2 * tail;
	tail = 1.0 / 360 - r2 * tail;
	tail = 1.0 / 12 - r2 * tail;
	return (x - 0.5) * num_log(x) - x + 0.91893853320467274178 + r * tail - num_log(product);
}

double
regime_digamma(double x)
{
	double less = 0;

	while (x < FAR)
		less += 1 / x++;
	double r2 = 1 / (x * x);
	double tail = 1.0 / 12;

	tail = 691.0 / 32760 - r2 * tail;
	tail = 1.0 / 132 - r2 * tail;
	tail = 1.0 / 240 - r2 * tail;
	tail = 1.0 / 252 - r2 * tail;
	tail = 1.0 / 120 - r2 * tail;
	tail = 1.0 / 12 - r2 * tail;
	return num_log(x) - 0.5 / x - r2 * tail - less;
}
