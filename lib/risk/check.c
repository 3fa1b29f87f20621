/*
 * The checks, in the order in which they run. A check sees the order with its exposure worked out
 * and says no with numbers and words; a new check is a function and a line in the table.
 *
 * A limit on exposure refuses an order only when the order makes that exposure larger: what brings
 * an account back inside its limits always may.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "risk/risk.h"

#define ID_MAX 64

static bool
fail(struct risk_fail *f, const char *text)
{
	snprintf(f->text, sizeof f->text, "%s", text);
	return false;
}

/* The words with the symbol in the place of "%s". Agents learn by being refused: it is not rare. */
static bool
words(struct risk_fail *f, const char *fmt, const struct risk_order *o)
{
	const char *at = strstr(fmt, "%s");
	size_t before = (size_t)(at - fmt), rest = strlen(at + 2), n = o->sym->len;

	_Static_assert(sizeof f->text >= 160 + sizeof o->sym->name, "no check has more to say");
	memcpy(f->text, fmt, before);
	memcpy(f->text + before, o->sym->name, n);
	memcpy(f->text + before + n, at + 2, rest + 1);
	return false;
}

static bool
over(struct risk_fail *f, double value, double limit, const char *fmt, const struct risk_order *o)
{
	f->numbers = isfinite(value) && isfinite(limit);
	f->value = num_shown(value);
	f->limit = num_shown(limit);
	return words(f, fmt, o);
}

/* Of quantities and prices every digit is meant. */
static bool
over_nano(
    struct risk_fail *f, num_i128 value, int64_t limit, const char *fmt, const struct risk_order *o)
{
	words(f, fmt, o);
	f->numbers = true;
	f->value = (double)value / 1e9;
	f->limit = num_of_nano(limit);
	return false;
}

static double
money(num_i128 micro)
{
	return (double)micro / 1e6;
}

static num_i128
magnitude(num_i128 v)
{
	return v < 0 ? -v : v;
}

static bool
good_id(struct str id)
{
	if (id.n == 0 || id.n > ID_MAX)
		return false;
	for (size_t i = 0; i < id.n; i++)
		if (id.p[i] <= ' ' || id.p[i] > '~')
			return false;
	return true;
}

static bool
has_price(const struct rec *r, unsigned bit, int64_t price)
{
	return rec_has(r, bit) && price > 0;
}

/* Whether the prices that the type needs are there. NULL, or the words. */
static const char *
prices_of_type(const struct rec *r)
{
	bool limit = has_price(r, F_order_limit_price, r->order.limit_price);
	bool stop = has_price(r, F_order_stop_price, r->order.stop_price);
	bool trail = has_price(r, F_order_trail, r->order.trail) ||
		     (rec_has(r, F_order_trail_percent) && isfinite(r->order.trail_percent) &&
			 r->order.trail_percent > 0 && r->order.trail_percent < 100);

	switch (r->order.ord_type) {
	case W_ord_limit:
	case W_ord_limit_on_close:
	case W_ord_limit_on_open: return limit ? NULL : "a limit order needs a limit_price above 0";
	case W_ord_stop:
	case W_ord_market_if_touched:
		return stop ? NULL : "a stop order needs a stop_price above 0";
	case W_ord_stop_limit:
	case W_ord_limit_if_touched:
		return stop && limit
			   ? NULL
			   : "a stop limit order needs stop_price and limit_price above 0";
	case W_ord_trailing_stop:
	case W_ord_trailing_stop_limit:
		return trail ? NULL : "a trailing stop needs trail or trail_percent above 0";
	case W_ord_market:
	case W_ord_market_on_close:
	case W_ord_market_on_open: return NULL;
	default: return "the order type is not known";
	}
}

static bool
check_schema(struct risk *k, const struct risk_order *o, struct risk_fail *f)
{
	const struct rec *r = o->r;
	const char *why;

	(void)k;
	if (!good_id(r->order.cl_ord_id))
		return fail(f, "cl_ord_id must be 1 to 64 printable characters without spaces");
	if (r->order.side == 0 || r->order.side >= W_side_N)
		return fail(f, "the side is not known");
	if (r->order.qty <= 0)
		return fail(f, "qty must be above 0");
	if ((why = prices_of_type(r)) != NULL)
		return fail(f, why);
	if (rec_has(r, F_order_limit_price) && r->order.limit_price <= 0)
		return fail(f, "limit_price must be above 0");
	if (rec_has(r, F_order_stop_price) && r->order.stop_price <= 0)
		return fail(f, "stop_price must be above 0");
	if (rec_has(r, F_order_tif) && r->order.tif == W_tif_gtd &&
	    !rec_has(r, F_order_expire_time))
		return fail(f, "a gtd order needs an expire_time");
	return !o->fault || fail(f, o->fault);
}

