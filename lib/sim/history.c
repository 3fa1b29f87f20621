/*
 * Questions about the past, answered from what was played: bars of any size, ticks, the first
 * time. With the limits that IBKR has put on such questions (error 162).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/gate.h"

#include "base/mem.h"

#define PAST_MAX 256
#define BARS_ANSWER 100000
#define TICKS_ANSWER 1000
#define KEEPS_MAX 50
#define SAME_WITHIN (15 * TIM_SEC)
#define BURST_WITHIN (2 * TIM_SEC)
#define BURST_MAX 6
#define LONG_WITHIN (10 * TIM_MIN)
#define LONG_MAX 60

/* ---- words ---- */

enum sim_what
what_of(struct str s)
{
	static const struct {
		const char *name;
		enum sim_what what;
	} words[] = { { "TRADES", WHAT_TRADES }, { "AGGTRADES", WHAT_TRADES },
		{ "ADJUSTED_LAST", WHAT_TRADES }, { "MIDPOINT", WHAT_MIDPOINT },
		{ "BID", WHAT_BID }, { "ASK", WHAT_ASK }, { "BID_ASK", WHAT_BID_ASK } };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (str_eqz(s, words[i].name))
			return words[i].what;
	return WHAT_NONE;
}

enum { STEP_DAY = 0, STEP_WEEK = -1, STEP_MONTH = -2, STEP_BAD = -3 };

static int64_t
step_of(struct str s)
{
	static const struct {
		const char *name;
		int64_t step;
	} sizes[] = { { "1 secs", TIM_SEC }, { "1 sec", TIM_SEC }, { "5 secs", 5 * TIM_SEC },
		{ "10 secs", 10 * TIM_SEC }, { "15 secs", 15 * TIM_SEC },
		{ "30 secs", 30 * TIM_SEC }, { "1 min", TIM_MIN }, { "1 mins", TIM_MIN },
		{ "2 mins", 2 * TIM_MIN }, { "3 mins", 3 * TIM_MIN }, { "5 mins", 5 * TIM_MIN },
		{ "10 mins", 10 * TIM_MIN }, { "15 mins", 15 * TIM_MIN },
		{ "20 mins", 20 * TIM_MIN }, { "30 mins", 30 * TIM_MIN }, { "1 hour", TIM_HOUR },
		{ "1 hours", TIM_HOUR }, { "2 hours", 2 * TIM_HOUR }, { "3 hours", 3 * TIM_HOUR },
		{ "4 hours", 4 * TIM_HOUR }, { "8 hours", 8 * TIM_HOUR }, { "1 day", STEP_DAY },
		{ "1 days", STEP_DAY }, { "1D", STEP_DAY }, { "1 week", STEP_WEEK },
		{ "1W", STEP_WEEK }, { "1 month", STEP_MONTH }, { "1M", STEP_MONTH } };

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		if (str_eqz(s, sizes[i].name))
			return sizes[i].step;
	return STEP_BAD;
}

/* "2 D": from when the answer goes, for an end; false when it is no duration */
static bool
duration_start(struct sim *s, struct str d, int64_t end, int64_t *from)
{
	const char *blank = d.n ? memchr(d.p, ' ', d.n) : NULL;
	int64_t n, unit;

	if (!blank || blank + 2 != d.p + d.n || !num_i64(d.p, (size_t)(blank - d.p), &n) || n < 1 ||
	    n > 100000)
		return false;
	switch (blank[1]) {
	case 'S': unit = TIM_SEC; break;
	case 'D': unit = TIM_DAY; break;
	case 'W': unit = 7 * TIM_DAY; break;
	case 'M': unit = 30 * TIM_DAY; break;
	case 'Y': unit = 365 * TIM_DAY; break;
	default: return false;
	}
	if (n > INT64_MAX / 4 / unit)
		n = INT64_MAX / 4 / unit;
	*from = end - n * unit;
	if (blank[1] == 'D' && s->sessions) { /* days on which there was trading */
		struct session ses;
		int64_t date = tim_day(end) + 1, left = n;

		for (int tries = 0; left > 0 && tries < 3650; tries++, date--)
			if (sessions_on(s->sessions, date, &ses) && ses.open < end) {
				left--;
				*from = ses.open;
			}
	}
	return true;
}

