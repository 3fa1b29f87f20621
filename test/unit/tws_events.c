/* What gateways send: read to the values that two other clients recorded, written as they came. */
#include "t_tws.h"

static struct buf bytes, ours, shown, shown2;
static struct tws_arena mem;

/* ---- values beside those of a client ---- */

/* One field of a decoded message. */
struct seen {
	const struct tws_row *row;
	void *at;
	int depth;
	bool used;
};

static struct seen fields[4096];
static int nfields;

static void
note_field(void *arg, const struct tws_row *r, void *at, int depth)
{
	(void)arg;
	if (r->op != TWS_OP_K && r->op != TWS_OP_LIST)
		fields[nfields++] = (struct seen){ r, at, depth, false };
}

static bool
is_unset(const struct json *j)
{
	struct str s = { "", 0 };
	int64_t v;

	if (json_kind(j) == JSON_IS_NULL)
		return true;
	return json_text(j, &s) && (str_eqz(s, "UNSET") || (s.n > 4 && !tws_nano(s, &v)));
}

/* Numbers come as numbers or as text, as the client keeps them. */
static bool
same_nano(const struct json *j, int64_t v)
{
	struct str s;
	int64_t want;

	if (!tws_set(v))
		return is_unset(j);
	if (json_text(j, &s))
		return tws_nano(s, &want) && want == v;
	return json_nano(j, &want) && want == v;
}

static bool
same_value(const struct seen *f, const struct json *j)
{
	const int64_t *i = f->at;
	int64_t want;
	struct str s;
	bool flag;
	double d;

	switch ((enum tws_op)f->row->op) {
	case TWS_OP_STR: {
		const struct str *have = f->at;

		return json_text(j, &s) && str_eq(s, *have);
	}
	case TWS_OP_BOOL: return json_bool(j, &flag) && flag == *(const bool *)f->at;
	case TWS_OP_I64:
	case TWS_OP_INT:
	case TWS_OP_INTM:
		if (!tws_set(*i))
			return is_unset(j);
		if (json_text(j, &s))
			return num_i64(s.p, s.n, &want) && want == *i;
		return json_i64(j, &want) && want == *i;
	case TWS_OP_CASH:
	case TWS_OP_CASHM:
		if (!tws_set(*i))
			return is_unset(j);
		if (json_text(j, &s))
			return tws_micro(s, &want) && want == *i;
		return json_micro(j, &want) && want == *i;
	case TWS_OP_F64: return json_f64(j, &d) && d == *(const double *)f->at;
	case TWS_OP_SUM: {
		num_i128 v = *(const num_i128 *)f->at;

		return same_nano(j, v == TWS_UNSET_SUM ? TWS_UNSET : (int64_t)v);
	}
	default: return same_nano(j, *i);
	}
}

static bool
wrong(struct str name, const char *what)
{
	t_note("%.*s: %s", STR_FMT(name), what);
	return false;
}

/* The client's objects name their members; a member may hold an object (contract). */
static bool
same_object(struct str name, const struct json *object)
{
	bool all = true;

	for (size_t i = 0; i < json_len(object); i++) {
		const struct json *value = json_at(object, i);
		char member[64];
		int k;

		if (json_kind(value) == JSON_IS_OBJECT) {
			all &= same_object(name, value);
			continue;
		}
		t_member(member, sizeof member, json_key_at(object, i));
		/* ibapi splits "20251219 08:30:00 US/Central" into date and time */
		if (strcmp(member, "last_trade_time") == 0 || json_kind(value) == JSON_IS_ARRAY)
			continue;
		for (k = 0; k < nfields; k++)
			if (strcmp(t_leaf(fields[k].row->name), member) == 0 && !fields[k].used)
				break;
		if (k == nfields) {
			all = wrong(name, member);
			continue;
		}
		fields[k].used = true;
		if (strcmp(member, "last_trade_date") == 0 && nfields > 30) {
			const struct str *have = fields[k].at;
			struct str s = { "", 0 };

			json_text(value, &s);
			if (have->n < s.n || memcmp(have->p, s.p, s.n) != 0)
				all = wrong(name, member);
		} else if (strcmp(t_leaf(fields[k].row->name), "time") == 0 &&
			   json_kind(value) == JSON_IS_TEXT) {
			; /* ib_async turns it into an instant: tws_words.c */
		} else if (!same_value(&fields[k], value)) {
			all = wrong(name, member);
		}
	}
	return all;
}

