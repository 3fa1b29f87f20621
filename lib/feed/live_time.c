/* What is due when: watermarks, the watchdog, and everything that waits for a time. */
#include "feed/live.h"

#include <stdio.h>

#define STALE_MAX TIM_HOUR /* the watchdog tries again at least so often */

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* ---- watermarks ---- */

static bool
has_bars(const struct live *l)
{
	return (l->data & (LIVE_BARS5S | LIVE_FOLLOW)) != 0;
}

static int64_t
mark_due(const struct live *l)
{
	if (l->phase != PHASE_LIVE || l->next_mark == TIM_NONE || l->stepped)
		return INT64_MAX;
	if (has_bars(l)) /* bars that end there come first, whenever that is */
		return l->next_mark < l->bar_end ? l->next_mark : INT64_MAX;
	return l->nholes ? INT64_MAX : l->next_mark;
}

static int
mark_step(struct live *l)
{
	int64_t t = l->next_mark;

	l->next_mark += l->m->wm_every;
	return live_watermark(l, t);
}

int
live_marks_before(struct live *l, int64_t ts)
{
	int rc = 0;

	while (rc == 0 && mark_due(l) <= ts && mark_due(l) <= l->now)
		rc = mark_step(l);
	return rc;
}

/* ---- the watchdog ---- */

static const char *const kinds[] = { "trades", "quotes", "market data", "bars", "bars" };

/* How long after x->asked or x->last it is stale, the next time. */
static int64_t
patience(const struct live *l, const struct live_stream *x)
{
	int64_t span = l->stale;

	for (unsigned i = 1; i < x->stale && span < STALE_MAX; i++)
		span *= 2;
	return span < STALE_MAX ? span : STALE_MAX;
}

/* When the stream must have shown that it lives; INT64_MAX: it need not. */
static int64_t
stream_due(const struct live *l, const struct live_stream *x)
{
	int64_t from = x->stale || x->asked > x->last ? x->asked : x->last, due, open, span;

	if (x->state == STREAM_RETRY)
		return l->up ? x->retry_at : INT64_MAX;
	if (x->state != STREAM_ON || !l->up || l->broker_lost || x->req_id == 0)
		return INT64_MAX;
	if (x->verify_at != TIM_NONE)
		return x->verify_at;
	span = patience(l, x);
	if (l->stale <= 0 || x->sub->halted)
		return INT64_MAX;
	due = from + span;
	if (l->m->sessions && due <= l->now) { /* the hours when nothing is traded do not count */
		open = check_open_time(l->m->sessions, from, l->now);
		due = open >= span ? l->now : l->now + (span - open);
	}
	return due;
}

/* Nothing came for too long: say so and ask again; still nothing: a new connection. */
static int
stream_late(struct live *l, struct live_stream *x)
{
	int64_t silent = l->now - x->last;
	char why[160];
	int rc;

	x->verify_at = TIM_NONE;
	x->stale++;
	if (x->stale == 1) {
		rc = live_status(l, W_sstate_stale, x->sub, silent, "no %s for %.3f s",
		    kinds[x->kind], (double)silent / 1e9);
		live_hole(l, x, x->last);
		live_unsubscribe(l, x);
		if (rc == 0)
			rc = live_subscribe(l, x);
		return rc < 0 ? rc : live_check_source(l);
	}
	x->asked = l->now; /* what follows may leave it as it is */
	snprintf(why, sizeof why, "%s: no %s for %.3f s, asked again in vain", x->sub->sym->name,
	    kinds[x->kind], (double)silent / 1e9);
	tws_session_drop(l->s, why);
	return 0;
}

static int
watch_step(struct live *l)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < l->nsubs && l->up; i++) {
		struct live_sub *sub = &l->subs[i];

		for (size_t k = 0; k < sub->nstreams && l->up; k++) {
			struct live_stream *x = &sub->streams[k];
			int64_t due = stream_due(l, x);
			int rc = 0;

			if (due <= l->now) {
				rc = x->state == STREAM_RETRY ? live_subscribe(l, x)
							      : stream_late(l, x);
				due = l->up ? stream_due(l, x) : INT64_MAX;
			}
			if (rc < 0)
				return rc;
			next = sooner(next, due);
		}
	}
	l->watch_at = next > l->now ? next : l->now + 1;
	return 0;
}

