#include "bars/flow.h"

#include <string.h>

#define SPAN_DEFAULT 20
#define TICKS_DEFAULT 100

static int
parse_ewma(const char *p, struct flow_conf *c, struct err *e)
{
	const char *colon = strchr(p, ':');
	size_t n = colon ? (size_t)(colon - p) : strlen(p);

	if (!num_i64(p, n, &c->span) || c->span < 1 || c->span > 100000)
		return err_set(e, ERR_USAGE, "--threshold: the span of ewma is 1 to 100000 bars");
	if (colon && (!num_i64(colon + 1, strlen(colon + 1), &c->ticks) || c->ticks < 1 ||
			 c->ticks > 1000000000))
		return err_set(
		    e, ERR_USAGE, "--threshold: the first bar of ewma has 1 to 1000000000 ticks");
	return 0;
}

int
flow_conf_parse(const char *threshold, struct flow_conf *c, struct err *e)
{
	int64_t nano;

	c->span = SPAN_DEFAULT;
	c->ticks = TICKS_DEFAULT;
	c->adaptive = strncmp(threshold, "ewma", 4) == 0;
	if (c->adaptive && threshold[4] == ':')
		return parse_ewma(threshold + 5, c, e);
	if (c->adaptive && !threshold[4])
		return 0;
	if (c->adaptive || !num_nano(threshold, strlen(threshold), &nano) || nano <= 0)
		return err_set(e, ERR_USAGE,
		    "--threshold: \"%s\" is neither a number above 0 nor ewma[:SPAN[:TICKS]]",
		    threshold);
	if (c->unit == FLOW_TICK)
		c->threshold = ((num_i128)nano + NUM_NANO - 1) / NUM_NANO;
	else
		c->threshold = c->unit == FLOW_VOLUME ? nano : (num_i128)nano * NUM_NANO;
	return 0;
}

static void
learn(double *mean, double x, bool first, double alpha)
{
	*mean = first ? x : *mean + alpha * (x - *mean);
}

static double
clamp(double x, double lo, double hi)
{
	return x < lo ? lo : x > hi ? hi : x;
}

static void
bar_done(const struct flow_conf *c, struct flow_state *s)
{
	double alpha = 2.0 / ((double)c->span + 1.0), ticks = (double)c->ticks, n = (double)s->n;
	bool first = s->bars == 0;

	learn(&s->e_n, n, first, alpha);
	s->e_n = clamp(s->e_n, ticks / 10, ticks * 10);
	learn(&s->e_bv, (double)s->sum / n, first, alpha);
	learn(&s->e_p, (double)s->nbuys / n, first, alpha);
	if (s->nbuys)
		learn(&s->e_buy, (double)s->buys / (double)s->nbuys, s->e_buy <= 0, alpha);
	if (s->nsells)
		learn(&s->e_sell, (double)s->sells / (double)s->nsells, s->e_sell <= 0, alpha);
	s->bars++;
	flow_drop(s);
}

static bool
adaptive_done(const struct flow_conf *c, const struct flow_state *s)
{
	double theta, want;

	if (s->bars == 0)
		return s->n >= c->ticks;
	if (s->n < c->ticks / 10)
		return false;
	if (c->runs) {
		double buy = s->e_p * s->e_buy, sell = (1.0 - s->e_p) * s->e_sell;

		theta = (double)(s->buys > s->sells ? s->buys : s->sells);
		want = s->e_n * (buy > sell ? buy : sell);
	} else {
		theta = (double)(s->sum < 0 ? -s->sum : s->sum);
		want = s->e_n * (s->e_bv < 0 ? -s->e_bv : s->e_bv);
	}
	return theta >= want;
}

static bool
fixed_done(const struct flow_conf *c, const struct flow_state *s)
{
	return (s->sum < 0 ? -s->sum : s->sum) >= c->threshold;
}

bool
flow_add(const struct flow_conf *c, struct flow_state *s, int sign, int64_t size, num_i128 value)
{
	num_i128 v = c->unit == FLOW_TICK ? 1 : c->unit == FLOW_VOLUME ? size : value;

	s->n++;
	if (sign > 0) {
		s->nbuys++;
		s->buys += v;
	} else if (sign < 0) {
		s->nsells++;
		s->sells += v;
	}
	if (c->runs && !c->adaptive && sign && sign != s->side) {
		s->side = sign;
		s->sum = 0;
	}
	s->sum += sign * v;
	if (!c->adaptive) {
		if (!fixed_done(c, s))
			return false;
		flow_drop(s);
		return true;
	}
	if (!adaptive_done(c, s))
		return false;
	bar_done(c, s);
	return true;
}

void
flow_drop(struct flow_state *s)
{
	s->n = 0;
	s->side = 0;
	s->sum = s->buys = s->sells = 0;
	s->nbuys = s->nsells = 0;
}
