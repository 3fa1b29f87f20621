/*
 * Where the data comes from: files through the feed's readers, and a made-up market for the
 * symbols that no file has, merged by the time when each record was known.
 *
 * The made-up market moves once every --tick; symbol i of n quotes and trades at i/n of that time,
 * so that the load is even. Its history was drawn before, in coarser steps, and ends where the
 * market begins.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/gate.h"

#include "base/mem.h"
#include "feed/source.h"

#define SCAN_RECORDS 20000 /* of each file, to learn its symbols */
#define YEAR_NS (365.25 * 86400e9)

struct made {
	struct market market;
	const struct sym **sym;
	int64_t *tick, *lot;
	size_t n, i; /* i: whose turn it is */
	int64_t t;   /* of the current step */
	bool trade;  /* the symbol's quote went out, its trade is next */
	double half; /* of the spread, part of the price */
	int64_t size;
	struct rec rec;
	int64_t at;
	bool has;
};

struct tape {
	const struct sim_opts *o;
	struct source_opts so;
	struct source *src;
	size_t nsrc;
	struct symtab *syms;
	struct made made;
	int64_t shift, first;
	int from; /* source of the record at hand; nsrc: made-up; -1: none */
	struct rec rec;
	int64_t at;
};

/* ---- files ---- */

static int
advance(struct source *s, struct err *e)
{
	int rc;

	do
		rc = source_next(s, true, e);
	while (rc == 1 && !(REC_MARKET >> s->rec.type & 1) && s->rec.type != REC_corporate_action);
	if (rc < 0)
		return rc;
	if (rc == 0)
		s->key = INT64_MAX; /* the end */
	return 0;
}

/* The symbols of a file, as far as its beginning tells. */
static int
learn(struct sim *s, struct tape *t, const char *path, struct err *e)
{
	struct source src;
	int rc = source_open(&src, path, &t->so, s->syms, e);

	for (int i = 0; rc == 0 && i < SCAN_RECORDS; i++) {
		rc = source_next(&src, true, e);
		if (rc != 1)
			break;
		rc = 0;
		if ((REC_MARKET >> src.rec.type & 1) && src.rec.sym) {
			inst_get(s, src.rec.sym);
			if (t->first == TIM_NONE || src.key < t->first)
				t->first = src.key;
		}
	}
	source_close(&src);
	/* what is wrong further on is said when it is played */
	return rc < 0 && t->first == TIM_NONE ? rc : 0;
}

static int
open_files(struct sim *s, struct tape *t, struct err *e)
{
	const struct opt_list *l = &t->o->ticks;
	int rc = 0;

	t->src = mem_array(l->n + 1, sizeof *t->src);
	for (size_t i = 0; i < l->n && rc == 0; i++) {
		if (strcmp(l->v[i], "-") != 0) /* a pipe cannot be read twice */
			rc = learn(s, t, l->v[i], e);
		if (rc == 0) {
			rc = source_open(&t->src[t->nsrc++], l->v[i], &t->so, s->syms, e);
			if (rc == 0)
				rc = advance(&t->src[t->nsrc - 1], e);
		}
		if (rc == 0 && t->src[i].key != INT64_MAX &&
		    (t->first == TIM_NONE || t->src[i].key < t->first))
			t->first = t->src[i].key;
	}
	return rc;
}

/* ---- the made-up market ---- */

static int64_t
on_tick(double price, int64_t tick)
{
	int64_t v;

	if (!num_nano_of(price, &v) || v <= 0)
		return tick;
	v = (int64_t)num_div_even(v, tick) * tick;
	return v > 0 ? v : tick;
}

static void
make_quote(struct made *m, struct rec *r, size_t i, int64_t ts, struct rng *g)
{
	double p = market_price(&m->market, i);
	int64_t bid = on_tick(p * (1 - m->half), m->tick[i]);
	int64_t ask = on_tick(p * (1 + m->half), m->tick[i]);

	if (ask <= bid)
		ask = bid + m->tick[i];
	rec_init(r, REC_quote, ts, m->sym[i]);
	rec_set(r, F_quote_bid, r->quote.bid, bid);
	rec_set(r, F_quote_ask, r->quote.ask, ask);
	rec_set(r, F_quote_bid_size, r->quote.bid_size,
	    (int64_t)(1 + rng_below(g, (uint64_t)m->size)) * m->lot[i]);
	rec_set(r, F_quote_ask_size, r->quote.ask_size,
	    (int64_t)(1 + rng_below(g, (uint64_t)m->size)) * m->lot[i]);
}

