/*
 * The report for people: what was run, the curves, then the figures in pairs of sections. A
 * figure that is not defined is "n/a".
 */
#include "perf/write.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "perf/table.h"

#define PERCENT PERF_PERCENT
#define RATIO PERF_RATIO
#define SPAN PERF_SPAN
#define PLAIN PERF_PLAIN

#define P(label, m) \
	{ \
		label, PM_##m, PERCENT \
	}
#define R(label, m) \
	{ \
		label, PM_##m, RATIO \
	}
#define S(label, m) \
	{ \
		label, PM_##m, SPAN \
	}
#define V(label, m) \
	{ \
		label, PM_##m, PLAIN \
	}

static const struct perf_line money[] = { V("Start equity", start_equity),
	V("Final equity", final_equity), V("Net profit", net_profit),
	P("Total return", total_return), P("CAGR", cagr), P("Volatility (ann.)", volatility_ann),
	P("Best day", best), P("Worst day", worst), P("Winning days", win_rate_nonzero) };
static const struct perf_line growth[] = { P("Total return", total_return), P("CAGR", cagr),
	P("Arithmetic (ann.)", ann_return_arith), P("Volatility (ann.)", volatility_ann),
	P("Best period", best), P("Worst period", worst), P("Winning periods", win_rate_nonzero),
	R("Profit factor", profit_factor), R("Payoff", payoff_ratio) };
static const struct perf_line risk[] = { P("Max drawdown", max_drawdown),
	V("  peak", mdd_peak_date), V("  valley", mdd_valley_date),
	V("  recovered", mdd_recovery_date), V("Longest drawdown, days", longest_drawdown_days),
	P("Average drawdown", avg_drawdown_all_periods), P("Value at risk 95 %", var95_hist_linear),
	P("  beyond it (CVaR)", cvar95_hist_lowest_k), P("Ulcer index", ulcer_index_textbook_n) };
static const struct perf_line ratios[] = { R("Sharpe", sharpe), R("Sortino", sortino),
	R("Calmar", calmar), R("Omega", omega_0), P("P(Sharpe > 0)", psr_sr0_0),
	P("P(Sharpe > 1)", psr_sr0_ann1), P("Deflated Sharpe", deflated_sharpe),
	R("Recovery factor", recovery_factor_total), R("Stability R2", stability_r2_of_cumlog) };
static const struct perf_line shape[] = { R("Skewness", skew_unbiased_G1),
	R("Excess kurtosis", kurtosis_excess_unbiased_G2), R("Tail ratio 95/5", tail_ratio_95),
	R("Autocorrelation lag 1", autocorr_lag1_pearson), R("Gain to pain", gain_to_pain),
	P("Kelly (binary)", kelly_binary),
	R("Kelly (mean/variance)", kelly_continuous_mean_over_var),
	V("Longest run of gains", max_consecutive_wins),
	V("Longest run of losses", max_consecutive_losses) };
static const struct perf_line versus[] = { P("Benchmark return", benchmark_total_return),
	P("Excess return", excess_return), P("Benchmark max drawdown", benchmark_max_drawdown),
	R("Beta", beta), P("Alpha (ann.)", alpha_ann_compound), R("Correlation", correlation),
	P("Tracking error", tracking_error_ann), R("Information ratio", information_ratio_ann),
	P("Up capture", up_capture), P("Down capture", down_capture) };
static const struct perf_line trades[] = { V("Closed trades", trades), V("  long", long_trades),
	V("  short", short_trades), P("Win rate", win_rate), R("Profit factor", profit_factor),
	R("Payoff", trade_payoff_ratio), V("Average trade", avg_trade),
	V("Average win", avg_winning_trade), V("Average loss", avg_losing_trade),
	V("Largest win", largest_win), V("Largest loss", largest_loss),
	V("Winning streak", longest_winning_streak), V("Losing streak", longest_losing_streak),
	R("System quality (SQN)", sqn) };
static const struct perf_line holding[] = { S("Mean holding time", mean_holding_s),
	S("Median holding time", median_holding_s), S("Longest", max_holding_s),
	V("Average MAE", avg_mae), V("Average MFE", avg_mfe), V("Worst MAE", worst_mae),
	V("Best MFE", best_mfe), P("Average MAE of entry", avg_mae_return),
	P("Average MFE of entry", avg_mfe_return), V("Open trades", open_trades),
	V("  their P&L, marked", open_trades_pnl), P("Time in market", time_in_market),
	P("Average gross exposure", avg_gross_exposure),
	P("Average net exposure", avg_net_exposure) };
static const struct perf_line costs[] = { V("Commission", commission),
	V("Slippage vs arrival", slippage_cost), R("  basis points", slippage_bp),
	V("Borrow fees", borrow_fee), V("Dividends", dividends), V("Interest", interest),
	V("Value of fills", fill_value), R("Turnover, times", turnover),
	R("  a year", turnover_ann) };
