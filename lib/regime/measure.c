#include "regime/measure.h"

#include <math.h>

static void
move(struct measure_adx *a, const struct det_bar *b, double *tr, double *plus, double *minus)
{
	double up = b->high - a->high, down = a->low - b->low;

	*plus = up > 0 && up > down ? up : 0;
	*minus = down > 0 && down > up ? down : 0;
	*tr = fmax(b->high - b->low, fmax(fabs(b->high - a->close), fabs(b->low - a->close)));
	a->high = b->high;
	a->low = b->low;
	a->close = b->close;
}

bool
measure_adx(struct measure_adx *a, const struct det_bar *b, long n)
{
	double tr, plus, minus;

	if (a->bars++ == 0) {
		a->high = b->high;
		a->low = b->low;
		a->close = b->close;
		return false;
	}
	move(a, b, &tr, &plus, &minus);
	double keep = a->bars <= n ? 1 : 1 - 1 / (double)n;
	a->tr = keep * a->tr + tr;
	a->plus = keep * a->plus + plus;
	a->minus = keep * a->minus + minus;
	if (a->bars <= n)
		return false;
	double sum = a->plus + a->minus, dx = 0;
	bool moved = a->tr > 0 && sum > 0;
	if (moved)
		dx = 100 * fabs(a->plus - a->minus) / sum;
	if (a->bars <= 2 * n) {
		a->dx_sum += dx;
		a->adx = a->dx_sum / (double)n;
		return a->bars == 2 * n;
	}
	if (moved)
		a->adx = (a->adx * (double)(n - 1) + dx) / (double)n;
	return true;
}

double
measure_slope_t(const double *y, long n, long first)
{
	double mid = (double)(n - 1) / 2, base = y[first],
	       sx = (double)n * ((double)n * (double)n - 1) / 12;
	double sy = 0, sxy = 0, syy = 0;

	for (long i = 0; i < n; i++) {
		double v = y[first + i < n ? first + i : first + i - n] - base;

		sy += v;
		sxy += ((double)i - mid) * v;
		syy += v * v;
	}
	syy -= sy * sy / (double)n;
	double slope = sxy / sx, rest = syy - slope * sxy;
	if (!(syy > 0) || slope == 0)
		return 0;
	double t =
	    rest > syy * 1e-14 ? slope / sqrt(rest / (double)(n - 2) / sx) : copysign(1e6, slope);
	return fmin(1e6, fmax(-1e6, t));
}
