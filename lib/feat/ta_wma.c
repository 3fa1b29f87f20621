/*
 * Weighted and triangular averages, and the parabolic stop: recurrences with several numbers of
 * state.
 */
#include "feat/ta_op.h"

/* ---- weighted: the sum of x, and the sum of x by weights 1 to n; TA-Lib's order ---- */
struct wma {
	double sum, weighted, oldest;
	int64_t seen;
};

/* gives the weighted sum; the caller divides */
static void
wma_run(const struct ta_job *j, size_t k, size_t n)
{
	for (; k > 0; k--, j++) {
		struct wma *state = j->state, s = *state;
		const double *x = j->in[0], p = (double)j->node->n;
		ptrdiff_t back = (ptrdiff_t)j->node->n - 1, i = 0;

		for (; i < (ptrdiff_t)n && s.seen < back; i++) {
			s.sum += x[i];
			s.weighted += x[i] * (double)++s.seen;
		}
		for (; i < (ptrdiff_t)n; i++) {
			s.sum += x[i];
			s.sum -= s.oldest;
			s.weighted += x[i] * p;
			s.oldest = x[i - back];
			j->out[0][i] = s.weighted;
			s.weighted -= s.sum;
		}
		*state = s;
	}
}

const struct ta_op ta_op_wma = { .name = "wma",
	.nin = 1,
	.nout = 1,
	.hist = { { 0, 1 } },
	.state = sizeof(struct wma),
	.run = wma_run };

/* ---- triangular ---- */
struct trima {
	double weighted, old, recent; /* sums of the older and the newer half of the window */
	int64_t seen;
};

/* the first window, x its newest value: weights rise to the middle and fall again */
static void
trima_first(struct trima *s, const double *x, ptrdiff_t n)
{
	ptrdiff_t h = n / 2, oldest = 1 - n, middle = -h;

	for (ptrdiff_t i = middle; i >= oldest; i--) {
		s->old += x[i];
		s->weighted += s->old;
	}
	for (ptrdiff_t i = middle + 1; i <= 0; i++) {
		s->recent += x[i];
		s->weighted += s->recent;
	}
}

static void
trima_step(struct trima *s, const double *x, ptrdiff_t n)
{
	double mid = x[-(n / 2)];

	s->weighted -= s->old;
	s->old -= x[-n];
	s->old += mid;
	if (n % 2) {
		s->weighted += s->recent;
		s->recent -= mid;
	} else {
		s->recent -= mid;
		s->weighted += s->recent;
	}
	s->recent += x[0];
	s->weighted += x[0];
}

static void
trima_run(const struct ta_job *j, size_t k, size_t n)
{
	for (; k > 0; k--, j++) {
		struct trima *state = j->state, s = *state;
		ptrdiff_t p = (ptrdiff_t)j->node->n, h = p / 2;
		double f = 1.0 / ((double)(p % 2 ? h + 1 : h) * (double)(h + 1));

		for (size_t i = 0; i < n; i++) {
			if (++s.seen < p)
				continue;
			if (s.seen == p)
				trima_first(&s, j->in[0] + i, p);
			else
				trima_step(&s, j->in[0] + i, p);
			j->out[0][i] = s.weighted * f;
		}
		*state = s;
	}
}

const struct ta_op ta_op_trima = { .name = "trima",
	.nin = 1,
	.nout = 1,
	.hist = { { 0, 1 } },
	.state = sizeof(struct trima),
	.run = trima_run };

/* ---- Wilder's parabolic stop and reverse, in the extended form ---- */
enum { START, OFFSET, INIT_LONG, STEP_LONG, MAX_LONG, INIT_SHORT, STEP_SHORT, MAX_SHORT };

struct sar {
	double sar, extreme, step, high, low; /* high and low of the bar before */
	int64_t on, is_long;
};

static double
least(double a, double b)
{
	return a < b ? a : b;
}

static double
most(double a, double b)
{
	return a > b ? a : b;
}

static void
sar_first(struct sar *s, const double *h, const double *l, const double *k)
{
	double up = h[0] - h[-1], down = l[-1] - l[0];

	s->on = 1;
	s->is_long = k[START] == 0 ? !(down > 0 && up < down) : k[START] > 0;
	s->extreme = s->is_long ? h[0] : l[0];
	s->sar = k[START] == 0 ? (s->is_long ? l[-1] : h[-1]) : fabs(k[START]);
	s->step = s->is_long ? k[INIT_LONG] : k[INIT_SHORT];
	s->high = h[0];
	s->low = l[0];
}

/* the stop of this bar; then the one of the next, which may not enter the last two bars */
static double
sar_long(struct sar *s, double h, double l, const double *k)
{
	double out = s->sar;

	if (l <= s->sar) {
		s->is_long = 0;
		s->sar = out = most(most(s->extreme, s->high), h);
		if (k[OFFSET] != 0.0)
			out = s->sar += s->sar * k[OFFSET];
		s->step = k[INIT_SHORT];
		s->extreme = l;
		s->sar = s->sar + s->step * (s->extreme - s->sar);
		s->sar = most(most(s->sar, s->high), h);
		return -out;
	}
	if (h > s->extreme) {
		s->extreme = h;
		s->step = least(s->step + k[STEP_LONG], k[MAX_LONG]);
	}
	s->sar = s->sar + s->step * (s->extreme - s->sar);
	s->sar = least(least(s->sar, s->low), l);
	return out;
}

static double
sar_short(struct sar *s, double h, double l, const double *k)
{
	double out = s->sar;

	if (h >= s->sar) {
		s->is_long = 1;
		s->sar = out = least(least(s->extreme, s->low), l);
		if (k[OFFSET] != 0.0)
			out = s->sar -= s->sar * k[OFFSET];
		s->step = k[INIT_LONG];
		s->extreme = h;
		s->sar = s->sar + s->step * (s->extreme - s->sar);
		s->sar = least(least(s->sar, s->low), l);
		return out;
	}
	if (l < s->extreme) {
		s->extreme = l;
		s->step = least(s->step + k[STEP_SHORT], k[MAX_SHORT]);
	}
	s->sar = s->sar + s->step * (s->extreme - s->sar);
	s->sar = most(most(s->sar, s->high), h);
	return -out;
}

/* n: 1 for the sign that SAREXT gives a short position's stop, 0 for SAR */
static void
sar_run(const struct ta_job *j, size_t k, size_t n)
{
	for (; k > 0; k--, j++) {
		struct sar *state = j->state, s = *state;
		const double *h = j->in[0], *l = j->in[1], *c = j->node->k;

		for (size_t i = 0; i < n; i++) {
			if (!s.on)
				sar_first(&s, h + i, l + i, c);
			double v =
			    s.is_long ? sar_long(&s, h[i], l[i], c) : sar_short(&s, h[i], l[i], c);

			j->out[0][i] = j->node->n ? v : fabs(v);
			s.high = h[i];
			s.low = l[i];
		}
		*state = s;
	}
}

const struct ta_op ta_op_sar = { .name = "sar",
	.nin = 2,
	.nout = 1,
	.hist = { { 1, 0 }, { 1, 0 } },
	.state = sizeof(struct sar),
	.run = sar_run };
