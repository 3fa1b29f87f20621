/* The path of equity: how deep it fell, how long, and what that makes of the return. */
#include "perf/stats.h"

#include <math.h>
#include <string.h>

#include "base/tim.h"

/* Rows: -1 is before row 0, ROW_NONE is "never". */
#define ROW_BEFORE (-1)
#define ROW_NONE (-2)

struct span {
	int64_t peak, end; /* rows */
	int64_t size;      /* in rows or days */
	bool open;
};

struct fall {
	double worst;
	int64_t peak, valley, recovery; /* rows of the worst */
	struct span rows, days;         /* the longest by either measure */
	struct perf_sum depth, depth2;
};

static int32_t
day_of(const struct perf_series *s, int64_t row)
{
	return row == ROW_BEFORE ? s->base_day : s->day[row];
}

/* from peak to end; a peak before the first row without a date counts from the first row */
static int64_t
days_between(const struct perf_series *s, int64_t peak, int64_t end)
{
	int32_t from = day_of(s, peak);

	return s->day[end] - (from == PERF_NO_DAY ? s->day[0] : from);
}

static void
span_take(struct span *k, int64_t peak, int64_t end, int64_t size, bool open)
{
	if (size > k->size)
		*k = (struct span){ peak, end, size, open };
}

static void
spans_take(struct fall *f, const struct perf_series *s, int64_t peak, int64_t end, bool open)
{
	span_take(&f->rows, peak, end, end - peak, open);
	span_take(&f->days, peak, end, days_between(s, peak, end), open);
}

static void
walk(const struct perf_series *s, struct fall *f)
{
	double eq = s->eq ? s->eq_start : 1, top = eq;
	int64_t peak = ROW_BEFORE;
	bool under = false;

	*f = (struct fall){ .peak = ROW_NONE, .valley = ROW_NONE, .recovery = ROW_NONE };
	for (size_t i = 0; i < s->n; i++) {
		int64_t row = (int64_t)i;

		eq = s->eq ? s->eq[i] : eq * (1 + fmax(s->r[i], -1));
		if (eq >= top) {
			if (under)
				spans_take(f, s, peak, row, false);
			if (f->valley != ROW_NONE && f->recovery == ROW_NONE)
				f->recovery = row;
			top = eq;
			peak = row;
			under = false;
			continue;
		}
		double dd = fmax((eq - top) / top, -1);

		under = true;
		perf_sum_add(&f->depth, dd);
		perf_sum_add(&f->depth2, dd * dd);
		if (dd < f->worst) {
			f->worst = dd;
			f->peak = peak;
			f->valley = row;
			f->recovery = ROW_NONE;
		}
	}
	if (under)
		spans_take(f, s, peak, (int64_t)s->n - 1, true);
}

/* A date as text; empty before the first row of a series that does not say when that was. */
static const char *
date_text(char b[16], int32_t day)
{
	char t[TIM_LEN];

	b[0] = '\0';
	if (day != PERF_NO_DAY) {
		tim_put(t, (int64_t)day * TIM_DAY);
		memcpy(b, t, 10);
		b[10] = '\0';
	}
	return b;
}

static void
put_date(struct perf_values *v, enum perf_metric m, const struct perf_series *s, int64_t row)
{
	char b[16];

	if (row != ROW_NONE && date_text(b, day_of(s, row))[0] != '\0')
		perf_put_text(v, m, "%s", b);
}

static void
put_span(
    struct perf_values *v, enum perf_metric m, const struct perf_series *s, const struct span *k)
{
	char a[16], b[16];

	if (k->size > 0)
		perf_put_text(v, m, "%s|%s|%s", date_text(a, day_of(s, k->peak)),
		    date_text(b, day_of(s, k->end)), k->open ? "open" : "recovered");
}

void
perf_drawdowns(const struct perf_series *s, const struct perf_params *p, struct perf_values *v)
{
	struct fall f;
	double n = (double)s->n, total = v->v[PM_total_return].f, cagr = v->v[PM_cagr].f;

	walk(s, &f);
	perf_put(v, PM_max_drawdown, f.worst);
	perf_put(v, PM_max_drawdown_daily, f.worst);
	perf_put(v, PM_avg_drawdown_all_periods, perf_sum_of(&f.depth) / n);
	perf_put_int(v, PM_longest_drawdown_periods, f.rows.size);
	if (s->day[0] != PERF_NO_DAY) {
		put_date(v, PM_mdd_peak_date, s, f.peak);
		put_date(v, PM_mdd_valley_date, s, f.valley);
		put_date(v, PM_mdd_recovery_date, s, f.recovery);
		put_span(v, PM_longest_drawdown_periods_span, s, &f.rows);
		put_span(v, PM_longest_drawdown_days_span, s, &f.days);
		perf_put_int(v, PM_longest_drawdown_days, f.days.size);
	}
	double ulcer_n = sqrt(perf_sum_of(&f.depth2) / n);
	double ulcer_n1 = sqrt(perf_sum_of(&f.depth2) / (n - 1));

	perf_put(v, PM_ulcer_index_textbook_n, ulcer_n);
	perf_put(v, PM_ulcer_index_qs_nm1, ulcer_n1); /* 0/0 for one row: null */
	perf_put(v, PM_ulcer_performance_index_total, (total - p->rf) / ulcer_n1);
	perf_put(v, PM_calmar, cagr / -f.worst);
	perf_put(v, PM_recovery_factor_sum, fabs(v->v[PM_mean_per_period].f * n / f.worst));
	perf_put(v, PM_recovery_factor_total, total / -f.worst);
}
