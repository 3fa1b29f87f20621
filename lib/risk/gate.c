#include "risk/gate.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/tim.h"
#include "io/out.h"

#define LIMITS_MAX (4u << 20)
#define STATE_MAX (64u << 20)

static const struct opt gate_options[] = {
	{ .kind = OPT_STR,
	    .letter = 'l',
	    .name = "limits",
	    .arg = "FILE",
	    .help = "what is allowed, limits(5); required",
	    .off = OPT_OFF(struct gate, limits_file) },
	{ .kind = OPT_STR,
	    .name = "state",
	    .arg = "FILE",
	    .help = "keep halts, peak and shadow account here, over restarts",
	    .off = OPT_OFF(struct gate, state_file) },
	{ .kind = OPT_STR,
	    .name = "rearm",
	    .arg = "'NAME: REASON'",
	    .help = "let a tripped rule of the state file go; the reason is logged",
	    .off = OPT_OFF(struct gate, rearm) },
	{ .kind = OPT_FLAG,
	    .name = "show-account",
	    .help = "write the shadow account's position and portfolio, marked assumed",
	    .off = OPT_OFF(struct gate, show_account) },
	{ .kind = OPT_GROUP, .group = account_options, .off = OPT_OFF(struct gate, account_opts) },
	{ .kind = OPT_END },
};

/* The shadow account speaks: its positions and portfolio are guesses and say so; its fills and
 * order states are nobody's business. */
static int
gate_account_out(void *arg, const struct rec *r)
{
	struct gate *g = arg;
	struct rec out;

	if (g->follow || !g->show_account)
		return 0;
	rec_edit(&out, r);
	if (r->type == REC_position)
		rec_set(&out, F_position_assumed, out.position.assumed, true);
	else if (r->type == REC_portfolio)
		rec_set(&out, F_portfolio_assumed, out.portfolio.assumed, true);
	else
		return 0;
	return stage_emit(&g->base, &out);
}

static int
gate_engine_out(void *arg, const struct rec *r)
{
	struct gate *g = arg;

	return stage_emit(&g->base, r);
}

static int
save_state(struct gate *g)
{
	struct buf b = { 0 };

	if (!g->state_file)
		return 0;
	risk_save(&g->risk, g->follow, &b);
	int rc = io_state_write(g->state_file, &b, g->base.env->err);
	buf_free(&b);
	if (rc)
		return rc;
	g->risk.dirty = false;
	g->saved_now = g->risk.now;
	return 0;
}

static void
warn_small_pct(void *arg, const char *scope, const char *key, double pct)
{
	struct gate *g = arg;
	char t[NUM_MAX], share[NUM_MAX];
	char *end = num_put_f64(t, pct), *share_end = num_put_f64(share, num_shown(pct * 100));

	stage_note(&g->base, 1,
	    "%s: %s%s %.*s means %.*s of one percent; if a part of 1 was meant, write %.*s",
	    g->limits_file, scope, key, (int)(end - t), t, (int)(end - t), t,
	    (int)(share_end - share), share);
}

static int
read_limits(struct gate *g)
{
	struct err *e = g->base.env->err;
	struct buf b = { 0 };

	if (!g->limits_file)
		return stage_fail(&g->base, ERR_USAGE,
		    "--limits is missing: say what is allowed "
		    "(see examples/limits.json)");
	int rc = io_file_read(g->limits_file, LIMITS_MAX, &b, e);
	if (rc == 0)
		rc = limits_parse(
		    &g->risk.limits, g->base.env->syms, g->limits_file, b.p ? b.p : "", b.len, e);
	buf_free(&b);
	if (rc == 0)
		limits_small_pcts(&g->risk.limits, warn_small_pct, g);
	g->risk.watch_positions = limits_any(&g->risk.limits, L_max_position_qty) ||
				  limits_any(&g->risk.limits, L_max_position_notional) ||
				  limits_any(&g->risk.limits, L_max_position_equity_pct);
	g->risk.watch_losses = limits_any(&g->risk.limits, L_max_daily_loss) ||
			       limits_any(&g->risk.limits, L_max_daily_loss_pct) ||
			       limits_any(&g->risk.limits, L_max_drawdown_pct);
	g->risk.watch_exposure = limits_any(&g->risk.limits, L_max_gross) ||
				 limits_any(&g->risk.limits, L_max_gross_pct) ||
				 limits_any(&g->risk.limits, L_max_net) ||
				 limits_any(&g->risk.limits, L_max_net_pct) ||
				 limits_any(&g->risk.limits, L_max_leverage);
	return rc;
}

