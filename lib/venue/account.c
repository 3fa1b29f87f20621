/* The account from outside: options, records in, watermarks, what others may ask. */
#include "venue/account.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mkt/quality.h"
#include "venue/venue.h"

#define A(field) OPT_OFF(struct account_opts, field)
const struct opt account_options[] = {
	{ OPT_CASH, 0, "capital", "MONEY", "cash the account starts with", "100000", NULL, NULL,
	    A(capital), 0, 0 },
	{ OPT_STR, 0, "commission", "SCHEDULE",
	    "none, ibkr-fixed, ibkr-tiered, rate:PART or per-share:USD[:MIN]", "ibkr-fixed", NULL,
	    NULL, A(commission), 0, 0 },
	{ OPT_STR, 0, "slippage", "MODEL",
	    "none, bps:N, half-spread, volume-share:K or sqrt:K, for market and stop orders",
	    "none", NULL, NULL, A(slippage), 0, 0 },
	{ OPT_F64, 0, "participation", "PART",
	    "largest part of a record's volume that may fill; 0: no limit", "0", NULL, NULL,
	    A(participation), 0, 0 },
	{ OPT_STR, 0, "latency", "SPAN|Nbars", "time before an order can fill: 250ms, 2bars", "0",
	    NULL, NULL, A(latency), 0, 0 },
	{ OPT_F64, 0, "borrow-rate", "PART", "yearly fee on the value of short positions", "0",
	    NULL, NULL, A(borrow_rate), 0, 0 },
	{ OPT_F64, 0, "margin-rate", "PART", "yearly interest on negative cash", "0", NULL, NULL,
	    A(margin_rate), 0, 0 },
	{ OPT_F64, 0, "margin", "PART",
	    "initial margin, part of gross exposure; 1: no borrowing, 0: not checked", "0.5", NULL,
	    NULL, A(margin), 0, 0 },
	{ OPT_F64, 0, "maintenance", "PART",
	    "margin call when equity falls below this part of gross; 0: none", "0.25", NULL, NULL,
	    A(maintenance), 0, 0 },
	{ OPT_STR, 0, "instruments", "FILE", "multipliers, lots and ticks by symbol (CSV)", NULL,
	    NULL, NULL, A(instruments), 0, 0 },
	{ OPT_STR, 0, "trading-day", "NAME",
	    "what ends a day: utc, or a session (XNYS, CMES, FX, ...)", "utc", NULL, NULL,
	    A(trading_day), 0, 0 },
	{ OPT_FLAG, 0, "no-short", NULL, "refuse to sell what is not held", NULL, NULL, NULL,
	    A(no_short), 0, 0 },
	{ OPT_CHOICE, 0, "both-in-range", "WHICH",
	    "when a bar reaches both a stop and a limit: worst takes the stop", "worst",
	    "worst|best", NULL, A(optimistic), 0, 0 },
	{ OPT_END, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0 },
};

static int
parse_slippage(struct account *a, const char *text, struct err *e)
{
	static const struct {
		const char *name;
		enum slip_kind kind;
	} models[] = { { "bps:", SLIP_BPS }, { "volume-share:", SLIP_VOLUME_SHARE },
		{ "sqrt:", SLIP_SQRT } };

	if (!text || strcmp(text, "none") == 0)
		return 0;
	if (strcmp(text, "half-spread") == 0) {
		a->slip = SLIP_HALF_SPREAD;
		return 0;
	}
	for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
		size_t n = strlen(models[i].name);

		if (strncmp(text, models[i].name, n) != 0)
			continue;
		if (!num_f64(text + n, strlen(text + n), &a->slip_k) || a->slip_k < 0)
			return err_set(e, ERR_USAGE, "--slippage %s: \"%s\" is no number from 0 up",
			    text, text + n);
		a->slip = models[i].kind;
		return 0;
	}
	return err_set(e, ERR_USAGE,
	    "--slippage %s: want none, bps:N, half-spread, volume-share:K or sqrt:K", text);
}

static int
parse_latency(struct account *a, const char *text, struct err *e)
{
	size_t n = text ? strlen(text) : 0;

	if (n == 0)
		return 0;
	if (n > 4 && strcmp(text + n - 4, "bars") == 0) {
		if (num_i64(text, n - 4, &a->latency_skip) && a->latency_skip >= 0)
			return 0;
	} else if (tim_span(text, n, &a->latency_ns) && a->latency_ns >= 0) {
		return 0;
	}
	return err_set(e, ERR_USAGE, "--latency %s: want a span (250ms) or a count (2bars)", text);
}

