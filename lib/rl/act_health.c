/*
 * When a learned policy must not decide, and who does then. What is wrong with all views (no
 * model, bad results, drift, lateness) and with one of them (a column that does not come, nothing
 * new, no number) is told once a change, as an alert.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "rl/act_int.h"

#define BACK_IN_TIME 10 /* decisions in a row, and lateness is over */

const char *const act_ills[ACT_ILLS] = { "well", "unloaded", "degraded", "drift", "late", "missing",
	"stale", "broken" };

/* ---- opening ---- */
static bool
is_rule(const struct act *a)
{
	return a->policy != NULL;
}

static const char *
fallback_name(const struct act *a)
{
	return a->fallback_text ? a->fallback_text : "flat";
}

int
act_health_open(struct act *a)
{
	const char *f = fallback_name(a);

	if (strcmp(f, "flat") != 0 && strcmp(f, "hold") != 0) {
		if (strncmp(f, "rule:", 5) != 0)
			return err_set(a->base.env->err, ERR_USAGE,
			    "--fallback: '%s' is not known; there are flat, hold and rule:NAME", f);
		a->policy = rl_policy_new(f, a->base.env->err);
		if (!a->policy)
			return err_wrap(a->base.env->err, "--fallback");
	}
	a->hit = mem_alloc((size_t)a->hit_window);
	return 0;
}

void
act_health_close(struct act *a)
{
	free(a->hit);
	free(a->drift.bin);
	free(a->drift.count);
}

/* ---- telling ---- */
static int
alert(struct act *a, enum act_ill ill, const struct sym *sym, const char *more)
{
	char rule[40];
	struct rec r;

	rec_init(&r, REC_alert, a->wm, sym);
	rec_set(&r, F_alert_severity, r.alert.severity,
	    (uint8_t)(ill == ACT_WELL ? W_sev_info : W_sev_warn));
	snprintf(rule, sizeof rule, "policy_%s", ill == ACT_WELL ? "back" : act_ills[ill]);
	rec_set(&r, F_alert_rule, r.alert.rule, str_z(rule));
	buf_clear(&a->text);
	buf_printf(&a->text, "%.*s: %s", STR_FMT(a->strategy), more);
	if (ill != ACT_WELL)
		buf_printf(&a->text, "; %s decides", fallback_name(a));
	rec_set(&r, F_alert_text, r.alert.text, buf_str(&a->text));
	if (ill == ACT_DEGRADED || ill == ACT_DRIFTED) {
		rec_set(&r, F_alert_value, r.alert.value, act_round(a->figure));
		rec_set(&r, F_alert_limit, r.alert.limit, a->bound);
	}
	return stage_emit(&a->base, &r);
}

/* What is wrong with all views has changed. */
static int
change(struct act *a, enum act_ill ill, const char *more)
{
	if (a->ill == ill)
		return 0;
	a->ill = ill;
	return alert(a, ill, NULL, ill == ACT_WELL ? "it decides again" : more);
}

/* ---- the rule behind ---- */
static int
note_rule(void *arg, const struct rl_target *t)
{
	struct act *a = arg;
	struct act_wanted *w = MEM_AT(a->want, a->nwant, t->sym->id);

	w->rule = true;
	w->said = *t;
	return 0;
}

static int
emit_fallback(struct act *a, const struct rl_target *t, const char *policy)
{
	struct act_wanted *w = MEM_AT(a->want, a->nwant, t->sym->id);
	int64_t position = t->is_weight ? 0 : t->position;
	double weight = t->is_weight ? t->weight : 0;
	struct rec r;

	if (w->position == position && w->weight == weight)
		return 0;
	act_target(a, t, str_z(policy), &r);
	rec_set(&r, F_target_fallback, r.target.fallback, true);
	int rc = act_emit_target(a, &r);
	return rc || !a->live ? rc : rl_live_tell(a->live, &r);
}

/* Orders leave no wish behind: then it is the position that says whether there is something. */
static bool
holds(struct act *a, const struct sym *sym)
{
	const struct ledger_pos *p = ledger_pos(account_ledger(a->live->gate.risk.account), sym);

	return p && p->qty != 0;
}

static int
fall_flat(struct act *a, const struct sym *sym, bool begins, const char *why)
{
	struct act_wanted *w = MEM_AT(a->want, a->nwant, sym->id);
	struct rl_target t = { .sym = sym, .is_weight = w->weight != 0, .reason = why };

	if (begins && w->weight == 0 && w->position == 0 && holds(a, sym))
		w->position = 1; /* so that 0 is news */
	return emit_fallback(a, &t, "flat");
}

static int
fall_back(struct act *a, struct rl_view *v, bool begins, enum act_ill ill)
{
	int rc = 0;

	a->fallbacks++;
	if (strcmp(fallback_name(a), "hold") == 0)
		return 0;
	for (size_t i = 0; i < v->k.nsym && rc == 0; i++) {
		const struct sym *sym = v->k.sym[i];
		struct act_wanted *w = MEM_AT(a->want, a->nwant, sym->id);

		if (!is_rule(a))
			rc = fall_flat(a, sym, begins, act_ills[ill]);
		else if (w->rule)
			rc = emit_fallback(a, &w->said, a->policy->rule->name);
	}
	return rc;
}

/* Without a model there are no views: the rule decides about what it sees. */
static int
rule_alone(struct act *a)
{
	int rc = change(a, ACT_UNLOADED, a->load_error);

	if (rc == 0 && is_rule(a)) {
		a->fallbacks++;
		for (size_t i = 0; i < a->nwant && rc == 0; i++)
			if (a->want[i].rule)
				rc = emit_fallback(a, &a->want[i].said, a->policy->rule->name);
	}
	return rc;
}

