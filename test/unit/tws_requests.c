/* What clients send: our bytes beside those of ib_async, and both clients' spellings read. */
#include "t_tws.h"

static struct buf bytes, ours, shown, shown2;
static struct tws_arena mem;

static bool
same_bytes(const char *what, struct str name, int64_t sv)
{
	bool same = str_eq(buf_str(&ours), buf_str(&bytes));

	if (!same) {
		printf("#  %s %.*s at %d\n", what, STR_FMT(name), (int)sv);
		printf("#  ours   %s\n", t_fields(&shown, ours.p, ours.len));
		printf("#  theirs %s\n", t_fields(&shown2, bytes.p, bytes.len));
	}
	return same;
}

/* ---- a request from what was asked of ib_async ---- */

static void
set_member(const struct tws_row *r, void *at, const struct json *j)
{
	int64_t *i = at;

	switch ((enum tws_op)r->op) {
	case TWS_OP_STR: json_text(j, at); break;
	case TWS_OP_BOOL: json_bool(j, at); break;
	case TWS_OP_I64:
	case TWS_OP_INT: json_i64(j, i); break;
	default: json_nano(j, i);
	}
}

struct by_name {
	const char *name; /* of the member */
	const struct json *value;
	int found;
};

static void
set_named(void *arg, const struct tws_row *r, void *at, int depth)
{
	struct by_name *b = arg;

	if (depth == 0 && r->op != TWS_OP_K && r->op != TWS_OP_LIST &&
	    strcmp(t_leaf(r->name), b->name) == 0) {
		set_member(r, at, b->value);
		b->found++;
	}
}

static struct tws_tag tags[8];

/* Members of an object by name; false when one has no place. */
static bool
set_object(struct tws_request *q, const struct json *object)
{
	bool all = true;

	for (size_t i = 0; i < json_len(object); i++) {
		struct str key = json_key_at(object, i);
		struct by_name b = { .value = json_at(object, i) };
		struct t_walk w = { 178, set_named, &b };
		char name[64];

		if (str_eqz(key, "algoParams")) {
			for (size_t k = 0; k < json_len(b.value) && k < 8; k++) {
				json_text(json_at(json_at(b.value, k), 0), &tags[k].tag);
				json_text(json_at(json_at(b.value, k), 1), &tags[k].value);
			}
			q->place_order.order.algo_params =
			    (struct tws_tags){ json_len(b.value), tags };
			continue;
		}
		t_member(name, sizeof name, str_eqz(key, "acctCode") ? str_z("account") : key);
		b.name = name;
		t_walk(&w, t_layout_q(q), &q->unknown, 0);
		if (b.found != 1)
			t_note("no member %s", name);
		all &= b.found == 1;
	}
	return all;
}

static const char *const contracts =
    "{\"AAPL_STK\":{\"symbol\":\"AAPL\",\"secType\":\"STK\",\"exchange\":\"SMART\",\"currency\":"
    "\"USD\"},"
    "\"AAPL_STK_PRIM\":{\"conId\":265598,\"symbol\":\"AAPL\",\"secType\":\"STK\",\"exchange\":"
    "\"SMART\","
    "\"primaryExchange\":\"NASDAQ\",\"currency\":\"USD\"},"
    "\"EURUSD_CASH\":{\"symbol\":\"EUR\",\"secType\":\"CASH\",\"exchange\":\"IDEALPRO\","
    "\"currency\":\"USD\"},"
    "\"ES_FUT\":{\"symbol\":\"ES\",\"secType\":\"FUT\",\"lastTradeDateOrContractMonth\":"
    "\"20251219\","
    "\"multiplier\":\"50\",\"exchange\":\"CME\",\"currency\":\"USD\"},"
    "\"BTC_CRYPTO\":{\"symbol\":\"BTC\",\"secType\":\"CRYPTO\",\"exchange\":\"PAXOS\",\"currency\":"
    "\"USD\"},"
    "\"SPY_OPT\":{\"symbol\":\"SPY\",\"secType\":\"OPT\",\"lastTradeDateOrContractMonth\":"
    "\"20251219\","
    "\"strike\":600,\"right\":\"C\",\"multiplier\":\"100\",\"exchange\":\"SMART\",\"currency\":"
    "\"USD\","
    "\"tradingClass\":\"SPY\"},"
    "\"CONID_ONLY\":{\"conId\":265598,\"exchange\":\"SMART\"}}";

