/*
 * Time bars. One interval is current for all symbols. It closes when a watermark or a record
 * reaches its end: its bars go out sorted by symbol, then one watermark, then, when time went
 * further than the next boundary, one more for the last boundary passed. That rule makes a
 * chain 1s -> 1m -> 1h write the bytes that 1h writes directly.
 */
#include <stdlib.h>
#include <string.h>

#include "bars/agg.h"

#include "base/mem.h"

/* ---- slots ---- */

struct agg_slot *
agg_slot_new(struct agg *m)
{
	struct agg_slot *s;

	if (m->nspare)
		s = m->spare[--m->nspare];
	else
		s = mem_alloc(sizeof *s);
	s->epoch = ++m->epoch;
	s->seq = 0;
	s->nids = s->nitems = 0;
	return s;
}

void
agg_slot_free(struct agg_slot *s)
{
	if (!s)
		return;
	free(s->runs);
	free(s->ids);
	free(s->items);
	free(s);
}

static bool
is_here(const struct agg_slot *s, const struct bar_run *b)
{
	return b->key >> 2 == s->epoch;
}

struct bar_run *
agg_slot_run(struct agg *m, struct agg_slot *s, uint32_t id)
{
	struct bar_run *b = MEM_AT(s->runs, s->runs_cap, id);

	if (s == m->at) {
		m->runs = s->runs;
		m->nruns = s->runs_cap;
	}
	return b;
}

int
agg_slot_add(struct agg *m, struct agg_slot *s, struct agg_sym *y, enum bar_src src,
    const struct bar_piece *p)
{
	uint32_t id = y->sym->id;
	struct bar_run *b = agg_slot_run(m, s, id);
	uint64_t key = s->epoch << 2 | src;

	if (b->key == key) {
		if (run_add(b, p))
			return 0;
		return stage_fail(&m->base, ERR_DATA,
		    "%s: the value traded in one bar does not fit", y->sym->name);
	}
	/* A better source takes over from the start: one bar never mixes two. */
	if (!is_here(s, b)) {
		*MEM_AT(s->ids, s->ids_cap, s->nids) = id;
		s->nids++;
		b->rev = 0;
		b->gap = false;
	}
	run_start(b, key, p);
	return 0;
}

/* ---- bars out ---- */

static int
by_symbol(const void *a, const void *b, void *arg)
{
	const struct agg_sym *syms = arg;

	return strcmp(syms[*(const uint32_t *)a].sym->name, syms[*(const uint32_t *)b].sym->name);
}

static void
head_of_bar(const struct agg *m, const struct agg_slot *s, uint32_t id, struct rec *o)
{
	rec_init(o, REC_bar, s->span.label, m->syms[id].sym);
	rec_set(o, F_bar_ts_end, o->bar.ts_end, s->span.hi);
	rec_set(o, F_bar_interval, o->bar.interval, str_z(m->name));
}

int
agg_slot_emit(struct agg *m, struct agg_slot *s, uint32_t id, bool partial)
{
	struct bar_run *b = &s->runs[id];
	struct agg_sym *y = &m->syms[id];
	char extra[RUN_EXTRA];
	struct rec o;

	if (partial)
		b->has |= RUN_PARTIAL;
	if ((b->has & RUN_PARTIAL) && !m->o.partial)
		return 0;
	if (b->rev == 0 && s->seq && y->last_seq)
		b->gap = s->seq - y->last_seq > 1;
	head_of_bar(m, s, id, &o);
	run_to_bar(b, &o, extra);
	if (b->quote_epoch == s->epoch)
		run_put_quote(b, &o);
	if (s->seq > y->last_seq)
		y->last_seq = s->seq;
	if (s->span.label >= y->last_label) {
		y->last_label = s->span.label;
		y->last_close = b->close;
	}
	return agg_style_emit(m, &o, b);
}

static int
emit_flat(struct agg *m, const struct agg_slot *s, uint32_t id)
{
	const struct agg_sym *y = &m->syms[id];
	struct bar_run b = { .open = y->last_close,
		.high = y->last_close,
		.low = y->last_close,
		.close = y->last_close,
		.has = RUN_VOLUME | RUN_COUNT };
	char extra[RUN_EXTRA];
	struct rec o;

	head_of_bar(m, s, id, &o);
	run_to_bar(&b, &o, extra);
	return agg_style_emit(m, &o, &b);
}

/* Symbols without a bar here that are due a flat one. */
static void
list_flat(struct agg *m, struct agg_slot *s)
{
	for (uint32_t id = 0; id < m->nsyms; id++) {
		if (!m->syms[id].last_seq || is_here(s, agg_slot_run(m, s, id)))
			continue;
		*MEM_AT(s->ids, s->ids_cap, s->nids) = id;
		s->nids++;
	}
}

