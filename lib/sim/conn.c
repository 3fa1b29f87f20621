/*
 * One client: its bytes, its handshake, its limits. The faults of the wire are here: what is
 * written, when, in which pieces, and where it is cut.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/gate.h"

#include "base/mem.h"

#define STRIKES_MAX 3 /* seconds with too many messages until the gateway hangs up */

struct conn *
conn_new(struct sim *s, int fd)
{
	struct conn *c;

	if (s->nconn == sizeof s->conn / sizeof s->conn[0])
		return NULL;
	c = mem_alloc(sizeof *c);
	c->no = ++s->conns;
	c->fd = fd;
	c->cut_after = -1;
	c->data_type = 1;
	c->dribble = s->f.dribble;
	c->dribble_gap = s->f.dribble_gap;
	c->coalesce = s->f.coalesce;
	c->surplus = s->f.surplus;
	s->conn[s->nconn++] = c;
	wirelog_note(s, c, "open", NULL);
	script_fire(s, ON_CONNECT, &(struct cause){ .c = c, .id = -1 });
	return c;
}

struct conn *
conn_by_no(struct sim *s, uint64_t no)
{
	for (size_t i = 0; i < s->nconn; i++)
		if (s->conn[i]->no == no)
			return s->conn[i];
	return NULL;
}

/* Its client id stays taken for a while when the scenario says so. */
static void
keep_id(struct sim *s, const struct conn *c)
{
	struct taken_id *old = &s->taken[0];

	if (c->state != CONN_STARTED || s->f.in_use == 0)
		return;
	for (size_t i = 0; i < SIM_CLIENTS_MAX; i++)
		if (s->taken[i].until < old->until)
			old = &s->taken[i];
	*old = (struct taken_id){ c->client_id, s->wall + s->f.in_use };
}

void
conn_free(struct sim *s, struct conn *c)
{
	wirelog_note(s, c, "close", NULL);
	keep_id(s, c);
	while (c->subs)
		sub_free(c->subs);
	for (size_t i = 0; i < s->nconn; i++)
		if (s->conn[i] == c) {
			memmove(&s->conn[i], &s->conn[i + 1],
			    (s->nconn - i - 1) * sizeof(struct conn *));
			s->nconn--;
			break;
		}
	tws_reader_free(&c->in);
	buf_free(&c->out);
	free(c);
}

void
conn_close(struct sim *s, struct conn *c, bool reset)
{
	(void)s;
	c->reset = c->reset || reset;
	if (reset)
		c->dead = true;
	else
		c->finish = true;
}

/* ---- out ---- */

/* Fields put behind the last message, or taken off its end: what other versions send. */
static void
misshape(struct conn *c, size_t start)
{
	size_t n;
	uint32_t len;

	for (int64_t i = 0; i < c->surplus; i++)
		buf_put(&c->out, "9", 2);
	for (int64_t i = 0; i > c->surplus && c->out.len > start + 6; i--) {
		c->out.len--;
		while (c->out.len > start + 6 && c->out.p[c->out.len - 1] != '\0')
			c->out.len--;
	}
	n = c->out.len - start - 4;
	len = (uint32_t)n;
	for (int k = 0; k < 4; k++)
		c->out.p[start + (size_t)k] = (char)(len >> (24 - 8 * k));
}

static bool
is_about_orders(enum tws_ev kind)
{
	return kind == TWS_E_open_order || kind == TWS_E_order_status ||
	       kind == TWS_E_exec_details || kind == TWS_E_commission_report;
}

/* Bytes for the client; frames only, so that the log can say what they are. */
static void
begin_output(struct sim *s, struct conn *c)
{
	if (c->out_at == c->out.len) {
		buf_clear(&c->out);
		c->out_at = 0;
		if (c->coalesce)
			c->write_at = s->wall + c->coalesce;
	} else if (c->out_at > 1u << 16 && c->out_at > c->out.len / 2) {
		memmove(c->out.p, c->out.p + c->out_at, c->out.len - c->out_at);
		c->out.len -= c->out_at;
		c->out_at = 0;
	}
}

void
conn_send(struct sim *s, struct conn *c, const struct tws_event *ev)
{
	size_t start;

	if (c->dead || c->half || c->half_due || c->finish || c->swallow ||
	    (c->mute && is_about_orders(ev->kind)))
		return;
	begin_output(s, c);
	start = c->out.len;
	if (tws_encode_event(c->version, ev, &c->out) < 0) {
		wirelog_note(s, c, "note", "a message that cannot be sent was left out");
		return;
	}
	if (c->surplus)
		misshape(c, start);
	wirelog_frame(
	    s, c, "out", tws_event_name(ev->kind), c->out.p + start + 4, c->out.len - start - 4);
	if (c->out.len - c->out_at > SIM_OUT_MAX) {
		wirelog_note(s, c, "note", "the client does not read: dropped");
		conn_close(s, c, true);
	}
}

