/* What each metric is, in one line, in the groups of the table: --list-metrics. */
#include "perf/metric.h"

#include <string.h>

struct about {
	const char *title; /* of the group that begins here, or NULL */
	enum perf_metric metric;
	const char *text;
};

#define G(title) { title, PM_N, NULL },
#define M(name, text) { NULL, PM_##name, text },
/* clang-format off */
static const struct about lines[] = {
G("RETURN")
	M(start_ts, "time of the first account record")
	M(end_ts, "time of the last account record")
	M(start_equity, "equity of the first account record")
	M(final_equity, "equity of the last account record; of 1 with --returns")
	M(net_profit, "final - start equity")
	M(peak_equity, "highest equity")
	M(lowest_equity, "lowest equity")
	M(average_equity, "mean equity over all account records")
	M(n, "number of returns: days in a pipeline")
	M(periods_per_year, "returns a year, for what is annualised")
	M(rf_annual, "risk-free rate a year")
	M(rf_per_period, "risk-free rate a period")
	M(total_return, "final / start - 1")
	M(cagr, "compound annual growth rate")
	M(mean_per_period, "mean return")
	M(ann_return_arith, "mean return x periods a year")
	M(volatility_ann, "deviation of the returns, annualised")
	M(stdev_per_period_ddof1, "deviation of the returns (n - 1)")
	M(best, "largest return")
	M(worst, "smallest return")
	M(win_rate_nonzero, "part of the returns that are gains, of those that are not 0")
	M(win_rate_all, "part of all returns that are gains")
	M(avg_win, "mean gain")
	M(avg_loss, "mean loss (below 0)")
	M(payoff_ratio, "mean gain / mean loss of the returns")
	M(expectancy, "mean of the returns that are not 0")
	M(exposure_nonzero, "part of the returns that are not 0")
G("RISK")
	M(max_drawdown, "deepest fall from a peak, of all account records (0 or below)")
	M(max_drawdown_daily, "the same, of daily closes (0 or below)")
	M(max_drawdown_money, "deepest fall from a peak in money (above 0)")
	M(mdd_peak_date, "when the deepest fall began")
	M(mdd_valley_date, "when it was deepest")
	M(mdd_recovery_date, "when the peak was reached again")
	M(longest_drawdown_periods, "longest time below a peak, in rows")
	M(longest_drawdown_periods_span, "from when to when")
	M(longest_drawdown_days, "longest time below a peak, in calendar days")
	M(longest_drawdown_days_span, "from when to when")
	M(avg_drawdown_all_periods, "mean depth below the peak (0 or below)")
	M(downside_dev_ann, "deviation of the returns below the risk-free rate, annualised")
	M(var95_hist_linear, "5th percentile of the returns (value at risk)")
	M(var95_normal, "the same of a normal distribution")
	M(cvar95_hist_lowest_k, "mean of the k lowest returns (expected shortfall)")
	M(cvar95_k_used, "that k: 5 % of the returns")
	M(cvar95_hist_le_var, "mean of the returns up to the 5th percentile")
	M(cvar95_normal, "expected shortfall of a normal distribution")
	M(ulcer_index_textbook_n, "root mean square of the depth below the peak, by n")
	M(ulcer_index_qs_nm1, "the same, by n - 1")
	M(ruin, "whether everything was lost (true, false)")
	M(ruin_row, "the return that lost everything")
G("RATIOS")
	M(sharpe, "mean / deviation of the excess returns, annualised")
	M(sortino, "mean excess return / downside deviation, annualised")
	M(calmar, "cagr / deepest fall")
	M(omega_0, "sum of the gains / sum of the losses of the returns")
	M(psr_sr0_0, "probability that the true Sharpe ratio is above 0")
	M(psr_sr0_ann1, "probability that it is above 1 a year")
	M(min_track_record_len_95_sr0_0, "returns needed to be 95 % sure that it is above 0")
	M(deflated_sharpe, "probability that the best of the trials is above 0")
	M(dsr_trials, "trials, as --dsr-trials")
	M(dsr_trial_sr_stdev_per_period, "deviation of their Sharpe ratios, as --dsr-stdev")
	M(dsr_sr0_per_period, "Sharpe ratio a period that luck alone reaches in so many trials")
	M(recovery_factor_total, "total_return / deepest fall")
	M(recovery_factor_sum, "sum of the returns / deepest fall")
	M(stability_r2_of_cumlog, "R^2 of the cumulative log return on time")
	M(ulcer_performance_index_total, "(total_return - rate) / ulcer index")
G("DISTRIBUTION")
	M(skew_biased_g1, "skewness of the returns")
	M(skew_unbiased_G1, "the same, corrected for bias")
	M(kurtosis_excess_biased_g2, "excess kurtosis of the returns")
	M(kurtosis_excess_unbiased_G2, "the same, corrected for bias")
	M(tail_ratio_95, "|95th / 5th percentile|")
	M(autocorr_lag1_pearson, "correlation of a return with the next")
	M(gain_to_pain, "sum of the returns / sum of the losses")
	M(kelly_binary, "Kelly's part from win rate and payoff")
	M(kelly_continuous_mean_over_var, "Kelly's part from mean / variance")
	M(max_consecutive_wins, "longest run of gains")
	M(max_consecutive_losses, "longest run of losses")
G("TRADES (of the returns with --returns)")
	M(trades, "closed trades")
	M(long_trades, "of them long")
	M(short_trades, "of them short")
	M(winning_trades, "of them won")
	M(losing_trades, "of them lost")
	M(win_rate, "won / closed trades")
	M(long_win_rate, "the same of long trades")
	M(short_win_rate, "the same of short trades")
	M(profit_factor, "sum of wins / sum of losses")
	M(trade_payoff_ratio, "average win / average loss of trades")
	M(gross_profit, "sum of the wins")
	M(gross_loss, "sum of the losses (0 or below)")
	M(avg_trade, "profit of the average trade")
	M(avg_winning_trade, "profit of the average win")
	M(avg_losing_trade, "profit of the average loss (below 0)")
	M(largest_win, "profit of the best trade")
	M(largest_loss, "profit of the worst trade (below 0)")
	M(avg_trade_return, "mean of profit / value of the entries")
	M(longest_winning_streak, "most wins in a row")
	M(longest_losing_streak, "most losses in a row")
	M(sqn, "system quality: mean / deviation of the profits x sqrt(trades)")
G("HOLDING AND EXPOSURE")
	M(mean_holding_s, "mean time from entry to exit, seconds")
	M(median_holding_s, "median of it")
	M(max_holding_s, "longest of it")
	M(avg_mae, "mean of the trades' worst moments (0 or below)")
	M(avg_mfe, "mean of the trades' best moments")
	M(worst_mae, "the worst of the worst moments (0 or below)")
	M(best_mfe, "the best of the best moments")
	M(avg_mae_return, "mean worst moment / value of the entries (0 or below)")
	M(avg_mfe_return, "mean best moment / value of the entries")
	M(open_trades, "trades open at the end")
	M(open_trades_pnl, "their profit at the last price")
	M(position_adjustments, "positions that differed from the fills")
	M(time_in_market, "part of the account records with a position")
	M(avg_gross_exposure, "mean gross position / equity")
	M(avg_net_exposure, "mean net position / equity")
	M(max_gross_exposure, "largest gross position / equity")
G("COSTS")
	M(commission, "commission paid")
	M(slippage_cost, "paid against the prices on arrival (below 0: gained)")
	M(slippage_bp, "the same in basis points")
	M(borrow_fee, "paid for borrowed shares")
	M(dividends, "dividends received - paid")
	M(interest, "interest received - paid")
	M(fill_value, "value of all fills")
	M(turnover, "value of all fills / mean equity")
	M(turnover_ann, "the same a year")
G("ORDERS")
	M(orders, "orders that reached the venue")
	M(orders_filled, "of them filled")
	M(orders_canceled, "of them canceled")
	M(orders_expired, "of them expired")
	M(orders_rejected, "of them rejected by the venue")
	M(fill_rate, "filled / orders")
	M(fills, "fills")
	M(rejects, "reject records: refused by the risk gate or the venue")
	M(alerts, "alert records")
G("AGAINST THE BENCHMARK")
	M(benchmark_total_return, "its total return")
	M(benchmark_cagr, "its annual growth rate")
	M(benchmark_max_drawdown, "its deepest fall (0 or below)")
	M(excess_return, "total return - that of the benchmark")
	M(beta, "covariance with the benchmark / its variance")
	M(alpha_per_period, "mean excess return that beta does not explain")
	M(alpha_ann_simple, "the same x periods a year")
	M(alpha_ann_compound, "the same compounded over a year")
	M(correlation, "correlation with the benchmark")
	M(r_squared, "its square")
	M(tracking_error_ann, "deviation of the difference, annualised")
	M(information_ratio_per_period, "mean / deviation of the difference")
	M(information_ratio_ann, "the same annualised")
	M(treynor_ann_excess_over_beta, "mean excess return a year / beta")
	M(up_capture, "geometric mean return where the benchmark rose / its own")
	M(down_capture, "the same where it fell")
	M(benchmark_missing, "returns without one of the benchmark")
G("INPUT")
	M(symbols, "symbols traded")
	M(bars, "bars read")
	M(ticks, "trades and quotes read")
	M(portfolios, "account records read")
	M(missing, "rows skipped: no return")
};
/* clang-format on */

