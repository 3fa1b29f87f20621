#include "perf/trades.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"

#define NANO2 ((num_i128)NUM_NANO * 1000) /* nano * nano in one micro of money */
#define PAST 256                          /* fills remembered for corrections; a power of two */

/* A symbol: its open trade (qty != 0), the last bar, and what it made. */
struct live {
	int64_t qty, max_qty; /* nano, signed */
	num_i128 cash;        /* nano^2: what the trade's fills brought in */
	num_i128 in_value, in_qty, out_value, out_qty;
	num_i128 worst, best; /* nano^2: profit at the worst and best price seen */
	int64_t commission;   /* micro */
	int64_t t_in, t_last, mark, mult;
	int64_t seen;             /* ts of the market data that mark is from */
	uint32_t fills, epoch_in; /* epoch_in: when it was entered */
	/* the last bar, not yet counted: a fill that belongs to it may still come */
	bool pending;
	uint32_t epoch;
	int64_t open, high, low;
	struct perf_symbol sum;
};

struct past {
	uint64_t exec;
	uint32_t sym;
	int64_t qty, px, commission;
};

struct perf_trades {
	struct instruments *instr;
	struct live *live;
	size_t nlive, ntrades, captrades;
	struct perf_trade *trades;
	uint32_t epoch; /* counts watermarks and portfolios */
	struct past past[PAST];
	uint32_t npast;
	struct perf_costs costs;
	int (*on_end)(void *arg, const struct perf_trade *tr);
	void *arg;
};

struct perf_trades *
perf_trades_new(struct instruments *instr)
{
	struct perf_trades *t = mem_alloc(sizeof *t);

	t->instr = instr;
	return t;
}

void
perf_trades_free(struct perf_trades *t)
{
	if (!t)
		return;
	free(t->live);
	free(t->trades);
	free(t);
}

void
perf_trades_on_end(
    struct perf_trades *t, int (*fn)(void *arg, const struct perf_trade *tr), void *arg)
{
	t->on_end = fn;
	t->arg = arg;
}

static __attribute__((noinline)) struct live *
live_new(struct perf_trades *t, const struct sym *sym)
{
	struct live *l = MEM_AT(t->live, t->nlive, sym->id);

	l->mult = instruments_get(t->instr, sym)->multiplier;
	if (l->mult <= 0)
		l->mult = 1;
	l->sum.sym = sym;
	return l;
}

static inline struct live *
live_at(struct perf_trades *t, const struct sym *sym)
{
	struct live *l = sym->id < t->nlive ? &t->live[sym->id] : NULL;

	return __builtin_expect(l && l->mult != 0, 1) ? l : live_new(t, sym);
}

static int64_t
magnitude(int64_t q)
{
	return q < 0 ? -q : q;
}

static int64_t
micro_of(num_i128 nano2)
{
	num_i128 m = num_div_even(nano2, NANO2);

	return m > INT64_MAX ? INT64_MAX : m < -INT64_MAX ? -INT64_MAX : (int64_t)m;
}

static num_i128
value_of(const struct live *l, int64_t qty, int64_t px)
{
	return (num_i128)qty * px * l->mult;
}

static bool
fits(num_i128 nano2)
{
	return nano2 / NANO2 <= INT64_MAX && nano2 / NANO2 >= -INT64_MAX;
}

/* Profit of the open trade at a price, before commission. */
static inline void
see(struct live *l, int64_t px)
{
	num_i128 pnl = l->cash + value_of(l, l->qty, px);

	if (pnl < l->worst)
		l->worst = pnl;
	if (pnl > l->best)
		l->best = pnl;
}

static inline void
count_pending(struct live *l)
{
	if (l->qty != 0) {
		see(l, l->low);
		see(l, l->high);
	}
	l->pending = false;
}

