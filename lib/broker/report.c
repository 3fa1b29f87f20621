/* Records out. */
#include "broker/engine.h"

#include <stdarg.h>
#include <stdio.h>

static struct str
order_id(int64_t id, char mem[NUM_MAX])
{
	return (struct str){ mem, (size_t)(num_put_i64(mem, id) - mem) };
}

/* What the execution cost against the price on arrival, in basis points, positive when worse; in
 * hundredths of a basis point, exactly. */
static double
slippage_bp(uint8_t side, int64_t px, int64_t arrival)
{
	num_i128 d = (num_i128)(side == W_side_buy ? px - arrival : arrival - px) * 1000000;

	return (double)(int64_t)num_div_even(d, arrival) / 100;
}

/* ---- execution quality ---- */

struct quality {
	uint8_t side;
	int64_t qty, cum, avg, arrival;
	int64_t from, acked, first, last; /* monotonic ns; 0: not known */
};

static void
put_f64(struct buf *b, const char *key, double v)
{
	char o[NUM_MAX];

	buf_printf(b, "%s\"%s\":", b->len ? "," : "", key);
	buf_put(b, o, (size_t)(num_put_f64(o, v) - o));
}

static void
put_ms(struct buf *b, const char *key, int64_t from, int64_t to)
{
	int64_t us = (to - from) / TIM_US;

	if (from > 0 && to >= from)
		put_f64(b, key, (double)us / 1000);
}

/* Extra keys of an order's last status. */
static struct str
quality(struct buf *b, const struct quality *q)
{
	char o[NUM_MAX];

	buf_clear(b);
	if (q->arrival > 0) {
		buf_puts(b, "\"arrival_price\":");
		buf_put(b, o, (size_t)(num_put_price(o, q->arrival) - o));
		if (q->cum > 0)
			put_f64(b, "slippage_bp", slippage_bp(q->side, q->avg, q->arrival));
	}
	if (q->qty > 0)
		put_f64(b, "fill_rate",
		    (double)(int64_t)num_div_even((num_i128)q->cum * 1000000, q->qty) / 1e6);
	put_ms(b, "ack_ms", q->from, q->acked);
	put_ms(b, "first_fill_ms", q->from, q->first);
	if (q->cum >= q->qty)
		put_ms(b, "fill_ms", q->from, q->last);
	return buf_str(b);
}

/* ---- orders ---- */

static int
emit_status(struct broker *b, struct rec *r, struct str cl, uint8_t st, int64_t cum, int64_t leaves,
    int64_t avg, struct str text)
{
	rec_set(r, F_order_status_cl_ord_id, r->order_status.cl_ord_id, cl);
	rec_set(r, F_order_status_status, r->order_status.status, st);
	rec_set(r, F_order_status_cum_qty, r->order_status.cum_qty, cum);
	rec_set(r, F_order_status_leaves_qty, r->order_status.leaves_qty, leaves);
	if (cum > 0)
		rec_set(r, F_order_status_avg_price, r->order_status.avg_price, avg);
	if (text.n)
		rec_set(r, F_order_status_text, r->order_status.text, text);
	return b->l.out(b->l.arg, r);
}

int
report_status(struct broker *b, struct bk_order *o, uint8_t st, struct str text)
{
	char id[NUM_MAX];
	struct rec r;

	if (o->algo)
		return algo_child(b, o);
	if (st == W_ostat_new && o->cum > 0)
		st = W_ostat_partially_filled;
	o->told = st;
	rec_init(&r, REC_order_status, broker_stamp(b), o->sym);
	if (o->id)
		rec_set(&r, F_order_status_order_id, r.order_status.order_id, order_id(o->id, id));
	if (bk_final(st)) {
		struct quality q = { o->side, o->t.qty, o->cum, bk_avg(o->value, o->cum),
			o->arrival, o->sent_at, o->acked_at, o->first_at, o->last_at };

		r.extra = quality(&b->text, &q);
	}
	return emit_status(b, &r, o->cl, st, o->cum, bk_leaves(o), bk_avg(o->value, o->cum), text);
}

