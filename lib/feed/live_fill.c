/*
 * Holes in ticks. When the connection comes back, what was missed is asked for from the
 * broker's history: ticks with the second in which they happened. Meanwhile nothing goes out:
 * what comes live is kept, and no watermark is written. In the end history goes out in its
 * order, then what was kept and is not in the history.
 *
 * The first and the last second of a hole were seen in part, and ticks have no numbers: a tick
 * of history in such a second is one that we have when all its values are equal, each counting
 * once.
 */
#include "feed/live.h"

#include <stdlib.h>

#include "base/mem.h"

/* ---- the same again ---- */

static struct live_seen
seen_of(const struct rec *r)
{
	struct live_seen k = { .exch = NULL };

	if (r->type == REC_trade) {
		k.v[0] = r->trade.price;
		k.v[1] = r->trade.size;
		k.exch = rec_has(r, F_trade_exch) ? r->trade.exch.p : NULL;
		k.cond = rec_has(r, F_trade_cond) ? r->trade.cond.p : NULL;
	} else {
		k.v[0] = r->quote.bid;
		k.v[1] = r->quote.ask;
		k.v[2] = rec_has(r, F_quote_bid_size) ? r->quote.bid_size : 0;
		k.v[3] = rec_has(r, F_quote_ask_size) ? r->quote.ask_size : 0;
	}
	return k;
}

static bool
same_seen(const struct live_seen *a, const struct live_seen *b)
{
	return a->v[0] == b->v[0] && a->v[1] == b->v[1] && a->v[2] == b->v[2] &&
	       a->v[3] == b->v[3] && a->exch == b->exch && a->cond == b->cond;
}

void
live_remember(struct live_stream *x, int64_t second, const struct rec *r)
{
	if (second < x->second)
		return;
	if (x->hole != TIM_NONE) { /* the list is still that of before the hole */
		x->second = second;
		return;
	}
	if (second > x->second)
		x->nseen = 0;
	x->second = second;
	*MEM_AT(x->seen, x->seen_cap, x->nseen) = seen_of(r);
	x->nseen++;
}

/* Was this tick of the hole's first second seen? Then it is used up. */
static bool
take_seen(struct live_stream *x, const struct live_seen *k)
{
	for (size_t i = 0; i < x->nseen; i++)
		if (!x->seen[i].used && same_seen(&x->seen[i], k))
			return x->seen[i].used = true;
	return false;
}

/* ---- holes ---- */

static bool
is_ticks(const struct live_stream *x)
{
	return x->kind == STREAM_LAST || x->kind == STREAM_BID_ASK || x->kind == STREAM_MKT;
}

void
live_hole(struct live *l, struct live_stream *x, int64_t since)
{
	if (!is_ticks(x) || !x->any || x->hole != TIM_NONE || l->o.backfill <= 0 ||
	    l->source == SOURCE_BACKUP || l->phase != PHASE_LIVE || x->sub->delayed)
		return; /* history is not delayed: it would be ahead */
	x->hole = since;
	x->hole_second = x->second;
	x->fill_id = 0;
	x->fill_at = INT64_MAX; /* until it is asked for again */
	if (l->nholes++ == 0)
		l->hold_until = l->now + l->o.backfill;
	/* for all: watermarks wait, and what went out meanwhile would be ahead of them */
	l->filling = true;
}

void
live_fill_begin(struct live *l, struct live_stream *x)
{
	if (x->hole == TIM_NONE)
		return;
	x->fill_id = 0;
	x->fill_pages = 0;
	x->fill_last = 0;
	x->nlast = x->skip_last = x->fill_got = 0;
	x->filled = 0;
	x->fill_at = l->stepped ? l->now : l->now + LIVE_FILL_DELAY;
	x->fill_from = x->hole_second;
	x->fill_to = l->now / TIM_SEC;
	if (x->kind == STREAM_MKT) /* sampled: what was seen of a second cannot be told */
		x->fill_from++;
	for (size_t i = 0; i < x->nseen; i++)
		x->seen[i].used = false;
	if (l->hold_until < l->now + LIVE_FILL_NS)
		l->hold_until = l->now + LIVE_FILL_NS;
}

/* ---- out again ---- */

static int
by_stream(const void *a, const void *b)
{
	const struct live_kept *x = *(struct live_kept *const *)a,
			       *y = *(struct live_kept *const *)b;

	if (x->stream != y->stream)
		return x->stream < y->stream ? -1 : 1;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x < y ? -1 : x > y;
}

static int
by_time(const void *a, const void *b)
{
	const struct live_kept *x = *(struct live_kept *const *)a,
			       *y = *(struct live_kept *const *)b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x < y ? -1 : x > y; /* as it came */
}

