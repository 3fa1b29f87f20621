/* The states of a session: connecting, the handshake, deadlines, and what comes in. */
#include "tws/session_state.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "tws/wirelog.h"

#define S(field) OPT_OFF(struct tws_session_opts, field)

const struct opt tws_session_options[] = {
	{ OPT_STR, 0, "host", "HOST", "where the gateway is", "127.0.0.1", NULL, NULL, S(host), 0,
	    0 },
	{ OPT_INT, 0, "port", "PORT",
	    "its API port: 4002 and 7497 are paper, 4001 and 7496 real money", "4002", NULL, NULL,
	    S(port), 1, 65535 },
	{ OPT_INT, 0, "client-id", "ID",
	    "our id at the gateway, where each program needs one of its own "
	    "(ibkr-exec 1, ibkr-feed 2)",
	    "-1", NULL, NULL, S(client_id), -1, INT32_MAX },
	{ OPT_FLAG, 0, "allow-remote", NULL,
	    "a host other than this one: the protocol has neither password nor encryption", NULL,
	    NULL, NULL, S(allow_remote), 0, 0 },
	{ OPT_INT, 0, "rate", "N", "messages a second at most; the gateway cuts off at 50", "45",
	    NULL, NULL, S(rate), 1, 1000 },
	{ OPT_SPAN, 0, "max-down", "SPAN", "give up after so long without a session; 0: never", "0",
	    NULL, NULL, S(max_down_ns), 0, 0 },
	{ OPT_SPAN, 0, "heartbeat", "SPAN", "ask for a sign of life after so long without one",
	    "30s", NULL, NULL, S(heartbeat_ns), 0, 0 },
	{ OPT_STR, 0, "record", "FILE", "keep the raw wire, with times, in the new FILE", NULL,
	    NULL, NULL, S(record), 0, 0 },
	{ 0 },
};

static const char *const state_names[] = { "down", "connecting", "greeting", "starting", "up" };

const char *
tws_state_name(enum tws_state s)
{
	return state_names[s];
}

/* ---- life ---- */

struct tws_session *
tws_session_new(
    const struct tws_session_opts *o, const struct tws_handler *h, void *arg, struct err *e)
{
	struct tws_session *s = mem_alloc(sizeof *s);

	s->o = *o;
	s->h = *h;
	s->arg = arg;
	s->fd = -1;
	s->lanes.rate = o->rate;
	s->next_req = TWS_REQ_ID_FIRST;
	s->state = TWS_DOWN;
	s->retry_at = s->down_since = TIM_NONE; /* the first step sets them */
	rng_seed(&s->rng, o->seed);
	if (s->o.client_id < 0)
		s->o.client_id = 1;
	if (tws_resolve(s, e) < 0)
		goto failed;
	if (o->record && !(s->log = tws_wirelog_create(o->record, e))) {
		err_wrap(e, "--record");
		goto failed;
	}
	return s;
failed:
	tws_session_free(s);
	return NULL;
}

void
tws_session_free(struct tws_session *s)
{
	struct err e;

	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	tws_wirelog_close(s->log, &e);
	tws_reader_free(&s->in);
	tws_lanes_free(&s->lanes);
	tws_arena_free(&s->mem);
	tws_zones_free(&s->zones);
	buf_free(&s->out);
	buf_free(&s->accounts);
	free(s);
}

int64_t
tws_now_epoch(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * TIM_SEC + t.tv_nsec;
}

/* ---- states ---- */

static void
first_failure(struct tws_session *s, int rc)
{
	if (rc < 0 && s->rc == 0)
		s->rc = rc;
}

void
tws_set_state(struct tws_session *s, enum tws_state to, const char *why)
{
	char text[sizeof s->err.msg + 32];
	int n = snprintf(text, sizeof text, "%s %s", state_names[to], why);

	s->state = to;
	tws_session_log(s, '!', s->t, text, (size_t)n);
	if (s->h.state)
		first_failure(s, s->h.state(s->arg, to, why));
}

/* Everything that belongs to a connection goes. */
void
tws_cut(struct tws_session *s, int code, const char *why)
{
	/* 1, 2, 4 .. 60 s, of which between half and all: many clients do not come back at once */
	int64_t base = TIM_SEC << (s->tries < 6 ? s->tries : 6), half;
	char text[sizeof s->err.msg];

	if (s->state == TWS_DOWN)
		return;
	snprintf(text, sizeof text, "%s", why); /* why may be in what is cleared */
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->cuts++;
	buf_clear(&s->out);
	s->out_at = 0;
	tws_reader_reset(&s->in);
	tws_lanes_clear(&s->lanes);
	s->got_id = s->got_accounts = false;
	s->beat_at = 0;
	base = base < 60 * TIM_SEC ? base : 60 * TIM_SEC;
	s->tries++;
	half = base / 2;
	s->retry_at = s->now + half + (int64_t)(rng_uniform(&s->rng) * (double)half);
	err_set(&s->err, code, "%s", text);
	tws_set_state(s, TWS_DOWN, text);
}

