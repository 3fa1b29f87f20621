#include "rl/act_int.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mkt/quality.h"

static const struct stage_kind rule_kind;

static int
act_open(struct stage *st)
{
	struct act *a = (struct act *)st;

	if (a->strategy_text && !a->strategy_text[0])
		return stage_fail(st, ERR_USAGE, "--strategy is empty");
	if (a->models.n && a->policy_text)
		return stage_fail(st, ERR_USAGE,
		    "--policy and --model: one decides; a rule that steps in is --fallback");
	if (a->models.n)
		return act_model_open(a);
	if (!a->policy_text)
		return stage_fail(st, ERR_USAGE,
		    "--policy is missing; try --policy rule:sma-cross, or --model FILE");
	if (a->show_card || a->shadow_path || a->fallback_text || a->signal_text)
		return stage_fail(
		    st, ERR_USAGE, "--card, --shadow, --fallback and --signal go with --model");
	a->policy = rl_policy_new(a->policy_text, st->env->err);
	if (!a->policy)
		return err_wrap(st->env->err, "--policy");
	buf_printf(&a->name, "rule:%s", a->policy->rule->name);
	a->policy_name = str_z(buf_z(&a->name));
	a->strategy = str_z(a->strategy_text ? a->strategy_text : a->policy->rule->name);
	st->kind = &rule_kind;
	return 0;
}

void
act_target(const struct act *a, const struct rl_target *t, struct str policy, struct rec *r)
{
	rec_init(r, REC_target, a->wm, t->sym);
	rec_set(r, F_target_strategy, r->target.strategy, a->strategy);
	if (t->is_weight)
		rec_set(r, F_target_weight, r->target.weight, t->weight);
	else
		rec_set(r, F_target_position, r->target.position, t->position);
	rec_set(r, F_target_policy, r->target.policy, policy);
	rec_set(r, F_target_reason, r->target.reason, str_z(t->reason));
}

/* Write a target when it is another one than before. */
static int
act_want(void *arg, const struct rl_target *t)
{
	struct act *a = arg;
	struct act_wanted *w = MEM_AT(a->want, a->nwant, t->sym->id);
	int64_t position = t->is_weight ? 0 : t->position;
	double weight = t->is_weight ? t->weight : 0;
	bool same = w->position == position && w->weight == weight;

	if (same && !t->again)
		return 0;
	w->position = position;
	w->weight = weight;

	struct rec r;
	act_target(a, t, a->policy_name, &r);
	return stage_emit(&a->base, &r);
}

static int64_t
price_of(struct act *a, const struct sym *sym)
{
	size_t place = 0;
	const struct rl_view *v = a->live ? rl_live_view(a->live, sym, &place) : NULL;

	return v ? v->last[place] : 0;
}

int
act_emit_target(struct act *a, struct rec *r)
{
	struct act_wanted *w = MEM_AT(a->want, a->nwant, r->sym->id);
	bool is_weight = rec_has(r, F_target_weight);
	double v = is_weight ? r->target.weight : (double)r->target.position;

	w->weight = is_weight ? r->target.weight : 0;
	w->position = is_weight ? 0 : r->target.position;
	if (a->learned)
		act_health_side(a, w, (v > 0) - (v < 0), price_of(a, r->sym));
	return stage_emit(&a->base, r);
}

static int
act_decide(struct act *a)
{
	a->waiting = false;
	if (a->learned)
		return act_model_decide(a);
	if (!a->fresh || a->past) /* it stays fresh: decided when the market is live */
		return 0;
	a->fresh = false;
	a->decided = true;
	return a->policy->rule->decide(a->policy, act_want, a);
}

/* Whether the policy may see a bar: closed, clean, of the interval asked for. */
static bool
act_usable(const struct act *a, const struct rec *r)
{
	if (!r->sym || r->bar.close <= 0 || !quality_ok(r))
		return false;
	if (rec_has(r, F_bar_partial) && r->bar.partial)
		return false;
	if (!a->interval)
		return true;
	return rec_has(r, F_bar_interval) && str_eqz(r->bar.interval, a->interval);
}

/* A revision of the newest bar replaces it; one of an older bar, or a bar from before the
 * newest, changes nothing: what was decided on it was decided. */
static void
act_bar(struct act *a, const struct rec *r)
{
	if (!act_usable(a, r))
		return;
	struct act_wanted *w = MEM_AT(a->want, a->nwant, r->sym->id);
	bool revised = w->any && rec_has(r, F_bar_rev) && r->ts == w->last_ts;
	if (w->any && !revised && (r->ts < w->last_ts || rec_has(r, F_bar_rev)))
		return;
	w->any = true;
	w->last_ts = r->ts;
	w->bars += !revised;
	if (w->bars > a->longest)
		a->longest = w->bars;
	a->fresh = true;
	if (a->policy)
		a->policy->rule->bar(a->policy, r, revised);
}

/* Prices from before a split are made comparable. What is wanted stays wanted: the position that
 * the split multiplied is still worth the same. */