/*
 * [name, arguments ...]: objects by name, the others one after the other, for messages whose
 * arguments the client hands over in the order of the wire.
 */
static bool
same_call(struct str name, const struct json *call)
{
	bool all = true;
	int k = 0;

	/* objects first: what they name is then not taken for an argument */
	for (size_t i = 1; i < json_len(call); i++)
		if (json_kind(json_at(call, i)) == JSON_IS_OBJECT)
			all &= same_object(name, json_at(call, i));
	for (size_t i = 1; i < json_len(call); i++) {
		const struct json *arg = json_at(call, i);

		if (json_kind(arg) == JSON_IS_OBJECT)
			continue;
		/* members of an object that have the client's default are not named in it */
		while (k < nfields && (fields[k].used || !same_value(&fields[k], arg)))
			k++;
		if (k == nfields)
			return wrong(name, "an argument is not among the fields");
		fields[k++].used = true;
	}
	return all;
}

static const struct json *
arg(const struct json *call, size_t i)
{
	return i < json_len(call) ? json_at(call, i) : NULL;
}

static bool
same_px(const struct json *j, int64_t v)
{
	return same_nano(j, v);
}

static bool
same_int(const struct json *j, int64_t v)
{
	int64_t w;

	return json_i64(j, &w) && w == v;
}

static bool
same_str(const struct json *j, struct str s)
{
	struct str w;

	return json_text(j, &w) && str_eq(s, w);
}

static bool
has_flag(const struct json *attrib, const char *name)
{
	bool b = false;

	json_bool(json_get(attrib, name), &b);
	return b;
}

static bool
same_tick_by_tick(const struct json *c, const struct tws_e_tick_by_tick *t)
{
	if (!same_int(arg(c, 1), t->req_id))
		return false;
	if (t->type == 3)
		return same_int(arg(c, 2), t->time) && same_px(arg(c, 3), t->bid) &&
		       same_px(arg(c, 4), t->ask) && same_px(arg(c, 5), t->bid_size) &&
		       same_px(arg(c, 6), t->ask_size) &&
		       has_flag(arg(c, 7), "bidPastLow") == ((t->mask & 1) != 0) &&
		       has_flag(arg(c, 7), "askPastHigh") == ((t->mask & 2) != 0);
	if (t->type == 4)
		return same_int(arg(c, 2), t->time) && same_px(arg(c, 3), t->mid);
	return same_int(arg(c, 2), t->type) && same_int(arg(c, 3), t->time) &&
	       same_px(arg(c, 4), t->price) && same_px(arg(c, 5), t->size) &&
	       has_flag(arg(c, 6), "pastLimit") == ((t->mask & 1) != 0) &&
	       has_flag(arg(c, 6), "unreported") == ((t->mask & 2) != 0) &&
	       same_str(arg(c, 7), t->exchange) && same_str(arg(c, 8), t->conditions);
}

/* every bar is a call of its own, then comes the end */
static bool
same_history(const struct json *seen, const struct tws_e_historical_data *h)
{
	const struct json *end = json_at(seen, h->bars.n);

	if (json_len(seen) != h->bars.n + 1 || !same_str(arg(end, 2), h->start) ||
	    !same_str(arg(end, 3), h->end))
		return false;
	for (size_t i = 0; i < h->bars.n; i++) {
		const struct json *b = arg(json_at(seen, i), 2);
		const struct tws_bar *o = &h->bars.v[i];

		if (!same_int(arg(json_at(seen, i), 1), h->req_id) ||
		    !same_str(json_get(b, "date"), o->date) ||
		    !same_px(json_get(b, "open"), o->open) ||
		    !same_px(json_get(b, "high"), o->high) ||
		    !same_px(json_get(b, "low"), o->low) ||
		    !same_px(json_get(b, "close"), o->close) ||
		    !same_px(json_get(b, "volume"), (int64_t)o->volume) ||
		    !same_px(json_get(b, json_get(b, "wap") ? "wap" : "average"), o->wap) ||
		    !same_int(json_get(b, "barCount"), o->count))
			return false;
	}
	return true;
}

