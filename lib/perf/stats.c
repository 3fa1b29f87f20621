#include "perf/stats.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

void
perf_series_add(struct perf_series *s, int32_t day, double r, double b)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 256;
		s->r = mem_resize(s->r, s->cap, sizeof *s->r);
		s->b = mem_resize(s->b, s->cap, sizeof *s->b);
		s->day = mem_resize(s->day, s->cap, sizeof *s->day);
	}
	s->r[s->n] = r;
	s->b[s->n] = b;
	s->day[s->n] = day;
	s->n++;
	s->bench_missing += isnan(b) != 0;
	s->has_bench |= !isnan(b);
}

void
perf_series_free(struct perf_series *s)
{
	free(s->r);
	free(s->b);
	free(s->day);
	free(s->eq);
	*s = (struct perf_series){ 0 };
}

double
perf_mean(const double *x, size_t n)
{
	struct perf_sum k = { 0, 0 };

	for (size_t i = 0; i < n; i++)
		perf_sum_add(&k, x[i]);
	return n ? perf_sum_of(&k) / (double)n : NAN;
}

/* Logarithms, not a running product: a total of 1e-6 keeps its digits. */
double
perf_compound(const double *r, size_t n)
{
	struct perf_sum k = { 0, 0 };

	for (size_t i = 0; i < n; i++) {
		if (r[i] <= -1)
			return -1;
		perf_sum_add(&k, log1p(r[i]));
	}
	return expm1(perf_sum_of(&k));
}

double
perf_annual(double total, double periods, size_t n)
{
	if (n == 0)
		return NAN;
	return total <= -1 ? -1 : expm1(log1p(total) * (periods / (double)n));
}

double
perf_rate(const struct perf_params *p)
{
	return expm1(log1p(p->rf) / p->periods);
}

void
perf_moments(const double *x, size_t n, struct perf_moments *m)
{
	struct perf_sum s2 = { 0, 0 }, s3 = { 0, 0 }, s4 = { 0, 0 };
	bool equal = true;

	*m = (struct perf_moments){ n, perf_mean(x, n), NAN, NAN, NAN };
	for (size_t i = 0; i < n; i++) {
		double d = x[i] - m->mean;

		equal = equal && x[i] == x[0];
		perf_sum_add(&s2, d * d);
		perf_sum_add(&s3, d * d * d);
		perf_sum_add(&s4, d * d * d * d);
	}
	if (n < 2)
		return;
	/* equal values have a mean that may be off by one bit, and so a tiny deviation */
	m->sd = equal ? 0 : sqrt(perf_sum_of(&s2) / (double)(n - 1));
	if (m->sd > 0) {
		double m2 = perf_sum_of(&s2) / (double)n;

		m->g1 = perf_sum_of(&s3) / (double)n / (m2 * sqrt(m2));
		m->g2 = perf_sum_of(&s4) / (double)n / (m2 * m2) - 3;
	}
}

static void
put_ratios(const struct perf_series *s, const struct perf_params *p, const struct perf_moments *m,
    struct perf_values *v)
{
	double rf = perf_rate(p), year = sqrt(p->periods), total = perf_compound(s->r, s->n);
	double cagr = perf_annual(total, p->periods, s->n);
	struct perf_sum down = { 0, 0 };

	for (size_t i = 0; i < s->n; i++) {
		double e = fmin(s->r[i] - rf, 0);

		perf_sum_add(&down, e * e);
	}
	double dd = sqrt(perf_sum_of(&down) / (double)s->n);

