/* The indicators of TA-Lib's group "Momentum Indicators". */
#include "feat/ta_build.h"

/* a node that also looks n bars back */
static int
back(struct ta_graph *g, const struct ta_op *op, int x, int n)
{
	return TA_NODE(g, .op = op, .in = { x }, .n = n, .start = ta_begin(g, x) + (size_t)n);
}

int
ta_trange(struct ta_graph *g, const int *hlc)
{
	return TA_NODE(g, .op = &ta_op_trange, .in = { hlc[0], hlc[1], hlc[2] }, .start = 1);
}

/* ---- directional movement: up moves are the first column, down moves the next ---- */
static int
moves(struct ta_graph *g, const int *hl)
{
	return TA_NODE(g, .op = &ta_op_dm, .in = { hl[0], hl[1] }, .start = 1);
}

static int
wilder_sum(struct ta_graph *g, int x, int n)
{
	return TA_NODE(g, .op = &ta_op_wsum, .in = { x }, .n = n, .lag = (size_t)n - 2);
}

static int
dm(struct ta_graph *g, const int *hl, int n, int down)
{
	int move = moves(g, hl) + down;

	return n <= 1 ? move : wilder_sum(g, move, n);
}

static int
di(struct ta_graph *g, const int *hlc, int n, int down)
{
	int tr = ta_trange(g, hlc);

	if (n <= 1)
		return ta_two(g, &ta_op_di1, dm(g, hlc, n, down), tr);
	return TA_NODE(g, .op = &ta_op_di, .in = { dm(g, hlc, n, down), wilder_sum(g, tr, n) },
	    .start = (size_t)n);
}

static int
dx_raw(struct ta_graph *g, const int *hlc, int n)
{
	return TA_NODE(g, .op = &ta_op_dxraw, .start = (size_t)n,
	    .in = { dm(g, hlc, n, 1), dm(g, hlc, n, 0), wilder_sum(g, ta_trange(g, hlc), n) });
}

static int
adx(struct ta_graph *g, const int *hlc, int n)
{
	return TA_NODE(
	    g, .op = &ta_op_adx, .in = { dx_raw(g, hlc, n) }, .n = n, .lag = (size_t)n - 1);
}

TA_BUILD(adx)
{
	out[0] = adx(g, in, (int)p[0]);
}

TA_BUILD(adxr)
{
	int n = (int)p[0], a = adx(g, in, n);

	out[0] = TA_NODE(
	    g, .op = &ta_op_mean2, .in = { a }, .n = n, .start = ta_begin(g, a) + (size_t)n - 1);
}

TA_BUILD(dx)
{
	out[0] = TA_NODE(g, .op = &ta_op_carry, .in = { dx_raw(g, in, (int)p[0]) });
}

TA_BUILD(minus_di)
{
	out[0] = di(g, in, (int)p[0], 1);
}

TA_BUILD(minus_dm)
{
	out[0] = dm(g, in, (int)p[0], 1);
}

TA_BUILD(plus_di)
{
	out[0] = di(g, in, (int)p[0], 0);
}

TA_BUILD(plus_dm)
{
	out[0] = dm(g, in, (int)p[0], 0);
}

/* ---- two averages ---- */
static void
two_averages(struct ta_graph *g, int x, const double *p, int *fast, int *slow)
{
	double f = p[0] < p[1] ? p[0] : p[1], s = p[0] < p[1] ? p[1] : p[0];

	*fast = ta_ma(g, (int)p[2], x, (int)f, 0);
	*slow = ta_ma(g, (int)p[2], x, (int)s, 0);
}

TA_BUILD(apo)
{
	int fast, slow;

	two_averages(g, in[0], p, &fast, &slow);
	out[0] = ta_two(g, &ta_op_sub, fast, slow);
}

TA_BUILD(ppo)
{
	int fast, slow;

	two_averages(g, in[0], p, &fast, &slow);
	out[0] = ta_two(g, &ta_op_ppo, fast, slow);
}

