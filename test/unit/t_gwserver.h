/*
 * The gateway of t_gateway.h behind a socket, in a process of its own, on the real clock:
 *
 *	struct gws *g = gws_start(seed);
 *	... g->port; ask for things by g->cut, g->stop; look at g->placed, g->cash ...
 *	gws_stop(g);
 *
 * What parent and child share lies in one page. One client at a time.
 */
#ifndef TP_TEST_T_GWSERVER_H
#define TP_TEST_T_GWSERVER_H

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "t_gateway.h"

#define GWS_TIMES 4096

struct gws {
	_Atomic int port, connects;
	_Atomic bool cut;    /* ask: close the connection */
	_Atomic bool silent; /* orders get no answer at all */
	_Atomic bool no_fills;
	_Atomic bool lost;   /* ask: 1100 */
	_Atomic bool back;   /* ask: 1102 */
	_Atomic bool manual; /* ask: a person trades */
	_Atomic uint64_t placed, doubled, live;
	_Atomic int64_t cash, pos0;
	_Atomic int64_t at[GWS_TIMES]; /* monotonic ns at which orders came */
	char account[32];
	pid_t pid;
};

static int64_t
gws_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * TIM_SEC + t.tv_nsec;
}

struct gws_conn {
	int fd;
	int stage; /* 0 hello, 1 startApi, 2 up */
};

static void
gws_details(struct gw *g, const struct tws_q_req_contract_details *q)
{
	struct tws_event ev;
	bool found = false;

	for (int i = 0; i < GW_SYMS; i++) {
		if (!str_eqz(q->contract.symbol, gw_names[i]))
			continue;
		tws_event_init(&ev, TWS_E_contract_data);
		ev.contract_data.req_id = q->req_id;
		ev.contract_data.contract = gw_contract(i);
		ev.contract_data.min_tick = 10000000;
		gw_say(g, &ev);
		found = true;
	}
	if (!found) {
		gw_error(g, q->req_id, 200, "No security definition has been found");
		return;
	}
	tws_event_init(&ev, TWS_E_contract_data_end);
	ev.contract_data_end.req_id = q->req_id;
	gw_say(g, &ev);
}

static void
gws_read(struct gws *s, struct gw *g)
{
	struct tws_request q;
	struct err e;
	const char *p;
	size_t n;

	while (tws_reader_next(&g->in, &p, &n, &e) == 1) {
		uint64_t before = g->placed;

		tws_arena_reset(&g->arena);
		if (tws_decode_request(GW_VERSION, p, n, &q, &g->arena, &e) < 0)
			continue;
		if (q.kind == TWS_Q_req_contract_details) {
			gws_details(g, &q.req_contract_details);
			continue;
		}
		if (q.kind == TWS_Q_place_order) {
			gw_place(g, &q.place_order);
			if (g->placed > before && before < GWS_TIMES)
				s->at[before] = gws_now();
		} else if (q.kind == TWS_Q_cancel_order) {
			gw_cancel(g, q.cancel_order.order_id);
		} else if (q.kind == TWS_Q_req_global_cancel) {
			for (size_t i = 0; i < g->norders; i++)
				if (gw_live(&g->order[i])) {
					g->order[i].st = TWS_STATUS_CANCELLED;
					gw_status(g, &g->order[i]);
				}
		} else {
			gw_list(g, &q);
		}
	}
}

/* hello -> greeting, startApi -> accounts and ids */
static void
gws_handshake(struct gws *s, struct gw *g, struct gws_conn *c)
{
	struct tws_hello h;
	struct tws_event ev;
	struct err e;
	const char *p;
	size_t n;

	if (c->stage == 0 && tws_hello_next(&g->in, &h, &e) == 1) {
		tws_greeting_put(&g->out, GW_VERSION, "20231114 22:13:20 UTC");
		c->stage = 1;
	}
	if (c->stage == 1 && tws_reader_next(&g->in, &p, &n, &e) == 1) {
		tws_event_init(&ev, TWS_E_managed_accounts);
		ev.managed_accounts.accounts = str_z(s->account);
		gw_say(g, &ev);
		tws_event_init(&ev, TWS_E_next_valid_id);
		ev.next_valid_id.order_id = g->next_valid;
		gw_say(g, &ev);
		c->stage = 2;
		s->connects++;
	}
}

