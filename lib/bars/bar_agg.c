/* bar-agg: trades, quotes or smaller bars in, bars out. The stage itself. */
#include <stdlib.h>
#include <string.h>

#include "bars/bar_agg.h"

#include "bars/agg.h"
#include "base/mem.h"
#include "mkt/quality.h"

/* ---- what the other files need ---- */

struct agg_sym *
agg_sym(struct agg *m, const struct sym *sym)
{
	size_t cap = m->nsyms;
	struct agg_sym *y = MEM_AT(m->syms, cap, sym->id);

	while (m->nsyms < cap)
		m->syms[m->nsyms++].last_label = INT64_MIN;
	y->sym = sym;
	return y;
}

bool
agg_takes(struct agg *m, struct agg_sym *y, enum bar_src src)
{
	if (m->o.price == PRICE_AUTO) {
		if (src > y->src)
			y->src = src;
		return src == y->src;
	}
	return m->o.price == PRICE_TRADE ? src == SRC_TRADE
	       : m->o.price == PRICE_BAR ? src == SRC_BAR
					 : src == SRC_QUOTE;
}

static const char wm_end[] = "end";

static int
put_watermark(struct agg *m, int64_t ts, const char *source)
{
	struct rec w;

	if (ts <= m->last_wm)
		return 0;
	m->last_wm = ts;
	if (ts == m->passing_wm || !m->live)
		return 0;
	rec_init(&w, REC_watermark, ts, NULL);
	if (source)
		rec_set(&w, F_watermark_source, w.watermark.source, str_z(source));
	return stage_emit(&m->base, &w);
}

int
agg_watermark(struct agg *m, int64_t ts)
{
	return put_watermark(m, ts, NULL);
}

int
agg_watermark_end(struct agg *m, int64_t ts)
{
	return put_watermark(m, ts, wm_end);
}

/* The tick rule (Lee & Ready 1991): up-ticks are buys, down-ticks sells, no change: as before. */
int
agg_sign(struct agg *m, struct agg_sym *y, const struct rec *r, bool guess)
{
	int64_t price = r->trade.price;

	(void)m;
	if (guess) {
		if (y->tick_price && price != y->tick_price)
			y->tick_sign = price > y->tick_price ? 1 : -1;
		y->tick_price = price;
	}
	if (rec_has(r, F_trade_side))
		return r->trade.side == W_side_buy ? 1 : -1;
	return guess ? y->tick_sign : 0;
}

/* ---- push ---- */

static int
time_record(
    struct agg *m, struct agg_sym *y, enum bar_src src, const struct bar_piece *p, int64_t seq)
{
	bool late = false;
	int rc = agg_time_to(m, p->ts, &late);

	if (late)
		return agg_late_piece(m, y, src, p, seq);
	return rc <= 0 ? rc : agg_time_piece(m, y, src, p, seq);
}

static int
push_trade(struct agg *m, const struct rec *r)
{
	struct agg_sym *y = agg_sym(m, r->sym);
	struct bar_piece p;
	int rc, sign;

	if (!quality_ok(r) || r->trade.size < 0) {
		m->unusable++;
		return 0;
	}
	if (!bar_interval_is_time(&m->iv)) {
		rc = agg_event_time(m, r->ts);
		return rc <= 0 || !agg_takes(m, y, SRC_TRADE) ? rc : agg_event_trade(m, y, r);
	}
	if (!agg_takes(m, y, SRC_TRADE)) {
		bool late = false;

		rc = agg_time_to(m, r->ts, &late);
		return rc < 0 ? rc : 0;
	}
	sign = agg_sign(m, y, r, m->o.classify);
	piece_of_trade(&p, r->ts, r->trade.price, r->trade.size, sign);
	return time_record(m, y, SRC_TRADE, &p, rec_has(r, F_trade_seq) ? r->trade.seq : -1);
}

/* The price that a quote gives; false when a side it needs is missing. */
static bool
quote_price(const struct agg *m, const struct rec *r, int64_t *price)
{
	int64_t bid = r->quote.bid, ask = r->quote.ask;

	if (m->o.price == PRICE_BID || m->o.price == PRICE_ASK) {
		*price = m->o.price == PRICE_BID ? bid : ask;
		return *price != 0;
	}
	*price = (int64_t)num_div_even((num_i128)bid + ask, 2);
	return bid != 0 && ask != 0;
}

static void
note_quote(struct agg *m, struct agg_sym *y, const struct rec *r)
{
	struct bar_run *b = agg_slot_run(m, m->at, y->sym->id);

	b->quote_epoch = m->at->epoch;
	b->bid = r->quote.bid;
	b->ask = r->quote.ask;
}

