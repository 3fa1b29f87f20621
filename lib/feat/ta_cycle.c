/*
 * Ehlers' cycle indicators, as TA-Lib has them (J. F. Ehlers, Rocket Science for Traders, 2001):
 * a Hilbert transform by a seven-tap filter, the period of the dominant cycle from the phase
 * between bars, and what is made of it.
 */
#include <math.h>
#include <string.h>

#include "feat/ta_op.h"

#include "base/math.h"
#include "base/mem.h"

#define TAP_A 0.0962
#define TAP_B 0.5769
#define DEG (180.0 / 3.14159265358979323846) /* of a radian */

/* The filter over x[t], x[t - 2], x[t - 4], x[t - 6]; TA-Lib's order of additions. */
static inline double
taps(double x0, double x2, double x4, double x6)
{
	return ((-(TAP_A * x6) + TAP_A * x0) - TAP_B * x4) + TAP_B * x2;
}

/* The filter over the smoothed price, of which what came before the first bar counts as 0: it needs
 * nothing of the recurrence below and is done apart, in vectors. */
static void
fir_run(const struct ta_job *j, size_t k, size_t n)
{
	for (; k > 0; k--, j++) {
		int64_t *seen = j->state;
		const double *x = j->in[0];
		double *restrict o = j->out[0];
		ptrdiff_t i = 0;

		for (; i < (ptrdiff_t)n && *seen < 6; i++, ++*seen)
			o[i] = taps(x[i], *seen >= 2 ? x[i - 2] : 0, *seen >= 4 ? x[i - 4] : 0, 0);
		for (; i < (ptrdiff_t)n; i++)
			o[i] = taps(x[i], x[i - 2], x[i - 4], x[i - 6]);
	}
}

/* ---- the recurrence: in-phase and quadrature parts, period ---- */
struct hilbert {
	double det[16], q1[16]; /* detrender and Q1 of the last bars, by bar & 15 */
	double i2, q2, re, im, period, smooth;
	uint64_t t;
};

static inline void
hilbert_step(struct hilbert *s, double fir, double *in_phase, double *quadrature, double *period)
{
	unsigned t = (unsigned)s->t++;
	double adj = 0.075 * s->period + 0.54;
#define AGO(a, n) s->a[(t - (n)) & 15]
	double jitter = taps(AGO(det, 3), AGO(det, 5), AGO(det, 7), AGO(det, 9)) * adj;
	double i1 = AGO(det, 3);
	double det = fir * adj;

	AGO(det, 0) = det;
	double q1 = taps(det, AGO(det, 2), AGO(det, 4), AGO(det, 6)) * adj;
	AGO(q1, 0) = q1;
	double jq = taps(q1, AGO(q1, 2), AGO(q1, 4), AGO(q1, 6)) * adj;
#undef AGO
	double q2 = 0.2 * (q1 + jitter) + 0.8 * s->q2;
	double i2 = 0.2 * (i1 - jq) + 0.8 * s->i2;

	s->re = 0.2 * (i2 * s->i2 + q2 * s->q2) + 0.8 * s->re;
	s->im = 0.2 * (i2 * s->q2 - q2 * s->i2) + 0.8 * s->im;
	s->q2 = q2;
	s->i2 = i2;
	double old = s->period, p = old;
	if (s->im != 0.0 && s->re != 0.0)
		p = 360.0 / (num_atan_ratio(s->im, s->re) * DEG);
	p = p > 1.5 * old ? 1.5 * old : p;
	p = p < 0.67 * old ? 0.67 * old : p;
	p = p < 6 ? 6 : p > 50 ? 50 : p;
	s->period = 0.2 * p + 0.8 * old;
	s->smooth = 0.33 * s->period + 0.67 * s->smooth;
	*in_phase = i1;
	*quadrature = q1;
	*period = s->smooth;
}

/* One bar takes the latency of some forty operations in a row, two divisions and an arc tangent
 * among them; two nodes at a time take hardly longer than one. */
static void
hilbert_run(const struct ta_job *j, size_t k, size_t n)
{
	for (; k >= 2; k -= 2, j += 2) {
		struct hilbert a = *(struct hilbert *)j[0].state, b = *(struct hilbert *)j[1].state;

		for (size_t i = 0; i < n; i++) {
			hilbert_step(
			    &a, j[0].in[0][i], j[0].out[0] + i, j[0].out[1] + i, j[0].out[2] + i);
			hilbert_step(
			    &b, j[1].in[0][i], j[1].out[0] + i, j[1].out[1] + i, j[1].out[2] + i);
		}
		*(struct hilbert *)j[0].state = a;
		*(struct hilbert *)j[1].state = b;
	}
	if (k) {
		struct hilbert *s = j->state;

		for (size_t i = 0; i < n; i++)
			hilbert_step(s, j->in[0][i], j->out[0] + i, j->out[1] + i, j->out[2] + i);
	}
}

/* ---- MAMA: price, I1, Q1 ---- */
struct mama {
	double phase, mama, fama;
};

