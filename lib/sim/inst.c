/*
 * Instruments, and the contracts that a gateway calls them by: AAPL is STK AAPL SMART USD,
 * EURUSD.IDEALPRO is CASH EUR IDEALPRO USD, BTCUSD.PAXOS is CRYPTO BTC PAXOS USD, and ES-202412.CME
 * is FUT ES 202412 CME. A contract id is made of the symbol's name, so that every run has the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/gate.h"

#include "base/mem.h"

#define STOCK_EXCHANGES "SMART,NYSE,NASDAQ,ISLAND,ARCA,IEX,BATS,AMEX"
#define STOCK_RULE 26 /* IBKR's market rule of a cent */
#define OTHER_RULES 10000

static void
put(char *o, size_t cap, const char *p, size_t n)
{
	if (n >= cap)
		n = cap - 1;
	memcpy(o, p, n);
	o[n] = '\0';
}

#define PUT(field, p, n) put(field, sizeof(field), p, n)
#define PUTZ(field, z) put(field, sizeof(field), z, strlen(z))

static int64_t
new_con_id(struct sim *s, const char *name)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
	int64_t id;

	for (const char *p = name; *p; p++)
		h = (h ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	id = 10000000 + (int64_t)(h % 900000000);
	for (size_t i = 0; i < s->ninst; i++)
		if (s->inst[i] && (s->inst[i]->con_id == id || s->inst[i]->con_id + 1 == id)) {
			id += 2;
			i = (size_t)-1; /* look again */
		}
	return id;
}

/* The third Friday of a month: when most futures on shares end. */
static int
third_friday(int y, int m)
{
	int wday = (int)(((tim_days(y, m, 1) + 4) % 7 + 7) % 7);

	return 1 + (5 - wday + 7) % 7 + 14;
}

static void
future(struct inst *in, const char *name)
{
	static const char codes[] = "FGHJKMNQUVXZ";
	const char *dash = strchr(name, '-'), *dot = strchr(name, '.');
	int64_t ym = 0;
	int y, m;

	PUT(in->symbol, name, (size_t)(dash - name));
	num_i64(dash + 1, 6, &ym); /* six digits, or it would be no future */
	y = (int)(ym / 100);
	m = ym % 100 >= 1 && ym % 100 <= 12 ? (int)(ym % 100) : 1;
	snprintf(in->ltd, sizeof in->ltd, "%04d%02d%02d", y % 10000, m % 100, third_friday(y, m));
	PUTZ(in->exchange, dot ? dot + 1 : "CME");
	PUTZ(in->venue, in->exchange);
	snprintf(in->local, sizeof in->local, "%s%c%d", in->symbol, codes[m - 1], y % 10);
	PUTZ(in->tclass, in->symbol);
	PUTZ(in->sec_type, "FUT");
	snprintf(in->multiplier, sizeof in->multiplier, "%lld", (long long)in->in->multiplier);
}

static void
pair(struct inst *in, const char *name)
{
	const char *dot = strchr(name, '.'), *end = dot ? dot : name + strlen(name);
	size_t n = (size_t)(end - name), c = strlen(in->currency);
	bool fx = in->in->cls == INSTR_FOREX;

	PUTZ(in->sec_type, fx ? "CASH" : "CRYPTO");
	PUTZ(in->exchange, fx ? "IDEALPRO" : "PAXOS");
	if (dot)
		PUTZ(in->venue, dot + 1);
	if (n > c && memcmp(end - c, in->currency, c) == 0)
		n -= c;
	if (n > 1 && name[n - 1] == '/')
		n--;
	PUT(in->symbol, name, n);
	snprintf(in->local, sizeof in->local, "%s.%s", in->symbol, in->currency);
	PUTZ(in->tclass, in->local);
}

