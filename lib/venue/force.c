/* An execution that no market data brought about: for simulated venues and their scripts. */
#include "venue/venue.h"

int
account_force_fill(struct account *a, struct str cl_ord_id, int64_t qty, int64_t price, int64_t ts)
{
	struct order *o = order_find(a, cl_ord_id, NULL);
	struct event ev = { .avail = { qty, qty }, .start = ts, .known = ts };
	int rc;

	if (!o || o->state != O_WORKING || qty <= 0 || price <= 0)
		return 0;
	rc = fill_order(a, venue_sym(a, o->sym), o, price, ts, &ev);
	orders_sweep(a);
	return rc;
}
