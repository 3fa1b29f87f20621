/* What an order must have, and how the broker spells it. */
#include "broker/engine.h"

#include <stdlib.h>

static const struct {
	uint8_t type;
	const char *word; /* the broker's */
	bool limit, stop, trail;
	const char *tif; /* that it implies */
} kinds[] = {
	{ W_ord_market, "MKT", false, false, false, NULL },
	{ W_ord_limit, "LMT", true, false, false, NULL },
	{ W_ord_stop, "STP", false, true, false, NULL },
	{ W_ord_stop_limit, "STP LMT", true, true, false, NULL },
	{ W_ord_trailing_stop, "TRAIL", false, false, true, NULL },
	{ W_ord_trailing_stop_limit, "TRAIL LIMIT", true, false, true, NULL },
	{ W_ord_market_on_close, "MOC", false, false, false, "DAY" },
	{ W_ord_limit_on_close, "LOC", true, false, false, "DAY" },
	{ W_ord_market_on_open, "MKT", false, false, false, "OPG" },
	{ W_ord_limit_on_open, "LMT", true, false, false, "OPG" },
	{ W_ord_market_if_touched, "MIT", false, true, false, NULL },
	{ W_ord_limit_if_touched, "LIT", true, true, false, NULL },
};
#define NKINDS (sizeof kinds / sizeof *kinds)

static const char *const tifs[W_tif_N] = { [W_tif_none] = "DAY",
	[W_tif_day] = "DAY",
	[W_tif_gtc] = "GTC",
	[W_tif_ioc] = "IOC",
	[W_tif_fok] = "FOK",
	[W_tif_gtd] = "GTD",
	[W_tif_opg] = "OPG",
	[W_tif_cls] = "DAY" };

static size_t
kind_of(uint8_t type)
{
	for (size_t i = 0; i < NKINDS; i++)
		if (kinds[i].type == type)
			return i;
	return 0;
}

/* A market or limit order for the close is one of the types for it. */
static uint8_t
type_at_close(uint8_t type, uint8_t tif)
{
	if (tif != W_tif_cls)
		return type;
	return type == W_ord_market  ? W_ord_market_on_close
	       : type == W_ord_limit ? W_ord_limit_on_close
				     : type;
}

const char *
terms_wrong(const struct rec *r, const char **text)
{
	const struct rec_order *f = &r->order;
	size_t k = kind_of(f->ord_type);
	uint8_t tif = rec_has(r, F_order_tif) ? f->tif : W_tif_day;
	bool auction = f->ord_type == W_ord_market || f->ord_type == W_ord_limit;

	if (!r->sym)
		return *text = "an order needs a symbol", "no_symbol";
	if (f->cl_ord_id.n == 0 || f->cl_ord_id.n > 100)
		return *text = "an id has 1 to 100 bytes", "bad_id";
	if (f->qty <= 0)
		return *text = "the quantity must be above zero", "bad_qty";
	if (kinds[k].limit && !rec_has(r, F_order_limit_price))
		return *text = "the type needs a limit_price", "no_limit_price";
	if (kinds[k].stop && !rec_has(r, F_order_stop_price))
		return *text = "the type needs a stop_price", "no_stop_price";
	if (kinds[k].trail && !rec_has(r, F_order_trail) && !rec_has(r, F_order_trail_percent))
		return *text = "the type needs trail or trail_percent", "no_trail";
	if (kinds[k].trail && kinds[k].limit && !rec_has(r, F_order_stop_price))
		return *text = "the type needs the stop_price that it starts from", "no_stop_price";
	if (tif == W_tif_gtd && !rec_has(r, F_order_expire_time))
		return *text = "gtd needs an expire_time", "no_expire_time";
	if ((tif == W_tif_opg || tif == W_tif_cls) && !auction)
		return *text = "there is no auction for this type", "bad_tif";
	if ((rec_has(r, F_order_stop_price) && f->stop_price <= 0) ||
	    (rec_has(r, F_order_trail) && f->trail <= 0) ||
	    (rec_has(r, F_order_trail_percent) && !(f->trail_percent > 0)))
		return *text = "a price or a distance must be above zero", "bad_price";
	return NULL;
}