static void
stock(struct inst *in, const char *name)
{
	char *dot;

	PUTZ(in->symbol, name);
	dot = strchr(in->symbol, '.');
	if (dot)
		*dot = ' '; /* BRK.B is "BRK B" there */
	PUTZ(in->sec_type, "STK");
	PUTZ(in->exchange, "SMART");
	PUTZ(in->primary, "NASDAQ");
	PUTZ(in->local, in->symbol);
	PUTZ(in->tclass, "NMS");
}

struct inst *
inst_get(struct sim *s, const struct sym *sym)
{
	struct inst **at = MEM_AT(s->inst, s->ninst, sym->id), *in = *at;

	if (in)
		return in;
	in = mem_alloc(sizeof *in);
	in->sym = sym;
	in->in = instruments_get(account_instruments(s->account), sym);
	in->tick = in->in->tick > 0 ? in->in->tick : 1;
	in->day = TIM_NONE;
	for (int i = 0; i < SIM_NBARS; i++)
		in->head[i] = TIM_NONE;
	PUTZ(in->currency, in->in->currency);
	if (in->in->cls == INSTR_FUTURE && strchr(sym->name, '-'))
		future(in, sym->name);
	else if (in->in->cls == INSTR_FOREX || in->in->cls == INSTR_CRYPTO)
		pair(in, sym->name);
	else
		stock(in, sym->name);
	in->con_id = new_con_id(s, sym->name);
	*at = in;
	return in;
}

struct inst *
inst_find(struct sim *s, struct str name)
{
	const struct sym *sym = symtab_find(s->syms, name);

	return sym && sym->id < s->ninst ? s->inst[sym->id] : NULL;
}

void
inst_free(struct inst *in)
{
	if (!in)
		return;
	for (int i = 0; i < SIM_NBARS; i++)
		free(in->bars[i].v);
	free(in->trades.v);
	free(in->quotes.v);
	free(in);
}

/* ---- matching ---- */

static bool
in_list(const char *list, struct str s)
{
	for (const char *p = list; *p;) {
		size_t n = strcspn(p, ",");

		if (n == s.n && memcmp(p, s.p, n) == 0)
			return true;
		p += n + (p[n] == ',');
	}
	return false;
}

static bool
knows_exchange(const struct inst *in, struct str x)
{
	return x.n == 0 || str_eqz(x, in->exchange) || str_eqz(x, in->venue) ||
	       str_eqz(x, "SMART") ||
	       (strcmp(in->sec_type, "STK") == 0 && in_list(STOCK_EXCHANGES, x));
}

/* "202412" and "20241220" mean the same end of a future. */
static bool
same_end(const char *ltd, struct str s)
{
	size_t n = strlen(ltd);

	return memcmp(ltd, s.p, s.n < n ? s.n : n) == 0;
}

static bool
says(struct str s, const char *z)
{
	return s.n == 0 || str_eqz(s, z);
}

static bool
matches(const struct inst *in, const struct tws_contract *c)
{
	if (in->unknown || !knows_exchange(in, c->exchange))
		return false;
	if (c->con_id > 0)
		return c->con_id == in->con_id || (in->ambiguous && c->con_id == in->con_id + 1);
	if (c->symbol.n == 0 && c->local_symbol.n == 0)
		return false;
	return says(c->symbol, in->symbol) && says(c->local_symbol, in->local) &&
	       says(c->sec_type, in->sec_type) && says(c->currency, in->currency) &&
	       says(c->multiplier, in->multiplier) &&
	       (c->last_trade_date.n == 0 || same_end(in->ltd, c->last_trade_date));
}

/* A twin that the scenario made: told from it by contract id, listing or class only. */
static bool
is_twofold(const struct inst *in, const struct tws_contract *c)
{
	return in->ambiguous && c->con_id <= 0 && c->primary_exchange.n == 0 &&
	       c->trading_class.n == 0;
}