/* The faster average is fed later, so that the first values of both fall on one bar. */
static void
macd(struct ta_graph *g, int x, int n[3], const double k[3], int *out)
{
	int f = n[0] <= n[1] ? 0 : 1, s = 1 - f;
	int slow = ta_ema(g, x, n[s], k[s], 0);
	int fast = ta_ema(g, x, n[f], k[f], (size_t)(n[s] - n[f]));

	out[0] = ta_two(g, &ta_op_sub, fast, slow);
	out[1] = ta_ema(g, out[0], n[2], k[2], 0);
	out[2] = ta_two(g, &ta_op_sub, out[0], out[1]);
}

TA_BUILD(macd)
{
	int n[3] = { (int)p[0], (int)p[1], (int)p[2] };

	macd(g, in[0], n, (double[]){ ta_k(n[0]), ta_k(n[1]), ta_k(n[2]) }, out);
}

TA_BUILD(macdfix)
{
	macd(g, in[0], (int[]){ 12, 26, (int)p[0] }, (double[]){ 0.15, 0.075, ta_k((int)p[0]) },
	    out);
}

TA_BUILD(macdext)
{
	int f = p[0] <= p[2] ? 0 : 2, s = 2 - f;
	int nf = (int)p[f], ns = (int)p[s], tf = (int)p[f + 1], ts = (int)p[s + 1];
	size_t lf = ta_ma_lookback(tf, nf), ls = ta_ma_lookback(ts, ns), first = lf > ls ? lf : ls;
	int slow = ta_ma(g, ts, in[0], ns, first - ls), fast = ta_ma(g, tf, in[0], nf, first - lf);

	out[0] = ta_two(g, &ta_op_sub, fast, slow);
	out[1] = ta_ma(g, (int)p[5], out[0], (int)p[4], 0);
	out[2] = ta_two(g, &ta_op_sub, out[0], out[1]);
}

TA_BUILD(trix)
{
	int n = (int)p[0], x = in[0];

	for (int i = 0; i < 3; i++)
		x = ta_ema(g, x, n, ta_k(n), 0);
	out[0] = back(g, &ta_op_roc, x, 1);
}

/* ---- gains against losses: gains are the first column, losses the next ---- */
static int
gains(struct ta_graph *g, int x, int n, int *losses)
{
	int d = back(g, &ta_op_updn, x, 1), gain, loss;

	gain = TA_NODE(g, .op = &ta_op_wilder, .in = { d }, .n = n, .lag = (size_t)n - 1);
	loss = TA_NODE(g, .op = &ta_op_wilder, .in = { d + 1 }, .n = n, .lag = (size_t)n - 1);
	*losses = loss;
	return gain;
}

static int
rsi(struct ta_graph *g, int x, int n)
{
	int loss, gain = gains(g, x, n, &loss);

	return ta_two(g, &ta_op_rsi, gain, loss);
}

TA_BUILD(rsi)
{
	out[0] = rsi(g, in[0], (int)p[0]);
}

TA_BUILD(cmo)
{
	int loss, gain = gains(g, in[0], (int)p[0], &loss);

	out[0] = ta_two(g, &ta_op_cmo, gain, loss);
}

TA_BUILD(mfi)
{
	int n = (int)p[0], typ = TA_NODE(g, .op = &ta_op_typ, .in = { in[0], in[1], in[2] });
	int flow = TA_NODE(g, .op = &ta_op_flow, .in = { typ, in[3] }, .start = 1);

	out[0] = ta_two(g, &ta_op_mfi, ta_rsum(g, flow, n, 0), ta_rsum(g, flow + 1, n, 0));
}

static int
fresh_sum(struct ta_graph *g, int x, int n)
{
	return TA_NODE(
	    g, .op = &ta_op_fsum, .in = { x }, .n = n, .start = ta_begin(g, x) + (size_t)n - 1);
}

TA_BUILD(imi)
{
	int n = (int)p[0], body = ta_two(g, &ta_op_body, in[0], in[1]);

	out[0] = ta_two(g, &ta_op_share, fresh_sum(g, body, n), fresh_sum(g, body + 1, n));
}

/* ---- stochastics ---- */
static int
fast_k(struct ta_graph *g, const int *hlc, int n)
{
	return TA_NODE(
	    g, .op = &ta_op_stochk, .in = { hlc[2], ta_max(g, hlc[0], n), ta_min(g, hlc[1], n) });
}