void
conn_error(struct sim *s, struct conn *c, int64_t id, int64_t code, const char *fmt, ...)
{
	struct tws_event ev;
	char text[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	tws_event_init(&ev, TWS_E_error);
	ev.error.id = id;
	ev.error.code = code;
	ev.error.text = str_z(text);
	conn_send(s, c, &ev);
}

void
conn_error_all(struct sim *s, int64_t code, const char *text)
{
	for (size_t i = 0; i < s->nconn; i++)
		if (s->conn[i]->state == CONN_STARTED)
			conn_error(s, s->conn[i], -1, code, "%s", text);
}

size_t
conn_writable(const struct sim *s, const struct conn *c)
{
	size_t n = c->out.len - c->out_at;

	if (n == 0 || c->dead || c->half || s->wall < c->hung_until)
		return 0;
	if ((c->dribble || c->coalesce) && s->wall < c->write_at)
		return 0;
	if (c->dribble && (size_t)c->dribble < n)
		n = (size_t)c->dribble;
	if (c->cut_after >= 0 && (size_t)c->cut_after < n)
		n = (size_t)c->cut_after;
	return n;
}

void
conn_written(struct sim *s, struct conn *c, size_t n)
{
	c->out_at += n;
	if (c->dribble && c->dribble_gap)
		c->write_at = s->wall + c->dribble_gap;
	if (c->cut_after >= 0) {
		c->cut_after -= (int64_t)n;
		if (c->cut_after <= 0)
			conn_close(s, c, true);
	}
	if (c->out_at == c->out.len && c->finish)
		c->dead = true;
}

int64_t
conn_wake(const struct sim *s, const struct conn *c)
{
	int64_t t = SIM_FOREVER;

	if (s->wall < c->hung_until)
		return c->hung_until;
	if (c->out.len > c->out_at && (c->dribble || c->coalesce) && s->wall < c->write_at)
		t = c->write_at;
	return t;
}

/* ---- handshake ---- */

struct to_conn {
	uint64_t no;
};

static struct to_conn *
to_conn(const struct conn *c)
{
	struct to_conn *t = mem_alloc(sizeof *t);

	t->no = c->no;
	return t;
}

static void
send_greeting(struct sim *s, void *arg)
{
	struct conn *c = conn_by_no(s, ((struct to_conn *)arg)->no);
	char when[160];
	size_t start;

	if (!c || c->dead)
		return;
	begin_output(s, c);
	start = c->out.len;
	if (s->f.garbage) {
		buf_put(&c->out, "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
		conn_close(s, c, false);
		return;
	}
	/* the host's own name of its zone: "EST", "Greenwich Mean Time", what you will */
	sim_time_text(s, when, s->now, " ", false);
	snprintf(when + strlen(when), sizeof when - strlen(when), " %s",
	    s->f.zone[0]                                  ? s->f.zone
	    : strcmp(s->o->zone, "America/New_York") == 0 ? "EST"
							  : s->o->zone);
	tws_greeting_put(&c->out, c->version, when);
	wirelog_frame(s, c, "out", "greeting", c->out.p + start + 4, c->out.len - start - 4);
}

static int
handshake(struct sim *s, struct conn *c)
{
	struct tws_hello h;
	struct err e;
	int rc = tws_hello_next(&c->in, &h, &e);

	if (rc == 0)
		return 0;
	if (rc > 0) {
		rc = tws_hello_choose(&h, (int)s->o->server_version, &e);
		c->version = rc;
	}
	if (rc < 0) {
		wirelog_note(s, c, "note", e.msg);
		conn_close(s, c, false);
		c->dead = true;
		return -1;
	}
	wirelog_note(s, c, "hello", h.options[0] ? h.options : NULL);
	c->state = CONN_GREETED;
	if (s->f.no_greeting) { /* it took the connection, and that was all */
		c->hung_until = SIM_FOREVER;
		return 0;
	}
	if (s->f.greeting_delay) {
		later_put(&s->by_wall, s->wall + s->f.greeting_delay, send_greeting, to_conn(c));
		return 1;
	}
	struct to_conn now = { c->no };

	send_greeting(s, &now);
	return 1;
}

static void
send_next_id(struct sim *s, void *arg)
{
	struct conn *c = conn_by_no(s, ((struct to_conn *)arg)->no);
	struct tws_event ev;

	if (!c || c->dead)
		return;
	tws_event_init(&ev, TWS_E_next_valid_id);
	ev.next_valid_id.order_id = s->next_valid_id;
	conn_send(s, c, &ev);
}

static void
send_accounts(struct sim *s, struct conn *c)
{
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_managed_accounts);
	ev.managed_accounts.accounts = str_z(s->o->accounts);
	conn_send(s, c, &ev);
}

static bool
id_taken(struct sim *s, const struct conn *c, int64_t id)
{
	for (size_t i = 0; i < s->nconn; i++)
		if (s->conn[i] != c && s->conn[i]->state == CONN_STARTED && !s->conn[i]->dead &&
		    s->conn[i]->client_id == id)
			return true;
	for (size_t i = 0; i < SIM_CLIENTS_MAX; i++)
		if (s->taken[i].client_id == id && s->wall < s->taken[i].until)
			return true;
	return false;
}

/* startApi: what a gateway says of its own accord. */
static void
start(struct sim *s, struct conn *c, const struct tws_q_start_api *q)
{
	if (c->state == CONN_STARTED)
		return;
	if (id_taken(s, c, q->client_id)) {
		conn_error(s, c, -1, 326,
		    "Unable to connect as the client id is already in use. Retry with a unique "
		    "client id.");
		conn_close(s, c, false);
		return;
	}
	c->client_id = q->client_id;
	c->state = CONN_STARTED;
	if (!s->f.next_id_first && !s->f.no_accounts)
		send_accounts(s, c);
	if (s->f.next_id_delay)
		later_put(&s->by_wall, s->wall + s->f.next_id_delay, send_next_id, to_conn(c));
	else if (!s->f.no_next_id)
		send_next_id(s, &(struct to_conn){ c->no });
	if (s->f.next_id_first && !s->f.no_accounts)
		send_accounts(s, c);
	if (s->f.lost)
		conn_error(s, c, -1, 1100,
		    "Connectivity between IBKR and Trader Workstation has been lost.");
	conn_error(s, c, -1, s->f.farm_down ? 2103 : 2104,
	    "Market data farm connection is %s:usfarm", s->f.farm_down ? "broken" : "OK");
	conn_error(s, c, -1, 2106, "HMDS data farm connection is OK:ushmds");
	conn_error(s, c, -1, 2158, "Sec-def data farm connection is OK:secdefil");
	script_fire(s, ON_START, &(struct cause){ .c = c, .id = -1 });
}

/* ---- in ---- */

/* True when the message is too many. Steps of the market are no burden. */
static bool
too_many(struct sim *s, struct conn *c, const char *payload, size_t n)
{
	bool step = s->o->steppers && n > 3 && memcmp(payload, "49", 3) == 0;

	if (!s->limits || step)
		return false;
	if (s->wall - c->window >= TIM_SEC) {
		c->window = s->wall;
		c->sent_in_window = 0;
	}
	if (++c->sent_in_window <= s->o->rate)
		return false;
	if (c->sent_in_window == s->o->rate + 1) {
		c->strikes++;
		conn_error(s, c, -1, 100,
		    "Max rate of messages per second has been exceeded:max=%lld rec=%lld (%d)",
		    (long long)s->o->rate, (long long)c->sent_in_window, c->strikes);
		if (c->strikes >= STRIKES_MAX)
			conn_close(s, c, false);
	}
	return true;
}

static void
frame(struct sim *s, struct conn *c, const char *payload, size_t n)
{
	struct tws_request q;
	struct err e;

	if (c->state == CONN_STARTED) {
		if (!too_many(s, c, payload, n))
			sim_request(s, c, payload, n);
		else
			wirelog_frame(s, c, "in", "too-many", payload, n);
		return;
	}
	/* before startApi a gateway listens to nothing else */
	tws_arena_reset(&s->qmem);
	if (tws_decode_request(c->version, payload, n, &q, &s->qmem, &e) < 0 ||
	    q.kind != TWS_Q_start_api) {
		wirelog_frame(s, c, "in", "too-early", payload, n);
		return;
	}
	wirelog_frame(s, c, "in", "start_api", payload, n);
	start(s, c, &q.start_api);
}

void
conn_frames(struct sim *s, struct conn *c)
{
	if (c->state == CONN_HELLO && !c->dead && s->wall >= c->hung_until && handshake(s, c) <= 0)
		return;
	while (!c->dead && !c->finish && s->wall >= c->hung_until) {
		const char *payload;
		size_t n;
		struct err e;
		int rc = tws_reader_next(&c->in, &payload, &n, &e);

		if (rc == 0)
			return;
		if (rc < 0) {
			wirelog_note(s, c, "note", e.msg);
			conn_close(s, c, true);
			return;
		}
		frame(s, c, payload, n);
	}
}

void
conn_input(struct sim *s, struct conn *c, const void *p, size_t n)
{
	tws_reader_put(&c->in, p, n);
	conn_frames(s, c);
}
