/* Where EM starts, and which climb wins. */
#include "regime/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/rng.h"

#define PER_STATE 20  /* returns, at least */
#define SHORT_ITER 60 /* of a start's first climb */
#define FINALISTS 3

struct start {
	struct hmm m;
	double goal;
	int index;
};

/* ---- standard units: mean 0, deviation 1, so that floors and starts mean the same ---- */

static int
standardise(const struct fit_data *d, double *x, double *mean, double *sd, struct err *e)
{
	double s = 0, v = 0;

	for (long i = 0; i < d->n; i++)
		s += d->x[i];
	*mean = s / (double)d->n;
	for (long i = 0; i < d->n; i++)
		v += (d->x[i] - *mean) * (d->x[i] - *mean);
	*sd = sqrt(v / (double)d->n);
	if (!(*sd > 1e-11) || !isfinite(*sd))
		return err_set(e, ERR_DATA, "the returns do not vary, so there is nothing to fit");
	for (long i = 0; i < d->n; i++)
		x[i] = (d->x[i] - *mean) / *sd;
	return 0;
}

/* ---- starts ---- */

struct ranked {
	double v;
	long i;
};

static int
by_value(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->v != y->v)
		return x->v < y->v ? -1 : 1;
	return x->i < y->i ? -1 : x->i > y->i;
}

/* Returns in order of the mean square around them, w on each side. Training may look both ways. */
static void
rank_local(const struct fit_data *d, long w, struct ranked *out)
{
	for (long s = 0; s < d->nseries; s++) {
		long from = d->first[s], to = s + 1 < d->nseries ? d->first[s + 1] : d->n;
		double sum = 0;
		long lo = from, hi = from;

		for (long t = from; t < to; t++) {
			for (; hi < to && hi <= t + w; hi++)
				sum += d->x[hi] * d->x[hi];
			for (; lo < t - w; lo++)
				sum -= d->x[lo] * d->x[lo];
			out[t] = (struct ranked){ sum / (double)(hi - lo), t };
		}
	}
	qsort(out, (size_t)d->n, sizeof *out, by_value);
}

/* Parameters of groups of returns: cut[j] is the share of returns in groups up to j. */
static void
start_from(const struct fit_data *d, const struct ranked *r, const double *cut, double stay,
    const struct fit_options *o, struct hmm *m)
{
	long from = 0;
	int k = o->states;

	memset(m, 0, sizeof *m);
	m->k = k;
	m->dist = o->dist;
	for (int j = 0; j < k; j++) {
		long to = j + 1 < k ? (long)(cut[j] * (double)d->n) : d->n;
		double s = 0, v = 0, n = (double)(to > from ? to - from : 1);

		for (long i = from; i < to; i++)
			s += d->x[r[i].i];
		m->mu[j] = s / n;
		for (long i = from; i < to; i++)
			v += (d->x[r[i].i] - m->mu[j]) * (d->x[r[i].i] - m->mu[j]);
		m->sigma[j] = sqrt(v / n) > 0.05 ? sqrt(v / n) : 0.05;
		m->nu[j] = o->nu > 0 ? o->nu : 8;
		m->init[j] = 1.0 / k;
		for (int i = 0; i < k; i++)
			m->p[j][i] = i == j ? stay : (1 - stay) / (k - 1);
		from = to > from ? to : from;
	}
}

static void
make_start(const struct fit_data *d, int index, struct rng *rng, const struct fit_options *o,
    struct ranked *r, struct hmm *m)
{
	double cut[REGIME_MAX], sum = 0, at = 0;
	long w = index == 0 ? 10 : 3 + (long)rng_below(rng, 28);
	double stay = index == 0 ? 0.97 : 1 - 0.003 - 0.1 * rng_uniform(rng);

	for (int j = 0; j < o->states; j++)
		sum += cut[j] = index == 0 ? 1 : 0.15 + rng_exponential(rng);
	for (int j = 0; j < o->states; j++)
		cut[j] = at += cut[j] / sum;
	rank_local(d, w, r);
	start_from(d, r, cut, stay, o, m);
}

/* ---- the result ---- */

static void
swap_states(struct hmm *m, int a, int b)
{
#define SWAP(x, y) \
	do { \
		double t_ = (x); \
		(x) = (y); \
		(y) = t_; \
	} while (0)
	SWAP(m->mu[a], m->mu[b]);
	SWAP(m->sigma[a], m->sigma[b]);
	SWAP(m->nu[a], m->nu[b]);
	SWAP(m->init[a], m->init[b]);
	for (int i = 0; i < m->k; i++)
		SWAP(m->p[i][a], m->p[i][b]);
	for (int i = 0; i < m->k; i++)
		SWAP(m->p[a][i], m->p[b][i]);
#undef SWAP
}

static void
order_states(struct hmm *m)
{
	for (int i = 1; i < m->k; i++)
		for (int j = i;
		     j > 0 && (m->sigma[j] < m->sigma[j - 1] ||
				  (m->sigma[j] == m->sigma[j - 1] && m->mu[j] > m->mu[j - 1]));
		     j--)
			swap_states(m, j, j - 1);
}

