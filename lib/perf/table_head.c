/* The top of the table: what was run and read, what the reader should know before the figures. */
#include "perf/table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void
days_text(char b[80], int32_t first, int32_t last)
{
	char from[TIM_LEN], to[TIM_LEN];

	tim_put(from, first * TIM_DAY);
	tim_put(to, last * TIM_DAY);
	snprintf(b, 80, "%.10s to %.10s", from, to);
}

/* "2021-01-04 to 2022-12-08": what the figures cover; of daily data, the trading days. */
void
perf_table_range(const struct perf_run *run, char b[80])
{
	const struct perf_values *v = &run->values;
	const struct perf_series *s = &run->series;
	const struct perf_account *a = &run->account;

	b[0] = '\0';
	if (v->v[PM_start_ts].set && a->daily) {
		days_text(b, perf_day_of(a->first_ts), perf_day_of(a->last_ts));
	} else if (v->v[PM_start_ts].set) {
		const char *x = v->v[PM_start_ts].text, *y = v->v[PM_end_ts].text;

		snprintf(b, 80, "%.10s %.5s to %.10s %.5s UTC", x, x + 11, y, y + 11);
	} else if (s->n > 0 && s->day[0] != PERF_NO_DAY) {
		days_text(b, s->day[0], s->day[s->n - 1]);
	}
}

/* A paragraph behind its label, broken at spaces to the width of the table. */
static void
put_note(const struct perf_table *t, const char *label, const char *text)
{
	size_t room = (size_t)t->width - 7;

	for (;; label = "") {
		size_t n = strlen(text);

		buf_printf(t->out, "%-7s", label);
		if (n <= room) {
			buf_printf(t->out, "%s\n", text);
			return;
		}
		for (n = room; n > 0 && text[n] != ' '; n--)
			;
		if (n == 0)
			n = room;
		buf_printf(t->out, "%.*s\n", (int)n, text);
		text += n + (text[n] == ' ');
	}
}

static void
put_count(struct buf *b, int64_t n, const char *what)
{
	char d[48];

	if (n > 0)
		buf_printf(b, "%s %s, ", perf_text_count(d, n), what);
}

static void
put_read(const struct perf_table *t)
{
	const struct perf_run *run = t->run;
	const struct perf_value *symbols = &run->values.v[PM_symbols];
	struct buf b = { 0 };
	char d[48];

	put_count(&b, run->bars, "bars");
	put_count(&b, run->ticks - run->quotes, "trade ticks");
	put_count(&b, run->quotes, "quotes");
	buf_printf(&b, "%s account records; ", perf_text_count(d, run->account.records));
	buf_printf(&b, "symbols traded: %s.", symbols->set ? perf_text_count(d, symbols->i) : "0");
	put_note(t, "Read:", buf_z(&b));
	buf_free(&b);
}

void
perf_table_head(const struct perf_table *t)
{
	const struct perf_run *run = t->run;
	char a[48], range[80];

	perf_table_range(run, range);
	if (range[0])
		buf_printf(t->out, "Performance report%*s\n", t->width - 18, range);
	else
		buf_puts(t->out, "Performance report\n");
	perf_table_rule(t);
	if (run->mode == PERF_RETURNS) {
		buf_printf(t->out, "Source: %s, %s periods", run->source,
		    perf_text_count(a, (int64_t)run->series.n));
		if (run->series.missing > 0)
			buf_printf(t->out, "; %s rows without a return left out",
			    perf_text_count(a, run->series.missing));
		buf_puts(t->out, ".\n");
		return;
	}
	put_read(t);
	if (run->account.records == 0)
		buf_puts(t->out, "No portfolio record came by: nothing is known of an account.\n");
	if (run->account.assumed)
		buf_puts(
		    t->out, "The account is ASSUMED by a tool of the pipe: no executor spoke.\n");
}

/* A limit as the limits file has it, not grouped: people look for it there. */
static void
put_plain(struct buf *b, const char *sep, const char *what, double x)
{
	char d[400];

	if (isnan(x))
		return;
	snprintf(d, sizeof d, "%.*f", x == floor(x) ? 0 : fabs(x) >= 1 ? 2 : 6, x);
	if (fabs(x) < 1)
		perf_trim_zeros(d);
	buf_printf(b, "%s%s %s", sep, what, d);
}