/* ---- where bars begin, and what that is called ---- */

static int64_t
date_of(struct sim *s, int64_t t)
{
	struct session ses;

	if (!s->sessions)
		return tim_day(t);
	sessions_at(s->sessions, t, &ses);
	return ses.date;
}

int64_t
bar_start(struct sim *s, int64_t step, int64_t t)
{
	int64_t date;
	int y, m, d;

	if (step > 0) {
		struct session ses;
		int64_t at = tim_floor(t, step);

		/* the first bar of a session begins with it */
		if (s->sessions && sessions_at(s->sessions, t, &ses) && at < ses.open)
			at = ses.open;
		return at;
	}
	date = date_of(s, t);
	if (step == STEP_WEEK)
		date -= (date + 3) % 7; /* Monday */
	if (step == STEP_MONTH) {
		tim_civil(date, &y, &m, &d);
		date = tim_days(y, m, 1);
	}
	return date * TIM_DAY;
}

struct str
bar_date(struct sim *s, char *o, int64_t t, int64_t step, int64_t format)
{
	int y, m, d;

	if (step <= 0) {
		tim_civil(tim_day(t), &y, &m, &d);
		snprintf(o, 64, "%04d%02d%02d", y, m, d);
		return str_z(o);
	}
	if (format == 2)
		return (
		    struct str){ o, (size_t)(num_put_i64(o, tim_floor(t, TIM_SEC) / TIM_SEC) - o) };
	return str_z(sim_time_text(s, o, t, " ", true));
}

/* ---- pacing ---- */

static uint64_t
hash_of(const char *p, size_t n, uint64_t h)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * UINT64_C(0x100000001b3);
	return h;
}

/* Does one more request break a rule? BID_ASK counts double. Bars above 30 s are not counted. */
static bool
paced_out(struct sim *s, const struct inst *in, enum sim_what what, const char *payload, size_t n)
{
	/* message id and request id are no part of what is asked */
	const char *p = n ? memchr(payload, '\0', n) : NULL;
	uint64_t same, whole;
	size_t burst = 0, total = 0;
	bool again = false;

	p = p ? memchr(p + 1, '\0', (size_t)(payload + n - p - 1)) : NULL;
	whole = p ? hash_of(p, (size_t)(payload + n - p), 14695981039346656037u) : 0;
	same = hash_of((const char *)&in->con_id, sizeof in->con_id, 14695981039346656037u) +
	       (uint64_t)what;
	if (!s->limits)
		return false;
	if (!s->past)
		s->past = mem_array(PAST_MAX, sizeof *s->past);
	for (size_t i = 0; i < s->npast;) {
		const struct past_request *r = &s->past[i];
		int64_t age = s->wall - r->wall;

		if (age >= LONG_WITHIN) {
			s->past[i] = s->past[--s->npast];
			continue;
		}
		again = again || (r->hash == whole && age < SAME_WITHIN);
		burst += r->same == same && age < BURST_WITHIN;
		total++;
		i++;
	}
	for (int k = 0; k < (what == WHAT_BID_ASK ? 2 : 1) && s->npast < PAST_MAX; k++)
		s->past[s->npast++] = (struct past_request){ whole, same, s->wall };
	return again || burst + 1 >= BURST_MAX || total + 1 > LONG_MAX;
}

static void
no_data(struct sim *s, struct conn *c, int64_t id, const struct inst *in, struct str what)
{
	conn_error(s, c, id, 162,
	    "Historical Market Data Service error message:HMDS query returned no data: %s@%s %.*s",
	    in->local, in->exchange, STR_FMT(what));
}

static void
pacing_error(struct sim *s, struct conn *c, int64_t id)
{
	conn_error(s, c, id, 162,
	    "Historical Market Data Service error message:Historical data request pacing "
	    "violation");
}

/* ---- bars ---- */

struct answer {
	struct sim *s;
	struct tws_bars bars;
	struct sim_bar cur;
	int64_t step, format;
	bool trades;
	char *text; /* dates, 64 bytes each */
};