int
live_alive(struct live *l, struct live_stream *x)
{
	int64_t lag = l->now - x->last;
	int rc;

	x->last = l->now;
	x->any = x->fresh = true;
	x->verify_at = TIM_NONE;
	if (__builtin_expect(!x->stale && l->source == SOURCE_PRIMARY && !l->degraded, 1))
		return 0;
	if (x->stale) {
		x->stale = 0;
		rc = live_status(l, W_sstate_alive, x->sub, lag, "%s come again", kinds[x->kind]);
		if (rc < 0)
			return rc;
	}
	return live_check_source(l);
}

/* ---- questions about contracts ---- */

static int64_t
details_due(const struct live *l)
{
	return l->phase == PHASE_CONTRACTS && l->up ? l->details_by : INT64_MAX;
}

/* ---- all of it ---- */

static int64_t
broker_due(const struct live *l)
{
	return l->broker_lost && l->o.net.max_down_ns > 0 && !l->playing
		   ? l->broker_lost_at + l->o.net.max_down_ns
		   : INT64_MAX;
}

static int64_t
hold_due(const struct live *l)
{
	return l->nholes ? l->hold_until : INT64_MAX;
}

int64_t
live_due(const struct live *l)
{
	int64_t due = sooner(mark_due(l), l->watch_at);

	if (l->nholes)
		due = sooner(due, sooner(hold_due(l), live_fill_due(l)));
	if (has_bars(l))
		due = sooner(due, live_bars_due(l));
	due = sooner(due, live_hist_due(l));
	due = sooner(due, sooner(details_due(l), broker_due(l)));
	return sooner(due, l->source_at);
}

/* What is due at l->now, in this order. */
static int
step(struct live *l)
{
	int rc = 0;

	if (live_hist_due(l) <= l->now)
		rc = live_hist_step(l);
	if (rc == 0 && l->nholes && live_fill_due(l) <= l->now)
		rc = live_fill_step(l);
	if (rc == 0 && has_bars(l) && live_bars_due(l) <= l->now)
		rc = live_bars_step(l);
	if (rc == 0 && hold_due(l) <= l->now)
		rc = live_fill_give_up(l, l->up ? "the history did not come in time"
						: "the session was down for too long");
	if (rc == 0 && details_due(l) <= l->now) {
		l->details_by = l->now + LIVE_DETAILS_NS;
		tws_session_drop(l->s, "no answer to the question about contracts");
	}
	if (rc == 0 && l->watch_at <= l->now)
		rc = watch_step(l);
	if (rc == 0 && l->source_at <= l->now)
		rc = live_check_source(l);
	if (rc == 0 && broker_due(l) <= l->now)
		rc = stage_fail(l->st, ERR_NET,
		    "the gateway has had no connection to IBKR for %lld s (error 1100)",
		    (long long)((l->now - l->broker_lost_at) / TIM_SEC));
	if (rc == 0 && mark_due(l) <= l->now)
		rc = mark_step(l);
	return rc;
}

/* A machine that slept, or a clock that was set: inputs come each minute at least, so this is no
 * silence. The instants between are not gone through one by one. */
static void
leap(struct live *l, int64_t t)
{
	int64_t every = l->m->wm_every, iv = l->interval.ns;

	if (l->next_mark != TIM_NONE && l->next_mark < t)
		l->next_mark = tim_floor(t, every);
	if (l->phase == PHASE_LIVE && l->bar_end < t - iv)
		l->bar_end = tim_floor(t, iv);
}

int
live_advance(struct live *l, int64_t t)
{
	int64_t due;
	int rc = 0;

	if (l->stepped) { /* only what is due at once; time comes from elsewhere */
		l->advancing = true;
		while (rc == 0 && live_due(l) <= l->now)
			rc = step(l);
		l->advancing = false;
		return rc;
	}
	if (l->now == TIM_NONE)
		l->now = t;
	if (t <= l->now)
		return 0;
	rc = live_flush_quotes(l);
	if (t - l->now > TIM_DAY)
		leap(l, t);
	while (rc == 0 && (due = live_due(l)) <= t) {
		if (due > l->now)
			l->now = due;
		l->advancing = true;
		rc = step(l);
		l->advancing = false;
		if (rc == 0)
			rc = live_flush_quotes(l);
	}
	l->now = t;
	return rc;
}
