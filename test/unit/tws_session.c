/* The session against a gateway that says what the test wants, when it wants. */
#include "base/mem.h"
#include "base/tim.h"
#include "tws/wirelog.h"
#include "unit/t_fake.h"

/* What the session told its user. */
struct seen {
	struct gateway g;
	struct tws_session *s;
	int64_t now; /* the session's monotonic clock: ours to move */
	enum tws_state state;
	char why[500];
	char trail[4000]; /* states, events, times: a line each */
	size_t ntrail;
	int up, events, ticks, notes;
	int64_t next_id;
	char accounts[100];
	int fail;  /* what the handler is to return on a tick */
	bool drop; /* it drops the session on a tick */
};

__attribute__((format(printf, 2, 3))) static void
trail(struct seen *x, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(x->trail + x->ntrail, sizeof x->trail - x->ntrail, fmt, ap);
	va_end(ap);
	if (n > 0 && x->ntrail + (size_t)n < sizeof x->trail)
		x->ntrail += (size_t)n;
}

static int
on_state(void *arg, enum tws_state s, const char *why)
{
	struct seen *x = arg;

	x->state = s;
	snprintf(x->why, sizeof x->why, "%s", why);
	trail(x, "%s: %s\n", tws_state_name(s), why);
	return 0;
}

static int
on_up(void *arg, int64_t next_id, struct str accounts)
{
	struct seen *x = arg;

	x->up++;
	x->next_id = next_id;
	snprintf(x->accounts, sizeof x->accounts, "%.*s", STR_FMT(accounts));
	return 0;
}

static int
on_event(void *arg, const struct tws_event *ev, int64_t t)
{
	struct seen *x = arg;

	x->events++;
	trail(x, "%s %lld\n", tws_event_name(ev->kind), (long long)t);
	if (ev->kind != TWS_E_tick_price)
		return 0;
	x->ticks++;
	if (x->drop)
		tws_session_drop(x->s, "because the test says so");
	return x->fail;
}

static void
on_note(void *arg, const char *text)
{
	struct seen *x = arg;

	x->notes++;
	t_note("%s", text);
}

static const struct tws_handler handler = { on_state, on_up, on_event, on_note };

static struct tws_session_opts
options(const struct gateway *g)
{
	return (struct tws_session_opts){ .host = "127.0.0.1",
		.port = g->port,
		.client_id = 7,
		.rate = 45,
		.heartbeat_ns = 30 * TIM_SEC,
		.seed = 3 };
}

static void
begin(struct seen *x, const struct tws_session_opts *o)
{
	struct err e;

	x->s = tws_session_new(o, &handler, x, &e);
	x->now = 1000 * TIM_SEC;
	if (!ok(x->s != NULL, "a session"))
		exit(1);
}

/* One turn of the session: what is there to read is read. */
static int
turn(struct seen *x)
{
	struct pollfd pf;

	tws_session_poll(x->s, x->now, &pf);
	if (pf.fd >= 0)
		poll(&pf, 1, 20);
	return tws_session_step(x->s, pf.revents, x->now);
}

static void
turns(struct seen *x, int n)
{
	while (n-- > 0)
		turn(x);
}

static void
end(struct seen *x)
{
	tws_session_free(x->s);
	gw_close(&x->g);
	free(x);
}

static struct seen *
fresh(void)
{
	struct seen *x = mem_alloc(sizeof *x);

	gw_open(&x->g);
	return x;
}

/* Connected, greeted, startApi read. */
static void
to_starting(struct seen *x)
{
	turns(x, 2);
	gw_accept(&x->g);
	turn(x);
	gw_read(&x->g, 100);
	gw_greet(&x->g, 178);
	turns(x, 2);
	gw_request(&x->g);
}

static void
to_up(struct seen *x)
{
	to_starting(x);
	gw_accounts(&x->g, "DU1234567,");
	gw_next_id(&x->g, 9);
	turns(x, 2);
}