static void
put_bar(struct answer *a)
{
	struct tws_bar *b = &a->bars.v[a->bars.n];
	const struct sim_bar *f = &a->cur;

	if (f->t == TIM_NONE)
		return;
	b->date = bar_date(a->s, a->text + 64 * a->bars.n, f->t, a->step, a->format);
	b->open = f->open;
	b->high = f->high;
	b->low = f->low;
	b->close = f->close;
	b->volume = a->trades ? f->volume : -(num_i128)NUM_NANO;
	b->wap = !a->trades      ? -NUM_NANO
		 : f->volume > 0 ? (int64_t)(f->value * NUM_NANO / f->volume)
				 : f->close;
	b->count = a->trades ? f->count : -1;
	a->bars.n++;
	a->cur.t = TIM_NONE;
}

static bool
in_hours(struct sim *s, bool rth, int64_t t)
{
	struct session ses;

	return !rth || !s->sessions || sessions_at(s->sessions, t, &ses);
}

/* bid for the low and ask for the high, averages at the ends: BID_ASK */
static bool
bid_ask(const struct inst *in, size_t i, struct sim_bar *b)
{
	const struct bar_store *bid = &in->bars[WHAT_BID], *ask = &in->bars[WHAT_ASK];
	size_t k;

	*b = bid->v[i];
	k = bars_from(ask, b->t);
	if (k >= ask->n || ask->v[k].t != b->t)
		return false;
	b->high = ask->v[k].high;
	b->close = ask->v[k].close;
	return true;
}

static void
collect(
    struct answer *a, const struct inst *in, enum sim_what what, int64_t from, int64_t to, bool rth)
{
	const struct bar_store *v = &in->bars[what == WHAT_BID_ASK ? WHAT_BID : what];

	a->cur.t = TIM_NONE;
	for (size_t i = bars_from(v, from); i < v->n && v->v[i].t < to; i++) {
		struct sim_bar one = v->v[i];
		int64_t start;

		if (one.end > to || !in_hours(a->s, rth, one.t) ||
		    (what == WHAT_BID_ASK && !bid_ask(in, i, &one)))
			continue;
		start = bar_start(a->s, a->step, one.t);
		if (a->cur.t != TIM_NONE && start != a->cur.t)
			put_bar(a);
		if (a->bars.n >= BARS_ANSWER)
			break;
		if (a->cur.t == TIM_NONE) {
			a->cur = one;
			a->cur.t = start;
		} else {
			bar_merge(&a->cur, &one);
		}
	}
}

struct wish {
	int64_t from, to, step;
	enum sim_what what;
};

/* What is asked, or the error that says why not. */
static bool
read_wish(struct sim *s, struct conn *c, const struct tws_q_req_historical_data *q, struct wish *w)
{
	enum tws_time_kind kind;
	const char *why = NULL;

	w->what = what_of(q->what_to_show);
	w->step = step_of(q->bar_size);
	w->to = s->now;
	if (w->what == WHAT_NONE)
		why = "What to show field is missing or incorrect.";
	else if (w->step == STEP_BAD)
		why = "Historical data bar size setting is invalid.";
	else if (q->keep_up_to_date && q->end_date_time.n)
		why = "End date not supported with keep up to date";
	if (why) {
		conn_error(
		    s, c, q->req_id, 321, "Error validating request.-'bQ' : cause - %s", why);
		return false;
	}
	if (q->end_date_time.n && !tws_time_parse(&s->zones, q->end_date_time, &w->to, &kind)) {
		conn_error(s, c, q->req_id, 10314,
		    "End Date/Time: The date, time, or time-zone entered is invalid. The correct "
		    "format is yyyymmdd hh:mm:ss xx/xxxx");
		return false;
	}
	if (w->to > s->now)
		w->to = s->now;
	if (!duration_start(s, q->duration, w->to, &w->from)) {
		conn_error(s, c, q->req_id, 321,
		    "Error validating request.-'bQ' : cause - Historical data query duration is "
		    "invalid.");
		return false;
	}
	return true;
}

static void
keep_up(struct sim *s, struct conn *c, const struct tws_q_req_historical_data *q,
    const struct wish *w, struct inst *in, const struct sim_bar *forming)
{
	struct sub *u = sub_new(s, c, in, SUB_KEEP, q->req_id);

	u->what = w->what;
	u->step = w->step;
	u->format = q->format_date;
	u->bar = *forming;
}

