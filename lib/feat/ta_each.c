/*
 * Operations that take the values of one bar and nothing else. Each is a loop that the compiler
 * turns into vectors; the formulas keep TA-Lib's order, so they have its bits.
 */
#include <math.h>

#include "feat/ta_op.h"

#include "base/math.h"
#include "base/num.h"

/* a, b, c, d, e: the inputs at bar i; N the period; K(i) the constants */
#define N ((double)nd->n)
#define K(i) (nd->k[i])

#define EACH_LOOP(body) \
	for (; k > 0; k--, j++) { \
		const struct ta_node *nd = j->node; \
		const double *A = j->in[0], *B = j->in[1], *C = j->in[2], *D = j->in[3], \
			     *E = j->in[4]; \
		double *restrict o = j->out[0]; \
		(void)nd, (void)B, (void)C, (void)D, (void)E; \
		for (size_t i = 0; i < n; i++) { \
			body; \
		} \
	}

#define EACH(op, inputs, body) \
	static void op##_run(const struct ta_job *j, size_t k, size_t n) \
	{ \
		EACH_LOOP(body) \
	} \
	const struct ta_op ta_op_##op = { \
		.name = #op, .nin = (inputs), .nout = 1, .run = op##_run \
	};

#define a A[i]
#define b B[i]
#define c C[i]
#define d D[i]
#define e E[i]

EACH(add, 2, o[i] = a + b)
EACH(sub, 2, o[i] = a - b)
EACH(mul, 2, o[i] = a * b)
EACH(div, 2, o[i] = a / b)

EACH(acos, 1, o[i] = num_acos(a))
EACH(asin, 1, o[i] = num_asin(a))
EACH(atan, 1, o[i] = num_atan(a))
EACH(ceil, 1, o[i] = ceil(a))
EACH(cos, 1, o[i] = num_cos(a))
EACH(cosh, 1, o[i] = num_cosh(a))
EACH(exp, 1, o[i] = num_exp(a))
EACH(floor, 1, o[i] = floor(a))
EACH(ln, 1, o[i] = num_log(a))
EACH(log10, 1, o[i] = num_log10(a))
EACH(sin, 1, o[i] = num_sin(a))
EACH(sinh, 1, o[i] = num_sinh(a))
EACH(sqrt, 1, o[i] = sqrt(a))
EACH(tan, 1, o[i] = num_tan(a))
EACH(tanh, 1, o[i] = num_tanh(a))

EACH(mid, 2, o[i] = (a + b) / 2.0)
EACH(typ, 3, o[i] = (a + b + c) / 3.0)
EACH(avg, 4, o[i] = (b + c + d + a) / 4)       /* of open, high, low, close */
EACH(wcl, 3, o[i] = (a + b + (c * 2.0)) / 4.0) /* of high, low, close */
EACH(bop, 4, o[i] = b - c < TA_EPS ? 0.0 : (d - a) / (b - c))
EACH(over, 1, o[i] = a / N) /* a rolling sum to its mean */
EACH(scale, 1, o[i] = a * K(0))

EACH(dema, 2, o[i] = 2.0 * a - b)
EACH(tema, 3, o[i] = c + (3.0 * a - 3.0 * b))
EACH(t3, 4, o[i] = K(0) * d + K(1) * c + K(2) * b + K(3) * a)
EACH(ppo, 2, o[i] = ta_zero(b) ? 0.0 : ((a - b) / b) * 100.0)

EACH(upper, 2, o[i] = a + b * K(0))
EACH(lower, 2, o[i] = a - b * K(0))

/* of the sums of x, y, x^2, y^2, x y */
EACH(correl, 5, double v = (c - a * a / N) * (d - b * b / N);
     o[i] = v < TA_EPS ? 0.0 : (e - a * b / N) / sqrt(v))
/* of the sums of x, y, x^2, x y */
EACH(beta, 4, double v = N * c - a * a; o[i] = ta_zero(v) ? 0.0 : (N * d - a * b) / v)

/* of slope and intercept: the line at K(0), and its angle in degrees */
EACH(at, 2, o[i] = b + a * K(0))
EACH(angle, 1, o[i] = num_atan(a) * (180.0 / 3.14159265358979323846))

#undef a
#undef b
#undef c
#undef d
#undef e

/* of high and low: the two raw bands of Headley's acceleration bands */
static void
accbands_run(const struct ta_job *j, size_t k, size_t n)
{
	for (; k > 0; k--, j++)
		for (size_t i = 0; i < n; i++) {
			double h = j->in[0][i], l = j->in[1][i], s = h + l;
			double f = ta_zero(s) ? 0.0 : 4 * (h - l) / s;

			j->out[0][i] = h * (1 + f);
			j->out[1][i] = l * (1 - f);
		}
}

const struct ta_op ta_op_accbands = {
	.name = "accbands", .nin = 2, .nout = 2, .run = accbands_run
};