#define NLINES (sizeof lines / sizeof *lines)

const char *
perf_metric_about(enum perf_metric m)
{
	for (size_t i = 0; i < NLINES; i++)
		if (lines[i].metric == m && !lines[i].title)
			return lines[i].text;
	return NULL;
}

void
perf_metrics_list(enum perf_mode mode, struct buf *out)
{
	const char *title = NULL, *gap = "";

	for (size_t i = 0; i < NLINES; i++) {
		if (lines[i].title) {
			title = lines[i].title;
			continue;
		}
		if (!perf_metric_in(lines[i].metric, mode))
			continue;
		if (title) /* a group without a metric in this mode has no title */
			buf_printf(out, "%s%s\n", gap, title);
		title = NULL;
		gap = "\n";
		buf_printf(out, "  %-30s  %s\n", perf_metric_name(lines[i].metric), lines[i].text);
	}
}

/* Letters put in, left out or changed on the way from a to b (Levenshtein). */
static size_t
distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t row[40];

	if (na >= 40 || nb >= 40)
		return 99;
	for (size_t j = 0; j <= nb; j++)
		row[j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t before = row[0];

		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			size_t above = row[j], best = before + (a[i - 1] != b[j - 1]);

			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			before = above;
			row[j] = best;
		}
	}
	return row[nb];
}

/* One spelt alike, else one that holds the word ("drawdown") or is held by it ("sharpe_ratio"). */
const char *
perf_metric_near(enum perf_mode mode, const char *name, size_t n)
{
	const char *best = NULL, *within = NULL;
	size_t least = n / 3 + 1;

	for (unsigned i = 0; i < PM_N; i++) {
		enum perf_metric m = (enum perf_metric)i;
		const char *z = perf_metric_name(m);
		size_t d = distance(name, n, z, strlen(z));

		if (!perf_metric_in(m, mode))
			continue;
		if (d <= least && (!best || d < least)) {
			least = d;
			best = z;
		}
		if (within || n < 4 || strlen(z) < 4)
			continue;
		if (memmem(z, strlen(z), name, n) || memmem(name, n, z, strlen(z)))
			within = z;
	}
	return best ? best : within;
}
