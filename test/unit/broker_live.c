/*
 * ibkr-exec as a process, against a gateway behind a socket: connect, reconcile, trade, break,
 * come back, be killed, shut down. At the end how long things take.
 */
#include <fcntl.h>
#include <stdlib.h>

#include "stage/run.h"
#include "t_gwserver.h"
#include "venue/exec.h"

struct proc {
	pid_t pid;
	int in, out;
	char buf[1 << 20]; /* all it wrote so far */
	size_t n, seen;
};

static char dir[] = "/tmp/broker_live.XXXXXX";

static void
start(struct proc *p, const struct gws *g, const char *const *more)
{
	static char port[16], journal[64];
	char *argv[32];
	int in[2], out[2], argc = 0;

	snprintf(port, sizeof port, "%d", g->port);
	snprintf(journal, sizeof journal, "%s/journal", dir);
	const char *base[] = { "ibkr-exec", "--port", port, "--client-id", "7", "--max-age", "0",
		/* the orders' times are of long ago */ "--journal", journal, "--commission-wait",
		"50ms", "-q" };

	for (size_t i = 0; i < sizeof base / sizeof *base; i++)
		argv[argc++] = mem_dup(base[i], strlen(base[i]));
	for (size_t i = 0; more && more[i]; i++)
		argv[argc++] = mem_dup(more[i], strlen(more[i]));
	argv[argc] = NULL;
	p->n = p->seen = 0;
	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		abort();
	fflush(stdout);
	p->pid = fork();
	if (p->pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[1]);
		close(out[0]);
		_exit(stage_main(&ibkr_exec_kind, argc, argv));
	}
	for (int i = 0; i < argc; i++)
		free(argv[i]);
	close(in[0]);
	close(out[1]);
	p->in = in[1];
	p->out = out[0];
}

static void
more_output(struct proc *p, int ms)
{
	struct pollfd pf = { .fd = p->out, .events = POLLIN };

	if (poll(&pf, 1, ms) > 0 && p->n < sizeof p->buf - 1) {
		ssize_t k = read(p->out, p->buf + p->n, sizeof p->buf - 1 - p->n);

		if (k > 0)
			p->n += (size_t)k;
	}
	p->buf[p->n] = '\0';
}

/* Wait until it writes `what`, from where the last wait ended; its line is taken. */
static bool
says(struct proc *p, const char *what)
{
	int64_t end = gws_now() + 15 * TIM_SEC;

	p->buf[p->n] = '\0';
	for (;;) {
		char *at = strstr(p->buf + p->seen, what), *nl = at ? strchr(at, '\n') : NULL;

		if (nl) {
			p->seen = (size_t)(nl - p->buf) + 1;
			return true;
		}
		if (gws_now() > end) {
			t_diag_text("wrote", p->buf + p->seen, p->n - p->seen);
			return false;
		}
		more_output(p, 20);
	}
}

static void
give(struct proc *p, const char *text)
{
	size_t n = strlen(text);

	if (write(p->in, text, n) != (ssize_t)n)
		printf("# cannot write to it\n");
}

static void
order(struct proc *p, const char *id, const char *rest)
{
	char line[500];

	snprintf(line, sizeof line,
	    "{\"type\":\"order\",\"ts\":\"2024-03-08T14:30:00Z\",\"sym\":\"AAPL\",\"cl_ord_id\":"
	    "\"%s\",\"side\":\"buy\",%s}\n",
	    id, rest);
	give(p, line);
}

/* Close its input, read to the end; the wait status. */
static int
finish(struct proc *p)
{
	int status;

	close(p->in);
	while (p->n < sizeof p->buf - 1) {
		ssize_t k = read(p->out, p->buf + p->n, sizeof p->buf - 1 - p->n);

		if (k <= 0)
			break;
		p->n += (size_t)k;
	}
	p->buf[p->n] = '\0';
	close(p->out);
	waitpid(p->pid, &status, 0);
	return status;
}

static void
drop(struct proc *p)
{
	kill(p->pid, SIGKILL);
	finish(p);
}

/* The gateway's live orders, once it has said so. */
static int64_t
live_orders(const struct gws *g, uint64_t want)
{
	for (int i = 0; i < 200 && g->live != want; i++)
		usleep(10000);
	return (int64_t)g->live;
}

#define MARKET "\"qty\":10,\"ord_type\":\"market\""
#define LIMIT "\"qty\":10,\"ord_type\":\"limit\",\"limit_price\":90"
#define WM "{\"type\":\"watermark\",\"ts\":\"2024-03-08T14:31:00Z\"}\n"

