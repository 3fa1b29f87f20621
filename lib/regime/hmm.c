#include "regime/hmm.h"

#include <math.h>
#include <string.h>

#include "base/num.h"
#include "regime/special.h"

#define FLOOR 1e-300

/* ---- checks ---- */

static int
check_row(double *row, int k, const char *what, int i, struct err *e)
{
	double sum = 0;

	for (int j = 0; j < k; j++) {
		if (!(row[j] >= 0 && row[j] <= 1))
			return err_set(
			    e, ERR_DATA, "%s: a probability of row %d is not in 0..1", what, i);
		sum += row[j];
	}
	if (!(sum > 1 - 1e-6 && sum < 1 + 1e-6))
		return err_set(e, ERR_DATA, "%s: row %d sums to %.9g, not to 1", what, i, sum);
	if (sum < 1 - 1e-12 || sum > 1 + 1e-12)
		for (int j = 0; j < k; j++)
			row[j] /= sum;
	return 0;
}

int
hmm_check(struct hmm *m, struct err *e)
{
	int rc = 0;

	if (m->k < 2 || m->k > REGIME_MAX)
		return err_set(e, ERR_DATA, "states must be 2 to %d", REGIME_MAX);
	for (int i = 0; i < m->k && rc == 0; i++) {
		if (!isfinite(m->mu[i]) || fabs(m->mu[i]) > 1e6)
			return err_set(e, ERR_DATA, "mu: value %d is out of range", i);
		if (!(m->sigma[i] >= 1e-12 && m->sigma[i] <= 1e6))
			return err_set(
			    e, ERR_DATA, "sigma: value %d must be above 0 (1e-12 to 1e6)", i);
		if (i > 0 && m->sigma[i] < m->sigma[i - 1])
			return err_set(
			    e, ERR_DATA, "sigma: states must be in order of rising sigma");
		if (m->dist == REGIME_T && !(m->nu[i] > 0.5 && m->nu[i] <= 1e6))
			return err_set(e, ERR_DATA, "nu: value %d must be above 0.5 (to 1e6)", i);
		rc = check_row(m->p[i], m->k, "transition", i, e);
	}
	return rc == 0 ? check_row(m->init, m->k, "initial", 0, e) : rc;
}

bool
hmm_stationary(const struct hmm *m, double pi[REGIME_MAX])
{
	double a[REGIME_MAX][REGIME_MAX], sum = 1;

	memcpy(a, m->p, sizeof a);
	for (int n = m->k - 1; n > 0; n--) {
		double out = 0;

		for (int j = 0; j < n; j++)
			out += a[n][j];
		if (!(out > 0))
			return false;
		for (int i = 0; i < n; i++) {
			a[i][n] /= out;
			for (int j = 0; j < n; j++)
				a[i][j] += a[i][n] * a[n][j];
		}
	}
	pi[0] = 1;
	for (int n = 1; n < m->k; n++) {
		pi[n] = 0;
		for (int i = 0; i < n; i++)
			pi[n] += pi[i] * a[i][n];
		sum += pi[n];
	}
	for (int n = 0; n < m->k; n++)
		pi[n] /= sum;
	return isfinite(sum);
}

int
hmm_plan(struct hmm_plan *pl, const struct hmm *m, struct err *e)
{
	memset(pl, 0, sizeof *pl);
	pl->m = *m;
	memcpy(pl->start, m->init, sizeof pl->start);
	if (m->stationary && !hmm_stationary(m, pl->start))
		return err_set(e, ERR_DATA,
		    "transition: some state is never left, so there is no stationary start");
	for (int i = 0; i < m->k; i++) {
		pl->inv[i] = 1 / m->sigma[i];
		pl->scale[i] = 1 / m->sigma[i];
		if (m->dist != REGIME_T)
			continue;
		double nu = m->nu[i];

		pl->power[i] = (nu + 1) / 2;
		pl->invnu[i] = 1 / nu;
		pl->scale[i] *= num_exp(regime_lgamma((nu + 1) / 2) - regime_lgamma(nu / 2)) /
				sqrt(nu * 3.14159265358979323846);
	}
	return 0;
}

/* ---- the filter ---- */

static inline void
predict(const struct hmm_plan *pl, const struct hmm_filter *f, int k, double *out)
{
	for (int j = 0; j < k; j++) {
		double s = 0;

		for (int i = 0; i < k; i++)
			s += f->p[i] * pl->m.p[i][j];
		out[j] = f->any ? s : pl->start[j];
	}
}

/* With k and the kind of density known to the compiler. */
static inline __attribute__((always_inline)) double
step(const struct hmm_plan *pl, struct hmm_filter *f, double x, int k, bool t)
{
	double q[REGIME_MAX], sum = 0;

	predict(pl, f, k, q);
	for (int j = 0; j < k; j++) {
		double z = (x - pl->m.mu[j]) * pl->inv[j];
		double d = t ? num_exp(-pl->power[j] * num_log(1 + z * z * pl->invnu[j]))
			     : num_exp(-0.5 * z * z);

		d *= pl->scale[j];
		q[j] *= d > FLOOR ? d : FLOOR;
		sum += q[j];
	}
	/* a start that is sure of one state may leave less than a double holds */
	if (!(sum > 0)) {
		predict(pl, f, k, q);
		sum = 0;
		for (int j = 0; j < k; j++)
			sum += q[j];
	}
	for (int j = 0; j < k; j++)
		f->p[j] = q[j] / sum;
	f->any = true;
	return sum;
}

double
hmm_step(const struct hmm_plan *pl, struct hmm_filter *f, double x)
{
	bool t = pl->m.dist == REGIME_T;

	switch (pl->m.k) {
	case 2: return t ? step(pl, f, x, 2, true) : step(pl, f, x, 2, false);
	case 3: return t ? step(pl, f, x, 3, true) : step(pl, f, x, 3, false);
	default: return t ? step(pl, f, x, 4, true) : step(pl, f, x, 4, false);
	}
}

void
hmm_miss(const struct hmm_plan *pl, struct hmm_filter *f)
{
	double q[REGIME_MAX];

	predict(pl, f, pl->m.k, q);
	memcpy(f->p, q, sizeof *q * (size_t)pl->m.k);
	f->any = true;
}

void
hmm_run(const struct hmm_plan *pl, struct hmm_filter *f, const double *x, long n, double *probs)
{
	int k = pl->m.k;

	for (long i = 0; i < n; i++) {
		hmm_step(pl, f, x[i]);
		if (probs)
			memcpy(probs + i * k, f->p, sizeof *probs * (size_t)k);
	}
}