bool
perf_trades_bar(struct perf_trades *t, const struct rec *bar)
{
	struct live *l = live_at(t, bar->sym);

	if (rec_has(bar, F_bar_rev) && l->mark != 0 && bar->ts < l->seen)
		return false;
	if (l->pending)
		count_pending(l);
	l->open = bar->bar.open;
	l->high = bar->bar.high;
	l->low = bar->bar.low;
	l->mark = bar->bar.close;
	l->seen = bar->ts;
	l->epoch = t->epoch;
	l->pending = true;
	return true;
}

void
perf_trades_tick(struct perf_trades *t, const struct rec *tick, int64_t price)
{
	struct live *l = live_at(t, tick->sym);

	if (l->pending)
		count_pending(l);
	l->mark = price;
	l->seen = tick->ts;
	if (l->qty != 0)
		see(l, price);
}

void
perf_trades_settle(struct perf_trades *t)
{
	t->epoch++;
}

static int64_t
average(num_i128 value, num_i128 qty)
{
	return qty > 0 ? (int64_t)num_div_even(value, qty) : 0;
}

static void
describe(const struct live *l, struct perf_trade *tr)
{
	*tr = (struct perf_trade){
		.sym = l->sum.sym,
		.t_in = l->t_in,
		.t_out = l->t_last,
		.qty = l->max_qty,
		.px_in = average(l->in_value, l->in_qty),
		.px_out = average(l->out_value, l->out_qty),
		.pnl = num_sub(micro_of(l->cash), l->commission),
		.commission = l->commission,
		.mae = micro_of(l->worst),
		.mfe = micro_of(l->best),
		.entry_value = micro_of(l->in_value * l->mult),
		.fills = l->fills,
	};
}

static int
end_trade(struct perf_trades *t, struct live *l)
{
	if (t->ntrades == t->captrades) {
		t->captrades = t->captrades ? t->captrades + t->captrades / 2 : 64;
		t->trades = mem_resize(t->trades, t->captrades, sizeof *t->trades);
	}
	struct perf_trade *tr = &t->trades[t->ntrades++];

	describe(l, tr);
	l->sum.trades++;
	l->sum.wins += tr->pnl > 0;
	l->sum.losses += tr->pnl < 0;
	l->sum.pnl = num_add(l->sum.pnl, tr->pnl);
	l->sum.commission = num_add(l->sum.commission, tr->commission);
	return t->on_end ? t->on_end(t->arg, tr) : 0;
}

static void
start_trade(struct perf_trades *t, struct live *l, int64_t ts)
{
	l->max_qty = 0;
	l->cash = l->in_value = l->in_qty = l->out_value = l->out_qty = l->worst = l->best = 0;
	l->commission = 0;
	l->t_in = ts;
	l->fills = 0;
	l->epoch_in = t->epoch;
}

/* Part of a fill that only adds to or only takes from the position. */
static int
apply_part(
    struct perf_trades *t, struct live *l, int64_t q, int64_t px, int64_t commission, int64_t ts)
{
	bool in = l->qty == 0 || (l->qty > 0) == (q > 0);

	if (l->qty == 0)
		start_trade(t, l, ts);
	l->cash -= value_of(l, q, px);
	l->commission = num_add(l->commission, commission);
	l->qty = num_add(l->qty, q);
	l->fills++;
	l->t_last = ts;
	*(in ? &l->in_qty : &l->out_qty) += magnitude(q);
	*(in ? &l->in_value : &l->out_value) += (num_i128)magnitude(q) * px;
	if (magnitude(l->qty) > magnitude(l->max_qty))
		l->max_qty = l->qty;
	see(l, px);
	return l->qty == 0 ? end_trade(t, l) : 0;
}

/* Bring the open trade up to the moment of a fill. */
static void
before_fill(struct perf_trades *t, struct live *l, int64_t px)
{
	if (l->pending && l->epoch != t->epoch)
		count_pending(l); /* an earlier bar: it passed in full */
	if (l->qty == 0)
		return;
	if (l->pending && l->epoch_in != t->epoch)
		see(l, l->open);
	see(l, px);
}