static bool
check_duplicate_id(struct risk *k, const struct risk_order *o, struct risk_fail *f)
{
	if (o->fresh_id && risk_id_seen(k, o->r->order.cl_ord_id))
		return fail(f, "an order with this cl_ord_id went out before");
	return true;
}

/* Only brings the position nearer to zero, whatever else fills. */
static bool
reduces(struct risk *k, const struct risk_order *o)
{
	num_i128 pos = o->position, after = risk_pending_side(k, o->sym, o->buy);

	after += o->qty;
	return o->buy ? pos < 0 && pos + after <= 0 : pos > 0 && pos - after >= 0;
}

static bool
check_state(struct risk *k, const struct risk_order *o, struct risk_fail *f)
{
	if (k->state == RISK_ACTIVE || (k->state == RISK_REDUCING && reduces(k, o)))
		return true;
	const struct risk_latch *l = k->nlatches ? &k->latches[k->nlatches - 1] : NULL;
	f->code = k->state == RISK_REDUCING ? "reduce_only" : "halted";
	snprintf(f->text, sizeof f->text, "%s since %s",
	    k->state == RISK_REDUCING ? "only reducing orders" : "trading is halted",
	    l ? l->rule : "an unknown state");
	return false;
}

static bool
check_restricted(struct risk *k, const struct risk_order *o, struct risk_fail *f)
{
	return !limits_restricted(&k->limits, o->sym) || over(f, NAN, NAN, "%s is restricted", o);
}

static bool
check_allowed(struct risk *k, const struct risk_order *o, struct risk_fail *f)
{
	return limits_allowed(&k->limits, o->sym) ||
	       over(f, NAN, NAN, "%s is not among the allowed symbols", o);
}

static bool
check_price_known(struct risk *k, const struct risk_order *o, struct risk_fail *f)
{
	(void)k;
	return o->last > 0 || over(f, NAN, NAN, "no price of %s was seen yet", o);
}

static bool
check_fits(struct risk *k, const struct risk_order *o, struct risk_fail *f)
{
	(void)k;
	if (o->before.bad || o->after.bad)
		return fail(f, "the value of the order or of the account does not fit a number");
	return true;
}

static bool
check_lot(struct risk *k, const struct risk_order *o, struct risk_fail *f)
{
	int64_t lot = o->in->lot;

	limits_i64(&k->limits, L_lot_size, o->sym, o->strategy, &lot);
	if (lot <= 0 || o->r->order.qty % lot == 0)
		return true;
	return over_nano(f, o->r->order.qty, lot,
	    "the quantity of %s is no multiple of its lot size (--instruments or lot_size "
	    "say what it is)",
	    o);
}

/* US stocks below 1.00 are quoted in steps of 0.0001 (SEC Rule 612). */
static int64_t
tick_of(struct risk *k, const struct risk_order *o, int64_t price)
{
	int64_t tick = o->in->tick;

	if (o->in->cls == INSTR_EQUITY && tick == NUM_NANO / 100 && price < NUM_NANO)
		tick = NUM_NANO / 10000;
	limits_i64(&k->limits, L_tick_size, o->sym, o->strategy, &tick);
	return tick;
}

static bool
on_tick(struct risk *k, const struct risk_order *o, bool there, int64_t price, struct risk_fail *f)
{
	int64_t tick = there ? tick_of(k, o, price) : 0;

	if (tick <= 0 || price % tick == 0)
		return true;
	return over_nano(f, price, tick, "a price of %s is no multiple of its tick size", o);
}

static bool
check_tick(struct risk *k, const struct risk_order *o, struct risk_fail *f)
{
	const struct rec *r = o->r;

	return on_tick(k, o, rec_has(r, F_order_limit_price), r->order.limit_price, f) &&
	       on_tick(k, o, rec_has(r, F_order_stop_price), r->order.stop_price, f);
}

/*
 * Limits on the size of an order are there against orders larger than was meant. An order that can
 * only bring a position down is held to what the position is, and may not be refused for its
 * size: a position that rose above the limit could otherwise never be sold.
 */
static bool
only_reduces(const struct risk *k, const struct risk_order *o)
{
	return o->qty > 0 && risk_closes(k, o) == o->qty;
}

static bool
check_order_qty(struct risk *k, const struct risk_order *o, struct risk_fail *f)
{
	int64_t max;

	if (!limits_i64(&k->limits, L_max_order_qty, o->sym, o->strategy, &max) || o->qty <= max ||
	    only_reduces(k, o))
		return true;
	return over_nano(f, o->qty, max, "the quantity of %s is above max_order_qty", o);
}