static void
start_following(struct gate *g)
{
	if (g->follow)
		return;
	g->follow = true;
	account_follow(g->risk.account);
}

static int
read_state(struct gate *g)
{
	struct err *e = g->base.env->err;
	struct buf b = { 0 };
	bool follow = false;
	int rc = 0;

	if (!g->state_file) {
		if (g->rearm)
			return stage_fail(&g->base, ERR_USAGE, "--rearm needs --state");
		return 0;
	}
	bool there = access(g->state_file, F_OK) == 0 || errno != ENOENT;
	if (there)
		rc = io_state_read(g->state_file, STATE_MAX, &b, e);
	if (rc == 0 && there)
		rc = risk_load(&g->risk, &follow, b.p ? b.p : "", b.len, e);
	if (rc)
		err_wrap(e, "state file %s", g->state_file);
	buf_free(&b);
	if (follow)
		start_following(g);
	if (rc == 0 && g->rearm)
		rc = risk_rearm(&g->risk, g->rearm, e);
	return rc ? rc : save_state(g); /* an unwritable file is found out now, not at the halt */
}

static int
gate_open(struct stage *st)
{
	struct gate *g = (struct gate *)st;

	g->wm = g->risk.now = TIM_NONE;
	g->risk.emit = gate_engine_out;
	g->risk.arg = g;
	int rc = read_limits(g);
	if (rc)
		return rc;
	g->risk.account = account_new(&g->account_opts, st->env->syms,
	    g->show_account ? gate_account_out : NULL, g, st->env->err);
	if (!g->risk.account)
		return st->env->err->code;
	return read_state(g);
}

/* A restart into a halt, or a re-arming, is told as soon as there is a time to put on it. */
static int
greet(struct gate *g, int64_t ts)
{
	struct risk *k = &g->risk;
	char words[400];
	int rc = 0;

	g->greeted = true;
	if (k->now == TIM_NONE)
		k->now = ts;
	if (k->rearmed[0])
		rc = risk_alert(k, W_sev_warn, "rearm", k->rearmed, 0, NULL);
	for (size_t i = 0; i < k->nlatches && rc == 0; i++) {
		const struct risk_latch *l = &k->latches[i];
		snprintf(words, sizeof words, "still in force after a restart: %s", l->text);
		rc = risk_alert(k, W_sev_critical, l->rule, words,
		    l->state == RISK_HALTED ? W_act_halt : W_act_reduce, NULL);
	}
	return rc;
}

/* ---- the account ---- */
static int
evaluate(struct gate *g, int64_t ts, const int64_t *equity)
{
	size_t latched = g->risk.nlatches;
	enum risk_state was = g->risk.state;
	int rc = risk_evaluate(&g->risk, ts, equity);

	if (rc == 0 && (g->risk.nlatches != latched || g->risk.state != was))
		rc = save_state(g);
	return rc;
}

static int
consume(struct gate *g, const struct rec *r)
{
	switch (r->type) {
	case REC_target: return gate_target(g, r);
	case REC_order: return gate_order(g, r);
	case REC_cancel: return gate_cancel(g, r);
	case REC_replace: return gate_replace(g, r);
	default: return stage_fail(&g->base, ERR_FAIL, "a record that cannot be held was held");
	}
}

/* The portfolio of a looped watermark is there: now decide, on all that came meanwhile. */
static int
gate_resume(struct gate *g, int64_t equity)
{
	int rc = evaluate(g, g->wm, &equity);

	g->waiting = false;
	for (size_t i = 0; i < g->held.n && rc == 0; i++)
		rc = consume(g, &g->held.v[i].r);
	keep_clear(&g->held);
	return rc ? rc : gate_end_batch(g);
}

