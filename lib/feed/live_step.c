/*
 * Time by the gateway. A simulator with a virtual clock goes one step when its clients have asked
 * for the time, and answers behind all that the step brought. So the feed asks when it has
 * written everything out; the answer is the next watermark. Nothing waits for a clock, and the
 * same data gives the same bytes, however fast it goes.
 */
#include "feed/live.h"

#define SAME_MAX 1000 /* a step may be shorter than the second that the answer tells */

int
live_step_ask(struct live *l)
{
	struct tws_request q;

	if (l->phase != PHASE_LIVE || !l->up || l->asked_time || l->nholes || l->bars_filling)
		return 0;
	tws_request_init(&q, TWS_Q_req_current_time);
	l->asked_time = tws_session_send(l->s, &q);
	return 0;
}

int
live_step_answer(struct live *l, int64_t t)
{
	int64_t every = l->m->wm_every;
	int rc = live_flush_quotes(l);

	l->asked_time = false;
	if (t <= l->now) {
		if (++l->same_time == SAME_MAX)
			l->phase = PHASE_END;
		return rc;
	}
	l->same_time = 0;
	l->now = t;
	if (rc == 0 && (l->data & (LIVE_BARS5S | LIVE_FOLLOW))) {
		rc = live_bars_release(l, t);
		l->bar_end = tim_floor(t, l->interval.ns) + l->interval.ns;
	}
	if (rc == 0 && every > 0)
		rc = live_watermark(l, tim_floor(t, every));
	return rc;
}
