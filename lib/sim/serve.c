/* The program: sockets, signals, and the loop around the gateway. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "sim/gate.h"
#include "sim/sim.h"

#include "io/out.h"
#include "stage/args.h"
#include "stage/run.h"
#include "tws/session.h"

#define READ_SIZE (64u << 10)
#define ROUND_BYTES (1u << 20) /* read from one client before the others have their turn */
#define LINGER (TIM_SEC)       /* for the last bytes, when leaving */

static volatile sig_atomic_t told_to_stop;

static void
on_signal(int sig)
{
	(void)sig;
	told_to_stop = 1;
}

struct server {
	struct sim sim;
	struct err err;
	int listener; /* -1: closed */
	int port;
	int64_t began, leave_at;
	sigset_t unblocked;
	bool eof_told;
};

/* ---- listening ---- */

static int
listen_on(struct server *v)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)v->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof at;
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_sys(&v->err, ERR_NET, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, SIM_CLIENTS_MAX) < 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &n) < 0) {
		err_sys(&v->err, ERR_NET, "127.0.0.1:%d", v->port);
		close(fd);
		return v->err.code;
	}
	v->port = ntohs(at.sin_port);
	v->listener = fd;
	return 0;
}

/* The line that says where we are; `state` of the word list. */
static int
say_status(struct server *v, int state, bool port)
{
	struct buf out = { 0 };
	struct rec r;
	char extra[32];
	int rc;

	rec_init(&r, REC_status, v->sim.now, NULL);
	rec_set(&r, F_status_source, r.status.source, str_z(ibkr_sim_kind.name));
	rec_set(&r, F_status_state, r.status.state, (uint8_t)state);
	if (port) {
		char *o = num_put_i64(extra + 7, v->port);

		memcpy(extra, "\"port\":", 7);
		r.extra = (struct str){ extra, (size_t)(o - extra) };
	}
	rec_enc_json(&out, &r);
	rc = io_out_flush(1, &out, "standard output", &v->err);
	buf_free(&out);
	return rc;
}

static void
accept_all(struct server *v)
{
	for (;;) {
		int one = 1, fd = accept4(v->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			return;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		if (!conn_new(&v->sim, fd))
			close(fd); /* a gateway takes 32 clients */
	}
}

/* The gateway is away for a while, or does not answer the door. */
static void
mind_listener(struct server *v)
{
	struct sim *s = &v->sim;

	if (s->wall < s->closed_until && v->listener >= 0) {
		close(v->listener);
		v->listener = -1;
	} else if (s->wall >= s->closed_until && v->listener < 0 && listen_on(v) < 0) {
		/* somebody else may have it for the moment */
		s->closed_until = s->wall + 50 * TIM_MS;
	}
}

/* ---- clients ---- */

static void
read_from(struct sim *s, struct conn *c)
{
	size_t sum = 0;

	while (!c->dead && !c->finish && sum < ROUND_BYTES && s->wall >= c->hung_until) {
		char *p = tws_reader_room(&c->in, READ_SIZE);
		ssize_t n = read(c->fd, p, READ_SIZE);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n <= 0) {
			c->dead = true;
			return;
		}
		tws_reader_added(&c->in, (size_t)n);
		sum += (size_t)n;
		conn_frames(s, c);
		if (n < (ssize_t)READ_SIZE)
			return;
	}
}

static void
write_to(struct sim *s, struct conn *c)
{
	size_t n;

	while ((n = conn_writable(s, c)) > 0) {
		ssize_t w = send(c->fd, c->out.p + c->out_at, n, MSG_NOSIGNAL);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0) {
			c->dead = c->dead || (errno != EAGAIN && errno != EWOULDBLOCK);
			return;
		}
		conn_written(s, c, (size_t)w);
		if (c->dribble && c->dribble_gap)
			return;
	}
	if (c->out.len != c->out_at)
		return;
	if (c->half_due && !c->half) {
		shutdown(c->fd, SHUT_WR);
		c->half = true;
	}
	if (c->finish)
		c->dead = true;
}

static void
close_dead(struct sim *s)
{
	for (size_t i = 0; i < s->nconn;) {
		struct conn *c = s->conn[i];

		if (!c->dead) {
			i++;
			continue;
		}
		if (c->reset)
			setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 },
			    sizeof(struct linger));
		close(c->fd);
		conn_free(s, c);
	}
}

/* ---- the loop ---- */

static int64_t
wait_for(const struct server *v, int64_t wait)
{
	const struct sim *s = &v->sim;
	int64_t t = SIM_FOREVER;

	for (size_t i = 0; i < s->nconn; i++) {
		int64_t w = conn_wake(s, s->conn[i]);

		t = w < t ? w : t;
	}
	if (v->listener < 0 && s->closed_until < t)
		t = s->closed_until;
	if (s->wall < s->hung_until && s->hung_until < t)
		t = s->hung_until;
	if (v->leave_at < t)
		t = v->leave_at;
	if (t != SIM_FOREVER) {
		t = t > s->wall ? t - s->wall : 0;
		wait = t < wait ? t : wait;
	}
	return wait;
}

