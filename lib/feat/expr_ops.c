/* Operations without memory. Missing in, missing out, unless it says otherwise. */
#include "feat/expr_code.h"

#include "base/math.h"
#include "base/num.h"

#define ARGS const struct expr_ins *i, const struct expr_env *m, void *state
#define X expr_get(m, i, 0)
#define Y expr_get(m, i, 1)
#define Z expr_get(m, i, 2)

/* static double op_NAME: the value of an expression in x and y */
#define UNARY(name, value) \
	static double op_##name(ARGS) \
	{ \
		double x = X; \
\
		(void)state; \
		return (value); \
	}
#define BINARY(name, value) \
	static double op_##name(ARGS) \
	{ \
		double x = X, y = Y; \
\
		(void)state; \
		return (value); \
	}

/* ---- arithmetic ---- */

/* x to the power of a whole number */
static double
whole_power(double x, int64_t n)
{
	double r = 1;

	for (uint64_t k = (uint64_t)(n < 0 ? -n : n); k; k >>= 1, x *= x)
		if (k & 1)
			r *= x;
	return n < 0 ? 1 / r : r;
}

static double
power(double x, double y)
{
	if (isnan(x) || isnan(y) || (x == 0 && y < 0))
		return NAN;
	if (y == floor(y) && fabs(y) <= 1024)
		return expr_finite(whole_power(x, (int64_t)y));
	if (y == 0.5)
		return x < 0 ? NAN : sqrt(x);
	if (x == 0)
		return 0;
	return x < 0 ? NAN : expr_finite(num_exp(y * num_log(x)));
}

/* The remainder has the sign of y, as in Python. */
static double
modulo(double x, double y)
{
	double r = y == 0 ? NAN : fmod(x, y);

	return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}

static double
sign(double x)
{
	return x > 0 ? 1 : x < 0 ? -1 : x == 0 ? 0 : NAN;
}

/* half away from zero, as round() */
static double
sigmoid(double x)
{
	return x > 700 ? 1 : x < -700 ? 0 : 1 / (1 + num_exp(-x));
}

static double
safe_exp(double x)
{
	return x > 710 ? NAN : x < -760 ? 0 : expr_finite(num_exp(x));
}

BINARY(add, expr_finite(x + y))
BINARY(sub, expr_finite(x - y))
BINARY(mul, expr_finite(x *y))
BINARY(div, y == 0 ? NAN : expr_finite(x / y))
BINARY(mod, modulo(x, y))
BINARY(pow, power(x, y))
UNARY(neg, -x)
UNARY(copy, x)
UNARY(abs, fabs(x))
UNARY(sign, sign(x))
UNARY(sqrt, x < 0 ? NAN : sqrt(x))
UNARY(square, expr_finite(x *x))
UNARY(log, x > 0 ? num_log(x) : NAN)
UNARY(log10, x > 0 ? num_log10(x) : NAN)
UNARY(exp, isnan(x) ? x : safe_exp(x))
UNARY(tanh, isnan(x) ? x : num_tanh(x))
UNARY(sigmoid, isnan(x) ? x : sigmoid(x))
UNARY(floor, floor(x))
UNARY(ceil, ceil(x))
UNARY(round, round(x))

/* ---- comparisons: 1 or 0 ---- */

#define COMPARE(name, op) BINARY(name, isnan(x) || isnan(y) ? NAN : x op y)
COMPARE(lt, <)
COMPARE(le, <=)
COMPARE(gt, >)
COMPARE(ge, >=)
COMPARE(eq, ==)
COMPARE(ne, !=)
BINARY(min, isnan(x) || isnan(y) ? NAN : x < y ? x : y)
BINARY(max, isnan(x) || isnan(y) ? NAN : x > y ? x : y)

/* ---- logic: what is not 0 is true; the answer is known as soon as one side settles it ---- */

BINARY(and, x == 0 || y == 0 ? 0 : isnan(x) || isnan(y) ? NAN : 1)
BINARY(or, (!isnan(x) && x != 0) || (!isnan(y) && y != 0) ? 1 : isnan(x) || isnan(y) ? NAN : 0)
UNARY(not, isnan(x) ? NAN : x == 0)
UNARY(valid, !isnan(x))
BINARY(fill_value, isnan(x) ? y : x)

static double
op_where(ARGS)
{
	double c = X;

	(void)state;
	return isnan(c) ? NAN : c != 0 ? Y : Z;
}

/* A missing bound does not bind. */
static double
op_clamp(ARGS)
{
	double x = X, lo = Y, hi = Z;

	(void)state;
	if (x < lo)
		x = lo;
	return x > hi ? hi : x;
}

/* clang-format off */
const struct expr_op expr_plain_ops[] = {
	{ .name = "abs", .nargs = 1, .run = op_abs },
	{ .name = "sign", .nargs = 1, .run = op_sign },
	{ .name = "sqrt", .nargs = 1, .run = op_sqrt },
	{ .name = "square", .nargs = 1, .run = op_square },
	{ .name = "log", .nargs = 1, .run = op_log },
	{ .name = "log10", .nargs = 1, .run = op_log10 },
	{ .name = "exp", .nargs = 1, .run = op_exp },
	{ .name = "tanh", .nargs = 1, .run = op_tanh },
	{ .name = "sigmoid", .nargs = 1, .run = op_sigmoid },
	{ .name = "floor", .nargs = 1, .run = op_floor },
	{ .name = "ceil", .nargs = 1, .run = op_ceil },
	{ .name = "round", .nargs = 1, .run = op_round },
	{ .name = "pow", .nargs = 2, .run = op_pow },
	{ .name = "min", .nargs = 2, .run = op_min, .variadic = true },
	{ .name = "max", .nargs = 2, .run = op_max, .variadic = true },
	{ .name = "clamp", .nargs = 3, .run = op_clamp },
	{ .name = "where", .nargs = 3, .run = op_where },
	{ .name = "valid", .nargs = 1, .run = op_valid },
	{ 0 },
};
#define OPERATOR(id, n, sign_) const struct expr_op expr_op_##id = { .name = sign_, .nargs = n, .run = op_##id }
OPERATOR(neg, 1, "-");
OPERATOR(not, 1, "not");
OPERATOR(add, 2, "+");
OPERATOR(sub, 2, "-");
OPERATOR(mul, 2, "*");
OPERATOR(div, 2, "/");
OPERATOR(mod, 2, "%");
OPERATOR(pow, 2, "^");
OPERATOR(lt, 2, "<");
OPERATOR(le, 2, "<=");
OPERATOR(gt, 2, ">");
OPERATOR(ge, 2, ">=");
OPERATOR(eq, 2, "==");
OPERATOR(ne, 2, "!=");
OPERATOR(and, 2, "and");
OPERATOR(or, 2, "or");
OPERATOR(copy, 1, "");
OPERATOR(fill_value, 2, "fill");
/* clang-format on */
