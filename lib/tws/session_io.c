/* The session's socket: never blocking, what waits, what is late. */
#include "tws/session_state.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "tws/wirelog.h"

#define READ_SIZE (64u << 10)
#define READS_MAX 8 /* a step; the timers must have their turn */

/* ---- addresses ---- */

static bool
is_loopback(const struct sockaddr *a)
{
	if (a->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)a;

		return ntohl(in->sin_addr.s_addr) >> 24 == 127;
	}
	if (a->sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(
		    &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
	return false;
}

int
tws_resolve(struct tws_session *s, struct err *e)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list = NULL;
	char port[16];
	int rc;

	if (!s->o.host)
		return 0; /* plays a recording */
	snprintf(port, sizeof port, "%lld", (long long)s->o.port);
	rc = getaddrinfo(s->o.host, port, &hints, &list);
	if (rc != 0)
		return err_set(e, ERR_USAGE, "--host %s: %s", s->o.host, gai_strerror(rc));
	rc = 0;
	for (struct addrinfo *a = list; a && s->naddrs < TWS_ADDRS_MAX; a = a->ai_next) {
		if (!s->o.allow_remote && !is_loopback(a->ai_addr)) {
			rc = err_set(e, ERR_USAGE,
			    "--host %s is another machine, and whoever listens on the way can "
			    "read and trade: tunnel it to this one (ssh -L), or say "
			    "--allow-remote",
			    s->o.host);
			break;
		}
		memcpy(&s->addrs[s->naddrs].a, a->ai_addr, a->ai_addrlen);
		s->addrs[s->naddrs++].n = a->ai_addrlen;
	}
	freeaddrinfo(list);
	return rc;
}

/* ---- connecting ---- */

static void
connected(struct tws_session *s)
{
	int one = 1;

	setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	setsockopt(s->fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
	tws_codec_text.hello(&s->out, NULL);
	s->deadline = s->now + TWS_GREETING_NS;
	s->last_read = s->now;
	tws_set_state(s, TWS_GREETING, "connected");
}

static void
cut_errno(struct tws_session *s, const char *what, int code)
{
	char why[300];

	snprintf(why, sizeof why, "%s:%lld: %s%s", s->o.host, (long long)s->o.port, what,
	    strerror(code));
	tws_cut(s, ERR_NET, why);
}

/* A localhost of two addresses has its gateway on one of them. */
static bool
next_address(struct tws_session *s)
{
	return ++s->addr < s->naddrs;
}

static void
try_connect(struct tws_session *s)
{
	for (;;) {
		const struct tws_addr *a = &s->addrs[s->addr];
		int code;

		s->fd =
		    socket(a->a.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
		if (s->fd >= 0 &&
		    connect(s->fd, (const struct sockaddr *)(const void *)&a->a, a->n) == 0) {
			connected(s);
			return;
		}
		if (s->fd >= 0 && (errno == EINPROGRESS || errno == EINTR))
			return;
		code = errno;
		if (s->fd >= 0)
			close(s->fd);
		s->fd = -1;
		if (!next_address(s)) {
			cut_errno(s, "", code);
			return;
		}
	}
}

static void
begin(struct tws_session *s)
{
	s->addr = 0;
	s->deadline = s->now + TWS_CONNECT_NS;
	tws_set_state(s, TWS_CONNECTING, "");
	if (s->state == TWS_CONNECTING)
		try_connect(s);
}

static void
finish_connect(struct tws_session *s)
{
	int code = 0;
	socklen_t n = sizeof code;

	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &code, &n) < 0)
		code = errno;
	if (code == 0) {
		connected(s);
		return;
	}
	close(s->fd);
	s->fd = -1;
	if (next_address(s))
		try_connect(s);
	else
		cut_errno(s, "", code);
}

/* ---- reading and writing ---- */