void
terms_of(const struct rec *r, struct bk_order *o)
{
	const struct rec_order *f = &r->order;

	memset(o, 0, sizeof *o);
	o->sym = r->sym;
	o->ref = f->cl_ord_id;
	o->side = f->side;
	o->t.qty = f->qty;
	o->t.tif = rec_has(r, F_order_tif) ? f->tif : W_tif_day;
	o->type = type_at_close(f->ord_type, o->t.tif);
	o->t.limit = rec_has(r, F_order_limit_price) ? f->limit_price : 0;
	o->t.stop = rec_has(r, F_order_stop_price) ? f->stop_price : 0;
	o->t.trail = rec_has(r, F_order_trail) ? f->trail : 0;
	o->trail_pct = rec_has(r, F_order_trail_percent) ? f->trail_percent : 0;
	o->t.expire = rec_has(r, F_order_expire_time) ? f->expire_time : 0;
	if (rec_has(r, F_order_strategy))
		o->strategy = f->strategy;
	if (rec_has(r, F_order_oca_group))
		o->oca = f->oca_group;
	o->outside_rth = rec_has(r, F_order_outside_rth) && f->outside_rth;
	o->ts = r->ts;
}

static void
trailing(const struct bk_order *o, const struct bk_terms *t, struct tws_order *w)
{
	int64_t pct;

	if (t->trail)
		w->aux_price = t->trail;
	else if (num_nano_of(o->trail_pct, &pct))
		w->trailing_percent = pct;
	if (t->stop)
		w->trail_stop_price = t->stop;
	if (o->type == W_ord_trailing_stop_limit) {
		int64_t d = t->stop - t->limit; /* the limit keeps its distance */

		w->lmt_price_offset = o->side == W_side_buy ? -d : d;
	}
}

void
terms_request(const struct broker *b, const struct bk_order *o, const struct bk_terms *t,
    const struct tws_contract *c, struct tws_request *q, char gtd[TWS_TIME_LEN])
{
	size_t k = kind_of(o->type);
	struct tws_order *w;

	tws_request_init(q, TWS_Q_place_order);
	q->place_order.contract = *c;
	w = &q->place_order.order;
	w->order_id = o->id;
	w->client_id = b->client;
	w->action = str_z(o->side == W_side_buy ? "BUY" : "SELL");
	w->total_quantity = t->qty;
	w->order_type = str_z(kinds[k].word);
	w->tif = str_z(kinds[k].tif ? kinds[k].tif : tifs[t->tif]);
	w->account = b->book->account;
	w->order_ref = o->ref;
	w->outside_rth = o->outside_rth;
	if (kinds[k].trail)
		trailing(o, t, w);
	else {
		if (kinds[k].limit)
			w->lmt_price = t->limit;
		if (kinds[k].stop)
			w->aux_price = t->stop;
	}
	if (o->oca.n) {
		w->oca_group = o->oca;
		w->oca_type = 2; /* a fill makes the others smaller, one at a time at the market */
	}
	if (o->parent && !bk_final(o->parent->st))
		w->parent_id = o->parent->id;
	if (t->tif == W_tif_gtd) {
		tws_time_put(gtd, t->expire);
		w->good_till_date = (struct str){ gtd, TWS_TIME_LEN };
	}
}

static bool
same_price(int64_t ours, int64_t shown)
{
	return ours == (tws_set(shown) ? shown : 0);
}

bool
terms_shown(const struct bk_order *o, const struct bk_terms *t, const struct tws_order *shown)
{
	size_t k = kind_of(o->type);

	if (t->qty != shown->total_quantity)
		return false;
	if (kinds[k].trail)
		return !t->trail || same_price(t->trail, shown->aux_price);
	return (!kinds[k].limit || same_price(t->limit, shown->lmt_price)) &&
	       (!kinds[k].stop || same_price(t->stop, shown->aux_price));
}

unsigned
terms_type(const struct tws_order *o)
{
	bool open = str_eqz(o->tif, "OPG");

	if (open && str_eqz(o->order_type, "MKT"))
		return W_ord_market_on_open;
	if (open && str_eqz(o->order_type, "LMT"))
		return W_ord_limit_on_open;
	for (size_t i = 0; i < NKINDS; i++)
		if (str_eqz(o->order_type, kinds[i].word))
			return kinds[i].type;
	return W_ord_market;
}