/* Arguments of ib_async's calls in their order, as members here. */
static const struct {
	const char *call;
	enum tws_req kind;
	const char *args; /* C: a contract, F: a filter; "-": not sent */
} calls[] = {
	{ "reqIds", TWS_Q_req_ids, "count" },
	{ "reqCurrentTime", TWS_Q_req_current_time, "" },
	{ "setServerLogLevel", TWS_Q_set_server_log_level, "level" },
	{ "reqMarketDataType", TWS_Q_req_market_data_type, "type" },
	{ "reqContractDetails", TWS_Q_req_contract_details, "req_id C" },
	{ "reqMktData", TWS_Q_req_mkt_data,
	    "req_id C generic_ticks snapshot regulatory_snapshot -" },
	{ "cancelMktData", TWS_Q_cancel_mkt_data, "req_id" },
	{ "reqTickByTickData", TWS_Q_req_tick_by_tick, "req_id C what count ignore_size" },
	{ "cancelTickByTickData", TWS_Q_cancel_tick_by_tick, "req_id" },
	{ "reqRealTimeBars", TWS_Q_req_real_time_bars, "req_id C bar_size what_to_show use_rth -" },
	{ "cancelRealTimeBars", TWS_Q_cancel_real_time_bars, "req_id" },
	{ "reqHistoricalData", TWS_Q_req_historical_data,
	    "req_id C end_date_time duration bar_size what_to_show use_rth format_date "
	    "keep_up_to_date -" },
	{ "cancelHistoricalData", TWS_Q_cancel_historical_data, "req_id" },
	{ "reqHeadTimeStamp", TWS_Q_req_head_time_stamp,
	    "req_id C what_to_show use_rth format_date" },
	{ "reqHistoricalTicks", TWS_Q_req_historical_ticks,
	    "req_id C start end count what_to_show use_rth ignore_size -" },
	{ "reqMktDepth", TWS_Q_req_mkt_depth, "req_id C rows smart_depth -" },
	{ "cancelMktDepth", TWS_Q_cancel_mkt_depth, "req_id smart_depth" },
	{ "reqMktDepthExchanges", TWS_Q_req_mkt_depth_exchanges, "" },
	{ "reqNewsBulletins", TWS_Q_req_news_bulletins, "all" },
	{ "cancelNewsBulletins", TWS_Q_cancel_news_bulletins, "" },
	{ "reqMarketRule", TWS_Q_req_market_rule, "rule_id" },
	{ "reqMatchingSymbols", TWS_Q_req_matching_symbols, "req_id pattern" },
	{ "reqOpenOrders", TWS_Q_req_open_orders, "" },
	{ "reqAllOpenOrders", TWS_Q_req_all_open_orders, "" },
	{ "reqAutoOpenOrders", TWS_Q_req_auto_open_orders, "bind" },
	{ "reqCompletedOrders", TWS_Q_req_completed_orders, "api_only" },
	{ "reqManagedAccts", TWS_Q_req_managed_accts, "" },
	{ "reqExecutions", TWS_Q_req_executions, "req_id F" },
	{ "cancelOrder", TWS_Q_cancel_order, "order_id -" },
	{ "reqGlobalCancel", TWS_Q_req_global_cancel, "-" },
	{ "reqPositions", TWS_Q_req_positions, "" },
	{ "cancelPositions", TWS_Q_cancel_positions, "" },
	{ "reqAccountUpdates", TWS_Q_req_account_updates, "subscribe account" },
	{ "reqAccountSummary", TWS_Q_req_account_summary, "req_id group tags" },
	{ "cancelAccountSummary", TWS_Q_cancel_account_summary, "req_id" },
	{ "reqPnL", TWS_Q_req_pnl, "req_id account model_code" },
	{ "cancelPnL", TWS_Q_cancel_pnl, "req_id" },
	{ "reqPnLSingle", TWS_Q_req_pnl_single, "req_id account model_code con_id" },
	{ "cancelPnLSingle", TWS_Q_cancel_pnl_single, "req_id" },
};

static bool
set_argument(
    struct tws_request *q, struct str name, const struct json *arg, const struct json *book)
{
	char z[64];
	struct by_name b = { .name = z, .value = arg };
	struct t_walk w = { 178, set_named, &b };
	struct str key = { "", 0 };

