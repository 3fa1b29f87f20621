/* Several runs side by side. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "perf/table.h"

/* The day before row i: where its return began. */
static int32_t
day_before(const struct perf_series *s, size_t i)
{
	return i > 0 ? s->day[i - 1] : s->base_day;
}

struct perf_paired
perf_paired(const struct perf_series *x, const struct perf_series *y)
{
	double *diff = mem_array(x->n, sizeof *diff);
	struct perf_moments m;
	struct perf_paired p;
	size_t n = 0;

	for (size_t i = 0, j = 0; i < x->n && j < y->n;) {
		if (x->day[i] < y->day[j]) {
			i++;
		} else if (x->day[i] > y->day[j]) {
			j++;
		} else {
			if (day_before(x, i) == day_before(y, j))
				diff[n++] = x->r[i] - y->r[j];
			i++;
			j++;
		}
	}
	perf_moments(diff, n, &m);
	free(diff);
	p = (struct perf_paired){ (int64_t)n, m.mean, NAN };
	if (m.sd > 0)
		p.t = m.mean / (m.sd / sqrt((double)n));
	return p;
}

#define P(label, m) \
	{ \
		label, PM_##m, PERF_PERCENT \
	}
#define R(label, m) \
	{ \
		label, PM_##m, PERF_RATIO \
	}
#define V(label, m) \
	{ \
		label, PM_##m, PERF_PLAIN \
	}
/* clang-format off */
static const struct perf_line account[] = {
	V("Start equity", start_equity), V("Final equity", final_equity),
	V("Net profit", net_profit), P("Total return", total_return), P("CAGR", cagr),
	P("Volatility (ann.)", volatility_ann), R("Sharpe", sharpe), R("Sortino", sortino),
	R("Calmar", calmar), P("Max drawdown", max_drawdown),
	V("Longest drawdown, d", longest_drawdown_days), P("Best day", best),
	P("Worst day", worst) };
static const struct perf_line trades[] = {
	V("Closed trades", trades), P("Win rate", win_rate), R("Profit factor", profit_factor),
	V("Average trade", avg_trade), V("Open trades", open_trades),
	P("Time in market", time_in_market), P("Average exposure", avg_gross_exposure),
	R("Turnover a year", turnover_ann), V("Commission", commission),
	V("Slippage vs arrival", slippage_cost), V("Orders", orders),
	V("Refused (reject)", rejects), V("Alerts", alerts) };
static const struct perf_line versus[] = {
	P("Benchmark return", benchmark_total_return), P("Excess return", excess_return),
	R("Beta", beta), P("Alpha (ann.)", alpha_ann_compound) };
/* clang-format on */

#define N(a) (sizeof(a) / sizeof *(a))
#define LABEL 22
#define COLUMN_MIN 14
#define COLUMN_MAX 20

/* A part of the comparison: as many runs as fit beside each other. */
struct block {
	const struct perf_run *runs; /* all */
	size_t from, to;
	int column;
	struct buf *out;
};

static void
put_lines(const struct block *k, const char *title, const struct perf_line *l, size_t n)
{
	char b[48];

	buf_printf(k->out, "\n%s\n", title);
	for (size_t i = 0; i < n; i++) {
		buf_printf(k->out, "  %-*s", LABEL - 2, l[i].label);
		for (size_t r = k->from; r < k->to; r++)
			buf_printf(
			    k->out, "%*s", k->column, perf_line_text(&k->runs[r].values, &l[i], b));
		buf_putc(k->out, '\n');
	}
}

static const char *
days_text(const struct perf_paired *p, char b[48])
{
	return perf_text_count(b, p->days);
}

static const char *
mean_text(const struct perf_paired *p, char b[48])
{
	return isnan(p->mean) ? "n/a" : perf_text_percent(b, p->mean);
}

static const char *
t_text(const struct perf_paired *p, char b[48])
{
	return isnan(p->t) ? "n/a" : perf_text_ratio(b, p->t);
}

static void
put_paired(const struct block *k)
{
	static const struct {
		const char *label;
		const char *(*text)(const struct perf_paired *p, char b[48]);
	} rows[] = { { "Days of both", days_text }, { "Mean difference", mean_text },
		{ "t-value", t_text } };
	char b[48];

	buf_puts(k->out, "\nDAILY RETURNS, less those of [1]\n");
	for (size_t i = 0; i < N(rows); i++) {
		buf_printf(k->out, "  %-*s", LABEL - 2, rows[i].label);
		for (size_t r = k->from; r < k->to; r++) {
			const struct perf_run *run = &k->runs[r];
			struct perf_paired p = { 0 };

			if (run->base)
				p = perf_paired(&run->series, &run->base->series);
			buf_printf(k->out, "%*s", k->column, run->base ? rows[i].text(&p, b) : "-");
		}
		buf_putc(k->out, '\n');
	}
}

