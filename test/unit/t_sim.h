/* A simulated gateway and its clients in memory: no sockets, and time goes when the test says so.
 */
#ifndef TP_TEST_T_SIM_H
#define TP_TEST_T_SIM_H

#include "base/mem.h"
#include "sim/gate.h"
#include "t.h"

struct world {
	struct sim_opts o;
	struct sim s;
	struct symtab *syms;
	struct err e;
	struct rec_layout layout;
};

struct client {
	struct world *w;
	uint64_t no; /* of its connection */
	int64_t id;
	struct buf raw; /* every byte that came */
	struct tws_reader in;
	struct tws_arena mem;
	struct tws_event *ev;
	size_t n, cap, seen; /* `seen`: those that a test has looked at */
	bool greeted, broken;
};

/* Options as if typed, then changed by the test before w_open. */
T_UNUSED static void
w_init(struct world *w)
{
	const struct opt *symbols;
	size_t off = 0;

	memset(w, 0, sizeof *w);
	opt_defaults(sim_options, &w->o, &w->e);
	w->o.clock = CLOCK_VIRTUAL;
	w->o.steppers = 1;
	w->o.seed = 1;
	w->o.history = 600 * TIM_SEC;
	/* a step is half a second: each has data every second one */
	symbols = opt_find(sim_options, "symbols", 7, 0, &off);
	opt_set(symbols, &w->o, off, "2", &w->e);
	w->s.wall = TIM_SEC;
}

T_UNUSED static int
w_open(struct world *w, const char *script)
{
	int rc;

	w->syms = symtab_new();
	rc = sim_open(&w->s, &w->o, &w->layout, INT64_C(1700000000) * TIM_SEC, w->syms, &w->e);
	if (rc == 0 && script) {
		rc = script_parse(&w->s.script, script, strlen(script), "test", &w->e);
		if (rc == 0)
			rc = script_arm(&w->s, "test", &w->e);
	}
	if (rc < 0)
		printf("# %s\n", w->e.msg);
	return rc;
}

T_UNUSED static void
w_close(struct world *w)
{
	sim_close(&w->s);
	symtab_free(w->syms);
	opt_release(sim_options, &w->o);
}

/* What the program's loop does, without sockets: the dead go. */
T_UNUSED static void
w_bury(struct world *w)
{
	for (size_t i = 0; i < w->s.nconn;)
		if (w->s.conn[i]->dead)
			conn_free(&w->s, w->s.conn[i]);
		else
			i++;
}

T_UNUSED static struct conn *
c_conn(struct client *c)
{
	return conn_by_no(&c->w->s, c->no);
}

/* Take what the gateway has written so far. */
T_UNUSED static void
c_pump(struct client *c)
{
	struct conn *k = c_conn(c);
	const char *p;
	size_t n;
	struct err e;

	while (k && !k->dead && (n = conn_writable(&c->w->s, k)) > 0) {
		buf_put(&c->raw, k->out.p + k->out_at, n);
		tws_reader_put(&c->in, k->out.p + k->out_at, n);
		conn_written(&c->w->s, k, n);
		if (k->dribble_gap)
			c->w->s.wall += k->dribble_gap;
	}
	if (k && k->finish && k->out.len == k->out_at)
		k->dead = true;
	while (tws_reader_next(&c->in, &p, &n, &e) == 1) {
		char *copy = tws_arena_array(&c->mem, n + 1, 1);

		memcpy(copy, p, n);
		if (!c->greeted) {
			c->greeted = true;
			continue;
		}
		if (tws_decode_event(178, copy, n, MEM_AT(c->ev, c->cap, c->n), &c->mem, &e) < 0) {
			printf("# %s\n", e.msg);
			c->broken = true;
		}
		c->n++;
	}
	w_bury(c->w);
}

T_UNUSED static void
w_wall(struct world *w, int64_t ns)
{
	w->s.wall += ns;
	sim_run(&w->s);
}

T_UNUSED static void
c_send(struct client *c, const struct tws_request *q)
{
	struct conn *k = c_conn(c);
	struct buf out = { 0 };

	tws_encode_request(178, q, &out);
	if (k)
		conn_input(&c->w->s, k, out.p, out.len);
	buf_free(&out);
	sim_run(&c->w->s);
	c_pump(c);
}

/* Connect and say hello; `start`: and startApi. */
T_UNUSED static void
c_open(struct client *c, struct world *w, int64_t id, bool start)
{
	struct buf out = { 0 };
	struct tws_request q;
	struct conn *k;

	memset(c, 0, sizeof *c);
	c->w = w;
	c->id = id;
	k = conn_new(&w->s, -1);
	if (!k)
		return;
	c->no = k->no;
	tws_hello_put(&out, TWS_OFFER_MIN, TWS_OFFER_MAX, NULL);
	conn_input(&w->s, k, out.p, out.len);
	buf_free(&out);
	sim_run(&w->s);
	c_pump(c);
	if (!start)
		return;
	tws_request_init(&q, TWS_Q_start_api);
	q.start_api.client_id = id;
	c_send(c, &q);
}