static int
check_opts(const struct account_opts *o, struct err *e)
{
	const struct {
		const char *name;
		double v, hi;
	} parts[] = { { "participation", o->participation, 1 },
		{ "borrow-rate", o->borrow_rate, 100 }, { "margin-rate", o->margin_rate, 100 },
		{ "margin", o->margin, 100 }, { "maintenance", o->maintenance, 100 } };

	if (o->capital <= 0)
		return err_set(e, ERR_USAGE, "--capital must be above zero");
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (!(parts[i].v >= 0 && parts[i].v <= parts[i].hi))
			return err_set(e, ERR_USAGE, "--%s must lie between 0 and %g",
			    parts[i].name, parts[i].hi);
	return 0;
}

static int
configure(struct account *a, struct err *e)
{
	const char *day = a->o.trading_day;
	int rc = check_opts(&a->o, e);

	if (!rc)
		rc =
		    commission_parse(a->o.commission ? a->o.commission : "none", &a->commission, e);
	if (!rc)
		rc = parse_slippage(a, a->o.slippage, e);
	if (!rc)
		rc = parse_latency(a, a->o.latency, e);
	if (rc)
		return rc;
	a->instruments = instruments_open(a->o.instruments, e);
	if (!a->instruments)
		return e->code;
	if (day && strcmp(day, "utc") != 0 && strcmp(day, "24x7") != 0) {
		a->sessions = sessions_open(day, NULL, e);
		if (!a->sessions)
			return e->code;
	}
	return 0;
}

/* a shadow account that nobody listens to */
static int
out_nothing(void *arg, const struct rec *r)
{
	(void)arg, (void)r;
	return 0;
}

struct account *
account_new(
    const struct account_opts *o, struct symtab *syms, account_out_fn out, void *arg, struct err *e)
{
	struct account *a = mem_alloc(sizeof *a);

	a->o = *o;
	a->syms = syms;
	a->out = out ? out : out_nothing;
	a->silent = !out;
	a->arg = arg;
	a->next_no = 1;
	a->wm = a->seen = a->data_start = a->day = a->overlap.upto = TIM_NONE;
	a->ledger = ledger_new(o->capital);
	if (configure(a, e) < 0) {
		account_free(a);
		return NULL;
	}
	return a;
}

void
account_free(struct account *a)
{
	if (!a)
		return;
	orders_free(a);
	free(a->sym);
	sessions_free(a->sessions);
	instruments_free(a->instruments);
	ledger_free(a->ledger);
	free(a);
}

/* ---- market data ---- */

static int64_t
size64(num_i128 v)
{
	return v > INT64_MAX ? INT64_MAX : v > 0 ? (int64_t)v : 0;
}

static void
limit_volume(const struct account *a, struct event *ev)
{
	for (int side = 0; side < 2; side++) {
		double part = a->o.participation * (double)ev->vol[side];

		/* no volume is an unknown volume: most FX files have none */
		ev->avail[side] = INT64_MAX;
		if (a->o.participation > 0 && ev->vol[side] > 0 && part < 9.2e18)
			ev->avail[side] = (int64_t)part;
	}
}

/* Working orders first, then the new price: an order sees the world as it was. */
static int
event(struct account *a, struct vsym *s, struct event *ev, int64_t px)
{
	int rc = 0;

	if (s->norders > 0 && !a->follow) {
		limit_volume(a, ev);
		rc = match_event(a, s, ev);
	}
	s->px = px;
	s->bid = ev->sell.c;
	s->ask = ev->buy.c;
	s->start = ev->start;
	s->known = ev->known;
	s->delisted = false;
	if (ev->quote)
		s->spread = ev->spread;
	ledger_mark(a->ledger, s->sym, px);
	orders_sweep(a);
	if (s->norders > 0)
		orders_added(a, s);
	return rc;
}

static void
note_time(struct account *a, int64_t start, int64_t known)
{
	if (known > a->seen)
		a->seen = known;
	if (start > a->data_start)
		a->data_start = start;
}

