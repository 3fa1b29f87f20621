/*
 * Operations that go over a whole window at each bar. TA-Lib does so for these functions, and its
 * order of additions is kept: a running sum would be O(1) a bar and wrong in the last digits, which
 * a quiet market's CCI shows in its first. Eight bars are done at a time, one in each lane: every
 * lane adds in the order of one bar alone.
 *
 * Compiled twice; the includer defines TA_ISA(name), and TA_WIDTH: doubles in a register.
 */
#include <math.h>
#include <string.h>

#include "feat/ta_op.h"

enum { LANES = 8, PER = TA_WIDTH, PARTS = LANES / PER };
typedef double vec __attribute__((vector_size(PER * sizeof(double))));
typedef int64_t mask __attribute__((vector_size(PER * sizeof(int64_t))));

/* PARTS registers make up the eight lanes; the compiler unrolls the loop over them. */
#define PART for (int q = 0; q < PARTS; q++)
#define LOAD(v, p) memcpy(&(v), (p) + q * PER, sizeof(v))
#define STORE(p, v) memcpy((p) + q * PER, &(v), sizeof(v))
#define ABS(v) ((vec)((mask)(v)&INT64_MAX))

/* ---- sum, oldest first ---- */
void
TA_ISA(fsum)(const struct ta_job *j, size_t k, size_t n)
{
	for (; k > 0; k--, j++) {
		const double *x = j->in[0];
		ptrdiff_t p = (ptrdiff_t)j->node->n;
		size_t i = 0;

		for (; i + LANES <= n; i += LANES) {
			vec s[PARTS] = { { 0 } }, v;

			for (ptrdiff_t m = 1 - p; m <= 0; m++)
				PART
				{
					LOAD(v, x + i + m);
					s[q] += v;
				}
			PART STORE(j->out[0] + i, s[q]);
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
void
TA_ISA(linreg)(const struct ta_job *j, size_t k, size_t n)
{
	for (; k > 0; k--, j++) {
		const double *x = j->in[0];
		double *slope = j->out[0], *at0 = j->out[1];
		ptrdiff_t p = (ptrdiff_t)j->node->n;
		double w = (double)p, sx = w * (w - 1) * 0.5, sxx = w * (w - 1) * (2 * w - 1) / 6;
		double divisor = sx * sx - w * sxx;
		size_t i = 0;

		for (; i + LANES <= n; i += LANES) {
			vec sy[PARTS] = { { 0 } }, sxy[PARTS] = { { 0 } }, v;

			for (ptrdiff_t m = p - 1; m >= 0; m--)
				PART
				{
					LOAD(v, x + i - m);
					sy[q] += v;
					sxy[q] += (double)m * v;
				}
			PART
			{
				v = (w * sxy[q] - sx * sy[q]) / divisor;
				STORE(slope + i, v);
				v = (sy[q] - v * sx) / w;
				STORE(at0 + i, v);
			}
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
void
TA_ISA(avgdev)(const struct ta_job *j, size_t k, size_t n)
{
	for (; k > 0; k--, j++) {
		const double *x = j->in[0];
		ptrdiff_t p = (ptrdiff_t)j->node->n;
		double w = (double)p;
		size_t i = 0;

		for (; i + LANES <= n; i += LANES) {
			vec s[PARTS] = { { 0 } }, dev[PARTS] = { { 0 } }, v;

			for (ptrdiff_t m = 0; m < p; m++)
				PART
				{
					LOAD(v, x + i - m);
					s[q] += v;
				}
			PART s[q] /= w;
			for (ptrdiff_t m = 0; m < p; m++)
				PART
				{
					LOAD(v, x + i - m);
					v -= s[q];
					dev[q] += ABS(v);
				}
			PART
			{
				v = dev[q] / w;
				STORE(j->out[0] + i, v);
			}
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

/*
 * Eight bars, window full, 8 <= p: bar l finds x[0 .. l] in the slots from head on, and in all
 * others what was there before. The slots in order are up to four stretches: new ones that came
 * round the end, old ones, new ones, old ones.
 */
struct stretch {
	size_t from, to, lane; /* slots; lane: of the first if they are new, else LANES */
};

static int
stretches(struct stretch *s, size_t head, size_t p)
{
	size_t over = head + LANES > p ? head + LANES - p : 0;
	size_t to = over ? p : head + LANES;
	int n = 0;

	s[n++] = (struct stretch){ 0, over, LANES - over };
	s[n++] = (struct stretch){ over, head, LANES };
	s[n++] = (struct stretch){ head, to, 0 };
	s[n++] = (struct stretch){ to, p, LANES };
	return n;
}

/* all lanes the old value; or slot m, which bar `lane` fills with x[lane] */
#define SAME(old) (zero + (old))
#define NEWER(lane) (index[q] >= (int64_t)(lane))
#define MIXED(old, lane) \
	((vec)(((mask)(zero + x[lane]) & NEWER(lane)) | ((mask)(zero + (old)) & ~NEWER(lane))))

static void
cci_eight(struct cci *s, size_t p, const double *x, double *o)
{
	double m8[LANES], d8[LANES], w = (double)p;
	vec mean[PARTS] = { { 0 } }, dev[PARTS] = { { 0 } }, zero = { 0 }, v;
	mask index[PARTS];
	struct stretch part[4];
	int n = stretches(part, s->head, p);

	PART for (int l = 0; l < PER; l++) index[q][l] = q * PER + l;
	for (int k = 0; k < n; k++) {
		size_t lane = part[k].lane;

		if (lane == LANES)
			for (size_t m = part[k].from; m < part[k].to; m++)
				PART mean[q] += SAME(s->ring[m]);
		else
			for (size_t m = part[k].from; m < part[k].to; m++, lane++)
				PART mean[q] += MIXED(s->ring[m], lane);
	}
	PART mean[q] /= w;
	for (int k = 0; k < n; k++) {
		size_t lane = part[k].lane;

		if (lane == LANES)
			for (size_t m = part[k].from; m < part[k].to; m++)
				PART
				{
					v = SAME(s->ring[m]) - mean[q];
					dev[q] += ABS(v);
				}
		else
			for (size_t m = part[k].from; m < part[k].to; m++, lane++)
				PART
				{
					v = MIXED(s->ring[m], lane) - mean[q];
					dev[q] += ABS(v);
				}
	}
	for (size_t l = 0; l < LANES; l++) {
		s->ring[s->head] = x[l];
		s->head = s->head + 1 == p ? 0 : s->head + 1;
	}
	PART STORE(m8, mean[q]);
	PART STORE(d8, dev[q]);
	for (size_t l = 0; l < LANES; l++)
		o[l] = cci_value(x[l], m8[l], d8[l], w);
}

void
TA_ISA(cci)(const struct ta_job *j, size_t k, size_t n)
{
	for (; k > 0; k--, j++) {
		struct cci *s = j->state;
		size_t p = (size_t)j->node->n, i = 0;

		while (i < n)
			if (s->seen + 1 >= p && p >= LANES && i + LANES <= n) {
				cci_eight(s, p, j->in[0] + i, j->out[0] + i);
				i += LANES;
			} else {
				j->out[0][i] = cci_step(s, p, j->in[0][i]);
				i++;
			}
	}
}

/* ---- trend line: price, smooth period ---- */
struct trend {
	double t1, t2, t3; /* means of the last bars */
	int64_t bars;
};

/* mean of the last `len` prices, newest first; what lies before the first bar counts as 0 */
static double
cycle_mean(const double *x, int len, int64_t bars)
{
	double s = 0;
	int most = len < bars ? len : (int)bars;

	for (int m = 0; m < most; m++)
		s += x[-m];
	return len > 0 ? s / (double)len : s;
}

/* Eight bars at once, each lane in its own order: a lane that is through adds zeros. */
static void
cycle_means(const double *x, const double *period, double *mean)
{
	vec s[PARTS] = { { 0 } }, len[PARTS], v;
	double most = 0, cut[LANES];

	for (int l = 0; l < LANES; l++) {
		cut[l] = ta_cycle_bars(period[l]);
		most = cut[l] > most ? cut[l] : most;
	}
	PART LOAD(len[q], cut);
	for (double m = 0; m < most; m++, x--)
		PART
		{
			LOAD(v, x);
			s[q] += (vec)((mask)v & (len[q] > m));
		}
	PART
	{
		v = s[q] / len[q];
		STORE(mean, v);
	}
}

static double
trend_step(struct trend *s, double mean)
{
	double v = (4.0 * mean + 3.0 * s->t1 + 2.0 * s->t2 + s->t3) / 10.0;

	s->t3 = s->t2;
	s->t2 = s->t1;
	s->t1 = mean;
	return v;
}

void
TA_ISA(trend)(const struct ta_job *j, size_t k, size_t n)
{
	for (; k > 0; k--, j++) {
		struct trend *state = j->state, s = *state;
		const double *x = j->in[0], *period = j->in[1];
		double mean[LANES], *o = j->out[0];
		size_t i = 0;

		if (!s.bars)
			s.bars = (int64_t)j->node->start;
		while (i < n)
			if (s.bars >= 100 && i + LANES <= n) {
				cycle_means(x + i, period + i, mean);
				for (size_t l = 0; l < LANES; l++)
					o[i + l] = trend_step(&s, mean[l]);
				s.bars += LANES;
				i += LANES;
			} else {
				s.bars++;
				o[i] = trend_step(
				    &s, cycle_mean(x + i, ta_cycle_bars(period[i]), s.bars));
				i++;
			}
		*state = s;
	}
}
