#include "feat/vol.h"

#include "base/num.h"

#define LN2 0.693147180559945309417

double
vol_log_ratio(double a, double b)
{
	double q = a / b;

	return a > 0 && b > 0 && q > 0 && !roll_bad(q) ? num_log(q) : NAN;
}

void
vol_range_init(struct vol_range *v, size_t d, double lambda, struct roll_mem *m)
{
	*v = (struct vol_range){ .prev_close = NAN, .lambda = lambda };
	roll_var_init(&v->r, d, m);
	roll_var_init(&v->o, d, m);
	roll_var_init(&v->c, d, m);
	roll_sum_init(&v->parkinson, d, m);
	roll_sum_init(&v->gk, d, m);
	roll_sum_init(&v->rs, d, m);
}

/* The deviation of a variance; rounding may leave one a little below 0. */
static double
root(double variance)
{
	return variance >= 0 ? sqrt(variance) : NAN;
}

void
vol_range_push(struct vol_range *v, const struct feat_bar *b, struct vol_out *out)
{
	double u = vol_log_ratio(b->high, b->open), l = vol_log_ratio(b->low, b->open);
	double c = vol_log_ratio(b->close, b->open), o = vol_log_ratio(b->open, v->prev_close);
	double r = vol_log_ratio(b->close, v->prev_close), range = u - l, d = v->r.at.d;

	v->prev_close = b->close;
	*out = (struct vol_out){ r, NAN, NAN, NAN, NAN, NAN, NAN };
	bool full = roll_var_push(&v->r, r), opens = roll_var_push(&v->o, o);
	bool closes = roll_var_push(&v->c, c),
	     ranges = roll_sum_push(&v->rs, u * (u - c) + l * (l - c));
	if (full)
		out->close = roll_std(v->r.m2, v->r.at.d);
	if (roll_sum_push(&v->parkinson, range * range))
		out->parkinson = sqrt(v->parkinson.sum / (d * 4 * LN2));
	if (roll_sum_push(&v->gk, 0.5 * range * range - (2 * LN2 - 1) * c * c))
		out->gk = root(v->gk.sum / d);
	if (ranges)
		out->rs = root(v->rs.sum / d);
	if (ranges && opens && closes) {
		double k = 0.34 / (1.34 + (d + 1) / (d - 1));

		out->yz = root((v->o.m2 + k * v->c.m2) / (d - 1) + (1 - k) * v->rs.sum / d);
	}
	if (roll_bad(r))
		return;
	v->v = v->any ? v->lambda * v->v + (1 - v->lambda) * (r * r) : r * r;
	v->any = true;
	out->ewma = sqrt(v->v);
}
