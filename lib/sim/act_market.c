/* Actions on connectivity, instruments and orders. */
#include <string.h>

#include "sim/act.h"

/* ---- connectivity ---- */

static bool
is_data(const struct sub *u)
{
	return u->in && u->kind != SUB_PNL_SINGLE;
}

/* Every subscription to data dies: dropped, or kept without ever saying anything more. */
static void
end_data(struct sim *s, bool keep)
{
	for (size_t i = 0; i < s->nconn; i++)
		for (struct sub *u = s->conn[i]->subs, *next; u; u = next) {
			next = u->cnext;
			if (!is_data(u))
				continue;
			if (keep)
				u->dead = true;
			else
				sub_free(u);
		}
}

static bool
act_lost(struct act *a)
{
	if (a->dry)
		return true;
	a->s->f.lost = true;
	conn_error_all(
	    a->s, 1100, "Connectivity between IBKR and Trader Workstation has been lost.");
	return true;
}

static bool
act_restored(struct act *a)
{
	bool lost = act_is(a, 1, "lost"), dead = act_is(a, 1, "dead");

	if (!lost && !dead && !act_is(a, 1, "kept"))
		return act_bad(a, "kept, lost or dead");
	if (a->dry)
		return true;
	a->s->f.lost = false;
	if (lost || dead)
		end_data(a->s, dead);
	if (lost)
		conn_error_all(a->s, 1101,
		    "Connectivity between IBKR and Trader Workstation has been restored - data "
		    "lost.");
	else
		conn_error_all(a->s, 1102,
		    "Connectivity between IBKR and Trader Workstation has been restored - data "
		    "maintained.");
	return true;
}

static bool
act_farm(struct act *a)
{
	bool down = act_is(a, 1, "down"), dead = act_is(a, 1, "up-dead");

	if (!down && !dead && !act_is(a, 1, "up"))
		return act_bad(a, "down, up or up-dead");
	if (a->dry)
		return true;
	a->s->f.farm_down = down;
	if (dead)
		end_data(a->s, true);
	conn_error_all(a->s, down ? 2103 : 2104,
	    down ? "Market data farm connection is broken:usfarm"
		 : "Market data farm connection is OK:usfarm");
	return true;
}

/* ---- instruments ---- */

/* The one named at word i, or with `all` every one: fn for each. */
static bool
insts(struct act *a, size_t i, void (*fn)(struct act *a, struct inst *in))
{
	if (!act_has(a, i))
		return act_bad(a, "a symbol, or all");
	if (!act_is(a, i, "all")) {
		struct inst *in = inst_find(a->s, a->l->word[i]);

		if (!in) {
			err_set(a->e, ERR_USAGE, "%.*s: no symbol '%.*s' in the data",
			    STR_FMT(a->l->word[0]), STR_FMT(a->l->word[i]));
			return false;
		}
		if (!a->dry)
			fn(a, in);
		return true;
	}
	for (size_t k = 0; k < a->s->ninst && !a->dry; k++)
		if (a->s->inst[k])
			fn(a, a->s->inst[k]);
	return true;
}

static void
set_flag(struct act *a, struct inst *in)
{
	if (act_is(a, 0, "stale") || act_is(a, 0, "fresh"))
		in->stale = act_is(a, 0, "stale");
	else if (act_is(a, 0, "missing") || act_is(a, 0, "present"))
		in->missing = act_is(a, 0, "missing");
	else
		in->locate = true;
}

static bool
act_flag(struct act *a)
{
	return insts(a, 1, set_flag);
}

static void
found(struct act *a, struct inst *in)
{
	in->locate = false;
	orders_located(a->s, in);
}

static bool
act_located(struct act *a)
{
	return insts(a, 1, found);
}

static void
halt(struct act *a, struct inst *in)
{
	in->halted = act_is(a, 0, "resume") ? 0 : act_is(a, 2, "volatility") ? 2 : 1;
	data_halt(a->s, in);
}

static bool
act_halt(struct act *a)
{
	if (act_has(a, 2) && !act_is(a, 2, "volatility"))
		return act_bad(a, "a symbol, or a symbol and volatility");
	return insts(a, 1, halt);
}