static bool
check_order_notional(struct risk *k, const struct risk_order *o, struct risk_fail *f)
{
	int64_t max;
	double pct, equity = money(o->totals.equity);

	if (limits_i64(&k->limits, L_max_order_notional, o->sym, o->strategy, &max) &&
	    o->value > max && !only_reduces(k, o))
		return over(f, money(o->value), num_of_micro(max),
		    "the order in %s is worth more than max_order_notional", o);
	if (limits_f64(&k->limits, L_max_order_equity_pct, o->sym, o->strategy, &pct) &&
	    !(money(o->value) <= equity * pct / 100) && !only_reduces(k, o))
		return over(f, money(o->value), equity * pct / 100,
		    "the order in %s is worth more than max_order_equity_pct", o);
	return true;
}

static bool
check_price_collar(struct risk *k, const struct risk_order *o, struct risk_fail *f)
{
	const struct rec *r = o->r;
	int64_t px[2] = { rec_has(r, F_order_limit_price) ? r->order.limit_price : o->last,
		rec_has(r, F_order_stop_price) ? r->order.stop_price : o->last };
	double pct;

	if (!limits_f64(&k->limits, L_price_collar_pct, o->sym, o->strategy, &pct))
		return true;
	for (int i = 0; i < 2; i++) {
		double off = ((double)px[i] - (double)o->last) * 100;
		if (!(fabs(off) <= pct * (double)o->last))
			return over(f, off / (double)o->last, pct,
			    "a price of %s is farther from the last than price_collar_pct", o);
	}
	return true;
}

static bool
check_duplicate(struct risk *k, const struct risk_order *o, struct risk_fail *f)
{
	int64_t window;

	if (!limits_all_i64(&k->limits, L_duplicate_window, &window))
		return true;
	const struct risk_sent *s = risk_sent_same(k, o->r, k->now, window);
	if (!s)
		return true;
	return over(f, num_of_nano(num_sub(k->now, s->ts)), num_of_nano(window),
	    "the same order in %s went out within duplicate_window", o);
}

static bool
check_order_rate(struct risk *k, const struct risk_order *o, struct risk_fail *f)
{
	int64_t max, window = 0;

	if (!limits_all_i64(&k->limits, L_max_order_rate, &max) ||
	    !limits_all_i64(&k->limits, L_rate_window, &window))
		return true;
	int64_t n = risk_sent_count(k, k->now, window) + 1;
	return n <= max || over(f, (double)n, (double)max,
			       "too many orders within rate_window, this one in %s", o);
}

static bool
check_no_short(struct risk *k, const struct risk_order *o, struct risk_fail *f)
{
	int64_t on;

	if (!limits_i64(&k->limits, L_no_short, o->sym, o->strategy, &on) || !on || o->buy ||
	    rec_has(o->r, F_order_parent_id))
		return true;
	num_i128 after = (num_i128)o->position - risk_pending_side(k, o->sym, false) - o->qty;
	if (after >= 0)
		return true;
	return over_nano(f, after, 0, "the position in %s could become negative", o);
}

static bool
check_position(struct risk *k, const struct risk_order *o, struct risk_fail *f)
{
	num_i128 was = o->buy ? o->before.hi : -o->before.lo,
		 is = o->buy ? o->after.hi : -o->after.lo;
	num_i128 value;
	int64_t max;
	double pct, equity = money(o->totals.equity);

	/* The order pushes towards one side; nothing grows while it stays on the other. */
	if (is <= 0 || (is <= was && was >= 0) || magnitude(is) <= magnitude(o->position))
		return true;
	if (limits_i64(&k->limits, L_max_position_qty, o->sym, o->strategy, &max) && is > max)
		return over_nano(f, is, max, "the position in %s could exceed max_position_qty", o);
	if (!risk_value(is, o->last, o->mult, &value))
		return fail(f, "the value of the position does not fit a number");
	if (limits_i64(&k->limits, L_max_position_notional, o->sym, o->strategy, &max) &&
	    value > max)
		return over(f, money(value), num_of_micro(max),
		    "the position in %s could exceed max_position_notional", o);
	if (limits_f64(&k->limits, L_max_position_equity_pct, o->sym, o->strategy, &pct) &&
	    !(money(value) <= equity * pct / 100))
		return over(f, money(value), equity * pct / 100,
		    "the position in %s could exceed max_position_equity_pct", o);
	return true;
}

static bool
within(struct risk *k, const struct risk_order *o, struct risk_fail *f, num_i128 value,
    enum limit_key abs_key, enum limit_key pct_key)
{
	int64_t max;
	double pct, equity = money(o->totals.equity);

