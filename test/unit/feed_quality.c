/* Names of the rules, what a record breaks by itself, and the spike's median. */
#include "base/mem.h"
#include "base/rng.h"
#include "feed/check.h"
#include "feed/dirty.h"
#include "t.h"

static struct symtab *syms;

static struct rec
trade(int64_t ts, int64_t price, int64_t size)
{
	struct rec r;

	rec_init(&r, REC_trade, ts, symtab_get(syms, str_z("A")));
	rec_set(&r, F_trade_price, r.trade.price, price);
	rec_set(&r, F_trade_size, r.trade.size, size);
	return r;
}

static struct rec
bar(int64_t o, int64_t h, int64_t l, int64_t c)
{
	struct rec r;

	rec_init(&r, REC_bar, 0, symtab_get(syms, str_z("A")));
	rec_set(&r, F_bar_open, r.bar.open, o);
	rec_set(&r, F_bar_high, r.bar.high, h);
	rec_set(&r, F_bar_low, r.bar.low, l);
	rec_set(&r, F_bar_close, r.bar.close, c);
	return r;
}

static void
test_names(void)
{
	for (int q = Q_CLEAN; q < Q_NRULES; q++)
		is_i64(quality_of(str_z(quality_name((enum quality_rule)q))), q, "%s",
		    quality_name((enum quality_rule)q));
	is_i64(quality_of(str_z("no such rule")), Q_CLEAN, "an unknown mark silences nothing");
	ok(!quality_usable(Q_CROSSED) && !quality_usable(Q_TIME_BACKWARD), "unusable");
	ok(quality_usable(Q_LOCKED) && quality_usable(Q_GAP) && quality_usable(Q_CLEAN), "usable");
	struct rec r = trade(0, 5, 5);
	ok(quality_ok(&r), "a clean trade may move prices");
	dirty_set_mark(&r, Q_LOCKED);
	ok(quality_ok(&r) && dirty_mark(&r) == Q_LOCKED, "a suspect one too");
	dirty_set_mark(&r, Q_ZERO_PRICE);
	ok(!quality_ok(&r), "an unusable one not");
}

static void
test_alone(void)
{
	static const struct {
		int64_t o, h, l, c;
		uint32_t want;
	} bars[] = {
		{ 2, 3, 1, 2, 0 },
		{ 2, 2, 2, 2, 0 },
		{ 2, 1, 3, 2, Q_BIT(Q_HIGH_LT_LOW) },
		{ 4, 3, 1, 2, Q_BIT(Q_HIGH_LT_LOW) },
		{ 2, 3, 1, 4, Q_BIT(Q_HIGH_LT_LOW) },
		{ 2, 3, 2, 1, Q_BIT(Q_HIGH_LT_LOW) },
		{ 0, 3, 0, 1, Q_BIT(Q_ZERO_PRICE) },
		{ 2, 3, -1, 1, Q_BIT(Q_NEGATIVE_PRICE) },
	};
	struct rec r;

	for (size_t i = 0; i < sizeof bars / sizeof *bars; i++) {
		r = bar(bars[i].o, bars[i].h, bars[i].l, bars[i].c);
		is_i64(quality_alone(&r), bars[i].want, "bar %zu", i);
	}
	r = bar(2, 3, 1, 2);
	rec_set(&r, F_bar_volume, r.bar.volume, -1);
	is_i64(quality_alone(&r), Q_BIT(Q_NONPOSITIVE_SIZE), "a volume below 0");
	r.bar.volume = 0;
	is_i64(quality_alone(&r), 0, "no volume is no fault");
	r = trade(0, 0, 0);
	is_i64(quality_alone(&r), Q_BIT(Q_ZERO_PRICE) | Q_BIT(Q_NONPOSITIVE_SIZE),
	    "a trade of nothing");
}

static int
by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The rule as check.h has it, by sorting: what check_record says of 20,000 prices. */
static void
test_spikes(uint64_t seed, double vol, int64_t window)
{
	enum { N = 20000 };
	struct check_opts o = { .spike_factor = 6, .spike_floor = 0.002, .spike_window = window };
	struct check *c = check_new(&o);
	double *moves = mem_array(N, sizeof *moves), *sorted = mem_array(N, sizeof *sorted);
	double x = num_log(1e11), level = 0, odd = 0;
	struct rng g;
	size_t n = 0;
	int found = 0, wrong = 0;

	rng_seed(&g, seed);
	for (int i = 0; i < N; i++) {
		double bad = rng_below(&g, 50) == 0 ? 0.2 * rng_normal(&g) : 0, p, m, limit = 0.002;
		bool is = false;

		x += vol * rng_normal(&g) + (rng_below(&g, 500) == 0 ? 0.1 : 0);
		struct rec r = trade(i, (int64_t)num_exp(x + bad), 1);
		p = (double)r.trade.price;
		if (level > 0 && p != level) {
			size_t k = n < (size_t)window ? n : (size_t)window;

			m = fabs(num_log(p / level));
			if (k >= SPIKE_WARMUP) {
				memcpy(sorted, moves + n - k, k * sizeof *sorted);
				qsort(sorted, k, sizeof *sorted, by_size);
				limit = fmax(limit, 6 * sorted[k / 2]);
				is = m > limit && !(odd > 0 && fabs(num_log(p / odd)) <= limit);
				if (m > limit && !is)
					m = fabs(num_log(p / odd));
			}
			if (m > 0)
				moves[n++] = m;
		}
		odd = is ? p : 0;
		level = is ? level : p;
		found += is;
		wrong += (check_record(c, &r, false) == Q_SPIKE) != is;
	}
	ok(wrong == 0 && found > 50, "seed %d: %d spikes, %d judged otherwise", (int)seed, found,
	    wrong);
	check_free(c);
	free(moves);
	free(sorted);
}

int
main(void)
{
	syms = symtab_new();
	test_names();
	test_alone();
	test_spikes(1, 0.001, 100);
	test_spikes(2, 0.0001, 7);
	test_spikes(3, 0.01, 64);
	symtab_free(syms);
	return done_testing();
}