void
tws_session_drop(struct tws_session *s, const char *why)
{
	if (s->fd >= 0) /* may come between steps */
		s->now = tim_mono();
	tws_cut(s, ERR_NET, why);
}

/* ---- messages in ---- */

static int
greeting(struct tws_session *s, const char *p, size_t n)
{
	struct tws_greeting g;
	struct tws_request q;
	enum tws_time_kind kind;
	struct str zone;
	int rc = tws_greeting_parse(p, n, &g, &s->err);

	if (rc == ERR_NET) /* a version that we do not speak: trying again will not help */
		return rc;
	if (rc == 0)
		s->codec = tws_codec_for(g.server_version, &s->err);
	if (rc < 0 || !s->codec) {
		tws_cut(s, ERR_NET, s->err.msg);
		return 0;
	}
	s->version = g.server_version;
	/* "20250425 15:23:54 EST": the zone is what stands behind the second blank */
	zone = g.time;
	for (int i = 0; i < 2 && zone.n; i++) {
		const char *b = memchr(zone.p, ' ', zone.n);

		zone.n = b ? zone.n - (size_t)(b + 1 - zone.p) : 0;
		zone.p = b ? b + 1 : zone.p;
	}
	s->zones.dflt = zone.n ? tws_zone(&s->zones, zone) : NULL;
	if (!tws_time_parse(&s->zones, g.time, &s->greeted, &kind))
		s->greeted = 0;
	tws_request_init(&q, TWS_Q_start_api);
	q.start_api.client_id = s->o.client_id;
	tws_queue(s, &q, TWS_LANE_REST);
	s->deadline = s->now + TWS_START_NS;
	tws_set_state(s, TWS_STARTING, "greeted");
	return 0;
}

/* What the session itself does about a message, after its user saw it. */
static void
mind_error(struct tws_session *s, const struct tws_e_error *x)
{
	const struct tws_error *k = tws_error_of(x->code);
	char why[400];

	snprintf(why, sizeof why, "error %lld: %.*s", (long long)x->code,
	    x->text.n < 300 ? (int)x->text.n : 300, x->text.p);
	switch ((int)k->action) {
	case TWS_DO_CLIENT_ID:
		snprintf(why, sizeof why, "client id %lld is in use at the gateway",
		    (long long)s->o.client_id);
		tws_cut(s, ERR_NET, why);
		break;
	case TWS_DO_RECONNECT: tws_cut(s, ERR_NET, why); break;
	case TWS_DO_SLOW_DOWN:
		if (x->code == 100)
			s->lanes.hold = s->now + TIM_SEC;
		break;
	default: break;
	}
}

static int
mind(struct tws_session *s, const struct tws_event *ev)
{
	if (ev->kind == TWS_E_error) {
		mind_error(s, &ev->error);
		return 0;
	}
	if (s->state != TWS_STARTING)
		return 0;
	if (ev->kind == TWS_E_next_valid_id) {
		s->got_id = true;
		s->next_valid_id = ev->next_valid_id.order_id;
	} else if (ev->kind == TWS_E_managed_accounts) {
		struct str a = ev->managed_accounts.accounts;

		while (a.n && (a.p[a.n - 1] == ',' || a.p[a.n - 1] == ' '))
			a.n--;
		s->got_accounts = true;
		buf_clear(&s->accounts);
		buf_put(&s->accounts, a.p, a.n);
	}
	if (!s->got_id || !s->got_accounts)
		return 0;
	s->tries = 0;
	s->deadline = 0;
	tws_set_state(s, TWS_UP, "session open");
	if (s->rc == 0 && s->state == TWS_UP && s->h.up)
		first_failure(s, s->h.up(s->arg, s->next_valid_id, buf_str(&s->accounts)));
	return 0;
}

static void
note(struct tws_session *s, const char *text)
{
	if (s->h.note)
		s->h.note(s->arg, text);
}

static void
note_unknown(struct tws_session *s, int64_t id)
{
	char text[80];

	if (id < 0 || id > 255 || s->unknown[id])
		return;
	s->unknown[id] = true;
	snprintf(text, sizeof text, "messages with the unknown id %lld are ignored", (long long)id);
	note(s, text);
}