static struct seen *
session_up(const char *record)
{
	struct seen *x = fresh();
	struct tws_session_opts o = options(&x->g);

	o.record = record;
	begin(x, &o);
	to_up(x);
	return x;
}

/* ---- the handshake ---- */

static void
handshake(bool id_first)
{
	static const char hello[] = "API\0\0\0\0\x09v157..178";
	static const char start[] = "\0\0\0\x08"
				    "71\0"
				    "2\0"
				    "7\0";
	struct seen *x = fresh();
	struct tws_session_opts o = options(&x->g);
	char b[200];
	ssize_t n;

	begin(x, &o);
	turns(x, 2);
	ok(gw_accept(&x->g), "it connects");
	turn(x);
	gw_wait(x->g.fd, POLLIN, 500);
	n = read(x->g.fd, b, sizeof b);
	is_mem(b, (size_t)n, hello, sizeof hello - 1, "the hello, byte for byte");
	gw_greet(&x->g, 178);
	turns(x, 2);
	is_i64(x->state, TWS_STARTING, "greeted");
	gw_wait(x->g.fd, POLLIN, 500);
	n = read(x->g.fd, b, sizeof b);
	is_mem(b, (size_t)n, start, sizeof start, "startApi with our id");
	ok(!tws_session_send(x->s, &(struct tws_request){ .kind = TWS_Q_req_current_time }),
	    "nothing is sent before both messages came");
	if (id_first)
		gw_next_id(&x->g, 41);
	else
		gw_accounts(&x->g, "DU1,DU2,");
	turns(x, 2);
	is_i64(x->state, TWS_STARTING, "one of two is not enough");
	gw_error(&x->g, -1, 2104, "Market data farm connection is OK:usfarm");
	if (id_first)
		gw_accounts(&x->g, "DU1,DU2,");
	else
		gw_next_id(&x->g, 41);
	turns(x, 2);
	is_i64(x->state, TWS_UP, "up");
	is_i64(x->up, 1, "told once");
	is_i64(x->next_id, 41, "with the next order id");
	is_str(x->accounts, "DU1,DU2", "and the accounts, without the last comma");
	is_i64(x->events, 3, "the handshake's messages are events, too");
	ok(tws_session_zones(x->s)->dflt != NULL, "the gateway's zone is known");
	end(x);
}

static void
refuses_versions(void)
{
	struct seen *x = fresh();
	struct tws_session_opts o = options(&x->g);

	begin(x, &o);
	turns(x, 2);
	gw_accept(&x->g);
	turn(x);
	gw_greet(&x->g, 175);
	gw_wait(x->g.fd, POLLIN, 100);
	is_i64(turn(x), ERR_NET, "a version we do not speak is the end");
	ok(strstr(tws_session_error(x->s)->msg, "server version 175"), "with words: %s",
	    tws_session_error(x->s)->msg);
	end(x);
}

static void
remote_hosts(void)
{
	struct tws_session_opts o = { .host = "192.0.2.1", .port = 4002 };
	struct err e;
	struct tws_session *s = tws_session_new(&o, &handler, NULL, &e);

	ok(!s && e.code == ERR_USAGE && strstr(e.msg, "--allow-remote"), "not to other machines");
	o.allow_remote = true;
	s = tws_session_new(&o, &handler, NULL, &e);
	ok(s != NULL, "unless allowed");
	tws_session_free(s);
	o.host = "no such host";
	ok(!tws_session_new(&o, &handler, NULL, &e) && e.code == ERR_USAGE, "nor to no machine");
}

/* ---- deadlines and coming back ---- */