/* at the bid or at the ask of the quote before it */
static void
make_trade(struct made *m, struct rec *r, size_t i, int64_t ts, struct rng *g)
{
	int64_t bid = r->quote.bid, ask = r->quote.ask;
	bool buy = rng_u64(g) >> 63;

	rec_init(r, REC_trade, ts, m->sym[i]);
	rec_set(r, F_trade_price, r->trade.price, buy ? ask : bid);
	rec_set(r, F_trade_size, r->trade.size,
	    (int64_t)(1 + rng_below(g, (uint64_t)m->size)) * m->lot[i]);
	rec_set(r, F_trade_side, r->trade.side, buy ? W_side_buy : W_side_sell);
}

static int64_t
slot(const struct tape *t, size_t i)
{
	return t->o->tick / (int64_t)t->made.n * (int64_t)i;
}

static void
made_next(struct tape *t)
{
	struct made *m = &t->made;

	if (m->n == 0)
		return;
	if (m->trade) {
		make_trade(m, &m->rec, m->i, m->at, &m->market.rng);
		m->trade = false;
		m->i++;
		return;
	}
	if (m->i == m->n) {
		m->i = 0;
		m->t += t->o->tick;
		market_step(&m->market);
	}
	m->at = m->t + slot(t, m->i);
	make_quote(m, &m->rec, m->i, m->at, &m->market.rng);
	m->trade = true;
}

static void
market_options(const struct sim_opts *o, int64_t step, struct market_opts *mo)
{
	*mo = (struct market_opts){ .model = MARKET_GBM,
		.drift = o->drift,
		.vol = o->vol,
		.correlation = o->correlation,
		.year_ns = YEAR_NS,
		.step = step,
		.start_price = num_of_nano(o->price) };
}

static int
check_made(const struct sim_opts *o, struct err *e)
{
	if (o->tick < TIM_US || o->price <= 0 || o->size < NUM_NANO || !(o->vol >= 0) ||
	    !(o->correlation >= 0 && o->correlation <= 1) || !(o->spread >= 0 && o->spread < 1e4) ||
	    o->history < 0)
		return err_set(e, ERR_USAGE,
		    "the made-up market: --tick, --price and --size must be above zero, --vol, "
		    "--spread "
		    "and --history not below it, --correlation between 0 and 1");
	return 0;
}

/* Which symbols are made up: those asked for that no file has. */
static int
made_symbols(struct sim *s, struct tape *t, struct err *e)
{
	static const char *ten[] = { "10" };
	struct opt_list dflt = { ten, 1 };
	const struct opt_list *l = &t->o->symbols;
	struct buf b = { 0 };
	int64_t n = 0;

	if (!l->n && t->o->seed >= 0)
		l = t->o->ticks.n ? l : &dflt;
	if (l->n == 1 && num_i64(l->v[0], strlen(l->v[0]), &n) && (n < 1 || n > 10000))
		return err_set(e, ERR_USAGE, "--symbols: %s is not 1 to 10000", l->v[0]);
	t->made.sym = mem_array((size_t)n + l->n + 1, sizeof *t->made.sym);
	for (size_t i = 0; i < (n ? (size_t)n : l->n); i++) {
		const struct sym *y;

		buf_clear(&b);
		if (n)
			buf_printf(&b, "SYM%0*zu", n > 999 ? 5 : n > 99 ? 3 : 2, i + 1);
		else
			buf_puts(&b, l->v[i]);
		if (symtab_find(s->syms, buf_str(&b)))
			continue; /* a file has it, or it was named before */
		y = symtab_get(s->syms, buf_str(&b));
		if (!y) {
			err_set(e, ERR_USAGE, "--symbols: '%s' is not a symbol", buf_z(&b));
			buf_free(&b);
			return e->code;
		}
		inst_get(s, y);
		if (t->o->seed >= 0)
			t->made.sym[t->made.n++] = y;
	}
	buf_free(&b);
	return 0;
}

static int
open_made(struct sim *s, struct tape *t, struct err *e)
{
	struct made *m = &t->made;
	struct market_opts mo;
	int rc = made_symbols(s, t, e);

	if (rc < 0 || m->n == 0)
		return rc;
	rc = check_made(t->o, e);
	if (rc < 0)
		return rc;
	m->half = t->o->spread / 20000;
	m->size = t->o->size / NUM_NANO;
	m->tick = mem_array(m->n, sizeof *m->tick);
	m->lot = mem_array(m->n, sizeof *m->lot);
	for (size_t i = 0; i < m->n; i++) {
		m->tick[i] = inst_get(s, m->sym[i])->tick;
		m->lot[i] = NUM_NANO;
	}
	market_options(t->o, t->o->tick, &mo);
	market_init(&m->market, &mo, m->n, (uint64_t)t->o->seed);
	return 0;
}

