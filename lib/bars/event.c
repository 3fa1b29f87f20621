/*
 * Information bars: complete after so many ticks, so much volume or value, or when the flow of
 * buyers and sellers says so (flow.h). Each symbol has its own; ts is the first record's time,
 * ts_end the last one's. Bars go out as they are completed; the watermark of their instant
 * follows when time moves on.
 */
#include "bars/agg.h"

#include "base/mem.h"

int
agg_event_time(struct agg *m, int64_t ts)
{
	struct span s;
	int rc;

	if (ts < m->last_wm) { /* its bar could end before a watermark that is out */
		m->late++;
		return 0;
	}
	if (m->pending_wm != TIM_NONE && ts > m->pending_wm) {
		rc = agg_watermark(m, m->pending_wm);
		m->pending_wm = TIM_NONE;
		if (rc < 0)
			return rc;
	}
	if (!m->at)
		m->at = agg_slot_new(m);
	if (!m->ses || (uint64_t)ts - (uint64_t)m->from < m->width)
		return 1;
	grid_at(&m->grid, ts, &s);
	if (s.from >= s.till || ts < s.from || ts >= s.till) {
		m->outside++;
		return 0;
	}
	m->from = s.from;
	m->width = (uint64_t)s.till - (uint64_t)s.from;
	m->at->epoch = ++m->epoch; /* no bar across a session break */
	return 1;
}

int
agg_event_emit(struct agg *m, struct agg_sym *y, struct bar_run *b)
{
	char extra[RUN_EXTRA];
	struct rec o;
	int rc;

	rec_init(&o, REC_bar, b->first_ts, y->sym);
	rec_set(&o, F_bar_ts_end, o.bar.ts_end, b->last_ts);
	rec_set(&o, F_bar_interval, o.bar.interval, str_z(m->name));
	run_to_bar(b, &o, extra);
	if (b->quote_epoch == m->at->epoch)
		run_put_quote(b, &o);
	b->key = 0;
	b->quote_epoch = 0;
	m->emitted = false;
	rc = agg_style_emit(m, &o, b);
	if (m->emitted && o.bar.ts_end > m->pending_wm)
		m->pending_wm = o.bar.ts_end;
	return rc;
}

static int
put(struct agg *m, struct agg_sym *y, enum bar_src src, const struct bar_piece *p)
{
	struct bar_run *b = agg_slot_run(m, m->at, y->sym->id);
	uint64_t key = m->at->epoch << 2 | src;

	if (b->key != key) {
		b->rev = 0;
		b->gap = false;
		run_start(b, key, p);
	} else if (!run_add(b, p)) {
		return stage_fail(&m->base, ERR_DATA,
		    "%s: the value traded in one bar does not fit", y->sym->name);
	}
	return 0;
}

static bool
is_full(const struct agg *m, const struct bar_run *b)
{
	switch (m->iv.kind) {
	case IV_TICKS: return b->count >= m->iv.n;
	case IV_VOLUME: return b->volume >= m->iv.n;
	case IV_VALUE: return b->value >= (num_i128)m->iv.n * NUM_NANO;
	default: return false;
	}
}

int
agg_event_piece(struct agg *m, struct agg_sym *y, enum bar_src src, const struct bar_piece *p)
{
	struct bar_run *b;
	int rc = put(m, y, src, p);

	if (rc < 0)
		return rc;
	b = agg_slot_run(m, m->at, y->sym->id);
	return is_full(m, b) ? agg_event_emit(m, y, b) : 0;
}

/* How much of a trade the bar under way can still take, in nano. */
static int64_t
room(const struct agg *m, const struct bar_run *b, int64_t price)
{
	bool on = b->key == (m->at->epoch << 2 | SRC_TRADE);
	num_i128 left;

	if (m->iv.kind == IV_VOLUME) {
		left = m->iv.n - (on ? b->volume : 0);
	} else {
		if (price <= 0)
			return INT64_MAX;
		left = (num_i128)m->iv.n * NUM_NANO - (on ? b->value : 0);
		left = (left + price - 1) / price; /* the bar has its value, or just more */
	}
	return left > INT64_MAX ? INT64_MAX : (int64_t)left;
}

int
agg_event_trade(struct agg *m, struct agg_sym *y, const struct rec *r)
{
	int64_t left = r->trade.size, price = r->trade.price;
	int sign = agg_sign(m, y, r, m->o.classify || m->iv.kind == IV_FLOW);
	struct bar_piece p;
	int rc;

	if (m->iv.kind == IV_FLOW) {
		bool known = sign && (m->o.classify || rec_has(r, F_trade_side));

		piece_of_trade(&p, r->ts, price, left, known ? sign : 0);
		if (y->flow_epoch != m->at->epoch) {
			flow_drop(&y->flow);
			y->flow_epoch = m->at->epoch;
		}
		if ((rc = put(m, y, SRC_TRADE, &p)) < 0 ||
		    !flow_add(&m->flow, &y->flow, sign, left, p.value))
			return rc;
		return agg_event_emit(m, y, agg_slot_run(m, m->at, y->sym->id));
	}
	for (;;) {
		bool split = !m->o.whole && m->iv.kind != IV_TICKS;
		int64_t part = split ? room(m, agg_slot_run(m, m->at, y->sym->id), price) : left;

		if (part > left)
			part = left;
		piece_of_trade(&p, r->ts, price, part, sign);
		if ((rc = agg_event_piece(m, y, SRC_TRADE, &p)) < 0)
			return rc;
		left -= part;
		if (left <= 0)
			return 0;
	}
}

/* Quiet time passes too: one watermark a minute. */
int
agg_event_watermark(struct agg *m, int64_t ts)
{
	int64_t minute = tim_floor(ts, TIM_MIN);
	int rc = 0;

	if (m->pending_wm != TIM_NONE && m->pending_wm <= ts) {
		rc = agg_watermark(m, m->pending_wm);
		m->pending_wm = TIM_NONE;
	}
	if (rc < 0 || m->last_wm == TIM_NONE) {
		if (m->last_wm == TIM_NONE)
			m->last_wm = minute;
		return rc;
	}
	return agg_watermark(m, minute);
}

int
agg_event_flush(struct agg *m)
{
	return m->pending_wm != TIM_NONE ? agg_watermark(m, m->pending_wm) : 0;
}
