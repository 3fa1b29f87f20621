/*
 * Market data from files.
 *
 * Files are merged by the time when their records were known: ticks by ts, bars by ts_end.
 * Nothing is copied: every file holds its next record, the earliest goes out. Between the
 * records of one instant and the first one after it comes the watermark.
 */
#include <stdlib.h>

#include "feed/feed.h"
#include "feed/replay.h"

#include "base/mem.h"

#define BATCH 256 /* records a call of next */

/* ---- the heap of files ---- */

static bool
before(const struct source *a, const struct source *b)
{
	if (a->key != b->key)
		return a->key < b->key;
	if (a->rank != b->rank)
		return a->rank < b->rank;
	return a < b; /* one array, in the order of the operands */
}

static void
sift_down(struct replay *m)
{
	struct source **h = m->heap, *s = h[0];
	size_t i = 0;

	for (;;) {
		size_t c = 2 * i + 1;

		if (c >= m->nheap)
			break;
		if (c + 1 < m->nheap && before(h[c + 1], h[c]))
			c++;
		if (!before(h[c], s))
			break;
		h[i] = h[c];
		i = c;
	}
	h[i] = s;
}

static void
heap_push(struct replay *m, struct source *s)
{
	size_t i = m->nheap++;

	for (; i > 0 && before(s, m->heap[(i - 1) / 2]); i = (i - 1) / 2)
		m->heap[i] = m->heap[(i - 1) / 2];
	m->heap[i] = s;
}

/* The next record of a file; when it must be waited for, what is ready goes out first. */
static int
load(struct replay *m, struct source *s)
{
	struct err *e = m->base.env->err;
	int rc = source_next(s, false, e);

	if (rc == 2) {
		rc = stage_drain(&m->base);
		if (rc == 0)
			rc = source_next(s, true, e);
	}
	return rc < 0 ? replay_failed(m) : rc;
}

/* ---- marks of time ---- */

static int
write_watermark(struct replay *m, int64_t t)
{
	if (t <= m->watermark)
		return 0;
	m->watermark = m->mark.ts = t;
	return stage_emit(&m->base, &m->mark);
}

static int
write_status(struct replay *m, int64_t t, int state, int64_t lag)
{
	struct rec r;

	rec_init(&r, REC_status, t, NULL);
	rec_set(&r, F_status_source, r.status.source, str_z(ibkr_feed_kind.name));
	rec_set(&r, F_status_state, r.status.state, (uint8_t)state);
	rec_set(&r, F_status_records, r.status.records, (int64_t)m->records);
	rec_set(&r, F_status_lag_ms, r.status.lag_ms, (double)lag / 1e6);
	return stage_emit(&m->base, &r);
}

/* The instant at which `span` of open time has passed since a. */
static int64_t
open_time_after(struct sessions *s, int64_t a, int64_t span)
{
	struct session ses;

	while (s) {
		if (!sessions_at(s, a, &ses)) {
			if (ses.open <= a)
				break;
			a = ses.open;
			continue;
		}
		if (ses.close - a >= span)
			break;
		span -= ses.close - a;
		a = ses.close;
	}
	return a + span;
}

/* The first multiple of `every` after t; the end of time is not passed. */
static int64_t
next_multiple(int64_t t, int64_t every)
{
	int64_t b = tim_floor(t, every);

	return b > INT64_MAX - every ? INT64_MAX : b + every;
}

/* Time goes on to `key`, where a record of this rank stands: write what lies between. */
static int
advance(struct replay *m, int64_t key, enum source_rank rank)
{
	bool bars_done = m->bars_at != TIM_NONE && (key > m->bars_at || rank == RANK_TICK);
	bool stale = false;
	int64_t hole = 0;
	int rc;

	if (bars_done) {
		rc = write_watermark(m, m->bars_at);
		if (rc < 0)
			return rc;
		m->bars_at = TIM_NONE;
	}
	if (m->stale > 0 && m->clock != TIM_NONE &&
	    (uint64_t)key - (uint64_t)m->clock > (uint64_t)m->stale) {
		hole = check_open_time(m->sessions, m->clock, key);
		stale = hole > m->stale;
	}
	if (stale) {
		rc = write_status(
		    m, open_time_after(m->sessions, m->clock, m->stale), W_sstate_stale, m->stale);
		if (rc < 0)
			return rc;
	}
	if (rank == RANK_TICK && m->wm_every > 0 && key >= m->next_boundary) {
		int64_t boundary = tim_floor(key, m->wm_every);

		m->next_boundary = next_multiple(key, m->wm_every);
		rc = m->clock == TIM_NONE ? 0 : write_watermark(m, boundary);
		if (rc < 0)
			return rc;
	}
	return stale ? write_status(m, key, W_sstate_alive, hole) : 0;
}

/* ---- records ---- */

static bool
wanted(struct replay *m, const struct source *s)
{
	const struct rec *r = &s->rec;
	int64_t t = r->type == REC_unknown ? s->key : r->ts;

	if (!m->filtered && (REC_MARKET >> r->type & 1)) { /* nearly always */
		m->read++;
		m->chosen++;
		return true;
	}
	if (r->type == REC_watermark)
		return false; /* we write our own */
	if (r->type == REC_status && rec_has(r, F_status_source) &&
	    str_eqz(r->status.source, ibkr_feed_kind.name))
		return false;
	bool data = (REC_MARKET | REC_BIT(corporate_action)) >> r->type & 1;

	m->read += data;
	if (m->nwanted && r->sym) {
		if (r->sym->id >= m->nwanted || !m->wanted[r->sym->id])
			return false;
		m->wanted[r->sym->id] = 2;
	}
	if (m->filtered && t != TIM_NONE && (t < m->from || t >= m->to))
		return false;
	m->chosen += data;
	return true;
}

