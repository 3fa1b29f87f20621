/* The indicators of TA-Lib's other groups: volume, volatility, cycle, price transform, statistics,
 * mathematics. */
#include "feat/ta_build.h"

/* ---- volume ---- */
static int
ad(struct ta_graph *g, const int *hlcv)
{
	int term = TA_NODE(g, .op = &ta_op_adterm, .in = { hlcv[0], hlcv[1], hlcv[2], hlcv[3] });

	return TA_NODE(g, .op = &ta_op_cum, .in = { term });
}

TA_BUILD(ad)
{
	(void)p;
	out[0] = ad(g, in);
}

TA_BUILD(adosc)
{
	int line = ad(g, in), e[2];

	for (int i = 0; i < 2; i++)
		e[i] =
		    TA_NODE(g, .op = &ta_op_emab, .in = { line }, .n = 1, .k = { ta_k((int)p[i]) });
	out[0] = ta_two(g, &ta_op_sub, e[0], e[1]);
	ta_not_before(g, (size_t)(p[0] < p[1] ? p[1] : p[0]) - 1);
}

TA_BUILD(obv)
{
	(void)p;
	out[0] = ta_two(g, &ta_op_obv, in[0], in[1]);
}

/* ---- volatility ---- */
static int
atr(struct ta_graph *g, const int *hlc, int n)
{
	return TA_NODE(
	    g, .op = &ta_op_wilder, .in = { ta_trange(g, hlc) }, .n = n, .lag = (size_t)n - 1);
}

TA_BUILD(trange)
{
	(void)p;
	out[0] = ta_trange(g, in);
}

TA_BUILD(atr)
{
	out[0] = p[0] <= 1 ? ta_trange(g, in) : atr(g, in, (int)p[0]);
}

/* with a period of 1 TA-Lib gives the true range itself */
TA_BUILD(natr)
{
	out[0] =
	    p[0] <= 1 ? ta_trange(g, in) : ta_two(g, &ta_op_natr, atr(g, in, (int)p[0]), in[2]);
}

/* ---- cycles ---- */
TA_BUILD(ht_dcperiod)
{
	(void)p;
	out[0] = ta_hilbert(g, in[0], 0, 12) + 2;
	ta_not_before(g, 32);
}

TA_BUILD(ht_phasor)
{
	(void)p;
	out[0] = ta_hilbert(g, in[0], 0, 12);
	out[1] = out[0] + 1;
	ta_not_before(g, 32);
}

static int
dc_phase(struct ta_graph *g, int x)
{
	return ta_two(g, &ta_op_dcphase, ta_smooth(g, x, 0), ta_hilbert(g, x, 0, 37) + 2);
}

TA_BUILD(ht_dcphase)
{
	(void)p;
	out[0] = dc_phase(g, in[0]);
	ta_not_before(g, 63);
}

TA_BUILD(ht_sine)
{
	(void)p;
	out[0] = TA_NODE(g, .op = &ta_op_sine, .in = { dc_phase(g, in[0]) });
	out[1] = out[0] + 1;
	ta_not_before(g, 63);
}

TA_BUILD(ht_trendmode)
{
	int x = in[0], period = ta_hilbert(g, x, 0, 37) + 2, phase = dc_phase(g, x);
	int sine = TA_NODE(g, .op = &ta_op_sine, .in = { phase });

	(void)p;
	out[0] = TA_NODE(g, .op = &ta_op_trendmode,
	    .in = { ta_smooth(g, x, 0), period, phase, ta_two(g, &ta_op_trend, x, period), sine,
		sine + 1 });
	ta_not_before(g, 63);
}

/* ---- prices ---- */
TA_BUILD(avgprice)
{
	(void)p;
	out[0] = TA_NODE(g, .op = &ta_op_avg, .in = { in[0], in[1], in[2], in[3] });
}

TA_BUILD(medprice)
{
	(void)p;
	out[0] = ta_two(g, &ta_op_mid, in[0], in[1]);
}

TA_BUILD(typprice)
{
	(void)p;
	out[0] = TA_NODE(g, .op = &ta_op_typ, .in = { in[0], in[1], in[2] });
}

TA_BUILD(wclprice)
{
	(void)p;
	out[0] = TA_NODE(g, .op = &ta_op_wcl, .in = { in[0], in[1], in[2] });
}

/* ---- statistics ---- */
static int
window(struct ta_graph *g, const struct ta_op *op, int x, int n)
{
	return TA_NODE(g, .op = op, .in = { x }, .n = n, .start = ta_begin(g, x) + (size_t)n - 1);
}

