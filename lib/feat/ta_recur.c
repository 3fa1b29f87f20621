/*
 * Recurrences: each value needs the one before. What limits them is the latency of a chain of
 * additions, so the kernels take up to four nodes at a time and let four chains run side by side.
 */
#include <math.h>

#include "feat/ta_op.h"

struct acc { /* of most of them */
	double v;
	int64_t seen; /* values so far, up to the period */
};

/*
 * One node by `one`; four at a time by `four` once all are past their seed. The same operations on
 * the same values in the same order, so the same bits.
 */
#define RUN(op, seeded) \
	static void op##_run(const struct ta_job *j, size_t k, size_t n) \
	{ \
		while (k >= 4 && n >= 4 && seeded(j[0]) && seeded(j[1]) && seeded(j[2]) && \
		       seeded(j[3])) { \
			op##_four(j, n); \
			j += 4; \
			k -= 4; \
		} \
		if (k == 3 && n >= 4 && seeded(j[0]) && seeded(j[1]) && seeded(j[2])) { \
			op##_three(j, n); \
			return; \
		} \
		if (k >= 2 && n >= 4 && seeded(j[0]) && seeded(j[1])) { \
			op##_two(j, n); \
			j += 2; \
			k -= 2; \
		} \
		for (; k > 0; k--, j++) \
			op##_one(j, n); \
	}

#define FOUR(op, load, step) \
	static void op##_four(const struct ta_job *j, size_t n) \
	{ \
		load(0) load(1) load(2) load(3) for (size_t i = 0; i < n; i++){ step(0) step(1) \
			    step(2) step(3) } SAVE(0) SAVE(1) SAVE(2) SAVE(3) \
	} \
	static void op##_three(const struct ta_job *j, size_t n) \
	{ \
		load(0) load(1) load(2) for (size_t i = 0; i < n; i++){ step(0) step(1) \
			    step(2) } SAVE(0) SAVE(1) SAVE(2) \
	} \
	static void op##_two(const struct ta_job *j, size_t n) \
	{ \
		load(0) load(1) for (size_t i = 0; i < n; i++){ step(0) step(1) } SAVE(0) SAVE(1) \
	}

#define SAVE(m) ((struct acc *)j[m].state)->v = v##m;
#define PLAIN(m) \
	const double *x##m = j[m].in[0]; \
	double *o##m = j[m].out[0], v##m = ((struct acc *)j[m].state)->v;

/* ---- rolling sum: add the newest, give, take the oldest away, as TA-Lib's SUM ---- */
static void
rsum_one(const struct ta_job *j, size_t n)
{
	struct acc *s = j->state;
	const double *x = j->in[0];
	double *o = j->out[0], v = s->v;
	ptrdiff_t p = (ptrdiff_t)j->node->n, i = 0;

	for (; i < (ptrdiff_t)n && s->seen < p - 1; i++, s->seen++)
		v += x[i];
	for (; i < (ptrdiff_t)n; i++) {
		v += x[i];
		o[i] = v;
		v -= x[i + 1 - p];
	}
	s->v = v;
}

#define RSUM_LOAD(m) PLAIN(m) const double *y##m = x##m + 1 - j[m].node->n;
#define RSUM_STEP(m) \
	v##m += x##m[i]; \
	o##m[i] = v##m; \
	v##m -= y##m[i];
#define RSUM_SEEDED(j) (((const struct acc *)(j).state)->seen >= (j).node->n - 1)
FOUR(rsum, RSUM_LOAD, RSUM_STEP)
RUN(rsum, RSUM_SEEDED)

/* ---- exponential averages: seeded with the mean of the first n ---- */
static void
ema_one(const struct ta_job *j, size_t n)
{
	struct acc *s = j->state;
	const double *x = j->in[0];
	double *o = j->out[0], v = s->v, k = j->node->k[0];
	size_t i = 0;

	for (; i < n && s->seen < j->node->n; i++) {
		v += x[i];
		if (++s->seen == j->node->n)
			o[i] = v /= (double)j->node->n;
	}
	for (; i < n; i++)
		o[i] = v = ((x[i] - v) * k) + v;
	s->v = v;
}

#define EMA_LOAD(m) PLAIN(m) const double k##m = j[m].node->k[0];
#define EMA_STEP(m) o##m[i] = v##m = ((x##m[i] - v##m) * k##m) + v##m;
#define FULL(j) (((const struct acc *)(j).state)->seen >= (j).node->n)
FOUR(ema, EMA_LOAD, EMA_STEP)
RUN(ema, FULL)

/* the other way to write it, of T3 and ADOSC */
static void
emab_one(const struct ta_job *j, size_t n)
{
	struct acc *s = j->state;
	const double *x = j->in[0];
	double *o = j->out[0], v = s->v, k = j->node->k[0], k1 = 1.0 - k;
	size_t i = 0;

	for (; i < n && s->seen < j->node->n; i++) {
		v += x[i];
		if (++s->seen == j->node->n)
			o[i] = v /= (double)j->node->n;
	}
	for (; i < n; i++)
		o[i] = v = (k * x[i]) + (k1 * v);
	s->v = v;
}

#define EMAB_LOAD(m) PLAIN(m) const double k##m = j[m].node->k[0], l##m = 1.0 - k##m;
#define EMAB_STEP(m) o##m[i] = v##m = (k##m * x##m[i]) + (l##m * v##m);
FOUR(emab, EMAB_LOAD, EMAB_STEP)
RUN(emab, FULL)