size_t
inst_match(struct sim *s, const struct tws_contract *c, struct inst **out)
{
	size_t n = 0;

	for (size_t i = 0; i < s->ninst; i++) {
		struct inst *in = s->inst[i];

		if (!in || !matches(in, c))
			continue;
		if (n == 0)
			*out = in;
		n += is_twofold(in, c) ? 2 : 1;
	}
	return n;
}

struct inst *
inst_one(struct sim *s, struct conn *c, int64_t id, const struct tws_contract *k)
{
	struct inst *in = NULL;
	size_t n = inst_match(s, k, &in);

	if (n == 1)
		return in;
	if (n == 0)
		conn_error(s, c, id, 200, "No security definition has been found for the request");
	else
		conn_error(s, c, id, 200,
		    "The contract description specified for %.*s is ambiguous.",
		    STR_FMT(k->symbol));
	return NULL;
}

void
inst_contract(const struct inst *in, const char *exchange, struct tws_contract *c)
{
	*c = (struct tws_contract){ .con_id = in->con_id,
		.symbol = str_z(in->symbol),
		.sec_type = str_z(in->sec_type),
		.last_trade_date = str_z(in->ltd),
		.right = str_z(""),
		.multiplier = str_z(in->multiplier),
		.exchange = str_z(exchange),
		.primary_exchange = str_z(in->primary),
		.currency = str_z(in->currency),
		.local_symbol = str_z(in->local),
		.trading_class = str_z(in->tclass) };
}

/* ---- details ---- */

/* "20240102:0930-20240102:1600;20240106:CLOSED", five days from today on */
static void
hours(struct sim *s, struct buf *out)
{
	int64_t day = tim_day(tz_to_local(s->zone, s->now));

	for (int i = 0; i < 5; i++, day++) {
		struct session ses;
		int y, m, d;

		tim_civil(day, &y, &m, &d);
		buf_printf(out, "%s%04d%02d%02d:", i ? ";" : "", y, m, d);
		if (!s->sessions) {
			tim_civil(day + 1, &y, &m, &d);
			buf_printf(out, "0000-%04d%02d%02d:0000", y, m, d);
		} else if (sessions_on(s->sessions, day, &ses)) {
			int64_t a = tz_to_local(s->zone, ses.open) / TIM_MIN % 1440;
			int64_t b = tz_to_local(s->zone, ses.close) / TIM_MIN % 1440;

			buf_printf(out, "%02d%02d-%04d%02d%02d:%02d%02d", (int)(a / 60),
			    (int)(a % 60), y, m, d, (int)(b / 60), (int)(b % 60));
		} else {
			buf_puts(out, "CLOSED");
		}
	}
}

static int64_t
rule_of(const struct inst *in)
{
	return strcmp(in->sec_type, "STK") == 0 ? STOCK_RULE : OTHER_RULES + (int64_t)in->sym->id;
}

