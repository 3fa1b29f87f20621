/*
 * Operations on the values of a bar and of one earlier bar, and the last steps of oscillators.
 */
#include <math.h>

#include "feat/ta_op.h"

#define N ((double)nd->n)
#define LAG ((ptrdiff_t)nd->n)

/* A, B, C: the inputs, pointing at the block's first bar; what lies before is history */
#define OP(op, inputs, outputs, body, ...) \
	static void op##_run(const struct ta_job *j, size_t k, size_t count) \
	{ \
		for (; k > 0; k--, j++) { \
			const struct ta_node *nd = j->node; \
			const double *A = j->in[0], *B = j->in[1], *C = j->in[2], *D = j->in[3]; \
			double *restrict o = j->out[0]; \
			double *restrict q = j->out[1]; \
			ptrdiff_t n = (ptrdiff_t)count; \
			(void)nd, (void)B, (void)C, (void)D, (void)q; \
			for (ptrdiff_t i = 0; i < n; i++) { \
				body; \
			} \
		} \
	} \
	const struct ta_op ta_op_##op = { \
		.name = #op, .nin = (inputs), .nout = (outputs), .run = op##_run, __VA_ARGS__ \
	};

#define BACK_N .hist = { { 0, 1 } }
#define BACK_1 .hist = { { 1, 0 } }

OP(mom, 1, 1, o[i] = A[i] - A[i - LAG], BACK_N)
OP(roc, 1, 1, double x = A[i - LAG]; o[i] = x != 0.0 ? (A[i] / x - 1.0) * 100.0 : 0.0, BACK_N)
OP(rocp, 1, 1, double x = A[i - LAG]; o[i] = x != 0.0 ? (A[i] - x) / x : 0.0, BACK_N)
OP(rocr, 1, 1, double x = A[i - LAG]; o[i] = x != 0.0 ? A[i] / x : 0.0, BACK_N)
OP(rocr100, 1, 1, double x = A[i - LAG]; o[i] = x != 0.0 ? A[i] / x * 100.0 : 0.0, BACK_N)
OP(ret, 1, 1, double x = A[i - 1]; o[i] = ta_zero(x) ? 0.0 : (A[i] - x) / x, BACK_1)
OP(absdiff, 1, 1, o[i] = fabs(A[i] - A[i - 1]), BACK_1)
OP(mean2, 1, 1, o[i] = (A[i] + A[i + 1 - LAG]) / 2.0, BACK_N)

/* ---- true range and Wilder's directional movement: high, low, close ---- */
OP(trange, 3, 1, double r = A[i] - B[i]; double u = fabs(A[i] - C[i - 1]);
    double v = fabs(B[i] - C[i - 1]); r = u > r ? u : r;
    o[i] = v > r ? v : r, .hist = { { 0, 0 }, { 0, 0 }, { 1, 0 } })
/* up and down moves of high, low */
OP(dm, 2, 2, double p = A[i] - A[i - 1]; double m = B[i - 1] - B[i];
    o[i] = p > 0 && p > m ? p : 0.0;
    q[i] = m > 0 && p < m ? m : 0.0, .hist = { { 1, 0 }, { 1, 0 } })
OP(di, 2, 1, o[i] = ta_zero(B[i]) ? 0.0 : 100.0 * (A[i] / B[i]))
OP(di1, 2, 1, o[i] = A[i] == 0.0 || ta_zero(B[i]) ? 0.0 : A[i] / B[i])
/* of the sums of down moves, up moves, true range; NAN: undefined at this bar */
OP(dxraw, 3, 1, double m = 100.0 * (A[i] / C[i]); double p = 100.0 * (B[i] / C[i]);
    double s = m + p; o[i] = ta_zero(C[i]) || ta_zero(s) ? NAN : 100.0 * (fabs(m - p) / s))

/* ---- gains and losses ---- */
OP(updn, 1, 2, double x = A[i] - A[i - 1]; o[i] = x > 0 ? x : 0.0; q[i] = x < 0 ? -x : 0.0, BACK_1)
OP(rsi, 2, 1, double s = A[i] + B[i]; o[i] = ta_zero(s) ? 0.0 : 100.0 * (A[i] / s))
OP(cmo, 2, 1, double s = A[i] + B[i]; o[i] = ta_zero(s) ? 0.0 : 100.0 * ((A[i] - B[i]) / s))
OP(natr, 2, 1, o[i] = ta_zero(B[i]) ? 0.0 : (A[i] / B[i]) * 100.0)

/* ---- where the close stands between the extremes: close, highest, lowest ---- */
OP(stochk, 3, 1, double w = (B[i] - C[i]) / 100.0; o[i] = w != 0.0 ? (A[i] - C[i]) / w : 0.0)
OP(willr, 3, 1, double w = (B[i] - C[i]) / -100.0; o[i] = w != 0.0 ? (B[i] - A[i]) / w : 0.0)
/* of how long ago the extremes were */
OP(aroon, 1, 1, o[i] = 100.0 / N * (N - A[i]))
OP(aroonosc, 2, 1, o[i] = 100.0 / N * (B[i] - A[i])) /* since high, since low */

/* ---- volume ---- */
OP(adterm, 4, 1, double w = A[i] - B[i];
    o[i] = w > 0.0 ? (((C[i] - B[i]) - (A[i] - C[i])) / w) * D[i] : 0.0) /* high low close volume */
/* typical price, volume: money that flowed in and out */
OP(flow, 2, 2, double x = A[i] - A[i - 1]; double m = A[i] * B[i]; o[i] = x > 0 ? m : 0.0;
    q[i] = x < 0 ? m : 0.0, BACK_1)
OP(mfi, 2, 1, double s = A[i] + B[i]; o[i] = s < 1.0 ? 0.0 : 100.0 * (A[i] / s))

/* ---- the rest ---- */
/* buying pressure of low, close */
OP(bp, 2, 1, double l = A[i] < B[i - 1] ? A[i] : B[i - 1];
    o[i] = B[i] - l, .hist = { { 0, 0 }, { 1, 0 } })
/* Kaufman's weight of x and the sum of its steps */
OP(kamak, 2, 1, static const double slow = 2.0 / (30.0 + 1.0); double r = A[i] - A[i - LAG];
    double f = B[i] <= r || ta_zero(B[i]) ? 1.0 : fabs(r / B[i]);
    f = f * (2.0 / (2.0 + 1.0) - slow) + slow; o[i] = f * f, BACK_N)
/* bodies up and down of open, close; then the share of the first of two sums in percent */
OP(body, 2, 2, double x = B[i] - A[i]; o[i] = x > 0 ? x : 0.0; q[i] = x > 0 ? 0.0 : -x)
OP(share, 2, 1, o[i] = 100.0 * (A[i] / (A[i] + B[i])))

static void
ultosc_run(const struct ta_job *j, size_t k, size_t n)
{
	for (; k > 0; k--, j++)
		for (size_t i = 0; i < n; i++) {
			double s = 0.0;

			if (!ta_zero(j->in[1][i]))
				s += 4.0 * (j->in[0][i] / j->in[1][i]);
			if (!ta_zero(j->in[3][i]))
				s += 2.0 * (j->in[2][i] / j->in[3][i]);
			if (!ta_zero(j->in[5][i]))
				s += j->in[4][i] / j->in[5][i];
			j->out[0][i] = 100.0 * (s / 7.0);
		}
}

const struct ta_op ta_op_ultosc = { .name = "ultosc", .nin = 6, .nout = 1, .run = ultosc_run };
