#include "pattern/chart_in.h"

#include "base/num.h"

static double
curve(const struct chart_curve *c, float x)
{
	int k = 1;

	if (x <= c->x[0])
		return (double)c->v[0];
	if (x >= c->x[CHART_KNOTS - 1])
		return (double)c->v[CHART_KNOTS - 1];
	while (x > c->x[k])
		k++;
	/* x[k-1] < x <= x[k]: the knots differ */
	return (double)c->v[k - 1] +
	       (double)(c->v[k] - c->v[k - 1]) *
		   ((double)(x - c->x[k - 1]) / (double)(c->x[k] - c->x[k - 1]));
}

double
chart_logit(const struct chart_model *t, const float *f)
{
	double sum = (double)t->bias;

	for (int i = 0; i < t->n; i++)
		sum += curve(&t->f[i], f[i]);
	return sum;
}

double
chart_p(double x)
{
	const float(*t)[2] = chart_calibration;
	int k = 1;

	if (x <= (double)t[0][0])
		return (double)t[0][1];
	while (k < CHART_CALIBRATION && x > (double)t[k][0])
		k++;
	if (k == CHART_CALIBRATION)
		return (double)t[k - 1][1];
	return (double)t[k - 1][1] + (double)(t[k][1] - t[k - 1][1]) * (x - (double)t[k - 1][0]) /
					 (double)(t[k][0] - t[k - 1][0]);
}
