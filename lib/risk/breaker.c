/*
 * Breakers: rules that watch the account, not an order. A tripped one is latched with its numbers
 * until it is re-armed by hand; the state of the gate is the worst of what is latched.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/tim.h"
#include "risk/risk.h"

const char *
risk_state_name(enum risk_state s)
{
	static const char *const names[] = { "active", "reducing", "halted" };

	return names[s];
}

int
risk_alert(struct risk *k, uint8_t severity, const char *rule, const char *text, uint8_t action,
    const double *value_limit)
{
	struct rec r;

	rec_init(&r, REC_alert, k->now, NULL);
	rec_set(&r, F_alert_severity, r.alert.severity, severity);
	rec_set(&r, F_alert_rule, r.alert.rule, str_z(rule));
	rec_set(&r, F_alert_text, r.alert.text, str_z(text));
	if (value_limit && isfinite(value_limit[0]) && isfinite(value_limit[1])) {
		rec_set(&r, F_alert_value, r.alert.value, num_shown(value_limit[0]));
		rec_set(&r, F_alert_limit, r.alert.limit, num_shown(value_limit[1]));
	}
	if (action)
		rec_set(&r, F_alert_action, r.alert.action, action);
	return k->emit(k->arg, &r);
}

/* ---- cancelling what is working ---- */
struct closing {
	num_i128 buys, sells;
};

struct doomed {
	struct risk *k;
	struct closing *kept; /* by symbol id: what stays working */
	size_t nkept;
	struct buf ids; /* NUL-separated */
	const struct sym **syms;
	size_t n, cap;
};

static bool
flattens(const struct rec *order)
{
	return rec_has(order, F_order_strategy) && str_eqz(order->order.strategy, RISK_FLATTEN) &&
	       order->order.ord_type == W_ord_market;
}

struct flattening {
	const struct sym *sym;
	num_i128 sum;
};

static void
add_flattening(void *arg, const struct rec *order, int64_t leaves)
{
	struct flattening *f = arg;

	if (order->sym == f->sym && flattens(order))
		f->sum += order->order.side == W_side_buy ? leaves : -leaves;
}

num_i128
risk_flattening(const struct risk *k, const struct sym *sym)
{
	struct flattening f = { sym, 0 };

	account_each_order(k->account, add_flattening, &f);
	return f.sum;
}

/* An order that, with those kept before it, can only close stays while reducing; a halt leaves
 * only what flattens. A bracket's children fill one for the other, so each counts for itself. */
static bool
stays(struct doomed *d, const struct rec *order, int64_t leaves)
{
	const struct ledger_pos *p = ledger_pos(account_ledger(d->k->account), order->sym);
	struct closing *c = MEM_AT(d->kept, d->nkept, order->sym->id);
	bool buy = order->order.side == W_side_buy;
	num_i128 *kept = buy ? &c->buys : &c->sells, pos = p ? p->qty : 0;

	if (d->k->state != RISK_REDUCING && !flattens(order))
		return false;
	if (leaves + *kept > (buy ? -pos : pos))
		return false;
	if (!rec_has(order, F_order_parent_id))
		*kept += leaves;
	return true;
}

static void
collect(void *arg, const struct rec *order, int64_t leaves)
{
	struct doomed *d = arg;

	if (stays(d, order, leaves))
		return;
	*MEM_AT(d->syms, d->cap, d->n) = order->sym;
	d->n++;
	buf_put(&d->ids, order->order.cl_ord_id.p, order->order.cl_ord_id.n);
	buf_putc(&d->ids, '\0');
}

static int
cancel_working(struct risk *k)
{
	struct doomed d = { .k = k };
	int rc = 0;

	account_each_order(k->account, collect, &d);
	const char *id = d.ids.p;
	for (size_t i = 0; i < d.n && rc == 0; i++, id += strlen(id) + 1) {
		struct rec r;
		rec_init(&r, REC_cancel, k->now, d.syms[i]);
		rec_set(&r, F_cancel_cl_ord_id, r.cancel.cl_ord_id, str_z(id));
		rc = k->emit(k->arg, &r);
		if (rc == 0)
			rc = account_push(k->account, &r);
	}
	buf_free(&d.ids);
	free(d.syms);
	free(d.kept);
	return rc;
}

/* ---- latching ---- */
static bool
latched(const struct risk *k, const char *rule)
{
	for (size_t i = 0; i < k->nlatches; i++)
		if (!strcmp(k->latches[i].rule, rule))
			return true;
	return false;
}

