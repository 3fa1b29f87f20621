#include "perf/account.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
perf_account_free(struct perf_account *a)
{
	free(a->days);
	*a = (struct perf_account){ 0 };
}

/* When the path is full, every two points become one and a point holds twice the records. */
static void
path_push(struct perf_path *p, int64_t ts, int64_t equity, double drawdown)
{
	if (p->n > 0 && p->filled < p->every) {
		struct perf_path_point *q = &p->at[p->n - 1];

		q->ts = ts;
		q->equity = equity;
		if (drawdown < q->drawdown)
			q->drawdown = drawdown;
		p->filled++;
		return;
	}
	if (p->n == PERF_PATH_MAX) {
		for (size_t i = 0; i < PERF_PATH_MAX / 2; i++) {
			double a = p->at[2 * i].drawdown, b = p->at[2 * i + 1].drawdown;

			p->at[i] = p->at[2 * i + 1];
			p->at[i].drawdown = a < b ? a : b;
		}
		p->n = PERF_PATH_MAX / 2;
		p->every *= 2;
	}
	p->at[p->n++] = (struct perf_path_point){ ts, equity, drawdown };
	p->filled = 1;
}

static void
new_day(struct perf_account *a, int64_t ts)
{
	int32_t day = perf_day_of(ts);

	a->day_from = day * TIM_DAY;
	a->day_to = a->day_from + TIM_DAY;
	/* a stream that goes back in time (live, over a restart) must not go back in the days */
	if (a->ndays > 0 && day <= a->days[a->ndays - 1].day)
		return;
	if (a->ndays == a->capdays) {
		a->capdays = a->capdays ? 2 * a->capdays : 64;
		a->days = mem_resize(a->days, a->capdays, sizeof *a->days);
	}
	a->days[a->ndays++] = (struct perf_day){ day, 0, 0 };
}

static void
start(struct perf_account *a, const struct rec *r, int64_t bench)
{
	struct perf_day *days = a->days;
	size_t cap = a->capdays;

	memset(a, 0, sizeof *a);
	a->days = days;
	a->capdays = cap;
	a->path.every = 1;
	a->first_ts = r->ts;
	a->first = a->peak = a->low = r->portfolio.equity;
	a->peak_ts = r->ts;
	a->fall_ts = a->valley_ts = a->recovery_ts = TIM_NONE;
	a->first_bench = bench;
	a->daily = true;
	a->assumed = rec_has(r, F_portfolio_assumed) && r->portfolio.assumed;
}

/* The drawdown at this record. */
static double
fall(struct perf_account *a, int64_t ts, int64_t eq)
{
	if (eq < a->low)
		a->low = eq;
	if (eq >= a->peak) {
		if (a->valley_ts != TIM_NONE && a->recovery_ts == TIM_NONE)
			a->recovery_ts = ts;
		a->peak = eq;
		a->peak_ts = ts;
		return 0;
	}
	if (num_sub(a->peak, eq) > a->worst_money)
		a->worst_money = num_sub(a->peak, eq);
	double dd = a->peak > 0 ? (double)num_sub(eq, a->peak) / (double)a->peak : -1;

	if (dd < -1)
		dd = -1;
	if (dd < a->worst) {
		a->worst = dd;
		a->fall_ts = a->peak_ts;
		a->valley_ts = ts;
		a->recovery_ts = TIM_NONE;
	}
	return dd;
}

static void
expose(struct perf_account *a, const struct rec *r)
{
	if (!rec_has(r, F_portfolio_gross))
		return;
	a->exposures++;
	if (r->portfolio.gross == 0)
		return;
	a->in_market++;
	if (r->portfolio.equity <= 0)
		return;
	double eq = (double)r->portfolio.equity, g = (double)r->portfolio.gross / eq;

	perf_sum_add(&a->gross, g);
	if (g > a->max_gross)
		a->max_gross = g;
	if (rec_has(r, F_portfolio_net))
		perf_sum_add(&a->net, (double)r->portfolio.net / eq);
}

void
perf_account_push(struct perf_account *a, const struct rec *r, int64_t bench)
{
	bool assumed = rec_has(r, F_portfolio_assumed) && r->portfolio.assumed;
	struct perf_day *today;

	/* an assumed account stands in only until the real one speaks */
	if (a->records > 0 && assumed && !a->assumed)
		return;
	if (a->records == 0 || assumed != a->assumed)
		start(a, r, bench);
	int64_t eq = r->portfolio.equity;

	if (a->records == 0 || r->ts > a->day_to || r->ts <= a->day_from)
		new_day(a, r->ts);
	a->records++;
	if (a->daily)
		a->daily = r->ts == tim_floor(r->ts, TIM_DAY);
	a->first_day_records += a->ndays == 1;
	today = &a->days[a->ndays - 1];
	today->equity = eq;
	today->bench = bench;
	a->last_ts = r->ts;
	a->last = eq;
	a->sum += eq;
	expose(a, r);
	a->has = r->has;
	a->commission = r->portfolio.commission;
	a->borrow_fee = r->portfolio.borrow_fee;
	a->dividends = r->portfolio.dividends;
	a->interest = r->portfolio.interest;
	path_push(&a->path, r->ts, eq, fall(a, r->ts, eq));
}