	if (str_eqz(name, "-"))
		return true;
	if (str_eqz(name, "C")) {
		json_text(json_at(arg, 1), &key);
		snprintf(z, sizeof z, "%.*s", STR_FMT(key));
		return json_len(json_get(book, z)) && set_object(q, json_get(book, z));
	}
	if (str_eqz(name, "F"))
		return set_object(q, json_at(arg, 1));
	snprintf(z, sizeof z, "%.*s", STR_FMT(name));
	t_walk(&w, t_layout_q(q), &q->unknown, 0);
	return b.found == 1;
}

static bool
from_call(struct tws_request *q, const struct json *call, const struct json *book)
{
	struct str name = { "", 0 };
	size_t k = 0, at = 1;
	const char *p;
	bool good = true;

	json_text(json_at(call, 0), &name);
	while (k < sizeof calls / sizeof *calls && !str_eqz(name, calls[k].call))
		k++;
	if (k == sizeof calls / sizeof *calls)
		return false;
	tws_request_init(q, calls[k].kind);
	for (p = calls[k].args; *p;) {
		size_t n = strcspn(p, " ");

		good &= set_argument(q, (struct str){ p, n }, json_at(call, at++), book);
		p += n;
		p += *p == ' ';
	}
	return good;
}

static bool
build(struct tws_request *q, const struct json *j, const struct json *book)
{
	int64_t id;

	if (str_eqz(t_json_str(j, "case"), "startApi")) {
		tws_request_init(q, TWS_Q_start_api);
		q->start_api.client_id = 7;
		return true;
	}
	if (json_get(j, "call"))
		return from_call(q, json_get(j, "call"), book);
	tws_request_init(q, TWS_Q_place_order);
	if (!json_i64(json_get(j, "orderId"), &id))
		return false;
	q->place_order.order.order_id = id;
	return set_object(q, json_get(j, "contract")) && set_object(q, json_get(j, "order"));
}

/* One case of ib_async: read, written again, and made from what was asked. */
static void
one_case(const struct json *j, const struct json *book, int *n)
{
	struct str name = t_json_str(j, "case");
	struct tws_request q;
	struct err e = { 0 };
	int64_t sv = 0;

	t_unhex(&bytes, t_json_str(j, "bytes_hex"));
	if (!json_i64(json_get(j, "serverVersion"), &sv)) {
		buf_clear(&ours);
		tws_codec_text.hello(&ours, NULL);
		n[3] += same_bytes("hello", name, 0);
		return;
	}
	n[0]++;
	tws_arena_reset(&mem);
	if (tws_decode_request((int)sv, bytes.p + 4, bytes.len - 4, &q, &mem, &e) < 0) {
		t_note("%.*s: %s", STR_FMT(name), e.msg);
		return;
	}
	buf_clear(&ours);
	if (q.kind != TWS_Q_unknown && tws_encode_request((int)sv, &q, &ours) == 0)
		n[1] += same_bytes("again", name, sv);
	buf_clear(&ours);
	if (build(&q, j, book) && tws_encode_request((int)sv, &q, &ours) == 0)
		n[2] += same_bytes("made", name, sv);
	else
		t_note("%.*s cannot be made", STR_FMT(name));
}

static void
test_ib_async(void)
{
	struct err e = { 0 };
	struct json *book = json_parse_text(contracts, strlen(contracts), &e), *j;
	struct buf text = { 0 };
	struct str rest;
	int n[4] = { 0 };

	t_tws_file(&text, "client_to_server.jsonl.gz");
	for (rest = buf_str(&text); (j = t_json_line(&rest)); json_free(j))
		one_case(j, book, n);
	ok(n[0] >= 160, "%d requests and orders of ib_async", n[0]);
	is_i64(n[1], n[0], "read and written again they are the same bytes");
	is_i64(n[2], n[0], "made from what was asked they are the same bytes");
	ok(n[3] >= 1, "and so is the hello");
	json_free(book);
	buf_free(&text);
}

/* ---- the official client's spellings mean the same ---- */

static struct json *
same_case(struct str *rest, struct str name, int64_t sv)
{
	struct json *j;
	int64_t v = 0;

	while ((j = t_json_line(rest))) {
		if (str_eq(t_json_str(j, "case"), name) &&
		    json_i64(json_get(j, "serverVersion"), &v) && v == sv)
			return j;
		json_free(j);
	}
	return NULL;
}

