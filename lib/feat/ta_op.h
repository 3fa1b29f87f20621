/*
 * Inside the indicators: columns, nodes and the operations that nodes run.
 *
 * A column is a value a bar. Those that some node looks back on keep `hist` earlier values in front
 * of the block, so that a kernel reads x[i - k] and need not know where blocks end; a column of
 * that kind slides through a buffer of twice its length and is moved to the front when it reaches
 * the end. A node's kernel sees its inputs from bar `start` on, writes something for each of those
 * bars, and its outputs count from bar start + lag on.
 */
#ifndef TP_FEAT_TA_OP_H
#define TP_FEAT_TA_OP_H

#include <math.h>

#include "feat/ta.h"

enum { TA_NODE_IN = 6, TA_NODE_OUT = 3, TA_NODE_K = 8 };

struct ta_node;

/* what a kernel works on: pointers to the block's first bar */
struct ta_job {
	const double *in[TA_NODE_IN];
	double *out[TA_NODE_OUT];
	void *state;
	const struct ta_node *node;
};

struct ta_op {
	const char *name;
	int nin, nout;
	/* how far input 0 .. nin-1 is looked back on: 0, or fixed + n * per_n */
	struct {
		int fixed, per_n;
	} hist[TA_NODE_IN];
	size_t state;                                /* bytes of state */
	size_t (*state_of)(const struct ta_node *n); /* or so many, where the period counts */
	double *(*table)(void);                      /* makes constants that all series share */
	/* k nodes of the same op whose inputs do not depend on each other */
	void (*run)(const struct ta_job *j, size_t k, size_t n);
	/* the same bits by wider vectors, where the processor has AVX2; or NULL */
	void (*run_avx2)(const struct ta_job *j, size_t k, size_t n);
};

struct ta_node {
	const struct ta_op *op;
	int in[TA_NODE_IN];
	int64_t n;           /* period */
	double k[TA_NODE_K]; /* other constants */
	size_t start;        /* at least; the graph raises it to where all inputs count */
	size_t lag;
	/* filled by the graph */
	int out; /* the first column; the others follow */
	unsigned level;
	size_t state;
	double *table; /* of op->table; freed with the plan */
};

/* A node as described, or the one there is already; its first output column. */
int
ta_node(struct ta_graph *g, const struct ta_node *n);
/* first bar at which a column counts */
size_t
ta_begin(const struct ta_graph *g, int col);
/* the indicator that is being built is ready no earlier than at this bar */
void
ta_not_before(struct ta_graph *g, size_t bar);

/* declares a kernel */
#ifdef __x86_64__
#define TA_AVX2(run) (run)
#else
#define TA_AVX2(run) NULL
#endif
#define TA_RUN(name) void ta_##name(const struct ta_job *j, size_t k, size_t n)

#define TA_NODE(g, ...) ta_node((g), &(struct ta_node){ __VA_ARGS__ })

/* TA-Lib's idea of nothing */
#define TA_EPS 1e-14
static inline bool
ta_zero(double v)
{
	return -TA_EPS < v && v < TA_EPS;
}

enum { TA_CYCLE = 50 }; /* longest cycle, in bars */

/* A period in whole bars, as TA-Lib rounds it. It is at most TA_CYCLE; 0 for what is no number,
 * which absurd prices can make it. */
static inline int
ta_cycle_bars(double period)
{
	return period >= 0 && period <= TA_CYCLE ? (int)(period + 0.5) : 0;
}

/* ---- columns that several families use ---- */
int
ta_rsum(struct ta_graph *g, int x, int n, size_t start); /* rolling sum */
int
ta_rdot(struct ta_graph *g, int x, int y, int n, size_t start); /* rolling sum of x y */
int
ta_sma(struct ta_graph *g, int x, int n, size_t start);
int
ta_ema(struct ta_graph *g, int x, int n, double k, size_t start);
static inline double
ta_k(int n) /* weight of the newest value of an EMA of n */
{
	return 2.0 / (double)(n + 1);
}
int
ta_stddev(struct ta_graph *g, int x, int n, double nb, size_t start);
/* any of the nine; start: first bar to feed it */
int
ta_ma(struct ta_graph *g, int type, int x, int n, size_t start);
/* how many values such an average needs before its first */
size_t
ta_ma_lookback(int type, int n);
int
ta_hilbert(struct ta_graph *g, int x, size_t start, size_t skip); /* I1, Q1, smooth period */
int
ta_smooth(struct ta_graph *g, int x, size_t start); /* four-bar weighted price */
int
ta_trange(struct ta_graph *g, const int *hlc);
int
ta_two(struct ta_graph *g, const struct ta_op *op, int a, int b);
int
ta_max(struct ta_graph *g, int x, int n);
int
ta_min(struct ta_graph *g, int x, int n);

/* ---- operations ---- */
/* value by value: ta_each.c */
extern const struct ta_op ta_op_add, ta_op_sub, ta_op_mul, ta_op_div;
extern const struct ta_op ta_op_acos, ta_op_asin, ta_op_atan, ta_op_ceil, ta_op_cos, ta_op_cosh,
    ta_op_exp, ta_op_floor, ta_op_ln, ta_op_log10, ta_op_sin, ta_op_sinh, ta_op_sqrt, ta_op_tan,
    ta_op_tanh;
extern const struct ta_op ta_op_mid, ta_op_typ, ta_op_avg, ta_op_wcl, ta_op_bop, ta_op_scale,
    ta_op_over, ta_op_dema, ta_op_tema, ta_op_t3, ta_op_ppo, ta_op_upper, ta_op_lower, ta_op_correl,
    ta_op_beta, ta_op_at, ta_op_angle, ta_op_accbands;
/* value by value, also of the bar before or n before: ta_diff.c */
extern const struct ta_op ta_op_mom, ta_op_roc, ta_op_rocp, ta_op_rocr, ta_op_rocr100, ta_op_ret,
    ta_op_trange, ta_op_dm, ta_op_di, ta_op_di1, ta_op_dxraw, ta_op_updn, ta_op_rsi, ta_op_cmo,
    ta_op_natr, ta_op_stochk, ta_op_willr, ta_op_aroon, ta_op_aroonosc, ta_op_adterm, ta_op_flow,
    ta_op_mfi, ta_op_bp, ta_op_ultosc, ta_op_absdiff, ta_op_kamak, ta_op_mean2, ta_op_body,
    ta_op_share, ta_op_fir;
/* recurrences: ta_recur.c */
extern const struct ta_op ta_op_rsum, ta_op_ema, ta_op_emab, ta_op_wilder, ta_op_wsum, ta_op_cum,
    ta_op_obv, ta_op_wma, ta_op_trima, ta_op_follow, ta_op_carry, ta_op_adx, ta_op_sar;
/* products: ta_product.c */
extern const struct ta_op ta_op_rdot, ta_op_var, ta_op_stddev;
/* whole windows: ta_window.c, ta_extreme.c */
extern const struct ta_op ta_op_fsum, ta_op_linreg, ta_op_avgdev, ta_op_cci, ta_op_trend;
extern const struct ta_op ta_op_max, ta_op_min, ta_op_sincemax, ta_op_sincemin, ta_op_maxindex,
    ta_op_minindex;
/* cycles: ta_cycle.c */
extern const struct ta_op ta_op_hilbert, ta_op_mama, ta_op_dcphase, ta_op_sine, ta_op_trendmode;

#endif
