#include "perf/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define EQUITY_ROWS 9
#define FALL_ROWS 4

/* What the two curves show, from the account's path or from the returns. */
struct curves {
	double *equity, *fall;
	size_t n;
	char from[24], mid[24], to[24];
};

static void
instant_text(char b[24], const struct perf_account *a, int64_t ts)
{
	char t[TIM_LEN];
	bool one_day = !a->daily && a->last_ts - a->first_ts <= TIM_DAY;

	tim_put(t, a->daily ? (int64_t)perf_day_of(ts) * TIM_DAY : ts);
	snprintf(b, 24, "%.*s", one_day ? 5 : 10, one_day ? t + 11 : t);
}

static void
day_text(char b[24], int32_t day)
{
	char t[TIM_LEN];

	tim_put(t, (int64_t)day * TIM_DAY);
	snprintf(b, 24, "%.10s", t);
}

static void
curves_of_account(const struct perf_account *a, struct curves *c)
{
	const struct perf_path *p = &a->path;

	c->n = p->n;
	for (size_t i = 0; i < c->n; i++) {
		c->equity[i] = (double)p->at[i].equity / 1e6;
		c->fall[i] = p->at[i].drawdown;
	}
	if (c->n == 0)
		return;
	instant_text(c->from, a, a->first_ts);
	instant_text(c->mid, a, p->at[c->n / 2].ts);
	instant_text(c->to, a, a->last_ts);
}

static void
curves_of_series(const struct perf_series *s, struct curves *c)
{
	double eq = 1, top = 1;

	c->n = s->n;
	for (size_t i = 0; i < s->n; i++) {
		eq *= 1 + fmax(s->r[i], -1);
		top = fmax(top, eq);
		c->equity[i] = eq;
		c->fall[i] = eq / top - 1;
	}
	if (c->n == 0 || s->day[0] == PERF_NO_DAY)
		return;
	day_text(c->from, s->day[0]);
	day_text(c->mid, s->day[c->n / 2]);
	day_text(c->to, s->day[c->n - 1]);
}

/* As many decimals as the range asks for and the axis has room for. */
static void
equity_label(char b[32], double v, double span)
{
	char d[400];

	for (int decimals = span >= 100 ? 0 : span >= 1 ? 2 : 4; decimals >= 0; decimals--) {
		size_t n = (size_t)snprintf(d, sizeof d, "%.*f", decimals, v),
		       whole = strcspn(d, ".");

		if (n + (whole - 1 - (v < 0)) / 3 <= PERF_LABEL_MAX) {
			perf_trim_zeros(d);
			perf_put_commas(b, d);
			return;
		}
	}
	snprintf(b, 32, "%.5g", v);
}

static void
fall_label(char b[32], double v, double span)
{
	char d[48];

	(void)span;
	perf_text_percent(d, v);
	*strchr(d, ' ') = '\0';
	perf_trim_zeros(d);
	snprintf(b, 32, "%.*s %%", PERF_LABEL_MAX - 2, d);
}

static void
put_dates(const struct perf_table *t, const struct curves *c)
{
	int room = t->width - 13, side = (int)strlen(c->from);
	int mid = (int)strlen(c->mid), gap = (room - side * 2 - mid) / 2;

	if (side > 0 && gap > 0)
		buf_printf(t->out, "%13s%s%*s%s%*s\n", "", c->from, gap, "", c->mid,
		    room - side - gap - mid, c->to);
}

void
perf_table_curves(const struct perf_table *t)
{
	const struct perf_run *run = t->run;
	struct perf_look look = { t->width, t->utf8 };
	struct curves c = { 0 };
	size_t most = run->series.n > PERF_PATH_MAX ? run->series.n : PERF_PATH_MAX;

	c.equity = mem_array(most, sizeof *c.equity);
	c.fall = mem_array(most, sizeof *c.fall);
	if (run->mode == PERF_PIPELINE)
		curves_of_account(&run->account, &c);
	else
		curves_of_series(&run->series, &c);
	if (c.n > 1) {
		struct perf_curve equity = { c.equity, c.n, false, equity_label };
		struct perf_curve fall = { c.fall, c.n, true, fall_label };

		perf_table_title(t, run->mode == PERF_PIPELINE ? "EQUITY" : "GROWTH OF 1", NULL);
		perf_plot(&equity, &look, EQUITY_ROWS, t->out);
		perf_table_title(t, "DRAWDOWN", NULL);
		perf_plot(&fall, &look, FALL_ROWS, t->out);
		put_dates(t, &c);
	}
	free(c.equity);
	free(c.fall);
}

