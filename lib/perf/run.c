#include "perf/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mkt/quality.h"

void
perf_run_free(struct perf_run *run)
{
	perf_account_free(&run->account);
	perf_trades_free(run->trades);
	perf_orders_free(&run->orders);
	perf_closes_free(&run->closes);
	perf_series_free(&run->series);
}

/*
 * The price that a record moves marks to; 0: none. The rule is the account's (ibkr-exec(1)), so
 * that open trades are worth here what they are in its equity: a half-built bar, a filled gap and
 * what contradicts itself move nothing.
 */
static inline __attribute__((always_inline)) int64_t
mark_of(const struct rec *r)
{
	const struct rec_bar *b = &r->bar;
	const struct rec_quote *q = &r->quote;

	if (!r->sym || !quality_ok(r))
		return 0;
	switch (r->type) {
	case REC_trade: return r->trade.price > 0 ? r->trade.price : 0;
	case REC_quote: return q->bid > 0 && q->ask >= q->bid ? q->bid + (q->ask - q->bid) / 2 : 0;
	default: break;
	}
	if (b->low <= 0 || b->open < b->low || b->open > b->high || b->close < b->low ||
	    b->close > b->high || (rec_has(r, F_bar_partial) && b->partial) ||
	    (rec_has(r, F_bar_gap) && b->gap))
		return 0;
	return b->close;
}

void
perf_run_bar(struct perf_run *run, const struct rec *r)
{
	int64_t px = mark_of(r);

	run->bars++;
	if (px != 0 && perf_trades_bar(run->trades, r) && r->sym == run->bench)
		run->bench_px = px;
}

void
perf_run_portfolio(struct perf_run *run, const struct rec *r)
{
	perf_trades_settle(run->trades);
	perf_account_push(&run->account, r, run->bench_px);
}

static void
push_tick(struct perf_run *run, const struct rec *r)
{
	int64_t px = mark_of(r);

	run->quotes += r->type == REC_quote;
	run->ticks++;
	if (px == 0)
		return;
	perf_trades_tick(run->trades, r, px);
	if (r->sym == run->bench)
		run->bench_px = px;
}

static void
note_venue(struct perf_run *run, const struct rec *r)
{
	if (run->venue[0] == '\0' && rec_has(r, F_fill_exch) && r->fill.exch.n < sizeof run->venue)
		memcpy(run->venue, r->fill.exch.p, r->fill.exch.n);
}

int
perf_run_push(struct perf_run *run, const struct rec *r, struct symtab *syms)
{
	switch (r->type) {
	case REC_bar: perf_run_bar(run, r); return 0;
	case REC_trade:
	case REC_quote: push_tick(run, r); return 0;
	case REC_portfolio: perf_run_portfolio(run, r); return 0;
	case REC_fill: note_venue(run, r); return perf_trades_fill(run->trades, r);
	case REC_position:
		if (rec_has(r, F_position_assumed) && r->position.assumed)
			return 0;
		return perf_trades_position(run->trades, r);
	case REC_corporate_action: return perf_trades_corporate(run->trades, r, syms);
	default: perf_orders_push(&run->orders, r); return 0;
	}
}

void
perf_run_join(struct perf_run *run)
{
	struct perf_series *s = &run->series;
	double before = NAN;

	if (run->closes.n == 0 || s->n == 0 || s->day[0] == PERF_NO_DAY)
		return;
	s->bench_missing = 0;
	s->has_bench = false;
	before = perf_closes_at(&run->closes, s->day[0] - 1);
	for (size_t i = 0; i < s->n; i++) {
		double close = perf_closes_at(&run->closes, s->day[i]);

		s->b[i] = (close - before) / before;
		s->bench_missing += isnan(s->b[i]) != 0;
		s->has_bench |= !isnan(s->b[i]);
		before = close;
	}
}

/* Sums over the closed trades, in their order. */
struct tally {
	int64_t n, wins, losses, longs, long_wins, shorts, short_wins;
	int64_t win_run, loss_run, longest_win, longest_loss;
	int64_t gain, loss, best, worst, mae, mfe, worst_mae, best_mfe;
	double *pnl, *ret, *held;
	struct perf_sum mae_ret, mfe_ret;
};

