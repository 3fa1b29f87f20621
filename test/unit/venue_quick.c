/* What is counted quickly is what the plain way counts: hashes of ids, sums, values of orders. */
#include "base/num.h"
#include "base/rng.h"
#include "ledger/ledger.h"
#include "risk/risk.h"
#include "t.h"
#include "venue/venue.h"

#define ROUNDS 200000

static struct rng rng;

/* Of any magnitude; often an end of the range, or of few digits, so that halves are met. */
static int64_t
any_amount(void)
{
	int64_t v = (int64_t)(rng_u64(&rng) >> rng_below(&rng, 64));

	switch (rng_below(&rng, 12)) {
	case 0: return INT64_MAX;
	case 1: return INT64_MIN;
	case 2: return 0;
	case 3:
	case 4: return v / 1000000 * 1000000;
	case 5:
	case 6: return v / 1000000 * 1000000 + (v < INT64_MAX - 1000000 ? 500000 : 0);
	default: return rng_below(&rng, 2) ? v : -(v & INT64_MAX);
	}
}

static int64_t
held(num_i128 v)
{
	return v > INT64_MAX ? INT64_MAX : v < -INT64_MAX ? -INT64_MAX : (int64_t)v;
}

static void
test_sums(void)
{
	int bad = 0;

	for (int i = 0; i < ROUNDS; i++) {
		int64_t a = any_amount(), b = any_amount();

		bad += num_add(a, b) != held((num_i128)a + b);
		bad += num_sub(a, b) != held((num_i128)a - b);
	}
	is_i64(bad, 0, "sums and differences hold at the ends");
}

static bool
plain_value(num_i128 qty, int64_t price, int64_t mult, num_i128 *micro)
{
	num_i128 v;

	*micro = 0;
	if (__builtin_mul_overflow(qty, (num_i128)price, &v) ||
	    __builtin_mul_overflow(v, (num_i128)mult, &v))
		return false;
	*micro = num_div_even(v, (num_i128)1000000000000);
	return *micro <= INT64_MAX && *micro >= -INT64_MAX;
}

static void
test_values(void)
{
	int bad = 0, halves = 0;

	for (int i = 0; i < ROUNDS; i++) {
		int64_t px = any_amount(), qty = any_amount(), quick = 0, plain = 0;
		int64_t mult = rng_below(&rng, 3) ? 1 : 1 + (int64_t)rng_below(&rng, 1000000000);
		num_i128 wide = rng_below(&rng, 2) ? (num_i128)qty : (num_i128)qty + px, v, w;
		num_i128 rest = (num_i128)px * qty % 1000000000000;

		halves += rest == 500000000000 || rest == -500000000000;
		bad += num_notional(px, qty, &plain) != ledger_notional(px, qty, &quick) ||
		       plain != quick;
		bad += plain_value(wide, px, mult, &v) != risk_value(wide, px, mult, &w) || v != w;
	}
	is_i64(bad, 0, "values of orders, and which do not fit");
	ok(halves > 100, "halves were among them");
}

/* Ids that share beginnings, are one another's beginning, are empty, hold NUL or are long. */
static void
test_hashes(void)
{
	static struct account a;
	static char id[80];
	int bad = 0;

	for (int i = 0; i < ROUNDS; i++) {
		size_t n = rng_below(&rng, sizeof id), from = rng_below(&rng, sizeof id);
		uint64_t qa, qb, pa, pb;

		for (size_t k = from; k < sizeof id && rng_below(&rng, 4); k++)
			id[k] = "ab\0\xff"[rng_below(&rng, 4)];
		order_id_hash(&a, (struct str){ id, n }, &qa, &qb);
		order_hash((struct str){ id, n }, &pa, &pb);
		bad += qa != pa || qb != pb;
	}
	is_i64(bad, 0, "an id's hash does not depend on the id before");
}

int
main(void)
{
	rng_seed(&rng, 20130305);
	test_sums();
	test_values();
	test_hashes();
	return done_testing();
}
