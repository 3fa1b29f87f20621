/* The value of a quantity at a price: the quick ways give what the division of all bits gives. */
#include "base/rng.h"
#include "risk/risk.h"
#include "t.h"

/* qty * price * mult / 1e12 by magnitudes, half-even, from the definition. */
static bool
slowly(num_i128 qty, int64_t price, int64_t mult, num_i128 *micro)
{
	const unsigned __int128 unit = 1000000000000;
	bool neg = (qty < 0) != (price < 0);
	unsigned __int128 q = qty < 0 ? -(unsigned __int128)qty : (unsigned __int128)qty;
	unsigned __int128 p = price < 0 ? -(unsigned __int128)price : (unsigned __int128)price, v;

	if (__builtin_mul_overflow(q, p, &v) ||
	    __builtin_mul_overflow(v, (unsigned __int128)mult, &v) || v >> 127)
		return false;
	unsigned __int128 n = v / unit, rest = v % unit;
	n += rest > unit / 2 || (rest == unit / 2 && (n & 1));
	*micro = neg ? -(num_i128)n : (num_i128)n;
	return n <= INT64_MAX;
}

static int64_t
any_size(struct rng *g)
{
	int64_t v = (int64_t)(rng_u64(g) >> (1 + rng_below(g, 62)));

	return rng_below(g, 2) ? v : -v;
}

static size_t
differences(size_t n)
{
	static const int64_t mults[] = { 1, 1, 5, 50, 1000, 12500000 };
	struct rng g;
	size_t bad = 0;

	rng_seed(&g, 11);
	for (size_t i = 0; i < n; i++) {
		num_i128 qty = any_size(&g), a = 0, b = 0;
		int64_t price = any_size(&g), mult = mults[rng_below(&g, 6)];

		if (rng_below(&g, 4) == 0)
			qty *= 1 + (num_i128)rng_below(&g, 1000000);
		if (rng_below(&g, 3) == 0) { /* exactly between two */
			qty = (num_i128)(1 + 2 * rng_below(&g, 1000000)) * 500000;
			price = 1000000;
		}
		bool fits = risk_value(qty, price, mult, &a);
		bad += fits != slowly(qty, price, mult, &b) || (fits && a != b);
	}
	return bad;
}

int
main(void)
{
	num_i128 v = 7;

	is_i64((int64_t)differences(300000), 0, "300,000 values of all sizes, halves among them");
	ok(risk_value(0, INT64_MAX, INT64_MAX, &v) && v == 0, "nothing is worth nothing");
	ok(risk_value(INT64_MAX, 1000000000000, 1, &v) && v == INT64_MAX, "the largest value");
	ok(!risk_value((num_i128)INT64_MAX + 1, 1000000000000, 1, &v), "and one too large");
	ok(risk_value(-INT64_MAX, 1000000000000, 1, &v) && v == -INT64_MAX, "the smallest");
	ok(!risk_value((num_i128)1 << 100, INT64_MAX, INT64_MAX, &v), "no product of 128 bits");
	return done_testing();
}
