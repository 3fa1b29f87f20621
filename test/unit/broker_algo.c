/* Orders worked through children: schedules, limits, restarts. */
#include "broker/engine.h"
#include "t_broker.h"

static struct rig *r;

static void
up(uint64_t seed)
{
	r = rig_up(seed);
}

static void
down(void)
{
	rig_down(r);
}

static void
pass(int ms)
{
	rig_pass(r, ms);
}

static void
order(const char *id, const char *rest)
{
	char line[600];

	snprintf(line, sizeof line,
	    "{\"type\":\"order\",\"ts\":\"2024-03-08T14:30:00Z\",\"sym\":\"AAPL\",\"cl_ord_id\":"
	    "\"%s\",\"side\":\"sell\",%s}",
	    id, rest);
	rig_push(r, line);
	pass(30);
}

/* The stream goes on to so many seconds after 14:30. */
static void
at(int seconds)
{
	char line[100];

	snprintf(line, sizeof line, "{\"type\":\"watermark\",\"ts\":\"2024-03-08T14:%02d:%02dZ\"}",
	    30 + seconds / 60, seconds % 60);
	rig_push(r, line);
	pass(30);
}

static void
trade(int seconds, int size)
{
	char line[200];

	snprintf(line, sizeof line,
	    "{\"type\":\"trade\",\"ts\":\"2024-03-08T14:%02d:%02dZ\",\"sym\":\"AAPL\",\"price\":"
	    "100,"
	    "\"size\":%d}",
	    30 + seconds / 60, seconds % 60, size);
	rig_push(r, line);
}

static void
fill_all(void)
{
	for (size_t i = 0; i < r->g.norders; i++)
		if (gw_live(&r->g.order[i]))
			gw_fill(&r->g, (uint32_t)i, r->g.order[i].qty - r->g.order[i].filled);
	pass(50);
}

/* Sum of what the gateway got, whole units. */
static int64_t
sent(void)
{
	int64_t sum = 0;

	for (size_t i = 0; i < r->g.norders; i++)
		sum += r->g.order[i].qty / NUM_NANO;
	return sum;
}

static uint8_t
state(const char *id)
{
	const struct bk_algo *a = book_algo(broker_book(r->b), str_z(id));

	return a ? a->st : 0;
}

static void
test_twap(void)
{
	static const int want[] = { 25, 50, 75, 100 };

	up(1);
	order("t", "\"qty\":100,\"ord_type\":\"market\",\"algo\":\"twap\",\"duration\":\"4m\","
		   "\"slices\":4");
	is_i64(sent(), 25, "the first slice goes at once");
	ok(strcmp(r->g.order[0].ref, "t.1") == 0, "as t.1");
	at(59);
	is_i64(sent(), 25, "the second not before its minute");
	fill_all();
	for (int i = 1; i < 4; i++) {
		at(60 * i);
		is_i64(sent(), want[i], "slice %d", i + 1);
		fill_all();
	}
	ok(state("t") == W_ostat_filled && rig_told(r, "\"cl_ord_id\":\"t\",\"status\":\"filled\","
						       "\"cum_qty\":100,\"leaves_qty\":0"),
	    "then it is filled");
	ok(rig_told(r, "\"cl_ord_id\":\"t\",\"order_id\":\"1\",\"side\":\"sell\",\"last_qty\":25,"
		       "\"last_price\":") &&
		!strstr(buf_z(&r->records), "\"cl_ord_id\":\"t.1\""),
	    "fills bear its own name");
	ok(rig_agrees(r), "and are in the ledger");
	down();
}

static void
test_twap_limit(void)
{
	up(2);
	order("t", "\"qty\":90,\"ord_type\":\"limit\",\"limit_price\":120,\"algo\":\"twap\","
		   "\"duration\":180,\"slices\":3");
	at(60);
	is_i64(sent(), 60, "what works counts: no more than is due");
	at(120);
	is_i64(sent(), 90, "all of it out at the last slice");
	is_i64(r->g.order[0].limit, 120 * NUM_NANO, "with its limit");
	gw_fill(&r->g, 0, 30 * NUM_NANO);
	pass(50);
	at(181);
	pass(100);
	at(182);
	ok(state("t") == W_ostat_expired && rig_told(r, "\"status\":\"expired\",\"cum_qty\":30"),
	    "at the end what works is cancelled, and it expires with what it has");
	down();
}

static void
test_vwap(void)
{
	up(3);
	order("v", "\"qty\":100,\"ord_type\":\"market\",\"algo\":\"vwap\",\"duration\":\"3m\","
		   "\"profile\":[5,2,3]");
	is_i64(sent(), 50, "slices by weight: 5 of 10");
	at(60);
	is_i64(sent(), 70, "2 more");
	at(120);
	is_i64(sent(), 100, "and the rest");
	down();
	up(4);
	order("v", "\"qty\":1000,\"ord_type\":\"market\",\"algo\":\"vwap\",\"duration\":\"4m\","
		   "\"slices\":4");
	/* w = 1 + 2 (2x - 1)^2 at x = 1/8, 3/8, ..: 2.125 1.125 1.125 2.125 of 6.5 */
	is_i64(sent(), 326, "without a profile, a U");
	at(60);
	is_i64(sent(), 500, "with the same on both sides");
	down();
}