static int
apply(struct perf_trades *t, struct live *l, int64_t q, int64_t px, int64_t commission, int64_t ts)
{
	before_fill(t, l, px);
	if (l->qty != 0 && (l->qty > 0) != (q > 0) && magnitude(q) > magnitude(l->qty)) {
		int64_t closing = -l->qty;
		int64_t part =
		    (int64_t)num_div_even((num_i128)commission * magnitude(closing), magnitude(q));
		int rc = apply_part(t, l, closing, px, part, ts);

		if (rc < 0)
			return rc;
		q -= closing;
		commission -= part;
	}
	return apply_part(t, l, q, px, commission, ts);
}

static uint64_t
hash(struct str s)
{
	uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (uint8_t)s.p[i]) * UINT64_C(1099511628211);
	return h;
}

static void
adjust_last(struct perf_trades *t, struct live *l, int64_t micro, int64_t commission)
{
	for (size_t i = t->ntrades; i-- > 0;)
		if (t->trades[i].sym == l->sum.sym) {
			int64_t more = num_sub(micro, commission);
			t->trades[i].pnl = num_add(t->trades[i].pnl, more);
			t->trades[i].commission = num_add(t->trades[i].commission, commission);
			l->sum.pnl = num_add(l->sum.pnl, more);
			l->sum.commission = num_add(l->sum.commission, commission);
			return;
		}
}

/* A fill that says an earlier one was otherwise: only the difference counts. */
static int
correct(struct perf_trades *t, struct live *l, const struct rec *r, int64_t q, int64_t commission)
{
	uint64_t was = hash(r->fill.correction_of);
	int64_t px = r->fill.last_price;
	struct past *p = NULL;

	t->costs.corrections++;
	for (uint32_t i = 0; i < PAST; i++)
		if (t->past[i].exec == was && t->past[i].sym == r->sym->id && t->past[i].qty != 0)
			p = &t->past[i];
	if (!p)
		return 0; /* the position record puts the quantity right */
	num_i128 gain = -value_of(l, p->qty, num_sub(px, p->px));
	int64_t dq = num_sub(q, p->qty), more = num_sub(commission, p->commission);

	t->costs.commission = num_add(t->costs.commission, more);
	t->costs.value += micro_of(value_of(l, magnitude(q), px)) -
			  micro_of(value_of(l, magnitude(p->qty), p->px));
	p->exec = hash(r->fill.exec_id);
	p->qty = q;
	p->px = px;
	p->commission = commission;
	if (l->qty == 0) {
		adjust_last(t, l, micro_of(gain), more);
	} else {
		l->cash += gain;
		l->commission = num_add(l->commission, more);
	}
	return dq != 0 ? apply(t, l, dq, px, 0, r->ts) : 0;
}

int
perf_trades_fill(struct perf_trades *t, const struct rec *r)
{
	struct live *l = live_at(t, r->sym);
	int64_t q = r->fill.side == W_side_buy ? r->fill.last_qty : -r->fill.last_qty;
	int64_t px = r->fill.last_price;
	int64_t commission = rec_has(r, F_fill_commission) ? r->fill.commission : 0;
	num_i128 value = value_of(l, magnitude(q), px);

	if (q == 0)
		return 0;
	if (!fits(value))
		return ERR_DATA;
	if (rec_has(r, F_fill_correction_of))
		return correct(t, l, r, q, commission);
	t->costs.fills++;
	t->costs.value += micro_of(value);
	t->costs.commission = num_add(t->costs.commission, commission);
	if (rec_has(r, F_fill_arrival_price)) {
		int64_t arrival = r->fill.arrival_price;

		t->costs.slipped++;
		t->costs.slippage += micro_of(value_of(l, q, num_sub(px, arrival)));
		t->costs.arrival_value += micro_of(value_of(l, magnitude(q), arrival));
	}
	l->sum.fills++;
	l->sum.value += micro_of(value);
	t->past[t->npast++ & (PAST - 1)] =
	    (struct past){ hash(r->fill.exec_id), r->sym->id, q, px, commission };
	return apply(t, l, q, px, commission, r->ts);
}

