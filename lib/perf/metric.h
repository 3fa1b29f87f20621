/*
 * The metrics of a report: one list gives their names, kinds and order. The name is the key in
 * JSON, the row in CSV and what --require takes, so that the three cannot differ.
 *
 * A metric that is not defined (a Sharpe ratio of one row, a profit factor without losses) is
 * null: never 0 and never NaN.
 */
#ifndef TP_PERF_METRIC_H
#define TP_PERF_METRIC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/opt.h"

/*
 * X(where, kind, name): where it appears: R --returns, P pipeline, B both.
 * Kinds: F64 ratio, INT count, CASH exact micro money, TEXT, BOOL.
 */
/* clang-format off */
#define PERF_METRICS(X) \
	X(P, TEXT, start_ts) X(P, TEXT, end_ts) \
	X(P, CASH, start_equity) X(B, CASH, final_equity) X(P, CASH, net_profit) \
	X(P, CASH, peak_equity) X(P, CASH, lowest_equity) X(P, F64, average_equity) \
	/* the series of returns: names and rules of the canonical list (perf-report(1)) */ \
	X(B, INT, n) X(B, F64, periods_per_year) X(B, F64, rf_annual) X(B, F64, rf_per_period) \
	X(B, F64, total_return) X(B, F64, cagr) X(B, F64, mean_per_period) X(B, F64, ann_return_arith) \
	X(B, F64, volatility_ann) X(B, F64, stdev_per_period_ddof1) X(B, F64, sharpe) X(B, F64, sortino) \
	X(B, F64, downside_dev_ann) X(B, F64, max_drawdown) X(B, TEXT, mdd_peak_date) \
	X(B, TEXT, mdd_valley_date) X(B, TEXT, mdd_recovery_date) X(P, F64, max_drawdown_daily) \
	X(P, CASH, max_drawdown_money) X(B, INT, longest_drawdown_periods) \
	X(B, TEXT, longest_drawdown_periods_span) X(B, INT, longest_drawdown_days) \
	X(B, TEXT, longest_drawdown_days_span) X(B, F64, avg_drawdown_all_periods) X(B, F64, calmar) \
	X(B, F64, omega_0) X(B, F64, gain_to_pain) X(B, F64, var95_hist_linear) \
	X(B, F64, cvar95_hist_lowest_k) X(B, INT, cvar95_k_used) X(B, F64, cvar95_hist_le_var) \
	X(B, F64, var95_normal) X(B, F64, cvar95_normal) X(B, F64, skew_biased_g1) \
	X(B, F64, skew_unbiased_G1) X(B, F64, kurtosis_excess_biased_g2) \
	X(B, F64, kurtosis_excess_unbiased_G2) X(B, F64, beta) X(B, F64, alpha_per_period) \
	X(B, F64, alpha_ann_simple) X(B, F64, alpha_ann_compound) X(B, F64, correlation) \
	X(B, F64, r_squared) X(B, F64, tracking_error_ann) X(B, F64, information_ratio_per_period) \
	X(B, F64, information_ratio_ann) X(B, F64, treynor_ann_excess_over_beta) \
	X(B, F64, benchmark_total_return) X(B, F64, benchmark_cagr) X(B, F64, benchmark_max_drawdown) \
	X(B, F64, excess_return) X(B, F64, tail_ratio_95) X(B, F64, win_rate_nonzero) \
	X(B, F64, win_rate_all) X(B, F64, avg_win) X(B, F64, avg_loss) X(B, F64, payoff_ratio) \
	X(B, F64, kelly_binary) X(B, F64, kelly_continuous_mean_over_var) X(B, F64, expectancy) \
	X(B, F64, ulcer_index_textbook_n) X(B, F64, ulcer_index_qs_nm1) \
	X(B, F64, ulcer_performance_index_total) X(B, F64, recovery_factor_sum) \
	X(B, F64, recovery_factor_total) X(B, F64, psr_sr0_0) X(B, F64, psr_sr0_ann1) \
	X(B, F64, min_track_record_len_95_sr0_0) X(B, INT, dsr_trials) \
	X(B, F64, dsr_trial_sr_stdev_per_period) X(B, F64, dsr_sr0_per_period) X(B, F64, deflated_sharpe) \
	X(B, F64, autocorr_lag1_pearson) X(B, F64, stability_r2_of_cumlog) X(B, F64, up_capture) \
	X(B, F64, down_capture) X(B, INT, max_consecutive_wins) X(B, INT, max_consecutive_losses) \
	X(B, F64, best) X(B, F64, worst) X(B, F64, exposure_nonzero) \
	/* trades: of the fills in a pipeline; of the periods with --returns */ \
	X(B, INT, trades) X(B, F64, win_rate) X(B, F64, profit_factor) X(P, INT, winning_trades) \
	X(P, INT, losing_trades) X(P, INT, long_trades) X(P, INT, short_trades) \
	X(P, F64, long_win_rate) X(P, F64, short_win_rate) X(P, CASH, gross_profit) \
	X(P, CASH, gross_loss) X(P, CASH, avg_trade) X(P, CASH, avg_winning_trade) \
	X(P, CASH, avg_losing_trade) X(P, F64, trade_payoff_ratio) X(P, CASH, largest_win) \
	X(P, CASH, largest_loss) X(P, F64, avg_trade_return) X(P, F64, sqn) \
	X(P, INT, longest_winning_streak) X(P, INT, longest_losing_streak) X(P, F64, mean_holding_s) \
	X(P, F64, median_holding_s) X(P, F64, max_holding_s) X(P, CASH, avg_mae) X(P, CASH, avg_mfe) \
	X(P, CASH, worst_mae) X(P, CASH, best_mfe) X(P, F64, avg_mae_return) X(P, F64, avg_mfe_return) \
	X(P, INT, open_trades) X(P, CASH, open_trades_pnl) X(P, INT, position_adjustments) \
	/* exposure and costs */ \
	X(P, F64, time_in_market) X(P, F64, avg_gross_exposure) X(P, F64, avg_net_exposure) \
	X(P, F64, max_gross_exposure) X(P, CASH, fill_value) X(B, F64, turnover) X(P, F64, turnover_ann) \
	X(B, CASH, commission) X(P, CASH, slippage_cost) X(P, F64, slippage_bp) X(P, CASH, borrow_fee) \
	X(P, CASH, dividends) X(P, CASH, interest) \
	/* orders and what was read */ \
	X(P, INT, orders) X(P, INT, fills) X(P, F64, fill_rate) X(P, INT, orders_filled) \
	X(P, INT, orders_canceled) X(P, INT, orders_rejected) X(P, INT, orders_expired) \
	X(P, INT, rejects) X(P, INT, alerts) X(P, INT, symbols) X(P, INT, bars) X(P, INT, ticks) \
	X(P, INT, portfolios) X(B, INT, missing) X(R, INT, benchmark_missing) X(B, BOOL, ruin) \
	X(B, INT, ruin_row)
