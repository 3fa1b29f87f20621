/* Round trips, excursions and the account's path, by numbers that a pencil can follow. */
#include "perf/run.h"
#include "t.h"

#define AT(min) ((min)*TIM_MIN)

static struct symtab *syms;
static struct instruments *instr;
static struct perf_run run;

static const struct sym *
sym(const char *name)
{
	return symtab_get(syms, str_z(name));
}

static int64_t
nano(const char *z)
{
	int64_t v = 0;

	num_nano(z, strlen(z), &v);
	return v;
}

static void
fill(int64_t min, const char *name, int side, const char *qty, const char *px, int64_t commission)
{
	struct rec r;

	rec_init(&r, REC_fill, AT(min), sym(name));
	rec_set(&r, F_fill_exec_id, r.fill.exec_id, str_z("x"));
	rec_set(&r, F_fill_side, r.fill.side, (uint8_t)side);
	rec_set(&r, F_fill_last_qty, r.fill.last_qty, nano(qty));
	rec_set(&r, F_fill_last_price, r.fill.last_price, nano(px));
	rec_set(&r, F_fill_commission, r.fill.commission, commission);
	is_i64(perf_run_push(&run, &r, syms), 0, "fill %s %s at %s", name, qty, px);
}

#define BUY(min, name, qty, px, c) fill(min, name, W_side_buy, qty, px, c)
#define SELL(min, name, qty, px, c) fill(min, name, W_side_sell, qty, px, c)

static void
bar(int64_t min, const char *name, const char *o, const char *h, const char *l, const char *c)
{
	struct rec r;

	rec_init(&r, REC_bar, AT(min), sym(name));
	r.bar.open = nano(o);
	r.bar.high = nano(h);
	r.bar.low = nano(l);
	r.bar.close = nano(c);
	perf_run_push(&run, &r, syms);
}

static void
portfolio(int64_t ts, int64_t equity)
{
	struct rec r;

	rec_init(&r, REC_portfolio, ts, NULL);
	rec_set(&r, F_portfolio_cash, r.portfolio.cash, equity * NUM_MICRO);
	rec_set(&r, F_portfolio_equity, r.portfolio.equity, equity * NUM_MICRO);
	perf_run_push(&run, &r, syms);
}

static void
position(int64_t min, const char *name, const char *qty, const char *avg)
{
	struct rec r;

	rec_init(&r, REC_position, AT(min), sym(name));
	rec_set(&r, F_position_qty, r.position.qty, nano(qty));
	rec_set(&r, F_position_avg_price, r.position.avg_price, nano(avg));
	perf_run_push(&run, &r, syms);
}

static void
begin(void)
{
	perf_run_free(&run);
	memset(&run, 0, sizeof run);
	run.mode = PERF_PIPELINE;
	run.params.periods = 252;
	run.trades = perf_trades_new(instr);
}

static const struct perf_trade *
trade(size_t i)
{
	static const struct perf_trade none;

	return i < perf_trades_count(run.trades) ? perf_trades_at(run.trades, i) : &none;
}