/* From its seed: what the made-up market did before it begins at `from`. */
static void
made_history(struct sim *s, struct tape *t, int64_t from)
{
	struct made *m = &t->made;
	int64_t span = t->o->history, step = t->o->tick;
	struct market past;
	struct market_opts mo;
	struct rec r;

	while (step < 5 * TIM_SEC && span / step > 5000)
		step *= 2;
	if (step < TIM_MIN && span / step > 50000)
		step = TIM_MIN;
	market_options(t->o, step, &mo);
	market_init(&past, &mo, m->n, (uint64_t)t->o->seed ^ 0x9e3779b97f4a7c15);
	struct market now = m->market;
	m->market = past;
	for (int64_t at = from - span / step * step; at < from; at += step) {
		for (size_t i = 0; i < m->n; i++) {
			struct inst *in = inst_get(s, m->sym[i]);

			make_quote(m, &r, i, at, &m->market.rng);
			store_record(in, &r);
			make_trade(m, &r, i, at, &m->market.rng);
			store_record(in, &r);
		}
		market_step(&m->market);
	}
	past = m->market;
	m->market = now;
	memcpy(m->market.x, past.x, m->n * sizeof *past.x);
	market_free(&past);
}

/* ---- both ---- */

struct tape *
tape_open(struct sim *s, const struct sim_opts *o, const struct rec_layout *layout, struct err *e)
{
	struct tape *t = mem_alloc(sizeof *t);

	t->o = o;
	t->so.layout = *layout;
	t->syms = s->syms;
	t->first = TIM_NONE;
	t->from = -1;
	if (open_files(s, t, e) < 0 || open_made(s, t, e) < 0) {
		tape_free(t);
		return NULL;
	}
	return t;
}

void
tape_free(struct tape *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->nsrc; i++)
		source_close(&t->src[i]);
	free(t->src);
	if (t->made.n)
		market_free(&t->made.market);
	free(t->made.sym);
	free(t->made.tick);
	free(t->made.lot);
	free(t);
}

int64_t
tape_first(const struct tape *t)
{
	return t->first;
}

void
tape_shift(struct tape *t, int64_t ns)
{
	t->shift = ns;
}

bool
tape_peek(struct tape *t, const struct rec **r, int64_t *at)
{
	if (t->from < 0) {
		int64_t best = t->made.has ? t->made.at : INT64_MAX;
		enum source_rank rank = RANK_TICK;
		size_t which = t->nsrc;

		for (size_t i = 0; i < t->nsrc; i++) {
			const struct source *f = &t->src[i];
			int64_t key = f->key == INT64_MAX ? INT64_MAX : f->key + t->shift;

			/* of one instant first what ended there (feed/source.h) */
			if (key < best || (key == best && key != INT64_MAX && f->rank < rank)) {
				best = key;
				rank = f->rank;
				which = i;
			}
		}
		if (best == INT64_MAX)
			return false;
		t->from = (int)which;
		t->at = best;
		t->rec = which == t->nsrc ? t->made.rec : t->src[which].rec;
		if (which < t->nsrc && t->shift) {
			t->rec.ts += t->shift;
			t->rec.raw = (struct str){ NULL, 0 };
			if (t->rec.type == REC_bar && rec_has(&t->rec, F_bar_ts_end))
				t->rec.bar.ts_end += t->shift;
		}
	}
	*r = &t->rec;
	*at = t->at;
	return true;
}

int
tape_pop(struct tape *t, struct err *e)
{
	int from = t->from;

	t->from = -1;
	if (from < 0)
		return 0;
	if ((size_t)from < t->nsrc)
		return advance(&t->src[from], e);
	made_next(t);
	return 0;
}

int
tape_history(struct sim *s, struct tape *t, int64_t from, struct err *e)
{
	const struct rec *r;
	int64_t at;

	while (tape_peek(t, &r, &at) && at < from) {
		int rc;

		if (r->sym && (REC_MARKET >> r->type & 1)) {
			store_record(inst_get(s, r->sym), r);
			account_push(s->account, r);
		}
		rc = tape_pop(t, e);
		if (rc < 0)
			return rc;
	}
	t->from = -1;
	if (t->made.n) {
		made_history(s, t, from);
		t->made.t = from;
		t->made.has = true;
		made_next(t);
	}
	return 0;
}
