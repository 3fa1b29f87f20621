/*
 * Averages and bands (TA-Lib's group "Overlap Studies"), and the columns that other groups use,
 * too.
 */
#include "feat/ta_build.h"

#include "base/math.h"

/* ---- columns ---- */
int
ta_two(struct ta_graph *g, const struct ta_op *op, int a, int b)
{
	return TA_NODE(g, .op = op, .in = { a, b });
}

int
ta_rsum(struct ta_graph *g, int x, int n, size_t start)
{
	return TA_NODE(
	    g, .op = &ta_op_rsum, .in = { x }, .n = n, .start = start, .lag = (size_t)n - 1);
}

int
ta_rdot(struct ta_graph *g, int x, int y, int n, size_t start)
{
	return TA_NODE(
	    g, .op = &ta_op_rdot, .in = { x, y }, .n = n, .start = start, .lag = (size_t)n - 1);
}

int
ta_sma(struct ta_graph *g, int x, int n, size_t start)
{
	return TA_NODE(g, .op = &ta_op_over, .in = { ta_rsum(g, x, n, start) }, .n = n);
}

int
ta_ema(struct ta_graph *g, int x, int n, double k, size_t start)
{
	return TA_NODE(g, .op = &ta_op_ema, .in = { x }, .n = n, .k = { k }, .start = start,
	    .lag = (size_t)n - 1);
}

int
ta_stddev(struct ta_graph *g, int x, int n, double nb, size_t start)
{
	return TA_NODE(g, .op = &ta_op_stddev, .n = n, .k = { nb },
	    .in = { ta_rsum(g, x, n, start), ta_rdot(g, x, x, n, start) });
}

int
ta_max(struct ta_graph *g, int x, int n)
{
	return TA_NODE(g, .op = &ta_op_max, .in = { x }, .n = n, .lag = (size_t)n - 1);
}

int
ta_min(struct ta_graph *g, int x, int n)
{
	return TA_NODE(g, .op = &ta_op_min, .in = { x }, .n = n, .lag = (size_t)n - 1);
}

/* ---- the nine averages ---- */
const char *const ta_average[] = { "sma", "ema", "wma", "dema", "tema", "trima", "kama", "mama",
	"t3" };
enum { SMA, EMA, WMA, DEMA, TEMA, TRIMA, KAMA, MAMA, T3 };

static int
wma(struct ta_graph *g, int x, int n, size_t start)
{
	int w =
	    TA_NODE(g, .op = &ta_op_wma, .in = { x }, .n = n, .start = start, .lag = (size_t)n - 1);

	return TA_NODE(g, .op = &ta_op_over, .in = { w }, .n = (int64_t)n * (n + 1) / 2);
}

static int
dema(struct ta_graph *g, int x, int n, size_t start)
{
	int e1 = ta_ema(g, x, n, ta_k(n), start);

	return ta_two(g, &ta_op_dema, e1, ta_ema(g, e1, n, ta_k(n), 0));
}

static int
tema(struct ta_graph *g, int x, int n, size_t start)
{
	int e1 = ta_ema(g, x, n, ta_k(n), start), e2 = ta_ema(g, e1, n, ta_k(n), 0);

	return TA_NODE(g, .op = &ta_op_tema, .in = { e1, e2, ta_ema(g, e2, n, ta_k(n), 0) });
}

static int
trima(struct ta_graph *g, int x, int n, size_t start)
{
	return TA_NODE(
	    g, .op = &ta_op_trima, .in = { x }, .n = n, .start = start, .lag = (size_t)n - 1);
}

static int
kama(struct ta_graph *g, int x, int n, size_t start)
{
	size_t first = start > ta_begin(g, x) ? start : ta_begin(g, x);
	int step = TA_NODE(g, .op = &ta_op_absdiff, .in = { x }, .start = first + 1);
	int k = TA_NODE(g, .op = &ta_op_kamak, .in = { x, ta_rsum(g, step, n, 0) }, .n = n);

	return ta_two(g, &ta_op_follow, x, k);
}

/* Tillson's T3: six averages one behind the other, mixed by powers of v */
static int
t3(struct ta_graph *g, int x, int n, double v, size_t start)
{
	double v2 = v * v, c1 = -(v2 * v), k = 2.0 / (n + 1.0);
	int e[6];

	for (int i = 0; i < 6; i++)
		e[i] = TA_NODE(g, .op = &ta_op_emab, .in = { i ? e[i - 1] : x }, .n = n, .k = { k },
		    .start = start, .lag = (size_t)n - 1);
	return TA_NODE(g, .op = &ta_op_t3, .in = { e[2], e[3], e[4], e[5] },
	    .k = {
		c1, 3.0 * (v2 - c1), -6.0 * v2 - 3.0 * (v - c1), 1.0 + 3.0 * v - c1 + 3.0 * v2 });
}

static int
mama(struct ta_graph *g, int x, double fast, double slow, size_t start)
{
	size_t first = start > ta_begin(g, x) ? start : ta_begin(g, x);
	int h = ta_hilbert(g, x, start, 12);

	return TA_NODE(g, .op = &ta_op_mama, .in = { x, h, h + 1 }, .k = { fast, slow },
	    .start = first + 12, .lag = 20);
}