static void
tally_outcome(struct tally *k, const struct perf_trade *tr)
{
	bool win = tr->pnl > 0, loss = tr->pnl < 0;

	k->wins += win;
	k->losses += loss;
	k->longs += tr->qty > 0;
	k->long_wins += tr->qty > 0 && win;
	k->shorts += tr->qty < 0;
	k->short_wins += tr->qty < 0 && win;
	int64_t *sum = win ? &k->gain : &k->loss;
	*sum = num_add(*sum, tr->pnl);
	k->win_run = win ? k->win_run + 1 : 0;
	k->loss_run = loss ? k->loss_run + 1 : 0;
	if (k->win_run > k->longest_win)
		k->longest_win = k->win_run;
	if (k->loss_run > k->longest_loss)
		k->longest_loss = k->loss_run;
	if (win && tr->pnl > k->best)
		k->best = tr->pnl;
	if (loss && tr->pnl < k->worst)
		k->worst = tr->pnl;
}

static void
tally_add(struct tally *k, const struct perf_trade *tr)
{
	double value = tr->entry_value > 0 ? (double)tr->entry_value : NAN;

	tally_outcome(k, tr);
	k->mae += tr->mae;
	k->mfe += tr->mfe;
	if (tr->mae < k->worst_mae)
		k->worst_mae = tr->mae;
	if (tr->mfe > k->best_mfe)
		k->best_mfe = tr->mfe;
	perf_sum_add(&k->mae_ret, (double)tr->mae / value);
	perf_sum_add(&k->mfe_ret, (double)tr->mfe / value);
	k->pnl[k->n] = (double)tr->pnl;
	k->ret[k->n] = (double)tr->pnl / value;
	k->held[k->n] = (double)(tr->t_out - tr->t_in) / 1e9;
	k->n++;
}

static int64_t
mean_micro(int64_t sum, int64_t n)
{
	return (int64_t)num_div_even(sum, n);
}

static void
put_tally(const struct tally *k, struct perf_values *v)
{
	double n = (double)k->n;

	perf_put_int(v, PM_trades, k->n);
	perf_put_int(v, PM_winning_trades, k->wins);
	perf_put_int(v, PM_losing_trades, k->losses);
	perf_put_int(v, PM_long_trades, k->longs);
	perf_put_int(v, PM_short_trades, k->shorts);
	perf_put_int(v, PM_longest_winning_streak, k->longest_win);
	perf_put_int(v, PM_longest_losing_streak, k->longest_loss);
	if (k->n == 0)
		return;
	perf_put(v, PM_win_rate, (double)k->wins / n);
	perf_put(v, PM_long_win_rate, (double)k->long_wins / (double)k->longs);
	perf_put(v, PM_short_win_rate, (double)k->short_wins / (double)k->shorts);
	perf_put(v, PM_profit_factor, (double)k->gain / -(double)k->loss);
	perf_put_int(v, PM_gross_profit, k->gain);
	perf_put_int(v, PM_gross_loss, k->loss);
	perf_put_int(v, PM_avg_trade, mean_micro(num_add(k->gain, k->loss), k->n));
	if (k->wins > 0) {
		perf_put_int(v, PM_avg_winning_trade, mean_micro(k->gain, k->wins));
		perf_put_int(v, PM_largest_win, k->best);
	}
	if (k->losses > 0) {
		perf_put_int(v, PM_avg_losing_trade, mean_micro(k->loss, k->losses));
		perf_put_int(v, PM_largest_loss, k->worst);
	}
	if (k->wins > 0 && k->losses > 0)
		perf_put(v, PM_trade_payoff_ratio,
		    (double)k->gain / (double)k->wins / (-(double)k->loss / (double)k->losses));
	perf_put_int(v, PM_avg_mae, mean_micro(k->mae, k->n));
	perf_put_int(v, PM_avg_mfe, mean_micro(k->mfe, k->n));
	perf_put_int(v, PM_worst_mae, k->worst_mae);
	perf_put_int(v, PM_best_mfe, k->best_mfe);
	perf_put(v, PM_avg_mae_return, perf_sum_of(&k->mae_ret) / n);
	perf_put(v, PM_avg_mfe_return, perf_sum_of(&k->mfe_ret) / n);
}