static void
act_corporate(struct act *a, const struct rec *r)
{
	if (!r->sym || r->corporate_action.action != W_corp_split ||
	    !rec_has(r, F_corporate_action_ratio))
		return;
	double ratio = r->corporate_action.ratio;
	if (!(isfinite(ratio) && ratio > 0) || !a->policy || !a->policy->rule->split)
		return;
	a->policy->rule->split(a->policy, r->sym, ratio);
}

/* Shadows are written down to be looked at, not to be followed. What was made from the future must
 * not end in an order that does not say so: the gate refuses the stream for it, here it is heard
 * as if it were not there. */
static void
act_signal(struct act *a, const struct rec *r)
{
	const struct rl_rule *rule = a->policy ? a->policy->rule : NULL;

	if (!rule || !rule->signal || !r->sym ||
	    (rec_has(r, F_signal_shadow) && r->signal.shadow) ||
	    (rec_has(r, F_signal_lookahead) && r->signal.lookahead))
		return;
	if (rule->signal(a->policy, r)) {
		a->heard++;
		a->fresh = true;
	}
}

static int
act_push(struct stage *st, const struct rec *r)
{
	struct act *a = (struct act *)st;

	if (r->type == REC_bar)
		act_bar(a, r);
	else if (r->type == REC_corporate_action)
		act_corporate(a, r);
	else if (r->type == REC_signal)
		act_signal(a, r);
	else if (r->type == REC_trade || r->type == REC_quote)
		a->ticks++;
	else if (r->type == REC_status && rec_has(r, F_status_state))
		a->past = r->status.state == W_sstate_history ||
			  (a->past && r->status.state != W_sstate_live);
	int rc = stage_emit(st, r);
	if (rc == 0 && a->learned)
		rc = act_model_push(a, r);
	if (rc || r->type != REC_portfolio || !a->waiting || r->ts != a->wm)
		return rc;
	if (rec_has(r, F_portfolio_assumed) && r->portfolio.assumed)
		return 0; /* a shadow account's, not the one waited for */
	return act_decide(a);
}

static int
act_watermark(struct stage *st, const struct rec *wm)
{
	struct act *a = (struct act *)st;

	if (a->waiting)
		return stage_fail(st, ERR_DATA,
		    "a looped watermark came before the portfolio of the one before it");
	a->wm = wm->ts;
	a->waiting = rec_has(wm, F_watermark_loop) && wm->watermark.loop;
	if (a->policy && a->policy->rule->clock && a->policy->rule->clock(a->policy, wm->ts))
		a->fresh = true;
	int rc = stage_emit(st, wm);
	if (rc == 0 && a->learned)
		rc = act_model_watermark(a, wm);
	return rc || a->waiting ? rc : act_decide(a);
}

/* A run without a target is worth a word when it could not have had one. */
static int
act_flush(struct stage *st)
{
	struct act *a = (struct act *)st;

	if (a->learned)
		return act_model_flush(a);
	const struct rl_rule *rule = a->policy->rule;
	int64_t needs = rule->needs ? rule->needs(a->policy) : 1;

	if (rule->signal && a->longest && !a->heard)
		stage_note(st, 1,
		    "no signal came that rule:%s follows, so nothing was decided; signal-mix "
		    "writes them",
		    rule->name);
	if (a->ticks && !a->longest && !rule->signal)
		stage_note(st, 1,
		    "%llu trades and quotes came but no bars, so nothing was decided; give it "
		    "bars: bar-agg",
		    (unsigned long long)a->ticks);
	if (a->longest && a->longest < needs)
		stage_note(st, 1,
		    "rule:%s needs %lld bars of a symbol to decide; there were %lld at most, so "
		    "nothing was decided",
		    rule->name, (long long)needs, (long long)a->longest);
	if (a->fresh && !a->decided)
		stage_note(st, 1,
		    "bars came but no watermark, so nothing was decided; "
		    "ibkr-feed and bar-agg write watermarks");
	return 0;
}

static void
act_close(struct stage *st)
{
	struct act *a = (struct act *)st;

	if (a->learned)
		act_model_close(a);
	rl_policy_free(a->policy);
	free(a->want);
	buf_free(&a->name);
}

#define RULE_TYPES \
	(REC_MARKET | REC_BIT(corporate_action) | REC_BIT(portfolio) | REC_BIT(signal) | \
	    REC_BIT(status))
#define ACT_KIND \
	.name = "rl-act", .about = "turn market data into wanted positions (targets) by a policy", \
	.opts = rl_act_options, .size = sizeof(struct act), \
	.gives = \
	    REC_BIT(target) | REC_BIT(order) | REC_BIT(signal) | REC_BIT(alert) | REC_BIT(status), \
	.main_type = REC_target, .csv_columns = "ts,sym,strategy,position,weight,policy,reason", \
	.open = act_open, .push = act_push, .watermark = act_watermark, .flush = act_flush, \
	.close = act_close

const struct stage_kind rl_act_kind = {
	ACT_KIND,
	.takes = RULE_TYPES | REC_BIT(features) | REC_BIT(pattern) | REC_BIT(regime) |
		 REC_BIT(target) | REC_BIT(fill) | REC_BIT(order_status) | REC_BIT(position) |
		 REC_BIT(alert),
};

/* Rules read less, and what is not read is not decoded. */
static const struct stage_kind rule_kind = { ACT_KIND, .takes = RULE_TYPES };