static void
test_official(void)
{
	struct buf a = { 0 }, b = { 0 };
	struct str theirs, rest;
	struct json *j, *k;
	int n = 0, same = 0, paired = 0;

	t_tws_file(&a, "client_to_server_official.jsonl.gz");
	t_tws_file(&b, "client_to_server.jsonl.gz");
	for (theirs = buf_str(&a); (j = t_json_line(&theirs)); json_free(j)) {
		struct str name = t_json_str(j, "case");
		struct tws_request q;
		struct err e = { 0 };
		int64_t sv;

		if (!json_i64(json_get(j, "serverVersion"), &sv))
			continue;
		n++;
		t_unhex(&bytes, t_json_str(j, "bytes_hex"));
		tws_arena_reset(&mem);
		if (tws_decode_request((int)sv, bytes.p + 4, bytes.len - 4, &q, &mem, &e) < 0 ||
		    q.kind == TWS_Q_unknown) {
			t_note("%.*s: %s", STR_FMT(name), e.msg);
			continue;
		}
		if (q.kind == TWS_Q_place_order && q.place_order.order.open_close.n == 0)
			q.place_order.order.open_close = str_z("O");
		buf_clear(&ours);
		tws_encode_request((int)sv, &q, &ours);
		rest = buf_str(&b);
		if (!(k = same_case(&rest, name, sv)))
			continue; /* ib_async has no such case */
		paired++;
		t_unhex(&bytes, t_json_str(k, "bytes_hex"));
		same += same_bytes("official", name, sv);
		json_free(k);
	}
	ok(n >= 160, "%d requests and orders of the official client", n);
	ok(paired >= 160, "%d of them are cases of ib_async too", paired);
	is_i64(same, paired, "and mean the same, unset values however spelled");
	buf_free(&a);
	buf_free(&b);
}

/* ---- the order's fields stand where the derived tables say ---- */

struct place {
	char names[200][64];
	int n;
};

static void
note_place(void *arg, const struct tws_row *r, void *at, int depth)
{
	struct place *p = arg;

	(void)at;
	(void)depth;
	snprintf(
	    p->names[p->n++], sizeof p->names[0], "%s", r->op == TWS_OP_K ? "-" : t_leaf(r->name));
}

static void
test_places(int sv, int count)
{
	static struct place p;
	struct t_walk w = { sv, note_place, &p };
	struct tws_request q;
	struct buf text = { 0 };
	struct str rest, line;
	char file[64], name[64];
	int wrong = 0, checked = 0, at = -1;

	p.n = 1; /* the id */
	tws_request_init(&q, TWS_Q_place_order);
	t_walk(&w, t_layout_q(&q), &q.unknown, 0);
	is_i64(p.n, count, "an order has %d fields at %d", count, sv);
	snprintf(file, sizeof file, "placeOrder_fields_%d.tsv.gz", sv);
	t_tws_file(&text, file);
	for (rest = buf_str(&text); t_line(&rest, &line);) {
		/* index, official name, ib_async name, values; a name may be "contract.conId" and
		 * may be followed by a remark */
		char official[128] = "", theirs[64] = "";

		if (sscanf(line.p, "%d\t%127[^\t]\t%63[^\t]\t", &at, official, theirs) != 3 ||
		    at == 0)
			continue;
		official[strcspn(official, " ")] = '\0';
		if (official[0] == '(')
			continue;
		t_member(name, sizeof name, str_z(t_leaf(official)));
		checked++;
		if (at >= p.n || strcmp(p.names[at], name) != 0) {
			t_note("at %d: %s, here %s", at, name, at < p.n ? p.names[at] : "nothing");
			wrong++;
		}
	}
	ok(checked > 95, "%d positions of the derived table at %d", checked, sv);
	is_i64(wrong, 0, "all agree");
	is_i64(at + 1, count, "and none is left over");
	buf_free(&text);
}

int
main(void)
{
	test_ib_async();
	test_official();
	test_places(176, 115);
	test_places(178, 114);
	buf_free(&bytes);
	buf_free(&ours);
	buf_free(&shown);
	buf_free(&shown2);
	tws_arena_free(&mem);
	return done_testing();
}