void
perf_table_rules(const struct perf_table *t)
{
	const struct perf_orders *o = &t->run->orders;

	for (size_t i = 0; i < o->nrules; i++)
		buf_printf(t->out, "%s%s %lld%s",
		    i ? ", " : "  Refused or warned by rule: ", o->rules[i].name,
		    (long long)o->rules[i].count, i + 1 == o->nrules ? "\n" : "");
}

#define YEAR_WIDTH 9

/* One decimal, always; no "-0.0". */
static int
month_text(char b[32], double r)
{
	double x = fabs(r) < 0.0005 ? 0 : r * 100;

	return snprintf(b, 32, "%.1f", x);
}

/* Columns of one width; those with a number that would touch its neighbour (-12.0) get one more
 * while the table has room. */
static void
month_widths(const struct perf_table *t, const struct perf_month *m, size_t n, int width[13])
{
	int cell = (t->width - 4 - YEAR_WIDTH) / 12, spare = t->width - 4 - YEAR_WIDTH - 12 * cell;
	char b[32];

	for (int k = 1; k <= 12; k++)
		width[k] = cell;
	for (size_t i = 0; i < n; i++) {
		int more = month_text(b, m[i].r) + 1 - width[m[i].month];

		if (more > 0 && more <= spare) {
			width[m[i].month] += more;
			spare -= more;
		}
	}
}

/* The months of one year; how many there were. */
static size_t
put_year(const struct perf_table *t, const struct perf_month *m, size_t n, const int width[13])
{
	double all = 1;
	size_t i = 0;
	char b[48], d[32];

	buf_printf(t->out, "%04d", m->year);
	for (int k = 1; k <= 12; k++) {
		if (i < n && m[i].year == m->year && m[i].month == k) {
			month_text(b, m[i].r);
			buf_printf(t->out, "%*s", width[k], b);
			all *= 1 + m[i++].r;
		} else {
			buf_printf(t->out, "%*s%s", width[k] - 1, "", t->utf8 ? "·" : ".");
		}
	}
	snprintf(d, sizeof d, "%.2f", fabs(all - 1) < 5e-5 ? 0 : (all - 1) * 100);
	perf_put_commas(b, d);
	buf_printf(t->out, "%*s\n", YEAR_WIDTH, b);
	return i;
}

void
perf_table_months(const struct perf_table *t)
{
	static const char *const names[13] = { "", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
		"Aug", "Sep", "Oct", "Nov", "Dec" };
	int width[13];
	size_t n;
	struct perf_month *m = perf_months(&t->run->series, &n);

	if (n < 3) {
		free(m);
		return;
	}
	month_widths(t, m, n, width);
	perf_table_title(t, "MONTHS, percent", NULL);
	buf_puts(t->out, "    ");
	for (int k = 1; k <= 12; k++)
		buf_printf(t->out, "%*s", width[k], names[k]);
	buf_printf(t->out, "%*s\n", YEAR_WIDTH, "Year");
	for (size_t i = 0; i < n;)
		i += put_year(t, m + i, n - i, width);
	free(m);
}

#define TOP ((size_t)5)

static void
put_symbol(const struct perf_table *t, const struct perf_by_symbol *b)
{
	char pnl[48], open[48], rate[48], fee[48], n[48];

	buf_printf(t->out, "  %-20s%8s%10s%16s%14s%10s\n", b->s->sym->name,
	    perf_text_count(n, b->s->trades),
	    b->s->trades ? perf_text_percent(rate, (double)b->s->wins / (double)b->s->trades)
			 : "n/a",
	    perf_text_money(pnl, b->pnl), perf_text_money(open, b->open_pnl),
	    perf_text_money(fee, b->commission));
}

void
perf_table_symbols(const struct perf_table *t)
{
	size_t n;
	struct perf_by_symbol *b = perf_by_symbol(t->run, &n);

	if (n > 0) {
		perf_table_title(t, n > 2 * TOP ? "SYMBOLS, best and worst" : "SYMBOLS", NULL);
		buf_printf(t->out, "  %-20s%8s%10s%16s%14s%10s\n", "", "Trades", "Win rate", "P&L",
		    "of it open", "Commiss.");
	}
	for (size_t i = 0; i < n; i++) {
		if (n > 2 * TOP && i == TOP) {
			buf_printf(t->out, "  ... %zu more\n", n - 2 * TOP);
			i = n - TOP;
		}
		put_symbol(t, &b[i]);
	}
	free(b);
}
