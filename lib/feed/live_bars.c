/*
 * Bars: those that ended at one instant go out together, then the watermark. A bar that is
 * formed live is complete when a bar after it begins, or --bar-wait after its end. What is
 * missing after a new connection comes from the broker's history; until it is there nothing
 * goes out, so that no bar is out of order.
 */
#include "feed/live.h"

#include "base/mem.h"

#define MARK_BACKFILL "\"backfill\":true"

static int64_t
end_of(const struct live *l, int64_t ts)
{
	return interval_end(&l->interval, ts);
}

static bool
same_bar(const struct live_bar *a, const struct live_bar *b)
{
	return a->open == b->open && a->high == b->high && a->low == b->low &&
	       a->close == b->close && a->volume == b->volume && a->wap == b->wap &&
	       a->count == b->count;
}

/* ---- out ---- */

static int
put_bar(struct live *l, struct live_sub *sub, const struct live_bar *b, bool rev)
{
	struct rec r;

	rec_init(&r, REC_bar, b->ts, sub->sym);
	rec_set(&r, F_bar_ts_end, r.bar.ts_end, end_of(l, b->ts));
	rec_set(&r, F_bar_interval, r.bar.interval, str_z(l->interval.text));
	rec_set(&r, F_bar_open, r.bar.open, b->open);
	rec_set(&r, F_bar_high, r.bar.high, b->high);
	rec_set(&r, F_bar_low, r.bar.low, b->low);
	rec_set(&r, F_bar_close, r.bar.close, b->close);
	if (b->volume >= 0)
		rec_set(&r, F_bar_volume, r.bar.volume, b->volume);
	if (b->wap > 0)
		rec_set(&r, F_bar_vwap, r.bar.vwap, b->wap);
	if (b->count >= 0)
		rec_set(&r, F_bar_count, r.bar.count, b->count);
	if (b->ts_recv != TIM_NONE)
		rec_set(&r, F_bar_ts_recv, r.bar.ts_recv, b->ts_recv);
	if (b->backfill)
		r.extra = str_z(MARK_BACKFILL);
	sub->rev = rev ? sub->rev + 1 : 0;
	if (rev)
		rec_set(&r, F_bar_rev, r.bar.rev, sub->rev);
	sub->out_ts = b->ts;
	sub->out = *b;
	l->hist_bars++;
	return live_put_now(l, &r);
}

/* What is forming is complete when its time is over. */
static void
complete(struct live *l, struct live_sub *sub, int64_t t)
{
	if (!sub->has_forming || end_of(l, sub->forming.ts) > t)
		return;
	sub->has_forming = false;
	live_bar_add(l, sub, &sub->forming);
}

int
live_bars_release(struct live *l, int64_t t)
{
	int rc = 0;

	for (size_t i = 0; i < l->nsubs; i++)
		complete(l, &l->subs[i], t);
	for (;;) {
		int64_t end = INT64_MAX;

		for (size_t i = 0; i < l->nsubs; i++)
			if (l->subs[i].nbars && end_of(l, l->subs[i].bars[0].ts) < end)
				end = end_of(l, l->subs[i].bars[0].ts);
		if (end > t)
			return rc;
		for (size_t i = 0; i < l->nsubs && rc == 0; i++) {
			struct live_sub *sub = &l->subs[i];
			struct live_bar b;

			if (sub->nbars == 0 || end_of(l, sub->bars[0].ts) != end)
				continue;
			b = sub->bars[0];
			sub->nbars--;
			memmove(sub->bars, sub->bars + 1, sub->nbars * sizeof b);
			rc = put_bar(l, sub, &b, false);
		}
		if (rc == 0)
			rc = live_watermark(l, end);
		if (rc < 0)
			return rc;
	}
}

/* ---- in ---- */