static void
deadlines(void)
{
	struct seen *x = fresh();
	struct tws_session_opts o = options(&x->g);
	struct pollfd pf;
	int64_t wait;

	begin(x, &o);
	turns(x, 3);
	gw_accept(&x->g);
	is_i64(x->state, TWS_GREETING, "connected, hello sent");
	x->now += 5 * TIM_SEC;
	turn(x);
	is_i64(x->state, TWS_DOWN, "no greeting in 5 s: down");
	ok(strstr(x->why, "no greeting"), "why: %s", x->why);
	wait = tws_session_poll(x->s, x->now, &pf);
	ok(pf.fd == -1 && wait >= TIM_SEC / 2 && wait <= TIM_SEC, "the first wait: %.3f s",
	    (double)wait / 1e9);
	for (int i = 0; i < 8; i++) { /* a gateway that takes connections and says nothing */
		gw_hang_up(&x->g);
		x->now += wait;
		turns(x, 3);
		gw_accept(&x->g);
		x->now += 5 * TIM_SEC;
		turn(x);
		wait = tws_session_poll(x->s, x->now, &pf);
	}
	ok(wait >= 30 * TIM_SEC && wait <= 60 * TIM_SEC, "the ninth: %.3f s", (double)wait / 1e9);
	gw_hang_up(&x->g);
	x->now += wait;
	to_starting(x);
	gw_accounts(&x->g, "DU1");
	turns(x, 2);
	x->now += 10 * TIM_SEC;
	turn(x);
	is_i64(x->state, TWS_DOWN, "no next id in 10 s: down");
	ok(strstr(x->why, "did not open"), "why: %s", x->why);
	x->now += tws_session_poll(x->s, x->now, &pf);
	gw_hang_up(&x->g);
	to_up(x);
	is_i64(x->state, TWS_UP, "and up, when the gateway is well again");
	gw_hang_up(&x->g);
	turns(x, 2);
	ok(x->state == TWS_DOWN && strstr(x->why, "closed"), "closed: %s", x->why);
	wait = tws_session_poll(x->s, x->now, &pf);
	ok(wait <= TIM_SEC, "having been up, it tries again soon: %.3f s", (double)wait / 1e9);
	end(x);
}

static void
client_id_in_use(void)
{
	struct seen *x = fresh();
	struct tws_session_opts o = options(&x->g);

	begin(x, &o);
	to_starting(x);
	gw_error(&x->g, -1, 326, "Unable to connect as the client id is already in use.");
	gw_hang_up(&x->g);
	turns(x, 2);
	ok(x->state == TWS_DOWN && strstr(x->why, "client id 7 is in use"), "why: %s", x->why);
	end(x);
}

static void
gives_up(void)
{
	struct seen *x = fresh();
	struct tws_session_opts o = options(&x->g);
	struct pollfd pf;
	int rc = 0, n = 0;

	o.max_down_ns = 20 * TIM_SEC;
	close(x->g.listen_fd);
	x->g.listen_fd = socket(AF_INET, SOCK_STREAM, 0);
	begin(x, &o);
	for (; n < 100 && rc == 0; n++) {
		x->now += tws_session_poll(x->s, x->now, &pf);
		rc = turn(x);
	}
	is_i64(rc, ERR_NET, "gives up in the end");
	is_i64((x->now - 1000 * TIM_SEC) / TIM_SEC, 20, "after --max-down");
	ok(strstr(tws_session_error(x->s)->msg, "refused"), "%s", tws_session_error(x->s)->msg);
	end(x);
}

static void
heartbeat(void)
{
	struct seen *x = session_up(NULL);
	struct tws_event ev;

	x->now += 29 * TIM_SEC;
	turns(x, 2);
	ok(!gw_request(&x->g), "29 s of silence are fine");
	x->now += TIM_SEC;
	turn(x);
	ok(gw_request(&x->g) && x->g.q.kind == TWS_Q_req_current_time, "after 30 it asks");
	tws_event_init(&ev, TWS_E_current_time);
	gw_say(&x->g, &ev);
	turns(x, 2);
	x->now += 11 * TIM_SEC;
	turn(x);
	is_i64(x->state, TWS_UP, "answered: fine");
	x->now += 19 * TIM_SEC;
	turn(x);
	ok(gw_request(&x->g), "asks again");
	x->now += 10 * TIM_SEC;
	turn(x);
	ok(x->state == TWS_DOWN && strstr(x->why, "does not answer"), "not answered: %s", x->why);
	end(x);
}

