/*
 * History: bars of a span of time, a window after the other. A window is as long as one request
 * may be; it is asked for every symbol, when the broker's pacing allows, and goes out when all
 * have come, merged by the instants when the bars were complete. What a lost connection took is
 * asked for again.
 */
#include "feed/live.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "feed/progress.h"

#define TRIES 3

/* ---- windows ---- */

static int64_t
window_of(const struct live *l)
{
	char name[16];
	int64_t step = TIM_DAY;

	live_bar_size(&l->interval, name, &step);
	return step;
}

static bool
nothing_to_ask(const struct live *l, const struct live_sub *sub)
{
	return sub->resume != TIM_NONE && interval_end(&l->interval, sub->resume) >= l->win_to;
}

static void
open_window(struct live *l)
{
	int64_t step = window_of(l), to = tim_floor(l->win_from, step) + step;

	/* windows begin at multiples of their length: the same whenever one starts */
	l->win_to = to < l->hist_to ? to : l->hist_to;
	for (size_t i = 0; i < l->nsubs; i++) {
		struct live_sub *sub = &l->subs[i];

		sub->hist_tries = 0;
		sub->hist_done = nothing_to_ask(l, sub);
		sub->hist_queued = !sub->hist_done;
	}
	l->hist_next = 0;
}

/* Bars that ended by then are history; one that ended just now may not be whole there yet. */
static int64_t
settled(const struct live *l)
{
	return tim_floor(l->stepped ? l->now : l->now - l->o.bar_wait, l->interval.ns);
}

/* Where the span begins and ends. With --session, "2 D" are two sessions. */
static void
set_span(struct live *l)
{
	int64_t to, span = l->hist_from, t;
	struct session ses;

	l->hist_to = settled(l);
	if (l->m->to_text && tim_parse(l->m->to_text, strlen(l->m->to_text), &to, NULL))
		l->hist_to = tim_floor(to, l->interval.ns);
	l->hist_from = l->hist_to - span;
	if (l->m->sessions && span % TIM_DAY == 0) {
		int64_t days = span / TIM_DAY, date = tim_day(l->hist_to) + 1;

		for (t = date; days > 0 && t > date - 10 * days - 30; t--)
			if (sessions_on(l->m->sessions, t, &ses) && ses.open < l->hist_to) {
				l->hist_from = ses.open;
				days--;
			}
	}
	l->hist_from = tim_floor(l->hist_from, l->interval.ns);
}

int
live_hist_begin(struct live *l)
{
	l->phase = PHASE_HISTORY;
	set_span(l);
	l->win_from = l->hist_from;
	l->hist_started = l->now;
	open_window(l);
	if (!l->o.follow)
		return 0;
	return live_status(l, W_sstate_history, NULL, 0, "past, for what needs to get ready");
}

static int
window_done(struct live *l)
{
	int64_t to;
	int rc = live_bars_release(l, l->win_to);

	if (rc < 0)
		return rc;
	l->win_from = l->win_to;
	if (!l->playing && progress_due(l->now - l->hist_started))
		progress_say("%s: history %lld%%, %llu bars", l->st->kind->name,
		    (long long)(100 * (l->win_to - l->hist_from) / (l->hist_to - l->hist_from)),
		    (unsigned long long)l->hist_bars);
	if (l->win_from >= l->hist_to && l->o.follow) { /* what passed since we began */
		to = settled(l);
		l->hist_to = to > l->hist_to ? to : l->hist_to;
	}
	if (l->win_from < l->hist_to) {
		open_window(l);
		return 0;
	}
	progress_end();
	if (l->o.follow)
		return live_begin(l);
	l->phase = PHASE_END;
	return 0;
}

static int
check_window(struct live *l)
{
	for (size_t i = 0; i < l->nsubs; i++)
		if (!l->subs[i].hist_done)
			return 0;
	return window_done(l);
}

/* ---- requests ---- */

/* "3600 S", "2 D", "1 Y": whole seconds up to a day, then days, up */
static void
put_duration(char *o, size_t n, int64_t span)
{
	int64_t days = (span + TIM_DAY - 1) / TIM_DAY;

	if (span <= TIM_DAY)
		snprintf(o, n, "%lld S", (long long)((span + TIM_SEC - 1) / TIM_SEC));
	else if (days < 365)
		snprintf(o, n, "%lld D", (long long)days);
	else
		snprintf(o, n, "%lld Y", (long long)((days + 364) / 365));
}

/* The text of a request lives here. */
struct asking {
	struct tws_request q;
	char end[TWS_TIME_LEN], duration[24];
};