static void
test_pov(void)
{
	up(5);
	trade(0, 5000);
	order("p", "\"qty\":100,\"ord_type\":\"market\",\"algo\":\"pov\",\"participation\":0.1,"
		   "\"display\":5");
	is_i64(sent(), 0, "nothing was traded since it came");
	trade(1, 40);
	at(2);
	is_i64(sent(), 0, "4 are less than a child must have");
	trade(3, 35);
	at(4);
	is_i64(sent(), 7, "a tenth of 75");
	trade(5, 100000);
	at(6);
	is_i64(sent(), 100, "never more than all");
	fill_all();
	is_i64(state("p"), W_ostat_filled, "filled");
	down();
}

static void
test_iceberg(void)
{
	up(6);
	order("i", "\"qty\":10,\"ord_type\":\"limit\",\"limit_price\":99,\"algo\":\"iceberg\","
		   "\"display\":4");
	is_i64(sent(), 4, "the tip");
	gw_fill(&r->g, 0, 2 * NUM_NANO);
	pass(50);
	is_i64(sent(), 4, "a part of it brings no more");
	gw_fill(&r->g, 0, 2 * NUM_NANO);
	pass(300);
	is_i64(sent(), 8, "the next when it is gone");
	fill_all();
	pass(300);
	is_i64(sent(), 10, "the last is smaller");
	fill_all();
	pass(300);
	is_i64(state("i"), W_ostat_filled, "filled");
	ok(rig_agrees(r), "to the cent");
	down();
}

static void
test_restart(void)
{
	up(7);
	order("t", "\"qty\":100,\"ord_type\":\"market\",\"algo\":\"twap\",\"duration\":\"10m\","
		   "\"slices\":10");
	at(60);
	fill_all();
	at(120);
	rig_kill(r); /* one child works */
	gw_fill(&r->g, (uint32_t)(r->g.norders - 1), 10 * NUM_NANO);
	rig_start(r);
	rig_until(r, broker_ready(r->b), 500);
	at(180);
	is_i64(sent(), 40, "after a restart the rest goes on");
	at(240);
	is_i64(sent(), 50, "in time");
	rig_push(r, "{\"type\":\"cancel\",\"ts\":\"2024-03-08T14:34:00Z\",\"sym\":\"AAPL\","
		    "\"cl_ord_id\":\"t\"}");
	pass(200);
	ok(state("t") == W_ostat_canceled && rig_told(r, "\"status\":\"canceled\",\"cum_qty\":30"),
	    "a cancel ends it and its children");
	at(300);
	is_i64(sent(), 50, "and nothing more goes out");
	down();
}

static void
test_trouble(void)
{
	static const struct {
		const char *rest;
	} bad[] = { { "\"qty\":1,\"ord_type\":\"market\",\"algo\":\"magic\"" },
		{ "\"qty\":1,\"ord_type\":\"market\",\"algo\":\"twap\"" },
		{ "\"qty\":1,\"ord_type\":\"market\",\"algo\":\"twap\",\"duration\":\"x\"" },
		{ "\"qty\":1,\"ord_type\":\"market\",\"algo\":\"twap\",\"duration\":9,\"slices\":"
		  "1" },
		{ "\"qty\":1,\"ord_type\":\"market\",\"algo\":\"pov\",\"participation\":2" },
		{ "\"qty\":1,\"ord_type\":\"market\",\"algo\":\"iceberg\",\"display\":1" },
		{ "\"qty\":1,\"ord_type\":\"stop\",\"stop_price\":1,\"algo\":\"pov\","
		  "\"participation\":1" },
		{ "\"qty\":1,\"ord_type\":\"market\",\"algo\":\"vwap\",\"duration\":9,"
		  "\"profile\":[0,0]" } };
	char id[16];

	up(8);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(id, sizeof id, "b%zu", i);
		buf_clear(&r->records);
		order(id, bad[i].rest);
		ok(rig_told(r, "bad_algo"), "refused: %s", bad[i].rest);
	}
	r->g.f.reject = 10000;
	order("t", "\"qty\":100,\"ord_type\":\"market\",\"algo\":\"twap\",\"duration\":\"4m\"");
	pass(50);
	at(60);
	ok(rig_told(r, "child_rejected") && state("t") == W_ostat_canceled,
	    "a child that is refused ends it");
	is_i64((int64_t)r->g.placed, 1, "no second one is tried");
	r->g.f.reject = 0;
	r->g.f.drop_order = 10000;
	order("u", "\"qty\":100,\"ord_type\":\"market\",\"algo\":\"twap\",\"duration\":\"4m\","
		   "\"slices\":2");
	pass(4000);
	r->g.f.drop_order = 0;
	at(70);
	is_i64(sent(), 50, "what got lost on the way goes again, under another name");
	fill_all();
	at(130);
	fill_all();
	is_i64(state("u"), W_ostat_filled, "and it is filled");
	order("u", "\"qty\":1,\"ord_type\":\"market\"");
	ok(rig_told(r, "duplicate_id"), "its name is used up");
	down();
}

int
main(void)
{
	test_twap();
	test_twap_limit();
	test_vwap();
	test_pov();
	test_iceberg();
	test_restart();
	test_trouble();
	return done_testing();
}