static void
send_details(struct sim *s, struct conn *c, int64_t id, const struct inst *in, struct str exchange,
    bool twin)
{
	bool is_stock = strcmp(in->sec_type, "STK") == 0;
	struct tws_event ev;
	struct tws_e_contract_data *d = &ev.contract_data;
	char name[96], rule[24], month[8], at[20];

	put(at, sizeof at, exchange.p, exchange.n);
	tws_event_init(&ev, TWS_E_contract_data);
	inst_contract(in, exchange.n ? at : in->exchange, &d->contract);
	d->req_id = id;
	if (twin) {
		d->contract.con_id++;
		d->contract.primary_exchange = str_z("EBS");
		d->contract.trading_class = str_z("EBS");
	}
	snprintf(name, sizeof name, "%s (simulated)", in->symbol);
	snprintf(rule, sizeof rule, "%lld", (long long)rule_of(in));
	put(month, sizeof month, in->ltd, 6);
	buf_clear(&s->scratch);
	hours(s, &s->scratch);
	d->market_name = str_z(in->tclass);
	d->min_tick = in->tick;
	d->order_types = str_z("ACTIVETIM,AD,DAY,FOK,GTC,GTD,IOC,LIT,LMT,LOC,LOO,MIT,MKT,MOC,MOO,"
			       "OCA,STP,STPLMT,TRAIL,TRAILLIT,TRAILLMT,WHATIF");
	d->valid_exchanges = str_z(is_stock ? STOCK_EXCHANGES : in->exchange);
	d->price_magnifier = 1;
	d->long_name = str_z(name);
	d->contract_month = str_z(month);
	d->industry = str_z(is_stock ? "Technology" : "");
	d->category = str_z(is_stock ? "Computers" : "");
	d->time_zone = str_z("US/Eastern");
	d->trading_hours = d->liquid_hours = buf_str(&s->scratch);
	d->ev_multiplier = 0;
	d->agg_group = 1;
	d->market_rule_ids = str_z(rule);
	d->real_expiration = str_z(in->ltd);
	d->stock_type = str_z(is_stock ? "COMMON" : "");
	d->min_size = d->size_increment = d->suggested_size_increment =
	    in->in->lot > 0 ? in->in->lot : 1;
	if (is_stock)
		d->min_size = d->size_increment = 100000; /* 0.0001: fractions are traded */
	conn_send(s, c, &ev);
}

void
on_contract_details(struct sim *s, struct conn *c, const struct tws_q_req_contract_details *q)
{
	struct tws_event ev;
	size_t n = 0;

	for (size_t i = 0; i < s->ninst; i++) {
		struct inst *in = s->inst[i];

		if (!in || !matches(in, &q->contract))
			continue;
		send_details(s, c, q->req_id, in, q->contract.exchange, false);
		if (is_twofold(in, &q->contract))
			send_details(s, c, q->req_id, in, q->contract.exchange, true);
		n++;
	}
	if (n == 0) {
		conn_error(
		    s, c, q->req_id, 200, "No security definition has been found for the request");
		return;
	}
	tws_event_init(&ev, TWS_E_contract_data_end);
	ev.contract_data_end.req_id = q->req_id;
	conn_send(s, c, &ev);
}

void
on_matching_symbols(struct sim *s, struct conn *c, const struct tws_q_req_matching_symbols *q)
{
	struct tws_event ev;
	struct tws_sample *v = tws_arena_array(&s->omem, s->ninst + 1, sizeof *v);
	size_t n = 0;

	for (size_t i = 0; v && i < s->ninst && n < 16; i++) {
		const struct inst *in = s->inst[i];

		if (!in || in->unknown || strlen(in->symbol) < q->pattern.n ||
		    memcmp(in->symbol, q->pattern.p, q->pattern.n) != 0)
			continue;
		v[n++] = (struct tws_sample){ .con_id = in->con_id,
			.symbol = str_z(in->symbol),
			.sec_type = str_z(in->sec_type),
			.primary_exchange = str_z(in->primary[0] ? in->primary : in->exchange),
			.currency = str_z(in->currency),
			.description = str_z(in->symbol),
			.issuer_id = str_z("") };
	}
	tws_event_init(&ev, TWS_E_symbol_samples);
	ev.symbol_samples.req_id = q->req_id;
	ev.symbol_samples.samples.n = n;
	ev.symbol_samples.samples.v = v;
	conn_send(s, c, &ev);
}

void
on_market_rule(struct sim *s, struct conn *c, const struct tws_q_req_market_rule *q)
{
	struct tws_increment inc = { 0, NUM_NANO / 100 };
	struct tws_event ev;
	int64_t i = q->rule_id - OTHER_RULES;

	if (i >= 0 && i < (int64_t)s->ninst && s->inst[i])
		inc.increment = s->inst[i]->tick;
	tws_event_init(&ev, TWS_E_market_rule);
	ev.market_rule.rule_id = q->rule_id;
	ev.market_rule.increments.n = 1;
	ev.market_rule.increments.v = &inc;
	conn_send(s, c, &ev);
}
