/*
 * Time. A real market goes with the machine's clock (--speed times as fast); a virtual one has
 * no time but that of its data, and goes as fast as its clients read, or, with --steppers N, one
 * step each time that N of them have asked for the time: the answer comes when the step is done, so
 * whoever has it has everything that happened up to that time.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/gate.h"

#include "base/mem.h"

#define BATCH 512 /* records between two looks at the sockets */
#define LONG_SILENCE (60 * TIM_SEC)

/* ---- things to do later ---- */

static bool
sooner(const struct later_task *a, const struct later_task *b)
{
	return a->at != b->at ? a->at < b->at : a->seq < b->seq;
}

void
later_put(struct later *l, int64_t at, sim_fn fn, void *arg)
{
	struct later_task t = { at, l->seq++, fn, arg };
	size_t i = l->n++;

	MEM_AT(l->v, l->cap, i);
	for (; i > 0 && sooner(&t, &l->v[(i - 1) / 2]); i = (i - 1) / 2)
		l->v[i] = l->v[(i - 1) / 2];
	l->v[i] = t;
}

static struct later_task
take(struct later *l)
{
	struct later_task first = l->v[0], last = l->v[--l->n];
	size_t i = 0, c;

	while ((c = 2 * i + 1) < l->n) {
		if (c + 1 < l->n && sooner(&l->v[c + 1], &l->v[c]))
			c++;
		if (!sooner(&l->v[c], &last))
			break;
		l->v[i] = l->v[c];
		i = c;
	}
	if (l->n)
		l->v[i] = last;
	return first;
}

int64_t
later_next(const struct later *l)
{
	return l->n ? l->v[0].at : SIM_FOREVER;
}

int64_t
later_run(struct sim *s, struct later *l, int64_t t)
{
	while (l->n && l->v[0].at <= t) {
		struct later_task k = take(l);

		k.fn(s, k.arg);
		free(k.arg);
	}
	return later_next(l);
}

void
later_free(struct later *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].arg);
	free(l->v);
}

/* ---- what happens at times ---- */

void
sim_fail(struct sim *s, int code)
{
	if (s->failed == 0)
		s->failed = code;
}

static void
watermark(struct sim *s, int64_t t)
{
	account_enter(s);
	account_leave(s, account_watermark(s->account, t));
}

static void
second(struct sim *s, int64_t t)
{
	if (s->o->steppers == 0)
		watermark(s, t);
	books_second(s);
	bars_flush(s);
	s->next_second = t + TIM_SEC;
}

static void
five(struct sim *s, int64_t t)
{
	bars_five(s, t);
	s->next_five = t + 5 * TIM_SEC;
}

/* Everything whose time is `to` or before. Long silences are stepped over, not through. */
static void
pass_time(struct sim *s, int64_t to)
{
	if (to - s->next_five > LONG_SILENCE) {
		five(s, s->next_five);
		s->next_five = tim_floor(to, 5 * TIM_SEC);
	}
	if (to - s->next_second > LONG_SILENCE)
		s->next_second = tim_floor(to, TIM_SEC);
	for (;;) {
		int64_t task = later_next(&s->by_market), t = task;

		t = s->next_five < t ? s->next_five : t;
		t = s->next_second < t ? s->next_second : t;
		if (t > to)
			break;
		s->now = t > s->now ? t : s->now;
		if (task == t)
			later_run(s, &s->by_market, t);
		if (s->next_five == t)
			five(s, t);
		if (s->next_second == t)
			second(s, t);
	}
	s->now = to > s->now ? to : s->now;
	data_flush(s);
}

/* ---- data ---- */

void
sim_record(struct sim *s, const struct rec *r)
{
	struct inst *in = r->sym ? inst_get(s, r->sym) : NULL;

	tws_arena_reset(&s->omem);
	if (in && in->halted && (REC_MARKET >> r->type & 1))
		return; /* nothing trades */
	if (in && (REC_MARKET >> r->type & 1)) {
		store_record(in, r);
		data_publish(s, in, r);
	}
	sim_account(s, r);
}

static void
pop(struct sim *s)
{
	int rc = tape_pop(s->tape, s->err);

	if (rc < 0)
		sim_fail(s, rc);
}

/* Is a client so far behind that a market without a clock should wait for it? */
static bool
behind(const struct sim *s)
{
	for (size_t i = 0; i < s->nconn; i++)
		if (s->conn[i]->out.len - s->conn[i]->out_at > SIM_OUT_FULL)
			return true;
	return false;
}