/* Back from standard units. */
static void
finish(struct fit_result *r, double mean, double sd, long n)
{
	struct hmm *m = &r->m;

	for (int j = 0; j < m->k; j++) {
		m->mu[j] = mean + m->mu[j] * sd;
		m->sigma[j] *= sd;
	}
	m->stationary = true;
	r->loglik -= (double)n * num_log(sd);
	order_states(m);
}

static int
by_goal(const void *a, const void *b)
{
	const struct start *x = a, *y = b;

	if (x->goal != y->goal)
		return x->goal > y->goal ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

int
fit_hmm(const struct fit_data *d, const struct fit_options *o, struct fit_result *r,
    void (*note)(void *arg, int start, double loglik, int iterations), void *arg, struct err *e)
{
	struct fit_data std = *d;
	double mean, sd, *x = NULL;
	struct ranked *ranks = NULL;
	struct start *starts = NULL;
	struct em *w = NULL;
	struct rng rng;
	int rc, it;
	bool conv;

	if (d->n < PER_STATE * (long)o->states)
		return err_set(e, ERR_DATA, "%ld returns are too few for %d states: %d at least",
		    d->n, o->states, PER_STATE * o->states);
	std.x = x = mem_array((size_t)d->n, sizeof *x);
	rc = standardise(d, x, &mean, &sd, e);
	if (rc < 0)
		goto done;
	ranks = mem_array((size_t)d->n, sizeof *ranks);
	starts = mem_array((size_t)o->restarts, sizeof *starts);
	w = em_new(&std, o->states);
	rng_seed(&rng, o->seed);
	for (int i = 0; i < o->restarts; i++) {
		starts[i].index = i;
		make_start(&std, i, &rng, o, ranks, &starts[i].m);
		starts[i].goal = em_climb(w, &starts[i].m, o, o->prior + o->guide,
		    o->restarts > 1 ? SHORT_ITER : o->max_iter, &it, &conv);
	}
	qsort(starts, (size_t)o->restarts, sizeof *starts, by_goal);
	for (int i = 0; i < o->restarts && i < FINALISTS; i++) {
		double ll = em_climb(w, &starts[i].m, o, o->prior, o->max_iter, &it, &conv);
		if (note)
			note(arg, starts[i].index, ll - (double)d->n * num_log(sd), it);
		if (i == 0 || ll > r->loglik)
			*r = (struct fit_result){ starts[i].m, ll, it, conv, starts[i].index };
	}
	finish(r, mean, sd, d->n);
done:
	em_free(w);
	free(starts);
	free(ranks);
	free(x);
	return rc;
}

/* ---- the baseline ---- */

/* Lloyd's algorithm on sorted values, from equal groups: in one dimension groups are intervals. */
static void
kmeans(const struct ranked *v, long n, int k, double *cut)
{
	long end[REGIME_MAX];

	for (int j = 0; j < k; j++)
		end[j] = n * (j + 1) / k;
	for (int iter = 0; iter < 200; iter++) {
		double mean[REGIME_MAX];
		bool moved = false;

		for (int j = 0; j < k; j++) {
			long from = j ? end[j - 1] : 0;
			double s = 0;

			for (long i = from; i < end[j]; i++)
				s += v[i].v;
			mean[j] = end[j] > from ? s / (double)(end[j] - from)
						: v[from < n ? from : n - 1].v;
		}
		for (int j = 0; j + 1 < k; j++) {
			long at = j ? end[j - 1] : 0;

			cut[j] = (mean[j] + mean[j + 1]) / 2;
			while (at < n && v[at].v <= cut[j])
				at++;
			moved |= at != end[j];
			end[j] = at;
		}
		if (!moved)
			break;
	}
}

int
fit_ewma(const struct fit_data *d, double lambda, int k, double *cut, struct err *e)
{
	struct ranked *v;
	long n = 0;

	if (d->n < PER_STATE * (long)k)
		return err_set(e, ERR_DATA, "%ld returns are too few for %d groups", d->n, k);
	v = mem_array((size_t)d->n, sizeof *v);
	for (long s = 0; s < d->nseries; s++) {
		long from = d->first[s], to = s + 1 < d->nseries ? d->first[s + 1] : d->n;
		double var = 0;

		for (long t = from; t < to; t++) {
			double q = d->x[t] * d->x[t];

			var = t == from ? q : lambda * var + (1 - lambda) * q;
			if (var > 0)
				v[n++] = (struct ranked){ 0.5 * num_log(var), t };
		}
	}
	if (n < PER_STATE * (long)k) {
		free(v);
		return err_set(e, ERR_DATA, "the returns do not vary, so there is nothing to fit");
	}
	qsort(v, (size_t)n, sizeof *v, by_value);
	kmeans(v, n, k, cut);
	for (int j = 0; j + 1 < k; j++)
		cut[j] = num_exp(cut[j]);
	free(v);
	return 0;
}
