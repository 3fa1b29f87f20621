/*
 * Numbers as text, exactly.
 *
 * Prices and sizes are int64 in units of 1e-9 ("nano", NUM_NANO), money is int64 in units
 * of 1e-6 ("micro", NUM_MICRO), sums over a bar are __int128 in 1e-9. Ratios are doubles.
 * What is printed reads back as the same bits, and prints again as the same bytes.
 */
#ifndef TP_BASE_NUM_H
#define TP_BASE_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NUM_NANO INT64_C(1000000000)
#define NUM_MICRO INT64_C(1000000)

typedef __int128 num_i128;

/* ---- reading: whole text [p, p+n) or a failure; never part of it ----
 * num_nano/num_micro/num_nano128 take decimals with an optional exponent ("1.5e2"), round
 * digits beyond the unit half-even, and fail (false) on the empty, on letters, on leading
 * zeros ("007"), on a bare dot, and on what does not fit. */
bool
num_nano(const char *p, size_t n, int64_t *out);
bool
num_micro(const char *p, size_t n, int64_t *out);
bool
num_nano128(const char *p, size_t n, num_i128 *out);
/* Finite doubles in JSON's number grammar, correctly rounded; "inf", "nan", hex and 1e999 fail. */
bool
num_f64(const char *p, size_t n, double *out);
bool
num_i64(const char *p, size_t n, int64_t *out);
bool
num_u64(const char *p, size_t n, uint64_t *out);

/* ---- writing: into o, which needs NUM_MAX bytes; returns the end, no NUL ---- */
#define NUM_MAX 64
char *
num_put_price(char *o, int64_t nano); /* 2 to 9 decimals: 187.15, 1.38741, 5.00 */
char *
num_put_size(char *o, int64_t nano); /* trailing zeros trimmed fully: 100, 0.25 */
char *
num_put_size128(char *o, num_i128 nano);
char *
num_put_cash(char *o, int64_t micro); /* 2 to 6 decimals */
char *
num_put_f64(char *o, double v); /* shortest text that reads back as v; v must be finite */
char *
num_put_i64(char *o, int64_t v);
char *
num_put_u64(char *o, uint64_t v);

/* ---- arithmetic ---- */
static inline int64_t
num_held(num_i128 v)
{
	return v > INT64_MAX ? INT64_MAX : v < -INT64_MAX ? -INT64_MAX : (int64_t)v;
}

/* a + b and a - b, held at INT64_MAX and its opposite: no wrap turns a gain into a loss */
static inline int64_t
num_add(int64_t a, int64_t b)
{
	int64_t v;

	if (__builtin_expect(__builtin_add_overflow(a, b, &v), 0))
		return b < 0 ? -INT64_MAX : INT64_MAX;
	return v == INT64_MIN ? -INT64_MAX : v;
}

static inline int64_t
num_sub(int64_t a, int64_t b)
{
	int64_t v;

	if (__builtin_expect(__builtin_sub_overflow(a, b, &v), 0))
		return b > 0 ? -INT64_MAX : INT64_MAX;
	return v == INT64_MIN ? -INT64_MAX : v;
}

/* nano price x nano size -> micro money, rounded half-even once. Saturates never: callers keep
 * |price * size| below 9.2e12 money units; what does not fit returns false. */
bool
num_notional(int64_t price, int64_t size, int64_t *micro);
/* a / b rounded half-even; b > 0. */
num_i128
num_div_even(num_i128 a, num_i128 b);
/* nearest nano / micro of a finite double, half-even; false when it does not fit */
bool
num_nano_of(double v, int64_t *out);
bool
num_micro_of(double v, int64_t *out);

static inline double
num_of_nano(int64_t nano)
{
	return (double)nano / 1e9;
}

static inline double
num_of_micro(int64_t micro)
{
	return (double)micro / 1e6;
}

/* A computed amount as it is shown: to six decimals, without the noise of its last digits. What
 * is too small for that stays as it is. */
static inline double
num_shown(double v)
{
	int64_t micro;
	double r, off;

	if (!num_micro_of(v, &micro))
		return v;
	r = num_of_micro(micro);
	off = r > v ? r - v : v - r;
	return off <= 1e-6 * (v < 0 ? -v : v) ? r : v;
}

/* log and exp from +,-,*,/ alone: the same bits on every machine (the C library picks
 * variants with and without fused multiply-add). Relative error below 4e-16. */
double
num_log(double x);
double
num_exp(double x);

#endif