static bool
same_ticks(const struct json *c, const struct tws_event *ev)
{
	size_t n = ev->historical_ticks.ticks.n;

	if (json_len(arg(c, 2)) != n || !same_int(arg(c, 1), ev->historical_ticks.req_id))
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct json *t = json_at(arg(c, 2), i), *flags;

		if (ev->kind == TWS_E_historical_ticks) {
			const struct tws_tick_mid *m = &ev->historical_ticks.ticks.v[i];

			if (!same_int(json_get(t, "time"), m->time) ||
			    !same_px(json_get(t, "price"), m->price) ||
			    !same_px(json_get(t, "size"), m->size))
				return false;
		} else if (ev->kind == TWS_E_historical_ticks_bid_ask) {
			const struct tws_tick_bid_ask *m = &ev->historical_ticks_bid_ask.ticks.v[i];

			flags = json_get(t, "tickAttribBidAsk");
			if (!same_int(json_get(t, "time"), m->time) ||
			    !same_px(json_get(t, "priceBid"), m->bid) ||
			    !same_px(json_get(t, "priceAsk"), m->ask) ||
			    !same_px(json_get(t, "sizeBid"), m->bid_size) ||
			    !same_px(json_get(t, "sizeAsk"), m->ask_size) ||
			    has_flag(flags, "askPastHigh") != ((m->mask & 1) != 0))
				return false;
		} else {
			const struct tws_tick_last *m = &ev->historical_ticks_last.ticks.v[i];

			if (!same_int(json_get(t, "time"), m->time) ||
			    !same_px(json_get(t, "price"), m->price) ||
			    !same_px(json_get(t, "size"), m->size))
				return false;
		}
	}
	return true;
}

/* What the official client saw; it keeps integers of times and text of sizes as they came. */
static bool
same_view(struct str name, const struct json *seen, struct tws_event *ev)
{
	const struct json *c = json_at(seen, 0);
	struct t_walk w = { 178, note_field, NULL };
	bool delayed;

	switch (ev->kind) {
	case TWS_E_tick_by_tick: return same_tick_by_tick(c, &ev->tick_by_tick);
	case TWS_E_historical_data: return same_history(seen, &ev->historical_data);
	case TWS_E_historical_ticks:
	case TWS_E_historical_ticks_bid_ask:
	case TWS_E_historical_ticks_last: return same_ticks(c, ev);
	case TWS_E_market_rule:
		return same_int(arg(c, 1), ev->market_rule.rule_id) &&
		       json_len(arg(c, 2)) == ev->market_rule.increments.n &&
		       same_px(json_get(json_at(arg(c, 2), 0), "increment"),
			   ev->market_rule.increments.v[0].increment);
	case TWS_E_tick_price: {
		const struct tws_e_tick_price *t = &ev->tick_price;
		const struct json *f = arg(c, 4), *s = arg(seen, 1);

		return same_int(arg(c, 1), t->req_id) && same_int(arg(c, 2), t->tick_type) &&
		       same_px(arg(c, 3), t->price) &&
		       has_flag(f, "canAutoExecute") == ((t->mask & 1) != 0) &&
		       has_flag(f, "pastLimit") == ((t->mask & 2) != 0) &&
		       has_flag(f, "preOpen") == ((t->mask & 4) != 0) &&
		       (!s || (same_px(arg(s, 3), t->size) &&
				  tws_tick_live(t->tick_type, &delayed) <= 4));
	}
	case TWS_E_error: {
		const struct tws_e_error *x = &ev->error;

		/* id, time (0 here), code, text, reject */
		return same_int(arg(c, 1), x->id) && same_int(arg(c, 3), x->code) &&
		       same_str(arg(c, 4), x->text) && same_str(arg(c, 5), x->advanced_reject);
	}
	default:
		nfields = 0;
		t_walk(&w, &tws_event_layouts[ev->kind], &ev->unknown, 0);
		if (ev->kind ==
		    TWS_E_open_order) /* the order id is among the order's members too */
			return same_int(arg(c, 1), ev->open_order.order.order_id) &&
			       same_object(name, arg(c, 2)) && same_object(name, arg(c, 3)) &&
			       same_object(name, arg(c, 4));
		return same_call(name, c);
	}
}

/* ---- every case ---- */