int
ta_ma(struct ta_graph *g, int type, int x, int n, size_t start)
{
	if (n <= 1)
		return x;
	switch (type) {
	case EMA: return ta_ema(g, x, n, ta_k(n), start);
	case WMA: return wma(g, x, n, start);
	case DEMA: return dema(g, x, n, start);
	case TEMA: return tema(g, x, n, start);
	case TRIMA: return trima(g, x, n, start);
	case KAMA: return kama(g, x, n, start);
	case MAMA: return mama(g, x, 0.5, 0.05, start);
	case T3: return t3(g, x, n, 0.7, start);
	default: return ta_sma(g, x, n, start);
	}
}

size_t
ta_ma_lookback(int type, int n)
{
	static const size_t times[] = { 1, 1, 1, 2, 3, 1, 1, 0, 6 };

	if (n <= 1)
		return 0;
	return times[type] * (size_t)(n - 1) + (type == KAMA ? 1 : type == MAMA ? 32 : 0);
}

/* ---- Ehlers' filters ---- */
int
ta_smooth(struct ta_graph *g, int x, size_t start)
{
	int w = TA_NODE(g, .op = &ta_op_wma, .in = { x }, .n = 4, .start = start, .lag = 3);

	return TA_NODE(g, .op = &ta_op_scale, .in = { w }, .k = { 0.1 });
}

/* TA-Lib begins 12 or 37 bars behind the first price, and the two never quite meet again. */
int
ta_hilbert(struct ta_graph *g, int x, size_t start, size_t skip)
{
	size_t first = start > ta_begin(g, x) ? start : ta_begin(g, x);
	int fir =
	    TA_NODE(g, .op = &ta_op_fir, .in = { ta_smooth(g, x, start) }, .start = first + skip);

	return TA_NODE(g, .op = &ta_op_hilbert, .in = { fir });
}

/* ---- the functions ---- */
TA_BUILD(accbands)
{
	int n = (int)p[0], raw = ta_two(g, &ta_op_accbands, in[0], in[1]);

	out[0] = ta_sma(g, raw, n, 0);
	out[1] = ta_sma(g, in[2], n, 0);
	out[2] = ta_sma(g, raw + 1, n, 0);
}

TA_BUILD(bbands)
{
	int n = (int)p[0], type = (int)p[3], mid = ta_ma(g, type, in[0], n, 0), sd;
	size_t own = (size_t)n - 1, begin = ta_begin(g, mid);

	/* the deviation is summed up from where its first value is wanted, as TA-Lib does */
	sd = ta_stddev(g, in[0], n, 1.0, begin > own ? begin - own : 0);
	out[0] = TA_NODE(g, .op = &ta_op_upper, .in = { mid, sd }, .k = { p[1] });
	out[1] = mid;
	out[2] = TA_NODE(g, .op = &ta_op_lower, .in = { mid, sd }, .k = { p[2] });
}

TA_BUILD(dema)
{
	out[0] = dema(g, in[0], (int)p[0], 0);
}

TA_BUILD(ema)
{
	out[0] = ta_ema(g, in[0], (int)p[0], ta_k((int)p[0]), 0);
}

TA_BUILD(ht_trendline)
{
	int h = ta_hilbert(g, in[0], 0, 37);

	(void)p;
	out[0] = ta_two(g, &ta_op_trend, in[0], h + 2);
	ta_not_before(g, 63);
}

TA_BUILD(kama)
{
	out[0] = kama(g, in[0], (int)p[0], 0);
}

TA_BUILD(ma)
{
	out[0] = ta_ma(g, (int)p[1], in[0], (int)p[0], 0);
}

TA_BUILD(mama)
{
	out[0] = mama(g, in[0], p[0], p[1], 0);
	out[1] = out[0] + 1;
}

TA_BUILD(midpoint)
{
	out[0] = ta_two(g, &ta_op_mid, ta_max(g, in[0], (int)p[0]), ta_min(g, in[0], (int)p[0]));
}

TA_BUILD(midprice)
{
	out[0] = ta_two(g, &ta_op_mid, ta_max(g, in[0], (int)p[0]), ta_min(g, in[1], (int)p[0]));
}

static double
capped(double v, double most)
{
	return v < most ? v : most;
}

TA_BUILD(sarext)
{
	out[0] = TA_NODE(g, .op = &ta_op_sar, .in = { in[0], in[1] }, .n = 1, .start = 1,
	    .k = { p[0], p[1], capped(p[2], p[4]), capped(p[3], p[4]), p[4], capped(p[5], p[7]),
		capped(p[6], p[7]), p[7] });
}

TA_BUILD(sar)
{
	double a = capped(p[0], p[1]);

	out[0] = TA_NODE(g, .op = &ta_op_sar, .in = { in[0], in[1] }, .start = 1,
	    .k = { 0, 0, a, a, p[1], a, a, p[1] });
}

TA_BUILD(sma)
{
	out[0] = ta_sma(g, in[0], (int)p[0], 0);
}

TA_BUILD(t3)
{
	out[0] = t3(g, in[0], (int)p[0], p[1], 0);
}

TA_BUILD(tema)
{
	out[0] = tema(g, in[0], (int)p[0], 0);
}

TA_BUILD(trima)
{
	out[0] = trima(g, in[0], (int)p[0], 0);
}

TA_BUILD(wma)
{
	out[0] = wma(g, in[0], (int)p[0], 0);
}