static void
test_trade(struct proc *p, struct gws *g)
{
	char want[100], cash[NUM_MAX + 1];
	int64_t c;

	start(p, g, NULL);
	ok(says(p, "\"state\":\"connected\""), "connects and reconciles");
	ok(says(p, "\"type\":\"portfolio\""), "and tells the account");
	give(p,
	    "{\"type\":\"trade\",\"ts\":\"2024-03-08T14:29:59Z\",\"sym\":\"AAPL\",\"price\":100,"
	    "\"size\":1}\n");
	order(p, "o1", MARKET);
	ok(says(p, "\"status\":\"pending_new\""), "an order is taken");
	ok(says(p, "\"status\":\"new\""), "acknowledged");
	ok(says(p, "\"status\":\"filled\""), "filled");
	ok(strstr(p->buf, "\"arrival_price\":100.00,\"slippage_bp\":") &&
		strstr(p->buf, "\"fill_rate\":1"),
	    "and its quality told");
	ok(strstr(p->buf, "\"commission\":") != NULL, "fills have their commission");
	order(p, "o1", MARKET);
	ok(says(p, "duplicate_id"), "the same id again is refused");
	order(p, "bad", "\"qty\":1,\"ord_type\":\"limit\"");
	ok(says(p, "no_limit_price"), "a limit order without a price is");
	give(p, "{\"type\":\"order\",\"ts\":\"2024-03-08T14:30:00Z\",\"sym\":\"NOSUCH\","
		"\"cl_ord_id\":\"x\",\"side\":\"buy\",\"qty\":1,\"ord_type\":\"market\"}\n");
	ok(says(p, "no_contract"), "a symbol that the broker does not know too");
	give(p, WM);
	ok(says(p, "\"type\":\"watermark\"") && says(p, "\"type\":\"position\""),
	    "a watermark brings the positions");
	c = g->cash;
	*num_put_cash(cash, c) = '\0';
	snprintf(want, sizeof want, "\"cash\":%s,", cash);
	ok(says(p, want), "and the cash of the gateway: %s", want);
	ok(finish(p) == 0, "ends well");
	is_i64((int64_t)g->placed, 1, "one order was placed");
}

static void
test_kill(struct proc *p, struct gws *g)
{
	uint64_t placed = g->placed;

	g->no_fills = true;
	start(p, g, NULL);
	says(p, "\"type\":\"portfolio\"");
	order(p, "k1", LIMIT);
	says(p, "\"status\":\"new\"");
	drop(p);
	start(p, g, NULL);
	ok(says(p, "\"state\":\"connected\"") && says(p, "\"cl_ord_id\":\"k1\""),
	    "killed and started again, it knows its order");
	order(p, "k1", LIMIT);
	ok(says(p, "duplicate_id"), "and does not send it twice");
	give(p,
	    "{\"type\":\"replace\",\"ts\":\"2024-03-08T14:30:00Z\",\"sym\":\"AAPL\",\"cl_ord_id\":"
	    "\"k2\",\"orig_cl_ord_id\":\"k1\",\"limit_price\":91}\n");
	ok(says(p, "\"cl_ord_id\":\"k2\"") && strstr(p->buf, "replaced"), "it can replace it");
	kill(p->pid, SIGTERM);
	ok(says(p, "\"status\":\"canceled\""), "SIGTERM cancels it");
	int status = finish(p);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM, "and ends it");
	is_i64(live_orders(g, 0), 0, "nothing works any more");
	is_i64((int64_t)(g->placed - placed), 1, "one order was placed");
	g->no_fills = false;
}

static void
test_cut(struct proc *p, struct gws *g)
{
	const char *took;
	int64_t from;

	start(p, g, NULL);
	says(p, "\"type\":\"portfolio\"");
	from = gws_now();
	g->cut = true;
	ok(says(p, "\"state\":\"disconnected\""), "a cut connection is told");
	order(p, "c1", MARKET); /* waits in the pipe */
	ok(says(p, "\"state\":\"connected\""), "it comes back");
	took = strstr(p->buf, "disconnected");
	took = took ? strstr(took, "reconciled in ") : NULL;
	t_note("cut to reconciled %.0f ms, of which connected to reconciled %ld ms",
	    (double)(gws_now() - from) / 1e6, took ? strtol(took + 14, NULL, 10) : -1);
	ok(took && strtol(took + 14, NULL, 10) < 2000, "reconciled within two seconds");
	ok(says(p, "\"cl_ord_id\":\"c1\"") && says(p, "\"status\":\"filled\""),
	    "and takes what waited");
	g->lost = true;
	ok(says(p, "1100"), "1100 is told");
	order(p, "c2", MARKET);
	usleep(300000);
	more_output(p, 0);
	ok(strstr(p->buf + p->seen, "c2") == NULL, "nothing is taken then");
	g->back = true;
	ok(says(p, "\"state\":\"connected\"") && says(p, "\"cl_ord_id\":\"c2\""), "1102 ends it");
	says(p, "\"status\":\"filled\"");
	ok(finish(p) == 0, "ends well");
}