static void
answer_bars(struct sim *s, struct conn *c, const struct tws_q_req_historical_data *q,
    const struct wish *w, struct inst *in)
{
	char from[64], to[64];
	size_t most = in->bars[w->what == WHAT_BID_ASK ? WHAT_BID : w->what].n + 1;
	struct tws_event ev;
	struct answer a = {
		.s = s, .step = w->step, .format = q->format_date, .trades = w->what == WHAT_TRADES
	};
	struct sim_bar forming;

	if (most > BARS_ANSWER + 1)
		most = BARS_ANSWER + 1;
	a.bars.v = mem_array(most, sizeof *a.bars.v);
	a.text = mem_array(most, 64);
	/* the bar that `now` lies in is not over, and given as it is: so do real ones */
	collect(&a, in, w->what, w->from, w->to, q->use_rth);
	forming = a.cur;
	put_bar(&a);
	if (a.bars.n == 0 && !q->keep_up_to_date) {
		no_data(s, c, q->req_id, in, q->what_to_show);
	} else {
		tws_event_init(&ev, TWS_E_historical_data);
		ev.historical_data.req_id = q->req_id;
		ev.historical_data.start = str_z(sim_time_text(s, from, w->from, " ", true));
		ev.historical_data.end = str_z(sim_time_text(s, to, w->to, " ", true));
		ev.historical_data.bars = a.bars;
		conn_send(s, c, &ev);
		if (q->keep_up_to_date)
			keep_up(s, c, q, w, in, &forming);
	}
	free(a.bars.v);
	free(a.text);
}

void
on_historical_data(struct sim *s, struct conn *c, const struct tws_q_req_historical_data *q,
    const char *payload, size_t n)
{
	struct inst *in = inst_one(s, c, q->req_id, &q->contract);
	struct wish w;

	if (!in || s->f.history == HIST_SILENT || !read_wish(s, c, q, &w))
		return;
	if (s->f.history == HIST_PACING ||
	    (w.step > 0 && w.step <= 30 * TIM_SEC && paced_out(s, in, w.what, payload, n))) {
		pacing_error(s, c, q->req_id);
		return;
	}
	if (q->keep_up_to_date && c->keeps >= KEEPS_MAX) {
		conn_error(s, c, q->req_id, 322,
		    "Error processing request.-'bO' : cause - Only 50 simultaneous API historical "
		    "data requests allowed.");
		return;
	}
	if (s->f.history == HIST_EMPTY || in->hist_empty)
		no_data(s, c, q->req_id, in, q->what_to_show);
	else
		answer_bars(s, c, q, &w, in);
}

/* ---- ticks ---- */

/* [*a, *b) of the ring: the first `count` from start on, or the last ones before end */
static void
range(const struct tick_store *v, int64_t from, int64_t to, size_t count, size_t *a, size_t *b)
{
	size_t i = 0, j;

	if (from != TIM_NONE) {
		while (i < v->n && tick_at(v, i)->t < from)
			i++;
		for (j = i; j < v->n && j - i < count && tick_at(v, j)->t <= to; j++)
			;
	} else {
		for (j = v->n; j > 0 && tick_at(v, j - 1)->t >= to; j--)
			;
		i = j > count ? j - count : 0;
	}
	/* the ticks of one second stay together */
	while (from != TIM_NONE && j > i && j < v->n && tick_at(v, j)->t <= to &&
	       tick_at(v, j)->t / TIM_SEC == tick_at(v, j - 1)->t / TIM_SEC)
		j++;
	*a = i;
	*b = j;
}