static int
take_frames(struct tws_session *s)
{
	unsigned cuts = s->cuts;

	while (s->cuts == cuts) {
		const char *p;
		size_t n;
		int rc = tws_reader_next(&s->in, &p, &n, &s->err);

		if (rc < 0)
			tws_cut(s, ERR_NET, s->err.msg);
		if (rc <= 0)
			return 0;
		rc = tws_frame(s, p, n);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int
read_some(struct tws_session *s)
{
	for (int i = 0; i < READS_MAX && s->fd >= 0; i++) {
		ssize_t n = read(s->fd, tws_reader_room(&s->in, READ_SIZE), READ_SIZE);
		int rc;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		s->t = tws_now_epoch();
		if (n < 0) {
			cut_errno(s, "", errno);
			return 0;
		}
		if (n == 0) {
			tws_cut(s, ERR_NET, "the gateway closed the connection");
			return 0;
		}
		s->last_read = s->now;
		s->beat_at = 0;
		tws_reader_added(&s->in, (size_t)n);
		rc = take_frames(s);
		if (rc < 0)
			return rc;
		if ((size_t)n < READ_SIZE)
			return 0;
	}
	return 0;
}

/* What pacing lets go joins what is on its way; behind what is stuck nothing joins, so that an
 * order still goes first. */
static void
load_out(struct tws_session *s)
{
	while (s->out.len == 0 || s->out_at == 0) {
		const char *p;
		size_t n;

		if (tws_lanes_when(&s->lanes, s->now) > s->now ||
		    !tws_lanes_take(&s->lanes, &p, &n))
			return;
		tws_session_log(s, '>', s->t, p + 4, n - 4);
		buf_put(&s->out, p, n);
		tws_lanes_count(&s->lanes, s->now);
	}
}

int
tws_session_flush(struct tws_session *s, int64_t now)
{
	s->now = now > s->now ? now : s->now;
	if (s->fd < 0 || s->state == TWS_CONNECTING)
		return 0;
	if (s->state != TWS_GREETING)
		load_out(s);
	while (s->out_at < s->out.len) {
		ssize_t n = send(s->fd, s->out.p + s->out_at, s->out.len - s->out_at, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return s->rc;
		if (n < 0) {
			cut_errno(s, "sending: ", errno);
			return s->rc;
		}
		s->out_at += (size_t)n;
	}
	buf_clear(&s->out);
	s->out_at = 0;
	return s->rc;
}

/* ---- time ---- */

/* When a heartbeat is due, or the answer to one is late. */
static int64_t
beat_due(const struct tws_session *s)
{
	if (s->state != TWS_UP || s->o.heartbeat_ns <= 0)
		return INT64_MAX;
	return s->beat_at ? s->beat_at + TWS_BEAT_NS : s->last_read + s->o.heartbeat_ns;
}

static void
mind_deadlines(struct tws_session *s)
{
	static const char *const late[] = {
		[TWS_CONNECTING] = "no connection within 5 s",
		[TWS_GREETING] = "connected, but no greeting within 5 s: the gateway hangs",
		[TWS_STARTING] = "greeted, but the session did not open within 10 s: the gateway "
				 "hangs, waits for its login, or has the client id in use",
	};
	struct tws_request q;

	if (s->state > TWS_DOWN && s->state < TWS_UP && s->now >= s->deadline) {
		tws_cut(s, ERR_NET, late[s->state]);
		return;
	}
	if (s->now < beat_due(s))
		return;
	if (s->beat_at) {
		tws_cut(s, ERR_NET, "the gateway does not answer any more");
		return;
	}
	s->beat_at = s->now;
	tws_request_init(&q, TWS_Q_req_current_time);
	tws_queue(s, &q, TWS_LANE_REST);
}

/* --max-down */
static int
given_up(struct tws_session *s)
{
	char why[sizeof s->err.msg];

	if (s->state == TWS_UP) {
		s->down_since = TIM_NONE;
		return 0;
	}
	if (s->down_since == TIM_NONE)
		s->down_since = s->now;
	if (s->o.max_down_ns <= 0 || s->now - s->down_since < s->o.max_down_ns)
		return 0;
	snprintf(why, sizeof why, "%s", s->err.msg[0] ? s->err.msg : "no connection");
	return err_set(&s->err, ERR_NET, "no session with %s:%lld for %lld s: %s", s->o.host,
	    (long long)s->o.port, (long long)((s->now - s->down_since) / TIM_SEC), why);
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t
tws_session_poll(struct tws_session *s, int64_t now, struct pollfd *pf)
{
	int64_t at = INT64_MAX;
	struct err e;

	if (s->log && tws_wirelog_flush(s->log, &e) < 0 && s->rc == 0) {
		s->err = e;
		s->rc = e.code;
	}
	*pf = (struct pollfd){ .fd = s->fd, .events = POLLIN };
	if (s->rc < 0)
		return 0;
	if (s->state == TWS_DOWN) {
		at = s->retry_at == TIM_NONE ? now : s->retry_at;
	} else if (s->state == TWS_CONNECTING) {
		pf->events = POLLOUT;
		at = s->deadline;
	} else {
		if (s->out.len)
			pf->events |= POLLOUT;
		else if (s->state != TWS_GREETING)
			at = tws_lanes_when(&s->lanes, now);
		if (s->deadline)
			at = sooner(at, s->deadline);
		at = sooner(at, beat_due(s));
	}
	if (s->state != TWS_UP && s->o.max_down_ns > 0 && s->down_since != TIM_NONE)
		at = sooner(at, s->down_since + s->o.max_down_ns);
	return at == INT64_MAX ? INT64_MAX : at > now ? at - now : 0;
}

int
tws_session_step(struct tws_session *s, short revents, int64_t now)
{
	int rc;

	s->now = now;
	s->t = tws_now_epoch();
	if (s->rc < 0)
		return s->rc;
	if (s->state == TWS_DOWN) {
		if (s->retry_at == TIM_NONE || now >= s->retry_at)
			begin(s);
	} else if (s->state == TWS_CONNECTING) {
		if (revents)
			finish_connect(s);
	} else if (revents & (POLLIN | POLLHUP | POLLERR)) {
		rc = read_some(s);
		if (rc < 0)
			return rc;
	}
	mind_deadlines(s);
	rc = tws_session_flush(s, now);
	if (rc == 0)
		rc = s->rc;
	return rc < 0 ? rc : given_up(s);
}