static void
mama_run(const struct ta_job *j, size_t k, size_t n)
{
	for (; k > 0; k--, j++) {
		struct mama *state = j->state, s = *state;
		double fast = j->node->k[0], slow = j->node->k[1];

		for (size_t i = 0; i < n; i++) {
			double i1 = j->in[1][i], f;
			double phase = i1 != 0.0 ? num_atan_ratio(j->in[2][i], i1) * DEG : 0.0;
			double step = s.phase - phase;

			s.phase = phase;
			f = fast;
			if (step > 1.0) {
				f = fast / step;
				f = f < slow ? slow : f;
			}
			s.mama = f * j->in[0][i] + (1 - f) * s.mama;
			f *= 0.5;
			s.fama = f * s.mama + (1 - f) * s.fama;
			j->out[0][i] = s.mama;
			j->out[1][i] = s.fama;
		}
		*state = s;
	}
}

/* ---- phase of the dominant cycle: smoothed price, smooth period ---- */
struct phase {
	double v;
	int64_t bars;
};

/* sin and cos of 2 pi i / n for n up to 50 */
static double *
phase_table(void)
{
	double *t = mem_array((TA_CYCLE + 1) * TA_CYCLE * 2, sizeof *t), *at = t;

	for (int len = 0; len <= TA_CYCLE; len++)
		for (int i = 0; i < TA_CYCLE; i++, at += 2)
			if (i < len) {
				double x = (double)i * 6.28318530717958647692 / (double)len;

				at[0] = num_sin(x);
				at[1] = num_cos(x);
			}
	return t;
}

static double
phase_step(struct phase *s, const double *table, const double *x, double period)
{
	int len = ta_cycle_bars(period), most = len < s->bars ? len : (int)s->bars;
	const double *t = table + (ptrdiff_t)len * TA_CYCLE * 2;
	double re = 0, im = 0;

	for (int m = 0; m < most; m++) {
		re += t[2 * m] * x[-m];
		im += t[2 * m + 1] * x[-m];
	}
	if (fabs(im) > 0.0)
		s->v = num_atan(re / im) * DEG;
	else
		s->v += re < 0.0 ? -90.0 : re > 0.0 ? 90.0 : 0.0;
	s->v += 90.0;
	s->v += 360.0 / period; /* the weighted average lags by one bar */
	if (im < 0.0)
		s->v += 180.0;
	if (s->v > 315.0)
		s->v -= 360.0;
	return s->v;
}

static void
dcphase_run(const struct ta_job *j, size_t k, size_t n)
{
	for (; k > 0; k--, j++) {
		struct phase *s = j->state;

		for (size_t i = 0; i < n; i++) {
			s->bars++;
			j->out[0][i] = phase_step(s, j->node->table, j->in[0] + i, j->in[1][i]);
		}
	}
}

/* sine of the phase, and of the phase an eighth of a turn on */
static void
sine_run(const struct ta_job *j, size_t k, size_t n)
{
	for (; k > 0; k--, j++)
		for (size_t i = 0; i < n; i++) {
			j->out[0][i] = num_sin(j->in[0][i] * (1.0 / DEG));
			j->out[1][i] = num_sin((j->in[0][i] + 45) * (1.0 / DEG));
		}
}

/* ---- trend or cycle: smoothed price, smooth period, phase, trend line, sine, lead sine ---- */
struct mode {
	double phase, sine, lead;
	int64_t days;
};

static double
mode_step(struct mode *s, const double *v)
{
	double price = v[0], period = v[1], phase = v[2], line = v[3], sine = v[4], lead = v[5];
	double turn = phase - s->phase;
	bool trend = true;

	if ((sine > lead && s->sine <= s->lead) || (sine < lead && s->sine >= s->lead)) {
		s->days = 0;
		trend = false;
	}
	s->days++;
	if ((double)s->days < 0.5 * period)
		trend = false;
	if (period != 0.0 && turn > 0.67 * 360.0 / period && turn < 1.5 * 360.0 / period)
		trend = false;
	if (line != 0.0 && fabs((price - line) / line) >= 0.015)
		trend = true;
	s->phase = phase;
	s->sine = sine;
	s->lead = lead;
	return trend;
}

static void
trendmode_run(const struct ta_job *j, size_t k, size_t n)
{
	for (; k > 0; k--, j++)
		for (size_t i = 0; i < n; i++) {
			double v[6];

			for (int m = 0; m < 6; m++)
				v[m] = j->in[m][i];
			j->out[0][i] = mode_step(j->state, v);
		}
}

const struct ta_op ta_op_fir = { .name = "fir",
	.nin = 1,
	.nout = 1,
	.hist = { { 6, 0 } },
	.state = sizeof(int64_t),
	.run = fir_run };
const struct ta_op ta_op_hilbert = {
	.name = "hilbert", .nin = 1, .nout = 3, .state = sizeof(struct hilbert), .run = hilbert_run
};
const struct ta_op ta_op_mama = {
	.name = "mama", .nin = 3, .nout = 2, .state = sizeof(struct mama), .run = mama_run
};
const struct ta_op ta_op_dcphase = { .name = "dcphase",
	.nin = 2,
	.nout = 1,
	.hist = { { TA_CYCLE, 0 } },
	.state = sizeof(struct phase),
	.table = phase_table,
	.run = dcphase_run };
const struct ta_op ta_op_sine = { .name = "sine", .nin = 1, .nout = 2, .run = sine_run };
const struct ta_op ta_op_trendmode = {
	.name = "trendmode", .nin = 6, .nout = 1, .state = sizeof(struct mode), .run = trendmode_run
};