static const struct perf_line flow[] = { V("Orders", orders), V("  filled", orders_filled),
	V("  canceled", orders_canceled), V("  expired", orders_expired),
	V("  rejected by venue", orders_rejected), P("Fill rate", fill_rate), V("Fills", fills),
	V("Refused (reject)", rejects), V("Alerts", alerts) };

#define N(a) (sizeof(a) / sizeof *(a))

/* What is known about a missing value. */
static const char *
absent(const struct perf_values *v, enum perf_metric m)
{
	bool fell = v->v[PM_mdd_valley_date].set;

	return m == PM_mdd_recovery_date && fell ? "not yet"
	       : m == PM_mdd_peak_date && fell   ? "the start"
						 : "n/a";
}

/* What a year is made of out of a few days is noise, whatever its number. */
static bool
is_annual(enum perf_metric m)
{
	static const enum perf_metric list[] = { PM_cagr, PM_ann_return_arith, PM_volatility_ann,
		PM_sharpe, PM_sortino, PM_calmar, PM_psr_sr0_0, PM_psr_sr0_ann1, PM_deflated_sharpe,
		PM_alpha_ann_compound, PM_tracking_error_ann, PM_information_ratio_ann,
		PM_up_capture, PM_down_capture, PM_turnover_ann };

	for (size_t i = 0; i < N(list); i++)
		if (list[i] == m)
			return true;
	return false;
}

const char *
perf_line_text(const struct perf_values *v, const struct perf_line *l, char b[48])
{
	const struct perf_value *x = &v->v[l->metric];

	if (!x->set)
		return absent(v, l->metric);
	if (is_annual(l->metric) && v->v[PM_n].i < PERF_FEW)
		return "n/a";
	switch (perf_metric_kind(l->metric)) {
	case PERF_CASH: return perf_text_money(b, x->i);
	case PERF_INT: return perf_text_count(b, x->i);
	case PERF_BOOL: return x->i ? "yes" : "no";
	case PERF_TEXT: return x->text;
	case PERF_F64: break;
	}
	return l->look == PERCENT ? perf_text_percent(b, x->f)
	       : l->look == SPAN  ? perf_text_span(b, x->f)
				  : perf_text_ratio(b, x->f);
}

/* One figure in a column of `width`: label left, value right. */
static void
put_line(const struct perf_table *t, const struct perf_line *l, int width)
{
	char b[48];
	const char *text = perf_line_text(&t->run->values, l, b);
	int room = width - 2 - (int)strlen(l->label);

	buf_printf(t->out, "  %s%*s", l->label, room > 0 ? room : 0, text);
}

void
perf_table_title(const struct perf_table *t, const char *left, const char *right)
{
	int half = (t->width - 4) / 2;

	if (right)
		buf_printf(t->out, "\n%-*s%s\n", half + 4, left, right);
	else
		buf_printf(t->out, "\n%s\n", left);
}

static void
pair(const struct perf_table *t, const char *ltitle, const struct perf_line *l, size_t nl,
    const char *rtitle, const struct perf_line *r, size_t nr)
{
	int half = (t->width - 4) / 2;

	perf_table_title(t, ltitle, rtitle);
	for (size_t i = 0; i < nl || i < nr; i++) {
		if (i < nl)
			put_line(t, &l[i], half);
		else
			buf_printf(t->out, "%*s", half, "");
		if (i < nr) {
			buf_puts(t->out, "    ");
			put_line(t, &r[i], half);
		}
		buf_putc(t->out, '\n');
	}
}

void
perf_table_rule(const struct perf_table *t)
{
	for (int i = 0; i < t->width; i++)
		buf_puts(t->out, t->utf8 ? "─" : "-");
	buf_putc(t->out, '\n');
}

void
perf_write_table(const struct perf_run *run, const struct perf_look *look, struct buf *out)
{
	struct perf_table t = { run, out, look->width, look->utf8 };
	char title[80];

	perf_table_head(&t);
	if (run->mode == PERF_PIPELINE && run->account.records == 0 &&
	    !run->values.v[PM_trades].set)
		return;
	perf_table_notes(&t);
	perf_table_curves(&t);
	if (run->mode == PERF_PIPELINE)
		pair(&t, "RETURN", money, N(money), "RISK", risk, N(risk));
	else
		pair(&t, "RETURN", growth, N(growth), "RISK", risk, N(risk));
	pair(&t, "RATIOS", ratios, N(ratios), "DISTRIBUTION", shape, N(shape));
	if (run->mode == PERF_PIPELINE) {
		pair(&t, "TRADES", trades, N(trades), "HOLDING AND EXPOSURE", holding, N(holding));
		pair(&t, "COSTS", costs, N(costs), "ORDERS", flow, N(flow));
		perf_table_rules(&t);
	}
	if (run->bench_name || run->series.has_bench) {
		snprintf(title, sizeof title, "AGAINST %.60s",
		    run->bench_name ? run->bench_name : "THE BENCHMARK");
		pair(&t, title, versus, N(versus) / 2, NULL, versus + N(versus) / 2, N(versus) / 2);
	}
	perf_table_months(&t);
	perf_table_symbols(&t);
}
