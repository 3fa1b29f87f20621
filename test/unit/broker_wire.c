/* How orders are spelled for the broker: type, time in force, prices. */
#include "broker/engine.h"
#include "t_broker.h"

static struct rig *r;

static void
check_wire(const char *rest, const char *type, const char *tif, int64_t lmt, int64_t aux)
{
	char line[400], gtd[TWS_TIME_LEN];
	struct rec_dec *d = rec_dec_new(r->syms, NULL);
	struct buf b = { 0 };
	struct tws_request q;
	struct bk_order o;
	struct rec rec;
	const char *text, *rule;

	snprintf(line, sizeof line,
	    "{\"type\":\"order\",\"ts\":\"2023-11-14T22:13:20Z\",\"sym\":\"AAPL\",\"cl_ord_id\":"
	    "\"x\",\"side\":\"sell\",\"qty\":1,%s}",
	    rest);
	buf_puts(&b, line);
	memset(buf_room(&b, REC_PAD), 0, REC_PAD);
	rec_dec_line(d, b.p, b.len, UINT32_MAX, &rec, &r->err);
	rule = terms_wrong(&rec, &text);
	terms_of(&rec, &o);
	terms_request(r->b, &o, &o.t, &r->contract[0], &q, gtd);
	ok(!rule && str_eqz(q.place_order.order.order_type, type) &&
		str_eqz(q.place_order.order.tif, tif) &&
		q.place_order.order.lmt_price == (lmt ? lmt * NUM_NANO : TWS_UNSET) &&
		q.place_order.order.aux_price == (aux ? aux * NUM_NANO : TWS_UNSET),
	    "%s", rest);
	if (str_eqz(q.place_order.order.order_type, "TRAIL LIMIT"))
		ok(q.place_order.order.lmt_price_offset == NUM_NANO &&
			q.place_order.order.trail_stop_price == 90 * NUM_NANO,
		    "its limit keeps its distance");
	if (str_eqz(q.place_order.order.tif, "GTD"))
		ok(str_eqz(q.place_order.order.good_till_date, "20231115-00:00:00"), "in UTC");
	rec_dec_free(d);
	buf_free(&b);
}

int
main(void)
{
	r = mem_alloc(sizeof *r);
	rig_init(r, 20);
	rig_start(r);
	check_wire("\"ord_type\":\"market\"", "MKT", "DAY", 0, 0);
	check_wire("\"ord_type\":\"limit\",\"limit_price\":9,\"tif\":\"gtc\"", "LMT", "GTC", 9, 0);
	check_wire("\"ord_type\":\"limit\",\"limit_price\":9,\"tif\":\"ioc\"", "LMT", "IOC", 9, 0);
	check_wire("\"ord_type\":\"stop\",\"stop_price\":8", "STP", "DAY", 0, 8);
	check_wire("\"ord_type\":\"stop_limit\",\"stop_price\":8,\"limit_price\":7", "STP LMT",
	    "DAY", 7, 8);
	check_wire("\"ord_type\":\"trailing_stop\",\"trail\":3", "TRAIL", "DAY", 0, 3);
	check_wire("\"ord_type\":\"trailing_stop_limit\",\"trail\":3,\"stop_price\":90,"
		   "\"limit_price\":89",
	    "TRAIL LIMIT", "DAY", 0, 3);
	check_wire("\"ord_type\":\"market_on_close\"", "MOC", "DAY", 0, 0);
	check_wire("\"ord_type\":\"market\",\"tif\":\"cls\"", "MOC", "DAY", 0, 0);
	check_wire("\"ord_type\":\"limit_on_close\",\"limit_price\":9", "LOC", "DAY", 9, 0);
	check_wire("\"ord_type\":\"market_on_open\"", "MKT", "OPG", 0, 0);
	check_wire("\"ord_type\":\"limit\",\"limit_price\":9,\"tif\":\"opg\"", "LMT", "OPG", 9, 0);
	check_wire("\"ord_type\":\"market_if_touched\",\"stop_price\":8", "MIT", "DAY", 0, 8);
	check_wire("\"ord_type\":\"limit_if_touched\",\"stop_price\":8,\"limit_price\":7", "LIT",
	    "DAY", 7, 8);
	check_wire(
	    "\"ord_type\":\"market\",\"tif\":\"gtd\",\"expire_time\":\"2023-11-15T00:00:00Z\"",
	    "MKT", "GTD", 0, 0);
	rig_free(r);
	free(r);
	return done_testing();
}