/* Records up to `t`; false when more of them wait. */
static bool
play_until(struct sim *s, int64_t t)
{
	const struct rec *r;
	int64_t at;

	for (int i = 0; s->failed == 0; i++) {
		if (!tape_peek(s->tape, &r, &at)) {
			s->ended = true;
			return true;
		}
		if (at > t)
			return true;
		if (i == BATCH || (s->speed == 0 && behind(s)))
			return false;
		pass_time(s, at);
		sim_record(s, r);
		pop(s);
	}
	return true;
}

/* ---- steps ---- */

/* Where the next step ends: at the next data, or at the boundary behind it. */
static int64_t
step_end(const struct sim *s, const struct rec *r, int64_t at)
{
	int64_t step = s->o->step;

	if (step == 0 || (r->type == REC_bar && at % step == 0))
		return at;
	return tim_floor(at, step) + step;
}

void
sim_step(struct sim *s)
{
	const struct rec *r;
	int64_t at, end;

	if (tape_peek(s->tape, &r, &at)) {
		end = step_end(s, r, at);
		/* a tick at the boundary belongs to the step behind it, a bar that ended there not
		 */
		while (s->failed == 0 && tape_peek(s->tape, &r, &at) &&
		       (at < end || (at == end && (s->o->step == 0 || r->type == REC_bar)))) {
			pass_time(s, at);
			sim_record(s, r);
			pop(s);
		}
		pass_time(s, end);
		watermark(s, end);
	} else {
		s->ended = true;
	}
	for (size_t i = 0; i < s->nconn; i++)
		if (s->conn[i]->steps > 0) {
			s->conn[i]->steps--;
			sim_answer_time(s, s->conn[i]);
		}
}

static int64_t
waiting(const struct sim *s)
{
	int64_t n = 0;

	for (size_t i = 0; i < s->nconn; i++)
		n += s->conn[i]->steps > 0 && !s->conn[i]->dead;
	return n;
}

/* ---- the loop's share ---- */

static bool
may_begin(struct sim *s)
{
	int64_t lines = s->o->await_lines;

	if (lines < 0)
		lines = s->o->clock == CLOCK_VIRTUAL && s->o->steppers == 0;
	if (s->subscribed < (uint64_t)lines)
		return false;
	s->running = true;
	s->wall_start = s->wall;
	return true;
}

static int64_t
until(const struct sim *s, int64_t market)
{
	double d;

	if (market == SIM_FOREVER)
		return SIM_FOREVER;
	d = (double)(market - s->now) / s->speed;
	return d < 0 ? 0 : d > 3.6e12 ? TIM_HOUR : (int64_t)d;
}

static int64_t
run_paced(struct sim *s)
{
	int64_t t = s->start + (int64_t)((double)(s->wall - s->wall_start) * s->speed), at, next;
	const struct rec *r;

	if (!play_until(s, t))
		return 0;
	pass_time(s, t);
	next = s->next_second < s->next_five ? s->next_second : s->next_five;
	if (later_next(&s->by_market) < next)
		next = later_next(&s->by_market);
	if (tape_peek(s->tape, &r, &at) && at < next)
		next = at;
	return until(s, next);
}

/* Behind the end of its data a market without a clock does at once what was still to come. */
static int64_t
run_free(struct sim *s)
{
	if (!play_until(s, INT64_MAX))
		return behind(s) ? SIM_FOREVER : 0;
	if (s->ended && later_next(&s->by_market) != SIM_FOREVER)
		pass_time(s, later_next(&s->by_market));
	return SIM_FOREVER;
}

int64_t
sim_run(struct sim *s)
{
	int64_t wait, wall = later_run(s, &s->by_wall, s->wall);

	if (!s->running && !may_begin(s))
		wait = SIM_FOREVER;
	else if (s->o->clock == CLOCK_VIRTUAL && s->o->steppers) {
		if (waiting(s) >= s->o->steppers)
			sim_step(s);
		wait = waiting(s) >= s->o->steppers ? 0 : SIM_FOREVER;
	} else if (s->speed > 0) {
		wait = run_paced(s);
	} else {
		wait = run_free(s);
	}
	wall = wall == SIM_FOREVER ? SIM_FOREVER : wall > s->wall ? wall - s->wall : 0;
	return wall < wait ? wall : wait;
}
