/*
 * A gateway in the test's own process: it listens on a free port, is told what to say, and gives
 * what it was sent frame by frame. The test moves it and the session in turn, so nothing waits.
 */
#ifndef TP_TEST_T_FAKE_H
#define TP_TEST_T_FAKE_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tws/session.h"
#include "unit/t.h"

struct gateway {
	int listen_fd, fd;
	int port;
	struct tws_reader in;
	bool hello; /* the connection's hello was read */
	struct tws_hello said;
	struct tws_arena mem;
	struct tws_request q; /* the last request that came */
};

T_UNUSED static void
gw_open(struct gateway *g)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t n = sizeof a;

	*g = (struct gateway){ .fd = -1 };
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	g->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (bind(g->listen_fd, (struct sockaddr *)(void *)&a, sizeof a) < 0 ||
	    listen(g->listen_fd, 8) < 0 ||
	    getsockname(g->listen_fd, (struct sockaddr *)(void *)&a, &n) < 0) {
		perror("gateway");
		exit(1);
	}
	g->port = ntohs(a.sin_port);
}

T_UNUSED static void
gw_hang_up(struct gateway *g)
{
	if (g->fd >= 0)
		close(g->fd);
	g->fd = -1;
	g->hello = false;
	tws_reader_reset(&g->in);
}

T_UNUSED static void
gw_close(struct gateway *g)
{
	gw_hang_up(g);
	close(g->listen_fd);
	tws_reader_free(&g->in);
	tws_arena_free(&g->mem);
}

static bool
gw_wait(int fd, short events, int ms)
{
	struct pollfd pf = { .fd = fd, .events = events };

	return poll(&pf, 1, ms) > 0;
}

/* Takes a connection when one is there. */
T_UNUSED static bool
gw_accept(struct gateway *g)
{
	if (g->fd < 0 && gw_wait(g->listen_fd, POLLIN, 1000)) {
		int one = 1;

		g->fd = accept(g->listen_fd, NULL, NULL);
		if (g->fd >= 0) {
			fcntl(g->fd, F_SETFL, O_NONBLOCK);
			setsockopt(g->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		}
	}
	return g->fd >= 0;
}

static void
gw_read(struct gateway *g, int ms)
{
	char b[65536];
	ssize_t n;

	if (g->fd < 0 || !gw_wait(g->fd, POLLIN, ms))
		return;
	while ((n = read(g->fd, b, sizeof b)) > 0)
		tws_reader_put(&g->in, b, (size_t)n);
}

/* The payload of the next frame; false when none came within a while. */
T_UNUSED static bool
gw_frame(struct gateway *g, const char **p, size_t *n)
{
	struct err e;

	for (int i = 0; i < 2; i++) {
		if (!g->hello && tws_hello_next(&g->in, &g->said, &e) == 1)
			g->hello = true;
		if (g->hello && tws_reader_next(&g->in, p, n, &e) == 1)
			return true;
		gw_read(g, 20);
	}
	return false;
}

/* The next request, into g->q. */
T_UNUSED static bool
gw_request(struct gateway *g)
{
	const char *p;
	struct err e;
	size_t n;

	if (!gw_frame(g, &p, &n))
		return false;
	tws_arena_reset(&g->mem);
	if (tws_decode_request(178, p, n, &g->q, &g->mem, &e) < 0) {
		t_note("request: %s", e.msg);
		return false;
	}
	return true;
}

/* Bytes to the session, `piece` at a time. */
T_UNUSED static void
gw_send(struct gateway *g, const struct buf *b, size_t piece)
{
	for (size_t at = 0; at < b->len && g->fd >= 0;) {
		size_t k = b->len - at < piece ? b->len - at : piece;
		ssize_t n = send(g->fd, b->p + at, k, MSG_NOSIGNAL);

		if (n > 0)
			at += (size_t)n;
		else if (errno != EAGAIN || !gw_wait(g->fd, POLLOUT, 1000))
			return;
	}
}

T_UNUSED static void
gw_say(struct gateway *g, const struct tws_event *ev)
{
	struct buf b = { 0 };

	tws_encode_event(178, ev, &b);
	gw_send(g, &b, b.len);
	buf_free(&b);
}

T_UNUSED static void
gw_greet(struct gateway *g, int version)
{
	struct buf b = { 0 };

	tws_greeting_put(&b, version, "20250425 15:23:54 EST");
	gw_send(g, &b, b.len);
	buf_free(&b);
}

T_UNUSED static void
gw_next_id(struct gateway *g, int64_t id)
{
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_next_valid_id);
	ev.next_valid_id.order_id = id;
	gw_say(g, &ev);
}

T_UNUSED static void
gw_accounts(struct gateway *g, const char *list)
{
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_managed_accounts);
	ev.managed_accounts.accounts = str_z(list);
	gw_say(g, &ev);
}

T_UNUSED static void
gw_error(struct gateway *g, int64_t id, int64_t code, const char *text)
{
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_error);
	ev.error.id = id;
	ev.error.code = code;
	ev.error.text = str_z(text);
	gw_say(g, &ev);
}

#endif
