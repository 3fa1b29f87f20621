/*
 * The set `micro`: the microstructure that a bar carries: bid, ask, spread, buy_volume and
 * sell_volume, vwap, count (bar-agg writes them), else volume and range alone. What a bar
 * does not carry leaves its columns absent. Formulas in feat-sets(7); sources:
 *
 *	vpin     Easley, Lopez de Prado & O'Hara, Review of Financial Studies 25, 2012; buys and
 *	         sells as the bars have them, not from the bulk classification of the paper
 *	kyle     Kyle, Econometrica 53, 1985: the slope of returns on signed volume
 *	amihud   Amihud, Journal of Financial Markets 5, 2002
 *	roll     Roll, Journal of Finance 39, 1984
 *	cs       Corwin & Schultz, Journal of Finance 67, 2012, with their correction for
 *	         overnight moves and negative estimates set to 0
 */
#include <stdlib.h>

#include "feat/roll.h"
#include "feat/set.h"
#include "feat/setargs.h"
#include "feat/vol.h"

#include "base/mem.h"
#include "base/num.h"

enum { SPREAD, SPREAD_MEAN, SIGNED, FLOW, VPIN, KYLE, AMIHUD, ROLL, CS, VWAP, TRADE_SIZE, COLUMNS };

struct params {
	int window, buckets;
	double bucket, per_bucket;
};

#define ARG(kind, name, field, lo, hi) \
	{ \
		kind, name, offsetof(struct params, field), lo, hi, NULL \
	}

/* clang-format off */
static const struct setarg micro_args[] = {
	ARG(SETARG_INT, "window", window, 3, 100000),
	ARG(SETARG_INT, "buckets", buckets, 1, 100000),
	ARG(SETARG_F64, "bucket", bucket, 1e-9, 1e30),
	ARG(SETARG_F64, "bars_per_bucket", per_bucket, 0.01, 1e5),
	{ SETARG_END, NULL, 0, 0, 0, NULL },
};
/* clang-format on */

/* Volume in buckets of a size; the size is fixed, or so many times the mean volume of the bars
 * before the bucket begins. */
struct vpin {
	double size;      /* of the bucket that is being filled; 0: not known yet */
	double buy, sell; /* in it */
	struct roll_sum off, all;
	bool full;
};

struct micro {
	double prev_close, prev_high, prev_low, prev_ret;
	double usual; /* mean volume of the last bars */
	struct roll_sum spread, buys, sells, volume, amihud, traded, cs, size;
	struct roll_cov impact, pairs;
	struct vpin vpin;
};

struct state {
	struct micro *m; /* one block, from start to stop */
};

static void
micro_close(struct feat_set *s)
{
	free(s->params);
}

static int
micro_open(struct feat_set *s, const char *args, struct err *e)
{
	struct params *p = s->params = mem_alloc(sizeof *p);
	int rc;

	*p = (struct params){ .window = 20, .buckets = 50, .per_bucket = 1 };
	if ((rc = setargs_parse(micro_args, p, "micro", args, e)) < 0)
		return rc;
	s->state_size = sizeof(struct state);
	feat_set_add(s, "spread_rel");
	feat_set_add(s, "spread_rel_%d", p->window);
	feat_set_add(s, "signed_volume_ratio");
	feat_set_add(s, "ofi_%d", p->window);
	feat_set_add(s, "vpin_%d", p->buckets);
	feat_set_add(s, "kyle_%d", p->window);
	feat_set_add(s, "amihud_%d", p->window);
	feat_set_add(s, "roll_%d", p->window);
	feat_set_add(s, "cs_spread_%d", p->window);
	feat_set_add(s, "vwap_dist");
	feat_set_add(s, "trade_size_%d", p->window);
	return 0;
}

static struct micro *
lay_out(const struct params *p, struct roll_mem *mem)
{
	struct micro dry = { 0 }, *m = roll_take(mem, 1, sizeof *m), *x = m ? m : &dry;
	size_t d = (size_t)p->window;

	x->usual = x->prev_close = x->prev_high = x->prev_low = x->prev_ret = NAN;
	roll_sum_init(&x->spread, d, mem);
	roll_sum_init(&x->buys, d, mem);
	roll_sum_init(&x->sells, d, mem);
	roll_sum_init(&x->amihud, d, mem);
	roll_sum_init(&x->traded, d, mem);
	roll_sum_init(&x->cs, d, mem);
	roll_sum_init(&x->size, d, mem);
	roll_sum_init(&x->volume, d, mem);
	roll_cov_init(&x->impact, d, mem);
	roll_cov_init(&x->pairs, d, mem);
	roll_sum_init(&x->vpin.off, (size_t)p->buckets, mem);
	roll_sum_init(&x->vpin.all, (size_t)p->buckets, mem);
	return m;
}

static void
micro_start(const struct feat_set *s, void *state)
{
	struct state *st = state;
	struct roll_mem m = { 0 };

	lay_out(s->params, &m);
	m = (struct roll_mem){ mem_alloc(m.n), 0 };
	st->m = lay_out(s->params, &m);
}

static void
micro_stop(const struct feat_set *s, void *state)
{
	struct state *st = state;

	(void)s;
	free(st->m);
	st->m = NULL;
}

/* ---- the columns ---- */

static double
relative_spread(const struct feat_bar *b)
{
	double mid = 0.5 * (b->bid + b->ask);

	if (mid > 0)
		return (b->ask - b->bid) / mid;
	return b->close > 0 ? b->spread / b->close : NAN;
}

/* One bucket is full. */
static void
bucket_end(struct vpin *v)
{
	roll_sum_push(&v->off, fabs(v->buy - v->sell));
	v->full = roll_sum_push(&v->all, v->size);
	v->buy = v->sell = v->size = 0;
}