/* The bars of the current interval, and their watermark. */
static int
emit_all(struct agg *m, bool partial)
{
	struct agg_slot *s = m->at;
	int rc = 0;

	if (m->o.empty && s->span.in && !partial)
		list_flat(m, s);
	if (!s->nids)
		return 0;
	qsort_r(s->ids, s->nids, sizeof *s->ids, by_symbol, m->syms);
	m->emitted = false;
	for (size_t i = 0; i < s->nids && rc >= 0; i++) {
		if (is_here(s, &s->runs[s->ids[i]]))
			rc = agg_slot_emit(m, s, s->ids[i], partial);
		else
			rc = emit_flat(m, s, s->ids[i]);
	}
	if (rc < 0 || (partial && !m->emitted))
		return rc;
	return partial ? agg_watermark_end(m, s->span.hi) : agg_watermark(m, s->span.hi);
}

/* ---- time ---- */

static void
set_window(struct agg *m, const struct span *s)
{
	m->from = s->from;
	m->width = (uint64_t)s->till - (uint64_t)s->from;
	m->at->span = *s;
}

/* Make the interval current that `s` says. */
static void
enter(struct agg *m, const struct span *s)
{
	struct span next;

	if (m->o.lateness > 0) {
		agg_late_close(m);
		m->at = agg_slot_new(m);
	} else {
		m->at->epoch = ++m->epoch;
		m->at->nids = 0;
		m->at->seq = 0;
	}
	set_window(m, s);
	m->runs = m->at->runs;
	m->nruns = m->at->runs_cap;
	m->key = m->at->epoch << 2 | SRC_TRADE;
	if (!s->in)
		return;
	if (m->seq) {
		grid_next(&m->grid, &m->last_in, &next);
		m->seq += next.lo == s->lo ? 1 : 2; /* 2: at least one interval was left out */
	} else {
		m->seq = 1;
	}
	m->last_in = *s;
	m->at->seq = m->seq;
}

/* The flat bars of the intervals between the current one and `to`. */
static int
fill(struct agg *m, const struct span *to)
{
	struct span s;
	int rc;

	if (!m->seq)
		return 0;
	for (;;) {
		grid_next(&m->grid, &m->last_in, &s);
		if (s.lo >= to->lo)
			return 0;
		enter(m, &s);
		rc = emit_all(m, false);
		if (rc < 0)
			return rc;
	}
}

static int
advance(struct agg *m, int64_t ts)
{
	struct span s;
	int rc = emit_all(m, false);

	if (rc < 0)
		return rc;
	grid_at(&m->grid, ts, &s);
	if (m->o.empty && (rc = fill(m, &s)) < 0)
		return rc;
	enter(m, &s);
	return agg_watermark(m, s.lo);
}

static void
start(struct agg *m, int64_t ts)
{
	struct span s;

	grid_at(&m->grid, ts, &s);
	m->started = true;
	m->at = agg_slot_new(m);
	m->at->span.in = false;
	enter(m, &s);
	m->last_wm = s.lo;
}

int
agg_time_to(struct agg *m, int64_t ts, bool *late)
{
	struct span s;
	int rc;

	if (__builtin_expect((uint64_t)ts - (uint64_t)m->from < m->width, 1)) {
		if (ts > m->clock)
			m->clock = ts;
		return 1;
	}
	if (!m->started) {
		start(m, ts);
	} else if (ts >= m->at->span.hi) {
		if ((rc = advance(m, ts)) < 0)
			return rc;
	} else if (ts < m->at->span.lo) {
		if (m->o.lateness > 0 && ts >= m->clock - m->o.lateness)
			*late = true;
		else
			m->late++;
		return 0;
	} else if (m->at->span.in) { /* another session of the same bar */
		grid_at(&m->grid, ts, &s);
		set_window(m, &s);
	}
	if (ts > m->clock)
		m->clock = ts;
	if ((uint64_t)ts - (uint64_t)m->from < m->width)
		return 1;
	m->outside++;
	return 0;
}

int
agg_time_piece(
    struct agg *m, struct agg_sym *y, enum bar_src src, const struct bar_piece *p, int64_t seq)
{
	m->live = true;
	if (m->o.lateness > 0)
		agg_late_keep(m->at, y, src, p, seq);
	return agg_slot_add(m, m->at, y, src, p);
}

int
agg_time_watermark(struct agg *m, int64_t ts)
{
	if (ts > m->clock)
		m->clock = ts;
	if (!m->started) {
		start(m, ts);
		return 0;
	}
	return ts >= m->at->span.hi ? advance(m, ts) : 0;
}

int
agg_time_flush(struct agg *m)
{
	return m->started ? emit_all(m, true) : 0;
}