static int
on_bar(struct account *a, const struct rec *r)
{
	const struct rec_bar *b = &r->bar;
	struct vsym *s;
	struct event ev;
	int64_t known;
	int rc;

	/* a half-built bar is not yet a bar, and one that contradicts itself is none */
	if (b->low <= 0 || b->open < b->low || b->open > b->high || b->close < b->low ||
	    b->close > b->high || (rec_has(r, F_bar_partial) && b->partial))
		return 0;
	s = venue_sym(a, r->sym);
	if (rec_has(r, F_bar_rev)) { /* a correction of the past fills nothing */
		if (r->ts >= s->start) {
			s->px = s->bid = s->ask = b->close;
			ledger_mark(a->ledger, r->sym, b->close);
		}
		return 0;
	}
	/* without ts_end all that is known is that it ended after it began */
	known = rec_has(r, F_bar_ts_end) ? b->ts_end : r->ts + 1;
	if (rec_has(r, F_bar_gap) && b->gap) { /* nothing traded */
		note_time(a, r->ts, known);
		return 0;
	}
	if (s->norders == 0) { /* the rest of the stream's life */
		s->px = s->bid = s->ask = b->close;
		s->start = r->ts;
		s->known = rec_known(r);
		s->delisted = false;
		ledger_mark(a->ledger, r->sym, b->close);
		note_time(a, r->ts, known);
		return 0;
	}
	ev.buy = ev.sell = (struct px4){ b->open, b->high, b->low, b->close };
	ev.vol[0] = ev.vol[1] = rec_has(r, F_bar_volume) ? size64(b->volume) : 0;
	ev.start = r->ts;
	ev.known = rec_known(r);
	ev.spread = rec_has(r, F_bar_spread) && b->spread > 0 ? b->spread : 0;
	ev.quote = false;
	ev.whole_day = num_sub(known, r->ts) >= 23 * TIM_HOUR;
	ev.new_session = false;
	rc = event(a, s, &ev, b->close);
	note_time(a, r->ts, known);
	return rc;
}

static int
on_tick(struct account *a, const struct rec *r)
{
	struct event ev = { .start = r->ts, .known = r->ts, .quote = r->type == REC_quote };
	int64_t px;
	int rc;

	if (ev.quote) {
		const struct rec_quote *q = &r->quote;

		if (q->bid <= 0 || q->ask < q->bid)
			return 0;
		ev.buy = (struct px4){ q->ask, q->ask, q->ask, q->ask };
		ev.sell = (struct px4){ q->bid, q->bid, q->bid, q->bid };
		ev.vol[0] = rec_has(r, F_quote_ask_size) ? size64(q->ask_size) : 0;
		ev.vol[1] = rec_has(r, F_quote_bid_size) ? size64(q->bid_size) : 0;
		ev.spread = q->ask - q->bid;
		px = q->bid + ev.spread / 2;
	} else {
		px = r->trade.price;
		if (px <= 0)
			return 0;
		ev.buy = ev.sell = (struct px4){ px, px, px, px };
		ev.vol[0] = ev.vol[1] = size64(r->trade.size);
	}
	rc = event(a, venue_sym(a, r->sym), &ev, px);
	note_time(a, r->ts, r->ts);
	return rc;
}

int
account_push(struct account *a, const struct rec *r)
{
	int rc = 0;

	switch (r->type) {
	case REC_bar: return r->sym && quality_ok(r) ? on_bar(a, r) : 0;
	case REC_trade:
	case REC_quote: return r->sym && quality_ok(r) ? on_tick(a, r) : 0;
	case REC_order: rc = a->follow ? follow_order(a, r) : enter_order(a, r); break;
	case REC_cancel: rc = a->follow ? 0 : enter_cancel(a, r); break;
	case REC_replace: rc = a->follow ? follow_replace(a, r) : enter_replace(a, r); break;
	case REC_corporate_action: rc = a->follow || !r->sym ? 0 : corp_action(a, r); break;
	default: return 0;
	}
	orders_sweep(a);
	return rc;
}

/* ---- watermarks ---- */

static int
emit_positions(struct account *a, int64_t ts)
{
	uint32_t n = ledger_changed_count(a->ledger);
	int rc = 0;

	for (uint32_t i = 0; i < n && !rc; i++) {
		const struct ledger_pos *p = ledger_changed_at(a->ledger, i);
		struct rec r;

		rec_init(&r, REC_position, ts, p->sym);
		rec_set(&r, F_position_qty, r.position.qty, p->qty);
		if (p->qty != 0)
			rec_set(
			    &r, F_position_avg_price, r.position.avg_price, ledger_avg_price(p));
		if (p->mark != 0)
			rec_set(&r, F_position_mark, r.position.mark, p->mark);
		rec_set(
		    &r, F_position_unrealized_pnl, r.position.unrealized_pnl, ledger_unrealized(p));
		rec_set(&r, F_position_realized_pnl, r.position.realized_pnl, p->realized);
		rc = a->out(a->arg, &r);
	}
	ledger_changed_clear(a->ledger);
	return rc;
}

