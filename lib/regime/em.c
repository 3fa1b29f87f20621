/* One climb of EM: forward-backward in scaled arithmetic, then the maximising parameters. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "regime/fit.h"
#include "regime/special.h"

#define SIGMA_MIN \
	0.01        /* of the data's deviation: a state of equal returns has no end otherwise \
		     */
#define P_MIN 1e-12 /* a transition that reached 0 could never come back */
#define NU_MIN 2.1
#define NU_MAX 200.0
#define STRIDE_MAX 30.0
#define HALF_LOG_2PI 0.91893853320467274178
#define LOG_PI 1.14472988584940017414

struct em {
	struct fit_data d;
	int k;
	double *dens;  /* [n][k] density over the largest of its row */
	double *alpha; /* [n][k] filtered */
	double *gamma; /* [n][k] smoothed; on the way log(1 + z^2/nu) */
	double *tail;  /* [n][k] t: log(1 + z^2/nu) */
	double *norm;  /* [n] */
	double trans[REGIME_MAX][REGIME_MAX];
	double first[REGIME_MAX];
};

struct em *
em_new(const struct fit_data *d, int k)
{
	struct em *w = mem_alloc(sizeof *w);
	size_t n = (size_t)d->n, nk = n * (size_t)k;

	w->d = *d;
	w->k = k;
	w->dens = mem_array(nk, sizeof *w->dens);
	w->alpha = mem_array(nk, sizeof *w->alpha);
	w->gamma = mem_array(nk, sizeof *w->gamma);
	w->tail = mem_array(nk, sizeof *w->tail);
	w->norm = mem_array(n, sizeof *w->norm);
	return w;
}

void
em_free(struct em *w)
{
	if (!w)
		return;
	free(w->dens);
	free(w->alpha);
	free(w->gamma);
	free(w->tail);
	free(w->norm);
	free(w);
}

/* Densities of all returns, each row over its largest; returns the sum of the logs taken out. */
static double
densities(struct em *w, const struct hmm *m)
{
	double c[REGIME_MAX], inv[REGIME_MAX], taken = 0;
	int k = w->k;

	for (int j = 0; j < k; j++) {
		double nu = m->nu[j];

		inv[j] = 1 / m->sigma[j];
		c[j] = -num_log(m->sigma[j]) - HALF_LOG_2PI;
		if (m->dist == REGIME_T)
			c[j] += HALF_LOG_2PI + regime_lgamma((nu + 1) / 2) - regime_lgamma(nu / 2) -
				0.5 * (num_log(nu) + LOG_PI);
	}
	for (long t = 0; t < w->d.n; t++) {
		double *b = w->dens + t * k, most = -INFINITY;

		for (int j = 0; j < k; j++) {
			double z = (w->d.x[t] - m->mu[j]) * inv[j];

			if (m->dist == REGIME_T) {
				double l = num_log(1 + z * z / m->nu[j]);
				w->tail[t * k + j] = l;
				b[j] = c[j] - 0.5 * (m->nu[j] + 1) * l;
			} else {
				b[j] = c[j] - 0.5 * z * z;
			}
			most = b[j] > most ? b[j] : most;
		}
		for (int j = 0; j < k; j++)
			b[j] = num_exp(b[j] - most);
		taken += most;
	}
	return taken;
}

/* Filtered probabilities of one series; returns the sum of the logs of the norms. The norms are
 * multiplied up and logged together: each lies in (0, 1]. */
static double
forward(struct em *w, const struct hmm *m, long from, long to)
{
	double sum_log = 0, product = 1;
	int k = w->k;

	for (long t = from; t < to; t++) {
		double *a = w->alpha + t * k, *b = w->dens + t * k, sum = 0;

		for (int j = 0; j < k; j++) {
			double s = 0;

			if (t == from)
				s = m->init[j];
			else
				for (int i = 0; i < k; i++)
					s += a[i - k] * m->p[i][j];
			a[j] = s * b[j];
			sum += a[j];
		}
		if (!(sum > 1e-290))
			sum = 1e-290;
		for (int j = 0; j < k; j++)
			a[j] /= sum;
		w->norm[t] = sum;
		product *= sum;
		if (product < 1e-9) {
			sum_log += num_log(product);
			product = 1;
		}
	}
	return sum_log + num_log(product);
}

static void
backward(struct em *w, const struct hmm *m, long from, long to)
{
	double beta[REGIME_MAX] = { 1, 1, 1, 1 };
	int k = w->k;

	for (long t = to - 1; t >= from; t--) {
		const double *a = w->alpha + t * k;
		double *g = w->gamma + t * k, sum = 0;

		if (t + 1 < to) {
			double bb[REGIME_MAX];

			for (int j = 0; j < k; j++)
				bb[j] = w->dens[(t + 1) * k + j] * beta[j] / w->norm[t + 1];
			for (int i = 0; i < k; i++) {
				beta[i] = 0;
				for (int j = 0; j < k; j++) {
					double v = m->p[i][j] * bb[j];

					w->trans[i][j] += a[i] * v;
					beta[i] += v;
				}
			}
		}
		for (int j = 0; j < k; j++)
			sum += g[j] = a[j] * beta[j];
		for (int j = 0; j < k; j++)
			g[j] = sum > 0 ? g[j] / sum : a[j];
	}
	for (int j = 0; j < k; j++)
		w->first[j] += w->gamma[from * k + j];
}

static long
series_end(const struct fit_data *d, long s)
{
	return s + 1 < d->nseries ? d->first[s + 1] : d->n;
}

