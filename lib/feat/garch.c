#include "feat/garch.h"

#include "base/num.h"

#define MOST_PERSISTENT 0.9995

double
garch_long_run(const struct garch_par *p)
{
	return p->omega / (1 - p->alpha - p->beta);
}

double
garch_ahead(const struct garch_par *p, double h, unsigned k)
{
	double v = garch_long_run(p), persist = p->alpha + p->beta, f = 1;

	while (k-- > 1)
		f *= persist;
	return v + f * (h - v);
}

/*
 * One logarithm for eight variances: in units of h0 their product cannot leave the doubles
 * unless a return is 1e19 deviations long.
 */
double
garch_loglik(const struct garch_par *p, const double *r, size_t n, double h0, double *h_next)
{
	double h = h0, scale = 1 / h0, product = 1, logs = 0, squares = 0;

	for (size_t i = 0; i < n; i++) {
		double rr = r[i] * r[i];

		product *= h * scale;
		squares += rr / h;
		h = p->omega + p->alpha * rr + p->beta * h;
		if ((i & 7) == 7) {
			logs += num_log(product);
			product = 1;
		}
	}
	logs += num_log(product) + (double)n * num_log(h0);
	if (h_next)
		*h_next = h;
	return -0.5 * (logs + squares);
}

/* ---- estimation ---- */

struct search {
	const double *r;
	size_t n;
	double s2;
	int evals;
};

struct vertex {
	double x[2]; /* any real numbers */
	double f;    /* minus the log-likelihood */
};

static double
squash(double x)
{
	return 1 / (1 + num_exp(x < -40 ? 40 : x > 40 ? -40 : -x));
}

static struct garch_par
par_of(const double *x, double s2)
{
	double persist = MOST_PERSISTENT * squash(x[0]), alpha = persist * squash(x[1]);

	return (struct garch_par){ (1 - persist) * s2, alpha, persist - alpha };
}

static struct vertex
look(struct search *s, double x0, double x1)
{
	struct vertex v = { { x0, x1 }, 0 };
	struct garch_par p = par_of(v.x, s->s2);

	s->evals++;
	v.f = -garch_loglik(&p, s->r, s->n, s->s2, NULL);
	if (roll_bad(v.f))
		v.f = INFINITY;
	return v;
}

static void
order(struct vertex *v)
{
	for (int i = 1; i < 3; i++)
		for (int j = i; j > 0 && v[j].f < v[j - 1].f; j--) {
			struct vertex t = v[j];

			v[j] = v[j - 1];
			v[j - 1] = t;
		}
}

/* The worst vertex moved through the middle of the others to t times its distance. */
static struct vertex
through(struct search *s, const struct vertex *v, double t)
{
	double m0 = 0.5 * (v[0].x[0] + v[1].x[0]), m1 = 0.5 * (v[0].x[1] + v[1].x[1]);

	return look(s, m0 + t * (m0 - v[2].x[0]), m1 + t * (m1 - v[2].x[1]));
}

static void
step(struct search *s, struct vertex *v)
{
	struct vertex mirror = through(s, v, 1), other;

	if (mirror.f < v[0].f) {
		other = through(s, v, 2);
		v[2] = other.f < mirror.f ? other : mirror;
		return;
	}
	if (mirror.f < v[1].f) {
		v[2] = mirror;
		return;
	}
	other = through(s, v, mirror.f < v[2].f ? 0.5 : -0.5);
	if (other.f < v[2].f && other.f <= mirror.f) {
		v[2] = other;
		return;
	}
	for (int i = 1; i < 3; i++)
		v[i] = look(s, 0.5 * (v[0].x[0] + v[i].x[0]), 0.5 * (v[0].x[1] + v[i].x[1]));
}

static bool
settled(const struct vertex *v)
{
	double far = 0;

	for (int i = 1; i < 3; i++)
		for (int j = 0; j < 2; j++)
			far = fmax(far, fabs(v[i].x[j] - v[0].x[j]));
	return v[2].f - v[0].f < 1e-7 && far < 1e-3;
}

bool
garch_fit(struct garch_par *p, const double *r, size_t n)
{
	struct search s = { r, n, 0, 0 };

	for (size_t i = 0; i < n; i++)
		s.s2 += r[i] * r[i];
	s.s2 /= (double)n;
	if (n < 20 || !(s.s2 > 1e-280) || roll_bad(s.s2))
		return false;
	/* persistence 0.95, alpha 0.1 of it; then one step along each */
	struct vertex v[3] = { look(&s, 2.94, -2.2), look(&s, 4.2, -2.2), look(&s, 2.94, -1.2) };
	order(v);
	while (s.evals < GARCH_EVALS && !settled(v)) {
		step(&s, v);
		order(v);
	}
	if (roll_bad(v[0].f))
		return false;
	*p = par_of(v[0].x, s.s2);
	return true;
}

/* ---- in a stream ---- */

void
garch_given(struct garch *g, const struct garch_par *p)
{
	*g = (struct garch){ .par = *p, .h = garch_long_run(p) };
}

void
garch_fitted(struct garch *g, size_t fit, size_t every, struct roll_mem *m)
{
	*g = (struct garch){ .every = (uint32_t)every };
	roll_past_init(&g->past, fit, m);
	g->line = roll_take(m, fit, sizeof *g->line);
}

static void
estimate(struct garch *g)
{
	uint32_t n = g->past.d;
	double s2 = 0;

	for (uint32_t i = 0; i < n; i++) {
		g->line[i] = roll_ago(&g->past, n - 1 - i);
		s2 += g->line[i] * g->line[i];
	}
	if (!garch_fit(&g->par, g->line, n))
		return;
	garch_loglik(&g->par, g->line, n, s2 / n, &g->h);
	g->ready = true;
}

bool
garch_push(struct garch *g, double r)
{
	if (roll_bad(r))
		return g->ready;
	if (g->ready || !g->past.d)
		g->h = g->par.omega + g->par.alpha * (r * r) + g->par.beta * g->h;
	if (!g->past.d)
		return g->ready = true;
	roll_past_push(&g->past, r);
	if (g->past.n == g->past.d || (g->past.n > g->past.d && ++g->waited == g->every)) {
		g->waited = 0;
		estimate(g);
	}
	return g->ready;
}