int
report_algo(struct broker *b, struct bk_algo *a, uint8_t st, struct str text)
{
	struct rec r;

	if (st == W_ostat_new && a->cum > 0)
		st = W_ostat_partially_filled;
	a->told = st;
	rec_init(&r, REC_order_status, broker_stamp(b), a->sym);
	if (bk_final(st)) {
		struct quality q = { a->side, a->qty, a->cum, bk_avg(a->value, a->cum), a->arrival,
			a->got_at, 0, a->first_at, a->last_at };

		r.extra = quality(&b->text, &q);
	}
	return emit_status(b, &r, a->ref, st, a->cum, bk_final(st) ? 0 : a->qty - a->cum,
	    bk_avg(a->value, a->cum), text);
}

int
report_fill(struct broker *b, const struct bk_exec *x, struct str correction_of)
{
	const struct bk_order *o = x->order;
	const struct bk_algo *a = o->algo;
	int64_t cum = a ? a->cum : x->cum, qty = a ? a->qty : o->t.qty;
	int64_t arrival = a ? a->arrival : o->arrival;
	struct str strategy = a ? a->strategy : o->strategy;
	char id[NUM_MAX];
	struct rec r;

	rec_init(&r, REC_fill, x->ts, o->sym);
	rec_set(&r, F_fill_exec_id, r.fill.exec_id, x->id);
	rec_set(&r, F_fill_cl_ord_id, r.fill.cl_ord_id, a ? a->ref : o->cl);
	rec_set(&r, F_fill_order_id, r.fill.order_id, order_id(o->id, id));
	rec_set(&r, F_fill_side, r.fill.side, x->side);
	rec_set(&r, F_fill_last_qty, r.fill.last_qty, x->qty);
	rec_set(&r, F_fill_last_price, r.fill.last_price, x->px);
	rec_set(&r, F_fill_cum_qty, r.fill.cum_qty, cum);
	rec_set(&r, F_fill_leaves_qty, r.fill.leaves_qty, qty > cum ? qty - cum : 0);
	rec_set(&r, F_fill_avg_price, r.fill.avg_price,
	    a ? bk_avg(a->value, a->cum) : bk_avg(x->value, x->cum));
	if (x->has_comm)
		rec_set(&r, F_fill_commission, r.fill.commission, x->commission);
	if (x->liquidity.n)
		rec_set(&r, F_fill_liquidity, r.fill.liquidity, x->liquidity);
	if (x->exch.n)
		rec_set(&r, F_fill_exch, r.fill.exch, x->exch);
	if (arrival > 0) {
		rec_set(&r, F_fill_arrival_price, r.fill.arrival_price, arrival);
		rec_set(&r, F_fill_slippage_bp, r.fill.slippage_bp,
		    slippage_bp(x->side, x->px, arrival));
	}
	if (strategy.n)
		rec_set(&r, F_fill_strategy, r.fill.strategy, strategy);
	if (correction_of.n)
		rec_set(&r, F_fill_correction_of, r.fill.correction_of, correction_of);
	return b->l.out(b->l.arg, &r);
}

int
report_reject(
    struct broker *b, struct str cl, const struct sym *sym, const char *rule, struct str text)
{
	struct rec r;

	rec_init(&r, REC_reject, broker_stamp(b), sym);
	rec_set(&r, F_reject_cl_ord_id, r.reject.cl_ord_id, cl);
	rec_set(&r, F_reject_rule, r.reject.rule, str_z(rule));
	if (text.n)
		rec_set(&r, F_reject_text, r.reject.text, text);
	rec_set(&r, F_reject_source, r.reject.source, str_z("broker"));
	return b->l.out(b->l.arg, &r);
}

/* ---- the account ---- */

