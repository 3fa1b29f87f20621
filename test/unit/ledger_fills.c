/* The books against vectors/execution/fills_pnl.csv, and against a ledger that adds up anew. */
#include "base/buf.h"
#include "base/err.h"
#include "base/rng.h"
#include "io/out.h"
#include "ledger/ledger.h"
#include "t.h"

#define M NUM_MICRO
#define N NUM_NANO

static struct symtab *syms;

static const struct sym *
sym(const char *name)
{
	return symtab_get(syms, str_z(name));
}

static int64_t
cell(const char *row, int col, bool (*read)(const char *, size_t, int64_t *))
{
	int64_t v = 0;

	while (col-- > 0)
		row = strchr(row, ',') + 1;
	ok(read(row, strcspn(row, ",\n"), &v), "a number");
	return v;
}

static void
vectors(void)
{
	struct ledger *l = ledger_new(100000 * M);
	const struct sym *s = sym("AAPL");
	struct ledger_totals t;
	struct buf b = { 0 };
	struct err e;
	int64_t fifo = 0;

	if (!ok(io_file_read(t_data("ibkr-exec/fills_pnl.csv"), 1 << 20, &b, &e) == 0, "vectors"))
		return;
	for (char *row = strchr(buf_z(&b), '\n') + 1; *row; row = strchr(row, '\n') + 1) {
		int64_t qty = cell(row, 3, num_nano), px = cell(row, 4, num_nano), gain;
		const struct ledger_pos *p;

		if (strncmp(strchr(strchr(row, ',') + 1, ',') + 1, "SELL", 4) == 0)
			qty = -qty;
		ok(ledger_fill(l, s, qty, px, cell(row, 5, num_micro), 1, &gain), "fill");
		p = ledger_pos(l, s);
		is_i64(p->qty, cell(row, 6, num_nano), "position");
		is_i64(p->fifo_realized - fifo, cell(row, 7, num_micro), "FIFO");
		is_i64(gain, cell(row, 8, num_micro), "average cost");
		/* the file has six decimals */
		ok(llabs(ledger_avg_price(p) - cell(row, 9, num_nano)) <= 500, "average price");
		fifo = p->fifo_realized;
	}
	ledger_mark(l, s, 181 * N);
	ledger_totals_now(l, &t);
	is_i64(t.realized, 470 * M, "470.00 gross");
	is_i64(fifo, 470 * M, "both ways");
	is_i64(t.commission, 6 * M, "6.00 commission");
	is_i64(ledger_pos(l, s)->qty, 20 * N, "20 shares left");
	is_i64(ledger_avg_price(ledger_pos(l, s)), 181 * N, "at 181.00");
	is_i64(t.equity, 100464 * M, "equity");
	ledger_free(l);
	buf_free(&b);
}

/* What the sums must be, from the positions alone. */
static void
check_sums(struct ledger *l, int64_t cash, const char *what)
{
	num_i128 net = 0, gross = 0, cost = 0;
	struct ledger_totals t;
	int64_t realized = 0;

	for (uint32_t i = 0; i < ledger_count(l); i++) {
		const struct ledger_pos *p = ledger_at(l, i);
		num_i128 v = (num_i128)p->qty * p->mark * p->mult;
		int64_t lots = 0, qty, px;

		net += v;
		gross += v < 0 ? -v : v;
		cost += p->cost * p->mult;
		realized += p->realized;
		for (uint32_t k = 0; ledger_lot(l, p->sym, k, &qty, &px); k++)
			lots += qty;
		if (lots != p->qty)
			is_i64(lots, p->qty, "%s: lots add up", what);
	}
	ledger_totals_now(l, &t);
	is_i64(t.net,
	    (int64_t)num_div_even(net + ((num_i128)1 << 120), 1000000000000) -
		(int64_t)num_div_even((num_i128)1 << 120, 1000000000000),
	    "%s: net", what);
	is_f64((double)t.gross, (double)gross / 1e12, 1, "%s: gross", what);
	is_f64((double)t.unrealized, (double)(net - cost) / 1e12, 1, "%s: unrealized", what);
	is_i64(t.realized, realized, "%s: realized", what);
	is_i64(t.cash, cash, "%s: cash", what);
	is_i64(t.equity, t.cash + t.net, "%s: equity", what);
	ok(t.peak_equity >= t.equity && t.drawdown <= 0, "%s: peak", what);
}