/*
 * A bar fills one bucket or several, each with the bar's own mix. `usual` is the mean volume of
 * the bars before. Of a bar of many more buckets than VPIN looks at a whole number is left out.
 */
static double
vpin_push(const struct params *p, struct vpin *v, double buy, double sell, double usual)
{
	double left = buy + sell, part = left > 0 ? buy / left : 0;
	double size = p->bucket > 0 ? p->bucket : p->per_bucket * usual;

	if (!(size > 0) || roll_bad(left) || buy < 0 || sell < 0)
		return NAN;
	if (left > size * (p->buckets + 2.0))
		left = size * (p->buckets + 1.0) + fmod(left, size);
	while (left > 0) {
		v->size = v->size > 0 ? v->size : size;
		double room = fmax(v->size - v->buy - v->sell, 0), take = fmin(left, room);

		v->buy += take * part;
		v->sell += take * (1 - part);
		if (left >= room)
			bucket_end(v);
		left -= take;
	}
	return v->full ? v->off.sum / v->all.sum : NAN;
}

/*
 * High and low of this bar and the one before, of which the latter's close may lie outside this
 * bar's range: the range is then moved to it (their section II.C). b: sum of the two squared log
 * ranges; g: that of both bars together.
 */
static double
corwin_schultz(const struct micro *m, const struct feat_bar *b)
{
	const double k = 0.171572875253809902397; /* 3 - 2 sqrt(2) */
	double h = b->high, l = b->low, move = 0;

	if (m->prev_close < l)
		move = m->prev_close - l;
	else if (m->prev_close > h)
		move = m->prev_close - h;
	h += move;
	l += move;
	double r0 = vol_log_ratio(m->prev_high, m->prev_low), r1 = vol_log_ratio(h, l);
	double r = vol_log_ratio(fmax(h, m->prev_high), fmin(l, m->prev_low));
	double beta = r0 * r0 + r1 * r1, gamma = r * r;
	double alpha = (sqrt(2 * beta) - sqrt(beta)) / k - sqrt(gamma / k);

	if (roll_bad(alpha))
		return NAN;
	if (alpha <= 0)
		return 0;
	double ea = num_exp(alpha);
	return 2 * (ea - 1) / (1 + ea);
}

static void
quotes(struct micro *m, const struct params *p, const struct feat_bar *b, double *out)
{
	out[SPREAD] = relative_spread(b);
	if (roll_sum_push(&m->spread, out[SPREAD]))
		out[SPREAD_MEAN] = m->spread.sum / p->window;
}

static void
flow(struct micro *m, const struct params *p, const struct feat_bar *b, double ret, double *out)
{
	double buy = b->buy_volume, sell = b->sell_volume, net = buy - sell;
	bool full = roll_sum_push(&m->buys, buy);

	out[SIGNED] = net / (buy + sell);
	if (roll_sum_push(&m->sells, sell) && full)
		out[FLOW] = (m->buys.sum - m->sells.sum) / (m->buys.sum + m->sells.sum);
	if (roll_cov_push(&m->impact, net, ret) &&
	    !roll_flat(m->impact.w.mx, m->impact.w.xx, m->impact.at.d))
		out[KYLE] = m->impact.w.xy / m->impact.w.xx;
	/* the mean of the bars before, this one not among them */
	out[VPIN] = vpin_push(p, &m->vpin, buy, sell, m->usual);
	m->usual = roll_sum_push(&m->volume, buy + sell) ? m->volume.sum / p->window : NAN;
}

/* Bars without volume count neither as liquid nor as illiquid. */
static void
illiquidity(struct micro *m, const struct feat_bar *b, double ret, double *out)
{
	double value = b->close * b->volume;
	bool traded = value > 0;
	bool full = roll_sum_push(&m->amihud, traded ? fabs(ret) / value : 0 * value);

	if (roll_sum_push(&m->traded, roll_bad(value) ? NAN : traded) && full)
		out[AMIHUD] = 1e6 * m->amihud.sum / m->traded.sum;
}

static void
bounce(struct micro *m, const struct params *p, const struct feat_bar *b, double ret, double *out)
{
	if (roll_cov_push(&m->pairs, ret, m->prev_ret) && m->pairs.w.xy <= 0)
		out[ROLL] = 2 * sqrt((0 - m->pairs.w.xy) / (p->window - 1));
	if (roll_sum_push(&m->cs, corwin_schultz(m, b)))
		out[CS] = m->cs.sum / p->window;
}

static void
micro_push(const struct feat_set *s, void *state, const struct feat_bar *b, double *out)
{
	struct micro *m = ((struct state *)state)->m;
	const struct params *p = s->params;
	double ret = vol_log_ratio(b->close, m->prev_close), size = b->volume / b->count;

	for (size_t i = 0; i < COLUMNS; i++)
		out[i] = NAN;
	quotes(m, p, b, out);
	flow(m, p, b, ret, out);
	illiquidity(m, b, ret, out);
	bounce(m, p, b, ret, out);
	out[VWAP] = b->vwap > 0 ? b->close / b->vwap - 1 : NAN;
	if (roll_sum_push(&m->size, size))
		out[TRADE_SIZE] = size / (m->size.sum / p->window);
	m->prev_close = b->close;
	m->prev_high = b->high;
	m->prev_low = b->low;
	m->prev_ret = ret;
	for (size_t i = 0; i < COLUMNS; i++)
		if (roll_bad(out[i]))
			out[i] = NAN;
}

const struct feat_set_kind feat_set_micro = {
	.name = "micro",
	.about = "spreads, order flow, price impact and illiquidity",
	.open = micro_open,
	.start = micro_start,
	.push = micro_push,
	.stop = micro_stop,
	.close = micro_close,
};