/* Marks the live records that stand in the history, too. h: sorted by stream and second. */
static void
drop_known(struct live *l, struct live_kept **h, size_t nh)
{
	for (size_t i = 0; i < l->nkept; i++) {
		struct live_kept *k = &l->kept[i];
		struct live_seen seen;
		size_t lo = 0, hi = nh;

		if (k->history)
			continue;
		seen = seen_of(&k->r);
		while (lo < hi) { /* the first of its stream and second */
			size_t mid = lo + (hi - lo) / 2;

			if (h[mid]->stream < k->stream ||
			    (h[mid]->stream == k->stream && h[mid]->key < k->key))
				lo = mid + 1;
			else
				hi = mid;
		}
		for (; lo < nh && h[lo]->stream == k->stream && h[lo]->key == k->key; lo++) {
			struct live_seen other = seen_of(&h[lo]->r);

			if (!h[lo]->used && same_seen(&seen, &other)) {
				h[lo]->used = k->dropped = true;
				break;
			}
		}
	}
}

/* What the venue gave no time is known since it came. */
static int64_t
time_of(const struct live *l, const struct live_kept *k)
{
	const struct rec *r = &k->r;

	return r->ts != TIM_NONE      ? r->ts
	       : l->stepped           ? k->key * TIM_SEC
	       : r->type == REC_trade ? r->trade.ts_recv
				      : r->quote.ts_recv;
}

static int
put_kept(struct live *l, struct live_kept *k)
{
	struct rec *r = &k->r;
	int rc = 0;

	r->ts = time_of(l, k);
	if (!k->remembered && k->stream->kind != STREAM_MKT)
		live_remember(k->stream, k->key, r);
	/* the watermarks that waited stand where they would have stood */
	if (l->next_mark != TIM_NONE && !l->stepped)
		rc = live_marks_before(l, r->ts);
	return rc < 0 ? rc : live_put_now(l, r);
}

static int
release(struct live *l)
{
	struct live_kept **h = mem_array(l->nkept + 1, sizeof *h);
	size_t nh = 0, n = l->nkept;
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		if (l->kept[i].history)
			h[nh++] = &l->kept[i];
	qsort(h, nh, sizeof(struct live_kept *), by_stream);
	drop_known(l, h, nh);
	qsort(h, nh, sizeof(struct live_kept *), by_time);
	l->filling = false;
	l->nkept = 0; /* what is put now goes out */
	/* history by its time, what came live as it came, and of the two what is earlier */
	for (size_t i = 0, at = 0; rc == 0 && (i < nh || at < n);) {
		struct live_kept *k = &l->kept[at];

		if (at < n && (k->history || k->dropped))
			at++;
		else if (i < nh && (at == n || time_of(l, h[i]) <= time_of(l, k)))
			rc = put_kept(l, h[i++]);
		else
			rc = put_kept(l, &l->kept[at++]);
	}
	free(h);
	return rc;
}

static void
close_hole(struct live *l, struct live_stream *x)
{
	x->hole = TIM_NONE;
	x->fill_id = 0;
	if (x->second > x->hole_second)
		x->nseen = 0;
	l->nholes--;
}

static int
hole_done(struct live *l, struct live_stream *x)
{
	int64_t from = x->hole;
	int rc;

	close_hole(l, x);
	rc = l->nholes == 0 ? release(l) : 0;
	return rc < 0 ? rc
		      : live_status(l, W_sstate_alive, x->sub, l->now - from,
			    "hole filled: %llu ticks of history", (unsigned long long)x->filled);
}

int
live_fill_give_up(struct live *l, const char *why)
{
	int rc = 0;

	if (l->nholes == 0)
		return 0;
	for (size_t i = 0; i < l->nsubs && rc == 0; i++) {
		struct live_sub *sub = &l->subs[i];

		for (size_t k = 0; k < sub->nstreams && rc == 0; k++) {
			struct live_stream *x = &sub->streams[k];
			char from[TIM_LEN];

			if (x->hole == TIM_NONE)
				continue;
			tim_put(from, x->hole);
			if (x->fill_id)
				tws_pacing_answered(&l->pacing);
			rc = live_status(l, W_sstate_degraded, sub, l->now - x->hole,
			    "hole since %.*s not filled: %s", TIM_LEN, from, why);
			close_hole(l, x);
		}
	}
	return rc < 0 ? rc : release(l);
}

/* ---- asking ---- */

static const char *
what_of(const struct live_stream *x)
{
	bool quotes = x->kind == STREAM_BID_ASK ||
		      (x->kind == STREAM_MKT && str_eqz(x->sub->contract->sec_type, "CASH"));

	return quotes ? "BID_ASK" : "TRADES";
}