static int
push_quote(struct agg *m, const struct rec *r)
{
	struct agg_sym *y = agg_sym(m, r->sym);
	bool time = bar_interval_is_time(&m->iv), late = false;
	struct bar_piece p;
	int64_t price;
	int rc;

	if (!quality_ok(r)) {
		m->unusable++;
		return 0;
	}
	rc = time ? agg_time_to(m, r->ts, &late) : agg_event_time(m, r->ts);
	if (rc < 0 || (rc == 0 && !late))
		return rc;
	if (rc > 0)
		note_quote(m, y, r);
	if (!quote_price(m, r, &price) || m->iv.kind >= IV_VOLUME || !agg_takes(m, y, SRC_QUOTE))
		return 0;
	piece_of_price(&p, r->ts, price);
	if (!time)
		return agg_event_piece(m, y, SRC_QUOTE, &p);
	if (late)
		return agg_late_piece(m, y, SRC_QUOTE, &p, -1);
	return agg_time_piece(m, y, SRC_QUOTE, &p, -1);
}

/* A symbol's bars of one length are joined, those of the first seen; others would count twice. */
static bool
takes_interval(struct agg_sym *y, const struct rec *r)
{
	struct str iv = rec_has(r, F_bar_interval) ? r->bar.interval : (struct str){ "", 0 };

	if (iv.n >= sizeof y->bar_iv)
		iv.n = sizeof y->bar_iv - 1;
	if (!y->bar_iv_on) {
		y->bar_iv_on = true;
		memcpy(y->bar_iv, iv.p, iv.n);
	}
	return str_eqz(iv, y->bar_iv);
}

/* A bar must lie inside one of ours. */
static int
check_fit(struct agg *m, const struct rec *r, int64_t t, bool daily)
{
	char a[TIM_LEN], b[TIM_LEN];
	struct span s;

	if (!rec_has(r, F_bar_ts_end) || (daily && m->iv.kind != IV_FIXED))
		return 0;
	grid_at(&m->grid, t, &s);
	if (r->bar.ts_end <= s.hi || !s.in)
		return 0;
	tim_put(a, r->ts);
	tim_put(b, r->bar.ts_end);
	return stage_fail(&m->base, ERR_DATA,
	    "%s: the bar from %.19sZ to %.19sZ does not fit into one of %s", r->sym->name, a, b,
	    m->name);
}

static int
push_bar(struct agg *m, const struct rec *r)
{
	struct agg_sym *y = agg_sym(m, r->sym);
	bool daily = bar_is_daily(r), time = bar_interval_is_time(&m->iv), late = false;
	struct bar_piece p;
	int rc;

	piece_of_bar(&p, r);
	if (daily && !grid_of_date(&m->grid, tim_day(r->ts), &p.ts)) {
		m->outside++;
		return 0;
	}
	if (!time) {
		rc = agg_event_time(m, p.ts);
		return rc <= 0 ? rc : agg_event_piece(m, y, SRC_BAR, &p);
	}
	if ((rc = check_fit(m, r, p.ts, daily)) < 0)
		return rc;
	if (rec_has(r, F_bar_rev) && r->bar.rev > 0) {
		if (!m->o.lateness) {
			m->late++; /* what it replaces is no longer known */
			return 0;
		}
		rc = agg_late_revise(m, y, &p);
		if (rc)
			return rc < 0 ? rc : 0;
	}
	rc = agg_time_to(m, p.ts, &late);
	/* a flat bar says that nothing happened: time passes, no bar is touched */
	if (rc < 0 || ((p.has & RUN_COUNT) && p.count == 0 && p.volume == 0))
		return rc < 0 ? rc : 0;
	if (late)
		return agg_late_piece(m, y, SRC_BAR, &p, -1);
	if (rc == 0)
		return 0;
	if (rec_has(r, F_bar_bid) && rec_has(r, F_bar_ask)) {
		struct bar_run *b = agg_slot_run(m, m->at, y->sym->id);

		b->quote_epoch = m->at->epoch;
		b->bid = r->bar.bid;
		b->ask = r->bar.ask;
	}
	return agg_time_piece(m, y, SRC_BAR, &p, -1);
}