int
perf_trades_position(struct perf_trades *t, const struct rec *r)
{
	struct live *l = live_at(t, r->sym);
	int64_t dq = num_sub(r->position.qty, l->qty);
	int64_t px = rec_has(r, F_position_mark) ? r->position.mark : l->mark;

	if (dq == 0)
		return 0;
	if (l->qty == 0 && rec_has(r, F_position_avg_price))
		px = r->position.avg_price;
	if (px == 0)
		return 0;
	if (!fits(value_of(l, dq, px)))
		return ERR_DATA;
	t->costs.adjustments++;
	return apply(t, l, dq, px, 0, r->ts);
}

static int
split(struct live *l, double ratio)
{
	int64_t qty, mark;

	if (!(ratio > 0) || !num_nano_of(num_of_nano(l->qty) * ratio, &qty) ||
	    !num_nano_of(num_of_nano(l->mark) / ratio, &mark))
		return ERR_DATA;
	if (l->pending)
		count_pending(l);
	/* the averages are for the reader; the money stays exact */
	l->in_qty = (num_i128)((double)l->in_qty * ratio);
	l->out_qty = (num_i128)((double)l->out_qty * ratio);
	num_nano_of(num_of_nano(l->max_qty) * ratio, &l->max_qty);
	l->qty = qty;
	l->mark = mark;
	return 0;
}

static void
rename_symbol(struct perf_trades *t, const struct sym *from, const struct sym *to)
{
	live_at(t, to); /* may move the table */
	struct live *a = live_at(t, from), *b = live_at(t, to);

	if (b->qty != 0 || a == b)
		return;
	struct perf_symbol keep = b->sum;

	*b = *a;
	b->sum = keep;
	a->qty = 0;
	a->pending = false;
}

int
perf_trades_corporate(struct perf_trades *t, const struct rec *ca, struct symtab *syms)
{
	struct live *l = live_at(t, ca->sym);

	if (l->qty == 0)
		return 0;
	switch (ca->corporate_action.action) {
	case W_corp_dividend:
		if (rec_has(ca, F_corporate_action_amount))
			l->cash += value_of(l, l->qty, ca->corporate_action.amount);
		return 0;
	case W_corp_split:
		return rec_has(ca, F_corporate_action_ratio) ? split(l, ca->corporate_action.ratio)
							     : 0;
	case W_corp_symbol_change: {
		const struct sym *to = rec_has(ca, F_corporate_action_new_sym)
					   ? symtab_get(syms, ca->corporate_action.new_sym)
					   : NULL;

		if (to)
			rename_symbol(t, ca->sym, to);
		return 0;
	}
	default: return 0;
	}
}

size_t
perf_trades_count(const struct perf_trades *t)
{
	return t->ntrades;
}

const struct perf_trade *
perf_trades_at(const struct perf_trades *t, size_t i)
{
	return &t->trades[i];
}

bool
perf_trades_open(const struct perf_trades *t, uint32_t sym_id, struct perf_trade *out)
{
	if (sym_id >= t->nlive || t->live[sym_id].qty == 0)
		return false;
	struct live l = t->live[sym_id];
	int64_t px = l.mark ? l.mark : average(l.in_value, l.in_qty);

	if (l.pending)
		count_pending(&l);
	see(&l, px);
	l.cash += value_of(&l, l.qty, px);
	l.out_qty += magnitude(l.qty);
	l.out_value += (num_i128)magnitude(l.qty) * px;
	describe(&l, out);
	return true;
}

uint32_t
perf_trades_symbols(const struct perf_trades *t)
{
	return (uint32_t)t->nlive;
}

const struct perf_symbol *
perf_trades_symbol(const struct perf_trades *t, uint32_t sym_id)
{
	const struct live *l = sym_id < t->nlive ? &t->live[sym_id] : NULL;

	return l && (l->sum.fills > 0 || l->sum.trades > 0 || l->qty != 0) ? &l->sum : NULL;
}

const struct perf_costs *
perf_trades_costs(const struct perf_trades *t)
{
	return &t->costs;
}