T_UNUSED static void
c_close(struct client *c)
{
	struct conn *k = c_conn(c);

	if (k)
		k->dead = true;
	w_bury(c->w);
	buf_free(&c->raw);
	tws_reader_free(&c->in);
	tws_arena_free(&c->mem);
	free(c->ev);
}

/* A request without fields, or with one id. */
T_UNUSED static void
c_ask(struct client *c, enum tws_req kind)
{
	struct tws_request q;

	tws_request_init(&q, kind);
	c_send(c, &q);
}

/* One step of the market. */
T_UNUSED static void
c_step(struct client *c)
{
	c_ask(c, TWS_Q_req_current_time);
}

T_UNUSED static void
c_steps(struct client *c, int n)
{
	while (n-- > 0)
		c_step(c);
}

/* A world that w_init makes, run by `script`, and a client in it; or the end of the test. */
T_UNUSED static void
c_begin(struct client *c, struct world *w, const char *script)
{
	w_init(w);
	if (!ok(w_open(w, script) == 0, "a gateway"))
		exit(done_testing());
	c_open(c, w, 7, true);
}

T_UNUSED static void
c_end(struct client *c)
{
	ok(!c->broken, "every message could be read");
	c_close(c);
	w_close(c->w);
}

/* The next event of this kind after those seen; NULL. */
T_UNUSED static const struct tws_event *
c_next(struct client *c, enum tws_ev kind)
{
	for (size_t i = c->seen; i < c->n; i++)
		if (c->ev[i].kind == kind) {
			c->seen = i + 1;
			return &c->ev[i];
		}
	return NULL;
}

T_UNUSED static size_t
c_count(const struct client *c, enum tws_ev kind)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		n += c->ev[i].kind == kind;
	return n;
}

T_UNUSED static size_t
c_errors(const struct client *c, int64_t code)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		n += c->ev[i].kind == TWS_E_error && c->ev[i].error.code == code;
	return n;
}

/* The last state that orderStatus told of an order; "" when none. */
T_UNUSED static const char *
c_status(const struct client *c, int64_t id)
{
	enum tws_status st = TWS_STATUS_OTHER;

	for (size_t i = 0; i < c->n; i++)
		if (c->ev[i].kind == TWS_E_order_status && c->ev[i].order_status.order_id == id)
			st = tws_status_of(c->ev[i].order_status.status);
	return tws_status_name(st);
}

T_UNUSED static struct tws_contract
stock(const char *symbol)
{
	return (struct tws_contract){ .symbol = str_z(symbol),
		.sec_type = str_z("STK"),
		.exchange = str_z("SMART"),
		.currency = str_z("USD") };
}

T_UNUSED static void
order_init(struct tws_request *q, int64_t id, const char *action, int64_t qty, const char *type)
{
	tws_request_init(q, TWS_Q_place_order);
	q->place_order.contract = stock("SYM01");
	q->place_order.order.order_id = id;
	q->place_order.order.action = str_z(action);
	q->place_order.order.total_quantity = qty * NUM_NANO;
	q->place_order.order.order_type = str_z(type);
	q->place_order.order.tif = str_z("DAY");
	q->place_order.order.order_ref = str_z("ref");
}

/* px in cents; 0: a market order */
T_UNUSED static void
c_order(struct client *c, int64_t id, const char *action, int64_t qty, int64_t cents)
{
	struct tws_request q;

	order_init(&q, id, action, qty, cents ? "LMT" : "MKT");
	if (cents)
		q.place_order.order.lmt_price = cents * (NUM_NANO / 100);
	c_send(c, &q);
}

T_UNUSED static void
c_cancel(struct client *c, int64_t id)
{
	struct tws_request q;

	tws_request_init(&q, TWS_Q_cancel_order);
	q.cancel_order.order_id = id;
	c_send(c, &q);
}

T_UNUSED static void
c_data(struct client *c, int64_t id, const char *symbol)
{
	struct tws_request q;

	tws_request_init(&q, TWS_Q_req_mkt_data);
	q.req_mkt_data.req_id = id;
	q.req_mkt_data.contract = stock(symbol);
	c_send(c, &q);
}

/* What the account of the gateway holds of a symbol, in whole units. */
T_UNUSED static int64_t
w_position(struct world *w, const char *symbol)
{
	const struct sym *y = symtab_find(w->syms, str_z(symbol));
	const struct ledger_pos *p = y ? ledger_pos(account_ledger(w->s.account), y) : NULL;

	return p ? p->qty / NUM_NANO : 0;
}

#endif