int
report_alert(struct broker *b, uint8_t severity, const char *rule, const struct sym *sym,
    const double *value, const double *limit, const char *fmt, ...)
{
	char text[500];
	struct rec r;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (severity != W_sev_info)
		broker_note(b, 1, "%s: %s", rule, text);
	rec_init(&r, REC_alert, broker_stamp(b), sym);
	rec_set(&r, F_alert_severity, r.alert.severity, severity);
	rec_set(&r, F_alert_rule, r.alert.rule, str_z(rule));
	rec_set(&r, F_alert_text, r.alert.text, str_z(text));
	if (value)
		rec_set(&r, F_alert_value, r.alert.value, *value);
	if (limit)
		rec_set(&r, F_alert_limit, r.alert.limit, *limit);
	return b->l.out(b->l.arg, &r);
}

int
report_conn(struct broker *b, uint8_t state, const char *text)
{
	struct rec r;

	rec_init(&r, REC_status, broker_stamp(b), NULL);
	rec_set(&r, F_status_source, r.status.source, str_z("ibkr-exec"));
	rec_set(&r, F_status_state, r.status.state, state);
	if (text && *text)
		rec_set(&r, F_status_text, r.status.text, str_z(text));
	return b->l.out(b->l.arg, &r);
}

static int
report_position(struct broker *b, int64_t ts, const struct ledger_pos *p)
{
	struct rec r;

	rec_init(&r, REC_position, ts, p->sym);
	rec_set(&r, F_position_qty, r.position.qty, p->qty);
	if (p->qty != 0)
		rec_set(&r, F_position_avg_price, r.position.avg_price, ledger_avg_price(p));
	if (p->mark != 0)
		rec_set(&r, F_position_mark, r.position.mark, p->mark);
	rec_set(&r, F_position_unrealized_pnl, r.position.unrealized_pnl, ledger_unrealized(p));
	rec_set(&r, F_position_realized_pnl, r.position.realized_pnl, p->realized);
	return b->l.out(b->l.arg, &r);
}

static int
report_portfolio(struct broker *b, int64_t ts)
{
	struct ledger_totals t;
	struct rec r;

	ledger_totals_now(b->book->ledger, &t);
	rec_init(&r, REC_portfolio, ts, NULL);
	rec_set(&r, F_portfolio_cash, r.portfolio.cash, t.cash);
	rec_set(&r, F_portfolio_equity, r.portfolio.equity, t.equity);
	rec_set(&r, F_portfolio_gross, r.portfolio.gross, t.gross);
	rec_set(&r, F_portfolio_net, r.portfolio.net, t.net);
	rec_set(&r, F_portfolio_leverage, r.portfolio.leverage, t.leverage);
	rec_set(&r, F_portfolio_realized_pnl, r.portfolio.realized_pnl, t.realized);
	rec_set(&r, F_portfolio_unrealized_pnl, r.portfolio.unrealized_pnl, t.unrealized);
	rec_set(&r, F_portfolio_commission, r.portfolio.commission, t.commission);
	rec_set(&r, F_portfolio_peak_equity, r.portfolio.peak_equity, t.peak_equity);
	rec_set(&r, F_portfolio_drawdown, r.portfolio.drawdown, t.drawdown);
	return b->l.out(b->l.arg, &r);
}

int
report_account(struct broker *b, int64_t ts, bool all)
{
	struct ledger *l = b->book->ledger;
	int rc = 0;

	for (uint32_t i = 0; all && i < ledger_count(l) && rc == 0; i++)
		if (ledger_at(l, i)->qty != 0 && !ledger_at(l, i)->changed)
			rc = report_position(b, ts, ledger_at(l, i));
	for (uint32_t i = 0; i < ledger_changed_count(l) && rc == 0; i++)
		rc = report_position(b, ts, ledger_changed_at(l, i));
	ledger_changed_clear(l);
	return rc ? rc : report_portfolio(b, ts);
}