static void
one_case(const struct json *j, int *n)
{
	struct str name = t_json_str(j, "case");
	const struct json *decoded = json_get(j, "decoded");
	struct tws_event ev;
	struct err e = { 0 };
	int64_t sv = 0;

	n[0]++;
	json_i64(json_get(j, "serverVersion"), &sv);
	t_unhex(&bytes, t_json_str(j, "bytes_hex"));
	tws_arena_reset(&mem);
	if (tws_decode_event((int)sv, bytes.p + 4, bytes.len - 4, &ev, &mem, &e) < 0) {
		t_note("%.*s: %s", STR_FMT(name), e.msg);
		return;
	}
	n[1] += ev.kind != TWS_E_unknown;
	/* ibapi says nothing of option values that were not computed, ib_async hands them over */
	n[2] += same_view(name,
	    json_get(decoded, ev.kind == TWS_E_tick_option ? "ib_async 2.0.1" : "ibapi 10.46.1"),
	    &ev);
	buf_clear(&ours);
	tws_encode_event((int)sv, &ev, &ours);
	if (str_eq(buf_str(&ours), buf_str(&bytes))) {
		n[3]++;
	} else {
		printf("#  %.*s at %d\n", STR_FMT(name), (int)sv);
		printf("#  ours   %s\n", t_fields(&shown, ours.p, ours.len));
		printf("#  theirs %s\n", t_fields(&shown2, bytes.p, bytes.len));
	}
}

static void
test_cases(void)
{
	struct buf text = { 0 };
	struct str rest;
	struct json *j;
	int n[4] = { 0 };

	t_tws_file(&text, "server_to_client.jsonl.gz");
	for (rest = buf_str(&text); (j = t_json_line(&rest)); json_free(j))
		one_case(j, n);
	ok(n[0] >= 150, "%d messages of a gateway", n[0]);
	is_i64(n[1], n[0], "all are known");
	is_i64(n[2], n[0], "all have the values that the official client saw");
	is_i64(n[3], n[0], "written again they are the same bytes");
	buf_free(&text);
}

/* ---- the places of the long messages ---- */

struct place {
	char names[200][64];
	int n;
};

static void
note_place(void *arg_, const struct tws_row *r, void *at, int depth)
{
	struct place *p = arg_;

	(void)at;
	(void)depth;
	snprintf(p->names[p->n++], sizeof p->names[0], "%s", t_leaf(r->name));
}

/* The first recorded message of an event, decoded; its bytes are in `bytes`. */
static bool
first_of(const char *event, int sv, struct tws_event *ev)
{
	static struct buf text;
	struct str rest;
	struct json *j;
	struct err e = { 0 };
	bool found = false;

	t_tws_file(&text, "server_to_client.jsonl.gz");
	for (rest = buf_str(&text); !found && (j = t_json_line(&rest)); json_free(j)) {
		struct str name = t_json_str(j, "case");
		int64_t v = 0;

		json_i64(json_get(j, "serverVersion"), &v);
		found = v == sv && name.n > strlen(event) &&
			memcmp(name.p, event, strlen(event)) == 0 &&
			memmem(name.p, name.n, "End", 3) == NULL;
		if (found)
			t_unhex(&bytes, t_json_str(j, "bytes_hex"));
	}
	buf_free(&text);
	return found && tws_decode_event(sv, bytes.p + 4, bytes.len - 4, ev, &mem, &e) == 0;
}

/* "arg0,Order.orderId" -> order_id; false for what has no name there */
static bool
member_of(char *o, size_t cap, char *attribute)
{
	char *comma = strrchr(attribute, ','), *name = comma ? comma + 1 : attribute;

	if (*attribute == '(' || strchr(name, '['))
		return false;
	if (strcmp(name, "arg0") == 0)
		snprintf(o, cap, "req_id");
	else if (strcmp(name, "Order.softDollarTier.val") == 0)
		snprintf(o, cap, "soft_dollar_value");
	else if (strcmp(name, "Order.softDollarTier.name") == 0)
		snprintf(o, cap, "soft_dollar_name");
	else if (strcmp(name, "Order.softDollarTier.displayName") == 0)
		snprintf(o, cap, "soft_dollar_display");
	else
		t_member(o, cap, str_z(t_leaf(name)));
	return true;
}