static void
at_random(void)
{
	static const char *const names[] = { "A", "B", "C", "EURUSD.OANDA", "ES-202403.CME" };
	static const int64_t mult[] = { 1, 1, 1, 1, 50 };
	struct ledger *l = ledger_new(1000000 * M);
	int64_t cash = 1000000 * M;
	struct rng r;

	rng_seed(&r, 7);
	for (int i = 0; i < 20000; i++) {
		unsigned k = (unsigned)rng_below(&r, 5);
		const struct sym *s = sym(names[k]);
		int64_t px = (int64_t)rng_below(&r, 5000) * 37000000 + 1000000, qty, value, fee;

		if (rng_below(&r, 3)) {
			ledger_mark(l, s, px);
		} else {
			qty = ((int64_t)rng_below(&r, 401) - 200) * (N / 4);
			fee = (int64_t)rng_below(&r, 3000000);
			ok(num_notional(px, qty * mult[k], &value) || qty == 0, "fits");
			ledger_fill(l, s, qty, px, fee, mult[k], NULL);
			cash -= (qty ? value : 0) + fee;
		}
		if (i % 400 == 0)
			check_sums(l, cash, "at random");
	}
	for (uint32_t i = 0; i < ledger_count(l); i++) {
		const struct ledger_pos *p = ledger_at(l, i);

		num_notional(p->mark, p->qty * p->mult, &cash);
		ledger_fill(l, p->sym, -p->qty, p->mark, 0, p->mult, NULL);
		is_i64((int64_t)p->cost, 0, "flat costs nothing");
		is_i64(ledger_avg_price(p), 0, "and has no average price");
		is_i64(ledger_unrealized(p), 0, "nor an unrealized part");
		ok(llabs(p->realized - p->fifo_realized) < 20000,
		    "both methods gain the same in the end");
	}
	ledger_free(l);
}

static void
splits(void)
{
	struct ledger *l = ledger_new(1000 * M);
	const struct sym *a = sym("SPL"), *b = sym("NEW");
	const struct ledger_pos *p;
	int64_t qty, px;

	ledger_fill(l, a, 3 * N, 100 * N, 0, 1, NULL);
	ledger_fill(l, a, 4 * N, 107 * N, 0, 1, NULL);
	ledger_mark(l, a, 110 * N);
	ok(ledger_split(l, a, 1.5, N), "3:2");
	p = ledger_pos(l, a);
	is_i64(p->qty, 10 * N, "seven become ten and a half, paid out");
	is_i64(p->mark, 73333333333, "mark by ratio");
	is_i64(ledger_equity(l), 1000 * M - 300 * M - 428 * M + 770 * M, "equity stays");
	check_sums(l, 1000 * M - 728 * M + 36666667, "split");
	ok(!ledger_split(l, a, 0, N) && !ledger_split(l, a, -1, N), "no such ratio");
	ledger_changed_clear(l);
	ledger_rename(l, a, b);
	is_i64(ledger_pos(l, b)->qty, 10 * N, "renamed");
	is_i64(ledger_pos(l, a)->qty, 0, "nothing left behind");
	is_i64(ledger_changed_count(l), 2, "both changed");
	ok(ledger_changed_at(l, 0) == ledger_pos(l, b), "the new name first");
	ok(ledger_lot(l, b, 0, &qty, &px) && qty == 4 * N,
	    "first lot, half a share of it paid out");
	check_sums(l, 1000 * M - 728 * M + 36666667, "renamed");
	ledger_fill(l, a, -2 * N, 50 * N, 0, 1, NULL);
	ledger_rename(l, a, b);
	is_i64(ledger_pos(l, b)->qty, 8 * N, "renamed onto a position");
	check_sums(l, 1000 * M - 728 * M + 36666667 + 100 * M, "merged");
	ledger_rename(l, sym("NEVER"), b);
	ledger_free(l);
}

static void
limits(void)
{
	struct ledger *l = ledger_new(1000 * M);
	const struct sym *a = sym("BIG");
	struct ledger_totals t;

	ok(!ledger_fill(l, a, INT64_MAX, INT64_MAX, 0, 1, NULL), "what does not fit is refused");
	ok(!ledger_fill(l, a, INT64_MIN, 1, 0, 1, NULL), "also downward");
	ok(!ledger_fill(l, a, N, N, INT64_MIN, 1, NULL), "and by its commission");
	is_i64(ledger_cash_now(l), 1000 * M, "and nothing changed");
	ok(ledger_fill(l, a, INT64_MAX / 2, 1, 0, 1, NULL), "a very large quantity of nothing");
	ledger_mark(l, a, INT64_MAX);
	is_i64(ledger_pos(l, a)->mark, 1, "an impossible mark is not taken");
	ok(!ledger_fill(l, a, INT64_MAX / 2 + 2, 1, 0, 1, NULL), "quantity beyond 64 bits");
	ledger_free(l);

	l = ledger_new(100 * M);
	ledger_fill(l, a, N, 100 * N, 0, 1, NULL);
	ledger_mark(l, a, 50 * N);
	ledger_totals_now(l, &t);
	is_f64(t.drawdown, -0.5, 0, "drawdown against the start");
	is_f64(t.leverage, 1, 0, "leverage");
	is_i64(ledger_peak(l), 100 * M, "peak");
	ledger_cash(l, -50 * M);
	ledger_totals_now(l, &t);
	is_f64(t.leverage, 0, 0, "no leverage without equity");
	is_f64(t.drawdown, -1, 0, "all lost");
	is_i64(ledger_gross(l), 50 * M, "gross");
	is_i64(ledger_net(l), 50 * M, "net");
	ledger_free(l);
	ledger_free(NULL);
}

int
main(void)
{
	syms = symtab_new();
	vectors();
	at_random();
	splits();
	limits();
	symtab_free(syms);
	return done_testing();
}
