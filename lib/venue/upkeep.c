/* What time does to an account: expiry, the close, fees and interest, margin calls. */
#include "venue/venue.h"

#include <stdio.h>

static bool
on_close(const struct order *o)
{
	return o->type == W_ord_market_on_close || o->type == W_ord_limit_on_close;
}

static bool
on_open(const struct order *o)
{
	return o->type == W_ord_market_on_open || o->type == W_ord_limit_on_open;
}

/* The close of a day that came in pieces is known only when the next day begins: it is the last
 * price of the day before. (A bar of a whole day fills them itself, in match.c.) */
static int
fill_at_close(struct account *a, struct vsym *s, struct order *o)
{
	int64_t px = IS_BUY(o) ? s->ask : s->bid, dir = IS_BUY(o) ? 1 : -1;

	if (o->state != O_WORKING || s->start == TIM_NONE || s->start < o->after || o->skip > 0 ||
	    venue_day(a, s->start) != o->day || order_live_qty(o) == 0)
		return 0;
	if (o->type == W_ord_limit_on_close && dir * px >= dir * o->limit)
		return 0;
	return fill_order(a, s, o, px, s->known, NULL);
}

int
upkeep_close_session(struct account *a, struct vsym *s, struct order *o, int64_t day, int64_t t)
{
	int rc = 0;

	if (o->day == TIM_NONE || day <= o->day || o->state == O_DONE)
		return 0;
	if (on_close(o))
		rc = fill_at_close(a, s, o);
	else if (o->tif != W_tif_day || on_open(o))
		return 0;
	if (rc || o->state == O_DONE)
		return rc;
	return order_end(a, o, W_ostat_expired, t, "the trading day has ended");
}

int
upkeep_orders(struct account *a, int64_t ts)
{
	int64_t day = venue_day(a, ts);

	for (struct order *o = a->first; o; o = o->next) {
		int rc = enter_due(a, o, ts);

		if (rc)
			return rc;
		if (o->state == O_DONE)
			continue;
		/* A symbol without data of its own shares the day of the others. */
		if (o->day == TIM_NONE && o->state == O_WORKING && a->data_start != TIM_NONE &&
		    a->data_start >= o->after)
			o->day = venue_day(a, a->data_start);
		rc = upkeep_close_session(a, venue_sym(a, o->sym), o, day, ts);
		if (!rc && o->state != O_DONE && o->tif == W_tif_gtd && o->expire <= ts)
			rc = order_end(a, o, W_ostat_expired, o->expire, NULL);
		if (rc)
			return rc;
	}
	return 0;
}

/* IBKR charges both on a year of 360 days, for each night. */
void
upkeep_fees(struct account *a, int64_t days)
{
	int64_t cash = ledger_cash_now(a->ledger), fee, net;

	if (a->o.margin_rate > 0 && cash < 0 &&
	    num_micro_of(num_of_micro(-cash) * a->o.margin_rate * (double)days / 360, &fee)) {
		ledger_cash(a->ledger, -fee);
		a->interest = num_sub(a->interest, fee);
		a->rev++;
	}
	if (a->o.borrow_rate <= 0)
		return;
	net = ledger_net(a->ledger);
	/* gross = long + short, net = long - short */
	int64_t shorts = num_sub(ledger_gross(a->ledger), net) / 2;
	if (num_micro_of(num_of_micro(shorts) * a->o.borrow_rate * (double)days / 360, &fee) &&
	    fee > 0) {
		ledger_cash(a->ledger, -fee);
		a->borrow_fee = num_add(a->borrow_fee, fee);
		a->rev++;
	}
}

static int
cancel_all(struct account *a, int64_t ts, const char *text)
{
	for (struct order *o = a->first; o; o = o->next) {
		int rc = order_end(a, o, W_ostat_canceled, ts, text);

		if (rc)
			return rc;
	}
	orders_sweep(a);
	return 0;
}

/* A market order of the account's own that closes the part `part` of a position. */
static int
close_part(struct account *a, const struct ledger_pos *p, double part, int64_t ts, const char *why)
{
	struct vsym *s = venue_sym(a, p->sym);
	int64_t size = p->qty < 0 ? -p->qty : p->qty, lot = s->in->lot > 0 ? s->in->lot : 1, qty;
	char id[40];
	struct order *o;

	if (size == 0)
		return 0;
	if (part >= 1 || !num_nano_of(num_of_nano(size) * part, &qty))
		qty = size;
	if (qty % lot)
		qty += lot - qty % lot;
	if (qty > size)
		qty = size;
	snprintf(id, sizeof id, "%s-%llu", why, (unsigned long long)a->next_no);
	o = order_new(
	    a, str_z(id), str_z(why), (struct str){ 0 }, (struct str){ 0 }, (struct str){ 0 });
	o->state = O_WORKING;
	o->ts = ts;
	o->side = p->qty > 0 ? W_side_sell : W_side_buy;
	o->type = W_ord_market;
	o->tif = W_tif_gtc;
	o->qty = qty;
	o->after = a->wm > a->seen ? a->wm : a->seen;
	o->arrival = s->px;
	o->checked = o->forced = true;
	a->nforced++;
	order_link(a, o, p->sym);
	orders_added(a, s);
	return emit_status(a, o, W_ostat_new, ts, why);
}

static int
liquidate(struct account *a, double part, int64_t ts, const char *why)
{
	int rc = cancel_all(a, ts, why);

	for (uint32_t i = 0; !rc && i < ledger_count(a->ledger); i++)
		rc = close_part(a, ledger_at(a->ledger, i), part, ts, why);
	return rc;
}

/*
 * Below maintenance margin: close the same part of every position, so much that equity covers
 * the initial margin of what is left (or the maintenance margin, when that is higher). With
 * nothing left to lose: close everything and take no more orders.
 */
int
upkeep_margin(struct account *a, int64_t ts, int64_t equity_micro, int64_t gross_micro)
{
	double gross, equity, keep, rate;
	int rc;

	if (gross_micro == 0 && equity_micro > 0)
		return 0;
	gross = num_of_micro(gross_micro);
	equity = num_of_micro(equity_micro);
	if (equity_micro <= 0) {
		if (a->halted)
			return 0;
		a->halted = true;
		rc = emit_alert(a, ts, "bankrupt",
		    "equity is gone: everything is closed, trading ends", W_act_halt, equity, 0);
		return rc ? rc : liquidate(a, 1, ts, "bankrupt");
	}
	if (a->o.maintenance <= 0 || a->nforced > 0 || equity >= gross * a->o.maintenance)
		return 0;
	rate = a->o.margin > a->o.maintenance ? a->o.margin : a->o.maintenance;
	keep = equity / (gross * rate);
	rc = emit_alert(a, ts, "margin_call", "equity is below the maintenance margin",
	    W_act_reduce, equity, gross * a->o.maintenance);
	return rc ? rc : liquidate(a, 1 - keep, ts, "margin_call");
}
