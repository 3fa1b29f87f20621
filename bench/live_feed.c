/*
 * The live feed against a gateway that sends ticks as fast as it is told: how many arrive, and
 * how long a tick takes from the wire to a record on stdout.
 *
 *	live_feed -f path/to/ibkr-feed [-s SYMBOLS] [-r TICKS_PER_SECOND] [-t SECONDS] [-b BURST]
 *
 * The gateway is a thread of this program, on the loopback; the feed is the real program, its
 * stdout a pipe that another thread reads. The size of each trade is its number, so that the
 * record tells when its tick was handed to the socket. Ticks go out in bursts of BURST (1: each
 * by itself, at even distances). Prints counts and percentiles in microseconds.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/tim.h"
#include "tws/msg.h"

#define SYMBOLS_MAX 1000

struct bench {
	const char *feed;
	int64_t symbols, rate, seconds, burst, total;
	int listen_fd, fd, port, out;
	pid_t pid;
	int64_t req[SYMBOLS_MAX]; /* request ids of the subscriptions */
	int64_t nreq;
	int64_t *sent;    /* by number of the tick: when; monotonic ns */
	int64_t *latency; /* in the order of arrival */
	int64_t narrived;
};

static int64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * TIM_SEC + t.tv_nsec;
}

static void
sleep_until(int64_t t)
{
	struct timespec ts = { t / TIM_SEC, t % TIM_SEC };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

/* ---- the gateway ---- */

static void
say(struct bench *b, const struct buf *out)
{
	for (size_t at = 0; at < out->len;) {
		ssize_t n = send(b->fd, out->p + at, out->len - at, MSG_NOSIGNAL);

		if (n < 0)
			die("gateway: send");
		at += (size_t)n;
	}
}

static void
answer(struct bench *b, const struct tws_request *q)
{
	struct buf out = { 0 };
	struct tws_event ev;

	switch ((int)q->kind) {
	case TWS_Q_start_api:
		tws_event_init(&ev, TWS_E_managed_accounts);
		ev.managed_accounts.accounts = str_z("DU1");
		tws_encode_event(178, &ev, &out);
		tws_event_init(&ev, TWS_E_next_valid_id);
		ev.next_valid_id.order_id = 1;
		tws_encode_event(178, &ev, &out);
		break;
	case TWS_Q_req_contract_details:
		tws_event_init(&ev, TWS_E_contract_data);
		ev.contract_data.req_id = q->req_contract_details.req_id;
		ev.contract_data.contract = q->req_contract_details.contract;
		ev.contract_data.contract.con_id = ev.contract_data.req_id;
		tws_encode_event(178, &ev, &out);
		tws_event_init(&ev, TWS_E_contract_data_end);
		ev.contract_data_end.req_id = q->req_contract_details.req_id;
		tws_encode_event(178, &ev, &out);
		break;
	case TWS_Q_req_tick_by_tick: b->req[b->nreq++] = q->req_tick_by_tick.req_id; break;
	default: break;
	}
	say(b, &out);
	buf_free(&out);
}

/* Handshake, contracts, subscriptions: until all symbols are subscribed to. */
static void
serve(struct bench *b)
{
	struct tws_reader in = { 0 };
	struct tws_arena mem = { 0 };
	struct tws_hello hello;
	struct buf out = { 0 };
	bool greeted = false;
	struct err e;

	b->fd = accept(b->listen_fd, NULL, NULL);
	if (b->fd < 0)
		die("gateway: accept");
	setsockopt(b->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	while (b->nreq < b->symbols) {
		ssize_t n = read(b->fd, tws_reader_room(&in, 65536), 65536);
		const char *p;
		size_t k;

		if (n <= 0)
			die("gateway: read");
		tws_reader_added(&in, (size_t)n);
		if (!greeted && tws_hello_next(&in, &hello, &e) == 1) {
			greeted = true;
			tws_greeting_put(&out, 178, "20250425 15:23:54 EST");
			say(b, &out);
		}
		while (greeted && tws_reader_next(&in, &p, &k, &e) == 1) {
			struct tws_request q;

			tws_arena_reset(&mem);
			if (tws_decode_request(178, p, k, &q, &mem, &e) == 0)
				answer(b, &q);
		}
	}
	tws_reader_free(&in);
	tws_arena_free(&mem);
	buf_free(&out);
}

static void
put_tick(struct bench *b, int64_t i, struct buf *out)
{
	struct tws_event ev;

	tws_event_init(&ev, TWS_E_tick_by_tick);
	ev.tick_by_tick.req_id = b->req[i % b->symbols];
	ev.tick_by_tick.type = 1;
	ev.tick_by_tick.time = 1700000000 + i / b->rate;
	ev.tick_by_tick.price = 100 * NUM_NANO + i % 100 * (NUM_NANO / 100);
	ev.tick_by_tick.size = (i + 1) * NUM_NANO;
	ev.tick_by_tick.exchange = str_z("ARCA");
	tws_encode_event(178, &ev, out);
}

static void *
gateway(void *arg)
{
	struct bench *b = arg;
	struct buf out = { 0 };
	int64_t start, i = 0;

	serve(b);
	start = now() + TIM_SEC / 10;
	while (i < b->total) {
		int64_t end = i + b->burst < b->total ? i + b->burst : b->total, t;

		sleep_until(start + i * TIM_SEC / b->rate);
		buf_clear(&out);
		t = now();
		for (; i < end; i++) {
			put_tick(b, i, &out);
			b->sent[i] = t;
		}
		say(b, &out);
	}
	sleep(1);
	kill(b->pid, SIGTERM);
	buf_free(&out);
	return NULL;
}

/* ---- the feed ---- */

static void
start_feed(struct bench *b)
{
	char port[16], *list = mem_alloc((size_t)b->symbols * 8 + 1);
	int fd[2];

	if (pipe(fd) < 0)
		die("pipe");
	for (int64_t i = 0; i < b->symbols; i++)
		sprintf(list + strlen(list), "%sS%03d", i ? "," : "", (int)i);
	snprintf(port, sizeof port, "%d", b->port);
	b->pid = fork();
	if (b->pid < 0)
		die("fork");
	if (b->pid == 0) {
		dup2(fd[1], 1);
		close(fd[0]);
		close(fd[1]);
		execl(b->feed, "ibkr-feed", "-q", "--port", port, "--symbols", list, "--data",
		    "trades", "--max-symbols", "1000", "--spike", "0", (char *)NULL);
		die(b->feed);
	}
	close(fd[1]);
	b->out = fd[0];
	free(list);
}

static void
take_line(struct bench *b, const char *p, const char *end, int64_t t)
{
	static const char key[] = "\"size\":";
	const char *s;
	int64_t i;

	if (end - p < 16 || memcmp(p, "{\"type\":\"trade\"", 15) != 0)
		return;
	s = memmem(p, (size_t)(end - p), key, sizeof key - 1);
	i = s ? strtoll(s + sizeof key - 1, NULL, 10) - 1 : -1;
	if (i < 0 || i >= b->total || b->narrived == b->total) {
		fprintf(stderr, "live_feed: a trade that was never sent\n");
		exit(1);
	}
	b->latency[b->narrived++] = t - b->sent[i];
}

static void
read_feed(struct bench *b)
{
	struct buf in = { 0 };
	ssize_t n;

	while ((n = read(b->out, buf_room(&in, 1 << 20), 1 << 20)) > 0) {
		int64_t t = now();
		const char *p = in.p, *nl;

		in.len += (size_t)n;
		while ((nl = memchr(p, '\n', in.len - (size_t)(p - in.p)))) {
			take_line(b, p, nl, t);
			p = nl + 1;
		}
		in.len -= (size_t)(p - in.p);
		memmove(in.p, p, in.len);
	}
	buf_free(&in);
}

static int
compare(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return a < b ? -1 : a > b;
}

static double
percentile(const struct bench *b, double p)
{
	return (double)b->latency[(int64_t)(p * (double)(b->narrived - 1))] / 1e3;
}

int
main(int argc, char **argv)
{
	struct bench b = { .feed = "build/bin/ibkr-feed",
		.symbols = 100,
		.rate = 10000,
		.seconds = 5,
		.burst = 1 };
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t n = sizeof a;
	pthread_t thread;
	int c, status;

	while ((c = getopt(argc, argv, "f:s:r:t:b:")) != -1) {
		switch (c) {
		case 'f': b.feed = optarg; break;
		case 's': b.symbols = strtoll(optarg, NULL, 10); break;
		case 'r': b.rate = strtoll(optarg, NULL, 10); break;
		case 't': b.seconds = strtoll(optarg, NULL, 10); break;
		case 'b': b.burst = strtoll(optarg, NULL, 10); break;
		default: return 2;
		}
	}
	if (b.symbols < 1 || b.symbols > SYMBOLS_MAX || b.rate < 1 || b.burst < 1)
		return 2;
	b.total = b.rate * b.seconds;
	b.sent = mem_array((size_t)b.total, sizeof *b.sent);
	b.latency = mem_array((size_t)b.total, sizeof *b.latency);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	b.listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(b.listen_fd, (struct sockaddr *)(void *)&a, sizeof a) < 0 ||
	    listen(b.listen_fd, 1) < 0 ||
	    getsockname(b.listen_fd, (struct sockaddr *)(void *)&a, &n) < 0)
		die("listen");
	b.port = ntohs(a.sin_port);
	start_feed(&b);
	if (pthread_create(&thread, NULL, gateway, &b) != 0)
		die("thread");
	read_feed(&b);
	pthread_join(thread, NULL);
	waitpid(b.pid, &status, 0);
	printf("%lld symbols, %lld ticks/s in bursts of %lld: %lld sent, %lld arrived",
	    (long long)b.symbols, (long long)b.rate, (long long)b.burst, (long long)b.total,
	    (long long)b.narrived);
	if (b.narrived) {
		qsort(b.latency, (size_t)b.narrived, sizeof *b.latency, compare);
		printf("; us: median %.1f, p90 %.1f, p99 %.1f, p99.9 %.1f, max %.1f",
		    percentile(&b, 0.5), percentile(&b, 0.9), percentile(&b, 0.99),
		    percentile(&b, 0.999), percentile(&b, 1));
	}
	printf("\n");
	free(b.sent);
	free(b.latency);
	return b.narrived != b.total || status != 0;
}