static void
make_request(struct live *l, struct live_sub *sub, struct asking *a)
{
	struct tws_q_req_historical_data *h = &a->q.req_historical_data;
	bool keep = l->phase == PHASE_LIVE && (l->data & LIVE_FOLLOW);
	int64_t span = l->win_to - l->win_from, iv = l->interval.ns;

	tws_request_init(&a->q, TWS_Q_req_historical_data);
	h->contract = *sub->contract;
	h->include_expired = str_eqz(sub->contract->sec_type, "FUT");
	if (l->phase == PHASE_LIVE) { /* from the last bar that went out until now */
		span = sub->out_ts == TIM_NONE ? l->now - l->hist_to : l->now - sub->out_ts;
		span = span + 2 * iv < 30 * TIM_MIN ? 30 * TIM_MIN : span + 2 * iv;
	}
	if (!keep) {
		tws_time_put(a->end, l->phase == PHASE_LIVE ? l->now : l->win_to);
		h->end_date_time = (struct str){ a->end, TWS_TIME_LEN };
	}
	put_duration(a->duration, sizeof a->duration, span);
	h->duration = str_z(a->duration);
	h->bar_size = str_z(l->ib_bar);
	h->use_rth = l->o.rth;
	h->what_to_show =
	    l->o.what ? str_z(l->o.what)
		      : str_z(str_eqz(sub->contract->sec_type, "CASH") ? "MIDPOINT" : "TRADES");
	h->format_date = 2;
	h->keep_up_to_date = keep;
}

void
live_hist_ask(struct live *l, struct live_sub *sub)
{
	sub->hist_queued = true;
	l->hist_next = 0;
}

static void
send(struct live *l, struct live_sub *sub, struct asking *a, const struct tws_pace *pace)
{
	bool keep = a->q.req_historical_data.keep_up_to_date;
	struct live_stream *x = &sub->streams[0];
	int64_t id = live_request(l, keep ? REQ_STREAM : REQ_HISTORY, sub, keep ? x : NULL);

	a->q.req_historical_data.req_id = id;
	sub->hist_queued = false;
	if (keep) {
		x->req_id = id;
		x->asked = l->now;
	} else {
		sub->hist_id = id;
		sub->hist_due = l->now + LIVE_HISTORY_NS;
	}
	if (tws_session_send(l->s, &a->q))
		tws_pacing_sent(&l->pacing, pace, l->now);
}

/* No answer for too long: the request is cancelled and made again. */
static int
mind_silence(struct live *l)
{
	for (size_t i = 0; i < l->nsubs; i++) {
		struct live_sub *sub = &l->subs[i];
		struct tws_request q;

		if (sub->hist_id == 0 || sub->hist_due > l->now)
			continue;
		tws_request_init(&q, TWS_Q_cancel_historical_data);
		q.cancel_historical_data.req_id = sub->hist_id;
		tws_session_send(l->s, &q);
		l->reqs[sub->hist_id - TWS_REQ_ID_FIRST].kind = REQ_NONE;
		tws_pacing_answered(&l->pacing);
		sub->hist_id = 0;
		if (++sub->hist_tries >= TRIES)
			return stage_fail(l->st, ERR_NET,
			    "%s: no answer to a request for history, %d times %lld s",
			    sub->sym->name, TRIES, (long long)(LIVE_HISTORY_NS / TIM_SEC));
		live_hist_ask(l, sub);
	}
	return 0;
}

int64_t
live_hist_due(const struct live *l)
{
	int64_t due = INT64_MAX;
	bool queued = false;

	if (!l->up || (l->phase != PHASE_HISTORY && !(l->data & (LIVE_BARS5S | LIVE_FOLLOW))))
		return due;
	for (size_t i = 0; i < l->nsubs; i++) {
		const struct live_sub *sub = &l->subs[i];

		queued |= sub->hist_queued;
		if (sub->hist_id && sub->hist_due < due)
			due = sub->hist_due;
	}
	/* a window for which nothing is to be asked is over at once */
	if (l->phase == PHASE_HISTORY && due == INT64_MAX)
		queued = true;
	return queued && l->hist_next < due ? l->hist_next : due;
}