/* "[2] end-of-name": what tells files apart stands at the end more often than before it. */
static void
put_names(const struct block *k)
{
	buf_printf(k->out, "\n%*s", LABEL, "");
	for (size_t r = k->from; r < k->to; r++) {
		const char *slash = strrchr(k->runs[r].file, '/');
		const char *name = slash && slash[1] ? slash + 1 : k->runs[r].file;
		char tag[32];
		size_t n = strlen(name), room;

		room = (size_t)(k->column - 1 - snprintf(tag, sizeof tag, "[%zu] ", r + 1));
		if (n > room) {
			for (name += n - room; (*name & 0xC0) == 0x80; name++)
				; /* not in the middle of a character */
		}
		/* padded by hand: printf counts bytes */
		for (size_t i = strlen(tag) + perf_text_width(name); i < (size_t)k->column; i++)
			buf_putc(k->out, ' ');
		buf_printf(k->out, "%s%s", tag, name);
	}
	buf_putc(k->out, '\n');
}

void
perf_compare_table(
    const struct perf_run *runs, size_t n, const struct perf_look *look, struct buf *out)
{
	struct perf_table t = { runs, out, look->width, look->utf8 };
	size_t fit = (size_t)(look->width - LABEL) / COLUMN_MIN, most = n < fit ? n : fit;
	struct block k = { .runs = runs, .column = (look->width - LABEL) / (int)most, .out = out };
	char range[80];

	if (k.column > COLUMN_MAX)
		k.column = COLUMN_MAX;
	buf_printf(out, "Comparison of %zu runs\n", n);
	perf_table_rule(&t);
	for (size_t i = 0; i < n; i++) {
		perf_table_range(&runs[i], range);
		buf_printf(out, "[%zu] %s%s%s\n", i + 1, runs[i].file, range[0] ? ": " : "", range);
	}
	for (; k.from < n; k.from = k.to) {
		k.to = k.from + most < n ? k.from + most : n;
		put_names(&k);
		put_lines(&k, "ACCOUNT", account, N(account));
		put_lines(&k, "TRADES AND COSTS", trades, N(trades));
		if (runs[0].bench_name)
			put_lines(&k, "AGAINST THE BENCHMARK", versus, N(versus));
		put_paired(&k);
	}
}

void
perf_compare_json(const struct perf_run *runs, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		buf_puts(out, i ? ",\n" : "[\n");
		perf_write_json(&runs[i], out);
		out->len--; /* its newline */
	}
	buf_puts(out, "\n]\n");
}

/* A cell in quotes where it must be. */
static void
put_cell(struct buf *out, const char *z)
{
	if (!strpbrk(z, ",\"\r\n")) {
		buf_puts(out, z);
		return;
	}
	buf_putc(out, '"');
	for (; *z; z++) {
		if (*z == '"')
			buf_putc(out, '"');
		buf_putc(out, *z);
	}
	buf_putc(out, '"');
}

static void
put_plain(struct buf *out, double v)
{
	char b[NUM_MAX];

	if (isfinite(v))
		buf_put(out, b, (size_t)(num_put_f64(b, perf_round(v)) - b));
}

static void
csv_paired(const struct perf_run *runs, size_t n, struct buf *out)
{
	static const char *const names[] = { "paired_days", "paired_mean_difference",
		"paired_t_value" };

	for (int i = 0; i < 3; i++) {
		buf_puts(out, names[i]);
		for (size_t r = 0; r < n; r++) {
			struct perf_paired p;

			buf_putc(out, ',');
			if (!runs[r].base)
				continue;
			p = perf_paired(&runs[r].series, &runs[r].base->series);
			put_plain(out, i == 0 ? (double)p.days : i == 1 ? p.mean : p.t);
		}
		buf_putc(out, '\n');
	}
}

void
perf_compare_csv(const struct perf_run *runs, size_t n, struct buf *out)
{
	buf_puts(out, "metric");
	for (size_t r = 0; r < n; r++) {
		buf_putc(out, ',');
		put_cell(out, runs[r].file);
	}
	buf_putc(out, '\n');
	for (unsigned i = 0; i < PM_N; i++) {
		enum perf_metric m = (enum perf_metric)i;

		if (!perf_metric_in(m, runs[0].mode))
			continue;
		buf_puts(out, perf_metric_name(m));
		for (size_t r = 0; r < n; r++) {
			buf_putc(out, ',');
			perf_put_plain(out, &runs[r].values, m);
		}
		buf_putc(out, '\n');
	}
	csv_paired(runs, n, out);
}
