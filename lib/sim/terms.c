/* An order of the wire as an order of the account: what is refused, and the records it becomes. */
#include <stdio.h>
#include <string.h>

#include "sim/gate.h"

static const struct {
	const char *name;
	unsigned type;
} order_types[] = { { "MKT", W_ord_market }, { "LMT", W_ord_limit }, { "STP", W_ord_stop },
	{ "STP LMT", W_ord_stop_limit }, { "STPLMT", W_ord_stop_limit },
	{ "TRAIL", W_ord_trailing_stop }, { "TRAIL LIMIT", W_ord_trailing_stop_limit },
	{ "TRAILLIMIT", W_ord_trailing_stop_limit }, { "MOC", W_ord_market_on_close },
	{ "LOC", W_ord_limit_on_close }, { "MOO", W_ord_market_on_open },
	{ "LOO", W_ord_limit_on_open }, { "MIT", W_ord_market_if_touched },
	{ "LIT", W_ord_limit_if_touched } };

static const struct {
	const char *name;
	unsigned tif;
} tifs[] = { { "", W_tif_day }, { "DAY", W_tif_day }, { "GTC", W_tif_gtc }, { "IOC", W_tif_ioc },
	{ "FOK", W_tif_fok }, { "GTD", W_tif_gtd }, { "OPG", W_tif_opg } };

static unsigned
type_of(struct str s)
{
	for (size_t i = 0; i < sizeof order_types / sizeof order_types[0]; i++)
		if (str_eqz(s, order_types[i].name))
			return order_types[i].type;
	return 0;
}

static unsigned
tif_of(struct str s)
{
	for (size_t i = 0; i < sizeof tifs / sizeof tifs[0]; i++)
		if (str_eqz(s, tifs[i].name))
			return tifs[i].tif;
	return 0;
}

static bool
is_trail(unsigned type)
{
	return type == W_ord_trailing_stop || type == W_ord_trailing_stop_limit;
}

static bool
has_limit(unsigned type)
{
	return type == W_ord_limit || type == W_ord_stop_limit || type == W_ord_limit_on_close ||
	       type == W_ord_limit_on_open || type == W_ord_limit_if_touched;
}

static bool
has_stop(unsigned type)
{
	return type == W_ord_stop || type == W_ord_stop_limit || type == W_ord_market_if_touched ||
	       type == W_ord_limit_if_touched;
}

static bool
above_zero(int64_t v)
{
	return tws_set(v) && v > 0;
}

/* A price that is set lies on a tick. */
static bool
on_tick(const struct inst *in, int64_t px)
{
	return !above_zero(px) || px % in->tick == 0;
}

int64_t
sim_terms_qty(const struct inst *in, const struct tws_order *o)
{
	int64_t px = in->ask > 0 ? in->ask : in->last, lot = in->in->lot > 0 ? in->in->lot : 1;
	num_i128 units;

	if (above_zero(o->total_quantity) || !above_zero(o->cash_qty) || px <= 0)
		return tws_set(o->total_quantity) ? o->total_quantity : 0;
	units = (num_i128)o->cash_qty * NUM_NANO / px; /* a purchase for so much cash */
	return (int64_t)(units - units % lot);
}

/* What is wrong with it; NULL: nothing. *code as the gateway says it. */
const char *
sim_terms_wrong(
    struct sim *s, const struct inst *in, const struct tws_q_place_order *q, int64_t *code)
{
	const struct tws_order *o = &q->order;
	unsigned type = type_of(o->order_type);
	int64_t t;
	enum tws_time_kind kind;

	*code = 201;
	if (!str_eqz(o->action, "BUY") && !str_eqz(o->action, "SELL") &&
	    !str_eqz(o->action, "SSHORT"))
		return "Order rejected - reason:Invalid action";
	if (sim_terms_qty(in, o) <= 0)
		return "Order rejected - reason:The order size cannot be zero";
	if (!type)
		return "Order rejected - reason:This order type is not supported";
	if (!tif_of(o->tif))
		return "Order rejected - reason:Invalid time in force";
	if (has_limit(type) && !above_zero(o->lmt_price))
		return "Order rejected - reason:The limit price must be above zero";
	if (has_stop(type) && !above_zero(o->aux_price))
		return "Order rejected - reason:The stop price must be above zero";
	if (is_trail(type) && above_zero(o->aux_price) == above_zero(o->trailing_percent))
		return "Order rejected - reason:A trailing amount or percentage is needed";
	if (tif_of(o->tif) == W_tif_gtd && !tws_time_parse(&s->zones, o->good_till_date, &t, &kind))
		return "Order rejected - reason:Invalid good till date";
	if (!on_tick(in, o->lmt_price) || (!is_trail(type) && !on_tick(in, o->aux_price)) ||
	    !on_tick(in, o->trail_stop_price)) {
		*code = 110;
		return "The price does not conform to the minimum price variation for this "
		       "contract.";
	}
	return NULL;
}