/* A complete bar takes its place among those that wait; one that went out must not again. */
int
live_bar_add(struct live *l, struct live_sub *sub, const struct live_bar *b)
{
	size_t i = sub->nbars;

	if (sub->out_ts != TIM_NONE && b->ts <= sub->out_ts) {
		/* the same again, or the same changed */
		if (b->ts < sub->out_ts || sub->resume == b->ts || same_bar(b, &sub->out))
			return 0;
		return put_bar(l, sub, b, true);
	}
	while (i > 0 && sub->bars[i - 1].ts > b->ts)
		i--;
	if (i > 0 && sub->bars[i - 1].ts == b->ts) {
		sub->bars[i - 1] = *b;
		return 0;
	}
	MEM_AT(sub->bars, sub->bars_cap, sub->nbars);
	memmove(sub->bars + i + 1, sub->bars + i, (sub->nbars - i) * sizeof *b);
	sub->bars[i] = *b;
	sub->nbars++;
	return 0;
}

static struct live_bar
make_bar(struct live *l, const struct tws_bar *b, int64_t ts, bool live)
{
	struct live_bar out = { .ts = ts,
		.open = b->open,
		.high = b->high,
		.low = b->low,
		.close = b->close,
		.wap = tws_set(b->wap) ? b->wap : 0,
		.count = tws_set(b->count) ? b->count : -1,
		.volume = b->volume == TWS_UNSET_SUM ? -1 : b->volume,
		.ts_recv = live && !l->stepped ? l->now : TIM_NONE,
		.backfill = !live && l->phase == PHASE_LIVE };

	return out;
}

bool
live_bar_of(struct live *l, const struct tws_bar *b, bool live, struct live_bar *out)
{
	enum tws_time_kind kind;
	int64_t ts;

	if (!tws_time_parse(tws_session_zones(l->s), b->date, &ts, &kind) ||
	    !live_is_second(ts / TIM_SEC)) {
		stage_note(l->st, 1, "a bar whose time '%.*s' is not understood", STR_FMT(b->date));
		return false;
	}
	if (!tws_set(b->open) || !tws_set(b->high) || !tws_set(b->low) || !tws_set(b->close))
		return false; /* none of these is a bar without prices */
	*out = make_bar(l, b, ts, live);
	return true;
}

/* ---- streams ---- */

/* What came with the subscription: bars that are complete, and the one that is forming. */
static int
first_bars(struct live *l, struct live_stream *x, const struct tws_e_historical_data *d)
{
	struct live_sub *sub = x->sub;
	int rc = 0;

	tws_pacing_answered(&l->pacing);
	for (size_t i = 0; i < d->bars.n && rc == 0; i++) {
		struct live_bar b;

		if (!live_bar_of(l, &d->bars.v[i], false, &b))
			continue;
		b.backfill = x->reopened;
		if (i + 1 == d->bars.n &&
		    (l->stepped || end_of(l, b.ts) > l->now - l->o.bar_wait)) {
			sub->forming = b;
			sub->forming.backfill = false;
			sub->has_forming = true;
		} else if (sub->out_ts != TIM_NONE || b.ts >= l->hist_to) {
			rc = live_bar_add(l, sub, &b);
		}
	}
	x->ready = true;
	return rc;
}

static int
forming(struct live *l, struct live_sub *sub, const struct tws_e_historical_data_update *u)
{
	struct tws_bar same = { .date = u->date,
		.open = u->open,
		.high = u->high,
		.low = u->low,
		.close = u->close,
		.wap = u->wap,
		.volume = u->volume,
		.count = u->count };
	struct live_bar b;
	int rc = 0;

	if (!live_bar_of(l, &same, true, &b))
		return 0;
	if (sub->has_forming && b.ts < sub->forming.ts)
		return live_bar_add(l, sub, &b);
	if (sub->has_forming && b.ts > sub->forming.ts) {
		sub->has_forming = false;
		rc = live_bar_add(l, sub, &sub->forming);
	}
	if (sub->out_ts != TIM_NONE && b.ts <= sub->out_ts)
		return rc < 0 ? rc : live_bar_add(l, sub, &b);
	sub->forming = b;
	sub->has_forming = true;
	return rc;
}

/* Has every symbol shown that its bar of the interval that ends at t is complete? */
static bool
all_there(const struct live *l, int64_t t)
{
	for (size_t i = 0; i < l->nsubs; i++) {
		const struct live_sub *s = &l->subs[i];

		if (s->nstreams && s->streams[0].state == STREAM_DEAD)
			continue;
		if (!(s->has_forming && s->forming.ts >= t) &&
		    !(s->nbars && end_of(l, s->bars[s->nbars - 1].ts) >= t) &&
		    !(s->out_ts != TIM_NONE && end_of(l, s->out_ts) >= t))
			return false;
	}
	return true;
}