/* ---- messages ---- */

static void
put_tick(struct buf *b, int64_t id)
{
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_tick_price);
	ev.tick_price.req_id = id;
	ev.tick_price.tick_type = TWS_TICK_LAST;
	ev.tick_price.price = 100 * NUM_NANO;
	ev.tick_price.size = NUM_NANO;
	tws_encode_event(178, &ev, b);
}

static void
pieces(void)
{
	struct seen *x = session_up(NULL);
	struct buf b = { 0 };

	for (int i = 0; i < 1000; i++)
		put_tick(&b, TWS_REQ_ID_FIRST + i);
	gw_send(&x->g, &b, b.len);
	turns(x, 4);
	is_i64(x->ticks, 1000, "1,000 messages at once");
	for (size_t i = 0; i < 120; i++) {
		struct buf one = { b.p + i, 1, 0 };

		gw_send(&x->g, &one, 1);
		turn(x);
	}
	ok(x->ticks >= 1002, "and byte by byte");
	buf_free(&b);
	end(x);
}

static void
bad_messages(void)
{
	struct seen *x = session_up(NULL);
	static const char bad[] = "1\0006\0x\0001\0001.0\0001\0000\0", unknown[] = "250\0a\0";
	struct buf b = { 0 };

	tws_frame_put(&b, bad, sizeof bad - 1);
	tws_frame_put(&b, unknown, sizeof unknown - 1);
	tws_frame_put(&b, unknown, sizeof unknown - 1);
	put_tick(&b, 1);
	gw_send(&x->g, &b, b.len);
	turns(x, 2);
	is_i64(x->notes, 2, "the bad one is told, the unknown one once");
	is_i64(x->ticks, 1, "and what follows is read");
	buf_clear(&b);
	buf_put(&b, "\xff\xff\xff\xff", 4);
	gw_send(&x->g, &b, 4);
	turns(x, 2);
	is_i64(x->state, TWS_DOWN, "a length beyond all bounds ends the connection");
	buf_free(&b);
	end(x);
}

static void
handlers_end_it(void)
{
	struct seen *x = session_up(NULL);
	struct buf b = { 0 };

	put_tick(&b, 1);
	put_tick(&b, 2);
	x->drop = true;
	gw_send(&x->g, &b, b.len);
	turns(x, 2);
	is_i64(x->ticks, 1, "dropped in a handler: the rest is not read");
	is_i64(x->state, TWS_DOWN, "and down");
	end(x);
	x = session_up(NULL);
	x->fail = ERR_PIPE;
	gw_send(&x->g, &b, b.len);
	is_i64(turn(x), ERR_PIPE, "a handler's failure is the step's");
	is_i64(turn(x), ERR_PIPE, "and stays");
	is_i64(x->ticks, 1, "nothing is read after it");
	buf_free(&b);
	end(x);
}

static int
count_requests(struct gateway *g, int *orders)
{
	int n = 0;

	*orders = -1;
	while (gw_request(g)) {
		if (g->q.kind == TWS_Q_cancel_order)
			*orders = n;
		n++;
	}
	return n;
}

