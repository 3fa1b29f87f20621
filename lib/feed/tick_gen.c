/*
 * tick-gen: trades, quotes or bars of a made-up market (market.h), seeded.
 *
 * Each step moves every symbol's price once (bars: GEN_SUBSTEPS times) and writes one record a
 * symbol. Ticks share the step out: n slots of step / n, the symbols in a fresh random order, each
 * somewhere in its slot, so time goes strictly forward. Bars of one instant come in the symbols'
 * order.
 */
#include <stdlib.h>

#include "feed/feed.h"
#include "feed/tick_gen.h"

#define BATCH 256 /* records a call of next, about */
#define SIZE_MOST 9e9

static int
fail(struct tick_gen *g)
{
	struct err why = *g->base.env->err;

	return stage_fail(&g->base, why.code, "%s", why.msg);
}

/* ---- prices, sizes, times ---- */

/* A price as a number of tick sizes, the nearest one and 1 at least. Past the largest price
 * that a record can hold: `most`, and the run fails. */
static int64_t
to_ticks(const struct tick_gen *g, double price)
{
	double k = price * g->ticks_per_unit + 0.5;

	if (!(k < (double)g->most))
		return g->most;
	return k < 1 ? 1 : (int64_t)k;
}

static int64_t
draw_size(const struct tick_gen *g, uint64_t random)
{
	double s = g->sizes[random >> 54] * g->busy + 0.5;

	s = s < 1 ? 1 : s > SIZE_MOST ? SIZE_MOST : s;
	return (int64_t)s * NUM_NANO;
}

/* The U of a trading day: twice the average at the open and the close, half of it at noon. */
static void
set_busy(struct tick_gen *g)
{
	double u;

	if (!g->sessions)
		return;
	u = 2.0 * (double)(g->t - g->now.open) / (double)(g->now.close - g->now.open) - 1;
	g->busy = 0.5 + 1.5 * u * u;
}

/* Fisher and Yates, one swap a symbol. */
static void
shuffle(struct tick_gen *g)
{
	for (size_t i = g->n - 1; i > 0; i--) {
		size_t k = (size_t)rng_below(&g->market.rng, i + 1), t = g->order[i];

		g->order[i] = g->order[k];
		g->order[k] = t;
	}
}

/* ---- records ---- */

static int
write_trade(struct tick_gen *g, int64_t ts, size_t symbol)
{
	uint64_t random = rng_u64(&g->market.rng);
	double price = market_price(&g->market, symbol), half = price * g->spread / 20000;
	bool buy = random & 1;
	int64_t k = to_ticks(g, buy ? price + half : price - half);
	struct rec r;

	if (k >= g->most)
		return ERR_FAIL;
	rec_init(&r, REC_trade, ts, g->syms[symbol]);
	rec_set(&r, F_trade_price, r.trade.price, k * g->tick_size);
	rec_set(&r, F_trade_size, r.trade.size, draw_size(g, random));
	rec_set(&r, F_trade_side, r.trade.side, buy ? W_side_buy : W_side_sell);
	return stage_emit(&g->base, &r);
}

static int
write_quote(struct tick_gen *g, int64_t ts, size_t symbol)
{
	uint64_t random = rng_u64(&g->market.rng), more = rng_u64(&g->market.rng);
	double price = market_price(&g->market, symbol), half = price * g->spread / 20000;
	int64_t bid = to_ticks(g, price - half), ask = to_ticks(g, price + half);
	struct rec r;

	if (ask >= g->most)
		return ERR_FAIL;
	if (ask <= bid) { /* one tick size is the least spread; a coin tells on which side */
		if ((random & 1) && bid > 1)
			bid = ask - 1;
		ask = bid + 1;
	}
	rec_init(&r, REC_quote, ts, g->syms[symbol]);
	rec_set(&r, F_quote_bid, r.quote.bid, bid * g->tick_size);
	rec_set(&r, F_quote_ask, r.quote.ask, ask * g->tick_size);
	rec_set(&r, F_quote_bid_size, r.quote.bid_size, draw_size(g, random));
	rec_set(&r, F_quote_ask_size, r.quote.ask_size, draw_size(g, more));
	return stage_emit(&g->base, &r);
}

