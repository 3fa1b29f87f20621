#include "feat/factor.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/num.h"

/* Less than this part of a sum of squares is what rounding leaves: the values do not move. */
#define STILL 1e-13

/* From central moments of total weight w; dof: what SSE is divided by. */
static bool
fit_of(double w, double dof, double mx, double my, const double c[3], double x, double y,
    struct feat_fit *fit)
{
	double sxx = c[0], sxy = c[1], syy = c[2];

	if (!(sxx > STILL * w * mx * mx) || !(sxx > 0))
		return false;
	fit->beta = sxy / sxx;
	fit->alpha = my - fit->beta * mx;
	fit->resid = y - fit->alpha - fit->beta * x;
	bool moves = syy > STILL * w * my * my && syy > 0;
	double sse = moves ? syy - fit->beta * sxy : 0;

	fit->r2 = moves ? fit->beta * sxy / syy : NAN;
	if (fit->r2 > 1) /* by rounding */
		fit->r2 = 1;
	fit->sd = sse > 0 ? sqrt(sse / dof) : 0;
	return isfinite(fit->beta) && isfinite(fit->resid);
}

void
feat_ols_init(struct feat_ols *o, uint32_t n)
{
	*o = (struct feat_ols){ .ring = mem_array(n, sizeof *o->ring), .n = n };
}

void
feat_ols_free(struct feat_ols *o)
{
	free(o->ring);
	*o = (struct feat_ols){ 0 };
}

static void
ols_add(struct feat_ols *o, struct feat_pair p, double sign)
{
	o->sx += sign * p.x;
	o->sy += sign * p.y;
	o->sxx += sign * (p.x * p.x);
	o->sxy += sign * (p.x * p.y);
	o->syy += sign * (p.y * p.y);
}

bool
feat_ols_push(struct feat_ols *o, double x, double y, struct feat_fit *fit)
{
	if (o->have == o->n)
		ols_add(o, o->ring[o->at], -1);
	else
		o->have++;
	o->ring[o->at] = (struct feat_pair){ x, y };
	ols_add(o, o->ring[o->at], 1);
	if (++o->at == o->n) {
		o->at = 0;
		o->sx = o->sy = o->sxx = o->sxy = o->syy = 0;
		for (uint32_t i = 0; i < o->n; i++)
			ols_add(o, o->ring[i], 1);
	}
	if (o->have < o->n)
		return false;
	double n = o->n, mx = o->sx / n, my = o->sy / n;
	const double c[3] = { o->sxx - o->sx * mx, o->sxy - o->sx * my, o->syy - o->sy * my };
	return fit_of(n, n - 2, mx, my, c, x, y, fit);
}

void
feat_ewls_init(struct feat_ewls *s, double halflife, uint64_t warm)
{
	*s = (struct feat_ewls){ .decay = num_exp(-num_log(2) / halflife), .warm = warm };
}

/* Weighted moments, updated around the running means (West, CACM 22, 1979, page 532). */
bool
feat_ewls_push(struct feat_ewls *s, double x, double y, struct feat_fit *fit)
{
	double dx = x - s->mx, dy = y - s->my;

	s->n++;
	s->w = s->decay * s->w + 1;
	s->mx += dx / s->w;
	s->my += dy / s->w;
	s->sxx = s->decay * s->sxx + dx * (x - s->mx);
	s->sxy = s->decay * s->sxy + dx * (y - s->my);
	s->syy = s->decay * s->syy + dy * (y - s->my);
	if (s->n < s->warm)
		return false;
	const double c[3] = { s->sxx, s->sxy, s->syy };
	return fit_of(s->w, s->w, s->mx, s->my, c, x, y, fit);
}

void
feat_kalman_init(struct feat_kalman *k, double sd_alpha, double sd_beta, double noise, double a0)
{
	*k = (struct feat_kalman){ .qa = sd_alpha * sd_alpha,
		.qb = sd_beta * sd_beta,
		.r = noise * noise,
		.b = 1,
		.paa = a0 * a0,
		.pbb = 1 };
}

void
feat_kalman_push(struct feat_kalman *k, double x, double y, struct feat_fit *fit)
{
	if (k->n++ > 0) {
		k->paa += k->qa;
		k->pbb += k->qb;
	}
	double ga = k->paa + k->pab * x, gb = k->pab + k->pbb * x; /* P h */
	double s = ga + gb * x + k->r, err = y - k->a - k->b * x;

	k->a += ga / s * err;
	k->b += gb / s * err;
	k->paa -= ga / s * ga;
	k->pab -= ga / s * gb;
	k->pbb -= gb / s * gb;
	*fit = (struct feat_fit){ k->b, k->a, err, NAN, sqrt(s) };
}

void
feat_lag_init(struct feat_lag *l, uint32_t lag)
{
	*l = (struct feat_lag){ .ring = mem_array(lag + 1, sizeof *l->ring), .n = lag + 1 };
}

void
feat_lag_free(struct feat_lag *l)
{
	free(l->ring);
	*l = (struct feat_lag){ 0 };
}

void
feat_lag_push(struct feat_lag *l, double x)
{
	l->ring[l->at] = x;
	l->at = l->at + 1 == l->n ? 0 : l->at + 1;
	l->have += l->have < l->n;
}

double
feat_lag_at(const struct feat_lag *l, uint32_t back)
{
	return back < l->have ? l->ring[(l->at + l->n - 1 - back) % l->n] : NAN;
}