/* Partial exits stay in the trade; a fill through zero ends one and starts the next. */
static void
check_round_trips(void)
{
	begin();
	BUY(0, "A", "100", "10", 1000000);
	BUY(1, "A", "100", "12", 1000000);
	SELL(2, "A", "50", "13", 1000000);
	is_i64((int64_t)perf_trades_count(run.trades), 0, "a partial exit ends nothing");
	SELL(5, "A", "250", "14", 2000000);
	is_i64((int64_t)perf_trades_count(run.trades), 1, "the flip ends the trade");
	/* 50 * 13 + 150 * 14 - 100 * 10 - 100 * 12 = 550; commission 1 + 1 + 1 + 2 * 150 / 250 */
	is_i64(trade(0)->commission, 4200000, "commission split by quantity");
	is_i64(trade(0)->pnl, 545800000, "profit after commission");
	is_i64(trade(0)->qty, nano("200"), "largest position");
	is_i64(trade(0)->px_in, nano("11"), "average entry");
	is_i64(trade(0)->px_out, nano("13.75"), "average exit");
	is_i64(trade(0)->t_out - trade(0)->t_in, 5 * TIM_MIN, "held");
	is_i64(trade(0)->fills, 4, "fills");
	BUY(7, "A", "100", "15", 500000);
	is_i64((int64_t)perf_trades_count(run.trades), 2, "and the short trade is ended by a buy");
	is_i64(trade(1)->pnl, -100000000 - 800000 - 500000, "its loss");
	is_i64(trade(1)->qty, nano("-100"), "it was short");
	SELL(9, "B", "3", "0.333333333", 0);
	BUY(9, "B", "3", "0.222222222", 0);
	is_i64(trade(2)->pnl, 333333, "thirds, rounded half-even once");
	perf_run_values(&run);
	is_i64(run.values.v[PM_trades].i, 3, "trades");
	is_i64(run.values.v[PM_winning_trades].i, 2, "wins");
	is_i64(run.values.v[PM_short_trades].i, 2, "shorts");
	is_f64(
	    run.values.v[PM_profit_factor].f, (545.8 + 0.333333) / 101.3, 1e-12, "profit factor");
	is_f64(run.values.v[PM_median_holding_s].f, 120, 0, "median holding");
	is_i64(run.values.v[PM_commission].i, 5500000, "commission in all");
	is_i64(run.values.v[PM_fills].i, 7, "fills in all");
}

static void
check_open_trade(void)
{
	struct perf_trade tr;

	begin();
	BUY(0, "A", "10", "100", 1000000);
	bar(1, "A", "100", "108", "95", "104");
	ok(perf_trades_open(run.trades, sym("A")->id, &tr), "a trade is open");
	is_i64(tr.pnl, 39000000, "marked at the last close, after commission");
	is_i64(tr.mae, -50000000, "worst price of the pending bar");
	is_i64(tr.mfe, 80000000, "best price of the pending bar");
	perf_run_values(&run);
	is_i64(run.values.v[PM_trades].i, 0, "it is no closed trade");
	is_i64(run.values.v[PM_open_trades].i, 1, "it is an open one");
	ok(!run.values.v[PM_win_rate].set && !run.values.v[PM_profit_factor].set,
	    "no rates of nothing");
}

/* Of the bar that held the entry all counts; of the bar of the exit its open and the fill. */
static void
check_excursions(bool fill_first)
{
	begin();
	bar(0, "A", "100", "500", "1", "100");
	portfolio(AT(1), 1000);
	if (fill_first)
		BUY(1, "A", "1", "100", 0);
	bar(1, "A", "100", "107", "96", "101");
	if (!fill_first)
		BUY(1, "A", "1", "100", 0);
	portfolio(AT(2), 1000);
	bar(2, "A", "101", "110", "98", "105");
	portfolio(AT(3), 1000);
	if (fill_first)
		SELL(3, "A", "1", "105", 0);
	bar(3, "A", "105", "900", "1", "105");
	if (!fill_first)
		SELL(3, "A", "1", "105", 0);
	portfolio(AT(4), 1000);
	bar(4, "A", "1", "900", "1", "105");
	is_i64(trade(0)->mae, -4000000, "MAE, fill %s its bar", fill_first ? "before" : "after");
	is_i64(trade(0)->mfe, 10000000, "MFE, fill %s its bar", fill_first ? "before" : "after");
}

/* In and out inside one bar: its open was before the entry. A bar that is marked unusable moves
 * nothing. */
