/* The live feed as a stage: waits for the gateway, the backup and the clock, and ends in order. */
#include "feed/live.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "feed/live_backup.h"
#include "feed/progress.h"
#include "tws/wirelog.h"

#define BATCH 256 /* entries of a recording that a call of next takes */

static volatile sig_atomic_t told_to_stop;

static void
on_signal(int sig)
{
	(void)sig;
	told_to_stop = 1;
}

/* SIGTERM and SIGINT end the wait, and nothing else is interrupted by them. */
static void
take_signals(struct live *l)
{
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, &l->sigmask);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigdelset(&l->sigmask, SIGTERM);
	sigdelset(&l->sigmask, SIGINT);
}

/* ---- begin ---- */

static int
open_session(struct live *l)
{
	static const struct tws_handler handler = { live_state, live_up, live_event, live_note };
	struct err *e = l->st->env->err;
	struct tws_session_opts *o = &l->o.net;

	if (o->client_id < 0)
		o->client_id = 2;
	if (l->stepped) {
		l->now = 0;
		o->heartbeat_ns = 0; /* asks for the time, too */
		o->rate = 0;
	}
	if (l->o.replay_wire) {
		l->playing = true;
		o->host = NULL;
		l->wire = tws_wirelog_open(l->o.replay_wire, e);
		if (!l->wire)
			return e->code;
	} else {
		o->seed = (uint64_t)tws_now_epoch() ^ (uint64_t)getpid() << 32;
	}
	l->s = tws_session_new(o, &handler, l, e);
	if (!l->s)
		return e->code;
	if (l->o.backup && !(l->backup = backup_start(l->o.backup, e)))
		return e->code;
	return 0;
}

int
live_open(struct stage *st, struct replay *m, const struct live_opts *o, struct live **out)
{
	struct live *l = mem_alloc(sizeof *l);
	int rc;

	*out = l;
	l->st = st;
	l->m = m;
	l->o = *o;
	l->now = l->next_mark = l->watermark = l->silent_since = l->backup_at = TIM_NONE;
	l->clock = INT64_MIN;
	l->watch_at = l->source_at = INT64_MAX;
	l->hist_next = INT64_MAX;
	rc = live_setup(l);
	if (rc == 0 && !l->o.dry_run)
		rc = open_session(l);
	if (rc < 0) {
		struct err e = *st->env->err;

		return stage_fail(st, e.code, "%s", e.msg);
	}
	if (l->o.dry_run) {
		l->now = tws_now_epoch();
		rc = live_hist_plan(l);
		l->phase = PHASE_END;
		l->ended = true;
		return rc;
	}
	if (!st->env->fused && !l->playing)
		take_signals(l);
	return 0;
}

/* ---- end ---- */

/* All that was kept goes out, and the word that it is over. */
static int
finish(struct live *l, const char *why)
{
	int rc;

	if (l->ended)
		return 0;
	l->ended = true;
	progress_end();
	tws_session_log(l->s, 'E', l->now, why, strlen(why));
	rc = live_fill_give_up(l, "the feed ends");
	if (rc == 0)
		rc = live_flush_quotes(l);
	if (rc == 0)
		rc = live_status(l, W_sstate_eof, NULL, 0, "%s", why);
	return rc;
}

static void
summary(struct live *l)
{
	struct buf b = { 0 };

	if (dirty_summary(&l->m->dirty, &b))
		stage_note(l->st, 1, "%llu records, %s", (unsigned long long)l->records, buf_z(&b));
	buf_free(&b);
}

/* The broker is told, and has a moment to hear it. */
static void
sign_off(struct live *l)
{
	int64_t until = tim_mono() + TIM_SEC, now;

	for (size_t i = 0; i < l->nsubs; i++)
		for (size_t k = 0; k < l->subs[i].nstreams; k++)
			live_unsubscribe(l, &l->subs[i].streams[k]);
	while (l->up && tws_session_state(l->s) == TWS_UP && tws_session_queued(l->s) &&
	       (now = tim_mono()) < until) {
		tws_session_flush(l->s, now);
		usleep(1000);
	}
}