#define RULES_SHOWN 3

/* The next rule by number of refusals after `last`, ties by first sight; NULL: no more. */
static const struct perf_rule *
next_rule(const struct perf_orders *o, const struct perf_rule *last)
{
	const struct perf_rule *best = NULL;

	for (const struct perf_rule *p = o->rules; p < o->rules + o->nrules; p++) {
		bool after = !last || p->rejects < last->rejects ||
			     (p->rejects == last->rejects && p > last);

		if (p->rejects > 0 && after && (!best || p->rejects > best->rejects))
			best = p;
	}
	return best;
}

static void
note_refusals(const struct perf_table *t)
{
	const struct perf_orders *o = &t->run->orders;
	const struct perf_rule *p = NULL;
	struct buf b = { 0 };
	char n[48], m[48];
	int shown = 0;

	if (o->rejects == 0)
		return;
	buf_printf(&b, "%s of %s orders were refused: ", perf_text_count(n, o->rejects),
	    perf_text_count(m, o->seen + o->stopped));
	while ((p = next_rule(o, p)) != NULL && shown++ < RULES_SHOWN) {
		bool said = !isnan(p->limit) || !isnan(p->value);

		buf_printf(
		    &b, "%s%s %s", shown > 1 ? ", " : "", p->name, perf_text_count(n, p->rejects));
		put_plain(&b, " (", "limit", p->limit);
		put_plain(&b, isnan(p->limit) ? " (" : ", ", "value", p->value);
		buf_puts(&b, said ? " the first time)" : "");
	}
	buf_puts(&b, p ? ", and others" : "");
	put_note(t, "Note:", buf_z(&b));
	buf_free(&b);
}

/* What makes the figures below say less than they seem to. */
static void
put_warnings(const struct perf_table *t)
{
	const struct perf_values *v = &t->run->values;
	const struct perf_value *n = &v->v[PM_n], *gross = &v->v[PM_avg_gross_exposure];
	const char *what = t->run->mode == PERF_PIPELINE ? "daily" : "period";
	char text[200], b[48];

	note_refusals(t);
	if (v->v[PM_fills].set && v->v[PM_fills].i > 0 && gross->set && gross->f < 0.01) {
		snprintf(text, sizeof text,
		    "average exposure %s: results say little (size= or weight= of the policy?)",
		    perf_text_percent(b, gross->f));
		put_note(t, "Note:", text);
	}
	if (!n->set || n->i >= PERF_LITTLE)
		return;
	snprintf(text, sizeof text, "only %lld %s return%s: %s", (long long)n->i, what,
	    n->i == 1 ? "" : "s",
	    n->i < PERF_FEW ? "what is annualised would say nothing and is n/a"
			    : "CAGR, Sharpe and the like are guessed from little");
	put_note(t, "Note:", text);
}

void
perf_table_notes(const struct perf_table *t)
{
	const struct perf_run *run = t->run;
	const struct perf_values *v = &run->values;
	char b[48];

	put_warnings(t);
	if (run->mode == PERF_PIPELINE) {
		buf_printf(t->out,
		    "Fills: as reported%s%s; on paper by market data after the order, "
		    "never the\n       bar it was decided on.\n",
		    run->venue[0] ? " by " : "", run->venue);
		buf_printf(t->out, "Costs: inside all figures; commission %s",
		    v->v[PM_commission].set ? perf_text_money(b, v->v[PM_commission].i) : "n/a");
		buf_printf(t->out, ", slippage against arrival %s.\n",
		    v->v[PM_slippage_cost].set ? perf_text_money(b, v->v[PM_slippage_cost].i)
					       : "n/a");
	}
	buf_printf(t->out, "Rules: %s returns, %g a year, risk-free %g %%",
	    run->mode == PERF_PIPELINE ? "daily" : "period", run->params.periods,
	    run->params.rf * 100);
	buf_printf(t->out, "; drawdown over %s.\n",
	    run->mode == PERF_PIPELINE ? "all records" : "periods");
	if (v->v[PM_ruin].set && v->v[PM_ruin].i)
		buf_puts(
		    t->out, "RUIN:  the account lost everything; nothing compounds after that.\n");
}