static int
write_regimes(struct tick_gen *g)
{
	const struct market *m = &g->market;

	for (size_t i = 0; i < g->n; i++) {
		struct rec r;
		int rc;

		rec_init(&r, REC_regime, g->t, g->syms[i]);
		rec_set(&r, F_regime_model, r.regime.model, str_z("truth"));
		rec_set(&r, F_regime_state, r.regime.state, (int64_t)m->regime);
		rec_set(&r, F_regime_label, r.regime.label, str_z(m->o.regimes[m->regime].label));
		rc = stage_emit(&g->base, &r);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int
write_watermark(struct tick_gen *g, int64_t t)
{
	struct rec w;

	rec_init(&w, REC_watermark, t, NULL);
	return stage_emit(&g->base, &w);
}

/* Ahead of what stands at ts: the boundary that time has passed, as ibkr-feed writes it. */
static int
mark_time(struct tick_gen *g, int64_t ts)
{
	bool first = g->boundary == TIM_NONE;
	int64_t b;

	if (g->wm_every == 0 || ts < g->boundary)
		return 0;
	b = tim_floor(ts, g->wm_every);
	g->boundary = b > INT64_MAX - g->wm_every ? INT64_MAX : b + g->wm_every;
	return first ? 0 : write_watermark(g, b);
}

/* ---- one step ---- */

static int
step_ticks(struct tick_gen *g)
{
	uint64_t places = (uint64_t)(g->slot / g->slot_unit);
	int64_t slot = g->t;
	int rc = 0;

	market_step(&g->market);
	shuffle(g);
	for (size_t i = 0; i < g->n && g->left > 0 && rc >= 0; i++, g->left--, slot += g->slot) {
		size_t symbol = g->order[i];
		int64_t ts = slot + (int64_t)rng_below(&g->market.rng, places) * g->slot_unit;

		rc = mark_time(g, ts);
		if (rc == 0)
			rc = g->type == GEN_TRADE ? write_trade(g, ts, symbol)
						  : write_quote(g, ts, symbol);
	}
	return rc;
}

/* The bars of all symbols grow side by side, for the correlation within them. */
static void
grow_bars(struct tick_gen *g)
{
	struct gen_bar *b = g->bars;

	for (int k = 0; k < GEN_SUBSTEPS; k++) {
		market_step(&g->market);
		for (size_t i = 0; i < g->n; i++) {
			int64_t p = to_ticks(g, market_price(&g->market, i));

			if (k == 0)
				b[i] = (struct gen_bar){ p, p, p, p, 0 };
			b[i].high = p > b[i].high ? p : b[i].high;
			b[i].low = p < b[i].low ? p : b[i].low;
			b[i].close = p;
			b[i].volume += draw_size(g, rng_u64(&g->market.rng));
		}
	}
}

static int
step_bars(struct tick_gen *g)
{
	struct gen_bar *b = g->bars;
	int rc = 0;

	if (!g->pat)
		grow_bars(g);
	for (size_t i = 0; i < g->n && g->left > 0 && rc >= 0; i++, g->left--) {
		struct rec r;

		if ((g->pat && !gen_patterns_bar(g, i, &b[i])) || b[i].high >= g->most)
			return ERR_FAIL;
		rec_init(&r, REC_bar, g->t, g->syms[i]);
		rec_set(&r, F_bar_ts_end, r.bar.ts_end, g->t + g->step);
		rec_set(&r, F_bar_interval, r.bar.interval, str_z(g->interval.text));
		rec_set(&r, F_bar_open, r.bar.open, b[i].open * g->tick_size);
		rec_set(&r, F_bar_high, r.bar.high, b[i].high * g->tick_size);
		rec_set(&r, F_bar_low, r.bar.low, b[i].low * g->tick_size);
		rec_set(&r, F_bar_close, r.bar.close, b[i].close * g->tick_size);
		rec_set(&r, F_bar_volume, r.bar.volume, b[i].volume);
		if (!g->pat)
			rec_set(&r, F_bar_count, r.bar.count, GEN_SUBSTEPS);
		rc = stage_emit(&g->base, &r);
	}
	return rc;
}

static int
one_step(struct tick_gen *g)
{
	struct err *e = g->base.env->err;
	int rc = tick_gen_open_hours(g, e);

	if (rc < 0)
		return fail(g);
	set_busy(g);
	if (g->market.o.model == MARKET_REGIME &&
	    (market_switch(&g->market) || g->left == g->ticks)) {
		rc = g->type == GEN_BAR ? 0 : mark_time(g, g->t);
		if (rc == 0)
			rc = write_regimes(g);
		if (rc < 0)
			return rc;
	}
	e->msg[0] = '\0';
	rc = g->type == GEN_BAR ? step_bars(g) : step_ticks(g);
	if (rc == ERR_FAIL && !e->msg[0])
		return stage_fail(&g->base, ERR_FAIL, "a price grew past what a record can hold");
	if (rc < 0)
		return rc;
	if (g->wm_every && g->type == GEN_BAR)
		rc = write_watermark(g, g->t + g->step);
	else if (g->wm_every && g->left == 0)
		rc = write_watermark(g, g->boundary);
	g->t += g->step;
	return rc;
}

static int
tick_gen_next(struct stage *st)
{
	struct tick_gen *g = (struct tick_gen *)st;

	for (size_t done = 0; done < BATCH && g->left > 0; done += g->n) {
		int rc = one_step(g);

		if (rc < 0)
			return rc;
	}
	return g->left > 0;
}

/* ---- life ---- */

static int
tick_gen_open(struct stage *st)
{
	struct tick_gen *g = (struct tick_gen *)st;

	return tick_gen_setup(g, st->env->err) < 0 ? fail(g) : 0;
}

static int
tick_gen_flush(struct stage *st)
{
	struct tick_gen *g = (struct tick_gen *)st;

	return gen_patterns_flush(g, st->env->err) < 0 ? fail(g) : 0;
}

static void
tick_gen_close(struct stage *st)
{
	struct tick_gen *g = (struct tick_gen *)st;

	gen_patterns_close(g);
	market_free(&g->market);
	sessions_free(g->sessions);
	free(g->syms);
	free(g->order);
	free(g->bars);
}

const struct stage_kind tick_gen_kind = {
	.name = "tick-gen",
	.about = "Made-up market data, seeded: the same options give the same bytes.",
	.opts = tick_gen_opts,
	.size = sizeof(struct tick_gen),
	.gives = REC_MARKET | REC_BIT(regime) | REC_BIT(watermark),
	.main_type = REC_unknown,
	.source = true,
	.open = tick_gen_open,
	.next = tick_gen_next,
	.flush = tick_gen_flush,
	.close = tick_gen_close,
};
