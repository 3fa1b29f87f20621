#include "perf/write.h"

#include <math.h>
#include <stdlib.h>

#include "rec/codec.h"

static void
put_number(struct buf *out, double f)
{
	char b[NUM_MAX];

	if (isfinite(f))
		buf_put(out, b, (size_t)(num_put_f64(b, perf_round(f)) - b));
	else
		buf_puts(out, "null");
}

static void
put_cash(struct buf *out, int64_t micro)
{
	char b[NUM_MAX];

	buf_put(out, b, (size_t)(num_put_cash(b, micro) - b));
}

static void
put_symbol(struct buf *out, const struct perf_by_symbol *b)
{
	const struct perf_symbol *s = b->s;

	buf_puts(out, "\"sym\":");
	rec_put_string(out, (struct str){ s->sym->name, s->sym->len });
	buf_printf(out, ",\"trades\":%lld,\"win_rate\":", (long long)s->trades);
	put_number(out, (double)s->wins / (double)s->trades);
	buf_puts(out, ",\"pnl\":");
	put_cash(out, b->pnl);
	buf_puts(out, ",\"open_pnl\":");
	put_cash(out, b->open_pnl);
	buf_puts(out, ",\"commission\":");
	put_cash(out, b->commission);
	buf_printf(out, ",\"fills\":%lld,\"fill_value\":", (long long)s->fills);
	put_cash(out, (int64_t)s->value);
}

static void
put_symbols(const struct perf_run *run, struct buf *out)
{
	size_t n;
	struct perf_by_symbol *b = perf_by_symbol(run, &n);

	buf_puts(out, "  \"by_symbol\": [");
	for (size_t i = 0; i < n; i++) {
		buf_puts(out, i ? ",\n    {" : "\n    {");
		put_symbol(out, &b[i]);
		buf_putc(out, '}');
	}
	buf_puts(out, n ? "\n  ],\n" : "],\n");
	free(b);
}

static void
put_rules(const struct perf_run *run, struct buf *out)
{
	const struct perf_orders *o = &run->orders;

	buf_puts(out, "  \"by_rule\": {");
	for (size_t i = 0; i < o->nrules; i++) {
		buf_puts(out, i ? ", " : "");
		rec_put_string(out, str_z(o->rules[i].name));
		buf_printf(out, ": %lld", (long long)o->rules[i].count);
	}
	buf_puts(out, "},\n");
}

static void
put_months(const struct perf_run *run, struct buf *out)
{
	size_t n;
	struct perf_month *m = perf_months(&run->series, &n);

	buf_puts(out, "  \"monthly\": [");
	for (size_t i = 0; i < n; i++) {
		buf_printf(out, "%s{\"month\":\"%04d-%02d\",\"return\":", i ? ",\n    " : "\n    ",
		    m[i].year, m[i].month);
		put_number(out, m[i].r);
		buf_putc(out, '}');
	}
	buf_puts(out, n ? "\n  ]\n" : "]\n");
	free(m);
}

/* "paired":null or {"against":"FILE",...} */
static void
put_paired(const struct perf_run *run, struct buf *out)
{
	struct perf_paired p;

	buf_puts(out, "\"paired\":");
	if (!run->base) {
		buf_puts(out, "null");
		return;
	}
	p = perf_paired(&run->series, &run->base->series);
	buf_puts(out, "{\"against\":");
	rec_put_string(out, str_z(run->base->file));
	buf_printf(out, ",\"days\":%lld,\"mean_difference\":", (long long)p.days);
	put_number(out, p.mean);
	buf_puts(out, ",\"t_value\":");
	put_number(out, p.t);
	buf_putc(out, '}');
}

void
perf_write_json(const struct perf_run *run, struct buf *out)
{
	buf_puts(out, "{\n");
	if (run->file) {
		buf_puts(out, "  \"file\": ");
		rec_put_string(out, str_z(run->file));
		buf_puts(out, ",\n  ");
		put_paired(run, out);
		buf_puts(out, ",\n");
	}
	for (unsigned i = 0; i < PM_N; i++) {
		enum perf_metric m = (enum perf_metric)i;

		if (!perf_metric_in(m, run->mode))
			continue;
		buf_printf(out, "  \"%s\": ", perf_metric_name(m));
		perf_put_json(out, &run->values, m);
		buf_puts(out, ",\n");
	}
	if (run->mode == PERF_PIPELINE) {
		put_rules(run, out);
		put_symbols(run, out);
	}
	put_months(run, out);
	buf_puts(out, "}\n");
}

static void
put_head(const struct perf_run *run, struct buf *out, const char *type)
{
	buf_printf(out, "{\"type\":\"%s\"", type);
	if (run->values.v[PM_end_ts].set)
		buf_printf(out, ",\"ts\":\"%s\"", run->values.v[PM_end_ts].text);
	if (run->file) {
		buf_puts(out, ",\"file\":");
		rec_put_string(out, str_z(run->file));
	}
}

void
perf_write_ndjson(const struct perf_run *run, struct buf *out)
{
	size_t n;
	struct perf_by_symbol *b = perf_by_symbol(run, &n);

	put_head(run, out, "report");
	if (run->file) {
		buf_putc(out, ',');
		put_paired(run, out);
	}
	for (unsigned i = 0; i < PM_N; i++) {
		enum perf_metric m = (enum perf_metric)i;

		if (!perf_metric_in(m, run->mode))
			continue;
		buf_printf(out, ",\"%s\":", perf_metric_name(m));
		perf_put_json(out, &run->values, m);
	}
	buf_puts(out, "}\n");
	for (size_t i = 0; i < n; i++) {
		put_head(run, out, "report_symbol");
		buf_putc(out, ',');
		put_symbol(out, &b[i]);
		buf_puts(out, "}\n");
	}
	free(b);
	struct perf_month *m = perf_months(&run->series, &n);

	for (size_t i = 0; i < n; i++) {
		put_head(run, out, "report_month");
		buf_printf(out, ",\"month\":\"%04d-%02d\",\"return\":", m[i].year, m[i].month);
		put_number(out, m[i].r);
		buf_puts(out, "}\n");
	}
	free(m);
}

void
perf_write_csv(const struct perf_run *run, struct buf *out)
{
	buf_puts(out, "metric,value\n");
	for (unsigned i = 0; i < PM_N; i++) {
		enum perf_metric m = (enum perf_metric)i;

		if (!perf_metric_in(m, run->mode))
			continue;
		buf_printf(out, "%s,", perf_metric_name(m));
		perf_put_plain(out, &run->values, m);
		buf_putc(out, '\n');
	}
}