static double
bench_at(const struct perf_closes *c, const struct perf_day *d)
{
	if (c)
		return perf_closes_at(c, d->day);
	return d->bench > 0 ? num_of_nano(d->bench) : NAN;
}

void
perf_account_series(
    const struct perf_account *a, const struct perf_closes *closes, struct perf_series *s)
{
	size_t from = a->first_day_records == 1;
	double before = (double)a->first, bench;

	s->base_day = a->ndays > 0 ? a->days[0].day : PERF_NO_DAY;
	if (a->ndays == 0)
		return;
	if (closes) /* the close before the first return's day */
		bench = perf_closes_at(closes, a->days[0].day - (from == 0));
	else
		bench = a->first_bench > 0 ? num_of_nano(a->first_bench) : NAN;
	s->eq_start = before;
	s->eq = mem_array(a->ndays, sizeof *s->eq);
	for (size_t i = from; i < a->ndays; i++) {
		double eq = (double)a->days[i].equity, b = bench_at(closes, &a->days[i]);
		double r = before > 0 ? (eq - before) / before : 0; /* nothing after ruin */

		s->eq[i - from] = eq;
		perf_series_add(s, a->days[i].day, r, (b - bench) / bench);
		before = eq;
		bench = b;
	}
}

static void
put_day(struct perf_values *v, enum perf_metric m, int64_t ts)
{
	char t[TIM_LEN];

	v->v[m].set = false;
	if (ts == TIM_NONE)
		return;
	tim_put(t, (int64_t)perf_day_of(ts) * TIM_DAY);
	perf_put_text(v, m, "%.10s", t);
}

static void
put_fall(const struct perf_account *a, struct perf_values *v)
{
	double total = v->v[PM_total_return].f;

	perf_put(v, PM_max_drawdown, a->worst);
	perf_put_int(v, PM_max_drawdown_money, a->worst_money);
	put_day(v, PM_mdd_peak_date, a->fall_ts);
	put_day(v, PM_mdd_valley_date, a->valley_ts);
	put_day(v, PM_mdd_recovery_date, a->recovery_ts);
	v->v[PM_calmar].set = v->v[PM_recovery_factor_sum].set = false;
	perf_put(v, PM_recovery_factor_total, total / -a->worst);
	if (!v->v[PM_n].set)
		return;
	perf_put(v, PM_calmar, v->v[PM_cagr].f / -a->worst);
	perf_put(v, PM_recovery_factor_sum,
	    fabs(v->v[PM_mean_per_period].f * (double)v->v[PM_n].i / a->worst));
}

static void
put_money(struct perf_values *v, enum perf_metric m, bool has, int64_t micro)
{
	if (has)
		perf_put_int(v, m, micro);
}

/* After perf_stats: what every record tells replaces what the days tell. */
void
perf_account_values(
    const struct perf_account *a, const struct perf_params *p, struct perf_values *v)
{
	char t[TIM_LEN];

	if (a->records == 0)
		return;
	tim_put(t, a->first_ts);
	perf_put_text(v, PM_start_ts, "%.*s", TIM_LEN, t);
	tim_put(t, a->last_ts);
	perf_put_text(v, PM_end_ts, "%.*s", TIM_LEN, t);
	perf_put_int(v, PM_start_equity, a->first);
	perf_put_int(v, PM_final_equity, a->last);
	perf_put_int(v, PM_net_profit, num_sub(a->last, a->first));
	perf_put_int(v, PM_peak_equity, a->peak);
	perf_put_int(v, PM_lowest_equity, a->low);
	perf_put(v, PM_average_equity, (double)a->sum / (double)a->records / 1e6);
	if (a->first > 0) {
		double total = (double)num_sub(a->last, a->first) / (double)a->first;

		perf_put(v, PM_total_return, total);
		if (v->v[PM_n].set)
			perf_put(v, PM_cagr, perf_annual(total, p->periods, (size_t)v->v[PM_n].i));
	}
	put_fall(a, v);
	perf_put_int(v, PM_ruin, a->low <= 0);
	if (a->exposures > 0) {
		double n = (double)a->exposures;

		perf_put(v, PM_time_in_market, (double)a->in_market / n);
		perf_put(v, PM_avg_gross_exposure, perf_sum_of(&a->gross) / n);
		perf_put(v, PM_avg_net_exposure, perf_sum_of(&a->net) / n);
		perf_put(v, PM_max_gross_exposure, a->max_gross);
	}
	put_money(v, PM_commission, (a->has >> F_portfolio_commission) & 1, a->commission);
	put_money(v, PM_borrow_fee, (a->has >> F_portfolio_borrow_fee) & 1, a->borrow_fee);
	put_money(v, PM_dividends, (a->has >> F_portfolio_dividends) & 1, a->dividends);
	put_money(v, PM_interest, (a->has >> F_portfolio_interest) & 1, a->interest);
	perf_put_int(v, PM_portfolios, a->records);
}