/* Data quality. 1: the record goes out; 0: it is dropped. */
static int
judge(struct replay *m, struct source *s)
{
	enum quality_rule q;

	m->judged++;
	switch (dirty_judge(&m->dirty, m->check, &s->rec, s->key < m->clock, &q)) {
	case DIRTY_STOP:
		return stage_fail(&m->base, ERR_DATA, "%s: line %llu: dirty: %s", s->path,
		    (unsigned long long)s->lineno, quality_name(q));
	case DIRTY_DROP: return 0;
	case DIRTY_FLAG:
	case DIRTY_IGNORE: break;
	}
	return 1;
}

static int
handle(struct replay *m, struct source *s)
{
	bool timed = REPLAY_TIMED >> s->rec.type & 1;
	int rc;

	if (!wanted(m, s))
		return 0;
	if (timed && s->key >= m->clock) {
		if (m->pace.speed != 0 && !pace_due(&m->pace, s->key)) {
			rc = stage_drain(&m->base);
			if (rc < 0)
				return rc;
			pace_wait(&m->pace, s->key);
		}
		rc = advance(m, s->key, s->rank);
		if (rc < 0)
			return rc;
	}
	m->records++;
	if (REC_MARKET >> s->rec.type & 1) {
		rc = judge(m, s);
		if (rc == 1)
			rc = stage_emit(&m->base, &s->rec);
	} else {
		if (s->rec.type == REC_corporate_action &&
		    s->rec.corporate_action.action == W_corp_split &&
		    rec_has(&s->rec, F_corporate_action_ratio))
			check_split(m->check, s->rec.sym, s->rec.corporate_action.ratio);
		rc = stage_emit(&m->base, &s->rec);
	}
	if (rc < 0 || !timed || s->key < m->clock)
		return rc < 0 ? rc : 0;
	m->clock = s->key;
	if (s->rank == RANK_BAR)
		m->bars_at = s->key;
	else if (s->rank == RANK_TICK)
		m->ticks_at = s->key;
	return 0;
}

/* The last watermark stands behind everything: bars at their end, ticks at the first boundary
 * after them. Then the words for the user. */
static int
finish(struct replay *m)
{
	int64_t t = m->bars_at;
	uint64_t skipped = 0;
	const struct source *bad = NULL;
	int rc;

	if (m->ticks_at != TIM_NONE && m->wm_every > 0 &&
	    next_multiple(m->ticks_at, m->wm_every) > t)
		t = next_multiple(m->ticks_at, m->wm_every);
	rc = t == TIM_NONE ? 0 : write_watermark(m, t);
	if (rc < 0)
		return rc;
	replay_tell(m);
	for (size_t i = 0; i < m->nsources; i++) {
		if (m->sources[i].skipped && !bad)
			bad = &m->sources[i];
		skipped += m->sources[i].skipped;
	}
	if (skipped)
		return stage_fail(&m->base, ERR_DATA, "%llu bad lines skipped, the first: %s",
		    (unsigned long long)skipped, bad->first_bad.msg);
	return 0;
}

int
replay_next(struct stage *st)
{
	struct replay *m = (struct replay *)st;
	int rc;

	for (int i = 0; i < BATCH; i++) {
		struct source *s;

		if (m->nheap == 0)
			return finish(m);
		s = m->heap[0];
		rc = handle(m, s);
		if (rc < 0)
			return rc;
		rc = load(m, s);
		if (rc < 0)
			return rc;
		if (rc == 0)
			m->heap[0] = m->heap[--m->nheap];
		if (m->nheap > 1)
			sift_down(m);
	}
	return 1;
}

/* ---- life ---- */

/* -O csv writes the market data of the first file that has some. */
static void
set_csv(struct replay *m)
{
	static const char *const columns[] = {
		[REC_trade] = "ts,sym,price,size,side,dirty",
		[REC_quote] = "ts,sym,bid,ask,bid_size,ask_size,dirty",
		[REC_bar] = "ts,sym,ts_end,interval,open,high,low,close,volume,dirty",
	};

	for (size_t i = 0; i < m->nsources && !m->base.csv_columns; i++) {
		const struct rec *r = &m->sources[i].rec;

		if (m->sources[i].lineno && (REC_MARKET >> r->type & 1)) {
			m->base.csv_type = r->type;
			m->base.csv_columns = columns[r->type];
		}
	}
}

int
replay_open(struct stage *st)
{
	struct replay *m = (struct replay *)st;
	struct err *e = st->env->err;
	int rc = replay_setup(m);

	if (rc < 0)
		return replay_failed(m);
	m->sources = mem_array(st->nargs, sizeof *m->sources);
	m->heap = mem_array(st->nargs, sizeof *m->heap);
	for (size_t i = 0; i < st->nargs; i++) {
		struct source *s = &m->sources[i];

		m->nsources = i + 1;
		rc = source_open(s, st->args[i], &m->source_opts, st->env->syms, e);
		if (rc < 0)
			return replay_failed(m);
	}
	for (size_t i = 0; i < m->nsources; i++) {
		rc = source_next(&m->sources[i], true, e);
		if (rc < 0)
			return replay_failed(m);
		if (rc == 1)
			heap_push(m, &m->sources[i]);
	}
	set_csv(m);
	return replay_check_columns(m);
}

void
replay_close(struct stage *st)
{
	struct replay *m = (struct replay *)st;

	for (size_t i = 0; i < m->nsources; i++)
		source_close(&m->sources[i]);
	free(m->sources);
	free(m->heap);
	replay_release(m);
}
