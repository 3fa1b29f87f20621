#include "mkt/quality.h"

static const struct {
	const char *name;
	bool usable;
} rules[Q_NRULES] = {
	[Q_CLEAN] = { "clean", true },
	[Q_NEGATIVE_PRICE] = { "negative_price", false },
	[Q_ZERO_PRICE] = { "zero_price", false },
	[Q_NONPOSITIVE_SIZE] = { "nonpositive_size", false },
	[Q_HIGH_LT_LOW] = { "high_lt_low", false },
	[Q_CROSSED] = { "crossed", false },
	[Q_TIME_BACKWARD] = { "time_backward", false },
	[Q_LOCKED] = { "locked", true },
	[Q_SPIKE] = { "spike", true },
	[Q_DUPLICATE] = { "duplicate", true },
	[Q_GAP] = { "gap", true },
};

const char *
quality_name(enum quality_rule q)
{
	return (unsigned)q < Q_NRULES ? rules[q].name : rules[Q_CLEAN].name;
}

/* Text that names no rule is Q_CLEAN: a mark we do not know must not silence market data. */
enum quality_rule
quality_of(struct str name)
{
	for (int q = Q_CLEAN; q < Q_NRULES; q++)
		if (str_eqz(name, rules[q].name))
			return (enum quality_rule)q;
	return Q_CLEAN;
}

bool
quality_usable(enum quality_rule q)
{
	return (unsigned)q >= Q_NRULES || rules[q].usable;
}

static uint32_t
price_rules(int64_t lowest, bool any_zero)
{
	return (lowest < 0 ? Q_BIT(Q_NEGATIVE_PRICE) : 0) | (any_zero ? Q_BIT(Q_ZERO_PRICE) : 0);
}

static uint32_t
quote_rules(const struct rec *r)
{
	const struct rec_quote *q = &r->quote;
	int64_t low = q->bid < q->ask ? q->bid : q->ask;
	uint32_t m = price_rules(low, q->bid == 0 || q->ask == 0);

	if ((rec_has(r, F_quote_bid_size) && q->bid_size < 0) ||
	    (rec_has(r, F_quote_ask_size) && q->ask_size < 0))
		m |= Q_BIT(Q_NONPOSITIVE_SIZE);
	if (q->bid > q->ask)
		m |= Q_BIT(Q_CROSSED);
	if (q->bid == q->ask)
		m |= Q_BIT(Q_LOCKED);
	return m;
}

static uint32_t
bar_rules(const struct rec *r)
{
	const struct rec_bar *b = &r->bar;
	int64_t bottom = b->open < b->close ? b->open : b->close;
	int64_t top = b->open < b->close ? b->close : b->open;
	int64_t low = b->low < bottom ? b->low : bottom;
	uint32_t m = price_rules(b->high < low ? b->high : low,
	    b->open == 0 || b->high == 0 || b->low == 0 || b->close == 0);

	if (b->high < top || b->low > bottom || b->high < b->low)
		m |= Q_BIT(Q_HIGH_LT_LOW);
	if (rec_has(r, F_bar_volume) && b->volume < 0)
		m |= Q_BIT(Q_NONPOSITIVE_SIZE);
	return m;
}

uint32_t
quality_alone(const struct rec *r)
{
	if (r->type == REC_trade)
		return price_rules(r->trade.price, r->trade.price == 0) |
		       (r->trade.size <= 0 ? Q_BIT(Q_NONPOSITIVE_SIZE) : 0);
	if (r->type == REC_quote)
		return quote_rules(r);
	if (r->type == REC_bar)
		return bar_rules(r);
	return 0;
}