static void
test_places(int sv)
{
	static struct place p;
	struct t_walk w = { sv, note_place, &p };
	struct buf text = { 0 };
	struct str rest, line;
	char file[64], event[64] = "";
	int checked = 0, off = 0, at, count;

	snprintf(file, sizeof file, "s2c_fields_%d.tsv.gz", sv);
	t_tws_file(&text, file);
	for (rest = buf_str(&text); t_line(&rest, &line);) {
		char attribute[128], name[64];
		struct tws_event ev;

		if (sscanf(line.p, "## %63s sv %d fields %d", event, &at, &count) == 3) {
			p.n = 1;
			/* sec_ids may be empty in the message at hand: the table has one */
			if (!first_of(event, sv, &ev)) {
				off++;
				continue;
			}
			if (ev.kind == TWS_E_contract_data) {
				static struct tws_tag one;

				ev.contract_data.sec_ids = (struct tws_tags){ 1, &one };
			}
			t_walk(&w, &tws_event_layouts[ev.kind], &ev.unknown, 0);
			off += !is_i64(p.n, count, "%s has %d fields at %d", event, count, sv);
			continue;
		}
		if (sscanf(line.p, "%d\t%127[^\t]\t", &at, attribute) != 2 || at == 0 ||
		    !member_of(name, sizeof name, attribute))
			continue;
		checked++;
		if (at >= p.n || strcmp(p.names[at], name) != 0) {
			t_note("%s at %d: %s, here %s", event, at, name,
			    at < p.n ? p.names[at] : "nothing");
			off++;
		}
	}
	ok(checked > 180, "%d positions of the derived tables at %d", checked, sv);
	is_i64(off, 0, "all agree");
	buf_free(&text);
}

/* A whole conversation: every message of it, both ways. */
static void
test_conversation(void)
{
	struct buf text = { 0 }, payload = { 0 };
	struct err e = { 0 };
	struct json *j;
	const struct json *t;
	int both[2] = { 0 }, known[2] = { 0 }, same = 0, written = 0;

	t_tws_file(&text, "conversation_178.json.gz");
	j = json_parse_text(text.p, text.len, &e);
	t = json_get(j, "transcript");
	for (size_t i = 1; i < json_len(t); i++) { /* the first is the greeting */
		const struct json *m = json_at(t, i), *f = json_at(m, 1);
		struct tws_request q;
		struct tws_event ev;
		struct str way = { "", 0 };
		int rc;

		json_text(json_at(m, 0), &way);
		if (str_eqz(way, "#"))
			continue;
		buf_clear(&payload);
		for (size_t k = 0; k < json_len(f); k++) {
			struct str s = { "", 0 };

			json_text(json_at(f, k), &s);
			buf_put(&payload, s.p, s.n);
			buf_putc(&payload, '\0');
		}
		tws_arena_reset(&mem);
		buf_clear(&ours);
		if (str_eqz(way, ">")) {
			rc = tws_decode_request(178, payload.p, payload.len, &q, &mem, &e);
			both[0]++;
			known[0] += rc == 0 && q.kind != TWS_Q_unknown;
			if (rc == 0 && tws_encode_request(178, &q, &ours) == 0)
				same += ours.len - 4 == payload.len &&
					memcmp(ours.p + 4, payload.p, payload.len) == 0;
		} else {
			rc = tws_decode_event(178, payload.p, payload.len, &ev, &mem, &e);
			both[1]++;
			known[1] += rc == 0 && ev.kind != TWS_E_unknown;
			/* this gateway spelled prices of statuses "0" */
			written += ev.kind == TWS_E_order_status ||
				   (tws_encode_event(178, &ev, &ours) == 0 &&
				       ours.len - 4 == payload.len &&
				       memcmp(ours.p + 4, payload.p, payload.len) == 0);
		}
	}
	ok(both[0] > 8 && both[1] > 25, "a conversation of %d requests and %d events", both[0],
	    both[1]);
	is_i64(known[0], both[0], "every request is known");
	is_i64(same, both[0], "and the same bytes again");
	is_i64(known[1], both[1], "every event is known");
	is_i64(written, both[1], "and the same bytes again");
	json_free(j);
	buf_free(&payload);
	buf_free(&text);
}

int
main(void)
{
	test_cases();
	test_places(176);
	test_places(178);
	test_conversation();
	buf_free(&bytes);
	buf_free(&ours);
	buf_free(&shown);
	buf_free(&shown2);
	tws_arena_free(&mem);
	return done_testing();
}
