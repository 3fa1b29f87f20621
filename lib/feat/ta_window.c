/*
 * Operations that go over a whole window at each bar. TA-Lib does so for these functions, and its
 * order of additions is kept: a running sum would be O(1) a bar and wrong in the last digits, which
 * a quiet market's CCI shows in its first. Eight bars are done at a time, one in each lane: every
 * lane adds in the order of one bar alone.
 */
#include <math.h>
#include <string.h>

#include "feat/ta_op.h"

enum { LANES = 8, MOST = 128 };
typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));
typedef int64_t masks __attribute__((vector_size(LANES * sizeof(int64_t))));

#define LOAD(v, p) memcpy(&(v), (p), sizeof(v))
#define STORE(p, v) memcpy((p), &(v), sizeof(v))
#define ABS(v) ((lanes)((masks)(v)&INT64_MAX))

/* ---- sum, oldest first ---- */
static void
fsum_run(const struct ta_job *j, size_t k, size_t n)
{
	for (; k > 0; k--, j++) {
		const double *x = j->in[0];
		ptrdiff_t p = (ptrdiff_t)j->node->n;
		size_t i = 0;

		for (; i + LANES <= n; i += LANES) {
			lanes s = { 0 }, v;

			for (ptrdiff_t m = 1 - p; m <= 0; m++) {
				LOAD(v, x + i + m);
				s += v;
			}
			STORE(j->out[0] + i, s);
		}
		for (; i < n; i++) {
			double s = 0;

			for (ptrdiff_t m = 1 - p; m <= 0; m++)
				s += x[(ptrdiff_t)i + m];
			j->out[0][i] = s;
		}
	}
}

/* ---- least squares line through the window: slope, and value at its oldest bar ---- */
static void
linreg_run(const struct ta_job *j, size_t k, size_t n)
{
	for (; k > 0; k--, j++) {
		const double *x = j->in[0];
		double *slope = j->out[0], *at0 = j->out[1];
		ptrdiff_t p = (ptrdiff_t)j->node->n;
		double w = (double)p, sx = w * (w - 1) * 0.5, sxx = w * (w - 1) * (2 * w - 1) / 6;
		double divisor = sx * sx - w * sxx;
		size_t i = 0;

		for (; i + LANES <= n; i += LANES) {
			lanes sy = { 0 }, sxy = { 0 }, v;

			for (ptrdiff_t m = p - 1; m >= 0; m--) {
				LOAD(v, x + i - m);
				sy += v;
				sxy += (double)m * v;
			}
			v = (w * sxy - sx * sy) / divisor;
			STORE(slope + i, v);
			v = (sy - v * sx) / w;
			STORE(at0 + i, v);
		}
		for (; i < n; i++) {
			double sy = 0, sxy = 0;

			for (ptrdiff_t m = p - 1; m >= 0; m--) {
				sy += x[(ptrdiff_t)i - m];
				sxy += (double)m * x[(ptrdiff_t)i - m];
			}
			slope[i] = (w * sxy - sx * sy) / divisor;
			at0[i] = (sy - slope[i] * sx) / w;
		}
	}
}

/* ---- mean deviation from the mean, newest first ---- */
static void
avgdev_run(const struct ta_job *j, size_t k, size_t n)
{
	for (; k > 0; k--, j++) {
		const double *x = j->in[0];
		ptrdiff_t p = (ptrdiff_t)j->node->n;
		double w = (double)p;
		size_t i = 0;

		for (; i + LANES <= n; i += LANES) {
			lanes s = { 0 }, dev = { 0 }, v;

			for (ptrdiff_t m = 0; m < p; m++) {
				LOAD(v, x + i - m);
				s += v;
			}
			s /= w;
			for (ptrdiff_t m = 0; m < p; m++) {
				LOAD(v, x + i - m);
				v -= s;
				dev += ABS(v);
			}
			dev /= w;
			STORE(j->out[0] + i, dev);
		}
		for (; i < n; i++) {
			double s = 0, dev = 0;

			for (ptrdiff_t m = 0; m < p; m++)
				s += x[(ptrdiff_t)i - m];
			s /= w;
			for (ptrdiff_t m = 0; m < p; m++)
				dev += fabs(x[(ptrdiff_t)i - m] - s);
			j->out[0][i] = dev / w;
		}
	}
}

/*
 * ---- commodity channel index of the typical price ----
 * TA-Lib keeps the window in a ring and adds in the order of the ring's slots, not of time.
 */
struct cci {
	size_t head, seen;
	double ring[];
};

static size_t
cci_state(const struct ta_node *n)
{
	return sizeof(struct cci) + (size_t)n->n * sizeof(double);
}

static double
cci_value(double x, double mean, double dev, double w)
{
	double d = x - mean;

	return d != 0.0 && dev != 0.0 ? d / (0.015 * (dev / w)) : 0.0;
}

static double
cci_step(struct cci *s, size_t p, double x)
{
	double w = (double)p, mean = 0, dev = 0;

	s->ring[s->head] = x;
	s->head = s->head + 1 == p ? 0 : s->head + 1;
	if (s->seen + 1 < p) {
		s->seen++;
		return NAN;
	}
	for (size_t m = 0; m < p; m++)
		mean += s->ring[m];
	mean /= w;
	for (size_t m = 0; m < p; m++)
		dev += fabs(s->ring[m] - mean);
	return cci_value(x, mean, dev, w);
}

/* eight bars, window full, 8 <= p <= MOST: slots[m][l] is slot m as it stands at bar l */
static void
cci_eight(struct cci *s, size_t p, const double *x, double *o)
{
	double slots[MOST][LANES], m8[LANES], d8[LANES], w = (double)p;
	lanes mean = { 0 }, dev = { 0 }, v;

	for (size_t m = 0; m < p; m++)
		for (size_t l = 0; l < LANES; l++)
			slots[m][l] = s->ring[m];
	for (size_t l = 0; l < LANES; l++) {
		for (size_t q = l; q < LANES; q++)
			slots[s->head][q] = x[l];
		s->ring[s->head] = x[l];
		s->head = s->head + 1 == p ? 0 : s->head + 1;
	}
	for (size_t m = 0; m < p; m++) {
		LOAD(v, slots[m]);
		mean += v;
	}
	mean /= w;
	for (size_t m = 0; m < p; m++) {
		LOAD(v, slots[m]);
		v -= mean;
		dev += ABS(v);
	}
	STORE(m8, mean);
	STORE(d8, dev);
	for (size_t l = 0; l < LANES; l++)
		o[l] = cci_value(x[l], m8[l], d8[l], w);
}

static void
cci_run(const struct ta_job *j, size_t k, size_t n)
{
	for (; k > 0; k--, j++) {
		struct cci *s = j->state;
		size_t p = (size_t)j->node->n, i = 0;

		while (i < n)
			if (s->seen + 1 >= p && p >= LANES && p <= MOST && i + LANES <= n) {
				cci_eight(s, p, j->in[0] + i, j->out[0] + i);
				i += LANES;
			} else {
				j->out[0][i] = cci_step(s, p, j->in[0][i]);
				i++;
			}
	}
}

#define WINDOW(op, outputs) \
	const struct ta_op ta_op_##op = { \
		.name = #op, .nin = 1, .nout = (outputs), .hist = { { 0, 1 } }, .run = op##_run \
	};
WINDOW(fsum, 1)
WINDOW(linreg, 2)
WINDOW(avgdev, 1)
const struct ta_op ta_op_cci = {
	.name = "cci", .nin = 1, .nout = 1, .state_of = cci_state, .run = cci_run
};