static void
ask(struct live *l, struct live_stream *x)
{
	struct tws_request q;
	struct tws_pace pace;
	char start[TWS_TIME_LEN];
	int64_t when;

	tws_request_init(&q, TWS_Q_req_historical_ticks);
	q.req_historical_ticks.contract = *x->sub->contract;
	tws_time_put(start, x->fill_from * TIM_SEC);
	q.req_historical_ticks.start = (struct str){ start, TWS_TIME_LEN };
	q.req_historical_ticks.count = LIVE_FILL_PAGE;
	q.req_historical_ticks.what_to_show = str_z(what_of(x));
	pace = tws_pace_of(&q);
	when = tws_pacing_full(&l->pacing) ? l->now + TIM_SEC
					   : tws_pacing_when(&l->pacing, &pace, l->now);
	if (when > l->now && !l->stepped) {
		x->fill_at = when;
		return;
	}
	x->fill_at = INT64_MAX;
	x->fill_id = live_request(l, REQ_FILL, x->sub, x);
	q.req_historical_ticks.req_id = x->fill_id;
	if (tws_session_send(l->s, &q))
		tws_pacing_sent(&l->pacing, &pace, l->now);
}

int64_t
live_fill_due(const struct live *l)
{
	int64_t due = INT64_MAX;

	if (!l->up)
		return due;
	for (size_t i = 0; i < l->nsubs; i++)
		for (size_t k = 0; k < l->subs[i].nstreams; k++) {
			const struct live_stream *x = &l->subs[i].streams[k];

			if (x->hole != TIM_NONE && x->fill_at < due)
				due = x->fill_at;
		}
	return due;
}

int
live_fill_step(struct live *l)
{
	for (size_t i = 0; i < l->nsubs; i++)
		for (size_t k = 0; k < l->subs[i].nstreams; k++) {
			struct live_stream *x = &l->subs[i].streams[k];

			if (x->hole != TIM_NONE && x->fill_at <= l->now)
				ask(l, x);
		}
	return 0;
}

/* ---- answers ---- */

/* One tick of history. */
static void
take(struct live *l, struct live_stream *x, int64_t second, const struct rec *r)
{
	struct live_seen seen = seen_of(r);
	struct live_kept *k;

	if (second < x->fill_from || (x->kind == STREAM_MKT && second >= x->fill_to))
		return;
	if (second == x->hole_second && take_seen(x, &seen))
		return;
	if (second > x->fill_last) {
		x->fill_last = second;
		x->nlast = 0;
	}
	x->nlast++;
	if (x->nlast <= x->skip_last && second == x->fill_from)
		return; /* the page before had it */
	if (l->nkept >= LIVE_KEPT_MAX)
		return;
	k = MEM_AT(l->kept, l->kept_cap, l->nkept);
	l->nkept++;
	*k = (struct live_kept){ .r = *r, .key = second, .stream = x, .history = true };
	x->filled++;
}

int
live_fill_answer(struct live *l, struct live_stream *x, const struct tws_event *ev)
{
	const struct tws_e_historical_ticks_last *t = &ev->historical_ticks_last;
	const struct tws_e_historical_ticks_bid_ask *q = &ev->historical_ticks_bid_ask;
	bool last = ev->kind == TWS_E_historical_ticks_last, done = last ? t->done : q->done;
	size_t n = last ? t->ticks.n : q->ticks.n;
	struct rec r;

	for (size_t i = 0; i < n; i++) {
		if (!live_is_second(last ? t->ticks.v[i].time : q->ticks.v[i].time))
			continue;
		if (last && live_trade(l, x->sub, &t->ticks.v[i], &r))
			take(l, x, t->ticks.v[i].time, &r);
		else if (!last && live_quote(l, x->sub, &q->ticks.v[i], &r))
			take(l, x, q->ticks.v[i].time, &r);
	}
	x->fill_got += n;
	if (!done)
		return 0;
	tws_pacing_answered(&l->pacing);
	n = x->fill_got;
	x->fill_got = 0;
	if (n < LIVE_FILL_PAGE || x->fill_last >= x->fill_to)
		return hole_done(l, x);
	if (++x->fill_pages >= LIVE_FILL_PAGES)
		return live_fill_refused(l, x, "too many ticks to ask for");
	/* again from the last second, which may not have been whole */
	x->skip_last = x->fill_last > x->fill_from ? x->nlast : SIZE_MAX;
	x->fill_from = x->skip_last == SIZE_MAX ? x->fill_from + 1 : x->fill_last;
	if (x->skip_last == SIZE_MAX)
		x->skip_last = 0;
	x->nlast = 0;
	x->fill_id = 0;
	x->fill_at = l->now;
	for (size_t i = 0; i < x->nseen; i++)
		x->seen[i].used = false;
	return 0;
}

int
live_fill_refused(struct live *l, struct live_stream *x, const char *why)
{
	char from[TIM_LEN];
	int rc;

	tim_put(from, x->hole);
	rc = live_status(l, W_sstate_degraded, x->sub, l->now - x->hole,
	    "hole since %.*s not filled: %s", TIM_LEN, from, why);
	close_hole(l, x);
	if (rc == 0 && l->nholes == 0)
		rc = release(l);
	return rc;
}