static void
set_data(struct act *a, struct inst *in)
{
	int64_t code = 0;

	act_int(a, 3, &code);
	in->data = act_is(a, 2, "refuse")    ? DATA_REFUSED
		   : act_is(a, 2, "delayed") ? DATA_DELAYED
					     : DATA_OK;
	in->data_code = code;
	for (struct sub *u = in->subs; u && in->data == DATA_REFUSED; u = u->inext) {
		bool delayed;

		if (!u->dead && is_data(u))
			data_allowed(a->s, u->c, u->id, in, &delayed);
		u->dead = true;
	}
}

static bool
act_data(struct act *a)
{
	int64_t code;

	if (!(act_is(a, 2, "ok") || act_is(a, 2, "delayed") || act_is(a, 2, "refuse")) ||
	    (act_has(a, 3) && !act_int(a, 3, &code)))
		return act_bad(a, "SYM|all, then ok, delayed or refuse [CODE]");
	return insts(a, 1, set_data);
}

static void
set_contract(struct act *a, struct inst *in)
{
	in->ambiguous = act_is(a, 2, "ambiguous");
	in->unknown = act_is(a, 2, "unknown");
}

static bool
act_contract(struct act *a)
{
	if (!act_is(a, 2, "ambiguous") && !act_is(a, 2, "unknown") && !act_is(a, 2, "ok"))
		return act_bad(a, "SYM|all, then ambiguous, unknown or ok");
	return insts(a, 1, set_contract);
}

static void
keep_up(struct act *a, struct inst *in)
{
	in->keep_stopped = act_is(a, 1, "stop");
}

static bool
act_keep_up(struct act *a)
{
	if (!act_is(a, 1, "stop") && !act_is(a, 1, "go"))
		return act_bad(a, "stop or go, then SYM|all");
	return insts(a, 2, keep_up);
}

static bool
act_history(struct act *a)
{
	static const char *const words[] = { "normal", "empty", "pacing", "silent" };

	for (int i = 0; i < 4; i++)
		if (act_is(a, 1, words[i])) {
			if (!a->dry)
				a->s->f.history = (enum hist_mode)i;
			return true;
		}
	return act_bad(a, "normal, empty, pacing or silent");
}

static void
inject(struct act *a, struct inst *in)
{
	struct rec r;
	int64_t x = 0, y = 0, nx = 100 * NUM_NANO, ny = 100 * NUM_NANO;
	bool quote = act_is(a, 0, "quote");

	act_nano(a, 2, &x);
	act_nano(a, 3, &y);
	if (act_has(a, 5)) {
		act_nano(a, 4, &nx);
		act_nano(a, 5, &ny);
	}
	rec_init(&r, quote ? REC_quote : REC_trade, a->s->now, in->sym);
	if (quote) {
		rec_set(&r, F_quote_bid, r.quote.bid, x);
		rec_set(&r, F_quote_ask, r.quote.ask, y);
		rec_set(&r, F_quote_bid_size, r.quote.bid_size, nx);
		rec_set(&r, F_quote_ask_size, r.quote.ask_size, ny);
	} else {
		rec_set(&r, F_trade_price, r.trade.price, x);
		rec_set(&r, F_trade_size, r.trade.size, y);
	}
	sim_record(a->s, &r);
}

static bool
act_inject(struct act *a)
{
	int64_t v;

	if (!act_nano(a, 2, &v) || !act_nano(a, 3, &v) ||
	    (act_has(a, 4) && !(act_nano(a, 4, &v) && act_nano(a, 5, &v))))
		return act_bad(a,
		    act_is(a, 0, "quote") ? "SYM BID ASK [BID-SIZE ASK-SIZE]" : "SYM PRICE SIZE");
	return insts(a, 1, inject);
}

/* ---- orders ---- */

static const struct {
	const char *word;
	enum say_when how;
} says[] = { { "normal", SAY_NORMAL }, { "missing", SAY_MISSING }, { "duplicate", SAY_DUPLICATE },
	{ "late", SAY_LATE }, { "early", SAY_EARLY }, { "first", SAY_FIRST },
	{ "zero", SAY_ZERO } };

static bool
act_say(struct act *a)
{
	bool status = act_is(a, 0, "status");
	int64_t span = 0;

	for (size_t i = 0; i < sizeof says / sizeof says[0]; i++) {
		if (!act_is(a, 1, says[i].word) ||
		    (says[i].how == SAY_LATE && !act_span(a, 2, &span)) ||
		    (!status && says[i].how > SAY_EARLY) ||
		    (!status && says[i].how == SAY_DUPLICATE) ||
		    (status && says[i].how == SAY_EARLY))
			continue;
		if (!a->dry && status) {
			a->s->f.status = says[i].how;
			a->s->f.status_span = span;
		} else if (!a->dry) {
			a->s->f.commission = says[i].how;
			a->s->f.commission_span = span;
		}
		return true;
	}
	return act_bad(a, status ? "normal, missing, duplicate, late SPAN, first or zero"
				 : "normal, missing, late SPAN or early");
}