static int
emit_portfolio(struct account *a, int64_t ts, const struct ledger_totals *t)
{
	struct rec r;

	rec_init(&r, REC_portfolio, ts, NULL);
	rec_set(&r, F_portfolio_cash, r.portfolio.cash, t->cash);
	rec_set(&r, F_portfolio_equity, r.portfolio.equity, t->equity);
	rec_set(&r, F_portfolio_gross, r.portfolio.gross, t->gross);
	rec_set(&r, F_portfolio_net, r.portfolio.net, t->net);
	rec_set(&r, F_portfolio_leverage, r.portfolio.leverage, t->leverage);
	rec_set(&r, F_portfolio_realized_pnl, r.portfolio.realized_pnl, t->realized);
	rec_set(&r, F_portfolio_unrealized_pnl, r.portfolio.unrealized_pnl, t->unrealized);
	rec_set(&r, F_portfolio_commission, r.portfolio.commission, t->commission);
	rec_set(&r, F_portfolio_peak_equity, r.portfolio.peak_equity, t->peak_equity);
	rec_set(&r, F_portfolio_drawdown, r.portfolio.drawdown, t->drawdown);
	if (a->borrow_fee)
		rec_set(&r, F_portfolio_borrow_fee, r.portfolio.borrow_fee, a->borrow_fee);
	if (a->dividends)
		rec_set(&r, F_portfolio_dividends, r.portfolio.dividends, a->dividends);
	if (a->interest)
		rec_set(&r, F_portfolio_interest, r.portfolio.interest, a->interest);
	return a->out(a->arg, &r);
}

int
account_watermark(struct account *a, int64_t ts)
{
	struct ledger_totals t;
	int64_t day;
	int rc;

	if (ts > a->wm)
		a->wm = ts;
	if (a->follow)
		return 0;
	if (a->norders > 0) {
		rc = upkeep_orders(a, ts);
		orders_sweep(a);
		if (rc)
			return rc;
	}
	day = venue_day(a, ts);
	if (a->day != TIM_NONE && day > a->day)
		upkeep_fees(a, day - a->day);
	if (day > a->day)
		a->day = day;
	if (a->silent) { /* nobody asks for the rest */
		rc = upkeep_margin(a, ts, ledger_equity(a->ledger), ledger_gross(a->ledger));
		orders_sweep(a);
		ledger_changed_clear(a->ledger);
		return rc;
	}
	ledger_totals_now(a->ledger, &t);
	rc = upkeep_margin(a, ts, t.equity, t.gross);
	orders_sweep(a);
	if (!rc)
		rc = emit_positions(a, ts);
	return rc ? rc : emit_portfolio(a, ts, &t);
}

int
account_portfolio(struct account *a, int64_t ts)
{
	struct ledger_totals t;

	ledger_totals_now(a->ledger, &t);
	return emit_portfolio(a, ts, &t);
}

/* ---- questions ---- */

struct ledger *
account_ledger(struct account *a)
{
	return a->ledger;
}

struct instruments *
account_instruments(struct account *a)
{
	return a->instruments;
}

int64_t
account_price(const struct account *a, const struct sym *sym)
{
	return sym->id < a->sym_cap ? a->sym[sym->id].px : 0;
}

bool
account_id_seen(struct account *a, struct str cl_ord_id)
{
	bool seen;

	order_find(a, cl_ord_id, &seen);
	return seen;
}

bool
account_target_delta(struct account *a, const struct rec *target, int64_t *delta)
{
	struct vsym *s = venue_sym(a, target->sym);
	const struct ledger_pos *p = ledger_pos(a->ledger, target->sym);
	int64_t want, money, lot = s->in->lot, equity = ledger_equity(a->ledger);
	num_i128 units, d;

	if (s->px <= 0)
		return false;
	if (rec_has(target, F_target_position)) {
		want = target->target.position;
	} else {
		bool neg = target->target.weight < 0;

		/* a weight of nothing, or of a debt, is no position */
		if (!num_micro_of(
			target->target.weight * num_of_micro(equity > 0 ? equity : 0), &money))
			return false;
		/* toward zero: a target never costs more than its weight */
		units = (num_i128)(neg ? -money : money) * 1000000000000 /
			((num_i128)s->px * s->in->multiplier);
		if (units > INT64_MAX)
			return false;
		want = (int64_t)units;
		if (lot > 0)
			want -= want % lot;
		want = neg ? -want : want;
	}
	d = (num_i128)want - (p ? p->qty : 0) - account_working(a, target->sym, NULL, NULL);
	*delta = d < -INT64_MAX || d > INT64_MAX ? INT64_MIN : (int64_t)d;
	return true;
}