static void
pacing_and_lanes(void)
{
	struct seen *x = session_up(NULL);
	struct tws_request q;
	struct pollfd pf;
	int orders;

	x->now += TIM_SEC; /* startApi counted, too */
	for (int i = 0; i < 100; i++) {
		tws_request_init(&q, TWS_Q_cancel_mkt_data);
		q.cancel_mkt_data.req_id = tws_session_req_id(x->s);
		tws_session_send(x->s, &q);
	}
	tws_session_flush(x->s, x->now);
	is_i64(count_requests(&x->g, &orders), 45, "45 go at once");
	tws_request_init(&q, TWS_Q_cancel_order);
	q.cancel_order.order_id = 5;
	tws_session_send(x->s, &q);
	is_i64((int64_t)tws_session_queued(x->s), 56, "the rest waits");
	is_i64(tws_session_poll(x->s, x->now, &pf), TIM_SEC, "for a second");
	x->now += TIM_SEC - 1;
	turn(x);
	is_i64(count_requests(&x->g, &orders), 0, "not sooner");
	x->now += 1;
	turn(x);
	is_i64(count_requests(&x->g, &orders), 45, "45 more");
	is_i64(orders, 0, "what is about orders goes first");
	gw_error(&x->g, -1, 100, "Max rate of messages per second has been exceeded");
	turns(x, 2);
	x->now += TIM_SEC - 1;
	turn(x);
	is_i64(count_requests(&x->g, &orders), 0, "after error 100 nothing for a second");
	x->now += 1;
	turn(x);
	is_i64(count_requests(&x->g, &orders), 11, "then the rest");
	tws_session_drop(x->s, "test");
	is_i64((int64_t)tws_session_queued(x->s), 0, "nothing is kept over a reconnect");
	ok(tws_session_req_id(x->s) == TWS_REQ_ID_FIRST + 100, "but ids are not used again");
	end(x);
}

/* ---- recordings ---- */

static int
play(struct seen *y, const char *path, bool send)
{
	struct tws_session_opts o = { .client_id = 7, .rate = 45 };
	struct tws_wire_entry w;
	struct tws_wirelog *log;
	struct tws_request q;
	struct err e = { 0 };
	int rc = 0;

	log = tws_wirelog_open(path, &e);
	begin(y, &o);
	while (log && rc == 0 && tws_wirelog_next(log, &w, &e) == 1) {
		if (w.kind == 'T')
			trail(y, "T %.*s\n", (int)w.n, w.p);
		rc = tws_session_play(y->s, &w);
		if (y->up == 1 && send) {
			tws_request_init(&q, TWS_Q_req_positions);
			tws_session_send(y->s, &q);
			send = false;
		}
	}
	tws_wirelog_close(log, &e);
	return rc;
}

static void
recording(void)
{
	char path[64];
	struct seen *x, *y = mem_alloc(sizeof *y);
	struct tws_request q;
	struct err e;
	struct buf b = { 0 };

	snprintf(path, sizeof path, "/tmp/tws_session.%ld", (long)getpid());
	unlink(path);
	x = session_up(path);
	tws_request_init(&q, TWS_Q_req_positions);
	tws_session_send(x->s, &q);
	turn(x);
	put_tick(&b, 1);
	put_tick(&b, 2);
	gw_send(&x->g, &b, b.len);
	turns(x, 2);
	tws_session_log(x->s, 'T', 12345, "a\nb", 3);
	trail(x, "T a\nb\n");
	gw_hang_up(&x->g);
	turns(x, 2);
	ok(!tws_wirelog_create(path, &e), "a recording is not written over: %s", e.msg);
	tws_session_free(x->s);
	is_i64(play(y, path, true), 0, "the recording plays");
	is_str(y->trail, x->trail, "same states, events and times");
	is_i64(y->ticks, 2, "both ticks");
	tws_session_free(y->s);
	*y = (struct seen){ 0 };
	is_i64(play(y, path, false), ERR_DATA, "a user that asks for other things is found out");
	ok(strstr(tws_session_error(y->s)->msg, "other options"), "%s",
	    tws_session_error(y->s)->msg);
	tws_session_free(y->s);
	free(y);
	gw_close(&x->g);
	free(x);
	buf_free(&b);
	unlink(path);
}

int
main(void)
{
	handshake(true);
	handshake(false);
	refuses_versions();
	remote_hosts();
	deadlines();
	client_id_in_use();
	gives_up();
	heartbeat();
	pieces();
	bad_messages();
	handlers_end_it();
	pacing_and_lanes();
	recording();
	return done_testing();
}