static void
test_commands(struct proc *p, struct gws *g)
{
	static const char *const keep[] = { "--on-exit", "keep", "--linger", "0s", NULL };
	static const char *const cancel[] = { "--cancel-all", NULL };
	static const char *const flatten[] = { "--flatten-all", NULL };
	static const char *const read_only[] = { "--read-only", NULL };

	g->no_fills = true;
	start(p, g, keep);
	says(p, "\"type\":\"portfolio\"");
	order(p, "l1", LIMIT);
	says(p, "\"status\":\"new\"");
	ok(finish(p) == 0, "--on-exit keep ends well");
	is_i64(live_orders(g, 1), 1, "and leaves the order");
	start(p, g, cancel);
	ok(finish(p) == 0 && strstr(p->buf, "canceled"), "--cancel-all does");
	is_i64(live_orders(g, 0), 0, "no order is left");
	g->no_fills = false;
	g->manual = true;
	usleep(20000);
	start(p, g, flatten);
	ok(finish(p) == 0 && strstr(p->buf, "flatten-"), "--flatten-all does");
	is_i64(g->pos0, 0, "no position is left");
	start(p, g, read_only);
	says(p, "\"type\":\"portfolio\"");
	order(p, "r1", MARKET);
	ok(says(p, "read_only"), "--read-only refuses orders");
	finish(p);
}

static void
test_accounts(struct proc *p, struct gws *g)
{
	static const char *const live[] = { "--live", "U77", NULL };
	static const char *const other[] = { "--live", "U78", NULL };
	static const char *const money[] = { "--port", "7496", NULL };
	static const char *const remote[] = { "--host", "192.0.2.1", NULL };
	char path[64];

	snprintf(path, sizeof path, "%s/journal", dir);
	unlink(path);
	snprintf(g->account, sizeof g->account, "U77,");
	start(p, g, NULL);
	is_i64(WEXITSTATUS(finish(p)), 2, "an account of real money is refused");
	start(p, g, other);
	is_i64(WEXITSTATUS(finish(p)), 2, "so is --live with another one");
	start(p, g, live);
	ok(says(p, "\"state\":\"connected\""), "--live with its name takes it");
	is_i64(finish(p), 0, "and ends well");
	snprintf(g->account, sizeof g->account, "DU1000");
	start(p, g, NULL);
	is_i64(WEXITSTATUS(finish(p)), 2, "a journal of another account is refused");
	unlink(path);
	start(p, g, money);
	is_i64(WEXITSTATUS(finish(p)), 2, "a port for real money needs --live");
	start(p, g, remote);
	is_i64(WEXITSTATUS(finish(p)), 2, "a remote host needs --allow-remote");
}

/* ---- how long ---- */

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void
measure(struct proc *p, struct gws *g, const char *const *more, const char *what)
{
	enum { N = 200 };
	static int64_t took[N];
	int64_t median, p99;
	uint64_t first;
	char id[32];

	g->no_fills = true;
	start(p, g, more);
	says(p, "\"type\":\"portfolio\"");
	snprintf(id, sizeof id, "warm-up-%s", what);
	order(p, id, LIMIT);
	says(p, "\"status\":\"new\"");
	usleep(50000);
	first = g->placed;
	for (int i = 0; i < N; i++) {
		int64_t t = gws_now();

		snprintf(id, sizeof id, "%s-%d", what, i);
		order(p, id, LIMIT);
		usleep(50000); /* below 45 messages a second, and leaving it the processor */
		more_output(p, 0);
		took[i] = g->at[first + (uint64_t)i] - t;
	}
	drop(p);
	qsort(took, N, sizeof *took, by_size);
	median = took[N / 2];
	p99 = took[N * 99 / 100];
	t_note("order in to order at the gateway, %s: least %.0f us, median %.0f us, p99 %.0f us",
	    what, (double)took[0] / 1e3, (double)median / 1e3, (double)p99 / 1e3);
	ok(took[0] > 0 && median < TIM_SEC, "%s: orders go out at once", what);
}

int
main(void)
{
	static const char *const fast[] = { "--no-fsync", NULL };
	static struct proc p;
	struct gws *g = gws_start(3);
	char path[64];

	signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(dir))
		return 1;
	test_trade(&p, g);
	test_kill(&p, g);
	test_cut(&p, g);
	test_commands(&p, g);
	if (getenv("TP_MEASURE")) {
		measure(&p, g, NULL, "fsync");
		measure(&p, g, fast, "no-fsync");
	}
	is_i64((int64_t)g->doubled, 0, "no order was sent twice");
	gws_stop(g);
	g = gws_start(4);
	test_accounts(&p, g);
	gws_stop(g);
	snprintf(path, sizeof path, "%s/journal", dir);
	unlink(path);
	rmdir(dir);
	return done_testing();
}