static void
gws_close(struct gw *g, struct gws_conn *c)
{
	close(c->fd);
	c->fd = -1;
	g->up = false;
	buf_clear(&g->out);
	tws_reader_reset(&g->in);
}

static void
gws_wishes(struct gws *s, struct gw *g)
{
	if (s->lost)
		gw_error(g, -1, 1100, "Connectivity between IBKR and TWS has been lost.");
	if (s->back)
		gw_error(g, -1, 1102, "Connectivity restored, data maintained.");
	if (s->manual)
		gw_manual(g);
	s->lost = s->back = s->manual = false;
	g->f.quiet_order = s->silent ? 10000 : 0;
	g->f.drop_order = s->silent ? 5000 : 0;
}

static void
gws_serve(struct gws *s, int lfd, uint64_t seed)
{
	struct gw *g = mem_alloc(sizeof *g);
	struct gws_conn c = { .fd = -1 };
	int64_t fill_at = 0;

	gw_init(g, seed);
	for (;;) {
		struct pollfd pf = { .fd = c.fd < 0 ? lfd : c.fd, .events = POLLIN };

		poll(&pf, 1, 2);
		g->now = gws_now();
		if (c.fd < 0 && pf.revents) {
			c = (struct gws_conn){ .fd = accept(lfd, NULL, NULL) };
			g->up = c.fd >= 0;
		} else if (c.fd >= 0 && pf.revents) {
			ssize_t k = read(c.fd, tws_reader_room(&g->in, 65536), 65536);

			if (k <= 0)
				gws_close(g, &c);
			else
				tws_reader_added(&g->in, (size_t)k);
		}
		if (c.fd >= 0 && c.stage < 2)
			gws_handshake(s, g, &c);
		if (c.fd >= 0 && c.stage == 2)
			gws_read(s, g);
		gws_wishes(s, g);
		if (!s->no_fills && g->now > fill_at) {
			gw_live_on(g);
			fill_at = g->now + 3 * TIM_MS;
		}
		if (c.fd >= 0 && g->out.len) {
			if (write(c.fd, g->out.p, g->out.len) != (ssize_t)g->out.len)
				gws_close(g, &c);
			buf_clear(&g->out);
		}
		if (s->cut && c.fd >= 0)
			gws_close(g, &c);
		s->cut = false;
		s->placed = g->placed;
		s->doubled = g->doubled + g->reused;
		s->cash = g->cash;
		s->pos0 = g->pos[0];
		uint64_t live = 0;
		for (size_t i = 0; i < g->norders; i++)
			live += gw_live(&g->order[i]);
		s->live = live;
	}
}

T_UNUSED static struct gws *
gws_start(uint64_t seed)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t n = sizeof a;
	struct gws *s =
	    mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int lfd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (s == MAP_FAILED || lfd < 0 || bind(lfd, (struct sockaddr *)&a, sizeof a) < 0 ||
	    listen(lfd, 8) < 0 || getsockname(lfd, (struct sockaddr *)&a, &n) < 0)
		abort();
	snprintf(s->account, sizeof s->account, "DU1000,");
	s->port = ntohs(a.sin_port);
	fflush(stdout);
	pid_t pid = fork();
	if (pid < 0)
		abort();
	if (pid == 0) {
		signal(SIGPIPE, SIG_IGN);
		gws_serve(s, lfd, seed);
		_exit(0);
	}
	close(lfd);
	s->pid = pid; /* by the parent alone: the page is shared */
	return s;
}

T_UNUSED static void
gws_stop(struct gws *s)
{
	pid_t pid = s->pid;

	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	munmap(s, sizeof *s);
}

#endif