/* ---- results ---- */
void
act_health_side(struct act *a, struct act_wanted *w, int side, int64_t price)
{
	size_t n = (size_t)a->hit_window;

	if (w->side == side)
		return;
	if (w->side != 0 && w->price > 0 && price > 0) {
		uint8_t hit = w->side > 0 ? price > w->price : price < w->price;

		if (a->nhit == n)
			a->hits -= a->hit[a->next_hit];
		a->hit[a->next_hit] = hit;
		a->hits += hit;
		a->next_hit = (a->next_hit + 1) % n;
		a->nhit += a->nhit < n;
	}
	w->side = side;
	w->price = price;
}

static void
begin_anew(struct act *a)
{
	a->peak = 0;
	a->nhit = a->next_hit = a->hits = 0;
	a->inactive = 0;
}

/* Words of what is too bad, or NULL. */
static const char *
too_bad(struct act *a)
{
	int64_t equity = a->live->equity;

	if (equity > a->peak)
		a->peak = equity;
	a->figure = a->peak > 0 ? 1 - (double)equity / (double)a->peak : 0;
	a->bound = a->max_drawdown;
	if (a->max_drawdown > 0 && a->figure > a->bound)
		return "equity fell too far from its peak";
	a->figure = a->nhit ? (double)a->hits / (double)a->nhit : 1;
	a->bound = a->min_hit_rate;
	if (a->min_hit_rate > 0 && a->nhit == (size_t)a->hit_window && a->figure < a->bound)
		return "too few of the last decisions went the right way";
	return NULL;
}

int
act_health_instant(struct act *a)
{
	const char *bad = NULL;
	int rc = is_rule(a) ? a->policy->rule->decide(a->policy, note_rule, a) : 0;

	if (rc || !a->live)
		return rc ? rc : rule_alone(a);
	if (!a->live->any)
		return 0;
	if (a->ill == ACT_DEGRADED) {
		a->inactive += a->live->instant;
		if (a->reactivate == 0 || a->inactive < a->reactivate)
			return 0;
		begin_anew(a);
	}
	bad = too_bad(a);
	if (bad)
		return change(a, ACT_DEGRADED, bad);
	enum act_ill drifted = act_drift(a);
	if (drifted) {
		char more[200];

		snprintf(more, sizeof more, "%.100s is not what it learned from",
		    a->live->form.names[a->drift.column]);
		return change(a, drifted, more);
	}
	if (a->ill == ACT_LATE && a->in_time < BACK_IN_TIME)
		return 0;
	return change(a, ACT_WELL, NULL);
}

/* ---- one view ---- */

/* A column keeps its value until it is told anew. When the stage that makes it is gone, or makes it
 * no more, only its age shows that: bars go on coming. The first such column, or ncols. */
static size_t
old_column(const struct act *a, const struct rl_view *v)
{
	size_t i = 0;

	while (i < v->k.ncols && (v->told[i] == TIM_NONE || num_sub(a->wm, v->told[i]) <= a->stale))
		i++;
	return i;
}

enum act_ill
act_health_view(struct act *a, struct rl_view *v)
{
	if (!rl_view_ready(v))
		return v->instants > a->patience ? ACT_MISSING : ACT_WELL;
	if (a->stale > 0 && v->fresh_ts != TIM_NONE && num_sub(a->wm, v->fresh_ts) > a->stale)
		return ACT_STALE;
	if (a->stale > 0 && old_column(a, v) < v->k.ncols)
		return ACT_STALE;
	return ACT_WELL;
}

/* The words of what is wrong with a view alone. */
static const char *
view_words(struct act *a, const struct rl_view *v, enum act_ill ill, char *to, size_t n)
{
	const char *column = v->missing < v->k.ncols ? a->live->form.names[v->missing] : "a window";

	if (ill == ACT_MISSING)
		snprintf(to, n,
		    "after %lld instants there is no %s%s%s; it was trained behind '%.300s'",
		    (long long)v->instants, column, a->live->world.each ? " of " : "",
		    a->live->world.each ? v->k.sym[0]->name : "", a->net[0].card.pipeline);
	else if (ill == ACT_STALE && num_sub(a->wm, v->fresh_ts) > a->stale)
		snprintf(to, n, "nothing new came");
	else if (ill == ACT_STALE)
		snprintf(to, n, "no new %s came", a->live->form.names[old_column(a, v)]);
	else if (ill == ACT_BROKEN)
		snprintf(to, n, "what it saw or said is no number");
	else
		snprintf(to, n, "it decides again");
	return to;
}

int
act_health_settle(struct act *a, struct rl_view *v, enum act_ill ill)
{
	struct act_view *own = &a->view[v->index];
	const struct sym *sym = a->live->world.each ? v->k.sym[0] : NULL;
	char text[500];
	int rc = 0;

	if (ill == ACT_LATE) /* is all views' */
		rc = change(a, ACT_LATE, "a decision took too long");
	else if (ill != own->before) {
		view_words(a, v, ill, text, sizeof text);
		if (ill == ACT_MISSING && !a->fallback_text)
			return stage_fail(
			    &a->base, ERR_DATA, "%.*s: %s", STR_FMT(a->strategy), text);
		own->before = ill;
		rc = alert(a, ill, sym, text);
	}
	enum act_ill now = a->ill ? a->ill : ill;
	if (rc == 0 && now != ACT_WELL)
		rc = fall_back(a, v, !own->off, now);
	else if (rc == 0 && own->off)
		rl_view_forget(v);
	own->off = now != ACT_WELL;
	return rc;
}