/* Is the history of a hole still on its way? */
static bool
waiting(struct live *l)
{
	if (!l->bars_filling)
		return false;
	for (size_t i = 0; i < l->nsubs; i++) {
		const struct live_sub *s = &l->subs[i];

		if (s->nstreams && s->streams[0].state != STREAM_DEAD && !s->streams[0].ready)
			return true;
	}
	l->bars_filling = false;
	return false;
}

int64_t
live_bars_due(const struct live *l)
{
	if (l->phase != PHASE_LIVE || !l->up || l->broker_lost)
		return INT64_MAX;
	if (l->bars_filling)
		return l->bars_fill_at;
	if (l->stepped)
		return INT64_MAX;
	return l->bar_end + l->o.bar_wait;
}

/* The end of an interval: its bars, its watermark. */
static int
close_interval(struct live *l)
{
	int rc = live_bars_release(l, l->bar_end);

	if (rc == 0 && l->m->wm_every > 0)
		rc = live_watermark(l, l->bar_end);
	l->bar_end += l->interval.ns;
	return rc;
}

int
live_bars_step(struct live *l)
{
	if (l->bars_filling && l->now >= l->bars_fill_at) {
		int rc = live_status(l, W_sstate_degraded, NULL, 0,
		    "bars missed while disconnected did not come within %lld s",
		    (long long)(LIVE_HISTORY_NS / TIM_SEC));

		l->bars_filling = false;
		return rc;
	}
	return close_interval(l);
}

static int
try_release(struct live *l)
{
	int rc = 0;

	if (waiting(l) || l->stepped)
		return 0;
	rc = live_bars_release(l, l->bar_end - l->interval.ns); /* what came too late */
	while (rc == 0 && l->now >= l->bar_end &&
	       (all_there(l, l->bar_end) || l->now >= l->bar_end + l->o.bar_wait))
		rc = close_interval(l);
	return rc;
}

void
live_bars_fill_begin(struct live *l)
{
	if (!(l->data & (LIVE_BARS5S | LIVE_FOLLOW)))
		return;
	l->bars_filling = true;
	l->bars_fill_at = l->now + LIVE_HISTORY_NS;
	for (size_t i = 0; i < l->nsubs; i++) {
		struct live_sub *sub = &l->subs[i];
		struct live_stream *x = &sub->streams[0];

		/* real-time bars begin with the next one: what is missing is a request of its own
		 */
		x->ready = x->kind == STREAM_BARS5S && sub->out_ts == TIM_NONE;
		if (x->kind == STREAM_BARS5S && !x->ready)
			live_hist_ask(l, sub);
	}
	waiting(l);
}

int
live_bars_event(struct live *l, struct live_stream *x, const struct tws_event *ev)
{
	int rc = live_alive(l, x);

	if (rc < 0)
		return rc;
	if (ev->kind == TWS_E_historical_data) {
		rc = first_bars(l, x, &ev->historical_data);
	} else if (ev->kind == TWS_E_historical_data_update) {
		rc = forming(l, x->sub, &ev->historical_data_update);
	} else if (ev->kind == TWS_E_real_time_bar) {
		const struct tws_e_real_time_bar *t = &ev->real_time_bar;
		struct tws_bar same = { .open = t->open,
			.high = t->high,
			.low = t->low,
			.close = t->close,
			.wap = t->wap,
			.volume = t->volume,
			.count = t->count };
		int64_t ts = live_is_second(t->time) ? t->time * TIM_SEC : TIM_NONE;
		struct live_bar b = make_bar(l, &same, ts, true);

		if (tws_set(t->open) && tws_set(t->high) && tws_set(t->low) && tws_set(t->close) &&
		    ts != TIM_NONE)
			rc = live_bar_add(l, x->sub, &b);
	}
	return rc < 0 ? rc : try_release(l);
}

int
live_bars_filled(struct live *l, struct live_sub *sub)
{
	if (sub->nstreams)
		sub->streams[0].ready = true;
	return try_release(l);
}