static void
send_ticks(struct sim *s, struct conn *c, const struct tws_q_req_historical_ticks *q,
    const struct inst *in, int what, size_t a, size_t b)
{
	const struct tick_store *v = what == 2 ? &in->trades : &in->quotes;
	struct tws_event ev;
	size_t n = b - a;

	tws_event_init(&ev, what == 0   ? TWS_E_historical_ticks
			    : what == 1 ? TWS_E_historical_ticks_bid_ask
					: TWS_E_historical_ticks_last);
	struct tws_tick_mid *mid = mem_array(what == 0 ? n : 0, sizeof *mid);
	struct tws_tick_bid_ask *ba = mem_array(what == 1 ? n : 0, sizeof *ba);
	struct tws_tick_last *last = mem_array(what == 2 ? n : 0, sizeof *last);

	for (size_t i = 0; i < n; i++) {
		const struct sim_tick *k = tick_at(v, a + i);
		int64_t t = k->t / TIM_SEC;

		if (what == 0)
			mid[i] = (struct tws_tick_mid){ t, k->a + (k->b - k->a) / 2, 0 };
		else if (what == 1)
			ba[i] = (struct tws_tick_bid_ask){ t, 0, k->a, k->b, k->na, k->nb };
		else
			last[i] = (struct tws_tick_last){ t, 0, k->a, k->b,
				str_z(in->primary[0] ? in->primary : in->exchange), str_z("") };
	}
	if (what == 0)
		ev.historical_ticks =
		    (struct tws_e_historical_ticks){ q->req_id, { n, mid }, true, 0 };
	else if (what == 1)
		ev.historical_ticks_bid_ask =
		    (struct tws_e_historical_ticks_bid_ask){ q->req_id, { n, ba }, true, 0 };
	else
		ev.historical_ticks_last =
		    (struct tws_e_historical_ticks_last){ q->req_id, { n, last }, true, 0 };
	conn_send(s, c, &ev);
	free(mid);
	free(ba);
	free(last);
}

void
on_historical_ticks(struct sim *s, struct conn *c, const struct tws_q_req_historical_ticks *q)
{
	static const char *const words[] = { "MIDPOINT", "BID_ASK", "TRADES" };
	struct inst *in = inst_one(s, c, q->req_id, &q->contract);
	int64_t from = TIM_NONE, to = s->now + 1;
	enum tws_time_kind kind;
	size_t a, b;
	int what = -1;

	for (int i = 0; i < 3; i++)
		if (str_eqz(q->what_to_show, words[i]))
			what = i;
	if (!in)
		return;
	if (what < 0 || (q->start.n == 0) == (q->end.n == 0) || q->count < 1 ||
	    q->count > TICKS_ANSWER) {
		conn_error(s, c, q->req_id, 10187,
		    "Failed to request historical ticks:one of start and end, TRADES, BID_ASK or "
		    "MIDPOINT, and 1 to 1000 ticks are wanted");
		return;
	}
	if ((q->start.n && !tws_time_parse(&s->zones, q->start, &from, &kind)) ||
	    (q->end.n && !tws_time_parse(&s->zones, q->end, &to, &kind))) {
		conn_error(s, c, q->req_id, 10314,
		    "Start/End Date/Time: The date, time, or time-zone entered is invalid.");
		return;
	}
	if (s->f.history == HIST_PACING) {
		pacing_error(s, c, q->req_id);
		return;
	}
	range(what == 2 ? &in->trades : &in->quotes, from, to, (size_t)q->count, &a, &b);
	send_ticks(s, c, q, in, what, a, b);
}

void
on_head_time_stamp(struct sim *s, struct conn *c, const struct tws_q_req_head_time_stamp *q)
{
	struct inst *in = inst_one(s, c, q->req_id, &q->contract);
	enum sim_what what = what_of(q->what_to_show);
	struct tws_event ev;
	char t[64];

	if (!in)
		return;
	if (what >= WHAT_BID_ASK)
		what = WHAT_BID;
	if (in->head[what] == TIM_NONE || in->hist_empty) {
		no_data(s, c, q->req_id, in, q->what_to_show);
		return;
	}
	tws_event_init(&ev, TWS_E_head_timestamp);
	ev.head_timestamp.req_id = q->req_id;
	if (q->format_date == 2)
		ev.head_timestamp.text =
		    (struct str){ t, (size_t)(num_put_i64(t, in->head[what] / TIM_SEC) - t) };
	else { /* UTC, with a dash */
		ev.head_timestamp.text =
		    (struct str){ t, (size_t)(tws_time_put(t, in->head[what]) - t) };
	}
	conn_send(s, c, &ev);
}