static bool
latch(struct risk *k, const struct risk_latch *l)
{
	for (size_t i = 0; i < k->nlatches; i++) {
		struct risk_latch *o = &k->latches[i];
		if (strcmp(o->rule, l->rule) != 0)
			continue;
		if (o->state >= l->state)
			return false;
		*o = *l;
		return true;
	}
	/* Full: the last place holds the newest, and the state never falls, nor at a restart. */
	enum risk_state least = l->state;
	if (k->nlatches < RISK_LATCHES)
		k->nlatches++;
	else if (k->latches[RISK_LATCHES - 1].state > least)
		least = k->latches[RISK_LATCHES - 1].state;
	k->latches[k->nlatches - 1] = *l;
	k->latches[k->nlatches - 1].state = least;
	return true;
}

int
risk_trip(struct risk *k, const struct risk_latch *l, bool tell)
{
	int rc = 0;

	if (!latch(k, l))
		return 0;
	if (l->state > k->state)
		k->state = l->state;
	k->dirty = true;
	if (tell)
		rc = risk_alert(k, W_sev_critical, l->rule, l->text,
		    l->state == RISK_HALTED ? W_act_halt : W_act_reduce,
		    (const double[]){ l->value, l->limit });
	return rc ? rc : cancel_working(k);
}

static int
trip(struct risk *k, const char *rule, enum limit_key action_key, double value, double limit,
    const char *text)
{
	struct risk_latch l = { .ts = k->now, .value = value, .limit = limit };
	int64_t action = W_act_halt;

	if (latched(k, rule))
		return 0;
	limits_all_i64(&k->limits, action_key, &action);
	l.state = action == W_act_reduce ? RISK_REDUCING : RISK_HALTED;
	snprintf(l.rule, sizeof l.rule, "%s", rule);
	snprintf(l.text, sizeof l.text, "%s", text);
	return risk_trip(k, &l, true);
}

/* ---- warnings ---- */
/* Whether this is the moment to warn. used: part of the limit, NaN counts as all of it. */
static bool
crossed(struct risk *k, bool *warned, double used)
{
	if (k->limits.warn_at <= 0)
		return false;
	if (used < k->limits.warn_again)
		*warned = false;
	if (*warned || used < k->limits.warn_at)
		return false;
	*warned = true;
	return true;
}

static int
warn(struct risk *k, enum risk_warn w, const char *rule, double value, double limit)
{
	char text[120];

	if (!crossed(k, &k->warned[w], limit > 0 ? value / limit : value > 0))
		return 0;
	snprintf(text, sizeof text, "%s is at %.0f %% of its limit", rule, value / limit * 100);
	return risk_alert(k, W_sev_warn, rule, limit > 0 ? text : "the limit is 0", W_act_warn,
	    (const double[]){ value, limit });
}

int
risk_warn_orders(struct risk *k)
{
	int64_t max, window = 0;
	int rc = 0;

	if (limits_all_i64(&k->limits, L_max_order_rate, &max) &&
	    limits_all_i64(&k->limits, L_rate_window, &window))
		rc = warn(k, WARN_ORDER_RATE, "order_rate",
		    (double)risk_sent_count(k, k->now, window), (double)max);
	if (rc == 0 && limits_all_i64(&k->limits, L_max_open_orders, &max))
		rc = warn(k, WARN_OPEN_ORDERS, "open_orders",
		    (double)account_open_count(k->account), (double)max);
	return rc;
}

struct limit_pair {
	enum limit_key abs_key, pct_key;
};

/* The tighter of an amount and a percentage of `of`; false when there is neither. */
static bool
tighter_limit(const struct risk *k, struct limit_pair p, double of, double *limit)
{
	int64_t max;
	double pct;
	bool any = false;

	*limit = INFINITY;
	if (limits_all_i64(&k->limits, p.abs_key, &max)) {
		*limit = num_of_micro(max);
		any = true;
	}
	if (limits_all_f64(&k->limits, p.pct_key, &pct)) {
		double part = of > 0 ? of * pct / 100 : 0;
		*limit = part < *limit ? part : *limit;
		any = true;
	}
	return any;
}

static int
warn_exposure(struct risk *k, const struct ledger_totals *t)
{
	double equity = num_of_micro(t->equity), limit;
	int rc = 0;

	if (tighter_limit(k, (struct limit_pair){ L_max_gross, L_max_gross_pct }, equity, &limit))
		rc = warn(k, WARN_GROSS, "gross", num_of_micro(t->gross), limit);
	if (rc == 0 &&
	    tighter_limit(k, (struct limit_pair){ L_max_net, L_max_net_pct }, equity, &limit))
		rc = warn(k, WARN_NET, "net", fabs(num_of_micro(t->net)), limit);
	if (rc == 0 && limits_all_f64(&k->limits, L_max_leverage, &limit))
		rc = warn(k, WARN_LEVERAGE, "leverage", t->leverage, limit);
	return rc;
}