static double
expect(struct em *w, const struct hmm *m, bool smooth)
{
	double ll = densities(w, m);

	memset(w->trans, 0, sizeof w->trans);
	memset(w->first, 0, sizeof w->first);
	for (long s = 0; s < w->d.nseries; s++) {
		long from = w->d.first[s], to = series_end(&w->d, s);

		if (from == to)
			continue;
		ll += forward(w, m, from, to);
		if (smooth)
			backward(w, m, from, to);
	}
	return ll;
}

static void
maximise_chain(const struct em *w, struct hmm *m, double prior)
{
	int k = w->k;
	double all = 0;

	for (int i = 0; i < k; i++) {
		double sum = 0;

		for (int j = 0; j < k; j++)
			sum += m->p[i][j] = w->trans[i][j] + (i == j ? prior : 0) + P_MIN;
		for (int j = 0; j < k; j++)
			m->p[i][j] /= sum;
		all += w->first[i];
	}
	for (int i = 0; i < k; i++)
		m->init[i] = all > 0 ? w->first[i] / all : 1.0 / k;
}

/* mu and sigma of the states; the weights of a t density pull outliers in. */
static void
maximise_density(const struct em *w, struct hmm *m)
{
	double s0[REGIME_MAX] = { 0 }, u0[REGIME_MAX] = { 0 }, u1[REGIME_MAX] = { 0 },
	       u2[REGIME_MAX] = { 0 }, old[REGIME_MAX];
	int k = w->k;
	bool t_dist = m->dist == REGIME_T;

	memcpy(old, m->mu, sizeof old);
	for (long t = 0; t < w->d.n; t++)
		for (int j = 0; j < k; j++) {
			double g = w->gamma[t * k + j], d = w->d.x[t] - old[j], u = g;

			if (t_dist) {
				double z = d / m->sigma[j];
				u = g * (m->nu[j] + 1) / (m->nu[j] + z * z);
			}
			s0[j] += g;
			u0[j] += u;
			u1[j] += u * d;
			u2[j] += u * d * d;
		}
	for (int j = 0; j < k; j++) {
		if (!(u0[j] > 1e-6))
			continue; /* nobody is there; it stays where it is */
		double shift = u1[j] / u0[j], var = (u2[j] - u1[j] * shift) / s0[j];

		m->mu[j] = old[j] + shift;
		m->sigma[j] = var > SIGMA_MIN * SIGMA_MIN ? sqrt(var) : SIGMA_MIN;
	}
}

/* The degrees of freedom at which the expected complete log-likelihood is flat: Peel and
 * McLachlan's equation, its left side falling in nu. */
static double
maximise_nu(const struct em *w, const struct hmm *m)
{
	double nu0 = m->nu[0], sum = 0, lo = NU_MIN, hi = NU_MAX;
	double c = num_log((nu0 + 1) / nu0);
	long nk = w->d.n * w->k;

	for (long i = 0; i < nk; i++) {
		/* log u and u from the tail log(1 + z^2/nu), without another logarithm */
		double lu = c - w->tail[i];

		if (w->gamma[i] > 1e-12)
			sum += w->gamma[i] * (lu - num_exp(lu));
	}
	double a =
	    1 + sum / (double)w->d.n + regime_digamma((nu0 + 1) / 2) - num_log((nu0 + 1) / 2);
	for (int i = 0; i < 50; i++) {
		double mid = sqrt(lo * hi);

		if (a + num_log(mid / 2) - regime_digamma(mid / 2) > 0)
			lo = mid;
		else
			hi = mid;
	}
	return sqrt(lo * hi);
}

static double
log_prior(const struct hmm *m, double prior)
{
	double s = 0;

	for (int i = 0; prior > 0 && i < m->k; i++)
		s += prior * num_log(m->p[i][i]);
	return s;
}

/* One maximisation; stride is how far nu goes along the way the plain step shows (1: to its end).
 */
static void
maximise(
    const struct em *w, struct hmm *m, const struct fit_options *o, double prior, double stride)
{
	double nu = m->nu[0];

	if (m->dist == REGIME_T && o->nu == 0) {
		nu *= num_exp(stride * num_log(maximise_nu(w, m) / nu));
		nu = nu < NU_MIN ? NU_MIN : nu > NU_MAX ? NU_MAX : nu;
	}
	maximise_density(w, m);
	maximise_chain(w, m, prior);
	for (int j = 0; j < m->k; j++)
		m->nu[j] = nu;
}

/*
 * On data that are all but normal, nu crawls: thousands of iterations for the last .01. So its
 * steps are stretched, more with each iteration that gains; one that loses is taken back and
 * made again at its plain length, which cannot lose.
 */
double
em_climb(struct em *w, struct hmm *m, const struct fit_options *o, double prior, int max_iter,
    int *iterations, bool *converged)
{
	double last = -INFINITY, ll = 0, stride = 1;
	struct hmm before = *m;
	int i;

	*converged = false;
	for (i = 0; i < max_iter; i++) {
		ll = expect(w, m, true);
		double goal = ll + log_prior(m, prior);
		if (goal < last && stride > 1) {
			*m = before;
			stride = 1;
			last = -INFINITY;
			continue;
		}
		if (goal - last < o->tol) {
			*converged = true;
			break;
		}
		last = goal;
		before = *m;
		maximise(w, m, o, prior, stride);
		stride = stride * 1.5 < STRIDE_MAX ? stride * 1.5 : STRIDE_MAX;
	}
	*iterations = i;
	return *converged ? ll : expect(w, m, false);
}

double
fit_loglik(const struct fit_data *d, const struct hmm *m)
{
	struct em *w = em_new(d, m->k);
	double ll = expect(w, m, false);

	em_free(w);
	return ll;
}