/* One frame. The payload may be gone when this returns. */
int
tws_frame(struct tws_session *s, const char *p, size_t n)
{
	unsigned cuts = s->cuts;
	struct tws_event ev;
	struct err e;

	tws_session_log(s, '<', s->t, p, n);
	if (s->state == TWS_GREETING)
		return greeting(s, p, n);
	if (s->state != TWS_STARTING && s->state != TWS_UP)
		return 0;
	tws_arena_reset(&s->mem);
	if (s->codec->decode_event(s->version, p, n, &ev, &s->mem, &e) < 0) {
		/* its length was right: the next one is not touched */
		note(s, e.msg);
		return 0;
	}
	if (ev.kind == TWS_E_unknown)
		note_unknown(s, ev.unknown.id);
	if (s->h.event)
		first_failure(s, s->h.event(s->arg, &ev, s->t));
	if (s->rc == 0 && s->cuts == cuts)
		mind(s, &ev);
	return s->rc;
}

/* ---- messages out ---- */

bool
tws_queue(struct tws_session *s, const struct tws_request *q, int lane)
{
	if (s->codec->encode_request(s->version, q, tws_lanes_tail(&s->lanes, lane)) < 0)
		return false;
	tws_lanes_added(&s->lanes, lane);
	return true;
}

bool
tws_session_send(struct tws_session *s, const struct tws_request *q)
{
	bool order = q->kind == TWS_Q_place_order || q->kind == TWS_Q_cancel_order ||
		     q->kind == TWS_Q_req_global_cancel;

	return s->state == TWS_UP && tws_queue(s, q, order ? TWS_LANE_ORDERS : TWS_LANE_REST);
}

int64_t
tws_session_req_id(struct tws_session *s)
{
	return s->next_req++;
}

/* ---- what it knows ---- */

enum tws_state
tws_session_state(const struct tws_session *s)
{
	return s->state;
}

int
tws_session_server_version(const struct tws_session *s)
{
	return s->version;
}

struct str
tws_session_accounts(const struct tws_session *s)
{
	return buf_str(&s->accounts);
}

size_t
tws_session_queued(const struct tws_session *s)
{
	return tws_lanes_waiting(&s->lanes);
}

struct tws_zones *
tws_session_zones(struct tws_session *s)
{
	return &s->zones;
}

int64_t
tws_session_time(const struct tws_session *s)
{
	return s->t;
}

int64_t
tws_session_greeted(const struct tws_session *s)
{
	return s->greeted;
}

const struct err *
tws_session_error(const struct tws_session *s)
{
	return &s->err;
}

int64_t
tws_session_last_read(const struct tws_session *s)
{
	return s->fd >= 0 ? s->last_read : 0;
}

void
tws_session_log(struct tws_session *s, char kind, int64_t t, const void *p, size_t n)
{
	if (s->log)
		tws_wirelog_put(s->log, kind, t, p, n);
}

/* ---- playing a recording ---- */

/* What went then must go now; heartbeats and the start are the session's own. */
static int
play_sent(struct tws_session *s, const struct tws_wire_entry *x)
{
	const char *p;
	size_t n;

	if ((x->n >= 3 && (memcmp(x->p, "49", 3) == 0 || memcmp(x->p, "71", 3) == 0)) ||
	    s->state != TWS_UP)
		return 0;
	while (tws_lanes_take(&s->lanes, &p, &n)) {
		if (n >= 7 && (memcmp(p + 4, "71", 3) == 0 || memcmp(p + 4, "49", 3) == 0))
			continue;
		if (n - 4 == x->n && memcmp(p + 4, x->p, x->n) == 0)
			return 0;
		return err_set(&s->err, ERR_DATA,
		    "the recording is of other options: request '%.*s' went then, '%.*s' now",
		    (int)strnlen(x->p, x->n), x->p, (int)strnlen(p + 4, n - 4), p + 4);
	}
	return err_set(&s->err, ERR_DATA,
	    "the recording is of other options: request '%.*s' went then, none now",
	    (int)strnlen(x->p, x->n), x->p);
}

static int
play_state(struct tws_session *s, const struct tws_wire_entry *x)
{
	const char *blank = memchr(x->p, ' ', x->n);
	size_t name = blank ? (size_t)(blank - x->p) : x->n;
	char why[sizeof s->err.msg];

	snprintf(
	    why, sizeof why, "%.*s", blank ? (int)(x->n - name - 1) : 0, blank ? blank + 1 : "");
	for (int i = TWS_DOWN; i <= TWS_UP; i++) {
		if (strlen(state_names[i]) != name || memcmp(state_names[i], x->p, name) != 0)
			continue;
		if (i == (int)s->state)
			return 0; /* frames led here */
		if (i == TWS_DOWN)
			tws_cut(s, ERR_NET, why);
		else
			tws_set_state(s, (enum tws_state)i, why);
		return s->rc;
	}
	return err_set(&s->err, ERR_DATA, "the recording has a state '%.*s'", (int)name, x->p);
}

int
tws_session_play(struct tws_session *s, const struct tws_wire_entry *x)
{
	s->t = x->t;
	switch (x->kind) {
	case '<': return tws_frame(s, x->p, x->n);
	case '>': return play_sent(s, x);
	case '!': return play_state(s, x);
	default: return 0;
	}
}
