#include <stdlib.h>

#include "tws/pacing.h"

#include "base/mem.h"

/* ---- requests ---- */

static uint64_t
hash(uint64_t h, const void *p, size_t n)
{
	const unsigned char *b = p;

	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * UINT64_C(0x100000001b3); /* FNV-1a */
	return h;
}

static uint64_t
series(const struct tws_contract *c, struct str what)
{
	const struct str parts[] = { c->symbol, c->sec_type, c->last_trade_date, c->right,
		c->multiplier, c->exchange, c->currency, c->local_symbol, what };
	uint64_t h = hash(UINT64_C(0xcbf29ce484222325), &c->con_id, sizeof c->con_id);

	h = hash(h, &c->strike, sizeof c->strike);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		h = hash(h, parts[i].p, parts[i].n);
		h = hash(h, "", 1);
	}
	return h;
}

/* "1 secs" ... "30 secs" */
static bool
is_small(struct str bar)
{
	return bar.n > 4 && memcmp(bar.p + bar.n - 4, "secs", 4) == 0;
}

struct tws_pace
tws_pace_of(const struct tws_request *q)
{
	struct tws_pace out = { .weight = 1, .small = true };
	struct tws_request same = *q;
	struct buf b = { 0 };
	struct str what = { "", 0 };

	if (q->kind == TWS_Q_req_historical_data) {
		same.req_historical_data.req_id = 0;
		what = q->req_historical_data.what_to_show;
		out.small = is_small(q->req_historical_data.bar_size);
		out.series = series(&q->req_historical_data.contract, what);
	} else if (q->kind == TWS_Q_req_historical_ticks) {
		same.req_historical_ticks.req_id = 0;
		what = q->req_historical_ticks.what_to_show;
		out.series = series(&q->req_historical_ticks.contract, what);
	}
	if (str_eqz(what, "BID_ASK"))
		out.weight = 2;
	/* what is the same on the wire is the same request */
	if (tws_encode_request(TWS_VERSION_MAX, &same, &b) == 0)
		out.same = hash(UINT64_C(0xcbf29ce484222325), b.p, b.len);
	buf_free(&b);
	return out;
}

/* ---- rules ---- */

void
tws_pacing_free(struct tws_pacing *p)
{
	free(p->sent);
	*p = (struct tws_pacing){ 0 };
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t
tws_pacing_when(const struct tws_pacing *p, const struct tws_pace *q, int64_t now)
{
	int64_t when = later(now, p->not_before);
	unsigned in_series = q->weight, in_all = in_series;

	/* From the newest back: the first one that makes a window too full must have left it. */
	for (size_t i = p->nsent; i-- > 0;) {
		const struct tws_pace_sent *s = &p->sent[i];
		unsigned w = s->what.weight;

		if (s->what.same == q->same)
			when = later(when, s->at + TWS_PACE_SAME + TWS_PACE_SLACK);
		if (s->what.series == q->series && (in_series += w) > TWS_PACE_SERIES_MAX)
			when = later(when, s->at + TWS_PACE_SERIES + TWS_PACE_SLACK);
		if (q->small && s->what.small && (in_all += w) > TWS_PACE_ALL_MAX)
			when = later(when, s->at + TWS_PACE_ALL + TWS_PACE_SLACK);
	}
	return when;
}

bool
tws_pacing_full(const struct tws_pacing *p)
{
	return p->open >= TWS_PACE_OPEN_MAX;
}

void
tws_pacing_sent(struct tws_pacing *p, const struct tws_pace *q, int64_t now)
{
	size_t keep = 0;

	for (size_t i = 0; i < p->nsent; i++) { /* what no rule looks at any more goes */
		const struct tws_pace_sent *s = &p->sent[i];

		if (s->at + (s->what.small ? TWS_PACE_ALL : TWS_PACE_SAME) + TWS_PACE_SLACK > now)
			p->sent[keep++] = *s;
	}
	p->nsent = keep;
	*MEM_AT(p->sent, p->cap, p->nsent) = (struct tws_pace_sent){ *q, now };
	p->nsent++;
	p->open++;
}

void
tws_pacing_answered(struct tws_pacing *p)
{
	if (p->open)
		p->open--;
}

void
tws_pacing_violated(struct tws_pacing *p, int64_t now)
{
	p->not_before = later(p->not_before, now + TWS_PACE_SAME + TWS_PACE_SLACK);
}

void
tws_pacing_cut(struct tws_pacing *p)
{
	p->open = 0;
}

/* ---- plans ---- */

void
tws_pacing_plan(const struct tws_pace *q, size_t n, int64_t answer_ns, int64_t *at)
{
	struct tws_pacing p = { 0 };
	int64_t now = 0;
	size_t answered = 0;

	for (size_t i = 0; i < n; i++) {
		/* in order, so the oldest unanswered one is answered first */
		while (answered < i && at[answered] + answer_ns <= now) {
			answered++;
			tws_pacing_answered(&p);
		}
		if (tws_pacing_full(&p)) {
			now = later(now, at[answered++] + answer_ns);
			tws_pacing_answered(&p);
		}
		at[i] = now = tws_pacing_when(&p, &q[i], now);
		tws_pacing_sent(&p, &q[i], now);
	}
	tws_pacing_free(&p);
}