int
live_hist_step(struct live *l)
{
	int rc = mind_silence(l);

	l->hist_next = INT64_MAX;
	for (size_t i = 0; i < l->nsubs && rc == 0; i++) {
		struct live_sub *sub = &l->subs[i];
		struct asking a;
		struct tws_pace pace;
		int64_t when;

		if (!sub->hist_queued)
			continue;
		if (tws_pacing_full(&l->pacing))
			return 0; /* an answer sets hist_next */
		make_request(l, sub, &a);
		pace = tws_pace_of(&a.q);
		when = tws_pacing_when(&l->pacing, &pace, l->now);
		if (when <= l->now || l->stepped) /* its time does not pass while we wait */
			send(l, sub, &a, &pace);
		else if (when < l->hist_next)
			l->hist_next = when;
	}
	return rc < 0 || l->phase != PHASE_HISTORY ? rc : check_window(l);
}

void
live_hist_cut(struct live *l)
{
	tws_pacing_cut(&l->pacing);
	for (size_t i = 0; i < l->nsubs; i++) {
		struct live_sub *sub = &l->subs[i];

		if (sub->hist_id)
			l->reqs[sub->hist_id - TWS_REQ_ID_FIRST].kind = REQ_NONE;
		sub->hist_id = 0;
		sub->hist_queued = l->phase == PHASE_HISTORY && !sub->hist_done;
	}
	l->hist_next = 0;
}

/* ---- answers ---- */

static int
sub_done(struct live *l, struct live_sub *sub)
{
	tws_pacing_answered(&l->pacing);
	sub->hist_id = 0;
	l->hist_next = 0;
	if (l->phase == PHASE_LIVE)
		return live_bars_filled(l, sub);
	sub->hist_done = true;
	return check_window(l);
}

int
live_hist_answer(struct live *l, struct live_sub *sub, const struct tws_e_historical_data *d)
{
	int rc = 0;

	for (size_t i = 0; i < d->bars.n && rc == 0; i++) {
		struct live_bar b;

		if (!live_bar_of(l, &d->bars.v[i], false, &b))
			continue;
		/* gateways give what they find: only what was asked for, and complete */
		if (l->phase == PHASE_HISTORY &&
		    (b.ts < l->win_from || interval_end(&l->interval, b.ts) > l->win_to))
			continue;
		if (interval_end(&l->interval, b.ts) > l->now)
			continue;
		rc = live_bar_add(l, sub, &b);
	}
	return rc < 0 ? rc : sub_done(l, sub);
}

int
live_hist_refused(struct live *l, struct live_sub *sub, bool none, bool rate, const char *why)
{
	if (rate) {
		stage_note(l->st, 1, "%s: %s; again in 15 s", sub->sym->name, why);
		tws_pacing_answered(&l->pacing);
		tws_pacing_violated(&l->pacing, l->now);
		sub->hist_id = 0;
		live_hist_ask(l, sub);
		return 0;
	}
	if (none) { /* nothing was traded then, most of the time */
		stage_note(l->st, 2, "%s: %s", sub->sym->name, why);
		return sub_done(l, sub);
	}
	if (l->phase == PHASE_LIVE) {
		stage_note(l->st, 1, "%s: %s", sub->sym->name, why);
		return sub_done(l, sub);
	}
	return stage_fail(l->st, ERR_NET, "%s: no history: %s", sub->sym->name, why);
}

/* ---- --dry-run ---- */

int
live_hist_plan(struct live *l)
{
	struct tws_pace *pace = NULL;
	struct buf out = { 0 };
	size_t n = 0, cap = 0;
	const char *line;
	char head[40];
	int64_t *at;
	int rc = 0;

	l->phase = PHASE_HISTORY;
	set_span(l);
	for (l->win_from = l->hist_from; l->win_from < l->hist_to; l->win_from = l->win_to) {
		open_window(l);
		for (size_t i = 0; i < l->nsubs; i++) {
			struct asking a;

			if (l->subs[i].hist_done)
				continue;
			make_request(l, &l->subs[i], &a);
			*MEM_AT(pace, cap, n) = tws_pace_of(&a.q);
			n++;
			buf_printf(&out, "%s, %s until %.*s, %s, %.*s\n", l->subs[i].sym->name,
			    a.duration, TWS_TIME_LEN, a.end, l->ib_bar,
			    STR_FMT(a.q.req_historical_data.what_to_show));
		}
	}
	line = buf_z(&out);
	at = mem_array(n + 1, sizeof *at);
	tws_pacing_plan(pace, n, TIM_SEC, at);
	for (size_t i = 0; i < n && rc == 0; i++) {
		size_t k = strcspn(line, "\n");

		snprintf(head, sizeof head, "+%.3f s: ", (double)at[i] / 1e9);
		rc = stage_text(l->st, head, strlen(head));
		if (rc == 0)
			rc = stage_text(l->st, line, k + 1);
		line += k + 1;
	}
	free(at);
	free(pace);
	buf_free(&out);
	return rc;
}