/* ---- Wilder's average: seeded with the mean of the first n ---- */
static void
wilder_one(const struct ta_job *j, size_t n)
{
	struct acc *s = j->state;
	const double *x = j->in[0];
	double *o = j->out[0], v = s->v, p = (double)j->node->n, p1 = p - 1;
	size_t i = 0;

	for (; i < n && s->seen < j->node->n; i++) {
		v += x[i];
		if (++s->seen == j->node->n)
			o[i] = v /= p;
	}
	for (; i < n; i++)
		o[i] = v = (v * p1 + x[i]) / p;
	s->v = v;
}

#define WILDER_LOAD(m) PLAIN(m) const double p##m = (double)j[m].node->n, q##m = p##m - 1;
#define WILDER_STEP(m) o##m[i] = v##m = (v##m * q##m + x##m[i]) / p##m;
FOUR(wilder, WILDER_LOAD, WILDER_STEP)
RUN(wilder, FULL)

/* ---- Wilder's sum: seeded with the sum of the first n - 1, which is the first value ---- */
static void
wsum_one(const struct ta_job *j, size_t n)
{
	struct acc *s = j->state;
	const double *x = j->in[0];
	double *o = j->out[0], v = s->v, p = (double)j->node->n;
	size_t i = 0;

	for (; i < n && s->seen < j->node->n - 1; i++, s->seen++)
		o[i] = v += x[i];
	for (; i < n; i++)
		o[i] = v = v - v / p + x[i];
	s->v = v;
}

#define WSUM_LOAD(m) PLAIN(m) const double p##m = (double)j[m].node->n;
#define WSUM_STEP(m) o##m[i] = v##m = v##m - v##m / p##m + x##m[i];
FOUR(wsum, WSUM_LOAD, WSUM_STEP)
RUN(wsum, RSUM_SEEDED)

#define RECUR(op, ...) \
	const struct ta_op ta_op_##op = { .name = #op, \
		.nin = 1, \
		.nout = 1, \
		.state = sizeof(struct acc), \
		.run = op##_run, \
		__VA_ARGS__ };
RECUR(rsum, .hist = { { 0, 1 } })
RECUR(ema, .table = NULL)
RECUR(emab, .table = NULL)
RECUR(wilder, .table = NULL)
RECUR(wsum, .table = NULL)

/* ---- running totals ---- */
static void
cum_run(const struct ta_job *j, size_t k, size_t n)
{
	for (; k > 0; k--, j++) {
		struct acc *s = j->state;

		for (size_t i = 0; i < n; i++)
			j->out[0][i] = s->v += j->in[0][i];
	}
}

/* close, volume */
static void
obv_run(const struct ta_job *j, size_t k, size_t n)
{
	for (; k > 0; k--, j++) {
		struct acc *s = j->state;
		const double *c = j->in[0], *v = j->in[1];
		double total = s->v;
		size_t i = 0;

		if (n && !s->seen) {
			j->out[0][0] = total = v[0];
			s->seen = i = 1;
		}
		for (; i < n; i++) {
			double prev = c[(ptrdiff_t)i - 1];

			double up = c[i] > prev ? v[i] : 0.0, down = c[i] < prev ? v[i] : 0.0;

			total += up - down; /* no branch that half the bars would mispredict */
			j->out[0][i] = total;
		}
		s->v = total;
	}
}

/* an average that follows x (input 0) by a weight of its own at each bar (input 1) */
static void
follow_run(const struct ta_job *j, size_t k, size_t n)
{
	for (; k > 0; k--, j++) {
		struct acc *s = j->state;
		const double *x = j->in[0], *w = j->in[1];
		double v = s->v;

		if (n && !s->seen) {
			v = x[-1];
			s->seen = 1;
		}
		for (size_t i = 0; i < n; i++)
			j->out[0][i] = v = ((x[i] - v) * w[i]) + v;
		s->v = v;
	}
}

/* the last value that is one */
static void
carry_run(const struct ta_job *j, size_t k, size_t n)
{
	for (; k > 0; k--, j++) {
		struct acc *s = j->state;

		for (size_t i = 0; i < n; i++) {
			if (!isnan(j->in[0][i]))
				s->v = j->in[0][i];
			j->out[0][i] = s->v;
		}
	}
}

/* Wilder's average of DX; bars where DX is undefined are passed over */
static void
adx_run(const struct ta_job *j, size_t k, size_t n)
{
	for (; k > 0; k--, j++) {
		struct acc *s = j->state;
		const double *x = j->in[0];
		double v = s->v, p = (double)j->node->n, p1 = p - 1;
		size_t i = 0;

		for (; i < n && s->seen < j->node->n; i++) {
			v += isnan(x[i]) ? 0.0 : x[i];
			if (++s->seen == j->node->n)
				j->out[0][i] = v /= p;
		}
		for (; i < n; i++) {
			if (!isnan(x[i]))
				v = (v * p1 + x[i]) / p;
			j->out[0][i] = v;
		}
		s->v = v;
	}
}

const struct ta_op ta_op_cum = {
	.name = "cum", .nin = 1, .nout = 1, .state = sizeof(struct acc), .run = cum_run
};
const struct ta_op ta_op_obv = { .name = "obv",
	.nin = 2,
	.nout = 1,
	.hist = { { 1, 0 } },
	.state = sizeof(struct acc),
	.run = obv_run };
const struct ta_op ta_op_follow = { .name = "follow",
	.nin = 2,
	.nout = 1,
	.hist = { { 1, 0 } },
	.state = sizeof(struct acc),
	.run = follow_run };
const struct ta_op ta_op_carry = {
	.name = "carry", .nin = 1, .nout = 1, .state = sizeof(struct acc), .run = carry_run
};
const struct ta_op ta_op_adx = {
	.name = "adx", .nin = 1, .nout = 1, .state = sizeof(struct acc), .run = adx_run
};