void
live_close(struct live *l)
{
	struct err e;

	if (l->s && l->up && !l->playing)
		sign_off(l);
	backup_free(l->backup);
	tws_session_free(l->s);
	tws_wirelog_close(l->wire, &e);
	rec_dec_free(l->backup_dec);
	for (size_t i = 0; i < l->nsubs; i++) {
		struct live_sub *sub = &l->subs[i];

		for (size_t k = 0; k < sub->nstreams; k++)
			free(sub->streams[k].seen);
		buf_free(&sub->candidates);
		free(sub->bars);
	}
	free(l->subs);
	free(l->reqs);
	free(l->kept);
	for (size_t i = 0; i < l->words_cap; i++)
		free((void *)(uintptr_t)l->words[i].p);
	free(l->words);
	tws_pacing_free(&l->pacing);
	tws_pacing_free(&l->bars5s);
	tws_contracts_free(l->contracts);
	buf_free(&l->text);
	buf_free(&l->extra);
	buf_free(&l->word);
	free(l);
}

/* A negative code from below, with its words if they are not there yet. */
static int
failed(struct live *l, int rc)
{
	struct err e = *tws_session_error(l->s);
	int rc2;

	if (rc == ERR_PIPE || l->st->env->failed)
		return rc;
	rc2 = rc == ERR_NET ? finish(l, e.msg) : 0;
	return rc2 < 0 ? rc2 : stage_fail(l->st, rc, "%s", e.msg);
}

/* ---- in between ---- */

static int
play_one(struct live *l, const struct tws_wire_entry *x)
{
	int rc = live_advance(l, x->t);

	if (rc < 0)
		return rc;
	if (x->kind == 'B')
		return live_backup_line(l, x->p, x->n);
	if (x->kind == 'E') {
		char why[1000];

		snprintf(why, sizeof why, "%.*s", (int)x->n, x->p);
		return finish(l, why);
	}
	rc = tws_session_play(l->s, x);
	return rc < 0 ? failed(l, rc) : 0;
}

static int
play(struct live *l)
{
	struct tws_wire_entry x;

	for (int i = 0; i < BATCH && !l->ended; i++) {
		struct err e;
		int rc = tws_wirelog_next(l->wire, &x, &e);

		if (rc < 0)
			return stage_fail(l->st, rc, "--replay-wire: %s", e.msg);
		if (rc == 0) { /* the recorder was cut off */
			rc = finish(l, "the recording ends");
			return rc < 0 ? rc : 1;
		}
		rc = play_one(l, &x);
		if (rc < 0)
			return rc;
	}
	return 1;
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int
wait_and_read(struct live *l)
{
	int64_t mono = tim_mono(), wait, due = live_due(l);
	struct pollfd pf[2] = { { .fd = -1 }, { .fd = -1 } };
	struct timespec ts;
	int rc;

	wait = tws_session_poll(l->s, mono, &pf[0]);
	if (due != INT64_MAX && !l->stepped)
		wait = sooner(wait, due > l->now ? due - l->now : 0);
	if (l->quotes_wait)
		wait = 0;
	if (l->backup) {
		pf[1] = (struct pollfd){ .fd = backup_fd(l->backup), .events = POLLIN };
		if (backup_due(l->backup) != INT64_MAX)
			wait = sooner(
			    wait, backup_due(l->backup) > mono ? backup_due(l->backup) - mono : 0);
	}
	if (wait < 0)
		wait = 0;
	if (wait > TIM_HOUR)
		wait = TIM_HOUR;
	ts = (struct timespec){ wait / TIM_SEC, wait % TIM_SEC };
	if (ppoll(pf, 2, &ts, l->st->env->fused ? NULL : &l->sigmask) < 0)
		pf[0].revents = pf[1].revents = 0; /* a signal */
	rc = tws_session_step(l->s, pf[0].revents, tim_mono());
	if (rc < 0)
		return failed(l, rc);
	if (l->backup && pf[1].revents)
		return backup_read(l->backup, l);
	if (l->backup && backup_due(l->backup) <= tim_mono())
		return backup_restart(l->backup, l);
	return 0;
}

int
live_next(struct live *l)
{
	int rc;

	if (l->ended) {
		summary(l);
		return 0;
	}
	if (l->playing)
		return play(l);
	rc = live_advance(l, tws_now_epoch());
	if (rc == 0 && told_to_stop)
		rc = finish(l, "told to stop");
	else if (rc == 0 && l->phase == PHASE_END)
		rc = finish(l,
		    l->same_time ? "the gateway's time stands still" : "the history is complete");
	if (rc == 0)
		rc = stage_drain(l->st);
	if (rc == 0 && l->stepped)
		rc = live_step_ask(l);
	if (rc == 0 && !l->ended)
		rc = wait_and_read(l);
	return rc < 0 ? rc : 1;
}
