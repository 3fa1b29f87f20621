/*
 * --lateness: records that come after their interval was closed, and corrections. The records
 * of the intervals inside the lateness are kept, so that a bar can be made anew and go out
 * again with the next "rev".
 */
#include <string.h>

#include "bars/agg.h"

#include "base/mem.h"

static void
retire(struct agg *m, struct agg_slot *s)
{
	*MEM_AT(m->spare, m->spare_cap, m->nspare) = s;
	m->nspare++;
}

/* Let go of the intervals that no late record can reach any more. */
static void
forget(struct agg *m)
{
	size_t n = 0;

	while (n < m->nclosed && m->closed[n]->span.hi <= m->clock - m->o.lateness)
		retire(m, m->closed[n++]);
	m->nclosed -= n;
	if (n && m->nclosed)
		memmove(m->closed, m->closed + n, m->nclosed * sizeof *m->closed);
}

/* Into the closed ones, in order of time. */
static void
insert(struct agg *m, struct agg_slot *s)
{
	size_t i = m->nclosed;

	(void)MEM_AT(m->closed, m->closed_cap, m->nclosed);
	for (; i > 0 && m->closed[i - 1]->span.lo > s->span.lo; i--)
		m->closed[i] = m->closed[i - 1];
	m->closed[i] = s;
	m->nclosed++;
}

void
agg_late_close(struct agg *m)
{
	if (m->at->span.in)
		insert(m, m->at);
	else
		retire(m, m->at);
	forget(m);
}

void
agg_late_keep(struct agg_slot *s, const struct agg_sym *y, enum bar_src src,
    const struct bar_piece *p, int64_t seq)
{
	struct agg_item *it = MEM_AT(s->items, s->items_cap, s->nitems);

	s->nitems++;
	*it = (struct agg_item){ .id = y->sym->id, .src = src, .seq = seq, .p = *p };
}

static struct agg_slot *
slot_of(struct agg *m, int64_t ts)
{
	struct agg_slot *s;
	struct span span;

	for (size_t i = m->nclosed; i > 0; i--)
		if (ts >= m->closed[i - 1]->span.lo && ts < m->closed[i - 1]->span.hi)
			return m->closed[i - 1];
	grid_at(&m->grid, ts, &span);
	if (!span.in)
		return NULL;
	s = agg_slot_new(m);
	s->span = span;
	insert(m, s);
	return s;
}

static int
emit_revision(struct agg *m, struct agg_slot *s, uint32_t id)
{
	if (s == m->at)
		return 0; /* its time is yet to come */
	s->runs[id].rev++;
	return agg_slot_emit(m, s, id, false);
}

int
agg_late_piece(
    struct agg *m, struct agg_sym *y, enum bar_src src, const struct bar_piece *p, int64_t seq)
{
	struct agg_slot *s = slot_of(m, p->ts);
	struct span span;
	int rc;

	grid_at(&m->grid, p->ts, &span);
	if (!s || p->ts < span.from || p->ts >= span.till) {
		m->outside++;
		return 0;
	}
	agg_late_keep(s, y, src, p, seq);
	rc = agg_slot_add(m, s, y, src, p);
	return rc < 0 ? rc : emit_revision(m, s, y->sym->id);
}

/* Make a symbol's bar anew from what is kept, in order of arrival. */
static int
rebuild(struct agg *m, struct agg_slot *s, struct agg_sym *y)
{
	uint32_t id = y->sym->id;
	struct bar_run *b = agg_slot_run(m, s, id);
	struct bar_run before = *b;
	enum bar_src src = (enum bar_src)(before.key & 3);
	bool any = false;

	for (size_t i = 0; i < s->nitems; i++) {
		const struct agg_item *it = &s->items[i];

		if (it->id != id || it->dead || it->src != src)
			continue;
		if (!any)
			run_start(b, before.key, &it->p);
		else if (!run_add(b, &it->p))
			return stage_fail(&m->base, ERR_DATA,
			    "%s: the value traded in one bar does not fit", y->sym->name);
		any = true;
	}
	if (!any) { /* every trade was taken back: the bar stays, empty */
		struct bar_piece none = { .ts = before.first_ts,
			.open = before.close,
			.high = before.close,
			.low = before.close,
			.close = before.close,
			.has = before.has & (RUN_VOLUME | RUN_COUNT) };

		run_start(b, before.key, &none);
	}
	return emit_revision(m, s, id);
}

/* The newest kept record that fits: by seq, or (seq < 0) a bar by its ts. */
static struct agg_item *
find(struct agg *m, uint32_t id, int64_t seq, int64_t ts, struct agg_slot **in)
{
	for (size_t k = m->nclosed + 1; k > 0; k--) {
		struct agg_slot *s = k > m->nclosed ? m->at : m->closed[k - 1];

		for (size_t i = s->nitems; i > 0; i--) {
			struct agg_item *it = &s->items[i - 1];

			if (it->id != id || it->dead)
				continue;
			if (seq >= 0 ? it->seq == seq : it->src == SRC_BAR && it->p.ts == ts) {
				*in = s;
				return it;
			}
		}
	}
	return NULL;
}

static bool
reachable(const struct agg *m, const struct agg_slot *s, int64_t ts)
{
	return s == m->at || ts >= m->clock - m->o.lateness;
}

int
agg_late_revise(struct agg *m, struct agg_sym *y, const struct bar_piece *p)
{
	struct agg_slot *s = NULL;
	struct agg_item *it = m->started ? find(m, y->sym->id, -1, p->ts, &s) : NULL;
	int rc;

	if (!it)
		return 0;
	if (!reachable(m, s, p->ts)) {
		m->late++;
		return 1;
	}
	it->p = *p;
	it->dead = (p->has & RUN_COUNT) && p->count == 0;
	rc = rebuild(m, s, y);
	return rc < 0 ? rc : 1;
}

int
agg_late_correct(struct agg *m, const struct rec *r)
{
	const struct rec_correction *c = &r->correction;
	struct agg_sym *y = agg_sym(m, r->sym);
	struct agg_slot *s = NULL;
	struct agg_item *it = m->started ? find(m, r->sym->id, c->ref_seq, 0, &s) : NULL;
	int64_t price, size;
	int sign;

	if (!it || it->src != SRC_TRADE || !reachable(m, s, it->p.ts)) {
		m->lost_corrections++;
		return 0;
	}
	if (c->action == W_correct_cancel) {
		it->dead = true;
	} else {
		price = rec_has(r, F_correction_price) ? c->price : it->p.close;
		size = rec_has(r, F_correction_size) ? c->size : (int64_t)it->p.volume;
		sign = !(it->p.has & RUN_SIDED) ? 0 : it->p.buy ? 1 : -1;
		piece_of_trade(&it->p, it->p.ts, price, size, sign);
	}
	return rebuild(m, s, y);
}
