/*
 * The definitions of the shapes that have corners.
 *
 * Loose limits; what is good within them is the model's to say. e are the corners' levels in
 * heights, turned so that the first extreme e[1] is a top; s widens the limits, for levels that
 * are not fitted yet.
 */
#include <math.h>

#include "pattern/chart_in.h"

static double
low2(double a, double b)
{
	return a < b ? a : b;
}

static double
high2(double a, double b)
{
	return a > b ? a : b;
}

static bool
near3(const double *e, double most)
{
	return high2(high2(e[1], e[3]), e[5]) - low2(low2(e[1], e[3]), e[5]) <= most;
}

static bool
is_head_shoulders(const double *e, double s)
{
	return e[3] - high2(e[1], e[5]) >= 0.04 - s && fabs(e[1] - e[5]) <= 0.4 + s &&
	       fabs(e[2] - e[4]) <= 0.4 + s && low2(e[1], e[5]) - high2(e[2], e[4]) >= 0.08 - s;
}

static bool
is_rectangle(const double *e, double s)
{
	return near3(e, 0.35 + s) && fabs(e[2] - e[4]) <= 0.4 + s &&
	       low2(low2(e[1], e[3]), e[5]) - high2(e[2], e[4]) >= 0.2 - s;
}

static bool
is_symmetrical(const double *e, double s)
{
	return e[1] > e[3] - s && e[3] > e[5] - 0.03 - s && e[2] < e[4] + 0.03 + s &&
	       e[5] - e[4] < 0.8 * (e[1] - e[2]) + s;
}

static bool
is_broadening(const double *e, double s)
{
	return e[1] < e[3] + s && e[3] < e[5] + s && e[2] > e[4] - s;
}

static bool
is_short_wedge(const double *e, double s)
{
	/* swings of one direction become shorter */
	return e[1] < e[3] + s && e[3] < e[5] + 0.03 + s && e[2] < e[4] + s &&
	       e[5] - e[4] < 0.85 * (e[3] - e[2]) + s;
}

static bool
is_channel(const double *e, double s)
{
	double down = e[1] - e[2], up = e[3] - e[2];

	if (e[3] - e[1] < 0.08 - s || e[5] - e[3] < 0.08 - s || e[4] - e[2] < 0.08 - s)
		return false;
	return e[3] - e[4] > 0.5 * down - s && e[3] - e[4] < 2 * down + s &&
	       e[5] - e[4] > 0.6 * up - s && e[5] - e[4] < 1.7 * up + s;
}

static bool
is_double(const double *e, double s)
{
	return fabs(e[1] - e[3]) <= 0.3 + s && e[0] < low2(e[1], e[3]) - 0.3 + s;
}

static bool
is_triangle(const double *e, double s)
{
	return near3(e, 0.35 + s) && e[2] < e[4] + 0.03 + s && e[4] < e[6] + 0.03 + s &&
	       e[2] < e[6] - 0.1 + s;
}

static bool
is_wedge(const double *e, double s)
{
	return e[1] < e[3] + 0.1 + s && e[3] < e[5] + 0.1 + s && e[5] < e[7] + 0.1 + s &&
	       e[1] < e[7] - 0.1 + s && e[2] < e[4] + 0.1 + s && e[4] < e[6] + 0.1 + s &&
	       e[2] < e[6] - 0.1 + s && e[7] - e[6] < 0.85 * (e[3] - e[2]) + s;
}

static bool
is_cup(const double *e, double s)
{
	return fabs(e[1] - e[3]) <= 0.35 + s && e[4] - e[2] >= 0.35 - s && e[4] < e[3];
}

const struct chart_shape chart_shapes[] = {
	{ CHART_M_DOUBLE, CHART_DOUBLE_TOP, CHART_DOUBLE_BOTTOM, 5, -1, is_double },
	{ CHART_M_CUP, CHART_CUP, CHART_INVERTED_CUP, 6, 1, is_cup },
	{ CHART_M_HEAD_SHOULDERS, CHART_HEAD_SHOULDERS_TOP, CHART_HEAD_SHOULDERS_BOTTOM, 7, -1,
	    is_head_shoulders },
	{ CHART_M_RECTANGLE, CHART_RECTANGLE_TOP, CHART_RECTANGLE_BOTTOM, 7, -1, is_rectangle },
	{ CHART_M_SYMMETRICAL, CHART_SYMMETRICAL_TRIANGLE_TOP, CHART_SYMMETRICAL_TRIANGLE_BOTTOM, 7,
	    -1, is_symmetrical },
	{ CHART_M_BROADENING, CHART_BROADENING_TOP, CHART_BROADENING_BOTTOM, 7, -1, is_broadening },
	{ CHART_M_SHORT_WEDGE, CHART_RISING_WEDGE, CHART_FALLING_WEDGE, 7, -1, is_short_wedge },
	{ CHART_M_CHANNEL, CHART_CHANNEL_UP, CHART_CHANNEL_DOWN, 7, -1, is_channel },
	{ CHART_M_TRIANGLE, CHART_ASCENDING_TRIANGLE, CHART_DESCENDING_TRIANGLE, 8, 1,
	    is_triangle },
	{ CHART_M_WEDGE, CHART_RISING_WEDGE, CHART_FALLING_WEDGE, 9, -1, is_wedge },
};
/* shapes of n corners begin here */
static const unsigned char first_shape[CHART_PIVOTS_MAX + 1] = { 0, 0, 0, 0, 0, 0, 1, 2, 8, 9, 10 };

unsigned
chart_shapes_of(const double *e, int n, double slack)
{
	unsigned set = 0;

	for (size_t k = first_shape[n]; k < first_shape[n + 1]; k++)
		if (chart_shapes[k].holds(e, slack))
			set |= 1U << k;
	return set;
}