	perf_put(v, PM_total_return, total);
	perf_put(v, PM_cagr, cagr);
	perf_put(v, PM_mean_per_period, m->mean);
	perf_put(v, PM_ann_return_arith, m->mean * p->periods);
	perf_put(v, PM_stdev_per_period_ddof1, m->sd);
	perf_put(v, PM_volatility_ann, m->sd * year);
	if (m->sd > 0)
		perf_put(v, PM_sharpe, (m->mean - rf) / m->sd * year);
	if (m->sd > 0)
		perf_put(v, PM_kelly_continuous_mean_over_var, m->mean / (m->sd * m->sd));
	perf_put(v, PM_downside_dev_ann, dd * year);
	if (dd > 0 && s->n >= 2)
		perf_put(v, PM_sortino, (m->mean - rf) / dd * year);
}

struct runs {
	int64_t win, loss, longest_win, longest_loss; /* a zero ends both */
};

static void
runs_add(struct runs *k, double r)
{
	k->win = r > 0 ? k->win + 1 : 0;
	k->loss = r < 0 ? k->loss + 1 : 0;
	if (k->win > k->longest_win)
		k->longest_win = k->win;
	if (k->loss > k->longest_loss)
		k->longest_loss = k->loss;
}

/* Gains and losses of single periods. */
static void
put_periods(const struct perf_series *s, struct perf_values *v)
{
	struct perf_sum gain = { 0, 0 }, loss = { 0, 0 }, all = { 0, 0 };
	struct runs runs = { 0, 0, 0, 0 };
	double wins = 0, losses = 0, n = (double)s->n;

	for (size_t i = 0; i < s->n; i++) {
		double r = s->r[i];

		perf_sum_add(r > 0 ? &gain : &loss, r);
		perf_sum_add(&all, r);
		wins += r > 0;
		losses += r < 0;
		runs_add(&runs, r);
	}
	double g = perf_sum_of(&gain), l = -perf_sum_of(&loss), active = wins + losses;

	perf_put(v, PM_omega_0, g / l); /* 0/0 and x/0 are not finite: null */
	perf_put(v, PM_gain_to_pain, perf_sum_of(&all) / l);
	perf_put(v, PM_win_rate_nonzero, wins / active);
	perf_put(v, PM_win_rate_all, wins / n);
	perf_put(v, PM_avg_win, g / wins);
	perf_put(v, PM_avg_loss, -l / losses);
	perf_put(v, PM_expectancy, perf_sum_of(&all) / active);
	if (wins > 0 && losses > 0) {
		double payoff = (g / wins) / (l / losses), w = wins / active;

		perf_put(v, PM_payoff_ratio, payoff);
		perf_put(v, PM_kelly_binary, w - (1 - w) / payoff);
	}
	perf_put_int(v, PM_max_consecutive_wins, runs.longest_win);
	perf_put_int(v, PM_max_consecutive_losses, runs.longest_loss);
	perf_put(v, PM_exposure_nonzero, active / n);
	if (v->mode == PERF_RETURNS) {
		v->v[PM_win_rate] = v->v[PM_win_rate_nonzero];
		v->v[PM_profit_factor] = v->v[PM_omega_0];
	}
}

static void
put_ruin(const struct perf_series *s, struct perf_values *v)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->r[i] <= -1) {
			perf_put_int(v, PM_ruin, 1);
			perf_put_int(v, PM_ruin_row, (int64_t)i + 1);
			return;
		}
	perf_put_int(v, PM_ruin, 0);
}

void
perf_stats(const struct perf_series *s, const struct perf_params *p, struct perf_values *v)
{
	struct perf_moments m;

	perf_put(v, PM_periods_per_year, p->periods);
	perf_put(v, PM_rf_annual, p->rf);
	perf_put(v, PM_rf_per_period, perf_rate(p));
	perf_put_int(v, PM_missing, s->missing);
	if (s->n == 0)
		return;
	perf_put_int(v, PM_n, (int64_t)s->n);
	perf_moments(s->r, s->n, &m);
	put_ratios(s, p, &m, v);
	put_periods(s, v);
	put_ruin(s, v);
	perf_tails(s, p, &m, v);
	perf_drawdowns(s, p, v);
	if (s->has_bench)
		perf_versus(s, p, v);
}