/* `it`: the order of the message or fill; a number: the newest order with this id. */
static struct sim_order *
which_order(struct act *a, size_t i)
{
	int64_t id;

	if (act_is(a, i, "it"))
		return a->c->order;
	if (!act_int(a, i, &id))
		return NULL;
	for (size_t k = a->s->norders; k-- > 0;)
		if (a->s->orders[k]->order_id == id)
			return a->s->orders[k];
	return NULL;
}

static bool
is_order(const struct act *a, size_t i)
{
	int64_t id;

	return act_is(a, i, "it") || act_is(a, i, "all") || act_int(a, i, &id);
}

static bool
act_fill(struct act *a)
{
	int64_t qty = 0, px = 0;
	size_t n = a->s->norders;

	if (!is_order(a, 1) || (act_has(a, 2) && !act_nano(a, 2, &qty)) ||
	    (act_has(a, 3) && !act_nano(a, 3, &px)))
		return act_bad(a, "it, all or an order id, then [QTY [PRICE]]");
	if (a->dry)
		return true;
	for (size_t i = 0; i < n && act_is(a, 1, "all"); i++)
		order_force(a->s, a->s->orders[i], qty, px);
	if (!act_is(a, 1, "all") && which_order(a, 1))
		order_force(a->s, which_order(a, 1), qty, px);
	return true;
}

static bool
act_cancel(struct act *a)
{
	struct sim_order *o;
	size_t n = a->s->norders;

	if (!is_order(a, 1))
		return act_bad(a, "it, all or an order id");
	if (a->dry)
		return true;
	for (size_t i = 0; i < n && act_is(a, 1, "all"); i++)
		order_cancel(a->s, a->s->orders[i]);
	o = act_is(a, 1, "all") ? NULL : which_order(a, 1);
	if (o)
		order_cancel(a->s, o);
	return true;
}

static bool
act_correct(struct act *a)
{
	int64_t nth = 0, px = 0, qty = 0;
	bool bust = act_is(a, 0, "bust");

	if (!(act_is(a, 1, "last") || (act_int(a, 1, &nth) && nth >= 1)) ||
	    (!bust && !(act_nano(a, 2, &px) && px > 0)) || (act_has(a, 3) && !act_nano(a, 3, &qty)))
		return act_bad(a, bust ? "last, or the number of a fill"
				       : "last or the number of a fill, then PRICE [QTY]");
	if (a->dry)
		return true;
	if (!exec_correct(a->s, (uint64_t)nth, px, qty, bust)) {
		err_set(a->e, ERR_DATA, "there is no such fill");
		return false;
	}
	return true;
}

static void
manual(struct act *a, struct inst *in)
{
	int64_t qty = 0, limit = 0;

	act_nano(a, 2, &qty);
	act_nano(a, 4, &limit);
	order_manual(a->s, in, act_is(a, 1, "buy"), qty, limit);
}

static bool
act_manual(struct act *a)
{
	int64_t v;

	if (!(act_is(a, 1, "buy") || act_is(a, 1, "sell")) || !act_nano(a, 2, &v) || v <= 0 ||
	    (act_has(a, 4) && !act_nano(a, 4, &v)))
		return act_bad(a, "buy|sell QTY SYM [LIMIT]");
	return insts(a, 3, manual);
}

const struct action act_market[] = {
	{ "lost", act_lost },
	{ "restored", act_restored },
	{ "farm", act_farm },
	{ "stale", act_flag },
	{ "fresh", act_flag },
	{ "missing", act_flag },
	{ "present", act_flag },
	{ "locate", act_flag },
	{ "located", act_located },
	{ "halt", act_halt },
	{ "resume", act_halt },
	{ "data", act_data },
	{ "contract", act_contract },
	{ "keep-up", act_keep_up },
	{ "history", act_history },
	{ "quote", act_inject },
	{ "trade", act_inject },
	{ "status", act_say },
	{ "commission", act_say },
	{ "fill", act_fill },
	{ "cancel", act_cancel },
	{ "correct", act_correct },
	{ "bust", act_correct },
	{ "manual", act_manual },
	{ NULL, NULL },
};