	if (limits_all_i64(&k->limits, abs_key, &max) && value > max) {
		over(f, money(value), num_of_micro(max), "with the order in %s, above ", o);
		strcat(f->text, limit_descs[abs_key].name);
		return false;
	}
	if (limits_all_f64(&k->limits, pct_key, &pct) && !(money(value) <= equity * pct / 100)) {
		over(f, money(value), equity * pct / 100, "with the order in %s, above ", o);
		strcat(f->text, limit_descs[pct_key].name);
		return false;
	}
	return true;
}

static bool
check_gross(struct risk *k, const struct risk_order *o, struct risk_fail *f)
{
	return o->after.gross <= o->before.gross ||
	       within(k, o, f, o->after.gross, L_max_gross, L_max_gross_pct);
}

static num_i128
largest_net(const struct risk_exposure *x)
{
	return magnitude(x->net_hi) > magnitude(x->net_lo) ? magnitude(x->net_hi)
							   : magnitude(x->net_lo);
}

static bool
check_net(struct risk *k, const struct risk_order *o, struct risk_fail *f)
{
	num_i128 was = largest_net(&o->before), is = largest_net(&o->after);

	return is <= was || within(k, o, f, is, L_max_net, L_max_net_pct);
}

static bool
check_leverage(struct risk *k, const struct risk_order *o, struct risk_fail *f)
{
	double max, equity = money(o->totals.equity), gross = money(o->after.gross);

	if (!limits_all_f64(&k->limits, L_max_leverage, &max) || o->after.gross <= o->before.gross)
		return true;
	if (equity > 0 && gross <= max * equity)
		return true;
	return over(f, gross / equity, max, "with the order in %s, above max_leverage", o);
}

/* Equity must carry `margin` of all that would be held, at the worst prices allowed for. */
static bool
check_buying_power(struct risk *k, const struct risk_order *o, struct risk_fail *f)
{
	num_i128 was = o->before.gross + o->before.allowance;
	num_i128 is = o->after.gross + o->after.allowance;
	double margin, equity = money(o->totals.equity);

	if (!limits_all_f64(&k->limits, L_margin, &margin) || is <= was)
		return true;
	return money(is) * margin <= equity ||
	       over(
		   f, money(is) * margin, equity, "not enough buying power for the order in %s", o);
}

static bool
check_open_orders(struct risk *k, const struct risk_order *o, struct risk_fail *f)
{
	int64_t max;

	if (!limits_all_i64(&k->limits, L_max_open_orders, &max) || o->after.orders <= max)
		return true;
	return over(f, (double)o->after.orders, (double)max,
	    "with the order in %s, more than max_open_orders are working", o);
}

const struct risk_check risk_checks[] = {
	{ "schema", "the order is whole and its numbers make sense", check_schema, ABOUT_ORDER },
	{ "duplicate_id", "its cl_ord_id is new", check_duplicate_id, ABOUT_ORDER },
	{ "halted", "trading is neither halted nor (for this order) reduce_only", check_state,
	    ABOUT_SIZE },
	{ "restricted", "the symbol is not restricted", check_restricted, ABOUT_ORDER },
	{ "not_allowed", "the symbol is allowed", check_allowed, ABOUT_ORDER },
	{ "no_price", "a price of the symbol is known", check_price_known, ABOUT_ORDER },
	{ "overflow", "all values fit", check_fits, ABOUT_ORDER },
	{ "lot_size", "the quantity is a multiple of the lot", check_lot, ABOUT_ORDER },
	{ "tick_size", "the prices are multiples of the tick", check_tick, ABOUT_ORDER },
	{ "order_qty", "max_order_qty", check_order_qty, ABOUT_SIZE },
	{ "order_notional", "max_order_notional, max_order_equity_pct", check_order_notional,
	    ABOUT_SIZE },
	{ "price_collar", "price_collar_pct", check_price_collar, ABOUT_ORDER },
	{ "duplicate", "duplicate_window", check_duplicate, ABOUT_ORDER },
	{ "order_rate", "max_order_rate in rate_window", check_order_rate, ABOUT_ORDER },
	{ "no_short", "no_short", check_no_short, ABOUT_SIZE },
	{ "position", "max_position_qty, _notional, _equity_pct", check_position, ABOUT_SIZE },
	{ "gross", "max_gross, max_gross_pct", check_gross, ABOUT_ROOM },
	{ "net", "max_net, max_net_pct", check_net, ABOUT_ROOM },
	{ "leverage", "max_leverage", check_leverage, ABOUT_ROOM },
	{ "buying_power", "margin, price_buffer_pct", check_buying_power, ABOUT_ROOM },
	{ "open_orders", "max_open_orders", check_open_orders, ABOUT_ORDER },
	{ NULL, NULL, NULL, ABOUT_ORDER },
};
