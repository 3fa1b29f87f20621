#include <math.h>

#include "pattern/polyline.h"

void
polyline_fit(const double *y, const int *corner, size_t n, struct polyline *out)
{
	double diag[POLYLINE_MAX] = { 0 }, side[POLYLINE_MAX] = { 0 }, rhs[POLYLINE_MAX] = { 0 };
	double y0 = y[0];

	/* Each leg takes its first bar but not its last, which is the next one's first. */
	for (size_t k = 0; k + 1 < n; k++) {
		const double *v = y + corner[k];
		int len = corner[k + 1] - corner[k];
		double l = len, s = 0, t = 0, x = 0;

		for (int i = 0; i < len; i++) {
			double d = v[i] - y0;

			s += d;
			t += d * x;
			x += 1;
		}
		double u1 = (l - 1) / 2, u2 = (l - 1) * (2 * l - 1) / (6 * l);

		t /= l;
		diag[k] += l - 2 * u1 + u2;
		side[k] = u1 - u2;
		diag[k + 1] += u2;
		rhs[k] += s - t;
		rhs[k + 1] += t;
	}
	diag[n - 1] += 1;
	rhs[n - 1] += y[corner[n - 1]] - y0;
	for (size_t k = 1; k < n; k++) {
		double w = side[k - 1] / diag[k - 1];

		diag[k] -= w * side[k - 1];
		rhs[k] -= w * rhs[k - 1];
	}
	out->level[n - 1] = rhs[n - 1] / diag[n - 1];
	for (size_t k = n - 1; k-- > 0;)
		out->level[k] = (rhs[k] - side[k] * out->level[k + 1]) / diag[k];
	for (size_t k = 0; k < n; k++)
		out->level[k] += y0;
}

void
polyline_rest(const double *y, const int *corner, size_t n, struct polyline *p)
{
	double ss = 0, cross = 0, last = 0, path = 0;

	for (size_t k = 0; k + 1 < n; k++) {
		const double *v = y + corner[k];
		int len = corner[k + 1] - corner[k];
		double level = p->level[k], slope = (p->level[k + 1] - level) / len, x = 0;

		for (int i = 0; i < len; i++) {
			double e = v[i] - (level + slope * x);

			x += 1;
			path += fabs(v[i + 1] - v[i]);
			ss += e * e;
			cross += e * last;
			last = e;
		}
	}
	double e = y[corner[n - 1]] - p->level[n - 1];

	ss += e * e;
	cross += e * last;
	p->sd = sqrt(ss / (corner[n - 1] + 1));
	p->next = ss > 0 ? cross / ss : 0;
	p->path = path;
}