static void
poll_all(struct server *v, int64_t wait)
{
	struct sim *s = &v->sim;
	struct pollfd pf[SIM_CLIENTS_MAX + 2];
	struct conn *who[SIM_CLIENTS_MAX + 2];
	struct timespec ts = { .tv_sec = wait / TIM_SEC, .tv_nsec = wait % TIM_SEC };
	nfds_t n = 0;

	if (v->listener >= 0 && s->wall >= s->hung_until) {
		who[n] = NULL;
		pf[n++] = (struct pollfd){ .fd = v->listener, .events = POLLIN };
	}
	for (size_t i = 0; i < s->nconn; i++) {
		struct conn *c = s->conn[i];
		bool hung = s->wall < c->hung_until;

		who[n] = c;
		/* of one that hangs only its end is noticed, or the dead would pile up */
		pf[n++] = (struct pollfd){ .fd = c->fd,
			.events = (short)(hung                  ? POLLRDHUP
					  : conn_writable(s, c) ? POLLIN | POLLOUT
								: POLLIN) };
	}
	if (ppoll(pf, n, wait == SIM_FOREVER ? NULL : &ts, &v->unblocked) <= 0)
		return;
	s->wall = tim_mono();
	for (nfds_t i = 0; i < n; i++) {
		if (!pf[i].revents)
			continue;
		if (!who[i])
			accept_all(v);
		else if (pf[i].events == POLLRDHUP)
			who[i]->dead = true;
		else if (pf[i].revents & (POLLIN | POLLHUP | POLLERR))
			read_from(s, who[i]);
	}
}

static bool
all_written(const struct sim *s)
{
	for (size_t i = 0; i < s->nconn; i++)
		if (s->conn[i]->out.len != s->conn[i]->out_at)
			return false;
	return true;
}

/* The data has ended: say so once, and perhaps leave. */
static int
mind_end(struct server *v)
{
	struct sim *s = &v->sim;
	int rc = 0;

	if (!s->ended || v->eof_told)
		return 0;
	v->eof_told = true;
	rc = say_status(v, W_sstate_eof, false);
	if (s->o->exit_at_end && v->leave_at == SIM_FOREVER)
		v->leave_at = s->wall + LINGER;
	return rc;
}

static int
serve(struct server *v)
{
	struct sim *s = &v->sim;

	while (!told_to_stop) {
		int64_t wait;
		int rc;

		s->wall = tim_mono();
		/* what came while a connection hung */
		for (size_t i = 0; i < s->nconn; i++)
			if (s->conn[i]->hung_until && s->wall >= s->conn[i]->hung_until) {
				s->conn[i]->hung_until = 0;
				conn_frames(s, s->conn[i]);
			}
		wait = sim_run(s);
		for (size_t i = 0; i < s->nconn; i++)
			write_to(s, s->conn[i]);
		close_dead(s);
		mind_listener(v);
		rc = mind_end(v);
		if (rc < 0)
			return rc;
		if (s->failed)
			return s->failed;
		if (s->wall >= v->leave_at || (v->eof_told && s->o->exit_at_end && all_written(s)))
			return 0;
		wait = wait_for(v, wait);
		rc = wait > TIM_MS || s->ended ? wirelog_flush(s->wirelog, &v->err) : 0;
		if (rc < 0)
			return rc;
		poll_all(v, wait);
	}
	return 0;
}

static void
mind_signals(struct server *v)
{
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t block;

	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	/* they come while we wait and at no other time */
	sigemptyset(&block);
	sigaddset(&block, SIGTERM);
	sigaddset(&block, SIGINT);
	sigprocmask(SIG_BLOCK, &block, &v->unblocked);
	sigdelset(&v->unblocked, SIGTERM);
	sigdelset(&v->unblocked, SIGINT);
}

static int
run(struct server *v, const struct args *a, struct symtab *syms)
{
	const struct sim_opts *o = sim_stage_opts(a->st);
	struct rec_layout layout = { .columns = a->common.columns,
		.sym = a->common.sym,
		.type = a->common.type,
		.no_header = a->common.no_header };
	int rc;

	if (o->ticks.n == 0 && o->seed < 0)
		return err_set(
		    &v->err, ERR_USAGE, "no data: give --ticks FILE or --seed S (see ibkr-sim -h)");
	if (a->common.pin >= 0 && run_pin(a->common.pin, &v->err) < 0)
		return v->err.code;
	v->sim.wall = v->began = tim_mono();
	rc = sim_open(&v->sim, o, &layout, tws_now_epoch(), syms, &v->err);
	if (rc < 0)
		return rc;
	v->port = (int)o->port;
	v->leave_at = o->exit_after ? v->began + o->exit_after : SIM_FOREVER;
	rc = listen_on(v);
	if (rc < 0)
		return rc;
	rc = say_status(v, W_sstate_listening, true);
	return rc < 0 ? rc : serve(v);
}

int
ibkr_sim_main(int argc, char **argv)
{
	struct server v = { .listener = -1, .leave_at = SIM_FOREVER };
	struct symtab *syms;
	struct args a;
	int rc;

	rc = args_parse(&a, &ibkr_sim_kind, argc, argv, &v.err);
	if (rc < 0 || a.common.help || a.common.version || a.common.print_config ||
	    a.common.completion) {
		args_free(&a);
		return stage_main(&ibkr_sim_kind, argc, argv); /* says what there is to say */
	}
	mind_signals(&v);
	syms = symtab_new();
	rc = run(&v, &a, syms);
	if (v.listener >= 0)
		close(v.listener);
	for (size_t i = 0; i < v.sim.nconn; i++)
		v.sim.conn[i]->dead = true;
	close_dead(&v.sim);
	if (rc == 0)
		rc = wirelog_flush(v.sim.wirelog, &v.err);
	if (rc < 0 && rc != ERR_PIPE)
		run_say(ibkr_sim_kind.name, v.err.msg);
	sim_close(&v.sim);
	symtab_free(syms);
	args_free(&a);
	return run_status(rc);
}
