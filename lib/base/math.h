/* Functions of doubles from +, -, *, / and sqrt alone: the same bits on every machine. */
#ifndef TP_BASE_MATH_H
#define TP_BASE_MATH_H

/*
 * The normal quantile: z with P(N(0,1) <= z) = p, for 0 < p < 1 (else an infinity or NaN).
 * Relative error about 1e-15: algorithm AS 241, routine PPND16 (Wichura, Applied Statistics
 * 37, 1988, pages 477-484).
 */
double
num_normal_quantile(double p);

#endif
