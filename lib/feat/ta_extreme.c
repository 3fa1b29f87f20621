/*
 * Highest and lowest of a window, and where they stand: a monotonic deque, O(1) a bar on average
 * and never worse than the period for one bar.
 *
 * Long blocks take another way to the same values, without branches: the maximum of two neighbours,
 * of four, of eight, ..., and then of the two overlapping stretches that make up the window.
 */
#include <math.h>

#include "feat/ta_op.h"

struct item {
	double v;
	uint64_t t;
};

struct deque {
	uint64_t t; /* bars so far */
	uint64_t head, tail, mask;
	uint64_t chosen; /* of maxindex: TA-Lib's choice among equals */
	struct item item[];
};

static size_t
capacity(int64_t n)
{
	size_t c = 4;

	while (c < (size_t)n + 1)
		c *= 2;
	return c;
}

static size_t
deque_state(const struct ta_node *n)
{
	return sizeof(struct deque) + capacity(n->n) * sizeof(struct item);
}

/* sign: 1 for the highest, -1 for the lowest; equals: whether an equal older value is kept */
static inline __attribute__((always_inline)) void
push(struct deque *q, double x, int64_t n, int sign, bool equals)
{
	while (q->tail != q->head) {
		double v = q->item[(q->tail - 1) & q->mask].v;

		if (equals ? (sign > 0 ? x > v : x < v) : (sign > 0 ? x >= v : x <= v))
			q->tail--;
		else
			break;
	}
	q->item[q->tail++ & q->mask] = (struct item){ x, q->t };
	if (q->item[q->head & q->mask].t + (uint64_t)n <= q->t)
		q->head++;
	q->t++;
}

enum { DOUBLED = 512 };

/* Tells the compiler that vectors do the loop behind it as single steps would. */
#ifdef __clang__
#define IN_ORDER _Pragma("clang loop vectorize(assume_safety)")
#else
#define IN_ORDER _Pragma("GCC ivdep")
#endif

/* whether the block is long enough for the other way, and the window full */
static inline bool
doubles(const struct deque *q, int64_t p, size_t n)
{
	return q->t + 1 >= (uint64_t)p && p <= 128 && n >= 32 && n <= 384 && 2 * p <= (int64_t)n;
}

/* the deque as the last p of n values leave it */
static inline __attribute__((always_inline)) void
refill(struct deque *q, const double *x, int64_t p, size_t n, int sign)
{
	q->t += n - (size_t)p;
	q->head = q->tail = 0;
	for (size_t i = n - (size_t)p; i < n; i++)
		push(q, x[i], p, sign, false);
}

/* o[i] = the highest (lowest) of x[i + 1 - p .. i]; w, a power of two, is at most p */
static inline __attribute__((always_inline)) void
doubling(const double *x, double *o, ptrdiff_t p, ptrdiff_t n, int sign)
{
	double m[DOUBLED];
	ptrdiff_t len = n + p - 1, w = 1;

	/* len of them are set, and none behind them is read: NOLINTBEGIN(clang-analyzer-core.*) */
	for (ptrdiff_t i = 0; i < len; i++)
		m[i] = x[i + 1 - p];
	for (; 2 * w <= p; w *= 2) {
		len -= w;
		IN_ORDER
		for (ptrdiff_t i = 0; i < len; i++) /* reads ahead of what it writes */
			m[i] = (sign > 0 ? m[i] > m[i + w] : m[i] < m[i + w]) ? m[i] : m[i + w];
	}
	for (ptrdiff_t i = 0; i < n; i++)
		o[i] = (sign > 0 ? m[i] > m[i + p - w] : m[i] < m[i + p - w]) ? m[i] : m[i + p - w];
	/* NOLINTEND(clang-analyzer-core.*) */
}

static inline __attribute__((always_inline)) void
extreme(const struct ta_job *j, size_t n, int sign)
{
	struct deque *q = j->state;
	int64_t p = j->node->n;
	const double *x = j->in[0];
	size_t i = 0;

	if (!q->mask)
		q->mask = capacity(p) - 1;
	if (doubles(q, p, n)) {
		doubling(x, j->out[0], (ptrdiff_t)p, (ptrdiff_t)n, sign);
		refill(q, x, p, n, sign);
		return;
	}
	for (; i < n; i++) {
		push(q, x[i], p, sign, false);
		j->out[0][i] = q->item[q->head & q->mask].v;
	}
}

/* bars since the highest (lowest), the latest of equals */
static inline __attribute__((always_inline)) void
since(const struct ta_job *j, size_t n, int sign)
{
	struct deque *q = j->state;
	int64_t p = j->node->n;

	if (!q->mask)
		q->mask = capacity(p) - 1;
	/* carrying places through the doublings was tried: slower than the deque */
	for (size_t i = 0; i < n; i++) {
		push(q, j->in[0][i], p, sign, false);
		j->out[0][i] = (double)(q->t - 1 - q->item[q->head & q->mask].t);
	}
}

/*
 * The bar of the highest (lowest), counted from the series' first. Among equals TA-Lib takes the
 * newest while its choice is inside the window; when that leaves, it looks through the window anew
 * and takes the oldest.
 */
static inline __attribute__((always_inline)) void
where(const struct ta_job *j, size_t n, int sign)
{
	struct deque *q = j->state;
	uint64_t p = (uint64_t)j->node->n;

	if (!q->mask)
		q->mask = capacity(j->node->n) - 1;
	for (size_t i = 0; i < n; i++) {
		double x = j->in[0][i];
		uint64_t now = q->t;

		push(q, x, j->node->n, sign, true);
		const struct item *best = &q->item[q->head & q->mask];
		if (now + 1 <= p ||
		    q->chosen + p <= now) /* before the first whole window: the oldest */
			q->chosen = best->t;
		else if (x == best->v)
			q->chosen = now;
		j->out[0][i] = (double)(q->chosen + j->node->start);
	}
}

#define EXTREME(op, f, sign) \
	static void op##_run(const struct ta_job *j, size_t k, size_t n) \
	{ \
		for (; k > 0; k--, j++) \
			f(j, n, (sign)); \
	} \
	const struct ta_op ta_op_##op = { .name = #op, \
		.nin = 1, \
		.nout = 1, \
		.hist = { { 0, 1 } }, \
		.state_of = deque_state, \
		.run = op##_run };
EXTREME(max, extreme, 1)
EXTREME(min, extreme, -1)
EXTREME(sincemax, since, 1)
EXTREME(sincemin, since, -1)
EXTREME(maxindex, where, 1)
EXTREME(minindex, where, -1)