static void
put_spread(struct tally *k, struct perf_values *v)
{
	size_t n = (size_t)k->n;
	struct perf_moments m;

	if (n == 0)
		return;
	double *held = perf_sorted_dup(k->held, n);

	perf_put(v, PM_mean_holding_s, perf_mean(held, n));
	perf_put(v, PM_median_holding_s, perf_quantile(held, n, 0.5));
	perf_put(v, PM_max_holding_s, held[n - 1]);
	free(held);
	perf_put(v, PM_avg_trade_return, perf_mean(k->ret, n));
	perf_moments(k->pnl, n, &m);
	if (m.sd > 0) /* V. Tharp's system quality number, without his cap at 100 trades */
		perf_put(v, PM_sqn, m.mean / m.sd * sqrt((double)n));
}

static void
put_trades(const struct perf_trades *t, struct perf_values *v)
{
	size_t n = perf_trades_count(t);
	struct tally k = { 0 };

	k.pnl = mem_array(n, sizeof *k.pnl);
	k.ret = mem_array(n, sizeof *k.ret);
	k.held = mem_array(n, sizeof *k.held);
	for (size_t i = 0; i < n; i++)
		tally_add(&k, perf_trades_at(t, i));
	put_tally(&k, v);
	put_spread(&k, v);
	free(k.pnl);
	free(k.ret);
	free(k.held);
}

static void
put_open(const struct perf_trades *t, struct perf_values *v)
{
	int64_t open = 0, pnl = 0, symbols = 0;

	for (uint32_t id = 0; id < perf_trades_symbols(t); id++) {
		struct perf_trade tr;

		symbols += perf_trades_symbol(t, id) != NULL;
		if (perf_trades_open(t, id, &tr)) {
			open++;
			pnl = num_add(pnl, tr.pnl);
		}
	}
	perf_put_int(v, PM_open_trades, open);
	perf_put_int(v, PM_open_trades_pnl, pnl);
	perf_put_int(v, PM_symbols, symbols);
}

static void
put_costs(const struct perf_run *run, struct perf_values *v)
{
	const struct perf_costs *c = perf_trades_costs(run->trades);
	const struct perf_account *a = &run->account;

	perf_put_int(v, PM_fills, c->fills);
	perf_put_int(v, PM_position_adjustments, c->adjustments);
	perf_put_int(v, PM_fill_value, (int64_t)c->value);
	if (c->fills > 0 || !v->v[PM_commission].set)
		perf_put_int(v, PM_commission, c->commission);
	if (c->slipped > 0) {
		perf_put_int(v, PM_slippage_cost, (int64_t)c->slippage);
		perf_put(v, PM_slippage_bp, (double)c->slippage / (double)c->arrival_value * 1e4);
	}
	if (a->records > 0 && a->sum > 0) {
		double turnover = (double)c->value / ((double)a->sum / (double)a->records);

		perf_put(v, PM_turnover, turnover);
		if (v->v[PM_n].set)
			perf_put(v, PM_turnover_ann,
			    turnover * run->params.periods / (double)v->v[PM_n].i);
	}
}

void
perf_run_values(struct perf_run *run)
{
	struct perf_values *v = &run->values;

	memset(v, 0, sizeof *v);
	v->mode = run->mode;
	if (run->mode == PERF_RETURNS) {
		perf_stats(&run->series, &run->params, v);
		return;
	}
	if (run->account.records == 0 && perf_trades_costs(run->trades)->fills == 0)
		return; /* nothing of an account came by: everything is null */
	perf_series_free(&run->series);
	perf_account_series(&run->account, run->closes.n > 0 ? &run->closes : NULL, &run->series);
	perf_stats(&run->series, &run->params, v);
	perf_account_values(&run->account, &run->params, v);
	put_trades(run->trades, v);
	put_open(run->trades, v);
	put_costs(run, v);
	perf_orders_values(&run->orders, v);
	perf_put_int(v, PM_bars, run->bars);
	perf_put_int(v, PM_ticks, run->ticks);
}