/* Prices and the like, for orders and replacements; `set` marks what is there. */
static void
trail_terms(const struct tws_order *o, struct rec *r)
{
	bool buy = str_eqz(o->action, "BUY");
	int64_t limit = o->lmt_price;

	if (above_zero(o->trailing_percent))
		rec_set(r, F_order_trail_percent, r->order.trail_percent,
		    num_of_nano(o->trailing_percent));
	else
		rec_set(r, F_order_trail, r->order.trail, o->aux_price);
	if (above_zero(o->trail_stop_price))
		rec_set(r, F_order_stop_price, r->order.stop_price, o->trail_stop_price);
	if (r->order.ord_type != W_ord_trailing_stop_limit)
		return;
	if (above_zero(o->trail_stop_price) && tws_set(o->lmt_price_offset))
		limit = o->trail_stop_price + (buy ? o->lmt_price_offset : -o->lmt_price_offset);
	if (above_zero(limit))
		rec_set(r, F_order_limit_price, r->order.limit_price, limit);
}

void
sim_terms_record(
    struct sim *s, const struct inst *in, const struct tws_q_place_order *q, struct rec *r)
{
	const struct tws_order *o = &q->order;
	unsigned type = type_of(o->order_type);
	int64_t t;
	enum tws_time_kind kind;

	rec_init(r, REC_order, s->now, in->sym);
	rec_set(
	    r, F_order_side, r->order.side, str_eqz(o->action, "BUY") ? W_side_buy : W_side_sell);
	rec_set(r, F_order_qty, r->order.qty, sim_terms_qty(in, o));
	rec_set(r, F_order_ord_type, r->order.ord_type, (uint8_t)type);
	rec_set(r, F_order_tif, r->order.tif, (uint8_t)tif_of(o->tif));
	if (has_limit(type))
		rec_set(r, F_order_limit_price, r->order.limit_price, o->lmt_price);
	if (has_stop(type))
		rec_set(r, F_order_stop_price, r->order.stop_price, o->aux_price);
	if (is_trail(type))
		trail_terms(o, r);
	if (r->order.tif == W_tif_gtd && tws_time_parse(&s->zones, o->good_till_date, &t, &kind))
		rec_set(r, F_order_expire_time, r->order.expire_time, t);
	if (o->oca_group.n)
		rec_set(r, F_order_oca_group, r->order.oca_group, o->oca_group);
	if (o->outside_rth)
		rec_set(r, F_order_outside_rth, r->order.outside_rth, true);
}

/* What changed between two versions of an order, as a replacement. */
void
sim_terms_replace(struct sim *s, const struct inst *in, const struct tws_q_place_order *was,
    const struct tws_q_place_order *is, struct rec *r)
{
	struct rec a, b;

	sim_terms_record(s, in, was, &a);
	sim_terms_record(s, in, is, &b);
	rec_init(r, REC_replace, s->now, in->sym);
	if (a.order.qty != b.order.qty)
		rec_set(r, F_replace_qty, r->replace.qty, b.order.qty);
	if (rec_has(&b, F_order_limit_price) && a.order.limit_price != b.order.limit_price)
		rec_set(r, F_replace_limit_price, r->replace.limit_price, b.order.limit_price);
	if (rec_has(&b, F_order_stop_price) && a.order.stop_price != b.order.stop_price)
		rec_set(r, F_replace_stop_price, r->replace.stop_price, b.order.stop_price);
	if (rec_has(&b, F_order_trail) && a.order.trail != b.order.trail)
		rec_set(r, F_replace_trail, r->replace.trail, b.order.trail);
	if (a.order.tif != b.order.tif)
		rec_set(r, F_replace_tif, r->replace.tif, b.order.tif);
	if (rec_has(&b, F_order_expire_time) &&
	    (!rec_has(&a, F_order_expire_time) || a.order.expire_time != b.order.expire_time))
		rec_set(r, F_replace_expire_time, r->replace.expire_time, b.order.expire_time);
}