static bool
is_assumed(const struct rec *r)
{
	return (r->type == REC_portfolio && rec_has(r, F_portfolio_assumed) &&
		   r->portfolio.assumed) ||
	       (r->type == REC_position && rec_has(r, F_position_assumed) && r->position.assumed);
}

/* In the state that this run continues from already. */
static bool
repeats(struct gate *g, const struct rec *r)
{
	return g->state_file && account_repeats(g->risk.account, r);
}

/* What the executor says happened. It wins over the shadow account from its first word on. */
static int
gate_account(struct gate *g, const struct rec *r)
{
	int rc = stage_emit(&g->base, r);

	if (rc || is_assumed(r) || repeats(g, r))
		return rc;
	start_following(g);
	account_take(g->risk.account, r);
	g->risk.dirty = true;
	if (r->type != REC_portfolio)
		return 0;
	if (r->ts > g->risk.now)
		g->risk.now = r->ts;
	if (!g->waiting)
		return evaluate(g, r->ts, &r->portfolio.equity);
	return r->ts == g->wm ? gate_resume(g, r->portfolio.equity) : 0;
}

/* ---- alerts that command ---- */
static int
gate_alert(struct gate *g, const struct rec *r)
{
	struct risk_latch l = { .ts = r->ts, .value = NAN, .limit = NAN };
	int rc = stage_emit(&g->base, r);
	uint8_t act = rec_has(r, F_alert_action) ? r->alert.action : 0;

	if (rc || act == 0 || act == W_act_warn)
		return rc;
	if (r->ts > g->risk.now)
		g->risk.now = r->ts;
	l.state = act == W_act_reduce ? RISK_REDUCING : RISK_HALTED;
	snprintf(l.rule, sizeof l.rule, "%.*s", STR_FMT(str_cut(r->alert.rule, sizeof l.rule - 1)));
	if (rec_has(r, F_alert_text))
		snprintf(l.text, sizeof l.text, "%.*s",
		    STR_FMT(str_cut(r->alert.text, sizeof l.text - 1)));
	rc = risk_trip(&g->risk, &l, false);
	if (rc == 0 && act == W_act_flatten)
		rc = gate_flatten(g);
	return rc ? rc : save_state(g);
}

/* ---- the stage ---- */
static bool
looks_ahead(const struct rec *r)
{
	switch (r->type) {
	case REC_target: return rec_has(r, F_target_lookahead) && r->target.lookahead;
	case REC_order: return rec_has(r, F_order_lookahead) && r->order.lookahead;
	case REC_signal: return rec_has(r, F_signal_lookahead) && r->signal.lookahead;
	case REC_features: return rec_has(r, F_features_lookahead) && r->features.lookahead;
	case REC_image: return rec_has(r, F_image_lookahead) && r->image.lookahead;
	default: return false;
	}
}

/* A cancel passes at once, unless the order it is about is itself held back. */
static bool
holds(const struct gate *g, const struct rec *r)
{
	if (r->type != REC_cancel)
		return true;
	struct str id =
	    rec_has(r, F_cancel_orig_cl_ord_id) ? r->cancel.orig_cl_ord_id : r->cancel.cl_ord_id;
	for (size_t i = 0; i < g->held.n; i++) {
		const struct rec *h = &g->held.v[i].r;
		if ((h->type == REC_order && str_eq(h->order.cl_ord_id, id)) ||
		    (h->type == REC_replace && str_eq(h->replace.cl_ord_id, id)))
			return true;
	}
	return false;
}

static int
gate_trade_record(struct gate *g, const struct rec *r)
{
	if (g->waiting && holds(g, r)) {
		keep_add(&g->held, r);
		return 0;
	}
	return consume(g, r);
}