/* Everything but a plain trade inside the current interval. */
static int
push_slow(struct agg *m, const struct rec *r)
{
	int rc;

	if (!r->sym)
		return stage_fail(&m->base, ERR_DATA, "a %s without sym", rec_type_name(r->type));
	switch (r->type) {
	case REC_trade: rc = push_trade(m, r); break;
	case REC_quote: rc = push_quote(m, r); break;
	case REC_bar:
		if (m->iv.kind == IV_FLOW || !takes_interval(agg_sym(m, r->sym), r) ||
		    !agg_takes(m, agg_sym(m, r->sym), SRC_BAR))
			return stage_emit(&m->base, r); /* none of ours to replace */
		if (!quality_ok(r) || (rec_has(r, F_bar_volume) && r->bar.volume < 0)) {
			m->unusable++;
			return 0;
		}
		rc = push_bar(m, r);
		break;
	default: /* a correction is read, not consumed */
		rc = 0;
		if (m->o.lateness)
			rc = agg_late_correct(m, r);
		else
			m->lost_corrections++;
		return rc < 0 ? rc : stage_emit(&m->base, r);
	}
	return rc < 0 || !m->o.keep ? rc : stage_emit(&m->base, r);
}

static int
bar_agg_push(struct stage *st, const struct rec *r)
{
	struct agg *m = (struct agg *)st;
	struct bar_run *b;

	if (__builtin_expect(r->type != REC_trade || !m->fast || !r->sym, 0))
		return push_slow(m, r);
	if (__builtin_expect((uint64_t)r->ts - (uint64_t)m->from >= m->width ||
				 r->sym->id >= m->nruns || rec_has(r, F_trade_dirty) ||
				 r->trade.size < 0,
		0))
		return push_slow(m, r);
	b = &m->runs[r->sym->id];
	if (__builtin_expect(b->key != m->key, 0))
		return push_slow(m, r);
	if (rec_has(r, F_trade_side)) {
		*(r->trade.side == W_side_buy ? &b->buy : &b->sell) += r->trade.size;
		b->has |= RUN_SIDED;
	}
	if (__builtin_expect(!run_add_trade(b, r->ts, r->trade.price, r->trade.size), 0))
		return stage_fail(
		    st, ERR_DATA, "%s: the value traded in one bar does not fit", r->sym->name);
	return 0;
}

/* ---- watermark, flush, close ---- */

static int
bar_agg_watermark(struct stage *st, const struct rec *wm)
{
	struct agg *m = (struct agg *)st;
	bool pass = m->o.keep || (rec_has(wm, F_watermark_loop) && wm->watermark.loop);
	bool end = rec_has(wm, F_watermark_source) && str_eqz(wm->watermark.source, wm_end);
	int rc;

	if (end && !pass)
		return 0; /* the bars of our own go out partial, too */
	m->passing_wm = pass ? wm->ts : TIM_NONE;
	rc = bar_interval_is_time(&m->iv) ? agg_time_watermark(m, wm->ts)
					  : agg_event_watermark(m, wm->ts);
	m->passing_wm = TIM_NONE;
	if (rc < 0 || !pass)
		return rc;
	if (wm->ts > m->last_wm)
		m->last_wm = wm->ts;
	return stage_emit(st, wm);
}

static void
tell(struct agg *m, int level, uint64_t n, const char *what)
{
	if (n)
		stage_note(&m->base, level, "%llu %s", (unsigned long long)n, what);
}

static int
bar_agg_flush(struct stage *st)
{
	struct agg *m = (struct agg *)st;
	int rc = bar_interval_is_time(&m->iv) ? agg_time_flush(m) : agg_event_flush(m);

	tell(m, 1, m->late, "late records dropped");
	tell(m, 1, m->unusable, "records not used: marked dirty, or of negative size");
	tell(m, 1, m->lost_corrections,
	    m->o.lateness ? "corrections came too late or name no known trade"
			  : "corrections not applied: they need --lateness");
	tell(m, 2, m->outside, "records outside the session not used");
	return rc;
}

static void
bar_agg_close(struct stage *st)
{
	struct agg *m = (struct agg *)st;

	agg_slot_free(m->at);
	for (size_t i = 0; i < m->nclosed; i++)
		agg_slot_free(m->closed[i]);
	for (size_t i = 0; i < m->nspare; i++)
		agg_slot_free(m->spare[i]);
	free(m->closed);
	free(m->spare);
	free(m->syms);
	sessions_free(m->ses);
}

const struct stage_kind bar_agg_kind = {
	.name = "bar-agg",
	.about = "turn trades, quotes or smaller bars into bars",
	.opts = agg_options,
	.size = sizeof(struct agg),
	.takes = REC_BIT(trade) | REC_BIT(quote) | REC_BIT(bar) | REC_BIT(correction),
	.gives = REC_BIT(bar) | REC_BIT(watermark),
	.main_type = REC_bar,
	.csv_columns = "ts,sym,open,high,low,close,volume,vwap,count",
	.open = agg_open,
	.push = bar_agg_push,
	.watermark = bar_agg_watermark,
	.flush = bar_agg_flush,
	.close = bar_agg_close,
};
