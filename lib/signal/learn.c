#include "signal/learn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

#define CERTAIN 0.96 /* nobody is believed to know more: P(up) stays within 2 and 98 percent */
#define RUIN 0.01    /* a wealth factor below this counts as this */

static double
clamp(double v, double lo, double hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

static double
up_chance(double x, double c)
{
	return 0.5 + 0.5 * clamp(x * c, -CERTAIN, CERTAIN);
}

static double
sigmoid(double v)
{
	v = clamp(v, -40, 40);
	return v >= 0 ? 1 / (1 + num_exp(-v)) : 1 - 1 / (1 + num_exp(v));
}

void
learner_init(struct learner *l, int64_t method, const struct mix_learn *how)
{
	memset(l, 0, sizeof *l);
	l->method = method;
	l->how = *how;
}

void
learner_free(struct learner *l)
{
	free(l->born);
	free(l->cum);
	free(l->score);
	free(l->prior);
	free(l->w);
	free(l->cov);
	free(l->loss);
	free(l->grad);
	free(l->p);
}

static void
grow_array(double **a, size_t old, size_t cap)
{
	*a = mem_resize(*a, cap, sizeof **a);
	memset(*a + old, 0, (cap - old) * sizeof **a);
}

static void
grow_cov(struct learner *l, size_t n)
{
	double *cov = mem_array(n * n, sizeof *cov);

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			cov[i * n + j] = i < l->n && j < l->n ? l->cov[i * l->n + j]
					 : i == j             ? 1 / l->how.ridge
							      : 0;
	free(l->cov);
	l->cov = cov;
}

static double
learner_eta(const struct learner *l)
{
	if (l->method == MIX_BAYES)
		return 1;
	if (l->how.eta > 0)
		return l->how.eta;
	double n = l->nborn > 1 ? (double)l->nborn : 2;
	double eta = sqrt(8 * num_log(n) / (double)(l->rounds + 1));

	/* wealth factors differ by twice the scale, losses by 1 */
	return l->method == MIX_EG ? eta / (2 * l->how.scale) : eta;
}

/* The score that a new expert begins with: what gives it its prior's share of the weight. */
static double
fair_score(const struct learner *l)
{
	double eta = learner_eta(l), least = INFINITY, have = 0, had = 0;

	for (size_t i = 0; i < l->n; i++)
		if (l->born[i] && l->score[i] < least)
			least = l->score[i];
	for (size_t i = 0; i < l->n; i++) {
		if (!l->born[i])
			continue;
		have += l->prior[i] * num_exp(clamp(-eta * (l->score[i] - least), -700, 0));
		had += l->prior[i];
	}
	return have > 0 ? least - num_log(have / had) / eta : 0;
}

void
learner_grow(struct learner *l, size_t n, const double *prior)
{
	if (n <= l->n)
		return;
	if (n > l->cap) {
		size_t cap = l->cap ? l->cap : 8;

		while (cap < n)
			cap *= 2;
		l->born = mem_resize(l->born, cap, sizeof *l->born);
		memset(l->born + l->cap, 0, (cap - l->cap) * sizeof *l->born);
		grow_array(&l->cum, l->cap, cap);
		grow_array(&l->score, l->cap, cap);
		grow_array(&l->prior, l->cap, cap);
		grow_array(&l->w, l->cap, cap);
		grow_array(&l->loss, l->cap, cap);
		grow_array(&l->grad, l->cap, cap);
		grow_array(&l->p, l->cap, cap);
		l->cap = cap;
	}
	if (l->method == MIX_RIDGE)
		grow_cov(l, n);
	for (size_t i = l->n; i < n; i++)
		l->prior[i] = prior[i];
	l->n = n;
}

/* EG: the same for its weight. */
static double
fair_weight(const struct learner *l, size_t i)
{
	double have = 0, had = 0;

	for (size_t k = 0; k < l->n; k++)
		if (l->born[k]) {
			have += l->w[k];
			had += l->prior[k];
		}
	return had > 0 ? l->prior[i] * have / had : l->prior[i];
}

static void
birth(struct learner *l, const bool *awake)
{
	double score = fair_score(l);

	for (size_t i = 0; i < l->n; i++)
		if (awake[i] && !l->born[i] && l->method == MIX_EG)
			l->w[i] = fair_weight(l, i);
	for (size_t i = 0; i < l->n; i++) {
		if (!awake[i] || l->born[i])
			continue;
		l->cum[i] = l->mix;
		l->score[i] = score;
		l->born[i] = true;
		l->nborn++;
	}
}

void
learner_weights(const struct learner *l, const bool *awake, const double *factor, double *p)
{
	double eta = learner_eta(l), fair = fair_score(l), least = INFINITY, sum = 0;

	for (size_t i = 0; i < l->n; i++) {
		p[i] = l->born[i] ? l->score[i] : fair;
		if ((awake ? awake[i] : l->born[i]) && p[i] < least)
			least = p[i];
	}
	for (size_t i = 0; i < l->n; i++) {
		double score = p[i];

		p[i] = 0;
		if (!(awake ? awake[i] : l->born[i]))
			continue;
		if (l->method == MIX_EG)
			p[i] = l->born[i] ? l->w[i] : fair_weight(l, i);
		else
			p[i] = l->prior[i] * num_exp(clamp(-eta * (score - least), -700, 0));
		if (factor)
			p[i] *= factor[i];
		sum += p[i];
	}
	for (size_t i = 0; i < l->n; i++)
		p[i] = sum > 0 ? p[i] / sum : 0;
}

static double
dot(const struct learner *l, const double *z)
{
	double s = 0;

	for (size_t i = 0; i < l->n; i++)
		s += l->w[i] * z[i];
	return s;
}

double
learner_predict(const struct learner *l, const double *z)
{
	double s = dot(l, z);

	return l->method == MIX_LOGISTIC ? 2 * sigmoid(s) - 1 : clamp(s, -1, 1);
}

void
learner_begin(struct learner *l)
{
	for (size_t i = 0; i < l->n; i++)
		l->loss[i] = l->grad[i] = 0;
	l->mix_loss = 0;
	l->symbols = 0;
}

/* What an expert is charged for one symbol; for EG and BAYES before the logarithm. */
static double
charge(const struct learner *l, double x, double c, double r)
{
	switch (l->method) {
	case MIX_EG: return fmax(1 + x * r, RUIN);
	case MIX_BAYES: return r > 0 ? up_chance(x, c) : 1 - up_chance(x, c);
	default: return (1 - clamp(x * r / l->how.scale, -1, 1)) / 2;
	}
}

static void
symbol_experts(struct learner *l, const bool *awake, const double *x, const double *c, double r)
{
	double mix = 0;
	bool logs = l->method == MIX_EG || l->method == MIX_BAYES, any = false;

	if (l->method == MIX_BAYES && r == 0)
		return;
	birth(l, awake);
	learner_weights(l, awake, NULL, l->p);
	for (size_t i = 0; i < l->n; i++)
		if (awake[i] && l->p[i] > 0) {
			mix += l->p[i] * charge(l, x[i], c[i], r);
			any = true;
		}
	if (!any)
		return;
	for (size_t i = 0; i < l->n; i++) {
		if (!l->born[i])
			continue;
		double v = awake[i] ? charge(l, x[i], c[i], r) : mix;

		l->loss[i] += logs ? -num_log(v) : v;
		l->grad[i] += v / mix; /* eg */
	}
	l->mix_loss += logs ? -num_log(mix) : mix;
	l->symbols++;
}

/* P <- (P - P z z' P / (f + z' P z)) / f, w <- w + P z (y - w z) / (f + z' P z). */
static void
ridge_step(struct learner *l, const double *z, double y)
{
	double f = l->how.forget, q = f, off = y - dot(l, z), *g = l->grad;
	size_t n = l->n;

	for (size_t i = 0; i < n; i++) {
		g[i] = 0;
		for (size_t j = 0; j < n; j++)
			g[i] += l->cov[i * n + j] * z[j];
		q += z[i] * g[i];
	}
	for (size_t i = 0; i < n; i++)
		l->w[i] += g[i] * off / q;
	/* what is forgotten must not blow up what has not been seen for long */
	double top = 1e6 / l->how.ridge;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			l->cov[i * n + j] = (l->cov[i * n + j] - g[i] * g[j] / q) / f;
	for (size_t i = 0; f < 1 && i < n; i++)
		if (l->cov[i * n + i] > top)
			for (size_t j = 0; j < n; j++)
				l->cov[i * n + j] *= f, l->cov[j * n + i] *= f;
}

static void
symbol_stack(struct learner *l, const bool *awake, const double *x, const double *c, double r)
{
	bool any = false;

	for (size_t i = 0; i < l->n; i++) {
		l->p[i] = awake[i] ? x[i] * c[i] : 0;
		any |= l->p[i] < 0 || l->p[i] > 0;
	}
	if (!any)
		return;
	if (l->method == MIX_RIDGE) {
		ridge_step(l, l->p, clamp(r / l->how.scale, -1, 1));
	} else if (r < 0 || r > 0) {
		double off = sigmoid(dot(l, l->p)) - (r > 0);

		for (size_t i = 0; i < l->n; i++)
			l->grad[i] += off * l->p[i];
	} else {
		return;
	}
	l->symbols++;
}

void
learner_symbol(struct learner *l, const bool *awake, const double *x, const double *c, double r)
{
	if (l->method == MIX_LOGISTIC || l->method == MIX_RIDGE)
		symbol_stack(l, awake, x, c, r);
	else
		symbol_experts(l, awake, x, c, r);
}

static void
end_eg(struct learner *l)
{
	double eta = learner_eta(l), sum = 0, k = (double)l->symbols;
	double share = l->how.share;

	for (size_t i = 0; i < l->n; i++) {
		if (!l->born[i])
			continue;
		l->w[i] *= num_exp(clamp(eta * (l->grad[i] / k - 1), -50, 50));
		sum += l->w[i];
	}
	for (size_t i = 0; i < l->n; i++)
		if (l->born[i])
			l->w[i] = (1 - share) * l->w[i] / sum + share / (double)l->nborn;
}

/* Fixed share: a part of every weight goes round, so that no expert is ever out for good. The
 * scores are set so that they give the shared weights. */
static void
share_scores(struct learner *l)
{
	double eta = learner_eta(l);

	learner_weights(l, NULL, NULL, l->p);
	for (size_t i = 0; i < l->n; i++) {
		double p = (1 - l->how.share) * l->p[i] + l->how.share / (double)l->nborn;

		if (l->born[i] && l->prior[i] > 0 && p > 0)
			l->score[i] = -num_log(p / l->prior[i]) / eta;
	}
}

void
learner_end(struct learner *l)
{
	double k = (double)l->symbols;

	if (l->symbols == 0)
		return;
	if (l->method == MIX_RIDGE) {
		l->rounds++;
		return;
	}
	if (l->method == MIX_LOGISTIC) {
		for (size_t i = 0; i < l->n; i++)
			l->w[i] -= l->how.rate * (l->grad[i] / k + l->how.ridge * 1e-4 * l->w[i]);
		l->rounds++;
		return;
	}
	/* Independent outcomes multiply in BAYES; elsewhere a round is the mean over its symbols.
	 */
	if (l->method == MIX_BAYES)
		k = 1;
	for (size_t i = 0; i < l->n; i++) {
		l->cum[i] += l->loss[i] / k;
		l->score[i] = l->how.forget * l->score[i] + l->loss[i] / k;
	}
	l->mix += l->mix_loss / k;
	if (l->method == MIX_EG)
		end_eg(l);
	l->rounds++;
	if (l->method != MIX_EG && l->how.share > 0)
		share_scores(l);
}

double
learner_regret(const struct learner *l, size_t *best)
{
	*best = 0;
	if (l->nborn == 0 || l->method == MIX_LOGISTIC || l->method == MIX_RIDGE)
		return 0;
	while (!l->born[*best])
		++*best;
	for (size_t i = *best + 1; i < l->n; i++)
		if (l->born[i] && l->cum[i] < l->cum[*best])
			*best = i;
	return l->mix - l->cum[*best];
}

double
learner_bound(const struct learner *l)
{
	double n = num_log((double)(l->nborn > 1 ? l->nborn : 2)), t = (double)l->rounds;

	if (l->how.share > 0 || l->how.forget < 1)
		return NAN;
	if (l->method == MIX_BAYES)
		return n;
	if (l->method != MIX_HEDGE)
		return NAN;
	if (l->how.eta > 0)
		return n / l->how.eta + l->how.eta * t / 8;
	return 2 * sqrt(t / 2 * n) + sqrt(n / 8);
}
