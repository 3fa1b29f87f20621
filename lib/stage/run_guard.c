#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>

#include "io/in.h"
#include "stage/run_private.h"

#define GUARD_MS 200 /* how often to look around while nothing comes in */

static volatile sig_atomic_t got_halt, got_stop;

static void
on_signal(int sig)
{
	if (sig == SIGUSR1)
		got_halt = 1;
	else
		got_stop = sig;
}

/* ---- the guard: kill file and signals become records ---- */

const char *
run_kill_file(const struct run *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->stages[i].kind->guarded && r->stages[i].common.kill_file)
			return r->stages[i].common.kill_file;
	return NULL;
}

bool
run_guarded(const struct run *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->stages[i].kind->guarded)
			return true;
	return false;
}

static int
push_halt(struct run *r, const char *rule, const char *why)
{
	struct rec a;

	r->halted = true;
	if (r->last_ts == TIM_NONE) {
		struct timespec now; /* before the first record only a clock knows the time */

		clock_gettime(CLOCK_REALTIME, &now);
		r->last_ts = now.tv_sec * TIM_SEC + now.tv_nsec;
	}
	rec_init(&a, REC_alert, r->last_ts, NULL);
	rec_set(&a, F_alert_severity, a.alert.severity, W_sev_critical);
	rec_set(&a, F_alert_rule, a.alert.rule, str_z(rule));
	rec_set(&a, F_alert_text, a.alert.text, str_z(why));
	rec_set(&a, F_alert_action, a.alert.action, W_act_halt);
	for (size_t i = 0; i < r->n; i++) {
		struct stage *st = r->stages[i].st;

		if (st->kind->guarded)
			return st->kind->push(st, &a);
	}
	return 0;
}

int
run_guard_check(struct run *r, const char *kill)
{
	struct stat sb;

	if (r->halted)
		return 0;
	if (got_halt)
		return push_halt(r, "signal", "halted by SIGUSR1");
	if (kill && (stat(kill, &sb) == 0 || errno != ENOENT))
		return push_halt(r, "kill_file", kill);
	return 0;
}

static int
wait_input(struct run *r)
{
	struct pollfd pf = { .fd = io_in_fileno(r->in), .events = POLLIN };

	for (size_t i = 0; i < r->n; i++) {
		struct stage *st = r->stages[i].st;

		if (st->waits) {
			int rc = st->kind->wait(st, pf.fd, GUARD_MS);

			if (rc < 0 && !r->env.failed)
				r->env.failed = st;
			return rc;
		}
	}
	return poll(&pf, 1, GUARD_MS) > 0;
}

/* Wait until there is something to read; the guard looks around meanwhile. 1 when told to stop. */
int
run_guard_wait(struct run *r, const char *kill)
{
	for (;;) {
		int n = wait_input(r), rc;

		if (got_stop)
			return 1;
		if (n < 0)
			return n;
		rc = run_guard_check(r, kill);
		if (rc == 0)
			rc = run_drain(r);
		if (rc < 0)
			return rc;
		if (n > 0)
			return 0;
	}
}

int
run_stopped(void)
{
	return got_stop;
}

void
run_guard_signals(const struct run *r)
{
	struct sigaction sa = { .sa_handler = on_signal };

	signal(SIGPIPE, SIG_IGN);
	if (!run_guarded(r))
		return;
	/* no SA_RESTART: a signal must end the wait */
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
}