static void
check_inside(void)
{
	struct rec r;

	begin();
	bar(0, "A", "100", "500", "1", "100");
	BUY(0, "A", "1", "98", 0);
	SELL(0, "A", "1", "99", 0);
	is_i64(trade(0)->mae, 0, "no worse than the entry");
	is_i64(trade(0)->mfe, 1000000, "no better than the exit");
	begin();
	BUY(0, "A", "1", "98", 0);
	rec_init(&r, REC_trade, AT(1), sym("A"));
	rec_set(&r, F_trade_price, r.trade.price, nano("-1"));
	rec_set(&r, F_trade_dirty, r.trade.dirty, str_z("negative_price"));
	perf_run_push(&run, &r, syms);
	rec_set(&r, F_trade_price, r.trade.price, nano("97"));
	rec_set(&r, F_trade_dirty, r.trade.dirty, str_z("spike"));
	perf_run_push(&run, &r, syms);
	SELL(2, "A", "1", "98", 0);
	is_i64(trade(0)->mae, -1000000, "an unusable tick does not count, a suspect one does");
	is_i64(run.ticks, 2, "both were read");
}

static void
check_positions(void)
{
	begin();
	position(0, "A", "50", "20");
	SELL(1, "A", "50", "22", 0);
	is_i64(trade(0)->pnl, 100000000, "held before the stream began");
	begin();
	BUY(0, "A", "100", "40", 0);
	struct rec r;

	rec_init(&r, REC_corporate_action, AT(1), sym("A"));
	rec_set(&r, F_corporate_action_action, r.corporate_action.action, W_corp_split);
	rec_set(&r, F_corporate_action_ratio, r.corporate_action.ratio, 4);
	perf_run_push(&run, &r, syms);
	position(2, "A", "400", "10");
	rec_init(&r, REC_corporate_action, AT(3), sym("A"));
	rec_set(&r, F_corporate_action_action, r.corporate_action.action, W_corp_dividend);
	rec_set(&r, F_corporate_action_amount, r.corporate_action.amount, nano("0.25"));
	perf_run_push(&run, &r, syms);
	SELL(4, "A", "400", "11", 0);
	is_i64((int64_t)perf_trades_count(run.trades), 1, "a split is no trade");
	is_i64(trade(0)->px_in, nano("10"), "the entry in today's shares");
	is_i64(trade(0)->pnl, 500000000, "400 * 11 - 100 * 40 + 400 * 0.25");
	is_i64(perf_trades_costs(run.trades)->adjustments, 0, "the position agreed");
	begin();
	BUY(0, "A", "10", "5", 0);
	rec_init(&r, REC_corporate_action, AT(1), sym("A"));
	rec_set(&r, F_corporate_action_action, r.corporate_action.action, W_corp_symbol_change);
	rec_set(&r, F_corporate_action_new_sym, r.corporate_action.new_sym, str_z("NEW"));
	perf_run_push(&run, &r, syms);
	SELL(2, "NEW", "10", "6", 0);
	is_i64(trade(0)->pnl, 10000000, "the trade went on under the new name");
	is_str(trade(0)->sym ? trade(0)->sym->name : "", "NEW", "and is the new symbol's");
}

static void
check_correction(void)
{
	struct rec r;

	begin();
	BUY(0, "A", "10", "5", 1000000);
	rec_init(&r, REC_fill, AT(1), sym("A"));
	rec_set(&r, F_fill_exec_id, r.fill.exec_id, str_z("y"));
	rec_set(&r, F_fill_side, r.fill.side, W_side_buy);
	rec_set(&r, F_fill_last_qty, r.fill.last_qty, nano("10"));
	rec_set(&r, F_fill_last_price, r.fill.last_price, nano("4.5"));
	rec_set(&r, F_fill_commission, r.fill.commission, 900000);
	rec_set(&r, F_fill_correction_of, r.fill.correction_of, str_z("x"));
	perf_run_push(&run, &r, syms);
	SELL(2, "A", "10", "6", 0);
	is_i64(trade(0)->pnl, 15000000 - 900000, "the corrected price and commission count");
	is_i64(perf_trades_costs(run.trades)->fills, 2, "the correction is no third fill");
}