static int
gate_push(struct stage *st, const struct rec *r)
{
	struct gate *g = (struct gate *)st;
	int rc = 0;

	if (looks_ahead(r))
		return stage_fail(st, ERR_DATA,
		    "a %s record carries \"lookahead\":true, labels from the future; refused",
		    rec_type_name(r->type));
	if (!g->greeted)
		rc = greet(g, r->ts);
	if (rc == 0 && g->parked.n && r->type != REC_target)
		rc = gate_end_batch(g);
	if (rc)
		return rc;
	switch (r->type) {
	case REC_target:
		/* what was decided was decided; but a halt refuses it for all to see */
		if (repeats(g, r) && g->risk.state != RISK_HALTED)
			return 0;
		__attribute__((fallthrough));
	case REC_order: /* these have ids, which tell them from others */
	case REC_cancel:
	case REC_replace: return gate_trade_record(g, r);
	case REC_fill:
	case REC_order_status:
	case REC_position:
	case REC_portfolio: return gate_account(g, r);
	case REC_alert: return gate_alert(g, r);
	case REC_trade:
	case REC_quote:
	case REC_bar:
	case REC_corporate_action:
		rc = stage_emit(st, r);
		return rc || repeats(g, r) ? rc : account_push(g->risk.account, r);
	default: return stage_emit(st, r);
	}
}

static int
gate_watermark(struct stage *st, const struct rec *wm)
{
	struct gate *g = (struct gate *)st;
	bool loop = rec_has(wm, F_watermark_loop) && wm->watermark.loop;
	int rc = g->greeted ? 0 : greet(g, wm->ts);

	if (g->waiting)
		return stage_fail(st, ERR_DATA,
		    "a looped watermark came before the portfolio of the one before it");
	if (rc == 0)
		rc = gate_end_batch(g);
	if (rc == 0)
		rc = stage_emit(st, wm);
	if (rc || repeats(g, wm))
		return rc;
	g->wm = wm->ts;
	g->counter = 0;
	if (wm->ts > g->risk.now)
		g->risk.now = wm->ts;
	if (loop)
		start_following(g);
	rc = account_watermark(g->risk.account, wm->ts); /* one that follows notes the time */
	g->waiting = loop;
	return rc || loop ? rc : evaluate(g, wm->ts, NULL);
}

static int
gate_flush(struct stage *st)
{
	struct gate *g = (struct gate *)st;
	int rc = gate_end_batch(g);

	gate_note_refused(g);
	account_note_repeats(g->risk.account, st);
	return rc ? rc : save_state(g);
}

/* At most once a second of event time, unless something was latched (that is written at once). */
static int
gate_idle(struct stage *st)
{
	struct gate *g = (struct gate *)st;

	if (!g->risk.dirty)
		return 0;
	if (g->saved_now != TIM_NONE && num_sub(g->risk.now, g->saved_now) < TIM_SEC)
		return 0;
	return save_state(g);
}

static void
gate_close(struct stage *st)
{
	struct gate *g = (struct gate *)st;

	account_free(g->risk.account);
	risk_free(&g->risk);
	keep_free(&g->held);
	keep_free(&g->parked);
	buf_free(&g->id);
}

const struct stage_kind risk_gate_kind = {
	.name = "risk-gate",
	.about = "let out the orders that the limits allow; reject, warn and halt",
	.opts = gate_options,
	.size = sizeof(struct gate),
	.takes = REC_MARKET | REC_BIT(corporate_action) | REC_BIT(target) | REC_BIT(order) |
		 REC_BIT(cancel) | REC_BIT(replace) | REC_BIT(order_status) | REC_BIT(fill) |
		 REC_BIT(position) | REC_BIT(portfolio) | REC_BIT(alert) | REC_BIT(signal) |
		 REC_BIT(features) | REC_BIT(image),
	.gives = REC_BIT(order) | REC_BIT(cancel) | REC_BIT(replace) | REC_BIT(reject) |
		 REC_BIT(alert) | REC_BIT(position) | REC_BIT(portfolio),
	.main_type = REC_order,
	.csv_columns = "ts,sym,cl_ord_id,side,qty,ord_type,limit_price,stop_price,tif,strategy",
	.guarded = true,
	.open = gate_open,
	.push = gate_push,
	.watermark = gate_watermark,
	.flush = gate_flush,
	.idle = gate_idle,
	.close = gate_close,
};
