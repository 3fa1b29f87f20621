/* The higher moments, the extremes and the order of a window. */
#include "feat/roll.h"

#include <string.h>

/* ---- moments to the fourth (Pebay 2008, equations 2.1 and 3.1) ---- */

static struct roll_mom_part
mom_join(struct roll_mom_part a, double na, struct roll_mom_part b, double nb)
{
	double n = na + nb, delta = b.mean - a.mean, dn = delta / n, dn2 = dn * dn;
	double cross = delta * dn * na * nb;

	return (struct roll_mom_part){
		a.mean + dn * nb,
		a.m2 + b.m2 + cross,
		a.m3 + b.m3 + cross * dn * (na - nb) + 3 * dn * (na * b.m2 - nb * a.m2),
		a.m4 + b.m4 + cross * dn2 * (na * na - na * nb + nb * nb) +
		    6 * dn2 * (na * na * b.m2 + nb * nb * a.m2) + 4 * dn * (na * b.m3 - nb * a.m3),
	};
}

void
roll_mom_init(struct roll_mom *r, size_t d, struct roll_mem *m)
{
	*r = (struct roll_mom){ .at.d = (uint32_t)d };
	r->x = roll_take(m, d, sizeof *r->x);
	r->suf = roll_take(m, d, sizeof *r->suf);
}

static void
mom_turn(struct roll_mom *r)
{
	uint32_t d = r->at.d;
	struct roll_mom_part s = { 0 };

	r->base = r->x[d - 1];
	r->suf[d - 1] = s;
	for (uint32_t j = d - 1; j-- > 0;) {
		struct roll_mom_part one = { .mean = r->x[j] - r->base };

		r->suf[j] = s = mom_join(s, d - 1 - j, one, 1);
	}
	r->at.tail = true;
}

bool
roll_mom_push(struct roll_mom *r, double x)
{
	struct roll_pos *at = &r->at;

	if (roll_bad(x)) {
		at->k = 0;
		at->tail = false;
		return false;
	}
	if (at->k == at->d)
		at->k = 0;
	bool tail = at->tail;
	uint32_t j = at->k++, d = at->d, k = at->k;
	if (!tail && j == 0)
		r->base = x;
	struct roll_mom_part now = { .mean = x - r->base };
	r->x[j] = x;
	r->w = r->head = j ? mom_join(r->head, j, now, 1) : now;
	if (k == d) {
		mom_turn(r);
		r->w = r->suf[0];
	} else if (tail) {
		r->w = mom_join(r->suf[k], d - k, r->w, k);
	}
	r->w.mean += r->base;
	return tail || k == d;
}

double
roll_skew(const struct roll_mom *r)
{
	double n = r->at.d, m2 = r->w.m2;

	if (n < 3 || roll_flat(r->w.mean, m2, r->at.d))
		return NAN;
	/* G1 = sqrt(n (n-1)) / (n-2) g1, g1 = sqrt(n) m3 / m2^1.5 */
	return n * sqrt(n - 1) / (n - 2) * (r->w.m3 / (m2 * sqrt(m2)));
}

double
roll_kurt(const struct roll_mom *r)
{
	double n = r->at.d, m2 = r->w.m2;

	if (n < 4 || roll_flat(r->w.mean, m2, r->at.d))
		return NAN;
	return (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (n * (r->w.m4 / (m2 * m2)) - 3) + 6);
}

/* ---- extremes ---- */

void
roll_ext_init(struct roll_ext *r, size_t d, double sign, struct roll_mem *m)
{
	*r = (struct roll_ext){ .d = (uint32_t)d, .sign = sign };
	r->q = roll_take(m, d, sizeof *r->q);
}

static uint32_t
slot(const struct roll_ext *r, uint32_t i)
{
	uint32_t j = r->from + i;

	return j >= r->d ? j - r->d : j;
}

bool
roll_ext_push(struct roll_ext *r, double x)
{
	double v = r->sign * x;

	if (roll_bad(x)) {
		r->len = 0;
		r->t = 0;
		return false;
	}
	if (r->len && r->q[r->from].i + r->d <= r->t) {
		r->from = slot(r, 1);
		r->len--;
	}
	while (r->len && r->q[slot(r, r->len - 1)].v < v)
		r->len--;
	r->q[slot(r, r->len++)] = (struct roll_ext_item){ v, r->t++ };
	r->best = r->sign * r->q[r->from].v;
	r->pos = r->d - (uint32_t)(r->t - 1 - r->q[r->from].i);
	return r->t >= r->d;
}

/* ---- order ---- */

void
roll_order_init(struct roll_order *r, size_t d, struct roll_mem *m)
{
	*r = (struct roll_order){ .d = (uint32_t)d };
	r->x = roll_take(m, d, sizeof *r->x);
	r->s = roll_take(m, d, sizeof *r->s);
}

/* How many of the n ordered values at s are below x (or, with `equal`, not above it). */
static uint32_t
below(const double *s, uint32_t n, double x, bool equal)
{
	const double *p = s;

	while (n > 0) {
		uint32_t half = n / 2;
		bool right = equal ? p[half] <= x : p[half] < x;

		p = right ? p + half + 1 : p;
		n = right ? n - half - 1 : half;
	}
	return (uint32_t)(p - s);
}

bool
roll_order_push(struct roll_order *r, double x)
{
	double *s = r->s;

	if (roll_bad(x)) {
		r->n = r->k = 0;
		return false;
	}
	uint32_t to = below(s, r->n, x, false);
	if (r->n < r->d) {
		memmove(s + to + 1, s + to, (r->n - to) * sizeof *s);
		r->n++;
	} else {
		uint32_t from = below(s, r->n, r->x[r->k], false);

		if (from < to) {
			to--; /* the old one is below: without it there is one less */
			memmove(s + from, s + from + 1, (to - from) * sizeof *s);
		} else {
			memmove(s + to + 1, s + to, (from - to) * sizeof *s);
		}
	}
	s[to] = x;
	r->less = to;
	r->x[r->k] = x;
	r->k = r->k + 1 == r->d ? 0 : r->k + 1;
	return r->n == r->d;
}

double
roll_quantile(const struct roll_order *r, double q)
{
	double at = q * (double)(r->n - 1);
	uint32_t i = (uint32_t)at;

	if (i + 1 >= r->n)
		return r->s[r->n - 1];
	return r->s[i] + (at - (double)i) * (r->s[i + 1] - r->s[i]);
}

double
roll_rank(const struct roll_order *r)
{
	uint32_t up = r->less + 1;

	if (up < r->n && r->s[up] == r->s[r->less])
		up += below(r->s + up, r->n - up, r->s[r->less], true);
	return ((double)r->less + 0.5 * (double)(up - r->less + 1)) / (double)r->n;
}