TA_BUILD(stoch)
{
	out[0] = ta_ma(g, (int)p[2], fast_k(g, in, (int)p[0]), (int)p[1], 0);
	out[1] = ta_ma(g, (int)p[4], out[0], (int)p[3], 0);
}

TA_BUILD(stochf)
{
	out[0] = fast_k(g, in, (int)p[0]);
	out[1] = ta_ma(g, (int)p[2], out[0], (int)p[1], 0);
}

TA_BUILD(stochrsi)
{
	int r = rsi(g, in[0], (int)p[0]);

	out[0] = fast_k(g, (int[]){ r, r, r }, (int)p[1]);
	out[1] = ta_ma(g, (int)p[3], out[0], (int)p[2], 0);
}

TA_BUILD(willr)
{
	int n = (int)p[0];

	out[0] = TA_NODE(
	    g, .op = &ta_op_willr, .in = { in[2], ta_max(g, in[0], n), ta_min(g, in[1], n) });
}

/* ---- Aroon: windows of n + 1 bars ---- */
static int
since(struct ta_graph *g, const struct ta_op *op, int x, int n)
{
	return TA_NODE(g, .op = op, .in = { x }, .n = n + 1, .lag = (size_t)n);
}

TA_BUILD(aroon)
{
	int n = (int)p[0], high = since(g, &ta_op_sincemax, in[0], n);

	out[0] =
	    TA_NODE(g, .op = &ta_op_aroon, .in = { since(g, &ta_op_sincemin, in[1], n) }, .n = n);
	out[1] = TA_NODE(g, .op = &ta_op_aroon, .in = { high }, .n = n);
}

TA_BUILD(aroonosc)
{
	int n = (int)p[0], high = since(g, &ta_op_sincemax, in[0], n);

	out[0] = TA_NODE(
	    g, .op = &ta_op_aroonosc, .n = n, .in = { high, since(g, &ta_op_sincemin, in[1], n) });
}

/* ---- the rest ---- */
TA_BUILD(bop)
{
	(void)p;
	out[0] = TA_NODE(g, .op = &ta_op_bop, .in = { in[0], in[1], in[2], in[3] });
}

TA_BUILD(cci)
{
	int typ = TA_NODE(g, .op = &ta_op_typ, .in = { in[0], in[1], in[2] });

	out[0] =
	    TA_NODE(g, .op = &ta_op_cci, .in = { typ }, .n = (int)p[0], .lag = (size_t)p[0] - 1);
}

TA_BUILD(mom)
{
	out[0] = back(g, &ta_op_mom, in[0], (int)p[0]);
}

TA_BUILD(roc)
{
	out[0] = back(g, &ta_op_roc, in[0], (int)p[0]);
}

TA_BUILD(rocp)
{
	out[0] = back(g, &ta_op_rocp, in[0], (int)p[0]);
}

TA_BUILD(rocr)
{
	out[0] = back(g, &ta_op_rocr, in[0], (int)p[0]);
}

TA_BUILD(rocr100)
{
	out[0] = back(g, &ta_op_rocr100, in[0], (int)p[0]);
}

/* Three windows of buying pressure and true range, all summed up to the bar where the longest is
 * full. */
TA_BUILD(ultosc)
{
	int n[3] = { (int)p[0], (int)p[1], (int)p[2] }, v[6];
	int bp = TA_NODE(g, .op = &ta_op_bp, .in = { in[1], in[2] }, .start = 1);
	int tr = ta_trange(g, in);

	for (int i = 0; i < 2; i++) /* shortest first */
		for (int k = 0; k < 2 - i; k++)
			if (n[k] > n[k + 1]) {
				int t = n[k];

				n[k] = n[k + 1];
				n[k + 1] = t;
			}
	for (int i = 0; i < 3; i++) {
		v[2 * i] = ta_rsum(g, bp, n[i], (size_t)n[2] - (size_t)n[i] + 1);
		v[2 * i + 1] = ta_rsum(g, tr, n[i], (size_t)n[2] - (size_t)n[i] + 1);
	}
	out[0] = TA_NODE(g, .op = &ta_op_ultosc, .in = { v[0], v[1], v[2], v[3], v[4], v[5] });
}