/* How much of its limits a position uses: the largest of the three. */
static double
position_use(struct risk *k, const struct ledger_pos *p, double equity)
{
	struct str none = { NULL, 0 };
	double qty = fabs(num_of_nano(p->qty)), used = 0, pct;
	num_i128 value = 0;
	int64_t max;

	if (p->qty == 0)
		return 0;
	if (!risk_value(p->qty, p->mark, p->mult, &value))
		return 1;
	double worth = fabs((double)value / 1e6);
	if (limits_i64(&k->limits, L_max_position_qty, p->sym, none, &max))
		used = fmax(used, qty / num_of_nano(max));
	if (limits_i64(&k->limits, L_max_position_notional, p->sym, none, &max))
		used = fmax(used, worth / num_of_micro(max));
	if (limits_f64(&k->limits, L_max_position_equity_pct, p->sym, none, &pct))
		used = fmax(used, worth / (equity * pct / 100));
	return used;
}

static int
warn_positions(struct risk *k, const struct ledger_totals *t)
{
	struct ledger *l = account_ledger(k->account);

	for (uint32_t i = 0; i < ledger_count(l); i++) {
		const struct ledger_pos *p = ledger_at(l, i);
		double used = position_use(k, p, num_of_micro(t->equity));
		char text[120];

		if (!crossed(k, MEM_AT(k->warned_pos, k->nwarned_pos, p->sym->id), used))
			continue;
		snprintf(text, sizeof text, "the position in %s is at %.0f %% of its limit",
		    p->sym->name, used * 100);
		int rc = risk_alert(k, W_sev_warn, "position", text, W_act_warn,
		    (const double[]){ used * 100, 100 });
		if (rc)
			return rc;
	}
	return 0;
}

/* ---- the day and the peak ---- */
static void
risk_base(struct risk *k, int64_t equity)
{
	k->peak = k->day_equity = k->last_equity = equity;
	k->day = INT64_MIN;
	k->based = true;
	k->dirty = true;
}

/* A watermark at the very start of a day still belongs to the day before: it closes its bars. */
static void
roll_day(struct risk *k, int64_t ts)
{
	int64_t start = 0;

	limits_all_i64(&k->limits, L_day_start, &start);
	int64_t day = tim_day(ts - 1 - start);
	if (day <= k->day)
		return;
	if (k->day != INT64_MIN)
		k->day_equity = k->last_equity;
	k->day = day;
	k->dirty = true;
}

static int
watch_daily_loss(struct risk *k, int64_t equity)
{
	double began = num_of_micro(k->day_equity), limit;
	double loss = began - num_of_micro(equity);

	if (!tighter_limit(
		k, (struct limit_pair){ L_max_daily_loss, L_max_daily_loss_pct }, began, &limit))
		return 0;
	if (!(loss < limit) && loss > 0)
		return trip(k, "daily_loss", L_daily_loss_action, loss, limit,
		    "the day's loss has reached its limit");
	return warn(k, WARN_DAILY_LOSS, "daily_loss", loss, limit);
}

static int
watch_drawdown(struct risk *k, int64_t equity)
{
	double peak = num_of_micro(k->peak), limit;

	if (!limits_all_f64(&k->limits, L_max_drawdown_pct, &limit))
		return 0;
	double fall = peak > 0 ? (1 - num_of_micro(equity) / peak) * 100 : 100;
	if (!(fall < limit) && fall > 0)
		return trip(k, "drawdown", L_drawdown_action, fall, limit,
		    "equity has fallen too far from its peak");
	return warn(k, WARN_DRAWDOWN, "drawdown", fall, limit);
}

int
risk_evaluate(struct risk *k, int64_t ts, const int64_t *equity)
{
	struct ledger *l = account_ledger(k->account);
	int64_t now = equity ? *equity : ledger_equity(l);

	if (!k->based)
		risk_base(k, now);
	if (k->day_equity == INT64_MIN) /* re-armed: the day begins again here */
		k->day_equity = now;
	roll_day(k, ts);
	if (now > k->peak) {
		k->peak = now;
		k->dirty = true;
	}
	int rc = k->watch_losses ? watch_daily_loss(k, now) : 0;
	if (rc == 0 && k->watch_losses)
		rc = watch_drawdown(k, now);
	if (rc == 0 && (k->watch_exposure || k->watch_positions)) {
		struct ledger_totals t;

		ledger_totals_now(l, &t);
		t.equity = now;
		rc = warn_exposure(k, &t);
		if (rc == 0 && k->watch_positions)
			rc = warn_positions(k, &t);
	}
	k->last_equity = now;
	return rc;
}