/* clang-format on */

enum perf_metric {
#define X(where, kind, name) PM_##name,
	PERF_METRICS(X)
#undef X
	    PM_N
};

enum perf_kind { PERF_F64, PERF_INT, PERF_CASH, PERF_TEXT, PERF_BOOL };
enum perf_mode { PERF_RETURNS, PERF_PIPELINE };
enum perf_where { PERF_IN_R = 1, PERF_IN_P = 2, PERF_IN_B = 3 };

struct perf_value {
	bool set; /* false: null */
	union {
		double f;
		int64_t i; /* INT, BOOL, CASH (micro) */
		char text[40];
	};
};

/* All metrics of one report, indexed by enum perf_metric. */
struct perf_values {
	enum perf_mode mode;
	struct perf_value v[PM_N];
};

const char *
perf_metric_name(enum perf_metric m);
enum perf_kind
perf_metric_kind(enum perf_metric m);
bool
perf_metric_in(enum perf_metric m, enum perf_mode mode);
/* PM_N when the mode has no metric of that name */
enum perf_metric
perf_metric_find(enum perf_mode mode, const char *name, size_t n);

/* What it is, in one line. */
const char *
perf_metric_about(enum perf_metric m);
/* The metrics of the mode with their lines, in the groups of the table. */
void
perf_metrics_list(enum perf_mode mode, struct buf *out);
/* The name that was probably meant; NULL when none is near. */
const char *
perf_metric_near(enum perf_mode mode, const char *name, size_t n);

/* Setters. A value that is not finite stays null. */
void
perf_put(struct perf_values *v, enum perf_metric m, double f);
void
perf_put_int(struct perf_values *v, enum perf_metric m, int64_t i);
void
perf_put_text(struct perf_values *v, enum perf_metric m, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * A ratio as it is written and gated: rounded to 12 significant digits, so that a C library
 * whose pow() or erfc() differs in the last bit still gives the same bytes.
 */
double
perf_round(double f);
/* Append the value as JSON (null, number, exact decimal, string, true/false). */
void
perf_put_json(struct buf *out, const struct perf_values *v, enum perf_metric m);
/* The value alone: no quotes, nothing for null. */
void
perf_put_plain(struct buf *out, const struct perf_values *v, enum perf_metric m);

/* ---- gates: --require 'sharpe>1.5' ---- */
struct perf_gate {
	enum perf_metric metric;
	int op; /* enum in gate.c */
	double bound;
	const char *text; /* the bound as typed, borrowed */
};
/* Parse all; *out is an array of l->n to be freed by the caller. ERR_USAGE on an unknown metric,
 * or a bound above 0 on a metric that never is: that gate says nothing. */
int
perf_gates_parse(
    const struct opt_list *l, enum perf_mode mode, struct perf_gate **out, struct err *e);
/* 0, or ERR_GATE with every unmet gate's value and bound in e. */
int
perf_gates_check(const struct perf_gate *g, size_t n, const struct perf_values *v, struct err *e);

#endif