/* 00:00Z belongs to the day that ends; a first day of one record has no return. */
static void
check_days(void)
{
	begin();
	portfolio(1 * TIM_DAY, 1000);
	portfolio(2 * TIM_DAY, 1100);
	portfolio(3 * TIM_DAY, 990);
	perf_run_values(&run);
	is_i64((int64_t)run.series.n, 2, "three daily records, two returns");
	is_f64(run.series.r[0], 0.1, 1e-15, "the first");
	is_i64(run.series.day[1], 2, "midnight ends the day before");
	begin();
	portfolio(AT(60), 1000);
	portfolio(AT(120), 1050);
	portfolio(TIM_DAY, 1020);
	portfolio(TIM_DAY + AT(60), 900);
	portfolio(2 * TIM_DAY, 1071);
	perf_run_values(&run);
	is_i64((int64_t)run.series.n, 2, "two days of several records, two returns");
	is_f64(run.series.r[0], 0.02, 1e-15, "the first against the start");
	is_f64(
	    run.values.v[PM_max_drawdown].f, 900.0 / 1050 - 1, 1e-15, "drawdown over all records");
	is_f64(run.values.v[PM_max_drawdown_daily].f, 0, 0, "and over the days");
	is_i64(run.values.v[PM_max_drawdown_money].i, 150 * NUM_MICRO, "in money");
	is_f64(run.values.v[PM_total_return].f, 0.071, 1e-15, "total");
	is_i64(run.values.v[PM_final_equity].i, 1071 * NUM_MICRO, "final equity");
}

/* More records than the path holds: it thins, and loses neither the end nor the depth. */
static void
check_path(void)
{
	begin();
	for (int64_t i = 0; i < 100000; i++)
		portfolio(AT(i), i == 77777 ? 500 : 1000);
	const struct perf_path *p = &run.account.path;
	double worst = 0;

	for (size_t i = 0; i < p->n; i++)
		worst = fmin(worst, p->at[i].drawdown);
	ok(p->n <= PERF_PATH_MAX && p->n >= PERF_PATH_MAX / 2, "%zu points", p->n);
	is_f64(worst, -0.5, 0, "the fall is in it");
	is_i64(p->at[p->n - 1].ts, AT(99999), "and the last record");
}

static void
status(const char *id, int word)
{
	struct rec r;

	rec_init(&r, REC_order_status, 0, sym("A"));
	r.order_status.cl_ord_id = str_z(id);
	r.order_status.status = (uint8_t)word;
	perf_run_push(&run, &r, syms);
}

static void
check_orders(void)
{
	char id[16];

	begin();
	for (int i = 0; i < 1000; i++) {
		snprintf(id, sizeof id, "o-%d", i);
		status(id, W_ostat_pending_new);
		status(id, W_ostat_new);
	}
	for (int i = 999; i >= 0; i--) {
		snprintf(id, sizeof id, "o-%d", i);
		status(id, W_ostat_partially_filled);
		status(id, i % 4 ? W_ostat_filled : W_ostat_canceled);
	}
	status("late", W_ostat_rejected);
	is_i64(run.orders.seen, 1001, "orders counted once");
	is_i64(run.orders.filled, 750, "filled");
	is_i64(run.orders.canceled, 250, "canceled");
	is_i64(run.orders.rejected, 1, "rejected at once");
	is_i64((int64_t)run.orders.nlive, 0, "none is remembered");
}

int
main(void)
{
	struct err e;

	syms = symtab_new();
	instr = instruments_open(NULL, &e);
	check_round_trips();
	check_open_trade();
	check_excursions(false);
	check_excursions(true);
	check_inside();
	check_positions();
	check_correction();
	check_days();
	check_path();
	check_orders();
	perf_run_free(&run);
	instruments_free(instr);
	symtab_free(syms);
	return done_testing();
}
