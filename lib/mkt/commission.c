/*
 * Commissions, exactly: amounts are kept in units of 1e-20 (so that one percent of a value in
 * 1e-18 is a whole number) and rounded to 1e-6 once, half-even. Interactive Brokers' published
 * US stock schedules; the cap of one percent wins over the minimum.
 */
#include <string.h>

#include "mkt/commission.h"

#include "base/str.h"

#define E12 INT64_C(1000000000000)
#define E14 INT64_C(100000000000000)

/* one micro unit of money times one nano share, in 1e-20 units: 1e-6 * 1e-9 / 1e-20 */
#define PER_SHARE 100000
/* one micro unit of money in 1e-20 units */
#define MICRO20 ((num_i128)E14)

static const char usage[] =
    "a commission is none, ibkr-fixed, ibkr-tiered, rate:PART or per-share:USD[:MIN]";

static int
parse_per_share(const char *p, struct commission *c, struct err *e)
{
	const char *colon = strchr(p, ':');
	size_t n = colon ? (size_t)(colon - p) : strlen(p);

	c->kind = COMM_PER_SHARE;
	if (!num_micro(p, n, &c->per_unit) || c->per_unit < 0 || c->per_unit > 1000 * NUM_MICRO)
		return err_set(
		    e, ERR_USAGE, "per-share: \"%.*s\" is no amount from 0 to 1000", (int)n, p);
	if (colon && (!num_micro(colon + 1, strlen(colon + 1), &c->min) || c->min < 0))
		return err_set(e, ERR_USAGE, "per-share: \"%s\" is no minimum", colon + 1);
	return 0;
}

int
commission_parse(const char *text, struct commission *c, struct err *e)
{
	*c = (struct commission){ 0 };
	if (strcmp(text, "none") == 0) {
		c->kind = COMM_NONE;
	} else if (strcmp(text, "ibkr-fixed") == 0) {
		c->kind = COMM_IBKR_FIXED;
	} else if (strcmp(text, "ibkr-tiered") == 0) {
		c->kind = COMM_IBKR_TIERED;
	} else if (strncmp(text, "rate:", 5) == 0) {
		c->kind = COMM_RATE;
		if (!num_f64(text + 5, strlen(text + 5), &c->rate) || c->rate < 0 || c->rate > 1)
			return err_set(
			    e, ERR_USAGE, "rate: \"%s\" is no part from 0 to 1", text + 5);
	} else if (strncmp(text, "per-share:", 10) == 0) {
		return parse_per_share(text + 10, c, e);
	} else {
		return err_set(e, ERR_USAGE, "%s; not \"%s\"", usage, text);
	}
	return 0;
}

static int64_t
fit(num_i128 micro)
{
	return micro > INT64_MAX ? INT64_MAX : (int64_t)micro;
}

/* a * b / 1e21 rounded half-even, for a in 1e-18 and b in 1e-9 giving micro; no overflow */
static int64_t
rate_micro(num_i128 value, int64_t rate_nano)
{
	num_i128 q = value / NUM_NANO * rate_nano;
	num_i128 low = value % NUM_NANO * rate_nano;
	num_i128 whole, rest;

	q += low / NUM_NANO;
	low %= NUM_NANO;
	whole = q / E12;
	rest = q % E12;
	if (rest > E12 / 2 || (rest == E12 / 2 && (low > 0 || (whole & 1))))
		whole++;
	return fit(whole);
}

/* Broker part by the shares of the month: each share pays the rate of the tier it falls in. */
static num_i128
tiered(int64_t qty, int64_t month)
{
	static const struct {
		int64_t upto; /* shares a month */
		int64_t rate; /* micro a share */
	} tiers[] = {
		{ 300000, 3500 },
		{ 3000000, 2000 },
		{ 20000000, 1500 },
		{ 100000000, 1000 },
		{ INT64_MAX / NUM_NANO, 500 },
	};
	num_i128 sum = 0;

	for (size_t i = 0; qty > 0 && i < sizeof tiers / sizeof tiers[0]; i++) {
		int64_t room = tiers[i].upto * NUM_NANO - month;
		int64_t n = qty < room ? qty : room;

		if (room <= 0)
			continue;
		sum += (num_i128)n * tiers[i].rate;
		month += n;
		qty -= n;
	}
	return (sum + (num_i128)qty * 500) * PER_SHARE;
}

int64_t
commission_of(const struct commission *c, const struct instrument *in, int64_t cum_qty,
    num_i128 cum_value_nano2, int64_t month_shares)
{
	num_i128 value = cum_value_nano2 * in->multiplier, fee = 0, min = 0;

	if (value < 0)
		value = -value;
	if (cum_qty <= 0)
		return 0;
	switch (c->kind) {
	case COMM_NONE: return 0;
	case COMM_RATE: {
		int64_t rate_nano = 0;

		num_nano_of(c->rate, &rate_nano);
		return rate_micro(value, rate_nano);
	}
	case COMM_PER_SHARE:
		fee = (num_i128)cum_qty * c->per_unit * PER_SHARE;
		min = c->min * MICRO20;
		return fit(num_div_even(fee < min ? min : fee, MICRO20));
	case COMM_IBKR_FIXED:
	case COMM_IBKR_TIERED: break;
	}
	if (in->cls != INSTR_EQUITY) {
		int64_t flat = rate_micro(value, 20000); /* 0.2 basis points */

		return flat < 2 * NUM_MICRO ? 2 * NUM_MICRO : flat;
	}
	if (c->kind == COMM_IBKR_FIXED) {
		fee = (num_i128)cum_qty * 5000 * PER_SHARE;
		min = NUM_MICRO * MICRO20;
	} else {
		fee = tiered(cum_qty, month_shares);
		min = 350000 * MICRO20;
	}
	if (fee < min)
		fee = min;
	if (fee > value)
		fee = value; /* one percent of it, in 1e-20 */
	return fit(num_div_even(fee, MICRO20));
}