TA_BUILD(avgdev)
{
	out[0] = window(g, &ta_op_avgdev, in[0], (int)p[0]);
}

TA_BUILD(correl)
{
	int n = (int)p[0], x = in[0], y = in[1];

	out[0] = TA_NODE(g, .op = &ta_op_correl, .n = n,
	    .in = { ta_rsum(g, x, n, 0), ta_rsum(g, y, n, 0), ta_rdot(g, x, x, n, 0),
		ta_rdot(g, y, y, n, 0), ta_rdot(g, x, y, n, 0) });
}

/* of the returns of y on those of x */
TA_BUILD(beta)
{
	int n = (int)p[0], x = TA_NODE(g, .op = &ta_op_ret, .in = { in[0] }, .start = 1);
	int y = TA_NODE(g, .op = &ta_op_ret, .in = { in[1] }, .start = 1);

	out[0] = TA_NODE(g, .op = &ta_op_beta, .n = n,
	    .in = { ta_rsum(g, x, n, 0), ta_rsum(g, y, n, 0), ta_rdot(g, x, x, n, 0),
		ta_rdot(g, x, y, n, 0) });
}

/* the regression line at bar `at` of the window, 0 its oldest */
static int
line_at(struct ta_graph *g, int x, int n, int at)
{
	int l = window(g, &ta_op_linreg, x, n);

	return TA_NODE(g, .op = &ta_op_at, .in = { l, l + 1 }, .k = { at });
}

TA_BUILD(linearreg)
{
	out[0] = line_at(g, in[0], (int)p[0], (int)p[0] - 1);
}

TA_BUILD(linearreg_angle)
{
	out[0] =
	    TA_NODE(g, .op = &ta_op_angle, .in = { window(g, &ta_op_linreg, in[0], (int)p[0]) });
}

TA_BUILD(linearreg_intercept)
{
	out[0] = window(g, &ta_op_linreg, in[0], (int)p[0]) + 1;
}

TA_BUILD(linearreg_slope)
{
	out[0] = window(g, &ta_op_linreg, in[0], (int)p[0]);
}

TA_BUILD(tsf)
{
	out[0] = line_at(g, in[0], (int)p[0], (int)p[0]);
}

TA_BUILD(stddev)
{
	out[0] = ta_stddev(g, in[0], (int)p[0], p[1], 0);
}

TA_BUILD(var)
{
	int n = (int)p[0];

	out[0] = TA_NODE(g, .op = &ta_op_var, .n = n,
	    .in = { ta_rsum(g, in[0], n, 0), ta_rdot(g, in[0], in[0], n, 0) });
}

/* ---- mathematics ---- */
static int
place(struct ta_graph *g, const struct ta_op *op, int x, double n)
{
	return TA_NODE(g, .op = op, .in = { x }, .n = (int)n, .lag = (size_t)n - 1);
}

TA_BUILD(max)
{
	out[0] = ta_max(g, in[0], (int)p[0]);
}

TA_BUILD(maxindex)
{
	out[0] = place(g, &ta_op_maxindex, in[0], p[0]);
}

TA_BUILD(min)
{
	out[0] = ta_min(g, in[0], (int)p[0]);
}

TA_BUILD(minindex)
{
	out[0] = place(g, &ta_op_minindex, in[0], p[0]);
}

TA_BUILD(minmax)
{
	out[0] = ta_min(g, in[0], (int)p[0]);
	out[1] = ta_max(g, in[0], (int)p[0]);
}

TA_BUILD(minmaxindex)
{
	out[0] = place(g, &ta_op_minindex, in[0], p[0]);
	out[1] = place(g, &ta_op_maxindex, in[0], p[0]);
}

TA_BUILD(sum)
{
	out[0] = ta_rsum(g, in[0], (int)p[0], 0);
}

#define TWO(name, the_op) \
	TA_BUILD(name) \
	{ \
		(void)p; \
		out[0] = ta_two(g, &ta_op_##the_op, in[0], in[1]); \
	}
TWO(add, add)
TWO(div, div)
TWO(mult, mul)
TWO(sub, sub)

#define ONE(name) \
	TA_BUILD(name) \
	{ \
		(void)p; \
		out[0] = TA_NODE(g, .op = &ta_op_##name, .in = { in[0] }); \
	}
ONE(acos)
ONE(asin)
ONE(atan)
ONE(ceil)
ONE(cos)
ONE(cosh)
ONE(exp)
ONE(floor)
ONE(ln)
ONE(log10)
ONE(sin)
ONE(sinh)
ONE(sqrt)
ONE(tan)
ONE(tanh)
